"""A project's folder and a revision in, the project as it was then out, read by git.

Nothing is checked out: the files come from git's store, and go to a folder that the
caller has made for them.
"""

import os
import posixpath
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segql.catalog.load import PROJECT_FILE, load_catalog, load_project_file
from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.library import SUFFIX, Library
from segql.messages import reading
from segql.messages import revisions as messages
from segql.model.bind import bind
from segql.project import Project
from segql.source import Source

FILES = "the files as they are"
_LARGEST = 4 * reading.MAX_LENGTH
_MAX_LINKS = 8
_LINK = "120000"
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git sets for a hook, and what misleads it in another folder."""


@dataclass(frozen=True, slots=True)
class State:
    """A project at some time; None where there was none yet. `name` is for people.

    `kept` is where its files lie, `place` where git has them.
    """

    name: str
    project: Project | None
    kept: Path | None = None
    place: str = ""

    def said(self, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """What is wrong there, with places as git names them."""
        return tuple(map(self._said, found))

    def _said(self, each: Diagnostic) -> Diagnostic:
        if self.kept is None:
            return each
        shown = f"{self.name}:{self.place}/" if self.place else f"{self.name}:"
        message = each.message.replace(f"{self.kept.as_posix()}/", shown)
        each = replace(each, message=message)
        if each.source is None:
            return each
        try:
            inner = Path(each.source.name).relative_to(self.kept).as_posix()
        except ValueError:
            return each
        return replace(each, source=Source(each.source.text, shown + inner))


def ends(words: Sequence[str]) -> tuple[str, str | None] | None:
    """The two revisions that are meant; None is the files as they are.

    `A...B` is told as it is: it asks git. Of three words and more nothing is meant.
    """
    match words:
        case []:
            return "HEAD", None
        case [one] if "..." in one:
            old, _, new = one.partition("...")
            return f"{old or 'HEAD'}...{new or 'HEAD'}", new or None
        case [one] if ".." in one:
            old, _, new = one.partition("..")
            return old or "HEAD", new or "HEAD"
        case [one]:
            return one, None
        case [old, new]:
            return old, new
        case _:
            return None


class Repository:
    """The repository that a project's folder is in."""

    def __init__(self, folder: Path) -> None:
        """Raises `SegqlError` where there is none, or no git."""
        self.folder = folder
        found = self._run("rev-parse", "--show-prefix")
        if found.returncode:
            said = _words(found.stderr)
            raise SegqlError([messages.no_repository(str(folder), said)])
        self.prefix = os.fsdecode(found.stdout).rstrip("\n").rstrip("/")

    def commit(self, revision: str) -> str:
        """The commit that a revision is; `A...B` is where these parted.

        Raises:
            SegqlError: there is none.
        """
        old, dots, new = revision.partition("...")
        if dots:
            both = self.commit(old), self.commit(new)
            found = self._run("merge-base", *both)
            if found.returncode:
                raise SegqlError([messages.no_common_revision(old, new)])
        else:
            odd = revision.startswith("-") or not revision.isprintable()
            if odd or not revision or len(revision) > 1000:
                raise SegqlError([messages.unknown_revision(revision)])
            asked = f"{revision}^{{commit}}"
            found = self._run("rev-parse", "--verify", "--quiet", asked)
        commit = found.stdout.decode("ascii", "replace").strip()
        if found.returncode or not commit.isalnum():
            raise SegqlError([messages.unknown_revision(revision)])
        return commit

    def knows(self, revision: str) -> bool:
        """Whether there is such a revision."""
        try:
            self.commit(revision)
        except SegqlError:
            return False
        return True

    def state(self, revision: str, into: Path) -> State:
        """The project at a revision; its definition files are written below `into`.

        Raises:
            SegqlError: there is no such revision, or its project file or its catalog
                has mistakes.
        """
        tree = _Tree(self, self.commit(revision), revision)
        return tree.state(self.prefix, into)

    def git(self, *arguments: str, given: bytes | None = None) -> bytes:
        """What git answers; raises `SegqlError` where it fails."""
        found = self._run(*arguments, given=given)
        if found.returncode:
            raise SegqlError([messages.git_failed(_words(found.stderr))])
        return found.stdout

    def _run(
        self, *arguments: str, given: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        kept = {k: v for k, v in os.environ.items() if k not in _OF_A_HOOK}
        plain = {
            "LC_ALL": "C",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }
        try:
            return subprocess.run(
                ["git", *arguments],
                cwd=self.folder,
                env=kept | plain,
                input=given or b"",
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise SegqlError([messages.no_git()]) from None
        except OSError as error:
            reason = (error.strerror or "it can't be started").lower()
            raise SegqlError([messages.git_failed(reason)]) from None


def _words(said: bytes) -> str:
    """The last line of what git says, without what a terminal would obey."""
    lines = said.decode("utf-8", "replace").strip().split("\n")
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    line = (fatal or lines)[0].partition(": ")[2] or lines[0]
    return "".join(c if c.isprintable() else "?" for c in line)[:200] or "no reason"


# ---- one revision


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    mode: str
    kind: str
    object: str
    size: int


class _Tree:
    """The files of one commit."""

    def __init__(self, repository: Repository, commit: str, shown: str) -> None:
        self.repository = repository
        self.commit = commit
        self.shown = shown

    def state(self, prefix: str, into: Path) -> State:
        place = posixpath.join(prefix, PROJECT_FILE)
        source = self.source(place)
        if source is None:
            return State(self.shown, None)
        report = Report(source)
        file = load_project_file(source, report)
        if file is None:
            raise SegqlError(report.errors)
        where = self.path(prefix, file.catalog)
        source = self.source(where)
        if source is None:
            name = f"{self.shown}:{where}"
            reason = "no such file or directory"
            raise SegqlError([reading.cannot_read(name, reason)])
        report = Report(source)
        catalog = load_catalog(source, report)
        if catalog is None:
            raise SegqlError(report.errors)
        world = bind(catalog, report)
        if not report.ok:
            raise SegqlError(report.errors)
        folder = self.path(prefix, file.segments)
        state = State(self.shown, None, into, folder)
        try:
            self.write(folder, into)
            library = Library.of(world, into)
        except SegqlError as error:
            raise SegqlError(state.said(error.diagnostics)) from None
        return replace(state, project=Project(into, file, library))

    def path(self, prefix: str, written: str) -> str:
        """A path of the project file as one of the repository."""
        found = posixpath.normpath(posixpath.join(prefix, written))
        if found.startswith(("/", "../")) or found == "..":
            raise SegqlError([messages.outside(f"`{written}`", self.shown)])
        return "" if found == "." else found

    def source(self, path: str) -> Source | None:
        """A file's text; None if there is none."""
        name = f"{self.shown}:{path}"
        entry = self.found(path)
        if entry is None:
            return None
        if entry.size > _LARGEST:
            raise SegqlError([reading.not_text(name)])
        [content] = self.contents([entry.object])
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SegqlError([reading.not_text(name)]) from None
        if "\0" in text:
            raise SegqlError([reading.not_text(name)])
        return Source(text, name)

    def found(self, path: str) -> _Entry | None:
        """A file, behind its links; None if there is none."""
        for _ in range(_MAX_LINKS):
            entry = next(iter(self.below(path)), None)
            if entry is None or entry.path != path or entry.kind != "blob":
                return None
            if entry.mode != _LINK:
                return entry
            path = self.target(entry)
        raise SegqlError([messages.outside(f"the link `{path}`", self.shown)])

    def target(self, link: _Entry) -> str:
        """Where a link leads."""
        [content] = self.contents([link.object])
        away = os.fsdecode(content)
        found = posixpath.normpath(posixpath.join(posixpath.dirname(link.path), away))
        if found.startswith(("/", "../")) or found in (".", ".."):
            raise SegqlError([messages.outside(f"the link `{link.path}`", self.shown)])
        return found

    def below(self, path: str) -> list[_Entry]:
        """All files of a folder and of those in it; or a file alone."""
        asked = ["ls-tree", "-r", "-z", "-l", "--full-tree", self.commit]
        listed = self.repository.git(*asked, *(["--", path] if path else []))
        return [_entry(line) for line in listed.split(b"\0") if line]

    def contents(self, objects: Sequence[str]) -> Iterator[bytes]:
        """What some blobs hold, in their order."""
        if not objects:
            return
        given = "".join(f"{each}\n" for each in objects).encode()
        found = self.repository.git("cat-file", "--batch", given=given)
        place = 0
        for _ in objects:
            end = found.index(b"\n", place)
            words = found[place:end].split()
            if len(words) != 3 or words[1] != b"blob":
                said = found[place:end].decode("utf-8", "replace")
                raise SegqlError([messages.git_failed(said)])
            size = int(words[2])
            yield found[end + 1 : end + 1 + size]
            place = end + size + 2

    def write(self, folder: str, into: Path) -> None:
        """Writes the definition files of a folder into another."""
        entries = self.below(folder)
        if len(entries) == 1 and entries[0].path == folder:
            if entries[0].mode != _LINK:
                return
            folder = self.target(entries[0])
            entries = self.below(folder)
        wanted = []
        for entry in entries:
            inner = posixpath.relpath(entry.path, folder or ".")
            if not inner.endswith(SUFFIX) or entry.kind != "blob" or _odd(inner):
                continue
            behind = entry if entry.mode != _LINK else self.found(entry.path)
            if behind is None:
                what = f"the link `{entry.path}`"
                raise SegqlError([messages.outside(what, self.shown)])
            wanted.append((into / inner, behind))
        small = [each for each in wanted if each[1].size <= _LARGEST]
        texts = self.contents([entry.object for _, entry in small])
        for (file, _), content in zip(small, texts, strict=True):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        for file, entry in wanted:
            if entry.size > _LARGEST:  # as large, without its bytes: it is refused so
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("wb") as made:
                    made.truncate(entry.size)


def _entry(line: bytes) -> _Entry:
    head, _, path = line.partition(b"\t")
    mode, kind, name, size = head.decode("ascii").split()
    return _Entry(os.fsdecode(path), mode, kind, name, int(size) if size != "-" else 0)


def _odd(path: str) -> bool:
    """Whether a path could lead elsewhere; no honest tree has such."""
    return any(part in ("", ".", "..") for part in path.split("/"))
