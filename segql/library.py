"""Definition files to checked rules: the segments of a project, each read once."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import RLock

from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.index import Defined, Index, defined_in, index_of, kind_of
from segql.messages import files, names, reading
from segql.messages import meaning as meaning_messages
from segql.messages.plan import MAX_LEVELS, too_deep
from segql.model import nodes as mdl
from segql.model.allow import apply_allowed
from segql.model.check_file import Meaning, check_file, noted, taken_by_catalog
from segql.model.file_lints import UPKEEP, Known, Seen, lint_file
from segql.model.scope import Named, Params
from segql.model.world import World
from segql.source import Source, Span
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.parse import parse

SUFFIX = ".seg"
DOUBTS = ("W301", "W302", "W303", "W304", "W305", "W308")
"""What is only found by thinking: of a text that is just run, nobody asks."""
COMPARED = ("W306", "W307")
"""What is only found where all segments are compared."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A definition that was read: `rule` is None where there are errors, or no rule.

    `findings` has what `report` has, and what a project wants of its files beside.
    `part` is the part of a partition that this is about; of the whole, which has no
    rule, None.
    """

    name: str
    source: Source
    definition: defs.Definition | None
    rule: mdl.Rule | None
    report: Report
    meaning: Meaning = field(default_factory=Meaning)
    findings: tuple[Diagnostic, ...] = ()
    part: str | None = None

    @property
    def header(self) -> defs.Header | None:
        return self.definition.header if self.definition else None

    @property
    def title(self) -> str | None:
        stages = self.definition.parts if self.definition and self.part else ()
        for stage in stages:
            if stage.name.name == self.part:
                return stage.title
        return self.header.title if self.header else None

    @property
    def parts(self) -> "tuple[Checked, ...]":
        """The parts of a partition; none of what is no partition."""
        stages = self.definition.parts if self.definition else ()
        return tuple(self.of_part(stage.name.name) for stage in stages)

    def of_part(self, part: str) -> "Checked":
        """A part, with the whole file's text and findings."""
        rule = self.meaning.parts.get(part)
        return replace(self, name=f"{self.name}.{part}", rule=rule, part=part)


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
    _index: Index | None = None
    _facts: Known | None = None
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

    @property
    def index(self) -> Index:
        """What the files define by which name; they are looked through once."""
        with self._lock:
            if self._index is None:
                files = self.files.items()
                self.define({name: defined_in(_text(path)) for name, path in files})
            assert self._index is not None
            return self._index

    def define(self, files: Mapping[str, Defined]) -> None:
        """Takes what is known of each file, so that none has to be looked through."""
        taken = partial(taken_by_catalog, self.world.catalog, shares=True)
        self._index = index_of(files, taken)

    def use(self, index: Index) -> None:
        """Takes an index that was made before."""
        self._index = index

    def again(self) -> "Library":
        """The same files, to be read anew."""
        return Library(self.world, self.folder, self.files)

    @property
    def facts(self) -> Known:
        """What the catalog says of purposes and histories."""
        if self._facts is None:
            self._facts = Known.of(self.world.catalog)
        return self._facts

    # ---- what files can name of others

    def rule(self, name: str, span: Span, report: Report) -> mdl.Rule | None:
        """The rule of a segment that another refers to."""
        if not self.known(name, span, report):
            return None
        file, part = self.index.segments[name]
        checked = self._used(file, span, report)
        if checked is None:
            return None
        if not checked.report.ok and (cycle := self._cycle(file)):
            report.add(names.segment_cycle(cycle, span))
        elif not checked.report.ok:
            report.add(names.broken_segment(name, span))
        elif part is not None:
            return checked.meaning.parts.get(part)
        elif checked.rule is None:
            report.add(names.no_rule_in_segment(name, span))
        return checked.rule

    def known(self, name: str, span: Span, report: Report) -> bool:
        """Whether a segment, or a part of a partition, bears that name."""
        if name in self.index.segments:
            return True
        report.add(self.nothing_named(name, span))
        return False

    def nothing_named(self, name: str, span: Span) -> Diagnostic:
        """Why no rule bears a name."""
        if not isinstance(name, str):
            raise TypeError(f"a segment's name is a text, not {type(name).__name__}")
        if parts := self.index.partitions.get(name):
            return files.whole_partition(name, parts, span)
        if name in self.files and name not in self.index.partitions:
            return names.no_rule_in_segment(name, span)
        return names.unknown_segment(name, list(self.index.segments), span)

    def shared(self) -> Mapping[str, str]:
        return self.index.shared

    def let(self, name: str, span: Span, report: Report) -> Named:
        """A `let` that another file shares."""
        file = self.index.shared[name]
        checked = self._used(file, span, report)
        if checked is None:
            return Named(None, 0)
        named = checked.meaning.lets.get(name, Named(None, 0))
        if named.thing is None and (cycle := self._cycle(file)):
            report.add(names.segment_cycle(cycle, span))
        elif named.thing is None:
            report.add(files.broken_shared(name, file, span))
        return named

    def _used(self, file: str, span: Span, report: Report) -> Checked | None:
        """A file that another needs; None, and reported, if it needs that one, too."""
        if file in self._open:
            cycle = self._open[self._open.index(file) :]
            self._cycles.update(dict.fromkeys(cycle, cycle))
            self._doubtful.update(cycle)
            report.add(names.segment_cycle([*cycle, file], span))
            return None
        if len(self._open) > MAX_LEVELS:
            self._doubtful.update(self._open)
            report.add(too_deep(span))
            return None
        return self.file(file)

    def _cycle(self, file: str) -> list[str]:
        """The cycle that the file in progress and another are in, if they are."""
        here = self._open[-1] if self._open else ""
        cycle = self._cycles.get(here, [])
        if file not in cycle:
            return []
        first = cycle.index(here)
        return [*cycle[first:], *cycle[:first], here]

    # ---- reading

    def file(self, name: str) -> Checked:
        """A file of the project, read and checked once, with its defaults.

        What a file is said to be in the middle of a cycle, or too deep below others,
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
        self,
        path: Path,
        params: Params | None = None,
        shown: str | None = None,
        *,
        doubts: bool = False,
    ) -> Checked:
        """A definition file, wherever it lies; with `doubts` as `check` has them."""
        with self._lock:
            self._open.append(path.stem)
            try:
                source = read_source(path, shown)
                return self.check(source, path.stem, params, file=True, doubts=doubts)
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
        doubts: bool = False,
    ) -> Checked:
        """A text: parsed, checked, and noted on where it is right.

        With `doubts` it is thought about, too: what nobody can meet, what says nothing.
        """
        if params is not None and not isinstance(params, Mapping):
            kind = type(params).__name__
            raise TypeError(f"params are names with values, `{{'n': 3}}`, not {kind}")
        report = Report(source)
        definition = parse(source, report)
        meaning = Meaning()
        if definition is not None:
            with self._lock:
                self._read_ahead(definition)
                meaning = check_file(
                    definition,
                    self.world,
                    report,
                    params=params,
                    segments=self,
                    file=name if file else None,
                )
                if file:
                    self._twice(definition, name, report)
            meaning = noted(meaning, report)
            if doubts and report.ok:
                made = Checked(name, source, definition, meaning.rule, report, meaning)
                doubted(definition, made, self)
            if report.ok:
                seen = Seen(source, definition, meaning.written, self.facts, file)
                lint_file(seen, report)
        apply_allowed(report, COMPARED if doubts else (*DOUBTS, *COMPARED))
        found = tuple(report.diagnostics)
        report.diagnostics[:] = (each for each in found if each.code not in UPKEEP)
        return Checked(name, source, definition, meaning.rule, report, meaning, found)

    def _twice(self, definition: defs.Definition, file: str, report: Report) -> None:
        """Reports parts of a partition that have the name of another file."""
        for stage in definition.parts:
            name = f"{file}.{stage.name.name}"
            there = self.index.segments.get(name, (file, None))
            if there[0] != file:
                by = f"the file {there[0]}.seg"
                report.add(names.name_taken(name, by, stage.name.span))

    def _read_ahead(self, definition: defs.Definition) -> None:
        """Reads what a definition refers to, while little of it is in progress."""
        for file in self.needed(definition):
            if file not in self._open and len(self._open) <= MAX_LEVELS:
                self.file(file)

    def needed(self, definition: defs.Definition) -> Iterator[str]:
        """The files that a definition refers to, as often as it does."""
        known = self.index
        for expression in defs.expressions(definition):
            for node in syn.walk(expression):
                file = None
                if isinstance(node, syn.InSegment):
                    file, _ = known.segments.get(node.segment, (None, None))
                elif isinstance(node, syn.Name):
                    file = known.shared.get(node.name)
                if file:
                    yield file
        for other in definition.header.exclusive if definition.header else ():
            file, _ = known.segments.get(other.segment, (None, None))
            if file:
                yield file


def doubted(definition: defs.Definition, made: Checked, library: Library) -> None:
    """Adds what is surely so of the rules of a file, whoever the customers are.

    With a parameter it would depend on its value.
    """
    written = made.meaning.written
    if not written or defs.has_params(definition):
        return
    from segql.reason.doubts import doubts
    from segql.reason.parts import Part, shared_members, unreached

    for rule in written:
        doubts(rule, library.world, made.report)
    if definition.parts:
        rules: tuple[mdl.Rule | None, ...] = (*written, None)
        parts = [
            Part(stage.name.name, own, stage.name.span)
            for stage, own in zip(definition.parts, rules, strict=True)
        ]
        unreached(parts, library.world, made.report)
    header = definition.header
    if header is not None and header.exclusive and made.rule is not None:
        others = [
            (each.segment, theirs, each.span)
            for each in header.exclusive
            if (theirs := library.rule(each.segment, each.span, Report())) is not None
        ]
        for name, span in shared_members(made.rule, others, library.world):
            made.report.add(meaning_messages.not_exclusive(name, made.name, span))


def without_rule(checked: Checked) -> Diagnostic:
    """Why a file without mistakes has no rule of its own."""
    span = Source("").end
    if checked.parts:
        parts = [each.part or "" for each in checked.parts]
        return files.whole_partition(checked.name, parts, span)
    return names.no_rule_in_segment(checked.name, span)


def is_partition(path: Path) -> bool:
    """Whether a file is one that defines the parts of a partition."""
    return path.is_file() and kind_of(_text(path)) == "partition"


def _text(path: Path) -> str:
    """A file's text; of one that can't be read none, and nothing is said of it."""
    try:
        return read_source(path).text
    except SegqlError:
        return ""


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

    found = [
        os.path.join(place, name)
        for place, folders, names in os.walk(folder, onerror=refuse)
        for name in (*folders, *names)
        if name.endswith(SUFFIX)
    ]
    return [Path(each) for each in sorted(found, key=lambda each: each.split(os.sep))]


def definition_files(path: Path) -> list[Path]:
    """A definition file, or all of a folder."""
    if not path.is_dir():
        return [path]
    found = files_below(path)
    if not found:
        raise SegqlError([names.nothing_found(str(path))])
    return found


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
