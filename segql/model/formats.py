"""What a value looks like that is stored as text, for each type; paths inside JSON.

The formats are strict, so that no engine's leniency decides what a cell means. They
are written in the subset of `segql.model.regex`; a text that has the form and is no
value (30 February, a number too wide) is unreadable just the same.
"""

from collections.abc import Sequence
from typing import Final

INTEGER: Final = "-?[0-9]{1,19}"
DOUBLE: Final = "-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]{1,3})?"
BOOLEAN: Final = "true|false"

_YEAR: Final = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_TIME: Final = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?"

DATE: Final = f"{_YEAR}-[0-9]{{2}}-[0-9]{{2}}"
WALL: Final = f"{DATE}[T ]{_TIME}"
"""A timestamp without an offset: of a column that declares its `zone`."""
INSTANT: Final = f"{WALL}(Z|[-+]([01][0-9]|2[0-3]):[0-5][0-9])"
"""A timestamp with an offset: of a column without a `zone`."""


def decimal(scale: int) -> str:
    """No more digits after the point than the type has."""
    return f"-?[0-9]+(\\.[0-9]{{1,{scale}}})?" if scale else "-?[0-9]+"


def json_path(names: Sequence[str]) -> str:
    """The JSON path to what stands below some names."""
    parts = [name.replace("\\", "\\\\").replace('"', '\\"') for name in names]
    return "$" + "".join(f'."{part}"' for part in parts)


def json_pointer(names: Sequence[str]) -> str | None:
    """The pointer to the same where one holds a wildcard of paths, even in quotes."""
    if not any("*" in name for name in names):
        return None
    parts = [name.replace("~", "~0").replace("/", "~1") for name in names]
    return "".join(f"/{part}" for part in parts)
