"""ClickHouse: a folder of chdb or a server's address in, a connection out.

Both ways speak the same SQL and give the same Arrow; what differs stands in
`clickhouse_chdb` and `clickhouse_http`.
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Address, Limits, Tables
from segql.engines.clickhouse_chdb import Embedded
from segql.engines.clickhouse_faults import CANCELLED, query_fault
from segql.engines.clickhouse_http import Server
from segql.engines.clickhouse_types import read_shape
from segql.engines.clickhouse_way import Call, Lost, NotInstalled, Refused, Way
from segql.engines.query import Query
from segql.engines.session import Session
from segql.engines.shape import Shape
from segql.messages import engine as messages
from segql.messages import server
from segql.sql.dialects.clickhouse_settings import SETTINGS

__all__ = ["ClickHouse", "open_database", "open_server"]

ENGINE = "ClickHouse"
_SELECT = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*(?:\(|(?:SELECT|WITH)\b)", re.S | re.I
)
_PROCESS = re.compile(r"PID: (\d+)")
_BYTES = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_TRANSPORT = {
    "max_query_size": str(1 << 30),
    "max_ast_depth": "100000",
    "max_ast_elements": "100000000",
    "max_expanded_ast_elements": "100000000",
    "max_parser_depth": "100000",
    "max_subquery_depth": "0",
    "max_result_rows": "0",
    "max_result_bytes": "0",
    "output_format_arrow_compression_method": "none",
    "output_format_arrow_low_cardinality_as_dictionary": "0",
    "output_format_arrow_string_as_string": "1",
}


def open_database(database: str, base_folder: Path, limits: Limits) -> "ClickHouse":
    """Opens a folder that chdb wrote, for reading."""
    folder = (base_folder / database).resolve()
    if problem := _unlike_database(folder, database):
        raise SegqlError([problem])
    fault: Diagnostic
    try:
        return ClickHouse(Embedded(folder), "default", limits)
    except NotInstalled as missing:
        fault = messages.driver_missing(str(missing))
    except Lost:
        fault = server.connection_lost(ENGINE)
    except Refused as error:
        fault = _opening_fault(error, folder, database)
    raise SegqlError([fault])  # outside, so that the driver's text stays behind


def open_server(address: Address, limits: Limits) -> "ClickHouse":
    """Connects to a server by HTTP."""
    fault: Diagnostic
    try:
        way = Server(address, limits)
    except NotInstalled as missing:
        fault = messages.driver_missing(str(missing))
    except Refused as error:
        fault = _refused_at_door(error, address)
    else:
        return ClickHouse(way, way.home, limits, way.version)
    raise SegqlError([fault])


def in_memory(limits: Limits) -> "ClickHouse":
    """An empty database of its own, for the tests."""
    return ClickHouse(Embedded(None), "default", limits)


def _unlike_database(folder: Path, shown: str) -> Diagnostic | None:
    """What is wrong with a folder, as far as a look at it tells."""
    help = "name a folder that chdb wrote"
    try:
        if folder.is_file():
            return messages.not_a_database(shown, "it is a file", help, ENGINE)
        if not folder.exists():
            return messages.database_missing(shown)
        held = {each.name for each in folder.iterdir()}
    except OSError:
        return messages.no_permission(shown)
    if not held:
        return messages.not_a_database(shown, "it is empty", help, ENGINE)
    if "metadata" not in held:
        return messages.not_a_database(shown, "it holds other files", help, ENGINE)
    return None


def _opening_fault(error: Refused, folder: Path, shown: str) -> Diagnostic:
    text = str(error)
    if "Permission denied" in text or "Read-only file system" in text:
        return messages.no_permission(shown)
    try:
        with (folder / "status").open("a"):
            pass
        status = (folder / "status").read_text(errors="replace")
    except OSError:
        return messages.no_permission(shown)
    if "Cannot lock" in text or "EmbeddedServer" in text:
        process = _PROCESS.search(status)
        return messages.database_locked(shown, process[1] if process else None)
    return messages.database_damaged(shown)


def _refused_at_door(error: Refused, address: Address) -> Diagnostic:
    where = re.sub(r"^\w+://", "", address.url).split("/")[0]
    if error.code in (192, 193, 194, 516):
        return server.login_refused(ENGINE, where, address.user)
    if error.code == 81:
        database = address.schema or address.url.rstrip("/").rsplit("/", 1)[-1]
        return server.database_unknown(ENGINE, where, database)
    if error.code == 202:
        return server.server_busy(ENGINE, where)
    return query_fault(error, "", ENGINE)


class ClickHouseQuery(Query):
    """One query; `fault` tells what an error of ClickHouse means for it."""

    def __init__(
        self,
        call: Call,
        sql: str,
        pool: ThreadPoolExecutor,
        seconds: float | None,
        session: "ClickHouse",
    ) -> None:
        super().__init__(pool, seconds)
        self._call = call
        self._sql = sql
        self._session = session

    def open(self) -> Any:
        if _SELECT.match(self._sql) is None:
            raise SegqlError([messages.access_refused()])
        return self._call.open()

    def cancel(self) -> None:
        self._call.cancel()

    def explain(self, error: Exception) -> Diagnostic | None:
        match error:
            case Lost():
                return server.connection_lost(ENGINE)
            case Refused(code=159) if self._seconds is not None:
                return messages.out_of_time(self._seconds)
            case Refused(code=159):
                return server.stopped_by_server(ENGINE)
            case Refused(code=code) if code in CANCELLED and self._stopped:
                return messages.interrupted()
            case Refused():
                return self._session.fault(error, self._sql)
            case NotInstalled():
                return messages.driver_missing(str(error))
            case OSError() | ValueError():
                return server.connection_lost(ENGINE)
            case _:
                return None

    def release(self) -> None:
        self._call.close()


class ClickHouse(Session[ClickHouseQuery]):
    """An open warehouse. Queries run side by side."""

    def __init__(
        self, way: Way, home: str, limits: Limits, version: str | None = None
    ) -> None:
        super().__init__(limits)
        self._way = way
        self._home = home
        self._settings = {**SETTINGS, **_TRANSPORT, **_limiting(limits)}
        self._settings["readonly"] = "1"  # the last one, as it locks them all
        self._tables: Tables | None = None
        self._version = version or ""
        try:
            if not self._version:
                self._version = str(self.scalar("SELECT version()"))
        except BaseException:
            self.close()
            raise

    @property
    def engine(self) -> str:
        return f"{ENGINE} {self._version}"

    @property
    def dialect(self) -> str:
        return "clickhouse"

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]:
        return {}

    def tables(self) -> Tables:
        if self._tables is None:
            found: dict[str, dict[str, str]] = {}
            for schema, table, column, type in self.rows(
                "SELECT database, table, name, type FROM system.columns"
                " WHERE database NOT IN"
                " ('system', 'information_schema', 'INFORMATION_SCHEMA')"
                f" ORDER BY database <> {literal(self._home)}, 1, 2, position"
            ):
                name = table if schema == self._home else f"{schema}.{table}"
                found.setdefault(str(name), {})[str(column)] = str(type)
            self._tables = found
        return self._tables

    def shape(self, engine_type: str) -> Shape:
        return read_shape(engine_type)

    def unique(self, table: str) -> Sequence[frozenset[str]]:
        return ()  # a primary key sorts the table, and keeps nothing unique

    def fault(self, error: Refused, sql: str) -> Diagnostic:
        return query_fault(error, sql, ENGINE, self._tables or ())

    def _asked(self, sql: str) -> ClickHouseQuery:
        call = self._way.call(sql, self._settings)
        return ClickHouseQuery(call, sql, self._pool, self._limits.seconds, self)

    def _reader(self, query: ClickHouseQuery) -> Any:
        return query.open()

    def _release(self) -> None:
        self._way.close()


def literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _limiting(limits: Limits) -> dict[str, str]:
    found = {}
    if limits.seconds is not None:
        # Ours ends it first; this one is for when we are gone.
        found["max_execution_time"] = str(limits.seconds + 1)
    if limits.memory is not None:
        found["max_memory_usage"] = str(_size(limits.memory))
    if limits.threads is not None:
        found["max_threads"] = str(limits.threads)
    return found


def _size(text: str) -> int:
    number, unit = re.fullmatch(r"([\d.]+) ?([KMGT]i?B)", text).groups()  # type: ignore[union-attr]
    base = _BYTES[unit[0]]
    if unit[1] == "i":
        base = 1024 ** ("KMGT".index(unit[0]) + 1)
    return int(float(number) * base)
