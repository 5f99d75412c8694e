"""How names, texts and paths are written for DuckDB."""

import re
from collections.abc import Iterable
from pathlib import Path


def quote(name: str) -> str:
    """An identifier as DuckDB reads it."""
    return '"' + name.replace('"', '""') + '"'


def quote_table(name: str) -> str:
    """`table` or `schema.table`."""
    return ".".join(quote(part) for part in name.split("."))


def literal(text: str) -> str:
    """Text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def pattern(file: Path) -> str:
    """A path that means this file alone: DuckDB takes every path for a pattern."""
    return re.sub(r"[\[*?]", lambda sign: f"[{sign[0]}]", str(file))


def paths(files: Iterable[Path]) -> str:
    """A list of files, as the functions that read them take it."""
    return f"[{', '.join(literal(pattern(file)) for file in files)}]"


def names(columns: Iterable[str]) -> str:
    return ", ".join(map(quote, columns))
