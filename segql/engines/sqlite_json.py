"""A JSON document and a path in, what is there out, as `segql.sql.portable` has it.

SQLite's own functions make doubles of long whole numbers, cut doubles to 15 digits,
and make 1 of `true`.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

_NOTHING = object()


class _Broken:
    """What is no JSON."""


_BROKEN = _Broken()


def text(document: object, lenient: int, *path: str) -> str | None:
    """A text; a number or a boolean as it is written."""
    found = _at(document, lenient, path)
    return None if found is _NOTHING else _text(found)


def kind(document: object, lenient: int, *path: str) -> str | None:
    found = _at(document, lenient, path)
    match found:
        case None:
            return "NULL"
        case dict():
            return "OBJECT"
        case list():
            return "ARRAY"
        case _:
            return None if found is _NOTHING else "SCALAR"


def texts(document: object, lenient: int, *path: str) -> str | None:
    """The elements of an array as texts, as an array of JSON."""
    found = _at(document, lenient, path)
    if not isinstance(found, list):
        return None
    return json.dumps([_text(each) for each in found], ensure_ascii=False)


def nests(document: object, lenient: int, *path: str) -> bool | None:
    """Whether some element of an array is an object or an array."""
    found = _at(document, lenient, path)
    if not isinstance(found, list):
        return None
    return any(isinstance(each, dict | list) for each in found)


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "json_text": text,
    "json_kind": kind,
    "json_texts": texts,
    "json_nests": nests,
}


def _at(document: object, lenient: int, path: tuple[str, ...]) -> Any:
    if document is None:
        return _NOTHING
    found = _read(document if isinstance(document, str) else str(document))
    if found is _BROKEN:
        if lenient:
            return _NOTHING
        raise ValueError
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return _NOTHING
        found = found[name]
    return found


@lru_cache(maxsize=256)
def _read(document: str) -> Any:
    """Of one name given twice the first counts."""
    try:
        value = json.loads(
            document,
            object_pairs_hook=lambda pairs: dict(reversed(pairs)),
            parse_int=lambda digits: "0" if digits == "-0" else digits,
            parse_float=_shortest,
            parse_constant=_refuse,
        )
        json.dumps(value, ensure_ascii=False).encode()  # half of a pair is no text
    except (ValueError, RecursionError):
        return _BROKEN
    return value


def _refuse(word: str) -> None:
    raise ValueError


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case _:
            return json.dumps(value)


def _shortest(literal: str) -> str:
    """A number that is not whole, as ECMAScript writes it (`.0` if whole)."""
    value = float(literal)
    if math.isinf(value):
        return literal
    shown = repr(value)
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        shown = format(Decimal(shown), "f")
        return shown if "." in shown else shown + ".0"
    return re.sub(r"e\+?(-?)0*", r"e\1", shown)
