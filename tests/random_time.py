"""Random stretches of time: windows, sides, and moments beside other moments."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from random_base import ALONE, At, Base

from segql.catalog.nodes import Event
from segql.syntax import nodes as syn
from segql.types import DATE, TIMESTAMP, Date, Type

LONG = ("day", "week", "month", "quarter", "year")
SHORT = ("second", "minute", "hour")
_DAYS = ("yesterday", "today", "tomorrow")


EVENTS = ("event", "dated")


def kind_of(event: Event) -> str:
    """Which kind of thing that lies in time an event is."""
    return "dated" if _is_dated(event) else "event"


def _is_dated(event: Event) -> bool:
    return event.time is not None and isinstance(event.time.type, Date)


class Times(Base):
    """Grows stretches of time for a `date`, for a `time` and for events.

    Of an `event` the instant is known, of a `dated` one no more than the day.
    """

    def in_time(self, depth: int, at: At) -> syn.Expr:
        """A date or a timestamp in a stretch of time."""
        if self.one_in(2):
            return self.placed(self.value(DATE, depth, at), "date", depth, at)
        return self.placed(self.value(TIMESTAMP, depth, at), "time", depth, at)

    def placed(
        self, value: syn.Expr, kind: str, depth: int = 0, at: At = ALONE
    ) -> syn.Expr:
        """A value (of a date or a time), or events, in a stretch of time."""
        units = LONG if kind == "date" else LONG + SHORT
        negated = kind not in EVENTS and self.one_in(4)
        ahead = kind not in EVENTS and self.one_in(3)
        return self.one_of(
            lambda: syn.In(value, self.relative(kind, units), negated),
            lambda: syn.In(value, self.relative(kind, units), negated),
            lambda: syn.In(value, self.fixed(kind), negated),
            lambda: syn.In(value, self.fixed_range(kind), negated),
            lambda: syn.In(value, self.fixed_range(kind)),
            lambda: syn.In(value, self.from_today(kind), negated),
            lambda: syn.In(value, self.from_moments(kind, at), negated),
            lambda: syn.Lies(value, self.stretch(units, ahead)),
            lambda: syn.Lies(
                value, syn.Beyond(self.count(1, 1, 2, 3, 30), self.some(*units), ahead)
            ),
            lambda: syn.Lies(
                value, syn.Exactly(self.count(1, 1, 2, 3, 30), self.unit(), ahead)
            ),
            lambda: syn.Lies(value, self.named_day(kind)),
            lambda: syn.Lies(value, self.side(kind)),
            lambda: syn.Lies(value, self.beside(value, kind, depth, at)),
            lambda: syn.Lies(value, self.around(kind, depth, at)),
            lambda: syn.Lies(value, self.around(kind, depth, at)),
        )

    def unit(self) -> Any:
        return self.some(*LONG)

    # ---- as of, and fixed

    def relative(self, kind: str, units: Sequence[str]) -> syn.Relative:
        which = self.some("last", "this", "next")
        if kind in EVENTS and which == "next":
            which = "last"
        unit: Any = self.unit()
        if which == "this" or self.one_in(3):
            fiscal = unit in ("quarter", "year") and self.one_in(2)
            return syn.Relative(which, None, unit, False, fiscal)
        if self.one_in(2):
            fiscal = unit in ("quarter", "year") and self.one_in(2)
            return syn.Relative(which, self.length_(), unit, True, fiscal)
        return syn.Relative(which, self.length_(), self.some(*units))

    def length_(self) -> syn.Expr:
        return self.count(1, 1, 2, 3, 5, 12, 30)

    def stretch(self, units: Sequence[str], ahead: bool) -> syn.Stretch:
        near = self.some(0, 1, 1, 2, 7)
        far = near + self.some(1, 1, 2, 30)
        return syn.Stretch(syn.Number(near), syn.Number(far), self.some(*units), ahead)

    def named_day(self, kind: str) -> syn.NamedDay:
        return syn.NamedDay(self.some(*(_DAYS[:2] if kind in EVENTS else _DAYS)))

    def side(self, kind: str) -> syn.Side:
        """Before, since, after or until something fixed, or a day beside today."""
        word = self.some("before", "since", "after", "until")
        if self.one_in(3):
            latest = {"since": 2, "after": 1}.get(word, 3) if kind in EVENTS else 3
            return syn.Side(word, syn.DayWord(self.some(*_DAYS[:latest])))
        return syn.Side(word, self.edge(kind))

    def fixed(self, kind: str) -> syn.Expr:
        named = [n for n in self.names("value", type_=DATE) if n.param]
        if named and self.one_in(2):
            return syn.Name(self.chance.choice(named).name)
        day = self.date_()
        return self.some(
            syn.Number(day.year), syn.Month(day.year, day.month), syn.Date(day)
        )

    def edge(self, kind: str) -> syn.Expr:
        if kind != "date" and self.one_in(2):
            return syn.Instant(self.instant_())
        return self.fixed(kind)

    def fixed_range(self, kind: str) -> syn.Between:
        if kind != "date" and self.one_in(3):
            first = self.as_of + timedelta(days=self.some(-400, -30, -3, -1, 0))
            last = first + timedelta(hours=self.some(0, 1, 24, 24 * 31))
            return self.bounds(syn.Instant(first), syn.Instant(last))
        low, high = self.two(self.date_)
        match self.chance.randrange(4):
            case 0:
                return self.bounds(syn.Number(low.year), syn.Number(high.year))
            case 1:
                return self.bounds(
                    syn.Month(low.year, low.month), syn.Month(high.year, high.month)
                )
            case _:
                return self.bounds(syn.Date(low), syn.Date(high))

    def from_today(self, kind: str) -> syn.Between:
        """A range with a day beside today at one end, or at both."""
        low, high = self.two(lambda: self.chance.randrange(3))
        if kind in EVENTS:
            low = min(low, 1)
        first, last = syn.DayWord(_DAYS[low]), syn.DayWord(_DAYS[high])
        match self.chance.randrange(3):
            case 0:
                return self.bounds(first, last)
            case 1:
                return syn.Between(self.edge(kind), last)
            case _:
                return syn.Between(first, self.edge(kind))

    # ---- beside another moment

    def from_moments(self, kind: str, at: At) -> syn.Between:
        """A range whose bounds are not the same for everyone."""
        place = at.apart() if kind in EVENTS else at
        types = {"time": (TIMESTAMP,), "event": (DATE, TIMESTAMP)}.get(kind, (DATE,))
        low, high = (self.leaf(self.some(*types), place) for _ in range(2))
        if self.one_in(3):
            fixed = syn.Date(self.date_()) if kind == "date" else self.edge(kind)
            low, high = self.some((low, fixed), (fixed, high))
        return self.bounds(low, high)

    def beside(self, value: syn.Expr, kind: str, depth: int, at: At) -> syn.Side:
        """One side of a moment; where a local day is known of both, of any."""
        word = self.some("before", "since", "after", "until")
        place = at.apart() if kind in EVENTS else at
        if kind == "date" and self.is_constant(value):
            return syn.Side(word, self.moment(DATE, kind, depth, at))
        if kind == "time" and not _has_day(value):
            return syn.Side(word, self.moment(TIMESTAMP, kind, depth, at))
        if self.one_in(3):
            return syn.Side(word, self.one(depth - 1, place))
        types = (DATE, TIMESTAMP) if kind in ("time", "event") else (DATE,)
        return syn.Side(word, self.moment(self.some(*types), kind, depth, at))

    def around(self, kind: str, depth: int, at: At) -> syn.Around:
        type_ = self.some(DATE, TIMESTAMP)
        short = kind in ("time", "event") and type_ == TIMESTAMP and self.one_in(2)
        unit = self.some(*SHORT) if short else self.some(*LONG, "day", "day")
        length = syn.Length(self.count(1, 1, 2, 3, 7, 30), unit)
        side = self.some("after", "before", "of")
        if not short and self.one_in(4):
            place = at.apart() if kind in EVENTS else at
            return syn.Around(length, side, self.one(depth - 1, place))
        return syn.Around(length, side, self.moment(type_, kind, depth, at))

    def moment(self, type_: Type, kind: str, depth: int, at: At) -> syn.Expr:
        """A date or an instant that other times are compared with."""
        place = at.apart() if kind in EVENTS else at
        if type_ == TIMESTAMP and self.one_in(3):
            exact = [e for e in self.reachable(place) if e.time and not _is_dated(e)]
            return self.one(depth - 1, place, self.chance.choice(exact))
        found = self.value(type_, depth, place)
        late = isinstance(found, syn.DayWord) and kind in EVENTS
        return self.leaf(type_, place) if late else found

    # ---- every year

    def anniversary(self, depth: int, at: At) -> syn.Expr:
        value = self.value(self.some(DATE, DATE, TIMESTAMP), depth, at)
        if self.one_in(8):
            value = self.one(depth, at)
        day: syn.Expr = syn.AnniversaryOf(value)
        named = self.names("anniversary", at=at)
        if named and self.one_in(2):
            day = syn.Name(self.chance.choice(named).name)
        negated, ahead = self.one_in(4), self.one_in(2)
        low, high = self.two(self.date_)
        fixed = syn.Between(syn.Date(low), syn.Date(high))
        from_today = syn.Between(syn.Date(low), syn.DayWord(self.some(*_DAYS)))
        return self.one_of(
            lambda: syn.In(day, self.relative("date", LONG), negated),
            lambda: syn.In(day, self.fixed("date"), negated),
            lambda: syn.In(day, fixed, negated),
            lambda: syn.In(day, from_today, negated),
            lambda: syn.Lies(day, self.stretch(LONG, ahead)),
            lambda: syn.Lies(
                day, syn.Exactly(self.count(1, 2, 3, 30), self.unit(), ahead)
            ),
            lambda: syn.Lies(day, self.named_day("date")),
        )


def _has_day(value: syn.Expr) -> bool:
    """Whether the model knows the local date of a timestamp: of an event it does."""
    match value:
        case syn.Name("time") | syn.Member(syn.Call(), "time"):
            return True
        case _:
            return False
