"""The spec pages: what they say, the reference and DuckDB do."""

import re
import typing
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from markdown import Case, World, cases, pages
from worlds import Ground

from segql import reference
from segql.catalog.project_file import read_project_file
from segql.catalog.project_nodes import Levels
from segql.catalog.read import read_catalog
from segql.cli.diff_text import told as diff_lines
from segql.cli.diff_words import of_rules
from segql.cli.test_text import covered_summary, decided, proposed, summary
from segql.cli.test_text import told as shown_trials
from segql.diagnostics import Diagnostic, Report, SegqlError, render
from segql.findings.levels import levelled
from segql.insight.coverage import coverage
from segql.insight.suggest import lacking
from segql.insight.trial import tried_file
from segql.library import Checked
from segql.model import nodes as mdl
from segql.model.bind import bind
from segql.model.file_lints import UPKEEP
from segql.plan.build import build
from segql.project import Segment, as_instant
from segql.source import Source
from segql.sql.compile import members
from segql.syntax import nodes as syn
from segql.syntax.parse import parse
from segql.syntax.print_file import print_definition

CASES = [case for page in pages() for case in cases(page)]


class Grounds:
    """One ground per world, made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[World, Ground] = {}

    def of(self, world: World) -> Ground:
        if world not in self.made:
            folder = self.folder / str(len(self.made))
            folder.mkdir()
            self.made[world] = Ground(world, folder)
        return self.made[world]

    def close(self) -> None:
        for ground in self.made.values():
            ground.close()


@pytest.fixture(scope="session")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    grounds = Grounds(tmp_path_factory.mktemp("spec"))
    yield grounds
    grounds.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_spec(case: Case, grounds: Grounds) -> None:
    if case.catalog:
        agrees(case, (project if case.project else catalog)(case.text))
        return
    ground = grounds.of(case.world)
    checked = check(case, ground)
    agrees(case, told(case, checked))
    for flag, said in case.tried:
        assert tried(case, ground, flag) == said
    for words, said in case.diffed:
        assert differing(ground, words) == said
    if case.parts:
        tiles(checked, case, ground)
    if case.members is None and not case.faults:
        return
    assert checked.rule is not None
    assert printed_and_read(checked, case, ground) == checked.rule
    segment = compiled(checked, case, ground)
    if case.faults:
        with pytest.raises(reference.DataFault):
            on_reference(checked.rule, segment, ground)
        with pytest.raises(SegqlError) as raised:
            list(segment.members(ground.connection))
        assert tuple(d.code for d in raised.value.diagnostics) == case.faults
        return
    everyone = on_reference(mdl.TRUE, segment, ground)
    wanted = keys(case.members or "", everyone)
    assert on_reference(checked.rule, segment, ground) == wanted
    found = list(segment.members(ground.connection))
    assert len(found) == len(set(found)), "a member twice"
    assert set(found) == wanted, segment.sql()
    others, rest = mdl.Not(checked.rule), everyone - wanted
    assert on_reference(others, segment, ground) == rest
    assert on_duckdb(others, segment, ground) == rest


def check(case: Case, ground: Ground) -> Checked:
    """Pages are of single things: what a rule comes to, only one of them asks."""
    library = ground.project._library
    doubts = case.page.startswith("43")
    if case.file is None:
        return library.check(Source(case.text), "rule", case.params, doubts=doubts)
    path = ground.folder / "segments" / case.file
    return library.read(path, case.params, shown=case.file, doubts=doubts)


def tried(case: Case, ground: Ground, flag: str) -> str:
    """What `segql test` says of a file."""
    library, path = ground.project.library, Path(case.file or "")
    found = tried_file(ground.folder / "segments" / path, library, shown=case.file)
    catalog = library.world.catalog
    if flag == "suggest":
        wall = datetime.fromisoformat(case.as_of)
        now = as_instant(wall, catalog.entity.zone)
        said = [*proposed(lacking(found, library, now), catalog)]
    elif flag == "coverage":
        covered = coverage(found, library)
        said = [*decided(covered), covered_summary([covered])]
    else:
        said = [*shown_trials(found, catalog.entity.zone), summary([found])]
    return "\n".join(said).rstrip()


def differing(ground: Ground, words: tuple[str, ...]) -> str:
    """What `segql diff` says of two rules."""
    asked = Namespace(what=words, only=[])
    found = of_rules(ground.project, asked, None, {})
    zone = ground.project.catalog.entity.zone
    pages = ["\n".join(diff_lines(each, zone)) for each in found.segments]
    return "\n\n".join(pages)


def tiles(checked: Checked, case: Case, ground: Ground) -> None:
    """The parts of a partition are those on the page; everybody is in one of them."""
    assert checked.definition is not None
    again = ground.project._library.check(
        Source(print_definition(checked.definition)), checked.name
    )
    assert again.meaning.parts == checked.meaning.parts
    left: set[object] | None = None
    wanted = dict(case.parts)
    assert list(wanted) == [each.part for each in checked.parts]
    for part in checked.parts:
        segment = compiled(part, case, ground)
        everyone = on_reference(mdl.TRUE, segment, ground)
        left = everyone if left is None else left
        members = keys(wanted[part.part or ""], everyone)
        assert on_reference(segment.rule, segment, ground) == members
        assert on_duckdb(segment.rule, segment, ground) == members
        assert members <= left, "a member of two parts"
        left -= members
    assert left == set(), "these are in no part"


def compiled(checked: Checked, case: Case, ground: Ground) -> Segment:
    project = ground.project
    as_of = as_instant(datetime.fromisoformat(case.as_of), project.catalog.entity.zone)
    assert checked.rule is not None
    plan = build({"rule": checked.rule}, project.world, as_of)
    return Segment(project, checked, as_of, plan)


def told(case: Case, checked: Checked) -> Sequence[Diagnostic]:
    """What is said of a rule; at its levels where the page has a project file. What a
    project wants of its files, only pages speak of that name it."""
    named = {*case.codes, *re.findall(r"\[(W\d+)\]", case.shown or "")}
    asked = case.world.project or named & UPKEEP
    found = checked.findings if asked else checked.report.diagnostics
    source = Source(case.world.project, "segql.yaml")
    file = read_project_file(source, Report()) if case.world.project else None
    levels = file.levels if file else Levels()
    return levelled(found, levels, f"segments/{case.file}")


def project(text: str) -> list[Diagnostic]:
    report = Report()
    read_project_file(Source(text + "\n", "segql.yaml"), report)
    return report.diagnostics


def catalog(text: str) -> list[Diagnostic]:
    source = Source(text + "\n", "catalog.yaml")
    report = Report(source)
    catalog = read_catalog(source, report)
    if catalog is not None:
        bind(catalog, report)
    return report.diagnostics


def agrees(case: Case, found: Sequence[Diagnostic]) -> None:
    """The page names every code; if it shows any text, it shows all of it."""
    shown = "\n\n".join(render(each) for each in found)
    if case.shown is None or case.codes:
        told = set(case.codes) - set(case.faults)
        assert {each.code for each in found} == told, shown
    if case.shown is not None:
        assert shown == case.shown


def printed_and_read(checked: Checked, case: Case, ground: Ground) -> mdl.Rule | None:
    """What the rule means when it is printed in its one form and read again."""
    assert checked.definition is not None
    text = print_definition(checked.definition)
    assert case.printed is None or text == case.printed + "\n"
    again = ground.project._library.check(Source(text), checked.name, case.params)
    assert again.definition is not None, text
    assert print_definition(again.definition) == text
    return again.rule


def on_reference(rule: mdl.Rule, segment: Segment, ground: Ground) -> set[object]:
    world = ground.project.world
    return reference.evaluate(rule, world, ground.rows, segment.as_of)


def on_duckdb(rule: mdl.Rule, segment: Segment, ground: Ground) -> set[object]:
    plan = build({"rule": rule}, ground.project.world, segment.as_of)
    rows = ground.connection.rows(members(plan, plan.segments[0]))
    return {key for (key,) in rows}


def keys(said: str, everyone: set[object]) -> set[object]:
    match said:
        case "everyone":
            return everyone
        case "nobody":
            return set()
    parts = [part.strip() for part in said.split(",")]
    assert all(parts), f"members are keys, `everyone` or `nobody`: {said!r}"
    whole = all(isinstance(key, int) for key in everyone)
    found: set[object] = {int(part) if whole else part for part in parts}
    assert found <= everyone, "not all of these are customers"
    return found


def test_every_form_of_the_language_is_on_a_page() -> None:
    seen = set()
    for case in CASES:
        tree = None if case.catalog else parse(Source(case.text), Report())
        if tree is not None:
            seen |= {type(node) for node in syn.walk(tree)}
    forms = {
        *typing.get_args(syn.Expr),
        *typing.get_args(syn.Target),
        *typing.get_args(syn.Place),
    }
    assert {form.__name__ for form in forms - seen} == set()
