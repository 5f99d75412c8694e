"""Tests of text, and what `ignoring case` can follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segql.messages import types
from segql.model import nodes as mdl
from segql.model import regex
from segql.model.check_compare import folded_text
from segql.model.check_lists import has
from segql.model.check_tests import a_word, compare, inside, negated_if
from segql.model.scope import Thing
from segql.syntax import nodes as syn
from segql.types import Exact, ListOf, Text

if TYPE_CHECKING:
    from segql.model.check import Checker


def contains_text(
    c: Checker, node: syn.TextTest, folded: bool = False
) -> mdl.Rule | None:
    value = c.value(node.value)
    if value is None or a_word(c, value, node.part, node.value):
        return None
    part = c.value(node.part)
    if part is None:
        return None
    word = {"starts": "starts with", "ends": "ends with"}.get(node.kind, node.kind)
    for each in (value, part):
        if isinstance(each.type, ListOf):
            help_ = "an element of a list is asked for with `has`"
            c.report.add(types.list_as_value(each.span, help_))
            return None
        if not isinstance(each.type, Text):
            mend = None
            if isinstance(each, mdl.Constant) and isinstance(each.type, Exact):
                mend = f'text stands in quotes: `"{each.value}"`'
            c.report.add(
                types.needs_type(f"`{word}`", "text", str(each.type), each.span, mend)
            )
            return None
    if node.kind == "matches":
        return _pattern(c, value, part, node, folded)
    if folded:
        value, part = folded_text(value), folded_text(part)
    return negated_if(mdl.TextTest(node.kind, value, part, span=node.span), node)


def _pattern(
    c: Checker, value: mdl.Value, part: mdl.Value, node: syn.TextTest, folded: bool
) -> mdl.Rule | None:
    if not (isinstance(part, mdl.Constant) and isinstance(part.value, str)):
        c.report.add(types.constant_wanted("`matches`", part.span))
        return None
    if problem := regex.problem(part.value):
        c.report.add(types.bad_regex(problem.message, problem.help, part.span))
        return None
    pattern = part.value
    if folded:
        value, pattern = folded_text(value), regex.folded(pattern)
    return negated_if(mdl.Matches(value, pattern, span=node.span), node)


def ignoring_case(c: Checker, node: syn.IgnoringCase) -> Thing | None:
    match replace(node.test, span=node.span):
        case syn.Compare() as test:
            return compare(c, test, folded=True)
        case syn.In() as test:
            return inside(c, test, folded=True)
        case syn.TextTest() as test:
            return contains_text(c, test, folded=True)
        case syn.Has() as test:
            return has(c, test, folded=True)
        case _:
            c.report.add(types.case_of_what(node.span))
            return None
