"""The cheat sheet: every rule on it is right, in its one form; every form is there.

The rules of the README are right as well.
"""

import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown import SHARED, SPEC, World
from worlds import Ground

import segql
from segql.diagnostics import Report, render
from segql.source import Source
from segql.syntax import nodes as syn
from segql.syntax.parse import parse
from segql.syntax.print_file import print_definition

ROOT = Path(__file__).parents[1]
TEXT = (SPEC / "cheat_sheet.md").read_text(encoding="utf-8")
FILES = tuple(
    re.findall(r"^```segql (\S+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
)
ROWS = re.findall(r"^\| (`.*`) \| (.*) \|$", TEXT, re.MULTILINE)
RULES = [
    (rule, tuple(re.findall(r"\bW\d{3}\b", means)))
    for cell, means in ROWS
    for rule in re.findall(r"`([^`]+)`", cell)
]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    world = World(SHARED.read_text(encoding="utf-8"), files=FILES)
    ground = Ground(world, tmp_path_factory.mktemp("cheat_sheet"))
    yield ground
    ground.close()


@pytest.mark.parametrize(("rule", "codes"), RULES, ids=[rule for rule, _ in RULES])
def test_each_rule(rule: str, codes: tuple[str, ...], ground: Ground) -> None:
    checked = ground.project._library.check(Source(rule), "rule")
    found = checked.report.diagnostics
    assert [each.code for each in found] == list(codes), [render(d) for d in found]
    assert checked.definition is not None
    assert print_definition(checked.definition) == rule + "\n"


@pytest.mark.parametrize("name", [name for name, _ in FILES])
def test_each_file(name: str, ground: Ground) -> None:
    path = ground.project.folder / "segments" / name
    found = ground.project._library.read(path, shown=name).report.diagnostics
    assert found == [], [render(each) for each in found]


def test_it_fits_one_page() -> None:
    assert len(TEXT.splitlines()) <= 75


def test_every_form_is_there() -> None:
    seen = set()
    for text in [rule for rule, _ in RULES] + [text for _, text in FILES]:
        tree = parse(Source(text), Report())
        assert tree is not None
        seen |= {type(node) for node in syn.walk(tree)}
    unions = (syn.Expr, syn.Target, syn.Place)
    forms = {form for union in unions for form in typing.get_args(union)}
    assert {form.__name__ for form in forms - seen} == {"Minus"}


def test_each_rule_of_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rules = text.split("```segql\n")[1].split("```")[0].splitlines()
    project = segql.Project.load(ROOT / "examples/shop")
    found = {rule: project.compile(rule).diagnostics for rule in rules}
    assert {rule for rule, noted in found.items() if noted} == set()
