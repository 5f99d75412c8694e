"""One test of a text: a rule's test in, whether a text passes it out.

This is what a test means, by Python's own operations on text as in the reference;
all that is found out about tests in other ways is held against it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, assert_never

from segql.fold import fold
from segql.model import nodes as mdl
from segql.model import regex
from segql.types import TEXT

Kind: TypeAlias = Literal["<", "<=", "=", "in", "starts", "ends", "contains", "matches"]

_COMPARED: Final[dict[mdl.Comparison, tuple[Kind, bool]]] = {
    "=": ("=", True),
    "!=": ("=", False),
    "<": ("<", True),
    ">=": ("<", False),
    "<=": ("<=", True),
    ">": ("<=", False),
}
_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TextTestAtom:
    """A test of a text, or of the text with its case taken out.

    `operand` is a set of texts for `in`, a pattern for `matches`, else a text. The
    order is that of code points. `!=`, `>` and `>=` are negations of these.
    """

    folded: bool
    kind: Kind
    operand: str | frozenset[str]

    @property
    def constants(self) -> frozenset[str]:
        """The texts that `=` and `in` name; of other tests none."""
        if isinstance(self.operand, frozenset):
            return self.operand
        return frozenset((self.operand,) if self.kind == "=" else ())

    @property
    def part(self) -> str:
        """The operand of a test that has one text."""
        assert isinstance(self.operand, str)
        return self.operand


def _constant(value: mdl.Value) -> object:
    """A text that stands in a rule."""
    match value:
        case mdl.Constant(text, type_) if type_ == TEXT:
            return text
        case _:
            return None


def text_test(
    rule: mdl.Rule, read: Callable[[mdl.Value], object] = _constant
) -> tuple[mdl.Value, TextTestAtom, bool] | None:
    """The text that a rule tests, the test, and what it has to say; else None.

    `read` tells the text of a value that is the same for all.

    The text is the value without folding. The last is False where the rule is true of
    a known text that does *not* pass. What the rule says of missing text is not told.
    """
    kind: Kind
    operand: str | frozenset[str]
    match rule:
        case mdl.Compare(operator, value, right):
            text = read(right)
            if not isinstance(text, str):
                return None
            kind, holds = _COMPARED[operator]
            operand = text
        case mdl.OneOf(value, options):
            texts = [each.value for each in options]
            operand = frozenset(each for each in texts if isinstance(each, str))
            if value.type != TEXT or len(operand) < len(set(texts)):
                return None
            kind, holds = "in", True
        case mdl.TextTest(kind, value, part):
            text = read(part)
            if not isinstance(text, str):
                return None
            operand, holds = text, True
        case mdl.Matches(value, operand):
            kind, holds = "matches", True
        case _:
            return None
    folded = False
    while isinstance(value, mdl.Fold):
        # Folding twice is folding once.
        value, folded = value.text, True
    return value, TextTestAtom(folded, kind, operand), holds


def passes(test: TextTestAtom, text: str, folded: str) -> bool:
    """Whether a text passes; `folded` is the same text folded."""
    subject = folded if test.folded else text
    match test.kind:
        case "<":
            return subject < test.part
        case "<=":
            return subject <= test.part
        case "=":
            return subject == test.operand
        case "in":
            return subject in test.operand
        case "starts":
            return subject.startswith(test.part)
        case "ends":
            return subject.endswith(test.part)
        case "contains":
            return test.part in subject
        case "matches":
            return regex.compile(test.part).matches(subject)
        case _:
            assert_never(test.kind)


def truths(tests: Sequence[TextTestAtom], text: str) -> int:
    """Which tests a text passes: bit i is set if it passes the test with index i."""
    folded = fold(text)
    found = 0
    for index, test in enumerate(tests):
        if passes(test, text, folded):
            found |= 1 << index
    return found


def is_text(text: str) -> bool:
    """Whether a value can be this: NUL and halves of characters are in no text."""
    return not _NO_TEXT.search(text)
