"""Rules in, the instants out from which it is enough to look at them.

What is true of a customer depends on `as of` only by the order in which the ends of
windows lie. Where that order is the same whenever one looks, one instant stands for
all; where fixed days meet windows that move, one before, at and after each meeting.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import floor
from typing import Literal, TypeAlias

from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.model.windows import (
    Clock,
    day_bounds,
    instant_bounds,
    midnight,
    shifted,
)
from segql.model.world import World
from segql.reason.values import core_of
from segql.types import DATE

USUAL = datetime(2026, 6, 17, 10, 30, tzinfo=UTC)
OTHERS = (
    datetime(2026, 2, 28, 23, 0, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 0, 0, tzinfo=UTC),
    datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
    datetime(2025, 3, 31, 9, 0, tzinfo=UTC),
)
_FAR = (datetime(1902, 1, 1, tzinfo=UTC), datetime(2400, 1, 1, tzinfo=UTC))
MAX_MEETINGS = 24
_DRIFT = 1.1
"""So many days a civil day may be off, where a zone changes."""


@dataclass(frozen=True, slots=True)
class Instants:
    """`why` says what may be otherwise at other instants; nothing, if it can't."""

    moments: tuple[datetime, ...]
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _End:
    """An end of a window: those of one `kind` keep their order, by their number.

    Of those of other kinds it is known between which days from `as of` they lie.
    """

    kind: str
    number: int
    low: float
    high: float
    at: Callable[[Clock], date | None]


@dataclass
class _Group:
    """What is said of one time: ends that move, fixed ones, what recurs."""

    moving: dict[tuple[str, int], _End] = field(default_factory=dict)
    fixed: set[date] = field(default_factory=set)
    recurring: set[str] = field(default_factory=set)

    def add(self, end: _End) -> None:
        self.moving.setdefault((end.kind, end.number), end)


def instants(
    rules: Sequence[mdl.Rule],
    world: World,
    as_of: datetime | None,
    thorough: bool = False,
) -> Instants:
    """Enough instants, or some and why they may not be enough.

    If `thorough`, every date of four years is looked from where that is enough.
    """
    if as_of is not None:
        return Instants((as_of,))
    found = _Finder(world)
    for rule in rules:
        found.rule(rule)
    groups = list(found.groups.values())
    why: dict[str, None] = {}
    dates = False
    for group in groups:
        order = _order(list(group.moving.values()))
        if order == "sure" and group.recurring and group.moving:
            order = "by date" if group.recurring == {"date"} else "open"
            order = order if all(map(_by_date, group.moving.values())) else "open"
        if order == "open" or (order == "by date" and not thorough):
            why["what lies in which window depends on the day"] = None
        dates = dates or order == "by date"
    late = [day for group in groups for day in group.fixed]
    meetings = _meetings(found, groups)
    if meetings is None:
        why["there are too many fixed days beside windows that move"] = None
        meetings = []
    if not meetings:
        # All that has happened by then has happened: nothing is out of reach.
        last = max((_instant(day, found.zone) for day in late), default=None)
        moments = [USUAL]
        if last is not None and last > USUAL - timedelta(days=30):
            moments = [min(last, _FAR[1]) + timedelta(days=400)]
    else:
        moments = _around(meetings)
    kinds = {end.kind for group in groups for end in group.moving.values()}
    if any("calendar" in kind or "of days" in kind for kind in kinds):
        moments += found.beginnings()
    if dates and thorough and not why:
        if meetings:
            why["there are fixed days beside windows that move"] = None
        moments += _every_date(found.zone)
    return Instants((*moments, *(OTHERS if why else ())), tuple(why))


class _Finder:
    def __init__(self, world: World) -> None:
        entity = world.catalog.entity
        self.world = world
        self.zone = entity.zone
        self.clock = Clock(
            USUAL, entity.zone, entity.week_starts, entity.fiscal_year_starts
        )
        self.groups: dict[object, _Group] = {}

    def group(self, value: mdl.Value) -> _Group:
        core = core_of(value)
        key: object = core
        if isinstance(core, mdl.EventTime | mdl.Pick | mdl.Aggregate | mdl.PerGroup):
            key = "event"
        if key not in self.groups:
            self.groups[key] = _Group()
            if key == "event":
                self.groups[key].add(_rolled(0, "second"))
        return self.groups[key]

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
                    days = value.type == DATE
                    moving = days and isinstance(core_of(value), mdl.EventTime)
                    self.window(self.group(value), window, days, moving)
                case mdl.Selection(event, _, windows):
                    group = self.group(mdl.EventTime())
                    for window in windows:
                        self.window(group, window, False, True)
                    if event not in seen and event in self.world.filters:
                        seen.add(event)
                        self.rule(self.world.filters[event])
                case mdl.Compare(_, left, right):
                    for value, other in ((left, right), (right, left)):
                        self.compared(value, [other])
                case mdl.OneOf(value, options):
                    self.compared(value, options)
                case mdl.Anniversary(value) | mdl.OnDays(value):
                    group = self.group(value)
                    group.recurring.add("date")
                    group.add(_rolled(0, "second"))
                case mdl.PartOf(part, value) if part != "year":
                    dated = part in ("month", "quarter", "day")
                    self.group(value).recurring.add("date" if dated else "other")
                case _:
                    pass

    def compared(self, value: mdl.Value, others: Sequence[mdl.Value]) -> None:
        limits = [each.value for each in others if isinstance(each, mdl.Constant)]
        numbers = [n for n in limits if isinstance(n, int | Decimal)]
        numbers += [Decimal(n) for n in limits if isinstance(n, float)]
        match value:
            case mdl.Elapsed(unit, inner) if all(-1e9 < n < 1e9 for n in numbers):
                for number in numbers:
                    for count in (floor(number), floor(number) + 1):
                        days = inner.type == DATE
                        self.group(inner).add(_rolled(-count, unit, days))
            case mdl.PartOf("year", inner):
                for number in numbers:
                    for year in (floor(number), floor(number) + 1):
                        if 1 < year < 9999:
                            self.group(inner).fixed.add(date(year, 1, 1))
            case _:
                group = self.group(value)
                for other in others:
                    if isinstance(other, mdl.Today):
                        for more in (0, 1):
                            group.add(_rolled(other.offset + more, "day", True))
                group.fixed |= {d for d in limits if isinstance(d, date)}

    def window(
        self, group: _Group, window: mdl.Window, days: bool, events: bool
    ) -> None:
        match window:
            case mdl.Rolling(start, end, unit):
                for count in (start, end):
                    if count is not None:
                        group.add(_rolled(count, unit, days))
            case mdl.Day(offset, unit):
                for more in (0, 1):
                    group.add(_dated(offset, unit, more))
            case mdl.Calendar(period, first, count):
                for number in (first, first + count):
                    group.add(_calendar(period, number))
            case mdl.Days(start, end):
                group.fixed |= {d for d in (start, end) if d is not None}
            case mdl.Instants(begin, until):
                group.fixed |= {d for d in (begin, until) if d is not None}
            case mdl.FromTo(one, other):
                for each in (one, other):
                    if each is not None:
                        self.window(group, each, days, events)


_DAYS = {"second": 1 / 86_400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_LENGTHS = {
    "day": 1,
    "week": 7,
    "month": 31,
    "quarter": 92,
    "year": 366,
    "fiscal quarter": 92,
    "fiscal year": 366,
}


def _reach(count: int, unit: mdl.Unit) -> tuple[str, int, float, float]:
    """The kind and number of a length, and its least and greatest in days."""
    if unit in _MONTHS:
        months = count * _MONTHS[unit]
        middle = months * 30.436875
        return "month", months, middle - 3, middle + 3
    days = count * _DAYS[unit]
    if unit in ("day", "week"):
        return "day", round(days), days, days
    return "second", round(days * 86_400), days, days


def _rolled(count: int, unit: mdl.Unit, days: bool = False) -> _End:
    kind, number, low, high = _reach(count, unit)
    if days:
        return _dated(count, unit, 0)
    drift = 0.0 if kind == "second" or not count else _DRIFT

    def at(clock: Clock) -> date | None:
        return instant_bounds(mdl.Rolling(None, count, unit), clock).end

    if not count:
        kind, number = "now", 0
    return _End(kind, number, low - drift, high + drift, at)


def _dated(count: int, unit: mdl.Unit, more: int) -> _End:
    """The beginning of a day that is counted from today."""
    kind, number, low, high = _reach(count, unit)

    def at(clock: Clock) -> date | None:
        day = shifted(clock.today, count, unit)
        return None if day is None else shifted(day, more, "day")

    step = number + more if kind == "day" else 2 * number + more
    return _End(
        f"{kind} of days", step, low - 1 - _DRIFT + more, high + _DRIFT + more, at
    )


def _calendar(period: mdl.Period, number: int) -> _End:
    longest = _LENGTHS[period]
    shortest = longest - 3
    ends = [(number - 1) * n for n in (shortest, longest)]
    ends += [number * n for n in (shortest, longest)]

    def at(clock: Clock) -> date | None:
        return day_bounds(mdl.Calendar(period, number, 1), clock).start

    low, high = min(ends) - _DRIFT, max(ends) + _DRIFT
    return _End(f"calendar {period}", number, low, high, at)


Order: TypeAlias = Literal["sure", "by date", "open"]


def _order(ends: Sequence[_End]) -> Order:
    """Whether any two lie in the same order, whenever one looks, or on each date."""
    found: Order = "sure"
    for index, one in enumerate(ends):
        for other in ends[:index]:
            if _sure(one, other):
                continue
            if not (_by_date(one) and _by_date(other)):
                return "open"
            found = "by date"
    return found


def _sure(one: _End, other: _End) -> bool:
    kinds = {one.kind, other.kind}
    if len(kinds) == 1:
        return True
    if kinds in ({"day", "day of days"}, {"month", "month of days"}):
        # The same wall time on another day: never before that day begins.
        return True
    if "now" in kinds:
        end = other if one.kind == "now" else one
        if end.kind in ("second", "day", "month"):
            return end.number != 0
        # What has begun lies before, or begins just now; the next lies after.
        return True
    return one.low > other.high or other.low > one.high


def _by_date(end: _End) -> bool:
    return end.kind != "second" and "week" not in end.kind and abs(end.low) < 500


def _every_date(zone: str) -> list[datetime]:
    """Noon and the beginning of each day of four years."""
    first = date(2024, 3, 1)
    days = [first + timedelta(days=n) for n in range(1461)]
    begun = [midnight(day, zone) for day in days]
    return [*(each + timedelta(hours=12) for each in begun), *begun]


def _meetings(found: _Finder, groups: Sequence[_Group]) -> list[datetime] | None:
    """When ends that move meet fixed ones; None if that is too often to look at."""
    moved = any(
        group.fixed and any(end.kind != "now" for end in group.moving.values())
        for group in groups
    )
    if not moved:
        return []
    pairs = [
        (end, day)
        for group in groups
        for end in group.moving.values()
        for day in group.fixed
    ]
    if len(pairs) > MAX_MEETINGS:
        return None
    return sorted({_meeting(end, day, found) for end, day in pairs})


def _meeting(end: _End, day: date, found: _Finder) -> datetime:
    """The first instant from which an end lies at a fixed day or after it."""
    target = _instant(day, found.zone)
    low, high = _FAR
    clock = found.clock
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        at = end.at(
            Clock(middle, clock.zone, clock.week_starts, clock.fiscal_year_starts)
        )
        if at is not None and _instant(at, found.zone) >= target:
            high = middle
        else:
            low = middle
    return high


def _around(meetings: Sequence[datetime]) -> list[datetime]:
    """An instant before, at and after each meeting; between two one is enough."""
    tick = timedelta(microseconds=1)
    first, last = meetings[0], meetings[-1]
    found = [first - timedelta(days=1)]
    for one, other in zip(
        meetings, (*meetings[1:], last + timedelta(days=2)), strict=True
    ):
        found += [one - tick, one, one + tick, one + (other - one) / 2]
    kept = sorted({each for each in found if _FAR[0] < each < _FAR[1]})
    return kept or [USUAL]


def _instant(day: date, zone: str) -> datetime:
    return day if isinstance(day, datetime) else midnight(day, zone)
