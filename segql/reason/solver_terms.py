"""Values of a rule in, terms of the SMT solver Z3 out.

Numbers are real numbers in the units of their axes. A double is a real number, too,
near what it is made of: a little further off than any rounding is. What is infinite
lies beyond all numbers. So more is allowed than is so, never less.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf, log2
from typing import Any, TypeAlias

import z3

from segql.model import nodes as mdl
from segql.reason.forms import Forms
from segql.reason.nodes import Formula, Subject
from segql.reason.probe import on_axis
from segql.reason.solver_values import is_term
from segql.types import BOOLEAN, DOUBLE, TEXT, Exact

Term: TypeAlias = Any
"""A term of Z3, which has no types to check."""

_OFF = Fraction(1, 2**50)
_TINY = Fraction(1, 2**1000)
_HUGE = Fraction(2**1000)
_BITS = 3.33
"""More than a decimal digit has."""


@dataclass(frozen=True, slots=True)
class Number:
    """A term, and between which powers of two it lies where it is not zero.

    `before` is what was rounded, or None where nothing was.
    """

    term: Term
    most: float = inf
    least: float = -inf
    before: Term = None


@dataclass
class Terms:
    """The terms of values, each made once; `facts` are what is so of them.

    `leaf` makes the term of a value that is not made of others, `said` that of a
    formula; `edges` are the numbers at which something is said of a value.
    """

    context: Term
    forms: Forms
    leaf: Callable[[Subject], Term]
    said: Callable[[Formula], Term]
    edges: Callable[[Subject], Iterable[Fraction]]
    facts: list[Term] = field(default_factory=list)
    _made: dict[tuple[mdl.Value, bool], Number] = field(default_factory=dict)
    _count: int = 0

    def fresh(self, name: str) -> Term:
        self._count += 1
        return z3.Real(f"{name}{self._count}", self.context)

    def real(self, number: Fraction | int) -> Term:
        exact = Fraction(number)
        return z3.RatVal(exact.numerator, exact.denominator, self.context)

    def compared(
        self, operator: mdl.Comparison, left: mdl.Value, right: mdl.Value
    ) -> Term | None:
        """A comparison of two known values; None if it is not looked into."""
        if not (is_term(left) and is_term(right)):
            return None
        numbers = [
            isinstance(each.type, Exact) or each.type == DOUBLE
            for each in (left, right)
        ]
        if not all(numbers) and left.type != right.type:
            return None
        double = DOUBLE in (left.type, right.type)
        one, other = self.of(left, double), self.of(right, double)
        for number, fixed in ((one, right), (other, left)):
            if number.before is not None and self.forms.is_fixed(fixed):
                # What is rounded to the one side of a double was not beyond it; nor
                # is it, if it is infinite.
                limit = self.of(fixed, double).term
                self.facts += [
                    z3.Implies(number.before <= limit, number.term <= limit),
                    z3.Implies(number.before >= limit, number.term >= limit),
                ]
        return relation(operator, one.term, other.term)

    def of(self, value: mdl.Value, double: bool) -> Number:
        """A value, as the nearest double if that is what it is taken as."""
        double = double or value.type == DOUBLE
        key = (value, double)
        if key not in self._made:
            if double and value.type != DOUBLE:
                self._made[key] = self.as_double(value)
            else:
                self._made[key] = self.plain(value)
        return self._made[key]

    def as_double(self, value: mdl.Value) -> Number:
        exact = self.of(value, False)
        if self.forms.is_fixed(value):
            number = self.forms.probe.value_of(value, self.forms.given)
            if number is not None:
                return self.constant(float(number))
        whole = isinstance(value.type, Exact) and value.type.scale == 0
        if whole and exact.most <= 52:
            return exact
        found = self.rounded(exact.term, exact.most, exact.least)
        for edge in self.edges(value):
            # What is not beyond another is not beyond it when both are rounded.
            limit, near = self.real(edge), self.real(Fraction(float(edge)))
            self.facts += [
                z3.Implies(exact.term <= limit, found.term <= near),
                z3.Implies(exact.term >= limit, found.term >= near),
            ]
        return found

    def plain(self, value: mdl.Value) -> Number:
        if self.forms.is_fixed(value) and value.type not in (TEXT, BOOLEAN):
            known = self.forms.probe.value_of(value, self.forms.given)
            return Number(self.fresh("none")) if known is None else self.constant(known)
        match value:
            case mdl.Arithmetic(operator, left, right):
                double = value.type == DOUBLE or operator == "/"
                one, other = self.of(left, double), self.of(right, double)
                found = self.calculated(operator, one, other, double)
                if isinstance(value.type, Exact):
                    return replace(found, least=-value.type.scale * _BITS)
                return found
            case mdl.Negative(operand):
                found = self.of(operand, value.type == DOUBLE)
                return Number(-found.term, found.most, found.least)
            case mdl.Choice(test, then, other_):
                double = value.type == DOUBLE
                sides = self.of(then, double), self.of(other_, double)
                return Number(
                    z3.If(self.said(self.forms.of(test)), *(s.term for s in sides)),
                    max(side.most for side in sides),
                    min(side.least for side in sides),
                )
            case _:
                term = self.leaf(value)
                named = isinstance(value, mdl.Attribute)
                if named and isinstance(value.type, Exact):
                    digits = value.type
                    return Number(term, digits.whole * _BITS, -digits.scale * _BITS)
                return Number(term)

    def constant(self, value: Any) -> Number:
        number = Fraction(value) if isinstance(value, float) else on_axis(value)
        if number is None:
            return Number(self.fresh("other"))
        size = abs(number)
        power = log2(size.numerator) - log2(size.denominator) if size else 0.0
        return Number(self.real(number), power + 1, power - 1)

    def calculated(
        self, operator: mdl.Operator, one: Number, other: Number, double: bool
    ) -> Number:
        a, b = one.term, other.term
        match operator:
            case "+" | "-":
                exact = a + b if operator == "+" else a - b
                most, least = max(one.most, other.most) + 1, -inf
            case "*":
                exact = a * b
                most, least = one.most + other.most + 1, one.least + other.least - 1
            case "/":
                exact = self.fresh("quotient")
                self.facts.append(z3.Implies(b != 0, exact * b == a))
                most, least = one.most - other.least + 1, one.least - other.most - 1
        if not double:
            return Number(exact, most, least)
        finite = [
            self.within(side.term, _HUGE) for side in (one, other) if side.most > 900
        ]
        # A sum of doubles that is next to nothing is not rounded.
        exactly = operator in ("+", "-")
        return self.rounded(exact, most, least, finite, exactly)

    def rounded(
        self,
        exact: Term,
        most: float,
        least: float,
        finite: list[Term] | None = None,
        small_exactly: bool = False,
    ) -> Number:
        """The double next to a number, if that and what it is made of are finite.

        `small_exactly` if a result that is next to nothing is not rounded.
        """
        found = self.fresh("double")
        if most > 900:
            finite = [*(finite or ()), self.within(exact, _HUGE)]
        low, high = self.real(1 - _OFF), self.real(1 + _OFF)
        tiny = self.real(0 if small_exactly or least > -900 else _TINY)
        near = z3.Or(
            z3.And(
                exact >= 0, found >= low * exact - tiny, found <= high * exact + tiny
            ),
            z3.And(
                exact <= 0, found >= high * exact - tiny, found <= low * exact + tiny
            ),
        )
        self.facts.append(z3.Implies(z3.And(*finite), near) if finite else near)
        return Number(found, most + 1, least - 1, exact)

    def within(self, term: Term, limit: Fraction) -> Term:
        return z3.And(term < self.real(limit), term > self.real(-limit))


def relation(operator: mdl.Comparison, one: Term, other: Term) -> Term:
    match operator:
        case "=":
            return one == other
        case "!=":
            return one != other
        case "<":
            return one < other
        case "<=":
            return one <= other
        case ">":
            return one > other
        case ">=":
            return one >= other
