"""Exact numbers of SQLite that are wider than 64 bits, and functions over them.

A wide number is a text of 41 digits which sorts as its number does.
"""

import operator
from collections.abc import Callable
from decimal import Context, Decimal
from typing import TypeAlias

from segql.types import MAX_DIGITS

DIGITS = Context(prec=100)
Number: TypeAlias = int | str | None
_FEW, _MOST = -(2**63), 2**63 - 1
_LARGEST = 10**MAX_DIGITS
_BELOW = 10**40


def whole_of(number: int | str) -> int:
    if isinstance(number, int):
        return number
    whole = int(number[1:])
    return whole if number[0] == "1" else whole - _BELOW


def decimal_of(number: Number, scale: int) -> Decimal | None:
    """A number, which may be wide, divided by a power of ten."""
    if number is None:
        return None
    return Decimal(whole_of(number)).scaleb(-scale, DIGITS)


def shown_wide(number: int) -> str:
    if not -_LARGEST < number < _LARGEST:
        raise OverflowError
    return f"1{number:040d}" if number >= 0 else f"0{_BELOW + number:040d}"


def _wide(number: Number, shift: int = 0) -> str | None:
    """A number, times a power of ten which may be negative, as a wide one."""
    if number is None:
        return None
    if shift == 0 and isinstance(number, str):
        return number
    return shown_wide(_shift(whole_of(number), shift))


def _narrowed(number: Number, shift: int) -> int | None:
    return None if number is None else narrow(_shift(whole_of(number), shift))


def _shift(number: int, shift: int) -> int:
    power: int = 10 ** abs(shift)
    return number * power if shift >= 0 else number // power


def _stored(cell: object, scale: int) -> str | None:
    """A cell of a column of decimals as a wide number."""
    return None if cell is None else shown_wide(digits_of(cell, scale))


def _calculated(made_of: Callable[[int, int], int]) -> Callable[..., str | None]:
    def work(left: Number, first: int, right: Number, second: int) -> str | None:
        if left is None or right is None:
            return None
        made = made_of(_shift(whole_of(left), first), _shift(whole_of(right), second))
        return shown_wide(made)

    return work


def _halves(high: int | None, low: int | None) -> str | None:
    """The sum of numbers from the sums of their upper and their lower 32 bits."""
    if high is None or low is None:
        return None
    return shown_wide((high << 32) + low)


def digits_of(cell: object, scale: int) -> int:
    if isinstance(cell, int):
        return _shift(cell, scale)
    shown = cell if isinstance(cell, str) else repr(cell)
    return round(Decimal(shown).scaleb(scale, DIGITS))


def narrow(number: int) -> int:
    if _FEW <= number <= _MOST:
        return number
    raise OverflowError


FUNCTIONS: tuple[tuple[str, int, Callable[..., object]], ...] = (
    ("wide", 1, _wide),
    ("wide", 2, _wide),
    ("narrow", 2, _narrowed),
    ("stored", 2, _stored),
    ("add", 4, _calculated(operator.add)),
    ("sub", 4, _calculated(operator.sub)),
    ("mul", 4, _calculated(operator.mul)),
    ("halves", 2, _halves),
)
