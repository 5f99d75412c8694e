"""W311: a segment that nobody answers for."""

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.messages import upkeep
from segql.model.file_lints.seen import Seen


def without_owner(seen: Seen) -> Iterator[Diagnostic]:
    """Of files with a header; one that is nothing but a rule has no place for it."""
    header = seen.definition.header
    if seen.file and header is not None and not (header.owner or "").strip():
        name = header.name
        yield upkeep.without_owner(name.name, seen.word, name.span)
