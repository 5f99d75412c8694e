"""Runs the SQL from standard input once and prints the process's peak memory in bytes.

    python tests/bench/memory.py FILE < query.sql

A process of its own per query. Linux keeps `ru_maxrss` across exec, so that a big
parent would count as well: VmHWM is read where there is one.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import duckdb


def peak() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    with duckdb.connect(sys.argv[1], read_only=True) as con:
        con.cursor().sql(sys.stdin.read()).to_arrow_table()
    print(peak())


if __name__ == "__main__":
    main()
