"""Names that stand for nothing: what was most likely meant by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.messages import names
from segql.model import nodes as mdl
from segql.syntax import nodes as syn
from segql.types import TEXT, Boolean, ListOf, Text

if TYPE_CHECKING:
    from segql.model.check import Checker

OTHER_WORDS = {
    "average": "avg",
    "mean": "avg",
    "total": "sum",
    "summe": "sum",
    "minimum": "min",
    "maximum": "max",
    "number": "count",
    "length": "size",
    "earliest": "first",
    "latest": "last",
    "unique": "distinct",
}
"""What functions are called elsewhere."""


def unknown(c: Checker, node: syn.Name, hint: str | None = None) -> None:
    """Reports a name that is none; `hint` says what was most likely meant."""
    catalog, scope = c.catalog, c.scope
    if scope.event is not None:
        event = scope.event
        known = [*event.properties, "time", "day"]
        if not names.similar(node.name, [*scope.named, *catalog.attributes]):
            c.report.add(
                names.unknown_property(node.name, event.name, known, node.span, hint)
            )
            return
    elif hint is None:
        hint = of_an_event(c, node.name, "{}({} …)")
    known = [*scope.named, *catalog.attributes, *catalog.events]
    c.report.add(names.unknown_name(node.name, known, synonyms(c), node.span, hint))


def synonyms(c: Checker) -> dict[str, str]:
    return {
        synonym.lower(): each.name
        for each in (*c.catalog.attributes.values(), *c.catalog.events.values())
        for synonym in each.synonyms
    }


def of_an_event(c: Checker, written: str, form: str) -> str:
    """How the property of an event is written that was named without its event."""
    for event in c.catalog.events.values():
        if written in event.properties:
            shown = form.format(event.name, written)
            return f"it is a property of `{event.name}`: `{shown}`"
    return ""


def is_unknown(c: Checker, node: syn.Node) -> bool:
    """Whether a bare name stands for nothing here."""
    if not isinstance(node, syn.Name) or c.scope.closed:
        return False
    event, written = c.scope.event, node.name
    own = event is not None and (
        written in event.properties or written in ("time", "day")
    )
    return not (
        own
        or written in c.scope.named
        or written in c.catalog.attributes
        or written in c.catalog.events
    )


def meant(left: mdl.Value, written: str, beside: str, sign: str = "=") -> str | None:
    """What an unknown word most likely is, compared with a value of its type."""
    word = written.lower()
    if word in ("null", "none", "nil"):
        return f"write `{beside} is {'known' if sign == '!=' else 'missing'}`"
    if isinstance(left.type, Boolean):
        yes = word in ("yes", "y", "ja", "wahr", "true", "on")
        no = word in ("no", "n", "nein", "falsch", "false", "off")
        if yes or no:
            return f"write `{'true' if yes else 'false'}`"
        return "compare with `true` or `false`, or write the name alone"
    if isinstance(left.type, Text) or left.type == ListOf(TEXT):
        return f'text stands in quotes: `"{written}"`'
    return None
