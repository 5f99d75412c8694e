"""`segql verify`: two connections in, whether each segment's members agree out."""

import json
from argparse import Namespace
from pathlib import Path

from segql.cli import output
from segql.cli.progress import Progress
from segql.cli.run import sink
from segql.cli.table import Column, table
from segql.cli.what import (
    find_project,
    instant,
    named,
    parameters,
    several_in,
    shown_instant,
)
from segql.diagnostics import Diagnostic, SegqlError
from segql.library import definition_files
from segql.messages import usage
from segql.project import Project, Segment, as_instant
from segql.verify.nodes import Comparison, Difference, Reason, Side, Verdict

_VERDICTS: dict[Verdict, str] = {
    "data": "the data differs",
    "rounding": "doubles differ in their last digits: the order of a sum decides these",
    "others": "all that is read of this customer is equal; the rule compares customers"
    " with each other",
    "again": "asked again, both sides agree: the data has changed meanwhile",
    "segql": "all that the rule reads is equal and the answer is not: this is a mistake"
    " in segql, please report the rule and the catalog, without data",
    "unknown": "not looked at",
}


def run(asked: Namespace) -> int:
    project = Project.load(find_project(asked.project))
    names = _two(project, asked.on)
    segments, wrong = _segments(project, asked)
    found: list[Comparison] = []
    if segments:
        found += _compared(project, names, segments, asked, wrong)
    moment = None
    if segments:
        zone = project.catalog.entity.zone
        moment = f"{shown_instant(segments[0].as_of, zone)} ({zone})"
    styled = asked.format == "table"
    if found:
        with sink(asked.output, styled=styled) as to:
            if styled:
                to("\n".join(_page(found, names, moment, asked.show_values)).encode())
            else:
                whole = _json(found, names, moment, asked.show_values)
                to((json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode())
    output.fail(wrong)
    code = output.exit_code(wrong)
    return code or (0 if all(each.equal for each in found) else 1)


def _two(project: Project, names: list[str]) -> tuple[str, str]:
    """The names of two connections that there are."""
    for name in names:
        project.connection(name)
    if len(names) != 2 or names[0] == names[1]:
        help = "name two of the project's connections: `--on NAME --on NAME`"
        if len(project.connections) < 2:
            help = "the project has one connection; add another under `connections`"
        raise SegqlError([usage.misused("verify compares two connections", help)])
    return names[0], names[1]


def _segments(
    project: Project, asked: Namespace
) -> tuple[list[Segment], list[Diagnostic]]:
    """All that is asked for, and what is wrong with the rest of a folder."""
    as_of = as_instant(instant(asked.as_of), project.catalog.entity.zone)
    params = parameters(asked.param)
    found: list[Segment] = []
    wrong: list[Diagnostic] = []
    folders: list[Path] = []
    if not asked.what:
        folders.append(project.folder / project.file.segments)
    for what in asked.what:
        several = several_in(project, what)
        if several is not None:
            folders.append(several)
        else:
            found.append(named(project, what, as_of, params))
    for folder in folders:
        for file in definition_files(folder):
            try:
                found += project.compile_all(file, as_of=as_of, params=params)
            except SegqlError as error:
                wrong += error.diagnostics
    if not found and not wrong:
        help = "name a rule, a segment or a file"
        raise SegqlError([usage.misused("there are no segments to compare", help)])
    return found, wrong


def _compared(
    project: Project,
    names: tuple[str, str],
    segments: list[Segment],
    asked: Namespace,
    wrong: list[Diagnostic],
) -> list[Comparison]:
    """Each segment that can be compared; why the others can't goes to `wrong`."""
    from segql.verify.compare import compare

    found = []
    a, b = names
    with (
        project.connect(a) as one,
        project.connect(b) as other,
        Progress("", len(segments)) as progress,
    ):
        sides = Side(a, one), Side(b, other)
        for done, segment in enumerate(segments):
            progress.step(segment.name, done)
            try:
                found.append(compare(segment, *sides, asked.limit))
            except SegqlError as error:
                wrong += [each for each in error.diagnostics if each not in wrong]
                if any(each.code[:3] in ("E55", "E56") for each in error.diagnostics):
                    break  # a server that is gone is gone for the next segment, too
    return found


# The page for a person.


def _page(
    found: list[Comparison], names: tuple[str, str], moment: str | None, values: bool
) -> list[str]:
    a, b = names
    columns = [
        Column("segment"),
        Column("members"),
        Column(f"on {a}", right=True),
        Column(f"on {b}", right=True),
        Column(f"only {a}", right=True),
        Column(f"only {b}", right=True),
    ]
    cells = [
        [
            each.segment,
            "equal" if each.equal else "different",
            f"{each.first:,}",
            f"{each.second:,}",
            f"{each.only_first:,}",
            f"{each.only_second:,}",
        ]
        for each in found
    ]
    lines = ["", *table(columns, cells), ""]
    for note in dict.fromkeys(note for each in found for note in each.notes):
        lines += [f"  {output.harmless(note)}", ""]
    for each in found:
        lines += _why(each, names, values)
    apart = sum(not each.equal for each in found)
    said = f"equal: {_count(len(found), 'segment')}"
    if apart:
        said = f"different: {apart:,} of {_count(len(found), 'segment')}"
    tone = "red" if apart else "green"
    return [*lines, f"  {output.paint(said, tone)}, as of {moment}", "", ""]


def _why(each: Comparison, names: tuple[str, str], values: bool) -> list[str]:
    lines = []
    if each.repeated:
        lines.append(f"  {each.segment}: a side tells a member more than once")
    if each.reasons:
        lines.append("  " + output.paint(output.harmless(each.segment), "bold"))
    for reason in each.reasons:
        here = names[0] if reason.on_first else names[1]
        key = output.harmless(reason.key)
        lines.append(f"    {key}, only on {here}: {_VERDICTS[reason.verdict]}")
        lines += [f"      {_said(one, names, values)}" for one in reason.differences]
    more = each.only_first + each.only_second - len(each.reasons)
    if more and each.reasons:
        lines.append(output.paint(f"    and {more:,} more", "dim"))
    return [*lines, ""] if lines else []


def _said(each: Difference, names: tuple[str, str], values: bool) -> str:
    what = output.harmless(each.what)
    if not (values or each.shown):
        return f"{what}: differs"
    if each.first is None and each.second is None:
        return what
    first, second = (
        "missing" if text is None else output.harmless(text)
        for text in (each.first, each.second)
    )
    return f"{what}: {first} on {names[0]}, {second} on {names[1]}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


# The same for a machine.


def _json(
    found: list[Comparison], names: tuple[str, str], moment: str | None, values: bool
) -> dict[str, object]:
    return {
        "on": list(names),
        "as_of": moment,
        "equal": all(each.equal for each in found),
        "segments": [
            {
                "segment": each.segment,
                "equal": each.equal,
                "members": [each.first, each.second],
                "only": [each.only_first, each.only_second],
                "repeated": each.repeated,
                "notes": list(each.notes),
                "customers": [
                    _customer(reason, names, values) for reason in each.reasons
                ],
            }
            for each in found
        ],
    }


def _customer(
    reason: Reason, names: tuple[str, str], values: bool
) -> dict[str, object]:
    differences: list[dict[str, object]] = []
    for each in reason.differences:
        told: dict[str, object] = {"what": each.what}
        if values or each.shown:
            told["values"] = [each.first, each.second]
        differences.append(told)
    return {
        "key": reason.key,
        "only_on": names[0] if reason.on_first else names[1],
        "verdict": reason.verdict,
        "differences": differences,
    }
