"""Names as sqlglot nodes: quoted wherever they are more than a plain word."""

import re
from collections.abc import Iterable

from sqlglot import exp

from segql.catalog.nodes import Path

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset(
    """
    all alter analyse analyze and any array as asc asymmetric at authorization
    between both by case cast check cluster collate column commit condition
    connect constraint create cross cube current current_date current_time
    current_timestamp current_user database date day default deferrable delete
    desc describe distinct div do drop else end escape except exclude exists
    explain extract false fetch filter first float for force foreign from full
    function generated glob grant group grouping groups having hour if ignore
    ilike in index initially inner insert int integer intersect interval into is
    isnull join key keys kill lambda last lateral leading left level like limit
    lines load local localtime localtimestamp lock long match merge minus minute
    mod month natural new not notnull null nulls numeric of off offset old on
    only open option or order outer over overlaps partition pivot pivot_longer
    pivot_wider placing position primary procedure public qualify range rank
    read real recursive references regexp rename repeat replace returning revoke
    right row rownum rows schema second select session session_user set show
    size smallint some start symmetric summarize sysdate system table tables
    tablesample text then time timestamp to top trailing trigger true try uid
    union unique unpivot update use user using value values varchar variadic
    view when where window with within year zone
    """.split()
)


def identifier(name: str) -> exp.Identifier:
    """A name, quoted if it is not a plain word or if SQL claims the word."""
    plain = bool(_PLAIN.fullmatch(name)) and name.lower() not in _RESERVED
    return exp.Identifier(this=name, quoted=not plain)


def table(name: str) -> exp.Table:
    """A table; dots part the schema (and catalog) from it."""
    *above, last = name.split(".")
    parts = {
        key: identifier(part)
        for key, part in zip(("db", "catalog"), reversed(above), strict=False)
    }
    return exp.Table(this=identifier(last), **parts)


def column(path: Path, alias: str) -> exp.Expr:
    """A column, then the fields inside it."""
    first, *fields = path
    node: exp.Expr = exp.Column(
        this=identifier(first), table=exp.Identifier(this=alias, quoted=False)
    )
    for field in fields:
        node = exp.Dot(this=node, expression=identifier(field))
    return node


def cast(node: exp.Expr, kind: str) -> exp.Expr:
    """A cast that stays: sqlglot's own helper takes one decimal type for another."""
    return exp.Cast(this=node, to=exp.DataType.build(kind))


def conjunction(terms: Iterable[exp.Expr]) -> exp.Expr:
    """All terms joined by AND, flat: no parentheses that say nothing."""
    flat: list[exp.Expr] = []
    for term in terms:
        flat += term.flatten(unnest=False) if isinstance(term, exp.And) else [term]
    result = flat[0]
    for term in flat[1:]:
        result = exp.And(this=result, expression=term)
    return result


def disjunction(terms: Iterable[exp.Expr]) -> exp.Expr:
    """The terms joined by OR, in parentheses."""
    first, *rest = terms
    result = _operand(first)
    for term in rest:
        result = exp.Or(this=result, expression=_operand(term))
    return exp.Paren(this=result) if rest else result


def _operand(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.And | exp.Or) else node


def alias(name: str) -> exp.Identifier:
    """A name that the compiler made, never one of the catalog."""
    return exp.Identifier(this=name, quoted=False)


def known(node: exp.Expr) -> exp.Expr:
    """Whether a value is there."""
    return exp.Not(this=exp.Is(this=node, expression=exp.null()))
