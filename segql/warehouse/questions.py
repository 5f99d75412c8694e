"""A column of a catalog in, what to count about its cells out.

A question is a few counts and what their answers mean; many questions are asked in
one pass over a table.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from segql.catalog.nodes import Column, Path
from segql.diagnostics import Diagnostic
from segql.engines import Connection
from segql.messages import engine as messages
from segql.model.world import World
from segql.source import Span
from segql.sql import counts as sql
from segql.types import ListOf

_MOST = 10_000
"""Of so many rows with lists, the undeclared elements are told apart."""


@dataclass(frozen=True, slots=True)
class Question:
    """`counts` are told to `finding` if the first is not 0."""

    at: Path
    counts: tuple[sql.Part, ...]
    finding: Callable[..., Diagnostic]


@dataclass(frozen=True, slots=True)
class Cells:
    """A column of a table, which has an alias in the query; `shown` names it."""

    at: Path
    table: str
    shown: str
    column: Column
    alias: str
    span: Span


def ask(
    questions: Iterable[Question], source: sql.Rows, connection: Connection
) -> Iterator[tuple[Path, int, Diagnostic]]:
    """All questions in one pass over the rows of `source`."""
    asked = list(questions)
    if not asked:
        return
    every = [count for question in asked for count in question.counts]
    [answer] = connection.rows(sql.counted(source, every, connection.dialect))
    rest = [whole(count) for count in answer]
    for question in asked:
        counts, rest = rest[: len(question.counts)], rest[len(question.counts) :]
        if counts[0]:
            yield question.at, counts[0], question.finding(*counts)


def whole(count: object) -> int:
    """What an engine counted; the sum over no rows is none."""
    return 0 if count is None else int(count)  # type: ignore[call-overload]


def unreadable(cells: Cells) -> Iterator[Question]:
    """Cells that can't be read as their column's type."""
    column = cells.column
    test = sql.unreadable(column, cells.alias)
    if test is not None:
        yield Question(
            cells.at,
            (sql.number_where(test),),
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
    test = sql.not_a_number(cells.column, cells.alias)
    if test is not None:
        yield Question(
            cells.at,
            (sql.number_where(test),),
            lambda rows: messages.not_a_number(
                cells.table, cells.shown, rows, cells.span
            ),
        )


def undeclared(
    cells: Cells,
    values: tuple[object, ...],
    world: World,
    source: Callable[[], sql.Rows],
    connection: Connection,
) -> Iterator[Question]:
    """Values that are not among the declared ones."""
    if not values:
        return
    value, test = sql.undeclared(world, cells.column, cells.alias, values)
    counts = [sql.number_where(test)]
    is_list = isinstance(cells.column.type, ListOf)
    if not is_list:
        counts.append(sql.different(value, test))

    def finding(rows: int, different: int = 0) -> Diagnostic:
        if is_list:
            query = sql.some_of(source(), value, test, _MOST, connection.dialect)
            different = len(_others(connection.rows(query), values))
        return messages.undeclared_values(
            cells.table, cells.shown, rows, different, cells.span
        )

    yield Question(cells.at, tuple(counts), finding)


def _others(
    rows: list[tuple[object, ...]], declared: tuple[object, ...]
) -> set[object]:
    """The elements of lists that are not among the declared ones."""
    lists = [each for (each,) in rows if isinstance(each, list | tuple)]
    return {item for each in lists for item in each if item is not None} - {*declared}
