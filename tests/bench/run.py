"""Compiled against hand-written SQL, side by side in one run.

    python tests/bench/run.py [--customers N --events M] [--file PATH] [--runs 5]
                              [--rules NAME ...] [--json FILE]

Exits with 1 if a rule doesn't compile or the two sides find different customers.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import shop
from all_rules import RULES
from rules import Rule
from workspace import workspace

import segql


@dataclass
class Side:
    """What one side of one rule cost: seconds per run, and peak bytes."""

    sql: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: int = 0


@dataclass
class Result:
    """One rule, measured; `members` is -1 where the sides differ."""

    name: str
    rule: str
    members: int
    compiled: Side
    hand: Side

    def ratio(self, what: str) -> float:
        """Compiled by hand-written: median `wall` or `cpu`, or `memory`."""
        ours, theirs = getattr(self.compiled, what), getattr(self.hand, what)
        if what == "memory":
            return float(ours / theirs)
        return statistics.median(ours) / statistics.median(theirs)


def timed(con: duckdb.DuckDBPyConnection, side: Side) -> pa.Array:
    """Runs once on a fresh cursor into Arrow, notes the times, gives the keys."""
    cursor = con.cursor()
    wall, cpu = time.perf_counter(), time.process_time()
    table = cursor.sql(side.sql).to_arrow_table()
    side.wall.append(time.perf_counter() - wall)
    side.cpu.append(time.process_time() - cpu)
    cursor.close()
    return table.column(0)


def same_keys(left: pa.Array, right: pa.Array) -> bool:
    """The same set of keys, each of them once, on both sides."""
    left, right = (keys.combine_chunks() for keys in (left, right))
    return bool(
        len(left) == len(right)
        and pc.count_distinct(left).as_py() == len(left)
        and left.take(pc.sort_indices(left)).cast(right.type)
        == right.take(pc.sort_indices(right))
    )


def peak_memory(file: Path, sql: str) -> int:
    child = Path(__file__).with_name("memory.py")
    done = subprocess.run(
        [sys.executable, str(child), str(file)],
        input=sql,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def measure(
    con: duckdb.DuckDBPyConnection, file: Path, rule: Rule, sql: str, runs: int
) -> Result:
    result = Result(rule.name, rule.text, -1, Side(sql), Side(rule.sql))
    sides = [result.compiled, result.hand]
    keys = [timed(con, side) for side in sides]
    if same_keys(*keys):
        result.members = len(keys[0])
    for side in sides:  # that and once more is the warm-up
        timed(con, side)
        side.wall.clear()
        side.cpu.clear()
    for run in range(runs):
        for side in sides if run % 2 == 0 else reversed(sides):
            timed(con, side)
    for side in sides:
        side.memory = peak_memory(file, side.sql)
    return result


def line(result: Result) -> str:
    cells = [f"{result.name:18} {result.members:>9,}"]
    for side in (result.compiled, result.hand):
        cells.append(f"{statistics.median(side.wall) * 1000:9.1f}")
    cells += [f"{result.ratio('wall'):6.2f}", f"{result.ratio('cpu'):6.2f}"]
    for side in (result.compiled, result.hand):
        cells.append(f"{side.memory / 2**20:8,.0f}")
    cells.append(f"{result.ratio('memory'):6.2f}")
    return " ".join(cells) + ("" if result.members >= 0 else "  MEMBERS DIFFER")


HEAD = (
    f"{'rule':18} {'members':>9} {'segql ms':>9} {'hand ms':>9} {'ratio':>6} "
    f"{'cpu':>6} {'segql MB':>8} {'hand MB':>8} {'ratio':>6}"
)


def summary(results: list[Result]) -> dict[str, dict[str, float | str]]:
    """Per measure the median and the worst ratio, and whose the worst is."""
    found: dict[str, dict[str, float | str]] = {}
    for what in ("wall", "cpu", "memory"):
        worst = max(results, key=lambda result: result.ratio(what))
        found[what] = {
            "median": statistics.median(result.ratio(what) for result in results),
            "worst": worst.ratio(what),
            "worst_rule": worst.name,
        }
    return found


def compiled(file: Path, rules: list[Rule]) -> dict[str, str | Exception]:
    """The SQL text of each rule, or why there is none."""
    texts: dict[str, str | Exception] = {}
    with workspace(file) as folder:
        project = segql.Project.load(folder)
        for rule in rules:
            try:
                segment = project.compile(rule.text, as_of=shop.AS_OF)
                texts[rule.name] = segment.sql("duckdb")
            except Exception as error:
                texts[rule.name] = error
    return texts


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compiled against hand-written SQL.")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--file", type=Path, help="the shop; written where missing")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rules", nargs="+", choices=[rule.name for rule in RULES])
    parser.add_argument("--json", type=Path, help="write all measurements here")
    args = parser.parse_args()
    if args.file is None:
        name = f"shop-{args.customers}-{args.events}.duckdb"
        args.file = Path(tempfile.gettempdir(), "segql-bench", name)
    return args


def main() -> int:
    args = arguments()
    if not args.file.exists():
        shop.write(args.file, args.customers, args.events)
    rules = [rule for rule in RULES if not args.rules or rule.name in args.rules]
    texts = compiled(args.file, rules)
    results: list[Result] = []
    failed: dict[str, str] = {}
    print(HEAD)
    with duckdb.connect(str(args.file), read_only=True) as con:
        for rule in rules:
            sql = texts[rule.name]
            try:
                if isinstance(sql, Exception):
                    raise sql
                results.append(measure(con, args.file, rule, sql, args.runs))
                print(line(results[-1]), flush=True)
            except Exception as error:
                failed[rule.name] = str(error)
                print(f"{rule.name:18} FAILED: {error}", flush=True)
    agreed = [result for result in results if result.members >= 0]
    totals = summary(agreed) if agreed else {}
    for what, found in totals.items():
        print(
            f"{what:6} ratio: median {found['median']:.2f},"
            f" worst {found['worst']:.2f} ({found['worst_rule']})"
        )
    if args.json:
        report = {
            "duckdb": duckdb.__version__,
            "runs": args.runs,
            "summary": totals,
            "failed": failed,
            "rules": [asdict(result) for result in results],
        }
        args.json.write_text(json.dumps(report, indent=2), encoding="utf-8")
    return 1 if failed or len(agreed) < len(results) else 0


if __name__ == "__main__":
    sys.exit(main())
