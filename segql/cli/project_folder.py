"""A call in, the folder of the project that it speaks of out."""

import os
from pathlib import Path

from segql.catalog.load import PROJECT_FILE
from segql.diagnostics import SegqlError
from segql.messages import usage


def find_project(named: str | None) -> Path:
    """The project's folder: the one that was named, or the nearest from here up.

    Raises:
        SegqlError: there is none.
    """
    if named is not None:
        folder = Path(named)
        folder = folder.parent if folder.name == PROJECT_FILE else folder
        if not (folder / PROJECT_FILE).exists():
            raise SegqlError([usage.no_project(f"`{named}`", searched=False)])
        return folder
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / PROJECT_FILE).exists():
            return Path(os.path.relpath(folder))
    raise SegqlError([usage.no_project("this folder", searched=True)])
