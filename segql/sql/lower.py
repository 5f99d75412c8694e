"""A planned segment to one query: its members' keys."""

from collections.abc import Sequence
from typing import assert_never

from sqlglot import exp

from segql.plan.nodes import Measure, Plan, Segment
from segql.plan.sets import (
    All,
    Among,
    Any,
    Anyone,
    Formula,
    Grouped,
    Test,
    formula,
    measures_in,
)
from segql.sql import names
from segql.sql.customers import Customers
from segql.sql.dialects import Facts
from segql.sql.events import Events
from segql.sql.formula import Row, disjunction
from segql.sql.source import KEY, held


def lower(
    plan: Plan, segment: Segment, facts: Facts, attributes: Sequence[str] = ()
) -> exp.Select:
    """The query of a segment: a row per member, its key first.

    `attributes` adds columns of the entity beside the key, in their order.
    """
    return _Query(plan, segment, facts).select(attributes)


class _Query:
    def __init__(self, plan: Plan, segment: Segment, facts: Facts) -> None:
        self.plan = plan
        self.catalog = plan.world.catalog
        self.formula = formula(segment.conjuncts)
        self.customers = Customers(self.catalog, "c")
        self.events = Events(plan.world, plan.clock.as_of, facts)
        self.columns: dict[Measure, exp.Expr] = {}
        self.row = Row(plan.world, self.customers.attribute, self.columns)
        self.among = self._among()

    def select(self, attributes: Sequence[str]) -> exp.Select:
        if not attributes and (query := self._at_once()) is not None:
            return query
        joins = self._figures()
        name = names.identifier(self.catalog.entity.key[-1])
        query = exp.select(exp.alias_(self.customers.key, name))
        for attribute in attributes:
            value = self.row.attribute(attribute)
            query = query.select(exp.alias_(value, names.identifier(attribute)))
        tests = [self._test(term) for term in self.formula.terms]
        query = query.from_(self.customers.table())
        for join in (*self.customers.joins(), *joins):
            query = query.join(join, copy=False)
        once = self.events.facts.materialized or None
        for name_, shared in self.events.shared:
            query = query.with_(name_, as_=shared, materialized=once, copy=False)
        return held(query, [self.customers.exists(self.plan.clock.as_of), *tests])

    def _among(self) -> exp.Query | None:
        """The customers who pass what is said of their attributes alone.

        Only their events need to be looked at.
        """
        plain = [
            term.rule
            for term in self.formula.terms
            if isinstance(term, Test) and not any(measures_in(term))
        ]
        if not plain:
            return None
        customers = Customers(self.catalog, "b")
        row = Row(self.plan.world, customers.attribute, {})
        tests = [customers.test(term, row) for term in plain]
        query = exp.select(customers.key).from_(customers.table())
        for join in customers.joins():
            query = query.join(join, copy=False)
        return held(query, [customers.exists(self.plan.clock.as_of), *tests])

    def _at_once(self) -> exp.Select | None:
        """The members where grouping the events of some customers yields just them."""
        match [term for term in self.formula.terms if not isinstance(term, Test)]:
            case [Among(Grouped() as keys, True)] if self.among and self._all_plain():
                query = self.events.keys(keys, self.among)
                assert isinstance(query, exp.Select)
                name = names.identifier(self.catalog.entity.key[-1])
                key = exp.alias_(query.selects[0], name)
                return query.select(key, append=False, copy=False)
            case _:
                return None

    def _all_plain(self) -> bool:
        return not any(measures_in(self.formula))

    def _figures(self) -> list[exp.Join]:
        """The measures that stand beside attributes, a join for each kind of event."""
        groups: dict[str, list[Measure]] = {}
        for measure in dict.fromkeys(measures_in(self.formula)):
            groups.setdefault(measure.selection.event, []).append(measure)
        joins = []
        for event, measures in groups.items():
            alias = self.events.alias()
            grouped = self.events.figures(
                event, measures, alias, self.columns, self.among
            )
            on = exp.EQ(this=exp.column(KEY, alias), expression=self.customers.key)
            side = grouped.subquery(alias, copy=False)
            joins.append(exp.Join(this=side, side="LEFT", on=on))
        return joins

    def _test(self, node: Formula) -> exp.Expr:
        match node:
            case Test(test):
                return self.customers.test(test, self.row)
            case Among(keys, inside):
                if not inside and isinstance(keys, Anyone) and self.among is None:
                    return self.events.none_of(self.customers.key, keys)
                if not inside:
                    return self.events.outside(self.customers.key, keys)
                found = exp.Subquery(this=self.events.keys(keys, self.among))
                return exp.In(this=self.customers.key, query=found)
            case All(terms):
                return names.conjunction(self._test(term) for term in terms)
            case Any(terms):
                return disjunction([self._test(term) for term in terms])
            case _:
                assert_never(node)
