"""A thousand segments compared with each other: what is found, and what it takes.

    python tests/bench/thousand.py [--segments 1000] [--seed 5]

What was planted is known: it is all found, nothing else is, or the run fails.
"""

import argparse
import sys
import time
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from grown_project import grown_project  # noqa: E402

from segql import Project  # noqa: E402
from segql.library import Library  # noqa: E402
from segql.reason.pairs import Comparing  # noqa: E402
from segql.source import Source  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    shop = ROOT / "examples" / "shop"
    library = Library(Project.load(shop).world, shop)
    grown = grown_project(Random(asked.seed), asked.segments)
    rules, wrong = {}, []
    start = time.process_time(), time.perf_counter()
    for name, text in grown.texts.items():
        checked = library.check(Source(text), name, doubts=True)
        noted = [d.code for d in checked.findings if d.code.startswith("W30")]
        if noted != grown.codes.get(name, "").split():
            wrong.append((name, noted))
        if name not in grown.codes and checked.rule is not None:
            rules[name] = checked.rule
    checked_at = time.process_time(), time.perf_counter()
    comparing = Comparing(rules, library.world)
    found = comparing.done()
    end = time.process_time(), time.perf_counter()
    pairs = len(rules) * (len(rules) - 1)
    print(f"{len(grown.texts):,} segments, {len(rules):,} compared: {pairs:,} pairs")
    print(f"  thought about: {comparing.asked:,} questions")
    print(f"  equal: {len(found.equal)} of {len(grown.equal)} planted")
    print(f"  contained: {len(found.contained)} of {len(grown.contained)} planted")
    print(f"  wrong in itself: {len(grown.codes)} planted, {len(wrong)} told wrongly")
    for what, a, b in (("check", start, checked_at), ("compare", checked_at, end)):
        print(f"  {what}: {b[0] - a[0]:.1f} s processor, {b[1] - a[1]:.1f} s")
    right = set(found.equal) == grown.equal
    if wrong or not right or set(found.contained) != grown.contained:
        raise SystemExit("not what was planted")


main()
