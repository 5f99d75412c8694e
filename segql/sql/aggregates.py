"""SQL aggregates of values, each over those events that a test lets through."""

from collections.abc import Sequence
from typing import assert_never

from sqlglot import exp

from segql.model import nodes as mdl
from segql.sql import literals, numbers, portable, read
from segql.types import COUNT, COUNT_DIGITS, MAX_DIGITS, Exact, Type

OF = "of"
"""Where a sum keeps the type of its values, in `meta`."""


def made(
    function: mdl.Function,
    value: exp.Expr | None,
    kind: Type | None,
    only: exp.Expr | None = None,
) -> exp.Expr:
    """An aggregate of a value of some type; `count` counts rows where there is none."""
    if value is None:
        return filtered(exp.Count(this=exp.Star()), only)
    match function:
        case "count":
            return filtered(exp.Count(this=value), only)
        case "sum":
            return filtered(_sum(value, kind), only)
        case "min":
            return filtered(exp.Min(this=value), only)
        case "max":
            return filtered(exp.Max(this=value), only)
        case "distinct":
            distinct = exp.Distinct(expressions=[value])
            return filtered(exp.Count(this=distinct), only)
        case "avg":
            total = filtered(_sum(value, kind), only)
            count = filtered(exp.Count(this=value.copy()), only)
            if isinstance(kind, Exact):
                total = numbers.to_double(total, sum_of(kind))
                return numbers.quotient(total, numbers.to_double(count, COUNT))
            found = numbers.quotient(total, numbers.to_double(count, COUNT))
            return read.known_number(found)
        case "median":
            return _median(value, kind, only)
        case "most_common":
            raise ValueError("an aggregate that needs groups within groups")
        case _:
            assert_never(function)


def _sum(value: exp.Expr, kind: Type | None) -> exp.Expr:
    """A sum that knows what it is of: engines differ in when it is too large."""
    made = exp.Sum(this=value)
    made.meta[OF] = kind
    return made


def sum_of(kind: Exact) -> Exact:
    """The type of a sum of fewer values than a count has digits for."""
    return Exact(min(kind.digits + COUNT_DIGITS, MAX_DIGITS), kind.scale)


def filtered(aggregate: exp.Expr, only: exp.Expr | None) -> exp.Expr:
    if only is None:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=only.copy()))


# ---- the median

_SAFE = 15
"""Numbers with so many digits are exact as doubles, and so is half their sum."""


def _median(value: exp.Expr, kind: Type | None, only: exp.Expr | None) -> exp.Expr:
    """The mean of the middle two, as one rounding of its exact value."""
    if isinstance(kind, Exact) and kind.digits <= _SAFE:
        whole = Exact(kind.digits)
        shifted = portable.Shifted(this=value, type=kind) if kind.scale else value
        each = numbers.to_double(shifted, whole)
        found = filtered(portable.Median(this=each), only)
        if kind.scale == 0:
            return found
        return numbers.quotient(found, literals.double(float(10**kind.scale)))
    return mean(_middle(value, False, only), _middle(value, True, only), kind)


def _middle(value: exp.Expr, upper: bool, only: exp.Expr | None) -> exp.Expr:
    """Of an even number of values the lower or the upper of the middle two."""
    return filtered(portable.Middle(this=value.copy(), upper=upper), only)


def mean(low: exp.Expr, high: exp.Expr, kind: Type | None) -> exp.Expr:
    """The mean of two values, as one rounding of the exact one."""
    two = literals.double(2.0)
    if isinstance(kind, Exact):
        wide = Exact(min(kind.digits + 1, MAX_DIGITS), kind.scale)
        sum_ = portable.Calculated(
            this=low, expression=high, operator="+", left=kind, right=kind, type=wide
        )
        return numbers.quotient(numbers.to_double(sum_, wide), two)
    both = portable.Doubles(this=low, expression=high, operator="+")
    return read.known_number(numbers.quotient(both, two))


def median_beside(
    operator: mdl.Comparison, value: exp.Expr, kind: Type, bound: mdl.Constant
) -> exp.Expr | None:
    """A median against a bound, by counting how many values lie on that side of it.

    With more than half of them it does, with fewer it does not; with just half of
    them, what decides is the mean of the two values next to the bound.
    """
    if operator in ("=", "!="):
        return None
    side = numbers.OPERATORS[operator]
    limit = numbers.to_double(literals.constant(bound), bound.type)
    inside = side(this=numbers.to_double(value, kind), expression=limit)
    outside = exp.Not(this=exp.Paren(this=inside.copy()))
    number = exp.Count(this=value.copy())
    twice = exp.Mul(
        this=exp.Literal.number(2),
        expression=filtered(exp.Count(this=exp.Star()), inside),
    )
    up = operator in (">", ">=")
    near = filtered((exp.Min if up else exp.Max)(this=value.copy()), inside)
    far = filtered((exp.Max if up else exp.Min)(this=value.copy()), outside)
    middle = side(this=mean(near, far, kind), expression=limit.copy())
    half = exp.EQ(this=twice.copy(), expression=number.copy())
    most = exp.GT(this=twice, expression=number)
    return exp.Paren(this=exp.or_(most, exp.and_(half, middle)))


# ---- values at one end of the order


def at_end(
    first: bool, value: exp.Expr, order: Sequence[exp.Expr], only: exp.Expr | None
) -> exp.Expr:
    """The value at the first or last event, NULL included."""
    parts = [each.copy() for each in order]
    return filtered(portable.AtEnd(this=value, expressions=parts, last=not first), only)
