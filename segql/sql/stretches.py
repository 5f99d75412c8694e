"""Stretches of time over columns: tests of a column as it is stored."""

from collections.abc import Iterator
from datetime import date, datetime

from sqlglot import exp

from segql.catalog.nodes import Column, Partitioning
from segql.plan.partitions import first_partition, last_partition, written
from segql.plan.walls import first_day, walls_from
from segql.sql import literals, names
from segql.types import Date, Exact


def instants(
    column: Column,
    raw: exp.Expr,
    start: datetime | None,
    end: datetime | None,
    zone: str,
) -> exp.Expr:
    """A column as it is stored against instants: bounds move, the column does not."""
    if isinstance(column.type, Date):
        low = literals.day(first_day(start, zone)) if start else None
        high = literals.day(first_day(end, zone)) if end else None
        return between(raw, low, high)
    if column.zone is None:
        low = literals.instant(start) if start else None
        high = literals.instant(end) if end else None
        return between(raw, low, high)
    if column.zone == "UTC":
        low = literals.utc_wall(start) if start else None
        high = literals.utc_wall(end) if end else None
        return between(raw, low, high)
    tests = []
    if start is not None:
        ranges = [
            between(raw, literals.wall(a), literals.wall(b) if b else None)
            for a, b in walls_from(start, column.zone)
        ]
        tests.append(names.disjunction(ranges))
    if end is not None:
        edge = None
        ranges = []
        for a, b in walls_from(end, column.zone):
            low = literals.wall(edge) if edge else None
            ranges.append(between(raw, low, literals.wall(a)))
            edge = b
        tests.append(names.disjunction(ranges))
    if not tests:
        return between(raw, None, None)
    return names.conjunction(tests)


def between(side: exp.Expr, low: exp.Expr | None, high: exp.Expr | None) -> exp.Expr:
    tests: list[exp.Expr] = []
    if low is not None:
        tests.append(exp.GTE(this=side.copy(), expression=low))
    if high is not None:
        tests.append(exp.LT(this=side.copy(), expression=high))
    if not tests:
        return names.known(side)
    return names.conjunction(tests)


def partitions(
    parted: Partitioning,
    raw: exp.Expr,
    start: datetime | None,
    end: datetime | None,
) -> Iterator[exp.Expr]:
    """What the column of partitions is at least, and at most, beside instants."""
    if start is not None:
        low = _partition(parted, first_partition(start, parted.zone))
        yield exp.GTE(this=raw.copy(), expression=low)
    if end is not None:
        high = _partition(parted, last_partition(end, parted.zone))
        yield exp.LTE(this=raw.copy(), expression=high)


def _partition(parted: Partitioning, day: date) -> exp.Expr:
    match parted.column.type:
        case Date():
            return literals.day(day)
        case Exact() as type:
            return literals.exact(int(written(day, parted.form)), type)
        case _:
            return literals.text(written(day, parted.form))
