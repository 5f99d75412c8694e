"""chdb behind a process of our own: a folder of a database in, answers out.

A query that can't be stopped, or that eats up all memory, takes that process with it
and not ours. The next query starts another one.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from segql.engines.clickhouse_child import HEAD
from segql.engines.clickhouse_way import Lost, NotInstalled, Refused

_CHILD = Path(__file__).with_name("clickhouse_child.py")
_PATIENCE = 5.0
"""How long a query may take to stop, in seconds, before its process is killed."""


class Embedded:
    """A database of chdb, in a folder, or in memory where there is none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self.child()

    def call(self, query: str, settings: Mapping[str, str]) -> "Call":
        given = [f"{name} = {_literal(value)}" for name, value in settings.items()]
        return Call(self, query, [f"SET {', '.join(given)}"])

    def another(self) -> "_Child":
        """The process, after one that didn't answer any more."""
        with self._lock:
            if self._child is not None and not self._child.gone():
                raise Lost
        return self.child()

    def child(self) -> "_Child":
        """The process, started anew if it is gone."""
        with self._lock:
            if self._child is None or not self._child.alive:
                if self._child is not None:
                    self._child.stop()
                self._child = _Child(self._folder)
            return self._child

    def close(self) -> None:
        with self._lock:
            if self._child is not None:
                self._child.stop()


class _Child:
    def __init__(self, folder: Path | None) -> None:
        self.scratch = tempfile.mkdtemp(prefix="segql-")
        here, there = socket.socketpair()
        command = [sys.executable, "-P", str(_CHILD), str(there.fileno())]
        with there:
            self.process = subprocess.Popen(
                [*command, str(folder.absolute())] if folder else command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[there.fileno()],
                env={**os.environ, "TMPDIR": self.scratch},
                start_new_session=True,  # so that Ctrl-C comes to us alone
            )
        self.control = here
        self.clean = weakref.finalize(self, _end, self.process, here, self.scratch)
        try:
            letter, content = _frame(here.makefile("rb"))
            if letter == b"M":
                raise NotInstalled("chdb")
            if letter == b"E":
                raise Refused(content.decode(errors="replace"))
        except BaseException:
            self.stop()
            raise

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def gone(self) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1)
        return not self.alive

    def kill(self) -> None:
        self.process.kill()

    def stop(self) -> None:
        self.clean()


def _end(process: "subprocess.Popen[bytes]", control: socket.socket, tmp: str) -> None:
    control.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(tmp, ignore_errors=True)


class Call:
    """One query on its own pair of sockets, and the reader of its answer."""

    def __init__(self, way: Embedded, query: str, setup: Sequence[str]) -> None:
        self._way = way
        self._request = {"setup": list(setup), "query": query}
        self._child: _Child | None = None
        self._end: socket.socket | None = None
        self._patient_until: float | None = None
        self._batches: Any = None
        self._file: Any = None
        self.schema: Any = None

    def open(self) -> "Call":
        """Asks, and waits for the first rows."""
        try:
            self._ask(self._way.child())
        except Lost:  # its end was not known yet, and the query has not begun
            self._ask(self._way.another())
        self._batches = self._next_stream()
        self.schema = self._batches.schema
        return self

    def _ask(self, child: _Child) -> None:
        self.close()
        self._child = child
        self._end, there = socket.socketpair()
        with there:
            try:
                socket.send_fds(child.control, [b"Q"], [there.fileno()])
                self._end.sendall(json.dumps(self._request).encode() + b"\n")
            except OSError:
                raise Lost from None
        self._file = self._end.makefile("rb", 1 << 16)
        _frame(self._file)

    def _next_stream(self) -> Any:
        import pyarrow as pa

        letter, content = _frame(self._file)
        if letter == b"E":
            raise Refused(content.decode(errors="replace"))
        if letter == b"Z":
            return None
        return pa.ipc.open_stream(pa.py_buffer(content))

    def read_next_batch(self) -> Any:
        while self._batches is not None:
            try:
                return self._batches.read_next_batch()
            except StopIteration:
                self._batches = self._next_stream()
        raise StopIteration

    def cancel(self) -> None:
        """Asks to stop; a process that doesn't is killed after a while."""
        if self._end is None or self._child is None:
            return
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_WR)
        now = monotonic()
        if self._patient_until is None:
            self._patient_until = now + _PATIENCE
        elif now > self._patient_until:
            self._child.kill()

    def close(self) -> None:
        for each in (self._file, self._end):
            if each is not None:
                each.close()


def _frame(file: Any) -> tuple[bytes, bytes]:
    try:
        head = file.read(HEAD.size)
        if len(head) == HEAD.size:
            letter, length = HEAD.unpack(head)
            content = file.read(length)
            if len(content) == length:
                return letter, content
    except (OSError, ValueError):
        pass
    raise Lost


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
