"""Names, numbers, texts and moments as they are written."""

import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal
from typing import get_args

from segql.syntax import nodes as syn

_RESERVED_WORDS = """
    and or not in is has then let param where if else true false
    today yesterday tomorrow everyone nobody
"""
RESERVED = frozenset(_RESERVED_WORDS.split())
AFTER_A_VALUE_WORDS = """
    in is has not and or then if else contains starts ends matches before since
    after until within without more exactly ignoring per among
    today yesterday tomorrow
"""
AFTER_A_VALUE = frozenset(AFTER_A_VALUE_WORDS.split())
"""Before these the word `segment` is a name, and no header begins."""
RELATIVE = frozenset(["last", "next", "this"])
UNITS = frozenset(
    ["fiscal"] + [unit + end for unit in get_args(syn.Unit) for end in ("", "s")]
)


def name_(name: str, property: bool = False) -> str:
    plain = name.isidentifier() and (property or name not in RESERVED)
    return name if plain else f"`{name}`"


def number_(value: int | Decimal) -> str:
    if isinstance(value, int):
        return str(value)
    shown = format(value, "f")
    return shown if "." in shown else f"{shown}.0"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"


def text_(value: str) -> str:
    """The text in quotes; what is invisible, or turns the line around, is escaped."""
    return '"' + "".join(map(_character, value)) + '"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
    if hidden and character not in _JOINERS:
        return f"\\u{{{ord(character):x}}}"
    return character


def moment_(value: datetime) -> str:
    offset = value.utcoffset()
    wall = value.replace(tzinfo=None)
    if wall.microsecond:
        shown = wall.isoformat(timespec="microseconds").rstrip("0")
    else:
        shown = wall.isoformat(timespec="seconds" if wall.second else "minutes")
    if offset is None:
        return shown
    if not offset:
        return f"{shown}Z"
    sign, length = ("-", -offset) if offset < timedelta() else ("+", offset)
    minutes = int(length.total_seconds()) // 60
    return f"{shown}{sign}{minutes // 60:02}:{minutes % 60:02}"
