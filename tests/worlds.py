"""The world of a spec page, twice: rows for the reference, a DuckDB file.

A cell is read as its column's type in the catalog says; columns that the catalog does
not type (keys, tie-breaks) are whole numbers if all their cells look so, else text.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from markdown import Table, World
from warehouse_of import Types, warehouse_of

from segql.catalog.nodes import Catalog, Column
from segql.catalog.project_nodes import Connection as Settings
from segql.catalog.project_nodes import ProjectFile
from segql.catalog.read import read_catalog
from segql.diagnostics import Report
from segql.engines import Connection, connect
from segql.library import Library
from segql.model.bind import bind
from segql.project import Project
from segql.source import Source
from segql.types import (
    DOUBLE,
    INTEGER_DIGITS,
    TEXT,
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

Row = dict[str, Any]


@dataclass
class Ground:
    """A page's world, ready to be asked."""

    world: World
    folder: Path

    @cached_property
    def catalog(self) -> Catalog:
        source = Source(self.world.catalog, "catalog.yaml")
        report = Report(source)
        catalog = read_catalog(source, report)
        assert catalog is not None, report.diagnostics
        return catalog

    @cached_property
    def project(self) -> Project:
        report = Report(self.catalog.source)
        world = bind(self.catalog, report)
        assert report.ok, report.diagnostics
        for name, text in self.world.files:
            path = self.folder / "segments" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        settings = Settings("duckdb", database="data.duckdb")
        file = ProjectFile("catalog.yaml", "segments", settings)
        library = Library.of(world, self.folder / "segments")
        return Project(self.folder, file, library)

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """Every table of the catalog, as a warehouse returns it."""
        return {
            name: [shape.row(cells) for cells in cells_of(table)]
            for name, (shape, table) in self._tables.items()
        }

    @cached_property
    def types(self) -> Types:
        """The stored types of columns whose type in the catalog does not tell."""
        return {
            (name, path[0]): arrow
            for name, (shape, _) in self._tables.items()
            for path, column in shape.columns.items()
            if len(path) == 1 and (arrow := _arrow(column))
        }

    @cached_property
    def connection(self) -> Connection:
        path = self.folder / "data.duckdb"
        with duckdb.connect(str(path)) as con:
            warehouse_of(self.catalog, self.rows, con, self.types)
        return connect(self.project.file.connection, self.folder)

    def close(self) -> None:
        if "connection" in vars(self):
            self.connection.close()

    @cached_property
    def _tables(self) -> "dict[str, tuple[_Shape, Table | None]]":
        shapes = dict(_shapes(self.catalog))
        given = {table.name: table for table in self.world.tables}
        for name in given:
            assert name in shapes, f"the catalog names no table {name}"
        people = given.get(self.catalog.entity.table)
        key = _guess([row[0] for row in cells_of(people)])
        return {
            name: (_Shape(columns, first).of(given.get(name), key), given.get(name))
            for name, (first, columns) in shapes.items()
        }


def cells_of(table: Table | None) -> Sequence[tuple[str, ...]]:
    return table.rows if table else ()


@dataclass
class _Shape:
    """The columns of a table: what the catalog reads, then what the page adds.

    `first` is the column that the page heads with the table's name.
    """

    columns: dict[tuple[str, ...], Column]
    first: tuple[str, ...]
    order: tuple[tuple[str, ...], ...] = ()

    def of(self, table: Table | None, key: Type) -> "_Shape":
        head = table.columns[1:] if table else ()
        order = (self.first, *(tuple(name.split(".")) for name in head))
        columns = dict(self.columns)
        for index, path in enumerate(order):
            assert path in columns, f"the catalog names no column {'.'.join(path)}"
            if columns[path].type is _UNTYPED.type:
                cells = [row[index] for row in cells_of(table)]
                columns[path] = replace(_UNTYPED, type=_guess(cells, key))
        for path, column in columns.items():
            if column.type is _UNTYPED.type:
                columns[path] = replace(column, type=key)
        return _Shape(columns, self.first, order)

    def row(self, cells: Sequence[str]) -> Row:
        """A row of Python values; what the page leaves out is missing."""
        assert len(cells) == len(self.order), cells
        row: Row = {}
        for path in self.columns:
            _put(row, path, None)
        for path, cell in zip(self.order, cells, strict=True):
            _put(row, path, value(cell, self.columns[path]))
        return row


_UNTYPED = Column((), type=Point())


def _shapes(
    catalog: Catalog,
) -> Iterator[tuple[str, tuple[tuple[str, ...], dict[tuple[str, ...], Column]]]]:
    """The tables that a catalog names, their first and all their columns."""
    found: dict[str, dict[tuple[str, ...], Column]] = {}
    firsts: dict[str, tuple[str, ...]] = {}

    def add(table: str, path: tuple[str, ...], column: Column = _UNTYPED) -> None:
        if column.stored == "json":
            path = path[:1]
            column = replace(column, type=TEXT)
        known = found.setdefault(table, {})
        if column is not _UNTYPED or path not in known:
            known[path] = column

    entity = catalog.entity
    firsts[entity.table] = entity.key
    add(entity.table, entity.key)
    if entity.since:
        add(entity.table, entity.since.path, entity.since)
    for attribute in catalog.attributes.values():
        table = entity.table
        if attribute.related:
            table = attribute.related.table
            firsts.setdefault(table, attribute.related.key)
            add(table, attribute.related.key)
        column = attribute.column
        if column.longitude:
            for path in (column.path, column.longitude):
                add(table, path, replace(column, type=DOUBLE))
        else:
            add(table, column.path, column)
    for event in catalog.events.values():
        own = {None: event.table} | {j.name: j.table for j in event.joins.values()}
        for join in event.joins.values():
            firsts.setdefault(join.table, (join.on[0][0],))
            for theirs, ours in join.on:
                add(join.table, (theirs,))
                add(own[ours.join], ours.path)
        firsts.setdefault(event.table, ("id",))
        for place in (event.customer, event.tie_break, event.unique):
            if place:
                add(own[place.join], place.path)
        for theirs, ours in event.on:
            parent = catalog.events[event.parent or ""]
            above = {j.name: j.table for j in parent.joins.values()}
            add(event.table, (theirs,))
            add(above[ours.join] if ours.join else parent.table, ours.path)
        parted = event.partitioned_by and event.partitioned_by.column
        properties = [each.column for each in event.properties.values()]
        for column in (event.time, parted, *properties):
            if column:
                add(own[column.join], column.path, column)
        add(event.table, firsts[event.table])
    for table, columns in found.items():
        yield table, (firsts[table], columns)


def _put(row: Row, path: tuple[str, ...], cell: Any) -> None:
    """Sets a cell; a struct is missing while all in it is."""
    head, *rest = path
    if not rest:
        if cell is not None or head not in row:
            row[head] = cell
        return
    if row.get(head) is None:
        row[head] = None
        if cell is None:
            return
        row[head] = {}
    _put(row[head], tuple(rest), cell)


_KEY = Exact(18)


def _guess(cells: Sequence[str], key: Type = _KEY) -> Type:
    known = [cell for cell in cells if cell]
    whole = all(cell.lstrip("-").isdigit() for cell in known)
    return key if not known else _KEY if whole else TEXT


def _arrow(column: Column) -> pa.DataType | None:
    """The stored type of a column that the catalog gives no type, or a wide one."""
    if column.path == ():
        return pa.string() if column.type == TEXT else pa.int64()
    match column:
        case Column(type=Exact(digits, 0), double=False, stored=None):
            return pa.decimal128(digits) if digits > INTEGER_DIGITS else None
        case _:
            return None


def value(cell: str, column: Column) -> Any:
    """What a warehouse would return for a cell; None where it is empty."""
    if not cell:
        return None
    if column.stored in ("text", "json"):
        return text(cell)
    if column.stored == "timestamp":
        return datetime.fromisoformat(cell)
    if isinstance(column.type, ListOf):
        element = replace(column, type=column.type.element)
        items: list[Any] = json.loads(cell, parse_float=str, parse_int=str)
        return [None if each is None else _scalar(each, element) for each in items]
    return _scalar(text(cell), column)


def _scalar(cell: Any, column: Column) -> Any:
    match column.type:
        case Text():
            return str(cell)
        case Boolean():
            return {"true": True, "false": False, True: True, False: False}[cell]
        case Double():
            return float(cell)
        case Exact(_, scale):
            if column.double:
                return float(cell)
            number = Decimal(cell)
            _, _, exponent = number.as_tuple()
            assert -int(exponent) <= scale, f"{cell} is no {column.type}"
            return number if scale else int(number)
        case Date():
            return date.fromisoformat(cell)
        case Timestamp():
            return datetime.fromisoformat(cell)
        case _:
            raise ValueError(column.type)


def text(cell: str) -> str:
    """A cell's text; in double quotes it is written as in JSON."""
    if len(cell) > 1 and cell.startswith('"') and cell.endswith('"'):
        return str(json.loads(cell))
    return cell
