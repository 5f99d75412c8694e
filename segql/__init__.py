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

from segql.diagnostics import Diagnostic, Fix, SegqlError, render
from segql.project import Members, Project, Segment
from segql.source import Source, Span

__version__ = "0.1.0"

__all__ = [
    "Diagnostic",
    "Fix",
    "Members",
    "Project",
    "Segment",
    "SegqlError",
    "Source",
    "Span",
    "render",
]
