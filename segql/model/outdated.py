"""A deprecated name that is used in, the warning about it out."""

from collections.abc import Mapping
from dataclasses import fields

from segql.catalog.nodes import Event, Named
from segql.diagnostics import Report
from segql.messages import lints
from segql.source import Span
from segql.syntax import nodes as syn


def outdated(
    used: Named, known: Mapping[str, Named], node: syn.Node, report: Report
) -> None:
    """Says what to write instead. Where the successor is read from the same place in
    the same way, it is sure to mean the same, and can be put there."""
    if used.deprecated is None:
        return
    name = used.call_name if isinstance(used, Event) else used.name
    place: Span | None = Span(node.span.end - len(name), node.span.end)
    written = report.source.slice(place) if report.source and place else ""
    if written != name or not _the_same(used, known.get(used.deprecated)):
        place = None
    report.add(lints.deprecated(name, used.deprecated, node.span, place))


_WORDS = {each.name for each in fields(Named)} - {"purposes"}


def _the_same(old: Named, new: Named | None) -> bool:
    """Whether two differ in nothing but their names and words for people."""
    if type(new) is not type(old):
        return False
    names = (each.name for each in fields(old) if each.name not in _WORDS)
    return all(getattr(old, name) == getattr(new, name) for name in names)
