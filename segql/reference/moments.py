"""Dates and instants, measured and compared: what time means beyond windows."""

from datetime import date, datetime, timedelta
from typing import assert_never

from segql.model import nodes as mdl
from segql.model.windows import (
    Clock,
    day_bounds,
    instant_bounds,
    local,
    local_day,
    shifted,
)


def within(when: date, window: mdl.Window, clock: Clock, *, days: bool) -> bool:
    """Whether a date, or an instant, lies in a window."""
    bounds = day_bounds(window, clock) if days else instant_bounds(window, clock)
    return (bounds.start is None or bounds.start <= when) and (
        bounds.end is None or when < bounds.end
    )


def elapsed(unit: mdl.Unit, when: date, clock: Clock) -> int:
    """The largest n for which `when` is n units ago, or longer ago than that.

    Of a date n units before today; of an instant n units before `as of`.
    """

    def so_long_ago(n: int) -> bool:
        edge: date | None
        if isinstance(when, datetime):
            edge = instant_bounds(mdl.Rolling(None, -n, unit), clock).end
        else:
            edge = shifted(clock.today, -n, unit)
        # Beyond the calendar's beginning lies nothing, before its end everything.
        return n < 0 if edge is None else when <= edge

    n = _about(unit, when, clock)
    while not so_long_ago(n):
        n -= 1
    while so_long_ago(n + 1):
        n += 1
    return n


def _about(unit: mdl.Unit, when: date, clock: Clock) -> int:
    """Roughly how many units ago something is: exactly, but for one or two."""
    day = local_day(when, clock.zone) if isinstance(when, datetime) else when
    today = clock.today
    match unit:
        case "second" | "minute" | "hour":
            if not isinstance(when, datetime):
                raise ValueError(f"{unit}s since a date")
            return (clock.as_of - when) // timedelta(**{f"{unit}s": 1})
        case "day":
            return (today - day).days
        case "week":
            return (today - day).days // 7
        case "month" | "quarter" | "year":
            months = (today.year - day.year) * 12 + today.month - day.month
            return months // {"month": 1, "quarter": 3, "year": 12}[unit]
        case _:
            assert_never(unit)


def part_of(part: mdl.Part, when: date, zone: str) -> int:
    """A part of a date, or of the local time of an instant; Monday is weekday 1."""
    if isinstance(when, datetime):
        when = local(when, zone)
    match part:
        case "year":
            return when.year
        case "quarter":
            return (when.month + 2) // 3
        case "month":
            return when.month
        case "day":
            return when.day
        case "weekday":
            return when.isoweekday()
        case "hour" | "minute":
            if not isinstance(when, datetime):
                raise ValueError(f"the {part} of a date")
            return when.hour if part == "hour" else when.minute
        case _:
            assert_never(part)


def has_anniversary(when: date, window: mdl.Window, clock: Clock) -> bool:
    """Whether a window of days holds an anniversary of a day, in whatever year.

    That of 29 February is 28 February in a common year.
    """
    bounds = day_bounds(window, clock)
    start, end = bounds.start, bounds.end
    if start is None or end is None:
        return True
    day = _day(when, clock.zone)
    years = range(start.year, end.year + 1)
    return any(start <= _in_year(day, year) < end for year in years)


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def on_days(when: date, ranges: tuple[tuple[int, int], ...], zone: str) -> bool:
    """Whether month and day lie in one of some ranges of month * 100 + day."""
    day = _day(when, zone)
    return any(
        first <= day.month * 100 + day.day <= last  # both ends in
        for first, last in ranges
    )


def anchored(
    when: date, anchor: date, back: int, ahead: int, unit: mdl.Unit, zone: str
) -> bool:
    """Whether a time lies around another one, both ends included.

    If either is a date, the local days are compared.
    """
    start: date | None
    end: date | None
    if isinstance(when, datetime) and isinstance(anchor, datetime):
        start, end = moved(anchor, -back, unit, zone), moved(anchor, ahead, unit, zone)
    else:
        when, anchor = _day(when, zone), _day(anchor, zone)
        start, end = shifted(anchor, -back, unit), shifted(anchor, ahead, unit)
    return (start is None or start <= when) and (end is None or when <= end)


def moved(moment: datetime, count: int, unit: mdl.Unit, zone: str) -> datetime | None:
    """The instant so many units later, as rolling windows count them from `as of`.

    None where the calendar ends.
    """
    return instant_bounds(mdl.Rolling(count, None, unit), Clock(moment, zone)).start


def _day(when: date, zone: str) -> date:
    return local_day(when, zone) if isinstance(when, datetime) else when
