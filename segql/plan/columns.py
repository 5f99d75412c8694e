"""What rules read: names of the catalog, and the columns behind them.

Asked of the checked rules, so that what a rule reads does not depend on how it is
computed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TypeAlias, assert_never

from segql.catalog.nodes import Catalog, Event, Path, Place
from segql.model import nodes as mdl
from segql.model.world import World

Rules = Iterable[mdl.Rule]


def columns(rules: Rules, world: World) -> tuple[tuple[str, str], ...]:
    """The pairs of table and column that rules read, sorted."""
    found = places(rules, world)
    return tuple(sorted({(table, path[0]) for table, path in found}))


def places(rules: Rules, world: World) -> frozenset[tuple[str, Path]]:
    """The tables that rules read, each with a path inside its rows."""
    return frozenset(_places(rules, world))


def attributes(rules: Rules) -> tuple[str, ...]:
    """The attributes that rules name, in the order of first use."""
    named = (node for rule in rules for node, _ in _named(rule, None))
    return tuple(dict.fromkeys(n.name for n in named if isinstance(n, mdl.Attribute)))


def events(rules: Rules) -> tuple[str, ...]:
    """The events that rules name, their rows too, in the order of first use."""
    named = (node for rule in rules for node, _ in _named(rule, None))
    return tuple(dict.fromkeys(n.event for n in named if isinstance(n, mdl.Selection)))


_Named: TypeAlias = (
    mdl.Attribute | mdl.Property | mdl.Selection | mdl.Pick | mdl.Sequence
)


def _named(node: object, event: str | None) -> Iterator[tuple[_Named, str | None]]:
    """What a tree names, with the event in whose selection that stands."""
    inside = event
    match node:
        case mdl.Attribute() | mdl.Property() | mdl.Sequence():
            yield node, event
        case mdl.Selection():
            yield node, event
            inside = node.event
        case mdl.Pick():
            yield node, event
            yield from _named(node.selection, event)
            yield from _named(node.value, node.selection.event)
            return
        case mdl.Aggregate():
            yield from _named(node.selection, event)
            yield from _named(node.value, node.selection.event)
            return
        case mdl.PerGroup():
            yield from _named(node.inner, event)
            yield from _named(node.by, node.inner.selection.event)
            return
    if isinstance(node, tuple):
        for each in node:
            yield from _named(each, inside)
    elif isinstance(node, mdl.Node):
        for part in fields(node):
            yield from _named(getattr(node, part.name), inside)


def _places(rules: Rules, world: World) -> Iterator[tuple[str, Path]]:
    entity = world.catalog.entity
    yield entity.table, entity.key
    if entity.since is not None:
        yield entity.table, entity.since.path
    for rule in rules:
        yield from _read(rule, None, world)


def _read(
    rule: mdl.Rule, within: str | None, world: World
) -> Iterator[tuple[str, Path]]:
    for node, event in _named(rule, within):
        match node:
            case mdl.Attribute(name):
                yield from _attribute(world.catalog, name)
            case mdl.Property(name):
                assert event is not None
                yield from _properties(world.catalog.events[event], [name])
            case mdl.Selection(name):
                yield from _event(world, name)
            case mdl.Pick(_, selection, value):
                if not isinstance(value, mdl.EventTime | mdl.EventDay):
                    yield from _order(world.catalog.events[selection.event])
            case mdl.Sequence(steps):
                for step, before in zip(steps[1:], steps, strict=False):
                    ties = [*step.same, *(tie for w in step.without for tie in w.same)]
                    own = world.catalog.events[step.selection.event]
                    other = world.catalog.events[before.selection.event]
                    yield from _properties(own, [tie for tie, _ in step.same])
                    yield from _properties(other, [tie for _, tie in ties])
                    for each in step.without:
                        away = world.catalog.events[each.selection.event]
                        yield from _properties(away, [tie for tie, _ in each.same])
                    if before.single and ties:
                        yield from _order(other)
            case _:
                assert_never(node)


def _attribute(catalog: Catalog, name: str) -> Iterator[tuple[str, Path]]:
    attribute = catalog.attributes[name]
    table = attribute.related.table if attribute.related else catalog.entity.table
    if attribute.related:
        yield table, attribute.related.key
    yield table, attribute.column.path
    if attribute.column.longitude:
        yield table, attribute.column.longitude


def _event(world: World, name: str) -> Iterator[tuple[str, Path]]:
    """What is read of an event wherever it is counted."""
    event = world.catalog.events[name]
    for place in (event.customer, event.time, event.unique):
        if place is not None:
            yield from _place(event, place)
    if event.partitioned_by is not None:
        yield event.table, event.partitioned_by.column.path
    if event.parent is not None:
        parent = world.catalog.events[event.parent]
        for ours, theirs in event.on:
            yield from _place(event, Place((ours,)))
            yield from _place(parent, theirs)
    if event.unique is not None:
        yield from _order(event)
    condition = world.filters.get(name)
    if condition is not None:
        yield from _read(condition, name, world)


def _order(event: Event) -> Iterator[tuple[str, Path]]:
    """What an event's place among others depends on."""
    if event.tie_break is not None:
        yield from _place(event, event.tie_break)
    yield from _properties(event, event.properties)


def _properties(event: Event, names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    for name in names:
        column = event.properties[name].column
        yield from _place(event, column)
        if column.longitude:
            yield from _place(event, Place(column.longitude, column.join))


def _place(event: Event, place: Place) -> Iterator[tuple[str, Path]]:
    if place.join is None:
        yield event.table, place.path
        return
    join = event.joins[place.join]
    yield join.table, place.path
    for theirs, ours in join.on:
        yield join.table, (theirs,)
        yield from _place(event, ours)


def can_yield(catalog: Catalog, attributes: tuple[str, ...], limit: object) -> None:
    """Raises a ValueError where a query cannot yield these, or not so many."""
    for name in attributes:
        if name not in catalog.attributes:
            raise ValueError(f"the catalog has no attribute {name!r}")
    if limit is not None and (not isinstance(limit, int) or limit < 0):
        raise ValueError(f"a limit is a whole number from 0 on, not {limit!r}")
