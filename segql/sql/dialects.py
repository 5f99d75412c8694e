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
    query that is computed once; `anti_join`: ANTI JOIN, quicker than NOT EXISTS;
    `asof_join`: ASOF JOIN, to the row that is nearest before or after; `least_of`:
    MIN(x, n), a list of the n least; `quantiles`: QUANTILE_DISC of a list of shares.
    """

    sketches: bool = False
    materialized: bool = False
    anti_join: bool = False
    asof_join: bool = False
    least_of: bool = False
    quantiles: bool = False


def facts(dialect: str) -> Facts:
    if dialect == "duckdb":
        return Facts(
            sketches=True,
            materialized=True,
            anti_join=True,
            asof_join=True,
            least_of=True,
            quantiles=True,
        )
    return Facts()
