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


def too_deep(span: Span) -> Diagnostic:
    """E713"""
    return Diagnostic(
        "E713",
        "with parentheses around each `and` inside an `or` this would be nested too"
        " deeply, so it is left as it is",
        span,
        "give a part of it a name: `let part = …`",
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
