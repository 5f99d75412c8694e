"""Differences in; JSON for machines, or Markdown for a review, out."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from segql.cli.diff_text import (
    VERDICTS,
    assuming,
    by_words,
    condition_lines,
    entry_line,
    example_lines,
    example_notes,
    headline,
    name_of,
    summary,
    tells,
)
from segql.cli.output import harmless
from segql.cli.what import shown_instant
from segql.diagnostics import Diagnostic
from segql.insight.diff_nodes import (
    By,
    Changes,
    Condition,
    Conditions,
    Difference,
    Moved,
    Nobody,
    Open,
    Somebody,
    Way,
    Wording,
)
from segql.insight.revisions import FILES

VERSION = 1
"""Of the JSON's form; `grammar/diff.schema.json` has it."""
_MOST = 200
"""So many rows the table has."""
_ROOM = 40_000
"""So many characters the details have: code hosts take some 65,000 in all."""
_MARKS = {"-": "-", "+": "+", "~": "!"}
_SIGNS = re.compile(r"[\\`*_\[\]<>&#!|~@$^{}]|(?<!\d):|:(?!\d)|(?<=www)\.", re.I)
"""What Markdown, HTML or a code host takes for more than itself."""


# ---- JSON


def as_json(found: Changes, zone: str, as_of: str | None) -> bytes:
    """One document about everything; `as_of` is when members were counted."""
    document = {
        "version": VERSION,
        "old": found.old,
        "new": found.new,
        "members_as_of": as_of,
        "differs": found.differs,
        "same": found.same,
        "segments": [_segment(each, zone) for each in found.segments],
        "shared": [
            {"file": file, "wordings": [_wording(each) for each in said]}
            for file, said in found.shared.items()
        ],
        "catalog": [_wording(each) for each in found.catalog],
    }
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _segment(each: Difference, zone: str) -> dict[str, Any]:
    meaning = each.meaning
    return {
        "old": each.old,
        "new": each.new,
        "kind": each.kind,
        "differs": each.differs,
        "verdict": None if meaning is None else meaning.verdict,
        "enters": None if meaning is None else _way(meaning.enters, zone),
        "leaves": None if meaning is None else _way(meaning.leaves, zone),
        "causes": list(each.causes),
        "conditions": None if each.conditions is None else _top(each.conditions),
        "wordings": [_wording(wording) for wording in each.wordings],
        "members": None if each.moved is None else _moved(each.moved),
        "uncounted": each.uncounted,
        "errors": {
            side: [_error(error) for error in errors]
            for side, errors in zip(("old", "new"), each.errors, strict=True)
        },
    }


def _way(way: Way, zone: str) -> dict[str, Any]:
    match way:
        case Nobody(assumed):
            return {"answer": "nobody", "assumed": list(assumed)}
        case Open(why):
            return {"answer": "unknown", "why": list(why)}
        case Somebody(witness, text):
            return {
                "answer": "somebody",
                "example": text,
                "as_of": shown_instant(witness.as_of, zone),
                "key": witness.key,
                "others": len(witness.before) + len(witness.after),
            }


def _top(found: Conditions) -> dict[str, Any]:
    return {
        "join": found.join,
        "kept": found.kept,
        "changes": [
            {
                "old": _condition(each.old),
                "new": _condition(each.new),
                "because": list(each.because),
            }
            for each in found.changes
        ],
    }


def _condition(each: Condition | None) -> dict[str, Any] | None:
    return None if each is None else {"text": each.text, "let": each.name}


def _wording(each: Wording) -> dict[str, Any]:
    return {"what": each.what, "old": each.old, "new": each.new}


def _moved(found: Moved) -> dict[str, Any]:
    return {
        "old": found.old,
        "new": found.new,
        "enter": found.enter,
        "leave": found.leave,
        "entering": [_by(each) for each in found.entering],
        "leaving": [_by(each) for each in found.leaving],
        "entered": list(found.entered),
        "left": list(found.left),
    }


def _by(each: By) -> dict[str, Any]:
    return {
        "condition": _condition(each.condition),
        "is_new": each.is_new,
        "count": each.count,
        "alone": each.alone,
    }


def _error(error: Diagnostic) -> dict[str, Any]:
    place: tuple[str | None, int | None, int | None] = (None, None, None)
    if error.source is not None:
        place = (error.source.name, *error.source.position(error.span.start))
    return {
        "code": error.code,
        "message": error.message,
        "help": error.help,
        "file": place[0],
        "line": place[1],
        "column": place[2],
    }


# ---- Markdown


def as_markdown(found: Changes, zone: str, as_of: str | None) -> bytes:
    """A table with a row per segment, and the details folded below it."""
    text = "\n".join(_page(found, zone, as_of)) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _page(found: Changes, zone: str, as_of: str | None) -> Iterator[str]:
    new = found.new if found.new == FILES else code(found.new)
    yield f"### Segments: {code(found.old)} → {new}"
    yield ""
    if found.segments:
        yield from _table(found.segments[:_MOST], counted=as_of is not None)
        yield ""
        if len(found.segments) > _MOST:
            yield from (f"And {len(found.segments) - _MOST:,} more.", "")
    yield f"{_capital(summary(found))}."
    if as_of is not None:
        yield f"Members as of {as_of}."
    parts = list(_parts(found, zone))
    room, shown = _ROOM, 0
    for part in parts:
        room -= sum(len(line) + 1 for line in part)
        if room < 0:
            break
        yield from part
        shown += 1
    if shown < len(parts):
        yield ""
        left = len(parts) - shown
        yield f"The details of {left:,} more are left out: `segql diff` tells them."


def _parts(found: Changes, zone: str) -> Iterator[list[str]]:
    """What is folded below the table."""
    for file, said in found.shared.items():
        yield [*_folded(f"{code(file + '.seg')}: shared", _words(said))]
    if found.catalog:
        lines = [
            f"{_MARKS[mark]} {text}" for mark, text in map(entry_line, found.catalog)
        ]
        yield [*_folded("The catalog", fenced(lines, "diff"))]
    for each in found.segments:
        body = list(_details(each, zone))
        if body:
            head = f"{code(name_of(each))}: {plain(headline(each)[0])}"
            yield [*_folded(head, body)]


def _table(segments: Iterable[Difference], counted: bool) -> Iterator[str]:
    heads = ["segment", "change", "meaning"]
    rules = ["---"] * 3
    if counted:
        heads += ["before", "now", "enter", "leave"]
        rules += ["--:"] * 4
    yield _row(heads)
    yield _row(rules)
    for each in segments:
        meaning = ""
        if each.meaning is not None:
            meaning = VERDICTS[each.meaning.verdict]
        kind = "mistakes" if each.kind == "broken" else each.kind
        cells = [code(name_of(each)), kind, meaning]
        if counted:
            moved = each.moved
            cells += (
                [f"{n:,}" for n in (moved.old, moved.new, moved.enter, moved.leave)]
                if moved is not None
                else ["–"] * 4
            )
        yield _row(cells)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _details(each: Difference, zone: str) -> Iterator[str]:
    if each.causes:
        yield f"Through {', '.join(map(code, each.causes))}."
        yield ""
    if each.conditions is not None:
        top = each.conditions
        if top.kept + len(top.changes) > 1:
            yield "All of:" if top.join == "and" else "One of:"
            yield ""
        lines = [line for change in top.changes for line in condition_lines(change)]
        yield from fenced((f"{_MARKS[mark]} {text}" for mark, text in lines), "diff")
        if top.kept:
            yield f"and {top.kept:,} as before"
            yield ""
    yield from _words(each.wordings)
    for side, errors in zip(("old", "new"), each.errors, strict=True):
        for error in errors:
            yield f"- the {side} one: {error.code}: {plain(error.message)}"
        if errors:
            yield ""
    if each.moved is not None:
        yield from _numbers(each.moved, each.conditions)
    if each.uncounted:
        yield from (plain(each.uncounted), "")
    if each.meaning is not None and tells(each):
        for word, way in (
            ("enters", each.meaning.enters),
            ("leaves", each.meaning.leaves),
        ):
            yield from _said(word, way, zone)


def _words(said: Iterable[Wording]) -> Iterator[str]:
    for each in said:
        yield f"{code(each.what)}"
        yield ""
        lines = [f"- {each.old}"] if each.old is not None else []
        lines += [f"+ {each.new}"] if each.new is not None else []
        yield from fenced(lines, "diff")


def _said(word: str, way: Way, zone: str) -> Iterator[str]:
    match way:
        case Nobody(assumed):
            yield f"Nobody {word}{plain(assuming(assumed))}."
        case Open(why):
            yield f"Whether somebody {word} is unknown: {plain('; '.join(why))}."
        case Somebody():
            notes = "; ".join(example_notes(way, zone))
            yield f"{_capital(word)}, for one, {plain(notes)}:"
            yield ""
            yield from fenced(example_lines(way), "")
            return
    yield ""


def _numbers(found: Moved, top: Conditions | None) -> Iterator[str]:
    ways = (
        ("enter", found.enter, found.entering, found.entered),
        ("leave", found.leave, found.leaving, found.left),
    )
    yield f"Members: {found.old:,} → {found.new:,}."
    yield ""
    for word, count, by, keys in ways:
        yield f"- {count:,} {word}"
        for each in by if count else ():
            which = "the new" if each.is_new else "the old"
            words = by_words(each, top).removesuffix(":")
            yield f"  - {words}: {which} {code(each.condition.shown)}"
        if keys:
            more = ", …" if count > len(keys) else ""
            yield f"  - {', '.join(map(code, keys))}{more}"
    yield ""


def _folded(head: str, body: Iterable[str]) -> Iterator[str]:
    yield from ("", f"<details><summary>{head}</summary>", "")
    lines = list(body)
    while lines and not lines[-1]:
        lines.pop()
    yield from lines
    yield from ("", "</details>")


def fenced(lines: Iterable[str], language: str) -> Iterator[str]:
    """Lines as they are; the fence is longer than any inside."""
    shown = [harmless(line.replace("\n", " ")) for line in lines]
    longest = max(
        (len(run) for line in shown for run in re.findall("`+", line)), default=0
    )
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}{language}", *shown, fence, "")


def code(text: str) -> str:
    """A text of somebody's as code: nothing in it is a sign of Markdown or HTML."""
    return f"<code>{plain(text)}</code>"


def plain(text: str) -> str:
    """A text in which nothing is a sign of Markdown or HTML, nor a name to call."""
    shown = harmless(text.replace("\n", " "))
    return _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", shown)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
