"""Windows: what `in`, `ago`, `before` and the like mean of a date, a time, an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, assert_never

from segql.messages import lints, types
from segql.model import nodes as mdl
from segql.model.check_compare import next_day
from segql.model.check_values import to_instant
from segql.model.check_words import is_unknown, unknown
from segql.model.scope import One, Stream, Thing
from segql.model.windows import next_instant
from segql.syntax import nodes as syn
from segql.types import Date, Exact, Timestamp

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


def is_timely(thing: Thing | None) -> bool:
    """Whether a thing can lie in a stretch of time."""
    match thing:
        case mdl.Selection() | Stream() | One():
            return True
        case None:
            return False
        case _:
            return isinstance(getattr(thing, "type", None), Date | Timestamp)


def lies(c: Checker, node: syn.Lies) -> Thing | None:
    """`bought 30..90 days ago`, `signup before 2025-01-01`, `signup today`."""
    thing = c.expr(node.value)
    window = _place(c, node.place, thing)
    if thing is None or window is None:
        return None
    return applied(c, thing, window, node, False)


def in_time(
    c: Checker,
    thing: Thing | None,
    target: syn.Target,
    node: syn.In | syn.Range,
    negated: bool,
) -> Thing | None:
    """`in` and a stretch of time, a year, a month, a day, or a range of days."""
    if not is_timely(thing):
        _not_timely(c, thing, target, node)
        return None
    if isinstance(thing, mdl.Selection | Stream | One) and negated:
        event = (
            thing.event if isinstance(thing, mdl.Selection) else thing.selection.event
        )
        c.report.add(types.negated_selection(event, node.span))
        return None
    window = _target(c, target, thing)
    if window is None or thing is None:
        return None
    return applied(c, thing, window, node, negated)


def _not_timely(
    c: Checker, thing: Thing | None, target: syn.Target, node: syn.Node
) -> None:
    if thing is None:
        return
    source = c.report.source
    if isinstance(thing, mdl.Aggregate) and source and isinstance(node, syn.In):
        text, window = source.slice(node.value.span), source.slice(node.target.span)
        call = text.rstrip().removesuffix(")")
        c.report.add(
            types.window_after_aggregate(
                f"`{thing.function}`", f"{call} in {window})", node.span
            )
        )
        return
    if isinstance(thing, mdl.Rule):
        c.report.add(types.rule_as_value(node.span))
        return
    if isinstance(target, syn.Relative):
        value = c.value_of(thing, syn.Name("", span=node.span))
        if value is not None and isinstance(value.type, Exact):
            help_ = "a window follows events, a date or a timestamp"
            c.report.add(types.window_on_number(node.span, help_))
        elif value is not None:
            c.report.add(types.window_on(f"{_a(str(value.type))}", node.span))
        return
    shown = source.slice(target.span) if source else "…"
    name = source.slice(node.value.span) if source and isinstance(node, syn.In) else "…"
    c.report.add(types.number_with_in(f"{name} = {shown}", node.span))


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def applied(
    c: Checker, thing: Thing, window: mdl.Window, node: syn.Node, negated: bool
) -> Thing | None:
    """A window on a value is a test; on events it leaves those inside."""
    match thing:
        case mdl.Selection():
            return _narrowed(c, thing, window, node)
        case Stream(selection, value):
            narrowed = _narrowed(c, selection, window, node)
            return narrowed and Stream(narrowed, value, node.span)
        case One(which, selection):
            text = c.report.source.slice(node.span) if c.report.source else ""
            _, _, tail = text.partition(")")
            event = selection.event
            c.report.add(
                types.window_after_first(
                    which,
                    f"{which}({event}{tail}).time is known",
                    f"{which}({event}).time{tail}",
                    node.span,
                )
            )
            return None
        case _ if isinstance(thing, mdl.Rule):
            c.report.add(types.rule_as_value(node.span))
            return None
    subject = c.value_of(thing, syn.Name("", span=node.span))
    if subject is None:
        return None
    if not isinstance(subject.type, Date | Timestamp):
        c.report.add(types.window_on(_a(str(subject.type)), node.span))
        return None
    if isinstance(subject.type, Date):
        if isinstance(window, mdl.Instants):
            c.report.add(types.half_instant(node.span))
            return None
        if isinstance(window, mdl.Rolling | mdl.Day) and window.unit in (
            "second",
            "minute",
            "hour",
        ):
            c.report.add(types.hours_of_a_date(window.unit, node.span))
            return None
    within = mdl.Within(subject, window, span=node.span)
    return mdl.Not(within, span=node.span) if negated else within


def _narrowed(
    c: Checker, selection: mdl.Selection, window: mdl.Window, node: syn.Node
) -> mdl.Selection | None:
    ahead = (
        (
            isinstance(window, mdl.Rolling)
            and window.start is not None
            and window.start >= 0
        )
        or (isinstance(window, mdl.Calendar) and window.first > 0)
        or (isinstance(window, mdl.Day) and window.offset > 0)
    )
    if ahead:
        c.report.add(types.event_in_future(selection.event, node.span))
        return None
    windows = (*selection.windows, window)
    return replace(selection, windows=windows, span=node.span)


# ---- windows as they are written


def _target(c: Checker, node: syn.Target, thing: Thing | None) -> mdl.Window | None:
    match node:
        case syn.Relative():
            return _relative(c, node)
        case syn.Between(low, high):
            return _days_between(c, low, high, node)
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
            if isinstance(value, mdl.Constant) and isinstance(value.type, Date):
                assert isinstance(value.value, date)
                return mdl.Days(value.value, next_day(value.value), span=node.span)
            if value is not None:
                c.report.add(types.constant_wanted("`in`", node.span))
            return None
        case _:
            c.report.add(
                types.needs_type("`in`", "a stretch of time", "this", node.span)
            )
            return None


def _next_month(year: int, month: int) -> date | None:
    if month < 12:
        return date(year, month + 1, 1)
    return date(year + 1, 1, 1) if year < 9999 else None


def _relative(c: Checker, node: syn.Relative) -> mdl.Window | None:
    sign = {"last": -1, "this": 0, "next": 1}[node.which]
    whole = node.count is None or node.full
    if whole and node.unit in ("second", "minute", "hour"):
        c.report.add(types.hours_of_a_date(node.unit, node.span))
        return None
    if node.fiscal and node.unit not in ("quarter", "year"):
        help_ = "only quarters and years can be fiscal"
        c.report.add(types.not_in_this_place("`fiscal`", node.span, help_))
        return None
    if node.count is None:
        return mdl.Calendar(_period(node), sign, span=node.span)
    count = _whole(c, node.count, node.unit, node)
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


def _whole(
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


def _days_between(
    c: Checker, low: syn.Expr | None, high: syn.Expr | None, node: syn.Node
) -> mdl.Window | None:
    """`2025-01-01..2025-03-31`: the last day, month or year belongs to it whole."""
    start, end = _edge(c, low), _edge(c, high)
    if (low is not None and start is None) or (high is not None and end is None):
        return None
    first, last = start and start[0], end and end[1]
    if isinstance(first, datetime) or isinstance(last, datetime):
        zone = c.catalog.entity.zone
        begin = (
            first
            if isinstance(first, datetime) or first is None
            else _midnight(first, zone)
        )
        until = (
            last
            if isinstance(last, datetime) or last is None
            else _midnight(last, zone)
        )
        window: mdl.Window = mdl.Instants(begin, until, span=node.span)
        reverse = begin is not None and until is not None and begin >= until
    else:
        window = mdl.Days(first, last, span=node.span)
        reverse = first is not None and last is not None and first >= last
    if reverse:
        text = c.report.source
        bounds = (
            (text.slice(low.span), text.slice(high.span))
            if text and low and high
            else ("", "")
        )
        c.report.add(types.reversed_range(*bounds, node.span))
        return None
    return window


def _midnight(day: date, zone: str) -> datetime:
    return to_instant(datetime(day.year, day.month, day.day), zone)


def _edge(
    c: Checker, node: syn.Expr | None
) -> tuple[date | datetime, date | datetime | None] | None:
    """The start of what a bound names, and the first moment after it, if there is."""
    match node:
        case None:
            return None
        case syn.Number(int(year)) if 1 <= year <= 9999:
            return date(year, 1, 1), _next_month(year, 12)
        case syn.Month(year, month):
            return date(year, month, 1), _next_month(year, month)
        case _:
            value = c.value(node)
    if value is None:
        return None
    if isinstance(value, mdl.Constant):
        if isinstance(value.type, Date) and isinstance(value.value, date):
            return value.value, next_day(value.value)
        if isinstance(value.type, Timestamp) and isinstance(value.value, datetime):
            return value.value, next_instant(value.value)
    c.report.add(
        types.needs_type("this range", "dates or instants", str(value.type), node.span)
    )
    return None


def _place(c: Checker, node: syn.Place, thing: Thing | None) -> mdl.Window | None:
    match node:
        case syn.Stretch(near, far, unit, ahead):
            close = _whole(c, near, unit, node, least=0)
            distant = _whole(c, far, unit, node)
            if close is None or distant is None:
                return None
            if close >= distant:
                c.report.add(types.reversed_range(str(close), str(distant), node.span))
                return None
            if ahead:
                return mdl.Rolling(close, distant, unit, span=node.span)
            return mdl.Rolling(-distant, -close, unit, span=node.span)
        case syn.Beyond(number, unit, ahead):
            count = _whole(c, number, unit, node)
            if count is None:
                return None
            if ahead:
                return mdl.Rolling(count, None, unit, span=node.span)
            return mdl.Rolling(None, -count, unit, span=node.span)
        case syn.Exactly(number, unit, ahead):
            count = _whole(c, number, unit, node)
            if count is None:
                return None
            if unit in ("second", "minute", "hour"):
                c.report.add(types.hours_of_a_date(unit, node.span))
                return None
            return mdl.Day(count if ahead else -count, unit, span=node.span)
        case syn.NamedDay(word):
            offset = {"today": 0, "yesterday": -1, "tomorrow": 1}[word]
            return mdl.Day(offset, span=node.span)
        case syn.Side(word, moment):
            return _side(c, word, moment, node)
        case _:
            assert_never(node)


def _side(c: Checker, word: str, moment: syn.Expr, node: syn.Side) -> mdl.Window | None:
    """`since` and `until` include what is named, `before` and `after` do not."""
    edge = _edge(c, moment)
    if edge is None:
        return None
    start, end = edge
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
