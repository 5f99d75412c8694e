"""What is asked of figures in, linear constraints on how many things there are out.

What arithmetic can't say exactly is said more weakly: whatever is impossible then is
impossible.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, assert_never

from segql.model import nodes as mdl
from segql.model.windows import Bounds, Clock, instant_bounds
from segql.reason.axes import Axis
from segql.reason.cells import Cell, Cells
from segql.reason.forms import core_of
from segql.reason.kinds import Kind, Kinds
from segql.reason.levels import Bag, Figure, Level, is_one_of_them
from segql.reason.linear_nodes import Constraint, Relation, Variable
from segql.reason.nodes import Elements, Linear, Subject
from segql.reason.options import Option, ends
from segql.reason.probe import with_day
from segql.types import Exact

Sum = dict[int, Fraction]
_ONE = Fraction(1)
_MANY = Fraction(10**9)
_SLACK = Fraction(1, 10**12)


@dataclass(frozen=True, slots=True)
class Order:
    """One of some kinds of things is the first or the last of its kind of time."""

    bag: Bag
    kinds: tuple[int, ...]
    which: str


@dataclass
class System:
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
            low = None if option.low is None else Fraction(option.low)
            high = None if option.high is None else Fraction(option.high)
            whole = axis is not None and axis.kind != "double"
            self.values[subject] = self.variable(low, high, whole)
        return self.values[subject]

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
        return {self.count(bag, number): _ONE for number, _ in members}

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

    # ---- figures

    def figure(self, bag: Bag, figure: Figure, option: Option) -> None:
        """Says that a figure is as an option has it."""
        match figure:
            case mdl.Aggregate(function, selection, value):
                members = self.members(bag, selection)
                if value is None:
                    self.counted(figure, self.how_many(bag, members), option)
                else:
                    self.aggregate(bag, figure, function, members, value, option)
            case Elements(_, test):
                members = self.members(bag, test)
                self.counted(figure, self.how_many(bag, members), option)
            case mdl.Size():
                members = self.members(bag, None)
                self.counted(figure, self.how_many(bag, members), option)
            case mdl.Periods(period, selection, least):
                self.periods(bag, figure, period, selection, least, option)
            case mdl.PerGroup():
                self.per_group(bag, figure, option)
            case mdl.Pick():
                raise ValueError("picks are said together")
            case _:
                assert_never(figure)

    def counted(self, figure: Subject, terms: Sum, option: Option) -> None:
        low, high = ends(option, self.level.cells[figure])
        self.between(terms, low, high)

    def aggregate(
        self,
        bag: Bag,
        figure: mdl.Aggregate,
        function: mdl.Function,
        members: list[tuple[int, Kind]],
        value: mdl.Value,
        option: Option,
    ) -> None:
        known = self.known(bag, members, value)
        some = self.how_many(bag, known)
        plain = self.is_plain(bag, value)
        cells = self.level.cells[figure]
        if option.missing:
            if plain:
                self.say(some, "<=", 0)
            return
        if function not in ("sum", "distinct", "count"):
            self.say(some, ">=", 1)
        match function:
            case "count":
                self.counted(figure, some, option)
            case "sum":
                self.sum(bag, figure, known, value, option)
            case "avg":
                self.average(bag, figure, known, value, option)
            case "min" | "max":
                self.extreme(bag, figure, known, value, option)
            case "most_common":
                fits = self.fitting(bag, figure, known, value, option)
                self.say(self.how_many(bag, fits), ">=", 1)
                self.only(bag, known, fits)
            case "median":
                self.middle(bag, known, value, option, cells)
                fits = self.fitting(bag, figure, known, value, option)
                self.only(bag, known, fits)
            case "distinct":
                self.distinct(bag, figure, known, value, option)
            case _:
                assert_never(function)

    def added(
        self, bag: Bag, known: Sequence[tuple[int, Kind]], value: mdl.Value
    ) -> Sum | None:
        """The sum of a value, as a number; None if that can't be said exactly."""
        core = core_of(value)
        if value != core or not self.is_plain(bag, value):
            return None
        if not isinstance(value.type, Exact):
            return self.roughly_added(bag, known, value)
        found: Sum = {}
        scale = Fraction(1, 10**value.type.scale)
        for number, kind in known:
            cell = self.cell(bag, kind, core)
            if cell is None or cell.low is None or cell.high is None:
                return None
            key = (id(bag), number, core)
            if key not in self.sums:
                total = self.sums[key] = self.variable(None, None)
                count = self.count(bag, number)
                self.say({total: _ONE, count: -Fraction(cell.low)}, ">=", 0)
                self.say({total: _ONE, count: -Fraction(cell.high)}, "<=", 0)
            found[self.sums[key]] = scale
        return found

    def roughly_added(
        self, bag: Bag, known: Sequence[tuple[int, Kind]], value: mdl.Value
    ) -> Sum | None:
        """The sum of doubles, which is rounded as it goes: only a guide."""
        self.helped = True
        if not self.guided:
            return None
        found: Sum = {}
        axis = bag.level.cells[value].axis
        for number, kind in known:
            cell = self.cell(bag, kind, value)
            if cell is None or cell.low is None or cell.high is None or axis is None:
                return None
            key = (id(bag), number, value)
            if key not in self.sums:
                total = self.sums[key] = self.variable(None, None, False)
                count = self.count(bag, number)
                for place, relation in ((cell.low, ">="), (cell.high, "<=")):
                    end = axis.number(place)
                    limit = _MANY if relation == "<=" else -_MANY
                    limit = limit if end is None or abs(end) > _MANY else end
                    self.say({total: _ONE, count: -limit}, relation, 0)  # type: ignore[arg-type]
            found[self.sums[key]] = _ONE
        return found

    def sum(
        self,
        bag: Bag,
        figure: mdl.Aggregate,
        known: list[tuple[int, Kind]],
        value: mdl.Value,
        option: Option,
    ) -> None:
        low, high = ends(option, self.level.cells[figure])
        total = self.added(bag, known, value)
        if total is not None:
            self.between(total, low, high)
        elif (low is not None and low > 0) or (high is not None and high < 0):
            self.say(self.how_many(bag, known), ">=", 1)

    def average(
        self,
        bag: Bag,
        figure: mdl.Aggregate,
        known: list[tuple[int, Kind]],
        value: mdl.Value,
        option: Option,
    ) -> None:
        total = self.added(bag, known, value)
        if total is None:
            return
        axis = self.level.cells[figure].axis
        if axis is None:
            return
        low = None if option.low is None else rounded_from(option.low, axis, -1)
        high = None if option.high is None else rounded_from(option.high, axis, 1)
        for limit, relation in ((low, ">="), (high, "<=")):
            if limit is None:
                continue
            terms = dict(total)
            for number, _ in known:
                terms[self.count(bag, number)] = -limit
            self.say(terms, relation, 0)  # type: ignore[arg-type]

    def extreme(
        self,
        bag: Bag,
        figure: mdl.Aggregate,
        known: list[tuple[int, Kind]],
        value: mdl.Value,
        option: Option,
    ) -> None:
        fits = self.fitting(bag, figure, known, value, option)
        self.say(self.how_many(bag, fits), ">=", 1)
        if value != core_of(value) or self.level.cells[figure].axis is None:
            return
        beyond = []
        for number, kind in known:
            cell = self.cell(bag, kind, value)
            if cell is None or cell.low is None or cell.high is None:
                continue
            below = option.low is not None and cell.high < option.low
            above = option.high is not None and cell.low > option.high
            if below if figure.function == "min" else above:
                beyond.append((number, kind))
        if beyond:
            self.say(self.how_many(bag, beyond), "<=", 0)

    def middle(
        self,
        bag: Bag,
        known: list[tuple[int, Kind]],
        value: mdl.Value,
        option: Option,
        cells: Cells,
    ) -> None:
        """Some are not above a median, and some are not below it."""
        if value != core_of(value) or not self.is_plain(bag, value):
            return
        low, high = ends(option, cells)
        inner = bag.level.cells[value]
        for limit, up in ((high, False), (low, True)):
            if limit is None or inner.axis is None:
                continue
            some = []
            for number, kind in known:
                cell = self.cell(bag, kind, value)
                if cell is None or cell.low is None or cell.high is None:
                    return
                end = inner.axis.number(cell.high if up else cell.low)
                slack = abs(limit) * _SLACK
                if end is None or (
                    end + slack >= limit if up else end - slack <= limit
                ):
                    some.append((number, kind))
            self.say(self.how_many(bag, some), ">=", 1)

    def fitting(
        self,
        bag: Bag,
        figure: mdl.Aggregate | mdl.Pick | mdl.PerGroup,
        members: Iterable[tuple[int, Kind]],
        value: mdl.Value,
        option: Option,
    ) -> list[tuple[int, Kind]]:
        """The things whose value is as an option has it, or may be."""
        found = []
        core = core_of(value)
        for number, kind in members:
            cell = self.cell(bag, kind, core)
            if cell is None or self.may_be(bag, figure, value, core, cell, option):
                found.append((number, kind))
        return found

    def may_be(
        self,
        bag: Bag,
        figure: mdl.Aggregate | mdl.Pick | mdl.PerGroup,
        value: mdl.Value,
        core: mdl.Value,
        cell: Cell,
        option: Option,
    ) -> bool:
        if cell.witness is None:
            return option.missing
        given = with_day(core, cell.witness, bag.level.probe.clock)
        found = bag.level.probe.value_of(value, given)
        return bool(self.level.place(figure, found) & option.mask)

    def distinct(
        self,
        bag: Bag,
        figure: mdl.Aggregate,
        known: list[tuple[int, Kind]],
        value: mdl.Value,
        option: Option,
    ) -> None:
        """In each cell there are at most as many values as things, and one if any."""
        terms: Sum = {}
        alike: dict[Cell | None, list[tuple[int, Kind]]] = {}
        for number, kind in known:
            known_cell = self.cell(bag, kind, value)
            alike.setdefault(known_cell, []).append((number, kind))
        for cell, some in alike.items():
            size = None if cell is None else cell.size
            here = self.variable(Fraction(0), None if size is None else Fraction(size))
            terms[here] = _ONE
            count = self.how_many(bag, some)
            self.say({here: _ONE, **dict.fromkeys(count, -_ONE)}, "<=", 0)
            if self.is_plain(bag, value):
                most = {here: _MANY, **dict.fromkeys(count, -_ONE)}
                self.say(most, ">=", 0)
        self.counted(figure, terms, option)

    def periods(
        self,
        bag: Bag,
        figure: mdl.Periods,
        period: mdl.Period,
        selection: mdl.Selection,
        least: int,
        option: Option,
    ) -> None:
        members = self.members(bag, selection)
        some = self.how_many(bag, members)
        most = periods_in(period, selection, self.level.probe.clock)
        here = self.variable(Fraction(0), None if most is None else Fraction(most))
        self.spread[id(bag), figure] = here
        self.say({here: Fraction(least), **dict.fromkeys(some, -_ONE)}, "<=", 0)
        if least == 1:
            self.say({here: _MANY, **dict.fromkeys(some, -_ONE)}, ">=", 0)
        self.counted(figure, {here: _ONE}, option)

    def per_group(self, bag: Bag, figure: mdl.PerGroup, option: Option) -> None:
        members = self.members(bag, figure.inner.selection)
        grouped = self.known(bag, members, figure.by)
        counts = figure.inner.function == "count"
        plain = self.is_plain(bag, figure.by)
        some = self.how_many(bag, grouped)
        if option.missing:
            if counts and plain:
                self.say(some, "<=", 0)
            return
        if figure.function not in ("sum", "count", "distinct"):
            self.say(some, ">=", 1)
        low, high = ends(option, self.level.cells[figure])
        if is_one_of_them(figure) and figure.inner.value is not None:
            fits = self.fitting(bag, figure, grouped, figure.inner.value, option)
            self.say(self.how_many(bag, fits), ">=", 1)
            self.only(bag, grouped, fits)
        if not counts:
            return
        if figure.function == "sum":
            self.between(some, low, high if plain else None)
        elif figure.function in ("max", "avg", "median", "min"):
            if low is not None:
                self.say(some, ">=", low)
            if high is not None:
                self.helped = True
                if self.guided:
                    self.say(some, "<=", high)

    # ---- picks of one event

    def picked(
        self,
        bag: Bag,
        picks: Sequence[tuple[mdl.Pick, Option]],
        rank: int | None,
    ) -> bool:
        """Says which event is picked: one of a rank in time, or none if that is None.

        False if none of them can be.
        """
        first = picks[0][0]
        members = self.members(bag, first.selection)
        if rank is None:
            nth = first.n if first.which == "nth" else 1
            self.say(self.how_many(bag, members), "<=", nth - 1)
            return True
        fits = [each for each in members if self.rank(bag, each[1]) == rank]
        for pick, option in picks:
            fits = self.fitting(bag, pick, fits, pick.value, option)
        if not fits:
            return False
        self.say(self.how_many(bag, fits), ">=", 1)
        if first.which == "nth":
            self.say(self.how_many(bag, members), ">=", first.n)
            return True
        late = first.which == "last"
        beyond = [
            each
            for each in members
            if (
                self.rank(bag, each[1]) > rank
                if late
                else self.rank(bag, each[1]) < rank
            )
        ]
        if beyond:
            self.say(self.how_many(bag, beyond), "<=", 0)
        self.orders.append(Order(bag, tuple(n for n, _ in fits), first.which))
        return True

    def rank(self, bag: Bag, kind: Kind) -> int:
        """Where a kind of things lies in time."""
        cell = self.cell(bag, kind, mdl.EventTime())
        return 0 if cell is None else cell.rank

    # ---- sums of figures and values

    def sum_of(
        self, linear: Linear, option: Option, chosen: dict[Subject, Option]
    ) -> None:
        terms: Sum = {}
        for value, factor in linear.terms:
            for number, by in self.expression(value, chosen[value]).items():
                terms[number] = terms.get(number, Fraction(0)) + factor * by
        low, high = ends(option, self.level.cells[linear])
        self.between(terms, low, high)

    def expression(self, value: mdl.Value, option: Option) -> Sum:
        """A value as a number, of variables."""
        for bag in self.level.bags.values():
            if value not in bag.figures:
                continue
            match value:
                case mdl.Aggregate("count", selection, None):
                    return self.how_many(bag, self.members(bag, selection))
                case mdl.Aggregate("sum", selection, added) if added is not None:
                    known = self.known(bag, self.members(bag, selection), added)
                    total = self.added(bag, known, added)
                    if total is not None:
                        return total
                case mdl.Size():
                    return self.how_many(bag, self.members(bag, None))
                case _:
                    pass
        axis = self.level.cells[value].axis
        assert axis is not None
        return {self.value(value, option): Fraction(1, 10**axis.scale)}


def rounded_from(place: int, axis: Axis, side: int) -> Fraction | None:
    """The least (or greatest) number that is rounded to a double, or nearly."""
    here, beside = axis.number(place), axis.number(place + side)
    return None if here is None or beside is None else (here + beside) / 2


def periods_in(
    period: mdl.Period, selection: mdl.Selection, clock: Clock
) -> int | None:
    """At most in how many periods the events of a selection can lie."""
    from segql.model.windows import local_day, period_start

    least = None
    for window in selection.windows:
        found: Bounds = instant_bounds(window, clock)
        if found.start is None:
            continue
        end = clock.as_of if found.end is None else min(found.end, clock.as_of)
        first, last = local_day(found.start, clock.zone), local_day(end, clock.zone)
        if last < first:
            return 0
        if (last - first).days > 4000:
            continue
        starts: set[Any] = set()
        day = first
        from datetime import timedelta

        while day <= last:
            starts.add(period_start(day, period, clock))
            day += timedelta(days=1)
        here = len(starts)
        if found.end is not None and end == found.end and _begins(end, period, clock):
            here -= 1
        least = here if least is None else min(least, here)
    return least


def _begins(moment: Any, period: mdl.Period, clock: Clock) -> bool:
    """Whether a period begins at an instant: what ends there is not in it."""
    from segql.model.windows import local_day, midnight, period_start

    day = local_day(moment, clock.zone)
    return (
        midnight(day, clock.zone) == moment and period_start(day, period, clock) == day
    )
