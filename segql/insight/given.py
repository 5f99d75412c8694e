"""Example customers and their values in, the text that a file has of them out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isinf
from zoneinfo import ZoneInfo

from segql.catalog.nodes import Catalog
from segql.model.check_values import to_instant
from segql.model.examples import Example, Happening, Value
from segql.model.windows import local
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.print import print_expr
from segql.syntax.print_file import print_definition


def written(value: Value, zone: str) -> str:
    """A value as the language writes it; an instant in the business's zone."""
    return print_expr(literal(value, zone))


def example_text(example: Example, catalog: Catalog) -> str:
    """An example as it stands in a file, in canonical form."""
    node = _node(example, catalog)
    return print_definition(defs.Definition(None, (), None, (), (node,))).rstrip("\n")


def literal(value: Value, zone: str) -> syn.Expr:
    """The syntax of a value."""
    match value:
        case tuple():
            return syn.Several(tuple(literal(each, zone) for each in value))
        case bool():
            return syn.Boolean(value)
        case str():
            return syn.Text(value)
        case float() if isinf(value):  # of a calculation; no file has it
            return syn.Name("infinity" if value > 0 else "minus_infinity")
        case float():
            return _signed(Decimal(repr(value)))
        case int() | Decimal():
            return _signed(value)
        case datetime():
            return syn.Instant(_wall(value, zone))
        case date():
            return syn.Date(value)


def _signed(number: int | Decimal) -> syn.Expr:
    if isinstance(number, Decimal) and number == number.to_integral_value():
        number = int(number)
    return syn.Minus(syn.Number(-number)) if number < 0 else syn.Number(number)


def _wall(value: datetime, zone: str) -> datetime:
    """The wall time in the business's zone, with an offset where it is said twice."""
    wall = local(value, zone)
    if to_instant(wall, zone) == value:
        return wall
    try:
        return value.astimezone(ZoneInfo(zone))
    except OverflowError:
        return value.astimezone(UTC)


def _node(example: Example, catalog: Catalog) -> defs.Example:
    zone = catalog.entity.zone
    given: list[defs.Given | defs.GivenEvent] = []
    given += _values(example.attributes, zone)
    given += [_event(each, catalog) for each in example.events]
    part = None if example.part is None else syn.Name(example.part)
    return defs.Example(example.title, example.inside, part, tuple(given))


def _values(values: Mapping[str, Value], zone: str) -> list[defs.Given]:
    return [
        defs.Given(syn.Name(name), literal(value, zone))
        for name, value in values.items()
    ]


def _event(happening: Happening, catalog: Catalog) -> defs.GivenEvent:
    event, zone = catalog.events[happening.event], catalog.entity.zone
    values = dict(happening.values)
    bare: syn.Expr | None = None
    if event.argument is not None and event.argument in values:
        bare = literal(values.pop(event.argument), zone)
    given: list[defs.Given | defs.GivenEvent] = []
    if happening.time is not None:
        given.append(defs.Given(syn.Name("time"), literal(happening.time, zone)))
    given += _values(values, zone)
    given += [_event(each, catalog) for each in happening.rows]
    return defs.GivenEvent(syn.Name(event.call_name), bare, tuple(given))
