"""Many compiled segments and a warehouse in, the members of all of them out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from segql.members import prepare_all
from segql.plan.nodes import Plan
from segql.plan.shared import READING, share
from segql.plan.shared_nodes import Shared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow

    from segql.batch.run import Done, Run, Slice
    from segql.engines import Connection
    from segql.project import Segment

Shape: TypeAlias = Literal["long", "wide", "keys", "bitmaps"]


@dataclass(frozen=True, repr=False)
class Memberships:
    """The members of many segments: nothing runs until they are asked for.

    What rules have in common is computed once, and each kind of events is read once,
    however many segments there are. Every reading checks the data first, as that of
    one segment does, and raises `SegqlError` alike.

    `reading` is what one reading of all events of a kind is estimated to cost, in
    groupings of a few of them by the engine; with 0 no grouping is cheaper.
    """

    segments: "tuple[Segment, ...]"
    connection: "Connection | None" = None
    told: "Callable[[str], None] | None" = None
    reading: float = READING

    def __post_init__(self) -> None:
        names = [each.name for each in self.segments]
        if not names:
            raise ValueError("no segment")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two segments are called {twice}")
        if len({each.as_of for each in self.segments}) > 1:
            raise ValueError("segments as of different instants")

    def __repr__(self) -> str:
        return f"<Memberships of {len(self.segments)} segments>"

    def on(self, connection: "Connection") -> "Memberships":
        """The same, of an open warehouse; else the project's is opened and closed."""
        return replace(self, connection=connection)

    def telling(self, told: "Callable[[str], None]") -> "Memberships":
        """The same, which tells what is being read while it runs."""
        return replace(self, told=told)

    @property
    def _key(self) -> str:
        return self.segments[0].project.catalog.entity.key[-1]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.segments)

    @cached_property
    def plan(self) -> Plan:
        first = self.segments[0].plan
        every = tuple(
            replace(each.plan.segments[0], name=each.name) for each in self.segments
        )
        return Plan(first.world, first.clock, every)

    @cached_property
    def shared(self) -> Shared:
        """What is computed once, and who asks for it."""
        return share(self.plan, self.reading)

    @property
    def measures(self) -> dict[str, str]:
        """What is counted or summed while events pass by: its identity, and in words.

        The identity is made of what is counted alone; no other rule changes it.
        """
        from segql.batch.described import described
        from segql.batch.words import identity

        clock = self.plan.clock
        return {
            identity(each): described(each.figure, clock)
            for stream in self.shared.streams
            for each in stream.measures
        }

    def explain(self) -> str:
        """In words, what is read, and what the segments share; nothing runs."""
        from segql.batch.words import told

        return told(self.plan, self.shared)

    def picture(self) -> str:
        """The same as a drawing: tables, what is measured, segments; an SVG."""
        from segql.batch.picture import drawn

        return drawn(self.plan, self.shared)

    @staticmethod
    def timings(done: "Sequence[Done]") -> str:
        """The steps of a run that is over: what each read, and how long it took."""
        from segql.batch.words import timings

        return timings(done)

    def slices(self) -> "Iterator[Slice]":
        """The customers, a million at a time, with a bit for each and each segment."""
        with self.running() as run:
            yield from run.slices()

    def counts(self) -> dict[str, int]:
        """How many members each segment has."""
        with self.running() as run:
            return run.counts()

    def batches(self) -> "Iterator[pyarrow.RecordBatch]":
        """One long table: `segment`, and the member's key."""
        from segql.batch.write import long

        for each in self.slices():
            yield from long(each, self.names, self._key)

    def write(self, place: "str | Path", shape: Shape = "long") -> dict[str, int]:
        """Writes the members as Parquet, whole or not at all; how many they were.

        Args:
            place: a file for `long` and `wide`, a folder for the others.
            shape: `long`, a row for each segment and member; `wide`, a row for each
                customer and a column for each segment; `keys`, a folder
                `segment=NAME` for each segment; `bitmaps`, a compressed Roaring
                bitmap for each, over numbers that `customers.parquet` explains.

        Raises:
            SegqlError: it can't be written, or as every reading does.
        """
        with self.running() as run:
            return self.written(run, str(place), shape)

    def written(self, run: "Run", place: str, shape: Shape) -> dict[str, int]:
        """As `write`, by a run that goes on already."""
        from segql.batch.write import write

        return write(run.slices(), self.names, self._key, place, shape)

    def write_distributed(self, place: str) -> dict[str, int] | None:
        """As `write` with `keys`, by the engine's own machines; no row comes here.

        A hundred segments are one job, which reads each kind of events once.

        Args:
            place: a folder that all of the engine's machines share, or a URL.

        Returns:
            How many members each segment has; None of a place that isn't seen here.

        Raises:
            SegqlError: the engine doesn't write by itself; or as `write`.
        """
        from segql.batch.distributed import write_distributed

        with self._opened() as connection:
            prepare_all(self.segments, connection)
            return write_distributed(self.plan, connection, place)

    @contextmanager
    def _opened(self) -> "Iterator[Connection]":
        if self.connection is not None:
            yield self.connection
            return
        with self.segments[0].project.connect() as own:
            yield own

    @contextmanager
    def running(self) -> "Iterator[Run]":
        """One run, with the data checked; its steps are in `done` afterwards."""
        from segql.batch.run import Run

        with self._opened() as connection:
            prepare_all(self.segments, connection)
            run = Run(self.plan, self.shared, connection)
            if self.told is not None:
                run.told = self.told
            with run:
                yield run
