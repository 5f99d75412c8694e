"""`segql test`: definition files in, how their example customers come out, out."""

import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from segql.cli import output
from segql.cli.test_text import covered_summary, decided, proposed, summary, told
from segql.cli.what import find_project
from segql.diagnostics import SegqlError
from segql.insight.coverage import Coverage, coverage
from segql.insight.suggest import lacking
from segql.insight.trial import Tried, tried
from segql.messages import usage
from segql.project import Project


def run(asked: Namespace) -> int:
    project = Project.load(find_project(asked.project))
    missing = [path for path in asked.paths if not Path(path).exists()]
    if missing:
        raise SegqlError([usage.no_such_path(path) for path in missing])
    zone = project.catalog.entity.zone
    found: list[Tried] = []
    covered: list[Coverage] = []
    for each in tried(project.files(asked.paths), project.library):
        found.append(each)
        for line in told(each, zone, sys.stderr):
            output.note(line)
        if asked.suggest and not each.errors:
            now = datetime.now(UTC)
            lack = lacking(each, project.library, now, asked.limit)
            for line in proposed(lack, project.catalog):
                output.say(line)
        if asked.coverage and not each.errors:
            covered.append(coverage(each, project.library))
            for line in decided(covered[-1]):
                output.say(line)
    if covered:
        output.say(covered_summary(covered))
    output.note(summary(found, sys.stderr))
    return output.exit_code(fault for each in found for fault in each.diagnostics)
