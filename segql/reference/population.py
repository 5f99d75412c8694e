"""A customer among all the others: position, rank, and the luck of the draw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import md5
from math import ceil
from typing import Any, Literal

from segql.reference.rows import Key

_DIGITS = 15
"""How many hexadecimal digits of a hash count."""


def position(parts: int, value: Any, known: list[Any]) -> int | None:
    """In which of so many parts a value lies among all that are known, from 1."""
    if value is None:
        return None
    smaller = len([each for each in known if each < value])
    return 1 + parts * smaller // len(known)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody to be ranked, by a value among those of the same group."""

    by: Any
    per: Any


def ranked(
    which: Literal["top", "bottom"],
    amount: int | Decimal,
    candidates: Mapping[Key, Candidate],
    *,
    percent: bool,
) -> frozenset[Key]:
    """Those with the greatest, or the least, values of each group.

    Of equal values the smaller key comes first.
    """
    groups: dict[Any, list[Key]] = {}
    for key in sorted(candidates):
        groups.setdefault(candidates[key].per, []).append(key)
    found: set[Key] = set()
    for keys in groups.values():
        # Sorting keeps the order of equals, also where it goes downwards.
        keys.sort(key=lambda key: candidates[key].by, reverse=which == "top")
        many = ceil(len(keys) * Fraction(amount) / 100) if percent else int(amount)
        found.update(keys[:many])
    return frozenset(found)


def sampled(low: Decimal, high: Decimal, seed: str, key: Key) -> bool:
    """Whether a key's share of a seed lies between two percentages, the first one in.

    The share is the start of MD5 over the UTF-8 of seed, colon and key, as a number.
    """
    return Fraction(low) / 100 <= share(seed, key_text(key)) < Fraction(high) / 100


def share(seed: str, key: str) -> Fraction:
    """Where the hash of a seed and a written key lies: from 0 to below 1."""
    digits = md5(f"{seed}:{key}".encode(), usedforsecurity=False).hexdigest()
    return Fraction(int(digits[:_DIGITS], 16), 16**_DIGITS)


def key_text(key: Key) -> str:
    """A key in writing, the same for every engine.

    Raises ValueError for the kinds of keys that engines write in different ways.
    """
    match key:
        case str():
            return key
        case int() if not isinstance(key, bool):
            return str(key)
        case Decimal() if key.is_finite():
            return format(key, "f")
        case date() if not isinstance(key, datetime):
            return key.isoformat()
        case _:
            kind = type(key).__name__
            raise ValueError(
                f"a sample needs keys that are text, exact or dates: {kind}"
            )
