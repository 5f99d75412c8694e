"""Random tests of a customer as a whole: ordered steps, ranks and samples."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from random_base import ALONE, At, alike, is_scalar
from random_tests import Tests
from random_time import LONG, SHORT

from segql.catalog.nodes import Event
from segql.syntax import nodes as syn
from segql.types import Type


class Whole(Tests):
    """Grows what can't stand in an event's parentheses."""

    def of_everyone(self, at: At) -> list[Callable[[int, At], syn.Expr]]:
        if not at.whole:
            return []
        return [self.sequence] * 5 + [self.rank] * 3 + [self.sample]

    # ---- steps

    def sequence(self, depth: int, at: At) -> syn.Expr:
        """`viewed then bought(same product) within 3 days without returned`"""
        events = [self.timed(ALONE)]
        for _ in range(self.some(1, 1, 1, 2, 2, 3)):
            # Often of one kind, so that steps meet in their properties.
            other = self.timed(ALONE)
            events.append(self.some(other, other, self.chance.choice(events)))
        first = self.events(events[0], depth)
        if self.one_in(4):
            first = syn.Call(syn.Name(self.some("first", "last")), (first,))
        steps = [syn.Step(first)]
        for number, event in enumerate(events[1:], 1):
            before = events[number - 1]
            last = number == len(events) - 1
            steps.append(self.step(event, before, last and self.one_in(3), depth))
        return syn.Then(tuple(steps))

    def events(self, event: Event, depth: int) -> syn.Expr:
        """The events of a step: often all of a kind, so that many steps fit."""
        if self.one_in(2):
            return syn.Name(event.name)
        return self.selection(depth, ALONE, event)

    def step(self, event: Event, before: Event, absent: bool, depth: int) -> syn.Step:
        within = None
        if self.one_in(2):
            unit: Any = self.some(*LONG, *SHORT, "day", "day")
            within = syn.Length(self.count(1, 1, 2, 3, 7, 30), unit)
        without: tuple[syn.Expr, ...] = ()
        if not absent and self.one_in(3):
            without = tuple(
                self.tied(
                    self.chance.choice([event, before, self.timed(ALONE)]), before, 0
                )
                for _ in range(self.some(1, 1, 2))
            )
        return syn.Step(self.tied(event, before, depth), within, without, absent)

    def tied(self, event: Event, before: Event, depth: int) -> syn.Expr:
        """Events, perhaps with some of their values as in the step before."""
        found = self.events(event, depth)
        shared = self.shared(event, before)
        if not shared or not self.one_in(2):
            return found
        same = tuple(
            syn.Same(name)
            for name in self.chance.sample(shared, min(len(shared), self.some(1, 1, 2)))
        )
        return _with_ties(found, syn.Name(event.name), same)

    def shared(self, event: Event, before: Event) -> list[str]:
        """The properties that two events have in common."""

        def fits(a: Type, b: Type) -> bool:
            return is_scalar(a) and is_scalar(b) and alike(a, b)

        return [
            name
            for name, each in event.properties.items()
            if name in before.properties
            and fits(each.column.type, before.properties[name].column.type)
        ]

    # ---- among others

    def rank(self, depth: int, at: At) -> syn.Expr:
        """`top 10% by sum(bought.amount) per city among (newsletter)`"""
        which: Any = self.some("top", "bottom")
        percent = self.one_in(2)
        amount = self.count(1, 1, 2, 3, 5)
        if percent:
            shares = (10, 25, 33, 50, 75, 100, Decimal("0.1"), Decimal("66.7"))
            amount = self.some(syn.Number(self.some(*shares)), self.count(1))
        per = among = None
        if self.one_in(2):
            _, per = self.chance.choice(self.leaves(is_scalar, at))
            named = [n for n in self.names("outer") if is_scalar(n.type)]
            if named and self.one_in(2):
                per = syn.Name(self.chance.choice(named).name)
        if self.one_in(2):
            among = self.rule(min(depth, 1), at)
        return syn.Rank(which, amount, percent, self.ordered(depth, at), per, among)

    def sample(self, depth: int, at: At) -> syn.Expr:
        """`sample 10%..30% seed "exp-1"`"""
        low, high = self.two(lambda: self.some(0, 10, Decimal("12.5"), 25, 50, 75, 90))
        high = high if high > low else 100
        seed: syn.Expr = syn.Text(self.text_() or "exp-1")
        if named := self.names("seed"):
            seed = syn.Name(self.chance.choice(named).name)
        if self.one_in(3):
            return syn.Sample(None, self.some(syn.Number(high), self.count(50)), seed)
        return syn.Sample(syn.Number(low), syn.Number(high), seed)


def _with_ties(node: syn.Expr, name: syn.Name, same: tuple[syn.Same, ...]) -> syn.Expr:
    """The events with what must be the same in their own parentheses."""
    match node:
        case syn.In(value, target, negated):
            return syn.In(_with_ties(value, name, same), target, negated)
        case syn.Lies(value, place):
            return syn.Lies(_with_ties(value, name, same), place)
        case syn.Call(called, arguments):
            return syn.Call(called, (*arguments, *same))
        case _:
            return syn.Call(name, same)
