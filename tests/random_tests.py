"""Random tests: what is true or false of a customer, or of one event of theirs."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from random_base import ALONE, COMPARISONS, NUMBER, At
from random_time import LONG, SHORT
from random_values import Values

from segql.syntax import nodes as syn
from segql.types import (
    DATE,
    TEXT,
    Boolean,
    Date,
    ListOf,
    Point,
    Text,
    Timestamp,
    Type,
)


class Tests(Values):
    """Grows rules: logic, and single tests."""

    def rule(self, depth: int, at: At = ALONE) -> syn.Expr:
        if depth > 0 and self.one_in(2):
            return self.one_of(
                lambda: syn.Not(self.rule(depth - 1, at)),
                lambda: syn.And(self.terms(syn.And, depth, at)),
                lambda: syn.Or(self.terms(syn.Or, depth, at)),
                lambda: syn.And(self.terms(syn.And, depth, at)),
                lambda: syn.Or(self.terms(syn.Or, depth, at)),
                lambda: self.some_of(depth, at),
            )
        ways = [
            self.comparison,
            self.comparison,
            self.number_range,
            self.membership,
            self.text_test,
            self.text_test,
            self.element,
            self.element_passes,
            self.presence,
            self.presence,
            self.truth,
            self.in_time,
            self.in_time,
            self.compared_time,
            self.anniversary,
            self.near,
        ]
        if at.event is None:
            ways += [self.happened, self.counted, self.counted] * 2
            ways += [self.measured] * 8 + [self.population, self.named_rule]
            ways += self.of_everyone(at)
        else:
            rows = self.catalog.rows_of(at.event.name) if at.own else ()
            ways += [self.happened] * (4 if rows else 1)
            ways += [self.measured, self.named_rule]
        more = self.some(0, 1, 2) if at.event is None and depth > 0 else 0
        return ways[self.chance.randrange(len(ways))](depth - 1 + more, at)

    def of_everyone(self, at: At) -> list[Callable[[int, At], syn.Expr]]:
        """Ways to see a customer among others."""
        return []

    def terms(self, kind: type, depth: int, at: At) -> tuple[syn.Expr, ...]:
        found: list[syn.Expr] = []
        for _ in range(self.some(2, 2, 3)):
            term = self.rule(depth - 1, at)
            found += term.terms if isinstance(term, kind) else [term]  # type: ignore[attr-defined]
        return tuple(found)

    def some_of(self, depth: int, at: At) -> syn.Expr:
        """`at least 2 of (a, b, c)`"""
        terms = tuple(self.rule(depth - 1, at) for _ in range(self.some(1, 2, 3, 3, 4)))
        how: Any = self.some("at least", "at most", "exactly")
        low = 1 if how == "at least" else 0
        high = len(terms) - (how == "at most")
        return syn.Some(how, syn.Number(self.chance.randint(low, high)), terms)

    # ---- one value and another

    def comparison(self, depth: int, at: At) -> syn.Expr:
        type_ = self.type_()
        left = self.value(type_, depth, at)
        if self.one_in(2):
            right = self.constant(type_)
        else:
            right = self.value(type_, depth - 1, at)
        if self.one_in(8):
            left, right = right, left
        operator = self.some(*COMPARISONS)
        if isinstance(type_, Boolean):
            operator = self.some("=", "!=")
        if isinstance(type_, Timestamp) and self.one_in(3):
            right = self.constant(DATE)
            if self.one_in(2):
                right = syn.DayWord(self.some("today", "yesterday", "tomorrow"))
        made = syn.Compare(operator, left, right)
        folds = isinstance(type_, Text) and self.one_in(3)
        return syn.IgnoringCase(made) if folds else made

    def number_range(self, depth: int, at: At) -> syn.Expr:
        if self.one_in(4):
            type_ = self.some(TEXT, NUMBER)
            value = self.counted_(self.value(type_, depth, at))
            low, high = self.leaf(type_, at), self.leaf(type_, at)
            if self.one_in(3):
                low = self.constant(type_)
            return syn.In(value, self.bounds(low, high), self.one_in(4))
        if self.one_in(4):
            value = self.value(TEXT, depth, at)
            return syn.In(value, self.bounds(*map(syn.Text, self.two(self.text_))))
        value = self.counted_(self.value(NUMBER, depth, at))
        low_, high_ = self.two(self.number_)
        if low_ >= 0 and self.one_in(2) and max(low_, high_) < 1000:
            between = self.bounds(syn.Number(low_), syn.Number(high_))
            return syn.Range(value, between.low, between.high)
        return syn.In(
            value, self.bounds(syn.Number(low_), syn.Number(high_)), self.one_in(4)
        )

    def membership(self, depth: int, at: At) -> syn.Expr:
        type_ = self.type_()
        value = self.value(type_, depth, at)
        made = syn.In(value, self.several(type_), self.one_in(3))
        folds = isinstance(type_, Text) and self.one_in(3)
        return syn.IgnoringCase(made) if folds else made

    def text_test(self, depth: int, at: At) -> syn.Expr:
        return self.text_test_of(self.value(TEXT, depth, at), at)

    def text_test_of(self, value: syn.Expr, at: At, bare: bool = False) -> syn.Expr:
        kind = self.some("starts", "ends", "contains", "matches")
        part: syn.Expr
        if kind == "matches":
            part = syn.Text(self.pattern(self.some(0, 1, 2)))
        elif self.one_in(4):
            part = self.value(TEXT, 0, at)
        else:
            part = syn.Text(self.text_())
        made = syn.TextTest(kind, value, part, not bare and self.one_in(4))
        return syn.IgnoringCase(made) if self.one_in(3) else made

    def presence(self, depth: int, at: At) -> syn.Expr:
        if self.one_in(2):
            _, value = self.chance.choice(self.leaves(lambda kind: True, at))
        else:
            value = self.counted_(self.value(self.type_(), depth, at))
        return syn.Presence(value, self.one_in(2))

    def counted_(self, node: syn.Expr) -> syn.Expr:
        """Events in a place where they must be counted in words."""
        alone = self.is_selection(node)
        return syn.Call(syn.Name("count"), (node,)) if alone else node

    def is_selection(self, node: syn.Expr) -> bool:
        match node:
            case syn.Name(name) | syn.Call(syn.Name(name)):
                known = {each.call_name for each in self.catalog.events.values()}
                return name in known | {n.name for n in self.names("selection")}
            case syn.In(_, syn.Habit()):
                return False
            case syn.In(value) | syn.Lies(value):
                return self.is_selection(value)
            case _:
                return False

    # ---- lists

    def lists(self, at: At) -> list[tuple[ListOf, syn.Expr]]:
        return [
            (kind, items)
            for kind, items in self.leaves(lambda kind: isinstance(kind, ListOf), at)
            if isinstance(kind, ListOf)
        ]

    def element(self, depth: int, at: At) -> syn.Expr:
        kind, items = self.chance.choice(self.lists(at))
        if self.one_in(3):
            return syn.Has(items, "one", self.constant(kind.element))
        wanted = self.several(kind.element)
        if isinstance(kind.element, Timestamp) and isinstance(wanted, syn.Several):
            wanted = syn.Several(
                tuple(self.constant(kind.element) for _ in wanted.items)
            )
        return syn.Has(items, self.some("any", "all"), wanted)

    def element_passes(self, depth: int, at: At) -> syn.Expr:
        """`purchases has (starts with "mush")`"""
        kind, items = self.chance.choice(self.lists(at))
        many = self.some(0, 0, 1, 2)
        return syn.HasElement(items, self.element_test(kind.element, many, depth, at))

    def element_test(self, type_: Type, many: int, depth: int, at: At) -> syn.Expr:
        if many:
            terms = [self.element_test(type_, many - 1, depth, at) for _ in range(2)]
            return self.some(
                syn.Not(terms[0]), syn.And(tuple(terms)), syn.Or(tuple(terms))
            )
        one = syn.Element()
        if isinstance(type_, Text) and self.one_in(2):
            return self.text_test_of(one, at, bare=True)
        if isinstance(type_, Date | Timestamp) and self.one_in(2):
            return self.element_in_time(type_, depth, at)
        if self.one_in(4):
            made: syn.Expr = syn.In(one, self.several(type_))
        elif not isinstance(type_, Boolean | Date | Timestamp) and self.one_in(3):
            low, high = self.two(lambda: self.element_constant(type_))
            kind = syn.Text if isinstance(type_, Text) else syn.Number
            return syn.In(one, self.bounds(kind(low), kind(high)))
        else:
            operator = self.some(*COMPARISONS)
            if isinstance(type_, Boolean):
                operator = self.some("=", "!=")
            right = self.constant(type_)
            if self.one_in(2):
                right = self.value(type_, depth, at)
            made = syn.Compare(operator, one, right)
        folds = isinstance(type_, Text) and self.one_in(3)
        return syn.IgnoringCase(made) if folds else made

    def element_constant(self, type_: Type) -> Any:
        return self.text_() if isinstance(type_, Text) else self.number_()

    def element_in_time(self, type_: Type, depth: int, at: At) -> syn.Expr:
        one, kind = syn.Element(), "date" if isinstance(type_, Date) else "time"
        units = LONG if kind == "date" else LONG + SHORT
        return self.one_of(
            lambda: syn.In(one, self.relative(kind, units)),
            lambda: syn.In(one, self.fixed(kind)),
            lambda: syn.In(one, self.fixed_range(kind)),
            lambda: syn.In(one, self.from_today(kind)),
            lambda: syn.In(one, self.from_moments(kind, at)),
            lambda: syn.Lies(one, self.side(kind)),
            lambda: syn.Lies(
                one,
                syn.Side(
                    self.some("before", "since", "after", "until"),
                    self.value(type_, depth, at),
                ),
            ),
        )

    # ---- places, and whole rules

    def near(self, depth: int, at: At) -> syn.Expr:
        """`home within 25 km of any of (here, (52.5, 13.4))`"""
        points = self.leaves(lambda kind: isinstance(kind, Point), at.apart())
        _, value = self.chance.choice(points)
        distance: syn.Expr = syn.Number(
            self.some(1, 7, 8, 25, 111, 5000, 10007, 10008, Decimal("0.5"), 20015)
        )
        unit: Any = self.some("km", "km", "km", "mi", "m")
        if unit == "mi":
            distance = syn.Number(self.some(1, 5, 69, 3107, 6218, 12436))
        elif named := self.names("count"):
            distance = self.some(distance, syn.Name(named[0].name))
        if not self.one_in(3):
            return syn.Near(value, distance, unit, self.place())
        places = tuple(self.place() for _ in range(self.some(1, 2, 3)))
        return syn.Near(value, distance, unit, syn.Several(places), True)

    def place(self) -> syn.Expr:
        named = [each.name for each in self.names("place")]
        if self.one_in(2):
            return syn.Name(self.chance.choice([*self.catalog.places, *named]))
        return self.point()

    def point(self) -> syn.Several:
        latitude = self.some(0, 90, -90, 45, Decimal("52.5"), Decimal("-52.57"))
        longitude = self.some(0, 180, -180, 90, Decimal("13.4"), Decimal("-179.99"))
        return syn.Several((syn.Number(latitude), syn.Number(longitude)))

    def population(self, depth: int, at: At) -> syn.Expr:
        return syn.Population(self.one_in(2))

    def named_rule(self, depth: int, at: At) -> syn.Expr:
        segments = [n for n, whole in self.segments.items() if at.whole or not whole]
        kinds = ("rule", "happened") if at.event is None else ("rule",)
        found = self.names(*kinds, at=at)
        if segments and (not found or self.one_in(2)):
            return syn.InSegment(self.chance.choice(segments))
        if found:
            return syn.Name(self.chance.choice(found).name)
        return self.truth(depth, at)
