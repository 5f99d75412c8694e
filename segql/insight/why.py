"""A rule and a customer in; why it is true or false of them, as a tree, out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from segql.insight.nodes import Chosen, Judged, Seen, Stretch, Why
from segql.insight.page import Page, inside
from segql.model import nodes as mdl
from segql.model.windows import day_bounds, instant_bounds
from segql.reference import Evaluation
from segql.reference.rows import Key, Occurrence
from segql.source import Span
from segql.types import DATE

_MOST_EVENTS = 8
"""How many events of a selection are told of."""


def why(rule: mdl.Rule, asked: Evaluation, key: Key, page: Page) -> Why:
    """Why a rule is true or false of a customer; `page` is where it stands."""
    return _Teller(asked, key, page).why(rule, rule.span)


def why_part(part: str, asked: Evaluation, key: Key, page: Page) -> tuple[Why, ...]:
    """Why a customer is in a part of a partition, or not: its rule, and those before.

    The last part has no rule of its own: of it there are only those before.
    """
    return _Teller(asked, key, page).stages(part, decides=True)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells of one customer, or one event of theirs, in the words of one page."""

    asked: Evaluation
    key: Key
    page: Page
    occurrence: Occurrence | None = None

    def truth(self, rule: mdl.Rule) -> bool:
        return self.asked.truth(rule, self.key, self.occurrence)

    def text(self, node: mdl.Node) -> str:
        return self.page.text(node.span)

    # ---- rules

    def why(self, rule: mdl.Rule, above: Span, decides: bool = True) -> Why:
        """The tree of a condition; `above` is where what it stands in is written."""
        lent = self.page.lent(rule.span)
        if lent is not None:
            page, name, thing = lent
            if isinstance(thing, mdl.Rule) and thing == rule:
                inner = replace(self, page=page).why(thing, thing.span, decides)
                return replace(inner, name=name, rule=rule)
        found = self._why(rule, decides)
        name_ = self.page.let(rule.span, above)
        return replace(found, name=name_) if name_ else found

    def _why(self, rule: mdl.Rule, decides: bool) -> Why:
        true = self.truth(rule)
        made = Why(rule, self.text(rule), true, decides)
        match rule:
            case mdl.Not(term) if self._same(term, rule):
                inner = self._why(term, decides)
                return replace(inner, rule=rule, text=made.text, true=true)
            case mdl.Not(term):
                below = self.why(term, rule.span, decides)
                if below.terms or below.name:
                    return replace(made, terms=(below,))
                return replace(below, rule=rule, text=made.text, true=true)
            case mdl.And(terms) | mdl.Or(terms) | mdl.AtLeast(_, _, terms) if not all(
                self._same(term, rule) for term in terms
            ):
                return replace(made, terms=tuple(self._terms(rule, terms, decides)))
            case mdl.Ranked(among=None) | mdl.Sampled():
                return replace(made, seen=self._seen(rule), alone=True)
            case mdl.Ranked(among=mdl.Node() as among):
                out = decides and not self.truth(among)
                below = self.why(among, rule.span, out)
                return replace(
                    made, terms=(below,), seen=self._seen(rule), alone=not out
                )
            case mdl.Sequence(steps):
                return replace(made, terms=tuple(self._steps(steps, true, decides)))
            case mdl.InSegment(name, _):
                return replace(made, terms=self._segment(name, rule, decides))
            case _:
                windows = tuple(self._windows(rule))
                seen = self._seen(rule)
                alone = any(isinstance(e, mdl.Position) for e in _values(rule))
                return replace(made, seen=seen, windows=windows, alone=alone)

    def _same(self, term: mdl.Node, above: mdl.Node) -> bool:
        """Whether a part of a condition stands where the whole does."""
        return term.span == above.span and self.page.lent(term.span) is None

    def _terms(
        self,
        rule: mdl.And | mdl.Or | mdl.AtLeast,
        terms: tuple[mdl.Rule, ...],
        on: bool,
    ) -> Iterator[Why]:
        truths = [self.truth(term) for term in terms]
        for term, true, decides in zip(
            terms, truths, _deciding(rule, truths), strict=True
        ):
            assert self.truth(term) is true
            yield self.why(term, rule.span, on and decides)

    def _steps(
        self, steps: tuple[mdl.Step, ...], true: bool, decides: bool
    ) -> Iterator[Why]:
        """Each step: whether the sequence fits up to it."""
        failed = False
        for number, step in enumerate(steps, 1):
            upto = mdl.Sequence(steps[:number], span=step.span)
            fits = self.truth(upto)
            chosen = self._chosen(step.selection, None, step.span)
            text = self.text(step)
            seen = Seen(text, chosen.count, chosen=chosen, counted=True)
            on = decides and (true or (not fits and not failed))
            failed = failed or not fits
            yield Why(upto, text, fits, on, seen=(seen,))

    def _segment(
        self, name: str, rule: mdl.InSegment, decides: bool
    ) -> tuple[Why, ...]:
        found = self.page.segment(name)
        if found is None:
            return ()
        page, part = found
        inner = replace(self, page=page)
        if part is not None and page.parts.get(part) == rule.rule:
            return inner.stages(part, decides)
        if page.checked.rule == rule.rule:
            return (inner.why(page.checked.rule, page.checked.rule.span, decides),)
        return ()

    def stages(self, part: str, decides: bool) -> tuple[Why, ...]:
        """The rules of the parts of a partition up to one, each as it came out."""
        stages = self.page.stages(part)
        first = next((name for name, rule in stages if self.truth(rule)), None)
        return tuple(
            replace(
                self.why(rule, rule.span, decides and first in (None, part, name)),
                name=name,
            )
            for name, rule in stages
        )

    # ---- what a condition looks at

    def _windows(self, rule: mdl.Rule) -> Iterator[Stretch]:
        match rule:
            case mdl.Within(value, window) if _relative(window):
                yield self._stretch(window, days=value.type == DATE)
            case mdl.Anniversary(_, window):
                yield self._stretch(window, days=True)
            case mdl.Not(term):
                yield from self._windows(term)
            case _:
                pass

    def _stretch(self, window: mdl.Window, *, days: bool) -> Stretch:
        clock = self.asked.clock
        text = self.text(window)
        if days:
            some = day_bounds(window, clock)
            return Stretch(text, some.start, some.end)
        bounds = instant_bounds(window, clock)
        return Stretch(text, bounds.start, bounds.end)

    def _seen(self, rule: mdl.Rule) -> tuple[Seen, ...]:
        return _once(self._value(each, rule.span) for each in _values(rule))

    def _value(self, node: mdl.Value, above: Span) -> Seen | None:
        """What a value is; None of what is written out in the rule."""
        lent = self.page.lent(node.span)
        if lent is not None:
            page, name, thing = lent
            if isinstance(thing, mdl.Value):
                other = replace(self, page=page)._value(thing, thing.span)
                return other and replace(other, text=name)
        found = self._found(node, above)
        name_ = self.page.let(node.span, above)
        return replace(found, text=name_) if found and name_ else found

    def _found(self, node: mdl.Value, above: Span) -> Seen | None:
        match node:
            case mdl.Constant(value):
                param = self.page.param(node.span, above)
                return Seen(param, value) if param else None
            case mdl.Attribute(name) | mdl.Property(name):
                return self._of(node, name)
            case mdl.EventTime():
                return self._of(node, "time")
            case mdl.EventDay():
                return self._of(node, "day")
            case mdl.Element():
                return None
            case mdl.Fold(text):
                return self._value(text, above)
            case mdl.Today():
                return self._of(node)
            case mdl.Arithmetic(_, left, right):
                return self._of(node, parts=(left, right))
            case mdl.Negative(operand):
                return self._of(node, parts=(operand,))
            case mdl.Choice(test, then, other):
                branch = then if self.truth(test) else other
                return self._of(node, parts=(*_values(test), branch))
            case mdl.Elapsed(_, value) | mdl.PartOf(_, value):
                return self._of(node, parts=(value,))
            case mdl.Size(value) | mdl.Position(_, value):
                return self._of(node, parts=(value,))
            case (
                mdl.Aggregate(_, selection, value)
                | mdl.Pick(_, selection, value)
                | mdl.PerGroup(_, mdl.Aggregate(_, selection, _), value)
            ):
                return self._of(node, chosen=self._chosen(selection, value, node.span))
            case mdl.Periods(_, selection):
                return self._of(node, chosen=self._chosen(selection, None, node.span))
            case _:
                assert_never(node)

    def _of(
        self,
        node: mdl.Value,
        text: str | None = None,
        parts: Iterable[mdl.Value] = (),
        chosen: Chosen | None = None,
    ) -> Seen:
        value = self.asked.value(node, self.key, self.occurrence)
        seen = _once(self._value(each, node.span) for each in parts)
        counted = isinstance(node, mdl.Aggregate) and node.value is None
        return Seen(text or self.text(node), value, seen, chosen, counted)

    # ---- events

    def _chosen(
        self, selection: mdl.Selection, value: mdl.Value | None, above: Span
    ) -> Chosen:
        """Which of the customer's events a selection takes."""
        asked = self.asked
        every = mdl.Selection(selection.event)
        event = asked.world.catalog.events[selection.event]
        happened = sorted(
            asked.selected(every, self.key, self.occurrence), key=asked.order
        )
        taken = asked.selected(selection, self.key, self.occurrence)
        rows = {id(each.row) for each in taken}
        judged = [
            self._judged(each, selection, value, id(each.row) in rows)
            for each in happened[-_MOST_EVENTS:]
        ]
        text = self.text(selection)
        return Chosen(text, event.call_name, len(taken), len(happened), tuple(judged))

    def _judged(
        self,
        each: Occurrence,
        selection: mdl.Selection,
        value: mdl.Value | None,
        counts: bool,
    ) -> Judged:
        """One event: what a selection, and what is made of it, look at."""
        windows = []
        for window in selection.windows:
            if (
                self.asked.truth(mdl.Within(mdl.EventTime(), window), self.key, each)
                or each.time is None
            ):
                continue
            windows.append(self._window_of(selection, window))
        inner = replace(self, occurrence=each)
        test = None
        if selection.test is not None:
            test = inner._test(selection.test, selection.span)
        shown = [] if value is None else [inner._value(value, selection.span)]
        values = tuple((s.text, s.value) for s in shown if s and not s.chosen)
        if value is not None and isinstance(value, mdl.Property):
            values = ((value.name, values[0][1]),)
        day_only = each.event.time is not None and each.event.time.type == DATE
        time = each.day if day_only else each.time
        return Judged(time, values, counts, tuple(windows), test)

    def _window_of(self, selection: mdl.Selection, window: mdl.Window) -> Stretch:
        """A window in the words of the file where it is written."""
        lent = self.page.lent(window.span)
        if lent is not None and isinstance(lent[2], mdl.Selection):
            for each in lent[2].windows:
                if each == window:
                    return replace(self, page=lent[0])._stretch(each, days=False)
        return self._stretch(window, days=False)

    def _test(self, test: mdl.Rule, above: Span) -> Why:
        """What the parentheses of a selection came to."""
        lent = self.page.lent(test.span)
        if lent is not None and isinstance(lent[2], mdl.Selection):
            written = lent[2].test
            if written is not None and written == test:
                return replace(self, page=lent[0]).why(written, written.span)
        return self.why(test, test.span if inside(test.span, above) else above)


def _deciding(rule: mdl.And | mdl.Or | mdl.AtLeast, truths: list[bool]) -> list[bool]:
    """Which terms make the whole what it is."""
    match rule:
        case mdl.And():
            return [true is all(truths) for true in truths]
        case mdl.Or():
            return [true is any(truths) for true in truths]
        case mdl.AtLeast(least, most, _):
            count = sum(truths)
            if count < least:
                return [not true for true in truths]
            if most is None or count > most:
                return truths
            return [True] * len(truths)
        case _:
            assert_never(rule)


def _values(rule: mdl.Rule) -> tuple[mdl.Value, ...]:
    """The values that a condition compares, in the order in which it names them."""
    match rule:
        case mdl.Compare(_, left, right):
            return (left, right)
        case mdl.Anchored(value, anchor) | mdl.TextTest(_, value, anchor):
            return (value, anchor)
        case (
            mdl.OneOf(value)
            | mdl.Within(value)
            | mdl.Matches(value)
            | mdl.IsMissing(value)
            | mdl.Holds(value)
            | mdl.HasAny(value)
            | mdl.HasAll(value)
            | mdl.HasSome(value)
            | mdl.Anniversary(value)
            | mdl.OnDays(value)
            | mdl.Near(value)
        ):
            return (value,)
        case mdl.Not(term) | mdl.InSegment(_, term):
            return _values(term)
        case mdl.And(terms) | mdl.Or(terms) | mdl.AtLeast(_, _, terms):
            return tuple(value for term in terms for value in _values(term))
        case mdl.Ranked():
            return (rule.by,) if rule.per is None else (rule.by, rule.per)
        case mdl.Always() | mdl.Sampled() | mdl.Sequence():
            return ()
        case _:
            assert_never(rule)


def _relative(window: mdl.Window) -> bool:
    """Whether it takes `as of` to know where a window lies."""
    match window:
        case mdl.Days() | mdl.Instants():
            return False
        case mdl.FromTo(first, last):
            return any(_relative(each) for each in (first, last) if each is not None)
        case mdl.Rolling() | mdl.Day() | mdl.Calendar():
            return True
        case _:
            assert_never(window)


def _once(some: Iterable[Seen | None]) -> tuple[Seen, ...]:
    """Without what is no value, and what was said already."""
    return tuple({each.text: each for each in some if each is not None}.values())
