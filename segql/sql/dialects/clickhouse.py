"""ClickHouse: chdb, and servers."""

from typing import Any

from sqlglot import exp

from segql.fold import TABLE
from segql.sql import names, portable
from segql.sql.dialects import clickhouse_json, clickhouse_time, standard
from segql.sql.dialects.clickhouse_settings import SETTINGS
from segql.sql.dialects.clickhouse_types import data_type, known_type, typed
from segql.sql.dialects.standard import call, number, text
from segql.sql.names import known
from segql.sql.speech import Facts, Maker, Speech
from segql.types import Boolean, Exact, ListOf, Type

# ---- literals and types


def _number(node: portable.Number) -> exp.Expr:
    """A literal with a point, or one of more than 64 bits, would be a double."""
    value, type_ = node.value, node.exact
    shown = str(value) if isinstance(value, int) else format(value, "f")
    if isinstance(value, int) and not type_.scale:
        if abs(value) < 2**63:
            return number(value)
        return typed(text(shown), "Decimal(38, 0)")
    digits = len(shown.lstrip("-").replace(".", ""))
    scale = max(type_.scale, len(shown.partition(".")[2]))
    return typed(text(shown), known_type(Exact(max(digits, type_.digits), scale)))


def _cast(node: exp.Cast) -> exp.Expr:
    """A type of SQL's, as one that holds NULL too."""
    shown = node.args["to"].sql(dialect="duckdb")
    kind = _KINDS.get(shown, shown.replace("DECIMAL", "Decimal"))
    return typed(node.this, f"Nullable({kind})")


_KINDS = {
    "BIGINT": "Int64",
    "BOOLEAN": "Bool",
    "DATE": "Date32",
    "DOUBLE": "Float64",
    "HUGEINT": "Int128",
    "INT": "Int32",
    "INT128": "Int128",
    "TEXT": "String",
    "TIMESTAMP": "DateTime64(6, 'UTC')",
}

# ---- numbers


_EXACT = 15
"""So many digits are exact in a double, and so is what they make with one rounding."""
_WIDEST = 38


def _to_double(node: portable.ToDouble) -> exp.Expr:
    if (node.exact.scale and node.exact.digits > _EXACT) or node.exact.digits > 19:
        return typed(call("toString", node.this), "Nullable(Float64)")
    return typed(node.this, "Nullable(Float64)")


def _to_exact(node: portable.ToExact) -> exp.Expr:
    """What is made wider is not checked below 256 bits: it would wrap."""
    source, type_ = node.source, node.exact
    made = node.this
    if source.whole + type_.scale > _WIDEST:
        made = typed(made, f"Nullable(Decimal(76, {type_.scale}))")
    return typed(made, data_type(type_))


_SHORT = 18


def _calculated(node: portable.Calculated) -> exp.Expr:
    left, right, result = node.sides
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    if result.scale == 0 and result.digits <= _SHORT:
        return kind(
            this=typed(node.this, "Nullable(Int64)"),
            expression=typed(node.expression, "Nullable(Int64)"),
        )
    digits = _SHORT if result.digits <= _SHORT else 76

    def widened(side: exp.Expr, type_: Exact) -> exp.Expr:
        return typed(side, f"Nullable(Decimal({digits}, {type_.scale}))")

    made = kind(
        this=widened(node.this, left), expression=widened(node.expression, right)
    )
    return made if digits == _SHORT else typed(made, data_type(result))


def _nearest(node: portable.Nearest) -> exp.Expr:
    """The product as a double, halves away from zero; ClickHouse rounds to even."""
    type_ = node.exact
    double = portable.Float(this=node.this)
    product: exp.Expr = double
    if type_.scale:
        power = portable.Real(value=float(10**type_.scale))
        product = exp.Mul(this=double, expression=power)
    size = call("abs", product)
    half = exp.GTE(
        this=exp.Sub(this=size.copy(), expression=call("floor", size.copy())),
        expression=portable.Real(value=0.5),
    )
    units = exp.Add(this=call("floor", size.copy()), expression=exp.Paren(this=half))
    signed = exp.Mul(
        this=call("sign", product.copy()), expression=exp.Paren(this=units)
    )
    limit = portable.Real(value=10.0**type_.digits)
    fits = exp.LT(this=size.copy(), expression=limit)
    kept = call("if", fits, signed, exp.null())
    whole = typed(kept, f"Nullable(Decimal({_digits(type_)}, 0))")
    if type_.scale:
        one = typed(text(f"0.{'1'.zfill(type_.scale)}"), f"Decimal(38, {type_.scale})")
        whole = exp.Mul(this=whole, expression=one)
    too_large = exp.GTE(this=size.copy(), expression=limit.copy())
    return _raised(too_large, type_, typed(whole, data_type(type_)))


def _digits(type_: Exact) -> int:
    return _SHORT if type_.digits <= _SHORT else _WIDEST


def _shifted(node: portable.Shifted) -> exp.Expr:
    wide = typed(node.this, f"Nullable(Decimal(76, {node.exact.scale}))")
    power = call("toInt256", text(str(10**node.exact.scale)))
    kind = "Int64" if node.exact.digits <= _SHORT else "Decimal(38, 0)"
    return typed(exp.Mul(this=wide, expression=power), f"Nullable({kind})")


def _floored(node: portable.Floored) -> exp.Expr:
    """`intDiv` cuts off towards zero."""
    whole = typed(node.this, "Nullable(Int64)")
    by = number(node.by)
    down = call("positiveModulo", whole, by)
    return call("intDiv", exp.Sub(this=whole.copy(), expression=down), by.copy())


def _known_number(node: portable.KnownNumber) -> exp.Expr:
    """Zero has one sign only: -0 is another value to what tells values apart."""
    plain = exp.Add(this=node.this, expression=exp.Literal.number("0."))
    return call("if", call("isNaN", node.this.copy()), exp.null(), plain)


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


def _raised(test: exp.Expr, kind: Type, value: exp.Expr | None = None) -> exp.Expr:
    """An error where a test is true, and a value elsewhere.

    The test is asked of every row: what stands in a branch of CASE may be worked out
    for rows of other branches too.
    """
    raised = call("throwIf", call("ifNull", test, exp.false()), text(_UNREADABLE))
    nothing = exp.Array(expressions=[]) if isinstance(kind, ListOf) else exp.null()
    other = value or typed(nothing.copy(), data_type(kind))
    return call("if", raised, nothing, other)


_UNREADABLE = "segql: unreadable cell"


def _fault(node: portable.Fault) -> exp.Expr:
    return _raised(exp.true(), node.kind)


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


def _in_list(node: exp.In) -> exp.Expr:
    """A number wider than what it is looked for among is an error there, not absent."""
    wide = [each for each in node.expressions if _is_wide(each)]
    if not wide:
        return node
    rest = [each for each in node.expressions if not _is_wide(each)]
    tests: list[exp.Expr] = [
        exp.EQ(this=node.this.copy(), expression=each) for each in wide
    ]
    if rest:
        tests.insert(0, exp.In(this=node.this.copy(), expressions=rest))
    return names.disjunction(tests)


def _is_wide(node: exp.Expr) -> bool:
    return isinstance(node, portable.Number) and abs(node.value) >= 2**63


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
            each.set("true", _raised(test, each.args["true"].kind))
        before.append(each.this)
    default = node.args.get("default")
    if isinstance(default, portable.Fault):
        node.set("default", _raised(_only(before, None), default.kind))
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


def _sum(node: exp.Sum) -> exp.Expr:
    """The sum of whole numbers would wrap at 64 bits."""
    match node.this:
        case portable.Stored() as inner if not inner.exact.scale:
            wide = "Int128" if inner.exact.digits <= 19 else "Decimal(76, 0)"
        case portable.Stored() as inner if inner.exact.digits > _SHORT:
            wide = f"Decimal(76, {inner.exact.scale})"
        case _:
            return node
    made = exp.Sum(this=typed(node.this, f"Nullable({wide})"))
    return made


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
    facts=Facts(materialized=True, ordered=True, doubles=True, not_in=True),
    nodes={
        **standard.NODES,
        **clickhouse_time.NODES,
        **clickhouse_json.NODES,
        exp.Case: _listed,
        exp.Cast: _cast,
        exp.Contains: _contains,
        exp.Substring: _substring,
        exp.NullSafeNEQ: _distinct_from,
        exp.In: _in_list,
        exp.Is: _is,
        exp.Not: _outside,
        exp.Filter: _filter,
        exp.Sum: _sum,
        portable.Real: lambda node: standard.double(node.value),
        portable.Number: _number,
        portable.ToDouble: _to_double,
        portable.ToExact: _to_exact,
        portable.Calculated: _calculated,
        portable.Nearest: _nearest,
        portable.Shifted: _shifted,
        portable.Floored: _floored,
        portable.KnownNumber: _known_number,
        portable.IsNumber: lambda node: exp.Not(this=call("isNaN", node.this)),
        portable.WholeQuotient: lambda node: call("intDiv", node.this, node.expression),
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
    differences=(),
)
