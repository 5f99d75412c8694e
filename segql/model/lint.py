"""Notes on what is allowed but rarely meant: negation that includes the missing,
counts whose upper bound includes those who have none."""

from typing import assert_never

from segql.diagnostics import Report
from segql.messages import lints
from segql.model import nodes as mdl


def lint(rule: mdl.Rule, report: Report) -> None:
    """Adds the warnings of a checked rule to the report."""
    _Lint(report).rule(rule, True, frozenset())


class _Lint:
    def __init__(self, report: Report) -> None:
        self.report = report

    def rule(self, node: mdl.Rule, positive: bool, known: frozenset[mdl.Value]) -> None:
        match node:
            case mdl.Always() | mdl.IsMissing() | mdl.HasAny() | mdl.HasAll():
                pass
            case mdl.Compare("!=", left, right):
                if positive:
                    self.missing((left, right), node, known)
            case mdl.Compare(operator, left, right):
                if not positive:
                    self.missing((left, right), node, known)
                self.none(operator, left, right, positive, node)
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
                self.rule(term, not positive, known)
            case mdl.And(terms) | mdl.Or(terms):
                inner = known
                if isinstance(node, mdl.And) == positive:
                    inner = known | {
                        value for term in terms for value in _known(term, positive)
                    }
                for term in terms:
                    self.rule(term, positive, inner)
            case mdl.InSegment():
                pass
            case _:
                assert_never(node)

    def missing(
        self,
        values: tuple[mdl.Value, ...],
        node: mdl.Rule,
        known: frozenset[mdl.Value],
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
                if isinstance(node, mdl.Compare) and node.operator == "!=":
                    negated = text
                elif isinstance(
                    node, mdl.Compare | mdl.Holds | mdl.Within | mdl.TextTest
                ):
                    negated = f"not {text}"
                else:
                    negated = text if " not " in text else f"not {text}"
                self.report.add(
                    lints.includes_missing(negated, f"`{name}`".strip("`"), node.span)
                )
                return

    def none(
        self,
        operator: mdl.Comparison,
        left: mdl.Value,
        right: mdl.Value,
        positive: bool,
        node: mdl.Rule,
    ) -> None:
        """`bought <= 3`: whoever never bought passes too."""
        if not (
            isinstance(left, mdl.Aggregate)
            and left.function in ("count", "sum", "distinct")
            and isinstance(right, mdl.Constant)
            and isinstance(right.value, int | float | int)
        ):
            return
        if positive and operator in ("<", "<=") and right.value > 0:
            self.report.add(
                lints.includes_none(f"`{left.selection.event}`".strip("`"), node.span)
            )


def _known(term: mdl.Rule, positive: bool) -> list[mdl.Value]:
    match term:
        case mdl.Not(mdl.IsMissing(value)) if positive:
            return [value]
        case mdl.IsMissing(value) if not positive:
            return [value]
        case _:
            return []
