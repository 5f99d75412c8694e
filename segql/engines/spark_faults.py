"""What Spark says went wrong in, our diagnostic out.

Spark's messages quote cells ("The value 'secret' of the type STRING cannot be cast"),
so none of their text is passed on: only the name of the condition, and the names of
tables and columns where they stand in the query too.
"""

import re
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from segql.diagnostics import Diagnostic
from segql.messages import engine as messages
from segql.messages import server

ENGINE = "Spark"
CELL = "segql: unreadable cell"
_QUOTED = re.compile(r"`((?:[^`]|``)*)`")
_UNREADABLE = re.compile(
    r"CAST_INVALID_INPUT|CANNOT_PARSE|MALFORMED|INVALID_(DATE|TIMESTAMP|FRACTION)"
    r"|CONVERSION_INVALID_INPUT|CAST_OVERFLOW|INCONSISTENT_BEHAVIOR|DATETIME_FIELD"
)
_OVERFLOW = re.compile(r"OVERFLOW|OUT_OF_RANGE|NUMERIC_OUT_OF")
_RIGHTS = re.compile(r"PERMISSION|INSUFFICIENT_PRIV|NOT_AUTHORIZED|ACCESS_DENIED")
_LOST = re.compile(
    r"StatusCode\.UNAVAILABLE|failed to connect to all addresses|Socket closed"
    r"|Connection reset|Connection refused|SparkContext was shut down"
    r"|stopped SparkContext|SESSION_CHANGED|SESSION_CLOSED|SESSION_NOT_FOUND"
    r"|OPERATION_NOT_FOUND|Answer from Java side is empty|Stream removed"
)
_FILE = re.compile(
    r"FAILED_READ_FILE|PATH_NOT_FOUND|FileNotFoundException|FILE_NOT_EXIST"
    r"|CANNOT_READ_FILE|FileReadException|is not a Parquet file"
)
_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")


def query_fault(error: Exception, sql: str, tables: Iterable[str] = ()) -> Diagnostic:
    """What a query failed for."""
    condition, facts, text = parts(error)
    named = [name.replace("``", "`") for name in _QUOTED.findall(_object(facts))]
    if condition.startswith("TABLE_OR_VIEW_NOT_FOUND") and _all_in(named, sql):
        return messages.table_missing(".".join(named), tables)
    if condition.startswith(("UNRESOLVED_COLUMN", "FIELD_NOT_FOUND")):
        column = named[-1] if named else ""
        if column and column in sql:
            return messages.column_missing("", column)
    if condition == "USER_RAISED_EXCEPTION" and CELL in text:
        return messages.unreadable_cell(ENGINE)
    if condition == "PARSE_SYNTAX_ERROR" and not _is_query(sql):
        return messages.access_refused()
    if _UNREADABLE.search(condition):
        return messages.unreadable_cell(ENGINE)
    if _OVERFLOW.search(condition):
        return messages.overflow(ENGINE)
    return _by_text(condition, text)


def _by_text(condition: str, text: str) -> Diagnostic:
    """What befell the cluster, which Spark tells by its text alone."""
    whole = f"{condition} {text}"
    if "CANCELLED" in condition or "OPERATION_CANCELED" in condition:
        return server.stopped_by_server(ENGINE)
    if _RIGHTS.search(whole) or "PERMISSION_DENIED" in text:
        return server.rights_missing(ENGINE, None)
    if "No space left on device" in text or "Disk quota" in text:
        return messages.out_of_disk(ENGINE)
    if _FILE.search(whole):
        return messages.read_failed(ENGINE)
    if re.search(r"OutOfMemory|maxResultSize|OUT_OF_MEMORY|exit code 137", whole):
        return messages.out_of_memory(ENGINE)
    if _LOST.search(whole):
        return server.connection_lost(ENGINE)
    return messages.engine_failed(ENGINE, condition or "no condition")


def parts(error: Exception) -> tuple[str, dict[str, str], str]:
    """The condition of an error, its parameters, and its text: not for people."""
    condition = ""
    facts: dict[str, str] = {}
    try:
        condition = getattr(error, "getCondition", lambda: "")() or ""
        facts = getattr(error, "getMessageParameters", dict)() or {}
        text = str(error)
    except Exception:  # the JVM that would tell is gone
        text = "Connection reset"
    if not condition and (found := re.search(r"\[([A-Z][A-Z_.]{3,})\]", text)):
        condition = found[1]
    return str(condition), dict(facts), text


def is_lost(error: Exception) -> bool:
    """Whether the way to the server broke, or was never there."""
    return query_fault(error, "").code == "E560"


def is_of_driver(error: Exception) -> bool:
    """Whether an error is one that pyspark raises, or what it stands on."""
    home = type(error).__module__.partition(".")[0]
    known = OSError | RuntimeError | ValueError | EOFError
    return home in ("pyspark", "py4j", "grpc", "pyarrow") or isinstance(error, known)


def _object(facts: dict[str, str]) -> str:
    for key in ("relationName", "objectName", "fieldName"):
        if key in facts:
            return str(facts[key])
    return ""


def _all_in(names: list[str], sql: str) -> bool:
    return bool(names) and all(name in sql for name in names)


def _is_query(sql: str) -> bool:
    return re.match(r"[\s(]*(SELECT|WITH|VALUES|FROM)\b", sql, re.I) is not None


# pyspark writes the text of each error to the standard error, cells and all.


_silent = threading.local()


def listen(*modules: str) -> None:
    """Puts a filter before pyspark's loggers, and one before its word about pandas.

    Raises:
        ImportError: pyspark is not there, or what a module of it needs.
    """
    from pyspark.logger import PySparkLogger

    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
    for module in modules:
        import_module(module)
    for name in _LOGGERS:
        logger = PySparkLogger.getLogger(name)
        if _heard not in logger.filters:
            logger.addFilter(_heard)


@contextmanager
def silently() -> Iterator[None]:
    """Keeps pyspark from logging, in this thread."""
    before = getattr(_silent, "on", False)
    _silent.on = True
    try:
        yield
    finally:
        _silent.on = before


def _heard(_: Any) -> bool:
    return not getattr(_silent, "on", False)
