"""The PostgreSQL connection against a real server, and against its faults."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from servers import postgres

from segql.diagnostics import SegqlError
from segql.engines import NO_LIMITS, Address, Limits, connect
from segql.engines.postgres import Postgres, full_url, open_server
from segql.engines.postgres_faults import connecting_fault
from segql.engines.postgres_types import read_shape
from segql.engines.shape import Shape

pytestmark = pytest.mark.skipif(
    postgres.missing() is not None, reason=f"not run: {postgres.missing()}"
)

ROOT = str(Path(__file__).parents[1])
FOREVER = "SELECT count(*) FROM generate_series(1, 10000000000) a WHERE a % 7 = 3"
MANY = "SELECT i, repeat('secret', 50) AS s FROM generate_series(1, 2000000) i"


def fault(work: Callable[[], object]) -> tuple[str, str]:
    """The code and the text of the one error that is raised."""
    with pytest.raises(SegqlError) as raised:
        work()
    [diagnostic] = raised.value.diagnostics
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None, "the driver's text may quote cells"
    shown = str(raised.value)
    assert "secret" not in shown
    return diagnostic.code, shown


def code(work: Callable[[], object]) -> str:
    return fault(work)[0]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    found = postgres.start(tmp_path_factory.mktemp("postgres"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def server(warehouse: Any) -> postgres.Server:
    found: postgres.Server = warehouse.server
    return found


@pytest.fixture(scope="module")
def owner(warehouse: Any) -> postgres.Owner:
    found: postgres.Owner = warehouse.owner
    return found


@pytest.fixture
def shop(warehouse: Any) -> Iterator[Postgres]:
    """A connection of its own to a server with a table `t` in it."""
    warehouse.load({"t": pa.table({"i": pa.array([0, 1, 2], pa.int64())})})
    with open_server(warehouse.server.address, NO_LIMITS) as connection:
        yield connection


def running(shop: Postgres) -> int:
    """How many queries of segql the server is busy with, but for this one."""
    found = shop.scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'segql'"
        " AND state = 'active' AND pid <> pg_backend_pid()"
    )
    assert isinstance(found, int)
    return found


def becomes(wanted: object, now: Callable[[], object], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while now() != wanted:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


# Reading.


def test_a_query_comes_as_values_or_as_batches(shop: Postgres) -> None:
    assert shop.rows("SELECT i FROM t ORDER BY i") == [(0,), (1,), (2,)]
    assert shop.scalar("SELECT count(*) FROM t;") == 3
    with shop.execute("SELECT i, 'x' AS s FROM t ORDER BY i -- all") as rows:
        assert rows.names == ("i", "s")
        found = [row for batch in rows for row in batch.to_pylist()]
    assert found == [{"i": i, "s": "x"} for i in range(3)]
    name, version = shop.engine.split()
    assert name == "PostgreSQL"
    assert int(version.split(".")[0]) >= 14
    assert shop.dialect == "postgres"


def test_an_empty_answer_has_its_columns(shop: Postgres) -> None:
    rows = shop.execute("SELECT i FROM t WHERE i > 5")
    assert rows.names == ("i",)
    assert sum(batch.num_rows for batch in rows) == 0


def test_values_are_plain(shop: Postgres) -> None:
    with shop.execute(
        "SELECT 1.5::numeric(10, 2) AS d, 12::numeric(60, 0) AS w, NULL AS n,"
        " '00112233-4455-6677-8899-aabbccddeeff'::uuid AS u, '{\"a\": 1}'::json AS j,"
        " timestamp '2020-01-01' AS c, timestamptz '2020-01-01 00:00:00+01' AS z"
    ) as rows:
        assert rows.schema == pa.schema(
            {
                "d": pa.decimal128(10, 2),
                "w": pa.decimal256(60, 0),
                "n": pa.string(),
                "u": pa.string(),
                "j": pa.string(),
                "c": pa.timestamp("us"),
                "z": pa.timestamp("us", "UTC"),
            }
        )
        [row] = [row for batch in rows for row in batch.to_pylist()]
    assert row == {
        "d": Decimal("1.50"),
        "w": Decimal(12),
        "n": None,
        "u": "00112233-4455-6677-8899-aabbccddeeff",
        "j": '{"a": 1}',
        "c": datetime(2020, 1, 1),
        "z": datetime(2019, 12, 31, 23, tzinfo=UTC),
    }
    assert shop.rows("SELECT sum(i), avg(i)::numeric(9, 1), 1e30::numeric FROM t") == [
        (3, Decimal("1.0"), 10**30)
    ]
    uuids = "SELECT CASE WHEN i > 1 THEN gen_random_uuid() END AS u FROM t ORDER BY i"
    first, second, third = (str(u) if u else None for (u,) in shop.rows(uuids))
    assert first is None
    assert second is None
    assert third is not None
    assert len(third) == 36


@pytest.mark.parametrize(
    "value",
    [
        "'infinity'::date",
        "'-infinity'::timestamp",
        "'infinity'::timestamptz",
        "'0044-03-15 BC'::date",
        "'10000-01-01'::timestamp",
        "'NaN'::numeric(4, 1)",
    ],
)
def test_what_no_type_of_ours_holds_is_an_error(shop: Postgres, value: str) -> None:
    assert code(lambda: shop.rows(f"SELECT {value}")) == "E518"


def test_a_plan_is_told_and_nothing_is_run(shop: Postgres) -> None:
    assert "Seq Scan on t" in shop.plan("SELECT i FROM t")
    assert "Function Scan" in shop.plan(FOREVER)
    assert code(lambda: shop.plan("ANALYZE SELECT 1")) == "E517"
    assert code(lambda: shop.plan("SELECT nope FROM t")) == "E531"


def test_queries_run_side_by_side(shop: Postgres) -> None:
    first = iter(shop.execute("SELECT i FROM generate_series(1, 3000000) i"))
    assert next(first).num_rows > 0
    assert shop.scalar("SELECT count(*) FROM t") == 3
    assert next(first).num_rows > 0


def test_sessions_are_as_our_sql_needs_them(shop: Postgres) -> None:
    """The server's own settings are others, see tests/servers/postgres.py."""
    sql = (
        "SELECT timestamptz '2025-07-01 12:00:00+02'::text, date '2025-07-01'::text,"
        r" '\n', 0.1::double precision + 0.2, interval '1 day'::text"
    )
    expected = ("2025-07-01 10:00:00+00", "2025-07-01", r"\n", 0.1 + 0.2, "1 day")
    for _ in range(2):  # of a new connection, and of one that was used before
        assert shop.rows(sql) == [expected]
        shop.rows("SELECT set_config('TimeZone', 'Asia/Tokyo', false)")


def test_memory_does_not_grow_with_the_answer(shop: Postgres) -> None:
    resident: Callable[[], int] = lambda: (  # noqa: E731
        int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    )
    rows = iter(shop.execute(MANY))
    for _ in range(10):
        next(rows)
    before, most, count = resident(), 0, 0
    for batch in rows:
        count += batch.num_rows
        most = max(most, resident())
    assert count > 1_000_000
    assert most - before < 100_000_000


# Names and types.


def test_tables_and_their_types(server: Any, owner: Any) -> None:
    owner.run(
        "CREATE SCHEMA crm",
        "CREATE TYPE mood AS ENUM ('fine', 'bad')",
        "CREATE DOMAIN amount AS numeric(9, 2)",
        'CREATE TYPE home AS (city text, "ZIP code" char(5), moods mood[])',
        'CREATE TABLE "Größe" (id bigint PRIMARY KEY, a varchar(9) UNIQUE,'
        " b int UNIQUE NOT NULL, c home, d amount[], e char(3), f numeric,"
        ' "select" uuid, g timestamp(3) with time zone)',
        'CREATE VIEW crm.v AS SELECT id FROM "Größe"',
        "CREATE TABLE crm.parts (i int, d date) PARTITION BY RANGE (d)",
        "CREATE TABLE crm.part1 PARTITION OF crm.parts DEFAULT",
        'CREATE UNIQUE INDEX ON "Größe" (d) WHERE id > 3',
        'CREATE UNIQUE INDEX ON "Größe" (lower(a))',
        'CREATE UNIQUE INDEX ON "Größe" (id, b) INCLUDE (a)',
    )
    with open_server(server.address, NO_LIMITS) as shop:
        tables = shop.tables()
        assert list(tables["Größe"]) == [*"id a b c d e f select g".split()]
        assert tables["crm.v"] == {"id": "bigint"}
        assert list(tables["crm.parts"]) == ["i", "d"]
        assert "crm.part1" not in tables
        shapes = {c: shop.shape(t) for c, t in tables["Größe"].items()}
        assert {name: shape.kind for name, shape in shapes.items()} == {
            "id": "exact",
            "a": "text",
            "b": "exact",
            "c": "struct",
            "d": "list",
            "e": "text",
            "f": "exact",
            "select": "other",
            "g": "instant",
        }
        fields = shapes["c"].fields
        assert list(fields) == ["city", "ZIP code", "moods"]
        assert fields["moods"].element == Shape("text", "mood")
        amount = shapes["d"].element
        assert amount is not None
        assert (amount.kind, amount.digits, amount.scale) == ("exact", 9, 2)
        assert shapes["f"].digits > 38
        assert set(shop.unique("größe")) == {
            frozenset({"id"}),
            frozenset({"b"}),
            frozenset({"id", "b"}),
        }
        assert shop.unique("crm.v") == []
    with open_server(replace(server.address, schema="crm"), NO_LIMITS) as shop:
        assert shop.tables()["v"] == {"id": "bigint"}
        assert shop.scalar("SELECT count(*) FROM v") == 0


@pytest.mark.parametrize(
    ("text", "kind", "digits", "scale"),
    [
        ("smallint", "exact", 5, 0),
        ("bigint", "exact", 19, 0),
        ("numeric(10,2)", "exact", 10, 2),
        ("numeric(3,-2)", "exact", 3, 0),
        ("numeric(2,4)", "exact", 4, 4),
        ("character varying(20)", "text", 0, 0),
        ("character(3)", "text", 0, 0),
        ("citext", "text", 0, 0),
        ("timestamp(3) without time zone", "clock", 0, 0),
        ("timestamp with time zone", "instant", 0, 0),
        ("real", "double", 0, 0),
        ("jsonb", "json", 0, 0),
        ("interval", "other", 0, 0),
    ],
)
def test_types(text: str, kind: str, digits: int, scale: int) -> None:
    shape = read_shape(text)
    assert (shape.kind, shape.digits, shape.scale) == (kind, digits, scale)
    assert read_shape(f"{text}[]").element == shape


def test_what_is_loaded_is_what_is_read(warehouse: Any) -> None:
    nan = float("nan")
    table = pa.table(
        {
            "a b": ["x", "", None, "q\"'\\\n,{}()"],
            "F": [1.5, -0.0, float("inf"), None],
            "day": pa.array([date(1, 1, 1), date(9999, 12, 31), None, None]),
            "z": pa.array([datetime(2020, 1, 1)] * 4, pa.timestamp("us", "UTC")),
            "l": [["a", None, '"\\ ,{}'], [], None, [""]],
            "s": [{"A b": 1, "n": {"x": 'y,"('}}, None, {"A b": None, "n": None}, None],
            "u": pa.array([1, 2, 3, 255], pa.uint8()),
            "n": pa.array([nan, 1, 2, 3]),
        }
    )
    for name in ("T w", "sch.T"):
        for _ in range(2):
            warehouse.load({name: table})
        rows = warehouse.connection.rows(
            'SELECT "a b", "F", day, z, l, (s)."A b", ((s)."n")."x", u FROM '
            + postgres.quoted(name)
        )
        expected = table.to_pylist()
        for row, wanted in zip(rows, expected, strict=True):
            inner = wanted["s"] or {"A b": None, "n": None}
            assert row == (
                *(wanted[c] for c in ("a b", "F", "day", "z", "l")),
                inner["A b"],
                (inner["n"] or {"x": None})["x"],
                wanted["u"],
            )


# The fence.

FORBIDDEN = [
    "DELETE FROM t",
    "INSERT INTO t VALUES (1)",
    "WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x",
    "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
    "CREATE TABLE x AS SELECT 1",
    "SELECT 1 INTO x",
    "SELECT * FROM t FOR UPDATE",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SET TimeZone = 'Europe/Berlin'",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE t",
    "SELECT 1) TO STDOUT; COPY (SELECT 2",
    "COPY t TO '/tmp/x'",
    "EXPLAIN SELECT 1",
    "SHOW TimeZone",
    "BEGIN",
    "DO $$BEGIN END$$",
    "",
    "no SQL at all",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_a_query_reads_and_does_nothing_else(shop: Postgres, sql: str) -> None:
    assert code(lambda: shop.rows(sql)) in {"E517", "E525"}
    assert code(lambda: shop.execute(sql)) in {"E517", "E525"}
    assert shop.scalar("SELECT count(*) FROM t") == 3


def test_a_query_may_not_let_the_next_one_write(shop: Postgres) -> None:
    shop.rows("SELECT set_config('default_transaction_read_only', 'off', false)")
    sql = "WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x"
    assert code(lambda: shop.rows(sql)) == "E517"


# What goes wrong while it runs.


@pytest.mark.parametrize(
    ("sql", "wanted", "named"),
    [
        ("SELECT 'secret'::integer", "E518", ""),
        (
            "SELECT CASE WHEN i > 1 THEN 'secret' ELSE '1' END::integer FROM t",
            "E518",
            "",
        ),
        ("SELECT 9223372036854775807 + i FROM t", "E519", ""),
        (
            "SELECT i, timestamp '294276-12-31' + i * interval '1 year' FROM t",
            "E519",
            "",
        ),
        ("SELECT 1 / i FROM t", "E525", "22012"),
        ("SELECT nope FROM t", "E531", "`nope`"),
        ('SELECT "no pe" FROM t', "E531", "`no pe`"),
        ("SELECT x.nope FROM t AS x", "E531", "`nope`"),
        ('SELECT * FROM "No pe"', "E530", "`No pe`"),
        ("SELECT * FROM crm.nope", "E530", "`crm.nope`"),
        ("SELECT * FROM nopes.nope", "E530", "`nopes.nope`"),
        ("SELECT FROM WHERE", "E525", "42601"),
        ("SELECT nope(1)", "E525", "42883"),
    ],
)
def test_faults_of_a_query(shop: Postgres, sql: str, wanted: str, named: str) -> None:
    for ask in (shop.rows, shop.execute):
        found, shown = fault(lambda ask=ask: ask(sql))  # type: ignore[misc]
        assert found == wanted
        assert named in shown
    assert shop.scalar("SELECT count(*) FROM t") == 3


def test_a_fault_in_the_middle_of_an_answer(shop: Postgres) -> None:
    sql = (
        "SELECT CASE WHEN i > 2000000 THEN 'secret' ELSE '1' END::integer"
        " FROM generate_series(1, 3000000) i"
    )
    rows = iter(shop.execute(sql))
    assert next(rows).num_rows > 0
    assert code(lambda: list(rows)) == "E518"
    assert shop.scalar("SELECT count(*) FROM t") == 3


def test_a_table_that_goes_away(server: Any, owner: Any) -> None:
    owner.run("CREATE TABLE gone (i int)")
    with open_server(server.address, NO_LIMITS) as shop:
        assert "gone" in shop.tables()
        owner.run("DROP TABLE gone")
        assert fault(lambda: shop.rows("SELECT * FROM gone"))[0] == "E530"


def test_rights(server: Any, owner: Any) -> None:
    owner.run(
        "CREATE ROLE guest LOGIN PASSWORD 'secret word'",
        "CREATE SCHEMA closed",
        "CREATE TABLE closed.x (i int)",
        'CREATE TABLE "Own" (i int, j int)',
        "CREATE TABLE open (i int)",
        'GRANT SELECT ON open, "Own" TO guest',
    )
    address = replace(server.address, user="guest", password="secret word")
    with open_server(address, NO_LIMITS) as shop:
        assert "Own" in shop.tables()
        assert shop.unreadable["closed.x"].code == "E559"
        owner.run('REVOKE SELECT ON "Own" FROM guest')
        found = fault(lambda: shop.rows('SELECT * FROM open, "Own"'))
        assert found[0] == "E559"
        assert "`Own`" in found[1]
        found = fault(lambda: shop.rows("SELECT * FROM closed.x"))
        assert found[0] == "E559"
        assert "closed" in found[1]
        owner.run('GRANT SELECT (i) ON "Own" TO guest')
        shop.forget()
        assert list(shop.tables()["Own"]) == ["i"]
        assert code(lambda: shop.rows('SELECT j FROM "Own"')) == "E559"
        assert shop.rows('SELECT i FROM "Own"') == []
    schema = replace(address, schema="closed")
    assert code(lambda: open_server(schema, NO_LIMITS)) == "E554"
    schema = replace(server.address, schema="nope")
    assert code(lambda: open_server(schema, NO_LIMITS)) == "E554"


def test_room_on_disk(server: Any, owner: Any) -> None:
    owner.run(
        "CREATE ROLE small LOGIN PASSWORD 'secret'",
        "ALTER ROLE small SET temp_file_limit = '1MB'",
        "ALTER ROLE small SET work_mem = '64kB'",
    )
    address = replace(server.address, user="small", password="secret")
    sql = "SELECT repeat('x', 100) || i FROM generate_series(1, 300000) i ORDER BY 1"
    with open_server(address, NO_LIMITS) as shop:
        assert code(lambda: shop.rows(sql)) == "E521"


def test_a_limit_of_the_server(server: Any, owner: Any) -> None:
    owner.run(
        "CREATE ROLE hasty LOGIN PASSWORD 'secret'",
        "ALTER ROLE hasty SET statement_timeout = '300ms'",
    )
    address = replace(server.address, user="hasty", password="secret")
    with open_server(address, NO_LIMITS) as shop:
        assert code(lambda: shop.rows(FOREVER)) == "E561"


def test_a_query_that_waits_for_a_lock_is_stopped_in_time(
    server: Any, owner: Any
) -> None:
    owner.run("CREATE TABLE locked (i int)")
    owner.run("BEGIN", "LOCK TABLE locked")
    try:
        with open_server(server.address, Limits(seconds=0.3)) as shop:
            assert code(lambda: shop.rows("SELECT * FROM locked")) == "E523"
    finally:
        owner.run("ROLLBACK")


# Stopping.


def test_the_time_limit_stops_it_on_the_server(shop: Postgres, server: Any) -> None:
    with open_server(server.address, Limits(seconds=0.4)) as hasty:
        for ask in (hasty.rows, hasty.execute):
            begun = time.monotonic()
            assert code(lambda ask=ask: ask(FOREVER)) == "E523"  # type: ignore[misc]
            assert time.monotonic() - begun < 3
            assert becomes(0, lambda: running(shop))
        assert hasty.scalar("SELECT 7") == 7


def test_the_time_of_the_reader_does_not_count(server: Any) -> None:
    with open_server(server.address, Limits(seconds=5)) as shop:
        rows = iter(shop.execute("SELECT i FROM generate_series(1, 2000000) i"))
        next(rows)
        time.sleep(0.1)
        assert sum(batch.num_rows for batch in rows) > 0


def test_interrupting_stops_it_on_the_server(shop: Postgres, server: Any) -> None:
    with open_server(server.address, NO_LIMITS) as other:
        timer = threading.Timer(0.4, other.interrupt)
        timer.start()
        assert code(lambda: other.rows(FOREVER)) == "E522"
        timer.join()
        assert becomes(0, lambda: running(shop))
        rows = iter(other.execute(MANY))
        next(rows)
        other.interrupt()
        assert code(lambda: list(rows)) == "E522"
        assert becomes(0, lambda: running(shop))
        assert other.scalar("SELECT 7") == 7


def test_an_answer_that_nobody_reads_on_is_stopped(shop: Postgres, server: Any) -> None:
    with open_server(server.address, NO_LIMITS) as other:
        with other.execute(MANY) as rows:
            next(iter(rows))
        assert becomes(0, lambda: running(shop))
        other.execute(MANY)
    assert becomes(0, lambda: running(shop))


PROGRAM = """
import sys
from segql.engines import Address, NO_LIMITS
from segql.engines.postgres import open_server
shop = open_server(Address(sys.argv[1], sys.argv[2]), NO_LIMITS)
print("ready", flush=True)
try:
    shop.rows(sys.argv[3])
except KeyboardInterrupt:
    print(shop.scalar("SELECT 7"), flush=True)
    shop.close()
"""


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGKILL])
def test_a_reader_that_is_stopped_stops_the_server(
    shop: Postgres, server: Any, signal_: signal.Signals
) -> None:
    address = server.address
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, address.url, address.user, FOREVER],
        env={**os.environ, "PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert becomes(1, lambda: running(shop))
        process.send_signal(signal_)
        assert becomes(0, lambda: running(shop), seconds=10)
        out, _ = process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()
    if signal_ == signal.SIGINT:
        assert process.returncode == 0
        assert out == "7\n"


# The way to the server.


def test_logins(server: Any, owner: Any) -> None:
    owner.run("CREATE ROLE sesame LOGIN PASSWORD 'secret p@ss:w/rd%'")
    url = f"postgres://127.0.0.1:{server.port}/postgres"
    right = Address(url, "sesame", "secret p@ss:w/rd%", options={"sslmode": "disable"})
    with open_server(right, NO_LIMITS) as shop:
        assert shop.scalar("SELECT current_user::text") == "sesame"
    for address, wanted in (
        (replace(right, password="other secret"), "E552"),
        (replace(right, password=None), "E552"),
        (replace(right, user="nobody"), "E552"),
        (replace(right, url=url + "s"), "E553"),
        (replace(right, options={"sslmode": "require"}), "E555"),
        (replace(right, options={"sslmode": "secret"}), "E573"),
        (replace(right, options={"secret": "1"}), "E573"),
        (replace(right, url=f"mysql://127.0.0.1:{server.port}/postgres"), "E573"),
        (replace(right, url="postgres://127.0.0.1:99999999/postgres"), "E573"),
    ):
        found, shown = fault(lambda a=address: open_server(a, NO_LIMITS))  # type: ignore[misc]
        assert found == wanted, shown
        assert "127.0.0.1" in shown or wanted == "E573"


def test_nobody_answers(tmp_path: Path) -> None:
    port = postgres._free_port()
    for url, where in (
        (f"postgresql://127.0.0.1:{port}/x", f"127.0.0.1:{port}"),
        (f"postgresql:///x?host={tmp_path}", str(tmp_path)),
        ("postgresql://nowhere.invalid/x", "nowhere.invalid"),
    ):
        address = Address(url, "me", "secret")
        found, shown = fault(lambda a=address: open_server(a, NO_LIMITS))  # type: ignore[misc]
        assert found == "E551"
        assert f"`{where}`" in shown


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FATAL:  the database system is starting up", "E556"),
        ("FATAL:  sorry, too many clients already", "E556"),
        ("timeout expired", "E551"),
        ("server closed the connection unexpectedly", "E551"),
        ("SSL error: certificate verify failed", "E555"),
        ("ПРОВАЛ:  что-то", "E551"),
    ],
)
def test_what_a_failed_connection_says(text: str, wanted: str) -> None:
    assert connecting_fault(text, "here", "me", "shop").code == wanted


def test_too_many_connections(server: Any, owner: Any) -> None:
    owner.run("CREATE ROLE single LOGIN PASSWORD 'secret' CONNECTION LIMIT 1")
    address = replace(server.address, user="single", password="secret")
    with (
        open_server(address, NO_LIMITS) as shop,
        shop.execute("SELECT i FROM generate_series(1, 3000000) i"),
    ):
        assert code(lambda: open_server(address, NO_LIMITS)) == "E556"


def test_the_password_is_in_nothing_that_is_shown(server: Any) -> None:
    address = replace(server.address, password="se cret&x")
    assert "password=" not in repr(address)
    assert "segql:se%20cret%26x@/postgres?" in full_url(address)


def test_a_project_connects(server: Any, monkeypatch: Any) -> None:
    settings: Any = SimpleNamespace(
        engine="postgres",
        files=None,
        database=None,
        url=server.address.url,
        user=server.address.user,
        password=None,
        schema=None,
        options={"application_name": "mine"},
    )
    with connect(settings, Path("/")) as shop:
        assert shop.scalar("SELECT current_setting('application_name')") == "mine"


CATALOG = """\
entity: {table: people, key: id, zone: UTC}
attributes: {age: integer}
"""
PROJECT = """\
connection:
  engine: postgres
  url: {url}
  user: segql
"""


def segql_run(folder: Path, server: Any, *arguments: str) -> "subprocess.Popen[str]":
    url = server.address.url
    (folder / "segql.yaml").write_text(PROJECT.format(url=url), "utf-8")
    (folder / "catalog.yaml").write_text(CATALOG, "utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "segql", "run", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run(server: Any, owner: Any, tmp_path: Path) -> None:
    owner.run("DROP VIEW IF EXISTS people")
    owner.run(
        "CREATE VIEW people AS SELECT i AS id, i % 100 AS age"
        " FROM generate_series(1::bigint, 10000) i"
    )
    process = segql_run(tmp_path, server, "age = 7", "-o", "out.csv")
    _, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert len((tmp_path / "out.csv").read_text("utf-8").split()) == 101


# A server that is stopped; these come last, as what they stop is shared.


def test_a_server_killed_in_the_middle_of_an_answer(server: Any) -> None:
    with open_server(server.address, NO_LIMITS) as shop:
        rows = iter(shop.execute(MANY))
        assert next(rows).num_rows > 0
        server.down()
        try:
            assert code(lambda: list(rows)) == "E560"
            assert code(lambda: shop.rows("SELECT 1")) == "E551"
        finally:
            server.up()
        assert shop.scalar("SELECT 7") == 7


def test_a_server_killed_before_an_answer(server: Any) -> None:
    with open_server(server.address, NO_LIMITS) as shop:
        timer = threading.Timer(0.4, server.down)
        timer.start()
        try:
            assert code(lambda: shop.rows(FOREVER)) in {"E551", "E560"}
        finally:
            timer.join()
            server.up()


def test_a_server_that_was_started_anew_is_asked_again(server: Any) -> None:
    with open_server(server.address, NO_LIMITS) as shop:
        assert shop.scalar("SELECT 7") == 7
        server.down("fast")
        server.up()
        assert shop.scalar("SELECT 7") == 7


def test_a_server_that_is_slow_to_start_is_waited_for(server: Any) -> None:
    server.down("fast")
    timer = threading.Timer(0.4, server.up)
    timer.start()
    try:
        with open_server(server.address, NO_LIMITS) as shop:
            assert shop.scalar("SELECT 7") == 7
    finally:
        timer.join()


def test_no_half_answer_is_written(server: Any, owner: Any, tmp_path: Path) -> None:
    owner = postgres.Owner(server)
    owner.run("DROP VIEW IF EXISTS people")
    owner.run(
        "CREATE VIEW people AS SELECT i AS id, i % 100 AS age"
        " FROM (SELECT generate_series(1::bigint, 1000000000) AS i) AS s"
    )
    owner.close()
    with open_server(server.address, NO_LIMITS) as shop:
        process = segql_run(tmp_path, server, "age >= 7", "-o", "out.csv")
        try:
            assert becomes(1, lambda: running(shop), seconds=20)
            time.sleep(1)
            server.down()
            out, error = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
            server.up()
    assert process.returncode == 3, error
    assert "E560" in error or "E551" in error  # whether it was asked once more
    assert out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "catalog.yaml",
        "segql.yaml",
    ]


def test_a_closed_connection(server: Any) -> None:
    shop = open_server(server.address, NO_LIMITS)
    shop.close()
    assert code(lambda: shop.rows("SELECT 1")) == "E509"
    shop.close()
