"""How fast members arrive: through segql's connection, and by the driver alone.

    python tests/bench/fetch.py [--on ENGINE ...] [--rows 10_000_000] [--runs 3]

A table of so many keys is written in each engine and read in turns: as segql reads it,
and as the driver itself reads most quickly. Prints seconds, and segql's speed as a
share of the driver's; the processor's time is that of both ends.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from engine_shops import Shop, _named, spent, spent_by_family

from segql.engines import ENGINES, NO_LIMITS, Address

ON = tuple(name for name in ENGINES if name != "mysql")
SQL = "SELECT customer_id FROM keys"
_PART = 50_000


@contextmanager
def _duckdb(folder: Path, rows: int) -> Iterator[tuple[Shop, Callable[[], int]]]:
    import duckdb

    from segql.engines.duckdb import open_database

    with duckdb.connect(str(folder / "keys.duckdb")) as con:
        con.execute(
            f"CREATE TABLE keys AS SELECT i AS customer_id FROM range({rows}) t(i)"
        )
    with (
        open_database("keys.duckdb", folder, NO_LIMITS) as connection,
        duckdb.connect(str(folder / "keys.duckdb"), read_only=True) as con,
    ):

        def alone() -> int:
            reader = con.cursor().sql(SQL).to_arrow_reader(100_000)
            return sum(batch.num_rows for batch in reader)

        yield Shop(connection, lambda: 0.0, lambda: None), alone


@contextmanager
def _postgres(folder: Path, rows: int) -> Iterator[tuple[Shop, Callable[[], int]]]:
    import adbc_driver_postgresql.dbapi as driver
    from servers.postgres import OWNER, Owner, Server

    from segql.engines.postgres import open_server

    server = Server(folder)
    try:
        owner = Owner(server)
        owner.run(
            "CREATE UNLOGGED TABLE keys AS SELECT i AS customer_id"
            f" FROM generate_series(1, {rows}::bigint) AS t (i)",
            "VACUUM ANALYZE keys",
        )
        owner.close()
        process = int((server.data / "postmaster.pid").read_text().split()[0])
        place = f"user={OWNER}&host={server.folder}&port={server.port}"
        with (
            open_server(server.address, NO_LIMITS) as connection,
            driver.connect(f"postgresql:///postgres?{place}") as con,
        ):

            def alone() -> int:
                with con.cursor() as cursor:
                    cursor.execute(SQL)
                    reader = cursor.fetch_record_batch()
                    return sum(batch.num_rows for batch in reader)

            yield (
                Shop(connection, lambda: spent_by_family(process), lambda: None),
                alone,
            )
    finally:
        server.close()


@contextmanager
def _mariadb(folder: Path, rows: int) -> Iterator[tuple[Shop, Callable[[], int]]]:
    from servers.mariadb import MariaDB

    from segql.engines.mariadb_link import DRIVERS, _driver

    server = MariaDB(folder, "--innodb-buffer-pool-size=1G")
    try:
        server.root.select_db("shop")
        server.write(
            "CREATE TABLE keys (customer_id BIGINT PRIMARY KEY)".replace(
                "keys", "`keys`"
            )
        )
        server.write(f"INSERT INTO `keys` SELECT seq FROM seq_1_to_{rows}")
        driver: Any = _driver()
        assert server.process is not None
        process = _named(server.process.pid, "mariadbd")
        sql = SQL.replace("keys", "`keys`")
        with server.open() as connection:
            con = driver.connect(
                host="127.0.0.1", port=server.port, user="root", database="shop"
            )
            cursors = __import__(f"{driver.__name__}.cursors", fromlist=["SSCursor"])

            def alone() -> int:
                cursor = con.cursor(cursors.SSCursor)
                cursor.execute(sql)
                found = 0
                while part := cursor.fetchmany(_PART):
                    found += len(part)
                cursor.close()
                return found

            print(f"driver {driver.__name__}, of {', '.join(DRIVERS)}")
            yield Shop(connection, lambda: spent(process), lambda: None), alone
            con.close()
    finally:
        server.close()


@contextmanager
def _sqlite(folder: Path, rows: int) -> Iterator[tuple[Shop, Callable[[], int]]]:
    import sqlite3

    from segql.engines.sqlite import open_database

    con = sqlite3.connect(folder / "keys.sqlite", isolation_level=None)
    con.execute("CREATE TABLE keys (customer_id INTEGER PRIMARY KEY)")
    con.execute(
        "WITH RECURSIVE t (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM t"
        f" WHERE i < {rows}) INSERT INTO keys SELECT i FROM t"
    )
    with open_database("keys.sqlite", folder, NO_LIMITS) as connection:

        def alone() -> int:
            found = 0
            cursor = con.execute(SQL)
            while part := cursor.fetchmany(_PART):
                found += len(part)
            return found

        yield Shop(connection, lambda: 0.0, lambda: None), alone
    con.close()


@contextmanager
def _clickhouse(folder: Path, rows: int) -> Iterator[tuple[Shop, Callable[[], int]]]:
    import chdb

    from segql.engines.clickhouse import ClickHouse
    from segql.engines.clickhouse_chdb import Embedded

    sql = f"SELECT toInt64(number) AS customer_id FROM numbers({rows})"
    con = chdb.connect(":memory:")
    connection = ClickHouse(Embedded(None), "default", NO_LIMITS)
    process = connection._way.child().process.pid  # type: ignore[attr-defined]

    def alone() -> int:
        answer = con.query(sql, "ArrowStream").bytes()
        with pa.ipc.open_stream(pa.py_buffer(answer)) as reader:
            return sum(batch.num_rows for batch in reader)

    with connection:
        shop = Shop(connection, lambda: spent(process), lambda: None)
        shop.sql = sql  # type: ignore[attr-defined]
        yield shop, alone
    con.close()


@contextmanager
def _spark(folder: Path, rows: int) -> Iterator[tuple[Shop, Callable[[], int]]]:
    from pyspark import SparkContext

    from segql.engines.spark import open_server

    options = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "3g",
    }
    with open_server(Address("local[2]", options=options), NO_LIMITS) as connection:
        session = connection.session
        session.range(rows).withColumnRenamed(
            "id", "customer_id"
        ).createOrReplaceTempView("keys")
        gateway: Any = SparkContext._gateway
        process = _named(gateway.proc.pid, "java")

        def alone() -> int:
            return int(session.sql(SQL).toArrow().num_rows)

        yield Shop(connection, lambda: spent(process), lambda: None), alone


_MAKERS = {
    "duckdb": _duckdb,
    "postgres": _postgres,
    "mariadb": _mariadb,
    "sqlite": _sqlite,
    "clickhouse": _clickhouse,
    "spark": _spark,
}


def through(place: Shop, sql: str) -> int:
    with place.connection.execute(sql) as answer:
        return sum(batch.num_rows for batch in answer)


def bench(engine: str, rows: int, runs: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="segql-bench-"))
    try:
        with _MAKERS[engine](folder, rows) as (place, alone):
            sql = getattr(place, "sql", SQL)
            if engine == "mariadb":
                sql = sql.replace("keys", "`keys`")
            sides = {"segql": lambda: through(place, sql), "driver": alone}
            wall: dict[str, list[float]] = {name: [] for name in sides}
            busy: dict[str, list[float]] = {name: [] for name in sides}
            for number in range(runs + 1):
                for name, read in sorted(sides.items(), reverse=number % 2 == 0):
                    began = time.perf_counter()
                    used = place.busy() + time.process_time()
                    assert read() == rows
                    if number:
                        wall[name].append(time.perf_counter() - began)
                        busy[name].append(place.busy() + time.process_time() - used)
            cells = [f"{place.connection.engine:20}"]
            for times in (wall, busy):
                ours, theirs = (statistics.median(times[name]) for name in sides)
                cells.append(f"{ours:7.2f} s {theirs:7.2f} s {theirs / ours:6.0%}")
            print(*cells, sep=" | ", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fetching, with segql and without.")
    parser.add_argument("--on", nargs="+", choices=ON, default=ON)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    print("engine | wall: segql, driver, speed | processor: segql, driver, speed")
    for engine in args.on:
        bench(engine, args.rows, args.runs)


if __name__ == "__main__":
    main()
