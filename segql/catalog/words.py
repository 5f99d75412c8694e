"""Words of a catalog in, what they mean out: names, types, time zones."""

import re
import unicodedata
from datetime import date
from functools import cache
from pkgutil import get_data

from segql.catalog.nodes import Kept
from segql.diagnostics import Report
from segql.messages import catalog as messages
from segql.messages import facts
from segql.source import Span
from segql.types import MAX_DIGITS, Type, parse_type

_RESERVED = """
    and or not in is has then let param where if else true false
    today yesterday tomorrow everyone nobody
"""
RESERVED = frozenset(_RESERVED.split())
"""The words that no name can be; all other keywords of the language can."""

_LONGEST_TYPE = 60
_DECIMAL = re.compile(r"(list of )?decimal\([ 0-9]+(,[ 0-9]+)?\)")


def is_name(name: str, stays: str | None, span: Span, report: Report) -> bool:
    """Whether rules can use a name; says why if they can't.

    `stays` is the key that can bear the warehouse's own name, for the message.
    """
    composed = unicodedata.normalize("NFC", name)
    if name in RESERVED:
        report.add(messages.reserved_name(name, stays, span))
    elif not composed.isidentifier():
        report.add(messages.bad_name(name, stays, span))
    elif composed != name:
        report.add(messages.name_not_nfc(name, composed, span))
    else:
        return True
    return False


def read_type(written: str, span: Span, report: Report) -> Type | None:
    """The type that a text names; None, and a message, if it names none."""
    if len(written) <= _LONGEST_TYPE and (type := parse_type(written)) is not None:
        return type
    if is_cut_off(written):
        report.add(messages.type_cut_off(written, span))
    elif _DECIMAL.fullmatch(written):
        report.add(messages.decimal_digits(written, MAX_DIGITS, span))
    else:
        report.add(messages.unknown_type(written, span))
    return None


def read_history(written: str, span: Span, report: Report) -> Kept | None:
    """How far back rows go; None, and a message, if a text does not say it."""
    if found := _LENGTH.fullmatch(written):
        return Kept(int(found[1]), found[2])
    try:
        if _DAY.fullmatch(written):
            return Kept(since=date.fromisoformat(written))
    except ValueError:
        pass
    report.add(facts.bad_history(written, span))
    return None


_LENGTH = re.compile(r"([1-9][0-9]{0,5}) (day|week|month|quarter|year)s?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_cut_off(written: str) -> bool:
    """Whether a type lost its second half to the comma in it: `decimal(10`."""
    return "decimal(" in written and ")" not in written


def is_zone(name: str, span: Span, report: Report) -> bool:
    """Whether there is a time zone of this name; says so if there is none."""
    if name in _zones():
        return True
    report.add(messages.unknown_zone(name, _zones(), span))
    return False


@cache
def _zones() -> tuple[str, ...]:
    """The IANA names, from the `tzdata` package: the same list on every machine."""
    listed = (get_data("tzdata", "zones") or b"").decode().split()
    return tuple(name for name in listed if name != "Factory")
