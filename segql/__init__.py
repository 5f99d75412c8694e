"""segql: customer segments as code.

A segment is a rule, kept in a file, compiled to SQL for the warehouse that is there:

    import segql

    project = segql.Project.load("examples/shop")
    segment = project.compile('age 25..34 and bought("sport") >= 3')
    print(segment.sql("duckdb"))
    for key in segment.members():
        ...

Nothing prints and nothing exits; what is wrong is raised as `SegqlError`, with every
diagnostic in it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segql.diagnostics import Diagnostic, Fix, SegqlError, render
    from segql.members import Members
    from segql.project import Project, Segment
    from segql.source import Source, Span
    from segql.sql.dialects import DIALECTS
    from segql.syntax.format import format

__version__ = "0.1.0"

__all__ = [
    "DIALECTS",
    "Diagnostic",
    "Fix",
    "Members",
    "Project",
    "Segment",
    "SegqlError",
    "Source",
    "Span",
    "format",
    "render",
]

_HOMES = {
    "diagnostics": ("Diagnostic", "Fix", "SegqlError", "render"),
    "members": ("Members",),
    "project": ("Project", "Segment"),
    "source": ("Source", "Span"),
    "sql.dialects": ("DIALECTS",),
    "syntax.format": ("format",),
}


def __getattr__(name: str) -> object:
    """Imports on first use, so that `segql --version` needs no parser."""
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"segql.{module}"), name)
    raise AttributeError(f"module 'segql' has no attribute '{name}'")
