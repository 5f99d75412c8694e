"""A choice of values: `(60 if newsletter else 65)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.messages import moments, plan, types
from segql.model import nodes as mdl
from segql.model.check_compare import same_family
from segql.model.check_values import as_double
from segql.syntax import nodes as syn
from segql.types import DOUBLE, MAX_DIGITS, Exact, ListOf, Point, Type

if TYPE_CHECKING:
    from segql.model.check import Checker


def choice(c: Checker, node: syn.Choice) -> mdl.Value | None:
    """`(60 if female else 65)`: numbers widen to hold either."""
    test = c.rule(node.test)
    sides = c.expr(node.then), c.expr(node.other)
    if any(isinstance(side, mdl.Rule) for side in sides):
        c.report.add(moments.choice_of_tests(_as_logic(c, node), node.span))
        return None
    then, other = c.value_of(sides[0], node.then), c.value_of(sides[1], node.other)
    if test is None or then is None or other is None:
        return None
    for side in (then, other):
        if isinstance(side.type, ListOf | Point):
            help_ = "a choice is between single values"
            what = f"a {side.type}"
            c.report.add(types.not_in_this_place(what, side.span, help_))
            return None
    if not same_family(then.type, other.type):
        left, right = str(then.type), str(other.type)
        c.report.add(moments.choice_of_types(left, right, node.span))
        return None
    type_ = _wide_enough(then.type, other.type)
    if isinstance(type_, Exact) and type_.digits > MAX_DIGITS:
        c.report.add(plan.too_wide(type_.digits, node.span))
        return None
    if type_ == DOUBLE:
        then, other = as_double(then), as_double(other)
    return mdl.Choice(test, then, other, type_, span=node.span)


def _wide_enough(a: Type, b: Type) -> Type:
    """The type that holds the values of both."""
    if isinstance(a, Exact) and isinstance(b, Exact):
        scale = max(a.scale, b.scale)
        return Exact(max(a.whole, b.whole) + scale, scale)
    return a if type(a) is type(b) else DOUBLE


def _as_logic(c: Checker, node: syn.Choice) -> str:
    source = c.report.source
    if source is None:
        return "(a and b) or (not a and c)"
    test, then, other = (
        source.slice(each.span) for each in (node.test, node.then, node.other)
    )
    test = f"({test})" if isinstance(node.test, syn.And | syn.Or) else test
    return f"({test} and {then}) or (not {test} and {other})"
