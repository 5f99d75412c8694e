"""Sets of customers that are found among events, and figures made of them."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from sqlglot import exp

from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.groups import alone, group_of
from segql.plan.keys import (
    Anyone,
    Ended,
    First,
    Followed,
    Grouped,
    Joined,
    Keys,
    Stage,
    Stages,
    Standing,
    Union,
    Various,
)
from segql.plan.nodes import Figure, Measure, selection_of
from segql.plan.values import measures_of
from segql.sql import names, nested, portable
from segql.sql.figures import Figures, rows, unrepeated
from segql.sql.formula import Row, rule
from segql.sql.population import Population, ranked, standing
from segql.sql.sequence import sequence
from segql.sql.shortcuts import ended, various
from segql.sql.source import KEY, Source, depth, named
from segql.sql.speech import Facts

_NESTED = 8
"""How many queries may stand inside each other."""
_REPEATED = 3
"""The same of a query that is written more than once."""

_STAGES = 24
"""So many stages of an intersection ask for those before them."""


class Events:
    """Queries over the events of a world, as of an instant."""

    def __init__(self, world: World, as_of: datetime, facts: Facts) -> None:
        self.world = world
        self.as_of = as_of
        self.facts = facts
        self.population: Population
        self.shared: list[tuple[str, exp.Query]] = []
        self.made = 0

    # ---- sets of keys

    def keys(self, node: Keys, among: exp.Query | None) -> exp.Query:
        """The keys of a set, some perhaps repeated, or NULL for events of nobody.

        `among` is a query of keys: the set is then only right for these.
        """
        match node:
            case Anyone(selection):
                return self._anyone(selection, among)
            case Grouped(event, tests):
                return self.having(event, tests, among)
            case Joined(test, needed):
                return self._joined(test, needed, among)
            case Ended():
                return ended(self, node, among)
            case Various(measure, least):
                return various(self, measure, least, among)
            case Followed(steps):
                return sequence(self, steps, among)
            case First(ranking):
                return _within(ranked(self.population, ranking), among)
            case Standing():
                return _within(standing(self, node), among)
            case Union(parts):
                if among is not None and len(parts) > 1:
                    among = self._apart(among, _REPEATED)
                query = self._apart(self.keys(parts[0], among))
                for part in parts[1:]:
                    other = self._apart(self.keys(part, among))
                    query = exp.union(query, other, distinct=False, copy=False)
                return query
            case Stages(stages):
                return self._passing(stages, among)
            case _:
                assert_never(node)

    def _passing(self, stages: Sequence[Stage], among: exp.Query | None) -> exp.Query:
        """Each stage asks only for whom those before it let pass.

        A long chain is cut into several where that is planned more quickly.
        """
        most = _STAGES if self.facts.cut else len(stages)
        runs = [[stages[0]]]
        for stage in stages[1:]:
            if stage.inside and len(runs[-1]) >= most:
                runs.append([])
            runs[-1].append(stage)
        if among is not None and len(runs) > 1:
            among = self._apart(among, _REPEATED)
        left, *others = (self._run(run, among) for run in runs)
        if not others:
            return left
        alias = self.alias()
        key = exp.column(KEY, alias)
        query = exp.select(key).from_(named(left, alias))
        tests = [exp.In(this=key.copy(), query=exp.Subquery(this=o)) for o in others]
        return query.where(*tests, copy=False)

    def _run(self, stages: Sequence[Stage], among: exp.Query | None) -> exp.Query:
        left = self._apart(self.keys(stages[0].keys, among))
        for stage in stages[1:]:
            if stage.inside:
                left = self._apart(self.keys(stage.keys, left))
            else:
                left = self._apart(self._without(left, stage.keys))
        return left

    def _anyone(self, selection: mdl.Selection, among: exp.Query | None) -> exp.Query:
        source = Source(self, selection.event)
        tests = source.selected(selection)
        if source.event.unique is None:
            return source.query(among, tests).select(source.customer, copy=False)
        flag = portable.Flag(this=names.conjunction(tests))
        inner = unrepeated(source, among, [("b1", flag)])
        query = exp.select(exp.column(KEY, "u")).from_(inner.subquery("u"))
        return query.where(portable.IsTrue(this=exp.column("b1", "u")))

    def listed(
        self,
        source: Source,
        tests: Sequence[exp.Expr],
        parts: Sequence[tuple[str, exp.Expr]],
        among: exp.Query | None,
    ) -> exp.Select:
        """A row per event that passes: the customer's key, then the named parts."""
        query, keys, shown = rows(source, tests, dict(parts), among)
        for name, part in {**keys, **shown}.items():
            query = query.select(exp.alias_(part, name), copy=False)
        return query

    def having(
        self, event: str, tests: Sequence[mdl.Rule], among: exp.Query | None
    ) -> exp.Select:
        figures = _figures_of(tests)
        if alone(figures[0]):
            return nested.having(self, figures[0], tests, among)
        made = Figures(self, event, figures, among)
        row = self.row(dict(zip(figures, made.made, strict=True)), grouped=True)
        open_tests = [test for test in tests if not made.implies(test)]
        having = names.conjunction(
            made.test(test) or rule(test, row) for test in open_tests or tests
        )
        (key,) = made.keys.values()
        query = made.query.select(key, copy=False).group_by(key.copy(), copy=False)
        return query.having(having, copy=False)

    def _joined(
        self, test: mdl.Rule, needed: Sequence[str], among: exp.Query | None
    ) -> exp.Select:
        """Figures of several kinds of events beside each other."""
        groups: dict[Hashable, list[Figure]] = {event: [] for event in needed}
        for figure in _figures_of([test]):
            groups.setdefault(group_of(figure), []).append(figure)
        columns: dict[Measure, exp.Expr] = {}
        query = exp.Select()
        first = None
        for group, figures in groups.items():
            alias = self.alias()
            event = selection_of(figures[0]).event if figures else str(group)
            grouped = self.figures(event, figures, alias, columns, among)
            side = grouped.subquery(alias, copy=False)
            if first is None:
                first = exp.column(KEY, alias)
                query = query.select(first).from_(side)
                continue
            on = exp.EQ(this=exp.column(KEY, alias), expression=first.copy())
            kind = None if group in needed else "LEFT"
            query = query.join(exp.Join(this=side, side=kind, on=on), copy=False)
        present = set(groups) <= set(needed)
        return query.where(rule(test, self.row(columns, present)), copy=False)

    def _without(self, left: exp.Query, away: Keys) -> exp.Query:
        alias = self.alias()
        key = exp.column(KEY, alias)
        if isinstance(left, exp.Select) and left.args.get("group") is None:
            left = left.distinct(copy=False)
        query = exp.select(key).from_(named(left, alias))
        if not self.facts.anti_join:
            return query.where(self.outside(key, away), copy=False)
        other = self.alias()
        on = exp.EQ(this=exp.column(KEY, other), expression=key.copy())
        side = named(self._apart(self.keys(away, None)), other)
        return query.join(exp.Join(this=side, kind="ANTI", on=on), copy=False)

    def outside(self, key: exp.Expr, node: Keys) -> exp.Expr:
        """Whether a key is not in a set."""
        alias = self.alias()
        same = exp.EQ(this=exp.column(KEY, alias), expression=key.copy())
        found = exp.select(exp.Literal.number(1))
        keys = self.keys(node, None)
        if any(_special(join) for join in keys.find_all(exp.Join)):
            # DuckDB 1.5 cannot have these inside what depends on a row around it.
            inner = self.alias()
            table = named(keys, inner)
            name = self.share(exp.select(exp.column(KEY, inner)).from_(table))
            keys = exp.select(exp.column(KEY, name)).from_(name)
        found = found.from_(named(keys, alias)).where(same)
        return exp.Not(this=exp.Exists(this=found))

    def none_of(self, key: exp.Expr, node: Keys) -> exp.Expr:
        """As `outside`, where nearly all keys are: what is away is looked up once."""
        alias = self.alias()
        known = names.known(exp.column(KEY, alias))
        keys = exp.select(exp.column(KEY, alias))
        keys = keys.from_(named(self.keys(node, None), alias)).where(known)
        return exp.Not(this=exp.In(this=key.copy(), query=exp.Subquery(this=keys)))

    def _apart(self, query: exp.Query, most: int = _NESTED) -> exp.Query:
        """A query of keys, by a name alone if it is too deep to stand inside others."""
        if depth(query) <= most:
            return query
        alias = self.alias()
        table = named(query, alias)
        name = self.share(exp.select(exp.column(KEY, alias)).from_(table))
        return exp.select(exp.column(KEY, name)).from_(name)

    # ---- figures

    def figures(
        self,
        event: str,
        figures: Sequence[Figure],
        alias: str,
        columns: dict[Measure, exp.Expr],
        among: exp.Query | None,
    ) -> exp.Select:
        """A row per customer with events, and a column for each figure of them.

        The figures are of one group. Of rows there is one for each parent's row.
        """
        made = self.made_of(event, figures, among)
        query = made.query
        for name, key in made.keys.items():
            query = query.select(exp.alias_(key, name), copy=False)
        for number, (figure, each) in enumerate(
            zip(figures, made.made, strict=True), 1
        ):
            query = query.select(exp.alias_(each, f"n{number}"), copy=False)
            columns[figure] = exp.column(f"n{number}", alias)
        if not made.grouped:
            return query
        return query.group_by(*made.keys.values(), copy=False)

    def made_of(
        self, event: str, figures: Sequence[Figure], among: exp.Query | None
    ) -> Figures | nested.Nested:
        """Figures of one group."""
        if figures and alone(figures[0]):
            return nested.Nested(self, figures[0], among)
        return Figures(self, event, figures, among)

    def row(self, measures: Mapping[Measure, exp.Expr], grouped: bool) -> Row:
        """Where the names of a rule about events alone lead."""
        return Row(self.world, _no_attribute, measures, grouped, as_of=self.as_of)

    def share(self, query: exp.Query) -> str:
        """Gives a query a name by which others refer to it; it is computed once."""
        name = self.alias()
        self.shared.append((name, query))
        return name

    def alias(self) -> str:
        self.made += 1
        return f"m{self.made}"


def _figures_of(tests: Sequence[mdl.Rule]) -> list[Figure]:
    found = dict.fromkeys(m for test in tests for m in measures_of(test))
    return [measure for measure in found if isinstance(measure, Figure)]


def _no_attribute(name: str) -> exp.Expr:
    raise ValueError(f"the attribute {name} among events alone")


def _special(join: exp.Join) -> bool:
    """Whether a join is of a kind that DuckDB has beside the usual ones."""
    return bool(join.args.get("method")) or join.kind in ("ANTI", "SEMI")


def _within(query: exp.Query, among: exp.Query | None) -> exp.Query:
    """A query of keys held to those of another."""
    if among is None:
        return query
    key = exp.column(KEY, "w")
    known = exp.In(this=key.copy(), query=exp.Subquery(this=among.copy()))
    return exp.select(key).from_(named(query, "w")).where(known)
