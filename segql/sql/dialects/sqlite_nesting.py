"""A query for SQLite whose parts stand deep inside of each other in, a flat one out.

SQLite's parser keeps a stack of a hundred symbols, which some twelve queries inside of
each other fill. So those below a certain height become shared queries, `q1`, `q2`, ….
What is shared is read again for each of its uses: where uses multiply, those go that
change nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlglot import exp

from segql.sql.dialects.origins import source_of
from segql.sql.dialects.rewrites import taken

_HIGH = 3
"""So many queries stand inside of each other."""
_DEEP = 12
"""So many parentheses of tests stand inside of each other."""
_LONG = 100
"""So many links of a chain stand in a row."""
_MANY = 2_000
"""So often a shared query may be read; SQLite's own limit is 65535."""


def flat(query: exp.Query) -> exp.Query:
    """The same query with less inside of each other."""
    _unmultiplied(query)
    ctes = taken(query)
    flattener = _Flattener()
    for cte in ctes:
        flattener.flatten(cte.this)
        flattener.ctes.append(cte)
    flattener.flatten(query)
    if flattener.ctes:
        query.set("with_", exp.With(expressions=flattener.ctes))
    for root in (query, *(each.this for each in flattener.ctes)):
        _unroll(root)
        _broaden(root)
    return query


class _Flattener:
    """Takes queries out of others, the innermost first."""

    def __init__(self) -> None:
        self.ctes: list[exp.CTE] = []
        self.count = 0

    def flatten(self, root: exp.Expr) -> None:
        """Takes out what stands too high: how many queries are inside each other."""
        heights: dict[int, int] = {}
        for node in reversed(list(root.dfs())):
            height = heights.pop(id(node), 0) + isinstance(node, exp.Select)
            parent = node.parent
            match node:
                case exp.Subquery() if height > _HIGH and _stands_alone(node):
                    self.take_out(node)
                    height = 1
            if parent is not None:
                heights[id(parent)] = max(heights.get(id(parent), 0), height)

    def take_out(self, node: exp.Subquery) -> None:
        self.count += 1
        name = f"q{self.count}"
        table = exp.TableAlias(this=exp.to_identifier(name))
        self.ctes.append(exp.CTE(this=node.this, alias=table))
        shared = exp.Table(this=exp.to_identifier(name))
        if isinstance(node.parent, exp.From | exp.Join):
            node.replace(exp.alias_(shared, node.alias, table=True))
        else:
            everything = exp.select("*").from_(shared, copy=False)
            node.set("this", everything)


def _stands_alone(node: exp.Subquery) -> bool:
    """Whether a query asks nothing of those around it."""
    return not node.args.get("alias") or not any(
        column.table and not _inside(source_of(column), node)
        for column in node.find_all(exp.Column)
    )


def _inside(node: exp.Expr | None, outer: exp.Expr) -> bool:
    while node is not None and node is not outer:
        node = node.parent
    return node is not None


# ---- tests inside of tests


def _unroll(query: exp.Expr) -> None:
    """Tests that stand deep inside of each other, one after the other in a CASE."""
    depths: dict[int, int] = {}
    tops: list[exp.Expr] = []
    for node in reversed(list(query.dfs())):
        if isinstance(node, exp.Connector | exp.Paren):
            deep = depths.get(id(node), 0) + isinstance(node, exp.Paren)
            depths[id(node)] = deep
            parent = node.parent
            if isinstance(parent, exp.Connector | exp.Paren):
                depths[id(parent)] = max(depths.get(id(parent), 0), deep)
            elif deep > _DEEP:
                tops.append(node)
    for top in tops:
        top.replace(_in_a_row(top.copy()))


def _in_a_row(node: exp.Expr) -> exp.Expr:
    ifs = []
    while _depth(node) > _DEEP:
        node = node.unnest()
        if not isinstance(node, exp.Connector):
            break
        terms = list(node.flatten(unnest=False))
        deepest = max(terms, key=_depth)
        others = [_in_a_row(each) for each in terms if each is not deepest]
        kind = type(node)
        rest = _chain(kind, [each.copy() for each in others])
        if kind is exp.Or:
            ifs.append(exp.If(this=rest, true=exp.true()))
        else:
            fails = exp.Not(this=exp.Coalesce(this=rest, expressions=[exp.false()]))
            ifs.append(exp.If(this=fails, true=exp.false()))
        node = deepest
    return exp.Case(ifs=ifs, default=node.copy()) if ifs else node


def _depth(node: exp.Expr) -> int:
    """How many parentheses stand inside of each other, above what is no AND or OR."""
    deep, level = 0, [(node, 0)]
    while level:
        each, above = level.pop()
        here = above + isinstance(each, exp.Paren)
        deep = max(deep, here)
        if isinstance(each, exp.Connector | exp.Paren):
            level += [(child, here) for child in each.iter_expressions()]
    return deep


# ---- long chains


def _broaden(query: exp.Expr) -> None:
    """Long chains in pieces: each link of one is a level to SQLite."""
    for kind in (exp.And, exp.Or, exp.Add):
        for node in list(query.find_all(kind)):
            if isinstance(node.parent, kind):
                continue
            terms = list(node.flatten(unnest=False))
            if len(terms) <= _LONG:
                continue
            pieces = [
                exp.Paren(this=_chain(kind, terms[start : start + _LONG]))
                for start in range(0, len(terms), _LONG)
            ]
            node.replace(_chain(kind, pieces))


def _chain(kind: type[exp.Binary], terms: Sequence[exp.Expr]) -> exp.Expr:
    made = terms[0]
    for term in terms[1:]:
        made = kind(this=made, expression=term)
    return made


# ---- shared queries that multiply


def _unmultiplied(query: exp.Query) -> None:
    """Takes away tests that a join to the same shared query makes anyway."""
    if max(_uses(query).values(), default=0) < _MANY:
        return
    for join in list(query.find_all(exp.Join)):
        select = join.parent
        if not isinstance(select, exp.Select) or join.side:
            continue
        shared = join.this
        from_: Any = select.args.get("from_") or select.args.get("from")
        first = from_.this
        if isinstance(shared, exp.Table) and isinstance(first, exp.Subquery):
            _without_among(first.this, shared.name)


def _without_among(select: exp.Expr, name: str) -> None:
    where = select.args.get("where")
    if not isinstance(select, exp.Select) or where is None:
        return
    tests = [each for each in where.this.flatten() if not _is_among(each, name)]
    select.set("where", None)
    for test in tests:
        select.where(test, copy=False)


def _is_among(test: exp.Expr, name: str) -> bool:
    if not isinstance(test, exp.In):
        return False
    inner: Any = test.args.get("query")
    inner = inner.this if isinstance(inner, exp.Subquery) else inner
    if not isinstance(inner, exp.Select) or inner.args.get("where"):
        return False
    return [each.name for each in inner.find_all(exp.Table)] == [name]


def _uses(query: exp.Query) -> Counter[str]:
    """How often each shared query is read, those in others multiplied."""
    ctes = {each.alias: each.this for each in query.find_all(exp.CTE)}
    found: Counter[str] = Counter()

    def read(node: exp.Expr) -> Iterator[str]:
        for table in node.find_all(exp.Table):
            if table.name in ctes:
                yield table.name

    main = Counter(read(query))
    for each in ctes.values():
        main -= Counter(read(each))
    found.update(main)
    for name in reversed(list(ctes)):
        for inner in read(ctes[name]):
            found[inner] += found[name]
    return found
