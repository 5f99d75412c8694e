"""Two catalogs in, the one world in which rules of both can be seen out.

What rules mean rests on the catalog entries that they use. Where these are alike on
both sides, one world is enough; where not, it is told which differ.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from segql.catalog.nodes import Catalog, Event, Named
from segql.insight.diff_nodes import Wording
from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.model.world import World

_WORDS = {each.name for each in fields(Named)} - {"name"}
"""What an entry says for people; and the values, which no meaning rests on."""


def common(old: World, new: World) -> World:
    """The new world, with what only the old one has.

    Values are listed where both list some: then those of either may occur.
    """
    if old is new:
        return new
    one, other = old.catalog, new.catalog
    attributes = dict(one.attributes)
    for name, attribute in other.attributes.items():
        before = one.attributes.get(name)
        attributes[name] = replace(attribute, values=_values(before, attribute))
    events = dict(one.events)
    for name, event in other.events.items():
        was = one.events.get(name)
        properties = dict(event.properties)
        for each, prop in event.properties.items():
            earlier = was.properties.get(each) if was else None
            properties[each] = replace(prop, values=_values(earlier, prop))
        if was is not None:
            properties |= {
                n: p for n, p in was.properties.items() if n not in properties
            }
        events[name] = replace(event, properties=properties)
    catalog = replace(other, attributes=attributes, events=events)
    return World(catalog, {**old.filters, **new.filters})


def _values(old: Named | None, new: Named) -> tuple[object, ...]:
    if old is None:
        return new.values
    if not old.values or not new.values:
        return ()
    return tuple(dict.fromkeys([*old.values, *new.values]))


# ---- what rules use


def apart(rules: Iterable[mdl.Rule], old: World, new: World) -> tuple[str, ...]:
    """The names that rules use and that mean another thing in the other catalog.

    A name that only one side has is none of them.
    """
    if old is new or (old.catalog == new.catalog and old.filters == new.filters):
        return ()
    found: dict[str, None] = {}
    one, other = old.catalog, new.catalog
    if one.entity != other.entity:
        found[one.entity.name] = None
    used = set()
    for rule in rules:
        used |= set(_used(rule, (old, new)))
    for name in sorted(each for each in used if isinstance(each, str)):
        a, b = one.attributes.get(name), other.attributes.get(name)
        if a is not None and b is not None and _reading(a) != _reading(b):
            found[name] = None
    for key in sorted(each for each in used if isinstance(each, tuple)):
        if _event_apart(*key, old, new):
            found[".".join(part for part in key if part)] = None
    return tuple(found)


_Used = str | tuple[str, str]
"""An attribute; or an event with a property, or with none: the event itself."""


def _used(rule: mdl.Node, worlds: tuple[World, World]) -> Iterator[_Used]:
    """The attributes, the events and the properties that a rule reads."""
    for node in walk(rule):
        match node:
            case mdl.Attribute(name):
                yield name
            case mdl.Selection(event):
                yield event, ""
                yield from _of_event(event, worlds)
            case _:
                pass
    # Which event a property is of is not seen from here: so it is each that is used.
    names = {n.name for n in walk(rule) if isinstance(n, mdl.Property)}
    for node in walk(rule):
        if isinstance(node, mdl.Sequence):
            ties = [tie for step in node.steps for tie in step.same]
            ties += [t for s in node.steps for w in s.without for t in w.same]
            names |= {name for tie in ties for name in tie}
    ordered = any(isinstance(each, mdl.Pick | mdl.Sequence) for each in walk(rule))
    for node in walk(rule):
        if isinstance(node, mdl.Selection):
            for world in worlds:
                found = world.catalog.events.get(node.event)
                if found is not None:
                    whole = ordered or found.unique is not None
                    for name in found.properties if whole else names:
                        yield node.event, name


def _of_event(name: str, worlds: tuple[World, World]) -> Iterator[_Used]:
    """What is read of an event wherever it is counted: its filter, its parent."""
    for world in worlds:
        event = world.catalog.events.get(name)
        if event is None:
            continue
        if event.parent is not None:
            yield event.parent, ""
        condition = world.filters.get(name)
        for node in walk(condition) if condition is not None else ():
            if isinstance(node, mdl.Property):
                yield name, node.name


def _event_apart(name: str, prop: str, old: World, new: World) -> bool:
    a, b = old.catalog.events.get(name), new.catalog.events.get(name)
    if a is None or b is None:
        return False
    if not prop:
        mine, yours = old.filters.get(name), new.filters.get(name)
        return _reading(a) != _reading(b) or mine != yours
    one, other = a.properties.get(prop), b.properties.get(prop)
    if one is None and other is None:
        return False
    if one is None or other is None:
        # It decides which of two events at one instant comes first.
        return a.tie_break is None or a.unique is not None
    return _reading(one) != _reading(other)


def _reading(entry: Named) -> dict[str, Any]:
    """How an entry is read from the warehouse: all but what it says for people."""
    found = {
        each.name: getattr(entry, each.name)
        for each in fields(entry)
        if each.name not in _WORDS
    }
    for name in ("properties", "where", "argument", "partitioned_by"):
        found.pop(name, None)
    if isinstance(entry, Event):
        found["joins"] = dict(entry.joins)
    return found


# ---- in words


def changed_catalog(old: Catalog | None, new: Catalog | None) -> Iterator[Wording]:
    """What changed in a catalog, entry by entry: that it is there, or what of it."""
    one, other = _entries(old), _entries(new)
    for what in dict.fromkeys([*one, *other]):
        a, b = one.get(what), other.get(what)
        if a != b:
            parts = "there" if a is None or b is None else _parts_apart(a, b)
            yield Wording(
                what, None if a is None else parts, None if b is None else parts
            )


def _entries(catalog: Catalog | None) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    if catalog is None:
        return found
    entity = catalog.entity
    found[f"entity {entity.name}"] = _parts(entity)
    for name, attribute in catalog.attributes.items():
        found[f"attribute {name}"] = _parts(attribute)
    for name, event in catalog.events.items():
        word = "event" if event.time is not None else "fact"
        found[f"{word} {name}"] = _parts(event)
        for inner, prop in event.properties.items():
            found[f"property {name}.{inner}"] = _parts(prop)
    for name, place in catalog.places.items():
        found[f"place {name}"] = {"point": place}
    if catalog.purposes:
        found["purposes"] = {"purposes": catalog.purposes}
    return found


def _parts(entry: Any) -> Mapping[str, Any]:
    return {
        each.name: getattr(entry, each.name)
        for each in fields(entry)
        if each.name not in ("name", "properties")
    }


def _parts_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    names = [n for n in dict.fromkeys([*one, *other]) if one.get(n) != other.get(n)]
    return ", ".join(name.replace("_", " ") for name in names)
