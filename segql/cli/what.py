"""What a call speaks of: its project, its rule, its instant, its parameters."""

import os
import re
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from segql.cli.project_folder import find_project as find_project
from segql.diagnostics import SegqlError
from segql.library import SUFFIX, is_partition
from segql.messages import names, usage
from segql.project import Project, Segment

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_WORD = re.compile(r"""[^\s"'()=<>!]+""")


def compiled(project: Project, asked: Namespace) -> Segment:
    """The segment that was asked for: by its name, as a file, or as a rule."""
    return named(project, asked.what, instant(asked.as_of), parameters(asked.param))


def named(
    project: Project, what: str, as_of: datetime, params: dict[str, object]
) -> Segment:
    """A segment by its name, as a file, or as a rule."""
    if what in project.segments:
        return project.segment(what, as_of=as_of, params=params)
    if _is_file(what):
        return project.compile_file(what, as_of=as_of, params=params)
    if _like_a_path(what):
        raise SegqlError([usage.no_such_path(what)])
    try:
        return project.compile(what, as_of=as_of, params=params)
    except SegqlError as error:
        if _WORD.fullmatch(what) and any(each.source for each in error.diagnostics):
            nothing = usage.nothing_named(what, project.segments)
            raise SegqlError([nothing, *error.diagnostics]) from None
        raise


def several_in(project: Project, what: str) -> Path | None:
    """What was asked for, if it is a folder, or the file of a partition."""
    if what in project.segments or len(what) > 4096 or "\0" in what or not what:
        return None
    if found := project.partition_file(what):
        return found
    try:
        path = Path(what)
        return path if path.is_dir() or is_partition(path) else None
    except OSError:
        return None


def _is_file(what: str) -> bool:
    try:
        return bool(what) and len(what) <= 4096 and os.path.lexists(what)
    except ValueError:
        return False


def _like_a_path(what: str) -> bool:
    """Whether a text that is no rule was surely meant as a path."""
    if not _WORD.fullmatch(what):
        return False
    return what.endswith((SUFFIX, "/", os.sep)) or what.startswith(("./", "../", "/"))


def instant(written: str | None) -> datetime:
    """An `as of` as it was written, without an offset if there was none.

    Now, to the second, if nothing was written: so what is printed is what was asked.
    """
    if written is None:
        return datetime.now(UTC).replace(microsecond=0)
    if _INSTANT.fullmatch(written):
        try:
            return datetime.fromisoformat(written)
        except ValueError:
            pass
    raise SegqlError([names.bad_as_of(written)])


def parameters(written: Sequence[str]) -> dict[str, object]:
    """The `--param` options as names and values."""
    found: dict[str, object] = {}
    for each in written:
        name, sign, value = each.partition("=")
        if not sign or not name.strip():
            help = "write a name and a value: `--param n=5`"
            raise SegqlError([usage.misused("`--param` wants NAME=VALUE", help)])
        if name.strip() in found:
            message = f"`--param {name.strip()}` is given twice"
            raise SegqlError([usage.misused(message, "keep one")])
        found[name.strip()] = value
    return found


def shown_instant(moment: datetime, zone: str) -> str:
    """An instant as the business's clock shows it, with its offset."""
    from zoneinfo import ZoneInfo

    local = moment.astimezone(ZoneInfo(zone))
    exact = "auto" if local.microsecond else "seconds"
    return local.isoformat(timespec="minutes" if not local.second else exact)
