"""Rules made ready to be computed: what is measured per customer, and formulas.

A plan reuses the model's nodes, in a narrower form: every window is absolute
(`Instants` for events and timestamps, `Days` for dates), a selection has exactly one,
`today` is a constant and so is all that is made of constants alone, `not` stands on
single tests, never on a count of tests, and segments are written out. A measure is a
figure made of events, or a place among the customers, in that form; equal measures of
different rules are equal values, so rules share them.
"""

from dataclasses import dataclass
from typing import TypeAlias

from segql.model import nodes as mdl
from segql.model.windows import Clock
from segql.model.world import World

Figure: TypeAlias = mdl.Aggregate | mdl.Pick | mdl.Periods | mdl.PerGroup
"""What is made of one customer's events alone."""

Measure: TypeAlias = Figure | mdl.Position


def selection_of(figure: Figure) -> mdl.Selection:
    """The events that a figure is made of."""
    if isinstance(figure, mdl.PerGroup):
        return figure.inner.selection
    return figure.selection


@dataclass(frozen=True, slots=True)
class Segment:
    """A rule to compute: the conjuncts of its formula, and the measures in them.

    Who passes every conjunct is a member.
    """

    name: str
    conjuncts: tuple[mdl.Rule, ...]
    measures: tuple[Measure, ...]

    @property
    def rule(self) -> mdl.Rule:
        """The conjuncts as one."""
        first, *others = self.conjuncts
        return mdl.And(self.conjuncts) if others else first


@dataclass(frozen=True, slots=True)
class Plan:
    """Segments over one world, as of one instant."""

    world: World
    clock: Clock
    segments: tuple[Segment, ...]

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure once, in the order of first use."""
        return tuple(
            dict.fromkeys(m for segment in self.segments for m in segment.measures)
        )
