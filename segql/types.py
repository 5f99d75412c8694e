"""The types of the language, as values.

Whole numbers and decimals are one family, `Exact`: a number of decimal digits
and how many of them stand after the point, so that the checker knows how wide
every result can get.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

MAX_DIGITS = 38
INTEGER_DIGITS = 19
COUNT_DIGITS = 9
"""A customer has fewer than a billion events of one kind."""


@dataclass(frozen=True, slots=True)
class Text:
    def __str__(self) -> str:
        return "text"


@dataclass(frozen=True, slots=True)
class Boolean:
    def __str__(self) -> str:
        return "boolean"


@dataclass(frozen=True, slots=True)
class Exact:
    """A whole number (`scale` 0) or a decimal; `digits` counts all its digits."""

    digits: int
    scale: int = 0

    def __str__(self) -> str:
        return "integer" if self.scale == 0 else f"decimal({self.digits}, {self.scale})"

    @property
    def whole(self) -> int:
        """How many digits can stand before the point."""
        return self.digits - self.scale


@dataclass(frozen=True, slots=True)
class Double:
    def __str__(self) -> str:
        return "double"


@dataclass(frozen=True, slots=True)
class Date:
    def __str__(self) -> str:
        return "date"


@dataclass(frozen=True, slots=True)
class Timestamp:
    def __str__(self) -> str:
        return "timestamp"


@dataclass(frozen=True, slots=True)
class Point:
    def __str__(self) -> str:
        return "point"


Scalar: TypeAlias = Text | Boolean | Exact | Double | Date | Timestamp


@dataclass(frozen=True, slots=True)
class ListOf:
    element: Scalar

    def __str__(self) -> str:
        return f"list of {self.element}"


Type: TypeAlias = Scalar | Point | ListOf

TEXT = Text()
BOOLEAN = Boolean()
INTEGER = Exact(INTEGER_DIGITS)
COUNT = Exact(COUNT_DIGITS)
DOUBLE = Double()
DATE = Date()
TIMESTAMP = Timestamp()
POINT = Point()

_PLAIN: dict[str, Scalar | Point] = {
    "text": TEXT,
    "boolean": BOOLEAN,
    "integer": INTEGER,
    "double": DOUBLE,
    "date": DATE,
    "timestamp": TIMESTAMP,
    "point": POINT,
}
_DECIMAL = re.compile(r"decimal\(\s*([0-9]{1,2})\s*(?:,\s*([0-9]{1,2})\s*)?\)")


def parse_type(text: str) -> Type | None:
    """The type that a text names, such as `decimal(12, 2)` or `list of text`.

    None if there is no such type.
    """
    words = " ".join(text.split())
    if len(words) > 100:
        return None
    if words.startswith("list of "):
        element = parse_type(words.removeprefix("list of "))
        if element is None or isinstance(element, ListOf | Point):
            return None
        return ListOf(element)
    if found := _DECIMAL.fullmatch(words):
        digits, scale = int(found[1]), int(found[2] or 0)
        return (
            Exact(digits, scale) if scale <= digits <= MAX_DIGITS and digits else None
        )
    return _PLAIN.get(words)
