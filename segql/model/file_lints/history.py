"""W309: a window that reaches further back than the rows of an event's table go.

Only what is so whatever `as of` is asked for: where rows are deleted after a length of
time, a rolling window or full periods; where they begin on a day, a fixed window.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from math import ceil, floor
from typing import assert_never
from zoneinfo import ZoneInfo

from segql.catalog.nodes import Catalog, Kept
from segql.diagnostics import Diagnostic
from segql.messages import upkeep
from segql.model import nodes as mdl
from segql.model.extent import parts_of
from segql.model.file_lints.seen import Seen
from segql.source import Span


def beyond_history(seen: Seen) -> Iterator[Diagnostic]:
    kept = seen.known.kept
    if not kept:
        return
    for rule in seen.rules:
        for name, window, span in _windows(rule):
            if name in kept and _reaches(window, kept[name], seen.known.catalog):
                written = seen.source.slice(window.span) or seen.source.slice(span)
                shown = f"`{written}`" if 0 < len(written) <= 60 else "this window"
                place = window.span if window.span.end else span
                said = _said(kept[name])
                yield upkeep.beyond_history(name, shown, said, place)


def _windows(rule: mdl.Rule) -> Iterator[tuple[str, mdl.Window, Span]]:
    """The windows of events; those of another segment are noted in its own file."""
    left: list[mdl.Node] = [rule]
    while left:
        node = left.pop()
        match node:
            case mdl.InSegment():
                continue
            case mdl.Selection(event, _, windows):
                yield from ((event, window, node.span) for window in windows)
            case _:
                pass
        left += reversed(parts_of(node))


def _said(kept: Kept) -> str:
    if kept.since is not None:
        return f"they begin on {kept.since.isoformat()}"
    unit = kept.unit if kept.count == 1 else f"{kept.unit}s"
    return f"they are kept for {kept.count} {unit}"


def _reaches(window: mdl.Window, kept: Kept, catalog: Catalog) -> bool:
    """Whether a window begins before the rows do, whatever `as of` is."""
    if kept.since is not None:
        begin = datetime.combine(kept.since, time(), ZoneInfo(catalog.entity.zone))
        match window:
            case mdl.Days(start):
                return start is not None and start < kept.since
            case mdl.Instants(start):
                return start is not None and start < begin
            case mdl.FromTo(first):
                return first is not None and _reaches(first, kept, catalog)
            case mdl.Rolling() | mdl.Day() | mdl.Calendar():
                return False
            case _:
                assert_never(window)
    back = _back(window)
    return back is not None and back - _DAY > _days(kept.count, kept.unit)[1]


def _back(window: mdl.Window) -> timedelta | None:
    """How far at least a window reaches back from `as of`, give or take a day, as of a
    date the day of `as of` counts whole. None: that depends."""
    match window:
        case mdl.Rolling(start, _, unit):
            return _days(-start, unit)[0] if start is not None and start < 0 else None
        case mdl.Day(offset, unit):
            return _days(-offset, unit)[0] if offset < 0 else None
        case mdl.Calendar(period, first):
            whole = period.removeprefix("fiscal ")
            return _days(-first, whole)[0] if first < 0 else None
        case mdl.FromTo(first_window):
            return _back(first_window) if first_window is not None else None
        case mdl.Days() | mdl.Instants():
            return None
        case _:
            assert_never(window)


_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_EXACT = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": _DAY,
    "week": 7 * _DAY,
}
_MONTH = 30.436875
"""Days in the mean; no number of months is three days off what that makes."""


def _days(count: int, unit: str) -> tuple[timedelta, timedelta]:
    """How long so many units can be, at least and at most."""
    count = min(count, 1_000_000)
    if (months := _MONTHS.get(unit)) is None:
        return count * _EXACT[unit], count * _EXACT[unit]
    mean = count * months * _MONTH
    return timedelta(floor(mean) - 3), timedelta(ceil(mean) + 3)
