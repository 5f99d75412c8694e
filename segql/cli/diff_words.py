"""What a call of `segql diff` speaks of: two rules, revisions, some of the files."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from segql.cli.what import instant, named, several_in
from segql.diagnostics import Diagnostic, Report, SegqlError
from segql.insight.diff import Side, alone, difference, whole
from segql.insight.diff_nodes import Changes, Difference
from segql.insight.diff_project import files_of
from segql.insight.revisions import Repository, State
from segql.library import SUFFIX, read_source
from segql.messages import names as name_messages
from segql.messages import revisions as messages
from segql.messages import usage
from segql.project import Project
from segql.source import Source
from segql.syntax import definitions as defs
from segql.syntax.parse import parse

# ---- rules or revisions


def are_rules(folder: Path, asked: Namespace) -> bool:
    """Whether two rules are meant, and not revisions.

    What is a segment, a file or a partition is never taken as a revision, nor is what
    no revision could be called.
    """
    words = asked.what
    if asked.rev or not words:
        return False
    try:
        project = Project.load(folder)
    except SegqlError:
        if all(_plain(word) for word in words):
            return False
        raise
    own = [word for word in words if _is_ours(project, word)]
    if len(words) == 1:
        if own:
            raise SegqlError([_with_what(own[0])])
        return False
    if len(words) > 2 or any("..." in word for word in words):
        return bool(own)
    if own:
        return True
    try:
        repository = Repository(folder)
    except SegqlError:
        return True
    known = [repository.knows(word) for word in words]
    if any(known) and not all(known):
        raise SegqlError([messages.unknown_revision(words[known.index(False)])])
    return all(not each for each in known)


def _with_what(word: str) -> Diagnostic:
    help = f"name another: `segql diff {word} OTHER`; or see what changed in it since"
    help += f" the last commit: `segql diff HEAD --only {word}`"
    return usage.misused(f"`{word}` is compared with what?", help)


def _plain(word: str) -> bool:
    """Whether a revision can be called so."""
    return bool(word) and not any(sign.isspace() for sign in word)


def _is_ours(project: Project, word: str) -> bool:
    if word in project.segments or word in project.partitions:
        return True
    if not _plain(word) or word.endswith(SUFFIX):
        return True
    return len(word) < 4096 and "\0" not in word and Path(word).is_file()


# ---- two rules


def of_rules(
    project: Project,
    asked: Namespace,
    as_of: datetime | None,
    params: Mapping[str, object],
) -> Changes:
    """How two rules differ; of two partitions, part by part."""
    if len(asked.what) != 2:
        help = "write `segql diff OLD NEW`"
        raise SegqlError([usage.misused("two rules are compared", help)])
    if asked.only:
        help = "leave it out; it chooses among a project's files"
        raise SegqlError([usage.misused("`--only` goes with revisions", help)])
    old_word, new_word = (" ".join(word.split()) for word in asked.what)
    old_name = old_word if _plain(asked.what[0]) else "the old rule"
    new_name = new_word if _plain(asked.what[1]) else "the new rule"
    declared: set[str] = set()
    sides = [_sides(project, word, params, declared) for word in asked.what]
    for name in params:
        if name not in declared:
            raise SegqlError([name_messages.unknown_param(name, sorted(declared))])
    old, new = sides
    if (None in old) != (None in new):
        help = "name one of its parts: `NAME.PART`"
        message = "one of these is a partition, and the other is not"
        raise SegqlError([usage.misused(message, help)])
    found: list[Difference] = []
    for part in dict.fromkeys([*old, *new]):
        if part is None:
            head = whole(_as(old[None], old_name), _as(new[None], new_name))
            found += [head] if head is not None else []
            continue
        a, b = old.get(part), new.get(part)
        names = [
            f"{word.removesuffix(SUFFIX)}.{part}" if part else word
            for word in (old_name, new_name)
        ]
        if a is not None and b is not None:
            found.append(difference(_as(a, names[0]), _as(b, names[1]), as_of))
        else:
            one = _as(a, names[0]) if a else None
            other = _as(b, names[1]) if b else None
            if one is not None:
                found.append(alone(one, "removed"))
            elif other is not None:
                found.append(alone(other, "added"))
    return Changes(old_word, new_word, tuple(found))


def _as(side: Side, name: str) -> Side:
    return Side(side.checked, side.library, name)


def _sides(
    project: Project, word: str, params: Mapping[str, object], declared: set[str]
) -> dict[str | None, Side]:
    """The rule that a word means, as `""`; or the parts of a partition, and None."""
    several = several_in(project, word)
    if several is not None and several.is_dir():
        help = "name two segments or files; or revisions: `segql diff main`"
        raise SegqlError([usage.misused("folders can't be compared", help)])
    own = _declared(_source(project, word, several))
    declared |= own
    given = {name: value for name, value in params.items() if name in own}
    now = instant(None)
    if several is None:
        checked = named(project, word, now, given).checked
        return {"": Side(checked, project.library, word)}
    parts = project.compile_all(several, as_of=now, params=given)
    found: dict[str | None, Side] = {
        each.checked.part: Side(each.checked, project.library, each.name)
        for each in parts
    }
    every = project.library.read(several, given)
    return {None: Side(every, project.library, word), **found}


def _source(project: Project, word: str, several: Path | None) -> Source:
    """The text that a word means."""
    library = project.library
    if several is not None:
        return read_source(several)
    if word in library.index.segments:
        return read_source(library.files[library.index.segments[word][0]])
    if len(word) < 4096 and "\0" not in word and Path(word).is_file():
        return read_source(Path(word))
    return Source(word)


def _declared(source: Source) -> set[str]:
    """The parameters that a text has."""
    definition = parse(source, Report(source))
    found = definition.declarations if definition else ()
    return {each.name.name for each in found if isinstance(each, defs.Param)}


# ---- some of the files


def only(
    words: Sequence[str], folder: Path, states: tuple[State, State]
) -> frozenset[str] | None:
    """The files that are asked about, by their names; None is all.

    Raises:
        SegqlError: there is nothing of that name on either side.
    """
    if not words:
        return None
    known = files_of(states)
    found: set[str] = set()
    for word in words:
        some = set(_files(word, folder, states)) & known
        if not some:
            raise SegqlError([messages.nothing_compared(word, sorted(known))])
        found |= some
    return frozenset(found)


def _files(word: str, folder: Path, states: tuple[State, State]) -> list[str]:
    """The names of the files that a word may mean."""
    path = Path(word)
    if len(word) > 4096 or "\0" in word:
        return []
    if path.is_dir():
        return _below(path, folder, states)
    if word.endswith(SUFFIX):
        return [path.stem]
    return [word, word.partition(".")[0]]


def _below(path: Path, folder: Path, states: tuple[State, State]) -> list[str]:
    """The files of a folder on either side, also those that are not there any more."""
    found = []
    for project in (each.project for each in states):
        if project is None:
            continue
        here = (folder / project.file.segments).resolve()
        if here.is_relative_to(path.resolve()):
            inner = Path()
        elif path.resolve().is_relative_to(here):
            inner = path.resolve().relative_to(here)
        else:
            continue
        library = project.library
        for name, file in library.files.items():
            if file.relative_to(library.folder).is_relative_to(inner):
                found.append(name)
    return found
