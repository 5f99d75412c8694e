"""Rules in that should be true, or not; a customer for whom they are out, or none.

What is found is confirmed by the reference. What is not found is sure to be impossible
only where everything was looked at.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.model.world import World
from segql.reason.cells import Cells, cells_of
from segql.reason.effort import Effort
from segql.reason.forms import Forms, TooLarge
from segql.reason.instants import instants
from segql.reason.levels import Level
from segql.reason.nodes import Formula, Free, Linear, Place, Subject
from segql.reason.probe import Probe
from segql.reason.search import Search
from segql.reason.things import Thing
from segql.reason.witness import Witness, witnesses
from segql.reference import DataFault, Evaluation
from segql.reference.made import made_up
from segql.types import DATE, TIMESTAMP, ListOf, Point

Wish = tuple[mdl.Rule, bool]
Guess = dict[mdl.Value, Any]
MAX_GUESSES = 3
MAX_TRIES = 60
WORK = 1_500_000
COMPARED = "two values are compared that are not numbers or dates"


@dataclass(frozen=True, slots=True)
class Impossible:
    """No customer is so, whatever the data and the instant."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody was found, and not everything could be looked at: `why` says what."""

    why: tuple[str, ...]


Answer = Witness | Impossible | Unsure


def ask(
    wishes: Sequence[Wish],
    world: World,
    as_of: datetime | None = None,
    work: int = WORK,
    tries: int = MAX_TRIES,
    thorough: bool = False,
    solver: bool = False,
) -> Answer:
    """Whether a customer can be as wished: each rule true, or each not, as it says.

    Args:
        as_of: the instant to look from; by default whichever.
        work: how much is thought, in about microseconds.
        tries: how many customers are made up at each instant.
        thorough: look from very many instants where it depends on the date.
        solver: ask Z3 what is left open, where it is installed.
    """
    rules = [rule for rule, _ in wishes]
    moments = instants(rules, world, as_of, thorough)
    why: dict[str, None] = dict.fromkeys(moments.why)
    sure = not why
    effort = Effort(work)
    helper = _Helper() if solver and has_solver() else None
    for number, moment in enumerate(moments.moments):
        if number and effort.work < 0:
            why["there are too many cases"] = None
            sure = False
            break
        effort = Effort(effort.work)
        try:
            found = _at(wishes, world, moment, effort, tries)
            if isinstance(found, Unsure) and helper is not None:
                found = helper.answer(wishes, world, moment, tries) or found
        except TooLarge:
            return Unsure(("there is more in it than can be thought through",))
        if isinstance(found, Witness):
            return found
        if isinstance(found, Unsure):
            sure = False
            why.update(dict.fromkeys(found.why))
    return Impossible() if sure else Unsure(tuple(why))


def _at(
    wishes: Sequence[Wish], world: World, moment: datetime, effort: Effort, tries: int
) -> Answer:
    """The answer as of one instant."""
    level, search, formula = _searched(wishes, world, moment, effort)
    guesses: list[Guess] = []
    for thing in islice(search.things(formula), tries):
        found = _first(witnesses(thing, level), wishes, world, effort)
        if found is not None:
            return found
        if len(guesses) < MAX_GUESSES:
            guesses.append(_guess(thing, level))
    if search.effort.sure:
        return Impossible()
    names = _compared(level)
    if names:
        # What is compared with something of an event is fixed, and all else follows.
        for guess in (*guesses, *_plain_guesses(names, level)):
            given: Guess = {name: guess.get(name) for name in names}
            again_ = Effort(effort.work)
            level_, again, formula = _searched(wishes, world, moment, again_, given)
            for thing in islice(again.things(formula), tries):
                found = _first(witnesses(thing, level_), wishes, world, again_)
                if found is not None:
                    return found
            effort.work = again_.work
    why = tuple(dict.fromkeys(_reasons(level, search)))
    return Unsure(why or ("who was thought of did not fit, and others may",))


def has_solver() -> bool:
    """Whether the extra `prove` is installed."""
    from importlib.util import find_spec

    return find_spec("z3") is not None


class _Helper:
    """Z3, for one question from as many instants as there is time for."""

    def __init__(self) -> None:
        from segql.reason.solver import Budget

        self.budget = Budget()
        self.work = WORK
        self.failed = 0

    def answer(
        self, wishes: Sequence[Wish], world: World, moment: datetime, tries: int
    ) -> Witness | Impossible | None:
        """None where it does not know either."""
        from segql.reason.solver import Solver

        if self.failed >= MAX_GUESSES:
            return None
        asked = Solver(wishes, world, moment, self.budget)
        for given in asked.guesses():
            effort = Effort(self.work)
            level, search, formula = _searched(wishes, world, moment, effort, given)
            for thing in islice(search.things(formula), tries):
                found = _first(witnesses(thing, level), wishes, world, effort)
                if found is not None:
                    return found
            self.work = effort.work
            asked.wrong = search.effort.sure
        if asked.impossible:
            return Impossible()
        self.failed += 1
        return None


def _first(
    some: Iterable[Witness], wishes: Sequence[Wish], world: World, effort: Effort
) -> Witness | None:
    """The first whom the reference finds to be as wished."""
    for number, each in enumerate(some):
        # The first is plain and costs little; after that there must be room.
        if not effort.spend(1500 + 40 * _size(each)) and number:
            return None
        if confirmed(wishes, world, each):
            return each
    return None


def _size(witness: Witness) -> int:
    """How many rows a customer and those beside them have."""
    return sum(1 + len(each.events) for each in witness.all)


def _compared(level: Level) -> list[mdl.Attribute]:
    """The attributes that something else is compared with."""
    found: dict[mdl.Attribute, None] = {}
    for each in _levels(level):
        for subject in each.tests:
            values: Iterable[mdl.Node] = ()
            if isinstance(subject, Linear) and each is not level:
                values = (value for value, _ in subject.terms)
            elif isinstance(subject, Free) and not isinstance(
                subject.rule, mdl.Sequence
            ):
                values = (subject.rule,)
            for value in values:
                for node in walk(value):
                    if isinstance(node, mdl.Attribute) and not isinstance(
                        node.type, ListOf | Point
                    ):
                        found[node] = None
    return list(found)


def _guess(thing: Thing, level: Level) -> Guess:
    """What a customer who was thought of has, or what their events say they have."""
    found: Guess = {}
    left = [thing]
    while left:
        each = left.pop()
        for subject, value in each.values.items():
            if isinstance(subject, mdl.Attribute):
                found.setdefault(subject, value)
        left += [inner for bag in each.bags.values() for inner in bag]
    return found


def _plain_guesses(names: Sequence[mdl.Attribute], level: Level) -> Iterator[Guess]:
    """Any values, low and high ones, and none."""
    for pick in (0, -1):
        guess: Guess = {}
        for name in names:
            kind = level.kind(name)
            tests = [level.forms.atoms[n] for n in level.tests.get(name, ())]
            cells = cells_of(name, tests, level.probe, kind).cells
            known = [c.witness for c in cells if c.witness not in (None, ...)]
            if name.type in (DATE, TIMESTAMP) and pick == 0:
                today = level.probe.clock.today - timedelta(days=400)
                at = level.probe.clock.as_of - timedelta(days=400)
                known = [today if name.type == DATE else at]
            if known:
                guess[name] = known[pick]
        yield guess
    yield {}


def confirmed(wishes: Sequence[Wish], world: World, witness: Witness) -> bool:
    """Whether the reference finds the customer to be as wished."""
    made = made_up(world, witness.all, witness.as_of)
    asked = Evaluation(made.world, made.tables, witness.as_of)
    try:
        return all(asked.truth(rule, witness.key) == wished for rule, wished in wishes)
    except DataFault:
        # A value was taken over from another property, whose type is wider.
        return False


def _searched(
    wishes: Sequence[Wish],
    world: World,
    moment: datetime,
    effort: Effort,
    given: Guess | None = None,
) -> tuple[Level, Search, Formula]:
    probe = Probe(world, moment, given or {})
    forms = Forms(probe, given or {})
    level = Level("customer", forms, probe)
    formula = forms.all([forms.of(rule, wished) for rule, wished in wishes])
    level.gather()
    effort.spend(level.cut())
    return level, Search(level, effort), formula


def _reasons(level: Level, search: Search) -> Iterator[str]:
    """What stood in the way, in words."""
    if min(search.effort.steps, search.effort.leaves, search.effort.work) < 0:
        yield "there are too many cases"
    for each in _levels(level):
        for subject, cells in each.cells.items():
            if isinstance(subject, Place):
                yield "a rank depends on all other customers"
            elif isinstance(subject, Free):
                yield _free(subject)
            elif not cells.complete:
                yield _open(subject, cells)


def _levels(level: Level) -> Iterator[Level]:
    yield level
    for bag in level.bags.values():
        yield from _levels(bag.level)


def _free(subject: Free) -> str:
    match subject.rule:
        case mdl.Sequence():
            return "the order of events is not looked into"
        case _:
            return COMPARED


def _open(subject: Subject, cells: Cells) -> str:
    name = getattr(subject, "name", None)
    what = f"`{name}`" if isinstance(name, str) else "a value"
    return f"not all kinds of {what} could be looked at"
