"""Formulas about customers in; the subjects that decide them out, level by level.

A customer has values and bags of events, an event has values and bags of rows, a list
is a bag of elements. What a figure over a bag can be is decided by the kinds of things
in it, so each bag has a level of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from segql.model import nodes as mdl
from segql.reason.cells import Cells, Kind, cells_of
from segql.reason.forms import Forms
from segql.reason.nodes import (
    SURE,
    Bound,
    Distance,
    Elements,
    Formula,
    Free,
    Linear,
    Lit,
    Place,
    Said,
    Share,
    Some,
    Subject,
    Test,
)
from segql.reason.probe import Probe, on_axis
from segql.reason.values import core_of, replaced
from segql.types import DATE, ListOf

What: TypeAlias = Literal["customer", "event", "element"]
Key: TypeAlias = tuple[Literal["event", "list"], str | mdl.Value]
Figure: TypeAlias = (
    mdl.Aggregate | mdl.Pick | mdl.Periods | mdl.PerGroup | Elements | mdl.Size
)
FIGURES = (mdl.Aggregate, mdl.Pick, mdl.Periods, mdl.PerGroup, Elements, mdl.Size)


@dataclass
class Bag:
    """The events of a kind, rows of one event, or elements of a list.

    `chosen` has a formula about one of them for each selection that is asked for.
    """

    key: Key
    level: "Level"
    base: Formula = SURE
    chosen: dict[mdl.Selection | mdl.Rule | None, Formula] = field(default_factory=dict)
    figures: dict[Figure, None] = field(default_factory=dict)
    kinds: dict[object, Any] = field(default_factory=dict)
    """What was found out of it, by what is so of who has it."""
    places: dict[tuple[int, int, int], tuple[object, int]] = field(default_factory=dict)
    """Where a figure lies if it is of a cell's value, and what keeps the key alive."""


@dataclass
class Level:
    """What is said of a customer, of an event or of an element, and what decides it.

    `name` is the event's. `numbers` says for each subject where its cells are.
    """

    what: What
    forms: Forms
    probe: Probe
    name: str = ""
    above: "Level | None" = None
    bags: dict[Key, Bag] = field(default_factory=dict)
    tests: dict[Subject, list[int]] = field(default_factory=dict)
    cells: dict[Subject, Cells] = field(default_factory=dict)
    outer: dict[int, Lit] = field(default_factory=dict)
    sides: list[Formula] = field(default_factory=list)
    _done: int = 0

    # ---- what is there

    def gather(self) -> None:
        """Finds the subjects of all atoms, and the bags that they count in."""
        while self._done < len(self.forms.atoms):
            number = self._done
            subject, test = self.forms.atoms[number]
            self._done += 1
            if self.above is not None and not self.is_inner(subject):
                self.outer[number] = self.above.lit(subject, test)
                continue
            self.tests.setdefault(subject, []).append(number)
            self.link(subject, [number])
        for bag in list(self.bags.values()):
            bag.level.gather()
        if self._done < len(self.forms.atoms):
            self.gather()

    def lit(self, subject: Subject, test: Test) -> Lit:
        """An atom that something below needs decided."""
        found = self.forms.lit(subject, test)
        # Either way: so that a search decides it.
        side = Some((found, Lit(found.atom, False)))
        if side not in self.sides:
            self.sides.append(side)
        return found

    def link(self, subject: Subject, numbers: Iterable[int]) -> None:
        """Ties a figure to the bag that it is made of."""
        match subject:
            case Linear(terms):
                for value, _ in terms:
                    self.tests.setdefault(value, [])
                    self.link(value, ())
            case mdl.Aggregate(_, selection, value):
                self.figure(subject, selection, value, numbers)
            case mdl.Pick(_, selection, value):
                self.figure(subject, selection, value, numbers)
            case mdl.Periods(_, selection):
                self.figure(subject, selection, None, numbers)
            case mdl.PerGroup(_, inner, by):
                self.figure(subject, inner.selection, by, ())
                if inner.value is not None:
                    self.figure(subject, inner.selection, inner.value, numbers)
            case mdl.Size(items):
                self.elements(subject, items, None)
            case Elements(items, test):
                self.elements(subject, items, test)
            case _:
                pass

    def figure(
        self,
        figure: mdl.Aggregate | mdl.Pick | mdl.Periods | mdl.PerGroup,
        selection: mdl.Selection,
        value: mdl.Value | None,
        numbers: Iterable[int],
    ) -> None:
        bag = self.bag(selection.event)
        bag.figures[figure] = None
        forms = bag.level.forms
        if selection not in bag.chosen:
            bag.chosen[selection] = chosen(selection, forms)
        if value is None:
            return
        core = core_of(value)
        if bag.level.is_inner(core) and not isinstance(core, mdl.Arithmetic):
            bag.level.tests.setdefault(core, [])
        # The tests of the figure are such of a single value, too: so it falls into
        # cells in which they do not change.
        for number in numbers if is_one_of_them(figure) else ():
            match self.forms.atoms[number]:
                case (_, Said(rule, of)) if of == figure:
                    forms.of(replaced(rule, of, value))
                case (_, Bound() as bound) if value == core:
                    forms.lit(value, bound)
                case _:
                    pass

    def elements(
        self, figure: Elements | mdl.Size, items: mdl.Value, test: mdl.Rule | None
    ) -> None:
        assert isinstance(items.type, ListOf)
        self.tests.setdefault(items, [])
        key: Key = ("list", items)
        if key not in self.bags:
            forms = Forms(self.probe, self.forms.given)
            level = Level("element", forms, self.probe, self.name, self)
            level.tests.setdefault(mdl.Element(items.type.element), [])
            self.bags[key] = Bag(key, level)
        bag = self.bags[key]
        bag.figures[figure] = None
        if test not in bag.chosen:
            bag.chosen[test] = SURE if test is None else bag.level.forms.of(test)

    def bag(self, event: str) -> Bag:
        key: Key = ("event", event)
        if key not in self.bags:
            forms = Forms(self.probe, self.forms.given)
            level = Level("event", forms, self.probe, event, self)
            filter_ = self.probe.world.filters.get(event)
            base = SURE if filter_ is None else forms.of(filter_)
            self.bags[key] = Bag(key, level, base)
        return self.bags[key]

    def is_inner(self, subject: Subject) -> bool:
        """Whether a subject is about this level's event or element alone."""
        return any(_is_inner(each, self) for each in _values(subject))

    # ---- cells

    def cut(self) -> int:
        """The cells of every subject, here and in all bags; how much work that was."""
        work = 0
        for subject, numbers in self.tests.items():
            if subject not in self.cells:
                tests = [self.forms.atoms[n] for n in numbers]
                kind = self.kind(subject)
                cells = cells_of(subject, tests, self.probe, kind)
                self.cells[subject] = cells
                looked = cells.looked + len(cells.cells)
                work += 60 + 40 * looked * (1 + len(tests))
        return work + sum(bag.level.cut() for bag in self.bags.values())

    def kind(self, subject: Subject) -> Kind:
        catalog = self.probe.world.catalog
        match subject:
            case mdl.EventTime():
                latest = on_axis(self.probe.clock.as_of)
                assert latest is not None
                time = catalog.events[self.name].time
                dated = time is not None and time.type == DATE
                return Kind(latest=int(latest) - 1, dated=dated)
            case mdl.Attribute(name) if not isinstance(subject.type, ListOf):
                return Kind(catalog.attributes[name].values)
            case mdl.Property(name) if not isinstance(subject.type, ListOf):
                return Kind(catalog.events[self.name].properties[name].values)
            case _:
                return Kind()

    def masks(self) -> dict[int, tuple[Subject, int, int]]:
        """For each atom its subject, and the cells where it is true or is not."""
        found = {}
        for subject, numbers in self.tests.items():
            cells = self.cells[subject]
            for index, number in enumerate(numbers):
                found[number] = (
                    subject,
                    cells.where(index),
                    cells.where(index, False),
                )
        return found

    def place(self, subject: Subject, value: Any) -> int:
        """The mask of the cells in which a value may be: one, or none."""
        from segql.reason.cells import holds

        cells, truths = self.cells[subject], 0
        for index, number in enumerate(self.tests[subject]):
            of, test = self.forms.atoms[number]
            if holds(test, of, value, self.probe):
                truths |= 1 << index
        if value is None:
            return cells.missing
        place = None
        if cells.axis is not None and on_axis(value) is not None:
            place = cells.axis.place(value)
        for index, cell in enumerate(cells.cells):
            if cell.witness is None or cell.truths != truths:
                continue
            if place is None or cell.low is None or cell.high is None:
                return 1 << index
            if cell.low <= place <= cell.high:
                return 1 << index
        return 0


def chosen(selection: mdl.Selection, forms: Forms) -> Formula:
    """What a selection says of each of its events."""
    terms = [] if selection.test is None else [forms.of(selection.test)]
    for window in selection.windows:
        time = mdl.EventTime()
        within = mdl.Within(time, window)
        if forms.probe.world.catalog.events[selection.event].time is not None:
            terms.append(forms.of(within))
    return forms.all(terms)


def is_one_of_them(figure: Figure) -> bool:
    """Whether a figure is the value of one of the things that it is made of."""
    match figure:
        case mdl.Pick() | mdl.Aggregate("min" | "max" | "most_common" | "median"):
            return True
        case mdl.PerGroup(function, inner):
            both = {function, inner.function}
            return both <= {"min", "max", "most_common"}
        case _:
            return False


def _values(subject: Subject) -> Iterator[mdl.Node]:
    match subject:
        case Linear(terms):
            yield from (value for value, _ in terms)
        case Distance(value):
            yield value
        case Share():
            return
        case Elements(items, test):
            yield items
            if test is not None:
                yield test
        case Free(rule) | Place(rule):
            yield rule
        case _:
            yield subject


def _is_inner(node: mdl.Node, level: Level) -> bool:
    """Whether something of the level's own thing stands in a node."""
    events = level.probe.world.catalog.events
    match node:
        case mdl.Element():
            return level.what == "element"
        case mdl.Property() | mdl.EventTime() | mdl.EventDay():
            return level.what == "event"
        case mdl.Selection(event):
            # Other events of the customer are not this event's; its rows are.
            return level.what == "event" and events[event].parent == level.name
        case mdl.Aggregate(_, selection) | mdl.Periods(_, selection):
            return _is_inner(selection, level)
        case mdl.Pick(_, selection) | mdl.PerGroup(_, mdl.Aggregate(_, selection)):
            return _is_inner(selection, level)
        case mdl.Sequence():
            return False
        case _:
            return any(_is_inner(each, level) for each in _inside(node))


def _inside(node: mdl.Node) -> Iterator[mdl.Node]:
    from dataclasses import fields

    for each in fields(node):
        part = getattr(node, each.name)
        if isinstance(part, mdl.Node):
            yield part
        elif isinstance(part, tuple):
            yield from (p for p in part if isinstance(p, mdl.Node))
