"""Resolved rules and values to SQL expressions.

A rule becomes an expression that is TRUE exactly where the rule is true, and FALSE or
NULL elsewhere: good for WHERE, HAVING, FILTER and CASE, where these are the same.
`not` stands on single tests alone, and there NULL is turned to FALSE before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never

from sqlglot import exp

from segql.catalog.nodes import Column, Event
from segql.model import nodes as mdl
from segql.model import regex
from segql.model.windows import next_instant
from segql.model.world import World
from segql.plan.build import never_missing
from segql.plan.nodes import Measure
from segql.plan.walls import first_day, walls_from
from segql.sql import literals, names, numbers, read
from segql.types import DOUBLE, Date, Double, Exact, ListOf, Type


@dataclass(frozen=True)
class Row:
    """What the names of a rule are in the query around it.

    `attribute` gives the SQL of an attribute; `event` and `aliases` are set inside an
    event's test (the alias of its table under None, of its joins under their names);
    `measures` has the SQL of each measure, `grouped` where that is the aggregate
    itself: then there are events, and no count is NULL.
    """

    world: World
    attribute: Callable[[str], exp.Expr]
    measures: Mapping[Measure, exp.Expr]
    grouped: bool = False
    event: Event | None = None
    aliases: Mapping[str | None, str] | None = None

    @property
    def zone(self) -> str:
        return self.world.catalog.entity.zone


def rule(node: mdl.Rule, row: Row) -> exp.Expr:
    match node:
        case mdl.Always(value):
            return exp.Boolean(this=value)
        case mdl.Compare():
            return _compare(node, row)
        case mdl.OneOf(value, options):
            return _one_of(value, options, row)
        case mdl.Within(subject, window):
            return _within(subject, window, row)
        case mdl.TextTest(kind, subject, part):
            test = {
                "starts": exp.StartsWith,
                "ends": exp.EndsWith,
                "contains": exp.Contains,
            }[kind]
            return test(this=value_of(subject, row), expression=value_of(part, row))
        case mdl.Matches(subject, pattern):
            shown = literals.text(regex.portable(pattern))
            return exp.RegexpFullMatch(this=value_of(subject, row), expression=shown)
        case mdl.IsMissing(subject):
            return exp.Is(this=_known(subject, row), expression=exp.null())
        case mdl.Holds(subject):
            return value_of(subject, row)
        case mdl.HasAny(items, options):
            return _has("LIST_HAS_ANY", items, options, row)
        case mdl.HasAll(items, options):
            return _has("LIST_HAS_ALL", items, options, row)
        case mdl.Not(term):
            return _negated(term, row)
        case mdl.And(terms):
            return names.conjunction(rule(term, row) for term in terms)
        case mdl.Or(terms):
            return disjunction([rule(term, row) for term in terms])
        case mdl.InSegment(_, inner):
            return rule(inner, row)
        case _:
            assert_never(node)


def disjunction(terms: Sequence[exp.Expr]) -> exp.Expr:
    """The terms joined by OR, in parentheses."""
    result = _operand(terms[0])
    for term in terms[1:]:
        result = exp.Or(this=result, expression=_operand(term))
    return exp.Paren(this=result) if len(terms) > 1 else result


def _operand(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.And | exp.Or) else node


def _negated(term: mdl.Rule, row: Row) -> exp.Expr:
    """TRUE exactly where the test is not true."""
    match term:
        case mdl.IsMissing(subject):
            return exp.Not(
                this=exp.Is(this=_known(subject, row), expression=exp.null())
            )
        case mdl.Compare("=", _, right) if isinstance(right, mdl.Constant):
            inner = rule(term, row)
            if isinstance(inner, exp.EQ):
                return exp.NullSafeNEQ(this=inner.this, expression=inner.expression)
            return exp.true() if isinstance(inner, exp.Boolean) else _not(inner)
        case _:
            return _not(rule(term, row))


def _not(inner: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Coalesce(this=inner, expressions=[exp.false()]))


def _known(node: mdl.Value, row: Row) -> exp.Expr:
    """What is NULL exactly where the value is missing."""
    return value_of(node, row)


def _compare(node: mdl.Compare, row: Row) -> exp.Expr:
    left = value_of(node.left, row)
    type_ = node.left.type
    if isinstance(type_, Exact | Double):
        right = value_of(node.right, row)
        return numbers.compared(node.operator, left, type_, node.right, right)
    if isinstance(node.right, mdl.Constant) and isinstance(node.right.value, datetime):
        return _instant(node, node.right.value, row)
    return numbers.OPERATORS[node.operator](
        this=left, expression=value_of(node.right, row)
    )


def _instant(node: mdl.Compare, moment: datetime, row: Row) -> exp.Expr:
    """A timestamp against one instant, as the range that it is."""
    after = next_instant(moment)
    window = {
        "=": mdl.Instants(moment, after),
        "!=": mdl.Instants(moment, after),
        "<": mdl.Instants(None, moment),
        "<=": mdl.Instants(None, after),
        ">": mdl.Instants(after or moment, None if after else moment),
        ">=": mdl.Instants(moment, None),
    }[node.operator]
    inside = _within(node.left, window, row)
    return _not(inside) if node.operator == "!=" else inside


def _one_of(value: mdl.Value, options: tuple[mdl.Constant, ...], row: Row) -> exp.Expr:
    subject = value_of(value, row)
    if any(isinstance(option.type, Double) for option in options):
        subject = numbers.to_double(subject, value.type)
        shown = [literals.constant(option) for option in options]
    elif isinstance(value.type, Exact):
        tests = [
            numbers.against("=", exp.Placeholder(), value.type, option.value)
            for option in options
            if isinstance(option.value, int | Decimal)
        ]
        shown = [test.expression for test in tests if isinstance(test, exp.EQ)]
        if not shown:
            return exp.false()
    else:
        shown = [literals.constant(option) for option in options]
    return exp.In(this=subject, expressions=shown)


def _has(
    function: str, items: mdl.Value, options: tuple[mdl.Constant, ...], row: Row
) -> exp.Expr:
    assert isinstance(items.type, ListOf)
    element = items.type.element
    held = value_of(items, row)
    if isinstance(element, Exact) and any(isinstance(o.type, Double) for o in options):
        held = read.each(numbers.to_double(read.ITEM.copy(), element), held)
        element = DOUBLE
    possible = [o for o in options if numbers.holds(element, o.value)]
    if not possible or (function == "LIST_HAS_ALL" and len(possible) < len(options)):
        return exp.false()
    shown = [_element(option, element) for option in possible]
    if len(shown) == 1:
        return exp.ArrayContains(this=held, expression=shown[0])
    return exp.Anonymous(
        this=function, expressions=[held, exp.Array(expressions=shown)]
    )


def _element(option: mdl.Constant, element: Type) -> exp.Expr:
    """An option in the elements' type, so that lists are compared like to like."""
    if isinstance(element, Exact):
        return names.cast(literals.constant(option), literals.data_type(element))
    return literals.constant(option)


# ---- time


def _within(subject: mdl.Value, window: mdl.Window, row: Row) -> exp.Expr:
    match window:
        case mdl.Days(start, end):
            if isinstance(subject.type, Date):
                side = value_of(subject, row)
                low = literals.day(start) if start else None
                high = literals.day(end) if end else None
                return _between(side, low, high)
            raise ValueError("days over timestamps are resolved to instants")
        case mdl.Instants(start, end):
            column = _column(subject, row)
            if column is not None and isinstance(
                subject, mdl.EventTime | mdl.Attribute | mdl.Property
            ):
                return instants(column[0], column[1], start, end, row.zone)
            side = value_of(subject, row)
            low = literals.utc_wall(start) if start else None
            high = literals.utc_wall(end) if end else None
            return _between(side, low, high)
        case _:
            raise ValueError("a window that is not resolved")


def _column(subject: mdl.Value, row: Row) -> tuple[Column, exp.Expr] | None:
    """The column that a time is read from, where it can be compared as stored."""
    if row.event is None or row.aliases is None:
        return None
    match subject:
        case mdl.EventTime():
            column = row.event.time
        case mdl.Property(name):
            column = row.event.properties[name].column
        case _:
            return None
    if not read.plain(column):
        return None
    return column, read.stored(column, row.aliases[column.join])


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
        return _between(raw, low, high)
    if column.zone is None:
        low = literals.instant(start) if start else None
        high = literals.instant(end) if end else None
        return _between(raw, low, high)
    if column.zone == "UTC":
        low = literals.utc_wall(start) if start else None
        high = literals.utc_wall(end) if end else None
        return _between(raw, low, high)
    tests = []
    if start is not None:
        ranges = [
            _between(raw, literals.wall(a), literals.wall(b) if b else None)
            for a, b in walls_from(start, column.zone)
        ]
        tests.append(_any(ranges))
    if end is not None:
        edge = None
        ranges = []
        for a, b in walls_from(end, column.zone):
            low = literals.wall(edge) if edge else None
            ranges.append(_between(raw, low, literals.wall(a)))
            edge = b
        tests.append(_any(ranges))
    if not tests:
        return _between(raw, None, None)
    return names.conjunction(tests)


def _any(ranges: list[exp.Expr]) -> exp.Expr:
    return disjunction(ranges)


def _between(side: exp.Expr, low: exp.Expr | None, high: exp.Expr | None) -> exp.Expr:
    tests: list[exp.Expr] = []
    if low is not None:
        tests.append(exp.GTE(this=side.copy(), expression=low))
    if high is not None:
        tests.append(exp.LT(this=side.copy(), expression=high))
    if not tests:
        return exp.Not(this=exp.Is(this=side, expression=exp.null()))
    return names.conjunction(tests)


# ---- values


def value_of(node: mdl.Value, row: Row) -> exp.Expr:
    match node:
        case mdl.Constant():
            return literals.constant(node)
        case mdl.Attribute(name):
            return row.attribute(name)
        case mdl.Property(name):
            assert row.event is not None
            assert row.aliases is not None
            column = row.event.properties[name].column
            return read.value(column, row.aliases[column.join])
        case mdl.EventTime():
            assert row.event is not None
            assert row.aliases is not None
            column = row.event.time
            raw = read.value(column, row.aliases[column.join])
            return read.of_date(raw, row.zone) if isinstance(column.type, Date) else raw
        case mdl.EventDay():
            assert row.event is not None
            assert row.aliases is not None
            column = row.event.time
            raw = read.value(column, row.aliases[column.join])
            if isinstance(column.type, Date):
                return raw
            return names.cast(read.local(raw, row.zone), "DATE")
        case mdl.Arithmetic(operator, left, right, type_):
            return numbers.arithmetic(
                operator,
                value_of(left, row),
                left.type,
                value_of(right, row),
                right.type,
                type_,
            )
        case mdl.Negative(operand, type_):
            inner = value_of(operand, row)
            if isinstance(type_, Exact) and type_.scale == 0:
                inner = names.cast(inner, literals.data_type(type_))
            return numbers.negative(inner)
        case mdl.Fold(inner_text):
            return exp.Lower(this=value_of(inner_text, row))
        case mdl.Size(items):
            return _size(items, row)
        case mdl.Aggregate() | mdl.Pick():
            column_ = row.measures[node].copy()
            if isinstance(node, mdl.Pick) and isinstance(node.value, mdl.EventDay):
                return names.cast(read.local(column_, row.zone), "DATE")
            if (
                row.grouped
                and isinstance(node, mdl.Aggregate)
                and node.function != "sum"
            ):
                return column_
            if isinstance(node, mdl.Aggregate) and never_missing(node):
                return exp.Coalesce(this=column_, expressions=[literals.number(0)])
            if isinstance(node, mdl.Aggregate) and node.function == "sum":
                zero = names.cast(literals.number(0), "DOUBLE")
                total = exp.Coalesce(this=column_, expressions=[zero])
                return read.known_number(total)
            return column_
        case _:
            assert_never(node)


def _size(items: mdl.Value, row: Row) -> exp.Expr:
    assert isinstance(items.type, ListOf)
    inner = value_of(items, row)
    if isinstance(items.type.element, Double):
        element = exp.to_identifier("x")
        keep = exp.Not(this=exp.IsNan(this=exp.Column(this=element)))
        inner = exp.Anonymous(
            this="LIST_FILTER",
            expressions=[inner, exp.Lambda(this=keep, expressions=[element])],
        )
    counted = exp.Anonymous(this="LIST_COUNT", expressions=[inner])
    return exp.Coalesce(this=counted, expressions=[literals.number(0)])
