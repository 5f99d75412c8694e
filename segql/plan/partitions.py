"""Stretches of time in, the partitions that can hold events of them out."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from segql.catalog.nodes import Partitioning
from segql.model.windows import local_day, midnight

_NEAR = timedelta(hours=26)
_TICK = timedelta(microseconds=1)
_FIRST = datetime.min.replace(tzinfo=UTC) + 2 * _NEAR
_LAST = datetime.max.replace(tzinfo=UTC) - 2 * _NEAR


@lru_cache(maxsize=1024)
def first_partition(start: datetime, zone: str) -> date:
    """No event at `start` or later has an earlier local day.

    Where the clock is set back soon after, its day may end twice: then a day more.
    """
    day = local_day(start, zone)
    back = _FIRST < start < _LAST and _set_back(start, start + _NEAR, zone)
    return day - timedelta(days=1) if back else day


@lru_cache(maxsize=1024)
def last_partition(end: datetime, zone: str) -> date:
    """No event before `end` has a later local day."""
    if end <= _FIRST:
        return local_day(end, zone)
    day = local_day(end - _TICK, zone)
    back = _FIRST < end < _LAST and _set_back(end - _NEAR, end, zone)
    return day + timedelta(days=1) if back else day


def partition_of(time: object, parted: Partitioning, business: str) -> str:
    """The partition that an event of a time lies in; `business` is the zone of dates.

    A time is as engines return it: a date, an instant, or its wall time in UTC.
    """
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    if isinstance(time, datetime):
        moment = time if time.tzinfo else time.replace(tzinfo=UTC)
    else:
        assert isinstance(time, date)
        moment = midnight(time, business)
    return written(local_day(moment, parted.zone), parted.form)


def written(day: date, form: str) -> str:
    """A day, or the month or the year that it lies in, such as `YYYY-MM`."""
    found = form.replace("YYYY", f"{day.year:04}").replace("MM", f"{day.month:02}")
    return found.replace("DD", f"{day.day:02}")


def _set_back(start: datetime, end: datetime, zone: str) -> bool:
    info = ZoneInfo(zone)
    before = start.astimezone(info).utcoffset() or timedelta()
    after = end.astimezone(info).utcoffset() or timedelta()
    return after < before
