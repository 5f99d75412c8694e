"""A solution in, a thing out: how many of each kind, with values that read well."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from segql.model import nodes as mdl
from segql.model.windows import local, midnight
from segql.reason.cells import Cell, Cells
from segql.reason.effort import Effort
from segql.reason.kinds import Kind, Kinds
from segql.reason.levels import Bag, Key, Level
from segql.reason.nodes import (
    Distance,
    Elements,
    Free,
    Linear,
    Place,
    Share,
    Subject,
)
from segql.reason.options import Option
from segql.reason.systems import System
from segql.reason.things import Thing
from segql.reason.values import core_of
from segql.reference.places import distance
from segql.types import Point

MAX_THINGS = 2500
_STEPS = {
    "day": 1,
    "week": 7,
    "month": 31,
    "quarter": 92,
    "year": 366,
    "fiscal quarter": 92,
    "fiscal year": 366,
}

_UNFILLED = (Linear, Free, Elements, mdl.Size, Share, Place, Distance)


class Filler:
    """Makes one thing of a level from what arithmetic found."""

    def __init__(
        self,
        system: System,
        solution: Sequence[Fraction],
        masks: Mapping[Subject, int],
        chosen: Mapping[Subject, Option],
        effort: Effort,
    ) -> None:
        self.system = system
        self.level = system.level
        self.solution = solution
        self.masks = masks
        self.chosen = chosen
        self.effort = effort

    def thing(self) -> Thing | None:
        """None if it would be too large to be an example."""
        values: dict[Subject, Any] = {}
        for subject in self.level.tests:
            if isinstance(subject, Linear | Free | Elements | mdl.Size):
                if isinstance(subject, Free):
                    self.free(subject, values)
                continue
            if any(subject in bag.figures for bag in self.level.bags.values()):
                continue
            if isinstance(subject, Distance):
                continue
            if isinstance(subject, Share | Place):
                values[subject] = self.stretches(subject)
                continue
            value = self.value(subject)
            if isinstance(getattr(subject, "type", None), Point):
                value = self.place(subject) if value is not None else None
            if value is not None:
                values[subject] = value
        bags: dict[Key, tuple[Thing, ...]] = {}
        for key, bag in self.level.bags.items():
            made = self.things(bag)
            if made is None:
                return None
            bags[key] = made
        return Thing(values, bags)

    def free(self, subject: Free, values: dict[Subject, Any]) -> None:
        cells = self.level.cells[subject]
        mask = self.masks.get(subject, cells.all)
        if mask != cells.all:
            values[subject] = bool(mask & 1)

    def value(self, subject: Subject) -> Any:
        """A value of the subject's cells; None if it need not be known."""
        cells = self.level.cells[subject]
        mask = self.masks.get(subject, cells.all)
        number = self.system.values.get(subject)
        if number is not None and cells.axis is not None:
            found = self.solution[number]
            option = self.chosen.get(subject)
            if option is not None and option.missing:
                return None
            return cells.axis.value(int(found))
        listed = ("list", subject) in self.level.bags
        if mask == cells.all and not listed:
            return None
        option = self.chosen.get(subject)
        if option is not None:
            mask = option.mask
        for index, cell in enumerate(cells.cells):
            if mask >> index & 1 and cell.witness is not None:
                return cell.witness
        return None

    def stretches(self, subject: Subject) -> tuple[tuple[Any, Any], ...]:
        """Between which values, both included, a subject may be."""
        cells = self.level.cells[subject]
        mask = self.masks.get(subject, cells.all)
        axis = cells.axis
        assert axis is not None
        return tuple(
            (axis.value(cell.low), axis.value(cell.high))
            for index, cell in enumerate(cells.cells)
            if mask >> index & 1 and cell.low is not None and cell.high is not None
        )

    def place(self, subject: Subject) -> tuple[float, float] | None:
        """A place as far from each of some points as it should be."""
        wanted = [
            (each, self.masks.get(each, self.level.cells[each].all))
            for each in self.level.tests
            if isinstance(each, Distance) and each.value == subject
        ]
        for there in _places([each for each, _ in wanted], self.level):
            if all(
                self.level.place(each, Fraction(distance(there, each.point))) & mask
                for each, mask in wanted
            ):
                return there
        return (0.0, -150.0)

    # ---- things in a bag

    def things(self, bag: Bag) -> tuple[Thing, ...] | None:
        kinds = self.system.kinds[id(bag)]
        found: list[Thing] = []
        for number, kind in enumerate(kinds.kinds):
            at = self.system.counts.get((id(bag), number))
            count = 0 if at is None else int(self.solution[at])
            if count > MAX_THINGS or len(found) + count > MAX_THINGS:
                return None
            if count:
                found += self.alike(bag, kinds, number, kind, count)
        return tuple(found)

    def alike(
        self, bag: Bag, kinds: Kinds, number: int, kind: Kind, count: int
    ) -> list[Thing]:
        """So many things of one kind."""
        mix = dict(zip(kinds.subjects, kind.mixes[0], strict=True))
        columns: dict[Subject, list[Any]] = {}
        for subject, index in mix.items():
            if isinstance(
                subject, Linear | Free | Elements | mdl.Size | Share | Distance
            ):
                continue
            if any(subject in each.figures for each in bag.level.bags.values()):
                continue
            cells = bag.level.cells[subject]
            cell = cells.cells[index]
            if cell.witness is None:
                continue
            if isinstance(subject, mdl.EventTime):
                columns[subject] = self.times(bag, number, cells, cell, count)
            else:
                columns[subject] = self.column(bag, number, subject, cells, cell, count)
        inner = self.inside(bag, mix)
        return [
            Thing({subject: column[n] for subject, column in columns.items()}, inner)
            for n in range(count)
        ]

    def inside(
        self, bag: Bag, mix: Mapping[Subject, int]
    ) -> Mapping[Key, tuple[Thing, ...]]:
        if not bag.level.bags:
            return {}
        from segql.reason.leaf import realised

        masks = {subject: 1 << cell for subject, cell in mix.items()}
        above = self.system.above.get(id(bag))
        found = realised(bag.level, masks, self.effort, 1, above)
        return found.things[0].bags if found.things else {}

    def column(
        self,
        bag: Bag,
        number: int,
        subject: Subject,
        cells: Cells,
        cell: Cell,
        count: int,
    ) -> list[Any]:
        """The values of one property of things of a kind."""
        axis = cells.axis
        at = self.system.sums.get((id(bag), number, subject))
        if at is not None and axis is not None:
            if axis.kind == "double":
                return [float(self.solution[at] / count)] * count
            whole, more = divmod(int(self.solution[at]), count)
            return [axis.value(whole + (n < more)) for n in range(count)]
        different = self.different(bag, subject)
        if different <= 1:
            return [cell.witness] * count
        found = [cell.witness]
        for value in _variants(cell, cells):
            if len(found) >= min(different, count):
                break
            if value not in found and bag.level.place(subject, value) & (
                1 << cells.cells.index(cell)
            ):
                found.append(value)
        return [found[n % len(found)] for n in range(count)]

    def different(self, bag: Bag, subject: Subject) -> int:
        """How many different values of a property are wanted."""
        most = 1
        for figure, option in self.chosen.items():
            match figure:
                case mdl.Aggregate("distinct", _, value) if (
                    value is not None and core_of(value) == subject
                ):
                    axis = self.level.cells[figure].axis
                    if option.low is not None and axis is not None:
                        most = max(most, option.low)
                case mdl.PerGroup("sum" | "count" | "distinct"):
                    most = max(most, 1)
                case _:
                    pass
        return most

    # ---- times

    def times(
        self, bag: Bag, number: int, cells: Cells, cell: Cell, count: int
    ) -> list[Any]:
        """Instants in a cell, apart from each other where there is room."""
        late = any(
            o.bag is bag and number in o.kinds and o.which == "last"
            for o in self.system.orders
        )
        first = any(
            o.bag is bag and number in o.kinds and o.which == "first"
            for o in self.system.orders
        )
        step, kept = 1, count
        for (owner, figure), at in self.system.spread.items():
            if owner == id(bag) and isinstance(figure, mdl.Periods):
                step = _STEPS[figure.period]
                kept = max(1, min(kept, int(self.solution[at])))
        found: list[Any] = []
        here = 1 << cells.cells.index(cell)
        for moment in self.moments(cell, cells, step, late, first):
            if len(found) >= kept:
                break
            if moment not in found and bag.level.place(mdl.EventTime(), moment) & here:
                found.append(moment)
        if not found:
            found = [cell.witness]
        return [found[n % len(found)] for n in range(count)]

    def moments(
        self, cell: Cell, cells: Cells, step: int, late: bool, first: bool
    ) -> Iterator[Any]:
        axis = cells.axis
        assert axis is not None
        assert cell.low is not None
        assert cell.high is not None
        zone = self.level.probe.clock.zone
        if late:
            yield axis.value(cell.high)
        if first and cell.low > axis.low:
            yield axis.value(cell.low)
        yield cell.witness
        wall = local(cell.witness, zone)
        for sign in (-1, 1):
            for n in range(1, 400):
                try:
                    day = wall + timedelta(days=sign * n * step)
                except OverflowError:
                    break
                moment = midnight(day.date(), zone)
                moment += wall - wall.replace(hour=0, minute=0, second=0, microsecond=0)
                place = int(axis.place(moment))
                if not cell.low <= place <= cell.high:
                    break
                yield moment
        if step == 1:
            for n in range(1, 60):
                yield cell.witness - timedelta(minutes=n)
                yield cell.witness + timedelta(minutes=n)


def _places(around: Sequence[Distance], level: Level) -> Iterator[tuple[float, float]]:
    """Places near some points: at them, and a little within and beyond each limit."""
    for each in around:
        latitude, longitude = each.point
        yield each.point
        for cell in level.cells[each].cells:
            kilometres = float(cell.witness or 0)
            for more in (0.0, 0.5, 5.0, 50.0):
                degrees = (kilometres + more) / 111.2
                for sign in (1, -1):
                    if abs(latitude + sign * degrees) < 90:
                        yield latitude + sign * degrees, longitude
    yield from ((0.0, -150.0), (-60.0, 0.0), (0.0, 150.0), (60.0, -90.0))


def _variants(cell: Cell, cells: Cells) -> Iterator[Any]:
    """Other values near one."""
    yield from cell.others
    axis = cells.axis
    if axis is not None and cell.low is not None and cell.high is not None:
        start = int(axis.place(cell.witness))
        unit = 10**axis.scale if axis.kind == "number" else 1
        if axis.kind == "instant":
            unit = 60_000_000
        for n in range(1, 300):
            for place in (start + n * unit, start - n * unit, start + n, start - n):
                if cell.low <= place <= cell.high:
                    yield axis.value(place)
        return
    if isinstance(cell.witness, str):
        for n in range(2, 300):
            yield f"{cell.witness}{n}"
            yield f"{n}{cell.witness}"
