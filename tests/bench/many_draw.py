"""What `many.py` has kept, as a table and a chart."""

from __future__ import annotations

import json
from math import log10
from pathlib import Path
from typing import Any

Kept = dict[str, dict[str, dict[str, dict[str, float]]]]
"""By customers and events, by segments, by side."""
_COLOURS = {
    "segql": "#1b6ca8",
    "by hand": "#c8553d",
    "polars": "#588157",
    "clickhouse": "#b8860b",
}
_WIDE, _HIGH, _EDGE = 720, 420, 60


def draw(kept: Path, folder: Path) -> None:
    found: Kept = json.loads(kept.read_text())
    (folder / "many.md").write_text(table(found), encoding="utf-8")
    (folder / "many.svg").write_text(chart(found), encoding="utf-8")


def table(kept: Kept) -> str:
    lines = [
        "| customers, events | segments | side | seconds | processor, s | memory, GB |"
        " : segql, seconds | : segql, processor |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    for size, counts in sorted(kept.items(), key=lambda each: _numbers(each[0])):
        customers, events = _numbers(size)
        for count, sides in sorted(counts.items(), key=lambda each: int(each[0])):
            own = sides["segql"]
            for side, each in sides.items():
                cells = [
                    f"{customers:,}, {events:,}",
                    f"{int(count):,}",
                    side,
                    f"{each['seconds']:.2f}",
                    f"{each['processor']:.2f}",
                    f"{each['memory'] / 1e9:.2f}",
                    f"{each['seconds'] / own['seconds']:.1f}",
                    f"{each['processor'] / own['processor']:.1f}",
                ]
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _numbers(size: str) -> tuple[int, int]:
    customers, events = size.split()
    return int(customers), int(events)


def chart(kept: Kept) -> str:
    """Seconds of the processor against segments; both axes are logarithmic."""
    size = max(kept, key=_numbers)
    counts = sorted(map(int, kept[size]))
    lines: dict[str, list[tuple[int, float]]] = {}
    for count in counts:
        for side, each in kept[size][str(count)].items():
            lines.setdefault(side, []).append((count, each["processor"]))
    costs = [cost for points in lines.values() for _, cost in points]
    low, high = int(log10(min(costs)) - 1), int(log10(max(costs)) + 1)
    left, right = log10(counts[0]), max(log10(counts[-1]), log10(counts[0]) + 1)

    def x(count: int) -> float:
        return _EDGE + (log10(count) - left) / (right - left) * (_WIDE - _EDGE - 130)

    def y(cost: float) -> float:
        return _HIGH - _EDGE - (log10(cost) - low) / (high - low) * (_HIGH - 2 * _EDGE)

    customers, events = _numbers(size)
    parts: list[Any] = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="white"/>',
        f'<text x="{_EDGE}" y="26" font-size="15">Seconds of the processor for all'
        f" segments, {customers:,} customers, {events:,} events</text>",
    ]
    for power in range(low, high + 1):
        at = y(10.0**power)
        parts.append(
            f'<path d="M{_EDGE} {at:.1f}H{_WIDE - 130}" stroke="#ddd"/>'
            f'<text x="{_EDGE - 8}" y="{at + 4:.1f}" text-anchor="end">'
            f"{10.0**power:g}</text>"
        )
    for count in counts:
        parts.append(
            f'<text x="{x(count):.1f}" y="{_HIGH - _EDGE + 22}" text-anchor="middle">'
            f"{count:,}</text>"
        )
    for side, points in lines.items():
        colour = _COLOURS[side]
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}"'
            ' stroke-width="2"/>'
        )
        a, b = points[-1]
        parts.append(
            f'<text x="{x(a) + 8:.1f}" y="{y(b) + 4:.1f}" fill="{colour}">{side}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"
