"""Linear constraints in, numbers that keep to them or that there are none out.

First the cheap ways, which settle most: rows alone, bounds, small values. Then the
simplex for real numbers, and branch and bound for whole ones. Both answers are
certain: a solution is tried on the constraints as given, and "none" is proven.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from segql.reason import linear_bounds
from segql.reason.linear_nodes import (
    Constraint,
    Infeasible,
    Number,
    Problem,
    Row,
    Solution,
    Unknown,
    Variable,
)
from segql.reason.linear_rows import has_lattice_point, holds, problem
from segql.reason.linear_simplex import Budget, OutOfBudget, Simplex, floor, is_whole

__all__ = [
    "Constraint",
    "Infeasible",
    "Solution",
    "Unknown",
    "Variable",
    "feasible",
]


def feasible(
    variables: Sequence[Variable],
    constraints: Sequence[Constraint],
    budget: int | Budget = 100_000,
) -> Solution | Infeasible | Unknown:
    """Values that keep to all constraints, preferably small ones, or that none do.

    `budget` is about how many numbers a search may look at; each takes about a
    microsecond.
    """
    given = problem(variables, constraints)
    if given is None or not linear_bounds.tighten(given):
        return Infeasible()
    values = linear_bounds.greedy(given)
    left = Budget(budget) if isinstance(budget, int) else budget
    if values is None:
        if not has_lattice_point(given):
            return Infeasible()
        try:
            values = _search(given, left)
        except OutOfBudget:
            return Unknown()
        if values is None:
            return Infeasible()
    values = _smaller(given, values, left)
    if not holds(variables, constraints, values):
        return Unknown()
    return Solution(tuple(map(Fraction, values)))


def _search(problem: Problem, budget: Budget) -> list[Number] | None:
    """Values for a problem whose bounds are tight; None if there are none."""
    simplex = Simplex(problem, _needed(problem), budget)
    todo = [problem]
    while todo:
        here = todo.pop()
        budget.spend(len(here.whole))
        values = simplex.solve(here.lower, here.upper)
        if values is None:
            continue
        split = next(
            (
                index
                for index, whole in enumerate(here.whole)
                if whole and not is_whole(values[index])
            ),
            None,
        )
        if split is None:
            return simplex.real(values)
        below = floor(values[split])
        # Smaller values are tried first: the last in is the first out.
        for edge in (below + 1, below):
            part = replace(here, lower=[*here.lower], upper=[*here.upper])
            (part.lower if edge > below else part.upper)[split] = edge
            budget.spend(4 * sum(len(row.terms) for row in part.rows))
            if linear_bounds.tighten(part):
                todo.append(part)
    return None


def _needed(problem: Problem) -> list[Row]:
    """The rows that the bounds do not already see to."""
    needed = []
    for row in problem.rows:
        most: Number | None = 0
        for index, factor in row.terms:
            edge = (problem.upper if factor > 0 else problem.lower)[index]
            most = None if most is None or edge is None else most + factor * edge
        met = most is not None and (
            most < row.bound if row.strict else most <= row.bound
        )
        if row.equal or not met:
            needed.append(row)
    return needed


_TRIES = 6
"""How often a smaller sum is looked for: each halves what it can be."""
_NEAR = 3
"""A sum that is at most so far from the least is small enough."""


def _smaller(problem: Problem, values: list[Number], budget: Budget) -> list[Number]:
    """A solution with a small sum of whole values, as far as it is cheap to find."""
    values = linear_bounds.smaller(problem, values)
    counted = []
    for index, whole in enumerate(problem.whole):
        low = problem.lower[index]
        if whole and low is not None and low >= 0:
            counted.append(index)
    least = sum(problem.lower[index] or 0 for index in counted)
    total = sum(values[index] for index in counted)
    for _ in range(_TRIES):
        if total - least <= _NEAR:
            break
        aim = int((total + least) // 2)
        row = Row(tuple((index, 1) for index in counted), aim)
        part = Problem(
            problem.whole, (*problem.rows, row), [*problem.lower], [*problem.upper]
        )
        found = None
        if linear_bounds.tighten(part):
            try:
                found = linear_bounds.greedy(part) or _search(
                    part, Budget(min(budget.left, 2000))
                )
            except OutOfBudget:
                break
        if found is None:
            least = aim + 1
        else:
            values = linear_bounds.smaller(problem, found)
            total = sum(values[index] for index in counted)
    return values
