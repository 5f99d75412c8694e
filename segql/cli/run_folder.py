"""`segql run FOLDER`, or a partition: the size of each of its segments."""

import json
import sys
from argparse import Namespace
from pathlib import Path

from segql.cli import output
from segql.cli.formats import sizes_csv
from segql.cli.progress import Progress
from segql.cli.run import everyone, format_of, plural, share, sink
from segql.cli.run_out import run_out, wanted
from segql.cli.table import Column, table
from segql.cli.what import instant, parameters, shown_instant
from segql.diagnostics import SegqlError
from segql.library import definition_files
from segql.messages import usage
from segql.project import Project, Segment, as_instant

_SUFFIXES = {".csv": "csv", ".json": "json"}


def run_folder(project: Project, path: Path, asked: Namespace) -> int:
    """A line for each segment; files with mistakes are told of and left out."""
    apart = wanted(asked)
    kind = "csv" if apart else _format(asked, path)
    zone = project.catalog.entity.zone
    as_of = as_instant(instant(asked.as_of), zone)
    params = parameters(asked.param)
    segments: list[Segment] = []
    wrong: list[SegqlError] = []
    for file in definition_files(path):
        try:
            segments += project.compile_all(file, as_of=as_of, params=params)
        except SegqlError as error:
            wrong.append(error)
    found = [each for error in wrong for each in error.diagnostics]
    if not segments:
        output.fail(found)
        return output.exit_code(found)
    if apart:
        run_out(project, segments, (), asked, together=True)
        output.fail(found)
        return output.exit_code(found)
    rows: list[tuple[str, str | None, int]] = []
    base = 0
    with (
        project.connect(asked.on) as connection,
        Progress("", len(segments)) as progress,
    ):
        for done, segment in enumerate(segments):
            progress.step(segment.name, done)
            base = base or everyone(project, segment, connection)
            size = segment.members(connection).count()
            rows.append((segment.name, segment.title, size))
    moment = shown_instant(as_of, zone)
    with sink(asked.output, styled=kind == "table") as to:
        entity = plural(project.catalog.entity.name, base)
        foot = f"of {base:,} {entity}, as of {moment} ({zone})"
        to(_shown(kind, rows, base, moment, foot).encode())
    output.fail(found)
    return output.exit_code(found)


def _format(asked: Namespace, path: Path) -> str:
    whole = "a folder" if path.is_dir() else "a partition"
    refused = {
        "--count": asked.count,
        "--param": asked.param and path.is_dir(),
        "--with": asked.attributes,
        "--limit": asked.limit is not None,
    }
    for option, given in refused.items():
        if given:
            message = f"`{option}` goes with one segment, not with {whole}"
            raise SegqlError([usage.misused(message, "name one of its segments")])
    kind: str | None = asked.format
    if kind is None and asked.output:
        kind = format_of(asked.output, _SUFFIXES, "table")
    if kind is None:
        kind = "table" if output.terminal(sys.stdout) or asked.output else "csv"
    if kind not in ("table", "csv", "json"):
        message = f"the segments of {whole} can't be told as {kind}"
        help = "ask for `--format table`, `csv` or `json`, or run one segment"
        raise SegqlError([usage.misused(message, help)])
    return kind


def _shown(
    kind: str,
    rows: list[tuple[str, str | None, int]],
    base: int,
    as_of: str,
    foot: str,
) -> str:
    if kind == "csv":
        head: list[str | None] = ["segment", "title", "size", "base", "as_of"]
        body = [[name, title, str(n), str(base), as_of] for name, title, n in rows]
        return sizes_csv([head, *body])
    if kind == "json":
        found = [{"segment": a, "title": b, "size": n} for a, b, n in rows]
        whole = {"as_of": as_of, "base": base, "segments": found}
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
    columns = [
        Column("segment", whole=True),
        Column("title"),
        Column("size", right=True),
        Column("share", right=True),
    ]
    cells = [[name, title, f"{n:,}", share(n, base)] for name, title, n in rows]
    last = output.paint(f"  {foot}", "dim")
    return "\n".join(["", *table(columns, cells), "", last, "", ""])
