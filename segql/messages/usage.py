"""What can be wrong with a call of the command line: E701 to E719."""

from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.messages.words import closest, listed, shown


def misused(message: str, help: str | None = None) -> Diagnostic:
    """E701"""
    return Diagnostic("E701", message, help=help)


def no_project(folder: str, searched: bool) -> Diagnostic:
    """E702. `searched` says that the folders above were looked through too."""
    where = f"{shown(folder)} and the folders above it" if searched else shown(folder)
    return Diagnostic(
        "E702",
        f"there is no project file `segql.yaml` in {where}",
        help="go to the project's folder or name it with `--project`; `segql init`"
        " makes a new one",
    )


def nothing_named(what: str, segments: Sequence[str]) -> Diagnostic:
    """E703"""
    near = closest(what, segments)
    return Diagnostic(
        "E703",
        f"there is no segment, file or folder `{shown(what)}`, and as a rule it has a"
        " mistake",
        help=f"did you mean the segment `{near}`?"
        if near
        else f"the project has the segments {listed(segments, 4)}"
        if segments
        else "the project has no segments yet",
    )


def no_such_path(path: str) -> Diagnostic:
    """E704"""
    return Diagnostic(
        "E704",
        f"there is no file or folder `{shown(path)}`",
        help="paths are seen from the current folder",
    )


def cannot_write(name: str, reason: str) -> Diagnostic:
    """E705"""
    return Diagnostic(
        "E705",
        f"cannot write {shown(name)}: {reason}",
        help="nothing of it was left behind; what was there before is as it was",
    )


def cannot_print(reason: str) -> Diagnostic:
    """E705"""
    return Diagnostic("E705", f"cannot write to the standard output: {reason}")


def key_with_line_break() -> Diagnostic:
    """E706"""
    return Diagnostic(
        "E706",
        "a customer's key contains a line break, so keys can't stand one a line",
        help="ask for `--format csv` or `--format json`",
    )


def unknown_code(code: str, known: Sequence[str]) -> Diagnostic:
    """E707"""
    near = _nearest(code, known)
    return Diagnostic(
        "E707",
        f"there is no code `{shown(code)}`",
        help=f"did you mean {listed(near)}?"
        if near
        else "codes look like `E201` or `W203` and stand at the head of each message",
    )


def already_there(names: Sequence[str]) -> Diagnostic:
    """E708"""
    verb = "is" if len(names) == 1 else "are"
    return Diagnostic(
        "E708",
        f"{listed(names)} {verb} there already, and init overwrites nothing",
        help="move it away, or name another folder: `segql init --project NEW SOURCE`",
    )


def no_source(found: Sequence[str]) -> Diagnostic:
    """E709. `found` are the sources that the folder would offer."""
    return Diagnostic(
        "E709",
        "which data is the project about?"
        if found
        else "there is no DuckDB file, and no folder of Parquet or CSV files, in sight",
        help=f"name one of them: `segql init {shown(found[0])}` (there are"
        f" {listed(found)})"
        if found
        else "name one: `segql init shop.duckdb`, or `segql init data`",
    )


def unknown_connection(name: str, known: Sequence[str]) -> Diagnostic:
    """E710"""
    near = closest(name, known)
    return Diagnostic(
        "E710",
        f"the project has no connection `{shown(name)}`",
        help=f"did you mean `{near}`?" if near else f"there are {listed(known)}",
    )


def internal(kind: str) -> Diagnostic:
    """E799. `kind` is the Python error's name; its text may hold data."""
    return Diagnostic(
        "E799",
        f"segql stumbled over itself ({kind})",
        help="please report it, with the rule and the catalog but without data;"
        " `SEGQL_DEBUG=1` shows where",
    )


_ALIKE = str.maketrans("OIL", "011")


def _nearest(code: str, known: Sequence[str]) -> list[str]:
    """The codes that differ least: the same digits first, then close ones."""
    from difflib import get_close_matches

    wanted = code.strip().upper()[:8]
    wanted = wanted[:1] + wanted[1:].translate(_ALIKE)
    digits = "".join(c for c in wanted if c.isdigit())
    same = [each for each in known if digits and each[1:] == digits]
    close = get_close_matches(wanted, known, n=3, cutoff=0.6)
    return list(dict.fromkeys([*same, *close]))[:3]
