"""Pieces of a document and the comments of its text in, what is held where out.

A comment goes to the end of a line or between two, where the document can break: one
at the end of a line to the end of what it stands behind, one with a line for itself
before what it stands above. None passes another. A comment that allows warnings keeps
its line together, since it is about what begins there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from segql.syntax.comments import Comment, empty_line_before
from segql.syntax.layout import Break, End, Held, Joint, Line, Piece, Sign, Start


def weave(
    pieces: Sequence[Piece], text: str, comments: Sequence[Comment]
) -> dict[int, Held]:
    """What is held at which piece. The pieces begin and end with a `Line`."""
    loom = _Loom(pieces, text)
    for comment in comments:
        loom.keep_line(comment)
    loom.find_ways()
    for comment in comments:
        loom.place(comment)
    loom.leave_empty_lines()
    return loom.held


_CLOSE = Joint(close=True)


class _Loom:
    def __init__(self, pieces: Sequence[Piece], text: str) -> None:
        self.pieces = pieces
        self.text = text
        self.held: dict[int, Held] = {}
        self.starts = [i for i, piece in enumerate(pieces) if isinstance(piece, Start)]
        self.start_offsets = self._offsets(self.starts)
        self.marks = [
            i for i, piece in enumerate(pieces) if isinstance(piece, Start | End)
        ]
        self.mark_offsets = self._offsets(self.marks)
        self.breaks = [
            i for i, piece in enumerate(pieces) if isinstance(piece, Break | Line)
        ]
        self.fixed: dict[int, int] = {}
        self.latest = 0
        self.before: list[int] = []
        self.after = self._after()

    def _offsets(self, indexes: Sequence[int]) -> list[int]:
        """Where the marks are in the text; never less than one before."""
        found: list[int] = []
        latest = 0
        for index in indexes:
            piece = self.pieces[index]
            assert isinstance(piece, Start | End)
            latest = max(latest, piece.offset)
            found.append(latest)
        return found

    def _at(self, index: int) -> Held:
        return self.held.setdefault(index, Held())

    def _is_flat(self, index: int) -> bool:
        return index in self.held and self.held[index].flat

    # ---- lines that stay

    def keep_line(self, comment: Comment) -> None:
        """Lets a line begin where that of a comment at its end begins.

        So the comment stays with what it stands behind. Of one that allows warnings
        all of the line is kept, and nothing else comes to it.
        """
        if comment.own:
            return
        first = bisect_left(self.start_offsets, comment.line)
        last = bisect_left(self.start_offsets, comment.span.start)
        if first == last:
            return  # nothing begins on this line
        begin = self.starts[first]
        if comment.allows:
            end = self._end_of_kept(last, comment)
            self.fixed[comment.span.start] = end
            if first:
                self._begin_kept(first)
            for index in self._breaks_between(begin, end):
                self._at(index).flat = True
            self._at(end).must = True
        elif first:
            found = self._break_before(first, seams=False)
            here, _ = self._gap(comment)
            # Where a line ends in between, the comment's would not begin here.
            if found and self.after[found + 1] >= here:
                self._at(found).must = True

    def _begin_kept(self, first: int) -> None:
        """Ends a line before a mark, where there is room for comments, too."""
        while first:
            found = self._break_before(first, seams=True)
            at = found or self.starts[first] - 1
            self._at(at).must = True
            if self.pieces[at] != _CLOSE:
                return
            first = bisect_left(self.start_offsets, self.start_offsets[first - 1])

    def _end_of_kept(self, following: int, comment: Comment) -> int:
        here, _ = self._gap(comment)
        behind = len(self.pieces)
        if following < len(self.starts):
            behind = self.starts[following]
        found = self._breaks_between(here, behind)
        return found[0] if found else behind - 1

    def _break_before(self, start: int, seams: bool) -> int | None:
        """The last break before a mark that is not before the mark above it."""
        above = self.starts[start - 1]
        groups = 0
        for index in range(self.starts[start] - 1, above, -1):
            piece = self.pieces[index]
            if piece is Sign.CLOSE:
                groups += 1
            elif piece is Sign.OPEN:
                groups = max(0, groups - 1)
            elif groups == 0 and isinstance(piece, Line | Break):
                seam = isinstance(piece, Break) and piece.seam
                if seams or not seam:
                    return index
        return None

    def _breaks_between(self, low: int, high: int) -> list[int]:
        first = bisect_right(self.breaks, low)
        return self.breaks[first : bisect_left(self.breaks, high)]

    def _gap(self, comment: Comment) -> tuple[int, int]:
        """The marks around a comment, as indexes of pieces."""
        index = bisect_right(self.mark_offsets, comment.span.start)
        low = self.marks[index - 1] if index else 0
        high = self.marks[index] if index < len(self.marks) else len(self.pieces)
        return low, high

    # ---- places

    def find_ways(self) -> None:
        """Finds for every piece the next places before and after it.

        What is in a group that ends, or begins, on the way is passed over, if no line
        must end there.
        """
        self.breaks = [
            index
            for index, piece in enumerate(self.pieces)
            if isinstance(piece, Break | Line) or self._is_place(index)
        ]
        self.before = self._before()
        self.after = self._after()

    def _is_place(self, index: int) -> bool:
        piece = self.pieces[index]
        if not isinstance(piece, Break | Line | Joint):
            return False
        held = self.held.get(index)
        if held is not None and (held.must or held.flat):
            return held.must and piece != _CLOSE
        match piece:
            case Break(seam=seam):
                return not seam
            case Line(blank):
                return blank != "first"
            case Joint():
                return False

    def _before(self) -> list[int]:
        found: list[int] = []
        place, outer = 0, [0]
        for index, piece in enumerate(self.pieces):
            if piece is Sign.OPEN:
                outer.append(place)
            elif piece is Sign.CLOSE:
                place = outer.pop()
            elif self._is_place(index):
                place = index
            found.append(place)
        return found

    def _after(self) -> list[int]:
        last = len(self.pieces) - 1
        found = [last] * len(self.pieces)
        place = last
        outer: list[tuple[int, int]] = []
        forced = 0
        for index in range(last, -1, -1):
            piece = self.pieces[index]
            if piece is Sign.CLOSE:
                outer.append((place, forced))
                forced = 0
            elif piece is Sign.OPEN:
                place, forced_outside = outer.pop()
                place = forced or place
                forced = forced or forced_outside
            elif self._is_place(index):
                place = index
                forced = index if index in self.held else forced
            found[index] = place
        return found

    def place(self, comment: Comment) -> None:
        """Puts a comment where it belongs, but not before the one above it."""
        low, high = self._gap(comment)
        natural = True
        if low == 0 and (not self.marks or high == self.marks[0]):
            found = 0
        elif comment.span.start in self.fixed:
            found = self.fixed[comment.span.start]
        else:
            near = [i for i in self._breaks_between(low, high) if not self._is_flat(i)]
            own = comment.own or self._is_alone(comment)
            if near:
                found = near[0]
            else:
                natural = False
                above = own or comment.behind == "("
                found = (above and self.before[low]) or self.after[low]
        at = max(found, self.latest)
        self.latest = at
        held = self._at(at)
        held.must = True
        fits = found == at and not comment.own and not held.behind and not held.above
        if fits and not self._is_alone(comment) and (natural or comment.behind != "("):
            held.behind = comment.text
            return
        deeper = self._goes_with_above(at, comment, natural and found == at)
        blank = comment.blank and isinstance(self.pieces[at], Line)
        held.above.append((blank, deeper, comment.text))

    def _is_alone(self, comment: Comment) -> bool:
        """Whether it allows warnings where none can begin: it may move to none."""
        return comment.allows and comment.span.start not in self.fixed

    def _goes_with_above(self, at: int, comment: Comment, natural: bool) -> bool:
        """Whether a comment is a part of the block above it, by its indentation."""
        piece = self.pieces[at]
        if not isinstance(piece, Line) or piece.blank == "first" or not natural:
            return False
        close = all(deeper for _, deeper, _ in self.held[at].above)
        return comment.indented and not comment.blank and close and not self._deep(at)

    def _deep(self, at: int) -> bool:
        """Whether a line end is one of a header, whose lines are indented anyway."""
        piece = self.pieces[at]
        return isinstance(piece, Line) and piece.blank == "never"

    # ---- empty lines

    def leave_empty_lines(self) -> None:
        """Says of each line end between parts whether an empty line is there."""
        starts = iter(range(len(self.starts)))
        start = next(starts, None)
        for index in self.breaks:
            piece = self.pieces[index]
            if not isinstance(piece, Line) or self._is_flat(index):
                continue
            while start is not None and self.starts[start] < index:
                start = next(starts, None)
            if start is None or piece.blank in ("never", "last"):
                continue
            held = self._at(index)
            held.must = True
            held.blank = empty_line_before(self.text, self.start_offsets[start])
            if piece.blank == "first" and not held.above:
                held.blank = False
            if piece.blank == "always":
                _part(held)


def _part(held: Held) -> None:
    """Leaves an empty line between two blocks, above the comments of the second."""
    if held.blank or any(blank for blank, _, _ in held.above):
        return
    for index, (_, deeper, text) in enumerate(held.above):
        if not deeper:
            held.above[index] = (True, deeper, text)
            return
    held.blank = True
