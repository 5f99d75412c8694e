"""The folder of a lake table in, the files that its log counts out.

A log tells which of the files in the folder belong to a version of the table, and
which values a partition has. What it names elsewhere is not read.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from segql.diagnostics import SegqlError
from segql.engines.files import Part, TableFiles
from segql.engines.partitions import Values
from segql.messages import engine as engine_messages
from segql.messages import parts as messages

Version: TypeAlias = "int | None"
"""A version of a Delta table, a snapshot of an Iceberg table; None is the newest."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The columns of a table and their types, as DuckDB names these.

    `partitions` are those whose values the log tells. `ids` says under which number a
    column stands in the files, where it is not its name that counts; `inner` are the
    names of fields inside columns by their numbers.
    """

    columns: Mapping[str, str]
    partitions: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, int] = field(default_factory=dict)
    inner: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LakeFiles(TableFiles):
    declared: Declared = field(default_factory=lambda: Declared({}))


def opened(table: TableFiles, version: Version = None) -> TableFiles:
    """A lake table with its files; any other as it is."""
    if table.folder is None:
        return table
    try:
        return _READERS[table.kind](table, version)
    except SegqlError as error:
        return replace(table, fault=error.diagnostics[0])


def _delta(table: TableFiles, version: Version) -> TableFiles:
    from segql.engines.lake_delta import read_delta

    return read_delta(table, version)


def _iceberg(table: TableFiles, version: Version) -> TableFiles:
    from segql.engines.lake_iceberg import read_iceberg

    return read_iceberg(table, version)


def _hudi(table: TableFiles, version: Version) -> TableFiles:
    what = "is of a format that segql doesn't read"
    raise unsupported(table, what, "Delta and Iceberg tables can be read")


_READERS: Mapping[str, Callable[[TableFiles, Version], TableFiles]] = {
    "Delta": _delta,
    "Iceberg": _iceberg,
    "Hudi": _hudi,
}


# For the readers of logs.


def unsupported(table: TableFiles, what: str, help: str) -> SegqlError:
    fault = messages.lake_unsupported(table.shown, table.kind, what, help)
    return SegqlError([fault])


def broken(table: TableFiles) -> SegqlError:
    return SegqlError([messages.lake_broken(table.shown, table.kind)])


def driver_missing(package: str) -> SegqlError:
    return SegqlError([engine_messages.driver_missing(package)])


def no_version(table: TableFiles, version: int) -> SegqlError:
    return SegqlError([messages.no_version(table.shown, table.kind, version)])


def part_of(table: TableFiles, path: str, values: Values) -> Part:
    """A file that a log names, which must lie in the table's folder."""
    assert table.folder is not None
    try:
        found = Path(os.path.join(table.folder, path)).resolve()
    except (OSError, ValueError):
        raise broken(table) from None
    if not found.is_relative_to(table.folder):
        what = "counts files that lie outside of its folder"
        raise unsupported(table, what, "write it again, as a copy of its own")
    shown = f"{table.shown}/{found.relative_to(table.folder)}"
    return Part(found, shown, values)
