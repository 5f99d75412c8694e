"""Types of the language in, those of ClickHouse out; casts to them."""

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

WALL = "DateTime64(6, 'UTC')"


def data_type(type_: Type) -> str:
    """The type that holds values of a type, and NULL; a list is never NULL."""
    if isinstance(type_, ListOf):
        return f"Array({data_type(type_.element)})"
    return f"Nullable({known_type(type_)})"


def known_type(type_: Type) -> str:
    match type_:
        case Text():
            return "String"
        case Boolean():
            return "Bool"
        case Exact(digits, 0) if digits <= 18:
            return "Int64"
        case Exact(digits, scale):
            return f"Decimal({18 if digits <= 18 else 38}, {scale})"
        case Double():
            return "Float64"
        case Date():
            return "Date32"
        case Timestamp():
            return WALL
        case ListOf() | Point():
            raise ValueError(f"{type_} stands inside nothing")


def typed(node: exp.Expr, type_: str) -> exp.Expr:
    """A cast; `CAST(x AS t)` would be written in sqlglot's own view of types."""
    return call("CAST", node, text(type_))
