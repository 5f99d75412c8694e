"""Tokens to the smallest nodes: literals and names; and what the builders share."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from lark import Token

from segql.diagnostics import Report
from segql.messages import reading
from segql.source import Span
from segql.syntax import nodes as syn

Child = Any  # a Token, a node, or one of the small tuples below

_ESCAPE = re.compile(r"\\(u\{[0-9A-Fa-f]{1,6}\}|u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def span_of(children: Sequence[Child]) -> Span:
    return Span(_start(children[0]), _end(children[-1]))


def _start(child: Child) -> int:
    return cast(int, child.start_pos if isinstance(child, Token) else child.span.start)


def _end(child: Child) -> int:
    return cast(int, child.end_pos if isinstance(child, Token) else child.span.end)


def nodes_in(children: Sequence[Child]) -> tuple[syn.Expr, ...]:
    return tuple(child for child in children if isinstance(child, syn.Node))  # type: ignore[misc]


def names_in(children: Sequence[Child]) -> list[str]:
    return [child.name for child in children if isinstance(child, syn.Name)]


class Field:
    """A part of a header, or a type: a word, what it says, and where."""

    __slots__ = ("key", "span", "value")

    def __init__(self, key: str, value: Any, span: Span) -> None:
        self.key, self.value, self.span = key, value, span


class Unit:
    __slots__ = ("fiscal", "span", "unit")

    def __init__(self, unit: syn.Unit, fiscal: bool, span: Span) -> None:
        self.unit, self.fiscal, self.span = unit, fiscal, span


class Leaves:
    """Holds where the mistakes of literals go; otherwise without state."""

    def __init__(self) -> None:
        self.report = Report()

    def number(self, children: list[Child]) -> syn.Number:
        text = str(children[0]).replace("_", "")
        if len(text) > reading.MAX_NUMBER:  # before Python balks at thousands of digits
            self.report.add(reading.long_number(span_of(children)))
            text = "0"
        value = Decimal(text) if "." in text else int(text)
        return syn.Number(value, span=span_of(children))

    def text(self, children: list[Child]) -> syn.Text:
        return syn.Text(self.string(children[0]), span=span_of(children))

    def day_word(self, children: list[Child]) -> syn.DayWord:
        return syn.DayWord(cast(Any, str(children[0])), span=span_of(children))

    def truth(self, children: list[Child]) -> syn.Boolean:
        return syn.Boolean(str(children[0]) == "true", span=span_of(children))

    def population(self, children: list[Child]) -> syn.Population:
        everyone = str(children[0]) == "everyone"
        return syn.Population(everyone, span=span_of(children))

    def month(self, children: list[Child]) -> syn.Month:
        year, month = map(int, str(children[0]).split("-"))
        if not (1 <= month <= 12 and year >= 1):
            self.report.add(reading.no_such_date(str(children[0]), span_of(children)))
            year, month = 2000, 1
        return syn.Month(year, month, span=span_of(children))

    def date(self, children: list[Child]) -> syn.Date:
        value = self._calendar(children[0], date.fromisoformat, date(2000, 1, 1))
        return syn.Date(value, span=span_of(children))

    def instant(self, children: list[Child]) -> syn.Instant:
        value = self._calendar(children[0], _moment, datetime(2000, 1, 1))
        return syn.Instant(value, span=span_of(children))

    def _calendar(self, token: Token, read: Callable[[str], Any], instead: Any) -> Any:
        try:
            return read(str(token))
        except (ValueError, OverflowError):
            self.report.add(reading.no_such_date(str(token), span_of([token])))
            return instead

    def name(self, children: list[Child]) -> syn.Name:
        token = children[0]
        text = unicodedata.normalize("NFC", str(token))
        if token.type == "QUOTED":
            text = text[1:-1]
            if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
                self.report.add(reading.bad_name(span_of(children)))
        elif not text.isidentifier():
            span = span_of(children)
            unseen = [
                (each, span.start + index)
                for index, each in enumerate(str(token))
                if unicodedata.category(each) == "Cf"
            ]
            for each, at in unseen[:1]:
                self.report.add(reading.unseen_in_name(each, Span(at, at + 1)))
            if not unseen:
                self.report.add(reading.bad_name(span))
        return syn.Name(text, span=span_of(children))

    property = name

    def string(self, token: Token) -> str:
        """The text between the quotes; a bad escape is reported and kept."""

        def unescape(found: re.Match[str]) -> str:
            escape = found[1]
            start = (token.start_pos or 0) + 1 + found.start()
            span = Span(start, start + len(found[0]))
            if escape in _ESCAPES:
                return _ESCAPES[escape]
            if escape[0] != "u" or len(escape) == 1:
                self.report.add(reading.bad_escape(found[0], span))
                return found[0]
            code = int(escape[1:].strip("{}"), 16)
            if 0 < code < 0xD800 or 0xDFFF < code < 0x110000:
                return chr(code)
            self.report.add(reading.bad_character(span))
            return found[0]

        text = _ESCAPE.sub(unescape, str(token)[1:-1])
        if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
            self.report.add(reading.bad_character(span_of([token])))
        return text


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
