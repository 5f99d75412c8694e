"""The MariaDB connection against a real server, with both drivers."""

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from servers import mariadb
from servers.mariadb import MariaDB

from segql.diagnostics import SegqlError
from segql.engines import Limits, mariadb_link
from segql.engines.mariadb import literal, open_server
from segql.engines.mariadb_query import is_one_query
from segql.engines.mariadb_types import read_type

if reason := mariadb.missing():
    pytest.skip(f"not run: MariaDB is {reason}", allow_module_level=True)

ROOT = str(Path(__file__).parents[1])
SECRET = "cell-content-81"
LONG = "SELECT COUNT(*) FROM seq_1_to_3000000 AS a, seq_1_to_1000000 AS b"
MANY = "SELECT seq AS i, CONCAT('text ', seq) AS s FROM seq_1_to_20000000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    started = mariadb.start(tmp_path_factory.mktemp("mariadb"))
    yield started
    started.close()


@pytest.fixture(params=["MySQLdb", "pymysql"], autouse=True)
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if find_spec(request.param) is None:
        pytest.skip(f"not run: {request.param} is not installed")
    monkeypatch.setattr(mariadb_link, "DRIVERS", (request.param,))
    return str(request.param)


@pytest.fixture
def shop(server: MariaDB) -> Iterator[Any]:
    server.load({"t": pa.table({"i": [0, 1, 2]})})
    with server.open() as connection:
        yield connection


def fault(work: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(SegqlError) as raised:
        work()
    [diagnostic] = raised.value.diagnostics
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None, "the driver's text may quote cells"
    whole = f"{diagnostic.message} {diagnostic.help}"
    assert SECRET not in whole
    assert "secret-word" not in whole
    return diagnostic.code, diagnostic.message


def code(work: Callable[[], object]) -> str:
    return fault(work)[0]


def running(server: MariaDB) -> list[str]:
    """What the server works on for segql."""
    return [
        str(text)
        for (text,) in server.write(
            "SELECT INFO FROM information_schema.PROCESSLIST"
            " WHERE USER = 'reader' AND COMMAND = 'Query' AND INFO NOT LIKE 'KILL%'"
        )
    ]


def until(test: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < end
        time.sleep(0.02)


# Reading.


def test_a_query_comes_as_values_or_as_batches(shop: Any) -> None:
    assert shop.rows("SELECT i FROM t ORDER BY i") == [(0,), (1,), (2,)]
    assert shop.scalar("SELECT COUNT(*) FROM t") == 3
    with shop.execute("SELECT i, 'x' AS s FROM t ORDER BY i") as rows:
        assert rows.names == ("i", "s")
        found = [row for batch in rows for row in batch.to_pylist()]
    assert found == [{"i": i, "s": "x"} for i in range(3)]
    assert shop.engine.startswith("MariaDB 1")
    assert shop.dialect == "mariadb"


def test_an_empty_answer_has_its_columns(shop: Any) -> None:
    rows = shop.execute("SELECT i FROM t WHERE i > 5")
    assert rows.names == ("i",)
    assert sum(batch.num_rows for batch in rows) == 0


def test_queries_run_side_by_side(shop: Any) -> None:
    with shop.execute(MANY) as rows:
        first = iter(rows)
        assert next(first).num_rows > 0
        assert shop.scalar("SELECT COUNT(*) FROM t") == 3
        assert next(first).num_rows > 0


def test_connections_are_used_again(shop: Any) -> None:
    numbers = {shop.scalar("SELECT CONNECTION_ID()") for _ in range(5)}
    assert len(numbers) == 1


def test_every_kind_of_cell(server: MariaDB, shop: Any) -> None:
    server.write(
        "CREATE OR REPLACE TABLE shop.kinds (a TINYINT, b BIGINT UNSIGNED,"
        " c DECIMAL(12,2), d DECIMAL(65,30), e DOUBLE, f DATE, g DATETIME(6),"
        " h TIMESTAMP(6) NULL, j VARCHAR(20) COLLATE utf8mb4_bin, k JSON,"
        " l VARCHAR(9) CHARACTER SET latin1, m BOOLEAN, n ENUM('x','y'))"
    )
    server.write("SET time_zone = '+02:00'")
    server.write(
        "INSERT INTO shop.kinds VALUES (-1, 18446744073709551615, -1.50,"
        " 12345678901234567890123456789012345.123456789012345678901234567890,"
        " 0.1, '0001-01-01', '9999-12-31 23:59:59.999999', '2024-07-01 12:00:00.5',"
        """ 'ß𝄞', '{"a": 1}', _utf8mb4 'é', TRUE, 'y'),"""
        " (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
        " NULL)"
    )
    server.write("SET time_zone = '+00:00'")
    first, second = shop.rows("SELECT * FROM kinds")
    assert first == (
        -1,
        2**64 - 1,
        Decimal("-1.50"),
        Decimal("12345678901234567890123456789012345.123456789012345678901234567890"),
        0.1,
        dt.date(1, 1, 1),
        dt.datetime(9999, 12, 31, 23, 59, 59, 999999),
        dt.datetime(2024, 7, 1, 10, 0, 0, 500000, dt.UTC),
        "ß𝄞",
        '{"a": 1}',
        "é",
        1,
        "y",
    )
    assert set(second) == {None}


def test_doubles_come_as_they_are(shop: Any) -> None:
    numbers = [0.1, 1 / 3, 2**53 + 2.0, 5e-324, 1.7976931348623157e308, -1e22, 123456.7]
    for number in numbers:
        assert (
            shop.scalar(
                f"SELECT {number!r}e0"
                if "e" not in repr(number)
                else f"SELECT {number!r}"
            )
            == number
        )


def test_the_session_is_ours(server: MariaDB, shop: Any) -> None:
    server.write("SET GLOBAL sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,ORACLE'")
    server.write("SET GLOBAL time_zone = '+09:00'")
    server.write("SET GLOBAL sql_select_limit = 1")
    try:
        with server.open() as fresh:
            assert fresh.rows(
                "SELECT @@time_zone, @@collation_connection, @@tx_read_only, 1 || 0"
                " UNION ALL SELECT 1, 2, 3, 4"
            )[0] == ("+00:00", "utf8mb4_nopad_bin", 1, 1)
            assert fresh.scalar("SELECT COUNT(*) FROM t") == 3
            assert len(fresh.rows("SELECT * FROM t")) == 3
            assert fresh.scalar("SELECT 'a' = 'a ' OR 'a' = 'A'") == 0
            assert fresh.scalar('SELECT "a"') == "a"
    finally:
        for name in ("sql_mode", "time_zone", "sql_select_limit"):
            server.write(f"SET GLOBAL {name} = DEFAULT")


def test_memory_does_not_grow_with_the_answer(shop: Any) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    before, most, count = 0, 0, 0
    with shop.execute(MANY.replace("20000000", "1500000")) as rows:
        for batch in rows:
            count += batch.num_rows
            most = max(most, resident())
            before = before or resident()
    assert count == 1_500_000
    assert most - before < 60_000_000


def test_limits_reach_the_server(server: MariaDB) -> None:
    with server.open(Limits(seconds=2.5)) as shop:
        assert shop.scalar("SELECT @@max_statement_time") == 3602.5
        assert shop.scalar("SELECT @@net_write_timeout") == 86_400


# Names and types.


def test_tables_and_keys(server: MariaDB, shop: Any) -> None:
    server.write("CREATE DATABASE IF NOT EXISTS `crm 2`")
    for statement in (
        "CREATE OR REPLACE TABLE shop.`Straße ``x``` (`größe ツ` INT, `select` JSON)",
        "CREATE OR REPLACE TABLE `crm 2`.u (a INT NOT NULL, b INT NOT NULL, c INT,"
        " d VARCHAR(9) NOT NULL, PRIMARY KEY (b, a), UNIQUE (c), UNIQUE (d), KEY (a))",
        "CREATE OR REPLACE VIEW shop.seen AS SELECT i FROM shop.t",
    ):
        server.write(statement)
    try:
        tables = shop.tables()
        assert tables["Straße `x`"] == {"größe ツ": "int(11)", "select": "json"}
        assert tables["seen"] == {"i": "bigint(20)"}
        assert list(tables["crm 2.u"]) == ["a", "b", "c", "d"]
        assert not any(name.startswith("mysql.") for name in tables)
        assert set(shop.unique("crm 2.u")) == {frozenset("ab"), frozenset("d")}
        assert shop.unique("t") == []
        assert shop.unique("nothing'`\\") == []
        assert shop.rows("SELECT `größe ツ` FROM `Straße ``x```") == []
    finally:
        server.write("DROP DATABASE `crm 2`")
        server.write("DROP TABLE shop.`Straße ``x```")
        server.write("DROP VIEW shop.seen")


def test_types_are_shapes() -> None:
    kinds = {
        "tinyint(1)": ("boolean", 0, 0),
        "tinyint(4)": ("exact", 3, 0),
        "tinyint(1) unsigned": ("exact", 3, 0),
        "int": ("exact", 10, 0),
        "bigint(20)": ("exact", 19, 0),
        "bigint(20) unsigned": ("exact", 20, 0),
        "decimal(12,2)": ("exact", 12, 2),
        "decimal(10,0) unsigned zerofill": ("exact", 10, 0),
        "double": ("double", 0, 0),
        "float(7,4)": ("double", 0, 0),
        "date": ("date", 0, 0),
        "datetime": ("clock", 0, 0),
        "datetime(6)": ("clock", 0, 0),
        "timestamp(3)": ("instant", 0, 0),
        "varchar(40)": ("text", 0, 0),
        "enum('a','b''),(')": ("text", 0, 0),
        "longtext": ("text", 0, 0),
        "json": ("json", 0, 0),
        "set('a','b')": ("other", 0, 0),
        "bit(1)": ("other", 0, 0),
        "blob": ("other", 0, 0),
        "time": ("other", 0, 0),
        "point": ("other", 0, 0),
    }
    for name, (kind, digits, scale) in kinds.items():
        shape = read_type(name)
        assert (shape.kind, shape.digits, shape.scale) == (kind, digits, scale), name


@pytest.mark.parametrize(
    "text", ["", "a", "it's", "a\\", "\\' OR 1 --", '"', "`", "ß\n𝄞\0"]
)
@pytest.mark.parametrize("mode", ["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"])
def test_a_text_is_a_literal_in_every_mode(
    server: MariaDB, text: str, mode: str
) -> None:
    server.write(f"SET sql_mode = '{mode}'")
    assert server.write(f"SELECT {literal(text)}") == ((text,),)
    server.write("SET sql_mode = DEFAULT")


# Only reading.


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (9)",
        "WITH a AS (SELECT 1) DELETE FROM t",
        "DROP TABLE t",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE t",
        "SELECT 1 INTO OUTFILE '/tmp/segql-out'",
        "SELECT 1 INTO @a",
        "SET @a = 1",
        "CALL p()",
        "/*! DROP TABLE t */",
        "SELECT 1 /*! INTO OUTFILE '/tmp/segql-out' */",
        "SELECT 1 /*M!100000 INTO OUTFILE '/tmp/segql-out' */",
        "SELECT 'a' 'b\\' INTO OUTFILE '/tmp/segql-out",
        "KILL 1",
        "",
    ],
)
def test_nothing_but_one_query_is_sent(shop: Any, sql: str) -> None:
    assert code(lambda: shop.rows(sql)) in ("E517", "E525")
    assert shop.scalar("SELECT COUNT(*) FROM t") == 3


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ';', \"into\", `procedure` FROM x",
        "(SELECT 1) UNION (SELECT 2);",
        "-- why; not\nSELECT 1 -- into",
        "/* a; */ WITH a AS (SELECT 1) SELECT '\\'' , 'it''s; into' FROM a",
        "SELECT 1 # into",
    ],
)
def test_a_query_is_known(sql: str) -> None:
    assert is_one_query(sql)


def test_the_server_itself_is_told_to_read_only(server: MariaDB) -> None:
    server.write(
        "CREATE OR REPLACE FUNCTION shop.writes() RETURNS INT MODIFIES SQL DATA"
        " BEGIN INSERT INTO shop.t VALUES (9); RETURN 1; END"
    )
    server.write("GRANT ALL ON shop.* TO reader")
    try:
        with server.open() as shop:
            assert code(lambda: shop.rows("SELECT writes()")) == "E517"
            assert shop.scalar("SELECT COUNT(*) FROM t WHERE i = 9") == 0
    finally:
        server.write("REVOKE ALL ON shop.* FROM reader")
        server.write("DROP FUNCTION shop.writes")


# The way to it.


def test_a_wrong_password(server: MariaDB) -> None:
    found = fault(lambda: server.open(password="secret-word-2"))
    assert found[0] == "E552"
    assert "reader" in found[1]
    assert code(lambda: server.open(user="nobody")) == "E552"
    assert code(lambda: server.open(password=None)) == "E552"


def test_a_database_that_is_not_there(server: MariaDB) -> None:
    url = f"mariadb://127.0.0.1:{server.port}/nowhere"
    assert code(lambda: server.open(url=url)) == "E553"


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch, server: MariaDB) -> None:
    monkeypatch.setattr(mariadb_link, "_TRIES", (0.01,))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        url = f"mariadb://127.0.0.1:{port}/shop"
        found = fault(lambda: server.open(url=url))
    assert found == (
        "E551",
        f"no MariaDB answers at `127.0.0.1:{port}`: connection refused",
    )
    found = fault(lambda: server.open(url="mariadb://no.such.host.invalid/shop"))
    assert found[0] == "E551"
    assert "its name is not known" in found[1]


def test_somebody_else_answers(
    monkeypatch: pytest.MonkeyPatch, server: MariaDB
) -> None:
    monkeypatch.setattr(mariadb_link, "_TRIES", ())
    monkeypatch.setattr(mariadb_link, "_PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mariadb://127.0.0.1:{silent.getsockname()[1]}/shop"
        found = fault(lambda: server.open(url=url))
    assert found[0] == "E551"
    assert "not as MariaDB does" in found[1]


def test_a_server_that_starts_meanwhile_is_reached(
    monkeypatch: pytest.MonkeyPatch, server: MariaDB
) -> None:
    monkeypatch.setattr(mariadb_link, "_TRIES", (0.5,) * 40)
    server.kill()
    starting = threading.Timer(0.5, server.run)
    starting.start()
    with server.open() as shop:
        assert shop.scalar("SELECT 1") == 1
    starting.join()


@pytest.mark.parametrize(
    "url",
    [
        "mariadb://127.0.0.1/",
        "mariadb://127.0.0.1/a/b",
        "mariadb://127.0.0.1:x/a",
        "mariadb://127.0.0.1/a?init_command=x",
        "mariadb://127.0.0.1/a?ssl_mode=some",
    ],
)
def test_an_address_that_cannot_be(server: MariaDB, url: str) -> None:
    assert code(lambda: server.open(url=url)) == "E573"


def test_too_many_connections(server: MariaDB, shop: Any) -> None:
    server.write("CREATE USER one IDENTIFIED BY 'x' WITH MAX_USER_CONNECTIONS 1")
    server.write("GRANT SELECT ON shop.* TO one")
    try:
        with server.open(user="one", password="x"):
            assert code(lambda: server.open(user="one", password="x")) == "E556"
    finally:
        server.write("DROP USER one")


def test_no_encryption(server: MariaDB) -> None:
    options = {"ssl_mode": "REQUIRED"}
    assert code(lambda: server.open(options=options)) == "E555"


def test_a_missing_driver(monkeypatch: pytest.MonkeyPatch, server: MariaDB) -> None:
    monkeypatch.setattr(mariadb_link, "DRIVERS", ("no_such_driver",))
    found = fault(lambda: open_server(server.address(), Limits()))
    assert found[0] == "E516"


# While it works.


def test_the_server_dies_in_the_middle_of_a_result(server: MariaDB) -> None:
    with server.open() as shop:
        rows = iter(shop.execute(MANY))
        next(rows)
        server.kill()
        assert code(lambda: [None for _ in rows]) == "E560"
        mariadb_link._TRIES, tries = (0.01,), mariadb_link._TRIES
        assert code(lambda: shop.scalar("SELECT 1")) == "E551"
        mariadb_link._TRIES = tries
        server.run()
        assert shop.scalar("SELECT 1") == 1


def test_a_connection_that_lay_idle_may_have_been_cut_off(
    server: MariaDB, shop: Any
) -> None:
    number = shop.scalar("SELECT CONNECTION_ID()")
    server.write(f"KILL {number}")
    time.sleep(0.1)
    assert shop.scalar("SELECT COUNT(*) FROM t") == 3


def test_a_table_dropped_meanwhile(server: MariaDB, shop: Any) -> None:
    shop.tables()
    found = fault(lambda: shop.rows("SELECT i FROM tt"))
    assert found == ("E530", "the warehouse has no table `tt`")
    assert code(lambda: shop.rows("SELECT j FROM t")) == "E531"


def test_rights_revoked_meanwhile(server: MariaDB) -> None:
    server.write("CREATE USER few IDENTIFIED BY 'x'")
    server.write("CREATE OR REPLACE TABLE shop.closed AS SELECT 1 AS a, 2 AS b")
    server.write("GRANT SELECT ON shop.closed TO few")
    try:
        with server.open(user="few", password="x") as shop:
            assert shop.rows("SELECT a FROM closed") == [(1,)]
            assert list(shop.tables()) == ["closed"]
            server.write("REVOKE SELECT ON shop.closed FROM few")
            server.write("GRANT SELECT (b) ON shop.closed TO few")
            found = fault(lambda: shop.rows("SELECT a FROM closed"))
            assert found[0] == "E559"
            assert "`closed`" in found[1]
            server.write("REVOKE SELECT (b) ON shop.closed FROM few")
            assert code(lambda: shop.rows("SELECT b FROM closed")) == "E559"
    finally:
        server.write("DROP USER few")
        server.write("DROP TABLE shop.closed")


def test_no_cell_is_in_an_error(server: MariaDB, shop: Any) -> None:
    server.load({"cells": pa.table({"a": [SECRET, "x"], "n": [9 * 10**18] * 2})})
    for sql, expected in (
        ("SELECT n + n FROM cells", "E519"),
        ("SELECT (SELECT a FROM cells)", "E518"),
        ("SELECT ST_GeomFromText(a) FROM cells", None),
        ("SELECT JSON_VALUE(a, a) FROM cells", None),
        ("SELECT a REGEXP CONCAT('(', a) FROM cells", None),
        ("SELECT UUID_SHORT(a) FROM cells", None),
        (f"SELECT '{SECRET}", "E517"),
        (f"SELECT `{SECRET}` FROM cells", "skip"),
    ):
        try:
            shop.rows(sql)
        except SegqlError as error:
            [found] = error.diagnostics
            if expected != "skip":
                assert SECRET not in f"{found} {error!r}"
                assert expected in (None, found.code)
        else:
            assert expected is None


def test_a_query_that_is_too_large(shop: Any) -> None:
    joined = ", ".join(f"t AS t{number}" for number in range(62))
    assert code(lambda: shop.rows(f"SELECT 1 FROM {joined}")) == "E542"
    nested = "SELECT 1"
    for _ in range(70):
        nested = f"SELECT ({nested})"
    assert code(lambda: shop.rows(nested)) == "E542"
    named = ", ".join(f"m{number} AS (SELECT 1)" for number in range(65))
    assert code(lambda: shop.rows(f"WITH {named} SELECT 1")) == "E542"


def test_a_query_takes_no_more_memory_than_it_may(server: MariaDB) -> None:
    numbers = "SELECT SUM(n) OVER (ORDER BY n) FROM (SELECT seq AS n FROM {}) AS s"
    [(before,)] = server.write("SELECT @@GLOBAL.max_session_mem_used")
    server.write("SET GLOBAL max_session_mem_used = 50000000")
    try:
        with server.open() as shop:
            assert shop.scalar("SELECT @@max_session_mem_used") == 50_000_000
            assert code(lambda: shop.rows(numbers.format("seq_1_to_5000000"))) == "E520"
            assert len(shop.rows(numbers.format("seq_1_to_9"))) == 9
        server.write("SET GLOBAL max_session_mem_used = DEFAULT")
        with server.open() as shop:
            assert shop.scalar("SELECT @@max_session_mem_used") == 2 << 30
    finally:
        server.write(f"SET GLOBAL max_session_mem_used = {before}")


# Stopping.


def test_a_query_that_takes_too_long_stops_on_the_server(server: MariaDB) -> None:
    with server.open(Limits(seconds=0.5)) as shop:
        begun = time.monotonic()
        assert code(lambda: shop.scalar(LONG)) == "E523"
        assert time.monotonic() - begun < 5
        until(lambda: not running(server))
        assert shop.scalar("SELECT 1") == 1


def test_the_server_keeps_the_limit_too(
    server: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mariadb_link, "_FOR_READER", -1000.0 + 0.3)
    with server.open(Limits(seconds=1000)) as shop:
        assert code(lambda: shop.scalar(LONG)) == "E523"


def test_another_thread_interrupts(server: MariaDB, shop: Any) -> None:
    threading.Thread(
        target=lambda: (until(lambda: running(server)), shop.interrupt())
    ).start()
    assert code(lambda: shop.scalar(LONG)) == "E522"
    until(lambda: not running(server))
    assert shop.scalar("SELECT 1") == 1


def test_an_interrupt_between_batches(server: MariaDB, shop: Any) -> None:
    rows = iter(shop.execute(MANY))
    next(rows)
    shop.interrupt()
    assert code(lambda: [None for _ in rows]) == "E522"
    until(lambda: not running(server))


def test_somebody_else_stops_the_query(server: MariaDB, shop: Any) -> None:
    def kill() -> None:
        until(lambda: running(server))
        [(number,)] = server.write(
            "SELECT ID FROM information_schema.PROCESSLIST"
            " WHERE USER = 'reader' AND COMMAND = 'Query'"
        )
        server.write(f"KILL QUERY {number}")

    thread = threading.Thread(target=kill)
    thread.start()
    assert code(lambda: shop.scalar(LONG)) == "E561"
    thread.join()


def test_leaving_a_result_stops_the_query(server: MariaDB, shop: Any) -> None:
    begun = time.monotonic()
    with shop.execute(MANY) as rows:
        next(iter(rows))
    assert time.monotonic() - begun < 10
    until(lambda: not running(server))
    assert shop.scalar("SELECT 1") == 1


def test_closing_stops_the_queries(server: MariaDB) -> None:
    shop = server.open()
    rows = shop.execute(MANY)
    next(iter(rows))
    shop.close()
    until(lambda: not running(server))
    assert code(lambda: shop.rows("SELECT 1")) == "E509"


def test_ctrl_c_stops_the_query_on_the_server(server: MariaDB, driver: str) -> None:
    program = (
        "from segql.engines import Address, Limits, mariadb_link as l\n"
        f"l.DRIVERS = ({driver!r},)\n"
        "from segql.engines.mariadb import open_server\n"
        f"a = Address('mariadb://127.0.0.1:{server.port}/shop', 'reader',"
        " 'secret-word')\n"
        "c = open_server(a, Limits())\n"
        "try:\n"
        f"    c.scalar({LONG!r})\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped', c.scalar('SELECT 7'))\n"
        "c.close()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: running(server))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (out.strip(), err) == ("stopped 7", "")
    until(lambda: not running(server))


def test_a_network_that_swallows_everything_can_be_left(
    server: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server can't be told to stop, the connection is cut off."""
    with server.open(Limits(seconds=0.5)) as shop:
        monkeypatch.setattr(mariadb_link.Server, "kill", lambda *_: False)
        begun = time.monotonic()
        assert code(lambda: shop.scalar(LONG)) == "E523"
        assert time.monotonic() - begun < 5
    for (number,) in server.write(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'reader'"
    ):
        server.write(f"KILL {number}")
    until(lambda: not running(server))
