"""Windows cut into the periods of the business's calendar."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from segql.model import nodes as mdl
from segql.model.windows import Clock, local_day, midnight, period_start, shifted
from segql.plan.walls import offsets

UNITS: dict[mdl.Period, mdl.Unit] = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "fiscal quarter": "quarter",
    "fiscal year": "year",
}
_NEAR = timedelta(hours=3)
"""A change of the clock that is not so near to midnight does not turn back a day."""
MAX_PARTS = 12
"""Into more parts no window is cut for the sake of its rule."""


def starts_in(
    window: mdl.Instants, period: mdl.Period, clock: Clock, most: int
) -> list[date] | None:
    """The first days of the periods that begin inside a window, without its start.

    None if the window is unbounded, or if there are more than `most`.
    """
    if window.start is None or window.end is None:
        return None
    day = period_start(local_day(window.start, clock.zone), period, clock)
    found: list[date] = []
    while (following := shifted(day, 1, UNITS[period])) is not None:
        if midnight(following, clock.zone) >= window.end:
            return found
        if len(found) == most:
            return None
        found.append(following)
        day = following
    return None


def is_clean(day: date, zone: str) -> bool:
    """Whether the local date changes to a day once and for all at its midnight."""
    begin = midnight(day, zone)
    return len(offsets(begin - _NEAR, begin + _NEAR, zone)) == 1


def each_part(figure: mdl.Periods, clock: Clock) -> tuple[mdl.Selection, ...]:
    """The selection of each period, if the window is made of a few whole ones."""
    (window,) = figure.selection.windows
    assert isinstance(window, mdl.Instants)
    starts = starts_in(window, figure.period, clock, MAX_PARTS - 1)
    if starts is None or window.start is None or window.end is None:
        return ()
    first = period_start(local_day(window.start, clock.zone), figure.period, clock)
    last = shifted([first, *starts][-1], 1, UNITS[figure.period])
    days = [first, *starts, *([] if last is None else [last])]
    if not all(is_clean(day, clock.zone) for day in days):
        return ()
    edges = [midnight(day, clock.zone) for day in days]
    if (edges[0], edges[-1]) != (window.start, window.end):
        return ()
    return tuple(
        replace(figure.selection, windows=(mdl.Instants(start, end),))
        for start, end in pairwise(edges)
    )
