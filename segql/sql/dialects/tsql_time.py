"""Days, walls and time zones in SQL Server and Fabric.

A wall is a DATETIME2(6), which the calendar's ends bound: what is moved beyond them
stays there. `AT TIME ZONE` knows the names of Windows, and no history: the changes of
a zone's clock stand in the query, as numbers.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlglot import exp

from segql.sql import portable, zones
from segql.sql.dialects import rewrites
from segql.sql.dialects.standard import call, case, cast, number, text
from segql.sql.speech import Maker

_WALL = exp.DataType.build("DATETIME2(6)", dialect="tsql")
_INSTANT = exp.DataType.build("DATETIMEOFFSET(6)", dialect="tsql")


def as_wall(node: exp.Expr) -> exp.Expr:
    return exp.Cast(this=node, to=_WALL.copy())


def as_day(node: exp.Expr) -> exp.Expr:
    return cast(node, "DATE")


def wall(value: datetime) -> exp.Expr:
    """With a T, which no setting of the session reads otherwise."""
    return as_wall(text(value.isoformat(timespec="microseconds")))


def day(value: date) -> exp.Expr:
    return as_day(text(value.isoformat()))


def _instant(node: portable.Instant) -> exp.Expr:
    shown = node.value.astimezone(UTC).isoformat(timespec="microseconds")
    return exp.Cast(this=text(shown), to=_INSTANT.copy())


def _of_instant(node: portable.OfInstant) -> exp.Expr:
    return as_wall(call("SWITCHOFFSET", node.this, text("+00:00")))


# ---- what is needed often

_IN_ROWS = (exp.AggFunc, exp.Window, exp.Filter, portable.Single, portable.AnyTrue)


def once(value: exp.Expr, make: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """What is made of a value that is long in itself: it is named first.

    An aggregate may not be: it would not be one of the rows around it.
    """
    if isinstance(value, exp.Column | exp.Cast) or value.find(*_IN_ROWS):
        return make(value)
    named = exp.select(exp.alias_(value, "x")).subquery("once", copy=False)
    made = exp.select(make(exp.column("x", "once"))).from_(named, copy=False)
    return exp.Subquery(this=made)


# ---- steps


def added(unit: str, count: exp.Expr, to: exp.Expr) -> exp.Expr:
    return call("DATEADD", exp.Var(this=unit), count, to)


def _moved_wall(node: portable.MovedWall) -> exp.Expr:
    return once(node.this, lambda time: rewrites.kept(node, time, wall, _moved(node)))


def _moved(node: portable.MovedWall) -> Callable[[exp.Expr], exp.Expr]:
    def make(time: exp.Expr) -> exp.Expr:
        made = as_wall(time)
        for unit, count in rewrites.parts(node).items():
            made = added(unit, number(count), made)
        return made

    return make


def _moved_day(node: portable.MovedDay) -> exp.Expr:
    def moved(day_: exp.Expr) -> exp.Expr:
        return added(node.unit, number(node.count), day_)

    return once(node.this, lambda day_: rewrites.kept(node, day_, _day_of, moved))


def _day_of(moment: datetime) -> exp.Expr:
    return day(moment.date())


def _between(unit: str, first: exp.Expr, last: exp.Expr) -> exp.Expr:
    """How often a unit begins between two times: what it counts are the bounds."""
    return call("DATEDIFF_BIG", exp.Var(this=unit), first, last)


def _part(node: portable.Part) -> exp.Expr:
    return call("DATEPART", exp.Var(this=node.part), node.this)


def _weekday(node: portable.Weekday) -> exp.Expr:
    """The first day of the calendar is a Monday."""
    since = _between("DAY", day(date.min), node.this)
    return exp.Add(this=exp.Mod(this=since, expression=number(7)), expression=number(1))


# ---- zones

_YEAR_1 = zones.since_year_0(datetime.min)
_END = zones.since_year_0(datetime(9999, 12, 31, 23, 59, 59)) - _YEAR_1


def _seconds(node: exp.Expr) -> exp.Expr:
    """Since the calendar's first moment; what is less than a second is cut off."""
    return _between("SECOND", wall(datetime.min), node)


def _local(node: portable.Local) -> exp.Expr:
    clock = zones.clock(node.zone)
    moments = [each.moment for each in clock.changes]
    summer = clock.summer
    late = None
    if summer is not None:
        late = _Late(clock, -summer.winter, -summer.summer)
    return once(node.this, lambda time: _set_on(time, clock, moments, 1, late))


def _utc(node: portable.Utc) -> exp.Expr:
    """A wall that is there twice has the offset of before, one that is skipped too."""
    clock = zones.clock(node.zone)
    moments = [
        each.moment + zones.seconds(max(each.before, each.after))
        for each in clock.changes
    ]
    summer = clock.summer
    late = None
    if summer is not None:
        most = max(summer.winter, summer.summer)
        late = _Late(clock, most - summer.winter, most - summer.summer)
    return once(node.this, lambda time: _set_on(time, clock, moments, -1, late))


class _Late:
    """The rule of the years after those whose changes are listed.

    `start` and `end` are seconds by which its two moments are moved.
    """

    def __init__(self, clock: zones.Clock, start: int, end: int) -> None:
        assert clock.summer is not None
        self.summer = clock.summer
        self.year = clock.last_year
        self.start, self.end = start, end

    @property
    def last(self) -> int:
        """The offset with which the calendar ends."""
        summer = self.summer
        south = summer.start.month > summer.end.month
        return summer.summer if south else summer.winter

    def offset(self, time: exp.Expr, sign: int) -> exp.Expr:
        summer = self.summer
        begun = exp.GTE(
            this=time.copy(), expression=_yearly(time, summer.start, self.start)
        )
        over = exp.GTE(this=time.copy(), expression=_yearly(time, summer.end, self.end))
        late, early = number(sign * summer.summer), number(sign * summer.winter)
        if summer.start.month < summer.end.month:
            return case(exp.and_(begun, exp.Not(this=over)), late, early)
        return case(exp.and_(over, exp.Not(this=begun)), early, late)


def _yearly(time: exp.Expr, rule: zones.Yearly, seconds: int) -> exp.Expr:
    """When a rule sets the clock in the year of a wall."""
    year = call("YEAR", time.copy())
    if rule.week == 5:
        # Back from the last day of the month.
        first = call("DATEFROMPARTS", year, number(rule.month), number(1))
        edge: exp.Expr = call("EOMONTH", first)
        count = exp.Neg(this=_days_since(rule.day, edge))
    else:
        # Back from the last day on which it can be.
        edge = call("DATEFROMPARTS", year, number(rule.month), number(7 * rule.week))
        count = exp.Neg(this=_days_since(rule.day, edge))
    found = added("DAY", count, edge.copy())
    return added("SECOND", number(rule.seconds + seconds), as_wall(found))


def _days_since(weekday: int, day_: exp.Expr) -> exp.Expr:
    """How many days before a day it was last this weekday; 0 is Sunday."""
    since = _between("DAY", day(date.min), day_.copy())
    moved = exp.Add(this=since, expression=number((1 - weekday) % 7))
    return exp.Mod(this=moved, expression=number(7))


def _set_on(
    time: exp.Expr,
    clock: zones.Clock,
    moments: list[datetime],
    sign: int,
    late: _Late | None,
) -> exp.Expr:
    starts = [0, *(zones.since_year_0(each) - _YEAR_1 for each in moments)]
    ends = [*(start - 1 for start in starts[1:]), _END]
    rows = [
        (start, end, sign * offset)
        for start, end, offset in zip(starts, ends, clock.offsets, strict=True)
        if start <= end
    ]
    rows = _inside(rows)
    table = exp.Values(
        expressions=[exp.Var(this=", ".join(map(str, rows)))],
        alias=exp.TableAlias(
            this=exp.to_identifier("clock"),
            columns=[exp.to_identifier(name) for name in ("b", "e", "o")],
        ),
    )
    found = exp.select(exp.column("o", "clock")).from_(table, copy=False)
    place = exp.Between(
        this=_seconds(time.copy()),
        low=exp.column("b", "clock"),
        high=exp.column("e", "clock"),
    )
    offset: exp.Expr = exp.Subquery(this=found.where(place, copy=False))
    if late is not None:
        listed = exp.LTE(this=call("YEAR", time.copy()), expression=number(late.year))
        last = sign * late.last
        ended = exp.GT(
            this=_seconds(time.copy()), expression=number(_END - max(last, 0))
        )
        offset = exp.Case(
            ifs=[
                exp.If(this=listed, true=offset),
                exp.If(this=ended, true=number(0)),
            ],
            default=late.offset(time, sign),
        )
    return added("SECOND", offset, as_wall(time.copy()))


def _inside(rows: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Without an offset where the calendar has no such wall."""
    first, *_ = rows
    start, end, offset = first
    if offset < 0:
        rows = [(start, -offset - 1, 0), (-offset, end, offset), *rows[1:]]
    start, end, offset = rows[-1]
    if offset > 0:
        rows = [*rows[:-1], (start, end - offset, offset), (end - offset + 1, end, 0)]
    return rows


NODES: dict[type[exp.Expr], Maker] = {
    portable.Day: lambda node: day(node.value),
    portable.Wall: lambda node: wall(node.value),
    portable.Instant: _instant,
    portable.OfInstant: _of_instant,
    portable.Local: _local,
    portable.Utc: _utc,
    portable.DayOf: lambda node: as_day(node.this),
    portable.Midnight: lambda node: as_wall(node.this),
    portable.MovedWall: _moved_wall,
    portable.MovedDay: _moved_day,
    portable.DaysBetween: lambda node: _between("DAY", node.this, node.expression),
    portable.UnitsBetween: lambda node: _between(node.unit, node.this, node.expression),
    portable.Part: _part,
    portable.Weekday: _weekday,
}
