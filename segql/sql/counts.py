"""Questions about a table's rows: what to count in, one query in a dialect out.

A part of SQL is a tree that the caller hands on and doesn't look into. All of it is
SQL that every engine has: COUNT, SUM over CASE, GROUP BY nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from sqlglot import exp

from segql.catalog.nodes import Column, Path
from segql.model import nodes as mdl
from segql.model.world import World
from segql.sql import literals, names, portable, read
from segql.sql.compile import text
from segql.sql.customers import aliased
from segql.sql.formula import Row, rule
from segql.sql.stretches import instants
from segql.types import DOUBLE, Double, Exact, ListOf, Point, Text

Part: TypeAlias = exp.Expr
Rows: TypeAlias = exp.Select
"""Tables that are read and joined; nothing is selected yet."""


# ---- rows


def rows(table: str, alias: str) -> Rows:
    return exp.Select().from_(aliased(names.table(table), alias))


def with_rows(
    query: Rows,
    table: str,
    alias: str,
    pairs: Sequence[tuple[str, Part]],
    *,
    once: bool,
) -> Rows:
    """Joined to a table whose columns equal parts; with `once`, one row per key."""
    keys = [names.column((column,), alias) for column, _ in pairs]
    on = names.conjunction(
        exp.EQ(this=key, expression=part.copy())
        for key, (_, part) in zip(keys, pairs, strict=True)
    )
    joined: exp.Expr = aliased(names.table(table), alias)
    if once:
        own = [names.column((column,), "o") for column, _ in pairs]
        order = exp.Order(expressions=[exp.Ordered(this=key.copy()) for key in own])
        number = exp.Window(this=exp.RowNumber(), partition_by=own, order=order)
        numbered = exp.select(exp.Star(), exp.alias_(number, "row_of_key")).from_(
            aliased(names.table(table), "o")
        )
        joined = numbered.subquery(alias)
        first = exp.EQ(
            this=names.column(("row_of_key",), alias), expression=literals.number(1)
        )
        on = names.conjunction([on, first])
    return query.join(exp.Join(this=joined, side="LEFT", on=on), copy=False)


def with_known(query: Rows, keys: Rows, pairs: Sequence[tuple[Part, Part]]) -> Rows:
    """Joined, as `who`, to the keys of other rows; `pairs` are theirs and our own."""
    shown = [exp.alias_(theirs.copy(), f"k{n}") for n, (theirs, _) in enumerate(pairs)]
    known = exp.alias_(literals.number(1), "known")
    inner = keys.copy().select(*shown, known, copy=False).distinct(copy=False)
    on = names.conjunction(
        exp.EQ(this=exp.column(f"k{n}", "who"), expression=own.copy())
        for n, (_, own) in enumerate(pairs)
    )
    join = exp.Join(this=inner.subquery("who"), side="LEFT", on=on)
    return query.join(join, copy=False)


KNOWN: Part = exp.column("known", "who")
"""Of `with_known`: there, where the keys are."""


# ---- parts


def place(path: Path, alias: str) -> Part:
    return names.column(path, alias)


def in_document(path: Path, alias: str) -> Part:
    """A value inside a JSON document, as text."""
    head = names.column(path[:1], alias)
    return portable.JsonText(this=head, path=tuple(path[1:]), lenient=False)


def missing(part: Part) -> Part:
    return exp.Is(this=part.copy(), expression=exp.null())


def present(part: Part) -> Part:
    return names.known(part.copy())


def every(*tests: Part) -> Part:
    return names.conjunction(test.copy() for test in tests)


NEVER: Part = exp.EQ(this=literals.number(1), expression=literals.number(0))
"""A test that no row passes."""


# ---- counts


def number() -> Part:
    return exp.Count(this=exp.Star())


def number_where(test: Part) -> Part:
    """How many rows pass a test; NULL where there are no rows."""
    one = exp.If(this=test.copy(), true=literals.number(1))
    return exp.Sum(this=exp.Case(ifs=[one], default=literals.number(0)))


def different(part: Part, test: Part | None = None) -> Part:
    """How many different values a part has where a test passes."""
    value = part.copy()
    if test is not None:
        value = exp.Case(ifs=[exp.If(this=test.copy(), true=value)])
    return exp.Count(this=exp.Distinct(expressions=[value]))


_SKETCHES = ("bigquery", "clickhouse", "databricks", "duckdb", "snowflake", "spark")
"""Dialects that count different values about, in little memory."""


def about_different(part: Part, dialect: str) -> Part:
    """About how many different values a part has."""
    if dialect in _SKETCHES:
        return exp.ApproxDistinct(this=part.copy())
    return different(part)


def known(part: Part) -> Part:
    """How many rows have a part."""
    return exp.Count(this=part.copy())


def counted(query: Rows, counts: Sequence[Part], dialect: str) -> str:
    """All counts, in one pass."""
    shown = [
        exp.alias_(count.copy(), f"n{at}", copy=False)
        for at, count in enumerate(counts, 1)
    ]
    return text(query.copy().select(*shown, copy=False), dialect, False)


def different_rows(query: Rows, parts: Sequence[Part], dialect: str) -> str:
    """How many different rows of parts there are, all of them known."""
    shown = [exp.alias_(part.copy(), f"k{n}") for n, part in enumerate(parts)]
    inner = query.copy().select(*shown, copy=False).distinct(copy=False)
    inner.where(names.conjunction(map(present, parts)), copy=False)
    return text(exp.select(number()).from_(inner.subquery("d")), dialect, False)


def extent(query: Rows, part: Part, column: Column, alias: str, dialect: str) -> str:
    """Each value of a part with the earliest and the latest time beside it."""
    if column.stored in ("text", "json"):
        column = replace(column, unreadable_missing=True)
    time = read.value(column, alias)
    found = query.copy().select(
        exp.alias_(part.copy(), "n1"),
        exp.alias_(exp.Min(this=time), "n2"),
        exp.alias_(exp.Max(this=time.copy()), "n3"),
        copy=False,
    )
    return text(found.group_by(part.copy(), copy=False), dialect, False)


def different_in(table: str, path: Path) -> Rows:
    """The different values of a column, as `k0` of `t`, that are known."""
    part = names.column(path, "s")
    inner = rows(table, "s").select(exp.alias_(part, "k0"), copy=False)
    inner = inner.where(present(part), copy=False).distinct(copy=False)
    return exp.Select().from_(inner.subquery("t"))


def first_values(query: Rows, part: Part, most: int, dialect: str) -> str:
    """So many of a text's different values, but not the empty one."""
    shown = exp.alias_(part.copy(), "n1")
    found = query.copy().select(shown, copy=False).distinct(copy=False)
    not_empty = exp.NEQ(this=part.copy(), expression=literals.text(""))
    return text(found.where(not_empty, copy=False).limit(most), dialect, False)


def any_row(query: Rows, dialect: str) -> str:
    """One row, if there is any."""
    one = exp.alias_(literals.number(1), "n1")
    return text(query.copy().select(one, copy=False).limit(1), dialect, False)


def some_of(query: Rows, part: Part, test: Part, most: int, dialect: str) -> str:
    """A part of the rows that pass, of so many of them at most."""
    found = query.copy().select(exp.alias_(part.copy(), "n1"), copy=False)
    return text(found.where(test.copy(), copy=False).limit(most), dialect, False)


# ---- tests of cells


def unreadable(column: Column, alias: str) -> Part | None:
    """Whether a cell can't be read as its column's type; None: every cell can."""
    if isinstance(column.type, Text | ListOf):
        return None
    if isinstance(column.type, Point):
        column = replace(column, type=DOUBLE, longitude=None)
    raw = read.stored(column, alias)
    if column.stored in ("text", "json"):
        if column.empty_missing:
            raw = exp.Nullif(this=raw, expression=literals.text(""))
        value = read.value(replace(column, unreadable_missing=True), alias)
        return every(present(raw), missing(value))
    if column.double and isinstance(column.type, Exact):
        bound = _too_large(column.type)
        double = portable.Float(this=raw)
        outside = [
            exp.GTE(this=double, expression=literals.double(bound)),
            exp.LTE(this=double.copy(), expression=literals.double(-bound)),
        ]
        number = portable.IsNumber(this=portable.Float(this=raw.copy()))
        return every(present(raw), number, names.disjunction(outside))
    return None


def is_empty(part: Part) -> Part:
    return exp.EQ(this=part.copy(), expression=literals.text(""))


def is_no_amount(part: Part) -> Part:
    """Whether a double has more than two digits after the point, or is huge."""
    double = portable.Float(this=part.copy())
    size = exp.Abs(this=double)
    cents = exp.Mul(this=double.copy(), expression=literals.double(100.0))
    rest = exp.Abs(
        this=exp.Paren(
            this=exp.Sub(this=cents, expression=exp.Round(this=cents.copy()))
        )
    )
    bound = exp.Mul(this=size.copy(), expression=literals.double(1e-6))
    near = names.disjunction(
        [
            exp.LT(this=rest, expression=literals.double(1e-6)),
            exp.LT(this=rest.copy(), expression=bound),
        ]
    )
    small = exp.LT(this=size.copy(), expression=literals.double(1e15))
    zero, one = literals.number(0), literals.number(1)
    odd = exp.Case(ifs=[exp.If(this=near, true=zero)], default=one)
    found = exp.Case(
        ifs=[
            exp.If(this=missing(part), true=zero.copy()),
            exp.If(this=small, true=odd),
        ],
        default=one.copy(),
    )
    return exp.EQ(this=found, expression=one.copy())


def not_a_number(column: Column, alias: str) -> Part | None:
    """Whether a cell is NaN; None: none can be."""
    if column.stored is not None or not (
        column.double or isinstance(column.type, Double)
    ):
        return None
    raw = portable.Float(this=read.stored(column, alias))
    return every(present(raw), exp.Not(this=portable.IsNumber(this=raw)))


def undeclared(
    world: World, column: Column, alias: str, values: Sequence[object]
) -> tuple[Part, Part]:
    """A value as rules see it, and whether it is not among the declared ones."""
    readable = replace(column, unreadable_missing=True)

    def attribute(_: str) -> exp.Expr:
        return read.value(readable, alias)

    row = Row(world, attribute, {})
    value = mdl.Attribute("value", column.type)
    kind = column.type
    test: mdl.Rule
    if isinstance(kind, ListOf):
        options = tuple(mdl.Constant(each, kind.element) for each in values)  # type: ignore[arg-type]
        element = mdl.Element(kind.element)
        other = mdl.And((mdl.Not(mdl.IsMissing(element)), _none_of(element, options)))
        test = mdl.HasSome(value, other)
    else:
        options = tuple(mdl.Constant(each, kind) for each in values)  # type: ignore[arg-type]
        test = mdl.And((mdl.Not(mdl.IsMissing(value)), _none_of(value, options)))
    return attribute(""), rule(test, row)


def _none_of(value: mdl.Value, options: tuple[mdl.Constant, ...]) -> mdl.Rule:
    return mdl.Not(mdl.OneOf(value, options))


def from_on(column: Column, alias: str, moment: datetime, zone: str) -> Part:
    """Whether a time lies at or after an instant; of what can't be read, not."""
    if read.plain(column):
        return instants(column, read.stored(column, alias), moment, None, zone)
    value = read.value(replace(column, unreadable_missing=True), alias)
    return instants(replace(column, zone="UTC"), value, moment, None, zone)


def _too_large(kind: Exact) -> float:
    """The least double that, rounded to the type, has too many digits for it."""
    factor = float(f"1e{kind.scale}")

    def fits(number: float) -> bool:
        product = number * factor
        below = math.floor(product)
        return bool(below + (product - below >= 0.5) < 10**kind.digits)

    low, high = 0.0, 2 * float(f"1e{kind.digits - kind.scale}")
    while math.nextafter(low, high) < high:
        middle = low + (high - low) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return high
