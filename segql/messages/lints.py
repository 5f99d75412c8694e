"""What is allowed but rarely meant: W2xx."""

from collections.abc import Sequence

from segql.diagnostics import Diagnostic, Fix
from segql.source import Span


def includes_missing(
    text: str, names: Sequence[str], whom: str, span: Span
) -> Diagnostic:
    """`whom` is a customer, or the kind of event that is tested."""
    known = " and ".join(f"{name} is known" for name in names)
    return Diagnostic(
        "W201",
        f"this also takes every {whom} whose {' or '.join(names)} is missing",
        span,
        f"if they are not meant: `{known} and {text}`",
    )


def includes_none(what: str, ours: str, span: Span) -> Diagnostic:
    """`ours` says what to do if they are not meant."""
    return Diagnostic(
        "W202",
        f"this also takes every customer who has no `{what}` at all",
        span,
        f"if they are not meant, {ours}; if they are, all is well",
    )


def and_with_or(text: str, span: Span) -> Diagnostic:
    """`text` is what stands there."""
    short = text if len(text) <= 60 else "…"
    return Diagnostic(
        "W203",
        "`and` binds tighter than `or`",
        span,
        f"put parentheses around it to say so: `({short})`",
        Fix(f"({text})"),
    )


def one_unit(unit: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W204",
        f"`last 1 {unit}` goes back one {unit} from `as of`",
        span,
        f"the {unit} before this one is `last {unit}`; "
        f"to go back, `last {_ROLLING.get(unit, unit)}` is clearer",
    )


_ROLLING = {
    "week": "7 days",
    "month": "30 days",
    "quarter": "90 days",
    "year": "365 days",
}


def double_sum(name: str | None, span: Span) -> Diagnostic:
    """`name` is the property's; None of what is reckoned."""
    if name is None:
        return Diagnostic(
            "W205",
            "what is added up is a double: its sum depends on the order of the rows",
            span,
            "leave room at the bound, or add up exact numbers: a quotient of two sums "
            "is not added up",
        )
    return Diagnostic(
        "W205",
        f"`{name}` is a double: its sum depends on the order of the rows",
        span,
        "declare its `scale` in the catalog, and it is added up exactly",
    )


def deprecated(
    name: str, successor: str, span: Span, place: Span | None = None
) -> Diagnostic:
    """`place` is where the name itself stands, if the successor is sure to mean the
    same."""
    fix = Fix(successor, place) if place and successor.isidentifier() else None
    help = f"write `{successor}` instead"
    return Diagnostic("W206", f"`{name}` is deprecated", span, help, fix)


def undeclared_value(
    value: str,
    name: str,
    close: str | None,
    listed: Sequence[str],
    more: int,
    span: Span,
) -> Diagnostic:
    """`more` values of the same list are not among them either."""
    others = f" and {more} more are" if more else " is"
    shown = ", ".join(f"`{each}`" for each in listed)
    if len(listed) > MAX_LISTED:
        first = ", ".join(f"`{each}`" for each in listed[:MAX_LISTED])
        shown = f"{first} and {len(listed) - MAX_LISTED} more"
    few = f"it lists {shown}" if listed else None
    return Diagnostic(
        "W207",
        f"`{value}`{others} not among the values that the catalog lists for `{name}`",
        span,
        f"did you mean `{close}`?" if close else few or "nobody will pass this test",
    )


MAX_LISTED = 8
MAX_UNDECLARED = 20
"""So many values of one list are noted each for itself."""


def like_thousands(written: str, plain: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W208",
        f"`{written}` is a number with three decimals",
        span,
        f"a point parts the decimals: if thousands are meant, write `{plain}`",
    )


def by_letters(what: str, name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W209",
        f"{what} compares texts by their letters",
        span,
        f"list the ones that are meant: `{name} in (…)`",
    )


def elapsed_bound(
    test: str, above: bool, number: int, unit: str, since: str, span: Span
) -> Diagnostic:
    """`days since x > 90` begins with 91 whole days, `more than 90 days ago` at 90."""
    units, first = f"{unit}s", number + 1
    few = f"{number} {unit if number == 1 else units}"
    if above:
        message = f"`{test}` is true from {first} whole {units} on"
        other = f"`{since} more than {few} ago` is true right after {few}"
    else:
        message = f"`{test}` is true until {first} whole {units} are over"
        other = f"`{since} in last {few}` is true until {few} are over"
    same = f"`{'>=' if above else '<'} {first}` says what this says"
    return Diagnostic("W220", message, span, f"{other}; {same}")


def every_anniversary(text: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W221",
        "every anniversary lies within a year",
        span,
        f"for everyone whose date is known write `{text} is known`",
    )
