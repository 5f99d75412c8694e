"""Sets of customers that are found among events, and figures made of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from sqlglot import exp

from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.build import ONE, measures_of, once
from segql.plan.nodes import Measure
from segql.plan.sets import (
    Anyone,
    Ended,
    Grouped,
    Joined,
    Keys,
    Stages,
    Union,
    Various,
)
from segql.sql import names, numbers, read
from segql.sql.dialects import Facts
from segql.sql.formula import Row, rule
from segql.sql.shortcuts import ended, various
from segql.sql.source import KEY, Source, depth, named
from segql.types import Double

_NESTED = 8
"""How many queries may stand inside each other."""
_REPEATED = 3
"""The same of a query that is written more than once."""


class Events:
    """Queries over the events of a world, as of an instant."""

    def __init__(self, world: World, as_of: datetime, facts: Facts) -> None:
        self.world = world
        self.as_of = as_of
        self.facts = facts
        self.shared: list[tuple[str, exp.Query]] = []
        self.made = 0

    # ---- sets of keys

    def keys(self, node: Keys, among: exp.Query | None) -> exp.Query:
        """The keys of a set, some perhaps repeated, or NULL for events of nobody.

        `among` is a query of keys: the set is then only right for these.
        """
        match node:
            case Anyone(selection):
                return self._anyone(selection, among)
            case Grouped(event, tests):
                return self.having(event, tests, among)
            case Joined(test, needed):
                return self._joined(test, needed, among)
            case Ended():
                return ended(self, node, among)
            case Various(measure, least):
                return various(self, measure, least, among)
            case Union(parts):
                if among is not None and len(parts) > 1:
                    among = self._apart(among, _REPEATED)
                query = self._apart(self.keys(parts[0], among))
                for part in parts[1:]:
                    other = self._apart(self.keys(part, among))
                    query = exp.union(query, other, distinct=False, copy=False)
                return query
            case Stages(stages):
                left = self._apart(self.keys(stages[0].keys, among))
                for stage in stages[1:]:
                    if stage.inside:
                        left = self._apart(self.keys(stage.keys, left))
                    else:
                        left = self._apart(self._without(left, stage.keys))
                return left
            case _:
                assert_never(node)

    def _anyone(self, selection: mdl.Selection, among: exp.Query | None) -> exp.Query:
        source = Source(self.world, selection.event, self.as_of)
        tests = source.selected(selection)
        if source.event.unique is None:
            return source.query(among, tests).select(source.customer, copy=False)
        inner = _unrepeated(source, among, [("b1", names.conjunction(tests))])
        query = exp.select(exp.column(KEY, "u")).from_(inner.subquery("u"))
        return query.where(exp.column("b1", "u"))

    def having(
        self, event: str, tests: Sequence[mdl.Rule], among: exp.Query | None
    ) -> exp.Select:
        measures = tuple(dict.fromkeys(m for test in tests for m in measures_of(test)))
        figures = _Figures(self, event, measures, among)
        row = Row(
            self.world,
            _no_attribute,
            dict(zip(measures, figures.made, strict=True)),
            True,
        )
        open_tests = [test for test in tests if not figures.implies(test)]
        having = names.conjunction(
            figures.any_of(test) or rule(test, row) for test in open_tests or tests
        )
        query = figures.query.select(figures.key, copy=False).group_by(figures.key)
        return query.having(having, copy=False)

    def _joined(
        self, test: mdl.Rule, needed: Sequence[str], among: exp.Query | None
    ) -> exp.Select:
        """Figures of several kinds of events beside each other."""
        groups: dict[str, list[Measure]] = {event: [] for event in needed}
        for measure in dict.fromkeys(measures_of(test)):
            groups.setdefault(measure.selection.event, []).append(measure)
        columns: dict[Measure, exp.Expr] = {}
        query = exp.Select()
        first = None
        for event, measures in groups.items():
            alias = self.alias()
            grouped = self.figures(event, measures, alias, columns, among)
            side = grouped.subquery(alias, copy=False)
            if first is None:
                first = exp.column(KEY, alias)
                query = query.select(first).from_(side)
                continue
            on = exp.EQ(this=exp.column(KEY, alias), expression=first.copy())
            kind = None if event in needed else "LEFT"
            query = query.join(exp.Join(this=side, side=kind, on=on), copy=False)
        row = Row(self.world, _no_attribute, columns, set(groups) <= set(needed))
        return query.where(rule(test, row), copy=False)

    def _without(self, left: exp.Query, away: Keys) -> exp.Query:
        alias = self.alias()
        key = exp.column(KEY, alias)
        if isinstance(left, exp.Select) and left.args.get("group") is None:
            left = left.distinct(copy=False)
        query = exp.select(key).from_(named(left, alias))
        if not self.facts.anti_join:
            return query.where(self.outside(key, away), copy=False)
        other = self.alias()
        on = exp.EQ(this=exp.column(KEY, other), expression=key.copy())
        side = named(self._apart(self.keys(away, None)), other)
        return query.join(exp.Join(this=side, kind="ANTI", on=on), copy=False)

    def outside(self, key: exp.Expr, node: Keys) -> exp.Expr:
        """Whether a key is not in a set."""
        alias = self.alias()
        same = exp.EQ(this=exp.column(KEY, alias), expression=key.copy())
        found = exp.select(exp.Literal.number(1))
        found = found.from_(named(self.keys(node, None), alias)).where(same)
        return exp.Not(this=exp.Exists(this=found))

    def none_of(self, key: exp.Expr, node: Keys) -> exp.Expr:
        """As `outside`, where nearly all keys are: what is away is looked up once."""
        alias = self.alias()
        known = exp.Not(this=exp.Is(this=exp.column(KEY, alias), expression=exp.null()))
        keys = exp.select(exp.column(KEY, alias))
        keys = keys.from_(named(self.keys(node, None), alias)).where(known)
        return exp.Not(this=exp.In(this=key.copy(), query=exp.Subquery(this=keys)))

    def _apart(self, query: exp.Query, most: int = _NESTED) -> exp.Query:
        """A query of keys, by a name alone if it is too deep to stand inside others."""
        if depth(query) <= most:
            return query
        alias = self.alias()
        table = named(query, alias)
        name = self.share(exp.select(exp.column(KEY, alias)).from_(table))
        return exp.select(exp.column(KEY, name)).from_(name)

    # ---- figures

    def figures(
        self,
        event: str,
        measures: Sequence[Measure],
        alias: str,
        columns: dict[Measure, exp.Expr],
        among: exp.Query | None,
    ) -> exp.Select:
        """A row per customer with events, and a column for each measure of them."""
        figures = _Figures(self, event, measures, among)
        query = figures.query.select(exp.alias_(figures.key, KEY), copy=False)
        for number, (measure, made) in enumerate(
            zip(measures, figures.made, strict=True), 1
        ):
            query = query.select(exp.alias_(made, f"n{number}"), copy=False)
            columns[measure] = exp.column(f"n{number}", alias)
        return query.group_by(figures.key)

    def share(self, query: exp.Query) -> str:
        """Gives a query a name by which others refer to it; it is computed once."""
        name = self.alias()
        self.shared.append((name, query))
        return name

    def alias(self) -> str:
        self.made += 1
        return f"m{self.made}"


class _Figures:
    """A query over events of one kind, to be grouped by `key`; `made` the measures."""

    def __init__(
        self,
        events: Events,
        event: str,
        measures: Sequence[Measure],
        among: exp.Query | None,
    ) -> None:
        self.source = Source(events.world, event, events.as_of)
        self.measures = measures
        self.tests = {m.selection: self.source.selected(m.selection) for m in measures}
        self.values = [self._value(m) for m in measures]
        ordered = any(_by_order(m) for m in measures)
        self.order = self.source.order() if ordered else []
        if self.unique:
            self._unrepeated(among)
        else:
            self._at_once(among)

    def _value(self, measure: Measure) -> exp.Expr | None:
        value = measure.value
        if isinstance(measure, mdl.Pick) and isinstance(value, mdl.EventDay):
            value = mdl.EventTime()
        return None if value is None else self.source.value(value)

    def any_of(self, test: mdl.Rule) -> exp.Expr | None:
        """A bound on an extreme as a test of each event: a smaller state to keep."""
        match test:
            case mdl.Compare(operator, mdl.Aggregate(function) as measure, right):
                upper = function == "max" and operator in (">", ">=")
                lower = function == "min" and operator in ("<", "<=")
                if not (upper or lower) or len(self.tests) > 1 or self.unique:
                    return None
                assert measure.value is not None
                if not isinstance(right, mdl.Constant):
                    return None
                each = mdl.Compare(operator, measure.value, right)
                return exp.LogicalOr(this=rule(each, self.source.row))
            case _:
                return None

    def implies(self, test: mdl.Rule) -> bool:
        """Whether a customer in the groups passes anyway: has at least one event."""
        count = once(test) if len(self.tests) == 1 and not self.unique else None
        return count is not None and test == mdl.Compare(">=", count, ONE)

    @property
    def unique(self) -> bool:
        return self.source.event.unique is not None

    def _at_once(self, among: exp.Query | None) -> None:
        self.key = self.source.customer
        held_to: list[exp.Expr]
        only: dict[mdl.Selection, exp.Expr | None]
        if len(self.tests) == 1:
            ((selection, held_to),) = self.tests.items()
            only = {selection: None}
        else:
            hull = self.source.hull(list(self.tests))
            only = {}
            for selection, tests in self.tests.items():
                rest = [test for test in tests if test != hull]
                only[selection] = names.conjunction(rest) if rest else None
            held_to = [hull]
        self.made = [
            _aggregate(measure, value, self.order, only[measure.selection])
            for measure, value in zip(self.measures, self.values, strict=True)
        ]
        self.query = self.source.query(among, held_to)

    def _unrepeated(self, among: exp.Query | None) -> None:
        """Repeated deliveries are dropped before anything is tested or counted."""
        parts: list[tuple[str, exp.Expr]] = []
        tested: dict[mdl.Selection, str] = {}
        for number, (selection, tests) in enumerate(self.tests.items(), 1):
            tested[selection] = f"b{number}"
            parts.append((f"b{number}", names.conjunction(tests)))
        parts += [(f"v{n}", v) for n, v in enumerate(self.values, 1) if v is not None]
        parts += [(f"o{n}", each) for n, each in enumerate(self.order, 1)]
        order = [exp.column(f"o{n}", "u") for n, _ in enumerate(self.order, 1)]
        self.key = exp.column(KEY, "u")
        self.made = [
            _aggregate(
                measure,
                None if value is None else exp.column(f"v{number}", "u"),
                order,
                exp.column(tested[measure.selection], "u"),
            )
            for number, (measure, value) in enumerate(
                zip(self.measures, self.values, strict=True), 1
            )
        ]
        inner = _unrepeated(self.source, among, parts)
        self.query = exp.Select().from_(inner.subquery("u"))


def _by_order(measure: Measure) -> bool:
    """Whether a measure needs the whole order of events, not just their time."""
    return isinstance(measure, mdl.Pick) and not isinstance(
        measure.value, mdl.EventTime | mdl.EventDay
    )


def _unrepeated(
    source: Source, among: exp.Query | None, parts: Sequence[tuple[str, exp.Expr]]
) -> exp.Select:
    """Events without their repetitions: the first of each customer and id."""
    assert source.event.unique is not None
    unique = source.place(source.event.unique)
    order = [exp.Ordered(this=each, desc=False) for each in source.order()]
    first = exp.Window(
        this=exp.RowNumber(),
        partition_by=[source.customer.copy(), unique],
        order=exp.Order(expressions=order),
    )
    query = source.query(among, [source.until_now()])
    query = query.select(exp.alias_(source.customer, KEY), copy=False)
    for name, part in parts:
        query = query.select(exp.alias_(part, name), copy=False)
    kept = exp.or_(
        exp.Is(this=unique.copy(), expression=exp.null()),
        exp.EQ(this=first, expression=exp.Literal.number(1)),
    )
    return query.qualify(kept)


def _aggregate(
    measure: Measure,
    value: exp.Expr | None,
    order: Sequence[exp.Expr],
    only: exp.Expr | None,
) -> exp.Expr:
    match measure:
        case mdl.Aggregate("count"):
            return _filtered(exp.Count(this=exp.Star()), only)
        case mdl.Aggregate(function, _, subject):
            assert value is not None
            assert subject is not None
            return _function(function, subject, value, only)
        case mdl.Pick(which):
            assert value is not None
            first = which == "first"
            if _by_order(measure):
                return _picked(first, value, order, only)
            return _filtered((exp.Min if first else exp.Max)(this=value), only)
        case _:
            assert_never(measure)


def _function(
    function: mdl.Function, subject: mdl.Value, value: exp.Expr, only: exp.Expr | None
) -> exp.Expr:
    match function:
        case "sum":
            return _filtered(exp.Sum(this=value), only)
        case "min":
            return _filtered(exp.Min(this=value), only)
        case "max":
            return _filtered(exp.Max(this=value), only)
        case "distinct":
            distinct = exp.Distinct(expressions=[value])
            return _filtered(exp.Count(this=distinct), only)
        case "avg" | "count":
            total = _filtered(exp.Sum(this=value), only)
            count = _filtered(exp.Count(this=value.copy()), only)
            made = numbers.quotient(names.cast(total, "DOUBLE"), count)
            double = isinstance(subject.type, Double)
            return read.known_number(made) if double else made
        case _:
            assert_never(function)


def _filtered(made: exp.Expr, only: exp.Expr | None) -> exp.Expr:
    if only is None:
        return made
    return exp.Filter(this=made, expression=exp.Where(this=only.copy()))


def _picked(
    first: bool, value: exp.Expr, order: Sequence[exp.Expr], only: exp.Expr | None
) -> exp.Expr:
    """The value at the first or last event, NULL included: hence the wrapping."""
    wrapped = _struct({"v": value})
    key = _struct({f"o{number}": each for number, each in enumerate(order, 1)})
    kind = exp.ArgMin if first else exp.ArgMax
    made = _filtered(kind(this=wrapped, expression=key), only)
    return exp.Anonymous(
        this="STRUCT_EXTRACT", expressions=[made, exp.Literal.string("v")]
    )


def _struct(parts: dict[str, exp.Expr]) -> exp.Expr:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=part.copy())
            for name, part in parts.items()
        ]
    )


def _no_attribute(name: str) -> exp.Expr:
    raise ValueError(f"the attribute {name} among events alone")
