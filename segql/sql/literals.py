"""Constants to SQL literals: every one a node, so that no text of a rule is SQL."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlglot import exp

from segql.model import nodes as mdl
from segql.sql import portable
from segql.types import Exact


def text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def number(value: int | Decimal) -> exp.Expr:
    """A number written out in full; never an exponent, which would be a double."""
    shown = format(value, "f") if isinstance(value, Decimal) else str(value)
    if shown.startswith("-"):
        return exp.Neg(this=exp.Literal.number(shown[1:]))
    return exp.Literal.number(shown)


def exact(value: int | Decimal, type_: Exact) -> exp.Expr:
    """A number that is compared or calculated with numbers of a type."""
    return portable.Number(value=value, type=type_)


def double(value: float) -> exp.Expr:
    return portable.Real(value=value)


def day(value: date) -> exp.Expr:
    return portable.Day(value=value)


def wall(value: datetime) -> exp.Expr:
    """A wall time without a zone."""
    return portable.Wall(value=value.replace(tzinfo=None))


def utc_wall(value: datetime) -> exp.Expr:
    """An instant as a UTC wall time."""
    return wall(value.astimezone(UTC))


def instant(value: datetime) -> exp.Expr:
    """An instant, for columns that store instants."""
    return portable.Instant(value=value.astimezone(UTC))


def constant(node: mdl.Constant) -> exp.Expr:
    match node.value:
        case bool(value):
            return exp.Boolean(this=value)
        case str(value):
            return text(value)
        case int() | Decimal() as value:
            assert isinstance(node.type, Exact)
            return exact(value, node.type)
        case float(value):
            return double(value)
        case datetime() as value:
            return utc_wall(value)
        case date() as value:
            return day(value)
