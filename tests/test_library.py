"""Definition files that refer to each other, however many, and threads that ask."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import segql

CATALOG = """
entity: {table: customers, key: id, zone: UTC}
attributes: {age: integer, newsletter: boolean}
"""
PROJECT = "connection: {engine: duckdb, files: data}\n"


def project(folder: Path, segments: Mapping[str, str]) -> segql.Project:
    (folder / "segments").mkdir()
    (folder / "segql.yaml").write_text(PROJECT)
    (folder / "catalog.yaml").write_text(CATALOG)
    for name, rule in segments.items():
        (folder / "segments" / f"{name}.seg").write_text(rule)
    return segql.Project.load(folder)


def said(loaded: segql.Project, name: str) -> list[str]:
    try:
        loaded.segment(name)
    except segql.SegqlError as error:
        return [each.code for each in error.diagnostics]
    return []


def chain(many: int) -> dict[str, str]:
    return {"s0": "newsletter"} | {
        f"s{n}": f"not in segment s{n - 1}" for n in range(1, many)
    }


def test_a_long_chain(tmp_path: Path) -> None:
    loaded = project(tmp_path, chain(100))
    assert said(loaded, "s99") == []
    assert loaded.segment("s2").sql(pretty=False).endswith("WHERE c.newsletter")


def test_a_chain_that_is_too_long_says_the_same_from_either_end(
    tmp_path: Path,
) -> None:
    names = ["s399", "s5", "s105", "s300", "s109"]
    wanted = [["E216"], [], [], ["E216"], ["E406"]]
    loaded = project(tmp_path, chain(400))
    assert [said(loaded, name) for name in names] == wanted
    loaded = segql.Project.load(tmp_path)
    assert [said(loaded, name) for name in names[::-1]] == wanted[::-1]


def test_each_is_read_once_though_many_refer_to_it(tmp_path: Path) -> None:
    segments = {"s0": "newslettr"} | {
        f"s{n}": f"in segment s{n - 1} and age > {n} and in segment s{n - 1}"
        for n in range(1, 60)
    }
    assert said(project(tmp_path, segments), "s59") == ["E216", "E216"]


def test_all_that_refer_to_all(tmp_path: Path) -> None:
    names = [f"s{n}" for n in range(14)]
    segments = {
        name: " and ".join(f"in segment {other}" for other in names if other != name)
        for name in names
    }
    loaded = project(tmp_path, segments)
    for name in names:
        assert "E206" in said(loaded, name)


@pytest.mark.parametrize("attempt", range(3))
def test_threads_share_a_project(tmp_path: Path, attempt: int) -> None:
    segments = {
        "a": "in segment b",
        "b": "newsletter",
        "c": "in segment b and in segment a",
        "d": "in segment a and in segment c",
    }
    loaded = project(tmp_path, segments)
    names = list("dcab") * 30
    with ThreadPoolExecutor(6) as pool:
        assert not any(pool.map(lambda name: said(loaded, name), names))
