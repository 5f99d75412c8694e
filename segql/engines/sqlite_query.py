"""One query of SQLite in, its answer out, batch by batch."""

import re
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines.query import Query
from segql.engines.sqlite_database import Database, Lent, patiently
from segql.engines.sqlite_faults import ENGINE
from segql.engines.sqlite_wide import decimal_of
from segql.messages import engine as messages
from segql.types import (
    INTEGER_DIGITS,
    Boolean,
    Date,
    Double,
    Exact,
    Timestamp,
    Type,
    parse_type,
)

_Result = TypeVar("_Result")

BATCH_ROWS = 10_000


class SQLiteQuery(Query):
    """One query, on a connection of its own; `fault` tells what an error means."""

    def __init__(
        self,
        database: Database,
        sql: str,
        pool: ThreadPoolExecutor,
        seconds: float | None,
        fault: Callable[[Exception, str], Diagnostic],
    ) -> None:
        super().__init__(pool, seconds)
        self._database = database
        self.sql = sql
        self._fault = fault
        self._lent: Lent | None = None
        self._lock = Lock()

    def answer(self) -> Any:
        """A cursor over the answer. Runs in the thread."""
        return self.patiently(lambda lent: self._database.ask(lent, self.sql))

    def patiently(self, work: Callable[[Lent], _Result]) -> _Result:
        """Does some work on the connection, again while the file is busy."""

        def once() -> _Result:
            with self._lock:
                lent = self._lent = self._lent or self._database.lend()
            return work(lent)

        return patiently(once, lambda: self._stopped)

    def cancel(self) -> None:
        with self._lock:
            if self._lent is not None:
                self._lent.connection.interrupt()

    def explain(self, error: Exception) -> Diagnostic | None:
        if isinstance(error, sqlite3.Error | sqlite3.Warning | MemoryError | OSError):
            return self._fault(error, self.sql)
        return None

    def release(self) -> None:
        with self._lock:
            lent, self._lent = self._lent, None
        if lent is not None:
            self._database.take_back(lent)


class Reader:
    """A cursor as batches of Arrow.

    What a column is stands in the query, else the first rows decide.
    """

    def __init__(self, cursor: Any, sql: str) -> None:
        import pyarrow

        self._arrow = pyarrow
        self._cursor = cursor
        if cursor.description is None:
            raise SegqlError([messages.access_refused()])
        names = [each[0] for each in cursor.description]
        self._rows: list[tuple[object, ...]] = cursor.fetchmany(BATCH_ROWS)
        columns = list(zip(*self._rows, strict=True)) or [()] * len(names)
        self._told = told(sql)
        types = [
            self._declared(self._told[place]) if place in self._told else _of(column)
            for place, column in enumerate(columns)
        ]
        fields = zip(names, types, strict=True)
        self.schema = pyarrow.schema(
            [
                (name, getattr(pyarrow, type)() if isinstance(type, str) else type)
                for name, type in fields
            ]
        )

    def _declared(self, type: Type) -> Any:
        match type:
            case Date():
                return "date32"
            case Timestamp():
                return self._arrow.timestamp("us")
            case Boolean():
                return "bool_"
            case Double():
                return "float64"
            case Exact(_, 0) if type.digits <= INTEGER_DIGITS:
                return "int64"
            case Exact(digits, scale):
                return self._arrow.decimal128(digits, scale)
            case _:
                return "string"

    def read_next_batch(self) -> Any:
        rows, self._rows = self._rows, []
        rows = rows or self._cursor.fetchmany(BATCH_ROWS)
        if not rows:
            raise StopIteration
        try:
            arrays = [
                # much quicker than zip
                self._array(place, [row[place] for row in rows], field.type)
                for place, field in enumerate(self.schema)
            ]
        except (self._arrow.ArrowInvalid, self._arrow.ArrowTypeError, TypeError):
            unlike = True
        else:
            unlike = False
        if unlike:
            raise SegqlError([messages.unreadable_cell(ENGINE)])
        return self._arrow.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _array(self, place: int, cells: Sequence[Any], type: Any) -> Any:
        match self._told.get(place):
            case Date() | Timestamp():
                return self._arrow.array(cells, self._arrow.string()).cast(type)
            case Boolean():
                cells = [None if cell is None else bool(cell) for cell in cells]
            case Exact() as exact if exact.scale or exact.digits > INTEGER_DIGITS:
                cells = [decimal_of(cell, exact.scale) for cell in cells]
        return self._arrow.array(cells, type)

    def close(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # its connection was closed before
            self._cursor.close()


def _of(cells: Sequence[object]) -> str:
    """The type of Arrow that some cells show."""
    kinds = {type(cell) for cell in cells} - {type(None)}
    match sorted(kind.__name__ for kind in kinds):
        case ["int"]:
            return "int64"
        case ["float"] | ["float", "int"]:
            return "float64"
        case ["bytes"]:
            return "binary"
        case _:
            return "string"


_QUOTED_OR_TOLD = re.compile(r"'[^']*'|\"[^\"]*\"|/\* segql: ([^*]*) \*/")


def told(sql: str) -> dict[int, Type]:
    """The types that the dialect wrote down, by a column's place from 0 on."""
    found = {}
    for match in _QUOTED_OR_TOLD.finditer(sql):
        if match[1] is not None:
            for each in re.split(r", (?![^(]*\))", match[1]):
                place, _, name = each.partition(" ")
                if place.isdigit() and (type := parse_type(name)) is not None:
                    found[int(place) - 1] = type
            break
    return found
