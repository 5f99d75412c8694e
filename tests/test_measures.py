"""Measures over events on random rows: DuckDB finds whom the reference finds.

Every form of a measure, of a test of it and of a selection below it, at random.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from random import Random
from typing import Any

import pytest
from differential import Case, Lab, Refused, Rules, checked, clock_of, reduced
from random_cells import pools_of
from random_data import tables_of
from random_moments import as_of_of
from random_worlds import WORLDS, world
from warehouse_of import connect, warehouse_of

from segql.catalog.read import read_catalog
from segql.diagnostics import Report
from segql.model import nodes as mdl
from segql.model.bind import bind
from segql.model.windows import midnight
from segql.model.world import World
from segql.plan.build import build
from segql.reference import Evaluation, evaluate
from segql.source import Source
from segql.sql.compile import members

MANY = 400 * int(os.environ.get("SEGQL_MEASURES", "1"))

NUMBERS = {
    "bought": ("amount", "quantity", "weight", "amount * 2", "quantity + 1"),
    "viewed": ("seconds", "ratio"),
    "called": ("minutes", "cost", "cost / 3"),
    "visited": ("spent", "größe"),
    "clicked": ("position",),
    "ordered": ("total",),
    "signed": ("pages", "worth"),
    "address": ("rent",),
    "device": ("price",),
}
SCALARS = {
    "bought": ("category", "brand", "gift", "founded", "due", "status", "shipped"),
    "viewed": ("page", "again", "until_at"),
    "called": ("topic",),
    "visited": ("shop",),
    "clicked": ("link",),
    "ordered": ("channel",),
    "signed": ("wet",),
    "address": ("kind", "town", "since_day", "moved"),
    "device": ("model", "works"),
}
TEXTS = {
    "bought": "brand",
    "viewed": "page",
    "called": "topic",
    "visited": "shop",
    "clicked": "link",
    "ordered": "channel",
    "address": "town",
    "device": "model",
}
EVENTS = (
    "lines",
    "views",
    "calls",
    "shop visits",
    "clicks",
    "papers",
    "baskets",
    "basket lines",
    "parcels",
    "addresses",
    "residents",
    "devices",
)
"""Tables that may have many rows: some customers have enough events for an order."""
FACTS = ("address", "device")
TESTS = {
    "bought": ('"a"', "amount > 2", 'brand = "b" or gift', "quantity 1..3"),
    "viewed": ('"a"', "again", "seconds > 1"),
    "called": ("1", "cost > 0.5"),
    "visited": ('"a"', "spent > 1"),
    "clicked": ("position > 0", "link is known"),
    "ordered": ('"a"', "total > 1", "line", 'not line("a")', "sum(line.amount) > 3"),
    "signed": ("pages > 1", "wet"),
    "address": ('"a"', "rent > 2", "resident", "resident(age > 1) >= 2"),
    "device": ("works", "price > 1"),
}
WINDOWS = (
    "in last 30 days",
    "in last 90 days",
    "in last 6 full months",
    "in last 8 full weeks",
    "in last 3 full fiscal quarters",
    "in last 2 years",
    "in last 200 hours",
    "in this year",
    "10..400 days ago",
    "more than 5 days ago",
    "in last month",
    "in last 400 full days",
    "since 2020-01-01",
    "before 2024-06-01",
    "today",
)
PERIODS = ("days", "weeks", "months", "quarters", "years")
FULL = ("days", "weeks", "months", "quarters", "years", "fiscal quarters")
COMPARE = ("=", "!=", "<", "<=", ">", ">=")
BOUNDS = ("0", "1", "2", "3", "0.5", "2.5", "-1", "2.75")
ROWS = {
    "amount": "line",
    "quantity": "line",
    "weight": "parcel",
}


class Grower:
    """Texts of rules about measures."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.asked: list[str] = []

    def pick(self, choices: tuple[str, ...]) -> str:
        return self.chance.choice(choices)

    def rare(self, share: float) -> bool:
        return self.chance.random() < share

    def event(self, but: tuple[str, ...] = ()) -> str:
        return self.pick(tuple(name for name in NUMBERS if name not in but))

    def timely(self) -> str:
        return self.event(FACTS)

    def called(self, event: str, test: str | None = None) -> str:
        """An event with a test, perhaps."""
        if test is None and self.rare(0.25):
            test = self.pick(TESTS[event])
        elif test is None and self.rare(0.2):
            test = self.beside(event)
        return f"{event}({test})" if test else event

    def window(self, event: str) -> str:
        known = event not in FACTS and self.rare(0.4)
        return " " + self.pick(WINDOWS) if known else ""

    def selection(self, event: str, called: str = "") -> str:
        return (called or self.called(event)) + self.window(event)

    def path(self, event: str, name: str) -> str:
        """A property of a selection; a window stands behind it."""
        return f"{self.called(event)}.{name}{self.window(event)}"

    def number(self) -> str:
        """A number made of a customer's events."""
        kinds: tuple[Callable[[], str], ...] = (
            self.median,
            self.median,
            self.periods,
            self.periods,
            self.per_group,
            self.per_group,
            self.common_number,
            self.nth_number,
            self.flat,
        )
        return self.chance.choice(kinds)()

    def plain_path(self, event: str, names: tuple[str, ...]) -> str:
        name = self.pick(tuple(each for each in names if " " not in each))
        return self.path(event, name)

    def median(self) -> str:
        event = self.event()
        return f"median({self.plain_path(event, NUMBERS[event])})"

    def flat(self) -> str:
        event = self.event()
        if self.rare(0.3):
            return f"count({self.selection(event)})"
        function = self.pick(("sum", "avg", "min", "max", "distinct"))
        return f"{function}({self.plain_path(event, NUMBERS[event])})"

    def common_number(self) -> str:
        event = self.event()
        return f"most_common({self.plain_path(event, NUMBERS[event])})"

    def nth_number(self) -> str:
        event = self.timely()
        name = self.pick(tuple(n for n in NUMBERS[event] if " " not in n))
        return f"nth({self.selection(event)}, {self.chance.randint(1, 4)}).{name}"

    def periods(self) -> str:
        least = self.chance.randint(1, 3) if self.rare(0.4) else 0
        often = f", at least {least}" if least else ""
        return f"{self.pick(PERIODS)}({self.selection(self.timely())}{often})"

    def per_group(self) -> str:
        event = self.event()
        by = self.pick((*SCALARS[event], *NUMBERS[event]))
        while " " in by:
            by = self.pick((*SCALARS[event], *NUMBERS[event]))
        outer = self.pick(("max", "min", "avg", "sum", "median"))
        if self.rare(0.5):
            return f"{outer}({self.selection(event)} per {by})"
        function = self.pick(("sum", "avg", "min", "max", "median", "distinct"))
        if self.rare(0.15):
            function = "most_common"
        return f"{outer}({function}({self.plain_path(event, NUMBERS[event])}) per {by})"

    def beside(self, event: str) -> str:
        """A test of an event against its customer."""
        kinds = ["number", "number", "anchor"] if event not in FACTS else ["number"]
        if event == "ordered":
            kinds += ["rows"] * 5
        match self.chance.choice(kinds):
            case "number":
                name = self.pick(NUMBERS[event])
                return f"{name} {self.pick(COMPARE)} {self.number()}"
            case "anchor":
                other = self.timely()
                end = self.pick(("first", "last"))
                way = self.pick(("before", "after", "of"))
                count = self.chance.randint(1, 9)
                anchor = f"{end}({other}).time"
                return f"time within {count} days {way} {anchor}"
            case _:
                return self.rows()

    def rows(self) -> str:
        name = self.pick(tuple(ROWS))
        rows = ROWS[name]
        test = {
            "line": (
                "",
                '("a")',
                "(amount > 1)",
                "(amount > customer.age)",
                "(quantity > 1, amount > avg(bought.amount))",
            ),
            "parcel": ("", "(weight > 1)", "(weight < customer.income)"),
        }[rows]
        called = rows + self.pick(test)
        match self.chance.randrange(6):
            case 0:
                return called
            case 1:
                return f"not {called}"
            case 2:
                return f"{called} {self.pick(COMPARE)} {self.pick(BOUNDS)}"
            case 3:
                by = "category" if rows == "line" else "sent"
                return (
                    f"max({called} per {by}) {self.pick(COMPARE)} {self.pick(BOUNDS)}"
                )
            case _:
                function = self.pick(
                    ("sum", "avg", "min", "max", "median", "most_common", "distinct")
                )
                figure = f"{function}({called}.{name})"
                return f"{figure} {self.pick(COMPARE)} {self.pick(BOUNDS)}"

    def test(self) -> str:
        """A rule about measures."""
        kinds = (
            self.against_number,
            self.against_number,
            self.against_number,
            self.against_other,
            self.text,
            self.nth,
            self.nth_time,
            self.habit,
            self.selected,
            self.selected,
            self.known,
        )
        return self.chance.choice(kinds)()

    def against_number(self) -> str:
        return self.bounded(self.number())

    def bounded(self, number: str) -> str:
        """A number against what it is for somebody, once there are rows."""
        if self.rare(0.2):
            return f"{number} {self.pick(COMPARE)} {self.pick(BOUNDS)}"
        self.asked.append(number)
        return f"{number} {self.pick(COMPARE)} @{len(self.asked) - 1}@"

    def against_other(self) -> str:
        left, right = self.number(), self.number()
        if self.rare(0.3):
            right = "age"
        return f"{left} {self.pick(COMPARE)} {right}"

    def text(self) -> str:
        event = self.pick(tuple(TEXTS))
        value = f"most_common({self.path(event, TEXTS[event])})"
        tests = ('= "a"', '= "ab"', '!= "a"', 'in ("a", "b")', 'starts with "a"')
        return f"{value} {self.pick(tests)}"

    def nth(self) -> str:
        event = self.timely()
        while event not in TEXTS:
            event = self.timely()
        value = f"nth({self.selection(event)}, {self.chance.randint(1, 3)})"
        tests = ('= "a"', '!= "a"', 'in ("a", "b")', "is missing", 'contains "a"')
        return f"{value}.{TEXTS[event]} {self.pick(tests)}"

    def nth_time(self) -> str:
        value = f"nth({self.selection(self.timely())}, {self.chance.randint(1, 4)})"
        way = self.pick(("time", "time", "day"))
        windows = ("in last 30 days", "more than 20 days ago", "since 2024-01-01")
        return f"{value}.{way} {self.pick((*windows, 'is known', 'is missing'))}"

    def habit(self) -> str:
        count, period = self.chance.randint(2, 7), self.pick(FULL)
        called = self.called(self.timely())
        if self.rare(0.5):
            return f"{called} in each of last {count} full {period}"
        least = self.chance.randint(1, count)
        return f"{called} in at least {least} of last {count} full {period}"

    def selected(self) -> str:
        event = self.event()
        called = self.called(event, self.beside(event))
        found = called + self.window(event)
        if self.rare(0.5):
            return found
        return self.bounded(f"count({found})")

    def known(self) -> str:
        return f"{self.number()} is {self.pick(('known', 'missing'))}"

    def rule(self) -> str:
        test = self.test()
        match self.chance.randrange(8):
            case 0:
                return f"not ({test})"
            case 1:
                return f"{test} and {self.test()}"
            case 2:
                return f"({test} or {self.test()})"
            case 3:
                return f"age >= 1 and {test}"
            case 4:
                return f"not ({test}) and {self.test()} and age < 9"
            case _:
                return test


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.connection.close()


def case_of(number: int, seed: int, rules: int) -> tuple[Case, list[str]]:
    """A case of so many rules, and what is wrong with those that are refused."""
    chance = Random(seed)
    bound = world(number)
    as_of = as_of_of(chance)
    grower = Grower(chance)
    texts = [f"where {grower.rule()}" for _ in range(rules)]
    known = (_meaning(re.sub("@[0-9]+@", "1", text), bound) for text in texts)
    clock = clock_of(bound, as_of)
    pools = pools_of([rule for rule in known if isinstance(rule, mdl.Rule)], clock)
    tables = tables_of(chance, bound, clock, pools)
    for _ in range(chance.randrange(8)):
        more = tables_of(chance, bound, clock, pools)
        for name in EVENTS:
            tables[name] = tables[name] + more[name]
    for event in bound.catalog.events.values():
        if event.time is not None and event.time.join is None:
            _tie(chance, tables[event.table], event.time.path[0])
    evaluation = Evaluation(bound, tables, as_of)
    kept, refused = [], []
    for text in texts:
        made = re.sub(
            "@([0-9]+)@",
            lambda found: _somebodys(grower.asked[int(found[1])], evaluation, chance),
            text,
        )
        match _meaning(made, bound):
            case str(error):
                refused.append(error)
            case None:
                pass
            case _:
                kept.append(Rules(made))
    return Case(number, as_of, tuple(kept), tables), refused


def _meaning(text: str, bound: World) -> mdl.Rule | str | None:
    """What a text means, what is wrong with it, or None where it is too large."""
    try:
        return checked(Rules(text), bound)
    except Refused:
        return None
    except AssertionError as error:
        return str(error)


def _somebodys(text: str, evaluation: Evaluation, chance: Random) -> str:
    """What a number is for one of the customers."""
    rule = _meaning(f"where {text} = 0", evaluation.world)
    if not isinstance(rule, mdl.Compare):
        return "1"
    evaluation.touch(rule)
    found = [evaluation.value(rule.left, key) for key in sorted(evaluation.customers)]
    known = [Decimal(str(each)) for each in found if each is not None]
    finite = [each for each in known if each.is_finite() and abs(each) < 10**15]
    chosen = round(chance.choice(finite), 12) if finite else Decimal(1)
    return format(chosen.normalize(), "f") if chosen else "0"


def _tie(chance: Random, rows: list[dict[str, Any]], column: str) -> None:
    """Makes the time of some events that of others."""
    for row in rows:
        if chance.random() < 0.4:
            row[column] = chance.choice(rows)[column]


@pytest.mark.parametrize("seed", range(MANY // 10))
def test_duckdb_finds_whom_the_reference_finds(lab: Lab, seed: int) -> None:
    case, refused = case_of(seed % WORLDS, seed, 10)
    assert not refused, "\n".join(refused)
    for number, _ in list(lab.differences(case)):
        alone = Case(case.world, case.as_of, (case.rules[number],), case.tables)
        small = reduced(alone, lab.disagrees)
        raise AssertionError(f"{small}\n{list(lab.differences(small))}")


# ---- local days, where clocks change

_SHOP = """
entity:
  table: people
  key: id
  zone: {zone}
  week_starts: sunday
  fiscal_year_starts: november
attributes: {{age: integer}}
events:
  bought:
    table: lines
    customer: who
    time: {{column: at, type: timestamp, zone: UTC}}
    properties: {{price: integer}}
"""


def _agree(
    text: str, zone: str, chosen: list[tuple[datetime, ...]], *when: datetime
) -> None:
    """Each choice of moments is one customer; `when` is from where to look."""
    source = Source(_SHOP.format(zone=zone), "catalog.yaml")
    report = Report(source)
    catalog = read_catalog(source, report)
    bound = catalog and bind(catalog, report)
    assert bound is not None, report.diagnostics
    tables: dict[str, list[dict[str, Any]]] = {
        "people": [{"id": who, "age": 1} for who, _ in enumerate(chosen)],
        "lines": [
            {"who": who, "at": moment.replace(tzinfo=None), "price": 1}
            for who, moments in enumerate(chosen)
            for moment in moments
        ],
    }
    with connect("UTC") as connection:
        warehouse_of(bound.catalog, tables, connection, {})
        rule = checked(Rules(f"where {text}"), bound)
        for as_of in when:
            plan = build({"rule": rule}, bound, as_of)
            sql = members(plan, plan.segments[0])
            found = {key for (key,) in connection.execute(sql).fetchall()}
            assert found == evaluate(rule, bound, tables, as_of), sql


_BACK = datetime(2009, 11, 1, 2, 31, tzinfo=UTC)
"""In St. John's it was 23:01 again a minute after midnight, and a month began then."""
_TURNS = (
    "bought in each of last 2 full months",
    "bought in at least 1 of last 2 full months",
    "months(bought in last 2 full months) = 1",
    "months(bought in last 40 full days) = 2",
    "months(bought) = 2",
    "months(bought, at least 2) = 1",
    "weeks(bought in last 20 full weeks, at least 2) >= 1",
    "weeks(bought in last 8 full weeks) = 2",
    "days(bought in last 120 days) = 2",
    "days(bought in last 60 days) = 2 and bought(price > 0) in last 1 day = 0",
    "days(bought in last 60 days) = count(bought in last 90 days)",
    "days(bought since 2009-11-01) = 1",
    "days(bought since 2009-11-01) = 2",
    "quarters(bought) = 1",
    "days(bought in last 300 hours) = 2",
)


@pytest.mark.parametrize("text", _TURNS)
def test_a_day_that_begins_twice(text: str) -> None:
    near = [_BACK + timedelta(minutes=each) for each in (-90, -30, -1, 0, 1, 58, 60)]
    chosen = [*combinations(near, 1), *combinations(near, 2)]
    later = datetime(2009, 12, 1, 5, tzinfo=UTC), _BACK + timedelta(days=12)
    _agree(text, "America/St_Johns", chosen, *later)


_MIDNIGHTS = (
    "days(bought) = 2",
    "days(bought in last 3 years) = 2",
    "days(bought in last 100 days) = 2",
    "days(bought in last 20 years) = 1",
    "weeks(bought) = 2",
    "weeks(bought in last 2 years) = 2",
    "weeks(bought in last 10 years) = 1",
    "months(bought) = 2",
    "months(bought in last 30 full months) = 2",
    "months(bought in last 9 months, at least 2) = 1",
    "quarters(bought in last 30 years) = 2",
    "quarters(bought in last 3 years) = 2",
    "years(bought) = 2",
    "years(bought in last 50 years) = 1",
    "bought in at least 2 of last 20 full fiscal quarters",
    "bought in at least 2 of last 60 full fiscal quarters",
    "bought in at least 2 of last 3 full fiscal years",
    "bought in at least 2 of last 20 full fiscal years",
    "bought in each of last 2 full fiscal years",
)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Sao_Paulo", "Asia/Tehran"])
@pytest.mark.parametrize("text", _MIDNIGHTS)
def test_local_days(text: str, zone: str) -> None:
    chance = Random(zone)
    chosen = []
    for year in (1960, 1999, 2013, 2019, 2023, 2024):
        for month, day in ((1, 1), (3, 30), (4, 1), (8, 1), (8, 4), (11, 1), (10, 27)):
            begin = midnight(date(year, month, day), zone)
            near = [begin + timedelta(minutes=each) for each in (-61, -1, 0, 59, 1441)]
            chosen += chance.sample(list(combinations(near, 2)), 3)
    _agree(text, zone, chosen, datetime(2024, 12, 24, tzinfo=UTC))
