"""Arrays in, the same arrays out: from memory while there is room, then from a file."""

import errno
import tempfile
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from segql.diagnostics import SegqlError
from segql.messages import engine as messages

_Kind = TypeVar("_Kind", bound=np.generic)


class Spool:
    """Keeps arrays that are read later; those beyond `room` bytes in a file.

    The file has no name and is gone with the process.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._file: IO[bytes] | None = None
        self.kept = 0

    def keep(self, array: NDArray[_Kind]) -> NDArray[_Kind]:
        """The same array, from now on only to be read.

        Raises:
            SegqlError: the disk is full.
        """
        if array.nbytes == 0:
            return array
        if self.kept + array.nbytes <= self._room:
            self.kept += array.nbytes
            return np.ascontiguousarray(array)
        return self._spill(array)

    def _spill(self, array: NDArray[_Kind]) -> NDArray[_Kind]:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(  # noqa: SIM115
                    prefix="segql-", buffering=0
                )
            start = self._file.seek(0, 2)
            whole: Any = np.ascontiguousarray(array)
            left = memoryview(whole).cast("B")
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            fault = messages.out_of_disk("segql")
        else:
            file: Any = self._file
            return np.memmap(file, array.dtype, "r", start, array.shape)
        raise SegqlError([fault])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
