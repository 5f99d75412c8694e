"""Resolved rules turned around, and with other values in them."""

from dataclasses import replace
from typing import assert_never

from segql.model import nodes as mdl
from segql.plan.values import never_missing
from segql.types import COUNT

ONE = mdl.Constant(1, COUNT)

NEGATED: dict[mdl.Comparison, mdl.Comparison] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}
"""The comparison that holds where another does not, of two known values."""

MIRRORED: dict[mdl.Comparison, mdl.Comparison] = {
    "=": "=",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
"""The comparison with its sides changed."""


def negated(node: mdl.Rule) -> mdl.Rule:
    """The opposite of a resolved rule, in the same form."""
    match node:
        case mdl.Always(value):
            return mdl.Always(not value)
        case mdl.Not(term):
            return term
        case mdl.And(terms):
            return mdl.Or(tuple(negated(term) for term in terms))
        case mdl.Or(terms):
            return mdl.And(tuple(negated(term) for term in terms))
        case mdl.AtLeast():
            parts = outside(node)
            if not parts:
                return mdl.FALSE
            return mdl.Or(parts) if len(parts) > 1 else parts[0]
        case mdl.Compare(operator, left, right) if never_missing(
            left
        ) and never_missing(right):
            return mdl.Compare(NEGATED[operator], left, right, span=node.span)
        case _:
            return mdl.Not(node, span=node.span)


def outside(node: mdl.AtLeast) -> tuple[mdl.AtLeast, ...]:
    """Too few of the terms, or too many; as far as there can be."""
    found = []
    if node.least > 0:
        found.append(replace(node, least=0, most=node.least - 1))
    if node.most is not None and node.most < len(node.terms):
        found.append(replace(node, least=node.most + 1, most=None))
    return tuple(found)


def once(node: mdl.Rule) -> mdl.Aggregate | None:
    """The count of which the rule asks whether there is any event at all."""
    match node:
        case mdl.Compare(">=" | "<", mdl.Aggregate("count") as count, right):
            return count if right == ONE else None
        case _:
            return None


def replaced(
    node: mdl.Rule, old: mdl.Value | mdl.Rule, new: mdl.Value | mdl.Rule
) -> mdl.Rule:
    """A rule with another value, or another test, in the place of one.

    What measures, sequences and ranks are made of stays as it is.
    """

    def value(found: mdl.Value) -> mdl.Value:
        if found == old and isinstance(new, mdl.Value):
            return new
        match found:
            case mdl.Arithmetic(_, left, right):
                return replace(found, left=value(left), right=value(right))
            case mdl.Negative(operand):
                return replace(found, operand=value(operand))
            case mdl.Fold(text):
                return replace(found, text=value(text))
            case mdl.Size(items):
                return replace(found, items=value(items))
            case mdl.Elapsed() | mdl.PartOf():
                return replace(found, value=value(found.value))
            case mdl.Choice(test, then, other):
                return replace(
                    found, test=rule(test), then=value(then), other=value(other)
                )
            case _:
                return found

    def rule(found: mdl.Rule) -> mdl.Rule:
        if found == old and isinstance(new, mdl.Rule):
            return new
        match found:
            case mdl.Always() | mdl.Ranked() | mdl.Sampled() | mdl.Sequence():
                return found
            case mdl.Compare(_, left, right):
                return replace(found, left=value(left), right=value(right))
            case mdl.TextTest(_, subject, part):
                return replace(found, value=value(subject), part=value(part))
            case mdl.Anchored(subject, anchor):
                return replace(found, value=value(subject), anchor=value(anchor))
            case mdl.HasAny() | mdl.HasAll():
                return replace(found, items=value(found.items))
            case mdl.HasSome(items, test):
                return replace(found, items=value(items), test=rule(test))
            case (
                mdl.OneOf()
                | mdl.Within()
                | mdl.Matches()
                | mdl.IsMissing()
                | mdl.Holds()
                | mdl.Anniversary()
                | mdl.OnDays()
                | mdl.Near()
            ):
                return replace(found, value=value(found.value))
            case mdl.Not(term):
                return replace(found, term=rule(term))
            case mdl.And(terms) | mdl.Or(terms) | mdl.AtLeast(_, _, terms):
                return replace(found, terms=tuple(rule(term) for term in terms))
            case mdl.InSegment(_, inner):
                return rule(inner)
            case _:
                assert_never(found)

    return rule(node)
