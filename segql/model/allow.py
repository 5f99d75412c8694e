"""`# allow W204: reason`: a text's warnings in, those that it does not allow out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segql.diagnostics import Diagnostic, Report
from segql.messages import codes, files
from segql.source import Source, Span
from segql.syntax.comments import ALLOW, comments

_CODE = re.compile(r"[A-Za-z][0-9]+")
_FIRST = re.compile(r"(?:\s|#[^\n]*(?:\n|\Z))*")


@dataclass(frozen=True, slots=True)
class _Allowed:
    """A code that is allowed: `row` is its line, None the whole file. `superfluous` is
    what goes if the code does."""

    code: str
    row: int | None
    reason: bool
    span: Span
    superfluous: Span


def apply_allowed(report: Report, unasked: Sequence[str] = ()) -> None:
    """Takes out of a report what the text's comments allow.

    A comment speaks of the warnings that start on its line; one above everything else
    in the file, of the whole file. What is no such comment, or silences nothing, is
    noted itself, unless there are errors: then not all that is doubtful is known.
    Nor is it of the codes that were `unasked`.
    """
    source = report.source
    if source is None or "allow" not in source.text:
        return
    notes: list[Diagnostic] = []
    allowed = list(_allowed(source, notes))
    silenced: dict[tuple[str, int | None], bool] = {
        (one.code, one.row): False for one in allowed
    }
    kept = []
    for each in report.diagnostics:
        row = source.position(each.span.start)[0]
        keys = {(each.code, None), (each.code, row)} & silenced.keys()
        silenced.update(dict.fromkeys(keys, True))
        if not keys:
            kept.append(each)
    report.diagnostics[:] = kept
    whole_known = report.ok
    for one in allowed:
        known = whole_known and one.code not in unasked
        if known and not silenced[one.code, one.row]:
            whole = one.row is None
            notes.append(
                files.allows_nothing(one.code, whole, one.span, one.superfluous)
            )
        elif not one.reason:
            notes.append(files.allowed_without_reason(one.code, one.span))
    for note in sorted(notes, key=lambda each: each.span.start):
        report.add(note)


def silenced(report: Report, found: Diagnostic) -> bool:
    """Whether a comment allows what was found after all comments were looked at."""
    source = report.source
    if source is None or "allow" not in source.text:
        return False
    row = source.position(found.span.start)[0]
    return any(
        one.code == found.code and one.row in (None, row)
        for one in _allowed(source, [])
    )


def _allowed(source: Source, notes: list[Diagnostic]) -> Iterator[_Allowed]:
    head = _FIRST.match(source.text)
    start = head.end() if head else 0
    for comment in comments(source.text):
        found = ALLOW.fullmatch(source.slice(comment))
        if found is None:
            continue
        row = None if comment.start < start else source.position(comment.start)[0]
        for word in _CODE.finditer(found[1]):
            begin = comment.start + found.start(1) + word.start()
            span = Span(begin, begin + len(word[0]))
            if word[0] in codes.warnings():
                reason = found[2] is not None
                alone = _CODE.fullmatch(found[1]) is not None
                rest = (_comment if alone else _listed)(source.text, comment, span)
                yield _Allowed(word[0], row, reason, span, rest)
            else:
                notes.append(files.unknown_allowed(word[0], codes.warnings(), span))


def _comment(text: str, comment: Span, _: Span) -> Span:
    """A comment with the space before it, and the line if it stands there alone."""
    start = comment.start
    while text[start - 1 : start] in (" ", "\t"):
        start -= 1
    end = comment.end - text.endswith("\r", 0, comment.end)
    if start == 0 or text[start - 1] == "\n":
        end = text.find("\n", end) + 1 or len(text)
    return Span(start, end)


def _listed(text: str, comment: Span, code: Span) -> Span:
    """One of several codes with the comma that parts it from the others."""
    if found := re.compile(r"\s*,\s*").match(text, code.end):
        return Span(code.start, found.end())
    start = code.start
    while text[start - 1 : start] in (",", " ", "\t"):
        start -= 1
    return Span(start, code.end)


def opening_comment(text: str) -> str:
    """The comments that a text begins with, but not those that silence."""
    head = _FIRST.match(text)
    end = head.end() if head else 0
    written = [text[each.start : each.end] for each in comments(text[:end])]
    lines = [each for each in written if not ALLOW.fullmatch(each)]
    return "\n".join(line.removeprefix("#").strip() for line in lines).strip()
