"""`segql test`: definition files in, how their example customers come out, out."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from segql.cli import output
from segql.cli import test_text as text
from segql.cli.what import find_project
from segql.diagnostics import Diagnostic, SegqlError
from segql.insight.coverage import Coverage, coverage
from segql.insight.suggest import lacking
from segql.insight.trial import Tried, tried
from segql.messages import usage
from segql.project import Project

if TYPE_CHECKING:
    from segql.engines import Connection
    from segql.insight.on_engine import OnEngine


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
    library, catalog = project.library, project.catalog
    found: list[Tried] = []
    covered: list[Coverage] = []
    there: list[OnEngine] = []
    faults: list[Diagnostic] = []
    for each in tried(project.files(asked.paths), library):
        found.append(each)
        faults += each.diagnostics
        _note(text.told(each, catalog.entity.zone, sys.stderr))
        if each.errors:
            continue
        if connection is not None and each.trials:
            from segql.insight.on_engine import on_engine

            there.append(on_engine(each, library, connection))
            faults += (*there[-1].differences, *there[-1].refused)
            _note(text.differs(there[-1], each, sys.stderr))
        if asked.suggest:
            lack = lacking(each, library, datetime.now(UTC), asked.limit)
            _say(text.proposed(lack, catalog))
        if asked.coverage:
            covered.append(coverage(each, library))
            _say(text.decided(covered[-1]))
    if covered:
        output.say(text.covered_summary(covered))
    output.note(text.summary(found, sys.stderr))
    if connection is not None:
        output.note(text.there_summary(there, connection.engine))
    return output.exit_code(faults)


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
