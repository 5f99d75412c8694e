"""Oracle 19c and later, after its reference; no test has run it there.

https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/
"""

from decimal import Decimal

from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects import decimals, no_booleans, rewrites, standard
from segql.sql.dialects import oracle_text as texts
from segql.sql.dialects import oracle_time as time
from segql.sql.dialects.origins import Texts
from segql.sql.dialects.standard import (
    call,
    case,
    cast,
    disjunction,
    number,
    text,
    unsaid,
)
from segql.sql.speech import Maker, Speech, Unsaid
from segql.types import Exact


def double(node: exp.Expr) -> exp.Expr:
    """DOUBLE PRECISION is a decimal number there."""
    return call("TO_BINARY_DOUBLE", node)


_NEAR = 1e100


def _real(node: portable.Real) -> exp.Expr:
    """A number, which has 40 digits; where it is too far off, its text.

    In that there is no point, for which the session has a sign of its own.
    """
    value = node.value
    if value == 0 or 1 / _NEAR < abs(value) < _NEAR:
        return double(number(Decimal(repr(value))))
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    shown = "".join(map(str, digits))
    return double(text(f"{'-' * sign}{shown}E{exponent}"))


def _calculated(node: portable.Calculated) -> exp.Expr:
    """A number has 38 digits at least: what has more is an error, or rounded."""
    _, _, result = node.sides
    kind = decimals.OPERATORS[node.operator]
    made = kind(this=node.this, expression=node.expression)
    if decimals.digits(node) <= decimals.WIDEST:
        return made
    return cast(made, decimals.exact(Exact(decimals.WIDEST, result.scale)))


_LIMB = 2**32


def _counted(whole: exp.Expr) -> exp.Expr:
    """A whole double by two numbers of ten digits: one has not all of its digits."""
    limb = portable.Real(value=float(_LIMB))
    high = exp.Floor(this=exp.Div(this=whole, expression=limb, typed=True, safe=False))
    back = exp.Mul(this=high.copy(), expression=limb.copy())
    low = exp.Sub(this=whole.copy(), expression=back)
    upper = exp.Mul(this=cast(high, "DECIMAL(10, 0)"), expression=number(_LIMB))
    return exp.Add(this=upper, expression=cast(low, "DECIMAL(10, 0)"))


def _is_nan(node: exp.Expr) -> exp.Expr:
    return exp.Is(this=node, expression=exp.Var(this="NAN"))


def _known_number(node: portable.KnownNumber) -> exp.Expr:
    """A column for doubles may have decimal numbers."""
    value = decimals.double(node.this)
    return case(exp.Not(this=_is_nan(value.copy())), value)


def _is_number(node: portable.IsNumber) -> exp.Expr:
    return exp.Not(this=_is_nan(double(node.this)))


_BINARY = text("NLS_SORT=BINARY")


def _sorted(node: exp.Expr) -> exp.Expr:
    return call("NLSSORT", node, _BINARY.copy())


def _in_order(node: portable.InOrder) -> exp.Expr:
    """Numbers as texts of one length, which sort as they do; texts as they are."""
    raw = node.this
    is_number = exp.Like(this=call("DUMP", raw.copy()), expression=text("Typ=2 %"))
    moved = exp.Add(this=call("TO_NUMBER", raw.copy()), expression=number(5 * 10**28))
    form = text("FM" + "9" * 29 + "D" + "9" * 9)
    shown = call("TO_CHAR", moved, form, text("NLS_NUMERIC_CHARACTERS='.,'"))
    return _sorted(case(is_number, shown, call("TO_CHAR", raw)))


# ---- queries


def _sort_texts(query: exp.Expr) -> None:
    texts_ = Texts(query)
    for node in list(query.find_all(exp.Ordered)):
        if texts_.has(node.this):
            node.set("this", _sorted(node.this))


_MOST_OPTIONS = 1000


def _in(node: exp.In) -> exp.Expr:
    """A list has a thousand values at most."""
    options = node.expressions
    if len(options) <= _MOST_OPTIONS:
        return node
    starts = range(0, len(options), _MOST_OPTIONS)
    return disjunction(
        [
            exp.In(
                this=node.this.copy(),
                expressions=options[start : start + _MOST_OPTIONS],
            )
            for start in starts
        ]
    )


def _field(node: exp.Dot) -> exp.Expr:
    raise Unsaid("a value inside of a column", "columns inside of others are objects")


_RESERVED = frozenset(
    """
    access add all alter and any as asc audit between by char check cluster column
    column_value comment compress connect create current date decimal default delete
    desc distinct drop else exclusive exists file float for from grant group having
    identified immediate in increment index initial insert integer intersect into is
    level like lock long maxextents minus mlslabel mode modify nested_table_id noaudit
    nocompress not nowait null number of offline on online option or order pctfree prior
    public raw rename resource revoke row rowid rownum rows select session set share
    size smallint start successful synonym sysdate table then to trigger uid union
    unique update user validate values varchar varchar2 view whenever where with
    """.split()
)


def _identifier(node: exp.Identifier) -> exp.Expr:
    """A word without quotes is in capitals: so is one that only its quotes allow."""
    name = node.name
    if not name.isascii() or not name.replace("_", "a").isalnum():
        return node
    if name.lower() in _RESERVED or name.startswith("_"):
        return exp.Identifier(
            this=name.upper() if name.islower() else name, quoted=True
        )
    return exp.Identifier(this=name, quoted=False)


_LISTS = "its lists are objects of types that a catalog doesn't name"
_JSON = "numbers in its JSON are written otherwise"
_READS_NO_JSON = (portable.JsonText, portable.JsonKind)
_HAS_NO_LISTS = (
    *(portable.JsonTexts, portable.JsonNests),
    *(portable.Each, portable.HasSome, portable.HasOne),
    *(portable.Size, portable.SizeOfKnown),
)

_NODES: dict[type[exp.Expr], Maker] = {
    **standard.NODES,
    **no_booleans.NODES,
    **texts.NODES,
    **time.NODES,
    **dict.fromkeys(_READS_NO_JSON, unsaid(_JSON)),
    **dict.fromkeys(_HAS_NO_LISTS, unsaid(_LISTS)),
    portable.Real: _real,
    portable.Float: lambda node: double(node.this),
    portable.ToDouble: lambda node: double(node.this),
    portable.ToExact: decimals.to_exact,
    portable.ToWhole: lambda node: cast(node.this, "DECIMAL(19, 0)"),
    portable.Calculated: _calculated,
    portable.Nearest: lambda node: rewrites.nearest_by_units(node, _counted),
    portable.KnownNumber: _known_number,
    portable.IsNumber: _is_number,
    portable.Quotient: decimals.quotient,
    portable.Doubles: decimals.doubles,
    portable.WholeQuotient: decimals.whole_quotient,
    portable.Floored: rewrites.floored,
    portable.InOrder: _in_order,
    portable.PointOf: decimals.point,
    portable.Coordinate: unsaid("it has no value for a place"),
    portable.Fault: unsaid("an error doesn't say why: declare `unreadable: missing`"),
    exp.Dot: _field,
    exp.Filter: rewrites.pushed,
    exp.In: _in,
    exp.Identifier: _identifier,
    **rewrites.prepared(_sort_texts),
}

ORACLE = Speech(
    name="oracle",
    sqlglot="oracle",
    nodes=_NODES,
    differences=(
        "An empty text is a missing one: a rule that names one is refused.",
        "A literal is a CHAR, and blanks at the end of two CHARs do not count: one that"
        " ends with a blank is made a VARCHAR2. A limit: those of columns that are"
        " CHARs do not count.",
        "There are no booleans before 23ai: a column of them has 1 and 0.",
        "A DATE has a time of day: a limit: columns of days have midnights.",
        "Words without quotes are in capitals; those that are reserved are written so,"
        " within quotes.",
        "Texts are sorted as the session's language has it: NLSSORT. A limit: NLS_COMP"
        " is BINARY, as it is unless somebody says otherwise, and the database's"
        " characters are AL32UTF8.",
        "A point in a number is what the session says: every text is given a form.",
        "A wall that a zone skips is an error: all is converted from UTC, and back to"
        " see whether that is right.",
        "`ADD_MONTHS` keeps the last day of a month the last: months are added to the"
        " first.",
        "Adding beyond the calendar's ends is an error: it ends there. A limit: so is a"
        " wall beyond them in a zone, and before 15 October 1582 days are Julian.",
        "DOUBLE PRECISION is a decimal: BINARY_DOUBLE, whose NaN is asked for.",
        "Numbers have 38 digits for sure: what may have more is cast, which is an error"
        " if it has.",
        "`NULL || 'a'` is 'a': CASE.",
        "A list has a thousand values at most: there are several.",
        "Patterns are POSIX, of at most 512 bytes, and ranges in them are of the"
        " session's language: all characters are named.",
        "There is no error that says why: unreadable cells are refused, unless they"
        " count as missing.",
        "Lists and JSON are refused.",
    ),
)
