"""The text of a catalog in, the catalog as plain values out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypedDict, get_args

from segql.catalog.columns import Columns
from segql.catalog.faults import Findings, TooMany, read_form
from segql.catalog.forms import (
    AttributeForm,
    CatalogForm,
    DescribedForm,
    EntityForm,
    EventForm,
)
from segql.catalog.nodes import (
    Attribute,
    Catalog,
    Column,
    Entity,
    Event,
    Join,
    Path,
    Property,
    Related,
)
from segql.catalog.words import is_name, is_zone
from segql.catalog.yaml import Document
from segql.diagnostics import Report
from segql.messages import catalog as messages
from segql.source import Source
from segql.types import ListOf

_LEAST = "entity: {table: customers, key: customer_id, zone: Europe/Berlin}"


def read_catalog(source: Source, report: Report) -> Catalog | None:
    """Reads a catalog; None if anything is wrong with it, with all that is wrong
    in the report, in the order of the text."""
    findings = Findings()
    catalog = None
    try:
        filled = read_form(CatalogForm, source, findings, "catalog", _LEAST)
        if filled:
            catalog = _Reader(source, filled.document, findings).catalog(filled.form)
    except TooMany:
        pass
    findings.into(report, source)
    return catalog if findings.ok else None


class _Described(TypedDict):
    """What every name of the catalog can say about itself."""

    name: str
    description: str
    synonyms: tuple[str, ...]
    labels: tuple[str, ...]
    deprecated: str | None


@dataclass(frozen=True, slots=True)
class _Reader:
    source: Source
    document: Document
    report: Report

    def catalog(self, form: CatalogForm) -> Catalog:
        entity = self.entity(form.entity)
        attributes = {
            name: attribute
            for name, each in form.attributes.items()
            if (attribute := self.attribute(name, each, form.entity)) is not None
        }
        events = {
            name: event
            for name, each in form.events.items()
            if (event := self.event(name, each, form.entity.name)) is not None
        }
        self.collisions(form)
        self.successors(form.attributes, ("attributes",), "attribute")
        self.successors(form.events, ("events",), "event")
        return Catalog(
            entity, attributes, events, form.language, self.source, self.document.spans
        )

    @property
    def columns(self) -> Columns:
        return Columns(self.source, self.document, self.report)

    def entity(self, form: EntityForm) -> Entity:
        at: Path = ("entity",)
        is_name(form.name, None, self.document.span((*at, "name")), self.report)
        is_zone(form.zone, self.document.span((*at, "zone")), self.report)
        since: Column | None = None
        if form.since is not None:
            what = "`since`"
            since = self.columns.moment(form.since, (*at, "since"), what, {})
            if form.distinct:
                span = self.document.key((*at, "since"))
                self.report.add(messages.distinct_column(what, span))
        return Entity(
            name=form.name,
            table=form.table,
            key=tuple(form.key),
            zone=form.zone,
            week_starts=_position(EntityForm, "week_starts", form.week_starts),
            fiscal_year_starts=_position(
                EntityForm, "fiscal_year_starts", form.fiscal_year_starts
            ),
            since=since,
            distinct=form.distinct,
        )

    def attribute(
        self, name: str, form: AttributeForm, entity: EntityForm
    ) -> Attribute | None:
        at = ("attributes", name)
        is_name(name, "column", self.document.key(at), self.report)
        related: Related | None = None
        if form.table is not None and form.key is not None:
            related = Related(form.table, tuple(form.key))
        elif form.table is not None:
            span = self.document.key((*at, "table"))
            self.report.add(messages.related_half("table", "key", span))
        elif form.key is not None:
            span = self.document.key((*at, "key"))
            self.report.add(messages.related_half("key", "table", span))
        elif entity.distinct:
            what = f"the attribute `{name}`"
            span = self.document.key(at)
            self.report.add(messages.distinct_column(what, span))
        column = self.columns.value(form, at, {})
        if column is None:
            return None
        values = self.columns.values(form, column.type, at)
        return Attribute(
            **self.described(name, form), values=values, column=column, related=related
        )

    def event(self, name: str, form: EventForm, entity: str) -> Event | None:
        at = ("events", name)
        is_name(name, "table", self.document.key(at), self.report)
        joins = self.joins(form, at)
        customer = self.columns.place(form.customer, (*at, "customer"), joins)
        what = "the time of an event"
        time = self.columns.moment(form.time, (*at, "time"), what, joins)
        properties: dict[str, Property] = {}
        for each, value in form.properties.items():
            here = (*at, "properties", each)
            self.property_name(each, entity, here)
            column = self.columns.value(value, here, joins)
            if column is not None:
                values = self.columns.values(value, column.type, here)
                properties[each] = Property(
                    **self.described(each, value), values=values, column=column
                )
        self.successors(form.properties, (*at, "properties"), "property")
        self.argument(name, form, properties, (*at, "argument"))
        tie_break = unique = None
        if form.tie_break is not None:
            tie_break = self.columns.place(form.tie_break, (*at, "tie_break"), joins)
        if form.unique is not None:
            unique = self.columns.place(form.unique, (*at, "unique"), joins)
        if time is None:
            return None
        return Event(
            **self.described(name, form),
            table=form.table,
            joins=joins,
            customer=customer,
            time=time,
            where=form.where,
            properties=properties,
            argument=form.argument,
            tie_break=tie_break,
            unique=unique,
        )

    def joins(self, form: EventForm, at: Path) -> dict[str, Join]:
        joins: dict[str, Join] = {}
        for name, each in form.joins.items():
            here = (*at, "joins", name)
            later = tuple(other for other in form.joins if other not in joins)
            if not is_name(name, "table", self.document.key(here), self.report):
                continue
            on = tuple(
                (column, self.columns.place(path, (*here, "on", column), joins, later))
                for column, path in each.on.items()
            )
            joins[name] = Join(name, each.table, on)
        return joins

    def property_name(self, name: str, entity: str, at: Path) -> None:
        span = self.document.key(at)
        if not is_name(name, "column", span, self.report):
            return
        if name in ("time", "day"):
            self.report.add(messages.reserved_property(name, span))
        elif name == entity:
            holder = "the entity, which rules name inside an event's parentheses"
            self.report.add(messages.name_taken(name, "property", holder, span))

    def argument(
        self, event: str, form: EventForm, properties: Mapping[str, Property], at: Path
    ) -> None:
        name = form.argument
        if name is None:
            return
        span = self.document.span(at)
        if name not in form.properties:
            fault = messages.unknown_argument(name, event, form.properties, span)
            self.report.add(fault)
        elif name in properties and isinstance(properties[name].column.type, ListOf):
            listed = str(properties[name].column.type)
            self.report.add(messages.argument_not_scalar(name, listed, span))

    def collisions(self, form: CatalogForm) -> None:
        """Attributes, events and the entity share one set of names."""
        taken = {form.entity.name: "the entity (`name` in `entity`)"}
        for section, kind in (("attributes", "attribute"), ("events", "event")):
            names: Iterable[str] = self.document.at((section,)) or ()
            for name in names:
                span = self.document.key((section, name))
                if name in taken:
                    fault = messages.name_taken(name, kind, taken[name], span)
                    self.report.add(fault)
                else:
                    row, _ = self.source.position(span.start)
                    taken[name] = f"the {kind} in line {row}"

    def successors(
        self, forms: Mapping[str, DescribedForm], at: Path, kind: str
    ) -> None:
        """Each deprecated name has a successor of its kind that is to stay."""
        written: Mapping[str, object] = self.document.at(at) or {}
        for name, form in forms.items():
            if (successor := form.deprecated) is None:
                continue
            span = self.document.span((*at, name, "deprecated"))
            if successor == name:
                self.report.add(messages.own_successor(name, span))
            elif successor not in written:
                others = [each for each in written if each != name]
                fault = messages.unknown_successor(successor, kind, others, span)
                self.report.add(fault)
            elif successor in forms and forms[successor].deprecated is not None:
                better = _last_successor(successor, forms)
                self.report.add(messages.successor_deprecated(successor, better, span))

    def described(self, name: str, form: DescribedForm) -> _Described:
        return {
            "name": name,
            "description": (form.description or "").strip(),
            "synonyms": tuple(form.synonyms),
            "labels": tuple(form.labels),
            "deprecated": form.deprecated,
        }


def _position(form: type[EntityForm], field: str, name: str) -> int:
    """The one-based place of a name among the choices of a field."""
    return get_args(form.model_fields[field].annotation).index(name) + 1


def _last_successor(name: str, forms: Mapping[str, DescribedForm]) -> str | None:
    """The name at the end of a chain of successors; None if there is no end."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        if name not in forms or (successor := forms[name].deprecated) is None:
            return name if name in forms else None
        name = successor
    return None
