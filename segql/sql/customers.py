"""The customers of a query: the entity's table, with the related tables it needs."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlglot import exp

from segql.catalog.nodes import Catalog, Related
from segql.model import nodes as mdl
from segql.plan.nodes import Measure
from segql.plan.values import values_of
from segql.sql import names, read
from segql.sql.formula import Row, rule
from segql.sql.stretches import instants


class Customers:
    """Customers under an alias; related tables get aliases made from it."""

    def __init__(self, catalog: Catalog, alias: str) -> None:
        self.catalog = catalog
        self.alias = alias
        self.related: dict[tuple[str, tuple[str, ...]], str] = {}

    @property
    def key(self) -> exp.Expr:
        entity = self.catalog.entity
        path = entity.key[-1:] if entity.distinct else entity.key
        return names.column(path, self.alias)

    def attribute(self, name: str) -> exp.Expr:
        """The value of an attribute; joins its table when it is first named."""
        attribute = self.catalog.attributes[name]
        if attribute.related is None:
            return read.value(attribute.column, self.alias)
        place = (attribute.related.table, attribute.related.key)
        alias = self.related.setdefault(place, f"{self.alias}{len(self.related) + 1}")
        return read.value(attribute.column, alias)

    def test(self, node: mdl.Rule, row: Row) -> exp.Expr:
        """A test of a customer; what is said of a related row alone, by its key."""
        related = self._one_related(node)
        if related is None or (related.table, related.key) in self.related:
            return rule(node, row)
        apart = Customers(self.catalog, f"{self.alias}r")
        test = rule(node, replace(row, attribute=apart.attribute))
        ((place, alias),) = apart.related.items()
        key = names.column(place[1], alias)
        keys = exp.select(key).from_(aliased(names.table(place[0]), alias)).where(test)
        return exp.In(this=self.key, query=exp.Subquery(this=keys))

    def _one_related(self, node: mdl.Rule) -> Related | None:
        """The one related table that a test speaks of, if it holds of its rows only."""
        if isinstance(node, mdl.Not | mdl.IsMissing | mdl.And | mdl.Or | mdl.AtLeast):
            return None
        found: set[Related | None] = set()
        for value in values_of(node):
            if isinstance(value, Measure | mdl.Size | mdl.Choice):
                return None
            if isinstance(value, mdl.Attribute):
                found.add(self.catalog.attributes[value.name].related)
        return found.pop() if len(found) == 1 else None

    def table(self) -> exp.Expr:
        """The table of customers; with `distinct`, the keys that occur in it."""
        entity = self.catalog.entity
        if not entity.distinct:
            return aliased(names.table(entity.table), self.alias)
        keys = names.column(entity.key, "t")
        return (
            exp.select(exp.alias_(keys, names.identifier(entity.key[-1])))
            .distinct()
            .from_(aliased(names.table(entity.table), "t"))
            .where(names.known(keys.copy()))
            .subquery(self.alias)
        )

    def joins(self) -> Iterable[exp.Join]:
        """The related tables that have been named: at most one row per customer."""
        for (table, key), alias in self.related.items():
            yield exp.Join(
                this=aliased(names.table(table), alias),
                side="LEFT",
                on=exp.EQ(this=names.column(key, alias), expression=self.key),
            )

    def exists(self, as_of: datetime) -> exp.Expr | None:
        """Who is there as of an instant; who has no date of arrival is there."""
        since = self.catalog.entity.since
        if since is None:
            return None
        raw = read.stored(since, self.alias) if read.plain(since) else None
        if raw is None:
            raw = read.value(since, self.alias)
        before = instants(since, raw, None, as_of, self.catalog.entity.zone)
        unknown = exp.Is(this=raw.copy(), expression=exp.null())
        return exp.Paren(this=exp.or_(before, unknown))


def aliased(table: exp.Table, alias: str) -> exp.Table:
    table.set("alias", exp.TableAlias(this=names.alias(alias)))
    return table
