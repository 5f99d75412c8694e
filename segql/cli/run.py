"""`segql run`: a rule, a segment or several in; the members or their number out."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from segql.cli import output
from segql.cli.formats import BINARY, SUFFIXES, Answer, shown, write
from segql.cli.progress import Progress
from segql.cli.run_out import run_out, wanted
from segql.cli.table import Column, cut, table
from segql.cli.what import compiled, find_project, several_in, shown_instant
from segql.diagnostics import SegqlError
from segql.engines import Connection
from segql.engines.written import written
from segql.messages import names as name_messages
from segql.messages import usage
from segql.messages.words import listed
from segql.project import Project, Segment
from segql.source import Source
from segql.types import Exact

FIRST = 10
"""So many members are shown where nobody asks for a number."""


def run(asked: Namespace) -> int:
    project = Project.load(find_project(asked.project))
    several = several_in(project, asked.what)
    if several is not None:
        from segql.cli.run_folder import run_folder

        return run_folder(project, several, asked)
    for option, given in (("--shape", asked.shape), ("--timings", asked.timings)):
        if given:
            message = f"`{option}` goes with a folder of segments, not with one"
            raise SegqlError([usage.misused(message, "leave it out")])
    if asked.plan and (asked.count or asked.format or asked.limit is not None):
        help = "leave out `--count`, `--format` and `--limit`"
        raise SegqlError([usage.misused("`--plan` runs nothing", help)])
    if asked.count and asked.format:
        raise SegqlError(
            [usage.misused("`--count` has no other format", "leave one out")]
        )
    apart = wanted(asked)
    kind = "parquet" if apart else _format(asked)
    segment = compiled(project, asked)
    more = _attributes(project, asked)
    output.fail(segment.diagnostics)
    if apart:
        run_out(project, segment, more or (), asked)
        return 0
    if asked.plan:
        with sink(asked.output) as to, project.connect(asked.on) as connection:
            members = segment.members(connection, attributes=more or ())
            to(f"{members.engine_plan()}\n".encode())
    elif asked.count:
        with sink(asked.output) as to, project.connect(asked.on) as connection:
            with Progress("counting"):
                count = segment.members(connection).count()
            to(f"{count}\n".encode())
    elif kind == "table":
        with sink(asked.output, styled=True) as to:
            lines = _page(project, segment, more, asked)
            to("".join(f"{line}\n" for line in lines).encode())
    else:
        _members(project, segment, more, kind, asked)
    return 0


def _format(asked: Namespace) -> str:
    """What was asked for, what the file's name says, or what suits the stream."""
    kind: str | None = asked.format
    if kind is None and asked.output:
        kind = "keys" if asked.count else format_of(asked.output, SUFFIXES, "keys")
    if kind is None:
        kind = "table" if output.terminal(sys.stdout) else "keys"
    if kind in BINARY and not asked.output and output.terminal(sys.stdout):
        help = "add `-o FILE`, or lead the answer into another program"
        raise SegqlError([usage.misused(f"{kind} is nothing for a terminal", help)])
    return kind


def format_of(file: str, known: Mapping[str, str], plain: str) -> str:
    """The format that a file's name says; `plain` goes with `.txt` or no ending."""
    suffix = Path(file).suffix.lower()
    if suffix in ("", ".txt"):
        return plain
    if suffix not in known:
        message = f"`-o {file}`: no format has the ending `{suffix}`"
        endings = listed([*known])
        help = f"`.txt` is for {plain}, and there are {endings}; or add `--format`"
        raise SegqlError([usage.misused(message, help)])
    return known[suffix]


def _attributes(project: Project, asked: Namespace) -> tuple[str, ...] | None:
    """The attributes that `--with` names; None if there is none."""
    wanted = [name.strip() for each in asked.attributes for name in each.split(",")]
    known = project.catalog.attributes
    synonyms = {
        synonym.lower(): attribute.name
        for attribute in known.values()
        for synonym in attribute.synonyms
    }
    for name in wanted:
        if name not in known:
            found = name_messages.unknown_name(
                name, list(known), synonyms, Source("").end
            )
            message = f"`--with {name}`: the catalog has no such attribute"
            raise SegqlError([usage.misused(message, found.help)])
    return tuple(dict.fromkeys(wanted)) if wanted else None


@contextmanager
def sink(
    file: str | None, *, styled: bool = False
) -> Iterator[Callable[[bytes], object]]:
    """Where the answer goes: a file that is written whole, or the standard output."""
    if file is not None:
        with written(Path(file)) as opened:
            yield lambda piece: opened.write(output.unpainted(piece, styled))
    elif styled:
        yield lambda piece: output.say(piece.decode().removesuffix("\n"))
    else:
        yield output.data


def _members(
    project: Project,
    segment: Segment,
    more: tuple[str, ...] | None,
    kind: str,
    asked: Namespace,
) -> None:
    count = 0
    with project.connect(asked.on) as connection:
        members = segment.members(connection, attributes=more or (), limit=asked.limit)
        answer = Answer(members, is_rule=segment.checked.source.name == "<rule>")
        with Progress("running") as progress, sink(asked.output) as to:

            def first(piece: bytes) -> None:
                if asked.output is None:
                    progress.end()
                to(piece)

            def counted(rows: int) -> None:
                nonlocal count
                count += rows
                progress.step(f"{count:,} members", 0)

            write(kind, answer, first, counted, file=asked.output is not None)
    if asked.output is None:
        output.flush()
    where = f" → {asked.output}" if asked.output else ""
    output.note(
        output.paint(
            f"{members_of(count, asked.limit)} as of {answer.as_of}{where}",
            "dim",
            sys.stderr,
        )
    )


def members_of(count: int, limit: int | None) -> str:
    """How many were written; there may be more of them where the limit was reached."""
    if count and count == limit:
        return "the first member" if count == 1 else f"the first {count:,} members"
    return f"{count:,} member" if count == 1 else f"{count:,} members"


# The table of one segment.


def _page(
    project: Project, segment: Segment, more: tuple[str, ...] | None, asked: Namespace
) -> list[str]:
    attributes = segment.attributes if more is None else more
    limit = FIRST if asked.limit is None else asked.limit
    with project.connect(asked.on) as connection, Progress("running"):
        size = segment.members(connection).count()
        base = everyone(project, segment, connection)
        members = segment.members(connection, attributes=attributes, limit=limit)
        rows = [row for batch in members.batches() for row in batch.to_pylist()]
        rows = [list(row.values()) for row in rows]
    catalog = project.catalog
    answer = Answer(members, is_rule=False)
    zone = catalog.entity.zone
    lines = [
        "",
        *_title(segment),
        "",
        f"  {output.paint(f'{size:,}', 'green')} of {base:,}"
        f" {plural(catalog.entity.name, base)}, {share(size, base)}",
        output.paint(f"  as of {shown_instant(segment.as_of, zone)} ({zone})", "dim"),
        "",
    ]
    if not rows:
        return lines
    heads = [Column(catalog.entity.key[-1], _number(rows, 0), whole=True)]
    heads += [
        Column(name, isinstance(catalog.attributes[name].column.type, Exact))
        for name in attributes
    ]
    cells = [
        [
            shown(catalog, value, column)
            for value, column in zip(row, answer.columns, strict=True)
        ]
        for row in rows
    ]
    lines += table(heads, cells)
    if size > len(rows):
        lines.append(output.paint(f"  and {size - len(rows):,} more", "dim"))
    return [*lines, ""]


def _title(segment: Segment) -> list[str]:
    """The title and the name, or the rule itself."""
    from shutil import get_terminal_size

    room = max(get_terminal_size().columns, 20) - 3
    if segment.checked.source.name == "<rule>" and segment.title is None:
        text = output.harmless(" ".join(segment.text.split()))
        return ["  " + output.paint(cut(text, room), "bold")]
    name = output.harmless(segment.name)
    if segment.title is None:
        return ["  " + output.paint(name, "bold")]
    title = cut(output.harmless(segment.title), room)
    return ["  " + output.paint(title, "bold"), "  " + output.paint(name, "dim")]


def _number(rows: list[list[object]], column: int) -> bool:
    return all(isinstance(row[column], int) for row in rows)


def everyone(project: Project, segment: Segment, connection: Connection) -> int:
    """How many customers there are, as of the same instant."""
    all_ = project.compile("everyone", as_of=segment.as_of)
    return all_.members(connection).count()


def plural(entity: str, count: int) -> str:
    if count == 1 or not entity.isascii():
        return entity
    return f"{entity[:-1]}ies" if entity.endswith("y") else f"{entity}s"


def share(size: int, base: int) -> str:
    """A share as percent; neither none nor all unless it is exactly that."""
    if not base:
        return "–"
    percent = 100 * size / base
    if 0 < percent < 0.05:
        return "<0.1 %"
    if size < base and percent > 99.95:
        return ">99.9 %"
    return f"{percent:.1f} %"
