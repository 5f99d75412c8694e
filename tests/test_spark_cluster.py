"""Segments on a real cluster: a master, two workers, one of which is killed.

The members are written by the executors, and are those that DuckDB finds.
`SEGQL_PROFILE=engines` runs this.
"""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest
from servers import spark as server
from servers.spark_cluster import DRIVER, Cluster

from segql.engines import Address, Connection, Limits
from segql.engines.spark import Spark, open_server
from segql.project import Project

pytestmark = [
    pytest.mark.xdist_group("spark cluster"),
    pytest.mark.skipif(
        os.environ.get("SEGQL_PROFILE") != "engines",
        reason="SEGQL_PROFILE=engines runs it",
    ),
    pytest.mark.skipif(server.missing() is not None, reason=str(server.missing())),
]

CATALOG = """
entity: {table: customers, key: id, zone: Europe/Berlin}
attributes:
  city: text
events:
  bought:
    table: purchases
    customer: customer
    time: {column: at, type: timestamp, zone: UTC}
    properties:
      price: "decimal(10, 2)"
      kind: text
"""
RULES = {
    "spenders": 'sum(bought(kind = "sport").price) >= 2500 and count(bought) in 30..45',
    "berliners": 'city = "BERLIN" ignoring case and last(bought).kind != "sport"',
    "middling": "median((bought in 2025).price) in 480..520",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A million purchases of 30,000 customers, in eight files."""
    folder = tmp_path_factory.mktemp("project")
    data = folder / "data"
    (data / "purchases").mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute(
            f"""COPY (SELECT i AS id,
              ['Berlin', 'berlin', 'Köln', NULL][(1 + i % 4)::INTEGER] AS city
            FROM range(30000) r(i)) TO '{data}/customers.parquet'"""
        )
        for part in range(8):
            con.execute(
                f"""COPY (SELECT (hash(i) % 30000)::BIGINT AS customer,
                TIMESTAMP '2024-01-01' + to_seconds(47 * i) AS at,
                (hash(i + 7) % 100000 / 100)::DECIMAL(10, 2) AS price,
                ['sport', 'books', 'food'][(1 + hash(i + 3) % 3)::INTEGER] AS kind
                FROM range({part * 125000}, {part * 125000 + 125000}) r(i))
                TO '{data}/purchases/{part}.parquet'"""
            )
    (folder / "catalog.yaml").write_text(CATALOG)
    (folder / "segments").mkdir()
    (folder / "segql.yaml").write_text(
        "catalog: catalog.yaml\nsegments: segments\n"
        "connection: {engine: duckdb, files: data}\n"
    )
    return Project.load(folder)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster
    finally:
        cluster.close()


def opened(project: Project, url: str) -> Spark:
    options = {"files": str(project.folder / "data")}
    if url.startswith("spark"):
        options |= DRIVER
    return open_server(Address(url, options=options), Limits())


def wanted(project: Project, rule: str) -> list[object]:
    return sorted(compiled(project, rule).members())


def compiled(project: Project, rule: str):  # type: ignore[no-untyped-def]
    from datetime import UTC, datetime

    return project.compile(rule, as_of=datetime(2025, 7, 1, tzinfo=UTC))


def written(project: Project, rule: str, spark: Connection, to: Path) -> Sequence[int]:
    count = compiled(project, rule).members(spark).write(to)
    query = f"SELECT id FROM read_parquet('{to}/part-*.parquet') ORDER BY 1"
    found = [key for (key,) in duckdb.sql(query).fetchall()]
    assert len(found) == count
    assert (to / "_SUCCESS").exists()
    return found


def test_a_worker_dies_and_the_members_are_exact(
    project: Project, cluster: Cluster, tmp_path: Path
) -> None:
    with opened(project, cluster.url) as spark:
        for name, rule in RULES.items():
            assert written(project, rule, spark, tmp_path / name) == wanted(
                project, rule
            )
        killed: list[list[int]] = []
        tracker = spark.session.sparkContext.statusTracker()

        def kill() -> None:
            """Once a task runs on each of the workers."""
            until = time.monotonic() + 60
            while time.monotonic() < until:
                stages = map(tracker.getStageInfo, tracker.getActiveStageIds())
                if any(each and each.numActiveTasks >= 2 for each in stages):
                    killed.append(cluster.kill_worker(0))
                    return
                time.sleep(0.05)

        killer = threading.Thread(target=kill)
        killer.start()
        rule = RULES["spenders"]
        found = written(project, rule, spark, tmp_path / "after")
        killer.join()
        assert killed
        assert killed[0], "the worker had an executor"
        assert found == wanted(project, rule)
        assert [path.name for path in tmp_path.iterdir() if path.name[0] == "."] == []


def test_the_same_by_spark_connect(
    project: Project, cluster: Cluster, tmp_path: Path
) -> None:
    pytest.importorskip("grpc")
    if cluster.workers[0].poll() is not None:
        cluster.add_worker()
    with opened(project, cluster.connect_server()) as spark:
        for name, rule in RULES.items():
            assert sorted(compiled(project, rule).members(spark)) == wanted(
                project, rule
            )
            assert written(project, rule, spark, tmp_path / name) == wanted(
                project, rule
            )
