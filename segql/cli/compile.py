"""`segql compile`: a rule or a segment in, commented SQL out."""

import re
from argparse import Namespace

from segql.cli import output
from segql.cli.run import sink
from segql.cli.what import compiled, find_project, several_in, shown_instant
from segql.diagnostics import SegqlError
from segql.messages import usage
from segql.project import Project, Segment

_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_RISKY = str.maketrans({";": "\N{FULLWIDTH SEMICOLON}"})


def run(asked: Namespace) -> int:
    project = Project.load(find_project(asked.project))
    if (several := several_in(project, asked.what)) is not None:
        kind = "folder" if several.is_dir() else "partition"
        message = f"`{asked.what}` is a {kind}; compile takes one segment"
        raise SegqlError([usage.misused(message, "name one of its segments")])
    segment = compiled(project, asked)
    dialect = _dialect(project, asked)
    sql = segment.sql(dialect)
    text = head(segment, dialect) + sql + "\n"
    output.fail(segment.diagnostics)
    with sink(asked.output) as to:
        to(text.encode())
    return 0


def _dialect(project: Project, asked: Namespace) -> str:
    """The one that was asked for, or that of the connection."""
    dialect: str | None = asked.dialect
    if dialect is not None and asked.on is not None:
        message = "`--dialect` and `--on` both say for which engine"
        raise SegqlError([usage.misused(message, "leave one out")])
    return dialect or project.connection(asked.on).engine


def head(segment: Segment, dialect: str) -> str:
    """The comment above a query: what it is, from which rule, as of when."""
    from segql.sql.compile import PROVEN

    zone = segment.project.catalog.entity.zone
    lines = []
    if segment.checked.source.name != "<rule>" or segment.checked.title:
        title = f": {segment.title}" if segment.title else ""
        lines += [f"{segment.name}{title}"]
    lines += [f"as of {shown_instant(segment.as_of, zone)} ({zone}), in {dialect}"]
    if dialect not in PROVEN:
        lines += [f"not proven: no test has run the SQL for {dialect}"]
    lines += ["", *_BREAKS.split(segment.text.strip()), ""]
    return "".join(map(comment, lines))


def comment(line: str) -> str:
    """A line of a comment, which no text in it can end or split.

    What breaks lines somewhere must be gone before; other control characters are
    shown as such, and a semicolon, at which tools split scripts that they do not
    read, as its wide twin.
    """
    text = " ".join(_BREAKS.split(line)).replace("\t", "    ")
    return f"-- {output.harmless(text).translate(_RISKY)}".rstrip() + "\n"
