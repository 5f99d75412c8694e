"""A catalog and its rows in, what an engine's tables can hold of them out.

What is changed stands in `servers.Holds`. The reference evaluates the changed rows by
the changed catalog, as the engine does: so neither has an easier question.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

import pyarrow as pa
from servers import Holds
from warehouse_of import Row, Tables, Types

from segql.catalog.nodes import Attribute, Catalog, Column, Event, Path, Place
from segql.types import ListOf, Timestamp

_Placed = TypeVar("_Placed", bound=Place)
_When = TypeVar("_When", date, datetime)


@dataclass
class Adapted:
    """One catalog for one engine; `lost` counts the cells that say less than before."""

    source: Catalog
    holds: Holds
    lost: int = 0

    @cached_property
    def catalog(self) -> Catalog:
        entity = self.source.entity
        entity = replace(
            entity,
            key=self._path(entity.key),
            since=entity.since and self._column(entity.since),
        )
        return replace(
            self.source,
            entity=entity,
            attributes={
                name: self._attribute(each)
                for name, each in self.source.attributes.items()
            },
            events={
                name: self._event(each) for name, each in self.source.events.items()
            },
        )

    def tables(self, tables: Tables) -> dict[str, list[dict[str, Any]]]:
        return {name: self.rows(name, rows) for name, rows in tables.items()}

    def rows(self, table: str, rows: Sequence[Row]) -> list[dict[str, Any]]:
        inside, lists = self._structs.get(table, {}), self._lists.get(table, set())
        return [self._row(row, inside, lists) for row in rows]

    def types(self, types: Types) -> dict[tuple[str, str], pa.DataType]:
        found = {}
        for (table, column), type_ in types.items():
            for path, each in self._flat((column,), type_):
                found[table, self._path(path)[0]] = each
        return found

    # ---- the catalog

    def _path(self, path: Path) -> Path:
        return path if self.holds.structs else ("__".join(path),)

    def _place(self, place: _Placed) -> _Placed:
        return replace(place, path=self._path(place.path))

    def _column(self, column: Column) -> Column:
        if column.stored == "json":
            return column
        if isinstance(column.type, ListOf) and self.holds.lists == "none":
            return replace(self._place(column), stored="json")
        kind = column.type.element if isinstance(column.type, ListOf) else column.type
        if kind == Timestamp() and column.stored is None and not self.holds.instants:
            column = replace(column, zone=column.zone or "UTC")
        longitude = column.longitude and self._path(column.longitude)
        return replace(self._place(column), longitude=longitude)

    def _attribute(self, attribute: Attribute) -> Attribute:
        related = attribute.related
        if related is not None:
            related = replace(related, key=self._path(related.key))
        return replace(
            attribute, column=self._column(attribute.column), related=related
        )

    def _event(self, event: Event) -> Event:
        def on(pairs: tuple[tuple[str, Place], ...]) -> tuple[tuple[str, Place], ...]:
            return tuple((column, self._place(place)) for column, place in pairs)

        return replace(
            event,
            joins={
                name: replace(join, on=on(join.on))
                for name, join in event.joins.items()
            },
            customer=event.customer and self._place(event.customer),
            time=event.time and self._column(event.time),
            properties={
                name: replace(each, column=self._column(each.column))
                for name, each in event.properties.items()
            },
            tie_break=event.tie_break and self._place(event.tie_break),
            unique=event.unique and self._place(event.unique),
            on=on(event.on),
        )

    # ---- what stands where

    @cached_property
    def _structs(self) -> dict[str, dict[str, set[Path]]]:
        """By table and column, the paths that lead into its structs."""
        found: dict[str, dict[str, set[Path]]] = {}
        for table, place in places(self.source):
            if len(place.path) > 1 and not _in_json(place):
                inside = found.setdefault(table, {})
                inside.setdefault(place.path[0], set()).add(place.path)
        return {} if self.holds.structs else found

    @cached_property
    def _lists(self) -> dict[str, set[str]]:
        """By table the columns, as they are named now, that hold lists."""
        found: dict[str, set[str]] = {}
        for table, place in places(self.source):
            match place:
                case Column(type=ListOf(), stored=None):
                    found.setdefault(table, set()).add(self._path(place.path)[0])
        return found

    # ---- rows

    def _row(
        self, row: Row, inside: Mapping[str, set[Path]], lists: set[str]
    ) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        for name, cell in row.items():
            for path in sorted(inside.get(name, ())):
                flat[self._path(path)[0]] = _below(cell, path[1:])
            if name not in inside:
                flat[name] = cell
        return {name: self._cell(cell, name in lists) for name, cell in flat.items()}

    def _cell(self, cell: Any, is_list: bool = False) -> Any:
        match cell:
            case None if is_list and self.holds.lists == "known":
                self.lost += 1
                return []
            case list() if self.holds.lists == "none":
                return json.dumps(
                    [self._json(each) for each in cell], ensure_ascii=False
                )
            case list():
                return [self._cell(each) for each in cell]
            case Mapping():
                return {name: self._cell(each) for name, each in cell.items()}
            case float():
                return self._float(cell, self.holds.nan, self.holds.infinity)
            case datetime():
                cell = self._within(cell, self.holds.times)
                if cell.tzinfo is None or self.holds.instants:
                    return cell
                return cell.astimezone(UTC).replace(tzinfo=None)
            case date():
                return self._within(cell, self.holds.days)
            case _:
                return cell

    def _json(self, cell: Any) -> Any:
        """An element of a list as JSON has it."""
        match cell:
            case float():
                return self._float(cell, nan=False, infinity=False)
            case Decimal() if _short(cell):
                return float(cell)
            case Decimal():
                return str(cell)
            case datetime():
                return self._within(cell, self.holds.times).isoformat(" ")
            case date():
                return self._within(cell, self.holds.days).isoformat()
            case _:
                return cell

    def _float(self, cell: float, nan: bool, infinity: bool) -> float | None:
        if math.isnan(cell):
            return cell if nan else None
        if math.isinf(cell) and not infinity:
            self.lost += 1
            return None
        return cell

    def _within(self, when: _When, years: tuple[int, int]) -> _When:
        """The same day of the nearest year that the engine has."""
        year = min(max(when.year, years[0]), years[1])
        if year == when.year:
            return when
        self.lost += 1
        day = min(when.day, 28) if when.month == 2 else when.day
        return when.replace(year=year, day=day)

    def _flat(self, path: Path, type_: pa.DataType) -> list[tuple[Path, pa.DataType]]:
        if not pa.types.is_struct(type_) or self.holds.structs:
            return [(path, type_)]
        fields = [type_.field(number) for number in range(type_.num_fields)]
        return [
            each
            for field in fields
            for each in self._flat((*path, field.name), field.type)
        ]


def places(catalog: Catalog) -> list[tuple[str, Place]]:
    """Every place of a catalog with its table; of a point both, as places."""
    entity = catalog.entity
    found: list[tuple[str, Place]] = [(entity.table, Place(entity.key))]
    if entity.since is not None:
        found.append((entity.table, entity.since))
    for attribute in catalog.attributes.values():
        table = entity.table
        if attribute.related is not None:
            table = attribute.related.table
            found.append((table, Place(attribute.related.key)))
        found.append((table, attribute.column))
        if attribute.column.longitude is not None:
            found.append((table, Place(attribute.column.longitude)))
    for event in catalog.events.values():
        named = [event.customer, event.time, event.tie_break, event.unique]
        named += [each.column for each in event.properties.values()]
        named += [place for join in event.joins.values() for _, place in join.on]
        for place in named:
            if place is not None:
                joined = place.join and event.joins[place.join].table
                found.append((joined or event.table, place))
        if event.parent is not None:
            parent = catalog.events[event.parent]
            for _, place in event.on:
                joined = place.join and parent.joins[place.join].table
                found.append((joined or parent.table, place))
    return found


def _in_json(place: Place) -> bool:
    return isinstance(place, Column) and place.stored == "json"


def _below(cell: Any, path: Path) -> Any:
    for name in path:
        cell = None if cell is None else cell.get(name)
    return cell


def _short(number: Decimal) -> bool:
    """Whether a double says it to the last digit, and without an exponent."""
    return (
        len(number.as_tuple().digits) <= 15 and Decimal("1e-6") <= abs(number) < 10**15
    )
