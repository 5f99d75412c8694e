"""A shared plan as a drawing: tables on the left, segments on the right, as SVG."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from segql.batch.described import described
from segql.batch.words import tests_in
from segql.plan.nodes import Plan
from segql.plan.shared_nodes import Shared

_MOST = 40
_ROW = 26
_WIDTHS = (180, 460, 240)
_GAP = 110
_MARGIN = 24


@dataclass(frozen=True)
class _Box:
    column: int
    row: float
    title: str
    more: str = ""

    @property
    def left(self) -> int:
        return _MARGIN + sum(_WIDTHS[: self.column]) + _GAP * self.column

    @property
    def right(self) -> int:
        return self.left + _WIDTHS[self.column]

    @property
    def y(self) -> float:
        return 70 + self.row * _ROW


def drawn(plan: Plan, shared: Shared) -> str:
    """Tables, what is measured of them, and the segments that ask for it.

    Of many, those are drawn that are asked for most.
    """
    asked = tests_in(shared)
    middle = list(_measured(shared, plan))
    users = [
        [name for name, leaves in asked.items() if leaves & mine]
        for _, _, mine in middle
    ]
    ranked = sorted(range(len(middle)), key=lambda n: -len(users[n]))[:_MOST]
    shown = Counter(name for n in ranked for name in users[n])
    names = sorted(shared.segments, key=lambda name: -shown[name])[:_MOST]
    tables = list(dict.fromkeys(middle[n][1] for n in ranked))
    rows = max(len(ranked), len(names), 1)
    left = {
        table: _Box(0, (n + 0.5) * rows / len(tables) - 0.5, table)
        for n, table in enumerate(tables)
    }
    between = {
        n: _Box(1, row * rows / len(ranked), middle[n][0], f"{len(users[n]):,} ×")
        for row, n in enumerate(ranked)
    }
    right = {name: _Box(2, n * rows / len(names), name) for n, name in enumerate(names)}
    lines = [_line(left[middle[n][1]], box) for n, box in between.items()]
    for n, box in between.items():
        lines += [_line(box, right[name]) for name in users[n] if name in right]
    boxes = [*left.values(), *between.values(), *right.values()]
    heads = (
        "read once",
        _head("measured", len(ranked), len(middle)),
        _head("segments", len(names), len(shared.segments)),
    )
    return _svg([*lines, *map(_drawn, boxes)], heads, rows)


def _measured(shared: Shared, plan: Plan) -> Iterator[tuple[str, str, frozenset[int]]]:
    """What is found, of which table, and the tests that it answers."""
    if shared.plain:
        yield "attributes", plan.world.catalog.entity.table, frozenset(shared.plain)
    for stream in shared.streams:
        for measure in stream.measures:
            leaves = frozenset(each.leaf for each in measure.thresholds)
            yield described(measure.figure, plan.clock), stream.event, leaves
    for number, group in enumerate(shared.grouped, 1):
        yield f"{group.event}, group {number}", group.event, frozenset(group.leaves)
    for number, apart in enumerate(shared.apart, 1):
        yield f"query {number}", "queries of their own", frozenset({apart.step})


def _head(what: str, shown: int, all_: int) -> str:
    return f"{what}: {all_:,}" if shown == all_ else f"{what}: {shown} of {all_:,}"


def _line(start: _Box, end: _Box) -> str:
    a, b, c, d = start.right, start.y, end.left, end.y
    half = (a + c) / 2
    bend = f"{half:.0f} {b:.0f} {half:.0f} {d:.0f}"
    return f'<path d="M{a} {b:.0f} C{bend} {c} {d:.0f}"/>'


def _drawn(box: _Box) -> str:
    width = _WIDTHS[box.column]
    room = width // 8 - (len(box.more) + 1 if box.more else 0)
    title = box.title if len(box.title) <= room else box.title[: room - 1] + "…"
    found = (
        f'<rect x="{box.left}" y="{box.y - 10:.0f}" width="{width}" height="20"/>'
        f'<text x="{box.left + 8}" y="{box.y + 4:.0f}">{escape(title)}</text>'
    )
    if box.more:
        found += (
            f'<text x="{box.right - 8}" y="{box.y + 4:.0f}" text-anchor="end"'
            f' class="few">{escape(box.more)}</text>'
        )
    return found


def _svg(parts: Sequence[str], heads: Sequence[str], rows: int) -> str:
    width = 2 * _MARGIN + sum(_WIDTHS) + 2 * _GAP
    height = 70 + rows * _ROW + _MARGIN
    titles = "".join(
        f'<text class="head" x="{_Box(n, 0, "").left}" y="34">{escape(head)}</text>'
        for n, head in enumerate(heads)
    )
    body = "\n".join(parts)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">
<style>
  svg {{ background: #fff; font: 12px system-ui, sans-serif }}
  rect {{ rx: 4px; fill: #f4f6fa; stroke: #8794a8 }}
  path {{ fill: none; stroke: #b7c2d3; stroke-opacity: .6 }}
  .head {{ font-weight: 600; font-size: 14px }}
  .few {{ fill: #66718a }}
</style>
{titles}
{body}
</svg>
"""
