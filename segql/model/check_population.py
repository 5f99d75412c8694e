"""Tests of customers among others: ranks, positions and samples; and `at least … of`.

All but the last are of a customer as a whole, and never of one event.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, cast

from segql.messages import measures, population, types
from segql.model import nodes as mdl
from segql.model.check_counts import percent, whole
from segql.model.check_values import numeric
from segql.model.check_words import is_unknown, unknown
from segql.model.extent import walk
from segql.model.scope import Thing
from segql.syntax import nodes as syn
from segql.types import Date, ListOf, Point, Timestamp

if TYPE_CHECKING:
    from segql.model.check import Checker

POSITIONS = {
    "tertile": 3,
    "quartile": 4,
    "quintile": 5,
    "decile": 10,
    "percentile": 100,
}


def some(c: Checker, node: syn.Some) -> mdl.Rule | None:
    """`at least 2 of (a, b, c)`"""
    rules = [c.rule(term) for term in node.terms]
    terms = tuple(rule for rule in rules if rule)
    count = whole(c, node.count, f"`{node.how}`", least=0)
    if count is None or not all(rules):
        return None
    low = 1 if node.how == "at least" else 0
    high = len(terms) - (node.how == "at most")
    if not low <= count <= high:
        c.report.add(
            population.useless_count(node.how, count, len(terms), node.count.span)
        )
        return None
    least = 0 if node.how == "at most" else count
    most = None if node.how == "at least" else count
    return mdl.AtLeast(least, most, terms, span=node.span)


def rank(c: Checker, node: syn.Rank) -> mdl.Rule | None:
    """`top 10% by sum(bought.amount) per city among (newsletter)`"""
    if inside(c, f"`{node.which}`", node):
        return None
    amount: int | Decimal | None
    match node.amount:
        case syn.Name(word) if word in POSITIONS and is_unknown(c, node.amount):
            part = POSITIONS[word] if node.which == "top" else 1
            unknown(c, node.amount, f"write `{word}(…) = {part}`")
            return None
        case _:
            pass
    if node.percent:
        amount = percent(c, node.amount, f"what follows `{node.which}`", none=False)
    else:
        amount = whole(c, node.amount, f"`{node.which}`")
    by = _ordered(c, "`by`", node.by)
    per = c.value(node.per) if node.per is not None else None
    among = c.rule(node.among) if node.among is not None else None
    if per is not None and isinstance(per.type, ListOf | Point):
        found = f"a {per.type}"
        c.report.add(types.needs_type("`per`", "single values", found, per.span))
        return None
    if (node.per is not None and per is None) or (
        node.among is not None and among is None
    ):
        return None
    if amount is None or by is None:
        return None
    return mdl.Ranked(node.which, amount, node.percent, by, per, among, span=node.span)


def _ordered(c: Checker, what: str, node: syn.Expr) -> mdl.Value | None:
    """A value that customers can be put in order by."""
    value = c.value(node)
    if value is None:
        return None
    if isinstance(value, mdl.Constant):
        c.report.add(population.not_ranked_by(what, "the same for all", node.span))
        return None
    if not numeric(value.type) and not isinstance(value.type, Date | Timestamp):
        kind = str(value.type)
        shown = kind if kind == "text" else f"a {kind}"
        c.report.add(population.not_ranked_by(what, shown, node.span))
        return None
    return value


def sample(c: Checker, node: syn.Sample) -> mdl.Rule | None:
    """`sample 10%..30% seed "exp-1"`"""
    if inside(c, "a sample", node):
        return None
    start = node.low is not None
    if isinstance(node.seed, syn.Name) and is_unknown(c, node.seed):
        unknown(c, node.seed, f'text stands in quotes: `"{node.seed.name}"`')
        return None
    low = percent(c, node.low, "where a sample starts", none=True) if node.low else 0
    high = percent(c, node.high, "a sample", none=False)
    seed = c.expr(node.seed)
    if low is None or high is None or seed is None:
        return None
    if start and low >= high:
        c.report.add(population.reversed_shares(str(low), str(high), node.span))
        return None
    text = seed.value if isinstance(seed, mdl.Constant) else None
    if not isinstance(text, str) or not text:
        c.report.add(population.bad_seed(node.seed.span))
        return None
    return mdl.Sampled(Decimal(low), Decimal(high), text, span=node.span)


def position(c: Checker, written: str, node: syn.Call) -> Thing | None:
    """`quintile(sum(bought.amount))`"""
    if inside(c, f"`{written}`", node):
        return None
    value = _ordered(c, f"`{written}`", cast(syn.Expr, node.arguments[0]))
    return value and mdl.Position(POSITIONS[written], value, span=node.span)


# ---- where they can't stand


def inside(c: Checker, what: str, node: syn.Node) -> bool:
    """Reports what is of a customer alone inside an event's parentheses."""
    event = c.scope.event
    if event is None:
        return False
    c.report.add(measures.of_everyone_inside(what, event.call_name, node.span))
    return True


def everyones(c: Checker, thing: Thing | None, node: syn.Node) -> bool:
    """The same of what a name of the file, or of a segment, stands for."""
    if c.scope.event is None or not isinstance(thing, mdl.Node):
        return False
    for part in walk(thing):
        match part:
            case mdl.Position():
                return inside(c, "a position among all", node)
            case mdl.Ranked(which):
                return inside(c, f"`{which}`", node)
            case mdl.Sampled():
                return inside(c, "a sample", node)
            case mdl.Sequence():
                return inside(c, "a sequence", node)
            case _:
                pass
    return False
