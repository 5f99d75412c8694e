"""What SQLite says went wrong in, our diagnostic out.

SQLite's messages may quote what a query is about, so no text of theirs is passed on:
only its kind, and the names of tables and columns that stand in the query too.
"""

import re
from collections.abc import Iterable

from segql.diagnostics import Diagnostic
from segql.messages import engine as messages

ENGINE = "SQLite"
_TABLE = re.compile(r"no such table: (?:main\.)?(.+)")
_COLUMN = re.compile(r"no such column: (?:.*\.)?([^.]+)")
_LARGE = re.compile(
    r"too large|too many|too big|stack overflow|at most \d+ tables|too long"
)
_REFUSED = ("not authorized", "prohibited", "one statement at a time", "readonly")
_CELL = ("JSON", "Could not decode to UTF-8", "user-defined function raised")


def is_busy(error: Exception) -> bool:
    """Whether another process keeps the file from being read for a moment."""
    return kind_of(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def kind_of(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", None) or ""


def query_fault(
    error: Exception, sql: str, path: str, tables: Iterable[str] = ()
) -> Diagnostic:
    """What a query failed for; `path` is the database file, as it is shown."""
    text, kind = str(error), kind_of(error)
    if isinstance(error, MemoryError):
        return messages.out_of_memory(ENGINE)
    if fault := _of_the_file(kind, path):
        return fault
    match kind.removeprefix("SQLITE_"):
        case "INTERRUPT":
            return messages.interrupted()
        case "NOMEM":
            return messages.out_of_memory(ENGINE)
        case "FULL":
            return messages.out_of_disk(ENGINE)
        case "AUTH" | "READONLY":
            return messages.access_refused()
        case "TOOBIG":  # an OverflowError in a function of ours
            return messages.overflow(ENGINE)
        case _:
            pass
    if (name := _TABLE.fullmatch(text)) and _within(name[1], sql):
        return messages.table_missing(name[1], tables)
    if (name := _COLUMN.fullmatch(text)) and _within(name[1], sql):
        return messages.column_missing("", name[1])
    if "integer overflow" in text:
        return messages.overflow(ENGINE)
    if any(each in text for each in _REFUSED):
        return messages.access_refused()
    if any(each in text for each in _CELL):
        return messages.unreadable_cell(ENGINE)
    if _LARGE.search(text):
        return messages.query_too_large(ENGINE)
    return messages.engine_failed(ENGINE, kind or type(error).__name__)


def _of_the_file(kind: str, path: str) -> Diagnostic | None:
    if kind.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return messages.database_locked(path, None)
    if kind.startswith("SQLITE_CORRUPT"):
        return messages.database_damaged(path)
    if kind.startswith("SQLITE_NOTADB"):
        return messages.not_a_database(path, _NO_DATABASE, engine=ENGINE)
    if kind.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_READONLY_")):
        return messages.no_permission(path)
    if kind.startswith("SQLITE_IOERR"):
        return messages.read_failed(ENGINE)
    return None


_NO_DATABASE = "it starts otherwise, or it is encrypted"


def _within(name: str, sql: str) -> bool:
    return name in sql or name.replace('"', '""') in sql
