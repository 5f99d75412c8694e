"""A project's segments in, notes out on those that are equal, or part of another."""

from collections.abc import Callable, Mapping

from segql.diagnostics import Diagnostic, Report
from segql.library import Checked, Library
from segql.messages import meaning
from segql.model import nodes as mdl
from segql.model.allow import silenced
from segql.reason.pairs import compared
from segql.source import Span
from segql.syntax import definitions as defs


def compared_segments(library: Library) -> dict[str, tuple[Diagnostic, ...]]:
    """What there is to say of each file, by its name.

    A segment with a parameter means something else with every value of it, and one
    with mistakes nothing: they are left out.
    """
    files: dict[str, Checked] = {}
    rules: dict[str, mdl.Rule] = {}
    for name, (file, part) in library.index.segments.items():
        checked = files.setdefault(file, library.file(file))
        rule = checked.meaning.parts.get(part) if part else checked.rule
        definition = checked.definition
        if definition is None or rule is None or not checked.report.ok:
            continue
        if not defs.has_params(definition):
            rules[name] = rule
    reports: dict[str, Report] = {}
    found = compared(rules, library.world)
    for one, other in found.equal:
        _say(library, files, reports, other, meaning.equal_segments, one)
    for narrow, wide in found.contained:
        _say(library, files, reports, narrow, meaning.contained, wide)
    return {
        file: tuple(each for each in report.diagnostics if not silenced(report, each))
        for file, report in reports.items()
    }


def _say(
    library: Library,
    files: Mapping[str, Checked],
    reports: dict[str, Report],
    name: str,
    message: Callable[[str, Span], Diagnostic],
    other: str,
) -> None:
    file, part = library.index.segments[name]
    report = reports.setdefault(file, Report(files[file].source))
    report.add(message(other, _place(files[file], part)))


def _place(checked: Checked, part: str | None) -> Span:
    """The name of a segment, or its first word where it has no header."""
    definition = checked.definition
    assert definition is not None
    for stage in definition.parts:
        if stage.name.name == part:
            return stage.name.span
    if definition.header is not None:
        return definition.header.name.span
    assert definition.rule is not None
    return definition.rule.span
