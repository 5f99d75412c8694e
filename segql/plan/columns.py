"""What a plan reads: the tables, and the columns of each."""

from collections.abc import Iterator

from segql.catalog.nodes import Catalog, Event, Place
from segql.model import nodes as mdl
from segql.plan.build import values_of
from segql.plan.nodes import Plan


def columns(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The pairs of table and column that the plan's queries read, sorted."""
    return tuple(sorted(set(_columns(plan))))


def attributes(rules: Iterator[mdl.Rule] | tuple[mdl.Rule, ...]) -> tuple[str, ...]:
    """The attributes that rules name, in the order of first use."""
    found: dict[str, None] = {}
    for each in rules:
        for value in _values(each):
            if isinstance(value, mdl.Attribute):
                found[value.name] = None
    return tuple(found)


def events(plan: Plan) -> tuple[str, ...]:
    """The events that a plan reads, in the order of first use."""
    found: dict[str, None] = {}
    for segment in plan.segments:
        for measure in segment.measures:
            found[measure.selection.event] = None
    return tuple(found)


def _values(rule: mdl.Rule) -> Iterator[mdl.Value]:
    for value in values_of(rule):
        yield value
        if isinstance(value, mdl.Aggregate | mdl.Pick):
            if value.selection.test is not None:
                yield from _values(value.selection.test)
            if value.value is not None:
                yield value.value


def _columns(plan: Plan) -> Iterator[tuple[str, str]]:
    catalog = plan.world.catalog
    entity = catalog.entity
    yield entity.table, entity.key[0]
    if entity.since is not None:
        yield entity.table, entity.since.path[0]
    for segment in plan.segments:
        for name in attributes(segment.conjuncts):
            yield from _attribute(catalog, name)
        for measure in segment.measures:
            yield from _measure(plan, measure)


def _attribute(catalog: Catalog, name: str) -> Iterator[tuple[str, str]]:
    attribute = catalog.attributes[name]
    table = attribute.related.table if attribute.related else catalog.entity.table
    if attribute.related:
        yield table, attribute.related.key[0]
    yield table, attribute.column.path[0]
    if attribute.column.longitude:
        yield table, attribute.column.longitude[0]


def _measure(
    plan: Plan, measure: mdl.Aggregate | mdl.Pick
) -> Iterator[tuple[str, str]]:
    event = plan.world.catalog.events[measure.selection.event]
    places: list[Place] = [event.customer, event.time]
    places += [each for each in (event.unique,) if each]
    values = [] if measure.value is None else [measure.value]
    for test in (measure.selection.test, plan.world.filters.get(event.name)):
        values += [] if test is None else list(_values(test))
    for value in values:
        if isinstance(value, mdl.Property):
            places.append(event.properties[value.name].column)
    ordered = isinstance(measure, mdl.Pick) and isinstance(measure.value, mdl.Property)
    if ordered or event.unique:
        places += [each for each in (event.tie_break,) if each]
        places += [each.column for each in event.properties.values()]
    for place in places:
        yield from _place(event, place)


def _place(event: Event, place: Place) -> Iterator[tuple[str, str]]:
    if place.join is None:
        yield event.table, place.path[0]
        return
    join = event.joins[place.join]
    yield join.table, place.path[0]
    for theirs, ours in join.on:
        yield join.table, theirs
        yield from _place(event, ours)
