"""Days, walls and time zones in MariaDB and MySQL.

A wall is a DATETIME(6), which the calendar's ends bound: what is moved beyond them
stays there. The servers' own zones end in 2037, and are empty until somebody loads
them: here they are numbers in the query.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlglot import exp

from segql.sql import portable, zones
from segql.sql.dialects.mysql_once import lateral
from segql.sql.dialects.standard import call, case, cast, interval, known, number, text
from segql.sql.speech import Maker

_WALL = exp.DataType.build("DATETIME(6)", dialect="mysql")
_START, _END = "0000-01-01", "9999-12-31"
_MIDNIGHT = " 00:00:00"
_LAST = " 23:59:59.999999"


def as_wall(node: exp.Expr) -> exp.Expr:
    return exp.Cast(this=node, to=_WALL.copy())


def as_day(node: exp.Expr) -> exp.Expr:
    return cast(node, "DATE")


def wall(value: datetime) -> exp.Expr:
    return call("TIMESTAMP", text(value.isoformat(" ")))


def _instant(node: portable.Instant) -> exp.Expr:
    """A TIMESTAMP is compared in the session's zone, which is UTC."""
    return wall(node.value.astimezone(UTC).replace(tzinfo=None))


def _within(made: exp.Expr, of: exp.Expr, end: exp.Expr) -> exp.Expr:
    """What lies beyond the calendar would be NULL: it is the calendar's end."""
    kept = case(known(of.copy()), end)
    return exp.Coalesce(this=made, expressions=[kept])


_FIRST_WALL = datetime(1, 1, 1)
_LAST_WALL = datetime(9999, 12, 31, 23, 59, 59, 999_999)


def _moved_wall(node: portable.MovedWall) -> exp.Expr:
    if node.unit != "MONTH" and not isinstance(node.this, exp.Column):
        return _kept_within(node)
    end = text(_END + _LAST if node.count > 0 else _START + _MIDNIGHT)
    return _within(_moved(node), node.this, call("TIMESTAMP", end))


def _kept_within(node: portable.MovedWall) -> exp.Expr:
    """What is long in itself is written once: first it is brought within reach."""
    length = timedelta(**{f"{node.unit.lower()}s": abs(node.count)})
    if node.count > 0:
        reach, bound = "LEAST", _LAST_WALL - length
    else:
        reach, bound = "GREATEST", _FIRST_WALL + length
    near = call(reach, as_wall(node.this), wall(bound))
    kind = exp.Sub if node.count < 0 else exp.Add
    return kind(this=near, expression=interval(abs(node.count), node.unit))


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    end = text(_END if node.count > 0 else _START)
    return _within(_moved(node), node.this, as_day(end))


def _moved(node: Any) -> exp.Expr:
    kind = exp.Sub if node.count < 0 else exp.Add
    length = interval(abs(node.count), node.unit)
    return kind(this=node.this.copy(), expression=length)


def _seconds(node: exp.Expr) -> exp.Expr:
    """Since the year 0; what is less than a second is cut off."""
    return call("TO_SECONDS", node)


_LENGTHS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}


def _units_between(node: portable.UnitsBetween) -> exp.Expr:
    first, last = (
        _divided(_seconds(each), _LENGTHS[node.unit])
        for each in (node.this, node.expression)
    )
    return exp.Sub(this=last, expression=first)


def _divided(node: exp.Expr, by: int) -> exp.Expr:
    return node if by == 1 else exp.IntDiv(this=node, expression=number(by))


# ---- zones


def _local(node: portable.Local) -> exp.Expr:
    if (bound := _bound(node)) is not None:
        return bound
    clock = zones.clock(node.zone)
    moments = [each.moment for each in clock.changes]
    offset = _offset(node.this, clock, moments)
    if clock.summer is not None:
        summer = clock.summer
        late = _by_rule(node.this, summer, -summer.winter, -summer.summer)
        offset = _later(node.this, clock, offset, late)
    return _set_on(node.this, offset)


def _utc(node: portable.Utc) -> exp.Expr:
    """A wall that is there twice has the offset of before, one that is skipped too."""
    if (bound := _bound(node)) is not None:
        return bound
    clock = zones.clock(node.zone)
    moments = [
        each.moment + zones.seconds(max(each.before, each.after))
        for each in clock.changes
    ]
    offset = _offset(node.this, clock, moments)
    if clock.summer is not None:
        summer = clock.summer
        most = max(summer.winter, summer.summer)
        late = _by_rule(node.this, summer, most - summer.winter, most - summer.summer)
        offset = _later(node.this, clock, offset, late)
    return _set_on(node.this, exp.Neg(this=offset))


_ONCE = exp.Column(
    this=exp.Identifier(this="x", quoted=False),
    table=exp.Identifier(this="once", quoted=False),
)
_LONG = (portable.Local, portable.Utc, portable.Parsed, portable.ParsedInstant)
_IN_ROWS = (exp.AggFunc, exp.Window, exp.Filter, portable.Single, portable.AnyTrue)


def _bound(node: Any) -> exp.Expr | None:
    """What is long in itself is computed once and named, as it is needed often."""
    inner = node.this
    if inner.find(*_LONG) is None or inner.find(*_IN_ROWS):
        return None
    document = call("JSON_QUOTE", cast(as_wall(inner), "CHAR"))
    table = lateral(document, "$", "once", "x", "DATETIME(6)")
    again = type(node)(this=_ONCE.copy(), zone=node.zone)
    return exp.Subquery(this=exp.select(again).from_(table, copy=False))


def _set_on(node: exp.Expr, offset: exp.Expr) -> exp.Expr:
    moved = exp.Interval(this=offset, unit=exp.Var(this="SECOND"))
    return exp.Add(this=as_wall(node.copy()), expression=moved)


def _offset(node: exp.Expr, clock: zones.Clock, moments: list[datetime]) -> exp.Expr:
    """Which of the offsets holds, found by halving."""
    if not moments:
        return number(clock.first)
    bounds = _listed(zones.since_year_0(each) for each in moments)
    place = call("INTERVAL", _seconds(node.copy()), bounds)
    one_more = exp.Add(this=place, expression=number(1))
    return cast(call("ELT", one_more, _listed(clock.offsets)), "BIGINT")


def _listed(numbers: Iterable[int]) -> exp.Expr:
    """Arguments, as one node: there are many, and they are looked at often."""
    return exp.Var(this=", ".join(map(str, numbers)))


def _later(
    node: exp.Expr, clock: zones.Clock, early: exp.Expr, late: exp.Expr
) -> exp.Expr:
    year = call("YEAR", node.copy())
    listed = exp.LTE(this=year, expression=number(clock.last_year))
    return case(listed, early, late)


def _by_rule(node: exp.Expr, summer: zones.Summer, start: int, end: int) -> exp.Expr:
    """The offset of a rule; its moments are moved by some seconds."""
    begun = exp.GTE(this=node.copy(), expression=_yearly(node, summer.start, start))
    over = exp.GTE(this=node.copy(), expression=_yearly(node, summer.end, end))
    late, early = number(summer.summer), number(summer.winter)
    if summer.start.month < summer.end.month:
        return case(exp.and_(begun, exp.Not(this=over)), late, early)
    return case(exp.and_(over, exp.Not(this=begun)), early, late)


def _yearly(node: exp.Expr, rule: zones.Yearly, seconds: int) -> exp.Expr:
    """When a rule sets the clock in the year of a wall."""
    months = interval(rule.month - 1, "MONTH")
    january = call("MAKEDATE", call("YEAR", node.copy()), number(1))
    first = exp.Add(this=january, expression=months)
    if rule.week == 5:
        last = call("LAST_DAY", first)
        # Sunday is 1 in DAYOFWEEK, and 0 in a rule.
        back = exp.Mod(
            this=exp.Add(
                this=call("DAYOFWEEK", last.copy()), expression=number(6 - rule.day)
            ),
            expression=number(7),
        )
        day: exp.Expr = exp.Sub(this=last, expression=_days(back))
    else:
        on = exp.Mod(
            this=exp.Sub(
                this=number(rule.day + 8), expression=call("DAYOFWEEK", first.copy())
            ),
            expression=number(7),
        )
        weeks = number(7 * (rule.week - 1))
        day = exp.Add(this=first, expression=_days(exp.Add(this=on, expression=weeks)))
    length = interval(rule.seconds + seconds, "SECOND")
    return exp.Add(this=as_wall(day), expression=length)


def _days(count: exp.Expr) -> exp.Expr:
    return exp.Interval(this=count, unit=exp.Var(this="DAY"))


NODES: dict[type[exp.Expr], Maker] = {
    portable.Day: lambda node: as_day(text(node.value.isoformat())),
    portable.Wall: lambda node: wall(node.value),
    portable.Instant: _instant,
    portable.Local: _local,
    portable.Utc: _utc,
    portable.OfInstant: lambda node: as_wall(node.this),
    portable.DayOf: lambda node: as_day(node.this),
    portable.Midnight: lambda node: as_wall(node.this),
    portable.MovedWall: _moved_wall,
    portable.MovedDay: _moved_day,
    portable.DaysBetween: lambda node: call("DATEDIFF", node.expression, node.this),
    portable.UnitsBetween: _units_between,
    portable.Weekday: lambda node: exp.Add(
        this=call("WEEKDAY", node.this), expression=number(1)
    ),
}
