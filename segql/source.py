"""Text, and places in it."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of character offsets."""

    start: int
    end: int

    def __or__(self, other: "Span") -> "Span":
        return Span(min(self.start, other.start), max(self.end, other.end))


NOWHERE = Span(0, 0)


@dataclass(frozen=True)
class Source:
    """A text, and the name that its diagnostics show (a path, or `<rule>`)."""

    text: str
    name: str = "<rule>"

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for index, character in enumerate(self.text):
            if character == "\n":
                starts.append(index + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """The one-based line and column of an offset."""
        from bisect import bisect_right

        row = bisect_right(self._starts, offset)
        return row, offset - self._starts[row - 1] + 1

    def line(self, number: int) -> str:
        """The text of a one-based line, without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] - 1 if number < len(self._starts) else None
        return self.text[start:end].rstrip("\r")

    @property
    def end(self) -> Span:
        """The empty span behind the last character."""
        return Span(len(self.text), len(self.text))

    def slice(self, span: Span) -> str:
        return self.text[span.start : span.end]
