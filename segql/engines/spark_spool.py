"""What Spark's driver sends through a socket in, Arrow batches in their order out.

The driver sends each part of the answer as soon as it is there, in any order, and
stands still until it is taken. So all is taken at once and kept in a file.
"""

import os
import tempfile
from typing import Any, Self


class Spool:
    """A finished answer on disk, as a `pyarrow.RecordBatchReader`."""

    def __init__(self, reader: Any, order: list[int]) -> None:
        self._reader = reader
        self._order = iter(order)
        self.schema = reader.schema

    @classmethod
    def of_socket(cls, address: tuple[Any, Any]) -> Self:
        import pyarrow
        from pyspark.serializers import read_int
        from pyspark.util import _create_local_socket

        file, socket = _create_local_socket(address)
        number, name = tempfile.mkstemp(prefix="segql-")
        os.close(number)
        try:
            stream = pyarrow.ipc.open_stream(file)
            with pyarrow.ipc.new_file(name, stream.schema) as spool:
                for batch in stream:
                    spool.write_batch(batch)
            order = [read_int(file) for _ in range(max(read_int(file), 0))]
            return cls(pyarrow.ipc.open_file(pyarrow.memory_map(name)), order)
        finally:
            file.close()
            socket.close()
            os.unlink(name)

    def read_next_batch(self) -> Any:
        return self._reader.get_batch(next(self._order))

    def close(self) -> None:
        self._order = iter(())
        self._reader = None
