"""Bounds for columns that store wall times, or dates, instead of instants.

A wall time that a zone skips is read as moved forward, one that it passes twice as the
earlier: so in the hour around a change of the clock the wall times of a stretch of
instants are not one stretch. These functions give them exactly.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from segql.model.windows import local_day, midnight

Walls: TypeAlias = tuple[tuple[datetime, datetime | None], ...]
"""Ranges of wall times, start in and end out, in order; None is unbounded."""

_NEAR = timedelta(hours=26)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


@lru_cache(maxsize=1024)
def walls_from(start: datetime, zone: str) -> Walls:
    """The wall times of a zone whose instant is `start` or later."""
    info = ZoneInfo(zone)
    wall = start.astimezone(info).replace(tzinfo=None, fold=0)
    before, after = start - _NEAR, start + _NEAR
    old, new = _offset(before, info), _offset(after, info)
    if old == new:
        return ((wall, None),)
    change = _change(before, after, info)
    clock = change.replace(tzinfo=None)
    if new < old:
        return ((max(clock + old, wall), None),) if start >= change else ((wall, None),)
    if not change <= start < change + (new - old):
        return ((wall, None),)
    late = start - change
    return (clock + old + late, clock + new), (clock + new + late, None)


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the offset changes between two instants."""
    old = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle <= low:
            break
        if _offset(middle, zone) == old:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


@lru_cache(maxsize=1024)
def first_day(start: datetime, zone: str) -> date:
    """The first date whose local midnight is `start` or later."""
    day = local_day(start, zone) - timedelta(days=1)
    while midnight(day, zone) < start:
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=64)
def fold_lengths(zone: str) -> tuple[timedelta, ...]:
    """By how much a zone sets its clock back, where it ever does (1970 to 2037)."""
    info = ZoneInfo(zone)
    found: set[timedelta] = set()
    moment = datetime(1970, 1, 1, 12, tzinfo=UTC)
    last = _offset(moment, info)
    while moment.year < 2038:
        moment += timedelta(days=1)
        offset = _offset(moment, info)
        if offset < last:
            found.add(last - offset)
        last = offset
    return tuple(sorted(found))
