"""Texts in Oracle, where an empty one is none at all.

A VARCHAR2 is compared by its bytes, which in AL32UTF8 is the order of code points;
what is sorted is sorted so whatever the session's language says (`NLSSORT`).
"""

from typing import assert_never

from sqlglot import exp

from segql.fold import TABLE
from segql.model import regex
from segql.model.regex.nodes import Chars, Choice, Expression, Repeat, Sequence
from segql.sql import portable
from segql.sql.dialects import oracle_time as time
from segql.sql.dialects.no_booleans import flag
from segql.sql.dialects.standard import call, case, known, number, text
from segql.sql.speech import Maker, Unsaid
from segql.types import Boolean, Date, Double, Exact, Timestamp


def literal(node: exp.Literal) -> exp.Expr:
    """A literal is a CHAR: two such that end with blanks would be the same."""
    if not node.is_string:
        return node
    if not node.name:
        raise Unsaid("text", "an empty text is a missing one there")
    if "\0" in node.name:
        raise Unsaid("text", "U+0000 ends a text there")
    if node.name.endswith(" ") and not isinstance(node.parent, exp.Anonymous):
        return call("TO_CHAR", text(node.name))
    return node


def _not_empty(node: exp.Nullif) -> exp.Expr:
    made: exp.Expr = node.this if node.expression == text("") else node
    return made


def _starts(node: exp.StartsWith) -> exp.Expr:
    part = node.expression
    start = call("SUBSTR", node.this, number(1), call("LENGTH", part.copy()))
    return exp.EQ(this=start, expression=part)


def _ends(node: exp.EndsWith) -> exp.Expr:
    part = node.expression
    size = exp.Neg(this=call("LENGTH", part.copy()))
    return exp.EQ(this=call("SUBSTR", node.this, size), expression=part)


def _contains(node: exp.Contains) -> exp.Expr:
    found = call("INSTR", node.this, node.expression)
    return exp.GT(this=found, expression=number(0))


_HALF = 700
"""A literal has at most 4,000 bytes; no letter is the small one of another here."""


def _folded(node: portable.Folded) -> exp.Expr:
    pairs = sorted(TABLE.items())
    made: exp.Expr = node.this
    for start in range(0, len(pairs), _HALF):
        old, new = zip(*pairs[start : start + _HALF], strict=True)
        tables = (text("".join(map(chr, each))) for each in (old, new))
        made = call("TRANSLATE", made, *tables)
    return made


def _joined(node: exp.DPipe) -> exp.Expr:
    """NULL would be joined as an empty text."""
    if node.meta.get("joined"):
        return node
    node.meta["joined"] = True
    tests = [known(e.copy()) for e in (node.this, node.expression) if not e.is_string]
    return case(exp.and_(*tests), node.copy()) if tests else node


# ---- patterns

_LONGEST = 512
_WIDEST = 128


def _full_match(node: portable.FullMatch) -> exp.Expr:
    """POSIX, without groups that don't count and escapes inside of brackets.

    https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/Oracle-Regular-Expression-Support.html
    """
    pattern = f"^({written(regex.parse(node.pattern), node)})$"
    if len(pattern.encode()) > _LONGEST:
        raise Unsaid(node.construct, f"a pattern has {_LONGEST} bytes there at most")
    return call("REGEXP_LIKE", node.this, text(pattern), text("c"))


def written(tree: Expression, node: portable.FullMatch, tightness: int = 0) -> str:
    match tree:
        case Chars(((first, last),), False) if first == last:
            return _escaped(chr(first))
        case Chars():
            return _class(tree, node)
        case Sequence(parts):
            shown = "".join(written(part, node, 1) for part in parts)
            return f"({shown})" if tightness > 1 else shown
        case Choice(options):
            shown = "|".join(written(option, node, 1) for option in options)
            return f"({shown})" if tightness > 0 else shown
        case Repeat(item, least, most):
            shown = written(item, node, 2) + _bounds(least, most)
            return f"({shown})" if tightness > 1 else shown
        case _:
            assert_never(tree)


def _bounds(least: int, most: int | None) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((least, most))
    if short:
        return short
    if most == least:
        return f"{{{least}}}"
    return f"{{{least},{'' if most is None else most}}}"


def _escaped(letter: str) -> str:
    return f"\\{letter}" if letter in "\\^$.[]|()*+?{}" else letter


def _class(node: Chars, match: portable.FullMatch) -> str:
    """All characters by name: a range has those of the session's language.

    Only of the digits each language has ten. `]` stands first, `-` last.
    """
    letters = ""
    for first, last in node.ranges:
        if (first, last) == (ord("0"), ord("9")):
            letters += "0123456789"
        elif last - first < _WIDEST:
            letters += "".join(map(chr, range(first, last + 1)))
        else:
            raise Unsaid(
                match.construct, "what a range has, the session's language says"
            )
    if "\0" in letters:
        raise Unsaid(match.construct, "U+0000 ends a text there")
    rest = "".join(each for each in letters if each not in "]^-")
    shown = "]" * ("]" in letters) + rest + "^" * ("^" in letters)
    shown += "-" * ("-" in letters)
    if shown == "^" and not node.negated:
        return "\\^"
    return f"[{'^' if node.negated else ''}{shown}]"


# ---- texts that are read as something else


def _parsed(node: portable.Parsed) -> exp.Expr:
    raw: exp.Expr = node.this
    match node.kind:
        case Boolean():
            return flag(exp.EQ(this=raw, expression=text("true")))
        case Exact() as exact:
            return _exact(raw, exact)
        case Double():
            shown = call("REPLACE", raw, text("."), _point())
            return call("TO_BINARY_DOUBLE", shown)
        case Date():
            return time.parsed_day(raw)
        case Timestamp():
            return time.parsed_wall(raw)
        case _:
            raise ValueError(f"{node.kind} stored as text")


_LONGEST_FORM = 62


def _exact(raw: exp.Expr, exact: Exact) -> exp.Expr:
    """By a form, as the session has a sign of its own for the point."""
    marks = text("NLS_NUMERIC_CHARACTERS='.,'")
    form = "9" * (_LONGEST_FORM - 1 - exact.scale) + "D" + "9" * exact.scale
    shape = text(form if exact.scale else form.rstrip("D"))
    as_kind = exp.Alias(this=raw.copy(), alias=exp.Var(this="NUMBER"))
    found = call("VALIDATE_CONVERSION", as_kind, shape, marks)
    value = call("TO_NUMBER", raw, shape.copy(), marks.copy())
    if exact.scale == 0:
        low, high = number(-(2**63)), number(2**63 - 1)
        inside: exp.Expr = exp.Between(this=value, low=low, high=high)
    else:
        bound = number(10**exact.whole)
        inside = exp.LT(this=exp.Abs(this=value), expression=bound)
    valid = exp.EQ(this=found, expression=number(1))
    return case(valid, case(inside, value.copy()))


def _point() -> exp.Expr:
    """The sign that the session has for a number's point."""
    half = call("TO_CHAR", exp.Literal.number("0.5"), text("FM0D0"))
    return call("SUBSTR", half, number(2), number(1))


NODES: dict[type[exp.Expr], Maker] = {
    exp.Literal: literal,
    exp.Nullif: _not_empty,
    exp.StartsWith: _starts,
    exp.EndsWith: _ends,
    exp.Contains: _contains,
    exp.DPipe: _joined,
    portable.Folded: _folded,
    portable.FullMatch: _full_match,
    portable.AsText: lambda node: call("TO_CHAR", node.this),
    portable.Md5: lambda node: exp.Lower(
        this=call("RAWTOHEX", call("STANDARD_HASH", node.this, text("MD5")))
    ),
    portable.Parsed: _parsed,
    portable.ParsedInstant: lambda node: time.parsed_instant(node.this),
}
