"""Documents with places for line ends in, text within a width out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

WIDTH = 88


@dataclass(frozen=True, slots=True)
class Break:
    """A line end, or what stands in its place where the group fits on the line."""

    flat: str = " "


@dataclass(frozen=True, slots=True)
class Nest:
    """Deeper by one step from the next line on."""

    inner: "Doc"


@dataclass(frozen=True, slots=True)
class Group:
    """On one line if that fits, else with every break of its own a line end."""

    inner: "Doc"


Doc: TypeAlias = "str | Break | Nest | Group | tuple[Doc, ...]"


def joined(word: str, terms: Sequence[Doc]) -> Doc:
    parts: list[Doc] = [terms[0]]
    for term in terms[1:]:
        parts += [Break(), f"{word} ", term]
    return Group(tuple(parts))


def parenthesised(doc: Doc) -> Doc:
    return Group(("(", Nest((Break(""), doc)), Break(""), ")"))


def enclosed(items: Sequence[Doc]) -> Doc:
    if not items:
        return "()"
    parts: list[Doc] = [Break(""), items[0]]
    for item in items[1:]:
        parts += [",", Break(), item]
    return Group(("(", Nest(tuple(parts)), Break(""), ")"))


def laid_out(doc: Doc, width: int | None = WIDTH) -> str:
    """The text of a document; on a single line where there is no width."""
    found: list[str] = []
    column = 0
    stack: list[tuple[int, bool, Doc]] = [(0, width is None, doc)]
    while stack:
        depth, flat, part = stack.pop()
        match part:
            case str():
                found.append(part)
                column += len(part)
            case tuple():
                stack += [(depth, flat, each) for each in reversed(part)]
            case Nest(inner):
                stack.append((depth + 1, flat, inner))
            case Break(shown):
                if flat:
                    found.append(shown)
                    column += len(shown)
                else:
                    found.append("\n" + "  " * depth)
                    column = 2 * depth
            case Group(inner):
                flat = flat or (width is not None and _fits(inner, width - column))
                stack.append((depth, flat, inner))
            case _:
                assert_never(part)
    return "".join(found)


def _fits(doc: Doc, room: int) -> bool:
    stack = [doc]
    while stack:
        if room < 0:
            return False
        match stack.pop():
            case str(text) | Break(text):
                room -= len(text)
            case Nest(inner) | Group(inner):
                stack.append(inner)
            case tuple(parts):
                stack += reversed(parts)
    return room >= 0
