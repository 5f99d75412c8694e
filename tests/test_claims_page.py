"""The manual's table of claims: what `segql prove` answers."""

import re
from pathlib import Path

import pytest

from segql.catalog.read import read_catalog
from segql.diagnostics import Report, render
from segql.library import Library
from segql.model.bind import bind
from segql.model.world import World
from segql.reason.claims import prove
from segql.source import Source

PAGES = Path(__file__).parent / "spec"
ROW = re.compile(r"^\| `(\w+)`: (.*) \| (proved|refuted|unknown) \|$", re.MULTILINE)
ASKED = ROW.findall((PAGES / "43_meaning.md").read_text("utf-8"))


@pytest.fixture(scope="module")
def world() -> World:
    report = Report()
    text = (PAGES / "catalog.yaml").read_text("utf-8")
    catalog = read_catalog(Source(text, "catalog.yaml"), report)
    assert catalog is not None
    found = bind(catalog, report)
    assert found is not None
    return found


def test_the_page_has_claims() -> None:
    assert len(ASKED) >= 20
    assert {answer for _, _, answer in ASKED} == {"proved", "refuted", "unknown"}


@pytest.mark.parametrize(("claim", "rules", "answer"), ASKED)
def test_claim(claim: str, rules: str, answer: str, world: World) -> None:
    library = Library(world, PAGES)
    typed = []
    for text in re.findall(r"`(.*?)`(?:: |$)", rules):
        checked = library.check(Source(text), "rule")
        assert checked.report.ok, "\n".join(map(render, checked.report.diagnostics))
        typed.append(checked.rule)
    # What more is decided where a solver is installed is tested with it.
    found = prove(claim, typed, world, solver=False)
    assert type(found).__name__.lower() == answer
