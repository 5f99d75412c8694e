"""`segql run FOLDER`, or a partition: its segments together, as sizes or members."""

import json
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from segql.cli import output
from segql.cli.formats import sizes_csv
from segql.cli.progress import Progress
from segql.cli.run import format_of, plural, share, sink
from segql.cli.run_out import is_folder
from segql.cli.table import Column, table
from segql.cli.what import instant, parameters, shown_instant
from segql.diagnostics import SegqlError
from segql.engines.folders import Distributed, is_url
from segql.library import definition_files
from segql.memberships import Memberships, Shape
from segql.messages import usage
from segql.project import Project, Segment, as_instant

_SUFFIXES = {".csv": "csv", ".json": "json", ".parquet": "parquet"}
_PICTURES = {".svg": "svg"}


def run_folder(project: Project, path: Path, asked: Namespace) -> int:
    """The segments of a folder; files with mistakes are told of and left out."""
    kind = _kind(asked, path)
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
    if segments:
        _each_once(segments)
        _run(project, segments, kind, asked)
    output.fail(found)
    return output.exit_code(found)


def _run(
    project: Project, segments: Sequence[Segment], kind: str, asked: Namespace
) -> None:
    every = Memberships(tuple(segments))
    if kind in ("plan", "svg"):
        with sink(asked.output) as to:
            to((every.explain() if kind == "plan" else every.picture()).encode())
        return
    shape: Shape | None = cast("Shape | None", asked.shape)
    with project.connect(asked.on) as connection:
        distributed = isinstance(connection, Distributed) or is_url(asked.output or "")
        if kind == "members" and distributed and (shape or _shape(asked)) == "keys":
            every = every.on(connection)
            with Progress(f"writing {len(segments):,} segments"):
                sizes = every.write_distributed(asked.output)
            _tell(every, sizes, asked.output)
            return
        with Progress("checking the data") as progress:
            every = every.on(connection).telling(
                lambda what: progress.step(f"reading {what}", 0)
            )
            with every.running() as run:
                if kind == "members":
                    counts = every.written(run, asked.output, shape or _shape(asked))
                else:
                    counts = run.counts()
    if kind == "members":
        _tell(every, counts, asked.output)
    else:
        _sizes(project, segments, counts, len(run.customers), kind, asked)
    if asked.timings:
        output.note("\n" + every.timings(run.done).rstrip("\n"))


def _shape(asked: Namespace) -> Shape:
    return "keys" if is_folder(asked.output) else "long"


def _each_once(segments: Sequence[Segment]) -> None:
    seen: set[str] = set()
    for each in segments:
        if each.name in seen:
            message = f"two files in the folder define the segment `{each.name}`"
            raise SegqlError([usage.misused(message, "rename one of them")])
        seen.add(each.name)


def _kind(asked: Namespace, path: Path) -> str:
    """What comes out: sizes as `table`, `csv` or `json`; `members`; `plan` or `svg`."""
    whole = "a folder" if path.is_dir() else "a partition"
    refused = {
        "--count": asked.count,
        "--param": asked.param and path.is_dir(),
        "--with": asked.attributes,
        "--limit": asked.limit is not None,
        "--into": asked.into is not None,
    }
    for option, given in refused.items():
        if given:
            message = f"`{option}` goes with one segment, not with {whole}"
            raise SegqlError([usage.misused(message, "name one of its segments")])
    if asked.plan:
        if asked.format or asked.shape or asked.timings:
            help = "leave out `--format`, `--shape` and `--timings`"
            raise SegqlError([usage.misused("`--plan` runs nothing", help)])
        return format_of(asked.output, _PICTURES, "plan") if asked.output else "plan"
    kind: str | None = asked.format
    if is_folder(asked.output):
        kind = kind or "parquet"
    elif kind is None and asked.output:
        kind = format_of(asked.output, _SUFFIXES, "table")
    elif kind is None:
        kind = "table" if output.terminal(sys.stdout) else "csv"
    if kind == "parquet":
        return _members(asked)
    if asked.shape:
        help = "name a file with `-o members.parquet`, or a folder with `-o members/`"
        message = f"`--shape {asked.shape}` is a way to write members"
        raise SegqlError([usage.misused(message, help)])
    if kind not in ("table", "csv", "json") or is_folder(asked.output):
        message = f"the segments of {whole} can't be told as {kind}"
        help = "ask for `table`, `csv`, `json` or `parquet`, or run one segment"
        raise SegqlError([usage.misused(message, help)])
    return kind


def _members(asked: Namespace) -> str:
    if not asked.output:
        message = "members of many segments are Parquet, which is nothing to print"
        help = "name a file with `-o members.parquet`, or a folder with `-o members/`"
        raise SegqlError([usage.misused(message, help)])
    folder = is_folder(asked.output)
    if asked.shape and folder is not (asked.shape in ("keys", "bitmaps")):
        message = f"`--shape {asked.shape}` is a {'file' if folder else 'folder'}"
        help = f"write `-o {asked.output.rstrip('/')}{'' if folder else '/'}`"
        raise SegqlError([usage.misused(message, help)])
    return "members"


def _tell(every: Memberships, counts: Mapping[str, int] | None, place: str) -> None:
    first = every.segments[0]
    moment = shown_instant(first.as_of, first.project.catalog.entity.zone)
    number = len(every.segments)
    line = f"{number:,} segment{'' if number == 1 else 's'}"
    if counts is not None:
        line += f", {sum(counts.values()):,} memberships"
    line += f" as of {moment} → {place}"
    output.note(output.paint(line, "dim", sys.stderr))


def _sizes(
    project: Project,
    segments: Sequence[Segment],
    counts: Mapping[str, int],
    base: int,
    kind: str,
    asked: Namespace,
) -> None:
    zone = project.catalog.entity.zone
    moment = shown_instant(segments[0].as_of, zone)
    rows = [(each.name, each.title, counts[each.name]) for each in segments]
    with sink(asked.output, styled=kind == "table") as to:
        entity = plural(project.catalog.entity.name, base)
        foot = f"of {base:,} {entity}, as of {moment} ({zone})"
        to(_shown(kind, rows, base, moment, foot).encode())


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
