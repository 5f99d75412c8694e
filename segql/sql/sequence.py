"""Sequences of events to the customers who have one.

Each step becomes a query of the events that end a fitting choice up to it; only the
step before matters. What is nearest before suffices for that, so a step is a grouping
and a join by the customer's key, or one pass over both in the order of time: never a
pair of every event with every other.
"""

from collections.abc import Sequence as Several
from datetime import datetime
from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.steps import in_order
from segql.plan.walls import SINCE
from segql.sql import literals, names
from segql.sql.later import bounds, later
from segql.sql.passes import Reached, extremes, latest_before, next_after
from segql.sql.source import KEY, Source
from segql.sql.ties import Ties

if TYPE_CHECKING:
    from segql.sql.events import Events

_FOREVER = datetime(9999, 12, 31, 23, 59, 59, 999999)
_SHORT = 4
"""So many steps may name what is before them twice."""


def sequence(
    events: "Events", node: mdl.Sequence, among: exp.Query | None
) -> exp.Query:
    """The keys of the customers for whom some choice of events fits the steps."""
    return _Chain(events, node).keys(among)


class _Chain:
    def __init__(self, events: "Events", node: mdl.Sequence) -> None:
        self.events = events
        self.steps = in_order(node.steps)
        self.zone = events.world.catalog.entity.zone
        self.long = events.facts.doubles and len(self.steps) > _SHORT
        self.ties = Ties(events.world.catalog, self.steps)

    def keys(self, among: exp.Query | None) -> exp.Query:
        reached = self._first(among)
        for number, step in enumerate(self.steps[1:], 1):
            if step.absent:
                return self._absent(reached, step)
            found = self._step(reached, step, self._needed(number))
            if number == len(self.steps) - 1:
                return exp.select(exp.column(KEY, "r")).from_(
                    found.subquery("r", copy=False), copy=False
                )
            reached = self._share(found, number)
        return exp.select(exp.column(KEY, reached.name)).from_(reached.name)

    # ---- the events of a step

    def _needed(self, number: int) -> tuple[str, ...]:
        """The properties of a step to which the one behind it is tied."""
        if number + 1 >= len(self.steps):
            return ()
        behind = self.steps[number + 1]
        ties = [*behind.same, *(tie for each in behind.without for tie in each.same)]
        return tuple(dict.fromkeys(before for _, before in ties))

    def _first(self, among: exp.Query | None) -> Reached:
        step, properties = self.steps[0], self._needed(0)
        if step.single is None:
            return self._share(self._events(step.selection, properties, among), 0)
        picks = [
            mdl.Pick(step.single, step.selection, value, value.type)
            for value in self._values(step.selection, properties, time=True)
        ]
        columns: dict[object, exp.Expr] = {}
        alias = self.events.alias()
        grouped = self.events.figures(
            step.selection.event,
            picks,
            alias,
            columns,  # type: ignore[arg-type]
            among,
        )
        query = exp.select(exp.column(KEY, alias)).from_(
            grouped.subquery(alias, copy=False), copy=False
        )
        shown = ["t", *(f"p{n}" for n, _ in enumerate(properties, 1))]
        for name, named, pick in zip(shown, ("", *properties), picks, strict=True):
            made = columns[pick].copy()
            if named:
                made = self.ties.like(made, step.selection, named)
            query = query.select(exp.alias_(made, name), copy=False)
        none = exp.Is(this=columns[picks[0]].copy(), expression=exp.null())
        return self._share(query.where(exp.Not(this=none), copy=False), 0)

    def _values(
        self, selection: mdl.Selection, properties: Several[str], time: bool
    ) -> list[mdl.Value]:
        event = self.events.world.catalog.events[selection.event]
        found: list[mdl.Value] = [mdl.EventTime()] if time else []
        for name in properties:
            if name == "day":
                found.append(mdl.EventDay())
            else:
                found.append(mdl.Property(name, event.properties[name].column.type))
        return found

    def _events(
        self,
        selection: mdl.Selection,
        properties: Several[str],
        among: exp.Query | None,
        known: Several[str] = (),
    ) -> exp.Select:
        """The events of a selection: k, t, p1, p2, …; those in `known` not missing."""
        source = Source(self.events, selection.event)
        tests = source.selected(selection)
        time, *values = [
            source.value(each) for each in self._values(selection, properties, True)
        ]
        values = [
            self.ties.like(each, selection, name)
            for each, name in zip(values, properties, strict=True)
        ]
        parts = [("t", time), *((f"p{n}", each) for n, each in enumerate(values, 1))]
        for name in known:
            value = values[list(properties).index(name)]
            missing = exp.Is(this=value.copy(), expression=exp.null())
            tests.append(exp.Not(this=missing))
        return self.events.listed(source, tests, parts, among)

    def _share(self, query: exp.Select, number: int) -> Reached:
        """Shares what a step has reached: of it, only what the next one asks for."""
        properties = self._needed(number)
        if number + 1 < len(self.steps):
            behind = self.steps[number + 1]
            if behind.gap is None and not behind.without:
                query = extremes(query, properties, latest=behind.absent)
        return Reached(self.events.share(query), properties)

    def _among(self, reached: Reached) -> exp.Query | None:
        """The customers whose events are looked at; all where that costs less."""
        name = reached.name
        return None if self.long else exp.select(exp.column(KEY, name)).from_(name)

    # ---- one step behind another

    def _step(
        self, reached: Reached, step: mdl.Step, needed: tuple[str, ...]
    ) -> exp.Select:
        own = [mine for mine, _ in step.same]
        properties = tuple(dict.fromkeys([*own, *needed]))
        plain = step.gap is None and not step.without
        if not plain and self.events.facts.asof_join:
            return self._beside(reached, step, properties, needed)
        keys = self._among(reached)
        steps = self._events(step.selection, properties, keys, own)
        if plain:
            return self._joined(reached, step, steps, properties, needed)
        sources = self._until_without(self._ends(reached, step.gap), reached, step)
        return latest_before(sources, reached, step, steps, properties, needed)

    def _beside(
        self,
        reached: Reached,
        step: mdl.Step,
        properties: tuple[str, ...],
        needed: tuple[str, ...],
    ) -> exp.Select:
        """Events beside the source that lies nearest before them, which ends latest.

        Unless it is counted in civil days: where so many hours leave open whether it
        fits, all sources of these customers are looked at.
        """
        gap, own = step.gap, [mine for mine, _ in step.same]
        steps = self._events(step.selection, properties, None, own)
        sources = exp.select("*").from_(reached.name)
        if step.without:
            sources = self._ends(reached, None)
        if own:
            steps, sources = self._tied(reached, step, steps, properties, sources)
        sources = self._until_without(sources, reached, step)
        time, start = exp.column("t", "e"), exp.column("t", "s")
        fits: list[exp.Expr] = []
        if step.without:
            fits.append(exp.GTE(this=exp.column("d", "s"), expression=time.copy()))
        if gap is None or not _civil(gap):
            if gap is not None:
                end = later(start, gap.count, gap.unit, self.zone)
                fits.append(exp.GTE(this=end, expression=time.copy()))
            shown = _shown("e", properties, needed)
            query = self._nearest(shown, sources, reached, step, steps, properties)
            return query.where(names.conjunction(fits), copy=False)
        if step.without or own:
            sources = exp.select("*").from_(self.events.share(sources))
        _, high = bounds(start, gap.count, gap.unit, self.zone)
        near = exp.GTE(this=high, expression=time.copy())
        early = exp.LT(this=start.copy(), expression=literals.utc_wall(SINCE))
        fits.append(exp.Paren(this=exp.or_(near, early, copy=False)))
        shown = _shown("e", properties, properties).select(
            exp.alias_(start.copy(), "s")
        )
        query = self._nearest(shown, sources.copy(), reached, step, steps, properties)
        pairs = self.events.share(query.where(names.conjunction(fits), copy=False))
        return self._closely(pairs, sources, reached, step, gap, properties, needed)

    def _closely(
        self,
        pairs: str,
        sources: exp.Select,
        reached: Reached,
        step: mdl.Step,
        gap: mdl.Gap,
        properties: tuple[str, ...],
        needed: tuple[str, ...],
    ) -> exp.Select:
        """Of events that may fit, those that surely do, and those that really do."""
        start = exp.column("s", "n")
        low, _ = bounds(start, gap.count, gap.unit, self.zone)
        sure = exp.and_(
            exp.GTE(this=start.copy(), expression=literals.utc_wall(SINCE)),
            exp.GTE(this=low, expression=exp.column("t", "n")),
            copy=False,
        )
        table = exp.to_table(pairs, alias="n")
        left = _shown("n", properties, needed).from_(table).where(sure)
        rest = _shown("n", properties, properties).from_(table)
        rest = rest.where(exp.Not(this=exp.Paren(this=sure.copy())))
        name = self.events.share(rest)
        end = later(exp.column("t", "s"), gap.count, gap.unit, self.zone)
        if step.without:
            cut = exp.column("d", "s")
            sooner = exp.LT(this=end, expression=cut)
            end = exp.Case(
                ifs=[exp.If(this=sooner, true=end.copy())], default=cut.copy()
            )
        keys = exp.Subquery(this=exp.select(exp.column(KEY, name)).from_(name))
        ends = exp.select(*(exp.column(each, "s") for each in reached.columns[:-1]))
        ends = ends.select(exp.alias_(end, "d"), copy=False)
        ends = ends.from_(sources.subquery("s", copy=False), copy=False)
        ends = ends.where(exp.In(this=exp.column(KEY, "s"), query=keys), copy=False)
        found = exp.select("*").from_(name)
        right = latest_before(ends, reached, step, found, properties, needed)
        union = exp.union(left, right, distinct=False, copy=False)
        shown = [KEY, "t", *(f"p{n}" for n, _ in enumerate(needed, 1))]
        made = exp.select(*(exp.column(each, "v") for each in shown))
        return made.from_(union.subquery("v", copy=False), copy=False)

    def _tied(
        self,
        reached: Reached,
        step: mdl.Step,
        steps: exp.Select,
        properties: tuple[str, ...],
        sources: exp.Select,
    ) -> tuple[exp.Select, exp.Select]:
        """Of both sides only what is tied to something of the other: mostly little."""
        on: list[exp.Expr] = [_equal(exp.column(KEY, "e"), exp.column(KEY, "f"))]
        for mine, theirs in step.same:
            place = properties.index(mine) + 1
            on.append(_equal(exp.column(f"p{place}", "e"), reached.column(theirs, "f")))
        tie = names.conjunction(on)
        table = exp.to_table(reached.name, alias="f")
        semi = exp.Join(this=table, kind="SEMI", on=tie)
        query = (
            exp.select("e.*")
            .from_(steps.subquery("e", copy=False), copy=False)
            .join(semi, copy=False)
        )
        left = self.events.share(query)
        other = exp.to_table(left, alias="e")
        back = exp.Join(this=other, kind="SEMI", on=tie.copy())
        right = (
            exp.select("f.*")
            .from_(sources.subquery("f", copy=False), copy=False)
            .join(back, copy=False)
        )
        return exp.select("*").from_(left), right

    def _nearest(
        self,
        shown: exp.Select,
        sources: exp.Select,
        reached: Reached,
        step: mdl.Step,
        steps: exp.Select,
        properties: tuple[str, ...],
    ) -> exp.Select:
        """Events as `e`, and as `s` what lies nearest before each."""
        on: list[exp.Expr] = [_equal(exp.column(KEY, "e"), exp.column(KEY, "s"))]
        for mine, theirs in step.same:
            place = properties.index(mine) + 1
            on.append(_equal(exp.column(f"p{place}", "e"), reached.column(theirs, "s")))
        on.append(exp.GT(this=exp.column("t", "e"), expression=exp.column("t", "s")))
        query = shown.from_(steps.subquery("e", copy=False), copy=False)
        side = sources.subquery("s", copy=False)
        join = exp.Join(this=side, method="ASOF", on=names.conjunction(on))
        return query.join(join, copy=False)

    def _joined(
        self,
        reached: Reached,
        step: mdl.Step,
        steps: exp.Select,
        properties: tuple[str, ...],
        needed: tuple[str, ...],
    ) -> exp.Select:
        """Events after the earliest of the step before, of the same values."""
        on: list[exp.Expr] = [_equal(exp.column(KEY, "e"), exp.column(KEY, "f"))]
        for mine, theirs in step.same:
            place = properties.index(mine) + 1
            on.append(_equal(exp.column(f"p{place}", "e"), reached.column(theirs, "f")))
        on.append(exp.GT(this=exp.column("t", "e"), expression=exp.column("t", "f")))
        query = _shown("e", properties, needed).from_(
            steps.subquery("e", copy=False), copy=False
        )
        table = exp.to_table(reached.name, alias="f")
        return query.join(exp.Join(this=table, on=names.conjunction(on)), copy=False)

    def _ends(self, reached: Reached, gap: mdl.Gap | None) -> exp.Select:
        """What was reached, with `d`: until when the next event may come."""
        time = exp.column("t", reached.name)
        end = literals.wall(_FOREVER)
        if gap is not None:
            end = later(time.copy(), gap.count, gap.unit, self.zone)
        query = exp.select(exp.column(KEY, reached.name), time).from_(reached.name)
        for number, _ in enumerate(reached.properties, 1):
            query = query.select(exp.column(f"p{number}", reached.name), copy=False)
        return query.select(exp.alias_(end, "d"), copy=False)

    def _next(
        self,
        sources: exp.Select,
        reached: Reached,
        selection: mdl.Selection,
        ties: Several[mdl.Tie],
    ) -> exp.Select:
        """The sources, with `x`: the time of the next event of a selection, or NULL."""
        keys = self._among(reached)
        own = [mine for mine, _ in ties]
        if self.events.facts.asof_join:
            found = self._events(selection, own, keys if own else None, own)
            return self._next_to(sources, reached, found, ties)
        found = self._events(selection, own, keys, own)
        return next_after(sources, reached, found, ties)

    def _next_to(
        self,
        sources: exp.Select,
        reached: Reached,
        found: exp.Select,
        ties: Several[mdl.Tie],
    ) -> exp.Select:
        on: list[exp.Expr] = [_equal(exp.column(KEY, "s"), exp.column(KEY, "w"))]
        for place, (_, theirs) in enumerate(ties, 1):
            on.append(_equal(reached.column(theirs, "s"), exp.column(f"p{place}", "w")))
        on.append(exp.LT(this=exp.column("t", "s"), expression=exp.column("t", "w")))
        query = exp.select(*(exp.column(name, "s") for name in reached.columns))
        query = query.select(exp.alias_(exp.column("t", "w"), "x"))
        join = exp.Join(
            this=found.subquery("w", copy=False),
            method="ASOF",
            side="LEFT",
            on=names.conjunction(on),
        )
        return query.from_(sources.subquery("s", copy=False), copy=False).join(
            join, copy=False
        )

    def _until_without(
        self, sources: exp.Select, reached: Reached, step: mdl.Step
    ) -> exp.Select:
        for each in step.without:
            sources = self._until_next(sources, reached, each.selection, each.same)
        return sources

    def _until_next(
        self,
        sources: exp.Select,
        reached: Reached,
        selection: mdl.Selection,
        ties: Several[mdl.Tie],
    ) -> exp.Select:
        """The sources, their `d` cut at the next event of a selection."""
        found = self._next(sources, reached, selection, ties).subquery("d", copy=False)
        end, cut = exp.column("d", "d"), exp.column("x", "d")
        sooner = exp.LT(this=cut, expression=end)
        least = exp.Case(ifs=[exp.If(this=sooner, true=cut.copy())], default=end.copy())
        shown = [exp.column(name, "d") for name in reached.columns[:-1]]
        return exp.select(*shown, exp.alias_(least, "d")).from_(found, copy=False)

    # ---- what must not follow

    def _absent(self, reached: Reached, step: mdl.Step) -> exp.Select:
        if step.gap is None:
            return self._never_after(reached, step)
        gap = step.gap
        sources = self._ends(reached, None)
        found = self._next(sources, reached, step.selection, step.same)
        time, following = exp.column("t", "a"), exp.column("x", "a")
        end = later(time.copy(), gap.count, gap.unit, self.zone)
        as_of = literals.utc_wall(self.events.as_of)
        passed: exp.Expr = exp.LT(this=end, expression=as_of)
        behind: exp.Expr = exp.GT(this=following.copy(), expression=end.copy())
        if _civil(gap):
            # The wall times of the zone are asked for where it may depend on them.
            low, high = bounds(time.copy(), gap.count, gap.unit, self.zone)
            old = exp.LT(this=time.copy(), expression=literals.utc_wall(SINCE))
            new = exp.GTE(this=time.copy(), expression=literals.utc_wall(SINCE))
            over = exp.LT(this=high, expression=as_of.copy())
            passed = exp.or_(exp.and_(new, over), passed)
            far = exp.GT(this=following.copy(), expression=high.copy())
            near = exp.GT(this=following.copy(), expression=low)
            behind = exp.or_(
                exp.and_(new.copy(), far), exp.and_(exp.or_(old, near), behind)
            )
        none = exp.or_(exp.Is(this=following, expression=exp.null()), behind)
        query = exp.select(exp.column(KEY, "a"))
        query = query.from_(found.subquery("a", copy=False), copy=False)
        return query.where(exp.and_(passed, none), copy=False)

    def _never_after(self, reached: Reached, step: mdl.Step) -> exp.Select:
        """Nothing after the latest: it is enough to know the last time of both."""
        own = [mine for mine, _ in step.same]
        keys = exp.select(exp.column(KEY, reached.name)).from_(reached.name)
        events = extremes(self._events(step.selection, own, keys, own), own, True)
        on: list[exp.Expr] = [_equal(exp.column(KEY, "e"), exp.column(KEY, "f"))]
        for place, (_, theirs) in enumerate(step.same, 1):
            on.append(_equal(exp.column(f"p{place}", "e"), reached.column(theirs, "f")))
        join = exp.Join(
            this=events.subquery("e", copy=False), side="LEFT", on=names.conjunction(on)
        )
        last = exp.column("t", "e")
        none = exp.or_(
            exp.Is(this=last, expression=exp.null()),
            exp.LTE(this=last.copy(), expression=exp.column("t", "f")),
        )
        query = exp.select(exp.column(KEY, "f"))
        query = query.from_(exp.to_table(reached.name, alias="f"))
        return query.join(join, copy=False).where(none, copy=False)


def _civil(gap: mdl.Gap | None) -> bool:
    return gap is not None and gap.unit not in ("second", "minute", "hour")


def _equal(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.EQ(this=left, expression=right)


def _shown(alias: str, properties: Several[str], needed: Several[str]) -> exp.Select:
    """Key, time and the needed of the properties, under new numbers."""
    query = exp.select(exp.column(KEY, alias), exp.column("t", alias))
    for number, name in enumerate(needed, 1):
        place = exp.column(f"p{list(properties).index(name) + 1}", alias)
        query = query.select(exp.alias_(place, f"p{number}"), copy=False)
    return query
