"""DuckDB, in a file; the tests write with a connection beside segql's own."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from segql.engines import NO_LIMITS, Connection
from segql.engines.duckdb import open_database
from servers import Holds

HOLDS = Holds()


def missing() -> str | None:
    return None


def start(folder: Path) -> "DuckDB":
    return DuckDB(folder)


class DuckDB:
    dialect = "duckdb"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: Connection | None = None

    def load(self, tables: Mapping[str, pa.Table]) -> None:
        """A file is open for reading or for writing, never for both."""
        self.close()
        with duckdb.connect(str(self.folder / "data.duckdb")) as con:
            con.execute("SET checkpoint_threshold = '1TB'")
            for name, content in tables.items():
                if "." in name:
                    con.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(name, 0)}")
                con.register("rows of a table", content)
                con.execute(
                    f'CREATE OR REPLACE TABLE {quoted(name)} AS FROM "rows of a table"'
                )
                con.unregister("rows of a table")

    @property
    def connection(self) -> Connection:
        if self.opened is None:
            self.opened = open_database("data.duckdb", self.folder, NO_LIMITS)
        return self.opened

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None


def quoted(name: str, part: int | None = None) -> str:
    parts = name.split(".")
    parts = parts if part is None else parts[part : part + 1]
    return ".".join('"' + each.replace('"', '""') + '"' for each in parts)
