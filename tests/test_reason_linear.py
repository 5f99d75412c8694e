"""Linear constraints: solutions are solutions, and "none" is held against a search."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segql.reason.linear import (
    Constraint,
    Infeasible,
    Solution,
    Unknown,
    Variable,
    feasible,
)
from segql.reason.linear_nodes import Number
from segql.reason.linear_rows import has_lattice_point, problem

RELATIONS = st.sampled_from(["<=", ">=", "=", "<", ">"])
SMALL = st.sampled_from([-1, 0, 1, 1, 1])
ODD = st.sampled_from([-7, -3, -2, 2, 3, 5, Fraction(1, 2), Fraction(-2, 3)])
BOUND = st.integers(-3, 8) | st.sampled_from([Fraction(1, 2), Fraction(7, 3)])
LOWER = st.sampled_from([0, 0, 0, -2, None, Fraction(1, 2)])
UPPER = st.sampled_from([None, None, 3, 4, Fraction(7, 2)])


@st.composite
def systems(
    draw: Any, factors: st.SearchStrategy[Number], whole: st.SearchStrategy[bool]
) -> tuple[list[Variable], list[Constraint]]:
    variables = draw(
        st.lists(st.builds(Variable, LOWER, UPPER, whole), min_size=1, max_size=4)
    )
    terms = st.tuples(st.integers(0, len(variables) - 1), factors)
    constraint = st.builds(
        Constraint, st.lists(terms, max_size=5).map(tuple), RELATIONS, BOUND
    )
    return variables, draw(st.lists(constraint, max_size=6))


WHOLE = systems(SMALL | ODD, st.just(True))
COUNTS = systems(SMALL, st.just(True))
MIXED = systems(SMALL | ODD, st.booleans())
REAL = systems(SMALL | ODD, st.just(False))


def fits(
    variables: Sequence[Variable],
    constraints: Iterable[Constraint],
    values: Sequence[Number],
) -> bool:
    for variable, value in zip(variables, values, strict=True):
        if variable.whole and value != int(value):
            return False
        if variable.lower is not None and value < variable.lower:
            return False
        if variable.upper is not None and value > variable.upper:
            return False
    for each in constraints:
        total = Fraction(sum(factor * values[i] for i, factor in each.coefficients))
        if not {
            "<=": total <= each.bound,
            ">=": total >= each.bound,
            "=": total == each.bound,
            "<": total < each.bound,
            ">": total > each.bound,
        }[each.relation]:
            return False
    return True


def found_by_search(
    variables: list[Variable], constraints: list[Constraint]
) -> tuple[Number, ...] | None:
    """Values in a small box: of whole numbers all, of others some."""
    wide = len(variables) < 4
    boxes: list[list[Number]] = [
        list(range(-3, 6 if wide else 4))
        if variable.whole
        else [Fraction(n, 4) for n in range(-6, 14, 1 if wide else 3)]
        for variable in variables
    ]
    assert prod(map(len, boxes)) < 10_000
    return next((v for v in product(*boxes) if fits(variables, constraints, v)), None)


def asked(
    variables: list[Variable], constraints: list[Constraint], **budget: int
) -> Solution | Infeasible | Unknown:
    """The answer, held against what it says."""
    answer = feasible(variables, constraints, **budget)
    if isinstance(answer, Solution):
        assert fits(variables, constraints, answer.values)
    elif isinstance(answer, Infeasible):
        assert found_by_search(variables, constraints) is None
    return answer


@settings(max_examples=500, deadline=None)
@given(COUNTS)
def test_counts(system: tuple[list[Variable], list[Constraint]]) -> None:
    assert not isinstance(asked(*system), Unknown)


@settings(max_examples=500, deadline=None)
@given(WHOLE | MIXED)
def test_whole_and_mixed(system: tuple[list[Variable], list[Constraint]]) -> None:
    asked(*system)


@settings(max_examples=300, deadline=None)
@given(REAL)
def test_reals_are_always_decided(
    system: tuple[list[Variable], list[Constraint]],
) -> None:
    assert not isinstance(asked(*system), Unknown)


@settings(max_examples=200, deadline=None)
@given(WHOLE | MIXED, st.integers(0, 200))
def test_a_small_budget_is_never_wrong(
    system: tuple[list[Variable], list[Constraint]], budget: int
) -> None:
    few, many = asked(*system, budget=budget), asked(*system)
    if not isinstance(few, Unknown) and not isinstance(many, Unknown):
        assert type(few) is type(many)


@settings(max_examples=200, deadline=None)
@given(MIXED, st.data())
def test_what_holds_for_some_values_is_feasible(
    system: tuple[list[Variable], list[Constraint]], data: st.DataObject
) -> None:
    """Bounds are moved so that known values, also large ones, keep to everything."""
    variables, constraints = system
    values: list[Number] = [
        data.draw(st.integers(-1000, 1000))
        if each.whole
        else Fraction(data.draw(st.integers(-9999, 9999)), 7)
        for each in variables
    ]
    free = [Variable(None, None, each.whole) for each in variables]
    moved = []
    for each in constraints:
        total = Fraction(sum(factor * values[i] for i, factor in each.coefficients))
        slack = {"<": 1, ">": -1}.get(each.relation, 0)
        moved.append(Constraint(each.coefficients, each.relation, total + slack))
    assert not isinstance(asked(free, moved), Infeasible)


@settings(max_examples=200, deadline=None)
@given(MIXED, st.randoms(use_true_random=False))
def test_equations_of_known_values_have_whole_ones(
    system: tuple[list[Variable], list[Constraint]], chance: Random
) -> None:
    variables, constraints = system
    values: list[Number] = [
        chance.randint(-50, 50) if each.whole else Fraction(chance.randint(-50, 50), 7)
        for each in variables
    ]
    free = [Variable(None, None, each.whole) for each in variables]
    equations = [
        Constraint(
            each.coefficients, "=", sum((f * values[i] for i, f in each.coefficients))
        )
        for each in constraints
    ]
    rows = problem(free, equations)
    assert rows is not None
    assert has_lattice_point(rows)


def total(*indexes: int) -> tuple[tuple[int, Number], ...]:
    return tuple((index, 1) for index in indexes)


def less(*factors: Number) -> tuple[tuple[int, Number], ...]:
    return tuple(enumerate(factors))


COUNT = Variable()
BIT = Variable(0, 1)
FREE = Variable(None, None)
REAL_ = Variable(None, None, whole=False)


@pytest.mark.parametrize(
    ("variables", "constraints"),
    [
        ([], [Constraint((), ">", 0)]),
        ([COUNT], [Constraint(total(0), "<", 0)]),
        ([Variable(2, 1)], []),
        ([Variable(Fraction(1, 3), Fraction(2, 3))], []),
        ([COUNT], [Constraint(total(0), ">", 2), Constraint(total(0), "<", 3)]),
        ([REAL_], [Constraint(total(0), ">", 2), Constraint(total(0), "<=", 2)]),
        ([FREE], [Constraint(less(2), "=", 1)]),
        ([FREE] * 2, [Constraint(less(6, -9), "=", 1)]),
        (
            [FREE] * 2,
            [Constraint(less(3, -3), ">", 0), Constraint(less(3, -3), "<", 3)],
        ),
        # x < y < x, of numbers without end
        (
            [FREE] * 2,
            [Constraint(less(1, -1), "<", 0), Constraint(less(-1, 1), "<", 0)],
        ),
        (
            [REAL_] * 2,
            [Constraint(less(1, -1), "<", 0), Constraint(less(-1, 1), "<", 0)],
        ),
        # the sum of two rows is even
        (
            [FREE] * 4,
            [
                Constraint(less(1, -1, -2), "=", 0),
                Constraint(less(1, 1, 0, -2), "=", 1),
            ],
        ),
        # the same through a number that need not be whole
        (
            [FREE, FREE, REAL_],
            [
                Constraint(less(0, 2, -1), "=", Fraction(7, 3)),
                Constraint(less(1, 0, 1), "=", 3),
            ],
        ),
        # five pigeons in four holes
        (
            [BIT] * 20,
            [Constraint(total(*range(4 * i, 4 * i + 4)), ">=", 1) for i in range(5)]
            + [Constraint(total(*range(j, 20, 4)), "<=", 1) for j in range(4)],
        ),
        # at most one of each pair, two of all
        (
            [BIT] * 7,
            [Constraint(total(i, j), "<=", 1) for i in range(7) for j in range(i)]
            + [Constraint(total(*range(7)), ">=", 2)],
        ),
    ],
)
def test_what_cannot_be(
    variables: list[Variable], constraints: list[Constraint]
) -> None:
    assert feasible(variables, constraints) == Infeasible()


@pytest.mark.parametrize(
    ("variables", "constraints", "values"),
    [
        ([], [], []),
        ([COUNT], [], [0]),
        ([COUNT], [Constraint(total(0), ">=", 3)], [3]),
        ([COUNT], [Constraint(total(0), ">", Fraction(5, 2))], [3]),
        ([Variable(None, -4)], [], [-4]),
        ([FREE], [Constraint(less(-3), ">", 7)], [-3]),
        ([REAL_], [Constraint(total(0), ">", 50)], [51]),
        (
            [REAL_],
            [
                Constraint(total(0), ">", 50),
                Constraint(total(0), "<", Fraction(101, 2)),
            ],
            [Fraction(501, 10)],
        ),
        # three purchases of more than 100 together, each at most 40
        (
            [COUNT, Variable(whole=False)],
            [
                Constraint(total(0), ">=", 1),
                Constraint(total(1), ">", 100),
                Constraint(less(-40, 1), "<=", 0),
            ],
            [3, 101],
        ),
        # a step into the open of less than 1, after a search
        (
            [REAL_] * 2,
            [
                Constraint(less(-2, 3), ">", Fraction(1, 3)),
                Constraint(less(-1, 3), "<", 0),
                Constraint(less(-1, -1), "<", 1),
            ],
            [Fraction(-1, 2), Fraction(-1, 5)],
        ),
        # repeated indexes add up
        ([COUNT], [Constraint(((0, 1), (0, 1)), ">=", 3)], [2]),
        ([COUNT] * 2, [Constraint(less(1, -1), "=", 0)], [0, 0]),
        (
            [COUNT] * 3,
            [
                Constraint(less(1, -1), "<", 0),
                Constraint(less(0, 1, -1), "<", 0),
            ],
            [0, 1, 2],
        ),
    ],
)
def test_small_solutions(
    variables: list[Variable], constraints: list[Constraint], values: list[Number]
) -> None:
    assert feasible(variables, constraints) == Solution(tuple(map(Fraction, values)))


def test_solutions_are_small_where_it_is_cheap() -> None:
    """The sum of three counts that keep to an equation and are many enough."""
    answer = asked(
        [COUNT] * 3,
        [Constraint(less(2, -5, -3), "=", 1), Constraint(total(0, 1, 2), ">=", 100)],
    )
    assert isinstance(answer, Solution)
    assert sum(answer.values) <= 110


def test_a_budget_ends_a_search() -> None:
    """x and y would have to grow for ever."""
    thin = [
        Constraint(less(6, -10, -15), ">=", 1),
        Constraint(less(6, -10, 15), "<=", 1),
        Constraint(total(0, 1), ">=", 7),
    ]
    start = perf_counter()
    assert feasible([COUNT] * 3, thin) == Unknown()
    assert perf_counter() - start < 5
    assert feasible([COUNT] * 3, thin, budget=0) == Unknown()


def seconds(variables: list[Variable], constraints: list[Constraint]) -> float:
    def once() -> float:
        start = perf_counter()
        feasible(variables, constraints)
        return perf_counter() - start

    return median(once() for _ in range(5))


def test_it_is_quick() -> None:
    """Ten times what is measured on a small machine."""
    assert seconds([COUNT], [Constraint(total(0), ">=", 3)]) < 0.0005
    several = [
        Constraint(total(0, 1, 2, 3), "<=", 3),
        Constraint(total(4, 5, 6, 7), "<=", 1),
        Constraint(total(0, 1, 4, 5), ">=", 3),
        Constraint(total(2, 3, 6, 7), ">=", 2),
    ]
    assert seconds([COUNT] * 8, several) < 0.002
    chance = Random(5)
    for count in (30, 100):
        many = [
            Constraint(
                total(*chance.sample(range(count), count // 3)),
                chance.choice(["<=", ">=", "="]),
                chance.randint(2, 9),
            )
            for _ in range(count // 2)
        ]
        assert seconds([COUNT] * count, many) < 5
