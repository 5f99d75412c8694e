"""Parquet files in, how DuckDB reads them out."""

from collections.abc import Sequence
from typing import Any

from segql.diagnostics import SegqlError
from segql.engines.duckdb_reading import Group, Reading, unreadable
from segql.engines.duckdb_text import literal, paths, pattern
from segql.engines.files import Part, TableFiles, fold
from segql.engines.widening import wider
from segql.messages import parts as messages

_PLAIN = "union_by_name = false"


def read_parquet(root: Any, table: TableFiles) -> Reading:
    """Files of one schema are read together, so that only the first is opened where
    the partition of another can't hold what is asked for."""
    groups = tuple(
        Group(parts, "read_parquet", _PLAIN, columns_of(root, parts[0]))
        for parts in alike(root, table)
    )
    columns: dict[str, tuple[str, str]] = {}
    types: dict[str, str] = {}
    for group in groups:
        shown = group.parts[0].shown
        for name, type in group.columns.items():
            first, where = columns.setdefault(fold(name), (name, shown))
            type_ = wider(types.get(first, type), type)
            if type_ is None:
                fault = messages.types_differ(first, where, types[first], shown, type)
                raise SegqlError([fault])
            types[first] = type_
    return Reading(groups, types)


def alike(root: Any, table: TableFiles) -> Sequence[tuple[Part, ...]]:
    """The files by their schema, in the order of the first of each."""
    import duckdb

    try:
        rows = _schemas(root, table.parts)
    except (duckdb.Error, UnicodeError):
        for part in table.parts:
            try:
                _schemas(root, [part])
            except (duckdb.Error, UnicodeError):
                raise SegqlError([unreadable(table, part)]) from None
        raise
    found: dict[str, list[Part]] = {}
    for part in table.parts:
        found.setdefault(rows[str(part.path)], []).append(part)
    return [tuple(parts) for parts in found.values()]


def _schemas(root: Any, parts: Sequence[Part]) -> dict[str, str]:
    """A text per file that is the same where the columns are."""
    rows = root.execute(
        "SELECT file_name, to_json(list([name, type, num_children::VARCHAR,"
        " type_length, converted_type, scale::VARCHAR, precision::VARCHAR,"
        " logical_type, duckdb_type, (repetition_type = 'REPEATED')::VARCHAR]"
        " ORDER BY column_id))::VARCHAR"
        f" FROM parquet_schema({paths(part.path for part in parts)}) GROUP BY ALL"
    ).fetchall()
    return dict(rows)


def columns_of(root: Any, part: Part) -> dict[str, str]:
    path = literal(pattern(part.path))
    rows = root.execute(
        "SELECT column_name, column_type FROM"
        f" (DESCRIBE FROM read_parquet({path}, hive_partitioning = false))"
    ).fetchall()
    return dict(rows)
