"""Rows and a catalog in, a warehouse of them in DuckDB's memory out.

Rows are what a warehouse returns: wall times as naive datetimes, instants as aware
ones, structs as mappings. The types of the columns come from the catalog; a column
that only the warehouse knows (a key, an id) has the type that its cells show.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from segql.catalog.nodes import Catalog, Column, Path
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

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
Types = Mapping[tuple[str, str], pa.DataType]
"""Arrow types by table and column, where they are not those of the catalog."""


def connect(zone: str = "UTC") -> duckdb.DuckDBPyConnection:
    """An empty warehouse, its session in some time zone."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"SET TimeZone = '{zone}'")
    return connection


def warehouse_of(
    catalog: Catalog,
    tables: Tables,
    connection: duckdb.DuckDBPyConnection | None = None,
    types: Types | None = None,
) -> duckdb.DuckDBPyConnection:
    """A connection with these tables in it, in place of any of the same names."""
    connection = connection or connect()
    known = column_types(catalog, tables)
    known.update(types or {})
    for name, rows in tables.items():
        _replace(connection, name, arrow_table(name, rows, known))
    return connection


def arrow_table(name: str, rows: Sequence[Row], types: Types) -> pa.Table:
    columns = [column for table, column in types if table == name]
    columns += [each for row in rows[:1] for each in row if each not in columns]
    columns = columns or ["nothing"]
    fields = {}
    for column in columns:
        cells = [row.get(column) for row in rows]
        type_ = types.get((name, column)) or pa.array(cells).type
        if pa.types.is_null(type_):
            type_ = pa.int64()
        fields[column] = pa.array(cells, type_)
    return pa.table(fields)


def column_types(
    catalog: Catalog, tables: Tables
) -> dict[tuple[str, str], pa.DataType]:
    """The Arrow type of each column that the catalog names."""
    leaves: dict[tuple[str, str], dict[Path, pa.DataType]] = {}
    for table, path in _keys(catalog):
        found = leaves.setdefault((table, path[0]), {})
        found[path[1:]] = _shown(tables.get(table, ()), path)
    for table, column in _columns(catalog):
        for path, type_ in _leaves(column):
            leaves.setdefault((table, path[0]), {})[path[1:]] = type_
    return {place: _nested(found) for place, found in leaves.items()}


def _keys(catalog: Catalog) -> Iterator[tuple[str, Path]]:
    """The columns that the catalog names without a type."""
    yield catalog.entity.table, catalog.entity.key
    for attribute in catalog.attributes.values():
        if attribute.related:
            yield attribute.related.table, attribute.related.key
    for event in catalog.events.values():
        places = [
            each for each in (event.customer, event.tie_break, event.unique) if each
        ]
        if event.parent is not None:
            parent = catalog.events[event.parent]
            for column, place in event.on:
                yield event.table, (column,)
                joined = place.join and parent.joins[place.join].table
                yield joined or parent.table, place.path
        for join in event.joins.values():
            for column, place in join.on:
                yield join.table, (column,)
                places.append(place)
        for place in places:
            joined = place.join and event.joins[place.join].table
            yield joined or event.table, place.path


def _shown(rows: Sequence[Row], path: Path) -> pa.DataType:
    """The type that the cells of a column show; whole numbers where there are none."""
    cells = []
    for row in rows:
        cell: Any = row
        for name in path:
            cell = None if cell is None else cell.get(name)
        cells.append(cell)
    type_ = pa.array(cells).type
    return pa.int64() if pa.types.is_null(type_) else type_


def _columns(catalog: Catalog) -> Iterator[tuple[str, Column]]:
    entity = catalog.entity
    if entity.since is not None:
        yield entity.table, entity.since
    for attribute in catalog.attributes.values():
        table = attribute.related.table if attribute.related else entity.table
        yield table, attribute.column
    for event in catalog.events.values():
        columns = [each.column for each in event.properties.values()]
        if event.partitioned_by is not None:
            columns.append(event.partitioned_by.column)
        for column in (*([event.time] if event.time else []), *columns):
            joined = column.join and event.joins[column.join].table
            yield joined or event.table, column


def _leaves(column: Column) -> Iterator[tuple[Path, pa.DataType]]:
    match column:
        case Column(type=Point(), longitude=tuple() as longitude):
            yield column.path, pa.float64()
            yield longitude, pa.float64()
        case Column(stored="json"):
            yield column.path[:1], pa.string()
        case Column(stored="text"):
            yield column.path, pa.string()
        case Column(stored="timestamp"):
            yield column.path, pa.timestamp("us")
        case Column(double=True):
            yield column.path, pa.float64()
        case _:
            yield column.path, arrow_type(column.type, column.zone)


def arrow_type(type_: Type, zone: str | None = None) -> pa.DataType:
    """How a warehouse stores a type; of a list, its elements are instants."""
    match type_:
        case Text():
            return pa.string()
        case Boolean():
            return pa.bool_()
        case Exact(_, 0):
            return pa.int64()
        case Exact(digits, scale):
            return pa.decimal128(digits, scale)
        case Double():
            return pa.float64()
        case Date():
            return pa.date32()
        case Timestamp():
            return pa.timestamp("us", None if zone else "UTC")
        case ListOf(element):
            return pa.list_(arrow_type(element))
        case _:
            raise ValueError(f"no column holds a {type_}")


def _nested(leaves: Mapping[Path, pa.DataType]) -> pa.DataType:
    """The type of a column by the types of the fields inside it."""
    if () in leaves:
        return leaves[()]
    fields: dict[str, dict[Path, pa.DataType]] = {}
    for path, type_ in leaves.items():
        fields.setdefault(path[0], {})[path[1:]] = type_
    return pa.struct([(name, _nested(inner)) for name, inner in fields.items()])


def _replace(
    connection: duckdb.DuckDBPyConnection, name: str, content: pa.Table
) -> None:
    quoted = ".".join(_quoted(part) for part in name.split("."))
    if "." in name:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(name.split('.')[0])}")
    connection.register("rows of a table", content)
    connection.execute(f'CREATE OR REPLACE TABLE {quoted} AS FROM "rows of a table"')
    connection.unregister("rows of a table")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
