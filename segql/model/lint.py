"""Notes on what is allowed but rarely meant: negation that includes the missing,
counts whose upper bound includes those who have none."""

import re
from decimal import Decimal
from typing import TypeAlias, assert_never

from segql.diagnostics import Report
from segql.messages import lints
from segql.model import nodes as mdl
from segql.model.lint_positions import nowhere
from segql.source import Source, Span
from segql.types import Exact


def lint(rule: mdl.Rule, report: Report) -> None:
    """Adds the warnings of a checked rule to the report."""
    _Lint(report).rule(rule, True, frozenset())


_Known: TypeAlias = frozenset[mdl.Value | str]
"""What is sure where a test stands: values that are known, events that there are."""


_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]00")


class _Lint:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.whom = "customer"
        self.negated: set[Span] = set()
        """What is written with its negation inside: `not in`, `!=` of a whole day."""

    def rule(self, node: mdl.Rule, positive: bool, known: _Known) -> None:
        for value in _values(node):
            self.value(value)
        self.thousands(node)
        for diagnostic in nowhere(node):
            self.report.add(diagnostic)
        match node:
            case mdl.Always() | mdl.IsMissing() | mdl.HasAny() | mdl.HasAll():
                pass
            case mdl.Sampled() | mdl.InSegment():
                pass
            case mdl.Compare("!=", left, right):
                if positive:
                    self.missing((left, right), node, known)
            case mdl.Compare(operator, left, right):
                if not positive:
                    self.missing((left, right), node, known)
                self.none(operator, left, right, positive, node, known)
            case mdl.OneOf(value) | mdl.Within(value) | mdl.Matches(value):
                if not positive:
                    self.missing((value,), node, known)
            case mdl.Anniversary(value) | mdl.OnDays(value) | mdl.Near(value):
                if not positive:
                    self.missing((value,), node, known)
            case mdl.TextTest(_, value, part) | mdl.Anchored(value, part):
                if not positive:
                    self.missing((value, part), node, known)
            case mdl.Holds(value):
                if not positive:
                    self.missing((value,), node, known)
            case mdl.Not(term):
                if term.span == node.span:
                    self.negated.add(node.span)
                self.rule(term, not positive, known)
            case mdl.And(terms) | mdl.Or(terms):
                inner = known
                if isinstance(node, mdl.And) == positive:
                    inner = known | {
                        each for term in terms for each in _known(term, positive)
                    }
                for term in terms:
                    self.rule(term, positive, inner)
            case mdl.AtLeast(least, _, terms):
                for term in terms:
                    self.rule(term, positive == (least > 0), known)
            case mdl.HasSome(_, test):
                self.rule(test, True, frozenset())
            case mdl.Ranked(by=by, per=per, among=among):
                if not positive:
                    self.missing((by, per) if per else (by,), node, known)
                if among is not None:
                    self.rule(among, True, frozenset())
            case mdl.Sequence(steps):
                for step in steps:
                    self.selection(step.selection)
                    for without in step.without:
                        self.selection(without.selection)
            case _:
                assert_never(node)

    def value(self, node: mdl.Value) -> None:
        """What is said of events in a value, or by which a value is chosen."""
        match node:
            case mdl.Aggregate(_, selection, value):
                self.selection(selection)
                if value is not None:
                    self.value(value)
            case mdl.Pick(_, selection, value):
                self.selection(selection)
                self.value(value)
            case mdl.Periods(_, selection):
                self.selection(selection)
            case mdl.PerGroup(_, inner, value):
                self.value(inner)
                self.value(value)
            case mdl.Choice(test, then, other):
                self.rule(test, True, frozenset())
                self.value(then)
                self.value(other)
            case mdl.Arithmetic(_, left, right):
                self.value(left)
                self.value(right)
            case mdl.Negative(inner) | mdl.Fold(inner) | mdl.Size(inner):
                self.value(inner)
            case mdl.Elapsed(_, inner) | mdl.PartOf(_, inner):
                self.value(inner)
            case mdl.Position(_, inner):
                self.value(inner)
            case mdl.Constant() | mdl.Attribute() | mdl.Property() | mdl.Element():
                pass
            case mdl.EventTime() | mdl.EventDay() | mdl.Today():
                pass
            case _:
                assert_never(node)

    def thousands(self, node: mdl.Rule) -> None:
        """`price >= 1.000`: more decimals than a price has, as a thousand has them."""
        constants: tuple[mdl.Constant, ...]
        match node:
            case mdl.Compare(_, value, mdl.Constant() as right):
                constants = (right,)
            case mdl.OneOf(value, constants):
                pass
            case _:
                return
        source = self.report.source
        if source is None or not isinstance(value.type, Exact):
            return
        for each in constants:
            written = source.slice(each.span)
            if value.type.scale < 3 and _THOUSANDS.fullmatch(written):
                plain = written.replace(".", "")
                self.report.add(lints.like_thousands(written, plain, each.span))

    def selection(self, node: mdl.Selection) -> None:
        """What is said of one event, which is tested for itself."""
        if node.test is not None:
            outer, self.whom = self.whom, f"`{node.event}`"
            self.rule(node.test, True, frozenset())
            self.whom = outer

    def missing(
        self, values: tuple[mdl.Value, ...], node: mdl.Rule, known: _Known
    ) -> None:
        """Says once what a test also takes, and how to leave them all out."""
        source = self.report.source
        cores = [core for value in values for core in _cores(value)]
        found = [
            core
            for core in dict.fromkeys(cores)
            if isinstance(core, mdl.Attribute | mdl.Property | mdl.Pick)
            and core not in known
        ]
        if not found:
            return
        names = [_named(core, node, source) for core in found]
        text = source.slice(node.span) if source else "…"
        unequal = isinstance(node, mdl.Compare) and node.operator == "!="
        written = unequal or node.span in self.negated
        negated = text if written else f"not {text}"
        own = any(isinstance(core, mdl.Property) for core in found)
        whom = self.whom if own else "customer"
        self.report.add(lints.includes_missing(negated, names, whom, node.span))

    def none(
        self,
        operator: mdl.Comparison,
        left: mdl.Value,
        right: mdl.Value,
        positive: bool,
        node: mdl.Rule,
        known: _Known,
    ) -> None:
        """`bought <= 3`: whoever never bought passes too."""
        selection = _zero_of_none(left)
        if not (
            selection is not None
            and isinstance(right, mdl.Constant)
            and isinstance(right.value, int | float | int)
        ):
            return
        if selection.event in known:
            return
        if not (positive and operator in ("<", "<=") and right.value > 0):
            return
        counted = isinstance(left, mdl.Periods) or (
            isinstance(left, mdl.Aggregate) and left.function != "sum"
        )
        if (
            counted
            and isinstance(right.value, int)
            and not isinstance(right.value, bool)
        ):
            most = right.value - (operator == "<")
            if most <= 0:
                return
            source = self.report.source
            text = source.slice(left.span) if source else selection.event
            span = "= 1" if most == 1 else f"1..{most}"
            self.report.add(
                lints.includes_none(
                    selection.event, f"write `{text} {span}`", node.span
                )
            )
            return
        bare = selection.test is None and not selection.windows
        add = (
            f"add `and {selection.event}`" if bare else "say that there is one as well"
        )
        self.report.add(lints.includes_none(selection.event, add, node.span))


def _named(
    value: mdl.Attribute | mdl.Property | mdl.Pick,
    node: mdl.Rule,
    source: Source | None,
) -> str:
    """A value as it is written, or as the catalog has it: of a shared `let` no more is
    written here than its name."""
    if source is not None and value.span != node.span:
        return source.slice(value.span)
    if not isinstance(value, mdl.Pick):
        return value.name
    last = value.value.name if isinstance(value.value, mdl.Property) else "time"
    return f"{value.which}({value.selection.event}).{last}"


def _cores(node: mdl.Value, sure: bool = False) -> tuple[mdl.Value, ...]:
    """The values without which a value can be missing; those alone, if it must be sure,
    that are known where it is."""
    match node:
        case mdl.Fold(inner) | mdl.Elapsed(_, inner) | mdl.PartOf(_, inner):
            return _cores(inner, sure)
        case mdl.Position(_, inner) | mdl.Negative(inner):
            return _cores(inner, sure)
        case mdl.Arithmetic(_, left, right):
            return *_cores(left, sure), *_cores(right, sure)
        case mdl.Choice(test, then, other) if not sure:
            sides = ((then, _known(test, True)), (other, _known(test, False)))
            return tuple(
                core
                for side, known in sides
                for core in _cores(side)
                if core not in known
            )
        case _:
            return (node,)


def _zero_of_none(node: mdl.Value) -> mdl.Selection | None:
    """The events of a figure that is 0 where there are none."""
    match node:
        case mdl.Aggregate("count" | "sum" | "distinct", selection):
            return selection
        case mdl.Periods(_, selection):
            return selection
        case mdl.PerGroup("sum", inner):
            return inner.selection
        case _:
            return None


def _values(node: mdl.Rule) -> tuple[mdl.Value, ...]:
    """The values that a single test is about."""
    match node:
        case mdl.Compare(_, left, right) | mdl.TextTest(_, left, right):
            return left, right
        case mdl.Anchored(left, right):
            return left, right
        case mdl.OneOf(value) | mdl.Within(value) | mdl.Matches(value):
            return (value,)
        case mdl.Holds(value) | mdl.IsMissing(value):
            return (value,)
        case mdl.Anniversary(value) | mdl.OnDays(value) | mdl.Near(value):
            return (value,)
        case mdl.HasAny(value) | mdl.HasAll(value) | mdl.HasSome(value):
            return (value,)
        case mdl.Ranked(by=by, per=per):
            return (by, per) if per else (by,)
        case _:
            return ()


def _known(term: mdl.Rule, positive: bool) -> list[mdl.Value | str]:
    match term:
        case mdl.Compare(">=" | ">" | "=", left, mdl.Constant(low)) if (
            selection := _zero_of_none(left)
        ):
            if not (positive and isinstance(low, int | float | Decimal)):
                return []
            one = low > 0 or (low == 0 and term.operator == ">")
            return [selection.event] if one else []
        case mdl.Compare(operator, left, right) if positive == (operator != "!="):
            return [*_cores(left, sure=True), *_cores(right, sure=True)]
        case (
            mdl.OneOf(value)
            | mdl.Within(value)
            | mdl.Matches(value)
            | mdl.TextTest(_, value)
            | mdl.Anniversary(value)
            | mdl.Near(value)
            | mdl.Holds(value)
        ) if positive:
            return [*_cores(value, sure=True)]
        case mdl.Not(term):
            return _known(term, not positive)
        case mdl.And(terms) | mdl.Or(terms) if isinstance(term, mdl.And) == positive:
            return [each for term in terms for each in _known(term, positive)]
        case mdl.IsMissing(value) if not positive:
            return [value, *_cores(value, sure=True)]
        case _:
            return []
