"""Windows against an oracle that counts: minutes of the clock, days of the calendar."""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segql.model.nodes import (
    Calendar,
    Day,
    Days,
    Instants,
    Period,
    Rolling,
    Unit,
    Window,
)
from segql.model.windows import (
    Bounds,
    Clock,
    DayBounds,
    day_bounds,
    instant,
    instant_bounds,
    local_day,
    midnight,
)

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
KATHMANDU, APIA, SAO_PAULO = "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo"
LORD_HOWE = "Australia/Lord_Howe"

# Around each of these the clock or the calendar does something odd.
ODD = [
    (BERLIN, datetime(2025, 3, 30, 1)),
    (BERLIN, datetime(2025, 10, 26, 1)),
    (NEW_YORK, datetime(2024, 3, 10, 7)),
    (NEW_YORK, datetime(2024, 11, 3, 6)),
    (APIA, datetime(2011, 12, 30, 10)),
    (SAO_PAULO, datetime(2018, 11, 4, 3)),
    (SAO_PAULO, datetime(2018, 2, 18, 2)),
    (LORD_HOWE, datetime(2025, 4, 5, 15)),
    (KATHMANDU, datetime(2025, 1, 1)),
    (BERLIN, datetime(2024, 2, 29, 12)),
    (BERLIN, datetime(2023, 12, 31, 23, 30)),
    ("UTC", datetime(2025, 3, 31)),
]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    zone, near = draw(st.sampled_from(ODD))
    minutes = st.integers(-3000, 3000) | st.integers(-500_000, 500_000)
    return Clock(
        near.replace(tzinfo=UTC) + draw(minutes) * MINUTE,
        zone,
        draw(st.integers(1, 7)),
        draw(st.integers(1, 12)),
    )


def wall_of(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


@cache
def counted_instant(wall: datetime, zone: str) -> datetime:
    """Runs the clock minute by minute until it shows the wall time, or jumps it."""
    base = wall.replace(tzinfo=UTC)
    moments = [base + k * MINUTE for k in range(-27 * 60, 27 * 60)]
    shown = [wall_of(each, zone) for each in moments]
    if wall in shown:
        return moments[shown.index(wall)]
    for (before, after), moment in zip(pairwise(shown), moments[1:], strict=True):
        if before < wall < after:
            skipped = after - before - MINUTE
            return moment + (wall + skipped - after)
    raise AssertionError("the clock neither showed the time nor skipped it")


def counted_day(day: date, count: int, unit: Unit) -> date:
    """Walks day by day, or month by month, then back to a day that there is."""
    if unit in ("day", "week"):
        for _ in range(abs(count) * (7 if unit == "week" else 1)):
            day += DAY if count > 0 else -DAY
        return day
    year, month = day.year, day.month
    for _ in range(abs(count) * {"month": 1, "quarter": 3, "year": 12}[unit]):
        month += 1 if count > 0 else -1
        if month in (0, 13):
            year, month = (year - 1, 12) if month == 0 else (year + 1, 1)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError


def inside(when: date, bounds: Bounds | DayBounds) -> bool:
    start, end = bounds.start, bounds.end
    return (start is None or start <= when) and (end is None or when < end)


# ---- wall times


@pytest.mark.parametrize(("zone", "near"), ODD)
def test_every_quarter_of_an_hour_near_an_odd_one(zone: str, near: datetime) -> None:
    shown = wall_of(near.replace(tzinfo=UTC), zone)
    for quarter in range(-56, 56):
        wall = shown + quarter * timedelta(minutes=15)
        assert instant(wall, zone) == counted_instant(wall, zone), wall


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        ("2025-03-30T02:30", BERLIN, "2025-03-30T01:30+00:00"),
        ("2025-10-26T02:30", BERLIN, "2025-10-26T00:30+00:00"),
        ("2024-03-10T02:00", NEW_YORK, "2024-03-10T07:00+00:00"),
        ("2011-12-30T12:00", APIA, "2011-12-30T22:00+00:00"),
        ("2018-11-04T00:00", SAO_PAULO, "2018-11-04T03:00+00:00"),
        ("2025-01-01T00:00", KATHMANDU, "2024-12-31T18:15+00:00"),
    ],
)
def test_wall_times(wall: str, zone: str, expected: str) -> None:
    found = instant(datetime.fromisoformat(wall), zone)
    assert found == datetime.fromisoformat(expected)
    assert found.tzinfo is UTC


@given(clocks())
def test_a_day_is_the_instants_that_bear_its_date(clock: Clock) -> None:
    for day in (clock.today - DAY, clock.today, clock.today + DAY):
        start, end = midnight(day, clock.zone), midnight(day + DAY, clock.zone)
        assert start <= end
        assert (start <= clock.as_of < end) is (day == clock.today)


# ---- rolling windows

UNITS: list[Unit] = [
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
]
CIVIL = st.sampled_from(UNITS[3:])
COUNT = st.integers(-40, 40)


@given(clocks(), COUNT, CIVIL)
@example(Clock(datetime(2024, 3, 31, 12, tzinfo=UTC), BERLIN), -1, "month")
@example(Clock(datetime(2024, 2, 29, 12, tzinfo=UTC), BERLIN), -4, "year")
@example(Clock(datetime(2024, 2, 29, 12, tzinfo=UTC), BERLIN), 1, "year")
@example(Clock(datetime(2011, 12, 31, 0, tzinfo=UTC), APIA), -1, "day")
def test_a_civil_bound_is_the_same_wall_time(
    clock: Clock, count: int, unit: Unit
) -> None:
    wall = wall_of(clock.as_of, clock.zone)
    moved = datetime.combine(counted_day(wall.date(), count, unit), wall.time())
    expected = counted_instant(moved, clock.zone) if count else clock.as_of
    assert instant_bounds(Rolling(count, None, unit), clock) == Bounds(expected, None)
    assert instant_bounds(Rolling(None, count, unit), clock) == Bounds(None, expected)


@given(clocks(), COUNT)
def test_short_units_elapse(clock: Clock, count: int) -> None:
    for unit, seconds in (("second", 1), ("minute", 60), ("hour", 3600)):
        bounds = instant_bounds(Rolling(count, None, unit), clock)  # type: ignore[arg-type]
        assert bounds.start is not None
        assert (bounds.start - clock.as_of).total_seconds() == count * seconds


@given(clocks(), st.integers(1, 40), st.integers(1, 40), st.sampled_from(UNITS))
def test_instants_are_tiled(clock: Clock, near: int, more: int, unit: Unit) -> None:
    far = near + more
    back = [Rolling(-near, 0, unit), Rolling(-far, -near, unit)]
    back.append(Rolling(None, -far, unit))
    ahead = [Rolling(0, near, unit), Rolling(near, far, unit)]
    ahead.append(Rolling(far, None, unit))
    edges = [clock.as_of]
    for window in (*back, *ahead):
        bounds = instant_bounds(window, clock)
        assert not bounds.start or not bounds.end or bounds.start <= bounds.end
        edges += [each for each in (bounds.start, bounds.end) if each]
    for edge in edges:
        for moment in (edge - timedelta(microseconds=1), edge, edge + MINUTE):
            windows = back if moment < clock.as_of else ahead
            others = ahead if moment < clock.as_of else back
            holds = [inside(moment, instant_bounds(each, clock)) for each in windows]
            assert sum(holds) == 1
            assert not any(inside(moment, instant_bounds(w, clock)) for w in others)


@given(clocks(), st.integers(1, 40), st.integers(1, 40), CIVIL)
def test_dates_are_tiled(clock: Clock, near: int, more: int, unit: Unit) -> None:
    """Today lies in the last as well as in the next."""
    far, today = near + more, clock.today
    back = [Rolling(-near, 0, unit), Rolling(-far, -near, unit)]
    back.append(Rolling(None, -far, unit))
    ahead = [Rolling(0, near, unit), Rolling(near, far, unit)]
    ahead.append(Rolling(far, None, unit))
    edges = [today]
    for window in (*back, *ahead):
        bounds = day_bounds(window, clock)
        edges += [each for each in (bounds.start, bounds.end) if each]
    for edge in edges:
        for day in (edge - DAY, edge, edge + DAY):
            last = [inside(day, day_bounds(each, clock)) for each in back]
            following = [inside(day, day_bounds(each, clock)) for each in ahead]
            assert sum(last) == (1 if day <= today else 0)
            assert sum(following) == (1 if day >= today else 0)


@given(clocks(), st.integers(1, 400), st.integers(1, 30))
def test_rolling_dates_are_counted(clock: Clock, count: int, more: int) -> None:
    today = clock.today

    def days(start: int | None, end: int | None) -> list[int]:
        bounds = day_bounds(Rolling(start, end, "day"), clock)
        near = range(-count - more - 3, count + more + 4)
        return [k for k in near if inside(today + k * DAY, bounds)]

    assert days(-count, 0) == list(range(-count + 1, 1))
    assert days(0, count) == list(range(count))
    assert days(-count - more, -count) == list(range(-count - more + 1, -count + 1))
    assert days(count, count + more) == list(range(count, count + more))
    assert days(None, -count)[-1] == -count
    assert days(count, None)[0] == count


@given(clocks(), st.integers(1, 24))
def test_rolling_months_of_dates(clock: Clock, count: int) -> None:
    """The last month ends today and starts behind the same day of the month before."""
    bounds = day_bounds(Rolling(-count, 0, "month"), clock)
    assert bounds.start == counted_day(clock.today, -count, "month") + DAY
    assert bounds.end == clock.today + DAY


# ---- days and periods


@given(clocks(), st.integers(-40, 40), CIVIL)
def test_exactly_so_many_ago(clock: Clock, offset: int, unit: Unit) -> None:
    day = counted_day(clock.today, offset, unit)
    assert day_bounds(Day(offset, unit), clock) == DayBounds(day, day + DAY)


FIRST, LAST = date(2004, 1, 1), date(2033, 12, 31)
EVERY = [FIRST + k * DAY for k in range((LAST - FIRST).days + 1)]
PERIODS: list[Period] = [
    "day",
    "week",
    "month",
    "quarter",
    "year",
    "fiscal quarter",
    "fiscal year",
]


def begins(day: date, period: Period, clock: Clock) -> bool:
    """Whether a period begins on a day."""
    fiscal = [(clock.fiscal_year_starts - 1 + k) % 12 + 1 for k in (0, 3, 6, 9)]
    return {
        "day": True,
        "week": day.isoweekday() == clock.week_starts,
        "month": day.day == 1,
        "quarter": (day.month, day.day) in [(1, 1), (4, 1), (7, 1), (10, 1)],
        "year": (day.month, day.day) == (1, 1),
        "fiscal quarter": day.day == 1 and day.month in fiscal,
        "fiscal year": day.day == 1 and day.month == fiscal[0],
    }[period]


@cache
def beginnings(period: Period, clock: Clock) -> list[date]:
    return [day for day in EVERY if begins(day, period, clock)]


@given(
    clocks(), st.sampled_from(PERIODS), st.integers(-6, 3), st.integers(1, 6), st.data()
)
def test_periods_are_counted(
    clock: Clock, period: Period, first: int, count: int, data: st.DataObject
) -> None:
    still = Clock(
        datetime(2020, 1, 1, tzinfo=UTC),
        "UTC",
        clock.week_starts,
        clock.fiscal_year_starts,
    )
    starts = beginnings(period, still)
    bounds = day_bounds(Calendar(period, first, count), clock)
    running = bisect_right(starts, clock.today) + first
    assert bounds.start == starts[running - 1]
    assert bounds.end == starts[running - 1 + count]
    day = clock.today + data.draw(st.integers(-1000, 1000)) * DAY
    numbered = bisect_right(starts, day)
    assert inside(day, bounds) is (running <= numbered < running + count)


@given(clocks(), st.sampled_from(PERIODS), st.integers(-400, 400))
def test_windows_of_days_over_instants(
    clock: Clock, period: Period, shift: int
) -> None:
    """An instant lies in them where its local day does."""
    windows: list[Window] = [
        Calendar(period, 0),
        Calendar(period, -2, 2),
        Day(0),
        Day(-1),
        Days(clock.today, clock.today + 3 * DAY),
        Days(None, clock.today),
        Days(clock.today, None),
    ]
    moment = clock.as_of + shift * timedelta(hours=1)
    day = local_day(moment, clock.zone)
    for window in windows:
        assert inside(moment, instant_bounds(window, clock)) is inside(
            day, day_bounds(window, clock)
        ), window


def test_a_skipped_day_is_empty() -> None:
    clock = Clock(datetime(2011, 12, 31, 12, tzinfo=UTC), APIA)
    bounds = instant_bounds(Days(date(2011, 12, 30), date(2011, 12, 31)), clock)
    assert bounds.start == bounds.end == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_bounds_are_computed_from_as_of_and_not_chained() -> None:
    clock = Clock(datetime(2025, 3, 31, 10, tzinfo=UTC), BERLIN)
    two = instant_bounds(Rolling(-2, 0, "month"), clock)
    assert two.start == datetime(2025, 1, 31, 11, tzinfo=UTC)


def test_as_of_in_a_doubled_hour() -> None:
    """The later of two half past twos: a window that ends at it, one from it."""
    clock = Clock(datetime(2025, 10, 26, 1, 30, tzinfo=UTC), BERLIN)
    assert clock.wall == datetime(2025, 10, 26, 2, 30)
    assert instant_bounds(Rolling(-1, 0, "day"), clock) == Bounds(
        datetime(2025, 10, 25, 0, 30, tzinfo=UTC), clock.as_of
    )


def test_fixed_windows_stay() -> None:
    clock = Clock(datetime(2025, 1, 1, tzinfo=UTC))
    start, end = datetime(2024, 1, 1, tzinfo=UTC), None
    assert instant_bounds(Instants(start, end), clock) == Bounds(start, end)
    with pytest.raises(ValueError, match="instants over dates"):
        day_bounds(Instants(start, end), clock)
    with pytest.raises(ValueError, match="moved by hours"):
        day_bounds(Rolling(-1, 0, "hour"), clock)


@pytest.mark.parametrize("unit", UNITS)
def test_where_the_calendar_ends(unit: Unit) -> None:
    clock = Clock(datetime.combine(date(2025, 1, 1), time(), UTC))
    far = 10**15
    assert instant_bounds(Rolling(-far, far, unit), clock) == Bounds(None, None)
    if unit in UNITS[3:]:
        assert day_bounds(Rolling(-far, far, unit), clock) == DayBounds(None, None)
