"""SQL aggregates of values, each over those events that a test lets through."""

from collections.abc import Sequence
from typing import assert_never

from sqlglot import exp

from segql.model import nodes as mdl
from segql.sql import literals, names, numbers, read
from segql.types import MAX_DIGITS, Double, Exact, Type


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
            return filtered(exp.Sum(this=value), only)
        case "min":
            return filtered(exp.Min(this=value), only)
        case "max":
            return filtered(exp.Max(this=value), only)
        case "distinct":
            distinct = exp.Distinct(expressions=[value])
            return filtered(exp.Count(this=distinct), only)
        case "avg":
            total = filtered(exp.Sum(this=value), only)
            count = filtered(exp.Count(this=value.copy()), only)
            found = numbers.quotient(names.cast(total, "DOUBLE"), count)
            return read.known_number(found) if isinstance(kind, Double) else found
        case "median":
            return _median(value, kind, only)
        case "most_common":
            raise ValueError("an aggregate that needs groups within groups")
        case _:
            assert_never(function)


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
        whole = numbers.shifted(value, kind)
        found = filtered(exp.Median(this=names.cast(whole, "DOUBLE")), only)
        if kind.scale == 0:
            return found
        power = literals.number(10**kind.scale)
        return numbers.quotient(found, names.cast(power, "DOUBLE"))
    return _mean(_middle(value, False, only), _middle(value, True, only), kind)


def _middle(value: exp.Expr, upper: bool, only: exp.Expr | None) -> exp.Expr:
    """Of an even number of values the lower or the upper of the middle two."""
    half = exp.PercentileDisc(this=exp.Literal.number("0.5"))
    order = exp.Order(expressions=[exp.Ordered(this=value.copy(), desc=upper)])
    return filtered(exp.WithinGroup(this=half, expression=order), only)


def _mean(low: exp.Expr, high: exp.Expr, kind: Type | None) -> exp.Expr:
    two = names.cast(literals.number(2), "DOUBLE")
    if isinstance(kind, Exact):
        digits = min(kind.digits + 1, MAX_DIGITS)
        wide = literals.data_type(Exact(digits, kind.scale))
        both = exp.Add(this=names.cast(low, wide), expression=names.cast(high, wide))
        return numbers.quotient(names.cast(both, "DOUBLE"), two)
    both = exp.Add(this=low, expression=high)
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
    mean = side(this=_mean(near, far, kind), expression=limit.copy())
    half = exp.EQ(this=twice.copy(), expression=number.copy())
    most = exp.GT(this=twice, expression=number)
    return exp.Paren(this=exp.or_(most, exp.and_(half, mean)))


# ---- values at one end of the order


def at_end(
    first: bool, value: exp.Expr, order: Sequence[exp.Expr], only: exp.Expr | None
) -> exp.Expr:
    """The value at the first or last event, NULL included: hence the wrapping."""
    wrapped = _struct({"v": value})
    key = _struct({f"o{number}": each for number, each in enumerate(order, 1)})
    kind = exp.ArgMin if first else exp.ArgMax
    found = filtered(kind(this=wrapped, expression=key), only)
    return exp.Anonymous(
        this="STRUCT_EXTRACT", expressions=[found, exp.Literal.string("v")]
    )


def least(parts: dict[str, exp.Expr], name: str) -> exp.Expr:
    """One of some values, of the rows the one where they are least, in their order."""
    found = exp.Min(this=_struct(parts))
    return exp.Anonymous(
        this="STRUCT_EXTRACT", expressions=[found, exp.Literal.string(name)]
    )


def _struct(parts: dict[str, exp.Expr]) -> exp.Expr:
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name), expression=part.copy())
            for name, part in parts.items()
        ]
    )
