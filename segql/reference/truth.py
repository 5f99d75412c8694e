"""Rules and values over the rows of a warehouse: what a rule means.

Slow and obvious on purpose; every engine must find the same members. Values are None
where they are missing; a rule is true or false, nothing else.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal, assert_never

from segql.catalog.nodes import Event
from segql.fold import fold
from segql.model import nodes as mdl
from segql.model import regex
from segql.model.windows import Clock, day_bounds, instant_bounds
from segql.model.world import World
from segql.reference.reading import EXACT
from segql.reference.rows import Key, Occurrence, Tables, Warehouse
from segql.types import DATE, DOUBLE, ListOf, Point


def evaluate(rule: mdl.Rule, world: World, tables: Tables, as_of: datetime) -> set[Key]:
    """The keys of the customers for whom a rule is true.

    `tables` holds rows as a warehouse returns them, by the names of the catalog;
    `as_of` is aware. Raises DataFault where the data breaks what the catalog says.
    """
    evaluation = Evaluation(world, tables, as_of)
    evaluation.touch(rule)
    return {key for key in evaluation.customers if evaluation.truth(rule, key)}


class Evaluation:
    """One world at one instant, for one customer after the other."""

    def __init__(self, world: World, tables: Tables, as_of: datetime) -> None:
        if as_of.tzinfo is None:
            raise ValueError("`as of` is an instant: a datetime with a zone")
        entity = world.catalog.entity
        self.world = world
        self.clock = Clock(
            as_of.astimezone(UTC),
            entity.zone,
            entity.week_starts,
            entity.fiscal_year_starts,
        )
        self.warehouse = Warehouse(world.catalog, tables, self.clock)
        self.customers = self.warehouse.customers()
        self._events = cache(self._read_events)

    def touch(self, rule: mdl.Rule) -> None:
        """Reads all that a rule names, so that every fault shows at once."""
        for node, event in _named(rule, None):
            if isinstance(node, mdl.Attribute):
                self.warehouse.attribute(node.name)
            elif isinstance(node, mdl.Property):
                self.warehouse.scan(self._event(event), [node.name])
            elif isinstance(node, mdl.Selection):
                self._events(node.event)
            else:
                ordered = self._event(node.selection.event)
                self.warehouse.scan(ordered, _ordering(ordered))

    def truth(
        self, rule: mdl.Rule, key: Key, occurrence: Occurrence | None = None
    ) -> bool:
        """Whether a rule is true for a customer, or for one event of theirs."""

        def value(node: mdl.Value) -> Any:
            return self.value(node, key, occurrence)

        match rule:
            case mdl.Always(always):
                return always
            case mdl.Compare("!=", left, right):
                return not _compared("=", value(left), value(right), left, right)
            case mdl.Compare(operator, left, right):
                return _compared(operator, value(left), value(right), left, right)
            case mdl.OneOf(item, options):
                found = value(item)
                return any(_compared("=", found, o.value, item, o) for o in options)
            case mdl.Within(item, window):
                found = value(item)
                return found is not None and _within(
                    found, window, self.clock, days=item.type == DATE
                )
            case mdl.TextTest(kind, item, part):
                return _text_test(kind, value(item), value(part))
            case mdl.Matches(item, pattern):
                found = value(item)
                return found is not None and regex.compile(pattern).matches(found)
            case mdl.IsMissing(item):
                return value(item) is None
            case mdl.Holds(item):
                return value(item) is True
            case mdl.HasAny(items, options):
                found = value(items) or ()
                return any(_has(found, items, option) for option in options)
            case mdl.HasAll(items, options):
                found = value(items) or ()
                return all(_has(found, items, option) for option in options)
            case mdl.Not(term):
                return not self.truth(term, key, occurrence)
            case mdl.And(terms):
                return all(self.truth(each, key, occurrence) for each in terms)
            case mdl.Or(terms):
                return any(self.truth(each, key, occurrence) for each in terms)
            case mdl.InSegment(_, meaning):
                return self.truth(meaning, key, occurrence)
            case _:
                assert_never(rule)

    def value(
        self, node: mdl.Value, key: Key, occurrence: Occurrence | None = None
    ) -> Any:
        """The value of a customer, or of one event of theirs; None if missing."""
        match node:
            case mdl.Constant(constant):
                return constant
            case mdl.Attribute(name):
                return self.warehouse.attribute(name).get(key)
            case mdl.Property(name):
                return self._property(_inside(occurrence), name)
            case mdl.EventTime():
                return _inside(occurrence).time
            case mdl.EventDay():
                return _inside(occurrence).day
            case mdl.Arithmetic(operator, left, right):
                a = self.value(left, key, occurrence)
                b = self.value(right, key, occurrence)
                if a is None or b is None:
                    return None
                return _calculated(operator, a, b, double=node.type == DOUBLE)
            case mdl.Negative(operand):
                found = self.value(operand, key, occurrence)
                return (
                    None
                    if found is None
                    else _calculated("-", 0, found, double=node.type == DOUBLE)
                )
            case mdl.Fold(text):
                found = self.value(text, key, occurrence)
                return None if found is None else fold(found)
            case mdl.Size(items):
                return len(self.value(items, key, occurrence) or ())
            case mdl.Aggregate(function, selection, item):
                chosen = self.selected(selection, key)
                if item is None:
                    return len(chosen)
                values = [self.value(item, key, each) for each in chosen]
                known = [each for each in values if each is not None]
                return _aggregated(function, known, double=item.type == DOUBLE)
            case mdl.Pick(which, selection, item):
                chosen = self.selected(selection, key)
                if not chosen:
                    return None
                chosen.sort(key=self.order)
                return self.value(item, key, chosen[0 if which == "first" else -1])
            case _:
                assert_never(node)

    def selected(self, selection: mdl.Selection, key: Key) -> list[Occurrence]:
        """A customer's events that a selection means."""
        return [
            each
            for each in self._events(selection.event).get(key, ())
            if all(
                _within(each.time, window, self.clock, days=False)
                for window in selection.windows
            )
            and (selection.test is None or self.truth(selection.test, key, each))
        ]

    def order(self, occurrence: Occurrence) -> tuple[Any, ...]:
        """Where an event stands among others: what it sorts by."""
        event = occurrence.event
        keys: list[Any] = []
        if event.tie_break:
            keys.append(self.warehouse.place(event, occurrence.row, event.tie_break))
        keys += [self._property(occurrence, name) for name in _ordering(event)]
        # What is missing comes first.
        return occurrence.time, *((0,) if key is None else (1, key) for key in keys)

    def _read_events(self, name: str) -> Mapping[Key, list[Occurrence]]:
        """The events of one kind that count, by customer."""
        event = self._event(name)
        condition = self.world.filters.get(name)
        if condition is not None:
            self.warehouse.scan(
                event,
                [
                    node.name
                    for node, _ in _named(condition, name)
                    if isinstance(node, mdl.Property)
                ],
            )
        found = [
            each
            for each in self.warehouse.occurrences(event)
            if condition is None or self.truth(condition, each.customer, each)
        ]
        if event.unique:
            found = self._without_repeats(event, found)
        by_customer: dict[Key, list[Occurrence]] = {}
        for each in found:
            by_customer.setdefault(each.customer, []).append(each)
        return by_customer

    def _without_repeats(
        self, event: Event, found: list[Occurrence]
    ) -> list[Occurrence]:
        """The first of the events that one customer has under one id."""
        assert event.unique is not None
        self.warehouse.scan(event, _ordering(event))
        kept, seen = [], set()
        for each in sorted(found, key=self.order):
            identity = self.warehouse.place(event, each.row, event.unique)
            if identity is None or (each.customer, identity) not in seen:
                kept.append(each)
                seen.add((each.customer, identity))
        return kept

    def _property(self, occurrence: Occurrence, name: str) -> Any:
        event = occurrence.event
        return self.warehouse.cell(event, occurrence.row, event.properties[name].column)

    def _event(self, name: str | None) -> Event:
        assert name is not None
        return self.world.catalog.events[name]


def _named(
    node: Any, event: str | None
) -> Iterator[
    tuple[mdl.Attribute | mdl.Property | mdl.Selection | mdl.Pick, str | None]
]:
    """Everything of the catalog that a tree names, with the event it stands in."""
    match node:
        case mdl.Attribute() | mdl.Property():
            yield node, event
        case mdl.Selection(name, test):
            yield node, name
            yield from _named(test, name)
        case mdl.Aggregate(_, selection, item):
            yield from _named(selection, None)
            yield from _named(item, selection.event)
        case mdl.Pick(_, selection, item):
            yield node, event
            yield from _named(selection, None)
            yield from _named(item, selection.event)
        case tuple():
            for each in node:
                yield from _named(each, event)
        case _ if is_dataclass(node):
            for each in fields(node):
                yield from _named(getattr(node, each.name), event)


def _inside(occurrence: Occurrence | None) -> Occurrence:
    if occurrence is None:
        raise ValueError("a value of an event outside of a selection")
    return occurrence


def _ordering(event: Event) -> list[str]:
    """The properties that events are ordered by: all but lists and points."""
    return sorted(
        name
        for name, each in event.properties.items()
        if not isinstance(each.column.type, ListOf | Point)
    )


def _compared(
    operator: mdl.Comparison, a: Any, b: Any, left: mdl.Value, right: mdl.Value
) -> bool:
    """False where a side is missing. Beside a double the other side becomes one."""
    if a is None or b is None:
        return False
    if DOUBLE in (left.type, right.type):
        a, b = float(a), float(b)
    match operator:
        case "=":
            return bool(a == b)
        case "!=":
            return bool(a != b)
        case "<":
            return bool(a < b)
        case "<=":
            return bool(a <= b)
        case ">":
            return bool(a > b)
        case ">=":
            return bool(a >= b)
        case _:
            assert_never(operator)


def _has(found: tuple[Any, ...], items: mdl.Value, option: mdl.Constant) -> bool:
    """Whether a list holds a value. Beside a double the other side becomes one."""
    if items.type == ListOf(DOUBLE) or option.type == DOUBLE:
        return float(option.value) in map(float, found)  # type: ignore[arg-type]
    return option.value in found


def _within(when: date, window: mdl.Window, clock: Clock, *, days: bool) -> bool:
    bounds = day_bounds(window, clock) if days else instant_bounds(window, clock)
    return (bounds.start is None or bounds.start <= when) and (
        bounds.end is None or when < bounds.end
    )


def _text_test(
    kind: Literal["starts", "ends", "contains"], text: str | None, part: str | None
) -> bool:
    if text is None or part is None:
        return False
    match kind:
        case "starts":
            return text.startswith(part)
        case "ends":
            return text.endswith(part)
        case "contains":
            return part in text
        case _:
            assert_never(kind)


def _calculated(operator: mdl.Operator, a: Any, b: Any, *, double: bool) -> Any:
    """Two known numbers together: exact, or IEEE doubles; None is missing."""
    if operator == "/":
        a, b = float(a), float(b)
        return None if b == 0 else _number(a / b)
    if double:
        a, b = float(a), float(b)
    elif not (isinstance(a, int) and isinstance(b, int)):
        exact = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}
        return exact[operator](a, b)
    match operator:
        case "+":
            return _number(a + b)
        case "-":
            return _number(a - b)
        case "*":
            return _number(a * b)
        case _:
            assert_never(operator)


def _aggregated(function: mdl.Function, known: list[Any], *, double: bool) -> Any:
    """What the known values of a selection come to; None is missing."""
    match function:
        case "count":
            return len(known)
        case "distinct":
            return len(set(known))
        case "sum":
            return _sum(known, double=double)
        case "avg":
            total = _sum(known, double=double) if known else None
            return None if total is None else _number(float(total) / len(known))
        case "min":
            return min(known, default=None)
        case "max":
            return max(known, default=None)
        case _:
            assert_never(function)


def _sum(known: list[Any], *, double: bool) -> Any:
    """Exact numbers exactly; doubles as if added without rounding, rounded once."""
    if not double:
        total: Any = 0
        for each in known:
            total = _calculated("+", total, each, double=False)
        return total
    try:
        return math.fsum(known)
    except (OverflowError, ValueError):
        return _number(float(sum(known)))


def _number(value: Any) -> Any:
    """A result, missing where it is not a number."""
    return None if isinstance(value, float) and math.isnan(value) else value
