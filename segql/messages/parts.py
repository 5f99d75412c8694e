"""What can be wrong with tables of several files, and with lake tables: E526 to E529,
E536 to E538, E544.

As in `engine`, none of these quotes a cell.
"""

from segql.diagnostics import Diagnostic


def formats_mixed(table: str, first: str, second: str) -> Diagnostic:
    """E526"""
    return Diagnostic(
        "E526",
        f"the files of the table `{table}` are of different formats",
        help=f"keep one format, and move the rest elsewhere: `{first}`, `{second}`;"
        " names that start with `_` or `.` don't count",
    )


def partitions_differ(table: str, first: str, second: str) -> Diagnostic:
    """E527"""
    return Diagnostic(
        "E527",
        f"the files of the table `{table}` lie in folders of different partitions",
        help="each needs the same `key=value` folders above it: compare"
        f" `{first}` and `{second}`",
    )


def types_differ(
    column: str, first: str, its: str, second: str, other: str
) -> Diagnostic:
    """E528. `its` and `other` are the types of the column in the two files."""
    return Diagnostic(
        "E528",
        f"`{column}` is {its} in `{first}` and {other} in `{second}`",
        help="all files of a table need one type for a column: write the one again",
    )


def table_inside(path: str, kind: str) -> Diagnostic:
    """E529"""
    return Diagnostic(
        "E529",
        f"`{path}` is a table of its own ({kind}), inside the folder of another",
        help="move it beside that folder",
    )


def folder_is_table(path: str, kind: str) -> Diagnostic:
    """E536"""
    return Diagnostic(
        "E536",
        f"`{path}` is itself a table ({kind}), not a folder of tables",
        help="name the folder that it lies in",
    )


def lake_unsupported(path: str, kind: str, what: str, help: str) -> Diagnostic:
    """E537. `what` goes on after the table's name."""
    return Diagnostic("E537", f"the {kind} table `{path}` {what}", help=help)


def lake_broken(path: str, kind: str) -> Diagnostic:
    """E538"""
    return Diagnostic(
        "E538",
        f"the log of the {kind} table `{path}` can't be read",
        help="is it complete, and did all of it come along when it was copied?",
    )


def no_version(path: str, kind: str, version: int) -> Diagnostic:
    """E544"""
    return Diagnostic(
        "E544",
        f"the {kind} table `{path}` has no version {version}",
        help="it was never written, or has been cleaned away",
    )


def no_lake(name: str, folder: str) -> Diagnostic:
    """E544"""
    return Diagnostic(
        "E544",
        f"there is no lake table `{name}` in `{folder}`",
        help="`versions` is for Delta and Iceberg tables in the folder of `files`",
    )
