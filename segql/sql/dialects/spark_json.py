"""What stands inside a JSON text, in Spark's words: by way of its type VARIANT.

Only that parser is strict, but for what follows the document: so the document is read
as the first of two elements, and the second must be found where it was put. Names of
ours inside a lambda are `j` (both), `v` (a value) and `t` (a number's text).
"""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.standard import call, case, number, text
from segql.sql.names import known
from segql.sql.speech import Maker, Unsaid
from segql.types import BOOLEAN, TEXT, ListOf, Type

_END = "~"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBERS = r"\A(DECIMAL|DOUBLE|FLOAT).*\z"
_LONG = r"\ADECIMAL\((19|[23][0-9]),0\)\z"
_NESTED = r"\A(OBJECT|ARRAY).*\z"


def _path(names: tuple[str, ...]) -> str:
    return "$[0]" + "".join(map(_step, names))


def _step(name: str) -> str:
    if _PLAIN.fullmatch(name):
        return f".{name}"
    for quote in "'\"":
        if name and quote not in name and "?" not in name:
            return f"[{quote}{name}{quote}]"
    raise Unsaid("columns stored as JSON", "no path leads to such a name")


def _name(name: str) -> exp.Column:
    return exp.Column(this=exp.Identifier(this=name, quoted=False))


def _bound(name: str, value: exp.Expr, said: exp.Expr) -> exp.Expr:
    """Something that is said about a value, which is worked out once."""
    made = exp.Lambda(this=said, expressions=[_name(name).this])
    return call("GET", call("TRANSFORM", call("ARRAY", value), made), number(0))


def _inside(kind: Type, said: Callable[[str], exp.Expr]) -> Maker:
    """What is said of the place in a document that is one, and nothing else."""

    def make(node: Any) -> exp.Expr:
        whole = call("CONCAT", text("["), node.this, text(f',"{_END}"]'))
        found = call("VARIANT_GET", _name("j"), text("$[1]"), text("string"))
        beyond = call("VARIANT_GET", _name("j"), text("$[2]"), text("string"))
        fits = exp.and_(
            exp.EQ(this=found, expression=text(_END)),
            exp.Is(this=beyond, expression=exp.null()),
        )
        other = None if node.lenient else portable.Fault(type=kind)
        made = case(fits, said(_path(node.path)), other)
        parsed = _bound("j", call("TRY_PARSE_JSON", whole), made)
        return parsed if node.lenient else case(known(node.this.copy()), parsed)

    return make


def _kind(value: exp.Expr) -> exp.Expr:
    return call("SCHEMA_OF_VARIANT", value)


def _at(path: str) -> exp.Expr:
    return call("VARIANT_GET", _name("j"), text(path), text("variant"))


def _items(path: str) -> exp.Expr:
    """NULL of what is no array."""
    return call("TRY_VARIANT_GET", _name("j"), text(path), text("array<variant>"))


def _like(value: exp.Expr, pattern: str) -> exp.Expr:
    return exp.RegexpLike(this=value, expression=text(pattern))


def _as(value: exp.Expr, kind: str) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType.build(kind, dialect="spark"))


def _text_of() -> exp.Expr:
    """The text of the value `v`; of numbers that aren't whole, that of a double."""
    value = _name("v")
    plain = _as(value.copy(), "STRING")
    double = _as(_as(value.copy(), "DOUBLE"), "STRING")
    return exp.Case(
        ifs=[
            exp.If(this=_like(_kind(value.copy()), _LONG), true=plain.copy()),
            exp.If(
                this=_like(_kind(value.copy()), _NUMBERS),
                true=_bound("t", double, _shortest()),
            ),
        ],
        default=plain,
    )


def _shortest() -> exp.Expr:
    """Java's text `t` of a double, in JavaScript's manner, with `.0` if whole."""
    shown = _name("t")
    power = _as(call("SUBSTRING_INDEX", shown.copy(), text("E"), number(-1)), "INT")
    head = call("SUBSTRING_INDEX", shown.copy(), text("E"), number(1))
    head = call("REGEXP_REPLACE", head, text(r"\.0\z"), text(""))

    def plain(low: int, high: int, scale: int) -> exp.If:
        exact = _as(_as(shown.copy(), f"DECIMAL(38, {scale})"), "STRING")
        cut = call("REGEXP_REPLACE", exact, text(r"(\.[0-9]+?)0*\z"), text("$1"))
        inside = exp.Between(this=power.copy(), low=number(low), high=number(high))
        return exp.If(this=inside, true=cut)

    infinite = call("REPLACE", shown.copy(), text("Infinity"), text("1e999"))
    return exp.Case(
        ifs=[
            exp.If(this=_like(shown.copy(), "Infinity"), true=infinite),
            exp.If(
                this=exp.Not(this=_like(shown.copy(), "E")),
                true=shown.copy(),
            ),
            plain(7, 20, 17),
            plain(-6, -4, 30),
        ],
        default=call("CONCAT", head, text("e"), _as(power.copy(), "STRING")),
    )


def _json_text(path: str) -> exp.Expr:
    return _bound("v", _at(path), _text_of())


def _json_kind(path: str) -> exp.Expr:
    shown = call("REGEXP_REPLACE", _kind(_at(path)), text(r"[<(].*\z"), text(""))
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.EQ(this=_kind(_at(path)), expression=text("VOID")),
                true=text("NULL"),
            )
        ],
        default=shown,
    )


def _each(function: str, path: str, said: exp.Expr) -> exp.Expr:
    made = exp.Lambda(this=said, expressions=[_name("v").this])
    return call(function, _items(path), made)


NODES: dict[type[exp.Expr], Maker] = {
    portable.JsonText: _inside(TEXT, _json_text),
    portable.JsonKind: _inside(TEXT, _json_kind),
    portable.JsonTexts: _inside(
        ListOf(TEXT), lambda path: _each("TRANSFORM", path, _text_of())
    ),
    portable.JsonNests: _inside(
        BOOLEAN, lambda path: _each("EXISTS", path, _like(_kind(_name("v")), _NESTED))
    ),
}
