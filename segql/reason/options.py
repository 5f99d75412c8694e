"""The cells that a subject may be in, in; the stretches that arithmetic knows, out."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from segql.reason.cells import Cells


@dataclass(frozen=True, slots=True)
class Option:
    """One way for a subject to be: missing, or in some cells beside each other.

    `low` and `high` are places on the axis, None where there is none, or no end.
    """

    missing: bool
    mask: int
    low: int | None = None
    high: int | None = None


def options(cells: Cells, mask: int) -> list[Option]:
    """The known ones first, then that it is missing."""
    found = list(_known(cells, mask))
    if mask & cells.missing:
        found.append(Option(True, cells.missing))
    return found


def _known(cells: Cells, mask: int) -> Iterator[Option]:
    known = [
        (cell, 1 << index)
        for index, cell in enumerate(cells.cells)
        if mask >> index & 1 and not (1 << index) & cells.missing
    ]
    axis = cells.axis
    if axis is None:
        if known:
            yield Option(False, sum(bit for _, bit in known))
        return
    known.sort(key=lambda each: each[0].rank)
    start = 0
    while start < len(known):
        end, bits = start, 0
        while end < len(known) and (
            end == start or known[end][0].rank <= known[end - 1][0].rank + 1
        ):
            bits |= known[end][1]
            end += 1
        low, high = known[start][0].low, known[end - 1][0].high
        yield Option(
            False,
            bits,
            None if low == axis.low and axis.kind != "number" else low,
            None if high == axis.high else high,
        )
        start = end


def ends(option: Option, cells: Cells) -> tuple[Fraction | None, Fraction | None]:
    """The numbers between which an option lies; None where there is no end."""
    axis = cells.axis
    if axis is None:
        return None, None
    low = None if option.low is None else axis.number(option.low)
    high = None if option.high is None else axis.number(option.high)
    return low, high
