"""What DuckDB says went wrong in, our diagnostic out.

DuckDB's messages may quote cells ("Could not convert string '…' to INT32"), so no
text of theirs is passed on: only its kind, and the names of tables and columns where
they stand in the query too.
"""

import re
from collections.abc import Iterable, Mapping

from segql.diagnostics import Diagnostic
from segql.engines.files import fold
from segql.messages import engine as messages

NONE: Mapping[str, Diagnostic] = {}
_KIND = re.compile(r"\s*([A-Za-z][A-Za-z ]{1,30}?)(?: Error)?:")
_TABLE = re.compile(r"Table with name (.+?) does not exist")
_COLUMN = re.compile(
    r'Referenced column "(.+?)" (?:was )?not found'
    r'|does not have a column named "(.+?)"'
    r'|Could not find key "(.+?)" in struct'
)
_PROCESS = re.compile(r"\(PID (\d+)\)")
_CELL = re.compile(
    r"segql: unreadable cell|CSV Error|JSON transform error"
    r"|[Cc]ould not (parse|convert|cast)|Malformed|[Ff]ailed to cast"
    r"|[Ii]nvalid (unicode|UTF8|date|timestamp|JSON)|Invalid string encoding"
)


def query_fault(
    text: str,
    sql: str,
    engine: str,
    tables: Iterable[str] = (),
    unreadable: Mapping[str, Diagnostic] = NONE,
) -> Diagnostic:
    """What a query failed for; `text` is the driver's message.

    `unreadable` says of tables that are there what keeps them from being read.
    """
    kind = found[1] if (found := _KIND.match(text)) else "unknown"
    if "nterrupted" in text and kind in ("INTERRUPT", "unknown"):
        return messages.interrupted()
    match kind:
        case "Catalog" if (name := _TABLE.search(text)) and name[1] in sql:
            known = unreadable.get(fold(name[1]))
            return known or messages.table_missing(name[1], tables)
        case "Binder" if "view were altered" in text:
            return messages.read_failed(engine)
        case "Binder" if name := _COLUMN.search(text):
            column = next(filter(None, name.groups()))
            if column in sql:
                return messages.column_missing("", column)
        case "Conversion" | "Mismatch Type":
            return messages.unreadable_cell(engine)
        case "Out of Range":
            return messages.overflow(engine)
        case "Permission":
            return messages.access_refused()
        case "Out of Memory":
            full = "max_temp_directory_size" in text
            return (messages.out_of_disk if full else messages.out_of_memory)(engine)
        case "IO":
            if "No space left" in text or "Disk quota" in text:
                return messages.out_of_disk(engine)
            return messages.read_failed(engine)
        case "Invalid Input" if _CELL.search(text):
            return messages.unreadable_cell(engine)
        case "Corrupt database file" | "TProtocolException":
            return messages.read_failed(engine)
        case _:
            pass
    return messages.engine_failed(engine, kind)


def opening_fault(text: str, path: str, engine: str, version: str) -> Diagnostic:
    """What a database file could not be opened for."""
    if "Conflicting lock" in text or "Could not set lock" in text:
        process = _PROCESS.search(text)
        return messages.database_locked(path, process[1] if process else None)
    if "being used by another process" in text:
        return messages.database_locked(path, None)
    if "file handle conflict" in text or "different configuration" in text:
        return messages.database_open_here(path)
    if "newer version" in text or "with version number" in text:
        return messages.database_too_new(path, version)
    if "ncrypt" in text:
        return messages.database_encrypted(path)
    if "not a valid DuckDB database file" in text:
        return messages.not_a_database(path, "it starts otherwise")
    if "Corrupt" in text or "enough bytes" in text or "checksum" in text:
        return messages.database_damaged(path)
    if "Permission denied" in text or "Cannot open file" in text:
        return messages.no_permission(path)
    if "does not exist" in text:
        return messages.database_missing(path)
    return query_fault(text, "", engine)
