"""SQLite: a database file in, a connection out that only reads it.

Needs SQLite 3.40, which comes with Python. The tables are those of the file itself; a
dot in a table's name is a part of that name.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote as escaped

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Limits, Tables
from segql.engines.session import Session
from segql.engines.shape import Shape
from segql.engines.sqlite_database import Database, Lent
from segql.engines.sqlite_faults import ENGINE, query_fault
from segql.engines.sqlite_query import Reader, SQLiteQuery
from segql.engines.sqlite_types import read_shape
from segql.messages import engine as messages
from segql.messages.server import server_too_old

_Result = TypeVar("_Result")

LEAST = (3, 40, 0)
_NOTHING: Mapping[str, Diagnostic] = {}


def open_database(database: str, base_folder: Path, limits: Limits) -> "SQLite":
    """Opens a database file for reading; one that is not there stays so."""
    if sqlite3.sqlite_version_info < LEAST:
        shown = f"{ENGINE} {sqlite3.sqlite_version}"
        raise SegqlError([server_too_old(shown, ".".join(map(str, LEAST)))])
    path = (base_folder / database).resolve()
    fault = _unlike_database(path, database)
    if fault is None:
        try:
            opened = Database(f"file:{escaped(str(path))}?mode=ro", limits)
        except (sqlite3.Error, MemoryError) as error:
            fault = query_fault(error, "", database)
        else:
            return SQLite(opened, database, limits)
    raise SegqlError([fault])  # outside, so that the driver's text stays behind


def _unlike_database(path: Path, shown: str) -> Diagnostic | None:
    """What is wrong with a file, without opening it.

    To close it again would take away the locks that this process has on it.
    """
    if path.is_dir():
        help = f"for a folder of files write `engine: duckdb` and `files: {shown}`"
        return messages.not_a_database(shown, "it is a folder", help, ENGINE)
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return messages.database_missing(shown)
    except OSError:
        return messages.no_permission(shown)
    return None if size else messages.not_a_database(shown, "it is empty", None, ENGINE)


class SQLite(Session[SQLiteQuery]):
    """An open warehouse. Every query has a connection of its own."""

    def __init__(self, database: Database, shown: str, limits: Limits) -> None:
        super().__init__(limits)
        self._database = database
        self._shown = shown
        self._tables: Tables | None = None

    @property
    def engine(self) -> str:
        return f"{ENGINE} {sqlite3.sqlite_version}"

    @property
    def dialect(self) -> str:
        return "sqlite"

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]:
        return _NOTHING

    def plan(self, sql: str) -> str:
        found = self._looked_up(lambda lent: self._database.plan(lent, sql))
        inside = {0: -1}
        lines = []
        for number, parent, _, text in found:
            inside[number] = inside[parent] + 1
            lines.append(f"{'  ' * inside[number]}{text}")
        return "\n".join(lines)

    def tables(self) -> Tables:
        if self._tables is None:
            kept = self._looked_up(self._database.tables)
            self._tables = {each.name: each.columns for each in kept.values()}
        return self._tables

    def shape(self, engine_type: str) -> Shape:
        return read_shape(engine_type)

    def unique(self, table: str) -> Sequence[frozenset[str]]:
        return self._looked_up(lambda lent: self._database.unique(lent, table))

    def _looked_up(self, work: Callable[[Lent], _Result]) -> _Result:
        query = self._query("")
        try:
            return query.run(lambda: query.patiently(work))
        finally:
            query.close()

    def _asked(self, sql: str) -> SQLiteQuery:
        seconds = self._limits.seconds
        return SQLiteQuery(self._database, sql, self._pool, seconds, self._fault)

    def _reader(self, query: SQLiteQuery) -> Any:
        return Reader(query.answer(), query.sql)

    def _release(self) -> None:
        self._database.close()

    def _fault(self, error: Exception, sql: str) -> Diagnostic:
        return query_fault(error, sql, self._shown, self._tables or ())
