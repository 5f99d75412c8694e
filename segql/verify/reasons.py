"""Customers who are members on one side alone in, why that is out.

Both sides are asked once more, about these customers only: for the attributes and the
figures that the rule reads, for the outcome of each of its tests, and for the events
that it looks at.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from segql.diagnostics import SegqlError
from segql.model import nodes as mdl
from segql.plan.columns import events as events_of
from segql.plan.nodes import Measure
from segql.plan.values import measures_of, tests_of, values_of
from segql.project import Segment
from segql.sql.inputs import Key, events_of_customers, values_of_customers
from segql.types import COUNT, ListOf, Point, Type
from segql.verify import keys as key_texts
from segql.verify import labels
from segql.verify.nodes import Difference, Reason, Side, Verdict
from segql.verify.values import near, plain, shown

Rows: TypeAlias = Mapping[str, tuple[object, ...]]
Events: TypeAlias = Mapping[str, Counter[tuple[object, ...]]]
_MOST = 60
"""So many values and tests are asked for; rules with more are rare."""


def reasons(
    segment: Segment,
    sides: tuple[Side, Side],
    types: tuple[Any, Any],
    only_first: Sequence[str],
    only_second: Sequence[str],
) -> tuple[Reason, ...]:
    """Why each of the customers is a member on one side alone.

    `types` are the Arrow types of the keys on both sides.
    """
    wanted = [*only_first, *only_second]
    if not wanted:
        return ()
    asked = Asked.of(segment)
    literals = tuple(key_texts.as_asked(wanted, each) for each in types)
    try:
        first, second = (
            asked.looked_up(side, keys)
            for side, keys in zip(sides, literals, strict=True)
        )
    except SegqlError as error:
        why = tuple(
            Difference(f"{each.code}: {each.message}", None, None, True)
            for each in error.diagnostics
        )
        return tuple(Reason(key, key in only_first, "unknown", why) for key in wanted)
    return tuple(asked.reason(key, key in only_first, first, second) for key in wanted)


@dataclass(frozen=True, slots=True)
class Found:
    """What one side says: a row of values, and of each event the rows of a customer."""

    values: Rows
    events: Mapping[str, Events]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rule reads: attributes, figures, tests, and the events behind them."""

    segment: Segment
    attributes: tuple[mdl.Attribute, ...]
    figures: tuple[Measure, ...]
    tests: tuple[mdl.Rule, ...]
    properties: Mapping[str, tuple[mdl.Property, ...]]

    @classmethod
    def of(cls, segment: Segment) -> "Asked":
        plan = segment.plan.segments[0]
        catalog = segment.project.catalog
        conjuncts = plan.conjuncts
        named = [
            mdl.Attribute(name, catalog.attributes[name].column.type)
            for name in segment.attributes
            if not isinstance(catalog.attributes[name].column.type, Point)
        ]
        tests = dict.fromkeys(each for term in conjuncts for each in tests_of(term))
        for test in [each for each in tests if isinstance(each, mdl.HasSome)]:
            for inner in tests_of(test.test):  # it is about an element
                tests.pop(inner, None)
        figures = dict.fromkeys(m for term in conjuncts for m in measures_of(term))
        room = _MOST - len(named) - len(figures)
        return cls(
            segment,
            tuple(named[:_MOST]),
            tuple(figures)[: max(_MOST - len(named), 0)],
            tuple(each for each in tests if not isinstance(each, mdl.Always))[
                : max(room, 0)
            ],
            {name: _properties(segment, name) for name in events_of((segment.rule,))},
        )

    @property
    def values(self) -> tuple[mdl.Value, ...]:
        whole = mdl.And(self.segment.plan.segments[0].conjuncts)
        return (
            _flag(whole),
            *self.attributes,
            *self.figures,
            *map(_flag, self.tests),
        )

    # ---- asking

    def looked_up(self, side: Side, keys: Sequence[Key]) -> Found:
        if not keys:
            return Found({}, {})
        dialect, plan = side.connection.dialect, self.segment.plan
        kinds = [each.type for each in self.values]
        query = values_of_customers(plan, self.values, keys, dialect)
        values = {
            str(key_texts.text(row[0])): tuple(map(plain, row[1:], kinds))
            for row in side.connection.rows(query)
        }
        found = {}
        for name, properties in self.properties.items():
            query = events_of_customers(plan, name, properties, keys, dialect)
            timed = self.segment.project.catalog.events[name].time is not None
            types: list[Type] = [each.type for each in properties]
            if timed:
                types.insert(0, mdl.EventTime().type)
            found[name] = _grouped(side.connection.rows(query), types)
        return Found(values, found)

    # ---- comparing

    def reason(
        self,
        key: str,
        on_first: bool,
        first: Found,
        second: Found,
    ) -> Reason:
        one, other = first.values.get(key), second.values.get(key)
        if one is None or other is None:
            if one is None and other is None:
                return Reason(key, on_first, "again")
            there = [None if each is None else "there" for each in (one, other)]
            gone = Difference("the customer", there[0], there[1], True)
            return Reason(key, on_first, "data", (gone,))
        differences = [*self.compared(one, other)]
        inputs = [*self.events_apart(key, first, second)]
        read = [
            each
            for each, a, b in self.pairs(one, other)
            if isinstance(each, mdl.Attribute) and a != b
        ]
        verdict = self.verdict(one, other, bool(read or inputs), on_first)
        return Reason(key, on_first, verdict, (*differences, *inputs))

    def pairs(
        self, one: tuple[object, ...], other: tuple[object, ...]
    ) -> Iterator[tuple[mdl.Value, object, object]]:
        return zip(self.values, one, other, strict=True)

    def compared(
        self, one: tuple[object, ...], other: tuple[object, ...]
    ) -> Iterator[Difference]:
        """Attributes and figures that differ; tests where nothing else tells why."""
        apart = [(v, a, b) for v, a, b in self.pairs(one, other) if a != b]
        zone = self.segment.project.catalog.entity.zone
        told = False
        for value, a, b in apart:
            if isinstance(value, mdl.Attribute):
                told = True
                yield Difference(value.name, shown(a), shown(b))
            elif isinstance(value, Measure):
                told = True
                count = labels.is_count(value)
                yield Difference(labels.figure(value, zone), shown(a), shown(b), count)
        for test, (_, a, b) in zip(self.tests, self.flags(one, other), strict=True):
            special = isinstance(test, mdl.Sequence | mdl.Ranked | mdl.Sampled)
            if a != b and (special or not told):
                words = ["holds" if each else "does not hold" for each in (a, b)]
                names = _named_in(test)
                what = f"{labels.test(test)} of {names}" if names else labels.test(test)
                yield Difference(what, words[0], words[1], True)

    def flags(
        self, one: tuple[object, ...], other: tuple[object, ...]
    ) -> list[tuple[mdl.Value, object, object]]:
        return [*self.pairs(one, other)][1 + len(self.attributes) + len(self.figures) :]

    def events_apart(
        self, key: str, first: Found, second: Found
    ) -> Iterator[Difference]:
        """Events whose rows differ: their number, or what they say."""
        for name in self.properties:
            none: Counter[tuple[object, ...]] = Counter()
            one = first.events[name].get(key, none) if first.events else none
            other = second.events[name].get(key, none) if second.events else none
            if one == other:
                continue
            numbers = one.total(), other.total()
            if numbers[0] == numbers[1]:
                apart = (one - other).total()
                what = f"the data of {name}, in {apart:,} of {numbers[0]:,} rows"
                yield Difference(what, None, None, True)
            else:
                what = f"the rows of {name}"
                yield Difference(what, f"{numbers[0]:,}", f"{numbers[1]:,}", True)

    def verdict(
        self,
        one: tuple[object, ...],
        other: tuple[object, ...],
        read: bool,
        on_first: bool,
    ) -> Verdict:
        if (one[0], other[0]) != (int(on_first), int(not on_first)):
            return "again" if one[0] == other[0] else "unknown"
        if read:
            return "data"
        if any(near(a, b) for _, a, b in self.pairs(one, other)):
            return "rounding"
        crowd = any(isinstance(each, mdl.Position) for each in self.figures)
        if crowd or any(isinstance(each, mdl.Ranked) for each in self.tests):
            return "others"
        return "segql"


def _flag(test: mdl.Rule) -> mdl.Choice:
    """The outcome of a test as a value."""
    return mdl.Choice(test, mdl.Constant(1, COUNT), mdl.Constant(0, COUNT), COUNT)


def _named_in(test: mdl.Rule) -> str:
    names = (each.name for each in values_of(test) if isinstance(each, mdl.Attribute))
    return ", ".join(dict.fromkeys(names))


def _properties(segment: Segment, event: str) -> tuple[mdl.Property, ...]:
    """The properties of an event that are read; lists can't be compared everywhere."""
    entry = segment.project.catalog.events[event]
    found = []
    for name, each in entry.properties.items():
        column = each.column
        table = entry.table if column.join is None else entry.joins[column.join].table
        comparable = not isinstance(column.type, ListOf | Point)
        if comparable and (table, column.path[0]) in segment.columns:
            found.append(mdl.Property(name, column.type))
    return tuple(found)


def _grouped(rows: list[tuple[object, ...]], types: Sequence[Type]) -> Events:
    found: dict[str, Counter[tuple[object, ...]]] = {}
    for key, *values in rows:
        row = tuple(map(plain, values, types))
        found.setdefault(str(key_texts.text(key)), Counter())[row] += 1
    return found
