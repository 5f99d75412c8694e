"""What a rule means: the reference evaluator, case by case."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segql.catalog.nodes import (
    Attribute,
    Catalog,
    Column,
    Entity,
    Event,
    Join,
    Place,
    Property,
    Related,
)
from segql.model import nodes as mdl
from segql.model.world import World
from segql.reference import DataFault, Evaluation, evaluate
from segql.types import (
    BOOLEAN,
    COUNT,
    DATE,
    DOUBLE,
    INTEGER,
    TEXT,
    TIMESTAMP,
    Exact,
    ListOf,
    Type,
)

Row = Mapping[str, Any]
MONEY = Exact(10, 2)
AS_OF = datetime(2025, 6, 15, 10, tzinfo=UTC)


def attribute(name: str, kind: Type, **more: Any) -> Attribute:
    return Attribute(name, column=Column((name,), type=kind, **more))


def prop(name: str, kind: Type, join: str | None = None) -> Property:
    return Property(name, column=Column((name,), join, type=kind))


BOUGHT = Event(
    "bought",
    table="lines",
    joins={
        "order": Join("order", "orders", (("order_id", Place(("order_id",))),)),
        "product": Join("product", "products", (("id", Place(("item", "product"))),)),
    },
    customer=Place(("customer",), "order"),
    time=Column(("at",), "order", type=TIMESTAMP, zone="Europe/Berlin"),
    where=None,
    properties={
        "amount": prop("amount", MONEY),
        "category": prop("category", TEXT, "product"),
    },
    argument="category",
)
VISITED = Event(
    "visited",
    table="visits",
    joins={},
    customer=Place(("who",)),
    time=Column(("at",), type=TIMESTAMP),
    where=None,
    properties={
        "page": prop("page", TEXT),
        "depth": prop("depth", INTEGER),
        "rate": prop("rate", DOUBLE),
        "good": prop("good", BOOLEAN),
    },
)
CALLED = Event(
    "called",
    table="calls",
    joins={},
    customer=Place(("who",)),
    time=Column(("on",), type=DATE),
    where=None,
    properties={},
)
CATALOG = Catalog(
    Entity("customer", "customers", ("id",), "Europe/Berlin"),
    {
        each.name: each
        for each in [
            attribute("city", TEXT),
            attribute("age", INTEGER),
            attribute("income", MONEY),
            attribute("score", DOUBLE),
            attribute("newsletter", BOOLEAN),
            attribute("born", DATE),
            attribute("signup", TIMESTAMP, zone="Europe/Berlin"),
            attribute("interests", ListOf(TEXT)),
            Attribute(
                "points",
                column=Column(("points",), type=INTEGER),
                related=Related("loyalty", ("owner",)),
            ),
        ]
    },
    {each.name: each for each in (BOUGHT, VISITED, CALLED)},
)
WORLD = World(CATALOG, {})

CUSTOMER: dict[str, Any] = dict.fromkeys(
    ["city", "age", "income", "score", "newsletter", "born", "signup", "interests"]
)
VISIT: dict[str, Any] = {
    "who": 1,
    "at": datetime(2025, 6, 1, tzinfo=UTC),
    "page": "a",
    "depth": 1,
    "rate": 0.5,
    "good": True,
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rows(*given: Row, **tables: Sequence[Row]) -> dict[str, Sequence[Row]]:
    """Tables with these customers, numbered from 1."""
    return {
        "customers": [
            {"id": number, **CUSTOMER, **each} for number, each in enumerate(given, 1)
        ],
        "loyalty": (),
        "visits": (),
        "calls": (),
        "lines": (),
        "orders": (),
        "products": (),
        **tables,
    }


def value(node: mdl.Value, tables: dict[str, Sequence[Row]], key: Any = 1) -> Any:
    return Evaluation(WORLD, tables, AS_OF).value(node, key)


def members(rule: mdl.Rule, *given: Row, world: World = WORLD) -> set[Any]:
    return evaluate(rule, world, rows(*given), AS_OF)


def visits(*given: Row) -> dict[str, Sequence[Row]]:
    return rows({}, {}, visits=[{**VISIT, **each} for each in given])


def attr(name: str) -> mdl.Attribute:
    return mdl.Attribute(name, CATALOG.attributes[name].column.type)


def const(constant: Any, kind: Type) -> mdl.Constant:
    return mdl.Constant(constant, kind)


def of(name: str, event: Event = VISITED) -> mdl.Property:
    return mdl.Property(name, event.properties[name].column.type)


def count(selection: mdl.Selection) -> mdl.Aggregate:
    return mdl.Aggregate("count", selection, None, COUNT)


ALL_VISITS = mdl.Selection("visited")
BERLIN = mdl.Compare("=", attr("city"), const("Berlin", TEXT))


# ---- two truths


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (BERLIN, {1}),
        (replace(BERLIN, operator="!="), {2, 3}),
        (mdl.Not(BERLIN), {2, 3}),
        (replace(BERLIN, operator="<"), set()),
        (replace(BERLIN, operator=">"), {2}),
        (mdl.OneOf(attr("city"), (const("berlin", TEXT), const("Köln", TEXT))), {2}),
        (mdl.OneOf(attr("city"), ()), set()),
        (mdl.Not(mdl.OneOf(attr("city"), ())), {1, 2, 3}),
        (mdl.IsMissing(attr("city")), {3}),
        (mdl.TextTest("starts", attr("city"), const("Ber", TEXT)), {1}),
        (mdl.TextTest("ends", attr("city"), const("", TEXT)), {1, 2}),
        (mdl.TextTest("contains", attr("city"), const("%", TEXT)), set()),
        (mdl.TextTest("contains", mdl.Fold(attr("city")), const("kö", TEXT)), {2}),
        (mdl.Matches(attr("city"), "[A-K]e.*n"), {1}),
        (mdl.Compare("=", mdl.Fold(attr("city")), const("köln", TEXT)), {2}),
        (mdl.And(()), {1, 2, 3}),
        (mdl.Or(()), set()),
        (mdl.And((mdl.Not(BERLIN), mdl.Not(mdl.IsMissing(attr("city"))))), {2}),
        (mdl.Or((BERLIN, mdl.IsMissing(attr("city")))), {1, 3}),
        (mdl.InSegment("berliners", BERLIN), {1}),
        (mdl.TRUE, {1, 2, 3}),
        (mdl.FALSE, set()),
    ],
)
def test_rules_over_text(rule: mdl.Rule, expected: set[int]) -> None:
    given_rows: list[Row] = [{"city": "Berlin"}, {"city": "Köln"}, {}]
    assert members(rule, *given_rows) == expected
    assert members(mdl.Not(rule), *given_rows) == {1, 2, 3} - expected


def test_a_boolean_alone() -> None:
    rule = mdl.Holds(attr("newsletter"))
    assert members(rule, {"newsletter": True}, {"newsletter": False}, {}) == {1}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (mdl.HasAny(attr("interests"), (const("a", TEXT),)), {1}),
        (mdl.HasAny(attr("interests"), ()), set()),
        (mdl.HasAll(attr("interests"), (const("a", TEXT), const("b", TEXT))), {1}),
        (mdl.HasAll(attr("interests"), ()), {1, 2, 3, 4}),
        (mdl.IsMissing(attr("interests")), {4}),
        (
            mdl.Compare("=", mdl.Size(attr("interests")), const(0, INTEGER)),
            {2, 3, 4},
        ),
        (mdl.Compare("=", mdl.Size(attr("interests")), const(3, INTEGER)), {1}),
    ],
)
def test_lists(rule: mdl.Rule, expected: set[int]) -> None:
    lists = [["a", None, "b", "a"], [None], [], None]
    assert members(rule, *({"interests": each} for each in lists)) == expected


# ---- numbers


def calculate(operator: Any, a: Any, b: Any, kind: Type, left: Type = MONEY) -> Any:
    node = mdl.Arithmetic(operator, const(a, left), const(b, left), kind)
    return value(node, rows({}))


def test_exact_arithmetic_is_exact() -> None:
    wide = Decimal("99999999999999999999999999999999999.99")
    sixty = Exact(60, 4)
    assert calculate("+", wide, Decimal("0.01"), sixty) == Decimal(10) ** 35
    assert calculate("*", wide, Decimal("1.01"), sixty) == Decimal(
        "100999999999999999999999999999999999.9899"
    )
    assert calculate("-", 2**62, -(2**62), INTEGER) == 2**63
    assert (
        value(mdl.Negative(const(wide, sixty), sixty), rows({})) == wide.copy_negate()
    )


def test_division_and_missing() -> None:
    assert calculate("/", 1, 3, DOUBLE) == 1 / 3
    assert calculate("/", Decimal("0.10"), 1, DOUBLE) == 0.1
    assert calculate("/", 1, 0, DOUBLE) is None
    assert calculate("/", 0.0, -0.0, DOUBLE) is None
    infinite = mdl.Arithmetic("*", const(1e308, DOUBLE), const(10, INTEGER), DOUBLE)
    assert value(infinite, rows({})) == float("inf")
    assert value(mdl.Arithmetic("-", infinite, infinite, DOUBLE), rows({})) is None
    plus = mdl.Arithmetic("+", attr("age"), const(1, INTEGER), INTEGER)
    assert value(plus, rows({})) is None
    assert value(mdl.Negative(attr("age"), INTEGER), rows({})) is None


@pytest.mark.parametrize(
    ("score", "constant", "kind", "equal"),
    [
        (0.1, Decimal("0.1"), MONEY, True),
        (0.1 + 0.2, Decimal("0.3"), MONEY, False),
        (float(2**53), 2**53 + 1, INTEGER, True),
        (float("nan"), 0, INTEGER, False),
        (-0.0, 0, INTEGER, True),
    ],
)
def test_exact_beside_a_double(
    score: float, constant: Any, kind: Type, equal: bool
) -> None:
    right = const(constant, kind)
    given_row = {"score": score}
    found = members(mdl.Compare("=", attr("score"), right), given_row)
    assert found == ({1} if equal else set())
    assert members(mdl.OneOf(attr("score"), (right,)), given_row) == found


def test_exact_beside_exact() -> None:
    """No double comes between."""
    wide = Exact(38, 2)
    left = const(Decimal("9007199254740993.00"), wide)
    right = const(9007199254740992, INTEGER)
    assert members(mdl.Compare("=", left, right), {}) == set()
    assert members(mdl.Compare(">", left, right), {}) == {1}


# ---- time


def test_dates_and_instants_in_windows() -> None:
    def who(name: str, window: mdl.Window, *values: Any) -> set[Any]:
        return members(mdl.Within(attr(name), window), *({name: v} for v in values))

    days = [date(2025, 6, 8), date(2025, 6, 9), date(2025, 6, 15), date(2025, 6, 16)]
    assert who("born", mdl.Rolling(-7, 0, "day"), *days, None) == {2, 3}
    assert who("born", mdl.Rolling(0, 7, "day"), *days) == {3, 4}
    assert who("born", mdl.Rolling(None, -7, "day"), *days) == {1}
    # The column has no zone; its times are Berlin's, two hours ahead of UTC.
    times = [datetime(2025, 6, 8, 11, 59), datetime(2025, 6, 8, 12)]
    times += [datetime(2025, 6, 15, 11, 59), datetime(2025, 6, 15, 12)]
    assert who("signup", mdl.Rolling(-7, 0, "day"), *times) == {2, 3}
    assert who("signup", mdl.Day(0), *times) == {3, 4}


def test_a_zoneless_time_in_a_gap() -> None:
    tables = rows({"signup": datetime(2025, 3, 30, 2, 30)})
    assert value(attr("signup"), tables) == at("2025-03-30T01:30")


# ---- events


def test_events_that_count_for_nobody() -> None:
    tables = visits(
        {},
        {"who": None},
        {"who": 9},
        {"at": None},
        {"at": AS_OF},
        {"at": AS_OF.replace(year=2026)},
        {"at": at("2025-06-15T09:59:59.999999")},
        {"at": at("2025-06-01")},
    )
    assert value(count(ALL_VISITS), tables) == 3
    assert value(count(ALL_VISITS), tables, 2) == 0


def test_windows_of_a_selection() -> None:
    tables = visits({"at": at("2025-06-08T10:00")}, {"at": at("2025-06-08T09:59")})
    week = mdl.Rolling(-7, 0, "day")
    assert value(count(replace(ALL_VISITS, windows=(week,))), tables) == 1
    both = (week, mdl.Days(date(2025, 6, 9), None))
    assert value(count(replace(ALL_VISITS, windows=both)), tables) == 0


def test_an_event_whose_time_is_a_date() -> None:
    """It exists from its local midnight; windows mean that instant."""
    days = [date(2025, 6, 8), date(2025, 6, 9), date(2025, 6, 15), date(2025, 6, 16)]
    tables = rows({}, calls=[{"who": 1, "on": day} for day in days])
    called = mdl.Selection("called")
    assert value(count(called), tables) == 3
    week = replace(called, windows=(mdl.Rolling(-7, 0, "day"),))
    assert value(count(week), tables) == 2
    last = mdl.Pick("last", called, mdl.EventDay(), DATE)
    assert value(last, tables) == date(2025, 6, 15)
    last = mdl.Pick("last", called, mdl.EventTime(), TIMESTAMP)
    assert value(last, tables) == at("2025-06-14T22:00")


def test_tests_are_on_the_same_event() -> None:
    tables = visits({"page": "a", "depth": 1}, {"page": "b", "depth": 5})
    is_a = mdl.Compare("=", of("page"), const("a", TEXT))
    deep = mdl.Compare(">", of("depth"), const(3, INTEGER))
    assert value(count(replace(ALL_VISITS, test=is_a)), tables) == 1
    assert value(count(replace(ALL_VISITS, test=mdl.And((is_a, deep)))), tables) == 0
    assert value(count(replace(ALL_VISITS, test=mdl.Or((is_a, deep)))), tables) == 2


def test_an_event_against_its_customer() -> None:
    tables = rows({"age": 3}, {}, visits=[{**VISIT, "depth": d} for d in (2, 4, 6)])
    average = mdl.Aggregate("avg", ALL_VISITS, of("depth"), DOUBLE)
    for right, expected in ((attr("age"), 2), (average, 1)):
        test = mdl.Compare(">", of("depth"), right)
        assert value(count(replace(ALL_VISITS, test=test)), tables) == expected
    none = mdl.Not(mdl.Compare(">", of("depth"), attr("city")))
    assert value(count(replace(ALL_VISITS, test=none)), tables) == 3
    today = mdl.Compare("=", mdl.EventDay(), const(date(2025, 6, 1), DATE))
    assert value(count(replace(ALL_VISITS, test=today)), tables) == 3


def test_aggregates() -> None:
    def aggregate(function: Any, name: str, kind: Type, *given: Any) -> Any:
        tables = visits(*({name: each} for each in given))
        node = mdl.Aggregate(function, ALL_VISITS, of(name), kind)
        return value(node, tables)

    assert aggregate("sum", "depth", INTEGER) == 0
    assert aggregate("sum", "depth", INTEGER, None) == 0
    assert aggregate("sum", "depth", INTEGER, 2**62, 2**62, None) == 2**63
    assert aggregate("sum", "rate", DOUBLE, 1e16, 1.0, -1e16) == 1.0
    assert aggregate("sum", "rate", DOUBLE, 1e308, 1e308) == float("inf")
    assert aggregate("sum", "rate", DOUBLE, float("inf"), float("-inf")) is None
    assert aggregate("sum", "rate", DOUBLE, float("nan"), 1.0) == 1.0
    assert aggregate("avg", "depth", DOUBLE, 1, 2, None) == 1.5
    assert aggregate("avg", "depth", DOUBLE) is None
    assert aggregate("avg", "depth", DOUBLE, None) is None
    assert aggregate("min", "page", TEXT, "b", "B", None) == "B"
    assert aggregate("max", "page", TEXT, "ß", "z", "\N{FULLWIDTH TILDE}") == "\uff5e"
    assert aggregate("max", "good", BOOLEAN, False, True) is True
    assert aggregate("max", "depth", INTEGER) is None
    assert aggregate("distinct", "page", COUNT, "a", "A", "a", None) == 2
    assert aggregate("distinct", "rate", COUNT, 0.0, -0.0) == 1
    assert aggregate("count", "page", COUNT, "a", None) == 1


def test_average_of_decimals_is_of_the_exact_sum() -> None:
    lines = [
        {"order_id": 1, "item": None, "amount": Decimal(each)}
        for each in ("0.10", "0.20", "0.00")
    ]
    tables = rows({}, lines=lines, orders=[ORDER])
    node = mdl.Aggregate("avg", mdl.Selection("bought"), of("amount", BOUGHT), DOUBLE)
    assert value(node, tables) == float(Decimal("0.30")) / 3.0


# ---- the order of events


def picked(which: Any, name: str, *given: Row, event: Event = VISITED) -> Any:
    world = World(replace(CATALOG, events={"visited": event}), {})
    node = mdl.Pick(which, ALL_VISITS, of(name), of(name).type)
    shuffled = list(given)
    found = []
    for seed in range(4):
        random.Random(seed).shuffle(shuffled)
        found.append(Evaluation(world, visits(*shuffled), AS_OF).value(node, 1))
    assert len(set(found)) == 1, "the order of rows decides"
    return found[0]


def test_first_and_last() -> None:
    early, late = {"at": at("2025-01-01")}, {"at": at("2025-02-01")}
    given: list[Row] = [{**early, "page": "z"}, {**late, "page": None}]
    assert picked("first", "page", *given) == "z"
    assert picked("last", "page", *given) is None
    assert picked("last", "page") is None


def test_ties_are_broken_by_all_properties_in_name_order() -> None:
    """depth, good, page, rate: what is missing comes first."""
    given: list[Row] = [
        {"depth": 1, "good": True, "page": "b"},
        {"depth": 1, "good": False, "page": "Z"},
        {"depth": 1, "good": None, "page": "c"},
    ]
    assert picked("first", "page", *given) == "c"
    assert picked("last", "page", *given) == "b"
    assert picked("first", "page", *given, {"depth": None, "page": "d"}) == "d"
    assert picked("first", "page", *given[:2]) == "Z"
    assert picked("first", "rate", {"rate": None}, {"rate": -1.0}) is None
    assert picked("last", "rate", {"rate": 2.0}, {"rate": 10.0}) == 10.0


def test_a_tie_break_goes_before_the_properties() -> None:
    event = replace(VISITED, tie_break=Place(("line",)))
    given: list[Row] = [
        {"line": 2, "depth": 1, "page": "b"},
        {"line": 1, "depth": 2, "page": "a"},
        {"line": 1, "depth": 3, "page": "c"},
    ]
    assert picked("first", "page", *given, event=event) == "a"
    assert picked("last", "page", *given, event=event) == "b"
    given.append({"line": None, "depth": 9, "page": "m"})
    assert picked("first", "page", *given, event=event) == "m"


def test_an_event_delivered_again_counts_once() -> None:
    event = replace(VISITED, unique=Place(("uid",)))
    world = World(
        replace(CATALOG, events={"visited": event}),
        {"visited": mdl.Compare("=", of("good"), const(True, BOOLEAN))},
    )
    later, dropped = at("2025-06-02"), at("2025-05-01")
    tables = visits(
        {"uid": "x", "page": "late", "at": later},
        {"uid": "x", "page": "kept"},
        {"uid": "x", "page": "filtered", "at": dropped, "good": False},
        {"uid": "x", "page": "other", "who": 2},
        {"uid": None, "page": "p"},
        {"uid": None, "page": "q"},
    )
    evaluation = Evaluation(world, tables, AS_OF)
    kept = {
        evaluation.value(of("page"), 1, each)
        for each in evaluation.selected(ALL_VISITS, 1)
    }
    assert kept == {"kept", "p", "q"}
    assert evaluation.value(count(ALL_VISITS), 2) == 1


# ---- joins, related tables, the customer base

ORDER = {"order_id": 1, "customer": 1, "at": datetime(2025, 6, 1)}


def test_joins_are_many_to_one_and_may_find_nothing() -> None:
    lines: list[Row] = [
        {"order_id": 1, "item": {"product": 7}, "amount": Decimal("1.00")},
        {"order_id": 1, "item": {"product": 8}, "amount": Decimal("2.00")},
        {"order_id": 1, "item": None, "amount": None},
        {"order_id": 2, "item": None, "amount": Decimal("9.00")},
    ]
    products: list[Row] = [
        {"id": 7, "category": "sport"},
        {"id": None, "category": "none"},
    ]
    tables = rows({}, lines=lines, orders=[ORDER], products=products)
    bought = mdl.Selection("bought")
    category = of("category", BOUGHT)
    assert value(count(bought), tables) == 3
    assert value(mdl.Aggregate("count", bought, category, COUNT), tables) == 1
    lacking = replace(bought, test=mdl.IsMissing(category))
    assert value(count(lacking), tables) == 2
    tables["products"] = [*products, products[0]]
    rule = mdl.Compare(">", count(lacking), const(0, INTEGER))
    with pytest.raises(DataFault, match="products: id: a key occurs twice"):
        evaluate(rule, WORLD, tables, AS_OF)


def test_related_tables() -> None:
    tables = rows({}, {}, {})
    tables["loyalty"] = [
        {"owner": 2, "points": 5},
        {"owner": 3, "points": None},
        {"owner": None, "points": 1},
        {"owner": None, "points": 2},
    ]
    assert [value(attr("points"), tables, key) for key in (1, 2, 3)] == [None, 5, None]
    tables["loyalty"] = [{"owner": 9, "points": 5}] * 2
    with pytest.raises(DataFault, match="a key occurs twice"):
        evaluate(mdl.IsMissing(attr("points")), WORLD, tables, AS_OF)


def test_keys_of_customers() -> None:
    tables = rows({}, {})
    tables["customers"] = [{"id": None}]
    with pytest.raises(DataFault, match="a key is missing"):
        evaluate(mdl.TRUE, WORLD, tables, AS_OF)
    tables["customers"] = [{"id": "a"}, {"id": "a"}]
    with pytest.raises(DataFault, match="a key occurs twice"):
        evaluate(mdl.TRUE, WORLD, tables, AS_OF)
    entity = replace(CATALOG.entity, distinct=True)
    world = World(replace(CATALOG, entity=entity), {})
    tables["customers"] = [{"id": "a"}, {"id": "a"}, {"id": None}, {"id": "b"}]
    assert evaluate(mdl.TRUE, world, tables, AS_OF) == {"a", "b"}


def test_who_came_later_is_not_there_yet() -> None:
    since = Column(("born",), type=DATE)
    world = World(replace(CATALOG, entity=replace(CATALOG.entity, since=since)), {})
    given: tuple[Row, ...] = (
        {"born": date(2025, 6, 15)},
        {"born": date(2025, 6, 16)},
        {},
    )
    assert members(mdl.TRUE, *given, world=world) == {1, 3}
    assert members(mdl.Not(mdl.FALSE), *given, world=world) == {1, 3}
    midnight = datetime(2025, 6, 14, 22, tzinfo=UTC)
    assert evaluate(mdl.TRUE, world, rows(*given), midnight) == {3}


def test_a_fault_shows_wherever_it_stands() -> None:
    """Also in the row of an event that counts for nobody, and behind an `or`."""
    tables = visits({}, {"who": None, "depth": "deep"})
    deep = mdl.Compare(">", of("depth"), const(0, INTEGER))
    chosen = mdl.Compare(">", count(replace(ALL_VISITS, test=deep)), const(0, INTEGER))
    with pytest.raises(DataFault, match="visits: depth: a cell is no integer"):
        evaluate(mdl.Or((mdl.TRUE, chosen)), WORLD, tables, AS_OF)
    assert evaluate(mdl.Or((mdl.TRUE,)), WORLD, tables, AS_OF) == {1, 2}


def test_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="a datetime with a zone"):
        evaluate(mdl.TRUE, WORLD, rows(), datetime(2025, 1, 1))
    with pytest.raises(DataFault, match="no such table"):
        evaluate(mdl.TRUE, WORLD, {}, AS_OF)
    tables = {"customers": [{"id": 1}]}
    with pytest.raises(DataFault, match="customers: city: there is no such column"):
        evaluate(BERLIN, WORLD, tables, AS_OF)
    with pytest.raises(ValueError, match="outside of a selection"):
        value(of("page"), rows({}))


# ---- laws

PAGES = st.sampled_from([None, "a", "b"])
VISITS = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from([None, 1, 2, 3]),
            "at": st.sampled_from([at("2025-06-01"), at("2025-06-14"), AS_OF, None]),
            "page": PAGES,
            "depth": st.sampled_from([None, -1, 0, 2]),
            "good": st.sampled_from([None, True, False]),
            "rate": st.sampled_from([None, 0.5]),
        }
    ),
    max_size=8,
)


@given(VISITS, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(
    given_rows: list[dict[str, Any]], random_: random.Random
) -> None:
    shuffled = given_rows.copy()
    random_.shuffle(shuffled)
    nodes: list[mdl.Value] = [
        mdl.Pick(which, ALL_VISITS, of(name), of(name).type)
        for which in ("first", "last")
        for name in ("page", "depth", "good", "rate")
    ]
    nodes.append(mdl.Aggregate("sum", ALL_VISITS, of("rate"), DOUBLE))
    for node in nodes:
        for key in (1, 2):
            assert value(node, visits(*given_rows), key) == value(
                node, visits(*shuffled), key
            )


@given(VISITS, st.integers(1, 20), st.integers(1, 20))
def test_windows_add_up(given_rows: list[dict[str, Any]], n: int, more: int) -> None:
    tables = visits(*given_rows)
    windows = [
        mdl.Rolling(-n, 0, "day"),
        mdl.Rolling(-n - more, -n, "day"),
        mdl.Rolling(None, -n - more, "day"),
    ]
    parts = [
        value(count(replace(ALL_VISITS, windows=(window,))), tables)
        for window in windows
    ]
    assert sum(parts) == value(count(ALL_VISITS), tables)


# ---- facts, and rows of events


ADDRESS = Event(
    "address",
    table="addresses",
    joins={"owner": Join("owner", "owners", (("id", Place(("owner",))),))},
    customer=Place(("customer",), "owner"),
    time=None,
    where="not old",
    properties={
        "kind": prop("kind", TEXT),
        "old": prop("old", BOOLEAN),
        "rent": prop("rent", MONEY),
    },
    unique=Place(("address_id",)),
)
LINE = Event(
    "bought.line",
    table="parts",
    joins={"maker": Join("maker", "makers", (("id", Place(("maker",))),))},
    customer=None,
    time=None,
    where="price > 0",
    properties={
        "price": prop("price", MONEY),
        "country": prop("country", TEXT, "maker"),
    },
    parent="bought",
    on=(("line", Place(("line_id",))), ("region", Place(("region",), "order"))),
)
TIED = World(
    replace(
        CATALOG, events={**CATALOG.events, "address": ADDRESS, "bought.line": LINE}
    ),
    {
        "address": mdl.Not(mdl.Holds(of("old", ADDRESS))),
        "bought.line": mdl.Compare(">", of("price", LINE), const(0, MONEY)),
    },
)


def tied(node: mdl.Value, key: int = 1, **tables: Sequence[Row]) -> Any:
    return Evaluation(TIED, rows({}, {}, **tables), AS_OF).value(node, key)


def test_facts_have_no_time() -> None:
    owners = [{"id": "a", "customer": 1}, {"id": "b", "customer": 9}]
    fact = {"owner": "a", "kind": "home", "old": False, "rent": 1, "address_id": None}
    addresses = [
        fact,
        {**fact, "kind": "work", "rent": Decimal("2.50")},
        {**fact, "old": True},
        {**fact, "old": None, "rent": None},
        {**fact, "owner": "b"},
        {**fact, "owner": "c"},
        {**fact, "owner": None},
    ]
    found = {"addresses": addresses, "owners": owners}
    everything = mdl.Selection("address")
    window = mdl.Selection("address", None, (mdl.Instants(None, None),))
    home = mdl.Compare("=", of("kind", ADDRESS), const("home", TEXT))
    total = mdl.Aggregate("sum", everything, of("rent", ADDRESS), Exact(20, 2))
    assert tied(count(everything), **found) == 3
    assert tied(count(window), **found) == 3
    assert tied(count(mdl.Selection("address", home)), **found) == 2
    assert tied(total, **found) == Decimal("3.50")
    assert tied(count(everything), 2, **found) == 0


def test_a_fact_delivered_again_counts_once() -> None:
    owners = [{"id": "a", "customer": 1}, {"id": "b", "customer": 2}]
    fact = {"owner": "a", "kind": "home", "old": False, "rent": 1, "address_id": 7}
    addresses = [{**fact, "kind": "work"}, fact, fact, {**fact, "owner": "b"}]
    found = {"addresses": addresses, "owners": owners}
    smallest = mdl.Aggregate("max", mdl.Selection("address"), of("kind", ADDRESS), TEXT)
    assert tied(count(mdl.Selection("address")), **found) == 1
    assert tied(smallest, **found) == "home"
    assert tied(count(mdl.Selection("address")), 2, **found) == 1


def test_rows_belong_to_their_own_event() -> None:
    when = datetime(2025, 6, 1)
    orders = [
        {"order_id": 1, "customer": 1, "at": when, "region": "n"},
        {"order_id": 2, "customer": 1, "at": when, "region": None},
    ]
    bought = {"item": None, "amount": 1, "category": None}
    lines = [
        {**bought, "order_id": 1, "line_id": 5},
        {**bought, "order_id": 1, "line_id": 6},
        {**bought, "order_id": 2, "line_id": 5},
        {**bought, "order_id": 1, "line_id": None},
    ]
    part = {"line": 5, "region": "n", "price": 3, "maker": 1}
    parts = [
        part,
        {**part, "price": 4, "maker": 2},
        {**part, "price": 0},
        {**part, "price": None},
        {**part, "region": "s"},
        {**part, "region": None},
        {**part, "line": None},
        {**part, "line": 99},
        {**part, "line": 6, "price": 9, "maker": None},
    ]
    makers = [{"id": 1, "country": "it"}, {"id": 2, "country": "de"}]
    found = {"orders": orders, "lines": lines, "parts": parts, "makers": makers}

    def bought_with(test: mdl.Rule) -> Any:
        return tied(count(mdl.Selection("bought", test)), **found)

    def parts_are(operator: Any, number: int, test: mdl.Rule | None = None) -> mdl.Rule:
        made = count(mdl.Selection("bought.line", test))
        return mdl.Compare(operator, made, const(number, COUNT))

    italian = mdl.Compare("=", of("country", LINE), const("it", TEXT))
    dear = mdl.Compare(">", of("price", LINE), const(3, MONEY))
    total = mdl.Aggregate(
        "sum", mdl.Selection("bought.line"), of("price", LINE), Exact(20, 2)
    )
    assert bought_with(parts_are("=", 2)) == 1
    assert bought_with(parts_are("=", 1)) == 1
    assert bought_with(parts_are("=", 0)) == 2
    assert bought_with(parts_are(">=", 1, italian)) == 1
    assert bought_with(parts_are(">=", 1, dear)) == 2
    assert bought_with(parts_are(">=", 1, mdl.And((italian, dear)))) == 0
    assert bought_with(mdl.Compare("=", total, const(7, MONEY))) == 1
    assert evaluate(
        mdl.Compare(
            ">=", count(mdl.Selection("bought", parts_are(">=", 2))), const(1, COUNT)
        ),
        TIED,
        rows({}, {}, **found),
        AS_OF,
    ) == {1}
