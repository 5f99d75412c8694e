"""The commands, called as functions: what they answer, with which exit code."""

import json
import os
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from cli_shop import AS_OF, CATALOG, make_shop
from rights import needs_rights, open_folder, refused

import segql
from segql.cli import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, which is the current one."""
    folder = make_shop(tmp_path / "shop")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


def out(capture: Capture, *words: str, code: int = 0) -> str:
    """The answer of a call."""
    found = main(list(words))
    captured = capture.readouterr()
    assert found == code, captured.err
    assert "Traceback" not in captured.err
    return captured.out


def err(capture: Capture, *words: str, code: int) -> str:
    """What a call says beside its answer, which there is none of."""
    found = main(list(words))
    captured = capture.readouterr()
    assert (found, captured.out) == (code, ""), captured.err
    assert "Traceback" not in captured.err
    return captured.err


# The program.


def test_version(capsys: Capture) -> None:
    assert out(capsys, "--version") == f"segql {segql.__version__}\n"


def test_help_has_an_example_for_each_command(capsys: Capture) -> None:
    whole = out(capsys, "--help")
    for command in ("run", "compile", "check", "fmt", "init", "doctor", "explain"):
        assert f"  segql {command}" in whole
        text = out(capsys, command, "--help")
        assert f"  segql {command}" in text.split("examples:")[1]
        assert "--project" in text
        assert max(map(len, text.split("\n"))) <= 100


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "COMMAND"),
        (["rum"], "did you mean `run`?"),
        (["run"], "WHAT"),
        (["run", "vip", "--fromat", "csv"], "--fromat"),
        (["run", "vip", "--format", "xml"], "`xml`"),
        (["run", "vip", "--limit", "-1"], "--limit"),
        (["run", "vip", "--limit", "a"], "whole number"),
        (["run", "vip", "--param", "n"], "NAME=VALUE"),
        (["run", "vip", "--param", "n=1", "--param", "n=2"], "twice"),
        (["run", "vip", "--count", "--format", "csv"], "--count"),
        (["run", "koelner", "--with", "agee"], "did you mean `age`?"),
        (["run", "koelner", "--with", "Ort"], "calls it `city`"),
        (["run", "segments", "--count"], "folder"),
        (["run", "segments", "--param", "n=1"], "folder"),
        (["run", "segments", "--format", "keys"], "told as keys"),
        (["compile", "segments"], "is a folder"),
    ],
)
def test_calls_that_can_not_work(
    words: list[str], said: str, shop: Path, capsys: Capture
) -> None:
    told = err(capsys, *words, code=2)
    assert told.startswith("error[E701]: ")
    assert said in told


def test_a_project_is_found_from_below(
    shop: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop / "segments" / "bruecke")
    assert out(capsys, "run", "koelner", "--count") == "3\n"
    assert "../../catalog.yaml" not in out(capsys, "check")


def test_a_project_is_named(
    shop: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    for words in (["-p", str(shop), "run"], ["run", "-p", str(shop / "segql.yaml")]):
        assert out(capsys, *words, "koelner", "--count") == "3\n"


def test_no_project(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert err(capsys, "check", code=2).startswith("error[E702]")
    assert "`elsewhere`" in err(capsys, "check", "-p", "elsewhere", code=2)


# run: what it finds.


def test_run_in_a_pipe_is_keys(shop: Path, capsys: Capture) -> None:
    assert main(["run", 'city = "Köln"', "--as-of", AS_OF]) == 0
    captured = capsys.readouterr()
    assert captured.out == "k1\nk7\nk8\n"
    assert captured.err == "3 members as of 2025-06-01T00:00+02:00\n"


@pytest.mark.parametrize(
    "what",
    [
        "koelner",
        "segments/koelner.seg",
        "./segments/koelner.seg",
        "(in segment koelner)",
    ],
)
def test_run_takes_a_name_a_file_or_a_rule(
    what: str, shop: Path, capsys: Capture
) -> None:
    assert out(capsys, "run", what) == "k1\nk7\nk8\n"


def test_a_name_goes_before_a_file_and_a_file_before_a_rule(
    shop: Path, capsys: Capture
) -> None:
    Path("newsletter").write_text('city = "München"')
    Path("koelner").mkdir()
    assert out(capsys, "run", "newsletter") == "k2\n"
    assert out(capsys, "run", "(newsletter)", "--count") == "4\n"
    assert out(capsys, "run", "koelner", "--count") == "3\n"


def test_what_is_none_of_the_three(shop: Path, capsys: Capture) -> None:
    told = err(capsys, "run", "koelnr", code=2)
    assert "error[E703]: there is no segment, file or folder `koelnr`" in told
    assert "did you mean the segment `koelner`?" in told
    assert "error[E201]" in told
    told = err(capsys, "run", "segments/koelnr.seg", code=2)
    assert told.startswith("error[E704]")
    assert "E201" not in told
    told = err(capsys, "run", "koelnr > 5", code=1)
    assert told.startswith("error[E201]")
    assert "E703" not in told
    assert err(capsys, "run", "", code=1).startswith("error[E113]")


def test_warnings_stand_beside_the_answer(shop: Path, capsys: Capture) -> None:
    assert main(["run", 'city != "Köln"', "--count"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "5\n"
    assert captured.err.startswith("warning[W201]")


@pytest.mark.parametrize(
    "written",
    ["2025-06-01", "now", "2025-06-01T", "2025-13-01T00:00", "0999-01-01T00:00", ""],
)
def test_as_of_is_an_instant(written: str, shop: Path, capsys: Capture) -> None:
    for command in ("run", "compile"):
        told = err(capsys, command, "koelner", "--as-of", written, code=2)
        assert told.startswith("error[E218]")
    assert err(capsys, "doctor", "--as-of", written, code=2).startswith("error[E218]")
    assert "E218" in err(capsys, "run", "segments", "--as-of", written, code=2)


def test_as_of_decides(shop: Path, capsys: Capture) -> None:
    def count(as_of: str) -> str:
        return out(capsys, "run", "kaeufer", "--count", "--as-of", as_of)

    assert count("2025-06-01T00:00") == "2\n"
    assert count("2025-05-03T14:00") == "1\n"  # Berlin; 12:00 UTC, not yet
    assert count("2025-05-03T14:00:01+02:00") == "2\n"
    assert count("2025-05-03 12:00:00.5Z") == "2\n"


def test_parameters(shop: Path, capsys: Capture) -> None:
    words = ["run", "kaeufer", "--as-of", AS_OF]
    assert out(capsys, *words, "--param", "n=2") == "k1\n"
    assert out(capsys, *words, "--param", "n = 3") == ""
    assert "E211" in err(capsys, *words, "--param", "m=2", code=2)
    assert "E212" in err(capsys, *words, "--param", "n=two", code=2)
    assert "E212" in err(capsys, *words, "--param", "n=1) or (1=1", code=2)


def test_limit_and_count(shop: Path, capsys: Capture) -> None:
    assert out(capsys, "run", "everyone", "--limit", "2") == "k1\nk2\n"
    assert out(capsys, "run", "everyone", "--limit", "2", "--count") == "8\n"


TABLE = """
  city = "Köln" or age > 50

  4 of 8 customers, 50.0 %
  as of 2025-06-01T00:00+02:00 (Europe/Berlin)

  customer_id  city         age
  ───────────  ───────────  ───
  k1           Köln          30
  k6           Mühl"hausen   52
  k7           Köln          19
  and 1 more

"""


def test_the_plan(shop: Path, capsys: Capture) -> None:
    rule = 'bought("sport") in last 30 days'
    text = out(capsys, "run", rule, "--as-of", AS_OF, "--plan")
    assert "customer_id" in text
    assert "2025-05-01" in text, "what the window reaches back to"
    assert "newsletter" not in text, "a column that nobody asked for"
    assert out(capsys, "run", rule, "--as-of", AS_OF, "--plan", "-o", "plan") == ""
    assert Path("plan").read_text(encoding="utf-8") == text
    for words in (["--count"], ["--limit", "1"], ["--format", "csv"]):
        assert main(["run", rule, "--plan", *words]) == 2
        assert "--plan" in capsys.readouterr().err
    shared = out(capsys, "run", "segments", "--plan")
    assert "customers: read once" in shared
    assert main(["run", "segments", "--plan", "--format", "csv"]) == 2


def test_the_table(shop: Path, capsys: Capture) -> None:
    words = ["run", 'city = "Köln"\n or age > 50', "--format", "table"]
    assert out(capsys, *words, "--as-of", AS_OF, "--limit", "3") == TABLE
    assert out(capsys, *words, "--as-of", AS_OF, "--limit", "3", "-o", "t") == ""
    assert Path("t").read_text("utf-8") == TABLE


def test_the_table_of_a_segment(shop: Path, capsys: Capture) -> None:
    text = out(capsys, "run", "koelner", "--format", "table", "--with", "joined,income")
    lines = text.split("\n")
    assert lines[1:3] == ["  Kölnerinnen und Kölner", "  koelner"]
    assert lines[7] == "  customer_id  joined             income"
    assert lines[9] == "  k1           2025-01-01 00:30  1000.50"
    text = out(capsys, "run", "age is missing", "--format", "table", "--with", "age")
    assert text.split("\n")[-3] == "  k3             –"
    text = out(capsys, "run", "nobody", "--format", "table")
    assert "  0 of 8 customers, 0.0 %" in text
    assert "customer_id" not in text


# run: formats.


def test_csv(shop: Path, capsys: Capture) -> None:
    words = ["run", "everyone", "--format", "csv", "--with", "city", "--with", "income"]
    assert out(capsys, *words).split("\n") == [
        "customer_id,city,income",
        "k1,Köln,1000.50",
        "k2,München,",
        'k3,"Halle, Saale",0.10',
        "k4,,12345678.90",
        'k5,"",2.00',
        'k6,"Mühl""hausen",3.00',
        "k7,Köln,4.00",
        "k8,Köln,5.00",
        "",
    ]


def test_json(shop: Path, capsys: Capture) -> None:
    words = ["run", "koelner", "--format", "json", "--as-of", AS_OF]
    text = out(capsys, *words, "--with", "income,joined,newsletter", "--limit", "1")
    assert '"income": 1000.50' in text
    assert json.loads(text) == {
        "segment": "koelner",
        "title": "Kölnerinnen und Kölner",
        "rule": 'segment koelner "Kölnerinnen und Kölner"\n'
        '  owner "o@shop.example"\n\nwhere city = "Köln"\n',
        "as_of": "2025-06-01T00:00+02:00",
        "members": [
            {
                "customer_id": "k1",
                "income": 1000.5,
                "joined": "2025-01-01T00:30:00+01:00",
                "newsletter": True,
            }
        ],
        "count": 1,
    }
    empty = json.loads(out(capsys, "run", "nobody", "--format", "json"))
    assert (empty["segment"], empty["members"], empty["count"]) == (None, [], 0)


@pytest.mark.parametrize("rule", ["koelner", "nobody"])
def test_parquet_and_arrow(rule: str, shop: Path, capsys: Capture) -> None:
    wanted = ["k1", "k7", "k8"] if rule == "koelner" else []
    words = ["run", rule, "--with", "income", "--as-of", AS_OF]
    assert out(capsys, *words, "-o", "a.parquet") == ""
    table = pyarrow.parquet.read_table("a.parquet")
    assert table.column("customer_id").to_pylist() == wanted
    assert table.schema.metadata[b"segql.as_of"] == b"2025-06-01T00:00+02:00"
    assert str(table.schema.field("income").type) == "decimal128(18, 2)"
    assert out(capsys, *words, "-o", "a.arrow") == ""
    with pyarrow.ipc.open_file("a.arrow") as reader:
        assert reader.read_all().equals(table)


def test_binary_formats_stream(shop: Path, capsysbinary: Capture) -> None:
    for kind in ("arrow", "parquet"):
        assert main(["run", "koelner", "--format", kind]) == 0
        data: bytes = capsysbinary.readouterr().out  # type: ignore[assignment]
        buffer = pyarrow.BufferReader(data)
        table = (
            pyarrow.ipc.open_stream(buffer).read_all()
            if kind == "arrow"
            else pyarrow.parquet.read_table(buffer)
        )
        assert table.column(0).to_pylist() == ["k1", "k7", "k8"]


def test_a_file_says_its_format(shop: Path, capsys: Capture) -> None:
    for name, start in {
        "a.csv": "customer_id\nk1\n",
        "a.json": '{"segment": "koelner"',
        "a.txt": "k1\nk7\nk8\n",
    }.items():
        assert main(["run", "koelner", "-o", name, "--as-of", AS_OF]) == 0
        captured = capsys.readouterr()
        assert Path(name).read_text(encoding="utf-8").startswith(start)
        assert captured.out == ""
        assert captured.err == f"3 members as of 2025-06-01T00:00+02:00 → {name}\n"
    assert main(["run", "koelner", "-o", "-", "--as-of", AS_OF]) == 0
    assert capsys.readouterr().out == "k1\nk7\nk8\n"
    assert not Path("-").exists()
    assert out(capsys, "run", "koelner", "--count", "-o", "n") == ""
    assert Path("n").read_text() == "3\n"
    assert not list(shop.glob(".segql-*"))


@pytest.mark.parametrize("what", ["koelner", "segments"])
def test_an_ending_that_is_no_format(what: str, shop: Path, capsys: Capture) -> None:
    told = err(capsys, "run", what, "-o", "a.xlsx", code=2)
    assert told.startswith("error[E701]: `-o a.xlsx`: no format has the ending `.xlsx`")
    assert "`.csv`, `.json`" in told
    assert not Path("a.xlsx").exists()
    assert out(capsys, "run", what, "-o", "a.xlsx", "--format", "csv") == ""
    assert Path("a.xlsx").exists()
    assert out(capsys, "run", what, "-o", "a.txt") == ""


def test_the_first_members_are_told_as_such(shop: Path, capsys: Capture) -> None:
    for limit, said in {
        "0": "0 members",
        "1": "the first member",
        "2": "the first 2 members",
        "4": "3 members",
    }.items():
        assert main(["run", "koelner", "--limit", limit, "--as-of", AS_OF]) == 0
        assert capsys.readouterr().err == f"{said} as of 2025-06-01T00:00+02:00\n"


def test_a_key_with_a_line_break(shop: Path, capsys: Capture) -> None:
    file = Path("data/customers.csv")
    file.write_text(file.read_text("utf-8") + '"k\n9",20,Köln,true,,\n', "utf-8")
    told = err(capsys, "run", "everyone", "-o", "keys.txt", code=3)
    assert "error[E706]" in told
    assert not Path("keys.txt").exists()
    assert '"k\n9"\n' in out(capsys, "run", "koelner", "--format", "csv")


# run: folders.


def test_a_folder(shop: Path, capsys: Capture) -> None:
    words = ["run", "segments", "--as-of", AS_OF]
    assert out(capsys, *words) == (
        "segment,title,size,base,as_of\n"
        "alle,,8,8,2025-06-01T00:00+02:00\n"
        "kaeufer,Käufer,2,8,2025-06-01T00:00+02:00\n"
        "koelner,Kölnerinnen und Kölner,3,8,2025-06-01T00:00+02:00\n"
    )
    assert json.loads(out(capsys, *words, "--format", "json"))["segments"][1] == {
        "segment": "kaeufer",
        "title": "Käufer",
        "size": 2,
    }
    table = out(capsys, *words, "--format", "table")
    assert "  kaeufer  Käufer                     2   25.0 %\n" in table
    assert "  of 8 customers, as of 2025-06-01T00:00+02:00 (Europe/Berlin)\n" in table


def test_a_folder_with_mistakes_shows_the_others(shop: Path, capsys: Capture) -> None:
    Path("segments/broken.seg").write_text("agee > 5")
    assert main(["run", "segments", "--format", "table"]) == 1
    captured = capsys.readouterr()
    assert "koelner" in captured.out
    assert "broken" not in captured.out
    assert "E201" in captured.err
    assert "broken.seg:1:1" in captured.err


def test_a_folder_without_files(shop: Path, capsys: Capture) -> None:
    Path("empty").mkdir()
    assert err(capsys, "run", "empty", code=2).startswith("error[E219]")


# compile.


def test_compile(shop: Path, capsys: Capture) -> None:
    text = out(capsys, "compile", "koelner", "--as-of", AS_OF)
    assert text.startswith(
        "-- koelner: Kölnerinnen und Kölner\n"
        "-- as of 2025-06-01T00:00+02:00 (Europe/Berlin), in duckdb\n"
        "--\n"
        '-- segment koelner "Kölnerinnen und Kölner"\n'
        '--   owner "o@shop.example"\n'
        "--\n"
        '-- where city = "Köln"\n'
        "--\n"
        "SELECT\n"
    )
    assert "c.city = 'Köln'" in text
    assert "proven" not in text


def test_compile_for_an_unproven_dialect(shop: Path, capsys: Capture) -> None:
    text = out(capsys, "compile", 'city = "Köln"', "--dialect", "snowflake")
    assert "-- not proven: no test has run the SQL for snowflake\n" in text
    assert '\n-- city = "Köln"\n--\nSELECT' in text
    told = err(capsys, "compile", "koelner", "--dialect", "dukdb", code=2)
    assert "error[E404]" in told


def test_compile_into_a_file(shop: Path, capsys: Capture) -> None:
    assert out(capsys, "compile", "koelner", "-o", "koelner.sql") == ""
    assert Path("koelner.sql").read_text("utf-8").startswith("-- koelner: Köl")


def test_what_is_compiled_runs_with_its_comment(shop: Path, capsys: Capture) -> None:
    rule = 'city = "Köln" # */ \u2028 DROP; \x0b /* --\n and age != 5 # \r\n'
    text = out(capsys, "compile", rule, "--as-of", AS_OF)
    read = "read_csv('data/customers.csv')"
    sql = text.replace("FROM customers", f"FROM {read}")
    assert duckdb.sql(sql).fetchall() == [("k1",), ("k7",), ("k8",)]
    assert len(duckdb.extract_statements(text)) == 1


# check.


def checked(capture: Capture, *words: str, code: int) -> list[str]:
    """The heads and places of the findings, and the summary."""
    assert main(["check", *words]) == code
    captured = capture.readouterr()
    assert captured.out == ""
    return [
        line.strip().removeprefix("--> ")
        for line in captured.err.split("\n")
        if line.startswith(("error", "warning")) or "--> " in line or "file" in line
    ]


def test_check(shop: Path, capsys: Capture) -> None:
    assert checked(capsys, code=0) == ["6 files, 0 errors, 0 warnings"]
    assert checked(capsys, "segments/koelner.seg", code=0) == [
        "1 file, 0 errors, 0 warnings"
    ]
    assert checked(capsys, "catalog.yaml", "segments", code=0) == [
        "5 files, 0 errors, 0 warnings"
    ]


def test_check_shows_all_in_the_order_of_the_files(shop: Path, capsys: Capture) -> None:
    Path("segments/b.seg").write_text('agee > 5 or\n  city != "Köln" and Ort = "x"\n')
    Path("segments/a.seg").write_text("age >\n")
    found = checked(capsys, code=1)
    assert found == [
        "error[E102]: the rule ends too early",
        "segments/a.seg:1:6",
        *found[2:4],
        "warning[W203]: `and` binds tighter than `or`",
        "segments/b.seg:2:3",
        "error[E201]: there is no attribute or event `Ort` in the catalog",
        "segments/b.seg:2:22",
        "8 files, 3 errors, 1 warning",
    ]
    assert found[3] == "segments/b.seg:1:1"


def test_warnings_fail_when_strict(shop: Path, capsys: Capture) -> None:
    Path("segments/a.seg").write_text('city != "Köln"')
    assert checked(capsys, code=0)[-1] == "7 files, 0 errors, 1 warning"
    assert checked(capsys, "--strict", code=1)[-1] == "7 files, 0 errors, 1 warning"


def test_a_broken_catalog_hides_no_mistake_of_grammar(
    shop: Path, capsys: Capture
) -> None:
    Path("catalog.yaml").write_text(CATALOG.replace("age: integer", "age: integr"))
    Path("segments/a.seg").write_text("age >\n")
    found = checked(capsys, code=1)
    assert found[0].startswith("error[E630]")
    assert found[1] == "catalog.yaml:7:8"
    assert found[2].startswith("error[E102]")
    assert found[-1] == "7 files, 2 errors, 0 warnings"
    found = checked(capsys, "segments/koelner.seg", code=1)
    assert found[1:] == ["catalog.yaml:7:8", "1 file, 1 error, 0 warnings"]


def test_a_broken_project_file(shop: Path, capsys: Capture) -> None:
    Path("segql.yaml").write_text("connection: {engine: duckdb\n")
    Path("segments/a.seg").write_text("agee > 5\n")
    found = checked(capsys, code=1)
    assert found[0].startswith("error[E601]")
    assert [line for line in found if "E201" in line]  # the catalog was found anyway
    assert err(capsys, "run", "koelner", code=1).startswith("error[E601]")


def test_a_project_without_its_catalog(shop: Path, capsys: Capture) -> None:
    Path("catalog.yaml").unlink()
    assert checked(capsys, code=1)[0] == (
        "error[E116]: cannot read catalog.yaml: no such file or directory"
    )


def test_two_files_of_one_name(shop: Path, capsys: Capture) -> None:
    Path("segments/koelner").mkdir()
    Path("segments/koelner/alle.seg").write_text("newsletter")
    assert checked(capsys, code=1)[0].startswith("error[E217]")
    assert err(capsys, "run", "koelner", code=1).startswith("error[E217]")


def test_paths_to_check_that_are_not_there(shop: Path, capsys: Capture) -> None:
    told = err(capsys, "check", "a.seg", "segments/koelner.seg", "b.seg", code=2)
    assert told.count("error[E704]") == 2
    Path("empty").mkdir()
    assert "E219" in err(capsys, "check", "empty", code=2)


# doctor.


def test_doctor(shop: Path, capsys: Capture) -> None:
    text = out(capsys, "doctor", "--as-of", AS_OF)
    assert "as of 2025-06-01T00:00+02:00 (Europe/Berlin)" in text
    assert "  W501  catalog.yaml:15  `bought`: 1 row of 1 unknown customer\n" in text
    assert "  no faults, 1 thing to know\n" in text


def test_doctor_finds_faults(shop: Path, capsys: Capture) -> None:
    file = Path("data/customers.csv")
    file.write_text(file.read_text("utf-8") + "k1,20,Köln,true,,\n", "utf-8")
    text = out(capsys, "doctor", code=1)
    assert "error[E541]: `customer_id` is not unique in `customers`" in text
    assert "  1 fault, " in text
    told = err(capsys, "run", "koelner", code=3)
    assert told.startswith("error[E541]")


@needs_rights
@pytest.mark.parametrize("place", ["segments", "segments/bruecke"])
def test_segments_that_may_not_be_read(place: str, capsys: Capture) -> None:
    with open_folder() as folder:
        shop = make_shop(folder / "shop")
        calls = [[word, "-p", str(shop)] for word in ("check", "compile")]
        calls[1].append("koelner")
        for words in calls:  # which imports all that is needed, from wherever it is
            out(capsys, *words)
        with refused(shop / place):
            for words in calls:
                told = err(capsys, *words, code=1)
                assert told.startswith("error[E116]: cannot read ")
                assert f"{place}: permission denied" in told


# init.


def test_init(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_shop(tmp_path / "shop") / "data"
    data.rename(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    text = out(capsys, "init", "data", "-p", "new", "--zone", "Europe/Berlin")
    assert "segql run example -p new" in text
    assert sorted(path.name for path in Path("new").rglob("*")) == [
        "catalog.yaml",
        "example.seg",
        "segments",
        "segql.yaml",
    ]
    assert checked(capsys, "--strict", "-p", "new", code=0)
    assert out(capsys, "run", "example", "-p", "new", "--count", "--as-of", AS_OF) == (
        "2\n"
    )


def test_init_tells_what_it_could_not_read(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/b.parquet").write_bytes(b"PAR1 no PAR1")
    told = err(capsys, "init", "data", "-p", "new", code=3)
    assert told.startswith("error[E514]: `data/b.parquet` can't be read as Parquet")
    Path("data/customers.csv").write_text("customer_id\n1\n")
    text = out(capsys, "init", "data", "-p", "new")
    assert "drafted from 1 table\n" in text
    assert "  - `data/b.parquet` can't be read as Parquet (E514)\n" in text


def test_init_finds_the_data(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_shop(tmp_path / "shop")
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    assert err(capsys, "init", code=2).startswith("error[E709]: there is no DuckDB")
    os.symlink(tmp_path / "shop" / "data", "daten")
    out(capsys, "init")
    assert "files: daten\n" in Path("segql.yaml").read_text()


def test_init_overwrites_nothing(shop: Path, capsys: Capture) -> None:
    Path("segql.yaml").unlink()
    before = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    told = err(capsys, "init", "data", code=2)
    assert "error[E708]: `catalog.yaml`, `segments` are there already" in told
    assert before == {p: p.read_bytes() for p in shop.rglob("*") if p.is_file()}


def test_init_makes_all_or_nothing(
    shop: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        if Path("new/catalog.yaml").exists():
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    told = err(capsys, "init", "data", "-p", "new", code=3)
    assert "error[E705]" in told
    assert "no space left on device" in told
    assert not Path("new").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["gone"], 2, "E704"),
        (["segql.yaml"], 3, "E502"),
        (["segments"], 3, "E511"),
        (["data", "--zone", "Berlin"], 2, "no such time zone"),
    ],
)
def test_init_can_not(
    words: list[str], code: int, said: str, shop: Path, capsys: Capture
) -> None:
    assert said in err(capsys, "init", *words, "-p", "new", code=code)
    assert not Path("new").exists()
