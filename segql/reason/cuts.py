"""Tests of an ordered value in, the places out between which none of them changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from segql.model import nodes as mdl
from segql.model.windows import Clock, day_bounds, instant_bounds, midnight, shifted
from segql.reason.axes import Axis
from segql.reason.nodes import Absent, Bound, Plain, Said, Test
from segql.reason.probe import Probe
from segql.types import DATE, DOUBLE, Exact


@dataclass
class Cuts:
    """Before each of the `places` something may change; what recurs is in `parts`.

    `complete` is false where a test may change elsewhere, too.
    """

    places: set[int] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    complete: bool = True


def cuts_of(tests: Iterable[Test], axis: Axis, probe: Probe) -> Cuts:
    found = _Cutter(axis, probe)
    for test in tests:
        found.test(test)
    return found.cuts


class _Cutter:
    def __init__(self, axis: Axis, probe: Probe) -> None:
        self.axis = axis
        self.probe = probe
        self.clock: Clock = probe.clock
        self.cuts = Cuts()

    def test(self, test: Test) -> None:
        match test:
            case Bound(_, limit):
                self.around(limit * 10**self.axis.scale)
            case Said(rule, of):
                self.said(rule, of)
            case Absent() | Plain():
                pass

    def said(self, rule: mdl.Rule, of: mdl.Value) -> None:
        match rule:
            case mdl.Compare(_, left, right):
                self.numbers(left, of, [self.probe.value_of(right, {})])
                if right.type == DOUBLE != of.type:
                    self.doubtful(of)
            case mdl.OneOf(value, options):
                self.numbers(value, of, [option.value for option in options])
                if any(option.type == DOUBLE != of.type for option in options):
                    self.doubtful(of)
            case mdl.Within(value, window) if value.type == DATE:
                days = day_bounds(window, self.clock)
                for day in (days.start, days.end):
                    self.day(day)
            case mdl.Within(_, window):
                ends = instant_bounds(window, self.clock)
                for moment in (ends.start, ends.end):
                    self.before(moment)
            case mdl.Anniversary() | mdl.OnDays():
                self.cuts.parts |= {"month", "day"}
            case _:
                self.cuts.complete = False

    def doubtful(self, of: mdl.Value) -> None:
        """Numbers of many digits are rounded before they meet a double."""
        if isinstance(of.type, Exact) and of.type.digits > 15:
            self.cuts.complete = False

    def numbers(self, value: mdl.Value, of: mdl.Value, limits: list[Any]) -> None:
        """The cuts of a value compared with some others."""
        known = [each for each in limits if each is not None]
        match value:
            case mdl.Negative(inner):
                self.numbers(inner, of, [-each for each in known])
            case mdl.Elapsed(unit, inner):
                for count in _floors(known):
                    self.elapsed(unit, count, inner.type == DATE)
            case mdl.PartOf("year", _):
                for year in _floors(known):
                    self.day(date(year, 1, 1) if 1 < year < 9999 else None)
            case mdl.PartOf(part):
                self.cuts.parts.add("month" if part == "quarter" else part)
            case mdl.EventDay():
                for each in known:
                    self.day(each)
                    self.day(shifted(each, 1, "day"))
            case _ if value == of:
                for each in known:
                    self.around(self.axis.place(each))
            case _:
                self.cuts.complete = False

    def elapsed(self, unit: mdl.Unit, count: int, days: bool) -> None:
        """Whether at least so many units have passed changes right after an instant."""
        if abs(count) > 10**12:
            return
        if days:
            edge = shifted(self.clock.today, -count, unit)
            self.day(None if edge is None else shifted(edge, 1, "day"))
        else:
            moment = instant_bounds(mdl.Rolling(None, -count, unit), self.clock).end
            if moment is not None:
                self.cuts.places.add(int(self.axis.place(moment)) + 1)

    def around(self, place: Fraction) -> None:
        below = floor(place)
        self.cuts.places |= {below, below + 1}

    def before(self, moment: datetime | None) -> None:
        if moment is not None:
            self.cuts.places.add(int(self.axis.place(moment)))

    def day(self, day: date | None) -> None:
        """Before a day, or before the instant at which it begins."""
        if day is None:
            return
        if self.axis.kind == "date":
            self.cuts.places.add(day.toordinal())
        else:
            self.before(midnight(day, self.clock.zone).astimezone(UTC))


def _floors(limits: list[Any]) -> Iterator[int]:
    for each in limits:
        if isinstance(each, int | Decimal | float):
            yield floor(each)
            yield floor(each) + 1
