"""`segql test`: definition files in, how their example customers come out, out."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from segql.catalog.nodes import Catalog
from segql.cli import output
from segql.cli import test_text as text
from segql.cli.test_formats import Said, as_json, as_junit
from segql.cli.what import find_project
from segql.diagnostics import SegqlError
from segql.insight.coverage import coverage
from segql.insight.suggest import lacking
from segql.insight.trial import Tried, tried
from segql.messages import usage
from segql.project import Project

if TYPE_CHECKING:
    from segql.engines import Connection


def run(asked: Namespace) -> int:
    project = Project.load(find_project(asked.project))
    missing = [path for path in asked.paths if not Path(path).exists()]
    if missing:
        raise SegqlError([usage.no_such_path(path) for path in missing])
    if asked.on is not None and not asked.warehouse:
        help_ = "add `--warehouse`"
        raise SegqlError([usage.misused("`--on` is of the warehouse", help_)])
    with _connection(project, asked) as connection:
        return _run(project, connection, asked)


def _run(project: Project, connection: "Connection | None", asked: Namespace) -> int:
    found: list[Said] = []
    for each in tried(project.files(asked.paths), project.library):
        said = _asked(each, project, connection, asked)
        found.append(said)
        if asked.format == "text":
            _tell(said, project.catalog)
    if asked.format == "json":
        output.data(as_json(found, project.catalog))
    elif asked.format == "junit":
        output.data(as_junit(found, project.catalog))
    elif covered := [each.coverage for each in found if each.coverage is not None]:
        output.say(text.covered_summary(covered))
    output.note(text.summary([each.tried for each in found], sys.stderr))
    there = [each.on_engine for each in found if each.on_engine is not None]
    if connection is not None:
        output.note(text.there_summary(there, connection.engine))
    faults = [fault for each in found for fault in each.tried.diagnostics]
    for one in there:
        faults += (*one.differences, *one.refused)
    return output.exit_code(faults)


def _asked(
    found: Tried, project: Project, connection: "Connection | None", asked: Namespace
) -> Said:
    """A file, and what else is wanted of it; nothing of one with mistakes."""
    if found.errors:
        return Said(found)
    library = project.library
    covered = coverage(found, library) if asked.coverage else None
    lack = None
    if asked.suggest:
        lack = lacking(found, library, datetime.now(UTC), asked.limit)
    there = None
    if connection is not None and found.trials:
        from segql.insight.on_engine import on_engine

        there = on_engine(found, library, connection)
    return Said(found, covered, lack, there)


def _tell(said: Said, catalog: Catalog) -> None:
    _note(text.told(said.tried, catalog.entity.zone, sys.stderr))
    if said.on_engine is not None:
        _note(text.differs(said.on_engine, said.tried, sys.stderr))
    if said.lacking is not None:
        _say(text.proposed(said.lacking, catalog))
    if said.coverage is not None:
        _say(text.decided(said.coverage))


@contextmanager
def _connection(project: Project, asked: Namespace) -> Iterator["Connection | None"]:
    """The warehouse, if it is asked too."""
    if not asked.warehouse:
        yield None
        return
    with project.connect(asked.on) as connection:
        yield connection


def _note(lines: Iterator[str]) -> None:
    for line in lines:
        output.note(line)


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        output.say(line)
