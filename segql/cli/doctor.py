"""`segql doctor`: a project in, what is wrong between catalog and data out."""

import sys
from argparse import Namespace
from pathlib import Path

from segql.cli import output
from segql.cli.progress import Progress
from segql.cli.what import find_project, instant, shown_instant
from segql.diagnostics import Diagnostic
from segql.project import Project, as_instant


def run(asked: Namespace) -> int:
    from segql.warehouse.doctor import examine

    project = Project.load(find_project(asked.project))
    zone = project.catalog.entity.zone
    as_of = as_instant(instant(asked.as_of), zone)
    with project.connect(asked.on) as connection, Progress("looking through the data"):
        tables = len(connection.tables())
        engine = connection.engine
        findings = examine(project.catalog, connection, as_of)
    findings.sort(key=lambda each: each.severity != "error")
    output.say()
    output.say(f"  {output.paint(engine, 'bold')}, {_count(tables, 'table')}")
    moment = f"as of {shown_instant(as_of, zone)} ({zone})"
    output.say("  " + output.paint(moment, "dim"))
    output.say()
    faults = [each.diagnostic for each in findings if each.severity == "error"]
    notes = [each.diagnostic for each in findings if each.severity == "warning"]
    for fault in faults:
        output.say(output.pretty(fault, sys.stdout))
        output.say()
    for line in _brief(notes):
        output.say(line)
    output.say("  " + _summary(len(faults), len(notes)))
    output.say()
    return 1 if faults else 0


def _brief(notes: list[Diagnostic]) -> list[str]:
    """What is good to know, a line each."""
    if not notes:
        return []
    places = [_place(note) for note in notes]
    size = max(map(len, places))
    lines = [
        f"  {output.paint(note.code, 'yellow')}"
        f"  {output.paint(place.ljust(size), 'dim')}"
        f"  {output.harmless(note.message)}"
        for note, place in zip(notes, places, strict=True)
    ]
    codes = dict.fromkeys(note.code for note in notes)
    more = f"  `segql explain {next(iter(codes))}` says what that means"
    return [*lines, "", output.paint(more, "dim"), ""]


def _place(note: Diagnostic) -> str:
    if note.source is None:
        return ""
    row, _ = note.source.position(note.span.start)
    return f"{output.harmless(Path(note.source.name).name)}:{row}"


def _summary(faults: int, notes: int) -> str:
    if not faults and not notes:
        return output.paint("all is well: the catalog and the data agree", "green")
    parts = [
        output.paint(_count(faults, "fault"), "red")
        if faults
        else output.paint("no faults", "green"),
        f"{_count(notes, 'thing')} to know" if notes else "",
    ]
    return ", ".join(filter(None, parts))


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
