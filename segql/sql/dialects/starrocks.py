"""StarRocks 3.3 and Apache Doris 3.0, after their references; no test has run these.

https://docs.starrocks.io/docs/sql-reference/
https://doris.apache.org/docs/sql-manual/

Both grew out of one, and speak like MySQL; they have arrays, and count in 128 bits.
What of a CASE is not asked for is computed all the same: no error may stand there.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

from segql.model import regex
from segql.sql import portable
from segql.sql.dialects import decimals, mysql_keys, no_booleans, rewrites, standard
from segql.sql.dialects.standard import call, case, cast, known, number, text, unsaid
from segql.sql.speech import Maker, Speech, Unsaid
from segql.types import Boolean, Date, Exact, Timestamp

# ---- numbers


def _to_exact(node: portable.ToExact) -> exp.Expr:
    """What does not fit would be NULL."""
    made = cast(node.this, decimals.exact(node.exact))
    if node.source.whole <= node.exact.whole:
        return made
    size = exp.Abs(this=node.this.copy())
    fits = exp.LT(this=size, expression=number(10**node.exact.whole))
    return _asserted(node.this, fits, made)


def _asserted(value: exp.Expr, fits: exp.Expr, made: exp.Expr) -> exp.Expr:
    """An error where a value is there and does not fit."""
    missing = exp.Is(this=value.copy(), expression=exp.null())
    message = text("segql: a number is too large for its type")
    test = call("ASSERT_TRUE", exp.or_(missing, fits), message)
    return case(test, made)


def _nearest(node: portable.Nearest) -> exp.Expr:
    exact = node.exact
    value = portable.KnownNumber(this=portable.Float(this=node.this.copy()))
    bound = portable.Real(value=10.0**exact.whole)
    fits = exp.LT(this=exp.Abs(this=value), expression=bound)
    return _asserted(value, fits, rewrites.nearest_by_units(node))


def _is_number(node: portable.IsNumber) -> exp.Expr:
    """There is no function for it in both: NaN is shown as one."""
    shown = exp.Lower(this=cast(node.this, "TEXT"))
    return exp.Not(this=exp.Like(this=shown, expression=text("%nan")))


def _known_number(node: portable.KnownNumber) -> exp.Expr:
    value = node.this
    if isinstance(value, exp.Column):
        value = cast(value, "DOUBLE")
    return case(portable.IsNumber(this=value.copy()), value)


def _quotient(node: portable.Quotient) -> exp.Expr:
    return exp.Div(this=node.this, expression=node.expression, typed=True, safe=True)


# ---- texts


def _contains(node: exp.Contains) -> exp.Expr:
    found = exp.GT(this=call("INSTR", node.this, node.expression), expression=number(0))
    part = node.expression.copy()
    if isinstance(part, exp.Literal) and part.name:
        return found
    none = exp.EQ(this=part, expression=text(""))
    return exp.or_(found, exp.and_(none, known(node.this.copy())))


def _full_match(node: portable.FullMatch) -> exp.Expr:
    """Hyperscan, or RE2 where that can't: what both read alike."""
    pattern = text(f"\\A(?:{regex.portable(node.pattern)})\\z")
    return exp.RegexpLike(this=node.this, expression=pattern)


# ---- time


def _data_type(shown: str) -> exp.DataType:
    return exp.DataType.build(shown, dialect="starrocks")


def _to_utc(wall: exp.Expr, zone: str) -> exp.Expr:
    return call("CONVERT_TZ", wall, text(zone), text("UTC"))


def _to_local(utc: exp.Expr, zone: str) -> exp.Expr:
    return call("CONVERT_TZ", utc, text("UTC"), text(zone))


_utc = rewrites.utc_by(_to_utc, _to_local)


class _Times:
    """Walls, whose type has its microseconds by itself in one of the two."""

    def __init__(self, wall: str, truncated: Callable[[str, exp.Expr], exp.Expr]):
        self.type = _data_type(wall)
        self.truncated = truncated

    def as_wall(self, node: exp.Expr) -> exp.Expr:
        return exp.Cast(this=node, to=self.type.copy())

    def wall(self, value: datetime) -> exp.Expr:
        return self.as_wall(text(value.isoformat(" ", timespec="microseconds")))

    def instant(self, node: portable.Instant) -> exp.Expr:
        return self.wall(node.value.astimezone(UTC).replace(tzinfo=None))

    def set_on(self, time: exp.Expr, made: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
        """Whole seconds are converted: nothing says that others keep their rest."""
        whole = self.truncated("second", time.copy())
        seconds = call("SECONDS_DIFF", made(whole), whole.copy())
        return call("SECONDS_ADD", self.as_wall(time), seconds)

    def local(self, node: portable.Local) -> exp.Expr:
        return self.set_on(node.this, lambda whole: _to_local(whole, node.zone))

    def utc(self, node: portable.Utc) -> exp.Expr:
        return self.set_on(
            node.this, lambda whole: _utc(portable.Utc(this=whole, zone=node.zone))
        )

    def moved_wall(self, node: portable.MovedWall) -> exp.Expr:
        def moved(time: exp.Expr) -> exp.Expr:
            made = self.as_wall(time)
            for unit, count in rewrites.parts(node).items():
                made = call(f"{unit}S_ADD", made, number(count))
            return made

        if not isinstance(node.this, exp.Column):
            return moved(node.this)
        return rewrites.kept(node, node.this, self.wall, moved)

    def units_between(self, node: portable.UnitsBetween) -> exp.Expr:
        """It counts whole units, so they are counted from the beginning of one."""
        start = self.truncated(node.unit.lower(), node.this)
        return call(f"{node.unit}S_DIFF", node.expression, start)

    def parsed(self, node: portable.Parsed) -> exp.Expr:
        raw: exp.Expr = node.this
        match node.kind:
            case Boolean():
                return exp.EQ(this=raw, expression=text("true"))
            case Exact() as exact:
                return _number(raw, exact)
            case Date():
                return cast(raw, "DATE")
            case Timestamp():
                return self.parsed_wall(raw)
            case _:
                raise Unsaid(node.construct, f"a {node.kind} in a text may be NULL")

    def parsed_wall(self, raw: exp.Expr) -> exp.Expr:
        """Digits past the microseconds are cut off; what is not there is zero."""
        spaced = call("REPLACE", raw, text("T"), text(" "))
        cut = call("LEFT", spaced, number(len(_WHOLE)))
        after = exp.Add(this=call("CHAR_LENGTH", cut.copy()), expression=number(1))
        rest = call("SUBSTRING", text(_WHOLE), after)
        return self.as_wall(call("CONCAT", cut, rest))

    @property
    def nodes(self) -> dict[type[exp.Expr], Maker]:
        return {
            portable.Wall: lambda node: self.wall(node.value),
            portable.Instant: self.instant,
            portable.OfInstant: lambda node: self.as_wall(node.this),
            portable.Midnight: lambda node: self.as_wall(node.this),
            portable.Local: self.local,
            portable.Utc: self.utc,
            portable.MovedWall: self.moved_wall,
            portable.UnitsBetween: self.units_between,
            portable.Parsed: self.parsed,
        }


_WHOLE = "0000-00-00 00:00:00.000000"


def _day(moment: datetime) -> exp.Expr:
    return cast(text(moment.date().isoformat()), "DATE")


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    def moved(day: exp.Expr) -> exp.Expr:
        return cast(call(f"{node.unit}S_ADD", day, number(node.count)), "DATE")

    return rewrites.kept(node, node.this, _day, moved)


def _weekday(node: portable.Weekday) -> exp.Expr:
    """Its Sunday is 1."""
    since = exp.Add(this=call("DAYOFWEEK", node.this), expression=number(5))
    return exp.Add(this=exp.Mod(this=since, expression=number(7)), expression=number(1))


def _number(raw: exp.Expr, exact: Exact) -> exp.Expr:
    """A cast may be NULL, or an error, where a number is too large."""
    if exact.scale == 0:
        # A form of at most 19 digits.
        value = cast(raw, f"DECIMAL({decimals.WIDEST}, 0)")
        low, high = number(-(2**63)), number(2**63 - 1)
        fits: exp.Expr = exp.Between(this=value, low=low, high=high)
        return case(fits, cast(raw.copy(), "BIGINT"))
    form = f"\\A(?:-?0*[0-9]{{0,{exact.whole}}}(?:\\.[0-9]+)?)\\z"
    fits = exp.RegexpLike(this=raw.copy(), expression=text(form))
    return case(fits, cast(raw, decimals.exact(exact)))


# ---- lists


def _lambda(function: str) -> Maker:
    def make(node: Any) -> exp.Expr:
        name = portable.ITEM.this.copy()
        made = exp.Lambda(this=node.expression, expressions=[name])
        return call(function, made, node.this)

    return make


def _filtered(items: exp.Expr, test: exp.Expr) -> exp.Expr:
    kept = exp.Lambda(this=test, expressions=[portable.ITEM.this.copy()])
    return call("CARDINALITY", call("ARRAY_FILTER", kept, items))


def _has_some(node: portable.HasSome) -> exp.Expr:
    found = _filtered(node.this, node.expression)
    return exp.GT(this=found, expression=number(0))


def _has_one(node: portable.HasOne) -> exp.Expr:
    tests = [
        call("ARRAY_CONTAINS", node.this.copy(), each) for each in node.expressions
    ]
    return exp.and_(*tests) if node.every else exp.or_(*tests)


def _size(node: portable.Size) -> exp.Expr:
    return _filtered(node.this, known(portable.ITEM.copy()))


def _size_of_known(node: portable.SizeOfKnown) -> exp.Expr:
    item = portable.ITEM
    test = exp.and_(known(item.copy()), portable.IsNumber(this=item.copy()))
    return _filtered(node.this, test)


def _joined(node: exp.DPipe) -> exp.Expr:
    return call("CONCAT", node.this, node.expression)


def _field(node: exp.Dot) -> exp.Expr:
    return call("STRUCT_ELEMENT", node.this, text(node.expression.name))


_JSON = "numbers in its JSON are written otherwise"
_READS_NO_JSON = (
    *(portable.JsonText, portable.JsonKind),
    *(portable.JsonTexts, portable.JsonNests),
)
_NO_ERRORS = "every branch of a CASE is computed: declare `unreadable: missing`"

_STARROCKS = _Times("DATETIME", lambda unit, time: call("DATE_TRUNC", text(unit), time))
_DORIS = _Times("DATETIME(6)", lambda unit, time: call("DATE_TRUNC", time, text(unit)))

STARROCKS = Speech(
    name="starrocks",
    sqlglot="starrocks",
    nodes={
        **standard.NODES,
        **_STARROCKS.nodes,
        **dict.fromkeys(_READS_NO_JSON, unsaid(_JSON)),
        portable.Fault: unsaid(_NO_ERRORS),
        portable.ParsedInstant: unsaid("an offset may be longer than it takes"),
        portable.ToExact: _to_exact,
        portable.Calculated: decimals.calculated,
        portable.Nearest: _nearest,
        portable.IsNumber: _is_number,
        portable.KnownNumber: _known_number,
        portable.Quotient: _quotient,
        portable.Floored: rewrites.floored,
        portable.Folded: rewrites.translated,
        portable.FullMatch: _full_match,
        portable.MovedDay: _moved_day,
        portable.DaysBetween: lambda node: call("DATEDIFF", node.expression, node.this),
        portable.Part: lambda node: call(node.part, node.this),
        portable.Weekday: _weekday,
        portable.AnyTrue: no_booleans.NODES[portable.AnyTrue],
        portable.PointOf: decimals.point,
        portable.Coordinate: unsaid("it has no value for a place"),
        portable.Each: _lambda("ARRAY_MAP"),
        portable.HasSome: _has_some,
        portable.HasOne: _has_one,
        portable.Size: _size,
        portable.SizeOfKnown: _size_of_known,
        exp.NullSafeNEQ: no_booleans.NODES[exp.NullSafeNEQ],
        exp.StartsWith: rewrites.starts_left,
        exp.EndsWith: rewrites.ends_right,
        exp.Contains: _contains,
        exp.DPipe: _joined,
        exp.In: rewrites.one_by_one,
        exp.Identifier: mysql_keys.NODES[exp.Identifier],
        exp.Sum: decimals.summed,
        exp.Filter: rewrites.pushed,
        exp.Select: rewrites.without_qualify,
    },
    differences=(
        "A number that is too large for its type is NULL: asserted that it is not;"
        " arithmetic of more than 38 digits is refused.",
        "Sums of whole numbers have 64 bits: they are summed as decimals.",
        "`||` is OR: CONCAT.",
        "All branches of a CASE are computed: unreadable cells are refused, unless they"
        " count as missing.",
        "CONVERT_TZ may drop what is less than a second: whole seconds are converted,"
        " there and back to see which instant it is.",
        "Differences are of whole units: the first is cut to its beginning before.",
        "Beyond the years 1 to 9999 a moved time is NULL: that of a column is the"
        " calendar's end. A limit: others are NULL.",
        "`LOWER` follows a newer Unicode: `ignoring case` writes its table out.",
        "Steps take 32 bits: they are parted.",
        "No FILTER, and no query inside of an aggregate: where a rule needs that, the"
        " engine refuses it.",
        "JSON is refused.",
    ),
)

DORIS = replace(
    STARROCKS,
    name="doris",
    sqlglot="doris",
    nodes={**STARROCKS.nodes, **_DORIS.nodes, exp.Dot: _field},
    differences=(
        *STARROCKS.differences,
        "A DATETIME of Doris drops the microseconds: DATETIME(6).",
    ),
)
