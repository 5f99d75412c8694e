"""Random values of a customer, or of one event of theirs."""

from random_base import ALONE, NUMBER, POSITIONS, At, alike, is_number
from random_events import Events
from random_time import LONG, SHORT

from segql.syntax import nodes as syn
from segql.types import BOOLEAN, DATE, TIMESTAMP, Date, Double, Exact, Type

_PARTS = ("year", "quarter", "month", "day", "weekday")
_PARTS_OF_TIME = ("hour", "minute")


class Values(Events):
    """Grows values of a wanted type."""

    def value(self, type_: Type, depth: int, at: At) -> syn.Expr:
        if isinstance(type_, Exact | Double):
            return self.number(depth, at)
        named = self.names("value", "outer", at=at, type_=type_)
        if named and self.one_in(3):
            return syn.Name(self.chance.choice(named).name)
        if depth > 0 and self.one_in(3):
            found = self.measure(type_, depth - 1, at)
            if found is not None:
                return found
        if depth > 0 and self.one_in(8):
            return self.choice(type_, depth, at)
        if isinstance(type_, Date) and self.one_in(12):
            return syn.DayWord(self.some("today", "yesterday", "tomorrow"))
        found_ = self.leaves(lambda kind: alike(kind, type_), at)
        if not found_:
            return self.constant(type_)
        return self.chance.choice(found_)[1]

    def truth(self, depth: int, at: At) -> syn.Expr:
        return self.value(BOOLEAN, depth, at)

    def ordered(self, depth: int, at: At) -> syn.Expr:
        """A value that customers can be put in order by."""
        type_ = self.some(NUMBER, NUMBER, NUMBER, DATE, TIMESTAMP)
        found = None
        if self.one_in(2):
            found = self.measure(type_, depth, at)
        found = found or self.value(type_, depth, at)
        return self.leaf(type_, at) if self.is_constant(found) else found

    def number(self, depth: int, at: At) -> syn.Expr:
        named = self.names("value", "outer", at=at, type_=NUMBER)
        if named and self.one_in(4):
            return syn.Name(self.chance.choice(named).name)
        if depth > 0 and self.one_in(2):
            return self.one_of(
                lambda: self.binary(depth, at),
                lambda: self.binary(depth, at),
                lambda: self.minus(depth, at),
                lambda: self.size(at),
                lambda: self.counting(depth - 1, at),
                lambda: self.measure(NUMBER, depth - 1, at) or self.constant(NUMBER),
                lambda: self.measure(NUMBER, depth - 1, at) or self.constant(NUMBER),
                lambda: self.choice(NUMBER, depth, at),
                lambda: self.elapsed(depth, at),
                lambda: self.part_of(depth, at),
                lambda: self.position(depth, at),
            )
        found = self.leaves(is_number, at)
        return self.chance.choice(found)[1] if found else self.constant(NUMBER)

    def binary(self, depth: int, at: At) -> syn.Expr:
        left = self.number(depth - 1, at)
        right = self.number(depth - 1, at)
        if self.one_in(3):
            right = self.constant(NUMBER)
        if self.one_in(6):
            left = self.constant(NUMBER)
        return syn.Binary(self.some("+", "-", "*", "/"), left, right)

    def minus(self, depth: int, at: At) -> syn.Expr:
        operand = self.number(depth - 1, at)
        return operand if isinstance(operand, syn.Number) else syn.Minus(operand)

    def size(self, at: At) -> syn.Expr:
        _, items = self.chance.choice(self.lists(at))
        return syn.Call(syn.Name("size"), (items,))

    def choice(self, type_: Type, depth: int, at: At) -> syn.Expr:
        """`(60 if newsletter else 65)`"""
        then, other = (
            self.constant(type_) if self.one_in(2) else self.value(type_, depth - 1, at)
            for _ in range(2)
        )
        return syn.Choice(then, self.rule(depth - 1, at), other)

    def elapsed(self, depth: int, at: At) -> syn.Expr:
        """`days since last(bought)`"""
        value, timed = self.some_time(depth, at)
        return syn.Elapsed(self.some(*LONG, *(SHORT if timed else ())), value)

    def part_of(self, depth: int, at: At) -> syn.Expr:
        """`month of birthdate`"""
        value, timed = self.some_time(depth, at)
        return syn.PartOf(self.some(*_PARTS, *(_PARTS_OF_TIME if timed else ())), value)

    def some_time(self, depth: int, at: At) -> tuple[syn.Expr, bool]:
        """A date or a timestamp, or one event, and whether it has a time of day."""
        if self.one_in(4):
            return self.one(depth - 1, at), True
        if self.one_in(2):
            return self.value(DATE, depth - 1, at), False
        return self.value(TIMESTAMP, depth - 1, at), True

    def position(self, depth: int, at: At = ALONE) -> syn.Expr:
        """`quintile(sum(bought.amount))`"""
        if not at.whole:
            return self.number(depth - 1, at)
        value = self.ordered(depth - 1, at)
        return syn.Call(syn.Name(self.some(*POSITIONS)), (value,))

    def compared_time(self, depth: int, at: At) -> syn.Expr:
        """A test of what is elapsed, of a part, or of a position."""
        value = self.one_of(
            lambda: self.elapsed(depth, at),
            lambda: self.part_of(depth, at),
            lambda: self.position(depth, at),
        )
        number = syn.Number(self.some(0, 1, 2, 3, 5, 7, 12, 24, 30, 90, 365, 2025))
        if isinstance(value, syn.Elapsed) and value.unit in SHORT and self.one_in(2):
            number = syn.Number(self.some(3600, 24 * 3600, 24, 720, 86400 * 30, 1440))
        if self.one_in(4):
            numbers = tuple(self.count(1, 2, 3, 5, 6, 7, 30) for _ in range(2))
            return syn.In(value, syn.Several(numbers), self.one_in(3))
        operator: syn.Comparison = self.some("=", "!=", "<", "<=", ">", ">=")
        return syn.Compare(operator, value, number)
