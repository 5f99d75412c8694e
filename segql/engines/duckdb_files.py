"""A table's files in, a view over them in DuckDB out."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from segql.diagnostics import Diagnostic
from segql.engines.files import TableFiles
from segql.messages import engine as messages

_CSV = (
    "header = true, skip = 0, quote = '\"', escape = '\"', comment = '',"
    " null_padding = false, ignore_errors = false, allow_quoted_nulls = false"
)


def quote(name: str) -> str:
    """An identifier as DuckDB reads it."""
    return '"' + name.replace('"', '""') + '"'


def quote_table(name: str) -> str:
    """`table` or `schema.table`."""
    return ".".join(quote(part) for part in name.split("."))


def literal(text: str) -> str:
    """Text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def pattern(file: Path) -> str:
    """A path that means this file alone: DuckDB takes every path for a pattern."""
    return re.sub(r"[\[*?]", lambda sign: f"[{sign[0]}]", str(file))


def allowed_paths(tables: Iterable[TableFiles]) -> str:
    """The setting that lets DuckDB read these files and no other."""
    files = [file for table in tables for file in table.files]
    paths = {path for file in files for path in (str(file), pattern(file))}
    return f"SET GLOBAL allowed_paths = [{', '.join(map(literal, sorted(paths)))}]"


def create_view(root: Any, table: TableFiles) -> Diagnostic | None:
    """Creates the view of a table; else what is wrong with its files."""
    import duckdb

    if not table.files:
        return messages.no_permission(table.shown)
    try:
        if table.kind == "CSV":
            query = _read_csv(root, table.files[0])
        else:
            files = ", ".join(literal(pattern(file)) for file in table.files)
            hive = "true" if table.hive else "false"
            query = (
                f"read_parquet([{files}], union_by_name = true,"
                f" hive_partitioning = {hive})"
            )
        if "." in table.name:
            schema = quote(table.name.split(".")[0])
            root.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        root.execute(f"CREATE VIEW {quote_table(table.name)} AS FROM {query}")
    except duckdb.Error:
        if not all(map(_may_be_read, table.files)):
            return messages.no_permission(table.shown)
        return messages.file_unreadable(table.shown, table.kind)
    return None


def _may_be_read(file: Path) -> bool:
    try:
        file.open("rb").close()
    except PermissionError:
        return False
    except OSError:
        pass
    return True


def _read_csv(root: Any, file: Path) -> str:
    """How a CSV file is read: DuckDB decides once, having looked at all of it.

    So the types are the same on each run, no line is skipped, and the queries need
    not look again. Only quoted text can be empty; an empty cell is missing.
    """
    path = literal(pattern(file))
    [(delimiter, newline, columns, date, timestamp)] = root.execute(
        "SELECT Delimiter, NewLineDelimiter, Columns, DateFormat, TimestampFormat"
        f" FROM sniff_csv({path}, {_CSV}, sample_size = -1)"
    ).fetchall()
    types = ", ".join(f"{literal(c['name'])}: {literal(c['type'])}" for c in columns)
    options = [
        _CSV,
        "auto_detect = false",
        f"delim = {literal(delimiter)}",
        f"columns = {{{types}}}",
    ]
    if newline in ("\\n", "\\r\\n", "\\r"):
        options.append(f"new_line = {literal(newline)}")
    if date:
        options.append(f"dateformat = {literal(str(date))}")
    if timestamp:
        options.append(f"timestampformat = {literal(str(timestamp))}")
    return f"read_csv({path}, {', '.join(options)})"
