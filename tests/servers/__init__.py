"""The engines that the tests run on: which there are, which are here, and why not.

Each stands in a file of its own, with

    HOLDS: Holds                        what its tables can hold as it is
    def missing() -> str | None         why it cannot run here
    def start(folder: Path) -> Warehouse

`start` installs nothing; what it starts ends with `close`. A new engine is one file
and one line in `NAMES`.
"""

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import pyarrow as pa

from segql.engines import Connection
from segql.sql.dialects import PROVEN

NAMES = {
    "duckdb": ("DuckDB", "duckdb"),
    "sqlite": ("SQLite", "sqlite"),
    "postgres": ("PostgreSQL", "postgres"),
    "mariadb": ("MariaDB", "mariadb"),
    "clickhouse": ("ClickHouse", "clickhouse"),
    "spark": ("Spark", "spark"),
}
"""What people call each engine, and the dialect that it is asked in."""
ENGINES = tuple(NAMES)


@dataclass(frozen=True, slots=True)
class Holds:
    """What the tables of an engine can hold; all else is changed on the way in.

    What is changed is changed for the reference too: it sees the rows that were loaded.

    - `lists`: "known" where a list can't be missing (it is empty then), "none" where
      there are no lists: they become JSON.
    - `structs`: else each field becomes a column of its own.
    - `instants`: else they become wall times in UTC, and the catalog says so.
    - `nan`, `infinity`: else such cells are missing.
    - `days`, `times`: first and last year of dates, and of timestamps; other cells
      move to the nearest such year.
    """

    lists: Literal["all", "known", "none"] = "all"
    structs: bool = True
    instants: bool = True
    nan: bool = True
    infinity: bool = True
    days: tuple[int, int] = (1, 9999)
    times: tuple[int, int] = (1, 9999)


EVERYTHING = Holds()


class Warehouse(Protocol):
    """A running engine with a database of the tests in it."""

    dialect: str

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        """Puts tables in place of any of the same names (`schema.table` too).

        Their types are string, bool, int8 to int64, uint8, decimal128, float64,
        date32, timestamp[us] (instants with the zone "UTC", wall times without one),
        and, where the engine `HOLDS` them, lists and structs of these.
        """

    @property
    def connection(self) -> Connection:
        """segql's own connection to it, which reads only.

        What it noted and cached of tables is forgotten once `load` has replaced some;
        where a new one costs little, it is a new one.
        """

    def close(self) -> None: ...


def module(engine: str) -> Any:
    return importlib.import_module(f"servers.{engine}")


def missing(engine: str) -> str | None:
    """Why an engine cannot run here; None where it can."""
    if not Path(__file__).with_name(f"{engine}.py").exists():
        return "no test server is written for it"
    return module(engine).missing()


def proven() -> tuple[str, ...]:
    """The engines whose dialect is said to be proven: by running on them."""
    return tuple(name for name, (_, dialect) in NAMES.items() if dialect in PROVEN)


def present() -> tuple[str, ...]:
    """The engines to run on; those that `SEGQL_ENGINES` names must all be here."""
    named = os.environ.get("SEGQL_ENGINES", "")
    if not named:
        return tuple(engine for engine in proven() if missing(engine) is None)
    chosen = tuple(named.split(","))
    for engine in chosen:
        if engine not in ENGINES:
            raise RuntimeError(f"SEGQL_ENGINES: no engine is called {engine}")
        if reason := missing(engine):
            raise RuntimeError(f"SEGQL_ENGINES: {engine} cannot run here: {reason}")
    return chosen


def holds(engine: str) -> Holds:
    return getattr(module(engine), "HOLDS", EVERYTHING)
