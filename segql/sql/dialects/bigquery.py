"""BigQuery (GoogleSQL), after its reference; no test has run it there."""

from datetime import UTC
from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects import rewrites, standard
from segql.sql.dialects.standard import call, cast, number, text
from segql.sql.speech import Speech, Unsaid
from segql.types import Exact


def _number(node: portable.Number) -> exp.Expr:
    """A literal with a point would be a double."""
    if node.exact.scale == 0 and -(2**63) < node.value < 2**63:
        return number(node.value)
    return _wide(text(format(node.value, "f")))


def _wide(node: exp.Expr) -> exp.Expr:
    return cast(node, "BIGDECIMAL")


def _calculated(node: portable.Calculated) -> exp.Expr:
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    return kind(this=_wide(node.this), expression=_wide(node.expression))


def _to_exact(node: portable.ToExact) -> exp.Expr:
    return _wide(node.this)


def _nearest(node: portable.Nearest) -> exp.Expr:
    """The shortest text of a double is cut to the scale: ties go away from zero."""
    double = portable.KnownNumber(this=cast(node.this, "DOUBLE"))
    return call("ROUND", _wide(double), number(node.exact.scale))


def _shifted(node: portable.Shifted) -> exp.Expr:
    return exp.Mul(this=_wide(node.this), expression=number(10**node.exact.scale))


def _is_number(node: portable.IsNumber) -> exp.Expr:
    return exp.Not(this=call("IS_NAN", node.this))


def _instant(node: portable.Instant) -> exp.Expr:
    shown = node.value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return cast(text(f"{shown}+00"), "TIMESTAMPTZ")


def _converted(time: exp.Expr, source: str, to: str) -> exp.Expr:
    return call("DATETIME", call("TIMESTAMP", time, text(source)), text(to))


def _to_utc(wall: exp.Expr, zone: str) -> exp.Expr:
    return _converted(wall, zone, "UTC")


def _to_local(utc: exp.Expr, zone: str) -> exp.Expr:
    return _converted(utc, "UTC", zone)


def _moved(kind: str) -> Any:
    def make(node: Any) -> exp.Expr:
        length = exp.Interval(
            this=exp.Literal.number(abs(node.count)), unit=exp.Var(this=node.unit)
        )
        function = f"{kind}_SUB" if node.count < 0 else f"{kind}_ADD"
        return call(function, node.this, length)

    return make


def _weekday(node: portable.Weekday) -> exp.Expr:
    day = exp.Extract(this=exp.Var(this="DAYOFWEEK"), expression=node.this)
    since = exp.Mod(this=exp.Add(this=day, expression=number(5)), expression=number(7))
    return exp.Add(this=since, expression=number(1))


def _whole_quotient(node: portable.WholeQuotient) -> exp.Expr:
    return call("DIV", node.this, node.expression)


def _full_match(node: portable.FullMatch) -> exp.Expr:
    pattern = node.expression.copy()
    pattern.set("this", f"^(?:{pattern.this})$")
    return call("REGEXP_CONTAINS", node.this, pattern)


def _contains(node: exp.Contains) -> exp.Expr:
    place = call("STRPOS", node.this, node.expression)
    return exp.GT(this=place, expression=number(0))


def _parsed(node: portable.Parsed) -> exp.Expr:
    kind = node.kind
    if isinstance(kind, Exact):
        shown = "BIGINT" if kind.scale == 0 else "BIGDECIMAL"
        return exp.TryCast(this=node.this, to=exp.DataType.build(shown))
    raise Unsaid(node.construct, f"a {kind} stored as text is not read there")


def _unnested(node: Any) -> exp.Select:
    """One row for each element of a list, `item`."""
    table = exp.Unnest(
        expressions=[node.this],
        alias=exp.TableAlias(columns=[portable.ITEM.this.copy()]),
    )
    return exp.Select().from_(table)


def _has_some(node: portable.HasSome) -> exp.Expr:
    found = _unnested(node).select(number(1)).where(node.expression)
    return exp.Exists(this=found)


def _has_one(node: portable.HasOne) -> exp.Expr:
    tests = [
        exp.In(this=each, unnest=exp.Unnest(expressions=[node.this.copy()]))
        for each in node.expressions
    ]
    if node.every:
        return exp.and_(*tests)
    return exp.or_(*tests)


def _size(node: portable.Size) -> exp.Expr:
    counted = _unnested(node).select(exp.Count(this=portable.ITEM.copy()))
    return exp.Subquery(this=counted)


def _size_of_known(node: portable.SizeOfKnown) -> exp.Expr:
    known = portable.IsNumber(this=portable.ITEM.copy())
    counted = _unnested(node).select(exp.Count(this=portable.ITEM.copy()))
    return exp.Subquery(this=counted.where(known))


def _each(node: portable.Each) -> exp.Expr:
    made = _unnested(node).select(node.expression)
    return call("ARRAY", made)


BIGQUERY = Speech(
    name="bigquery",
    sqlglot="bigquery",
    nodes={
        **standard.NODES,
        portable.Number: _number,
        portable.Instant: _instant,
        portable.ToExact: _to_exact,
        portable.Calculated: _calculated,
        portable.Nearest: _nearest,
        portable.Shifted: _shifted,
        portable.IsNumber: _is_number,
        portable.WholeQuotient: _whole_quotient,
        portable.Floored: rewrites.floored,
        portable.Folded: rewrites.translated,
        portable.FullMatch: _full_match,
        portable.Md5: lambda node: call("TO_HEX", call("MD5", node.this)),
        portable.Local: lambda node: _to_local(node.this, node.zone),
        portable.Utc: rewrites.utc_by(_to_utc, _to_local),
        portable.OfInstant: lambda node: call("DATETIME", node.this, text("UTC")),
        portable.MovedWall: _moved("DATETIME"),
        portable.MovedDay: _moved("DATE"),
        portable.DaysBetween: lambda node: call(
            "DATE_DIFF", node.expression, node.this, exp.Var(this="DAY")
        ),
        portable.UnitsBetween: lambda node: call(
            "DATETIME_DIFF", node.expression, node.this, exp.Var(this=node.unit)
        ),
        portable.Weekday: _weekday,
        portable.Parsed: _parsed,
        portable.Each: _each,
        portable.HasSome: _has_some,
        portable.HasOne: _has_one,
        portable.Size: _size,
        portable.SizeOfKnown: _size_of_known,
        exp.Contains: _contains,
        exp.Select: rewrites.without_qualify,
        exp.Filter: rewrites.pushed,
    },
    differences=(
        "A number with a point is a double: exact numbers are cast from texts.",
        "NUMERIC has nine digits after the point: arithmetic is done in BIGNUMERIC.",
        "`CONTAINS_SUBSTR` ignores case and accents: `STRPOS` is used.",
        "Weeks and days of the week begin on Sunday: the ISO day is calculated.",
        "`LOWER` follows a newer Unicode: `ignoring case` writes its table out.",
        "There is no `FILTER`: a CASE stands inside of each aggregate.",
        "A double that overflows stops the query with an error.",
        "An array that is missing reads as an empty one: `is missing` of a list of"
        " BigQuery is true of an empty list only in what is nested.",
    ),
)
