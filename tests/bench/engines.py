"""Compiled against hand-written SQL on every executed engine, side by side in one run.

    python tests/bench/engines.py --on postgres [--customers N --events M] [--runs 5]
                                  [--rules NAME ...] [--json FILE] [--hand-only]

The first twenty rules of `rules.py`. What is written by hand for an engine stands in
`by_hand/ENGINE.sql`. Exits with 1 where the two sides, or DuckDB, find others.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import shop
from engine_shops import Shop, opened
from rules import RULES, Rule
from workspace import workspace

import segql
from segql.engines import ENGINES, Limits

TWENTY = RULES[:20]
ON = tuple(name for name in ENGINES if name != "mysql")
_ENOUGH = 0.15
"""A run asks again and again until it took so many seconds."""


@dataclass
class Side:
    """What one side of one rule cost: seconds per query, in each of its runs."""

    sql: str
    wall: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)


@dataclass
class Result:
    """One rule on one engine; `same` tells whether all found the same customers."""

    name: str
    members: int
    same: bool
    compiled: Side
    hand: Side

    def ratio(self, what: str) -> float:
        """Compiled by hand-written: the medians of `wall` or `busy`."""
        ours, theirs = getattr(self.compiled, what), getattr(self.hand, what)
        return statistics.median(ours) / max(statistics.median(theirs), 1e-9)


def by_hand(engine: str) -> dict[str, str]:
    """The SQL of each rule, for an engine; of DuckDB it stands with the rules."""
    if engine == "duckdb":
        return {rule.name: rule.sql for rule in TWENTY}
    path = Path(__file__).with_name("by_hand") / f"{engine}.sql"
    parts = re.split(r"(?m)^-- rule: (\w+)\n", path.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def compiled(engine: str) -> dict[str, str]:
    """The SQL of each rule as segql writes it."""
    with workspace(Path("shop")) as folder:
        if engine in ("mariadb", "sqlite"):  # they have no lists
            catalog = folder / "catalog.yaml"
            text = catalog.read_text(encoding="utf-8")
            json_list = "interests: {type: list of text, stored: json}"
            text = text.replace("interests: list of text", json_list)
            catalog.write_text(text, encoding="utf-8")
        project = segql.Project.load(folder)
        found = {}
        for rule in TWENTY:
            segment = project.compile(rule.text, as_of=shop.AS_OF)
            try:
                found[rule.name] = segment.sql(engine)
            except segql.SegqlError as error:
                found[rule.name] = f"-- {error.diagnostics[0].message}"
    return found


def keys(table: pa.Table) -> list[int]:
    return sorted(table.column(0).to_pylist())


def run(place: Shop, side: Side, ours: bool, times: int) -> None:
    ask = place.ask if ours else place.by_hand
    wall, busy = time.perf_counter(), place.busy()
    for _ in range(times):
        ask(side.sql)
    side.busy.append((place.busy() - busy) / times)
    side.wall.append((time.perf_counter() - wall) / times)


def measure(
    place: Shop, rule: Rule, sql: tuple[str, str], true: list[int], runs: int
) -> Result:
    result = Result(rule.name, len(true), False, Side(sql[0]), Side(sql[1]))
    sides = [(result.compiled, True), (result.hand, False)]
    found = [keys(place.ask(sql[0])), keys(place.by_hand(sql[1]))]
    result.same = found == [true, true]
    times = []
    for side, ours in sides:  # that and once more is the warm-up
        run(place, side, ours, 1)
        times.append(max(1, min(50, round(_ENOUGH / max(side.busy[0], 0.003)))))
        side.wall.clear()
        side.busy.clear()
    for number in range(runs):
        for side, ours in sides if number % 2 == 0 else reversed(sides):
            run(place, side, ours, max(times))
    return result


HEAD = (
    f"{'rule':18} {'members':>9} {'segql ms':>9} {'hand ms':>9} {'busy':>6} {'wall':>6}"
)


def line(result: Result) -> str:
    cells = [f"{result.name:18} {result.members:>9,}"]
    for side in (result.compiled, result.hand):
        cells.append(f"{statistics.median(side.busy) * 1000:9.1f}")
    cells += [f"{result.ratio('busy'):6.2f}", f"{result.ratio('wall'):6.2f}"]
    return " ".join(cells) + ("" if result.same else "  MEMBERS DIFFER")


def bench(engine: str, args: argparse.Namespace) -> tuple[list[Result], dict[str, str]]:
    hand = by_hand(engine)
    ours = compiled(engine)
    rules = [rule for rule in TWENTY if not args.rules or rule.name in args.rules]
    with duckdb.connect(str(args.file), read_only=True) as con:
        true = {r.name: sorted(k for (k,) in con.sql(r.sql).fetchall()) for r in rules}
    results: list[Result] = []
    failed: dict[str, str] = {}
    limits = Limits(seconds=args.limit)
    folder = Path(tempfile.mkdtemp(prefix="segql-bench-"))
    try:
        with opened(engine, args.file, folder, limits) as place:
            print(f"{place.connection.engine}, {args.file.name}\n{HEAD}", flush=True)
            for rule in rules:
                sql = ours[rule.name], hand[rule.name]
                try:
                    result = measure(place, rule, sql, true[rule.name], args.runs)
                except Exception as error:
                    failed[rule.name] = str(error)
                    print(f"{rule.name:18} FAILED: {error}", flush=True)
                else:
                    results.append(result)
                    print(line(result), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return results, failed


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compiled against hand-written SQL.")
    parser.add_argument("--on", nargs="+", choices=ON, default=ON)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--file", type=Path, help="the shop; written where missing")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=120, help="seconds for a query")
    parser.add_argument("--rules", nargs="+", choices=[rule.name for rule in TWENTY])
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
    report = {}
    wrong = False
    for engine in args.on:
        results, failed = bench(engine, args)
        wrong |= bool(failed) or not all(result.same for result in results)
        for what in ("busy", "wall") if results else ():
            ratios = sorted(result.ratio(what) for result in results)
            middle = statistics.median(ratios)
            print(f"{what}: median {middle:.2f}, worst {ratios[-1]:.2f}")
        report[engine] = {
            "failed": failed,
            "rules": [asdict(result) for result in results],
        }
    if args.json:
        args.json.write_text(json.dumps(report, indent=2), encoding="utf-8")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
