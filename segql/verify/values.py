"""Values as engines return them in, values that both sides can be compared by out."""

import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, assert_never

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

_NEAR = 1e-9


def plain(value: object, kind: Type) -> object:
    """One value as Python's type for it, whatever an engine has instead; None if it
    is missing."""
    if value is None:
        return None
    try:
        return _plain(value, kind)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        return str(value)


def _plain(value: object, kind: Type) -> object:
    match kind:
        case Text():
            return value.decode() if isinstance(value, bytes) else str(value)
        case Boolean():
            return bool(int(str(value))) if not isinstance(value, bool) else value
        case Exact():
            number = Decimal(str(value)).quantize(Decimal(1).scaleb(-kind.scale))
            return int(number) if kind.scale == 0 else number
        case Double():
            double = float(str(value))
            return None if math.isnan(double) else double + 0.0
        case Date():
            if isinstance(value, datetime):
                return value.date()
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        case Timestamp():
            if not isinstance(value, datetime):
                value = datetime.fromisoformat(str(value))
            if value.tzinfo is not None:
                value = value.astimezone(UTC).replace(tzinfo=None)
            return value
        case ListOf(element):
            items: Any = json.loads(value) if isinstance(value, str) else value
            found = (plain(each, element) for each in items)
            return tuple(each for each in found if each is not None)
        case Point():
            return str(value)
        case _:
            assert_never(kind)


def near(one: object, other: object) -> bool:
    """Whether two doubles differ in their last digits alone."""
    if not isinstance(one, float) or not isinstance(other, float):
        return False
    return one != other and math.isclose(one, other, rel_tol=_NEAR)


def shown(value: object) -> str | None:
    """A value for a person."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return ", ".join(str(shown(each)) for each in value)
    return str(value)
