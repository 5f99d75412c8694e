"""The façade: a folder in; compiled segments, their SQL and their members out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from segql.catalog.load import PROJECT_FILE, load_catalog, load_project_file
from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.findings.levels import levelled, seen_from
from segql.library import (
    Checked,
    Library,
    definition_files,
    read_source,
    without_rule,
)
from segql.members import Members
from segql.messages import names as messages
from segql.messages import plan as plan_messages
from segql.messages import usage
from segql.model.allow import opening_comment
from segql.model.bind import bind
from segql.model.check_values import to_instant
from segql.model.nodes import Rule
from segql.model.world import World
from segql.plan.build import build
from segql.plan.columns import attributes, can_yield, columns, events
from segql.plan.nodes import Plan
from segql.source import Source

if TYPE_CHECKING:
    from segql.catalog.nodes import Catalog
    from segql.catalog.project_nodes import ProjectFile
    from segql.engines import Connection, Limits, Settings
    from segql.insight.diff_nodes import Changes, Difference
    from segql.insight.trial import Tried
    from segql.memberships import Memberships


class Project:
    """A folder with a project file: its catalog, its segments, its warehouse."""

    def __init__(self, folder: Path, file: "ProjectFile", library: Library) -> None:
        self.folder = folder
        self.file = file
        self._library = library

    @classmethod
    def load(cls, folder: str | Path = ".") -> "Project":
        """Reads a project's files, and opens no connection.

        Raises:
            SegqlError: the project file or the catalog is missing or has mistakes.
        """
        base = Path(folder)
        source = read_source(base / PROJECT_FILE)
        report = Report(source)
        file = load_project_file(source, report)
        if file is None:
            raise SegqlError(report.errors)
        source = read_source(base / file.catalog)
        report = Report(source)
        catalog = load_catalog(source, report)
        if catalog is None:
            raise SegqlError(report.errors)
        world = bind(catalog, report)
        if not report.ok:
            raise SegqlError(report.errors)
        return cls(base, file, Library.of(world, base / file.segments))

    @property
    def catalog(self) -> "Catalog":
        return self._library.world.catalog

    @property
    def world(self) -> World:
        return self._library.world

    @property
    def library(self) -> Library:
        """The project's definition files."""
        return self._library

    @property
    def segments(self) -> tuple[str, ...]:
        """The names of the project's segments, sorted as their files are.

        A partition has one for each of its parts: `lifecycle.new`.
        """
        return tuple(self._library.index.segments)

    @property
    def partitions(self) -> dict[str, tuple[str, ...]]:
        """The parts of each partition of the project, in order."""
        return dict(self._library.index.partitions)

    def partition_file(self, name: str) -> Path | None:
        """The definition file of a partition; None if none bears that name."""
        known = name in self._library.index.partitions
        return self._library.files[name] if known else None

    def compile(
        self,
        rule: str,
        *,
        as_of: datetime | None = None,
        params: Mapping[str, object] | None = None,
    ) -> "Segment":
        """Compiles a rule, or the text of a definition file.

        Args:
            as_of: the instant that the rule looks from; without an offset it is in the
                business's time zone, and now by default.
            params: values for the rule's parameters, as Python values or as text.

        Raises:
            SegqlError: the rule has mistakes; all of them are in it.
            TypeError: the rule is no text, or `params` no mapping.
        """
        if not isinstance(rule, str):
            raise TypeError(f"a rule is a text, not {type(rule).__name__}")
        checked = self._library.check(Source(rule), "rule", params)
        return self._compiled(checked, as_of)

    def segment(
        self,
        name: str,
        *,
        as_of: datetime | None = None,
        params: Mapping[str, object] | None = None,
    ) -> "Segment":
        """Compiles a segment of the project by its name; otherwise as `compile`."""
        library = self._library
        if name not in library.index.segments:
            raise SegqlError([library.nothing_named(name, Source("").end)])
        file, part = library.index.segments[name]
        checked = library.read(library.files[file], params)
        return self._compiled(checked.of_part(part) if part else checked, as_of)

    def compile_file(
        self,
        path: str | Path,
        *,
        as_of: datetime | None = None,
        params: Mapping[str, object] | None = None,
    ) -> "Segment":
        """Compiles a definition file, wherever it lies; otherwise as `compile`."""
        return self._compiled(self._library.read(Path(path), params), as_of)

    def compile_all(
        self,
        path: str | Path,
        *,
        as_of: datetime | None = None,
        params: Mapping[str, object] | None = None,
    ) -> tuple["Segment", ...]:
        """Compiles all that a definition file defines; otherwise as `compile`.

        One segment, the parts of a partition in order, or nothing: shared `let`s.
        """
        moment = as_instant(as_of, self.catalog.entity.zone)
        checked = self._library.read(Path(path), params)
        if checked.report.ok and not checked.parts and checked.rule is None:
            return ()
        found = checked.parts or (checked,)
        return tuple(self._compiled(each, moment) for each in found)

    def together(
        self,
        segments: "Iterable[str | Segment] | None" = None,
        *,
        as_of: datetime | None = None,
        params: Mapping[str, object] | None = None,
    ) -> "Memberships":
        """Many segments, whose members are found together: the data is read once.

        Args:
            segments: names of the project's segments, or segments that are compiled
                already, as of one instant; by default all of the project.
            as_of, params: as `compile` has them, for those that are named.

        Raises:
            SegqlError: a segment has mistakes, or there is none of that name.
            ValueError: there is no segment, two of one name, or of different instants.
        """
        from segql.memberships import Memberships

        moment = as_instant(as_of, self.catalog.entity.zone)
        found = []
        for each in self.segments if segments is None else segments:
            if isinstance(each, str):
                each = self.segment(each, as_of=moment, params=params)
            found.append(each)
        return Memberships(tuple(found))

    def check(self, path: str | Path | None = None) -> tuple[Diagnostic, ...]:
        """Everything that is wrong or doubtful with definition files, at the levels of
        the project file.

        Args:
            path: a file, or a folder with all files below it; by default the folder
                of the project's segments.
        """
        found: list[Diagnostic] = []
        for file in self.files(() if path is None else (path,)):
            try:
                told = self._library.read(file, doubts=True).findings
            except SegqlError as error:
                told = error.diagnostics
            place = seen_from(self.folder, file)
            found += levelled(told, self.file.levels, place)
        return tuple(found)

    def test(self, path: str | Path | None = None) -> "tuple[Tried, ...]":
        """Runs the example customers of definition files, without a warehouse.

        Args:
            path: as for `check`.

        Returns:
            One result per file, in their order: its trials, each with what was wanted
            and what was found, and why where these differ.
        """
        from segql.insight.trial import tried

        files = self.files(() if path is None else (path,))
        return tuple(tried(files, self._library))

    def diff(
        self,
        old: "str | Segment",
        new: "str | Segment",
        *,
        as_of: datetime | None = None,
        connection: "Connection | None" = None,
    ) -> "Difference":
        """How two segments, or rules, differ; as of an instant, or by default of any.

        With a connection it is counted who enters and who leaves.
        """
        from segql.insight.diff_api import diff

        return diff(self, old, new, as_of, connection)

    def changes(
        self,
        old: str = "HEAD",
        new: str | None = None,
        *,
        as_of: datetime | None = None,
        params: Mapping[str, object] | None = None,
    ) -> "Changes":
        """What changed between two git revisions; new are by default the files."""
        from segql.insight.diff_api import changes

        return changes(self, old, new, as_of, params)

    def files(self, paths: "Iterable[str | Path]" = ()) -> tuple[Path, ...]:
        """Definition files, and those below folders, each once; by default all."""
        found = {
            file.resolve(): file
            for path in tuple(paths) or (self._library.folder,)
            for file in definition_files(Path(path))
        }
        return tuple(found.values())

    @property
    def connections(self) -> tuple[str, ...]:
        """The names of the project's connections; one that stands alone: `default`."""
        return tuple(self.file.connections)

    def connect(
        self, on: str | None = None, *, limits: "Limits | None" = None
    ) -> "Connection":
        """Opens one of the project's warehouses, for reading only.

        Args:
            on: the name of a connection; by default the project's default one.
            limits: what each query may use.

        Raises:
            SegqlError: it cannot be opened, or there is none of that name.
        """
        from segql.engines import NO_LIMITS, connect

        return connect(self.connection(on), self.folder, limits or NO_LIMITS)

    def connection(self, on: str | None = None) -> "Settings":
        """What the project file says of a connection; nothing is opened."""
        if on is None:
            return self.file.connection
        if on not in self.file.connections:
            fault = usage.unknown_connection(on, self.connections)
            raise SegqlError([fault])
        return self.file.connections[on]

    def _compiled(self, checked: Checked, as_of: datetime | None) -> "Segment":
        if checked.rule is None:
            errors = checked.report.errors
            if not errors:
                errors = (without_rule(checked),)
            raise SegqlError(errors)
        moment = as_instant(as_of, self.catalog.entity.zone)
        plan = build({checked.name: checked.rule}, self.world, moment)
        return Segment(self, checked, moment, plan)


def as_instant(as_of: datetime | None, zone: str) -> datetime:
    """An `as of` in UTC: now by default, in the business's zone without an offset."""
    if as_of is None:
        return datetime.now(UTC)
    if not isinstance(as_of, datetime) or not 1100 <= as_of.year <= 8900:
        raise SegqlError([messages.bad_as_of(str(as_of))])
    return to_instant(as_of, zone)


@dataclass(frozen=True, repr=False)
class Segment:
    """A compiled rule: who is in it, as of one instant."""

    project: Project
    checked: Checked
    as_of: datetime
    plan: Plan

    def __repr__(self) -> str:
        return f"<Segment {self.name} as of {self.as_of.isoformat()}>"

    @property
    def name(self) -> str:
        return self.checked.name

    @property
    def rule(self) -> Rule:
        """The checked rule."""
        assert self.checked.rule is not None
        return self.checked.rule

    @property
    def title(self) -> str | None:
        return self.checked.title

    @property
    def owner(self) -> str | None:
        header = self.checked.header
        return header.owner if header else None

    @property
    def tags(self) -> tuple[str, ...]:
        header = self.checked.header
        return header.tags if header else ()

    @property
    def purpose(self) -> str | None:
        """One of the catalog's purposes, which the segment says that it serves."""
        header = self.checked.header
        return header.purpose.name if header and header.purpose else None

    @property
    def channel(self) -> str | None:
        """How the members will be reached, as the segment says."""
        header = self.checked.header
        return header.channel.name if header and header.channel else None

    @property
    def exclusive(self) -> tuple[str, ...]:
        """The segments that are meant to have no member in common with this one."""
        header = self.checked.header
        return tuple(each.segment for each in header.exclusive) if header else ()

    @property
    def description(self) -> str:
        """The comments that the text begins with."""
        return opening_comment(self.checked.source.text)

    @property
    def text(self) -> str:
        """The rule or the definition file as it was written."""
        return self.checked.source.text

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The warnings; a rule with errors is never compiled."""
        return tuple(self.checked.report.diagnostics)

    @cached_property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The columns that the segment reads: pairs of table and column, sorted."""
        return columns((self.rule,), self.project.world)

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that the rule names, in the order of first use."""
        return attributes((self.rule,))

    @cached_property
    def events(self) -> tuple[str, ...]:
        """The events that the rule names, in the order of first use."""
        return events((self.rule,))

    def sql(
        self,
        dialect: str | None = None,
        *,
        pretty: bool = True,
        attributes: tuple[str, ...] = (),
        limit: int | None = None,
    ) -> str:
        """The query that yields the members' keys.

        Args:
            dialect: one of `segql.DIALECTS`; by default that of the project's
                connection.
            pretty: on several lines.
            attributes: attributes of the catalog to yield beside the key.
            limit: only so many members, the first in the order of their keys.

        Raises:
            SegqlError: there is no such dialect.
            ValueError: no such attribute, or no such limit.
        """
        from segql.sql.compile import DIALECTS, members

        if dialect is None:
            dialect = self.project.file.connection.engine
        if dialect not in DIALECTS:
            known = ", ".join(DIALECTS)
            raise SegqlError([plan_messages.unknown_dialect(dialect, known)])
        can_yield(self.project.catalog, attributes, limit)
        return members(
            self.plan,
            self.plan.segments[0],
            dialect,
            attributes=attributes,
            limit=limit,
            pretty=pretty,
        )

    def members(
        self,
        connection: "Connection | None" = None,
        *,
        attributes: tuple[str, ...] = (),
        limit: int | None = None,
    ) -> "Members":
        """The members, to be read in the form that is asked for.

        Args:
            connection: an open warehouse; by default the project's is opened for each
                reading and closed after it.
            attributes: attributes of the catalog to yield beside the key.
            limit: only so many, the first in the order of their keys.
        """
        can_yield(self.project.catalog, attributes, limit)
        return Members(self, connection, attributes, limit)
