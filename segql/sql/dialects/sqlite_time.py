"""Dates and times of SQLite: texts, moved by its own functions where these are exact.

A day is `2024-12-31`, a wall `2024-12-31 23:59:59`, with six further digits where they
are not all 0. Both sort as they follow each other.
"""

from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.standard import call, case, cast, known, number, text
from segql.sql.speech import Maker

_LAST = "9999-12-31 23:59:59.999999"
_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}
_BEFORE_1970 = 62_135_596_800
"""Seconds from the first moment of the calendar to that of Unix: whole hours."""
_MILLION = 10**6


def _part_of(node: exp.Expr, start: int, length: int | None = None) -> exp.Expr:
    sizes = [start] if length is None else [start, length]
    return call("SUBSTR", node.copy(), *map(number, sizes))


def _joined(first: exp.Expr, second: exp.Expr) -> exp.Expr:
    return exp.DPipe(this=first, expression=second)


def _step(count: int, unit: str) -> exp.Expr:
    return text(f"{count:+d} {unit}")


def _to_the_end(made: exp.Expr, of: exp.Expr, count: int, size: int) -> exp.Expr:
    """What lies after the calendar's end is its end, as SQLite knows nothing later."""
    if count < 0:
        return made
    end = case(known(of.copy()), text(_LAST[:size]))
    return exp.Coalesce(this=made, expressions=[end])


def _later_day(day: exp.Expr, count: int, unit: str) -> exp.Expr:
    if unit == "DAY":
        return call("DATE", day.copy(), _step(count, "days"))
    step = _step(count, "months")
    start = text("start of month")
    # One day before the month after; of the calendar's last month there is none.
    after = call("DATE", day.copy(), start, step, text("+1 months"), text("-1 days"))
    last = exp.Coalesce(this=after, expressions=[text(_LAST[:10])])
    return call("MIN", call("DATE", day.copy(), step), last)


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    made = _later_day(node.this, node.count, node.unit)
    return _to_the_end(made, node.this, node.count, 10)


def _moved_wall(node: portable.MovedWall) -> exp.Expr:
    wall, count, unit = node.this, node.count, node.unit
    if unit in ("DAY", "MONTH"):
        day = _later_day(_part_of(wall, 1, 10), count, unit)
        made = _joined(day, _part_of(wall, 11))
    else:
        parts = count if unit == "MICROSECOND" else count * _SECONDS[unit] * _MILLION
        if parts % _MILLION:
            return call("segql_moved", wall, number(parts))
        step = _step(parts // _MILLION, "seconds")
        moved = call("DATETIME", _part_of(wall, 1, 19), step)
        made = _joined(moved, _part_of(wall, 20))
    return _to_the_end(made, wall, count, 26)


def _days_between(node: portable.DaysBetween) -> exp.Expr:
    """Days begin at the half of a Julian one: differences of doubles are exact."""
    first, last = (call("JULIANDAY", each) for each in (node.this, node.expression))
    return cast(exp.Sub(this=last, expression=first), "INTEGER")


def _units_between(node: portable.UnitsBetween) -> exp.Expr:
    first, last = (_unit_of(each, node.unit) for each in (node.this, node.expression))
    return exp.Sub(this=last, expression=first)


def _unit_of(wall: exp.Expr, unit: str) -> exp.Expr:
    """The number of a second, minute or hour since the calendar's beginning."""
    seconds = exp.Add(
        this=call("UNIXEPOCH", _part_of(wall, 1, 19)),
        expression=number(_BEFORE_1970),
    )
    if unit == "SECOND":
        return seconds
    length = number(_SECONDS[unit])
    return exp.Div(this=seconds, expression=length, typed=True, safe=True)


_PLACES = {"YEAR": (1, 4), "MONTH": (6, 2), "DAY": (9, 2), "HOUR": (12, 2)}
_PLACES["MINUTE"] = (15, 2)


def _part(node: portable.Part) -> exp.Expr:
    if node.part == "QUARTER":
        month = portable.Part(this=node.this, part="MONTH", day=node.day)
        up = exp.Add(this=month, expression=number(2))
        return exp.Div(this=up, expression=number(3), typed=True, safe=True)
    return cast(_part_of(node.this, *_PLACES[node.part]), "INTEGER")


def _weekday(node: portable.Weekday) -> exp.Expr:
    """Julian days begin on Mondays, at noon."""
    days = exp.Add(
        this=call("JULIANDAY", node.this), expression=exp.Literal.number("0.5")
    )
    rest = exp.Mod(this=cast(days, "INTEGER"), expression=number(7))
    return exp.Add(this=rest, expression=number(1))


def _zoned(function: str) -> Maker:
    def make(node: Any) -> exp.Expr:
        return call(function, node.this, text(node.zone))

    return make


def _of_instant(node: portable.OfInstant) -> exp.Expr:
    """A column's instants are in UTC, and say so with six signs at the end."""
    length = exp.Sub(this=call("LENGTH", node.this.copy()), expression=number(6))
    return call("SUBSTR", node.this.copy(), number(1), length)


NODES: dict[type[exp.Expr], Maker] = {
    portable.Day: lambda node: text(node.value.isoformat()),
    portable.Wall: lambda node: text(node.value.isoformat(" ")),
    portable.Local: _zoned("segql_local"),
    portable.Utc: _zoned("segql_utc"),
    portable.OfInstant: _of_instant,
    portable.DayOf: lambda node: _part_of(node.this, 1, 10),
    portable.Midnight: lambda node: _joined(node.this, text(" 00:00:00")),
    portable.MovedWall: _moved_wall,
    portable.MovedDay: _moved_day,
    portable.DaysBetween: _days_between,
    portable.UnitsBetween: _units_between,
    portable.Part: _part,
    portable.Weekday: _weekday,
}
