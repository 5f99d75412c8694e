"""Rules and values over the rows of a warehouse: what a rule means.

Slow and obvious on purpose; every engine must find the same members. Values are None
where they are missing; a rule is true or false, nothing else.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, assert_never

from segql.catalog.nodes import Event
from segql.fold import fold
from segql.model import nodes as mdl
from segql.model import regex
from segql.model.windows import Clock, period_start, shifted
from segql.model.world import World
from segql.reference import moments, places, population, sequence
from segql.reference.named import named, ordering
from segql.reference.numbers import aggregated, calculated, compared
from segql.reference.rows import Key, Occurrence, Tables, Warehouse
from segql.types import DATE, DOUBLE, ListOf


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
        # Per instance; nodes are equal where they mean the same.
        self._events = cache(self._read_events)
        self._known = cache(self._known_values)
        self._ranked = cache(self._read_ranks)

    def touch(self, rule: mdl.Rule) -> None:
        """Reads all that a rule names, so that every fault shows at once."""
        for node, event in named(rule):
            if isinstance(node, mdl.Attribute):
                self.warehouse.attribute(node.name)
            elif isinstance(node, mdl.Property):
                self.warehouse.scan(self._event(event), [node.name])
            elif isinstance(node, mdl.Selection):
                self._touch_filter(self._event(node.event))
                if self._event(node.event).parent is None:
                    self._events(node.event)
            elif isinstance(node, mdl.Sampled):
                for key in self.customers:
                    population.key_text(key)
            else:
                ordered = self._event(node.selection.event)
                self.warehouse.scan(ordered, ordering(ordered))

    def _touch_filter(self, event: Event) -> None:
        """Reads what a fixed filter names, for all rows."""
        condition = self.world.filters.get(event.name)
        names = named(condition, event.name) if condition else ()
        properties = [each.name for each, _ in names if isinstance(each, mdl.Property)]
        self.warehouse.scan(event, properties)

    def truth(
        self,
        rule: mdl.Rule,
        key: Key,
        occurrence: Occurrence | None = None,
        element: Any = None,
    ) -> bool:
        """Whether a rule is true for a customer, or for one event of theirs.

        `element` is that of a list whose elements are tested.
        """

        def value(node: mdl.Value) -> Any:
            return self.value(node, key, occurrence, element)

        def truth(term: mdl.Rule) -> bool:
            return self.truth(term, key, occurrence, element)

        match rule:
            case mdl.Always(always):
                return always
            case mdl.Compare("!=", left, right):
                return not _equal(value(left), value(right), left, right)
            case mdl.Compare(operator, left, right):
                double = DOUBLE in (left.type, right.type)
                return compared(operator, value(left), value(right), double=double)
            case mdl.OneOf(item, options):
                found = value(item)
                return any(_equal(found, o.value, item, o) for o in options)
            case mdl.Within(item, window):
                found = value(item)
                return found is not None and moments.within(
                    found, window, self.clock, days=item.type == DATE
                )
            case mdl.Anniversary(item, window):
                found = value(item)
                return found is not None and moments.has_anniversary(
                    found, window, self.clock
                )
            case mdl.OnDays(item, ranges):
                found = value(item)
                return found is not None and moments.on_days(
                    found, ranges, self.clock.zone
                )
            case mdl.Anchored(item, anchor, back, ahead, unit):
                found, middle = value(item), value(anchor)
                return (
                    found is not None
                    and middle is not None
                    and moments.anchored(
                        found, middle, back, ahead, unit, self.clock.zone
                    )
                )
            case mdl.Near(item, points, km):
                return places.near(value(item), points, km)
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
            case mdl.HasSome(items, test):
                found = value(items) or ()
                return any(self.truth(test, key, occurrence, each) for each in found)
            case mdl.Not(term):
                return not truth(term)
            case mdl.And(terms):
                return all(map(truth, terms))
            case mdl.Or(terms):
                return any(map(truth, terms))
            case mdl.AtLeast(least, most, terms):
                count = sum(map(truth, terms))
                return least <= count and (most is None or count <= most)
            case mdl.Ranked():
                return key in self._ranked(rule)
            case mdl.Sampled(low, high, seed):
                return population.sampled(low, high, seed, key)
            case mdl.Sequence(steps):
                return sequence.fits(
                    steps,
                    lambda chosen: self._in_order(chosen, key),
                    self._property,
                    self.clock,
                )
            case mdl.InSegment(_, meaning):
                return truth(meaning)
            case _:
                assert_never(rule)

    def value(
        self,
        node: mdl.Value,
        key: Key,
        occurrence: Occurrence | None = None,
        element: Any = None,
    ) -> Any:
        """The value of a customer, or of one event of theirs; None if missing."""

        def value(part: mdl.Value) -> Any:
            return self.value(part, key, occurrence, element)

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
            case mdl.Today(offset):
                return shifted(self.clock.today, offset, "day")
            case mdl.Element():
                return element
            case mdl.Choice(test, then, other):
                holds = self.truth(test, key, occurrence, element)
                found = value(then if holds else other)
                double = node.type == DOUBLE and found is not None
                return float(found) if double else found
            case mdl.Elapsed(unit, item):
                found = value(item)
                return found and moments.elapsed(unit, found, self.clock)
            case mdl.PartOf(part, item):
                found = value(item)
                return found and moments.part_of(part, found, self.clock.zone)
            case mdl.Arithmetic(operator, left, right):
                double = node.type == DOUBLE
                return calculated(operator, value(left), value(right), double=double)
            case mdl.Negative(operand):
                double = node.type == DOUBLE
                return calculated("-", 0, value(operand), double=double)
            case mdl.Fold(text):
                found = value(text)
                return None if found is None else fold(found)
            case mdl.Size(items):
                return len(value(items) or ())
            case mdl.Aggregate(_, selection):
                chosen = self.selected(selection, key, occurrence)
                return self._aggregate(node, chosen, key)
            case mdl.Pick("nth", selection, item, _, n):
                chosen = self._in_order(selection, key, occurrence)
                return (
                    self.value(item, key, chosen[n - 1]) if n <= len(chosen) else None
                )
            case mdl.Pick(which, selection, item):
                chosen = self._in_order(selection, key, occurrence)
                if not chosen:
                    return None
                return self.value(item, key, chosen[0 if which == "first" else -1])
            case mdl.Periods(period, selection, least):
                often = Counter(
                    period_start(each.day, period, self.clock)
                    for each in self.selected(selection, key, occurrence)
                    if each.day is not None
                )
                return sum(count >= least for count in often.values())
            case mdl.PerGroup(function, inner, by):
                groups: dict[Any, list[Occurrence]] = {}
                for each in self.selected(inner.selection, key, occurrence):
                    group = self.value(by, key, each)
                    if group is not None:
                        groups.setdefault(group, []).append(each)
                found = (self._aggregate(inner, each, key) for each in groups.values())
                known = [each for each in found if each is not None]
                return aggregated(function, known, double=inner.type == DOUBLE)
            case mdl.Position(parts, item):
                return population.position(parts, value(item), self._known(item))
            case _:
                assert_never(node)

    def _aggregate(
        self, node: mdl.Aggregate, chosen: list[Occurrence], key: Key
    ) -> Any:
        """What some events come to."""
        if node.value is None:
            return len(chosen)
        found = [self.value(node.value, key, each) for each in chosen]
        known = [each for each in found if each is not None]
        return aggregated(node.function, known, double=node.value.type == DOUBLE)

    def _known_values(self, node: mdl.Value) -> list[Any]:
        """What a value is for all customers for whom it is known."""
        found = (self.value(node, key) for key in self.customers)
        return [each for each in found if each is not None]

    def _read_ranks(self, node: mdl.Ranked) -> frozenset[Key]:
        """The keys of the customers whom a rank lets in."""
        candidates = {}
        for key in self.customers:
            if node.among is not None and not self.truth(node.among, key):
                continue
            by = self.value(node.by, key)
            per = None if node.per is None else self.value(node.per, key)
            if by is not None and (per is not None or node.per is None):
                candidates[key] = population.Candidate(by, per)
        return population.ranked(
            node.which, node.amount, candidates, percent=node.percent
        )

    def selected(
        self, selection: mdl.Selection, key: Key, parent: Occurrence | None = None
    ) -> list[Occurrence]:
        """A customer's events that a selection means, or rows of one of them.

        What has no time lies in every window.
        """
        event = self._event(selection.event)
        if event.parent is None:
            found = self._events(event.name).get(key, [])
        else:
            found = self._rows(event, _inside(parent))
        return [
            each
            for each in found
            if all(
                each.time is None
                or moments.within(each.time, window, self.clock, days=False)
                for window in selection.windows
            )
            and (selection.test is None or self.truth(selection.test, key, each))
        ]

    def _rows(self, event: Event, parent: Occurrence) -> list[Occurrence]:
        """The rows of one occurrence that count."""
        condition = self.world.filters.get(event.name)
        return [
            each
            for each in self.warehouse.children(event, parent)
            if condition is None or self.truth(condition, each.customer, each)
        ]

    def _in_order(
        self, selection: mdl.Selection, key: Key, parent: Occurrence | None = None
    ) -> list[Occurrence]:
        return sorted(self.selected(selection, key, parent), key=self.order)

    def order(self, occurrence: Occurrence) -> tuple[Any, ...]:
        """Where an event stands among others: what it sorts by."""
        event = occurrence.event
        keys: list[Any] = []
        if event.tie_break:
            keys.append(self.warehouse.place(event, occurrence.row, event.tie_break))
        keys += [self._property(occurrence, name) for name in ordering(event)]
        # What is missing comes first.
        return occurrence.time, *((0,) if key is None else (1, key) for key in keys)

    def _read_events(self, name: str) -> Mapping[Key, list[Occurrence]]:
        """The events of one kind that count, by customer."""
        event = self._event(name)
        condition = self.world.filters.get(name)
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
        self.warehouse.scan(event, ordering(event))
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


def _inside(occurrence: Occurrence | None) -> Occurrence:
    if occurrence is None:
        raise ValueError("a value of an event outside of a selection")
    return occurrence


def _equal(a: Any, b: Any, left: mdl.Value, right: mdl.Value) -> bool:
    return compared("=", a, b, double=DOUBLE in (left.type, right.type))


def _has(found: tuple[Any, ...], items: mdl.Value, option: mdl.Constant) -> bool:
    """Whether a list holds a value. Beside a double the other side becomes one."""
    if items.type == ListOf(DOUBLE) or option.type == DOUBLE:
        return float(option.value) in map(float, found)  # type: ignore[arg-type]
    return option.value in found


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
