"""What one event or row says of itself, and which rows belong to which event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from segql.catalog.nodes import Event
from segql.messages import measures, names, types
from segql.model import nodes as mdl
from segql.model.check_words import own_names
from segql.model.outdated import outdated
from segql.model.scope import One, Stream, Thing
from segql.syntax import nodes as syn

if TYPE_CHECKING:
    from segql.model.check import Checker


def own(
    c: Checker, event: Event, node: syn.Node, written: str = ""
) -> mdl.Value | None:
    """A value of one event, if it has one of that name."""
    written = written or (node.name if isinstance(node, syn.Name) else "")
    if written == "time":
        return mdl.EventTime(span=node.span)
    if written == "day":
        return mdl.EventDay(span=node.span)
    if found := event.properties.get(written):
        if found.deprecated:
            outdated(found, event.properties, node, c.report)
        return mdl.Property(written, found.column.type, span=node.span)
    return None


def property_of(
    c: Checker, event_name: str, node: syn.Node, written: str
) -> mdl.Value | None:
    """The same; reported if there is none."""
    event = c.catalog.events[event_name]
    if timeless(c, event, written, node):
        return None
    value = own(c, event, node, written)
    if value is None and written in c.catalog.rows_of(event.name):
        c.report.add(measures.row_outside(written, event.call_name, node.span))
    elif value is None:
        known = own_names(event)
        c.report.add(names.unknown_property(written, event.call_name, known, node.span))
    return value


def timeless(c: Checker, event: Event, written: str, node: syn.Node) -> bool:
    """Reports that what has no time is asked for it."""
    if event.time is not None or written not in ("time", "day"):
        return False
    without_time(c, event.name, f"so nothing of it has a `.{written}`", node)
    return True


def without_time(c: Checker, event: str, reason: str, node: syn.Node) -> None:
    """Reports what can be asked of events alone, and not of facts and rows."""
    found = c.catalog.events[event]
    c.report.add(types.without_time(found.call_name, found.parent, reason, node.span))


def lasting(c: Checker, selection: mdl.Selection) -> bool:
    """Whether a selection is of facts or rows, which have no time."""
    return c.catalog.events[selection.event].time is None


def shown(c: Checker, selection: mdl.Selection) -> str:
    """What rules call the events of a selection."""
    return c.catalog.events[selection.event].call_name


def event_called(c: Checker, written: str) -> Event | None:
    """The event, fact or, inside its parent's parentheses, the rows of a name."""
    if c.scope.event is not None:
        rows = c.catalog.rows_of(c.scope.event.name)
        if written in rows:
            return rows[written]
    return c.catalog.event(written)


def old_event(c: Checker, event: Event, node: syn.Name) -> None:
    """Notes an event, a fact or rows whose name is to go."""
    if event.deprecated:
        known: Mapping[str, Event] = c.catalog.events
        known = c.catalog.rows_of(event.parent) if event.parent else known
        outdated(event, known, node, c.report)


def misplaced(c: Checker, node: syn.Name) -> bool:
    """Reports rows outside their parent, and the parent's properties inside rows."""
    inside = c.scope.event
    if inside is not None and inside.parent is not None:
        parent = c.catalog.events[inside.parent]
        if node.name in parent.properties:
            c.report.add(
                measures.property_of_parent(
                    node.name, inside.call_name, parent.call_name, node.span
                )
            )
            return True
        if node.name in c.catalog.rows_of(parent.name):
            c.report.add(
                measures.rows_in_rows(
                    node.name, inside.call_name, parent.call_name, node.span
                )
            )
            return True
    for event in c.catalog.customer_events.values():
        if node.name in c.catalog.rows_of(event.name):
            c.report.add(measures.row_outside(node.name, event.name, node.span))
            return True
    return False


def nested(c: Checker, thing: Thing, node: syn.Node) -> bool:
    """Reports events that stand alone inside another event's parentheses."""
    if c.scope.event is None or not isinstance(thing, mdl.Selection):
        return False
    if c.catalog.events[thing.event].parent is not None:
        return False
    c.report.add(names.nested_event(thing.event, node.span))
    return True


def streamed(c: Checker, thing: Stream, node: syn.Node) -> None:
    """Reports that a property of many events stands where one value is wanted."""
    value = thing.value
    while isinstance(value, mdl.Arithmetic):
        constant = isinstance(value.left, mdl.Constant)
        value = value.right if constant else value.left
    last = value.name if isinstance(value, mdl.Property) else "time"
    event = c.catalog.events[thing.selection.event]
    if c.scope.event is not None and c.scope.event.name == event.name:
        diagnostic = types.own_as_stream(event.call_name, last, node.span)
    elif event.time is None:
        whose = event.parent or c.catalog.entity.name
        diagnostic = types.fact_as_value(whose, event.call_name, last, node.span)
    else:
        diagnostic = types.stream_as_value(event.name, last, node.span)
    c.report.add(diagnostic)


def chosen_one(c: Checker, thing: One, node: syn.Node) -> None:
    """Reports that an event stands where one of its values is wanted."""
    event = shown(c, thing.selection)
    inside = f"{event}, {thing.n}" if thing.which == "nth" else event
    c.report.add(types.one_event_as_value(thing.which, inside, node.span))
