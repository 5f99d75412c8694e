"""Tokens to definition files: headers, declarations, parts, examples."""

import re
from typing import Any

from lark import Token

from segql.messages import reading
from segql.source import NOWHERE, Span
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.build_leaves import Child, Field, Leaves, names_in, span_of


class FileBuilder(Leaves):
    """One method per grammar rule of a file."""

    def rule(self, children: list[Child]) -> defs.Definition:
        return defs.Definition(None, (), children[0], span=span_of(children))

    def definition(self, children: list[Child]) -> defs.Definition:
        header, declarations = _head(children)
        parts = tuple(c for c in children if isinstance(c, defs.Stage))
        examples = tuple(c for c in children if isinstance(c, defs.Example))
        where, rule = _ruled(children)
        span = span_of(children)
        return defs.Definition(
            header, declarations, rule, parts, examples, where, span=span
        )

    def library(self, children: list[Child]) -> defs.Definition:
        header, declarations = _head(children)
        return defs.Definition(header, declarations, None, span=span_of(children))

    def header(self, children: list[Child]) -> defs.Header:
        found: dict[str, Any] = {}
        fields = []
        title = None
        for child in children[2:]:
            if isinstance(child, Token):
                title = self.string(child)
                continue
            if child.key in found:
                self.report.add(reading.repeated_field(child.key, child.span))
            found[child.key] = child.value
            fields.append((child.key, child.span))
        return defs.Header(
            children[1], title, **found, fields=tuple(fields), span=span_of(children)
        )

    def owner(self, children: list[Child]) -> Field:
        return Field("owner", self.string(children[1]), span_of(children))

    def tags(self, children: list[Child]) -> Field:
        names = tuple(names_in(children))
        return Field("tags", names, span_of(children))

    def as_of(self, children: list[Child]) -> Field:
        moment = self.instant([children[1]])
        return Field("as_of", moment, span_of(children))

    def purpose(self, children: list[Child]) -> Field:
        return Field("purpose", children[1], span_of(children))

    def channel(self, children: list[Child]) -> Field:
        return Field("channel", children[1], span_of(children))

    def exclusive(self, children: list[Child]) -> Field:
        named = tuple(
            syn.InSegment(child.value, span=child.span)
            for child in children
            if isinstance(child, Field)
        )
        return Field("exclusive", named, span_of(children))

    def let(self, children: list[Child]) -> defs.Let:
        return defs.Let(children[1], children[3], span=span_of(children))

    def param(self, children: list[Child]) -> defs.Param:
        default = children[5] if len(children) > 4 else None
        return defs.Param(
            children[1], children[3].value, default, span=span_of(children)
        )

    def type(self, children: list[Child]) -> Field:
        words = []
        for child in children:
            word = child.value if isinstance(child, Field) else str(child)
            words.append(re.sub(r"\s+", " ", word))
        text = re.sub(r",\s*", ", ", "".join(words))
        if text.startswith("list of"):
            text = "list of " + text.removeprefix("list of")
        return Field("type", text, span_of(children))

    # ---- partitions

    def stage(self, children: list[Child]) -> defs.Stage:
        """A part of a partition: `segment new "Neu" where …`, or `else lapsed`."""
        title = next((self.string(c) for c in children if _is(c, "STRING")), None)
        where, rule = _ruled(children)
        return defs.Stage(children[1], title, rule, where, span=span_of(children))

    # ---- examples

    def example_in(self, children: list[Child]) -> defs.Example:
        return self._example(children, True)

    def example_out(self, children: list[Child]) -> defs.Example:
        return self._example(children, False)

    def _example(self, children: list[Child], inside: bool) -> defs.Example:
        title = next((self.string(c) for c in children if _is(c, "STRING")), None)
        part = next((c for c in children if isinstance(c, syn.Name)), None)
        given = children[-1].value
        for each in given:
            if not isinstance(each, defs.Given | defs.GivenEvent):
                self.report.add(reading.bare_in_example(each.span))
        known = tuple(g for g in given if isinstance(g, defs.Given | defs.GivenEvent))
        return defs.Example(title, inside, part, known, span=span_of(children))

    def given(self, children: list[Child]) -> Field:
        nodes = tuple(child for child in children if isinstance(child, syn.Node))
        return Field("given", nodes, span_of(children))

    def given_one(self, children: list[Child]) -> defs.Given:
        return defs.Given(children[0], children[2], span=span_of(children))

    def given_event(self, children: list[Child]) -> defs.GivenEvent:
        name, field = children
        bare = [each for each in field.value if not _is_given(each)]
        given = tuple(each for each in field.value if _is_given(each))
        for each in bare[1:]:
            self.report.add(reading.bare_in_example(each.span))
        return defs.GivenEvent(
            name, bare[0] if bare else None, given, span=span_of(children)
        )


def _is(child: Child, kind: str) -> bool:
    return isinstance(child, Token) and child.type == kind


def _ruled(children: list[Child]) -> tuple[Span, Any]:
    """Where the word `where` is, and the rule behind it."""
    for index, child in enumerate(children):
        if _is(child, "WHERE"):
            return span_of([child]), children[index + 1]
    return NOWHERE, None


def _is_given(child: Child) -> bool:
    return isinstance(child, defs.Given | defs.GivenEvent)


def _head(
    children: list[Child],
) -> tuple[defs.Header | None, tuple[defs.Let | defs.Param, ...]]:
    header = children[0] if isinstance(children[0], defs.Header) else None
    declarations = tuple(c for c in children if isinstance(c, defs.Let | defs.Param))
    return header, declarations
