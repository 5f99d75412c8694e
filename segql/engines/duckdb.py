"""DuckDB: a database file or a folder of files in, a connection out.

Before our first query everything but reading the tables is switched off and locked.
Works with DuckDB 1.5 and 2.
"""

import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.engines import Folder, Limits, Tables
from segql.engines.duckdb_faults import opening_fault, query_fault
from segql.engines.duckdb_files import allowed_paths, create_view
from segql.engines.duckdb_query import DuckDBQuery
from segql.engines.duckdb_text import literal, quote, quote_table
from segql.engines.files import fold, packaged_folder, tables_in
from segql.engines.lakes import opened
from segql.engines.session import Session
from segql.engines.shape import Shape, read_shape
from segql.messages import engine as messages
from segql.messages import parts as part_messages

__all__ = ["DuckDB", "literal", "open_database", "open_files", "quote", "quote_table"]


ENGINE = "DuckDB"
BATCH_ROWS = 100_000
_UNSOUND = "type_pushdown"
"""Of DuckDB 2: reads a CSV file's cells as the type that a query casts to, not as
their own, so that `day::VARCHAR` is the raw text and `2.5::BIGINT` another number."""
_CLOSED = (
    "SET GLOBAL enable_external_access = false",
    "SET GLOBAL lock_configuration = true",
)


# Opening.


def open_database(database: str, base_folder: Path, limits: Limits) -> "DuckDB":
    """Opens a database file for reading."""
    path = (base_folder / database).resolve()
    if problem := _unlike_database(path, database):
        raise SegqlError([problem])
    root, scratch = _root(limits)
    try:
        fault = _attach(root, path, database)
        if fault:
            raise SegqlError([fault])
        home = _attached(root)
        root.execute(f"USE {quote(home)}.main")
        for statement in _CLOSED:
            root.execute(statement)
    except BaseException:
        root.close()
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return DuckDB(root, home, scratch, limits, {})


def open_files(
    files: Folder,
    base_folder: Path,
    limits: Limits,
    versions: Mapping[str, int] = MappingProxyType({}),
) -> "DuckDB":
    """Opens a folder of Parquet, CSV and JSON files, and of lake tables.

    `versions` pins some of these tables, by their names.
    """
    report = Report()
    folder: Path | None
    package: str | None = getattr(files, "package", None)
    if package is None:
        shown = files.folder.rstrip("/\\") or "/"
        folder = base_folder / shown
        if fault := _folder_fault(folder, shown):
            report.add(fault)
            folder = None
    else:
        shown = f"{package}/{files.folder}"
        folder = packaged_folder(package, files.folder, report)
    found = tables_in(folder, shown, report) if folder else ()
    if not report.ok:
        raise SegqlError(report.errors)
    tables = [opened(table, versions.get(table.name)) for table in found]
    for name in versions.keys() - {t.name for t in found if t.folder is not None}:
        raise SegqlError([part_messages.no_lake(name, shown)])
    root, scratch = _root(limits)
    try:
        root.execute(allowed_paths(tables))
        for statement in _CLOSED:
            root.execute(statement)
        unreadable = {
            fold(table.name): fault
            for table in tables
            if (fault := create_view(root, table)) is not None
        }
    except BaseException:
        root.close()
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    all_files = [file for table in tables for file in table.files]
    return DuckDB(root, "memory", scratch, limits, unreadable, all_files)


def _folder_fault(folder: Path, shown: str) -> Diagnostic | None:
    try:
        return None if folder.is_dir() else messages.folder_missing(shown)
    except OSError:
        return messages.no_permission(shown)


def _driver() -> Any:
    try:
        import duckdb
    except ImportError:
        missing = messages.driver_missing("duckdb")
    else:
        return duckdb
    raise SegqlError([missing])


def _root(limits: Limits) -> tuple[Any, str]:
    """An empty database in memory, and its private folder for what doesn't fit."""
    root = _driver().connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        }
    )
    scratch = tempfile.mkdtemp(prefix="segql-")
    root.execute("SET GLOBAL TimeZone = 'UTC'")
    # Else a wrong guess at few rows makes a join to the nearest one quadratic.
    root.execute("SET GLOBAL asof_loop_join_threshold = 0")
    if root.execute(f"FROM duckdb_optimizers() WHERE name = '{_UNSOUND}'").fetchall():
        root.execute(f"SET GLOBAL disabled_optimizers = '{_UNSOUND}'")
    root.execute(f"SET GLOBAL temp_directory = {literal(scratch)}")
    if limits.memory is not None:
        root.execute(f"SET GLOBAL memory_limit = {literal(limits.memory)}")
    if limits.threads is not None:
        root.execute(f"SET GLOBAL threads = {int(limits.threads)}")
    return root, scratch


def _unlike_database(path: Path, shown: str) -> Diagnostic | None:
    """What is wrong with a database file, as far as a look at it tells."""
    if path.is_dir():
        help = f"for a folder of files write `files: {shown}`"
        return messages.not_a_database(shown, "it is a folder", help)
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except FileNotFoundError:
        return messages.database_missing(shown)
    except OSError:
        return messages.no_permission(shown)
    if not start:
        return messages.not_a_database(shown, "it is empty")
    if start[8:12] != b"DUCK":
        known = {b"PAR1": "a Parquet file", b"SQLi": "an SQLite database"}
        found = known.get(start[:4], "it starts otherwise")
        return messages.not_a_database(
            shown, f"it is {found}" if found.startswith("a") else found
        )
    return None


def _attach(root: Any, path: Path, shown: str) -> Diagnostic | None:
    """Attaches a file under the name that DuckDB itself gives it, as views may
    spell that out; under another where that name is one of a schema or taken."""
    try:
        if path.name.split(".")[0] == "memory":
            root.execute(f"ATTACH {literal(str(path))} AS memory_db (READ_ONLY)")
            return None
        root.execute(f"ATTACH {literal(str(path))} (READ_ONLY)")
        name = _attached(root)
        if root.execute(
            f"FROM duckdb_schemas() WHERE database_name = {literal(name)}"
            " AND lower(schema_name) = lower(database_name)"
        ).fetchall():
            root.execute(f"DETACH {quote(name)}")
            alias = quote(f"{name}_db")
            root.execute(f"ATTACH {literal(str(path))} AS {alias} (READ_ONLY)")
    except _driver().Error as error:
        return opening_fault(str(error), shown, ENGINE, _driver().__version__)
    return None


def _attached(root: Any) -> str:
    rows = root.execute(
        "SELECT database_name FROM duckdb_databases()"
        " WHERE NOT internal AND database_name <> 'memory'"
    ).fetchall()
    return str(rows[0][0])


# Asking.


class DuckDB(Session[DuckDBQuery]):
    """An open warehouse. Every query has a cursor of its own."""

    def __init__(
        self,
        root: Any,
        home: str,
        scratch: str,
        limits: Limits,
        unreadable: Mapping[str, Diagnostic],
        files: Sequence[Path] = (),
    ) -> None:
        super().__init__(limits)
        self._root = root
        self._home = home
        self._unreadable = unreadable
        self._files = files
        self._tables: Tables | None = None
        self._clean = weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)

    @property
    def engine(self) -> str:
        return f"{ENGINE} {_driver().__version__}"

    @property
    def dialect(self) -> str:
        return "duckdb"

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]:
        return self._unreadable

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        query = self._query(sql)
        try:
            return query.run(lambda: list(query.answer().fetchall()))
        finally:
            query.close()

    def plan(self, sql: str) -> str:
        query = self._query(sql)
        try:
            return query.run(query.plan)
        finally:
            query.close()

    def tables(self) -> Tables:
        if self._tables is None:
            found: dict[str, dict[str, str]] = {}
            for schema, table, column, type in self.rows(
                "SELECT schema_name, table_name, column_name, data_type"
                " FROM duckdb_columns() WHERE NOT internal"
                f" AND database_name = {literal(self._home)}"
                " ORDER BY schema_name <> 'main', 1, 2, column_index"
            ):
                name = table if schema == "main" else f"{schema}.{table}"
                found.setdefault(str(name), {})[str(column)] = str(type)
            self._tables = found
        return self._tables

    def shape(self, engine_type: str) -> Shape:
        return read_shape(engine_type)

    def unique(self, table: str) -> Sequence[frozenset[str]]:
        if self._home == "memory":
            return ()
        schema, _, name = table.rpartition(".")
        rows: list[tuple[Any, ...]] = self.rows(
            "SELECT constraint_type, constraint_column_names"
            " FROM duckdb_constraints()"
            f" WHERE database_name = {literal(self._home)}"
            f" AND lower(schema_name) = lower({literal(schema or 'main')})"
            f" AND lower(table_name) = lower({literal(name)})"
        )
        known = {c for kind, names in rows if kind == "NOT NULL" for c in names}
        return [
            frozenset(names)
            for kind, names in rows
            if kind == "PRIMARY KEY" or (kind == "UNIQUE" and known.issuperset(names))
        ]

    def _asked(self, sql: str) -> DuckDBQuery:
        cursor, seconds = self._root.cursor(), self._limits.seconds
        return DuckDBQuery(cursor, sql, self._home, self._pool, seconds, self._fault)

    def _reader(self, query: DuckDBQuery) -> Any:
        return query.answer().to_arrow_reader(BATCH_ROWS)

    def _release(self) -> None:
        self._root.close()
        self._clean()

    def _fault(self, text: str, sql: str) -> Diagnostic:
        known = self._tables or ()
        fault = query_fault(text, sql, ENGINE, known, self._unreadable)
        if fault.code == "E517" and not all(file.exists() for file in self._files):
            return messages.read_failed(ENGINE)
        return fault
