"""What reasoning says of random rules is held against random customers.

    SEGQL_PROFILE=deep pytest tests/test_reason.py

asks many more; `python tests/bench/decided.py` tells what share is decided, and why
the rest is not.
"""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from random_claims import (
    Crowd,
    Grown,
    bare,
    crowd,
    grown,
    pairs,
    rules_of,
    windowed,
    wrong,
)
from random_worlds import world as world_of

from segql.diagnostics import Report
from segql.model import nodes as mdl
from segql.reason.ask import Impossible, Unsure, ask
from segql.reason.claims import CLAIMS, Proved, Refuted, members, prove
from segql.reason.doubts import doubts
from segql.reason.witness import Witness
from segql.source import Source, Span

SHALLOW = settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
DEEP = settings(SHALLOW, max_examples=20_000, derandomize=False)
chosen = DEEP if os.environ.get("SEGQL_PROFILE") == "deep" else SHALLOW
SEEDS = st.integers(0, 10**9)
WORK = 300_000
"""Less thought than `prove` takes: what is sure must be so, however little it is."""


def held(made: Grown, seed: int, always: bool, most: int) -> None:
    """Asks about some pairs of rules, and tries to show each answer wrong."""
    some = crowd(made, seed, 8 if always else 3, always)
    asked = list(pairs(made.rules))
    Random(seed).shuffle(asked)
    for wishes in asked[:most]:
        as_of = None if always else made.as_of
        answer = ask(wishes, bare(made.number), as_of, work=WORK)
        found = wrong(wishes, answer, some)
        assert found is None, f"{answer}, but {found}\n{made.shown(wishes)}"


@chosen
@given(SEEDS)
def test_random_rules_at_one_instant(seed: int) -> None:
    held(grown(seed, 3), seed, always=False, most=8)


@chosen
@given(SEEDS)
def test_random_rules_whenever_one_looks(seed: int) -> None:
    held(grown(seed, 3), seed, always=True, most=4)


@settings(chosen, max_examples=chosen.max_examples * 3)
@given(SEEDS)
def test_many_windows_of_one_time_whenever_one_looks(seed: int) -> None:
    held(windowed(seed, 3), seed, always=True, most=6)


@chosen
@given(SEEDS)
def test_claims(seed: int) -> None:
    """A customer who refutes a claim does, and what is proved holds for all."""
    made = windowed(seed, 2)
    if len(made.rules) < 2:
        return
    world = bare(made.number)
    some = crowd(made, seed, 4, always=False)
    for claim in CLAIMS:
        verdict = prove(claim, made.rules, world, made.as_of)
        match verdict:
            case Refuted(witness, found):
                assert found == members(made.rules, world, witness)
                assert not keeps(claim, found)
            case Proved():
                for number, asked in enumerate(some.evaluations):
                    of = [some.members(number, rule) or () for rule in made.rules]
                    for key in asked.customers:
                        here = tuple(key in each for each in of)
                        assert keeps(claim, here), (claim, made.texts)
            case _:
                pass


def keeps(claim: str, found: tuple[bool, ...]) -> bool:
    """Whether a customer who is a member of these rules keeps to a claim."""
    one, other = found[0], found[-1]
    match claim:
        case "empty":
            return not one
        case "everyone":
            return one
        case "equal":
            return one == other
        case "implies":
            return other or not one
        case "disjoint":
            return not (one and other)
        case _:
            return sum(found) == 1


@settings(chosen, max_examples=chosen.max_examples * 4)
@given(SEEDS, st.booleans())
def test_doubts(seed: int, of_times: bool) -> None:
    """What is said of a condition is so of all customers, at whatever instant."""
    made = (windowed if of_times else grown)(seed, 1)
    for rule in made.rules:
        report = Report(Source(made.texts[id(rule)]))
        doubts(rule, bare(made.number), report)
        if not report.diagnostics:
            continue
        some = crowd(made, seed, 8, always=True)
        for each in report.diagnostics:
            found = parts_at(rule, each.span)
            assert found, each
            assert any(is_so(each.code, rule, part, some) for part in found), (
                f"{each.code}: {each.message}\n{made.texts[id(rule)]}"
            )


def parts_at(rule: mdl.Rule, span: Span) -> list[mdl.Rule]:
    return [part for part in parts_of(rule) if part.span == span]


def parts_of(rule: mdl.Rule) -> list[mdl.Rule]:
    """A rule, and what `and`, `or` and `not` join in it."""
    match rule:
        case mdl.And(terms) | mdl.Or(terms):
            return [rule, *(part for term in terms for part in parts_of(term))]
        case mdl.Not(term):
            return [rule, *parts_of(term)]
        case _:
            return [rule]


def is_so(code: str, rule: mdl.Rule, part: mdl.Rule, some: Crowd) -> bool:
    """Whether a note on a part of a rule agrees with the customers."""
    for number, asked in enumerate(some.evaluations):
        everybody = frozenset(asked.customers)
        whole, alone = some.members(number, rule), some.members(number, part)
        if whole is None or alone is None:
            continue
        match code:
            case "W301":
                # The mark of two that exclude each other is on the second.
                above = [p for p in parts_of(rule) if part in terms_of(p)]
                met = [some.members(number, p) for p in (*above, part)]
                if all(each for each in met):
                    return False
            case "W302":
                if alone != everybody:
                    return False
            case _:
                less = some.members(number, without(rule, part))
                if less is not None and less != whole:
                    return False
    return True


def terms_of(rule: mdl.Rule) -> tuple[mdl.Rule, ...]:
    return rule.terms if isinstance(rule, mdl.And | mdl.Or) else ()


def without(rule: mdl.Rule, part: mdl.Rule) -> mdl.Rule:
    """A rule without a term of its `and` or `or`, wherever that stands."""
    match rule:
        case mdl.And(terms) | mdl.Or(terms):
            kept = tuple(without(each, part) for each in terms if each is not part)
            return kept[0] if len(kept) == 1 else type(rule)(kept)
        case mdl.Not(term):
            return mdl.Not(without(term, part))
        case _:
            return rule


# ---- what was once answered wrongly


WRONG = {
    "a day may begin within a few hours": ["called in last 12 hours"],
    "a month may have 31 days": [
        "distinct(bought(shipped in this month).shipped) >= 31"
    ],
    "a time that moves is compared with one that does not": [
        "birthdate before 2020-01-01",
        "renewal in last 30 days",
        "renewal < birthdate",
    ],
    "what is picked has the time of what it is picked from": [
        "last(bought).shipped in last 30 days",
        "not bought(shipped since 2020-01-01)",
    ],
    "either side of a choice may be meant": [
        "(birthdate if newsletter else renewal) in last 30 days",
        "newsletter",
        "birthdate before 2020-01-01",
    ],
    "a month may touch six weeks": [
        "weeks(bought in last 6 full weeks in last month) >= 6"
    ],
    "of dates, more than 14 days ago ends 13 days ago": [
        "raw_day in last 14 days",
        "raw_day until 2025-10-26",
    ],
    "of infinite numbers may come none": [
        "score is known and score - score is missing"
    ],
    "what is infinite both ways has no sum": ["sum(bought.weight) is missing"],
    "nor an average": ["avg(bought.weight) is missing and bought(weight is known)"],
    "the calendar's last day may be meant": ["birthdate in 9999-12-31"],
    "and its first": ["birthdate = 0001-01-01"],
}


@pytest.mark.parametrize("texts", WRONG.values(), ids=WRONG)
def test_what_was_once_said_to_be_impossible(texts: list[str]) -> None:
    wishes = [(rule, True) for rule in rules_of(0, texts)]
    assert not isinstance(ask(wishes, bare(0)), Impossible)


SURE = {
    "no such hour": ["hour of signup = 24"],
    "an hour that is skipped": ["hour of signup = 2", "signup in 2025-03-30"],
    "hours that exclude each other": ["hour of signup >= 8", "hour of signup < 6"],
    "no such day in that month": ["day of birthdate = 31", "month of birthdate = 6"],
    "no leap day in those years": [
        "day of birthdate = 29",
        "month of birthdate = 2",
        "birthdate since 2025-01-01",
        "birthdate before 2028-01-01",
    ],
    "no such weekday in that week": [
        "weekday of birthdate = 6",
        "birthdate in 2025-03-03..2025-03-07",
    ],
    "no more months than there are": [
        "months(bought in last 6 full months) > 6",
    ],
}


@pytest.mark.parametrize("texts", SURE.values(), ids=SURE)
def test_what_is_seen_to_be_impossible(texts: list[str]) -> None:
    wishes = [(rule, True) for rule in rules_of(0, texts)]
    assert isinstance(ask(wishes, bare(0)), Impossible)


def test_little_thought_gives_up_instead_of_guessing() -> None:
    kinds = set()
    for each in (grown(seed, 2) for seed in range(30)):
        for wishes in list(pairs(each.rules))[:2]:
            answer = ask(wishes, bare(each.number), each.as_of, work=1)
            if isinstance(answer, Witness):
                assert (
                    wrong(wishes, answer, Crowd(world_of(each.number), (), ())) is None
                )
            kinds.add(type(answer))
    assert Unsure in kinds
