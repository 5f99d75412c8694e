"""Keys of customers who enter and leave in, a file of them and the first few out."""

import csv
import io
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from segql.cli.run import sink
from segql.insight.diff_members import Way
from segql.verify.keys import texts

if TYPE_CHECKING:
    import pyarrow


class Keys:
    """Takes keys as they come; the file is there when all is over, or never."""

    def __init__(self, file: str | None, most: int) -> None:
        self._file = file
        self._most = most
        self._few: dict[tuple[str, Way], list[str]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if self._file is not None:
            self._to = self._open.enter_context(sink(self._file))
            self._to(_lines([("segment", "change", "key")]))
        return self

    def __exit__(self, *about: object) -> None:
        self._open.__exit__(*about)  # type: ignore[arg-type]

    def add(self, segment: str, way: Way, keys: "pyarrow.Array") -> None:
        few = self._few.setdefault((segment, way), [])
        if len(few) < self._most:
            first = texts(keys[: self._most - len(few)])
            few += [str(key) for key in first.to_pylist()]
        if self._file is not None:
            rows = [(segment, way, str(key)) for key in texts(keys).to_pylist()]
            self._to(_lines(rows))

    def shown(self, segment: str, way: Way) -> tuple[str, ...]:
        return tuple(self._few.get((segment, way), ()))


def _lines(rows: Iterable[tuple[str, str, str]]) -> bytes:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue().encode("utf-8", "backslashreplace")
