"""A query's answer as a folder of Parquet, written whole or not at all."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from segql.diagnostics import SegqlError
from segql.engines import Connection
from segql.messages import usage

_OURS = re.compile(
    r"_SUCCESS|\.?(part-|_SUCCESS).*|segment=.*|(customers|bitmaps)\.parquet"
)


@runtime_checkable
class Distributed(Protocol):
    """What a connection has besides whose engine writes by itself, on many machines."""

    def write(self, sql: str, place: str) -> int:
        """Into an empty folder that is shared, or a URL; how many rows it was."""

    def write_parts(self, sql: str, place: str, column: str) -> int:
        """Adds rows to a folder or a URL, by the value of a column; how many."""

    def write_table(self, sql: str, table: str) -> int:
        """Into a table that isn't there yet; how many rows it was."""


def is_url(place: str) -> bool:
    return "://" in place


def write_folder(connection: Connection, sql: str, place: str) -> int:
    """Writes a query's answer into a folder, or the URL of one; how many rows it was.

    Raises:
        SegqlError: it can't be written, or the query fails; nothing is left behind.
    """
    if is_url(place):
        if not isinstance(connection, Distributed):
            reason = f"{connection.engine} writes to this machine alone"
            raise SegqlError([usage.cannot_write(place, reason)])
        return connection.write(sql, place)
    with written_folder(Path(place)) as folder:
        if isinstance(connection, Distributed):
            return connection.write(sql, str(folder))
        return _streamed(connection, sql, folder)


def write_table(connection: Connection, sql: str, table: str) -> int:
    """Writes a query's answer as a new table of the warehouse."""
    if not isinstance(connection, Distributed):
        reason = f"{connection.engine} is only read"
        raise SegqlError([usage.cannot_write(table, reason)])
    return connection.write_table(sql, table)


def _streamed(connection: Connection, sql: str, folder: Path) -> int:
    """One file, batch by batch."""
    from pyarrow.parquet import ParquetWriter

    count = 0
    with (
        connection.execute(sql) as rows,
        ParquetWriter(folder / "part-00000.parquet", rows.schema) as file,
    ):
        for batch in rows:
            file.write_batch(batch)
            count += batch.num_rows
    (folder / "_SUCCESS").touch()
    return count


@contextmanager
def written_folder(folder: Path) -> Iterator[Path]:
    """An empty folder to write into, which takes the name when all has been written.

    What bears the name before stays as it was until then. It is replaced only if it
    holds what was written in this way, or nothing.

    Raises:
        SegqlError: it can't be written.
    """
    place = Path(os.path.realpath(folder))
    try:
        if place.exists() and not place.is_dir():
            raise SegqlError([usage.cannot_write(str(folder), "it is a file")])
        if place.is_dir() and not all(
            _OURS.fullmatch(each.name) for each in place.iterdir()
        ):
            reason = "it is a folder with other files in it"
            raise SegqlError([usage.cannot_write(str(folder), reason)])
        new = Path(tempfile.mkdtemp(prefix=".segql-", dir=place.parent))
    except OSError as error:
        reason = (error.strerror or "it is not there").lower()
        raise SegqlError([usage.cannot_write(str(folder), reason)]) from None
    try:
        mask = os.umask(0)
        os.umask(mask)
        new.chmod(0o777 & ~mask)
        yield new
        _take_name(new, place)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _take_name(new: Path, place: Path) -> None:
    if not place.exists():
        new.rename(place)
        return
    old = Path(tempfile.mkdtemp(prefix=".segql-old-", dir=place.parent))
    place.rename(old / "old")
    try:
        new.rename(place)
    except BaseException:
        (old / "old").rename(place)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def rows_in(folder: Path) -> int:
    """How many rows the Parquet files directly in a folder have, by their footers."""
    from pyarrow import parquet

    files = sorted(folder.glob("part-*.parquet"))
    return sum(parquet.read_metadata(file).num_rows for file in files)
