"""Moments at which clocks change and leap days lie, and one to look from."""

from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

_AWKWARD = tuple(
    datetime.fromisoformat(each)
    for each in (
        "2025-03-30T00:59:59.999999+00:00", "2025-03-30T01:00+00:00",
        "2025-10-25T23:30+00:00", "2025-10-26T00:30+00:00", "2025-10-26T01:30+00:00",
        "2025-03-09T07:00+00:00", "2025-11-02T05:30+00:00", "2025-11-02T06:30+00:00",
        "2024-02-29T12:00+00:00", "2024-12-31T23:00+00:00", "2025-01-01T00:00+00:00",
        "2025-04-05T15:00+00:00", "2025-10-04T15:30+00:00", "2018-11-04T03:00+00:00",
        "2018-02-18T02:00+00:00", "2011-12-30T10:00+00:00", "2011-12-31T09:30+00:00",
        "2025-06-15T10:00+00:00", "2025-05-31T22:00+00:00", "2023-03-01T00:00+00:00",
    )
)  # fmt: skip


def awkward(as_of: datetime, zone: str) -> list[datetime]:
    """Instants near `as of`, and those at which clocks change near it."""
    midnight = as_of.astimezone(ZoneInfo(zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    found = [as_of, as_of, midnight.astimezone(UTC)]
    for days in (0, 1, 2, 3, 7, 30, 31, 90, 365):
        found.append(shift(as_of, timedelta(days=-days)))
    near = [m for m in _AWKWARD if abs(m - as_of) < timedelta(days=500)]
    return found + near


@cache
def changes(zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """The wall times at which a zone changes its clock, old and new, 2011 to 2026."""
    info, found = ZoneInfo(zone), []
    moment = datetime(2011, 1, 1, tzinfo=UTC)
    while moment.year < 2027:
        later = moment + timedelta(days=1)
        if moment.astimezone(info).utcoffset() == later.astimezone(info).utcoffset():
            moment = later
            continue
        later = moment + timedelta(hours=1)
        old = moment.astimezone(info).utcoffset() or timedelta()
        new = later.astimezone(info).utcoffset() or timedelta()
        if old != new:
            half = moment + timedelta(minutes=30)
            if (half.astimezone(info).utcoffset() or timedelta()) == old:
                half = later
            wall = half.replace(tzinfo=None)
            found.append((wall + old, wall + new))
        moment = later
    return tuple(found)


def as_of_of(chance: Random) -> datetime:
    """An instant to look from; more often than not an awkward one."""
    moment = chance.choice(_AWKWARD)
    match chance.randrange(8):
        case 0 | 1 | 2:
            step = timedelta()
        case 3:
            step = timedelta(microseconds=chance.choice((-1, 1)))
        case 4:
            step = timedelta(days=chance.randrange(-400, 400))
        case 5:
            step = timedelta(minutes=chance.randrange(-2000, 2000))
        case 6:
            step = timedelta(seconds=chance.randrange(10**7))
        case _:
            step = timedelta(microseconds=chance.randrange(10**13))
    return moment + step


def shift(value: Any, step: timedelta) -> Any:
    try:
        return value + step
    except OverflowError:
        return value
