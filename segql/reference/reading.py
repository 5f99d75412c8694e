"""Cells to values: what a column of the warehouse says, read as its type.

A value is a str, bool, int, Decimal, float, date, an aware datetime in UTC, a tuple
of those (a list; a point, latitude first), or None, which is missing. A number that
is not a number is missing.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any, Final, NoReturn, TypeAlias, assert_never

from segql.catalog.nodes import Column, Path
from segql.model import formats
from segql.model.windows import instant
from segql.types import (
    DOUBLE,
    INTEGER_DIGITS,
    POINT,
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

Row: TypeAlias = Mapping[str, Any]

EXACT: Final = Context(prec=200)
"""Wide enough for every result of exact arithmetic that the checker lets through."""


class DataFault(Exception):
    """The data breaks what the catalog says; no cell of it is shown."""

    def __init__(self, table: str, path: Path, what: str) -> None:
        self.table = table
        self.path = path
        self.what = what
        super().__init__(f"{table}: {'.'.join(path)}: {what}")


class _Unreadable(Exception):
    pass


def raw(row: Row | None, path: Path, table: str) -> Any:
    """What stands at a path, unread; None where any part of the way is missing."""
    value: Any = row
    for name in path:
        if value is None:
            return None
        if not isinstance(value, Mapping) or name not in value:
            raise DataFault(table, path, "there is no such column")
        value = value[name]
    return None if _no_number(value) else value


def read(row: Row | None, column: Column, table: str) -> Any:
    """The value of a column; None where it is missing, or where there is no row.

    What can't be read is missing if the column says so, else a DataFault.
    """
    try:
        if column.type == POINT and column.longitude:
            sides = [
                replace(column, path=path, type=DOUBLE, longitude=None)
                for path in (column.path, column.longitude)
            ]
            both = tuple(read(row, side, table) for side in sides)
            return None if None in both else both
        if column.stored == "json":
            head = raw(row, column.path[:1], table)
            value = _inside(head, column.path[1:])
        else:
            value = raw(row, column.path, table)
        if isinstance(column.type, ListOf):
            return _list(value, column, column.type)
        return _scalar(value, column, column.type)
    except _Unreadable:
        if column.unreadable_missing:
            return None
        raise DataFault(table, column.path, f"a cell is no {column.type}") from None


def _list(value: Any, column: Column, kind: ListOf) -> tuple[Any, ...] | None:
    """The elements that are not missing."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise _Unreadable
    elements = []
    for each in value:
        try:
            elements.append(_scalar(each, column, kind.element))
        except _Unreadable:
            if not column.unreadable_missing:
                raise
    return tuple(each for each in elements if each is not None)


def _scalar(value: Any, column: Column, kind: Type) -> Any:
    if value is None or _no_number(value):
        return None
    if column.empty_missing and value == "":
        return None
    if column.stored == "timestamp":
        if not isinstance(value, datetime) or value.tzinfo is not None:
            raise _Unreadable
        return value.date()
    if column.stored is not None:
        if not isinstance(value, str):
            raise _Unreadable
        value = _from_text(value, column, kind)
    return _typed(value, column, kind)


def _typed(value: Any, column: Column, kind: Type) -> Any:
    match kind:
        case Text():
            return value if isinstance(value, str) else _unreadable()
        case Boolean():
            return value if isinstance(value, bool) else _unreadable()
        case Exact():
            if isinstance(value, bool):
                raise _Unreadable
            if column.double and isinstance(value, int | float):
                return rounded(float(value), kind)
            return _exact(value, kind)
        case Double():
            if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
                raise _Unreadable
            return float(value) + 0.0
        case Date():
            if isinstance(value, datetime) or not isinstance(value, date):
                raise _Unreadable
            return value
        case Timestamp():
            if not isinstance(value, datetime):
                raise _Unreadable
            return _instant(value, column.zone)
        case Point() | ListOf():
            raise _Unreadable
        case _:
            assert_never(kind)


def _exact(value: Any, kind: Exact) -> int | Decimal:
    """The number, if the type is wide enough for it; nothing is ever rounded."""
    if not isinstance(value, int | Decimal):
        raise _Unreadable
    number = Decimal(value)
    if not number.is_finite() or number.copy_abs() >= Decimal(10) ** kind.whole:
        raise _Unreadable
    if number != number.quantize(Decimal(1).scaleb(-kind.scale), context=EXACT):
        raise _Unreadable
    return int(number) if kind.scale == 0 else number


def rounded(value: float, kind: Exact) -> int | Decimal | None:
    """A double as the exact number that its column declares.

    The double is multiplied by the power of ten, as a double; the product is rounded
    to a whole number, halves away from zero. So 0.125 is 0.13, 2.675 is 2.68 and
    1.005 is 1.00. This is `CAST(x AS DECIMAL(p, s))` of DuckDB, bit for bit.
    """
    if math.isnan(value):
        return None
    product = value * float(f"1e{kind.scale}")
    if math.isinf(product):
        raise _Unreadable
    below = math.floor(abs(product))
    units = below + (abs(product) - below >= 0.5)
    if units >= 10**kind.digits:
        raise _Unreadable
    units = -units if product < 0 else units
    return units if kind.scale == 0 else Decimal(units).scaleb(-kind.scale, EXACT)


def _instant(value: datetime, zone: str | None) -> datetime:
    try:
        if zone is None:
            if value.tzinfo is None:
                raise _Unreadable
            return value.astimezone(UTC)
        if value.tzinfo is not None:
            raise _Unreadable
        return instant(value, zone)
    except OverflowError:
        raise _Unreadable from None


def _from_text(text: str, column: Column, kind: Type) -> Any:
    """What a text says, in Python's type for it."""
    match kind:
        case Text():
            return text
        case Boolean():
            return _formed(text, formats.BOOLEAN) == "true"
        case Exact():
            if column.double:
                return float(_formed(text, formats.DOUBLE))
            if kind.scale == 0 and kind.digits == INTEGER_DIGITS:
                number = int(_formed(text, formats.INTEGER))
                return number if -(2**63) <= number < 2**63 else _unreadable()
            return Decimal(_formed(text, formats.decimal(kind.scale)))
        case Double():
            return float(_formed(text, formats.DOUBLE))
        case Date():
            return _calendar(date.fromisoformat, _formed(text, formats.DATE))
        case Timestamp():
            form = formats.INSTANT if column.zone is None else formats.WALL
            cut = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", _formed(text, form))
            return _calendar(datetime.fromisoformat, cut)
        case Point() | ListOf():
            raise _Unreadable
        case _:
            assert_never(kind)


def _formed(text: str, form: str) -> str:
    return text if re.fullmatch(form, text) else _unreadable()


def _calendar(read: Any, text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        raise _Unreadable from None


def _inside(text: Any, path: Path) -> Any:
    """What a path leads to in a JSON text: text, or a list of texts; None for null.

    A string is its content; `true` and `false` are those words; a whole number is its
    digits; any other number is the nearest double, written the shortest way. Objects,
    and lists inside lists, are unreadable. Of one name given twice the first counts.
    """
    if text is None:
        return None
    if not isinstance(text, str):
        raise _Unreadable
    try:
        value = json.loads(
            text,
            object_pairs_hook=lambda pairs: dict(reversed(pairs)),
            parse_int=lambda digits: "0" if digits == "-0" else digits,
            parse_float=_shortest,
            parse_constant=_unreadable,
        )
        json.dumps(value, ensure_ascii=False).encode()  # half of a pair is no text
    except (ValueError, RecursionError):
        raise _Unreadable from None
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    if isinstance(value, list):
        return [_json_text(each) for each in value]
    return _json_text(value)


def _json_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, str) else _unreadable()


def _shortest(literal: str) -> str:
    """A JSON number that is not whole, as ECMAScript writes it (`.0` if whole)."""
    value = float(literal)
    if math.isinf(value):
        return literal
    text = repr(value)
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        text = format(Decimal(text), "f")
        return text if "." in text else text + ".0"
    return re.sub(r"e\+?(-?)0*", r"e\1", text)


def _no_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return isinstance(value, Decimal) and value.is_nan()


def _unreadable(*_: object) -> NoReturn:
    raise _Unreadable
