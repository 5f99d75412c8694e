"""PostgreSQL's types in, shapes out: what a column can hold."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from segql.engines.shape import Kind, Shape

WIDEST = 1000
"""Digits of a `numeric` that has no bounds."""

_WHOLE = {"smallint": 5, "integer": 10, "bigint": 19}
_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "character varying": "text",
    "character": "text",
    "citext": "text",
    "name": "text",
    "boolean": "boolean",
    "real": "double",
    "double precision": "double",
    "date": "date",
    "timestamp without time zone": "clock",
    "timestamp with time zone": "instant",
    "json": "json",
    "jsonb": "json",
}
_BOUNDS = re.compile(r"\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\)")


def read_shape(text: str) -> Shape:
    """A type as `format_type` writes it, such as `numeric(10,2)` or `text[]`."""
    if text.endswith("[]"):
        return Shape("list", text, element=read_shape(text[:-2]))
    bounds = _BOUNDS.search(text)
    name = _BOUNDS.sub("", text)
    if name in _WHOLE:
        return Shape("exact", text, _WHOLE[name])
    if name == "numeric":
        digits = int(bounds[1]) if bounds else WIDEST
        scale = int(bounds[2] or 0) if bounds else WIDEST // 2
        return Shape("exact", text, max(digits, scale), max(scale, 0))
    return Shape(_KINDS.get(name, "other"), text)


@dataclass(frozen=True, slots=True)
class Made:
    """The types that somebody made in a database, by their number."""

    enums: frozenset[int] = frozenset()
    domains: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    arrays: Mapping[int, int] = field(default_factory=dict)
    structs: Mapping[int, tuple[tuple[str, int, str], ...]] = field(
        default_factory=dict
    )

    def shape(self, number: int, text: str, above: Iterable[int] = ()) -> Shape:
        """The type of a number, which PostgreSQL writes as `text`."""
        above = {*above, number}
        if number in self.enums:
            return Shape("text", text)
        if number in self.domains and self.domains[number][0] not in above:
            return replace(self.shape(*self.domains[number], above), name=text)
        if number in self.arrays and self.arrays[number] not in above:
            inner = self.shape(self.arrays[number], text.removesuffix("[]"), above)
            return Shape("list", text, element=inner)
        if number in self.structs:
            fields = {
                name: self.shape(inner, shown, above)
                for name, inner, shown in self.structs[number]
                if inner not in above
            }
            return Shape("struct", text, fields=fields)
        return read_shape(text)
