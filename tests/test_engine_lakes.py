"""Lake tables through DuckDB: the rows that their log counts, no more and no fewer."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from test_engine_duckdb import code, fault, files, write

from segql.catalog.project_nodes import Connection as Settings
from segql.catalog.project_nodes import FilesFolder
from segql.diagnostics import Report
from segql.engines import connect
from segql.engines.files import tables_in
from segql.engines.lakes import opened

DAYS = [date(2026, 5, 1), date(2026, 5, 2), None]
AT = datetime(2026, 5, 1, 10, tzinfo=UTC)
ROWS = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int32()),
        "day": DAYS,
        "k": ["a b/c", "ü", None],
        "ts": pa.array([AT] * 3, pa.timestamp("us", "UTC")),
        "wall": pa.array([AT.replace(tzinfo=None)] * 3, pa.timestamp("us")),
        "s": pa.array([{"x": 1, "y": "a"}] * 3),
        "m": pa.array([1, 2, 3], pa.decimal128(10, 2)),
    }
)
COLUMNS = {
    "id": "INTEGER",
    "ts": "TIMESTAMP WITH TIME ZONE",
    "wall": "TIMESTAMP",
    "s": "STRUCT(x BIGINT, y VARCHAR)",
    "m": "DECIMAL(10,2)",
    "day": "DATE",
    "k": "VARCHAR",
}
KIND = {"Delta": "deltalake", "Iceberg": "pyiceberg"}


def table(folder: Path, sql: str = "SELECT * FROM t") -> list[tuple[object, ...]]:
    with connect(files("."), folder) as shop:
        return shop.rows(sql)


def told(folder: Path) -> tuple[str, str]:
    """What is said of a table that can't be read; others are left alone."""
    write(folder / "fine.parquet", "SELECT 1 AS a")
    with connect(files("."), folder) as shop:
        assert shop.scalar("SELECT a FROM fine") == 1
        return fault(lambda: shop.rows("SELECT * FROM t"))


def plan(folder: Path, sql: str) -> str:
    with connect(files("."), folder) as shop:
        return re.sub(r"[│\s]+", " ", shop.plan(sql))


def at_version(folder: Path, version: int) -> list[Any]:
    """The files of a version of the one table in a folder."""
    report = Report()
    [found] = tables_in(folder, ".", report)
    lake = opened(found, version)
    return [lake.fault] if lake.fault else [part.shown for part in lake.parts]


# Delta.


@pytest.fixture
def delta(tmp_path: Path) -> Callable[..., Any]:
    lake = pytest.importorskip("deltalake")

    def add(rows: pa.Table = ROWS, **more: Any) -> Any:
        lake.write_deltalake(str(tmp_path / "t"), rows, mode="append", **more)
        return lake.DeltaTable(str(tmp_path / "t"))

    return add


def test_a_delta_table_has_the_rows_of_its_log(
    delta: Callable[..., Any], tmp_path: Path
) -> None:
    log = delta(partition_by=["day", "k"])
    log.delete("id = 2")
    delta()
    assert len(list((tmp_path / "t").rglob("*.parquet"))) == 6
    with connect(files("."), tmp_path) as shop:
        assert shop.tables()["t"] == COLUMNS
        sql = "SELECT id, day, k, ts FROM t ORDER BY id"
        assert shop.rows(sql) == [
            (1, DAYS[0], "a b/c", AT),
            (1, DAYS[0], "a b/c", AT),
            (2, DAYS[1], "ü", AT),
            (3, None, None, AT),
            (3, None, None, AT),
        ]
        assert shop.rows("SELECT id FROM t WHERE k = 'ü'") == [(2,)]
    sql = "SELECT id FROM t WHERE day >= DATE '2026-05-02'"
    assert "Scanning Files: 1/5" in plan(tmp_path, sql)


def test_columns_of_a_delta_table_that_come_later(
    delta: Callable[..., Any], tmp_path: Path
) -> None:
    delta(pa.table({"id": pa.array([1], pa.int32())}))
    delta(pa.table({"id": pa.array([2], pa.int32()), "x": ["x"]}), schema_mode="merge")
    assert table(tmp_path, "SELECT id, x FROM t ORDER BY id") == [(1, None), (2, "x")]


def test_a_version_of_a_delta_table(delta: Callable[..., Any], tmp_path: Path) -> None:
    delta(pa.table({"id": [1]}))
    delta(pa.table({"id": [2]}))
    assert len(at_version(tmp_path, 0)) == 1
    assert len(at_version(tmp_path, 1)) == 2
    assert at_version(tmp_path, 2)[0].code == "E544"
    for versions, wanted in (({"t": 0}, [(1,)]), ({}, [(1,), (2,)])):
        settings = Settings("duckdb", FilesFolder("."), versions=versions)
        with connect(settings, tmp_path) as shop:
            assert shop.rows("SELECT id FROM t ORDER BY id") == wanted
    settings = Settings("duckdb", FilesFolder("."), versions={"u": 0})
    assert code(lambda: connect(settings, tmp_path)) == "E544"


def test_a_delta_table_without_rows(delta: Callable[..., Any], tmp_path: Path) -> None:
    delta(pa.table({"id": [1]})).delete()
    with connect(files("."), tmp_path) as shop:
        assert shop.tables()["t"] == {"id": "BIGINT"}
        assert shop.rows("SELECT * FROM t") == []


def change(folder: Path, how: Callable[[dict[str, Any]], object]) -> None:
    """Changes each action of the first version of a log."""
    log = folder / "t" / "_delta_log" / f"{0:020}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    for action in actions:
        how(action)
    log.write_text("\n".join(map(json.dumps, actions)))


def needs(*features: str, **settings: str) -> Callable[[dict[str, Any]], object]:
    def how(action: dict[str, Any]) -> None:
        if "protocol" in action:
            action["protocol"] = {
                "minReaderVersion": 3,
                "minWriterVersion": 7,
                "readerFeatures": features,
                "writerFeatures": features,
            }
        if "metaData" in action:
            action["metaData"]["configuration"] = {
                f"delta.{name.replace('_', '.')}": value
                for name, value in settings.items()
            }
        if "add" in action and settings.get("dv"):
            inline = {"storageType": "i", "sizeInBytes": 40, "cardinality": 6}
            text = "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L"
            action["add"]["deletionVector"] = {**inline, "pathOrInlineDv": text}

    return how


def test_deletion_vectors(delta: Callable[..., Any], tmp_path: Path) -> None:
    delta(pa.table({"id": [1]}))
    change(tmp_path, needs("deletionVectors"))
    assert table(tmp_path) == [(1,)], "there may be some, but there are none"
    change(tmp_path, needs("deletionVectors", dv="yes"))
    assert told(tmp_path)[0] in ("E537", "E538")


@pytest.mark.parametrize("feature", ["typeWidening", "columnMapping", "someFuture"])
def test_features_of_delta_that_nobody_knows(
    delta: Callable[..., Any], tmp_path: Path, feature: str
) -> None:
    delta(pa.table({"id": [1]}))
    change(tmp_path, needs(feature))
    assert told(tmp_path)[0] in ("E537", "E538")


def test_renamed_columns_of_delta(delta: Callable[..., Any], tmp_path: Path) -> None:
    delta(pa.table({"id": [1]}))

    def mapped(action: dict[str, Any]) -> None:
        needs("columnMapping", columnMapping_mode="name")(action)
        if "metaData" in action:
            schema = json.loads(action["metaData"]["schemaString"])
            schema["fields"][0]["metadata"] = {
                "delta.columnMapping.id": 1,
                "delta.columnMapping.physicalName": "col-1",
            }
            action["metaData"]["schemaString"] = json.dumps(schema)

    change(tmp_path, mapped)
    assert told(tmp_path) == ("E537", "the Delta table `./t` needs `columnMapping`")


@pytest.mark.parametrize(
    "path", ["../secret.parquet", "%2E%2E/secret.parquet", "/etc/passwd", "{there}"]
)
def test_a_delta_log_leads_nowhere_else(
    delta: Callable[..., Any], tmp_path: Path, path: str
) -> None:
    delta(pa.table({"id": [1]}))
    write(tmp_path / "secret.parquet", "SELECT 'PrivateCell' AS id")
    path = path.format(there=tmp_path / "secret.parquet")

    def elsewhere(action: dict[str, Any]) -> None:
        if "add" in action:
            action["add"]["path"] = path

    change(tmp_path, elsewhere)
    assert told(tmp_path)[0] == "E537"


@pytest.mark.parametrize("text", ["", "PrivateCell", '{"foo": 1}', None])
def test_a_delta_log_that_is_broken(
    delta: Callable[..., Any], tmp_path: Path, text: str | None
) -> None:
    delta(pa.table({"id": [1]}))
    log = tmp_path / "t" / "_delta_log" / f"{0:020}.json"
    log.unlink()
    if text is not None:
        log.write_text(text)
    assert told(tmp_path) == ("E538", "the log of the Delta table `./t` can't be read")


def test_a_file_of_a_delta_table_that_is_gone(
    delta: Callable[..., Any], tmp_path: Path
) -> None:
    delta(pa.table({"id": [1]}))
    [data] = (tmp_path / "t").glob("*.parquet")
    data.unlink()
    found = told(tmp_path)
    assert found[0] == "E514"
    assert data.name in found[1]


def test_a_moved_delta_table(delta: Callable[..., Any], tmp_path: Path) -> None:
    delta(partition_by=["day"])
    (tmp_path / "a=b c").mkdir()
    shutil.move(tmp_path / "t", tmp_path / "a=b c" / "t")
    sql = "SELECT id FROM t WHERE day = DATE '2026-05-02'"
    assert table(tmp_path / "a=b c", sql) == [(2,)]


# Iceberg.


@pytest.fixture
def iceberg(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Makes a table `t` in the folder, at first in another place."""
    pytest.importorskip("pyiceberg")
    pytest.importorskip("sqlalchemy")
    from pyiceberg.catalog.memory import InMemoryCatalog

    catalog = InMemoryCatalog("c", warehouse=(tmp_path / "w").as_uri())
    catalog.create_namespace("n")

    def make(schema: pa.Schema = ROWS.schema, *partitions: str) -> Any:
        made = catalog.create_table("n.t", schema=schema)
        with made.update_spec() as spec:
            for name in partitions:
                spec.add_identity(name)
        return made

    yield make
    catalog.close()


def moved(tmp_path: Path) -> Path:
    """The folder, after the table came along from where it was written."""
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
    shutil.copytree(tmp_path / "w" / "n", tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_an_iceberg_table_has_the_rows_of_its_snapshot(
    iceberg: Callable[..., Any], tmp_path: Path
) -> None:
    made = iceberg(ROWS.schema, "day", "k")
    made.append(ROWS)
    first = made.current_snapshot().snapshot_id
    made.delete("id = 2")
    made.append(ROWS)
    with made.update_schema() as schema:
        schema.rename_column("id", "ident")
        schema.add_column("x", made.schema().find_type("k"))
    folder = moved(tmp_path)
    with connect(files("."), folder) as shop:
        columns = {name: type for name, type in COLUMNS.items() if name != "id"}
        wanted = {"ident": "INTEGER", **columns, "x": "VARCHAR"}
        assert shop.tables()["t"] == wanted
        sql = "SELECT ident, day, k, ts, x FROM t ORDER BY ident"
        assert shop.rows(sql) == [
            (1, DAYS[0], "a b/c", AT, None),
            (1, DAYS[0], "a b/c", AT, None),
            (2, DAYS[1], "ü", AT, None),
            (3, None, None, AT, None),
            (3, None, None, AT, None),
        ]
        sql = "SELECT ident FROM t WHERE day >= DATE '2026-05-02'"
        assert shop.rows(sql) == [(2,)]
    assert plan(folder, sql).count("Function:") == 1
    assert len(at_version(folder, first)) == 3
    assert at_version(folder, 7)[0].code == "E544"


def test_an_iceberg_table_of_another_place(
    iceberg: Callable[..., Any], tmp_path: Path
) -> None:
    made = iceberg(pa.schema([("id", pa.int64())]))
    folder = moved(tmp_path)
    assert table(folder) == [], "no snapshot yet"
    made.append(pa.table({"id": [1]}))
    folder = moved(tmp_path)
    shutil.rmtree(tmp_path / "w")
    assert table(folder) == [(1,)]
    for each in (folder / "t" / "metadata").glob("*.json"):
        text = each.read_text().replace((tmp_path / "w").as_uri(), "s3://bucket/w")
        each.write_text(text)
    assert told(folder)[0] == "E537", "what it counts lies outside"


def test_an_iceberg_table_that_is_broken(
    iceberg: Callable[..., Any], tmp_path: Path
) -> None:
    iceberg(pa.schema([("id", pa.int64())])).append(pa.table({"id": [1]}))
    metadata = sorted((moved(tmp_path) / "t" / "metadata").glob("*.metadata.json"))
    whole = metadata[-1].read_text()
    shutil.copy(metadata[-1], metadata[-1].with_name("00001-copy.metadata.json"))
    assert told(tmp_path / "data")[0] == "E537", "either may be the newest"
    metadata[-1].with_name("00001-copy.metadata.json").unlink()
    for text in ("", "PrivateCell", "{}", whole.replace('"format-version":2', "")):
        metadata[-1].write_text(text)
        found = told(tmp_path / "data")
        assert found == ("E538", "the log of the Iceberg table `./t` can't be read")
    metadata[-1].write_text(whole)
    for log in metadata[-1].parent.glob("snap-*"):
        log.write_bytes(b"PrivateCell")
    assert told(tmp_path / "data")[0] == "E538"


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_fields_inside_columns_of_iceberg(
    iceberg: Callable[..., Any], tmp_path: Path
) -> None:
    rows = pa.table({"s": [[{"x": 1, "y": 2}]], "a b": [7]})
    made = iceberg(rows.schema)
    made.append(rows)
    sql = 'SELECT s[1].x, "a b" FROM t'
    assert table(moved(tmp_path), sql) == [(1, 7)]
    with made.update_schema() as schema:
        schema.rename_column("s.y", "z")
    assert told(moved(tmp_path))[0] == "E537"


def test_iceberg_files_without_numbers(
    iceberg: Callable[..., Any], tmp_path: Path
) -> None:
    iceberg(pa.schema([("id", pa.int64())])).append(pa.table({"id": [1]}))
    [data] = (moved(tmp_path) / "t" / "data").glob("*.parquet")
    data.unlink()
    write(data, "SELECT 1 AS id")
    assert told(tmp_path / "data")[0] == "E537"


# Both.


def test_a_hudi_table_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "t" / "1.parquet")
    (tmp_path / "t" / ".hoodie").mkdir()
    assert told(tmp_path)[0] == "E537"


def test_tables_inside_others(delta: Callable[..., Any], tmp_path: Path) -> None:
    delta(pa.table({"id": [1]}))
    told_of = fault(lambda: connect(files("t"), tmp_path))
    assert told_of == (
        "E536",
        "`t` is itself a table (Delta), not a folder of tables",
    )
    (tmp_path / "u").mkdir()
    (tmp_path / "t").rename(tmp_path / "u" / "t")
    with connect(files("."), tmp_path) as shop:
        assert code(lambda: shop.rows("SELECT * FROM u")) == "E529"


@pytest.mark.parametrize("kind", [*KIND])
def test_a_missing_package_is_named(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = {"Delta": "_delta_log/0.json", "Iceberg": "metadata/1.metadata.json"}[kind]
    (tmp_path / "t" / inner).parent.mkdir(parents=True)
    (tmp_path / "t" / inner).touch()
    monkeypatch.setitem(__import__("sys").modules, KIND[kind], None)
    found = told(tmp_path)
    assert found[0] == "E516"
    assert f"`{KIND[kind]}`" in found[1]


def test_duckdb_alone_reads_no_lake() -> None:
    """Else its own readers might be the better way."""
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as con:
        for function in ("delta_scan", "iceberg_scan"):
            with pytest.raises(duckdb.Error):
                con.execute(f"SELECT * FROM {function}('x')")
