"""Slices of customers in, Parquet out: as they come, never the whole."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from segql.batch.run import Slice
from segql.diagnostics import SegqlError
from segql.engines.folders import written_folder
from segql.engines.written import written
from segql.messages import engine as engine_messages

ROWS = 1 << 20
"""So many rows go into one group of a file."""


def long(each: Slice, segments: Sequence[str], key: str) -> Iterator[pa.RecordBatch]:
    """A row for each segment and member, in batches of about `ROWS`."""
    names = pa.array(segments, pa.string())
    waiting: list[tuple[int, Any]] = []
    rows = 0
    for place, name in enumerate(segments):
        found = each.numbers(name)
        if len(found):
            waiting.append((place, found))
            rows += len(found)
        if rows >= ROWS:
            yield _long(each.keys, names, waiting, key)
            waiting, rows = [], 0
    if waiting:
        yield _long(each.keys, names, waiting, key)


def long_schema(key: str, kind: pa.DataType) -> pa.Schema:
    name = "segment" if key != "segment" else "segment_name"
    return pa.schema([(name, pa.dictionary(pa.int32(), pa.string())), (key, kind)])


def _long(
    keys: pa.Array, names: pa.Array, parts: list[tuple[int, Any]], key: str
) -> pa.RecordBatch:
    places = np.repeat(
        np.array([place for place, _ in parts], np.int32),
        [len(found) for _, found in parts],
    )
    column = pa.DictionaryArray.from_arrays(pa.array(places), names)
    members = keys.take(pa.array(np.concatenate([found for _, found in parts])))
    schema = long_schema(key, keys.type)
    return pa.RecordBatch.from_arrays([column, members], schema=schema)


def write(
    slices: Iterator[Slice], segments: Sequence[str], key: str, place: str, shape: str
) -> dict[str, int]:
    """Writes all slices in a shape; how many members each segment has.

    Raises:
        SegqlError: it can't be written; what bears the name then stays as it was.
    """
    counts = dict.fromkeys(segments, 0)

    def counted() -> Iterator[Slice]:
        for each in slices:
            for name in segments:
                counts[name] += each.count(name)
            yield each

    if shape in ("long", "wide"):
        with written(Path(place)) as file:
            (_write_long if shape == "long" else _write_wide)(
                counted(), segments, key, file
            )
        return counts
    with written_folder(Path(place)) as folder:
        (_write_keys if shape == "keys" else _write_bitmaps)(
            counted(), segments, key, folder
        )
        (folder / "_SUCCESS").touch()
    return counts


def _write_long(
    slices: Iterator[Slice], segments: Sequence[str], key: str, file: Any
) -> None:
    with ExitStack() as stack:
        writer = None
        for each in slices:
            if writer is None:
                schema = long_schema(key, each.keys.type)
                writer = stack.enter_context(ParquetWriter(file, schema))
            for batch in long(each, segments, key):
                writer.write_batch(batch)
        if writer is None:
            stack.enter_context(ParquetWriter(file, long_schema(key, pa.int64())))


def _write_wide(
    slices: Iterator[Slice], segments: Sequence[str], key: str, file: Any
) -> None:
    def schema(kind: pa.DataType) -> pa.Schema:
        return pa.schema([(key, kind), *((name, pa.bool_()) for name in segments)])

    with ExitStack() as stack:
        writer = None
        for each in slices:
            if writer is None:
                writer = stack.enter_context(
                    ParquetWriter(file, schema(each.keys.type))
                )
            columns = [pa.array(each.truths(name)) for name in segments]
            batch = pa.RecordBatch.from_arrays(
                [each.keys, *columns], schema=schema(each.keys.type)
            )
            writer.write_batch(batch)
        if writer is None:
            stack.enter_context(ParquetWriter(file, schema(pa.int64())))


def _write_keys(
    slices: Iterator[Slice], segments: Sequence[str], key: str, folder: Path
) -> None:
    schema = pa.schema([(key, pa.int64())])
    for number, each in enumerate(slices):
        schema = pa.schema([(key, each.keys.type)])
        for name in segments:
            found = each.keys.take(pa.array(each.numbers(name)))
            if number and not len(found):
                continue
            _write_part(folder / f"segment={name}", number, schema, found)
    for name in segments:
        if not (folder / f"segment={name}").exists():
            none = pa.array([], schema.field(0).type)
            _write_part(folder / f"segment={name}", 0, schema, none)


def _write_part(folder: Path, number: int, schema: pa.Schema, keys: pa.Array) -> None:
    folder.mkdir(exist_ok=True)
    with ParquetWriter(folder / f"part-{number:05}.parquet", schema) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays([keys], schema=schema))


def _write_bitmaps(
    slices: Iterator[Slice], segments: Sequence[str], key: str, folder: Path
) -> None:
    try:
        from pyroaring import BitMap
    except ImportError:
        missing = engine_messages.driver_missing("pyroaring")
    else:
        bitmaps = {name: BitMap() for name in segments}
        start = 0
        with ExitStack() as stack:
            writer = None
            for each in slices:
                schema = pa.schema([("number", pa.uint32()), (key, each.keys.type)])
                if writer is None:
                    path = folder / "customers.parquet"
                    writer = stack.enter_context(ParquetWriter(path, schema))
                numbers = np.arange(start, start + len(each.keys), dtype=np.uint32)
                columns = [pa.array(numbers), each.keys]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                for name in segments:
                    found = each.numbers(name).astype(np.uint32) + np.uint32(start)
                    bitmaps[name] |= BitMap(found)
                start += len(each.keys)
        table = pa.table(
            {
                "segment": pa.array(segments, pa.string()),
                "members": pa.array([len(b) for b in bitmaps.values()], pa.int64()),
                "bitmap": pa.array([b.serialize() for b in bitmaps.values()]),
            }
        )
        with ParquetWriter(folder / "bitmaps.parquet", table.schema) as writer:
            writer.write_table(table)
        return
    raise SegqlError([missing])
