"""Many segments to compute together: what is found once, and formulas over it.

A `Shared` plan has a `Step` for each different part of all rules, named by its place:
the parts of a part come before it. A leaf is a single test; how its customers are
found stands in one of four ways, each of which finds many leaves at a time but the
last.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import prod
from typing import TypeAlias

from segql.model import nodes as mdl
from segql.plan.nodes import Figure

# ---- formulas


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single test of a customer."""

    test: mdl.Rule


@dataclass(frozen=True, slots=True)
class Fixed:
    value: bool


@dataclass(frozen=True, slots=True)
class Opposite:
    term: int


@dataclass(frozen=True, slots=True)
class Both:
    terms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Either:
    terms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """At least so many of the terms, and at most so many; None: any number."""

    least: int
    most: int | None
    terms: tuple[int, ...]


Step: TypeAlias = Leaf | Fixed | Opposite | Both | Either | Several


# ---- what is counted while events pass by once


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of some values a property has: 1 for the first of them, 0 for none."""

    value: mdl.Value
    options: tuple[mdl.Constant, ...]

    @property
    def size(self) -> int:
        return len(self.options) + 1


@dataclass(frozen=True, slots=True)
class Flag:
    """Whether an event passes a test."""

    test: mdl.Rule

    @property
    def size(self) -> int:
        return 2


@dataclass(frozen=True, slots=True)
class Ladder:
    """How many of some cuts a number has passed, plus 1; 0 if it is missing.

    Each cut is `>` or `>=` with its bound; they ascend.
    """

    value: mdl.Value
    cuts: tuple[tuple[mdl.Comparison, mdl.Constant], ...]

    @property
    def size(self) -> int:
        return len(self.cuts) + 2


Dimension: TypeAlias = Choice | Flag | Ladder


@dataclass(frozen=True, slots=True)
class Threshold:
    """A leaf that asks how a whole number compares with a bound."""

    leaf: int
    operator: mdl.Comparison
    bound: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A count or a sum per customer, and the leaves that ask for it.

    Of the events of a selection in the bands from `first` to before `last`. `value` is
    the place of what is summed, or None; its digits after the point are taken for
    digits before it, so that the sum is a whole number.
    """

    figure: mdl.Aggregate
    selection: int
    first: int
    last: int
    value: int | None
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """The events of a kind, read once for all the measures of them.

    A cell is one combination of the dimensions, a band the stretch of time between two
    neighbours of `bounds`; both are numbers. Each of the `selections` is a set of
    cells. What is `needed` is true of every event in any of them.
    """

    event: str
    hull: mdl.Instants
    dimensions: tuple[Dimension, ...]
    bounds: tuple[datetime, ...]
    values: tuple[mdl.Value, ...]
    needed: tuple[mdl.Rule, ...]
    selections: tuple[tuple[int, ...], ...]
    measures: tuple[Measure, ...]

    @property
    def bands(self) -> int:
        return len(self.bounds) + 1

    @property
    def cells(self) -> int:
        return prod(each.size for each in self.dimensions)


# ---- what is asked otherwise


@dataclass(frozen=True, slots=True)
class Grouped:
    """Leaves about figures of one kind of events, which one grouping yields.

    `nothing` are those that are true of customers without such events.
    """

    event: str
    figures: tuple[Figure, ...]
    leaves: tuple[int, ...]
    nothing: frozenset[int]


@dataclass(frozen=True, slots=True)
class Apart:
    """A step that is found by a query of its own, as if it were a segment."""

    step: int
    rule: mdl.Rule


@dataclass(frozen=True, slots=True)
class Shared:
    """Segments over one world, as of one instant, with all that they share.

    `plain` are the leaves about attributes alone, which are read with the customers.
    """

    steps: tuple[Step, ...]
    segments: Mapping[str, int]
    plain: tuple[int, ...]
    streams: tuple[Stream, ...]
    grouped: tuple[Grouped, ...]
    apart: tuple[Apart, ...]


def terms_of(step: Step) -> tuple[int, ...]:
    match step:
        case Leaf() | Fixed():
            return ()
        case Opposite(term):
            return (term,)
        case Both(terms) | Either(terms) | Several(terms=terms):
            return terms


def below(
    steps: Sequence[Step], places: Iterable[int], ends: Container[int] = ()
) -> set[int]:
    """Some steps and all that they are made of; not what those at the `ends` are."""
    found: set[int] = set()
    left = [*places]
    while left:
        place = left.pop()
        if place not in found:
            found.add(place)
            left += () if place in ends else terms_of(steps[place])
    return found
