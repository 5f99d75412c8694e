"""What ClickHouse says went wrong in, our diagnostic out.

Its messages may quote cells, so no text of theirs is passed on: only its kind, and the
names of tables and columns where they stand in the query too.
"""

import re
from collections.abc import Iterable

from segql.diagnostics import Diagnostic
from segql.engines.clickhouse_way import Refused
from segql.messages import engine as messages
from segql.messages import server

CANCELLED = frozenset({394, 735})
_TABLE = re.compile(
    r"table expression identifier '([^']+)'|Table (\S+?) (?:does|doesn)"
)
_COLUMN = re.compile(r"identifier `([^`]+)`|Identifier '([^']+)'|column '?([^\s']+)")
_DATABASE = re.compile(r"Database (\S+?) (?:does|doesn)")
_GRANT = re.compile(r" ON ([^\s,]+)")
_CELL = frozenset(
    {6, 26, 27, 38, 41, 53, 70, 72, 117, 131, 321, 349, 376, 467, 675, 676, 691}
)
_FILES = frozenset({32, 33, 40, 74, 76, 107, 191, 228, 246, 271, 499, 740})
_NETWORK = frozenset({209, 210, 279, 519, 999})
_LIMIT = frozenset({158, 160, 201, 307, 394, 396, 735})


def query_fault(
    error: Refused, sql: str, engine: str, tables: Iterable[str] = ()
) -> Diagnostic:
    """What a query failed for."""
    text = str(error)
    match error.code:
        case 60 if (table := _named(_TABLE, text, sql)) is not None:
            return messages.table_missing(table, tables)
        case 81 if (schema := _named(_DATABASE, text, sql)) is not None:
            return server.schema_unknown(engine, schema)
        case 47 | 10 | 16 if (column := _named(_COLUMN, text, sql)) is not None:
            table, _, name = column.rpartition(".")
            return messages.column_missing("", name)
        case 395 if "segql: unreadable cell" in text:
            return messages.unreadable_cell(engine)
        case 395 if "segql: overflow" in text:
            return messages.overflow(engine)
        case code if code in _CELL:
            return messages.unreadable_cell(engine)
        case 407 | 69:
            return messages.overflow(engine)
        case 173 | 241:
            return messages.out_of_memory(engine)
        case 243:
            return messages.out_of_disk(engine)
        case 75 | 74 | 1001 if "No space left" in text or "Disk quota" in text:
            return messages.out_of_disk(engine)
        case 164:
            return messages.access_refused()
        case 291 | 497:
            return server.rights_missing(engine, _named(_GRANT, text, sql))
        case 202:
            return server.stopped_by_server(engine)
        case code if code in _FILES:
            return messages.read_failed(engine)
        case code if code in _NETWORK:
            return server.connection_lost(engine)
        case code if code in _LIMIT:
            return server.stopped_by_server(engine)
        case _:
            return messages.engine_failed(engine, error.name)


def _named(pattern: re.Pattern[str], text: str, sql: str) -> str | None:
    """What the message names, if the query does too."""
    found = pattern.search(text)
    if found is None:
        return None
    name = next(filter(None, found.groups())).strip("`'\".")
    parts = [part.strip("`'\"") for part in name.split(".")]
    return ".".join(parts) if all(part in sql for part in parts) else None
