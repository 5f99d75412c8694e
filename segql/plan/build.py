"""Model to plan: windows resolved, `not` pushed down, measures gathered."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from segql.model import nodes as mdl
from segql.model.windows import Clock, day_bounds, instant_bounds
from segql.model.world import World
from segql.plan.defaults import holds_of_nothing
from segql.plan.nodes import Measure, Plan, Segment
from segql.types import COUNT, Date, Exact


def build(rules: Mapping[str, mdl.Rule], world: World, as_of: datetime) -> Plan:
    """One plan for any number of checked rules."""
    entity = world.catalog.entity
    clock = Clock(as_of, entity.zone, entity.week_starts, entity.fiscal_year_starts)
    resolver = _Resolver(clock)
    filters = {name: resolver.rule(each, True) for name, each in world.filters.items()}
    world = replace(world, filters=filters)
    segments = []
    for name, rule in rules.items():
        formula = resolver.rule(rule, True)
        conjuncts = formula.terms if isinstance(formula, mdl.And) else (formula,)
        measures = dict.fromkeys(m for term in conjuncts for m in measures_of(term))
        segments.append(Segment(name, conjuncts, tuple(measures)))
    return Plan(world, clock, tuple(segments))


class _Resolver:
    """Rewrites a rule, and its negation where `positive` is false."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def rule(self, node: mdl.Rule, positive: bool) -> mdl.Rule:
        match node:
            case mdl.Always(value):
                return mdl.Always(value == positive, span=node.span)
            case mdl.Compare():
                return self.compare(node, positive)
            case mdl.OneOf(value, options):
                if isinstance(value, mdl.Constant) or not options:
                    return mdl.Always(holds_of_nothing(node) == positive)
                return self.leaf(replace(node, value=self.value(value)), positive)
            case mdl.Within(value, window):
                inner = self.value(value)
                return self.leaf(
                    mdl.Within(inner, self.window(window, inner), span=node.span),
                    positive,
                )
            case mdl.TextTest(_, value, mdl.Constant("")):
                # every known text has it; DuckDB 2.0 finds it in missing ones too
                missing = mdl.IsMissing(self.value(value), span=node.span)
                return self.leaf(missing, not positive)
            case mdl.TextTest(kind, value, part):
                test = mdl.TextTest(
                    kind, self.value(value), self.value(part), span=node.span
                )
                return self.leaf(test, positive)
            case mdl.Matches() | mdl.Holds() | mdl.IsMissing():
                return self.leaf(replace(node, value=self.value(node.value)), positive)
            case mdl.HasAny(_, options):
                return self.leaf(node if options else mdl.FALSE, positive)
            case mdl.HasAll(_, options):
                return self.leaf(node if options else mdl.TRUE, positive)
            case mdl.Not(term):
                return self.rule(term, not positive)
            case mdl.And(terms):
                return self.joined(terms, positive, positive)
            case mdl.Or(terms):
                return self.joined(terms, positive, not positive)
            case mdl.InSegment(_, rule):
                return self.rule(rule, positive)
            case _:
                assert_never(node)

    def leaf(self, node: mdl.Rule, positive: bool) -> mdl.Rule:
        match node:
            case mdl.Always(value):
                return mdl.Always(value == positive)
            case mdl.IsMissing(value) if never_missing(value):
                return mdl.Always(not positive)
            case _:
                return node if positive else mdl.Not(node, span=node.span)

    def joined(
        self, terms: tuple[mdl.Rule, ...], positive: bool, conjunction: bool
    ) -> mdl.Rule:
        """`and` or `or` of the terms, flat, without what decides nothing."""
        kind = mdl.And if conjunction else mdl.Or
        found: dict[mdl.Rule, None] = {}
        for term in terms:
            rule = self.rule(term, positive)
            if isinstance(rule, mdl.Always):
                if rule.value != conjunction:
                    return rule
            elif isinstance(rule, kind):
                found.update(dict.fromkeys(rule.terms))
            else:
                found[rule] = None
        if not found:
            return mdl.Always(conjunction)
        return kind(tuple(found)) if len(found) > 1 else next(iter(found))

    def compare(self, node: mdl.Compare, positive: bool) -> mdl.Rule:
        left, right = self.value(node.left), self.value(node.right)
        operator = node.operator
        if isinstance(left, mdl.Constant) and isinstance(right, mdl.Constant):
            return mdl.Always(holds_of_nothing(node) == positive)
        if operator == "!=":
            operator, positive = "=", not positive
        if never_missing(left) and never_missing(right):
            if not positive:
                operator, positive = _NEGATED[operator], True
            if usual := _at_least_once(operator, left, right):
                return usual
        return self.leaf(mdl.Compare(operator, left, right, span=node.span), positive)

    def value(self, node: mdl.Value) -> mdl.Value:
        match node:
            case mdl.Constant() | mdl.Attribute() | mdl.Property():
                return node
            case mdl.EventTime() | mdl.EventDay() | mdl.Size():
                return node
            case mdl.Arithmetic(_, left, right):
                return replace(node, left=self.value(left), right=self.value(right))
            case mdl.Negative(operand):
                return replace(node, operand=self.value(operand))
            case mdl.Fold(text):
                return replace(node, text=self.value(text))
            case mdl.Aggregate(_, selection, value):
                return replace(
                    node,
                    selection=self.selection(selection),
                    value=value and self.value(value),
                )
            case mdl.Pick(_, selection, value):
                return replace(
                    node, selection=self.selection(selection), value=self.value(value)
                )
            case _:
                assert_never(node)

    def selection(self, node: mdl.Selection) -> mdl.Selection:
        """One window, that of all its windows; events from `as of` on do not exist."""
        start, end = None, self.clock.as_of
        for window in node.windows:
            bounds = instant_bounds(window, self.clock)
            if bounds.start is not None:
                start = bounds.start if start is None else max(start, bounds.start)
            if bounds.end is not None:
                end = min(end, bounds.end)
        test = node.test and self.rule(node.test, True)
        if test == mdl.TRUE:
            test = None
        return replace(node, test=test, windows=(mdl.Instants(start, end),))

    def window(self, node: mdl.Window, value: mdl.Value) -> mdl.Window:
        if isinstance(value.type, Date):
            days = day_bounds(node, self.clock)
            return mdl.Days(days.start, days.end)
        bounds = instant_bounds(node, self.clock)
        return mdl.Instants(bounds.start, bounds.end)


_NEGATED: dict[mdl.Comparison, mdl.Comparison] = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}
ONE = mdl.Constant(1, COUNT)


def _at_least_once(
    operator: mdl.Comparison, left: mdl.Value, right: mdl.Value
) -> mdl.Rule | None:
    """The one form of "at least once" and of "never", or what a count always is."""
    if not (isinstance(left, mdl.Aggregate) and left.function == "count"):
        return None
    if not isinstance(right, mdl.Constant) or isinstance(right.value, str):
        return None
    number = right.value
    assert not isinstance(number, bool)
    if (operator, number) in ((">=", 1), (">", 0), ("!=", 0)):
        return mdl.Compare(">=", left, ONE)
    if (operator, number) in (("<", 1), ("<=", 0), ("=", 0)):
        return mdl.Compare("<", left, ONE)
    if (operator, number) == (">=", 0):
        return mdl.TRUE
    if (operator, number) == ("<", 0):
        return mdl.FALSE
    return None


def negated(node: mdl.Rule) -> mdl.Rule:
    """The opposite of a resolved rule, in the same form."""
    match node:
        case mdl.Always(value):
            return mdl.Always(not value)
        case mdl.Not(term):
            return term
        case mdl.And(terms):
            return mdl.Or(tuple(negated(term) for term in terms))
        case mdl.Or(terms):
            return mdl.And(tuple(negated(term) for term in terms))
        case mdl.Compare(operator, left, right) if never_missing(
            left
        ) and never_missing(right):
            return mdl.Compare(_NEGATED[operator], left, right, span=node.span)
        case _:
            return mdl.Not(node, span=node.span)


def replaced(node: mdl.Rule, old: mdl.Value, new: mdl.Value) -> mdl.Rule:
    """A resolved rule with another value in the place of one."""

    def value(found: mdl.Value) -> mdl.Value:
        if found == old:
            return new
        match found:
            case mdl.Arithmetic(_, left, right):
                return replace(found, left=value(left), right=value(right))
            case mdl.Negative(operand):
                return replace(found, operand=value(operand))
            case mdl.Fold(text):
                return replace(found, text=value(text))
            case mdl.Size(items):
                return replace(found, items=value(items))
            case _:
                return found

    def rule(found: mdl.Rule) -> mdl.Rule:
        match found:
            case mdl.Always():
                return found
            case mdl.Compare(_, left, right):
                return replace(found, left=value(left), right=value(right))
            case mdl.TextTest(_, subject, part):
                return replace(found, value=value(subject), part=value(part))
            case mdl.HasAny() | mdl.HasAll():
                return replace(found, items=value(found.items))
            case mdl.Not(term):
                return replace(found, term=rule(term))
            case mdl.And(terms) | mdl.Or(terms):
                return replace(found, terms=tuple(rule(term) for term in terms))
            case mdl.InSegment(_, inner):
                return rule(inner)
            case _:
                return replace(found, value=value(found.value))

    return rule(node)


def once(node: mdl.Rule) -> mdl.Aggregate | None:
    """The count of which the rule asks whether there is any event at all."""
    match node:
        case mdl.Compare(">=" | "<", mdl.Aggregate("count") as count, right):
            return count if right == ONE else None
        case _:
            return None


def never_missing(node: mdl.Value) -> bool:
    """Whether a value is known for every customer."""
    match node:
        case mdl.Constant() | mdl.Size() | mdl.EventTime() | mdl.EventDay():
            return True
        case mdl.Aggregate(function):
            return function in ("count", "sum", "distinct") and isinstance(
                node.type, Exact
            )
        case mdl.Arithmetic(operator, left, right):
            exact = operator != "/" and isinstance(node.type, Exact)
            return exact and never_missing(left) and never_missing(right)
        case mdl.Negative(operand):
            return isinstance(node.type, Exact) and never_missing(operand)
        case mdl.Attribute() | mdl.Property() | mdl.Fold() | mdl.Pick():
            return False
        case _:
            assert_never(node)


def measures_of(node: mdl.Rule) -> Iterator[Measure]:
    """The measures of a resolved rule, without those inside their selections."""
    for value in values_of(node):
        if isinstance(value, mdl.Aggregate | mdl.Pick):
            yield value


def values_of(node: mdl.Rule) -> Iterator[mdl.Value]:
    """Every value of a rule; of a measure itself alone, not what it is made of."""
    match node:
        case mdl.Always():
            pass
        case mdl.Compare(_, left, right):
            yield from _within(left)
            yield from _within(right)
        case mdl.TextTest(_, value, part):
            yield from _within(value)
            yield from _within(part)
        case (
            mdl.OneOf(value)
            | mdl.Within(value)
            | mdl.Matches(value)
            | mdl.IsMissing(value)
            | mdl.Holds(value)
            | mdl.HasAny(value)
            | mdl.HasAll(value)
        ):
            yield from _within(value)
        case mdl.Not(term):
            yield from values_of(term)
        case mdl.And(terms) | mdl.Or(terms):
            for term in terms:
                yield from values_of(term)
        case mdl.InSegment(_, rule):
            yield from values_of(rule)
        case _:
            assert_never(node)


def _within(node: mdl.Value) -> Iterator[mdl.Value]:
    yield node
    match node:
        case mdl.Arithmetic(_, left, right):
            yield from _within(left)
            yield from _within(right)
        case mdl.Negative(inner) | mdl.Fold(inner) | mdl.Size(inner):
            yield from _within(inner)
        case _:
            pass
