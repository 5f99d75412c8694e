"""A shop with few tables and many segments: rows, rules, and the same by hand.

A million customers with fifty million events of 60 kinds and categories; segments of
one to three conditions about them, in five windows, counts and sums, beside some of
age and city. All of it is made of hashes and a fixed seed: every run has the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("viewed", "carted", "bought", "mailed")
CATEGORIES = tuple(f"c{number:02}" for number in range(15))
WINDOWS = (7, 30, 90, 365, None)
CITIES = ("Berlin", "Hamburg", "München", "Köln", "Leipzig", "Bonn")

CATALOG = """\
entity: {table: customers, key: id, zone: UTC}
attributes:
  age: integer
  city: text
events:
  did:
    table: events
    customer: customer_id
    time: {column: happened_at, type: timestamp, zone: UTC}
    properties:
      kind: text
      category: text
      amount: decimal(9, 2)
"""


def make(path: Path, customers: int, events: int) -> None:
    """The tables, in a DuckDB file."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"""
CREATE TABLE customers AS
SELECT (i * 7919 % {customers})::BIGINT AS id,
  18 + (hash(i, 1) % 70)::INT AS age,
  {list(CITIES)!r}[1 + (hash(i, 2) % {len(CITIES)})::INT] AS city
FROM range({customers}) AS r(i)""")
        connection.execute(f"""
CREATE TABLE events AS
SELECT (hash(i, 11) % {customers})::BIGINT AS customer_id,
  {list(KINDS)!r}[1 + (hash(i, 12) % {len(KINDS)})::INT] AS kind,
  {list(CATEGORIES)!r}[1 + (hash(i, 13) % {len(CATEGORIES)})::INT] AS category,
  TIMESTAMP '2026-01-01' - to_seconds(1 + (hash(i, 14) % (730 * 86400))::BIGINT)
    AS happened_at,
  ((hash(i, 15) % 20000) / 100)::DECIMAL(9, 2) AS amount
FROM range({events}) AS r(i)""")


@dataclass(frozen=True)
class Condition:
    """A count, or a sum of amounts, of one kind and category in a window."""

    kind: str
    category: str
    days: int | None
    total: bool
    operator: str
    bound: int

    @property
    def rule(self) -> str:
        window = "" if self.days is None else f" in last {self.days * 24} hours"
        event = f'did(kind = "{self.kind}", category = "{self.category}")'
        left = f"sum({event}.amount{window})" if self.total else f"{event}{window}"
        return f"{left} {self.operator} {self.bound}"

    @property
    def since(self) -> datetime | None:
        return None if self.days is None else AS_OF - timedelta(days=self.days)


@dataclass(frozen=True)
class Segment:
    name: str
    ages: tuple[int, int] | None
    city: str | None
    any_of: bool
    conditions: tuple[Condition, ...]

    @property
    def rule(self) -> str:
        joined = (" or " if self.any_of else " and ").join(
            f"({each.rule})" for each in self.conditions
        )
        parts = [f"({joined})"]
        if self.ages is not None:
            parts.append(f"age {self.ages[0]}..{self.ages[1]}")
        if self.city is not None:
            parts.append(f'city = "{self.city}"')
        return " and ".join(parts)


def segments(count: int, seed: int = 7) -> list[Segment]:
    """Segments from a fixed seed: the first hundred of a thousand are the hundred."""
    chance = Random(seed)
    found = []
    for number in range(count):
        conditions = []
        for _ in range(chance.choice((1, 1, 2, 2, 3))):
            total = chance.random() < 0.4
            conditions.append(
                Condition(
                    chance.choice(KINDS),
                    chance.choice(CATEGORIES),
                    chance.choice(WINDOWS),
                    total,
                    ">=",
                    chance.choice((50, 100, 200))
                    if total
                    else chance.choice((1, 2, 3)),
                )
            )
        low = chance.randrange(18, 60)
        ages = (low, low + chance.randrange(5, 25)) if chance.random() < 0.3 else None
        city = chance.choice(CITIES) if chance.random() < 0.2 else None
        any_of = chance.random() < 0.3
        name = f"s{number:04}"
        found.append(Segment(name, ages, city, any_of, tuple(conditions)))
    return found
