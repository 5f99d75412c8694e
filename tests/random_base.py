"""What every part of the generator of rules draws on: chance, names, constants.

A tree is grown for a place (`At`), which decides what can be named there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from random_cells import TEXTS

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
POSITIONS = ("tertile", "quartile", "quintile", "decile", "percentile")
NUMBER = Exact(1)
"""Stands for every type of number."""


@dataclass(frozen=True)
class At:
    """Where a tree will stand: of a customer, or in the parentheses of an `event`.

    `own` says that values of that event can be named, `whole` that a customer can be
    seen among others: in ranks, positions, samples and sequences.
    """

    event: Event | None = None
    own: bool = True
    whole: bool = True

    def apart(self) -> "At":
        """The same place for what must not depend on the event, or on others."""
        return replace(self, own=self.event is None, whole=False)


ALONE = At()


def inside(event: Event) -> At:
    """In the parentheses of an event."""
    return At(event, True, False)


@dataclass
class Named:
    """A name of the file: what kind of thing it is, its type, the event it is about.

    `whole` is what sees a customer among others, `constant` what is the same for all.
    """

    name: str
    kind: str
    type: Type | None = None
    event: str | None = None
    whole: bool = False
    constant: bool = False
    param: bool = False


class Base:
    """Chance, and what can be named."""

    def __init__(self, chance: Random, catalog: Catalog, as_of: datetime) -> None:
        self.chance = chance
        self.catalog = catalog
        self.as_of = as_of
        self.today = as_of.astimezone(ZoneInfo(catalog.entity.zone)).date()
        self.named: list[Named] = []
        self.segments: dict[str, bool] = {}
        """Each with whether it sees a customer among others."""

    def some(self, *choices: Any) -> Any:
        return choices[self.chance.randrange(len(choices))]

    def one_in(self, number: int) -> bool:
        return self.chance.randrange(number) == 0

    def one_of(self, *ways: Callable[[], Any]) -> Any:
        return ways[self.chance.randrange(len(ways))]()

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

    # ---- what can be named

    def names(
        self, *kinds: str, at: At = ALONE, type_: Type | None = None
    ) -> list[Named]:
        """The names of the file that stand for something of a kind."""
        return [
            each
            for each in self.named
            if each.kind in kinds
            and (at.whole or not each.whole)
            and (type_ is None or alike(each.type, type_))
        ]

    def event_of(self, name: str | None) -> Event:
        assert name is not None
        return self.catalog.events[name]

    def reachable(self, at: At) -> list[Event]:
        """The events, facts and rows that can be selected; rows more often."""
        found = list(self.catalog.customer_events.values())
        if at.event is not None and at.own:
            found += 4 * list(self.catalog.rows_of(at.event.name).values())
        return found

    def hidden(self, event: Event | None) -> set[str]:
        """The names that mean something else in an event's parentheses."""
        if event is None:
            return set()
        found = {*event.properties, *self.catalog.rows_of(event.name)}
        if event.parent is not None:
            parent = self.catalog.events[event.parent]
            found |= {*parent.properties, *self.catalog.rows_of(parent.name)}
        return found

    def leaves(
        self, fits: Callable[[Type], bool], at: At
    ) -> Sequence[tuple[Type, syn.Expr]]:
        """The attributes, and the properties of the event, of a type."""
        own: list[tuple[Type, syn.Expr]] = []
        if at.event is not None and at.own:
            for name, each in at.event.properties.items():
                own.append((each.column.type, syn.Name(name)))
            if at.event.time is not None:
                own.append((TIMESTAMP, syn.Name("time")))
                own.append((DATE, syn.Name("day")))
            own = [each for each in own if fits(each[0])]
            if own and not self.one_in(3):
                return own
        found: list[tuple[Type, syn.Expr]] = list(own)
        hidden = self.hidden(at.event)
        for name, attribute in self.catalog.attributes.items():
            if fits(attribute.column.type):
                plain: syn.Expr = syn.Name(name)
                if name in hidden or (at.event is not None and self.one_in(3)):
                    plain = syn.Member(syn.Name(self.catalog.entity.name), name)
                found.append((attribute.column.type, plain))
        return found

    def leaf(self, type_: Type, at: At) -> syn.Expr:
        """An attribute or a property; never a constant."""
        found: syn.Expr
        _, found = self.chance.choice(
            self.leaves(lambda kind: alike(kind, type_), at)
            or self.leaves(lambda kind: alike(kind, type_), at.apart())
        )
        return found

    def is_constant(self, node: syn.Expr) -> bool:
        """Whether a value is the same for everyone, so that order means nothing."""
        match node:
            case syn.Name(name):
                return any(n.name == name and n.constant for n in self.named)
            case syn.Number() | syn.Text() | syn.Boolean() | syn.Date():
                return True
            case syn.Instant() | syn.DayWord():
                return True
            case _:
                return False

    def is_whole(self, node: syn.Node) -> bool:
        """Whether something in a tree sees a customer among others."""
        for each in syn.walk(node):
            match each:
                case syn.Rank() | syn.Sample() | syn.Then():
                    return True
                case syn.Call(syn.Name(name)) if name in POSITIONS:
                    return True
                case syn.Name(name) if any(
                    n.name == name and n.whole for n in self.named
                ):
                    return True
                case syn.InSegment(name) if self.segments[name]:
                    return True
                case _:
                    pass
        return False

    # ---- constants

    def type_(self) -> Type:
        return self.some(NUMBER, NUMBER, NUMBER, TEXT, TEXT, BOOLEAN, DATE, TIMESTAMP)

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

    def several(self, type_: Type) -> syn.Expr:
        listed = self.names("list", type_=type_)
        if listed and self.one_in(2):
            return syn.Name(self.chance.choice(listed).name)
        if isinstance(type_, Timestamp) and self.one_in(4):
            type_ = DATE
        return syn.Several(
            tuple(self.constant(type_) for _ in range(self.some(1, 2, 2, 3)))
        )

    def number_(self) -> int | Decimal:
        if self.one_in(2):
            return self.some(0, 1, 1, 2, 2, 3, 5, 10, Decimal("2.5"), Decimal("0.25"))
        return self.some(
            0, 1, 1, 2, 3, 5, 10, -1, -3, 100, 127, 255, 1000, 12, 30, 2025,
            Decimal("0.5"), Decimal("2.50"), Decimal("0.25"), Decimal("-0.75"),
            Decimal("0.1"), Decimal("9.99"), Decimal("0.333"), Decimal("1.005"),
            2**31, 2**63 - 1, -(2**63), 2**63, 10**17, Decimal("0.000000000001"),
            99999999, Decimal("99999999.99"), Decimal("99999999.995"),
            *(self.chance.randrange(12) for _ in range(3)),
        )  # fmt: skip

    def text_(self) -> str:
        if self.one_in(2):
            return self.some("a", "b", "a", "ab", "ß")
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
                offset = found.replace(tzinfo=zone).utcoffset() or timedelta()
                return found.replace(tzinfo=timezone(offset))
            case _:
                return found

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

    def count(self, *numbers: int, most: int | None = None) -> syn.Expr:
        """A whole number, as it is written or as a parameter."""
        found = self.names("count") if most is None else []
        if found and self.one_in(2):
            return syn.Name(self.chance.choice(found).name)
        return syn.Number(self.some(*numbers))

    # ---- what other parts grow

    def value(self, type_: Type, depth: int, at: At) -> syn.Expr:
        raise NotImplementedError

    def rule(self, depth: int, at: At = ALONE) -> syn.Expr:
        raise NotImplementedError

    def measure(self, type_: Type, depth: int, at: At) -> syn.Expr | None:
        raise NotImplementedError

    def one(self, depth: int, at: At) -> syn.Expr:
        raise NotImplementedError


def is_number(type_: Type | None) -> bool:
    return isinstance(type_, Exact | Double)


def is_scalar(type_: Type | None) -> bool:
    return not isinstance(type_, ListOf | Point)


def alike(a: Type | None, b: Type) -> bool:
    if is_number(a) or is_number(b):
        return is_number(a) and is_number(b)
    return type(a) is type(b) and not isinstance(b, ListOf | Point)
