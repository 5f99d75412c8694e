"""MariaDB, and MySQL 8."""

from dataclasses import replace
from typing import Any

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects import decimals, standard
from segql.sql.dialects import mysql_depth as depth
from segql.sql.dialects import mysql_doubles as doubles
from segql.sql.dialects import mysql_json as json
from segql.sql.dialects import mysql_keys as keys
from segql.sql.dialects import mysql_text as texts
from segql.sql.dialects import mysql_time as time
from segql.sql.dialects.standard import (
    call,
    case,
    cast,
    known,
    number,
    text,
    unsaid,
)
from segql.sql.names import conjunction
from segql.sql.speech import Facts, Maker, Speech
from segql.types import Exact

# ---- numbers

_SHORT = 18
"""So many digits fit into 64 bits."""


def _to_exact(node: portable.ToExact) -> exp.Expr:
    """A cast would make what is too large the largest number: that is an error."""
    source, type_ = node.source, node.exact
    made = cast(node.this, decimals.exact(type_))
    if source.whole <= type_.whole:
        return made
    size = exp.Abs(this=node.this.copy())
    fits = exp.LT(this=size, expression=number(10**type_.whole))
    fault = cast(texts.error(node.this.copy()), decimals.exact(type_))
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
        return cast(side, "BIGINT" if whole else decimals.exact(type_))

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
        made = cast(exp.Mul(this=made, expression=unit), decimals.exact(exact))
    fault = cast(texts.error(node.this.copy()), decimals.exact(exact))
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


def _equal(node: exp.EQ) -> exp.Expr:
    made = doubles.compared(node)
    return keys.NODES[exp.EQ](node) if made is node else made


def _joined(node: exp.DPipe) -> exp.Expr:
    return call("CONCAT", node.this, node.expression)


def _any_true(node: Any) -> exp.Expr:
    return exp.Max(this=node.this)


MARIADB = Speech(
    name="mariadb",
    sqlglot="mysql",
    facts=Facts(doubles=True, extremes=True, not_in=True),
    whole=lambda query: keys.computed_once(depth.held(query)),
    nodes={
        **standard.NODES,
        **texts.NODES,
        **time.NODES,
        **json.NODES,
        **keys.NODES,
        **doubles.NODES,
        portable.Real: decimals.real,
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
        exp.EQ: _equal,
    },
    differences=(
        "`'a' = 'A'` and `'a' = 'a '`: texts are compared in `utf8mb4_nopad_bin`; keys,"
        " whose types are not known, once more byte by byte, in groups and windows.",
        "`LOWER` is the one of Unicode 14 in `utf8mb4_uca1400_as_cs` alone, which is"
        " `ignoring case` exactly; in others of Unicode 5.",
        "`||` is OR; a backslash escapes in texts, or not: CONCAT, and doubled signs"
        " that end no text in either mode.",
        "A DECIMAL beside a DOUBLE: doubles are written with an exponent.",
        "Division by zero is NULL, and there is no infinity: a double that overflows"
        " stops the query. Where one operation is compared, it is looked at before.",
        "A cast that does not fit is the largest number: guarded, and an error.",
        "ROUND of a double takes the even neighbour, and its cast to DECIMAL the digits"
        " that it is shown with: computed from the double itself.",
        "A cast of a text that is no number is 0: the text is matched first.",
        "A cast to DATETIME drops the microseconds: DATETIME(6).",
        "CONVERT_TZ ends in 2037, gives times outside back unchanged, and NULL where no"
        " zones are loaded: the changes of a zone stand in the query.",
        "Beyond the years 1 to 9999 a moved time is NULL: it is the calendar's end.",
        "TIMESTAMPDIFF counts full units: seconds since the year 0 are subtracted.",
        "No FILTER, QUALIFY, FULL JOIN, arrays, or names of columns after a query in"
        " FROM: rewritten.",
        "IN of a query is compared as its columns are: EXISTS, which is planned alike.",
        "A shared query is planned and computed anew for each name: one named twice is"
        " made recursive, which is computed once; planning still takes room for each.",
        "REGEXP gives up on what takes too many ways, and says NULL: an error.",
        "JSON_VALID lets unknown escapes and half a number pass, JSON_TYPE calls 1e5 an"
        " INTEGER, numbers stay as written: matched, and written the shortest way.",
        "Limit: JSON deeper than 31 is none; a document whose names hold escapes such"
        " as \\u0061 is an error where a name is looked up.",
        "Tries all rows of one set with all of the next: keys stand but once in a set"
        " that is asked of rows.",
        "Limit: more than some seventy sets of events that all must hold, or that stand"
        " inside each other, need more than the server's usual stack.",
        "Limit: there is no table inside an expression but that of a document, and it"
        " sees no aggregate.",
    ),
)


# ---- MySQL, which no test runs


def _of_mysql(query: exp.Query) -> exp.Query:
    """The same collation has another name, and a shared query is computed once."""
    for each in query.find_all(exp.Collate):
        if each.expression.name == texts.PLAIN:
            each.set("expression", exp.Var(this=texts.MYSQL_PLAIN))
    return query


_JSON = "MySQL rewrites numbers, and keeps the last of two equal names"
_REFUSED: dict[type[exp.Expr], Maker] = {
    portable.Folded: unsaid("MySQL folds the case of Unicode 9"),
    portable.JsonText: unsaid(_JSON),
    portable.JsonKind: unsaid(_JSON),
    portable.JsonTexts: unsaid(_JSON),
    portable.JsonNests: unsaid(_JSON),
}
MYSQL = replace(
    MARIADB,
    name="mysql",
    nodes={**MARIADB.nodes, **_REFUSED},
    whole=_of_mysql,
    differences=(
        *MARIADB.differences,
        "MySQL 8: not run. Its case folding and its JSON are refused.",
    ),
)
