"""Two states of a project in, which segments differ in what out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from unicodedata import normalize

from segql.diagnostics import SegqlError
from segql.insight.diff import Side, alone, difference, whole
from segql.insight.diff_nodes import Changes, Difference, Kind, Wording
from segql.insight.diff_words import own_rule, wordings
from segql.insight.diff_worlds import apart, changed_catalog
from segql.insight.page import Page
from segql.insight.revisions import State
from segql.library import Checked, Library, read_source
from segql.messages import names as messages
from segql.syntax import definitions as defs

_ORDER: tuple[Kind, ...] = (
    "broken",
    "changed",
    "affected",
    "added",
    "removed",
    "renamed",
    "reworded",
    "layout",
)


def changes(
    old: State,
    new: State,
    as_of: datetime | None = None,
    params: Mapping[str, object] | None = None,
    only: frozenset[str] | None = None,
) -> Changes:
    """What changed between two states.

    Args:
        as_of: what holds as of this instant; by default, as of any.
        params: values for parameters, wherever there are some of that name.
        only: the files that are asked about, by name; the others are left out.

    Raises:
        SegqlError: no file has a parameter of that name.
    """
    found = _Compared(old, new, as_of, params or {}, only)
    return found.changes()


@dataclass
class _Files:
    """The definition files of one state."""

    state: State
    params: Mapping[str, object]
    declared: set[str] = field(default_factory=set)

    @property
    def library(self) -> Library | None:
        return None if self.state.project is None else self.state.project.library

    def texts(self) -> dict[str, str]:
        files = {} if self.library is None else self.library.files
        found = {}
        for name, path in files.items():
            try:
                found[name] = read_source(path).text.replace("\r\n", "\n")
            except SegqlError as error:
                found[name] = f"\0{error}"
        return found

    def sides(self, file: str) -> list[Side]:
        """What a file defines: a segment, the parts of a partition, or nothing."""
        library = self.library
        if library is None or file not in library.files:
            return []
        checked = self.checked(file)
        if checked.parts:
            return [Side(each, library, each.name) for each in checked.parts]
        shares = file not in library.index.segments
        if shares and checked.report.ok:
            return []
        if shares and file in library.index.partitions:  # it can't be read as one
            return [Side(checked, library, file)]
        return [] if shares else [Side(checked, library, file)]

    def page(self, file: str) -> Page | None:
        library = self.library
        if library is None or file not in library.files:
            return None
        return Page(self.checked(file), library)

    def checked(self, file: str) -> Checked:
        assert self.library is not None
        try:
            found = self.library.file(file)
        except SegqlError as error:
            return _unread(file, error)
        declared = {
            each.name.name
            for each in (found.definition.declarations if found.definition else ())
            if isinstance(each, defs.Param)
        }
        self.declared |= declared
        given = {n: v for n, v in self.params.items() if n in declared}
        return self.library.read(self.library.files[file], given) if given else found

    def is_shared(self, file: str) -> bool:
        library = self.library
        if library is None or file not in library.files:
            return False
        known = library.index
        return file not in known.segments and file not in known.partitions

    def words(self, file: str) -> Iterator[str]:
        """The names by which others may use a file."""
        yield normalize("NFC", file)
        if self.library is not None:
            for let, where in self.library.index.shared.items():
                if where == file:
                    yield let

    def count(self, file: str) -> int:
        if self.library is None:
            return 0
        return sum(f == file for f, _ in self.library.index.segments.values())


def _unread(file: str, error: SegqlError) -> Checked:
    """A file that can't be read at all."""
    from segql.diagnostics import Report
    from segql.source import Source

    report = Report(None, list(error.diagnostics))
    return Checked(file, Source("", file), None, None, report)


@dataclass
class _Compared:
    old_state: State
    new_state: State
    as_of: datetime | None
    params: Mapping[str, object]
    only: frozenset[str] | None

    def __post_init__(self) -> None:
        self.old = _Files(self.old_state, self.params)
        self.new = _Files(self.new_state, self.params)

    def changes(self) -> Changes:
        found: list[Difference] = []
        texts = self.old.texts(), self.new.texts()
        looked = self.touched(*texts)
        same = sum(
            self.new.count(file)
            for file in texts[1]
            if self.asked(file) and file not in looked
        )
        come: list[Side] = []
        gone: list[Side] = []
        shared: dict[str, tuple[Wording, ...]] = {}
        for file in sorted(looked):
            if not self.asked(file):
                continue
            if self.old.is_shared(file) or self.new.is_shared(file):
                said = wordings(self.old.page(file), self.new.page(file))
                if said:
                    shared[file] = said
            before = {each.name: each for each in self.old.sides(file)}
            after = {each.name: each for each in self.new.sides(file)}
            both = [name for name in after if name in before]
            found += [self.difference(before[name], after[name]) for name in both]
            gone += [each for name, each in before.items() if name not in after]
            come += [each for name, each in after.items() if name not in before]
            found += self.wholes(file)
        self.all_known()
        found += self.renamed(gone, come)
        found += [self.said(alone(each, "removed")) for each in gone]
        found += [self.said(alone(each, "added")) for each in come]
        same += sum(each.kind == "same" for each in found)
        found = [each for each in found if each.kind != "same"]
        found.sort(key=lambda each: (_ORDER.index(each.kind), each.name))
        catalogs = [
            None if each.project is None else each.project.catalog
            for each in (self.old_state, self.new_state)
        ]
        return Changes(
            self.old_state.name,
            self.new_state.name,
            tuple(found),
            same,
            shared,
            tuple(changed_catalog(*catalogs)) if all(catalogs) else (),
        )

    def asked(self, file: str) -> bool:
        return self.only is None or file in self.only

    def touched(self, old: dict[str, str], new: dict[str, str]) -> set[str]:
        """The files that may mean another thing: changed, or naming one that is."""
        every = {*old, *new}
        one, other = self.old.library, self.new.library
        if one is None or other is None or self.params:
            return every
        worlds = one.world, other.world
        if (
            worlds[0].catalog != worlds[1].catalog
            or worlds[0].filters != worlds[1].filters
        ):
            return every
        found = {file for file in every if old.get(file) != new.get(file)}
        left = {file: normalize("NFC", new[file]) for file in every - found}
        fresh = set(found)
        while fresh:
            words = {
                word
                for file in fresh
                for side in (self.old, self.new)
                for word in side.words(file)
            }
            fresh = {
                file
                for file, text in left.items()
                if any(word in text for word in words)
            }
            found |= fresh
            for file in fresh:
                del left[file]
        return found

    def difference(self, old: Side, new: Side) -> Difference:
        return self.said(difference(old, new, self.as_of))

    def said(self, found: Difference) -> Difference:
        """With the places of mistakes as git names them."""
        old, new = found.errors
        errors = self.old_state.said(old), self.new_state.said(new)
        return replace(found, errors=errors)

    def wholes(self, file: str) -> Iterator[Difference]:
        """What the file of a partition says beside its parts."""
        pages = self.old.page(file), self.new.page(file)
        if pages[0] is None or pages[1] is None:
            return
        if pages[0].checked.parts and pages[1].checked.parts:
            sides = [Side(each.checked, each.library, file) for each in pages if each]
            found = whole(*sides)
            if found is not None:
                yield found

    def renamed(self, gone: list[Side], come: list[Side]) -> Iterator[Difference]:
        """Segments whose rule is there under another name; they are taken out."""
        for old in list(gone):
            fits = [new for new in come if _same_rule(old, new)]
            if not fits:
                continue
            new = max(fits, key=lambda each: _likeness(old, each))
            gone.remove(old)
            come.remove(new)
            found = self.difference(old, new)
            yield replace(found, kind="renamed")

    def all_known(self) -> None:
        """Raises where no file that was looked at has a parameter that is given."""
        declared = self.old.declared | self.new.declared
        unknown = [name for name in self.params if name not in declared]
        if unknown:
            known = sorted(declared)
            raise SegqlError([messages.unknown_param(n, known) for n in unknown])


def _same_rule(old: Side, new: Side) -> bool:
    rules = [own_rule(each.page, each.checked.part) for each in (old, new)]
    one, other = rules
    if one is None or other is None or one != other:
        return False
    if old.checked.rule != new.checked.rule:
        return False
    return not apart((one, other), old.library.world, new.library.world)


def _likeness(old: Side, new: Side) -> tuple[bool, bool]:
    return old.checked.title == new.checked.title, old.checked.part == new.checked.part


def files_of(sides: Iterable[State]) -> set[str]:
    """The names of all definition files of some states."""
    return {
        name
        for each in sides
        if each.project is not None
        for name in each.project.library.files
    }
