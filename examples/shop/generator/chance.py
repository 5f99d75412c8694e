"""Chance and time: what every table of the shop is made with."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

Row = dict[str, Any]

OPENED = datetime(2024, 1, 1)
END = datetime(2026, 5, 31, 22)  # midnight in Berlin
UNKNOWN = (900_001, 900_002, 900_003, None)  # keys of nobody


def dice(name: str) -> Random:
    """One source of chance per table, so that tables can change one by one."""
    return Random(f"segql shop {name}")


def pick(rng: Random, weights: dict[str, float]) -> str:
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def some(rng: Random, words: str, most: int) -> list[str]:
    """A few of the words, in their own order."""
    pool = words.split()
    chosen = rng.sample(range(len(pool)), min(len(pool), rng.randint(1, most)))
    return [pool[i] for i in sorted(chosen)]


def poisson(rng: Random, mean: float) -> int:
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def money(euros: float) -> Decimal:
    return Decimal(round(euros * 100)).scaleb(-2)


def moment(rng: Random, since: datetime, until: datetime) -> datetime:
    """A time between the two, mostly by day and in the evening."""
    day = since + (until - since) * rng.random()
    hour = rng.choices(range(24), weights=[1, *[0.3] * 4, *[3] * 11, *[6] * 6, 3, 1])[0]
    time = day.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60))
    time = time.replace(microsecond=0)
    return time if since <= time < until else day.replace(microsecond=0)


def repeat(rng: Random, rows: list[Row], count: int) -> list[Row]:
    """The rows with some of them delivered twice or three times."""
    for row in rng.sample(rows, count):
        rows.insert(rng.randrange(len(rows)), dict(row))
    return rows
