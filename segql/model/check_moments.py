"""Moments: how far one lies back, its parts, and tests of one beside another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from segql.messages import lints, measures, moments, types
from segql.model import nodes as mdl
from segql.model.check_compare import compared, described
from segql.model.extent import walk
from segql.model.scope import MonthDay, One, Stream, picked
from segql.model.windows import local_day
from segql.syntax import nodes as syn
from segql.types import DATE, Date, Exact, Timestamp

if TYPE_CHECKING:
    from segql.model.check import Checker

ELAPSED = Exact(12)
"""All the seconds of the calendar have twelve digits."""
PART = Exact(4)

SHORT = ("second", "minute", "hour")


def moment(
    c: Checker, node: syn.Expr, what: str, *, beside: bool = False
) -> mdl.Value | None:
    """A date or an instant; of one event, when it was. `what` asks for it.

    Stands it `beside` another moment, then an event of which only the date is known
    has no more than that.
    """
    thing = c.expr(node)
    match thing:
        case One():
            time: mdl.Value = mdl.EventTime(span=node.span)
            if beside:
                time = time_of(c, thing.selection, node)
            return picked(thing, time, node.span)
        case mdl.Selection(event) | Stream(mdl.Selection(event)):
            called = c.catalog.events[event].call_name
            c.report.add(moments.which_event(what, called, node.span))
            return None
    value = c.value_of(thing, node)
    if value is None or isinstance(value.type, Date | Timestamp):
        return value
    c.report.add(
        types.needs_type(what, "a date or an instant", str(value.type), node.span)
    )
    return None


def time_of(c: Checker, selection: mdl.Selection, node: syn.Node) -> mdl.Value:
    """When an event was: its date, if no more of it is known."""
    column = c.catalog.events[selection.event].time
    if column is not None and isinstance(column.type, Date):
        return mdl.EventDay(span=node.span)
    return mdl.EventTime(span=node.span)


def day_word(node: syn.DayWord) -> mdl.Today:
    offset = {"today": 0, "yesterday": -1, "tomorrow": 1}[node.word]
    return mdl.Today(offset, span=node.span)


def elapsed(c: Checker, node: syn.Elapsed) -> mdl.Value | None:
    """`years since birthdate`"""
    value = moment(c, node.value, f"`{node.unit}s since`")
    if value is None:
        return None
    if isinstance(value.type, Date) and node.unit in SHORT:
        c.report.add(types.hours_of_a_date(node.unit, node.span))
        return None
    return mdl.Elapsed(node.unit, value, ELAPSED, span=node.span)


def part_of(c: Checker, node: syn.PartOf) -> mdl.Value | None:
    """`month of birthdate`"""
    value = moment(c, node.value, f"`{node.part} of`")
    if value is None:
        return None
    if isinstance(value.type, Date) and node.part in SHORT:
        help_ = "it has a year, a quarter, a month, a day and a weekday"
        c.report.add(types.hours_of_a_date(node.part, node.span, help_))
        return None
    return mdl.PartOf(node.part, value, PART, span=node.span)


def anniversary(c: Checker, node: syn.AnniversaryOf) -> MonthDay | None:
    """`anniversary of birthdate`"""
    value = moment(c, node.value, "`anniversary of`")
    return MonthDay(value, node.span) if value is not None else None


# ---- one moment beside another


@dataclass(frozen=True, slots=True)
class Beside:
    """`before signup`: on one side of a moment that is not the same for everyone."""

    operator: mdl.Comparison
    moment: mdl.Value


@dataclass(frozen=True, slots=True)
class Reach:
    """`within 30 days after signup`"""

    anchor: mdl.Value
    back: int
    ahead: int
    unit: syn.Unit


Stretch: TypeAlias = tuple[mdl.Window | Beside | Reach, ...]
"""A stretch of time as it is written; a time lies in it if it does in every part."""


def tested(
    c: Checker, value: mdl.Value, part: Beside | Reach, node: syn.Node
) -> mdl.Rule | None:
    """A date or an instant beside another."""
    if isinstance(part, Beside):
        return _beside(c, value, part, node)
    days = isinstance(value.type, Date) or isinstance(part.anchor.type, Date)
    if days and part.unit in SHORT:
        c.report.add(types.hours_of_a_date(part.unit, node.span))
        return None
    return mdl.Anchored(
        value, part.anchor, part.back, part.ahead, part.unit, span=node.span
    )


def _beside(
    c: Checker, value: mdl.Value, side: Beside, node: syn.Node
) -> mdl.Rule | None:
    """Where one of the two is a date, local days are compared."""
    left, right = value, side.moment
    if isinstance(left, mdl.Constant | mdl.Today):
        return compared(c, side.operator, left, right, node)
    if type(left.type) is not type(right.type):
        first, second = _day_of(c, left), _day_of(c, right)
        if first is None or second is None:
            help_ = "`within 30 days after …` compares local days; of an event `.day` "
            help_ += "is the local date"
            c.report.add(
                types.type_mismatch(described(left), described(right), node.span, help_)
            )
            return None
        left, right = first, second
    return mdl.Compare(side.operator, left, right, span=node.span)


def _day_of(c: Checker, value: mdl.Value) -> mdl.Value | None:
    """The local date of a value; None where the model has no word for it."""
    if isinstance(value.type, Date):
        return value
    match value:
        case mdl.EventTime():
            return mdl.EventDay(span=value.span)
        case mdl.Pick() | mdl.Aggregate() if value.value is not None:
            day = _day_of(c, value.value)
            return day and replace(value, value=day, type=DATE)
        case mdl.Constant(datetime() as instant):
            day_ = local_day(instant, c.catalog.entity.zone)
            return mdl.Constant(day_, DATE, span=value.span)
        case mdl.Choice(_, then, other):
            first, second = _day_of(c, then), _day_of(c, other)
            if first is None or second is None:
                return None
            return replace(value, then=first, other=second, type=DATE)
        case _:
            return None


_OF_EVERYONE = mdl.Position | mdl.Ranked | mdl.Sampled | mdl.Sequence


def selected(
    c: Checker, selection: mdl.Selection, part: Beside | Reach, node: syn.Node
) -> mdl.Selection | None:
    """The events of a selection whose time passes."""
    anchor = part.moment if isinstance(part, Beside) else part.anchor
    outer = c.scope.event
    if outer is not None and (own := _own(anchor)) is not None:
        c.report.add(
            moments.of_the_outer_event(own, outer.name, selection.event, node.span)
        )
        return None
    if any(isinstance(each, _OF_EVERYONE) for each in walk(anchor)):
        what = "what is of everyone"
        event = c.catalog.events[selection.event].call_name
        c.report.add(measures.of_everyone_inside(what, event, node.span))
        return None
    test = tested(c, time_of(c, selection, node), part, node)
    if test is None:
        return None
    if selection.test is not None:
        test = mdl.And((selection.test, test), span=node.span)
    return replace(selection, test=test, span=node.span)


def _own(value: mdl.Value) -> str | None:
    """The name of a value of the event in whose parentheses a value stands."""
    for each in _parts(value):
        match each:
            case mdl.Property(name):
                return name
            case mdl.EventTime():
                return "time"
            case mdl.EventDay():
                return "day"
    return None


def _parts(node: mdl.Node) -> Iterator[mdl.Node]:
    """A value and what it is made of, without what is said of other events."""
    yield node
    if isinstance(node, mdl.Aggregate | mdl.Pick | mdl.Periods | mdl.PerGroup):
        return
    for each in fields(node):
        part = getattr(node, each.name)
        for inner in part if isinstance(part, tuple) else (part,):
            if isinstance(inner, mdl.Node):
                yield from _parts(inner)


def elapsed_note(c: Checker, node: syn.Compare, rule: mdl.Rule) -> None:
    """Notes `days since x > 90`, which begins with 91 whole days."""
    source = c.report.source
    match rule:
        case mdl.Compare(
            (">" | "<=") as operator,
            mdl.Elapsed(unit, value),
            mdl.Constant(int() as number),
        ) if source and number > 0:
            test, since = source.slice(node.span), source.slice(value.span)
            above = operator == ">"
            c.report.add(
                lints.elapsed_bound(test, above, number, unit, since, node.span)
            )
