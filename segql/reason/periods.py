"""A window in, out how many periods (days, weeks, ...) it touches at most."""

from datetime import date, datetime, timedelta

from segql.model import nodes as mdl
from segql.model.windows import (
    Bounds,
    Clock,
    instant_bounds,
    local_day,
    midnight,
    period_start,
)


def periods_in(
    period: mdl.Period, selection: mdl.Selection, clock: Clock
) -> int | None:
    """At most in how many periods the events of a selection can lie."""
    least = None
    for window in selection.windows:
        found: Bounds = instant_bounds(window, clock)
        if found.start is None:
            continue
        end = clock.as_of if found.end is None else min(found.end, clock.as_of)
        first, last = local_day(found.start, clock.zone), local_day(end, clock.zone)
        if last < first:
            return 0
        if (last - first).days > 4000:
            continue
        starts: set[date] = set()
        day = first
        while day <= last:
            starts.add(period_start(day, period, clock))
            day += timedelta(days=1)
        here = len(starts)
        if found.end is not None and end == found.end and _begins(end, period, clock):
            here -= 1
        least = here if least is None else min(least, here)
    return least


def _begins(moment: datetime, period: mdl.Period, clock: Clock) -> bool:
    """Whether a period begins at an instant: what ends there is not in it."""
    day = local_day(moment, clock.zone)
    return (
        midnight(day, clock.zone) == moment and period_start(day, period, clock) == day
    )
