"""Rules in, the instants out from which it is enough to look at them.

What is true of a customer depends on `as of` only by the order in which the ends of
windows lie. Where that order is the same whenever one looks, one instant stands for
all; where fixed days meet windows that move, one before, at and after each meeting.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from segql.model import nodes as mdl
from segql.model.windows import Clock, local, midnight
from segql.model.world import World
from segql.reason.edges import End, by_date, order_of
from segql.reason.moving import USUAL, Finder, Group

OTHERS = (
    datetime(2026, 2, 28, 23, 0, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 0, 0, tzinfo=UTC),
    datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
    datetime(2025, 3, 31, 9, 0, tzinfo=UTC),
)
_FAR = (datetime(1902, 1, 1, tzinfo=UTC), datetime(2400, 1, 1, tzinfo=UTC))
MAX_MEETINGS = 24
MAX_OTHERS = 12


@dataclass(frozen=True, slots=True)
class Instants:
    """`why` says what may be otherwise at other instants; nothing, if it can't."""

    moments: tuple[datetime, ...]
    why: tuple[str, ...] = ()


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
    found = Finder(world)
    for rule in rules:
        found.rule(rule)
    groups = found.groups
    why: dict[str, None] = {}
    dates = False
    for group in groups:
        order = order_of(list(group.moving.values()))
        if order == "sure" and group.recurring and group.moving:
            order = "by date" if group.recurring == {"date"} else "open"
            order = order if all(map(by_date, group.moving.values())) else "open"
        if order == "open" or (order == "by date" and not thorough):
            why["what lies in which window depends on the day"] = None
        dates = dates or order == "by date"
    if any(found.group(each).moving for each in found.distinct):
        why["how many days or periods a window touches depends on the day"] = None
    if found.hours and found.dated:
        why["whether a day begins within a few hours depends on the hour"] = None
    if found.grows:
        why["how long ago a fixed day was is compared with something"] = None
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
        if any(group.compared for group in groups):
            # How many days lie between two ends decides how many follow each other.
            moments += [day - timedelta(hours=1) for day in found.beginnings()]
    if dates and thorough and not why:
        if meetings:
            why["there are fixed days beside windows that move"] = None
        moments += _every_date(found.zone)
    if why:
        # Nothing is sure any more: a few moments may show somebody all the same.
        step = -(-len(moments) // MAX_OTHERS)
        return Instants((*moments[::step], *OTHERS), tuple(why))
    return Instants(tuple(_telling(moments, found, groups)))


def _telling(
    moments: Sequence[datetime], found: Finder, groups: Sequence[Group]
) -> Iterator[datetime]:
    """Those from which the ends of windows lie in different orders."""
    if any(g.compared or (g.recurring and g.moving) for g in groups):
        yield from moments
        return
    seen = set()
    for moment in moments:
        clock = replace(found.clock, as_of=moment)
        order = tuple(_ranks(group, clock, found.zone) for group in groups)
        if order not in seen:
            seen.add(order)
            yield moment


def _ranks(group: Group, clock: Clock, zone: str) -> tuple[int, ...]:
    """The order of all ends, and of the first days that begin at or after them."""
    ends = [end.at(clock) for end in group.moving.values()]
    instants = [
        _FAR[0] if end is None else _instant(end, zone)
        for end in (*ends, *sorted(group.fixed, key=lambda day: _instant(day, zone)))
    ]
    days = [_day_from(each, zone) for each in instants]
    order = {each: n for n, each in enumerate(sorted({*instants, *days}))}
    return tuple(order[each] for each in (*instants, *days))


def _day_from(moment: datetime, zone: str) -> datetime:
    """When the first day begins that does not begin before an instant."""
    day = local(moment, zone).date()
    start = midnight(day, zone)
    return start if start >= moment else midnight(day + timedelta(days=1), zone)


def _every_date(zone: str) -> list[datetime]:
    """Noon and the beginning of each day of four years."""
    first = date(2024, 3, 1)
    days = [first + timedelta(days=n) for n in range(1461)]
    begun = [midnight(day, zone) for day in days]
    return [*(each + timedelta(hours=12) for each in begun), *begun]


def _meetings(found: Finder, groups: Sequence[Group]) -> list[datetime] | None:
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


def _meeting(end: End, day: date, found: Finder) -> datetime:
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
