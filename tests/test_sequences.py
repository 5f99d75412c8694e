"""Random sequences and ranks on DuckDB against the reference, in small crowded worlds.

Events lie on a few moments and on the ends of the gaps, a microsecond beside them, and
around the hours in which the clock changes, so that ties and edges are the rule.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from warehouse_of import warehouse_of

from segql.catalog.read import read_catalog
from segql.diagnostics import Report
from segql.model import nodes as mdl
from segql.model.bind import bind
from segql.model.world import World
from segql.plan.build import build
from segql.reference import evaluate
from segql.source import Source
from segql.sql.compile import members, text
from segql.sql.lower import lower
from segql.sql.speech import Facts
from segql.types import TEXT, Exact

_CATALOG = """
entity: {{table: customers, key: id, zone: {zone}}}
attributes:
  city: text
  wealth: "decimal(6, 2)"
  score: double
events:
  viewed:
    table: views
    customer: customer
    time: {{column: at, type: timestamp, zone: UTC}}
    properties: {{product: text, size: integer}}
  bought:
    table: sales
    customer: customer
    time: {{column: at, type: timestamp}}
    tie_break: id
    properties: {{product: text, size: "decimal(6, 2)"}}
  returned:
    table: returns
    customer: customer
    unique: token
    time: {{column: at, type: timestamp, zone: {zone}}}
    properties: {{product: text, size: double}}
  rang:
    table: rings
    customer: customer
    time: {{column: at, type: date}}
    properties: {{product: text, size: integer}}
"""
ZONES = ("Europe/Berlin", "UTC", "Australia/Lord_Howe", "America/New_York")
EVENTS = ("viewed", "bought", "returned", "rang")
TABLES = ("views", "sales", "returns", "rings")
CHANGES = (
    datetime(2025, 3, 30, 2, 0),
    datetime(2024, 10, 27, 2, 0),
    datetime(2025, 4, 6, 2, 0),
    datetime(2025, 2, 28, 12, 0),
    datetime(2024, 1, 31, 12, 0),
)


def world_in(zone: str) -> World:
    source = Source(_CATALOG.format(zone=zone), "catalog.yaml")
    report = Report(source)
    catalog = read_catalog(source, report)
    assert catalog is not None, report.diagnostics
    return bind(catalog, report)


class Grower:
    """Grows rules and rows around one moment."""

    def __init__(self, chance: Random, zone: str) -> None:
        self.chance = chance
        self.zone = ZoneInfo(zone)
        self.start = chance.choice(CHANGES)
        hours = chance.choice((1, 24, 30, 24 * 32, 24 * 400))
        moment = self.start.replace(tzinfo=self.zone).astimezone(UTC)
        self.as_of = moment + timedelta(hours=hours)

    def sequence(self) -> mdl.Sequence:
        steps = [self.step(0)]
        many = self.chance.choice((1, 1, 1, 2, 2, 3))
        for number in range(1, many + 1):
            steps.append(self.step(number, absent=number == many and self.one_in(3)))
        return mdl.Sequence(tuple(steps))

    def one_in(self, number: int) -> bool:
        return self.chance.randrange(number) == 0

    def step(self, number: int, absent: bool = False) -> mdl.Step:
        selection = self.selection()
        if number == 0:
            single = self.chance.choice((None, None, None, "first", "last"))
            return mdl.Step(selection, single=single)
        gap = None
        if self.one_in(2):
            unit = self.chance.choice(("second", "hour", "day", "day", "week", "month"))
            gap = mdl.Gap(self.chance.choice((1, 1, 2, 24)), unit)
        without = ()
        if not absent and self.one_in(3):
            without = tuple(
                mdl.Without(self.selection(), self.ties())
                for _ in range(self.chance.choice((1, 1, 2)))
            )
        return mdl.Step(
            selection, gap=gap, absent=absent, same=self.ties(), without=without
        )

    def ties(self) -> tuple[mdl.Tie, ...]:
        if self.one_in(3):
            return self.chance.choice(
                (
                    (("product", "product"),),
                    (("size", "size"),),
                    (("product", "product"), ("size", "size")),
                )
            )
        return ()

    def selection(self) -> mdl.Selection:
        event = self.chance.choice(EVENTS)
        test = None
        if self.one_in(3):
            product = mdl.Property("product", TEXT)
            wanted = mdl.Constant(self.chance.choice("ab"), TEXT)
            test = mdl.Compare(self.chance.choice(("=", "!=")), product, wanted)
        windows: tuple[mdl.Window, ...] = ()
        if self.one_in(4):
            windows = (mdl.Rolling(-self.chance.choice((1, 2, 30)), 0, "day"),)
        return mdl.Selection(event, test, windows)

    # ---- rows

    def moments(self) -> Iterator[datetime]:
        base = self.start.replace(tzinfo=self.zone).astimezone(UTC)
        for hours in (0, 1, 2, 24, 25, 23, 48, 24 * 7, 24 * 28, 24 * 31, -1, -24):
            for micros in (0, 0, 1, -1, 1_000_000):
                moment = base + timedelta(hours=hours, microseconds=micros)
                yield moment
                wall = moment.astimezone(self.zone).replace(tzinfo=None, fold=0)
                yield (
                    (wall + timedelta(days=1)).replace(tzinfo=self.zone).astimezone(UTC)
                )

    def tables(self, people: int) -> dict[str, list[dict[str, Any]]]:
        moments = list(self.moments())
        few = self.chance.sample(moments, self.chance.choice((4, 8, 30)))
        found: dict[str, list[dict[str, Any]]] = {
            "customers": [
                {
                    "id": key,
                    "city": self.chance.choice(("a", "b", "", None)),
                    "wealth": self.chance.choice(
                        (None, 0, 1, 1, 2, Decimal("2.5"), -1)
                    ),
                    "score": self.chance.choice(
                        (None, 0.0, -0.0, 0.1, float("nan"), 1e300)
                    ),
                }
                for key in range(people)
            ]
        }
        for number, table in enumerate(TABLES):
            rows = []
            for index in range(self.chance.choice((1, 2, 4)) * people):
                moment = self.chance.choice(few)
                at: Any = moment
                if number in (0, 2):
                    zone = UTC if number == 0 else self.zone
                    at = moment.astimezone(zone).replace(tzinfo=None, fold=0)
                elif number == 3:
                    at = moment.astimezone(self.zone).date()
                rows.append(
                    {
                        "id": index,
                        "token": self.chance.choice((None, index, 1)),
                        "customer": self.chance.randrange(people + 1),
                        "at": None if self.one_in(20) else at,
                        "product": self.chance.choice(("a", "a", "b", "", None)),
                        "size": self.chance.choice((None, 1, 1, 2)),
                    }
                )
            found[table] = rows
        return found


def agree(
    world: World, rules: list[mdl.Rule], tables: dict[str, Any], as_of: datetime
) -> None:
    """Both find the same customers, for each rule and for its opposite."""
    connection = warehouse_of(world.catalog, tables)
    for rule in rules:
        for each in (rule, mdl.Not(rule), mdl.Or((rule, mdl.Not(mdl.TRUE)))):
            wanted = evaluate(each, world, tables, as_of)
            plan = build({"r": each}, world, as_of)
            texts = [members(plan, plan.segments[0])]
            if each is rule:
                # The form for engines that lack what DuckDB has.
                plain = lower(plan, plan.segments[0], Facts())
                texts.append(text(plain, "duckdb", False))
            for sql in texts:
                found = _found(connection, sql)
                assert found == wanted, (each, as_of, sorted(found ^ wanted), sql)


def _found(connection: duckdb.DuckDBPyConnection, text: str) -> set[Any]:
    try:
        keys = connection.execute(text).fetchall()
    except duckdb.Error as error:  # pragma: no cover - shows the query
        raise AssertionError(text) from error
    assert len(keys) == len(set(keys)), text
    return {key for (key,) in keys}


@pytest.mark.parametrize("seed", range(16))
def test_sequences(seed: int) -> None:
    chance = Random(seed)
    zone = ZONES[seed % len(ZONES)]
    grower = Grower(chance, zone)
    rules: list[mdl.Rule] = [grower.sequence() for _ in range(12)]
    rules.append(mdl.And((rules[0], rules[1])))
    rules.append(mdl.Or((rules[2], mdl.Not(rules[3]))))
    rules.append(mdl.AtLeast(1, 2, tuple(rules[4:7])))
    agree(world_in(zone), rules, grower.tables(people=25), grower.as_of)


# ---- ranks and positions


def _amount(chance: Random) -> mdl.Value:
    wealth = mdl.Attribute("wealth", Exact(6, 2))
    event = mdl.Selection(chance.choice(EVENTS[:3]))
    count = mdl.Aggregate("count", event, None, Exact(18, 0))
    value = mdl.Property("size", Exact(6, 2))
    total = mdl.Aggregate("sum", mdl.Selection("bought"), value, Exact(16, 2))
    return chance.choice((wealth, count, total))


def _ranked(chance: Random) -> mdl.Ranked:
    percent = chance.randrange(2) == 0
    amount: Any = chance.choice((1, 2, 3, 10, 40))
    if percent:
        amount = chance.choice((1, 10, 33, 50, 100, Decimal("2.5"), Decimal("0.01")))
    city = mdl.Attribute("city", TEXT)
    among: mdl.Rule | None = None
    if chance.randrange(3) == 0:
        among = chance.choice(
            (
                mdl.Compare("=", city, mdl.Constant("a", TEXT)),
                mdl.Not(mdl.IsMissing(city)),
                mdl.Compare(
                    ">=",
                    mdl.Aggregate("count", mdl.Selection("viewed"), None, Exact(18, 0)),
                    mdl.Constant(2, Exact(18, 0)),
                ),
            )
        )
    per = city if chance.randrange(3) == 0 else None
    which = chance.choice(("top", "bottom"))
    return mdl.Ranked(which, amount, percent, _amount(chance), per, among)


def _placed(chance: Random) -> mdl.Rule:
    parts = chance.choice((4, 5, 10, 100))
    position = mdl.Position(parts, _amount(chance))
    wanted = mdl.Constant(chance.choice((1, 2, parts)), Exact(18, 0))
    return mdl.Compare(chance.choice(("=", "!=", ">=", "<")), position, wanted)


@pytest.mark.parametrize("seed", range(12))
def test_ranks_and_positions(seed: int) -> None:
    chance = Random(seed)
    grower = Grower(chance, "Europe/Berlin")
    rules: list[mdl.Rule] = [_ranked(chance) for _ in range(8)]
    rules += [_placed(chance) for _ in range(8)]
    city = mdl.Compare("=", mdl.Attribute("city", TEXT), mdl.Constant("a", TEXT))
    rules.append(mdl.And((rules[0], city, rules[-1])))
    rules.append(mdl.And((rules[-1], rules[-2])))
    rules.append(mdl.Or((rules[1], mdl.And((rules[-2], city)))))
    rules.append(mdl.And((rules[-3], grower.sequence(), city)))
    agree(world_in("Europe/Berlin"), rules, grower.tables(people=25), grower.as_of)
