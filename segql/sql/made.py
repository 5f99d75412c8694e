"""Made-up rows and a rule in; one query that has them written in it, out.

The query reads no table: each one that it names is a WITH of literal rows. So the same
rows can be asked of any warehouse, which is only read, and nothing is created in it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from sqlglot import exp

from segql.catalog.nodes import Catalog, Column
from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.build import build
from segql.plan.columns import columns
from segql.sql import names, portable
from segql.sql.compile import text
from segql.sql.dialects import facts
from segql.sql.lower import lower
from segql.types import DOUBLE, INTEGER, ListOf, Point, Timestamp, Type

Rows: TypeAlias = Sequence[Mapping[str, Any]]


def members_of(
    rule: mdl.Rule,
    world: World,
    tables: Mapping[str, Rows],
    as_of: datetime,
    dialect: str,
) -> str:
    """The query that yields the keys of those rows of a plain world that are members.

    Raises:
        SegqlError: the dialect has no exact way to say a part of it.
    """
    world = replace(world, catalog=_written(world.catalog))
    plan = build({"rule": rule}, world, as_of)
    query = lower(plan, plan.segments[0], facts(dialect))
    types = _types(world.catalog)
    read: dict[str, list[str]] = {}
    for table, column in columns((rule,), world):
        read.setdefault(table, []).append(column)
    made = [
        exp.CTE(
            this=_rows(tables[table], {name: types[table, name] for name in found}),
            alias=exp.TableAlias(this=names.identifier(table)),
        )
        for table, found in read.items()
    ]
    key = "with_" if "with_" in query.arg_types else "with"
    shared = query.args.get(key)
    rest = list(shared.expressions) if shared is not None else []
    query.set(key, exp.With(expressions=[*made, *rest]))
    return text(query, dialect, False)


def _written(catalog: Catalog) -> Catalog:
    """A plain catalog as the rows are written: lists as JSON, instants as UTC walls."""

    def column(each: Column) -> Column:
        kind = each.type.element if isinstance(each.type, ListOf) else each.type
        zone = "UTC" if isinstance(kind, Timestamp) else None
        stored = "json" if isinstance(each.type, ListOf) else None
        return replace(each, zone=zone, stored=stored)  # type: ignore[arg-type]

    attributes = {
        name: replace(each, column=column(each.column))
        for name, each in catalog.attributes.items()
    }
    events = {
        name: replace(
            event,
            time=event.time and column(event.time),
            properties={
                prop: replace(each, column=column(each.column))
                for prop, each in event.properties.items()
            },
        )
        for name, event in catalog.events.items()
    }
    return replace(catalog, attributes=attributes, events=events)


def _types(catalog: Catalog) -> dict[tuple[str, str], Type]:
    """What each column of a plain catalog holds; what it does not type are numbers."""
    found: dict[tuple[str, str], Type] = _Keys()

    def add(table: str, column: Column) -> None:
        if isinstance(column.type, Point):
            for path in (column.path, column.longitude or ()):
                found[table, path[0]] = DOUBLE
        else:
            found[table, column.path[0]] = column.type

    for attribute in catalog.attributes.values():
        add(catalog.entity.table, attribute.column)
    for event in catalog.events.values():
        for prop in event.properties.values():
            add(event.table, prop.column)
        if event.time is not None:
            add(event.table, event.time)
    return found


class _Keys(dict[tuple[str, str], Type]):
    """Columns that are not typed are keys, which are whole numbers."""

    def __missing__(self, _: tuple[str, str]) -> Type:
        return INTEGER


def _rows(rows: Rows, types: Mapping[str, Type]) -> exp.Query:
    """The rows as a query; without any, it has the columns and yields nothing."""
    if not rows:
        return _row(dict.fromkeys(types), types).where(exp.false(), copy=False)
    found: exp.Query = _row(rows[0], types)
    for row in rows[1:]:
        found = exp.Union(this=found, expression=_row(row, types), distinct=False)
    return found


def _row(row: Mapping[str, Any], types: Mapping[str, Type]) -> exp.Select:
    made = exp.select()
    for name, kind in types.items():
        cell = portable.Cell(value=_held(row[name]), type=kind)
        made.select(exp.alias_(cell, names.identifier(name)), copy=False)
    return made


def _held(value: Any) -> object:
    match value:
        case tuple():
            return json.dumps([_json(each) for each in value], ensure_ascii=False)
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None)
        case _:
            return value


def _json(value: Any) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return value
