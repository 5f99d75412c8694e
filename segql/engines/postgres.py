"""PostgreSQL: the address of a server in, a connection out.

Every query has a connection of its own and a transaction of its own, which may only
read. They are few and kept; the driver is ADBC's, which streams Arrow.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Address, Limits, Tables
from segql.engines.files import fold
from segql.engines.postgres_catalog import COLUMNS, FIELDS, TYPES, UNIQUE
from segql.engines.postgres_faults import (
    ENGINE,
    EXAMPLE,
    connecting_fault,
    is_awaited,
    query_fault,
)
from segql.engines.postgres_query import Answer, PostgresQuery
from segql.engines.postgres_types import Made, read_shape
from segql.engines.query import Stream
from segql.engines.session import Session
from segql.engines.shape import Shape
from segql.messages import connections as connecting
from segql.messages import engine as messages
from segql.messages import server

OLDEST = 14
_DELAYS = (0.2, 0.5, 1.0)
_SETTINGS = {
    "transaction_read_only": "on",
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "backslash_quote": "safe_encoding",
    "transform_null_equals": "off",
    "array_nulls": "on",
    "jit": "off",
}
"""What our SQL relies on, whatever the server, the database or the user has set.

Large rules compiled to machine code would take minutes, and could not be cancelled.
"""
_HANGING = "SELECT set_config('client_connection_check_interval', '2s', false)"
"""Else a server computes on for a reader that is long gone."""


def literal(text: str) -> str:
    """Text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def open_server(address: Address, limits: Limits) -> "Postgres":
    """Connects, and makes sure that the server is one that we know."""
    scheme, sign, _ = address.url.partition("://")
    if not sign or scheme not in ("postgresql", "postgres"):
        raise SegqlError([connecting.url_unreadable(ENGINE, EXAMPLE)])
    try:
        import adbc_driver_postgresql  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError:
        missing = messages.driver_missing("segql[postgres]")
    else:
        session = Postgres(address, limits)
        try:
            session.greet()
        except BaseException:
            session.close()
            raise
        return session
    raise SegqlError([missing])


class _Server:
    """Connections to one server, each used by one query at a time."""

    def __init__(self, address: Address, limits: Limits) -> None:
        self._address = address
        self._settings = dict(_SETTINGS)
        if limits.threads is not None:
            workers = str(max(limits.threads - 1, 0))
            self._settings["max_parallel_workers_per_gather"] = workers
        if address.schema is not None:
            name = address.schema.replace('"', '""')
            self._settings["search_path"] = f'"{name}"'
        self._lock = threading.Lock()
        self._database: Any = None
        self._idle: list[Any] = []

    @property
    def where(self) -> str:
        """The server as messages name it."""
        hosts, _, options = _parts(self._address.url)
        return hosts or dict(parse_qsl(options)).get("host", "localhost")

    @property
    def database(self) -> str:
        return unquote(_parts(self._address.url)[1]) or self._address.user or ""

    def take(self, wanted: Callable[[], bool]) -> Any:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect(wanted)
        settings = ", ".join(
            f"set_config({literal(name)}, {literal(value)}, true)"
            for name, value in self._settings.items()
        )
        try:
            run(connection, f"SELECT {settings}")
        except BaseException:
            self.give(connection, sound=False)
            raise
        return connection

    def give(self, connection: Any, sound: bool) -> None:
        if sound:
            try:
                connection.rollback()
            except Exception:
                sound = False
        if sound:
            with self._lock:
                self._idle.append(connection)
        else:
            with suppress(Exception):
                connection.close()

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
            database, self._database = self._database, None
        for each in [*idle, *([database] if database else [])]:
            with suppress(Exception):
                each.close()

    def _connect(self, wanted: Callable[[], bool]) -> Any:
        fault: Diagnostic | None = None
        for delay in (*_DELAYS, None):
            try:
                return self._connected()
            except Exception as error:
                text = str(error)
                fault = connecting_fault(
                    text, self.where, self._address.user, self.database
                )
                if delay is None or not is_awaited(text) or not wanted():
                    break
            time.sleep(delay)
        assert fault is not None
        raise SegqlError([fault])

    def _connected(self) -> Any:
        import adbc_driver_postgresql
        from adbc_driver_manager import AdbcConnection

        with self._lock:
            if self._database is None:
                url = full_url(self._address)
                self._database = adbc_driver_postgresql.connect(url)
            database = self._database
        connection = AdbcConnection(database)
        with suppress(Exception):  # servers on other systems than Linux have it not
            run(connection, _HANGING)
        connection.set_autocommit(False)
        return connection


class Postgres(Session[PostgresQuery]):
    """An open warehouse."""

    def __init__(self, address: Address, limits: Limits) -> None:
        super().__init__(limits)
        self._schema = address.schema
        self._server = _Server(address, limits)
        self._engine = ENGINE
        self._seen: tuple[Tables, Mapping[str, Diagnostic]] | None = None
        self._shapes: dict[str, Shape] = {}

    def greet(self) -> None:
        """Asks for the version, and whether the schema is there."""
        schema = literal(self._schema) if self._schema is not None else "NULL"
        [(version, number, known)] = self.rows(
            "SELECT current_setting('server_version'),"
            " current_setting('server_version_num')::integer,"
            f" {schema} IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_namespace"
            f" WHERE nspname = {schema} AND has_schema_privilege(oid, 'USAGE'))"
        )
        self._engine = f"{ENGINE} {str(version).split()[0]}"
        if int(str(number)) < OLDEST * 10_000:
            oldest = f"{ENGINE} {OLDEST}"
            raise SegqlError([server.server_too_old(self._engine, oldest)])
        if not known:
            raise SegqlError([server.schema_unknown(ENGINE, self._schema or "")])

    @property
    def engine(self) -> str:
        return self._engine

    @property
    def dialect(self) -> str:
        return "postgres"

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self._all(self._query(sql))

    def plan(self, sql: str) -> str:
        query = self._query(sql)
        query.explained = True
        return "\n".join(str(line) for (line,) in self._all(query))

    def _all(self, query: PostgresQuery) -> list[tuple[object, ...]]:
        try:
            answer = query.run(query.answer)
        except BaseException:
            query.close()
            raise
        found: list[tuple[object, ...]] = []
        with Stream(query, answer) as batches:
            for batch in batches:
                columns = [column.to_pylist() for column in batch.columns]
                for place in answer.loose:
                    columns[place] = [_number(cell) for cell in columns[place]]
                found += zip(*columns, strict=True)
        return found

    def tables(self) -> Tables:
        return self._look()[0]

    def forget(self) -> None:
        """Looks anew at the tables when it is next asked for them."""
        self._seen = None
        self._shapes.clear()
        self._notes.clear()

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]:
        return self._look()[1]

    def _look(self) -> tuple[Tables, Mapping[str, Diagnostic]]:
        if self._seen is None:
            made = self._made()
            found: dict[str, dict[str, str]] = {}
            barred: dict[str, Diagnostic] = {}
            for schema, table, column, type, number, near, free in self.rows(COLUMNS):
                name = str(table) if near else f"{schema}.{table}"
                if not free:
                    barred[fold(name)] = server.rights_missing(ENGINE, name)
                    continue
                found.setdefault(name, {})[str(column)] = str(type)
                if str(type) not in self._shapes:
                    shape = made.shape(int(str(number)), str(type))
                    self._shapes[str(type)] = shape
            self._seen = found, {n: d for n, d in barred.items() if n not in found}
        return self._seen

    def _made(self) -> Made:
        types = self.rows(TYPES)
        structs: dict[int, list[tuple[str, int, str]]] = {}
        for number, name, inner, shown in self.rows(FIELDS):
            field = (str(name), int(str(inner)), str(shown))
            structs.setdefault(int(str(number)), []).append(field)
        return Made(
            frozenset(int(str(t[0])) for t in types if t[1] == "e"),
            {int(str(t[0])): (int(str(t[2])), str(t[3])) for t in types if t[1] == "d"},
            {int(str(t[0])): int(str(t[2])) for t in types if t[1] == "b"},
            {number: tuple(fields) for number, fields in structs.items()},
        )

    def shape(self, engine_type: str) -> Shape:
        return self._shapes.get(engine_type) or read_shape(engine_type)

    def unique(self, table: str) -> Sequence[frozenset[str]]:
        schema, _, name = table.rpartition(".")
        near = (
            f"lower(n.nspname) = lower({literal(schema)})"
            if schema
            else "pg_table_is_visible(c.oid)"
        )
        where = f"{near} AND lower(c.relname) = lower({literal(name)})"
        rows: list[tuple[Any, ...]] = self.rows(UNIQUE.format(where=where))
        return [frozenset(names) for (names,) in rows]

    def _asked(self, sql: str) -> PostgresQuery:
        seconds = self._limits.seconds
        return PostgresQuery(self._server, sql, self._pool, seconds, self._fault)

    def _reader(self, query: PostgresQuery) -> Answer:
        return query.answer()

    def _release(self) -> None:
        self._server.close()

    def _fault(self, error: Exception, sql: str) -> Diagnostic | None:
        from adbc_driver_manager import Error
        from pyarrow import ArrowException

        if isinstance(error, Error):
            known = self._seen[0] if self._seen else ()
            return query_fault(error, sql, ENGINE, known)
        if isinstance(error, ArrowException | OverflowError):
            return messages.unreadable_cell(ENGINE)
        return None


def run(connection: Any, sql: str) -> None:
    """One statement whose answer nobody needs."""
    from adbc_driver_manager import AdbcStatement, _reader

    statement = AdbcStatement(connection)
    try:
        statement.set_sql_query(sql)
        handle, _ = statement.execute_query()
        reader: Any = _reader.AdbcRecordBatchReader
        reader._import_from_c(handle.address).read_all()
    finally:
        statement.close()


def full_url(address: Address) -> str:
    """What libpq connects to; it holds the password."""
    hosts, path, options = _parts(address.url)
    user = quote(address.user, safe="") if address.user is not None else ""
    if address.password is not None:
        user += ":" + quote(address.password, safe="")
    told = {"application_name": "segql", "connect_timeout": "10"}
    told |= dict(parse_qsl(options)) | dict(address.options)
    told["client_encoding"] = "UTF8"
    at = "@" if user else ""
    return f"postgresql://{user}{at}{hosts}/{path}?{urlencode(told, quote_via=quote)}"


def _parts(url: str) -> tuple[str, str, str]:
    """The hosts, the database and the options of a URL."""
    rest, _, options = url.partition("://")[2].partition("?")
    hosts, _, path = rest.partition("/")
    return hosts, path, options


def _number(cell: str | None) -> int | Decimal | None:
    if cell is None:
        return None
    return Decimal(cell) if not cell.lstrip("-").isdigit() else int(cell)
