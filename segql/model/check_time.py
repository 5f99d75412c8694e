"""Windows: what `in`, `ago`, `before` and the like mean of a date, a time, an event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segql.messages import types
from segql.model import nodes as mdl
from segql.model.check_moments import SHORT, Beside, Reach, Stretch, selected, tested
from segql.model.check_properties import lasting, without_time
from segql.model.check_recurring import habit, habitual, yearly
from segql.model.check_windows import place, target
from segql.model.scope import MonthDay, One, Stream, Thing
from segql.syntax import nodes as syn
from segql.types import Date, Exact, Timestamp

if TYPE_CHECKING:
    from segql.model.check import Checker


_FIGURES = mdl.Aggregate | mdl.Periods | mdl.PerGroup


def is_timely(thing: Thing | None) -> bool:
    """Whether a thing can lie in a stretch of time."""
    match thing:
        case mdl.Selection() | Stream() | One() | MonthDay():
            return True
        case None:
            return False
        case _:
            return isinstance(getattr(thing, "type", None), Date | Timestamp)


def lies(c: Checker, node: syn.Lies) -> Thing | None:
    """`bought 30..90 days ago`, `signup before 2025-01-01`, `signup today`."""
    thing = c.expr(node.value)
    stretch = place(c, node.place)
    if thing is None or stretch is None:
        return None
    if isinstance(thing, _FIGURES) and not is_timely(thing):
        _window_inside(c, thing, node.value, node.place, "", node)
        return None
    if _since(c, thing, node):
        return None
    return applied(c, thing, stretch, node, False)


def _since(c: Checker, thing: Thing, node: syn.Lies) -> bool:
    """`age since birthdate`: reports that a number is counted since a time."""
    match node.place:
        case syn.Side("since", moment) if isinstance(thing, mdl.Attribute) and (
            isinstance(thing.type, Exact)
        ):
            source = c.report.source
            text = source.slice(moment.span) if source else "birthdate"
            help_ = f"how long ago is `years since {text}`, `days since {text}`"
            c.report.add(types.window_on(_a(str(thing.type)), node.span, help_))
            return True
        case _:
            return False


def in_time(
    c: Checker,
    thing: Thing | None,
    where: syn.Target,
    node: syn.In | syn.Range,
    negated: bool,
) -> Thing | None:
    """`in` and a stretch of time, a year, a month, a day, or a range of days."""
    if isinstance(where, syn.Habit):
        assert isinstance(node, syn.In)
        return _habit(c, thing, node, where)
    if isinstance(where, syn.DayWord):
        _without_in(c, thing, node, where)
        return None
    if not is_timely(thing):
        _not_timely(c, thing, where, node)
        return None
    if isinstance(thing, mdl.Selection | Stream | One) and negated:
        event = (
            thing.event if isinstance(thing, mdl.Selection) else thing.selection.event
        )
        c.report.add(types.negated_selection(event, node.span))
        return None
    stretch = target(c, where)
    if stretch is None or thing is None:
        return None
    return applied(c, thing, stretch, node, negated)


def _habit(
    c: Checker, thing: Thing | None, node: syn.In, periods: syn.Habit
) -> mdl.Rule | None:
    found = habit(c, thing, node, periods)
    if found is None or not isinstance(thing, mdl.Selection):
        return None
    window, least = found
    narrowed = _narrowed(c, thing, window, node)
    if narrowed is None:
        return None
    return habitual(narrowed, window, least, node)


def _without_in(
    c: Checker, thing: Thing | None, node: syn.In | syn.Range, word: syn.DayWord
) -> None:
    """`signup in today`"""
    source = c.report.source
    if isinstance(thing, mdl.Value) and not is_timely(thing):
        c.report.add(types.window_on(_a(str(thing.type)), node.span))
        return
    value = source.slice(node.value.span) if source else "signup"
    lead = "not " if isinstance(node, syn.In) and node.negated else ""
    help_ = f"write `{lead}{value} {word.word}`"
    c.report.add(types.not_in_this_place(f"`in {word.word}`", node.span, help_))


def _not_timely(
    c: Checker, thing: Thing | None, where: syn.Target, node: syn.Node
) -> None:
    if thing is None:
        return
    source = c.report.source
    if isinstance(thing, _FIGURES) and isinstance(node, syn.In):
        _window_inside(c, thing, node.value, node.target, "in ", node)
        return
    if isinstance(thing, mdl.Rule):
        c.report.add(types.rule_as_value(node.span))
        return
    if isinstance(where, syn.Relative):
        value = c.value_of(thing, syn.Name("", span=node.span))
        if value is not None and isinstance(value.type, Exact):
            help_ = "a window follows events, a date or a timestamp"
            c.report.add(types.window_on_number(node.span, help_))
        elif value is not None:
            c.report.add(types.window_on(f"{_a(str(value.type))}", node.span))
        return
    shown = source.slice(where.span) if source else "…"
    name = source.slice(node.value.span) if source and isinstance(node, syn.In) else "…"
    c.report.add(types.number_with_in(f"{name} = {shown}", node.span))


def _window_inside(
    c: Checker,
    thing: mdl.Aggregate | mdl.Periods | mdl.PerGroup,
    value: syn.Node,
    window: syn.Node,
    lead: str,
    node: syn.Node,
) -> None:
    """`sum(bought.price) in last 30 days`: the window belongs to the events."""
    source = c.report.source
    named = f"{thing.period}s" if isinstance(thing, mdl.Periods) else thing.function
    late = source.slice(window.span) if source else "…"
    fixed = f"{named}(… {lead}{late})"
    if source and isinstance(value, syn.Call) and value.arguments:
        first = value.arguments[0]
        events = first.value.span if isinstance(first, syn.Per) else first.span
        before = source.text[value.span.start : events.end]
        after = source.text[events.end : value.span.end]
        fixed = f"{before} {lead}{late}{after}"
    c.report.add(types.window_after_aggregate(f"`{named}`", fixed, node.span))


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def applied(
    c: Checker, thing: Thing, stretch: Stretch, node: syn.Node, negated: bool
) -> Thing | None:
    """A window on a value is a test; on events it leaves those inside."""
    match thing:
        case mdl.Selection():
            return _all(c, thing, stretch, node)
        case Stream(selection, value):
            narrowed = _all(c, selection, stretch, node)
            return narrowed and Stream(narrowed, value, node.span)
        case MonthDay():
            return yearly(c, thing, stretch, node, negated)
        case One(which, selection):
            text = c.report.source.slice(node.span) if c.report.source else ""
            _, _, tail = text.partition(")")
            event = selection.event
            n = f", {thing.n}" if which == "nth" else ""
            inside = f"{which}({event}{tail}{n}).time is known"
            outside = f"{which}({event}{n}).time{tail}"
            c.report.add(types.window_after_first(which, inside, outside, node.span))
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
    terms: list[mdl.Rule] = []
    for part in stretch:
        test = _tested(c, subject, part, node)
        if test is None:
            return None
        terms.append(test)
    lies_in = terms[0] if len(terms) == 1 else mdl.And(tuple(terms), span=node.span)
    return mdl.Not(lies_in, span=node.span) if negated else lies_in


def _tested(
    c: Checker,
    subject: mdl.Value,
    part: mdl.Window | Beside | Reach,
    node: syn.Node,
) -> mdl.Rule | None:
    if isinstance(part, Beside | Reach):
        return tested(c, subject, part, node)
    if isinstance(subject.type, Date):
        if _of_instants(part):
            c.report.add(types.half_instant(node.span))
            return None
        if isinstance(part, mdl.Rolling | mdl.Day) and part.unit in SHORT:
            c.report.add(types.hours_of_a_date(part.unit, node.span))
            return None
    return mdl.Within(subject, part, span=node.span)


def _of_instants(window: mdl.Window | None) -> bool:
    match window:
        case mdl.FromTo(first, last):
            return _of_instants(first) or _of_instants(last)
        case _:
            return isinstance(window, mdl.Instants)


def _all(
    c: Checker, selection: mdl.Selection, stretch: Stretch, node: syn.Node
) -> mdl.Selection | None:
    found: mdl.Selection | None = selection
    for part in stretch:
        found = found and _narrowed(c, found, part, node)
    return found


def _narrowed(
    c: Checker,
    selection: mdl.Selection,
    part: mdl.Window | Beside | Reach,
    node: syn.Node,
) -> mdl.Selection | None:
    if lasting(c, selection):
        without_time(c, selection.event, "so it lies in no stretch of time", node)
        return None
    if isinstance(part, Beside | Reach):
        return selected(c, selection, part, node)
    if _ahead(part):
        c.report.add(types.event_in_future(selection.event, node.span))
        return None
    windows = (*selection.windows, part)
    return replace(selection, windows=windows, span=node.span)


def _ahead(window: mdl.Window | None) -> bool:
    """Whether a window begins after `as of`."""
    match window:
        case mdl.Rolling(start):
            return start is not None and start >= 0
        case mdl.Calendar(_, first):
            return first > 0
        case mdl.Day(offset):
            return offset > 0
        case mdl.FromTo(first):
            return _ahead(first)
        case _:
            return False
