"""`segql run … -o FOLDER/`, or `--into TABLE`: members in, written by the engine."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from segql.cli import output
from segql.cli.progress import Progress
from segql.cli.what import shown_instant
from segql.diagnostics import SegqlError
from segql.engines.folders import is_url, written_folder
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
    project: Project,
    segments: Sequence[Segment],
    more: tuple[str, ...],
    asked: Namespace,
    *,
    together: bool,
) -> None:
    """Writes each segment; of several, `together`, into folders `segment=NAME`."""
    if together and asked.into is not None:
        raise _misused("`--into` goes with one segment", "name one, or use `-o`")
    with (
        ExitStack() as stack,
        project.connect(asked.on) as connection,
        Progress("", len(segments)) as progress,
    ):
        place = asked.output or ""
        base = place.rstrip("/")
        if together and not is_url(place):
            base = str(stack.enter_context(written_folder(Path(base))))
        for done, segment in enumerate(segments):
            progress.step(segment.name, done)
            members = segment.members(connection, attributes=more, limit=asked.limit)
            if asked.into is not None:
                count = members.write_table(asked.into)
            else:
                count = members.write(
                    f"{base}/segment={segment.name}" if together else base
                )
            shown = f"{place.rstrip('/')}/segment={segment.name}"
            _tell(segment, count, asked.into or (shown if together else place))


def _tell(segment: Segment, count: int, where: str) -> None:
    from segql.cli.run import members_of

    moment = shown_instant(segment.as_of, segment.project.catalog.entity.zone)
    line = f"{members_of(count, None)} as of {moment} → {where}"
    output.note(output.paint(line, "dim", sys.stderr))
