"""The command line as a process: streams, signals, locales, full disks, memory."""

import os
import pty
import re
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from cli_shop import AS_OF, make_shop

import segql

ROOT = str(Path(segql.__file__).parents[1])
CALL = [sys.executable, "-m", "segql"]
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("LC_", "LANG", "PYTHON", "NO_COLOR", "SEGQL"))
}
ENV = {**CLEAN, "PYTHONPATH": ROOT}
BIG = """\
entity: {table: customers, key: customer_id, zone: Europe/Berlin}
attributes: {customer_number: {type: integer, column: customer_id}}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_shop(tmp_path_factory.mktemp("cli") / "shop")


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A million customers."""
    folder = tmp_path_factory.mktemp("big")
    (folder / "catalog.yaml").write_text(BIG)
    (folder / "segql.yaml").write_text(
        "connection: {engine: duckdb, database: big.duckdb}\n"
    )
    with duckdb.connect(str(folder / "big.duckdb")) as con:
        con.execute(
            "CREATE TABLE customers AS SELECT range AS customer_id FROM range(1000000)"
        )
    return folder


def call(
    folder: Path, *words: str, env: dict[str, str] | None = None, **more: object
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [*CALL, *words],
        cwd=folder,
        env={**ENV, **(env or {})},
        capture_output=not {"stdout", "stderr"} & more.keys(),
        timeout=60,
        check=False,
        **more,
    )


# What is imported.

HEAVY = ("sqlglot", "duckdb", "pyarrow", "rich", "pandas", "numpy")


def imported(folder: Path, *words: str) -> set[str]:
    """The libraries that a call imports."""
    code = (
        "import sys; from segql.cli import main; main(sys.argv[1:]);"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env=ENV,
        capture_output=True,
        check=True,
    )
    return set(done.stderr.decode().split("\n")[-2].split())


@pytest.mark.parametrize("command", ["check", "fmt"])
def test_check_imports_no_engine(command: str, shop: Path) -> None:
    found = imported(shop, command)
    assert not found & set(HEAVY)
    assert "lark" in found


@pytest.mark.parametrize(
    "words", [["--version"], ["run", "--help"], ["explain", "E201"]]
)
def test_help_imports_next_to_nothing(words: list[str], shop: Path) -> None:
    assert not imported(shop, *words) & {*HEAVY, "lark", "pydantic", "yaml"}


# Texts that are none.

FILES = {
    "binary.seg": (b"\x7fELF\x00\x01\xff\xfe" * 100, "E115"),
    "empty.seg": (b"", "E113"),
    "latin.seg": ('city = "Köln"'.encode("latin-1"), "E115"),
    "nul.seg": (b"age > 5\x00", "E115"),
    "long.seg": (b"age = 1 or " * 100_000 + b"age = 1", "E111"),
    "deep.seg": (b"(" * 10_000 + b"age > 5" + b")" * 10_000, "E112"),
    "nots.seg": (b"not " * 10_000 + b"newsletter", "E112"),
    "huge.seg": (b"#" * 5_000_000, "E111"),
}


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project full of files that are no rules."""
    folder = make_shop(tmp_path_factory.mktemp("strange") / "shop")
    for name, (content, _) in FILES.items():
        (folder / "segments" / name).write_bytes(content)
    (folder / "segments" / "gone.seg").symlink_to("nowhere")
    (folder / "segments" / "folder.seg").mkdir()
    return folder


def test_files_that_are_no_rules(strange: Path) -> None:
    done = call(strange, "check")
    told = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b"")
    assert "Traceback" not in told
    for name, (_, code) in FILES.items():
        parts = [each for each in told.split("\n\n") if name in each]
        assert [each[:11] for each in parts] == [f"error[{code}]"], name
    for name in ("gone.seg", "folder.seg"):
        assert f"error[E116]: cannot read segments/{name}: " in told
    assert told.endswith("\n16 files, 10 errors, 0 warnings\n")


@pytest.mark.parametrize("name", ["binary", "deep", "gone"])
def test_run_of_a_file_that_is_no_rule(name: str, strange: Path) -> None:
    done = call(strange, "run", name)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"error[E11")


def test_a_rule_of_a_megabyte(shop: Path) -> None:
    """Through a file, as an argument could not be as long."""
    text = "age = 1 or " * 9_000 + "age in (" + ", ".join(["1"] * 9_999) + ")"
    (shop / "wide.seg").write_text(text.replace("age = 1", "age = 1" + " " * 90))
    done = call(shop, "run", "wide.seg", "--count")
    assert done.returncode in (0, 1), done.stderr
    assert b"E799" not in done.stderr


# Data that is not there.


@pytest.mark.parametrize(
    ("connection", "code", "said"),
    [
        ("database: gone.duckdb", 3, "E501"),
        ("database: segql.yaml", 3, "E502"),
        ("files: gone", 3, "E510"),
        ("files: {package: no_such_package, folder: data}", 3, "E515"),
        ("files: [data", 1, "E601"),
    ],
)
def test_data_that_is_not_there(
    connection: str, code: int, said: str, tmp_path: Path
) -> None:
    folder = make_shop(tmp_path / "shop")
    (folder / "segql.yaml").write_text(
        f"connection:\n  engine: duckdb\n  {connection}\n"
    )
    done = call(folder, "run", "koelner")
    assert (done.returncode, done.stdout) == (code, b"")
    assert done.stderr.decode().startswith(f"error[{said}]")


def test_a_table_without_the_column(tmp_path: Path) -> None:
    folder = make_shop(tmp_path / "shop")
    file = folder / "data" / "customers.csv"
    file.write_text(file.read_text("utf-8").replace("city", "town", 1), "utf-8")
    done = call(folder, "run", "koelner")
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(
        b"error[E531]: the table `customers` has no column `city`\n"
    )
    assert b"catalog.yaml:8:3" in done.stderr


def test_a_locked_database(big: Path) -> None:
    with duckdb.connect(str(big / "big.duckdb")):
        done = call(big, "run", "everyone", "--count")
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.startswith(b"error[E503]: `big.duckdb` is open for writing in")


# Streams.


def test_a_closed_pipe_ends_quietly(big: Path) -> None:
    for kind in ("keys", "parquet"):
        process = subprocess.Popen(
            [*CALL, "run", "everyone", "--format", kind],
            cwd=big,
            env=ENV,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(4)
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(30) == 141


@pytest.mark.parametrize(
    "words", [["run", "koelner"], ["compile", "koelner"], ["--help"]]
)
def test_a_full_output(words: list[str], shop: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = call(shop, *words, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 3
    assert done.stderr == (
        b"error[E705]: cannot write to the standard output: no space left on device\n"
    )


def test_no_output_at_all(shop: Path) -> None:
    shell = f"exec {sys.executable} -m segql run koelner >&-"
    done = subprocess.run(
        ["/bin/sh", "-c", shell], cwd=shop, env=ENV, stderr=subprocess.PIPE, check=False
    )
    assert done.returncode == 3
    assert done.stderr.startswith(b"error[E705]: cannot write to the standard output")


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
    ],
)
def test_locales_that_are_not_utf_8(env: dict[str, str], shop: Path) -> None:
    rule = 'city = "Köln" and not (city = "Münster")'
    done = call(shop, "run", rule, "--as-of", AS_OF, env=env)
    assert done.stdout == b"k1\nk7\nk8\n", done.stderr
    done = call(shop, "run", "koelner", "--format", "table", env=env)
    assert done.returncode == 0
    assert b"3 of 8 customers, 37.5 %" in done.stdout


def test_a_mistake_in_a_locale_without_umlauts(shop: Path) -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = call(shop, "run", 'größe = "Köln"', env=env)
    assert done.returncode == 1
    assert b"error[E201]: there is no attribute or event `gr" in done.stderr
    done = call(shop, "compile", "koelner", env=env)
    assert "c.city = 'Köln'" in done.stdout.decode()


# Files and interrupts.


def test_a_full_disk_leaves_the_old_file(big: Path) -> None:
    old = big / "keys.csv"
    old.write_bytes(b"before")

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    for kind in ("csv", "parquet"):
        done = call(
            big,
            "run",
            "everyone",
            "--format",
            kind,
            "-o",
            "keys.csv",
            preexec_fn=little,
        )
        assert done.returncode == 3
        assert done.stderr.startswith(
            b"error[E705]: cannot write keys.csv: file too large\n"
        )
        assert old.read_bytes() == b"before"
        assert not list(big.glob(".segql-*"))
    old.unlink()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_an_interrupt_leaves_the_old_file(number: int, code: int, big: Path) -> None:
    old = big / "keys.json"
    old.write_bytes(b"before")
    scratch = big / "scratch"
    scratch.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [*CALL, "run", "everyone", "-o", "keys.json"],
        cwd=big,
        env={**ENV, "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
    )
    begun = time.monotonic()
    while not any(file.stat().st_size for file in big.glob(".segql-*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() - begun < 30
        time.sleep(0.002)
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert process.returncode == code
    assert told in (b"stopped\n", b"")
    assert old.read_bytes() == b"before"
    assert not list(big.glob(".segql-*"))
    assert not list(scratch.iterdir())
    old.unlink()


def test_memory_does_not_grow_with_the_members(big: Path) -> None:
    def peak(rule: str) -> int:
        process = subprocess.Popen(
            [*CALL, "run", rule, "--format", "keys"],
            cwd=big,
            env=ENV,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_maxrss

    few, many = peak("customer_number ..100000"), peak("everyone")
    assert many < few + 30_000  # KiB; all keys as texts would be 60 MiB


# Terminals.


def on_terminal(folder: Path, *words: str, env: dict[str, str] | None = None) -> str:
    """What a person at a terminal of 80 columns sees."""
    main, side = pty.openpty()
    process = subprocess.Popen(
        [*CALL, *words],
        cwd=folder,
        env={**ENV, "TERM": "xterm", "COLUMNS": "80", **(env or {})},
        stdin=side,
        stdout=side,
        stderr=side,
    )
    os.close(side)
    seen = b"".join(pieces(main))
    os.close(main)
    process.wait(30)
    text = seen.decode().replace("\r\n", "\n")
    return re.sub(r"(\r[^\r\n]*)*\r\x1b\[2K", "", text)  # progress, where it was slow


def pieces(terminal: int) -> Iterator[bytes]:
    while select.select([terminal], [], [], 30)[0]:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            return
        if not piece:
            return
        yield piece


def test_a_terminal_shows_a_table(shop: Path) -> None:
    seen = on_terminal(shop, "run", "koelner", "--as-of", AS_OF)
    assert seen.startswith("\n  \x1b[1mKölnerinnen und Kölner\x1b[0m\n")
    assert "  \x1b[32m3\x1b[0m of 8 customers, 37.5 %\n" in seen
    assert "  k1           Köln\n" in seen
    plain = on_terminal(shop, "run", "koelner", "--as-of", AS_OF, env={"NO_COLOR": "1"})
    assert "\x1b" not in plain
    assert "  k1           Köln\n" in plain


def test_a_terminal_is_not_fed_with_bytes(shop: Path) -> None:
    seen = on_terminal(shop, "run", "koelner", "--format", "parquet")
    assert "E701" in seen
    assert "PAR1" not in seen
    seen = on_terminal(shop, "run", 'city != "\\u{1b}[2J"', "--format", "json")
    assert "\x1b[2J" not in seen
    assert '"k1"' in seen
