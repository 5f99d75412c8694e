"""Trino and what is made of it: Athena, Presto. No test has run it there."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects import decimals, rewrites, standard
from segql.sql.dialects.standard import call, cast, number, text
from segql.sql.speech import Maker, Speech, Unsaid
from segql.types import Boolean, Date, Double, Exact, Timestamp

_WALL = "TIMESTAMP(6)"
_MILLISECOND = 1000


def _wall(node: portable.Wall) -> exp.Expr:
    return cast(text(node.value.isoformat(" ")), _WALL)


def _coarse_wall(node: portable.Wall) -> exp.Expr:
    value = node.value
    rest = value.microsecond % _MILLISECOND
    if rest and value != datetime.max:
        raise Unsaid(node.construct, "Presto's have three digits of a second")
    shown = value.replace(microsecond=value.microsecond - rest)
    return cast(text(shown.isoformat(" ")), "TIMESTAMP")


def _coarse_cast(node: exp.Cast) -> exp.Expr:
    if node.to.is_type("timestamp"):
        return cast(node.this, "TIMESTAMP")
    return node


def _instant(node: portable.Instant) -> exp.Expr:
    utc = node.value.astimezone(UTC).replace(tzinfo=None)
    return _in_zone(cast(text(utc.isoformat(" ")), _WALL), "UTC")


def _in_zone(wall: exp.Expr, zone: str) -> exp.Expr:
    return call("WITH_TIMEZONE", wall, text(zone))


def _converted(wall: exp.Expr, source: str, to: str) -> exp.Expr:
    return cast(exp.AtTimeZone(this=_in_zone(wall, source), zone=text(to)), _WALL)


def _to_utc(wall: exp.Expr, zone: str) -> exp.Expr:
    return _converted(wall, zone, "UTC")


def _to_local(utc: exp.Expr, zone: str) -> exp.Expr:
    return _converted(utc, "UTC", zone)


def _of_instant(node: portable.OfInstant) -> exp.Expr:
    return cast(exp.AtTimeZone(this=node.this, zone=text("UTC")), _WALL)


def _calculated(node: portable.Calculated) -> exp.Expr:
    left, right, _ = node.sides
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    return kind(
        this=cast(node.this, decimals.exact(left)),
        expression=cast(node.expression, decimals.exact(right)),
    )


def _nearest(node: portable.Nearest) -> exp.Expr:
    double = portable.KnownNumber(this=cast(node.this, "DOUBLE"))
    return cast(double, decimals.exact(node.exact))


def _shifted(node: portable.Shifted) -> exp.Expr:
    power = Exact(node.exact.scale + 1)
    return exp.Mul(
        this=node.this,
        expression=cast(number(10**node.exact.scale), decimals.exact(power)),
    )


def _moved(node: Any) -> exp.Expr:
    """No unit is shorter than a millisecond: an interval has the microseconds."""
    if node.unit == "MICROSECOND":
        seconds, rest = divmod(abs(node.count), 10**6)
        shown = f"{seconds}.{rest:06}"
        length = exp.Interval(this=text(shown), unit=exp.Var(this="SECOND"))
        kind = exp.Sub if node.count < 0 else exp.Add
        return kind(this=node.this, expression=length)
    return call("DATE_ADD", text(node.unit.lower()), number(node.count), node.this)


def _units_between(node: portable.UnitsBetween) -> exp.Expr:
    """It counts whole units, so they are counted from the beginning of one."""
    unit = text(node.unit.lower())
    start = call("DATE_TRUNC", unit, node.this)
    return call("DATE_DIFF", unit.copy(), start, node.expression)


def _full_match(node: portable.FullMatch) -> exp.Expr:
    pattern = node.expression.copy()
    pattern.set("this", f"\\A(?:{pattern.this})\\z")
    return call("REGEXP_LIKE", node.this, pattern)


def _ends(node: exp.EndsWith) -> exp.Expr:
    length = exp.Length(this=node.expression.copy())
    last = call("SUBSTR", node.this, exp.Neg(this=length))
    return exp.EQ(this=last, expression=node.expression)


def _contains(node: exp.Contains) -> exp.Expr:
    place = call("STRPOS", node.this, node.expression)
    return exp.GT(this=place, expression=number(0))


def _md5(node: portable.Md5) -> exp.Expr:
    digest = call("MD5", call("TO_UTF8", node.this))
    return exp.Lower(this=call("TO_HEX", digest))


def _parsed(node: portable.Parsed) -> exp.Expr:
    raw: exp.Expr = node.this
    kind = node.kind
    match kind:
        case Exact(_, 0):
            shown = "BIGINT"
        case Exact():
            shown = decimals.exact(kind)
        case Double():
            shown = "DOUBLE"
        case Boolean():
            shown = "BOOLEAN"
        case Date():
            shown = "DATE"
        case Timestamp():
            shown = _WALL
            raw = call("REPLACE", raw, text("T"), text(" "))
        case _:
            raise Unsaid(node.construct)
    return exp.TryCast(this=raw, to=exp.DataType.build(shown))


def _lambda(function: str) -> Maker:
    def make(node: Any) -> exp.Expr:
        name = portable.ITEM.this.copy()
        made = exp.Lambda(this=node.expression, expressions=[name])
        return call(function, node.this, made)

    return make


def _has_one(node: portable.HasOne) -> exp.Expr:
    tests = [call("CONTAINS", node.this.copy(), each) for each in node.expressions]
    return exp.and_(*tests) if node.every else exp.or_(*tests)


def _size(test: type[exp.Expr] | None) -> Maker:
    def make(node: Any) -> exp.Expr:
        known: exp.Expr = exp.Not(
            this=exp.Is(this=portable.ITEM.copy(), expression=exp.null())
        )
        if test is not None:
            known = exp.and_(known, test(this=portable.ITEM.copy()))
        kept = exp.Lambda(this=known, expressions=[portable.ITEM.this.copy()])
        return call("CARDINALITY", call("FILTER", node.this, kept))

    return make


TRINO = Speech(
    name="trino",
    sqlglot="trino",
    nodes={
        **standard.NODES,
        portable.Wall: _wall,
        portable.Instant: _instant,
        portable.ToExact: decimals.to_exact,
        portable.Calculated: _calculated,
        portable.Nearest: _nearest,
        portable.Shifted: _shifted,
        portable.IsNumber: lambda node: exp.Not(this=call("IS_NAN", node.this)),
        portable.WholeQuotient: rewrites.whole_quotient,
        portable.Floored: rewrites.floored,
        portable.Folded: rewrites.translated,
        portable.FullMatch: _full_match,
        portable.Md5: _md5,
        portable.Midnight: lambda node: cast(node.this, _WALL),
        portable.Local: lambda node: _to_local(node.this, node.zone),
        portable.Utc: rewrites.utc_by(_to_utc, _to_local),
        portable.OfInstant: _of_instant,
        portable.MovedWall: _moved,
        portable.MovedDay: _moved,
        portable.DaysBetween: lambda node: call(
            "DATE_DIFF", text("day"), node.this, node.expression
        ),
        portable.UnitsBetween: _units_between,
        portable.Weekday: lambda node: call("DAY_OF_WEEK", node.this),
        portable.Parsed: _parsed,
        portable.Each: _lambda("TRANSFORM"),
        portable.HasSome: _lambda("ANY_MATCH"),
        portable.HasOne: _has_one,
        portable.Size: _size(None),
        portable.SizeOfKnown: _size(portable.IsNumber),
        portable.AnyTrue: lambda node: call("BOOL_OR", node.this),
        portable.Fault: lambda node: call("FAIL", text("segql: unreadable cell")),
        exp.StartsWith: lambda node: call("STARTS_WITH", node.this, node.expression),
        exp.EndsWith: _ends,
        exp.Contains: _contains,
    },
    differences=(
        "TIMESTAMP has three digits of a second unless more are asked for: six are.",
        "`date_diff` counts whole units, not how often one begins: the first is cut"
        " to its beginning before.",
        "MD5 takes and gives bytes: they are written as hexadecimal digits.",
        "There is no `ends_with`: the last characters are compared.",
        "`LOWER` follows a newer Unicode: `ignoring case` writes its table out.",
        "`$` matches before a line's end: patterns end in `\\z`.",
        "Aggregates by an order fail on NULL: row numbers are taken.",
    ),
)
ATHENA = replace(TRINO, name="athena", sqlglot="athena")
PRESTO = replace(
    TRINO,
    name="presto",
    sqlglot="presto",
    nodes={**TRINO.nodes, portable.Wall: _coarse_wall, exp.Cast: _coarse_cast},
    differences=(
        *TRINO.differences,
        "Presto itself keeps milliseconds: it has no times that are finer.",
    ),
)
