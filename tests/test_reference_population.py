"""A customer among the others, and what many of their events come to."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from hashlib import md5
from itertools import pairwise
from math import pi
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_reference import (
    ALL_VISITS,
    AS_OF,
    CATALOG,
    WORLD,
    Row,
    at,
    attr,
    attribute,
    const,
    count,
    members,
    of,
    rows,
    value,
    visits,
)

from segql.catalog.nodes import Column
from segql.model import nodes as mdl
from segql.model.world import World
from segql.reference import DataFault, Evaluation, evaluate, places, population
from segql.types import (
    COUNT,
    DOUBLE,
    INTEGER,
    POINT,
    TEXT,
    TIMESTAMP,
    ListOf,
)

# ---- median, most common, nth


def aggregate(function: Any, name: str, *given: Any) -> Any:
    tables = visits(*({name: each} for each in given))
    kind = DOUBLE if function == "median" else of(name).type
    return value(mdl.Aggregate(function, ALL_VISITS, of(name), kind), tables)


def test_median() -> None:
    assert aggregate("median", "depth") is None
    assert aggregate("median", "depth", None, None) is None
    assert aggregate("median", "depth", 5) == 5.0
    assert isinstance(aggregate("median", "depth", 5), float)
    assert aggregate("median", "depth", 9, None, 1, 2) == 2.0
    assert aggregate("median", "depth", 4, 1, 10, 2) == 3.0
    assert aggregate("median", "depth", 1, 1, 2, 9) == 1.5
    # Of the exact values: their sum becomes a double, they don't.
    assert aggregate("median", "depth", 2**53 + 1, 2**53 + 3) == float(2**53 + 2)
    assert aggregate("median", "rate", 0.1, 0.2, 0.3, -1.0) == (0.1 + 0.2) / 2
    assert aggregate("median", "rate", float("nan"), 1.0) == 1.0
    assert aggregate("median", "rate", float("inf"), float("-inf")) is None
    assert aggregate("median", "rate", float("inf"), 1.0, float("inf")) == float("inf")


def test_most_common() -> None:
    assert aggregate("most_common", "page") is None
    assert aggregate("most_common", "page", None, None, "a") == "a"
    assert aggregate("most_common", "page", "b", "a", "b") == "b"
    assert aggregate("most_common", "page", "b", "a", "B") == "B"
    assert aggregate("most_common", "page", "\U00010000", "\uffff") == "\uffff"
    assert aggregate("most_common", "page", "", "a", "", None, None, None) == ""
    assert aggregate("most_common", "good", True, False) is False
    assert aggregate("most_common", "depth", 10, 9, 10, 9) == 9
    assert aggregate("most_common", "rate", 0.0, -0.0, 1.0) == 0.0


def test_nth() -> None:
    def nth(n: int, *given: Row) -> Any:
        node = mdl.Pick("nth", ALL_VISITS, of("page"), TEXT, n)
        return value(node, visits(*given))

    given_rows: list[Row] = [
        {"page": "b", "at": at("2025-02-01")},
        {"page": "a", "at": at("2025-01-01")},
        {"page": None, "at": at("2025-03-01")},
    ]
    assert [nth(n, *given_rows) for n in (1, 2, 3, 4)] == ["a", "b", None, None]
    assert nth(1) is None
    tie = [{"page": each} for each in "cab"]
    assert [nth(n, *tie) for n in (1, 2, 3)] == ["a", "b", "c"]


# ---- periods


def periods(period: mdl.Period, least: int, *moments: str) -> Any:
    tables = visits(*({"at": at(each)} for each in moments))
    return value(mdl.Periods(period, ALL_VISITS, least), tables)


def test_periods() -> None:
    """Days, weeks, months of the local calendar: Berlin is two hours ahead."""
    days = (
        "2025-06-01T21:59",
        "2025-06-01T22:00",
        "2025-06-01T23:00",
        "2025-05-31T22:00",
    )
    assert periods("day", 1) == 0
    assert periods("day", 1, *days) == 2
    assert periods("day", 2, *days) == 2
    assert periods("day", 3, *days) == 0
    assert periods("week", 1, "2025-06-08T21:59", "2025-06-08T22:00") == 2
    assert periods("week", 2, "2025-06-08T21:59", "2025-06-02T00:00") == 1
    assert periods("month", 1, "2025-05-31T21:59", "2025-05-31T22:00") == 2
    assert periods("month", 1, "2024-06-01", "2025-06-01") == 2
    assert periods("quarter", 1, "2025-04-01", "2025-05-31", "2025-03-01") == 2
    assert periods("year", 1, "2024-12-31T23:00", "2025-01-01") == 1


def test_periods_of_another_calendar() -> None:
    entity = replace(CATALOG.entity, week_starts=7, fiscal_year_starts=4)
    world = World(replace(CATALOG, entity=entity), {})
    tables = visits(*({"at": at(each)} for each in ("2025-03-31", "2025-04-01")))
    tables["visits"] = [
        *tables["visits"],
        *visits(*({"at": at(e)} for e in ("2025-06-07", "2025-06-08")))["visits"],
    ]
    evaluation = Evaluation(world, tables, AS_OF)
    found = [
        evaluation.value(mdl.Periods(period, ALL_VISITS), 1)
        for period in ("week", "fiscal quarter", "fiscal year", "year")
    ]
    assert found == [3, 2, 2, 1]


# ---- per group


def per(function: Any, inner: mdl.Aggregate, *given: Row) -> Any:
    node = mdl.PerGroup(function, inner, of("page"), inner.type)
    return value(node, visits(*given))


def test_aggregates_per_group() -> None:
    given_rows: list[Row] = [
        {"page": "a", "depth": 1},
        {"page": "a", "depth": 2},
        {"page": "b", "depth": 10},
        {"page": "c", "depth": None},
        {"page": None, "depth": 99},
        {"page": None, "depth": 99},
        {"page": None, "depth": 99},
    ]
    counted = count(ALL_VISITS)
    total = mdl.Aggregate("sum", ALL_VISITS, of("depth"), INTEGER)
    average = mdl.Aggregate("avg", ALL_VISITS, of("depth"), DOUBLE)
    assert per("max", counted, *given_rows) == 2
    assert per("min", counted, *given_rows) == 1
    assert per("sum", counted, *given_rows) == 4
    assert per("avg", counted, *given_rows) == 4 / 3
    assert per("median", counted, *given_rows) == 1.0
    assert per("max", total, *given_rows) == 10
    assert per("min", total, *given_rows) == 0
    # A group whose aggregate is missing is skipped.
    assert per("min", average, *given_rows) == 1.5
    assert per("avg", average, *given_rows) == 5.75
    for function in ("max", "min", "avg", "median"):
        assert per(function, counted) is None
        assert per(function, counted, {"page": None}) is None
        assert per(function, average, {"depth": None}) is None
    assert per("sum", counted) == 0
    assert per("sum", average, {"depth": None}) == 0


def test_faults_show_in_whatever_a_group_names() -> None:
    broken = visits({"who": None, "page": b"?"})
    node = mdl.PerGroup("max", count(ALL_VISITS), of("page"), COUNT)
    rule = mdl.Or((mdl.TRUE, mdl.Compare(">", node, const(1, INTEGER))))
    with pytest.raises(DataFault, match="visits: page"):
        evaluate(rule, WORLD, broken, AS_OF)


# ---- position


def positions(parts: int, *given: Any, name: str = "age") -> list[Any]:
    tables = rows(*({name: each} for each in given))
    evaluation = Evaluation(WORLD, tables, AS_OF)
    node = mdl.Position(parts, attr(name))
    return [evaluation.value(node, key) for key in range(1, len(given) + 1)]


def test_positions() -> None:
    assert positions(5, *range(10)) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert positions(4, 1, 2, 3) == [1, 2, 3]
    assert positions(10, 7) == [1]
    assert positions(100, *range(1000))[::10] == list(range(1, 101))
    # Equal values share one; missing ones have none, and don't count.
    assert positions(5, 1, 1, 1, 1, 9, None) == [1, 1, 1, 1, 5, None]
    assert positions(5, 9, 9, 9, 9, 1) == [2, 2, 2, 2, 1]
    assert positions(5, None, None) == [None, None]
    big = 2**62
    assert positions(4, big, big + 1, -big, 0) == [3, 4, 1, 2]


def test_positions_of_doubles() -> None:
    given_values = [-0.0, 0.0, float("nan"), float("inf"), float("-inf"), 1e-320]
    assert positions(5, *given_values, name="score") == [2, 2, None, 5, 1, 4]


def test_positions_of_dates_and_counts() -> None:
    days = [date(2025, 1, 1), date(1990, 1, 1), None, date(2025, 1, 2)]
    assert positions(3, *days, name="born") == [2, 1, None, 3]
    tables = visits({}, {}, {"who": 2})
    frequency = mdl.Position(5, count(ALL_VISITS))
    tables["customers"] = [*rows({}, {}, {})["customers"]]
    assert [value(frequency, tables, key) for key in (1, 2, 3)] == [4, 2, 1]


def test_who_is_not_there_yet_has_no_weight() -> None:
    since = Column(("signup",), type=TIMESTAMP, zone="UTC")
    entity = replace(CATALOG.entity, since=since)
    world = World(replace(CATALOG, entity=entity), {})
    tables = rows(
        {"age": 5},
        {"age": 1, "signup": datetime(2025, 6, 15, 10)},
        {"age": 9, "signup": datetime(2025, 6, 15, 9)},
    )
    first = mdl.Compare("=", mdl.Position(2, attr("age")), const(1, INTEGER))
    assert evaluate(first, world, tables, AS_OF) == {1}
    lowest = mdl.Ranked("bottom", 1, False, attr("age"))
    assert evaluate(lowest, world, tables, AS_OF) == {1}


# ---- rank


def ranks(rule: mdl.Ranked, *ages: Any, **columns: list[Any]) -> set[Any]:
    given_rows = [{"age": age} for age in ages]
    for name, cells in columns.items():
        given_rows = [
            {**row, name: cell} for row, cell in zip(given_rows, cells, strict=True)
        ]
    return members(rule, *given_rows)


def top(amount: int | Decimal, percent: bool = False, **more: Any) -> mdl.Ranked:
    return mdl.Ranked("top", amount, percent, attr("age"), **more)


def bottom(amount: int | Decimal, percent: bool = False, **more: Any) -> mdl.Ranked:
    return replace(top(amount, percent, **more), which="bottom")


def test_ranks() -> None:
    assert ranks(top(2), 5, 9, 7) == {2, 3}
    assert ranks(bottom(2), 5, 9, 7) == {1, 3}
    assert ranks(top(9), 5, 9, None) == {1, 2}
    assert ranks(top(0), 5, 9) == set()
    assert ranks(top(3), None, None) == set()
    # Of equal values the smaller key comes first, at the top and at the bottom.
    assert ranks(top(2), 5, 5, 5) == {1, 2}
    assert ranks(bottom(2), 5, 5, 5) == {1, 2}
    assert ranks(top(2), 5, 9, 5) == {1, 2}
    assert ranks(bottom(2), 5, 5, 1) == {1, 3}
    assert ranks(top(1), -1, None, 0) == {3}


def test_ranks_in_percent_are_rounded_up() -> None:
    ten = range(10)
    assert ranks(top(10, True), *ten) == {10}
    assert ranks(top(11, True), *ten) == {9, 10}
    assert ranks(top(Decimal("0.001"), True), *ten) == {10}
    assert ranks(top(0, True), *ten) == set()
    assert ranks(top(100, True), *ten) == set(range(1, 11))
    assert ranks(bottom(50, True), 1, 2, 3, None) == {1, 2}
    # 0.1 is no double: 30 % of ten are three, not four.
    assert len(ranks(top(Decimal("30.0"), True), *ten)) == 3


def test_ranks_per_group() -> None:
    cities = ["a", "a", "b", "b", None]
    best = top(1, per=attr("city"))
    assert ranks(best, 1, 2, 3, 3, 9, city=cities) == {2, 3}
    assert ranks(best, 1, None, None, None, 9, city=cities) == {1}
    half = bottom(50, True, per=attr("city"))
    assert ranks(half, 1, 2, 3, 3, 0, city=cities) == {1, 3}


def test_ranks_among_some() -> None:
    among = mdl.Compare("=", attr("city"), const("a", TEXT))
    cities = ["a", "b", "a", None]
    assert ranks(top(1, among=among), 1, 9, 2, 10, city=cities) == {3}
    assert ranks(top(50, True, among=among), 1, 9, 2, 10, city=cities) == {3}
    negated = mdl.Not(top(1, among=among))
    tables = [{"age": 1, "city": "a"}, {"age": 9, "city": "b"}, {"city": "a"}]
    assert members(negated, *tables) == {2, 3}
    # A rank among those whom another lets in.
    assert ranks(bottom(1, among=top(2)), 1, 5, 9) == {2}


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        ([10, 9], {9}),
        (["10", "9"], {"10"}),
        (["\uffff", "\U00010000"], {"\uffff"}),
        (["b", "B"], {"B"}),
        ([date(2025, 2, 1), date(2025, 1, 31)], {date(2025, 1, 31)}),
        ([Decimal("10.5"), Decimal("9.5")], {Decimal("9.5")}),
    ],
)
def test_keys_are_compared_as_what_they_are(keys: list[Any], first: set[Any]) -> None:
    tables = rows({}, {})
    customers = tables["customers"]
    tables["customers"] = [
        {**row, "id": key, "age": 1} for row, key in zip(customers, keys, strict=True)
    ]
    assert evaluate(top(1), WORLD, tables, AS_OF) == first


@given(
    st.lists(st.none() | st.integers(0, 3), max_size=12),
    st.integers(0, 12),
    st.booleans(),
)
def test_the_size_of_a_rank_is_exact(
    ages: list[int | None], amount: int, percent: bool
) -> None:
    known = sum(age is not None for age in ages)
    for rule in (top(amount, percent), bottom(amount, percent)):
        wanted = -(-known * amount // 100) if percent else min(amount, known)
        chosen = ranks(rule, *ages)
        assert len(chosen) == wanted
        left = [a for k, a in enumerate(ages, 1) if k not in chosen and a is not None]
        inside = [ages[key - 1] for key in chosen]
        if inside and left and rule.which == "top":
            assert min(inside) >= max(left)  # type: ignore[type-var]
        elif inside and left:
            assert max(inside) <= min(left)  # type: ignore[type-var]


# ---- samples


def test_a_sample_is_the_hash_of_seed_and_key() -> None:
    assert md5(b"exp-1:42").hexdigest() == "29b5e639d38059e67be48cbc976c9ef3"
    share = Fraction(0x29B5E639D38059E, 16**15) * 100
    below, above = Decimal("16.293181"), Decimal("16.293182")
    assert below <= share < above
    assert population.sampled(below, above, "exp-1", 42)
    assert population.sampled(below, above, "exp-1", "42")
    assert not population.sampled(Decimal(0), below, "exp-1", 42)
    assert not population.sampled(above, Decimal(100), "exp-1", 42)
    # The seed and the key are written in UTF-8.
    assert md5("ä:Zoë".encode()).hexdigest() == "8c686f808000439b390218bf484e3931"
    assert population.sampled(Decimal("54"), Decimal("55"), "ä", "Zoë")


@given(
    st.integers() | st.text(st.characters(codec="utf-8")),
    st.text(st.characters(codec="utf-8"), max_size=5),
)
def test_slices_of_a_sample_tile(key: Any, seed: str) -> None:
    edges = [Decimal(each) for each in ("0", "0.1", "33.3", "50", "99.9", "100")]
    found = [population.sampled(low, high, seed, key) for low, high in pairwise(edges)]
    assert sum(found) == 1
    assert not population.sampled(Decimal(50), Decimal(50), seed, key)
    assert population.sampled(Decimal(0), Decimal(100), seed, key)


def test_keys_in_writing() -> None:
    assert population.key_text(-5) == "-5"
    assert population.key_text("ä b") == "ä b"
    assert population.key_text(date(2025, 6, 1)) == "2025-06-01"
    assert population.key_text(Decimal("1E+2")) == "100"
    assert population.key_text(Decimal("0.00000010")) == "0.00000010"
    for key in (1.5, True, b"a", datetime(2025, 1, 1), Decimal("NaN")):
        with pytest.raises(ValueError, match="a sample needs keys that are"):
            population.key_text(key)


def test_a_sample_reads_every_key() -> None:
    rule = mdl.Sampled(Decimal(0), Decimal(10), "s")
    tables = {"customers": [{"id": key} for key in range(1000)]}
    tenth = evaluate(rule, WORLD, tables, AS_OF)
    assert 70 < len(tenth) < 130
    others = evaluate(mdl.Not(rule), WORLD, tables, AS_OF)
    assert tenth | others == set(range(1000))
    assert not tenth & others
    more = evaluate(replace(rule, high=Decimal(30)), WORLD, tables, AS_OF)
    assert tenth < more
    tables = {"customers": [{"id": 0.5}]}
    with pytest.raises(ValueError, match="a sample needs keys that are"):
        evaluate(mdl.Or((mdl.TRUE, rule)), WORLD, tables, AS_OF)


# ---- logic and lists


def test_at_least_so_many() -> None:
    terms = tuple(
        mdl.Compare("=", attr(name), const(1, INTEGER))
        for name in ("age", "income", "score")
    )
    given_rows = [
        {"age": 1, "income": Decimal(1), "score": 1.0},
        {"age": 1, "income": Decimal(1)},
        {"age": 1},
        {},
    ]

    def who(least: int, most: int | None) -> set[Any]:
        rule = mdl.AtLeast(least, most, terms)
        found = members(rule, *given_rows)
        assert members(mdl.Not(rule), *given_rows) == {1, 2, 3, 4} - found
        return found

    assert who(2, None) == {1, 2}
    assert who(0, 1) == {3, 4}
    assert who(2, 2) == {2}
    assert who(0, None) == {1, 2, 3, 4}
    assert who(4, None) == set()
    assert members(mdl.AtLeast(1, None, ()), {}) == set()
    assert members(mdl.AtLeast(0, 0, ()), {}) == {1}
    twice = mdl.AtLeast(2, None, (terms[0], terms[0]))
    assert members(twice, {"age": 1}) == {1}


def test_an_element_that_passes_a_test() -> None:
    element = mdl.Element(TEXT)
    starts = mdl.HasSome(
        attr("interests"), mdl.TextTest("starts", element, const("mush", TEXT))
    )
    lists = [["eco", "mushrooms"], [None, "mus"], [], None]
    given_rows = [{"interests": each} for each in lists]
    assert members(starts, *given_rows) == {1}
    assert members(mdl.Not(starts), *given_rows) == {2, 3, 4}
    # All of the test is on the same element.
    both = mdl.And(
        (
            mdl.TextTest("starts", element, const("a", TEXT)),
            mdl.TextTest("ends", element, const("b", TEXT)),
        )
    )
    lists = [["ax", "xb"], ["ax", "ab"]]
    given_rows = [{"interests": each} for each in lists]
    assert members(mdl.HasSome(attr("interests"), both), *given_rows) == {2}
    # An element against its customer; missing elements are not there.
    same = mdl.Compare("!=", element, attr("city"))
    rule = mdl.HasSome(attr("interests"), same)
    given_rows = [
        {"city": "a", "interests": ["a"]},
        {"city": "a", "interests": ["a", "b"]},
        {"city": None, "interests": [None]},
        {"city": None, "interests": ["a"]},
    ]
    assert members(rule, *given_rows) == {2, 4}


def test_a_test_on_elements_inside_an_event() -> None:
    """The list is the event's, the other side too."""
    event = CATALOG.events["visited"]
    tags = replace(
        event.properties["page"],
        name="tags",
        column=Column(("tags",), type=ListOf(TEXT)),
    )
    events = {"visited": replace(event, properties={**event.properties, "tags": tags})}
    world = World(replace(CATALOG, events=events), {})
    test = mdl.HasSome(
        mdl.Property("tags", ListOf(TEXT)),
        mdl.Compare("=", mdl.Element(TEXT), of("page")),
    )
    rule = mdl.Compare(">", count(replace(ALL_VISITS, test=test)), const(0, INTEGER))
    tables = visits({"tags": ["x", "a"]}, {"who": 2, "tags": ["x"]})
    assert evaluate(rule, world, tables, AS_OF) == {1}


# ---- distance

BERLIN, PARIS = (52.52, 13.405), (48.8566, 2.3522)


def test_distances() -> None:
    assert places.distance(BERLIN, PARIS) == pytest.approx(877.46, abs=0.01)
    assert places.distance(BERLIN, PARIS) == places.distance(PARIS, BERLIN)
    assert places.distance(BERLIN, BERLIN) == 0
    half = pi * places.EARTH_KM
    assert places.distance((90, 0), (-90, 50)) == pytest.approx(half)
    assert places.distance((0, 0), (0, 180)) == pytest.approx(half)
    assert places.distance((0, 179.5), (0, -179.5)) == pytest.approx(half / 180)
    assert places.distance((1e-9, 45), (-1e-9, -135)) == pytest.approx(half)


def test_near() -> None:
    assert places.near(BERLIN, (BERLIN,), 0)
    assert not places.near(BERLIN, (PARIS,), 877)
    assert places.near(BERLIN, (PARIS,), 878)
    assert places.near(BERLIN, (PARIS, BERLIN), 1)
    assert not places.near(BERLIN, (), 10**6)
    edge = places.distance(BERLIN, PARIS)
    assert places.near(BERLIN, (PARIS,), edge)
    for beyond in ((90.1, 0.0), (-91.0, 0.0), (0.0, 180.1), (0.0, float("inf"))):
        assert not places.near(beyond, (beyond,), 10**6)
    assert places.near((90.0, -180.0), ((90.0, 180.0),), 0.001)


def test_near_in_a_rule() -> None:
    home = attribute("home", POINT)
    home = replace(home, column=Column(("lat",), type=POINT, longitude=("lon",)))
    world = World(replace(CATALOG, attributes={"home": home}), {})
    rule = mdl.Near(mdl.Attribute("home", POINT), (BERLIN,), 25.0)
    given_rows = [
        {"lat": 52.4, "lon": 13.06},
        {"lat": 52.39, "lon": 13.2},
        {"lat": 52.52, "lon": None},
        {"lat": float("nan"), "lon": 13.4},
    ]
    assert members(rule, *given_rows, world=world) == {2}
    assert members(mdl.Not(rule), *given_rows, world=world) == {1, 3, 4}


def test_measures_of_the_customer_beside_an_event() -> None:
    """Viewed again since the last deep visit; deeper than the median."""
    tables = visits(
        {"depth": 9, "at": at("2025-06-01")},
        {"depth": 1, "at": at("2025-06-02")},
        {"depth": 2, "at": at("2025-06-03")},
    )
    deep = mdl.Compare(">", of("depth"), const(5, INTEGER))
    last = mdl.Pick("last", replace(ALL_VISITS, test=deep), mdl.EventTime(), TIMESTAMP)
    since = mdl.Compare(">", mdl.EventTime(), last)
    assert value(count(replace(ALL_VISITS, test=since)), tables) == 2
    middle = mdl.Aggregate("median", ALL_VISITS, of("depth"), DOUBLE)
    deeper = mdl.Compare(">", of("depth"), middle)
    assert value(count(replace(ALL_VISITS, test=deeper)), tables) == 1
    busy = mdl.Compare(">", mdl.Periods("day", ALL_VISITS), const(2, INTEGER))
    assert value(count(replace(ALL_VISITS, test=busy)), tables) == 3
    assert value(count(replace(ALL_VISITS, test=busy)), tables, 2) == 0
