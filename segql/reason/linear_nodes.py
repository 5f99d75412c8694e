"""Linear constraints over numbers, and what can be said of them."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

Number: TypeAlias = int | Fraction
Relation: TypeAlias = Literal["<=", ">=", "=", "<", ">"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A number between two bounds, ends included; None is no bound."""

    lower: Number | None = 0
    upper: Number | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Constraint:
    """The sum of variables, by their index, times their coefficients, and a bound."""

    coefficients: tuple[tuple[int, Number], ...]
    relation: Relation
    bound: Number


@dataclass(frozen=True, slots=True)
class Solution:
    """A value for each variable that keeps to every constraint."""

    values: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No values keep to all constraints: this is proven."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither found nor proven within the budget."""


@dataclass(frozen=True, slots=True)
class Row:
    """The sum of variables times whole coefficients is at most, or is, a bound.

    Such a sum of whole variables is never `strict`. An `equal` row is not strict.
    """

    terms: tuple[tuple[int, int], ...]
    bound: int
    strict: bool = False
    equal: bool = False


Bounds: TypeAlias = list[Number | None]


@dataclass(slots=True)
class Problem:
    """Rows over variables between bounds: a place where a search may stand."""

    whole: tuple[bool, ...]
    rows: tuple[Row, ...]
    lower: Bounds
    upper: Bounds
