"""What would make an answer wrong is refused before the query runs.

A rule's answer rests on keys: each customer has one row, and what is joined has at
most one row per key. A missing key of a related or joined row is harmless, as nothing
matches it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from segql.catalog.nodes import Catalog, Column, Path
from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.engines import Connection
from segql.engines.files import fold
from segql.messages import engine as messages
from segql.sql import counts as sql
from segql.warehouse.columns import Names, column_faults
from segql.warehouse.ground import Ground, Use, dotted, uses
from segql.warehouse.questions import Cells, ask, unreadable, whole


@dataclass(frozen=True, slots=True)
class Key:
    """Columns of a table that should have one row per key; `at` is their entry."""

    at: Path
    table: str
    paths: tuple[Path, ...]
    entity: bool = False

    @property
    def shown(self) -> str:
        return ", ".join(".".join(path) for path in self.paths)


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many rows a table has, how many have a key, how many keys there are."""

    rows: int
    known: int
    different: int


def check_columns(
    catalog: Catalog, connection: Connection, names: Names | None = None
) -> None:
    """Raises what is wrong with the columns that some names use; None means all.

    `names` has a tuple for each attribute `(name,)`, each event `(name,)` and each
    of its properties `(event, property)`.
    """
    report = Report(catalog.source)
    for _, fault in column_faults(catalog, connection, names):
        _add(report, fault)
    if not report.ok:
        raise SegqlError(report.errors)


def check_keys(
    catalog: Catalog, connection: Connection, tables: Collection[str] | None = None
) -> None:
    """Raises what is wrong with the keys of some tables; None means all.

    The entity's are always among them. What was counted once is not counted again
    on the same connection.
    """
    report = Report(catalog.source)
    wanted = None if tables is None else {fold(table) for table in tables}
    ground = Ground(catalog, connection)
    for key in keys(catalog):
        if wanted is None or key.entity or fold(key.table) in wanted:
            for fault in key_faults(ground, key):
                _add(report, fault)
    if not report.ok:
        raise SegqlError(report.errors)


def check_cells(
    catalog: Catalog, connection: Connection, places: Collection[tuple[str, Path]]
) -> None:
    """Raises which columns of some places have cells that can't be read.

    So a rule is refused whatever its other tests are, and not only where an engine
    happens to come by such a cell. What was looked at once is not looked at again.
    """
    report = Report(catalog.source)
    ground = Ground(catalog, connection)
    for use in uses(catalog):
        column = use.column
        if column is None or column.unreadable_missing:
            continue
        if (use.table, use.path) not in places:
            continue
        for fault in _cell_faults(ground, use, column):
            _add(report, fault)
    if not report.ok:
        raise SegqlError(report.errors)


def _cell_faults(ground: Ground, use: Use, column: Column) -> tuple[Diagnostic, ...]:
    note = ("cells", fold(use.table), use.path, column)
    if note not in ground.connection.notes:
        span = ground.span(use.at)
        shown = dotted(use.path)
        cells = Cells(use.at, use.table, shown, at_path(column, use.path), "t", span)
        found = ask(unreadable(cells), sql.rows(use.table, "t"), ground.connection)
        ground.connection.notes[note] = tuple(fault for _, _, fault in found)
    faults = ground.connection.notes[note]
    assert isinstance(faults, tuple)
    return faults


def at_path(column: Column, path: Path) -> Column:
    """A column, or the other half of a point, as a column of its own."""
    return column if path == column.path else replace(column, path=path)


def keys(catalog: Catalog) -> Iterator[Key]:
    """The keys that should be unique, each once."""
    entity = catalog.entity
    seen: set[tuple[str, tuple[Path, ...]]] = set()
    if not entity.distinct:
        seen.add((entity.table, (entity.key,)))
        yield Key(("entity", "key"), entity.table, (entity.key,), entity=True)
    for name, attribute in catalog.attributes.items():
        if attribute.related:
            related = (attribute.related.table, (attribute.related.key,))
            if related not in seen:
                seen.add(related)
                yield Key(("attributes", name, "key"), *related)
    for name, event in catalog.events.items():
        for join in event.joins.values():
            joined = (join.table, tuple((column,) for column, _ in join.on))
            if joined not in seen:
                seen.add(joined)
                at = (*catalog.entry(name), "joins", join.name)
                yield Key(at, *joined)


def key_faults(ground: Ground, key: Key) -> Iterator[Diagnostic]:
    if proven(ground.connection, key):
        return
    counts = count_keys(ground, key)
    span = ground.span(key.at)
    if key.entity and counts.known < counts.rows:
        lacking = counts.rows - counts.known
        yield messages.key_missing(key.table, key.shown, lacking, span)
    if counts.different < counts.known:
        role = (
            "each customer has one row; a table with more can be the entity's with"
            " `distinct: true`"
            if key.entity
            else "at most one row may match; join or relate a table or view that has"
            " one row per key"
        )
        yield messages.key_repeated(
            key.table, key.shown, counts.known, counts.different, role, span
        )


def proven(connection: Connection, key: Key) -> bool:
    """Whether the engine itself keeps the key unique, and known."""
    columns = {fold(path[0]) for path in key.paths if len(path) == 1}
    if len(columns) < len(key.paths):
        return False
    return any(
        {fold(column) for column in unique} <= columns
        for unique in connection.unique(key.table)
    )


def count_keys(ground: Ground, key: Key) -> KeyCounts:
    """Counted in one pass, once for each connection."""
    note = ("keys", fold(key.table), key.paths)
    if note not in ground.connection.notes:
        ground.connection.notes[note] = _count(ground, key)
    counts = ground.connection.notes[note]
    assert isinstance(counts, KeyCounts)
    return counts


def _count(ground: Ground, key: Key) -> KeyCounts:
    connection = ground.connection
    parts = [ground.sql(key.table, path, "t") for path in key.paths]
    table = sql.rows(key.table, "t")
    known = sql.number_where(sql.every(*map(sql.present, parts)))
    asked = [sql.number(), known]
    if len(parts) == 1:
        asked.append(sql.different(parts[0]))
    counts = connection.rows(sql.counted(table, asked, connection.dialect))[0]
    if len(parts) > 1:
        query = sql.different_rows(table, parts, connection.dialect)
        counts = (*counts, connection.scalar(query))
    return KeyCounts(*map(whole, counts))


def _add(report: Report, fault: Diagnostic) -> None:
    """A fault of a file has no place in the catalog."""
    if fault.code.startswith("E51"):
        report.diagnostics.append(fault)
    else:
        report.add(fault)
