"""`segql run … -o FOLDER/`, or `--into TABLE`: members in, written by the engine."""

import sys
from argparse import Namespace

from segql.cli import output
from segql.cli.progress import Progress
from segql.cli.what import shown_instant
from segql.diagnostics import SegqlError
from segql.engines.folders import is_url
from segql.messages import usage
from segql.project import Project, Segment


def is_folder(file: str | None) -> bool:
    """Whether `-o` names a folder: by a `/` at its end, or as a URL."""
    return file is not None and (file.endswith("/") or is_url(file))


def wanted(asked: Namespace) -> bool:
    """Whether the engine is to write; what doesn't go with that is refused."""
    folder = is_folder(asked.output)
    if not folder and asked.into is None:
        return False
    if asked.into is not None and asked.output:
        raise _misused("`--into` and `-o` are two places", "leave one out")
    if asked.count or asked.plan:
        raise _misused("a number is no folder of members", "leave `--count` out")
    if asked.format not in (None, "parquet"):
        message = f"a folder of {asked.format} can't be written"
        raise _misused(message, "its files are Parquet; or name a file in `-o`")
    return True


def _misused(message: str, help: str) -> SegqlError:
    return SegqlError([usage.misused(message, help)])


def run_out(
    project: Project, segment: Segment, more: tuple[str, ...], asked: Namespace
) -> None:
    """Writes the members of one segment into a folder, or as a table."""
    with project.connect(asked.on) as connection, Progress(segment.name):
        members = segment.members(connection, attributes=more, limit=asked.limit)
        if asked.into is not None:
            count = members.write_table(asked.into)
        else:
            count = members.write(asked.output.rstrip("/"))
    _tell(segment, count, asked.into or asked.output)


def _tell(segment: Segment, count: int, where: str) -> None:
    from segql.cli.run import members_of

    moment = shown_instant(segment.as_of, segment.project.catalog.entity.zone)
    line = f"{members_of(count, None)} as of {moment} → {where}"
    output.note(output.paint(line, "dim", sys.stderr))
