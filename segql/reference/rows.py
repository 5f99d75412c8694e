"""The rows of a warehouse, as the catalog sees them: customers and occurrences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, TypeAlias

from segql.catalog.nodes import Catalog, Column, Event, Path, Place
from segql.model.windows import Clock, local_day, midnight
from segql.reference.reading import DataFault, Row, raw, read

Tables: TypeAlias = Mapping[str, Sequence[Row]]
Key: TypeAlias = Any


@dataclass(frozen=True, slots=True, eq=False)
class Occurrence:
    """One event that counts for somebody: who, when, and the row that says so.

    A fact, and a row of an event, have neither time nor day.
    """

    event: Event
    customer: Key
    time: datetime | None
    day: date | None
    row: Row


class Warehouse:
    """Reads tables through a catalog, as of an instant.

    Whatever is asked for is read for all rows of its table, so that a fault in the
    data shows whoever the rule is about.
    """

    def __init__(self, catalog: Catalog, tables: Tables, clock: Clock) -> None:
        self.catalog = catalog
        self.tables = tables
        self.clock = clock
        # Per instance, so that the rows go with it.
        self.customers = cache(self._customers)
        self.attribute = cache(self._attribute)
        self._joined = cache(self._index)
        self._children = cache(self._grouped)

    def _customers(self) -> frozenset[Key]:
        """The keys of all customers who are there as of the instant."""
        entity = self.catalog.entity
        keys = []
        for row in self._rows(entity.table):
            key = raw(row, entity.key, entity.table)
            since = entity.since and read(row, entity.since, entity.table)
            if key is not None and not (since and self._ahead(since)):
                keys.append(key)
            elif key is None and not entity.distinct:
                raise DataFault(entity.table, entity.key, "a key is missing")
        if not entity.distinct:
            self._by_key(entity.table, (entity.key,))
        return frozenset(keys)

    def _attribute(self, name: str) -> Mapping[Key, Any]:
        """The values of an attribute by key; whoever has no row is not in it."""
        entity, attribute = self.catalog.entity, self.catalog.attributes[name]
        table, key = entity.table, entity.key
        if attribute.related:
            table, key = attribute.related.table, attribute.related.key
        return {
            values[0]: read(row, attribute.column, table)
            for values, row in self._by_key(table, (key,)).items()
        }

    def occurrences(self, event: Event) -> list[Occurrence]:
        """The events of known customers that exist as of the instant, in no order.

        Facts have no time, so all of them do.
        """
        assert event.customer is not None
        found = []
        for row in self._rows(event.table):
            customer = self.place(event, row, event.customer)
            time = day = None
            if event.time is not None:
                when = self.cell(event, row, event.time)
                if when is None or self._ahead(when):
                    continue
                if isinstance(when, datetime):
                    time, day = when, local_day(when, self.clock.zone)
                else:
                    time, day = midnight(when, self.clock.zone), when
            if customer is not None and customer in self.customers():
                found.append(Occurrence(event, customer, time, day, row))
        return found

    def children(self, event: Event, parent: Occurrence) -> list[Occurrence]:
        """The rows of an event that belong to one of its occurrences, in no order."""
        wanted = tuple(
            self.place(parent.event, parent.row, there) for _, there in event.on
        )
        rows = () if None in wanted else self._children(event.name).get(wanted, ())
        return [Occurrence(event, parent.customer, None, None, row) for row in rows]

    def scan(self, event: Event, names: Sequence[str]) -> None:
        """Reads properties of all rows, for the faults alone."""
        for row in self._rows(event.table):
            for name in names:
                self.cell(event, row, event.properties[name].column)

    def cell(self, event: Event, row: Row, column: Column) -> Any:
        """The value of a column of an event, or of a table joined to it."""
        return read(self._at(event, row, column), column, self._table(event, column))

    def place(self, event: Event, row: Row, place: Place) -> Any:
        """What stands at a place of an event, unread."""
        return raw(self._at(event, row, place), place.path, self._table(event, place))

    def _at(self, event: Event, row: Row, place: Place) -> Row | None:
        """The row in which a place stands; None where nothing was joined."""
        if place.join is None:
            return row
        join = event.joins[place.join]
        wanted = tuple(self.place(event, row, there) for _, there in join.on)
        return (
            None if None in wanted else self._joined(event.name, join.name).get(wanted)
        )

    def _index(self, event: str, name: str) -> Mapping[tuple[Any, ...], Row]:
        join = self.catalog.events[event].joins[name]
        return self._by_key(join.table, tuple((column,) for column, _ in join.on))

    def _grouped(self, event: str) -> Mapping[tuple[Any, ...], list[Row]]:
        """The rows of an event by what ties them to it; a missing key ties nothing."""
        rows = self.catalog.events[event]
        found: dict[tuple[Any, ...], list[Row]] = {}
        for row in self._rows(rows.table):
            key = tuple(raw(row, (column,), rows.table) for column, _ in rows.on)
            if None not in key:
                found.setdefault(key, []).append(row)
        return found

    def _by_key(
        self, table: str, paths: tuple[Path, ...]
    ) -> dict[tuple[Any, ...], Row]:
        """The rows of a table by their key; a row whose key is missing has no place."""
        found: dict[tuple[Any, ...], Row] = {}
        for row in self._rows(table):
            key = tuple(raw(row, path, table) for path in paths)
            if None in key:
                continue
            if key in found:
                raise DataFault(table, paths[0], "a key occurs twice")
            found[key] = row
        return found

    def _table(self, event: Event, place: Place) -> str:
        return event.table if place.join is None else event.joins[place.join].table

    def _rows(self, table: str) -> Sequence[Row]:
        if table not in self.tables:
            raise DataFault(table, (), "there is no such table")
        return self.tables[table]

    def _ahead(self, when: date) -> bool:
        """Whether a date or an instant lies at or after `as of`."""
        if not isinstance(when, datetime):
            when = midnight(when, self.clock.zone)
        return when >= self.clock.as_of
