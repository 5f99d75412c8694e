"""What is asked of dates and times beside windows, as SQL.

A date is a DATE, a timestamp a UTC wall time; what a row cannot change is computed here
and reaches the engine as a literal.
"""

from datetime import date, datetime, time, timedelta
from typing import assert_never

from sqlglot import exp

from segql.model import nodes as mdl
from segql.model.windows import Clock, instant
from segql.plan.walls import is_ever_moved
from segql.sql import literals, names, portable, read
from segql.sql.later import day_later, later
from segql.types import Date, Type

_MICROSECOND = timedelta(microseconds=1)


def day_of(value: exp.Expr, type_: Type, zone: str) -> exp.Expr:
    """The local day of a date or a timestamp."""
    if isinstance(type_, Date):
        return value
    return portable.DayOf(this=read.local(value, zone))


# ---- whole units elapsed


def elapsed(unit: mdl.Unit, value: exp.Expr, type_: Type, clock: Clock) -> exp.Expr:
    """How many whole units before `as of`; before today, of a date.

    What is as late in its unit as `as of`, or earlier, counts where it is: what is
    later belongs to the next one. So times are moved on by what is left of the unit
    before they are cut off.
    """
    match unit:
        case "second" | "minute" | "hour":
            length = timedelta(**{f"{unit}s": 1})
            end = clock.as_of.replace(microsecond=0)
            if unit != "second":
                end = end.replace(second=0)
            if unit == "hour":
                end = end.replace(minute=0)
            left = length - _MICROSECOND - (clock.as_of - end)
            return _between(unit, _moved(value, left), literals.utc_wall(end))
        case "day" | "week" | "month" | "quarter" | "year":
            day = value if isinstance(type_, Date) else _counted_day(value, clock)
            return _days_elapsed(unit, day, clock.today)
        case _:
            assert_never(unit)


def _counted_day(value: exp.Expr, clock: Clock) -> exp.Expr:
    """The first day on which a time had passed, by the time of day of `as of`.

    That is found by walls. Where the zone ever skips that time of day, or passes it
    twice, the instants themselves decide whether it is the day before or after.
    """
    now = clock.wall
    passed = now - datetime.combine(now.date(), time())
    left = timedelta(days=1) - _MICROSECOND - passed
    day = portable.DayOf(this=_moved(read.local(value, clock.zone), left))
    if not is_ever_moved(now.time(), clock.zone):
        return day
    before, after = (day_later(day.copy(), count, "day") for count in (-1, 1))

    def at(day: exp.Expr) -> exp.Expr:
        wall = _moved(portable.Midnight(this=day.copy()), passed)
        found = read.utc(wall, clock.zone)
        if instant(now, clock.zone) == clock.as_of:
            return found
        today = exp.EQ(this=day.copy(), expression=literals.day(clock.today))
        as_of = literals.utc_wall(clock.as_of)
        return exp.Case(ifs=[exp.If(this=today, true=as_of)], default=found)

    later = exp.GT(this=value.copy(), expression=at(day))
    sooner = exp.LTE(this=value.copy(), expression=at(before))
    return exp.Case(
        ifs=[exp.If(this=later, true=after), exp.If(this=sooner, true=before)],
        default=day.copy(),
    )


def _days_elapsed(unit: mdl.Unit, day: exp.Expr, today: date) -> exp.Expr:
    if unit in ("day", "week"):
        days = _between("day", day, literals.day(today))
        return days if unit == "day" else _floored(days, 7)
    index = exp.Add(
        this=exp.Mul(this=_part("YEAR", day), expression=literals.number(12)),
        expression=_part("MONTH", day),
    )
    later = exp.GT(this=_part("DAY", day), expression=literals.number(today.day))
    months = exp.Sub(
        this=exp.Sub(
            this=literals.number(today.year * 12 + today.month),
            expression=exp.Paren(this=index),
        ),
        expression=exp.Case(
            ifs=[exp.If(this=later, true=literals.number(1))],
            default=literals.number(0),
        ),
    )
    match unit:
        case "quarter":
            return _floored(months, 3)
        case "year":
            return _floored(months, 12)
        case _:
            return exp.Paren(this=months)


def _between(unit: str, start: exp.Expr, end: exp.Expr) -> exp.Expr:
    """How often a unit begins after a start, up to an end."""
    if unit == "day":
        return portable.DaysBetween(this=start.copy(), expression=end)
    return portable.UnitsBetween(this=start.copy(), expression=end, unit=unit.upper())


def _floored(number: exp.Expr, by: int) -> exp.Expr:
    return portable.Floored(this=number, by=by)


# ---- parts of a day


def part_of(part: mdl.Part, value: exp.Expr, type_: Type, zone: str) -> exp.Expr:
    """A part of a date, or of a timestamp's local time."""
    local = value if isinstance(type_, Date) else read.local(value, zone)
    if part == "weekday":
        day = local if isinstance(type_, Date) else portable.DayOf(this=local)
        return portable.ToWhole(this=portable.Weekday(this=day))
    is_day = isinstance(type_, Date)
    return portable.ToWhole(
        this=portable.Part(this=local, part=part.upper(), day=is_day)
    )


def on_days(
    value: exp.Expr, type_: Type, ranges: tuple[tuple[int, int], ...], zone: str
) -> exp.Expr:
    """Month and day in one of some ranges, as month * 100 + day."""
    day = day_of(value, type_, zone)
    number = exp.Add(
        this=exp.Mul(this=_part("MONTH", day), expression=literals.number(100)),
        expression=_part("DAY", day),
    )
    tests: list[exp.Expr] = [
        exp.Between(
            this=exp.Paren(this=number.copy()),
            low=literals.number(low),
            high=literals.number(high),
        )
        for low, high in ranges
    ]
    result = tests[0]
    for test in tests[1:]:
        result = exp.Or(this=result, expression=test)
    return exp.Paren(this=result) if len(tests) > 1 else result


def _part(part: str, value: exp.Expr) -> exp.Expr:
    return portable.Part(this=value.copy(), part=part, day=True)


# ---- around another time


def anchored(
    node: mdl.Anchored, value: exp.Expr, anchor: exp.Expr, zone: str
) -> exp.Expr:
    """A time from so many units before another to so many after."""
    days = isinstance(node.value.type, Date) or isinstance(node.anchor.type, Date)
    if days:
        value = day_of(value, node.value.type, zone)
        anchor = day_of(anchor, node.anchor.type, zone)
        low = day_later(anchor, -node.back, node.unit)
        high = day_later(anchor.copy(), node.ahead, node.unit)
    else:
        low = later(anchor, -node.back, node.unit, zone)
        high = later(anchor.copy(), node.ahead, node.unit, zone)
    return names.conjunction(
        [
            exp.GTE(this=value, expression=low),
            exp.LTE(this=value.copy(), expression=high),
        ]
    )


def _moved(value: exp.Expr, length: timedelta) -> exp.Expr:
    """A time so much later."""
    if not length:
        return value.copy()
    amount = length // _MICROSECOND
    return portable.MovedWall(this=value.copy(), count=amount, unit="MICROSECOND")
