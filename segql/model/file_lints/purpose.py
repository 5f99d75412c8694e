"""W310: something sensitive is read, and no purpose is stated that it is for."""

from collections.abc import Iterator
from typing import TypeAlias

from segql.catalog.nodes import Catalog
from segql.diagnostics import Diagnostic
from segql.messages import upkeep
from segql.model import nodes as mdl
from segql.model.extent import parts_of
from segql.model.file_lints.seen import Seen
from segql.source import Span


def without_purpose(seen: Seen) -> Iterator[Diagnostic]:
    """Each name once, where it first stands; also what another segment reads.

    Only of definition files: a rule of a call has no place for a purpose.
    """
    guarded = seen.known.guarded
    if not guarded or not seen.file:
        return
    header = seen.definition.header
    stated = header.purpose.name if header and header.purpose else None
    told: set[tuple[str, str]] = set()
    for rule in seen.rules:
        for key, through, span in _read(rule, seen.known.catalog):
            allowed = guarded.get(key)
            if allowed is None or stated in allowed or key in told:
                continue
            told.add(key)
            yield upkeep.without_purpose(
                key[1], through, allowed, header is not None, span
            )


_Read: TypeAlias = tuple[tuple[str, str], str | None, Span]
"""Where a name stands and the name, the segment that reads it, the place here."""


def _read(rule: mdl.Rule, catalog: Catalog) -> Iterator[_Read]:
    """All that a rule names."""
    left: list[tuple[mdl.Node, str, str | None, Span | None]] = [(rule, "", None, None)]
    while left:
        node, event, through, place = left.pop()
        span = place or node.span
        match node:
            case mdl.Attribute(name):
                yield ("", name), through, span
            case mdl.Property(name):
                yield (event, name), through, span
            case mdl.Selection(name):
                event = name
                yield (name, catalog.events[name].call_name), through, span
            case mdl.Aggregate(_, selection) | mdl.Pick(_, selection):
                event = selection.event
            case mdl.PerGroup(_, inner):
                event = inner.selection.event
            case mdl.Step() | mdl.Without():
                event = node.selection.event
                for own, _ in node.same:
                    yield (event, own), through, span
            case mdl.InSegment(name) if through is None:
                through, place = name, node.span
            case _:
                pass
        inside = reversed(parts_of(node))
        left += [(part, event, through, place) for part in inside]
