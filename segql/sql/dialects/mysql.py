"""MariaDB, and MySQL 8."""

from dataclasses import replace
from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects import mysql_json as json
from segql.sql.dialects import mysql_keys as keys
from segql.sql.dialects import mysql_text as texts
from segql.sql.dialects import mysql_time as time
from segql.sql.dialects import standard
from segql.sql.dialects.standard import call, case, cast, known, number, text
from segql.sql.names import conjunction
from segql.sql.speech import Facts, Speech
from segql.types import Exact

# ---- numbers

_SHORT = 18
"""So many digits fit into 64 bits."""


def data_type(type_: Exact) -> str:
    return f"DECIMAL({type_.digits}, {type_.scale})"


def _real(node: portable.Real) -> exp.Expr:
    """With an exponent, without which it would be an exact number."""
    shown = repr(abs(node.value))
    made = exp.Literal.number(shown if "e" in shown else f"{shown}e0")
    return exp.Neg(this=made) if node.value < 0 else made


def _to_exact(node: portable.ToExact) -> exp.Expr:
    """A cast would make what is too large the largest number: that is an error."""
    source, type_ = node.source, node.exact
    made = cast(node.this, data_type(type_))
    if source.whole <= type_.whole:
        return made
    size = exp.Abs(this=node.this.copy())
    fits = exp.LT(this=size, expression=number(10**type_.whole))
    fault = cast(texts.error(node.this.copy()), data_type(type_))
    return exp.Case(
        ifs=[
            exp.If(this=fits, true=made),
            exp.If(this=known(node.this.copy()), true=fault),
        ]
    )


def _calculated(node: portable.Calculated) -> exp.Expr:
    left, right, _ = node.sides
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    whole = all(each.scale == 0 and each.digits <= _SHORT for each in node.sides)

    def widened(side: exp.Expr, type_: Exact) -> exp.Expr:
        return cast(side, "BIGINT" if whole else data_type(type_))

    return kind(
        this=widened(node.this, left), expression=widened(node.expression, right)
    )


def _nearest(node: portable.Nearest) -> exp.Expr:
    """The servers' own ROUND takes the even neighbour, and their cast the digits that
    a double is shown with."""
    exact = node.exact
    double = cast(node.this, "DOUBLE")
    power = portable.Real(value=10.0**exact.scale)
    product = exp.Mul(this=double, expression=power) if exact.scale else double
    below = call("TRUNCATE", product.copy(), number(0))
    rest = exp.Abs(this=exp.Sub(this=product.copy(), expression=below.copy()))
    half = exp.GTE(this=rest, expression=portable.Real(value=0.5))
    away = case(half, call("SIGN", product.copy()), portable.Real(value=0.0))
    units = exp.Add(this=below, expression=away)
    inside = exp.LT(
        this=exp.Abs(this=units.copy()),
        expression=portable.Real(value=10.0**exact.digits),
    )
    made = _whole(units, exact.digits)
    if exact.scale:
        unit = exp.Literal.number(f"0.{'0' * (exact.scale - 1)}1")
        made = cast(exp.Mul(this=made, expression=unit), data_type(exact))
    fault = cast(texts.error(node.this.copy()), data_type(exact))
    return exp.Case(
        ifs=[
            exp.If(this=inside, true=made),
            exp.If(this=known(node.this.copy()), true=fault),
        ]
    )


_LIMB = 2**62


def _whole(value: exp.Expr, digits: int) -> exp.Expr:
    """A double without a fraction, with all of its digits."""
    if digits <= _SHORT:
        return cast(value, "BIGINT")
    limb = portable.Real(value=float(_LIMB))
    quotient = exp.Div(this=value, expression=limb, typed=True, safe=True)
    high = call("TRUNCATE", quotient, number(0))
    back = exp.Mul(this=high.copy(), expression=limb.copy())
    low = exp.Sub(this=value.copy(), expression=back)
    upper = exp.Mul(
        this=cast(cast(high, "BIGINT"), "DECIMAL(38, 0)"), expression=number(_LIMB)
    )
    return exp.Add(this=upper, expression=cast(low, "BIGINT"))


def _known_number(node: portable.KnownNumber) -> exp.Expr:
    """There is no NaN. A column for doubles may have exact numbers."""
    if isinstance(node.this, exp.Column):
        return cast(node.this, "DOUBLE")
    made: exp.Expr = node.this
    return made


def _quotient(node: portable.Quotient) -> exp.Expr:
    return exp.Div(this=node.this, expression=node.expression, typed=True, safe=True)


def _doubles(node: portable.Doubles) -> exp.Expr:
    kind = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
    return kind(this=node.this, expression=node.expression)


_FAR = 10**12


def _floored(node: portable.Floored) -> exp.Expr:
    """DIV cuts off: what is negative is moved up first."""
    moved = exp.Add(this=node.this, expression=number(_FAR * node.by))
    quotient = exp.IntDiv(this=moved, expression=number(node.by))
    return exp.Sub(this=quotient, expression=number(_FAR))


# ---- places


def _point(node: portable.PointOf) -> exp.Expr:
    """Two doubles in a text, which loses nothing of them."""
    sides = [cast(side, "DOUBLE") for side in (node.this, node.expression)]
    there = conjunction(known(side.copy()) for side in sides)
    return case(there, call("CONCAT", sides[0], text(" "), sides[1]))


def _coordinate(node: portable.Coordinate) -> exp.Expr:
    place = 1 if node.name == "latitude" else -1
    part = call("SUBSTRING_INDEX", node.this, text(" "), number(place))
    return cast(part, "DOUBLE")


def _not_true(node: portable.NotTrue) -> exp.Expr:
    return exp.Not(this=exp.Is(this=node.this, expression=exp.true()))


def _not_same(node: exp.NullSafeNEQ) -> exp.Expr:
    return exp.Not(this=exp.NullSafeEQ(this=node.this, expression=node.expression))


def _joined(node: exp.DPipe) -> exp.Expr:
    return call("CONCAT", node.this, node.expression)


def _any_true(node: Any) -> exp.Expr:
    return exp.Max(this=node.this)


MARIADB = Speech(
    name="mariadb",
    sqlglot="mysql",
    facts=Facts(doubles=True, extremes=True, not_in=True),
    whole=keys.computed_once,
    nodes={
        **standard.NODES,
        **texts.NODES,
        **time.NODES,
        **json.NODES,
        **keys.NODES,
        portable.Real: _real,
        portable.ToExact: _to_exact,
        portable.Calculated: _calculated,
        portable.Nearest: _nearest,
        portable.Shifted: lambda node: exp.Mul(
            this=node.this, expression=number(10**node.exact.scale)
        ),
        portable.KnownNumber: _known_number,
        portable.IsNumber: lambda node: known(node.this),
        portable.Quotient: _quotient,
        portable.Doubles: _doubles,
        portable.Floored: _floored,
        portable.NotTrue: _not_true,
        portable.AnyTrue: _any_true,
        portable.PointOf: _point,
        portable.Coordinate: _coordinate,
        exp.NullSafeNEQ: _not_same,
        exp.DPipe: _joined,
    },
    differences=(),
)
MYSQL = replace(MARIADB, name="mysql", whole=lambda query: query)
