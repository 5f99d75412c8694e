"""The form of an event or a fact in, what rules see of it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from segql.catalog.columns import Columns
from segql.catalog.forms import EventForm, FactForm, JoinForm, PartitionForm, RowsForm
from segql.catalog.named import described, successors
from segql.catalog.nodes import (
    Column,
    Event,
    Join,
    Partitioning,
    Path,
    Place,
    Property,
)
from segql.catalog.value_forms import PropertyForm
from segql.catalog.words import is_name, is_zone, read_history, read_type
from segql.catalog.yaml import Document
from segql.diagnostics import Report
from segql.messages import catalog as messages
from segql.messages import facts
from segql.source import Span
from segql.types import DATE, INTEGER, TEXT, ListOf

Kind: TypeAlias = Literal["event", "fact", "row"]


@dataclass(frozen=True, slots=True)
class Events:
    """Reads the events, facts and rows of one catalog; `entity` is what it calls who
    they are about, `zone` the business's."""

    columns: Columns
    entity: str
    zone: str

    @property
    def document(self) -> Document:
        return self.columns.document

    @property
    def report(self) -> Report:
        return self.columns.report

    def event(self, name: str, form: EventForm | FactForm) -> dict[str, Event]:
        """An event or a fact with its rows, by name; nothing if it can't be read."""
        kind: Kind = "event" if isinstance(form, EventForm) else "fact"
        at = (f"{kind}s", name)
        is_name(name, "table", self.document.key(at), self.report)
        joins = self.joins(form.joins, at)
        customer = self.columns.place(form.customer, (*at, "customer"), joins)
        time = tie_break = unique = partitioned_by = history = None
        if isinstance(form, EventForm):
            what = "the time of an event"
            time = self.columns.moment(form.time, (*at, "time"), what, joins)
            if form.tie_break is not None:
                path = form.tie_break
                tie_break = self.columns.place(path, (*at, "tie_break"), joins)
            if form.partitioned_by is not None and time is not None:
                here = (*at, "partitioned_by")
                partitioned_by = self.partitioning(form.partitioned_by, time, here)
            if form.history is not None:
                span = self.document.span((*at, "history"))
                history = read_history(form.history, span, self.report)
        if form.unique is not None:
            unique = self.columns.place(form.unique, (*at, "unique"), joins)
        event = Event(
            **described(name, form),
            table=form.table,
            joins=joins,
            customer=customer,
            time=time,
            where=form.where,
            properties=self.properties(form, at, joins),
            argument=form.argument,
            tie_break=tie_break,
            unique=unique,
            partitioned_by=partitioned_by,
            history=history,
        )
        self.argument(event, kind, form, at)
        rows = [self.rows(event, key, each, at) for key, each in form.rows.items()]
        successors(self.columns, form.rows, (*at, "rows"), "row")
        if kind == "event" and time is None:
            return {}
        return {each.name: each for each in (event, *rows)}

    def partitioning(
        self, form: PartitionForm, time: Column, at: Path
    ) -> Partitioning | None:
        span = self.document.span((*at, "type"))
        type = read_type(form.type, span, self.report)
        if type is None:
            return None
        if type not in (DATE, TEXT, INTEGER):
            what, allowed = "a partition", "`date`, or `text` or `integer` with `form`"
            self.report.add(messages.type_not_here(str(type), what, allowed, span))
            return None
        if type == DATE and form.form is not None:
            why = "a column of dates needs none"
            self.columns.option(at, "form", "is for text and integers", why)
        if type != DATE and form.form is None:
            reason = f"a partition of type {type} needs `form`"
            help = "add how it is written, such as `form: YYYYMMDD`"
            self.report.add(messages.partition_unclear(reason, help, span))
        if type == INTEGER and "-" in (form.form or ""):
            reason = "an integer has no hyphens in it"
            span = self.document.span((*at, "form"))
            help = "write `form: YYYYMMDD`, or `type: text`"
            self.report.add(messages.partition_unclear(reason, help, span))
        zone = self.zone
        if form.zone is not None:
            is_zone(form.zone, self.document.span((*at, "zone")), self.report)
            zone = form.zone
        elif time.type != DATE:
            reason = "the partition does not say in which time zone a day begins"
            help = "add `zone`, most often `zone: UTC`"
            span = self.document.key(at)
            self.report.add(messages.partition_unclear(reason, help, span))
        column = Column(tuple(form.column), type=type)
        return Partitioning(column, form.form or "YYYY-MM-DD", zone)

    def rows(self, parent: Event, name: str, form: RowsForm, above: Path) -> Event:
        """Rows that belong to one event or fact."""
        at = (*above, "rows", name)
        self.rows_name(name, parent, self.document.key(at))
        joins = self.joins(form.joins, at)
        on = tuple(
            (column, self.columns.place(path, (*at, "on", column), parent.joins))
            for column, path in form.on.items()
        )
        event = Event(
            **described(f"{parent.name}.{name}", form),
            table=form.table,
            joins=joins,
            customer=None,
            time=None,
            where=form.where,
            properties=self.properties(form, at, joins),
            argument=form.argument,
            parent=parent.name,
            on=on,
        )
        self.argument(event, "row", form, at)
        return event

    def joins(self, forms: Mapping[str, JoinForm], at: Path) -> dict[str, Join]:
        joins: dict[str, Join] = {}
        for name, each in forms.items():
            here = (*at, "joins", name)
            later = tuple(other for other in forms if other not in joins)
            if not is_name(name, "table", self.document.key(here), self.report):
                continue
            on: tuple[tuple[str, Place], ...] = tuple(
                (column, self.columns.place(path, (*here, "on", column), joins, later))
                for column, path in each.on.items()
            )
            joins[name] = Join(name, each.table, on)
        return joins

    def properties(
        self, form: EventForm | FactForm | RowsForm, above: Path, joins: dict[str, Join]
    ) -> dict[str, Property]:
        properties: dict[str, Property] = {}
        for name, each in form.properties.items():
            at = (*above, "properties", name)
            self.property_name(name, self.document.key(at))
            found = self.property(name, each, at, joins)
            if found is not None:
                properties[name] = found
        successors(self.columns, form.properties, (*above, "properties"), "property")
        return properties

    def property(
        self, name: str, form: PropertyForm, at: Path, joins: dict[str, Join]
    ) -> Property | None:
        column = self.columns.value(form, at, joins)
        if column is None:
            return None
        values = self.columns.values(form, column.type, at)
        return Property(**described(name, form), values=values, column=column)

    def property_name(self, name: str, span: Span) -> None:
        if not is_name(name, "column", span, self.report):
            return
        if name in ("time", "day"):
            self.report.add(messages.reserved_property(name, span))
        elif name == self.entity:
            self.report.add(messages.name_taken(name, "property", _ENTITY, span))

    def rows_name(self, name: str, parent: Event, span: Span) -> None:
        if not is_name(name, "table", span, self.report):
            return
        if name in ("time", "day"):
            fault = messages.reserved_property(name, span, "rows", "table")
            self.report.add(fault)
        elif name == self.entity:
            self.report.add(messages.name_taken(name, "row", _ENTITY, span))
        elif name in parent.properties:
            self.report.add(facts.rows_like_property(name, parent.name, span))

    def argument(
        self,
        event: Event,
        kind: Kind,
        form: EventForm | FactForm | RowsForm,
        above: Path,
    ) -> None:
        name = form.argument
        if name is None:
            return
        span = self.document.span((*above, "argument"))
        if name not in form.properties:
            called, known = event.call_name, form.properties
            fault = messages.unknown_argument(name, kind, called, known, span)
            self.report.add(fault)
            return
        found = event.properties.get(name)
        if found is not None and isinstance(found.column.type, ListOf):
            listed = str(found.column.type)
            self.report.add(messages.argument_not_scalar(name, listed, span))


_ENTITY = "the entity, which rules name inside an event's parentheses"
