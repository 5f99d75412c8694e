"""`segql diff`: two rules, or two states of a project in; what changed out."""

from argparse import Namespace
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from segql.cli.diff_formats import as_json, as_markdown
from segql.cli.diff_text import page, told
from segql.cli.diff_words import are_rules, of_rules, only
from segql.cli.run import sink
from segql.cli.what import find_project, instant, parameters, shown_instant
from segql.diagnostics import SegqlError
from segql.insight.diff_api import states
from segql.insight.diff_nodes import Changes
from segql.insight.diff_project import changes
from segql.insight.revisions import FILES, State, ends
from segql.messages import usage
from segql.project import Project, as_instant

DIFFERS = 1


def run(asked: Namespace) -> int:
    folder = find_project(asked.project)
    params = parameters(asked.param)
    as_of = None if asked.as_of is None else instant(asked.as_of)
    if asked.limit and not asked.show_keys:
        help = "write `--show-keys`, too; `--keys FILE` has all of them"
        raise SegqlError([usage.misused("`--limit` is about keys", help)])
    if are_rules(folder, asked):
        project = Project.load(folder)
        old = new = State(FILES, project)
        moment = None if as_of is None else as_instant(as_of, _zone(project))
        found = of_rules(project, asked, moment, params)
        return _answered(found, folder, asked, (old, new), alone=True)
    with _states(folder, asked) as (old, new):
        some = new.project or old.project
        assert some is not None
        moment = None if as_of is None else as_instant(as_of, _zone(some))
        wanted = only(asked.only, folder, (old, new))
        found = changes(old, new, moment, params, wanted)
        return _answered(found, folder, asked, (old, new))


def _zone(project: Project) -> str:
    return project.catalog.entity.zone


def _states(
    folder: Path, asked: Namespace
) -> AbstractContextManager[tuple[State, State]]:
    """The two states of the project that are meant, for as long as they are needed."""
    meant = ends(asked.what)
    if meant is None:
        help = "write `segql diff OLD NEW`, or `segql diff OLD..NEW`"
        raise SegqlError([usage.misused("there are more than two revisions", help)])
    return states(folder, *meant)


def _answered(
    found: Changes,
    folder: Path,
    asked: Namespace,
    states: tuple[State, State],
    *,
    alone: bool = False,
) -> int:
    """Says what was found, with numbers if they are wanted; the exit code."""
    some = states[1].project or states[0].project
    assert some is not None
    zone = _zone(some)
    moment = None
    if asked.members or asked.on or asked.show_keys or asked.keys:
        now = as_instant(instant(asked.as_of), zone)
        moment = f"{shown_instant(now, zone)} ({zone})"
        found = _counted(found, folder, asked, states, now)
    styled = asked.format == "text"
    with sink(asked.output, styled=styled) as to:
        if asked.format == "json":
            to(as_json(found, zone, moment))
        elif asked.format == "markdown":
            to(as_markdown(found, zone, moment))
        else:
            lines = []
            if alone:
                for each in found.segments:
                    lines += [*told(each, zone), ""]
                lines = lines[:-1]
            else:
                lines += page(found, zone)
            lines += ["", f"members as of {moment}"] if moment else []
            to(("\n".join(lines) + "\n").encode())
    return DIFFERS if found.differs else 0


def _counted(
    found: Changes,
    folder: Path,
    asked: Namespace,
    states: tuple[State, State],
    as_of: datetime,
) -> Changes:
    """With the numbers of those who enter and leave, and keys where they are wanted."""
    from segql.cli.diff_keys import Keys
    from segql.cli.progress import Progress
    from segql.insight.diff_members import Warehouse, counted

    project = Project.load(folder)
    worlds = [each.project.world for each in states if each.project is not None]
    most = (asked.limit or 10) if asked.show_keys else 0
    with project.connect(asked.on) as connection, Progress("the members"):
        warehouse = Warehouse(project, connection, as_of, worlds[0], worlds[-1])
        with Keys(asked.keys, most) as keys:
            segments = counted(found.segments, warehouse, keys.add)
        shown = tuple(
            replace(
                each,
                moved=replace(
                    each.moved,
                    entered=keys.shown(each.name, "enters"),
                    left=keys.shown(each.name, "leaves"),
                ),
            )
            if each.moved is not None
            else each
            for each in segments
        )
    return replace(found, segments=shown)
