"""Tests of one subject in, the cells of its values out that no test tells apart.

Each cell has a value that stands for all of it, and says which of the tests are true
there. The first is that of what is missing, if it can be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from math import floor
from typing import Any, assert_never

from segql.model import nodes as mdl
from segql.model.windows import local, midnight
from segql.reason.axes import Axis, axis_of
from segql.reason.cuts import Cuts, cuts_of
from segql.reason.nodes import (
    Absent,
    Bound,
    Distance,
    Elements,
    Free,
    Operator,
    Place,
    Plain,
    Said,
    Share,
    Subject,
    Test,
)
from segql.reason.probe import Probe, on_axis, with_day
from segql.reason.readings import readings
from segql.reason.recurring import recurring
from segql.reason.texts import text_cells
from segql.types import BOOLEAN, DOUBLE, TEXT

MAX_CUTS = 4000


@dataclass(frozen=True, slots=True)
class Cell:
    """Values alike: bit i of `truths` is set where test i is true of them.

    Of ordered values `low` and `high` are the first and last, on their axis; cells of
    the same `rank` lie among each other. `size` is how many values there are, None
    where they are many; `others` are more of them, where the catalog lists all.
    """

    truths: int
    witness: Any
    rank: int = 0
    low: int | None = None
    high: int | None = None
    size: int | None = None
    others: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Cells:
    """`complete` is false where there may be values in none of the cells.

    `looked` is how many values were looked at, which takes its time.
    """

    subject: Subject
    cells: tuple[Cell, ...]
    complete: bool
    axis: Axis | None = None
    looked: int = field(default=0, compare=False)

    @property
    def all(self) -> int:
        """The mask of all cells."""
        return (1 << len(self.cells)) - 1

    def where(self, test: int, positive: bool = True) -> int:
        """The mask of the cells where a test is true, or where it is not."""
        mask = 0
        for index, cell in enumerate(self.cells):
            if bool(cell.truths >> test & 1) == positive:
                mask |= 1 << index
        return mask

    @property
    def missing(self) -> int:
        """The mask of the cell of what is missing; 0 if nothing can be."""
        found = bool(self.cells) and self.cells[0].witness is None
        return 1 if found else 0


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a subject beside its tests.

    `values` are all that the catalog lists, `latest` is the last place of an event's
    time, which is a midnight if `dated`.
    """

    values: tuple[object, ...] = ()
    latest: int | None = None
    dated: bool = False


def cells_of(
    subject: Subject,
    tests: Sequence[tuple[Subject, Test]],
    probe: Probe,
    kind: Kind,
) -> Cells:
    """The cells of a subject. A test may be of another subject with such values."""

    def truths(value: Any) -> int:
        found = 0
        for index, (of, test) in enumerate(tests):
            if holds(test, of, value, probe):
                found |= 1 << index
        return found

    missing = [Cell(truths(None), None)] if can_be_missing(subject) else []
    axis = axis_of(subject, kind.latest)
    own = [test for _, test in tests]
    type_ = getattr(subject, "type", None)
    if isinstance(subject, Free):
        both = [Cell(truths(value), value) for value in (True, False)]
        return Cells(subject, tuple(both), True)
    if kind.values:
        some = _of_values(kind.values, truths, axis)
        return Cells(subject, (*missing, *some), True, axis)
    if type_ == BOOLEAN:
        both = [Cell(truths(v), v, rank=i) for i, v in enumerate((False, True))]
        return Cells(subject, (*missing, *both), True)
    if type_ == TEXT:
        said = readings(own, probe)
        cells = text_cells(said.tests)
        texts = [Cell(truths(each.witness), each.witness) for each in cells.cells]
        complete = cells.complete and said.complete
        return Cells(subject, (*missing, *texts), complete)
    if axis is None:
        # Of a point or a list it is only asked here whether it is known.
        return Cells(subject, (*missing, Cell(0, ...)), True)
    cuts = cuts_of(own, axis, probe)
    found, complete, looked = _ordered(axis, cuts, truths, probe, kind)
    return Cells(subject, (*missing, *found), complete, axis, looked)


def holds(test: Test, of: Subject, value: Any, probe: Probe) -> bool:
    """Whether a test is true of a value, which is None where it is missing."""
    match test:
        case Absent():
            return value is None
        case Plain():
            return value is True
        case Bound(operator, limit):
            number = value if isinstance(value, Fraction) else on_axis(value)
            return number is not None and compared(operator, number, limit)
        case Said(rule, subject):
            given = {subject: None}
            if value is not None:
                given = with_day(subject, value, probe.clock)
            return probe.truth_of(rule, given)
        case _:
            assert_never(test)


def compared(operator: Operator, number: Fraction, limit: Fraction) -> bool:
    match operator:
        case "=":
            return number == limit
        case "<":
            return number < limit
        case "<=":
            return number <= limit
        case ">":
            return number > limit
        case ">=":
            return number >= limit
        case _:
            assert_never(operator)


def can_be_missing(subject: Subject) -> bool:
    match subject:
        case Free() | Share() | Place() | Distance() | Elements() | mdl.Element():
            return False
        case mdl.EventTime() | mdl.Periods() | mdl.Size():
            return False
        case mdl.Aggregate("count" | "distinct") | mdl.PerGroup("count" | "distinct"):
            return False
        case mdl.Aggregate("sum") | mdl.PerGroup("sum"):
            # The sum of what is infinite both ways is no number.
            return subject.type == DOUBLE
        case _:
            return True


def _of_values(
    values: Sequence[Any], truths: Callable[[Any], int], axis: Axis | None
) -> list[Cell]:
    """A cell for each of a few values; alike ones together, if they have no order."""
    if axis is not None:
        known = sorted({(int(axis.place(value)), value) for value in values})
        return [
            Cell(truths(value), value, rank, place, place, 1)
            for rank, (place, value) in enumerate(known)
        ]
    alike: dict[int, list[Any]] = {}
    for value in dict.fromkeys(values):
        alike.setdefault(truths(value), []).append(value)
    return [
        Cell(key, some[0], size=len(some), others=tuple(some[1:]))
        for key, some in alike.items()
    ]


# ---- ordered values


def _ordered(
    axis: Axis, cuts: Cuts, truths: Callable[[Any], int], probe: Probe, kind: Kind
) -> tuple[list[Cell], bool, int]:
    if len(cuts.places) > MAX_CUTS:
        return [], False, 0
    inner = sorted(place for place in cuts.places if axis.low < place <= axis.high)
    found: list[Cell] = []
    looked = 0
    complete = cuts.complete and not any(
        _is_last(place, axis, kind) for place in cuts.places
    )
    starts = [axis.low, *inner]
    ends = [*(place - 1 for place in inner), axis.high]
    for rank, (low, high) in enumerate(zip(starts, ends, strict=True)):
        if low > high:
            continue
        if kind.dated:
            low = _next_midnight(low, axis, probe)
            if low > high:
                continue
        if not cuts.parts:
            value = _readable(low, high, axis, probe, kind)
            size = None if kind.dated else high - low + 1
            found.append(Cell(truths(value), value, rank, low, high, size))
            continue
        some, whole = recurring(
            low, high, axis, cuts.parts, probe.clock.zone, kind.dated
        )
        complete = complete and whole
        looked += len(some)
        alike: dict[int, Any] = {}
        for value in some:
            alike.setdefault(truths(value), value)
        found += [Cell(key, v, rank, low, high) for key, v in alike.items()]
    return found, complete, looked


def _is_last(place: int, axis: Axis, kind: Kind) -> bool:
    """Whether a place lies where the calendar ends: there may be days beyond."""
    if axis.kind not in ("date", "instant"):
        return False
    margin = 3 if axis.kind == "date" else 3 * 86_400_000_000
    if place <= axis.low + margin:
        return True
    return kind.latest is None and place >= axis.high - margin


def _readable(low: int, high: int, axis: Axis, probe: Probe, kind: Kind) -> Any:
    """A value between two places that people like to read."""
    if axis.kind in ("number", "real", "double"):
        if low <= 0 <= high:
            return axis.value(0)
        if axis.kind == "double":
            first, last = axis.value(low), axis.value(high)
            middle = floor(first) + 1 if first > -1e15 and abs(first) < 1e15 else first
            return float(middle) if first <= middle <= last else first
        place = low if low > axis.low else high
        whole = -(-place // 10**axis.scale) * 10**axis.scale
        return axis.value(whole if low <= whole <= high else place)
    place = low if low > axis.low else high
    if axis.kind == "date" or kind.dated:
        if place == high and kind.dated:
            place = _next_midnight(max(low, high - 86_400_000_000), axis, probe)
            place = place if place <= high else low
        return axis.value(place)
    step = timedelta(days=1 if place == low else -1)
    wall = local(axis.value(place), probe.clock.zone)
    for hours in (10, 0):
        day = datetime.combine(wall.date(), time(hours))
        for moment in (day, day + step):
            near = midnight(moment.date(), probe.clock.zone).astimezone(UTC)
            near += timedelta(hours=moment.hour)
            there = int(axis.place(near))
            if low <= there <= high:
                return near
    for unit in (3_600_000_000, 60_000_000, 1_000_000):
        there = -(-place // unit) * unit if place == low else place // unit * unit
        if low <= there <= high:
            return axis.value(there)
    return axis.value(place)


def _next_midnight(low: int, axis: Axis, probe: Probe) -> int:
    """The first local midnight at or after a place."""
    day = local(axis.value(low), probe.clock.zone).date()
    for _ in range(3):
        there = int(axis.place(midnight(day, probe.clock.zone).astimezone(UTC)))
        if there >= low:
            return there
        day += timedelta(days=1)
    return low
