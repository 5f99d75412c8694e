"""The cells that each subject may be in, in; a thing that is so out, or none.

A thing is a customer, an event or an element, as values of its subjects and as the
things in its bags. That there is none is sure only if all that could be was looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from segql.model import nodes as mdl
from segql.reason.cells import Cells
from segql.reason.effort import Effort
from segql.reason.fill import Filler
from segql.reason.kinds import MAX_MIXES, Kinds, kinds_of
from segql.reason.levels import Bag, Level
from segql.reason.linear import Infeasible, Solution, feasible
from segql.reason.linear_simplex import Budget
from segql.reason.nodes import Linear, Subject
from segql.reason.options import Option, options
from segql.reason.systems import System
from segql.reason.things import Thing

MAX_WAYS = 60
_SOME = Thing()
MAX_PIVOTS = 100_000


@dataclass
class Found:
    """Some things that are as was asked; `sure` that there are no others if none."""

    things: list[Thing] = field(default_factory=list)
    sure: bool = True


def realised(
    level: Level,
    masks: Mapping[Subject, int],
    effort: Effort,
    most: int = 3,
    above: Mapping[int, bool] | None = None,
    *,
    filled: bool = True,
) -> Found:
    """Things of a level whose subjects lie in the cells of some masks.

    `above` says which atoms are true that are about who has the thing. Unless
    `filled`, it is only asked whether there is one.
    """
    found = Found()
    if any(mask == 0 for mask in masks.values()):
        found.sure = all(
            level.cells[subject].complete
            for subject, mask in masks.items()
            if mask == 0
        )
        return found
    outer = {**_decided(level, masks), **(above or {})}
    kinds: dict[int, Kinds] = {}
    told: dict[int, dict[int, bool]] = {}
    for bag in level.bags.values():
        below = {
            number: outer[lit.atom]
            for number, lit in bag.level.outer.items()
            if lit.atom in outer
        }
        if len(below) < len(bag.level.outer):
            found.sure = False
        told[id(bag)] = below
        known = frozenset(below.items())
        if known not in bag.kinds:
            some = kinds_of(bag, below, MAX_MIXES, effort)
            bag.kinds[known] = _real(bag, some, below, effort)
        kinds[id(bag)] = bag.kinds[known]
    if not all(each.complete for each in kinds.values()):
        found.sure = False
    ways = _ways(level, masks)
    for number, way in enumerate(islice(ways, MAX_WAYS + 1)):
        if number == MAX_WAYS or not effort.spend(100):
            found.sure = False
            break
        thing = None
        for guided in (True, False):
            system = System(level, kinds, told, guided)
            fits = way.say(system)
            effort.spend(system.size)
            if not fits:
                break
            if guided and not system.helped:
                continue
            budget = Budget(min(MAX_PIVOTS, max(0, effort.work)))
            before = budget.left
            solved = feasible(system.variables, system.constraints, budget)
            effort.spend(before - budget.left)
            if isinstance(solved, Solution) and not filled:
                thing = _SOME
            elif isinstance(solved, Solution):
                filler = Filler(system, solved.values, masks, way.options, effort)
                thing = filler.thing()
                found.sure = found.sure and thing is not None
            elif not isinstance(solved, Infeasible) and not guided:
                found.sure = False
            if thing is not None:
                break
        if thing is None:
            continue
        found.things.append(thing)
        if len(found.things) >= most:
            break
    return found


def _decided(level: Level, masks: Mapping[Subject, int]) -> dict[int, bool]:
    """What the masks say of atoms: those alone that they decide."""
    found = {}
    for subject, numbers in level.tests.items():
        mask = masks.get(subject, level.cells[subject].all)
        for index, number in enumerate(numbers):
            true = level.cells[subject].where(index)
            if not mask & ~true:
                found[number] = True
            elif not mask & true:
                found[number] = False
    return found


def _real(bag: Bag, kinds: Kinds, above: Mapping[int, bool], effort: Effort) -> Kinds:
    """The kinds of which there can be one, looking into the bags inside."""
    if not bag.level.bags:
        return kinds
    from dataclasses import replace

    kept, complete = [], kinds.complete
    for kind in kinds.kinds:
        mixes = []
        for mix in kind.mixes:
            masks = {s: 1 << c for s, c in zip(kinds.subjects, mix, strict=True)}
            inner = realised(bag.level, masks, effort, 1, above)
            if inner.things:
                mixes.append(mix)
            elif not inner.sure:
                complete = False
        if len(kind.mixes) >= 3 and not mixes:
            complete = False
        if mixes:
            kept.append(replace(kind, mixes=tuple(mixes)))
    return replace(kinds, kinds=tuple(kept), complete=complete)


# ---- ways for figures and sums to be


@dataclass(frozen=True)
class _Way:
    """One choice of an option for each subject that arithmetic knows."""

    options: Mapping[Subject, Option]
    picks: Sequence[tuple[Bag, tuple[tuple[mdl.Pick, Option], ...], int | None]]
    bags: Mapping[Subject, Bag]

    def say(self, system: System) -> bool:
        """False if it can't be."""
        for subject, option in self.options.items():
            bag = self.bags.get(subject)
            if bag is not None and not isinstance(subject, mdl.Pick):
                system.figure(bag, subject, option)  # type: ignore[arg-type]
        for bag, picks, rank in self.picks:
            if not system.picked(bag, picks, rank):
                return False
        for key, bag in system.level.bags.items():
            items = key[1]
            if key[0] == "list" and isinstance(items, mdl.Value):
                listed = self.options.get(items)
                if listed is not None and listed.missing:
                    every = system.members(bag, None) if None in bag.chosen else []
                    for selection in bag.chosen:
                        every += system.members(bag, selection)
                    some = system.how_many(bag, every)
                    if some:
                        system.say(some, "<=", 0)
        for subject, option in self.options.items():
            if isinstance(subject, Linear) and not option.missing:
                system.sum_of(subject, option, dict(self.options))
        return True


def _ways(level: Level, masks: Mapping[Subject, int]) -> Iterator[_Way]:
    bags: dict[Subject, Bag] = {}
    picks: dict[tuple[Any, ...], list[tuple[mdl.Pick, Option]]] = {}
    places: dict[tuple[Any, ...], Bag] = {}
    linears = [s for s in level.tests if isinstance(s, Linear)]
    needed = {
        value
        for linear in linears
        if masks.get(linear, level.cells[linear].all) != level.cells[linear].all
        for value, _ in linear.terms
    }
    choices: list[tuple[Subject, list[Option]]] = []
    for bag in level.bags.values():
        for figure in bag.figures:
            bags[figure] = bag
            mask = masks.get(figure, level.cells[figure].all)
            cells = level.cells[figure]
            if mask == cells.all and figure not in needed:
                continue
            if isinstance(figure, mdl.Pick):
                key = (figure.which, figure.n, figure.selection)
                wide = Option(bool(mask & cells.missing), mask)
                picks.setdefault(key, []).append((figure, wide))
                places[key] = bag
            choices.append((figure, options(cells, mask)))
    for subject in level.tests:
        if subject in bags or isinstance(subject, Linear):
            continue
        mask = masks.get(subject, level.cells[subject].all)
        listed = ("list", subject) in level.bags
        if subject in needed or listed:
            choices.append((subject, options(level.cells[subject], mask)))
    groups = [(places[key], tuple(some)) for key, some in picks.items()]
    for chosen in _products(choices):
        made = dict(chosen)
        for options_ in _linear(level, linears, masks, made):
            for ranked in _ranked(level, groups):
                yield _Way({**made, **options_}, ranked, bags)


def _products(
    choices: Sequence[tuple[Subject, list[Option]]],
) -> Iterator[list[tuple[Subject, Option]]]:
    if not choices:
        yield []
        return
    (subject, some), *rest = choices
    # Picks are said together: each option of one alone says nothing more.
    if isinstance(subject, mdl.Pick):
        some = some[:1]
    for option in some:
        for others in _products(rest):
            yield [(subject, option), *others]


def _linear(
    level: Level,
    linears: Sequence[Linear],
    masks: Mapping[Subject, int],
    made: Mapping[Subject, Option],
) -> Iterator[dict[Subject, Option]]:
    """The options of sums, which are missing where a part of them is."""
    if not linears:
        yield {}
        return
    first, *rest = linears
    cells = level.cells[first]
    mask = masks.get(first, cells.all)
    if mask == cells.all:
        yield from _linear(level, rest, masks, made)
        return
    terms = [value for value, _ in first.terms]
    missing = any(made[value].missing for value in terms)
    for option in options(cells, mask):
        if option.missing == missing:
            for others in _linear(level, rest, masks, made):
                yield {first: option, **others}


def _ranked(
    level: Level,
    groups: Sequence[tuple[Bag, tuple[tuple[mdl.Pick, Option], ...]]],
) -> Iterator[list[tuple[Bag, tuple[tuple[mdl.Pick, Option], ...], int | None]]]:
    """Where in time the picked events lie, or that there are none."""
    if not groups:
        yield []
        return
    (bag, picks), *rest = groups
    time = bag.level.cells.get(mdl.EventTime())
    ranks: list[int | None] = [0] if time is None else [*_ranks(time)]
    if all(option.missing for _, option in picks):
        ranks.append(None)
    for rank in ranks:
        for others in _ranked(level, rest):
            yield [(bag, picks, rank), *others]


def _ranks(cells: Cells) -> Iterator[int]:
    yield from sorted({cell.rank for cell in cells.cells}, reverse=True)
