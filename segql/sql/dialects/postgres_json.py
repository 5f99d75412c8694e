"""JSON in PostgreSQL, as text or as its own types.

Of a name that occurs twice the first counts, as everywhere; `->` would take the last.
PostgreSQL before 16 can't ask whether a text is JSON: where what isn't may be missing,
its tokens are put together here until one is left.
"""

from typing import TypeAlias

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.postgres_text import beyond, numbered
from segql.sql.dialects.standard import call, case, cast, number, text

_Json: TypeAlias = (
    portable.JsonText | portable.JsonKind | portable.JsonTexts | portable.JsonNests
)


def _document(node: _Json) -> exp.Expr:
    whole = cast(node.this, "JSON")
    if not node.lenient:
        return whole
    return case(_is_json(cast(node.this.copy(), "TEXT")), whole)


def _found(node: _Json) -> exp.Expr:
    """What the names lead to, as JSON."""
    found = _document(node)
    for name in node.path:
        found = _member(found, name)
    return found


def _member(document: exp.Expr, name: str) -> exp.Expr:
    kept = exp.column("j", "o")
    is_object = exp.EQ(this=_kind(kept), expression=text("object"))
    members = numbered(
        call("JSON_EACH", case(is_object, kept.copy())), "e", "name", "value", "n"
    )
    named = exp.EQ(this=exp.column("name", "e"), expression=text(name))
    found = exp.select(exp.column("value", "e")).from_(_once(document, "o", "j"))
    found = found.join(exp.Join(this=members, kind="CROSS")).where(named)
    found = found.order_by(exp.column("n", "e")).limit(1)
    return exp.Subquery(this=found)


def _once(value: exp.Expr, table: str, column: str) -> exp.Expr:
    """A table of one row; without the offset its value would be computed again."""
    return exp.select(exp.alias_(value, column)).offset(0).subquery(table)


def _kind(value: exp.Expr) -> exp.Expr:
    return call("JSON_TYPEOF", value)


def json_kind(node: portable.JsonKind) -> exp.Expr:
    return exp.Upper(this=_kind(_found(node)))


def json_text(node: portable.JsonText) -> exp.Expr:
    found = exp.select(_text(exp.column("v", "t"))).from_(_once(_found(node), "t", "v"))
    return exp.Subquery(this=found)


def json_texts(node: portable.JsonTexts) -> exp.Expr:
    elements = numbered(call("JSON_ARRAY_ELEMENTS", _found(node)), "t", "v", "n")
    found = exp.select(_text(exp.column("v", "t"))).from_(elements)
    return call("ARRAY", found.order_by(exp.column("n", "t")))


def json_nests(node: portable.JsonNests) -> exp.Expr:
    elements = numbered(call("JSON_ARRAY_ELEMENTS", _found(node)), "t", "v", "n")
    nested = exp.In(
        this=_kind(exp.column("v", "t")), expressions=[text("object"), text("array")]
    )
    found = exp.select(number(1)).from_(elements).where(nested)
    return exp.Exists(this=found)


def _text(value: exp.Expr) -> exp.Expr:
    shown = exp.JSONBExtractScalar(this=value, expression=text("{}"))
    is_number = exp.EQ(this=_kind(value.copy()), expression=text("number"))
    return case(is_number, _number(shown.copy()), shown)


def _number(shown: exp.Expr) -> exp.Expr:
    """A number as ECMAScript writes the nearest double; a whole one as its digits."""
    once = exp.column("x", "w")
    whole = exp.RegexpLike(this=once, expression=text("^-?[0-9]+$"))
    digits = exp.Coalesce(
        this=exp.Nullif(this=once.copy(), expression=text("-0")),
        expressions=[text("0")],
    )
    large, small = beyond(once.copy())
    minus = exp.EQ(this=call("LEFT", once.copy(), number(1)), expression=text("-"))
    zero = case(minus, text("-0.0"), text("0.0"))
    found = exp.Case(
        ifs=[
            exp.If(this=whole, true=digits),
            exp.If(this=large, true=once.copy()),
            exp.If(this=small, true=zero),
        ],
        default=_shortest(once.copy()),
    )
    return exp.Subquery(this=exp.select(found).from_(_once(shown, "w", "x")))


def _shortest(shown: exp.Expr) -> exp.Expr:
    double = cast(shown, "DOUBLE")
    size = exp.Abs(this=double)
    usual = exp.And(
        this=exp.GTE(this=size, expression=text("1e-6")),
        expression=exp.LT(this=size.copy(), expression=text("1e21")),
    )
    plain = cast(cast(cast(shown.copy(), "DOUBLE"), "TEXT"), "DECIMAL")
    pointed = exp.RegexpLike(this=cast(plain, "TEXT"), expression=text("[.]"))
    tail = case(pointed, text(""), text(".0"))
    written = exp.DPipe(this=cast(plain.copy(), "TEXT"), expression=tail)
    scientific = call(
        "REGEXP_REPLACE",
        cast(cast(shown.copy(), "DOUBLE"), "TEXT"),
        text(r"e\+?(-?)0*"),
        text(r"e\1"),
    )
    return case(usual, written, scientific)


# ---- is it JSON?

_HEX = "[0-9a-fA-F]"
_CODE = (
    rf"u(0(0(0[1-9a-fA-F]|[1-9a-fA-F]{_HEX})|[1-9a-fA-F]{_HEX}{{2}})"
    rf"|[1-9a-ce-fA-CE-F]{_HEX}{{3}}|[dD][0-7]{_HEX}{{2}}"
    rf"|[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}})"
)
_STRING = rf'"([^"\\\u0001-\u001f]|\\(["\\/bfnrt]|{_CODE}))*"'
_SCALAR = r"-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?|true|false|null"
_ARRAY = r"\[([\u0001\u0002](,[\u0001\u0002])*)?\]"
_OBJECT = r"\{(\u0001:[\u0001\u0002](,\u0001:[\u0001\u0002])*)?\}"


def _is_json(value: exp.Expr) -> exp.Expr:
    """Whether a text is JSON that PostgreSQL's texts can hold.

    Strings become U+0001 and other values U+0002, which JSON never has; then whatever
    has but these inside becomes one, from the inside out, until one is left.
    """
    string, other = call("CHR", number(1)), call("CHR", number(2))
    strings = _replaced(value, _STRING, string)
    tokens = _replaced(_replaced(strings, _SCALAR, other), r"[ \t\n\r]", text(""))
    shown = exp.column("x", "r")
    start = exp.select(exp.alias_(tokens, "x"))
    inner = _replaced(shown, f"{_ARRAY}|{_OBJECT}", other.copy())
    steps = exp.Union(
        this=start, expression=exp.select(inner).from_("r"), distinct=True
    )
    one = exp.In(this=shown.copy(), expressions=[string.copy(), other.copy()])
    found = exp.select(exp.LogicalOr(this=one)).from_("r")
    found = found.with_("r", as_=steps, recursive=True)
    clean = exp.RegexpLike(this=value.copy(), expression=text(r"^[^\u0001\u0002]*$"))
    return exp.And(this=clean, expression=exp.Subquery(this=found))


def _replaced(value: exp.Expr, pattern: str, by: exp.Expr) -> exp.Expr:
    return call("REGEXP_REPLACE", value, text(pattern), by, text("g"))
