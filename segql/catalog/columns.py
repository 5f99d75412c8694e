"""The form of a value in, the column that it is read from out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from segql.catalog.nodes import Column, Join, Path, Place
from segql.catalog.value_forms import AttributeForm, ColumnForm, ValueForm
from segql.catalog.values import can_be_listed, fit
from segql.catalog.words import is_zone, read_type
from segql.catalog.yaml import Document
from segql.diagnostics import Report
from segql.messages import catalog as messages
from segql.messages.words import closest
from segql.source import Source
from segql.types import (
    DATE,
    DOUBLE,
    POINT,
    TEXT,
    TIMESTAMP,
    Exact,
    ListOf,
    Type,
)

_DOUBLE_DIGITS = 18
"""The digits of a double with a declared scale, if the catalog says nothing else."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Reads columns of one catalog; what is wrong goes into the report."""

    source: Source
    document: Document
    report: Report

    def place(
        self, parts: list[str], at: Path, joins: Mapping[str, Join], later: Path = ()
    ) -> Place:
        """A path as a place: its first part is a join, if one has this name.

        A path of one part is a column, whatever joins there are. `later` names the
        joins that stand below this place.
        """
        first = parts[0]
        if len(parts) == 1:
            return Place((first,))
        if first in joins:
            return Place(tuple(parts[1:]), first)
        span = self.document.span(at)
        if first in later:
            self.report.add(messages.join_not_yet(first, span))
        elif isinstance(self.document.at(at), str):
            near = closest(first, list(joins))
            if near is not None:
                self.report.add(messages.unknown_join(first, near, parts, span))
        return Place(tuple(parts))

    def moment(
        self, form: ColumnForm, at: Path, what: str, joins: Mapping[str, Join]
    ) -> Column | None:
        """A column that says when: of type date or timestamp."""
        type = read_type(form.type, self.document.span((*at, "type")), self.report)
        if type is None:
            return None
        if type not in (DATE, TIMESTAMP):
            span = self.document.span((*at, "type"))
            allowed = "`date`, or `timestamp`, with `zone` if it is stored without one"
            self.report.add(messages.type_not_here(str(type), what, allowed, span))
            return None
        self.zone(form, type, at)
        self.stored(form, type, at)
        place = self.place(form.column, (*at, "column"), joins)
        return Column(
            place.path,
            place.join,
            type=type,
            zone=form.zone,
            stored=form.stored,
            unreadable_missing=form.unreadable is not None,
        )

    def value(
        self, form: ValueForm, at: Path, joins: Mapping[str, Join]
    ) -> Column | None:
        """The column of an attribute or a property."""
        type = read_type(form.type, self.document.span((*at, "type")), self.report)
        if type is None:
            return None
        if type == POINT:
            return self.point(form, at)
        for key in ("latitude", "longitude"):
            if getattr(form, key, None) is not None:
                self.option(at, key, "is only for points", "write `type: point`")
        self.zone(form, type, at)
        self.stored(form, type, at)
        if form.empty is not None and type != TEXT:
            self.option(
                at,
                "empty",
                "is only for columns of type text",
                "for other types that are stored as text, `unreadable: missing`"
                " makes an empty cell missing",
            )
        scaled = self.scaled(form, type, at)
        place = self.place(form.column or [at[-1]], (*at, "column"), joins)
        return Column(
            place.path,
            place.join,
            type=scaled or type,
            zone=form.zone,
            stored=form.stored,
            double=scaled is not None,
            empty_missing=form.empty is not None,
            unreadable_missing=form.unreadable is not None,
        )

    def point(self, form: ValueForm, at: Path) -> Column | None:
        if not isinstance(form, AttributeForm):
            span = self.document.span((*at, "type"))
            allowed = "every type but point; a point can be an attribute"
            self.report.add(
                messages.type_not_here("point", "a property", allowed, span)
            )
            return None
        for key in (
            "column",
            "zone",
            "stored",
            "unreadable",
            "empty",
            "scale",
            "precision",
        ):
            if getattr(form, key) is not None:
                reason = f"`{key}` is not for points"
                span = self.document.key((*at, key))
                self.report.add(messages.point_columns(reason, span))
        if form.latitude is None or form.longitude is None:
            lacks = "latitude" if form.latitude is None else "longitude"
            reason = f"this point has no `{lacks}`"
            self.report.add(messages.point_columns(reason, self.document.span(at)))
            return None
        longitude = tuple(form.longitude)
        return Column(tuple(form.latitude), type=POINT, longitude=longitude)

    def zone(self, form: ColumnForm | ValueForm, type: Type, at: Path) -> None:
        if form.zone is None:
            return
        if type != TIMESTAMP:
            self.option(
                at,
                "zone",
                f"is only for timestamps; this is of type {type}",
                "remove it; the business's own time zone stands in `entity`",
            )
        else:
            is_zone(form.zone, self.document.span((*at, "zone")), self.report)

    def stored(self, form: ColumnForm | ValueForm, type: Type, at: Path) -> None:
        if form.stored == "text" and isinstance(type, ListOf):
            self.option(
                at,
                "stored",
                "can't be `text` for a list",
                "where the text is JSON, such as `[1, 2]`, write `stored: json`",
            )
        if form.stored == "timestamp" and type != DATE:
            self.option(
                at,
                "stored",
                "can be `timestamp` for a date only",
                "a column of times is `type: timestamp`, with its `zone`",
            )
        if form.unreadable is not None and form.stored in (None, "timestamp"):
            self.option(
                at,
                "unreadable",
                "needs `stored` beside it",
                "add `stored: text` (or `json`) where the column is not stored as"
                f" {type}; else remove `unreadable`: every cell can be read",
            )

    def scaled(self, form: ValueForm, type: Type, at: Path) -> Exact | None:
        """The decimal that a double with a declared scale is read as."""
        if form.scale is None and form.precision is None:
            return None
        key = "precision" if form.scale is None else "scale"
        if type != DOUBLE or form.stored is not None:
            self.option(
                at,
                key,
                "is only for columns that are stored as double",
                "a decimal says its digits in its type: `decimal(10, 2)`",
            )
        elif form.scale is None:
            span = self.document.key((*at, "precision"))
            self.report.add(messages.precision_without_scale(span))
        else:
            digits = form.precision or max(_DOUBLE_DIGITS, form.scale)
            if form.scale <= digits:
                return Exact(digits, form.scale)
            span = self.document.span((*at, "precision"))
            self.report.add(messages.scale_of_double(span))
        return None

    def values(self, form: ValueForm, type: Type, at: Path) -> tuple[object, ...]:
        """The declared values, as the type has them."""
        if form.values is None:
            return ()
        at = (*at, "values")
        if not can_be_listed(type):
            span = self.document.key(at)
            self.report.add(messages.values_not_here(str(type), span))
            return ()
        element = type.element if isinstance(type, ListOf) else type
        fitted: list[object] = []
        for index, written in enumerate(form.values):
            value = fit(written, element)
            if value is None:
                here = (*at, str(index))
                span = self.document.span(here)
                plain = isinstance(written, bool | int | float | Decimal)
                quotable = plain and element == TEXT and here in self.document.spans
                quote = self.source.slice(span) if quotable else None
                self.report.add(messages.value_unfit(element, span, quote))
            fitted.append(value)
        return tuple(fitted)

    def option(self, at: Path, key: str, reason: str, help: str) -> None:
        span = self.document.key((*at, key))
        self.report.add(messages.option_not_here(key, reason, help, span))
