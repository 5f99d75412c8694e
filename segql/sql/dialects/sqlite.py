"""SQLite 3.40: what it can't say exactly is a function of ours on the connection.

Days and walls are texts in one form each, which sort as they follow each other. Lists
are JSON. See `segql.engines.sqlite_types` for what columns hold.
"""

from datetime import UTC
from typing import Any

from sqlglot import exp

from segql.model import formats, regex
from segql.sql import portable
from segql.sql.dialects import cells, origins, rewrites, standard
from segql.sql.dialects import sqlite_lists as lists
from segql.sql.dialects import sqlite_meeting as meeting
from segql.sql.dialects import sqlite_nesting as nesting
from segql.sql.dialects import sqlite_numbers as numbers
from segql.sql.dialects import sqlite_time as time
from segql.sql.dialects.standard import call, case, cast, known, number, text
from segql.sql.speech import Facts, Speech, Unsaid
from segql.types import Boolean, Date, Double, Exact, ListOf, Point, Text, Timestamp

_BINARY = exp.Var(this="BINARY")


# ---- text


def _literal(node: exp.Literal) -> exp.Expr:
    """SQLite's texts have no escapes but two quotes, and end at a NUL."""
    if not node.is_string or "\0" not in node.name:
        return node
    first, *rest = node.name.split("\0")
    made = text(first)
    for part in rest:
        made = exp.DPipe(this=made, expression=call("CHAR", number(0)))
        made = exp.DPipe(this=made, expression=text(part))
    return made


def _text_of(node: portable.TextOf | portable.InOrder) -> exp.Expr:
    return exp.Collate(this=node.this, expression=_BINARY.copy())


_KEYS = (
    exp.EQ,
    exp.NEQ,
    exp.In,
    exp.Alias,
    exp.Select,
    exp.Group,
    exp.Tuple,
    exp.Distinct,
    exp.Ordered,
    exp.Window,
)


def _column(node: exp.Column) -> exp.Expr:
    """A key, which its column may compare in its own way."""
    if node.meta.get(numbers.PLAIN):
        return node
    if isinstance(node.parent, _KEYS) and isinstance(
        origins.source_of(node), exp.Table
    ):
        made = exp.Collate(this=node.copy(), expression=_BINARY.copy())
        named = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
        return exp.alias_(made, node.this.copy()) if named else made
    return node


def _folded(node: portable.Folded) -> exp.Expr:
    """SQLite folds ASCII alone; of other texts the bytes are more than the letters."""
    plain = exp.EQ(
        this=_length(node.this.copy()), expression=_length(_bytes(node.this))
    )
    return case(
        plain, call("LOWER", node.this.copy()), call("segql_fold", node.this.copy())
    )


def _length(node: exp.Expr) -> exp.Expr:
    return call("LENGTH", node)


def _bytes(node: exp.Expr) -> exp.Expr:
    """A text as its UTF-8: that is cut and measured past a NUL too."""
    if isinstance(node, exp.Literal):
        return exp.HexString(this=node.name.encode().hex().upper())
    return cast(node.copy(), "BLOB")


def _starts(node: exp.StartsWith) -> exp.Expr:
    part = _bytes(node.expression)
    found = call("SUBSTR", _bytes(node.this), number(1), _length(part.copy()))
    return exp.EQ(this=found, expression=part)


def _ends(node: exp.EndsWith) -> exp.Expr:
    whole, part = _bytes(node.this), _bytes(node.expression)
    before = exp.Sub(this=_length(whole.copy()), expression=_length(part.copy()))
    start = exp.Add(this=before, expression=number(1))
    return exp.EQ(this=call("SUBSTR", whole, start), expression=part)


def _contains(node: exp.Contains) -> exp.Expr:
    found = call("INSTR", _bytes(node.this), _bytes(node.expression))
    return exp.GT(this=found, expression=number(0))


def _glob(node: exp.Expr, pattern: str) -> exp.Expr:
    return exp.Glob(this=node.copy(), expression=text(pattern))


def _full_match(node: portable.FullMatch) -> exp.Expr:
    digits = "[0-9]"
    match node.pattern:
        case formats.BOOLEAN:
            words = [text("true"), text("false")]
            return exp.In(
                this=_text_of(portable.TextOf(this=node.this)), expressions=words
            )
        case formats.DATE:
            year, two = digits * 4, digits * 2
            form = _glob(node.this, f"{year}-{two}-{two}")
            return exp.and_(form, exp.Not(this=_glob(node.this, "0000*")))
        case _:
            pattern = text(regex.portable(node.pattern))
            return call("segql_matches", node.this, pattern)


# ---- text that is read as something else


def _parsed(node: portable.Parsed) -> exp.Expr:
    cell: exp.Expr = node.this
    match node.kind:
        case Boolean():
            return exp.EQ(this=cell, expression=text("true"))
        case Exact(digits, scale):
            return call("segql_parsed", cell, number(digits), number(scale))
        case Double():
            return call("segql_real", cell)
        case Date():
            moved = call("DATE", cell.copy(), text("+0 days"))
            return case(exp.EQ(this=moved, expression=cell.copy()), moved.copy())
        case Timestamp():
            return call("segql_wall", cell)
        case Text() | ListOf() | Point():
            return cell


def _fault(node: portable.Fault) -> exp.Expr:
    """The only error that a query can raise by itself: this is no JSON."""
    return call("JSON", text("segql: unreadable cell"))


# ---- places


def _coordinate(node: portable.Coordinate) -> exp.Expr:
    return call("segql_coordinate", node.this, text(node.name))


def _point(node: portable.PointOf) -> exp.Expr:
    return call("segql_point", node.this, node.expression)


# ---- aggregates

_MOST_ARGUMENTS = 127


def _at_end(node: portable.AtEnd) -> exp.Expr:
    if len(node.expressions) >= _MOST_ARGUMENTS:
        raise Unsaid(node.construct, "an event has too many properties")
    name = "segql_last" if node.last else "segql_first"
    return call(name, node.this, *node.expressions)


# ---- names


def _table(node: exp.Table) -> exp.Expr:
    """SQLite has one schema: a dot is a part of a table's name."""
    parts = [part.name for part in node.parts]
    if len(parts) == 1:
        return node
    name = parts[-1] if parts[:-1] == ["main"] else ".".join(parts)
    plain = exp.Identifier(this=name, quoted=True)
    return exp.Table(this=plain, alias=node.args.get("alias"))


_RESERVED = frozenset(
    """
    abort action after attach autoincrement before begin cascade commit conflict
    current database deferred detach do each end escape exclusive exclude explain fail
    following generated glob groups if ignore immediate indexed initially instead
    isnull key match materialized nothing notnull nulls of offset others over partition
    plan pragma preceding query raise range recursive regexp reindex release rename
    replace restrict returning rollback row rows savepoint temp temporary ties
    transaction trigger unbounded vacuum view virtual window without
    """.split()
)


def _exists(node: exp.Exists) -> exp.Expr:
    """Whether a key is among others: looked up, not searched for row by row."""
    select: Any = node.this
    source: Any = select.args.get("from_") if isinstance(select, exp.Select) else None
    where = select.args.get("where") if source is not None else None
    if where is None or select.args.get("joins") or not isinstance(where.this, exp.EQ):
        return node
    name = source.this.alias_or_name
    sides = [where.this.this, where.this.expression]
    inside = [_of(each, name) for each in sides]
    if sorted(inside) != [False, True]:
        return node
    inner, outer = sides if inside[0] else reversed(sides)
    query = exp.select(inner.copy()).from_(source.this.copy(), copy=False)
    query = query.where(known(inner.copy()), copy=False)
    found = exp.In(this=outer.copy(), query=query.subquery(copy=False))
    if not isinstance(node.parent, exp.Not):
        return found
    return exp.Coalesce(this=found, expressions=[exp.false()])


def _of(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Column) and node.table == name


def _tell(node: exp.Select) -> None:
    """Writes down what the columns of the answer are, as SQLite's have no types.

    The engine reads it: `/* segql: 2 date, 3 decimal(10, 2) */`.
    """
    told = [
        f"{place} {shown.kind}"
        for place, shown in enumerate((each.unalias() for each in node.selects), 1)
        if isinstance(shown, portable.Shown) and not isinstance(shown.kind, Text)
    ]
    if told:
        node.add_comments([f"segql: {', '.join(told)}"])


def _union(node: exp.Union) -> exp.Expr:
    if rewrites.is_whole(node):
        meeting.note(node)
    return node


def _select(node: exp.Select) -> exp.Expr:
    """There is no QUALIFY: it is asked of a query around this one."""
    if rewrites.is_whole(node):
        meeting.note(node)
        _tell(node)
    qualify = node.args.get("qualify")
    if qualify is None:
        return node
    node.set("qualify", None)
    names = [exp.column(each.alias_or_name, "w") for each in node.selects]
    node.select(exp.alias_(qualify.this, "w"), copy=False)
    inner = node.copy().subquery("w", copy=False)
    return exp.select(*names).from_(inner, copy=False).where(exp.column("w", "w"))


SQLITE = Speech(
    name="sqlite",
    sqlglot="sqlite",
    facts=Facts(materialized=True, ordered=True),
    whole=nesting.flat,
    nodes={
        **standard.NODES,
        **time.NODES,
        **lists.NODES,
        **numbers.NODES,
        portable.Cell: cells.loose,
        portable.Instant: lambda node: text(
            node.value.astimezone(UTC).replace(tzinfo=None).isoformat(" ") + "+00:00"
        ),
        portable.TextOf: _text_of,
        portable.InOrder: _text_of,
        portable.Folded: _folded,
        portable.FullMatch: _full_match,
        portable.Md5: lambda node: call("segql_md5", node.this),
        portable.Parsed: _parsed,
        portable.ParsedInstant: lambda node: call("segql_of_instant", node.this),
        portable.Fault: _fault,
        portable.PointOf: _point,
        portable.Coordinate: _coordinate,
        portable.AnyTrue: lambda node: exp.Max(this=node.this),
        portable.Median: lambda node: call("segql_median", node.this),
        portable.Middle: lambda node: call(
            "segql_upper" if node.upper else "segql_lower", node.this
        ),
        portable.AtEnd: _at_end,
        portable.Commonest: lambda node: call(
            "segql_commonest", node.this, node.expression
        ),
        portable.Single: lambda node: exp.Max(this=node.this),
        exp.StartsWith: _starts,
        exp.EndsWith: _ends,
        exp.Contains: _contains,
        exp.Literal: _literal,
        exp.Column: _column,
        exp.Table: _table,
        exp.Identifier: rewrites.quoting(_RESERVED),
        exp.Exists: _exists,
        exp.Select: _select,
        exp.Union: _union,
    },
    differences=(
        "Any cell fits into any column: each column is looked at once before it is"
        " read, and what is not of its declared type is an error.",
        "Whole numbers beyond 64 bits become doubles without a word: exact numbers of"
        " more than 19 digits are texts that sort as they do, calculated with by"
        " functions of ours; elsewhere, what goes beyond is an error.",
        "Decimals in SQL text may be off by the last bit as doubles: they are written"
        " as quotients of whole numbers. Numbers in text are read by a function of"
        " ours.",
        "`ROUND` adds a half and cuts off, wrong for 0.49999999999999994: rounded by"
        " what is left after cutting.",
        "`DATE('2024-02-30')` leaves it as it is: taken with a step of no days, it is"
        " 1 March.",
        "A month more than 31 January is 3 March: the last day of the month is taken"
        " where that is sooner.",
        "No time zones, no regular expressions, no MD5, no case beyond ASCII: functions"
        " of ours.",
        "`LIKE` ignores case, `LENGTH` and `SUBSTR` end at a NUL: texts are compared"
        " and cut as bytes.",
        "Columns may ignore case (`COLLATE NOCASE`): compared with `COLLATE BINARY`.",
        "NaN becomes NULL.",
        "JSON: doubles lose digits, 64-bit numbers too, and `true` becomes 1: read by a"
        " function of ours.",
        "At most 64 tables in a join, and a thousand levels of an expression.",
    ),
)
