"""What comes again: anniversaries, and habits: `in each of last 6 full months`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.messages import lints, moments, types
from segql.model import nodes as mdl
from segql.model.check_moments import SHORT, Beside, Reach, Stretch
from segql.model.check_population import everyones
from segql.model.check_windows import relative
from segql.model.scope import MonthDay, Stream, Thing
from segql.syntax import nodes as syn
from segql.types import COUNT

if TYPE_CHECKING:
    from segql.model.check import Checker


# ---- every year


def yearly(
    c: Checker, thing: MonthDay, stretch: Stretch, node: syn.Node, negated: bool
) -> mdl.Rule | None:
    """A month and day in a stretch of days, which must have two ends."""
    if everyones(c, thing.value, node):
        return None
    source = c.report.source
    text = source.slice(thing.span) if source else "anniversary of …"
    terms: list[mdl.Rule] = []
    for part in stretch:
        if isinstance(part, mdl.Rolling | mdl.Day) and part.unit in SHORT:
            c.report.add(types.hours_of_a_date(part.unit, node.span))
            return None
        if isinstance(part, Beside | Reach) or not _of_days(part):
            c.report.add(moments.anniversary_without_end(text, node.span))
            return None
        if _a_year(part):
            value = source.slice(thing.value.span) if source else "…"
            c.report.add(lints.every_anniversary(value, node.span))
        terms.append(mdl.Anniversary(thing.value, part, span=node.span))
    (test,) = terms
    return mdl.Not(test, span=node.span) if negated else test


def unplaced(c: Checker, thing: MonthDay, node: syn.Node) -> None:
    """Reports an anniversary that stands without a stretch of time."""
    source = c.report.source
    text = source.slice(thing.span) if source else "anniversary of …"
    c.report.add(moments.anniversary_as_value(text, node.span))


def _of_days(window: mdl.Window) -> bool:
    """Whether a window is made of days and has two ends."""
    match window:
        case mdl.Rolling(start, end) | mdl.Days(start, end):
            return start is not None and end is not None
        case mdl.FromTo(first, last):
            ends = (first, last)
            return all(end is not None and _of_days(end) for end in ends)
        case mdl.Instants():
            return False
        case _:
            return True


_YEAR = {"day": 366, "week": 53, "month": 12, "quarter": 4, "fiscal quarter": 4}


def _a_year(window: mdl.Window) -> bool:
    """Whether every month and day lies in a window, whenever it is looked from."""
    match window:
        case mdl.Rolling(int() as start, int() as end, unit):
            return end - start >= _YEAR.get(unit, 1)
        case mdl.Calendar(period, _, count):
            return count >= _YEAR.get(period, 1)
        case mdl.Days(start, end) if start and end:
            return (end - start).days >= _YEAR["day"]
        case _:
            return False


# ---- in each of several periods


def habit(
    c: Checker, thing: Thing | None, node: syn.In, periods: syn.Habit
) -> tuple[mdl.Calendar, int] | None:
    """The window of a habit, and in how many of its periods there must be an event."""
    window = relative(c, periods.periods)
    if window is None or thing is None:
        return None
    fixed = _in_full(c, node, periods, window)
    if not isinstance(thing, mdl.Selection):
        if isinstance(thing, Stream):
            event = thing.selection.event
            c.report.add(moments.habit_of_events(_with_event(event, fixed), node.span))
        else:
            example = next(iter(c.catalog.customer_events), "bought")
            c.report.add(
                moments.habit_of_events(_with_event(example, fixed), node.span)
            )
        return None
    count = window.count if isinstance(window, mdl.Calendar) else -(window.start or 0)
    units = f"{periods.periods.unit}s"
    if not isinstance(window, mdl.Calendar):
        c.report.add(moments.habit_of_full(fixed, count, units, periods.span))
        return None
    if node.negated:
        help_ = f"write `not {fixed}`"
        c.report.add(types.not_in_this_place("`not in`", node.span, help_))
        return None
    if periods.least is None:
        return window, count
    least = c.value(periods.least)
    match least:
        case None:
            return None
        case mdl.Constant(int() as number) if 1 <= number <= count:
            return window, number
    c.report.add(moments.habit_count(count, units, periods.span))
    return None


def habitual(
    selection: mdl.Selection, window: mdl.Calendar, least: int, node: syn.Node
) -> mdl.Rule:
    """At least so many periods of a window have an event of a selection in it."""
    counted = mdl.Periods(window.period, selection, span=node.span)
    number = mdl.Constant(least, COUNT, span=node.span)
    return mdl.Compare(">=", counted, number, span=node.span)


def _in_full(
    c: Checker,
    node: syn.In,
    periods: syn.Habit,
    window: mdl.Rolling | mdl.Calendar,
) -> str:
    """A habit as it is written of whole periods."""
    source = c.report.source
    events = source.slice(node.value.span) if source else "bought"
    if periods.least is None:
        often = "each of"
    else:
        least = source.slice(periods.least.span) if source else "4"
        often = f"at least {least} of"
    match window:
        case mdl.Calendar(_, _, count):
            pass
        case mdl.Rolling(start):
            count = -(start or 0)
    unit = f"{periods.periods.unit}{'s' * (count != 1)}"
    fiscal = "fiscal " * periods.periods.fiscal
    return f"{events} in {often} last {count} full {fiscal}{unit}"


def _with_event(event: str, habit: str) -> str:
    _, _, periods = habit.partition(" in ")
    return f"{event} in {periods}"
