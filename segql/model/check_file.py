"""A definition file in, what it means out: a rule, the parts of a partition, `let`s."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never, cast

from segql.catalog.nodes import Catalog
from segql.diagnostics import Report
from segql.messages import files, names, plan
from segql.model import nodes as mdl
from segql.model.check import Checker
from segql.model.check_header import check_header
from segql.model.check_params import parameter
from segql.model.examples import Example, check_examples
from segql.model.extent import levels_of
from segql.model.lint import lint
from segql.model.scope import (
    Named,
    NoSegments,
    One,
    Params,
    Segments,
    Stream,
    Thing,
)
from segql.model.world import World
from segql.source import Span
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.types import COUNT

_NO_SEGMENTS = NoSegments()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a file defines. `rule` or `parts` are empty if anything is wrong.

    `written` are the rules as they stand there: of a part without those before it.
    `borrowed` has the shared `let`s that are named, by where they are.
    """

    rule: mdl.Rule | None = None
    parts: Mapping[str, mdl.Rule] = field(default_factory=dict)
    lets: Mapping[str, Named] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    written: tuple[mdl.Rule, ...] = ()
    borrowed: Mapping[Span, Named] = field(default_factory=dict)


def check(
    definition: defs.Definition,
    world: World,
    report: Report,
    *,
    params: Params | None = None,
    segments: Segments = _NO_SEGMENTS,
) -> mdl.Rule | None:
    """The meaning of a rule; None if it has errors, or if there is none."""
    found = check_file(definition, world, report, params=params, segments=segments)
    return found.rule


def check_file(
    definition: defs.Definition,
    world: World,
    report: Report,
    *,
    params: Params | None = None,
    segments: Segments = _NO_SEGMENTS,
    file: str | None = None,
) -> Meaning:
    """The meaning of a definition; `file` is its name if it stands in one."""
    if definition.header is not None:
        check_header(definition, file, world.catalog, segments, report)
    checker = Checker(world, report, params or {}, segments)
    borrowed = _borrow(checker, definition, file)
    lets = _declare(checker, definition, file)
    rules: list[mdl.Rule] = []
    if definition.rule is not None:
        rules += _rule(checker, definition.rule)
    parts = _parts(checker, definition, rules)
    if not rules and not parts and _shares(definition):
        return Meaning(lets=lets, borrowed=borrowed)
    examples = check_examples(definition, rules, world, report)
    if not report.ok:
        return Meaning(borrowed=borrowed)
    rule = rules[0] if definition.rule is not None else None
    return Meaning(rule, parts, {}, examples, tuple(rules), borrowed)


def noted(found: Meaning, report: Report) -> Meaning:
    """Adds the warnings of what was checked; shared `let`s then know theirs.

    What a shared `let` is noted for in its own file is not said again where it is
    used.
    """
    inner = Report(report.source)
    for rule in found.written:
        lint(rule, inner)
    for each in inner.diagnostics:
        used = found.borrowed.get(each.span)
        if used is None or (each.code, each.message) not in used.noted:
            report.add(each)
    lets = {}
    for name, let in found.lets.items():
        own = Report(report.source)
        for rule in _as_rules(let.thing):
            lint(rule, own)
        for each in own.diagnostics:
            report.add(each)
        told = frozenset((each.code, each.message) for each in own.diagnostics)
        lets[name] = replace(let, shared=True, noted=told)
    return replace(found, lets=lets)


def _shares(definition: defs.Definition) -> bool:
    return definition.rule is None and not definition.parts


def _rule(checker: Checker, node: syn.Expr, more: int = 0) -> list[mdl.Rule]:
    """The rule, if it is one; `more` levels will stand around it."""
    rule = checker.rule(node)
    if rule is None:
        return []
    if levels_of(rule) + more > plan.MAX_LEVELS:
        checker.report.add(plan.too_deep(node.span))
    return [rule]


def _parts(
    checker: Checker, definition: defs.Definition, rules: list[mdl.Rule]
) -> dict[str, mdl.Rule]:
    """Each part: its own rule, and none of those before it; the rest for the last."""
    parts: dict[str, mdl.Rule] = {}
    before: list[mdl.Rule] = []
    for stage in definition.parts:
        name = stage.name.name
        if name in parts:
            checker.report.add(files.part_twice(name, stage.name.span))
        own = [] if stage.rule is None else _rule(checker, stage.rule, 2)
        terms = (*before, *own)
        whole = mdl.And(terms, span=stage.span) if len(terms) > 1 else None
        parts[name] = whole or (terms[0] if terms else mdl.TRUE)
        before += [
            each.term if isinstance(each, mdl.Not) else mdl.Not(each, span=each.span)
            for each in own
        ]
        rules += own
    return parts


# ---- names


def _borrow(
    checker: Checker, definition: defs.Definition, file: str | None
) -> dict[Span, Named]:
    """Binds the shared `let`s of other files that this one names."""
    shared = checker.segments.shared()
    found: dict[Span, Named] = {}
    for node in _names(definition) if shared else ():
        if shared.get(node.name) in (None, file):
            continue
        named = checker.scope.named.get(node.name)
        if named is None:
            named = checker.segments.let(node.name, node.span, checker.report)
            checker.scope.named[node.name] = named
        found[node.span] = named
    return found


def _names(definition: defs.Definition) -> Iterable[syn.Name]:
    for expression in defs.expressions(definition):
        for node in syn.walk(expression):
            if isinstance(node, syn.Name):
                yield node


def _declare(
    checker: Checker, definition: defs.Definition, file: str | None
) -> dict[str, Named]:
    """Binds every `let` and `param`, in order: each sees those before it."""
    shares = _shares(definition)
    own: dict[str, Named] = {}
    for each in definition.declarations:
        written, span = each.name.name, each.name.span
        taken = "a name of this file" if written in own else None
        taken = taken or _taken(checker, written, file, shares)
        if taken:
            checker.report.add(names.name_taken(written, taken, span))
        before = checker.size
        thing: Thing | None
        match each:
            case defs.Let(_, value):
                thing = checker.expr(value)
            case defs.Param() if shares:
                checker.report.add(files.shared_param(written, each.span))
                thing = None
            case defs.Param():
                thing = parameter(checker, each)
            case _:
                assert_never(each)
        if shares and thing and levels_of(cast(mdl.Rule, thing)) > plan.MAX_LEVELS:
            checker.report.add(plan.too_deep(each.span))
            thing = None
        own[written] = Named(thing, checker.size - before)
        checker.scope.named[written] = own[written]
    known = [d.name.name for d in definition.declarations if isinstance(d, defs.Param)]
    for given in checker.params:
        if given not in known:
            checker.report.add(names.unknown_param(given, known))
    return own


def _taken(
    checker: Checker, written: str, file: str | None, shares: bool
) -> str | None:
    """What a name already means. One that is shared may hide no property either."""
    other = checker.segments.shared().get(written)
    if other is not None and other != file:
        return f"a shared `let` of {other}.seg"
    return taken_by_catalog(checker.catalog, written, shares)


def taken_by_catalog(catalog: Catalog, written: str, shares: bool) -> str | None:
    """What a name means in the catalog; with `shares`, in any event of it, too."""
    if written in catalog.attributes:
        return "an attribute of the catalog"
    if written in catalog.events:
        return "an event of the catalog"
    if written in catalog.places:
        return "a place of the catalog"
    if written == catalog.entity.name:
        return "the name of the catalog's entity"
    if not shares:
        return None
    for event in catalog.events.values():
        if written in event.properties:
            return f"a property of `{event.name}`"
        if event.parent and written == event.call_name:
            return f"part of `{event.parent}`"
    return "what every event has" if written in ("time", "day") else None


def _as_rules(thing: Thing | None) -> tuple[mdl.Rule, ...]:
    """What a shared `let` stands for, as a rule whose warnings it can be noted for."""
    match thing:
        case Stream(selection) | One(_, selection) | (mdl.Selection() as selection):
            count = mdl.Aggregate("count", selection, None, COUNT, span=selection.span)
            one = mdl.Constant(1, COUNT, span=selection.span)
            return (mdl.Compare(">=", count, one, span=selection.span),)
        case _ if isinstance(thing, mdl.Rule):
            return (thing,)
        case _ if isinstance(thing, mdl.Value):
            return (mdl.IsMissing(thing, span=thing.span),)
        case _:
            return ()
