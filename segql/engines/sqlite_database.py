"""A database file of SQLite in, connections that only read out.

SQLite lets any cell into any column. So what of the columns a query reads was not
looked at yet is looked at before: whether all cells are what the declared type says.
That holds until somebody writes. A query reads one state of the database from its
beginning to its end, and it is in this state that its columns were looked at.
"""

import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic, sleep
from typing import Any, TypeVar

from segql.diagnostics import SegqlError
from segql.engines import Limits
from segql.engines.files import fold
from segql.engines.sqlite_faults import is_busy
from segql.engines.sqlite_functions import register
from segql.engines.sqlite_types import SAFE, guess, quote, read_shape, unlike
from segql.messages import engine as messages

_Result = TypeVar("_Result")

_PATIENCE = 5.0
"""How long is waited for another process to let go of the file, in seconds."""
_SAMPLE = 1000
"""So many rows of a view say what its computed columns hold."""
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_FORBIDDEN = ("load_extension", "fts3_tokenizer", "readfile", "writefile", "edit")
_CACHE = 64 * 2**20
"""Bytes of pages that a connection keeps."""


class Fence:
    """What may be done: to read the tables. It is noted what is read of them."""

    def __init__(self) -> None:
        self.open = True
        self.read: set[tuple[str, str, str | None]] = set()
        """Table, column, and the view inside of which it is read."""

    def __call__(
        self,
        action: int,
        first: str | None,
        second: str | None,
        database: str | None,
        inside: str | None,
    ) -> int:
        if self.open:
            return sqlite3.SQLITE_OK
        if action not in _ALLOWED:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and second in _FORBIDDEN:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_READ:
            table = (first or "").lower()
            if database == "temp" or table.startswith(("sqlite_", "pragma_", "dbstat")):
                return sqlite3.SQLITE_DENY
            self.read.add((first or "", second or "", inside))
        return sqlite3.SQLITE_OK


@dataclass(eq=False)
class Lent:
    """A connection, and the fence around it."""

    connection: Any
    fence: Fence


@dataclass(frozen=True, eq=False)
class Kept:
    """A table or view: its columns with their types, and what it holds them to."""

    name: str
    columns: Mapping[str, str]
    view: bool = False
    sure: frozenset[str] = frozenset()
    """Columns whose cells can be nothing else."""


@dataclass(eq=False)
class State:
    """One state of the database: until somebody writes."""

    version: int
    looked_at: set[tuple[str, str]] = field(default_factory=set)
    tables: dict[str, Kept] | None = None


def patiently(
    work: Callable[[], _Result], stopped: Callable[[], bool] = lambda: False
) -> _Result:
    """Does some work, and again for a while where another process has the file."""
    end = monotonic() + _PATIENCE
    while True:
        try:
            return work()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or stopped() or monotonic() > end:
                raise
        sleep(0.05)


class Database:
    """A file that is read by any number of connections."""

    def __init__(self, uri: str, limits: Limits) -> None:
        self._uri = uri
        self._limits = limits
        self._lock = Lock()
        self._idle: list[Lent] = []
        self._watch = patiently(self._opened)
        try:
            self._state = State(patiently(self._version))
        except BaseException:
            self._watch.connection.close()
            raise

    # ---- connections

    def lend(self) -> Lent:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._opened()

    def take_back(self, lent: Lent) -> None:
        lent.fence.open = True
        try:
            if lent.connection.in_transaction:
                lent.connection.execute("ROLLBACK")
        except sqlite3.Error:
            lent.connection.close()
            return
        with self._lock:
            self._idle.append(lent)

    def close(self) -> None:
        with self._lock:
            for lent in (*self._idle, self._watch):
                lent.connection.close()
            self._idle.clear()

    def _opened(self) -> Lent:
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=0.1,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=0,  # else what was allowed once is allowed to all
        )
        try:
            register(connection)
            for table in ("json_each", "json_tree"):  # which makes them known
                connection.execute(f"SELECT 1 FROM {table}('[]')").fetchall()
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute(f"PRAGMA cache_size = -{self._cache()}")
            if self._limits.threads is not None:
                threads = int(self._limits.threads) - 1
                connection.execute(f"PRAGMA threads = {threads}")
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            if sys.version_info >= (3, 12):
                connection.setconfig(sqlite3.SQLITE_DBCONFIG_DQS_DML, False)
                connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
            fence = Fence()
            connection.set_authorizer(fence)
        except BaseException:
            connection.close()
            raise
        return Lent(connection, fence)

    def _cache(self) -> int:
        """How many KiB of pages are kept."""
        return min(_CACHE, _bytes(self._limits.memory or "1TB")) // 1024

    # ---- states

    def _version(self) -> int:
        rows = self._watch.connection.execute("PRAGMA data_version").fetchall()
        return int(rows[0][0])

    def _current(self) -> State:
        with self._lock:
            if (version := self._version()) != self._state.version:
                self._state = State(version)
            return self._state

    def _begin(self, connection: Any) -> State:
        """Begins to read: the state that will be read from now on."""
        while True:
            before = self._current()
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("BEGIN")
            try:
                connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
                if self._current() is before:
                    return before
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("ROLLBACK")

    # ---- asking

    def ask(self, lent: Lent, sql: str) -> Any:
        """A cursor over a query's answer; a busy file is an error, and may be again."""
        lent.fence.open = True
        state = self._begin(lent.connection)
        lent.fence.read.clear()
        lent.fence.open = False
        lent.connection.execute(f"EXPLAIN {sql}").close()
        read = lent.fence.read - {each for each in lent.fence.read if not each[1]}
        lent.fence.open = True
        self._look(lent, state, read)
        lent.fence.open = False
        return lent.connection.execute(sql)

    def plan(self, lent: Lent, sql: str) -> list[tuple[int, int, int, str]]:
        """What SQLite would do: a number, that of what it is part of, and in words."""
        lent.fence.open = True
        self._begin(lent.connection)
        lent.fence.open = False
        return list(lent.connection.execute(f"EXPLAIN QUERY PLAN {sql}"))

    def tables(self, lent: Lent) -> dict[str, Kept]:
        """What there is, by name in small letters, in a state that may be over."""
        lent.fence.open = True
        return self._tables(lent.connection, self._begin(lent.connection))

    def unique(self, lent: Lent, table: str) -> list[frozenset[str]]:
        """The sets of columns of which SQLite lets each combination in only once."""
        lent.fence.open = True
        return list(_unique(lent.connection, table))

    def _tables(self, connection: Any, state: State) -> dict[str, Kept]:
        if state.tables is None:
            state.tables = {fold(each.name): each for each in _kept(connection)}
        return state.tables

    def _look(
        self, lent: Lent, state: State, read: set[tuple[str, str, str | None]]
    ) -> None:
        """Looks at the columns that are read; what a view computes from is its own."""
        tables = self._tables(lent.connection, state)
        views = {
            fold(table)
            for table, _, _ in read
            if fold(table) in tables and tables[fold(table)].view
        }
        todo: dict[str, list[str]] = {}
        for table, column, inside in sorted(read, key=str):
            kept = tables.get(fold(table))
            if kept is None or (inside and fold(inside) in views):
                continue
            if column in kept.sure or (kept.name, column) in state.looked_at:
                continue
            if column not in todo.setdefault(kept.name, []):
                todo[kept.name].append(column)
        for name, columns in todo.items():
            self._look_at(lent.connection, tables[fold(name)], columns)
            state.looked_at.update((name, column) for column in columns)

    def _look_at(self, connection: Any, kept: Kept, columns: list[str]) -> None:
        tests = {}
        for column in columns:
            declared = kept.columns.get(column, "")
            test = unlike(read_shape(declared), f"t.{quote(column)}")
            if test is not None:
                tests[column] = f"sum(t.{quote(column)} IS NOT NULL AND ({test}))"
        if not tests:
            return
        sql = f"SELECT {', '.join(tests.values())} FROM {quote(kept.name)} AS t"
        [counts] = connection.execute(sql).fetchall()
        wrong = [
            messages.cells_unlike(kept.name, column, kept.columns[column], count)
            for column, count in zip(tests, counts, strict=True)
            if count
        ]
        if wrong:
            raise SegqlError(wrong)


def _bytes(size: str) -> int:
    """How many bytes a text such as `4GB` names."""
    found = re.fullmatch(r"([0-9.]+) ?([KMGT])(i?)B", size)
    assert found is not None
    power = "KMGT".index(found[2]) + 1
    return int(float(found[1]) * (1024 if found[3] else 1000) ** power)


def _kept(connection: Any) -> Iterator[Kept]:
    """The tables and views of the database, in the order of their names."""
    rows = connection.execute(
        "SELECT name, type, strict FROM pragma_table_list"
        " WHERE schema = 'main' AND type IN ('table', 'view', 'virtual')"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    for name, type, strict in rows:
        try:
            columns = connection.execute(
                "SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1",
                (name,),
            ).fetchall()
        except sqlite3.OperationalError:
            continue  # a view of what is no longer there, or of a module that isn't
        keys = [column for column, kind, pk in columns if pk]
        if strict:
            sure = {column for column, kind, _ in columns if kind.upper() in SAFE}
        else:
            sure = {c for c, kind, pk in columns if pk and kind.upper() == "INTEGER"}
            sure = sure if len(keys) == 1 and type == "table" else set()
        types = {column: kind for column, kind, _ in columns}
        if "" in types.values():
            types |= _guessed(connection, name, [c for c in types if not types[c]])
        yield Kept(name, types, type == "view", frozenset(sure))


def _guessed(connection: Any, table: str, columns: list[str]) -> dict[str, str]:
    """The types that the first rows show, of columns that have none declared."""
    found = ", ".join(guess(quote(column)) for column in columns)
    sample = f"SELECT * FROM {quote(table)} LIMIT {_SAMPLE}"
    try:
        [types] = connection.execute(f"SELECT {found} FROM ({sample})").fetchall()
    except sqlite3.OperationalError:
        return {}
    return {c: kind or "" for c, kind in zip(columns, types, strict=True)}


def _unique(connection: Any, table: str) -> Iterator[frozenset[str]]:
    columns = connection.execute(
        'SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?)', (table,)
    ).fetchall()
    rowid = [c for c, kind, _, pk in columns if pk and kind.upper() == "INTEGER"]
    known = {column for column, _, given, _ in columns if given}
    if len([1 for *_, pk in columns if pk]) == 1 and rowid:
        known.add(rowid[0])
        yield frozenset(rowid)
    for index, partial in connection.execute(
        'SELECT name, partial FROM pragma_index_list(?) WHERE "unique" = 1', (table,)
    ).fetchall():
        parts = connection.execute(
            "SELECT name FROM pragma_index_info(?)", (index,)
        ).fetchall()
        names = frozenset(name for (name,) in parts)
        if not partial and names <= known:
            yield names
