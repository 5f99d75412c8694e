"""Things thought of in, made-up customers out, as examples have them.

There may be several ways to make one: free tests, such as an order of events or a rank
among others, are tried, and it is the reference that says what came of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from segql.catalog.nodes import Event
from segql.model import nodes as mdl
from segql.model.examples import Example, Happening, Value
from segql.model.windows import local_day, midnight
from segql.reason.levels import Level
from segql.reason.nodes import Free, Place, Share
from segql.reason.things import Thing
from segql.reference.population import key_text
from segql.types import DATE, ListOf

MAX_KEYS = 400
NOBODY = Example(None, True, None, {}, ())
"""Somebody of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A customer, others beside them, and the instant from which this is seen.

    The customer's key is how many stand before them, and one.
    """

    customer: Example
    before: tuple[Example, ...]
    after: tuple[Example, ...]
    as_of: datetime

    @property
    def all(self) -> tuple[Example, ...]:
        return (*self.before, self.customer, *self.after)

    @property
    def key(self) -> int:
        return len(self.before) + 1


def witnesses(thing: Thing, level: Level) -> Iterator[Witness]:
    """Ways to make a customer of what was thought of, the plainest first."""
    as_of = level.probe.clock.as_of
    made = _Maker(level).customer(thing)
    key = _key(thing)
    before = (NOBODY,) * (key - 1)
    yield Witness(made, before, (), as_of)
    free = [s for s in thing.values if isinstance(s, Free)]
    for subject in free:
        if isinstance(subject.rule, mdl.Sequence) and thing.values[subject]:
            for other in _in_order(made, subject.rule, level):
                yield Witness(other, before, (), as_of)
    if any(isinstance(s, Place) for s in thing.values) and key == 1:
        for ahead, behind in ((12, 0), (0, 12), (1, 8), (2, 10), (4, 5), (3, 40)):
            yield Witness(made, (made,) * ahead, (made,) * behind, as_of)
    for other in _other_times(made, level):
        yield Witness(other, before, (), as_of)


def _key(thing: Thing) -> int:
    """The first key whose hashes lie where they should; 1 if there is none soon."""
    shares = {s.seed: w for s, w in thing.values.items() if isinstance(s, Share)}
    if not shares:
        return 1
    for key in range(1, MAX_KEYS):
        if all(
            any(low <= share_of(seed, key) <= high for low, high in stretches)
            for seed, stretches in shares.items()
        ):
            return key
    return 1


def share_of(seed: str, key: int) -> Fraction:
    """Where the hash of a seed and a key lies, in percent."""
    from segql.reference.population import share

    return 100 * share(seed, key_text(key))


class _Maker:
    def __init__(self, level: Level) -> None:
        self.level = level
        self.catalog = level.probe.world.catalog
        self.clock = level.probe.clock
        self.late = 0

    def customer(self, thing: Thing) -> Example:
        attributes: dict[str, Value] = {}
        for subject, value in thing.values.items():
            if isinstance(subject, mdl.Attribute) and value is not None:
                if isinstance(subject.type, ListOf):
                    attributes[subject.name] = _elements(thing, subject)
                elif value is not ...:
                    attributes[subject.name] = value
        for given, value in self.level.forms.given.items():
            if isinstance(given, mdl.Attribute) and value is not None:
                attributes[given.name] = value
        events = tuple(self.events(thing))
        return Example(None, True, None, attributes, events)

    def events(self, thing: Thing) -> Iterator[Happening]:
        for (kind, name), things in thing.bags.items():
            if kind == "event" and isinstance(name, str):
                event = self.catalog.events[name]
                for each in things:
                    yield self.happening(event, each)

    def happening(self, event: Event, thing: Thing) -> Happening:
        values: dict[str, Value] = {}
        for subject, value in thing.values.items():
            if isinstance(subject, mdl.Property) and value is not None:
                if isinstance(subject.type, ListOf):
                    values[subject.name] = _elements(thing, subject)
                elif value is not ...:
                    values[subject.name] = value
        rows = tuple(self.events(thing))
        time: datetime | date | None = None
        if event.time is not None:
            time = thing.values.get(mdl.EventTime(), self.some_time())
            if event.time.type == DATE and isinstance(time, datetime):
                time = local_day(time, self.clock.zone)
        return Happening(event.name, time, values, rows)

    def some_time(self) -> datetime:
        """Any time before `as of`: each a day before the one made last."""
        self.late += 1
        day = self.clock.today - timedelta(days=self.late)
        return midnight(day, self.clock.zone) + timedelta(hours=10)


def _elements(thing: Thing, items: mdl.Value) -> Value:
    elements = thing.bags.get(("list", items), ())
    found: list[Any] = []
    for each in elements:
        for subject, value in each.values.items():
            if isinstance(subject, mdl.Element) and value is not None:
                found.append(value)
    return tuple(found)


def _in_order(made: Example, rule: mdl.Sequence, level: Level) -> Iterator[Example]:
    """The customer with events that happened in the order of a sequence."""
    steps = [step for step in rule.steps if not step.absent]
    name = steps[0].selection.event
    starts = [each for each in made.events if each.event == name][:4]
    for first in starts or [Happening(name, None, {}, ())]:
        for apart in (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)):
            yield from _chained(made, first, steps, apart, level)
    yield from _sorted(made, steps)


def _chained(
    made: Example,
    first: Happening,
    steps: Sequence[mdl.Step],
    apart: timedelta,
    level: Level,
) -> Iterator[Example]:
    """The first step's event, and those of the others, each a little later."""
    zone = level.probe.clock.zone
    start = first.time or level.probe.clock.as_of - 3 * len(steps) * apart
    at = start if isinstance(start, datetime) else midnight(start, zone)
    chosen = [replace(first, time=_as_event(first.event, at, level))]
    rest = [each for each in made.events if each is not first]
    for step in steps[1:]:
        event = step.selection.event
        dated = _dated(event, level) or _dated(chosen[-1].event, level)
        gap = step.gap
        length = _length(gap.unit) * gap.count / 2 if gap else apart
        at += timedelta(days=1) if dated else min(apart, length)
        own = next((each for each in rest if each.event == event), None)
        if own is not None:
            rest.remove(own)
        found = _like(own or Happening(event, None, {}, ()), step, chosen, level)
        chosen.append(replace(found, time=_as_event(event, at, level)))
    yield replace(made, events=(*rest, *chosen))
    yield replace(made, events=(*made.events, *chosen[1:]))


def _dated(event: str, level: Level) -> bool:
    time = level.probe.world.catalog.events[event].time
    return time is not None and time.type == DATE


def _as_event(event: str, moment: datetime, level: Level) -> datetime | date:
    """An instant as an event has its time."""
    return local_day(moment, level.probe.clock.zone) if _dated(event, level) else moment


def _sorted(made: Example, steps: Sequence[mdl.Step]) -> Iterator[Example]:
    """The same events, each kind a little after that of the step before."""
    order = {step.selection.event: n for n, step in reversed([*enumerate(steps)])}
    for minutes in (1, 60):
        events = tuple(
            replace(
                each,
                time=each.time + timedelta(minutes=minutes * order[each.event]),
            )
            if isinstance(each.time, datetime) and order.get(each.event)
            else each
            for each in made.events
        )
        yield replace(made, events=events)


def _like(
    found: Happening, step: mdl.Step, before: Sequence[Happening], level: Level
) -> Happening:
    """An event for a step, tied to that of the step before."""
    values: dict[str, Value] = dict(found.values)
    for own, there in step.same:
        value = before[-1].values.get(there, values.get(own))
        if value is None:
            value = _some(level, found.event, own)
        if value is not None:
            values[own] = value
            before[-1].values.setdefault(there, value)  # type: ignore[attr-defined]
    return replace(found, values=values)


def _some(level: Level, event: str, name: str) -> Any:
    """A value of a property, whichever."""
    from segql.reason.cells import Kind, cells_of

    prop = level.probe.world.catalog.events[event].properties[name]
    subject = mdl.Property(name, prop.column.type)
    cells = cells_of(subject, (), level.probe, Kind(prop.values))
    found = [cell.witness for cell in cells.cells if cell.witness is not None]
    return found[0] if found and found[0] is not ... else None


def _other_times(made: Example, level: Level) -> Iterator[Example]:
    """The same events in the other order of their times."""
    kinds: Mapping[str, int] = {}
    kinds = {each.event: 0 for each in made.events}
    for name in kinds:
        some = [each for each in made.events if each.event == name]
        if not 1 < len(some) <= 20 or some[0].time is None:
            continue
        turned = [
            replace(each, time=other.time)
            for each, other in zip(some, reversed(some), strict=True)
        ]
        others = [each for each in made.events if each.event != name]
        yield replace(made, events=(*others, *turned))


def _length(unit: mdl.Unit) -> timedelta:
    days = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
    match unit:
        case "second":
            return timedelta(seconds=1)
        case "minute":
            return timedelta(minutes=1)
        case "hour":
            return timedelta(hours=1)
        case _:
            return timedelta(days=days[unit])
