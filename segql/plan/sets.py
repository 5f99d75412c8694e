"""Formulas to sets of customers: what can be found among the events alone.

A rule about events that is false for whoever has none is a set of keys, which an
engine finds in the events and then looks up, instead of carrying a figure for every
customer. Sets are intersected stage by stage, the narrowest first, each stage looking
only at the customers that are left; what must not have happened is taken away.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from segql.model import nodes as mdl
from segql.plan.build import measures_of, negated, once, replaced, values_of
from segql.plan.defaults import holds_of_nothing
from segql.plan.nodes import Measure


@dataclass(frozen=True, slots=True)
class Anyone:
    """Who has at least one event of a selection."""

    selection: mdl.Selection


@dataclass(frozen=True, slots=True)
class Grouped:
    """Whose events of one kind pass a test of their measures."""

    event: str
    tests: tuple[mdl.Rule, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Whose events of several kinds pass a test; `needed` are kinds that must occur."""

    test: mdl.Rule
    needed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """Whose first or last event of a selection passes a test of its own values.

    `whole` is the rule, `test` the same of the event itself, and `other` is true for
    every event that fails it.
    """

    whole: mdl.Rule
    pick: mdl.Pick
    test: mdl.Rule
    other: mdl.Rule


@dataclass(frozen=True, slots=True)
class Various:
    """Who has at least so many different values; few enough to be sketched first."""

    measure: mdl.Aggregate
    least: int


@dataclass(frozen=True, slots=True)
class Union:
    """Who is in any of the sets."""

    parts: tuple["Keys", ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of an intersection: who is in the set, or who is not."""

    keys: "Keys"
    inside: bool


@dataclass(frozen=True, slots=True)
class Stages:
    """Who passes every stage; the first one is of the kind `inside`."""

    stages: tuple[Stage, ...]


Keys: TypeAlias = Anyone | Grouped | Joined | Ended | Various | Union | Stages


@dataclass(frozen=True, slots=True)
class Among:
    """Membership in a set of keys, or its opposite."""

    keys: Keys
    inside: bool


@dataclass(frozen=True, slots=True)
class Test:
    """A test of a customer's attributes, and of measures beside them."""

    rule: mdl.Rule


@dataclass(frozen=True, slots=True)
class All:
    terms: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Any:
    terms: tuple["Formula", ...]


Formula: TypeAlias = Among | Test | All | Any


def formula(conjuncts: tuple[mdl.Rule, ...]) -> All:
    """The conjuncts of a segment, with everything that can be a set made one.

    What tests attributes alone comes first.
    """
    return _Finder().formula(conjuncts)


class _Finder:
    """Finds sets; each rule is looked at once, however often it is asked for."""

    def __init__(self) -> None:
        self.known: dict[mdl.Rule, Keys | None] = {}

    def formula(self, conjuncts: tuple[mdl.Rule, ...]) -> All:
        plain: list[Formula] = []
        stages: list[Stage] = []
        others: list[Formula] = []
        for group in _merged(conjuncts):
            if not any(measures_of(group[0])):
                plain += [Test(term) for term in group]
            elif found := self.together(group):
                stages.append(found)
            else:
                others += [self.part(term) for term in group]
        return All((*plain, *_staged(stages), *others))

    def part(self, rule: mdl.Rule) -> Formula:
        match rule:
            case _ if not any(measures_of(rule)):
                return Test(rule)
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
                mdl.Pick(which, selection, mdl.EventTime()), mdl.Instants() as window
            ):
                return _picked(which, selection, window)
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
        selections = {measure.selection for measure in measures_of(term)}
        alone = len(selections) == 1 and not _attributes(term)
        key: object = next(iter(selections)) if alone else number
        if isinstance(term, mdl.Within) and isinstance(term.value, mdl.Pick):
            key = number
        found.setdefault(key, []).append(term)
    return [tuple(group) for group in found.values()]


def _measured(tests: tuple[mdl.Rule, ...]) -> Keys | None:
    together = mdl.And(tests) if len(tests) > 1 else tests[0]
    measures = list(measures_of(together))
    if not measures or _attributes(together) or holds_of_nothing(together):
        return None
    events = {measure.selection.event for measure in measures}
    if len(events) == 1:
        return Grouped(events.pop(), tests)
    needed = tuple(sorted(each for each in events if _needs(together, each)))
    return Joined(together, needed) if needed else None


def _ended(rule: mdl.Rule) -> Ended | None:
    """A test of nothing but a property of the first or last event."""
    measures = set(measures_of(rule))
    if len(measures) != 1 or _attributes(rule) or holds_of_nothing(rule):
        return None
    (pick,) = measures
    if not isinstance(pick, mdl.Pick) or isinstance(
        pick.value, mdl.EventTime | mdl.EventDay
    ):
        return None
    test = replaced(rule, pick, pick.value)
    return Ended(rule, pick, test, negated(test))


def _various(rule: mdl.Rule) -> Various | None:
    match rule:
        case mdl.Compare(">=" | ">", mdl.Aggregate("distinct") as measure, right):
            if isinstance(right, mdl.Constant) and type(right.value) is int:
                least = right.value + (rule.operator == ">")
                return Various(measure, least) if 2 <= least <= MAX_SKETCHED else None
    return None


MAX_SKETCHED = 100
"""A sketch has 126 bits; where nearly all must be set, it decides little."""


def _attributes(rule: mdl.Rule) -> bool:
    return any(isinstance(value, mdl.Attribute) for value in values_of(rule))


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
            return _selected([m.selection for test in tests for m in measures_of(test)])
        case Joined(test):
            return _selected([m.selection for m in measures_of(test)])
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
        case All(terms) | Any(terms):
            for term in terms:
                yield from measures_in(term)
        case Among():
            pass
