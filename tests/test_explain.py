"""Every code has a page, and what the pages show is so."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from segql.catalog.project_file import read_project_file
from segql.catalog.read import read_catalog
from segql.cli import main
from segql.cli.explain import PAGES, codes
from segql.diagnostics import Diagnostic, Report, render
from segql.findings.compared import compared_segments
from segql.insight.trial import tried_file
from segql.library import COMPARED, Library
from segql.model.bind import bind
from segql.model.file_lints import UPKEEP
from segql.source import Source

ENTITY = "entity: {table: customers, key: customer_id, zone: Europe/Berlin}\n"
CATALOG = (
    ENTITY
    + """
attributes:
  age: integer
  balance: decimal(10, 2)
  birthdate: date
  city: {type: text, values: [Berlin, Hamburg]}
  email: text
  home: {type: point, latitude: lat, longitude: lon}
  interests: list of text
  newsletter: {type: boolean, labels: ["consent:email"]}
  religion: {type: text, labels: [sensitive], purposes: [loyalty]}
  revenue: decimal(30, 2)
  signup: {type: timestamp, zone: UTC}
  town: {type: text, column: city, deprecated: city}
events:
  bought:
    table: order_lines
    customer: customer_id
    time: {column: bought_at, type: timestamp, zone: UTC}
    properties:
      arrival: date
      brand: text
      category: text
      price: decimal(10, 2)
      quantity: integer
      weight: double
    argument: category
  viewed:
    table: page_views
    customer: customer_id
    time: {column: viewed_at, type: timestamp, zone: UTC}
    properties: {brand: text, page: text}
  watched:
    table: films
    customer: customer_id
    time: {column: at, type: timestamp, zone: UTC}
    history: 2 years
  ordered:
    table: orders
    customer: customer_id
    time: {column: ordered_at, type: timestamp, zone: UTC}
    properties: {channel: text, order_id: integer}
    rows:
      line:
        table: order_items
        on: {order_id: order_id}
        properties: {category: text, price: "decimal(10, 2)"}
        argument: category
      voucher: {table: vouchers, on: {order_id: order_id}, properties: {code: text}}
facts:
  address:
    table: addresses
    customer: customer_id
    properties: {kind: text, valid_until: date}
    argument: kind
purposes: [newsletter, loyalty]
places: {berlin: [52.52, 13.405], paris: [48.8566, 2.3522]}
"""
)
SEGMENTS = {
    "vip": "age > 60",
    "broken": "agee > 5",
    "shared": "let youth = age ..24",
    "words": "let tall = height > 180",
    "lifecycle": "partition lifecycle\nsegment loyal where bought >= 5\nelse other",
}
BLOCK = re.compile(r"```(segql|yaml) (bad|good)( whole)?\n(.*?)```\n", re.DOTALL)


@dataclass(frozen=True)
class Example:
    code: str
    kind: str
    verdict: str
    whole: bool
    text: str


def examples() -> list[Example]:
    return [
        Example(path.stem, kind, verdict, bool(whole), text)
        for path in sorted(PAGES.glob("*.md"))
        for kind, verdict, whole, text in BLOCK.findall(path.read_text("utf-8"))
    ]


def found(example: Example, folder: Path) -> list[Diagnostic]:
    if example.kind == "segql":
        return in_rule(example.text, folder, example.code in COMPARED)
    text = example.text
    if text.startswith(("connection:", "connections:")):
        report = Report()
        read_project_file(Source(text, "segql.yaml"), report)
        return report.diagnostics
    if not example.whole and not re.search("^entity:", text, re.MULTILINE):
        text = ENTITY + text
    return in_catalog(text)


def in_catalog(text: str) -> list[Diagnostic]:
    report = Report()
    catalog = read_catalog(Source(text, "catalog.yaml"), report)
    if catalog is not None:
        bind(catalog, report)
    return report.diagnostics


def in_rule(text: str, folder: Path, compare: bool = False) -> list[Diagnostic]:
    """What is wrong with a definition file among others, named `example.seg`."""
    report = Report()
    catalog = read_catalog(Source(CATALOG, "catalog.yaml"), report)
    assert catalog is not None
    world = bind(catalog, report)
    assert world is not None
    assert report.ok
    for name, rule in (SEGMENTS | {"example": text}).items():
        (folder / f"{name}.seg").write_text(rule, encoding="utf-8")
    library = Library.of(world, folder)
    if compare:
        noted = compared_segments(library)
        return [each for some in noted.values() for each in some]
    noted = library.read(folder / "example.seg", doubts=True).findings
    return [*noted, *(fault for fault in tried_faults(folder, library) if not noted)]


def tried_faults(folder: Path, library: Library) -> tuple[Diagnostic, ...]:
    """What is wrong with the example customers of the file."""
    return tried_file(folder / "example.seg", library).diagnostics


@pytest.mark.parametrize(
    "example",
    examples(),
    ids=lambda each: f"{each.code}-{each.verdict}",
)
def test_examples_are_what_they_say(example: Example, tmp_path: Path) -> None:
    diagnostics = found(example, tmp_path)
    shown = "\n\n".join(map(render, diagnostics))
    wanted = {example.code} if example.verdict == "bad" else set()
    beside = set() if example.code in UPKEEP else UPKEEP  # what other pages leave out
    assert {each.code for each in diagnostics} - beside == wanted, shown


def declared() -> set[str]:
    """The codes that the messages are made with."""
    folder = Path(render.__code__.co_filename).parent / "messages"
    texts = [path.read_text("utf-8") for path in folder.glob("*.py")]
    return {code for text in texts for code in re.findall(r'"([EW][0-9]{3})"', text)}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert set(codes()) == declared()
    assert {path.name for path in PAGES.iterdir()} == {f"{c}.md" for c in codes()}


def test_pages_are_short_and_of_one_form() -> None:
    for code in codes():
        text = (PAGES / f"{code}.md").read_text("utf-8")
        lines = text.split("\n")
        assert re.fullmatch(rf"# {code}: .{{10,70}}", lines[0]), lines[0]
        assert lines[1] == "", code
        assert lines[2], code
        assert max(map(len, lines)) <= 88, code
        assert len(lines) <= 40, code
        fences = [line for line in lines if line.startswith("```") and line != "```"]
        assert len(fences) == len(BLOCK.findall(text)) == text.count("\n```\n"), code


def test_codes_that_a_rule_or_a_catalog_can_show_are_shown() -> None:
    told = {
        *("E107", "E111", "E112", "E115", "E116"),  # no text to show
        *("E211", "E212", "E217", "E218", "E219", "E404", "E405"),  # of the call
        *("E402", "E403", "E406", "E602", "E605", "E608"),  # too long to show
    }
    shown = {each.code for each in examples() if each.verdict == "bad"}
    assert {c for c in codes() if c[1] in "12346" and c[:2] != "W5"} - shown == told
    for code in shown:
        assert any(e.code == code and e.verdict == "good" for e in examples())


def test_explain_prints_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "e201"]) == 0
    assert capsys.readouterr().out == (PAGES / "E201.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("code", "near"),
    [("E2O1", "`E201`"), ("W201", None), ("W401", "`E401`"), ("nonsense", "look like")],
)
def test_an_unknown_code_has_close_matches(
    code: str, near: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", code]) == (2 if near else 0)
    if near:
        error = capsys.readouterr().err
        assert error.startswith(f"error[E707]: there is no code `{code}`")
        assert near in error


def test_a_code_can_not_leave_the_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "../cli/E201"]) == 2
    assert "E707" in capsys.readouterr().err
