"""A value in; the sum that it is, of multiples of others and a number, out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from segql.model import nodes as mdl
from segql.reason.nodes import Operator
from segql.reason.probe import Probe, on_axis
from segql.types import DATE, TIMESTAMP, Exact

Sum: TypeAlias = tuple[dict[mdl.Value, Fraction], Fraction]
"""Multiples of values, and a number."""

SLACK = Fraction(1, 2**46)
"""By so much of it a quotient of doubles may be beside what it is of numbers."""


@dataclass
class Sums:
    """Reads sums; `given` are values that are known already."""

    probe: Probe
    given: Mapping[mdl.Value, Any] = field(default_factory=dict)

    def linear(self, node: mdl.Value) -> Sum | None:
        """A value as multiples of others and a number; None if it is no such sum."""
        if self.is_fixed(node):
            number = self.probe.value_of(node, self.given)
            found = on_axis(number)
            return None if found is None else ({}, found)
        match node:
            case mdl.Arithmetic("+" | "-" as operator, left, right):
                one, other = self.linear(left), self.linear(right)
                if one is None or other is None:
                    return None
                return difference(one, other if operator == "-" else scaled(other, -1))
            case mdl.Arithmetic("*", left, right):
                one, other = self.linear(left), self.linear(right)
                if one is None or other is None or (one[0] and other[0]):
                    return None
                return scaled(one, other[1]) if one[0] else scaled(other, one[1])
            case mdl.Negative(inner):
                of = self.linear(inner)
                return None if of is None else scaled(of, -1)
            case mdl.Arithmetic() | mdl.Choice() | mdl.EventDay():
                return None
            case _ if isinstance(node.type, Exact) or node.type in (DATE, TIMESTAMP):
                return {node: Fraction(1)}, Fraction(0)
            case _:
                return None

    def quotient(self, node: mdl.Value) -> tuple[Sum, Sum] | None:
        """A value as one sum divided by another."""
        match node:
            case mdl.Arithmetic("/", left, right) if isinstance(
                left.type, Exact
            ) and isinstance(right.type, Exact):
                above, below = self.linear(left), self.linear(right)
                return None if above is None or below is None else (above, below)
            case mdl.Arithmetic("*", left, right):
                for one, other in ((left, right), (right, left)):
                    found = self.quotient(one)
                    by = self.linear(other) if self.is_fixed(other) else None
                    if found is not None and by is not None:
                        return scaled(found[0], by[1]), found[1]
                return None
            case mdl.Negative(inner):
                found = self.quotient(inner)
                return None if found is None else (scaled(found[0], -1), found[1])
            case _:
                return None

    def is_fixed(self, value: mdl.Value) -> bool:
        """Whether a value is the same for every customer."""
        if value in self.given:
            return True
        match value:
            case mdl.Constant() | mdl.Today():
                return True
            case mdl.Arithmetic(_, left, right):
                return self.is_fixed(left) and self.is_fixed(right)
            case mdl.Negative(inner) | mdl.Fold(inner) | mdl.Size(inner):
                return self.is_fixed(inner)
            case mdl.Elapsed(_, inner) | mdl.PartOf(_, inner):
                return self.is_fixed(inner)
            case _:
                return False


def difference(one: Sum, other: Sum) -> Sum:
    sums = dict(one[0])
    for value, factor in other[0].items():
        sums[value] = sums.get(value, Fraction(0)) - factor
    return sums, one[1] - other[1]


def scaled(of: Sum, by: Fraction | int) -> Sum:
    return {value: factor * by for value, factor in of[0].items()}, of[1] * by


def sides(operator: Operator, positive: bool) -> tuple[Operator, ...]:
    """On which sides of a number a quotient may lie, the number included."""
    match operator:
        case "=":
            return ("<=", ">=")
        case "<" | "<=":
            return ("<=",) if positive else (">=",)
        case _:
            return (">=",) if positive else ("<=",)
