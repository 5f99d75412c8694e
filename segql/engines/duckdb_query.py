"""One query on a cursor of DuckDB in, its answer out, as values or as batches."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from segql.diagnostics import Diagnostic, SegqlError
from segql.engines.duckdb_text import quote
from segql.engines.query import Query
from segql.messages import engine as messages


class DuckDBQuery(Query):
    """One query; `home` is the database whose tables it reads.

    `fault` tells what a message of the driver means for it.
    """

    def __init__(
        self,
        cursor: Any,
        sql: str,
        home: str,
        pool: ThreadPoolExecutor,
        seconds: float | None,
        fault: Callable[[str, str], Diagnostic],
    ) -> None:
        super().__init__(pool, seconds)
        self._cursor = cursor
        self._sql = sql
        self._home = home
        self._fault = fault

    def answer(self) -> Any:
        """The query, checked to be one, not yet run. Runs in the thread."""
        return self._cursor.sql(self._checked())

    def plan(self) -> str:
        """What it would do, as the engine draws it. Runs in the thread."""
        self._cursor.execute(f"EXPLAIN {self._checked().query}")
        return "\n".join(str(text) for _, text in self._cursor.fetchall()).strip()

    def _checked(self) -> Any:
        self._cursor.execute(f"USE {quote(self._home)}.main")
        statements = self._cursor.extract_statements(self._sql)
        kinds = [statement.type.name for statement in statements]
        if kinds != ["SELECT"]:
            raise SegqlError([messages.access_refused()])
        return statements[0]

    def cancel(self) -> None:
        self._cursor.interrupt()

    def explain(self, error: Exception) -> Diagnostic | None:
        import duckdb

        if isinstance(error, duckdb.Error | OSError | RuntimeError | ValueError):
            return self._fault(str(error), self._sql)
        return None

    def release(self) -> None:
        self._cursor.close()
