"""Figures that one grouping of a customer's events yields: counts, sums, extremes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.nodes import Figure, selection_of
from segql.plan.rules import ONE, once
from segql.sql import aggregates, names, portable
from segql.sql.formula import rule
from segql.sql.periods import Calendar
from segql.sql.ranks import Ranks
from segql.sql.source import KEY, Source

if TYPE_CHECKING:
    from segql.sql.events import Events


class Figures:
    """A query over events of one kind, with figures: nothing is selected yet.

    `keys` has the customer's, or what ties rows to their parent's row; `made` the SQL
    of each figure. Where `grouped`, it is to be grouped by the keys, else it has a row
    for each of them.
    """

    def __init__(
        self,
        events: "Events",
        event: str,
        figures: Sequence[Figure],
        among: exp.Query | None,
    ) -> None:
        self.grouped = True
        self.source = Source(events, event)
        self.calendar = Calendar(events)
        self.figures = figures
        self.tests = {
            selection: self.source.selected(selection)
            for selection in dict.fromkeys(map(selection_of, figures))
        }
        self.values = [self._value(figure) for figure in figures]
        ordered = any(_by_order(figure) for figure in figures)
        self.order = self.source.order() if ordered else []
        numbered = not events.facts.ordered and (
            ordered or any(map(_in_the_middle, figures))
        )
        self.apart = self.unique or numbered
        if self.apart:
            self._apart(among, numbered)
        else:
            self._at_once(among)

    def _value(self, figure: Figure) -> exp.Expr | None:
        match figure:
            case mdl.Periods():
                guarded = len(self.tests) > 1 or self.unique
                return self.calendar.number(self.source, figure, guarded)
            case mdl.Pick(_, _, mdl.EventDay()):
                return self.source.value(mdl.EventTime())
            case mdl.Aggregate() | mdl.Pick():
                value = figure.value
                return None if value is None else self.source.value(value)
            case mdl.PerGroup():
                raise ValueError("a figure that stands alone")
            case _:
                assert_never(figure)

    def test(self, node: mdl.Rule) -> exp.Expr | None:
        """A bound on an extreme or on a median: a smaller state to keep."""
        if len(self.tests) > 1 or self.apart:
            return None
        match node:
            case mdl.Compare(operator, mdl.Aggregate(function) as figure, right):
                upper = function == "max" and operator in (">", ">=")
                lower = function == "min" and operator in ("<", "<=")
                if not isinstance(right, mdl.Constant) or figure.value is None:
                    return None
                if function == "median":
                    value = self.source.value(figure.value)
                    kind = figure.value.type
                    return aggregates.median_beside(operator, value, kind, right)
                if not (upper or lower):
                    return None
                each = mdl.Compare(operator, figure.value, right)
                return portable.AnyTrue(this=rule(each, self.source.row))
            case _:
                return None

    def implies(self, test: mdl.Rule) -> bool:
        """Whether a customer in the groups passes anyway: has at least one event."""
        count = once(test) if len(self.tests) == 1 and not self.unique else None
        return count is not None and test == mdl.Compare(">=", count, ONE)

    @property
    def unique(self) -> bool:
        return self.source.event.unique is not None

    def _held_to(self) -> list[exp.Expr]:
        """What every event must pass that some figure looks at."""
        if len(self.tests) == 1:
            [held_to] = self.tests.values()
            return held_to
        first, *others = self.tests.values()
        common = [test for test in first if all(test in each for each in others)]
        hull = self.source.hull(list(self.tests))
        return [hull, *(test for test in common if test != hull)]

    def _at_once(self, among: exp.Query | None) -> None:
        self.keys = self.source.keys()
        held_to = self._held_to()
        only: dict[mdl.Selection, exp.Expr | None] = {}
        for selection, tests in self.tests.items():
            rest = [test for test in tests if test not in held_to]
            only[selection] = names.conjunction(rest) if rest else None
        self.made = [
            self._aggregate(figure, value, self.order, only[selection_of(figure)])
            for figure, value in zip(self.figures, self.values, strict=True)
        ]
        self.query = self.source.query(among, held_to)

    def _apart(self, among: exp.Query | None, numbered: bool) -> None:
        """Repeated deliveries are dropped before anything is tested or counted.

        Or, where aggregates know no order, rows are `numbered` before that.
        """
        parts: list[tuple[str, exp.Expr]] = []
        tested: dict[mdl.Selection, str] = {}
        for number, (selection, tests) in enumerate(self.tests.items(), 1):
            tested[selection] = f"b{number}"
            flag = portable.Flag(this=names.conjunction(tests))
            parts.append((f"b{number}", flag))
        parts += [(f"v{n}", v) for n, v in enumerate(self.values, 1) if v is not None]
        parts += [(f"o{n}", each) for n, each in enumerate(self.order, 1)]
        order = [f"o{n}" for n, _ in enumerate(self.order, 1)]
        if self.unique:
            self.keys = {KEY: exp.column(KEY, "u")}
            inner = unrepeated(self.source, among, parts)
        else:
            keys = self.source.keys()
            self.keys = {name: exp.column(name, "u") for name in keys}
            inner = self.source.query(among, self._held_to())
            for name, part in (*keys.items(), *parts):
                inner = inner.select(exp.alias_(part, name), copy=False)
        ranks = Ranks("u", list(self.keys))
        self.made = []
        for number, (figure, value) in enumerate(
            zip(self.figures, self.values, strict=True), 1
        ):
            passed, name = tested[selection_of(figure)], f"v{number}"
            if numbered and _by_order(figure):
                assert isinstance(figure, mdl.Pick)
                last = figure.which == "last"
                made = ranks.at_end(name, order, last=last, only=passed)
            elif numbered and _in_the_middle(figure):
                assert isinstance(figure, mdl.Aggregate)
                assert figure.value is not None
                made = ranks.median(name, figure.value.type, passed)
            else:
                shown = None if value is None else exp.column(name, "u")
                only = portable.IsTrue(this=exp.column(passed, "u"))
                places = [exp.column(each, "u") for each in order]
                made = self._aggregate(figure, shown, places, only)
            self.made.append(made)
        inner = ranks.query(inner)
        self.query = exp.Select().from_(inner.subquery("u", copy=False))

    def _aggregate(
        self,
        figure: Figure,
        value: exp.Expr | None,
        order: Sequence[exp.Expr],
        only: exp.Expr | None,
    ) -> exp.Expr:
        match figure:
            case mdl.Aggregate(function, _, subject):
                kind = None if subject is None else subject.type
                return aggregates.made(function, value, kind, only)
            case mdl.Pick(which):
                assert value is not None
                first = which == "first"
                if _by_order(figure):
                    return aggregates.at_end(first, value, order, only)
                return aggregates.made("min" if first else "max", value, None, only)
            case mdl.Periods():
                assert value is not None
                return self.calendar.counted(figure, value, only)
            case mdl.PerGroup():
                raise ValueError("a figure that stands alone")
            case _:
                assert_never(figure)


def _by_order(figure: Figure) -> bool:
    """Whether a figure needs the whole order of events, not just their time."""
    return isinstance(figure, mdl.Pick) and not isinstance(
        figure.value, mdl.EventTime | mdl.EventDay
    )


def _in_the_middle(figure: Figure) -> bool:
    return isinstance(figure, mdl.Aggregate) and figure.function == "median"


def rows(
    source: Source,
    tests: Sequence[exp.Expr],
    parts: Mapping[str, exp.Expr],
    among: exp.Query | None,
) -> tuple[exp.Select, Mapping[str, exp.Expr], Mapping[str, exp.Expr]]:
    """Events that pass: a query that selects nothing yet, its keys, and the parts."""
    if source.event.unique is None:
        return source.query(among, tests), source.keys(), parts
    tested = ("b1", portable.Flag(this=names.conjunction(tests)))
    inner = unrepeated(source, among, [tested, *parts.items()])
    passes = portable.IsTrue(this=exp.column("b1", "u"))
    query = exp.Select().from_(inner.subquery("u", copy=False)).where(passes)
    made = {name: exp.column(name, "u") for name in parts}
    return query, {KEY: exp.column(KEY, "u")}, made


def unrepeated(
    source: Source, among: exp.Query | None, parts: Sequence[tuple[str, exp.Expr]]
) -> exp.Select:
    """Events without their repetitions: the first of each customer and id."""
    assert source.event.unique is not None
    unique = source.place(source.event.unique)
    order = [exp.Ordered(this=each, desc=False) for each in source.order()]
    first = exp.Window(
        this=exp.RowNumber(),
        partition_by=[source.customer.copy(), unique],
        order=exp.Order(expressions=order) if order else None,
    )
    query = source.query(among, [source.until_now()])
    query = query.select(exp.alias_(source.customer, KEY), copy=False)
    for name, part in parts:
        query = query.select(exp.alias_(part, name), copy=False)
    kept = exp.or_(
        exp.Is(this=unique.copy(), expression=exp.null()),
        exp.EQ(this=first, expression=exp.Literal.number(1)),
    )
    return query.qualify(kept, copy=False)
