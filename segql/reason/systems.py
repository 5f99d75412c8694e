"""A choice of options for figures and sums in, a whole system of constraints out."""

from collections.abc import Sequence
from fractions import Fraction

from segql.model import nodes as mdl
from segql.reason.figures import Figures
from segql.reason.kinds import Kind
from segql.reason.levels import Bag
from segql.reason.nodes import Linear, Subject
from segql.reason.options import Option, ends
from segql.reason.variables import Order, Sum


class System(Figures):
    """Adds what is said of several figures together."""

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
