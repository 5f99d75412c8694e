"""MariaDB's name of a type in, a small tree out: what a column can hold."""

import re
from collections.abc import Mapping

from segql.engines.shape import Kind, Shape

_TYPE = re.compile(r"(\w+)(?:\((\d+)(?:,(\d+))?\))?((?: unsigned| zerofill| signed)*)")
_WHOLE = {
    "tinyint": (3, 3),
    "smallint": (5, 5),
    "mediumint": (7, 8),
    "int": (10, 10),
    "bigint": (19, 20),
    "year": (4, 4),
}
"""Digits of the largest number, signed and unsigned."""
_KINDS: Mapping[str, Kind] = {
    "char": "text",
    "varchar": "text",
    "tinytext": "text",
    "text": "text",
    "mediumtext": "text",
    "longtext": "text",
    "enum": "text",
    "uuid": "text",
    "float": "double",
    "double": "double",
    "date": "date",
    "datetime": "clock",
    "timestamp": "instant",
    "json": "json",
}


def read_type(text: str) -> Shape:
    """A `COLUMN_TYPE`, such as `decimal(12,2) unsigned` or `tinyint(1)`."""
    word = re.match(r"\w*", text.lower())
    name = word[0] if word else ""
    if name == "enum":
        return Shape("text", "enum")
    found = _TYPE.fullmatch(text.lower())
    if found is None:
        return Shape("other", text)
    _, size, scale, unsigned = found.groups()
    if name == "tinyint" and size == "1" and not unsigned:
        return Shape("boolean", text)
    if name in _WHOLE:
        return Shape("exact", text, _WHOLE[name]["unsigned" in unsigned])
    if name == "decimal":
        return Shape("exact", text, int(size or 10), int(scale or 0))
    return Shape(_KINDS.get(name, "other"), text)
