"""A data frame of Spark in, its rows written by the executors out.

No row passes through the driver. A task that is lost is done again, and what it had
written is not taken: Spark's committer moves finished files alone.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from segql.diagnostics import SegqlError
from segql.engines.folders import rows_in
from segql.engines.spark_faults import ENGINE
from segql.messages import server

_NAME = "segql"


def write_files(frame: Any, place: str) -> int:
    """Writes Parquet into a folder: on this machine one that is empty, or a URL of
    one that isn't there. How many rows it was.

    Raises:
        SegqlError: of the rows that were written not all are to be found there.
    """
    observed, counted = _counted(frame)
    local = "://" not in place
    mode = "append" if local else "error"
    target = Path(place).resolve().as_uri() if local else place
    observed.write.mode(mode).parquet(target)
    rows = counted()
    session = frame.sparkSession
    found = rows_in(Path(place)) if local else session.read.parquet(target).count()
    if found != rows:
        raise SegqlError([server.not_shared(ENGINE, rows, found)])
    return rows


def write_parts(frame: Any, place: str, column: str) -> int:
    """Adds Parquet to a folder, or a URL, a folder `column=VALUE` for each value."""
    observed, counted = _counted(frame)
    target = place if "://" in place else Path(place).resolve().as_uri()
    observed.write.mode("append").partitionBy(column).parquet(target)
    return counted()


def write_table(frame: Any, table: str) -> int:
    """Writes a table that isn't there yet, in the form that the catalog prefers."""
    observed, counted = _counted(frame)
    observed.write.mode("error").saveAsTable(table)
    return counted()


def _counted(frame: Any) -> tuple[Any, Callable[[], int]]:
    """The frame, and what tells how many rows it had once it has been written."""
    home = "pyspark.sql"
    if type(frame).__module__.startswith("pyspark.sql.connect"):
        home = "pyspark.sql.connect"
    functions = import_module(f"{home}.functions")
    seen = import_module(f"{home}.observation").Observation(_NAME)
    number = functions.count(functions.lit(1)).alias("rows")
    return frame.observe(seen, number), lambda: int(seen.get["rows"])
