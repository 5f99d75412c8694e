"""Snowflake, after its reference of functions and types; no test has run it there."""

from datetime import UTC
from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects import decimals, rewrites, standard
from segql.sql.dialects.standard import call, cast, number, text, unsaid
from segql.sql.speech import Speech, Unsaid
from segql.types import Exact, Type


def _wall(node: portable.Wall) -> exp.Expr:
    return call("TO_TIMESTAMP_NTZ", text(node.value.isoformat(" ")))


def _instant(node: portable.Instant) -> exp.Expr:
    shown = node.value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return call("TO_TIMESTAMP_TZ", text(f"{shown} +00:00"))


_MOST_SCALE = 12
"""A product keeps so many digits after the point, or as many as its wider factor."""


def _calculated(node: portable.Calculated) -> exp.Expr:
    left, right, result = node.sides
    kept = max(left.scale, right.scale, _MOST_SCALE)
    if node.operator == "*" and result.scale > kept:
        raise Unsaid(node.construct, f"a product is rounded to {kept} digits there")
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    return kind(
        this=cast(node.this, decimals.exact(left)),
        expression=cast(node.expression, decimals.exact(right)),
    )


def _nearest(node: portable.Nearest) -> exp.Expr:
    double = portable.KnownNumber(this=cast(node.this, "DOUBLE"))
    return cast(double, decimals.exact(node.exact))


def _known_number(node: portable.KnownNumber) -> exp.Expr:
    return exp.Nullif(this=node.this, expression=cast(text("NaN"), "DOUBLE"))


def _is_number(node: portable.IsNumber) -> exp.Expr:
    return exp.NEQ(this=node.this, expression=cast(text("NaN"), "DOUBLE"))


def _converted(time: exp.Expr, source: str, to: str) -> exp.Expr:
    return call("CONVERT_TIMEZONE", text(source), text(to), time)


def _to_utc(wall: exp.Expr, zone: str) -> exp.Expr:
    return _converted(wall, zone, "UTC")


def _to_local(utc: exp.Expr, zone: str) -> exp.Expr:
    return _converted(utc, "UTC", zone)


def _of_instant(node: portable.OfInstant) -> exp.Expr:
    return cast(call("CONVERT_TIMEZONE", text("UTC"), node.this), "TIMESTAMPNTZ")


def _moved(node: Any) -> exp.Expr:
    return call("DATEADD", exp.Var(this=node.unit), number(node.count), node.this)


def _between(node: Any, unit: str) -> exp.Expr:
    return call("DATEDIFF", exp.Var(this=unit), node.this, node.expression)


def _parsed(node: portable.Parsed) -> exp.Expr:
    kind: Type = node.kind
    match kind:
        case Exact():
            return exp.TryCast(
                this=node.this, to=exp.DataType.build(decimals.exact(kind))
            )
        case _:
            raise Unsaid(node.construct, f"a {kind} stored as text is not read there")


def _has_one(node: portable.HasOne) -> exp.Expr:
    if not all(isinstance(each, exp.Literal) for each in node.expressions):
        raise Unsaid(node.construct, _NO_LISTS)
    tests = [
        call("ARRAY_CONTAINS", cast(each, "VARIANT"), node.this.copy())
        for each in node.expressions
    ]
    return exp.and_(*tests) if node.every else exp.or_(*tests)


_NO_LISTS = "elements are variants there: only texts are surely equal"

SNOWFLAKE = Speech(
    name="snowflake",
    sqlglot="snowflake",
    nodes={
        **standard.NODES,
        portable.Wall: _wall,
        portable.Instant: _instant,
        portable.ToExact: decimals.to_exact,
        portable.Calculated: _calculated,
        portable.Nearest: _nearest,
        portable.Shifted: lambda node: cast(
            exp.Mul(this=node.this, expression=number(10**node.exact.scale)),
            "DECIMAL(38, 0)",
        ),
        portable.KnownNumber: _known_number,
        portable.IsNumber: _is_number,
        portable.WholeQuotient: rewrites.whole_quotient,
        portable.Floored: rewrites.floored,
        portable.Folded: rewrites.translated,
        portable.FullMatch: lambda node: call(
            "REGEXP_LIKE", node.this, node.expression, text("cs")
        ),
        portable.DayOf: lambda node: call("TO_DATE", node.this),
        portable.Midnight: lambda node: cast(node.this, "TIMESTAMPNTZ"),
        portable.Local: lambda node: _to_local(node.this, node.zone),
        portable.Utc: rewrites.utc_by(_to_utc, _to_local),
        portable.OfInstant: _of_instant,
        portable.MovedWall: _moved,
        portable.MovedDay: _moved,
        portable.DaysBetween: lambda node: _between(node, "DAY"),
        portable.UnitsBetween: lambda node: _between(node, node.unit),
        portable.Weekday: lambda node: call("DAYOFWEEKISO", node.this),
        portable.Parsed: _parsed,
        portable.Each: unsaid(_NO_LISTS),
        portable.HasSome: unsaid(_NO_LISTS),
        portable.HasOne: _has_one,
        portable.Size: lambda node: call(
            "ARRAY_SIZE", call("ARRAY_COMPACT", node.this)
        ),
        portable.SizeOfKnown: unsaid(_NO_LISTS),
        portable.AnyTrue: lambda node: call("BOOLOR_AGG", node.this),
        exp.Filter: rewrites.pushed,
    },
    differences=(
        "NaN equals itself and is the greatest number: it is read as NULL.",
        "A product keeps 12 digits after the point, or those of its wider factor:"
        " what would lose one is refused.",
        "A quotient of whole numbers is rounded to six digits: rests are taken off"
        " before dividing.",
        "`LOWER` follows a newer Unicode: `ignoring case` writes its table out.",
        "`ADD_MONTHS` keeps the last day of a month the last: `DATEADD` is used.",
        "`DAYOFWEEK` depends on the session: `DAYOFWEEKISO` does not.",
        "There is no `FILTER`: a CASE stands inside of each aggregate.",
        "Which instant of a wall time that is passed twice is taken is not told: it is"
        " found by going there and back.",
        "Elements of arrays are variants: of lists, only `has` and `size` of texts are"
        " taken.",
        "A column with a collation of its own compares by that: it is not undone.",
    ),
)
