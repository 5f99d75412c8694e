"""Segments compared with each other: all that is so is found, and nothing else."""

from pathlib import Path
from random import Random

import pytest
from grown_project import Grown, grown_project

from segql import Project
from segql.cli import main
from segql.findings.compared import compared_segments
from segql.library import Library
from segql.reason.pairs import compared
from segql.source import Source

SHOP = Path(__file__).parents[1] / "examples" / "shop"
OF_MEANING = ("W301", "W302", "W303", "W304")


@pytest.fixture(scope="module")
def library() -> Library:
    world = Project.load(SHOP).world
    return Library(world, SHOP)


def described(grown: Grown, library: Library) -> tuple[dict[str, str], Grown]:
    """The codes of each file, and what is found among the others."""
    codes, rules = {}, {}
    for name, text in grown.texts.items():
        checked = library.check(Source(text), name, doubts=True)
        assert checked.report.ok, text
        noted = [d.code for d in checked.findings if d.code in OF_MEANING]
        if noted:
            codes[name] = " ".join(noted)
        else:
            assert checked.rule is not None
            rules[name] = checked.rule
    found = compared(rules, library.world)
    return codes, Grown(equal=set(found.equal), contained=set(found.contained))


@pytest.mark.parametrize("seed", range(3))
def test_all_that_was_planted_is_found(seed: int, library: Library) -> None:
    grown = grown_project(Random(seed), 70)
    assert grown.codes
    assert grown.equal
    assert grown.contained
    codes, found = described(grown, library)
    assert codes == grown.codes
    assert found.equal == grown.equal
    assert found.contained == grown.contained


FILES = {
    "grown": "age >= 18",
    "adults": "# allow W306: the law says it so\nnot age < 18 and age is known",
    "young": "age 18..30 and newsletter",
    "young_ones": "in segment grown and age ..30",
    "any": "param n: integer = 18\nwhere age >= n",
    "broken": "agee > 3",
    "tiers": "partition tiers\nsegment a where age >= 18\nelse b",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("segql.yaml", "catalog.yaml"):
        (tmp_path / name).write_text((SHOP / name).read_text("utf-8"), "utf-8")
    (tmp_path / "segments").mkdir()
    for name, text in FILES.items():
        (tmp_path / "segments" / f"{name}.seg").write_text(text, "utf-8")
    return tmp_path


def test_a_project(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = Project.load(folder).library
    found = {
        name: [(each.code, each.message) for each in some]
        for name, some in compared_segments(library).items()
    }
    same = "`adults` always has the same members"
    assert found == {
        "grown": [("W306", same)],
        "tiers": [("W306", same), ("W306", "`grown` always has the same members")],
        "young": [("W307", "every member of this is one of `young_ones`, too")],
    }
    main(["-p", str(folder), "check", "--compare", "--format", "json"])
    said = capsys.readouterr().out
    assert said.count('"W306"') >= 3
    main(["-p", str(folder), "check", "--format", "json"])
    assert "W306" not in capsys.readouterr().out
