"""Claims about rules of the example shop, as people who keep segments ask them."""

from functools import cache
from pathlib import Path

import pytest

from segql.catalog.read import read_catalog
from segql.diagnostics import Report
from segql.library import Library
from segql.model import nodes as mdl
from segql.model.bind import bind
from segql.model.world import World
from segql.reason.claims import Claim, Proved, Refuted, Unknown, members, prove
from segql.source import Source

SHOP = Path(__file__).parents[1] / "examples/shop"

HOLDS, NOT, OPEN = Proved, Refuted, Unknown

CLAIMS: list[tuple[type, Claim, tuple[str, ...]]] = [
    # ---- empty: nobody can be in it
    (HOLDS, "empty", ("age > 40 and age < 30",)),
    (HOLDS, "empty", ('city = "Berlin" and city = "Hamburg"',)),
    (HOLDS, "empty", ('city = "Paris"',)),
    (HOLDS, "empty", ('bought("sport") and not bought',)),
    (
        HOLDS,
        "empty",
        ("bought >= 3 and in segment never_bought",),
    ),
    (HOLDS, "empty", ("bought in last 30 days and not bought in last 90 days",)),
    (HOLDS, "empty", ("last(bought).time in last 30 days and not bought",)),
    (HOLDS, "empty", ("days(bought in last 7 days) > 8",)),
    (HOLDS, "empty", ("distinct(bought.category) > 8",)),
    (HOLDS, "empty", ("avg(bought.price) > 100 and max(bought.price) < 50",)),
    (HOLDS, "empty", ('email ends with ".de" and email ends with ".com"',)),
    (HOLDS, "empty", ('postcode matches "[0-9]{5}" and postcode starts with "D"',)),
    (HOLDS, "empty", ("month of birthdate = 2 and day of birthdate = 30",)),
    (HOLDS, "empty", ("years since birthdate >= 18 and birthdate in last 17 years",)),
    (HOLDS, "empty", ('interests has "yoga" and size(interests) = 0',)),
    (HOLDS, "empty", ('sample 10% seed "a" and sample 50%..60% seed "a"',)),
    (NOT, "empty", ('sample 10% seed "a" and sample 50%..60% seed "b"',)),
    (NOT, "empty", ("bought in last 90 days and not bought in last 30 days",)),
    (OPEN, "empty", ("days(bought in last 7 days) = 8",)),
    (NOT, "empty", ("month of birthdate = 2 and day of birthdate = 29",)),
    (NOT, "empty", ("viewed then bought within 7 days",)),
    (NOT, "empty", ("top 10% by sum(bought.amount) and bought < 3",)),
    # ---- everyone: nobody is left out
    (HOLDS, "everyone", ("age < 18 or age >= 18 or age is missing",)),
    (HOLDS, "everyone", ("bought or not bought",)),
    (HOLDS, "everyone", ("sum(bought.quantity) > 0 or sum(bought.quantity) <= 0",)),
    (HOLDS, "everyone", ('city != "Berlin" or city != "Hamburg"',)),
    (NOT, "everyone", ("age < 18 or age >= 18",)),
    (NOT, "everyone", ("bought >= 0 and newsletter",)),
    (NOT, "everyone", ('gender in ("female", "male", "diverse")',)),
    # ---- implies: the first is a part of the second
    (HOLDS, "implies", ("age 30..40", "age 18..65")),
    (HOLDS, "implies", ("bought in last 30 days", "bought in last 90 days")),
    (HOLDS, "implies", ('bought("sport") >= 3', "bought >= 2")),
    (HOLDS, "implies", ("bought(price > 100)", "max(bought.price) > 50")),
    (HOLDS, "implies", ("sum(bought.quantity) >= 1", "bought")),
    (HOLDS, "implies", ('city = "Köln"', 'city in ("Köln", "Bremen")')),
    (HOLDS, "implies", ('email ends with "@gmx.de"', 'email contains "gmx"')),
    (HOLDS, "implies", ('email contains "gmx"', 'email contains "GMX" ignoring case')),
    (
        HOLDS,
        "implies",
        ("customer_since in last month", "customer_since before 2999-01-01"),
    ),
    (HOLDS, "implies", ("days since last(bought) > 90", "bought")),
    (HOLDS, "implies", ("days since last(bought) > 90", "not bought in last 30 days")),
    (HOLDS, "implies", ("viewed then bought", "viewed and bought")),
    (HOLDS, "implies", ("top 10 by age", "age is known")),
    (HOLDS, "implies", ("age > 30", "age is known")),
    (HOLDS, "implies", ("in segment lifecycle.new", "not in segment lifecycle.lapsed")),
    (NOT, "implies", ("bought in last 90 days", "bought in last 30 days")),
    (NOT, "implies", ("bought >= 3", 'bought("sport") >= 3')),
    (NOT, "implies", ("not bought in last 30 days", "not bought in last 90 days")),
    (
        NOT,
        "implies",
        ("customer_since in last 30 days", "customer_since in this month"),
    ),
    (NOT, "implies", ("not age > 30", "age <= 30")),
    (NOT, "implies", ("viewed and bought", "viewed then bought")),
    # ---- equal: the same members
    (HOLDS, "equal", ("not (age > 30)", "age <= 30 or age is missing")),
    (HOLDS, "equal", ("bought = 0", "not bought")),
    (HOLDS, "equal", ("age 25..34", "age >= 25 and age <= 34")),
    (
        HOLDS,
        "equal",
        ("newsletter and not (age < 18)", "not (not newsletter or age < 18)"),
    ),
    (HOLDS, "equal", ("days since last(bought) >= 91", "days since last(bought) > 90")),
    (NOT, "equal", ("age > 30", "not (age <= 30)")),
    (NOT, "equal", ("customer_since in last month", "customer_since in last 1 months")),
    (
        NOT,
        "equal",
        ("days since customer_since > 90", "customer_since more than 90 days ago"),
    ),
    (
        NOT,
        "equal",
        (
            "bought(price > 50, quantity > 1)",
            "bought(price > 50) and bought(quantity > 1)",
        ),
    ),
    # ---- disjoint: nobody is in both
    (HOLDS, "disjoint", ("age < 30", "age >= 30")),
    (
        HOLDS,
        "disjoint",
        ("customer_since in this month", "customer_since in last month"),
    ),
    (
        HOLDS,
        "disjoint",
        ("bought in last 30 days", "bought and not bought in last 60 days"),
    ),
    (HOLDS, "disjoint", ("birthdate in 1990", "birthdate since 2000-01-01")),
    (
        NOT,
        "disjoint",
        ("customer_since in last 30 days", "customer_since in last month"),
    ),
    (NOT, "disjoint", ('interests has "yoga"', 'interests has "running"')),
    (NOT, "disjoint", ("in segment big_spenders", "in segment lapsed_customers")),
    # ---- partition: each customer is in exactly one
    (HOLDS, "partition", ("bought = 0", "bought 1..2", "bought >= 3")),
    (HOLDS, "partition", ("age < 30", "age >= 30", "age is missing")),
    (HOLDS, "partition", ('sample 0%..50% seed "x"', 'sample 50%..100% seed "x"')),
    (NOT, "partition", ("age < 30", "age >= 30")),
    (NOT, "partition", ("bought", "not bought", "newsletter")),
    # ---- what can't be shown, either way
    (OPEN, "implies", ("viewed then bought then returned", "viewed then bought")),
    (OPEN, "implies", ("top 10 by age", "top 20 by age among (age is known)")),
    (
        OPEN,
        "equal",
        (
            "anniversary of customer_since today",
            "customer_since exactly 1 year ago or anniversary of customer_since today",
        ),
    ),
]


@cache
def library() -> Library:
    path = SHOP / "catalog.yaml"
    report = Report()
    catalog = read_catalog(Source(path.read_text("utf-8"), path.name), report)
    assert catalog is not None
    world = bind(catalog, report)
    assert world is not None
    return Library.of(world, SHOP / "segments")


def rule_of(text: str) -> mdl.Rule:
    checked = library().check(Source(text), "rule")
    assert checked.rule is not None, checked.report.diagnostics
    return checked.rule


@pytest.mark.parametrize(
    ("verdict", "claim", "texts"),
    CLAIMS,
    ids=[f"{claim}: {' | '.join(texts)}" for _, claim, texts in CLAIMS],
)
def test_claim(verdict: type, claim: Claim, texts: tuple[str, ...]) -> None:
    rules = [rule_of(text) for text in texts]
    world: World = library().world
    found = prove(claim, rules, world)
    assert type(found) is verdict, found
    match found:
        case Refuted(witness, of):
            assert of == members(rules, world, witness)
        case Unknown(why):
            assert why
