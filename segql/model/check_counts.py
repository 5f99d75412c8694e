"""Whole numbers and shares that a rule counts with, as written or as a parameter."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from segql.messages import measures, population, types
from segql.model import nodes as mdl
from segql.model.check_words import is_unknown, unknown
from segql.syntax import nodes as syn
from segql.types import Exact

if TYPE_CHECKING:
    from segql.model.check import Checker

MOST = 10**9
_WORDS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten".split(), 1
    )
}


def whole(
    c: Checker,
    node: syn.Expr,
    what: str,
    least: int = 1,
    most: int | None = None,
) -> int | None:
    """A whole number within bounds; reported if it is none."""
    if isinstance(node, syn.Name) and is_unknown(c, node):
        meant = _WORDS.get(node.name.lower())
        unknown(c, node, f"write `{meant}`" if meant else None)
        return None
    thing = c.expr(node)
    if thing is None:
        return None
    if isinstance(thing, mdl.Constant) and type(thing.value) is int:
        number: int = thing.value
        if least <= number <= (MOST if most is None else most):
            return number
    beyond = isinstance(thing, mdl.Constant) and most is None and _large(thing)
    top = MOST if beyond else most
    c.report.add(measures.no_count(what, least, top, node.span))
    return None


def _large(thing: mdl.Constant) -> bool:
    return type(thing.value) is int and thing.value > MOST


def percent(
    c: Checker, node: syn.Expr, what: str, *, none: bool
) -> int | Decimal | None:
    """A share in percent, at most all; `none` says whether 0 is one."""
    thing = c.expr(node)
    if thing is None:
        return None
    if isinstance(thing, mdl.Constant) and type(thing.value) in (int, Decimal):
        share = thing.value
        assert isinstance(share, int | Decimal)
        if 0 < share <= 100 or (none and share == 0):
            return share
    kind = getattr(thing, "type", None)
    if not isinstance(kind, Exact):
        found = str(kind) if kind else "this"
        c.report.add(
            types.needs_type(what, "a whole number or a decimal", found, node.span)
        )
        return None
    bounds = "from 0% to 100%" if none else "above 0% and up to 100%"
    c.report.add(population.bad_share(what, bounds, node.span))
    return None
