"""Random rules on random rows: DuckDB finds the members that the reference finds.

Shallow by default; `SEGQL_PROFILE=deep` runs for long. `python tests/deep.py` does so
without Hypothesis, faster.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from differential import Case, Lab, Rules, grown, reduced, telling
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from random_moments import as_of_of
from random_worlds import WORLDS
from random_worlds import world as world_of
from warehouse_of import column_types

RULES = 16

settings.register_profile(
    "shallow",
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
settings.register_profile(
    "deep",
    parent=settings.get_profile("shallow"),
    max_examples=200_000,
    derandomize=False,
)
settings.register_profile("engines", parent=settings.get_profile("shallow"))
PROFILE = settings.get_profile(os.environ.get("SEGQL_PROFILE", "shallow"))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.connection.close()


@settings(PROFILE)
@given(
    chance=st.randoms(use_true_random=False),
    world=st.integers(0, WORLDS - 1),
    moment=st.integers(0, 2**32),
    data=st.integers(0, 2**32),
)
def test_duckdb_finds_whom_the_reference_finds(
    lab: Lab, chance: Random, world: int, moment: int, data: int
) -> None:
    as_of = as_of_of(Random(moment))
    case = telling(grown(chance, Random(data), world, as_of, RULES))
    for number, _ in list(lab.differences(case)):
        alone = Case(case.world, case.as_of, (case.rules[number],), case.tables)
        small = reduced(alone, lab.disagrees)
        raise AssertionError(f"{small}\n{list(lab.differences(small))}")


# ---- what was once answered in two ways


def frozen(*rules: Rules, world: int = 0, **tables: list[dict[str, Any]]) -> Case:
    """A case of a few cells; all others are missing."""
    catalog = world_of(world).catalog
    columns: dict[str, list[str]] = {}
    for table, column in column_types(catalog, tables):
        columns.setdefault(table, []).append(column)
    filled = {
        name: [{**dict.fromkeys(columns[name]), **row} for row in tables.get(name, ())]
        for name in columns
    }
    return Case(world, datetime(2025, 6, 1, tzinfo=UTC), rules, filled)


def profile(**parts: Any) -> str:
    return json.dumps(parts)


JSON_ROWS = [
    {"id": 1, "profile": profile(nick={"a": 1}, hobbies=["a", None, "b"], levels=[1])},
    {"id": 2, "profile": profile(nick=["a"], hobbies=[], levels=["1", "x", None])},
    {"id": 3, "profile": profile(nick="a", hobbies="a", levels=[[1]])},
    {"id": 4, "profile": profile(nick=1e2, hobbies=None, levels=[1.5])},
    {"id": 5, "profile": "{"},
    {"id": 6, "profile": None},
    {"id": 7, "profile": "[1]"},
]


FROZEN = {
    "a fixed filter with a missing value": frozen(
        Rules("visited"),
        customers=[{"id": 1}],
        **{"shop visits": [{"customer": 1, "arrived": datetime(2025, 1, 1)}]},
    ),
    "a fixed filter with a window": frozen(
        Rules("clicked"),
        customers=[{"id": 1}],
        clicks=[{"user_id": 1, "at": "2025-01-01T00:00Z"}],
    ),
    "lists and objects in JSON": frozen(
        *map(
            Rules,
            (
                "hobbies is known",
                'hobbies has "a"',
                "size(hobbies) = 0",
                "levels has 1",
                "levels has all of (1)",
                "size(levels) = 1",
                "levels is missing",
                "nick is missing",
                'nick <= "z"',
                'nick = "100.0"',
            ),
        ),
        customers=JSON_ROWS,
    ),
    "exact numbers in a list of doubles": frozen(
        Rules("param n: list of double = (0.1, 2)\nwhere prices has any of n"),
        Rules("param n: list of double = (0.1, 2)\nwhere prices has all of n"),
        Rules("param n: list of double = (0.1, 2)\nwhere age in n"),
        Rules("param n: list of double = (0.1, 2)\nwhere income in n"),
        Rules("param n: list of double = (0.1, 2)\nwhere income not in n"),
        customers=[
            {"id": 1, "prices": [Decimal("0.10")], "age": 2, "income": Decimal("0.10")},
            {"id": 2, "prices": [Decimal("0.10"), Decimal("2.00")], "age": 3},
            {"id": 3},
        ],
    ),
    "instants in a list, whatever the session's zone": frozen(
        Rules("logins has 2025-01-01T00:00Z"),
        Rules("logins has any of (2025-01-01T00:00Z, 2025-01-02T00:00Z)"),
        customers=[
            {"id": 1, "logins": [datetime(2025, 1, 1, tzinfo=UTC)]},
            {"id": 2, "logins": [datetime(2025, 1, 1, 5, 45, tzinfo=UTC)]},
        ],
    ),
    "a product wider than its factors": frozen(
        Rules("rating * 100000000000000000 in 100..1000"),
        Rules("rating * 100000000000000000 > 4_000"),
        world=13,
        customers=[{"id": 1, "rating": 42.666666666666664}],
    ),
    "the empty text in a field that is missing": frozen(
        Rules('viewed or tier starts with ""'),
        Rules('not (viewed or tier starts with "")'),
        world=32,
        customers=[{"id": 3}],
        loyalty=[
            {"card": {"tier": None}, "customer_id": 3},
            {"card": {"tier": "i"}},
        ],
    ),
    "an instant behind the last year": frozen(
        Rules("raw_instant is known"),
        Rules("raw_instant > 9999-12-31T00:00Z"),
        customers=[
            {"id": 1, "raw_instant": "9999-12-31T23:59-01:00"},
            {"id": 2, "raw_instant": "9998-12-31T23:59-01:00"},
        ],
    ),
    "an offset of most of a day": frozen(
        Rules("raw_instant < 2025-05-01T00:00Z"),
        Rules("raw_instant > 2025-05-01T23:00Z"),
        customers=[
            {"id": 1, "raw_instant": "2025-05-01T23:58+23:59"},
            {"id": 2, "raw_instant": "2025-05-01 00:00:59.9999999-23:01"},
            {"id": 3, "raw_instant": "2025-05-01T12:00Z"},
        ],
    ),
    "infinities that come to no number": frozen(
        *map(
            Rules,
            (
                "sum(bought.weight) > 1",
                "not sum(bought.weight) > 1",
                "sum(bought.weight) is missing",
                "-sum(bought.weight) / 2 < 1",
            ),
        ),
        customers=[{"id": 1}, {"id": 2}],
        orders=[
            {
                "order_id": 1,
                "customer_id": 1,
                "ordered_at": datetime(2025, 1, 1),
                "status": "paid",
            }
        ],
        lines=[
            {"order_id": 1, "weight": float("inf")},
            {"order_id": 1, "weight": float("-inf")},
        ],
    ),
    "sizes of lists in rows that are not there": frozen(
        *map(
            Rules,
            (
                "size(perks) = 0",
                "size(perks) != 1",
                "size(perks) in (0, 5)",
                "size(perks) >= 1",
                "-size(perks) = 0",
                "size(perks) = size(interests)",
                "bought(size(colours) = 0)",
                "bought(size(colours) < 1, size(colours) >= 0)",
                'bought(size(colours) in (0, 2) or brand = "x")',
            ),
        ),
        customers=[{"id": 1}, {"id": 2}, {"id": 3}],
        loyalty=[{"customer_id": 1, "perks": ["a"]}, {"customer_id": 2, "perks": []}],
        orders=[
            {
                "order_id": number,
                "customer_id": number,
                "ordered_at": datetime(2025, 1, 1),
                "status": "paid",
            }
            for number in (1, 2, 3)
        ],
        lines=[
            {"order_id": 1, "item": {"product": 1}},
            {"order_id": 2, "item": {"product": None}},
            {"order_id": 3, "item": {"product": 9}},
        ],
        products=[{"id": 1, "colours": ["a"]}, {"id": None, "colours": []}],
    ),
    "the last day of the calendar": frozen(
        *map(
            Rules,
            (
                "birthdate in 9999-12-31",
                "birthdate in 9999-12",
                "birthdate in 2025..9999",
                "birthdate until 9999-12-31",
                "birthdate after 9999-12-31",
                "signup = 9999-12-31",
                "signup != 9999-12-31",
                "signup <= 9999-12-31",
                "signup > 9999-12-31",
                "signup = 9999-12-31T23:59:59.999999Z",
                "signup > 9999-12-31T23:59:59.999999Z",
                "signup until 9999-12-31T23:59:59.999999Z",
                "signup after 9999-12-31T23:59:59.999999Z",
            ),
        ),
        world=2,
        customers=[
            {
                "id": 1,
                "birthdate": date(9999, 12, 31),
                "signup": datetime(9999, 12, 31, 23, 59, 59, 999999),
            },
            {"id": 2, "birthdate": date(9999, 12, 30)},
            {"id": 3, "signup": datetime(9999, 12, 30, 12)},
        ],
    ),
    "a window behind `no`, and a point among places": frozen(
        Rules("viewed then no (bought in last 7 days)"),
        Rules("not (viewed then no (bought since 2025-01-01) within 1 day)"),
        Rules("home within 25 km of any of ((52.5, 13.4), there)"),
        Rules("home within 25 km of any of ((0, -180),)"),
        customers=[
            {"id": 1, "lat": 52.57, "lon": 13.4},
            {"id": 2, "lat": 0.0, "lon": 180.0},
            {"id": 3, "lat": 52.5, "lon": 13.9},
        ],
        views=[
            {"who": number, "at": datetime(2025, 5, number, tzinfo=UTC)}
            for number in (1, 2)
        ],
        orders=[
            {
                "order_id": 1,
                "customer_id": 1,
                "ordered_at": datetime(2025, 5, 31),
                "status": "paid",
            }
        ],
        lines=[{"order_id": 1}],
    ),
    "what is of everyone, inside the test of an element": frozen(
        *map(
            Rules,
            (
                'interests has (= ("a" if top 1 by age else "b"))',
                'not interests has (= ("a" if top 1 by age else "b"))',
                'interests has (= ("a" if bought then bought else "b"))',
                "sizes has (= (1 if top 1 by age or bought then bought else 2) or = 5)",
            ),
        ),
        customers=[
            {"id": 1, "age": 5, "interests": ["a"], "sizes": [1]},
            {"id": 2, "age": 3, "interests": ["b"], "sizes": [5]},
            {"id": 3, "age": 3, "interests": ["a"]},
        ],
    ),
    "numbers that no type of the engine holds": frozen(
        *map(
            Rules,
            (
                f"sizes has {10**50}",
                f"sizes has any of (1, {10**50})",
                f"sizes has all of (1, {10**50})",
                "prices has 1.505",
                "not prices has 1.505",
                f"{10**50} = {10**50}",
                f"not {10**50} in (1, {10**50})",
                f"-({10**50}) < age",
            ),
        ),
        customers=[
            {"id": 1, "sizes": [1, None], "prices": [Decimal("1.50")], "age": 1}
        ],
    ),
    "the last event by what is joined to it": frozen(
        *map(
            Rules,
            (
                'last(bought).category = "a"',
                'not last(bought).category = "a"',
                'first(bought).category ends with "b"',
                'last(bought).category = "a" and age > 3',
            ),
        ),
        customers=[{"id": 1, "age": 5}, {"id": 2, "age": 3}, {"id": 3, "age": 4}],
        orders=[
            {
                "order_id": number,
                "customer_id": customer,
                "ordered_at": datetime(2025, 5, day),
                "status": "paid",
            }
            for number, customer, day in ((1, 1, 1), (2, 1, 2), (3, 2, 1), (4, 2, 1))
        ],
        lines=[
            {"order_id": number, "item": {"product": product}}
            for number, product in ((1, 2), (2, 1), (3, 1), (4, 2))
        ],
        products=[{"id": 1, "category": "a"}, {"id": 2, "category": "b"}],
    ),
    "many events in each of many sets": frozen(
        Rules(" and ".join(f"bought(amount != {n})" for n in range(12))),
        Rules(" and ".join(f"bought(amount != {n})" for n in range(12, 0, -1))),
        customers=[{"id": 1}],
        orders=[
            {
                "order_id": 1,
                "customer_id": 1,
                "ordered_at": datetime(2025, 5, 1),
                "status": "paid",
            }
        ],
        lines=[{"order_id": 1, "amount": Decimal(n)} for n in [1] * 20 + [20]],
    ),
}


@pytest.mark.parametrize("name", FROZEN)
def test_what_was_once_answered_in_two_ways(lab: Lab, name: str) -> None:
    assert not list(lab.differences(FROZEN[name]))


# ---- at the limits


def nested(many: int, rule: str, term: str) -> str:
    """A rule in so many parentheses, each with `and` or `or` and a further term."""
    for number in range(many):
        word = "and" if number % 2 else "or"
        rule = f"({rule}) {word} {term.replace('#', str(number))}"
    return rule


LARGE = {
    "nested attributes": nested(98, "newsletter", "age = #"),
    "nested sets": nested(98, "viewed", "bought(amount > #)"),
    "nested counts": nested(98, "viewed", "bought(amount > #) >= 2"),
    "nested figures": nested(98, "viewed", "bought(amount > #) >= age"),
    "nested negations": nested(49, "viewed", "not (viewed(seconds > #) < 3 or called)"),
    "negations nested": f"{'not (viewed and ' * 49}called{')' * 49}",
    "nested in an event": f"bought({nested(98, 'gift', 'amount > #')})",
    "many sets": " and ".join(f"bought(amount > {n})" for n in range(300)),
    "any of many sets": " or ".join(f"bought(amount > {n})" for n in range(300)),
    "many attributes": " and ".join(f"age != {n}" for n in range(500)),
    "a long list": f"age in ({', '.join(map(str, range(2, 5000)))})",
    "a long list of texts": "größe in ({})".format(
        ", ".join(f'"text {number}"' for number in range(3000))
    ),
    "a long sum": " + ".join(["score"] * 90) + " > 1",
    "a long quotient": " / ".join(f"bought(amount > {n})" for n in range(60)) + " > 1",
    "minus": "-(" * 90 + "score" + ")" * 90 + " > 1",
}


def large(name: str) -> Case:
    """A large rule with rows for it."""
    rows = {
        "customers": [{"id": 1, "age": 3, "score": 2.0, "newsletter": True}, {"id": 2}],
        "views": [{"who": 1, "at": datetime(2025, 1, 1, tzinfo=UTC), "seconds": 7}],
        "lines": [{"order_id": 1, "amount": Decimal(n)} for n in (50, 250)],
        "orders": [
            {
                "order_id": 1,
                "customer_id": 1,
                "ordered_at": datetime(2025, 1, 1),
                "status": "paid",
            }
        ],
    }
    return frozen(Rules(LARGE[name]), **rows)


@pytest.mark.parametrize("name", LARGE)
def test_large_rules_are_compiled_and_answered(lab: Lab, name: str) -> None:
    assert not list(lab.differences(large(name)))
