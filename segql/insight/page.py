"""A definition's text, and what stands where in it: a checked rule's own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from segql.library import Checked, Library
from segql.model import nodes as mdl
from segql.model.scope import Thing
from segql.source import Span
from segql.syntax import definitions as defs
from segql.syntax.comments import comments


@dataclass(frozen=True)
class Page:
    """A definition that was checked, among the files that it can name."""

    checked: Checked
    library: Library

    def text(self, span: Span) -> str:
        """What stands at a place, on one line and without comments."""
        source = self.checked.source.text
        found, start = [], span.start
        for each in self._comments:
            if span.start <= each.start < span.end:
                found.append(source[start : each.start])
                start = each.end
        found.append(source[start : span.end])
        words = " ".join("".join(found).split())
        words = re.sub(r"(?<=\() | (?=\))|,(?= ?\))", "", words)
        return _bare(words)

    @cached_property
    def _comments(self) -> tuple[Span, ...]:
        return tuple(comments(self.checked.source.text))

    @cached_property
    def _named(self) -> tuple[tuple[str, Span, bool], ...]:
        """The names of the file's own `let`s and `param`s, by where they are said."""
        definition = self.checked.definition
        found = []
        for each in definition.declarations if definition else ():
            value = each.value if isinstance(each, defs.Let) else each.default
            if value is not None:
                found.append((each.name.name, value.span, isinstance(each, defs.Let)))
        return tuple(found)

    def let(self, span: Span, above: Span) -> str | None:
        """The `let` that a condition stands in, if what names it does not."""
        return self._name(span, above, let=True)

    def param(self, span: Span, above: Span) -> str | None:
        return self._name(span, above, let=False)

    def _name(self, span: Span, above: Span, *, let: bool) -> str | None:
        for name, where, is_let in self._named:
            if is_let is let and inside(span, where) and not inside(above, where):
                return name
        return None

    def lent(self, span: Span) -> "tuple[Page, str, Thing] | None":
        """What a shared `let` of another file that is named here stands for, there."""
        if span not in self.checked.meaning.borrowed:
            return None
        name = self.text(span).strip("`")
        file = self.library.shared().get(name)
        if file is None:
            return None
        other = self.library.file(file)
        let = other.meaning.lets.get(name)
        if let is None or let.thing is None:
            return None
        return Page(other, self.library), name, let.thing

    def segment(self, name: str) -> "tuple[Page, str | None] | None":
        """The file of a segment, and the part of it that is meant."""
        if name not in self.library.index.segments:
            return None
        file, part = self.library.index.segments[name]
        return Page(self.library.file(file), self.library), part

    def stages(self, part: str) -> tuple[tuple[str, mdl.Rule], ...]:
        """The rules of a partition's parts, as written, up to one of them."""
        definition = self.checked.definition
        names = [each.name.name for each in definition.parts] if definition else []
        upto = names[: names.index(part) + 1]
        return tuple(zip(upto, self.checked.meaning.written, strict=False))

    @property
    def parts(self) -> Mapping[str, mdl.Rule]:
        return self.checked.meaning.parts


def inside(span: Span, other: Span) -> bool:
    return other.start <= span.start and span.end <= other.end


def _bare(text: str) -> str:
    """A text without the parentheses around it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, sign in enumerate(re.sub(r'"(?:[^"\\]|\\.)*"', _blank, text)):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return _bare(text[1:-1].strip())


def _blank(found: re.Match[str]) -> str:
    return "_" * len(found[0])
