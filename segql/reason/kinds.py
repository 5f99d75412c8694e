"""A bag in, the kinds of things out that can lie in it.

Things are of one kind where they are in the same selections, and the values that
figures are made of lie in the same cells.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, product

from segql.model import nodes as mdl
from segql.reason.effort import Effort
from segql.reason.levels import Bag, Level
from segql.reason.nodes import All, Elements, Formula, Lit, Subject
from segql.reason.values import core_of

MAX_MIXES = 6000


@dataclass(frozen=True, slots=True)
class Kind:
    """Things that nothing asked for tells apart.

    `chosen` has a bit for each selection of the bag, in its order; `cells` the cell of
    each value that counts, `mixes` some ways to make one: a cell for every subject.
    """

    chosen: int
    cells: tuple[int, ...]
    mixes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Kinds:
    """`complete` is false where there may be more of them."""

    subjects: tuple[Subject, ...]
    counting: tuple[Subject, ...]
    kinds: tuple[Kind, ...]
    complete: bool
    _places: Mapping[Subject, int] = field(repr=False)

    def cell(self, kind: Kind, subject: Subject) -> int:
        """The cell in which a value that counts lies."""
        return kind.cells[self._places[subject]]


def kinds_of(bag: Bag, outer: Mapping[int, bool], budget: int, effort: Effort) -> Kinds:
    """The kinds of things in a bag; `outer` says what is so of who has it."""
    level = bag.level
    subjects = tuple(level.tests)
    counting = tuple(_counting(bag))
    at = [subjects.index(each) for each in counting]
    selections = tuple(bag.chosen.values())
    given = sum(1 << number for number, true in outer.items() if true)
    bits = [_bits(level, subject) for subject in subjects]
    order = [_least_first(level, subject) for subject in subjects]
    room = 1
    for each in order:
        room *= max(1, len(each))
    each_mix = 3 + len(subjects) + 2 * len(selections)
    budget = max(1, min(budget, effort.work // each_mix))
    effort.spend(min(room, budget) * each_mix)
    complete = room <= budget and all(level.cells[s].complete for s in subjects)
    found: dict[tuple[int, tuple[int, ...]], list[tuple[int, ...]]] = {}
    for mix in islice(product(*order), budget):
        truths = given
        for number, cell in enumerate(mix):
            truths |= bits[number][cell]
        if not holds(bag.base, truths):
            continue
        chosen = 0
        for number, formula in enumerate(selections):
            if holds(formula, truths):
                chosen |= 1 << number
        some = found.setdefault((chosen, tuple(mix[n] for n in at)), [])
        if len(some) < 3:
            some.append(mix)
    kinds = tuple(
        Kind(chosen, cells, tuple(mixes))
        for (chosen, cells), mixes in found.items()
        if chosen
    )
    places = {subject: number for number, subject in enumerate(counting)}
    return Kinds(subjects, counting, kinds, complete, places)


def holds(formula: Formula, truths: int) -> bool:
    """Whether a formula is true where bit i says so of atom i."""
    match formula:
        case Lit(atom, positive):
            return bool(truths >> atom & 1) == positive
        case All(terms):
            return all(holds(term, truths) for term in terms)
        case _:
            return any(holds(term, truths) for term in formula.terms)


def _counting(bag: Bag) -> Iterator[Subject]:
    """The subjects whose values figures are made of, and what things are sorted by."""
    found: dict[Subject, None] = {}
    level = bag.level
    for figure in bag.figures:
        match figure:
            case mdl.Aggregate(_, _, value) if value is not None:
                found[core_of(value)] = None
            case mdl.PerGroup(_, inner, by):
                found[core_of(by)] = None
                if inner.value is not None:
                    found[core_of(inner.value)] = None
            case mdl.Pick(_, _, value):
                found[core_of(value)] = None
                found[mdl.EventTime()] = None
            case mdl.Periods():
                found[mdl.EventTime()] = None
            case _:
                pass
    for subject in found:
        if subject in level.tests:
            yield subject


def _bits(level: Level, subject: Subject) -> list[int]:
    """For each cell of a subject the atoms that are true there."""
    numbers = level.tests[subject]
    return [
        sum(1 << n for index, n in enumerate(numbers) if cell.truths >> index & 1)
        for cell in level.cells[subject].cells
    ]


def _least_first(level: Level, subject: Subject) -> list[int]:
    """The cells, those of known values first: examples with values read better."""
    cells = level.cells[subject]
    order = list(range(len(cells.cells)))
    if cells.missing and not isinstance(subject, Elements):
        order = [*order[1:], 0]
    return order
