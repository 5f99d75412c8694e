"""In which days, weeks, months … of the business's calendar events lie."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from segql.model import nodes as mdl
from segql.model.windows import Clock, local_day, midnight, period_start, shifted
from segql.plan.calendar import UNITS, is_clean, starts_in
from segql.plan.walls import offsets
from segql.sql import literals, names, portable, read
from segql.sql.aggregates import filtered
from segql.types import Date

if TYPE_CHECKING:
    from segql.sql.events import Events
    from segql.sql.source import Source

_FEW = 12
"""So many periods are told apart by their bounds, without a calendar."""
_BITS = 126
"""So many are counted as bits of one number."""
_YEARS = 6
"""So far back changes of the clock are written out."""
_SPARE = 4
"""Bits for periods at the ends of a window, where a clock may be set back."""


class Calendar:
    """The business's calendar in SQL."""

    def __init__(self, events: "Events") -> None:
        entity = events.world.catalog.entity
        self.zone = entity.zone
        self.clock = Clock(
            events.as_of, entity.zone, entity.week_starts, entity.fiscal_year_starts
        )
        self.bits = events.facts.sketches

    def number(
        self, source: "Source", figure: mdl.Periods, guarded: bool = False
    ) -> exp.Expr:
        """A whole number for each event, the same for those of one period.

        Where periods are counted as bits, it is the bit's place. `guarded` where events
        outside of the window are looked at too.
        """
        window = window_of(figure)
        starts = self._starts(figure)
        if starts is None:
            return self._ordinal(figure.period, self.day(source, window))
        assert window.start is not None
        days = [local_day(window.start, self.zone), *starts]
        if len(days) <= _FEW and all(is_clean(day, self.zone) for day in days):
            return self._between(source, starts)
        first = self._first(figure, window.start)
        place = self._place(figure.period, self.day(source, window), first)
        if guarded:
            inside = source.time(window)
            place = exp.Case(ifs=[exp.If(this=inside, true=place)])
        return place

    def counted(
        self, figure: mdl.Periods, number: exp.Expr, only: exp.Expr | None
    ) -> exp.Expr:
        """How many different numbers there are."""
        starts = self._starts(figure)
        if starts is None:
            distinct = exp.Distinct(expressions=[number])
            return filtered(exp.Count(this=distinct), only)
        kind = "BIGINT" if len(starts) < _BITS // 2 - _SPARE else "HUGEINT"
        bit = exp.BitwiseLeftShift(
            this=names.cast(literals.number(1), kind),
            expression=names.cast(number, "INT"),
        )
        every = filtered(exp.Anonymous(this="BIT_OR", expressions=[bit]), only)
        count = exp.Anonymous(this="BIT_COUNT", expressions=[every])
        if only is None:
            return count
        return exp.Coalesce(this=count, expressions=[literals.number(0)])

    # ---- local days

    def day(self, source: "Source", window: mdl.Instants) -> exp.Expr:
        """The local date of an event that lies in a window."""
        column = source.event.time
        assert column is not None
        if isinstance(column.type, Date) or self.zone == "UTC":
            return source.value(mdl.EventDay())
        return portable.DayOf(this=self._wall(source, window))

    def _wall(self, source: "Source", window: mdl.Instants) -> exp.Expr:
        """The local wall time of an event: offsets that are known are added.

        That is many times cheaper than to ask the engine's calendar for each row.
        """
        time = source.value(mdl.EventTime())
        end = window.end or self.clock.as_of
        early = datetime(max(end.year - _YEARS, 1970), 1, 1, tzinfo=UTC)
        if window.start is not None and window.start >= early:
            (_, offset), *known = offsets(window.start, end, self.zone)
            rest = _moved(time, offset)
        elif end > early:
            known = list(offsets(early, end, self.zone))
            rest = read.local(time, self.zone)
        else:
            return read.local(time, self.zone)
        if not known:
            return rest
        ifs = [
            exp.If(this=source.time(mdl.Instants(begin, None)), true=_moved(time, each))
            for begin, each in reversed(known)
        ]
        return exp.Case(ifs=ifs, default=rest)

    # ---- numbers of periods

    def _starts(self, figure: mdl.Periods) -> list[date] | None:
        """The first days of periods inside a window; None if they can't be bits."""
        if not self.bits:
            return None
        most = _BITS - _SPARE
        return starts_in(window_of(figure), figure.period, self.clock, most)

    def _between(self, source: "Source", starts: list[date]) -> exp.Expr:
        """How many of some days have begun by the time of an event."""
        if not starts:
            return literals.number(0)
        ifs = []
        for number, day in enumerate(starts):
            before = mdl.Instants(None, midnight(day, self.zone))
            ifs.append(exp.If(this=source.time(before), true=literals.number(number)))
        return exp.Case(ifs=ifs, default=literals.number(len(starts)))

    def _first(self, figure: mdl.Periods, start: datetime) -> date:
        """The first day of the period before a window: a clock may be set back."""
        day = local_day(start, self.zone)
        return period_start(shifted(day, -1, "day") or day, figure.period, self.clock)

    def _place(self, period: mdl.Period, day: exp.Expr, first: date) -> exp.Expr:
        """How many periods after the one that begins on a day."""
        if period in ("day", "week"):
            days = exp.Paren(this=_days_since(first, day))
            return days if period == "day" else _divided(days, 7)
        length, shift = self._months(period)
        before = (first.year * 12 + first.month - 1 - shift) // length
        number = self._ordinal(period, day)
        return exp.Sub(this=number, expression=literals.number(before))

    def _ordinal(self, period: mdl.Period, day: exp.Expr) -> exp.Expr:
        """A number of the period of a day, or the day itself."""
        if period == "day":
            return day
        if period == "week":
            days = exp.Add(
                this=_days_since(self._week(), day), expression=literals.number(7)
            )
            return _divided(exp.Paren(this=days), 7)
        length, shift = self._months(period)
        year, month = (
            portable.Part(this=day.copy(), part=part, day=True)
            for part in ("YEAR", "MONTH")
        )
        if length == 12 and shift == 0:
            return year
        months: exp.Expr = exp.Mul(this=year, expression=literals.number(12))
        months = exp.Add(this=months, expression=month)
        months = exp.Sub(this=months, expression=literals.number(1 + shift))
        months = exp.Paren(this=months)
        return months if length == 1 else _divided(months, length)

    def _months(self, period: mdl.Period) -> tuple[int, int]:
        """How many months a period has, and how many after January they are counted."""
        unit = UNITS[period]
        fiscal = self.clock.fiscal_year_starts - 1 if "fiscal" in period else 0
        return {"month": 1, "quarter": 3}.get(unit, 12), fiscal

    def _week(self) -> date:
        """The first day of the calendar with which a week begins."""
        return next(
            day
            for day in (date(1, 1, number) for number in range(1, 8))
            if day.isoweekday() == self.clock.week_starts
        )


def window_of(figure: mdl.Periods) -> mdl.Instants:
    (window,) = figure.selection.windows
    assert isinstance(window, mdl.Instants)
    return window


def _days_since(first: date, day: exp.Expr) -> exp.Expr:
    return portable.DaysBetween(this=literals.day(first), expression=day)


def _divided(number: exp.Expr, by: int) -> exp.Expr:
    return portable.WholeQuotient(this=number, expression=literals.number(by))


def _moved(time: exp.Expr, offset: timedelta) -> exp.Expr:
    seconds = int(offset.total_seconds())
    if seconds == 0:
        return time.copy()
    if seconds % 60:
        return portable.MovedWall(this=time.copy(), count=seconds, unit="SECOND")
    return portable.MovedWall(this=time.copy(), count=seconds // 60, unit="MINUTE")
