"""SQLite, in a file; the tests write with a connection beside segql's own.

Its texts are awkward on purpose: to SQLite itself, those of a table are the same in
capital and in small letters.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from segql.engines import NO_LIMITS, Connection
from segql.engines.sqlite import LEAST, open_database
from servers import Holds

HOLDS = Holds(lists="none", structs=False, nan=False, infinity=False)
_SHORT = 15
"""So many digits of a decimal fit into what SQLite makes of numbers."""


def missing() -> str | None:
    if sqlite3.sqlite_version_info < LEAST:
        return f"SQLite {sqlite3.sqlite_version} is too old"
    return None


def start(folder: Path) -> "SQLite":
    return SQLite(folder)


class SQLite:
    dialect = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: Connection | None = None
        self.writer = sqlite3.connect(
            folder / "data.sqlite", isolation_level=None, check_same_thread=False
        )
        self.writer.execute("PRAGMA journal_mode = OFF")
        self.writer.execute("PRAGMA synchronous = OFF")

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None
        self.writer.execute("BEGIN")
        for name, content in tables.items():
            fill(self.writer, name, content)
        self.writer.execute("COMMIT")

    @property
    def connection(self) -> Connection:
        if self.opened is None:
            self.opened = open_database("data.sqlite", self.folder, NO_LIMITS)
        return self.opened

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None
        self.writer.close()


def fill(writer: Any, name: str, content: pa.Table) -> None:
    """Puts a table in place of any of the same name; a dot is a part of the name."""
    columns = [f"{quoted(each.name)} {declared(each.type)}" for each in content.schema]
    writer.execute(f"DROP TABLE IF EXISTS {quoted(name)}")
    writer.execute(f"CREATE TABLE {quoted(name)} ({', '.join(columns)})")
    marks = ", ".join("?" * len(columns))
    cells = [list(cells_of(each)) for each in content.columns]
    rows = zip(*cells, strict=True)
    writer.executemany(f"INSERT INTO {quoted(name)} VALUES ({marks})", rows)


def declared(type_: pa.DataType) -> str:
    if pa.types.is_decimal(type_):
        kind = "DECIMAL" if type_.precision <= _SHORT else "DECIMAL TEXT"
        return f"{kind}({type_.precision}, {type_.scale})"
    if pa.types.is_timestamp(type_):
        return "TIMESTAMPTZ" if type_.tz else "TIMESTAMP"
    if pa.types.is_date(type_):
        return "DATE"
    if pa.types.is_boolean(type_):
        return "BOOLEAN"
    if pa.types.is_floating(type_):
        return "DOUBLE"
    return "BIGINT" if pa.types.is_integer(type_) else "TEXT COLLATE NOCASE"


def cells_of(column: pa.ChunkedArray) -> list[Any]:
    """The cells as SQLite gets them."""
    type_ = column.type
    if pa.types.is_decimal(type_):
        texts = column.cast(pa.string()).to_pylist()
        if type_.precision > _SHORT:
            return [text and plain(text) for text in texts]
        return [None if text is None else float(text) for text in texts]
    if pa.types.is_date(type_):
        return column.cast(pa.string()).to_pylist()
    if pa.types.is_timestamp(type_):
        walls = column.cast(pa.int64()).cast(pa.timestamp("us")).cast(pa.string())
        texts = pc.replace_substring_regex(walls, r"\.0+$", "").to_pylist()
        end = "+00:00" if type_.tz else ""
        return [None if text is None else text + end for text in texts]
    return column.to_pylist()


def plain(text: str) -> str:
    """A decimal without an exponent."""
    from decimal import Decimal

    return format(Decimal(text), "f")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
