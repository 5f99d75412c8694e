"""Tests of lists: an element, some, all, an element that passes a test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segql.messages import types
from segql.model import nodes as mdl
from segql.model.check_compare import comparable, declared_values, same_family
from segql.model.check_tests import a_word, as_option, words
from segql.model.check_words import is_unknown, unknown
from segql.model.scope import Items, Stream, Thing, weight_of
from segql.syntax import nodes as syn
from segql.types import TEXT, ListOf, Text

if TYPE_CHECKING:
    from segql.model.check import Checker


def has(c: Checker, node: syn.Has, folded: bool = False) -> mdl.Rule | None:
    items = c.expr(node.items)
    if _a_lone_word(c, items, node):
        return None
    if isinstance(items, mdl.Attribute | mdl.Property) and (
        a_word(c, items, node.wanted, node.items)
        or (
            isinstance(node.wanted, syn.Several)
            and words(c, items, node.wanted, node.items)
        )
    ):
        return None
    wanted = _wanted(c, node)
    if items is None or wanted is None:
        return None
    subject = list_of(c, items, node.items, node)
    if subject is None:
        return None
    assert isinstance(subject.type, ListOf)
    element = subject.type.element
    if (
        node.quantifier != "one"
        and not wanted.items
        and not isinstance(node.wanted, syn.Name)
    ):
        c.report.add(types.empty_list(node.wanted.span))
        return None
    stand_in = mdl.Property("", element, span=node.items.span)
    for option in wanted.items:
        if not same_family(element, option.type):
            comparable(c, stand_in, option, node)
            return None
    declared_values(c, subject, wanted.items)
    if folded and not isinstance(element, Text):
        c.report.add(types.case_of_what(node.span))
        return None
    if folded:
        help_ = "write the cases out: `has any of (…)`"
        c.report.add(types.not_in_this_place("`ignoring case`", node.span, help_))
        return None
    if not c.grow(weight_of(wanted.items), node):
        return None
    options = tuple(as_option(element, item, False) for item in wanted.items)
    test: mdl.Rule
    if node.quantifier == "all":
        test = mdl.HasAll(subject, options, span=node.span)
    else:
        test = mdl.HasAny(subject, options, span=node.span)
    return test


def _a_lone_word(c: Checker, items: Thing | None, node: syn.Has) -> bool:
    """`interests has any of yoga`: reports a word that is no list."""
    wanted = node.wanted
    if node.quantifier == "one" or not isinstance(wanted, syn.Name):
        return False
    if not isinstance(items, mdl.Attribute | mdl.Property) or not is_unknown(c, wanted):
        return False
    if items.type != ListOf(TEXT):
        return False
    text = f'"{wanted.name}"'
    unknown(c, wanted, f"write `has {text}`, or `has {node.quantifier} of ({text}, …)`")
    return True


def list_of(
    c: Checker, thing: Thing | None, beside: syn.Expr, node: syn.Node
) -> mdl.Attribute | mdl.Property | None:
    """What `has` can be said of; reported if it is nothing such."""
    if isinstance(thing, Stream | mdl.Selection):
        value = c.value_of(thing, beside)
        if value is not None:
            c.report.add(types.needs_type("`has`", "a list", "events", beside.span))
        return None
    if isinstance(thing, mdl.Attribute | mdl.Property) and isinstance(
        thing.type, ListOf
    ):
        return thing
    value = c.value_of(thing, beside)
    if value is not None and isinstance(value.type, ListOf):
        help_ = "test it inside the event's parentheses: `bought(tags has …)`"
        c.report.add(types.not_in_this_place("`has`", node.span, help_))
    elif value is not None:
        c.report.add(types.needs_type("`has`", "a list", str(value.type), beside.span))
    return None


def _wanted(c: Checker, node: syn.Has) -> Items | None:
    thing = c.expr(node.wanted)
    match thing:
        case None:
            return None
        case Items():
            if node.quantifier == "one":
                help_ = "write `has any of` or `has all of`"
                c.report.add(types.list_as_value(node.wanted.span, help_))
                return None
            return thing
        case mdl.Constant():
            return Items((thing,), node.wanted.span)
        case _:
            source = c.report.source
            between = None
            if isinstance(node.wanted, syn.Range) and source:
                bounds = source.slice(node.wanted.span).strip("( )")
                between = f"write `has (in {bounds})`"
            c.report.add(types.constant_wanted("`has`", node.wanted.span, between))
            return None


def has_element(c: Checker, node: syn.HasElement) -> mdl.Rule | None:
    """`purchases has (starts with "mush")`"""
    items = list_of(c, c.expr(node.items), node.items, node)
    if items is None:
        return None
    outer, c.scope = c.scope, replace(c.scope, items=items)
    test = c.rule(node.test)
    c.scope = outer
    return test and mdl.HasSome(items, test, span=node.span)


def element(c: Checker, node: syn.Element) -> mdl.Value:
    items = c.scope.items
    assert items is not None
    assert isinstance(items.type, ListOf)
    return mdl.Element(items.type.element, span=node.span)
