"""Why a rule came out as it did, as lines for people."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TextIO
from zoneinfo import ZoneInfo

from segql.cli.output import harmless, paint
from segql.cli.table import cut, width
from segql.insight.given import written
from segql.insight.nodes import Chosen, Judged, Seen, Stretch, Value, Why

_LEFT = 46
"""Where what was seen begins, if the condition beside it is short enough."""
_MOST = 100
_WORD = {True: "✓", False: "✗"}


def lines(trees: Iterable[Why], zone: str, stream: TextIO | None = None) -> list[str]:
    """The lines of some trees; times are shown in a zone.

    They are in colour where the stream shows any. `→` stands before what decides, `✓`
    before what is true, `✗` before what is not.
    """
    shown = _Lines(zone, stream)
    return ["  " + each for tree in trees for each in shown.tree(tree, 0)]


class _Lines:
    def __init__(self, zone: str, stream: TextIO | None) -> None:
        self.zone = ZoneInfo(zone)
        self.stream = stream

    def ink(self, text: str, style: str) -> str:
        return text if self.stream is None else paint(text, style, self.stream)

    def tree(self, why: Why, level: int) -> Iterator[str]:
        pointed = why.decides and not why.terms
        arrow = "→" if pointed else " "
        text = f"{why.name}: {why.text}" if why.name else why.text
        text = cut(harmless(text), _MOST - 2 * level)
        mark = self.ink(_WORD[why.true], "green" if why.true else "red")
        left = "  " * level + text
        beside = list(self.beside(why))
        words = left if pointed or why.terms else self.ink(left, "dim")
        if beside and not why.terms and width(left) <= _LEFT - 2:
            gap = " " * (_LEFT - width(left))
            yield f"{arrow} {mark} {words}{gap}{beside[0]}"
            beside = beside[1:]
        else:
            yield f"{arrow} {mark} {words}"
        for each in beside:
            yield " " * (4 + (_LEFT if not why.terms else 2 * level + 2)) + each
        for seen in why.seen:
            yield from self.events(seen, level + 1)
        for term in why.terms:
            yield from self.tree(term, level + 1)

    def beside(self, why: Why) -> Iterator[str]:
        """The values that a condition looked at, one a line."""
        for seen in why.seen:
            yield from self.seen(seen, why.text)
        for window in why.windows:
            yield f"{window.text}: {self.stretch(window)}"

    def seen(self, seen: Seen, above: str) -> Iterator[str]:
        if seen.chosen is not None and seen.counted:
            count = _count(seen.chosen)
            yield count if seen.text == above else f"{seen.text}: {count}"
        elif seen.value is None:
            yield f"{seen.text} is missing"
        else:
            yield f"{seen.text} = {self.value(seen.value)}"
        for part in seen.parts:
            yield from self.seen(part, above)

    def events(self, seen: Seen, level: int) -> Iterator[str]:
        """The events that were looked at, each with what is wrong with it."""
        for part in seen.parts:
            yield from self.events(part, level)
        if seen.chosen is None or not seen.chosen.of:
            return
        chosen, pad = seen.chosen, " " * (4 + 2 * level)
        if not seen.counted:
            yield f"{pad}{self.ink(f'{chosen.text}: {_count(chosen)}', 'dim')}"
        if chosen.of > len(chosen.events):
            many = f"the last {len(chosen.events)} of {chosen.of:,}:"
            yield pad + self.ink(many, "dim")
        for each in chosen.events:
            yield from self.event(each, chosen, pad)

    def event(self, each: Judged, chosen: Chosen, pad: str) -> Iterator[str]:
        mark = self.ink(_WORD[each.counts], "green" if each.counts else "red")
        said = [self.moment(each.time)] if each.time is not None else []
        told = dict(each.values)
        rows: list[Seen] = []
        if each.test is not None:
            for leaf in _leaves(each.test):
                told.update((s.text, s.value) for s in leaf.seen if not s.chosen)
                rows += [s for s in leaf.seen if s.chosen]
        told.pop("time", None)
        said += [self.named(name, value) for name, value in told.items()]
        said += [f"{row.text}: {_count(row.chosen)}" for row in rows if row.chosen]
        wrong = [f"not in {w.text} ({self.stretch(w)})" for w in each.outside]
        if each.test is not None and not each.test.true:
            failed = [leaf for leaf in _leaves(each.test) if leaf.decides]
            wrong += [f"not {leaf.text}" for leaf in failed]
        text = harmless(f"{chosen.event} {', '.join(said)}".rstrip())
        if wrong:
            text += self.ink(f"  – {harmless('; '.join(wrong))}", "dim")
        yield f"{pad}{mark} {text}"

    # ---- values

    def named(self, name: str, value: Value) -> str:
        if value is None:
            return f"{name} is missing"
        return f"{name} = {self.value(value)}"

    def value(self, value: Value) -> str:
        assert value is not None
        return cut(written(value, self.zone.key), 60)

    def moment(self, when: date) -> str:
        return written(when, self.zone.key)

    def stretch(self, window: Stretch) -> str:
        if window.start is None and window.end is None:
            return "always"
        if window.end is None:
            assert window.start is not None
            return f"from {self.edge(window.start)} on"
        if window.start is None:
            return f"before {self.edge(window.end)}"
        return f"from {self.edge(window.start)} until before {self.edge(window.end)}"

    def edge(self, when: date) -> str:
        """The start of a day is that day."""
        return self.moment(when).removesuffix("T00:00")


def _leaves(why: Why) -> Iterator[Why]:
    if not why.terms:
        yield why
    for term in why.terms:
        yield from _leaves(term)


def _count(chosen: Chosen) -> str:
    if not chosen.of:
        return "no events"
    return f"{chosen.count:,} of {chosen.of:,} event{'s' if chosen.of > 1 else ''}"
