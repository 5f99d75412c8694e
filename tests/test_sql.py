"""The SQL of the one rule that everybody knows, as people read it."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import segql

SHOP = Path(__file__).parents[1] / "examples/shop"
AS_OF = datetime(2026, 6, 1, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture(scope="module")
def project() -> segql.Project:
    return segql.Project.load(SHOP)


def sql(project: segql.Project, rule: str, dialect: str = "duckdb") -> str:
    return project.compile(rule, as_of=AS_OF).sql(dialect)


def test_attributes(project: segql.Project) -> None:
    assert sql(project, 'age 25..34 and city = "Berlin"') == (
        "SELECT\n"
        "  c.customer_id AS customer_id\n"
        "FROM customers AS c\n"
        "WHERE\n"
        "  (\n"
        "    c.created_at < CAST('2026-05-31 22:00:00' AS TIMESTAMP)"
        " OR c.created_at IS NULL\n"
        "  )\n"
        "  AND c.age >= 25\n"
        "  AND c.age <= 34\n"
        "  AND c.city = 'Berlin'"
    )


def test_events(project: segql.Project) -> None:
    shown = sql(project, 'bought("sport") in last 30 days >= 3')
    assert shown.count("FROM ") == 3, shown
    assert "COUNT(*) >= 3" in shown
    assert "'2026-05-01 22:00:00'" in shown


def test_nothing_is_said_twice(project: segql.Project) -> None:
    rule = "let recent = bought in last 30 days where recent >= 3"
    assert sql(project, rule).count("'2026-05-01 22:00:00'") == 1


def test_another_dialect_quotes_its_own_way(project: segql.Project) -> None:
    shown = sql(project, 'city = "it\'s \\\\ here"', "bigquery")
    assert "'it\\'s \\\\ here'" in shown
