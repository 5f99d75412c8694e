"""The parts of the command line: files, tables, comments, streams, progress."""

import io
import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

import segql
from segql.cli import main, output, progress
from segql.cli.compile import comment
from segql.cli.compile import head as head_of
from segql.cli.run import share
from segql.cli.table import Column, cut, table, width
from segql.diagnostics import Diagnostic, SegqlError
from segql.engines.written import written
from segql.project import Project, Segment
from segql.source import Source, Span

# Files that are written whole.


def test_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    with written(tmp_path / "new") as file:
        file.write(b"all")
    plain = tmp_path / "plain"
    plain.touch()
    assert (tmp_path / "new").read_bytes() == b"all"
    assert (tmp_path / "new").stat().st_mode == plain.stat().st_mode


def test_an_old_file_keeps_its_rights_and_its_link(tmp_path: Path) -> None:
    old, link = tmp_path / "old", tmp_path / "link"
    old.write_bytes(b"before")
    old.chmod(0o640)
    link.symlink_to("old")
    with written(link) as file:
        file.write(b"after")
    assert link.is_symlink()
    assert old.read_bytes() == b"after"
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), SystemExit(143), OSError(28, "No space left on device")],
)
def test_a_failure_leaves_the_old_file(error: BaseException, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"before")
    wanted = SegqlError if isinstance(error, OSError) else type(error)
    with pytest.raises(wanted):
        write_half(old, error)
    assert old.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["old"]


def test_what_can_not_be_written(tmp_path: Path) -> None:
    for path, why in {
        tmp_path: "it is a folder",
        tmp_path / "gone" / "file": "no such file or directory",
        Path("/dev/full"): "no space left on device",
    }.items():
        with pytest.raises(SegqlError) as caught, written(path) as file:
            file.write(b"x")
        assert caught.value.diagnostics[0].code == "E705"
        assert why in caught.value.diagnostics[0].message


def write_half(path: Path, error: BaseException) -> None:
    with written(path) as file:
        file.write(b"half" * 10_000)
        raise error


# Tables.


def test_widths() -> None:
    assert width("Köln") == width("Ko\N{COMBINING DIAERESIS}ln") == 4
    assert width("東京") == 4
    assert width("👩") == 2
    assert cut("München", 7) == "München"
    assert cut("München", 4) == "Mün…"
    assert cut("東京都", 5) == "東京…"
    assert cut("東京都", 4) == "東…"


@given(st.text(max_size=30), st.integers(1, 20))
def test_cut_texts_fit(text: str, most: int) -> None:
    assert width(cut(text, most)) <= most


@given(
    st.lists(
        st.tuples(st.text(max_size=60), st.none() | st.text(max_size=200)), max_size=4
    )
)
def test_tables_are_aligned_and_fit(rows: list[tuple[str, str | None]]) -> None:
    columns = [Column("left"), Column("right")]
    lines = table(columns, rows)
    assert len(lines) == 2 + len(rows)
    assert all(width(line) <= 80 and "\n" not in line for line in lines)
    assert all(line.isprintable() for line in lines)


def test_numbers_and_keys_are_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    columns = [Column("key", whole=True), Column("t"), Column("n", right=True)]
    lines = table(columns, [["k" * 20, "x" * 50, "1,000"], ["k", None, None]])
    assert lines[2] == "  " + "k" * 20 + "  xxxxxxx…  1,000"
    assert lines[3].split() == ["k", "–", "–"]


def test_shares() -> None:
    assert share(0, 0) == "–"
    assert share(0, 10) == "0.0 %"
    assert share(1, 100_000) == "<0.1 %"
    assert share(99_999, 100_000) == ">99.9 %"
    assert share(10, 10) == "100.0 %"
    assert share(1, 3) == "33.3 %"


# Comments.

ANYTHING = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from(list("\n\r\v\f\x85\u2028\u2029\0;*/-'\"`$\\\x1b{}%#"))
)


class Fake:
    """As much of a segment as its query's head needs."""

    def __init__(self, text: str, title: str) -> None:
        self.name, self.title, self.text = title, title, text
        self.checked = type(
            "Checked", (), {"source": Source(text, "x"), "title": title}
        )
        entity = type("Entity", (), {"zone": "Europe/Berlin"})
        catalog = type("Catalog", (), {"entity": entity})
        self.project = type("Project", (), {"catalog": catalog})
        self.as_of = datetime(2025, 1, 1, tzinfo=UTC)


@given(ANYTHING, ANYTHING, st.sampled_from(["duckdb", "snowflake", "mysql"]))
def test_nothing_escapes_from_the_comment(text: str, title: str, dialect: str) -> None:
    segment: Segment = Fake(text, title)  # type: ignore[assignment]
    head = head_of(segment, dialect)
    lines = head.split("\n")
    assert lines.pop() == ""
    assert all(line == "--" or line.startswith("-- ") for line in lines)
    assert head.splitlines() == lines  # no other break of lines, of any kind
    assert ";" not in head
    assert "\0" not in head
    assert "\x1b" not in head
    assert duckdb.sql(head + "SELECT 42").fetchall() == [(42,)]
    assert (
        sqlglot.parse_one(head + "SELECT 42", dialect=dialect).sql(comments=False)
        == "SELECT 42"
    )


def test_a_comment_says_what_the_rule_says() -> None:
    assert comment('city = "Köln" */') == '-- city = "Köln" */\n'
    assert comment("") == "--\n"


# Streams.


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    found = Diagnostic("E201", "no `agee`", Span(0, 4), "`age`?").at(Source("agee > 5"))
    shown = output.pretty(found, Terminal())
    assert shown.startswith("\x1b[1;31merror[E201]\x1b[0m: \x1b[1mno `agee`\x1b[0m\n")
    assert "\x1b[1;31m ^^^^\x1b[0m" in shown
    plain = output.pretty(found, io.StringIO())
    assert "\x1b" not in plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.pretty(found, Terminal()) == plain
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert output.pretty(found, Terminal()) == plain


def test_nothing_that_a_terminal_obeys_is_shown() -> None:
    source = Source("agee > 5", "\x1b[2Jevil.seg")
    found = Diagnostic("E201", "no \x1b]0;name\x07", Span(0, 4)).at(source)
    assert "\x1b" not in output.pretty(found, io.StringIO())
    assert output.harmless("a\x1b\x9b\u202eb") == "a���b"


def test_exit_codes() -> None:
    def code(*codes: str) -> int:
        return output.exit_code([Diagnostic(each, "") for each in codes])

    assert code() == code("W201") == 0
    assert code("E101") == code("E201", "W201") == code("E612") == code("E402") == 1
    assert code("E701") == code("E218") == code("E211", "E201") == 2
    assert code("E501") == code("E541", "E201") == code("E705") == 3
    inside = Diagnostic("E205", "").at(Source("in segment vip"))
    assert output.exit_code([inside]) == 1


def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(progress, "_PATIENCE", 0.0)
    monkeypatch.setattr(progress, "_TICK", 0.005)
    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress.Progress("vip\x1b[2J", total=4) as bar:
            bar.step("vip\x1b[2J", 2)
            progress.threading.Event().wait(0.1 if isinstance(stream, Terminal) else 0)
        shown = stream.getvalue()
        if isinstance(stream, Terminal):
            assert "██████████░░░░░░░░░░  2/4  vip�[2J  0 s" in shown
            assert shown.endswith("\r\x1b[2K")
        else:
            assert shown == ""


def test_progress_waits_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.Progress("counting"):
        pass
    assert stream.getvalue() == ""


def test_a_mistake_of_ours_has_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stumble(*_: object) -> None:
        raise ValueError("a cell's content")

    monkeypatch.setattr(Project, "load", stumble)
    monkeypatch.delenv("SEGQL_DEBUG", raising=False)
    assert main(["run", "vip", "-p", "examples/shop"]) == 70
    told = capsys.readouterr().err
    assert told.startswith("error[E799]: segql stumbled over itself (ValueError)\n")
    assert "a cell's content" not in told
    assert "Traceback" not in told
    monkeypatch.setenv("SEGQL_DEBUG", "1")
    assert main(["run", "vip", "-p", "examples/shop"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_the_public_names_arrive_when_asked_for() -> None:
    for name in segql.__all__:
        found = getattr(segql, name)
        assert name == "DIALECTS" or found.__module__.startswith("segql.")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = segql.nothing
