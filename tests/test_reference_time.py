"""What time means beyond windows: elapsed units, parts, anniversaries, anchors."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_reference import (
    ALL_VISITS,
    CATALOG,
    at,
    attr,
    const,
    members,
    rows,
    value,
    visits,
)

from segql.model import nodes as mdl
from segql.model.windows import (
    Bounds,
    Clock,
    DayBounds,
    day_bounds,
    instant,
    instant_bounds,
    local,
    local_day,
)
from segql.model.world import World
from segql.reference import evaluate, moments
from segql.types import DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, Exact

BERLIN, LORD_HOWE, APIA = "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"
SPAN = Exact(12)
TICK = timedelta(microseconds=1)
UNITS: tuple[mdl.Unit, ...] = (
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
)
FEBRUARY_29 = date(2024, 2, 29)


def noon(text: str) -> Clock:
    """A clock in Berlin that shows noon."""
    return Clock(instant(datetime.fromisoformat(f"{text}T12:00"), BERLIN), BERLIN)


# ---- whole units elapsed


@pytest.mark.parametrize(
    ("today", "day", "unit", "expected"),
    [
        ("2025-06-15", date(2025, 6, 15), "day", 0),
        ("2025-06-15", date(2025, 6, 14), "day", 1),
        ("2025-06-15", date(2025, 6, 16), "day", -1),
        ("2025-06-15", date(2025, 6, 9), "week", 0),
        ("2025-06-15", date(2025, 6, 8), "week", 1),
        ("2025-06-15", date(2025, 6, 16), "week", -1),
        ("2025-06-15", date(2025, 6, 22), "week", -1),
        ("2025-06-15", date(2025, 6, 23), "week", -2),
        ("2025-06-15", date(2007, 6, 15), "year", 18),
        ("2025-06-15", date(2007, 6, 16), "year", 17),
        ("2025-06-15", date(2025, 6, 16), "year", -1),
        ("2025-06-15", date(2026, 6, 15), "year", -1),
        ("2025-06-15", date(2026, 6, 16), "year", -2),
        # A month too short is taken at its last day.
        ("2025-03-31", date(2025, 2, 28), "month", 1),
        ("2025-03-31", date(2025, 3, 1), "month", 0),
        ("2025-02-28", date(2025, 1, 28), "month", 1),
        ("2025-02-28", date(2025, 1, 29), "month", 0),
        ("2025-02-28", FEBRUARY_29, "year", 0),
        ("2025-03-01", FEBRUARY_29, "year", 1),
        ("2024-02-29", date(2023, 2, 28), "year", 1),
        ("2024-02-29", date(2023, 3, 1), "year", 0),
        ("2025-05-31", date(2025, 2, 28), "quarter", 1),
        ("2025-05-31", date(2025, 3, 1), "quarter", 0),
        ("2025-06-15", date.min, "year", 2024),
        ("2025-06-15", date.max, "year", -7975),
    ],
)
def test_units_since_a_date(
    today: str, day: date, unit: mdl.Unit, expected: int
) -> None:
    assert moments.elapsed(unit, day, noon(today)) == expected


@pytest.mark.parametrize(
    ("zone", "as_of", "wall", "unit", "expected"),
    [
        # The same wall time counts, though the day has 23 hours, or 25.
        (BERLIN, "2025-03-30T10:00", "2025-03-29T11:00", "day", 1),
        (BERLIN, "2025-03-30T10:00", "2025-03-29T11:00", "hour", 24),
        (BERLIN, "2025-03-30T10:00", "2025-03-29T12:00", "hour", 23),
        (BERLIN, "2025-10-26T11:00", "2025-10-25T12:00", "day", 1),
        (BERLIN, "2025-10-26T11:00", "2025-10-25T12:00", "hour", 25),
        # One day back lies in a gap: 02:30 is taken as 03:30.
        (BERLIN, "2025-03-31T00:30", "2025-03-30T03:30", "day", 1),
        (BERLIN, "2025-03-31T00:30", "2025-03-30T03:30:00.000001", "day", 0),
        # Lord Howe moves its clock by half an hour: 02:15 is taken as 02:45.
        (LORD_HOWE, "2025-10-05T15:15", "2025-10-05T02:45", "day", 1),
        (LORD_HOWE, "2025-10-05T15:15", "2025-10-05T02:45:00.000001", "day", 0),
    ],
)
def test_units_since_an_instant(
    zone: str, as_of: str, wall: str, unit: mdl.Unit, expected: int
) -> None:
    """`as_of` in UTC, the other in the zone's wall time."""
    clock = Clock(at(as_of), zone)
    moment = instant(datetime.fromisoformat(wall), zone)
    assert moments.elapsed(unit, moment, clock) == expected


def test_a_time_that_the_clock_shows_twice_is_the_earlier() -> None:
    clock = Clock(instant(datetime(2025, 10, 27, 2, 30), BERLIN), BERLIN)
    assert moments.elapsed("day", at("2025-10-26T00:30"), clock) == 1
    assert moments.elapsed("day", at("2025-10-26T01:30"), clock) == 0
    clock = Clock(instant(datetime(2025, 4, 7, 1, 45), LORD_HOWE), LORD_HOWE)
    assert moments.elapsed("day", at("2025-04-05T14:45"), clock) == 1
    assert moments.elapsed("day", at("2025-04-05T14:45") + TICK, clock) == 0


def test_a_day_that_was_skipped_counts() -> None:
    """Samoa had no 30 December 2011; two days back and one are the same moment."""
    clock = Clock(instant(datetime(2012, 1, 1, 10), APIA), APIA)
    moment = instant(datetime(2011, 12, 31, 10), APIA)
    assert moments.elapsed("day", moment, clock) == 2
    assert moments.elapsed("hour", moment, clock) == 24


@given(
    st.sampled_from([BERLIN, LORD_HOWE, APIA, "America/Sao_Paulo"]),
    st.datetimes(datetime(2009, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(UNITS),
    st.integers(-60, 60),
    st.sampled_from([-TICK, timedelta(), TICK, timedelta(hours=1)]),
)
def test_elapsed_units_are_the_windows_beyond(
    zone: str, as_of: datetime, unit: mdl.Unit, count: int, step: timedelta
) -> None:
    """`more than n units ago`, with its end: there n units and more have elapsed."""
    clock = Clock(as_of, zone)
    edge = instant_bounds(mdl.Rolling(None, -count, unit), clock).end
    assert edge is not None
    moment = edge + step
    n = moments.elapsed(unit, moment, clock)
    for other in (n - 1, n, n + 1, count):
        bound = instant_bounds(mdl.Rolling(None, -other, unit), clock).end
        assert bound is not None
        assert (moment <= bound) is (other <= n)
    if unit not in UNITS[:3]:
        day = local_day(moment, zone)
        days = moments.elapsed(unit, day, clock)
        ahead = day_bounds(mdl.Rolling(None, -days, unit), clock).end
        # Over dates `more than n units ago` ends with the day itself, as elapsed does.
        assert ahead is not None
        assert day < ahead if days > 0 else day <= ahead


def test_elapsed_at_the_ends_of_the_calendar() -> None:
    clock = noon("2025-06-15")
    first, last = (each.replace(tzinfo=UTC) for each in (datetime.min, datetime.max))
    for unit in UNITS:
        assert moments.elapsed(unit, first, clock) > 0
        assert moments.elapsed(unit, last, clock) < 0
    assert moments.elapsed("second", last, clock) > -(10**12)
    with pytest.raises(ValueError, match="hours since a date"):
        moments.elapsed("hour", date(2025, 1, 1), clock)


def test_elapsed_in_a_rule() -> None:
    born = mdl.Elapsed("year", attr("born"), SPAN)
    adult = mdl.Compare(">=", born, const(18, INTEGER))
    given_rows = [{"born": date(2007, 6, 15)}, {"born": date(2007, 6, 16)}, {}]
    assert members(adult, *given_rows) == {1}
    assert members(mdl.Not(adult), *given_rows) == {2, 3}
    assert members(mdl.IsMissing(born), *given_rows) == {3}
    ahead = mdl.Compare("<", born, const(0, INTEGER))
    assert members(ahead, {"born": date(2025, 6, 16)}, {"born": date(2025, 6, 15)}) == {
        1
    }
    last = mdl.Pick("last", ALL_VISITS, mdl.EventTime(), TIMESTAMP)
    since = mdl.Elapsed("day", last, SPAN)
    assert value(since, visits({"at": at("2025-06-05T10:00")})) == 10
    assert value(since, visits({"at": at("2025-06-05T10:00:01")})) == 9
    assert value(since, visits()) is None


# ---- parts


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("year", 2026),
        ("quarter", 1),
        ("month", 1),
        ("day", 1),
        ("weekday", 4),
        ("hour", 0),
        ("minute", 30),
    ],
)
def test_parts_of_the_local_time(part: mdl.Part, expected: int) -> None:
    """23:30 on New Year's Eve in UTC is half past midnight in Berlin."""
    moment = at("2025-12-31T23:30")
    assert moments.part_of(part, moment, BERLIN) == expected
    if part in ("hour", "minute"):
        with pytest.raises(ValueError, match=f"the {part} of a date"):
            moments.part_of(part, date(2026, 1, 1), BERLIN)
    else:
        assert moments.part_of(part, date(2026, 1, 1), "Asia/Tokyo") == expected


def test_weekdays_and_quarters() -> None:
    monday = date(2025, 6, 16)
    days = [
        moments.part_of("weekday", monday + timedelta(days=k), "UTC") for k in range(7)
    ]
    assert days == [1, 2, 3, 4, 5, 6, 7]
    months = [date(2025, month, 1) for month in range(1, 13)]
    quarters = [moments.part_of("quarter", day, "UTC") for day in months]
    assert quarters == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]


def test_parts_around_a_change_of_clocks() -> None:
    parts = [
        moments.part_of("hour", at("2025-03-30T00:59"), BERLIN),
        moments.part_of("hour", at("2025-03-30T01:00"), BERLIN),
        moments.part_of("minute", at("2025-10-04T15:30"), LORD_HOWE),
    ]
    assert parts == [1, 3, 30]
    february = mdl.Compare(
        "=", mdl.PartOf("month", attr("born"), INTEGER), const(2, INTEGER)
    )
    assert members(february, {"born": FEBRUARY_29}, {"born": date(2024, 3, 1)}, {}) == {
        1
    }


def test_the_calendars_ends_have_a_local_time() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert local(last, BERLIN) == datetime.max
    assert local_day(datetime.min.replace(tzinfo=UTC), "America/New_York") == date.min
    assert moments.part_of("year", last, BERLIN) == 9999


# ---- windows from here to there, and today


def test_from_one_window_to_another() -> None:
    clock = noon("2025-06-15")
    start, today = mdl.Days(date(2021, 1, 1), date(2021, 1, 2)), mdl.Day(0)
    both = mdl.FromTo(start, today)
    assert day_bounds(both, clock) == DayBounds(date(2021, 1, 1), date(2025, 6, 16))
    assert instant_bounds(both, clock) == Bounds(
        at("2020-12-31T23:00"), at("2025-06-15T22:00")
    )
    before = mdl.FromTo(None, mdl.Day(-1))
    assert day_bounds(before, clock) == DayBounds(None, date(2025, 6, 15))
    assert day_bounds(mdl.FromTo(today, None), clock) == DayBounds(
        date(2025, 6, 15), None
    )
    assert instant_bounds(mdl.FromTo(None, None), clock) == Bounds(None, None)
    fixed = mdl.FromTo(mdl.Instants(at("2025-01-01"), at("2025-01-02")), today)
    assert instant_bounds(fixed, clock).start == at("2025-01-01")
    with pytest.raises(ValueError, match="instants over dates"):
        day_bounds(fixed, clock)
    reversed_ = mdl.Within(attr("born"), mdl.FromTo(today, mdl.Day(-2)))
    days = [{"born": date(2025, 6, day)} for day in range(10, 20)]
    assert members(reversed_, *days) == set()
    assert members(mdl.Within(attr("born"), mdl.FromTo(mdl.Day(-2), today)), *days) == {
        4,
        5,
        6,
    }


def test_today_is_the_business_day() -> None:
    """Ten o'clock in UTC; the day is Berlin's."""
    is_born = mdl.Compare("=", attr("born"), mdl.Today(-1))
    assert members(
        is_born, {"born": date(2025, 6, 14)}, {"born": date(2025, 6, 15)}
    ) == {1}
    late = at("2025-06-15T22:00")
    world = World(CATALOG, {})
    tables = rows({"born": date(2025, 6, 15)}, {"born": date(2025, 6, 16)})
    assert evaluate(is_born, world, tables, late) == {1}
    assert value(mdl.Today(10**9), rows({})) is None


# ---- anniversaries


def anniversary(window: mdl.Window, day: date, today: str) -> bool:
    return moments.has_anniversary(day, window, noon(today))


NEXT_WEEK, LAST_WEEK = mdl.Rolling(0, 7, "day"), mdl.Rolling(-7, 0, "day")


@pytest.mark.parametrize(
    ("window", "today", "day", "expected"),
    [
        (NEXT_WEEK, "2025-06-15", date(1990, 6, 15), True),
        (NEXT_WEEK, "2025-06-15", date(1990, 6, 21), True),
        (NEXT_WEEK, "2025-06-15", date(1990, 6, 22), False),
        (NEXT_WEEK, "2025-06-15", date(1990, 6, 14), False),
        # The year is disregarded, also one that is to come.
        (NEXT_WEEK, "2025-06-15", date(2030, 6, 16), True),
        # Over the turn of a year.
        (NEXT_WEEK, "2025-12-29", date(1990, 1, 4), True),
        (NEXT_WEEK, "2025-12-29", date(1990, 1, 5), False),
        (LAST_WEEK, "2025-01-03", date(1990, 12, 28), True),
        (LAST_WEEK, "2025-01-03", date(1990, 12, 27), False),
        # 29 February in a common year, and in a leap year.
        (mdl.Day(0), "2025-02-28", FEBRUARY_29, True),
        (mdl.Day(0), "2025-02-28", date(1990, 2, 28), True),
        (mdl.Day(0), "2025-03-01", FEBRUARY_29, False),
        (mdl.Day(0), "2024-02-28", FEBRUARY_29, False),
        (mdl.Day(0), "2024-02-29", FEBRUARY_29, True),
        (mdl.Day(0), "2024-02-29", date(1990, 2, 28), False),
        (mdl.Day(3), "2025-02-25", FEBRUARY_29, True),
        (mdl.Calendar("month", 0), "2025-02-01", FEBRUARY_29, True),
        (mdl.Calendar("month", 1), "2025-02-01", FEBRUARY_29, False),
        (mdl.Calendar("month", 1), "2025-12-05", date(1990, 1, 31), True),
        (mdl.Calendar("quarter", -1), "2025-02-01", date(1990, 11, 5), True),
        (
            mdl.Days(date(2025, 3, 1), date(2025, 4, 1)),
            "2020-01-01",
            date(1990, 3, 31),
            True,
        ),
        (
            mdl.Days(date(2025, 3, 1), date(2025, 4, 1)),
            "2020-01-01",
            date(1990, 4, 1),
            False,
        ),
        # A year and longer, and what has no end, hold everybody's.
        (mdl.Calendar("year", -1), "2025-06-15", FEBRUARY_29, True),
        (mdl.Rolling(0, 2, "year"), "2025-06-15", date(1990, 6, 14), True),
        (mdl.Rolling(None, -7, "day"), "2025-06-15", date(1990, 6, 14), True),
        (mdl.FromTo(mdl.Day(0), None), "2025-06-15", date(1990, 6, 14), True),
        (mdl.FromTo(mdl.Day(0), mdl.Day(-2)), "2025-06-15", date(1990, 6, 14), False),
        (mdl.Rolling(0, 0, "day"), "2025-06-15", date(1990, 6, 15), False),
        # 365 days are one day short of a year that has a leap day.
        (mdl.Rolling(0, 365, "day"), "2024-02-01", date(1990, 1, 31), False),
        (mdl.Rolling(0, 366, "day"), "2024-02-01", date(1990, 1, 31), True),
    ],
)
def test_anniversaries(
    window: mdl.Window, today: str, day: date, expected: bool
) -> None:
    assert anniversary(window, day, today) is expected


@given(
    st.dates(date(2019, 1, 1), date(2029, 1, 1)),
    st.dates(date(1895, 1, 1), date(2032, 1, 1)),
    st.integers(0, 400),
)
def test_an_anniversary_is_a_day_of_the_window(
    today: date, day: date, length: int
) -> None:
    """Counted day by day."""
    window = mdl.Rolling(0, length, "day")
    days = [today + timedelta(days=k) for k in range(length)]

    def is_one(each: date) -> bool:
        if (day.month, day.day) == (2, 29) and each.year % 4:
            return (each.month, each.day) == (2, 28)
        return (each.month, each.day) == (day.month, day.day)

    assert anniversary(window, day, today.isoformat()) is any(map(is_one, days))


def test_anniversaries_and_days_in_a_rule() -> None:
    """Of a timestamp the local day counts; nothing is the anniversary of nothing."""
    rule = mdl.Anniversary(attr("signup"), mdl.Day(0))
    times = [datetime(2020, 6, 15), datetime(2020, 6, 14, 23, 59), None]
    given_rows = [{"signup": each} for each in times]
    assert members(rule, *given_rows) == {1}
    assert members(mdl.Not(rule), *given_rows) == {2, 3}
    every = mdl.Anniversary(attr("signup"), mdl.Rolling(None, 0, "day"))
    assert members(every, *given_rows) == {1, 2}
    resolved = mdl.OnDays(attr("signup"), ((615, 615), (1224, 1231)))
    assert members(resolved, *given_rows) == {1}
    leap = mdl.OnDays(attr("born"), ((228, 228),))
    assert members(leap, {"born": FEBRUARY_29}, {"born": date(2024, 2, 28)}) == {2}
    assert members(mdl.OnDays(attr("born"), ()), {"born": FEBRUARY_29}) == set()


# ---- around another time


@pytest.mark.parametrize("unit", UNITS)
def test_both_ends_are_in(unit: mdl.Unit) -> None:
    anchor = at("2025-06-15T10:00")
    for count, sides in ((2, (0, 2)), (-2, (2, 0)), (2, (2, 2)), (-2, (2, 2))):
        edge = moments.moved(anchor, count, unit, BERLIN)
        assert edge is not None
        outwards = TICK if count > 0 else -TICK

        def near(moment: datetime, sides: tuple[int, int] = sides) -> bool:
            return moments.anchored(moment, anchor, *sides, unit, BERLIN)

        assert near(edge)
        assert near(edge - outwards)
        assert not near(edge + outwards)
        assert near(anchor)
        assert near(anchor - outwards) is (sides == (2, 2))


@pytest.mark.parametrize(
    ("zone", "anchor", "sides", "unit", "edge"),
    [
        # The same wall time, over the days on which the clocks change.
        (BERLIN, "2025-03-29T11:00", (0, 1), "day", "2025-03-30T10:00"),
        (BERLIN, "2025-10-25T10:00", (0, 1), "day", "2025-10-26T11:00"),
        (BERLIN, "2025-03-29T11:00", (0, 24), "hour", "2025-03-30T11:00"),
        # Into a gap: 02:30 is 03:30. Into a doubled hour: the first half past two.
        (BERLIN, "2025-03-29T01:30", (0, 1), "day", "2025-03-30T01:30"),
        (BERLIN, "2025-10-25T00:30", (0, 1), "day", "2025-10-26T00:30"),
        (LORD_HOWE, "2025-10-03T15:45", (0, 1), "day", "2025-10-04T15:45"),
        (LORD_HOWE, "2025-04-04T14:45", (0, 1), "day", "2025-04-05T14:45"),
        # A month too short, a leap day.
        (BERLIN, "2025-01-31T11:00", (0, 1), "month", "2025-02-28T11:00"),
        (BERLIN, "2024-02-29T11:00", (0, 1), "year", "2025-02-28T11:00"),
        (BERLIN, "2024-02-29T11:00", (0, 4), "year", "2028-02-29T11:00"),
    ],
)
def test_civil_lengths_from_the_anchor(
    zone: str, anchor: str, sides: tuple[int, int], unit: mdl.Unit, edge: str
) -> None:
    def near(moment: datetime) -> bool:
        return moments.anchored(moment, at(anchor), *sides, unit, zone)

    assert near(at(edge))
    assert not near(at(edge) + TICK)


def test_an_anchor_in_a_doubled_hour_is_itself() -> None:
    later = at("2025-10-26T01:30")
    assert moments.anchored(later, later, 0, 0, "day", BERLIN)
    assert not moments.anchored(later - TICK, later, 0, 1, "day", BERLIN)


@pytest.mark.parametrize(
    ("when", "anchor", "sides", "expected"),
    [
        (date(2025, 6, 15), date(2025, 6, 15), (0, 0), True),
        (date(2025, 7, 15), date(2025, 6, 15), (0, 30), True),
        (date(2025, 7, 16), date(2025, 6, 15), (0, 30), False),
        (date(2025, 6, 14), date(2025, 6, 15), (0, 30), False),
        (date(2025, 5, 16), date(2025, 6, 15), (30, 0), True),
        (date(2025, 5, 15), date(2025, 6, 15), (30, 30), False),
        # The local day of an instant, whichever side it stands on.
        (at("2025-06-16T21:59"), date(2025, 6, 15), (0, 1), True),
        (at("2025-06-16T22:00"), date(2025, 6, 15), (0, 1), False),
        (at("2025-06-14T22:00"), date(2025, 6, 15), (0, 1), True),
        (at("2025-06-14T21:59"), date(2025, 6, 15), (0, 1), False),
        (date(2025, 6, 16), at("2025-06-14T22:00"), (0, 1), True),
        (date(2025, 6, 16), at("2025-06-14T21:59"), (0, 1), False),
    ],
)
def test_days_beside_days(
    when: date, anchor: date, sides: tuple[int, int], expected: bool
) -> None:
    assert moments.anchored(when, anchor, *sides, "day", BERLIN) is expected


def test_around_another_time_in_a_rule() -> None:
    rule = mdl.Anchored(attr("born"), attr("signup"), 1, 1, "month")
    signup = datetime(2025, 3, 31, 12)
    days = [date(2025, 2, 28), date(2025, 2, 27), date(2025, 4, 30), date(2025, 5, 1)]
    given_rows = [{"born": day, "signup": signup} for day in days]
    given_rows += [{"born": None, "signup": signup}, {"born": days[0], "signup": None}]
    assert members(rule, *given_rows) == {1, 3}
    assert members(mdl.Not(rule), *given_rows) == {2, 4, 5, 6}
    hours = mdl.Anchored(attr("born"), attr("signup"), 0, 1, "hour")
    with pytest.raises(ValueError, match="moved by hours"):
        members(hours, given_rows[0])
    tables = visits({"at": at("2025-06-02")}, {"at": at("2025-06-03T00:00:01")})
    tables["customers"] = [
        {**tables["customers"][0], "signup": datetime(2025, 6, 1, 2)}
    ]
    near = mdl.Anchored(mdl.EventTime(), attr("signup"), 0, 2, "day")
    chosen = replace(ALL_VISITS, test=near)
    counted = mdl.Aggregate("count", chosen, None, INTEGER)
    assert value(counted, tables) == 1


def test_around_the_calendars_ends() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert moments.anchored(last, last, 0, 1, "year", BERLIN)
    assert not moments.anchored(at("2025-01-01"), last, 30, 0, "day", BERLIN)
    assert moments.anchored(date.min, date.min, 1, 0, "day", BERLIN)


# ---- a choice


def test_a_choice() -> None:
    woman = mdl.Compare("=", attr("city"), const("f", TEXT))
    age = mdl.Choice(woman, const(60, INTEGER), const(65, INTEGER), INTEGER)
    rule = mdl.Compare(">=", attr("age"), age)
    given_rows = [{"city": c, "age": 62} for c in ("f", "m", None)]
    assert members(rule, *given_rows) == {1}
    missing = mdl.Choice(woman, const(1, INTEGER), attr("age"), INTEGER)
    assert members(mdl.IsMissing(missing), {"city": "f"}, {"city": "m"}) == {2}
    double = mdl.Choice(woman, const(2**53 + 1, INTEGER), const(0.5, DOUBLE), DOUBLE)
    found = value(double, rows({"city": "f"}))
    assert found == 2.0**53
    assert isinstance(found, float)
    dates = mdl.Choice(woman, mdl.Today(0), attr("born"), DATE)
    assert value(dates, rows({"city": "f"})) == date(2025, 6, 15)
