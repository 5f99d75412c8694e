"""Planned segments to SQL text in a dialect."""

from collections.abc import Sequence

from sqlglot import ErrorLevel, exp
from sqlglot.errors import UnsupportedError

from segql.diagnostics import SegqlError
from segql.messages import plan as messages
from segql.plan.nodes import Plan, Segment
from segql.sql.dialects import DIALECTS, PROVEN, facts, speech
from segql.sql.lower import lower
from segql.sql.portable import InOrder
from segql.sql.speech import Unsaid, spoken

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
        key = InOrder(this=query.selects[0].this.copy())
        query = query.order_by(key).limit(limit)
    return text(query, dialect, pretty)


def size(plan: Plan, segment: Segment, dialect: str = "duckdb") -> str:
    """The query that counts a segment's members."""
    inner = lower(plan, segment, facts(dialect)).subquery("s")
    return text(exp.select(exp.Count(this=exp.Star())).from_(inner), dialect, False)


def text(query: exp.Query, dialect: str, pretty: bool) -> str:
    """A query in a dialect; the tree is used up.

    Raises:
        SegqlError: the dialect has no exact way to say a part of it.
    """
    words = speech(dialect)
    try:
        made = spoken(query, words)
    except Unsaid as error:
        fault = messages.not_on_this_engine(error.construct, dialect, error.why)
    else:
        try:
            return _written(made, words.sqlglot, pretty)
        except UnsupportedError as error:
            fault = messages.not_on_this_engine("this rule", dialect, str(error))
    raise SegqlError([fault])


def _written(query: exp.Query, dialect: str, pretty: bool) -> str:
    """The text; sqlglot's own doubts are errors, not remarks on the terminal."""
    return query.sql(
        dialect=dialect,
        pretty=pretty,
        copy=False,
        unsupported_level=ErrorLevel.RAISE,
        max_unsupported=1,
    )
