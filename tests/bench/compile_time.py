"""How long a warm process takes from the showcase's text to a segment and to SQL.

    python tests/bench/compile_time.py [--runs 300]

Every run asks for another number of purchases, so that no cache of whole rules can
answer.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import shop
from workspace import workspace

import segql

SHOWCASE = 'age 25..34 and city = "Berlin" and bought("sport") >= {n}'
WARM_UP = 20


def main() -> None:
    parser = argparse.ArgumentParser(description="Warm compile time of the showcase.")
    parser.add_argument("--runs", type=int, default=300)
    runs = parser.parse_args().runs
    compiling: list[float] = []
    with_sql: list[float] = []
    with workspace(Path("shop.duckdb")) as folder:
        project = segql.Project.load(folder)
        for n in range(3, runs + WARM_UP + 3):
            text = SHOWCASE.format(n=n)
            begun = time.perf_counter()
            segment = project.compile(text, as_of=shop.AS_OF)
            checked = time.perf_counter()
            segment.sql("duckdb")
            done = time.perf_counter()
            compiling.append(checked - begun)
            with_sql.append(done - begun)
    for name, times in (("rule", compiling), ("rule and SQL", with_sql)):
        measured = times[WARM_UP:]
        print(
            f"{name:14} median {statistics.median(measured) * 1000:7.3f} ms"
            f"   min {min(measured) * 1000:7.3f} ms   over {len(measured)} runs"
        )


if __name__ == "__main__":
    main()
