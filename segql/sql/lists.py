"""Lists as SQL: what they have, and how many elements. NULL elements are none."""

from sqlglot import exp

from segql.model import nodes as mdl
from segql.sql import literals, names, numbers, read
from segql.types import DOUBLE, Double, Exact, Type

_NAME = "item"
ELEMENT = exp.Column(this=exp.to_identifier(_NAME))
"""The element that a test inside `has (...)` is about."""


def has(
    items: exp.Expr, element: Type, options: tuple[mdl.Constant, ...], *, every: bool
) -> exp.Expr:
    """Whether a list has one of some constants, or every one of them."""
    if isinstance(element, Exact) and any(isinstance(o.type, Double) for o in options):
        items = read.each(numbers.to_double(read.ITEM.copy(), element), items)
        element = DOUBLE
    possible = [o for o in options if numbers.holds(element, o.value)]
    if not possible or (every and len(possible) < len(options)):
        return exp.false()
    shown = [_option(option, element) for option in possible]
    if len(shown) == 1:
        return exp.ArrayContains(this=items, expression=shown[0])
    return exp.Anonymous(
        this="LIST_HAS_ALL" if every else "LIST_HAS_ANY",
        expressions=[items, exp.Array(expressions=shown)],
    )


def _option(option: mdl.Constant, element: Type) -> exp.Expr:
    """An option in the elements' type, so that lists are compared like to like."""
    if isinstance(element, Exact):
        return names.cast(literals.constant(option), literals.data_type(element))
    return literals.constant(option)


def has_some(items: exp.Expr, element: Type, test: exp.Expr) -> exp.Expr:
    """Whether an element passes a test, which is about `ELEMENT`."""
    known = names.known(ELEMENT.copy())
    tests = [known, test]
    if isinstance(element, Double):
        tests.insert(1, exp.Not(this=exp.IsNan(this=ELEMENT.copy())))
    found = _kept(items, names.conjunction(tests))
    number = exp.Anonymous(this="LEN", expressions=[found])
    return exp.GT(this=number, expression=literals.number(0))


def size(items: exp.Expr, element: Type) -> exp.Expr:
    """How many elements are not missing; 0 of a missing list."""
    if isinstance(element, Double):
        items = _kept(items, exp.Not(this=exp.IsNan(this=ELEMENT.copy())))
    counted = exp.Anonymous(this="LIST_COUNT", expressions=[items])
    return exp.Coalesce(this=counted, expressions=[literals.number(0)])


def _kept(items: exp.Expr, test: exp.Expr) -> exp.Expr:
    each = exp.Lambda(this=test, expressions=[exp.to_identifier(_NAME)])
    return exp.Anonymous(this="LIST_FILTER", expressions=[items, each])
