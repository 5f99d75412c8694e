"""What can be wrong with a catalog's facts, rows, places and purposes: E610 to E649."""

from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.messages.words import closest, listed, shown
from segql.source import Span


def not_of_a_fact(key: str, span: Span) -> Diagnostic:
    """E610. Only events have a time, and an order."""
    return Diagnostic(
        "E610",
        f"a fact has no `{key}`",
        span,
        "what happened at a time is an event: move it to `events`",
    )


def not_of_rows(key: str, span: Span) -> Diagnostic:
    """E610. Rows have no customer and no time of their own."""
    return Diagnostic(
        "E610",
        f"rows have no `{key}` of their own",
        span,
        "they belong to the customer of what `on` ties them to, at its time",
    )


def rows_like_property(name: str, event: str, span: Span) -> Diagnostic:
    """E622"""
    return Diagnostic(
        "E622",
        f"the rows `{shown(name)}` have the same name as a property of"
        f" `{shown(event)}`",
        span,
        f"in the parentheses of `{shown(event)}` both are called by name alone, so one"
        " of them needs another; the warehouse's names can stay (`column`, `table`)",
    )


def foreign_purpose(name: str, of: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E648. `known` are the catalog's own."""
    near = closest(name, known)
    help = f"did you mean `{near}`?" if near else f"it lists {listed(known)}"
    if not known:
        help = f"list it: `purposes: [{shown(name)}]` at the end of the catalog"
    message = f"`{shown(of)}` names a purpose `{shown(name)}` that the catalog lacks"
    return Diagnostic("E648", message, span, help)


def bad_history(written: str, span: Span) -> Diagnostic:
    """E649"""
    return Diagnostic(
        "E649",
        f"`{shown(written)}` does not say how far back the rows go",
        span,
        "write a length of time, such as `2 years`, or their first day: `2023-01-01`",
    )


def purpose_twice(name: str, span: Span) -> Diagnostic:
    """E622"""
    return Diagnostic(
        "E622",
        f"the purpose `{shown(name)}` is listed already",
        span,
        "list each purpose once",
    )


def nowhere(key: str, most: int, span: Span) -> Diagnostic:
    """E646. `key` is `latitude` or `longitude`, `most` its largest value."""
    return Diagnostic(
        "E646",
        f"the {key} of a place is a number from -{most} to {most}",
        span,
        "write degrees, the latitude first: `[52.52, 13.405]`",
    )
