"""A catalog and its warehouse in, what is wrong between them out.

Errors are what `run` would refuse or stumble on, warnings what a person should know.
Tables are read once for their keys and once for their cells, and no cell is shown. An
event's rows are those of its table, whatever its fixed filter keeps of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from segql.catalog.nodes import Catalog, Column, Event, Join, Path, Place
from segql.diagnostics import Diagnostic, Severity
from segql.engines import Connection
from segql.engines.files import fold
from segql.messages import engine as messages
from segql.source import Span
from segql.warehouse.columns import column_faults
from segql.warehouse.faults import count_keys, key_faults, keys, proven
from segql.warehouse.ground import (
    Ground,
    dotted,
    parent_of,
    quote,
    quote_table,
    table_of,
)
from segql.warehouse.questions import (
    Cells,
    Question,
    ask,
    instant,
    moment,
    nan,
    undeclared,
    unreadable,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic, the entry of the catalog that it is about, how many rows."""

    diagnostic: Diagnostic
    path: Path
    count: int | None = None

    @property
    def severity(self) -> Severity:
        return self.diagnostic.severity

    @property
    def code(self) -> str:
        return self.diagnostic.code

    @property
    def message(self) -> str:
        return self.diagnostic.message

    @property
    def help(self) -> str | None:
        return self.diagnostic.help

    @property
    def span(self) -> Span:
        return self.diagnostic.span


def examine(catalog: Catalog, connection: Connection, as_of: datetime) -> list[Finding]:
    """Everything that is found, in the order of the catalog's parts.

    `as_of` is an instant: events at or after it are told of. A fault of the engine
    itself, such as too little memory, is raised.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of has no time zone")
    doctor = _Doctor(Ground(catalog, connection), as_of)
    return [*doctor.structure(), *doctor.keys(), *doctor.rows()]


class _Doctor:
    def __init__(self, ground: Ground, as_of: datetime) -> None:
        self.ground = ground
        self.catalog = ground.catalog
        self.as_of = as_of
        self.broken: set[Path] = set()
        self.repeated: set[tuple[str, tuple[Path, ...]]] = set()
        self.empty: set[str] = set()

    def finding(self, at: Path, fault: Diagnostic, count: int | None = None) -> Finding:
        if not fault.code.startswith("E51"):  # a file's fault has no place in the text
            fault = fault.at(self.catalog.source)
        return Finding(fault, at, count)

    def structure(self) -> Iterator[Finding]:
        for at, fault in column_faults(self.catalog, self.ground.connection):
            self.broken.add(at)
            yield self.finding(at, fault)

    def keys(self) -> Iterator[Finding]:
        for key in keys(self.catalog):
            if not self.usable(key.table, *key.paths):
                continue
            for fault in key_faults(self.ground, key):
                if fault.code == "E541":
                    self.repeated.add((fold(key.table), key.paths))
                yield self.finding(key.at, fault)
            if self.is_empty(key.table):
                yield from self.no_rows(key.table, key.at)
            if key.entity or proven(self.ground.connection, key):
                continue
            counts = count_keys(self.ground, key)
            if lacking := counts.rows - counts.known:
                span = self.ground.span(key.at)
                fault = messages.related_without_key(
                    key.table, key.shown, lacking, span
                )
                yield self.finding(key.at, fault, lacking)

    def is_empty(self, table: str) -> bool:
        sql = f"SELECT 1 FROM {quote_table(table)} LIMIT 1"
        return not self.ground.connection.rows(sql)

    def no_rows(self, table: str, at: Path) -> Iterator[Finding]:
        if fold(table) not in self.empty:
            self.empty.add(fold(table))
            fault = messages.table_empty(table, self.ground.span(at))
            yield self.finding(at, fault)

    def rows(self) -> Iterator[Finding]:
        for table, questions in self.about_attributes().items():
            source = f"{quote_table(table)} AS t"
            yield from self.asked(questions, source)
        for events in self.grouped():
            yield from self.about_events(events)

    def asked(self, questions: Iterable[Question], source: str) -> Iterator[Finding]:
        for at, count, fault in ask(questions, source, self.ground.connection):
            yield self.finding(at, fault, count)

    def usable(self, table: str, *paths: Path) -> bool:
        return all(self.ground.shape(table, path) is not None for path in paths)

    # Attributes.

    def about_attributes(self) -> dict[str, list[Question]]:
        """What to ask of each table that has attributes."""
        found: dict[str, list[Question]] = {}
        for name, attribute in self.catalog.attributes.items():
            related = attribute.related
            table = related.table if related else self.catalog.entity.table
            at = ("attributes", name)
            column = attribute.column
            questions = self.about_cells(at, table, column, "t", attribute.values)
            found.setdefault(table, []).extend(questions)
        return found

    def about_cells(
        self,
        at: Path,
        table: str,
        column: Column,
        alias: str,
        values: tuple[object, ...],
    ) -> Iterator[Question]:
        paths = [column.path, column.longitude] if column.longitude else [column.path]
        for path in filter(None, paths):
            if not self.usable(table, path) or (*at, "column") in self.broken:
                continue
            raw = self.ground.sql(table, path, alias)
            span = self.ground.span((*at, "column"))
            cells = Cells(at, table, dotted(path), column, raw, span)
            yield from unreadable(cells)
            yield from nan(cells)
            yield from undeclared(cells, values)

    # Events.

    def grouped(self) -> list[list[tuple[str, Event]]]:
        """Events that read the same rows, so that these are read once."""
        groups: dict[object, list[tuple[str, Event]]] = {}
        for name, event in self.catalog.events.items():
            joins = tuple(
                (join.name, join.table, join.on) for join in event.joins.values()
            )
            group = (event.table, joins, event.customer, event.time, event.on)
            groups.setdefault(group, []).append((name, event))
        return list(groups.values())

    def about_events(self, events: list[tuple[str, Event]]) -> Iterator[Finding]:
        name, event = events[0]
        at = self.catalog.entry(name)
        if not self.readable(event):
            return
        questions = [*self.about_event(at, name, event)]
        for join in event.joins.values():
            questions += self.about_join(at, name, event, join)
        for each, other in events:
            for key, value in other.properties.items():
                here = (*self.catalog.entry(each), "properties", key)
                alias = _alias(value.column)
                table = table_of(other, value.column)
                questions += self.about_cells(
                    here, table, value.column, alias, value.values
                )
        if self.is_empty(event.table):
            yield from self.no_rows(event.table, at)
        else:
            yield from self.asked(_once(questions), self.event_rows(at, event))

    def readable(self, event: Event) -> bool:
        """Whether the rows of an event, and what is joined to them, can be read."""
        at = self.catalog.entry(event.name)
        return self.ground.columns(event.table) is not None and all(
            self.joinable(at, event, join) for join in event.joins.values()
        )

    def about_event(self, at: Path, name: str, event: Event) -> Iterator[Question]:
        yield from self.about_customer(at, name, event)
        yield from self.about_time(at, name, event)
        if event.parent is not None and self.tied(event):
            here = (*at, "on")
            parent = parent_of(self.catalog, event)
            yield Question(
                here,
                ("count(*) FILTER (WHERE who.known IS NULL)",),
                lambda rows: messages.rows_without_parent(
                    event.call_name, parent.call_name, rows, self.ground.span(here)
                ),
            )

    def about_customer(self, at: Path, name: str, event: Event) -> Iterator[Question]:
        customer = event.customer and self.place(event, event.customer)
        if customer and self.matchable(at):
            here: Path = (*at, "customer")
            span = self.ground.span(here)
            test = f"{customer} IS NOT NULL AND who.known IS NULL"
            different = f"count(DISTINCT {customer}) FILTER (WHERE {test})"
            yield Question(
                here,
                (f"count(*) FILTER (WHERE {test})", different),
                lambda rows, who: messages.unknown_customers(name, rows, who, span),
            )
            yield Question(
                here,
                (f"count(*) FILTER (WHERE {customer} IS NULL)",),
                lambda rows: messages.without_customer(name, rows, span),
            )

    def about_time(self, at: Path, name: str, event: Event) -> Iterator[Question]:
        column = event.time
        if column is None:
            return
        time = self.place(event, column)
        if time and (*at, "time", "column") not in self.broken:
            here = (*at, "time")
            when = self.ground.span(here)
            table = table_of(event, column)
            shown = dotted(column.path)
            cells = Cells(here, table, shown, column, time, when)
            yield from unreadable(cells)
            yield Question(
                here,
                (f"count(*) FILTER (WHERE {time} IS NULL)",),
                lambda rows: messages.without_time(name, rows, when),
            )
            zone = self.catalog.entity.zone
            late = f"{instant(column, time, zone)} >= {moment(self.as_of)}"
            yield Question(
                here,
                (f"count(*) FILTER (WHERE {late})",),
                lambda rows: messages.in_future(
                    name, rows, self.as_of.isoformat(), when
                ),
            )

    def about_join(
        self, at: Path, name: str, event: Event, join: Join
    ) -> Iterator[Question]:
        """Rows that name a row which isn't there; a missing name is none."""
        here = (*at, "joins", join.name)
        tests = [f"{quote(_joined(join.name))}.{quote(join.on[0][0])} IS NULL"]
        tests += [f"{self.place(event, place)} IS NOT NULL" for _, place in join.on]
        yield Question(
            here,
            (f"count(*) FILTER (WHERE {' AND '.join(tests)})",),
            lambda rows: messages.without_joined(
                name, join.name, rows, self.ground.span(here)
            ),
        )

    def event_rows(self, at: Path, event: Event) -> str:
        """An event's rows with what is joined to them, each row once.

        `who` is what they belong to: a customer, or the event whose rows they are.
        """
        parts = [self.joined_rows(event)]
        entity = self.catalog.entity
        customer = event.customer and self.place(event, event.customer)
        if customer and self.matchable(at):
            key = self.ground.sql(entity.table, entity.key, "t")
            every = f"SELECT DISTINCT {key} AS k, TRUE AS known"
            every += f" FROM {quote_table(entity.table)} AS t"
            parts.append(f"LEFT JOIN ({every}) AS who ON who.k = {customer}")
        if event.parent is not None and self.tied(event):
            parent = parent_of(self.catalog, event)
            keys = [f"{self.place(parent, place)}" for _, place in event.on]
            named = ", ".join(f"{key} AS k{n}" for n, key in enumerate(keys))
            every = f"SELECT DISTINCT {named}, TRUE AS known"
            every += f" FROM {self.joined_rows(parent)}"
            own = [self.ground.sql(event.table, (key,), "e") for key, _ in event.on]
            on = " AND ".join(f"who.k{n} = {key}" for n, key in enumerate(own))
            parts.append(f"LEFT JOIN ({every}) AS who ON {on}")
        return " ".join(parts)

    def joined_rows(self, event: Event) -> str:
        parts = [f"{quote_table(event.table)} AS e"]
        for join in event.joins.values():
            alias = quote(_joined(join.name))
            paths = tuple((column,) for column, _ in join.on)
            columns = [f"{alias}.{quote(column)}" for column, _ in join.on]
            table = quote_table(join.table)
            if (fold(join.table), paths) in self.repeated:
                names = ", ".join(quote(column) for column, _ in join.on)
                table = f"(SELECT DISTINCT ON ({names}) * FROM {table})"
            on = " AND ".join(
                f"{column} = {self.place(event, place)}"
                for column, (_, place) in zip(columns, join.on, strict=True)
            )
            parts.append(f"LEFT JOIN {table} AS {alias} ON {on}")
        return " ".join(parts)

    def joinable(self, at: Path, event: Event, join: Join) -> bool:
        return all(
            self.usable(join.table, (column,))
            and self.place(event, place)
            and (*at, "joins", join.name, "on", column) not in self.broken
            for column, place in join.on
        )

    def tied(self, rows: Event) -> bool:
        """Whether the event that rows belong to can be looked up."""
        parent = parent_of(self.catalog, rows)
        at = (*self.catalog.entry(rows.name), "on")
        return self.readable(parent) and all(
            (*at, column) not in self.broken
            and self.usable(rows.table, (column,))
            and self.usable(table_of(parent, place), place.path)
            for column, place in rows.on
        )

    def matchable(self, at: Path) -> bool:
        """Whether the customers of an event can be looked up."""
        entity = self.catalog.entity
        broken = (*at, "customer") in self.broken
        return not broken and self.usable(entity.table, entity.key)

    def place(self, event: Event, place: Place) -> str | None:
        """A place of an event in SQL; None if it isn't there."""
        table = table_of(event, place)
        if not self.usable(table, place.path):
            return None
        return self.ground.sql(table, place.path, _alias(place))


def _alias(place: Place) -> str:
    return "e" if place.join is None else _joined(place.join)


def _joined(join: str) -> str:
    return f"join {join}"


def _once(questions: list[Question]) -> list[Question]:
    """Each question once: events of one table have properties in common."""
    first: dict[tuple[str, ...], Question] = {}
    for question in questions:
        first.setdefault(question.counts, question)
    return list(first.values())
