"""A YAML text and a form in, the filled form out; what doesn't fit, as messages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from segql.catalog.masked import without_user
from segql.catalog.words import is_cut_off
from segql.catalog.yaml import Document, Path, read_yaml
from segql.diagnostics import Diagnostic, Report
from segql.messages import catalog as messages
from segql.messages import facts
from segql.messages.words import closest
from segql.source import Source

MOST = 100
"""So many mistakes are shown of one file."""

F = TypeVar("F", bound=BaseModel)


class TooMany(Exception):
    """There are more mistakes than anyone would read."""


@dataclass(slots=True)
class Findings(Report):
    """A report of one file that ends the reading when it is full."""

    def add(self, diagnostic: Diagnostic) -> None:
        if len(self.diagnostics) >= MOST:
            self.diagnostics.append(messages.too_many_mistakes(MOST))
            raise TooMany
        Report.add(self, diagnostic)

    def into(self, report: Report, source: Source) -> None:
        """Hands everything on, in the order of the text."""
        shown = sorted(self.diagnostics[:MOST], key=lambda each: each.span.start)
        for each in (*shown, *self.diagnostics[MOST:]):
            report.add(each.at(source))


@dataclass(frozen=True, slots=True)
class Filled(Generic[F]):
    """A form, and the document that it was filled from."""

    form: F
    document: Document


def read_form(
    form: type[F], source: Source, report: Report, kind: str, least: str
) -> Filled[F] | None:
    """Fills a form; None if too little fits to go on.

    Attributes, events and the like that don't fit are reported and left out, so that
    the others can still be checked. `kind` names the file, `least` is its shortest
    text.
    """
    if (document := read_yaml(source, report)) is None:
        return None
    if document.data is None:
        report.add(messages.empty_file(kind, least))
        return None
    if not isinstance(document.data, dict):
        found, span = _kind(document.data), document.span(())
        report.add(messages.not_a_mapping(kind, found, least, span))
        return None
    faults = _Faults(form, source, document, report)
    data = faults.without_nothing(document.data, ())
    try:
        return Filled(form.model_validate(data), document)
    except ValidationError as error:
        if not faults.take(error, data):
            return None
    try:
        return Filled(form.model_validate(data), document)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class _Faults:
    form: type[BaseModel]
    source: Source
    document: Document
    report: Report

    def without_nothing(self, data: dict[str, Any], path: Path) -> dict[str, Any]:
        """A copy without the keys that have no value, which are reported."""
        kept: dict[str, Any] = {}
        for key, value in data.items():
            here = (*path, key)
            if isinstance(value, dict):
                kept[key] = self.without_nothing(value, here)
            elif value is not None:
                kept[key] = value
            elif not _is_cut_off(key, data):
                self.report.add(self.nothing(here))
        return kept

    def nothing(self, path: Path) -> Diagnostic:
        """What to say of a key without a value."""
        key, span = path[-1], self.document.key(path)
        known = self.keys(path[:-1])
        if known and key not in known:
            if closest(key, known):
                return messages.unknown_key(key, known, span)
            return messages.stray_words(key, known, span)
        field = self.field(path)
        required = field is not None and field.is_required()
        example = "text" if self.is_short(path) else _example(field)
        return messages.no_value(key, example, span, required=required)

    def take(self, error: ValidationError, data: dict[str, Any]) -> bool:
        """Reports each fault and removes what is wrong; False if that can't be."""
        faults = error.errors(include_url=False, include_input=False)
        unknown = [
            tuple(map(str, each["loc"]))
            for each in faults
            if each["type"] == "extra_forbidden"
        ]
        usable = True
        for each in faults:
            path = tuple(map(str, each["loc"]))
            if each["type"] == "missing":
                self.missing(path, unknown)
            else:
                self.report.add(self.message(each["type"], path, each.get("ctx", {})))
            if each["type"] == "extra_forbidden":
                _remove(data, path)
            elif path[0] in _ENTRIES and len(path) > 1:
                _remove(data, path[: 4 if path[2:3] == ("rows",) else 2])
            elif path[0] == "purposes":
                _remove(data, path[:1])
            else:
                usable = False
        return usable

    def missing(self, path: Path, unknown: Iterable[Path]) -> None:
        """Reports a missing key, unless its place is taken by a slip."""
        *above, key = path
        if path in self.document.spans:
            return
        for other in unknown:
            if [*other[:-1]] == above and closest(other[-1], [key]):
                return
        field = self.field(path)
        meaning = (field and field.description) or ""
        span = self.document.span(tuple(above))
        self.report.add(messages.missing_key(key, meaning, _example(field), span))

    def message(self, type: str, path: Path, context: dict[str, Any]) -> Diagnostic:
        found = self.document.at(path)
        span = self.document.span(path)
        key = next((part for part in reversed(path) if not part.isdecimal()), path[-1])
        field = self.field(path)
        example = _example(field)
        match type:
            case "extra_forbidden":
                span = self.document.key(path)
                match path:
                    case ("facts", _, "time" | "tie_break"):
                        return facts.not_of_a_fact(key, span)
                    case (_, _, "rows", _, "customer" | "time" | "tie_break"):
                        return facts.not_of_rows(key, span)
                return messages.unknown_key(path[-1], self.keys(path[:-1]), span)
            case "literal_error" if path == ("language",):
                return messages.language_version(self.source.slice(span), 1, span)
            case "literal_error":
                choices = re.findall(r"'([^']*)'", str(context.get("expected")))
                written = without_user(self.written(path))
                return messages.not_a_choice(key, written, choices, span)
            case "too_short" | "string_too_short":
                required = field is not None and field.is_required()
                return messages.no_value(key, example, span, required=required)
            case "greater_than_equal" | "less_than_equal" if field is not None:
                low, high = (_bound(field, name) for name in ("ge", "le"))
                return messages.number_out_of_range(key, low, high, example, span)
            case "table" if isinstance(found, str):
                return messages.bad_table(key, span)
            case "path" if isinstance(found, str | list | dict):
                return messages.bad_path(key, span)
        wanted = _WANTED.get(type, "something else")
        if path[-1].isdecimal() and isinstance(self.document.at(path[:-1]), list):
            wanted = f"a list of {wanted}"
        elif type == "model_type" and self.is_short(path):
            wanted = "a type, or a mapping with `type`"
            example = "text"
        scalar = isinstance(found, bool | int | float) or _kind(found) == _POINTED
        free = scalar and "text" in wanted and key not in _NAMED
        quote = self.written(path) if free else None
        return messages.wrong_kind(
            key, _kind(found), wanted, span, quote=quote, example=example
        )

    def is_short(self, path: Path) -> bool:
        """Whether a type alone may stand at a path."""
        return len(path) > 1 and path[-2] in ("attributes", "properties")

    def written(self, path: Path) -> str:
        """An entry as the text has it, or its kind if it is long."""
        found = self.document.at(path)
        if isinstance(found, dict | list):
            return _kind(found)
        return found if isinstance(found, str) else self.slice(path)

    def slice(self, path: Path) -> str:
        text = self.source.slice(self.document.span(path))
        return text if text[:1] not in ("&", "*", "!") else str(self.document.at(path))

    def field(self, path: Path) -> FieldInfo | None:
        """The field of the form that a path leads to, or that holds the item there."""
        field: FieldInfo | None = None
        here: Any = self.form
        for part in path:
            here = _bare(here)
            if _is_form(here):
                field = here.model_fields.get(part)
                here = field.annotation if field else None
            else:
                field = None if get_origin(here) is dict else field
                here = get_args(here)[-1] if get_args(here) else None
        return field

    def keys(self, path: Path) -> list[str]:
        """The keys that the mapping at a path can have, the required ones first."""
        here: Any = _bare(self.form)
        for part in path:
            if _is_form(here):
                field = here.model_fields.get(part)
                here = field.annotation if field else None
            else:
                here = get_args(here)[-1] if get_args(here) else None
            here = _bare(here)
        if not _is_form(here):
            return []
        fields: dict[str, FieldInfo] = here.model_fields
        return sorted(fields, key=lambda name: not fields[name].is_required())


_POINTED = "a number with a point"
_NAMED = ("type", "zone", "deprecated", "argument", "name", "where", "purposes")
"""Keys whose text names something, so that quotes alone would mend nothing."""
_WANTED = {
    "string_type": "text",
    "path": "a path to a column, as text",
    "table": "a table's name, as text",
    "int_type": "a whole number",
    "bool_type": "`true` or `false`",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "place": "two numbers, `[latitude, longitude]`",
    "option": "a text, a number, `true` or `false` for each option",
}
_ENTRIES = ("attributes", "events", "facts", "places")
"""The mappings of the catalog of whose entries each can be left out alone."""


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "`true` or `false`"
        case int():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return _POINTED


def _bare(annotation: Any) -> Any:
    """An annotation without `Annotated` and `None`; a model, if it offers one."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            some = [each for each in get_args(annotation) if each is not type(None)]
            annotation = some[-1]
        else:
            return annotation


def _is_form(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_cut_off(key: str, data: dict[str, Any]) -> bool:
    """Whether a key is the rest of a `decimal(10, 2)` that the comma cut in two.

    Its other half is reported as the type that it is not.
    """
    return key.endswith(")") and any(
        isinstance(value, str) and is_cut_off(value) for value in data.values()
    )


def _example(field: FieldInfo | None) -> str | None:
    return _flow(field.examples[0]) if field and field.examples else None


def _flow(value: object) -> str:
    """A value as YAML in one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case dict():
            entries = (f"{key}: {_flow(each)}" for key, each in value.items())
            return f"{{{', '.join(entries)}}}"
        case _:
            return str(value)


def _bound(field: FieldInfo, name: str) -> int:
    found = (getattr(each, name, None) for each in field.metadata)
    return next(int(each) for each in found if each is not None)


def _remove(data: dict[str, Any], path: Path) -> None:
    here: Any = data
    for part in path[:-1]:
        here = here.get(part) if isinstance(here, dict) else None
    if isinstance(here, dict):
        here.pop(path[-1], None)
