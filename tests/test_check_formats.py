"""`segql check` for machines: each format holds what was found, and nothing else."""

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest
from check_project import make_project, write

from segql.cli import main
from segql.findings.formats import FORMATS

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "grammar/check.schema.json").read_text(encoding="utf-8"))
Capture = pytest.CaptureFixture[str]
CODES = ["W203", "E104", "E201", "E201", "W206"]
"""What is found in the project, in the order of its files."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(make_project(tmp_path / "p"))
    return tmp_path / "p"


def checked(capture: Capture, *words: str, code: int = 1) -> str:
    assert main(["check", *words]) == code
    out, err = capture.readouterr()
    assert err == "9 files, 3 errors, 2 warnings\n"
    return out


def test_json(project: Path, capsys: Capture) -> None:
    found = json.loads(checked(capsys, "--format", "json"))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(found, SCHEMA)
    assert found["summary"] == {"files": 9, "errors": 3, "warnings": 2}
    told = found["findings"]
    assert [each["code"] for each in told] == CODES
    assert {each["severity"] for each in told if each["code"][0] == "W"} == {"warning"}
    wrong = [each for each in told if "wrong" in each["path"]]
    assert wrong[1]["path"] == "segments/sub/wrong, 50%.seg"
    assert wrong[1]["start"] == {"line": 2, "column": 17}
    assert wrong[1]["end"] == {"line": 2, "column": 22}
    assert wrong[1]["fix"] is None
    (mixed,) = [each for each in told if each["code"] == "W203"]
    assert mixed["fix"] == {
        "replacement": "(age > 3 and newsletter)",
        "start": {"line": 1, "column": 1},
        "end": {"line": 1, "column": 23},
    }


def test_statistics(project: Path, capsys: Capture) -> None:
    found = json.loads(checked(capsys, "--format", "json", "--statistics"))
    jsonschema.validate(found, SCHEMA)
    counts = [(each["code"], each["count"]) for each in found["statistics"]]
    assert counts == [("E201", 2), ("E104", 1), ("W203", 1), ("W206", 1)]
    shown = checked(capsys, "--statistics").splitlines()
    assert [line.split()[:2] for line in shown] == [[str(n), c] for c, n in counts]
    assert main(["check", "--format", "sarif", "--statistics"]) == 2
    assert "E701" in capsys.readouterr().err


def test_sarif(project: Path, capsys: Capture) -> None:
    log = json.loads(checked(capsys, "--format", "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    rules = run["tool"]["driver"]["rules"]
    assert [each["ruleId"] for each in run["results"]] == CODES
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        place = each["locations"][0]["physicalLocation"]
        path = unquote(place["artifactLocation"]["uri"])
        lines = (project / path).read_text(encoding="utf-8").split("\n")
        region = place["region"]
        assert region["startLine"] == region["endLine"]
        line = lines[region["startLine"] - 1]
        text = line[region["startColumn"] - 1 : region["endColumn"] - 1]
        assert text, "a region that shows something"
        assert text in each["message"]["text"] or each["ruleId"] in ("W203", "W206")
        for fix in each.get("fixes", ()):
            (change,) = fix["artifactChanges"]
            assert change["artifactLocation"] == place["artifactLocation"]
            assert change["replacements"][0]["insertedContent"]["text"]
    prints = [each["partialFingerprints"]["segql/v1"] for each in run["results"]]
    assert len(set(prints)) == len(prints)
    fixes = [each["ruleId"] for each in run["results"] if "fixes" in each]
    assert fixes == ["W203", "E104", "W206"]


def test_fingerprints_stay_where_lines_move(project: Path, capsys: Capture) -> None:
    def prints() -> list[str]:
        log = json.loads(checked(capsys, "--format", "sarif"))
        return [
            each["partialFingerprints"]["segql/v1"]
            for each in log["runs"][0]["results"]
        ]

    before = prints()
    file = project / "segments/mixed.seg"
    file.write_text("# more\n\n" + file.read_text("utf-8"), "utf-8")
    assert prints() == before


COMMAND = re.compile(r"::(error|warning) ([^:]*)::([^:\n][^\n]*)")


def plain(text: str) -> str:
    for sign, code in ((",", "%2C"), (":", "%3A"), ("\n", "%0A"), ("\r", "%0D")):
        text = text.replace(code, sign)
    return text.replace("%25", "%")


def test_github(project: Path, capsys: Capture) -> None:
    lines = checked(capsys, "--format", "github").splitlines()
    assert len(lines) == len(CODES)
    for line, code in zip(lines, CODES, strict=True):
        found = COMMAND.fullmatch(line)
        assert found, line
        told = dict(each.split("=", 1) for each in found[2].split(","))
        assert plain(told["title"]) == f"segql {code}"
        assert (project / plain(told["file"])).is_file()
        assert int(told["line"]) >= 1
        assert int(told["endColumn"]) > int(told["col"])
    assert "file=segments/sub/wrong%2C 50%25.seg" in lines[2]


def test_gitlab(project: Path, capsys: Capture) -> None:
    found = json.loads(checked(capsys, "--format", "gitlab"))
    assert [each["check_name"] for each in found] == CODES
    assert len({each["fingerprint"] for each in found}) == len(CODES)
    for each in found:
        assert each["severity"] == (
            "major" if each["check_name"][0] == "E" else "minor"
        )
        assert (project / each["location"]["path"]).is_file()
        assert each["location"]["lines"]["begin"] >= 1


def test_junit(project: Path, capsys: Capture) -> None:
    root = ET.fromstring(checked(capsys, "--format", "junit"))
    assert root.tag == "testsuites"
    assert (root.get("tests"), root.get("failures")) == ("10", "3")
    suites = list(root)
    assert len(suites) == 9
    for suite in suites:
        cases = suite.findall("testcase")
        assert len(cases) == int(suite.get("tests", "")) >= 1
        failed = [case for case in cases if case.find("failure") is not None]
        assert len(failed) == int(suite.get("failures", ""))
        assert all(case.get("classname") == suite.get("name") for case in cases)
    messages = [each.get("message") for each in root.iter("failure")]
    assert "there is no attribute or event `agee` in the catalog" in messages


@pytest.mark.parametrize("format", FORMATS)
def test_texts_that_would_break_a_format(
    format: str, project: Path, capsys: Capture
) -> None:
    """Control characters, quotes and line ends of a file reach no syntax."""
    name = "a \"b\" <c> & 'd' ]]> ::error::e"
    write(project, name, "aäge\x0b = \r\n 3 <\x85> \x1b[31m ]]> & '\r\n")
    write(project, "two", "`x ::error y` > 3\n")
    main(["check", "--format", format])
    text = capsys.readouterr().out
    assert "\x1b" not in text
    if format == "github":
        lines = text.splitlines()
        assert all(COMMAND.fullmatch(line) for line in lines), lines
    elif format == "junit":
        names = [each.get("name") for each in ET.fromstring(text)]
        assert f"segments/{name}.seg" in names
    else:
        assert json.loads(text)


def test_names_that_are_no_text(project: Path) -> None:
    path = os.fsencode(project / "segments") + b"/\xff\xfe.seg"
    try:
        Path(os.fsdecode(path)).write_text("agee > 3")
    except OSError:
        pytest.skip("this file system has no such names")
    for format in FORMATS:
        done = call(project, "--format", format)
        assert done.returncode == 1, done.stderr
        text = done.stdout.decode("utf-8")
        if format == "sarif":
            assert "segments/%FF%FE.seg" in text
        elif format == "junit":
            ET.fromstring(text)
        elif format != "github":
            json.loads(text)


def call(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "segql", "check", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_files_give_the_same_text(format: str, project: Path) -> None:
    words = ("--format", format)
    first = call(project, *words, PYTHONHASHSEED="1", SEGQL_PROCESSES="1")
    assert first.stdout
    again = call(project, *words, "--no-cache", PYTHONHASHSEED="2", TZ="Asia/Tokyo")
    assert again.stdout == first.stdout
    other = project.parent / "elsewhere"
    shutil.copytree(project, other)
    assert call(other, *words).stdout == first.stdout


@pytest.mark.parametrize("format", ["text", *FORMATS])
def test_into_a_file(format: str, project: Path, capsys: Capture) -> None:
    assert checked(capsys, "--format", format, "-o", "out.txt") == ""
    text = Path("out.txt").read_text("utf-8")
    assert "E201" in text
    if format != "text":
        assert checked(capsys, "--format", format) == text
    assert main(["check", "--format", format, "-o", "no/such/folder"]) == 3
    assert "E705" in capsys.readouterr().err


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_found_and_nothing_there(
    format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(make_project(tmp_path / "p", {}))
    assert main(["check", "--format", format]) == 0
    text = capsys.readouterr().out
    if format == "junit":
        assert len(list(ET.fromstring(text))) == 2
    elif format == "github":
        assert text == ""
    else:
        json.loads(text)
    Path("catalog.yaml").unlink()  # a finding that speaks of no text
    assert main(["check", "--format", format]) == 1
    text = capsys.readouterr().out
    assert "E116" in text
    if format == "json":
        jsonschema.validate(json.loads(text), SCHEMA)


def test_thousands_of_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    many = {f"s{n}": "agee > 3 and newsletter or age != 3\n" for n in range(700)}
    monkeypatch.chdir(make_project(tmp_path / "p", many))
    assert main(["check", "--format", "json"]) == 1
    first = capsys.readouterr().out
    found = json.loads(first)["findings"]
    assert len(found) == 1400
    paths = [each["path"] for each in found]
    assert paths == sorted(paths)
    assert main(["check", "--format", "json"]) == 1  # from what was kept
    assert capsys.readouterr().out == first


def test_a_reader_that_leaves(project: Path) -> None:
    for n in range(400):
        write(project, f"s{n}", "agee > 3\n")
    words = f'"{sys.executable}" -m segql check --format json | head -c 10'
    done = subprocess.run(
        ["/bin/bash", "-c", f'{words}; exit "${{PIPESTATUS[0]}}"'],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (1, 141)
    assert b"Traceback" not in done.stderr


def test_levels_reach_every_format(project: Path, capsys: Capture) -> None:
    settled = "warnings: {W203: error, W206: off}\n"
    (project / "segql.yaml").write_text(
        "connection: {engine: duckdb, files: data}\n" + settled
    )
    assert main(["check", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    told = {each["code"]: each["severity"] for each in found["findings"]}
    assert told == {"W203": "error", "E104": "error", "E201": "error"}
    assert main(["check", "segments/mixed.seg"]) == 1
    assert "error[W203]" in capsys.readouterr().err
    assert main(["check", "segments/fine.seg"]) == 0


def test_files_of_several_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """From a repository's top, as pre-commit calls."""
    for name in ("a", "b"):
        make_project(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    words = ["a/segments/mixed.seg", "b/segments/mixed.seg", "b/segments/fine.seg"]
    assert main(["check", "--format", "json", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["summary"]["files"] == 3
    assert [each["path"] for each in found["findings"]] == words[:2]
    (tmp_path / "alone.seg").write_text("age > 3")
    assert main(["check", "alone.seg"]) == 2
    assert "E702" in capsys.readouterr().err
