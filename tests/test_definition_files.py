"""Partitions, shared names, headers and examples: as a library, and as commands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from cli_shop import AS_OF, make_shop

import segql
from segql.cli import main
from segql.index import index, kind_of
from segql.library import Library
from segql.model.allow import opening_comment
from segql.model.examples import Example, Happening
from segql.source import Source
from segql.syntax.comments import comments

Capture = pytest.CaptureFixture[str]
AGES = """\
partition ages "Alter"
  owner "crm@shop.example"
param adult: integer = 30
segment young "Jung" where age < adult and in segment kaeufer
segment town where city = "Köln"
else others
"""
NAMES = "let lately = bought in last 90 days\nlet sporty = lately and koeln\n"
MORE = 'let koeln = city = "Köln"\n'
SPORT = """\
# allow W201, W308: as it is
# Who bought sport
# in a year.
segment sport "Sport"
  owner "o@shop.example"
  tags a, b
  purpose winter
  channel email
  exclusive with ages.town, koelner
where sporty and age != 99
"""
AS_OF_INSTANT = datetime.fromisoformat(AS_OF)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_shop(tmp_path / "shop")
    with (folder / "catalog.yaml").open("a", encoding="utf-8") as catalog:
        catalog.write("purposes: [winter]\n")
    for name, text in (("ages", AGES), ("names", NAMES), ("a", MORE), ("sport", SPORT)):
        (folder / "segments" / f"{name}.seg").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


def members(segment: segql.Segment) -> list[str]:
    return sorted(segment.members())


# As a library.


def test_what_a_project_has(shop: Path) -> None:
    project = segql.Project.load(shop)
    parts = ("ages.young", "ages.town", "ages.others")
    assert project.segments == (*parts, "alle", "kaeufer", "koelner", "sport")
    assert project.partitions == {"ages": ("young", "town", "others")}
    assert project.check() == ()


def test_a_part_is_a_segment(shop: Path) -> None:
    project = segql.Project.load(shop)
    town = project.segment("ages.town", as_of=AS_OF_INSTANT)
    assert (town.name, town.title, town.owner) == (
        "ages.town",
        None,
        "crm@shop.example",
    )
    assert project.segment("ages.young").title == "Jung"
    assert members(town) == ["k1", "k7", "k8"]
    assert town.text == AGES
    few = project.segment("ages.young", as_of=AS_OF_INSTANT, params={"adult": "32"})
    assert members(few) == ["k1", "k2"]


def test_all_parts_of_a_file(shop: Path) -> None:
    project = segql.Project.load(shop)
    path = shop / "segments" / "ages.seg"
    young, town, others = project.compile_all(
        path, as_of=AS_OF_INSTANT, params={"adult": 31}
    )
    assert (members(young), members(town)) == (["k1"], ["k7", "k8"])
    assert members(others) == ["k2", "k3", "k4", "k5", "k6"]
    assert project.compile_all(shop / "segments" / "names.seg") == ()
    assert [each.name for each in project.compile_all("segments/sport.seg")] == [
        "sport"
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [("ages", "E253"), ("names", "E215"), ("ages.yung", "E205"), ("nobody", "E205")],
)
def test_what_is_no_segment(name: str, code: str, shop: Path) -> None:
    with pytest.raises(segql.SegqlError) as caught:
        segql.Project.load(shop).segment(name)
    assert [each.code for each in caught.value.diagnostics] == [code]


def test_a_partition_is_compiled_in_parts(shop: Path) -> None:
    with pytest.raises(segql.SegqlError) as caught:
        segql.Project.load(shop).compile_file("segments/ages.seg")
    assert caught.value.diagnostics[0].code == "E253"
    with pytest.raises(segql.SegqlError) as caught:
        segql.Project.load(shop).compile(AGES.replace("age <", "agee <"))
    assert [each.code for each in caught.value.diagnostics] == ["E201"]


def test_what_a_header_says(shop: Path) -> None:
    segment = segql.Project.load(shop).segment("sport", as_of=AS_OF_INSTANT)
    assert (segment.title, segment.owner) == ("Sport", "o@shop.example")
    assert (segment.tags, segment.purpose) == (("a", "b"), "winter")
    assert segment.channel == "email"
    assert segment.exclusive == ("ages.town", "koelner")
    assert segment.description == "Who bought sport\nin a year."
    assert members(segment) == ["k1"]
    plain = segql.Project.load(shop).compile("sporty")
    assert (plain.owner, plain.tags, plain.purpose) == (None, (), None)
    assert (plain.channel, plain.exclusive, plain.description) == (None, (), "")


def test_files_outside_the_folder_see_shared_names(shop: Path, tmp_path: Path) -> None:
    project = segql.Project.load(shop)
    elsewhere = tmp_path / "mine.seg"
    elsewhere.write_text("let x = koeln\nwhere x and lately")
    assert members(project.compile_file(elsewhere, as_of=AS_OF_INSTANT)) == ["k1"]
    elsewhere.write_text("let koeln = 3\nwhere age > koeln")
    assert [each.code for each in project.check(elsewhere)] == ["E207"]


def test_no_place_of_another_file_is_shown(shop: Path) -> None:
    """What a shared name stands for has its place in the file that names it."""
    Path("segments/names.seg").write_text(
        "# " + "x" * 500 + '\nlet north = ("Kiel", "Köln")\nlet old = age > 60\n'
        'let latest = last(bought).category\nlet other = city != "Kiel"\n'
    )
    project = segql.Project.load(shop)
    rule = 'not old and city in north and not (latest = "x") and not other'
    found = project._library.check(Source(rule), "rule").report.diagnostics
    assert [rule[each.span.start : each.span.end] for each in found] == [
        "old",
        '(latest = "x")',
    ]
    assert "whose age is missing" in found[0].message


def test_threads_share_names(shop: Path) -> None:
    project = segql.Project.load(shop)
    names = [*project.segments] * 20
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda name: project.segment(name).rule, names))
    assert found == [project.segment(name).rule for name in names]


def test_examples_have_values(shop: Path) -> None:
    text = (
        "segment it\nas of 2025-06-01T00:00\nwhere lately\n"
        'example "A" in (age = 30, city = "Kiel", joined = 2025-01-01T00:00, '
        'income = -2.5, bought("x", time = 2025-05-01T10:00))\n'
        "example out ()\n"
    )
    project = segql.Project.load(shop)
    checked = project._library.check(Source(text), "it")
    assert checked.report.diagnostics == []
    assert checked.meaning.examples == (
        Example(
            "A",
            True,
            None,
            {
                "age": 30,
                "city": "Kiel",
                "joined": datetime(2024, 12, 31, 23, tzinfo=UTC),
                "income": Decimal("-2.50"),
            },
            (
                Happening(
                    "bought", datetime(2025, 5, 1, 8, tzinfo=UTC), {"category": "x"}
                ),
            ),
        ),
        Example(None, False, None, {}, ()),
    )


def test_rows_and_facts_of_examples(tmp_path: Path) -> None:
    (tmp_path / "segql.yaml").write_text("connection: {engine: duckdb, files: data}\n")
    (tmp_path / "catalog.yaml").write_text(
        "entity: {table: c, key: id, zone: UTC}\n"
        "attributes:\n  home: {type: point, latitude: a, longitude: b}\n"
        "  tags: list of text\n"
        "events:\n  ordered:\n    table: o\n    customer: c\n"
        "    time: {column: d, type: date}\n    properties: {total: integer}\n"
        "    rows:\n      line:\n        table: l\n        on: {o: id}\n"
        "        properties: {sku: text}\n        argument: sku\n"
        "facts:\n  address:\n    table: a\n    customer: c\n"
        "    properties: {kind: text}\n"
    )
    text = (
        'where ordered\nexample in (home = (1, -2.5), tags = ("a", "b"), '
        'ordered(time = 2025-01-01, total = 3, line("x"), line()), address())\n'
    )
    library: Library = segql.Project.load(tmp_path)._library
    found = library.check(Source(text), "it")
    assert found.report.diagnostics == []
    (example,) = found.meaning.examples
    assert example.attributes == {"home": (1.0, -2.5), "tags": ("a", "b")}
    lines = (
        Happening("ordered.line", None, {"sku": "x"}),
        Happening("ordered.line", None, {}),
    )
    ordered = Happening("ordered", date(2025, 1, 1), {"total": 3}, lines)
    assert example.events == (ordered, Happening("address", None, {}))


# What files are, by their text alone.


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("age > 3", "segment"),
        ("", "segment"),
        ("let x = 3", "shared"),
        ("# where\nlet x = 3", "shared"),
        ('let x = "where"', "shared"),
        ("let x = `where`", "shared"),
        ("let x = bought.where", "shared"),
        ("let x = (", "shared"),
        ("param n: integer", "shared"),
        ("let x = 3\nwhere age > x", "segment"),
        ("let x = 3 where age > x", "segment"),
        ("segment x\nlet y = 3", "segment"),
        ("partition x\nsegment a where age > 3\nelse b", "partition"),
        ("# it\npartition `x y`\nsegment a where (", "partition"),
        ("partition > 3", "segment"),
        ("partition is known", "segment"),
        ("partition_of = 3", "segment"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_the_index() -> None:
    found = index(
        {
            "p": 'partition p\nlet a = "segment no where"\nsegment x "X" where '
            "(1 if in segment q else 2) > 1 # segment no where\n"
            "segment `y z` where in segment v\nelse rest 'odd'\n",
            "q": "partition q\nlet a = (1 if b else c)\nsegment a where d\n"
            'else b "B"\nexample in a (c = "else d")',
            "s": 'let a = 3 let b = "let c = 3"\n# let d = 3\nlet `e#f` = a.let\n',
            "t": "let b = 4\nlet taken = 3\nlet e\u0308 = 3",
            "v": "age > 3",
        },
        lambda name: name == "taken",
    )
    assert found.partitions == {"p": ("x", "y z"), "q": ("a", "b")}
    assert found.shared == {"a": "s", "b": "s", "e#f": "s", "ë": "t"}
    assert list(found.segments) == ["p.x", "p.y z", "q.a", "q.b", "v"]
    assert found.segments["q.b"] == ("q", "b")
    assert found.segments["v"] == ("v", None)


def test_comments() -> None:
    text = '# one\na = "#no" # two "x\n and `#no` > 3 #three'
    found = [text[each.start : each.end] for each in comments(text)]
    assert found == ["# one", '# two "x', "#three"]
    assert opening_comment(text) == "one"
    assert opening_comment("#") == ""
    assert opening_comment("age > 3 # no") == ""


# As commands.


def out(capture: Capture, *words: str, code: int = 0) -> str:
    found = main(list(words))
    captured = capture.readouterr()
    assert found == code, captured.err
    assert "Traceback" not in captured.err
    return captured.out


def test_run_shows_every_part(shop: Path, capsys: Capture) -> None:
    wanted = (
        "segment,title,size,base,as_of\n"
        "ages.young,Jung,0,8,2025-06-01T00:00+02:00\n"
        "ages.town,,3,8,2025-06-01T00:00+02:00\n"
        "ages.others,,5,8,2025-06-01T00:00+02:00\n"
    )
    for what in ("ages", "segments/ages.seg"):
        assert out(capsys, "run", what, "--as-of", AS_OF) == wanted
    table = out(capsys, "run", "ages", "--as-of", AS_OF, "--format", "table")
    assert "  ages.others  –         5  62.5 %\n" in table
    words = ["run", "ages", "--as-of", AS_OF, "--param", "adult=40"]
    assert "ages.young,Jung,2,8" in out(capsys, *words)
    assert "ages.town,,3,8" in out(capsys, "run", "segments", "--as-of", AS_OF)


def test_run_and_compile_a_part(shop: Path, capsys: Capture) -> None:
    assert out(capsys, "run", "ages.town", "--count") == "3\n"
    assert out(capsys, "run", "in segment ages.town", "--count") == "3\n"
    assert out(capsys, "run", "koeln", "--count") == "3\n"
    assert out(capsys, "compile", "ages.young").startswith("-- ages.young: Jung\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "ages", "--count"], "not with a partition"),
        (["run", "ages", "--limit", "3"], "not with a partition"),
        (["run", "ages", "--with", "age"], "not with a partition"),
        (["run", "ages", "--format", "keys"], "can't be told as keys"),
        (["run", "ages", "--param", "n=3"], "there is no parameter `n`"),
        (["compile", "ages"], "is a partition"),
        (["run", "ages.tawn"], "did you mean the segment `ages.town`?"),
    ],
)
def test_calls_that_can_not_work(
    words: list[str], said: str, shop: Path, capsys: Capture
) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_check_tells_of_a_shared_mistake_in_its_file(
    shop: Path, capsys: Capture
) -> None:
    Path("segments/names.seg").write_text("let lately = bougt\nlet sporty = age > 3")
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert "segments/names.seg:1:14" in told
    assert "1 error," in told
    Path("segments/sport.seg").write_text("lately and not lately")
    assert main(["check", "segments/sport.seg"]) == 1
    told = capsys.readouterr().err
    assert "error[E250]: the shared `let` `lately` has mistakes of its own" in told
    assert "1 file, 1 error," in told
    assert main(["check", "segments/names.seg"]) == 1
    assert "E201" in capsys.readouterr().err
