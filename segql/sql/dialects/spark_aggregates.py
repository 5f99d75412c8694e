"""Aggregates in Spark's words: sums beyond 64 bits, the first, the middle one."""

from sqlglot import exp

from segql.sql import portable
from segql.sql.aggregates import OF
from segql.sql.dialects.spark_types import LONG, cast, data_type, field, struct
from segql.sql.dialects.standard import call, number
from segql.sql.speech import Maker
from segql.types import Exact


def _filter(node: exp.Filter) -> exp.Expr:
    """What is taken of an aggregate's answer is taken after the filter."""
    only = node.expression
    match node.this:
        case portable.AtEnd() as inner:
            return _at_end(inner, only)
        case portable.Middle() as inner:
            return _middle(inner, only)
        case portable.Commonest() as inner:
            return _commonest(inner, only)
        case exp.Sum() as inner:
            return _sum(inner, only)
        case _:
            return node


def _filtered(node: exp.Expr, only: exp.Expr | None) -> exp.Expr:
    return node if only is None else exp.Filter(this=node, expression=only.copy())


def _sum(node: exp.Sum, only: exp.Expr | None = None) -> exp.Expr:
    """64 bits would overflow, and a sum of decimals takes four times as long."""
    kind = node.meta.get(OF)
    if not (isinstance(kind, Exact) and kind.scale == 0 and kind.digits <= LONG):
        return _filtered(node, only)
    value = cast(node.this, "BIGINT")
    high = exp.Sum(this=call("SHIFTRIGHT", value, number(32)))
    low = exp.Sum(this=exp.BitwiseAnd(this=value.copy(), expression=number(2**32 - 1)))
    wide = exp.Mul(
        this=cast(_filtered(high, only), data_type(Exact(20))),
        expression=number(2**32),
    )
    return exp.Add(this=wide, expression=_filtered(low, only))


def _at_end(node: portable.AtEnd, only: exp.Expr | None = None) -> exp.Expr:
    """In a struct a NULL comes before all else, and its order is that of its parts."""
    order = {f"o{number}": each for number, each in enumerate(node.expressions, 1)}
    name = "MAX_BY" if node.last else "MIN_BY"
    found = call(name, struct({"v": node.this}), struct(order))
    return field(exp.Paren(this=_filtered(found, only)), "v")


def _commonest(node: portable.Commonest, only: exp.Expr | None = None) -> exp.Expr:
    fewer = exp.Neg(this=exp.Paren(this=node.expression))
    found = exp.Min(this=struct({"n": fewer, "v": node.this}))
    return field(exp.Paren(this=_filtered(found, only)), "v")


def _middle(node: portable.Middle, only: exp.Expr | None = None) -> exp.Expr:
    """PERCENTILE_DISC takes numbers alone, and makes doubles of them."""
    items = call("SORT_ARRAY", _filtered(call("COLLECT_LIST", node.this), only))
    count = _filtered(exp.Count(this=node.this.copy()), only)
    if not node.upper:
        count = exp.Sub(this=count, expression=number(1))
    half = exp.IntDiv(this=count, expression=number(2))
    return call("GET", items, cast(half, "INT"))


NODES: dict[type[exp.Expr], Maker] = {
    portable.Median: lambda node: call("MEDIAN", node.this),
    portable.Middle: _middle,
    portable.AtEnd: _at_end,
    portable.Commonest: _commonest,
    exp.Sum: _sum,
    exp.Filter: _filter,
}
