"""A planned segment to one query: its members' keys."""

from collections.abc import Hashable, Sequence
from typing import assert_never

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.groups import group_of
from segql.plan.keys import (
    All,
    Among,
    Any,
    Anyone,
    First,
    Formula,
    Grouped,
    Some,
    Standing,
    Test,
)
from segql.plan.nodes import Figure, Measure, Plan, Segment, selection_of
from segql.plan.sets import formula, keys_of, measures_in
from segql.plan.values import is_plain, measures_of
from segql.sql import names, portable
from segql.sql.customers import Customers
from segql.sql.events import Events
from segql.sql.formula import Row, counted, rule, value_of
from segql.sql.population import positions
from segql.sql.source import KEY, Source, held
from segql.sql.speech import Facts


def lower(
    plan: Plan, segment: Segment, facts: Facts, attributes: Sequence[str] = ()
) -> exp.Select:
    """The query of a segment: a row per member, its key first.

    `attributes` adds columns of the entity beside the key, in their order.
    """
    events = events_of(plan, facts)
    query = _Query(plan, segment.conjuncts, events).select(attributes)
    return with_shared(query, events)


def beside(
    plan: Plan, values: Sequence[mdl.Value], keys: Sequence[exp.Expr], facts: Facts
) -> exp.Select:
    """Values of some customers, members or not: the key, as `k`, and `v1`, `v2`, …"""
    events = events_of(plan, facts)
    query = _Query(plan, (mdl.TRUE,), events)
    few = Customers(plan.world.catalog, "b")
    query.among = (
        exp.select(few.key).from_(few.table()).where(_is_one(few.key, keys), copy=False)
    )
    asked = held(query.values(values), [_is_one(query.customers.key, keys)])
    return with_shared(asked, events)


def flags(plan: Plan, tests: Sequence[mdl.Rule], facts: Facts) -> exp.Select:
    """Every customer who is there, as `k`, and whether each test holds: `b1`, …

    Figures stand beside the attributes, of each kind of events in one grouping.
    """
    events = events_of(plan, facts)
    query = _Query(plan, (mdl.TRUE,), events)
    return with_shared(query.flags(tests), events)


def occurrences(
    plan: Plan,
    event: str,
    properties: Sequence[mdl.Property],
    keys: Sequence[exp.Expr],
    facts: Facts,
) -> exp.Select:
    """The events of some customers until now: `k`, the time as `t`, and `v1`, …"""
    events = events_of(plan, facts)
    source = Source(events, event)
    if source.event.parent is not None:
        source.needs_parent = True
    parts = [(f"v{n}", source.value(each)) for n, each in enumerate(properties, 1)]
    if source.event.time is not None:
        parts.insert(0, ("t", source.value(mdl.EventTime())))
    customer = source.customer
    tests = [source.until_now(), _is_one(customer, keys)]
    query = source.query(None, tests).select(exp.alias_(customer, KEY), copy=False)
    for name, part in parts:
        query = query.select(exp.alias_(part, name), copy=False)
    return with_shared(query, events)


def _is_one(key: exp.Expr, keys: Sequence[exp.Expr]) -> exp.Expr:
    return exp.In(this=key, expressions=[each.copy() for each in keys])


def events_of(plan: Plan, facts: Facts) -> Events:
    """Queries over events, which can ask for all customers in their turn."""
    events = Events(plan.world, plan.clock.as_of, facts)

    def population(values: Sequence[mdl.Value], test: mdl.Rule | None) -> exp.Select:
        conjuncts = test.terms if isinstance(test, mdl.And) else (test,)
        rules = tuple(each for each in conjuncts if each is not None)
        return _Query(plan, rules, events).values(values)

    events.population = population
    return events


def with_shared(query: exp.Select, events: Events) -> exp.Select:
    once = events.facts.materialized or None
    for name, shared in events.shared:
        query = query.with_(name, as_=shared, materialized=once, copy=False)
    return query


class _Query:
    """A query over customers; those inside of others share the queries of events."""

    def __init__(
        self, plan: Plan, conjuncts: tuple[mdl.Rule, ...], events: Events
    ) -> None:
        self.plan = plan
        self.catalog = plan.world.catalog
        self.formula = formula(conjuncts)
        self.customers = Customers(self.catalog, "c")
        self.events = events
        self.columns: dict[Measure, exp.Expr] = {}
        self.row = Row(
            plan.world,
            self.customers.attribute,
            self.columns,
            key=self.customers.key,
            whole=self._whole,
            as_of=plan.clock.as_of,
        )
        self.among = self._among()

    def select(self, attributes: Sequence[str]) -> exp.Select:
        """The members' keys and some of their attributes."""
        if not attributes and (query := self._at_once()) is not None:
            return query
        name = names.identifier(self.catalog.entity.key[-1])
        query = exp.select(exp.alias_(self.customers.key, name))
        for attribute in attributes:
            value = self.row.attribute(attribute)
            type_ = self.catalog.attributes[attribute].column.type
            value = portable.Shown(this=value, type=type_)
            query = query.select(exp.alias_(value, names.identifier(attribute)))
        return self._members(query, [])

    def values(self, values: Sequence[mdl.Value]) -> exp.Select:
        """The members' keys, as `k`, and values of them, as `v1`, `v2`, …"""
        needed = [m for each in values for m in measures_of(mdl.IsMissing(each))]
        joins = self._figures(needed)
        query = exp.select(exp.alias_(self.customers.key, KEY))
        for number, each in enumerate(values, 1):
            shown = value_of(each, self.row)
            query = query.select(exp.alias_(shown, f"v{number}"), copy=False)
        return self._members(query, joins)

    def flags(self, tests: Sequence[mdl.Rule]) -> exp.Select:
        """The members' keys, as `k`, and whether they pass tests, as `b1`, …"""
        joins = self._figures([m for each in tests for m in measures_of(each)])
        query = exp.select(exp.alias_(self.customers.key, KEY))
        for number, each in enumerate(tests, 1):
            plain = is_plain(each)
            test = (
                self.customers.test(each, self.row) if plain else rule(each, self.row)
            )
            flag = exp.alias_(portable.Flag(this=test), f"b{number}")
            query = query.select(flag, copy=False)
        return self._members(query, joins)

    def _members(self, query: exp.Select, joins: list[exp.Join]) -> exp.Select:
        joins += self._figures(list(measures_in(self.formula)))
        tests = [self._test(term) for term in self.formula.terms]
        query = query.from_(self.customers.table())
        for join in (*self.customers.joins(), *joins):
            query = query.join(join, copy=False)
        return held(query, [self.customers.exists(self.plan.clock.as_of), *tests])

    def _among(self) -> exp.Query | None:
        """The customers who pass what is said of their attributes alone.

        Only their events need to be looked at.
        """
        plain = [
            term.rule
            for term in self.formula.terms
            if isinstance(term, Test) and is_plain(term.rule)
        ]
        if not plain:
            return None
        customers = Customers(self.catalog, "b")
        as_of = self.plan.clock.as_of
        row = Row(
            self.plan.world, customers.attribute, {}, key=customers.key, as_of=as_of
        )
        tests = [customers.test(term, row) for term in plain]
        query = exp.select(customers.key).from_(customers.table())
        for join in customers.joins():
            query = query.join(join, copy=False)
        return held(query, [customers.exists(as_of), *tests])

    def _at_once(self) -> exp.Select | None:
        """The members where a query of keys yields just them."""
        match [term for term in self.formula.terms if not isinstance(term, Test)]:
            case [Among(Grouped() as keys, True)] if self.among and self._all_plain():
                query = self.events.keys(keys, self.among)
            case [Among(Standing() | First() as keys, True)] if (
                len(self.formula.terms) == 1
            ):
                query = self.events.keys(keys, self.among)
            case _:
                return None
        assert isinstance(query, exp.Select)
        name = names.identifier(self.catalog.entity.key[-1])
        key = exp.alias_(query.selects[0], name)
        return query.select(key, append=False, copy=False)

    def _all_plain(self) -> bool:
        return not any(measures_in(self.formula)) and all(
            is_plain(term.rule) for term in self.formula.terms if isinstance(term, Test)
        )

    # ---- sets, and what stands beside attributes

    def _whole(self, node: mdl.Rule) -> exp.Expr:
        """A sequence or a ranking inside of another test."""
        found = exp.Subquery(this=self.events.keys(keys_of(node), None))
        return exp.In(this=self.customers.key, query=found)

    def _figures(self, measures: Sequence[Measure]) -> list[exp.Join]:
        """The measures that stand beside attributes, a join for each kind of event."""
        groups: dict[Hashable, list[Figure]] = {}
        placed: list[mdl.Position] = []
        for measure in dict.fromkeys(measures):
            if measure in self.columns:
                continue
            if isinstance(measure, mdl.Position):
                placed.append(measure)
                continue
            groups.setdefault(group_of(measure), []).append(measure)
        joins = []
        for figures in groups.values():
            alias = self.events.alias()
            event = selection_of(figures[0]).event
            grouped = self.events.figures(
                event, figures, alias, self.columns, self.among
            )
            joins.append(self._beside(grouped, alias))
        if placed:
            alias = self.events.alias()
            named: dict[mdl.Value, str] = {}
            grouped = positions(self.events, placed, named)
            for measure in placed:
                self.columns[measure] = exp.column(named[measure], alias)
            joins.append(self._beside(grouped, alias))
        return joins

    def _beside(self, query: exp.Query, alias: str) -> exp.Join:
        on = exp.EQ(this=exp.column(KEY, alias), expression=self.customers.key)
        return exp.Join(this=query.subquery(alias, copy=False), side="LEFT", on=on)

    def _test(self, node: Formula) -> exp.Expr:
        match node:
            case Test(test):
                return self.customers.test(test, self.row)
            case Among(keys, inside):
                many = isinstance(keys, Anyone) and self.among is None
                if not inside and many and self.events.facts.not_in:
                    return self.events.none_of(self.customers.key, keys)
                if not inside:
                    return self.events.outside(self.customers.key, keys)
                found = exp.Subquery(this=self.events.keys(keys, self.among))
                return exp.In(this=self.customers.key, query=found)
            case All(terms):
                return names.conjunction(self._test(term) for term in terms)
            case Any(terms):
                return names.disjunction([self._test(term) for term in terms])
            case Some(least, most, terms):
                return counted(least, most, [self._test(term) for term in terms])
            case _:
                assert_never(node)
