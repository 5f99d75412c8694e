"""Lists of SQLite: JSON arrays of texts, read row by row.

A list is what some texts inside a document are read as, so it is a query with a row
for each element, `item`; nothing is made of it but what is asked.
"""

from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.standard import call, case, known, number, text
from segql.sql.speech import Maker, Unsaid

_ITEM = portable.ITEM.this


def _rows(items: exp.Expr) -> exp.Select:
    """A row for each element of a list."""
    steps: list[exp.Expr] = []
    items = _texts(items, steps)
    value = exp.column("value", "j")
    table = exp.Table(this=call("JSON_EACH", items))
    query = exp.select(exp.alias_(value, _ITEM.copy()))
    query = query.from_(exp.alias_(table, "j", table=True), copy=False)
    for step in reversed(steps):
        made = exp.select(exp.alias_(step, _ITEM.copy()))
        query = made.from_(query.subquery("i", copy=False), copy=False)
    return query


def _texts(items: exp.Expr, steps: list[exp.Expr]) -> exp.Expr:
    """The array of texts below a list, and what is made of each, the last first."""
    match items:
        case portable.Each():
            steps.append(items.expression.copy())
            return _texts(items.this, steps)
        case exp.Case():
            made = items.copy()
            found = next(made.find_all(portable.Each), None)
            while found is not None:
                steps.append(found.expression.copy())
                found.replace(found.this)
                found = next(made.find_all(portable.Each), None)
            return made
        case portable.JsonTexts():
            return items.copy()
        case _:
            raise Unsaid("lists", "a list is stored as JSON")


def _has_some(node: portable.HasSome) -> exp.Expr:
    return _exists(node.this, node.expression.copy())


def _exists(items: exp.Expr, test: exp.Expr) -> exp.Expr:
    query = exp.select(number(1)).from_(_rows(items).subquery("i", copy=False))
    return exp.Exists(this=query.where(test, copy=False))


def _has_one(node: portable.HasOne) -> exp.Expr:
    options = [each.copy() for each in node.expressions]
    item = portable.ITEM.copy()
    if not node.every:
        return _exists(node.this, exp.In(this=item, expressions=options))
    return exp.and_(
        *(
            _exists(node.this, exp.EQ(this=item.copy(), expression=each))
            for each in options
        )
    )


def _size(node: portable.Size | portable.SizeOfKnown) -> exp.Expr:
    query = exp.select(exp.Count(this=portable.ITEM.copy()))
    query = query.from_(_rows(node.this).subquery("i", copy=False), copy=False)
    return query.subquery(copy=False)


def _each(node: portable.Each) -> exp.Expr:
    """The list itself, which is asked for where only its absence counts."""
    array = call("JSON_GROUP_ARRAY", portable.ITEM.copy())
    query = exp.select(array).from_(_rows(node).subquery("i", copy=False), copy=False)
    return case(known(node.this.copy()), query.subquery(copy=False))


def _json(what: str) -> Maker:
    def make(node: Any) -> exp.Expr:
        fields = [text(name) for name in node.path]
        lenient = number(int(node.lenient))
        return call(f"segql_json_{what}", node.this, lenient, *fields)

    return make


NODES: dict[type[exp.Expr], Maker] = {
    portable.JsonText: _json("text"),
    portable.JsonKind: _json("kind"),
    portable.JsonTexts: _json("texts"),
    portable.JsonNests: _json("nests"),
    portable.Each: _each,
    portable.HasSome: _has_some,
    portable.HasOne: _has_one,
    portable.Size: _size,
    portable.SizeOfKnown: _size,
}
