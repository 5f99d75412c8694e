"""A checked text in, what is doubtful about it as a whole out: one module per lint."""

from collections.abc import Callable, Iterator

from segql.diagnostics import Diagnostic, Report
from segql.model.file_lints.description import without_description
from segql.model.file_lints.history import beyond_history
from segql.model.file_lints.owner import without_owner
from segql.model.file_lints.purpose import without_purpose
from segql.model.file_lints.seen import Known, Seen
from segql.model.file_lints.unused import unused_names

LINTS: tuple[Callable[[Seen], Iterator[Diagnostic]], ...] = (
    unused_names,
    beyond_history,
    without_purpose,
    without_owner,
    without_description,
)

UPKEEP = frozenset({"W311", "W312"})
"""What a project wants of its files, and what is no doubt about any rule."""


def lint_file(seen: Seen, report: Report) -> None:
    """Adds the warnings of a text that has no errors."""
    found = (diagnostic for look in LINTS for diagnostic in look(seen))
    for diagnostic in sorted(found, key=lambda each: each.span.start):
        report.add(diagnostic)


__all__ = ["LINTS", "UPKEEP", "Known", "Seen", "lint_file"]
