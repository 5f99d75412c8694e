"""The DuckDB connection against real files and real processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rights import needs_rights, open_folder, refused

from segql.catalog.project_nodes import Connection as Settings
from segql.catalog.project_nodes import FilesFolder, PackageFolder
from segql.diagnostics import SegqlError
from segql.engines import Connection, Limits, connect
from segql.engines.duckdb import literal, quote, quote_table
from segql.engines.duckdb_faults import opening_fault
from segql.engines.shape import read_shape

ROOT = str(Path(__file__).parents[1])
LONG = (
    "SELECT count(*) FROM range(3000000) a(i), range(1000000) b(j) WHERE i * j % 7 = 3"
)


def database(name: str) -> Settings:
    return Settings("duckdb", database=name)


def files(folder: str) -> Settings:
    return Settings("duckdb", files=FilesFolder(folder))


def write(path: Path, select: str = "SELECT 1 AS a", format: str = "parquet") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute(f"COPY ({select}) TO {literal(str(path))} (FORMAT {format})")


def make_database(path: Path, *statements: str) -> None:
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            con.execute(statement)


def code(work: Callable[[], object]) -> str:
    """The code of the one error that is raised."""
    return fault(work)[0]


def fault(work: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(SegqlError) as raised:
        work()
    [diagnostic] = raised.value.diagnostics
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None, "the driver's text may quote cells"
    return diagnostic.code, diagnostic.message


@pytest.fixture(params=["database", "files"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    if request.param == "database":
        make_database(
            tmp_path / "shop.duckdb", "CREATE TABLE t AS SELECT i FROM range(3) r(i)"
        )
        settings = database("shop.duckdb")
    else:
        write(tmp_path / "data" / "t.parquet", "SELECT i FROM range(3) r(i)")
        write(tmp_path / "data" / "plain.csv", "SELECT i FROM range(3) r(i)", "csv")
        settings = files("data")
    with connect(settings, tmp_path) as connection:
        yield connection


# Reading.


def test_a_query_comes_as_values_or_as_batches(shop: Connection) -> None:
    assert shop.rows("SELECT i FROM t ORDER BY i") == [(0,), (1,), (2,)]
    assert shop.scalar("SELECT sum(i)::INTEGER FROM t") == 3
    with shop.execute("SELECT i, 'x' AS s FROM t ORDER BY i") as rows:
        assert rows.names == ("i", "s")
        found = [row for batch in rows for row in batch.to_pylist()]
    assert found == [{"i": i, "s": "x"} for i in range(3)]
    assert shop.engine == f"DuckDB {duckdb.__version__}"


def test_an_empty_answer_has_its_columns(shop: Connection) -> None:
    rows = shop.execute("SELECT i FROM t WHERE i > 5")
    assert rows.names == ("i",)
    assert sum(batch.num_rows for batch in rows) == 0


def test_queries_run_side_by_side(shop: Connection) -> None:
    first = iter(shop.execute("SELECT i FROM range(1000000) r(i)"))
    assert next(first).num_rows > 0
    assert shop.scalar("SELECT count(*) FROM t") == 3
    assert next(first).num_rows > 0


def test_the_session_is_in_utc(shop: Connection) -> None:
    sql = "SELECT TIMESTAMPTZ '2025-07-01 12:00:00+02'::VARCHAR"
    assert shop.scalar(sql) == "2025-07-01 10:00:00+00"


def test_the_session_is_in_utc_in_another_zone(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet", "SELECT TIMESTAMP '2025-07-01 12:00:00' AS x")
    program = (
        "from pathlib import Path; from segql.catalog import project_nodes as p;"
        "from segql.engines import connect;"
        "c = connect(p.Connection('duckdb', p.FilesFolder('.')), Path('.'));"
        "print(c.scalar('SELECT x::TIMESTAMPTZ::VARCHAR FROM t')); c.close()"
    )
    out = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": "America/New_York", "PYTHONPATH": ROOT},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.strip() == "2025-07-01 12:00:00+00"


def test_memory_does_not_grow_with_the_answer(shop: Connection) -> None:
    resident: Callable[[], int] = lambda: (  # noqa: E731
        int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    )
    rows = iter(shop.execute("SELECT i, 'text ' || i AS s FROM range(20000000) r(i)"))
    for _ in range(10):
        next(rows)
    before, most, count = resident(), 0, 0
    for batch in rows:
        count += batch.num_rows
        most = max(most, resident())
    assert count > 18_000_000
    assert most - before < 150_000_000


def test_what_memory_cannot_hold_goes_to_a_private_folder(tmp_path: Path) -> None:
    write(tmp_path / "data" / "t.parquet", "SELECT i FROM range(3000000) r(i)")
    limits = Limits(memory="150MB", threads=2)
    with connect(files("data"), tmp_path, limits) as shop:
        scratch = Path(str(shop.scalar("SELECT current_setting('temp_directory')")))
        assert scratch.stat().st_mode & 0o077 == 0
        distinct = "SELECT DISTINCT i || repeat('x', 100) FROM t"
        assert shop.scalar(f"SELECT count(*) FROM ({distinct})") == 3_000_000
    assert not scratch.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_limits_are_checked() -> None:
    with pytest.raises(ValueError, match="size"):
        Limits(memory="lots")


# Names.


def test_tables_of_a_database(tmp_path: Path) -> None:
    make_database(
        tmp_path / "shop.v2.db",
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR UNIQUE, b INT UNIQUE NOT NULL)",
        "CREATE SCHEMA crm",
        "CREATE TABLE crm.u AS SELECT {'a b': 1} AS s",
        "CREATE VIEW v AS SELECT id FROM shop.main.t",
    )
    with connect(database("shop.v2.db"), tmp_path) as shop:
        assert shop.tables() == {
            "t": {"id": "INTEGER", "a": "VARCHAR", "b": "INTEGER"},
            "v": {"id": "INTEGER"},
            "crm.u": {"s": 'STRUCT("a b" INTEGER)'},
        }
        assert set(shop.unique("T")) == {frozenset({"id"}), frozenset({"b"})}
        assert shop.unique("crm.u") == []
        assert shop.rows("SELECT * FROM v") == []
        assert shop.scalar(f"SELECT count(*) FROM {quote_table('crm.u')}") == 1


@pytest.mark.parametrize("name", ["memory", "temp", "main", "a b", "it's"])
def test_a_database_may_bear_any_name(tmp_path: Path, name: str) -> None:
    make_database(tmp_path / f"{name}.duckdb", "CREATE TABLE t AS SELECT 7 AS a")
    with connect(database(f"{name}.duckdb"), tmp_path) as shop:
        assert shop.scalar("SELECT a FROM t") == 7
        assert list(shop.tables()) == ["t"]


def test_a_schema_may_bear_the_name_of_its_database(tmp_path: Path) -> None:
    statements = ("CREATE SCHEMA shop", "CREATE TABLE shop.t AS SELECT 7 AS a")
    make_database(tmp_path / "x.duckdb", *statements)
    (tmp_path / "x.duckdb").rename(tmp_path / "shop.duckdb")
    with connect(database("shop.duckdb"), tmp_path) as shop:
        assert list(shop.tables()) == ["shop.t"]
        assert shop.scalar("SELECT a FROM shop.t") == 7


@pytest.mark.parametrize(
    "name",
    [
        "it's",
        'say "hi"',
        "a b",
        "a[1]",
        "a*b",
        "a?",
        "{a,b}",
        "Straße",
        "x;--",
        "$1",
        "select",
    ],
)
def test_a_file_may_bear_any_name(tmp_path: Path, name: str) -> None:
    """DuckDB would take most of these for patterns that fit `ab` too."""
    folder = tmp_path / "data [1]*"
    write(folder / f"{name}.parquet", "SELECT 7 AS a")
    write(folder / f"{name} too.csv", "SELECT 9 AS a", "csv")
    write(folder / "ab.parquet", "SELECT 8 AS a")
    with connect(files("data [1]*"), tmp_path) as shop:
        assert set(shop.tables()) == {name, f"{name} too", "ab"}
        assert shop.scalar(f"SELECT a FROM {quote(name)}") == 7
        assert shop.scalar(f"SELECT a FROM {quote(name + ' too')}") == 9


def test_a_decomposed_name_is_found_composed(tmp_path: Path) -> None:
    write(tmp_path / "u\u0308ber.parquet")
    with connect(files("."), tmp_path) as shop:
        assert list(shop.tables()) == ["über"]


def test_what_is_a_table_in_a_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write(data / "orders" / "1.parquet", "SELECT 1 AS a")
    write(data / "orders" / "more" / "2.parquet", "SELECT 2 AS a, 'x' AS b")
    write(data / "views" / "year=2024" / "a.parquet", "SELECT 1 AS a")
    write(data / "views" / "year=2025" / "a.parquet", "SELECT 2 AS a")
    write(data / "crm.people.parquet", "SELECT 3 AS a")
    write(data / "UPPER.PARQUET", "SELECT 4 AS a")
    write(data / "zipped.csv.gz", "SELECT 5 AS a", "csv, COMPRESSION gzip")
    for ignored in ("_SUCCESS.parquet", ".hidden.csv", "notes.txt", "a.b.c.parquet"):
        (data / ignored).write_text("x")
    (data / "empty").mkdir()
    with connect(files("data"), tmp_path) as shop:
        assert shop.tables() == {
            "UPPER": {"a": "INTEGER"},
            "orders": {"a": "INTEGER", "b": "VARCHAR"},
            "views": {"a": "INTEGER", "year": "BIGINT"},
            "zipped": {"a": "BIGINT"},
            "crm.people": {"a": "INTEGER"},
        }
        assert shop.rows("SELECT a, b FROM orders ORDER BY a") == [(1, None), (2, "x")]
        assert shop.rows("SELECT a FROM views WHERE year = 2025") == [(2,)]
        assert shop.unique("orders") == ()


def test_a_folder_inside_a_package(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "shopdata").mkdir()
    (tmp_path / "shopdata" / "__init__.py").write_text("raise SystemExit")
    write(tmp_path / "shopdata" / "data" / "t.parquet", "SELECT 7 AS a")
    monkeypatch.syspath_prepend(tmp_path)
    with connect(
        Settings("duckdb", files=PackageFolder("shopdata", "data")), Path("/")
    ) as shop:
        assert shop.scalar("SELECT a FROM t") == 7
    for package, folder, wanted in (
        ("shopdata", "nope", "E510"),
        ("no_such_package", "data", "E515"),
    ):
        settings = Settings("duckdb", files=PackageFolder(package, folder))
        assert code(lambda s=settings: connect(s, Path("/"))) == wanted


def test_csv_is_read_strictly(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "\ufeffid;name;day;zip;x\r\n"
        '1;"Ä; b";31.12.2024;01234;1.5\r\n#2;"";01.02.2025;99999;\r\n'
        '3;;01.02.2025;"a ""b""";2.5\r\n'
    )
    with connect(files("."), tmp_path) as shop:
        assert shop.tables()["t"] == {
            "id": "VARCHAR",
            "name": "VARCHAR",
            "day": "DATE",
            "zip": "VARCHAR",
            "x": "DOUBLE",
        }
        assert shop.rows("SELECT id, name, day::VARCHAR, zip, x FROM t") == [
            ("1", "Ä; b", "2024-12-31", "01234", 1.5),
            ("#2", "", "2025-02-01", "99999", None),
            ("3", None, "2025-02-01", 'a "b"', 2.5),
        ]


def test_a_cast_of_a_csv_cell_is_one_of_its_value(tmp_path: Path) -> None:
    """DuckDB 2 would cast the raw text instead."""
    (tmp_path / "t.csv").write_text("x,day\n2.50,31.12.2024\n")
    with connect(files("."), tmp_path) as shop:
        assert shop.scalar("SELECT x::BIGINT FROM t") == 2
        assert shop.scalar("SELECT x::VARCHAR FROM t") == "2.5"
        assert shop.scalar("SELECT day::VARCHAR FROM t") == "2024-12-31"


def test_csv_types_are_those_of_the_whole_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 60_000 + "x,3\n")
    with connect(files("."), tmp_path) as shop:
        assert shop.tables()["t"] == {"a": "VARCHAR", "b": "BIGINT"}


def test_no_line_of_a_ragged_csv_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3\n4,5,6\n")
    with connect(files("."), tmp_path) as shop:
        assert shop.tables()["t"] == {"a,b": "VARCHAR"}
        assert shop.scalar("SELECT count(*) FROM t") == 3


# The fence.

FORBIDDEN = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_blob('{folder}/other.parquet')",
    "SELECT * FROM read_text('{folder}/data/../secret.txt')",
    "SELECT * FROM read_text('{folder}/secret.txt')",
    "SELECT * FROM read_csv('https://example.com/x.csv')",
    "COPY t TO '{folder}/out.csv'",
    "COPY t TO '{folder}/data/out.csv'",
    "COPY t TO '{folder}/data/plain.csv' (USE_TMP_FILE false)",
    "EXPORT DATABASE '{folder}/data/export'",
    "ATTACH '{folder}/data/new.duckdb'",
    "ATTACH '{folder}/other.duckdb'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{folder}/x.duckdb_extension'",
    "PRAGMA enable_profiling",
    "PRAGMA memory_limit = '1GB'",
    "SET TimeZone = 'Europe/Berlin'",
    "SET GLOBAL enable_external_access = true",
    "RESET TimeZone",
    "SELECT getenv('HOME')",
    "SELECT * FROM duckdb_secrets()",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TEMP TABLE x AS SELECT 1",
    "DROP VIEW t",
    "INSERT INTO t VALUES (1)",
    "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x",
    "WITH x AS (COPY t TO '{folder}/out.csv') SELECT * FROM x",
    "CALL enable_logging()",
    "CHECKPOINT",
    "USE memory",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY t TO '{folder}/out.csv'",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE p AS SELECT 1",
    "",
    "no SQL at all",
    "SELECT * FROM local_list",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_a_query_reads_the_tables_and_nothing_else(
    shop: Connection, tmp_path: Path, sql: str
) -> None:
    local_list = [1, 2, 3]  # what a replacement scan would find
    (tmp_path / "secret.txt").write_text("secret")
    write(tmp_path / "other.parquet")
    make_database(tmp_path / "other.duckdb", "CREATE TABLE t AS SELECT 1")
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    wanted = {"E517", "E525", "E530"}
    assert code(lambda: shop.rows(sql.format(folder=tmp_path))) in wanted
    assert code(lambda: shop.execute(sql.format(folder=tmp_path))) in wanted
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before
    assert shop.scalar("SELECT count(*) FROM t") == len(local_list)


def test_other_connections_of_the_process_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    make_database(path, "CREATE TABLE t AS SELECT 7 AS a")
    with duckdb.connect(str(path), read_only=True) as own:
        with connect(database("shop.duckdb"), tmp_path) as shop:
            with connect(database("shop.duckdb"), tmp_path) as again:
                assert again.scalar("SELECT a FROM t") == 7
            assert shop.scalar("SELECT a FROM t") == 7
        own.execute("SET TimeZone = 'Europe/Berlin'")
        sql = "SELECT current_setting('enable_external_access')"
        assert own.execute(sql).fetchall() == [(True,)]


def test_a_view_over_files_in_a_database_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet")
    make_database(
        tmp_path / "shop.duckdb",
        f"CREATE VIEW v AS FROM {literal(str(tmp_path / 'x.parquet'))}",
    )
    with connect(database("shop.duckdb"), tmp_path) as shop:
        assert code(lambda: shop.rows("SELECT * FROM v")) == "E517"


def test_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write(data / "t.parquet")
    (data / "inside.parquet").symlink_to("t.parquet")
    with connect(files("data"), tmp_path) as shop:
        assert shop.scalar("SELECT a FROM inside") == 1
    (tmp_path / "link").symlink_to("data")
    with connect(files("link"), tmp_path) as shop:
        assert shop.scalar("SELECT a FROM t") == 1
    write(tmp_path / "secret.csv", format="csv")
    (data / "secret.csv").symlink_to(tmp_path / "secret.csv")
    assert fault(lambda: connect(files("data"), tmp_path)) == (
        "E513",
        "`data/secret.csv` is a link that leads out of the folder of tables",
    )
    (data / "secret.csv").unlink()
    write(tmp_path / "lake" / "1.parquet")
    (data / "lake").symlink_to(tmp_path / "lake")
    assert code(lambda: connect(files("data"), tmp_path)) == "E513"
    (data / "lake").unlink()
    write(data / "orders" / "1.parquet")
    (data / "orders" / "2").symlink_to(tmp_path / "lake")
    assert code(lambda: connect(files("data"), tmp_path)) == "E513"


# What can be wrong with files.


def test_files_that_are_no_database(tmp_path: Path) -> None:
    (tmp_path / "empty.duckdb").touch()
    (tmp_path / "text.duckdb").write_text("hello world\n" * 1000)
    write(tmp_path / "t.parquet")
    (tmp_path / "folder.duckdb").mkdir()
    for name, (wanted, word) in {
        "missing.duckdb": ("E501", "no database file"),
        "empty.duckdb": ("E502", "empty"),
        "text.duckdb": ("E502", "otherwise"),
        "t.parquet": ("E502", "Parquet"),
        "folder.duckdb": ("E502", "folder"),
    }.items():
        found = fault(lambda n=name: connect(database(n), tmp_path))
        assert found[0] == wanted
        assert word in found[1]
    assert not (tmp_path / "missing.duckdb").exists()


def test_a_damaged_database(tmp_path: Path) -> None:
    make_database(
        tmp_path / "shop.duckdb",
        "CREATE TABLE t AS SELECT hash(i) FROM range(200000) r(i)",
    )
    whole = (tmp_path / "shop.duckdb").read_bytes()
    (tmp_path / "cut.duckdb").write_bytes(whole[:5000])
    (tmp_path / "bits.duckdb").write_bytes(
        whole[:4200] + bytes([whole[4200] ^ 255]) + whole[4201:]
    )
    for name in ("cut.duckdb", "bits.duckdb"):
        assert code(lambda n=name: connect(database(n), tmp_path)) == "E506"
    middle = len(whole) // 2 + 5000
    (tmp_path / "middle.duckdb").write_bytes(
        whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    )
    with connect(database("middle.duckdb"), tmp_path) as shop:
        assert code(lambda: shop.rows("SELECT * FROM t")) == "E524"


def test_a_database_of_a_newer_version() -> None:
    """As DuckDB 1.5.6 says it of a file that 2.0 wrote."""
    text = (
        "IO Error: Trying to read a database file with version number 999, but we can"
        " only read versions between 64 and 68."
    )
    assert opening_fault(text, "shop.duckdb", "DuckDB", "1.5.6").code == "E505"


def test_a_database_that_another_process_writes(tmp_path: Path) -> None:
    make_database(tmp_path / "shop.duckdb", "CREATE TABLE t AS SELECT 1 AS a")
    program = (
        "import duckdb, time; c = duckdb.connect('shop.duckdb');"
        "print('open', flush=True); time.sleep(60)"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE
    )
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        found = fault(lambda: connect(database("shop.duckdb"), tmp_path))
        assert found == (
            "E503",
            f"`shop.duckdb` is open for writing in process {writer.pid}",
        )
    finally:
        writer.kill()
        writer.communicate()
    with connect(database("shop.duckdb"), tmp_path) as shop:
        assert shop.scalar("SELECT a FROM t") == 1


def test_a_database_that_this_process_writes(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as own:
        own.execute("CREATE TABLE t AS SELECT 1 AS a")
        assert code(lambda: connect(database("shop.duckdb"), tmp_path)) == "E504"


def test_folders_that_hold_no_tables(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").touch()
    (tmp_path / "file").touch()
    for name, wanted in {"data": "E511", "missing": "E510", "file": "E510"}.items():
        assert code(lambda n=name: connect(files(n), tmp_path)) == wanted


@pytest.mark.parametrize("second", ["t.csv", "T.csv", "t/1.parquet", "T.PARQUET"])
def test_two_files_for_one_table(tmp_path: Path, second: str) -> None:
    write(tmp_path / "t.parquet")
    write(tmp_path / second)
    assert code(lambda: connect(files("."), tmp_path)) == "E512"


def test_a_broken_file_hinders_only_itself(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet")
    (tmp_path / "Bad.parquet").write_bytes(b"PAR1" + b"x" * 100 + b"PAR1")
    (tmp_path / "zero.parquet").touch()
    (tmp_path / "zero_too.csv").touch()
    (tmp_path / "latin.csv").write_bytes("a,b\nMünchen,1\n".encode("latin-1"))
    with connect(files("."), tmp_path) as shop:
        assert shop.scalar("SELECT a FROM t") == 1
        assert set(shop.unreadable) == {"bad", "zero", "zero_too", "latin"}
        for name in shop.unreadable:
            found = fault(lambda n=name: shop.rows(f"SELECT * FROM {n}"))
            assert found[0] == "E514"
            assert name in found[1].lower()


def test_a_file_that_goes_away(tmp_path: Path) -> None:
    write(tmp_path / "data" / "t.parquet")
    with connect(files("data"), tmp_path) as shop:
        (tmp_path / "data" / "t.parquet").unlink()
        assert code(lambda: shop.rows("SELECT * FROM t")) == "E524"


# What can be wrong with a query: no cell is ever quoted.


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT s::INTEGER FROM cells", "E518"),
        ("SELECT s::DATE FROM cells", "E518"),
        ("SELECT s::TIMESTAMP FROM cells", "E518"),
        ("SELECT s::DECIMAL(10, 2) FROM cells", "E518"),
        ("SELECT json_extract(s, '$.a') FROM cells", "E518"),
        ("SELECT strptime(s, '%Y') FROM cells", "E518"),
        ("SELECT n::SMALLINT FROM cells", "E518"),
        ("SELECT n * n FROM cells", "E519"),
        ("SELECT n::DECIMAL(38, 0) * n::DECIMAL(38, 0) * n FROM cells", "E519"),
        ("SELECT * FROM cels", "E530"),
        ("SELECT nope FROM cells", "E531"),
        ("SELECT c.nope FROM cells c", "E531"),
        ("SELECT lower(n, s) FROM cells", "E525"),
        ("SELECT error(s) FROM cells", "E525"),
        ("SELEC", "E525"),
    ],
)
def test_errors_quote_no_cell(tmp_path: Path, sql: str, wanted: str) -> None:
    cells = "SELECT 'PrivateCell' AS s, 9223372036854775807 - 47114711 AS n"
    write(tmp_path / "cells.parquet", cells)
    with connect(files("."), tmp_path) as shop:
        shop.tables()
        for ask in (shop.rows, lambda sql: [*shop.execute(sql)]):
            with pytest.raises(SegqlError) as raised:
                ask(sql)
            assert raised.value.diagnostics[0].code == wanted
            assert "PrivateCell" not in str(raised.value)
            assert "9223372036807661096" not in str(raised.value)
            if wanted == "E530":
                assert "`cells`" in str(raised.value)


def test_an_error_far_into_the_answer(shop: Connection) -> None:
    cell = "CASE WHEN i = 3000000 THEN 'PrivateCell' ELSE '1' END"
    rows = shop.execute(f"SELECT {cell}::INTEGER AS x FROM range(4000000) r(i)")
    assert code(lambda: [batch.num_rows for batch in rows]) == "E518"
    assert shop.scalar("SELECT count(*) FROM t") == 3


def test_a_cell_that_spoils_a_csv_after_connecting(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with connect(files("."), tmp_path) as shop:
        (tmp_path / "t.csv").write_text("a,b\nPrivateCell,2\n")
        assert code(lambda: shop.rows("SELECT * FROM t")) == "E518"


def test_too_little_memory(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet")
    with connect(files("."), tmp_path, Limits(memory="1MB")) as shop:
        sql = "SELECT list(i) FROM range(10000000) r(i)"
        assert code(lambda: shop.rows(sql)) == "E520"


# Stopping.


def test_a_query_runs_out_of_time(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet")
    with connect(files("."), tmp_path, Limits(seconds=0.3)) as shop:
        begun = time.monotonic()
        assert code(lambda: shop.rows(LONG)) == "E523"
        assert code(lambda: shop.execute(LONG)) == "E523"
        assert time.monotonic() - begun < 5
        assert shop.scalar("SELECT a FROM t") == 1


def test_the_time_of_the_reader_does_not_count(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet")
    with connect(files("."), tmp_path, Limits(seconds=0.5)) as shop:
        rows = iter(shop.execute("SELECT i FROM range(300000) r(i)"))
        next(rows)
        time.sleep(0.6)
        assert sum(batch.num_rows for batch in rows) == 200_000


def test_another_thread_stops_a_query(shop: Connection) -> None:
    timer = threading.Timer(0.5, shop.interrupt)
    timer.start()
    assert code(lambda: shop.rows(LONG)) == "E522"
    timer.join()
    rows = iter(shop.execute("SELECT i FROM range(1000000) r(i)"))
    next(rows)
    shop.interrupt()
    assert code(lambda: next(rows)) == "E522"
    assert shop.scalar("SELECT count(*) FROM t") == 3


def test_closing_stops_a_query(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet")
    shop = connect(files("."), tmp_path)
    threading.Timer(0.5, shop.close).start()
    begun = time.monotonic()
    assert code(lambda: shop.rows(LONG)) == "E522"
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("ask", ["rows", "execute", "stream"])
def test_control_c_stops_a_query(tmp_path: Path, ask: str) -> None:
    write(tmp_path / "t.parquet")
    program = f"""
from pathlib import Path
from segql.catalog.project_nodes import Connection, FilesFolder
from segql.engines import connect
shop = connect(Connection("duckdb", FilesFolder(".")), Path("."))
print("ready", flush=True)
try:
    if {ask!r} == "stream":
        for _ in shop.execute("SELECT i FROM range(1000000000000) r(i)"):
            pass
    else:
        getattr(shop, {ask!r})({LONG!r})
except KeyboardInterrupt:
    print("stopped", shop.scalar("SELECT a FROM t"), flush=True)
shop.close()
"""
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    assert running.stdout is not None
    running.stdout.readline()
    time.sleep(0.7)
    begun = time.monotonic()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert out.strip() == "stopped 1", err
    assert err == ""
    assert running.returncode == 0
    assert time.monotonic() - begun < 5


# Types.


def test_types_are_read_as_trees() -> None:
    shape = read_shape(
        "STRUCT(\"a b\" INTEGER, q STRUCT(z DECIMAL(10,3))[], e ENUM('x)'))"
    )
    assert shape.kind == "struct"
    assert list(shape.fields) == ["a b", "q", "e"]
    assert shape.fields["a b"].digits == 10
    assert shape.fields["e"].kind == "text"
    element = shape.fields["q"].element
    assert element is not None
    assert (element.fields["z"].digits, element.fields["z"].scale) == (10, 3)
    for text, kind in {
        "VARCHAR": "text",
        "TIMESTAMP WITH TIME ZONE": "instant",
        "TIMESTAMP_NS": "clock",
        "FLOAT[3]": "list",
        "MAP(VARCHAR, INTEGER[])": "other",
        "HUGEINT": "exact",
        "JSON": "json",
        "BLOB": "other",
        "": "other",
    }.items():
        assert read_shape(text).kind == kind


# Rights.


@needs_rights
@pytest.mark.parametrize("place", [".", "data"])
def test_a_folder_that_may_not_be_read(place: str) -> None:
    with open_folder() as folder:
        write(folder / "data" / "a.parquet")
        with refused(folder / place):
            told = fault(lambda: connect(files("data"), folder))
    assert told == ("E508", "there is no permission to read `data`")


@needs_rights
@pytest.mark.parametrize("name", ["b.parquet", "b.csv", "b"])
def test_a_table_that_may_not_be_read(name: str) -> None:
    with open_folder() as folder:
        write(folder / "a.parquet")
        if name == "b":
            write(folder / "b" / "part.parquet")
        else:
            write(folder / name, format=name.split(".")[1])
        with refused(folder / name), connect(files("."), folder) as connection:
            assert list(connection.tables()) == ["a"]
            told = fault(lambda: connection.rows("SELECT * FROM b"))
    assert told == ("E508", f"there is no permission to read `./{name}`")


def test_a_closed_connection(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet")
    connection = connect(files("."), tmp_path)
    connection.close()
    for work in (connection.rows, connection.scalar, connection.execute):
        assert code(lambda work=work: work("SELECT 1")) == "E509"  # type: ignore[misc]
    assert code(connection.tables) == "E509"
    connection.interrupt()
    connection.close()
