"""Names, properties and calls: what the catalog, the file and the language offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from segql.catalog.nodes import Event
from segql.messages import lints, names, plan, types
from segql.model import nodes as mdl
from segql.model.check_compare import compared
from segql.model.check_values import numeric
from segql.model.check_words import (
    OTHER_WORDS,
    is_unknown,
    of_an_event,
    synonyms,
    unknown,
)
from segql.model.scope import Items, One, Scope, Stream, Thing
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


def name(c: Checker, node: syn.Name) -> Thing | None:
    written, scope = node.name, c.scope
    if scope.event is not None and (found := _own(c, scope.event, node)):
        if written in scope.named:
            c.report.add(names.ambiguous(written, scope.event.name, node.span))
            return None
        return found
    if scope.closed:
        assert scope.event is not None
        if close := names.similar(written, scope.event.properties):
            known = [close]
            c.report.add(
                names.unknown_property(written, scope.event.name, known, node.span)
            )
        else:
            c.report.add(names.foreign_in_filter(written, scope.event.name, node.span))
        return None
    if written in scope.named:
        named = scope.named[written]
        return named.thing if c.grow(named.size, node) else None
    if written in c.catalog.attributes:
        return _attribute(c, written, node)
    if written in c.catalog.events:
        if scope.event is not None:
            c.report.add(names.nested_event(written, node.span))
            return None
        return mdl.Selection(written, span=node.span)
    unknown(c, node)
    return None


def _own(
    c: Checker, event: Event, node: syn.Node, written: str = ""
) -> mdl.Value | None:
    """A value of the event in whose parentheses the checker is."""
    written = written or (node.name if isinstance(node, syn.Name) else "")
    if written == "time":
        return mdl.EventTime(span=node.span)
    if written == "day":
        return mdl.EventDay(span=node.span)
    if found := event.properties.get(written):
        if found.deprecated:
            c.report.add(lints.deprecated(written, found.deprecated, node.span))
        return mdl.Property(written, found.column.type, span=node.span)
    return None


def _attribute(c: Checker, written: str, node: syn.Node) -> mdl.Attribute:
    attribute = c.catalog.attributes[written]
    if attribute.deprecated:
        c.report.add(lints.deprecated(written, attribute.deprecated, node.span))
    return mdl.Attribute(written, attribute.column.type, span=node.span)


def member(c: Checker, node: syn.Member) -> Thing | None:
    base = node.base
    if (
        isinstance(base, syn.Name)
        and base.name == c.catalog.entity.name
        and not c.scope.closed
    ):
        if node.name in c.catalog.attributes:
            return _attribute(c, node.name, node)
        known = list(c.catalog.attributes)
        c.report.add(names.unknown_property(node.name, base.name, known, node.span))
        return None
    match c.expr(base):
        case None:
            return None
        case mdl.Selection() as selection:
            value = _property(c, selection.event, node)
            return value and Stream(selection, value, node.span)
        case One(which, selection):
            value = _property(c, selection.event, node)
            if value is None:
                return None
            first_or_last: mdl.Pick = mdl.Pick(
                "first" if which == "first" else "last",
                selection,
                value,
                value.type,
                span=node.span,
            )
            return first_or_last
        case _:
            c.report.add(
                types.not_in_this_place(
                    f"`.{node.name}`", node.span, "only events have properties"
                )
            )
            return None


def _property(c: Checker, event_name: str, node: syn.Member) -> mdl.Value | None:
    event = c.catalog.events[event_name]
    value = _own(c, event, node, node.name)
    if value is None:
        known = [*event.properties, "time", "day"]
        c.report.add(names.unknown_property(node.name, event_name, known, node.span))
    return value


def call(c: Checker, node: syn.Call) -> Thing | None:
    written = node.name.name
    if (
        c.scope.event is not None
        and (written in c.catalog.events or written in _FUNCTIONS)
        and written != "size"
    ):
        c.report.add(types.aggregate_inside(node.span))
        return None
    if written in c.catalog.events:
        return _selection(c, node, c.catalog.events[written])
    if function := _FUNCTIONS.get(written):
        if len(node.arguments) != 1:
            c.report.add(_arity(written, node))
            return None
        argument = node.arguments[0]
        if isinstance(argument, syn.Name) and is_unknown(c, argument):
            one = written in ("first", "last")
            form = f"{written}({{}}).{{}}" if one else f"{written}({{}}.{{}})"
            form = "count({})" if written == "count" else form
            unknown(c, argument, of_an_event(c, argument.name, form) or None)
            return None
        return function(c, written, node)
    if written in c.scope.named or written in c.catalog.attributes:
        c.report.add(names.not_an_event(written, node.name.span))
        return None
    events = list(c.catalog.events)
    known = [*events, *_FUNCTIONS]
    other = OTHER_WORDS.get(written.lower()) or synonyms(c).get(written.lower())
    c.report.add(names.unknown_function(written, known, events, other, node.name.span))
    return None


def _arity(written: str, node: syn.Call):  # type: ignore[no-untyped-def]
    example = {
        "count": "count(bought)",
        "first": "first(bought).time",
        "last": "last(bought).time",
        "size": "size(interests)",
    }.get(written, f"{written}(bought.amount)")
    return types.wrong_arguments(written, node.span, f"write `{example}`")


def _selection(c: Checker, node: syn.Call, event: Event) -> mdl.Selection | None:
    outer, c.scope = c.scope, Scope(c.scope.named, event)
    tests: list[mdl.Rule] = []
    bare: list[syn.Expr] = []
    fine = True
    for argument in node.arguments:
        if _is_bare(c, argument):
            bare.append(argument)
            continue
        if (
            isinstance(argument, syn.Name)
            and event.argument
            and is_unknown(c, argument)
            and isinstance(event.properties[event.argument].column.type, Text)
        ):
            hint = f'text stands in quotes: `{event.name}("{argument.name}")`'
            unknown(c, argument, hint)
            fine = False
            continue
        test = c.rule(argument)
        fine = fine and test is not None
        if test:
            tests.append(test)
    if len(bare) == 1:
        test = _bare(c, bare[0], event)
        fine = fine and test is not None
        if test:
            tests.insert(0, test)
    c.scope = outer
    if len(bare) > 1:
        c.report.add(
            types.two_bare_arguments(event.name, _as_in(node, event), node.span)
        )
        return None
    if not fine:
        return None
    combined = mdl.And(tuple(tests), span=node.span) if len(tests) > 1 else None
    return mdl.Selection(
        event.name, combined or (tests[0] if tests else None), span=node.span
    )


def _is_bare(c: Checker, node: syn.Expr) -> bool:
    """A plain value, or a name of the file that stands for one."""
    if isinstance(node, syn.Name) and (named := c.scope.named.get(node.name)):
        thing = named.thing
        return isinstance(thing, mdl.Constant) and not isinstance(thing.type, Boolean)
    return isinstance(node, syn.Text | syn.Number | syn.Date)


def _as_in(node: syn.Call, event: Event) -> str:
    texts = [
        f'"{a.value}"' if isinstance(a, syn.Text) else str(a.value)
        for a in node.arguments
        if isinstance(a, syn.Text | syn.Number)
    ]
    return f"{event.name}({event.argument or '…'} in ({', '.join(texts)}))"


def _bare(c: Checker, node: syn.Expr, event: Event) -> mdl.Rule | None:
    """`bought("sport")` is `bought(category = "sport")`."""
    if event.argument is None:
        some = list(event.properties)
        c.report.add(types.no_bare_argument(event.name, some, node.span))
        return None
    prop = event.properties[event.argument]
    subject = mdl.Property(prop.name, prop.column.type, span=node.span)
    value = c.value(node)
    return compared(c, "=", subject, value, node) if value is not None else None


# ---- functions


def _chosen(c: Checker, written: str, node: syn.Call) -> mdl.Selection | None:
    match c.expr(node.arguments[0]):
        case None:
            return None
        case mdl.Selection() as selection:
            return selection
        case Stream(selection, mdl.Property(prop)) if written in ("first", "last"):
            c.report.add(
                types.not_in_this_place(
                    f"`.{prop}`",
                    node.arguments[0].span,
                    f"choose the event first: `{written}({selection.event}).{prop}`",
                )
            )
            return None
        case _:
            example = next(iter(c.catalog.events), "bought")
            c.report.add(
                types.needs_selection(written, example, node.arguments[0].span)
            )
            return None


def _count(c: Checker, written: str, node: syn.Call) -> Thing | None:
    selection = _chosen(c, written, node)
    if selection is None:
        return None
    return mdl.Aggregate("count", selection, None, COUNT, span=node.span)


def _one(c: Checker, written: str, node: syn.Call) -> Thing | None:
    selection = _chosen(c, written, node)
    return selection and One(written, selection, node.span)


def _size(c: Checker, written: str, node: syn.Call) -> Thing | None:
    value = c.expr(node.arguments[0])
    if value is None:
        return None
    if isinstance(value, mdl.Attribute | mdl.Property) and isinstance(
        value.type, ListOf
    ):
        return mdl.Size(value, span=node.span)
    found = "a list in the rule" if isinstance(value, Items) else "this"
    c.report.add(types.needs_type("`size`", "a list", found, node.arguments[0].span))
    return None


def _aggregate(c: Checker, written: str, node: syn.Call) -> Thing | None:
    argument = node.arguments[0]
    match c.expr(argument):
        case None:
            return None
        case mdl.Selection(event):
            some = _fitting(c.catalog.events[event], written)
            c.report.add(types.needs_property(written, event, some, argument.span))
            return None
        case Stream(selection, value):
            return _made(c, written, selection, value, node)
        case _:
            examples = (
                f"{event.name}.{some}"
                for event in c.catalog.events.values()
                for some in _fitting(event, written)
            )
            example = next(examples, "bought.price")
            c.report.add(types.needs_selection(written, example, argument.span))
            return None


def _fitting(event: Event, written: str) -> list[str]:
    return [
        prop.name
        for prop in event.properties.values()
        if written not in ("sum", "avg") or numeric(prop.column.type)
    ]


def _made(
    c: Checker,
    written: str,
    selection: mdl.Selection,
    value: mdl.Value,
    node: syn.Call,
) -> mdl.Value | None:
    type_ = value.type
    function: mdl.Function
    match written:
        case "sum" | "avg":
            function = "sum" if written == "sum" else "avg"
            if not numeric(type_):
                c.report.add(
                    types.needs_type(f"`{written}`", "numbers", str(type_), node.span)
                )
                return None
            if isinstance(type_, Double):
                shown = value.name if isinstance(value, mdl.Property) else "this"
                c.report.add(lints.double_sum(shown, node.span))
                result: Type = DOUBLE
            else:
                assert isinstance(type_, Exact)
                result = Exact(type_.digits + COUNT_DIGITS, type_.scale)
                if result.digits > MAX_DIGITS:
                    c.report.add(plan.too_wide(result.digits, node.span))
                    return None
                result = DOUBLE if written == "avg" else result
        case "min" | "max":
            function = "min" if written == "min" else "max"
            if isinstance(type_, Boolean | ListOf | Point):
                wanted = "numbers, texts or times"
                c.report.add(
                    types.needs_type(f"`{written}`", wanted, str(type_), node.span)
                )
                return None
            result = type_
            if isinstance(value, mdl.Property):
                prop = c.catalog.events[selection.event].properties[value.name]
                if prop.values and isinstance(type_, Text):
                    c.report.add(lints.by_letters(f"`{written}`", prop.name, node.span))
        case _:
            function, result = "distinct", COUNT
            if isinstance(type_, ListOf | Point):
                c.report.add(
                    types.needs_type(
                        "`distinct`", "single values", str(type_), node.span
                    )
                )
                return None
    return mdl.Aggregate(function, selection, value, result, span=node.span)


_Function = Callable[["Checker", str, syn.Call], Thing | None]
_FUNCTIONS: dict[str, _Function] = {
    "count": _count,
    "sum": _aggregate,
    "avg": _aggregate,
    "min": _aggregate,
    "max": _aggregate,
    "distinct": _aggregate,
    "first": _one,
    "last": _one,
    "size": _size,
}
BUILT_INS = tuple(_FUNCTIONS)
