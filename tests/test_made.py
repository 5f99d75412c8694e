"""Made-up customers mean what a warehouse with the same customers would."""

import time
from datetime import UTC, date, datetime
from random import Random

import pytest
from differential import checked, grown
from random_moments import as_of_of
from random_worlds import WORLDS
from random_worlds import world as world_of
from told import told

from segql.catalog.nodes import Column
from segql.catalog.read import read_catalog
from segql.diagnostics import Report, render
from segql.model import nodes as mdl
from segql.model.bind import bind
from segql.model.check_file import check_file
from segql.model.examples import Example
from segql.model.extent import walk
from segql.model.world import World
from segql.reference import DataFault, Evaluation, evaluate
from segql.reference.made import made_up, plain_world
from segql.source import Source
from segql.syntax.parse import parse

CATALOG = """
entity:
  {table: "sales.people", key: "row.id", zone: Europe/Berlin,
   since: {column: created, type: date}}
attributes:
  age: {type: integer, stored: text}
  money: {type: double, scale: 2}
  weight: double
  income: "decimal(10, 2)"
  newsletter: boolean
  born: {type: date, stored: timestamp}
  signup: {type: timestamp, zone: America/New_York}
  city: {type: text, table: addresses, key: of}
  phone: {type: text, column: contact.phone, empty: missing}
  tags: {type: list of text, column: more.tags, stored: json}
  sizes: list of integer
  home: {type: point, latitude: at.lat, longitude: at.lon}
  customer_id: text
  Customer_ID: integer
  größe: integer
events:
  bought:
    table: lines
    joins: {o: {table: orders, on: {id: order}}}
    customer: o.who
    time: {column: o.at, type: timestamp, zone: UTC}
    where: status = "paid" and (price > 0 or gift) and time since 2020-01-01
    properties:
      id: integer
      kind: text
      status: {type: text, column: o.status}
      price: {type: "decimal(8, 2)", stored: text}
      gift: boolean
      tags: list of text
    argument: kind
    tie_break: no
    unique: id
    partitioned_by: {column: o.day, type: date, zone: UTC}
  called:
    table: calls
    customer: who
    time: {column: on_day, type: date}
    properties: {topic: text, minutes: integer}
    tie_break: minutes
  ordered:
    table: orders
    customer: who
    time: {column: at, type: timestamp}
    properties: {channel: text}
    rows:
      line:
        table: lines
        on: {order: id}
        where: not broken
        properties: {sku: text, price: "decimal(8, 2)", broken: boolean}
        argument: sku
  offered:
    table: offers
    customer: who
    time: {column: at, type: timestamp}
    properties: {ends: date}
    where: ends in next 7 days
facts:
  customers: {table: x, customer: who, properties: {kind: text}, argument: kind}
places: {berlin: [52.52, 13.405]}
"""
AS_OF = datetime(2025, 6, 14, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    report = Report(Source(CATALOG, "catalog.yaml"))
    catalog = read_catalog(Source(CATALOG, "catalog.yaml"), report)
    found = catalog and bind(catalog, report)
    assert found is not None, "\n".join(map(render, report.diagnostics))
    return found


def read(world: World, rule: str, *given: str) -> tuple[mdl.Rule, tuple[Example, ...]]:
    lines = "\n".join(f"example in ({each})" for each in given)
    source = Source(f"segment s\n  as of 2025-06-15T00:00\nwhere {rule}\n{lines}\n")
    report = Report(source)
    definition = parse(source, report)
    assert definition is not None, "\n".join(map(render, report.diagnostics))
    meaning = check_file(definition, world, report)
    assert meaning.rule is not None, "\n".join(map(render, report.diagnostics))
    return meaning.rule, meaning.examples


def members(world: World, rule: str, *given: str) -> set[int]:
    found, examples = read(world, rule, *given)
    assert len(examples) == len(given)
    made = made_up(world, examples, AS_OF)
    return evaluate(found, made.world, made.tables, AS_OF)


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ("age = 30", "age = 30"),
        ("money = 1.25", "money = 1.25"),
        ("weight = 0.1", "weight = 0.1"),
        ("income = 5.5", "income = 5.5"),
        ("newsletter", "newsletter = true"),
        ("not newsletter", "newsletter = false"),
        ("born = 2000-02-29", "born = 2000-02-29"),
        ("signup after 2025-01-01T00:00+01:00", "signup = 2025-01-01T00:01"),
        ('city = "ß"', 'city = "ß"'),
        ('tags has all of ("a", "b")', 'tags = ("a", "b")'),
        ("size(tags) = 2", 'tags = ("a", "")'),
        ("sizes has (> 4)", "sizes = (3, 5)"),
        ("tags is missing", "age = 3"),
        ("tags is known and size(tags) = 0", "tags = ()"),
        ("phone is missing", 'phone = ""'),
        ("home within 1 km of berlin", "home = (52.52, 13.405)"),
        ('customer_id = "x" and Customer_ID = 3', 'customer_id = "x", Customer_ID = 3'),
        ("größe = 3", "größe = 3"),
        ('bought("a") in last 30 days', 'bought("a", time = 2025-06-01T10:00)'),
        ('bought(tags has "x")', 'bought(tags = ("x"), time = 2025-06-01T10:00)'),
        ("bought(id = 7)", "bought(id = 7, time = 2025-06-01T10:00)"),
        ("called in last 1 days", "called(time = 2025-06-14)"),
        ("last(called).time in last 2 days", "called(time = 2025-06-14)"),
        ('ordered(line("a"))', 'ordered(time = 2025-06-01T10:00, line("a"))'),
        (
            'ordered(line = 1 and channel = "x") = 1',
            'ordered(channel = "x", time = 2025-06-01T10:00, line("a")),'
            'ordered(time = 2025-06-01T10:00, line("b"), line("c"))',
        ),
        ('customers("home")', 'customers("home")'),
        ("nobody or not customers", ""),
    ],
)
def test_what_is_given_is_known(world: World, rule: str, given: str) -> None:
    assert members(world, rule, given) == {1}
    assert members(world, f"not ({rule})", given) == set()
    assert members(world, rule, "", given, "") >= {2}


def test_the_rest_is_missing(world: World) -> None:
    catalog = world.catalog
    for name in catalog.attributes:
        assert members(world, f"{name} is missing", "", "") == {1, 2}
    for event in catalog.customer_events:
        assert members(world, f"not {event}", "", "") == {1, 2}
    for prop in ("id", "kind", "status", "price", "gift", "tags"):
        rule = f"bought({prop} is missing)"
        assert members(world, rule, "bought(time = 2025-06-01T10:00)") == {1}


@pytest.mark.parametrize(
    ("given", "there"),
    [
        ("", True),
        ('status = "paid"', True),
        ('status = "open"', False),
        ("price = 1", True),
        ("price = 0", False),
        ("price = 0, gift = true", True),
        ('gift = false, status = "paid"', False),
        ('kind = "a"', True),
    ],
)
def test_an_event_passes_its_filter_unless_told(
    world: World, given: str, there: bool
) -> None:
    event = f"bought({given}{given and ', '}time = 2025-06-01T10:00)"
    assert members(world, "bought", event) == ({1} if there else set())


def test_a_filter_can_look_at_time(world: World) -> None:
    assert members(world, "bought", "bought(time = 2019-06-01T10:00)") == set()
    given = [
        f"offered(ends = {day}, time = 2025-06-01T10:00)"
        for day in ("2025-06-20", "2025-06-30")
    ]
    assert members(world, "offered", *given) == {1}


def test_a_row_passes_its_filter_unless_told(world: World) -> None:
    rows = ["line()", "line(broken = false)", "line(broken = true)"]
    given = [f"ordered(time = 2025-06-01T10:00, {each})" for each in rows]
    assert members(world, "ordered(line)", *given) == {1, 2}


def test_ties_are_broken_in_the_order_written(world: World) -> None:
    one, two = (f'bought("{k}", time = 2025-06-01T10:00)' for k in "ba")
    rule = 'last(bought).kind = "a"'
    assert members(world, rule, f"{one}, {two}", f"{two}, {one}") == {1}


def test_ties_are_broken_by_what_breaks_them(world: World) -> None:
    one, two = (f"called(minutes = {n}, time = 2025-06-01)" for n in (3, 2))
    rule = "last(called).minutes = 3"
    assert members(world, rule, f"{one}, {two}", f"{two}, {one}") == {1, 2}


def test_without_a_tie_break_properties_decide(world: World) -> None:
    one, two = (f'ordered(channel = "{c}", time = 2025-06-01T10:00)' for c in "ba")
    rule = 'last(ordered).channel = "b"'
    assert members(world, rule, f"{one}, {two}", f"{two}, {one}") == {1, 2}


def test_events_from_as_of_on_are_not_there(world: World) -> None:
    given = [f"bought(time = 2025-06-{day}T00:00)" for day in (14, 15)]
    assert members(world, "bought", *given) == {1}


def test_the_plain_world_is_plain(world: World) -> None:
    plain = plain_world(world)
    assert plain_world(world) is plain
    catalog = plain.world.catalog
    assert plain.world.filters == {}
    assert catalog.entity.since is None
    tables = list(plain.tables.values())
    assert tables == [
        "bought",
        "called",
        "ordered",
        "ordered_line",
        "offered",
        "customers_2",
    ]
    columns = [
        *(each.column for each in catalog.attributes.values()),
        *(p.column for e in catalog.events.values() for p in e.properties.values()),
        *(each.time for each in catalog.events.values() if each.time),
    ]
    for each in columns:
        bare = Column(each.path, type=each.type, longitude=each.longitude)
        assert each == bare
        assert len(each.path) == 1
        assert each.path[0].isascii()
    for row in plain.blanks.values():
        assert len({name.lower() for name in row}) == len(row)
    assert list(plain.blanks["called"]) == [
        "id",
        "customer_id",
        "time",
        "topic",
        "minutes",
    ]
    other = World(world.catalog, {})
    assert plain_world(other) is not plain


@pytest.mark.parametrize("number", range(WORLDS))
def test_who_is_told_of_is_found_as_in_the_warehouse(number: int) -> None:
    """Random rules, on random rows and on the same customers, told as examples."""
    chance, bound = Random(number), world_of(number)
    as_of = as_of_of(chance)
    case = grown(chance, Random(number + 1), number, as_of, 60)
    original = Evaluation(bound, case.tables, as_of)
    asked = 0
    try:
        customers = told(original)
        made = made_up(bound, tuple(customers.values()), as_of)
        same = dict(enumerate(customers, 1))
        copy = Evaluation(made.world, made.tables, as_of)
        for rules in case.rules:
            rule = checked(rules, bound)
            if any(isinstance(each, mdl.Sampled) for each in walk(rule)):
                continue
            copy.touch(rule)
            wanted = {key for key in same.values() if original.truth(rule, key)}
            found = {same[key] for key in copy.customers if copy.truth(rule, key)}
            assert found == wanted, f"{case}\n{rules.text}"
            asked += 1
    except DataFault:
        pytest.fail("the random rows have a fault")
    assert asked > 20


def test_one_customer_takes_about_a_millisecond(world: World) -> None:
    text = 'age 25..34 and city = "Berlin" and bought("sport") in last 90 days >= 2'
    event = 'bought("sport", time = 2025-06-01T10:00)'
    rule, examples = read(world, text, f'age = 30, city = "Berlin", {event}, {event}')
    best = 1.0
    for _ in range(20):
        start = time.perf_counter()
        made = made_up(world, examples, AS_OF)
        assert evaluate(rule, made.world, made.tables, AS_OF) == {1}
        best = min(best, time.perf_counter() - start)
    assert best < 0.01


def test_days_are_told_as_days(world: World) -> None:
    _, examples = read(world, "called", "called(time = 2025-06-01)")
    assert examples[0].events[0].time == date(2025, 6, 1)
    made = made_up(world, examples, AS_OF)
    assert made.tables["called"][0]["time"] == date(2025, 6, 1)
