"""The customers of a warehouse in, all that is known of them as examples out."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isinf

from segql.model.examples import Example, Happening, Value
from segql.reference import Evaluation
from segql.reference.rows import Key, Occurrence


def told(evaluation: Evaluation) -> dict[Key, Example]:
    """Every customer by key, smaller keys first; events in the order that they have."""
    return {key: _customer(evaluation, key) for key in sorted(evaluation.customers)}


def _customer(evaluation: Evaluation, key: Key) -> Example:
    catalog = evaluation.world.catalog
    attributes: dict[str, Value] = {}
    for name in catalog.attributes:
        value = evaluation.warehouse.attribute(name).get(key)
        if value is not None:
            attributes[name] = value
    happened = [
        _happening(evaluation, each)
        for name in catalog.customer_events
        for each in sorted(evaluation._events(name).get(key, ()), key=evaluation.order)
    ]
    return Example(None, True, None, attributes, tuple(happened))


def _happening(evaluation: Evaluation, occurrence: Occurrence) -> Happening:
    event = occurrence.event
    values = {}
    for name in event.properties:
        value = evaluation._property(occurrence, name)
        if value is not None:
            values[name] = value
    time = None
    if event.time is not None:
        time = occurrence.time if str(event.time.type) != "date" else occurrence.day
    rows = tuple(_rows(evaluation, occurrence))
    return Happening(event.name, time, values, rows)


def _rows(evaluation: Evaluation, parent: Occurrence) -> Iterator[Happening]:
    for row in evaluation.world.catalog.rows_of(parent.event.name).values():
        for each in evaluation._rows(row, parent):
            yield _happening(evaluation, each)


def finite(example: Example) -> Example:
    """The same without what is infinite, which no file can give."""
    events = tuple(map(_finite, example.events))
    return replace(example, attributes=_known(example.attributes), events=events)


def _finite(happening: Happening) -> Happening:
    rows = tuple(map(_finite, happening.rows))
    return replace(happening, values=_known(happening.values), rows=rows)


def _known(values: Mapping[str, Value]) -> dict[str, Value]:
    return {
        name: tuple(each for each in value if not _infinite(each))
        if isinstance(value, tuple)
        else value
        for name, value in values.items()
        if not _infinite(value)
    }


def _infinite(value: Value) -> bool:
    return isinstance(value, float) and isinf(value)
