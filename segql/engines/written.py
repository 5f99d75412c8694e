"""A file that is either written whole or not at all."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from segql.diagnostics import SegqlError
from segql.messages import usage


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write into, which takes its name when all has arrived on disk.

    Until then, and if anything goes wrong, what bore the name before stays as it was.
    A device or a pipe is written to directly.

    Raises:
        SegqlError: it can't be written.
    """
    try:
        if path.exists() and not path.is_file():
            if path.is_dir():
                raise SegqlError([usage.cannot_write(str(path), "it is a folder")])
            with path.open("wb") as file:
                yield file
            return
        if path.exists() and not os.access(path, os.W_OK):
            raise SegqlError([usage.cannot_write(str(path), "it is read-only")])
        yield from _beside(Path(os.path.realpath(path)))
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise SegqlError([usage.cannot_write(str(path), reason)]) from None


def _beside(path: Path) -> Iterator[BinaryIO]:
    number, name = tempfile.mkstemp(prefix=".segql-", dir=path.parent)
    file = os.fdopen(number, "wb")
    try:
        yield file
        file.flush()
        os.chmod(name, _mode(path))
        os.fsync(file.fileno())
        file.close()
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            file.close()
        with suppress(OSError):
            os.unlink(name)
        raise
    _sync(path.parent)


def _mode(path: Path) -> int:
    """The rights of the file that was there, or those of any new one."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync(folder: Path) -> None:
    """Brings the new name itself to the disk, where the system can."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
