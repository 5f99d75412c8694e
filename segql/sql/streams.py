"""What many segments share, as queries: events with the cells and bands they lie in."""

from collections.abc import Sequence
from typing import assert_never

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.nodes import Figure, Measure, Plan
from segql.plan.shared_nodes import Choice, Dimension, Flag, Ladder, Stream
from segql.sql import portable
from segql.sql.formula import rule
from segql.sql.literals import text
from segql.sql.lower import events_of, flags, with_shared
from segql.sql.names import identifier
from segql.sql.source import KEY, Source
from segql.sql.speech import Facts
from segql.types import Text

CODE = "c"


def occurrences_in_cells(plan: Plan, stream: Stream, facts: Facts) -> exp.Select:
    """The events of a reading: the customer as `k`, a number as `c`, values as `v1`, …

    The number is that of the cell, times the number of bands, plus that of the band.
    """
    events = events_of(plan, facts)
    source = Source(events, stream.event)
    code: exp.Expr = exp.Literal.number(0)
    for dimension in stream.dimensions:
        code = _digit(code, dimension.size, _place(dimension, source))
    if stream.bounds:
        code = _digit(code, stream.bands, _band(stream, source))
    parts = [(CODE, code)]
    for number, value in enumerate(stream.values, 1):
        shown = portable.Shown(this=source.value(value), type=value.type)
        parts.append((f"v{number}", shown))
    tests = [source.time(stream.hull), *(source.test(each) for each in stream.needed)]
    return with_shared(events.listed(source, tests, parts, None), events)


def grouped_flags(
    plan: Plan,
    event: str,
    figures: Sequence[Figure],
    tests: Sequence[mdl.Rule],
    facts: Facts,
) -> exp.Select:
    """Whoever has events, as `k`, and whether tests of figures hold: `b1`, …"""
    events = events_of(plan, facts)
    alias = events.alias()
    columns: dict[Measure, exp.Expr] = {}
    inner = events.figures(event, figures, alias, columns, None)
    row = events.row(columns, grouped=True)
    query = exp.select(exp.alias_(exp.column(KEY, alias), KEY))
    for number, test in enumerate(tests, 1):
        flag = portable.Flag(this=rule(test, row))
        query = query.select(exp.alias_(flag, f"b{number}"), copy=False)
    query = query.from_(inner.subquery(alias, copy=False), copy=False)
    return with_shared(query, events)


SEGMENT = "segment"


def memberships(plan: Plan, facts: Facts) -> exp.Select:
    """A row for each segment of a plan and each of its members, as Spark says it.

    All segments are asked of each customer at once, so that each kind of events is
    read and grouped once.
    """
    wide = flags(plan, [each.rule for each in plan.segments], facts)
    names = [
        exp.Case(ifs=[exp.If(this=exp.column(f"b{n}", "w"), true=text(each.name))])
        for n, each in enumerate(plan.segments, 1)
    ]
    every = exp.Anonymous(this="ARRAY", expressions=names)
    some = exp.Anonymous(this="ARRAY_COMPACT", expressions=[every])
    each = exp.Anonymous(this="EXPLODE", expressions=[some])
    key = identifier(plan.world.catalog.entity.key[-1])
    return exp.select(
        exp.alias_(exp.column(KEY, "w"), key), exp.alias_(each, SEGMENT)
    ).from_(wide.subquery("w", copy=False), copy=False)


def _digit(higher: exp.Expr, size: int, place: exp.Expr) -> exp.Expr:
    """A number with one more digit, to the base of `size`."""
    if higher == exp.Literal.number(0):
        return place
    shifted = exp.Mul(this=exp.Paren(this=higher), expression=exp.Literal.number(size))
    return exp.Add(this=shifted, expression=exp.Paren(this=place))


def _place(dimension: Dimension, source: Source) -> exp.Expr:
    match dimension:
        case Flag(test):
            found = [exp.If(this=source.test(test), true=exp.Literal.number(1))]
            return exp.Case(ifs=found, default=exp.Literal.number(0))
        case Choice(value, options):
            shown = source.value(value)
            equal = [mdl.Compare("=", value, option) for option in options]
            found = [
                exp.If(this=rule(test, source.row), true=exp.Literal.number(number))
                for number, test in enumerate(equal, 1)
            ]
            case = exp.Case(ifs=found, default=exp.Literal.number(0))
            if not isinstance(value.type, Text):
                return case
            texts = tuple(str(option.value) for option in options)
            return portable.PlaceAmong(this=case, value=shown, texts=texts)
        case Ladder(value, cuts):
            shown = source.value(value)
            tests = [
                rule(mdl.Compare(operator, value, bound), source.row)
                for operator, bound in cuts
            ]
            missing = exp.Is(this=shown, expression=exp.null())
            none = exp.If(this=missing, true=exp.Literal.number(0))
            return exp.Case(ifs=[none], default=_passed(tests, 1))
        case _:
            assert_never(dimension)


def _band(stream: Stream, source: Source) -> exp.Expr:
    return _passed([source.time(mdl.Instants(each, None)) for each in stream.bounds], 0)


def _passed(tests: Sequence[exp.Expr], least: int) -> exp.Expr:
    """How many of the tests are true, plus `least`; who passes one passes all before.

    Few of them are asked of each row: always the one in the middle.
    """
    if not tests:
        return exp.Literal.number(least)
    middle = len(tests) // 2
    above = _passed(tests[middle + 1 :], least + middle + 1)
    below = _passed(tests[:middle], least)
    return exp.Case(ifs=[exp.If(this=tests[middle], true=above)], default=below)
