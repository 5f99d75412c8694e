"""The benchmark's shop in every engine, with the keys and indexes its users make.

`opened(engine, shop, folder)` copies the shop that `shop.py` wrote into a new server
of the tests, through files and the engine's own bulk loading, and gives what both
sides are run on. All is gone when it is closed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from segql.engines import NO_LIMITS, Address, Connection, Limits  # noqa: E402

EVENTS = {
    "purchases": ("customer_id", "bought_at"),
    "views": ("customer_id", "viewed_at"),
    "emails": ("customer_id", "opened_at"),
}
KEYS = {"customers": "customer_id", "loyalty": "customer_id", "products": "product_id"}
TABLES = (*KEYS, *EVENTS, "parcels")


class Shop:
    """An engine with the shop in it, and how much its processor did."""

    def __init__(
        self,
        connection: Connection,
        busy: Callable[[], float],
        close: Callable[[], None],
        raw: Callable[[str], pa.Table] | None = None,
    ) -> None:
        self.connection = connection
        self.busy = busy
        self.close = close
        self.by_hand = raw or self.ask

    def ask(self, sql: str) -> pa.Table:
        """As segql asks."""
        with self.connection.execute(sql) as rows:
            batches: Any = list(rows)
            return pa.Table.from_batches(batches, rows.schema)


@contextmanager
def opened(
    engine: str, shop: Path, folder: Path, limits: Limits = NO_LIMITS
) -> Iterator[Shop]:
    with duckdb.connect(str(shop), read_only=True) as source:
        found = _MAKERS[engine](source, folder, limits)
    try:
        yield found
    finally:
        found.close()


def spent(process: int) -> float:
    """Seconds of the processor that a living process has used, all its threads."""
    try:
        return time.clock_gettime(~process << 3 | 2)
    except OSError:
        return 0.0


def spent_by_family(process: int) -> float:
    """As `spent`, with the children that live and those that are gone."""
    ticks = os.sysconf("SC_CLK_TCK")
    text = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    gone = (int(text[13]) + int(text[14])) / ticks
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return spent(process) + gone + sum(spent(int(child)) for child in listed)


def columns(source: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    rows = source.execute(f"DESCRIBE {table}").fetchall()
    return [(name, type_) for name, type_, *_ in rows]


def to_csv(
    source: duckdb.DuckDBPyConnection, table: str, path: Path, shown: str, null: str
) -> None:
    source.execute(
        f"COPY (SELECT {shown} FROM {table}) TO '{path}'"
        f" (FORMAT csv, HEADER false, NULL '{null}')"
    )
    path.chmod(0o644)


def declared(
    source: duckdb.DuckDBPyConnection, table: str, types: dict[str, str]
) -> str:
    """The columns of a CREATE TABLE, each type as an engine calls it."""
    found = []
    for name, type_ in columns(source, table):
        kind = types.get(type_, type_)
        never = " NOT NULL" if KEYS.get(table) == name or name == "event_id" else ""
        never = "" if table == "parcels" else never
        found.append(f"{name} {kind}{never}")
    return ", ".join(found)


# ---- DuckDB


def _duckdb(source: duckdb.DuckDBPyConnection, folder: Path, limits: Limits) -> Shop:
    from segql.engines.duckdb import open_database

    [(_, _, file)] = source.execute("PRAGMA database_list").fetchall()[:1]
    path = Path(file)
    connection = open_database(path.name, path.parent, limits)
    return Shop(connection, time.process_time, connection.close)


# ---- PostgreSQL

_PG_SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "random_page_cost": "1.1",
    "effective_cache_size": "4GB",
}
_PG_TYPES = {"VARCHAR": "text", "VARCHAR[]": "text[]", "DOUBLE": "double precision"}


def _postgres(source: duckdb.DuckDBPyConnection, folder: Path, limits: Limits) -> Shop:
    from servers.postgres import Owner, Server

    from segql.engines.postgres import open_server

    server = Server(folder)
    try:
        owner = Owner(server)
        for name, value in _PG_SETTINGS.items():
            owner.run(f"ALTER SYSTEM SET {name} = '{value}'")
        owner.close()
        server.down("fast")
        server.up()
        owner = Owner(server)
        for table in TABLES:
            path = Path(server.folder, f"{table}.csv")
            shown = ", ".join(
                f"'{{' || coalesce(list_aggregate(list_transform({name},"
                f" lambda x: coalesce(x, 'NULL')), 'string_agg', ','), '') || '}}'"
                if type_.endswith("[]")
                else name
                for name, type_ in columns(source, table)
            )
            to_csv(source, table, path, shown, "")
            owner.run(f"CREATE TABLE {table} ({declared(source, table, _PG_TYPES)})")
            owner.run(f"COPY {table} FROM '{path}' (FORMAT csv)")
            path.unlink()
            for statement in _indexes(table, "CREATE INDEX ON {table} ({columns})"):
                owner.run(statement)
            owner.run(f"VACUUM ANALYZE {table}")
        owner.close()
        process = int((server.data / "postmaster.pid").read_text().split()[0])
        connection = open_server(server.address, limits)
    except BaseException:
        server.close()
        raise

    def close() -> None:
        connection.close()
        server.close()

    return Shop(connection, lambda: spent_by_family(process), close)


def _indexes(table: str, index: str) -> Iterator[str]:
    if table in KEYS:
        yield f"ALTER TABLE {table} ADD PRIMARY KEY ({KEYS[table]})"
    elif table == "parcels":
        yield index.format(table=table, columns="event_id", name="event")
    else:
        customer, moment = EVENTS[table]
        if table == "purchases":
            yield f"ALTER TABLE {table} ADD PRIMARY KEY (event_id)"
        both = f"{customer}, {moment}"
        yield index.format(table=table, columns=both, name="customer")
        yield index.format(table=table, columns=moment, name="moment")


# ---- MariaDB

_MARIA_TYPES = {
    "VARCHAR": "VARCHAR(80)",
    "VARCHAR[]": "JSON",
    "TIMESTAMP": "DATETIME",
    "BOOLEAN": "TINYINT(1)",
}


def _mariadb(source: duckdb.DuckDBPyConnection, folder: Path, limits: Limits) -> Shop:
    from servers.mariadb import MariaDB

    server = MariaDB(folder, "--innodb-buffer-pool-size=2G")
    try:
        server.root.select_db("shop")
        for table in TABLES:
            shown = ", ".join(
                f"to_json({name})"
                if type_.endswith("[]")
                else f"{name}::TINYINT"
                if type_ == "BOOLEAN"
                else name
                for name, type_ in columns(source, table)
            )
            path = Path(server.data, f"{table}.csv")
            to_csv(source, table, path, shown, "\\N")
            statements = [
                f"CREATE TABLE {table} ({declared(source, table, _MARIA_TYPES)})"
            ]
            if table in KEYS or table == "purchases":
                statements += list(_indexes(table, "DO 0"))[:1]
            statements.append(
                f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE {table} CHARACTER SET"
                " utf8mb4 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"'"
            )
            if table not in KEYS:
                more = list(
                    _indexes(table, "CREATE INDEX {name} ON {table} ({columns})")
                )
                statements += [each for each in more if each.startswith("CREATE")]
            for statement in [*statements, f"ANALYZE TABLE {table}"]:
                server.write(statement)
            path.unlink()
        connection = server.open(limits)
    except BaseException:
        server.close()
        raise
    assert server.process is not None
    process = _named(server.process.pid, "mariadbd")

    def close() -> None:
        connection.close()
        server.close()

    def raw(sql: str) -> pa.Table:
        """Without segql's settings: with the server's own."""
        return pa.table({"customer_id": [key for (key,) in server.write(sql)]})

    return Shop(connection, lambda: spent(process), close, raw)


def _named(process: int, name: str) -> int:
    """The process of a name among a process and those that it started."""
    left = [process]
    while left:
        process = left.pop()
        if Path(f"/proc/{process}/comm").read_text().strip() == name:
            return process
        path = Path(f"/proc/{process}/task/{process}/children")
        left += map(int, path.read_text().split())
    raise RuntimeError(f"no process {name}")


# ---- SQLite

_SQLITE_TYPES = {"VARCHAR": "TEXT", "VARCHAR[]": "TEXT", "BIGINT": "INTEGER"}
_SQLITE_CELLS = {
    "VARCHAR[]": "to_json({})::VARCHAR",
    "TIMESTAMP": "{}::VARCHAR",
    "DATE": "{}::VARCHAR",
}


def _sqlite(source: duckdb.DuckDBPyConnection, folder: Path, limits: Limits) -> Shop:
    import sqlite3

    from segql.engines.sqlite import open_database

    path = folder / "shop.sqlite"
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("PRAGMA journal_mode = OFF")
        writer.execute("PRAGMA synchronous = OFF")
        for table in TABLES:
            kinds = columns(source, table)
            types = ", ".join(
                f"{name} {_SQLITE_TYPES.get(type_, type_)}"
                + (" PRIMARY KEY" if KEYS.get(table) == name else "")
                + (" PRIMARY KEY" if (table, name) == ("purchases", "event_id") else "")
                for name, type_ in kinds
            )
            writer.execute(f"CREATE TABLE {table} ({types})")
            cells = ", ".join(
                f"{name}::DOUBLE"
                if type_.startswith("DECIMAL")
                else _SQLITE_CELLS.get(type_, "{}").format(name)
                for name, type_ in kinds
            )
            rows = source.execute(f"SELECT {cells} FROM {table}")
            marks = ", ".join("?" * len(kinds))
            writer.execute("BEGIN")
            while part := rows.fetchmany(50_000):
                writer.executemany(f"INSERT INTO {table} VALUES ({marks})", part)
            writer.execute("COMMIT")
            for statement in _indexes(
                table, "CREATE INDEX {table}_{name} ON {table} ({columns})"
            ):
                if statement.startswith("CREATE"):
                    writer.execute(statement)
        writer.execute("ANALYZE")
    writer.close()
    connection = open_database(path.name, folder, limits)
    return Shop(connection, time.process_time, connection.close)


# ---- ClickHouse

_CH_TYPES = {
    "VARCHAR[]": "Array(Nullable(String))",
    "BOOLEAN": "Nullable(Bool)",
    "TIMESTAMP": "Nullable(DateTime64(6, 'UTC'))",
    "DATE": "Nullable(Date32)",
    "BIGINT": "Nullable(Int64)",
    "INTEGER": "Nullable(Int32)",
    "DOUBLE": "Nullable(Float64)",
}
_FEW = {"category", "status", "payment", "device", "campaign", "gender", "tier"}
_FEW |= {"city", "brand", "carrier"}


def _clickhouse_type(table: str, name: str, type_: str) -> str:
    if KEYS.get(table) == name or (table, name) == ("purchases", "event_id"):
        return "Int64"
    if type_ == "VARCHAR":
        few = name in _FEW
        return "LowCardinality(Nullable(String))" if few else "Nullable(String)"
    if type_.startswith("DECIMAL"):
        return f"Nullable({type_.title()})"
    return _CH_TYPES[type_]


def _clickhouse(
    source: duckdb.DuckDBPyConnection, folder: Path, limits: Limits
) -> Shop:
    from servers.clickhouse import _Lasting, run

    from segql.engines.clickhouse import _TRANSPORT, ClickHouse
    from segql.engines.clickhouse_chdb import Embedded

    place = folder / "clickhouse"
    place.mkdir()
    way = Embedded(place)
    for table in TABLES:
        path = folder / f"{table}.parquet"
        shown = ", ".join(
            f"coalesce({name}, []) AS {name}" if type_.endswith("[]") else name
            for name, type_ in columns(source, table)
        )
        source.execute(
            f"COPY (SELECT {shown} FROM {table}) TO '{path}' (FORMAT parquet)"
        )
        kinds = ", ".join(
            f"{name} {_clickhouse_type(table, name, type_)}"
            for name, type_ in columns(source, table)
        )
        if table in EVENTS:
            customer, moment = EVENTS[table]
            layout = f"PARTITION BY toYYYYMM({moment}) ORDER BY ({customer}, {moment})"
        else:
            layout = f"ORDER BY {KEYS.get(table, 'event_id')}"
        run(
            way,
            f"CREATE TABLE {table} ({kinds}) ENGINE = MergeTree {layout}"
            " SETTINGS allow_nullable_key = 1",
            f"INSERT INTO {table} SELECT * FROM file('{path}', Parquet)"
            " SETTINGS session_timezone = 'UTC'",
            f"OPTIMIZE TABLE {table} FINAL",
        )
        path.unlink()
    connection = ClickHouse(_Lasting(way), "default", limits, None)

    def raw(sql: str) -> pa.Table:
        """Without segql's settings: with ClickHouse's own."""
        call = way.call(sql, {**_TRANSPORT, "readonly": "1"})
        try:
            call.open()
            batches = list(iter(_next_of(call), None))
            return pa.Table.from_batches(batches, call.schema)
        finally:
            call.close()

    process = way.child().process.pid
    return Shop(connection, lambda: spent(process), way.close, raw)


def _next_of(call: Any) -> Callable[[], Any]:
    def following() -> Any:
        try:
            return call.read_next_batch()
        except StopIteration:
            return None

    return following


# ---- Spark


def to_parquet(source: duckdb.DuckDBPyConnection, folder: Path) -> Path:
    files = folder / "files"
    files.mkdir()
    for table in TABLES:
        source.execute(f"COPY {table} TO '{files / table}.parquet' (FORMAT parquet)")
    return files


def _spark(source: duckdb.DuckDBPyConnection, folder: Path, limits: Limits) -> Shop:
    from pyspark import SparkContext

    from segql.engines.spark import open_server

    options = {
        "files": str(to_parquet(source, folder)),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "3g",
        "spark.sql.shuffle.partitions": "8",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    connection = open_server(Address("local[2]", options=options), limits)
    gateway: Any = SparkContext._gateway
    process = _named(gateway.proc.pid, "java")
    return Shop(connection, lambda: spent(process), connection.close)


_MAKERS = {
    "duckdb": _duckdb,
    "postgres": _postgres,
    "mariadb": _mariadb,
    "sqlite": _sqlite,
    "clickhouse": _clickhouse,
    "spark": _spark,
}
