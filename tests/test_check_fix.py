"""`segql check --fix`: what is sure is put right, and nothing else changes."""

import os
from pathlib import Path

import pytest
from check_project import CATALOG, make_project, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segql.catalog.read import read_catalog
from segql.cli import main
from segql.diagnostics import Report
from segql.findings.fix import fixed
from segql.library import Checked, Library
from segql.model.bind import bind
from segql.model.world import World
from segql.source import Source

Capture = pytest.CaptureFixture[str]


def world() -> World:
    report = Report()
    catalog = read_catalog(Source(CATALOG, "catalog.yaml"), report)
    assert catalog is not None
    found = bind(catalog, report)
    assert found is not None
    return found


WORLD = world()
LIBRARY = Library(WORLD, Path("nowhere"))


def check(text: str) -> Checked:
    return LIBRARY.check(Source(text), "it", file=True)


def mended(text: str) -> str:
    return fixed(text, check, lambda c: c.findings, WORLD.catalog).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("age == 3", "age = 3"),
        (
            "age == 3 && age <> 4 || not newsletter",
            "age = 3 and age != 4 or not newsletter",
        ),
        ("age => 3 AND city = 'Berlin'", 'age >= 3 and city = "Berlin"'),
        ("city in ['Berlin', 'Köln']", 'city in ("Berlin", "Köln")'),
        ("city = “Berlin”", 'city = "Berlin"'),
        ("age > 3;\n", "age > 3\n"),
        ("age\u00a0> 3", "age > 3"),
        ("years > 3", "age > 3"),
        ("bought in the last 30 days", "bought in last 30 days"),
        ("bought in March 2025", "bought in 2025-03"),
        ("bought in Q2 2025", "bought in 2025-04..2025-06"),
        ("18 <= age <= 25", "age 18..25"),
        ('town = "Köln"', 'city = "Köln"'),
        ("customer.town is known", "customer.city is known"),
        ('bought(kind = "a")', 'bought(category = "a")'),
        ("distinct(bought.kind) > 3", "distinct(bought.category) > 3"),
        ("purchased in last 30 days", "bought in last 30 days"),
        ('last(purchased("a")).kind = "a"', 'last(bought("a")).category = "a"'),
        ("segment other\nwhere newsletter", "segment it\nwhere newsletter"),
        (
            "age > 3 and newsletter or age < 1\n",
            "(age > 3 and newsletter) or age < 1\n",
        ),
        (
            "age > 3\n  and newsletter # why\n  or age < 1\n",
            "(age > 3\n  and newsletter) # why\n  or age < 1\n",
        ),
        ("age > 3  # allow W201: so\n", "age > 3\n"),
        ("# allow W203: so\n# What it is.\nage > 3\n", "# What it is.\nage > 3\n"),
        (
            'city != "x"  # allow W201, W202, W207: so\n',
            'city != "x"  # allow W201, W207: so\n',
        ),
        ("age > 3  # allow W201: so", "age > 3"),
        ("age > 3  # allow W201: so\r\nor age < 1\r\n", "age > 3\r\nor age < 1\r\n"),
        (
            'where newsletter\nexample in (town = "Köln", newsletter = true)',
            'where newsletter\nexample in (city = "Köln", newsletter = true)',
        ),
    ],
)
def test_what_is_sure(before: str, after: str) -> None:
    text = mended(before)
    lines = [line for line in text.split("\n") if line]
    if before.startswith("age == 3 &&"):
        after = "(age = 3 and age != 4) or not newsletter"
    assert text == after, lines
    assert mended(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "agee > 3",  # what was meant, its author knows
        'city = "Berlim"',
        'place = "x"',  # its successor is another column
        "city = 'a\"b'",
        "!newsletter",
        "age > 3; age < 4",
        "age in [3..4]",
        "age in [1, [2]]",
        "bought > 3 # allow W201 and so on",
        "let n = 3 where newsletter",
        'city != "x" # allow W201',
        "age > 3 and",
    ],
)
def test_what_is_not(text: str) -> None:
    assert mended(text) == text


WORDS = [
    *"age city town years newsletter bought purchased kind agee it other".split(),
    *"and or not AND OR in is known missing where segment let param".split(),
    *"= == != <> >= => < ( ) [ ] , ; && || ! 3 4.5 'a' \"Köln\" “b”".split(),
    *("# allow W201: x\n", "# allow W203, W241\n", "\n", "\u00a0", "\u200b", "\r\n"),
]


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_text_ends_and_stays(text: str) -> None:
    """No traceback, no endless loop, the second time nothing; right texts mean the
    same."""
    before, after = check(text), mended(text)
    again = check(after)
    assert mended(after) == after
    if before.report.ok:
        assert again.report.ok
        assert len(again.findings) <= len(before.findings)


@settings(deadline=None, max_examples=150)
@given(
    st.recursive(
        st.sampled_from(
            [
                *(
                    "age > 3",
                    "newsletter",
                    'city = "Köln"',
                    "bought >= 2",
                    "age is known",
                ),
                *('city != "x"', "bought(price > 3)", 'bought("a") in last 30 days'),
            ]
        ),
        lambda inner: st.builds(
            lambda word, terms: f" {word} ".join(terms),
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        max_leaves=8,
    )
)
def test_parentheses_change_no_meaning(text: str) -> None:
    before = check(text)
    after = check(mended(text))
    assert before.report.ok
    assert "W203" not in {each.code for each in after.findings}
    assert after.rule == before.rule


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(make_project(tmp_path / "p"))
    return tmp_path / "p"


def test_the_command(project: Path, capsys: Capture) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert main(["check", "--diff"]) == 1
    out, err = capsys.readouterr()
    assert "--- a/segments/slip.seg\n+++ b/segments/slip.seg\n" in out
    assert "-age == 3 && newsletter\n+age = 3 and newsletter\n" in out
    assert err == "4 findings would be put right\n"
    assert {path: path.read_bytes() for path in before} == before
    assert main(["check", "--fix"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("4 findings put right\n")
    assert err.endswith("9 files, 2 errors, 0 warnings\n")
    changed = {path.stem for path in before if path.read_bytes() != before[path]}
    assert changed == {"mixed", "slip", "user"}
    assert main(["check", "--fix", "--diff"]) == 0
    assert capsys.readouterr() == ("", "0 findings would be put right\n")


def test_only_what_the_project_is_told_of(project: Path, capsys: Capture) -> None:
    levels = "warnings: {W203: off}\nwarnings_in: {user.seg: {W206: off}}\n"
    (project / "segql.yaml").write_text((project / "segql.yaml").read_text() + levels)
    assert main(["check", "--diff"]) == 1
    out = capsys.readouterr().out
    assert "slip.seg" in out
    assert "mixed.seg" not in out
    assert "user.seg" not in out


def test_bytes_that_stay(project: Path) -> None:
    """A byte order mark, line ends, rights, and a link to the file."""
    path = write(project, "odd", "")
    path.write_bytes(b"\xef\xbb\xbfage == 3\r\n  && newsletter\r\n")
    path.chmod(0o640)
    link = project / "segments/zz_link.seg"
    link.symlink_to("odd.seg")
    main(["check", "--fix", "segments/zz_link.seg"])
    assert path.read_bytes() == b"\xef\xbb\xbfage = 3\r\n  and newsletter\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()


def test_a_file_that_can_not_be_written(project: Path, capsys: Capture) -> None:
    (project / "segments").chmod(0o500)
    path = project / "segments/slip.seg"
    path.chmod(0o400)
    before = path.read_bytes()
    try:
        code = main(["check", "--fix", "segments/slip.seg"])
        err = capsys.readouterr().err
        if os.geteuid() != 0:
            assert code == 3
            assert "E705" in err
            assert path.read_bytes() == before
    finally:
        (project / "segments").chmod(0o700)


def test_with_a_broken_catalog_nothing_is_touched(
    project: Path, capsys: Capture
) -> None:
    (project / "catalog.yaml").write_text("entity: {table: x}\n")
    before = (project / "segments/slip.seg").read_bytes()
    assert main(["check", "--fix"]) == 1
    assert "error[E611]" in capsys.readouterr().err
    assert main(["check", "--diff"]) == 2
    assert (project / "segments/slip.seg").read_bytes() == before


def test_what_others_mean_by_it_is_read_anew(project: Path) -> None:
    write(project, "a_shared", "let middle = age == 30\n")
    write(project, "b_user", "middle and age == 31\n")
    main(["check", "--fix"])
    assert (project / "segments/b_user.seg").read_text() == "middle and age = 31\n"
