"""Time that depends on `as of` alone, as absolute bounds: whole units elapsed,
anniversaries, stretches of time around a constant."""

from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, isfinite
from typing import assert_never
from zoneinfo import ZoneInfo

from segql.model import nodes as mdl
from segql.model.windows import (
    Clock,
    day_bounds,
    instant_bounds,
    local_day,
    midnight,
    next_instant,
    shifted,
)
from segql.types import DATE, Date

# ---- whole units elapsed


def elapsed_test(
    operator: mdl.Comparison, node: mdl.Elapsed, value: mdl.Scalar, clock: Clock
) -> mdl.Rule | None:
    """A number of elapsed units against a constant, as a stretch of time.

    `!=` is that of `=`, to be negated. None where the constant is no finite number.
    """
    if not isinstance(value, int | float | Decimal) or not isfinite(value):
        return None
    number = Fraction(value)
    least: int | None
    most: int | None
    match operator:
        case "=" | "!=":
            least, most = ceil(number), floor(number)
        case ">=":
            least, most = ceil(number), None
        case ">":
            least, most = floor(number) + 1, None
        case "<":
            least, most = None, ceil(number) - 1
        case "<=":
            least, most = None, floor(number)
        case _:
            assert_never(operator)
    if least is not None and most is not None and least > most:
        return mdl.FALSE
    window = _units_ago(least, most, node, clock)
    return mdl.Within(node.value, window) if window else mdl.FALSE


def _units_ago(
    least: int | None, most: int | None, node: mdl.Elapsed, clock: Clock
) -> mdl.Window | None:
    """When what is so many units ago was; None for never."""
    if isinstance(node.value.type, Date):
        first = 1 if most is None else _next_day(most + 1, node.unit, clock)
        after = _DAYS if least is None else _next_day(least, node.unit, clock)
        if first >= after:
            return None
        return mdl.Days(
            date.fromordinal(first) if first > 1 else None,
            date.fromordinal(after) if after < _DAYS else None,
        )
    start = _START if most is None else _just_after(most + 1, node.unit, clock)
    end = _END if least is None else _just_after(least, node.unit, clock)
    if start >= end:
        return None
    return mdl.Instants(start if start > _START else None, end if end < _END else None)


_DAYS = date.max.toordinal() + 1
_START = datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
_END = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
"""Beyond these there is nothing: bounds so near to the calendar's ends are no bounds,
so that every zone has a wall time for those that are left."""


def _just_after(count: int, unit: mdl.Unit, clock: Clock) -> datetime:
    """The end of what is at least so many units ago."""
    bound = instant_bounds(mdl.Rolling(None, -count, unit), clock).end
    after = None if bound is None else next_instant(bound)
    if after is None:
        return _START if count > 0 else _END
    return min(max(after, _START), _END)


def _next_day(count: int, unit: mdl.Unit, clock: Clock) -> int:
    """The number of the day after those that are at least so many units ago."""
    bound = shifted(clock.today, -count, unit)
    if bound is None:
        return 1 if count > 0 else _DAYS
    return bound.toordinal() + 1


def elapsed(value: date, unit: mdl.Unit, clock: Clock) -> int:
    """How many whole units ago: the largest n with value <= `as of` - n units."""

    def reached(count: int) -> bool:
        if isinstance(value, datetime):
            return value < _just_after(count, unit, clock)
        return value.toordinal() < _next_day(count, unit, clock)

    low, high = -1, 1
    while not reached(low):
        low *= 2
    while reached(high):
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle):
            low = middle
        else:
            high = middle
    return low


# ---- parts of a day


def part_of(part: mdl.Part, value: date, zone: str) -> int:
    """A part of a date, or of an instant's local time."""
    local = value
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(zone))
    match part:
        case "year":
            return local.year
        case "quarter":
            return (local.month + 2) // 3
        case "month":
            return local.month
        case "day":
            return local.day
        case "weekday":
            return local.isoweekday()
        case "hour" | "minute":
            assert isinstance(local, datetime)
            return local.hour if part == "hour" else local.minute
        case _:
            assert_never(part)


def is_on(value: date, ranges: tuple[tuple[int, int], ...], zone: str) -> bool:
    """Whether month and day lie in one of some ranges, as month * 100 + day."""
    day = local_day(value, zone) if isinstance(value, datetime) else value
    return any(low <= day.month * 100 + day.day <= high for low, high in ranges)


EVERY_DAY = ((101, 1231),)


def anniversaries(window: mdl.Window, clock: Clock) -> tuple[tuple[int, int], ...]:
    """The months and days of a window, as ranges of month * 100 + day.

    That of 29 February is 28 February in a common year.
    """
    bounds = day_bounds(window, clock)
    if bounds.start is None or bounds.end is None:
        return EVERY_DAY
    found = set()
    for number in range(min((bounds.end - bounds.start).days, 366)):
        day = bounds.start + timedelta(days=number)
        found.add(day)
        if (day.month, day.day) == (2, 28) and not isleap(day.year):
            found.add(day.replace(year=2000, day=29))
    ranges: list[tuple[int, int]] = []
    for day in sorted({day.replace(year=2000) for day in found}):
        shown = day.month * 100 + day.day
        before = day - timedelta(days=1)
        if ranges and ranges[-1][1] == before.month * 100 + before.day:
            ranges[-1] = (ranges[-1][0], shown)
        else:
            ranges.append((shown, shown))
    return tuple(ranges)


# ---- around a constant


def around(node: mdl.Anchored, anchor: date, clock: Clock) -> mdl.Window:
    """The stretch of time that lies so near to a constant."""
    if isinstance(anchor, datetime) and node.value.type != DATE:
        there = Clock(anchor, clock.zone)
        bounds = instant_bounds(mdl.Rolling(-node.back, node.ahead, node.unit), there)
        end = bounds.end and next_instant(bounds.end)
        return mdl.Instants(bounds.start, end)
    day = local_day(anchor, clock.zone) if isinstance(anchor, datetime) else anchor
    first = shifted(day, -node.back, node.unit)
    last = shifted(day, node.ahead, node.unit)
    after = last and shifted(last, 1, "day")
    if node.value.type == DATE:
        return mdl.Days(first, after)
    return mdl.Instants(
        None if first is None else midnight(first, clock.zone),
        None if after is None else midnight(after, clock.zone),
    )
