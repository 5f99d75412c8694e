"""One query of Spark in, its answer out, in Arrow batches."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from segql.diagnostics import Diagnostic
from segql.engines.query import Query
from segql.engines.spark_faults import is_of_driver, silently

_Result = TypeVar("_Result")


class Driver(Protocol):
    """What classic Spark and Spark Connect do each in their own way."""

    @property
    def session(self) -> Any:
        """The `SparkSession`."""

    def batches(self, frame: Any) -> Any:
        """Runs a data frame; what comes is like a `pyarrow.RecordBatchReader`."""

    def tag(self, tag: str) -> None:
        """Marks the jobs that this thread begins from now on."""

    def untag(self, tag: str) -> None: ...

    def interrupt(self, tag: str) -> None:
        """Stops the jobs that are so marked; for another thread."""

    def close(self) -> None: ...


class SparkQuery(Query):
    """One query, known to the cluster by a tag of its own."""

    def __init__(
        self,
        driver: Driver,
        sql: str,
        pool: ThreadPoolExecutor,
        seconds: float | None,
        fault: Callable[[Exception, str], Diagnostic],
    ) -> None:
        super().__init__(pool, seconds)
        self._driver = driver
        self._sql = sql
        self._fault = fault
        self._tag = f"segql-{uuid4().hex}"

    def answer(self) -> Any:
        """Runs in the thread."""
        return self.tagged(lambda: self._driver.batches(self.frame()))

    def frame(self) -> Any:
        """The query as a data frame: in brackets nothing but a query can be read."""
        return self._driver.session.sql(f"SELECT * FROM (\n{self._sql}\n)")

    def tagged(self, work: Callable[[], _Result]) -> _Result:
        """Does work whose jobs `cancel` reaches. Runs in the thread."""
        with silently():
            self._driver.tag(self._tag)
            try:
                return work()
            finally:
                with suppress(Exception):
                    self._driver.untag(self._tag)

    def cancel(self) -> None:
        with silently(), suppress(Exception):
            self._driver.interrupt(self._tag)

    def explain(self, error: Exception) -> Diagnostic | None:
        with silently():
            return self._fault(error, self._sql) if is_of_driver(error) else None

    def release(self) -> None:
        pass
