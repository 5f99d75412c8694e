"""Tests of one text in, the kinds of texts that they tell apart out.

Each test is a machine that reads the text letter by letter (`text_machines.py`); the
letters are cut into kinds that no machine tells apart (`text_letters.py`); all states
that the machines reach together are walked through, shortest texts first. What `=`
and `in` name are points: these are asked directly, and kept out of the rest.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice, product
from typing import Final, TypeAlias

from segql.fold import TABLE, fold
from segql.reason.text_letters import Letters, marks
from segql.reason.text_machines import Beginnings, Machine, Parts, Pattern
from segql.reason.text_patterns import automaton
from segql.reason.text_tests import TextTestAtom, is_text, truths

__all__ = ["TextCell", "TextCells", "TextTestAtom", "text_cells", "truths"]

_State: TypeAlias = tuple[int, ...]
"""Where each of the machines is."""
_GUESSES: Final = 20_000
"""How many tests may be asked of combinations of parts."""
_UNFOLDED: Final[dict[str, list[str]]] = {}
"""The letters that fold to a letter, itself first; only where there are others."""
for _capital, _small in TABLE.items():
    _UNFOLDED.setdefault(chr(_small), [chr(_small)]).append(chr(_capital))


@dataclass(frozen=True, slots=True)
class TextCell:
    """A combination of truths, bit i for test i, and a text that has it."""

    truths: int
    witness: str


@dataclass(frozen=True, slots=True)
class TextCells:
    """The combinations of truths that texts have; all there are, if `complete`."""

    cells: tuple[TextCell, ...]
    complete: bool


def text_cells(tests: Sequence[TextTestAtom], budget: int = 4000) -> TextCells:
    """Which combinations of truths texts can have, each with a short text.

    `budget` is about how many states are looked at. ValueError where a pattern has a
    problem.
    """
    points, more = _points(tests)
    found = {truths(tests, text): text for text in reversed((*points, *more))}
    complete = True
    if all(test.kind in ("=", "in") for test in tests):
        other = _other_text(tests)
        found[truths(tests, other)] = other
    else:
        walk = _Walk(tests, frozenset(points), budget)
        for mask, text in walk.witnesses():
            # What a walk finds is never just believed.
            seen = truths(tests, text)
            complete &= mask == seen
            found.setdefault(seen, text)
        complete &= walk.complete
        if not complete:
            for text in _guesses(tests):
                found.setdefault(truths(tests, text), text)
            complete = len(found) == 1 << len(tests)
    cells = tuple(TextCell(each, text) for each, text in sorted(found.items()))
    return TextCells(cells, complete)


def _points(tests: Sequence[TextTestAtom]) -> tuple[list[str], list[str]]:
    """The texts that `=` and `in` name, the shortest first, and more examples of them.

    Where some tests fold and others do not, folded texts are no points: of each there
    is one example that folds to it and is not also a point, if there is one.
    """
    plain, folded = set[str](), set[str]()
    for test in tests:
        (folded if test.folded else plain).update(test.constants)
    possible = (text for text in folded if is_text(text) and fold(text) == text)
    if all(test.folded for test in tests):
        return sorted(possible, key=_length), []
    examples: list[str] = []
    for text in sorted(possible, key=_length):
        spellings = map("".join, product(*(_UNFOLDED.get(c, [c]) for c in text)))
        examples += islice((each for each in spellings if each not in plain), 1)
    return sorted(filter(is_text, plain), key=_length), examples


def _length(text: str) -> tuple[bool, int, str]:
    """The order in which texts are shown; the empty one only if there is no other."""
    return not text, len(text), text


def _other_text(tests: Sequence[TextTestAtom]) -> str:
    """A text that nothing names."""
    text = "x"
    while truths(tests, text):
        text += "x"
    return text


def _guesses(tests: Sequence[TextTestAtom]) -> Iterator[str]:
    """Texts made of what the tests name, for when not all texts can be walked through.

    Of many tests of parts often each combination can be had: by the parts in a row.
    """
    named = sorted(
        (
            test.part
            for test in tests
            if isinstance(test.operand, str)
            and test.kind != "matches"
            and len(test.part) <= 100
            and is_text(test.part)
        ),
        key=len,
    )
    for text in named:
        yield from (text, text + "x", "x" + text)
    for choice in range(min(1 << len(named), _GUESSES // len(tests))):
        yield " ".join(text for i, text in enumerate(named) if choice >> i & 1)


class _Walk:
    """All texts but the points, by the states that the machines reach together."""

    def __init__(
        self, tests: Sequence[TextTestAtom], points: frozenset[str], budget: int
    ) -> None:
        self.points = points
        self.budget = budget
        self.complete = True
        both = len({test.folded for test in tests}) > 1
        self.always = 0
        self.machines: list[tuple[Machine, list[str]]] = []
        by_fold = {}
        for folds in sorted({test.folded for test in tests}):
            bits = [(1 << i, t) for i, t in enumerate(tests) if t.folded == folds]
            by_fold[folds] = bits
        known = {
            folds: marks(
                [test for _, test in bits],
                [automaton(test.part) for _, test in bits if test.kind == "matches"],
                constants=folds and both,
            )
            for folds, bits in by_fold.items()
        }
        self.letters = Letters(known.get(False), known.get(True))
        for folds, bits in by_fold.items():
            shown = list(map(fold, self.letters.shown)) if folds else self.letters.shown
            self._add_machines(bits, shown, constants=folds and both)
        self.by_letter: list[dict[str, list[int]]] = []
        for _, shown in self.machines:
            kinds: dict[str, list[int]] = {}
            for kind, letter in enumerate(shown):
                kinds.setdefault(letter, []).append(kind)
            self.by_letter.append(kinds)
        self.rows: list[dict[int, tuple[int, dict[int, int]]]]
        self.rows = [{} for _ in self.machines]
        self.states: dict[_State, str] = {}
        self.after: dict[_State, set[_State]] = {}

    def _add_machines(
        self, bits: list[tuple[int, TextTestAtom]], shown: list[str], constants: bool
    ) -> None:
        begins, parts = [], []
        for bit, test in bits:
            match test.kind:
                case "starts" | "ends" | "contains" if test.part == "":
                    self.always |= bit
                case "<" | "<=" | "starts":
                    begins.append((bit, test))
                case "=" | "in":
                    if constants:
                        begins.append((bit, test))
                case "ends" | "contains":
                    parts.append((bit, test))
                case "matches":
                    pattern = Pattern(bit, automaton(test.part), shown)
                    self.machines.append((pattern, shown))
        if begins:
            self.machines.append((Beginnings(begins, shown), shown))
        if parts:
            self.machines.append((Parts(parts), shown))

    def _row(self, number: int, state: int) -> tuple[int, dict[int, int]]:
        """Where the kinds of letters lead one machine."""
        row = self.rows[number].get(state)
        if row is None:
            machine, _ = self.machines[number]
            self.budget -= machine.effort(state)
            usual, others = machine.row(state)
            kinds = self.by_letter[number]
            row = (
                usual,
                {
                    kind: there
                    for letter, there in others.items()
                    if there != usual
                    for kind in kinds.get(letter, ())
                },
            )
            self.rows[number][state] = row
        return row

    def _steps(self, state: _State) -> tuple[_State, dict[int, _State]]:
        """Where most kinds of letters lead, and where the others do."""
        rows = [self._row(number, each) for number, each in enumerate(state)]
        usual = tuple(row[0] for row in rows)
        special = set().union(*(row[1] for row in rows))
        return usual, {
            kind: tuple(row[1].get(kind, row[0]) for row in rows)
            for kind in sorted(special)
        }

    def _mask(self, state: _State) -> int:
        mask = self.always
        for (machine, _), each in zip(self.machines, state, strict=True):
            mask |= machine.mask(each)
        return mask

    def witnesses(self) -> Iterator[tuple[int, str]]:
        """A text for each combination of truths, as short as can be."""
        start = tuple(machine.start for machine, _ in self.machines)
        count = len(self.letters.shown)
        self.states[start] = ""
        masks = {start: self._mask(start)}
        found = {masks[start]: ""}
        todo = deque([start])
        while todo:
            if self.budget <= 0:
                self.complete = False
                break
            self.budget -= 1
            state = todo.popleft()
            text = self.states[state]
            usual, special = self._steps(state)
            if len(special) < count:
                rest = next(kind for kind in range(count) if kind not in special)
                steps = sorted((*special.items(), (rest, usual)))
            else:
                steps = list(special.items())
            self.after[state] = {there for _, there in steps}
            for kind, there in steps:
                longer = text + self.letters.shown[kind]
                if there not in masks:
                    masks[there] = self._mask(there)
                    self.states[there] = longer
                    todo.append(there)
                elif self.states[there]:
                    continue
                known = found.get(masks[there])
                if known is None or (self._poor(known) and not self._poor(longer)):
                    found[masks[there]] = longer
        for mask, text in found.items():
            if text not in self.points:
                yield mask, text
            else:
                ends = {state for state, each in masks.items() if each == mask}
                for other in islice(self._beside_points(start, ends), 1):
                    yield mask, other

    def _poor(self, text: str) -> bool:
        return not text or text in self.points

    def _beside_points(self, start: _State, ends: set[_State]) -> Iterator[str]:
        """Texts that end in some states and are no points, the shorter ones first.

        All paths that can still end there are followed; there is no end to them only
        where some text is no point.
        """
        before: dict[_State, set[_State]] = {}
        for state, after in self.after.items():
            for there in after:
                before.setdefault(there, set()).add(state)
        distance = dict.fromkeys(ends, 0)
        level = deque(ends)
        while level:
            there = level.popleft()
            for state in before.get(there, ()):
                if state not in distance:
                    distance[state] = distance[there] + 1
                    level.append(state)
        enough = len(self.points) + 1
        kinds = range(len(self.letters.shown))
        letters: dict[int, list[str]] = {}
        heap: list[tuple[int, tuple[int, ...], _State]] = []
        if start in distance:
            heap.append((distance[start], (), start))
        while heap:
            if self.budget <= 0:
                self.complete = False
                return
            self.budget -= 1
            _, path, state = heappop(heap)
            if state in ends:
                for kind in path:
                    if kind not in letters:
                        letters[kind] = list(islice(self.letters.of_kind(kind), enough))
                texts = map("".join, product(*(letters[kind] for kind in path)))
                yield from (each for each in texts if each not in self.points)
            if state not in self.after:
                continue
            usual, special = self._steps(state)
            for kind in kinds:
                there = special.get(kind, usual)
                if there in distance:
                    longer = (*path, kind)
                    heappush(heap, (len(longer) + distance[there], longer, there))
