"""The dialects of SQL, each in a module of its own, and which of them are proven."""

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segql.sql.speech import Facts, Speech

PROVEN = ("clickhouse", "duckdb", "mariadb", "postgres", "sqlite")
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
_WRITTEN = (
    "athena",
    "bigquery",
    "clickhouse",
    "databricks",
    "doris",
    "duckdb",
    "fabric",
    "mariadb",
    "mysql",
    "oracle",
    "postgres",
    "presto",
    "redshift",
    "snowflake",
    "spark",
    "sqlite",
    "starrocks",
    "trino",
    "tsql",
)
"""Dialects that say themselves what others write otherwise."""


def speech(dialect: str) -> "Speech":
    """How a dialect writes what others write otherwise; its module has it in capitals.

    Raises:
        KeyError: there is no such dialect.
    """
    if dialect not in _WRITTEN:
        return transpiled(dialect)
    module = import_module(f"segql.sql.dialects.{_MODULES[dialect]}")
    found: Speech = getattr(module, dialect.upper())
    return found


def transpiled(dialect: str) -> "Speech":
    """DuckDB's words in the syntax of a dialect that has no words of its own yet."""
    from segql.sql.dialects.duckdb import DUCKDB
    from segql.sql.speech import Facts

    syntax = {"mariadb": "mysql"}.get(dialect, dialect)
    facts = Facts(ordered=True)
    return replace(DUCKDB, name=dialect, sqlglot=syntax, facts=facts, differences=())


def facts(dialect: str) -> "Facts":
    return speech(dialect).facts
