"""A catalog and its warehouse in, the columns that are missing or don't fit out."""

from collections.abc import Collection, Iterator

from segql.catalog.nodes import Catalog, Column, Event, Path
from segql.diagnostics import Diagnostic
from segql.engines import Connection
from segql.engines.files import fold
from segql.engines.shape import Shape
from segql.messages import engine as messages
from segql.source import Span
from segql.types import (
    INTEGER_DIGITS,
    MAX_DIGITS,
    Boolean,
    Date,
    Double,
    Exact,
    ListOf,
    Point,
    Text,
    Timestamp,
    Type,
)
from segql.warehouse.ground import Ground, Use, dotted, parent_of, table_of, uses

Names = Collection[Path]
"""What rules use: `(attribute,)`, `(event,)`, `(event, property)`."""


def column_faults(
    catalog: Catalog, connection: Connection, names: Names | None = None
) -> Iterator[tuple[Path, Diagnostic]]:
    """What is wrong with the places that some names use, or all; by entry."""
    ground = Ground(catalog, connection)
    missing: set[str] = set()
    for use in uses(catalog):
        if names is not None and not _used(use.of, names, catalog):
            continue
        span = ground.span(use.at)
        if ground.columns(use.table) is None:
            if use.table not in missing:
                missing.add(use.table)
                at = _table_entry(catalog, use)
                yield at, _no_table(connection, use.table, ground.span(at))
        elif (shape := ground.shape(use.table, use.path)) is None:
            known = ground.beside(use.table, use.path)
            path = dotted(use.path)
            yield use.at, messages.column_missing(use.table, path, known, span)
        elif use.column and (fault := type_fault(use, use.column, shape, span)):
            yield use.at, fault
    yield from _key_faults(ground, names)


def _used(of: Path, names: Names, catalog: Catalog) -> bool:
    match of:
        case ():
            return True
        case (event, _):
            rule = catalog.events[event].where
            # the fixed filter may read any property, so all of its event's are used
            return of in names or (rule is not None and _event(event, names))
        case _:
            return _event(of[0], names)


def _event(name: str, names: Names) -> bool:
    return any(each[0] == name for each in names)


def _table_entry(catalog: Catalog, use: Use) -> Path:
    """The entry that names the table of a place."""
    if not use.of:
        found: Path = ("entity",)
    elif use.of[0] in catalog.attributes:
        found = ("attributes", use.of[0])
    else:
        found = _tables(catalog, catalog.events[use.of[0]])[use.table]
    found = (*found, "table")
    return found if found in catalog.spans else use.at


def _tables(catalog: Catalog, event: Event) -> dict[str, Path]:
    """The tables that an event's rows and what is joined stand in, by entry."""
    at = catalog.entry(event.name)
    tables = {event.table: at}
    for join in event.joins.values():
        tables.setdefault(join.table, (*at, "joins", join.name))
    if event.parent is not None:
        tables = _tables(catalog, parent_of(catalog, event)) | tables
    return tables


def _no_table(connection: Connection, table: str, span: Span) -> Diagnostic:
    unreadable = connection.unreadable.get(fold(table))
    return unreadable or messages.table_missing(table, connection.tables(), span)


# Types.


def type_fault(use: Use, column: Column, shape: Shape, span: Span) -> Diagnostic | None:
    """Why a column can't be read as declared; None if it can."""
    path = dotted(use.path)
    type = column.type
    if column.stored == "text" or (column.stored == "json" and shape.kind == "text"):
        fits = shape.kind == "text"
    elif column.stored == "json":
        fits = shape.kind == "json"
    elif column.stored == "timestamp":
        fits = shape.kind == "clock"
    elif column.double:
        fits = shape.kind == "double"
    elif isinstance(type, Timestamp) and shape.kind in ("clock", "instant"):
        if column.zone is None and shape.kind == "clock":
            return messages.zone_missing(use.table, path, shape.name, span)
        if column.zone is not None and shape.kind == "instant":
            return messages.zone_superfluous(use.table, path, shape.name, span)
        fits = True
    else:
        fits = holds(type, shape)
    if fits:
        return None
    parsed = shape.kind == "text" and column.stored is None and not column.double
    better = "stored: text" if parsed and _is_parsed(type) else declarable(shape)
    return messages.type_unfit(use.table, path, shape.name, str(type), better, span)


def _is_parsed(type: Type) -> bool:
    """Whether text can hold it, read with `stored: text`."""
    return isinstance(type, Boolean | Exact | Double | Date | Timestamp)


def holds(type: Type, shape: Shape) -> bool:
    """Whether a type of the language holds all that a column can."""
    match type:
        case Text():
            return shape.kind == "text"
        case Boolean():
            return shape.kind == "boolean"
        case Exact(digits, scale):
            whole = shape.digits - shape.scale
            return (
                shape.kind == "exact"
                and shape.scale <= scale
                and whole <= digits - scale
            )
        case Double():
            return shape.kind == "double"
        case Date():
            return shape.kind == "date"
        case Timestamp():
            return shape.kind == "instant"
        case Point():
            return shape.kind in ("double", "exact")
        case ListOf(element):
            return shape.element is not None and holds(element, shape.element)


def declarable(shape: Shape) -> str | None:
    """How a catalog can declare a column; None if there is no type for it."""
    match shape.kind:
        case "exact" if shape.scale == 0 and shape.digits <= INTEGER_DIGITS:
            return "integer"
        case "exact" if shape.digits <= MAX_DIGITS:
            return f"decimal({shape.digits}, {shape.scale})"
        case "text" | "boolean" | "double" | "date":
            return shape.kind
        case "clock" | "instant":
            return "timestamp"
        case "json":
            return "stored: json"
        case "list" if shape.element and shape.element.kind != "list":
            element = declarable(shape.element)
            wrong = element is None or ":" in element or shape.element.kind == "clock"
            return None if wrong else f"list of {element}"
        case _:
            return None


# Keys.


def _key_faults(
    ground: Ground, names: Names | None
) -> Iterator[tuple[Path, Diagnostic]]:
    for of, at, (table, path), (other, other_path) in _matched(ground.catalog):
        if names is not None and not _used(of, names, ground.catalog):
            continue
        shape = ground.shape(table, path)
        against = ground.shape(other, other_path)
        if shape and against and _family(shape) != _family(against):
            place, wanted = f"{table}.{dotted(path)}", f"{other}.{dotted(other_path)}"
            span = ground.span(at)
            yield (
                at,
                messages.keys_differ(place, shape.name, wanted, against.name, span),
            )


def _matched(
    catalog: Catalog,
) -> Iterator[tuple[Path, Path, tuple[str, Path], tuple[str, Path]]]:
    """All pairs of places that are matched with each other: whose, and where said."""
    customer = (catalog.entity.table, catalog.entity.key)
    for name, attribute in catalog.attributes.items():
        if attribute.related:
            related = (attribute.related.table, attribute.related.key)
            yield (name,), ("attributes", name, "key"), related, customer
    for name, event in catalog.events.items():
        at = catalog.entry(name)
        for join in event.joins.values():
            for column, place in join.on:
                here = (*at, "joins", join.name, "on", column)
                own = (table_of(event, place), place.path)
                yield (name,), here, own, (join.table, (column,))
        for column, place in event.on:
            theirs = (table_of(parent_of(catalog, event), place), place.path)
            yield (name,), (*at, "on", column), theirs, (event.table, (column,))
        if event.customer is not None:
            own = (table_of(event, event.customer), event.customer.path)
            yield (name,), (*at, "customer"), own, customer


def _family(shape: Shape) -> str:
    if shape.kind in ("exact", "double"):
        return "number"
    return shape.name if shape.kind == "other" else shape.kind
