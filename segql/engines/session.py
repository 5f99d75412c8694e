"""What an open warehouse of any engine does alike: ask, interrupt, close."""

import threading
import weakref
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Self, TypeVar

from segql.diagnostics import SegqlError
from segql.engines import Limits
from segql.engines.query import Query, Stream
from segql.messages import engine as messages

_Query = TypeVar("_Query", bound=Query)


class Session(ABC, Generic[_Query]):
    """The part of `segql.engines.Connection` that engines share."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(32, thread_name_prefix="segql")
        self._queries: weakref.WeakSet[_Query] = weakref.WeakSet()
        self._notes: dict[object, object] = {}
        self._lock = threading.Lock()
        self._closed = False

    @abstractmethod
    def _asked(self, sql: str) -> _Query:
        """A query that is yet to run, on a cursor of its own."""

    @abstractmethod
    def _reader(self, query: _Query) -> Any:
        """Runs it, in the thread: a `pyarrow.RecordBatchReader`, or one like it."""

    @property
    @abstractmethod
    def engine(self) -> str:
        """As `Connection` has it."""

    @abstractmethod
    def _release(self) -> None:
        """Closes what the session itself holds; no query is open by then."""

    @property
    def notes(self) -> dict[object, object]:
        return self._notes

    def execute(self, sql: str) -> Stream:
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            missing = messages.driver_missing("pyarrow")
        else:
            query = self._query(sql)
            try:
                return Stream(query, query.run(lambda: self._reader(query)))
            except BaseException:
                query.close()
                raise
        raise SegqlError([missing])

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        with self.execute(sql) as answer:
            for batch in answer:
                columns = [column.to_pylist() for column in batch.columns]
                found += zip(*columns, strict=True)
        return found

    def scalar(self, sql: str) -> object:
        [(value,)] = self.rows(sql)
        return value

    def plan(self, sql: str) -> str:
        raise SegqlError([messages.no_plan(self.engine)])

    def interrupt(self) -> None:
        for query in self._open():
            query.stop()

    def close(self) -> None:
        self._closed = True
        for query in self._open():
            query.close()
        self._pool.shutdown()
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> list[_Query]:
        with self._lock:
            return list(self._queries)

    def _query(self, sql: str) -> _Query:
        if self._closed:
            raise SegqlError([messages.connection_closed()])
        query = self._asked(sql)
        with self._lock:
            self._queries.add(query)
        return query
