"""The façade's way to differences: names, rules and revisions in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from segql.catalog.load import PROJECT_FILE
from segql.diagnostics import SegqlError
from segql.engines import Connection
from segql.insight.diff import Side, difference
from segql.insight.diff_nodes import Changes, Difference
from segql.insight.diff_project import changes as compared
from segql.insight.revisions import FILES, Repository, State
from segql.messages import revisions as messages
from segql.project import Project, Segment, as_instant


def diff(
    project: Project,
    old: str | Segment,
    new: str | Segment,
    as_of: datetime | None,
    connection: Connection | None,
) -> Difference:
    """As `Project.diff`."""
    sides = []
    for each in (old, new):
        if not isinstance(each, Segment):
            known = each in project.segments
            each = (project.segment if known else project.compile)(each)
        sides.append(Side(each.checked, each.project.library, each.name))
    zone = project.catalog.entity.zone
    moment = None if as_of is None else as_instant(as_of, zone)
    found = difference(sides[0], sides[1], moment)
    if connection is None:
        return found
    from segql.insight.diff_members import Warehouse, counted

    now = moment or as_instant(None, zone)
    worlds = [side.library.world for side in sides]
    return counted([found], Warehouse(project, connection, now, *worlds))[0]


def changes(
    project: Project,
    old: str,
    new: str | None,
    as_of: datetime | None,
    params: Mapping[str, object] | None,
) -> Changes:
    """As `Project.changes`."""
    zone = project.catalog.entity.zone
    moment = None if as_of is None else as_instant(as_of, zone)
    with states(project.folder, old, new) as (before, after):
        return compared(before, after, moment, params)


@contextmanager
def states(folder: Path, old: str, new: str | None) -> Iterator[tuple[State, State]]:
    """Two states of a project, for as long as they are needed; None is its files.

    Raises:
        SegqlError: there is no such revision, or no project at either.
    """
    repository = Repository(folder)
    with TemporaryDirectory(prefix="segql-") as place:
        before = repository.state(old, Path(place, "old"))
        if new is not None:
            after = repository.state(new, Path(place, "new"))
        else:
            there = (folder / PROJECT_FILE).exists()
            after = State(FILES, Project.load(folder) if there else None)
        if before.project is None and after.project is None:
            raise SegqlError([messages.no_project_at(before.name, after.name)])
        yield before, after
