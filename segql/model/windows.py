"""Windows to bounds: what a stretch of time means as of an instant.

Everything that depends on `as of` alone is computed here, in plain Python, and
reaches an engine as a literal. Days and longer are civil: the same wall time, N days
on; a time that a zone skips moves forward by the skipped length, a time that it
passes twice is the earlier one. Every bound is computed from `as of`, never chained.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from segql.model.nodes import (
    Calendar,
    Day,
    Days,
    FromTo,
    Instants,
    Period,
    Rolling,
    Unit,
    Window,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """`as of` in UTC, and the business's calendar.

    `week_starts` is an ISO weekday (Monday is 1), `fiscal_year_starts` a month.
    """

    as_of: datetime
    zone: str = "UTC"
    week_starts: int = 1
    fiscal_year_starts: int = 1

    @property
    def wall(self) -> datetime:
        """The wall time of `as of`, without a zone."""
        return local(self.as_of, self.zone)

    @property
    def today(self) -> date:
        return self.wall.date()


@dataclass(frozen=True, slots=True)
class Bounds:
    """Instants in UTC, start in and end out; None is unbounded."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class DayBounds:
    """Dates, start in and end out; None is unbounded."""

    start: date | None
    end: date | None


def instant(wall: datetime, zone: str) -> datetime:
    """The instant of a wall time: later in a gap, the earlier of two."""
    local = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    try:
        return local.astimezone(UTC)
    except OverflowError:
        return wall.replace(tzinfo=UTC)


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a local day begins."""
    return instant(datetime.combine(day, time()), zone)


def local(moment: datetime, zone: str) -> datetime:
    """The wall time of an instant; that of UTC where the calendar has none."""
    try:
        wall = moment.astimezone(ZoneInfo(zone))
    except OverflowError:
        wall = moment
    return wall.replace(tzinfo=None, fold=0)


def local_day(moment: datetime, zone: str) -> date:
    return local(moment, zone).date()


def next_instant(moment: datetime) -> datetime | None:
    """The moment right after; None where the calendar ends."""
    try:
        return moment + timedelta(microseconds=1)
    except OverflowError:
        return None


def instant_bounds(window: Window, clock: Clock) -> Bounds:
    """The bounds of a window over instants.

    The checker keeps windows short enough, and `as of` near enough, for every bound
    to lie in the years 1 to 9999.
    """
    match window:
        case Rolling(start, end, unit):
            return Bounds(_moved(start, unit, clock), _moved(end, unit, clock))
        case Instants(start, end):
            return Bounds(start, end)
        case Day() | Calendar() | Days():
            days = day_bounds(window, clock)
            return Bounds(
                None if days.start is None else midnight(days.start, clock.zone),
                None if days.end is None else midnight(days.end, clock.zone),
            )
        case FromTo(first, last):
            return Bounds(
                None if first is None else instant_bounds(first, clock).start,
                None if last is None else instant_bounds(last, clock).end,
            )
        case _:
            assert_never(window)


def day_bounds(window: Window, clock: Clock) -> DayBounds:
    """The bounds of a window over dates.

    `last N days` is the N days that end today, `next N days` the N that start today;
    what lies further back or ahead continues without a gap. Windows of instants, and
    units shorter than a day, have no meaning over dates: the checker refuses them.
    """
    match window:
        case Rolling(start, end, unit):
            back = start is None or start < 0
            return DayBounds(
                _rolled(start, unit, clock, back), _rolled(end, unit, clock, back)
            )
        case Day(offset, unit):
            first = shifted(clock.today, offset, unit)
            return DayBounds(first, _next(first))
        case Calendar(period, first_period, count):
            begin = period_start(clock.today, period, clock)
            return DayBounds(
                _periods_on(begin, period, first_period),
                _periods_on(begin, period, first_period + count),
            )
        case Days(start, end):
            return DayBounds(start, end)
        case Instants():
            raise ValueError("a window of instants over dates")
        case FromTo(first, last):
            return DayBounds(
                None if first is None else day_bounds(first, clock).start,
                None if last is None else day_bounds(last, clock).end,
            )
        case _:
            assert_never(window)


def shifted(day: date, count: int, unit: Unit) -> date | None:
    """The date `count` units on, at its month's last day if that is too short.

    None where the calendar ends.
    """
    try:
        match unit:
            case "day":
                return day + timedelta(days=count)
            case "week":
                return day + timedelta(weeks=count)
            case "month" | "quarter" | "year":
                months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
                index = day.year * 12 + day.month - 1 + months
                year, month = index // 12, index % 12 + 1
                last = monthrange(year, month)[1]
                return date(year, month, min(day.day, last))
            case "second" | "minute" | "hour":
                raise ValueError(f"a date moved by {unit}s")
            case _:
                assert_never(unit)
    except (OverflowError, ValueError) as error:
        if "moved by" in str(error):
            raise
        return None


def period_start(day: date, period: Period, clock: Clock) -> date:
    """The first day of the period in which a day lies."""
    match period:
        case "day":
            return day
        case "week":
            back = (day.isoweekday() - clock.week_starts) % 7
            return day - timedelta(days=min(back, day.toordinal() - 1))
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, day.month - (day.month - 1) % 3, 1)
        case "year":
            return date(day.year, 1, 1)
        case "fiscal quarter":
            back = (day.month - clock.fiscal_year_starts) % 3
            return shifted(day.replace(day=1), -back, "month") or date.min
        case "fiscal year":
            back = (day.month - clock.fiscal_year_starts) % 12
            return shifted(day.replace(day=1), -back, "month") or date.min
        case _:
            assert_never(period)


def _moved(count: int | None, unit: Unit, clock: Clock) -> datetime | None:
    if count is None:
        return None
    if count == 0:
        return clock.as_of
    try:
        match unit:
            case "second" | "minute" | "hour":
                return clock.as_of + timedelta(**{f"{unit}s": count})
            case "day" | "week" | "month" | "quarter" | "year":
                wall = clock.wall
                day = shifted(wall.date(), count, unit)
                if day is None:
                    return None
                return instant(datetime.combine(day, wall.time()), clock.zone)
            case _:
                assert_never(unit)
    except OverflowError:
        return None


def _rolled(count: int | None, unit: Unit, clock: Clock, back: bool) -> date | None:
    """A bound of a rolling window over dates.

    Today belongs to what lies back as well as to what lies ahead: `last 1 day` and
    `next 1 day` are both today, so the bounds of what lies back stand a day later.
    """
    if count is None:
        return None
    moved = shifted(clock.today, count, unit)
    return _next(moved) if back else moved


def _next(day: date | None) -> date | None:
    return None if day is None else shifted(day, 1, "day")


def _periods_on(begin: date, period: Period, count: int) -> date | None:
    match period:
        case "day" | "week" | "month" | "quarter" | "year":
            return shifted(begin, count, period)
        case "fiscal quarter":
            return shifted(begin, count, "quarter")
        case "fiscal year":
            return shifted(begin, count, "year")
        case _:
            assert_never(period)
