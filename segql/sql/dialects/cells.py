"""Cells of made-up tables, as those dialects write them that are tested with them."""

from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from sqlglot import exp

from segql.sql import portable
from segql.sql.literals import number, text
from segql.sql.names import cast
from segql.types import (
    INTEGER_DIGITS,
    Boolean,
    Date,
    Double,
    Exact,
    ListOf,
    Point,
    Text,
    Timestamp,
)

_SURE = 15
"""So many digits of a decimal are safe in a double."""


def typed(node: portable.Cell) -> exp.Expr:
    """Where columns have types: each cell says its own."""
    value: exp.Expr = exp.null() if node.value is None else _plain(node)
    return cast(value, _type(node))


def loose(node: portable.Cell) -> exp.Expr:
    """Where any cell fits into any column: a long decimal is a text."""
    value, kind = node.value, node.kind
    if value is None:
        return exp.null()
    if isinstance(kind, Exact) and isinstance(value, int | Decimal):
        if kind.digits > INTEGER_DIGITS or (kind.scale and kind.digits > _SURE):
            return text(format(Decimal(value), "f"))
        if kind.scale:
            return portable.Real(value=float(value))
    return _plain(node)


def _plain(node: portable.Cell) -> exp.Expr:
    match node.value:
        case bool() as value:
            return exp.true() if value else exp.false()
        case str() as value:
            return text(value)
        case int() | Decimal() as value:
            return number(value)
        case float() as value:
            return portable.Real(value=value)
        case datetime() as value:
            return portable.Wall(value=value)
        case date() as value:
            return portable.Day(value=value)
        case _:
            raise TypeError(f"a cell is no {type(node.value).__name__}")


def _type(node: portable.Cell) -> str:
    match node.kind:
        case Text() | ListOf():
            return "TEXT"
        case Boolean():
            return "BOOLEAN"
        case Exact(digits, scale):
            whole = scale == 0 and digits <= INTEGER_DIGITS
            return "BIGINT" if whole else f"DECIMAL({digits}, {scale})"
        case Double():
            return "DOUBLE"
        case Date():
            return "DATE"
        case Timestamp():
            return "TIMESTAMP"
        case Point():
            raise TypeError("a point stands in two columns")
        case _:
            assert_never(node.kind)
