"""The codes that have a page, from the folder of the pages."""

from functools import cache
from pathlib import Path

PAGES = Path(__file__).parents[1] / "explain"


@cache
def warnings() -> tuple[str, ...]:
    """All codes of warnings, sorted."""
    return tuple(sorted(path.stem for path in PAGES.glob("W*.md")))


def of_check() -> tuple[str, ...]:
    """Those that `segql check` can find; the others are about data."""
    return tuple(code for code in warnings() if not code.startswith("W5"))
