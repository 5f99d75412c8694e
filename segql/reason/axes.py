"""Ordered values as whole numbers, next to each other where nothing lies between."""

import math
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from segql.model import nodes as mdl
from segql.reason.nodes import Distance, Linear, Place, Share, Subject
from segql.reason.probe import EPOCH
from segql.reference.reading import EXACT
from segql.types import COUNT_DIGITS, DATE, TIMESTAMP, Double, Exact

_FINE = 24
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)
_MOST = 10**30
_EVENTS = 10**COUNT_DIGITS - 1


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high`, as whole numbers; `scale` digits of a decimal."""

    kind: Literal["number", "double", "date", "instant", "real"]
    low: int
    high: int
    scale: int = 0

    def place(self, value: Any) -> Fraction:
        """Where a value lies, which may be between two whole numbers."""
        match self.kind:
            case "double":
                return Fraction(_bits(float(value)))
            case "date":
                return Fraction(int(value.toordinal()))
            case "instant":
                return Fraction(_instant(value))
            case _:
                return Fraction(value) * Fraction(10**self.scale)

    def value(self, place: int) -> Any:
        """The value at a whole number."""
        match self.kind:
            case "double":
                return _double(place)
            case "date":
                return date.fromordinal(place)
            case "instant":
                return EPOCH + timedelta(microseconds=place)
            case "real":
                return Fraction(place, 10**self.scale)
            case _ if self.scale == 0:
                return place
            case _:
                return Decimal(place).scaleb(-self.scale, EXACT)

    def number(self, place: int) -> Fraction | None:
        """The number that arithmetic has there; None where it is not finite."""
        if self.kind == "double":
            found = _double(place)
            return Fraction(found) if math.isfinite(found) else None
        return Fraction(place, 10**self.scale)


def axis_of(subject: Subject, latest: int | None) -> Axis | None:
    """The axis of a subject's values; None of those that have no order here.

    `latest` is the last place of an event's time.
    """
    match subject:
        case Linear() | Distance():
            low = 0 if isinstance(subject, Distance) else -_MOST * 10**_FINE
            return Axis("real", low, _MOST * 10**_FINE, _FINE)
        case Place():
            return Axis("real", 1, _MOST * 10**_FINE, _FINE)
        case Share():
            return Axis("real", 0, 100 * 10**_FINE - 1, _FINE)
        case mdl.Position(parts):
            return Axis("number", 1, parts)
        case mdl.EventTime():
            last = latest if latest is not None else _instant(_LAST)
            return Axis("instant", _instant(_FIRST), last)
        case mdl.Aggregate("count" | "distinct") | mdl.Periods() | mdl.Size():
            return Axis("number", 0, _EVENTS)
        case mdl.PerGroup("count" | "distinct"):
            return Axis("number", 0, _EVENTS)
        case _:
            pass
    match getattr(subject, "type", None):
        case Exact(digits, scale):
            most = 10 ** max(digits, 1) - 1
            return Axis("number", -most, most, scale)
        case Double():
            return Axis("double", _bits(-math.inf), _bits(math.inf))
        case kind if kind == DATE:
            return Axis("date", 2, date.max.toordinal() - 1)
        case kind if kind == TIMESTAMP:
            return Axis("instant", _instant(_FIRST), _instant(_LAST))
        case _:
            # Elements of lists are counted; they have no type of their own.
            elements = type(subject).__name__ == "Elements"
            return Axis("number", 0, _EVENTS) if elements else None


def _instant(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _bits(value: float) -> int:
    """A whole number for each double, in their order; both zeros are one."""
    found = int.from_bytes(struct.pack(">d", value), "big", signed=True)
    return found if found >= 0 else -(found & 0x7FFFFFFFFFFFFFFF)


def _double(place: int) -> float:
    found = float(struct.unpack(">d", struct.pack(">q", abs(place)))[0])
    return -found if place < 0 else found
