"""Files in, what each came to out, by several processes where that is worth it.

Each process has the whole project and a share of the files; which one looks at a file
changes nothing. Where no process can be started, this one does all.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from segql.findings.entries import Result, looked_at
from segql.index import Index
from segql.library import Library
from segql.model.world import World

FEW = 200
"""So many files are read sooner than another process starts."""


def shared_out(library: Library, files: Sequence[Path]) -> list[Result]:
    """What each file came to, in their order."""
    count = min(_cores(), len(files) // FEW)
    if count < 2:
        return [looked_at(library, path) for path in files]
    shares = [files[start::count] for start in range(count)]
    _ = library.index  # once, before it is handed on
    others = [_Helper(library, share) for share in shares[1:]]
    try:
        found = [[looked_at(library, path) for path in shares[0]]]
        found += [each.results() for each in others]
    finally:
        for each in others:
            each.end()
    results: list[Result | None] = [None] * len(files)
    for start, share in enumerate(found):
        results[start::count] = share
    return [each for each in results if each is not None]


def _cores() -> int:
    if asked := os.environ.get("SEGQL_PROCESSES"):
        return int(asked) if asked.isdecimal() else 1
    with suppress(AttributeError, OSError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Helper:
    """Another process with its share of the files."""

    def __init__(self, library: Library, files: Sequence[Path]) -> None:
        self.library, self.files = library, files
        self.process: BaseProcess | None = None
        self.ear: Connection | None = None
        with suppress(OSError, ValueError, ImportError):
            methods = multiprocessing.get_all_start_methods()
            plain = sys.platform == "linux" and threading.active_count() == 1
            forks = plain and "fork" in methods
            self.ear, mouth = multiprocessing.Pipe(duplex=False)
            given = (library.world, library.folder, library.files, library.index)
            made = _start(forks, (mouth, *given, files))
            made.start()
            mouth.close()
            self.process = made

    def results(self) -> list[Result]:
        """Its answers, or ours if it has none."""
        if self.process is not None and self.ear is not None:
            with suppress(EOFError, OSError):
                found: list[Result] = self.ear.recv()
                return found
        return [looked_at(self.library, path) for path in self.files]

    def end(self) -> None:
        if self.ear is not None:
            self.ear.close()
        if self.process is not None:
            if self.process.is_alive():
                self.process.join(0.2)
            if self.process.is_alive():
                self.process.terminate()
            self.process.join()


def _start(forks: bool, given: tuple[object, ...]) -> BaseProcess:
    if forks:
        kind = multiprocessing.get_context("fork")
        return kind.Process(target=_work, args=given, daemon=True)
    return multiprocessing.get_context("spawn").Process(
        target=_work, args=given, daemon=True
    )


def _work(
    mouth: Connection,
    world: World,
    folder: Path,
    files: dict[str, Path],
    index: Index,
    share: Sequence[Path],
) -> None:
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    library = Library(world, folder, files)
    library.use(index)
    with suppress(BrokenPipeError):
        mouth.send([looked_at(library, path) for path in share])
