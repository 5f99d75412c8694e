"""ClickHouse: days, walls and instants.

A day is a `Date32`, a wall a `DateTime64(6, 'UTC')`: columns of the narrower types
`Date` and `DateTime` are widened before they are moved, as those would wrap.
"""

from datetime import UTC
from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.clickhouse_types import data_type, typed
from segql.sql.dialects.standard import call, case, number, text
from segql.sql.speech import Maker
from segql.types import Boolean, Date, Double, Exact, Timestamp

_APART = 16 * 3600 * 1_000_000
"""No clock of a zone is further from UTC, in microseconds."""


def _day(node: portable.Day) -> exp.Expr:
    return call("toDate32", text(node.value.isoformat()))


def _literal(value: Any) -> exp.Expr:
    return call("toDateTime64", text(value.isoformat(" ")), number(6), text("UTC"))


def _instant(node: portable.Instant) -> exp.Expr:
    return _literal(node.value.astimezone(UTC).replace(tzinfo=None))


def _on(wall: exp.Expr, micros: exp.Expr) -> exp.Expr:
    """A wall moved; of any column of times the result has microseconds."""
    return call("addMicroseconds", wall, micros)


def wide(wall: exp.Expr) -> exp.Expr:
    """A column of any type of times as a wall."""
    made = isinstance(wall, portable.Portable) and not isinstance(
        wall, portable.OfInstant
    )
    return wall if made else _on(wall, number(0))


# ---- zones


def _offset(wall: exp.Expr, zone: str) -> exp.Expr:
    """How far the zone's clock is ahead of UTC at an instant, in microseconds."""
    seconds = call("timeZoneOffset", call("toTimeZone", wall, text(zone)))
    return exp.Mul(this=seconds, expression=number(1_000_000))


def _local(node: portable.Local) -> exp.Expr:
    return _on(node.this, _offset(node.this.copy(), node.zone))


def _utc(node: portable.Utc) -> exp.Expr:
    """By the offsets of before and after any change of the clock that is near.

    ClickHouse itself is not of one mind about times that a clock skips or repeats.
    """
    wall, zone = node.this, node.zone

    def near(micros: int) -> exp.Expr:
        return _offset(_on(wall.copy(), number(micros)), zone)

    def back(offset: exp.Expr) -> exp.Expr:
        return _on(wall.copy(), exp.Neg(this=exp.Paren(this=offset.copy())))

    before, after = near(-_APART), near(_APART)
    early = exp.NEQ(this=_offset(back(before), zone), expression=before.copy())
    late = exp.EQ(this=_offset(back(after), zone), expression=after.copy())
    return case(exp.And(this=early, expression=late), back(after), back(before))


def _midnight(node: portable.Midnight) -> exp.Expr:
    return call("toDateTime64", node.this, number(6), text("UTC"))


def _of_instant(node: portable.OfInstant) -> exp.Expr:
    return call("toTimeZone", node.this, text("UTC"))


# ---- moves and lengths


_UNITS = {
    "MICROSECOND": 1,
    "SECOND": 1_000_000,
    "MINUTE": 60_000_000,
    "HOUR": 3_600_000_000,
    "DAY": 86_400_000_000,
}


def _moved(node: portable.MovedWall) -> exp.Expr:
    if node.unit == "MONTH":
        return call("addMonths", wide(node.this), number(node.count))
    return _on(node.this, number(node.count * _UNITS[node.unit]))


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    name = "addMonths" if node.unit == "MONTH" else "addDays"
    return call(name, day(node.this), number(node.count))


def day(node: exp.Expr) -> exp.Expr:
    return call("toDate32", node)


def _days_between(node: portable.DaysBetween) -> exp.Expr:
    start, end = (
        call("toInt64", call("toInt32", day(side)))
        for side in (node.this, node.expression)
    )
    return exp.Sub(this=end, expression=start)


_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}


def _units_between(node: portable.UnitsBetween) -> exp.Expr:
    """The ceiling of the microseconds between: `dateDiff` is not of one mind."""
    start, end = (
        call("toUnixTimestamp64Micro", wide(side))
        for side in (node.this, node.expression)
    )
    unit = number(_SECONDS[node.unit] * 1_000_000)
    length = exp.Sub(this=end, expression=start)
    rest = call("positiveModulo", exp.Neg(this=exp.Paren(this=length.copy())), unit)
    return call("intDiv", exp.Add(this=length, expression=rest), unit.copy())


_PARTS = {
    "YEAR": "toYear",
    "QUARTER": "toQuarter",
    "MONTH": "toMonth",
    "DAY": "toDayOfMonth",
    "HOUR": "toHour",
    "MINUTE": "toMinute",
}


def _part(node: portable.Part) -> exp.Expr:
    return call("toInt64", call(_PARTS[node.part], node.this))


def _weekday(node: portable.Weekday) -> exp.Expr:
    return call("toInt64", call("toDayOfWeek", node.this))


# ---- text that is read as something else


def _parsed(node: portable.Parsed) -> exp.Expr:
    """What ClickHouse reads, if it is no other day: 30 February is 2 March to it."""
    raw: exp.Expr = node.this
    match node.kind:
        case Boolean():
            return exp.EQ(this=raw, expression=text("true"))
        case Double():
            return call("toFloat64OrNull", raw)
        case Exact(_, 0) as exact if exact.digits <= 19:
            return call("toInt64OrNull", raw)
        case Exact(digits, scale):
            read = call("toDecimal256OrNull", raw, number(scale))
            limit = typed(text(str(10 ** (digits - scale))), f"Decimal(76, {scale})")
            fits = exp.LT(this=call("abs", read), expression=limit)
            kept = call("if", fits, read.copy(), exp.null())
            return typed(kept, data_type(node.kind))
        case Date():
            return _real_day(raw)
        case Timestamp():
            return _real_wall(raw)
        case _:
            raise ValueError(f"{node.kind} is not read from text")


def _part_of(raw: exp.Expr, start: int, length: int | None = None) -> exp.Expr:
    parts = [raw.copy(), number(start), *([] if length is None else [number(length)])]
    return call("substring", *parts)


def _real_day(raw: exp.Expr) -> exp.Expr:
    read = call("toDate32OrNull", raw)
    same = exp.EQ(this=call("toString", read), expression=raw.copy())
    return case(same, read.copy())


def _real_wall(raw: exp.Expr) -> exp.Expr:
    """`2024-01-31T10:00`, with seconds and their fraction or without."""
    date, clock = _part_of(raw, 1, 10), _part_of(raw, 12, 5)
    seconds = call("greatest", _part_of(raw, 17), text(":00"))
    whole = call("concat", date, text(" "), clock, seconds)
    read = call("toDateTime64OrNull", whole, number(6), text("UTC"))
    real = _real_day(date.copy())
    return case(exp.Not(this=call("isNull", real)), read)


def _parsed_instant(node: portable.ParsedInstant) -> exp.Expr:
    """The wall before the offset, and the offset taken off it."""
    raw = node.this
    zulu = call("endsWith", raw, text("Z"))
    size = call("length", raw.copy())
    tail = call("substring", raw.copy(), exp.Neg(this=number(6)))
    kept = case(
        zulu,
        exp.Sub(this=size, expression=number(1)),
        exp.Sub(this=size.copy(), expression=number(6)),
    )
    wall = _real_wall(call("substring", raw.copy(), number(1), kept))

    def digits(start: int) -> exp.Expr:
        found = call("substring", tail.copy(), number(start), number(2))
        return call("toInt64OrZero", found)

    minutes = exp.Add(
        this=exp.Mul(this=digits(2), expression=number(60)), expression=digits(5)
    )
    sign = case(
        exp.EQ(
            this=call("substring", tail.copy(), number(1), number(1)),
            expression=text("-"),
        ),
        number(-1),
        number(1),
    )
    length = exp.Mul(
        this=exp.Mul(this=sign, expression=exp.Paren(this=minutes)),
        expression=number(60_000_000),
    )
    off = case(zulu.copy(), number(0), length)
    micros = exp.Sub(this=call("toUnixTimestamp64Micro", wall), expression=off)
    inside = exp.Between(this=micros, low=number(_FIRST), high=number(_LAST))
    kept = call("if", inside, micros.copy(), exp.null())
    return call("fromUnixTimestamp64Micro", kept, text("UTC"))


_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


NODES: dict[type[exp.Expr], Maker] = {
    portable.Day: _day,
    portable.Wall: lambda node: _literal(node.value),
    portable.Instant: _instant,
    portable.Local: _local,
    portable.Utc: _utc,
    portable.OfInstant: _of_instant,
    portable.DayOf: lambda node: day(node.this),
    portable.Midnight: _midnight,
    portable.MovedWall: _moved,
    portable.MovedDay: _moved_day,
    portable.DaysBetween: _days_between,
    portable.UnitsBetween: _units_between,
    portable.Part: _part,
    portable.Weekday: _weekday,
    portable.Parsed: _parsed,
    portable.ParsedInstant: _parsed_instant,
}
