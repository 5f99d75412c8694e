"""A selection of events in, events that it takes out: made up, and simple."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from segql.catalog.nodes import Attribute, Catalog, Event, Property
from segql.insight.edges import beside, edges, holds, some_value
from segql.model import nodes as mdl
from segql.model.examples import Happening, Value
from segql.model.windows import Clock, instant_bounds, local, midnight, shifted
from segql.types import Date

MOST_EVENTS = 12
"""So many events an example can give at most; more are nothing to read."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes up events of one catalog, seen from one instant."""

    catalog: Catalog
    clock: Clock

    def several(
        self, one: Happening, count: int, selection: mdl.Selection, user: mdl.Node
    ) -> tuple[Happening, ...]:
        """So many events: alike, or each in another period, or of another value."""
        if not 0 < count <= MOST_EVENTS:
            return ()
        event = self.catalog.events[selection.event]
        match user:
            case mdl.Periods(period):
                unit: mdl.Unit = period.removeprefix("fiscal ")  # type: ignore[assignment]
                found = []
                for back in range(1, count + 1):
                    day = shifted(self.clock.today, -back, unit)
                    when = midnight(day or self.clock.today, self.clock.zone)
                    found.append(self.at(one, when, event))
                return tuple(found)
            case mdl.Aggregate("distinct", _, mdl.Property(name)):
                known = event.properties[name]
                some = _different(known, count)
                return tuple(replace(one, values={**one.values, name: v}) for v in some)
            case _:
                return (one,) * count

    def prototype(self, selection: mdl.Selection, user: mdl.Node) -> Happening:
        """An event that a selection takes, as far as that is easily made."""
        event = self.catalog.events[selection.event]
        values: dict[str, Value] = {}
        rows: list[Happening] = []
        if selection.test is not None:
            for part in simple_parts(selection.test):
                for _, inner in used(part):
                    if self.catalog.events[inner.event].parent == event.name:
                        rows.append(self.prototype(inner, inner))
            values = self.fitting(selection.test, event)
        by = user.by if isinstance(user, mdl.PerGroup) else None
        if isinstance(by, mdl.Property) and by.name not in values:
            some = some_value(by.type)
            values[by.name] = listed(some, event.properties[by.name], []) or some
        time = None
        if event.time is not None:
            time = self.at(
                Happening(event.name, None), self.inside(selection), event
            ).time
        return Happening(event.name, time, values, tuple(rows))

    def fitting(self, test: mdl.Rule, event: Event) -> dict[str, Value]:
        """Values of an event's properties that pass a test, if it is a simple one."""
        match test:
            case mdl.And(terms):
                found: dict[str, Value] = {}
                for term in terms:
                    found = {**self.fitting(term, event), **found}
                return found
            case mdl.Or(terms):
                return self.fitting(terms[0], event)
            case mdl.AtLeast(_, _, terms):
                found = {}
                for term in terms:
                    found = {**self.fitting(term, event), **found}
                return found
            case mdl.Not():
                return {}
            case _:
                for named, value in _passing(test, self.clock):
                    if named.name in event.properties and value is not None:
                        return {named.name: value}
                return {}

    def inside(self, selection: mdl.Selection) -> datetime:
        """An instant in all windows of a selection, before `as of` if there is one."""
        start, end = None, self.clock.as_of
        for window in selection.windows:
            bounds = instant_bounds(window, self.clock)
            if bounds.start is not None:
                start = max(start or bounds.start, bounds.start)
            if bounds.end is not None:
                end = min(end, bounds.end)
        if start is None or start >= end:
            start = end - timedelta(days=2)
        middle = start + (end - start) / 2
        wall = local(middle, self.clock.zone)
        noon = middle + (
            wall.replace(hour=12, minute=0, second=0, microsecond=0) - wall
        )
        return noon if start <= noon < end else middle.replace(second=0, microsecond=0)

    def bounded(self, selection: mdl.Selection) -> bool:
        bounds = (instant_bounds(each, self.clock) for each in selection.windows)
        return any(each.start is not None for each in bounds)

    def at(self, one: Happening, when: datetime, event: Event) -> Happening:
        if event.time is None:
            return one
        if isinstance(event.time.type, Date):
            return replace(one, time=local(when, self.clock.zone).date())
        return replace(one, time=when)

    def steps(
        self,
        rule: mdl.Sequence,
        start: datetime,
        late: tuple[int, str] = (0, ""),
        without: int | None = None,
        absent: bool = False,
    ) -> tuple[Happening, ...]:
        found: list[Happening] = []
        when = start
        ties: dict[str, Value] = {}
        for place, step in enumerate(rule.steps):
            event = self.catalog.events[step.selection.event]
            if place:
                gap = length(step)
                this = late[0] == place
                when = when + (gap if this else gap / 2)
                if this and late[1] == "too late":
                    when = when + MINUTE
            one = self.prototype(step.selection, step)
            for mine, theirs in step.same:
                if mine in event.properties:
                    some = some_value(event.properties[mine].column.type)
                    ties[mine] = ties.get(theirs, some)
            following = rule.steps[place + 1 :][:1]
            for each in following:
                for _, theirs in each.same:
                    if theirs in event.properties:
                        some = some_value(event.properties[theirs].column.type)
                        ties.setdefault(theirs, some)
            tied = {
                name: value
                for name, value in ties.items()
                if name in event.properties
                and holds(value, event.properties[name].column.type)
            }
            if place != without and (not step.absent or absent):
                one = replace(one, values={**one.values, **tied})
                found.append(self.at(one, when, event))
        return tuple(found)


# ---- parts of conditions


def simple_parts(rule: mdl.Rule) -> Iterator[mdl.Rule]:
    """The conditions inside a rule that have no other inside."""
    match rule:
        case mdl.And(terms) | mdl.Or(terms) | mdl.AtLeast(_, _, terms):
            for term in terms:
                yield from simple_parts(term)
        case mdl.Not(term) | mdl.InSegment(_, term):
            yield from simple_parts(term)
        case mdl.Ranked(among=mdl.Node() as among):
            yield rule
            yield from simple_parts(among)
        case _:
            yield rule


def used(node: mdl.Node) -> Iterator[tuple[mdl.Node, mdl.Selection]]:
    """The selections of a condition, each with what is made of it."""
    match node:
        case mdl.PerGroup(_, mdl.Aggregate(_, selection)):
            yield node, selection
        case mdl.Aggregate(_, selection) | mdl.Pick(_, selection):
            yield node, selection
        case mdl.Periods(_, selection):
            yield node, selection
        case mdl.Selection():
            return
        case _:
            for each in fields(node):
                part = getattr(node, each.name)
                some = part if isinstance(part, tuple) else (part,)
                for one in some:
                    if isinstance(one, mdl.Node):
                        yield from used(one)


def _passing(
    test: mdl.Rule, clock: Clock
) -> Iterator[tuple[mdl.Attribute | mdl.Property, Value | None]]:
    """Values that make a simple test true, the first the most likely."""
    some = [each for each in edges(test, clock) if isinstance(each[0], mdl.Property)]
    match test:
        case mdl.Compare(">=" | "=", _, mdl.Constant()) | mdl.Compare(">"):
            place = 1 if test.operator in (">=", ">") else 0
            yield from some[place : place + 1]
        case mdl.Compare("!="):
            yield from some[1:2]
    yield from some


def listed(
    value: Value | None, named: Attribute | Property, taken: Iterable[Value | None]
) -> Value | None:
    """The value; of a text that the catalog does not list, one that it does."""
    texts = [each for each in named.values if isinstance(each, str)]
    if isinstance(value, tuple):
        return tuple(
            each
            if each in texts or not isinstance(each, str) or not texts
            else texts[0]
            for each in value
        )
    if not isinstance(value, str) or not texts or value in texts:
        return value
    free = [each for each in texts if each not in set(_hashable(taken))]
    return free[0] if free else value


def _hashable(some: Iterable[Value | None]) -> Iterator[object]:
    yield from some


def _different(known: Property, count: int) -> list[Value]:
    """So many values of a property, no two alike."""
    if known.values:
        return list(known.values[:count])  # type: ignore[arg-type]
    some = some_value(known.column.type)
    if isinstance(some, str):
        return [chr(ord("a") + number) for number in range(count)]
    found: list[Value] = [some]
    while len(found) < count and not isinstance(some, tuple):
        following = beside(">", some, known.column.type)[1]
        if following == some or isinstance(following, tuple):
            break
        some = following
        found.append(some)
    return found


def length(step: mdl.Step) -> timedelta:
    """About how long a gap is; an hour where there is none."""
    if step.gap is None:
        return timedelta(hours=1)
    days: Mapping[str, float] = {
        "second": 1 / 86400,
        "minute": 1 / 1440,
        "hour": 1 / 24,
        "day": 1,
        "week": 7,
        "month": 30,
        "quarter": 90,
        "year": 365,
    }
    return timedelta(days=min(step.gap.count * days[step.gap.unit], 3650))
