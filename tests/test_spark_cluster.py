"""Segments on a real cluster: a master, two workers, one of which is killed.

The members are written by the executors, and are those that DuckDB finds.
`SEGQL_PROFILE=engines` runs this.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from servers import spark as server
from servers.running import Engines
from servers.spark_cluster import DRIVER, Cluster

from segql.engines import Address, Connection, Limits
from segql.engines.spark import Spark, open_server
from segql.project import Project

pytestmark = [
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
def cluster(
    tmp_path_factory: pytest.TempPathFactory, running: Engines
) -> Iterator[Cluster]:
    running.end("spark")  # a process has one Spark
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
    return project.compile(rule, as_of=datetime(2025, 7, 1, tzinfo=UTC))


def written(project: Project, rule: str, spark: Connection, to: Path) -> Sequence[int]:
    count = compiled(project, rule).members(spark).write(to)
    query = f"SELECT id FROM read_parquet('{to}/part-*.parquet') ORDER BY 1"
    found = [key for (key,) in duckdb.sql(query).fetchall()]
    assert len(found) == count
    assert (to / "_SUCCESS").exists()
    return found


PARTS = 400
MANY = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.files.maxPartitionBytes": "500k",
    "spark.sql.shuffle.partitions": str(PARTS),
}
"""Makes many tasks of a query, so that there is a middle to kill a worker in."""


def test_a_worker_dies_and_the_members_are_exact(
    project: Project, cluster: Cluster, tmp_path: Path
) -> None:
    """It is killed while customers are measured: what it had read of them is lost."""
    with opened(project, cluster.url) as spark:
        for name, rule in RULES.items():
            found = written(project, rule, spark, tmp_path / name)
            assert found == wanted(project, rule)
        for name, value in MANY.items():
            spark.session.conf.set(name, value)
        assert not done_again(spark)
        rule = RULES["spenders"]
        with killed_in_the_middle(spark, cluster) as executors:
            found = written(project, rule, spark, tmp_path / "after")
        assert executors, "it was killed while the query ran, with its executor"
        assert found == wanted(project, rule)
        assert done_again(spark)
        assert [path.name for path in tmp_path.iterdir() if path.name[0] == "."] == []


@contextmanager
def killed_in_the_middle(spark: Spark, cluster: Cluster) -> Iterator[list[int]]:
    """Kills the first worker once a few of a query's last tasks are done.

    Yields its executors, once they are killed.
    """
    tracker = spark.session.sparkContext.statusTracker()
    executors: list[int] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            stages = map(tracker.getStageInfo, tracker.getActiveStageIds())
            last = [each for each in stages if each and each.numTasks == PARTS]
            if any(10 <= each.numCompletedTasks <= PARTS // 2 for each in last):
                executors.extend(cluster.kill_worker(0))
                return

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield executors
    finally:
        ended.set()
        watcher.join()


def done_again(spark: Spark) -> bool:
    """Whether some stage was begun a second time, or some task of it."""
    tracker = spark.session.sparkContext.statusTracker()
    jobs = map(tracker.getJobInfo, tracker.getJobIdsForGroup())
    stages = [
        tracker.getStageInfo(stage) for job in jobs if job for stage in job.stageIds
    ]
    return any(each.currentAttemptId or each.numFailedTasks for each in stages if each)


def test_the_same_by_spark_connect(
    project: Project, cluster: Cluster, tmp_path: Path
) -> None:
    pytest.importorskip("grpc")
    if not cluster.workers[0].runs:
        cluster.add_worker()
    with opened(project, cluster.connect_server()) as spark:
        for name, rule in RULES.items():
            assert sorted(compiled(project, rule).members(spark)) == wanted(
                project, rule
            )
            assert written(project, rule, spark, tmp_path / name) == wanted(
                project, rule
            )


def test_nothing_outlives_who_started_it(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from servers.spark_cluster import Daemon\n"
        f"found = Daemon(Path({str(tmp_path)!r}), 'daemon', ['sleep', '100'])\n"
        "print(found.process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    made = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    daemon = Path("/proc") / made.stdout.strip()
    until = time.monotonic() + 20
    while daemon.exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not daemon.exists()
