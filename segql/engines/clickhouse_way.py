"""What the two ways to ask ClickHouse have in common: chdb here, a server by URL."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

_CODE = re.compile(r"Code: (\d+)\.")
_NAME = re.compile(r"\(([A-Z][A-Z0-9_]+)\)")


class Lost(Exception):
    """The answer broke off, or nobody was there to ask."""


class NotInstalled(Exception):
    """The driver, named by its package."""


class Refused(Exception):
    """ClickHouse's own error; its text may quote cells."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text)
        found = _CODE.search(text)
        self.code = code or (int(found[1]) if found else 0)
        self.name = names[-1] if (names := _NAME.findall(text)) else "unknown"


class Call(Protocol):
    """One query; once it is open it is the reader of its answer."""

    schema: Any

    def open(self) -> Any: ...

    def read_next_batch(self) -> Any: ...

    def cancel(self) -> None:
        """May be called again, and from any thread."""

    def close(self) -> None: ...


class Way(Protocol):
    def call(self, query: str, settings: Mapping[str, str]) -> Call:
        """A query that is yet to be asked, with these settings."""

    def close(self) -> None: ...
