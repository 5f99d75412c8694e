"""Texts in MariaDB and MySQL: how they are compared, patterns, and texts that are read.

A column's own collation may take 'a' for 'A', 'á' or 'a ': every text is compared as
what it is, by its code points.
"""

from typing import assert_never

from sqlglot import exp

from segql.model import regex
from segql.model.regex.nodes import Chars, Choice, Expression, Ranges, Repeat, Sequence
from segql.sql import portable
from segql.sql.dialects import rewrites
from segql.sql.dialects.mysql_time import as_day, as_wall, wall
from segql.sql.dialects.standard import call, case, cast, known, number, text
from segql.sql.speech import Maker
from segql.types import Boolean, Date, Double, Exact, Timestamp

_UTF8 = exp.DataType(this=exp.DType.CHARACTER_SET, kind=exp.Var(this="utf8mb4"))
PLAIN, FOLDING = "utf8mb4_nopad_bin", "utf8mb4_uca1400_as_cs"
MYSQL_PLAIN = "utf8mb4_0900_bin"
"""Collations: by code point, and the one whose `LOWER` is the table of `segql.fold`."""


def collated(node: exp.Expr, collation: str = PLAIN) -> exp.Expr:
    return exp.Collate(this=node, expression=exp.Var(this=collation))


def utf8(node: exp.Expr) -> exp.Expr:
    return exp.Cast(this=node, to=_UTF8.copy())


def plain(node: exp.Expr) -> exp.Expr:
    """A text of any character set and collation, by its code points."""
    return collated(utf8(node))


def literal(node: exp.Literal) -> exp.Expr:
    """Quotes and backslashes are doubled, so that in no mode a text ends early."""
    if not node.is_string or not any(ord(letter) < 32 for letter in node.name):
        return node
    whole = exp.HexString(this=node.name.encode().hex())
    return utf8(whole)


def _contains(node: exp.Contains) -> exp.Expr:
    found = call("LOCATE", node.expression, node.this)
    return exp.GT(this=found, expression=number(0))


def _folded(node: portable.Folded) -> exp.Expr:
    return collated(exp.Lower(this=collated(utf8(node.this), FOLDING)))


# ---- regular expressions


def _full_match(node: portable.FullMatch) -> exp.Expr:
    return matches(node.this, written(regex.parse(node.pattern)))


def matches(value: exp.Expr, pattern: str) -> exp.Expr:
    """Whether all of a text matches; an error where the server gives up.

    It does so where a pattern could match in too many ways, and says NULL then.
    """
    whole = text(f"\\A(?:{pattern})\\z")
    found = call("REGEXP_INSTR", plain(value.copy()), whole)
    given_up = case(known(value), error(value.copy()))
    return exp.GT(
        this=exp.Coalesce(this=found, expressions=[given_up]), expression=number(0)
    )


def written(tree: Expression, tightness: int = 0) -> str:
    """A pattern as PCRE reads it."""
    match tree:
        case Chars(((first, last),), False) if first == last:
            return _escaped(first)
        case Chars(ranges, negated):
            return f"[{'^' if negated else ''}{_members(ranges)}]"
        case Sequence(parts):
            shown = "".join(written(part, 1) for part in parts)
            return f"(?:{shown})" if tightness > 1 else shown
        case Choice(options):
            shown = "|".join(written(option, 1) for option in options)
            return f"(?:{shown})" if tightness > 0 else shown
        case Repeat(item, least, most):
            shown = written(item, 2) + _bounds(least, most)
            return f"(?:{shown})" if tightness > 1 else shown
        case _:
            assert_never(tree)


def _bounds(least: int, most: int | None) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((least, most))
    if short:
        return short
    return f"{{{least},{'' if most is None else most}}}"


def _members(ranges: Ranges) -> str:
    return "".join(
        _escaped(first) if first == last else f"{_escaped(first)}-{_escaped(last)}"
        for first, last in ranges
    )


def _escaped(code: int) -> str:
    character = chr(code)
    if character.isalnum() or character in " _@%=:;,/\"<>~`!'":
        return character
    return f"\\x{{{code:x}}}"


# ---- texts that are read as something else


def _parsed(node: portable.Parsed) -> exp.Expr:
    raw: exp.Expr = node.this
    match node.kind:
        case Boolean():
            return exp.EQ(this=plain(raw), expression=text("true"))
        case Exact(_, 0):
            # A form of at most 19 digits.
            exact = cast(raw, "DECIMAL(65, 0)")
            low, high = number(-(2**63)), number(2**63 - 1)
            fits: exp.Expr = exp.Between(this=exact, low=low, high=high)
            return case(fits, cast(raw.copy(), "BIGINT"))
        case Exact(digits, scale):
            fits = matches(raw, f"-?0*[0-9]{{0,{digits - scale}}}(?:\\.[0-9]+)?")
            return case(fits, cast(raw.copy(), f"DECIMAL({digits}, {scale})"))
        case Double():
            return _double(raw)
        case Date():
            return as_day(raw)
        case Timestamp():
            return _wall(raw)
        case _:
            raise ValueError(f"{node.kind} stored as text")


GREATEST = 1.7976931348623157e308


def _double(raw: exp.Expr) -> exp.Expr:
    """There is no infinity: what is too large is an error, and not the largest."""
    made = cast(raw, "DOUBLE")
    size = exp.Abs(this=made.copy())
    inside = exp.LT(this=size, expression=portable.Real(value=GREATEST))
    return exp.Case(
        ifs=[
            exp.If(this=inside, true=made),
            exp.If(this=known(raw.copy()), true=cast(error(raw.copy()), "DOUBLE")),
        ]
    )


def _wall(raw: exp.Expr) -> exp.Expr:
    """Digits past the microseconds are cut off, not rounded."""
    return as_wall(call("LEFT", raw, number(26)))


def _parsed_instant(node: portable.ParsedInstant) -> exp.Expr:
    raw = node.this
    zulu = exp.EQ(this=call("RIGHT", raw, number(1)), expression=text("Z"))
    size = call("CHAR_LENGTH", raw.copy())
    body = case(
        zulu,
        call("LEFT", raw.copy(), exp.Sub(this=size, expression=number(1))),
        call("LEFT", raw.copy(), exp.Sub(this=size.copy(), expression=number(6))),
    )
    tail = call("RIGHT", raw.copy(), number(6))
    sign = case(
        exp.EQ(this=call("LEFT", tail, number(1)), expression=text("-")),
        number(1),
        number(-1),
    )
    length = call("TIME_TO_SEC", call("RIGHT", raw.copy(), number(5)))
    offset = case(zulu.copy(), number(0), exp.Mul(this=length, expression=sign))
    seconds = exp.Interval(this=offset, unit=exp.Var(this="SECOND"))
    moved = exp.Add(this=_wall(body), expression=seconds)
    from datetime import datetime

    inside = exp.GTE(this=moved, expression=wall(datetime(1, 1, 1)))
    return case(inside, moved.copy())


# ---- faults

_MOST = 2**63 - 1


def error(near: exp.Expr | None) -> exp.Expr:
    """A number that is too large for its type, and says why in the server's message.

    It hangs on a cell, of which no letter is taken, or it would be computed at once.
    """
    parts = [] if near is None else [near, text("")]
    said = call("CONCAT_WS", text("segql: unreadable cell"), text(""), *parts)
    size = call("CHAR_LENGTH", said)
    return exp.Add(
        this=number(_MOST), expression=exp.Add(this=size, expression=number(1))
    )


def _fault(node: portable.Fault) -> exp.Expr:
    wrong = error(_column_near(node))
    match node.kind:
        case Boolean():
            return wrong
        case Exact(digits, scale):
            return cast(wrong, f"DECIMAL({digits}, {scale})")
        case Double():
            return cast(wrong, "DOUBLE")
        case Date():
            return as_day(wrong)
        case Timestamp():
            return as_wall(wrong)
        case _:
            return plain(wrong)


def _column_near(node: exp.Expr) -> exp.Expr | None:
    around = node.find_ancestor(exp.Case)
    while around is not None:
        found = around.find(exp.Column, bfs=False)
        if found is not None:
            return found.copy()
        around = around.find_ancestor(exp.Case)
    return None


NODES: dict[type[exp.Expr], Maker] = {
    exp.Literal: literal,
    exp.StartsWith: rewrites.starts_left,
    exp.EndsWith: rewrites.ends_right,
    exp.Contains: _contains,
    portable.TextOf: lambda node: plain(node.this),
    portable.Folded: _folded,
    portable.FullMatch: _full_match,
    portable.AsText: lambda node: plain(node.this),
    portable.Md5: lambda node: plain(exp.MD5(this=node.this)),
    portable.Parsed: _parsed,
    portable.ParsedInstant: _parsed_instant,
    portable.Fault: _fault,
}
