"""DuckDB, 1.5 and 2."""

from datetime import UTC
from typing import Any

from sqlglot import exp

from segql.model import formats
from segql.plan.walls import fold_lengths
from segql.sql import portable
from segql.sql.dialects import cells, standard
from segql.sql.dialects.standard import call, cast, interval, number, text
from segql.sql.names import known
from segql.sql.speech import Facts, Maker, Speech
from segql.types import (
    Boolean,
    Date,
    Double,
    Exact,
    ListOf,
    Point,
    Text,
    Timestamp,
    Type,
)


def data_type(type_: Type) -> str:
    """The SQL type that holds a type of the language."""
    match type_:
        case Text():
            return "TEXT"
        case Boolean():
            return "BOOLEAN"
        case Exact(digits, scale):
            return f"DECIMAL({digits}, {scale})"
        case Double():
            return "DOUBLE"
        case Date():
            return "DATE"
        case Timestamp():
            return "TIMESTAMP"
        case ListOf(element):
            return f"{data_type(element)}[]"
        case Point():
            raise ValueError("no cell is a point")


def _instant(node: portable.Instant) -> exp.Expr:
    shown = node.value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return cast(text(f"{shown}+00"), "TIMESTAMPTZ")


# ---- numbers


def _to_exact(node: portable.ToExact) -> exp.Expr:
    return cast(node.this, data_type(node.exact))


_SHORT = 18
"""The result of two decimals has no more digits if neither has more."""


def _calculated(node: portable.Calculated) -> exp.Expr:
    left, right, result = node.sides
    narrow = max(left.digits, right.digits) <= _SHORT
    if narrow and result.digits > _SHORT:
        left = Exact(_SHORT + 1, left.scale)
    whole = result.scale == 0 and result.digits <= _SHORT

    def widened(side: exp.Expr, type_: Exact) -> exp.Expr:
        return cast(side, "BIGINT" if whole else data_type(type_))

    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    return kind(
        this=widened(node.this, left), expression=widened(node.expression, right)
    )


def _nearest(node: portable.Nearest) -> exp.Expr:
    double = portable.KnownNumber(this=cast(node.this, "DOUBLE"))
    return cast(double, data_type(node.exact))


def _shifted(node: portable.Shifted) -> exp.Expr:
    power = Exact(node.exact.scale + 1)
    factor = cast(number(10**node.exact.scale), data_type(power))
    return exp.Mul(this=node.this, expression=factor)


def _place_among(node: portable.PlaceAmong) -> exp.Expr:
    """By the hash of each text, once in a dictionary of texts."""
    values = [text(each) for each in node.texts]
    kind = exp.DataType(this=exp.DataType.Type.ENUM, expressions=values)
    code = call("ENUM_CODE", exp.TryCast(this=node.args["value"], to=kind))
    place = exp.Add(this=cast(code, "INT"), expression=number(1))
    return exp.Coalesce(this=place, expressions=[number(0)])


def _floored(node: portable.Floored) -> exp.Expr:
    quotient = exp.Div(
        this=cast(node.this, "DOUBLE"),
        expression=number(node.by),
        typed=False,
        safe=False,
    )
    return cast(exp.Floor(this=quotient), "BIGINT")


# ---- time


def _at(node: exp.Expr, zone: str) -> exp.Expr:
    return exp.AtTimeZone(this=_wrapped(node), zone=text(zone))


def _wrapped(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.Binary) else node


def _utc(node: portable.Utc) -> exp.Expr:
    """DuckDB takes the later of two instants."""
    raw, zone = node.this, node.zone
    late = _at(_at(raw, zone), "UTC")
    result = late
    for length in fold_lengths(zone):
        minutes = int(length.total_seconds() // 60)
        early = exp.Sub(this=late.copy(), expression=interval(minutes, "MINUTE"))
        again = exp.EQ(this=_at(_at(early, "UTC"), zone), expression=raw.copy())
        result = exp.Case(ifs=[exp.If(this=again, true=early.copy())], default=result)
    return result


def _moved(node: Any) -> exp.Expr:
    length = interval(abs(node.count), node.unit)
    kind = exp.Sub if node.count < 0 else exp.Add
    return exp.Paren(this=kind(this=_wrapped(node.this), expression=length))


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    return cast(_moved(node), "DATE")


def _days_between(node: portable.DaysBetween) -> exp.Expr:
    return cast(_difference(node, "DAY"), "BIGINT")


def _units_between(node: portable.UnitsBetween) -> exp.Expr:
    return cast(_difference(node, node.unit), "BIGINT")


def _difference(node: exp.Expr, unit: str) -> exp.Expr:
    return exp.DateDiff(
        this=node.expression, expression=node.this, unit=exp.Var(this=unit)
    )


# ---- text that is read as something else


def _parsed(node: portable.Parsed) -> exp.Expr:
    kind = node.kind
    whole = isinstance(kind, Exact) and kind.scale == 0
    shown = "BIGINT" if whole else data_type(kind)
    return exp.TryCast(this=node.this, to=exp.DataType.build(shown))


_FIRST, _LAST = "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"


def _parsed_instant(node: portable.ParsedInstant) -> exp.Expr:
    parsed = exp.TryCast(this=node.this, to=exp.DataType.build("TIMESTAMPTZ"))
    wall = _at(parsed, "UTC")
    inside = exp.Between(
        this=wall,
        low=cast(text(_FIRST), "TIMESTAMP"),
        high=cast(text(_LAST), "TIMESTAMP"),
    )
    return exp.Case(ifs=[exp.If(this=inside, true=wall.copy())])


def _fault(node: portable.Fault) -> exp.Expr:
    return cast(call("ERROR", text("segql: unreadable cell")), data_type(node.kind))


def _json(function: str, below: str = "") -> Maker:
    def make(node: Any) -> exp.Expr:
        document, fields = node.this, list(node.path)
        if node.lenient:
            document = exp.TryCast(this=document, to=exp.DataType.build("JSON"))
        if (pointer := formats.json_pointer(fields)) is not None:
            document, fields = call("JSON_EXTRACT", document, text(pointer)), []
        return call(function, document, text(formats.json_path(fields) + below))

    return make


def _json_nests(node: portable.JsonNests) -> exp.Expr:
    kinds = _json("JSON_TYPE", "[*]")(node)
    nested = exp.Array(expressions=[text("OBJECT"), text("ARRAY")])
    return call("LIST_HAS_ANY", kinds, nested)


# ---- lists


def _lambda(function: str) -> Maker:
    def make(node: Any) -> exp.Expr:
        name = portable.ITEM.this.copy()
        made = exp.Lambda(this=node.expression, expressions=[name])
        return call(function, node.this, made)

    return make


def _has_some(node: portable.HasSome) -> exp.Expr:
    kept = call("LEN", _lambda("LIST_FILTER")(node))
    return exp.GT(this=kept, expression=number(0))


def _has_one(node: portable.HasOne) -> exp.Expr:
    options = node.expressions
    if len(options) == 1:
        return exp.ArrayContains(this=node.this, expression=options[0])
    name = "LIST_HAS_ALL" if node.every else "LIST_HAS_ANY"
    return call(name, node.this, exp.Array(expressions=options))


def _size_of_known(node: portable.SizeOfKnown) -> exp.Expr:
    number_ = portable.IsNumber(this=portable.ITEM.copy())
    each = exp.Lambda(this=number_, expressions=[portable.ITEM.this.copy()])
    return call("LIST_COUNT", call("LIST_FILTER", node.this, each))


# ---- places


def _point(node: portable.PointOf) -> exp.Expr:
    sides = (node.this, node.expression)
    first, second = (known(portable.KnownNumber(this=side)) for side in sides)
    parts = {"latitude": node.this, "longitude": node.expression}
    whole = _struct({name: part.copy() for name, part in parts.items()})
    both = exp.and_(first, second)
    return exp.Case(ifs=[exp.If(this=both, true=whole)])


def _struct(parts: dict[str, exp.Expr]) -> exp.Expr:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=part)
            for name, part in parts.items()
        ]
    )


def _coordinate(node: portable.Coordinate) -> exp.Expr:
    return call("STRUCT_EXTRACT", node.this, text(node.name))


# ---- aggregates


def _filter(node: exp.Filter) -> exp.Expr:
    """The field of what an aggregate found is taken after the filter."""
    only = node.expression
    match node.this:
        case portable.AtEnd() as inner:
            return _at_end(inner, only)
        case portable.Middle() as inner:
            return exp.Filter(this=_middle(inner), expression=only)
        case _:
            return node


def _at_end(node: portable.AtEnd, only: exp.Expr | None = None) -> exp.Expr:
    """The value is wrapped, as an aggregate would skip a NULL."""
    order = {f"o{number}": each for number, each in enumerate(node.expressions, 1)}
    kind = exp.ArgMax if node.last else exp.ArgMin
    found: exp.Expr = kind(this=_struct({"v": node.this}), expression=_struct(order))
    if only is not None:
        found = exp.Filter(this=found, expression=only)
    return call("STRUCT_EXTRACT", found, text("v"))


def _commonest(node: portable.Commonest) -> exp.Expr:
    fewer = exp.Neg(this=node.expression)
    found = exp.Min(this=_struct({"n": fewer, "v": node.this}))
    return call("STRUCT_EXTRACT", found, text("v"))


def _middle(node: portable.Middle) -> exp.Expr:
    half = exp.PercentileDisc(this=exp.Literal.number("0.5"))
    order = exp.Order(expressions=[exp.Ordered(this=node.this, desc=node.upper)])
    return exp.WithinGroup(this=half, expression=order)


DUCKDB = Speech(
    name="duckdb",
    sqlglot="duckdb",
    facts=Facts(
        sketches=True,
        materialized=True,
        anti_join=True,
        asof_join=True,
        least_of=True,
        quantiles=True,
        ordered=True,
        times_first=True,
        not_in=True,
    ),
    nodes={
        **standard.NODES,
        portable.Cell: cells.typed,
        portable.Instant: _instant,
        portable.ToExact: _to_exact,
        portable.Calculated: _calculated,
        portable.Nearest: _nearest,
        portable.PlaceAmong: _place_among,
        portable.Shifted: _shifted,
        portable.Floored: _floored,
        portable.FullMatch: lambda node: exp.RegexpFullMatch(
            this=node.this, expression=node.expression
        ),
        portable.Local: lambda node: _at(_at(node.this, "UTC"), node.zone),
        portable.Utc: _utc,
        portable.OfInstant: lambda node: _at(node.this, "UTC"),
        portable.MovedWall: _moved,
        portable.MovedDay: _moved_day,
        portable.DaysBetween: _days_between,
        portable.UnitsBetween: _units_between,
        portable.Weekday: lambda node: exp.DayOfWeekIso(this=node.this),
        portable.Parsed: _parsed,
        portable.ParsedInstant: _parsed_instant,
        portable.Fault: _fault,
        portable.JsonText: _json("JSON_EXTRACT_STRING"),
        portable.JsonKind: _json("JSON_TYPE"),
        portable.JsonTexts: _json("JSON_EXTRACT_STRING", "[*]"),
        portable.JsonNests: _json_nests,
        portable.Each: _lambda("LIST_TRANSFORM"),
        portable.HasSome: _has_some,
        portable.HasOne: _has_one,
        portable.Size: lambda node: call("LIST_COUNT", node.this),
        portable.SizeOfKnown: _size_of_known,
        portable.PointOf: _point,
        portable.Coordinate: _coordinate,
        portable.Median: lambda node: exp.Median(this=node.this),
        portable.Middle: _middle,
        portable.AtEnd: _at_end,
        portable.Commonest: _commonest,
        exp.Filter: _filter,
    },
    differences=(
        "Takes the later of two instants where a clock is set back: the earlier one is"
        " looked for.",
        "`lower` is the simple mapping of Unicode 15.1, which is `ignoring case`.",
        "NaN equals itself and is the greatest number: it is read as NULL.",
        "A join to the nearest row is quadratic where few rows are guessed: its"
        " threshold is set to 0.",
        "Reads a CSV cell as the type of the cast around it (2.0): that optimiser is"
        " switched off.",
    ),
)
