"""A project file as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from segql.source import Source, Span


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
class Connection:
    """Where the data is: in files or in a database, never both."""

    engine: str
    files: Files | None = None
    database: str | None = None


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A project file; paths are as written, seen from the file's folder.

    `spans` says where each entry stands, such as `("connection", "database")`.
    """

    catalog: str
    segments: str
    connection: Connection
    source: Source = field(default=Source("", "<project>"), compare=False, repr=False)
    spans: Mapping[tuple[str, ...], Span] = field(
        default_factory=dict, compare=False, repr=False
    )
