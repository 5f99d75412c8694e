"""What can be wrong with measures, their groups and the rows of an event: E3xx."""

from segql.diagnostics import Diagnostic
from segql.source import Span


def of_everyone_inside(what: str, event: str, span: Span) -> Diagnostic:
    """`what` can be said of customers alone, such as a rank or a sequence."""
    return Diagnostic(
        "E328",
        f"{what} is of a customer, not of one `{event}`",
        span,
        "put it outside the event's parentheses, and join the two with `and`",
    )


def figure_in_filter(written: str, event: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E387",
        f"the filter of `{event}` is about one single event: `{written}(…)` has no"
        " place in it",
        span,
        "test the event's own properties",
    )


def row_outside(name: str, parent: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E376",
        f"`{name}` are rows of `{parent}`, and known inside its parentheses alone",
        span,
        f"write `{parent}({name}(…))`",
    )


def property_of_parent(name: str, rows: str, parent: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E377",
        f"`{name}` is a property of `{parent}`, not of its `{rows}`",
        span,
        f"test it beside the rows: `{parent}({name} …, {rows}(…))`",
    )


def rows_in_rows(name: str, rows: str, parent: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E378",
        f"`{name}` cannot stand inside the parentheses of `{rows}`",
        span,
        f"put the two next to each other: `{parent}({rows}(…), {name}(…))`",
    )


def groups_of_what(function: str, fixed: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E379",
        f"`{function}` of which figure of each group?",
        span,
        f"count events or take one aggregate of them: `{fixed}`",
    )


def no_figure_of_groups(function: str, help_: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E380", f"`{function}` is not taken of groups", span, f"write {help_}"
    )


def no_groups_by(
    name: str, reason: str, span: Span, help_: str | None = None
) -> Diagnostic:
    return Diagnostic(
        "E381",
        f"`{name}` {reason}, so no groups are made by it",
        span,
        help_ or "group by a property with single values, or by `day`",
    )


def no_count(what: str, least: int, most: int | None, span: Span) -> Diagnostic:
    bounds = f"from {least} on" if most is None else f"from {least} to {most:,}"
    return Diagnostic(
        "E382",
        f"{what} wants a whole number {bounds}",
        span,
        "write it as a number, or as the name of a `param` that is an integer",
    )


def two_selections(span: Span) -> Diagnostic:
    return Diagnostic(
        "E388",
        "these are properties of different events",
        span,
        "only those of one event go together: `sum(bought.price * bought.quantity)`; "
        "a selection with a test or a window gets a name with `let` first",
    )


def figure_beside_events(span: Span) -> Diagnostic:
    return Diagnostic(
        "E389",
        "a figure of all events stands beside a property of each",
        span,
        "compute with what comes out: `sum(bought.price) / count(bought)`",
    )
