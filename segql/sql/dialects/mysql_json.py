"""JSON in MariaDB and MySQL, and lists, which are rows of a document here.

A list is what some texts inside a document are read as, so it is a query with a row
for each element; nothing is made of it but what is asked.
"""

from typing import Any

from sqlglot import exp

from segql.model import formats
from segql.sql import portable
from segql.sql.dialects.mysql_text import plain
from segql.sql.dialects.standard import call, case, known, number, text
from segql.sql.speech import Maker, Unsaid
from segql.types import COUNT as _WHOLE
from segql.types import TEXT


def _valid(node: Any, made: exp.Expr) -> exp.Expr:
    """An error, or NULL, where a document is none."""
    document = node.this
    fits = exp.EQ(this=call("JSON_VALID", document.copy()), expression=number(1))
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
    if any("*" in name or "\\" in name for name in node.path):
        raise Unsaid(node.construct, "names in JSON have no * and no backslash")
    path = formats.json_path(node.path)
    return call("JSON_EXTRACT", node.this.copy(), text(path))


def _text(part: exp.Expr) -> exp.Expr:
    kind = plain(call("JSON_TYPE", part.copy()))
    there = exp.NEQ(this=kind, expression=text("NULL"))
    return case(there, plain(call("JSON_UNQUOTE", part)))


def _json_text(node: portable.JsonText) -> exp.Expr:
    return _valid(node, _text(_part(node)))


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
            return _table(items), _text(exp.column("item", "j")), []
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
    shown = text(formats.json_path(node.path) + "[*]")
    _part(node)  # refuses what it can't say
    document = call(
        "IF", call("JSON_VALID", node.this.copy()), node.this.copy(), exp.null()
    )
    query = exp.maybe_parse(
        "SELECT 1 FROM JSON_TABLE(d, 'p' COLUMNS(item JSON PATH '$')) AS j",
        dialect="mysql",
    )
    found = query.find(exp.JSONTable)
    assert found is not None
    found.set("this", document)
    found.set("path", shown)
    table: exp.Expr = query.args["from_"].this
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
