"""The engines: a project's connection in, a way to ask its warehouse out.

What an engine must offer stands here, each engine in a file of its own. Drivers are
imported on connecting.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias

from segql.diagnostics import Diagnostic, SegqlError
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

    def plan(self, sql: str) -> str:
        """What the engine says that it would do for a query, in its own words."""

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


class Secret(Protocol):
    """A text that is kept outside the project file: in a variable or in a file."""

    @property
    def env(self) -> str | None: ...

    @property
    def file(self) -> str | None: ...


class Settings(Protocol):
    """One connection of a project file: files, or a database file, or a URL."""

    @property
    def engine(self) -> str: ...

    @property
    def files(self) -> Folder | None: ...

    @property
    def database(self) -> str | None: ...

    @property
    def url(self) -> str | Secret | None: ...

    @property
    def user(self) -> str | Secret | None: ...

    @property
    def password(self) -> Secret | None: ...

    @property
    def schema(self) -> str | None: ...

    @property
    def options(self) -> Mapping[str, str]: ...

    @property
    def versions(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is and who asks; the password is the text itself.

    The `url` holds neither a user nor a password. From `folder` an option's path is
    seen.
    """

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()


NO_LIMITS = Limits()
ENGINES: Mapping[str, str] = {
    "duckdb": "duckdb",
    "sqlite": "sqlite",
    "postgres": "postgres",
    "mariadb": "mariadb",
    "mysql": "mariadb",
    "clickhouse": "clickhouse",
    "spark": "spark",
}
"""An engine as a project file names it, and the module here that knows it."""


def connect(
    settings: Settings, base_folder: Path, limits: Limits = NO_LIMITS
) -> Connection:
    """Opens the warehouse that a connection names, seen from the project's folder.

    Raises:
        SegqlError: it can't be opened, or a secret that it needs is not there.
    """
    if settings.engine not in ENGINES:
        from segql.messages import connections as messages

        raise SegqlError([messages.unknown_engine(settings.engine, tuple(ENGINES))])
    place = None
    if settings.url is not None:
        from segql.engines.secrets import address

        place = address(settings, base_folder)
    engine: Any = import_module(f"segql.engines.{ENGINES[settings.engine]}")
    opened: Connection
    if place is not None:
        opened = engine.open_server(place, limits)
    elif settings.database is not None:
        opened = engine.open_database(settings.database, base_folder, limits)
    elif settings.files is not None:
        versions = settings.versions
        opened = engine.open_files(settings.files, base_folder, limits, versions)
    else:
        raise ValueError("neither files nor database nor url")
    return opened
