"""A catalog or a project file, from the cache where its text is the same as before.

pydantic and YAML are imported only where a text is new.
"""

from functools import cache as once
from pathlib import Path

from segql import cache
from segql.catalog.nodes import Catalog
from segql.catalog.project_nodes import ProjectFile
from segql.diagnostics import Report
from segql.messages import codes
from segql.source import Source

PROJECT_FILE = "segql.yaml"


def load_project_file(source: Source, report: Report) -> ProjectFile | None:
    """As `read_project_file`: None, and the mistakes reported, if there are any."""

    def read() -> ProjectFile | None:
        from segql.catalog.project_file import read_project_file

        return read_project_file(source, report)

    known = (_reader(), *codes.warnings())
    return cache.kept("project", (source.name, source.text, *known), read)


def load_catalog(source: Source, report: Report) -> Catalog | None:
    """As `read_catalog`: None, and the mistakes reported, if there are any."""

    def read() -> Catalog | None:
        from segql.catalog.read import read_catalog

        return read_catalog(source, report)

    return cache.kept("catalog", (source.name, source.text, _reader()), read)


@once
def _reader() -> str:
    """The code that reads them."""
    package = Path(__file__).parents[1]
    files = [*package.glob("catalog/*.py"), package / "types.py", package / "source.py"]
    return cache.code(files)
