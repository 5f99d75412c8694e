"""Stretches of time over columns: tests of a column as it is stored."""

from datetime import datetime

from sqlglot import exp

from segql.catalog.nodes import Column
from segql.plan.walls import first_day, walls_from
from segql.sql import literals, names
from segql.types import Date


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
