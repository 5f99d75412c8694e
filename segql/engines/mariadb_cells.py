"""Rows of text from a driver in, Arrow batches out.

The server writes each number and time as text, which Arrow reads a column at a time;
that is quicker than one Python value for each cell.
"""

from typing import Any

from segql.engines.mariadb_query import Answer

BATCH_ROWS = 50_000
_WHOLE = {1, 2, 3, 9, 13}
_TEXTS = {15, 16, 245, 247, 248, 249, 250, 251, 252, 253, 254}
_NULL, _LONG, _DATE = 6, 8, (10, 14)
_FLOATS, _DECIMALS, _CLOCKS, _INSTANTS = {4, 5}, {0, 246}, {12, 18}, {7, 17}


class Batches:
    """Like a `pyarrow.RecordBatchReader`."""

    def __init__(self, answer: Answer) -> None:
        import pyarrow as pa

        self._answer = answer
        types = [
            arrow_type(column, answer.unsigned(place))
            for place, column in enumerate(answer.columns)
        ]
        names = [str(column[0]) for column in answer.columns]
        self.schema = pa.schema(list(zip(names, types, strict=True)))

    def read_next_batch(self) -> Any:
        import pyarrow as pa

        rows = self._answer.next_rows(BATCH_ROWS)
        if not rows:
            raise StopIteration
        columns = [
            column([row[place] for row in rows], field.type)  # zip is far slower
            for place, field in enumerate(self.schema)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def close(self) -> None:
        pass


def arrow_type(column: tuple[Any, ...], unsigned: bool) -> Any:
    """The Arrow type for a column that a cursor describes."""
    import pyarrow as pa

    _, kind, _, length, _, scale, _ = column
    if kind in _WHOLE:
        return pa.int64()
    if kind == _LONG:
        return pa.uint64() if unsigned else pa.int64()
    if kind in _DECIMALS:
        # Its length is that of its text: with a sign and a point.
        digits = max(int(length) - (scale > 0) - (not unsigned), scale, 1)
        wide = pa.decimal128 if digits <= 38 else pa.decimal256
        return wide(min(digits, 76), scale)
    if kind in _FLOATS:
        return pa.float64()
    if kind in _DATE:
        return pa.date32()
    if kind in _CLOCKS:
        return pa.timestamp("us")
    if kind in _INSTANTS:
        return pa.timestamp("us", "UTC")
    if kind == _NULL:
        return pa.null()
    return pa.string() if kind in _TEXTS else pa.binary()


def column(cells: list[Any], type: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_null(type) or pa.types.is_binary(type):
        return pa.array(cells, type)
    text = pa.array(cells, pa.string())
    if pa.types.is_string(type):
        return text
    if pa.types.is_timestamp(type) and type.tz:
        return text.cast(pa.timestamp("us")).cast(type)
    return text.cast(type)
