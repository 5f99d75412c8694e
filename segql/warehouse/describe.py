"""A column in, how a catalog would declare it out."""

import re
from collections.abc import Collection

from segql.warehouse.columns import declarable
from segql.warehouse.inspect import Field
from segql.warehouse.yaml_text import listed

_PERSONAL = re.compile(
    r"(?i).*(e_?mail|phone|telefon|mobile|handy|fax|(first|last|sur|full|vor|nach)_?name"
    r"|birth|geburt|street|stra(ss|ß)e|address|adresse|iban|passport|ssn|ip_addr"
    r"|latitude|longitude).*|(user|nick)?_?name|lat|lon|lng"
)
_SENSITIVE = re.compile(
    r"(?i).*(relig|health|gesund|pregnan|schwanger|expecting|ethnic|diagnos|disabil"
    r"|politic|sexual|orientation).*"
)
_MONEY = re.compile(
    r"(?i).*(amount|price|preis|revenue|umsatz|cost|kosten|total|income|einkommen"
    r"|gehalt|salary|value|wert|betrag|discount|rabatt|fee|tax|balance|saldo|spend"
    r"|spent|payment|margin|profit|paid).*|.*_disc"
)


def declared(field: Field) -> dict[str, str] | None:
    """The parts of an entry, as YAML; None where no type of the language fits."""
    type = declarable(field.shape)
    if type is None or type.startswith("stored"):
        return None
    parts = {"type": f'"{type}"' if "," in type else type}
    if type == "timestamp" and field.shape.kind == "clock":
        parts["zone"] = "UTC"
    if type == "double" and field.cents and _MONEY.fullmatch(field.name):
        parts["scale"] = "2"
    if field.empty:
        parts["empty"] = "missing"
    if field.values and not is_personal(field):
        parts["values"] = listed(field.values)
    return parts


def doubt(field: Field) -> str | None:
    """What a person should look at."""
    if field.written:
        return f"check: read as {field.written}"
    if field.shape.kind == "clock":
        return "check the zone"
    if field.shape.kind == "double" and field.cents and _MONEY.fullmatch(field.name):
        return "check: read as exact, with two digits"
    if field.empty:
        return "check: empty text counts as missing"
    return None


def refusal(field: Field) -> str:
    """Why a column is left out."""
    name = ".".join(field.path)
    if field.shape.kind == "json":
        return f"# {name}: name what is inside it, with `stored: json`"
    return f"# {name}: there is no type for {field.shape.name}"


def labels(field: Field) -> list[str]:
    found = ["personal"] if is_personal(field) else []
    return [*found, "sensitive"] if _SENSITIVE.fullmatch(field.name) else found


def is_personal(field: Field) -> bool:
    """By its name; that someone consents is no secret."""
    return field.shape.kind != "boolean" and bool(_PERSONAL.fullmatch(field.name))


def argument_of(texts: Collection[str]) -> str | None:
    """Which of an event's texts a bare argument most likely means."""
    return next((name for name in _ARGUMENTS if name in texts), None)


_ARGUMENTS = (
    "category",
    "kategorie",
    "product_category",
    "department",
    "event_type",
    "type",
    "kind",
    "art",
    "campaign",
    "campaign_type",
    "survey",
    "reason",
    "topic",
    "product",
    "brand",
    "channel",
    "name",
    "title",
)
