"""Formulas to sets of customers: what can be found among the events alone.

A rule about events that is false for whoever has none is a set of keys, which an
engine finds in the events and then looks up, instead of carrying a figure for every
customer. Sets are intersected stage by stage, the narrowest first, each stage looking
only at the customers that are left; what must not have happened is taken away.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from segql.model import nodes as mdl
from segql.plan.defaults import holds_of_nothing
from segql.plan.groups import group_of
from segql.plan.keys import (
    All,
    Among,
    Any,
    Anyone,
    Ended,
    First,
    Followed,
    Formula,
    Grouped,
    Joined,
    Keys,
    Some,
    Stage,
    Stages,
    Standing,
    Test,
    Union,
    Various,
)
from segql.plan.nodes import Figure, Measure, selection_of
from segql.plan.rules import negated, once, replaced
from segql.plan.values import (
    is_plain,
    measures_of,
    of_customers,
    tests_of,
)
from segql.types import COUNT


def formula(conjuncts: tuple[mdl.Rule, ...]) -> All:
    """The conjuncts of a segment, with everything that can be a set made one.

    What tests attributes alone comes first.
    """
    return _Finder().formula(conjuncts)


def keys_of(node: mdl.Rule) -> Keys:
    """The set of a sequence or a ranking."""
    found = _Finder().keys(node)
    assert found is not None
    return found


class _Finder:
    """Finds sets; each rule is looked at once, however often it is asked for."""

    def __init__(self) -> None:
        self.known: dict[mdl.Rule, Keys | None] = {}

    def formula(self, conjuncts: tuple[mdl.Rule, ...]) -> All:
        plain: list[Formula] = []
        stages: list[Stage] = []
        others: list[Formula] = []
        for group in _merged(conjuncts):
            if is_plain(group[0]):
                plain += [Test(term) for term in group]
            elif found := self.together(group):
                stages.append(found)
            else:
                others += [self.part(term) for term in group]
        return All((*plain, *_staged(stages), *others))

    def part(self, rule: mdl.Rule) -> Formula:
        match rule:
            case _ if is_plain(rule):
                return Test(rule)
            case mdl.AtLeast(least, most, terms):
                return Some(least, most, tuple(self.part(term) for term in terms))
            case mdl.And(terms):
                return self.formula(terms)
            case mdl.Or(terms):
                sets = [found for term in terms if (found := self.keys(term))]
                rest = [self.part(term) for term in terms if not self.keys(term)]
                if len(sets) > 1:
                    return Any((*rest, Among(Union(tuple(sets)), True)))
                return Any((*rest, *(Among(each, True) for each in sets)))
            case _:
                stage = self.stage(rule)
                return Among(stage.keys, stage.inside) if stage else Test(rule)

    def stage(self, rule: mdl.Rule) -> Stage | None:
        if found := self.keys(rule):
            return Stage(found, True)
        if found := self.keys(negated(rule)):
            return Stage(found, False)
        return None

    def together(self, group: tuple[mdl.Rule, ...]) -> Stage | None:
        if len(group) == 1:
            return self.stage(group[0])
        if _placed(group[0]):
            return Stage(Standing(mdl.And(group)), True)
        if found := _measured(group):
            return Stage(found, True)
        if found := _measured((negated(mdl.And(group)),)):
            return Stage(found, False)
        return None

    def keys(self, rule: mdl.Rule) -> Keys | None:
        """The set of a rule that is about events alone, and false without events."""
        if rule not in self.known:
            self.known[rule] = self._keys(rule)
        return self.known[rule]

    def _keys(self, rule: mdl.Rule) -> Keys | None:
        match rule:
            case mdl.Sequence():
                return Followed(rule)
            case mdl.Ranked():
                return First(rule)
            case _ if any(wholes_of(rule)) and not isinstance(rule, mdl.And | mdl.Or):
                return None
            case _ if _placed(rule):
                return Standing(rule)
            case mdl.And(terms):
                stages = [self.together(group) for group in _merged(terms)]
                known = [stage for stage in stages if stage]
                if len(known) < len(stages) or not any(stage.inside for stage in known):
                    return None
                return _in_order(known) if len(known) > 1 else known[0].keys
            case mdl.Or(terms):
                parts = [self.keys(term) for term in terms]
                found = tuple(part for part in parts if part)
                return Union(found) if len(found) == len(parts) else None
            case mdl.Compare() if (count := once(rule)) and rule.operator == ">=":
                return Anyone(count.selection)
            case mdl.Within(
                mdl.Pick("first" | "last" as which, selection, mdl.EventTime()),
                mdl.Instants() as window,
            ):
                return _picked(which, selection, window)
            case mdl.Within(
                mdl.Pick("nth", _, mdl.EventTime()) as pick, mdl.Instants() as window
            ):
                return _nth(pick, window)
            case _:
                return _ended(rule) or _various(rule) or _measured((rule,))


def _staged(stages: list[Stage]) -> Iterator[Among]:
    """Stages as one set if there is one to start from."""
    if any(stage.inside for stage in stages) and len(stages) > 1:
        yield Among(_in_order(stages), True)
        return
    for stage in stages:
        yield Among(stage.keys, stage.inside)


def _in_order(stages: list[Stage]) -> Stages:
    """The narrowest first, beginning with one that is inside."""
    ordered = sorted(stages, key=lambda stage: _width(stage.keys))
    first = next(stage for stage in ordered if stage.inside)
    ordered.remove(first)
    return Stages((first, *ordered))


def _merged(terms: tuple[mdl.Rule, ...]) -> list[tuple[mdl.Rule, ...]]:
    """Terms whose measures all speak of one selection belong together."""
    found: dict[object, list[mdl.Rule]] = {}
    for number, term in enumerate(terms):
        key: object = number
        if _placed(term):
            key = Standing
        elif not any(_positions(term)):
            groups = {(selection_of(each), group_of(each)) for each in _figures(term)}
            alone = len(groups) == 1 and not of_customers(term)
            key = next(iter(groups)) if alone else number
        if isinstance(term, mdl.Within) and isinstance(term.value, mdl.Pick):
            key = number
        found.setdefault(key, []).append(term)
    return [tuple(group) for group in found.values()]


def _measured(tests: tuple[mdl.Rule, ...]) -> Keys | None:
    together = mdl.And(tests) if len(tests) > 1 else tests[0]
    measures = _figures(together)
    if any(_positions(together)) or any(wholes_of(together)):
        return None
    if not measures or of_customers(together) or holds_of_nothing(together):
        return None
    events = {selection_of(measure).event for measure in measures}
    if len(set(map(group_of, measures))) == 1:
        return Grouped(events.pop(), tests)
    needed = tuple(sorted(each for each in events if _needs(together, each)))
    return Joined(together, needed) if needed else None


def _ended(rule: mdl.Rule) -> Ended | None:
    """A test of nothing but a property of the first, the last or the nth event."""
    measures = set(measures_of(rule))
    if len(measures) != 1 or of_customers(rule) or holds_of_nothing(rule):
        return None
    (pick,) = measures
    if not isinstance(pick, mdl.Pick) or pick.n > MAX_PLACE:
        return None
    if isinstance(pick.value, mdl.EventTime | mdl.EventDay):
        return None
    test = replaced(rule, pick, pick.value)
    return Ended(rule, pick, test, negated(test))


def wholes_of(rule: mdl.Rule) -> Iterator[mdl.Sequence | mdl.Ranked]:
    """The sequences and rankings in a rule, which are sets by themselves."""
    for test in tests_of(rule):
        if isinstance(test, mdl.Sequence | mdl.Ranked):
            yield test


def _figures(rule: mdl.Rule) -> list[Figure]:
    return [m for m in measures_of(rule) if not isinstance(m, mdl.Position)]


def _positions(rule: mdl.Rule) -> Iterator[mdl.Position]:
    for measure in measures_of(rule):
        if isinstance(measure, mdl.Position):
            yield measure


def _placed(rule: mdl.Rule) -> bool:
    """Whether a rule is about positions among all customers alone."""
    measures = list(measures_of(rule))
    return (
        bool(measures)
        and all(isinstance(measure, mdl.Position) for measure in measures)
        and not of_customers(rule)
        and not any(wholes_of(rule))
    )


def _various(rule: mdl.Rule) -> Various | None:
    match rule:
        case mdl.Compare(">=" | ">", mdl.Aggregate("distinct") as measure, right):
            if isinstance(right, mdl.Constant) and type(right.value) is int:
                least = right.value + (rule.operator == ">")
                return Various(measure, least) if 2 <= least <= MAX_SKETCHED else None
    return None


MAX_PLACE = 16
"""Of an event further back in its order the time is no quicker to find."""
MAX_SKETCHED = 100
"""A sketch has 126 bits; where nearly all must be set, it decides little."""


def _needs(rule: mdl.Rule, event: str) -> bool:
    """Whether a comparison cannot hold without events of a kind."""
    match rule:
        case mdl.Compare(operator, mdl.Arithmetic("/", over, under), right):
            if _only(under, event):
                return operator != "!="
            return operator in (">", ">=") and _only(over, event) and _positive(right)
        case mdl.Compare(">", left, right):
            return _only(left, event) and _counts(right)
        case mdl.Compare("<", left, right):
            return _only(right, event) and _counts(left)
        case _:
            return False


def _only(value: mdl.Value, event: str) -> bool:
    return (
        isinstance(value, mdl.Aggregate)
        and value.function in ("count", "distinct")
        and value.selection.event == event
    )


def _counts(value: mdl.Value) -> bool:
    """Whether a value is never below zero."""
    if isinstance(value, mdl.Aggregate):
        return value.function in ("count", "distinct")
    return _positive(value)


def _positive(value: mdl.Value) -> bool:
    return isinstance(value, mdl.Constant) and (
        isinstance(value.value, int | float) and value.value > 0
    )


def _picked(which: str, selection: mdl.Selection, window: mdl.Instants) -> Keys | None:
    """The first event lies in a window: one does, and none before it."""
    (whole,) = selection.windows
    assert isinstance(whole, mdl.Instants)
    start, end = window.start, window.end
    inside = _part(selection, start, end)
    if which == "first" and start is not None:
        rest = _part(selection, None, start)
    elif which == "last" and end is not None:
        rest = _part(selection, end, None)
    else:
        rest = None
    if rest is None:
        return Anyone(inside) if inside else Anyone(_never(selection))
    if inside is None:
        return Anyone(_never(selection))
    return Stages((Stage(Anyone(inside), True), Stage(Anyone(rest), False)))


def _nth(pick: mdl.Pick, window: mdl.Instants) -> Keys | None:
    """The nth event lies in a window: so many by its end, and fewer before it."""
    if pick.n == 1:
        return _picked("first", pick.selection, window)
    until = _part(pick.selection, None, window.end)
    if until is None:
        return Anyone(_never(pick.selection))
    number = mdl.Constant(pick.n, COUNT)
    count = mdl.Aggregate("count", until, None, COUNT)
    tests = [mdl.Compare(">=", count, number)]
    if window.start is not None and (
        before := _part(pick.selection, None, window.start)
    ):
        tests.append(mdl.Compare("<", replace(count, selection=before), number))
    return Grouped(pick.selection.event, tuple(tests))


def _part(
    selection: mdl.Selection, start: datetime | None, end: datetime | None
) -> mdl.Selection | None:
    """The events of a selection that also lie between two instants."""
    (whole,) = selection.windows
    assert isinstance(whole, mdl.Instants)
    begins = [each for each in (whole.start, start) if each is not None]
    ends = [each for each in (whole.end, end) if each is not None]
    begin, until = max(begins, default=None), min(ends, default=None)
    if begin is not None and until is not None and begin >= until:
        return None
    return replace(selection, windows=(mdl.Instants(begin, until),))


def _never(selection: mdl.Selection) -> mdl.Selection:
    return replace(selection, test=mdl.FALSE)


_LONG = timedelta(days=36_500)


def _width(keys: Keys) -> tuple[int, timedelta]:
    """A guess at how many customers a set has: by its tests, then its windows."""
    match keys:
        case Anyone(selection):
            return _selected([selection])
        case Grouped(_, tests):
            return _selected(
                [selection_of(m) for test in tests for m in _figures(test)]
            )
        case Joined(test):
            return _selected([selection_of(m) for m in _figures(test)])
        case Followed(sequence):
            return min(
                _selected([step.selection])
                for step in sequence.steps
                if not step.absent
            )
        case Standing() | First():
            return 1, _LONG
        case Ended(_, pick):
            return _selected([pick.selection])
        case Various(measure):
            return _selected([measure.selection])
        case Union(parts):
            return max(_width(part) for part in parts)
        case Stages(stages):
            return min(_width(stage.keys) for stage in stages if stage.inside)


def _selected(selections: list[mdl.Selection]) -> tuple[int, timedelta]:
    lengths = []
    for selection in selections:
        (window,) = selection.windows
        assert isinstance(window, mdl.Instants)
        known = window.start is not None and window.end is not None
        lengths.append(window.end - window.start if known else _LONG)  # type: ignore[operator]
    untested = any(selection.test is None for selection in selections)
    return (1 if untested else 0, max(lengths))


def measures_in(found: Formula) -> Iterator[Measure]:
    """The measures that a formula needs beside the customers' attributes."""
    match found:
        case Test(rule):
            yield from measures_of(rule)
        case All(terms) | Any(terms) | Some(terms=terms):
            for term in terms:
                yield from measures_in(term)
        case Among():
            pass
