"""Lists as SQL: what they have, and how many elements. NULL elements are none."""

from sqlglot import exp

from segql.model import nodes as mdl
from segql.sql import literals, names, numbers, portable
from segql.types import DOUBLE, Double, Exact, Type

ELEMENT = portable.ITEM
"""The element that a test inside `has (...)` is about."""


def has(
    items: exp.Expr, element: Type, options: tuple[mdl.Constant, ...], *, every: bool
) -> exp.Expr:
    """Whether a list has one of some constants, or every one of them."""
    if isinstance(element, Exact) and any(isinstance(o.type, Double) for o in options):
        made = numbers.to_double(ELEMENT.copy(), element)
        items = portable.Each(this=items, expression=made)
        element = DOUBLE
    possible = [o for o in options if numbers.holds(element, o.value)]
    if not possible or (every and len(possible) < len(options)):
        return exp.false()
    shown = [_option(option, element) for option in possible]
    return portable.HasOne(this=items, expressions=shown, every=every)


def _option(option: mdl.Constant, element: Type) -> exp.Expr:
    """An option in the elements' type, so that lists are compared like to like."""
    made = literals.constant(option)
    if isinstance(element, Exact) and isinstance(option.type, Exact):
        return portable.ToExact(this=made, source=option.type, type=element)
    return made


def has_some(items: exp.Expr, element: Type, test: exp.Expr) -> exp.Expr:
    """Whether an element passes a test, which is about `ELEMENT`."""
    tests = [names.known(ELEMENT.copy()), test]
    if isinstance(element, Double):
        tests.insert(1, portable.IsNumber(this=ELEMENT.copy()))
    return portable.HasSome(this=items, expression=names.conjunction(tests))


def size(items: exp.Expr, element: Type) -> exp.Expr:
    """How many elements are not missing; 0 of a missing list."""
    kind = portable.SizeOfKnown if isinstance(element, Double) else portable.Size
    return exp.Coalesce(this=kind(this=items), expressions=[literals.number(0)])
