"""What MariaDB or MySQL says went wrong in, our diagnostic out.

Their messages may quote cells ("Incorrect DECIMAL value: '…'"), so that of an error
only its number is used, and the names of tables and columns where they stand in the
query too.
"""

import re
import ssl
from collections.abc import Iterable

from segql.diagnostics import Diagnostic
from segql.messages import engine as messages
from segql.messages import server

LOST = {2006, 2013, 2014, 2055, 1053, 1077, 1152, 1158, 1159, 1160, 1161, 1184, 4031}
"""Numbers of errors after which a connection is of no use."""
PASSING = {1040, 1053, 1205, 1213, 1226, 1412, 2002, 2003, 2006, 2013}
"""Numbers of errors that may be gone a moment later."""
_MEMORY = {5, 1037, 1038, 1041, 2008, 4032}
_ROOM = {3, 28, 1021, 1114, 1878}
_LARGE = {1116, 1117, 1436, 1473, 4003}
"""Tables in a join, columns, the stack, queries inside queries, queries with names."""
_RIGHTS = {1044, 1142, 1143, 1356, 1370, 1410}
_WRITING = {1036, 1086, 1192, 1223, 1227, 1290, 1568, 1792, 1836}
_CELLS = {1242, 1292, 1366, 1367, 1411, 1525, 3140, 3141, 4037, 4038}
_TABLE = re.compile(r"[Tt]able [`']([^`']+?)(?:`\.`([^`']+))?[`']")
_COLUMN = re.compile(r"[Uu]nknown column '([^']+)'")


def number_of(error: Exception) -> int | None:
    """The number of an error of a driver; None if it is not one of theirs."""
    if not type(error).__module__.startswith(("pymysql", "MySQLdb")):
        return None
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0


def text_of(error: Exception) -> str:
    """What the server says, to look for names in; never to be shown."""
    return str(error.args[1]) if len(error.args) > 1 else ""


def query_fault(
    error: Exception,
    sql: str,
    engine: str,
    tables: Iterable[str] = (),
    seconds: float | None = None,
) -> Diagnostic | None:
    """What a query failed for; None if the error is not one of a driver."""
    number = number_of(error)
    if number is None:
        if isinstance(error, OSError):
            return server.connection_lost(engine)
        return None
    text = text_of(error)
    if "segql: unreadable cell" in text:
        return messages.unreadable_cell(engine)
    if number == 1146 and (name := _table(text, sql)):
        return messages.table_missing(name, tables)
    if number == 1054 and (found := _COLUMN.search(text)):
        column = found[1].rsplit(".", 1)[-1]
        if column in sql:
            return messages.column_missing("", column)
    if number in LOST or (number == 0 and not text):
        return server.connection_lost(engine)
    if number in _RIGHTS:
        return server.rights_missing(engine, _table(text, sql))
    if number == 1290 and "max-session-mem-used" in text:
        return messages.out_of_memory(engine)
    if number in _WRITING:
        return messages.access_refused()
    if number in _CELLS:
        return messages.unreadable_cell(engine)
    if number in (1264, 1690, 1916):
        return messages.overflow(engine)
    if number in _LARGE:
        return messages.query_too_large(engine)
    if number in (1969, 3024):
        return messages.out_of_time(seconds or 0)
    if number in (1317, 1927, 1968):
        return server.stopped_by_server(engine)
    if number in (1020, 1205, 1213, 1412):
        return server.in_conflict(engine)
    if number in _MEMORY:
        return messages.out_of_memory(engine)
    if number in _ROOM or "No space left" in text or "Errcode: 28" in text:
        return messages.out_of_disk(engine)
    return messages.engine_failed(engine, f"error {number}")


def login_fault(
    error: Exception, engine: str, where: str, user: str | None, database: str, why: str
) -> Diagnostic | None:
    """What connecting failed for; `why` there was no way, where that is the reason."""
    if isinstance(error, ssl.SSLError | FileNotFoundError) or "SSL" in text_of(error):
        return server.not_encrypted(engine, where)
    number = number_of(error)
    if number is None:
        known = isinstance(error, OSError)
        return server.server_not_reached(engine, where, why) if known else None
    if number in (1045, 1130, 1396, 1524, 1698, 1820, 1862, 4151, 4165):
        return server.login_refused(engine, where, user)
    if number in (1044, 1049):
        return server.database_unknown(engine, where, database)
    if number in (2026, 3159):
        return server.not_encrypted(engine, where)
    if number in (1040, 1053, 1129, 1203, 1226):
        return server.server_busy(engine, where)
    if number in (2002, 2003, 2005) or number in LOST:
        return server.server_not_reached(engine, where, why)
    return messages.engine_failed(engine, f"error {number}")


def _table(text: str, sql: str) -> str | None:
    """The table that a message names, if the query names it too."""
    found = _TABLE.search(text)
    if found is None:
        return None
    name = found[2] or found[1].split(".", 1)[-1]
    return name if name in sql else None
