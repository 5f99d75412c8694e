"""The text of a catalog in, the catalog as plain values out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from segql.catalog.columns import Columns
from segql.catalog.events import Events
from segql.catalog.faults import Findings, TooMany, read_form
from segql.catalog.forms import (
    CatalogForm,
    EntityForm,
    EventForm,
    FactForm,
    PlaceForm,
    RowsForm,
)
from segql.catalog.named import described, successors
from segql.catalog.nodes import Attribute, Catalog, Column, Entity, Event, Path, Related
from segql.catalog.value_forms import AttributeForm, DescribedForm
from segql.catalog.values import fit
from segql.catalog.words import is_name, is_zone
from segql.catalog.yaml import Document
from segql.diagnostics import Report
from segql.messages import catalog as messages
from segql.messages import facts
from segql.source import Source
from segql.types import DOUBLE

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
        reader = Events(self.columns, form.entity.name, form.entity.zone)
        events: dict[str, Event] = {}
        for section in (form.events, form.facts):
            for name, owned in section.items():
                events.update(reader.event(name, owned))
        self.collisions(form)
        successors(self.columns, form.attributes, ("attributes",), "attribute")
        successors(self.columns, form.events, ("events",), "event")
        successors(self.columns, form.facts, ("facts",), "fact")
        allowed = self.purposes(form.purposes)
        self.purposes_of(form, allowed)
        return Catalog(
            entity,
            attributes,
            events,
            form.language,
            self.places(form.places),
            allowed,
            self.source,
            self.document.spans,
        )

    @property
    def columns(self) -> Columns:
        return Columns(self.source, self.document, self.report)

    def places(self, forms: Mapping[str, PlaceForm]) -> dict[str, tuple[float, float]]:
        """Each place's latitude and longitude, in degrees."""
        found = {}
        for name, form in forms.items():
            at = ("places", name)
            is_name(name, None, self.document.key(at), self.report)
            latitude = self.degrees(form.latitude, (*at, "latitude"), 90)
            longitude = self.degrees(form.longitude, (*at, "longitude"), 180)
            found[name] = (latitude, longitude)
        return found

    def degrees(self, written: object, at: Path, most: int) -> float:
        number = fit(written, DOUBLE)
        if isinstance(number, float) and abs(number) <= most:
            return number
        *above, key = at
        if isinstance(self.document.at(tuple(above)), list):
            at = (*above, "0" if key == "latitude" else "1")
        self.report.add(facts.nowhere(key, most, self.document.span(at)))
        return 0.0

    def purposes(self, names: Sequence[str]) -> tuple[str, ...]:
        for index, name in enumerate(names):
            span = self.document.span(("purposes", str(index)))
            if is_name(name, None, span, self.report) and name in names[:index]:
                self.report.add(facts.purpose_twice(name, span))
        return tuple(names)

    def purposes_of(self, form: CatalogForm, known: tuple[str, ...]) -> None:
        """What attributes, events and what is in them may be used for is known."""
        for at, name, each in _entries(form):
            for index, purpose in enumerate(each.purposes):
                if purpose not in known:
                    span = self.document.span((*at, "purposes", str(index)))
                    fault = facts.foreign_purpose(purpose, name, known, span)
                    self.report.add(fault)

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
            **described(name, form), values=values, column=column, related=related
        )

    def collisions(self, form: CatalogForm) -> None:
        """The entity and all that rules call by name alone share one set of names."""
        taken = {form.entity.name: "the entity (`name` in `entity`)"}
        for section, kind in _SECTIONS:
            names: Iterable[str] = self.document.at((section,)) or ()
            for name in names:
                span = self.document.key((section, name))
                if name in taken:
                    fault = messages.name_taken(name, kind, taken[name], span)
                    self.report.add(fault)
                else:
                    row, _ = self.source.position(span.start)
                    taken[name] = f"the {kind} in line {row}"


def _entries(form: CatalogForm) -> Iterator[tuple[Path, str, DescribedForm]]:
    """All that rules can name, with its path in the file."""
    for name, attribute in form.attributes.items():
        yield ("attributes", name), name, attribute
    for section in ("events", "facts"):
        owned: dict[str, EventForm | FactForm] = getattr(form, section)
        for name, each in owned.items():
            holders: list[tuple[Path, EventForm | FactForm | RowsForm]] = [
                ((section, name), each),
                *(
                    ((section, name, "rows", key), row)
                    for key, row in each.rows.items()
                ),
            ]
            for at, holder in holders:
                yield at, at[-1], holder
                for key, property_ in holder.properties.items():
                    yield (*at, "properties", key), key, property_


_SECTIONS = (
    ("attributes", "attribute"),
    ("events", "event"),
    ("facts", "fact"),
    ("places", "place"),
)


def _position(form: type[EntityForm], field: str, name: str) -> int:
    """The one-based place of a name among the choices of a field."""
    return get_args(form.model_fields[field].annotation).index(name) + 1
