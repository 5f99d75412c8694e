"""The moments on which a rule turns: window edges, and lengths between two events."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, TypeAlias

from segql.model import nodes as mdl
from segql.model.windows import Clock, day_bounds, instant_bounds, midnight, shifted

Length: TypeAlias = tuple[int, mdl.Unit]
"""How far one time may lie from another; negative is before."""

_SHORT = ("second", "minute", "hour")
_YEARS = (1988, 2000, 2001)


def edges(node: Any, clock: Clock) -> Iterator[date]:
    """The dates and instants on which one node of a rule turns, as of an instant."""
    match node:
        case mdl.FromTo():
            return  # its windows come by themselves
        case mdl.Rolling() | mdl.Day() | mdl.Calendar() | mdl.Days() | mdl.Instants():
            instants = instant_bounds(node, clock)
            yield from _known(instants.start, instants.end)
            if not isinstance(node, mdl.Instants) and not _is_short(node):
                days = day_bounds(node, clock)
                yield from _known(days.start, days.end)
        case mdl.Compare(_, mdl.Elapsed(unit), mdl.Constant(number)):
            yield from _ago(number, unit, clock)
        case mdl.Compare(_, mdl.Constant(number), mdl.Elapsed(unit)):
            yield from _ago(number, unit, clock)
        case mdl.OneOf(mdl.Elapsed(unit), options):
            for option in options:
                yield from _ago(option.value, unit, clock)
        case mdl.Elapsed(unit):
            yield from _ago(0, unit, clock)
        case mdl.Today(offset):
            yield from _known(shifted(clock.today, offset, "day"))
        case mdl.Anniversary(_, window):
            days = day_bounds(window, clock)
            for day in _known(days.start, days.end, date(2024, 2, 29)):
                for year in _YEARS:
                    yield (other := _in_year(day, year))
                    yield midnight(other, clock.zone)
        case mdl.Gap(count, unit):
            yield from _known(moved(clock.as_of, (-count, unit), clock.zone))
        case _:
            return


def lengths(node: Any) -> list[Length]:
    """How far from another time one may lie, if a node says so."""
    match node:
        case mdl.Anchored(_, _, back, ahead, unit):
            return [(-back, unit), (ahead, unit)]
        case mdl.Gap(count, unit):
            return [(count, unit), (-count, unit)]
        case _:
            return []


def moved(moment: datetime, length: Length, zone: str) -> datetime | None:
    """The instant so far from another, by the rules of rolling windows."""
    count, unit = length
    return instant_bounds(mdl.Rolling(count, None, unit), Clock(moment, zone)).start


def moved_day(day: date, length: Length) -> date | None:
    """The date so far from another, if the length is one of whole days."""
    count, unit = length
    return None if unit in _SHORT else shifted(day, count, unit)


def _ago(number: Any, unit: mdl.Unit, clock: Clock) -> Iterator[date]:
    """The last moments that are so many units ago, and one unit more or less."""
    near = int(number) if abs(number) < 10**12 else 0
    for count in (near - 1, near, near + 1):
        yield from _known(moved(clock.as_of, (-count, unit), clock.zone))
        yield from _known(moved_day(clock.today, (-count, unit)))


def _known(*found: date | None) -> Iterator[date]:
    return (each for each in found if each is not None)


def _is_short(window: mdl.Window) -> bool:
    return isinstance(window, mdl.Rolling) and window.unit in _SHORT


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
