"""The Spark connection, classic and by Spark Connect, on real servers."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from servers import spark as server
from servers.running import Running
from servers.spark_cluster import DRIVER, start_connect

from segql.diagnostics import SegqlError
from segql.engines import Address, Limits
from segql.engines.folders import rows_in
from segql.engines.spark import Spark, open_server, quote_table
from segql.engines.spark_connect import host_of, remote

ROOT = str(Path(__file__).parents[1])
ALL = os.environ.get("SEGQL_PROFILE") == "engines"
LONG = (
    "SELECT count(*) FROM range(0, 3000000, 1, 40) AS a CROSS JOIN range(100000) AS b"
    " WHERE a.id * b.id % 7 = 3"
)
pytestmark = pytest.mark.skipif(
    server.missing() is not None, reason=str(server.missing())
)


def fault(work: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(SegqlError) as raised:
        work()
    [diagnostic] = raised.value.diagnostics
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None, "the driver's text may quote cells"
    return diagnostic.code, diagnostic.message


def code(work: Callable[[], object]) -> str:
    return fault(work)[0]


@pytest.fixture(scope="module")
def connect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("grpc")
    folder = tmp_path_factory.mktemp("connect")
    started, url = start_connect(folder, "local[2]", [f"{k}={v}" for k, v in SMALL])
    try:
        yield url
    finally:
        started.kill()


SMALL = [
    (name, value)
    for name, value in server.SMALL.items()
    if name not in DRIVER or name == "spark.driver.memory"
]


@pytest.fixture(params=["classic", "connect"])
def spark(
    request: pytest.FixtureRequest, running: Callable[[str], Running]
) -> Iterator[Spark]:
    if request.param == "classic":
        running("spark")  # whose process others share
        address = Address("local[2]")
    elif ALL:
        address = Address(request.getfixturevalue("connect_url"))
    else:
        pytest.skip("SEGQL_PROFILE=engines runs it")
    with open_server(address, Limits()) as opened:
        yield opened


# Reading.


def test_a_query_comes_as_values_or_as_batches(spark: Spark) -> None:
    assert spark.engine.startswith("Spark 4.")
    assert spark.dialect == "spark"
    assert spark.rows("SELECT id FROM range(3) ORDER BY id DESC") == [(2,), (1,), (0,)]
    assert spark.scalar("SELECT sum(id) FROM range(4) -- all") == 6
    with spark.execute("SELECT id AS i, 'x' AS s FROM range(3)") as rows:
        assert rows.names == ("i", "s")
        assert sorted(row["i"] for batch in rows for row in batch.to_pylist()) == [
            0,
            1,
            2,
        ]


def test_an_empty_answer_has_its_columns(spark: Spark) -> None:
    rows = spark.execute("SELECT id FROM range(3) WHERE id > 5")
    assert rows.names == ("id",)
    assert sum(batch.num_rows for batch in rows) == 0


def test_order_holds_over_many_parts(spark: Spark) -> None:
    found = spark.rows("SELECT id FROM range(0, 5000, 1, 7) ORDER BY id DESC")
    assert found == [(number,) for number in reversed(range(5000))]


def test_queries_run_side_by_side(spark: Spark) -> None:
    first = iter(spark.execute("SELECT id FROM range(0, 600000, 1, 6)"))
    assert next(first).num_rows > 0
    assert spark.scalar("SELECT count(*) FROM range(3)") == 3
    assert next(first).num_rows > 0


def test_types_come_back_as_they_are(spark: Spark) -> None:
    moment = datetime(2025, 7, 1, 10, tzinfo=UTC)
    sql = (
        "SELECT CAST('2025-07-01 12:00:00+02:00' AS TIMESTAMP_LTZ),"
        " CAST('2025-07-01 12:00:00' AS TIMESTAMP_NTZ), DATE '2025-07-01',"
        " CAST(1.50 AS DECIMAL(10, 2)), ARRAY(1L, NULL), NULLIF(1, 1)"
    )
    [row] = spark.rows(sql)
    wall = datetime(2025, 7, 1, 12)
    assert row == (moment, wall, date(2025, 7, 1), Decimal("1.50"), [1, None], None)


def test_a_session_means_what_the_sql_relies_on(spark: Spark) -> None:
    """Whatever a server's administrator prefers; `${…}` is no variable."""
    assert spark.scalar("SELECT current_timezone()") == "UTC"
    assert spark.scalar("SELECT typeof(TIMESTAMP '2025-01-01 00:00:00')") == "timestamp"
    assert spark.scalar("SELECT '${env:PATH}'") == "${env:PATH}"
    assert spark.scalar(r"SELECT 'a\\b'") == r"a\b"
    exact = "CAST(1 AS DECIMAL(38, 10)) * CAST(1 AS DECIMAL(38, 10))"
    assert spark.scalar(f"SELECT typeof({exact})") == "decimal(38,20)"
    assert code(lambda: spark.scalar("SELECT 9223372036854775807 + id FROM range(9)"))


def test_tables_and_their_types(spark: Spark) -> None:
    schema = pa.struct([("a b", pa.int64()), ("c", pa.list_(pa.string()))])
    content = pa.table(
        {
            "id": pa.array([1], pa.int64()),
            "small": pa.array([1], pa.int8()),
            "d": pa.array([Decimal("1.5")], pa.decimal128(12, 3)),
            "t": pa.array([datetime(2025, 1, 1)], pa.timestamp("us")),
            "z": pa.array([datetime(2025, 1, 1)], pa.timestamp("us", "UTC")),
            "s": pa.array([{"a b": 1, "c": ["x"]}], schema),
        }
    )
    server.load_view(spark, "of it`s own", content)
    spark.forget()
    tables = spark.tables()
    assert "of it`s own" in tables
    columns = tables["of it`s own"]
    shapes = {name: spark.shape(text) for name, text in columns.items()}
    kinds = {name: shape.kind for name, shape in shapes.items()}
    assert kinds == {
        "id": "exact",
        "small": "exact",
        "d": "exact",
        "t": "clock",
        "z": "instant",
        "s": "struct",
    }
    assert (shapes["small"].digits, shapes["d"].digits, shapes["d"].scale) == (3, 12, 3)
    assert shapes["s"].fields["c"].element is not None
    assert tables.get("nothing") is None
    assert spark.unique("of it`s own") == ()
    assert spark.rows(f"SELECT s.`a b` FROM {quote_table('of it`s own')}") == [(1,)]


# What it does not do.


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE made AS SELECT 1 AS a",
        "INSERT INTO t VALUES (1)",
        "DROP VIEW t",
        "SET spark.sql.ansi.enabled = false",
        "SELECT 1) UNION ALL (DROP TABLE t",
    ],
)
def test_nothing_but_a_query_runs(spark: Spark, sql: str) -> None:
    assert code(lambda: spark.rows(sql)) in ("E517", "E525")


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT * FROM nothing", "E530"),
        ("SELECT nope FROM range(3)", "E531"),
        ("SELECT CAST('secret' AS INT)", "E518"),
        ("SELECT CAST(concat('secret', id) AS INT) FROM range(3)", "E518"),
        ("SELECT RAISE_ERROR('segql: unreadable cell') FROM range(3)", "E518"),
        ("SELECT RAISE_ERROR(concat('secret', id)) FROM range(3)", "E525"),
        ("SELECT 9223372036854775807 + id FROM range(3)", "E519"),
        ("SELECT * FROM parquet.`/nothing/there`", "E524"),
    ],
)
def test_faults_are_told_without_a_cell(
    spark: Spark, sql: str, wanted: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found, message = fault(lambda: spark.rows(sql))
    assert found == wanted
    assert "secret" not in message
    out, err = capfd.readouterr()
    assert "secret" not in out + err


# Stopping.


def active(spark: Spark) -> int:
    context = spark.session.sparkContext
    return len(context.statusTracker().getActiveJobsIds())


def test_interrupt_stops_the_query_on_the_server(spark: Spark) -> None:
    threading.Timer(2, spark.interrupt).start()
    assert code(lambda: spark.rows(LONG)) == "E522"
    assert spark.scalar("SELECT 1") == 1


def test_a_time_limit_stops_the_query(running: Callable[[str], Running]) -> None:
    running("spark")
    with open_server(Address("local[2]"), Limits(seconds=2)) as spark:
        begun = time.monotonic()
        assert code(lambda: spark.rows(LONG)) == "E523"
        assert time.monotonic() - begun < 20
        until = time.monotonic() + 20
        while active(spark) and time.monotonic() < until:
            time.sleep(0.2)
        assert not active(spark)


def test_ctrl_c_stops_the_query(running: Callable[[str], Running]) -> None:
    running("spark")
    with open_server(Address("local[2]"), Limits()) as spark:
        raise_it = threading.Timer(2, lambda: os.kill(os.getpid(), signal.SIGINT))
        raise_it.start()
        with pytest.raises(KeyboardInterrupt):
            spark.rows(LONG)
        assert spark.scalar("SELECT 1") == 1


def test_a_closed_connection_says_so(spark: Spark) -> None:
    spark.close()
    assert code(lambda: spark.rows("SELECT 1")) == "E509"


# The way to it.


def refused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_nobody_answers() -> None:
    where = f"127.0.0.1:{refused_port()}"
    found, message = fault(
        lambda: open_server(Address(f"sc://{where}/;token=secret"), Limits())
    )
    assert found == "E551"
    assert where in message
    assert "secret" not in message


def test_an_option_that_is_none() -> None:
    address = Address("local[2]", options={"color": "blue"})
    assert code(lambda: open_server(address, Limits())) == "E567"


def test_another_master_in_this_process(running: Callable[[str], Running]) -> None:
    running("spark")
    assert code(lambda: open_server(Address("local[7]"), Limits())) == "E564"


def test_a_schema_that_is_not_there(running: Callable[[str], Running]) -> None:
    running("spark")
    address = Address("local[2]", schema="nothing_like_it")
    assert code(lambda: open_server(address, Limits())) == "E554"


def test_an_address_with_user_and_token() -> None:
    address = Address("sc://host:15002/;use_ssl=true", user="ann", password="secret")
    assert remote(address) == "sc://host:15002/;use_ssl=true;user_id=ann;token=secret"
    assert remote(Address("sc://host")) == "sc://host"
    assert host_of("sc://host:15002/;token=x") == "host:15002"


def test_java_that_is_missing(tmp_path: Path) -> None:
    program = (
        "from segql.engines import Address, Limits\n"
        "from segql.engines.spark import open_server\n"
        "from segql.diagnostics import SegqlError\n"
        "try: open_server(Address('local[1]'), Limits())\n"
        "except SegqlError as error: print(error.diagnostics[0].code)"
    )
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "dirname", "env", "python", "ls", "head", "tail", "sed"):
        with contextlib.suppress(OSError):
            (tools / name).symlink_to(f"/usr/bin/{name}")
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": str(tools), "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert (found.stdout.strip(), found.stderr) == ("E565", "")


# Files, and writing them.


def test_a_folder_of_parquet_is_a_warehouse(
    running: Callable[[str], Running], tmp_path: Path
) -> None:
    running("spark")
    data = tmp_path / "data [1]*"
    for path, number in (
        ("t.parquet", 1),
        ("parts/a.parquet", 2),
        ("parts/deep/b.parquet", 3),
        ("hive/year=2024/a.parquet", 4),
        ("hive/year=2025/a.parquet", 5),
    ):
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table({"n": [number]}), data / path)
    (data / "c.csv").write_text("n\n1\n")
    address = Address("local[2]", options={"files": data.name}, folder=tmp_path)
    with open_server(address, Limits()) as spark:
        assert spark.rows("SELECT n FROM t") == [(1,)]
        assert spark.rows("SELECT n FROM parts ORDER BY n") == [(2,), (3,)]
        assert spark.rows("SELECT n, year FROM hive WHERE year = 2025") == [(5, 2025)]
        assert "year" in spark.tables()["hive"]
        assert spark.unreadable["c"].code == "E514"
    missing = Address("local[2]", options={"files": "none"}, folder=tmp_path)
    assert code(lambda: open_server(missing, Limits())) == "E510"


def test_the_executors_write(spark: Spark, tmp_path: Path) -> None:
    sql = "SELECT id AS k FROM range(0, 1000, 1, 4) WHERE id % 3 = 0"
    assert spark.write(sql, str(tmp_path)) == 334
    assert (tmp_path / "_SUCCESS").exists()
    assert rows_in(tmp_path) == 334
    found = parquet.read_table(tmp_path)["k"].to_pylist()
    assert sorted(found) == list(range(0, 1000, 3))
    target = (tmp_path / "new").as_uri()
    assert spark.write(f"{sql} LIMIT 5", target) == 5
    assert code(lambda: spark.write(sql, target)) == "E525"


def test_a_table_is_made_and_never_replaced(
    running: Callable[[str], Running],
) -> None:
    running("spark")
    with open_server(Address("local[2]"), Limits()) as spark:
        try:
            assert spark.write_table("SELECT id FROM range(7)", "made_here") == 7
            assert spark.scalar("SELECT count(*) FROM made_here") == 7
            again = lambda: spark.write_table("SELECT 1 AS id", "made_here")  # noqa: E731
            assert code(again) == "E557"
        finally:
            spark.session.sql("DROP TABLE IF EXISTS made_here")
