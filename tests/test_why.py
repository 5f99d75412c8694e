"""Why a rule is true or false: at every place what the reference says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from xml.etree import ElementTree as xml

import jsonschema
import pytest
from cli_shop import make_shop
from differential import Refused, checked, grown
from random_moments import as_of_of
from random_worlds import WORLDS
from random_worlds import world as world_of
from told import told

import segql
from segql.cli import main
from segql.cli.why import lines
from segql.insight.nodes import Chosen, Seen, Why
from segql.insight.page import Page
from segql.insight.trial import KEY, asked_of
from segql.insight.why import why, why_part
from segql.library import Checked, Library
from segql.model import nodes as mdl
from segql.reference import Evaluation
from segql.source import Source

Capture = pytest.CaptureFixture[str]


def nodes(tree: Why) -> Iterator[Why]:
    yield tree
    for term in tree.terms:
        yield from nodes(term)


def sure(tree: Why, asked: Evaluation) -> None:
    """A tree says of each condition what the reference does; the whole follows."""
    assert tree.true is asked.truth(tree.rule, KEY)
    for each in nodes(tree):
        assert each.true is asked.truth(each.rule, KEY)
        assert each.text
        assert follows(each) is each.true
        if each.terms and each.decides and not each.seen:
            assert any(term.decides for term in each.terms), "nothing decides"
        for seen in each.seen:
            counts(seen, asked)


def follows(tree: Why) -> bool:
    """What a condition is, by its terms and nothing else."""
    truths = [term.true for term in tree.terms]
    rule = tree.rule
    negated = False
    while isinstance(rule, mdl.Not) and len(truths) != 1:
        rule, negated = rule.term, not negated
    match rule:
        case _ if not truths:
            return tree.true
        case mdl.And():
            found = all(truths)
        case mdl.Or():
            found = any(truths)
        case mdl.AtLeast(least, most, _):
            count = sum(truths)
            found = least <= count and (most is None or count <= most)
        case mdl.Sequence():
            found = truths[-1]
        case _:
            return tree.true
    return found is not negated


def counts(seen: Seen, asked: Evaluation) -> None:
    for part in seen.parts:
        counts(part, asked)
    chosen: Chosen | None = seen.chosen
    if chosen is not None:
        assert 0 <= chosen.count <= chosen.of
        if chosen.of == len(chosen.events):
            assert sum(each.counts for each in chosen.events) == chosen.count
        for each in chosen.events:
            fine = not each.outside and (each.test is None or each.test.true)
            assert fine is each.counts


@pytest.mark.parametrize("number", range(0, WORLDS, 4))
def test_each_condition_is_what_the_reference_says(number: int, tmp_path: Path) -> None:
    """Random rules with their files, of random customers told as examples."""
    chance, bound = Random(number), world_of(number)
    as_of = as_of_of(chance)
    case = grown(chance, Random(number + 1), number, as_of, 40)
    people = list(told(Evaluation(bound, case.tables, as_of)).values())[:4]
    told_of = 0
    for place, rules in enumerate(case.rules):
        folder = tmp_path / str(place)
        folder.mkdir()
        for name, text in rules.files.items():
            (folder / f"{name}.seg").write_text(text, encoding="utf-8")
        library = Library.of(bound, folder)
        found = library.check(Source(rules.text), "rule", rules.params)
        assert found.rule is not None
        try:
            assert found.rule == checked(rules, bound)
        except Refused:
            continue
        page = Page(found, library)
        for person in people:
            asked = asked_of(person, library, as_of)
            tree = why(found.rule, asked, KEY, page)
            sure(tree, asked)
            assert lines([tree], bound.catalog.entity.zone)
            told_of += 1
            for name in library.index.partitions:
                partition(library.file(name), library, asked)
    assert told_of > 20


def partition(found: Checked, library: Library, asked: Evaluation) -> None:
    """Of a partition the tree of the first part that is true decides."""
    page = Page(found, library)
    parts = list(found.meaning.parts)
    there = [
        part for part, rule in found.meaning.parts.items() if asked.truth(rule, KEY)
    ]
    assert len(there) == 1
    for part in parts:
        trees = why_part(part, asked, KEY, page)
        assert [tree.name for tree in trees] == parts[: len(trees)]
        for tree in trees:
            for each in nodes(tree):
                assert each.true is asked.truth(each.rule, KEY)
        if part == there[0] != parts[-1]:
            assert trees[-1].true
        if parts.index(part) > parts.index(there[0]):
            assert [t.name for t in trees if t.decides] == there


# The command.


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_shop(tmp_path / "shop")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


def call(capture: Capture, *words: str) -> tuple[int, str, str]:
    code = main(["test", *words])
    captured = capture.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err


def put(shop: Path, name: str, text: str) -> str:
    path = shop / "segments" / f"{name}.seg"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_nothing_to_test(shop: Path, capsys: Capture) -> None:
    code, out, err = call(capsys)
    assert (code, out) == (0, "")
    assert (
        err == "0 examples in 0 files: 0 as they say, 0 not; 4 files without examples\n"
    )


def test_one_that_fails(shop: Path, capsys: Capture) -> None:
    put(shop, "young", "where age < 30\nexample in (age = 30)\nexample out ()\n")
    code, out, err = call(capsys, "segments/young.seg")
    assert (code, out) == (1, "")
    assert "error[E801]: this example should be in, and is out" in err
    assert "→ ✗ age < 30 " in err
    assert "age = 30\n" in err
    assert err.endswith("2 examples in 1 file: 1 as they say, 1 not\n")


def test_all_that_fit(shop: Path, capsys: Capture) -> None:
    put(shop, "young", "where age < 30\nexample in (age = 29)\nexample out ()\n")
    code, _, err = call(capsys, "segments")
    assert code == 0
    assert err.startswith("2 examples in 1 file: 2 as they say, 0 not")


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("nowhere.seg", 2, "nowhere.seg"),
        ("segments/wrong.seg", 1, "error[E201]"),
        ("segments/bytes.seg", 2, "error[E1"),
        ("segments/shared.seg", 0, "1 file without examples"),
    ],
)
def test_what_can_not_be_tested(
    shop: Path, capsys: Capture, path: str, code: int, said: str
) -> None:
    put(shop, "wrong", "where agee < 30\nexample in (age = 30)\n")
    (shop / "segments" / "bytes.seg").write_bytes(b"\xff\xfe")
    found, out, err = call(capsys, path)
    assert (found, out) == (code if path != "segments/bytes.seg" else found, "")
    assert found or not code
    assert said in err


def test_results_in_python(shop: Path) -> None:
    put(shop, "young", 'where age < 30\nexample "A" in (age = 30)\nexample out ()\n')
    found = segql.Project.load(shop).test("segments/young.seg")
    (file,) = found
    assert (file.name, file.ok, len(file.trials)) == ("young", False, 2)
    (failed,) = file.failures
    assert (failed.title, failed.wanted, failed.found) == ("A", "in", "out")
    (tree,) = failed.why
    assert (tree.text, tree.true, tree.decides) == ("age < 30", False, True)
    assert [(each.text, each.value) for each in tree.seen] == [("age", 30)]


def test_text_of_a_terminal_is_harmless(shop: Path, capsys: Capture) -> None:
    put(shop, "odd", 'where city = "\\u{1b}[31m"\nexample in (city = "\\u{1b}[2J")\n')
    _, _, err = call(capsys, "segments/odd.seg")
    assert "\x1b" not in err


# For machines.

SCHEMA = Path(__file__).parents[1] / "grammar" / "test.schema.json"
MIXED = {
    "young": "where age < 30\n"
    'example "A & <B>" in (age = 30)\nexample out ()\n'
    'example "\\u{1}" out (age = 3, bought("sport", time = 2025-01-01T00:00))\n',
    "stages": "partition stages\n  as of 2025-06-01T00:00\n"
    'segment a where bought("sport") in last 30 days >= 2 and joined in last 30 days\n'
    "else b\n"
    'example in a (bought("sport", time = 2025-05-30T00:00),\n'
    '  bought("books", time = 2025-05-30T00:00), bought(time = 2025-03-01T00:00),\n'
    "  bought(time = 2025-06-01T00:00))\n",
    "wrong": "where agee < 30\nexample in (age = 30)\n",
}


def test_json_is_as_its_schema_says(shop: Path, capsys: Capture) -> None:
    for name, text in MIXED.items():
        put(shop, name, text)
    code, out, _ = call(capsys, "--format", "json", "--suggest", "--coverage")
    assert code == 1
    document = json.loads(out)
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    summary = document["summary"]
    assert (summary["examples"], summary["otherwise"]) == (4, 3)
    assert summary["files_with_mistakes"] == 1
    files = {each["name"]: each for each in document["files"]}
    assert files["wrong"]["mistakes"][0]["code"] == "E201"
    (failed,) = files["stages"]["examples"]
    assert (failed["wanted"], failed["found"]) == ("a", "b")
    assert failed["not_there_yet"] == 1
    (tree,) = failed["why"]
    count, joined = tree["terms"]
    assert (tree["name"], tree["true"], count["true"]) == ("a", False, False)
    assert count["values"][0]["events"]["of"] == 3
    assert count["values"][0]["events"]["count"] == 1
    assert joined["values"][0]["value"] is None
    assert joined["windows"][0]["start"] == "2025-05-02T00:00"
    some = files["young"]["suggestions"]
    assert any("age = 29" in each["text"] and each["found"] == "in" for each in some)
    assert len(files["young"]["conditions"]) == 1


def test_junit_is_what_readers_know(shop: Path, capsys: Capture) -> None:
    for name, text in MIXED.items():
        put(shop, name, text)
    code, out, _ = call(capsys, "--format", "junit")
    assert code == 1
    root = xml.fromstring(out.encode())
    assert root.tag == "testsuites"
    wanted = {"tests": "5", "failures": "3", "errors": "1", "skipped": "0"}
    assert {key: root.get(key) for key in wanted} == wanted
    names = [each.get("name") for each in root.iter("testcase")]
    assert "A & <B>" in names
    assert "\N{REPLACEMENT CHARACTER}" in names
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.get("tests") == str(len(suite))
        for case in suite:
            assert {"name", "classname"} <= set(case.keys())
            assert {part.tag for part in case} <= {"failure", "error", "skipped"}
    told = [each.text or "" for each in root.iter("failure")]
    assert any("→ ✗ age < 30" in text for text in told)
    assert root.find(".//error").get("type") == "E201"  # type: ignore[union-attr]


@pytest.mark.parametrize("format", ["json", "junit"])
def test_of_nothing_the_forms_are_whole(
    shop: Path, capsys: Capture, format: str
) -> None:
    code, out, _ = call(capsys, "--format", format, "segments/shared.seg")
    assert code == 0
    if format == "json":
        jsonschema.validate(json.loads(out), json.loads(SCHEMA.read_text("utf-8")))
    else:
        assert xml.fromstring(out.encode()).get("tests") == "0"


def test_a_warehouse_is_asked(shop: Path, capsys: Capture) -> None:
    put(shop, "young", MIXED["young"])
    put(shop, "none", "where city = 'x'\n".replace("'", '"'))
    code, _, err = call(capsys, "--warehouse")
    assert code == 1
    assert re.search(r"on DuckDB [\d.]+: 3 examples come out alike, 0 otherwise", err)
    code, out, _ = call(capsys, "--warehouse", "--format", "json")
    found = {each["name"]: each for each in json.loads(out)["files"]}
    assert found["young"]["engine"]["found"] == ["out", "out", "in"]
    assert "engine" not in found["none"]


def test_a_connection_is_of_the_warehouse(shop: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "--on", "local")
    assert (code, out) == (2, "")
    assert "--warehouse" in err
    code, out, err = call(capsys, "--warehouse", "--on", "nowhere")
    assert (code, out) == (2, "")
    assert "nowhere" in err
