"""Planned segments to SQL text in a dialect."""

from collections.abc import Sequence

from sqlglot import exp

from segql.plan.nodes import Plan, Segment
from segql.sql.dialects import DIALECTS, PROVEN, facts
from segql.sql.lower import lower

__all__ = ["DIALECTS", "PROVEN", "members", "size"]


def members(
    plan: Plan,
    segment: Segment,
    dialect: str = "duckdb",
    *,
    attributes: Sequence[str] = (),
    limit: int | None = None,
    pretty: bool = False,
) -> str:
    """The query that yields a segment's members; with a limit, the first by key."""
    query = lower(plan, segment, facts(dialect), attributes)
    if limit is not None:
        query = query.order_by(query.selects[0].this.copy()).limit(limit)
    return text(query, dialect, pretty)


def size(plan: Plan, segment: Segment, dialect: str = "duckdb") -> str:
    """The query that counts a segment's members."""
    inner = lower(plan, segment, facts(dialect)).subquery("s")
    return text(exp.select(exp.Count(this=exp.Star())).from_(inner), dialect, False)


def text(query: exp.Expr, dialect: str, pretty: bool) -> str:
    return query.sql(dialect=dialect, pretty=pretty, copy=False)
