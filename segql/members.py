"""A compiled segment and a warehouse in, its members out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from segql.plan.columns import attributes, events, places

if TYPE_CHECKING:
    from pathlib import Path

    import pandas
    import polars
    import pyarrow

    from segql.engines import Connection, Rows
    from segql.project import Segment


@dataclass(frozen=True, repr=False)
class Members:
    """The members of a segment: nothing runs until they are asked for.

    Every reading checks first that the columns are there and the keys unique, and
    raises `SegqlError` where they are not, or where the engine fails.
    """

    segment: "Segment"
    connection: "Connection | None" = None
    attributes: tuple[str, ...] = ()
    limit: int | None = None

    def __repr__(self) -> str:
        return f"<Members of {self.segment!r}>"

    def __iter__(self) -> Iterator[Any]:
        """The keys, one by one, while the query runs."""
        for batch in self.batches():
            yield from batch.column(0).to_pylist()

    def batches(self) -> "Iterator[pyarrow.RecordBatch]":
        """The rows as Arrow batches, while the query runs."""
        with self._answer() as rows:
            yield from rows

    def arrow(self) -> "pyarrow.Table":
        """All rows as an Arrow table, the key first."""
        import pyarrow

        with self._answer() as rows:
            found = list(rows)
            schema = rows.schema
        return pyarrow.Table.from_batches(found, schema)

    def pandas(self) -> "pandas.DataFrame":
        """All rows as a pandas frame; pandas must be installed."""
        return self.arrow().to_pandas()

    def polars(self) -> "polars.DataFrame":
        """All rows as a polars frame; polars must be installed."""
        import polars

        frame = polars.from_arrow(self.arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def count(self) -> int:
        """How many members there are, of all, whatever the limit."""
        from segql.sql.compile import size

        plan = self.segment.plan
        with self._open() as connection:
            query = size(plan, plan.segments[0], connection.dialect)
            found = connection.scalar(query)
        assert isinstance(found, int)
        return found

    def write(self, folder: "str | Path") -> int:
        """Writes all rows into a folder, as Parquet; how many they were.

        The folder takes its name when all is written, and replaces one that was
        written so before. On Spark the executors write, and no row comes here; there
        it may be a URL too, such as `s3a://bucket/vip`, where nothing is yet.
        """
        from segql.engines.folders import write_folder

        with self._open() as connection:
            return write_folder(connection, self._sql(connection), str(folder))

    def write_table(self, table: str) -> int:
        """Writes all rows as a table that isn't there yet, on Spark; how many."""
        from segql.engines.folders import write_table

        with self._open() as connection:
            return write_table(connection, self._sql(connection), table)

    def engine_plan(self) -> str:
        """What the engine says that it would do, in its own words; nothing is read.

        Raises:
            SegqlError: this engine can't be asked; or as every reading does.
        """
        with self._open() as connection:
            return connection.plan(self._sql(connection))

    @contextmanager
    def _answer(self) -> "Iterator[Rows]":
        with (
            self._open() as connection,
            connection.execute(self._sql(connection)) as rows,
        ):
            yield rows

    def _sql(self, connection: "Connection") -> str:
        return self.segment.sql(
            connection.dialect,
            pretty=False,
            attributes=self.attributes,
            limit=self.limit,
        )

    def _open(self) -> "_Session":
        return _Session(self)


class _Session:
    """A connection with the segment's data checked; closed if it was opened here."""

    def __init__(self, members: Members) -> None:
        self.members = members
        self.own: Connection | None = None

    def __enter__(self) -> "Connection":
        connection = self.members.connection
        if connection is None:
            connection = self.own = self.members.segment.project.connect()
        try:
            prepare(self.members.segment, connection, self.members.attributes)
        except BaseException:
            self.__exit__()
            raise
        return connection

    def __exit__(self, *_: object) -> None:
        if self.own is not None:
            self.own.close()


def prepare(
    segment: "Segment", connection: "Connection", more: tuple[str, ...] = ()
) -> None:
    """Raises what would make the answer wrong.

    These are columns that don't fit, keys that repeat, and cells that can't be read in
    a column that the rule names. `more` are attributes that are shown beside the key.
    """
    prepare_all((segment,), connection, more)


def prepare_all(
    segments: "tuple[Segment, ...]",
    connection: "Connection",
    more: tuple[str, ...] = (),
) -> None:
    """As `prepare`, of many segments of one project."""
    from segql.warehouse.faults import check_cells, check_columns, check_keys

    world = segments[0].project.world
    rules = tuple(each.rule for each in segments)
    named = events(rules)
    used: set[tuple[str, ...]] = {(name,) for name in (*attributes(rules), *more)}
    used |= {(name,) for name in named}
    used |= {(n, prop) for n in named for prop in world.catalog.events[n].properties}
    read = places(rules, world)
    check_columns(world.catalog, connection, used)
    check_keys(world.catalog, connection, {table for table, _ in read})
    check_cells(world.catalog, connection, read)
