"""Customers' keys as numbers from 0 on, and back."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int64]
Few: TypeAlias = NDArray[np.int32]
UNKNOWN = -1
_WIDE = 8
"""A table may have so many places for each key."""


class Numbering:
    """The number of a customer is the place at which the engine first told of them."""

    def __init__(self, chunks: Iterable[pa.Array]) -> None:
        found = [*chunks]
        self.keys: pa.Array = pa.concat_arrays(found) if found else pa.array([])
        self._table: Few | None = None
        self._sorted: tuple[Numbers, Numbers] | None = None
        self._kind = _kind_of(self.keys)
        if self._kind == pa.int64():
            self._index(np.asarray(self.keys.cast(pa.int64())))
        else:
            self._others = self.keys.cast(self._kind)

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

    @property
    def at_least(self) -> int:
        """So many keys should be looked up at a time."""
        return 1 if self._kind == pa.int64() else 2 * len(self)

    def numbers(self, keys: pa.Array) -> Few:
        """The number of each key; `UNKNOWN` for those of nobody, and for NULL."""
        if not len(self):
            return np.full(len(keys), UNKNOWN, np.int32)
        if self._kind == pa.int64():
            return self._found(_as_whole(keys))
        found = pc.index_in(keys.cast(self._kind), self._others, skip_nulls=True)
        return np.asarray(pc.fill_null(found, UNKNOWN), np.int32)

    def _found(self, keys: pa.Array) -> Few:
        known = None
        if keys.null_count:
            known = np.asarray(keys.is_valid())
            keys = pc.fill_null(keys, 0)
        plain: Numbers = np.asarray(keys)
        if self._table is not None:
            places = plain - self._low if self._low else plain
            if len(places) and (places.min() < 0 or places.max() >= self._size):
                outside = (plain < self._low) | (plain >= self._low + self._size)
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
        return result.astype(np.int32, copy=False)


_EXACT = pa.decimal256(76, 38)
_LARGEST = 2**63 - 1


def _kind_of(keys: pa.Array) -> pa.DataType:
    """The type in which customers' keys and those of events are the same or not."""
    kind = keys.type
    if _text(kind):
        return pa.large_string()
    if pa.types.is_floating(kind):
        return pa.float64()
    if not pa.types.is_integer(kind) and not pa.types.is_decimal(kind):
        return kind
    with suppress(pa.ArrowInvalid):
        keys.cast(pa.int64())
        return pa.int64()
    return _EXACT


def _as_whole(keys: pa.Array) -> pa.Array:
    """Keys as whole numbers; NULL for those that are none, or too large to be ours."""
    if keys.type == pa.int64():
        return keys
    with suppress(pa.ArrowInvalid):
        return keys.cast(pa.int64())
    exact = keys.cast(pa.float64() if pa.types.is_floating(keys.type) else _EXACT)
    whole = pc.equal(pc.floor(exact), exact)
    near = pc.less_equal(pc.abs(exact), pa.scalar(_LARGEST).cast(exact.type))
    return pc.if_else(pc.and_(whole, near), exact, None).cast(pa.int64())


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


def codes(column: Any) -> Few | Numbers:
    """A column of small whole numbers, all known."""
    if pa.types.is_int32(column.type):
        return np.asarray(column)
    return whole(column, 0)


def whole(column: Any, scale: int) -> Numbers:
    """A column of exact numbers times ten to their scale; NULL is 0.

    Raises:
        pa.ArrowInvalid: a number has more decimals, or needs more than 64 bits.
    """
    kind = column.type
    if pa.types.is_integer(kind):
        known = pc.fill_null(column, 0) if column.null_count else column
        numbers = np.asarray(known.cast(pa.int64()))
        if scale and len(numbers) and int(abs(numbers).max()) >= 2**62 // 10**scale:
            raise pa.ArrowInvalid("a number of more than 64 bits")
        return numbers * 10**scale if scale else numbers
    wide = pa.decimal128(38, scale)
    if kind != wide and not (pa.types.is_decimal128(kind) and kind.scale == scale):
        column = column.cast(wide)
    words = np.frombuffer(column.buffers()[1], np.int64)
    words = words[2 * column.offset : 2 * (column.offset + len(column))]
    low, high = words[::2], words[1::2]
    known = True
    if column.null_count:
        known = np.asarray(column.is_valid())
        low = np.where(known, low, 0)
    if ((high != low >> 63) & known).any():
        raise pa.ArrowInvalid("a number of more than 64 bits")
    return low
