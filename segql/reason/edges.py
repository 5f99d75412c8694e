"""An end of a window in, between which days from `as of` it lies out.

So it is known of two ends whether they lie in the same order whenever one looks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from segql.model import nodes as mdl
from segql.model.windows import Clock, day_bounds, instant_bounds, shifted

_DRIFT = 1.1
"""So many days a civil day may be off, where a zone changes."""


@dataclass(frozen=True, slots=True)
class End:
    """An end of a window: those of one `kind` keep their order, by their number.

    Of those of other kinds it is known between which days from `as of` they lie.
    """

    kind: str
    number: int
    low: float
    high: float
    at: Callable[[Clock], date | None]


_DAYS = {"second": 1 / 86_400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_LENGTHS = {
    "day": 1,
    "week": 7,
    "month": 31,
    "quarter": 92,
    "year": 366,
    "fiscal quarter": 92,
    "fiscal year": 366,
}


def _reach(count: int, unit: mdl.Unit) -> tuple[str, int, float, float]:
    """The kind and number of a length, and its least and greatest in days."""
    if unit in _MONTHS:
        months = count * _MONTHS[unit]
        middle = months * 30.436875
        return "month", months, middle - 3, middle + 3
    days = count * _DAYS[unit]
    if unit in ("day", "week"):
        return "day", round(days), days, days
    return "second", round(days * 86_400), days, days


def rolled(count: int, unit: mdl.Unit, days: bool = False) -> End:
    kind, number, low, high = _reach(count, unit)
    if days:
        return dated(count, unit, 0)
    drift = 0.0 if kind == "second" or not count else _DRIFT

    def at(clock: Clock) -> date | None:
        return instant_bounds(mdl.Rolling(None, count, unit), clock).end

    if not count:
        kind, number = "now", 0
    return End(kind, number, low - drift, high + drift, at)


def dated(count: int, unit: mdl.Unit, more: int) -> End:
    """The beginning of a day that is counted from today."""
    kind, number, low, high = _reach(count, unit)

    def at(clock: Clock) -> date | None:
        day = shifted(clock.today, count, unit)
        return None if day is None else shifted(day, more, "day")

    step = number + more if kind == "day" else 2 * number + more
    return End(
        f"{kind} of days", step, low - 1 - _DRIFT + more, high + _DRIFT + more, at
    )


def calendar(period: mdl.Period, number: int) -> End:
    longest = _LENGTHS[period]
    shortest = longest - 3
    ends = [(number - 1) * n for n in (shortest, longest)]
    ends += [number * n for n in (shortest, longest)]

    def at(clock: Clock) -> date | None:
        return day_bounds(mdl.Calendar(period, number, 1), clock).start

    low, high = min(ends) - _DRIFT, max(ends) + _DRIFT
    return End(f"calendar {period}", number, low, high, at)


Order: TypeAlias = Literal["sure", "by date", "open"]


def order_of(ends: Sequence[End]) -> Order:
    """Whether any two lie in the same order, whenever one looks, or on each date."""
    found: Order = "sure"
    for index, one in enumerate(ends):
        for other in ends[:index]:
            if _sure(one, other):
                continue
            if not (by_date(one) and by_date(other)):
                return "open"
            found = "by date"
    return found


def _sure(one: End, other: End) -> bool:
    kinds = {one.kind, other.kind}
    if len(kinds) == 1:
        return True
    if kinds in ({"day", "day of days"}, {"month", "month of days"}):
        # The same wall time on another day: never before that day begins.
        return True
    if "now" in kinds:
        end = other if one.kind == "now" else one
        if end.kind in ("second", "day", "month"):
            return end.number != 0
        # What has begun lies before, or begins just now; the next lies after.
        return True
    return one.low > other.high or other.low > one.high


def by_date(end: End) -> bool:
    return end.kind != "second" and "week" not in end.kind and abs(end.low) < 500
