"""A project file as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from segql.source import Source, Span

ALONE = "default"
"""What the connection of a file that has only one is called."""


@dataclass(frozen=True, slots=True)
class FilesFolder:
    """A folder, seen from the project file's."""

    folder: str


@dataclass(frozen=True, slots=True)
class PackageFolder:
    """A folder inside an installed Python package."""

    package: str
    folder: str


Files: TypeAlias = FilesFolder | PackageFolder


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a text is kept: in an environment variable, or in a file, never both."""

    env: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the data is: in files, in a database file, or on a server (`url`).

    `versions` pins lake tables among the files to a version, or a snapshot.
    """

    engine: str
    files: Files | None = None
    database: str | None = None
    url: str | Secret | None = None
    user: str | Secret | None = None
    password: Secret | None = None
    schema: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Levels:
    """How warnings are taken, by their codes: `off`, `warning` or `error`.

    `within` has pairs of a path, perhaps with `*` in it, and what holds there besides;
    of several that fit a file the last counts.
    """

    everywhere: Mapping[str, str] = field(default_factory=dict)
    within: tuple[tuple[str, Mapping[str, str]], ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A project file; paths are as written, seen from the file's folder.

    `connection` is the one that is taken where none is asked for. `spans` says where
    each entry stands, such as `("connection", "database")`.
    """

    catalog: str
    segments: str
    connection: Connection
    source: Source = field(default=Source("", "<project>"), compare=False, repr=False)
    spans: Mapping[tuple[str, ...], Span] = field(
        default_factory=dict, compare=False, repr=False
    )
    connections: Mapping[str, Connection] = field(default_factory=dict)
    levels: Levels = field(default_factory=Levels)
