"""Known values to one: comparison, arithmetic, and what many come to."""

import math
from collections import Counter
from typing import Any, assert_never

from segql.model import nodes as mdl
from segql.reference.reading import EXACT


def compared(operator: mdl.Comparison, a: Any, b: Any, *, double: bool) -> bool:
    """False where a side is missing. Beside a double the other side becomes one."""
    if a is None or b is None:
        return False
    if double:
        a, b = float(a), float(b)
    match operator:
        case "=":
            return bool(a == b)
        case "!=":
            return bool(a != b)
        case "<":
            return bool(a < b)
        case "<=":
            return bool(a <= b)
        case ">":
            return bool(a > b)
        case ">=":
            return bool(a >= b)
        case _:
            assert_never(operator)


def calculated(operator: mdl.Operator, a: Any, b: Any, *, double: bool) -> Any:
    """Two numbers together: exact, or IEEE doubles; None is missing."""
    if a is None or b is None:
        return None
    if operator == "/":
        a, b = float(a), float(b)
        return None if b == 0 else _number(a / b)
    if double:
        a, b = float(a), float(b)
    elif not (isinstance(a, int) and isinstance(b, int)):
        exact = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}
        return exact[operator](a, b)
    match operator:
        case "+":
            return _number(a + b)
        case "-":
            return _number(a - b)
        case "*":
            return _number(a * b)
        case _:
            assert_never(operator)


def aggregated(function: mdl.Function, known: list[Any], *, double: bool) -> Any:
    """What known values come to; None is missing."""
    match function:
        case "count":
            return len(known)
        case "distinct":
            return len(set(known))
        case "sum":
            return _sum(known, double=double)
        case "avg":
            total = _sum(known, double=double) if known else None
            return None if total is None else _number(float(total) / len(known))
        case "min":
            return min(known, default=None)
        case "max":
            return max(known, default=None)
        case "median":
            half = (len(known) - 1) // 2
            middle = sorted(known)[half : len(known) - half]
            return aggregated("avg", middle, double=double)
        case "most_common":
            often = Counter(known)
            most = max(often.values(), default=0)
            return min((each for each in often if often[each] == most), default=None)
        case _:
            assert_never(function)


def _sum(known: list[Any], *, double: bool) -> Any:
    """Exact numbers exactly; doubles as if added without rounding, rounded once."""
    if not double:
        total: Any = 0
        for each in known:
            total = calculated("+", total, each, double=False)
        return total
    try:
        return math.fsum(known)
    except (OverflowError, ValueError):
        return _number(float(sum(known)))


def _number(value: Any) -> Any:
    """A result, missing where it is not a number."""
    return None if isinstance(value, float) and math.isnan(value) else value
