"""Work on a driver: done in a thread, so that Ctrl-C and a time limit reach it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as NotYet
from time import monotonic
from typing import Any, Self, TypeVar

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines import Batch
from segql.messages import engine as messages

_Result = TypeVar("_Result")

_TICK = 0.5
_AGAIN = 0.02
"""How soon a running query is cancelled once more, in seconds."""


class Query(ABC):
    """One query, and the pieces of work that it takes.

    An engine says how to cancel it from another thread, what one of its driver's
    errors means, and how to let go of what the query holds.
    """

    def __init__(self, pool: ThreadPoolExecutor, seconds: float | None) -> None:
        self._pool = pool
        self._seconds = self._left = seconds
        self._stopped = False
        self._closed = False
        self._future: Future[Any] | None = None

    @abstractmethod
    def cancel(self) -> None:
        """Asks the engine to stop; may be called again, and when nothing runs."""

    @abstractmethod
    def explain(self, error: Exception) -> Diagnostic | None:
        """What an error of the driver means; None if it is not one of the driver's."""

    @abstractmethod
    def release(self) -> None:
        """Gives back the cursor, or the server's connection."""

    def run(self, work: Callable[[], _Result]) -> _Result:
        """Does some work on the driver and waits for it, within what time is left.

        Raises:
            SegqlError: the engine failed, the time is up, or `stop` was called. The
                driver's own error is not chained to it: its text may quote data.
            KeyboardInterrupt: Ctrl-C; the query has been cancelled by then.
        """
        if self._stopped:
            raise SegqlError([messages.interrupted()])
        begun = monotonic()
        future = self._pool.submit(work)
        self._future = future
        try:
            return self._wait(future)
        except NotYet:
            self.end()
            fault: Diagnostic | None = messages.out_of_time(self._seconds or 0)
        except SegqlError:
            raise
        except Exception as error:
            fault = self.explain(error)
            if fault is None:
                raise
            if self._stopped:
                fault = messages.interrupted()
        except BaseException:
            self.end()
            raise
        finally:
            if self._left is not None:
                self._left -= monotonic() - begun
        assert fault is not None
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
                    self.cancel()

    def stop(self) -> None:
        """Cancels, from another thread."""
        self._stopped = True
        if not self._closed:
            self.cancel()

    def end(self) -> None:
        """Cancels until it has an effect: one that comes too early is forgotten."""
        self._stopped = True
        while self._future is not None and not self._future.done():
            self.cancel()
            wait([self._future], _AGAIN)

    def close(self) -> None:
        if not self._closed:
            self.end()
            self._closed = True
            self.release()


class Stream:
    """An answer while it is computed; memory holds a few batches of it.

    `reader` is a `pyarrow.RecordBatchReader`, or whatever has its `schema`,
    `read_next_batch` and `close`.
    """

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
        self._query.end()
        self._reader.close()
        self._query.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
