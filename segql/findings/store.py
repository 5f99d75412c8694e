"""What the files of a project came to before: kept in the user's cache folder.

A file whose size, inode and times are as they were, and which was not written just
before it was read, is taken as unchanged; any other is read, and is unchanged if its
bytes are. What is kept counts only for the very catalog, code and Python that made it.
"""

import contextlib
import hashlib
import marshal
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from segql import cache
from segql.findings.entries import Entry, State, digest_of

_KIND = "check"
_FORM = 1
_MOST_FILES = 200_000
_RACY = 2_000_000_000
"""Nanoseconds within which a file may be written twice at what seems one time."""


@dataclass
class Store:
    """The entries of one project by the absolute paths of their files.

    `names` has the path of each definition file by its name. `world` says by what all
    was made; `since` is when this began. `file` is None where nothing is kept.
    """

    file: Path | None
    world: str
    since: int = field(default_factory=time.time_ns)
    entries: dict[str, Entry] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def known(self, path: str, state: State) -> Entry | None:
        """What is known of a file that is as it was."""
        entry = self.entries.get(path)
        if entry is None:
            return None
        if entry.state == state and state != _UNSURE:
            return entry
        if entry.state[0] not in (-1, state[0]):
            return None
        try:
            content = Path(path).read_bytes()
        except OSError:
            return None
        return entry if digest_of(content) == entry.digest else None

    def sure(self, state: State) -> State:
        """A file's state, as it is kept: that of one that was written just now would
        not tell the next time whether it was written again."""
        return _UNSURE if state[2] > self.since - _RACY else state

    def save(self, entries: Mapping[str, Entry], names: Mapping[str, str]) -> None:
        """Keeps these and no others; that it failed is no one's concern."""
        if self.file is None or len(entries) > _MOST_FILES:
            return
        plain = {path: tuple(entry) for path, entry in entries.items()}
        with contextlib.suppress(OSError, ValueError):
            content = marshal.dumps((_FORM, self.world, plain, dict(names)))
            beside = self.file.with_suffix(f".{os.getpid()}")
            beside.write_bytes(hashlib.sha256(content).digest() + content)
            beside.replace(self.file)
            cache.prune(self.file.parent, _KIND)


_UNSURE: State = (-1, -1, -1, -1)


def code_of() -> str:
    """The code that checks, and the grammar that it goes by."""
    from segql.messages import codes
    from segql.syntax.parse import GRAMMAR, PACKAGE

    files = [Path(p, f) for p, _, names in os.walk(PACKAGE) for f in names]
    files = [each for each in files if each.suffix == ".py"]
    return cache.code([*files, GRAMMAR / "segql.lark"]) + " ".join(codes.warnings())


def opened(folder: Path, world: Iterable[str]) -> Store:
    """The store of a project's folder, empty if what is there is not of this world."""
    where = cache.folder()
    made_by = hashlib.sha256("\0".join(world).encode("utf-8", "replace")).hexdigest()
    if where is None:
        return Store(None, made_by)
    file = where / cache.name(_KIND, os.path.abspath(folder))
    store = Store(file, made_by)
    with contextlib.suppress(Exception):
        content = file.read_bytes()
        if hashlib.sha256(content[32:]).digest() == content[:32]:
            form, other, plain, names = marshal.loads(content[32:])
            if (form, other) == (_FORM, made_by):
                entries = {path: Entry._make(each) for path, each in plain.items()}
                store.entries, store.names = entries, names
    return store
