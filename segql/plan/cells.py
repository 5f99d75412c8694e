"""Measures of one kind of events to one reading of them: dimensions, cells, bands.

The single tests of all selections become dimensions: equalities with constants one for
each value, bounds one for each number, others one for themselves. Each event lies in
one cell, and each selection is a set of cells; so selections may overlap as they like.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import prod
from typing import TYPE_CHECKING, Any

from segql.model import nodes as mdl
from segql.plan.shared_nodes import (
    Choice,
    Dimension,
    Flag,
    Ladder,
    Measure,
    Stream,
    Threshold,
)
from segql.types import Double, Exact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CELLS = 4096
MOST_ASKED = 3
"""Of more values, asking each event for them costs more than sending it."""
MOST_OPTIONS = 250
"""More values of one property, or bounds of one, are not told apart one by one."""


def stream(
    event: str, measures: Mapping[mdl.Aggregate, Sequence[Threshold]], timed: bool
) -> tuple[Stream | None, list[mdl.Aggregate]]:
    """One reading of a kind of events, and the measures that it can't yield."""
    found = _Dimensions()
    fits = {
        test: found.take(test)
        for test in dict.fromkeys(each.selection.test for each in measures)
    }
    kept = [each for each in measures if fits[each.selection.test]]
    rest = [each for each in measures if not fits[each.selection.test]]
    if not kept:
        return None, rest
    dimensions = found.made()
    tests = [test for test, fit in fits.items() if fit]
    grid = _Grid(dimensions)
    selections = [grid.cells(test) for test in tests]
    hull, bounds = _bands(list(map(window_of, kept)), timed)
    values = list(dict.fromkeys(each.value for each in kept if each.value is not None))
    made = []
    for each in kept:
        window = window_of(each)
        first, last = 0, len(bounds) + 1
        if timed and window.start is not None and window.start != hull.start:
            first = bounds.index(window.start) + 1
        if timed and window.end is not None and window.end != hull.end:
            last = bounds.index(window.end) + 1
        made.append(
            Measure(
                each,
                tests.index(each.selection.test),
                first,
                last,
                None if each.value is None else values.index(each.value),
                tuple(measures[each]),
            )
        )
    needed = tuple(_needed(dimensions, grid, selections))
    reading = Stream(
        event,
        hull,
        dimensions,
        tuple(bounds),
        tuple(values),
        needed,
        tuple(tuple(each.nonzero()[0].tolist()) for each in selections),
        tuple(made),
    )
    return reading, rest


def window_of(figure: mdl.Aggregate) -> mdl.Instants:
    (window,) = figure.selection.windows
    assert isinstance(window, mdl.Instants)
    return window


def _bands(
    windows: Sequence[mdl.Instants], timed: bool
) -> tuple[mdl.Instants, list[datetime]]:
    """The time in which all windows lie, and where any begins or ends inside it."""
    if not timed:
        return mdl.Instants(None, None), []
    starts = [each.start for each in windows if each.start is not None]
    ends = [each.end for each in windows if each.end is not None]
    start = min(starts) if len(starts) == len(windows) else None
    end = max(ends)
    return mdl.Instants(start, end), sorted({*starts, *ends}.difference({start, end}))


def singles(test: mdl.Rule | None) -> Iterator[mdl.Rule]:
    """The single tests that a test of an event is made of."""
    match test:
        case None | mdl.Always():
            return
        case mdl.Not(term) | mdl.InSegment(_, term):
            yield from singles(term)
        case mdl.And(terms) | mdl.Or(terms) | mdl.AtLeast(_, _, terms):
            for term in terms:
                yield from singles(term)
        case _:
            yield test


class _Dimensions:
    """Dimensions as they grow, test by test, while their cells are not too many."""

    def __init__(self) -> None:
        self.options: dict[mdl.Value, dict[Any, mdl.Constant]] = {}
        self.cuts: dict[mdl.Value, dict[tuple[Any, bool], mdl.Constant]] = {}
        self.flags: dict[mdl.Rule, None] = {}

    def take(self, test: mdl.Rule | None) -> bool:
        """Whether there is room for a test; then it is taken in."""
        before = self._copy()
        for each in singles(test):
            self._take(each)
        wide = [*self.options.values(), *self.cuts.values()]
        sizes = [each.size for each in self.made()]
        if prod(sizes) <= MOST_CELLS and all(len(e) <= MOST_OPTIONS for e in wide):
            return True
        self.options, self.cuts, self.flags = before
        return False

    def _copy(self) -> Any:
        options = {value: dict(known) for value, known in self.options.items()}
        cuts = {value: dict(known) for value, known in self.cuts.items()}
        return options, cuts, dict(self.flags)

    def _take(self, test: mdl.Rule) -> None:
        if equal := _equality(test):
            value, several = equal
            known = self.options.setdefault(value, {})
            for each in several:
                known.setdefault(each.value, each)
        elif cut := _cut(test):
            value, strict, bound = cut
            self.cuts.setdefault(value, {}).setdefault((bound.value, strict), bound)
        else:
            self.flags[test] = None

    def made(self) -> tuple[Dimension, ...]:
        found: list[Dimension] = []
        for value, options in self.options.items():
            found.append(Choice(value, tuple(options.values())))
        for value, cuts in self.cuts.items():
            ordered = sorted(cuts)
            steps: list[tuple[mdl.Comparison, mdl.Constant]] = [
                (">" if strict else ">=", cuts[bound, strict])
                for bound, strict in ordered
            ]
            found.append(Ladder(value, tuple(steps)))
        return (*found, *map(Flag, self.flags))


def _equality(test: mdl.Rule) -> tuple[mdl.Value, tuple[mdl.Constant, ...]] | None:
    """A value and the constants with one of which a test wants it to be equal.

    Constants that differ are never equal to one value: with doubles they could be.
    """
    match test:
        case mdl.Compare("=" | "!=", value, mdl.Constant() as right):
            several: tuple[mdl.Constant, ...] = (right,)
        case mdl.OneOf(value, several):
            pass
        case _:
            return None
    if isinstance(value, mdl.Constant) or isinstance(value.type, Double):
        return None
    if all(_alike(value, each) for each in several):
        return value, several
    return None


def _cut(test: mdl.Rule) -> tuple[mdl.Value, bool, mdl.Constant] | None:
    """A number and a bound of it; whether what equals the bound lies below."""
    match test:
        case mdl.Compare("<" | "<=" | ">" | ">=", value, mdl.Constant() as right) if (
            isinstance(value.type, Exact)
            and isinstance(right.type, Exact)
            and not isinstance(value, mdl.Constant)
        ):
            return value, test.operator in (">", "<="), right
        case _:
            return None


def _alike(value: mdl.Value, constant: mdl.Constant) -> bool:
    both = value.type, constant.type
    return value.type == constant.type or all(isinstance(e, Exact) for e in both)


class _Grid:
    """All cells at once: what is true of the events in each."""

    def __init__(self, dimensions: Sequence[Dimension]) -> None:
        import numpy as np

        sizes = [each.size for each in dimensions]
        self.count = prod(sizes)
        every = np.arange(self.count)
        places = np.unravel_index(every, sizes) if sizes else ()
        self.choices: dict[mdl.Value, tuple[Choice, NDArray[np.intp]]] = {}
        self.ladders: dict[mdl.Value, tuple[Ladder, NDArray[np.intp]]] = {}
        self.flags: dict[mdl.Rule, NDArray[np.intp]] = {}
        self.places = places
        for each, place in zip(dimensions, places, strict=True):
            match each:
                case Choice(value):
                    self.choices[value] = each, place
                case Ladder(value):
                    self.ladders[value] = each, place
                case Flag(test):
                    self.flags[test] = place

    def cells(self, test: mdl.Rule | None) -> "NDArray[np.bool_]":
        import numpy as np

        found: NDArray[np.bool_]
        match test:
            case None:
                return np.ones(self.count, bool)
            case mdl.Always(value):
                return np.full(self.count, value)
            case mdl.Not(term):
                return ~self.cells(term)
            case mdl.InSegment(_, term):
                return self.cells(term)
            case mdl.And(terms):
                found = np.logical_and.reduce([self.cells(term) for term in terms])
                return found
            case mdl.Or(terms):
                found = np.logical_or.reduce([self.cells(term) for term in terms])
                return found
            case mdl.AtLeast(least, most, terms):
                every = [self.cells(term) for term in terms]
                count = np.sum(every, axis=0)
                most = len(terms) if most is None else most
                found = (count >= least) & (count <= most)
                return found
            case _:
                return self._single(test)

    def _single(self, test: mdl.Rule) -> "NDArray[np.bool_]":
        import numpy as np

        if equal := _equality(test):
            choice, place = self.choices[equal[0]]
            wanted = {each.value for each in equal[1]}
            numbers = [n for n, o in enumerate(choice.options, 1) if o.value in wanted]
            inside: NDArray[np.bool_] = np.isin(place, numbers)
            turned = isinstance(test, mdl.Compare) and test.operator == "!="
            return ~inside if turned else inside
        if cut := _cut(test):
            value, strict, bound = cut
            ladder, place = self.ladders[value]
            rung = [(each.value, o == ">") for o, each in ladder.cuts].index(
                (bound.value, strict)
            )
            assert isinstance(test, mdl.Compare)
            above: NDArray[np.bool_] = place > rung + 1
            return above if test.operator in (">", ">=") else (place > 0) & ~above
        alone: NDArray[np.bool_] = self.flags[test] == 1
        return alone


def _needed(
    dimensions: Sequence[Dimension],
    grid: _Grid,
    selections: "Sequence[NDArray[np.bool_]]",
) -> Iterator[mdl.Rule]:
    """What is true of every event in any of the selections, and soon asked."""
    import numpy as np

    inside = np.logical_or.reduce(selections)
    for dimension, place in zip(dimensions, grid.places, strict=True):
        if (place[inside] == 0).any() or not inside.any():
            continue
        match dimension:
            case Choice(value, options):
                if len(options) <= MOST_ASKED:
                    yield mdl.OneOf(value, options)
            case Flag(test):
                yield test
            case Ladder():
                pass
