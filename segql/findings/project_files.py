"""A project's own files in, read as far as their mistakes allow; with all that its
definition files can name."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from segql.catalog.load import PROJECT_FILE, load_catalog, load_project_file
from segql.catalog.project_nodes import Levels
from segql.diagnostics import Report, SegqlError
from segql.library import Library, files_below, read_source
from segql.messages import names as messages
from segql.model.bind import bind
from segql.model.world import World


class ProjectFiles:
    """`library` is None where the catalog can't be read. `reports` has the project file
    and the catalog, with what is wrong in each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / PROJECT_FILE
        self.catalog = folder / "catalog.yaml"
        self.segments = folder / "segments"
        self.levels = Levels()
        self.library: Library | None = None
        self.reports = self._read()

    @cached_property
    def paths(self) -> list[Path]:
        """All definition files of the project."""
        return files_below(self.segments)

    def world(self) -> Iterable[str]:
        """The texts that say what the definition files can mean."""
        for path, report in self.reports:
            if path == self.catalog and report.source is not None:
                yield report.source.text
        yield str(self.segments)

    def _read(self) -> list[tuple[Path, Report]]:
        report = _opened(self.file)
        file = load_project_file(report.source, report) if report.source else None
        if file is not None:
            self.catalog = self.folder / file.catalog
            self.segments = self.folder / file.segments
            self.levels = file.levels
        reports = [(self.file, report)]
        if file is not None or self.catalog.exists():
            reports.append((self.catalog, self._read_catalog(report)))
        return reports

    def _read_catalog(self, above: Report) -> Report:
        report = _opened(self.catalog)
        catalog = load_catalog(report.source, report) if report.source else None
        world = bind(catalog, report) if catalog is not None else None
        if world is not None and report.ok:
            self.library = _library(world, self.segments, self.paths, above)
        return report


def _opened(path: Path) -> Report:
    try:
        return Report(read_source(path))
    except SegqlError as error:
        return Report(None, list(error.diagnostics))


def _library(world: World, folder: Path, paths: list[Path], report: Report) -> Library:
    """All definition files by name; two of one name are told of, the first is kept."""
    library = Library(world, folder)
    for path in paths:
        first = library.files.setdefault(path.stem, path)
        if first is not path:
            places = (str(each.relative_to(folder)) for each in (first, path))
            report.diagnostics.append(messages.two_files(path.stem, *places))
    return library
