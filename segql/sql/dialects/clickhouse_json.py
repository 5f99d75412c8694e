"""ClickHouse: documents of JSON in columns of text."""

from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.clickhouse_types import typed
from segql.sql.dialects.standard import call, case, number, text
from segql.sql.speech import Maker
from segql.types import TEXT, ListOf

_PLACE = exp.Identifier(this="place", quoted=False)


def _checked(node: Any, made: exp.Expr, other: exp.Expr) -> exp.Expr:
    """What a document says; where it is none, an error, or `other` if lenient."""
    valid = call("isValidJSON", node.this.copy())
    bad = other if node.lenient else portable.Fault(type=_type(other))
    return exp.Case(
        ifs=[
            exp.If(this=valid, true=made),
            exp.If(this=exp.Not(this=call("isNull", node.this.copy())), true=bad),
        ],
        default=other.copy(),
    )


def _type(other: exp.Expr) -> Any:
    return ListOf(TEXT) if "Array" in other.sql() else TEXT


def _arguments(node: Any, *more: exp.Expr) -> list[exp.Expr]:
    path = [text(name) for name in node.path]
    return [node.this.copy(), *path, *(each.copy() for each in more)]


_NO_TEXT = typed(exp.null(), "Nullable(String)")
_NO_TEXTS = typed(exp.Array(expressions=[]), "Array(Nullable(String))")


def _kind(node: Any, *more: exp.Expr) -> exp.Expr:
    return call("toString", call("JSONType", *_arguments(node, *more)))


def _one(node: Any, *more: exp.Expr) -> exp.Expr:
    """A number that is not whole is written as ECMAScript does, `.0` if it is."""
    kind = _kind(node, *more)
    double = call("toString", call("JSONExtractFloat", *_arguments(node, *more)))
    whole = exp.Not(this=call("match", double.copy(), text("[.e]")))
    point = call("concat", double.copy(), text(".0"))
    return exp.Case(
        this=kind,
        ifs=[
            exp.If(this=text("Null"), true=_NO_TEXT.copy()),
            exp.If(
                this=text("String"),
                true=call("JSONExtractString", *_arguments(node, *more)),
            ),
            exp.If(this=text("Double"), true=case(whole, point, double)),
        ],
        default=call("JSONExtractRaw", *_arguments(node, *more)),
    )


def _text(node: portable.JsonText) -> exp.Expr:
    return _checked(node, _one(node), _NO_TEXT)


_NAMES = {"Object": "OBJECT", "Array": "ARRAY", "Null": "NULL"}


def _json_kind(node: portable.JsonKind) -> exp.Expr:
    kind = exp.Case(
        this=_kind(node),
        ifs=[exp.If(this=text(k), true=text(v)) for k, v in _NAMES.items()],
        default=text("OTHER"),
    )
    there: exp.Expr = kind
    if node.path:
        has = call("JSONHas", *_arguments(node))
        there = case(has, kind)
    return _checked(node, there, _NO_TEXT)


def _places(node: Any) -> exp.Expr:
    size = call("ifNull", call("JSONLength", *_arguments(node)), number(0))
    return call("range", number(1), exp.Add(this=size, expression=number(1)))


def _texts(node: portable.JsonTexts) -> exp.Expr:
    place = exp.Column(this=_PLACE.copy())
    each = exp.Lambda(this=_one(node, place), expressions=[_PLACE.copy()])
    made = typed(call("arrayMap", each, _places(node)), "Array(Nullable(String))")
    return _checked(node, made, _NO_TEXTS)


def _nests(node: portable.JsonNests) -> exp.Expr:
    place = exp.Column(this=_PLACE.copy())
    kinds = exp.In(this=_kind(node, place), expressions=[text("Object"), text("Array")])
    test = call("ifNull", kinds, exp.false())
    each = exp.Lambda(this=test, expressions=[_PLACE.copy()])
    return call("arrayExists", each, _places(node))


NODES: dict[type[exp.Expr], Maker] = {
    portable.JsonText: _text,
    portable.JsonKind: _json_kind,
    portable.JsonTexts: _texts,
    portable.JsonNests: _nests,
}
