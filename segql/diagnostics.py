"""What is wrong, where, and how it is mended: diagnostics as values."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from segql.source import NOWHERE, Source, Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement that is sure to be what was meant: of the diagnostic's span, or of
    `span` if that is another."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `source` is None where nothing was read (an engine, a flag)."""

    code: str
    message: str
    span: Span = NOWHERE
    help: str | None = None
    fix: Fix | None = None
    source: Source | None = None
    level: Severity | None = None

    @property
    def severity(self) -> Severity:
        """What its code says, unless the project has settled it otherwise."""
        return self.level or ("warning" if self.code.startswith("W") else "error")

    def at(self, source: Source) -> "Diagnostic":
        """The same finding, bound to the text that it speaks of."""
        return self if self.source else replace(self, source=source)


@dataclass(slots=True)
class Report:
    """Collects diagnostics, so that one check shows everything at once."""

    source: Source | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    _seen: set[Diagnostic] = field(default_factory=set, repr=False, compare=False)

    def add(self, diagnostic: Diagnostic) -> None:
        if self.source and diagnostic.span is not NOWHERE:
            diagnostic = diagnostic.at(self.source)
        if diagnostic not in self._seen:
            self._seen.add(diagnostic)
            self.diagnostics.append(diagnostic)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.severity == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.severity == "warning")

    @property
    def ok(self) -> bool:
        """True while there is no error; warnings do not count."""
        return not any(d.severity == "error" for d in self.diagnostics)


class SegqlError(Exception):
    """The one exception of the public API: carries what is wrong as diagnostics."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(render(each) for each in self.diagnostics))


def render(diagnostic: Diagnostic) -> str:
    """A diagnostic as plain text: code, place, the line, a caret, the help."""
    head = f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"
    source = diagnostic.source
    if source is None:
        tail = [f"  = help: {diagnostic.help}"] if diagnostic.help else []
        return "\n".join([head, *tail])
    row, column = source.position(min(diagnostic.span.start, len(source.text)))
    line, shown_column = _window(source.line(row), column)
    width = diagnostic.span.end - diagnostic.span.start
    carets = "^" * max(1, min(width, len(line) - shown_column + 1))
    gutter = " " * len(str(row))
    lead = "".join("\t" if c == "\t" else " " for c in line[: shown_column - 1])
    lines = [
        head,
        f"{gutter}--> {source.name}:{row}:{column}",
        f"{gutter} |",
        f"{row} | {_visible(line)}",
        f"{gutter} | {lead}{carets}",
    ]
    if diagnostic.help:
        lines.append(f"{gutter} = help: {diagnostic.help}")
    return "\n".join(lines)


_SHOWN = 120


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a very long line that surrounds a column."""
    if len(line) <= _SHOWN:
        return line, column
    start = max(0, column - 1 - _SHOWN // 2)
    cut = line[start : start + _SHOWN]
    return cut, column - start


def _visible(line: str) -> str:
    """The line with control and direction characters replaced, one for one.

    What a terminal would obey rather than show could disguise a rule.
    """
    return "".join(
        c if c == "\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line
    )
