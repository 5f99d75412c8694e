"""Random rules: syntax trees grown from the wanted type down, right by construction.

A source of chance in, definitions out. With Hypothesis the chance is drawn from its
choices, so that it shrinks; the deep run takes a plain `random.Random`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from random_data import TEXTS

from segql.catalog.nodes import Catalog, Event
from segql.syntax import nodes as syn
from segql.types import (
    BOOLEAN,
    DATE,
    TEXT,
    TIMESTAMP,
    Boolean,
    Date,
    Double,
    Exact,
    ListOf,
    Point,
    Text,
    Timestamp,
    Type,
)

COMPARISONS: tuple[syn.Comparison, ...] = ("=", "!=", "<", "<=", ">", ">=")
_LONG = ("day", "week", "month", "quarter", "year")
_SHORT = ("second", "minute", "hour")
_NUMBER = Exact(1)
"""Stands for every type of number."""


@dataclass(frozen=True)
class Script:
    """A definition, the values of its parameters, and the segments beside it."""

    definition: syn.Definition
    params: dict[str, object] = field(default_factory=dict)
    segments: dict[str, syn.Definition] = field(default_factory=dict)


@dataclass
class Named:
    """A name of the file: what kind of thing it is, its type, the event it is about."""

    name: str
    kind: str
    type: Type | None = None
    event: str | None = None
    size: int = 0


def scripts(catalog: Catalog, as_of: datetime) -> st.SearchStrategy[Script]:
    """Definitions over a catalog, as a strategy."""
    return st.randoms(use_true_random=False).map(
        lambda chance: script(chance, catalog, as_of)
    )


def script(chance: Random, catalog: Catalog, as_of: datetime) -> Script:
    """A whole definition, with names of its own and segments beside it, or neither."""
    grower = Grower(chance, catalog, as_of)
    declarations: list[syn.Let | syn.Param] = []
    params: dict[str, object] = {}
    segments: dict[str, syn.Definition] = {}
    if grower.one_in(3):
        for number in range(1, grower.some(2, 3, 4)):
            declarations.append(grower.declaration(f"n{number}", params))
    if grower.one_in(8):
        other = Grower(chance, catalog, as_of)
        for name in ("vip", "life.new")[: grower.some(1, 2)]:
            segments[name] = syn.Definition(None, (), other.rule(2))
            grower.segments.append(name)
    header = None
    if grower.one_in(10):
        header = syn.Header(syn.Name("s"), grower.text_(), "x", ("a", "b"))
    rule = grower.rule(grower.some(0, 1, 1, 2, 2, 3, 3, 4))
    return Script(syn.Definition(header, tuple(declarations), rule), params, segments)


class Grower:
    """Grows trees; `event` is the one in whose parentheses a tree will stand."""

    def __init__(self, chance: Random, catalog: Catalog, as_of: datetime) -> None:
        self.chance = chance
        self.catalog = catalog
        self.as_of = as_of
        self.today = as_of.astimezone(ZoneInfo(catalog.entity.zone)).date()
        self.named: list[Named] = []
        self.segments: list[str] = []

    def some(self, *choices: Any) -> Any:
        return choices[self.chance.randrange(len(choices))]

    def one_in(self, number: int) -> bool:
        return self.chance.randrange(number) == 0

    def one_of(self, *ways: Callable[[], Any]) -> Any:
        return ways[self.chance.randrange(len(ways))]()

    # ---- rules

    def rule(self, depth: int, event: Event | None = None) -> syn.Expr:
        if depth > 0 and self.one_in(2):
            return self.one_of(
                lambda: syn.Not(self.rule(depth - 1, event)),
                lambda: syn.And(self.terms(syn.And, depth, event)),
                lambda: syn.Or(self.terms(syn.Or, depth, event)),
            )
        ways = [
            self.comparison,
            self.comparison,
            self.number_range,
            self.membership,
            self.text_test,
            self.text_test,
            self.element,
            self.presence,
            self.presence,
            self.truth,
            self.in_time,
            self.in_time,
        ]
        if event is None:
            ways += [self.happened, self.counted, self.counted] * 2
            ways += [self.measured] * 8 + [self.population, self.named_rule]
        return ways[self.chance.randrange(len(ways))](depth - 1, event)

    def terms(
        self, kind: type, depth: int, event: Event | None
    ) -> tuple[syn.Expr, ...]:
        found: list[syn.Expr] = []
        for _ in range(self.some(2, 2, 3)):
            term = self.rule(depth - 1, event)
            found += term.terms if isinstance(term, kind) else [term]
        return tuple(found)

    def comparison(self, depth: int, event: Event | None) -> syn.Expr:
        type_ = self.type_()
        left = self.value(type_, depth, event)
        if self.one_in(2):
            right = self.constant(type_)
        else:
            right = self.value(type_, depth - 1, event)
        if self.one_in(8):
            left, right = right, left
        operator = self.some(*COMPARISONS)
        if isinstance(type_, Boolean):
            operator = self.some("=", "!=")
        if isinstance(type_, Timestamp) and self.one_in(3):
            right = self.constant(DATE)
        made = syn.Compare(operator, left, right)
        folds = isinstance(type_, Text) and self.one_in(3)
        return syn.IgnoringCase(made) if folds else made

    def number_range(self, depth: int, event: Event | None) -> syn.Expr:
        if self.one_in(3):
            type_ = self.some(TEXT, DATE, TIMESTAMP)
            value = self.value(type_, depth, event)
            if isinstance(type_, Text):
                return syn.In(value, self.bounds(*map(syn.Text, self.two(self.text_))))
            return self.in_time(depth, event)
        value = self.value(_NUMBER, depth, event)
        if self.is_selection(value):
            value = syn.Call(syn.Name("count"), (value,))
        low, high = self.two(self.number_)
        if low >= 0 and self.one_in(2) and max(low, high) < 1000:
            between = self.bounds(syn.Number(low), syn.Number(high))
            return syn.Range(value, between.low, between.high)
        return syn.In(
            value, self.bounds(syn.Number(low), syn.Number(high)), self.one_in(4)
        )

    def two(self, make: Callable[[], Any]) -> tuple[Any, Any]:
        low, high = sorted((make(), make()))
        return low, high

    def bounds(self, low: Any, high: Any) -> syn.Between:
        match self.chance.randrange(4):
            case 0:
                return syn.Between(None, high)
            case 1:
                return syn.Between(low, None)
            case _:
                return syn.Between(low, high)

    def membership(self, depth: int, event: Event | None) -> syn.Expr:
        type_ = self.type_()
        value = self.value(type_, depth, event)
        made = syn.In(value, self.several(type_), self.one_in(3))
        folds = isinstance(type_, Text) and self.one_in(3)
        return syn.IgnoringCase(made) if folds else made

    def several(self, type_: Type) -> syn.Expr:
        listed = [n for n in self.named if n.kind == "list" and _alike(n.type, type_)]
        if listed and self.one_in(2):
            return syn.Name(self.chance.choice(listed).name)
        if isinstance(type_, Timestamp) and self.one_in(4):
            type_ = DATE
        return syn.Several(
            tuple(self.constant(type_) for _ in range(self.some(1, 2, 2, 3)))
        )

    def text_test(self, depth: int, event: Event | None) -> syn.Expr:
        value = self.value(TEXT, depth, event)
        kind = self.some("starts", "ends", "contains", "matches")
        part: syn.Expr
        if kind == "matches":
            part = syn.Text(self.pattern(self.some(0, 1, 2)))
        elif self.one_in(4):
            part = self.value(TEXT, 0, event)
        else:
            part = syn.Text(self.text_())
        made = syn.TextTest(kind, value, part, self.one_in(4))
        return syn.IgnoringCase(made) if self.one_in(3) else made

    def pattern(self, depth: int) -> str:
        if depth:
            inner = self.pattern(depth - 1)
            return self.one_of(
                lambda: f"{inner}{self.pattern(depth - 1)}",
                lambda: f"({inner}|{self.pattern(depth - 1)})",
                lambda: f"({inner}){self.some('*', '+', '?', '{2}', '{1,2}', '{0,}')}",
            )
        return self.some(
            "a", "b", "ß", "[ab]", "[^a]", ".", "[a-z]*", "\\.", "[A-ZÄß]", "[0-9]",
            "[^a-zß]+",
            " ", "i", "İ", "[^ß]*", "K", "\\+", "[0-9]{2}", "paid", "é", "%",
        )  # fmt: skip

    def element(self, depth: int, event: Event | None) -> syn.Expr:
        found = self.leaves(lambda kind: isinstance(kind, ListOf), event)
        if not found:
            return self.truth(depth, event)
        kind, items = self.chance.choice(found)
        assert isinstance(kind, ListOf)
        if self.one_in(3):
            made = syn.Has(items, "one", self.constant(kind.element))
        else:
            quantifier = self.some("any", "all")
            wanted = self.several(kind.element)
            if isinstance(kind.element, Timestamp) and isinstance(wanted, syn.Several):
                wanted = syn.Several(
                    tuple(self.constant(kind.element) for _ in wanted.items)
                )
            made = syn.Has(items, quantifier, wanted)
        return made

    def presence(self, depth: int, event: Event | None) -> syn.Expr:
        if self.one_in(2):
            found = self.leaves(lambda kind: True, event)
            _, value = self.chance.choice(found)
        else:
            value = self.value(self.type_(), depth, event)
            if self.is_selection(value):
                value = syn.Call(syn.Name("count"), (value,))
        return syn.Presence(value, self.one_in(2))

    def is_selection(self, node: syn.Expr) -> bool:
        match node:
            case syn.Name(name) | syn.Call(syn.Name(name)):
                named = [n.name for n in self.named if n.kind == "selection"]
                return name in self.catalog.events or name in named
            case syn.In(value) | syn.Lies(value):
                return self.is_selection(value)
            case _:
                return False

    def truth(self, depth: int, event: Event | None) -> syn.Expr:
        return self.value(BOOLEAN, depth, event)

    def population(self, depth: int, event: Event | None) -> syn.Expr:
        return syn.Population(self.one_in(2))

    def named_rule(self, depth: int, event: Event | None) -> syn.Expr:
        if self.segments and self.one_in(2):
            return syn.InSegment(self.chance.choice(self.segments))
        found = [n for n in self.named if n.kind == "rule"]
        if found:
            return syn.Name(self.chance.choice(found).name)
        if self.segments:
            return syn.InSegment(self.chance.choice(self.segments))
        return self.truth(depth, event)

    # ---- events

    def happened(self, depth: int, event: Event | None) -> syn.Expr:
        return self.selection(depth)

    def counted(self, depth: int, event: Event | None) -> syn.Expr:
        count = self.selection(depth)
        match self.chance.randrange(8):
            case 0:
                return syn.Range(count, syn.Number(1), syn.Number(self.some(1, 2, 3)))
            case 1:
                return syn.Compare(
                    self.some(*COMPARISONS), count, self.selection(depth - 1)
                )
            case 2:
                numbers = tuple(syn.Number(self.some(0, 1, 2, 3)) for _ in range(2))
                return syn.In(count, syn.Several(numbers), self.one_in(3))
            case 3:
                low = self.some(0, 1, 2)
                return syn.Range(count, syn.Number(low), None)
            case 4:
                return syn.Range(count, None, syn.Number(self.some(0, 1, 2)))
            case _:
                number = syn.Number(self.some(0, 1, 1, 2, 3, -1))
                return syn.Compare(self.some(*COMPARISONS), count, number)

    def measured(self, depth: int, event: Event | None) -> syn.Expr:
        """A comparison with an aggregate, or with a value of one event."""
        type_ = self.some(_NUMBER, self.type_())
        left = self.measure(type_, depth)
        if left is None:
            return self.counted(depth, event)
        right = self.constant(type_)
        if self.one_in(4):
            right = self.value(type_, depth - 1, None)
        if isinstance(type_, Boolean):
            return self.some(left, syn.Compare(self.some("=", "!="), left, right))
        if isinstance(type_, Date | Timestamp) and self.one_in(2):
            return self.placed(left, "date" if isinstance(type_, Date) else "time")
        if self.one_in(5):
            return syn.In(left, self.several(type_), self.one_in(3))
        return syn.Compare(self.some(*COMPARISONS), left, right)

    def selection(self, depth: int, event: Event | None = None) -> syn.Expr:
        """Events, perhaps tested, perhaps in a window or two."""
        named = [
            n
            for n in self.named
            if n.kind == "selection" and event in (None, self.catalog.events[n.event])
        ]
        if named and self.one_in(3):
            made: syn.Expr = syn.Name(self.chance.choice(named).name)
        else:
            chosen = (
                event
                or self.catalog.events[self.chance.choice(list(self.catalog.events))]
            )
            made = syn.Name(chosen.name)
            if self.one_in(2):
                made = syn.Call(made, self.arguments(chosen, depth))
        for _ in range(self.some(0, 0, 1, 1, 1, 2)):
            made = self.placed(made, "event")
        return made

    def arguments(self, event: Event, depth: int) -> tuple[syn.Expr, ...]:
        found: list[syn.Expr] = []
        argument = event.argument and event.properties[event.argument].column.type
        if isinstance(argument, Text | Exact) and self.one_in(3):
            found.append(self.constant(argument))
        for _ in range(self.some(0, 1, 1, 2) if found else self.some(0, 1, 1, 1, 2)):
            found.append(self.rule(min(depth, 1), event))
        return tuple(found)

    def measure(self, type_: Type, depth: int) -> syn.Expr | None:
        """An aggregate or a value of one event, of a type; None if there is none."""
        ways: list[Callable[[], syn.Expr | None]] = [lambda: self.pick(type_, depth)]
        if isinstance(type_, Exact):
            ways += [
                lambda: self.aggregate("sum", _is_number, depth),
                lambda: self.aggregate("sum", _is_number, depth),
                lambda: self.aggregate("avg", _is_number, depth),
                lambda: self.aggregate("distinct", _is_scalar, depth),
                lambda: syn.Call(syn.Name("count"), (self.selection(depth),)),
            ]
        if not isinstance(type_, Boolean):
            ways += [
                lambda: self.aggregate("min", lambda kind: _alike(kind, type_), depth),
                lambda: self.aggregate("max", lambda kind: _alike(kind, type_), depth),
            ]
        return self.one_of(*ways)

    def aggregate(
        self, function: str, fits: Callable[[Type], bool], depth: int
    ) -> syn.Expr | None:
        found = self.streams(fits)
        if not found:
            return None
        event, name = self.chance.choice(found)
        selection = self.selection(depth, event)
        stream: syn.Expr = syn.Member(selection, name)
        if isinstance(selection, syn.Name | syn.Call) and self.one_in(2):
            stream = self.placed(stream, "event")
        return syn.Call(syn.Name(function), (stream,))

    def pick(self, type_: Type, depth: int) -> syn.Expr | None:
        found = self.streams(lambda kind: _alike(kind, type_))
        if not found:
            return None
        event, name = self.chance.choice(found)
        one = syn.Call(
            syn.Name(self.some("first", "last")), (self.selection(depth, event),)
        )
        return syn.Member(one, name)

    def streams(self, fits: Callable[[Type], bool]) -> list[tuple[Event, str]]:
        found = []
        for event in self.catalog.events.values():
            for name, each in event.properties.items():
                if fits(each.column.type):
                    found.append((event, name))
            found += [(event, "time")] if fits(TIMESTAMP) else []
            found += [(event, "day")] if fits(DATE) else []
        return found

    # ---- values

    def type_(self) -> Type:
        return self.some(
            _NUMBER, _NUMBER, _NUMBER, TEXT, TEXT, BOOLEAN, DATE, TIMESTAMP
        )

    def value(self, type_: Type, depth: int, event: Event | None) -> syn.Expr:
        if isinstance(type_, Exact | Double):
            return self.number(depth, event)
        kinds = ("value",) if event else ("value", "outer")
        named = [n for n in self.named if n.kind in kinds and _alike(n.type, type_)]
        if named and self.one_in(3):
            return syn.Name(self.chance.choice(named).name)
        if event is None and depth > 0 and self.one_in(3):
            found = self.measure(type_, depth - 1)
            if found is not None:
                return found
        found = self.leaves(lambda kind: _alike(kind, type_), event)
        if not found:
            return self.constant(type_)
        return self.chance.choice(found)[1]

    def number(self, depth: int, event: Event | None) -> syn.Expr:
        kinds = ("value",) if event else ("value", "outer")
        named = [n for n in self.named if n.kind in kinds and _is_number(n.type)]
        if named and self.one_in(4):
            return syn.Name(self.chance.choice(named).name)
        if depth > 0 and self.one_in(2):
            return self.one_of(
                lambda: self.binary(depth, event),
                lambda: self.binary(depth, event),
                lambda: self.minus(depth, event),
                lambda: self.size(event),
                lambda: self.measured_number(depth, event),
                lambda: self.measured_number(depth, event),
            )
        found = self.leaves(_is_number, event)
        return self.chance.choice(found)[1] if found else self.constant(_NUMBER)

    def binary(self, depth: int, event: Event | None) -> syn.Expr:
        left = self.number(depth - 1, event)
        right = self.number(depth - 1, event)
        if self.one_in(3):
            right = self.constant(_NUMBER)
        if self.one_in(6):
            left = self.constant(_NUMBER)
        return syn.Binary(self.some("+", "-", "*", "/"), left, right)

    def minus(self, depth: int, event: Event | None) -> syn.Expr:
        operand = self.number(depth - 1, event)
        if isinstance(operand, syn.Number):
            return operand
        return syn.Minus(operand)

    def size(self, event: Event | None) -> syn.Expr:
        found = self.leaves(lambda kind: isinstance(kind, ListOf), event)
        if not found:
            return self.constant(_NUMBER)
        return syn.Call(syn.Name("size"), (self.chance.choice(found)[1],))

    def measured_number(self, depth: int, event: Event | None) -> syn.Expr:
        if event is not None:
            return self.number(depth - 1, event)
        if self.one_in(4):
            return self.selection(depth - 1)
        return self.measure(_NUMBER, depth - 1) or self.constant(_NUMBER)

    def leaves(
        self, fits: Callable[[Type], bool], event: Event | None
    ) -> Sequence[tuple[Type, syn.Expr]]:
        """The attributes, and the properties of the event, of a type."""
        own: list[tuple[Type, syn.Expr]] = []
        if event is not None:
            for name, each in event.properties.items():
                own.append((each.column.type, syn.Name(name)))
            own.append((TIMESTAMP, syn.Name("time")))
            own.append((DATE, syn.Name("day")))
            own = [each for each in own if fits(each[0])]
            if own and not self.one_in(3):
                return own
        found: list[tuple[Type, syn.Expr]] = list(own)
        for name, attribute in self.catalog.attributes.items():
            if fits(attribute.column.type):
                hidden = event is not None and name in event.properties
                plain: syn.Expr = syn.Name(name)
                if hidden or (event is not None and self.one_in(3)):
                    plain = syn.Member(syn.Name(self.catalog.entity.name), name)
                found.append((attribute.column.type, plain))
        return found

    # ---- constants

    def constant(self, type_: Type) -> syn.Expr:
        match type_:
            case Exact() | Double():
                return syn.Number(self.number_())
            case Text():
                return syn.Text(self.text_())
            case Boolean():
                return syn.Boolean(self.one_in(2))
            case Date():
                return syn.Date(self.date_())
            case Timestamp():
                return syn.Instant(self.instant_())
            case _:
                raise ValueError(f"no constant of {type_}")

    def number_(self) -> int | Decimal:
        return self.some(
            0, 1, 1, 2, 3, 5, 10, -1, -3, 100, 127, 255, 1000,
            Decimal("0.5"), Decimal("2.50"), Decimal("0.25"), Decimal("-0.75"),
            Decimal("0.1"), Decimal("9.99"), Decimal("0.333"), Decimal("1.005"),
            2**31, 2**63 - 1, -(2**63), 2**63, 10**17, Decimal("0.000000000001"),
            99999999, Decimal("99999999.99"), Decimal("99999999.995"),
            self.chance.randrange(12), self.chance.randrange(12),
        )  # fmt: skip

    def text_(self) -> str:
        if self.one_in(4):
            return self.some("a", "b", "ab", "ß", "paid")
        return TEXTS[self.chance.randrange(len(TEXTS))]

    def date_(self) -> date:
        shift = self.some(0, 0, -1, 1, -2, -7, -30, -31, -90, -365, 30, 400, 10000)
        found = self.today + timedelta(days=shift)
        return self.some(
            found, found, found, date(2024, 2, 29), date(found.year, 1, 1),
            date(2025, 3, 30), date(2025, 10, 26), found.replace(day=1),
        )  # fmt: skip

    def instant_(self) -> datetime:
        day = datetime.combine(self.date_(), datetime.min.time())
        found = day + self.some(
            timedelta(),
            timedelta(hours=2, minutes=30),
            timedelta(hours=10),
            timedelta(hours=23, minutes=59, seconds=59, microseconds=999999),
            timedelta(microseconds=1),
        )
        match self.chance.randrange(4):
            case 0:
                return self.as_of.astimezone(UTC)
            case 1:
                return found.replace(tzinfo=UTC)
            case 2:
                zone = ZoneInfo(self.some("Europe/Berlin", "America/New_York"))
                moment = found.replace(tzinfo=zone)
                offset = moment.utcoffset() or timedelta()
                return found.replace(tzinfo=_fixed(offset))
            case _:
                return found

    # ---- time

    def in_time(self, depth: int, event: Event | None) -> syn.Expr:
        """A date or a timestamp in a stretch of time."""
        if self.one_in(2):
            return self.placed(self.value(DATE, depth, event), "date")
        return self.placed(self.value(TIMESTAMP, depth, event), "time")

    def placed(self, value: syn.Expr, kind: str) -> syn.Expr:
        """A value (of a date or a time), or events, in a stretch of time."""
        units = _LONG if kind == "date" else _LONG + _SHORT
        negated = kind != "event" and self.one_in(4)
        ahead = kind != "event" and self.one_in(3)
        return self.one_of(
            lambda: syn.In(value, self.relative(kind, units), negated),
            lambda: syn.In(value, self.relative(kind, units), negated),
            lambda: syn.In(value, self.fixed(kind), negated),
            lambda: syn.In(value, self.fixed_range(kind), negated),
            lambda: self.bare_dates(value, kind),
            lambda: syn.Lies(value, self.stretch(units, ahead)),
            lambda: syn.Lies(
                value, syn.Beyond(self.count(1), self.some(*units), ahead)
            ),
            lambda: syn.Lies(value, syn.Exactly(self.count(1), self.unit(), ahead)),
            lambda: syn.Lies(value, self.named_day(kind)),
            lambda: syn.Lies(
                value,
                syn.Side(
                    self.some("before", "since", "after", "until"), self.edge(kind)
                ),
            ),
        )

    def unit(self) -> Any:
        return self.some(*_LONG)

    def count(self, least: int) -> syn.Expr:
        found = [n for n in self.named if n.kind == "count"]
        if found and self.one_in(2):
            return syn.Name(self.chance.choice(found).name)
        return syn.Number(self.some(least, 1, 2, 3, 5, 12, 30))

    def relative(self, kind: str, units: Sequence[str]) -> syn.Relative:
        which = self.some("last", "this", "next")
        if kind == "event" and which == "next":
            which = "last"
        unit: Any = self.unit()
        if which == "this" or self.one_in(3):
            fiscal = unit in ("quarter", "year") and self.one_in(2)
            return syn.Relative(which, None, unit, False, fiscal)
        if self.one_in(2):
            fiscal = unit in ("quarter", "year") and self.one_in(2)
            return syn.Relative(which, self.count(1), unit, True, fiscal)
        return syn.Relative(which, self.count(1), self.some(*units))

    def stretch(self, units: Sequence[str], ahead: bool) -> syn.Stretch:
        near = self.some(0, 1, 1, 2, 7)
        far = near + self.some(1, 1, 2, 30)
        return syn.Stretch(syn.Number(near), syn.Number(far), self.some(*units), ahead)

    def named_day(self, kind: str) -> syn.NamedDay:
        days = ["today", "yesterday"] + ([] if kind == "event" else ["tomorrow"])
        return syn.NamedDay(self.some(*days))

    def fixed(self, kind: str) -> syn.Expr:
        named = [
            n for n in self.named if n.kind == "value" and n.type == DATE and n.size
        ]
        if named and self.one_in(2):
            return syn.Name(self.chance.choice(named).name)
        day = self.date_()
        return self.some(
            syn.Number(day.year), syn.Month(day.year, day.month), syn.Date(day)
        )

    def edge(self, kind: str) -> syn.Expr:
        named = [
            n for n in self.named if n.kind == "value" and n.type == DATE and n.size
        ]
        if named and self.one_in(3):
            return syn.Name(self.chance.choice(named).name)
        if kind != "date" and self.one_in(2):
            return syn.Instant(self.instant_())
        return self.fixed(kind)

    def fixed_range(self, kind: str) -> syn.Between:
        if kind != "date" and self.one_in(3):
            first = self.as_of + timedelta(days=self.some(-400, -30, -3, -1, 0))
            last = first + timedelta(hours=self.some(0, 1, 24, 24 * 31))
            return self.bounds(syn.Instant(first), syn.Instant(last))
        low, high = self.two(self.date_)
        match self.chance.randrange(4):
            case 0:
                return self.bounds(syn.Number(low.year), syn.Number(high.year))
            case 1:
                return self.bounds(
                    syn.Month(low.year, low.month), syn.Month(high.year, high.month)
                )
            case _:
                return self.bounds(syn.Date(low), syn.Date(high))

    def bare_dates(self, value: syn.Expr, kind: str) -> syn.Expr:
        between = self.fixed_range(kind)
        bounds = [b for b in (between.low, between.high) if b is not None]
        if any(isinstance(b, syn.Number) for b in bounds):
            return syn.In(value, between)
        return syn.In(value, between)

    # ---- declarations

    def declaration(self, name: str, params: dict[str, object]) -> syn.Let | syn.Param:
        return self.one_of(
            lambda: self.let(name),
            lambda: self.let(name),
            lambda: self.param(name, params),
        )

    def let(self, name: str) -> syn.Let:
        match self.chance.randrange(4):
            case 0:
                value = self.rule(2)
                kind = Named(name, "rule")
            case 1:
                event = self.catalog.events[
                    self.chance.choice(list(self.catalog.events))
                ]
                value = self.selection(1, event)
                kind = Named(name, "selection", event=event.name)
            case 2:
                type_ = self.type_()
                value = self.value(type_, 2, None)
                if self.is_selection(value):
                    value = syn.Call(syn.Name("count"), (value,))
                kind = Named(name, "outer", type_)
            case _:
                type_ = self.some(_NUMBER, TEXT, DATE, TIMESTAMP)
                value = syn.Several(
                    tuple(self.constant(type_) for _ in range(self.some(1, 2, 3)))
                )
                kind = Named(name, "list", type_)
        self.named.append(kind)
        return syn.Let(syn.Name(name), value)

    def param(self, name: str, params: dict[str, object]) -> syn.Param:
        type_ = self.some(
            TEXT, BOOLEAN, DATE, TIMESTAMP, Exact(19), Exact(10, 2), Double()
        )
        several = self.one_in(3)
        if self.one_in(4):
            self.named.append(Named(name, "count"))
            value: syn.Expr = syn.Number(self.some(1, 2, 3))
            if self.one_in(2):
                params[name] = self.some(1, 5, "2")
            return syn.Param(syn.Name(name), "integer", value)
        if several:
            items = tuple(self.fitting(type_) for _ in range(self.some(0, 1, 2)))
            self.named.append(Named(name, "list", type_))
            return syn.Param(syn.Name(name), f"list of {type_}", syn.Several(items))
        self.named.append(Named(name, "value", type_, size=1))
        return syn.Param(syn.Name(name), str(type_), self.fitting(type_))

    def fitting(self, type_: Type) -> syn.Expr:
        match type_:
            case Exact(_, 0):
                return syn.Number(self.some(0, 1, 2, 3, -1, 10))
            case Exact() | Double():
                return syn.Number(self.some(0, Decimal("2.5"), Decimal("-0.25"), 7))
            case _:
                return self.constant(type_)


def _fixed(offset: timedelta) -> Any:
    from datetime import timezone

    return timezone(offset)


def _is_number(type_: Type | None) -> bool:
    return isinstance(type_, Exact | Double)


def _is_scalar(type_: Type | None) -> bool:
    return not isinstance(type_, ListOf | Point)


def _alike(a: Type | None, b: Type) -> bool:
    if _is_number(a) or _is_number(b):
        return _is_number(a) and _is_number(b)
    return type(a) is type(b) and not isinstance(b, ListOf | Point)
