"""Texts in SQL Server and Fabric, and what is read from them.

Every text is read as its UTF-8, and compared by that, which is the order of its code
points (`Latin1_General_100_BIN2_UTF8`): a column's own collation may take 'a' for 'A',
and NVARCHAR sorts by halves of characters. Blanks at an end count for no collation, so
what is compared is ended by a mark (`padded`).
"""

from itertools import groupby

from sqlglot import exp

from segql.fold import TABLE
from segql.model import regex
from segql.sql import portable
from segql.sql.dialects import padded
from segql.sql.dialects.no_booleans import flag
from segql.sql.dialects.standard import call, case, cast, known, number, text
from segql.sql.dialects.tsql_time import added, as_day, as_wall, wall
from segql.sql.speech import Maker
from segql.types import Boolean, Date, Double, Exact, Timestamp

_UTF8 = exp.Var(this="Latin1_General_100_BIN2_UTF8")
_WIDE = exp.DataType.build("NVARCHAR(MAX)", dialect="tsql")
_NARROW = exp.DataType.build("VARCHAR(MAX)", dialect="tsql")


def wide(node: exp.Expr) -> exp.Expr:
    return exp.Cast(this=node, to=_WIDE.copy())


def plain(node: exp.Expr) -> exp.Expr:
    """Anything as the UTF-8 of its text; of a column's own no character is lost."""
    utf8 = exp.Collate(this=wide(node), expression=_UTF8.copy())
    return exp.Cast(this=utf8, to=_NARROW.copy())


# ---- literals


def literal(node: exp.Literal) -> exp.Expr:
    """A backslash before the end of a line would take both out of a text."""
    padded.checked(node)
    name = node.name
    if not node.is_string or (name.isascii() and not _controls(name)):
        return node
    parts: list[exp.Expr] = []
    for control, run in groupby(name, _controls):
        if control:
            parts += [call("NCHAR", number(ord(letter))) for letter in run]
        else:
            parts.append(exp.National(this="".join(run)))
    whole = parts[0]
    for part in parts[1:]:
        whole = exp.Add(this=whole, expression=part)
    return plain(whole)


def _controls(name: str) -> bool:
    return any(ord(letter) < 32 for letter in name)


def _ended(node: padded.Ended) -> exp.Expr:
    return padded.marked(node, exp.Add, "CHAR")


def _unended(node: padded.Unended) -> exp.Expr:
    mark = call("CHAR", number(padded.FIRST))
    return call("REPLACE", node.this, mark, text(""))


def not_empty(node: exp.Nullif) -> exp.Expr:
    """A blank is no empty text."""
    if node.expression != text(""):
        return node
    size = call("DATALENGTH", node.this.copy())
    return case(exp.GT(this=size, expression=number(0)), node.this)


# ---- parts

_BAR = text(padded.MARK)


def _barred(node: exp.Expr, *, before: bool) -> exp.Expr:
    sides = (_BAR.copy(), node) if before else (node, _BAR.copy())
    return exp.Add(this=sides[0], expression=sides[1])


def _starts(node: exp.StartsWith) -> exp.Expr:
    """An empty text is found nowhere: so it is not empty."""
    part, whole = (_barred(each, before=True) for each in (node.expression, node.this))
    return exp.EQ(this=call("CHARINDEX", part, whole), expression=number(1))


def _ends(node: exp.EndsWith) -> exp.Expr:
    part, whole = (_barred(each, before=False) for each in (node.expression, node.this))
    end = call("RIGHT", whole, call("LEN", part))
    return exp.EQ(this=end, expression=part.copy())


def _contains(node: exp.Contains) -> exp.Expr:
    part = node.expression
    found = exp.GT(this=call("CHARINDEX", part, node.this), expression=number(0))
    if isinstance(part, exp.Literal) and part.name:
        return found
    size = call("DATALENGTH", part.copy())
    none = exp.EQ(this=size, expression=number(0))
    return exp.or_(found, exp.and_(none, known(node.this.copy())))


def _folded(node: portable.Folded) -> exp.Expr:
    old, new = zip(*sorted(TABLE.items()), strict=True)
    tables = (exp.National(this="".join(map(chr, each))) for each in (old, new))
    return plain(call("TRANSLATE", wide(node.this), *tables))


def _full_match(node: portable.FullMatch) -> exp.Expr:
    """Patterns are those of RE2, since SQL Server 2025.

    https://learn.microsoft.com/sql/t-sql/functions/regexp-like-transact-sql
    """
    shown = "".join(map(_in_pattern, regex.portable(node.pattern)))
    pattern = text(f"\\A(?:{shown})\\z")
    return call("REGEXP_LIKE", node.this, pattern, text("c"))


def _in_pattern(letter: str) -> str:
    """By its number, so that a pattern is a literal, and no VARCHAR(MAX)."""
    usual = letter.isascii() and letter.isprintable()
    return letter if usual else f"\\x{{{ord(letter):x}}}"


def _md5(node: portable.Md5) -> exp.Expr:
    digest = call("HASHBYTES", text("MD5"), node.this)
    digits = exp.DataType.build("VARCHAR(32)", dialect="tsql")
    return plain(call("LOWER", call("CONVERT", digits, digest, number(2))))


# ---- texts that are read as something else


def _parsed(node: portable.Parsed) -> exp.Expr:
    raw = node.this
    match node.kind:
        case Boolean():
            return flag(exp.EQ(this=plain(raw), expression=text("true")))
        case Exact(_, 0):
            return _tried(raw, "BIGINT")
        case Exact(digits, scale):
            return _tried(raw, f"DECIMAL({digits}, {scale})")
        case Double():
            # What is too large is an error: NULL would be no number at all.
            return cast(raw, "DOUBLE")
        case Date():
            return _tried(raw, "DATE")
        case Timestamp():
            return _wall(raw)
        case _:
            raise ValueError(f"{node.kind} stored as text")


def _tried(node: exp.Expr, kind: str) -> exp.Expr:
    return exp.TryCast(this=node, to=exp.DataType.build(kind))


def _wall(node: exp.Expr) -> exp.Expr:
    """Digits past the microseconds are cut off, not rounded."""
    cut = call("REPLACE", call("LEFT", node, number(26)), text("T"), text(" "))
    made = exp.DataType.build("DATETIME2(6)", dialect="tsql")
    return exp.TryCast(this=cut, to=made)


_MINUTES = 9999 * 365 * 1440 + (9999 // 4 - 9999 // 100 + 9999 // 400) * 1440


def _parsed_instant(node: portable.ParsedInstant) -> exp.Expr:
    """Offsets may be longer than the 14 hours that a DATETIMEOFFSET takes."""
    from datetime import datetime

    raw = node.this
    zulu = exp.EQ(this=call("RIGHT", raw, number(1)), expression=text("Z"))
    size = call("LEN", raw.copy())
    cut = case(zulu, number(1), number(6))
    time = _wall(call("LEFT", raw.copy(), exp.Sub(this=size, expression=cut)))
    hours, minutes = (
        cast(call("SUBSTRING", call("RIGHT", raw.copy(), number(6)), *place), "INT")
        for place in ((number(2), number(2)), (number(5), number(2)))
    )
    length = exp.Add(
        this=exp.Mul(this=hours, expression=number(60)), expression=minutes
    )
    west = exp.EQ(
        this=call("LEFT", call("RIGHT", raw.copy(), number(6)), number(1)),
        expression=text("-"),
    )
    back = exp.Case(
        ifs=[
            exp.If(this=zulu.copy(), true=number(0)),
            exp.If(this=west, true=length),
        ],
        default=exp.Neg(this=length.copy()),
    )
    since = call(
        "DATEDIFF_BIG", exp.Var(this="MINUTE"), wall(datetime.min), time.copy()
    )
    inside = exp.Between(
        this=exp.Add(this=since, expression=back.copy()),
        low=number(0),
        high=number(_MINUTES - 1),
    )
    return case(inside, added("MINUTE", back, time))


def _fault(node: portable.Fault) -> exp.Expr:
    """A text that is no number: the server's message has it."""
    wrong = cast(text("segql: unreadable cell"), "INT")
    match node.kind:
        case Boolean():
            return wrong
        case Exact(digits, scale):
            return cast(wrong, f"DECIMAL({digits}, {scale})")
        case Double():
            return cast(wrong, "DOUBLE")
        case Date():
            return as_day(cast(wrong, "VARCHAR(30)"))
        case Timestamp():
            return as_wall(cast(wrong, "VARCHAR(30)"))
        case _:
            return plain(wrong)


NODES: dict[type[exp.Expr], Maker] = {
    exp.Literal: literal,
    exp.Nullif: not_empty,
    exp.StartsWith: _starts,
    exp.EndsWith: _ends,
    exp.Contains: _contains,
    padded.Ended: _ended,
    padded.Unended: _unended,
    portable.TextOf: lambda node: plain(node.this),
    portable.Folded: _folded,
    portable.FullMatch: _full_match,
    portable.AsText: lambda node: plain(node.this),
    portable.Md5: _md5,
    portable.Parsed: _parsed,
    portable.ParsedInstant: _parsed_instant,
    portable.Fault: _fault,
}
