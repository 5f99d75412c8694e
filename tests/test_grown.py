"""Nothing of the language is left out by the generators of random rules."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from random import Random
from typing import Literal, get_args, get_origin, get_type_hints

from differential import Refused, Rules, checked
from random_moments import as_of_of
from random_rules import script
from random_worlds import WORLDS
from random_worlds import world as world_of

from segql.catalog.nodes import Catalog, Column
from segql.model import nodes as mdl
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn


def test_everything_there_is_is_grown() -> None:
    """Each node with each of its words and flags, each operator and each reading of a
    column, at least once among rules that the checker lets through."""
    wanted = set(_everything())
    for seed in range(6000):
        chance = Random(seed)
        bound = world_of(seed % WORLDS)
        made = script(chance, bound.catalog, as_of_of(chance))
        try:
            rule = checked(Rules.of(made), bound)
        except Refused:
            continue
        for definition in (made.definition, *made.files.values()):
            wanted -= set(_traits(definition))
        wanted -= set(_traits(rule))
        wanted -= set(_readings(rule, bound.catalog))
        if not wanted:
            return
    assert not wanted


PLANNED = (mdl.OnDays,)
"""What the checker makes nothing of, but only a plan."""
NEVER = {
    "model.nodes PerGroup.function count",
    "model.nodes PerGroup.function distinct",
    "model.nodes PerGroup.function most_common",
    *(f"model.nodes Day.unit {unit}" for unit in ("second", "minute", "hour")),
    *(f"syntax.nodes Exactly.unit {unit}" for unit in ("second", "minute", "hour")),
}
"""What has no meaning, or is read as something else."""


def _everything() -> Iterator[str]:
    for module in (mdl, syn):
        for kind in vars(module).values():
            node = isinstance(kind, type) and issubclass(kind, module.Node)
            if node and kind is not module.Node and kind not in PLANNED:
                yield _named(kind)
                yield from _ways(kind)
    for definition in (defs.Let, defs.Param, defs.Header, defs.Stage):
        yield _named(definition)
    for column in _columns(world_of(0).catalog):
        yield f"column {column}"


def _ways(kind: type) -> Iterator[str]:
    """What the fields of a node can be, if that is a word, a flag, or nothing."""
    for name, hint in get_type_hints(kind).items():
        options: tuple[object, ...] = (True, False) if hint is bool else ()
        for part in (hint, *get_args(hint)):
            options += get_args(part) if get_origin(part) is Literal else ()
            options += (None,) if part is type(None) else ()
        for option in options:
            way = f"{_named(kind)}.{name} {option}"
            if way not in NEVER:
                yield way


def _traits(node: object) -> Iterator[str]:
    if isinstance(node, tuple):
        for each in node:
            yield from _traits(each)
    elif is_dataclass(node):
        kind = type(node)
        yield _named(kind)
        for each in fields(node):
            part = getattr(node, each.name)
            if part is None or isinstance(part, str | bool):
                yield f"{_named(kind)}.{each.name} {part}"
            else:
                yield from _traits(part)


def _named(kind: type) -> str:
    return f"{kind.__module__.removeprefix('segql.')} {kind.__name__}"


def _columns(catalog: Catalog) -> Iterator[str]:
    """How the columns of a catalog are read, in a word each."""
    for attribute in catalog.attributes.values():
        yield _reading(attribute.column, related=attribute.related is not None)
    for event in catalog.events.values():
        if event.time is not None:
            yield f"time {_reading(event.time)}"
        for each in event.properties.values():
            yield f"property {_reading(each.column)}"


def _reading(column: Column, related: bool = False) -> str:
    return (
        f"{type(column.type).__name__} {column.stored} {column.double}"
        f" {column.zone in (None, 'UTC') and column.zone} {column.empty_missing}"
        f" {len(column.path) > 1} {column.join is not None} {related}"
    )


def _readings(
    node: object, catalog: Catalog, event: str | None = None
) -> Iterator[str]:
    match node:
        case mdl.Attribute(name):
            attribute = catalog.attributes[name]
            related = attribute.related is not None
            yield f"column {_reading(attribute.column, related)}"
        case mdl.Property(name):
            assert event is not None
            column = catalog.events[event].properties[name].column
            yield f"column property {_reading(column)}"
        case mdl.Selection(name, test):
            if (time := catalog.events[name].time) is not None:
                yield f"column time {_reading(time)}"
            yield from _readings(test, catalog, name)
        case mdl.Aggregate(_, selection, value) | mdl.Pick(_, selection, value):
            yield from _readings(selection, catalog)
            yield from _readings(value, catalog, selection.event)
        case mdl.PerGroup(_, inner, by):
            yield from _readings(inner, catalog)
            yield from _readings(by, catalog, inner.selection.event)
        case tuple():
            for each in node:
                yield from _readings(each, catalog, event)
        case _ if is_dataclass(node):
            for each in fields(node):
                yield from _readings(getattr(node, each.name), catalog, event)
