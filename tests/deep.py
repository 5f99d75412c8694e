"""Random rules on random rows for as long as wanted; failures go to a file.

    python tests/deep.py --minutes 60 --failures failures.txt
    python tests/deep.py --on postgres --minutes 60

Without `--on`, DuckDB in memory is asked, in every way that there is; with it, a
running engine, through segql's own connection. Prints how many rules ran, how fast,
and what of the model they had in them.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from differential import (  # noqa: E402
    Case,
    Lab,
    Refused,
    checked,
    grown,
    reduced,
    telling,
)
from engine_lab import EngineLab  # noqa: E402
from random_moments import as_of_of  # noqa: E402
from random_worlds import WORLDS, world  # noqa: E402
from servers import ENGINES, missing  # noqa: E402
from servers.running import Running  # noqa: E402

from segql.reference import DataFault  # noqa: E402

RULES = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", choices=ENGINES, help="an engine to start and ask")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--failures", type=Path, default=Path("failures.txt"))
    parser.add_argument("--most", type=int, default=200, help="failures to write")
    chosen = parser.parse_args()
    seed = chosen.seed if chosen.seed is not None else time.time_ns() // 1_000_000
    limits = chosen.minutes * 60, chosen.failures, chosen.most
    if chosen.on is None:
        run(Lab(), seed, *limits)
        return
    if reason := missing(chosen.on):
        parser.error(f"{chosen.on} cannot run here: {reason}")
    with tempfile.TemporaryDirectory(prefix="segql-") as folder:
        engine = Running(chosen.on, Path(folder))
        lab = EngineLab(engine)
        try:
            run(lab, seed, *limits)
        finally:
            engine.close()
    for why, times in lab.tally.refused.most_common():
        print(f"{times:10} refused: {why}")


def run(
    lab: Lab | EngineLab, seed: int, seconds: float, failures: Path, most: int
) -> None:
    begun = said = time.monotonic()
    seen: Counter[str] = Counter()
    rules = failed = faults = 0
    while time.monotonic() - begun < seconds and failed < most:
        case = case_of(seed)
        rules += len(case.rules)
        if seed % 10 == 0:
            for each in case.rules:
                count(checked(each, world(case.world)), seen)
        try:
            for number, found in list(lab.differences(case)):
                failed += 1
                alone = replace(case, rules=(case.rules[number],))
                write(failures, seed, number, found, alone, lab)
        except DataFault as fault:
            faults += 1
            print(f"seed {seed}: data fault: {fault}", flush=True)
        except (AssertionError, Refused) as error:
            failed += 1
            print(f"seed {seed}: {error}", flush=True)
        seed += 1
        if time.monotonic() - said > 60:
            said = time.monotonic()
            print(status(seed, rules, failed, said - begun), flush=True)
    print(status(seed, rules, failed, time.monotonic() - begun))
    for name, times in sorted(seen.items()):
        print(f"{times:10} {name}")


def status(seed: int, rules: int, failed: int, seconds: float) -> str:
    speed = rules / max(seconds, 0.001)
    return (
        f"{seconds / 60:.0f} min: {rules} rules ({speed:.0f}/s), {failed} failures,"
        f" next seed {seed}"
    )


def case_of(seed: int) -> Case:
    chance = Random(seed)
    number = chance.randrange(WORLDS)
    return telling(grown(chance, Random(seed + 1), number, as_of_of(chance), RULES))


def write(path: Path, seed: int, number: int, found: str, case: Case, lab: Any) -> None:
    small = reduced(case, lab.disagrees)
    [(_, now)] = list(lab.differences(small)) or [(0, f"only among others: {found}")]
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"==== seed {seed}, rule {number}\n{small}\n{now}\n\n")


def count(node: Any, seen: Counter[str]) -> None:
    if isinstance(node, tuple):
        for each in node:
            count(each, seen)
    elif is_dataclass(node):
        name = type(node).__name__
        for key in ("operator", "function", "unit", "period", "kind", "which"):
            if hasattr(node, key):
                name += f" {getattr(node, key)}"
        seen[name] += 1
        for each in fields(node):
            if each.name not in ("span", "type"):
                count(getattr(node, each.name), seen)


if __name__ == "__main__":
    main()
