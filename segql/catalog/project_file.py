"""The text of a project file in, what it says as plain values out."""

import re
from collections.abc import Mapping

from segql.catalog.connection_file import connection
from segql.catalog.faults import Findings, TooMany, read_form
from segql.catalog.masked import masked
from segql.catalog.project_forms import ProjectForm
from segql.catalog.project_nodes import ALONE, Connection, Levels, ProjectFile
from segql.catalog.yaml import Document, Path
from segql.diagnostics import Report
from segql.messages import codes
from segql.messages import connections as messages
from segql.source import Source

_LEAST = "connection: {engine: duckdb, files: data}"
_NAME = re.compile(r"\w[\w-]*")


def read_project_file(source: Source, report: Report) -> ProjectFile | None:
    """Reads a project file; None if anything is wrong with it.

    What is shown of the text, and kept of it, is without secrets.
    """
    findings = Findings()
    project = None
    safe = masked(source.text)
    shown = source if safe == source.text else Source(safe, source.name)
    try:
        filled = read_form(ProjectForm, source, findings, "project file", _LEAST)
        if filled:
            form, document = filled.form, filled.document
            found = _connections(form, document, findings)
            default = _default(form, found, document, findings)
            levels = _levels(form, document, findings)
            if default is not None:
                project = ProjectFile(
                    form.catalog,
                    form.segments,
                    found[default],
                    shown,
                    document.spans,
                    found,
                    levels,
                )
    except TooMany:
        pass
    findings.into(report, shown)
    return project if findings.ok else None


def _connections(
    form: ProjectForm, document: Document, report: Report
) -> dict[str, Connection]:
    if form.connection is not None and form.connections is not None:
        report.add(messages.two_ways(document.key(("connections",))))
    if form.connection is not None:
        return {ALONE: connection(form.connection, ("connection",), document, report)}
    found = {}
    for name, each in (form.connections or {}).items():
        at = ("connections", name)
        if not _NAME.fullmatch(name):
            report.add(messages.bad_connection_name(name, document.key(at)))
        found[name] = connection(each, at, document, report)
    if form.connections is None:
        report.add(messages.no_connection(_LEAST, document.span(())))
    elif not found:
        report.add(messages.empty_connections(document.key(("connections",))))
    return found


def _default(
    form: ProjectForm,
    found: dict[str, Connection],
    document: Document,
    report: Report,
) -> str | None:
    if form.default is not None and form.default not in found:
        at = document.span(("default",))
        report.add(messages.unknown_default(form.default, tuple(found), at))
        return None
    return form.default if form.default is not None else next(iter(found), None)


def _levels(form: ProjectForm, document: Document, report: Report) -> Levels:
    """What is said of warnings, of which each is one that there is."""
    within: list[tuple[str, Mapping[str, str]]] = []
    places: list[tuple[Path, Mapping[str, str]]] = [(("warnings",), form.warnings)]
    for where, inside in form.warnings_in.items():
        within.append((where, inside))
        places.append((("warnings_in", where), inside))
        if not where.strip("/ "):
            at = document.key(("warnings_in", where))
            report.add(messages.no_path(at))
    known = codes.of_check()
    for path, levels in places:
        for code in levels:
            if code not in known:
                at = document.key((*path, code))
                report.add(messages.unknown_warning(code, known, at))
    return Levels(dict(form.warnings), tuple(within))
