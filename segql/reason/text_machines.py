"""Tests of texts in, machines that read a text letter by letter out.

A machine tells after every letter which of its tests the text so far passes. What no
longer makes a difference to any of its tests is one state, so that several machines
side by side stay small.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias

from segql.reason.text_patterns import Automaton
from segql.reason.text_tests import TextTestAtom, passes

Row: TypeAlias = tuple[int, dict[str, int]]
"""The state that most letters lead to, and those of the other letters."""
Bit: TypeAlias = tuple[int, TextTestAtom]
"""A test with the bit that stands for it."""


class Machine(Protocol):
    start: int

    def row(self, state: int) -> Row:
        """Where each letter leads."""
        ...

    def mask(self, state: int) -> int:
        """The bits of the tests that a text passes which ends here."""
        ...

    def effort(self, state: int) -> int:
        """What a row costs; a state of all machines together costs 1."""
        ...


class Beginnings:
    """How a text begins: `starts`, `<`, `<=`, `=` and `in`.

    A state is a node of the tree of all their texts, or, once a text has left the
    tree, what is then settled: -1 - its mask.
    """

    def __init__(self, tests: Iterable[Bit], letters: Sequence[str]) -> None:
        self.start = 0
        self.letters = sorted(letters)
        self.children: list[dict[str, int]] = [{}]
        self.places: list[tuple[str, int]] = [("", 0)]
        self.tests = tuple(tests)
        for _, test in self.tests:
            for text in test.constants or (test.operand,):
                if isinstance(text, str):
                    self._add(text)

    def _add(self, text: str) -> None:
        at = 0
        for depth, letter in enumerate(text, 1):
            after = self.children[at].get(letter)
            if after is None:
                after = len(self.children)
                self.children[at][letter] = after
                self.children.append({})
                self.places.append((text, depth))
            at = after

    def row(self, state: int) -> Row:
        if state < 0:
            return state, {}
        text, depth = self.places[state]
        so_far = text[:depth]
        settled, ahead = 0, []
        for bit, test in self.tests:
            if test.kind == "starts":
                settled |= bit * so_far.startswith(test.part)
            elif test.kind in ("<", "<="):
                if len(test.part) > depth and test.part.startswith(so_far):
                    ahead.append((test.part[depth], bit))
                elif so_far < test.part:
                    settled |= bit
        row: dict[str, int] = {}
        if ahead:
            # Letters in order: the higher, the fewer texts still lie above.
            ahead.sort(reverse=True)
            for letter in self.letters[: bisect_left(self.letters, ahead[0][0])]:
                mask = settled
                for border, bit in ahead:
                    if letter >= border:
                        break
                    mask |= bit
                row[letter] = -1 - mask
        row.update(self.children[state])
        return -1 - settled, row

    def mask(self, state: int) -> int:
        if state < 0:
            return -1 - state
        text, depth = self.places[state]
        so_far = text[:depth]
        return sum(bit for bit, test in self.tests if passes(test, so_far, so_far))

    def effort(self, state: int) -> int:
        return len(self.tests) // 50


class Parts:
    """What a text contains and how it ends, after Aho and Corasick.

    A state is the longest end of the text with which a part begins that is still
    looked for, and the parts that are found for good.
    """

    def __init__(self, tests: Iterable[Bit]) -> None:
        self.start = 0
        self.children: list[dict[str, int]] = [{}]
        self.through = [0]
        self.ends, self.contains = [0], [0]
        for bit, test in tests:
            at = 0
            for letter in test.part:
                after = self.children[at].get(letter)
                if after is None:
                    after = len(self.children)
                    self.children[at][letter] = after
                    self.children.append({})
                    for marks in (self.through, self.ends, self.contains):
                        marks.append(0)
                at = after
                self.through[at] |= bit
            (self.ends if test.kind == "ends" else self.contains)[at] |= bit
        self.shorter = [0] * len(self.children)
        level = list(self.children[0].values())
        for at in level:
            for letter, after in self.children[at].items():
                level.append(after)
                shorter = self._after(self.shorter[at], letter)
                self.shorter[after] = shorter
                self.ends[after] |= self.ends[shorter]
                self.contains[after] |= self.contains[shorter]

    def _after(self, at: int, letter: str) -> int:
        while letter not in self.children[at]:
            if at == 0:
                return 0
            at = self.shorter[at]
        return self.children[at][letter]

    def row(self, state: int) -> Row:
        found, at = divmod(state, len(self.children))
        row: dict[str, int] = {}
        while True:
            for letter, after in self.children[at].items():
                if letter not in row:
                    row[letter] = self._state(found, after)
            if at == 0:
                return found * len(self.children), row
            at = self.shorter[at]

    def _state(self, found: int, at: int) -> int:
        found |= self.contains[at]
        while at and not self.through[at] & ~found:
            at = self.shorter[at]
        return found * len(self.children) + at

    def mask(self, state: int) -> int:
        found, at = divmod(state, len(self.children))
        return found | self.ends[at]

    def effort(self, state: int) -> int:
        return 0


class Pattern:
    """Whether the text matches a pattern."""

    def __init__(self, bit: int, automaton: Automaton, letters: Sequence[str]) -> None:
        self.start = automaton.start
        self.bit = bit
        self.automaton = automaton
        self.columns: dict[int, list[str]] = {}
        for letter in letters:
            column = automaton.column(ord(letter))
            self.columns.setdefault(column, []).append(letter)
        self.common = max(self.columns, key=lambda c: len(self.columns[c]), default=0)

    def row(self, state: int) -> Row:
        after = self.automaton.after
        usual = after(state, self.common)
        row = {}
        for column, letters in self.columns.items():
            there = after(state, column)
            if there != usual:
                row.update(dict.fromkeys(letters, there))
        return usual, row

    def mask(self, state: int) -> int:
        return self.bit if self.automaton.accepts(state) else 0

    def effort(self, state: int) -> int:
        return self.automaton.size(state) * len(self.columns) // 100
