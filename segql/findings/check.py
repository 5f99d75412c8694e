"""Definition files in, what is wrong or doubtful in each out: only what is new is
checked, by as many processes as there are cores."""

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from segql.diagnostics import Diagnostic, SegqlError
from segql.findings.entries import (
    Entry,
    Result,
    State,
    cooked,
    digest_of,
    state_of,
)
from segql.findings.parallel import shared_out
from segql.findings.store import Store
from segql.index import Defined, defined_in
from segql.library import Library, read_source

_WORD = re.compile(r"\w+")


def check_files(
    files: Sequence[Path], library: Library, store: Store | None = None
) -> list[tuple[Diagnostic, ...]]:
    """The findings of each file, in the order of the files."""
    if store is None:
        results = shared_out(library, files)
        return [
            cooked(result.found, path, result.text)
            for path, result in zip(files, results, strict=True)
        ]
    return _Run(library, store, files).found()


def _absolute(path: Path, here: str) -> str:
    """As `os.path.abspath`, and quicker where a path has nothing to be taken out."""
    text = str(path)
    if os.name != "posix" or ".." in text or text.startswith("/"):
        return os.path.abspath(text)
    return f"{here}/{text}"


class _Run:
    """One check with a store; paths are absolute here."""

    def __init__(self, library: Library, store: Store, files: Sequence[Path]) -> None:
        self.library, self.store = library, store
        here = os.getcwd()
        self.files = {_absolute(path, here): path for path in files}
        self.names = {n: _absolute(p, here) for n, p in library.files.items()}
        self.entries: dict[str, Entry] = {}
        self.known: set[str] = set()
        self.states: dict[str, State | None] = {}
        self.stills: dict[str, bool] = {}

    def found(self) -> list[tuple[Diagnostic, ...]]:
        for path in dict.fromkeys((*self.names.values(), *self.files)):
            self.look(path)
        defined = {name: self.defined(path) for name, path in self.names.items()}
        self.library.define(defined)
        self.forget(self.stale())
        new = [path for path in self.files if not self.is_known(path)]
        results: dict[str, Result] = {}
        if new:
            found = shared_out(self.library, [self.files[path] for path in new])
            results = dict(zip(new, found, strict=True))
            for path, result in results.items():
                self.keep(path, result)
        if new or self.entries != self.store.entries:
            self.store.save(self.entries, self.names)
        return [
            self.told(at, path)
            if at not in results
            else cooked(results[at].found, path, results[at].text)
            for at, path in self.files.items()
        ]

    def look(self, path: str) -> None:
        """What is known of a file, or at least what it defines."""
        state = state_of(path)
        self.states[path] = state
        if state is None:
            return
        if entry := self.store.known(path, state):
            if entry.state != state:
                entry = entry._replace(state=self.store.sure(state))
            self.entries[path] = entry
            self.known.add(path)
            return
        try:
            content = Path(path).read_bytes()
            text = read_source(Path(path)).text
        except (OSError, SegqlError):
            return
        state = self.store.sure(state)
        self.entries[path] = Entry(state, digest_of(content), *defined_in(text))

    def defined(self, path: str) -> Defined:
        entry = self.entries.get(path)
        return entry.defined if entry else defined_in("")

    def told(self, at: str, path: Path) -> tuple[Diagnostic, ...]:
        """What was found in a file before, which is as it was."""
        found = self.entries[at].found or ()
        if not found:
            return ()
        try:
            return cooked(found, path, read_source(path).text)
        except SegqlError as error:  # it was there a moment ago
            return error.diagnostics

    def is_known(self, path: str) -> bool:
        return path in self.known and self.entries[path].found is not None

    def stale(self) -> set[str]:
        """The known files of which something else may have to be told now."""
        changed = self.changed_names()
        touched = {p for p in self.known if changed and self.touched(p, changed)}
        sure = self.known - touched
        return touched | {
            path
            for path in sure
            if any(
                self.names.get(name) not in sure for name in self.entries[path].needs
            )
        }

    def changed_names(self) -> set[str]:
        """The names that mean something else than when the store was made."""
        if self.names == self.store.names and all(
            path in self.entries
            and path in self.store.entries
            and self.entries[path].defined == self.store.entries[path].defined
            for path in self.names.values()
            if path not in self.known
        ):
            return set()
        before = self.named(self.store.names, self.store.entries)
        now = self.named(self.names, self.entries)
        names: set[str] = set()
        for name, _, (_, inside) in before ^ now:
            names.update(name.split("."), *(each.split(".") for each in inside))
        return names

    def named(
        self, names: Mapping[str, str], entries: Mapping[str, Entry]
    ) -> set[tuple[str, str, Defined]]:
        nothing = defined_in("")
        return {
            (name, path, entries[path].defined if path in entries else nothing)
            for name, path in names.items()
        }

    def touched(self, path: str, changed: set[str]) -> bool:
        """Whether a file may name one of these."""
        if self.entries[path].wide:
            return True
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeError):
            return True
        words = _WORD.findall(unicodedata.normalize("NFC", text))
        return not changed.isdisjoint(words) or any(
            not name.isidentifier() and name in text for name in changed
        )

    def forget(self, stale: Iterable[str]) -> None:
        for path in stale:
            entry = self.entries[path]
            self.entries[path] = entry._replace(needs=(), wide=False, found=None)

    def still(self, path: str) -> bool:
        """Whether a file is as it was when this run began."""
        if path not in self.stills:
            self.stills[path] = state_of(path) == self.states.get(path)
        return self.stills[path]

    def keep(self, path: str, result: Result) -> None:
        entry = self.entries.get(path)
        if entry is None or not result.kept or entry.digest != result.digest:
            return
        needs = (self.names.get(name, "") for name in result.needs)
        if all(self.still(each) for each in needs):
            self.entries[path] = entry._replace(
                needs=result.needs,
                wide=result.wide,
                found=result.found,
            )
