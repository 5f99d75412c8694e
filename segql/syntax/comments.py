"""A text in, its comments out: where each stands, and what stands around it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from segql.source import Span

_COMMENT = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|`[^`\n]*`|(#[^\n]*)')
ALLOW = re.compile(
    r"#\s*allow\s+([A-Za-z][0-9]+(?:\s*,\s*[A-Za-z][0-9]+)*)\s*(?::\s*(\S.*)?)?\s*"
)
_CODE = re.compile(r"[A-Za-z][0-9]+")
BLANKS = " \t\r\n\f"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment without the blanks at its end.

    `line` is where its line begins; `own` says that it has the line for itself,
    `indented` that it does not begin it; `blank` that an empty line is above.
    `behind` is the last character before it that is neither blank nor a comment's.
    """

    text: str
    span: Span
    line: int
    own: bool
    indented: bool
    blank: bool
    behind: str

    @property
    def allows(self) -> bool:
        """Whether it is about the warnings of its line."""
        return not self.own and ALLOW.fullmatch(self.text) is not None


def allowed(comment: str) -> tuple[str, ...]:
    """The codes that a comment allows."""
    found = ALLOW.fullmatch(comment)
    return tuple(_CODE.findall(found[1])) if found else ()


def comments(text: str) -> Iterator[Span]:
    """Where the comments of a text are."""
    for found in _COMMENT.finditer(text):
        if found[1]:
            yield Span(*found.span(1))


def read_comments(text: str) -> tuple[Comment, ...]:
    """The comments of a text that was parsed."""
    found: list[Comment] = []
    behind = ""
    above = Span(0, 0)
    for span in comments(text):
        start = _start_of_blanks(text, span.start)
        if start > above.end or start == 0:
            behind = text[start - 1 : start]
        line = text.rfind("\n", 0, span.start) + 1
        found.append(
            Comment(
                text[span.start : span.end].rstrip(),
                span,
                line,
                own=start <= line,
                indented=line < span.start,
                blank=empty_line_before(text, span.start),
                behind=behind,
            )
        )
        above = span
    return tuple(found)


def empty_line_before(text: str, offset: int) -> bool:
    """Whether an empty line is right above what stands at an offset."""
    start = _start_of_blanks(text, offset)
    return text.count("\n", start, offset) > 1 and start > 0


def _start_of_blanks(text: str, offset: int) -> int:
    while offset and text[offset - 1] in BLANKS:
        offset -= 1
    return offset
