"""Places: `home within 25 km of berlin`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from segql.messages import moments, names, types
from segql.model import nodes as mdl
from segql.model.check_values import numeric
from segql.model.scope import Items
from segql.syntax import nodes as syn
from segql.types import Point

if TYPE_CHECKING:
    from segql.model.check import Checker

_KM = {"km": Decimal(1), "mi": Decimal("1.609344"), "m": Decimal("0.001")}

_Place: TypeAlias = tuple[float, float]


def near(c: Checker, node: syn.Near) -> mdl.Rule | None:
    value = c.value(node.value)
    km = _distance(c, node)
    points = _points(c, node)
    if value is None or km is None or points is None:
        return None
    if not isinstance(value.type, Point):
        what = f"`within … {node.unit} of`"
        c.report.add(
            types.needs_type(what, "a point", str(value.type), node.value.span)
        )
        return None
    return mdl.Near(value, points, km, span=node.span)


def _distance(c: Checker, node: syn.Near) -> float | None:
    value = c.value(node.distance)
    match value:
        case None:
            return None
        case mdl.Constant(int() | Decimal() | float() as number):
            most = moments.MAX_KM / _KM[node.unit]
            if numeric(value.type) and 0 < number <= most:
                return float(Decimal(number) * _KM[node.unit])
    c.report.add(moments.bad_distance(node.distance.span))
    return None


def _points(c: Checker, node: syn.Near) -> tuple[_Place, ...] | None:
    """The places, each once, in the order in which they are written."""
    if node.several and isinstance(node.places, syn.Several):
        items: tuple[syn.Expr, ...] = node.places.items
        if not items:
            c.report.add(types.empty_list(node.places.span))
            return None
    else:
        items = (node.places,)
    if not c.grow(len(items), node):
        return None
    found = [_point(c, item) for item in items]
    known = [point for point in found if point is not None]
    return tuple(dict.fromkeys(known)) if len(known) == len(found) else None


def _point(c: Checker, node: syn.Expr) -> _Place | None:
    match node:
        case syn.Several(items) if any(isinstance(i, syn.Name) for i in items):
            source, known = c.report.source, list(c.catalog.places)
            text = source.slice(node.span) if source else None
            c.report.add(moments.not_a_place(known, node.span, text))
            return None
        case syn.Several(items):
            return _pair(c, [c.value(item) for item in items], node)
        case syn.Name(name) if named := c.scope.named.get(name):
            match named.at(node.span):
                case None:
                    return None
                case Items(degrees):
                    return _pair(c, list(degrees), node)
        case syn.Name(name) if name in c.catalog.places:
            return c.catalog.places[name]
        case syn.Name(name) if not (
            name in c.catalog.attributes or c.catalog.event(name)
        ):
            known = list(c.catalog.places)
            c.report.add(names.unknown_place(name, known, node.span))
            return None
    c.report.add(moments.not_a_place(list(c.catalog.places), node.span))
    return None


def _pair(
    c: Checker, values: list[mdl.Value | None] | list[mdl.Constant], node: syn.Expr
) -> _Place | None:
    """A latitude and a longitude in degrees."""
    if None in values:
        return None
    degrees: list[float] = []
    for value in values:
        match value:
            case mdl.Constant(int() | Decimal() | float() as number):
                degrees += [float(number)] if numeric(value.type) else []
    if len(degrees) != len(values) or len(degrees) != 2:
        c.report.add(moments.not_a_place(list(c.catalog.places), node.span))
        return None
    latitude, longitude = degrees
    if _on_earth(latitude, longitude):
        return latitude, longitude
    swapped = None
    if _on_earth(longitude, latitude):
        swapped = f"({_written(values[1])}, {_written(values[0])})"
    c.report.add(moments.bad_degrees(swapped, node.span))
    return None


def _on_earth(latitude: float, longitude: float) -> bool:
    return abs(latitude) <= 90 and abs(longitude) <= 180


def _written(value: mdl.Value | None) -> str:
    return str(value.value) if isinstance(value, mdl.Constant) else "…"
