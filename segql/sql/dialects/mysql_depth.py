"""A query in, how many stand inside each other out, and how many are planned.

MariaDB looks how much is left of its stack, and stops a query that needs more; but not
everywhere: a query far deeper takes the whole server with it.
"""

from collections import Counter
from collections.abc import Mapping

from sqlglot import exp

from segql.sql.speech import Unsaid

_MOST = 240
"""Half of what brings a server down that is set up as usual; it stops at 120 to 150."""


def held(query: exp.Query) -> exp.Query:
    """The query; one that is too deep is never sent."""
    if depth(query) > _MOST:
        why = "split the segment: let one part be a segment of its own"
        raise Unsaid("so many sets inside each other", why)
    return query


def depth(query: exp.Query) -> int:
    """How many queries stand inside each other; what is shared, wherever it is named.

    A shared query names none but those before it.
    """
    shared: dict[str, int] = {}
    for with_ in query.find_all(exp.With):
        for each in with_.expressions:
            shared[each.alias] = _deepest(each.this, shared)
    return _deepest(query, shared)


def _deepest(query: exp.Expr, shared: Mapping[str, int]) -> int:
    deepest = 0
    left = [(query, 0)]
    while left:
        node, inside = left.pop()
        if isinstance(node, exp.With):
            continue
        if isinstance(node, exp.Select):
            inside += 1
        elif isinstance(node, exp.Table) and not node.db:
            deepest = max(deepest, inside + shared.get(node.name, 0))
        deepest = max(deepest, inside)
        left += [(each, inside) for each in node.iter_expressions()]
    return deepest


def planned(query: exp.Query, often: Counter[str]) -> int:
    """How many queries are planned, if those named more than once are recursive.

    A shared query is planned anew for each name; one that names itself, twice.
    """
    shared: Counter[str] = Counter()
    for with_ in query.find_all(exp.With):
        for each in with_.expressions:
            times = 2 if often[each.alias] > 1 else 1
            shared[each.alias] = times * _all(each.this, shared)
    return _all(query, shared)


def _all(query: exp.Expr, shared: Counter[str]) -> int:
    found = 0
    for node in query.walk(prune=lambda node: isinstance(node, exp.With)):
        found += isinstance(node, exp.Select)
        if isinstance(node, exp.Table) and not node.db:
            found += shared[node.name]
    return found
