"""The benchmark's two sides agree: a small shop, the same thirty rules."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import segql

BENCH = Path(__file__).with_name("bench")
sys.path.insert(0, str(BENCH))

import shop  # noqa: E402
from all_rules import RULES  # noqa: E402
from rules import Rule  # noqa: E402
from workspace import workspace  # noqa: E402

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bench") / "shop.duckdb"
    shop.write(file, 20_000, 400_000)
    return file


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_both_sides_agree(rule: Rule, small: Path) -> None:
    with workspace(small) as folder:
        project = segql.Project.load(folder)
        segment = project.compile(rule.text, as_of=AS_OF)
        with project.connect() as connection:
            keys = list(segment.members(connection))
            by_hand = [row[0] for row in connection.rows(rule.sql)]
    assert sorted(keys) == sorted(by_hand)
    assert len(set(keys)) == len(keys)
