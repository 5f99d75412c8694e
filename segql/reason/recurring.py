"""A stretch of dates or instants in, some of it out that show all that recurs there."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from segql.model.windows import local, midnight
from segql.reason.axes import Axis

MAX_DAYS = 42 * 366
MAX_SHOWN = 3000
_MANY = {"weekday": 7, "hour": 24, "minute": 60}
_EARLY, _LATE = date(1901, 1, 1), date(2099, 12, 31)


def recurring(
    low: int, high: int, axis: Axis, parts: set[str], zone: str, dated: bool
) -> tuple[list[Any], bool]:
    """Values between two places, and whether they show all that recurs there.

    `parts` are those that tests ask for; if `dated`, only midnights are values.
    """
    first, last = axis.value(low), axis.value(high)
    most = _how_many(parts)
    seen: dict[tuple[int, ...], Any] = {}
    if axis.kind == "date":
        days, whole = _days(first, last)
        for day in days:
            seen.setdefault(
                _signature(datetime(day.year, day.month, day.day), parts), day
            )
            if len(seen) >= most:
                break
        return list(seen.values()), whole
    days, whole = _days(local(first, zone).date(), local(last, zone).date())
    for moment in _moments(days, first, last, parts, zone, dated):
        seen.setdefault(_signature(local(moment, zone), parts), moment)
        if len(seen) >= min(most, MAX_SHOWN):
            break
    full = len(seen) >= most or len(seen) < MAX_SHOWN
    return list(seen.values()), whole and full and "minute" not in parts


def _moments(
    days: Iterable[date], first: Any, last: Any, parts: set[str], zone: str, dated: bool
) -> Iterator[Any]:
    """Instants of some days: one of each, or one of each hour or minute."""
    times = [timedelta(0)] if dated else list(_times(parts))
    for day in days:
        start = midnight(day, zone).astimezone(UTC)
        if not dated and start <= first:
            yield first
        for since in times:
            if first <= start + since <= last:
                yield start + since
    if not dated:
        yield last


def _signature(wall: datetime, parts: set[str]) -> tuple[int, ...]:
    """What tests can tell of a time: what they ask for, and no more."""
    return (
        wall.month if "month" in parts else 0,
        wall.day if "day" in parts else 0,
        wall.weekday() if "weekday" in parts else 0,
        wall.hour if parts & {"hour", "minute"} else 0,
        wall.minute if "minute" in parts else 0,
    )


def _how_many(parts: set[str]) -> int:
    """How many signatures there are."""
    months, days = "month" in parts, "day" in parts
    found = 366 if months and days else 12 if months else 31 if days else 1
    for part, many in _MANY.items():
        found *= many if part in parts else 1
    return found


def _days(first: date, last: date) -> tuple[Iterable[date], bool]:
    """The days of a stretch: all, or so many that each kind of day is among them."""
    count = (last - first).days + 1
    if count <= MAX_DAYS:
        return (first + timedelta(days=n) for n in range(count)), True
    # Each day of the year has each weekday within 28 years, but for a turn of
    # centuries without a leap day.
    start = min(max(first, _EARLY), last - timedelta(days=MAX_DAYS))
    whole = start >= _EARLY and start + timedelta(days=MAX_DAYS) <= _LATE
    return (start + timedelta(days=n) for n in range(MAX_DAYS)), whole


def _times(parts: set[str]) -> Iterator[timedelta]:
    """How long after a day's beginning its hours, or its minutes, begin."""
    if not parts & {"hour", "minute"}:
        yield timedelta(hours=10)
        yield timedelta(0)
        return
    for hour in range(26):
        for minute in range(60) if "minute" in parts else (0,):
            yield timedelta(hours=hour, minutes=minute)
