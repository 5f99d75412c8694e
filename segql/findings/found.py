"""What a whole check came to, as every format tells it."""

import os
from collections import Counter
from dataclasses import dataclass

from segql.diagnostics import Diagnostic
from segql.source import Span


@dataclass(frozen=True, slots=True)
class Looked:
    """One file and what was found in it. `path` is as it is shown; `asked` is false
    for a file that is told of only because of its mistakes."""

    path: str
    diagnostics: tuple[Diagnostic, ...]
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """All files, in their order; `version` is that of the program."""

    looked: tuple[Looked, ...]
    version: str

    @property
    def files(self) -> int:
        return sum(each.asked for each in self.looked)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return tuple(each for file in self.looked for each in file.diagnostics)

    @property
    def errors(self) -> int:
        return sum(each.severity == "error" for each in self.diagnostics)

    @property
    def warnings(self) -> int:
        return len(self.diagnostics) - self.errors

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How often each code was found, the most frequent first."""
        counted = Counter(each.code for each in self.diagnostics)
        return tuple(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


@dataclass(frozen=True, slots=True)
class Place:
    """One-based lines and columns, in code points; the end is behind the last."""

    line: int
    column: int
    end_line: int
    end_column: int


def place_of(found: Diagnostic, span: Span | None = None) -> Place | None:
    """Where it is, or another span of its text; None of what speaks of no text."""
    source, span = found.source, span or found.span
    if source is None:
        return None
    last = len(source.text)
    start, end = min(span.start, last), min(span.end, last)
    return Place(*source.position(start), *source.position(max(start, end)))


def shown_path(path: str) -> str:
    """A path as the current folder sees it, with forward slashes; what is no text in
    its name is replaced."""
    if os.path.isabs(path):
        try:
            near = os.path.relpath(path)
        except ValueError:  # another drive
            near = path
        path = path if near.startswith("..") else near
    path = path.replace(os.sep, "/")
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def title_of(code: str) -> str:
    """What the page of a code is called."""
    from segql.messages.codes import PAGES

    try:
        with (PAGES / f"{code}.md").open(encoding="utf-8") as page:
            return page.readline().partition(": ")[2].strip()
    except OSError:
        return code
