"""Random events, facts and rows: selections, counts, and figures made of them."""

from collections.abc import Callable

from random_base import (
    COMPARISONS,
    NUMBER,
    At,
    alike,
    inside,
    is_number,
    is_scalar,
)
from random_time import LONG, Times, kind_of

from segql.catalog.nodes import Event
from segql.syntax import nodes as syn
from segql.types import (
    DATE,
    TIMESTAMP,
    Boolean,
    Date,
    Exact,
    Text,
    Timestamp,
    Type,
)


class Events(Times):
    """Grows selections, what is counted of them, and what is picked."""

    def happened(self, depth: int, at: At) -> syn.Expr:
        if at.event is None or self.one_in(2):
            return self.habit(depth, at) if self.one_in(4) else self.existing(depth, at)
        return self.counted(depth, at)

    def existing(self, depth: int, at: At) -> syn.Expr:
        """Events alone; in an event's parentheses only its rows stand alone."""
        if at.event is None:
            return self.selection(depth, at)
        rows = [each for each in self.reachable(at) if each.parent]
        if rows:
            return self.selection(depth, at, self.chance.choice(rows))
        return self.counted(depth, at)

    def counted(self, depth: int, at: At) -> syn.Expr:
        count = self.counting(depth, at)
        match self.chance.randrange(8):
            case 0:
                return syn.Range(count, syn.Number(1), syn.Number(self.some(1, 2, 3)))
            case 1:
                return syn.Compare(
                    self.some(*COMPARISONS), count, self.counting(depth - 1, at)
                )
            case 2:
                numbers = tuple(syn.Number(self.some(0, 1, 2, 3)) for _ in range(2))
                return syn.In(count, syn.Several(numbers), self.one_in(3))
            case 3:
                return syn.Range(count, syn.Number(self.some(0, 1, 2)), None)
            case 4:
                return syn.Range(count, None, syn.Number(self.some(0, 1, 2)))
            case _:
                number = syn.Number(self.some(0, 1, 1, 2, 3, -1))
                return syn.Compare(self.some(*COMPARISONS), count, number)

    def counting(self, depth: int, at: At) -> syn.Expr:
        """How many events there are; written as the events alone where that goes."""
        event = self.chance.choice(self.reachable(at))
        found = self.selection(depth, at, event)
        alone = at.event is None or event.parent is not None
        if alone and not self.one_in(8):
            return found
        return syn.Call(syn.Name("count"), (found,))

    def habit(self, depth: int, at: At) -> syn.Expr:
        """`bought in at least 2 of last 3 full months`"""
        events = self.selection(depth, at, self.timed(at))
        unit = self.some(*LONG)
        fiscal = unit in ("quarter", "year") and self.one_in(2)
        many = self.some(1, 2, 2, 3, 5)
        number: syn.Expr = syn.Number(many)
        least: syn.Expr | None = syn.Number(self.chance.randint(1, many))
        if named := self.names("count"):
            number = syn.Name(self.chance.choice(named).name)
            least = self.some(number, syn.Number(1))
        if self.one_in(3):
            least = None
        periods = syn.Relative("last", number, unit, True, fiscal)
        return syn.In(events, syn.Habit(least, periods))

    # ---- selections

    def timed(self, at: At) -> Event:
        return self.chance.choice(
            [each for each in self.reachable(at) if each.time is not None]
        )

    def selection(self, depth: int, at: At, event: Event | None = None) -> syn.Expr:
        """Events, perhaps tested, perhaps in a window or two."""
        chosen = event or self.chance.choice(self.reachable(at))
        named = [n for n in self.names("selection", at=at) if n.event == chosen.name]
        made: syn.Expr = syn.Name(chosen.call_name)
        if named and self.one_in(3):
            made = syn.Name(self.chance.choice(named).name)
        elif self.one_in(2):
            made = syn.Call(syn.Name(chosen.call_name), self.arguments(chosen, depth))
        if chosen.time is not None:
            for _ in range(self.some(0, 0, 0, 0, 1, 1, 2)):
                made = self.placed(made, kind_of(chosen), depth - 1, at)
        return made

    def arguments(self, event: Event, depth: int) -> tuple[syn.Expr, ...]:
        found: list[syn.Expr] = []
        argument = event.argument and event.properties[event.argument].column.type
        if isinstance(argument, Text | Exact) and self.one_in(3):
            found.append(self.constant(argument))
        for _ in range(self.some(0, 1, 1, 2) if found else self.some(0, 1, 1, 1, 2)):
            found.append(self.rule(min(depth, self.some(1, 1, 2)), inside(event)))
        return tuple(found)

    # ---- figures

    def measured(self, depth: int, at: At) -> syn.Expr:
        """A comparison with a figure, or with a value of one event."""
        type_ = self.some(NUMBER, self.type_())
        left = self.measure(type_, depth, at)
        if left is None:
            return self.counted(depth, at)
        right = self.constant(type_)
        if self.one_in(4):
            right = self.value(type_, depth - 1, at)
        if isinstance(type_, Boolean):
            return self.some(left, syn.Compare(self.some("=", "!="), left, right))
        if isinstance(type_, Date | Timestamp) and self.one_in(2):
            kind = "date" if isinstance(type_, Date) else "time"
            return self.placed(left, kind, depth - 1, at)
        if self.one_in(5):
            return syn.In(left, self.several(type_), self.one_in(3))
        return syn.Compare(self.some(*COMPARISONS), left, right)

    def measure(self, type_: Type, depth: int, at: At) -> syn.Expr | None:
        """A figure or a value of one event, of a type; None if there is none."""

        def same(kind: Type) -> bool:
            return alike(kind, type_)

        ways: list[Callable[[], syn.Expr | None]] = [
            lambda: self.pick(type_, depth, at),
            lambda: self.aggregate("most_common", same, depth, at),
        ]
        if isinstance(type_, Exact):
            ways += [
                lambda: self.aggregate("sum", is_number, depth, at),
                lambda: self.aggregate("sum", is_number, depth, at),
                lambda: self.aggregate("avg", is_number, depth, at),
                lambda: self.aggregate("median", is_number, depth, at),
                lambda: self.aggregate("distinct", is_scalar, depth, at),
                lambda: syn.Call(syn.Name("count"), (self.selection(depth, at),)),
                lambda: self.periods(depth, at),
            ]
        if not isinstance(type_, Boolean):
            ways += [
                lambda: self.aggregate("min", same, depth, at),
                lambda: self.aggregate("max", same, depth, at),
                lambda: self.per_group(type_, depth, at),
                lambda: self.per_group(type_, depth, at),
            ]
        return self.one_of(*ways)

    def aggregate(
        self, function: str, fits: Callable[[Type], bool], depth: int, at: At
    ) -> syn.Expr | None:
        found = self.streams(fits, at)
        if not found:
            return None
        event, name = self.chance.choice(found)
        named = [n for n in self.names("stream") if n.type and fits(n.type)]
        if named and self.one_in(3):
            stream: syn.Expr = syn.Name(self.chance.choice(named).name)
            return syn.Call(syn.Name(function), (stream,))
        return syn.Call(syn.Name(function), (self.stream(event, name, depth, at),))

    def stream(self, event: Event, name: str, depth: int, at: At) -> syn.Expr:
        """A property of events; their window stands before or behind it."""
        selection = self.selection(depth, at, event)
        stream: syn.Expr = syn.Member(selection, name)
        behind = isinstance(selection, syn.Name | syn.Call) and event.time is not None
        if behind and self.one_in(2):
            stream = self.placed(stream, kind_of(event), depth - 1, at)
        return stream

    def pick(self, type_: Type, depth: int, at: At) -> syn.Expr | None:
        found = [
            (event, name)
            for event, name in self.streams(lambda kind: alike(kind, type_), at)
            if event.time is not None
        ]
        if not found:
            return None
        event, name = self.chance.choice(found)
        return syn.Member(self.one(depth, at, event), name)

    def one(self, depth: int, at: At, event: Event | None = None) -> syn.Expr:
        """One event of a selection, in time order."""
        chosen = event or self.timed(at)
        named = [n for n in self.names("one", at=at) if n.event == chosen.name]
        if named and self.one_in(2):
            return syn.Name(self.chance.choice(named).name)
        which = self.some("first", "last", "nth")
        arguments: tuple[syn.Expr, ...] = (self.selection(depth, at, chosen),)
        if which == "nth":
            arguments += (self.count(1, 2, 2, 3),)
        return syn.Call(syn.Name(which), arguments)

    def periods(self, depth: int, at: At) -> syn.Expr:
        """`weeks(bought, at least 2)`"""
        unit = self.some(*LONG)
        arguments: tuple[syn.Argument, ...]
        arguments = (self.selection(depth, at, self.timed(at)),)
        if self.one_in(2):
            arguments += (syn.Least(self.count(1, 2, 2, 3)),)
        return syn.Call(syn.Name(f"{unit}s"), arguments)

    def per_group(self, type_: Type, depth: int, at: At) -> syn.Expr | None:
        """`max(sum(bought.price) per product)`"""
        if isinstance(type_, Exact):
            function = self.some("max", "min", "avg", "sum", "median")
            inner = self.some(
                "", "count", "sum", "avg", "min", "max", "distinct", "median"
            )
        else:
            function = self.some("max", "min")
            inner = self.some("min", "max", "most_common")
        if inner in ("", "count"):
            event = self.chance.choice(self.reachable(at))
            value = self.selection(depth, at, event)
            if inner:
                value = syn.Call(syn.Name("count"), (value,))
        else:
            found = self.streams(
                is_scalar if inner == "distinct" else lambda k: alike(k, type_), at
            )
            if not found:
                return None
            event, name = self.chance.choice(found)
            value = syn.Call(syn.Name(inner), (self.stream(event, name, depth, at),))
        by = [n for n, p in event.properties.items() if is_scalar(p.column.type)]
        by += ["day"] if event.time is not None else []
        per = syn.Per(value, self.chance.choice(by))
        return syn.Call(syn.Name(function), (per,))

    def streams(self, fits: Callable[[Type], bool], at: At) -> list[tuple[Event, str]]:
        """The properties of a type, each with its event."""
        found = []
        for event in self.reachable(at):
            for name, each in event.properties.items():
                if fits(each.column.type):
                    found.append((event, name))
            if event.time is not None:
                found += [(event, "time")] if fits(TIMESTAMP) else []
                found += [(event, "day")] if fits(DATE) else []
        return found
