"""What `doctor` finds, and what `run` refuses, in real databases and files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from segql.catalog.nodes import Catalog
from segql.catalog.project_nodes import Connection as Settings
from segql.catalog.project_nodes import FilesFolder
from segql.catalog.read import read_catalog
from segql.diagnostics import Report, SegqlError, render
from segql.engines import Connection, connect
from segql.engines.duckdb import literal
from segql.source import Source
from segql.warehouse.doctor import Finding, examine
from segql.warehouse.faults import check_cells, check_columns, check_keys

AS_OF = datetime(2025, 6, 1, tzinfo=UTC)

CATALOG = """
entity: {table: customers, key: id, zone: Europe/Berlin}
attributes:
  age: integer
  city: {type: text, values: [Berlin, Hamburg]}
  tier: {type: text, table: loyalty, key: customer_id}
events:
  bought:
    table: orders
    joins:
      product: {table: products, on: {product_id: product_id}}
    customer: customer_id
    time: {column: ordered_at, type: timestamp, zone: UTC}
    properties:
      category: {type: text, column: product.category, values: [sport, garden]}
      amount: decimal(10, 2)
    argument: category
"""

TABLES = {
    "customers": "SELECT * FROM (VALUES (1, 30, 'Berlin'), (2, NULL, 'Hamburg'))"
    " t(id, age, city)",
    "loyalty": "SELECT 1 AS customer_id, 'gold' AS tier",
    "products": "SELECT * FROM (VALUES (1, 'sport'), (2, 'garden'))"
    " t(product_id, category)",
    "orders": "SELECT * FROM (VALUES"
    " (1, 1, TIMESTAMP '2025-01-01', 1.50::DECIMAL(10, 2)),"
    " (2, 2, TIMESTAMP '2025-01-02', NULL))"
    " t(customer_id, product_id, ordered_at, amount)",
}


def catalog_of(text: str) -> Catalog:
    report = Report()
    catalog = read_catalog(Source(text, "catalog.yaml"), report)
    assert catalog is not None, [render(each) for each in report.diagnostics]
    return catalog


@contextmanager
def warehouse(folder: Path, **tables: str) -> Iterator[Connection]:
    path = folder / "shop.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        for name, select in (TABLES | tables).items():
            con.execute(
                select
                if select.startswith("CREATE")
                else f"CREATE TABLE {name} AS {select}"
            )
    with connect(Settings("duckdb", database="shop.duckdb"), folder) as connection:
        yield connection


def findings(folder: Path, catalog: str = CATALOG, **tables: str) -> list[Finding]:
    with warehouse(folder, **tables) as connection:
        return examine(catalog_of(catalog), connection, AS_OF)


def said(folder: Path, catalog: str = CATALOG, **tables: str) -> list[str]:
    found = findings(folder, catalog, **tables)
    return [f"{finding.code} {finding.message}" for finding in found]


def test_a_healthy_warehouse(tmp_path: Path) -> None:
    assert said(tmp_path) == []
    with warehouse(tmp_path) as connection:
        check_columns(catalog_of(CATALOG), connection)
        check_keys(catalog_of(CATALOG), connection)


# Structure.


def test_a_missing_table_is_told_once_and_where(tmp_path: Path) -> None:
    catalog = CATALOG.replace("table: loyalty", "table: loyalti")
    [finding] = findings(tmp_path, catalog + "  # end")
    assert finding.code == "E530"
    assert finding.help == "did you mean `loyalty`?"
    assert catalog[finding.span.start : finding.span.end] == "loyalti"
    assert finding.path == ("attributes", "tier", "table")


def test_a_missing_table_with_no_name_near(tmp_path: Path) -> None:
    catalog = CATALOG.replace("table: loyalty", "table: xyz")
    [finding] = findings(tmp_path, catalog)
    assert finding.help == "it has `customers`, `loyalty`, `orders`, `products`"


@pytest.mark.parametrize(
    "type", ["integer", "decimal(5, 2)", "double", "boolean", "date", "timestamp"]
)
def test_text_where_something_else_is_declared(tmp_path: Path, type: str) -> None:
    catalog = (
        "entity: {table: customers, key: id, zone: UTC}\n"
        f'attributes: {{x: {{type: "{type}"}}}}\n'
    )
    [finding] = findings(tmp_path, catalog, customers="SELECT 1 AS id, '1' AS x")
    assert (finding.code, finding.help) == ("E532", "add `stored: text`")


def test_a_date_that_is_stored_as_timestamp(tmp_path: Path) -> None:
    catalog = """
entity: {table: customers, key: id, zone: Europe/Berlin}
attributes:
  born: {type: date, stored: timestamp, values: [2001-01-01]}
events:
  bought:
    table: orders
    customer: customer_id
    time: {column: ordered_at, type: date, stored: timestamp}
"""
    customers = """SELECT * FROM (VALUES (1, TIMESTAMP '2001-01-01 12:00'),
        (2, TIMESTAMP '2001-01-02'), (3, NULL)) t(id, born)"""
    orders = """SELECT * FROM (VALUES (1, TIMESTAMP '2025-12-31'), (1, NULL),
        (1, TIMESTAMP '2030-01-01 12:00')) t(customer_id, ordered_at)"""
    told = said(tmp_path, catalog, customers=customers, orders=orders)
    assert [each.split()[0] for each in told] == ["W505", "W503", "W504"]
    assert "in 1 row" in told[0]


def test_missing_columns(tmp_path: Path) -> None:
    catalog = (
        CATALOG.replace("age: integer", "agee: integer")
        .replace("product.category", "product.categorie")
        .replace("column: ordered_at", "column: at")
    )
    assert said(tmp_path, catalog) == [
        "E531 the table `customers` has no column `agee`",
        "E531 the table `orders` has no column `at`",
        "E531 the table `products` has no column `categorie`",
    ]


def test_names_of_columns_match_as_in_the_engine(tmp_path: Path) -> None:
    catalog = CATALOG.replace("table: orders", "table: ORDERS").replace(
        "age: integer", "AGE: integer"
    )
    assert said(tmp_path, catalog) == []


def test_paths_into_structs_and_json(tmp_path: Path) -> None:
    catalog = """
entity: {table: customers, key: id, zone: UTC}
attributes:
  phone: {type: text, column: contact.phone}
  fax: {type: text, column: contact.fax}
  city: {type: text, column: address.city, stored: json, values: [Berlin]}
  zip: {type: integer, column: address.zip, stored: json}
"""
    customers = (
        "SELECT 1 AS id, {'phone': '1'} AS contact,"
        """ '{"city": "Bonn", "zip": "x"}'::JSON AS address"""
    )
    assert said(tmp_path, catalog, customers=customers) == [
        "E531 the table `customers` has no column `contact.fax`",
        "W505 `address.city` of `customers` has 1 value not among its `values`,"
        " in 1 row",
        "E545 `address.zip` of `customers` can't be read as integer in 1 row",
    ]


FITS = [
    ("integer", "1::TINYINT", None),
    ("integer", "1::BIGINT", None),
    ("integer", "1::UBIGINT", "decimal(20, 0)"),
    ("integer", "1::HUGEINT", "decimal(38, 0)"),
    ("integer", "1::DECIMAL(12, 0)", None),
    ("integer", "1::DECIMAL(12, 2)", "decimal(12, 2)"),
    ("integer", "1::DOUBLE", "double"),
    ("integer", "'1'", "stored: text"),
    ("decimal(10, 2)", "1::DECIMAL(10, 2)", None),
    ("decimal(12, 3)", "1::DECIMAL(10, 2)", None),
    ("decimal(10, 2)", "1::DECIMAL(18, 3)", "decimal(18, 3)"),
    ("decimal(10, 2)", "1::INTEGER", "integer"),
    ("decimal(12, 2)", "1::INTEGER", None),
    ("double", "1::DOUBLE", None),
    ("double", "1::FLOAT", None),
    ("double", "1::INTEGER", "integer"),
    ("boolean", "true", None),
    ("boolean", "1", "integer"),
    ("text", "'x'", None),
    ("text", "'x'::ENUM('x')", None),
    ("text", "uuid()", ""),
    ("date", "DATE '2025-01-01'", None),
    ("date", "TIMESTAMP '2025-01-01'", "timestamp"),
    ("timestamp", "DATE '2025-01-01'", "date"),
    ("list of text", "['x']", None),
    ("list of integer", "[1, 2]", None),
    ("list of integer", "['x']", "list of text"),
    ("list of text", "'x'", "text"),
    ("text", "{'a': 1}", ""),
]


@pytest.mark.parametrize(("type", "cell", "better"), FITS)
def test_types_fit_or_not(
    tmp_path: Path, type: str, cell: str, better: str | None
) -> None:
    catalog = (
        "entity: {table: customers, key: id, zone: UTC}\n"
        f'attributes: {{x: {{type: "{type}"}}}}\n'
    )
    found = findings(tmp_path, catalog, customers=f"SELECT 1 AS id, {cell} AS x")
    if better is None:
        assert found == []
    else:
        [finding] = found
        assert finding.code == "E532"
        assert finding.help is not None
        assert (f"`{better}`" in finding.help) == bool(better)


@pytest.mark.parametrize(
    ("options", "cell", "code"),
    [
        ("zone: UTC", "TIMESTAMP '2025-01-01'", None),
        ("zone: UTC", "TIMESTAMP_NS '2025-01-01'", None),
        ("", "TIMESTAMP '2025-01-01'", "E533"),
        ("", "TIMESTAMPTZ '2025-01-01'", None),
        ("zone: UTC", "TIMESTAMPTZ '2025-01-01'", "E534"),
        ("zone: UTC, stored: text", "'2025-01-01 10:00'", None),
        ("zone: UTC, stored: text", "TIMESTAMP '2025-01-01'", "E532"),
    ],
)
def test_zones_fit_or_not(
    tmp_path: Path, options: str, cell: str, code: str | None
) -> None:
    catalog = (
        "entity: {table: customers, key: id, zone: UTC}\n"
        f"attributes: {{x: {{type: timestamp, {options}}}}}\n"
    )
    found = findings(tmp_path, catalog, customers=f"SELECT 1 AS id, {cell} AS x")
    assert [finding.code for finding in found] == ([code] if code else [])


def test_keys_of_different_kinds(tmp_path: Path) -> None:
    orders = (
        TABLES["orders"].replace("(1, 1,", "('1', 1,").replace("(2, 2,", "('x', 2,")
    )
    loyalty = "SELECT 1.0::DOUBLE AS customer_id, 'gold' AS tier"
    assert said(tmp_path, orders=orders, loyalty=loyalty) == [
        "E535 `orders.customer_id` (VARCHAR) can't be matched with `customers.id`"
        " (INTEGER)"
    ]
    products = "SELECT 'a' AS product_id, 'sport' AS category"
    assert [message[:4] for message in said(tmp_path, products=products)] == ["E535"]


# Keys.


def test_keys_of_the_entity(tmp_path: Path) -> None:
    customers = (
        "SELECT id, 1 AS age, 'Berlin' AS city FROM (VALUES (1),(1),(2),(NULL)) t(id)"
    )
    wanted = [
        "E540 1 row of `customers` without the key `id`",
        "E541 `id` is not unique in `customers`: 3 rows, 2 different keys",
    ]
    assert said(tmp_path, customers=customers) == wanted
    with warehouse(tmp_path, customers=customers) as connection:
        with pytest.raises(SegqlError) as raised:
            check_keys(catalog_of(CATALOG), connection)
        shown = [f"{each.code} {each.message}" for each in raised.value.diagnostics]
        assert shown == wanted
        assert "catalog.yaml:2:33" in str(raised.value)
        with pytest.raises(SegqlError):
            check_keys(catalog_of(CATALOG), connection, tables=["loyalty"])


def test_customers_that_are_the_keys_which_occur(tmp_path: Path) -> None:
    catalog = """
entity: {table: orders, key: customer_id, zone: UTC, distinct: true}
attributes: {tier: {type: text, table: loyalty, key: customer_id}}
events:
  bought:
    table: orders
    customer: customer_id
    time: {column: ordered_at, type: timestamp, zone: UTC}
"""
    twice = f"{TABLES['orders']} UNION ALL {TABLES['orders']}"
    assert said(tmp_path, catalog, orders=twice) == []


def test_keys_of_related_and_joined_tables(tmp_path: Path) -> None:
    loyalty = (
        "SELECT id AS customer_id, 'gold' AS tier FROM (VALUES (1),(1),(NULL)) t(id)"
    )
    products = (
        "SELECT id AS product_id, 'sport' AS category"
        " FROM (VALUES (1),(2),(1),(NULL)) t(id)"
    )
    tables = {"loyalty": loyalty, "products": products}
    assert said(tmp_path, **tables) == [
        "E541 `customer_id` is not unique in `loyalty`: 2 rows, 1 different keys",
        "W509 1 row of `loyalty` without the key `customer_id`",
        "E541 `product_id` is not unique in `products`: 3 rows, 2 different keys",
        "W509 1 row of `products` without the key `product_id`",
    ]
    with warehouse(tmp_path, **tables) as connection:
        for table in ("loyalty", "PRODUCTS"):
            with pytest.raises(SegqlError) as raised:
                check_keys(catalog_of(CATALOG), connection, tables=[table])
            assert len(raised.value.diagnostics) == 1


def test_keys_of_two_columns(tmp_path: Path) -> None:
    catalog = CATALOG.replace(
        "{product_id: product_id}}", "{shop: shop, product_id: product_id}}"
    )
    orders = f"SELECT *, 1 AS shop FROM ({TABLES['orders']})"
    products = (
        "SELECT * FROM (VALUES (1, 1, 'sport'), (2, 1, 'sport'), (1, 2, 'garden'),"
        " (NULL, 1, 'garden'), (NULL, 1, 'garden')) t(shop, product_id, category)"
    )
    [message] = said(tmp_path, catalog, orders=orders, products=products)
    assert message == "W509 2 rows of `products` without the key `shop, product_id`"


def test_a_key_that_the_engine_keeps_is_not_counted(tmp_path: Path) -> None:
    customers = "CREATE TABLE customers (id INT PRIMARY KEY, age INT, city TEXT)"
    products = (
        "CREATE TABLE products (product_id INT NOT NULL UNIQUE, category VARCHAR)"
    )
    with warehouse(tmp_path, customers=customers, products=products) as connection:
        check_keys(catalog_of(CATALOG), connection)
        assert [note[1] for note in connection.notes] == ["loyalty"]  # type: ignore[index]
        counted = dict(connection.notes)
        check_keys(catalog_of(CATALOG), connection)
        assert connection.notes == counted


# Rows.


def test_rows_that_count_for_nobody(tmp_path: Path) -> None:
    orders = (
        "SELECT *, 1::DECIMAL(10, 2) AS amount FROM (VALUES"
        " (7, 1, TIMESTAMP '2025-01-01'), (7, 1, TIMESTAMP '2025-01-01'),"
        " (8, 1, NULL), (NULL, 9, NULL), (1, NULL, TIMESTAMP '2025-06-01'),"
        " (1, 2, TIMESTAMP '2025-05-31 23:59:59.9'))"
        " t(customer_id, product_id, ordered_at)"
    )
    found = findings(tmp_path, orders=orders)
    assert [(f"{each.code} {each.message}", each.count) for each in found] == [
        ("W501 `bought`: 3 rows of 2 unknown customers", 3),
        ("W502 `bought`: 1 row without a customer", 1),
        ("W503 `bought`: 2 rows without a time", 2),
        ("W504 `bought`: 1 row at or after 2025-06-01T00:00:00+00:00", 1),
        ("W508 `bought`: 1 row whose `product` is not there", 1),
    ]
    assert {each.severity for each in found} == {"warning"}


@pytest.mark.parametrize(
    ("time", "cell", "late"),
    [
        ("{column: x, type: timestamp, zone: Europe/Berlin}", "2025-06-01 01:59:59", 0),
        ("{column: x, type: timestamp, zone: Europe/Berlin}", "2025-06-01 02:00:00", 1),
        ("{column: y, type: timestamp}", "2025-05-31 23:59:59", 0),
        ("{column: y, type: timestamp}", "2025-06-01 00:00:00", 1),
        ("{column: z, type: date}", "2025-06-01", 0),
        ("{column: z, type: date}", "2025-06-02", 1),
        ("{column: s, type: date, stored: text}", "2025-06-02", 1),
    ],
)
def test_what_is_in_the_future(tmp_path: Path, time: str, cell: str, late: int) -> None:
    """`as of` is 02:00 in Berlin, so the first of June has begun."""
    catalog = f"""
entity: {{table: customers, key: id, zone: Europe/Berlin}}
events: {{bought: {{table: orders, customer: id, time: {time}}}}}
"""
    orders = (
        f"SELECT 1 AS id, '{cell}'::TIMESTAMP AS x,"
        f" timezone('UTC', '{cell}'::TIMESTAMP) AS y,"
        f" '{cell[:10]}'::DATE AS z, '{cell[:10]}' AS s"
    )
    found = findings(tmp_path, catalog, orders=orders)
    assert [each.code for each in found] == ["W504"] * late


def test_joined_rows_are_not_counted_twice(tmp_path: Path) -> None:
    products = (
        "SELECT * FROM (VALUES (1, 'x'), (1, 'x'), (2, 'y')) t(product_id, category)"
    )
    found = said(tmp_path, products=products)
    assert found[0].startswith("E541")
    assert found[1] == (
        "W505 `category` of `products` has 2 values not among its `values`, in 2 rows"
    )


def test_undeclared_values_are_counted_and_not_shown(tmp_path: Path) -> None:
    catalog = """
entity: {table: customers, key: id, zone: UTC}
attributes:
  city: {type: text, values: [Berlin, "O'Hara"], empty: missing}
  level: {type: integer, values: [1, 2]}
  price: {type: double, scale: 2, values: [0.1, 1.5]}
  rate: {type: double, values: [0.1]}
  day: {type: date, values: [2025-01-01]}
  tags: {type: list of text, values: [eco]}
"""
    customers = (
        "SELECT * FROM (VALUES"
        " (1, 'Berlin', 1, 0.1::DOUBLE, 0.1::DOUBLE, DATE '2025-01-01', ['eco', NULL]),"
        " (2, 'O''Hara', 2, 1.5, 0.1, NULL, NULL),"
        " (3, 'Secret', 3, 0.30000000000000004, 0.2, DATE '2025-01-02',"
        " ['Secret', 'b']),"
        " (4, 'Secret', 3, 0.3, 0.2, DATE '2025-01-02', ['Secret']),"
        " (5, '', NULL, NULL, NULL, NULL, []))"
        " t(id, city, level, price, rate, day, tags)"
    )
    found = findings(tmp_path, catalog, customers=customers)
    assert {each.code for each in found} == {"W505"}
    assert [each.count for each in found] == [2] * 6
    numbers = [each.message.split(" has ")[1].split()[0] for each in found]
    assert numbers == ["1", "1", "1", "1", "1", "2"]
    assert not any("Secret" in render(each.diagnostic) for each in found)


def test_unreadable_cells_and_nan(tmp_path: Path) -> None:
    catalog = """
entity: {table: customers, key: id, zone: UTC}
attributes:
  size: {type: integer, stored: text}
  width: {type: "decimal(5, 2)", column: size, stored: text, unreadable: missing}
  since: {type: date, stored: text}
  rate: double
  score: {type: double, scale: 1, column: rate}
"""
    customers = (
        "SELECT * FROM (VALUES (1, '42', '2025-01-31', 1.0::DOUBLE),"
        " (2, 'n/a', '2025-02-30', 'nan'), (3, NULL, NULL, NULL), (4, ' 4', '', 'nan'),"
        " (5, '4.25', '1.2.2025', 'inf')) t(id, size, since, rate)"
    )
    assert said(tmp_path, catalog, customers=customers) == [
        "E545 `size` of `customers` can't be read as integer in 3 rows",
        "W545 `size` of `customers` can't be read as decimal(5, 2) in 2 rows",
        "E545 `since` of `customers` can't be read as date in 3 rows",
        "W507 `rate` of `customers` is NaN in 2 rows",
        "E545 `rate` of `customers` can't be read as decimal(18, 1) in 1 row",
        "W507 `rate` of `customers` is NaN in 2 rows",
    ]


def test_empty_tables(tmp_path: Path) -> None:
    empty = {
        name: f"SELECT * FROM ({select}) LIMIT 0" for name, select in TABLES.items()
    }
    assert said(tmp_path, **empty) == [
        f"W506 the table `{name}` is empty"
        for name in ("customers", "loyalty", "products", "orders")
    ]


def test_two_events_of_one_table_are_read_once(tmp_path: Path) -> None:
    catalog = """
entity: {table: customers, key: id, zone: UTC}
events:
  opened:
    table: orders
    customer: customer_id
    time: {column: ordered_at, type: timestamp, zone: UTC}
    properties: {kind: {type: integer, column: product_id, values: [1]}}
    where: kind = 1
  clicked:
    table: orders
    customer: customer_id
    time: {column: ordered_at, type: timestamp, zone: UTC}
    properties: {kind: {type: integer, column: product_id, values: [2]}}
    where: kind = 2
"""
    orders = f"SELECT * REPLACE (7 AS customer_id) FROM ({TABLES['orders']})"
    assert [message[:14] for message in said(tmp_path, catalog, orders=orders)] == [
        "W501 `opened`:",
        "W505 `product_",
        "W505 `product_",
    ]


def test_an_event_of_a_column_that_is_missing_does_not_hide_the_others(
    tmp_path: Path,
) -> None:
    catalog = CATALOG.replace("customer: customer_id", "customer: nobody")
    orders = (
        f"SELECT * REPLACE (NULL::TIMESTAMP AS ordered_at) FROM ({TABLES['orders']})"
    )
    assert [message[:4] for message in said(tmp_path, catalog, orders=orders)] == [
        "E531",
        "W503",
    ]


def test_any_name_is_quoted(tmp_path: Path) -> None:
    catalog = """
entity: {table: 'cust"omers', key: "i'd", zone: UTC}
attributes: {select: {type: text, column: ['se"lect', 'a.b'], values: ["it's"]}}
events:
  bought:
    table: 'cust"omers'
    joins: {"group": {table: 'cust"omers', on: {"i'd": "i'd"}}}
    customer: "i'd"
    time: {column: group.when, type: date}
"""
    name = '"cust""omers"'
    select = (
        f"CREATE TABLE {name} AS SELECT 1 AS \"i'd\", {{'a.b': 'it''s'}} AS"
        ' "se""lect", DATE \'2025-01-01\' AS "when"'
    )
    assert said(tmp_path, catalog, odd=select) == []


def test_as_of_is_an_instant(tmp_path: Path) -> None:
    with warehouse(tmp_path) as connection, pytest.raises(ValueError, match="zone"):
        examine(catalog_of(CATALOG), connection, datetime(2025, 1, 1))


# Before a run.


@pytest.mark.parametrize("name", ["*", 'a"b', "a\\b", "a.b", "/", "~1"])
def test_any_name_inside_json_is_looked_up(tmp_path: Path, name: str) -> None:
    catalog = catalog_of(f"""
entity: {{table: customers, key: id, zone: UTC}}
attributes:
  rank: {{type: integer, column: [profile, {json.dumps(name)}], stored: json}}
""")
    for cell, codes in (("1", []), ('"x"', ["E545"])):
        document = json.dumps({name: json.loads(cell), "other": "y"})
        select = f"SELECT 1 AS id, {literal(document)} AS profile"
        with warehouse(tmp_path, customers=select) as connection:
            places = {("customers", ("profile", name))}
            try:
                check_cells(catalog, connection, places)
                found = []
            except SegqlError as error:
                found = [each.code for each in error.diagnostics]
        assert found == codes


def test_only_what_is_used_is_checked(tmp_path: Path) -> None:
    catalog = catalog_of(
        CATALOG.replace("age: integer", "age: text")
        .replace("table: loyalty", "table: nowhere")
        .replace("amount: decimal(10, 2)", "amount: boolean")
    )
    with warehouse(tmp_path) as connection:
        for names, codes in (
            ([("city",)], []),
            ([], []),
            ([("age",)], ["E532"]),
            ([("tier",)], ["E530"]),
            ([("bought",)], []),
            ([("bought",), ("bought", "category")], []),
            ([("bought",), ("bought", "amount")], ["E532"]),
            (None, ["E532", "E530", "E532"]),
        ):
            found: list[str] = []
            try:
                check_columns(catalog, connection, names)
            except SegqlError as error:
                found = [each.code for each in error.diagnostics]
            assert found == codes, names


def test_a_fixed_filter_uses_its_properties(tmp_path: Path) -> None:
    catalog = CATALOG.replace(
        "    argument:", "    where: amount > 1\n    argument:"
    ).replace("amount: decimal(10, 2)", "amount: {type: integer}")
    with warehouse(tmp_path) as connection, pytest.raises(SegqlError) as raised:
        check_columns(catalog_of(catalog), connection, [("bought",)])
    assert raised.value.diagnostics[0].code == "E532"


def test_a_file_that_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    for name, select in TABLES.items():
        duckdb.sql(f"COPY ({select}) TO '{tmp_path / name}.parquet'")
    (tmp_path / "loyalty.parquet").write_bytes(b"PAR1 no PAR1")
    with connect(Settings("duckdb", files=FilesFolder(".")), tmp_path) as connection:
        [finding] = examine(catalog_of(CATALOG), connection, AS_OF)
        assert finding.code == "E514"
        assert "./loyalty.parquet" in finding.message
        with pytest.raises(SegqlError) as raised:
            check_columns(catalog_of(CATALOG), connection)
        assert "catalog.yaml" not in str(raised.value)


# Facts and rows.

TIED = """
entity: {table: customers, key: id, zone: Europe/Berlin}
events:
  ordered:
    table: orders
    joins:
      product: {table: products, on: {product_id: product_id}}
    customer: customer_id
    time: {column: ordered_at, type: timestamp, zone: UTC}
    rows:
      line:
        table: lines
        on: {product: product_id, category: product.category}
        joins:
          shop: {table: shops, on: {id: shop_id}}
        properties:
          amount: decimal(12, 2)
          town: {type: text, column: shop.town, values: [Bonn]}
facts:
  address:
    table: addresses
    customer: customer_id
    properties:
      kind: {type: text, values: [home, work]}
    unique: address_id
    rows:
      resident: {table: residents, on: {address: address_id}}
"""
TIED_TABLES = {
    "lines": "SELECT * FROM (VALUES (1, 'sport', 1, 1.5::DECIMAL(10, 2)),"
    " (1, 'sport', 1, 2), (2, 'garden', NULL, 3))"
    " t(product, category, shop_id, amount)",
    "shops": "SELECT 1 AS id, 'Bonn' AS town",
    "addresses": "SELECT * FROM (VALUES (1, 1, 'home'), (1, 2, 'work'))"
    " t(customer_id, address_id, kind)",
    "residents": "SELECT * FROM (VALUES (1), (1), (2)) t(address)",
}


def test_healthy_facts_and_rows(tmp_path: Path) -> None:
    assert said(tmp_path, TIED, **TIED_TABLES) == []


def test_facts_and_rows_that_count_for_nobody(tmp_path: Path) -> None:
    tables = TIED_TABLES | {
        "lines": "SELECT * FROM (VALUES (1, 'garden', 9, 1::DECIMAL(10, 2)),"
        " (NULL, 'sport', 1, 2), (1, 'sport', 1, 3))"
        " t(product, category, shop_id, amount)",
        "shops": "SELECT 1 AS id, 'Rome' AS town",
        "addresses": "SELECT * FROM (VALUES (9, 1, 'home'), (NULL, NULL, 'den'))"
        " t(customer_id, address_id, kind)",
        "residents": "SELECT * FROM (VALUES (1), (2), (NULL)) t(address)",
    }
    found = findings(tmp_path, TIED, **tables)
    assert [(f"{each.code} {each.message}", each.count) for each in found] == [
        ("W510 `line`: 2 rows without the `ordered` that they belong to", 2),
        ("W508 `ordered.line`: 1 row whose `shop` is not there", 1),
        ("W505 `town` of `shops` has 1 value not among its `values`, in 2 rows", 2),
        ("W501 `address`: 1 row of 1 unknown customer", 1),
        ("W502 `address`: 1 row without a customer", 1),
        ("W505 `kind` of `addresses` has 1 value not among its `values`, in 1 row", 1),
        ("W510 `resident`: 2 rows without the `address` that they belong to", 2),
    ]
    places = {TIED[each.span.start : each.span.end] for each in found[:2]}
    assert places == {"on", "shop"}
    assert found[0].path == ("events", "ordered", "rows", "line", "on")


def test_columns_of_facts_and_rows(tmp_path: Path) -> None:
    tables = TIED_TABLES | {
        "lines": "SELECT 'x' AS product, 'sport' AS categori, 1 AS shop_id,"
        " 1 AS amount",
        "addresses": "SELECT 1 AS customer_id, 1 AS address_id, 3 AS kind",
        "residents": "SELECT 1 AS address",
    }
    found = findings(tmp_path, TIED, **tables)
    assert [(each.code, each.path) for each in found] == [
        ("E531", ("events", "ordered", "rows", "line", "on", "category")),
        ("E532", ("facts", "address", "properties", "kind", "column")),
        ("E535", ("events", "ordered", "rows", "line", "on", "product")),
    ]
    catalog = catalog_of(TIED)
    with warehouse(tmp_path, **tables) as connection:
        check_columns(catalog, connection, [("ordered",), ("address",)])
        with pytest.raises(SegqlError, match="has no column `category`"):
            check_columns(catalog, connection, [("ordered.line",)])
        with pytest.raises(SegqlError, match="`kind` of `addresses`"):
            check_columns(catalog, connection, [("address",), ("address", "kind")])


@pytest.mark.parametrize(
    ("table", "entry"),
    [
        ("lines", ("events", "ordered", "rows", "line", "table")),
        ("shops", ("events", "ordered", "rows", "line", "joins", "shop", "table")),
        ("addresses", ("facts", "address", "table")),
        ("residents", ("facts", "address", "rows", "resident", "table")),
    ],
)
def test_a_missing_table_of_facts_and_rows(
    tmp_path: Path, table: str, entry: tuple[str, ...]
) -> None:
    tables = {name: each for name, each in TIED_TABLES.items() if name != table}
    found = findings(tmp_path, TIED, **tables)
    assert [(each.code, each.path) for each in found] == [("E530", entry)]


def test_keys_of_what_is_joined_to_rows(tmp_path: Path) -> None:
    tables = TIED_TABLES | {"shops": "SELECT 1 AS id, 'Bonn' AS town FROM range(2)"}
    found = findings(tmp_path, TIED, **tables)
    assert [(each.code, each.path) for each in found] == [
        ("E541", ("events", "ordered", "rows", "line", "joins", "shop"))
    ]
