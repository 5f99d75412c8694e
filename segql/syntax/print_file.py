"""Definition files to text, in the one canonical layout."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import assert_never

from segql.source import Span
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.layout import (
    Break,
    Doc,
    Group,
    Line,
    Nest,
    close,
    enclosed,
    laid_out,
    marked,
)
from segql.syntax.print import LOOSE, OR, doc, level, segment_, several
from segql.syntax.print_leaves import AFTER_A_VALUE, moment_, name_, text_


def print_definition(node: defs.Definition) -> str:
    """The text of a rule or of a definition file, with a line end at its end."""
    return laid_out(document(node))


def document(
    node: defs.Definition, text: str = "", comments: Sequence[int] = ()
) -> Doc:
    """A rule or a definition file as a document.

    `comments` are the places of comments in the text that was read: what has any
    inside is printed in the order in which it was written.
    """
    return _File(text, comments).document(node)


_BEHIND = re.compile(r"[ \t\r\f]*(?:\n[ \t\r\f]+)?#")
"""A comment that goes with the header that it stands behind."""


class _File:
    """Holds where comments are; otherwise without state."""

    def __init__(self, text: str, comments: Sequence[int]) -> None:
        self.text = text
        self.comments = comments

    def _commented(self, span: Span) -> bool:
        index = bisect_left(self.comments, span.start)
        return index < len(self.comments) and self.comments[index] < span.end

    def document(self, node: defs.Definition) -> Doc:
        blocks: list[Doc] = []
        if node.header is not None:
            word = "partition" if node.parts else "segment"
            blocks.append(self.header(node.header, word))
        if node.declarations:
            blocks.append(_lines(_declaration(each) for each in node.declarations))
        if node.rule is not None:
            behind = Span(node.where.start, node.rule.span.start)
            told = node.where.end > 0 and self._commented(behind)
            if blocks or node.examples or told:
                blocks.append((marked(node.where, "where"), _behind(node.rule)))
            else:
                blocks.append(doc(node.rule, OR))
        if node.parts:
            blocks.append(_lines(_stage(each) for each in node.parts))
        if node.examples:
            blocks.append(_lines(self.example(each) for each in node.examples))
        parts: list[Doc] = [Line("first"), blocks[0]]
        for block in blocks[1:]:
            parts += [Line("always"), block]
        return *parts, Line("last")

    # ---- the header

    def header(self, node: defs.Header, word: str) -> Doc:
        title = "" if node.title is None else f" {text_(node.title)}"
        name = close(marked(node.name.span, _head_name(node.name.name)))
        fields = dict(_fields(node))
        order = list(fields)
        if self._commented(node.span) or _BEHIND.match(self.text, node.span.end):
            order = list(dict.fromkeys(key for key, _ in node.fields))
        places = dict(node.fields)
        lines: list[Doc] = []
        for key in order:
            shown = fields[key]
            lines.append(marked(places[key], shown) if key in places else shown)
        rest = Nest(tuple((Line(), line) for line in lines))
        return marked(node.span, (f"{word} ", name, title, rest))

    # ---- examples

    def example(self, node: defs.Example) -> Doc:
        title = "" if node.title is None else f"{text_(node.title)} "
        word = "in " if node.inside else "out "
        part: Doc = ()
        if node.part is not None:
            part = (marked(node.part.span, name_(node.part.name)), " ")
        given = enclosed([self.given(each) for each in node.given])
        return marked(node.span, (f"example {title}{word}", part, given))

    def given(self, node: defs.Given | defs.GivenEvent) -> Doc:
        name = marked(node.name.span, name_(node.name.name))
        match node:
            case defs.Given(_, value):
                return marked(node.span, (name, " = ", doc(value, OR)))
            case defs.GivenEvent(_, bare, given):
                inner = [(each.span.start, self.given(each)) for each in given]
                if bare is not None:
                    inner.insert(0, (bare.span.start, doc(bare, OR)))
                if self._commented(node.span):
                    inner.sort(key=lambda each: each[0])
                return marked(node.span, (name, enclosed([each for _, each in inner])))
            case _:
                assert_never(node)


def _lines(parts: Iterable[Doc]) -> Doc:
    first, *rest = parts
    return first, *((Line("kept"), part) for part in rest)


def _head_name(name: str) -> str:
    return f"`{name}`" if name in AFTER_A_VALUE else name_(name)


def _fields(node: defs.Header) -> Iterable[tuple[str, Doc]]:
    """The lines of a header, in their order."""
    if node.owner is not None:
        yield "owner", f"owner {text_(node.owner)}"
    if node.tags:
        yield "tags", _listed("tags", list(map(name_, node.tags)))
    if node.as_of is not None:
        yield "as_of", f"as of {moment_(node.as_of.value)}"
    if node.purpose is not None:
        purpose = marked(node.purpose.span, name_(node.purpose.name))
        yield "purpose", ("purpose ", purpose)
    if node.channel is not None:
        channel = marked(node.channel.span, name_(node.channel.name))
        yield "channel", ("channel ", channel)
    if node.exclusive:
        others = [marked(each.span, segment_(each.segment)) for each in node.exclusive]
        yield "exclusive", _listed("exclusive with", others)


def _listed(word: str, items: Sequence[Doc]) -> Doc:
    """Items on the line of a word, or each on a line."""
    parts: list[Doc] = [Break(), items[0]]
    for item in items[1:]:
        parts += [",", Break(), item]
    return Group((word, Nest(tuple(parts))))


def _stage(node: defs.Stage) -> Doc:
    title = "" if node.title is None else f" {text_(node.title)}"
    if node.rule is None:
        name = marked(node.name.span, name_(node.name.name))
        return marked(node.span, ("else ", name, title))
    name = close(marked(node.name.span, _head_name(node.name.name)))
    where = marked(node.where, "where")
    return marked(node.span, ("segment ", name, title, " ", where, _behind(node.rule)))


def _declaration(node: defs.Let | defs.Param) -> Doc:
    name = marked(node.name.span, name_(node.name.name))
    match node:
        case defs.Let(_, value):
            head: Doc = ("let ", name)
        case defs.Param(_, kind, value):
            head = ("param ", name, f": {kind}")
        case _:
            assert_never(node)
    if value is None:
        return marked(node.span, head)
    if isinstance(value, syn.Several):
        items = marked(value.span, several(value, single=","))
        return marked(node.span, (head, " = ", items))
    return marked(node.span, (head, " =", _behind(value)))


def _behind(value: syn.Expr) -> Doc:
    """A rule or a value behind `where` or `=`; what is below it is deeper."""
    inner = (Break(seam=True), doc(value, OR))
    return Nest(inner, hugging=level(value) not in LOOSE)
