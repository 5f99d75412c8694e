"""CSV files in, how DuckDB reads them out.

DuckDB decides once, having looked at all of each file. So the types are the same on
each run, no line is skipped, and the queries need not look again. Several files are
read as if they were one. Only quoted text can be empty; an empty cell is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from segql.diagnostics import SegqlError
from segql.engines.duckdb_reading import Group, Reading, unreadable
from segql.engines.duckdb_text import literal, pattern, quote
from segql.engines.files import Part, TableFiles, fold
from segql.engines.gzipped import compression, ends_early

_STRICT = (
    "header = true, skip = 0, quote = '\"', escape = '\"', comment = '',"
    " null_padding = false, ignore_errors = false, allow_quoted_nulls = false"
)
_TIMES = ("DATE", "TIMESTAMP")
_TEXT = "VARCHAR"


@dataclass(frozen=True, slots=True)
class _File:
    """A file, and what it looks like."""

    part: Part
    delimiter: str
    newline: str
    formats: tuple[str | None, str | None]
    columns: tuple[tuple[str, str], ...]

    def options(self, columns: Sequence[tuple[str, str]]) -> str:
        types = ", ".join(f"{literal(n)}: {literal(t)}" for n, t in columns)
        options = [
            _STRICT,
            "auto_detect = false",
            f"delim = {literal(self.delimiter)}",
            f"columns = {{{types}}}",
            *compression(self.part.path),
        ]
        if self.newline in ("\\n", "\\r\\n", "\\r"):
            options.append(f"new_line = {literal(self.newline)}")
        return ", ".join([*options, *_formats(self.formats)])


def read_csv(root: Any, table: TableFiles) -> Reading:
    """Raises what the engine does, or `SegqlError` with the file that it is about."""
    import duckdb

    files = []
    for part in table.parts:
        if len(table.parts) > 1 and not part.path.stat().st_size:
            continue  # no columns, and no rows
        try:
            if ends_early(part.path):
                raise SegqlError([unreadable(table, part)])
            files.append(_look(root, part))
        except (duckdb.Error, UnicodeError):
            raise SegqlError([unreadable(table, part)]) from None
    if not files:
        raise SegqlError([unreadable(table, table.parts[0])])
    files = _one_format(root, files)
    types = _types(root, files)
    groups: dict[str, list[Part]] = {}
    columns: dict[str, dict[str, str]] = {}
    for file in files:
        own = {name: types[fold(name)][1] for name, _ in file.columns}
        options = file.options([*own.items()])
        groups.setdefault(options, []).append(file.part)
        columns[options] = own
    return Reading(
        tuple(
            Group(tuple(parts), "read_csv", options, columns[options])
            for options, parts in groups.items()
        ),
        dict(types.values()),
    )


def _look(root: Any, part: Part, formats: Sequence[str] = ()) -> _File:
    options = [_STRICT, "sample_size = -1", *compression(part.path), *formats]
    [(delimiter, newline, columns, date, timestamp)] = root.execute(
        "SELECT Delimiter, NewLineDelimiter, Columns, DateFormat, TimestampFormat"
        f" FROM sniff_csv({literal(pattern(part.path))}, {', '.join(options)})"
    ).fetchall()
    return _File(
        part,
        delimiter,
        newline,
        (date and str(date), timestamp and str(timestamp)),
        tuple((column["name"], column["type"]) for column in columns),
    )


def _formats(formats: tuple[str | None, str | None]) -> list[str]:
    names = ("dateformat", "timestampformat")
    return [
        f"{name} = {literal(format)}"
        for name, format in zip(names, formats, strict=True)
        if format
    ]


def _one_format(root: Any, files: list[_File]) -> list[_File]:
    """The files with one way to write dates: `05.03.2026` alone doesn't tell which.

    Where no way is that of all, their dates are text.
    """
    dated = [file for file in files if _has_times(file)]
    found = list(dict.fromkeys(file.formats for file in dated))
    if len(found) < 2:
        return files
    for formats in found:
        again = {file.part: _look(root, file.part, _formats(formats)) for file in dated}
        if all(again[file.part].columns == file.columns for file in dated):
            return [again.get(file.part, file) for file in files]
    return [
        _File(
            file.part,
            file.delimiter,
            file.newline,
            (None, None),
            tuple((name, _TEXT if _is_time(t) else t) for name, t in file.columns),
        )
        for file in files
    ]


def _types(root: Any, files: Sequence[_File]) -> dict[str, tuple[str, str]]:
    """Each column's name and type, by its name in small letters."""
    found: dict[str, tuple[str, dict[str, list[_File]]]] = {}
    for file in files:
        for name, type in file.columns:
            _, types = found.setdefault(fold(name), (name, {}))
            types.setdefault(type, []).append(file)
    return {
        key: (name, _type(root, key, types)) for key, (name, types) in found.items()
    }


def _type(root: Any, column: str, types: dict[str, list[_File]]) -> str:
    """The one type that the cells of all files have."""
    if len(types) > 1 and all(_is_empty(root, f, column) for f in types.get(_TEXT, ())):
        types = {type: files for type, files in types.items() if type != _TEXT}
    if len(types) == 1:
        [type] = types
        return type
    for numbers in ({"BIGINT", "DOUBLE"}, {"DATE", "TIMESTAMP"}):
        if types.keys() == numbers:
            return max(numbers)
    return _TEXT


def _is_empty(root: Any, file: _File, column: str) -> bool:
    """Whether a column has no cell that is known; then it was taken for text."""
    texts = [(name, _TEXT) for name, _ in file.columns]
    name = next(name for name, _ in texts if fold(name) == column)
    path = literal(pattern(file.part.path))
    [(known,)] = root.execute(
        f"SELECT count({quote(name)}) FROM read_csv({path}, {file.options(texts)})"
    ).fetchall()
    return bool(known == 0)


def _has_times(file: _File) -> bool:
    return any(_is_time(type) for _, type in file.columns)


def _is_time(type: str) -> bool:
    return type.startswith(_TIMES)
