"""Constants to SQL literals: every one a node, so that no text of a rule is SQL."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlglot import exp

from segql.model import nodes as mdl
from segql.sql import names
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


def text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def number(value: int | Decimal) -> exp.Expr:
    """A number written out in full; never an exponent, which would be a double."""
    shown = format(value, "f") if isinstance(value, Decimal) else str(value)
    if shown.startswith("-"):
        return exp.Neg(this=exp.Literal.number(shown[1:]))
    return exp.Literal.number(shown)


def double(value: float) -> exp.Expr:
    """The shortest text that names this double."""
    return names.cast(text(repr(value)), "DOUBLE")


def day(value: date) -> exp.Expr:
    return names.cast(text(value.isoformat()), "DATE")


def wall(value: datetime) -> exp.Expr:
    """A wall time without a zone."""
    return names.cast(text(value.replace(tzinfo=None).isoformat(" ")), "TIMESTAMP")


def utc_wall(value: datetime) -> exp.Expr:
    """An instant as a UTC wall time."""
    return wall(value.astimezone(UTC))


def instant(value: datetime) -> exp.Expr:
    """An instant, for columns that store instants."""
    shown = value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return names.cast(text(f"{shown}+00"), "TIMESTAMPTZ")


def constant(node: mdl.Constant) -> exp.Expr:
    match node.value:
        case bool(value):
            return exp.Boolean(this=value)
        case str(value):
            return text(value)
        case int() | Decimal() as value:
            return number(value)
        case float(value):
            return double(value)
        case datetime() as value:
            return utc_wall(value)
        case date() as value:
            return day(value)


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
        case ListOf() | Point():
            raise ValueError(f"no SQL type for {type_}")
