"""What PostgreSQL says went wrong in, our diagnostic out.

Its messages may quote cells, and are in the server's language. So only the SQLSTATE
is believed, and names that stand in the query too are passed on.
"""

import re
from collections.abc import Iterable

from segql.diagnostics import Diagnostic
from segql.messages import connections as connecting
from segql.messages import engine as messages
from segql.messages import server

ENGINE = "PostgreSQL"
EXAMPLE = "postgresql://db.example.com:5432/shop"

_NAME = re.compile(r'(?:"(?:[^"]|"")+"|\w+)(?:\.(?:"(?:[^"]|"")+"|\w+))*')
_CONFLICT = {"40001", "40P01", "55P03"}
_REFUSED = {"25006", "25001", "0A000"}
_GONE = {"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"}
_FULL = {"53100", "53400"}


def state(error: BaseException) -> str:
    """The SQLSTATE of one of the driver's errors; nothing where the line broke."""
    return getattr(error, "sqlstate", None) or ""


def is_gone(error: BaseException) -> bool:
    """Whether the connection is lost."""
    found = state(error)
    broken = not found and getattr(error, "status_code", None) is not None
    return broken or found in _GONE or found.startswith("08")


def is_passing(error: BaseException) -> bool:
    """Whether the same query may succeed a moment later."""
    return is_gone(error) or state(error) in _CONFLICT


def query_fault(
    error: BaseException, sql: str, engine: str, tables: Iterable[str] = ()
) -> Diagnostic:
    """What a query failed for."""
    if is_gone(error):
        return server.connection_lost(engine)
    found = state(error)
    match found[:2]:
        case "22" if found in ("22003", "22008"):
            return messages.overflow(engine)
        case "22" if found not in ("22012", "22023"):
            return messages.unreadable_cell(engine)
        case "42" if found in ("42P01", "3F000") and (name := _named(error, sql)):
            return messages.table_missing(name, tables)
        case "42" if found == "42703" and (path := _named(error, sql)):
            return messages.column_missing("", path.rpartition(".")[2] or path)
        case "42" if found == "42501":
            return server.rights_missing(engine, _read(error, sql, tables))
        case "53":
            full = found in _FULL
            return (messages.out_of_disk if full else messages.out_of_memory)(engine)
        case "57":
            return server.stopped_by_server(engine)
        case "58" | "XX" if found != "XX000":
            return messages.read_failed(engine)
        case _ if found in _CONFLICT:
            return server.in_conflict(engine)
        case _ if found in _REFUSED:
            return messages.access_refused()
        case _:
            return messages.engine_failed(engine, f"SQLSTATE {found}")


def _detail(error: BaseException, key: bytes) -> str:
    for name, value in getattr(error, "details", None) or ():
        if name == key:
            return bytes(value).decode("utf-8", "replace")
    return ""


def _named(error: BaseException, sql: str) -> str | None:
    """The name in the query that the error points at."""
    place = _detail(error, b"PG_DIAG_STATEMENT_POSITION")
    found = _NAME.match(sql, int(place) - 1) if place.isdigit() else None
    return _bare(found[0]) if found else None


def _read(error: BaseException, sql: str, tables: Iterable[str]) -> str | None:
    """The table or schema that the message names, if the query does so too."""
    text = _detail(error, b"PG_DIAG_MESSAGE_PRIMARY")
    asked = {_bare(name) for name in _NAME.findall(sql)}
    for table in tables:
        if table in asked and text.endswith(f" {table.rpartition('.')[2]}"):
            return table
    parts = {part for name in asked for part in (name, *name.split("."))}
    return next((word for word in reversed(text.split()) if word in parts), None)


def _bare(name: str) -> str:
    return name.replace('""', "\0").replace('"', "").replace("\0", '"')


# Connecting: of these errors the driver passes on the text alone.

_REASONS = (
    ("Connection refused", "connection refused"),
    ("could not translate host name", "its name is not known"),
    ("No such file or directory", "there is no such socket"),
    ("timeout expired", "no answer in time"),
    ("timed out", "no answer in time"),
    ("unreachable", "the network doesn't lead there"),
    ("No route to host", "the network doesn't lead there"),
    ("closed the connection unexpectedly", "it hung up"),
    ("Connection reset", "it hung up"),
)
_BUSY = re.compile(
    "starting up|shutting down|recovery mode|not yet accepting|too many clients"
    "|too many connections|remaining connection slots"
)
_LOGIN = re.compile(
    "password|authentication failed|no pg_hba.conf entry|role .* does not exist"
    "|not permitted to log in|permission denied for database|SCRAM|GSSAPI"
)
_OPTION = re.compile(
    "invalid URI query parameter|invalid connection option|missing key|invalid port"
    "|invalid integer value|invalid (sslmode|channel_binding|target_session|gssenc)"
    "|forbidden value|invalid percent-encoded|unexpected character"
)


def is_awaited(text: str) -> bool:
    """Whether a connection that failed may succeed a moment later."""
    soon = ("connection refused", "there is no such socket", "it hung up")
    return bool(_BUSY.search(text)) or _why(text) in soon


def connecting_fault(
    text: str, where: str, user: str | None, database: str
) -> Diagnostic:
    """What a connection failed for; `text` is the driver's message."""
    if _OPTION.search(text):
        return connecting.url_unreadable(ENGINE, EXAMPLE)
    if _BUSY.search(text):
        return server.server_busy(ENGINE, where)
    if re.search("no encryption|SSL|certificate|TLS", text):
        return server.not_encrypted(ENGINE, where)
    if _LOGIN.search(text):
        return server.login_refused(ENGINE, where, user)
    if re.search(r'FATAL: +database ".*" does not exist', text):
        return server.database_unknown(ENGINE, where, database)
    return server.server_not_reached(ENGINE, where, _why(text))


def _why(text: str) -> str:
    for sign, reason in _REASONS:
        if sign in text:
            return reason
    return "it doesn't let segql in"
