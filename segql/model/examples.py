"""The examples of a file in, typed ones out: one made-up customer each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from segql.catalog.nodes import Attribute, Catalog, Event, Named, Property
from segql.catalog.values import fit
from segql.diagnostics import Report
from segql.messages import files, lints, names, types
from segql.model import nodes as mdl
from segql.model.check_values import to_instant
from segql.model.extent import walk
from segql.model.outdated import outdated
from segql.model.world import World
from segql.source import NOWHERE, Span
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.types import (
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

Value: TypeAlias = mdl.Scalar | tuple[mdl.Scalar, ...]
"""A list is a tuple, and so is a point: its latitude and longitude in degrees."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event, a fact, or a row of one: what the catalog calls it, and its values.

    `time` is an instant in UTC, or a date if the event's time is one; None of facts
    and rows. What is not given is missing.
    """

    event: str
    time: datetime | date | None
    values: Mapping[str, Value] = field(default_factory=dict)
    rows: tuple["Happening", ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A customer who must be in a segment (or a part of a partition), or out of it."""

    title: str | None
    inside: bool
    part: str | None
    attributes: Mapping[str, Value]
    events: tuple[Happening, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


def check_examples(
    definition: defs.Definition,
    rules: Sequence[mdl.Rule],
    world: World,
    report: Report,
) -> tuple[Example, ...]:
    """All examples of a file, against the catalog; those with mistakes are left out.

    `rules` are what the file says: with a look at `as of` in one of them, the header
    must say an `as of`.
    """
    reader = _Reader(world.catalog, report)
    parts = [stage.name.name for stage in definition.parts]
    found = []
    for each in definition.examples:
        _placed(each, parts, report)
        made = reader.example(each)
        if made is not None:
            found.append(made)
    dated = definition.header is not None and definition.header.as_of is not None
    if definition.examples and not dated and any(timely(r, world) for r in rules):
        first = definition.examples[0].span
        word = Span(first.start, first.start + len("example"))
        report.add(files.examples_without_as_of(word))
    return tuple(found)


def timely(rule: mdl.Rule, world: World) -> bool:
    """Whether a rule looks at time from `as of`, other than at whether events exist."""
    for node in walk(rule):
        match node:
            case mdl.Rolling() | mdl.Day() | mdl.Calendar() | mdl.Today():
                return True
            case mdl.Elapsed() | mdl.Step(absent=True, gap=mdl.Gap()):
                return True
            case mdl.Selection(event) if event in world.filters:
                if timely(world.filters[event], world):
                    return True
            case _:
                pass
    return False


def _placed(node: defs.Example, parts: Sequence[str], report: Report) -> None:
    """A partition's examples name the part they are in, no others do."""
    if parts and node.part is None:
        report.add(files.example_without_part(parts, node.span))
    elif node.part is not None and parts and node.part.name not in parts:
        report.add(files.unknown_part(node.part.name, parts, node.part.span))
    elif node.part is not None and not parts:
        report.add(files.part_of_none(node.part.name, node.part.span))


class _Reader:
    """Reads what is given; what is wrong is reported once, and left out."""

    def __init__(self, catalog: Catalog, report: Report) -> None:
        self.catalog = catalog
        self.report = report

    def example(self, node: defs.Example) -> Example | None:
        before = len(self.report.diagnostics)
        attributes: dict[str, Value] = {}
        events: list[Happening] = []
        for each in node.given:
            match each:
                case defs.Given(name, value):
                    self.attribute(name, value, attributes)
                case defs.GivenEvent(name) if event := self.event(name):
                    events.append(self.happening(each, event))
                case _:
                    pass
        found = self.report.diagnostics[before:]
        if any(each.severity == "error" for each in found):
            return None
        part = node.part.name if node.part is not None else None
        title, inside = node.title, node.inside
        return Example(title, inside, part, attributes, tuple(events), node.span)

    def attribute(
        self, name: syn.Name, value: syn.Expr, into: dict[str, Value]
    ) -> None:
        written = name.name
        if (found := self.catalog.attributes.get(written)) is not None:
            self.put(written, found, self.catalog.attributes, value, name, into)
        elif self.catalog.event(written) is not None:
            self.report.add(files.given_wrongly(written, True, name.span))
        elif not self.row(name):
            self.unknown(name)

    def event(self, name: syn.Name) -> Event | None:
        found = self.catalog.event(name.name)
        if found is not None:
            if found.deprecated:
                outdated(found, self.catalog.events, name, self.report)
            return found
        if name.name in self.catalog.attributes:
            self.report.add(files.given_wrongly(name.name, False, name.span))
        elif not self.row(name):
            self.unknown(name)
        return None

    def row(self, name: syn.Name) -> bool:
        """Reports rows that stand outside their event's parentheses."""
        parents = [
            event.parent
            for event in self.catalog.events.values()
            if event.parent and event.call_name == name.name
        ]
        if parents:
            self.report.add(files.row_outside(name.name, parents, name.span))
        return bool(parents)

    def unknown(self, name: syn.Name) -> None:
        all_ = (self.catalog.attributes, self.catalog.customer_events)
        known = [each for some in all_ for each in some]
        synonyms = {
            synonym.lower(): each.name
            for some in all_
            for each in some.values()
            for synonym in each.synonyms
        }
        self.report.add(names.unknown_name(name.name, known, synonyms, name.span))

    # ---- one event, fact or row

    def happening(self, node: defs.GivenEvent, event: Event) -> Happening:
        values: dict[str, Value] = {}
        rows: list[Happening] = []
        times: list[datetime | date] = []
        own = self.catalog.rows_of(event.name)
        if node.bare is not None:
            self.bare(node.bare, event, values)
        for each in node.given:
            name = each.name
            match each:
                case defs.GivenEvent() if name.name in own:
                    outdated(own[name.name], own, name, self.report)
                    rows.append(self.happening(each, own[name.name]))
                case defs.GivenEvent() if name.name in event.properties:
                    found = files.given_wrongly(name.name, False, name.span)
                    self.report.add(found)
                case defs.Given() if name.name in own:
                    self.report.add(files.given_wrongly(name.name, True, name.span))
                case defs.Given(_, value) if name.name in event.properties:
                    prop = event.properties[name.name]
                    others = event.properties
                    self.put(name.name, prop, others, value, name, values)
                case defs.Given(_, value) if name.name == "time" and event.time:
                    self.time(name, value, event.time.type, times)
                case _:
                    known = [*event.properties, *own]
                    known += ["time"] if event.time else []
                    found = names.unknown_property(
                        name.name, event.name, known, name.span
                    )
                    self.report.add(found)
        timed = any(
            isinstance(each, defs.Given) and each.name.name == "time"
            for each in node.given
        )
        if event.time and not timed:
            moment = _spelling(event.time.type)
            found = files.event_without_time(event.call_name, moment, node.name.span)
            self.report.add(found)
        time = times[0] if times else None
        return Happening(event.name, time, values, tuple(rows))

    def time(
        self,
        name: syn.Name,
        value: syn.Expr,
        type_: Type,
        into: list[datetime | date],
    ) -> None:
        found = self.value(name.name, value, type_)
        if into:
            self.report.add(files.given_twice(name.name, name.span))
        elif isinstance(found, date):
            into.append(found)

    def bare(self, node: syn.Expr, event: Event, into: dict[str, Value]) -> None:
        if event.argument is None:
            some = list(event.properties)
            self.report.add(types.no_bare_argument(event.call_name, some, node.span))
            return
        prop = event.properties[event.argument]
        self.put(prop.name, prop, event.properties, node, node, into)

    # ---- one value

    def put(
        self,
        name: str,
        known: Attribute | Property,
        others: Mapping[str, Named],
        node: syn.Expr,
        at: syn.Node,
        into: dict[str, Value],
    ) -> None:
        if name in into:
            self.report.add(files.given_twice(name, at.span))
            return
        if known.deprecated:
            outdated(known, others, at, self.report)
        value = self.value(name, node, known.column.type)
        if value is not None:
            into[name] = value
            self.declared(name, known, value, node)

    def value(self, name: str, node: syn.Expr, type_: Type) -> Value | None:
        found = _value(node, type_, self.catalog.entity.zone)
        if found is None:
            help_ = f"write {'a value such as ' if _free(type_) else ''}"
            help_ += f"`{name} = {_spelling(type_)}`"
            self.report.add(files.given_unfit(name, str(type_), help_, node.span))
        return found

    def declared(
        self, name: str, known: Attribute | Property, value: Value, node: syn.Expr
    ) -> None:
        """Notes what the catalog does not list."""
        given = value if isinstance(value, tuple) else (value,)
        texts = [each for each in known.values if isinstance(each, str)]
        for each in given if known.values else ():
            if each not in known.values:
                close = names.similar(str(each), texts)
                found = lints.undeclared_value(
                    str(each), name, close, texts, 0, node.span
                )
                vague = close is None and len(texts) > lints.MAX_LISTED
                self.report.add(replace(found, help=None) if vague else found)


def _value(node: syn.Expr, type_: Type, zone: str) -> Value | None:
    """A literal as a type has it; None if it is none of its values."""
    match type_, node:
        case ListOf(element), syn.Several(items):
            return _all(_value(item, element, zone) for item in items)
        case Point(), syn.Several((latitude, longitude)):
            ends = ((latitude, 90), (longitude, 180))
            return _all(_degrees(each, most) for each, most in ends)
        case Text(), syn.Text(value):
            return value
        case Boolean(), syn.Boolean(value):
            return value
        case Exact() | Double(), syn.Number() | syn.Minus(syn.Number()):
            number = fit(_number(node), type_)
            return number if isinstance(number, int | Decimal | float) else None
        case Date(), syn.Date(value):
            return value
        case Timestamp(), syn.Instant(value):
            return to_instant(value, zone)
        case _:
            return None


def _all(values: Iterable[Value | None]) -> Value | None:
    found: list[mdl.Scalar] = []
    for each in values:
        if each is None or isinstance(each, tuple):
            return None
        found.append(each)
    return tuple(found)


def _number(node: syn.Expr) -> int | Decimal | None:
    match node:
        case syn.Number(value):
            return value
        case syn.Minus(syn.Number(value)):
            return -value
        case _:
            return None


def _degrees(node: syn.Expr, most: int) -> float | None:
    number = _number(node)
    return float(number) if number is not None and -most <= number <= most else None


def _free(type_: Type) -> bool:
    return not isinstance(type_, Boolean)


def _spelling(type_: Type) -> str:
    """A value of a type, as it is written."""
    match type_:
        case Text():
            return '"…"'
        case Boolean():
            return "true"
        case Exact(digits, scale):
            whole = "12345"[: max(1, min(digits - scale, 2))]
            return f"{whole}.{'5' * min(scale, 2)}" if scale else whole
        case Double():
            return "0.5"
        case Date():
            return "2025-03-01"
        case Timestamp():
            return "2025-03-01T10:00"
        case Point():
            return "(52.52, 13.405)"
        case ListOf(element):
            return f"({_spelling(element)})"
