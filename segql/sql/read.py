"""Columns to SQL values: text that is read as numbers, zones, missing values.

A timestamp becomes a UTC wall time without a zone, which every engine has; a NaN and,
where the catalog says so, an empty text become NULL.
"""

from dataclasses import replace
from datetime import timedelta

from sqlglot import exp

from segql.catalog.nodes import Column
from segql.model import formats, regex
from segql.plan.walls import fold_lengths
from segql.sql import names
from segql.sql.literals import data_type, text
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


def value(column: Column, alias: str) -> exp.Expr:
    """The value of a column, as the language reads it."""
    if isinstance(column.type, Point):
        return _point(column, alias)
    raw = stored(column, alias)
    if isinstance(column.type, ListOf):
        return _list(column, column.type.element, raw, alias)
    if isinstance(column.type, Text):
        if column.stored == "json":
            raw = _plain_json(column, raw, alias)
        if column.empty_missing:
            return exp.Nullif(this=raw, expression=text(""))
        return raw
    if column.stored == "timestamp":
        return names.cast(raw, "DATE")
    if column.stored:
        return _parsed(column, raw)
    if column.double and isinstance(column.type, Exact):
        return _rounded(raw, column.type)
    if isinstance(column.type, Double):
        return known_number(raw)
    if isinstance(column.type, Timestamp):
        return utc(raw, column.zone)
    return raw


def stored(column: Column, alias: str) -> exp.Expr:
    """What the warehouse holds; a value inside JSON as text."""
    if column.stored != "json":
        return names.column(column.path, alias)
    return _in_json("JSON_EXTRACT_STRING", column, alias)


def _in_json(function: str, column: Column, alias: str, below: str = "") -> exp.Expr:
    """A function of what a path leads to; text that is no JSON is NULL or a fault."""
    head, *fields = column.path
    document = names.column((head,), alias)
    if column.unreadable_missing:
        document = exp.TryCast(this=document, to=exp.DataType.build("JSON"))
    if (pointer := formats.json_pointer(fields)) is not None:
        document = exp.Anonymous(
            this="JSON_EXTRACT", expressions=[document, text(pointer)]
        )
        fields = []
    path = formats.json_path(fields) + below
    return exp.Anonymous(this=function, expressions=[document, text(path)])


_NESTED = ("OBJECT", "ARRAY")


def _plain_json(column: Column, raw: exp.Expr, alias: str) -> exp.Expr:
    """A text inside JSON, or a number as text; whatever holds others is unreadable."""
    nested = exp.In(
        this=_in_json("JSON_TYPE", column, alias),
        expressions=[text(kind) for kind in _NESTED],
    )
    return exp.Case(ifs=[exp.If(this=nested, true=_bad(column, "TEXT"))], default=raw)


def _list(column: Column, element: Type, raw: exp.Expr, alias: str) -> exp.Expr:
    """A list, its elements read as their type; those that are missing may be NULL."""
    inner = replace(column, type=element)
    item = ITEM.copy()
    if column.stored != "json":
        if isinstance(element, Timestamp):
            return each(utc(item, column.zone), raw)
        return raw
    kind = _in_json("JSON_TYPE", column, alias)
    texts = _in_json("JSON_EXTRACT_STRING", column, alias, "[*]")
    readable = texts if isinstance(element, Text) else each(_parsed(inner, item), texts)
    nested = exp.Anonymous(
        this="LIST_HAS_ANY",
        expressions=[
            _in_json("JSON_TYPE", column, alias, "[*]"),
            exp.Array(expressions=[text(each) for each in _NESTED]),
        ],
    )
    type_ = f"{_sql_type(inner)}[]"
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.EQ(this=kind.copy(), expression=text("ARRAY")),
                true=exp.Case(
                    ifs=[exp.If(this=nested, true=_bad(column, type_))],
                    default=readable,
                ),
            ),
            exp.If(
                this=exp.NEQ(this=kind.copy(), expression=text("NULL")),
                true=_bad(column, type_),
            ),
        ]
    )


ITEM = exp.Column(this=exp.to_identifier("x"))
"""An element, in what is made of each."""


def each(made: exp.Expr, items: exp.Expr) -> exp.Expr:
    """What is made of `x`, for every element of a list."""
    name = exp.to_identifier("x")
    return exp.Anonymous(
        this="LIST_TRANSFORM",
        expressions=[items, exp.Lambda(this=made, expressions=[name])],
    )


def _bad(column: Column, type_: str) -> exp.Expr:
    """A cell that cannot be read: missing, or an error when it is met."""
    if column.unreadable_missing:
        return exp.null()
    fault = exp.Anonymous(this="ERROR", expressions=[text("segql: unreadable cell")])
    return names.cast(fault, type_)


def _sql_type(column: Column) -> str:
    """The SQL type that a text is parsed to."""
    if isinstance(column.type, Text):
        return "TEXT"
    return "TIMESTAMP" if isinstance(column.type, Timestamp) else _form(column)[1]


def plain(column: Column) -> bool:
    """Whether the column can be compared as it is stored."""
    return column.stored is None and not column.double


def utc(raw: exp.Expr, zone: str | None) -> exp.Expr:
    """A stored timestamp as a UTC wall time.

    Where the zone sets its clock back, the earlier of two instants is taken; engines
    take the later.
    """
    if zone == "UTC":
        return raw
    if zone is None:
        return _at(raw, "UTC")
    late = _at(_at(raw, zone), "UTC")
    result = late
    for length in fold_lengths(zone):
        early = exp.Sub(this=late.copy(), expression=_interval(length))
        result = exp.Case(
            ifs=[
                exp.If(
                    this=exp.EQ(
                        this=_at(_at(early, "UTC"), zone), expression=raw.copy()
                    ),
                    true=early.copy(),
                )
            ],
            default=result,
        )
    return result


def local(utc_wall: exp.Expr, zone: str) -> exp.Expr:
    """A UTC wall time as the wall time of another zone."""
    return utc_wall if zone == "UTC" else _at(_at(utc_wall, "UTC"), zone)


def of_date(day: exp.Expr, zone: str) -> exp.Expr:
    """The UTC wall time of a date's local midnight."""
    return utc(names.cast(day, "TIMESTAMP"), zone)


def known_number(double: exp.Expr) -> exp.Expr:
    """A double whose NaN is NULL."""
    return exp.Case(
        ifs=[exp.If(this=exp.Not(this=exp.IsNan(this=double)), true=double.copy())]
    )


def any_number(double: exp.Expr) -> exp.Expr:
    """The double that `known_number` was made of, for arithmetic around it.

    A NaN stays one in every operation, so it is enough to ask of the result: to ask of
    each operand would write it twice, and its own operands four times.
    """
    match double:
        case exp.Case(args={"ifs": [exp.If(this=exp.Not(this=exp.IsNan()))]}):
            inner = double.args["ifs"][0].args["true"]
            assert isinstance(inner, exp.Expr)
            return inner
        case _:
            return double


def _at(node: exp.Expr, zone: str) -> exp.Expr:
    return exp.AtTimeZone(this=_wrapped(node), zone=text(zone))


def _wrapped(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Sub | exp.Add):
        return exp.Paren(this=node)
    return node


def _interval(length: timedelta) -> exp.Expr:
    minutes = int(length.total_seconds() // 60)
    return exp.Interval(this=text(str(minutes)), unit=exp.Var(this="MINUTE"))


def _rounded(raw: exp.Expr, type_: Exact) -> exp.Expr:
    """A double with a declared scale as the decimal nearest to it."""
    return names.cast(known_number(names.cast(raw, "DOUBLE")), data_type(type_))


def _point(column: Column, alias: str) -> exp.Expr:
    """Latitude and longitude as one value, NULL if either is."""
    longitude = replace(column, path=column.longitude or column.path, longitude=None)
    first = names.column(column.path, alias)
    second = names.column(longitude.path, alias)
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.and_(
                    exp.Not(
                        this=exp.Is(this=known_number(first), expression=exp.null())
                    ),
                    exp.Not(
                        this=exp.Is(this=known_number(second), expression=exp.null())
                    ),
                ),
                true=exp.Struct(
                    expressions=[
                        exp.PropertyEQ(
                            this=exp.to_identifier(name), expression=each.copy()
                        )
                        for name, each in zip(_POINT, (first, second), strict=True)
                    ]
                ),
            )
        ]
    )


_POINT = ("latitude", "longitude")


def coordinates(point: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Latitude and longitude of a point; of a column they are its own columns."""
    match point:
        case exp.Case(args={"ifs": [exp.If(args={"true": exp.Struct() as whole})]}):
            first, second = (part.expression.copy() for part in whole.expressions)
        case _:
            first, second = (
                exp.Anonymous(
                    this="STRUCT_EXTRACT", expressions=[point.copy(), text(name)]
                )
                for name in _POINT
            )
    return first, second


def _parsed(column: Column, raw: exp.Expr) -> exp.Expr:
    """Text read as a type: only what has the type's one form is readable."""
    type_ = column.type
    pattern, cast = _form(column)
    if column.empty_missing:
        raw = exp.Nullif(this=raw, expression=text(""))
    fits = exp.RegexpFullMatch(
        this=raw.copy(), expression=text(regex.portable(pattern))
    )
    parsed = exp.TryCast(this=raw.copy(), to=exp.DataType.build(cast))
    typed: exp.Expr
    if isinstance(type_, Timestamp):
        typed = utc(parsed, column.zone)
        if column.zone is None:
            typed = _in_the_calendar(typed)
    elif isinstance(type_, Double):
        typed = known_number(parsed)
    else:
        typed = parsed
    result = exp.Case(ifs=[exp.If(this=fits, true=typed)])
    if column.unreadable_missing:
        return result
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.Is(this=raw.copy(), expression=exp.null()), true=exp.null()
            ),
            exp.If(
                this=names.known(result),
                true=result.copy(),
            ),
        ],
        default=_bad(column, _sql_type(column)),
    )


def _in_the_calendar(wall: exp.Expr) -> exp.Expr:
    """NULL where an offset leads out of the years 1 to 9999."""
    first, last = "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"
    inside = exp.Between(
        this=wall,
        low=names.cast(text(first), "TIMESTAMP"),
        high=names.cast(text(last), "TIMESTAMP"),
    )
    return exp.Case(ifs=[exp.If(this=inside, true=wall.copy())])


def _form(column: Column) -> tuple[str, str]:
    """The form that a text must have, and the type it is then cast to."""
    match column.type:
        case Exact(_, 0):
            return formats.INTEGER, "BIGINT"
        case Exact() as exact:
            return formats.decimal(exact.scale), data_type(exact)
        case Double():
            return formats.DOUBLE, "DOUBLE"
        case Boolean():
            return formats.BOOLEAN, "BOOLEAN"
        case Date():
            return formats.DATE, "DATE"
        case Timestamp():
            if column.zone is None:
                return formats.INSTANT, "TIMESTAMPTZ"
            return formats.WALL, "TIMESTAMP"
        case Text() | ListOf() | Point():
            raise ValueError(f"{column.type} stored as text")
