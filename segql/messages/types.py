"""What can be wrong with types and units: E3xx."""

from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.source import Span


def _a(name: str) -> str:
    return f"{'an' if name[:1].lower() in tuple('aeiou') else 'a'} `{name}`"


def not_a_rule(what: str, span: Span, help_: str) -> Diagnostic:
    return Diagnostic("E301", f"{what} is neither true nor false", span, help_)


def type_mismatch(left: str, right: str, span: Span, help_: str | None) -> Diagnostic:
    # `income`, a decimal, is told what it is: at the end the second comma goes.
    right = right.removesuffix(",")
    return Diagnostic("E302", f"cannot compare {left} with {right}", span, help_)


def rule_as_value(span: Span) -> Diagnostic:
    return Diagnostic(
        "E303",
        "this is true or false, where a value is wanted",
        span,
        "one comparison or test stands alone; join two with `and` or `or`",
    )


def reversed_range(low: str, high: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E304",
        f"nothing lies between {low} and {high}",
        span,
        "the second bound is larger than the first"
        if low == high
        else f"the lower bound stands first: `{high}..{low}`",
        None,
    )


def needs_type(
    what: str, wanted: str, found: str, span: Span, help_: str | None = None
) -> Diagnostic:
    return Diagnostic("E305", f"{what} wants {wanted}, not {found}", span, help_)


def empty_list(span: Span) -> Diagnostic:
    return Diagnostic(
        "E306",
        "nothing is in an empty list",
        span,
        "list at least one value, or write `nobody`",
    )


def stream_as_value(event: str, name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E307",
        f"a customer has {_a(name)} for every `{event}`: which one is meant?",
        span,
        f"any: `{event}({name} …)`; or `sum`, `avg`, `min`, `max`, `distinct` of "
        f"`{event}.{name}`; or `last({event}).{name}`",
    )


def fact_as_value(whose: str, fact: str, name: str, span: Span) -> Diagnostic:
    """The same of facts and rows, of which none is the last."""
    return Diagnostic(
        "E307",
        f"{_a(whose)} has {_a(name)} for every `{fact}`: which one is meant?",
        span,
        f"any: `{fact}({name} …)`; or `sum`, `avg`, `min`, `max`, `distinct` of "
        f"`{fact}.{name}`",
    )


def own_as_stream(event: str, name: str, span: Span) -> Diagnostic:
    """The same inside the parentheses of that very event."""
    return Diagnostic(
        "E307",
        f"a customer has {_a(name)} for every `{event}`: which one is meant?",
        span,
        f"of this one it is `{name}` alone; of all, such as `max({event}.{name})`",
    )


def needs_property(
    function: str, event: str, some: Sequence[str], span: Span
) -> Diagnostic:
    example = some[0] if some else "…"
    return Diagnostic(
        "E308",
        f"`{function}` of which property of `{event}`?",
        span,
        f"write `{function}({event}.{example})`",
    )


def needs_selection(function: str, example: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E309", f"`{function}` wants events", span, f"write `{function}({example})`"
    )


def one_event_as_value(function: str, event: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E310",
        f"`{function}({event})` is an event; what of it?",
        span,
        f"write `{function}({event}).time`, or name one of its properties",
    )


def window_after_aggregate(what: str, fixed: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E311",
        f"the window stands inside: it says which events {what} is made of",
        span,
        f"write `{fixed}`",
    )


def window_after_first(
    function: str, inside: str, outside: str, span: Span
) -> Diagnostic:
    return Diagnostic(
        "E312",
        f"the {function} of the window, or the {function} if it lies in the window?",
        span,
        f"write `{inside}` or `{outside}`",
    )


def window_on_number(span: Span, help_: str) -> Diagnostic:
    return Diagnostic("E313", "a number does not lie in a stretch of time", span, help_)


def window_on(
    type_: str, span: Span, help_: str = "only dates, timestamps and events do"
) -> Diagnostic:
    return Diagnostic("E314", f"{type_} does not lie in a stretch of time", span, help_)


def event_in_future(event: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E315",
        f"no `{event}` can lie after `as of`",
        span,
        "what is booked ahead is a property: `bought(arrival in next 7 days)`",
    )


def hours_of_a_date(
    unit: str, span: Span, help_: str = "count in days, weeks, months or years"
) -> Diagnostic:
    return Diagnostic("E316", f"a date has no {unit}s", span, help_)


def window_length(span: Span) -> Diagnostic:
    return Diagnostic(
        "E317",
        "this is no length of time that a window can have",
        span,
        "write a whole number from 1 on, at most a thousand years",
    )


def time_without_in(what: str, fixed: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E318", f"{what} is a stretch of time, not one moment", span, f"write `{fixed}`"
    )


def number_with_in(fixed: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E319",
        "`in` wants a list, a range or a stretch of time",
        span,
        f"write `{fixed}`",
    )


def two_bare_arguments(event: str, fixed: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E320", f"`{event}` takes one bare value", span, f"write `{fixed}`"
    )


def no_bare_argument(event: str, some: Sequence[str], span: Span) -> Diagnostic:
    example = some[0] if some else "property"
    return Diagnostic(
        "E321",
        f"`{event}` has no property that a bare value stands for",
        span,
        f"name one, such as `{event}({example} = …)`",
    )


def negated_selection(event: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E322",
        f"never `{event}` in that time, or `{event}` at another time?",
        span,
        f"write `not {event} in …` for never; for other times say when, "
        f"such as `{event} more than 30 days ago`",
    )


def bad_regex(problem: str, help_: str | None, span: Span) -> Diagnostic:
    return Diagnostic("E323", problem, span, help_)


def constant_wanted(what: str, span: Span, help_: str | None = None) -> Diagnostic:
    return Diagnostic("E324", f"{what} wants plain values", span, help_)


def case_of_what(span: Span) -> Diagnostic:
    return Diagnostic(
        "E325",
        "`ignoring case` follows a test of text",
        span,
        'such as `city = "berlin" ignoring case`',
    )


def list_as_value(span: Span, help_: str) -> Diagnostic:
    return Diagnostic("E326", "a list is not one value", span, help_)


def wrong_arguments(
    function: str, span: Span, help_: str, takes: str = "one argument"
) -> Diagnostic:
    return Diagnostic("E327", f"`{function}` takes {takes}", span, help_)


def bad_param_type(found: str, meant: str | None, span: Span) -> Diagnostic:
    return Diagnostic(
        "E329",
        f"there is no type `{found}`",
        span,
        f"did you mean `{meant}`?"
        if meant
        else "types are text, integer, decimal(12, 2), double, boolean, date, "
        "timestamp and list of any of these",
    )


def not_in_this_place(what: str, span: Span, help_: str) -> Diagnostic:
    return Diagnostic("E330", f"{what} cannot stand here", span, help_)


def mixed_items(span: Span, help_: str | None = None) -> Diagnostic:
    return Diagnostic("E331", "the items of a list are of one type", span, help_)


def half_instant(span: Span) -> Diagnostic:
    return Diagnostic(
        "E332",
        "a date has no time of day",
        span,
        "compare it with a date: `2025-03-01`",
    )


def without_time(fact: str, parent: str | None, reason: str, span: Span) -> Diagnostic:
    """E340. `reason` says what only an event with a time can be asked; `parent` is
    whose rows they are, if they are rows."""
    what = f"is a row of `{parent}`" if parent else "is a fact"
    return Diagnostic(
        "E340",
        f"`{fact}` {what} and has no time, {reason}",
        span,
        f"count it (`{fact}(…) >= 2`), or test a date of its own inside the"
        " parentheses",
    )
