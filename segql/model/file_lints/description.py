"""W312: a segment of which nothing says what it is."""

from collections.abc import Iterator

from segql.diagnostics import Diagnostic
from segql.messages import upkeep
from segql.model.allow import opening_comment
from segql.model.file_lints.seen import Seen


def without_description(seen: Seen) -> Iterator[Diagnostic]:
    """Of files with a header: neither a title nor a comment at the beginning."""
    header = seen.definition.header
    if not seen.file or header is None or (header.title or "").strip():
        return
    if not opening_comment(seen.source.text):
        name = header.name
        yield upkeep.without_description(name.name, seen.word, name.span)
