"""Tests: comparison, ranges, membership, text, lists, presence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segql.messages import types
from segql.model import nodes as mdl
from segql.model import regex
from segql.model.check_compare import (
    comparable,
    compared,
    declared_values,
    folded_text,
    same_family,
)
from segql.model.check_time import in_time, is_timely
from segql.model.check_values import as_double, numeric
from segql.model.check_words import is_unknown, meant, unknown
from segql.model.scope import Items, Stream, Thing, weight_of
from segql.syntax import nodes as syn
from segql.types import Double, ListOf, Text, Type

if TYPE_CHECKING:
    from segql.model.check import Checker


def compare(c: Checker, node: syn.Compare, folded: bool = False) -> mdl.Rule | None:
    if isinstance(node.right, syn.In) and _late_window(node.right):
        _window_last(c, node)
        return None
    left = c.value(node.left)
    if left is None or _a_word(c, left, node.right, node.left, node.operator):
        return None
    right = c.value(node.right)
    if right is None:
        return None
    if folded and not isinstance(left.type, Text):
        c.report.add(types.case_of_what(node.span))
        return None
    return compared(c, node.operator, left, right, node, folded)


def _a_word(
    c: Checker, left: mdl.Value, right: syn.Node, beside: syn.Node, sign: str = "="
) -> bool:
    """`city = Berlin`: reports an unknown name beside a value that has a type."""
    if not (isinstance(right, syn.Name) and is_unknown(c, right)):
        return False
    source = c.report.source
    text = source.slice(beside.span) if source else "…"
    unknown(c, right, meant(left, right.name, text, sign))
    return True


def _late_window(node: syn.In) -> bool:
    return isinstance(node.target, syn.Relative) and isinstance(node.value, syn.Number)


def _window_last(c: Checker, node: syn.Compare) -> None:
    """`bought >= 3 in last 7 days`: the window belongs to the events."""
    source = c.report.source
    assert isinstance(node.right, syn.In)
    if source:
        events = source.slice(node.left.span)
        count = source.slice(node.right.value.span)
        window = source.slice(node.right.target.span)
        fixed = f"{events} in {window} {node.operator} {count}"
    else:
        fixed = "bought in last 7 days >= 3"
    c.report.add(types.window_on_number(node.right.span, f"write `{fixed}`"))


def in_range(c: Checker, node: syn.Range) -> Thing | None:
    thing = c.expr(node.value)
    if is_timely(thing) and not _counts(c, thing, node):
        return in_time(
            c, thing, syn.Between(node.low, node.high, span=node.span), node, False
        )
    value = c.value_of(thing, node.value)
    if value is None:
        return None
    return between(c, value, node.low, node.high, node)


def _counts(c: Checker, thing: Thing | None, node: syn.Range) -> bool:
    """`bought 1..3` counts, `bought 2025-01-01..` does not."""
    bound = node.low if node.low is not None else node.high
    return isinstance(thing, mdl.Selection) and isinstance(bound, syn.Number)


def between(
    c: Checker,
    value: mdl.Value,
    low: syn.Expr | None,
    high: syn.Expr | None,
    node: syn.Node,
) -> mdl.Rule | None:
    """An inclusive range; None is open."""
    lower = c.value(low) if low is not None else None
    upper = c.value(high) if high is not None else None
    if (low is not None and lower is None) or (high is not None and upper is None):
        return None
    if (
        isinstance(lower, mdl.Constant)
        and isinstance(upper, mdl.Constant)
        and type(lower.type) is type(upper.type)
        and lower.value > upper.value  # type: ignore[operator]
    ):
        c.report.add(
            types.reversed_range(str(lower.value), str(upper.value), node.span)
        )
        return None
    sides: tuple[tuple[mdl.Comparison, mdl.Value | None], ...]
    sides = ((">=", lower), ("<=", upper))
    terms: list[mdl.Rule] = []
    for operator, bound in sides:
        if bound is None:
            continue
        term = compared(c, operator, value, bound, node)
        if term is None:
            return None
        terms.append(term)
    return mdl.And(tuple(terms), span=node.span) if len(terms) > 1 else terms[0]


def inside(c: Checker, node: syn.In, folded: bool = False) -> Thing | None:
    """Everything that `in` can mean."""
    thing = c.expr(node.value)
    if thing is None:
        return None
    match node.target:
        case syn.Several() as several:
            if _words(c, thing, several, node.value):
                return None
            items = c.items(several)
            if items is not None and not items.items:
                c.report.add(types.empty_list(several.span))
                return None
            return _member_of(c, thing, items, node, folded) if items else None
        case syn.Name() as target if (found := _items(c, target)) is not None:
            return _member_of(c, thing, found, node, folded)
        case syn.Name(name) if (
            name in c.scope.named and c.scope.named[name].thing is None
        ):
            return None
        case syn.Between(low, high) if not is_timely(thing) or _numbers(c, low, high):
            value = c.value_of(thing, node.value)
            if value is None:
                return None
            rule = between(c, value, low, high, node)
            return _negated(rule, node)
        case _ if folded:
            c.report.add(types.case_of_what(node.span))
            return None
        case target:
            return in_time(c, thing, target, node, node.negated)


def _words(c: Checker, thing: Thing, several: syn.Several, beside: syn.Node) -> bool:
    """`city in (Berlin, Hamburg)`: each unknown name is reported."""
    if not isinstance(thing, mdl.Value):
        return False
    found = [_a_word(c, thing, item, beside) for item in several.items]
    return any(found)


def _items(c: Checker, target: syn.Name) -> Items | None:
    named = c.scope.named.get(target.name)
    return named.thing if named and isinstance(named.thing, Items) else None


def _numbers(c: Checker, low: syn.Expr | None, high: syn.Expr | None) -> bool:
    """Whether the bounds of a range count something: whole numbers are years, unless
    one of them can't be, or is a name that stands for a number."""
    bounds = [bound for bound in (low, high) if bound is not None]
    return any(_counting(c, bound) for bound in bounds)


def _counting(c: Checker, bound: syn.Expr) -> bool:
    match bound:
        case syn.Name(name) if named := c.scope.named.get(name):
            thing = named.thing
            return isinstance(thing, mdl.Constant) and numeric(thing.type)
        case syn.Number(value):
            return not 1000 <= value <= 9999
        case _:
            return False


def _member_of(
    c: Checker, thing: Thing, items: Items, node: syn.In, folded: bool
) -> mdl.Rule | None:
    value = c.value_of(thing, node.value)
    if value is None:
        return None
    if isinstance(value.type, ListOf):
        some = "any of " if len(items.items) > 1 else ""
        help_ = f"write `has {some}…`"
        c.report.add(types.list_as_value(node.span, help_))
        return None
    if folded and not isinstance(value.type, Text):
        c.report.add(types.case_of_what(node.span))
        return None
    if not items.items:
        return _negated(mdl.Always(False, span=node.span), node)
    for item in items.items:
        rule = compared(c, "=", value, item, node, folded, noted=False)
        if rule is None:
            return None
        if not isinstance(rule, mdl.Compare):
            fits = c.grow(len(items.items), node)
            return _any_day(c, value, items, node) if fits else None
    declared_values(c, value, items.items, folded)
    if not c.grow(weight_of(items.items), node):
        return None
    options = tuple(_as_option(value.type, item, folded) for item in items.items)
    subject = folded_text(value) if folded else value
    return _negated(mdl.OneOf(subject, options, span=node.span), node)


def _any_day(c: Checker, value: mdl.Value, items: Items, node: syn.In) -> mdl.Rule:
    """A timestamp on one of several days."""
    days = [compared(c, "=", value, item, node) for item in items.items]
    known = tuple(day for day in days if day)
    return _negated(mdl.Or(known, span=node.span), node) or mdl.FALSE


def _as_option(type_: Type, item: mdl.Constant, folded: bool) -> mdl.Constant:
    option = folded_text(item) if folded else item
    if isinstance(type_, Double):
        option = as_double(option)
    assert isinstance(option, mdl.Constant)
    return option


def _negated(
    rule: mdl.Rule | None, node: syn.In | syn.TextTest | syn.Has
) -> mdl.Rule | None:
    if rule is None or not node.negated:
        return rule
    return mdl.Not(rule, span=node.span)


def contains_text(
    c: Checker, node: syn.TextTest, folded: bool = False
) -> mdl.Rule | None:
    value = c.value(node.value)
    if value is None or _a_word(c, value, node.part, node.value):
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
            c.report.add(
                types.needs_type(f"`{word}`", "text", str(each.type), each.span)
            )
            return None
    if node.kind == "matches":
        return _pattern(c, value, part, node, folded)
    if folded:
        value, part = folded_text(value), folded_text(part)
    return _negated(mdl.TextTest(node.kind, value, part, span=node.span), node)


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
    return _negated(mdl.Matches(value, pattern, span=node.span), node)


def has(c: Checker, node: syn.Has, folded: bool = False) -> mdl.Rule | None:
    items = c.expr(node.items)
    if isinstance(items, mdl.Attribute | mdl.Property) and (
        _a_word(c, items, node.wanted, node.items)
        or (
            isinstance(node.wanted, syn.Several)
            and _words(c, items, node.wanted, node.items)
        )
    ):
        return None
    wanted = _wanted(c, node)
    if items is None or wanted is None:
        return None
    if isinstance(items, Stream | mdl.Selection):
        value = c.value_of(items, node.items)
        if value is not None:
            c.report.add(types.needs_type("`has`", "a list", "events", node.items.span))
        return None
    if not isinstance(items, mdl.Attribute | mdl.Property) or not isinstance(
        items.type, ListOf
    ):
        value = c.value_of(items, node.items)
        if value is not None and isinstance(value.type, ListOf):
            help_ = "test it inside the event's parentheses: `bought(tags has …)`"
            c.report.add(types.not_in_this_place("`has`", node.span, help_))
        elif value is not None:
            c.report.add(
                types.needs_type("`has`", "a list", str(value.type), node.items.span)
            )
        return None
    element = items.type.element
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
    declared_values(c, items, wanted.items)
    if folded and not isinstance(element, Text):
        c.report.add(types.case_of_what(node.span))
        return None
    if folded:
        help_ = "write the cases out: `has any of (…)`"
        c.report.add(types.not_in_this_place("`ignoring case`", node.span, help_))
        return None
    if not c.grow(weight_of(wanted.items), node):
        return None
    options = tuple(_as_option(element, item, False) for item in wanted.items)
    test: mdl.Rule
    if node.quantifier == "all":
        test = mdl.HasAll(items, options, span=node.span)
    else:
        test = mdl.HasAny(items, options, span=node.span)
    return _negated(test, node)


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
            c.report.add(types.constant_wanted("`has`", node.wanted.span))
            return None


def presence(c: Checker, node: syn.Presence) -> mdl.Rule | None:
    thing = c.expr(node.value)
    if isinstance(thing, mdl.Selection):
        event, word = thing.event, "" if node.known else "not "
        help_ = f"write `{word}{event}`"
        c.report.add(types.not_in_this_place("`is`", node.span, help_))
        return None
    value = c.value_of(thing, node.value)
    if value is None:
        return None
    missing = mdl.IsMissing(value, span=node.span)
    return mdl.Not(missing, span=node.span) if node.known else missing


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
