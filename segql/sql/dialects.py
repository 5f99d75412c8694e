"""What the dialects of SQL can do, and which of them are proven by execution."""

from dataclasses import dataclass

PROVEN = ("duckdb",)
"""Dialects whose SQL is executed against the reference in the tests."""

DIALECTS = (
    "athena",
    "bigquery",
    "clickhouse",
    "databricks",
    "doris",
    "duckdb",
    "fabric",
    "hive",
    "mysql",
    "oracle",
    "postgres",
    "presto",
    "redshift",
    "snowflake",
    "spark",
    "sqlite",
    "starrocks",
    "teradata",
    "trino",
    "tsql",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a dialect offers beyond what all have.

    `sketches`: HASH, BIT_OR and BIT_COUNT over 128 bits; `materialized`: a shared
    query that is computed once; `anti_join`: ANTI JOIN, quicker than NOT EXISTS.
    """

    sketches: bool = False
    materialized: bool = False
    anti_join: bool = False


def facts(dialect: str) -> Facts:
    if dialect == "duckdb":
        return Facts(sketches=True, materialized=True, anti_join=True)
    return Facts()
