"""What Z3 adds to `segql prove`: more is decided, none of it wrongly."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from segql.catalog.read import read_catalog
from segql.diagnostics import Report, render
from segql.library import Library
from segql.model import nodes as mdl
from segql.model.bind import bind
from segql.model.examples import Example, Happening
from segql.model.world import World
from segql.reason.ask import Impossible, Unsure, ask, has_solver
from segql.reason.claims import Claim, Proved, Refuted, Unknown, prove
from segql.reason.witness import Witness
from segql.reference import Evaluation
from segql.reference.made import made_up
from segql.source import Source

PAGES = Path(__file__).parent / "spec"
AS_OF = datetime(2026, 7, 1, 10, tzinfo=UTC)
needs_solver = pytest.mark.skipif(
    not has_solver(), reason="not run: z3-solver is not installed"
)

PROVED: list[tuple[Claim, str]] = [
    ("empty", "income / balance > 3 and income / balance < 2"),
    ("implies", "income / balance > 2 and balance > 1 | income > 2"),
    ("empty", "income * balance < 0 and income > 0 and balance > 0"),
    ("implies", "income * balance > 100 and income > 0 and balance < 10 | income > 10"),
    ("empty", "age * age = 2"),
    ("empty", "age * age < 0"),
    ("everyone", "age * age >= 0 or age is missing"),
    ("empty", "age * income > 100 and age * income < 50"),
    ("implies", "age * bought > 10 | bought >= 1"),
    (
        "implies",
        "(income if newsletter else balance) * 2 > 10 | income > 5 or balance > 5",
    ),
    (
        "empty",
        "(income if age > 3 else balance) * 2 > 10 and income < 5 and balance < 5",
    ),
    ("empty", "rating * 2 > 10 and rating < 5"),
    ("implies", "rating + income > 100 and income < 50 | rating > 50"),
    ("implies", "rating * rating > 4 and rating > 0 | rating >= 2"),
    ("empty", "rating / age > 3 and rating / age < 2"),
    (
        "empty",
        "rating / income / balance > 3 and rating / income / balance * age < 2 "
        "and age > 1",
    ),
    ("implies", "income / age > 2 and signup in last 30 days | income > 0 or age < 0"),
    ("empty", "last(bought).price * age > 100 and last(bought).price * age < 10"),
    ("implies", "avg(bought.price) * 2 > 100 | avg(bought.price) > 50"),
    ("implies", "income / 3 > 1.1 | income > 3.3"),
    ("implies", "income / 3 >= 1.1 | income >= 3.3"),
    ("empty", "age / 3 = 0.333333333333333"),
    ("equal", "income / 100 = 0.07 | income = 7"),
    (
        "partition",
        "income * age > 5 | income * age <= 5 | income is missing or age is missing",
    ),
    (
        "partition",
        "income / age > 5 | income / age <= 5 | income is missing or age is "
        "missing or age = 0",
    ),
    ("empty", 'city = billing_city and city = "Berlin" and billing_city = "Hamburg"'),
    (
        "empty",
        'city = billing_city and city starts with "A" and billing_city starts with "B"',
    ),
    ("empty", "city < billing_city and billing_city < city"),
    ("implies", "city = email and email = phone | city = phone"),
    ("equal", "city = billing_city | billing_city = city"),
    ("empty", "bought(price * quantity > 100 and price * quantity < 50)"),
    ("implies", "bought(price * quantity > 100) | bought(price * quantity > 50)"),
    (
        "implies",
        "bought(price * quantity > 100) >= 3 | bought(price * quantity > 50) >= 2",
    ),
    ("implies", "bought(price / quantity > 2 and quantity > 0) | bought(price > 2)"),
    ("empty", "max(bought(price * price < 0).price) > 3"),
    ("implies", 'bought(category = brand and category = "a") | bought(brand = "a")'),
    ("empty", "newsletter = female and newsletter and not female"),
]

REFUTED: list[tuple[Claim, str]] = [
    ("implies", "income * balance > 100 | income > 10"),
    ("empty", "age * age = 1369 and age > 0"),
    ("empty", "age / 3 = 0.3333333333333333"),
    ("empty", "age * income = 391 and age > 1 and income > 1 and income < 20"),
    ("equal", "income / balance > 2 | income > 2 * balance"),
    ("implies", "rating * rating > 4 | rating > 2"),
    ("disjoint", "income * age > 100 | income + age < 30"),
    (
        "empty",
        "(income if newsletter else balance) * age = 77 and age > 1 and not newsletter",
    ),
    (
        "partition",
        "income / age > 5 | income / age <= 5 | income is missing or age is missing",
    ),
]

OPEN: list[tuple[Claim, str]] = [
    (
        "empty",
        "bought * bought * bought + viewed * viewed * viewed = called * called "
        "* called and bought > 0 and viewed > 0 and called > 0",
    ),
    (
        "empty",
        "age * bought + viewed * called = 991 and age * viewed - bought * "
        "called = 1009 and age > 20 and viewed > 30",
    ),
]


@cache
def library() -> Library:
    report = Report()
    source = Source((PAGES / "catalog.yaml").read_text("utf-8"), "catalog.yaml")
    catalog = read_catalog(source, report)
    assert catalog is not None
    world = bind(catalog, report)
    assert world is not None
    return Library(world, PAGES)


def world() -> World:
    return library().world


def rules(texts: str) -> list[mdl.Rule]:
    found = []
    for text in texts.split(" | "):
        checked = library().check(Source(text.strip()), "rule")
        assert checked.report.ok, "\n".join(map(render, checked.report.diagnostics))
        found.append(checked.rule)
    return found


@needs_solver
@pytest.mark.parametrize(("claim", "texts"), PROVED)
def test_more_is_proved(claim: Claim, texts: str) -> None:
    assert isinstance(prove(claim, rules(texts), world()), Proved)


def test_most_of_it_is_unknown_without() -> None:
    """Nothing is refuted there; a table of what is known anyway would tell nothing."""
    found = [
        prove(claim, rules(texts), world(), solver=False) for claim, texts in PROVED
    ]
    assert not any(isinstance(each, Refuted) for each in found)
    assert sum(isinstance(each, Unknown) for each in found) >= 25


@needs_solver
@pytest.mark.parametrize(("claim", "texts"), REFUTED)
def test_more_is_refuted(claim: Claim, texts: str) -> None:
    asked = rules(texts)
    found = prove(claim, asked, world())
    assert isinstance(found, Refuted)
    made = made_up(world(), found.witness.all, found.witness.as_of)
    evaluation = Evaluation(made.world, made.tables, found.witness.as_of)
    truths = tuple(evaluation.truth(rule, found.witness.key) for rule in asked)
    assert truths == found.members


@needs_solver
@pytest.mark.parametrize(("claim", "texts"), OPEN)
def test_what_is_hard_stays_open_each_time(claim: Claim, texts: str) -> None:
    """It gives up by what it counts, so it says the same each time."""
    answers = [prove(claim, rules(texts), world()) for _ in range(2)]
    assert answers[0] == answers[1]
    assert isinstance(answers[0], Unknown)


# ---- random arithmetic

NUMBERS = ("age", "income", "balance", "rating", "age", "income")
LIMITS = ("0", "1", "2", "3", "5", "-1", "0.1", "0.3", "3.3", "0.07", "1.1")
VALUES: dict[str, tuple[Any, ...]] = {
    "age": (None, -3, -1, 0, 1, 2, 3, 5, 7, 2**53 + 1),
    "income": tuple(
        None if each is None else Decimal(each)
        for each in (None, "-1.00", "0.00", "0.07", "0.10", "1.10", "3.30", "7.00")
    ),
    "balance": tuple(
        None if each is None else Decimal(each)
        for each in (None, "-2.50", "0.00", "0.01", "1.00", "2.00", "3.00", "3.31")
    ),
    "rating": (
        None, -0.0, 0.0, 0.1, 0.2, 0.3, 1.0, 1.1, 3.0, -2.0, 5e-324, 1e308,
        float("inf"), float("-inf"),
    ),
    "newsletter": (None, True, False),
}  # fmt: skip


class _Sums:
    """Grows texts of rules about a few numbers, or about events that have them."""

    def __init__(self, chance: Random, names: Sequence[str] = NUMBERS) -> None:
        self.chance = chance
        self.some = chance.choice
        self.names = names

    def of_events(self) -> str:
        """A rule about figures over events that pass a test."""
        amount = f"{self.some(('>=', '>=', '<', '='))} {self.chance.randrange(1, 3)}"
        some = f"bought({self.test()})"
        match self.chance.randrange(4):
            case 0:
                return f"sum({some}.price) {amount}"
            case 1:
                return f"{self.some(('max', 'min', 'avg'))}({some}.quantity) {amount}"
            case 2:
                return f"bought({self.test()} and {self.test()}) {amount}"
            case _:
                return f"{some} {amount}"

    def rule(self) -> str:
        match self.chance.randrange(5):
            case 0 | 1:
                return self.test()
            case 2 | 3:
                return f"{self.test()} and {self.test()}"
            case _:
                return f"({self.test()} or not {self.test()})"

    def test(self) -> str:
        operator = self.some(("=", "<", "<=", ">", ">=", ">", "<"))
        limit = self.some(LIMITS)
        match self.chance.randrange(4):
            case 0:
                return f"{self.some(self.names)} {operator} {limit}"
            case 1:
                return f"{self.term(1)} {operator} {self.term(0)}"
            case _:
                return f"{self.term(1)} {operator} {limit}"

    def term(self, deep: int) -> str:
        match self.chance.randrange(8):
            case 0 if self.names == NUMBERS:
                one, other = self.some(self.names), self.some(self.names)
                return f"({one} if newsletter else {other}) * 2"
            case 1 if deep:
                return f"({self.term(0)}) {self.some('+-*/')} {self.some(self.names)}"
            case 2:
                return (
                    f"{self.some(self.names)} {self.some('*/')} {self.some(LIMITS[1:])}"
                )
            case _:
                one, other = self.some(self.names), self.some(self.names)
                return f"{one} {self.some('+-*/*/')} {other}"


def some_rules(
    seed: int, many: int, events: bool = False
) -> list[tuple[str, mdl.Rule]]:
    chance = Random(seed)
    found = []
    while len(found) < many:
        if events:
            text = _Sums(chance, ("price", "quantity")).of_events()
        else:
            text = _Sums(chance).rule()
        checked = library().check(Source(text), "rule")
        if checked.report.ok:
            found.append((text, checked.rule))
    return found


@cache
def crowd() -> Evaluation:
    """Many customers with small numbers, which often meet where doubles round."""
    data = Random(7)
    people = []
    for _ in range(1500):
        values = {name: data.choice(some) for name, some in VALUES.items()}
        known = {name: value for name, value in values.items() if value is not None}
        events = tuple(
            Happening(
                "bought",
                AS_OF - timedelta(days=number + 1),
                {
                    "price": data.choice(VALUES["income"][1:]),
                    "quantity": data.choice(VALUES["age"][1:9]),
                },
                (),
            )
            for number in range(data.choice((0, 1, 1, 2, 3)))
        )
        people.append(Example(None, True, None, known, events))
    made = made_up(world(), people, AS_OF)
    return Evaluation(made.world, made.tables, AS_OF)


def wishes_of(some: Sequence[mdl.Rule]) -> Iterator[list[tuple[mdl.Rule, bool]]]:
    one, other = some
    yield [(one, True)]
    yield [(one, False)]
    yield [(one, True), (other, True)]
    yield [(one, True), (other, False)]
    yield [(one, False), (other, False)]


@needs_solver
@pytest.mark.parametrize("events", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_random_arithmetic(seed: int, events: bool) -> None:
    """Nobody is as wished where that was called impossible; who was found is so."""
    found = some_rules(seed, 2, events)
    said = "\n".join(text for text, _ in found)
    asked = crowd()
    for wishes in wishes_of([rule for _, rule in found]):
        answer = ask(wishes, world(), solver=True)
        match answer:
            case Impossible():
                for key in asked.customers:
                    so = all(asked.truth(rule, key) == wish for rule, wish in wishes)
                    assert not so, f"{key}: {[w for _, w in wishes]}\n{said}"
            case Witness():
                made = made_up(world(), answer.all, answer.as_of)
                again = Evaluation(made.world, made.tables, answer.as_of)
                for rule, wish in wishes:
                    assert again.truth(rule, answer.key) == wish, said
            case Unsure(why):
                assert why


@needs_solver
def test_random_arithmetic_is_mostly_decided() -> None:
    answers = []
    for seed in range(100, 115):
        for wishes in wishes_of([rule for _, rule in some_rules(seed, 2)]):
            answers.append(ask(wishes, world(), solver=True))
    decided = [each for each in answers if not isinstance(each, Unsure)]
    assert any(isinstance(each, Impossible) for each in decided)
    assert any(isinstance(each, Witness) for each in decided)
    assert len(decided) >= 0.9 * len(answers)


# ---- what has no part in it


def test_check_says_the_same_without_it() -> None:
    """What is found in a rule never depends on what is installed."""
    texts = [text for _, some in PROVED for text in some.split(" | ")]
    shown = [shown_of(text) for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "z3", None)
        patch.delitem(sys.modules, "segql.reason.solver", raising=False)
        patch.delitem(sys.modules, "segql.reason.solver_terms", raising=False)
        assert not has_solver()
        assert [shown_of(text) for text in texts] == shown


def shown_of(text: str) -> list[str]:
    checked = library().check(Source(text), "rule")
    return [render(each) for each in checked.report.diagnostics]


def test_check_does_not_import_it() -> None:
    script = (
        "import sys, test_reason_solver as t\n"
        "for _, some in t.PROVED:\n"
        "    for text in some.split(' | '):\n"
        "        t.shown_of(text)\n"
        "print('z3' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == "False\n"


def test_without_it_the_answer_says_what_would_help(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    found = prove("empty", rules("age * age < 0"), world())
    assert isinstance(found, Unknown)
    assert any("pip install 'segql[prove]'" in each for each in found.why)
    found = prove("empty", rules("top 5 by age and age < 3"), world())
    assert not (
        isinstance(found, Unknown) and any("pip install" in each for each in found.why)
    )
