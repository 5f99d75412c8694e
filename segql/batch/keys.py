"""Customers' keys as numbers from 0 on, and back."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from segql.diagnostics import SegqlError
from segql.messages import engine as messages

Numbers = NDArray[np.int64]
UNKNOWN = -1
_WIDE = 8
"""A table may have so many places for each key."""


class Numbering:
    """The number of a customer is the place at which the engine first told of them."""

    def __init__(self, chunks: Iterable[pa.Array]) -> None:
        found = [*chunks]
        self.keys: pa.Array = pa.concat_arrays(found) if found else pa.array([])
        self.type: pa.DataType = self.keys.type
        self._table: NDArray[np.int32] | None = None
        self._sorted: tuple[Numbers, Numbers] | None = None
        if pa.types.is_integer(self.type):
            self._index(self.keys.cast(pa.int64(), safe=True).to_numpy())

    def __len__(self) -> int:
        return len(self.keys)

    def _index(self, keys: Numbers) -> None:
        low = int(keys.min()) if len(keys) else 0
        size = (int(keys.max()) if len(keys) else 0) - low + 1
        self._low, self._size = low, size
        if size <= _WIDE * len(keys) + 4096:
            self._table = np.full(size, UNKNOWN, np.int32)
            self._table[keys - low] = np.arange(len(keys), dtype=np.int32)
        else:
            order = np.argsort(keys)
            self._sorted = keys[order], order

    def numbers(self, keys: pa.Array) -> Numbers:
        """The number of each key; `UNKNOWN` for those of nobody, and for NULL."""
        if keys.type != self.type:
            keys = self._as_ours(keys)
        if self._table is None and self._sorted is None:
            found = pc.index_in(keys, value_set=self.keys, skip_nulls=True)
            return np.asarray(pc.fill_null(found, UNKNOWN), np.int64)
        known = None
        if keys.null_count:
            known = np.asarray(keys.is_valid())
            keys = pc.fill_null(keys, 0)
        plain: Numbers = np.asarray(keys).astype(np.int64, copy=False)
        if self._table is not None:
            places = plain - self._low
            outside = (places < 0) | (places >= self._size)
            if outside.any():
                places = np.where(outside, 0, places)
                result = np.where(outside, UNKNOWN, self._table[places])
            else:
                result = self._table[places]
        else:
            assert self._sorted is not None
            ordered, order = self._sorted
            places = np.searchsorted(ordered, plain)
            places[places == len(ordered)] = 0
            result = np.where(ordered[places] == plain, order[places], UNKNOWN)
        if known is not None:
            result = np.where(known, result, UNKNOWN)
        return result.astype(np.int64, copy=False)

    def _as_ours(self, keys: pa.Array) -> pa.Array:
        """Keys of events in the type of the customers' keys."""
        if _text(self.type) == _text(keys.type):
            with suppress(pa.ArrowInvalid):
                return keys.cast(self.type)
        raise SegqlError([messages.keys_unlike(str(self.type), str(keys.type))])


def _text(kind: pa.DataType) -> bool:
    found: bool = (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
    )
    return found


def flags(column: Any) -> NDArray[np.bool_]:
    """A column of truths, however an engine tells them; NULL is false."""
    if pa.types.is_boolean(column.type):
        known = column if not column.null_count else pc.fill_null(column, False)
        return np.asarray(known.to_numpy(zero_copy_only=False), np.bool_)
    if _text(column.type):
        return np.asarray(pc.is_in(column, pa.array(["1", "t", "true"])), np.bool_)
    found: NDArray[np.bool_] = np.asarray(pc.fill_null(column, 0)) != 0
    return found


def whole(column: Any, scale: int) -> Numbers:
    """A column of exact numbers times ten to their scale; NULL is 0.

    The numbers have so few digits that each fits into 64 bits.
    """
    kind = column.type
    if pa.types.is_integer(kind):
        numbers = np.asarray(pc.fill_null(column, 0)).astype(np.int64)
        return numbers * 10**scale if scale else numbers
    wide = pa.decimal128(38, scale)
    if kind != wide and not (pa.types.is_decimal128(kind) and kind.scale == scale):
        column = column.cast(wide)
    low = np.frombuffer(column.buffers()[1], np.int64)[::2]
    low = low[column.offset : column.offset + len(column)]
    if column.null_count:
        return np.where(np.asarray(column.is_valid()), low, 0)
    return low
