"""Tests: comparison, ranges, membership, presence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segql.messages import types
from segql.model import nodes as mdl
from segql.model.check_compare import (
    compared,
    declared_values,
    folded_text,
)
from segql.model.check_moments import elapsed_note
from segql.model.check_time import in_time, is_timely
from segql.model.check_values import as_double, numeric
from segql.model.check_words import is_unknown, meant, unknown
from segql.model.scope import Items, Thing, weight_of
from segql.syntax import nodes as syn
from segql.types import Double, ListOf, Text, Type

if TYPE_CHECKING:
    from segql.model.check import Checker


def compare(c: Checker, node: syn.Compare, folded: bool = False) -> mdl.Rule | None:
    if isinstance(node.right, syn.In) and _late_window(node.right):
        _window_last(c, node)
        return None
    if _habit_counted(c, node):
        return None
    left = c.value(node.left)
    if left is None or a_word(c, left, node.right, node.left, node.operator):
        return None
    right = c.value(node.right)
    if right is None:
        return None
    if folded and not isinstance(left.type, Text):
        c.report.add(types.case_of_what(node.span))
        return None
    rule = compared(c, node.operator, left, right, node, folded)
    if rule is not None:
        elapsed_note(c, node, rule)
    return rule


def a_word(
    c: Checker, left: mdl.Value, right: syn.Node, beside: syn.Node, sign: str = "="
) -> bool:
    """`city = Berlin`: reports an unknown name beside a value that has a type."""
    if not (isinstance(right, syn.Name) and is_unknown(c, right)):
        return False
    source = c.report.source
    text = source.slice(beside.span) if source else "…"
    unknown(c, right, meant(left, right.name, text, sign))
    return True


def _habit_counted(c: Checker, node: syn.Compare) -> bool:
    """`bought in each of last 6 full months >= 2`: reports so many in each of them."""
    source = c.report.source
    match node:
        case syn.Compare(
            ">=", syn.In(events, syn.Habit(least, periods)), syn.Number(number)
        ) if source and periods.full:
            unit, window = f"{periods.unit}s", source.slice(periods.span)
            often = least or periods.count
            wanted = source.slice(often.span) if often else "6"
            help_ = (
                f"for {number} in each write `{unit}({source.slice(events.span)} in"
                f" {window}, at least {number}) >= {wanted}`"
            )
            c.report.add(types.not_in_this_place("a count", node.right.span, help_))
            return True
        case _:
            return False


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
    folded: bool = False,
) -> mdl.Rule | None:
    """An inclusive range; None is open."""
    lower = c.value(low) if low is not None else None
    upper = c.value(high) if high is not None else None
    if (low is not None and lower is None) or (high is not None and upper is None):
        return None
    if folded and not isinstance(value.type, Text):
        c.report.add(types.case_of_what(node.span))
        return None
    if folded and lower and upper and lower.type == upper.type == value.type:
        lower, upper = folded_text(lower), folded_text(upper)
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
        term = compared(c, operator, value, bound, node, folded)
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
            if words(c, thing, several, node.value):
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
            rule = between(c, value, low, high, node, folded)
            return negated_if(rule, node)
        case _ if folded:
            c.report.add(types.case_of_what(node.span))
            return None
        case target:
            return in_time(c, thing, target, node, node.negated)


def words(c: Checker, thing: Thing, several: syn.Several, beside: syn.Node) -> bool:
    """`city in (Berlin, Hamburg)`: each unknown name is reported."""
    if not isinstance(thing, mdl.Value):
        return False
    found = [a_word(c, thing, item, beside) for item in several.items]
    return any(found)


def _items(c: Checker, target: syn.Name) -> Items | None:
    named = c.scope.named.get(target.name)
    thing = named.at(target.span) if named else None
    return thing if isinstance(thing, Items) else None


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
        case syn.Name(name) if attribute := c.catalog.attributes.get(name):
            return numeric(attribute.column.type)
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
        return negated_if(mdl.Always(False, span=node.span), node)
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
    options = tuple(as_option(value.type, item, folded) for item in items.items)
    subject = folded_text(value) if folded else value
    return negated_if(mdl.OneOf(subject, options, span=node.span), node)


def _any_day(c: Checker, value: mdl.Value, items: Items, node: syn.In) -> mdl.Rule:
    """A timestamp on one of several days."""
    days = [compared(c, "=", value, item, node) for item in items.items]
    known = tuple(day for day in days if day)
    return negated_if(mdl.Or(known, span=node.span), node) or mdl.FALSE


def as_option(type_: Type, item: mdl.Constant, folded: bool) -> mdl.Constant:
    option = folded_text(item) if folded else item
    if isinstance(type_, Double):
        option = as_double(option)
    assert isinstance(option, mdl.Constant)
    return option


def negated_if(rule: mdl.Rule | None, node: syn.In | syn.TextTest) -> mdl.Rule | None:
    if rule is None or not node.negated:
        return rule
    return mdl.Not(rule, span=node.span)


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
