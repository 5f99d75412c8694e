"""`days(bought, at least 2)`, and a figure of each group: `max(bought per product)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from segql.messages import measures, population, types
from segql.model import nodes as mdl
from segql.model.check_counts import whole
from segql.model.check_measures import reduced
from segql.model.check_properties import lasting, property_of, shown, without_time
from segql.model.scope import Stream, Thing
from segql.source import Span
from segql.syntax import nodes as syn
from segql.types import COUNT, Double, ListOf, Point

if TYPE_CHECKING:
    from segql.model.check import Checker

PERIODS = ("days", "weeks", "months", "quarters", "years")
OF_GROUPS = ("max", "min", "avg", "sum", "median")
"""What can be made of the figures of groups."""


def periods(c: Checker, written: str, node: syn.Call) -> Thing | None:
    argument = cast(syn.Expr, node.arguments[0])
    thing = c.expr(argument)
    if thing is None:
        return None
    if isinstance(thing, Stream):
        text = c.report.source.slice(argument.span) if c.report.source else "…"
        fixed = f"{written}({text.rpartition('.')[0]})"
        help_ = f"the {written} are those of the events: write `{fixed}`"
        what = f"a property in `{written}`"
        c.report.add(types.not_in_this_place(what, argument.span, help_))
        return None
    if not isinstance(thing, mdl.Selection):
        example = next(iter(c.catalog.customer_events), "bought")
        c.report.add(types.needs_selection(written, example, argument.span))
        return None
    if lasting(c, thing):
        without_time(c, thing.event, f"so it lies on no {written}", node)
        return None
    least: int | None = 1
    if len(node.arguments) == 2:
        wanted = cast(syn.Least, node.arguments[1])
        least = whole(c, wanted.count, "`at least`")
    period = cast(mdl.Period, written.removesuffix("s"))
    return mdl.Periods(period, thing, least, span=node.span) if least else None


def per_group(c: Checker, written: str, node: syn.Call) -> mdl.Value | None:
    """An aggregate per value of a property, and one over these groups."""
    per = cast(syn.Per, node.arguments[0])
    source = c.report.source
    text = source.slice(per.value.span) if source else "…"
    if written not in OF_GROUPS:
        c.report.add(
            measures.no_figure_of_groups(written, _other(written, text, per), node.span)
        )
        return None
    inner = _figure(c, written, text, per)
    if inner is None:
        return None
    by = _by(c, inner.selection, per)
    if by is None:
        return None
    result = reduced(c, written, inner.type, node, "")
    if result is None:
        return None
    if isinstance(inner.type, Double) and written in ("sum", "avg"):
        made = source.slice(per.value.span) if source else inner.function
        c.report.add(population.sum_of_doubles(written, made, node.span))
    if written == "sum" and inner.function in ("count", "sum", "distinct"):
        result = inner.type  # the groups' events are all different
    function = cast(mdl.Function, written)
    return mdl.PerGroup(function, inner, by, result, span=node.span)


def _other(written: str, text: str, per: syn.Per) -> str:
    """What is written where a function is not one over groups."""
    match written, per.value:
        case "count", syn.Name() | syn.Call():
            return f"`distinct({text}.{per.by})` for how many there are"
        case "count" | "distinct", _:
            return f"`distinct(bought.{per.by})` for how many there are"
        case _:
            return f"`max({text} per {per.by})`, or `most_common(bought.{per.by})`"


def _figure(c: Checker, written: str, text: str, per: syn.Per) -> mdl.Aggregate | None:
    match c.expr(per.value):
        case None:
            return None
        case mdl.Selection() as selection:
            return mdl.Aggregate("count", selection, None, COUNT, span=per.value.span)
        case mdl.Aggregate() as inner:
            return inner
        case Stream():
            fixed = f"{written}(sum({text}) per {per.by})"
        case _:
            example = next(iter(c.catalog.customer_events), "bought")
            fixed = f"{written}({example} per {per.by})"
    c.report.add(measures.groups_of_what(written, fixed, per.value.span))
    return None


def _by(c: Checker, selection: mdl.Selection, per: syn.Per) -> mdl.Value | None:
    end = per.span.end
    name = syn.Name(per.by, span=Span(max(per.value.span.end, end - len(per.by)), end))
    if per.by in ("week", "month", "quarter", "year"):
        event = c.catalog.events[selection.event]
        if per.by not in event.properties:
            called = shown(c, selection)
            reason = f"is no property of `{called}`"
            help_ = f"to count the {per.by}s write `{per.by}s({called}, at least 3)`"
            c.report.add(measures.no_groups_by(per.by, reason, name.span, help_))
            return None
    value = property_of(c, selection.event, name, per.by)
    if isinstance(value, mdl.EventTime):
        c.report.add(measures.no_groups_by("time", "is a moment", name.span))
        return None
    if value is not None and isinstance(value.type, ListOf | Point):
        reason = f"is a {value.type}"
        c.report.add(measures.no_groups_by(per.by, reason, name.span))
        return None
    return value
