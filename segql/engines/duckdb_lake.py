"""The files of a lake table in, how DuckDB reads them out."""

from typing import Any

from segql.engines.duckdb_parquet import alike, columns_of
from segql.engines.duckdb_reading import Group, Reading
from segql.engines.duckdb_text import literal, paths
from segql.engines.files import TableFiles
from segql.engines.lakes import LakeFiles, unsupported


def read_lake(root: Any, table: TableFiles) -> Reading:
    """Every column as the log declares it, whatever it once was in a file."""
    assert isinstance(table, LakeFiles)
    declared = table.declared
    if declared.ids and table.parts:
        groups = [_by_number(root, table)]
    else:
        groups = [
            Group(parts, "read_parquet", "", columns_of(root, parts[0]))
            for parts in (alike(root, table) if table.parts else ())
        ]
    return Reading(tuple(groups), declared.columns, declared.partitions)


def _by_number(root: Any, table: LakeFiles) -> Group:
    """Columns by their numbers, as they may have been renamed."""
    declared = table.declared
    stored = {n: t for n, t in declared.columns.items() if n not in declared.partitions}
    _check(root, table, stored)
    schema = ", ".join(
        f"{declared.ids[name]}: {{name: {literal(name)}, type: {literal(type)},"
        " default_value: NULL}"
        for name, type in stored.items()
    )
    options = f"schema = MAP {{{schema}}}"
    return Group(table.parts, "read_parquet", options, stored, by_folder=False)


def _check(root: Any, table: LakeFiles, stored: dict[str, str]) -> None:
    """Raises if files have columns without numbers, or nested ones that were renamed:
    DuckDB finds these by name."""
    rows = root.execute(
        "SELECT DISTINCT name, field_id FROM parquet_schema"
        f"({paths(table.files)}) WHERE num_children IS NULL OR field_id IS NOT NULL"
    ).fetchall()
    help = "write its files again"
    inner = table.declared.inner
    for name, number in rows:
        if number is None:
            raise unsupported(table, "has files without the numbers of columns", help)
        if number in inner and inner[number] != name:
            what = "calls a field inside a column otherwise than its files"
            raise unsupported(table, what, help)
