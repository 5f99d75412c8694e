"""What tests tell letters apart by in, one letter of each kind out.

Two letters are of one kind if no test can tell them apart, neither as they are nor
folded. Each kind is shown by the most readable of its letters.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final, TypeAlias

from segql.fold import TABLE
from segql.reason.text_patterns import Automaton
from segql.reason.text_tests import TextTestAtom

_READABLE: Final = [
    ord(letter)
    for letter in "x" + ascii_lowercase + ascii_uppercase + digits + " -_.,@äöüßéñ"
]
_CAPITALS: Final = sorted(TABLE)
_SPECIAL: Final = {1, 0xD800, 0xE000}
_END: Final = 0x110000

_Kind: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """What some tests tell letters apart by."""

    letters: frozenset[int]
    ordered: tuple[int, ...]
    automata: tuple[Automaton, ...]

    def cuts(self) -> set[int]:
        """Where one kind of letters may end and another begin."""
        found = {code + more for code in self.letters for more in (0, 1)}
        return found.union(*(each.cuts for each in self.automata))

    def kind(self, code: int) -> _Kind:
        return (
            code if code in self.letters else -1,
            bisect_right(self.ordered, code),
            *(each.column(code) for each in self.automata),
        )


def marks(
    tests: Sequence[TextTestAtom], automata: Sequence[Automaton], constants: bool
) -> Marks:
    """What tests tell letters apart by, all of them folded or none.

    What `=` and `in` name counts only if `constants` do.
    """
    letters: set[str] = set()
    ordered: set[str] = set()
    for test in tests:
        if test.kind in ("starts", "ends", "contains"):
            letters.update(test.part)
        elif test.kind in ("<", "<="):
            ordered.update(test.part)
        elif constants:
            letters.update(*test.constants)
    codes = map(ord, letters | ordered)
    return Marks(frozenset(codes), tuple(sorted(map(ord, ordered))), tuple(automata))


class Letters:
    """The kinds of letters: one each in `shown`, the most readable first.

    `plain` are the marks of tests of the text as it is, `folded` those of the folded
    text; with the latter alone, capitals are no letters.
    """

    def __init__(self, plain: Marks | None, folded: Marks | None) -> None:
        self.both = plain is not None and folded is not None
        self.capitals = folded is None
        cuts = set(_SPECIAL)
        for each in (plain, folded):
            if each is not None:
                cuts |= each.cuts()
        self.cuts = sorted(code for code in cuts if 0 < code < _END)
        self.first = [plain.kind(code) if plain else () for code in self.cuts]
        self.second = [folded.kind(code) if folded else () for code in self.cuts]
        shown: dict[_Kind, int] = {}
        for code in _READABLE:
            if self._is_letter(code):
                shown.setdefault(self._kind(code), code)
        for at, cut in enumerate(self.cuts):
            kind = self.first[at] + self.second[at]
            if kind not in shown and cut != 0xD800:
                found = self._shown(cut, self._cut(at + 1))
                if found is not None:
                    shown[kind] = found
        if self.both:
            for code in _CAPITALS:
                shown.setdefault(self._kind(code), code)
        self.kinds = list(shown)
        self.shown = [chr(code) for code in shown.values()]

    def _is_letter(self, code: int) -> bool:
        return self.capitals or self.both or code not in TABLE

    def _kind(self, code: int) -> _Kind:
        at = bisect_right(self.cuts, code) - 1
        if self.both and code in TABLE:
            folded = bisect_right(self.cuts, TABLE[code]) - 1
            return self.first[at] + self.second[folded]
        return self.first[at] + self.second[at]

    def _cut(self, at: int) -> int:
        return self.cuts[at] if at < len(self.cuts) else _END

    def _shown(self, start: int, end: int) -> int | None:
        """The most readable letter of a stretch, unless it has only capitals."""
        readable = None
        for code in range(start, end):
            if self.capitals or code not in TABLE:
                if chr(code).isalnum():
                    return code
                if readable is None or not chr(readable).isprintable():
                    readable = code
            if code > start + 100 and readable is not None:
                break
        return readable

    def of_kind(self, number: int) -> Iterator[str]:
        """All letters of one kind."""
        wanted = self.kinds[number]
        for at, cut in enumerate(self.cuts):
            if self.first[at] + self.second[at] == wanted and cut != 0xD800:
                for code in range(cut, self._cut(at + 1)):
                    if self.capitals or code not in TABLE:
                        yield chr(code)
        if self.both:
            for code in _CAPITALS:
                if self._kind(code) == wanted:
                    yield chr(code)
