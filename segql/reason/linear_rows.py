"""Constraints in, rows of whole numbers out, or that no values keep to them.

A row of whole variables alone is as tight as its coefficients' divisor allows: half
of what cannot be is seen here, without a search.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm

from segql.reason.linear_nodes import Constraint, Number, Problem, Row, Variable

_LATTICE = 50_000
"""Of larger systems of equations it takes too long to look for a common divisor."""


def problem(
    variables: Sequence[Variable], constraints: Sequence[Constraint]
) -> Problem | None:
    """The rows of constraints; None if one of them alone cannot be kept to."""
    whole = tuple(each.whole for each in variables)
    lower = [_up(each.lower) if each.whole else each.lower for each in variables]
    upper = [_down(each.upper) if each.whole else each.upper for each in variables]
    rows = []
    for constraint in constraints:
        row = _row(constraint, whole)
        if row is None:
            return None
        if row.terms:
            rows.append(row)
    for low, high in zip(lower, upper, strict=True):
        if low is not None and high is not None and low > high:
            return None
    return Problem(whole, tuple(rows), lower, upper)


def _up(number: Number | None) -> Number | None:
    return None if number is None else -(-number // 1)


def _down(number: Number | None) -> Number | None:
    return None if number is None else number // 1


def _row(constraint: Constraint, whole: Sequence[bool]) -> Row | None:
    """A constraint with whole coefficients that have no common divisor.

    None if it can never be kept to; one that always is has no terms.
    """
    sums: dict[int, Number] = {}
    for index, coefficient in constraint.coefficients:
        sums[index] = sums.get(index, 0) + coefficient
    flip = -1 if constraint.relation in (">", ">=") else 1
    strict = constraint.relation in ("<", ">")
    equal = constraint.relation == "="
    bound: Number = flip * constraint.bound
    scale = 1
    for number in (*sums.values(), bound):
        if not isinstance(number, int):
            scale = lcm(scale, number.denominator)
    terms = [(i, int(flip * scale * c)) for i, c in sums.items() if c]
    right = int(scale * bound)
    if not terms:
        kept = right == 0 if equal else right > 0 if strict else right >= 0
        return Row((), 0) if kept else None
    divisor = gcd(*(coefficient for _, coefficient in terms))
    if all(whole[index] for index, _ in terms):
        if strict:
            right -= 1
        if equal and right % divisor:
            return None
        right //= divisor
        strict = False
    else:
        divisor = gcd(divisor, right)
        right //= divisor
    return Row(tuple((i, c // divisor) for i, c in terms), right, strict, equal)


def has_lattice_point(problem: Problem) -> bool:
    """Whether whole numbers of any size and sign keep to the rows that are equations.

    Columns are combined, as in Euclid's algorithm, until each equation says what one
    new whole number is. Of very many equations it is not asked.
    """
    if len(problem.whole) * sum(row.equal for row in problem.rows) ** 2 > _LATTICE:
        return True
    equations = _whole_equations(problem)
    if equations is None:
        return False
    columns: dict[int, list[int]] = {}
    for at, row in enumerate(equations):
        for index, coefficient in row.terms:
            columns.setdefault(index, [0] * len(equations))[at] = coefficient
    free = list(columns.values())
    right = [row.bound for row in equations]
    for at in range(len(equations)):
        while sum(1 for column in free if column[at]) > 1:
            least = min((c for c in free if c[at]), key=lambda c: abs(c[at]))
            for column in free:
                if column is not least and column[at]:
                    times = column[at] // least[at]
                    for k, each in enumerate(least):
                        column[k] -= times * each
        pivot = next((column for column in free if column[at]), None)
        if pivot is None:
            if right[at]:
                return False
            continue
        if right[at] % pivot[at]:
            return False
        times = right[at] // pivot[at]
        right = [each - times * k for each, k in zip(right, pivot, strict=True)]
        free = [column for column in free if column is not pivot]
    return True


def _whole_equations(problem: Problem) -> list[Row] | None:
    """What the equations say of whole variables alone; None if that can't be.

    Each variable that need not be whole is what one of its equations makes of it.
    """
    rows = [row for row in problem.rows if row.equal]
    for index, whole in enumerate(problem.whole):
        solved = (
            None if whole else next((r for r in rows if index in dict(r.terms)), None)
        )
        if solved is None:
            continue
        factors = dict(solved.terms)
        others = []
        for row in rows:
            if row is solved:
                continue
            times = Fraction(dict(row.terms).get(index, 0), factors[index])
            if times:
                less = tuple((i, -times * factor) for i, factor in solved.terms)
                combined = Constraint(
                    (*row.terms, *less), "=", row.bound - times * solved.bound
                )
                made = _row(combined, problem.whole)
                if made is None:
                    return None
                row = made
            if row.terms:
                others.append(row)
        rows = others
    return rows


def holds(
    variables: Sequence[Variable],
    constraints: Sequence[Constraint],
    values: Sequence[Number],
) -> bool:
    """Whether values keep to everything, by the constraints as they were given."""
    for variable, value in zip(variables, values, strict=True):
        if variable.whole and Fraction(value).denominator != 1:
            return False
        if variable.lower is not None and value < variable.lower:
            return False
        if variable.upper is not None and value > variable.upper:
            return False
    for constraint in constraints:
        total = sum(c * values[i] for i, c in constraint.coefficients)
        match constraint.relation:
            case "<=":
                kept = total <= constraint.bound
            case ">=":
                kept = total >= constraint.bound
            case "=":
                kept = total == constraint.bound
            case "<":
                kept = total < constraint.bound
            case ">":
                kept = total > constraint.bound
        if not kept:
            return False
    return True
