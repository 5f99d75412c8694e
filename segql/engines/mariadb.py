"""MariaDB, or MySQL: the address of a server in, a connection out.

Every query has a connection of its own, taken from those that lie idle. It reads
only, in UTC, and what SQL means there does not depend on how the server is set up.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from segql.diagnostics import Diagnostic
from segql.engines import Address, Limits, Tables
from segql.engines.mariadb_cells import Batches
from segql.engines.mariadb_faults import query_fault
from segql.engines.mariadb_link import Link, Server
from segql.engines.mariadb_query import MariaDBQuery
from segql.engines.mariadb_types import read_type
from segql.engines.session import Session
from segql.engines.shape import Shape

__all__ = ["MariaDB", "literal", "open_server"]

_COLUMNS = """
SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, c.DATA_TYPE
FROM information_schema.COLUMNS AS c
WHERE c.TABLE_SCHEMA NOT IN
  ('information_schema', 'performance_schema', 'mysql', 'sys')
ORDER BY c.TABLE_SCHEMA <> {home}, c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION
"""
_DOCUMENTS = """
SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME
FROM information_schema.CHECK_CONSTRAINTS
WHERE LEVEL = 'Column'
  AND CHECK_CLAUSE = CONCAT('json_valid(`', REPLACE(CONSTRAINT_NAME, '`', '``'), '`)')
"""
_KEYS = """
SELECT INDEX_NAME, COLUMN_NAME, NULLABLE FROM information_schema.STATISTICS
WHERE NON_UNIQUE = 0 AND TABLE_SCHEMA = {schema} AND TABLE_NAME = {name}
"""
_NOTHING: Mapping[str, Diagnostic] = {}


def open_server(address: Address, limits: Limits) -> "MariaDB":
    """Opens the database that the URL names."""
    server = Server.at(address, limits.seconds)
    return MariaDB(server, server.connected(), limits)


def literal(text: str) -> str:
    """A text in SQL, whatever `sql_mode` says of backslashes."""
    if text.isascii() and text.isprintable() and not set("'\\\"`").intersection(text):
        return f"'{text}'"
    return f"CONVERT(X'{text.encode().hex()}' USING utf8mb4)"


class MariaDB(Session[MariaDBQuery]):
    """An open warehouse."""

    def __init__(self, server: Server, first: Link, limits: Limits) -> None:
        super().__init__(limits)
        self._server = server
        self._home = first.database
        self._name = first.engine
        self._is_mysql = first.is_mysql
        self._idle = [first]
        self._guard = threading.Lock()
        self._tables: Tables | None = None

    @property
    def engine(self) -> str:
        return self._name

    @property
    def dialect(self) -> str:
        return "mysql" if self._is_mysql else "mariadb"

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]:
        return _NOTHING

    def plan(self, sql: str) -> str:
        return str(self.scalar(f"EXPLAIN FORMAT=JSON {sql}"))

    def tables(self) -> Tables:
        if self._tables is None:
            documents = set() if self._is_mysql else set(self.rows(_DOCUMENTS))
            found: dict[str, dict[str, str]] = {}
            for schema, table, column, type, word in self.rows(
                _COLUMNS.format(home=literal(self._home))
            ):
                name = table if schema == self._home else f"{schema}.{table}"
                if word == "longtext" and (schema, table, column) in documents:
                    type = "json"
                found.setdefault(str(name), {})[str(column)] = str(type)
            self._tables = found
        return self._tables

    def shape(self, engine_type: str) -> Shape:
        return read_type(engine_type)

    def unique(self, table: str) -> Sequence[frozenset[str]]:
        schema, _, name = table.rpartition(".")
        sql = _KEYS.format(schema=literal(schema or self._home), name=literal(name))
        keys: dict[object, set[str]] = {}
        unfit = set()
        for key, column, nullable in self.rows(sql):
            keys.setdefault(key, set()).add(str(column))
            if column is None or nullable == "YES":
                unfit.add(key)
        return [frozenset(names) for key, names in keys.items() if key not in unfit]

    def _asked(self, sql: str) -> MariaDBQuery:
        return MariaDBQuery(sql, self._pool, self._limits.seconds, self)

    def _reader(self, query: MariaDBQuery) -> Any:
        return Batches(query.answer())

    def _release(self) -> None:
        with self._guard:
            idle, self._idle = self._idle, []
        for link in idle:
            link.close()
        self._server.close()

    # For the queries.

    def take(self, wanted: Callable[[], bool], fresh: bool = False) -> Link:
        """A link to ask on; one that lay idle may have been cut off meanwhile."""
        with self._guard:
            if self._idle and not fresh:
                return self._idle.pop()
        return self._server.connected(wanted)

    def give_back(self, link: Link) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(link)
                return
        link.close()

    def stop(self, link: Link) -> None:
        """Stops what the server does for a link; cuts it off if that can't be said."""
        if not self._server.kill(link):
            link.cut()

    def fault(self, error: Exception, sql: str) -> Diagnostic | None:
        known = self._tables or ()
        return query_fault(error, sql, self._name, known, self._limits.seconds)
