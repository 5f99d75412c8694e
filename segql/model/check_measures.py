"""Functions: what is counted, added up or picked of a customer's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from segql.catalog.nodes import Event
from segql.messages import lints, plan, types
from segql.model import nodes as mdl
from segql.model.check_counts import whole
from segql.model.check_properties import lasting, shown, without_time
from segql.model.check_values import numeric
from segql.model.scope import Items, One, Stream, Thing
from segql.syntax import nodes as syn
from segql.types import (
    COUNT,
    COUNT_DIGITS,
    DOUBLE,
    MAX_DIGITS,
    Boolean,
    Double,
    Exact,
    ListOf,
    Point,
    Text,
    Type,
)

if TYPE_CHECKING:
    from segql.model.check import Checker

NUMBERS = ("sum", "avg", "median")
"""What is made of numbers alone."""


def count(c: Checker, written: str, node: syn.Call) -> Thing | None:
    selection = _chosen(c, written, node)
    if selection is None:
        return None
    return mdl.Aggregate("count", selection, None, COUNT, span=node.span)


def one(c: Checker, written: str, node: syn.Call) -> Thing | None:
    """`first(bought)`, `last(bought)`, `nth(bought, 2)`"""
    selection = _chosen(c, written, node)
    if selection is None:
        return None
    if lasting(c, selection):
        which = "comes before another" if written == "nth" else f"is the {written}"
        without_time(c, selection.event, f"so none of it {which}", node)
        return None
    n: int | None = 1
    if written == "nth":
        n = whole(c, cast(syn.Expr, node.arguments[1]), "`nth`")
    which_one = cast(mdl.Which, written)
    return One(which_one, selection, node.span, n) if n else None


def size(c: Checker, written: str, node: syn.Call) -> Thing | None:
    argument = _expression(node)
    value = c.expr(argument)
    if value is None:
        return None
    if isinstance(value, mdl.Attribute | mdl.Property) and isinstance(
        value.type, ListOf
    ):
        return mdl.Size(value, span=node.span)
    found = "a list in the rule" if isinstance(value, Items) else "this"
    c.report.add(types.needs_type("`size`", "a list", found, argument.span))
    return None


def aggregate(c: Checker, written: str, node: syn.Call) -> Thing | None:
    argument = _expression(node)
    match c.expr(argument):
        case None:
            return None
        case mdl.Selection() as selection:
            some = fitting(c.catalog.events[selection.event], written)
            event = shown(c, selection)
            c.report.add(types.needs_property(written, event, some, argument.span))
            return None
        case Stream(selection, value):
            return _made(c, written, selection, value, node)
        case _:
            examples = (
                f"{event.name}.{some}"
                for event in c.catalog.customer_events.values()
                for some in fitting(event, written)
            )
            example = next(examples, "bought.price")
            c.report.add(types.needs_selection(written, example, argument.span))
            return None


def fitting(event: Event, written: str) -> list[str]:
    """The properties that a function can be taken of."""
    return [
        prop.name
        for prop in event.properties.values()
        if written not in NUMBERS or numeric(prop.column.type)
    ]


def reduced(
    c: Checker, written: str, type_: Type, node: syn.Node, whose: str | None
) -> Type | None:
    """The type of what a function makes of values; reported if it takes none such.

    `whose` names the values where a sum of them depends on their order; it is None
    for what is reckoned, and empty where the caller says so itself.
    """
    if isinstance(type_, ListOf | Point):
        c.report.add(
            types.needs_type(f"`{written}`", _WANTED[written], str(type_), node.span)
        )
        return None
    match written:
        case "sum" | "avg" | "median" if not numeric(type_):
            c.report.add(
                types.needs_type(f"`{written}`", "numbers", str(type_), node.span)
            )
            return None
        case "sum" | "avg" if isinstance(type_, Double):
            if whose != "":
                c.report.add(lints.double_sum(whose, node.span))
            return DOUBLE
        case "sum" | "avg" | "median" if isinstance(type_, Exact):
            more = 1 if written == "median" else COUNT_DIGITS
            if type_.digits + more > MAX_DIGITS:
                c.report.add(plan.too_wide(type_.digits + more, node.span))
                return None
            wide = Exact(type_.digits + more, type_.scale)
            return wide if written == "sum" else DOUBLE
        case "min" | "max" if isinstance(type_, Boolean):
            wanted = _WANTED[written]
            c.report.add(
                types.needs_type(f"`{written}`", wanted, str(type_), node.span)
            )
            return None
        case "distinct":
            return COUNT
        case _:
            return type_


_WANTED = {
    **dict.fromkeys(NUMBERS, "numbers"),
    **dict.fromkeys(("min", "max"), "numbers, texts or times"),
    **dict.fromkeys(("distinct", "most_common"), "single values"),
}


def _made(
    c: Checker,
    written: str,
    selection: mdl.Selection,
    value: mdl.Value,
    node: syn.Call,
) -> mdl.Value | None:
    whose = value.name if isinstance(value, mdl.Property) else None
    result = reduced(c, written, value.type, node, whose)
    if result is None:
        return None
    if (
        written in ("min", "max")
        and isinstance(value, mdl.Property)
        and isinstance(value.type, Text)
    ):
        prop = c.catalog.events[selection.event].properties[value.name]
        if prop.values:
            c.report.add(lints.by_letters(f"`{written}`", prop.name, node.span))
    function = cast(mdl.Function, written)
    return mdl.Aggregate(function, selection, value, result, span=node.span)


def _chosen(c: Checker, written: str, node: syn.Call) -> mdl.Selection | None:
    argument = _expression(node)
    match c.expr(argument):
        case None:
            return None
        case mdl.Selection() as selection:
            return selection
        case Stream(selection, mdl.Property(prop)) if written != "count":
            event = shown(c, selection)
            inside = f"{event}, …" if written == "nth" else event
            help_ = f"choose the event first: `{written}({inside}).{prop}`"
            c.report.add(types.not_in_this_place(f"`.{prop}`", argument.span, help_))
            return None
        case _:
            example = next(iter(c.catalog.customer_events), "bought")
            example += ", 2" if written == "nth" else ""
            c.report.add(types.needs_selection(written, example, argument.span))
            return None


def _expression(node: syn.Call) -> syn.Expr:
    """The first argument, which `check_names.call` has seen to be an expression."""
    return cast(syn.Expr, node.arguments[0])
