"""What is said about the data is the same on every engine: doctor, faults, verify."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pytest
import servers
from deep import case_of
from differential import checked
from engine_lab import EngineLab
from random_worlds import world as world_of
from servers.running import Running

from segql.catalog.nodes import Catalog
from segql.catalog.project_nodes import Connection as Settings
from segql.catalog.project_nodes import ProjectFile
from segql.catalog.read import read_catalog
from segql.diagnostics import Report, SegqlError
from segql.library import Checked, Library
from segql.model.bind import bind
from segql.model.world import World
from segql.plan.build import build
from segql.project import Project, Segment
from segql.reference import Evaluation
from segql.source import Source
from segql.verify.compare import compare
from segql.verify.keys import text
from segql.verify.nodes import Side
from segql.verify.reasons import Asked
from segql.warehouse.doctor import examine
from segql.warehouse.init import draft

Ask: TypeAlias = Callable[[str], Running]

MOMENT = datetime(2025, 6, 1, tzinfo=UTC)
OTHERS = [name for name in servers.present() if name != "duckdb"]
CATALOG = """
entity: {table: customers, key: id, zone: Europe/Berlin}
attributes:
  age: {type: integer, column: raw_age, stored: text}
  visits: {type: integer, column: raw_visits, stored: text, unreadable: missing}
  born: {type: date, column: raw_born, stored: text}
  member: {type: boolean, column: raw_member, stored: text}
  seen: {type: timestamp, column: raw_seen, stored: text}
  city: {type: text, values: [Berlin, Hamburg]}
  income: {type: double, scale: 2, precision: 5}
  weight: double
  tier: {type: text, table: loyalty, key: customer_id}
  phone: {type: text, column: raw_json.phone, stored: json}
events:
  bought:
    table: orders
    customer: customer_id
    time: {column: bought_at, type: timestamp, zone: Europe/Berlin}
    joins:
      product: {table: products, on: {shop: shop, sku: sku}}
    properties:
      category: {type: text, column: product.category, values: [sport]}
      price: {type: "decimal(10, 2)", column: raw_price, stored: text}
    rows:
      line: {table: lines, on: {order_id: order_id}, properties: {amount: integer}}
  called:
    table: calls
    customer: customer_id
    time: {column: day, type: date}
"""


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


TABLES = {
    "customers": pa.table(
        {
            "id": pa.array([1, 2, 3, 4, 5], pa.int64()),
            "raw_age": ["30", "x", " 5", None, "-7"],
            "raw_visits": ["3", "many", None, "", "4"],
            "raw_born": ["2000-02-29", "2001-02-29", None, "01.02.2003", "0000-01-01"],
            "raw_member": ["true", "TRUE", None, "yes", "false"],
            "raw_seen": [
                "2025-01-01T10:00:00Z",
                "2025-01-01 10:00:00",
                None,
                "2025-01-01 10:00:00+02:00",
                "soon",
            ],
            "city": ["Berlin", "berlin", None, "Bonn", "Hamburg "],
            "income": pa.array([1.005, 999.995, None, 1e9, -999.99], pa.float64()),
            "weight": pa.array([1.5, None, 2.5, 3.5, 0.0], pa.float64()),
            "raw_json": ['{"phone": "1"}', '{"phone": 2}', "{}", None, "null"],
        }
    ),
    "loyalty": pa.table(
        {
            "customer_id": pa.array([1, 1, None, 3], pa.int64()),
            "tier": ["a", "b", "c", "d"],
        }
    ),
    "orders": pa.table(
        {
            "order_id": pa.array([10, 11, 12, 13, 14, 15], pa.int64()),
            "customer_id": pa.array([1, 9, 9, 8, None, 2], pa.int64()),
            "bought_at": pa.array(
                [
                    day("2025-01-01T00:00:00"),
                    day("2025-06-01T02:00:00"),
                    day("2025-06-01T01:59:59.999999"),
                    None,
                    day("2026-01-01T00:00:00"),
                    day("2025-05-05T05:05:05"),
                ],
                pa.timestamp("us"),
            ),
            "shop": ["a", "a", "b", "b", None, "zz"],
            "sku": ["x", "y", "x", "y", "x", "x"],
            "raw_price": ["1.50", "1,50", "2", None, "1e3", "0.005"],
        }
    ),
    "products": pa.table(
        {
            "shop": ["a", "a", "b", "b", "b"],
            "sku": ["x", "y", "x", "x", None],
            "category": ["sport", "garden", "garden", "toys", None],
        }
    ),
    "lines": pa.table(
        {
            "order_id": pa.array([10, 10, 99, None], pa.int64()),
            "amount": pa.array([1, 2, 3, 4], pa.int64()),
        }
    ),
    "calls": pa.table(
        {
            "customer_id": pa.array([], pa.int64()),
            "day": pa.array([], pa.date32()),
        }
    ),
}


def world() -> World:
    report = Report()
    catalog = read_catalog(Source(CATALOG, "catalog.yaml"), report)
    assert catalog is not None, report.diagnostics
    found = bind(catalog, report)
    assert report.ok
    return found


def on_each(engines: list[str] = OTHERS) -> Any:
    return pytest.mark.parametrize("engine", engines)


def told(catalog: Catalog, running: Running) -> list[tuple[str, str]]:
    findings = examine(catalog, running.connection, MOMENT)
    return [(each.code, each.message) for each in findings]


def test_there_is_something_to_find(running: Ask) -> None:
    duckdb = running("duckdb")
    duckdb.warehouse.load(TABLES)
    found = {code for code, _ in told(world().catalog, duckdb)}
    assert found == {
        *("E541", "E545", "W545", "W501", "W502", "W503", "W504", "W505", "W506"),
        *("W508", "W509", "W510"),
    }


@on_each()
def test_doctor_says_the_same(engine: str, running: Ask) -> None:
    here, duckdb = running(engine), running("duckdb")
    duckdb.warehouse.load(TABLES)
    here.warehouse.load(TABLES)
    catalog = world().catalog
    assert told(catalog, here) == told(catalog, duckdb)


SOUND = {
    **TABLES,
    "loyalty": TABLES["loyalty"].slice(1),
    "products": TABLES["products"].slice(0, 3),
}


def project(folder: Path) -> Project:
    (folder / "segments").mkdir()
    file = ProjectFile("catalog.yaml", "segments", Settings("duckdb", database="x"))
    return Project(folder, file, Library.of(world(), folder / "segments"))


@on_each()
def test_verify(engine: str, running: Ask, tmp_path: Path) -> None:
    """Equal where the data is, and each change is told by its name."""
    here, duckdb = running(engine), running("duckdb")
    own = project(tmp_path)
    duckdb.warehouse.load(SOUND)
    for change, rule, what in CHANGES:
        here.warehouse.load({**SOUND, **change})
        sides = Side("duckdb", duckdb.connection), Side(engine, here.connection)
        found = compare(own.compile(rule, as_of=MOMENT), *sides)
        assert found.equal is (what is None), (rule, found)
        for reason in found.reasons:
            assert reason.verdict == "data"
            assert what in {each.what for each in reason.differences}


def changed(table: str, column: str, *cells: Any) -> dict[str, pa.Table]:
    old = SOUND[table]
    at = old.schema.get_field_index(column)
    new = pa.array(cells, old.schema.field(at).type)
    return {table: old.set_column(at, column, new)}


CHANGES: list[tuple[dict[str, pa.Table], str, str | None]] = [
    ({}, "everyone", None),
    ({}, "weight > 1", None),
    ({}, 'tier = "b" or tier = "d"', None),
    ({}, 'bought(category = "sport")', None),
    ({}, "top 2 by weight", None),
    ({}, 'sample 50% seed "x"', None),
    ({}, "bought then bought", None),
    ({"customers": SOUND["customers"].slice(1)}, "everyone", "the customer"),
    (changed("customers", "weight", 0.5, None, 2.5, 3.5, 0.0), "weight > 1", "weight"),
    (
        changed("customers", "city", "Berlin", "Berlin", None, "Bonn", "Bonn"),
        'city = "Berlin"',
        "city",
    ),
    ({"loyalty": SOUND["loyalty"].slice(1)}, 'tier = "b"', "tier"),
    (
        {"orders": SOUND["orders"].slice(1)},
        "bought >= 1",
        "the rows of bought",
    ),
    (
        changed("products", "category", "toys", "garden", "garden"),
        'bought(category = "sport")',
        "the data of bought, in 1 of 1 rows",
    ),
    (
        changed("lines", "amount", 1, 5, 3, 4),
        "bought(sum(line.amount) > 3)",
        "the data of bought.line, in 1 of 2 rows",
    ),
]


@on_each()
def test_init_drafts_the_same(engine: str, running: Ask) -> None:
    here, duckdb = running(engine), running("duckdb")
    duckdb.warehouse.load(SOUND)
    here.warehouse.load(SOUND)
    wanted = drafted(duckdb)
    assert {"tier", "income", "raw_age"} <= set(wanted.attributes)
    found = drafted(here)
    assert found.entity.table == wanted.entity.table
    assert list(found.attributes) == list(wanted.attributes)
    assert list(found.events) == list(wanted.events)


def drafted(engine: Running) -> Catalog:
    report = Report()
    catalog = read_catalog(Source(draft(Alone(engine.connection))), report)
    assert catalog is not None, report.diagnostics
    return catalog


class Alone:
    """A connection that shows the tables of this file, not those of other tests."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def tables(self) -> dict[str, Any]:
        found = self._connection.tables()
        return {name: found[name] for name in found if name in SOUND}


@on_each()
def test_keys_and_cells_are_looked_at_before(
    engine: str, running: Ask, tmp_path: Path
) -> None:
    here = running(engine)
    here.warehouse.load(TABLES)
    own = project(tmp_path)
    for rule, code in {
        "age > 3": "E545",
        'tier = "a"': "E541",
        'bought(category = "sport")': "E541",
        "income > 3": "E545",
    }.items():
        with pytest.raises(SegqlError) as caught:
            own.compile(rule, as_of=MOMENT).members(here.connection).count()
        assert {each.code for each in caught.value.diagnostics} == {code}, rule
    assert own.compile("visits = 3", as_of=MOMENT).members(here.connection).count() == 1


@pytest.mark.parametrize("seed", range(4))
@on_each([each for each in ("duckdb", *OTHERS) if each != "spark"])
def test_what_a_rule_reads_of_a_customer(
    engine: str, seed: int, running: Ask, tmp_path: Path
) -> None:
    """Random rules: asked customer by customer, each answers as the reference does."""
    case = case_of(seed)
    lab = EngineLab(running(engine))
    tables = lab.load(case)
    _, bound = lab.adapted(case.world)
    truth = Evaluation(bound, tables, case.as_of)
    file = ProjectFile("catalog.yaml", "segments", Settings("duckdb", database="x"))
    own = Project(tmp_path, file, Library(bound, tmp_path))
    for each in case.rules[:10]:
        rule = checked(each, world_of(case.world))
        segment = Segment(
            own,
            Checked("rule", Source(each.text), None, rule, Report()),
            case.as_of,
            build({"rule": rule}, bound, case.as_of),
        )
        truth.touch(rule)
        wanted = {text(key): truth.truth(rule, key) for key in truth.customers}
        side = Side(engine, lab.engine.connection)
        try:
            found = Asked.of(segment).looked_up(side, [*truth.customers])
        except SegqlError as error:
            assert {each.code for each in error.diagnostics} <= {"E405", "E542"}
            continue
        told = {key: bool(values[0]) for key, values in found.values.items()}
        assert told == wanted, each.text


@on_each()
def test_the_plan(engine: str, running: Ask, tmp_path: Path) -> None:
    """Each engine says in its own words what it would do, and does none of it."""
    here = running(engine)
    here.warehouse.load(SOUND)
    segment = project(tmp_path).compile("bought >= 2", as_of=MOMENT)
    if engine == "clickhouse":  # which explains nothing to who may only read
        with pytest.raises(SegqlError, match="E539"):
            segment.members(here.connection).engine_plan()
        return
    plan = segment.members(here.connection).engine_plan()
    assert re.search('orders|customer_id|SCAN|"table"', plan)
    for words in ("DELETE FROM orders", "ANALYZE SELECT 1", "SELECT 1; SELECT 2"):
        with pytest.raises(SegqlError):
            here.connection.plan(words)
    rows = here.connection.scalar("SELECT COUNT(*) FROM orders")
    assert rows == SOUND["orders"].num_rows
