"""One query on a cursor of DuckDB in, its answer out, as values or as batches."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as NotYet
from time import monotonic
from typing import Any, Self, TypeVar

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Batch
from segql.engines.duckdb_files import quote
from segql.messages import engine as messages

_Result = TypeVar("_Result")

_TICK = 0.5


class Query:
    """One query, run in a thread so that Ctrl-C reaches us.

    `home` is the database whose tables it reads, `explain` tells what a message of
    the driver means for it.
    """

    def __init__(
        self,
        cursor: Any,
        sql: str,
        home: str,
        pool: ThreadPoolExecutor,
        seconds: float | None,
        explain: Callable[[str, str], Diagnostic],
    ) -> None:
        self._cursor = cursor
        self._sql = sql
        self._home = home
        self._pool = pool
        self._seconds = self._left = seconds
        self._explain = explain
        self._stopped = False
        self._closed = False
        self._future: Future[Any] | None = None

    def answer(self) -> Any:
        """The query, checked to be one, not yet run. Runs in the thread."""
        self._cursor.execute(f"USE {quote(self._home)}.main")
        statements = self._cursor.extract_statements(self._sql)
        kinds = [statement.type.name for statement in statements]
        if kinds != ["SELECT"]:
            raise SegqlError([messages.access_refused()])
        return self._cursor.sql(statements[0])

    def run(self, work: Callable[[], _Result]) -> _Result:
        """Does some work on the cursor and waits for it, within what time is left."""
        import duckdb

        if self._stopped:
            raise SegqlError([messages.interrupted()])
        begun = monotonic()
        future = self._pool.submit(work)
        self._future = future
        try:
            return self._wait(future)
        except NotYet:
            self.end()
            fault = messages.out_of_time(self._seconds or 0)
        except (duckdb.Error, OSError, RuntimeError, ValueError) as error:
            stopped = self._stopped
            text = str(error)
            fault = (
                messages.interrupted() if stopped else self._explain(text, self._sql)
            )
        except BaseException:
            self.end()
            raise
        finally:
            if self._left is not None:
                self._left -= monotonic() - begun
        raise SegqlError([fault])  # outside, so that the driver's text stays behind

    def _wait(self, future: "Future[_Result]") -> _Result:
        end = None if self._left is None else monotonic() + self._left
        while True:
            tick = _TICK if end is None else min(_TICK, end - monotonic())
            try:
                return future.result(max(tick, 0))
            except NotYet:
                if future.done():
                    return future.result()
                if end is not None and monotonic() >= end:
                    raise
                if self._stopped:  # before the query had begun
                    self._cursor.interrupt()

    def stop(self) -> None:
        """Interrupts, from another thread."""
        self._stopped = True
        if not self._closed:
            self._cursor.interrupt()

    def end(self) -> None:
        """Interrupts until it has an effect: DuckDB forgets one that comes early."""
        self._stopped = True
        while self._future is not None and not self._future.done():
            self._cursor.interrupt()
            wait([self._future], 0.02)

    def close(self) -> None:
        if not self._closed:
            self.end()
            self._closed = True
            self._cursor.close()


class DuckDBRows:
    """An answer while it is computed; memory holds a few batches of it."""

    def __init__(self, query: Query, reader: Any) -> None:
        self._query = query
        self._reader = reader
        self.schema = reader.schema
        self.names: tuple[str, ...] = tuple(reader.schema.names)

    def __iter__(self) -> Iterator[Batch]:
        try:
            while (batch := self._query.run(self._next)) is not None:
                yield batch
        finally:
            self.close()

    def _next(self) -> Any:
        try:
            return self._reader.read_next_batch()
        except StopIteration:
            return None

    def close(self) -> None:
        self._reader.close()
        self._query.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
