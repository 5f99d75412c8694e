"""`segql init`: live data in, the first draft of a project out."""

import os
import re
from argparse import Namespace
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from segql.catalog.connection_file import SCHEMES, holds_secret
from segql.catalog.load import PROJECT_FILE
from segql.catalog.nodes import Catalog
from segql.catalog.project_nodes import Connection, FilesFolder, Secret
from segql.catalog.read import read_catalog
from segql.cli import output
from segql.cli.progress import Progress
from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.engines import connect
from segql.messages import usage
from segql.messages.words import listed, shown
from segql.source import Source
from segql.types import Text

_DATABASES = (".duckdb", ".ddb", ".db", ".sqlite", ".sqlite3")
_TABLES = (".parquet", ".csv", ".csv.gz", ".jsonl", ".ndjson")
_CATALOG, _SEGMENTS = "catalog.yaml", "segments"


def run(asked: Namespace) -> int:
    from segql.warehouse.init import draft, draft_project_file

    folder = Path(asked.project or ".")
    there = [
        name for name in (PROJECT_FILE, _CATALOG, _SEGMENTS) if _exists(folder / name)
    ]
    if there:
        raise SegqlError([usage.already_there(there)])
    _known_zone(asked.zone)
    here, there_after = _wanted(asked, folder)
    with connect(here, Path()) as connection, Progress("reading the tables"):
        tables = len(connection.tables())
        unread = [*connection.unreadable.values()]
        if unread and not tables:
            raise SegqlError(unread)
        catalog = draft(connection, asked.zone)
    project = draft_project_file(there_after)
    example = _example(catalog)
    _make(folder, {PROJECT_FILE: project, _CATALOG: catalog, **example})
    _tell(folder, tables, catalog, unread)
    return 0


def _wanted(asked: Namespace, folder: Path) -> tuple[Connection, Connection]:
    """The connection as it is seen from here, and from the project's folder."""
    of_server = (asked.user, asked.password_env, asked.password_file, asked.schema)
    if asked.source and (engine := _engine_of(asked.source)):
        return _server(engine, asked, folder)
    if any(each is not None for each in of_server):
        message = "`--user`, `--password-env`, `--password-file` and `--schema` go"
        help = "name its URL: `segql init postgresql://db.example.com/shop`"
        raise SegqlError([usage.misused(f"{message} with a server", help)])
    source = Path(asked.source) if asked.source else _guessed(folder)
    if not source.exists():
        raise SegqlError([usage.no_such_path(str(source))])
    near = _settings(source, _seen_from(folder, source))
    return _settings(source, str(source)), near


def _engine_of(source: str) -> str | None:
    """The engine of a URL; None: it is a path."""
    scheme, sign, _ = source.partition("://")
    if not sign:
        local = (
            re.fullmatch(r"local(\[(\d+|\*)\])?", source) and not Path(source).exists()
        )
        return "spark" if local else None
    known = (name for name, all_ in SCHEMES.items() if scheme.lower() in all_)
    engine = next(known, None)
    if engine is None:
        schemes = [f"{each}://" for all_ in SCHEMES.values() for each in all_[:1]]
        message = f"no engine has URLs that begin with `{shown(scheme)}://`"
        raise SegqlError([usage.misused(message, f"there are {listed(schemes)}")])
    return engine


def _server(
    engine: str, asked: Namespace, folder: Path
) -> tuple[Connection, Connection]:
    if holds_secret(asked.source):
        help = "name the variable that holds it: `--user NAME --password-env VARIABLE`"
        raise SegqlError([usage.misused("the URL holds a password", help)])
    if asked.password_env and asked.password_file:
        message = "`--password-env` and `--password-file` both say where it is"
        raise SegqlError([usage.misused(message, "leave one out")])
    here = near = None
    if asked.password_env:
        here = near = Secret(env=asked.password_env)
    elif asked.password_file:
        file = Path(asked.password_file)
        here, near = Secret(file=str(file)), Secret(file=_seen_from(folder, file))
    found = Connection(
        engine, url=asked.source, user=asked.user, password=here, schema=asked.schema
    )
    return found, replace(found, password=near)


def _exists(path: Path) -> bool:
    """Whether something is there; an empty folder is nothing."""
    return os.path.lexists(path) and not (path.is_dir() and not any(path.iterdir()))


def _known_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        message = f"`--zone {zone}`: there is no such time zone"
        raise SegqlError(
            [usage.misused(message, "use a name such as `Europe/Berlin` or `UTC`")]
        ) from None


def _guessed(folder: Path) -> Path:
    """The one source in sight."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [
        each
        for each in entries
        if (each.is_file() and each.suffix.lower() in _DATABASES)
        or (each.is_dir() and _has_tables(each))
    ]
    if not found and _has_tables(folder):
        found = [folder]
    if len(found) != 1:
        raise SegqlError([usage.no_source([str(each) for each in found])])
    return found[0]


def _has_tables(folder: Path) -> bool:
    with suppress(OSError):
        return any(
            each.is_file() and each.name.lower().endswith(_TABLES)
            for each in folder.iterdir()
        )
    return False


def _seen_from(folder: Path, source: Path) -> str:
    """The way from the project's folder; a whole path stays one if it leads away."""
    try:
        near = Path(os.path.relpath(source, folder))
    except ValueError:  # another drive
        return source.resolve().as_posix()
    away = source.is_absolute() and ".." in near.parts
    return (source if away else near).as_posix()


def _settings(source: Path, place: str) -> Connection:
    if source.is_dir():
        return Connection("duckdb", files=FilesFolder(place))
    return Connection("sqlite" if _is_sqlite(source) else "duckdb", database=place)


def _is_sqlite(file: Path) -> bool:
    with suppress(OSError), file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\0"
    return False


def _example(text: str) -> dict[str, str]:
    """A definition file to start from, which surely is without mistakes."""
    report = Report()
    catalog = read_catalog(Source(text, _CATALOG), report)
    if catalog is None:
        raise SegqlError(report.errors)
    about, rule = _first_rule(catalog)
    lines = [
        f"# Finds: {about}.",
        "# Write a rule of your own behind `where`.",
        'segment example "An example"',
        '  owner "who is to be asked"',
        "",
        f"where {rule}",
        "",
    ]
    return {f"{_SEGMENTS}/example.seg": "\n".join(lines)}


def _first_rule(catalog: Catalog) -> tuple[str, str]:
    """A rule with one of the catalog's names, and what it finds."""
    customers = f"{catalog.entity.name}s"
    for name, event in catalog.events.items():
        if event.time is not None:
            window = "in last 365 days"
            return f"{customers} with `{name}` in the last year", f"{name} {window}"
    for name, attribute in catalog.attributes.items():
        guarded = "sensitive" in attribute.labels
        if isinstance(attribute.column.type, Text) and not guarded:
            return f"{customers} whose {name} is known", f"{name} is known"
    return f"all {customers}", "everyone"


def _make(folder: Path, files: dict[str, str]) -> None:
    """Writes all files, or none: what was made is taken away if one fails."""
    made: list[Path] = []
    try:
        for name, text in files.items():
            path = folder / name
            for each in reversed([path.parent, *path.parent.parents]):
                if not each.exists():
                    each.mkdir()
                    made.append(each)
            made.append(path)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
    except BaseException as error:
        if isinstance(error, FileExistsError):
            made.pop()
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        if isinstance(error, OSError):
            name = str(error.filename or folder)
            fault = usage.cannot_write(name, output.reason(error))
            raise SegqlError([fault]) from None
        raise


def _tell(folder: Path, tables: int, catalog: str, unread: list[Diagnostic]) -> None:
    """What was made, and what to do next."""
    doubts = sum("# check" in line for line in catalog.split("\n"))
    place = "" if folder == Path(".") else f"{folder.as_posix()}/"
    option = f" -p {folder.as_posix()}" if place else ""
    from_ = f"{tables:,} table" if tables == 1 else f"{tables:,} tables"
    made = {
        PROJECT_FILE: "where the data is",
        _CATALOG: f"what rules may name, drafted from {from_}",
        f"{_SEGMENTS}/example.seg": "a first segment",
    }
    output.say()
    size = len(place) + max(map(len, made))
    for name, what in made.items():
        shown = f"{place}{name}".ljust(size)
        output.say(f"  {output.paint(shown, 'bold')}  {what}")
    output.say()
    if unread:
        output.say("  Not read, and so left out:")
        for fault in unread:
            output.say(f"  - {output.harmless(fault.message)} ({fault.code})")
        output.say()
    output.say("  What to do next:")
    steps = [
        f"read {_CATALOG} and settle the {doubts} lines that say `# check`"
        if doubts > 1
        else f"read {_CATALOG}",
        f"segql doctor{option}       compares it with the data",
        f"segql run example{option}  shows who is in the first segment",
    ]
    for number, step in enumerate(steps, 1):
        output.say(f"  {number}. {step}")
    output.say()
