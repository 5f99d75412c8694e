"""A selection in, at most how many periods its events can touch out."""

from datetime import date, datetime, timedelta
from math import ceil

from segql.model import nodes as mdl
from segql.model.windows import Clock, local_day, period_start

_SHORTEST: dict[mdl.Period, int] = {
    "day": 1,
    "week": 7,
    "month": 28,
    "quarter": 90,
    "year": 365,
    "fiscal quarter": 90,
    "fiscal year": 365,
}
_LONGEST: dict[str, float] = {
    "second": 1 / 86_400,
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1,
    "week": 7,
    "month": 31,
    "quarter": 92,
    "year": 366,
    "fiscal quarter": 92,
    "fiscal year": 366,
}
MOST_DAYS = 4000


def periods_in(
    period: mdl.Period, selection: mdl.Selection, clock: Clock
) -> int | None:
    """The number, whenever one looks; None if there is none, or it is not known."""
    found = (most(period, window, clock) for window in selection.windows)
    return min((each for each in found if each is not None), default=None)


def most(period: mdl.Period, window: mdl.Window, clock: Clock) -> int | None:
    match window:
        case mdl.Calendar(of, _, count) if of == period:
            return count
        case mdl.Calendar(of, _, count):
            return touched(period, _LONGEST[of] * count)
        case mdl.Rolling(int() as start, int() as end, unit):
            # Of elapsed time some is lost or won where a zone changes its clocks.
            short = unit in ("second", "minute", "hour")
            return touched(period, _LONGEST[unit] * (end - start) + short / 12)
        case mdl.Day():
            return 1
        case mdl.Days(date() as start, date() as end):
            return _between(period, start, end, clock)
        case mdl.Instants(datetime() as start, datetime() as end):
            last = local_day(end, clock.zone) + timedelta(days=1)
            return _between(period, local_day(start, clock.zone), last, clock)
        case _:
            return None


def touched(period: mdl.Period, days: float) -> int:
    """How many periods so many days touch at most, wherever they begin."""
    return ceil(days / _SHORTEST[period]) + 1


def _between(period: mdl.Period, start: date, end: date, clock: Clock) -> int | None:
    """How many periods the days before an end touch."""
    count = (end - start).days
    if count <= 0:
        return 0
    if count > MOST_DAYS:
        return touched(period, count)
    days = (start + timedelta(days=n) for n in range(count))
    return len({period_start(day, period, clock) for day in days})
