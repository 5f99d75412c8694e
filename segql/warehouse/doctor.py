"""A catalog and its warehouse in, what is wrong between them out.

Errors are what `run` would refuse or stumble on, warnings what a person should know.
Tables are read once for their keys and once for their cells, and no cell is shown. An
event's rows are those of its table, whatever its fixed filter keeps of them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from segql.catalog.nodes import Catalog, Column, Event, Join, Path, Place
from segql.diagnostics import Diagnostic, SegqlError, Severity
from segql.engines import Connection
from segql.engines.files import fold
from segql.messages import engine as messages
from segql.model.world import World
from segql.plan.partitions import partition_of
from segql.source import Span
from segql.sql import counts as sql
from segql.warehouse.columns import column_faults
from segql.warehouse.faults import at_path, count_keys, key_faults, keys, proven
from segql.warehouse.ground import Ground, dotted, parent_of, table_of
from segql.warehouse.questions import Cells, Question, ask, nan, undeclared, unreadable

_OF_QUESTIONS = ("E405", "E518", "E519", "E525", "E542")
"""No exact SQL in the dialect; a cell, or a number, that stops the query; refused."""


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
        query = sql.any_row(sql.rows(table, "t"), self.ground.connection.dialect)
        return not self.ground.connection.rows(query)

    def no_rows(self, table: str, at: Path) -> Iterator[Finding]:
        if fold(table) not in self.empty:
            self.empty.add(fold(table))
            fault = messages.table_empty(table, self.ground.span(at))
            yield self.finding(at, fault)

    def rows(self) -> Iterator[Finding]:
        for table, questions in self.about_attributes().items():
            yield from self.asked(questions, sql.rows(table, "t"))
        for events in self.grouped():
            yield from self.about_events(events)

    def asked(
        self, questions: Iterable[Question], source: sql.Rows
    ) -> Iterator[Finding]:
        """All at once; if that fails, each alone, so that one is not answered."""
        asked, connection = list(questions), self.ground.connection
        try:
            found = list(ask(asked, source, connection))
        except SegqlError as error:
            if not _may_be_passed_over(error):
                raise
            if len(asked) > 1:
                for question in asked:
                    yield from self.asked([question], source)
                return
            [at] = [question.at for question in asked]
            span = self.ground.span(at)
            for fault in error.diagnostics:
                what = ".".join(at[1:])
                yield self.finding(at, messages.not_looked_at(what, fault, span))
            return
        for at, count, fault in found:
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
            source = partial(sql.rows, table, "t")
            questions = self.about_cells(
                at, table, column, "t", attribute.values, source
            )
            found.setdefault(table, []).extend(questions)
        return found

    def about_cells(
        self,
        at: Path,
        table: str,
        column: Column,
        alias: str,
        values: tuple[object, ...],
        source: Callable[[], sql.Rows],
    ) -> Iterator[Question]:
        paths = [column.path, column.longitude] if column.longitude else [column.path]
        for path in filter(None, paths):
            if not self.usable(table, path) or (*at, "column") in self.broken:
                continue
            span = self.ground.span((*at, "column"))
            whole = at_path(column, path)
            cells = Cells(at, table, dotted(path), whole, alias, span)
            yield from unreadable(cells)
            yield from nan(cells)
            world, connection = World(self.catalog, {}), self.ground.connection
            yield from undeclared(cells, values, world, source, connection)

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
        source = self.event_rows(at, event)
        questions = [*self.about_event(at, name, event)]
        for join in event.joins.values():
            questions += self.about_join(at, name, event, join)
        for each, other in events:
            for key, value in other.properties.items():
                here = (*self.catalog.entry(each), "properties", key)
                alias = _alias(other, value.column)
                table = table_of(other, value.column)
                questions += self.about_cells(
                    here, table, value.column, alias, value.values, lambda: source
                )
        if self.is_empty(event.table):
            yield from self.no_rows(event.table, at)
        else:
            yield from self.asked(_once(questions), source)
            for each, other in events:
                here = self.catalog.entry(each)
                yield from self.about_partitions(here, other, source)

    def about_partitions(
        self, at: Path, event: Event, source: sql.Rows
    ) -> Iterator[Finding]:
        """Whether events lie in the partitions that rules look for them in."""
        parted, time = event.partitioned_by, event.time
        if parted is None or time is None or self.place(event, time) is None:
            return
        here = (*at, "partitioned_by")
        part = self.place(event, parted.column)
        if part is None or self.broken & {(*here, "column"), (*at, "time", "column")}:
            return
        connection = self.ground.connection
        alias = _alias(event, time)
        query = sql.extent(source, part, time, alias, connection.dialect)
        zone = self.catalog.entity.zone
        values = wrong = 0
        for value, *ends in connection.rows(query):
            values += 1
            shown = None if value is None else str(value)
            wrong += any(
                each is not None and partition_of(each, parted, zone) != shown
                for each in ends
            )
        if wrong:
            name, span = dotted(parted.column.path), self.ground.span(here)
            fault = messages.partitions_untrue(event.name, name, wrong, values, span)
            yield self.finding(here, fault, wrong)

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
                (sql.number_where(sql.missing(sql.KNOWN)),),
                lambda rows: messages.rows_without_parent(
                    event.call_name, parent.call_name, rows, self.ground.span(here)
                ),
            )

    def about_customer(self, at: Path, name: str, event: Event) -> Iterator[Question]:
        customer = self.customer(event)
        if customer is not None and self.matchable(at):
            here: Path = (*at, "customer")
            span = self.ground.span(here)
            test = sql.every(sql.present(customer), sql.missing(sql.KNOWN))
            yield Question(
                here,
                (sql.number_where(test), sql.different(customer, test)),
                lambda rows, who: messages.unknown_customers(name, rows, who, span),
            )
            yield Question(
                here,
                (sql.number_where(sql.missing(customer)),),
                lambda rows: messages.without_customer(name, rows, span),
            )

    def about_time(self, at: Path, name: str, event: Event) -> Iterator[Question]:
        column = event.time
        if column is None:
            return
        time = self.place(event, column)
        if time is not None and (*at, "time", "column") not in self.broken:
            here = (*at, "time")
            when = self.ground.span(here)
            table = table_of(event, column)
            shown = dotted(column.path)
            alias = _alias(event, column)
            cells = Cells(here, table, shown, column, alias, when)
            yield from unreadable(cells)
            yield Question(
                here,
                (sql.number_where(sql.missing(time)),),
                lambda rows: messages.without_time(name, rows, when),
            )
            zone = self.catalog.entity.zone
            late = sql.from_on(column, alias, self.as_of, zone)
            yield Question(
                here,
                (sql.number_where(late),),
                lambda rows: messages.in_future(
                    name, rows, self.as_of.isoformat(), when
                ),
            )

    def about_join(
        self, at: Path, name: str, event: Event, join: Join
    ) -> Iterator[Question]:
        """Rows that name a row which isn't there; a missing name is none."""
        here = (*at, "joins", join.name)
        theirs = sql.place((join.on[0][0],), _joined(event, join.name))
        own = (self.own(event, place) for _, place in join.on)
        test = sql.every(sql.missing(theirs), *map(sql.present, own))
        yield Question(
            here,
            (sql.number_where(test),),
            lambda rows: messages.without_joined(
                name, join.name, rows, self.ground.span(here)
            ),
        )

    def event_rows(self, at: Path, event: Event) -> sql.Rows:
        """An event's rows with what is joined to them, each row once.

        `who` is what they belong to: a customer, or the event whose rows they are.
        """
        found = self.joined_rows(event)
        entity = self.catalog.entity
        customer = self.customer(event)
        if customer is not None and self.matchable(at):
            key = self.ground.sql(entity.table, entity.key, "t")
            customers = sql.rows(entity.table, "t")
            found = sql.with_known(found, customers, [(key, customer)])
        if event.parent is not None and self.tied(event):
            parent = parent_of(self.catalog, event)
            pairs = [
                (
                    self.own(parent, place),
                    self.ground.sql(event.table, (column,), "e"),
                )
                for column, place in event.on
            ]
            found = sql.with_known(found, self.joined_rows(parent), pairs)
        return found

    def joined_rows(self, event: Event) -> sql.Rows:
        found = sql.rows(event.table, "e")
        for join in event.joins.values():
            paths = tuple((column,) for column, _ in join.on)
            once = (fold(join.table), paths) in self.repeated
            pairs = [(column, self.own(event, place)) for column, place in join.on]
            alias = _joined(event, join.name)
            found = sql.with_rows(found, join.table, alias, pairs, once=once)
        return found

    def joinable(self, at: Path, event: Event, join: Join) -> bool:
        return all(
            self.usable(join.table, (column,))
            and self.place(event, place) is not None
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

    def place(self, event: Event, place: Place) -> sql.Part | None:
        """A place of an event in SQL; None if it isn't there."""
        table = table_of(event, place)
        if not self.usable(table, place.path):
            return None
        return self.own(event, place)

    def customer(self, event: Event) -> sql.Part | None:
        return None if event.customer is None else self.place(event, event.customer)

    def own(self, event: Event, place: Place) -> sql.Part:
        table = table_of(event, place)
        return self.ground.sql(table, place.path, _alias(event, place))


def _alias(event: Event, place: Place) -> str:
    return "e" if place.join is None else _joined(event, place.join)


def _joined(event: Event, join: str) -> str:
    return f"j{list(event.joins).index(join) + 1}"


def _may_be_passed_over(error: SegqlError) -> bool:
    """Whether an error is about the question, not about the connection."""
    return all(each.code in _OF_QUESTIONS for each in error.diagnostics)


def _once(questions: list[Question]) -> list[Question]:
    """Each question once: events of one table have properties in common."""
    first: dict[tuple[sql.Part, ...], Question] = {}
    for question in questions:
        first.setdefault(question.counts, question)
    return list(first.values())
