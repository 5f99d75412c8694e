"""JSON in MariaDB and MySQL, and lists, which are rows of a document here.

A list is what some texts inside a document are read as, so it is a query with a row
for each element; nothing is made of it but what is asked.
"""

from typing import Any

from sqlglot import exp

from segql.model import formats
from segql.sql import portable
from segql.sql.dialects.mysql_once import lateral
from segql.sql.dialects.mysql_text import GREATEST as _GREATEST
from segql.sql.dialects.mysql_text import plain
from segql.sql.dialects.standard import call, case, cast, known, number, text
from segql.sql.speech import Maker, Unsaid
from segql.types import COUNT as _WHOLE
from segql.types import TEXT

_ESCAPED = r'(?:[^"\\]|\\["\\/bfnrtu])*+'
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+(?![-+.0-9eE])"
_TOKENS = rf'\A(?:"{_ESCAPED}"|{_NUMBER}|true|false|null|[ \t\n\r{{}}\[\]:,])*+\z'
"""What JSON_VALID lets pass besides is an unknown escape, and half a number."""
_NAME = r'"(?:[^"\\]|\\["\\])*+"\s*+:'
_NAMES = rf'\A(?:{_NAME}|"{_ESCAPED}"(?!\s*+:)|[^"])*+\z'
"""Names are compared as they are written: `\u0061` is no `a`."""


def _is_json(document: exp.Expr) -> exp.Expr:
    valid = exp.EQ(this=call("JSON_VALID", document.copy()), expression=number(1))
    tokens = call("REGEXP_INSTR", plain(document.copy()), text(_TOKENS))
    return exp.and_(valid, exp.GT(this=tokens, expression=number(0)))


def _valid(node: Any, made: exp.Expr) -> exp.Expr:
    """An error, or NULL, where a document is none."""
    document = node.this
    if node.path:
        slash = call("LOCATE", text("\\"), document.copy())
        found = call("REGEXP_INSTR", plain(document.copy()), text(_NAMES))
        escaped = exp.and_(
            exp.GT(this=slash, expression=number(0)),
            exp.EQ(this=found, expression=number(0)),
        )
        made = case(escaped, portable.Fault(type=TEXT), made)
    fits = _is_json(document)
    if node.lenient:
        return case(fits, made)
    return exp.Case(
        ifs=[
            exp.If(this=fits, true=made),
            exp.If(this=known(document.copy()), true=portable.Fault(type=TEXT)),
        ]
    )


def _part(node: Any) -> exp.Expr:
    """What the names lead to, as JSON."""
    if any(ord(letter) < 32 for name in node.path for letter in name):
        raise Unsaid(node.construct, "names in JSON are compared as they are written")
    path = formats.json_path(node.path)
    return call("JSON_EXTRACT", node.this.copy(), text(path))


def _text(part: exp.Expr) -> exp.Expr:
    """JSON_TYPE calls `1e5` an INTEGER."""
    kind = plain(call("JSON_TYPE", part.copy()))
    numbers = exp.In(this=kind.copy(), expressions=[text("INTEGER"), text("DOUBLE")])
    shown = plain(call("JSON_UNQUOTE", part))
    return exp.Case(
        ifs=[
            exp.If(this=exp.EQ(this=kind, expression=text("NULL")), true=exp.null()),
            exp.If(this=numbers, true=_number(shown)),
        ],
        default=shown.copy(),
    )


def _number(raw: exp.Expr) -> exp.Expr:
    """A number as ECMAScript writes the nearest double; a whole one as its digits."""
    whole = exp.EQ(
        this=call("REGEXP_INSTR", raw.copy(), text("[.eE]")), expression=number(0)
    )
    zero = exp.EQ(this=raw.copy(), expression=text("-0"))
    double = cast(raw.copy(), "DOUBLE")
    size = exp.Abs(this=double.copy())
    usual = exp.or_(
        exp.EQ(this=double.copy(), expression=portable.Real(value=0.0)),
        exp.And(
            this=exp.GTE(this=size, expression=portable.Real(value=1e-6)),
            expression=exp.LT(this=size.copy(), expression=portable.Real(value=1e21)),
        ),
    )
    shortest = plain(double.copy())
    digits = exp.Trim(
        this=plain(cast(shortest.copy(), "DECIMAL(65, 30)")),
        expression=text("0"),
        position="TRAILING",
    )
    minus = exp.And(
        this=exp.EQ(this=double.copy(), expression=portable.Real(value=0.0)),
        expression=exp.EQ(
            this=call("LEFT", raw.copy(), number(1)), expression=text("-")
        ),
    )
    sign = case(minus, text("-"), text(""))
    ends = exp.EQ(this=call("RIGHT", digits, number(1)), expression=text("."))
    tail = case(ends, text("0"), text(""))
    infinite = exp.GTE(this=size.copy(), expression=portable.Real(value=_GREATEST))
    scientific = exp.GT(
        this=call("LOCATE", text("e"), shortest.copy()), expression=number(0)
    )
    return exp.Case(
        ifs=[
            exp.If(this=zero, true=text("0")),
            exp.If(this=whole, true=raw),
            exp.If(this=infinite, true=raw.copy()),
            exp.If(this=usual, true=plain(call("CONCAT", sign, digits.copy(), tail))),
        ],
        default=case(scientific, shortest, _with_exponent(shortest.copy())),
    )


def _with_exponent(shown: exp.Expr) -> exp.Expr:
    """0.00000012 as 1.2e-7."""
    negative = exp.EQ(this=call("LEFT", shown, number(1)), expression=text("-"))
    fraction = call("SUBSTRING_INDEX", shown.copy(), text("."), number(-1))
    digits = exp.Trim(this=fraction, expression=text("0"), position="LEADING")
    rest = call("SUBSTRING", digits.copy(), number(2))
    point = case(exp.EQ(this=rest.copy(), expression=text("")), text(""), text("."))
    zeros = exp.Sub(
        this=call("CHAR_LENGTH", fraction.copy()),
        expression=call("CHAR_LENGTH", digits.copy()),
    )
    return plain(
        call(
            "CONCAT",
            case(negative, text("-"), text("")),
            call("LEFT", digits, number(1)),
            point,
            rest,
            text("e-"),
            exp.Add(this=zeros, expression=number(1)),
        )
    )


def _json_text(node: portable.JsonText) -> exp.Expr:
    """The part is found once, and named, as it is needed often."""
    table = lateral(_part(node), "$", "once", "x", "JSON")
    found = exp.select(_text(exp.column("x", "once"))).from_(table, copy=False)
    return _valid(node, exp.Subquery(this=found))


def _json_kind(node: portable.JsonKind) -> exp.Expr:
    return _valid(node, plain(call("JSON_TYPE", _part(node))))


# ---- lists


def _rows(items: exp.Expr) -> tuple[exp.Expr, exp.Expr, list[exp.Expr]]:
    """A table with a row for each element, what an element is there, and tests that
    hold where there is a list at all."""
    match items:
        case portable.Each():
            table, item, tests = _rows(items.this)
            return table, _inside(items.expression, item), tests
        case portable.JsonTexts():
            return _texts(items), plain(exp.column("item", "t")), []
        case exp.Case():
            first = items.args["ifs"][0]
            inner = first.args["true"]
            if isinstance(inner, exp.Case) and (found := inner.args.get("default")):
                table, item, tests = _rows(found)
                return table, item, [_guard(items, inner), *tests]
    raise Unsaid("lists", "a list is stored as JSON")


def _guard(whole: exp.Expr, inner: exp.Expr) -> exp.Expr:
    """The same decisions, where instead of the list it says that there is one."""
    made = whole.copy()
    assert isinstance(made, exp.Case)
    first = made.args["ifs"][0].args["true"]
    first.set("default", number(1))
    for fault in list(made.find_all(portable.Fault)):
        fault.replace(portable.Fault(type=_WHOLE))
    return exp.EQ(this=made, expression=number(1))


def _inside(node: exp.Expr, item: exp.Expr) -> exp.Expr:
    """An expression about `item`, of this item; lists in it have items of their own."""
    root = exp.Paren(this=node.copy())
    left: list[exp.Expr] = [root]
    while left:
        around = left.pop()
        for each in list(around.iter_expressions()):
            if each == portable.ITEM:
                each.replace(item.copy())
            elif not (
                isinstance(around, portable.Each | portable.HasSome)
                and each.arg_key == "expression"
            ):
                left.append(each)
    made: exp.Expr = root.this
    return made


def _table(node: portable.JsonTexts) -> exp.Expr:
    """A row for each element, as JSON."""
    _part(node)  # refuses what it can't say
    document = call("IF", _is_json(node.this), node.this.copy(), exp.null())
    return lateral(document, formats.json_path(node.path) + "[*]", "j", "item", "JSON")


def _texts(node: portable.JsonTexts) -> exp.Expr:
    """A row for each element, as text; each is made once."""
    shown = call("JSON_QUOTE", _text(exp.column("item", "j")))
    table, text_ = _table(node), lateral(shown, "$", "t", "item", "LONGTEXT")
    table.append("joins", exp.Join(this=text_, side="LEFT", on=exp.true()))
    return table


def _some(items: exp.Expr, test: exp.Expr) -> exp.Expr:
    """Whether a test about `item` is true of an element."""
    table, item, tests = _rows(items)
    rows = exp.select(number(1)).from_(table, copy=False)
    there: exp.Expr = exp.Exists(this=rows.where(_inside(test, item), copy=False))
    for each in tests:
        there = exp.and_(each, there, copy=False)
    return there


def _has_one(node: portable.HasOne) -> exp.Expr:
    options = [each.copy() for each in node.expressions]
    if not node.every:
        test = exp.In(this=portable.ITEM.copy(), expressions=options)
        return _some(node.this, test)
    return exp.and_(
        *(
            _some(node.this, exp.EQ(this=portable.ITEM.copy(), expression=each))
            for each in options
        )
    )


def _size(node: portable.Size | portable.SizeOfKnown) -> exp.Expr:
    table, item, tests = _rows(node.this)
    query = exp.select(exp.Count(this=item)).from_(table, copy=False)
    count: exp.Expr = query.subquery(copy=False)
    for test in tests:
        count = case(test, count)
    return count


def _nests(node: portable.JsonNests) -> exp.Expr:
    kind = plain(call("JSON_TYPE", exp.column("item", "j")))
    nested = exp.In(this=kind, expressions=[text("OBJECT"), text("ARRAY")])
    texts = portable.JsonTexts(this=node.this, path=node.path, lenient=node.lenient)
    rows = exp.select(number(1)).from_(_table(texts), copy=False)
    return exp.Exists(this=rows.where(nested, copy=False))


def _list(node: exp.Expr) -> exp.Expr:
    """The list itself, which is asked for where only its absence counts."""
    return number(1)


NODES: dict[type[exp.Expr], Maker] = {
    portable.JsonText: _json_text,
    portable.JsonKind: _json_kind,
    portable.JsonTexts: _list,
    portable.JsonNests: _nests,
    portable.Each: _list,
    portable.HasSome: lambda node: _some(node.this, node.expression),
    portable.HasOne: _has_one,
    portable.Size: _size,
    portable.SizeOfKnown: _size,
}
