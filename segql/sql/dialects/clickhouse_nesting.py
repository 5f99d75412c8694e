"""A query for ClickHouse with look-ups deep inside of each other in, a flat one out.

ClickHouse resolves what stands in `x IN (SELECT …)` twice, and so each level of such
look-ups doubles the time it takes to plan. `x IN q`, where `q` is a shared query,
doubles nothing. So look-ups above a certain height become shared queries. A column of
the same name would be taken before them: their names are of a form that no column has.
"""

from collections.abc import Iterator

from sqlglot import exp

from segql.sql.dialects.rewrites import taken

_HIGH = 4
"""So many look-ups stand inside of each other."""


def flat(query: exp.Query) -> exp.Query:
    """The same query with fewer look-ups inside of each other."""
    if sum(1 for _ in _lookups(query)) <= _HIGH:
        return query
    ctes = taken(query)
    flattener = _Flattener()
    for cte in ctes:
        height = flattener.flatten(cte.this)
        flattener.heights[cte.alias] = height
        flattener.ctes.append(cte)
    flattener.flatten(query)
    query.set("with_", exp.With(expressions=flattener.ctes))
    return query


class _Flattener:
    """Takes look-ups out of queries, the innermost first."""

    def __init__(self) -> None:
        self.ctes: list[exp.CTE] = []
        self.heights: dict[str, int] = {}
        """By shared query, how often a mention of it doubles its time, once more."""
        self.made = 0

    def flatten(self, body: exp.Query) -> int:
        """Takes out what is too high; how high the rest is."""
        inside: dict[int, int] = {}

        def raised(node: exp.Expr, height: int) -> None:
            around = _around(node)
            inside[around] = max(inside.get(around, 0), height)

        for table in body.find_all(exp.Table):
            raised(table, self.heights.get(table.name, 0))
        for lookup in reversed(list(_lookups(body))):
            height = inside.get(id(lookup), 0)
            if height < _HIGH:
                raised(lookup, height + 1)
                continue
            raised(lookup, height)
            self.made += 1
            name = f"segql {self.made}"
            self.heights[name] = height
            query = lookup.args["query"]
            lookup.set("query", None)
            lookup.set("field", exp.to_identifier(name, quoted=True))
            self.ctes.append(_shared(query.unnest(), name))
        return inside.get(_OUTSIDE, 0)


_OUTSIDE = 0


def _lookups(query: exp.Query) -> Iterator[exp.In]:
    """All look-ups in queries; those around others come first."""
    for each in query.find_all(exp.In):
        if each.args.get("query") is not None:
            yield each


def _around(node: exp.Expr) -> int:
    """The look-up in whose query a node stands."""
    child, parent = node, node.parent
    while parent is not None:
        if isinstance(parent, exp.In) and child is parent.args.get("query"):
            return id(parent)
        child, parent = parent, parent.parent
    return _OUTSIDE


def _shared(query: exp.Query, name: str) -> exp.CTE:
    alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    return exp.CTE(this=query, alias=alias, materialized=True)
