"""A folder in, the tables that its files are out.

`<name>.parquet`, `<name>.csv` and `<name>.json` (also `.jsonl`, `.ndjson`; text also
with `.gz`) are tables; so is a folder `<name>` with such files in it, at any depth,
all of one format, and the folder of a lake table. A name `a.b` is the table `b` of
the schema `a`. What starts with `.` or `_` is none of ours.
"""

import importlib.util
import os
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from segql.diagnostics import Diagnostic, Report
from segql.engines.partitions import Values, partition
from segql.messages import engine as messages
from segql.messages import parts as part_messages

Format: TypeAlias = Literal["Parquet", "CSV", "JSON", "Delta", "Iceberg", "Hudi"]

_NAME = re.compile("[^.\ud800-\udfff]+([.][^.\ud800-\udfff]+)?")
_TEXTS: dict[str, Format] = {
    ".csv": "CSV",
    ".json": "JSON",
    ".jsonl": "JSON",
    ".ndjson": "JSON",
}
_SUFFIXES: dict[str, Format] = {
    ".parquet": "Parquet",
    **_TEXTS,
    **{f"{suffix}.gz": kind for suffix, kind in _TEXTS.items()},
}
_LAKES: tuple[tuple[str, str, Format], ...] = (
    ("_delta_log", "", "Delta"),
    ("metadata", ".metadata.json", "Iceberg"),
    (".hoodie", "", "Hudi"),
)
"""The folder that a lake table has, and how a name in it ends."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a table, and the values of the partition that it belongs to."""

    path: Path
    shown: str
    values: Values = ()


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of one table; `shown` is the path that messages name.

    There are no parts where the system refuses to tell them. `fault` is what else
    keeps the table from being read. `folder` is where the files of a lake table lie,
    which its log is yet to tell.
    """

    name: str
    kind: Format
    shown: str
    parts: tuple[Part, ...] = ()
    fault: Diagnostic | None = None
    folder: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(part.path for part in self.parts)

    @property
    def hive(self) -> bool:
        """Whether folders such as `year=2025` hold further columns."""
        return any(part.values for part in self.parts)


def packaged_folder(package: str, folder: str, report: Report) -> Path | None:
    """The folder inside an installed package, which is not imported."""
    root = package.split(".")[0]
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        report.add(messages.package_missing(package))
        return None
    found = Path(places[0], *package.split(".")[1:], folder)
    if not found.is_dir():
        report.add(messages.folder_missing(f"{package}: {folder}"))
        return None
    return found


def tables_in(folder: Path, shown: str, report: Report) -> tuple[TableFiles, ...]:
    """The tables of a folder that exists, in the order of their names."""
    root = folder.resolve()
    found: dict[str, TableFiles] = {}
    try:
        if kind := lake(root):
            report.add(part_messages.folder_is_table(shown, kind))
            return ()
        entries = _entries(root)
    except OSError:
        report.add(messages.no_permission(shown))
        return ()
    for entry in entries:
        table = _table(entry, root, shown, report)
        if table is None:
            continue
        other = found.setdefault(fold(table.name), table)
        if other is not table:
            report.add(messages.two_files(table.name, other.shown, table.shown))
    if not found and report.ok:
        report.add(messages.folder_without_tables(shown))
    return tuple(found.values())


def fold(name: str) -> str:
    """A name as DuckDB compares it: ASCII's capital letters are small ones."""
    return (
        name.encode(errors="surrogateescape").lower().decode(errors="surrogateescape")
    )


def lake(folder: Path) -> Format | None:
    """Which lake table a folder is, if it is one; raises `OSError`."""
    names = set(os.listdir(folder))
    for inner, suffix, kind in _LAKES:
        if inner in names and (folder / inner).is_dir():
            within = os.listdir(folder / inner) if suffix else [""]
            if any(name.endswith(suffix) for name in within):
                return kind
    return None


def _entries(folder: Path) -> list[Path]:
    """What counts in a folder; a partition may be called `_day=…`."""
    return [
        folder / name
        for name in sorted(os.listdir(folder))
        if not name.startswith(".") and (not name.startswith("_") or "=" in name)
    ]


def _suffix(name: str) -> str | None:
    low = name.lower()
    return next((suffix for suffix in _SUFFIXES if low.endswith(suffix)), None)


def _table(entry: Path, root: Path, shown: str, report: Report) -> TableFiles | None:
    place = f"{shown}/{entry.name}"
    folder = os.path.isdir(entry)  # which, unlike Path's, never raises
    suffix = "" if folder else _suffix(entry.name)
    if suffix is None or (entry.name.startswith("_") and not folder):
        return None
    stem = entry.name[: len(entry.name) - len(suffix)]
    if not _NAME.fullmatch(stem):
        return None
    table = TableFiles(
        unicodedata.normalize("NFC", stem), _SUFFIXES.get(suffix, "Parquet"), place
    )
    inside = entry.resolve().is_relative_to(root)
    try:
        if not folder:
            table = replace(table, parts=(Part(entry.resolve(), place),))
        elif kind := lake(entry):
            table = replace(table, kind=kind, folder=entry.resolve())
        else:
            table = _of_parts(table, entry, root, report, inside)
            inside = inside or not (table.parts or table.fault)
    except OSError:
        return table
    if not inside:
        report.add(messages.link_outside(place))
        return None
    return table if table.parts or table.fault or table.folder else None


def _of_parts(
    table: TableFiles, folder: Path, root: Path, report: Report, inside: bool
) -> TableFiles:
    """A table whose parts lie in and below a folder."""
    search = _Search(root, report if inside else Report())
    search.folder(folder, table.shown, ())
    if not search.parts:
        return replace(table, fault=search.fault)
    kinds = {_SUFFIXES[_suffix(part.shown) or ""]: part for part in search.parts}
    fault = search.fault
    if len(kinds) > 1:
        first, second, *_ = kinds.values()
        fault = part_messages.formats_mixed(table.shown, first.shown, second.shown)
    first = search.parts[0]
    keys = {key for key, _ in first.values}
    for part in search.parts:
        if {key for key, _ in part.values} != keys:
            fault = part_messages.partitions_differ(
                table.shown, first.shown, part.shown
            )
            break
    kind = next(iter(kinds))
    return replace(table, kind=kind, parts=tuple(search.parts), fault=fault)


class _Search:
    """Looks for the parts of one table."""

    def __init__(self, root: Path, report: Report) -> None:
        self.root = root
        self.report = report
        self.parts: list[Part] = []
        self.fault: Diagnostic | None = None

    def folder(self, folder: Path, shown: str, values: Values) -> None:
        for entry in _entries(folder):
            place = f"{shown}/{entry.name}"
            if entry.is_symlink() and (
                entry.is_dir() or not entry.resolve().is_relative_to(self.root)
            ):
                self.report.add(messages.link_outside(place))
            elif entry.is_dir():
                if kind := lake(entry):
                    self.fault = part_messages.table_inside(place, kind)
                self.folder(entry, place, partition(entry.name, values))
            elif _suffix(entry.name) and not entry.name.startswith("_"):
                self.parts.append(Part(entry.resolve(), place, values))
