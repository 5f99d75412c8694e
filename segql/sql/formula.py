"""Resolved rules and values to SQL expressions.

A rule becomes an expression that is TRUE exactly where the rule is true, and FALSE or
NULL elsewhere: good for WHERE, HAVING, FILTER and CASE, where these are the same.
`not` stands on single tests alone, and there NULL is turned to FALSE before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import assert_never

from sqlglot import exp

from segql.catalog.nodes import Column, Event
from segql.model import nodes as mdl
from segql.model import regex
from segql.model.windows import Clock, next_instant
from segql.model.world import World
from segql.plan.nodes import Figure, Measure
from segql.plan.values import never_missing
from segql.sql import (
    lists,
    literals,
    moments,
    names,
    numbers,
    places,
    portable,
    read,
)
from segql.sql.stretches import between, instants
from segql.types import Date, Double, Exact, ListOf


@dataclass(frozen=True)
class Row:
    """What the names of a rule are in the query around it.

    `attribute` gives the SQL of an attribute; `event` and `aliases` are set inside an
    event's test (the alias of its table under None, of its joins under their names);
    `measures` has the SQL of each measure, `grouped` where that is the aggregate
    itself: then there are events, and no count is NULL. `key` is the customer's key,
    and `whole` looks it up among those of a sequence or a ranking; `as_of` is what
    elapsed time is counted back from.
    """

    world: World
    attribute: Callable[[str], exp.Expr]
    measures: Mapping[Measure, exp.Expr]
    grouped: bool = False
    event: Event | None = None
    aliases: Mapping[str | None, str] | None = None
    key: exp.Expr | None = None
    whole: Callable[[mdl.Rule], exp.Expr] | None = None
    as_of: datetime | None = None

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
            return portable.FullMatch(
                this=value_of(subject, row), expression=shown, pattern=pattern
            )
        case mdl.IsMissing(subject):
            return exp.Is(this=_known(subject, row), expression=exp.null())
        case mdl.Holds(subject):
            return portable.IsTrue(this=value_of(subject, row))
        case mdl.HasAny(items, options) | mdl.HasAll(items, options):
            assert isinstance(items.type, ListOf)
            every = isinstance(node, mdl.HasAll)
            held = value_of(items, row)
            return lists.has(held, items.type.element, options, every=every)
        case mdl.HasSome(items, test):
            assert isinstance(items.type, ListOf)
            return lists.has_some(
                value_of(items, row), items.type.element, rule(test, row)
            )
        case mdl.OnDays(subject, ranges):
            day = value_of(subject, row)
            return moments.on_days(day, subject.type, ranges, row.zone)
        case mdl.Anchored(subject, anchor):
            return moments.anchored(
                node, value_of(subject, row), value_of(anchor, row), row.zone
            )
        case mdl.Near(subject, points, km):
            latitude, longitude = read.coordinates(value_of(subject, row))
            return places.near(latitude, longitude, points, km)
        case mdl.Not(term):
            return _negated(term, row)
        case mdl.And(terms):
            return names.conjunction(rule(term, row) for term in terms)
        case mdl.Or(terms):
            return names.disjunction([rule(term, row) for term in terms])
        case mdl.AtLeast(least, most, terms):
            return counted(least, most, [rule(term, row) for term in terms])
        case mdl.Sequence() | mdl.Ranked():
            assert row.whole is not None
            return row.whole(node)
        case mdl.Sampled():
            return _sampled(node, row)
        case mdl.Anniversary():
            raise ValueError("an anniversary that is not resolved")
        case mdl.InSegment(_, inner):
            return rule(inner, row)
        case _:
            assert_never(node)


def counted(least: int, most: int | None, terms: Sequence[exp.Expr]) -> exp.Expr:
    """At least so many of the terms are true, and at most so many."""
    ones = [
        exp.Case(
            ifs=[exp.If(this=term, true=exp.Literal.number(1))],
            default=exp.Literal.number(0),
        )
        for term in terms
    ]
    number: exp.Expr = ones[0]
    for one in ones[1:]:
        number = exp.Add(this=number, expression=one)
    if len(ones) > 1:
        number = exp.Paren(this=number)
    lower = exp.Literal.number(least)
    if most == least:
        return exp.EQ(this=number, expression=lower)
    if most is None:
        return exp.GTE(this=number, expression=lower) if least > 0 else exp.true()
    if least <= 0:
        return exp.LTE(this=number, expression=exp.Literal.number(most))
    return exp.Between(this=number, low=lower, high=exp.Literal.number(most))


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
            return exp.true() if isinstance(inner, exp.Boolean) else not_true(inner)
        case _:
            return not_true(rule(term, row))


def not_true(inner: exp.Expr) -> exp.Expr:
    return portable.NotTrue(this=inner)


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
    return not_true(inside) if node.operator == "!=" else inside


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


# ---- time


def _within(subject: mdl.Value, window: mdl.Window, row: Row) -> exp.Expr:
    match window:
        case mdl.Days(start, end):
            if isinstance(subject.type, Date):
                side = value_of(subject, row)
                low = literals.day(start) if start else None
                high = literals.day(end) if end else None
                return between(side, low, high)
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
            return between(side, low, high)
        case _:
            raise ValueError("a window that is not resolved")


def _column(subject: mdl.Value, row: Row) -> tuple[Column, exp.Expr] | None:
    """The column that a time is read from, where it can be compared as stored."""
    if row.event is None or row.aliases is None:
        return None
    match subject:
        case mdl.EventTime():
            column = _time(row.event)
        case mdl.Property(name):
            column = row.event.properties[name].column
        case _:
            return None
    if not read.plain(column):
        return None
    return column, read.stored(column, row.aliases[column.join])


def _time(event: Event) -> Column:
    assert event.time is not None
    return event.time


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
            column = _time(row.event)
            raw = read.value(column, row.aliases[column.join])
            return read.of_date(raw, row.zone) if isinstance(column.type, Date) else raw
        case mdl.EventDay():
            assert row.event is not None
            assert row.aliases is not None
            column = _time(row.event)
            raw = read.value(column, row.aliases[column.join])
            if isinstance(column.type, Date):
                return raw
            return portable.DayOf(this=read.local(raw, row.zone))
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
            kind = operand.type
            if isinstance(type_, Exact) and isinstance(kind, Exact) and not type_.scale:
                inner = portable.ToExact(this=inner, source=kind, type=type_)
            return numbers.negative(inner)
        case mdl.Fold(inner_text):
            return portable.Folded(this=value_of(inner_text, row))
        case mdl.Size(items):
            assert isinstance(items.type, ListOf)
            return lists.size(value_of(items, row), items.type.element)
        case mdl.Element():
            return lists.ELEMENT.copy()
        case mdl.Choice():
            return _choice(node, row)
        case mdl.Elapsed(unit, inner_time):
            assert row.as_of is not None
            entity = row.world.catalog.entity
            clock = Clock(row.as_of, entity.zone)
            return moments.elapsed(
                unit, value_of(inner_time, row), inner_time.type, clock
            )
        case mdl.PartOf(part, inner_time):
            return moments.part_of(
                part, value_of(inner_time, row), inner_time.type, row.zone
            )
        case mdl.Today():
            raise ValueError("a day that is not resolved")
        case mdl.Position():
            return row.measures[node].copy()
        case mdl.Aggregate() | mdl.Pick() | mdl.Periods() | mdl.PerGroup():
            return _figure(node, row)
        case _:
            assert_never(node)


def _figure(node: Figure, row: Row) -> exp.Expr:
    """A figure of events; whoever has none has no row, and none is 0 of some."""
    made = row.measures[node].copy()
    match node:
        case mdl.Pick(_, _, mdl.EventDay()):
            return portable.DayOf(this=read.local(made, row.zone))
        case mdl.Aggregate(function) if row.grouped and function != "sum":
            return made
        case mdl.Periods() if row.grouped:
            return made
        case _ if never_missing(node):
            return exp.Coalesce(this=made, expressions=[literals.number(0)])
        case mdl.Aggregate("sum") | mdl.PerGroup("sum"):
            zero = literals.double(0.0)
            return read.known_number(exp.Coalesce(this=made, expressions=[zero]))
        case _:
            return made


def _choice(node: mdl.Choice, row: Row) -> exp.Expr:
    """One value or another, as numbers of one type."""
    sides = []
    for side in (node.then, node.other):
        shown = value_of(side, row)
        if isinstance(node.type, Double):
            shown = numbers.to_double(shown, side.type)
        elif (
            isinstance(node.type, Exact)
            and isinstance(side.type, Exact)
            and side.type != node.type
        ):
            shown = portable.ToExact(this=shown, source=side.type, type=node.type)
        sides.append(shown)
    then, other = sides
    test = rule(node.test, row)
    return exp.Case(ifs=[exp.If(this=test, true=then)], default=other)


def _sampled(node: mdl.Sampled, row: Row) -> exp.Expr:
    """A share by the first digits of a hash, compared as text of one length."""
    assert row.key is not None
    seeded = exp.DPipe(
        this=literals.text(f"{node.seed}:"),
        expression=portable.AsText(this=row.key.copy()),
    )
    digits = exp.Substring(
        this=portable.Md5(this=seeded),
        start=exp.Literal.number(1),
        length=exp.Literal.number(_DIGITS),
    )
    tests: list[exp.Expr] = []
    low, high = _share(node.low), _share(node.high)
    if low > 0:
        shown = literals.text(format(low, f"0{_DIGITS}x"))
        tests.append(exp.GTE(this=digits, expression=shown))
    if high < 16**_DIGITS:
        shown = literals.text(format(high, f"0{_DIGITS}x"))
        tests.append(exp.LT(this=digits.copy(), expression=shown))
    return names.conjunction(tests) if tests else exp.true()


_DIGITS = 15
"""So many hexadecimal digits of the hash are its share of a customer."""


def _share(percent: Decimal) -> int:
    """The least number of so many digits that is at least a share."""
    return ceil(Fraction(percent) * int(16**_DIGITS) / 100)
