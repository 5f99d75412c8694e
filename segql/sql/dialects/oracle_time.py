"""Days, walls and time zones in Oracle.

A day is a DATE at midnight, a wall a TIMESTAMP. Nothing is read by the session's own
formats: every text is given one.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from sqlglot import exp

from segql.sql import portable, zones
from segql.sql.dialects import rewrites
from segql.sql.dialects.standard import call, case, cast, number, text
from segql.sql.speech import Maker, Unsaid

_DAY = text("YYYY-MM-DD")
_MOMENT = text("YYYY-MM-DD HH24:MI:SS.FF6")


def as_wall(node: exp.Expr) -> exp.Expr:
    return cast(node, "TIMESTAMP")


def day(value: date) -> exp.Expr:
    return call("TO_DATE", text(value.isoformat()), _DAY.copy())


def wall(value: datetime) -> exp.Expr:
    shown = value.isoformat(" ", timespec="microseconds")
    return call("TO_TIMESTAMP", text(shown), _MOMENT.copy())


def _instant(node: portable.Instant) -> exp.Expr:
    moment = wall(node.value.astimezone(UTC).replace(tzinfo=None))
    return call("FROM_TZ", moment, text("UTC"))


# ---- zones


def _to_local(utc: exp.Expr, zone: str) -> exp.Expr:
    there = call("FROM_TZ", as_wall(utc), text("UTC"))
    return as_wall(exp.AtTimeZone(this=there, zone=text(zone)))


_NEAR = timedelta(days=3)


def _utc(node: portable.Utc) -> exp.Expr:
    """By conversions from UTC alone: a wall that a zone skips is an error otherwise.

    The offset of a day before, which is that of the earlier of two instants, is right
    if it leads back to the wall; if not, that of a day after; if neither does, the
    wall is skipped, and the first is right. So no zone may change twice in three days.
    """
    changes = [each.moment for each in zones.clock(node.zone).changes]
    if any(b - a < _NEAR for a, b in pairwise(changes)):
        raise Unsaid(node.construct, f"{node.zone} changes twice within three days")

    def found(days: int) -> exp.Expr:
        beside = exp.Add(this=as_wall(node.this.copy()), expression=_interval(days))
        offset = exp.Sub(this=_to_local(beside, node.zone), expression=beside.copy())
        return exp.Sub(
            this=as_wall(node.this.copy()), expression=exp.Paren(this=offset)
        )

    def leads_back(utc: exp.Expr) -> exp.Expr:
        return exp.EQ(this=_to_local(utc, node.zone), expression=node.this.copy())

    before, after = found(-1), found(1)
    return exp.Case(
        ifs=[
            exp.If(this=leads_back(before.copy()), true=before),
            exp.If(this=leads_back(after.copy()), true=after),
        ],
        default=before.copy(),
    )


def _interval(count: int, unit: str = "DAY") -> exp.Expr:
    return call("NUMTODSINTERVAL", number(count), text(unit))


# ---- steps


def _moved_wall(node: portable.MovedWall) -> exp.Expr:
    def months(time: exp.Expr) -> exp.Expr:
        start = call("TRUNC", time)
        rest = exp.Sub(this=as_wall(time.copy()), expression=as_wall(start))
        moved = as_wall(_months_on(start.copy(), node.count))
        return exp.Add(this=moved, expression=exp.Paren(this=rest))

    size = rewrites.length(node)
    if size is None:
        return rewrites.kept(node, node.this, wall, months)
    seconds, rest = divmod(abs(size // timedelta(microseconds=1)), 10**6)
    shown = exp.Literal.number(f"{seconds}.{rest:06}" if rest else str(seconds))
    kind = exp.Sub if node.count < 0 else exp.Add

    def moved(time: exp.Expr) -> exp.Expr:
        step = call("NUMTODSINTERVAL", shown, text("SECOND"))
        return kind(this=as_wall(time), expression=step)

    return rewrites.kept(node, node.this, wall, moved)


def _months_on(day_: exp.Expr, count: int) -> exp.Expr:
    """ADD_MONTHS keeps the last day of a month the last: so it is taken of the first.

    https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/ADD_MONTHS.html
    """
    first = call("TRUNC", day_, text("MM"))
    moved = call("ADD_MONTHS", first, number(count))
    last = exp.Sub(this=call("LAST_DAY", moved.copy()), expression=moved.copy())
    since = exp.Sub(this=call("TRUNC", day_.copy()), expression=first.copy())
    return exp.Add(this=moved, expression=call("LEAST", since, last))


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    def moved(time: exp.Expr) -> exp.Expr:
        if node.unit == "MONTH":
            return _months_on(time, node.count)
        return exp.Add(this=time, expression=number(node.count))

    return rewrites.kept(node, node.this, lambda moment: day(moment.date()), moved)


def _days_between(node: portable.DaysBetween) -> exp.Expr:
    return exp.Sub(this=node.expression, expression=node.this)


_BASE = date(2000, 1, 1)


def _units_between(node: portable.UnitsBetween) -> exp.Expr:
    def days(time: exp.Expr) -> exp.Expr:
        return exp.Sub(this=call("TRUNC", time), expression=day(_BASE))

    return rewrites.units_between(node, days, as_wall)


def _extracted(part: str, time: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.Var(this=part), expression=time)


def _part(node: portable.Part) -> exp.Expr:
    """A DATE has no hours to EXTRACT, and nothing has a QUARTER."""
    if node.part == "QUARTER":
        return call("TO_NUMBER", call("TO_CHAR", node.this, text("Q")))
    if node.part in ("HOUR", "MINUTE"):
        return _extracted(node.part, as_wall(node.this))
    return _extracted(node.part, node.this)


def _weekday(node: portable.Weekday) -> exp.Expr:
    """`D` depends on the session's territory: days since the ISO week began do not."""
    monday = call("TRUNC", node.this.copy(), text("IW"))
    since = exp.Sub(this=node.this, expression=monday)
    return exp.Add(this=since, expression=number(1))


# ---- texts that are read as times

_WHOLE = "0000-00-00 00:00:00.000000"


def parsed_day(raw: exp.Expr) -> exp.Expr:
    """NULL where there is no such day."""
    return _if_valid(raw, "DATE", "TO_DATE", _DAY)


def parsed_wall(raw: exp.Expr) -> exp.Expr:
    """Digits past the microseconds are cut off; what is not there is zero."""
    spaced = call("REPLACE", raw, text("T"), text(" "))
    cut = call("SUBSTR", spaced, number(1), number(len(_WHOLE)))
    size = exp.Add(this=call("LENGTH", cut.copy()), expression=number(1))
    rest = call("SUBSTR", text(_WHOLE), size)
    full = call("CONCAT", cut, rest)
    return _if_valid(full, "TIMESTAMP", "TO_TIMESTAMP", _MOMENT)


def _if_valid(raw: exp.Expr, kind: str, function: str, form: exp.Expr) -> exp.Expr:
    as_kind = exp.Alias(this=raw.copy(), alias=exp.Var(this=kind))
    found = call("VALIDATE_CONVERSION", as_kind, form.copy())
    valid = exp.EQ(this=found, expression=number(1))
    return case(valid, call(function, raw, form.copy()))


def parsed_instant(raw: exp.Expr) -> exp.Expr:
    """Offsets may be longer than the 14 hours that Oracle takes."""
    zulu = exp.EQ(this=call("SUBSTR", raw.copy(), number(-1)), expression=text("Z"))
    cut = case(zulu, number(1), number(6))
    size = exp.Sub(this=call("LENGTH", raw.copy()), expression=cut)
    time = parsed_wall(call("SUBSTR", raw.copy(), number(1), size))
    hours, minutes = (
        call("TO_NUMBER", call("SUBSTR", raw.copy(), number(-first), number(2)))
        for first in (5, 2)
    )
    length = exp.Add(
        this=exp.Mul(this=hours, expression=number(60)), expression=minutes
    )
    west = exp.EQ(
        this=call("SUBSTR", raw.copy(), number(-6), number(1)), expression=text("-")
    )
    back = exp.Case(
        ifs=[
            exp.If(this=zulu.copy(), true=number(0)),
            exp.If(this=west, true=length),
        ],
        default=exp.Neg(this=exp.Paren(this=length.copy())),
    )
    of_day = exp.Add(
        this=exp.Mul(this=_extracted("HOUR", time.copy()), expression=number(60)),
        expression=exp.Add(
            this=_extracted("MINUTE", time.copy()), expression=back.copy()
        ),
    )
    first_day, last_day = wall(datetime(1, 1, 2)), wall(datetime(9999, 12, 31))
    before = exp.and_(
        exp.LT(this=time.copy(), expression=first_day),
        exp.LT(this=of_day, expression=number(0)),
    )
    after = exp.and_(
        exp.GTE(this=time.copy(), expression=last_day),
        exp.GTE(this=of_day.copy(), expression=number(1440)),
    )
    moved = exp.Add(this=time, expression=call("NUMTODSINTERVAL", back, text("MINUTE")))
    return exp.Case(
        ifs=[exp.If(this=exp.or_(before, after), true=exp.null())], default=moved
    )


NODES: dict[type[exp.Expr], Maker] = {
    portable.Day: lambda node: day(node.value),
    portable.Wall: lambda node: wall(node.value),
    portable.Instant: _instant,
    portable.OfInstant: lambda node: call("SYS_EXTRACT_UTC", node.this),
    portable.Local: lambda node: _to_local(node.this, node.zone),
    portable.Utc: _utc,
    portable.DayOf: lambda node: call("TRUNC", node.this),
    portable.Midnight: lambda node: as_wall(node.this),
    portable.MovedWall: _moved_wall,
    portable.MovedDay: _moved_day,
    portable.DaysBetween: _days_between,
    portable.UnitsBetween: _units_between,
    portable.Part: _part,
    portable.Weekday: _weekday,
}
