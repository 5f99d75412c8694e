"""`segql check`: files in, everything that is wrong or doubtful in them out."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from segql.catalog.load import load_catalog, load_project_file
from segql.cli import output
from segql.cli.what import find_project
from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.library import Library, definition_files, files_below, read_source
from segql.messages import names as name_messages
from segql.messages import usage
from segql.model.bind import bind
from segql.model.world import World
from segql.project import PROJECT_FILE
from segql.syntax.parse import parse


def run(asked: Namespace) -> int:
    found = check(find_project(asked.project), [Path(path) for path in asked.paths])
    output.fail(found.diagnostics)
    errors = sum(each.severity == "error" for each in found.diagnostics)
    warnings = len(found.diagnostics) - errors
    if found.diagnostics:
        output.note("")
    output.note(_summary(found.files, errors, warnings))
    code = output.exit_code(found.diagnostics)
    return 1 if asked.strict and warnings and not code else code


@dataclass
class Found:
    """How many files were read, and what was found in them, in their order."""

    files: int = 0
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostics: list[Diagnostic], *, file: bool = True) -> None:
        self.files += file
        self.diagnostics += sorted(diagnostics, key=lambda each: each.span.start)


def check(folder: Path, paths: list[Path]) -> Found:
    """Checks some files, or all of a project's.

    Where the catalog can't be read, definition files are only read for their grammar.
    """
    found = Found()
    whole = not paths
    project = _Project(folder)
    own = {path.resolve() for path in (folder / PROJECT_FILE, project.catalog)}
    named = {path.resolve() for path in paths}
    for path, report in project.read():
        asked = whole or path.resolve() in named
        if asked or report.diagnostics:
            found.add(report.diagnostics, file=asked)
    for file in definition_files_of(paths, project.segments):
        if file.resolve() not in own:
            found.add(_definition(file, project.library))
    return found


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
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _definition(file: Path, library: Library | None) -> list[Diagnostic]:
    try:
        if library is not None:
            return list(library.read(file).findings)
        report = Report(read_source(file))
        assert report.source is not None
        parse(report.source, report)
        return report.diagnostics
    except SegqlError as error:
        return list(error.diagnostics)


class _Project:
    """A project's own files, read as far as their mistakes allow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalog = folder / "catalog.yaml"
        self.segments = folder / "segments"
        self.library: Library | None = None
        self._reports = self._read()

    def read(self) -> list[tuple[Path, Report]]:
        """The project file and the catalog, with what is wrong in each."""
        return self._reports

    def _read(self) -> list[tuple[Path, Report]]:
        place = self.folder / PROJECT_FILE
        report = _opened(place)
        file = load_project_file(report.source, report) if report.source else None
        if file is not None:
            self.catalog = self.folder / file.catalog
            self.segments = self.folder / file.segments
        reports = [(place, report)]
        if file is not None or self.catalog.exists():
            reports.append((self.catalog, self._read_catalog(report)))
        return reports

    def _read_catalog(self, above: Report) -> Report:
        report = _opened(self.catalog)
        catalog = load_catalog(report.source, report) if report.source else None
        world = bind(catalog, report) if catalog is not None else None
        if world is not None and report.ok:
            self.library = _library(world, self.segments, above)
        return report


def _opened(path: Path) -> Report:
    try:
        return Report(read_source(path))
    except SegqlError as error:
        return Report(None, list(error.diagnostics))


def _library(world: World, folder: Path, report: Report) -> Library:
    """All definition files by name; two of one name are told of, the first is kept."""
    library = Library(world, folder)
    for path in files_below(folder):
        first = library.files.setdefault(path.stem, path)
        if first is not path:
            places = (str(each.relative_to(folder)) for each in (first, path))
            report.diagnostics.append(name_messages.two_files(path.stem, *places))
    return library


def count_of(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _summary(files: int, errors: int, warnings: int) -> str:
    parts = [
        count_of(files, "file"),
        output.paint(count_of(errors, "error"), "red" if errors else "dim", sys.stderr),
        output.paint(
            count_of(warnings, "warning"), "yellow" if warnings else "dim", sys.stderr
        ),
    ]
    return ", ".join(parts)
