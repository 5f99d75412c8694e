"""Doubles in MariaDB and MySQL, which have no infinity: what overflows is an error.

Where what one operation comes to is compared, or asked to be there, that is answered
without it: whether it would overflow is looked at before, in numbers that are scaled
by powers of two, which loses nothing.
"""

import math

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.standard import call, case, number
from segql.sql.names import disjunction
from segql.sql.speech import Maker

_OPERATIONS = (portable.Doubles, portable.Quotient)
_AGGREGATES = (
    exp.AggFunc,
    portable.Median,
    portable.Middle,
    portable.AtEnd,
    portable.Commonest,
)
_SAFE = 300
"""The decimal exponent up to which nothing overflows."""
_BESIDE = 2.0**969
"""What changes no double, however large, so much that it would be infinite."""
_DONE = "segql"


def compared(node: exp.Binary) -> exp.Expr:
    """What would be infinite is beyond all that it is compared with."""
    if node.meta.get(_DONE):
        return node
    left, right = _operation(node.this), _operation(node.expression)
    if left is None and right is None:
        return node
    node.meta[_DONE] = True
    one, other = (left, node.expression) if left is not None else (right, node.this)
    assert one is not None
    # Nothing times anything that is there is nothing.
    none = number(0)
    if not isinstance(other, portable.Real):
        none = exp.Mul(this=other.copy(), expression=portable.Real(value=0.0))
    sides = (_side(one), none) if left is not None else (none, _side(one))
    beyond = type(node)(this=sides[0], expression=sides[1])
    beyond.meta[_DONE] = True
    return case(_overflows(one), beyond, node)


def missing(node: exp.Is) -> exp.Expr:
    """What two numbers come to is there where both are: zero divides nothing."""
    one = _operation(node.this)
    if one is None or not isinstance(node.expression, exp.Null):
        return node
    sides = one.this, one.expression
    return disjunction(
        [exp.Is(this=side.copy(), expression=exp.null()) for side in sides]
    )


def _operation(node: exp.Expr) -> exp.Expr | None:
    """The one operation of numbers that could overflow; None if there is no such."""
    while isinstance(node, exp.Paren | portable.KnownNumber):
        node = node.this
    if not isinstance(node, _OPERATIONS):
        return None
    sides = node.this, node.expression
    for side in sides:
        if side.find(*_AGGREGATES) or any(
            _exponent(each) > _SAFE for each in side.find_all(*_OPERATIONS)
        ):
            return None
    literals = [each for each in sides if isinstance(each, portable.Real)]
    beside = any(abs(each.value) < _BESIDE for each in literals)
    adds = isinstance(node, portable.Doubles) and node.operator != "*"
    return None if _exponent(node) <= _SAFE or (adds and beside) else node


def _exponent(node: exp.Expr) -> float:
    """The decimal exponent that no value but zero lies outside of, up or down."""
    match node:
        case portable.ToDouble():
            return max(node.exact.whole, node.exact.scale)
        case portable.Real():
            return abs(math.log10(abs(node.value))) + 1 if node.value else 0
        case portable.Doubles() | portable.Quotient():
            sides = _exponent(node.this), _exponent(node.expression)
            adds = isinstance(node, portable.Doubles) and node.operator != "*"
            return max(sides) + 17 if adds else sum(sides)
        case exp.Nullif() | exp.Paren() | exp.Neg() | portable.KnownNumber():
            return _exponent(node.this)
        case _:
            return math.inf


def _overflows(node: exp.Expr) -> exp.Expr:
    """Whether IEEE would have an infinity."""
    left, right = node.this, node.expression
    if isinstance(node, portable.Quotient):
        small = call("LEAST", _size(right), portable.Real(value=1.0))
        made: exp.Expr = exp.Div(
            this=_times(_size(left), 2.0**-560),
            expression=_times(small, 2.0**560),
            typed=True,
            safe=True,
        )
        most = 2.0 ** (1024 - 2 * 560)
    elif isinstance(node, portable.Doubles) and node.operator == "*":
        made = exp.Mul(
            this=_times(_size(left), 2.0**-520),
            expression=_times(_size(right), 2.0**-520),
        )
        most = 2.0 ** (1024 - 2 * 520)
    else:
        kind = exp.Add if node.args["operator"] == "+" else exp.Sub
        halves = [_times(each.copy(), 0.5) for each in (left, right)]
        made = exp.Abs(this=kind(this=halves[0], expression=halves[1]))
        most = 2.0**1023
    return exp.GTE(this=made, expression=portable.Real(value=most))


def _side(node: exp.Expr) -> exp.Expr:
    """On which side of all numbers the infinity is: -1 or 1."""
    left = call("SIGN", node.this.copy())
    if isinstance(node, portable.Doubles) and node.operator != "*":
        return left  # neither is small, so both are on the same side
    return exp.Mul(this=left, expression=call("SIGN", node.expression.copy()))


def _size(node: exp.Expr) -> exp.Expr:
    return exp.Abs(this=node.copy())


def _times(node: exp.Expr, power: float) -> exp.Expr:
    return exp.Mul(this=node, expression=portable.Real(value=power))


NODES: dict[type[exp.Expr], Maker] = {
    **dict.fromkeys((exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NEQ), compared),
    exp.Is: missing,
}
