"""Bounds for columns that store wall times, or dates, instead of instants.

A wall time that a zone skips is read as moved forward, one that it passes twice as the
earlier: so in the hour around a change of the clock the wall times of a stretch of
instants are not one stretch. These functions give them exactly.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from segql.model.windows import local, local_day, midnight

Walls: TypeAlias = tuple[tuple[datetime, datetime | None], ...]
"""Ranges of wall times, start in and end out, in order; None is unbounded."""

_NEAR = timedelta(hours=26)


_FIRST = datetime.min.replace(tzinfo=UTC) + 2 * _NEAR
_LAST = datetime.max.replace(tzinfo=UTC) - 2 * _NEAR


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


@lru_cache(maxsize=1024)
def walls_from(start: datetime, zone: str) -> Walls:
    """The wall times of a zone whose instant is `start` or later."""
    info = ZoneInfo(zone)
    wall = local(start, zone)
    if not _FIRST < start < _LAST:
        return ((wall, None),)
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
    """The first date whose local midnight is `start` or later; or else the last."""
    day = local_day(start, zone)
    if day > date.min:
        day -= timedelta(days=1)
    while day < date.max and midnight(day, zone) < start:
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=64)
def fold_lengths(zone: str) -> tuple[timedelta, ...]:
    """By how much a zone sets its clock back, where it ever does (1970 to 2037)."""
    return tuple(sorted(-step for step in _steps(zone) if step < timedelta()))


@lru_cache(maxsize=64)
def gap_lengths(zone: str) -> tuple[timedelta, ...]:
    """By how much a zone sets its clock forward, where it ever does (1970 to 2037)."""
    return tuple(sorted(step for step in _steps(zone) if step > timedelta()))


def _steps(zone: str) -> set[timedelta]:
    info = ZoneInfo(zone)
    found: set[timedelta] = set()
    moment = datetime(1970, 1, 1, 12, tzinfo=UTC)
    last = _offset(moment, info)
    while moment.year < 2038:
        moment += timedelta(days=1)
        offset = _offset(moment, info)
        if offset != last:
            found.add(offset - last)
        last = offset
    return found


@lru_cache(maxsize=4096)
def _changes(zone: str, year: int) -> tuple[tuple[datetime, timedelta], ...]:
    """When a zone's offset changes in a year (of UTC), and to what."""
    info = ZoneInfo(zone)
    moment, found = datetime(year, 1, 1, tzinfo=UTC), []
    offset = _offset(moment, info)
    while moment.year == year:
        after = moment + timedelta(days=1)
        if (new := _offset(after, info)) != offset:
            found.append((_change(moment, after, info).astimezone(UTC), new))
            offset = new
        moment = after
    return tuple(found)


def offsets(
    start: datetime, end: datetime, zone: str
) -> tuple[tuple[datetime, timedelta], ...]:
    """The offsets of a zone between two instants, each with when it begins to hold."""
    found = [(start, _offset(start, ZoneInfo(zone)))]
    for year in range(start.year, end.year + 1):
        found += [each for each in _changes(zone, year) if start < each[0] < end]
    return tuple(found)


_ERA = datetime(1900, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def is_ever_moved(clock: time, zone: str) -> bool:
    """Whether a zone ever skips a time of day, or passes it twice (1900 to 2100)."""
    for (_, old), (change, new) in pairwise(offsets(*_ERA, zone)):
        first = change.replace(tzinfo=None) + min(old, new)
        wall = datetime.combine(first.date(), clock)
        if wall < first:
            wall += timedelta(days=1)
        if wall < first + abs(new - old):
            return True
    return False


@lru_cache(maxsize=64)
def spread(zone: str) -> timedelta:
    """How far a zone's offsets lie apart, since `SINCE`."""
    info = ZoneInfo(zone)
    months = (
        datetime(year, month, 1, tzinfo=UTC)
        for year in range(SINCE.year, 2101)
        for month in range(1, 13)
    )
    found = {_offset(month, info) for month in months}
    return max(found) - min(found)


SINCE = datetime(1900, 1, 2, tzinfo=UTC)
"""What came before is never taken by `spread`, but looked at itself."""
