"""What a rule about events says of a customer who has none."""

import operator
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, assert_never

from segql.fold import fold
from segql.model import nodes as mdl
from segql.model import regex
from segql.types import DOUBLE, Exact

_COMPARE: dict[mdl.Comparison, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds_of_nothing(rule: mdl.Rule) -> bool:
    """Whether a rule without attributes is true where every selection is empty.

    The rule is resolved: what is asked of a constant moment alone is a constant. Of
    sequences, ranks and places among the customers it says nothing.
    """
    match rule:
        case mdl.Always(value):
            return value
        case mdl.Compare(comparison, left, right):
            a, b = _value(left), _value(right)
            if a is None or b is None:
                return comparison == "!="
            if DOUBLE in (left.type, right.type):
                a, b = float(a), float(b)
            return _COMPARE[comparison](a, b)
        case mdl.OneOf(value, options):
            return any(
                holds_of_nothing(mdl.Compare("=", value, option)) for option in options
            )
        case mdl.Within(value, window):
            found = _value(value)
            return found is not None and _within(found, window)
        case mdl.TextTest(kind, value, part):
            text, inner = _value(value), _value(part)
            return text is not None and inner is not None and _TEXT[kind](text, inner)
        case mdl.Matches(value, pattern):
            text = _value(value)
            return text is not None and regex.compile(pattern).matches(text)
        case mdl.IsMissing(value):
            return _value(value) is None
        case mdl.Holds(value):
            return _value(value) is True
        case mdl.HasAny() | mdl.HasAll() | mdl.HasSome() | mdl.Near():
            return False
        case mdl.Anniversary() | mdl.OnDays() | mdl.Anchored():
            return False
        case mdl.Sequence() | mdl.Ranked() | mdl.Sampled():
            return False
        case mdl.Not(term):
            return not holds_of_nothing(term)
        case mdl.And(terms):
            return all(holds_of_nothing(term) for term in terms)
        case mdl.Or(terms):
            return any(holds_of_nothing(term) for term in terms)
        case mdl.AtLeast(least, most, terms):
            count = sum(holds_of_nothing(term) for term in terms)
            return least <= count and (most is None or count <= most)
        case mdl.InSegment(_, inner):
            return holds_of_nothing(inner)
        case _:
            assert_never(rule)


_TEXT: dict[str, Callable[[str, str], bool]] = {
    "starts": str.startswith,
    "ends": str.endswith,
    "contains": str.__contains__,
}


def _within(when: date, window: mdl.Window) -> bool:
    assert isinstance(window, mdl.Days | mdl.Instants)
    return (window.start is None or window.start <= when) and (
        window.end is None or when < window.end
    )


def _value(node: mdl.Value) -> Any:
    """The value over no events; None is missing."""
    match node:
        case mdl.Constant(value):
            return value
        case mdl.Aggregate(function) | mdl.PerGroup(function):
            if function in ("count", "distinct", "sum"):
                return 0 if isinstance(node.type, Exact) else 0.0
            return None
        case mdl.Periods():
            return 0
        case mdl.Pick() | mdl.Attribute() | mdl.Property() | mdl.Position():
            return None
        case mdl.EventTime() | mdl.EventDay() | mdl.Element() | mdl.Today():
            return None
        case mdl.Size():
            return 0
        case mdl.Elapsed() | mdl.PartOf():
            return None
        case mdl.Choice(test, then, other):
            chosen = _value(then if holds_of_nothing(test) else other)
            double = chosen is not None and node.type == DOUBLE
            return float(chosen) if double else chosen
        case mdl.Fold(text):
            inner = _value(text)
            return None if inner is None else fold(inner)
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
