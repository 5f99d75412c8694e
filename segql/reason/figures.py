"""What is asked of a figure over a bag in, constraints on what is in the bag out.

What arithmetic can't say exactly is said more weakly: whatever is impossible then is
impossible.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import assert_never

from segql.model import nodes as mdl
from segql.reason.axes import Axis
from segql.reason.cells import Cell, Cells
from segql.reason.kinds import Kind
from segql.reason.levels import Bag, Figure, is_one_of_them
from segql.reason.nodes import Elements, Subject
from segql.reason.options import Option, ends
from segql.reason.periods import periods_in
from segql.reason.probe import with_day
from segql.reason.values import core_of
from segql.reason.variables import ONE, Sum, Variables
from segql.types import DOUBLE, Exact

_MANY = Fraction(10**9)
_SLACK = Fraction(1, 10**12)


class Figures(Variables):
    """Says one figure after the other."""

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
            if value.type == DOUBLE and function not in ("min", "max", "most_common"):
                # What is infinite both ways has no sum, either.
                self.helped = True
                if self.guided:
                    self.say(some, "<=", 0)
            elif plain:
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
                self.say({total: ONE, count: -Fraction(cell.low)}, ">=", 0)
                self.say({total: ONE, count: -Fraction(cell.high)}, "<=", 0)
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
                    self.say({total: ONE, count: -limit}, relation, 0)  # type: ignore[arg-type]
            found[self.sums[key]] = ONE
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
        key = (id(figure), id(value), id(cell))
        if key not in bag.places:
            given = with_day(core, cell.witness, bag.level.probe.clock)
            found = bag.level.probe.value_of(value, given)
            place = self.level.place(figure, found)
            bag.places[key] = ((figure, value, cell), place)
        return bool(bag.places[key][1] & option.mask)

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
            terms[here] = ONE
            count = self.how_many(bag, some)
            self.say({here: ONE, **dict.fromkeys(count, -ONE)}, "<=", 0)
            if self.is_plain(bag, value):
                most = {here: _MANY, **dict.fromkeys(count, -ONE)}
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
        self.say({here: Fraction(least), **dict.fromkeys(some, -ONE)}, "<=", 0)
        if least == 1:
            self.say({here: _MANY, **dict.fromkeys(some, -ONE)}, ">=", 0)
        self.counted(figure, {here: ONE}, option)

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


def rounded_from(place: int, axis: Axis, side: int) -> Fraction | None:
    """Less (or more) than any average that is a double: it is rounded twice."""
    return axis.number(place + 2 * side)
