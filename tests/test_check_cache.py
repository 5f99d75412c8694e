"""What was found before is kept, and what is told is what a check of all would tell."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from check_project import CATALOG, make_project, write
from rights import needs_rights, open_folder, refused

from segql import cache
from segql.cli.check import check
from segql.findings import check as checking
from segql.findings import parallel, store
from segql.findings.found import Found

ROOT = Path(__file__).parents[1]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder of our own."""
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(cache, "folder", lambda: folder)
    return folder


def told(found: Found) -> list[tuple[object, ...]]:
    return [
        (
            each.code,
            each.message,
            each.span,
            each.help,
            each.fix is None,
            source and source.text,
        )
        for each in found.diagnostics
        for source in [each.source]
    ]


def read_anew(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are checked from here on."""
    read: list[str] = []
    whole = checking.shared_out

    def counted(library, files):  # type: ignore[no-untyped-def]
        read.extend(path.stem for path in files)
        return whole(library, files)

    monkeypatch.setattr(checking, "shared_out", counted)
    return read


def rest(folder: Path) -> None:
    """Lets the files look as if they had been written long ago."""
    for path in folder.rglob("*.seg"):
        os.utime(path, (1_600_000_000, 1_600_000_000))


def test_only_what_is_new_is_checked(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path / "p")
    rest(folder)
    read = read_anew(monkeypatch)
    first = check(folder, [])
    assert len(read) == 7
    read.clear()
    assert told(check(folder, [])) == told(first)
    assert read == []
    write(folder, "mixed", "age > 3")
    check(folder, [])
    assert read == ["mixed"]
    read.clear()
    write(folder, "shared", "let young = age < 31\n")
    check(folder, [])
    assert read == ["shared", "user"]
    read.clear()
    write(folder, "other", "let other_one = age < 31\n")
    check(folder, [])  # what is wrong may be about names that there are not
    assert sorted(read) == ["other", "slip", "wrong, 50%"]
    read.clear()
    (folder / "segments/other.seg").unlink()
    check(folder, [])
    assert sorted(read) == ["slip", "wrong, 50%"]
    read.clear()
    (folder / "catalog.yaml").write_text(CATALOG + "# new\n", "utf-8")
    check(folder, [])
    assert len(read) == 7
    read.clear()
    check(folder, [], cached=False)
    assert len(read) == 7


def test_a_file_that_looks_as_before(tmp_path: Path, kept: Path) -> None:
    """Same size, same times: one that was written a moment ago is read again."""
    folder = make_project(tmp_path / "p", {"a": "age > 3"})
    path = folder / "segments/a.seg"
    assert told(check(folder, [])) == []
    state = path.stat()
    path.write_text("agf > 3")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert [each.code for each in check(folder, []).diagnostics] == ["E201"]


SOURCES = {
    "let": [
        "let l{n} = age > {n}",
        "let l{n} = l{m} and age > 3",
        "let l{n} = in segment s{m}",
        "let l{n} = agee",
        "let l{n} = city",
    ],
    "rule": [
        "age > {n}",
        "l{m} and newsletter or age > 3",
        "in segment s{m}",
        "not in segment s{m}",
        "in segment s{m}.a",
        "let l{m} = age < 3 where l{m}",
        "segment s{n}\n  exclusive with s{m}\nwhere in segment s{m}",
        'city != "x"  # allow W201: so',
        "agee >",
        "param l{m}: integer = 3 where age > l{m}",
        "partition s{n}\nsegment a where l{m}\nelse b",
        "l{m} and l{n} and in segment s{n}.b",
    ],
}


def texts(dice: random.Random, n: int) -> str:
    kind = dice.choice(["let", "rule", "rule"])
    return (
        dice.choice(SOURCES[kind])
        .replace("{n}", str(n))
        .replace("{m}", str(dice.randrange(5)))
    )


@pytest.mark.parametrize("seed", range(12))
def test_the_same_as_a_check_of_all(seed: int, tmp_path: Path, kept: Path) -> None:
    """Files that name each other, changed, added and taken away at random."""
    dice = random.Random(seed)
    folder = make_project(tmp_path / "p", {})
    segments = folder / "segments"
    for step in range(25):
        for _ in range(dice.choice([0, 1, 1, 2, 4])):
            n = dice.randrange(5)
            places = [segments / f"s{n}.seg", segments / "deep" / f"s{n}.seg"]
            path = dice.choice([places[0], places[0], places[1]])
            if path.exists() and dice.random() < 0.2:
                path.unlink()
            elif not any(each.exists() for each in places if each != path):
                path.parent.mkdir(exist_ok=True)
                path.write_text(texts(dice, n))
        if dice.random() < 0.5:
            rest(folder)
        some = [each for each in segments.rglob("*.seg") if dice.random() < 0.3]
        asked = some if dice.random() < 0.3 else []
        fresh = check(folder, asked, cached=False)
        assert told(check(folder, asked)) == told(fresh), (seed, step)


def test_what_is_kept_may_be_anything(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path / "p")
    rest(folder)
    fresh = told(check(folder, []))
    (file,) = kept.glob("check-*.bin")
    whole = file.read_bytes()
    dice = random.Random(1)
    broken = [b"", b"x", whole[:-1], whole[:40], whole[32:], b"\0" * len(whole)]
    for _ in range(30):
        place = dice.randrange(len(whole))
        broken.append(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    for content in broken:
        file.write_bytes(content)
        assert told(check(folder, [])) == fresh
    file.unlink()
    file.mkdir()
    assert told(check(folder, [])) == fresh


@needs_rights
def test_a_cache_folder_that_can_not_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_folder() as base:
        folder, where = make_project(base / "p"), base / "cache"
        where.mkdir()
        monkeypatch.setattr(cache, "folder", lambda: where)
        fresh = told(check(folder, [], cached=False))
        with refused(where):
            assert told(check(folder, [])) == fresh
        assert list(where.glob("check-*")) == []


def test_no_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_project(tmp_path / "p")
    fresh = told(check(folder, [], cached=False))
    monkeypatch.setattr(cache, "folder", lambda: None)
    assert told(check(folder, [])) == fresh


def test_it_stays_small(tmp_path: Path, kept: Path) -> None:
    for n in range(45):
        check(make_project(tmp_path / f"p{n}", {"a": "age > 3"}), [])
    assert len(list(kept.glob("check-*.bin"))) <= 40


def test_another_code_or_python_keeps_its_own(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path / "p")
    rest(folder)
    check(folder, [])
    read = read_anew(monkeypatch)
    monkeypatch.setattr("segql.cli.check.code_of", lambda: "another code")
    check(folder, [])
    assert len(read) == 7


def test_several_processes_tell_what_one_does(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"s{n}": "young and age > 3 or agee = 3" for n in range(60)}
    files |= {f"t{n}": f'in segment s{n} or city != "x"' for n in range(60)}
    folder = make_project(tmp_path / "p", files | {"shared": "let young = age < 3"})
    monkeypatch.setenv("SEGQL_PROCESSES", "1")
    one = told(check(folder, [], cached=False))
    monkeypatch.setattr(parallel, "FEW", 10)
    monkeypatch.setenv("SEGQL_PROCESSES", "3")
    assert told(check(folder, [], cached=False)) == one
    monkeypatch.setattr(parallel.sys, "platform", "elsewhere")  # where nothing forks
    assert told(check(folder, [], cached=False)) == one


def test_where_no_process_starts(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no more processes")

    folder = make_project(tmp_path / "p", {f"s{n}": "agee = 3" for n in range(30)})
    one = told(check(folder, [], cached=False))
    monkeypatch.setattr(parallel, "FEW", 10)
    monkeypatch.setenv("SEGQL_PROCESSES", "3")
    monkeypatch.setattr(parallel, "_start", refuse)
    assert told(check(folder, [], cached=False)) == one


def dies(*_: object) -> None:
    """At the top of its module, where another process finds it however it starts."""
    os._exit(9)


def test_a_helper_that_dies(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path / "p", {f"s{n}": "agee = 3" for n in range(30)})
    one = told(check(folder, [], cached=False))
    monkeypatch.setattr(parallel, "FEW", 10)
    monkeypatch.setenv("SEGQL_PROCESSES", "2")
    monkeypatch.setattr(parallel, "_work", dies)
    assert told(check(folder, [], cached=False)) == one


def test_runs_at_once(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "p")
    for n in range(300):
        write(folder, f"s{n}", f"age > {n} and newsletter or age < 3\n")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path)}
    runs = []
    for n in range(4):
        write(folder, f"s{n}", "agee > 3\n")
        words = [sys.executable, "-m", "segql", "check", "--format", "gitlab"]
        runs.append(
            subprocess.Popen(
                words,
                cwd=folder,
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        time.sleep(0.05)
    for run in runs:
        _, err = run.communicate(timeout=120)
        assert run.returncode == 1, err
        assert b"Traceback" not in err
    done = [
        subprocess.run(
            [*words, *more], cwd=folder, env=env, capture_output=True, check=False
        ).stdout
        for more in ([], ["--no-cache"])
    ]
    assert done[0] == done[1]


def test_no_state_of_a_new_file_is_trusted() -> None:
    kept_one = store.Store(None, "", since=10_000_000_000)
    old, new = (5, 1, 1_000_000_000, 0), (5, 1, 9_000_000_000, 0)
    assert kept_one.sure(old) == old
    assert kept_one.sure(new) != new
