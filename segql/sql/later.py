"""Times moved by so many units, per row."""

from datetime import timedelta

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.walls import spread
from segql.sql import portable, read

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def later(time: exp.Expr, count: int, unit: mdl.Unit, zone: str) -> exp.Expr:
    """A UTC wall time `count` units on; back where `count` is negative.

    Days and longer keep the wall time of the zone, a month too short its last day.
    """
    if count == 0:
        return time
    if unit in ("second", "minute", "hour"):
        return _moved(time, count, unit.upper())
    return read.utc(_moved(read.local(time, zone), *_civil(count, unit)), zone)


def day_later(day: exp.Expr, count: int, unit: mdl.Unit) -> exp.Expr:
    """A date `count` units on, of a day or longer."""
    if count == 0:
        return day
    count, shown = _civil(count, unit)
    return portable.MovedDay(this=day, count=count, unit=shown)


def _civil(count: int, unit: mdl.Unit) -> tuple[int, str]:
    if unit in _MONTHS:
        return count * _MONTHS[unit], "MONTH"
    return count * (7 if unit == "week" else 1), "DAY"


def _moved(time: exp.Expr, count: int, unit: str) -> exp.Expr:
    return portable.MovedWall(this=time, count=count, unit=unit)


def bounds(
    time: exp.Expr, count: int, unit: mdl.Unit, zone: str
) -> tuple[exp.Expr, exp.Expr]:
    """Two times between which `later` is, found without asking for a wall time.

    For times since `segql.plan.walls.SINCE`.
    """
    if unit in _MONTHS:
        months = count * _MONTHS[unit]
        low, high = timedelta(days=28 * months), timedelta(days=31 * months)
    else:
        low = high = timedelta(days=count * (7 if unit == "week" else 1))
    apart = spread(zone)
    return _on(time, low - apart), _on(time.copy(), high + apart)


def _on(time: exp.Expr, length: timedelta) -> exp.Expr:
    seconds = int(length.total_seconds())
    return _moved(time, seconds, "SECOND")
