"""Constants and arithmetic: how wide an exact result can get."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from segql.messages import measures, plan, types
from segql.model import nodes as mdl
from segql.model.scope import Stream
from segql.model.windows import instant
from segql.syntax import nodes as syn
from segql.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    MAX_DIGITS,
    TEXT,
    TIMESTAMP,
    Date,
    Double,
    Exact,
    Timestamp,
    Type,
)

if TYPE_CHECKING:
    from segql.model.check import Checker


def constant(c: Checker, node: syn.Node) -> mdl.Constant | None:
    """The constant that a literal is; None for anything else."""
    match node:
        case syn.Number(value):
            return number(value, node)
        case syn.Text(value):
            return mdl.Constant(value, TEXT, span=node.span)
        case syn.Boolean(value):
            return mdl.Constant(value, BOOLEAN, span=node.span)
        case syn.Date(value):
            return mdl.Constant(value, DATE, span=node.span)
        case syn.Instant(value):
            moment = to_instant(value, c.catalog.entity.zone)
            return mdl.Constant(moment, TIMESTAMP, span=node.span)
        case _:
            return None


def to_instant(value: datetime, zone: str) -> datetime:
    """A written instant in UTC; without an offset it is in the business's zone."""
    if value.tzinfo is None:
        return instant(value, zone)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return value.replace(tzinfo=UTC)


def number(value: int | Decimal, node: syn.Node) -> mdl.Constant:
    return mdl.Constant(value, exact_type(value), span=node.span)


def exact_type(value: int | Decimal) -> Exact:
    """The digits that a number is written with."""
    if isinstance(value, int):
        return Exact(len(str(abs(value))))
    _, digits, exponent = value.as_tuple()
    scale = max(0, -int(exponent))
    return Exact(max(len(digits), scale + 1), scale)


def as_double(value: mdl.Value) -> mdl.Value:
    """A constant beside a double is the nearest double."""
    match value:
        case mdl.Constant(int() | Decimal() as number) if isinstance(value.type, Exact):
            return mdl.Constant(float(number), DOUBLE, span=value.span)
        case _:
            return value


def numeric(type_: Type) -> bool:
    return isinstance(type_, Exact | Double)


def negative(c: Checker, node: syn.Minus) -> mdl.Value | None:
    value = c.value(node.operand)
    if value is None:
        return None
    if not numeric(value.type):
        c.report.add(types.needs_type("`-`", "a number", str(value.type), node.span))
        return None
    return mdl.Negative(value, value.type, span=node.span)


_TIMES = (
    "how long ago is `days since signup`; from one moment to another, `bought within"
    " 30 days after signup`"
)


def arithmetic(c: Checker, node: syn.Binary) -> mdl.Value | Stream | None:
    """Of two values; or of each event, where properties of one selection stand."""
    things = c.expr(node.left), c.expr(node.right)
    streams = [thing for thing in things if isinstance(thing, Stream)]
    if len({stream.selection for stream in streams}) > 1:
        c.report.add(measures.two_selections(node.span))
        return None
    left, right = (
        thing.value if isinstance(thing, Stream) else c.value_of(thing, operand)
        for thing, operand in zip(things, (node.left, node.right), strict=True)
    )
    if left is None or right is None:
        return None
    made = _calculated(c, node, left, right)
    if made is None or not streams:
        return made
    for value in (left, right):
        if not _of_an_event(value):
            c.report.add(measures.figure_beside_events(value.span))
            return None
    return Stream(streams[0].selection, made, node.span)


def _of_an_event(value: mdl.Value) -> bool:
    """Whether a value is made of one event, its customer and constants alone."""
    match value:
        case mdl.Arithmetic(_, left, right):
            return _of_an_event(left) and _of_an_event(right)
        case mdl.Negative(inner):
            return _of_an_event(inner)
        case _:
            return isinstance(value, mdl.Constant | mdl.Attribute | mdl.Property)


def _calculated(
    c: Checker, node: syn.Binary, left: mdl.Value, right: mdl.Value
) -> mdl.Value | None:
    for value in (left, right):
        if not numeric(value.type):
            what, found = f"`{node.operator}`", str(value.type)
            timely = isinstance(value.type, Date | Timestamp)
            help_ = _TIMES if timely else None
            c.report.add(types.needs_type(what, "numbers", found, value.span, help_))
            return None
    result = _result(node, left, right)
    if isinstance(result, Exact) and result.digits > MAX_DIGITS:
        c.report.add(plan.too_wide(result.digits, node.span))
        return None
    if isinstance(result, Double) and node.operator != "/":
        left, right = as_double(left), as_double(right)
    return mdl.Arithmetic(node.operator, left, right, result, span=node.span)


def _result(node: syn.Binary, left: mdl.Value, right: mdl.Value) -> Type:
    a, b = left.type, right.type
    if node.operator == "/" or not (isinstance(a, Exact) and isinstance(b, Exact)):
        return DOUBLE
    if node.operator == "*":
        return Exact(a.digits + b.digits, a.scale + b.scale)
    scale = max(a.scale, b.scale)
    return Exact(max(a.whole, b.whole) + 1 + scale, scale)
