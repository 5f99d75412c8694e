"""Rows in, real values that keep to them or the proof that there are none out.

The simplex of Dutertre and de Moura ("A fast linear-arithmetic solver for DPLL(T)",
2006): bounds may be moved between questions, and Bland's rule ends every question.
Numbers are exact. A strict bound is one that is an infinitely small step nearer.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from segql.reason.linear_nodes import Bounds, Number, Problem, Row


class OutOfBudget(Exception):
    """More was looked at than was allowed."""


@dataclass(slots=True)
class Budget:
    """How many numbers may still be looked at."""

    left: int

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise OutOfBudget


@dataclass(frozen=True, slots=True)
class Near:
    """A number and a multiple of an infinitely small one."""

    real: Number
    small: Number

    def __add__(self, other: "Near") -> "Near":
        return Near(self.real + other.real, self.small + other.small)

    def __sub__(self, other: "Near") -> "Near":
        return Near(self.real - other.real, self.small - other.small)

    def __mul__(self, factor: Number) -> "Near":
        return Near(self.real * factor, self.small * factor)

    def __lt__(self, other: "Near") -> bool:
        return (self.real, self.small) < (other.real, other.small)


_Value: TypeAlias = Any
"""A `Number` where no row is strict, which is quicker; else a `Near`."""


class Simplex:
    """The rows as a table: what stands on the left is the sum of what is nonbasic."""

    def __init__(self, problem: Problem, rows: list[Row], budget: Budget) -> None:
        self.budget = budget
        self.strict = any(row.strict for row in rows)
        self.count = len(problem.whole)
        self.rows = rows
        self.table: dict[int, dict[int, Number]] = {
            self.count + at: dict(row.terms) for at, row in enumerate(rows)
        }
        self.lower: list[_Value | None] = [None] * (self.count + len(rows))
        self.upper: list[_Value | None] = [None] * (self.count + len(rows))
        for at, row in enumerate(rows, self.count):
            self.upper[at] = self._value(row.bound, -1 if row.strict else 0)
            if row.equal:
                self.lower[at] = self.upper[at]
        zero = self._value(0)
        self.values: list[_Value] = [zero] * (self.count + len(rows))

    def _value(self, number: Number, small: int = 0) -> _Value:
        return Near(number, small) if self.strict else number

    def solve(self, lower: Bounds, upper: Bounds) -> list[_Value] | None:
        """Values between these bounds that keep to all rows; None if there are none."""
        for index in range(self.count):
            low, high = lower[index], upper[index]
            self.lower[index] = None if low is None else self._value(low)
            self.upper[index] = None if high is None else self._value(high)
        for index in range(len(self.values)):
            if index not in self.table:
                edge = self._crossed(index)
                if edge is not None:
                    self.values[index] = edge
        for basic, row in self.table.items():
            total = self._value(0)
            for index, factor in row.items():
                total += self.values[index] * factor
            self.values[basic] = total
            self.budget.spend(len(row))
        while True:
            wrong = min(
                (each for each in self.table if self._crossed(each) is not None),
                default=None,
            )
            self.budget.spend(len(self.table) + 1)
            if wrong is None:
                return self.values[: self.count]
            if not self._mend(wrong, self._crossed(wrong)):
                return None

    def _crossed(self, index: int) -> _Value | None:
        """The bound that a value is beyond."""
        value, low, high = self.values[index], self.lower[index], self.upper[index]
        if low is not None and value < low:
            return low
        return high if high is not None and value > high else None

    def _mend(self, basic: int, target: _Value) -> bool:
        """Brings a basic variable to its bound, by the first other that may move."""
        rising = self.values[basic] < target
        row = self.table[basic]
        for index in sorted(row):
            up = rising == (row[index] > 0)
            edge = self.upper[index] if up else self.lower[index]
            value = self.values[index]
            if edge is None or (value < edge if up else edge < value):
                self._pivot(basic, index, target)
                return True
        return False

    def _pivot(self, basic: int, entering: int, target: _Value) -> None:
        row = self.table.pop(basic)
        factor = row.pop(entering)
        inverse = factor if factor in (1, -1) else 1 / Fraction(factor)
        step = (target - self.values[basic]) * inverse
        self.values[basic] = target
        self.values[entering] += step
        solved = {index: -each * inverse for index, each in row.items()}
        solved[basic] = inverse
        for other, terms in self.table.items():
            times = terms.pop(entering, 0)
            if times:
                self.budget.spend(len(solved))
                self.values[other] += step * times
                for index, each in solved.items():
                    total = terms.get(index, 0) + times * each
                    if total:
                        terms[index] = total
                    else:
                        terms.pop(index, None)
        self.table[entering] = solved
        self.budget.spend(len(solved))

    def real(self, values: list[_Value]) -> list[Number]:
        """Values with a small enough step in place of the infinitely small one."""
        if not self.strict:
            return values
        step = Fraction(1)
        for index, value in enumerate(self.values):
            for edge, sign in ((self.lower[index], 1), (self.upper[index], -1)):
                if edge is not None:
                    room = (value.real - edge.real) * sign
                    drift = (edge.small - value.small) * sign
                    if drift > 0:
                        step = min(step, Fraction(room) / drift)
        return [each.real + each.small * step for each in values]


def floor(value: _Value) -> int:
    """The greatest whole number that is not above a value."""
    if not isinstance(value, Near):
        return int(value // 1)
    below = int(value.real // 1)
    return below - 1 if below == value.real and value.small < 0 else below


def is_whole(value: _Value) -> bool:
    if isinstance(value, Near):
        return value.real % 1 == 0 and value.small == 0
    return bool(value % 1 == 0)
