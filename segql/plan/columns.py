"""What rules read: names of the catalog, and the columns behind them.

Asked of the checked rules, so that what a rule reads does not depend on how it is
computed.
"""

from collections.abc import Iterable, Iterator

from segql.catalog.nodes import Catalog, Event, Path, Place
from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.build import measures_of, values_of
from segql.plan.nodes import Measure

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
    values = (value for rule in rules for value in _values(rule))
    return tuple(dict.fromkeys(v.name for v in values if isinstance(v, mdl.Attribute)))


def events(rules: Rules) -> tuple[str, ...]:
    """The events that rules name, in the order of first use."""
    measures = (measure for rule in rules for measure in measures_of(rule))
    return tuple(dict.fromkeys(measure.selection.event for measure in measures))


def _values(rule: mdl.Rule) -> Iterator[mdl.Value]:
    """Every value of a rule, those inside its selections too."""
    for value in values_of(rule):
        yield value
        if isinstance(value, mdl.Aggregate | mdl.Pick):
            if value.selection.test is not None:
                yield from _values(value.selection.test)
            if value.value is not None:
                yield value.value


def _places(rules: Rules, world: World) -> Iterator[tuple[str, Path]]:
    entity = world.catalog.entity
    yield entity.table, entity.key
    if entity.since is not None:
        yield entity.table, entity.since.path
    for rule in rules:
        for name in attributes((rule,)):
            yield from _attribute(world.catalog, name)
        for measure in measures_of(rule):
            yield from _measure(world, measure)


def _attribute(catalog: Catalog, name: str) -> Iterator[tuple[str, Path]]:
    attribute = catalog.attributes[name]
    table = attribute.related.table if attribute.related else catalog.entity.table
    if attribute.related:
        yield table, attribute.related.key
    yield table, attribute.column.path
    if attribute.column.longitude:
        yield table, attribute.column.longitude


def _measure(world: World, measure: Measure) -> Iterator[tuple[str, Path]]:
    event = world.catalog.events[measure.selection.event]
    read: list[Place | None] = [event.customer, event.time, event.unique]
    values = [] if measure.value is None else [measure.value]
    for test in (measure.selection.test, world.filters.get(event.name)):
        values += [] if test is None else list(_values(test))
    for value in values:
        if isinstance(value, mdl.Property):
            read.append(event.properties[value.name].column)
    ordered = isinstance(measure, mdl.Pick) and isinstance(measure.value, mdl.Property)
    if ordered or event.unique:
        read.append(event.tie_break)
        read += [each.column for each in event.properties.values()]
    for place in read:
        if place is not None:
            yield from _place(event, place)


def _place(event: Event, place: Place) -> Iterator[tuple[str, Path]]:
    if place.join is None:
        yield event.table, place.path
        return
    join = event.joins[place.join]
    yield join.table, place.path
    for theirs, ours in join.on:
        yield join.table, (theirs,)
        yield from _place(event, ours)
