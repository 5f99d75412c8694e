"""What SQLite itself can't do exactly, as functions of ours on a connection.

Each costs about a microsecond a row. A text in, NULL out where nothing else is said;
dates and times are texts as `segql.engines.sqlite_types` says. What can't be read
raises ValueError, which no text of a cell leaves; what is too large OverflowError.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from typing import Any

from segql.engines import sqlite_json
from segql.engines.sqlite_aggregates import AGGREGATES
from segql.engines.sqlite_regex import matcher
from segql.engines.sqlite_wide import (
    DIGITS,
    FUNCTIONS,
    Number,
    digits_of,
    narrow,
    shown_wide,
    whole_of,
)
from segql.fold import fold
from segql.model import windows
from segql.types import INTEGER_DIGITS

_DECIMAL = re.compile(r"-?[0-9]+(?:\.([0-9]+))?", re.ASCII)
_LONG = re.compile(r"(\.[0-9]{6})[0-9]+")
_FEW, _MOST = -(2**63), 2**63 - 1


def register(connection: Any) -> None:
    """Makes the functions known to a connection, under names with `segql_`."""
    for name, count, function in (*_FUNCTIONS, *FUNCTIONS):
        connection.create_function(f"segql_{name}", count, function, deterministic=True)
    for name, function in sqlite_json.FUNCTIONS.items():
        connection.create_function(f"segql_{name}", -1, function, deterministic=True)
    for name, count, aggregate in AGGREGATES:
        connection.create_aggregate(f"segql_{name}", count, aggregate)


# ---- numbers


def _fits(cell: object, digits: int, scale: int) -> bool:
    """Whether a text is a decimal of so many digits."""
    if not isinstance(cell, str) or not (found := _DECIMAL.fullmatch(cell)):
        return cell is None
    if len(found[1] or "") > scale:
        return False
    limit: int = 10**digits
    return abs(digits_of(cell, scale)) < limit


def scaled(cell: object, scale: int) -> int | None:
    """A decimal, as text or as a number, as the whole number that its digits are."""
    if cell is None:
        return None
    return narrow(digits_of(cell, scale))


def _whole(number: object) -> object:
    """A whole number; SQLite makes a double of one that is too large."""
    if number is None or isinstance(number, int):
        return number
    raise OverflowError


def _double(number: Number, scale: int) -> float | None:
    """The double nearest to a number divided by a power of ten."""
    return None if number is None else whole_of(number) / 10**scale


def _parsed(cell: str | None, digits: int, scale: int) -> Number:
    """A decimal as text, like `scaled`; NULL if it has too many digits."""
    if cell is None:
        return None
    number = int(Decimal(cell).scaleb(scale, DIGITS))
    if digits == INTEGER_DIGITS and scale == 0:
        return number if _FEW <= number <= _MOST else None
    if abs(number) >= 10**digits:
        return None
    return shown_wide(number) if digits > INTEGER_DIGITS else narrow(number)


def _nearest(cell: float | None, digits: int, scale: int) -> Number:
    """The number nearest to a double, halves away from zero, as DuckDB has it."""
    if cell is None:
        return None
    product = cell * float(f"1e{scale}")
    if math.isinf(product):
        raise ValueError
    below = math.floor(abs(product))
    units = below + (abs(product) - below >= 0.5)
    if units >= 10**digits:
        raise ValueError
    units = -units if product < 0 else units
    return shown_wide(units) if digits > INTEGER_DIGITS else narrow(units)


# ---- doubles


def _real(cell: str | None) -> float | None:
    return None if cell is None else float(cell)


def _point(latitude: float | None, longitude: float | None) -> str | None:
    if latitude is None or longitude is None:
        return None
    return f"{float(latitude)!r} {float(longitude)!r}"


def _coordinate(point: str | None, name: str) -> float | None:
    if point is None:
        return None
    latitude, longitude = point.split()
    return float(latitude if name == "latitude" else longitude)


# ---- text


def _matches(cell: object, pattern: str) -> bool | None:
    return matcher(pattern)(cell) if isinstance(cell, str) else None


def _fold(cell: object) -> str | None:
    return fold(cell) if isinstance(cell, str) else None


def _md5(cell: object) -> str | None:
    return md5(cell.encode()).hexdigest() if isinstance(cell, str) else None


# ---- time


def _local(cell: str | None, zone: str) -> str | None:
    """A UTC wall as the wall of a zone."""
    if cell is None or _outside(cell):
        return cell
    return _shown(windows.local(_wall(cell).replace(tzinfo=UTC), zone))


def _utc(cell: str | None, zone: str) -> str | None:
    """A wall of a zone as a UTC wall."""
    if cell is None or _outside(cell):
        return cell
    return _shown(windows.instant(_wall(cell), zone).replace(tzinfo=None))


def _moved(cell: str | None, microseconds: int) -> str | None:
    """A wall so much later."""
    if cell is None or _outside(cell):
        return cell
    try:
        return _shown(_wall(cell) + timedelta(microseconds=microseconds))
    except OverflowError:
        return _shown(datetime.max if microseconds > 0 else datetime.min)


def _of_instant(cell: str | None) -> str | None:
    """A text with an offset as a UTC wall; NULL outside of the years 1 to 9999."""
    if cell is None:
        return None
    try:
        return _shown(_wall(_cut(cell)).astimezone(UTC).replace(tzinfo=None))
    except (ValueError, OverflowError):
        return None


def _wall_of(cell: str | None) -> str | None:
    """A text of the form of a wall in the one form; NULL for 30 February."""
    if cell is None:
        return None
    try:
        return _shown(_wall(_cut(cell)))
    except ValueError:
        return None


def _cut(cell: str) -> str:
    """Microseconds at most."""
    return _LONG.sub(r"\1", cell)


def _outside(cell: str) -> bool:
    """Whether a time was moved to before the calendar's beginning."""
    return cell.startswith(("0000", "-"))


def _wall(cell: str) -> datetime:
    return datetime.fromisoformat(cell)


def _shown(wall: datetime) -> str:
    return wall.isoformat(" ")


_FUNCTIONS: tuple[tuple[str, int, Callable[..., object]], ...] = (
    ("fits", 3, _fits),
    ("scaled", 2, scaled),
    ("whole", 1, _whole),
    ("double", 2, _double),
    ("parsed", 3, _parsed),
    ("nearest", 3, _nearest),
    ("real", 1, _real),
    ("point", 2, _point),
    ("coordinate", 2, _coordinate),
    ("matches", 2, _matches),
    ("fold", 1, _fold),
    ("md5", 1, _md5),
    ("local", 2, _local),
    ("utc", 2, _utc),
    ("moved", 2, _moved),
    ("of_instant", 1, _of_instant),
    ("wall", 1, _wall_of),
)
