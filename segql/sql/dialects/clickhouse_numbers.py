"""ClickHouse: numbers, exact ones and doubles.

Exact numbers are `Int64`, or decimals of 64 and 128 bits; what could be wider on the
way is calculated with 256, as ClickHouse wraps where it does not look.
"""

from decimal import Decimal

from sqlglot import exp

from segql.sql import names, portable
from segql.sql.dialects import standard
from segql.sql.dialects.clickhouse_types import data_type, known_type, typed
from segql.sql.dialects.standard import call, number, text
from segql.sql.speech import Maker
from segql.types import Exact, ListOf, Type

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
    return raised(too_large, type_, typed(whole, data_type(type_)))


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
    """Whether a number's units, at its scale, may be too many for 64 bits."""
    if not isinstance(node, portable.Number):
        return False
    units = abs(Decimal(node.value)).scaleb(node.exact.scale)
    return units >= Decimal("1e18")


# ---- errors


def raised(test: exp.Expr, kind: Type, value: exp.Expr | None = None) -> exp.Expr:
    """An error where a test is true, and a value elsewhere.

    The test is asked of every row: what stands in a branch of CASE may be worked out
    for rows of other branches too.
    """
    thrown = call("throwIf", call("ifNull", test, exp.false()), text(_UNREADABLE))
    nothing = exp.Array(expressions=[]) if isinstance(kind, ListOf) else exp.null()
    other = value or typed(nothing.copy(), data_type(kind))
    return call("if", thrown, nothing, other)


_UNREADABLE = "segql: unreadable cell"


# ---- sums


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


NODES: dict[type[exp.Expr], Maker] = {
    exp.Cast: _cast,
    exp.In: _in_list,
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
}
