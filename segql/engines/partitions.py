"""Folders such as `day=2026-05-01` in, the columns of partitions out.

What a column is of is decided over all its values: dates if each is one as ISO 8601
writes it, integers if each is one without leading zeros, otherwise text.
"""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

Values: TypeAlias = tuple[tuple[str, str | None], ...]
"""Column → value, in the order of the folders; None is missing."""

_MISSING = "__HIVE_DEFAULT_PARTITION__"
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_UNLIKE = re.compile(r"[=?\\\x00-\x1f]|(?i:null)")
"""Values that versions of DuckDB take otherwise, or not at all."""


def partition(folder: str, above: Values) -> Values:
    """The values above a folder and its own, if its name has one."""
    key, sign, value = folder.partition("=")
    if not sign or not key:
        return above
    key = _decoded(key)
    kept = tuple(each for each in above if each[0] != key)
    return (*kept, (key, None if value == _MISSING else _decoded(value)))


def types(values: Iterable[Values]) -> dict[str, str]:
    """The type of each column, as SQL names it."""
    found: dict[str, set[str]] = {}
    for each in values:
        for key, value in each:
            known = found.setdefault(key, set())
            if value is not None:
                known.add(value)
    return {key: _type(known) for key, known in found.items()}


def as_hive(path: Path, values: Values) -> bool:
    """Whether an engine that reads a path's folders finds these values in it."""
    found: Values = ()
    for name in path.parts[:-1]:
        key, sign, value = name.partition("=")
        if sign and (not key or _decoded(key) != key or _UNLIKE.search(value)):
            return False
        if sign and any(key == other for other, _ in found):
            return False
        found = partition(name, found)
    return found == values


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _type(values: set[str]) -> str:
    if values and all(map(_is_date, values)):
        return "DATE"
    if values and all(map(_INTEGER.fullmatch, values)):
        return "BIGINT"
    return "VARCHAR"


def _is_date(value: str) -> bool:
    if not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
