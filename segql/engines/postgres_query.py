"""One query on a connection to PostgreSQL in, its answer out, in Arrow batches."""

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines.postgres_faults import is_passing
from segql.engines.query import Query
from segql.messages import engine as messages

BATCH_BYTES = 4 << 20
_DELAYS = (0.1, 0.5, 1.5)
"""How long to wait before a query that failed in passing is asked again, in seconds."""
_SELECT = re.compile(
    r"(?:\s|\(|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)*(?:SELECT|WITH|VALUES|TABLE)\b", re.I
)


class Server(Protocol):
    """Where connections come from and go to."""

    def take(self, wanted: Callable[[], bool]) -> Any:
        """A connection at the begin of a transaction that reads only."""

    def give(self, connection: Any, sound: bool) -> None:
        """Back it goes; one that isn't sound is closed."""


class PostgresQuery(Query):
    """One query, in a transaction of its own; with `explained`, its plan.

    A connection that was cancelled, or failed, or whose answer was not read to its
    end, isn't used again: what it was told last might reach the next query.
    """

    def __init__(
        self,
        server: Server,
        sql: str,
        pool: ThreadPoolExecutor,
        seconds: float | None,
        fault: Callable[[Exception, str], Diagnostic | None],
    ) -> None:
        super().__init__(pool, seconds)
        self._server = server
        self._sql = sql.rstrip().removesuffix(";") + "\n"
        self._fault = fault
        self.explained = False
        self._held = threading.RLock()
        self._connection: Any = None
        self._statement: Any = None
        self._sound = False

    def answer(self) -> "Answer":
        """Runs the query up to its first batch, again if it fails in passing."""
        if not _SELECT.match(self._sql):
            raise SegqlError([messages.access_refused()])
        for delay in _DELAYS:
            try:
                return self._answer()
            except Exception as error:
                if self._stopped or not is_passing(error):
                    raise
                self.release()
            time.sleep(delay)
        return self._answer()

    def _answer(self) -> "Answer":
        from adbc_driver_manager import AdbcStatement, _reader

        connection = self._server.take(lambda: not self._stopped)
        with self._held:
            self._connection = connection
            self._statement = statement = AdbcStatement(connection)
        options = {"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)}
        if self.explained:  # no COPY can hold it
            options["adbc.postgresql.use_copy"] = "false"
        statement.set_options(**options)
        statement.set_sql_query(f"{'EXPLAIN ' * self.explained}{self._sql}")
        handle, _ = statement.execute_query()
        # Unlike pyarrow's own reader this one keeps the SQLSTATE of an error.
        reader: Any = _reader.AdbcRecordBatchReader
        return Answer(reader._import_from_c(handle.address), self._at_end)

    def _at_end(self) -> None:
        self._sound = not self._stopped

    def cancel(self) -> None:
        with self._held:
            self._sound = False
            if self._statement is not None:
                with suppress(Exception):
                    self._statement.cancel()

    def explain(self, error: Exception) -> Diagnostic | None:
        self._sound = False
        return self._fault(error, self._sql)

    def release(self) -> None:
        with self._held:
            statement, self._statement = self._statement, None
            connection, self._connection = self._connection, None
            if statement is not None:
                with suppress(Exception):
                    statement.close()
            if connection is not None:
                self._server.give(connection, self._sound)


class Answer:
    """A reader of batches whose columns are of Arrow's plain types.

    `loose` are the places of numbers whose digits PostgreSQL doesn't tell beforehand:
    they are texts.
    """

    def __init__(self, reader: Any, at_end: Callable[[], None]) -> None:
        import pyarrow as pa

        self._reader = reader
        self._at_end = at_end
        fields, self._plain = [], []
        self.loose: list[int] = []
        for place, each in enumerate(reader.schema):
            type, plain = _plain(each)
            fields.append(pa.field(each.name, type))
            self._plain.append(plain)
            if plain is _loose:
                self.loose.append(place)
        self.schema = pa.schema(fields)
        self._first: Any = None
        try:
            self._first = self._next()
        except BaseException:
            self.close()
            raise

    def read_next_batch(self) -> Any:
        batch, self._first = self._first, None
        batch = batch or self._next()
        if batch is None:
            raise StopIteration
        return batch

    def _next(self) -> Any:
        import pyarrow as pa

        try:
            batch = self._reader.read_next_batch()
        except StopIteration:
            self._at_end()
            return None
        arrays = [
            plain(column)
            for plain, column in zip(self._plain, batch.columns, strict=True)
        ]
        if not arrays:
            return batch
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def close(self) -> None:
        with suppress(Exception):
            self._reader.close()


# Columns.


def _plain(field: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The plain type of a column, and how its arrays become such."""
    import pyarrow as pa

    type, notes = field.type, field.metadata or {}
    kind = notes.get(b"POSTGRESQL:type")
    if kind == b"numeric":
        bound = int(notes.get(b"POSTGRESQL:typmod", b"-1")) - 4
        digits, scale = bound >> 16, (bound & 0x7FF ^ 0x400) - 0x400
        if bound < 0 or digits > 76 or scale > digits:
            return pa.string(), _loose
        width = pa.decimal128 if digits <= 38 else pa.decimal256
        number = width(digits, scale)
        return number, lambda column: column.storage.cast(number)
    if kind == b"uuid":
        return pa.string(), _uuid
    if pa.types.is_date(type) or pa.types.is_timestamp(type):
        return type, _within
    if isinstance(type, pa.BaseExtensionType):
        return type.storage_type, _storage
    return type, lambda column: column


def _loose(column: Any) -> Any:
    return column.storage


def _storage(column: Any) -> Any:
    return column.storage


def _within(column: Any) -> Any:
    """Days of the years 1 to 9999; the driver makes others of `infinity`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = column.view(pa.int32() if pa.types.is_date(column.type) else pa.int64())
    scale = 1 if pa.types.is_date(column.type) else 86_400_000_000
    least, most = pc.min_max(whole).as_py().values()
    if least is not None and not -719162 * scale <= least <= most < 2932897 * scale:
        raise SegqlError([messages.unreadable_cell("PostgreSQL")])
    return column


def _uuid(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    storage = pa.concat_arrays([column.storage])  # starts where its buffer does
    count, (valid, data) = len(storage), storage.buffers()
    begin = storage.offset * 16
    text = data.to_pybytes()[begin : begin + count * 16].hex().encode()
    digits = pa.Array.from_buffers(
        pa.binary(32), count, [None, pa.py_buffer(text)]
    ).cast(pa.binary())
    cuts = (0, 8), (8, 12), (12, 16), (16, 20), (20, 32)
    parts = [pc.binary_slice(digits, *cut) for cut in cuts]
    texts = pc.binary_join_element_wise(*parts, b"-").cast(pa.string())
    return pc.if_else(storage.is_valid(), texts, None) if valid else texts
