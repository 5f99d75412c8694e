"""Events and what lies before or after them, in one pass in the order of time.

For engines without a join to what is nearest, and for what does not grow with time.
"""

from collections.abc import Sequence as Several
from dataclasses import dataclass

from sqlglot import exp

from segql.model import nodes as mdl
from segql.sql import names
from segql.sql.source import KEY, named


@dataclass(frozen=True)
class Reached:
    """A shared query of the events up to a step: key, time, the named properties."""

    name: str
    properties: tuple[str, ...]

    def column(self, name: str, alias: str) -> exp.Expr:
        return exp.column(f"p{self.properties.index(name) + 1}", alias)

    @property
    def columns(self) -> list[str]:
        """All, with `d`: until when the next event may come."""
        return [KEY, "t", *(f"p{n}" for n, _ in enumerate(self.properties, 1)), "d"]


def next_after(
    sources: exp.Select,
    reached: Reached,
    found: exp.Select,
    ties: Several[mdl.Tie],
) -> exp.Select:
    """The sources, with `x`: the time of the next event of a selection, or NULL."""
    own = [mine for mine, _ in ties]
    # Going back in time; a source stands before what happens at the same moment.
    left = exp.select(*(exp.column(name, "s") for name in reached.columns))
    left = left.select(exp.alias_(exp.Literal.number(0), "c"))
    right = exp.select(exp.column(KEY, "w"), exp.column("t", "w"))
    for name in reached.properties:
        mine = next((mine for mine, theirs in ties if theirs == name), None)
        place = None if mine is None else exp.column(f"p{own.index(mine) + 1}", "w")
        right = right.select(place or exp.null(), copy=False)
    right = right.select(exp.null(), exp.Literal.number(1), copy=False)
    both = exp.union(
        left.from_(sources.subquery("s", copy=False), copy=False),
        right.from_(found.subquery("w", copy=False), copy=False),
        distinct=False,
        copy=False,
    )
    groups: list[exp.Expr] = [exp.column(KEY, "b")]
    groups += [reached.column(theirs, "b") for _, theirs in ties]
    other = exp.EQ(this=exp.column("c", "b"), expression=exp.Literal.number(1))
    times = exp.Case(ifs=[exp.If(this=other, true=exp.column("t", "b"))])
    least = _running(exp.Min(this=times), groups, desc=True)
    query = exp.select(*(exp.column(name, "b") for name in reached.columns))
    query = query.select(exp.column("c", "b"), exp.alias_(least, "x"))
    inner = query.from_(both.subquery("b", copy=False), copy=False).subquery(
        "n", copy=False
    )
    shown = [*reached.columns, "x"]
    kept = exp.EQ(this=exp.column("c", "n"), expression=exp.Literal.number(0))
    made = exp.select(*(exp.column(name, "n") for name in shown)).from_(
        inner, copy=False
    )
    return made.where(kept, copy=False)


def latest_before(
    sources: exp.Select,
    reached: Reached,
    step: mdl.Step,
    steps: exp.Select,
    properties: tuple[str, ...],
    needed: tuple[str, ...],
) -> exp.Select:
    """Events not after the latest `d` of those that lie before them."""
    ties = [f"g{n}" for n, _ in enumerate(step.same, 1)]
    left = exp.select(exp.column(KEY, "e"), exp.column("t", "e"))
    right = exp.select(exp.column(KEY, "s"), exp.column("t", "s"))
    for mine, theirs in step.same:
        place = properties.index(mine) + 1
        left = left.select(exp.column(f"p{place}", "e"), copy=False)
        right = right.select(reached.column(theirs, "s"), copy=False)
    for name in needed:
        left = left.select(
            exp.column(f"p{properties.index(name) + 1}", "e"), copy=False
        )
        right = right.select(exp.null(), copy=False)
    left = left.select(exp.Literal.number(0), exp.null(), copy=False)
    right = right.select(exp.Literal.number(1), exp.column("d", "s"), copy=False)
    both = exp.union(
        left.from_(steps.subquery("e", copy=False), copy=False),
        right.from_(sources.subquery("s", copy=False), copy=False),
        distinct=False,
        copy=False,
    )
    places = [f"p{n}" for n, _ in enumerate(needed, 1)]
    groups = [exp.column(name, "b") for name in (KEY, *ties)]
    # At one moment an event stands before the sources: these must lie earlier.
    latest = _running(exp.Max(this=exp.column("d", "b")), groups, desc=False)
    kept = [exp.column(name, "b") for name in (KEY, "t", *places, "c")]
    query = exp.select(*kept, exp.alias_(latest, "m"))
    table = named(both, "b", "t", *ties, *places, "c", "d")
    inner = query.from_(table, copy=False).subquery("n", copy=False)
    made = exp.select(*(exp.column(name, "n") for name in (KEY, "t", *places)))
    fits = [
        exp.EQ(this=exp.column("c", "n"), expression=exp.Literal.number(0)),
        exp.GTE(this=exp.column("m", "n"), expression=exp.column("t", "n")),
    ]
    return made.from_(inner, copy=False).where(names.conjunction(fits), copy=False)


def extremes(query: exp.Select, properties: Several[str], latest: bool) -> exp.Select:
    """The earliest or the latest time of each customer and its values."""
    keys = [KEY, *(f"p{n}" for n, _ in enumerate(properties, 1))]
    end = (exp.Max if latest else exp.Min)(this=exp.column("t", "s"))
    made = exp.select(*(exp.column(key, "s") for key in keys))
    made = made.select(exp.alias_(end, "t")).from_(
        query.subquery("s", copy=False), copy=False
    )
    return made.group_by(*(exp.column(key, "s") for key in keys))


def _running(made: exp.Expr, groups: Several[exp.Expr], desc: bool) -> exp.Expr:
    """An aggregate of all rows so far, in the order of time and then of `c`."""
    order = [
        exp.Ordered(this=exp.column("t", "b"), desc=desc),
        exp.Ordered(this=exp.column("c", "b"), desc=False),
    ]
    spec = exp.WindowSpec(
        kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"
    )
    return exp.Window(
        this=made,
        partition_by=[each.copy() for each in groups],
        order=exp.Order(expressions=order),
        spec=spec,
    )
