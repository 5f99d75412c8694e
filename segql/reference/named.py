"""What a rule names of the catalog, so that it can be read up front."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, TypeAlias

from segql.catalog.nodes import Event
from segql.model import nodes as mdl
from segql.types import TEXT, ListOf, Point

Named: TypeAlias = (
    mdl.Attribute | mdl.Property | mdl.Selection | mdl.Pick | mdl.Step | mdl.Sampled
)


def named(node: Any, event: str | None = None) -> Iterator[tuple[Named, str | None]]:
    """Everything of the catalog that a tree names, with the event it stands in.

    A pick, and a step that is a single event, mean an order of events; a sample means
    the customers' keys.
    """
    match node:
        case mdl.Attribute() | mdl.Property():
            yield node, event
        case mdl.Selection(name, test):
            yield node, name
            yield from named(test, name)
        case mdl.Aggregate(_, selection, item):
            yield from named(selection)
            yield from named(item, selection.event)
        case mdl.Pick(_, selection, item):
            yield node, event
            yield from named(selection)
            yield from named(item, selection.event)
        case mdl.PerGroup(_, inner, by):
            yield from named(inner)
            yield from named(by, inner.selection.event)
        case mdl.Sampled():
            yield node, event
        case mdl.Sequence(steps):
            for before, step in zip((None, *steps), steps, strict=False):
                yield from _of_step(step, before)
        case tuple():
            for each in node:
                yield from named(each, event)
        case _ if is_dataclass(node):
            for each in fields(node):
                yield from named(getattr(node, each.name), event)


def _of_step(
    step: mdl.Step, before: mdl.Step | None
) -> Iterator[tuple[Named, str | None]]:
    if step.single is not None:
        yield step, None
    parts: tuple[mdl.Step | mdl.Without, ...] = (step, *step.without)
    for part in parts:
        yield from named(part.selection)
        for own, other in part.same:
            assert before is not None
            yield mdl.Property(own, TEXT), part.selection.event
            yield mdl.Property(other, TEXT), before.selection.event


def ordering(event: Event) -> list[str]:
    """The properties that events are ordered by: all but lists and points."""
    return sorted(
        name
        for name, each in event.properties.items()
        if not isinstance(each.column.type, ListOf | Point)
    )
