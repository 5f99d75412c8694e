"""A table's files in, a view over them in DuckDB out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines.duckdb_csv import read_csv
from segql.engines.duckdb_json import read_json
from segql.engines.duckdb_lake import read_lake
from segql.engines.duckdb_parquet import read_parquet
from segql.engines.duckdb_reading import Reading, unreadable, view_of
from segql.engines.duckdb_text import literal, pattern, quote, quote_table
from segql.engines.files import Format, TableFiles
from segql.messages import engine as messages

_READERS: Mapping[Format, Callable[[Any, TableFiles], Reading]] = {
    "Parquet": read_parquet,
    "CSV": read_csv,
    "JSON": read_json,
    "Delta": read_lake,
    "Iceberg": read_lake,
}


def allowed_paths(tables: Iterable[TableFiles]) -> str:
    """The setting that lets DuckDB read these files and no other."""
    files = [file for table in tables for file in table.files]
    paths = {path for file in files for path in (str(file), pattern(file))}
    return f"SET GLOBAL allowed_paths = [{', '.join(map(literal, sorted(paths)))}]"


def create_view(root: Any, table: TableFiles) -> Diagnostic | None:
    """Creates the view of a table; else what is wrong with its files."""
    import duckdb

    if table.fault is not None:
        return table.fault
    if not table.parts and table.folder is None:
        return messages.no_permission(table.shown)
    try:
        query = view_of(_READERS[table.kind](root, table))
        if "." in table.name:
            schema = quote(table.name.split(".")[0])
            root.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        root.execute(f"CREATE VIEW {quote_table(table.name)} AS {query}")
    except SegqlError as error:
        return error.diagnostics[0]
    except (duckdb.Error, OSError, UnicodeError):
        return unreadable(table, *table.parts[:1])
    return None
