"""Doubles in PostgreSQL, which stops where IEEE has infinity, or nothing.

Each operation is looked at before: in numbers that are scaled by powers of two, which
loses nothing, so that the test itself neither overflows nor vanishes.
"""

import math
import struct
import sys
from collections.abc import Callable
from typing import TypeAlias

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.standard import call, case, cast, double, text
from segql.sql.names import conjunction

_Make: TypeAlias = Callable[[exp.Expr, exp.Expr], exp.Expr]

_MOST = sys.float_info.max
_AGGREGATES = (
    exp.AggFunc,
    portable.Median,
    portable.Middle,
    portable.AtEnd,
    portable.Commonest,
    portable.AnyTrue,
)

_OPERATIONS = (portable.Doubles, portable.Quotient)
_DEEP, _DEEP_AMONG_AGGREGATES = 6, 2
"""How many operations inside each other are looked at; those around them are not."""
_SAFE = 300
"""The decimal exponent up to which nothing overflows or vanishes."""


def calculated(node: portable.Doubles) -> exp.Expr:
    operator = node.operator
    make = _times if operator == "*" else _sum(operator)
    return _guarded(node, {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[operator], make)


def quotient(node: portable.Quotient) -> exp.Expr:
    return _guarded(node, _plain_quotient, _through)


def _plain_quotient(this: exp.Expr, expression: exp.Expr) -> exp.Expr:
    return exp.Div(this=this, expression=expression, typed=True, safe=False)


def _guarded(node: exp.Expr, plain: Callable[..., exp.Expr], make: _Make) -> exp.Expr:
    left, right = node.this, node.expression
    aggregates = any(each.find(*_AGGREGATES) for each in (left, right))
    most = _DEEP_AMONG_AGGREGATES if aggregates else _DEEP
    if _exponent(node) <= _SAFE or _depth(node, most) > most:
        return plain(this=left, expression=right)
    if found := _beside(node, plain(this=left.copy(), expression=right.copy())):
        return found
    if aggregates or (_is_simple(left) and _is_simple(right)):
        return make(left, right)
    # Each side is computed but once. An aggregate may not move into another query;
    # of those that are alike PostgreSQL computes one.
    sides = exp.select(exp.alias_(left, "a"), exp.alias_(right, "b")).offset(0)
    made = make(exp.column("a", "d"), exp.column("b", "d"))
    return exp.Subquery(this=exp.select(made).from_(sides.subquery("d")))


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
        case exp.Nullif() | exp.Coalesce() | exp.Filter() | portable.Median():
            return _exponent(node.this)
        case exp.Sub() if node.find(portable.Float):  # of angles
            return 0
        case exp.Paren() | exp.Neg() | portable.KnownNumber():
            return _exponent(node.this)
        case _:
            return math.inf


def _depth(node: exp.Expr, most: int) -> int:
    """How many operations stand inside each other, or more than `most`."""
    depth, level = 0, [node]
    while level and depth <= most:
        depth += any(isinstance(each, _OPERATIONS) for each in level)
        level = [child for each in level for child in _below(each)]
    return depth


def _below(node: exp.Expr) -> list[exp.Expr]:
    """The nearest operations inside of a node."""
    found: list[exp.Expr] = []
    left = list(node.iter_expressions())
    while left:
        each = left.pop()
        if isinstance(each, _OPERATIONS):
            found.append(each)
        else:
            left += each.iter_expressions()
    return found


def scaled(node: exp.Mul) -> exp.Expr:
    """A coordinate in another unit: what is next to nothing is nothing."""
    if not isinstance(node.this, portable.Float):
        return node
    value = cast(node.this.this, "DOUBLE")
    made = exp.Mul(this=value.copy(), expression=node.expression)
    return case(_above(value, 1e-300), made, double(0.0))


def squared(node: exp.Pow) -> exp.Expr:
    """The square of a sine: what is next to nothing is nothing."""
    base = node.this
    large = case(_above(base, 1e-150), base.copy(), double(0.0))
    return call("POWER", large, node.expression)


def _above(value: exp.Expr, least: float) -> exp.Expr:
    return exp.GT(this=_size(value), expression=double(least))


# ---- operations beside a literal


def _beside(node: exp.Expr, usual: exp.Expr) -> exp.Expr | None:
    """An operation on a column and a literal: the bounds are known beforehand."""
    left, right = node.this, node.expression
    if not isinstance(left, portable.Real) and not isinstance(right, portable.Real):
        return None
    literal, column = (
        (left, right) if isinstance(left, portable.Real) else (right, left)
    )
    size = abs(literal.value)
    if isinstance(node, portable.Doubles) and node.operator != "*":
        return usual if size < 2.0**969 else None
    if isinstance(node, portable.Quotient):
        if literal is left:
            return None
        work: Callable[[float], float] = lambda value: value / size  # noqa: E731
    else:
        work = lambda value: value * size  # noqa: E731
    if not size:
        return usual
    tests = []
    if math.isinf(work(_MOST)):
        most = _last(lambda value: not math.isinf(work(value)))
        up = portable.Real(value=math.copysign(1.0, literal.value))
        large = exp.And(
            this=exp.GT(this=_size(column), expression=double(most)),
            expression=exp.LTE(this=_size(column), expression=double(_MOST)),
        )
        tests.append(exp.If(this=large, true=_infinite(_alike(column, up))))
    if work(5e-324) == 0.0:
        least = _last(lambda value: work(value) == 0.0)
        small = exp.LTE(this=_size(column), expression=double(least))
        tests.append(exp.If(this=small, true=double(0.0)))
    return exp.Case(ifs=tests, default=usual) if tests else usual


def _last(holds: Callable[[float], bool]) -> float:
    """The greatest double that a test holds of, as it does of all smaller ones."""
    low, high = 0, _bits(_MOST)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(_double(middle)) else (low, middle - 1)
    return _double(low)


def _bits(value: float) -> int:
    return int.from_bytes(struct.pack(">d", value))


def _double(bits: int) -> float:
    return float(struct.unpack(">d", bits.to_bytes(8))[0])


# ---- operations


def _is_simple(node: exp.Expr) -> bool:
    match node:
        case portable.ToDouble() | portable.Float() | portable.Stored() | exp.Nullif():
            return _is_simple(node.this)
        case _:
            return isinstance(node, exp.Column | portable.Real | portable.Number)


def _size(value: exp.Expr) -> exp.Expr:
    return exp.Abs(this=value.copy())


def _mul(left: exp.Expr, right: exp.Expr | float) -> exp.Expr:
    factor = double(right) if isinstance(right, float) else right
    return exp.Mul(this=left, expression=factor)


def _inside(value: exp.Expr, least: float) -> exp.Expr:
    return exp.Between(this=_size(value), low=double(least), high=double(_MOST))


def _infinite(positive: exp.Expr) -> exp.Expr:
    up, down = (cast(text(sign), "DOUBLE") for sign in ("Infinity", "-Infinity"))
    return case(positive, up, down)


def _positive(value: exp.Expr) -> exp.Expr:
    return exp.GT(this=value.copy(), expression=double(0.0))


def _alike(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.EQ(this=_positive(left), expression=_positive(right))


def _sum(operator: str) -> _Make:
    kind = {"+": exp.Add, "-": exp.Sub}[operator]

    def make(left: exp.Expr, right: exp.Expr) -> exp.Expr:
        half = kind(this=_mul(left.copy(), 0.5), expression=_mul(right.copy(), 0.5))
        large = conjunction(
            [
                _inside(left, 2.0**960),
                _inside(right, 2.0**960),
                exp.GTE(this=_size(half), expression=double(2.0**1023)),
            ]
        )
        usual = kind(this=left.copy(), expression=right.copy())
        return case(large, _infinite(_positive(left)), usual)

    return make


def _times(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Of a product at the very edge of nothing nothing is said: an error remains."""
    scaled_ = _mul(_mul(_size(left), 2.0**-512), _mul(_size(right), 2.0**-512))
    large = conjunction(
        [
            _inside(left, 1.0),
            _inside(right, 1.0),
            exp.GTE(this=scaled_, expression=double(1.0)),
        ]
    )
    low = call("LEAST", _size(left), _size(right))
    high = call("GREATEST", _size(left), _size(right))
    tiny = conjunction(
        [
            exp.NEQ(this=left.copy(), expression=double(0.0)),
            exp.NEQ(this=right.copy(), expression=double(0.0)),
            exp.LT(this=low, expression=double(2.0**-500)),
            exp.LT(this=high, expression=double(1.0)),
            exp.LT(
                this=_mul(_mul(low.copy(), 2.0**1000), _mul(high.copy(), 2.0**250)),
                expression=double(2.0**175),
            ),
        ]
    )
    usual = exp.Mul(this=left.copy(), expression=right.copy())
    return exp.Case(
        ifs=[
            exp.If(this=large, true=_infinite(_alike(left, right))),
            exp.If(this=tiny, true=double(0.0)),
        ],
        default=usual,
    )


def _through(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """The divisor is never zero, but may be NULL."""
    large = conjunction(
        [
            exp.LT(this=_size(right), expression=double(1.0)),
            _inside(left, 2.0**-52),
            exp.GTE(
                this=_mul(_size(left), 2.0**-512),
                expression=_mul(_size(right), 2.0**512),
            ),
        ]
    )
    tiny = conjunction(
        [
            _inside(right, 1.0),
            exp.NEQ(this=left.copy(), expression=double(0.0)),
            exp.LT(this=_size(left), expression=double(2.0**-50)),
            exp.LTE(
                this=_mul(_size(left), 2.0**512),
                expression=_mul(_size(right), 2.0**-563),
            ),
        ]
    )
    usual = exp.Div(this=left.copy(), expression=right.copy(), typed=True, safe=False)
    return exp.Case(
        ifs=[
            exp.If(this=large, true=_infinite(_alike(left, right))),
            exp.If(this=tiny, true=double(0.0)),
        ],
        default=usual,
    )
