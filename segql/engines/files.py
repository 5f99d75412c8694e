"""A folder in, the tables that its files are out.

`<name>.parquet` and `<name>.csv` (also `.csv.gz`) are tables; so is a folder `<name>`
with Parquet files in it, at any depth. A name `a.b` is the table `b` of the schema
`a`. What starts with `.` or `_` is none of ours.
"""

import importlib.util
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from segql.diagnostics import Report
from segql.messages import engine as messages

Format: TypeAlias = Literal["Parquet", "CSV"]

_NAME = re.compile("[^.\ud800-\udfff]+([.][^.\ud800-\udfff]+)?")
_SUFFIXES: dict[str, Format] = {".parquet": "Parquet", ".csv": "CSV", ".csv.gz": "CSV"}


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of one table.

    `shown` is the path that messages name; `hive` says that folders such as
    `year=2025` hold further columns. There are no files where the system refuses to
    tell them.
    """

    name: str
    kind: Format
    shown: str
    files: tuple[Path, ...]
    hive: bool = False


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


def _entries(folder: Path) -> list[Path]:
    names = sorted(os.listdir(folder))
    return [folder / name for name in names if not name.startswith((".", "_"))]


def _table(entry: Path, root: Path, shown: str, report: Report) -> TableFiles | None:
    place = f"{shown}/{entry.name}"
    kind: Format
    folder = os.path.isdir(entry)  # which, unlike Path's, never raises
    if folder:
        stem, kind = entry.name, "Parquet"
    else:
        suffix = next((s for s in _SUFFIXES if entry.name.lower().endswith(s)), None)
        if suffix is None:
            return None
        stem, kind = entry.name[: -len(suffix)], _SUFFIXES[suffix]
    if not _NAME.fullmatch(stem):
        return None
    name = unicodedata.normalize("NFC", stem)
    inside = entry.resolve().is_relative_to(root)
    try:
        if folder:
            files = _parts(entry, root, place, report) if inside else ()
            inside = inside or not _has_parts(entry)
        else:
            files = (entry.resolve(),)
    except OSError:
        return TableFiles(name, kind, place, ())
    if not inside:
        report.add(messages.link_outside(place))
    if not files or not inside:
        return None
    hive = any("=" in str(file.parent.relative_to(root)) for file in files)
    return TableFiles(name, kind, place, files, hive)


def _parts(folder: Path, root: Path, shown: str, report: Report) -> tuple[Path, ...]:
    """The Parquet files in and below a folder."""
    parts: list[Path] = []
    for entry in _entries(folder):
        place = f"{shown}/{entry.name}"
        if entry.is_symlink() and (
            entry.is_dir() or not entry.resolve().is_relative_to(root)
        ):
            report.add(messages.link_outside(place))
        elif entry.is_dir():
            parts += _parts(entry, root, place, report)
        elif entry.name.lower().endswith(".parquet"):
            parts.append(entry.resolve())
    return tuple(parts)


def _has_parts(folder: Path) -> bool:
    return any(entry.name.lower().endswith(".parquet") for entry in _entries(folder))
