"""What one definition file came to, as plain values that a store or another process
can hand on: findings without their text, and what they depend on."""

import os
from codecs import BOM_UTF8
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeAlias

from segql.diagnostics import Diagnostic, Fix, SegqlError
from segql.index import Defined, Kind
from segql.library import Checked, Library
from segql.source import Source, Span

Change: TypeAlias = tuple[str, int, int]
Raw: TypeAlias = tuple[str, str, int, int, str | None, Change | None, bool]
"""Code, message, start and end, help, fix; and whether it speaks of the file's text."""

State: TypeAlias = tuple[int, int, int, int]
"""Size, inode and both times of a file, as the system tells them."""


class Entry(NamedTuple):
    """What a file came to; a tuple, as there are many to read at once.

    `needs` are the files that it names, and those that they name, and so on. `wide`
    says that what is told of it may depend on any name of the project. None for
    `found` says that it is not known.
    """

    state: State
    digest: bytes
    kind: Kind
    names: tuple[str, ...]
    needs: tuple[str, ...] = ()
    wide: bool = False
    found: tuple[Raw, ...] | None = None

    @property
    def defined(self) -> Defined:
        return self.kind, self.names


def state_of(path: str) -> State | None:
    """None: it can't be looked at."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def digest_of(content: bytes) -> bytes:
    """Of a text, whether or not a byte order mark stands before it."""
    return blake2b(content.removeprefix(BOM_UTF8), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Result:
    """What a file came to just now: findings, and the text that they speak of, if there
    are any; what it needs, and whether it depends on all names, as in an `Entry`.

    `kept` is false where it could not be read: it may be readable the next time.
    """

    found: tuple[Raw, ...]
    text: str = ""
    digest: bytes = b""
    needs: tuple[str, ...] = ()
    wide: bool = True
    kept: bool = False


def looked_at(library: Library, path: Path) -> Result:
    """Reads and checks one file."""
    try:
        checked = library.read(path, doubts=True)
    except SegqlError as error:
        return Result(tuple(map(raw, error.diagnostics)))
    found = tuple(map(raw, checked.findings))
    text = checked.source.text if found else ""
    needs, wide = _needs(library, checked), not checked.report.ok
    digest = digest_of(checked.source.text.encode())
    return Result(found, text, digest, needs, wide, True)


def _needs(library: Library, checked: Checked) -> tuple[str, ...]:
    """All files that what is told of one depends on."""
    needs: set[str] = set()
    left = [checked]
    while left:
        definition = left.pop().definition
        for name in library.needed(definition) if definition else ():
            if name not in needs:
                needs.add(name)
                with suppress(SegqlError):
                    left.append(library.file(name))
    return tuple(sorted(needs))


def raw(found: Diagnostic) -> Raw:
    start, end = found.span.start, found.span.end
    fix = None
    if found.fix is not None:
        place = found.fix.span or found.span
        fix = (found.fix.text, place.start, place.end)
    told = found.source is not None
    return found.code, found.message, start, end, found.help, fix, told


def cooked(found: tuple[Raw, ...], path: Path, text: str) -> tuple[Diagnostic, ...]:
    """The findings again, with the text of their file."""
    source = Source(text, str(path))
    return tuple(
        Diagnostic(
            code,
            message,
            Span(start, end),
            help,
            None if fix is None else Fix(fix[0], Span(fix[1], fix[2])),
            source if told else None,
        )
        for code, message, start, end, help, fix, told in found
    )
