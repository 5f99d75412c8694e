"""What rules cost on ever more events: a table, and a chart drawn as SVG.

    python tests/bench/scale.py --on duckdb --events 1_000_000 10_000_000 100_000_000
    python tests/bench/scale.py --draw

Each engine and size is measured once and kept in `scale.json`, which `--draw` makes
into `scale.md` and `scale.svg`. There are fifty events per customer at every size.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from itertools import pairwise
from math import log10
from pathlib import Path

import shop
from engine_shops import opened
from engines import ON, Side, compiled, run

from segql.engines import Limits

RULES = (
    "showcase",
    "count_window",
    "distinct_products",
    "last_category",
    "many_windows",
)
HERE = Path(__file__).parent
KEPT = HERE / "scale.json"
PER_CUSTOMER = 50


def measured(engine: str, file: Path, runs: int, limit: float) -> dict[str, float]:
    """Seconds of the processor per rule; a rule that fails is left out."""
    folder = Path(tempfile.mkdtemp(prefix="segql-bench-"))
    texts = compiled(engine)
    found = {}
    try:
        with opened(engine, file, folder, Limits(seconds=limit)) as place:
            for rule in RULES:
                side = Side(texts[rule])
                try:
                    for _ in range(runs + 1):
                        run(place, side, True, 1)
                except Exception as error:
                    print(f"{engine} {rule}: {error}")
                    continue
                found[rule] = statistics.median(side.busy[1:])
                wall = statistics.median(side.wall[1:])
                print(f"{engine:10} {rule:18} {found[rule]:8.3f} s {wall:8.3f} s wall")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


# ---- the table and the chart


def short(events: int) -> str:
    return f"{events // 1_000_000} M"


def table(kept: dict[str, dict[str, dict[str, float]]]) -> str:
    sizes = sorted({int(size) for each in kept.values() for size in each})
    head = [f"{short(size)}, s" for size in sizes]
    steps = [f"{short(b)} : {short(a)}" for a, b in pairwise(sizes)]
    lines = ["| engine | rule | " + " | ".join(head + steps) + " |"]
    lines.append("|---|---|" + "---:|" * (len(head) + len(steps)))
    for engine, each in kept.items():
        for rule in RULES:
            costs = [each.get(str(size), {}).get(rule) for size in sizes]
            cells = ["" if cost is None else f"{cost:.3f}" for cost in costs]
            for small, large in pairwise(costs):
                cells.append("" if not small or not large else f"{large / small:.1f}")
            lines.append(f"| {engine} | {rule} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


_COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#8e6c8a", "#b8860b", "#444444")
_WIDE, _HIGH, _EDGE = 720, 460, 60


def chart(kept: dict[str, dict[str, dict[str, float]]]) -> str:
    """Both axes are logarithmic: where cost grows as size does, lines go up evenly."""
    sizes = sorted({int(size) for each in kept.values() for size in each})
    costs = [
        cost
        for each in kept.values()
        for found in each.values()
        for cost in found.values()
        if cost
    ]
    low, high = int(log10(min(costs)) - 1), int(log10(max(costs)) + 1)
    left, right = log10(sizes[0]), max(log10(sizes[-1]), log10(sizes[0]) + 1)

    def x(size: int) -> float:
        return _EDGE + (log10(size) - left) / (right - left) * (_WIDE - _EDGE - 150)

    def y(cost: float) -> float:
        return _HIGH - _EDGE - (log10(cost) - low) / (high - low) * (_HIGH - 2 * _EDGE)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="white"/>',
        f'<text x="{_EDGE}" y="24" font-size="15">Seconds of the processor per query,'
        " median of five rules (thin: each rule)</text>",
    ]
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(
            f'<path d="M{_EDGE} {at:.1f}H{_WIDE - 150}" stroke="#ddd"/>'
            f'<text x="{_EDGE - 8}" y="{at + 4:.1f}" text-anchor="end">'
            f"{10.0**power:g}</text>"
        )
    for size in sizes:
        parts.append(
            f'<text x="{x(size):.1f}" y="{_HIGH - _EDGE + 20}" text-anchor="middle">'
            f"{short(size)} events</text>"
        )
    for number, (engine, each) in enumerate(kept.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        own = sorted(int(size) for size in each if each[size])
        for rule in RULES:
            points = [
                f"{x(size):.1f} {y(each[str(size)][rule]):.1f}"
                for size in own
                if each[str(size)].get(rule)
            ]
            parts.append(
                f'<path d="M{"L".join(points)}" fill="none" stroke="{colour}"'
                ' stroke-width="0.6" opacity="0.5"/>'
                if len(points) > 1
                else ""
            )
        middle = [
            (x(size), y(statistics.median(each[str(size)].values()))) for size in own
        ]
        line = "L".join(f"{a:.1f} {b:.1f}" for a, b in middle)
        parts.append(
            f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
        )
        parts += [
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>'
            for a, b in middle
        ]
        parts.append(
            f'<text x="{_WIDE - 140}" y="{60 + 22 * number}" fill="{colour}"'
            f' font-size="14">{engine}</text>'
        )
    return "\n".join(part for part in parts if part) + "\n</svg>\n"


def draw() -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    (HERE / "scale.md").write_text(table(kept), encoding="utf-8")
    (HERE / "scale.svg").write_text(chart(kept), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="What rules cost on more events.")
    parser.add_argument("--on", nargs="+", choices=ON, default=())
    parser.add_argument("--events", nargs="+", type=int, default=[1_000_000])
    parser.add_argument("--files", nargs="+", type=Path, help="shops of these sizes")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=600, help="seconds for a query")
    parser.add_argument("--draw", action="store_true")
    args = parser.parse_args()
    for engine in args.on:
        for number, events in enumerate(args.events):
            customers = events // PER_CUSTOMER
            name = f"shop-{customers}-{events}.duckdb"
            file = Path(tempfile.gettempdir(), "segql-bench", name)
            file = args.files[number] if args.files else file
            if not file.exists():
                shop.write(file, customers, events)
            found = measured(engine, file, args.runs, args.limit)
            kept = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
            kept.setdefault(engine, {})[str(events)] = found
            KEPT.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    if args.draw:
        draw()


if __name__ == "__main__":
    main()
