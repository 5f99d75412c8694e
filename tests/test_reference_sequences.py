"""Steps in their order: whether some choice of events fits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_reference import (
    AS_OF,
    BOUGHT,
    CATALOG,
    VISIT,
    VISITED,
    WORLD,
    Row,
    at,
    const,
    of,
    prop,
    rows,
)

from segql.catalog.nodes import Place
from segql.model import nodes as mdl
from segql.model.windows import instant
from segql.model.world import World
from segql.reference import DataFault, Evaluation, evaluate
from segql.types import DOUBLE, TEXT

TICK = timedelta(microseconds=1)
START = at("2025-06-01T10:00")


def page(name: str) -> mdl.Selection:
    test = mdl.Compare("=", of("page"), const(name, TEXT))
    return mdl.Selection("visited", test)


A, B, C = map(page, "abc")
DAY = mdl.Gap(1, "day")


def on(name: str, hours: float = 0, **more: Any) -> Row:
    """A visit of a page so many hours after the start."""
    return {**VISIT, "page": name, "at": START + timedelta(hours=hours), **more}


def fits(steps: tuple[mdl.Step, ...], *visits: Row, world: World = WORLD) -> bool:
    tables = rows({}, {}, visits=visits)
    return evaluate(mdl.Sequence(steps), world, tables, AS_OF) == {1}


def then(*steps: mdl.Selection | mdl.Step) -> tuple[mdl.Step, ...]:
    return tuple(s if isinstance(s, mdl.Step) else mdl.Step(s) for s in steps)


# ---- order


def test_each_step_is_strictly_later() -> None:
    assert fits(then(A, B), on("a"), on("b", 1))
    assert not fits(then(A, B), on("b"), on("a", 1))
    assert not fits(then(A, B), on("a"), on("b"))
    assert not fits(then(A, B), on("a"))
    assert not fits(then(A, B))
    assert not fits(then(A, A), on("a"), on("a"))
    assert fits(then(A, A), on("a"), on("a", 1))
    assert not fits(then(A, A, A), on("a"), on("a", 1))
    assert fits(then(A, B, C), on("b"), on("a", 1), on("c", 2), on("b", 3), on("c", 4))
    assert not fits(then(A, B, C), on("b"), on("a", 1), on("c", 2), on("b", 3))
    late = {"at": AS_OF}
    assert not fits(then(A, B), on("a"), on("b", **late))
    assert not fits(then(A, B), on("a"), on("b", 1, who=2))


def test_windows_narrow_a_step() -> None:
    week = replace(A, windows=(mdl.Rolling(-7, 0, "day"),))
    assert not fits(then(week, B), on("a"), on("b", 1))
    assert fits(then(week, B), on("a", 24 * 9), on("b", 24 * 10))


# ---- within


def test_a_gap_includes_its_end() -> None:
    near = mdl.Step(B, gap=DAY)
    end = START + timedelta(days=1)
    assert fits(then(A, near), on("a"), on("b", at=end))
    assert fits(then(A, near), on("a"), on("b", at=START + TICK))
    assert not fits(then(A, near), on("a"), on("b", at=end + TICK))
    hours = mdl.Step(B, gap=mdl.Gap(24, "hour"))
    assert fits(then(A, hours), on("a"), on("b", at=end))
    assert not fits(then(A, hours), on("a"), on("b", at=end + TICK))
    # A later first step may fit where the first one does not.
    assert fits(then(A, near), on("a"), on("a", 30), on("b", 40))
    # The gap counts from the step before, not from the first.
    assert fits(then(A, near, mdl.Step(C, gap=DAY)), on("a"), on("b", 20), on("c", 40))
    assert not fits(
        then(A, near, mdl.Step(C, gap=DAY)), on("a"), on("b", 1), on("c", 26)
    )
    nothing = mdl.Step(B, gap=mdl.Gap(0, "day"))
    assert not fits(then(A, nothing), on("a"), on("b"), on("b", at=START + TICK))


@pytest.mark.parametrize(
    ("wall", "gap", "end"),
    [
        # The clock in Berlin skips from two to three on 30 March.
        ("2025-03-29T12:00", DAY, "2025-03-30T12:00"),
        ("2025-03-29T02:30", DAY, "2025-03-30T03:30"),
        ("2025-03-29T12:00", mdl.Gap(24, "hour"), "2025-03-30T13:00"),
        ("2024-10-26T02:30", DAY, "2024-10-27T02:30"),
        ("2025-01-31T12:00", mdl.Gap(1, "month"), "2025-02-28T12:00"),
        ("2024-02-29T12:00", mdl.Gap(1, "year"), "2025-02-28T12:00"),
    ],
)
def test_gaps_of_days_and_longer_are_civil(wall: str, gap: mdl.Gap, end: str) -> None:
    """Wall times of Berlin; one that the clock shows twice is the earlier."""
    first, last = (
        instant(datetime.fromisoformat(each), "Europe/Berlin") for each in (wall, end)
    )
    steps = then(A, mdl.Step(B, gap=gap))
    assert fits(steps, on("a", at=first), on("b", at=last))
    assert not fits(steps, on("a", at=first), on("b", at=last + TICK))


def test_an_event_whose_time_is_a_date_is_at_its_midnight() -> None:
    called = mdl.Selection("called")
    tables = rows({}, calls=[{"who": 1, "on": date(2025, 6, 1)}])
    tables["visits"] = [on("a", at=at("2025-06-01T22:00"))]
    for within, expected in ((1, {1}), (2, {1})):
        step = mdl.Step(A, gap=mdl.Gap(within, "day"))
        rule = mdl.Sequence((mdl.Step(called), step))
        assert evaluate(rule, WORLD, tables, AS_OF) == expected
    tables["visits"] = [on("a", at=at("2025-06-01T22:00") + TICK)]
    step = mdl.Step(A, gap=DAY)
    rule = mdl.Sequence((mdl.Step(called), step))
    assert evaluate(rule, WORLD, tables, AS_OF) == set()


# ---- no


def test_a_last_step_that_is_absent() -> None:
    never = then(A, mdl.Step(B, absent=True))
    assert fits(never, on("a"))
    assert fits(never, on("a"), on("b", -1))
    assert fits(never, on("a"), on("b"))
    assert not fits(never, on("a"), on("b", 1))
    # Some choice: the second one has nothing behind it.
    assert fits(never, on("a"), on("b", 1), on("a", 2))
    assert not fits(never)
    assert fits(never, on("a"), on("b", at=AS_OF))
    of_last = (mdl.Step(A, "last"), mdl.Step(B, absent=True))
    assert fits(of_last, on("a"), on("b", 1), on("a", 2))
    of_first = (mdl.Step(A, "first"), mdl.Step(B, absent=True))
    assert not fits(of_first, on("a"), on("b", 1), on("a", 2))
    three = then(A, B, mdl.Step(C, absent=True))
    assert fits(three, on("a"), on("b", 1))
    assert not fits(three, on("a"), on("b", 1), on("c", 2))
    assert not fits(three, on("a"))


def test_absence_within_a_gap_holds_once_it_has_passed() -> None:
    steps = then(A, mdl.Step(B, absent=True, gap=DAY))
    end = START + timedelta(days=1)
    assert not fits(steps, on("a"), on("b", at=end))
    assert fits(steps, on("a"), on("b", at=end + TICK))
    yesterday = AS_OF - timedelta(days=1)
    assert not fits(steps, on("a", at=yesterday))
    assert fits(steps, on("a", at=yesterday - TICK))
    far = then(A, mdl.Step(B, absent=True, gap=mdl.Gap(9000, "year")))
    assert not fits(far, on("a"))
    assert fits(then(A, mdl.Step(B, gap=mdl.Gap(9000, "year"))), on("a"), on("b", 1))


# ---- same


def test_same_ties_a_step_to_the_one_before() -> None:
    same = mdl.Step(B, same=(("depth", "depth"),))
    assert fits(then(A, same), on("a", depth=1), on("b", 1, depth=1))
    assert not fits(then(A, same), on("a", depth=1), on("b", 1, depth=2))
    assert not fits(then(A, same), on("a", depth=None), on("b", 1, depth=None))
    assert fits(
        then(A, same), on("a", depth=1), on("a", 1, depth=2), on("b", 2, depth=1)
    )
    chain = then(A, same, mdl.Step(C, same=(("depth", "depth"),)))
    visits = [on("a", depth=1), on("b", 1, depth=1), on("c", 2, depth=2)]
    assert not fits(chain, *visits)
    assert fits(chain, *visits, on("c", 3, depth=1))
    absent = mdl.Step(B, absent=True, same=(("depth", "depth"),))
    assert fits(then(A, absent), on("a", depth=1), on("b", 1, depth=2))
    assert not fits(then(A, absent), on("a", depth=1), on("b", 1, depth=1))
    assert fits(then(A, absent), on("a", depth=None), on("b", 1, depth=None))
    both = mdl.Step(B, same=(("depth", "depth"), ("good", "good")))
    assert not fits(then(A, both), on("a"), on("b", 1, good=False))
    assert fits(then(A, both), on("a"), on("b", 1))


def test_same_across_types() -> None:
    """Beside a double the other side becomes one."""
    same = mdl.Step(B, same=(("rate", "depth"),))
    big = 2**53 + 1
    assert fits(then(A, same), on("a", depth=big), on("b", 1, rate=float(2**53)))
    assert not fits(then(A, same), on("a", depth=big), on("b", 1, rate=float("nan")))
    assert fits(then(A, same), on("a", depth=0), on("b", 1, rate=-0.0))


# ---- without


def test_without_forbids_strictly_between() -> None:
    clean = mdl.Step(B, without=(mdl.Without(C),))
    assert fits(then(A, clean), on("a"), on("b", 2))
    assert not fits(then(A, clean), on("a"), on("c", 1), on("b", 2))
    assert fits(then(A, clean), on("a"), on("c"), on("b", 2))
    assert fits(then(A, clean), on("a"), on("c", 2), on("b", 2))
    assert fits(then(A, clean), on("a"), on("c", 1), on("a", 1.5), on("b", 2))
    assert fits(then(A, clean), on("a"), on("b", 0.5), on("c", 1), on("b", 2))
    tied = mdl.Step(B, without=(mdl.Without(C, (("depth", "depth"),)),))
    assert not fits(then(A, tied), on("a"), on("c", 1), on("b", 2))
    assert fits(then(A, tied), on("a"), on("c", 1, depth=2), on("b", 2))
    assert fits(then(A, tied), on("a"), on("c", 1, depth=None), on("b", 2))
    several = mdl.Step(B, without=(mdl.Without(C), mdl.Without(page("d"))))
    assert not fits(then(A, several), on("a"), on("d", 1), on("b", 2))
    # Of its own kind: the very next one.
    next_ = mdl.Step(A, gap=DAY, without=(mdl.Without(B),))
    assert fits(then(A, next_), on("a"), on("b", 1), on("a", 2), on("a", 3))


# ---- a single first step


def test_a_single_first_step() -> None:
    first = (mdl.Step(A, "first"), mdl.Step(B, gap=DAY))
    last = (mdl.Step(A, "last"), mdl.Step(B, gap=DAY))
    visits = [on("a"), on("a", 30), on("b", 31)]
    assert not fits(first, *visits)
    assert fits(last, *visits)
    assert fits(first, *visits, on("b", 24))
    assert not fits(last, *visits, on("a", 32))
    assert not fits(first, on("b"))


def test_ties_of_a_single_step_are_broken() -> None:
    """By the tie-break, then by all properties in name order."""
    same = mdl.Step(B, same=(("depth", "depth"),))
    visits = [on("a", depth=2), on("a", depth=1), on("b", 1, depth=2)]
    assert not fits((mdl.Step(A, "first"), same), *visits)
    assert fits((mdl.Step(A, "last"), same), *visits)
    event = replace(VISITED, tie_break=Place(("line",)))
    world = World(replace(CATALOG, events={"visited": event}), {})
    numbered = [{**each, "line": line} for line, each in enumerate(visits)]
    assert fits((mdl.Step(A, "first"), same), *numbered, world=world)
    assert not fits((mdl.Step(A, "last"), same), *numbered, world=world)


# ---- in a rule


def test_a_sequence_and_its_negation() -> None:
    rule = mdl.Sequence(then(A, B))
    tables = rows({}, {}, {}, visits=[on("a"), on("b", 1), on("a", who=2)])
    assert evaluate(rule, WORLD, tables, AS_OF) == {1}
    assert evaluate(mdl.Not(rule), WORLD, tables, AS_OF) == {2, 3}


@pytest.mark.parametrize(
    ("steps", "column"),
    [
        (then(A, mdl.Step(A, same=(("depth", "rate"),))), "depth"),
        (then(A, mdl.Step(A, same=(("rate", "depth"),))), "depth"),
        (
            then(A, mdl.Step(B, without=(mdl.Without(C, (("depth", "rate"),)),))),
            "depth",
        ),
        (
            then(A, mdl.Step(B, without=(mdl.Without(C, (("rate", "depth"),)),))),
            "depth",
        ),
        (then(A, mdl.Step(B, without=(mdl.Without(C),))), "page"),
        ((mdl.Step(A, "last"), mdl.Step(B)), "good"),
    ],
)
def test_faults_show_in_whatever_a_step_names(
    steps: tuple[mdl.Step, ...], column: str
) -> None:
    broken = {**VISIT, "who": None, column: b"?"}
    rule = mdl.Or((mdl.TRUE, mdl.Sequence(steps)))
    with pytest.raises(DataFault, match=f"visits: {column}: a cell is no"):
        evaluate(rule, WORLD, rows({}, visits=[broken]), AS_OF)


def test_steps_of_different_events() -> None:
    """Bought, then looked at a page whose name is the category."""
    events = {**CATALOG.events}
    events["bought"] = replace(
        BOUGHT, properties={**BOUGHT.properties, "note": prop("note", DOUBLE)}
    )
    world = World(replace(CATALOG, events=events), {})
    order = {"order_id": 1, "customer": 1, "at": datetime(2025, 6, 1, 12)}
    line = {"order_id": 1, "item": {"product": 7}, "amount": None, "note": None}
    tables = rows({}, lines=[line], orders=[order])
    tables["products"] = [{"id": 7, "category": "a"}]
    step = mdl.Step(mdl.Selection("visited"), gap=DAY, same=(("page", "category"),))
    rule = mdl.Sequence((mdl.Step(mdl.Selection("bought")), step))
    for visit, expected in ((on("a"), set()), (on("a", 1), {1}), (on("b", 1), set())):
        tables["visits"] = [visit]
        assert evaluate(rule, world, tables, AS_OF) == expected


# ---- against every choice

VISITS = st.lists(
    st.builds(
        lambda name, hours, depth: on(name, hours, depth=depth),
        st.sampled_from("abc"),
        st.integers(0, 6),
        st.sampled_from([None, 1, 2]),
    ),
    max_size=7,
)
TIES = st.sampled_from([(), (("depth", "depth"),)])
GAPS = st.none() | st.builds(mdl.Gap, st.integers(0, 4), st.just("hour"))
SELECTIONS = st.sampled_from([A, B, C, mdl.Selection("visited")])
LATER = st.builds(
    mdl.Step,
    SELECTIONS,
    gap=GAPS,
    same=TIES,
    absent=st.booleans(),
    without=st.lists(st.builds(mdl.Without, SELECTIONS, TIES), max_size=2).map(tuple),
)


@st.composite
def sequences(draw: st.DrawFn) -> tuple[mdl.Step, ...]:
    single = draw(st.sampled_from([None, None, "first", "last"]))
    later = draw(st.lists(LATER, min_size=1, max_size=3))
    present = [replace(each, absent=False) for each in later[:-1]]
    return (mdl.Step(draw(SELECTIONS), single), *present, later[-1])


def choices(steps: tuple[mdl.Step, ...], evaluation: Evaluation) -> Iterator[Any]:
    """Every choice of one event per step that is not absent."""
    lists = [
        evaluation.selected(each.selection, 1) for each in steps if not each.absent
    ]
    first = sorted(lists[0], key=evaluation.order)
    cut = {"first": slice(1), "last": slice(-1, None), None: slice(None)}
    return product(first[cut[steps[0].single]], *lists[1:])


def is_right(steps: tuple[mdl.Step, ...], choice: Any, evaluation: Evaluation) -> bool:
    def tied(ties: tuple[mdl.Tie, ...], own: Any, before: Any) -> bool:
        pairs = [(own.row[mine], before.row[theirs]) for mine, theirs in ties]
        return all(a is not None and a == b for a, b in pairs)

    for number, step in enumerate(steps[1:], 1):
        before = choice[number - 1]
        end = AS_OF
        if step.gap:
            end = before.time + timedelta(hours=step.gap.count)
        if step.absent:
            following = evaluation.selected(step.selection, 1)
            return not any(
                before.time < e.time <= end and tied(step.same, e, before)
                for e in following
            )
        event = choice[number]
        if not before.time < event.time <= end or not tied(step.same, event, before):
            return False
        for without in step.without:
            for other in evaluation.selected(without.selection, 1):
                between = before.time < other.time < event.time
                if between and tied(without.same, other, before):
                    return False
    return True


@given(sequences(), VISITS)
def test_some_choice_fits(steps: tuple[mdl.Step, ...], visits: list[Row]) -> None:
    evaluation = Evaluation(WORLD, rows({}, visits=visits), AS_OF)
    found = [is_right(steps, each, evaluation) for each in choices(steps, evaluation)]
    assert evaluation.truth(mdl.Sequence(steps), 1) is any(found)
