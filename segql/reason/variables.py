"""Bags of things in; variables for how many there are, and constraints on them, out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from segql.model import nodes as mdl
from segql.reason.cells import Cell
from segql.reason.kinds import Kind, Kinds
from segql.reason.levels import Bag, Figure, Level
from segql.reason.linear_nodes import Constraint, Relation, Variable
from segql.reason.nodes import Subject
from segql.reason.options import Option
from segql.reason.values import core_of

Sum: TypeAlias = dict[int, Fraction]
ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Order:
    """One of some kinds of things is the first or the last of its kind of time."""

    bag: Bag
    kinds: tuple[int, ...]
    which: str


@dataclass
class Variables:
    """Variables and constraints, and what they stand for.

    With `guided` more is said than must be: what makes an example likely to fit.

    `counts` has the variable of each bag's each kind, `sums` those of added values,
    `values` those of a customer's own.
    """

    level: Level
    kinds: dict[int, Kinds]
    above: dict[int, dict[int, bool]] = field(default_factory=dict)
    guided: bool = False
    helped: bool = False
    variables: list[Variable] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    counts: dict[tuple[int, int], int] = field(default_factory=dict)
    sums: dict[tuple[int, int, Subject], int] = field(default_factory=dict)
    values: dict[Subject, int] = field(default_factory=dict)
    spread: dict[tuple[int, Figure], int] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)

    # ---- variables

    def variable(
        self, low: Fraction | None, high: Fraction | None, whole: bool = True
    ) -> int:
        self.variables.append(Variable(low, high, whole))
        return len(self.variables) - 1

    def count(self, bag: Bag, kind: int) -> int:
        key = (id(bag), kind)
        if key not in self.counts:
            self.counts[key] = self.variable(Fraction(0), None)
        return self.counts[key]

    def value(self, subject: Subject, option: Option) -> int:
        """The variable of a customer's own value, in places of its axis."""
        if subject not in self.values:
            axis = self.level.cells[subject].axis
            assert axis is not None
            low = axis.low if option.low is None else option.low
            high = axis.high if option.high is None else option.high
            whole = axis.kind != "double"
            self.values[subject] = self.variable(Fraction(low), Fraction(high), whole)
        return self.values[subject]

    @property
    def size(self) -> int:
        """How long it takes to solve this at least, in about microseconds."""
        things = sum(len(each.kinds) for each in self.kinds.values())
        terms = sum(2 + len(each.coefficients) for each in self.constraints)
        return 200 + 5 * things + 4 * len(self.variables) + 12 * terms

    def say(self, terms: Sum, relation: Relation, limit: Fraction | int) -> None:
        kept = tuple((number, factor) for number, factor in terms.items() if factor)
        self.constraints.append(Constraint(kept, relation, Fraction(limit)))

    def between(self, terms: Sum, low: Fraction | None, high: Fraction | None) -> None:
        if low is not None and low == high:
            self.say(terms, "=", low)
            return
        if low is not None:
            self.say(terms, ">=", low)
        if high is not None:
            self.say(terms, "<=", high)

    def only(
        self,
        bag: Bag,
        members: Sequence[tuple[int, Kind]],
        wanted: Sequence[tuple[int, Kind]],
    ) -> None:
        """Guides: none of some things but those that are wanted."""
        numbers = {number for number, _ in wanted}
        others = [each for each in members if each[0] not in numbers]
        if others:
            self.helped = True
            if self.guided:
                self.say(self.how_many(bag, others), "<=", 0)

    # ---- things of a bag

    def members(
        self, bag: Bag, selection: mdl.Selection | mdl.Rule | None
    ) -> list[tuple[int, Kind]]:
        bit = list(bag.chosen).index(selection)
        kinds = self.kinds[id(bag)].kinds
        return [(n, kind) for n, kind in enumerate(kinds) if kind.chosen >> bit & 1]

    def how_many(self, bag: Bag, members: Iterable[tuple[int, Kind]]) -> Sum:
        return {self.count(bag, number): ONE for number, _ in members}

    def cell(self, bag: Bag, kind: Kind, core: Subject) -> Cell | None:
        """The cell of a value of a kind of things; None if it is not looked into."""
        kinds = self.kinds[id(bag)]
        if core not in kinds.counting:
            return None
        return bag.level.cells[core].cells[kinds.cell(kind, core)]

    def known(
        self, bag: Bag, members: Iterable[tuple[int, Kind]], value: mdl.Value
    ) -> list[tuple[int, Kind]]:
        """Those of which a value may be known."""
        core = core_of(value)
        found = []
        for number, kind in members:
            cell = self.cell(bag, kind, core)
            if cell is None or cell.witness is not None:
                found.append((number, kind))
        return found

    def is_plain(self, bag: Bag, value: mdl.Value) -> bool:
        """Whether it is surely known which things have a value, and roughly which."""
        return core_of(value) in self.kinds[id(bag)].counting
