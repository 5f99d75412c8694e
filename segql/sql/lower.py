"""A planned segment to one query: its members' keys."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.build import measures_of, once
from segql.plan.nodes import Measure, Plan, Segment
from segql.sql import events, names
from segql.sql.customers import Customers
from segql.sql.formula import Row, rule


def lower(plan: Plan, segment: Segment, attributes: Sequence[str] = ()) -> exp.Select:
    """The query of a segment: a row per member, its key first.

    `attributes` adds columns of the entity beside the key, in their order.
    """
    return _Query(plan, segment).select(attributes)


class _Query:
    def __init__(self, plan: Plan, segment: Segment) -> None:
        self.plan = plan
        self.segment = segment
        self.catalog = plan.world.catalog
        self.customers = Customers(self.catalog, "c")
        self.groups: dict[str, list[Measure]] = {}
        for measure in dict.fromkeys(
            m for term in segment.conjuncts for m in counted(term)
        ):
            self.groups.setdefault(measure.selection.event, []).append(measure)
        self.columns: dict[Measure, exp.Expr] = {}
        self.row = Row(
            plan.world, self.customers.attribute, self.columns, self._presence
        )

    def select(self, attributes: Sequence[str]) -> exp.Select:
        plain = [term for term in self.segment.conjuncts if not any(measures_of(term))]
        others = [term for term in self.segment.conjuncts if any(measures_of(term))]
        self.among = self._among(plain) if others and plain else None
        grouped = [
            self._grouped(number, measures)
            for number, measures in enumerate(self.groups.values(), 1)
        ]
        query = exp.select(
            exp.alias_(
                self.customers.key, names.identifier(self.catalog.entity.key[-1])
            )
        ).from_(self.customers.table())
        for name in attributes:
            value = self.row.attribute(name)
            query = query.select(exp.alias_(value, names.identifier(name)))
        tests = [rule(term, self.row) for term in (*plain, *others)]
        for related in self.customers.joins():
            query = query.join(related)
        for (alias, subquery), measures in zip(
            grouped, self.groups.values(), strict=True
        ):
            inner = any(self._demands(term, measures) for term in others)
            query = query.join(
                exp.Join(
                    this=subquery.subquery(alias),
                    side=None if inner else "LEFT",
                    on=exp.EQ(
                        this=exp.column(events.KEY, alias),
                        expression=self.customers.key,
                    ),
                )
            )
        present = self.customers.exists(self.plan.clock.as_of)
        return events.held(query, [present, *(t for t in tests if t != exp.true())])

    def _grouped(self, number: int, measures: list[Measure]) -> tuple[str, exp.Select]:
        alias = f"m{number}"
        columns = [f"n{index}" for index in range(1, len(measures) + 1)]
        for measure, column in zip(measures, columns, strict=True):
            self.columns[measure] = exp.column(column, alias)
        as_of = self.plan.clock.as_of
        return alias, events.grouped(
            self.plan.world, as_of, measures, columns, self.among
        )

    def _among(self, plain: Sequence[mdl.Rule]) -> exp.Expr | None:
        """The customers who pass what is said of their attributes."""
        customers = Customers(self.catalog, "b")
        row = Row(self.plan.world, customers.attribute, {}, self._presence)
        tests = [rule(term, row) for term in plain]
        query = exp.select(customers.key).from_(customers.table())
        for related in customers.joins():
            query = query.join(related)
        return events.held(query, tests)

    def _presence(self, count: mdl.Aggregate, present: bool) -> exp.Expr:
        holders = events.holders(
            self.plan.world, self.plan.clock.as_of, count, self.among
        )
        inside = exp.In(this=self.customers.key, query=exp.Subquery(this=holders))
        return inside if present else exp.Not(this=inside)

    def _demands(self, term: mdl.Rule, measures: Sequence[Measure]) -> bool:
        """Whether a conjunct is false for whoever has no events of these measures."""
        match term:
            case mdl.Compare(operator, left, mdl.Constant(value)):
                if left not in measures or once(term):
                    return False
                if isinstance(left, mdl.Aggregate) and left.function in (
                    "count",
                    "sum",
                    "distinct",
                ):
                    return operator in (">=", ">", "=") and (
                        isinstance(value, int | float | Decimal)
                        and (value > 0 or (value == 0 and operator == ">"))
                    )
                return operator != "!="
            case mdl.OneOf(value) | mdl.Within(value) | mdl.Matches(value):
                return isinstance(value, mdl.Pick) and value in measures
            case mdl.Or(terms):
                return all(self._demands(each, measures) for each in terms)
            case _:
                return False


def counted(term: mdl.Rule) -> Iterator[Measure]:
    """The measures that need a column: all but counts of which only "at all" matters."""
    match term:
        case mdl.And(terms) | mdl.Or(terms):
            for each in terms:
                yield from counted(each)
        case mdl.Not(inner):
            yield from counted(inner)
        case _ if not once(term):
            yield from measures_of(term)
        case _:
            pass
