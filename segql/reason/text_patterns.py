"""A pattern of `matches` in, a deterministic automaton over kinds of letters out."""

from bisect import bisect_right
from functools import lru_cache
from typing import Final

from segql.model import regex
from segql.model.regex.nodes import Chars

_SMALL: Final = 2000
"""How many steps may be read to find a small automaton's fewest states."""


class Automaton:
    """A pattern as states, made as they are needed.

    The code points fall into `columns`: those that the pattern does not tell apart.
    A state is the set of the matcher's reading steps as bits, or, where the whole
    automaton is small, the number of the one state that does the same.
    """

    def __init__(self, pattern: str) -> None:
        self._matcher = regex.compile(pattern)
        steps = self._matcher.steps
        readers = [
            (at, step[0]) for at, step in enumerate(steps) if step[0] is not None
        ]
        kinds: dict[Chars, int] = {}
        for at, chars in readers:
            kinds[chars] = kinds.get(chars, 0) | 1 << at
        borders = {
            code
            for chars in kinds
            for first, last in chars.ranges
            for code in (first, last + 1)
        }
        self.cuts = [0, *sorted(borders - {0})]
        self._columns: list[int] = []
        numbers: dict[int, int] = {}
        for cut in self.cuts:
            reading = sum(bits for kind, bits in kinds.items() if _contains(kind, cut))
            self._columns.append(numbers.setdefault(reading, len(numbers)))
        self._reading = list(numbers)
        self._closures: dict[int, int] = {}
        self._useful = sum(1 << at for at, _ in readers) | 1 << self._matcher.end
        self._rows: dict[int, list[int]] = {}
        self.work = 0
        self.start = self._closure(0)
        self._final: frozenset[int] | None = None
        self._shrink()

    def column(self, code: int) -> int:
        return self._columns[bisect_right(self.cuts, code) - 1]

    def accepts(self, state: int) -> bool:
        if self._final is not None:
            return state in self._final
        return bool(state >> self._matcher.end & 1)

    def size(self, state: int) -> int:
        """How many of the pattern's steps a state stands for."""
        return state.bit_count() if self._final is None else 1

    def after(self, state: int, column: int) -> int:
        return self._row(state)[column]

    def _row(self, state: int) -> list[int]:
        row = self._rows.get(state)
        if row is None:
            row = [self._read(state & reading) for reading in self._reading]
            self._rows[state] = row
        return row

    def _read(self, steps: int) -> int:
        found = 0
        while steps:
            low = steps & -steps
            found |= self._closure(low.bit_length())
            steps ^= low
            self.work += 1
        self.work += 1
        return found

    def _closure(self, at: int) -> int:
        """The useful steps that come next at a step without reading."""
        known = self._closures.get(at)
        if known is None:
            todo, seen = [at], {at}
            while todo:
                here = todo.pop()
                if here < self._matcher.end:
                    chars, after = self._matcher.steps[here]
                    if chars is None:
                        todo.extend(set(after) - seen)
                        seen.update(after)
            self.work += len(seen)
            known = sum(1 << each for each in seen) & self._useful
            self._closures[at] = known
        return known

    def _shrink(self) -> None:
        """Numbers the states by what they do, if these are few (after Moore)."""
        states = [self.start]
        seen = {self.start}
        for state in states:
            for after in self._row(state):
                if after not in seen:
                    seen.add(after)
                    states.append(after)
            if self.work > _SMALL:
                return
        part = {state: int(self.accepts(state)) for state in states}
        count = 0
        while count < len(set(part.values())):
            count = len(set(part.values()))
            names: dict[tuple[int, ...], int] = {}
            part = {
                state: names.setdefault(
                    (part[state], *(part[after] for after in self._rows[state])),
                    len(names),
                )
                for state in states
            }
        final = frozenset(part[state] for state in states if self.accepts(state))
        self._rows = {
            part[state]: [part[after] for after in self._rows[state]]
            for state in states
        }
        self.start, self._final = part[self.start], final


def _contains(chars: Chars, code: int) -> bool:
    return any(a <= code <= b for a, b in chars.ranges) != chars.negated


@lru_cache(maxsize=256)
def automaton(pattern: str) -> Automaton:
    """The automaton of a pattern; ValueError where the pattern has a problem."""
    return Automaton(pattern)
