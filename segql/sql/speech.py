"""A tree of portable nodes in, the same in the words of one dialect out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlglot import Dialect, exp

Maker: TypeAlias = Callable[[Any], exp.Expr]
"""A node in, what stands in its place out; it may hold further portable nodes."""


@dataclass(frozen=True)
class Facts:
    """What a dialect offers beyond what all have.

    `sketches`: HASH, BIT_OR and BIT_COUNT over 128 bits; `materialized`: a shared
    query that is computed once; `anti_join`: ANTI JOIN, quicker than NOT EXISTS;
    `asof_join`: ASOF JOIN, to the row that is nearest before or after; `least_of`:
    MIN(x, n), a list of the n least; `quantiles`: QUANTILE_DISC of a list of shares;
    `ordered`: an aggregate can tell the first of its rows in an order, and the
    middle one (`AtEnd`, `Commonest`, `Median`, `Middle`); `doubles`: a shared query is
    planned anew wherever it is named, so that chains of them must name each just once;
    `cut`: so are long intersections, and they are planned more quickly in pieces;
    `times_first`: a customer's last event is found quicker by its time, with none
    after it, than as the end of an order; `extremes`: so it is by comparing the last
    time of those that pass with that of the others; `not_in`: NOT IN is at least as
    quick as NOT EXISTS, however large the list is; `distinct_first`: different rows are
    found quicker by a query of them than by COUNT(DISTINCT).
    """

    sketches: bool = False
    materialized: bool = False
    anti_join: bool = False
    asof_join: bool = False
    least_of: bool = False
    quantiles: bool = False
    ordered: bool = False
    doubles: bool = False
    cut: bool = False
    times_first: bool = False
    extremes: bool = False
    not_in: bool = False
    distinct_first: bool = False


@dataclass(frozen=True)
class Speech:
    """A dialect: how it writes what others write otherwise.

    `sqlglot` is the name of the dialect that writes all else. `nodes` has a maker for
    every portable node, and for those of sqlglot that need one; a maker may return its
    node changed, and is not asked about that again. `whole` is called at the end with
    the whole query. `differences` tells in a line each where engines of this dialect
    go other ways than others, and what is done about it.
    """

    name: str
    sqlglot: str
    nodes: Mapping[type[exp.Expr], Maker]
    facts: Facts = Facts()
    whole: Callable[[exp.Query], exp.Query] = lambda query: query
    differences: tuple[str, ...] = field(default=())


class Unsaid(Exception):
    """A dialect has no exact way to say something; `construct` names it."""

    def __init__(self, construct: str, why: str = "") -> None:
        super().__init__(construct)
        self.construct = construct
        self.why = why


def spoken(query: exp.Query, speech: Speech) -> exp.Query:
    """The query in a dialect's words; the tree is used up.

    Raises:
        Unsaid: the dialect cannot say a part of it exactly.
    """
    nodes = speech.nodes
    root = exp.Paren(this=query)
    left: list[exp.Expr] = [query]
    while left:
        node = left.pop()
        asked: set[type[exp.Expr]] = set()
        while (maker := nodes.get(type(node))) and type(node) not in asked:
            asked.add(type(node))
            parent, key, index = node.parent, node.arg_key, node.index
            assert parent is not None
            assert key is not None
            made = maker(node)
            if made is not node or made.parent is not parent:
                _replace(parent, key, index, made)
                node = made
        left.extend(_children(node))
    _set_apart(root)
    _set_null_order(root, speech.sqlglot)
    found = root.this
    assert isinstance(found, exp.Query)
    found.parent = None
    return speech.whole(found)


def _children(node: exp.Expr) -> list[exp.Expr]:
    """The nodes below, each in its one place: what stands in two is copied."""
    found = []
    for key, value in node.args.items():
        for index, each in (
            enumerate(value) if type(value) is list else ((None, value),)
        ):
            if not isinstance(each, exp.Expr):
                continue
            if each.parent is not node or each.arg_key != key:
                each = each.copy()
                _replace(node, key, index, each)
            found.append(each)
    return found


def _replace(parent: exp.Expr, key: str, index: int | None, made: exp.Expr) -> None:
    if index is None:
        parent.set(key, made)
        return
    items = parent.args[key]
    items[index] = made  # `set` would go through them all, for each of them
    made.parent, made.arg_key, made.index = parent, key, index


def _set_null_order(root: exp.Expr, dialect: str) -> None:
    """Leaves NULL where the dialect puts it: what is built here never depends on it."""
    natural = Dialect.get_or_raise(dialect).NULL_ORDERING
    for node in root.find_all(exp.Ordered):
        small = natural == "nulls_are_small"
        large = natural == "nulls_are_large"
        node.set("nulls_first", large if node.args.get("desc") else small)


_LEVELS: tuple[tuple[type[exp.Expr], int], ...] = (
    (exp.Paren, 0),
    (exp.Or, 1),
    (exp.And, 2),
    (exp.Not, 3),
    (exp.Predicate, 4),
    (exp.Neg, 7),
    (exp.Mul, 6),
    (exp.Div, 6),
    (exp.IntDiv, 6),
    (exp.Mod, 6),
    (exp.Dot, 0),
    (exp.PropertyEQ, 0),
    (exp.Binary, 5),
    (exp.AtTimeZone, 8),
    (exp.Collate, 8),
)
"""How tightly operators bind; 0 is for what needs no parentheses."""


_CALLS = (exp.Pow, exp.RegexpFullMatch, exp.ArrayContains, exp.Exists)
"""Operators in the eyes of sqlglot that are written as calls."""


def _level(node: exp.Expr) -> int:
    for kind, level in _LEVELS:
        if isinstance(node, kind):
            return 0 if isinstance(node, _CALLS) else level
    return 0


def _set_apart(root: exp.Expr) -> None:
    """Puts parentheses around whatever stands in what binds more tightly."""
    left: list[tuple[exp.Expr, int]] = [(root, 0)]
    while left:
        parent, outer = left.pop()
        for node in list(parent.iter_expressions()):
            inner = _level(node)
            follows = type(node) is type(parent) and node.arg_key == "this"
            if 0 < inner <= outer and not follows:
                key, index = node.arg_key, node.index
                assert key is not None
                _replace(parent, key, index, exp.Paren(this=node))
            left.append((node, inner))
