"""What can be wrong with moments, habits, places and choices: E341 to E351."""

from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.source import Span

MAX_KM = 20_040
"""A little more than half way round the earth."""


def anniversary_as_value(text: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E341",
        "an anniversary comes every year: it is not one date",
        span,
        f"say when it is: `{text} in next 7 days`, `{text} today`; its month alone is"
        " `month of …`",
    )


def anniversary_without_end(text: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E342",
        "an anniversary comes every year: it lies between two days",
        span,
        f"write `{text} in next 7 days`, `{text} exactly 3 days ahead` or `{text} in"
        " 2025-12`",
    )


def habit_of_full(fixed: str, count: int, units: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E343",
        f"which {count} {units}? the running one is not over",
        span,
        f"a habit is of whole periods: write `{fixed}`",
    )


def habit_count(count: int, units: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E344",
        f"of {count} {units} there can be from 1 to {count}",
        span,
        "write a whole number, such as `in at least 4 of last 6 full months`",
    )


def which_event(what: str, event: str, span: Span) -> Diagnostic:
    """`what` is asked of one moment, such as `days since`."""
    return Diagnostic(
        "E345",
        f"a customer can have many `{event}`: {what} which one?",
        span,
        f"write `last({event})` or `first({event})`",
    )


def bad_distance(span: Span) -> Diagnostic:
    return Diagnostic(
        "E346",
        "a distance is above 0, and at most half way round the earth",
        span,
        f"write a number up to {MAX_KM} km, such as `within 25 km of …`",
    )


def bad_degrees(swapped: str | None, span: Span) -> Diagnostic:
    """`swapped` is the pair the other way round, if that is a place."""
    turned = f"the latitude stands first: did you mean `{swapped}`?"
    return Diagnostic(
        "E347",
        "there is no such place: a latitude is from -90 to 90, a longitude from -180"
        " to 180",
        span,
        turned
        if swapped
        else "the latitude stands first, then the longitude, both in"
        " degrees: `(52.52, 13.405)`",
    )


def not_a_place(
    known: Sequence[str], span: Span, several: str | None = None
) -> Diagnostic:
    """`several` is what stands there if it looks like a list of places."""
    if several is not None:
        message = "one place is wanted here, not a list"
        return Diagnostic("E348", message, span, f"write `of any of {several}`")
    names = ", ".join(f"`{name}`" for name in known[:8])
    more = " and more" if len(known) > 8 else ""
    catalogs = f"; the catalog's places are {names}{more}" if known else ""
    return Diagnostic(
        "E348",
        "this is not a place that stays the same for everyone",
        span,
        "write a latitude and a longitude, `of (52.52, 13.405)`, or the name of a"
        f" place{catalogs}",
    )


def choice_of_types(left: str, right: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E349",
        f"the two sides of this choice differ: {left} and {right}",
        span,
        "a choice is between values of one type: `(60 if newsletter else 65)`",
    )


def habit_of_events(fixed: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E350",
        "a habit is of what a customer did, again and again",
        span,
        f"only events can be in each of several periods: write `{fixed}`",
    )


def choice_of_tests(fixed: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E351",
        "a choice is between values, not between tests",
        span,
        f"write `{fixed}`, or compare the choice: `age > (60 if newsletter else 65)`",
    )


def of_the_outer_event(name: str, event: str, inner: str, span: Span) -> Diagnostic:
    """`name` is a property of `event`, in whose parentheses `inner` stands."""
    return Diagnostic(
        "E352",
        f"`{name}` is of the `{event}`, and this says when a `{inner}` was",
        span,
        f"an event is compared with its customer: `last({inner})`, an attribute; one"
        f" event after another is a sequence: `{event} then {inner}`",
    )
