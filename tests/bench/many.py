"""Many segments at once: segql in one plan, by hand one by one, Polars, ClickHouse.

    python tests/bench/many.py --folder /tmp/many --segments 10 100 1000
    python tests/bench/many.py --folder /tmp/many --customers 20_000 --events 400_000
    python tests/bench/many.py --draw

Each side runs in a process of its own, in turns, and yields the keys of all members;
their number and sum per segment must be the same on all sides. By hand, and on
ClickHouse, where segments are independent queries, a sample of `--sample` is asked and
the time multiplied. The results are kept in `many.json`; `--draw` makes `many.md` and
`many.svg` of them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import many_draw
import many_shop
from many_shop import AS_OF, CATALOG, Condition, Segment, segments
from memory import peak

HERE = Path(__file__).parent
KEPT = HERE / "many.json"
Answer = dict[str, tuple[int, int]]
"""By segment, how many members, and the sum of their keys."""


# ---- the sides


def by_segql(folder: Path, wanted: Sequence[Segment]) -> Callable[[], Answer]:
    import numpy as np

    from segql.project import Project

    place = Path(tempfile.mkdtemp(prefix="segql-bench-"))
    (place / "segments").mkdir()
    (place / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    database = json.dumps(str((folder / "many.duckdb").resolve()))
    settings = f"connection: {{engine: duckdb, database: {database}}}\n"
    (place / "segql.yaml").write_text(settings, encoding="utf-8")
    for each in wanted:
        file = place / "segments" / f"{each.name}.seg"
        file.write_text(each.rule + "\n", encoding="utf-8")

    def work() -> Answer:
        project = Project.load(place)
        every = project.together(as_of=AS_OF)
        counts, sums = dict.fromkeys(every.names, 0), dict.fromkeys(every.names, 0)
        for part in every.slices():
            keys = part.keys.to_numpy()
            for name in every.names:
                found = keys[part.numbers(name)]
                counts[name] += len(found)
                sums[name] += int(np.sum(found))
        return {name: (counts[name], sums[name]) for name in every.names}

    return work


def _sql(each: Segment, quoted: Callable[[Any], str]) -> str:
    """A segment as an analyst writes it: a grouping for each condition."""
    keys = [_condition(one, quoted) for one in each.conditions]
    word = " UNION " if each.any_of else " INTERSECT "
    found = word.join(f"({key})" for key in keys) if len(keys) > 1 else keys[0]
    tests = [f"id IN ({found})"]
    if each.ages is not None:
        tests.append(f"age BETWEEN {each.ages[0]} AND {each.ages[1]}")
    if each.city is not None:
        tests.append(f"city = {quoted(each.city)}")
    return f"SELECT id FROM customers WHERE {' AND '.join(tests)}"


def _condition(one: Condition, quoted: Callable[[Any], str]) -> str:
    tests = [f"kind = {quoted(one.kind)}", f"category = {quoted(one.category)}"]
    if one.since is not None:
        tests.append(f"happened_at >= {quoted(one.since)}")
    tests.append(f"happened_at < {quoted(AS_OF)}")
    figure = "SUM(amount)" if one.total else "COUNT(*)"
    return (
        f"SELECT customer_id FROM events WHERE {' AND '.join(tests)}"
        f" GROUP BY customer_id HAVING {figure} {one.operator} {one.bound}"
    )


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value + "'"
    return f"TIMESTAMP '{value.replace(tzinfo=None)}'"


def by_hand(folder: Path, wanted: Sequence[Segment]) -> Callable[[], Answer]:
    import duckdb
    import pyarrow.compute as pc

    def work() -> Answer:
        found = {}
        with duckdb.connect(str(folder / "many.duckdb"), read_only=True) as connection:
            for each in wanted:
                table = connection.sql(_sql(each, _plain)).to_arrow_table()
                found[each.name] = (len(table), pc.sum(table[0]).as_py() or 0)
        return found

    return work


def by_polars(folder: Path, wanted: Sequence[Segment]) -> Callable[[], Answer]:
    """Lazy frames collected together: Polars shares what it finds to be equal."""
    import polars as pl

    def work() -> Answer:
        customers = pl.scan_parquet(folder / "customers.parquet")
        events = pl.scan_parquet(folder / "events.parquet")
        frames = [_frame(pl, customers, events, each) for each in wanted]
        found = {}
        for each, frame in zip(wanted, pl.collect_all(frames), strict=True):
            found[each.name] = (len(frame), int(frame["id"].sum()))
        return found

    return work


def _frame(pl: Any, customers: Any, events: Any, each: Segment) -> Any:
    parts = []
    for one in each.conditions:
        test = (pl.col("kind") == one.kind) & (pl.col("category") == one.category)
        if one.since is not None:
            test &= pl.col("happened_at") >= one.since.replace(tzinfo=None)
        figure = pl.col("amount").sum() if one.total else pl.len()
        grouped = events.filter(test).group_by("customer_id").agg(figure.alias("n"))
        parts.append(grouped.filter(pl.col("n") >= one.bound).select("customer_id"))
    if each.ages is not None:
        customers = customers.filter(pl.col("age").is_between(*each.ages))
    if each.city is not None:
        customers = customers.filter(pl.col("city") == each.city)
    found = customers.select("id")
    if each.any_of:
        parts = [pl.concat(parts).unique()]
    for part in parts:
        found = found.join(part, left_on="id", right_on="customer_id", how="semi")
    return found


def by_clickhouse(folder: Path, wanted: Sequence[Segment]) -> Callable[[], Answer]:
    """Its table sorted by kind, category and customer: a query reads its part alone."""
    import pyarrow.compute as pc
    from chdb.session import Session

    def quoted(value: Any) -> str:
        if isinstance(value, str):
            return "'" + value + "'"
        return f"toDateTime64('{value.replace(tzinfo=None)}', 6, 'UTC')"

    def work() -> Answer:
        session = Session(str(folder / "clickhouse"))
        found = {}
        for each in wanted:
            sql = _sql(each, quoted).replace(" UNION ", " UNION DISTINCT ")
            table = session.query(sql, "ArrowTable")
            found[each.name] = (len(table), pc.sum(table[0]).as_py() or 0)
        session.close()
        return found

    return work


SIDES = {
    "segql": by_segql,
    "by hand": by_hand,
    "polars": by_polars,
    "clickhouse": by_clickhouse,
}
SAMPLED = ("by hand", "clickhouse")


# ---- the data


def make(folder: Path, customers: int, events: int) -> None:
    import duckdb

    folder.mkdir(exist_ok=True)
    file = folder / "many.duckdb"
    if not file.exists():
        many_shop.make(file, customers, events)
    with duckdb.connect(str(file), read_only=True) as connection:
        for table in ("customers", "events"):
            path = folder / f"{table}.parquet"
            if not path.exists():
                connection.execute(f"COPY {table} TO '{path}' (FORMAT parquet)")
    if not (folder / "clickhouse").exists():
        subprocess.run([sys.executable, __file__, "--load", str(folder)], check=True)


def load(folder: Path) -> None:
    from chdb.session import Session

    session = Session(str(folder / "clickhouse"))
    time_type = "DateTime64(6, 'UTC')"
    for statement in (
        "CREATE TABLE customers (id Int64, age Int32, city String)"
        " ENGINE = MergeTree ORDER BY id",
        "CREATE TABLE events (customer_id Int64, kind LowCardinality(String),"
        f" category LowCardinality(String), happened_at {time_type},"
        " amount Decimal(9, 2)) ENGINE = MergeTree"
        " ORDER BY (kind, category, customer_id)",
        "INSERT INTO customers"
        f" SELECT * FROM file('{folder}/customers.parquet', Parquet)",
        f"INSERT INTO events SELECT * FROM file('{folder}/events.parquet', Parquet)",
        "OPTIMIZE TABLE events FINAL",
    ):
        session.query(statement)
    session.close()


# ---- measuring


def alone(side: str, folder: Path, count: int, sample: int) -> dict[str, Any]:
    """One run of a side, in this process."""
    wanted = segments(count)
    asked = wanted[:sample] if side in SAMPLED else wanted
    work = SIDES[side](folder, asked)
    begun, busy = time.perf_counter(), _busy()
    answer = work()
    factor = len(wanted) / len(asked)
    return {
        "seconds": (time.perf_counter() - begun) * factor,
        "processor": (_busy() - busy) * factor,
        "memory": peak(),
        "answer": answer,
    }


def _busy() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def apart(side: str, asked: argparse.Namespace, count: int) -> dict[str, Any] | None:
    """One run of a side, in a process of its own; None if it didn't end."""
    line = [sys.executable, __file__, "--side", side, "--folder", str(asked.folder)]
    line += ["--segments", str(count), "--sample", str(asked.sample)]
    paths = [str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    limit = f'ulimit -v {asked.memory << 20}; exec "$@"'
    try:
        done = subprocess.run(
            ["bash", "-c", limit, "side", *line],
            env=env,
            capture_output=True,
            timeout=asked.limit,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        print(f"{side} failed: {done.stderr.decode()[-300:]}", file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(done.stdout.decode().splitlines()[-1])
    return found


def measured(asked: argparse.Namespace, count: int) -> dict[str, dict[str, float]]:
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in asked.sides}
    for _ in range(asked.runs):
        for side in list(runs):
            found = apart(side, asked, count)
            if found is None:
                print(f"{count:>6} {side:11} not finished", flush=True)
                del runs[side]
                continue
            runs[side].append(found)
            print(
                f"{count:>6} {side:11} {found['seconds']:9.2f} s"
                f" {found['processor']:9.2f} s of the processor"
                f" {found['memory'] / 1e9:6.2f} GB",
                flush=True,
            )
    answers = {side: each[0]["answer"] for side, each in runs.items()}
    for side, answer in answers.items():
        for name, pair in answer.items():
            if answers["segql"][name] != pair:
                raise SystemExit(f"{side} and segql differ about {name}")
    kinds = ("seconds", "processor", "memory")
    return {
        side: {kind: statistics.median(one[kind] for one in each) for kind in kinds}
        for side, each in runs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/segql-many"))
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--segments", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    parser.add_argument("--side", choices=SIDES, help="one run, in this process")
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=1200, help="seconds")
    parser.add_argument("--memory", type=int, default=16, help="GiB of addresses")
    parser.add_argument("--load", type=Path)
    parser.add_argument("--draw", action="store_true")
    asked = parser.parse_args()
    if asked.draw:
        many_draw.draw(KEPT, HERE)
    elif asked.load:
        load(asked.load)
    elif asked.side:
        found = alone(asked.side, asked.folder, asked.segments[0], asked.sample)
        print(json.dumps(found))
    else:
        make(asked.folder, asked.customers, asked.events)
        kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
        size = f"{asked.customers} {asked.events}"
        for count in asked.segments:
            mine = kept.setdefault(size, {}).setdefault(str(count), {})
            mine.update(measured(asked, count))
            KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
