"""What is wrong with a call that compares rules, or revisions of a project: E75x."""

from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.messages.words import closest, shown


def no_git() -> Diagnostic:
    """E750"""
    return Diagnostic(
        "E750",
        "revisions are read by git, and there is no command `git` here",
        help="install git; or compare two files: `segql diff OLD.seg NEW.seg`",
    )


def no_repository(folder: str, said: str) -> Diagnostic:
    """E751. `said` are git's own words."""
    return Diagnostic(
        "E751",
        f"git knows no revisions of {shown(folder)}: {said}",
        help="go to a project that is kept in git; or compare two files:"
        " `segql diff OLD.seg NEW.seg`",
    )


def unknown_revision(revision: str) -> Diagnostic:
    """E752"""
    return Diagnostic(
        "E752",
        f"there is no revision, segment or file `{shown(revision)}`",
        help="revisions are branches, tags and commits, such as `main`, `v1`, `HEAD~3`;"
        " a branch that was never fetched is fetched first: `git fetch origin main`,"
        " and named `origin/main`",
    )


def no_common_revision(old: str, new: str) -> Diagnostic:
    """E752, of `old...new`"""
    return Diagnostic(
        "E752",
        f"`{shown(old)}` and `{shown(new)}` have no revision in common",
        help="compare them as they are: `OLD..NEW`; a shallow copy of a repository is"
        " deepened with `git fetch --unshallow`",
    )


def outside(what: str, revision: str) -> Diagnostic:
    """E753"""
    return Diagnostic(
        "E753",
        f"at `{shown(revision)}`, {shown(what)} leads out of what git keeps",
        help="paths in `segql.yaml`, and links, must lead to files of the repository",
    )


def no_project_at(old: str, new: str) -> Diagnostic:
    """E754"""
    return Diagnostic(
        "E754",
        f"there is no project file `segql.yaml` here, neither at `{shown(old)}` nor at"
        f" `{shown(new)}`",
        help="name revisions that have the project in this folder",
    )


def git_failed(said: str) -> Diagnostic:
    """E755"""
    return Diagnostic(
        "E755",
        f"git failed: {said}",
        help="what is missing may be fetched: `git fetch`; `git fsck` looks for damage",
    )


def nothing_compared(what: str, known: Sequence[str]) -> Diagnostic:
    """E756"""
    near = closest(what, known)
    return Diagnostic(
        "E756",
        f"neither side has a segment or a file `{shown(what)}`",
        help=f"did you mean `{near}`?"
        if near
        else "name a segment, a partition, a definition file or a folder of them",
    )
