"""The ClickHouse connection: chdb on disk and in memory, in real processes.

No server can be had here. What is tested of the way by HTTP is the transport: a small
server of our own forwards what it is asked to chdb. That proves nothing of a server.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("chdb")

from servers.clickhouse import run

from segql.diagnostics import SegqlError
from segql.engines import Address, Connection, Limits
from segql.engines.clickhouse import ClickHouse, in_memory, open_database, open_server
from segql.engines.clickhouse_chdb import Embedded
from segql.engines.clickhouse_http import Server
from segql.engines.clickhouse_types import read_shape

ROOT = str(Path(__file__).parents[1])
LONG = "SELECT count() FROM numbers(300000000000) WHERE cityHash64(number) % 7 = 3"
ENDLESS = "SELECT number FROM numbers(3000000000000)"


def code(work: Callable[[], object]) -> str:
    return fault(work)[0]


def fault(work: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(SegqlError) as raised:
        work()
    [diagnostic] = raised.value.diagnostics
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None, "the driver's text may quote cells"
    return diagnostic.code, diagnostic.message


def make(folder: Path, *statements: str) -> None:
    folder.mkdir(exist_ok=True)
    way = Embedded(folder)
    run(way, *statements)
    way.close()


T = "CREATE TABLE t ENGINE = MergeTree ORDER BY i AS SELECT number AS i FROM numbers(3)"


@pytest.fixture(params=["chdb", "http"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    make(tmp_path / "shop", T)
    if request.param == "chdb":
        with open_database("shop", tmp_path, Limits()) as connection:
            yield connection
    else:
        with (
            forwarded(tmp_path / "shop") as url,
            open_server(Address(url), Limits()) as connection,
        ):
            yield connection


# Reading.


def test_a_query_comes_as_values_or_as_batches(shop: Connection) -> None:
    assert shop.rows("SELECT i FROM t ORDER BY i") == [(0,), (1,), (2,)]
    assert shop.scalar(" -- sum\n(SELECT sum(i) FROM t)") == 3
    with shop.execute("SELECT i, 'x' AS s FROM t ORDER BY i") as rows:
        assert rows.names == ("i", "s")
        found = [row for batch in rows for row in batch.to_pylist()]
    assert found == [{"i": i, "s": "x"} for i in range(3)]
    assert shop.engine.startswith("ClickHouse 2")
    assert shop.dialect == "clickhouse"


def test_an_empty_answer_has_its_columns(shop: Connection) -> None:
    rows = shop.execute("SELECT i FROM t WHERE i > 5")
    assert rows.names == ("i",)
    assert sum(batch.num_rows for batch in rows) == 0


def test_queries_run_side_by_side(shop: Connection) -> None:
    first = iter(shop.execute("SELECT number FROM numbers(10000000)"))
    assert next(first).num_rows > 0
    assert shop.scalar("SELECT count() FROM t") == 3
    assert sum(batch.num_rows for batch in first) > 9_000_000


def test_settings_that_our_sql_relies_on(shop: Connection) -> None:
    assert shop.rows(
        "SELECT t.i, u.i FROM t LEFT JOIN (SELECT 1 AS i) u ON u.i = t.i ORDER BY 1"
    ) == [(0, None), (1, 1), (2, None)]
    assert shop.scalar("SELECT sum(i) FROM t WHERE i > 5") is None
    assert shop.scalar("SELECT timezone()") == "UTC"
    assert shop.rows("SELECT 1 SETTINGS join_use_nulls = 1") == [(1,)]


def test_memory_does_not_grow_with_the_answer(tmp_path: Path) -> None:
    resident: Callable[[], int] = lambda: (  # noqa: E731
        int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    )
    with in_memory(Limits()) as shop:
        rows = iter(
            shop.execute("SELECT number, concat('text ', number) FROM numbers(9000000)")
        )
        for _ in range(10):
            next(rows)
        before, most, count = resident(), 0, 0
        for batch in rows:
            count += batch.num_rows
            most = max(most, resident())
    assert count > 8_000_000
    assert most - before < 150_000_000


# Names and types.


def test_tables_of_a_database(tmp_path: Path) -> None:
    make(
        tmp_path / "it's a [db]?x=1",
        T,
        "CREATE TABLE `a b` (`c.d` Nullable(String)) ENGINE = Memory",
        "CREATE DATABASE crm",
        "CREATE TABLE crm.u (x LowCardinality(String)) ENGINE = Memory",
    )
    with open_database("it's a [db]?x=1", tmp_path, Limits()) as shop:
        assert shop.tables() == {
            "a b": {"c.d": "Nullable(String)"},
            "t": {"i": "UInt64"},
            "crm.u": {"x": "LowCardinality(String)"},
        }
        assert shop.unique("t") == ()
        assert shop.unreadable == {}
        assert shop.scalar("SELECT count() FROM crm.u") == 0


def test_types_are_read_as_trees() -> None:
    shape = read_shape(
        "Tuple(`a b` Nullable(Int32), q Array(Tuple(z Decimal(10, 3))),"
        " e Enum8('x)' = 1, 'it\\'s' = 2))"
    )
    assert shape.kind == "struct"
    assert list(shape.fields) == ["a b", "q", "e"]
    assert shape.fields["a b"].digits == 10
    assert shape.fields["e"].kind == "text"
    element = shape.fields["q"].element
    assert element is not None
    assert (element.fields["z"].digits, element.fields["z"].scale) == (10, 3)
    for text, kind in {
        "String": "text",
        "LowCardinality(Nullable(String))": "text",
        "FixedString(3)": "other",
        "UUID": "other",
        "Bool": "boolean",
        "UInt64": "exact",
        "Decimal64(4)": "exact",
        "Decimal(76, 38)": "exact",
        "SimpleAggregateFunction(sum, Decimal(38, 2))": "exact",
        "AggregateFunction(sum, UInt8)": "other",
        "Float32": "double",
        "Date": "date",
        "Nullable(Date32)": "date",
        "DateTime": "clock",
        "DateTime('Europe/Berlin')": "instant",
        "DateTime64(6)": "clock",
        "Nullable(DateTime64(3, 'UTC'))": "instant",
        "Array(Nullable(String))": "list",
        "Tuple(String, Int8)": "other",
        "Map(String, Array(UInt8))": "other",
        "Nested(a UInt8)": "struct",
        "JSON": "other",
        "Nullable(": "other",
        "": "other",
    }.items():
        assert read_shape(text).kind == kind, text


def test_the_names_that_the_engine_gives_to_types() -> None:
    with in_memory(Limits()) as shop:
        for type_ in ("Decimal(20, 4)", "Tuple(a Int8, `b c` String)", "Date32"):
            [(found,)] = shop.rows(
                f"SELECT toTypeName(defaultValueOfTypeName('{type_}'))"
            )
            assert " ".join(found.split()).replace("( ", "(") == type_
            assert read_shape(str(found)).kind != "other"


# Opening.


def test_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "t.parquet").write_text("x")
    for name, wanted in {
        "nope": "E501",
        "file": "E502",
        "empty": "E502",
        "other": "E502",
    }.items():
        assert code(lambda name=name: open_database(name, tmp_path, Limits())) == wanted
    assert [path.name for path in (tmp_path / "empty").iterdir()] == []


def test_a_database_that_another_process_has_open(tmp_path: Path) -> None:
    make(tmp_path / "shop", T)
    with open_database("shop", tmp_path, Limits()) as shop:
        told = fault(lambda: open_database("shop", tmp_path, Limits()))
        assert told[0] == "E503"
        assert "process" in told[1]
        assert shop.scalar("SELECT count() FROM t") == 3
    with open_database("shop", tmp_path, Limits()) as shop:
        assert shop.scalar("SELECT count() FROM t") == 3


def test_a_damaged_table(tmp_path: Path) -> None:
    make(
        tmp_path / "shop",
        "CREATE TABLE t (i Int64) ENGINE = MergeTree ORDER BY i"
        " SETTINGS min_bytes_for_wide_part = 0",
        "INSERT INTO t SELECT number FROM numbers(100000)",
    )
    [cells] = (tmp_path / "shop" / "store").rglob("i.bin")
    content = bytearray(cells.read_bytes())
    content[100:200] = bytes(100)
    cells.write_bytes(content)
    with open_database("shop", tmp_path, Limits()) as shop:
        assert code(lambda: shop.rows("SELECT sum(i) FROM t")) == "E524"
        assert shop.scalar("SELECT 1") == 1


def test_a_driver_that_is_not_installed(tmp_path: Path, monkeypatch: Any) -> None:
    make(tmp_path / "shop", T)
    (tmp_path / "chdb.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = fault(lambda: open_database("shop", tmp_path, Limits()))
    assert told[0] == "E516"
    assert "chdb" in told[1]


# What can be wrong with a query: no cell is ever quoted.

CELLS = (
    "CREATE TABLE cells ENGINE = Memory AS SELECT 'PrivateCell' AS s,"
    " toInt64(9223372036807661096) AS n, repeat('9', 38) AS m"
)


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT toInt32(s) FROM cells", "E518"),
        ("SELECT toDate32(s) FROM cells", "E518"),
        ("SELECT toDateTime64(s, 6) FROM cells", "E518"),
        ("SELECT toDecimal64(s, 2) FROM cells", "E518"),
        ("SELECT accurateCast(n, 'Int16') FROM cells", "E518"),
        ("SELECT throwIf(n > 0, 'segql: unreadable cell') FROM cells", "E518"),
        ("SELECT throwIf(n > 0, 'segql: overflow') FROM cells", "E519"),
        ("SELECT toDecimal128(m, 0) + toDecimal128(m, 0) FROM cells", "E519"),
        ("SELECT * FROM cels", "E530"),
        ("SELECT * FROM nowhere.cells", "E554"),
        ("SELECT nope FROM cells", "E531"),
        ("SELECT c.nope FROM cells c", "E531"),
        ("SELECT lower(n, s) FROM cells", "E525"),
        ("SELECT throwIf(n > 0, s) FROM cells", "E525"),
        ("SELECT 1 +", "E525"),
        ("SELEC", "E517"),
        ("SELECT 1; SELECT 2", "E517"),
        ("INSERT INTO cells SELECT * FROM cells", "E517"),
        ("DROP TABLE cells", "E517"),
        ("SET readonly = 0", "E517"),
        ("SHOW TABLES", "E517"),
        ("SELECT * FROM file('/etc/passwd', LineAsString)", "E517"),
        ("SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a Int8')", "E517"),
        ("SELECT 1 INTO OUTFILE '{folder}/out'", "E517"),
        ("SELECT 1 SETTINGS join_use_nulls = 0", "E517"),
    ],
)
def test_errors_quote_no_cell(
    cells: Connection, tmp_path: Path, sql: str, wanted: str
) -> None:
    sql = sql.replace("{folder}", str(tmp_path))
    cells.tables()
    for ask in (cells.rows, lambda sql: [*cells.execute(sql)]):
        with pytest.raises(SegqlError) as raised:
            ask(sql)
        [told] = raised.value.diagnostics
        assert told.code == wanted
        assert raised.value.__context__ is None
        assert "PrivateCell" not in str(raised.value)
        assert "9223372036807661096" not in str(raised.value)
        if wanted == "E530":
            assert "`cells`" in str(raised.value)
    assert not (tmp_path / "out").exists()
    assert cells.scalar("SELECT count() FROM cells") == 1


@pytest.fixture(scope="module")
def cells() -> Iterator[Connection]:
    way = Embedded(None)
    run(way, CELLS)
    with ClickHouse(way, "default", Limits()) as connection:
        yield connection


def test_an_error_far_into_the_answer(shop: Connection) -> None:
    cell = "if(number = 3000000, 'PrivateCell', '1')"
    sql = f"SELECT toInt32({cell}) FROM numbers(4000000) SETTINGS max_threads = 1"
    rows = shop.execute(sql.removesuffix(" SETTINGS max_threads = 1"))
    assert code(lambda: [batch.num_rows for batch in rows]) == "E518"
    assert shop.scalar("SELECT count() FROM t") == 3


def test_too_little_memory(tmp_path: Path) -> None:
    with in_memory(Limits(memory="30MB")) as shop:
        sql = "SELECT groupArray(number) FROM numbers(10000000)"
        assert code(lambda: shop.rows(sql)) == "E520"
        assert shop.scalar("SELECT 1") == 1


def test_limits_are_given_to_the_engine() -> None:
    with in_memory(Limits(seconds=7, memory="1.5GiB", threads=1)) as shop:
        names = "max_execution_time", "max_memory_usage", "max_threads", "readonly"
        found = [shop.scalar(f"SELECT getSetting('{name}')") for name in names]
    assert found == [8.0, 3 << 29, 1, 1]


# Stopping.


def running(shop: Connection) -> object:
    return shop.scalar("SELECT count() FROM system.processes") - 1  # type: ignore[operator]


def test_a_query_runs_out_of_time() -> None:
    with in_memory(Limits(seconds=0.4)) as shop:
        begun = time.monotonic()
        assert code(lambda: shop.rows(LONG)) == "E523"
        assert code(lambda: shop.execute(LONG)) == "E523"
        assert time.monotonic() - begun < 5
        assert running(shop) == 0


def test_another_thread_stops_a_query(shop: Connection) -> None:
    timer = threading.Timer(0.5, shop.interrupt)
    timer.start()
    assert code(lambda: shop.rows(LONG)) == "E522"
    timer.join()
    rows = iter(shop.execute(ENDLESS))
    next(rows)
    shop.interrupt()
    assert code(lambda: next(rows)) == "E522"
    rows.close()  # type: ignore[attr-defined]
    for _ in range(50):
        if running(shop) == 0:
            break
        time.sleep(0.1)
    assert running(shop) == 0
    assert shop.scalar("SELECT count() FROM t") == 3


def test_what_is_not_read_to_its_end_is_stopped(shop: Connection) -> None:
    with shop.execute(ENDLESS) as rows:
        next(iter(rows))
    for _ in range(50):
        if running(shop) == 0:
            break
        time.sleep(0.1)
    assert running(shop) == 0


def test_closing_stops_a_query() -> None:
    shop = in_memory(Limits())
    threading.Timer(0.5, shop.close).start()
    begun = time.monotonic()
    assert code(lambda: shop.rows(LONG)) == "E522"
    assert time.monotonic() - begun < 5
    assert code(lambda: shop.rows("SELECT 1")) == "E509"
    assert code(shop.tables) == "E509"
    shop.interrupt()
    shop.close()


def child_of(shop: Connection) -> subprocess.Popen[bytes]:
    return shop._way.child().process  # type: ignore[attr-defined,no-any-return]


def test_a_process_killed_in_the_middle_of_a_result(tmp_path: Path) -> None:
    make(tmp_path / "shop", T)
    with open_database("shop", tmp_path, Limits()) as shop:
        rows = iter(shop.execute(ENDLESS))
        next(rows)
        child_of(shop).kill()
        assert code(lambda: [batch.num_rows for batch in rows]) == "E560"
        assert shop.scalar("SELECT count() FROM t") == 3, "a new process"
        threading.Timer(0.5, child_of(shop).kill).start()
        assert code(lambda: shop.rows(LONG)) == "E560"
        assert shop.scalar("SELECT count() FROM t") == 3


def test_a_process_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    make(tmp_path / "shop", T)
    with open_database("shop", tmp_path, Limits(seconds=3)) as shop:
        child = child_of(shop)
        threading.Timer(0.2, os.kill, (child.pid, signal.SIGSTOP)).start()
        begun = time.monotonic()
        assert code(lambda: shop.rows(LONG)) == "E523"
        assert time.monotonic() - begun < 15
        assert child.wait(5) == -signal.SIGKILL
        assert shop.scalar("SELECT count() FROM t") == 3


def test_the_process_ends_with_ours(tmp_path: Path) -> None:
    program = (
        "import os; from segql.engines import Limits;"
        "from segql.engines.clickhouse import in_memory;"
        "c = in_memory(Limits()); print(c._way.child().process.pid, flush=True);"
        "os._exit(1)"
    )
    environment = {**os.environ, "PYTHONPATH": ROOT}
    out = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    pid = int(out.stdout)
    for _ in range(50):
        if not Path(f"/proc/{pid}").exists():
            break
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("ask", ["rows", "execute", "stream"])
def test_control_c_stops_a_query(ask: str) -> None:
    program = f"""
import time
from segql.engines import Limits
from segql.engines.clickhouse import in_memory
shop = in_memory(Limits())
print("ready", flush=True)
try:
    if {ask!r} == "stream":
        for _ in shop.execute({ENDLESS!r}):
            pass
    else:
        getattr(shop, {ask!r})({LONG!r})
except KeyboardInterrupt:
    for _ in range(50):
        if (left := shop.scalar("SELECT count() FROM system.processes")) == 1:
            break
        time.sleep(0.1)
    print("stopped", left, flush=True)
shop.close()
"""
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
        start_new_session=True,
    )
    assert running.stdout is not None
    running.stdout.readline()
    time.sleep(0.7)
    begun = time.monotonic()
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    out, err = running.communicate(timeout=20)
    assert out.strip() == "stopped 1", err
    assert err == ""
    assert running.returncode == 0
    assert time.monotonic() - begun < 5


# The transport of the way by HTTP.


@contextmanager
def forwarded(folder: Path) -> Iterator[str]:
    """The URL of a server that hands what it is asked to chdb."""
    pytest.importorskip("clickhouse_connect")
    script = Path(__file__).parent / "servers" / "clickhouse_http.py"
    running = subprocess.Popen(
        [sys.executable, "-P", str(script), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert running.stdout is not None
    port = int(running.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}/default"
    finally:
        running.kill()
        running.communicate()


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("http") / "shop"
    make(folder, T)
    with forwarded(folder) as url:
        yield url


def test_a_login_that_is_refused(http: str) -> None:
    for address in (
        Address(http, "nobody", "secret"),
        Address(http, "reader", "wrong"),
    ):
        told = fault(lambda a=address: open_server(a, Limits()))  # type: ignore[misc]
        assert told[0] == "E552"
        assert "secret" not in told[1]
        assert "wrong" not in told[1]


def test_a_database_that_is_not_there(http: str) -> None:
    for address in (Address(f"{http}x"), Address(http, schema="defaultx")):
        told = fault(lambda a=address: open_server(a, Limits()))  # type: ignore[misc]
        assert told[0] == "E553"
        assert "defaultx" in told[1]


def test_nobody_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = Address(f"http://127.0.0.1:{port}/x", "me", "secret")
    begun = time.monotonic()
    told = fault(lambda: open_server(address, Limits()))
    assert told[0] == "E551"
    assert "connection refused" in told[1]
    assert "secret" not in told[1]
    assert time.monotonic() - begun < 5
    far = Address("https://no-such-host.invalid/x", "me", "secret")
    assert fault(lambda: open_server(far, Limits()))[0] == "E551"


def test_an_option_that_is_none(http: str) -> None:
    addresses = (
        Address(http, options={"color": "secret"}),
        Address(f"{http}?color=blue"),
    )
    for address in addresses:
        told = fault(lambda a=address: open_server(a, Limits()))  # type: ignore[misc]
        assert told[0] == "E567"
        assert "secret" not in str(told)
    open_server(Address(http, options={"connect_timeout": "5"}), Limits()).close()


def test_what_answers_speaks_no_tls(http: str) -> None:
    address = Address(http.replace("http:", "https:"), "me", "secret")
    assert fault(lambda: open_server(address, Limits()))[0] == "E551"


def test_a_connection_that_breaks_in_the_middle(http: str) -> None:
    with open_server(Address(http, "unlucky"), Limits()) as shop:
        rows = iter(shop.execute(ENDLESS))
        next(rows)
        assert code(lambda: [batch.num_rows for batch in rows]) == "E560"


def test_a_server_that_is_killed_in_the_middle(tmp_path: Path) -> None:
    make(tmp_path / "shop", T)
    with forwarded(tmp_path / "shop") as url:
        shop = open_server(Address(url), Limits())
        rows = iter(shop.execute(ENDLESS))
        next(rows)
    assert code(lambda: [batch.num_rows for batch in rows]) == "E560"
    assert code(lambda: shop.rows("SELECT 1")) == "E560"
    shop.close()


def test_settings_that_a_user_may_not_change(http: str) -> None:
    way = Server(Address(http), Limits())
    known = way.client.server_settings
    assert way.allowed({"join_use_nulls": "1", "readonly": "1"}) == {
        "join_use_nulls": "1",
        "readonly": "1",
    }
    assert way.allowed({"no_such_setting": "1", "join_use_nulls": "0"}) == {}
    known["readonly"] = SimpleNamespace(value="2", readonly=0)
    assert way.allowed({"readonly": "1"}) == {}, "it only reads already"
    known["readonly"] = SimpleNamespace(value="1", readonly=1)
    assert code(lambda: way.allowed({"join_use_nulls": "1"})) == "E568"
    assert way.allowed({"output_format_arrow_compression_method": "none"}) == {}
    way.close()
