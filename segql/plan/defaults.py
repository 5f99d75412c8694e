"""What a rule about events says of a customer who has none."""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, assert_never

from segql.model import nodes as mdl
from segql.types import Exact

_COMPARE: dict[mdl.Comparison, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds_of_nothing(rule: mdl.Rule) -> bool:
    """Whether a rule without attributes is true where every selection is empty."""
    match rule:
        case mdl.Always(value):
            return value
        case mdl.Compare(comparison, left, right):
            a, b = _value(left), _value(right)
            if a is None or b is None:
                return comparison == "!="
            return _COMPARE[comparison](a, b)
        case mdl.OneOf(value, options):
            found = _value(value)
            return found is not None and found in [option.value for option in options]
        case mdl.IsMissing(value):
            return _value(value) is None
        case mdl.Within() | mdl.TextTest() | mdl.Matches() | mdl.Holds():
            return False
        case mdl.HasAny() | mdl.HasAll():
            return False
        case mdl.Not(term):
            return not holds_of_nothing(term)
        case mdl.And(terms):
            return all(holds_of_nothing(term) for term in terms)
        case mdl.Or(terms):
            return any(holds_of_nothing(term) for term in terms)
        case mdl.InSegment(_, inner):
            return holds_of_nothing(inner)
        case _:
            assert_never(rule)


def _value(node: mdl.Value) -> Any:
    """The value over no events; None is missing."""
    match node:
        case mdl.Constant(value):
            return value
        case mdl.Aggregate(function):
            if function in ("count", "distinct", "sum"):
                return 0 if isinstance(node.type, Exact) else 0.0
            return None
        case mdl.Pick() | mdl.Attribute() | mdl.Property():
            return None
        case mdl.EventTime() | mdl.EventDay() | mdl.Fold() | mdl.Size():
            return None
        case mdl.Negative(operand):
            inner = _value(operand)
            return None if inner is None else -inner
        case mdl.Arithmetic(symbol, left, right):
            a, b = _value(left), _value(right)
            if a is None or b is None:
                return None
            if symbol == "/":
                return None if b == 0 else float(a) / float(b)
            if isinstance(a, float) or isinstance(b, float):
                a, b = float(a), float(b)
            elif isinstance(a, Decimal) or isinstance(b, Decimal):
                a, b = Decimal(a), Decimal(b)
            return {"+": operator.add, "-": operator.sub, "*": operator.mul}[symbol](
                a, b
            )
        case _:
            assert_never(node)
