"""Tokens to nodes: one method per grammar rule, called while lark parses.

Each method gets every child in the order of the text, tokens and nodes alike, so
that spans are the first child's start to the last child's end.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
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


def _span(children: Sequence[Child]) -> Span:
    return Span(_start(children[0]), _end(children[-1]))


def _start(child: Child) -> int:
    return cast(int, child.start_pos if isinstance(child, Token) else child.span.start)


def _end(child: Child) -> int:
    return cast(int, child.end_pos if isinstance(child, Token) else child.span.end)


def _nodes(children: Sequence[Child]) -> tuple[syn.Expr, ...]:
    return tuple(child for child in children if isinstance(child, syn.Node))  # type: ignore[misc]


def _names(children: Sequence[Child]) -> list[str]:
    return [child.name for child in children if isinstance(child, syn.Name)]


class Builder:
    """Holds where the mistakes of literals go; otherwise without state."""

    def __init__(self) -> None:
        self.report = Report()

    # ---- definition files

    def rule(self, children: list[Child]) -> syn.Definition:
        return syn.Definition(None, (), children[0], span=_span(children))

    def definition(self, children: list[Child]) -> syn.Definition:
        header, declarations = _head(children)
        return syn.Definition(header, declarations, children[-1], span=_span(children))

    def library(self, children: list[Child]) -> syn.Definition:
        header, declarations = _head(children)
        return syn.Definition(header, declarations, None, span=_span(children))

    def header(self, children: list[Child]) -> syn.Header:
        found: dict[str, Any] = {}
        title = None
        for child in children[2:]:
            if isinstance(child, Token):
                title = self.string(child)
                continue
            if child.key in found:
                self.report.add(reading.repeated_field(child.key, child.span))
            found[child.key] = child.value
        return syn.Header(children[1], title, **found, span=_span(children))

    def owner(self, children: list[Child]) -> "_Field":
        return _Field("owner", self.string(children[1]), _span(children))

    def tags(self, children: list[Child]) -> "_Field":
        names = tuple(_names(children))
        return _Field("tags", names, _span(children))

    def as_of(self, children: list[Child]) -> "_Field":
        moment = self.instant([children[1]])
        return _Field("as_of", moment, _span(children))

    def let(self, children: list[Child]) -> syn.Let:
        return syn.Let(children[1], children[3], span=_span(children))

    def param(self, children: list[Child]) -> syn.Param:
        default = children[5] if len(children) > 4 else None
        return syn.Param(children[1], children[3].value, default, span=_span(children))

    def type(self, children: list[Child]) -> "_Field":
        words = []
        for child in children:
            word = child.value if isinstance(child, _Field) else str(child)
            words.append(re.sub(r"\s+", " ", word))
        text = re.sub(r",\s*", ", ", "".join(words))
        if text.startswith("list of"):
            text = "list of " + text.removeprefix("list of")
        return _Field("type", text, _span(children))

    # ---- logic

    def any_of(self, children: list[Child]) -> syn.Or:
        return syn.Or(tuple(children[::2]), span=_span(children))

    def all_of(self, children: list[Child]) -> syn.And:
        return syn.And(tuple(children[::2]), span=_span(children))

    def negation(self, children: list[Child]) -> syn.Not:
        return syn.Not(children[1], span=_span(children))

    # ---- one comparison or test

    def ignoring_case(self, children: list[Child]) -> syn.IgnoringCase:
        return syn.IgnoringCase(children[0], span=_span(children))

    def comparison(self, children: list[Child]) -> Token:
        return cast(Token, children[0])

    text_word = comparison

    def compare(self, children: list[Child]) -> syn.Compare:
        left, operator, right = children
        return syn.Compare(
            cast(syn.Comparison, str(operator)), left, right, span=_span(children)
        )

    def range(self, children: list[Child]) -> syn.Range:
        return syn.Range(children[0], children[1], children[3], span=_span(children))

    def range_from(self, children: list[Child]) -> syn.Range:
        return syn.Range(children[0], children[1], None, span=_span(children))

    def range_to(self, children: list[Child]) -> syn.Range:
        return syn.Range(children[0], None, children[2], span=_span(children))

    def text_test(self, children: list[Child]) -> syn.TextTest:
        value, word, part = children
        kind = cast(Any, str(word).split()[0])
        return syn.TextTest(kind, value, part, span=_span(children))

    def not_text_test(self, children: list[Child]) -> syn.TextTest:
        value, _, word, part = children
        kind = cast(Any, str(word).split()[0])
        return syn.TextTest(kind, value, part, True, span=_span(children))

    def has(self, children: list[Child]) -> syn.Has:
        return syn.Has(children[0], "one", children[2], span=_span(children))

    def has_many(self, children: list[Child]) -> syn.Has:
        quantifier = cast(Any, str(children[2]).split()[0])
        return syn.Has(children[0], quantifier, children[3], span=_span(children))

    def presence(self, children: list[Child]) -> syn.Presence:
        known = str(children[2]) == "known"
        return syn.Presence(children[0], known, span=_span(children))

    def in_segment(self, children: list[Child]) -> syn.InSegment:
        return syn.InSegment(children[2].value, span=_span(children))

    def segment_name(self, children: list[Child]) -> "_Field":
        name = ".".join(_names(children))
        return _Field("segment", name, _span(children))

    # ---- windows and membership

    def in_(self, children: list[Child]) -> syn.In:
        return syn.In(children[0], children[2], span=_span(children))

    def not_in(self, children: list[Child]) -> syn.In:
        return syn.In(children[0], children[3], True, span=_span(children))

    def named_day(self, children: list[Child]) -> syn.Lies:
        value, word = children
        day = syn.NamedDay(cast(Any, str(word)), span=_span([word]))
        return syn.Lies(value, day, span=_span(children))

    def stretch(self, children: list[Child]) -> syn.Lies:
        value, near, _, far, unit, direction = children
        place = syn.Stretch(
            near, far, unit.unit, str(direction) == "ahead", span=_span(children[1:])
        )
        return syn.Lies(value, place, span=_span(children))

    def beyond(self, children: list[Child]) -> syn.Lies:
        value, _, count, unit, direction = children
        place = syn.Beyond(
            count, unit.unit, str(direction) == "ahead", span=_span(children[1:])
        )
        return syn.Lies(value, place, span=_span(children))

    def exactly(self, children: list[Child]) -> syn.Lies:
        value, _, count, unit, direction = children
        place = syn.Exactly(
            count, unit.unit, str(direction) == "ahead", span=_span(children[1:])
        )
        return syn.Lies(value, place, span=_span(children))

    def side_of(self, children: list[Child]) -> syn.Lies:
        value, word, moment = children
        side = syn.Side(cast(Any, str(word)), moment, span=_span(children[1:]))
        return syn.Lies(value, side, span=_span(children))

    direction = comparison
    side = comparison

    def between(self, children: list[Child]) -> syn.Between:
        return syn.Between(children[0], children[2], span=_span(children))

    def between_from(self, children: list[Child]) -> syn.Between:
        return syn.Between(children[0], None, span=_span(children))

    def between_to(self, children: list[Child]) -> syn.Between:
        return syn.Between(None, children[1], span=_span(children))

    def relative(self, children: list[Child]) -> syn.Relative:
        unit = children[-1]
        count = children[1] if isinstance(children[1], syn.Node) else None
        full = len(children) == 4
        return syn.Relative(
            cast(Any, str(children[0])),
            cast(syn.Expr | None, count),
            unit.unit,
            full,
            unit.fiscal,
            span=_span(children),
        )

    def several(self, children: list[Child]) -> syn.Several:
        return syn.Several(_nodes(children), span=_span(children))

    def count_name(self, children: list[Child]) -> syn.Name:
        return cast(syn.Name, children[0])

    def unit(self, children: list[Child]) -> "_Unit":
        word = str(children[-1]).removesuffix("s")
        return _Unit(cast(Any, word), len(children) == 2, _span(children))

    # ---- arithmetic

    def plus(self, children: list[Child]) -> Token:
        return cast(Token, children[0])

    times = plus

    def binary(self, children: list[Child]) -> syn.Binary:
        left, operator, right = children
        return syn.Binary(
            cast(syn.Operator, str(operator)), left, right, span=_span(children)
        )

    def minus(self, children: list[Child]) -> syn.Expr:
        match children[1]:
            case syn.Number(Decimal() as value):
                # not `-value`, which would round to the digits of the context
                negative = value.copy_negate() if value else value
                return syn.Number(negative, span=_span(children))
            case syn.Number(value):
                return syn.Number(-value, span=_span(children))
            case operand:
                return syn.Minus(operand, span=_span(children))

    def member(self, children: list[Child]) -> syn.Member:
        return syn.Member(children[0], children[2].name, span=_span(children))

    def call(self, children: list[Child]) -> syn.Call:
        return syn.Call(children[0], _nodes(children[1:]), span=_span(children))

    def group(self, children: list[Child]) -> syn.Expr:
        return replace(cast(Any, children[1]), span=_span(children))  # type: ignore[no-any-return]

    # ---- leaves

    def number(self, children: list[Child]) -> syn.Number:
        text = str(children[0]).replace("_", "")
        value = Decimal(text) if "." in text else int(text)
        if len(text) > reading.MAX_NUMBER:
            self.report.add(reading.long_number(_span(children)))
            value = 0
        return syn.Number(value, span=_span(children))

    def text(self, children: list[Child]) -> syn.Text:
        return syn.Text(self.string(children[0]), span=_span(children))

    def boolean(self, children: list[Child]) -> syn.Boolean:
        return syn.Boolean(str(children[0]) == "true", span=_span(children))

    def population(self, children: list[Child]) -> syn.Population:
        everyone = str(children[0]) == "everyone"
        return syn.Population(everyone, span=_span(children))

    def month(self, children: list[Child]) -> syn.Month:
        year, month = map(int, str(children[0]).split("-"))
        if not (1 <= month <= 12 and year >= 1):
            self.report.add(reading.no_such_date(str(children[0]), _span(children)))
            year, month = 2000, 1
        return syn.Month(year, month, span=_span(children))

    def date(self, children: list[Child]) -> syn.Date:
        value = self._calendar(children[0], date.fromisoformat, date(2000, 1, 1))
        return syn.Date(value, span=_span(children))

    def instant(self, children: list[Child]) -> syn.Instant:
        value = self._calendar(children[0], _moment, datetime(2000, 1, 1))
        return syn.Instant(value, span=_span(children))

    def _calendar(self, token: Token, read: Callable[[str], Any], instead: Any) -> Any:
        try:
            return read(str(token))
        except (ValueError, OverflowError):
            self.report.add(reading.no_such_date(str(token), _span([token])))
            return instead

    def name(self, children: list[Child]) -> syn.Name:
        token = children[0]
        text = unicodedata.normalize("NFC", str(token))
        if token.type == "QUOTED":
            text = text[1:-1]
            if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
                self.report.add(reading.bad_name(_span(children)))
        elif not text.isidentifier():
            self.report.add(reading.bad_name(_span(children)))
        return syn.Name(text, span=_span(children))

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
            self.report.add(reading.bad_character(_span([token])))
        return text


class _Field:
    """A part of a header, or a type: a word, what it says, and where."""

    __slots__ = ("key", "span", "value")

    def __init__(self, key: str, value: Any, span: Span) -> None:
        self.key, self.value, self.span = key, value, span


class _Unit:
    __slots__ = ("fiscal", "span", "unit")

    def __init__(self, unit: syn.Unit, fiscal: bool, span: Span) -> None:
        self.unit, self.fiscal, self.span = unit, fiscal, span


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _head(
    children: list[Child],
) -> tuple[syn.Header | None, tuple[syn.Let | syn.Param, ...]]:
    header = children[0] if isinstance(children[0], syn.Header) else None
    declarations = tuple(c for c in children if isinstance(c, syn.Let | syn.Param))
    return header, declarations
