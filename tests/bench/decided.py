"""What share of random rules reasoning decides, how long it takes, and why not.

    python tests/bench/decided.py --rules 200
    python tests/bench/decided.py --windows --always --from 1000 --rules 200

Each answer is held against random customers; one that is not true is printed, and the
exit code is 1.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from random_claims import (  # noqa: E402
    crowd,
    grown,
    has_arithmetic,
    pairs,
    windowed,
    wrong,
)

from segql.reason.ask import Unsure  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0, help="a seed")
    parser.add_argument("--rules", type=int, default=200, help="seeds, of 4 rules each")
    parser.add_argument("--windows", action="store_true", help="windows of one time")
    parser.add_argument("--always", action="store_true", help="at whichever instant")
    parser.add_argument("--slow", type=float, default=2.0, help="seconds to tell of")
    parser.add_argument("--unsure", type=int, default=0, help="so many to show")
    chosen = parser.parse_args()
    answers: Counter[str] = Counter()
    why: Counter[str] = Counter()
    took: list[float] = []
    bad = 0
    for seed in range(chosen.first, chosen.first + chosen.rules):
        made = (windowed if chosen.windows else grown)(seed)
        some = crowd(made, seed + 10**6, 12 if chosen.always else 3, chosen.always)
        for wishes in pairs(made.rules):
            arithmetic = has_arithmetic(rule for rule, _ in wishes)
            begun = time.perf_counter()
            try:
                answer = made.answered(wishes, chosen.always)
            except Exception:
                bad += 1
                print(f"CRASH, seed {seed}\n{made.shown(wishes)}")
                traceback.print_exc(limit=-9)
                continue
            took.append(time.perf_counter() - begun)
            kind = type(answer).__name__
            answers[f"{kind}, with arithmetic" if arithmetic else kind] += 1
            if took[-1] > chosen.slow:
                print(f"SLOW ({took[-1]:.1f} s), seed {seed}\n{made.shown(wishes)}")
            if isinstance(answer, Unsure) and not arithmetic:
                why.update(answer.why or ("?",))
                if chosen.unsure > 0:
                    chosen.unsure -= 1
                    print(f"UNSURE, seed {seed}: {answer.why}\n{made.shown(wishes)}")
            if found := wrong(wishes, answer, some):
                bad += 1
                print(f"WRONG, seed {seed}: {kind}, but {found}")
                print(made.shown(wishes), flush=True)
    plain = {k: n for k, n in answers.items() if "arithmetic" not in k}
    decided = sum(n for k, n in plain.items() if k != "Unsure")
    print(f"decided without arithmetic: {decided / max(1, sum(plain.values())):.1%}")
    for name, number in [*answers.most_common(), *why.most_common(12)]:
        print(f"{number:8} {name}")
    took.sort()
    for share in (0.5, 0.95, 0.99, 1.0):
        at = took[min(len(took) - 1, int(share * len(took)))] if took else 0.0
        print(f"{at * 1000:8.0f} ms {'at most' if share == 1 else f'{share:.0%}'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
