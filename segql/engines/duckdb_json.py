"""JSON files in, how DuckDB reads them out.

A file is one array of objects, or objects one after the other. Objects become structs,
arrays lists. Types are decided once, over all rows of all files: text is a date or a
time where each text that is there is one as ISO 8601 writes it; what is now this, now
that, stays JSON.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from segql.diagnostics import SegqlError
from segql.engines.duckdb_reading import Group, Reading, unreadable
from segql.engines.duckdb_text import literal, paths, quote
from segql.engines.files import Part, TableFiles, fold
from segql.engines.gzipped import compression, ends_early

Structure: TypeAlias = "str | dict[str, Structure] | list[Structure]"
"""As `json_structure` tells it: names of types, objects, lists of one element."""
Path: TypeAlias = tuple[str, ...]

_EMPTY, _ANY, _TEXT = "NULL", "JSON", "VARCHAR"
_NUMBERS = ("UBIGINT", "BIGINT", "HUGEINT", "DOUBLE")
_WHOLE = ("BIGINT", "UBIGINT", "HUGEINT")
_LINES, _ARRAY, _ROWS = "newline_delimited", "array", "unstructured"
_DAY = r"\d{4}-\d\d-\d\d"
_CLOCK = r"[T ]\d\d:\d\d(:\d\d([.]\d{1,6})?)?"
_TIMES = (
    ("DATE", _DAY),
    ("TIMESTAMP", _DAY + _CLOCK),
    ("TIMESTAMP WITH TIME ZONE", _DAY + _CLOCK + r"(Z|[+-]\d\d:\d\d)"),
)


@dataclass(frozen=True, slots=True)
class _File:
    """A file, how it is laid out, and what its columns are called in it."""

    part: Part
    format: str
    names: tuple[str, ...]

    def options(self, types: Mapping[str, str]) -> str:
        columns = ", ".join(f"{literal(n)}: {literal(t)}" for n, t in types.items())
        options = [
            f"format = '{self.format}'",
            "records = true",
            "auto_detect = false",
            f"columns = {{{columns}}}",
        ]
        return ", ".join([*options, *compression(self.part.path)])


def read_json(root: Any, table: TableFiles) -> Reading:
    """Raises what the engine does, or `SegqlError` with the file that it is about."""
    files: list[_File] = []
    structure: Structure = _EMPTY
    for part in table.parts:
        format, found = _look(root, table, part)
        if isinstance(found, dict):
            keys = {key for key, _ in part.values}  # the folder's value counts
            found = {name: each for name, each in found.items() if name not in keys}
            if len(set(map(fold, found))) < len(found):
                raise SegqlError([unreadable(table, part)])
            files.append(_File(part, format, tuple(found)))
            structure = _merged(structure, _renamed(found, structure))
    if not isinstance(structure, dict) or not structure:
        raise SegqlError([unreadable(table, table.parts[0])])
    types = _Types(structure)
    for file in files:
        types.check(root, table, file)
    return types.reading(files)


# What is in the files.


def _look(root: Any, table: TableFiles, part: Part) -> tuple[str, Structure]:
    """How a file is laid out, and what its rows have in common."""
    import duckdb

    if ends_early(part.path):
        raise SegqlError([unreadable(table, part)])
    for format in (_LINES, _ARRAY, _ROWS):
        options = ", ".join([f"format = '{format}'", *compression(part.path)])
        rows = f"read_json_objects({paths([part.path])}, {options})"
        try:
            found = root.execute(
                f"SELECT json_structure(json) FROM (FROM {rows} LIMIT 1)"
                f" UNION ALL SELECT json_group_structure(json) FROM {rows}"
            ).fetchall()
        except (duckdb.Error, UnicodeError):
            continue
        structure: Structure = _EMPTY
        if found[-1][0] is not None:
            first, whole = (json.loads(each) for (each,) in found)
            structure = _merged(first, _sorted(whole))
        if structure == _EMPTY or isinstance(structure, dict):
            return format, structure
    raise SegqlError([unreadable(table, part)])


def _sorted(structure: Structure) -> Structure:
    if isinstance(structure, dict):
        return {name: _sorted(structure[name]) for name in sorted(structure)}
    return [_sorted(structure[0])] if isinstance(structure, list) else structure


def _renamed(found: dict[str, Structure], known: Structure) -> dict[str, Structure]:
    """Columns under the names that files before call them."""
    first = {fold(name): name for name in known} if isinstance(known, dict) else {}
    return {first.get(fold(name), name): each for name, each in found.items()}


def _merged(first: Structure, second: Structure) -> Structure:
    """What two structures have in common, as DuckDB merges those of rows."""
    if first == second or second == _EMPTY:
        return first
    if first == _EMPTY:
        return second
    if isinstance(first, dict) and isinstance(second, dict):
        return {
            name: _merged(first.get(name, _EMPTY), second.get(name, _EMPTY))
            for name in {**first, **second}
        }
    if isinstance(first, list) and isinstance(second, list):
        return [_merged(first[0], second[0])]
    if first in _NUMBERS and second in _NUMBERS:
        pair = {str(first), str(second)}
        wide = pair == {"UBIGINT", "BIGINT"}
        return "HUGEINT" if wide else max(pair, key=_NUMBERS.index)
    return _ANY


# Types.


class _Types:
    """The types of the columns; what they can be is ruled out file by file."""

    def __init__(self, structure: dict[str, Structure]) -> None:
        self.structure = structure
        self.texts = {path: list(_TIMES) for path in _leaves(structure, (_TEXT,))}
        self.numbers = dict.fromkeys(_leaves(structure, _WHOLE), (0, 0))
        self.element = "BIGINT"

    def check(self, root: Any, table: TableFiles, file: _File) -> None:
        """Reads a whole file, and rules out types that a value in it is not of."""
        import duckdb

        try:
            self._check(root, file)
        except (duckdb.Error, UnicodeError):
            if self.element == "UBIGINT":
                raise SegqlError([unreadable(table, file.part)]) from None
            self.element = "UBIGINT"
            self.check(root, table, file)

    def _check(self, root: Any, file: _File) -> None:
        widest = dict.fromkeys(self.numbers, "HUGEINT")
        types = self._types(widest, file)
        asked = [f"count({quote(name)})" for name in types]
        for path in self.texts:
            column = ".".join(map(quote, (_own(path[0], file), *path[1:])))
            asked += [_fits(column, type, form) for type, form in _TIMES]
        for path in self.numbers:
            column = ".".join(map(quote, (_own(path[0], file), *path[1:])))
            asked += [f"min({column})", f"max({column})"]
        [row] = root.execute(
            f"SELECT {', '.join(asked)} FROM"
            f" read_json({paths([file.part.path])}, {file.options(types)})"
        ).fetchall()
        self._learn(row[len(types) :])

    def _learn(self, row: Sequence[Any]) -> None:
        rest = iter(row)
        for path, times in self.texts.items():
            out = [each for each in _TIMES if next(rest) is False]
            self.texts[path] = [each for each in times if each not in out]
        for path, (low, high) in self.numbers.items():
            least, most = next(rest), next(rest)
            if least is not None:
                self.numbers[path] = min(low, least), max(high, most)

    def reading(self, files: Sequence[_File]) -> Reading:
        found = {path: times[-1][0] for path, times in self.texts.items() if times}
        for path, (low, high) in self.numbers.items():
            big = "UBIGINT" if low >= 0 and high < 2**64 else "HUGEINT"
            found[path] = "BIGINT" if low >= -(2**63) and high < 2**63 else big
        groups: dict[str, list[Part]] = {}
        columns: dict[str, dict[str, str]] = {}
        for file in files:
            own = self._types(found, file)
            options = file.options(own)
            groups.setdefault(options, []).append(file.part)
            columns[options] = own
        return Reading(
            tuple(
                Group(tuple(parts), "read_json", options, columns[options])
                for options, parts in groups.items()
            ),
            self._types(found, None),
        )

    def _types(self, found: Mapping[Path, str], file: _File | None) -> dict[str, str]:
        """The columns, as a file calls them, with the types that were found."""
        return {
            _own(name, file): _type(each, (name,), found, self.element)
            for name, each in self.structure.items()
        }


def _own(name: str, file: _File | None) -> str:
    """What a file calls a column: small letters make no difference."""
    names = file.names if file is not None else ()
    return next((own for own in names if fold(own) == fold(name)), name)


def _fits(column: str, type: str, form: str) -> str:
    return (
        f"bool_and(regexp_full_match({column}, {literal(form)})"
        f" AND TRY_CAST({column} AS {type}) IS NOT NULL)"
        f" FILTER (WHERE {column} IS NOT NULL)"
    )


def _leaves(
    structure: Structure, kinds: Sequence[str], above: Path = ()
) -> Iterator[Path]:
    """The paths of what is of some type and in no list."""
    if structure in kinds:
        yield above
    elif isinstance(structure, dict):
        for name, each in structure.items():
            yield from _leaves(each, kinds, (*above, name))


def _type(
    structure: Structure, path: Path, found: Mapping[Path, str], natural: str
) -> str:
    """A type in SQL; `natural` is for numbers in lists, which nobody looked at."""
    match structure:
        case dict():
            fields = ", ".join(
                f"{quote(name)} {_type(each, (*path, name), found, natural)}"
                for name, each in structure.items()
            )
            return f"STRUCT({fields})"
        case [element]:
            return f"{_type(element, (*path, ''), found, natural)}[]"
        case "NULL":
            return _TEXT
        case "UBIGINT":
            return found.get(path, natural)
        case _:
            return found.get(path, str(structure))
