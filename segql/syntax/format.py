"""A text in, the same in its one form out, with all of its comments."""

import re
from collections.abc import Iterator, Sequence

from segql.diagnostics import Report, SegqlError
from segql.messages import layout as messages
from segql.messages import reading
from segql.source import NOWHERE, Source, Span
from segql.syntax import definitions as defs
from segql.syntax.alike import alike
from segql.syntax.comments import Comment, allowed, read_comments
from segql.syntax.layout import Clear, End, Piece, Sign, Start, lay_out, pieces_of
from segql.syntax.parse import parse
from segql.syntax.print_file import document
from segql.syntax.weave import weave


def format(text: str) -> str:
    """A rule or a definition file in its one form, with its comments.

    What is returned means the same: it is read again and compared. Its line ends are
    those of the text's first line.

    Raises:
        SegqlError: the text has mistakes of grammar, or can't be kept as it is.
    """
    return format_source(Source(text))


def format_source(source: Source) -> str:
    """The text of a source in its one form; see `format`."""
    tree = _read(source)
    text = source.text
    comments = read_comments(text)
    made = document(tree, text, [comment.span.start for comment in comments])
    joints = any(comment.allows for comment in comments)
    pieces = _as_written(pieces_of(made, joints), text)
    _leave_unclear(pieces, text, comments)
    shown = lay_out(pieces, weave(pieces, text, comments))
    _compare(source, tree, shown)
    return _with_line_ends(shown, text)


def _read(source: Source) -> defs.Definition:
    report = Report(source)
    tree = parse(source, report)
    if tree is None:
        raise SegqlError(report.diagnostics)
    return tree


def _as_written(pieces: Sequence[Piece], text: str) -> list[Piece]:
    """The pieces, numbers with the `_` that the author gave them."""
    found = list(pieces)
    for index in range(1, len(found) - 1):
        match found[index - 1 : index + 2]:
            case [Start(start), str(shown), End(end)]:
                written = text[start:end]
                if "_" in written and _NUMBER.fullmatch(written):
                    plain = written.replace(" ", "")
                    if plain.replace("_", "") == shown:
                        found[index] = plain
    return found


_NUMBER = re.compile(r"-? *[0-9][0-9_]*(\.[0-9_]+)?")


_UNCLEAR = "W203"
_TOO_DEEP = reading.too_deep(NOWHERE).code


def _leave_unclear(pieces: list[Piece], text: str, comments: Sequence[Comment]) -> None:
    """Takes out the parentheses round an `and` that the author wants without."""
    told = [each for each in comments if _UNCLEAR in allowed(each.text)]
    everywhere = any(not each.behind for each in told)
    lines = [Span(each.line, each.span.start) for each in told if each.allows]
    if not everywhere and not lines:
        return
    groups: list[bool] = []
    for index, piece in enumerate(pieces):
        if piece is Sign.OPEN:
            start = pieces[index - 1]
            here = isinstance(pieces[index + 1], Clear) and isinstance(start, Start)
            if here and isinstance(start, Start):
                at = start.offset
                here = not text.startswith("(", at) and (
                    everywhere or any(line.start <= at < line.end for line in lines)
                )
            groups.append(here)
        elif piece is Sign.CLOSE:
            if groups.pop():
                pieces[index - 1] = pieces[index - 2] = ""
        elif groups and groups[-1] and isinstance(piece, Clear) and piece == "(":
            pieces[index] = pieces[index + 2] = ""


def _compare(source: Source, tree: defs.Definition, shown: str) -> None:
    """Refuses what would not be the same: that must never be written."""
    report = Report()
    again = parse(Source(shown), report)
    if again is None and any(each.code == _TOO_DEEP for each in report.diagnostics):
        raise SegqlError([messages.too_deep(Span(0, 0)).at(source)])
    if not alike(tree, again):
        raise SegqlError([messages.not_the_same(Span(0, 0)).at(source)])
    before, after = _comments(source.text), _comments(shown)
    for one, other in zip(before, after, strict=False):
        if one[:2] != other[:2]:
            raise SegqlError([messages.comment_lost(one[2]).at(source)])
    if len(before) != len(after):
        raise SegqlError([messages.comment_lost(before[-1][2]).at(source)])


def _comments(text: str) -> list[tuple[str, bool, Span]]:
    """Each comment, and whether it stands above everything else."""
    return list(_each_comment(text))


def _each_comment(text: str) -> Iterator[tuple[str, bool, Span]]:
    for comment in read_comments(text):
        yield comment.text, not comment.behind, comment.span


def _with_line_ends(shown: str, text: str) -> str:
    end = text.find("\n")
    return shown.replace("\n", "\r\n") if text[end - 1 : end] == "\r" else shown
