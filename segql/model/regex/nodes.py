"""The tree of a pattern, and what can be wrong with one."""

from dataclasses import dataclass
from typing import TypeAlias, assert_never

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Code points, ends included: sorted, apart from each other."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a pattern: a half-open range of it, and how to mend it."""

    start: int
    end: int
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of these, or one that is none of these."""

    ranges: Ranges
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`most` is None for no limit."""

    item: "Expression"
    least: int
    most: int | None


Expression: TypeAlias = Chars | Sequence | Choice | Repeat


def size(tree: Expression) -> int:
    """How many characters and classes there are, the repeats written out."""
    match tree:
        case Chars():
            return 1
        case Sequence(parts):
            return sum(map(size, parts))
        case Choice(options):
            return sum(map(size, options))
        case Repeat(item, least, most):
            return size(item) * (most or least + 1)
        case _:
            assert_never(tree)


def merged(ranges: list[tuple[int, int]]) -> Ranges:
    """The same code points in order, what touches joined."""
    result: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = result[-1][0], max(last, result[-1][1])
        else:
            result.append((first, last))
    return tuple(result)
