"""A plan of many segments to what they share: each different test is found once.

Tests of counts and sums become measures over one reading of the events; those of other
figures are grouped by what their events have in common; tests of attributes go along
with the customers. Whatever remains is a query of its own, but only once.
"""

from collections.abc import Hashable
from fractions import Fraction
from math import ceil, floor

from segql.model import nodes as mdl
from segql.plan import cells
from segql.plan.defaults import holds_of_nothing
from segql.plan.groups import group_of
from segql.plan.nodes import Figure, Plan, selection_of
from segql.plan.rules import MIRRORED
from segql.plan.shared_nodes import (
    Apart,
    Both,
    Either,
    Fixed,
    Grouped,
    Leaf,
    Opposite,
    Several,
    Shared,
    Step,
    Stream,
    Threshold,
    below,
    terms_of,
)
from segql.plan.values import is_plain, measures_of, of_customers, of_everyone
from segql.types import Exact

READING = 10.0
"""What one reading of a kind of events costs, in groupings of a narrow selection of
them: sending every event, against a row per customer. Measured on DuckDB."""
FIGURE = 0.2
"""What each further figure of such a grouping costs."""


def share(plan: Plan, reading: float = READING) -> Shared:
    """How to find the members of all segments of a plan together.

    Events are read for all measures of them where one `reading` is estimated to cost
    less than their groupings, one for each selection, by the engine.
    """
    return _Sharing(plan, reading).shared()


class _Sharing:
    def __init__(self, plan: Plan, reading: float) -> None:
        self.plan = plan
        self.reading = reading
        self.events = plan.world.catalog.events
        self.steps: list[Step] = []
        self.places: dict[Step, int] = {}
        self.seen: dict[mdl.Rule, int] = {}
        self.thresholds: dict[int, tuple[mdl.Aggregate, Threshold] | None] = {}

    def shared(self) -> Shared:
        rules = {each.name: each.rule for each in self.plan.segments}
        segments = {name: self.place(rule) for name, rule in rules.items()}
        wholes = self._wholes(rules, segments)
        live = sorted(below(self.steps, segments.values(), wholes))
        plain: list[int] = []
        counted: dict[str, dict[mdl.Aggregate, list[Threshold]]] = {}
        grouped: dict[Hashable, list[int]] = {}
        apart: list[Apart] = []
        for number in live:
            step = self.steps[number]
            if number in wholes:
                apart.append(Apart(number, wholes[number]))
            elif not isinstance(step, Leaf):
                continue
            elif is_plain(step.test):
                plain.append(number)
            elif found := self.threshold(number, step.test):
                figure, threshold = found
                mine = counted.setdefault(figure.selection.event, {})
                mine.setdefault(figure, []).append(threshold)
            elif group := self.group(step.test):
                grouped.setdefault(group, []).append(number)
            else:
                apart.append(Apart(number, step.test))
        streams = []
        for event, measures in counted.items():
            stream, rest = self._stream(event, measures)
            if stream is not None:
                streams.append(stream)
            for figure in rest:
                group = (group_of(figure), figure.selection.test)
                numbers = [each.leaf for each in measures[figure]]
                grouped.setdefault(group, []).extend(numbers)
        return Shared(
            tuple(self.steps),
            segments,
            tuple(plain),
            tuple(streams),
            tuple(self._grouped(numbers) for numbers in grouped.values()),
            tuple(apart),
        )

    # ---- steps

    def place(self, rule: mdl.Rule) -> int:
        """The step of a rule; a new one only if there is none that is equal."""
        if rule not in self.seen:
            self.seen[rule] = self.add(self.step(rule))
        return self.seen[rule]

    def add(self, step: Step) -> int:
        if step not in self.places:
            self.places[step] = len(self.steps)
            self.steps.append(step)
        return self.places[step]

    def step(self, rule: mdl.Rule) -> Step:
        match rule:
            case mdl.Always(value):
                return Fixed(value)
            case mdl.Not(term):
                return Opposite(self.place(term))
            case mdl.And(terms):
                return Both(self._several(terms))
            case mdl.Or(terms):
                return Either(self._several(terms))
            case mdl.AtLeast(least, most, terms):
                # A term that stands there twice counts twice.
                return Several(least, most, tuple(map(self.place, terms)))
            case mdl.InSegment(_, inner):
                return self.step(inner)
            case _:
                return Leaf(rule)

    def _several(self, terms: tuple[mdl.Rule, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(map(self.place, terms))))

    def _wholes(
        self, rules: dict[str, mdl.Rule], segments: dict[str, int]
    ) -> dict[int, mdl.Rule]:
        """Segments that share no query with others: each is asked for as it is.

        Then the engine can look at those customers alone whom its other tests leave.
        """
        users: dict[object, set[int]] = {}
        ways: dict[int, set[object]] = {}
        for place in set(segments.values()):
            ways[place] = {
                self._way(step.test, number)
                for number in below(self.steps, [place])
                if isinstance(step := self.steps[number], Leaf)
                and not is_plain(step.test)
            }
            for way in ways[place]:
                users.setdefault(way, set()).add(place)
        inner = {term for step in self.steps for term in terms_of(step)}
        alone = {
            place
            for place, mine in ways.items()
            if mine
            and place not in inner
            and all(len(users[each]) == 1 for each in mine)
        }
        names = {place: name for name, place in segments.items()}
        return {place: rules[names[place]] for place in sorted(alone)}

    def _way(self, test: mdl.Rule, number: int) -> object:
        """What is equal for leaves that one query would find."""
        if found := self.threshold(number, test):
            return found[0].selection.event
        return self.group(test) or number

    # ---- counts and sums

    def threshold(
        self, leaf: int, test: mdl.Rule
    ) -> tuple[mdl.Aggregate, Threshold] | None:
        """A test of one count or sum against a constant, both as whole numbers."""
        if leaf not in self.thresholds:
            self.thresholds[leaf] = self._threshold(leaf, test)
        return self.thresholds[leaf]

    def _threshold(
        self, leaf: int, test: mdl.Rule
    ) -> tuple[mdl.Aggregate, Threshold] | None:
        if not isinstance(test, mdl.Compare):
            return None
        operator, left, right = test.operator, test.left, test.right
        if isinstance(left, mdl.Constant):
            operator, left, right = MIRRORED[operator], right, left
        if not isinstance(left, mdl.Aggregate) or not isinstance(right, mdl.Constant):
            return None
        if not isinstance(right.type, Exact) or not self.streams(left):
            return None
        assert isinstance(left.type, Exact)
        found = _whole(operator, right, left.type.scale)
        return None if found is None else (left, Threshold(leaf, *found))

    def streams(self, figure: mdl.Aggregate) -> bool:
        """Whether a figure can be made of events as they pass by."""
        event = self.events[figure.selection.event]
        (window,) = figure.selection.windows
        assert isinstance(window, mdl.Instants)
        if event.parent is not None or (event.time is not None and window.end is None):
            return False
        if figure.selection.test is not None and not _alone(figure.selection.test):
            return False
        if figure.value is None:
            return figure.function == "count"
        kind = figure.value.type
        if not _of_events(mdl.IsMissing(figure.value)):
            return False
        return (
            figure.function == "sum"
            and isinstance(kind, Exact)
            and kind.digits <= SAFE_DIGITS
        )

    def _stream(
        self, event: str, measures: dict[mdl.Aggregate, list[Threshold]]
    ) -> tuple[Stream | None, list[mdl.Aggregate]]:
        """The measures that one reading of events yields, and the others."""
        groupings = len({each.selection.test for each in measures})
        if groupings + FIGURE * (len(measures) - groupings) < self.reading:
            return None, list(measures)
        return cells.stream(event, measures, self.events[event].time is not None)

    # ---- other figures

    def group(self, test: mdl.Rule) -> Hashable | None:
        """What is equal for tests whose figures one grouping yields."""
        found = set()
        for measure in measures_of(test):
            if not isinstance(measure, Figure):
                return None
            selection = selection_of(measure)
            if self.events[selection.event].parent is not None:
                return None
            found.add((group_of(measure), selection.test))
        if len(found) != 1 or not _of_events(test):
            return None
        return next(iter(found))

    def _grouped(self, numbers: list[int]) -> Grouped:
        tests = {number: self._leaf(number).test for number in numbers}
        figures = dict.fromkeys(m for test in tests.values() for m in measures_of(test))
        kept = tuple(each for each in figures if isinstance(each, Figure))
        return Grouped(
            selection_of(kept[0]).event,
            kept,
            tuple(numbers),
            frozenset(n for n, test in tests.items() if holds_of_nothing(test)),
        )

    def _leaf(self, number: int) -> Leaf:
        step = self.steps[number]
        assert isinstance(step, Leaf)
        return step


SAFE_DIGITS = 19
"""A number of so many digits mostly fits into 64 bits; when read, it is looked at."""


def _whole(
    operator: mdl.Comparison, bound: mdl.Constant, scale: int
) -> tuple[mdl.Comparison, int] | None:
    """The comparison of a whole number, `scale` digits of which are decimals."""
    assert isinstance(bound.value, int) or hasattr(bound.value, "as_tuple")
    exact = Fraction(bound.value) * 10**scale  # type: ignore[arg-type]
    if exact.denominator == 1:
        found = operator, int(exact)
    else:
        match operator:
            case ">" | ">=":
                found = ">=", ceil(exact)
            case "<" | "<=":
                found = "<=", floor(exact)
            case _:
                return None
    return found if abs(found[1]) < 2**62 else None


def _of_events(rule: mdl.Rule) -> bool:
    """Whether a test is about events and constants alone."""
    return not of_customers(rule) and of_everyone(rule) is None


def _alone(test: mdl.Rule) -> bool:
    """Whether a test of an event is about nothing but the event."""
    return _of_events(test) and not any(measures_of(test))
