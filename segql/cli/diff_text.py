"""Differences in, the lines for a person out."""

from collections.abc import Iterator

from segql.cli.output import harmless, paint
from segql.cli.table import cut
from segql.cli.what import shown_instant
from segql.insight.diff_nodes import (
    By,
    Change,
    Changes,
    Conditions,
    Difference,
    Meaning,
    Moved,
    Nobody,
    Open,
    Somebody,
    Verdict,
    Way,
    Wording,
)

VERDICTS: dict[Verdict, str] = {
    "equal": "equal",
    "wider": "wider",
    "narrower": "narrower",
    "neither": "neither wider nor narrower",
    "unknown": "unknown",
}
_TONES = {
    "equal": "green",
    "wider": "yellow",
    "narrower": "yellow",
    "neither": "yellow",
    "unknown": "red",
}
_MOST = 96
"""Where an example is cut; it stands in the file."""
_MARKS = {"-": "red", "+": "green", "~": "yellow"}


def page(found: Changes, zone: str) -> Iterator[str]:
    """All that changed between two states, segment by segment."""
    yield f"{found.old} → {found.new}"
    yield ""
    if found.catalog:
        yield "    the catalog"
    for wording in found.catalog:
        yield _marked(*entry_line(wording))
    for file, said in found.shared.items():
        for wording in said:
            yield from _wording(wording, f"{file}.seg: ")
    if found.catalog or found.shared:
        yield ""
    for each in found.segments:
        yield from told(each, zone)
        yield ""
    yield summary(found)


def summary(found: Changes) -> str:
    """How many segments changed, and in what."""
    if not found.segments:
        many = f"{found.same:,} {'segment' if found.same == 1 else 'segments'}"
        return f"no segment changed; {many} as before"
    kinds: dict[str, int] = {}
    for each in found.segments:
        kinds[each.kind] = kinds.get(each.kind, 0) + 1
    parts = [f"{count:,} {_KINDS.get(kind, kind)}" for kind, count in kinds.items()]
    return f"{', '.join(parts)}; {found.same:,} as before"


_KINDS = {"broken": "with mistakes", "layout": "in comments and layout"}


def told(each: Difference, zone: str) -> Iterator[str]:
    """One segment: a head, what changed in words, what it means."""
    head, tone = headline(each)
    yield f"{paint(harmless(name_of(each)), 'bold')}: {paint(head, tone)}"
    body = list(_body(each, zone))
    if body:
        yield ""
        yield from body


def name_of(each: Difference) -> str:
    if each.old is not None and each.new is not None and each.old != each.new:
        return f"{each.old} → {each.new}"
    return each.name


def headline(each: Difference) -> tuple[str, str]:
    """What became of it in a few words, and in which colour."""
    match each.kind:
        case "broken":
            sides = [s for s, e in zip(("old", "new"), each.errors, strict=True) if e]
            return f"the {' and the '.join(sides)} one has mistakes", "red"
        case "layout" if each.meaning is None:
            return "only comments and layout differ", "green"
        case "layout":
            return "equal, only comments and layout differ", "green"
        case "same":
            return "equal, nothing differs", "green"
        case "added" | "removed":
            wrong = ", with mistakes" if any(each.errors) else ""
            return each.kind + wrong, "red" if wrong else "yellow"
        case "reworded" if each.meaning is None:
            return reworded(each), "green"
        case "reworded":
            return f"equal, {reworded(each)}", "green"
        case "renamed":
            return "renamed", "green"
        case _:
            assert each.meaning is not None
            verdict = each.meaning.verdict
            affected = "affected, " if each.kind == "affected" else ""
            return affected + VERDICTS[verdict], _TONES[verdict]


def reworded(each: Difference) -> str:
    """What changed where the meaning did not."""
    if each.conditions or not each.wordings:
        return "said in another way"
    kinds = dict.fromkeys(map(_kind, each.wordings))
    *first, last = kinds
    some = f"{', '.join(first)} and {last}" if first else last
    return f"only {some} changed"


def _kind(each: Wording) -> str:
    kind = each.what.partition(" ")[0]
    return f"{kind}s" if kind in ("let", "param", "example") else each.what


def _body(each: Difference, zone: str) -> Iterator[str]:
    if each.causes:
        yield f"    through {harmless(', '.join(each.causes))}"
    if each.conditions is not None:
        yield from _conditions(each.conditions)
    for wording in each.wordings:
        yield from _wording(wording)
    for side, errors in zip(("old", "new"), each.errors, strict=True):
        for error in errors:
            place = ""
            if error.source is not None:
                row, column = error.source.position(error.span.start)
                place = f" ({error.source.name}:{row}:{column})"
            text = f"the {side} one: {error.code}: {error.message}{place}"
            yield f"    {harmless(text)}"
    if each.moved is not None:
        yield from _moved(each.moved, each.conditions)
    if each.uncounted is not None:
        yield f"    not counted: {each.uncounted}"
    if each.meaning is not None and tells(each):
        lines = list(_meaning(each.meaning, zone))
        if lines and (each.conditions or each.wordings or each.causes or each.moved):
            yield ""
        yield from lines


def tells(each: Difference) -> bool:
    """Whether what it means is worth telling."""
    if each.kind == "reworded":
        return each.conditions is not None
    return each.kind not in ("layout", "same", "renamed")


# ---- in words


def _conditions(found: Conditions) -> Iterator[str]:
    if found.kept + len(found.changes) > 1:
        yield "    all of" if found.join == "and" else "    one of"
    for change in found.changes:
        yield from (_marked(mark, text) for mark, text in condition_lines(change))
    if found.kept:
        were = "it was" if found.kept == 1 else "they were"
        yield f"      and {found.kept:,} as {were}"


def condition_lines(change: Change) -> Iterator[tuple[str, str]]:
    """What was taken out and put in, each with its sign."""
    if change.silent and change.new is not None:
        because = f"  (through {', '.join(change.because)})" if change.because else ""
        yield "~", change.new.shown + because
        return
    if change.old is not None:
        yield "-", change.old.shown
    if change.new is not None:
        yield "+", change.new.shown


def entry_line(each: Wording) -> tuple[str, str]:
    """An entry of the catalog: its sign, and what of it is another now."""
    if each.old is None or each.new is None:
        return "+" if each.old is None else "-", each.what
    return "~", f"{each.what}: {each.new}"


def _wording(each: Wording, before: str = "") -> Iterator[str]:
    yield f"    {harmless(before + each.what)}"
    most = _MOST if each.what.startswith("example") else 10_000
    if each.old is not None:
        yield _marked("-", cut(each.old, most))
    if each.new is not None:
        yield _marked("+", cut(each.new, most))


def _marked(mark: str, text: str) -> str:
    shown = harmless(text.replace("\n", " "))
    return f"  {paint(f'{mark} {shown}', _MARKS[mark])}"


# ---- in meaning


def _meaning(found: Meaning, zone: str) -> Iterator[str]:
    if isinstance(found.enters, Nobody) and isinstance(found.leaves, Nobody):
        yield "  nobody enters, nobody leaves" + _assumed(found)
        return
    if found.enters == found.leaves:
        yield from _way(found.enters, "enters or leaves", zone)
        return
    ways = [(found.enters, "enters"), (found.leaves, "leaves")]
    ways.sort(key=lambda each: not isinstance(each[0], Nobody))
    for way, word in ways:
        yield from _way(way, word, zone)


def _way(way: Way, word: str, zone: str) -> Iterator[str]:
    match way:
        case Nobody(assumed):
            yield f"  nobody {word}{assuming(assumed)}"
        case Open(why):
            yield f"  whether somebody {word} is unknown: {'; '.join(why)}"
        case Somebody():
            lines = [harmless(line) for line in example_lines(way)]
            alone = f" {lines.pop()}" if len(lines) == 1 else ""
            yield f"  {word}, for one:{alone}"
            yield from (f"    {line}" for line in lines)
            for note in example_notes(way, zone):
                yield f"    {note}"


def example_lines(way: Somebody) -> list[str]:
    if way.text == "()":
        return ["a customer of whom nothing is known"]
    return way.text.split("\n")


def example_notes(way: Somebody, zone: str) -> Iterator[str]:
    """As of when, and beside whom."""
    witness = way.witness
    yield f"as of {shown_instant(witness.as_of, zone)} ({zone})"
    others = len(witness.before) + len(witness.after)
    if others:
        same = witness.customer in (*witness.before, *witness.after)
        who = "just like them" if same else "of whom nothing is known"
        yield f"with the key {witness.key}, beside {others} others {who}"


def _assumed(found: Meaning) -> str:
    assert isinstance(found.enters, Nobody)
    assert isinstance(found.leaves, Nobody)
    both = dict.fromkeys([*found.enters.assumed, *found.leaves.assumed])
    return assuming(tuple(both))


def assuming(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    some = ", ".join(f"`{name}`" for name in names)
    return f", if the data holds what the catalog lists for {some}"


# ---- in numbers


def _moved(found: Moved, top: Conditions | None) -> Iterator[str]:
    yield f"    members: {found.old:,} → {found.new:,}"
    ways = (
        ("enter", found.enter, found.entering, found.entered),
        ("leave", found.leave, found.leaving, found.left),
    )
    for word, count, by, keys in ways:
        verb = f"{word}s" if count == 1 else word
        yield f"    {count:,} {verb}{':' if by and count else ''}"
        for each in by if count else ():
            mark = "+" if each.is_new else "-"
            text = harmless(each.condition.shown)
            yield f"      {by_words(each, top)} {mark} {text}"
        if keys:
            more = ", …" if count > len(keys) else ""
            yield f"      {harmless(', '.join(keys))}{more}"


def by_words(each: By, top: Conditions | None) -> str:
    """`12 failed, 10 this alone:`, of an old condition; `12 fail` of a new one."""
    both = top is None or top.join == "and"
    now, before = ("fail", "failed") if both else ("pass", "passed")
    verb = now if each.is_new else before
    alone = f", {each.alone:,} this alone" if each.alone != each.count else ""
    return f"{each.count:,} {verb}{alone}:"
