"""The SQLite connection against real files and real processes."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from rights import needs_rights, open_folder, refused
from servers import sqlite as servers

from segql.catalog.project_nodes import Connection as Settings
from segql.diagnostics import SegqlError
from segql.engines import NO_LIMITS, Connection, Limits, connect
from segql.engines.sqlite import open_database
from segql.engines.sqlite_functions import scaled
from segql.engines.sqlite_regex import matcher
from segql.engines.sqlite_types import read_shape

LONG = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT count(*) FROM n"
)
SETTINGS = Settings("sqlite", database="shop.sqlite")


def make(folder: Path, *statements: str) -> Path:
    path = folder / "shop.sqlite"
    with sqlite3.connect(path) as writer:
        for statement in statements:
            writer.execute(statement)
    writer.close()
    return path


def fault(work: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(SegqlError) as raised:
        work()
    [diagnostic] = raised.value.diagnostics
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None, "the driver's text may quote cells"
    return diagnostic.code, diagnostic.message


def code(work: Callable[[], object]) -> str:
    return fault(work)[0]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Connection]:
    make(
        tmp_path,
        "CREATE TABLE t (i INTEGER, s TEXT)",
        "INSERT INTO t VALUES (0, 'a'), (1, 'b'), (2, NULL)",
    )
    with connect(SETTINGS, tmp_path) as connection:
        yield connection


# Reading.


def test_a_query_comes_as_values_or_as_batches(shop: Connection) -> None:
    assert shop.rows("SELECT i FROM t ORDER BY i") == [(0,), (1,), (2,)]
    assert shop.scalar("SELECT sum(i) FROM t") == 3
    with shop.execute("SELECT i, s, i / 2.0 AS d FROM t ORDER BY i") as rows:
        assert rows.names == ("i", "s", "d")
        assert rows.schema.types == [pa.int64(), pa.string(), pa.float64()]
        found = [row for batch in rows for row in batch.to_pylist()]
    assert found[1:] == [{"i": 1, "s": "b", "d": 0.5}, {"i": 2, "s": None, "d": 1.0}]
    assert shop.engine == f"SQLite {sqlite3.sqlite_version}"
    assert shop.dialect == "sqlite"


def test_an_empty_answer_has_its_columns(shop: Connection) -> None:
    rows = shop.execute("SELECT i FROM t WHERE i > 5")
    assert rows.names == ("i",)
    assert sum(batch.num_rows for batch in rows) == 0


def test_what_changes_its_type_midway_is_a_fault(shop: Connection) -> None:
    many = LONG.replace("FROM n)", "FROM n WHERE i < 60000)", 1)
    sql = many.replace("count(*)", "CASE WHEN i < 50000 THEN i ELSE 'x' END AS v")
    assert code(lambda: shop.rows(sql)) == "E518"


def test_queries_run_side_by_side(shop: Connection) -> None:
    many = LONG.replace("FROM n)", "FROM n WHERE i < 100000)", 1)
    first = iter(shop.execute(many.replace("count(*)", "i")))
    assert next(first).num_rows > 0
    assert shop.scalar("SELECT count(*) FROM t") == 3
    assert next(first).num_rows > 0


def test_memory_does_not_grow_with_the_answer(shop: Connection) -> None:
    resident: Callable[[], int] = lambda: (  # noqa: E731
        int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    )
    many = LONG.replace("FROM n)", "FROM n WHERE i < 1500000)", 1)
    rows = iter(shop.execute(many.replace("count(*)", "i, 'text ' || i AS s")))
    next(rows)
    before, most, count = resident(), 0, 0
    for batch in rows:
        count += batch.num_rows
        most = max(most, resident())
    assert count > 1_400_000
    assert most - before < 50_000_000


def test_a_reader_sees_one_state(tmp_path: Path, shop: Connection) -> None:
    """What is written meanwhile is for the next query."""
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        numbers = ", ".join(f"({number}, 'x')" for number in range(60_000))
        writer.execute(f"INSERT INTO t VALUES {numbers}")
        with connect(SETTINGS, tmp_path) as reader:
            rows = iter(reader.execute("SELECT i FROM t"))
            next(rows)
            writer.execute("DELETE FROM t")
            assert sum(batch.num_rows for batch in rows) > 30_000
            assert reader.scalar("SELECT count(*) FROM t") == 0
    writer.close()


# Names.


def test_tables_of_a_database(tmp_path: Path) -> None:
    make(
        tmp_path,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR UNIQUE,"
        " b INT UNIQUE NOT NULL, c NUMERIC(10,2), d DATE)",
        'CREATE TABLE "crm.u" ("a b" TEXT, k TEXT PRIMARY KEY)',
        "CREATE TABLE s (k TEXT PRIMARY KEY NOT NULL, x ANY) STRICT",
        "CREATE VIEW v AS SELECT id, d, upper(a) AS up, id / 2.0 AS half,"
        " date(d, '+1 day') AS next, a || 1 AS none FROM t",
        "CREATE VIEW broken AS SELECT nope FROM nowhere",
        "INSERT INTO t VALUES (1, 'x', 2, 3.5, '2024-12-31')",
        "UPDATE t SET a = NULL WHERE id = 5",
    )
    with connect(SETTINGS, tmp_path) as shop:
        assert shop.tables() == {
            "crm.u": {"a b": "TEXT", "k": "TEXT"},
            "s": {"k": "TEXT", "x": "ANY"},
            "t": {
                "id": "INTEGER",
                "a": "VARCHAR",
                "b": "INT",
                "c": "NUMERIC(10,2)",
                "d": "DATE",
            },
            "v": {
                "id": "INTEGER",
                "d": "DATE",
                "up": "TEXT",
                "half": "REAL",
                "next": "DATE",
                "none": "TEXT",
            },
        }
        assert set(shop.unique("T")) == {frozenset({"id"}), frozenset({"b"})}
        assert shop.unique("s") == [frozenset({"k"})]
        assert shop.unique("crm.u") == [], "a key may be NULL there"
        assert shop.unique("v") == []
        assert shop.rows("SELECT v.half, v.next FROM v") == [(0.5, "2025-01-01")]


@pytest.mark.parametrize("name", ["a b", "it's", "50%", "a?b#c", "memory", "ü&x=1"])
def test_a_database_may_bear_any_name(tmp_path: Path, name: str) -> None:
    make(tmp_path, "CREATE TABLE t (a INT)").rename(tmp_path / name)
    with connect(Settings("sqlite", database=name), tmp_path) as shop:
        assert list(shop.tables()) == ["t"]


@pytest.mark.parametrize(
    ("declared", "kind", "digits", "scale"),
    [
        ("INTEGER", "exact", 19, 0),
        ("unsigned big int", "exact", 19, 0),
        ("VARCHAR(20)", "text", 0, 0),
        ("TEXT", "text", 0, 0),
        ("DOUBLE PRECISION", "double", 0, 0),
        ("decimal( 12 , 2 )", "exact", 12, 2),
        ("NUMERIC(9)", "exact", 9, 0),
        ("NUMERIC", "double", 0, 0),
        ("DECIMAL TEXT(30,2)", "exact", 30, 2),
        ("Boolean", "boolean", 0, 0),
        ("date", "date", 0, 0),
        ("TIMESTAMP(6)", "clock", 0, 0),
        ("datetime", "clock", 0, 0),
        ("TIMESTAMP(3) WITH TIME ZONE", "instant", 0, 0),
        ("timestamptz", "instant", 0, 0),
        ("JSON", "json", 0, 0),
        ("BLOB", "other", 0, 0),
        ("", "other", 0, 0),
    ],
)
def test_declared_types(declared: str, kind: str, digits: int, scale: int) -> None:
    shape = read_shape(declared)
    assert (shape.kind, shape.digits, shape.scale) == (kind, digits, scale)
    assert str(shape) == declared


# Cells that are not of their column's type.

GOOD = {
    "INTEGER": [0, -(2**63), 2**63 - 1, None],
    "TEXT": ["", "ä", "2", None],
    "REAL": [0.5, 1, 1.7976931348623157e308, None],
    "NUMERIC": [0.5, 2**53, None],
    "BOOLEAN": [0, 1, None],
    "DECIMAL(10,2)": [0, 1.5, -12345678.25, 99999999.99, 0.07, 1.1, "2.5", None],
    "DECIMAL(17,2)": [9999999999999.99, 10**14, None],
    "DECIMAL TEXT(30,2)": ["1234567890123456789012345678.90", "-2", "0.5", None],
    "DATE": ["0001-01-01", "2024-02-29", "9999-12-31", None],
    "TIMESTAMP": ["2024-02-29 23:59:59", "0001-01-01 00:00:00.000001", None],
    "TIMESTAMPTZ": ["2024-02-29 23:59:59+00:00", "9999-12-31 23:59:59.999999+00:00"],
    "JSON": ['{"a": [1]}', "[]", None],
}
BAD: dict[str, list[object]] = {
    "INTEGER": [1.5, "x", b"x", 1e300],
    "TEXT": [b"x"],
    "REAL": ["x", b"", float("inf"), float("-inf")],
    "NUMERIC": ["x", 2**53 + 1],
    "BOOLEAN": [2, -1, 0.5, "true", "x"],
    "DECIMAL(10,2)": [0.125, 10**8, -(10.0**8), 1e300, "x", float("inf"), 1.005],
    "DECIMAL(17,2)": [123456789012345.67],
    "DECIMAL TEXT(30,2)": ["0.125", "1" + "0" * 28, "x", "1e5", "", " 1", "٣"],
    "DATE": [
        *("2024-02-30", "2023-02-29", "0000-12-31", "2024-1-1", "x", "", 20240101),
        *("2024-01-01 00:00:00", "now", "2460000.5", 2460000.5, "-001-01-01", b"x"),
    ],
    "TIMESTAMP": [
        *("2024-02-30 10:00:00", "2024-01-01", "2024-01-01T10:00:00", 1700000000),
        *("2024-01-01 24:00:00", "2024-01-01 10:00", "2024-01-01 10:00:60", "now"),
        *("2024-01-01 10:00:00Z", "2024-01-01 10:00:00+00:00", "0000-01-01 00:00:00"),
        *("2024-01-01 10:00:00.5", "2024-01-01 10:00:00.000000", ""),
        *("2024-01-01 10:00:00.12345x", "2024-01-01 10:00:00.1234567"),
    ],
    "TIMESTAMPTZ": [
        *("2024-02-29 23:59:59", "2024-02-29 23:59:59Z", "2024-02-29 23:59:59+01:00"),
        *("2024-02-30 23:59:59+00:00", "+00:00", 1),
    ],
    "JSON": ["{", "x", ""],
}


@pytest.mark.parametrize("declared", BAD)
def test_a_cell_is_of_its_columns_type(tmp_path: Path, declared: str) -> None:
    path = make(tmp_path, f"CREATE TABLE t (x {declared})")
    with sqlite3.connect(path, isolation_level=None) as writer:
        for cell in GOOD[declared]:
            writer.execute("INSERT INTO t VALUES (?)", (cell,))
        with connect(SETTINGS, tmp_path) as shop:
            assert shop.scalar("SELECT count(*) FROM t WHERE t.x IS NOT 5") is not None
            for cell in BAD[declared]:
                writer.execute("INSERT INTO t VALUES (?)", (cell,))
                assert fault(lambda: shop.rows("SELECT count(t.x) FROM t")) == (
                    "E543",
                    f"`x` of `t` is declared {declared}, and holds something else in"
                    " 1 row",
                ), cell
                assert shop.scalar("SELECT count(*) FROM t"), "nobody reads it here"
                writer.execute("DELETE FROM t WHERE rowid = last_insert_rowid()")
    writer.close()


def test_a_strict_table_and_a_key_need_no_look(tmp_path: Path) -> None:
    make(tmp_path, "CREATE TABLE t (i INT, s TEXT) STRICT")
    with connect(SETTINGS, tmp_path) as shop:
        kept: Any = shop
        found = kept._looked_up(kept._database.tables)["t"]
        assert found.sure == {"i", "s"}


def test_a_views_cells_are_looked_at_and_not_those_below(tmp_path: Path) -> None:
    make(
        tmp_path,
        "CREATE TABLE t (at TIMESTAMP)",
        "INSERT INTO t VALUES ('2024-01-01T10:00:00')",
        "CREATE VIEW v AS SELECT replace(at, 'T', ' ') AS at FROM t",
    )
    with connect(SETTINGS, tmp_path) as shop:
        assert shop.tables()["v"] == {"at": "TIMESTAMP"}
        assert shop.scalar("SELECT v.at FROM v") == "2024-01-01 10:00:00"
        assert code(lambda: shop.rows("SELECT t.at FROM t")) == "E543"


def test_text_that_is_no_text(tmp_path: Path) -> None:
    make(
        tmp_path,
        "CREATE TABLE t (s TEXT)",
        "INSERT INTO t VALUES (CAST(x'ff' AS TEXT))",
    )
    with connect(SETTINGS, tmp_path) as shop:
        assert code(lambda: shop.rows("SELECT t.s FROM t")) == "E518"


# The fence.

FORBIDDEN = [
    "ATTACH '{folder}/other.sqlite' AS other",
    "ATTACH '{folder}/new.sqlite' AS new",
    "PRAGMA query_only = OFF",
    "PRAGMA data_version",
    "SELECT name FROM pragma_table_info('t')",
    "SELECT * FROM sqlite_schema",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM sqlite_temp_schema",
    "SELECT * FROM dbstat",
    "SELECT load_extension('{folder}/x')",
    "SELECT fts3_tokenizer('simple')",
    "CREATE TABLE x (a)",
    "CREATE TEMP TABLE x (a)",
    "CREATE VIEW x AS SELECT 1",
    "DROP TABLE t",
    "INSERT INTO t VALUES (1, 'x')",
    "UPDATE t SET i = 1",
    "DELETE FROM t",
    "WITH x AS (SELECT 1) DELETE FROM t",
    "VACUUM INTO '{folder}/copy.sqlite'",
    "VACUUM",
    "ANALYZE",
    "REINDEX",
    "BEGIN",
    "COMMIT",
    "SAVEPOINT x",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE t",
    "EXPLAIN SELECT 1",
    "EXPLAIN QUERY PLAN SELECT 1",
    "QUERY PLAN SELECT 1",
    "",
    "no SQL at all",
    "SELECT readfile('/etc/passwd')",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_a_query_reads_the_tables_and_nothing_else(
    shop: Connection, tmp_path: Path, sql: str
) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*")}
    for _ in range(2):
        assert code(lambda: shop.rows(sql.format(folder=tmp_path))) in {"E517", "E525"}
    assert {path: path.read_bytes() for path in tmp_path.rglob("*")} == before
    assert shop.scalar("SELECT count(*) FROM t") == 3


def test_a_view_cannot_do_what_a_query_may_not(tmp_path: Path) -> None:
    make(
        tmp_path,
        "CREATE VIEW v AS SELECT load_extension('x') AS x",
        "CREATE VIEW w AS SELECT segql_md5('x') AS x",
        "CREATE TABLE t (a INT)",
        "CREATE VIEW edit AS SELECT a AS edit FROM t",
    )
    with connect(SETTINGS, tmp_path) as shop:
        assert code(lambda: shop.rows("SELECT v.x FROM v")) in {"E517", "E525"}
        assert code(lambda: shop.rows("SELECT w.x FROM w")) in {"E517", "E525"}
        assert shop.rows("SELECT edit.edit FROM edit") == []


# What can be wrong with a file.


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert fault(lambda: connect(SETTINGS, tmp_path)) == (
        "E501",
        "there is no database file `shop.sqlite`",
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "it is empty"),
        (b"PAR1" * 1000, "it starts otherwise, or it is encrypted"),
        (os.urandom(8192), "it starts otherwise, or it is encrypted"),
    ],
)
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes, found: str) -> None:
    (tmp_path / "shop.sqlite").write_bytes(content)
    assert fault(lambda: connect(SETTINGS, tmp_path)) == (
        "E502",
        f"`shop.sqlite` is not a SQLite database: {found}",
    )


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite").mkdir()
    assert fault(lambda: connect(SETTINGS, tmp_path))[0] == "E502"


def test_a_damaged_database(tmp_path: Path) -> None:
    path = make(
        tmp_path,
        "CREATE TABLE t (i INT)",
        f"INSERT INTO t VALUES {', '.join(['(1)'] * 50_000)}",
    )
    content = bytearray(path.read_bytes())
    content[8192:16384] = os.urandom(8192)
    path.write_bytes(bytes(content))
    with connect(SETTINGS, tmp_path) as shop:
        assert code(lambda: shop.rows("SELECT sum(t.i) FROM t")) == "E506"
    path.write_bytes(bytes(content[:8192]))
    assert code(lambda: _asked(tmp_path)) == "E506"


def _asked(folder: Path) -> object:
    with connect(SETTINGS, folder) as shop:
        return shop.rows("SELECT sum(t.i) FROM t")


@needs_rights
def test_a_database_without_rights() -> None:
    with open_folder() as folder:
        path = make(folder, "CREATE TABLE t (i INT)")
        with refused(path):
            assert code(lambda: connect(SETTINGS, folder)) == "E508"


def test_a_database_that_is_being_written(tmp_path: Path, monkeypatch: Any) -> None:
    path = make(tmp_path, "CREATE TABLE t (i INT)", "INSERT INTO t VALUES (1)")
    monkeypatch.setattr("segql.engines.sqlite_database._PATIENCE", 0.3)
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    with connect(SETTINGS, tmp_path) as shop:
        writer.execute("BEGIN EXCLUSIVE")
        assert code(lambda: shop.rows("SELECT t.i FROM t")) == "E503"
        assert code(lambda: connect(SETTINGS, tmp_path)) == "E503"
        assert code(shop.tables) == "E503"
        monkeypatch.undo()
        threading.Timer(0.5, writer.execute, ["COMMIT"]).start()
        assert shop.scalar("SELECT t.i FROM t") == 1, "it waits for a while"
    writer.close()


def test_a_database_that_was_left_in_the_middle_of_writing(tmp_path: Path) -> None:
    """Its journal can't be rolled back by who only reads."""
    path = make(tmp_path, "CREATE TABLE t (i INT)", "INSERT INTO t VALUES (1)")
    program = (
        "import os, sqlite3; c = sqlite3.connect('shop.sqlite', isolation_level=None);"
        "c.execute('PRAGMA cache_spill = 1'); c.execute('PRAGMA cache_size = 1');"
        "c.execute('BEGIN'); "
        "[c.execute('INSERT INTO t VALUES (?)', (i,)) for i in range(100000)];"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    assert Path(f"{path}-journal").exists()
    before = path.read_bytes()
    assert code(lambda: _asked(tmp_path)) == "E508"
    assert path.read_bytes() == before


def test_a_table_that_is_dropped_between_two_queries(
    shop: Connection, tmp_path: Path
) -> None:
    assert shop.scalar("SELECT count(*) FROM t") == 3
    make(tmp_path, "DROP TABLE t")
    assert fault(lambda: shop.rows("SELECT t.i FROM t")) == (
        "E530",
        "the warehouse has no table `t`",
    )


def test_names_that_are_not_there(shop: Connection) -> None:
    assert fault(lambda: shop.rows('SELECT t."no pe" FROM t')) == (
        "E531",
        "the warehouse has no column `no pe`",
    )
    assert code(lambda: shop.rows('SELECT 1 FROM "no pe"')) == "E530"


def test_a_query_beyond_the_limits(shop: Connection) -> None:
    deep = "1" + " + 1" * 3000
    assert code(lambda: shop.rows(f"SELECT {deep}")) == "E542"
    joins = ", ".join(f"t AS t{number}" for number in range(70))
    assert code(lambda: shop.rows(f"SELECT 1 FROM {joins}")) == "E542"


def test_numbers_beyond_the_limits(shop: Connection) -> None:
    assert code(lambda: shop.rows("SELECT sum(9223372036854775807) FROM t")) == "E519"
    assert code(lambda: shop.rows("SELECT segql_scaled('99999999999999999', 3)")) == (
        "E519"
    )


def test_no_message_quotes_a_cell(tmp_path: Path) -> None:
    make(
        tmp_path,
        "CREATE TABLE t (s TEXT)",
        "INSERT INTO t VALUES ('secret')",
    )
    with connect(SETTINGS, tmp_path) as shop:
        assert fault(lambda: shop.rows("SELECT json(t.s) FROM t")) == (
            "E518",
            "SQLite met a cell that can't be read as its column's type",
        )
        found = fault(lambda: shop.rows("SELECT segql_utc(t.s, 'UTC') FROM t"))
        assert found[0] == "E518"


# Stopping.


def test_a_time_limit(tmp_path: Path) -> None:
    make(tmp_path, "CREATE TABLE t (i INT)")
    with connect(SETTINGS, tmp_path, Limits(seconds=0.3)) as shop:
        begun = time.monotonic()
        assert code(lambda: shop.rows(LONG)) == "E523"
        assert time.monotonic() - begun < 2
        assert shop.scalar("SELECT 1") == 1


def test_an_interrupt_stops_all_queries(shop: Connection) -> None:
    other = iter(shop.execute(LONG.replace("count(*)", "i")))
    next(other)
    threading.Timer(0.3, shop.interrupt).start()
    begun = time.monotonic()
    assert code(lambda: shop.rows(LONG)) == "E522"
    assert time.monotonic() - begun < 2
    assert code(lambda: next(other)) == "E522"
    assert shop.scalar("SELECT 1") == 1


def test_ctrl_c_stops_the_query(tmp_path: Path) -> None:
    make(tmp_path, "CREATE TABLE t (i INT)")
    program = (
        "import threading, os, signal; from pathlib import Path;"
        "from segql.engines import NO_LIMITS;"
        "from segql.engines.sqlite import open_database\n"
        "c = open_database('shop.sqlite', Path('.'), NO_LIMITS)\n"
        "threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()\n"
        f"try: c.rows({LONG!r})\n"
        "except KeyboardInterrupt: print('stopped', c.scalar('SELECT 1'))"
    )
    begun = time.monotonic()
    out = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert out.stdout.strip() == "stopped 1"
    assert time.monotonic() - begun < 20


def test_a_closed_connection(tmp_path: Path) -> None:
    make(tmp_path, "CREATE TABLE t (i INT)")
    shop = connect(SETTINGS, tmp_path)
    rows = shop.execute("SELECT t.i FROM t")
    shop.close()
    assert code(lambda: shop.rows("SELECT 1")) == "E509"
    rows.close()
    with sqlite3.connect(tmp_path / "shop.sqlite") as writer:
        writer.execute("INSERT INTO t VALUES (1)")
    writer.close()


# Our functions.


@pytest.mark.parametrize("pattern", ["(a|a)*b", "(a*)*b", "(.|a)*c", "a*a*a*a*b"])
def test_a_pattern_takes_no_longer_than_its_text(pattern: str) -> None:
    begun = time.monotonic()
    assert not matcher(pattern)("a" * 20_000)
    assert time.monotonic() - begun < 1


def test_scaled_numbers() -> None:
    assert scaled(None, 2) is None
    assert scaled("12.5", 2) == 1250
    assert scaled("-0.01", 2) == -1
    assert scaled(7, 2) == 700
    assert scaled(0.07, 2) == 7
    with pytest.raises(OverflowError):
        scaled("123456789012345678.5", 2)


# The warehouse of the tests.


def test_what_the_tests_load(tmp_path: Path) -> None:
    first = datetime(1, 1, 1)
    table = pa.table(
        {
            "i": pa.array([-(2**63), None], pa.int64()),
            "b": pa.array([True, None], pa.bool_()),
            "d": pa.array([date(1, 1, 1), None], pa.date32()),
            "w": pa.array([first, None], pa.timestamp("us")),
            "z": pa.array([first.replace(tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "p": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "q": pa.array([Decimal("1E+5"), None], pa.decimal128(30, 2)),
            "f": pa.array([0.1, None], pa.float64()),
            "s": pa.array(["ä'\n\\", None], pa.string()),
        }
    )
    warehouse = servers.start(tmp_path)
    for _ in range(2):
        warehouse.load({"t": table, "crm.u": table})
        found = warehouse.connection.rows('SELECT u.* FROM "crm.u" AS u')
        assert found[1] == (None,) * 9
        assert found[0] == (
            *(-(2**63), 1, "0001-01-01", "0001-01-01 00:00:00"),
            *("0001-01-01 00:00:00+00:00", 1.5, "100000.00", 0.1, "ä'\n\\"),
        )
    warehouse.close()


def test_no_driver_text_at_all(tmp_path: Path) -> None:
    opened = open_database(
        str(make(tmp_path, "CREATE TABLE t (i INT)")), tmp_path, NO_LIMITS
    )
    with opened as shop:
        with pytest.raises(SegqlError) as raised:
            shop.rows("SELECT * FROM t WHERE secret_word(t.i)")
        assert "secret_word" not in str(raised.value)
