"""Checked rules to resolved ones: windows absolute, `not` pushed down to single tests,
segments written out, what is constant computed."""

from dataclasses import replace
from datetime import date
from typing import assert_never

from segql.catalog.nodes import Catalog
from segql.model import nodes as mdl
from segql.model.windows import Clock, day_bounds, instant_bounds, shifted
from segql.plan.calendar import each_part
from segql.plan.defaults import holds_of_nothing
from segql.plan.moments import (
    EVERY_DAY,
    anniversaries,
    around,
    elapsed,
    elapsed_test,
    is_on,
    part_of,
)
from segql.plan.rules import MIRRORED, NEGATED, ONE, outside, replaced
from segql.plan.values import never_missing, of_everyone
from segql.types import COUNT, DATE, Date


class Resolver:
    """Rewrites a rule, and its negation where `positive` is false."""

    def __init__(self, clock: Clock, catalog: Catalog) -> None:
        self.clock = clock
        self.catalog = catalog
        self._rules: dict[tuple[int, bool], tuple[mdl.Rule, mdl.Rule]] = {}
        """By the rule's identity, which lasts as it is held here too."""

    def rule(self, node: mdl.Rule, positive: bool) -> mdl.Rule:
        """Once each: tests that are counted are asked for again at every level."""
        key = id(node), positive
        if key not in self._rules:
            self._rules[key] = node, self._rule(node, positive)
        return self._rules[key][1]

    def _rule(self, node: mdl.Rule, positive: bool) -> mdl.Rule:
        match node:
            case mdl.Always(value):
                return mdl.Always(value == positive, span=node.span)
            case mdl.Compare():
                return self.compare(node, positive)
            case mdl.OneOf(value, options):
                return self.one_of(replace(node, value=self.value(value)), positive)
            case mdl.Within(value, window):
                inner = self.value(value)
                return self.leaf(
                    mdl.Within(inner, self.window(window, inner), span=node.span),
                    positive,
                )
            case mdl.Anniversary(value, window):
                ranges = anniversaries(window, self.clock)
                on = mdl.OnDays(value, ranges, span=node.span)
                return self.rule(on, positive)
            case mdl.OnDays(value, ranges):
                return self.on_days(replace(node, value=self.value(value)), positive)
            case mdl.Anchored(value, anchor):
                return self.anchored(
                    replace(node, value=self.value(value), anchor=self.value(anchor)),
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
            case mdl.Matches() | mdl.Holds() | mdl.IsMissing() | mdl.Near():
                return self.leaf(replace(node, value=self.value(node.value)), positive)
            case mdl.HasAny(items, options):
                known = replace(node, items=self.value(items))
                return self.leaf(known if options else mdl.FALSE, positive)
            case mdl.HasAll(items, options):
                known_all = replace(node, items=self.value(items))
                return self.leaf(known_all if options else mdl.TRUE, positive)
            case mdl.HasSome(_, test) if first := of_everyone(test):
                # It is the same for all elements: asked once, and first.
                yes = replace(node, test=replaced(test, first, mdl.TRUE))
                no = replace(node, test=replaced(test, first, mdl.FALSE))
                either = (mdl.And((first, yes)), mdl.And((mdl.Not(first), no)))
                return self.rule(mdl.Or(either, span=node.span), positive)
            case mdl.HasSome(items, test):
                some = self.rule(test, True)
                if some == mdl.FALSE:
                    return mdl.Always(not positive)
                found = mdl.HasSome(self.value(items), some, span=node.span)
                return self.leaf(found, positive)
            case mdl.Not(term):
                return self.rule(term, not positive)
            case mdl.And(terms):
                return self.joined(terms, positive, positive)
            case mdl.Or(terms):
                return self.joined(terms, positive, not positive)
            case mdl.AtLeast():
                return self.at_least(node, positive)
            case mdl.Ranked():
                return self.leaf(self.ranked(node), positive)
            case mdl.Sampled(low, high):
                if low >= high:
                    return mdl.Always(not positive)
                whole = low <= 0 and high >= 100
                return self.leaf(mdl.TRUE if whole else node, positive)
            case mdl.Sequence(steps):
                resolved = tuple(self.step(each) for each in steps)
                return self.leaf(replace(node, steps=resolved), positive)
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
            case mdl.Within(mdl.Constant()):
                return mdl.Always(holds_of_nothing(node) == positive)
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

    def at_least(self, node: mdl.AtLeast, positive: bool) -> mdl.Rule:
        """A number of tests; all, none and any of them as `and` and `or`."""
        if not positive:
            return self.joined(outside(node), True, False)
        resolved = [(each, self.rule(each, True)) for each in node.terms]
        sure = sum(rule == mdl.TRUE for _, rule in resolved)
        terms = [pair for pair in resolved if not isinstance(pair[1], mdl.Always)]
        least = max(node.least - sure, 0)
        most = len(terms) if node.most is None else min(node.most - sure, len(terms))
        if least > most:
            return mdl.FALSE
        written = tuple(term for term, _ in terms)
        match least, len(terms) - most:
            case 0, 0:
                return mdl.TRUE
            case 1, 0:
                return self.joined(written, True, False)
            case 0, 1:
                return self.joined(written, False, False)
            case _ if least == len(terms):
                return self.joined(written, True, True)
            case _ if most == 0:
                return self.joined(written, False, True)
        return mdl.AtLeast(
            least,
            most if most < len(terms) else None,
            tuple(rule for _, rule in terms),
            span=node.span,
        )

    # ---- comparisons

    def compare(self, node: mdl.Compare, positive: bool) -> mdl.Rule:
        left, right = self.value(node.left), self.value(node.right)
        node = mdl.Compare(node.operator, left, right, span=node.span)
        operator = node.operator
        if isinstance(left, mdl.Constant) and isinstance(right, mdl.Constant):
            return mdl.Always(holds_of_nothing(node) == positive)
        if operator == "!=":
            operator, positive = "=", not positive
        if since := self.elapsed(replace(node, operator=operator)):
            return self.leaf(since, positive)
        if never_missing(left) and never_missing(right):
            if not positive:
                operator, positive = NEGATED[operator], True
            if usual := _at_least_once(operator, left, right):
                return usual
            if habit := self.habit(operator, left, right):
                return habit
        return self.leaf(mdl.Compare(operator, left, right, span=node.span), positive)

    def habit(
        self, operator: mdl.Comparison, left: mdl.Value, right: mdl.Value
    ) -> mdl.Rule | None:
        """In each of some periods or not, as a test of each: the narrowest come first.

        Where repeated deliveries are dropped, one pass over all of them is quicker.
        """
        if not isinstance(left, mdl.Periods) or left.least > 1:
            return None
        if self.catalog.events[left.selection.event].unique is not None:
            return None
        parts = each_part(left, self.clock)
        if len(parts) < 2 or operator not in (">=", "=", "<", "!="):
            return None
        if not isinstance(right, mdl.Constant) or right.value != len(parts):
            return None
        counts = [mdl.Aggregate("count", each, None, COUNT) for each in parts]
        if operator in (">=", "="):
            return mdl.And(tuple(mdl.Compare(">=", each, ONE) for each in counts))
        return mdl.Or(tuple(mdl.Compare("<", each, ONE) for each in counts))

    def elapsed(self, node: mdl.Compare) -> mdl.Rule | None:
        """A number of elapsed units against a constant: a test of the time itself."""
        match node:
            case mdl.Compare(operator, mdl.Elapsed() as side, mdl.Constant(value)):
                found = elapsed_test(operator, side, value, self.clock)
            case mdl.Compare(operator, mdl.Constant(value), mdl.Elapsed() as side):
                found = elapsed_test(MIRRORED[operator], side, value, self.clock)
            case _:
                return None
        return found and replace(found, span=node.span)

    def one_of(self, node: mdl.OneOf, positive: bool) -> mdl.Rule:
        """A resolved value among constants."""
        value, options = node.value, node.options
        if isinstance(value, mdl.Constant) or not options:
            return mdl.Always(holds_of_nothing(node) == positive)
        if isinstance(value, mdl.Elapsed) and len(options) <= _FEW:
            each = (mdl.Compare("=", value, option) for option in options)
            return self.rule(mdl.Or(tuple(each)), positive)
        return self.leaf(node, positive)

    # ---- time

    def on_days(self, node: mdl.OnDays, positive: bool) -> mdl.Rule:
        match node:
            case mdl.OnDays(mdl.Constant(value), ranges):
                zone = self.clock.zone
                found = isinstance(value, date) and is_on(value, ranges, zone)
                return mdl.Always(found == positive)
            case mdl.OnDays(value, ranges) if ranges == EVERY_DAY:
                missing = mdl.IsMissing(value, span=node.span)
                return self.leaf(missing, not positive)
            case _:
                return self.leaf(node if node.ranges else mdl.FALSE, positive)

    def anchored(self, node: mdl.Anchored, positive: bool) -> mdl.Rule:
        """A time around another; around a constant it is a stretch of time."""
        match node:
            case mdl.Anchored(mdl.Choice(test, then, other)):
                either = replace(node, value=then), replace(node, value=other)
                return self.rule(_chosen(test, *either), positive)
            case mdl.Anchored(_, mdl.Choice(test, then, other)):
                either = replace(node, anchor=then), replace(node, anchor=other)
                return self.rule(_chosen(test, *either), positive)
            case mdl.Anchored(value, mdl.Constant(date() as anchor)):
                window = around(node, anchor, self.clock)
                return self.leaf(mdl.Within(value, window, span=node.span), positive)
            case _:
                return self.leaf(node, positive)

    def window(self, node: mdl.Window, value: mdl.Value) -> mdl.Window:
        if isinstance(value.type, Date):
            days = day_bounds(node, self.clock)
            return mdl.Days(days.start, days.end)
        bounds = instant_bounds(node, self.clock)
        return mdl.Instants(bounds.start, bounds.end)

    # ---- values

    def value(self, node: mdl.Value) -> mdl.Value:
        match node:
            case mdl.Constant() | mdl.Attribute() | mdl.Property() | mdl.Element():
                return node
            case mdl.EventTime() | mdl.EventDay():
                return node
            case mdl.Today(offset):
                today = self.clock.today
                day = shifted(today, offset, "day") or today
                return mdl.Constant(day, DATE, span=node.span)
            case mdl.Size(items):
                return replace(node, items=self.value(items))
            case mdl.Arithmetic(_, left, right):
                return replace(node, left=self.value(left), right=self.value(right))
            case mdl.Negative(operand):
                return replace(node, operand=self.value(operand))
            case mdl.Fold(text):
                return replace(node, text=self.value(text))
            case mdl.Choice():
                return self.choice(node)
            case mdl.Elapsed() | mdl.PartOf():
                return self.moment(node, self.value(node.value))
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
            case mdl.Periods(_, selection):
                return replace(node, selection=self.selection(selection))
            case mdl.PerGroup(_, inner, by):
                aggregate = self.value(inner)
                assert isinstance(aggregate, mdl.Aggregate)
                return replace(node, inner=aggregate, by=self.value(by))
            case mdl.Position(_, value):
                return replace(node, value=self.value(value))
            case _:
                assert_never(node)

    def choice(self, node: mdl.Choice) -> mdl.Value:
        test = self.rule(node.test, True)
        then, other = self.value(node.then), self.value(node.other)
        if isinstance(test, mdl.Always):
            chosen = then if test.value else other
            if chosen.type == node.type:
                return chosen
        return replace(node, test=test, then=then, other=other)

    def moment(self, node: mdl.Elapsed | mdl.PartOf, value: mdl.Value) -> mdl.Value:
        """What is asked of a resolved time; of a constant the answer itself."""
        match value:
            case mdl.Choice(_, then, other):
                return replace(
                    value,
                    then=self.moment(node, then),
                    other=self.moment(node, other),
                    type=node.type,
                )
            case mdl.Constant(date() as known):
                if isinstance(node, mdl.Elapsed):
                    number = elapsed(known, node.unit, self.clock)
                else:
                    number = part_of(node.part, known, self.clock.zone)
                return mdl.Constant(number, node.type, span=node.span)
            case _:
                return replace(node, value=value)

    # ---- events, ranks

    def selection(self, node: mdl.Selection) -> mdl.Selection:
        """One window, that of all its windows; events from `as of` on do not exist.

        What has no time has the one window that leaves nothing out.
        """
        timeless = self.catalog.events[node.event].time is None
        start, end = None, None if timeless else self.clock.as_of
        for window in node.windows:
            bounds = instant_bounds(window, self.clock)
            if bounds.start is not None:
                start = bounds.start if start is None else max(start, bounds.start)
            if bounds.end is not None:
                end = bounds.end if end is None else min(end, bounds.end)
        test = node.test and self.rule(node.test, True)
        if test == mdl.TRUE:
            test = None
        return replace(node, test=test, windows=(mdl.Instants(start, end),))

    def step(self, node: mdl.Step) -> mdl.Step:
        without = tuple(
            replace(each, selection=self.selection(each.selection))
            for each in node.without
        )
        return replace(node, selection=self.selection(node.selection), without=without)

    def ranked(self, node: mdl.Ranked) -> mdl.Rule:
        among = node.among and self.rule(node.among, True)
        if among == mdl.FALSE or node.amount <= 0:
            return mdl.FALSE
        return replace(
            node,
            by=self.value(node.by),
            per=node.per and self.value(node.per),
            among=None if among == mdl.TRUE else among,
        )


_FEW = 50
"""So many options of elapsed units are written as stretches of time."""


def _chosen(test: mdl.Rule, then: mdl.Rule, other: mdl.Rule) -> mdl.Rule:
    """One test or another, as a choice between two values has it."""
    return mdl.Or((mdl.And((test, then)), mdl.And((mdl.Not(test), other))))


def _at_least_once(
    operator: mdl.Comparison, left: mdl.Value, right: mdl.Value
) -> mdl.Rule | None:
    """The one form of "at least once" and of "never", or what a count always is."""
    if isinstance(left, mdl.Periods) and left.least == 1:
        count = mdl.Aggregate("count", left.selection, None, COUNT, span=left.span)
        return _at_least_once(operator, count, right)
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
