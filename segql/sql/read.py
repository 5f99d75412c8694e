"""Columns to SQL values: text that is read as numbers, zones, missing values.

A timestamp becomes a UTC wall time without a zone, which every engine has; a NaN and,
where the catalog says so, an empty text become NULL.
"""

from dataclasses import replace

from sqlglot import exp

from segql.catalog.nodes import Column
from segql.model import formats, regex
from segql.sql import names, portable
from segql.sql.literals import text
from segql.types import (
    TEXT,
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
    if isinstance(column.type, ListOf):
        return _list(column, column.type.element, alias)
    raw = stored(column, alias)
    if isinstance(column.type, Text):
        if column.stored == "json":
            raw = _plain_json(column, raw, alias)
        raw = portable.TextOf(this=raw)
        if column.empty_missing:
            return exp.Nullif(this=raw, expression=text(""))
        return raw
    if column.stored == "timestamp":
        return portable.DayOf(this=raw)
    if column.stored:
        return _parsed(column, raw)
    if column.double and isinstance(column.type, Exact):
        return portable.Nearest(this=raw, type=column.type)
    match column.type:
        case Exact() as exact:
            return portable.Stored(this=raw, type=exact)
        case Double():
            return known_number(raw)
        case Timestamp():
            return utc(raw, column.zone)
        case _:
            return raw


def stored(column: Column, alias: str) -> exp.Expr:
    """What the warehouse holds; a value inside JSON as text."""
    if column.stored != "json":
        return names.column(column.path, alias)
    return _in_json(portable.JsonText, column, alias)


def _in_json(
    node: type[portable.Portable], column: Column, alias: str
) -> portable.Portable:
    """Something of what a column's path leads to in a document."""
    head, *fields = column.path
    return node(
        this=names.column((head,), alias),
        path=tuple(fields),
        lenient=column.unreadable_missing,
    )


_NESTED = ("OBJECT", "ARRAY")


def _plain_json(column: Column, raw: exp.Expr, alias: str) -> exp.Expr:
    """A text inside JSON, or a number as text; whatever holds others is unreadable."""
    nested = exp.In(
        this=_in_json(portable.JsonKind, column, alias),
        expressions=[text(kind) for kind in _NESTED],
    )
    return exp.Case(ifs=[exp.If(this=nested, true=_bad(column, TEXT))], default=raw)


def _list(column: Column, element: Type, alias: str) -> exp.Expr:
    """A list, its elements read as their type; those that are missing may be NULL."""
    inner = replace(column, type=element)
    item = portable.ITEM.copy()
    if column.stored != "json":
        raw = stored(column, alias)
        if isinstance(element, Timestamp):
            return portable.Each(this=raw, expression=utc(item, column.zone))
        return raw
    kind = _in_json(portable.JsonKind, column, alias)
    texts: exp.Expr = _in_json(portable.JsonTexts, column, alias)
    if not isinstance(element, Text):
        texts = portable.Each(this=texts, expression=_parsed(inner, item))
    nests = _in_json(portable.JsonNests, column, alias)
    bad = _bad(column, column.type)
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.EQ(this=kind.copy(), expression=text("ARRAY")),
                true=exp.Case(
                    ifs=[exp.If(this=nests, true=bad)],
                    default=texts,
                ),
            ),
            exp.If(
                this=exp.NEQ(this=kind.copy(), expression=text("NULL")),
                true=bad.copy(),
            ),
        ]
    )


def _bad(column: Column, type_: Type) -> exp.Expr:
    """A cell that cannot be read: missing, or an error when it is met."""
    if column.unreadable_missing:
        return exp.null()
    return portable.Fault(type=type_)


def plain(column: Column) -> bool:
    """Whether the column can be compared as it is stored."""
    return column.stored is None and not column.double


def utc(raw: exp.Expr, zone: str | None) -> exp.Expr:
    """A stored timestamp as a UTC wall time."""
    if zone == "UTC":
        return raw
    if zone is None:
        return portable.OfInstant(this=raw)
    return portable.Utc(this=raw, zone=zone)


def local(utc_wall: exp.Expr, zone: str) -> exp.Expr:
    """A UTC wall time as the wall time of another zone."""
    return utc_wall if zone == "UTC" else portable.Local(this=utc_wall, zone=zone)


def of_date(day: exp.Expr, zone: str) -> exp.Expr:
    """The UTC wall time of a date's local midnight."""
    return utc(portable.Midnight(this=day), zone)


def known_number(double: exp.Expr) -> exp.Expr:
    """A double whose NaN is NULL."""
    return portable.KnownNumber(this=double)


def any_number(double: exp.Expr) -> exp.Expr:
    """The double that `known_number` was made of, for arithmetic around it.

    A NaN stays one in every operation, so it is enough to ask of the result: to ask of
    each operand would write it twice, and its own operands four times.
    """
    return double.this if isinstance(double, portable.KnownNumber) else double


def _point(column: Column, alias: str) -> exp.Expr:
    """Latitude and longitude as one value, NULL if either is."""
    return portable.PointOf(
        this=names.column(column.path, alias),
        expression=names.column(column.longitude or column.path, alias),
    )


def coordinates(point: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Latitude and longitude of a point; of a column they are its own columns."""
    if isinstance(point, portable.PointOf):
        return point.this.copy(), point.expression.copy()
    first, second = (
        portable.Coordinate(this=point.copy(), name=name)
        for name in ("latitude", "longitude")
    )
    return first, second


def _parsed(column: Column, raw: exp.Expr) -> exp.Expr:
    """Text read as a type: only what has the type's one form is readable."""
    type_ = column.type
    pattern = _form(column)
    if column.empty_missing:
        raw = exp.Nullif(this=raw, expression=text(""))
    fits = portable.FullMatch(
        this=raw.copy(), expression=text(regex.portable(pattern)), pattern=pattern
    )
    typed: exp.Expr
    if isinstance(type_, Timestamp) and column.zone is None:
        typed = portable.ParsedInstant(this=raw.copy())
    else:
        typed = portable.Parsed(this=raw.copy(), type=type_)
    if isinstance(type_, Timestamp) and column.zone is not None:
        typed = utc(typed, column.zone)
    elif isinstance(type_, Double):
        typed = known_number(typed)
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
        default=_bad(column, type_),
    )


def _form(column: Column) -> str:
    """The form that a text must have."""
    match column.type:
        case Exact(_, scale):
            return formats.decimal(scale) if scale else formats.INTEGER
        case Double():
            return formats.DOUBLE
        case Boolean():
            return formats.BOOLEAN
        case Date():
            return formats.DATE
        case Timestamp():
            return formats.INSTANT if column.zone is None else formats.WALL
        case Text() | ListOf() | Point():
            raise ValueError(f"{column.type} stored as text")
