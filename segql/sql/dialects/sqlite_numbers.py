"""Numbers of SQLite: exact ones, of any width, and doubles.

An exact number is a whole number of its last digit: 12.50 is 1250. Up to 19 digits it
is SQLite's own, of 64 bits; wider ones are texts which sort as their numbers do, and
functions of ours calculate with them. Which of the two an expression is, its type says:
`note` finds that out before anything is changed.
"""

from decimal import Context, Decimal
from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.sqlite_meeting import COMPARISONS, LONG, is_wide
from segql.sql.dialects.standard import call, case, cast, known, number
from segql.sql.speech import Maker
from segql.types import Exact

_SHORT = 18
"""So many digits always fit into 64 bits."""
_SURE = 15
"""So many digits are the same in a double."""
_EXACT = 2**53
_MOST = 2**63
_DIGITS = Context(prec=120)
PLAIN = "plain"
"""Noted on a column of whole numbers: it is compared as it is."""


def _together(node: exp.Expr, keys: tuple[str, ...]) -> exp.Expr:
    """Operands that are compared, or one of which is taken: all are wide, or none."""
    operands = []
    for key in keys:
        value = node.args.get(key)
        operands += value if isinstance(value, list) else [value] if value else []
    _widen(operands)
    return node


def _widen(nodes: list[exp.Expr]) -> None:
    if any(map(is_wide, nodes)):
        for node in nodes:
            if not is_wide(node) and not isinstance(node, exp.Null):
                node.replace(call("segql_wide", node.copy()))


def _cased(node: exp.Case) -> exp.Expr:
    results = [each.args["true"] for each in node.args["ifs"]]
    results += [node.args["default"]] if node.args.get("default") else []
    _widen(results)
    return node


def _alike(*keys: str) -> Maker:
    return lambda node: _together(node, keys)


# ---- literals


def real(value: int) -> exp.Expr:
    return exp.Literal.number(f"{value}.0")


def divided(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """SQLite's own division: that of whole numbers cuts off."""
    return exp.Div(this=left, expression=right, typed=True, safe=True)


def _real(node: portable.Real) -> exp.Expr:
    """A double as a quotient of whole numbers, or as their product: both are exact.

    SQLite's reading of decimals may be off by the last bit.
    """
    above, below = abs(node.value).as_integer_ratio()
    up = max(above.bit_length() - 53, 0)
    made = real(above >> up)
    for factor, kind in ((2**up, exp.Mul), (below, exp.Div)):
        while factor > 1:
            step = min(factor, 2**52)
            more = {"typed": True, "safe": True} if kind is exp.Div else {}
            made = kind(this=made, expression=real(step), **more)
            factor //= step
    return exp.Neg(this=exp.Paren(this=made)) if node.value < 0 else made


def _number(node: portable.Number) -> exp.Expr:
    whole = _whole(node)
    if node.exact.digits > LONG:
        return exp.Literal.string(wide(whole))
    return number(whole)


def _whole(node: portable.Number) -> int:
    """The number as the whole number that its digits are."""
    return int(Decimal(node.value).scaleb(node.exact.scale, _DIGITS))


def wide(whole: int) -> str:
    """A whole number as a text that sorts as it does."""
    return f"0{10**40 + whole:040d}" if whole < 0 else f"1{whole:040d}"


# ---- exact numbers


def _checked(node: exp.Expr) -> exp.Expr:
    """An error where a result went beyond 64 bits, which SQLite makes a double of."""
    return call("segql_whole", node)


def _is_a(node: exp.Expr, kind: str) -> exp.Expr:
    said = call("TYPEOF", node.copy())
    return exp.EQ(this=said, expression=exp.Literal.string(kind))


def _stored(node: portable.Stored) -> exp.Expr:
    """A cell is a whole number, the double next to a decimal, or a decimal as text."""
    type_ = node.exact
    cell: exp.Expr = node.this
    if type_.digits > LONG:
        return call("segql_stored", cell, number(type_.scale))
    if type_.scale == 0:
        cell.meta[PLAIN] = True
        return cell
    power = 10**type_.scale
    product = exp.Mul(this=cell.copy(), expression=real(power))
    near = cast(call("ROUND", product), "INTEGER")
    if type_.digits <= _SURE:
        return near
    exact = exp.Mul(this=cell.copy(), expression=number(power))
    return exp.Case(
        ifs=[
            exp.If(this=_is_a(cell, "integer"), true=_checked(exact)),
            exp.If(this=_is_a(cell, "real"), true=near),
        ],
        default=call("segql_scaled", cell.copy(), number(type_.scale)),
    )


def _to_double(node: portable.ToDouble) -> exp.Expr:
    type_, scale = node.exact, node.exact.scale
    exactly = call("segql_double", node.this.copy(), number(scale))
    if type_.digits > LONG or is_wide(node.this) or scale > 22:
        return exactly
    if scale == 0:
        return cast(node.this, "REAL")
    short = divided(node.this, real(10**scale))
    if type_.digits <= _SURE:
        return short
    inside = exp.Between(
        this=node.this.copy(), low=number(-_EXACT), high=number(_EXACT)
    )
    return case(inside, short, exactly)


def _to_exact(node: portable.ToExact) -> exp.Expr:
    source, type_ = node.source, node.exact
    if isinstance(node.this, portable.Number):
        return portable.Number(value=node.this.value, type=type_)
    shift = type_.scale - source.scale
    if type_.digits > LONG:
        return call("segql_wide", node.this, number(shift))
    if source.digits > LONG or is_wide(node.this) or shift < 0:
        return call("segql_narrow", node.this, number(shift))
    return _shifted_by(node.this, shift, type_)


def _shifted_by(node: exp.Expr, shift: int, type_: Exact) -> exp.Expr:
    if shift == 0:
        return node
    made = exp.Mul(this=node, expression=number(10**shift))
    return made if type_.digits <= _SHORT else _checked(made)


def _calculated(node: portable.Calculated) -> exp.Expr:
    result = node.sides[2]
    if result.digits > LONG:
        return _by_function(node)
    if is_wide(node.this) or is_wide(node.expression):
        return call("segql_narrow", _by_function(node), number(0))
    made = _by_itself(node)
    return made if result.digits <= _SHORT else _checked(made)


def _shifts(node: portable.Calculated) -> tuple[int, int]:
    """By how many digits each side must be moved for the result's scale."""
    left, right, result = node.sides
    if node.operator == "*":
        return result.scale - left.scale - right.scale, 0
    return result.scale - left.scale, result.scale - right.scale


def _by_itself(node: portable.Calculated) -> exp.Expr:
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    sides = []
    for side, shift in zip((node.this, node.expression), _shifts(node), strict=True):
        made = side.copy()
        if shift:
            made = exp.Mul(this=made, expression=number(10**shift))
        sides.append(made)
    return kind(this=sides[0], expression=sides[1])


def _by_function(node: portable.Calculated) -> exp.Expr:
    name = {"+": "add", "-": "sub", "*": "mul"}[node.operator]
    first, second = _shifts(node)
    return call(
        f"segql_{name}",
        node.this.copy(),
        number(first),
        node.expression.copy(),
        number(second),
    )


def _compared(node: Any) -> exp.Expr:
    """A comparison; of narrow numbers' sum with a constant, by SQLite where it can."""
    left, right = node.this, node.expression
    if isinstance(left, exp.Paren):
        left = left.this
    if (
        isinstance(left, portable.Calculated)
        and isinstance(right, portable.Number)
        and is_wide(left)
        and not any(map(is_wide, (left.this, left.expression)))
        and not any(left.this.find_all(portable.Calculated))
        and not any(left.expression.find_all(portable.Calculated))
        and all(shift <= _SHORT for shift in _shifts(left))
    ):
        bound = _whole(right)
        if -_MOST < bound < _MOST:
            quick = _by_itself(left)
            plain = type(node)(this=quick, expression=number(bound))
            exactly = type(node)(this=_by_function(left), expression=right.copy())
            return case(_is_a(quick, "integer"), plain, exactly)
    return _together(node, ("this", "expression"))


def _nearest(node: portable.Nearest) -> exp.Expr:
    """SQLite's own ROUND adds a half and cuts off, which is one bit off at times."""
    type_ = node.exact
    power = portable.Real(value=10.0**type_.scale)
    if type_.digits > _SHORT:
        sizes = (number(type_.digits), number(type_.scale))
        return call("segql_nearest", cast(node.this, "REAL"), *sizes)
    product = exp.Mul(this=cast(node.this, "REAL"), expression=power)
    cut = cast(product.copy(), "INTEGER")
    rest = exp.Sub(this=product.copy(), expression=cut.copy())
    up = exp.GTE(this=rest, expression=portable.Real(value=0.5))
    down = exp.LTE(this=rest.copy(), expression=portable.Real(value=-0.5))
    rounded = exp.Sub(this=exp.Add(this=cut, expression=up), expression=down)
    most = portable.Real(value=10.0**type_.digits - 0.5)
    inside = exp.LT(this=call("ABS", product), expression=most)
    return exp.Case(
        ifs=[
            exp.If(this=inside, true=rounded),
            exp.If(this=known(node.this.copy()), true=portable.Fault(type=type_)),
        ]
    )


def _negative(node: exp.Neg) -> exp.Expr:
    inner: exp.Expr = node.this.unnest()
    if isinstance(inner, exp.Neg):
        twice: exp.Expr = inner.this.unnest()
        while isinstance(twice, exp.Neg) and isinstance(twice.this.unnest(), exp.Neg):
            twice = twice.this.unnest().this.unnest()
        return twice.copy()
    if not is_wide(node.this):
        return node
    return call("segql_sub", number(0), number(0), node.this, number(0))


# ---- sums


def _sum(node: exp.Sum, only: exp.Expr | None = None) -> exp.Expr:
    """A sum of many numbers of 64 bits is made of the sums of their halves."""

    def held(made: exp.Expr) -> exp.Expr:
        if only is None:
            return made
        return exp.Filter(this=made, expression=only.copy())

    if is_wide(node.this):
        return held(call("segql_total", node.this))
    if not is_wide(node):
        return held(node)
    high = exp.BitwiseRightShift(this=node.this.copy(), expression=number(32))
    low = exp.BitwiseAnd(this=node.this.copy(), expression=number(2**32 - 1))
    halves = (held(exp.Sum(this=exp.Paren(this=half))) for half in (high, low))
    return call("segql_halves", *halves)


def _filter(node: exp.Filter) -> exp.Expr:
    if isinstance(node.this, exp.Sum) and is_wide(node.this):
        return _sum(node.this, node.expression)
    return node


# ---- doubles and small whole numbers


def _known_number(node: portable.KnownNumber) -> exp.Expr:
    """SQLite has no NaN. A column for doubles may have whole numbers."""
    number_: exp.Expr = node.this
    return cast(number_, "REAL") if isinstance(number_, exp.Column) else number_


def _doubles(node: portable.Doubles) -> exp.Expr:
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    return kind(this=node.this, expression=node.expression)


_FAR = 10**12


def _floored(node: portable.Floored) -> exp.Expr:
    """SQLite cuts off: what is negative is moved up first."""
    moved = exp.Add(this=node.this, expression=number(_FAR * node.by))
    quotient = divided(moved, number(node.by))
    return exp.Sub(this=quotient, expression=number(_FAR))


NODES: dict[type[exp.Expr], Maker] = {
    portable.Real: _real,
    portable.Number: _number,
    portable.Stored: _stored,
    portable.ToDouble: _to_double,
    portable.ToExact: _to_exact,
    portable.ToWhole: lambda node: (
        call("segql_narrow", node.this, number(0)) if is_wide(node.this) else node.this
    ),
    portable.Calculated: _calculated,
    portable.Nearest: _nearest,
    portable.Shifted: lambda node: node.this,
    portable.Float: lambda node: cast(node.this, "REAL"),
    portable.KnownNumber: _known_number,
    portable.IsNumber: lambda node: known(node.this),
    portable.Quotient: lambda node: divided(node.this, node.expression),
    portable.Doubles: _doubles,
    portable.WholeQuotient: lambda node: divided(node.this, node.expression),
    portable.Floored: _floored,
    exp.Neg: _negative,
    exp.Sum: _sum,
    exp.Filter: _filter,
    exp.Coalesce: _alike("this", "expressions"),
    exp.In: _alike("this", "expressions"),
    exp.Between: _alike("this", "low", "high"),
    exp.Case: _cased,
    **dict.fromkeys(COMPARISONS, _compared),
}
