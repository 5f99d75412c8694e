"""A call in, the folder of the project that it speaks of out."""

import os
from pathlib import Path

from segql.catalog.load import PROJECT_FILE
from segql.diagnostics import SegqlError
from segql.messages import usage


def projects_of(named: str | None, paths: list[Path]) -> dict[Path, list[Path]]:
    """The folder of each project, with the paths that belong to it.

    That is one project as a rule: the one that was named, or the nearest from here up.
    Where there is none, each path goes to the nearest above itself, so that a call from
    the top of a repository can name the files of several.
    """
    try:
        return {find_project(named): paths}
    except SegqlError:
        if named is not None or not paths:
            raise
        found: dict[Path, list[Path]] = {}
        for path in paths:
            if not path.exists():
                raise SegqlError([usage.no_such_path(str(path))]) from None
            for folder in Path(os.path.abspath(path)).parents:
                if (folder / PROJECT_FILE).exists():
                    found.setdefault(Path(os.path.relpath(folder)), []).append(path)
                    break
            else:
                raise
        return found


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
