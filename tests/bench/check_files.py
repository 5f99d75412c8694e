"""`segql check` of many files against sqlfluff, prqlc and bare parsing by sqlglot.

    python tests/bench/check_files.py [--files 10_000] [--runs 3] [--others PYTHON]

The same segments as definition files, as SQL and as PRQL. `--others` is a Python that
has sqlfluff and prqlc; without it this one is tried, and what is missing is left out.
sqlfluff and prqlc see so many files as `--slow` says, and their time is multiplied.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from check_texts import files

ROOT = Path(__file__).parents[2]
PARSE = """\
import pathlib, sys
import sqlglot
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.sql")):
    sqlglot.parse_one(path.read_text(encoding="utf-8"), dialect="duckdb")
"""
PRQL = """\
import pathlib, sys
import prqlc
options = prqlc.CompileOptions(target="sql.duckdb")
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.prql")):
    prqlc.compile(path.read_text(encoding="utf-8"), options)
"""
FLUFF = """\
import sys
from sqlfluff.cli.commands import cli
sys.argv = ["sqlfluff", "lint", "--dialect", "duckdb", "--processes", "2",
            "--disable-progress-bar", "--format", "none", sys.argv[1]]
cli()
"""


def write(folder: Path, count: int, slow: int) -> None:
    """A project with the definition files, and folders of the others."""
    for name in ("catalog.yaml", "segql.yaml"):
        shutil.copy(ROOT / "examples/shop" / name, folder)
    for number, (ours, sql, prql) in enumerate(files(count)):
        part = f"{number % 100:02}"
        few = number < slow
        for kind, ending, text in (
            ("segments", "seg", ours),
            ("sql", "sql", sql),
            *((("few_sql", "sql", sql), ("few_prql", "prql", prql)) if few else ()),
        ):
            name = f"s{30 + number}.{ending}"
            path = folder / kind / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


Spent = tuple[float, float]
"""Seconds of the clock, and of the processor in this process and those below."""


def seconds(
    command: list[str], folder: Path, codes: tuple[int, ...], **env: str
) -> Spent:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in codes:
        told = done.stderr[-2000:] + done.stdout[-500:]
        raise SystemExit(f"{command[:4]} failed: {told}")
    worked = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return took, worked


def has(python: str, module: str) -> bool:
    words = [python, "-c", f"import {module}"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description="Many files, checked in one call.")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--slow", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--others", default=sys.executable)
    asked = parser.parse_args()
    slow = min(asked.slow, asked.files)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, asked.files, slow)
        measure(folder, asked.files, slow, asked.runs, asked.others)


def measure(folder: Path, count: int, slow: int, runs: int, others: str) -> None:
    times: dict[str, list[Spent]] = {}
    check = [sys.executable, "-m", "segql", "check"]
    keep = {"XDG_CACHE_HOME": str(folder / "cache")}
    (folder / "cache").mkdir()
    one = sorted((folder / "segments").rglob("*.seg"))[count // 2]
    seconds([*check, str(one)], folder, (0,), **keep)  # the grammar's tables
    others_have = {name for name in ("prqlc", "sqlfluff") if has(others, name)}

    def took(name: str, spent: Spent, times_over: float = 1) -> None:
        clock, worked = (each * times_over for each in spent)
        times.setdefault(name, []).append((clock, worked))
        print(f"  {name}: {clock:.2f} s, processor {worked:.2f} s", flush=True)

    for run in range(runs):
        for kept in (folder / "cache" / "segql").glob("check-*"):
            kept.unlink()
        took(FIRST, seconds(check, folder, (0,), **keep))
        one.write_text(one.read_text("utf-8") + f"# run {run}\n", "utf-8")
        took("segql, one file changed", seconds(check, folder, (0,), **keep))
        took("segql, nothing changed", seconds(check, folder, (0,), **keep))
        single = {**keep, "SEGQL_PROCESSES": "1"}
        words = [*check, "--no-cache"]
        took("segql, one process", seconds(words, folder, (0,), **single))
        words = [sys.executable, "-c", PARSE, "sql"]
        took("sqlglot, parsing alone", seconds(words, folder, (0,)))
        if "prqlc" in others_have:
            spent = seconds([others, "-c", PRQL, "few_prql"], folder, (0,))
            took("prqlc", spent, count / slow)
        if "sqlfluff" in others_have:
            spent = seconds([others, "-c", FLUFF, "few_sql"], folder, (0, 1))
            took("sqlfluff lint, two processes", spent, count / slow)
    first = tuple(map(statistics.median, zip(*times[FIRST], strict=True)))
    print(f"\n| {count:,} files | seconds | × | of the processor | × |")
    print("|---|---|---|---|---|")
    for name, each in times.items():
        clock, worked = map(statistics.median, zip(*each, strict=True))
        print(
            f"| {name} | {clock:.2f} | {clock / first[0]:.2f} "
            f"| {worked:.2f} | {worked / first[1]:.2f} |"
        )


FIRST = "segql, first run"


if __name__ == "__main__":
    main()
