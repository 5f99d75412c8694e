"""Rows in, tighter bounds of single variables or a small solution out, without search.

Most questions end here: with bounds that cross, or with the first small values tried.
"""

from fractions import Fraction

from segql.reason.linear_nodes import Number, Problem, Row

_ROUNDS = 8
"""How often all rows are gone through: bounds of some rows creep on for ever."""
_DIGITS = 7
"""How many digits, from the last before the point on, a number may be rounded to."""


def tighten(problem: Problem) -> bool:
    """Narrows the bounds in place; False if nothing is left between them."""
    for _ in range(_ROUNDS):
        changed = False
        for row in problem.rows:
            found = _narrow(problem, row, 1)
            if row.equal and found is not None:
                other = _narrow(problem, row, -1)
                found = None if other is None else found or other
            if found is None:
                return False
            changed = changed or found
        if not changed:
            break
    return True


def _narrow(problem: Problem, row: Row, sign: int) -> bool | None:
    """Whether a row, or its mirror image, narrows a bound; None if it can't hold."""
    lower, upper = problem.lower, problem.upper
    least: Number = 0
    open_at = -1
    for index, coefficient in row.terms:
        edge = lower[index] if coefficient * sign > 0 else upper[index]
        if edge is not None:
            least += coefficient * sign * edge
        elif open_at >= 0:
            return False
        else:
            open_at = index
    bound = row.bound * sign
    if open_at < 0 and (least > bound or (row.strict and least == bound)):
        return None
    changed = False
    for index, coefficient in row.terms:
        factor = coefficient * sign
        low, high = lower[index], upper[index]
        room = bound - least
        if open_at < 0:
            edge = low if factor > 0 else high
            assert edge is not None
            room += factor * edge
        elif index != open_at:
            continue
        limit: Number
        if problem.whole[index]:
            limit = room // factor if factor > 0 else -(room // -factor)
        else:
            limit = Fraction(room) / factor
        if factor > 0:
            if high is None or limit < high:
                if low is not None and limit < low:
                    return None
                upper[index] = limit
                changed = True
        elif low is None or limit > low:
            if high is not None and limit > high:
                return None
            lower[index] = limit
            changed = True
    return changed


def _round(
    low: Number | None,
    high: Number | None,
    strict_low: bool,
    strict_high: bool,
    digits: int,
) -> Number | None:
    """The number of fewest digits, and of these nearest to 0, between two bounds."""
    for after in range(digits):
        grid = 10**after
        steps: Number = 0
        if low is not None and (low > 0 or (low == 0 and strict_low)):
            steps = low * grid // 1 + 1 if strict_low else -(-low * grid // 1)
        elif high is not None and (high < 0 or (high == 0 and strict_high)):
            steps = -(-high * grid // 1) - 1 if strict_high else high * grid // 1
        found = Fraction(steps, grid) if after else steps
        if (low is None or found > low or (found == low and not strict_low)) and (
            high is None or found < high or (found == high and not strict_high)
        ):
            return found
    return None


def _first(problem: Problem, index: int, strict: bool) -> Number:
    """The value to try first: the one nearest to 0, and inside of strict bounds."""
    low, high = problem.lower[index], problem.upper[index]
    if strict and not problem.whole[index]:
        inside = _round(low, high, True, True, _DIGITS)
        if inside is not None:
            return inside
    if low is not None and low > 0:
        return low
    return high if high is not None and high < 0 else 0


def greedy(problem: Problem) -> list[Number] | None:
    """Small values, moved as far as each row that does not hold asks for; or None."""
    lower, upper = problem.lower, problem.upper
    strict = any(row.strict for row in problem.rows)
    values = [_first(problem, index, strict) for index in range(len(lower))]
    rows = [(row, 1) for row in problem.rows]
    rows += [(row, -1) for row in problem.rows if row.equal]
    for _ in range(4):
        moved = False
        for row, sign in rows:
            excess = sign * (sum(c * values[i] for i, c in row.terms) - row.bound)
            if excess < 0 or (excess == 0 and not row.strict):
                continue
            moved = True
            for index, coefficient in row.terms:
                factor = sign * coefficient
                step: Number
                if problem.whole[index]:
                    step = -(-excess // abs(factor))
                    step += row.strict and step * abs(factor) == excess
                else:
                    step = Fraction(excess) / abs(factor) + row.strict
                value = values[index] + (-step if factor > 0 else step)
                low, high = lower[index], upper[index]
                if low is not None and value < low:
                    value = low
                elif high is not None and value > high:
                    value = high
                excess += factor * (value - values[index])
                values[index] = value
                if excess < 0 or (excess == 0 and not row.strict):
                    break
            else:
                return None
        if not moved:
            return values
    return None


def smaller(problem: Problem, values: list[Number]) -> list[Number]:
    """A solution's values, each moved towards 0 and to few digits while all holds."""
    values = list(values)
    rows_of: list[list[tuple[Row, int]]] = [[] for _ in values]
    for row in problem.rows:
        for index, coefficient in row.terms:
            rows_of[index].append((row, coefficient))
    for _ in range(2):
        before = list(values)
        for index, value in enumerate(values):
            if value != 0 and not any(row.equal for row, _ in rows_of[index]):
                values[index] = _moved(problem, values, index, rows_of[index])
        if values == before:
            break
    return values


def _moved(
    problem: Problem, values: list[Number], index: int, rows: list[tuple[Row, int]]
) -> Number:
    """The best value of one variable while all others stay."""
    value = values[index]
    low, high = problem.lower[index], problem.upper[index]
    strict_low = strict_high = False
    for row, factor in rows:
        room = row.bound - sum(c * values[i] for i, c in row.terms if i != index)
        limit: Number
        if problem.whole[index] and not row.strict:
            limit = room // factor if factor > 0 else -(room // -factor)
        else:
            limit = Fraction(room) / factor
        if factor > 0:
            if high is None or limit < high or (limit == high and row.strict):
                high, strict_high = limit, row.strict
        elif low is None or limit > low or (limit == low and row.strict):
            low, strict_low = limit, row.strict
    best = _round(
        low, high, strict_low, strict_high, 1 if problem.whole[index] else _DIGITS
    )
    return value if best is None else best
