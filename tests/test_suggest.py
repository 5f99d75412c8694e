"""Examples that are lacking: what is proposed is so, and what is covered is told."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import servers
from cli_shop import make_shop
from differential import grown
from random_moments import as_of_of
from random_worlds import WORLDS
from random_worlds import world as world_of
from servers.running import Engines
from test_examples_on_engines import empty

from segql.cli import main
from segql.diagnostics import Report
from segql.insight.coverage import coverage, percent
from segql.insight.given import example_text
from segql.insight.on_engine import on_engine
from segql.insight.suggest import Lacking, lacking
from segql.insight.trial import Tried, tried_file
from segql.library import Library
from segql.model.world import World
from segql.project import Project
from segql.source import Source
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.parse import parse
from segql.syntax.print_file import print_definition

Capture = pytest.CaptureFixture[str]
SHOP = Path(__file__).parents[1] / "examples" / "shop"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_shop(tmp_path / "shop")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.seg"
    path.write_text(text, encoding="utf-8")
    return path


def tried(path: Path, world: World) -> tuple[Tried, Library]:
    library = Library.of(world, path.parent)
    found = tried_file(path, library)
    assert found.ok, "\n".join(each.message for each in found.diagnostics)
    return found, library


def lines(found: Lacking, world: World) -> list[str]:
    return [example_text(each.example, world.catalog) for each in found.suggestions]


def asked(path: Path, world: World, most: int = 100) -> list[str]:
    found, library = tried(path, world)
    return lines(lacking(found, library, NOW, most), world)


# Coverage.

BOTH = "where age > 30 and newsletter\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (BOTH, [(False, False), (False, False)]),
        (BOTH + "example out ()\n", [(False, False), (False, False)]),
        (BOTH + "example out (age = 31)\n", [(False, False), (False, True)]),
        (BOTH + "example out (newsletter = true)\n", [(False, True), (False, False)]),
        (BOTH + "example in (age = 31, newsletter = true)\n", [(True, False)] * 2),
        (
            BOTH
            + "example in (age = 31, newsletter = true)\nexample out (age = 31)\n"
            + "example out (age = 30, newsletter = true)\n",
            [(True, True), (True, True)],
        ),
        (
            "where age > 30 or newsletter\nexample in (age = 31)\nexample out ()\n",
            [(True, True), (False, True)],
        ),
        (
            "where not (age > 30 or newsletter)\nexample out (age = 31)\n",
            [(True, False), (False, False)],
        ),
        (
            "where at least 2 of (age > 30, newsletter, bought)\n"
            "example in (age = 31, newsletter = true)\n",
            [(True, False), (True, False), (False, False)],
        ),
        (
            'let old = age > 30\nwhere old and city != "Köln"\n'
            'example out (age = 31, city = "Köln")\n',
            [(False, False), (False, True)],
        ),
        (
            "segment s\nwhere in segment koelner and age > 3\nexample out (age = 4)\n",
            [(False, True), (False, False)],
        ),
        (
            "partition s\nsegment a where age > 30\nsegment b where newsletter\n"
            "else c\nexample in a (age = 31)\nexample in c ()\n",
            [(True, True), (False, True)],
        ),
        ("where top 10% by age\nexample in (age = 3)\n", [(True, False)]),
        ("everyone\n", [(False, False)]),
        ("let a = age > 3\n", []),
    ],
)
def test_what_is_decided(
    shop: Path, text: str, wanted: list[tuple[bool, bool]]
) -> None:
    path = put(shop / "segments", "s", text)
    project = Project.load(shop)
    found, library = tried(path, project.world)
    covered = coverage(found, library)
    assert [(each.true, each.false) for each in covered.conditions] == wanted
    whole = sum(true and false for true, false in wanted)
    assert covered.decided == whole
    share = 100 * whole // len(wanted) if wanted else 100
    assert percent([covered]) == share


def test_coverage_is_told(shop: Path, capsys: Capture) -> None:
    put(shop / "segments", "s", BOTH + "example out (age = 31)\n")
    assert main(["test", "--coverage", "segments/s.seg"]) == 0
    out = capsys.readouterr().out
    assert out == (
        "segments/s.seg: 0 of 2 conditions decided\n"
        "  line 1: age > 30 – no example where it decides\n"
        "  line 1: newsletter – no example where it is true, and decides\n"
        "0 of 2 conditions decided: 0 %\n"
    )


# Suggestions.


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (
            "age 25..34",
            [
                "in (age = 25)",
                "out (age = 24)",
                "in (age = 34)",
                "out (age = 35)",
                "out ()",
            ],
        ),
        ("age > 18", ["in (age = 19)", "out (age = 18)", "out ()"]),
        (
            "newsletter",
            ["in (newsletter = true)", "out (newsletter = false)", "out ()"],
        ),
        ("bought >= 1", ["out ()"]),
        ('city in ("Köln", "Bonn")', ['in (city = "Köln")', 'out (city = "x")']),
        ("income >= 10", ["in (income = 10)", "out (income = 9.99)"]),
        ("age is missing", ["in ()", "out (age = 1)"]),
        ("not newsletter", ["in ()", "out (newsletter = true)"]),
        ("age > 18 or newsletter", ["in (newsletter = true)", "in (age = 19)"]),
    ],
)
def test_the_edges_are_proposed(shop: Path, rule: str, wanted: list[str]) -> None:
    path = put(shop / "segments", "s", f"where {rule}\n")
    found = asked(path, Project.load(shop).world)
    said = {
        text.replace(f'"{text.split(chr(34))[1]}" ', "", 1)
        if text.startswith('example "')
        else text
        for text in found
    }
    for each in wanted:
        assert f"example {each}" in said, found


def test_counts_and_windows_are_proposed(shop: Path) -> None:
    head = "segment s\n  as of 2025-06-15T00:00\n"
    rule = 'where bought("sport") in last 90 days >= 3\n'
    found = asked(put(shop / "segments", "s", head + rule), Project.load(shop).world)
    text = "\n".join(found)
    assert 'example "2 bought" out (' in text
    assert "time = 2025-03-17T00:00" in text
    assert "time = 2025-03-16T23:59" in text
    assert 'example "no bought" out ()' in text
    assert sum(each.count("bought(") == 3 for each in found) >= 3
    assert len(found) <= 10


def test_without_an_as_of_one_is_named(shop: Path, capsys: Capture) -> None:
    put(shop / "segments", "s", "segment s\nwhere bought in last 30 days\n")
    assert main(["test", "--suggest", "segments/s.seg"]) == 0
    out = capsys.readouterr().out.split("\n")
    assert out[0] == "# segments/s.seg"
    assert out[1].startswith("# as of 20")
    assert "belongs in the header" in out[1]
    assert out[2].startswith("example")


def test_so_many_at_most(shop: Path, capsys: Capture) -> None:
    put(shop / "segments", "s", 'where age 25..34 and city = "Köln" and newsletter\n')
    for limit in (0, 1, 3):
        assert main(["test", "--suggest", "--limit", str(limit), "segments/s.seg"]) == 0
        assert capsys.readouterr().out.count("example ") == limit


def pasted(path: Path, found: Lacking, world: World) -> list[str]:
    """Writes what is proposed at the end of a file, as a person would."""
    text = path.read_text(encoding="utf-8")
    some = lines(found, world)
    if found.as_of is not None:
        tree = parse(Source(text), Report())
        assert tree is not None
        header = tree.header or defs.Header(syn.Name(path.stem))
        header = replace(header, as_of=syn.Instant(found.as_of))
        text = print_definition(replace(tree, header=header))
    path.write_text("\n".join([text, *some]) + "\n", encoding="utf-8")
    return some


def fits(path: Path, world: World, engine: Engines | None = None) -> int:
    """What is proposed of a file comes out so, here and on DuckDB, and is not
    proposed again; how many there were."""
    before, library = tried(path, world)
    covered = coverage(before, library)
    found = lacking(before, library, NOW, 100)
    some = pasted(path, found, world)
    after, library = tried(path, world)
    assert len(after.trials) == len(before.trials) + len(some)
    again = lines(lacking(after, library, NOW, 100), world)
    assert not set(again) & set(some)
    now = coverage(after, library)
    for old, new in zip(covered.conditions, now.conditions, strict=True):
        assert new.true >= old.true
        assert new.false >= old.false
    if engine is not None:
        there = on_engine(after, library, empty(engine("duckdb")))
        assert not there.differences, there.differences
        assert not there.refused
    return len(some)


def test_of_the_shop_all_is_so(tmp_path: Path, running: Engines) -> None:
    folder = tmp_path / "segments"
    shutil.copytree(SHOP / "segments", folder)
    world = Project.load(SHOP).world
    engine = running if "duckdb" in servers.present() else None
    many = sum(fits(path, world, engine) for path in sorted(folder.glob("*.seg")))
    assert many > 100


@pytest.mark.parametrize("number", range(0, WORLDS, 8))
def test_of_random_rules_all_is_so(number: int, tmp_path: Path) -> None:
    chance, bound = Random(number + 7), world_of(number)
    case = grown(chance, Random(number), number, as_of_of(chance), 12)
    some = 0
    for place, rules in enumerate(case.rules):
        if rules.params or rules.files or "segment s" in rules.text:
            continue
        folder = tmp_path / str(place)
        folder.mkdir()
        text = (
            rules.text
            if rules.text.startswith(("let", "param"))
            else (f"where {rules.text}")
        )
        path = put(folder, "s", f"segment s\n\n{text}")
        some += fits(path, bound)
    assert some > 3


def test_nothing_is_proposed_of_mistakes(shop: Path, capsys: Capture) -> None:
    put(shop / "segments", "s", "where agee > 3\n")
    assert main(["test", "--suggest", "--coverage", "segments/s.seg"]) == 1
    captured = capsys.readouterr()
    assert "E201" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    "rule",
    [
        "years since birthdate >= 8000",
        "days since birthdate > 9223372036854775807",
        "quarter of birthdate = 9223372036854775807",
        "age > 9223372036854775806",
        "age < -9223372036854775806",
        "income > 99999999.99",
        "bought >= 5000",
        "size(interests) >= 900",
        "birthdate > 9999-12-31",
        "birthdate < 0001-01-02",
        "customer_since before 0001-01-02",
        "bought(price > 99999999.98)",
        "latitude > 89.99",
        "months since birthdate = -3",
        'email matches "[^a-z]{100,200}"',
        "everyone",
        "nobody",
        'sample 10% seed "x"',
        "decile(income) = 1",
    ],
)
def test_at_the_ends_of_what_there_is(rule: str, tmp_path: Path) -> None:
    """What no customer can be, or nobody can write down, is not proposed."""
    world = Project.load(SHOP).world
    text = f"segment s\n  as of 2026-06-01T00:00\n\nwhere {rule}\n"
    assert fits(put(tmp_path, "s", text), world) >= 1


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (
            "added_to_cart in last 7 days then no bought within 24 hours",
            ['"bought right in time" out', '"bought too late" in'],
        ),
        ('postcode matches "10[0-9]{3}"', ['"postcode 10000" in (postcode = "10000")']),
        ("years since birthdate >= 18", ["in (birthdate = 2008-06-01)"]),
        ('interests has "yoga" and size(interests) >= 3', ['in (interests = ("yoga"']),
        ("days since last(bought) > 90", ["in (bought(time = 2026-03-02T00:00))"]),
    ],
)
def test_hard_rules_have_a_member_too(
    rule: str, wanted: list[str], tmp_path: Path
) -> None:
    world = Project.load(SHOP).world
    text = f"segment s\n  as of 2026-06-01T00:00\n\nwhere {rule}\n"
    found = "\n".join(asked(put(tmp_path, "s", text), world))
    for each in wanted:
        assert each in found
