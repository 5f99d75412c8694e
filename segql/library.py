"""Definition files to checked rules: the segments of a project, each read once."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

from segql.diagnostics import Report, SegqlError
from segql.messages import names, reading
from segql.messages.plan import MAX_LEVELS, too_deep
from segql.model import nodes as mdl
from segql.model.check import check
from segql.model.lint import lint
from segql.model.scope import Params
from segql.model.world import World
from segql.source import Source, Span
from segql.syntax import nodes as syn
from segql.syntax.parse import parse

SUFFIX = ".seg"


@dataclass(frozen=True, slots=True)
class Checked:
    """A definition that was read: `rule` is None where there are errors, or no rule."""

    name: str
    source: Source
    definition: syn.Definition | None
    rule: mdl.Rule | None
    report: Report

    @property
    def title(self) -> str | None:
        header = self.definition.header if self.definition else None
        return header.title if header else None


@dataclass
class Library:
    """The definition files of a folder, by name; each is read when first asked for."""

    world: World
    folder: Path
    files: dict[str, Path] = field(default_factory=dict)
    _checked: dict[str, Checked] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _cycles: dict[str, list[str]] = field(default_factory=dict)
    _inside: dict[str, Checked] = field(default_factory=dict)
    _doubtful: set[str] = field(default_factory=set)
    _lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    @classmethod
    def of(cls, world: World, folder: Path) -> "Library":
        """All `.seg` files below a folder; two of one name are an error."""
        library = cls(world, folder)
        for path in files_below(folder):
            name = path.stem
            if name in library.files:
                first = library.files[name].relative_to(folder)
                second = path.relative_to(folder)
                raise SegqlError([names.two_files(name, str(first), str(second))])
            library.files[name] = path
        return library

    def names(self) -> list[str]:
        return list(self.files)

    def rule(self, name: str, span: Span, report: Report) -> mdl.Rule | None:
        """The rule of a segment that another refers to."""
        if name in self._open:
            cycle = self._open[self._open.index(name) :]
            self._cycles.update(dict.fromkeys(cycle, cycle))
            self._doubtful.update(cycle)
            report.add(names.segment_cycle([*cycle, name], span))
            return None
        if len(self._open) > MAX_LEVELS:
            self._doubtful.update(self._open)
            report.add(too_deep(span))
            return None
        checked = self.segment(name)
        here = self._open[-1] if self._open else ""
        if not checked.report.ok and name in (cycle := self._cycles.get(here, [])):
            first = cycle.index(here)
            shown = [*cycle[first:], *cycle[:first], here]
            report.add(names.segment_cycle(shown, span))
        elif not checked.report.ok:
            report.add(names.broken_segment(name, span))
        elif checked.rule is None:
            report.add(names.no_rule_in_segment(name, span))
        return checked.rule

    def segment(self, name: str) -> Checked:
        """A segment of the project, read and checked once, with its defaults.

        What a segment is said to be in the middle of a cycle, or too deep below others,
        is not kept for longer than the reading of those.
        """
        with self._lock:
            if name in self._checked:
                return self._checked[name]
            if name in self._inside:
                self._doubtful.update(self._open)
                return self._inside[name]
            found = self.read(self.files[name])
            sure = not self._open or name not in self._doubtful
            (self._checked if sure else self._inside)[name] = found
            return found

    def read(
        self, path: Path, params: Params | None = None, shown: str | None = None
    ) -> Checked:
        """A definition file, wherever it lies."""
        with self._lock:
            self._open.append(path.stem)
            try:
                source = read_source(path, shown)
                return self.check(source, path.stem, params, file=True)
            finally:
                self._open.pop()
                if not self._open:
                    self._inside.clear()
                    self._doubtful.clear()

    def check(
        self,
        source: Source,
        name: str,
        params: Params | None = None,
        *,
        file: bool = False,
    ) -> Checked:
        """A text: parsed, checked, and noted on where it is right."""
        report = Report(source)
        definition = parse(source, report)
        rule = None
        if definition is not None:
            header = definition.header
            if file and header and header.name.name != name:
                report.add(
                    names.wrong_header_name(header.name.name, name, header.name.span)
                )
            with self._lock:
                self._read_ahead(definition)
                rule = check(
                    definition, self.world, report, params=params, segments=self
                )
            if rule is not None:
                lint(rule, report)
        return Checked(name, source, definition, rule, report)

    def _read_ahead(self, definition: syn.Definition) -> None:
        """Reads what a definition refers to, while little of it is in progress."""
        for node in syn.walk(definition):
            if len(self._open) > MAX_LEVELS or not isinstance(node, syn.InSegment):
                continue
            if node.segment in self.files and node.segment not in self._open:
                self.segment(node.segment)


def files_below(folder: Path) -> list[Path]:
    """All definition files of a folder, sorted; none if there is no such folder.

    Raises:
        SegqlError: it, or a folder in it, cannot be read.
    """

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            reason = (error.strerror or "unreadable").lower()
            name = str(error.filename or folder)
            raise SegqlError([reading.cannot_read(name, reason)]) from None

    return sorted(
        Path(place, name)
        for place, folders, names in os.walk(folder, onerror=refuse)
        for name in (*folders, *names)
        if name.endswith(SUFFIX)
    )


def read_source(path: Path, shown: str | None = None) -> Source:
    """A file's text; what is not UTF-8 text, or cannot be read, is an error."""
    name = shown or str(path)
    try:
        if path.stat().st_size > 4 * reading.MAX_LENGTH:
            size = path.stat().st_size
            raise SegqlError([reading.too_long(size, Span(0, 0)).at(Source("", name))])
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SegqlError([reading.not_text(name)]) from None
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise SegqlError([reading.cannot_read(name, reason)]) from None
    if "\0" in text:
        raise SegqlError([reading.not_text(name)])
    return Source(text, name)
