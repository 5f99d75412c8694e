"""Rules in; what they say of each time out: ends that move, fixed days, what recurs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import floor, isfinite

from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.model.windows import Clock, midnight
from segql.model.world import World
from segql.reason.edges import End, calendar, dated, rolled
from segql.reason.probe import Probe
from segql.reason.sums import Sums
from segql.types import DATE, TIMESTAMP

USUAL = datetime(2026, 6, 17, 10, 30, tzinfo=UTC)
_EVENT = "event"
_HOURS = ("second", "minute", "hour")


@dataclass
class Group:
    """What is said of one time: ends that move, fixed ones, what recurs."""

    moving: dict[tuple[str, int], End] = field(default_factory=dict)
    fixed: set[date] = field(default_factory=set)
    recurring: set[str] = field(default_factory=set)
    compared: bool = False

    def add(self, end: End) -> None:
        self.moving.setdefault((end.kind, end.number), end)


class Finder:
    def __init__(self, world: World) -> None:
        entity = world.catalog.entity
        self.world = world
        self.zone = entity.zone
        self.clock = Clock(
            USUAL, entity.zone, entity.week_starts, entity.fiscal_year_starts
        )
        self.by_time: dict[object, Group] = {}
        self.distinct: list[mdl.Value] = []
        self.dated = False
        self.hours = False
        self.grows = False
        self.sums = Sums(Probe(world, USUAL))

    def group(self, *values: mdl.Value) -> Group:
        """What is said of some values that are compared, or made of each other."""
        keys = dict.fromkeys(key for value in values for key in _times(value))
        # What is the same for all meets windows that move, too.
        keys = keys or {("fixed", values): None}
        groups = list({id(g): g for g in map(self.one, keys)}.values())
        first, *others = groups
        for other in others:
            first.moving |= other.moving
            first.fixed |= other.fixed
            first.recurring |= other.recurring
            first.compared = first.compared or other.compared
            for key, each in self.by_time.items():
                if each is other:
                    self.by_time[key] = first
        for value in values:
            self.fix(first, value)
        return first

    def fix(self, group: Group, value: mdl.Value) -> None:
        """Adds the days and instants that a value may be, whoever the customer is."""
        for leaf in _leaves(value):
            match leaf:
                case mdl.Constant(date() as day):
                    group.fixed.add(day)
                case mdl.Today(offset):
                    for more in (0, 1):
                        group.add(rolled(offset + more, "day", True))
                case _:
                    pass

    def one(self, key: object) -> Group:
        if key not in self.by_time:
            self.by_time[key] = Group()
            if key == _EVENT:
                self.by_time[key].add(rolled(0, "second"))
        return self.by_time[key]

    @property
    def groups(self) -> list[Group]:
        return list({id(group): group for group in self.by_time.values()}.values())

    def beginnings(self) -> list[datetime]:
        """When a day, a week, a month and a year begin at once."""
        clock = self.clock
        days = [date(2024, 1, 1), date(2024, clock.fiscal_year_starts, 1)]
        days.append(date(2024, 1, 1) + timedelta(days=(clock.week_starts - 1) % 7))
        return [midnight(day, self.zone) for day in dict.fromkeys(days)]

    def rule(self, rule: mdl.Rule) -> None:
        seen = set()
        for node in walk(rule):
            match node:
                case mdl.Within(value, window):
                    self.window(self.group(value), window, value.type == DATE)
                    if _EVENT in _times(value):
                        self.hours = self.hours or _of_hours(window)
                case mdl.Selection(event, _, windows):
                    group = self.group(mdl.EventTime())
                    for window in windows:
                        self.window(group, window, False)
                        self.hours = self.hours or _of_hours(window)
                    time = self.world.catalog.events[event].time
                    self.dated = self.dated or (time is not None and time.type == DATE)
                    if event not in seen and event in self.world.filters:
                        seen.add(event)
                        self.rule(self.world.filters[event])
                case mdl.Aggregate("distinct", _, value) if (
                    value is not None and value.type == DATE
                ):
                    self.distinct.append(value)
                case mdl.Compare(_, left, right):
                    if [*_times(left)] and [*_times(right)]:
                        self.group(left, right).compared = True
                    for value, other in ((left, right), (right, left)):
                        self.compared(value, [other])
                case mdl.OneOf(value, options):
                    self.compared(value, options)
                case mdl.Anniversary(value) | mdl.OnDays(value):
                    group = self.group(value)
                    group.recurring.add("date")
                    group.add(rolled(0, "second"))
                case mdl.PartOf(part, value) if part != "year":
                    dated = part in ("month", "quarter", "day")
                    self.group(value).recurring.add("date" if dated else "other")
                case _:
                    pass

    def compared(self, value: mdl.Value, others: Sequence[mdl.Value]) -> None:
        numbers = [n for other in others for n in self.numbers(value, other)]
        match value:
            case mdl.Choice(_, one, another):
                self.compared(one, others)
                self.compared(another, others)
            case mdl.Negative(inner):
                turned = [mdl.Constant(-n, inner.type) for n in numbers]
                self.compared(inner, turned)
            case mdl.Elapsed(unit, inner) if all(-1e9 < n < 1e9 for n in numbers):
                if _EVENT in _times(inner):
                    self.hours = self.hours or unit in _HOURS
                for number in numbers:
                    for count in (floor(number), floor(number) + 1):
                        days = inner.type == DATE
                        _roll(self.group(inner), -count, unit, days)
            case mdl.PartOf("year", inner):
                for number in numbers:
                    for year in (floor(number), floor(number) + 1):
                        if 1 < year < 9999:
                            self.group(inner).fixed.add(date(year, 1, 1))
            case _:
                group = self.group(value)
                for other in others:
                    self.fix(group, other)

    def numbers(self, value: mdl.Value, other: mdl.Value) -> Iterator[Decimal]:
        """What a value is compared with, if it is the same for every customer."""
        if not self.sums.is_fixed(other):
            return
        if any(isinstance(n, mdl.Elapsed | mdl.PartOf) for n in walk(other)):
            # It grows while time goes by: so many ends, as there are days.
            self.grows = self.grows or any(True for _ in _leaves(value))
            return
        number = self.sums.probe.value_of(other, {})
        if isinstance(number, bool):
            return
        if isinstance(number, int | Decimal) or (
            isinstance(number, float) and isfinite(number)
        ):
            yield Decimal(number)

    def window(self, group: Group, window: mdl.Window, days: bool) -> None:
        match window:
            case mdl.Rolling(start, end, unit):
                for count in (start, end):
                    if count is not None:
                        _roll(group, count, unit, days)
            case mdl.Day(offset, unit):
                for more in (0, 1):
                    group.add(dated(offset, unit, more))
            case mdl.Calendar(period, first, count):
                for number in (first, first + count):
                    group.add(calendar(period, number))
            case mdl.Days(start, end):
                group.fixed |= {d for d in (start, end) if d is not None}
            case mdl.Instants(begin, until):
                group.fixed |= {d for d in (begin, until) if d is not None}
            case mdl.FromTo(one, other):
                for each in (one, other):
                    if each is not None:
                        self.window(group, each, days)


def _roll(group: Group, count: int, unit: mdl.Unit, days: bool) -> None:
    """Adds the end of a length; of dates it is that day, or the one after it."""
    group.add(rolled(count, unit, days))
    if days:
        group.add(dated(count, unit, 1))


def _of_hours(window: mdl.Window) -> bool:
    """Whether a window is counted in hours or less: a date may fall beside it."""
    match window:
        case mdl.Rolling(_, _, unit):
            return unit in _HOURS
        case mdl.FromTo(one, other):
            return any(each is not None and _of_hours(each) for each in (one, other))
        case _:
            return False


def _times(value: mdl.Value) -> Iterator[object]:
    """What a value has its time of: each is a time of its own."""
    for leaf in _leaves(value):
        match leaf:
            case mdl.EventTime() | mdl.EventDay():
                yield _EVENT
            case mdl.Attribute() | mdl.Property() | mdl.Element():
                if leaf.type in (DATE, TIMESTAMP):
                    yield leaf
            case _:
                pass


def _leaves(value: mdl.Value) -> Iterator[mdl.Value]:
    """What a value is made of, or one of."""
    match value:
        case mdl.Fold(inner) | mdl.Elapsed(_, inner) | mdl.PartOf(_, inner):
            yield from _leaves(inner)
        case mdl.Negative(inner) | mdl.Position(_, inner):
            yield from _leaves(inner)
        case mdl.Choice(_, one, other) | mdl.Arithmetic(_, one, other):
            yield from _leaves(one)
            yield from _leaves(other)
        case mdl.Aggregate(_, _, inner_) | mdl.Pick(_, _, inner_):
            if inner_ is not None:
                yield from _leaves(inner_)
        case mdl.PerGroup(_, aggregate, by):
            yield from _leaves(aggregate)
            yield from _leaves(by)
        case _:
            yield value
