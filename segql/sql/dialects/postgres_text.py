"""Texts in PostgreSQL: case, patterns, and texts that are read as something else."""

from typing import assert_never

from sqlglot import exp

from segql.model import regex
from segql.model.regex.nodes import Chars, Choice, Expression, Ranges, Repeat, Sequence
from segql.sql import portable
from segql.sql.dialects.standard import call, case, cast, double, number, text
from segql.types import Boolean, Date, Double, Exact, ListOf, Text, Timestamp, Type

_ICU = "und-x-icu"
_LATER = "\u1c89\ua7cb\ua7cc\ua7ce\ua7d2\ua7d4\ua7da\ua7dc\U00010d50-\U00010d65"
_LATER += "\U00016ea0-\U00016eb8"
"""Capitals that Unicode 16 and 17 brought: newer ICU has small letters for them."""


def data_type(type_: Type) -> str:
    """The SQL type that holds a type of the language."""
    match type_:
        case Text():
            return "TEXT"
        case Boolean():
            return "BOOLEAN"
        case Exact(digits, scale):
            return f"DECIMAL({digits}, {scale})"
        case Double():
            return "DOUBLE"
        case Date():
            return "DATE"
        case Timestamp():
            return "TIMESTAMP"
        case ListOf(element):
            return f"{data_type(element)}[]"
        case _:
            raise ValueError("no cell is a point")


def collated(node: exp.Expr, collation: str = "C") -> exp.Expr:
    name = exp.Identifier(this=collation, quoted=True)
    return exp.Collate(this=node, expression=name)


def text_of(node: portable.TextOf) -> exp.Expr:
    """Of every type that holds texts: `varchar`, `char(n)`, `citext`, an enum."""
    return collated(cast(node.this, "TEXT"))


def folded(node: portable.Folded) -> exp.Expr:
    """ICU's `lower` is the table of `segql.fold`, but for what is caught here.

    It makes two characters of İ, and looks at the neighbours of a capital sigma.
    Texts of ASCII alone, most of them, need no ICU.
    """
    value = node.this
    plain = exp.EQ(
        this=call("OCTET_LENGTH", value), expression=call("CHAR_LENGTH", value.copy())
    )
    newer = exp.RegexpLike(this=value.copy(), expression=text(f"[{_LATER}]"))
    before = call("TRANSLATE", value.copy(), text("İΣ"), text("iσ"))
    lowered = exp.Lower(this=collated(before, _ICU))
    return exp.Case(
        ifs=[
            exp.If(
                this=plain,
                true=collated(exp.Lower(this=collated(value.copy()))),
            ),
            exp.If(this=newer, true=_letter_by_letter(value.copy())),
        ],
        default=collated(lowered),
    )


def _letter_by_letter(value: exp.Expr) -> exp.Expr:
    letter = exp.column("letter", "s")
    stays = exp.RegexpLike(this=letter, expression=text(f"[{_LATER}]"))
    small = exp.Lower(
        this=collated(call("TRANSLATE", letter.copy(), text("İ"), text("i")), _ICU)
    )
    each = case(stays, letter.copy(), small)
    joined = exp.Order(
        this=text(""), expressions=[exp.Ordered(this=exp.column("n", "s"))]
    )
    found = exp.select(call("STRING_AGG", each, joined)).from_(
        numbered(call("REGEXP_SPLIT_TO_TABLE", value, text("")), "s", "letter", "n")
    )
    return collated(exp.Subquery(this=found))


def numbered(function: exp.Expr, alias: str, *columns: str) -> exp.Expr:
    """The rows of a function, the last column counting them."""
    return exp.Table(
        this=function,
        ordinality=True,
        alias=exp.TableAlias(
            this=exp.to_identifier(alias),
            columns=[exp.to_identifier(name) for name in columns],
        ),
    )


def ends_with(node: exp.EndsWith) -> exp.Expr:
    part = node.expression
    length = call("CHAR_LENGTH", part)
    return exp.EQ(this=call("RIGHT", node.this, length), expression=part.copy())


def contains(node: exp.Contains) -> exp.Expr:
    found = call("STRPOS", node.this, node.expression)
    return exp.GT(this=found, expression=number(0))


# ---- regular expressions


def full_match(node: portable.FullMatch) -> exp.Expr:
    return _matches(node.this, written(regex.parse(node.pattern)))


def _matches(value: exp.Expr, pattern: str) -> exp.Expr:
    if not isinstance(value, portable.TextOf | exp.Collate | exp.Case):
        value = collated(cast(value, "TEXT"))
    return exp.RegexpLike(this=value, expression=text(f"^(?:{pattern})$"))


def written(tree: Expression, tightness: int = 0) -> str:
    """A pattern as one of PostgreSQL's advanced regular expressions."""
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
    if most is None:
        return f"{{{least},}}"
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def _members(ranges: Ranges) -> str:
    return "".join(
        _escaped(max(first, 1))
        if first == last
        else f"{_escaped(max(first, 1))}-{_escaped(last)}"
        for first, last in ranges
    )


def _escaped(code: int) -> str:
    character = chr(code)
    if (character.isascii() and character.isalnum()) or character in " _@#%=:;,/'\"":
        return character
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}"


# ---- texts that are read as something else

_31 = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_30 = "(0[469]|11)-(0[1-9]|[12][0-9]|30)"
_28 = "02-(0[1-9]|1[0-9]|2[0-8])"
_FOURTH = "0[48]|[2468][048]|[13579][26]"
_LEAP = f"([0-9][0-9]({_FOURTH})|({_FOURTH}|00)00)-02-29"
_CALENDAR = f"^([0-9]{{4}}-({_31}|{_30}|{_28})|{_LEAP})"
"""How the text of a day begins that is in the calendar."""

_GREATEST = number(2**1024 - 2**970)
"""From here on a number is nearer to infinity than to the greatest double."""
_LEAST = "2.47032822920623272088284396434111e-324"
"""Half of the least double: what is not more is nearer to zero."""


def parsed(node: portable.Parsed) -> exp.Expr:
    raw: exp.Expr = node.this
    match node.kind:
        case Boolean():
            return cast(raw, "BOOLEAN")
        case Exact(_, 0):
            exact = cast(raw, "DECIMAL")
            low, high = number(-(2**63)), number(2**63 - 1)
            fits = exp.Between(this=exact, low=low, high=high)
            return case(fits, cast(raw.copy(), "BIGINT"))
        case Exact(digits, scale) as kind:
            size = exp.Abs(this=cast(raw, "DECIMAL"))
            inside = exp.LT(this=size, expression=number(10 ** (digits - scale)))
            return case(inside, cast(raw.copy(), data_type(kind)))
        case Double():
            return _double(raw)
        case Date():
            return case(_in_calendar(raw), cast(raw.copy(), "DATE"))
        case Timestamp():
            return case(_in_calendar(raw), _wall(raw.copy()))
        case _:
            raise ValueError(f"{node.kind} stored as text")


def _in_calendar(raw: exp.Expr) -> exp.Expr:
    return exp.RegexpLike(this=raw, expression=text(_CALENDAR))


def _wall(raw: exp.Expr) -> exp.Expr:
    """Digits past the microseconds are cut off, not rounded."""
    return cast(call("LEFT", raw, number(26)), "TIMESTAMP")


def parsed_instant(node: portable.ParsedInstant) -> exp.Expr:
    """The offset is subtracted here: PostgreSQL takes none beyond 15:59."""
    raw = node.this
    wall = _wall(
        call("REGEXP_REPLACE", raw.copy(), text("(Z|[-+][0-9]{2}:[0-9]{2})$"), text(""))
    )
    tail = call("RIGHT", raw.copy(), number(6))
    utc = exp.Sub(this=wall, expression=cast(tail, "INTERVAL"))
    ends = exp.EQ(this=call("RIGHT", raw.copy(), number(1)), expression=text("Z"))
    moved = case(ends, wall.copy(), utc)
    inside = exp.Between(
        this=moved,
        low=cast(text("0001-01-01 00:00:00"), "TIMESTAMP"),
        high=cast(text("9999-12-31 23:59:59.999999"), "TIMESTAMP"),
    )
    return case(_in_calendar(raw), case(inside, moved.copy()))


def _double(raw: exp.Expr) -> exp.Expr:
    """PostgreSQL stops where others find infinity, or zero."""
    negative = exp.EQ(this=call("LEFT", raw.copy(), number(1)), expression=text("-"))
    large, small = beyond(raw)
    infinite = case(
        negative, cast(text("-Infinity"), "DOUBLE"), cast(text("Infinity"), "DOUBLE")
    )
    return exp.Case(
        ifs=[exp.If(this=large, true=infinite), exp.If(this=small, true=double(0.0))],
        default=cast(raw.copy(), "DOUBLE"),
    )


def beyond(raw: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Whether the text of a number is more, or less, than a finite double can be."""
    size = exp.Abs(this=cast(raw, "DECIMAL"))
    large = exp.GTE(this=size, expression=_GREATEST.copy())
    least = cast(text(_LEAST), "DECIMAL")
    return large, exp.LTE(this=size.copy(), expression=least)


# ---- faults


def fault(node: portable.Fault) -> exp.Expr:
    """A cast that fails; it names a column, or it would fail while it is planned.

    Of the column no letter is taken. It is that of the nearest CASE around it.
    """
    shown: exp.Expr = text("segql: unreadable cell")
    if column := _column_near(node):
        nothing = call("LEFT", cast(column.copy(), "TEXT"), number(0))
        shown = call("CONCAT", shown, nothing)
    kind = data_type(node.kind)
    if isinstance(node.kind, Text):
        return cast(cast(shown, "BIGINT"), kind)
    return cast(shown, kind)


def _column_near(node: exp.Expr) -> exp.Expr | None:
    around = node.find_ancestor(exp.Case)
    while around is not None:
        found = around.find(exp.Column, bfs=False)
        if found is not None:
            return found
        around = around.find_ancestor(exp.Case)
    return None
