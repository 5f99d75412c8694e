"""What is known of a customer only among all customers: positions and ranks."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model import nodes as mdl
from segql.plan.keys import Standing
from segql.plan.values import measures_of
from segql.sql import literals, names, portable
from segql.sql.formula import rule
from segql.sql.source import KEY

if TYPE_CHECKING:
    from segql.sql.events import Events

Population = Callable[[Sequence[mdl.Value], mdl.Rule | None], exp.Select]
"""A row per customer who is there and passes a rule: k, and the values v1, v2, …"""


def ranked(population: Population, node: mdl.Ranked) -> exp.Select:
    """The keys of the first by a value; of equals the smaller key comes first."""
    values = [node.by] if node.per is None else [node.by, node.per]
    table = population(values, node.among).subquery("p", copy=False)
    known = [names.known(exp.column(f"v{n}", "p")) for n, _ in enumerate(values, 1)]
    key = exp.column(KEY, "p")
    order = [
        exp.Ordered(this=exp.column("v1", "p"), desc=node.which == "top"),
        exp.Ordered(this=portable.InOrder(this=key.copy()), desc=False),
    ]
    if node.per is None and not node.percent:
        query = exp.select(key).from_(table, copy=False).where(names.conjunction(known))
        inner = query.order_by(*order).limit(int(node.amount)).subquery("r", copy=False)
        return exp.select(exp.column(KEY, "r")).from_(inner, copy=False)
    groups = [] if node.per is None else [exp.column("v2", "p")]
    place = exp.Window(
        this=exp.RowNumber(),
        partition_by=groups,
        order=exp.Order(expressions=order),
    )
    query = exp.select(key, exp.alias_(place, "n")).from_(table, copy=False)
    query = query.where(names.conjunction(known))
    if node.percent:
        number = exp.Window(
            this=exp.Count(this=exp.Star()), partition_by=[g.copy() for g in groups]
        )
        query = query.select(exp.alias_(number, "m"), copy=False)
    made = exp.select(exp.column(KEY, "r")).from_(
        query.subquery("r", copy=False), copy=False
    )
    return made.where(_enough(node))


def _enough(node: mdl.Ranked) -> exp.Expr:
    """n <= amount, or n <= ceiling of m * p / 100: (n - 1) * 100 < m * p."""
    place = exp.column("n", "r")
    if not node.percent:
        return exp.LTE(this=place, expression=literals.number(node.amount))
    share = Decimal(node.amount)
    scale = max(0, -int(share.as_tuple().exponent))
    before = exp.Paren(this=exp.Sub(this=place, expression=exp.Literal.number(1)))
    whole = exp.Literal.number(100 * 10**scale)
    part = exp.Literal.number(int(share.scaleb(scale)))
    return exp.LT(
        this=exp.Mul(this=before, expression=whole),
        expression=exp.Mul(this=exp.column("m", "r"), expression=part),
    )


def positions(
    events: "Events", nodes: Sequence[mdl.Position], columns: dict[mdl.Value, str]
) -> exp.Select:
    """A row per customer: k, and n1, n2, … for the positions; `columns` names them."""
    values = list(dict.fromkeys(node.value for node in nodes))
    everyone = events.population(values, None)
    table: exp.Expr
    few = [node for node in nodes if node.parts in _FEW and events.facts.quantiles]
    if few:
        # Selecting the bounds costs less than sorting everyone.
        name = events.share(everyone)
        table = exp.to_table(name, alias="p")
        bounds = exp.select(
            *(
                exp.alias_(_bounds(node, _value(values, node, name)), f"q{number}")
                for number, node in enumerate(few, 1)
            )
        ).from_(name)
    else:
        table = everyone.subquery("p", copy=False)
    query = exp.select(exp.column(KEY, "p")).from_(table, copy=False)
    for number, node in enumerate(nodes, 1):
        value = _value(values, node, "p")
        columns[node] = f"n{number}"
        if node in few:
            made = _between(node, value, exp.column(f"q{few.index(node) + 1}", "b"))
        else:
            made = _position(node, value)
        query = query.select(exp.alias_(made, f"n{number}"), copy=False)
    if few:
        beside = exp.Join(this=bounds.subquery("b", copy=False), kind="CROSS")
        query = query.join(beside, copy=False)
    return query


_FEW = (4, 5, 10)
"""For so many parts the bounds between them are looked up: their shares are exact."""


def _value(values: Sequence[mdl.Value], node: mdl.Position, alias: str) -> exp.Expr:
    return exp.column(f"v{values.index(node.value) + 1}", alias)


def _bounds(node: mdl.Position, value: exp.Expr) -> exp.Expr:
    """The values at the ends of all parts but the last.

    `QUANTILE_DISC` of i / parts is the value at the ceiling of i * n / parts, counted
    from the smallest: whoever lies above it has at least i / parts of them below.
    """
    shares = [
        literals.number(Decimal(i) / Decimal(node.parts)) for i in range(1, node.parts)
    ]
    return exp.Anonymous(
        this="QUANTILE_DISC", expressions=[value, exp.Array(expressions=shares)]
    )


def _between(node: mdl.Position, value: exp.Expr, bounds: exp.Expr) -> exp.Expr:
    """1 + the number of bounds that lie below."""
    known = names.known(value.copy())
    made: exp.Expr = exp.Literal.number(1)
    for number in range(1, node.parts):
        bound = exp.Anonymous(
            this="LIST_EXTRACT",
            expressions=[bounds.copy(), exp.Literal.number(number)],
        )
        above = exp.GT(this=value.copy(), expression=bound)
        one = exp.Case(
            ifs=[exp.If(this=above, true=exp.Literal.number(1))],
            default=exp.Literal.number(0),
        )
        made = exp.Add(this=made, expression=one)
    return exp.Case(ifs=[exp.If(this=known, true=made)])


def _position(node: mdl.Position, value: exp.Expr) -> exp.Expr:
    """1 + (parts * the number of smaller values) // the number of values."""
    known = names.known(value.copy())
    order = exp.Ordered(this=value.copy(), desc=False)
    place = exp.Window(
        this=exp.Anonymous(this="RANK"),
        partition_by=[portable.Flag(this=known.copy())],
        order=exp.Order(expressions=[order]),
    )
    smaller = exp.Paren(this=exp.Sub(this=place, expression=exp.Literal.number(1)))
    times = exp.Mul(this=exp.Literal.number(node.parts), expression=smaller)
    number = exp.Window(this=exp.Count(this=value.copy()))
    share = portable.WholeQuotient(this=times, expression=number)
    made = exp.Add(this=exp.Literal.number(1), expression=share)
    return exp.Case(ifs=[exp.If(this=known, true=made)])


def standing(events: "Events", node: Standing) -> exp.Select:
    """The keys of those who pass a test of their positions."""
    named: dict[mdl.Value, str] = {}
    found = (m for m in measures_of(node.test) if isinstance(m, mdl.Position))
    table = positions(events, tuple(dict.fromkeys(found)), named).subquery(
        "q", copy=False
    )
    columns = {each: exp.column(name, "q") for each, name in named.items()}
    row = events.row(columns, False)  # type: ignore[arg-type]
    return (
        exp.select(exp.column(KEY, "q"))
        .from_(table, copy=False)
        .where(rule(node.test, row))
    )
