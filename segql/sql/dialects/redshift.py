"""Amazon Redshift, an old PostgreSQL grown apart. No test has run it there."""

from typing import Any

from sqlglot import exp

from segql.model import regex
from segql.sql import portable
from segql.sql.dialects import decimals, postgres, rewrites, standard
from segql.sql.dialects import postgres_text as texts
from segql.sql.dialects.standard import call, case, cast, number, text
from segql.sql.names import known
from segql.sql.speech import Facts, Speech, Unsaid
from segql.types import Boolean, Date, Double, Exact, Timestamp


def _calculated(node: portable.Calculated) -> exp.Expr:
    """A result has a digit more than its sides; past 38 it would lose its scale."""
    if node.operator == "*" and decimals.digits(node) == decimals.WIDEST:
        raise Unsaid(
            node.construct, f"its numbers have at most {decimals.WIDEST} digits"
        )
    return decimals.calculated(node)


def _shifted(node: portable.Shifted) -> exp.Expr:
    power = Exact(node.exact.scale + 1)
    factor = cast(number(10**node.exact.scale), decimals.exact(power))
    return exp.Mul(this=node.this, expression=factor)


def _different(node: exp.NullSafeNEQ) -> exp.Expr:
    """There is no IS DISTINCT FROM."""
    left, right = node.this, node.expression
    one = exp.NEQ(
        this=exp.Is(this=left.copy(), expression=exp.null()),
        expression=exp.Is(this=right.copy(), expression=exp.null()),
    )
    return exp.Coalesce(this=exp.NEQ(this=left, expression=right), expressions=[one])


def _full_match(node: portable.FullMatch) -> exp.Expr:
    """The dialect of Perl; an empty text is never searched."""
    pattern = regex.portable(node.pattern)
    if not pattern.isascii():
        raise Unsaid(node.construct, "only patterns of ASCII are sure to be read")
    empty = exp.Boolean(this=regex.compile(node.pattern).matches(""))
    found = call(
        "REGEXP_INSTR",
        node.this,
        text(f"\\A(?:{pattern})\\z"),
        *(number(each) for each in (1, 1, 0)),
        text("p"),
    )
    none = exp.EQ(this=node.this.copy(), expression=text(""))
    blank = exp.EQ(this=exp.Length(this=node.this.copy()), expression=number(0))
    matches = exp.GT(this=found, expression=number(0))
    return case(exp.and_(none, blank), empty, matches)


# ---- time


def _converted(wall: exp.Expr, source: str, to: str) -> exp.Expr:
    return call("CONVERT_TIMEZONE", text(source), text(to), wall)


def _to_utc(wall: exp.Expr, zone: str) -> exp.Expr:
    return _converted(wall, zone, "UTC")


def _to_local(utc: exp.Expr, zone: str) -> exp.Expr:
    return _converted(utc, "UTC", zone)


def _moved(node: Any) -> exp.Expr:
    return call("DATEADD", exp.Var(this=node.unit), number(node.count), node.this)


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    return cast(_moved(node), "DATE")


def _between(unit: str, node: Any) -> exp.Expr:
    return call("DATEDIFF", exp.Var(this=unit), node.this, node.expression)


def _weekday(node: portable.Weekday) -> exp.Expr:
    """Its Sunday is 0."""
    found = exp.Extract(this=exp.Var(this="DOW"), expression=node.this)
    return exp.Coalesce(
        this=exp.Nullif(this=found, expression=number(0)),
        expressions=[case(known(node.this.copy()), number(7))],
    )


def _parsed(node: portable.Parsed) -> exp.Expr:
    kind = node.kind
    match kind:
        case Exact(_, 0):
            shown = "BIGINT"
        case Exact():
            shown = decimals.exact(kind)
        case Double():
            shown = "DOUBLE"
        case Boolean():
            return cast(node.this, "BOOLEAN")
        case Date():
            shown = "DATE"
        case Timestamp():
            cut = call("LEFT", node.this, number(26))
            return exp.TryCast(this=cut, to=exp.DataType.build("TIMESTAMP"))
        case _:
            raise Unsaid(node.construct)
    return exp.TryCast(this=node.this, to=exp.DataType.build(shown))


_SAME = (
    *(exp.Identifier, exp.EndsWith, exp.Contains),
    *(portable.Instant, portable.KnownNumber, portable.IsNumber),
    *(portable.WholeQuotient, portable.OfInstant, portable.Part),
    portable.NotTrue,
)
"""What is written as in PostgreSQL."""

REDSHIFT = Speech(
    name="redshift",
    sqlglot="redshift",
    facts=Facts(),
    nodes={
        **standard.NODES,
        **{each: postgres.POSTGRES.nodes[each] for each in _SAME},
        portable.Quotient: lambda node: exp.Div(
            this=node.this, expression=node.expression, typed=True, safe=False
        ),
        portable.ToExact: decimals.to_exact,
        portable.Calculated: _calculated,
        portable.Nearest: rewrites.nearest_by_units,
        portable.Shifted: _shifted,
        portable.Floored: rewrites.floored,
        exp.NullSafeNEQ: _different,
        exp.Filter: rewrites.pushed,
        exp.Select: rewrites.without_qualify,
        portable.TextOf: lambda node: call(
            "COLLATE", cast(node.this, "TEXT"), text("case_sensitive")
        ),
        portable.Folded: rewrites.translated,
        portable.FullMatch: _full_match,
        portable.Local: lambda node: _to_local(node.this, node.zone),
        portable.Utc: rewrites.utc_by(_to_utc, _to_local),
        portable.MovedWall: _moved,
        portable.MovedDay: _moved_day,
        portable.DaysBetween: lambda node: _between("DAY", node),
        portable.UnitsBetween: lambda node: _between(node.unit, node),
        portable.Weekday: _weekday,
        portable.Parsed: _parsed,
        portable.Fault: texts.fault,
        portable.PointOf: decimals.point,
        portable.Coordinate: standard.unsaid("it has no value for a place"),
    },
    differences=(
        "Blanks at the end of a text count in no comparison, of VARCHAR too: a limit"
        " that stays. Store none.",
        "A column or a database may be blind to case: texts are read as"
        " `case_sensitive`.",
        "Arithmetic of exact numbers of more than 38 digits loses digits after the"
        " point: it is refused.",
        "Stops at doubles that overflow or vanish.",
        "There is no FILTER, no IS DISTINCT FROM and no aggregate in an order:"
        " CASE, COALESCE and row numbers stand for them.",
        "Its POSIX patterns know no characters beyond ASCII for sure: they are read as"
        " Perl's, and others refused.",
        "Sunday is the day 0 of a week.",
        "Lists are of the type SUPER, and JSON is read otherwise: both are refused.",
    ),
)
