"""ClickHouse: chdb, and servers."""

from typing import Any

from sqlglot import exp

from segql.fold import TABLE
from segql.sql import names, portable
from segql.sql.dialects import (
    clickhouse_json,
    clickhouse_nesting,
    clickhouse_numbers,
    clickhouse_time,
    standard,
)
from segql.sql.dialects.clickhouse_numbers import raised
from segql.sql.dialects.clickhouse_settings import SETTINGS
from segql.sql.dialects.standard import call, number, text
from segql.sql.names import known
from segql.sql.speech import Facts, Maker, Speech
from segql.types import Boolean, ListOf

# ---- text


_CAPITALS = "".join(map(chr, TABLE))
_SMALL = "".join(map(chr, TABLE.values()))


def _folded(node: portable.Folded) -> exp.Expr:
    return call("translateUTF8", node.this, text(_CAPITALS), text(_SMALL))


def _full_match(node: portable.FullMatch) -> exp.Expr:
    pattern = f"\\A(?-s:{node.expression.this})\\z"
    return call("match", node.this, text(pattern))


def _contains(node: exp.Contains) -> exp.Expr:
    found = call("position", node.this, node.expression)
    return exp.GT(this=found, expression=number(0))


def _substring(node: exp.Substring) -> exp.Expr:
    parts = [node.this, node.args["start"], node.args["length"]]
    return call("substringUTF8", *parts)


# ---- truth


def _fault(node: portable.Fault) -> exp.Expr:
    return raised(exp.true(), node.kind)


def _distinct_from(node: exp.NullSafeNEQ) -> exp.Expr:
    return call("isDistinctFrom", node.this, node.expression)


def _outside(node: exp.Not) -> exp.Expr:
    """`NOT EXISTS (SELECT 1 FROM t WHERE t.k = key)` as a look-up in a set."""
    match node.this:
        case exp.Exists(this=exp.Select() as query):
            pass
        case _:
            return node
    where = query.args.get("where")
    match where.this if where else None:
        case exp.EQ(this=exp.Column() as mine, expression=key):
            query.set("where", None)
            query.set("expressions", [mine])
            found = exp.In(this=key, query=exp.Subquery(this=query))
            return exp.Not(this=call("ifNull", found, exp.false()))
        case _:
            return node


# ---- lists


def _is_list(node: exp.Expr | None) -> bool:
    match node:
        case portable.JsonTexts() | portable.Each():
            return True
        case portable.Fault(kind=ListOf()):
            return True
        case exp.Case():
            return any(_is_list(each) for each in _branches(node))
        case _:
            return False


def _branches(node: exp.Case) -> list[exp.Expr | None]:
    return [*(each.args["true"] for each in node.args["ifs"]), node.args.get("default")]


def _case(node: exp.Case) -> exp.Expr:
    """Faults know their row; a list is never NULL: one that is missing is empty."""
    before: list[exp.Expr] = []
    for each in node.args["ifs"]:
        if isinstance(each.args["true"], portable.Fault):
            test = _only(before, each.this)
            each.set("true", raised(test, each.args["true"].kind))
        before.append(each.this)
    default = node.args.get("default")
    if isinstance(default, portable.Fault):
        node.set("default", raised(_only(before, None), default.kind))
    return node


def _only(before: list[exp.Expr], test: exp.Expr | None) -> exp.Expr:
    """Whether a row comes to a branch of a CASE."""
    parts = [portable.NotTrue(this=each.copy()) for each in before]
    found = [*parts, *([] if test is None else [test.copy()])]
    return names.conjunction(found)


def _listed(node: exp.Case) -> exp.Expr:
    if not _is_list(node):
        return _case(node)
    for each in node.args["ifs"]:
        if isinstance(each.args["true"], exp.Null):
            each.set("true", exp.Array(expressions=[]))
    if isinstance(node.args.get("default"), exp.Null | None):
        node.set("default", exp.Array(expressions=[]))
    return _case(node)


def _is(node: exp.Is) -> exp.Expr:
    return _no_list(node.this) if _is_list(node.this) else node


def _no_list(node: exp.Expr | None) -> exp.Expr:
    """Whether a list of our own making stands for a missing one."""
    match node:
        case None | exp.Null():
            return exp.true()
        case exp.Case():
            ifs = [
                exp.If(this=each.this.copy(), true=_no_list(each.args["true"]))
                for each in node.args["ifs"]
            ]
            return exp.Case(ifs=ifs, default=_no_list(node.args.get("default")))
        case portable.Fault():
            return portable.Fault(type=Boolean())
        case _:
            return exp.false()


def _lambda(function: str) -> Maker:
    def make(node: Any) -> exp.Expr:
        name = portable.ITEM.this.copy()
        test = node.expression
        if function != "arrayMap":
            test = call("ifNull", test, exp.false())
        return call(function, exp.Lambda(this=test, expressions=[name]), node.this)

    return make


def _counted(test: exp.Expr, items: exp.Expr) -> exp.Expr:
    name = portable.ITEM.this.copy()
    return call("arrayCount", exp.Lambda(this=test, expressions=[name]), items)


def _size_of_known(node: portable.SizeOfKnown) -> exp.Expr:
    test = call(
        "ifNull", exp.Not(this=call("isNaN", portable.ITEM.copy())), exp.false()
    )
    return _counted(test, node.this)


def _has_one(node: portable.HasOne) -> exp.Expr:
    name = "hasAll" if node.every else "hasAny"
    return call(name, node.this, exp.Array(expressions=node.expressions))


# ---- places


def _bits(side: exp.Expr) -> exp.Expr:
    plain = exp.Add(this=side, expression=exp.Literal.number("0."))
    return call("toUInt128", call("reinterpretAsUInt64", plain))


def _point(node: portable.PointOf) -> exp.Expr:
    """Both numbers in one of 128 bits: a tuple can't be missing."""
    latitude, longitude = (
        portable.KnownNumber(this=portable.Float(this=side))
        for side in (node.this, node.expression)
    )
    high = call("bitShiftLeft", _bits(latitude), number(64))
    return call("bitOr", high, _bits(longitude))


def _coordinate(node: portable.Coordinate) -> exp.Expr:
    whole = node.this
    if node.name == "latitude":
        whole = call("bitShiftRight", whole, number(64))
    return call("reinterpretAsFloat64", call("toUInt64", whole))


# ---- aggregates


def _filter(node: exp.Filter) -> exp.Expr:
    only = node.expression
    match node.this:
        case portable.AtEnd() as inner:
            return _at_end(inner, only)
        case portable.Commonest() as inner:
            return _commonest(inner, only)
        case portable.Median() as inner:
            return _median(inner, only)
        case _:
            return node


def _filtered(aggregate: exp.Expr, only: exp.Expr | None) -> exp.Expr:
    if only is None:
        return aggregate
    return exp.Filter(this=aggregate, expression=only.copy())


def _element(node: exp.Expr, place: int) -> exp.Expr:
    return call("tupleElement", node, number(place))


def _at_end(node: portable.AtEnd, only: exp.Expr | None = None) -> exp.Expr:
    """The value is wrapped, as an aggregate would skip a NULL."""
    order = [each.copy() for each in node.expressions]
    by = order[0] if len(order) == 1 else call("tuple", *order)
    name = "argMax" if node.last else "argMin"
    found = call(name, call("tuple", node.this), by)
    return _element(_filtered(found, only), 1)


def _commonest(node: portable.Commonest, only: exp.Expr | None = None) -> exp.Expr:
    fewer = exp.Neg(this=call("toInt64", node.expression))
    found = exp.Min(this=call("tuple", fewer, node.this))
    return _element(_filtered(found, only), 2)


def _median(node: portable.Median, only: exp.Expr | None = None) -> exp.Expr:
    low, high = (
        _filtered(call(name, node.this.copy()), only)
        for name in ("medianExactLow", "medianExactHigh")
    )
    both = exp.Paren(this=exp.Add(this=low, expression=high))
    return exp.Div(this=both, expression=number(2), typed=False, safe=False)


def _middle(node: portable.Middle) -> exp.Expr:
    return call("medianExactHigh" if node.upper else "medianExactLow", node.this)


# ---- the whole


def _settled(query: exp.Query) -> exp.Query:
    query = clickhouse_nesting.flat(query)
    settings = [
        exp.EQ(
            this=exp.Var(this=name),
            expression=number(int(value)) if value.isdigit() else text(value),
        )
        for name, value in SETTINGS.items()
    ]
    query.set("settings", settings)
    return query


CLICKHOUSE = Speech(
    name="clickhouse",
    sqlglot="clickhouse",
    facts=Facts(
        materialized=True,
        ordered=True,
        doubles=True,
        cut=True,
        extremes=True,
        not_in=True,
    ),
    nodes={
        **standard.NODES,
        **clickhouse_numbers.NODES,
        **clickhouse_time.NODES,
        **clickhouse_json.NODES,
        exp.Case: _listed,
        exp.Contains: _contains,
        exp.Substring: _substring,
        exp.NullSafeNEQ: _distinct_from,
        exp.Is: _is,
        exp.Not: _outside,
        exp.Filter: _filter,
        portable.Folded: _folded,
        portable.FullMatch: _full_match,
        portable.AsText: lambda node: call("toString", node.this),
        portable.Md5: lambda node: call("lower", call("hex", call("MD5", node.this))),
        portable.NotTrue: lambda node: exp.Not(
            this=call("ifNull", node.this, exp.false())
        ),
        portable.Fault: _fault,
        portable.Each: _lambda("arrayMap"),
        portable.HasSome: _lambda("arrayExists"),
        portable.HasOne: _has_one,
        portable.Size: lambda node: _counted(known(portable.ITEM.copy()), node.this),
        portable.SizeOfKnown: _size_of_known,
        portable.PointOf: _point,
        portable.Coordinate: _coordinate,
        portable.Median: _median,
        portable.Middle: _middle,
        portable.AtEnd: _at_end,
        portable.Commonest: _commonest,
        portable.Single: lambda node: call("any", node.this),
        portable.AnyTrue: lambda node: exp.Max(
            this=call("ifNull", node.this, exp.false())
        ),
    },
    whole=_settled,
    differences=(
        "A LEFT JOIN that finds nothing gives 0 and '', an aggregate of nothing 0, a"
        " bare UNION is refused: settings at the end of the query change that.",
        "Whole numbers wrap at 64 bits, in sums too, and decimals of 128 bits wrap in"
        " products and casts: what could be wider is calculated with 128 or 256 bits.",
        "A literal with a point is a double, one of more than 64 bits too: both are"
        " written as texts with a type.",
        "`round` goes to the even neighbour, a cast of a double to a decimal cuts off:"
        " halves are looked at.",
        "`intDiv` cuts off towards zero: the rest that is never negative comes off.",
        "-0 is another value than 0 to what counts values: 0 is added.",
        "A branch of CASE may be worked out for any row: an error knows its own.",
        "`lowerUTF8` looks at neighbours and follows another Unicode: a table folds.",
        "In regular expressions `.` is a newline too: it is told not to be.",
        "30 February is read as 2 March: the day is written again and compared.",
        "Times that a clock skips or repeats are read now so, now so: offsets of before"
        " and after decide. Zones that changed by less than a quarter of an hour are"
        " off for that day. The tables of zones are those in ClickHouse.",
        "`Date` and `DateTime` wrap outside of 1970 to 2149, or 2106: they are widened"
        " before they are moved. What is moved beyond 9999 stays there.",
        "A list can't be missing: a column's empty list is one that is there.",
        "A tuple can't be missing: both coordinates of a point stand in one number.",
        "Aggregates skip NULL, `argMin` too: its value is wrapped.",
        "JSON is read anew for each name; a number beyond doubles makes a document"
        " unreadable.",
        "A number that a column's type can't hold is an error in IN: it stands beside.",
        "Int64 and Float64 can't be joined: ties between them are doubles.",
        "A shared query is planned anew wherever it is named: sequences of more than"
        " four steps name each just once.",
        "The query of IN is planned twice, and so each inside of it: where more than"
        " four lie in each other, they are shared, and named without a SELECT.",
    ),
)
