"""Folders of Parquet, CSV and JSON files through DuckDB: what is a table, of which
types, and how little of it is read."""

import gzip
import json
import os
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from test_engine_duckdb import code, fault, files, write

from segql.engines import Connection, connect
from segql.engines.duckdb_text import quote
from segql.engines.widening import wider

DAYS = [date(2026, 5, day) for day in range(1, 11)]


def put(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def zipped(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)


def told(folder: Path, table: str = "t") -> tuple[str, str]:
    """What is said of a table that can't be read; others are left alone."""
    write(folder / "fine.parquet", "SELECT 1 AS a")
    with connect(files("."), folder) as shop:
        assert shop.scalar("SELECT a FROM fine") == 1
        return fault(lambda: shop.rows(f"SELECT * FROM {quote(table)}"))


def table(folder: Path, sql: str = "SELECT * FROM t") -> list[tuple[object, ...]]:
    with connect(files("."), folder) as shop:
        return shop.rows(sql)


def columns(folder: Path, name: str = "t") -> dict[str, str]:
    with connect(files("."), folder) as shop:
        return dict(shop.tables()[name])


# JSON.


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.json", '[{"a": 1}, {"a": 2}]'),
        ("t.json", '[\n  {"a": 1},\n  {"a": 2}\n]\n'),
        ("t.json", '{"a": 1}\n{"a": 2}\n'),
        ("t.jsonl", '{"a": 1}\r\n\r\n{"a": 2}'),
        ("t.ndjson", '\ufeff{"a": 1}\n{"a": 2}\n'),
        ("t.JSON", '\ufeff[{"a": 1}, {"a": 2}]'),
        ("t.json", '{"a": 1} {"a": 2}'),
        ("t.json", '{\n  "a": 1\n}\n{\n  "a": 2\n}\n'),
        ("t.json.gz", zipped(b'{"a": 1}\n') + zipped(b'{"a": 2}\n')),
        ("t.JSONL.GZ", zipped(b'{"a": 1}\n{"a": 2}\n')),
    ],
)
def test_json_comes_as_an_array_or_as_rows(
    tmp_path: Path, name: str, text: str | bytes
) -> None:
    put(tmp_path / name, text)
    assert table(tmp_path, "SELECT a FROM t ORDER BY a") == [(1,), (2,)]
    assert columns(tmp_path) == {"a": "BIGINT"}


def test_json_types_are_decided_once_over_all_rows(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "id": 1,
            "n": 1,
            "huge": 2**63,
            "x": 1,
            "flag": True,
            "day": "2026-05-01",
            "not_a_day": "2026-02-28",
            "at": "2026-05-01T10:00:00+02:00",
            "wall": "2026-05-01 10:00:00.5",
            "either": "2026-05-01T10:00:00",
            "german": "01.05.2026",
            "clock": "10:00:00",
            "home": {"city": "Berlin", "geo": {"lat": 52.5}, "since": "2020-01-01"},
            "tags": ["a", "b"],
            "lines": [{"sku": "x", "n": 1}],
            "mixed": 1,
            "nothing": None,
            "none": {},
        }
    ]
    rows += [{"id": 1}] * 60_000
    rows.append(
        {
            "id": 3,
            "n": -(2**63),
            "x": 2.5,
            "not_a_day": "2026-02-29",
            "at": "2026-05-01T10:00:00Z",
            "either": "2026-05-01T10:00:00Z",
            "home": {"zip": "01234"},
            "lines": [{"m": 2.5}],
            "mixed": "x",
            "new": "x",
        }
    )
    put(tmp_path / "t.jsonl", "\n".join(map(json.dumps, rows)))
    assert columns(tmp_path) == {
        "id": "BIGINT",
        "n": "BIGINT",
        "huge": "UBIGINT",
        "x": "DOUBLE",
        "flag": "BOOLEAN",
        "day": "DATE",
        "not_a_day": "VARCHAR",
        "at": "TIMESTAMP WITH TIME ZONE",
        "wall": "TIMESTAMP",
        "either": "VARCHAR",
        "german": "VARCHAR",
        "clock": "VARCHAR",
        "home": "STRUCT(city VARCHAR, geo STRUCT(lat DOUBLE), since DATE, zip VARCHAR)",
        "tags": "VARCHAR[]",
        "lines": "STRUCT(sku VARCHAR, n BIGINT, m DOUBLE)[]",
        "mixed": "JSON",
        "nothing": "VARCHAR",
        "none": "JSON",
        "new": "VARCHAR",
    }
    at = datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert table(tmp_path, 'SELECT "at" FROM t WHERE id = 3 OR day IS NOT NULL') == [
        (at.replace(hour=8),),
        (at,),
    ]
    sql = "SELECT home.city, home.geo.lat, home.zip FROM t WHERE home IS NOT NULL"
    assert table(tmp_path, sql) == [("Berlin", 52.5, None), (None, None, "01234")]


def test_a_cast_of_a_json_value_is_one_of_its_value(tmp_path: Path) -> None:
    put(tmp_path / "t.json", '{"x": 2.50}\n{"x": 1e2}\n')
    sql = "SELECT x::VARCHAR, x::BIGINT FROM t"
    assert table(tmp_path, sql) == [("2.5", 2), ("100.0", 100)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "1\n2\n",
        "[1, 2]",
        "[[1]]",
        '{"a": 1}\n5\n',
        '{"a": 1}\n[{"a": 2}]\n',
        '[{"a": 1}',
        '[{"a": 1},]',
        '[{"a": 1}] x',
        '{"a": 1}\n{"a": PrivateCell}\n',
        '{"a": 1}\n{"a": "PrivateCell\n',
        '{"a": 1}\n{"a": 2',
        '{"a": 1, "a": "PrivateCell"}',
        '{"a": 1, "A": "PrivateCell"}',
        b'{"a": "PrivateCell\xff"}\n',
        b'\xff\xfe{\x00"\x00a\x00"\x00:\x001\x00}\x00',
        "PrivateCell",
        '{"a": "' + "PrivateCell" * 4_000_000 + '"}\n',
    ],
    ids=range(20),
)
def test_what_is_no_json_is_refused(tmp_path: Path, text: str | bytes) -> None:
    put(tmp_path / "t.json", text)
    assert told(tmp_path) == ("E514", "`./t.json` can't be read as JSON")


@pytest.mark.parametrize("cut", [300, 8, 3])
@pytest.mark.parametrize(
    ("name", "row"), [("t.json.gz", b'{"a":%d}\n'), ("t.csv.gz", b"%d,x\n")]
)
def test_a_compressed_file_that_ends_early(
    tmp_path: Path, name: str, row: bytes, cut: int
) -> None:
    """DuckDB 1.5 would take what is there."""
    whole = gzip.compress(b"".join(row % i for i in range(10_000)))
    put(tmp_path / name, whole[:-cut])
    assert told(tmp_path)[0] == "E514"
    put(tmp_path / name, whole[:-8] + b"12345678")
    assert told(tmp_path)[0] == "E514"
    put(tmp_path / name, row % 1)
    assert told(tmp_path)[0] == "E514"


def test_what_spoils_json_after_connecting(tmp_path: Path) -> None:
    put(tmp_path / "t.json", '{"a": 1, "s": "2026-01-01"}\n')
    with connect(files("."), tmp_path) as shop:
        for text in (
            '{"a": "PrivateCell"}',
            '{"a": PrivateCell}',
            '{"s": "PrivateCell"}',
            "[1]",
        ):
            put(tmp_path / "t.json", text)
            assert code(lambda: shop.rows("SELECT * FROM t")) == "E518"
        (tmp_path / "t.json").unlink()
        assert code(lambda: shop.rows("SELECT * FROM t")) == "E524"


# Several files.


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_parts_are_one_table(tmp_path: Path, kind: str) -> None:
    write(tmp_path / "t" / f"1.{kind}", "SELECT 1 AS a, 'x' AS b", kind)
    write(tmp_path / "t" / "deep" / f"2.{kind}", "SELECT 2.5 AS c, 2 AS A", kind)
    write(tmp_path / "t" / f"3.{kind}", "SELECT 3 AS a, 'y' AS b", kind)
    sql = "SELECT a, b, c::DOUBLE FROM t ORDER BY a"
    assert table(tmp_path, sql) == [(1, "x", None), (2, None, 2.5), (3, "y", None)]
    assert list(columns(tmp_path)) == ["a", "b", "c"]


def test_json_parts_of_each_layout(tmp_path: Path) -> None:
    put(tmp_path / "t" / "1.json", '[{"a": 1, "at": "2026-05-01"}]')
    put(tmp_path / "t" / "2.jsonl", '{"a": 2.5}\n')
    put(tmp_path / "t" / "3.ndjson.gz", gzip.compress(b'{"a": null, "s": {"x": 1}}'))
    put(tmp_path / "t" / "4.json", "")
    put(tmp_path / "t" / "5.json", "[]")
    put(tmp_path / "t" / "6.json", '{\n"s": {"y": "2026-05-01"}}\n')
    assert columns(tmp_path) == {
        "a": "DOUBLE",
        "at": "DATE",
        "s": "STRUCT(x BIGINT, y DATE)",
    }
    assert table(tmp_path, "SELECT sum(a), count(*), max(s.y) FROM t") == [
        (3.5, 4, date(2026, 5, 1))
    ]


def test_csv_parts_are_read_as_one_file_would_be(tmp_path: Path) -> None:
    put(tmp_path / "t" / "1.csv", "id,x,day,note,zip\n1,1,2026-05-01,,12345\n")
    put(tmp_path / "t" / "2.csv", "zip;note;x;id\n01234;5;2.5;2\n")
    put(tmp_path / "t" / "3.csv", "id,x,day,note,zip\n")
    put(tmp_path / "t" / "4.csv", "")
    put(tmp_path / "t" / "5.csv", "\ufeffid,x,day\r\n5,,\r\n")
    assert columns(tmp_path) == {
        "id": "BIGINT",
        "x": "DOUBLE",
        "day": "DATE",
        "note": "BIGINT",
        "zip": "VARCHAR",
    }
    assert table(tmp_path, "SELECT id, x, day, note, zip FROM t ORDER BY id") == [
        (1, 1.0, date(2026, 5, 1), None, "12345"),
        (2, 2.5, None, 5, "01234"),
        (5, None, None, None, None),
    ]


def test_one_part_tells_how_all_write_their_dates(tmp_path: Path) -> None:
    put(tmp_path / "t" / "1.csv", "day\n05/03/2026\n")
    put(tmp_path / "t" / "2.csv", "day\n03/25/2026\n")
    sql = "SELECT day FROM t ORDER BY day"
    assert table(tmp_path, sql) == [(date(2026, 3, 25),), (date(2026, 5, 3),)]
    put(tmp_path / "t" / "3.csv", "day\n25/03/2026\n")
    assert columns(tmp_path) == {"day": "VARCHAR"}
    assert ("05/03/2026",) in table(tmp_path)


def test_parquet_parts_of_other_types(tmp_path: Path) -> None:
    write(tmp_path / "t" / "1.parquet", "SELECT 1::INTEGER AS a, 'x' AS b")
    write(tmp_path / "t" / "2.parquet", "SELECT 2::BIGINT AS a, 3::DECIMAL(9, 2) AS c")
    write(tmp_path / "t" / "3.parquet", "SELECT 3::UTINYINT AS a, 2::BIGINT AS C")
    assert columns(tmp_path) == {"a": "BIGINT", "b": "VARCHAR", "c": "DECIMAL(21,2)"}
    write(tmp_path / "t" / "4.parquet", "SELECT 1 AS a, 5 AS b")
    assert told(tmp_path) == (
        "E528",
        "`b` is VARCHAR in `./t/1.parquet` and INTEGER in `./t/4.parquet`",
    )


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("INTEGER", "INTEGER", "INTEGER"),
        ("INTEGER", "UINTEGER", "BIGINT"),
        ("BIGINT", "UBIGINT", "HUGEINT"),
        ("INTEGER", "DECIMAL(5,4)", "DECIMAL(14,4)"),
        ("DECIMAL(38,0)", "DECIMAL(38,10)", None),
        ("FLOAT", "DOUBLE", "DOUBLE"),
        ("BIGINT", "DOUBLE", None),
        ("VARCHAR", "INTEGER", None),
        ("VARCHAR", "ENUM('a')", "VARCHAR"),
        ("DATE", "TIMESTAMP", None),
        ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", None),
        ("TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP"),
        ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_NS"),
        ("INTEGER[]", "BIGINT[]", "BIGINT[]"),
        ("INTEGER[]", "INTEGER", None),
        ("BLOB", "BLOB", "BLOB"),
        ("BLOB", "UUID", None),
        (
            'STRUCT(a INTEGER, "b c" VARCHAR)',
            "STRUCT(a BIGINT, d DATE[])",
            'STRUCT("a" BIGINT, "b c" VARCHAR, "d" DATE[])',
        ),
        ("STRUCT(a INTEGER)", "STRUCT(a DATE)", None),
    ],
)
def test_types_are_widened_exactly(first: str, second: str, both: str | None) -> None:
    assert wider(first, second) == wider(second, first) or "STRUCT" in first
    assert wider(first, second) == both
    if both is not None:
        with duckdb.connect() as con:
            for type in (first, second):
                con.execute(f"SELECT NULL::{type}::{both}")


@pytest.mark.parametrize("bad", ["b.parquet", "b.csv", "b.json"])
def test_the_part_that_is_broken_is_named(tmp_path: Path, bad: str) -> None:
    kind = bad.split(".")[1]
    write(tmp_path / "t" / f"a.{kind}", "SELECT 1 AS a", kind)
    put(tmp_path / "t" / bad, b"\xff\xfe\x00PAR1")
    found = told(tmp_path)
    assert found[0] == "E514"
    assert f"`./t/{bad}`" in found[1]


def test_one_table_has_one_format(tmp_path: Path) -> None:
    write(tmp_path / "t" / "1.parquet")
    write(tmp_path / "t" / "2.csv", format="csv")
    assert told(tmp_path)[0] == "E526"


def test_parts_that_go_away_or_come_late(tmp_path: Path) -> None:
    for kind in ("parquet", "csv", "json"):
        for part in (1, 2):
            write(tmp_path / kind / f"{part}.{kind}", f"SELECT {part} AS a", kind)
    with connect(files("."), tmp_path) as shop:
        for kind in ("parquet", "csv", "json"):
            write(tmp_path / kind / f"3.{kind}", "SELECT 3 AS a", kind)
            assert shop.scalar(f"SELECT sum(a)::INTEGER FROM {kind}") == 3
            (tmp_path / kind / f"2.{kind}").unlink()
            assert code(lambda k=kind: shop.rows(f"SELECT * FROM {k}")) == "E524"


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_files_that_are_written_anew_meanwhile(tmp_path: Path, kind: str) -> None:
    write(tmp_path / f"t.{kind}", "SELECT 1 AS a, 2 AS b", kind)
    with connect(files("."), tmp_path) as shop:
        assert shop.rows("SELECT a, b FROM t") == [(1, 2)]
        write(tmp_path / f"t.{kind}", "SELECT 'PrivateCell' AS a, 2 AS b", kind)
        assert code(lambda: shop.rows("SELECT a FROM t")) in ("E518", "E524")
        write(tmp_path / f"t.{kind}", "SELECT 7 AS c", kind)
        found = code(lambda: shop.rows("SELECT a, b FROM t")) if kind != "json" else ""
        assert found in ("E518", "E524", "E531", "")


def test_a_line_longer_than_most(tmp_path: Path) -> None:
    put(tmp_path / "t.csv", "a,b\n1," + "x" * 1_500_000 + "\n2,y\n")
    put(tmp_path / "u.json", '{"a":1,"b":"' + "x" * 15_000_000 + '"}\n{"a":2}\n')
    put(tmp_path / "v.csv", "a,b\n1," + "x" * 20_000_000 + "\n2,y\n")
    with connect(files("."), tmp_path) as shop:
        assert shop.scalar("SELECT sum(a)::INTEGER FROM t") == 3
        assert shop.scalar("SELECT sum(a)::INTEGER FROM u") == 3
        assert code(lambda: shop.rows("SELECT a FROM v")) == "E514"


# Partitions.


def by_day(folder: Path, kind: str, days: Sequence[date] = DAYS) -> None:
    for day in days:
        write(
            folder / "events" / f"day={day}" / f"part.{kind}",
            f"SELECT i AS id, {day.day} AS n, 'x' AS s FROM range(10) r(i)",
            kind,
        )
    none = folder / "events" / "day=__HIVE_DEFAULT_PARTITION__" / f"part.{kind}"
    write(none, "SELECT 1::BIGINT AS id, 99 AS n, 'x' AS s", kind)


def plan(shop: Connection, sql: str) -> str:
    """What the engine says that it will do, on one line."""
    return re.sub(r"[│\s]+", " ", shop.plan(sql))


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_partitions_prune(tmp_path: Path, kind: str) -> None:
    by_day(tmp_path, kind)
    with connect(files("."), tmp_path) as shop:
        assert dict(shop.tables()["events"])["day"] == "DATE"
        sql = "SELECT id FROM events WHERE day >= DATE '2026-05-09'"
        assert len(shop.rows(sql)) == 20
        assert "Scanning Files: 2/11" in plan(shop, sql)
        assert "Projections: id" in plan(shop, sql)
        sql = "SELECT n FROM events WHERE day IS NULL"
        assert shop.rows(sql) == [(99,)]
        assert shop.scalar("SELECT count(*) FROM events") == 101
        sql = "SELECT count(*) FROM events WHERE day = DATE '2026-05-03' AND n <> 3"
        assert shop.scalar(sql) == 0


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_partitions_of_files_with_other_columns_prune(
    tmp_path: Path, kind: str
) -> None:
    by_day(tmp_path, kind)
    for day in (1, 10):
        late = tmp_path / "events" / f"day=2026-05-{day:02}" / f"late.{kind}"
        write(late, "SELECT 7 AS more, 500 AS n", kind)
    with connect(files("."), tmp_path) as shop:
        sql = "SELECT sum(n)::INTEGER, sum(more)::INTEGER FROM events WHERE day >="
        sql += " DATE '2026-05-10'"
        assert shop.rows(sql) == [(600, 7)]
        read = re.findall(r"Scanning Files: (\d+)/(\d+)", plan(shop, sql))
        assert [sum(map(int, each)) for each in zip(*read, strict=True)] == [2, 13]


def test_types_of_partitions_are_those_of_all_values(tmp_path: Path) -> None:
    for column, (values, wanted) in {
        "d": (["2026-05-01", "2026-05-02"], "DATE"),
        "no_d": (["2026-05-01", "2026-02-30"], "VARCHAR"),
        "n": (["0", "-7", "123456789012345678"], "BIGINT"),
        "month": (["9", "08"], "VARCHAR"),
        "big": (["1", "12345678901234567890"], "VARCHAR"),
        "none": (["__HIVE_DEFAULT_PARTITION__"], "VARCHAR"),
        "some": (["1", "__HIVE_DEFAULT_PARTITION__"], "BIGINT"),
        "void": (["", "1"], "VARCHAR"),
    }.items():
        for value in values:
            write(tmp_path / column / f"{column}={value}" / "1.parquet")
        assert columns(tmp_path, column)[column] == wanted, column


ODD = [
    "it's",
    'say "hi"',
    "a b",
    "a%20b",
    "%2Fetc%2Fpasswd",
    "%zz",
    "a=b",
    "[x]*",
    "what?",
    "{a,b}",
    "ü",
    "\\x",
    "NULL",
    "null",
    "x;--",
    "line\nbreak",
    "$1",
    "..",
]


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_partitions_may_have_any_value(tmp_path: Path, kind: str) -> None:
    for number, value in enumerate(ODD):
        path = tmp_path / "t" / f"k={value}" / f"x={number}.{kind}"
        write(tmp_path / "plain", f"SELECT {number} AS a", kind)
        path.parent.mkdir(parents=True)
        (tmp_path / "plain").rename(path)
    decoded = {"a%20b": "a b", "%2Fetc%2Fpasswd": "/etc/passwd"}
    wanted = [(n, decoded.get(value, value)) for n, value in enumerate(ODD)]
    assert table(tmp_path, "SELECT a, k FROM t ORDER BY a") == wanted
    for number, value in wanted:
        assert ("'" in str(value)) or table(
            tmp_path, f"SELECT a FROM t WHERE k = '{value}'"
        ) in ([(number,)], [(2,), (3,)])


def test_folders_above_are_no_partitions(tmp_path: Path) -> None:
    root = tmp_path / "a=7" / "day=2020-01-01"
    by_day(root, "parquet")
    write(root / "t.parquet", "SELECT 1 AS a")
    write(root / "u" / "1.parquet", "SELECT 1 AS a")
    with connect(files("."), root) as shop:
        assert shop.rows("SELECT * FROM t") == [(1,)]
        assert shop.rows("SELECT * FROM u") == [(1,)]
        assert list(shop.tables()["events"]) == ["id", "n", "s", "day"]
        sql = "SELECT sum(n)::INTEGER FROM events WHERE day >= DATE '2026-05-09'"
        assert shop.scalar(sql) == 190
        assert plan(shop, sql).count("Function:") == 2
        assert "Projections: n " in plan(shop, sql)


def test_a_link_belongs_to_the_partition_that_it_lies_in(tmp_path: Path) -> None:
    write(tmp_path / "t" / "k=1" / "a.parquet", "SELECT 5 AS a")
    (tmp_path / "t" / "k=2").mkdir()
    (tmp_path / "t" / "k=2" / "a.parquet").symlink_to("../k=1/a.parquet")
    assert table(tmp_path, "SELECT k, a FROM t ORDER BY k") == [(1, 5), (2, 5)]


@pytest.mark.parametrize("kind", ["parquet", "csv", "json"])
def test_the_folder_counts_where_the_file_has_the_column_too(
    tmp_path: Path, kind: str
) -> None:
    write(tmp_path / "t" / "k=1" / f"a.{kind}", "SELECT 'x' AS k, 5 AS a", kind)
    assert columns(tmp_path)["k"] == "BIGINT"
    assert table(tmp_path, "SELECT a, k FROM t") == [(5, 1)]


def test_partitions_that_differ(tmp_path: Path) -> None:
    write(tmp_path / "t" / "k=1" / "a.parquet")
    write(tmp_path / "t" / "b.parquet")
    assert told(tmp_path)[0] == "E527"
    shutil.rmtree(tmp_path / "t")
    write(tmp_path / "t" / "k=1" / "l=1" / "a.parquet")
    write(tmp_path / "t" / "l=1" / "k=1" / "a.parquet")
    write(tmp_path / "t" / "_temporary" / "a.parquet")
    assert table(tmp_path, "SELECT k, l FROM t") == [(1, 1), (1, 1)]


def test_a_partition_may_start_with_an_underscore(tmp_path: Path) -> None:
    write(tmp_path / "t" / "_day=1" / "a.parquet")
    write(tmp_path / "t" / "_day=2" / "_a.parquet")
    assert table(tmp_path, "SELECT _day FROM t") == [(1,)]


# The fence.


def test_new_formats_open_no_new_doors(tmp_path: Path) -> None:
    data = tmp_path / "data"
    put(data / "t.json", '{"a": 1}')
    put(data / "u" / "k=1" / "x.csv", "a\n1\n")
    put(tmp_path / "secret.json", '{"a": "secret"}')
    put(data / "u" / "k=1" / "late.csv", "a\n1\n")
    with connect(files("data"), tmp_path) as shop:
        put(data / "late.json", '{"a": 1}')
        for path in ("secret.json", "data/late.json", "data/../secret.json", "data/*"):
            for function in ("read_json", "read_json_objects", "read_text", "read_csv"):
                sql = f"SELECT * FROM {function}('{tmp_path / path}')"
                assert code(lambda s=sql: shop.rows(s)) == "E517"
    os.symlink(tmp_path / "secret.json", data / "linked.json")
    assert code(lambda: connect(files("data"), tmp_path)) == "E513"
    (data / "linked.json").unlink()
    os.symlink(tmp_path / "secret.json", data / "u" / "k=1" / "x.json")
    assert code(lambda: connect(files("data"), tmp_path)) == "E513"
