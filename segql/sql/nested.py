"""Figures that need a query of their own: groups within groups, and the nth event.

An inner query has a row for each group of a customer's events, an outer one makes a
figure of these. The nth event has a row of its own.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.nodes import Figure, selection_of
from segql.sql import aggregates, literals, names, portable
from segql.sql.figures import rows
from segql.sql.formula import rule, value_of
from segql.sql.periods import Calendar
from segql.sql.ranks import Ranks, needs
from segql.sql.source import KEY, Source
from segql.sql.speech import Facts
from segql.types import Type

if TYPE_CHECKING:
    from segql.sql.events import Events

_ALIAS = "g"
"""The inner query."""


class Nested:
    """A figure that stands alone, like `segql.sql.figures.Figures`."""

    def __init__(
        self, events: "Events", figure: Figure, among: exp.Query | None
    ) -> None:
        self.grouped = not isinstance(figure, mdl.Pick)
        groups = _Groups(events, selection_of(figure), among)
        found: exp.Expr
        match figure:
            case mdl.Pick():
                inner = groups.nth(figure)
                found = exp.column("v", _ALIAS)
            case mdl.Periods():
                inner = groups.periods(figure)
                found = exp.Count(this=exp.Star())
            case mdl.Aggregate():
                inner = groups.counted(figure, [])
                inner, found = _commonest(inner, list(groups.keys), events.facts)
            case mdl.PerGroup(function, within):
                inner = groups.per_group(figure)
                if needs(function, events.facts):
                    ranks = Ranks(_ALIAS, list(groups.keys))
                    found = ranks.median("n", within.type, None)
                    inner = ranks.query(inner)
                else:
                    number = exp.column("n", _ALIAS)
                    found = aggregates.made(function, number, within.type)
            case _:
                assert_never(figure)
        self.query = exp.Select().from_(inner.subquery(_ALIAS, copy=False))
        self.keys = {name: exp.column(name, _ALIAS) for name in groups.keys}
        self.made = [found]


class _Groups:
    """Groups of the events of a selection."""

    def __init__(
        self, events: "Events", selection: mdl.Selection, among: exp.Query | None
    ) -> None:
        self.events = events
        self.among = among
        self.source = Source(events, selection.event)
        self.tests = self.source.selected(selection)
        self.keys: Mapping[str, exp.Expr]

    def nth(self, figure: mdl.Pick) -> exp.Select:
        """The event that has the place in its customer's order."""
        value = figure.value
        if isinstance(value, mdl.EventDay):
            value = mdl.EventTime()
        parts = {"v": self.source.value(value)}
        if isinstance(value, mdl.EventTime):
            order = [parts["v"]]
        else:
            order = self.source.order()
        parts |= {f"o{n}": each for n, each in enumerate(order, 1)}
        query, found = self._rows(parts)
        place = exp.Window(
            this=exp.RowNumber(),
            partition_by=[key.copy() for key in self.keys.values()],
            order=exp.Order(
                expressions=[
                    exp.Ordered(this=each.copy(), desc=False)
                    for name, each in found.items()
                    if name != "v"
                ]
            ),
        )
        number = exp.Literal.number(figure.n)
        query = query.select(exp.alias_(found["v"], "v"), copy=False)
        return query.qualify(exp.EQ(this=place, expression=number), copy=False)

    def periods(self, figure: mdl.Periods) -> exp.Select:
        """The periods with enough events."""
        unique = self.source.event.unique is not None
        calendar = Calendar(self.events)
        number = calendar.number(self.source, figure, guarded=unique)
        query, parts = self._rows({"g": number})
        least = exp.Literal.number(figure.least)
        enough = exp.GTE(this=exp.Count(this=exp.Star()), expression=least)
        by = [] if isinstance(number, exp.Literal) else [parts["g"]]
        return self._grouped(query, by).having(enough, copy=False)

    def per_group(self, figure: mdl.PerGroup) -> exp.Select:
        """The inner aggregate of each group, as `n`."""
        inner = figure.inner
        by = self.source.value(figure.by)
        if inner.function == "most_common":
            return self._commonest_of(inner, by)
        parts = {"g": by}
        if inner.value is not None:
            parts["v"] = self.source.value(inner.value)
        self.tests.append(names.known(by.copy()))
        query, found = self._rows(parts)
        kind = None if inner.value is None else inner.value.type
        if needs(inner.function, self.events.facts):
            return self._medians(query, found, kind)
        made = aggregates.made(inner.function, found.get("v"), kind)
        number = value_of(inner, self.events.row({inner: made}, grouped=True))
        query = query.select(exp.alias_(number, "n"), copy=False)
        return self._grouped(query, [found["g"]])

    def _medians(
        self, query: exp.Select, parts: Mapping[str, exp.Expr], kind: Type | None
    ) -> exp.Select:
        """The median of each group, as `n`."""
        for name, each in parts.items():
            query = query.select(exp.alias_(each, name), copy=False)
        groups = [*self.keys, "g"]
        ranks = Ranks("q", groups)
        number = ranks.median("v", kind, None)
        made = exp.select(*(exp.column(name, "q") for name in self.keys))
        made = made.select(exp.alias_(number, "n"), copy=False)
        inner = ranks.query(query).subquery("q", copy=False)
        keys = [exp.column(name, "q") for name in groups]
        return made.from_(inner, copy=False).group_by(*keys, copy=False)

    def _commonest_of(self, inner: mdl.Aggregate, by: exp.Expr) -> exp.Select:
        """The most common value of each group, as `n`."""
        counted = self.counted(inner, [by])
        names_ = (*self.keys, "g1")
        counted, commonest = _commonest(counted, names_, self.events.facts)
        query = exp.select(*(exp.column(name, _ALIAS) for name in names_))
        query = query.select(exp.alias_(commonest, "n"), copy=False)
        query = query.from_(counted.subquery(_ALIAS, copy=False), copy=False)
        return query.group_by(
            *(exp.column(name, _ALIAS) for name in names_), copy=False
        )

    def counted(self, figure: mdl.Aggregate, by: Sequence[exp.Expr]) -> exp.Select:
        """How often each value occurs, as `v` and `n`; per group, if there are any."""
        assert figure.value is not None
        parts = {"v": self.source.value(figure.value)}
        parts |= {f"g{n}": each for n, each in enumerate(by, 1)}
        self.tests += [names.known(each.copy()) for each in parts.values()]
        query, found = self._rows(parts)
        for name, each in found.items():
            query = query.select(exp.alias_(each, name), copy=False)
        query = query.select(exp.alias_(exp.Count(this=exp.Star()), "n"), copy=False)
        return self._grouped(query, list(found.values()))

    def _rows(
        self, parts: Mapping[str, exp.Expr]
    ) -> tuple[exp.Select, Mapping[str, exp.Expr]]:
        """The events with their keys, and the parts of each."""
        query, self.keys, parts = rows(self.source, self.tests, parts, self.among)
        for name, key in self.keys.items():
            query = query.select(exp.alias_(key, name), copy=False)
        return query, parts

    def _grouped(self, query: exp.Select, by: Sequence[exp.Expr]) -> exp.Select:
        groups = [*self.keys.values(), *by]
        return query.group_by(*(group.copy() for group in groups), copy=False)


def _commonest(
    counted: exp.Select, keys: Sequence[str], facts: Facts
) -> tuple[exp.Select, exp.Expr]:
    """The least of the values with the highest count: a query, and what finds it."""
    value, count = exp.column("v", _ALIAS), exp.column("n", _ALIAS)
    if facts.ordered:
        return counted, portable.Commonest(this=value, expression=count)
    fewer = exp.alias_(exp.Neg(this=exp.Count(this=exp.Star())), "f")
    counted = counted.select(fewer, copy=False)
    ranks = Ranks(_ALIAS, keys)
    found = ranks.at_end("v", ["f", "v"], last=False, only=None)
    return ranks.query(counted), found


# ---- sets of keys


def having(
    events: "Events",
    figure: Figure,
    tests: Sequence[mdl.Rule],
    among: exp.Query | None,
) -> exp.Select:
    """The keys of customers who pass tests of one figure that stands alone."""
    match tests[0]:
        case mdl.Compare(
            operator, mdl.PerGroup() as whole, mdl.Constant() as bound
        ) if len(tests) == 1 and (whole.function, operator) in _OUTERMOST:
            return _some_group(events, whole, operator, bound, among)
        case mdl.Compare("=", mdl.Aggregate() as common, mdl.Constant() as value) if (
            len(tests) == 1
        ):
            return _most_common(events, common, value, among)
    nested = Nested(events, figure, among)
    row = events.row({figure: nested.made[0]}, grouped=True)
    test = names.conjunction(rule(test, row) for test in tests)
    query = nested.query.select(*nested.keys.values(), copy=False)
    if not nested.grouped:
        return query.where(test, copy=False)
    query = query.group_by(*nested.keys.values(), copy=False)
    return query.having(test, copy=False)


_OUTERMOST = {("max", ">"), ("max", ">="), ("min", "<"), ("min", "<=")}


def _some_group(
    events: "Events",
    figure: mdl.PerGroup,
    operator: mdl.Comparison,
    bound: mdl.Constant,
    among: exp.Query | None,
) -> exp.Select:
    """Who has a group beyond a bound: the groups are found, and not grouped again."""
    groups = _Groups(events, figure.inner.selection, among)
    inner = groups.per_group(figure)
    number = inner.selects[-1].this
    test = mdl.Compare(operator, figure.inner, bound)
    row = events.row({figure.inner: number}, grouped=True)
    query = inner.select(inner.selects[0], append=False, copy=False)
    return query.having(rule(test, row), copy=False).distinct(copy=False)


def _most_common(
    events: "Events",
    figure: mdl.Aggregate,
    value: mdl.Constant,
    among: exp.Query | None,
) -> exp.Select:
    """Whose most common value is this one: only those who have it are looked at.

    No other is more common, and none that is less is as common.
    """
    assert figure.value is not None
    if among is None:
        source = Source(events, figure.selection.event)
        same = mdl.Compare("=", figure.value, value)
        tests = [*source.selected(figure.selection), source.test(same)]
        among = source.query(None, tests).select(source.customer, copy=False)
    groups = _Groups(events, figure.selection, among)
    inner = groups.counted(figure, [])
    row = events.row({figure: exp.column("v", _ALIAS)}, grouped=True)
    count = exp.column("n", _ALIAS)
    own = aggregates.filtered(
        exp.Max(this=count), rule(mdl.Compare("=", figure, value), row)
    )
    less = aggregates.filtered(
        exp.Max(this=count.copy()), rule(mdl.Compare("<", figure, value), row)
    )
    none = exp.Coalesce(this=less, expressions=[literals.number(0)])
    test = exp.and_(
        exp.GTE(this=own, expression=exp.Max(this=count.copy())),
        exp.GT(this=own.copy(), expression=none),
    )
    key = exp.column(KEY, _ALIAS)
    query = exp.select(key).from_(inner.subquery(_ALIAS, copy=False))
    return query.group_by(key.copy(), copy=False).having(test, copy=False)
