"""Made-up customers in; a plain world, and the rows that they stand in, out.

The plain world has the names and types of the catalog, and none of its storage: the
table `customers` with a column per attribute, a table per event, fact or row of one.
So a rule that was checked against the catalog is asked there as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from segql.catalog.nodes import Catalog, Column, Event, Place, Property
from segql.model import nodes as mdl
from segql.model.examples import Example, Happening, Value
from segql.model.extent import walk
from segql.model.windows import local_day, midnight
from segql.model.world import World
from segql.reference.reading import Row
from segql.reference.rows import Occurrence, Tables
from segql.reference.truth import Evaluation
from segql.types import POINT

CUSTOMERS = "customers"
KEY = "customer_id"
ID = "id"
PARENT = "parent_id"
TIME = "time"
"""A column that no property can be: rules know it as the event's own."""

_LONGEST = 40
"""Longer names are cut by some engines."""


@dataclass(frozen=True, slots=True)
class Made:
    """What `evaluate(rule, made.world, made.tables, as_of)` wants.

    The customers' keys are 1, 2, 3, … in the order in which they were given.
    """

    world: World
    tables: Tables


def made_up(world: World, customers: Sequence[Example], as_of: datetime) -> Made:
    """The customers, as rows of a plain world.

    What is not given is missing. An event passes each condition of its fixed filter
    that names nothing given; one that fails another is not there. Where the catalog
    has a column that breaks ties, events of one time are in the order given.
    """
    plain = plain_world(world)
    catalog = plain.world.catalog
    tables: dict[str, list[Row]] = {
        table: [] for table in (CUSTOMERS, *plain.tables.values())
    }
    filtered: list[tuple[Occurrence, Happening]] = []

    def add(happening: Happening, key: int, parent: int | None) -> None:
        name, given = happening.event, happening.values
        rows, original = tables[plain.tables[name]], world.catalog.events[name]
        row = dict(plain.blanks[plain.tables[name]])
        row[ID] = own = len(rows) + 1
        row[KEY if parent is None else PARENT] = key if parent is None else parent
        if happening.time is not None:
            row[TIME] = happening.time
        event = catalog.events[name]
        for prop, value in given.items():
            column = event.properties[prop].column
            _put(row, column, value, original.properties[prop].column)
        rows.append(row)
        if name in world.filters:
            filtered.append((_occurrence(event, key, happening, row, world), happening))
        for each in happening.rows:
            add(each, key, own)

    for key, customer in enumerate(customers, 1):
        row = dict(plain.blanks[CUSTOMERS])
        row[KEY] = key
        for name, value in customer.attributes.items():
            column = catalog.attributes[name].column
            _put(row, column, value, world.catalog.attributes[name].column)
        tables[CUSTOMERS].append(row)
        for happening in customer.events:
            add(happening, key, None)
    if filtered:
        evaluation = Evaluation(plain.world, tables, as_of)
        for occurrence, happening in filtered:
            rule = world.filters[happening.event]
            if not _passes(rule, occurrence, happening, evaluation):
                table = occurrence.event.table
                tables[table] = [r for r in tables[table] if r is not occurrence.row]
    return Made(plain.world, tables)


def _put(row: dict[str, Any], column: Column, value: Value, original: Column) -> None:
    """Writes a value where the plain column has it, as the catalog would read it."""
    if column.type == POINT:
        assert column.longitude
        assert isinstance(value, tuple)
        row[column.path[0]], row[column.longitude[0]] = value
    elif value != "" or not original.empty_missing:
        row[column.path[0]] = value


# ---- fixed filters


def _occurrence(
    event: Event, key: int, happening: Happening, row: Row, world: World
) -> Occurrence:
    zone, when = world.catalog.entity.zone, happening.time
    if when is None:
        return Occurrence(event, key, None, None, row)
    if isinstance(when, datetime):
        return Occurrence(event, key, when, local_day(when, zone), row)
    return Occurrence(event, key, midnight(when, zone), when, row)


def _passes(
    rule: mdl.Rule, occurrence: Occurrence, happening: Happening, asked: Evaluation
) -> bool:
    """Whether an event counts, by what is known of it."""
    for term in rule.terms if isinstance(rule, mdl.And) else (rule,):
        names = {each.name for each in walk(term) if isinstance(each, mdl.Property)}
        known = not names or any(name in happening.values for name in names)
        if known and not asked.truth(term, occurrence.customer, occurrence):
            return False
    return True


# ---- the plain world


@dataclass(frozen=True, slots=True)
class Plain:
    """A world without storage: `tables` has the table of each event, `blanks` of each
    table a row in which all is missing."""

    world: World
    tables: Mapping[str, str]
    blanks: Mapping[str, Row]


_MADE: dict[int, tuple[World, Plain]] = {}
_KEPT = 8


def plain_world(world: World) -> Plain:
    """The plain world of a world; it is made once as long as it is asked for."""
    kept = _MADE.get(id(world))
    if kept is not None and kept[0] is world:
        return kept[1]
    found = _plain(world.catalog)
    while len(_MADE) >= _KEPT:
        _MADE.pop(next(iter(_MADE)), None)
    _MADE[id(world)] = world, found
    return found


def _plain(catalog: Catalog) -> Plain:
    named = _Names((CUSTOMERS,))
    tables = {name: named(name.replace(".", "_")) for name in catalog.events}
    blanks: dict[str, Row] = {}
    named = _Names((KEY,))
    attributes = {
        name: replace(each, column=_column(each.column, name, named), related=None)
        for name, each in catalog.attributes.items()
    }
    blanks[CUSTOMERS] = dict.fromkeys(named.taken)
    events = {}
    for name, each in catalog.events.items():
        own = [ID, KEY if each.parent is None else PARENT]
        named = _Names([*own, TIME] if each.time else own)
        events[name] = _event(each, tables[name], named)
        blanks[tables[name]] = dict.fromkeys(named.taken)
    entity = replace(
        catalog.entity, table=CUSTOMERS, key=(KEY,), since=None, distinct=False
    )
    plain = replace(catalog, entity=entity, attributes=attributes, events=events)
    return Plain(World(plain, {}), tables, blanks)


def _event(event: Event, table: str, named: "_Names") -> Event:
    properties: dict[str, Property] = {}
    tie_break = Place((ID,)) if event.tie_break else None
    for name, each in event.properties.items():
        column = _column(each.column, name, named)
        properties[name] = replace(each, column=column)
        path, join = each.column.path, each.column.join
        as_it_is = each.column == Column(path, join, type=column.type)
        if as_it_is and event.tie_break == Place(path, join):
            tie_break = Place(column.path)
    return replace(
        event,
        table=table,
        joins={},
        customer=None if event.parent else Place((KEY,)),
        time=event.time and Column((TIME,), type=event.time.type),
        where=None,
        properties=properties,
        tie_break=tie_break,
        unique=None,
        partitioned_by=None,
        on=((PARENT, Place((ID,))),) if event.parent else (),
    )


def _column(column: Column, name: str, named: "_Names") -> Column:
    if column.type == POINT:
        sides = (named(f"{name}_latitude"),), (named(f"{name}_longitude"),)
        return Column(sides[0], type=POINT, longitude=sides[1])
    return Column((named(name),), type=column.type)


class _Names:
    """Gives names to columns or tables, none like another, whatever the case.

    Plain ones stay, others would be read differently by some engines.
    """

    def __init__(self, taken: Sequence[str]) -> None:
        self.taken: dict[str, None] = dict.fromkeys(taken)
        self._lower = {name.lower() for name in taken}

    def __call__(self, name: str) -> str:
        if not name.isascii() or len(name) > _LONGEST:
            name = "value"
        found, number = name, 1
        while found.lower() in self._lower:
            number += 1
            found = f"{name}_{number}"
        self._lower.add(found.lower())
        self.taken[found] = None
        return found
