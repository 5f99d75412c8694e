"""What a rule works out of a customer, in words for a person."""

from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from segql.model import nodes as mdl
from segql.plan.nodes import Measure
from segql.plan.values import within


def figure(node: Measure, zone: str) -> str:
    """A figure: what is counted or summed, and since when by the clock of a zone."""
    match node:
        case mdl.Aggregate("count", selection):
            return f"{selection.event}{_events(selection, zone)}"
        case mdl.Aggregate(function, selection, value):
            what = f"{function}({_value(value)})" if value else function
            return f"{what} of {selection.event}{_events(selection, zone)}"
        case mdl.Pick(which, selection, value):
            what = f"{which} {_value(value)}"
            return f"{what} of {selection.event}{_events(selection, zone)}"
        case mdl.Periods(period, selection):
            return f"{period}s with {selection.event}{_events(selection, zone)}"
        case mdl.PerGroup(function, inner):
            return f"{function} per group of {figure(inner, zone)}"
        case mdl.Position(parts):
            return f"place among {parts} equal parts of all customers"
        case _:
            assert_never(node)


def is_count(node: Measure) -> bool:
    """Whether a figure is a number of events, and so no cell of anybody."""
    match node:
        case mdl.Aggregate("count" | "distinct") | mdl.Periods() | mdl.Position():
            return True
        case mdl.PerGroup("count" | "distinct"):
            return True
        case _:
            return False


def _events(selection: mdl.Selection, zone: str) -> str:
    parts = [" with a condition"] if selection.test is not None else []
    for window in selection.windows:
        if isinstance(window, mdl.Instants):
            if window.start is not None:
                parts.append(f" from {_moment(window.start, zone)}")
            if window.end is not None:
                parts.append(f" until {_moment(window.end, zone)}")
    return "".join(parts)


def _moment(instant: datetime, zone: str) -> str:
    local = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return local.isoformat(timespec="minutes")


def _value(node: mdl.Value) -> str:
    names = [
        each.name
        for each in within(node)
        if isinstance(each, mdl.Property | mdl.Attribute)
    ]
    if names:
        return ", ".join(dict.fromkeys(names))
    return "time" if isinstance(node, mdl.EventTime | mdl.EventDay) else "a value"


def test(node: mdl.Rule) -> str:
    """A test that no figure stands for."""
    match node:
        case mdl.Sequence(steps):
            return "the sequence " + " then ".join(s.selection.event for s in steps)
        case mdl.Ranked(which):
            return f"the {which} by a value"
        case mdl.Sampled():
            return "the sample"
        case _:
            return "a test"
