"""Two files of keys in, the keys that only one of them has out.

DuckDB does the work, in a database of its own: what doesn't fit into memory goes to a
folder beside the files.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segql.engines.duckdb_text import literal, pattern

_MEMORY = "1GB"


@dataclass(frozen=True, slots=True)
class Apart:
    """How many keys one file alone has, and the first few of them."""

    number: int
    keys: tuple[str, ...]


def keys_apart(first: Path, second: Path, most: int) -> tuple[Apart, Apart]:
    """What only the first of two Parquet files of keys has, and only the second."""
    with _open(first, second) as local:
        return _only(local, "a", "b", most), _only(local, "b", "a", most)


def keys_of_one(first: Path, second: Path, beside: Path) -> Iterator[Any]:
    """The keys that only the first has, as Arrow arrays; `beside` is for a new file."""
    from pyarrow.parquet import ParquetFile

    with _open(first, second) as local:
        local.execute(
            "COPY (SELECT key FROM a ANTI JOIN b ON CAST(a.key AS VARCHAR)"
            " = CAST(b.key AS VARCHAR))"
            f" TO {literal(str(beside))} (FORMAT parquet)"
        )
    with ParquetFile(beside) as file:
        for batch in file.iter_batches():
            yield batch.column(0)


@contextmanager
def _open(first: Path, second: Path) -> Iterator[Any]:
    """A database of its own, where two files are the views `a` and `b`."""
    import duckdb

    with duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "temp_directory": str(first.parent),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    ) as local:
        for name, file in (("a", first), ("b", second)):
            path = literal(pattern(file))
            local.execute(f"CREATE VIEW {name} AS FROM read_parquet({path})")
        yield local


def _only(local: "object", here: str, there: str, most: int) -> Apart:
    execute = local.execute  # type: ignore[attr-defined]
    execute(
        f"CREATE TABLE only_{here} AS SELECT key FROM {here}"
        f" ANTI JOIN {there} USING (key)"
    )
    [(number,)] = execute(f"SELECT count(*) FROM only_{here}").fetchall()
    rows = execute(
        f"SELECT key FROM only_{here} ORDER BY key LIMIT {int(most)}"
    ).fetchall()
    return Apart(number, tuple(key for (key,) in rows))
