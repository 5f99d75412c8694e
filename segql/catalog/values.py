"""A value as YAML has it in, the same value as its declared type has it out."""

import re
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from math import isfinite

from segql.types import Boolean, Date, Double, Exact, ListOf, Text, Timestamp, Type

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WIDE = Context(prec=80, traps=[InvalidOperation])


def can_be_listed(type: Type) -> bool:
    """Whether `values` makes sense for a type."""
    element = type.element if isinstance(type, ListOf) else type
    return isinstance(element, Text | Boolean | Exact | Double | Date)


def fit(value: object, type: Type) -> object | None:
    """The value as `type` has it; None if it is none of its values.

    Text and booleans stay, whole numbers are `int`, decimals are `Decimal` with all
    digits of their scale, doubles `float`, dates `datetime.date`; of a list type it
    is one element that is fitted.
    """
    match type:
        case ListOf(element):
            return fit(value, element)
        case Text():
            return value if isinstance(value, str) else None
        case Boolean():
            return value if isinstance(value, bool) else None
        case Exact():
            return _exact(value, type)
        case Double():
            return _double(value)
        case Date():
            return _date(value)
        case Timestamp():
            return None
        case _:
            return None


def _exact(value: object, type: Exact) -> int | Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    if number.adjusted() >= type.whole and number:
        return None
    try:
        fixed = number.quantize(Decimal((0, (1,), -type.scale)), context=_WIDE)
    except InvalidOperation:
        return None
    if fixed != number:
        return None
    return int(fixed) if type.scale == 0 else fixed


def _double(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def _date(value: object) -> date | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
