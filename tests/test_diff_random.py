"""Differences of random rules: what is told of them, random customers bear out."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import gettempdir

import pytest
from differential import REFUSED, clock_of
from random_cells import pools_of
from random_data import tables_of
from random_moments import as_of_of
from random_rules import Grower
from random_worlds import world as world_of

import segql
from segql.insight.diff import Side, difference
from segql.insight.diff_nodes import Difference, Nobody, Somebody
from segql.library import Library
from segql.model import nodes as mdl
from segql.model.world import World
from segql.reason.claims import members
from segql.reference import DataFault, Evaluation
from segql.source import Source
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.print_file import print_definition

SHOP = Path(__file__).parents[1] / "examples/shop"
WORLDS = 8
PAIRS = 12


@cache
def bare(number: int) -> World:
    """A world in which the catalog lists no values: random rows have any."""
    bound = world_of(number)
    attributes = {
        name: replace(each, values=())
        for name, each in bound.catalog.attributes.items()
    }
    events = {
        name: replace(
            event,
            properties={
                inner: replace(each, values=())
                for inner, each in event.properties.items()
            },
        )
        for name, event in bound.catalog.events.items()
    }
    catalog = replace(bound.catalog, attributes=attributes, events=events)
    return replace(bound, catalog=catalog)


def edited(terms: list[syn.Expr], chance: Random, grower: Grower) -> list[syn.Expr]:
    """Some terms with one taken out, put in or replaced, and perhaps moved."""
    found = list(terms)
    match chance.randrange(4):
        case 0 if len(found) > 1:
            found.pop(chance.randrange(len(found)))
        case 1:
            found.insert(chance.randrange(len(found) + 1), grower.rule(1))
        case 2:
            found[chance.randrange(len(found))] = grower.rule(1)
        case _:
            chance.shuffle(found)
    return found


def pair(chance: Random, world: World, as_of: datetime) -> tuple[str, str]:
    """The texts of a rule and of what has become of it."""
    grower = Grower(chance, world.catalog, as_of)
    terms = [grower.rule(1) for _ in range(chance.randrange(1, 5))]
    join = chance.choice((syn.And, syn.Or))
    texts = []
    for each in (terms, edited(terms, chance, grower)):
        rule = join(tuple(each)) if len(each) > 1 else each[0]
        texts.append(print_definition(defs.Definition(None, (), rule)))
    return texts[0], texts[1]


def side(text: str, library: Library) -> Side | None:
    checked = library.check(Source(text), "rule")
    if checked.rule is None:
        assert {each.code for each in checked.report.errors} <= REFUSED, text
        return None
    return Side(checked, library, "rule")


@pytest.mark.parametrize("seed", range(4))
def test_verdicts_are_borne_out(seed: int) -> None:
    chance = Random(seed)
    world = bare(seed % WORLDS)
    library = Library(world, Path(gettempdir()))
    seen: Counter[str] = Counter()
    for number in range(PAIRS):
        as_of = as_of_of(Random(seed * 1000 + number))
        old, new = (side(each, library) for each in pair(chance, world, as_of))
        if old is None or new is None:
            continue
        found = difference(old, new, as_of)
        assert found.meaning is not None
        seen[found.meaning.verdict] += 1
        told_rightly(found, old.checked.rule, new.checked.rule)
        clock = clock_of(world, as_of)
        rules = [rule for rule in found.rules if rule is not None]
        tables = tables_of(chance, world, clock, pools_of(rules, clock))
        try:
            borne_out(found, Evaluation(world, tables, as_of))
        except DataFault:
            continue
        witnesses(found, world)
    assert sum(seen.values()) > seen["unknown"], seen


def borne_out(found: Difference, asked: Evaluation) -> None:
    """No random customer does what nobody should."""
    old, new = found.rules
    assert old is not None
    assert new is not None
    assert found.meaning is not None
    for key in asked.customers:
        before, after = asked.truth(old, key), asked.truth(new, key)
        if after and not before:
            assert not isinstance(found.meaning.enters, Nobody), (old, new, key)
        if before and not after:
            assert not isinstance(found.meaning.leaves, Nobody), (old, new, key)


def witnesses(found: Difference, world: World) -> None:
    """Who is said to enter or to leave does so."""
    old, new = found.rules
    assert old is not None
    assert new is not None
    assert found.meaning is not None
    for way, wanted in (
        (found.meaning.enters, (False, True)),
        (found.meaning.leaves, (True, False)),
    ):
        if isinstance(way, Somebody):
            assert members((old, new), world, way.witness) == wanted


def told_rightly(found: Difference, old: mdl.Rule | None, new: mdl.Rule | None) -> None:
    """What stayed, went and came makes up both rules."""
    if found.conditions is None:
        return
    assert old is not None
    assert new is not None
    gone = [each.old.rule for each in found.conditions.changes if each.old]
    come = [each.new.rule for each in found.conditions.changes if each.new]
    kept = found.conditions.kept
    for rule, part in ((old, gone), (new, come)):
        wanted = Counter(flat(rule, found.conditions.join))
        assert wanted.total() == kept + len(part)
        assert not Counter(part) - wanted
    rest = [Counter(flat(each, found.conditions.join)) for each in (old, new)]
    assert rest[0] - Counter(gone) == rest[1] - Counter(come)
    assert gone or come


def flat(rule: mdl.Rule, join: str) -> list[mdl.Rule]:
    kind = mdl.And if join == "and" else mdl.Or
    if not isinstance(rule, kind) or any(t.span == rule.span for t in rule.terms):
        return [rule]
    return [each for term in rule.terms for each in flat(term, join)]


# ---- numbers

RULES = [
    ("age 25..34", "age 25..44"),
    (
        'age 25..34 and city = "Berlin" and bought("sport") >= 2',
        'age 25..39 and newsletter and bought("sport") >= 1',
    ),
    (
        'city = "Berlin" or bought in last 30 days >= 3',
        'city in ("Berlin", "Hamburg") or bought in last 60 days >= 3 or age > 80',
    ),
    ("newsletter", "newsletter and not bought and age < 30"),
    ("top 10% by sum(bought.amount)", "top 5% by sum(bought.amount) or age > 75"),
    ("viewed then bought within 3 days", "viewed then bought within 1 days"),
    ("everyone", 'sample 10% seed "x" and newsletter'),
]


@pytest.fixture(scope="module")
def shop() -> segql.Project:
    return segql.Project.load(SHOP)


@pytest.mark.parametrize(("old", "new"), RULES)
def test_numbers_are_those_of_single_rules(
    shop: segql.Project, old: str, new: str
) -> None:
    as_of = datetime(2026, 6, 1)
    with shop.connect() as connection:

        def found(rule: str) -> set[object]:
            return set(shop.compile(rule, as_of=as_of).members(connection))

        told = shop.diff(old, new, as_of=as_of, connection=connection)
        before, after = found(old), found(new)
        moved = told.moved
        assert moved is not None
        enter, leave = after - before, before - after
        assert (moved.old, moved.new) == (len(before), len(after))
        assert (moved.enter, moved.leave) == (len(enter), len(leave))
        assert told.conditions is not None
        both = told.conditions.join == "and"
        for way, who in ((moved.entering, enter), (moved.leaving, leave)):
            sets = {}
            for each in way:
                fits = found(each.condition.text)
                sets[each.condition.text] = who - fits if both else who & fits
                assert each.count == len(sets[each.condition.text])
            for each in way:
                others = [s for text, s in sets.items() if text != each.condition.text]
                alone = sets[each.condition.text].difference(*others)
                assert each.alone == len(alone)
            assert set().union(*sets.values()) == who
