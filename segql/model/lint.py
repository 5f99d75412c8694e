"""Notes on what is allowed but rarely meant: negation that includes the missing,
counts whose upper bound includes those who have none."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias, assert_never

from segql.diagnostics import Report
from segql.messages import lints
from segql.model import nodes as mdl
from segql.source import Span
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
            for selection in _selections(value):
                self.selection(selection)
        self.thousands(node)
        match node:
            case mdl.Always() | mdl.IsMissing() | mdl.HasAny() | mdl.HasAll():
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
            case mdl.TextTest(_, value, part):
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
            case mdl.InSegment():
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
        source = self.report.source
        for value in values:
            core = value.text if isinstance(value, mdl.Fold) else value
            if (
                isinstance(core, mdl.Attribute | mdl.Property | mdl.Pick)
                and core not in known
            ):
                name = (
                    source.slice(core.span) if source else getattr(core, "name", "it")
                )
                text = source.slice(node.span) if source else "…"
                unequal = isinstance(node, mdl.Compare) and node.operator == "!="
                written = unequal or node.span in self.negated
                negated = text if written else f"not {text}"
                self.report.add(
                    lints.includes_missing(negated, name, self.whom, node.span)
                )
                return

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
        if not (
            isinstance(left, mdl.Aggregate)
            and left.function in ("count", "sum", "distinct")
            and isinstance(right, mdl.Constant)
            and isinstance(right.value, int | float | int)
        ):
            return
        if left.selection.event in known:
            return
        if positive and operator in ("<", "<=") and right.value > 0:
            self.report.add(lints.includes_none(left.selection.event, node.span))


def _values(node: mdl.Rule) -> tuple[mdl.Value, ...]:
    """The values that a single test is about."""
    match node:
        case mdl.Compare(_, left, right) | mdl.TextTest(_, left, right):
            return left, right
        case mdl.OneOf(value) | mdl.Within(value) | mdl.Matches(value):
            return (value,)
        case mdl.Holds(value) | mdl.IsMissing(value):
            return (value,)
        case _:
            return ()


def _selections(node: mdl.Value) -> Iterator[mdl.Selection]:
    match node:
        case mdl.Aggregate(_, selection) | mdl.Pick(_, selection):
            yield selection
        case mdl.Arithmetic(_, left, right):
            yield from _selections(left)
            yield from _selections(right)
        case mdl.Negative(inner) | mdl.Fold(inner):
            yield from _selections(inner)
        case _:
            pass


def _known(term: mdl.Rule, positive: bool) -> list[mdl.Value | str]:
    match term:
        case mdl.Compare(">=" | ">" | "=", mdl.Aggregate() as left, mdl.Constant(low)):
            counted = left.function in ("count", "sum", "distinct")
            if not (positive and counted and isinstance(low, int | float | Decimal)):
                return []
            one = low > 0 or (low == 0 and term.operator == ">")
            return [left.selection.event] if one else []
        case mdl.Not(mdl.IsMissing(value)) if positive:
            return [value]
        case mdl.IsMissing(value) if not positive:
            return [value]
        case _:
            return []
