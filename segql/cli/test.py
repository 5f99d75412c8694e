"""`segql test`: definition files in, how their example customers come out, out."""

import sys
from argparse import Namespace
from pathlib import Path

from segql.cli import output
from segql.cli.test_text import summary, told
from segql.cli.what import find_project
from segql.diagnostics import SegqlError
from segql.insight.trial import tried
from segql.messages import usage
from segql.project import Project


def run(asked: Namespace) -> int:
    project = Project.load(find_project(asked.project))
    missing = [path for path in asked.paths if not Path(path).exists()]
    if missing:
        raise SegqlError([usage.no_such_path(path) for path in missing])
    zone = project.catalog.entity.zone
    found = []
    for each in tried(project.files(asked.paths), project.library):
        found.append(each)
        for line in told(each, zone, sys.stderr):
            output.note(line)
    output.note(summary(found, sys.stderr))
    return output.exit_code(fault for each in found for fault in each.diagnostics)
