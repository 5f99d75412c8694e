"""Documents with places for line ends in, text within a width out.

A document is a tree; laid out is the list of its pieces, in the order of the text.
What is held at a place (a comment, a line end that must be) comes with the pieces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal, TypeAlias, assert_never

from segql.source import NOWHERE, Span

WIDTH = 88


@dataclass(frozen=True, slots=True)
class Break:
    """A line end, or what stands in its place where the group fits on the line.

    `before` stands at the end of the line, where there is one. `closing` says that a
    `)` follows, so that comments belong to what is within. A seam is a line end only
    where something is held there.
    """

    flat: str = " "
    before: str = ""
    closing: bool = False
    seam: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line end between two parts of a file, and whether an empty line is there.

    `kept` leaves that to the author.
    """

    blank: Literal["never", "kept", "always", "first", "last"] = "never"


@dataclass(frozen=True, slots=True)
class Joint:
    """Where a line can end if it must; in its place stands nothing.

    `close`: the grammar wants the words before and behind it without a comment between.
    """

    close: bool = False


@dataclass(frozen=True, slots=True)
class Nest:
    """Deeper by one step from the next line on; `hugging`: if it begins with one."""

    inner: "Doc"
    hugging: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """On one line if that fits, else with every break of its own a line end."""

    inner: "Doc"


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands at a place of the text that the document was read from."""

    span: Span
    inner: "Doc"
    close: bool = False


Doc: TypeAlias = "str | Break | Line | Nest | Group | Mark | tuple[Doc, ...]"


def marked(span: Span, doc: Doc) -> Doc:
    return doc if span is NOWHERE else Mark(span, doc)


def close(doc: Doc) -> Doc:
    """What stands close behind the word before it, with no comment between."""
    return replace(doc, close=True) if isinstance(doc, Mark) else doc


def joined(word: str, terms: Sequence[Doc]) -> Doc:
    parts: list[Doc] = [terms[0]]
    for term in terms[1:]:
        parts += [Break(), f"{word} ", term]
    return Group(tuple(parts))


class Clear(str):
    """A parenthesis that changes nothing, and only makes a rule clearer."""

    __slots__ = ()


def parenthesised(doc: Doc, clear: bool = False) -> Doc:
    opening, closing = (Clear("("), Clear(")")) if clear else ("(", ")")
    return Group((opening, Nest((Break(""), doc)), Break("", closing=True), closing))


def enclosed(items: Sequence[Doc], comma: str = ",") -> Doc:
    """Items in parentheses; `comma` ends the last one where each has a line."""
    if not items:
        return Group(("(", Break("", closing=True, seam=True), ")"))
    parts: list[Doc] = [Break(""), items[0]]
    for item in items[1:]:
        parts += [",", Break(), item]
    return Group(("(", Nest(tuple(parts)), Break("", comma, closing=True), ")"))


# ---- pieces


class Sign(Enum):
    OPEN = "a group begins"
    CLOSE = "a group ends"
    IN = "deeper"
    HUG = "deeper if a line ends here"
    OUT = "as deep as before"


@dataclass(frozen=True, slots=True)
class Start:
    offset: int


@dataclass(frozen=True, slots=True)
class End:
    offset: int


Piece: TypeAlias = str | Break | Line | Joint | Sign | Start | End


def pieces_of(doc: Doc, joints: bool = False) -> list[Piece]:
    """The document as a list; with joints, a line can end before every mark."""
    found: list[Piece] = []
    stack: list[Doc | Piece] = [doc]
    while stack:
        match stack.pop():
            case tuple() as parts:
                stack += reversed(parts)
            case Nest(inner, hugging):
                found.append(Sign.HUG if hugging else Sign.IN)
                stack += [Sign.OUT, inner]
            case Group(inner):
                found.append(Sign.OPEN)
                stack += [Sign.CLOSE, inner]
            case Mark(span, inner, near):
                if joints:
                    found.append(Joint(near))
                found.append(Start(span.start))
                stack += [End(span.end), inner]
            case piece:
                found.append(piece)
    return found


@dataclass(slots=True)
class Held:
    """What is held at a place where a line can end.

    `above` are the lines between: whether an empty line stands above each, how much
    deeper than the place it is, and its text.
    """

    must: bool = False
    flat: bool = False
    behind: str = ""
    above: list[tuple[bool, int, str]] = field(default_factory=list)
    blank: bool = False

    @property
    def empty(self) -> bool:
        return not self.behind and not self.above


_NOTHING = Held()


def laid_out(doc: Doc, width: int | None = WIDTH) -> str:
    """The text of a document; on a single line where there is no width."""
    return lay_out(pieces_of(doc), {}, width)


def lay_out(
    pieces: Sequence[Piece], held: Mapping[int, Held], width: int | None = WIDTH
) -> str:
    """The text of pieces, with what is held at some of them."""
    broken = _broken(pieces, held)
    found: list[str] = []
    column = 0
    depths = [0]
    flats = [width is None]
    for index, piece in enumerate(pieces):
        match piece:
            case str():
                column += len(piece)
                if piece:
                    found.append(piece)
            case Sign.OPEN:
                fits = flats[-1] or (
                    width is not None
                    and index not in broken
                    and _fits(pieces, held, index, width - column)
                )
                flats.append(fits)
            case Sign.CLOSE:
                flats.pop()
            case Sign.IN:
                depths.append(depths[-1] + 1)
            case Sign.HUG:
                deeper = held.get(index + 1, _NOTHING).must
                depths.append(depths[-1] + deeper)
            case Sign.OUT:
                depths.pop()
            case Start() | End():
                pass
            case Line() | Joint() | Break():
                here = held.get(index, _NOTHING)
                if _ends(piece, here, flats[-1]):
                    column = _end_line(found, piece, here, depths[-1])
                else:
                    shown = _flat(piece)
                    column += len(shown)
                    if shown:
                        found.append(shown)
            case _:
                assert_never(piece)
    return "".join(found)


def _ends(piece: Break | Line | Joint, held: Held, flat: bool) -> bool:
    """Whether a line ends at a place."""
    if held.must or held.flat:
        return held.must
    match piece:
        case Line():
            return True
        case Joint():
            return False
        case Break(seam=seam):
            return not flat and not seam


def _flat(piece: Break | Line | Joint) -> str:
    match piece:
        case Break(flat):
            return flat
        case Line():
            return " "
        case Joint():
            return ""


def _end_line(
    found: list[str], piece: Break | Line | Joint, held: Held, depth: int
) -> int:
    """Ends a line, and says in which column the next begins."""
    first = isinstance(piece, Line) and piece.blank == "first"
    if found and not first:
        found[-1] = found[-1].rstrip(" ")
    indent = "  " * (depth + isinstance(piece, Joint))
    if isinstance(piece, Joint) and held.empty and found[-1].endswith("\n"):
        found.append(indent)  # a line has just ended
        return len(indent)
    if isinstance(piece, Break):
        found.append(piece.before)
    if held.behind:
        found.append(f"  {held.behind}")
    inside = isinstance(piece, Joint) or (isinstance(piece, Break) and piece.closing)
    # All but the first line of a file begin with the end of the one before.
    end = "" if first else "\n"
    for blank, deeper, text in held.above:
        found.append(end + "\n" * (blank and bool(end)))
        found.append("  " * (depth + inside + deeper) + text)
        end = "\n"
    if first:
        found.append(end + "\n" * (held.blank and bool(end)))
        return 0
    blank = isinstance(piece, Line) and (
        held.blank if held is not _NOTHING else piece.blank == "always"
    )
    found.append("\n" * (1 + blank) + indent)
    return len(indent)


def _broken(pieces: Sequence[Piece], held: Mapping[int, Held]) -> set[int]:
    """The groups in which a line must end."""
    found: set[int] = set()
    if not held:
        return found
    groups: list[int] = []
    for index, piece in enumerate(pieces):
        if piece is Sign.OPEN:
            groups.append(index)
        elif piece is Sign.CLOSE:
            inner = groups.pop()
            if inner in found and groups:
                found.add(groups[-1])
        elif groups and index in held and held[index].must:
            found.add(groups[-1])
    return found


def _fits(
    pieces: Sequence[Piece], held: Mapping[int, Held], start: int, room: int
) -> bool:
    """Whether a group, and what must follow it on its line, have room."""
    groups = 0
    within = True
    for index in range(start, len(pieces)):
        if room < 0:
            return False
        match pieces[index]:
            case str(text):
                room -= len(text)
            case Sign.OPEN:
                groups += 1
            case Sign.CLOSE:
                groups -= 1
                within = within and groups > 0
            case Break() | Line() | Joint() as piece:
                here = held.get(index, _NOTHING)
                if not within and _ends(piece, here, False):
                    return room >= (
                        len(piece.before) if isinstance(piece, Break) else 0
                    )
                room -= len(_flat(piece))
            case _:
                pass
    return room >= 0
