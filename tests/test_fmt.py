"""`segql fmt`: what is written, what is left alone, and what is said of it."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_shop import make_shop
from rights import needs_rights, open_folder, refused

from segql.cli import main

Capture = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[1]
UGLY = 'age>30 and(city="Köln") # c\n'
NEAT = 'age > 30 and city = "Köln"  # c\n'


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, which is the current one; its files are in the one form."""
    folder = make_shop(tmp_path / "shop")
    monkeypatch.chdir(folder)
    assert main(["fmt"]) == 0
    return folder


def put(name: str, text: str | bytes) -> Path:
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def call(capture: Capture, *words: str, code: int = 0) -> tuple[str, str]:
    """The answer of a call, and what it says beside it."""
    capture.readouterr()
    found = main(["fmt", *words])
    captured = capture.readouterr()
    assert found == code, captured
    assert "Traceback" not in captured.err
    return captured.out, captured.err


def test_all_files_of_the_project(shop: Path, capsys: Capture) -> None:
    many = len(list((shop / "segments").rglob("*.seg")))
    path = put("segments/ugly.seg", UGLY)
    out, err = call(capsys)
    assert out == "changed segments/ugly.seg\n"
    assert err == f"{many + 1} files, 1 changed\n"
    assert path.read_text("utf-8") == NEAT
    assert call(capsys) == ("", f"{many + 1} files, 0 changed\n")
    for flag in ("--check", "--diff"):
        assert call(capsys, flag) == ("", f"{many + 1} files, 0 would change\n")


def test_check_and_diff_write_nothing(shop: Path, capsys: Capture) -> None:
    path = put("segments/ugly.seg", UGLY)
    before = path.stat()
    out, err = call(capsys, "--check", str(path), code=1)
    assert (out, err) == (
        "would change segments/ugly.seg\n",
        "1 file, 1 would change\n",
    )
    for flags in (["--diff"], ["--diff", "--check"]):
        out, err = call(capsys, *flags, str(path), code=1)
        assert out == (
            f"--- segments/ugly.seg\n+++ segments/ugly.seg\n@@ -1 +1 @@\n-{UGLY}+{NEAT}"
        )
    assert path.read_bytes() == UGLY.encode()
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_what_diff_shows_can_be_applied(shop: Path, capsys: Capture) -> None:
    texts = ["a and\n b", "a  and b\r\nor c\r\n", "# c\f\na\u2028", "x = 1\n\n\n"]
    for number, text in enumerate(texts):
        put(f"more/x{number}.seg", text)
    put("more/x2.seg", "# c\f\na and \tb")
    out, _ = call(capsys, "--diff", "more", code=1)
    patched = subprocess.run(
        ["git", "apply", "-p0", "-"], input=out.encode(), capture_output=True
    )
    assert patched.returncode == 0, patched.stderr
    assert call(capsys, "--check", "more")[0] == ""


def test_a_mistake_leaves_that_file_alone(shop: Path, capsys: Capture) -> None:
    bad = put("segments/bad.seg", "age > \n# c\n")
    ugly = put("segments/ugly.seg", UGLY)
    out, err = call(capsys, code=1)
    assert out == "changed segments/ugly.seg\n"
    assert "error[E102]" in err
    assert err.endswith(" 1 changed, 1 error\n")
    assert bad.read_text() == "age > \n# c\n"
    assert ugly.read_text("utf-8") == NEAT
    call(capsys, "--check", code=1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbfage>3", b"age > 3\n"),
        (b"\xef\xbb\xbf# c\r\nage>3\r\nand b", b"# c\r\nage > 3 and b\r\n"),
        (b"age\t>\x0c3", b"age > 3\n"),
        ('größe = "é"'.encode(), 'größe = "é"\n'.encode()),
    ],
)
def test_bytes(before: bytes, after: bytes, shop: Path, capsys: Capture) -> None:
    path = put("x.seg", before)
    call(capsys, "x.seg")
    assert path.read_bytes() == after
    assert call(capsys, "x.seg") == ("", "1 file, 0 changed\n")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\xff\xfea", "E115"), (b"a\0b", "E115"), (b"", "E113"), (b"# c", "E113")],
)
def test_what_is_no_text(
    content: bytes, code: str, shop: Path, capsys: Capture
) -> None:
    path = put("x.seg", content)
    out, err = call(capsys, "x.seg", code=1)
    assert (out, f"error[{code}]" in err) == ("", True), err
    assert path.read_bytes() == content


def test_rights_and_links_stay(shop: Path, capsys: Capture) -> None:
    path = put("real/x.seg", UGLY)
    path.chmod(0o640)
    Path("link.seg").symlink_to(path)
    call(capsys, "link.seg")
    assert Path("link.seg").is_symlink()
    assert path.read_text("utf-8") == NEAT
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in path.parent.iterdir()] == ["x.seg"]


def test_a_link_and_its_file_are_one(shop: Path, capsys: Capture) -> None:
    path = put("x.seg", UGLY)
    Path("y.seg").symlink_to(path)
    assert call(capsys, "x.seg", "y.seg", "x.seg")[1] == "1 file, 1 changed\n"


@needs_rights
def test_what_cannot_be_written(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_folder() as folder:
        monkeypatch.chdir(folder)
        fixed, neat = put("x.seg", UGLY), put("y.seg", NEAT)
        with refused(fixed, 0o444):
            out, err = call(capsys, "x.seg", "y.seg", code=3)
        assert out == ""
        assert "error[E705]: cannot write x.seg: " in err
        assert err.endswith("2 files, 0 changed, 1 error\n")
        fixed.chmod(0o666)
        with refused(folder, 0o555):  # there is no room for a new file beside it
            assert "permission denied" in call(capsys, "x.seg", code=3)[1]
            assert call(capsys, "x.seg", "--check", code=1)[0]
        with refused(fixed):
            assert "cannot read x.seg" in call(capsys, "x.seg", "y.seg", code=1)[1]
        assert (fixed.read_text("utf-8"), neat.read_text("utf-8")) == (UGLY, NEAT)
        monkeypatch.undo()


def test_a_full_disk(
    shop: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put("x.seg", UGLY)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    out, err = call(capsys, "x.seg", code=3)
    assert (out, "no space left" in err) == ("", True)
    assert path.read_text("utf-8") == UGLY
    assert not list(Path().glob(".segql-*"))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nothing.seg"], 2, "E704"),
        (["data"], 2, "E219"),
        (["-", "x.seg"], 2, "goes with no other path"),
        (["--chek"], 2, "--chek"),
    ],
)
def test_calls_that_can_not_work(
    words: list[str], code: int, said: str, shop: Path, capsys: Capture
) -> None:
    Path("data").mkdir(exist_ok=True)
    _, err = call(capsys, *words, code=code)
    assert said in err


def test_a_pipe_is_no_file(shop: Path, capsys: Capture) -> None:
    os.mkfifo("x.seg")
    assert "not a file" in call(capsys, "x.seg", code=1)[1]


def test_without_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Files can be named anywhere, as a hook of git does."""
    monkeypatch.chdir(tmp_path)
    put("x.seg", UGLY)
    assert call(capsys, "x.seg")[0] == "changed x.seg\n"
    assert "E702" in call(capsys, code=2)[1]


def test_a_broken_project_file(shop: Path, capsys: Capture) -> None:
    put("segql.yaml", "catalog: [")
    assert "error[E6" in call(capsys, code=1)[1]


# ---- the standard input


def given(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    given(monkeypatch, UGLY.encode())
    assert call(capsys, "-") == (NEAT, "")
    given(monkeypatch, UGLY.encode())
    assert call(capsys, "-", "--check", code=1) == ("would change <stdin>\n", "")
    given(monkeypatch, NEAT.encode())
    assert call(capsys, "-", "--check") == ("", "")
    given(monkeypatch, UGLY.encode())
    out, _ = call(capsys, "--diff", "-", code=1)
    assert out.startswith("--- <stdin>\n+++ <stdin>\n@@")


@pytest.mark.parametrize("content", [b"age >", b"\xff", b"\0", b""])
def test_a_bad_input_is_no_answer(
    content: bytes, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    given(monkeypatch, content)
    out, err = call(capsys, "-", code=1)
    assert (out, err[:7]) == ("", "error[E")


def test_as_a_process() -> None:
    """Bytes come and go as they are, whatever the locale says."""
    found = subprocess.run(
        [sys.executable, "-m", "segql", "fmt", "-"],
        input='city="Köln"\r\nand b # ü'.encode(),
        capture_output=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONPATH": str(ROOT)},
    )
    assert (found.returncode, found.stderr) == (0, b"")
    assert found.stdout == 'city = "Köln"\r\nand b  # ü\r\n'.encode()


# ---- the examples


@pytest.mark.parametrize("name", ["shop", "grocery"])
def test_the_examples_are_in_the_one_form(name: str, capsys: Capture) -> None:
    assert call(capsys, "--check", str(ROOT / "examples" / name / "segments"))[0] == ""
