"""A segment and two connections in, what is the same and what is not out.

The members of each side are written to a file as they come, so that any number of them
fits; both sides run at the same time.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from segql.diagnostics import SegqlError
from segql.engines.duckdb_compare import keys_apart
from segql.project import Segment
from segql.verify import keys
from segql.verify.nodes import Comparison, Side
from segql.verify.reasons import reasons


@dataclass(frozen=True, slots=True)
class _Kept:
    """The members of one side in a file, how many, and the Arrow type of their keys."""

    file: Path
    number: int
    type: Any


def compare(
    segment: Segment,
    first: Side,
    second: Side,
    limit: int = 10,
    counted: Callable[[int], object] = lambda _: None,
) -> Comparison:
    """Compares the members of a segment on two connections.

    Args:
        limit: of so many customers who differ it is found out why.
        counted: hears how many members have been read.

    Raises:
        SegqlError: a side can't run the segment; its messages name the connection.
    """
    with TemporaryDirectory(prefix="segql-") as folder:
        a, b = _read(segment, first, second, Path(folder), counted)
        only_a, only_b = keys_apart(a.file, b.file, limit)
    notes = []
    kinds = keys.kind(a.type), keys.kind(b.type)
    if kinds[0] != kinds[1]:
        notes.append(
            f"the keys are {kinds[0]} on {first.name} and {kinds[1]} on {second.name};"
            " they were compared as text"
        )
    repeated = a.number - only_a.number != b.number - only_b.number
    half = limit // 2
    some_a = only_a.keys[: max(half + limit % 2, limit - len(only_b.keys))]
    some_b = only_b.keys[: limit - len(some_a)]
    found = reasons(segment, (first, second), (a.type, b.type), some_a, some_b)
    return Comparison(
        _named(segment),
        a.number,
        b.number,
        only_a.number,
        only_b.number,
        repeated,
        tuple(notes),
        found,
    )


def _named(segment: Segment) -> str:
    """The segment's name, or the rule itself."""
    if segment.checked.source.name != "<rule>" or segment.title is not None:
        return segment.name
    return " ".join(segment.text.split())


def _read(
    segment: Segment,
    first: Side,
    second: Side,
    folder: Path,
    counted: Callable[[int], object],
) -> tuple[_Kept, _Kept]:
    """Both sides at once; if one fails, or Ctrl-C comes, the other is stopped."""
    total = 0

    def more(rows: int) -> None:
        nonlocal total
        total += rows
        counted(total)

    with ThreadPoolExecutor(1, thread_name_prefix="segql-verify") as pool:
        other = pool.submit(_keep, segment, second, folder / "b.parquet", more)
        try:
            own = _keep(segment, first, folder / "a.parquet", more)
            return own, other.result()
        except BaseException:
            while not other.done():
                second.connection.interrupt()
                if other.cancel():
                    break
                _wait(other)
            raise


def _wait(future: Any) -> None:
    from concurrent.futures import wait

    wait([future], 0.1)


def _keep(
    segment: Segment, side: Side, file: Path, counted: Callable[[int], object]
) -> _Kept:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([("key", pa.string())])
    number, type = 0, None
    try:
        with ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in segment.members(side.connection).batches():
                column = batch.column(0)
                type = column.type
                writer.write_batch(pa.record_batch([keys.texts(column)], schema=schema))
                number += batch.num_rows
                counted(batch.num_rows)
            if type is None:
                type = _type_of_nobody(segment, side)
    except SegqlError as error:
        raise SegqlError(on(side, error)) from None
    return _Kept(file, number, type)


def _type_of_nobody(segment: Segment, side: Side) -> Any:
    """What keys are like on a side where the segment has no member."""
    everyone = segment.project.compile("everyone", as_of=segment.as_of)
    members = everyone.members(side.connection, limit=1)
    return members.arrow().schema.field(0).type


def on(side: Side, error: SegqlError) -> list[Any]:
    """What is wrong, with the name of the connection on which it is."""
    return [
        replace(each, message=f"on {side.name}: {each.message}")
        for each in error.diagnostics
    ]
