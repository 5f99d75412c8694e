"""A column of a catalog in, what to count about its cells out.

A question is a few aggregate expressions and what their answers mean; many questions
are asked in one pass over a table.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from segql.catalog.nodes import Column, Path
from segql.diagnostics import Diagnostic
from segql.engines import Connection
from segql.messages import engine as messages
from segql.model import formats, regex
from segql.source import Span
from segql.types import Boolean, Date, Double, Exact, ListOf, Text, Timestamp, Type
from segql.warehouse.ground import literal


@dataclass(frozen=True, slots=True)
class Question:
    """`counts` are aggregates; `finding` is told them if the first is not 0."""

    at: Path
    counts: tuple[str, ...]
    finding: Callable[..., Diagnostic]


@dataclass(frozen=True, slots=True)
class Cells:
    """A column of a table: `shown` names it for people, `raw` for the engine."""

    at: Path
    table: str
    shown: str
    column: Column
    raw: str
    span: Span


def ask(
    questions: Iterable[Question], source: str, connection: Connection
) -> Iterator[tuple[Path, int, Diagnostic]]:
    """All questions in one pass over `source`, what stands after FROM."""
    asked = list(questions)
    if not asked:
        return
    every = ", ".join(count for question in asked for count in question.counts)
    [answer] = connection.rows(f"SELECT {every} FROM {source}")
    rest = [int(str(count)) for count in answer]
    for question in asked:
        counts, rest = rest[: len(question.counts)], rest[len(question.counts) :]
        if counts[0]:
            yield question.at, counts[0], question.finding(*counts)


def unreadable(cells: Cells) -> Iterator[Question]:
    """Cells that can't be read as their column's type."""
    column = cells.column
    if column.double:
        value = typed(column, cells.raw)
        test = f"{cells.raw} IS NOT NULL AND NOT isnan({cells.raw}) AND {value} IS NULL"
    elif column.stored not in ("text", "json") or isinstance(
        column.type, Text | ListOf
    ):
        return
    else:
        text = _text(column, cells.raw)
        test = f"{text} IS NOT NULL AND {_parsed(column, text)} IS NULL"
    yield Question(
        cells.at,
        (f"count(*) FILTER (WHERE {test})",),
        lambda rows: messages.unreadable_cells(
            cells.table,
            cells.shown,
            rows,
            str(column.type),
            column.unreadable_missing,
            cells.span,
        ),
    )


def nan(cells: Cells) -> Iterator[Question]:
    if cells.column.stored is None and (
        cells.column.double or isinstance(cells.column.type, Double)
    ):
        yield Question(
            cells.at,
            (f"count(*) FILTER (WHERE isnan({cells.raw}))",),
            lambda rows: messages.not_a_number(
                cells.table, cells.shown, rows, cells.span
            ),
        )


def undeclared(cells: Cells, values: tuple[object, ...]) -> Iterator[Question]:
    """Values that are not among the declared ones."""
    if not values:
        return
    value = typed(cells.column, cells.raw)
    if isinstance(cells.column.type, ListOf):
        element = cells.column.type.element
        listed = ", ".join(_literal(each, element) for each in values)
        other = f"list_filter({value}, lambda e: e IS NOT NULL AND e NOT IN ({listed}))"
        test = f"len({other}) > 0"
        different = f"len(list_distinct(flatten(list({other}) FILTER (WHERE {test}))))"
    else:
        listed = ", ".join(_literal(each, cells.column.type) for each in values)
        test = f"{value} NOT IN ({listed})"
        different = f"count(DISTINCT {value}) FILTER (WHERE {test})"
    yield Question(
        cells.at,
        (f"count(*) FILTER (WHERE {test})", f"coalesce({different}, 0)"),
        lambda rows, different: messages.undeclared_values(
            cells.table, cells.shown, rows, different, cells.span
        ),
    )


def typed(column: Column, raw: str) -> str:
    """The value of a column as rules see it; NULL where it has none."""
    if isinstance(column.type, ListOf):
        return raw
    if isinstance(column.type, Text):
        return _text(column, raw)
    if column.stored == "timestamp":
        return f"CAST({raw} AS DATE)"
    if column.stored is not None:
        return _parsed(column, _text(column, raw))
    if column.double:
        return f"TRY_CAST({raw} AS {_sql_type(column.type)})"
    return raw


def instant(column: Column, raw: str, zone: str) -> str:
    """The moment of a date or a timestamp, as a TIMESTAMPTZ; a date has its zone's
    midnight."""
    value = typed(column, raw)
    if isinstance(column.type, Date):
        return f"CAST({value} AS TIMESTAMP) AT TIME ZONE {literal(zone)}"
    if column.zone is not None:
        return f"({value}) AT TIME ZONE {literal(column.zone)}"
    return value


def moment(as_of: datetime) -> str:
    wall = as_of.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return f"TIMESTAMPTZ {literal(wall + '+00')}"


def _text(column: Column, raw: str) -> str:
    return f"nullif({raw}, '')" if column.empty_missing else raw


def _parsed(column: Column, text: str) -> str:
    """Text as its type, in the one form that the type has; else NULL."""
    pattern, cast = _form(column)
    fits = f"regexp_full_match({text}, {literal(regex.portable(pattern))})"
    return f"CASE WHEN {fits} THEN TRY_CAST({text} AS {cast}) END"


def _form(column: Column) -> tuple[str, str]:
    cast = _sql_type(column.type)
    match column.type:
        case Exact(_, 0) as exact:
            return formats.INTEGER, "BIGINT" if exact.digits == 19 else cast
        case Exact(_, scale):
            return formats.decimal(scale), cast
        case Boolean():
            return formats.BOOLEAN, cast
        case Date():
            return formats.DATE, cast
        case Timestamp() if column.zone is None:
            return formats.INSTANT, "TIMESTAMPTZ"
        case Timestamp():
            return formats.WALL, cast
        case _:
            return formats.DOUBLE, cast


def _sql_type(type: Type) -> str:
    if isinstance(type, Exact):
        return f"DECIMAL({type.digits}, {type.scale})"
    return {"text": "VARCHAR"}.get(str(type), str(type).upper())


def _literal(value: object, type: Type) -> str:
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, date):
        return f"DATE {literal(value.isoformat())}"
    if isinstance(value, float):
        return f"CAST({literal(repr(value))} AS DOUBLE)"
    return f"CAST({literal(str(value))} AS {_sql_type(type)})"
