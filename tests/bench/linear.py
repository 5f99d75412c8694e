"""How the time to parse, check and format grows with the text: it should be as it.

    python tests/bench/linear.py [--runs 5] [--size 1000]

Each kind of text is made n and four times n long; both take turns. A ratio of 4 is
linear, 16 is the square. The processor's time is taken, and the middle of all runs.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from random_worlds import world  # noqa: E402

from segql.diagnostics import Report  # noqa: E402
from segql.library import Library  # noqa: E402
from segql.source import Source  # noqa: E402
from segql.syntax.format import format  # noqa: E402
from segql.syntax.parse import parse  # noqa: E402

KINDS: dict[str, Callable[[int], str]] = {
    "terms": lambda n: " and ".join(f"age > {i}" for i in range(n)),
    "and in or": lambda n: " or ".join(f"age > {i} and age < 9" for i in range(n)),
    "groups": lambda n: " and ".join(["not (age > 1 or age < 3)"] * n),
    "calls": lambda n: " and ".join(['bought("a", price > 3) >= 2'] * n),
    "items": lambda n: "city in (" + ", ".join(f'"c{i}"' for i in range(n)) + ")",
    "comments": lambda n: "age > 1\n" + "# c\nand age > 2 # d\n" * n,
    "comments in one place": lambda n: "age =\n" + "# c\n" * n + "3 and age > 1",
    "comments in groups": lambda n: "age in (1\n" + "# c\n, 2 # d\n" * n + ")",
    "allowing": lambda n: "age > 1" + " # allow W201: so\nand age > 2" * n,
    "lets": lambda n: "".join(f"let x{i} = {i} # c\n" for i in range(n)),
    "examples": lambda n: "where age > 1\n" + "example in (age = 2, # c\n)\n" * n,
    "blanks": lambda n: "age > 1" + " \n\t" * n + "and age > 2",
}


def parsed(text: str) -> None:
    parse(Source(text), Report())


def formatted(text: str) -> None:
    format(text)


def seconds(work: Callable[[str], object], text: str) -> float:
    gc.collect()
    gc.disable()
    begun = time.process_time()
    work(text)
    took = time.process_time() - begun
    gc.enable()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description="How time grows with the text.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", type=int, default=1000)
    chosen = parser.parse_args()
    library = Library(world(0), Path("nowhere"))
    works: dict[str, Callable[[str], object]] = {
        "parse": parsed,
        "check": lambda text: library.check(Source(text), "rule"),
        "format": formatted,
    }
    print(f"| text | {' | '.join(f'{name} n | 4n | ratio' for name in works)} |")
    print("| --- |" + " ---: | ---: | ---: |" * len(works))
    for kind, make in KINDS.items():
        texts = make(chosen.size), make(4 * chosen.size)
        cells = []
        for work in works.values():
            times = [
                [seconds(work, text) for text in texts] for _ in range(chosen.runs)
            ]
            one, four = (statistics.median(each) for each in zip(*times, strict=True))
            cells.append(f"{one * 1e3:.0f} ms | {four * 1e3:.0f} ms | {four / one:.1f}")
        print(f"| {kind} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
