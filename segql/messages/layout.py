"""What can go wrong with the form of a text: E711 to E713."""

from segql.diagnostics import Diagnostic
from segql.source import Span


def not_the_same(span: Span) -> Diagnostic:
    """E711"""
    return Diagnostic(
        "E711",
        "in its one form this would not mean the same, so it is left as it is",
        span,
        "this is a mistake of segql: please report it with the file",
    )


def comment_lost(span: Span) -> Diagnostic:
    """E712"""
    return Diagnostic(
        "E712",
        "there is no place for this comment in the one form, so the file is left as"
        " it is",
        span,
        "put the comment on a line of its own, above what it is about",
    )
