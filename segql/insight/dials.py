"""A file's conditions in; what can be turned of a made-up customer, and how far, out.

A dial is an attribute, or the events of one selection; its stops are the values, or the
events, at which one of the conditions turns.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from segql.catalog.nodes import Catalog, Event
from segql.insight.edges import beside, edges, ends
from segql.insight.happen import (
    MINUTE,
    MOST_EVENTS,
    Maker,
    length,
    listed,
    simple_parts,
    used,
)
from segql.model import nodes as mdl
from segql.model.examples import Example, Happening, Value
from segql.model.extent import walk
from segql.model.windows import Clock, instant_bounds, local, midnight
from segql.types import COUNT, TIMESTAMP, ListOf

_LONG = timedelta(days=3 * 365)
_N = TypeVar("_N", bound=mdl.Node)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a dial can stand: a value, or events.

    `title` says in short what is special about it; without one nothing is. `edges` are
    the conditions, by number, of which it shows an edge; `far` is what lies beyond it.
    `timed` says that the edge is one in time; `beside` has the texts in whose place any
    other would do, of the attribute or of each property.
    """

    value: Value | None = None
    events: tuple[Happening, ...] = ()
    title: str | None = None
    edges: frozenset[int] = frozenset()
    far: bool = False
    timed: bool = False
    beside: tuple[tuple[str, object], ...] = ()


@dataclass(slots=True)
class Dial:
    """`attribute` is its name; of events it is None."""

    attribute: str | None
    stops: list[Stop] = field(default_factory=list)

    def add(self, stop: Stop) -> None:
        for place, known in enumerate(self.stops):
            if (known.value, known.events) == (stop.value, stop.events):
                title = known.title or stop.title
                both = known.edges | stop.edges
                far = stop.far and (known.far or not known.edges)
                self.stops[place] = replace(known, title=title, edges=both, far=far)
                return
        self.stops.append(stop)


State = tuple[int, ...]
"""Where each dial stands."""


@dataclass(frozen=True, slots=True)
class Desk:
    """All dials of a file."""

    dials: tuple[Dial, ...]

    def example(self, state: State) -> Example:
        """The customer whose dials stand so."""
        attributes: dict[str, Value] = {}
        events: list[Happening] = []
        for dial, place in zip(self.dials, state, strict=True):
            stop = dial.stops[place]
            if dial.attribute is not None and stop.value is not None:
                attributes[dial.attribute] = stop.value
            events += stop.events
        return Example(None, True, None, attributes, tuple(events))


def desk(rules: Sequence[mdl.Rule], catalog: Catalog, clock: Clock) -> Desk:
    """The dials of some conditions. First every one stands where nothing is known."""
    made = _Maker(catalog, clock)
    for number, rule in enumerate(rules):
        made.condition(rule, number)
    made.join_lists()
    return Desk((*made.attributes.values(), *made.events.values()))


class _Maker:
    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self.catalog = catalog
        self.clock = clock
        self.make = Maker(catalog, clock)
        self.attributes: dict[str, Dial] = {}
        self.events: dict[mdl.Node, Dial] = {}

    def condition(self, rule: mdl.Rule, number: int) -> None:
        only = frozenset([number])
        texts = [each.value for each in _constants(rule) if isinstance(each.value, str)]
        for named, value in edges(rule, self.clock):
            if isinstance(named, mdl.Attribute):
                self.attribute(named, value, only, texts)
        for part in simple_parts(rule):
            self.selections(part, only)

    def attribute(
        self,
        named: mdl.Attribute,
        value: Value | None,
        only: frozenset[int],
        texts: Sequence[str] = (),
    ) -> None:
        """A value at which a condition turns."""
        dial = self.attributes.setdefault(named.name, Dial(named.name, [Stop()]))
        known = self.catalog.attributes[named.name]
        value = listed(value, known, [stop.value for stop in dial.stops])
        said = self.said(named.name, value)
        beside: tuple[tuple[str, object], ...] = ()
        if isinstance(value, str) and value not in texts:
            beside = tuple((named.name, each) for each in texts)
        far = value is None
        dial.add(Stop(value, (), said, only, far=far, beside=beside))

    def join_lists(self) -> None:
        """Lists that have all that any other has, and more of what is declared."""
        for name, dial in self.attributes.items():
            lists = [s.value for s in dial.stops if isinstance(s.value, tuple)]
            known = self.catalog.attributes[name]
            if len(lists) < 2 or not isinstance(known.column.type, ListOf):
                continue
            every = [each for value in lists for each in value]
            whole = list(dict.fromkeys([*every, *known.values]))
            for size in {max(map(len, lists)), len(dict.fromkeys(every))}:
                dial.add(Stop(tuple(whole[:size])))  # type: ignore[arg-type]

    def selections(self, rule: mdl.Rule, only: frozenset[int]) -> None:
        """The events of one condition that has no other inside."""
        if isinstance(rule, mdl.Sequence):
            dial = self.events.setdefault(rule, Dial(None, [Stop()]))
            for stop in self.sequence(rule, only):
                dial.add(stop)
            return
        for user, selection in used(rule):
            dial = self.events.setdefault(selection, Dial(None, [Stop()]))
            for stop in self.stops(rule, user, selection, only):
                dial.add(stop)

    # ---- the events of one selection

    def stops(
        self,
        rule: mdl.Rule,
        user: mdl.Node,
        selection: mdl.Selection,
        only: frozenset[int],
    ) -> Iterator[Stop]:
        event = self.catalog.events[selection.event]
        name = event.call_name
        one = self.make.prototype(selection, user)
        counted = isinstance(user, mdl.Periods | mdl.PerGroup) or (
            isinstance(user, mdl.Aggregate) and user.function in ("count", "distinct")
        )
        yield Stop(None, (), f"no {name}", only, far=True)
        passing = 1
        if counted:
            counts = _counts(rule, user)
            for count in counts or (1, 2, 3, 5):
                said = f"{count} {name}" if count else f"no {name}"
                events = self.make.several(one, count, selection, user)
                yield Stop(None, events, said, only if counts else frozenset())
            passing = max(1, max(counts[:2], default=1))
        else:
            passing = user.n if isinstance(user, mdl.Pick) else 1
            yield Stop(None, (one,) * passing, None)
            fit = self.make.fitting(_about(rule, user), event)
            one = replace(one, values={**fit, **one.values})
            for named, value in edges(_about(rule, user), self.clock):
                stop = self.turned(one, named, value, event, passing)
                if stop is not None:
                    yield replace(stop, title=f"{name} {stop.title}", edges=only)
            if passing > 1:
                said = f"{passing - 1} {name}"
                yield Stop(None, (one,) * (passing - 1), said, only)
        if passing > MOST_EVENTS:
            return
        most = list(self.make.several(one, passing, selection, user))
        if event.time is not None and not self.make.bounded(selection):
            old = [self.make.at(each, self.clock.as_of - _LONG, event) for each in most]
            yield Stop(None, tuple(old), f"{name} long ago")
        for window in selection.windows:
            for when in ends(window, self.clock, days=False):
                if isinstance(when, datetime) and when + MINUTE < self.clock.as_of:
                    moved = self.make.at(most[-1], when, event)
                    said = f"{name} at {_moment(moved.time, self.clock)}"
                    yield Stop(None, (*most[:-1], moved), said, only, timed=True)
        if selection.test is not None:
            for named, value in edges(_timed(selection.test), self.clock):
                if isinstance(named, mdl.Attribute):
                    self.attribute(named, value, only)
                stop = self.turned(most[-1], named, value, event, 1)
                if stop is not None:
                    events = (*most[:-1], *stop.events)
                    said = f"{name} {stop.title}"
                    yield replace(stop, events=events, title=said, edges=only)

    def turned(
        self,
        one: Happening,
        named: mdl.Attribute | mdl.Property,
        value: Value | None,
        event: Event,
        many: int,
    ) -> Stop | None:
        """Events with one property as it is said."""
        if not isinstance(named, mdl.Property):
            return None
        if named.name == "time":
            if not isinstance(value, date):
                return None
            when = value
            if not isinstance(when, datetime):
                when = midnight(when, self.clock.zone)
            if when + MINUTE >= self.clock.as_of:
                return None
            moved = self.make.at(one, when, event)
            said = f"at {_moment(moved.time, self.clock)}"
            return Stop(None, (moved,) * many, said, timed=True)
        if named.name not in event.properties:
            return None
        known = event.properties[named.name]
        value = listed(value, known, [one.values.get(named.name)])
        values = {name: v for name, v in one.values.items() if name != named.name}
        if value is not None:
            values[named.name] = value
        said, far = self.said(named.name, value), value is None
        passing = one.values.get(named.name)
        free = isinstance(value, str) and isinstance(passing, str) and value != passing
        beside = ((named.name, passing),) if free else ()
        events = (replace(one, values=values),) * many
        return Stop(None, events, said, far=far, beside=beside)

    def said(self, name: str, value: Value | None) -> str:
        """A value in short, for the title of an example."""
        if value is None:
            return f"{name} missing"
        if isinstance(value, datetime):
            return f"{name} {_moment(value, self.clock)}"
        if isinstance(value, bool):
            return name if value else f"no {name}"
        if isinstance(value, tuple):
            return f"{name} {', '.join(map(str, value))}" if value else f"no {name}"
        return f"{name} {value}"

    # ---- sequences

    def sequence(self, rule: mdl.Sequence, only: frozenset[int]) -> Iterator[Stop]:
        """All steps in time, and what breaks them: one lacks, or comes too late."""
        first = rule.steps[0].selection
        name = self.catalog.events[first.event].call_name
        bounds = [instant_bounds(w, self.clock) for w in first.windows]
        earliest = [b.start + MINUTE for b in bounds if b.start is not None]
        total = sum((length(each) for each in rule.steps), timedelta(days=1))
        starts = [self.clock.as_of - total, self.make.inside(first), *earliest]
        for start in starts:
            yield Stop(None, self.make.steps(rule, start), f"all after {name}", only)
            for place, step in enumerate(rule.steps):
                for word in ("right in time", "too late") if step.gap else ():
                    late = (place, word)
                    events = self.make.steps(rule, start, late, absent=step.absent)
                    event = self.catalog.events[step.selection.event].call_name
                    yield Stop(None, events, f"{event} {word}", only)
            for place in range(len(rule.steps)):
                some = self.make.steps(rule, start, without=place)
                gone = self.catalog.events[rule.steps[place].selection.event].call_name
                yield Stop(None, some, f"no {gone}", only)
            barred = self.make.steps(rule, start, absent=True)
            gone = self.catalog.events[rule.steps[-1].selection.event].call_name
            yield Stop(None, barred, f"{gone} then", only)


def _constants(rule: mdl.Rule) -> Iterator[mdl.Constant]:
    for node in walk(rule):
        if isinstance(node, mdl.Constant):
            yield node
        if isinstance(node, mdl.OneOf | mdl.HasAny | mdl.HasAll):
            yield from node.options


def _counts(rule: mdl.Rule, user: mdl.Node) -> list[int]:
    """The counts at which a condition turns, those right at it first."""
    match rule:
        case mdl.Compare(operator, left, mdl.Constant(limit)) if left is user:
            pass
        case mdl.Compare(operator, mdl.Constant(limit), right) if right is user:
            turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
            operator = turned.get(operator, operator)  # type: ignore[assignment]
        case _:
            return []
    if isinstance(limit, bool) or not isinstance(limit, int):
        return []
    found = beside(operator, limit, COUNT)
    found = (*found, limit - 1) if operator in ("=", "!=") else found
    return [n for n in found if isinstance(n, int) and 0 <= n <= MOST_EVENTS]


def _about(rule: mdl.Rule, user: mdl.Node) -> mdl.Rule:
    """A condition, said of the one event that a value is taken of."""

    def instead(node: mdl.Node) -> mdl.Node | None:
        if node is not user or not isinstance(user, mdl.Pick | mdl.Aggregate):
            return None
        match user.value:
            case mdl.EventTime():
                return mdl.Property("time", TIMESTAMP)
            case mdl.Property(name, type_):
                return mdl.Property(name, type_)
            case _:
                return None

    return _swapped(rule, instead)


def _timed(rule: mdl.Rule) -> mdl.Rule:
    """A condition with the event's time as one of its properties."""

    def instead(node: mdl.Node) -> mdl.Node | None:
        timed = isinstance(node, mdl.EventTime)
        return mdl.Property("time", TIMESTAMP) if timed else None

    return _swapped(rule, instead)


def _swapped(node: _N, instead: Callable[[mdl.Node], mdl.Node | None]) -> _N:
    found: dict[str, object] = {}
    for each in fields(node):
        part = getattr(node, each.name)
        if isinstance(part, mdl.Node):
            found[each.name] = instead(part) or _swapped(part, instead)
        elif isinstance(part, tuple):
            found[each.name] = tuple(
                (instead(p) or _swapped(p, instead)) if isinstance(p, mdl.Node) else p
                for p in part
            )
    return replace(node, **found)  # type: ignore[arg-type]


def _moment(when: date | None, clock: Clock) -> str:
    if isinstance(when, datetime):
        return f"{local(when, clock.zone):%Y-%m-%d %H:%M}"
    return str(when)
