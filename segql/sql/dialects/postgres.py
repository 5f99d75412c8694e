"""PostgreSQL, from 14 on."""

import re
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

from sqlglot import exp

from segql.plan.walls import fold_lengths
from segql.sql import portable
from segql.sql.dialects import cells, rewrites, standard
from segql.sql.dialects import postgres_doubles as doubles
from segql.sql.dialects import postgres_json as json
from segql.sql.dialects import postgres_lists as lists
from segql.sql.dialects import postgres_text as texts
from segql.sql.dialects.postgres_text import data_type
from segql.sql.dialects.standard import call, case, cast, double, interval, number, text
from segql.sql.names import known
from segql.sql.speech import Facts, Speech, Unsaid

# ---- names

_BARE = re.compile("[a-z_][a-z0-9_]*")
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case
    cast check collate collation column concurrently constraint create cross
    current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except
    false fetch for foreign freeze from full grant group having ilike in initially inner
    intersect into is isnull join lateral leading left like limit localtime
    localtimestamp natural not notnull null offset on only or order outer overlaps
    placing primary references returning right select session_user similar some
    symmetric system_user table tablesample then to trailing true union unique user
    using variadic verbose when where window with
    """.split()
)
_LONGEST = 63


def _identifier(node: exp.Identifier) -> exp.Expr:
    name = node.name
    if len(name.encode()) > _LONGEST:
        raise Unsaid("names", f"PostgreSQL cuts them after {_LONGEST} bytes")
    if not _BARE.fullmatch(name) or name in _RESERVED:
        node.set("quoted", True)
    return node


def _literal(node: exp.Literal) -> exp.Expr:
    if node.is_string and "\0" in node.name:
        raise Unsaid("texts with U+0000", "PostgreSQL's texts have none")
    return node


def _field(node: exp.Dot) -> exp.Expr:
    """A field of a column, which would else be one of a table."""
    if isinstance(node.this, exp.Paren):
        return node
    return exp.Dot(this=exp.Paren(this=node.this), expression=node.expression)


# ---- numbers


def _instant(node: portable.Instant) -> exp.Expr:
    shown = node.value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return cast(text(f"{shown}+00"), "TIMESTAMPTZ")


_SHORT = 18
"""So many digits fit into 64 bits."""


def _calculated(node: portable.Calculated) -> exp.Expr:
    whole = all(each.scale == 0 and each.digits <= _SHORT for each in node.sides)
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    type_ = "BIGINT" if whole else "DECIMAL"
    return kind(this=cast(node.this, type_), expression=cast(node.expression, type_))


def _to_exact(node: portable.ToExact) -> exp.Expr:
    return cast(node.this, data_type(node.exact))


_NAN = cast(text("NaN"), "DOUBLE")


def _is_number(node: portable.IsNumber) -> exp.Expr:
    return exp.NEQ(this=node.this, expression=_NAN.copy())


def _known_number(node: portable.KnownNumber) -> exp.Expr:
    return exp.Nullif(this=node.this, expression=_NAN.copy())


def _nearest(node: portable.Nearest) -> exp.Expr:
    """PostgreSQL's own cast takes but 15 digits, and its `round` the even neighbour."""
    exact = node.exact
    double_ = portable.KnownNumber(this=portable.Float(this=node.this))
    power = double(float(10**exact.scale))
    product = exp.Mul(this=double_, expression=power) if exact.scale else double_
    below = call("TRUNC", product)
    rest = exp.Abs(this=exp.Sub(this=product.copy(), expression=below.copy()))
    half = exp.GTE(this=rest, expression=double(0.5))
    away = case(half, call("SIGN", product.copy()), double(0.0))
    units = _whole(exp.Add(this=below, expression=away), exact.digits)
    if exact.scale:
        unit = number(Decimal(1).scaleb(-exact.scale))
        units = exp.Mul(this=units, expression=unit)
    return cast(units, data_type(exact))


_LIMB = 2**63


def _whole(value: exp.Expr, digits: int) -> exp.Expr:
    """A double without a fraction, with all of its digits."""
    if digits <= _SHORT:
        return cast(value, "BIGINT")
    limb = double(float(_LIMB))
    high = call("TRUNC", exp.Div(this=value, expression=limb, typed=True, safe=False))
    back = exp.Mul(this=high.copy(), expression=limb.copy())
    low = exp.Sub(this=value.copy(), expression=back)
    upper = exp.Mul(
        this=cast(cast(high, "BIGINT"), "DECIMAL"), expression=number(_LIMB)
    )
    return exp.Add(this=upper, expression=cast(low, "BIGINT"))


def _shifted(node: portable.Shifted) -> exp.Expr:
    return exp.Mul(this=node.this, expression=number(10**node.exact.scale))


def _whole_quotient(node: portable.WholeQuotient) -> exp.Expr:
    return _divided(node.this, node.expression)


def _divided(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """PostgreSQL divides whole numbers wholly, and doubles as doubles."""
    return exp.Div(this=left, expression=right, typed=True, safe=False)


def _floored(node: portable.Floored) -> exp.Expr:
    quotient = exp.Div(
        this=cast(node.this, "DOUBLE"),
        expression=number(node.by),
        typed=True,
        safe=False,
    )
    return cast(exp.Floor(this=quotient), "BIGINT")


# ---- truth


def _not_true(node: portable.NotTrue) -> exp.Expr:
    return exp.Not(this=exp.Is(this=node.this, expression=exp.true()))


# ---- time


def _at(node: exp.Expr, zone: str) -> exp.Expr:
    return exp.AtTimeZone(this=node, zone=text(zone))


def _utc(node: portable.Utc) -> exp.Expr:
    """PostgreSQL takes the later of two instants."""
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
    count, unit = abs(node.count), node.unit
    if unit == "MICROSECOND":
        seconds, rest = divmod(count, 10**6)
        length: exp.Expr = exp.Interval(
            this=text(f"{seconds}.{rest:06}"), unit=exp.Var(this="SECOND")
        )
    else:
        length = interval(count, unit)
    kind = exp.Sub if node.count < 0 else exp.Add
    return kind(this=node.this, expression=length)


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    if node.unit != "DAY":
        return cast(_moved(node), "DATE")
    kind = exp.Sub if node.count < 0 else exp.Add
    return kind(this=node.this, expression=number(abs(node.count)))


def _days_between(node: portable.DaysBetween) -> exp.Expr:
    return exp.Sub(this=node.expression, expression=node.this)


_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}


def _units_between(node: portable.UnitsBetween) -> exp.Expr:
    start = call("DATE_TRUNC", text(node.unit.lower()), node.this)
    length = exp.Sub(this=node.expression, expression=start)
    seconds = exp.Extract(this=exp.Var(this="EPOCH"), expression=length)
    return exp.Div(
        this=cast(seconds, "BIGINT"),
        expression=number(_SECONDS[node.unit]),
        typed=True,
        safe=False,
    )


def _part(node: portable.Part) -> exp.Expr:
    found = exp.Extract(this=exp.Var(this=node.part), expression=node.this)
    return cast(found, "INT")


def _weekday(node: portable.Weekday) -> exp.Expr:
    found = exp.Extract(this=exp.Var(this="ISODOW"), expression=node.this)
    return cast(found, "INT")


# ---- places


def _point(node: portable.PointOf) -> exp.Expr:
    sides = [portable.Float(this=side) for side in (node.this, node.expression)]
    first, second = (known(portable.KnownNumber(this=side.copy())) for side in sides)
    return case(exp.and_(first, second), call("POINT", *sides))


def _coordinate(node: portable.Coordinate) -> exp.Expr:
    return _element(node.this, 0 if node.name == "latitude" else 1)


def _element(items: exp.Expr, place: int) -> exp.Expr:
    place_ = exp.Literal.number(place)
    return exp.Bracket(this=exp.Paren(this=items), expressions=[place_], offset=1)


# ---- aggregates


def _filter(node: exp.Filter) -> exp.Expr:
    """An element of what an aggregate found is taken after the filter."""
    only = node.expression
    match node.this:
        case portable.AtEnd() as inner:
            return _at_end(inner, only)
        case portable.Middle() | portable.Median() as inner:
            made = (
                _middle(inner) if isinstance(inner, portable.Middle) else _median(inner)
            )
            return exp.Filter(this=made, expression=only)
        case _:
            return node


def _first(
    value: exp.Expr, order: Sequence[exp.Expr], only: exp.Expr | None
) -> exp.Expr:
    listed = exp.Order(this=value, expressions=list(order))
    found: exp.Expr = call("ARRAY_AGG", listed)
    if only is not None:
        found = exp.Filter(this=found, expression=only)
    return _element(found, 1)


def _at_end(node: portable.AtEnd, only: exp.Expr | None = None) -> exp.Expr:
    order = [
        exp.Ordered(this=each, desc=node.last, nulls_first=node.last)
        for each in node.expressions
    ]
    return _first(node.this, order, only)


def _commonest(node: portable.Commonest) -> exp.Expr:
    order = [
        exp.Ordered(this=node.expression, desc=True, nulls_first=True),
        exp.Ordered(this=node.this.copy(), desc=False),
    ]
    return _first(node.this, order, None)


def _within(function: exp.Expr, value: exp.Expr, desc: bool) -> exp.Expr:
    order = exp.Ordered(this=value, desc=desc, nulls_first=desc)
    return exp.WithinGroup(this=function, expression=exp.Order(expressions=[order]))


def _middle(node: portable.Middle) -> exp.Expr:
    half = exp.PercentileDisc(this=exp.Literal.number("0.5"))
    return _within(half, node.this, node.upper)


def _median(node: portable.Median) -> exp.Expr:
    half = exp.PercentileCont(this=exp.Literal.number("0.5"))
    return _within(half, node.this, False)


POSTGRES = Speech(
    name="postgres",
    sqlglot="postgres",
    facts=Facts(ordered=True, times_first=True, distinct_first=True),
    nodes={
        **standard.NODES,
        exp.Identifier: _identifier,
        exp.Literal: _literal,
        exp.Dot: _field,
        portable.Cell: cells.typed,
        portable.Instant: _instant,
        portable.ToExact: _to_exact,
        portable.Calculated: _calculated,
        portable.Nearest: _nearest,
        portable.Shifted: _shifted,
        portable.KnownNumber: _known_number,
        portable.IsNumber: _is_number,
        portable.Doubles: doubles.calculated,
        portable.Quotient: doubles.quotient,
        exp.Mul: doubles.scaled,
        exp.Pow: doubles.squared,
        portable.InOrder: lambda node: call(
            "GREATEST", node.this, texts.collated(exp.null())
        ),
        portable.WholeQuotient: _whole_quotient,
        portable.Floored: _floored,
        portable.TextOf: texts.text_of,
        portable.Folded: texts.folded,
        portable.FullMatch: texts.full_match,
        portable.Md5: lambda node: texts.collated(exp.MD5(this=node.this)),
        exp.EndsWith: texts.ends_with,
        exp.Contains: texts.contains,
        portable.NotTrue: _not_true,
        portable.Local: lambda node: _at(_at(node.this, "UTC"), node.zone),
        portable.Utc: _utc,
        portable.OfInstant: lambda node: _at(node.this, "UTC"),
        portable.MovedWall: _moved,
        portable.MovedDay: _moved_day,
        portable.DaysBetween: _days_between,
        portable.UnitsBetween: _units_between,
        portable.Part: _part,
        portable.Weekday: _weekday,
        portable.Parsed: texts.parsed,
        portable.ParsedInstant: texts.parsed_instant,
        portable.Fault: texts.fault,
        portable.JsonText: json.json_text,
        portable.JsonKind: json.json_kind,
        portable.JsonTexts: json.json_texts,
        portable.JsonNests: json.json_nests,
        portable.Each: lists.each,
        portable.HasSome: lists.has_some,
        portable.HasOne: lists.has_one,
        portable.Size: lists.size,
        portable.SizeOfKnown: lists.size_of_known,
        portable.PointOf: _point,
        portable.Coordinate: _coordinate,
        portable.Median: _median,
        portable.Middle: _middle,
        portable.AtEnd: _at_end,
        portable.Commonest: _commonest,
        exp.Filter: _filter,
        exp.Select: rewrites.without_qualify,
    },
    differences=(
        "Stops at doubles that overflow or vanish: each operation is looked at first."
        " A sum of doubles that overflows still stops.",
        "NaN equals itself and is the greatest number: it is read as NULL.",
        "Turns a double into a number of 15 digits, and rounds halves to even: whole"
        " units are counted in 64 bits.",
        "Divides whole numbers wholly; the mean of exact numbers is taken in doubles.",
        "Orders, and takes the least of, texts by the collation of the column or the"
        ' database: all are read with COLLATE "C", keys too.',
        "`lower` makes two characters of \u0130, looks at what follows a capital sigma,"
        " and by collation knows ASCII alone: ICU's is asked, and İ and Σ are changed"
        " before. A server without ICU can't ignore case.",
        "`.` matches a newline, and escapes are its own: patterns are written anew.",
        "Cuts names after 63 bytes: longer ones are refused.",
        "Takes the later of two instants where a clock is set back: the earlier one is"
        " looked for.",
        "Rounds the digits after microseconds, and reads offsets up to 15:59: they are"
        " cut off, and subtracted as a length.",
        "Has no cast that gives NULL: the calendar, and the bounds of numbers, are"
        " looked at before.",
        "Of a name that is twice in a JSON object, takes the last: members are counted."
        " Of `jsonb` only the last is stored.",
        "Can't ask before 16 whether a text is JSON: its tokens are put together.",
        "Has no U+0000 in texts: a rule with it is refused, a JSON cell with it"
        " unreadable.",
        "Has no aggregate for the first row: an ordered list is made, and its head"
        " taken.",
        "The blanks at the end of `character(n)` are none; `citext` is read as text.",
    ),
)
