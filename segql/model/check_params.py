"""Parameters: typed values that are bound when a rule is compiled, never text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from segql.messages import names, plan, types
from segql.model import nodes as mdl
from segql.model.check_values import exact_type, to_instant
from segql.model.scope import Items
from segql.source import Span
from segql.syntax import definitions as defs
from segql.types import (
    BOOLEAN,
    DOUBLE,
    Boolean,
    Date,
    Double,
    Exact,
    ListOf,
    Text,
    Timestamp,
    Type,
    parse_type,
)

if TYPE_CHECKING:
    from segql.model.check import Checker


_WRITTEN = re.compile(r"[+-]?[0-9][0-9_]*(\.[0-9_]+)?|[+-]?\.[0-9]+")
"""A number as a flag gives it: without an exponent, and in plain digits."""

_KNOWN = ("text", "integer", "double", "boolean", "date", "timestamp")
_TYPES = {
    **dict.fromkeys(("int", "bigint", "number", "whole number"), "integer"),
    **dict.fromkeys(("string", "str", "varchar", "char"), "text"),
    **dict.fromkeys(("float", "real"), "double"),
    **dict.fromkeys(("bool", "yesno"), "boolean"),
    **dict.fromkeys(("datetime", "instant", "time"), "timestamp"),
    **dict.fromkeys(("decimal", "numeric", "money"), "decimal(12, 2)"),
    **dict.fromkeys(("list", "array"), "list of text"),
}
"""What other languages call our types."""


def parameter(c: Checker, node: defs.Param) -> mdl.Constant | Items | None:
    """The value of a parameter: the one that was given, else the default."""
    type_ = parse_type(node.type)
    if type_ is None or not isinstance(
        type_, Text | Boolean | Exact | Double | Date | Timestamp | ListOf
    ):
        meant = _TYPES.get(node.type.lower()) or names.similar(node.type, _KNOWN)
        c.report.add(types.bad_param_type(node.type, meant, node.span))
        return None
    default = _default(c, node, type_) if node.default is not None else None
    if node.name.name in c.params:
        given = c.params[node.name.name]
        try:
            value = _given(given, type_, c.catalog.entity.zone, node.span)
        except (ValueError, InvalidOperation, TypeError, OverflowError):
            c.report.add(names.bad_param(node.name.name, str(type_)))
            return None
        if isinstance(value, Items) and len(value.items) > plan.MAX_ITEMS:
            c.report.add(plan.too_many_items(len(value.items), node.span))
            return None
        return value
    if node.default is None:
        c.report.add(names.param_without_value(node.name.name, node.span))
    return default


def _default(c: Checker, node: defs.Param, type_: Type) -> mdl.Constant | Items | None:
    assert node.default is not None
    thing = c.expr(node.default)
    found: list[mdl.Constant]
    match thing:
        case Items(items) if isinstance(type_, ListOf):
            found = list(items)
        case mdl.Constant() if not isinstance(type_, ListOf):
            found = [thing]
        case None:
            return None
        case _:
            found = []
    element = type_.element if isinstance(type_, ListOf) else type_
    fitted = [_fitted(each, element) for each in found]
    if None in fitted or (not found and not isinstance(thing, Items)):
        c.report.add(
            types.needs_type(
                f"the parameter `{node.name.name}`",
                str(type_),
                "this" if not found else str(found[0].type),
                node.default.span,
                'a list of one item has a comma: `("Berlin",)`'
                if isinstance(thing, mdl.Constant) and not found
                else None,
            )
        )
        return None
    known = tuple(each for each in fitted if each)
    if isinstance(type_, ListOf):
        return Items(known, node.default.span)
    return known[0]


def _fitted(value: mdl.Constant, type_: Type) -> mdl.Constant | None:
    """A constant as a parameter's type, if it fits without loss."""
    match type_, value.type:
        case Exact(), Exact():
            fits = value.type.scale <= type_.scale
            return value if fits and value.type.whole <= max(type_.whole, 1) else None
        case Double(), Exact():
            assert isinstance(value.value, int | Decimal)
            return mdl.Constant(float(value.value), DOUBLE, span=value.span)
        case _:
            return (
                value
                if (type(type_) is type(value.type) and type_ != BOOLEAN)
                or type_ == value.type
                else None
            )


def _given(given: object, type_: Type, zone: str, span: Span) -> mdl.Constant | Items:
    """A value from a flag (text) or from Python, as a parameter's type."""
    if isinstance(type_, ListOf):
        parts: Iterable[object]
        if isinstance(given, str):
            parts = [part.strip() for part in given.split(",")] if given else []
        elif isinstance(given, Iterable) and not isinstance(given, bytes):
            parts = given
        else:
            raise TypeError
        items = []
        for part in parts:
            item = _given(part, type_.element, zone, span)
            assert isinstance(item, mdl.Constant)
            items.append(item)
        return Items(tuple(items), span)
    value = _scalar(given, type_, zone)
    if isinstance(type_, Exact):
        assert isinstance(value, int | Decimal)
        fitted = _fitted(mdl.Constant(value, exact_type(value), span=span), type_)
        if fitted is None:
            raise ValueError
        return fitted
    return mdl.Constant(value, type_, span=span)


def _scalar(given: object, type_: Type, zone: str) -> mdl.Scalar:
    match type_, given:
        case Text(), str():
            if "\0" in given or any("\ud800" <= ch <= "\udfff" for ch in given):
                raise ValueError
            return given
        case Boolean(), bool():
            return given
        case Boolean(), "true" | "false":
            return given == "true"
        case Exact(), bool():
            raise TypeError
        case Exact(), int():
            return given
        case Exact(), str() if not _WRITTEN.fullmatch(given.strip()):
            raise ValueError
        case Exact(), Decimal() | str():
            value = Decimal(given.replace("_", "") if isinstance(given, str) else given)
            if not value.is_finite() or abs(value.adjusted()) > 60:
                raise ValueError
            return int(value) if value == value.to_integral_value() else value
        case Double(), bool():
            raise TypeError
        case Double(), int() | float() | Decimal() | str():
            number = float(given)
            if number != number or number in (float("inf"), float("-inf")):
                raise ValueError
            return number
        case Date(), datetime():
            raise TypeError
        case Date(), date():
            return given
        case Date(), str():
            return date.fromisoformat(given)
        case Timestamp(), datetime():
            return to_instant(given, zone)
        case Timestamp(), str() if "T" in given:
            return to_instant(datetime.fromisoformat(given), zone)
        case _:
            raise TypeError
