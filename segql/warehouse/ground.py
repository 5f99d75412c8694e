"""A catalog's places in, the warehouse's tables, types and SQL out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from segql.catalog.nodes import Catalog, Column, Event, Path, Place
from segql.engines import Connection
from segql.engines.files import fold
from segql.engines.shape import Shape
from segql.source import NOWHERE, Span
from segql.sql import counts as parts

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Use:
    """A place that the catalog uses: `at` is its entry there.

    `column` is set where the place is read as a value, and not only matched. `of` is
    what rules use it by: `(attribute,)`, `(event,)` or `(event, property)`; of what
    every rule uses it is `()`.
    """

    at: Path
    table: str
    path: Path
    column: Column | None = None
    of: Path = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """A catalog over the warehouse that it speaks of."""

    catalog: Catalog
    connection: Connection

    def span(self, at: Path) -> Span:
        """Where an entry stands, or the nearest one around it."""
        for length in range(len(at), 0, -1):
            if span := self.catalog.spans.get(at[:length]):
                return span
        return NOWHERE

    def columns(self, table: str) -> Mapping[str, str] | None:
        """A table's columns; None if there is no such table."""
        tables = self.connection.tables()
        return tables.get(table) or _named(table, tables)

    def shape(self, table: str, path: Path) -> Shape | None:
        """What a place holds; None if there is no such place."""
        columns = self.columns(table) or {}
        stored = columns.get(path[0]) or _named(path[0], columns)
        if stored is None:
            return None
        shape: Shape | None = self.connection.shape(stored)
        for field in path[1:]:
            if shape is None or shape.kind in ("json", "text"):
                return shape
            shape = shape.fields.get(field) or _named(field, shape.fields)
        return shape

    def beside(self, table: str, path: Path) -> Iterable[str]:
        """The names that could have been meant at the end of a path."""
        if len(path) == 1:
            return self.columns(table) or ()
        shape = self.shape(table, path[:-1])
        return shape.fields if shape else ()

    def sql(self, table: str, path: Path, alias: str) -> parts.Part:
        """A place as SQL; a value inside JSON is text."""
        columns = self.columns(table) or {}
        stored = columns.get(path[0]) or _named(path[0], columns) or ""
        if path[1:] and self.connection.shape(stored).kind in ("json", "text"):
            return parts.in_document(path, alias)
        return parts.place(path, alias)


def table_of(event: Event, place: Place) -> str:
    """The table that a place of an event stands in."""
    return event.table if place.join is None else event.joins[place.join].table


def dotted(path: Path) -> str:
    return ".".join(path)


def uses(catalog: Catalog) -> Iterator[Use]:
    """Every place that a catalog uses, in its order."""
    entity = catalog.entity
    yield Use(("entity", "key"), entity.table, entity.key)
    if entity.since:
        since = entity.since
        yield Use(("entity", "since", "column"), entity.table, since.path, since)
    for name, attribute in catalog.attributes.items():
        at: Path = ("attributes", name)
        table = attribute.related.table if attribute.related else entity.table
        if attribute.related:
            yield Use((*at, "key"), table, attribute.related.key, of=(name,))
        yield from _value((*at, "column"), table, attribute.column, (name,))
    for event in catalog.events.values():
        yield from _event_uses(catalog, event)


def _event_uses(catalog: Catalog, event: Event) -> Iterator[Use]:
    at, of = catalog.entry(event.name), (event.name,)
    for name, join in event.joins.items():
        for column, place in join.on:
            here = (*at, "joins", name, "on", column)
            yield Use(here, join.table, (column,), of=of)
            yield Use(here, table_of(event, place), place.path, of=of)
    for column, place in event.on:
        parent = parent_of(catalog, event)
        here = (*at, "on", column)
        yield Use(here, event.table, (column,), of=of)
        yield Use(here, table_of(parent, place), place.path, of=of)
    matched = {
        "customer": event.customer,
        "tie_break": event.tie_break,
        "unique": event.unique,
    }
    for key, found in matched.items():
        if found:
            yield Use((*at, key), table_of(event, found), found.path, of=of)
    if time := event.time:
        here = (*at, "time", "column")
        yield Use(here, table_of(event, time), time.path, time, of)
    if parted := event.partitioned_by:
        here = (*at, "partitioned_by", "column")
        yield Use(here, event.table, parted.column.path, parted.column, of)
    for name, each in event.properties.items():
        here = (*at, "properties", name, "column")
        table = table_of(event, each.column)
        yield from _value(here, table, each.column, (*of, name))


def _value(at: Path, table: str, column: Column, of: Path) -> Iterator[Use]:
    yield Use(at, table, column.path, column, of)
    if column.longitude:
        yield Use((*at[:-1], "longitude"), table, column.longitude, column, of)


def parent_of(catalog: Catalog, rows: Event) -> Event:
    """The event or fact that rows belong to."""
    assert rows.parent is not None
    return catalog.events[rows.parent]


def _named(name: str, named: Mapping[str, _T]) -> _T | None:
    """What bears a name but for capital letters."""
    folded = fold(name)
    return next((named[key] for key in named if fold(key) == folded), None)
