"""Rows of texts in, an aligned table out."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from shutil import get_terminal_size

from segql.cli.output import harmless, paint

_GAP = "  "
_LEAST = 6
_MOST = 40
MISSING = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head, and how it stands: numbers to the right, and never cut."""

    head: str
    right: bool = False
    whole: bool = False


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str | None]], indent: str = "  "
) -> list[str]:
    """The lines of a table as wide as the terminal at most; None is a dim dash."""
    cells = [
        [MISSING if cell is None else harmless(cell) for cell in row] for row in rows
    ]
    wanted = [
        max([width(column.head), *(width(row[i]) for row in cells)])
        for i, column in enumerate(columns)
    ]
    widths = _fitted(columns, wanted, _room(len(indent)))
    columns = columns[: len(widths)]
    heads = [
        _set(column.head, size, column.right)
        for column, size in zip(columns, widths, strict=True)
    ]
    rules = ["─" * size for size in widths]
    lines = [
        indent + paint(_GAP.join(heads).rstrip(), "bold"),
        indent + paint(_GAP.join(rules), "dim"),
    ]
    for row, source in zip(cells, rows, strict=True):
        parts = []
        for i, (column, size) in enumerate(zip(columns, widths, strict=True)):
            last = i == len(widths) - 1 and not column.right
            text = _set(row[i], 0 if last else size, column.right, most=size)
            parts.append(paint(text, "dim") if source[i] is None else text)
        lines.append(indent + _GAP.join(parts).rstrip())
    return lines


def width(text: str) -> int:
    """How many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells(sign) for sign in text)


def cut(text: str, most: int) -> str:
    """The text, or as much of its start as fits, with a sign that it goes on."""
    if width(text) <= most:
        return text
    taken, room = [], most - 1
    for sign in text:
        room -= _cells(sign)
        if room < 0:
            break
        taken.append(sign)
    return "".join(taken).rstrip() + "…"


def _cells(sign: str) -> int:
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _set(text: str, size: int, right: bool, most: int | None = None) -> str:
    text = cut(text, size if most is None else most)
    space = " " * (size - width(text))
    return space + text if right else text + space


def _fitted(columns: Sequence[Column], wanted: list[int], room: int) -> list[int]:
    """The columns' widths; the last ones fall away where even little is too much."""
    sizes = [
        size if column.whole or column.right else min(size, _MOST)
        for column, size in zip(columns, wanted, strict=True)
    ]
    while len(sizes) > 1 and sum(sizes) + len(_GAP) * (len(sizes) - 1) > room:
        spare = [
            (size, i)
            for i, size in enumerate(sizes)
            if size > _LEAST and not columns[i].whole and not columns[i].right
        ]
        if spare:
            sizes[max(spare)[1]] -= 1
        else:
            sizes.pop()
    return sizes


def _room(indent: int) -> int:
    return max(get_terminal_size().columns, 20) - indent - 1
