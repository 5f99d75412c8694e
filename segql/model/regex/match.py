"""The tree of a pattern to a matcher, without backtracking."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from segql.model.regex.nodes import Chars, Choice, Expression, Repeat, Sequence

Step: TypeAlias = tuple[Chars | None, tuple[int, ...]]
"""A character to read (None for nothing), and the steps that may come after."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A pattern, ready to be matched; the step behind the last one is the end."""

    steps: tuple[Step, ...]

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        current = self.start
        for character in text:
            current = self.after(current, character)
        return self.end in current

    @property
    def start(self) -> frozenset[int]:
        """The steps that can come first."""
        return self._reached((0,))

    @property
    def end(self) -> int:
        return len(self.steps)

    def after(self, current: frozenset[int], character: str) -> frozenset[int]:
        """The steps that can come next once a character has been read."""
        code = ord(character)
        read: set[int] = set()
        for chars, after in (self.steps[at] for at in current if at < self.end):
            if chars and _contains(chars, code):
                read.update(after)
        return self._reached(read)

    def _reached(self, start: Iterable[int]) -> frozenset[int]:
        """The steps that can come next without a character being read."""
        todo, seen = list(start), set[int]()
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                if at < self.end and self.steps[at][0] is None:
                    todo.extend(self.steps[at][1])
        return frozenset(seen)


def matcher(tree: Expression) -> Matcher:
    """The steps of a tree (Thompson's construction)."""
    steps: list[Step] = []
    _add_steps(tree, steps)
    return Matcher(tuple(steps))


def _contains(chars: Chars, code: int) -> bool:
    inside = any(first <= code <= last for first, last in chars.ranges)
    return inside != chars.negated


def _add_steps(tree: Expression, steps: list[Step]) -> None:
    """Appends the steps of a tree, which lead to the step behind them."""
    match tree:
        case Chars():
            steps.append((tree, (len(steps) + 1,)))
        case Sequence(parts):
            for part in parts:
                _add_steps(part, steps)
        case Choice(options):
            fork = _reserve(steps)
            entries, exits = [], []
            for option in options:
                entries.append(len(steps))
                _add_steps(option, steps)
                exits.append(_reserve(steps))
            steps[fork] = None, tuple(entries)
            for at in exits:
                steps[at] = None, (len(steps),)
        case Repeat(item, least, most):
            for _ in range(least):
                _add_steps(item, steps)
            forks = []
            for _ in range(1 if most is None else most - least):
                forks.append(_reserve(steps))
                _add_steps(item, steps)
            if most is None:
                steps.append((None, (forks[0],)))
            for at in forks:
                steps[at] = None, (at + 1, len(steps))
        case _:
            assert_never(tree)


def _reserve(steps: list[Step]) -> int:
    steps.append((None, ()))
    return len(steps) - 1
