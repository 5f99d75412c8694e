"""The dialects of SQL, each in a module of its own, and which of them are proven."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segql.sql.speech import Facts, Speech

PROVEN = ("clickhouse", "duckdb", "mariadb", "postgres", "spark", "sqlite")
"""Dialects whose SQL is executed against the reference in the tests."""

_MODULES = {
    "athena": "trino",
    "bigquery": "bigquery",
    "clickhouse": "clickhouse",
    "databricks": "spark",
    "doris": "starrocks",
    "duckdb": "duckdb",
    "fabric": "tsql",
    "mariadb": "mysql",
    "mysql": "mysql",
    "oracle": "oracle",
    "postgres": "postgres",
    "presto": "trino",
    "redshift": "redshift",
    "snowflake": "snowflake",
    "spark": "spark",
    "sqlite": "sqlite",
    "starrocks": "starrocks",
    "teradata": "teradata",
    "trino": "trino",
    "tsql": "tsql",
}
DIALECTS = tuple(_MODULES)


def speech(dialect: str) -> "Speech":
    """How a dialect writes what others write otherwise; its module has it in capitals.

    Raises:
        KeyError: there is no such dialect.
    """
    module = import_module(f"segql.sql.dialects.{_MODULES[dialect]}")
    found: Speech = getattr(module, dialect.upper())
    return found


def facts(dialect: str) -> "Facts":
    return speech(dialect).facts
