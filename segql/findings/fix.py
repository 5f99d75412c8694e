"""A text with findings in, the same text with what is sure put right out.

What is put right for an error must bring the text further than before. What is put
right for a warning must leave its meaning as it was; that is looked at, not believed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from segql.catalog.nodes import Catalog, Named
from segql.diagnostics import Diagnostic
from segql.library import Checked
from segql.model import nodes as mdl
from segql.model.examples import Example

_ROUNDS = 200

Check = Callable[[str], Checked]
Shown = Callable[[Checked], Sequence[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Fixed:
    """The text, and the findings that are gone from it because they were put right."""

    text: str
    done: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    start: int
    end: int
    text: str
    cause: Diagnostic


def fixed(text: str, check: Check, shown: Shown, catalog: Catalog) -> Fixed:
    """Puts right what is sure, and again what that brings to light.

    Args:
        check: reads and checks a text.
        shown: its findings, without those that the project has turned off.
    """
    done: list[Diagnostic] = []
    refused: set[tuple[str, str]] = set()
    checked = check(text)
    for _ in range(_ROUNDS):
        changes = [
            each
            for each in _changes(shown(checked))
            if (each.cause.code, text[each.start : each.end]) not in refused
        ]
        if not changes:
            break
        for some in ([changes] if len(changes) > 1 else []) + [[c] for c in changes]:
            after = _changed(text, some)
            then = check(after)
            if after != text and _sound(checked, then, some, catalog):
                done += [each.cause for each in some]
                text, checked = after, then
                break
        else:
            refused |= {(c.cause.code, text[c.start : c.end]) for c in changes}
    return Fixed(text, tuple(done))


def _changes(found: Sequence[Diagnostic]) -> list[_Change]:
    """What there is to do, none of it in the way of another; first the errors."""
    errors = [each for each in found if each.code.startswith("E")]
    changes: list[_Change] = []
    for each in errors or found:
        if each.fix is None or each.source is None:
            continue
        span = each.fix.span or each.span
        new = _Change(span.start, span.end, each.fix.text, each)
        if all(new.end <= c.start or c.end <= new.start for c in changes):
            changes.append(new)
    return sorted(changes, key=lambda each: each.start)


def _changed(text: str, changes: Sequence[_Change]) -> str:
    for each in reversed(changes):
        text = text[: each.start] + each.text + text[each.end :]
    return text


def _sound(
    before: Checked, after: Checked, changes: Sequence[_Change], catalog: Catalog
) -> bool:
    errors, left = before.report.errors, after.report.errors
    if not errors:
        return not left and _meaning(before, catalog) == _meaning(after, catalog)
    if after.definition is None:  # of mistakes of grammar only the first is told
        first = min(each.span.start for each in left) if left else 0
        return first >= max(each.start for each in changes)
    return before.definition is None or len(left) < len(errors)


# ---- what a text means


def _meaning(checked: Checked, catalog: Catalog) -> object:
    """All that a file defines, with the names that the catalog has now."""
    newer = {
        name: each.deprecated
        for known in _named(catalog)
        for name, each in known.items()
        if each.deprecated is not None
    }
    meaning = checked.meaning
    header = checked.header
    rules = (meaning.rule, *meaning.parts.values(), *meaning.written)
    lets = [getattr(each, "thing", None) for each in meaning.lets.values()]
    return (
        header and replace(header, span=header.span),
        tuple(meaning.parts),
        [_modern(rule, newer) for rule in rules],
        [_modern(each, newer) for each in lets],
        [_given(each, newer) for each in meaning.examples],
    )


def _named(catalog: Catalog) -> list[Mapping[str, Named]]:
    events = catalog.events.values()
    return [catalog.attributes, catalog.events, *(each.properties for each in events)]


def _given(example: Example, newer: Mapping[str, str]) -> object:
    """An example by the newer names; what happened in it as it was written."""
    given = {newer.get(name, name): value for name, value in example.attributes.items()}
    events = [repr(each) for each in example.events]
    for name, other in newer.items():
        events = [each.replace(f"'{name}'", f"'{other}'") for each in events]
    return example.title, example.inside, example.part, given, events


_T = TypeVar("_T")


def _modern(thing: _T, newer: Mapping[str, str]) -> _T:
    """The same with the successor in the place of each deprecated name."""
    if not newer:
        return thing
    if isinstance(thing, tuple):
        return tuple(_modern(each, newer) for each in thing)  # type: ignore[return-value]
    if not isinstance(thing, mdl.Node):
        return thing
    found: dict[str, object] = {}
    for each in fields(thing):
        part: object = getattr(thing, each.name)
        named = each.name == "event" or (
            each.name == "name" and isinstance(thing, mdl.Attribute | mdl.Property)
        )
        if named and isinstance(part, str):
            found[each.name] = newer.get(part, part)
        elif isinstance(part, mdl.Node | tuple):
            found[each.name] = _modern(part, newer)
    return replace(thing, **found)  # type: ignore[arg-type]
