"""`segql check`: files in, everything that is wrong or doubtful in them out."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from segql import __version__
from segql.cli import output
from segql.cli.project_folder import projects_of
from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.findings.check import check_files
from segql.findings.found import Found, Looked
from segql.findings.levels import levelled, seen_from
from segql.findings.project_files import ProjectFiles
from segql.findings.store import code_of, opened
from segql.library import definition_files, files_below, read_source
from segql.messages import usage
from segql.syntax.parse import parse


def run(asked: Namespace) -> int:
    _sound(asked)
    projects = projects_of(asked.project, [Path(path) for path in asked.paths])
    if asked.fix or asked.diff:
        from segql.cli.check_fix import fix

        would = [fix(folder, paths, asked) for folder, paths in projects.items()]
        if asked.diff:
            return max(would)
    cached = not asked.no_cache
    every = [
        check(each, paths, cached=cached, compare=asked.compare)
        for each, paths in projects.items()
    ]
    found = Found(tuple(file for one in every for file in one.looked), __version__)
    _tell(found, asked)
    code = output.exit_code(found.diagnostics)
    return 1 if asked.strict and found.warnings and not code else code


def _sound(asked: Namespace) -> None:
    """Refuses options that do not go together."""
    if asked.statistics and asked.format not in ("text", "json"):
        message = f"there are no statistics as {asked.format}"
        raise SegqlError([usage.misused(message, "`--format text` or `json` has them")])
    if asked.diff and (asked.statistics or asked.output or asked.format != "text"):
        message = "`--diff` shows changes, and no findings"
        raise SegqlError([usage.misused(message, "ask for one of these at a time")])


def check(
    folder: Path, paths: list[Path], *, cached: bool = True, compare: bool = False
) -> Found:
    """Checks some files, or all of a project's; compares all with each other, if asked.

    Where the catalog can't be read, definition files are only read for their grammar.
    """
    project = ProjectFiles(folder)
    looked = []
    named = {path.resolve() for path in paths}
    for path, report in project.reports:
        asked = not paths or path.resolve() in named
        if asked or report.diagnostics:
            looked.append(_looked(project, path, report.diagnostics, asked))
    files = list(definition_paths(paths, project))
    if project.library is None:
        found = [tuple(_grammar(file)) for file in files]
    else:
        world = (*project.world(), code_of())
        store = opened(project.folder, world) if cached else None
        found = check_files(files, project.library, store)
        if compare:
            from segql.findings.compared import compared_segments

            more = compared_segments(project.library)
            found = [
                (*each, *more.get(file.stem, ()))
                for file, each in zip(files, found, strict=True)
            ]
    looked += [
        _looked(project, file, each) for file, each in zip(files, found, strict=True)
    ]
    return Found(tuple(looked), __version__)


def _looked(
    project: ProjectFiles,
    path: Path,
    found: list[Diagnostic] | tuple[Diagnostic, ...],
    asked: bool = True,
) -> Looked:
    if found:
        place = seen_from(project.folder, path)
        found = levelled(found, project.levels, place)
    ordered = sorted(found, key=lambda each: each.span.start)
    return Looked(str(path), tuple(ordered), asked)


def definition_paths(paths: list[Path], project: ProjectFiles) -> Iterator[Path]:
    """The definition files that are asked for, without the project's own files."""
    if not paths:
        yield from project.paths
        return
    own = {path.resolve() for path in (project.file, project.catalog)}
    for file in definition_files_of(paths, project.segments):
        if file.resolve() not in own:
            yield file


def definition_files_of(paths: list[Path], segments: Path) -> Iterator[Path]:
    """The definition files that are asked for, each once; without paths all."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise SegqlError([usage.no_such_path(str(path)) for path in missing])
    if not paths:
        yield from files_below(segments)
        return
    seen = set()
    for path in paths:
        for file in definition_files(path):
            if (place := file.resolve()) not in seen:
                seen.add(place)
                yield file


def _grammar(file: Path) -> list[Diagnostic]:
    try:
        report = Report(read_source(file))
        assert report.source is not None
        parse(report.source, report)
        return report.diagnostics
    except SegqlError as error:
        return list(error.diagnostics)


def _tell(found: Found, asked: Namespace) -> None:
    if asked.format == "text":
        _tell_people(found, asked)
    else:
        from segql.findings.formats import FORMATS, statistics_as_json

        write = statistics_as_json if asked.statistics else FORMATS[asked.format]
        _put(write(found), asked.output)
    output.note(_summary(found))


def _tell_people(found: Found, asked: Namespace) -> None:
    """Findings beside the answer, as those of any command; statistics as the answer."""
    if asked.statistics:
        text = _statistics(found)
    elif asked.output is None:
        output.fail(found.diagnostics)
        if found.diagnostics:
            output.note("")
        return
    else:
        from segql.diagnostics import render

        text = "\n\n".join(map(render, found.diagnostics)) + "\n"
        text = text if found.diagnostics else ""
    _put(text, asked.output)


def _statistics(found: Found) -> str:
    from segql.findings.found import title_of

    wide = max((len(f"{count:,}") for _, count in found.counts), default=0)
    lines = (
        f"{count:>{wide},}  {code}  {title_of(code)}" for code, count in found.counts
    )
    return "".join(f"{line}\n" for line in lines)


def _put(text: str, file: str | None) -> None:
    content = text.encode("utf-8", "replace")
    if file is None:
        output.data(content)
        return
    from segql.engines.written import written

    with written(Path(file)) as to:
        to.write(content)


def count_of(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _summary(found: Found) -> str:
    errors, warnings = found.errors, found.warnings
    parts = [
        count_of(found.files, "file"),
        output.paint(count_of(errors, "error"), "red" if errors else "dim", sys.stderr),
        output.paint(
            count_of(warnings, "warning"), "yellow" if warnings else "dim", sys.stderr
        ),
    ]
    return ", ".join(parts)
