"""What is slow to make and the same next time: kept in the user's cache folder.

An entry is found again only by the very text, the very code and the very Python that
made it; what can't be read or written is made anew, without a word.
"""

import contextlib
import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

_MOST = 40
_Made = TypeVar("_Made")


@cache
def folder() -> Path | None:
    """The folder of this user, to which nobody else can write; None if none is."""
    from platformdirs import user_cache_path

    with contextlib.suppress(OSError, RuntimeError):
        found = user_cache_path("segql", appauthor=False)
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = found.stat()
        owned = not hasattr(os, "getuid") or state.st_uid == os.getuid()
        closed = os.name == "nt" or not state.st_mode & 0o022
        if owned and closed and os.access(found, os.W_OK):
            return found
    return None


def name(kind: str, *parts: str) -> str:
    """The file name of an entry: one for each text, code and Python."""
    text = "\0".join((sys.version, *parts))
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:24]}.bin"


def code(files: Iterable[Path]) -> str:
    """What some code is, by its files' sizes and times."""
    states = sorted((str(file), file.stat()) for file in files)
    return repr([(path, state.st_mtime_ns, state.st_size) for path, state in states])


def kept(
    kind: str, parts: Iterable[str], make: Callable[[], _Made | None]
) -> _Made | None:
    """What was made of the same parts before, or is made now; None is not kept."""
    where = folder()
    if where is None:
        return make()
    file = where / name(kind, *parts)
    with contextlib.suppress(Exception):
        found: _Made = pickle.loads(file.read_bytes())
        return found
    made = make()
    if made is not None:
        with contextlib.suppress(Exception):
            beside = file.with_suffix(f".{os.getpid()}")
            beside.write_bytes(pickle.dumps(made))
            beside.replace(file)
            prune(where, kind)
    return made


def prune(where: Path, kind: str) -> None:
    """Forgets the oldest entries of a kind."""
    entries = sorted(where.glob(f"{kind}-*"), key=lambda each: each.stat().st_mtime)
    for old in entries[:-_MOST]:
        old.unlink(missing_ok=True)
