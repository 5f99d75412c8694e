"""Spark's types, and the small pieces that its makers are built of."""

from sqlglot import exp

from segql.sql.dialects.standard import call, text
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

WHOLE = 18
"""Whole numbers with so many digits fit into 64 bits."""
LONG = 19
"""The digits of the greatest that do."""


def data_type(type_: Type) -> str:
    """The SQL type that holds a type of the language."""
    match type_:
        case Text():
            return "STRING"
        case Boolean():
            return "BOOLEAN"
        case Exact(digits, scale):
            return f"DECIMAL({digits}, {scale})"
        case Double():
            return "DOUBLE"
        case Date():
            return "DATE"
        case Timestamp():
            return "TIMESTAMP_NTZ"
        case ListOf(element):
            return f"ARRAY<{data_type(element)}>"
        case Point():
            raise ValueError("no cell is a point")


def cast(node: exp.Expr, kind: str) -> exp.Expr:
    return exp.Cast(this=node, to=exp.DataType.build(kind, dialect="spark"))


def try_cast(node: exp.Expr, kind: str) -> exp.Expr:
    to = exp.DataType.build(kind, dialect="spark")
    return exp.TryCast(this=node, to=to, safe=True)


def struct(parts: dict[str, exp.Expr]) -> exp.Expr:
    named = [each for name, part in parts.items() for each in (text(name), part)]
    return call("NAMED_STRUCT", *named)


def field(whole: exp.Expr, name: str) -> exp.Expr:
    return exp.Dot(this=whole, expression=exp.Identifier(this=name, quoted=False))
