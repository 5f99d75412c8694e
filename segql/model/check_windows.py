"""Stretches of time as they are written: what each names, before it meets a value."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeAlias, assert_never

from segql.messages import lints, types
from segql.model import nodes as mdl
from segql.model.check_compare import beside_today, next_day
from segql.model.check_moments import Beside, Reach, Stretch, moment
from segql.model.check_values import to_instant
from segql.model.check_words import is_unknown, unknown
from segql.model.windows import next_instant
from segql.syntax import nodes as syn
from segql.types import Date

if TYPE_CHECKING:
    from segql.model.check import Checker

_PER_YEAR = {
    "second": 31_536_000,
    "minute": 525_600,
    "hour": 8_760,
    "day": 365,
    "week": 52,
    "month": 12,
    "quarter": 4,
    "year": 1,
}
_LONGEST = 1000
"""In years: every bound then lies in the years that dates can have."""

OFFSETS = {"today": 0, "yesterday": -1, "tomorrow": 1}


def target(c: Checker, node: syn.Expr | syn.Between | syn.Relative) -> Stretch | None:
    """What stands after `in`."""
    found = _target(c, node)
    return found if isinstance(found, tuple | None) else (found,)


def place(c: Checker, node: syn.Place) -> Stretch | None:
    """What stands without `in`."""
    found = _place(c, node)
    return None if found is None else (found,)


def _target(
    c: Checker, node: syn.Expr | syn.Between | syn.Relative
) -> mdl.Window | Stretch | None:
    match node:
        case syn.Relative():
            return relative(c, node)
        case syn.Between(low, high):
            return _between(c, low, high, node)
        case syn.Number(int(year)) if 1 <= year <= 9999:
            return mdl.Days(date(year, 1, 1), _next_month(year, 12), span=node.span)
        case syn.Month(year, month):
            return mdl.Days(
                date(year, month, 1), _next_month(year, month), span=node.span
            )
        case syn.Date(day):
            return mdl.Days(day, next_day(day), span=node.span)
        case syn.Name() if is_unknown(c, node):
            unknown(c, node, "a month is written `2025-12`, a quarter `last quarter`")
            return None
        case syn.Name() | syn.Member():
            value = c.value(node)
            match value:
                case mdl.Constant(date() as day) if isinstance(value.type, Date):
                    return mdl.Days(day, next_day(day), span=node.span)
                case mdl.Today(offset):
                    return mdl.Day(offset, span=node.span)
                case None:
                    pass
                case _:
                    c.report.add(types.constant_wanted("`in`", node.span))
            return None
        case _:
            c.report.add(
                types.needs_type("`in`", "a stretch of time", "this", node.span)
            )
            return None


def _place(c: Checker, node: syn.Place) -> mdl.Window | Beside | Reach | None:
    match node:
        case syn.Stretch(near, far, unit, ahead):
            close = whole(c, near, unit, node, least=0)
            distant = whole(c, far, unit, node)
            if close is None or distant is None:
                return None
            if close >= distant:
                c.report.add(types.reversed_range(str(close), str(distant), node.span))
                return None
            if ahead:
                return mdl.Rolling(close, distant, unit, span=node.span)
            return mdl.Rolling(-distant, -close, unit, span=node.span)
        case syn.Beyond(number, unit, ahead):
            count = whole(c, number, unit, node)
            if count is None:
                return None
            if ahead:
                return mdl.Rolling(count, None, unit, span=node.span)
            return mdl.Rolling(None, -count, unit, span=node.span)
        case syn.Exactly(number, unit, ahead):
            count = whole(c, number, unit, node)
            if count is None:
                return None
            if unit in ("second", "minute", "hour"):
                c.report.add(types.hours_of_a_date(unit, node.span))
                return None
            return mdl.Day(count if ahead else -count, unit, span=node.span)
        case syn.NamedDay(word):
            return mdl.Day(OFFSETS[word], span=node.span)
        case syn.Side(word, bound):
            edge = _edge(c, bound, f"`{word}`")
            return None if edge is None else _side(word, edge, node)
        case syn.Around(length, side, anchor):
            count = whole(c, length.count, length.unit, length)
            found = moment(c, anchor, f"`{side}`", beside=True)
            if count is None or found is None:
                return None
            back = 0 if side == "after" else count
            ahead_ = 0 if side == "before" else count
            return Reach(found, back, ahead_, length.unit)
        case _:
            assert_never(node)


def whole(
    c: Checker, node: syn.Expr, unit: syn.Unit, at: syn.Node, least: int = 1
) -> int | None:
    """A whole number of units, as it is written or bound to a parameter."""
    value = c.value(node)
    if value is None:
        return None
    if isinstance(value, mdl.Constant) and type(value.value) is int:
        number = value.value
        if least <= number <= _LONGEST * _PER_YEAR[unit]:
            return number
    c.report.add(types.window_length(at.span))
    return None


# ---- relative to `as of`


def relative(c: Checker, node: syn.Relative) -> mdl.Rolling | mdl.Calendar | None:
    sign = {"last": -1, "this": 0, "next": 1}[node.which]
    complete = node.count is None or node.full
    if complete and node.unit in ("second", "minute", "hour"):
        c.report.add(types.hours_of_a_date(node.unit, node.span))
        return None
    if node.fiscal and node.unit not in ("quarter", "year"):
        help_ = "only quarters and years can be fiscal"
        c.report.add(types.not_in_this_place("`fiscal`", node.span, help_))
        return None
    if node.count is None:
        return mdl.Calendar(_period(node), sign, span=node.span)
    count = whole(c, node.count, node.unit, node)
    if count is None:
        return None
    if node.full:
        first = -count if node.which == "last" else 1
        return mdl.Calendar(_period(node), first, count, span=node.span)
    if node.fiscal:
        help_ = f"write `{node.which} {count} full fiscal {node.unit}s`"
        c.report.add(types.not_in_this_place("`fiscal`", node.span, help_))
        return None
    calendar = node.unit in ("week", "month", "quarter", "year")
    if count == 1 and calendar and node.which == "last":
        c.report.add(lints.one_unit(node.unit, node.span))
    if node.which == "last":
        return mdl.Rolling(-count, 0, node.unit, span=node.span)
    return mdl.Rolling(0, count, node.unit, span=node.span)


def _period(node: syn.Relative) -> mdl.Period:
    match node.unit, node.fiscal:
        case "quarter", True:
            return "fiscal quarter"
        case "year", True:
            return "fiscal year"
        case ("day" | "week" | "month" | "quarter" | "year") as unit, _:
            return unit
        case _:
            return "day"


def _next_month(year: int, month: int) -> date | None:
    if month < 12:
        return date(year, month + 1, 1)
    return date(year + 1, 1, 1) if year < 9999 else None


# ---- from one moment to another

_Fixed: TypeAlias = tuple[date | datetime, date | datetime | None]
"""The start of what a bound names, and the first moment after it, if there is one."""
_Edge: TypeAlias = _Fixed | mdl.Day | mdl.Value


def _edge(c: Checker, node: syn.Expr, what: str = "this range") -> _Edge | None:
    """What a bound names: something fixed, a day beside today, or any moment."""
    match node:
        case syn.Number(int(year)) if 1 <= year <= 9999:
            return date(year, 1, 1), _next_month(year, 12)
        case syn.Month(year, month):
            return date(year, month, 1), _next_month(year, month)
        case _:
            value = moment(c, node, what, beside=True)
    match value:
        case mdl.Constant(datetime() as instant):
            return instant, next_instant(instant)
        case mdl.Constant(date() as day):
            return day, next_day(day)
        case mdl.Today(offset):
            return mdl.Day(offset, span=node.span)
        case _:
            return value


def _between(
    c: Checker, low: syn.Expr | None, high: syn.Expr | None, node: syn.Between
) -> mdl.Window | Stretch | None:
    """`2025-01-01..2025-03-31`: the last day, month or year belongs to it whole."""
    start = None if low is None else _edge(c, low)
    end = None if high is None else _edge(c, high)
    if (low is not None and start is None) or (high is not None and end is None):
        return None
    if _reversed(c, start, end, low, high, node):
        return None
    match start, end:
        case (None | tuple(), None | tuple()):
            return _fixed(c, start and start[0], end and end[1], node)
        case (None | tuple() | mdl.Day(), None | tuple() | mdl.Day()):
            return mdl.FromTo(_whole_edge(start), _whole_edge(end), span=node.span)
        case _:
            first = () if start is None else (_side("since", start, node),)
            last = () if end is None else (_side("until", end, node),)
            return first + last


def _reversed(
    c: Checker,
    start: _Edge | None,
    end: _Edge | None,
    low: syn.Expr | None,
    high: syn.Expr | None,
    node: syn.Node,
) -> bool:
    """Reports bounds of which it is sure that nothing lies between them."""
    match start, end:
        case (tuple(), tuple()):
            window = _fixed(c, start[0], end[1], node)
            first, last = window.start, window.end
            empty = first is not None and last is not None and first >= last
        case mdl.Day(first_day), mdl.Day(last_day):
            empty = first_day > last_day
        case _:
            empty = False
    if empty:
        source = c.report.source
        bounds = ("", "")
        if source and low and high:
            bounds = source.slice(low.span), source.slice(high.span)
        c.report.add(types.reversed_range(*bounds, node.span))
    return empty


def _fixed(
    c: Checker,
    first: date | datetime | None,
    last: date | datetime | None,
    node: syn.Node,
) -> mdl.Days | mdl.Instants:
    if isinstance(first, datetime) or isinstance(last, datetime):
        zone = c.catalog.entity.zone
        start = None if first is None else _as_instant(first, zone)
        return mdl.Instants(start, _as_instant(last, zone), span=node.span)
    return mdl.Days(first, last, span=node.span)


def _as_instant(moment: date | datetime | None, zone: str) -> datetime | None:
    if moment is None or isinstance(moment, datetime):
        return moment
    return to_instant(datetime(moment.year, moment.month, moment.day), zone)


def _whole_edge(edge: _Fixed | mdl.Day | None) -> mdl.Window | None:
    if not isinstance(edge, tuple):
        return edge
    start, end = edge
    if isinstance(start, datetime):
        assert end is None or isinstance(end, datetime)
        return mdl.Instants(start, end)
    return mdl.Days(start, end)


_OPERATORS: dict[str, mdl.Comparison] = {
    "before": "<",
    "since": ">=",
    "after": ">",
    "until": "<=",
}


def _side(word: str, edge: _Edge, node: syn.Node) -> mdl.Window | Beside:
    """`since` and `until` include what is named, `before` and `after` do not."""
    match edge:
        case (start, end):
            pass
        case mdl.Day(offset):
            return replace(beside_today(_OPERATORS[word], offset), span=node.span)
        case _:
            return Beside(_OPERATORS[word], edge)
    low, high = {
        "before": (None, start),
        "since": (start, None),
        "after": (end, None),
        "until": (None, end),
    }[word]
    if word == "after" and end is None:
        low, high = start, start
    if isinstance(start, datetime):
        assert not isinstance(low, date) or isinstance(low, datetime)
        assert not isinstance(high, date) or isinstance(high, datetime)
        return mdl.Instants(low, high, span=node.span)
    return mdl.Days(low, high, span=node.span)
