"""Members in, the bytes of a format out, batch by batch as the query runs."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from types import NoneType
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from segql.catalog.nodes import Catalog, Column
from segql.cli.what import shown_instant
from segql.diagnostics import SegqlError
from segql.members import Members
from segql.messages import usage
from segql.model.check_values import to_instant

Write: TypeAlias = Callable[[bytes], object]
"""Takes the next piece."""
_Plain: TypeAlias = Callable[[object, Column | None], object]
_Show: TypeAlias = Callable[[object, Column | None], str | None]
_dumps = json.JSONEncoder(ensure_ascii=False).encode
BINARY = ("parquet", "arrow")
SUFFIXES = {
    ".csv": "csv",
    ".json": "json",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Members, and what is said about them beside."""

    members: Members
    is_rule: bool

    @property
    def catalog(self) -> Catalog:
        return self.members.segment.project.catalog

    @property
    def names(self) -> list[str]:
        """The columns' names, the key's first."""
        return [self.catalog.entity.key[-1], *self.members.attributes]

    @property
    def columns(self) -> list[Column | None]:
        """How the columns are declared; the key is not."""
        attributes = self.catalog.attributes
        return [None, *(attributes[name].column for name in self.members.attributes)]

    @property
    def as_of(self) -> str:
        return shown_instant(self.members.segment.as_of, self.catalog.entity.zone)

    def facts(self) -> dict[str, str | None]:
        segment = self.members.segment
        return {
            "segment": None if self.is_rule else segment.name,
            "title": segment.title,
            "rule": segment.text,
            "as_of": self.as_of,
        }


def write(
    kind: str, answer: Answer, to: Write, counted: Callable[[int], object], file: bool
) -> None:
    """Writes all members; `counted` hears how many there are so far.

    `file` says that the whole can be read again from its end, which Arrow's two forms
    differ by.
    """
    if kind in BINARY:
        _binary(kind, answer, to, counted, file)
        return
    pieces = {"keys": _keys, "csv": _csv, "json": _json}[kind]
    for piece, rows in pieces(answer):
        to(piece.encode("utf-8"))
        counted(rows)


def _keys(answer: Answer) -> Iterator[tuple[str, int]]:
    show = _shower(answer.catalog)
    for batch in answer.members.batches():
        keys = _texts(batch.column(0).to_pylist(), None, show)
        if not keys:
            continue
        text = "\n".join(map(str, keys))
        if text.count("\n") != len(keys) - 1 or "\r" in text:
            raise SegqlError([usage.key_with_line_break()])
        yield text + "\n", len(keys)


def _csv(answer: Answer) -> Iterator[tuple[str, int]]:
    show = _shower(answer.catalog)
    yield ",".join(map(_cell, answer.names)) + "\n", 0
    for batch in answer.members.batches():
        columns = [
            map(_cell, _texts(values.to_pylist(), column, show))
            for values, column in zip(batch.columns, answer.columns, strict=True)
        ]
        rows = map(",".join, zip(*columns, strict=True))
        yield "".join(f"{row}\n" for row in rows), batch.num_rows


def _texts(
    values: list[Any], column: Column | None, show: _Show
) -> Sequence[str | None]:
    """A column's values as texts; the usual types in one go."""
    match set(map(type, values)):
        case kinds if kinds <= {str, NoneType}:
            return values
        case kinds if kinds == {int}:
            return list(map(str, values))
        case _:
            return [show(value, column) for value in values]


def _cell(text: str | None) -> str:
    """A missing value is an empty cell, an empty text is a quoted one."""
    if text is None:
        return ""
    if text.isalnum():
        return text
    if text and text == text.strip() and not any(sign in text for sign in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _json(answer: Answer) -> Iterator[tuple[str, int]]:
    plain = _plainer(answer.catalog)
    names = [_text(name) for name in answer.names]
    row = "{" + ", ".join(f"{name.replace('%', '%%')}: %s" for name in names) + "}"
    facts = [f"{_text(name)}: {_text(each)}" for name, each in answer.facts().items()]
    yield "{" + ",\n ".join([*facts, '"members": [']), 0
    count, between = 0, "\n  "
    for batch in answer.members.batches():
        columns = [
            _values(values.to_pylist(), column, plain)
            for values, column in zip(batch.columns, answer.columns, strict=True)
        ]
        parts = [row % values for values in zip(*columns, strict=True)]
        if parts:
            yield between + ",\n  ".join(parts), len(parts)
            count, between = count + len(parts), ",\n  "
    yield f'],\n "count": {count}}}\n', 0


def _values(values: list[Any], column: Column | None, plain: _Plain) -> Sequence[str]:
    """A column's values as JSON; the usual types in one go."""
    match set(map(type, values)):
        case kinds if kinds == {int}:
            return list(map(str, values))
        case kinds if kinds == {str}:
            return list(map(_text, values))
        case _:
            return [_value(plain(value, column)) for value in values]


def _text(value: str | None) -> str:
    return _dumps(value)


def _value(value: object) -> str:
    """A value as JSON; decimals keep all their digits."""
    match value:
        case float() if not isfinite(value):
            return "null" if value != value else _text(str(value))
        case Decimal():
            return format(value, "f")
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case None | bool() | int() | float() | str():
            return _dumps(value)
        case _:
            return _text(str(value))


def _plainer(catalog: Catalog) -> _Plain:
    """Times as texts on the business's clock, all else as it is."""
    zone = ZoneInfo(catalog.entity.zone)

    def plain(value: object, column: Column | None) -> object:
        match value:
            case datetime():
                if value.tzinfo is None:
                    stored = (column and column.zone) or "UTC"
                    value = to_instant(value, stored)
                return value.astimezone(zone).isoformat()
            case date():
                return value.isoformat()
            case bytes():
                return value.hex()
            case list():
                return [plain(each, column) for each in value]
            case _:
                return value

    return plain


def _shower(catalog: Catalog) -> _Show:
    """Values as texts; None where one is missing."""
    plain = _plainer(catalog)

    def show(value: object, column: Column | None) -> str | None:
        match plain(value, column):
            case None:
                return None
            case str() as text:
                return text
            case float() as number if number != number:
                return None
            case other:
                return _value(other)

    return show


def shown(
    catalog: Catalog, value: object, column: Column | None, between: str = ", "
) -> str | None:
    """A value for a person: lists without brackets, times to the minute."""
    if isinstance(value, list):
        parts = [shown(catalog, each, column) for each in value]
        return between.join(part for part in parts if part is not None)
    if isinstance(value, datetime):
        text = str(_plainer(catalog)(value, column))
        return text[:16].replace("T", " ")
    return _shower(catalog)(value, column)


# Arrow and Parquet.


class _Sink:
    """What pyarrow takes for a file: it counts what it hands on."""

    closed = False

    def __init__(self, to: Write) -> None:
        self._to = to
        self._length = 0

    def write(self, piece: Any) -> int:
        content = bytes(piece)
        self._to(content)
        self._length += len(content)
        return len(content)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


def _binary(
    kind: str, answer: Answer, to: Write, counted: Callable[[int], object], file: bool
) -> None:
    import pyarrow

    batches = answer.members.batches()
    first = next(batches, None)
    if first is None:
        schema = _empty(answer)
        first = pyarrow.RecordBatch.from_pylist([], schema=schema)
    facts = {
        f"segql.{name}": text
        for name, text in answer.facts().items()
        if text is not None
    }
    schema = first.schema.with_metadata(facts)
    sink = pyarrow.PythonFile(_Sink(to), mode="w")
    with _writer(kind, sink, schema, file) as writer:
        writer.write_batch(first.replace_schema_metadata(facts))
        counted(first.num_rows)
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(facts))
            counted(batch.num_rows)


def _writer(kind: str, sink: Any, schema: Any, file: bool) -> Any:
    import pyarrow

    if kind == "parquet":
        from pyarrow.parquet import ParquetWriter

        return ParquetWriter(sink, schema)
    if file:
        return pyarrow.ipc.new_file(sink, schema)
    return pyarrow.ipc.new_stream(sink, schema)


def _empty(answer: Answer) -> Any:
    """The schema of an answer without rows."""
    from dataclasses import replace

    return replace(answer.members, limit=0).arrow().schema


def sizes_csv(rows: Sequence[Sequence[str | None]]) -> str:
    """A small table as CSV."""
    return "".join(",".join(map(_cell, row)) + "\n" for row in rows)
