"""Names, properties and calls: what the catalog, the file and the language offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, get_args

from segql.catalog.nodes import Event
from segql.messages import measures, names, sequences, types
from segql.model import nodes as mdl
from segql.model.check_compare import compared
from segql.model.check_measures import aggregate, count, one, size
from segql.model.check_periods import PERIODS, per_group, periods
from segql.model.check_population import POSITIONS, everyones, position
from segql.model.check_properties import (
    event_called,
    misplaced,
    old_event,
    own,
    property_of,
    timeless,
)
from segql.model.check_words import (
    OTHER_FORMS,
    OTHER_WORDS,
    is_unknown,
    of_an_event,
    synonyms,
    unknown,
)
from segql.model.outdated import outdated
from segql.model.scope import One, Scope, Stream, Thing, picked
from segql.syntax import nodes as syn
from segql.types import Boolean, Date, Text, Timestamp

if TYPE_CHECKING:
    from segql.model.check import Checker


def name(c: Checker, node: syn.Name) -> Thing | None:
    written, scope = node.name, c.scope
    if scope.event is not None and timeless(c, scope.event, written, node):
        return None
    if scope.event is not None and (found := own(c, scope.event, node)):
        return None if _twice(c, scope.event, node) else found
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
    if _rows(c, node):
        event = event_called(c, written)
        if event is None:
            misplaced(c, node)
        elif not _twice(c, event, node):
            old_event(c, event, node)
            return mdl.Selection(event.name, span=node.span)
        return None
    if written in scope.named:
        named = scope.named[written]
        if not c.grow(named.size, node):
            return None
        return None if everyones(c, named.thing, node) else named.at(node.span)
    if written in c.catalog.attributes:
        return _attribute(c, written, node)
    if (happened := c.catalog.event(written)) is not None:
        old_event(c, happened, node)
        return mdl.Selection(written, span=node.span)
    if not misplaced(c, node):
        unknown(c, node)
    return None


def _twice(c: Checker, event: Event, node: syn.Name) -> bool:
    """Reports a name that the file has as well."""
    if node.name not in c.scope.named:
        return False
    c.report.add(names.ambiguous(node.name, event.call_name, node.span))
    return True


def _rows(c: Checker, node: syn.Name) -> bool:
    """Whether a name is that of rows of the event in whose parentheses this stands,
    or, inside rows, of something of their parent: both hide what is outside."""
    event = c.scope.event
    if event is None:
        return False
    if event.parent is None:
        return node.name in c.catalog.rows_of(event.name)
    parent = c.catalog.events[event.parent]
    return node.name in parent.properties or node.name in c.catalog.rows_of(parent.name)


def _attribute(c: Checker, written: str, node: syn.Node) -> mdl.Attribute:
    attribute = c.catalog.attributes[written]
    if attribute.deprecated:
        outdated(attribute, c.catalog.attributes, node, c.report)
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
            value = property_of(c, selection.event, node, node.name)
            return value and Stream(selection, value, node.span)
        case One(_, selection) as chosen:
            value = property_of(c, selection.event, node, node.name)
            return value and picked(chosen, value, node.span)
        case found:
            help_ = "only events have properties"
            timely = isinstance(getattr(found, "type", None), Date | Timestamp)
            if timely and node.name in get_args(syn.Part) and c.report.source:
                text = c.report.source.slice(base.span)
                help_ = f"write `{node.name} of {text}`"
            c.report.add(types.not_in_this_place(f"`.{node.name}`", node.span, help_))
            return None


def call(c: Checker, node: syn.Call) -> Thing | None:
    written = node.name.name
    function = _FUNCTIONS.get(written)
    event = event_called(c, written)
    if c.scope.closed and (event or function) and written != "size":
        assert c.scope.event is not None
        of = c.scope.event.name
        c.report.add(measures.figure_in_filter(written, of, node.span))
        return None
    if c.scope.event is not None and _rows(c, node.name) and event is None:
        misplaced(c, node.name)
        return None
    if event is not None:
        old_event(c, event, node.name)
        return _selection(c, node, event)
    if function is not None:
        return _called(c, function, node)
    if written in c.scope.named or written in c.catalog.attributes:
        c.report.add(names.not_an_event(written, node.name.span))
        return None
    if misplaced(c, node.name):
        return None
    events = list(c.catalog.customer_events)
    known = [*events, *_FUNCTIONS]
    word = written.lower()
    other = OTHER_WORDS.get(word) or synonyms(c).get(word)
    form = OTHER_FORMS.get(word, "")
    c.report.add(
        names.unknown_function(written, known, events, other, form, node.name.span)
    )
    return None


def _called(c: Checker, function: _Function, node: syn.Call) -> Thing | None:
    """A function with the arguments that it takes; others are reported."""
    written = node.name.name
    low, high, takes, example = _arity(written)
    if not low <= len(node.arguments) <= high:
        help_ = f"write `{example}`"
        c.report.add(types.wrong_arguments(written, node.span, help_, takes))
        return None
    first, *rest = node.arguments
    for number, argument in enumerate(node.arguments):
        match argument:
            case syn.Per() if function is aggregate or function is count:
                return per_group(c, written, node)
            case syn.Least() if number and function is periods:
                pass
            case syn.Per() | syn.Least():
                said = "per" if isinstance(argument, syn.Per) else "at least"
                help_ = _ELSEWHERE[said]
                c.report.add(types.not_in_this_place(f"`{said}`", argument.span, help_))
                return None
            case syn.Same():
                c.report.add(sequences.same_as_what(argument.span, _SAME))
                return None
            case _ if number and function is periods:
                help_ = f"write `{example}`"
                c.report.add(types.wrong_arguments(written, node.span, help_, takes))
                return None
            case _:
                pass
    assert rest or len(node.arguments) == 1
    if isinstance(first, syn.Name) and is_unknown(c, first):
        form = "count({})" if written == "count" else f"{written}({{}}.{{}})"
        form = f"{written}({{}}).{{}}" if written in ("first", "last") else form
        form = "nth({}, 2).{}" if written == "nth" else form
        if not misplaced(c, first):
            unknown(c, first, of_an_event(c, first.name, form) or None)
        return None
    return function(c, written, node)


_SAME = "write it in a step: `viewed then bought(same product)`"
_ELSEWHERE = {
    "per": "it makes groups in `max(bought per category)` and the like",
    "at least": "it counts in `days(bought, at least 2)` and the like",
}


def _arity(written: str) -> tuple[int, int, str, str]:
    """How few and how many arguments a function takes, in words, and an example."""
    if written == "nth":
        return 2, 2, "events and a number", "nth(bought, 2).time"
    if written in PERIODS:
        return 1, 2, "events, and `at least …`", f"{written}(bought, at least 2)"
    if written in POSITIONS:
        return 1, 1, "one argument", f"{written}(revenue)"
    example = {
        "count": "count(bought)",
        "first": "first(bought).time",
        "last": "last(bought).time",
        "size": "size(interests)",
    }.get(written, f"{written}(bought.amount)")
    return 1, 1, "one argument", example


def _selection(c: Checker, node: syn.Call, event: Event) -> mdl.Selection | None:
    outer, c.scope = c.scope, Scope(c.scope.named, event)
    tests: list[mdl.Rule] = []
    bare: list[syn.Expr] = []
    fine = True
    for argument in node.arguments:
        if isinstance(argument, syn.Per | syn.Least | syn.Same):
            _elsewhere(c, argument, event)
            fine = False
            continue
        if _is_bare(c, argument):
            bare.append(argument)
            continue
        if (
            isinstance(argument, syn.Name)
            and event.argument
            and is_unknown(c, argument)
            and isinstance(event.properties[event.argument].column.type, Text)
        ):
            hint = f'text stands in quotes: `{event.call_name}("{argument.name}")`'
            if not misplaced(c, argument):
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
            types.two_bare_arguments(event.call_name, _as_in(node, event), node.span)
        )
        return None
    if not fine:
        return None
    combined = mdl.And(tuple(tests), span=node.span) if len(tests) > 1 else None
    return mdl.Selection(
        event.name, combined or (tests[0] if tests else None), span=node.span
    )


def _elsewhere(
    c: Checker, argument: syn.Per | syn.Least | syn.Same, event: Event
) -> None:
    """Reports what stands in other parentheses than those of an event."""
    match argument:
        case syn.Same():
            c.report.add(sequences.same_as_what(argument.span, _SAME))
        case syn.Per():
            help_ = _ELSEWHERE["per"]
            c.report.add(types.not_in_this_place("`per`", argument.span, help_))
        case syn.Least():
            help_ = f"count behind the parentheses: `{event.call_name}(…) >= 2`"
            c.report.add(types.not_in_this_place("`at least`", argument.span, help_))


def _is_bare(c: Checker, node: syn.Expr) -> bool:
    """A plain value, or a name of the file that stands for one."""
    if isinstance(node, syn.Name) and (named := c.scope.named.get(node.name)):
        thing = named.thing
        plain = mdl.Constant | mdl.Today
        return isinstance(thing, plain) and not isinstance(thing.type, Boolean)
    return isinstance(node, syn.Text | syn.Number | syn.Date | syn.DayWord)


def _as_in(node: syn.Call, event: Event) -> str:
    texts = [
        f'"{a.value}"' if isinstance(a, syn.Text) else str(a.value)
        for a in node.arguments
        if isinstance(a, syn.Text | syn.Number)
    ]
    return f"{event.call_name}({event.argument or '…'} in ({', '.join(texts)}))"


def _bare(c: Checker, node: syn.Expr, event: Event) -> mdl.Rule | None:
    """`bought("sport")` is `bought(category = "sport")`."""
    if event.argument is None:
        some = list(event.properties)
        c.report.add(types.no_bare_argument(event.call_name, some, node.span))
        return None
    prop = event.properties[event.argument]
    subject = mdl.Property(prop.name, prop.column.type, span=node.span)
    value = c.value(node)
    return compared(c, "=", subject, value, node) if value is not None else None


_Function = Callable[["Checker", str, syn.Call], Thing | None]
_FUNCTIONS: dict[str, _Function] = {
    "count": count,
    **dict.fromkeys(("sum", "avg", "min", "max", "median"), aggregate),
    **dict.fromkeys(("distinct", "most_common"), aggregate),
    **dict.fromkeys(("first", "last", "nth"), one),
    **dict.fromkeys(PERIODS, periods),
    **dict.fromkeys(POSITIONS, position),
    "size": size,
}
BUILT_INS = tuple(_FUNCTIONS)
