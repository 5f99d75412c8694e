"""How the files of a table are read, as groups of files that are read alike, in; the
query that reads them all out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segql.diagnostics import Diagnostic
from segql.engines.duckdb_text import literal, paths, quote
from segql.engines.files import Part, TableFiles, fold
from segql.engines.partitions import Values, as_hive, types
from segql.messages import engine as messages

_FILES = quote("the files")


@dataclass(frozen=True, slots=True)
class Group:
    """Files that one call reads; `columns` are those of the files, with their types.

    `by_folder`: the call may find out itself what partitions the folders are.
    """

    parts: tuple[Part, ...]
    function: str
    options: str
    columns: Mapping[str, str]
    by_folder: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """All groups of a table, and its columns: what a group lacks is missing.

    `partitions` are the types of the partitions' columns, if not their values decide.
    """

    groups: tuple[Group, ...]
    columns: Mapping[str, str]
    partitions: Mapping[str, str] = field(default_factory=dict)


def view_of(reading: Reading) -> str:
    """The query that reads a table, for a view over it."""
    parts = [part for group in reading.groups for part in group.parts]
    keys = {**types(part.values for part in parts), **reading.partitions}
    hidden = set(map(fold, keys))
    columns = {n: t for n, t in reading.columns.items() if fold(n) not in hidden}
    if not reading.groups:
        none = [_constant(None, n, t) for n, t in reading.columns.items()]
        return f"SELECT {', '.join(none)} WHERE false"
    return " UNION ALL ".join(
        select for group in reading.groups for select in _selects(group, columns, keys)
    )


def _selects(
    group: Group, columns: Mapping[str, str], keys: Mapping[str, str]
) -> Iterable[str]:
    """What reads a group: at once where its folders tell what is in them, as DuckDB
    then passes over whole folders; otherwise partition by partition."""
    read = _columns(group, columns)
    if group.by_folder and all(as_hive(part.path, part.values) for part in group.parts):
        if keys:
            known = ", ".join(f"{literal(k)}: {t}" for k, t in keys.items())
            hive = (
                f"hive_partitioning = true, hive_types = {{{known}}},"
                " hive_types_autocast = false"
            )
        else:
            hive = "hive_partitioning = false"
        yield _select([*read, *map(quote, keys)], group, group.parts, hive)
        return
    found: dict[Values, list[Part]] = {}
    for part in group.parts:
        found.setdefault(part.values, []).append(part)
    for values, parts in found.items():
        own = dict(values)
        fixed = [_constant(own.get(key), key, type) for key, type in keys.items()]
        hive = "hive_partitioning = false" if group.by_folder else ""
        yield _select([*read, *fixed], group, parts, hive)


def _columns(group: Group, columns: Mapping[str, str]) -> list[str]:
    """Each column as its type, even if its file is written anew meanwhile."""
    stored = {fold(name): f"{_FILES}.{quote(name)}" for name in group.columns}
    return [
        f"{stored.get(fold(name), 'NULL')}::{type} AS {quote(name)}"
        for name, type in columns.items()
    ]


def _constant(value: str | None, key: str, type: str) -> str:
    text = "NULL" if value is None else literal(value)
    return f"{text}::{type} AS {quote(key)}"


def _select(
    columns: Sequence[str], group: Group, parts: Sequence[Part], hive: str
) -> str:
    files = paths(part.path for part in parts)
    options = ", ".join(filter(None, (group.options, hive)))
    call = f"{group.function}({files}, {options})"
    return f"SELECT {', '.join(columns)} FROM {call} {_FILES}"


def unreadable(table: TableFiles, part: Part | None = None) -> Diagnostic:
    """What is said of a file that can't be read."""
    if part is None:
        return messages.file_unreadable(table.shown, table.kind)
    if not _may_be_read(part.path):
        return messages.no_permission(part.shown)
    return messages.file_unreadable(part.shown, table.kind)


def _may_be_read(file: Path) -> bool:
    try:
        file.open("rb").close()
    except PermissionError:
        return False
    except OSError:
        pass
    return True
