"""`segql check FILE` against a bare Python that imports lark and pydantic.

    python tests/bench/startup.py [--runs 21]

Both are whole processes, started in turns; the second does the least that a checker
built on these two libraries must do: import them and define one model.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from workspace import workspace

SEGMENT = """\
# Finds: Berliners from 25 to 34 who bought sport three times or more.
segment sporty_berliners "Sportliche Berliner, 25 bis 34"
  owner "crm@shop.example"

where age 25..34 and city = "Berlin" and bought("sport") >= 3
"""
BARE = """\
import lark, pydantic
class Attribute(pydantic.BaseModel):
    type: str
    column: str | None = None
Attribute.model_validate({"type": "integer"})
"""


def seconds(command: list[str], folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description="Start-up of segql check.")
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    script = Path(sys.executable).with_name("segql")
    segql = [str(script)] if script.exists() else [sys.executable, "-m", "segql"]
    times: dict[str, list[float]] = {"segql check": [], "lark and pydantic": []}
    with workspace(Path("shop.duckdb")) as folder:
        file = folder / "segments" / "sporty_berliners.seg"
        file.write_text(SEGMENT, encoding="utf-8")
        commands = {
            "segql check": [*segql, "check", str(file)],
            "lark and pydantic": [sys.executable, "-c", BARE],
        }
        for run in range(runs + 1):
            for name, command in commands.items():
                took = seconds(command, folder)
                if run:  # the first warms the disk's cache
                    times[name].append(took)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, median in medians.items():
        print(f"{name:18} median {median * 1000:6.1f} ms over {runs} runs")
    print(f"ratio {medians['segql check'] / medians['lark and pydantic']:.2f}")


if __name__ == "__main__":
    main()
