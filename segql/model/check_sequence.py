"""Ordered steps: `viewed then bought(same product) within 3 days`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from segql.messages import sequences
from segql.model import nodes as mdl
from segql.model.check_compare import same_family
from segql.model.check_population import inside
from segql.model.check_properties import lasting, shown, without_time
from segql.model.check_windows import whole
from segql.model.scope import One, Stream, Thing
from segql.syntax import nodes as syn
from segql.types import ListOf, Point

if TYPE_CHECKING:
    from segql.model.check import Checker


def sequence(c: Checker, node: syn.Then) -> mdl.Rule | None:
    if inside(c, "a sequence", node):
        return None
    if len(node.steps) > sequences.MAX_STEPS:
        c.report.add(sequences.too_many_steps(len(node.steps), node.span))
        return None
    steps: list[mdl.Step | None] = []
    before: mdl.Selection | None = None
    for number, written in enumerate(node.steps):
        if written.absent and number < len(node.steps) - 1:
            c.report.add(sequences.no_before_the_end(written.span))
            return None
        step = _step(c, written, before, number == 0)
        before = step.selection if step else None
        steps.append(step)
    known = tuple(step for step in steps if step)
    return mdl.Sequence(known, span=node.span) if all(steps) else None


def _step(
    c: Checker, node: syn.Step, before: mdl.Selection | None, first: bool
) -> mdl.Step | None:
    if node.absent and node.without:
        c.report.add(sequences.no_without(node.span))
        return None
    gap = None
    if node.within is not None:
        count = whole(c, node.within.count, node.within.unit, node.within)
        gap = count and mdl.Gap(count, node.within.unit, span=node.within.span)
    events, ties = (node.events, []) if first else _untied(node.events)
    if first and (tied := _untied(node.events)[1]):
        help_ = "the first step has none before it: write it in a later step"
        c.report.add(sequences.same_as_what(tied[0].span, help_))
        return None
    thing = c.expr(events)
    selection = _selection(c, thing, node, first)
    if selection is None or (node.within is not None and gap is None):
        return None
    same = _same(c, ties, selection, before)
    without = [_without(c, each, before) for each in node.without]
    if same is None or not all(without):
        return None
    single = thing.which if isinstance(thing, One) and thing.which != "nth" else None
    return mdl.Step(
        selection,
        single,
        gap or None,
        node.absent,
        same,
        tuple(each for each in without if each),
        span=node.span,
    )


def _selection(
    c: Checker, thing: Thing | None, node: syn.Step, first: bool
) -> mdl.Selection | None:
    """The events of a step; reported if it is something else."""
    match thing:
        case None:
            return None
        case mdl.Selection() as selection:
            return _timed(c, selection, node.events)
        case One("first" | "last", selection) if first:
            return _timed(c, selection, node.events)
        case One(which, selection):
            event = shown(c, selection)
            found = f"`{which}(…)`"
            help_ = (
                f"only the first step can be `first({event})` or `last({event})`; "
                f"write `{event}`"
            )
        case Stream(selection):
            found = "a property of one"
            help_ = f"write `{shown(c, selection)}`, and its tests in parentheses"
        case _ if isinstance(thing, mdl.Rule):
            found = "a test"
            help_ = (
                "name events alone: `viewed then bought`; join other tests with `and`"
            )
        case _:
            found = "a value"
            help_ = "name events: `viewed then bought`"
    c.report.add(sequences.not_a_step(found, node.events.span, help_))
    return None


def _timed(
    c: Checker, selection: mdl.Selection, node: syn.Node
) -> mdl.Selection | None:
    if not lasting(c, selection):
        return selection
    reason = "so it comes neither before nor after anything"
    without_time(c, selection.event, reason, node)
    return None


def _without(
    c: Checker, node: syn.Expr, before: mdl.Selection | None
) -> mdl.Without | None:
    events, ties = _untied(node)
    step = syn.Step(events, span=node.span)
    selection = _selection(c, c.expr(events), step, False)
    if selection is None:
        return None
    same = _same(c, ties, selection, before)
    return None if same is None else mdl.Without(selection, same, span=node.span)


def _untied(node: syn.Expr) -> tuple[syn.Expr, list[syn.Same]]:
    """The events of a step without `same …`, and what must be the same."""
    match node:
        case syn.In(value) | syn.Lies(value):
            inner, ties = _untied(value)
            return replace(node, value=inner), ties
        case syn.Call():
            ties = [each for each in node.arguments if isinstance(each, syn.Same)]
            others = [each for each in node.arguments if not isinstance(each, syn.Same)]
            return replace(node, arguments=tuple(others)), ties
        case _:
            return node, []


def _same(
    c: Checker,
    ties: list[syn.Same],
    selection: mdl.Selection,
    before: mdl.Selection | None,
) -> tuple[mdl.Tie, ...] | None:
    """The properties that tie events to the step before; None is reported."""
    found: list[mdl.Tie] = []
    for tie in ties:
        if before is None:
            return None
        reason = _differs(c, tie.name, selection, before)
        if reason:
            c.report.add(sequences.not_the_same(tie.name, reason, tie.span))
            return None
        if (tie.name, tie.name) not in found:
            found.append((tie.name, tie.name))
    return tuple(found)


def _differs(
    c: Checker, name: str, selection: mdl.Selection, before: mdl.Selection
) -> str:
    """Why the values of a property can't be equal in two steps; empty if they can."""
    kinds = []
    for each in (before, selection):
        properties = c.catalog.events[each.event].properties
        if name in ("time", "day"):
            return "each event has its own; say how far apart: `within 1 day`"
        if name not in properties:
            return f"`{shown(c, each)}` has no such property"
        kinds.append(properties[name].column.type)
    one, other = kinds
    if isinstance(one, ListOf | Point) or isinstance(other, ListOf | Point):
        return "it is not a single value"
    if not same_family(one, other):
        return (
            f"it is {_a(str(one))} of `{shown(c, before)}`, and {_a(str(other))} of"
            f" `{shown(c, selection)}`"
        )
    return ""


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
