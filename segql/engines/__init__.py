"""The engines: a project's connection in, a way to ask its warehouse out.

What an engine must offer stands here, each engine in a file of its own. Drivers are
imported on connecting.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

from segql.diagnostics import Diagnostic
from segql.engines.shape import Shape

Tables: TypeAlias = Mapping[str, Mapping[str, str]]
"""Table (or `schema.table`) → column → the engine's type, in the engine's order."""


class Batch(Protocol):
    """What is used of a `pyarrow.RecordBatch`."""

    @property
    def num_rows(self) -> int: ...

    @property
    def columns(self) -> list[Any]: ...

    def to_pydict(self) -> dict[str, list[object]]: ...

    def to_pylist(self) -> list[dict[str, object]]: ...


class Rows(Protocol):
    """The answer to a query, read batch by batch, once."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def schema(self) -> Any:
        """The `pyarrow.Schema` of every batch."""

    def __iter__(self) -> Iterator[Batch]: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Connection(Protocol):
    """An open warehouse, for reading only.

    Whatever goes wrong is raised as `SegqlError`, without any cell's content. Ctrl-C
    stops the running query and is raised as `KeyboardInterrupt`; the connection
    stays usable.
    """

    @property
    def engine(self) -> str:
        """The engine's name as a person writes it, and its version."""

    @property
    def dialect(self) -> str:
        """The dialect of SQL that it is asked in, one of `segql.DIALECTS`."""

    def execute(self, sql: str) -> Rows:
        """One query, as Arrow batches while it runs. Needs pyarrow."""

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """One query with a small answer, as Python values."""

    def scalar(self, sql: str) -> object:
        """The single value of a query with one row and one column."""

    def tables(self) -> Tables:
        """All tables and views; what can't be read is not among them."""

    def shape(self, engine_type: str) -> Shape:
        """One of the engine's types as a tree."""

    def unique(self, table: str) -> Sequence[frozenset[str]]:
        """The sets of columns that the engine itself keeps unique and known."""

    @property
    def unreadable(self) -> Mapping[str, Diagnostic]:
        """Tables that are there, in small letters, and why they can't be read."""

    @property
    def notes(self) -> dict[object, object]:
        """What was found out about the data, for as long as the connection lives."""

    def interrupt(self) -> None:
        """Stops all running queries; for another thread."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What queries may use; None leaves it to the engine.

    `seconds` is for one query, without the time that its reader takes; `memory` is
    a text such as `4GB`.
    """

    seconds: float | None = None
    memory: str | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.memory and not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", self.memory):
            raise ValueError(f"not a size such as 4GB: {self.memory}")


class Folder(Protocol):
    """A folder, perhaps inside an installed Python package (a `package` too)."""

    @property
    def folder(self) -> str: ...


class Settings(Protocol):
    """The `connection` of a project file."""

    @property
    def engine(self) -> str: ...

    @property
    def files(self) -> Folder | None: ...

    @property
    def database(self) -> str | None: ...


NO_LIMITS = Limits()


def connect(
    settings: Settings, base_folder: Path, limits: Limits = NO_LIMITS
) -> Connection:
    """Opens the warehouse that a project file names, seen from its folder."""
    from segql.engines import duckdb

    if settings.database is not None:
        return duckdb.open_database(settings.database, base_folder, limits)
    if settings.files is None:
        raise ValueError("neither files nor database")
    return duckdb.open_files(settings.files, base_folder, limits)
