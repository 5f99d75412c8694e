"""An engine that runs: tables in, the answers to many queries out."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from adapted import Adapted
from warehouse_of import Tables, Types, arrow_table, column_types

import servers
from segql.catalog.nodes import Catalog
from segql.diagnostics import SegqlError
from segql.engines import Connection

Answer: TypeAlias = list[tuple[Any, ...]] | SegqlError

_TOGETHER: Mapping[str, int] = {"spark": 12}
"""How many queries an engine is asked at once, where each alone costs much."""
_NOBODY = object()


class Running:
    """One engine with its server, shared by all tests of a process."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.holds = servers.holds(name)
        self.warehouse = servers.module(name).start(folder)
        self.dialect: str = self.warehouse.dialect
        self.holder: object = _NOBODY
        self.seconds = 0.0

    @property
    def connection(self) -> Connection:
        return self.warehouse.connection

    def adapted(self, catalog: Catalog) -> Adapted:
        return Adapted(catalog, self.holds)

    def load(self, catalog: Catalog, tables: Tables, types: Types) -> None:
        """Brings in tables of an adapted catalog, in place of those of their names."""
        known = column_types(catalog, tables)
        known.update(types)
        self.warehouse.load(
            {name: arrow_table(name, rows, known) for name, rows in tables.items()}
        )

    def ask(self, queries: Sequence[str]) -> list[Answer]:
        """The answer to each query, or what the engine said instead."""
        begun = time.monotonic()
        size = _TOGETHER.get(self.name, 1)
        found: list[Answer] = []
        for start in range(0, len(queries), size):
            found += self._batch(queries[start : start + size])
        self.seconds += time.monotonic() - begun
        return found

    def _batch(self, queries: Sequence[str]) -> list[Answer]:
        if len(queries) == 1:
            return [self._one(queries[0])]
        whole = " UNION ALL ".join(
            f"SELECT {number} AS number, q{number}.* FROM ({sql}) AS q{number}"
            for number, sql in enumerate(queries)
        )
        rows = self._one(whole)
        if isinstance(rows, SegqlError):
            return [self._one(sql) for sql in queries]
        found: list[Answer] = [[] for _ in queries]
        for number, *cells in rows:
            answer = found[number]
            assert isinstance(answer, list)
            answer.append(tuple(cells))
        return found

    def _one(self, sql: str) -> Answer:
        try:
            return self.connection.rows(sql)
        except SegqlError as error:
            return error

    def close(self) -> None:
        self.warehouse.close()


class Engines:
    """The engines of a process, each started when it is first asked for."""

    def __init__(self, folder: Callable[[str], Path]) -> None:
        self._folder = folder
        self._started: dict[str, Running | Exception] = {}

    def __call__(self, name: str) -> Running:
        if name not in self._started:
            try:
                self._started[name] = Running(name, self._folder(name))
            except Exception as error:
                self._started[name] = error
        found = self._started[name]
        if isinstance(found, Exception):
            raise RuntimeError(f"{name} did not start") from found
        return found

    def end(self, name: str) -> None:
        """Ends one; who asks for it again gets a new one."""
        if isinstance(found := self._started.pop(name, None), Running):
            found.close()

    def close(self) -> None:
        for name in list(self._started):
            self.end(name)
