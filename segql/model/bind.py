"""Catalog to world: the fixed filters of its events become rules."""

from dataclasses import replace

from segql.catalog.nodes import Catalog, Event
from segql.diagnostics import Diagnostic, Report
from segql.model.check import check_filter
from segql.model.nodes import Rule
from segql.model.world import World
from segql.source import Source, Span
from segql.syntax.parse import parse


def bind(catalog: Catalog, report: Report) -> World:
    """A catalog with its filters checked; mistakes point into the catalog's file."""
    filters: dict[str, Rule] = {}
    bare = World(catalog, {})
    for event in catalog.events.values():
        if event.where is None:
            continue
        findings = Report(Source(event.where, f"{catalog.source.name}: {event.name}"))
        assert findings.source
        definition = parse(findings.source, findings)
        if definition is not None and definition.rule is not None:
            rule = check_filter(definition.rule, event.name, bare, findings)
            if rule is not None and findings.ok:
                filters[event.name] = rule
        for found in findings.diagnostics:
            report.add(_placed(found, catalog, event))
    return World(catalog, filters)


def _placed(found: Diagnostic, catalog: Catalog, event: Event) -> Diagnostic:
    """The finding in the catalog's own text, if the filter stands there verbatim."""
    span = catalog.spans.get((*catalog.entry(event.name), "where"))
    if span is None or event.where is None:
        return found
    offset = catalog.source.text.find(event.where, span.start, span.end)
    if offset >= 0:
        span = Span(offset + found.span.start, offset + found.span.end)
    return replace(found, span=span, source=catalog.source)
