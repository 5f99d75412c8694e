"""`segql diff`: what changed in words, what it does, who enters and who leaves."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import jsonschema
import pytest
from cli_shop import AS_OF, make_shop

import segql
from segql.cli import main

Capture = pytest.CaptureFixture[str]
Put = Callable[[str, str | None], None]
SCHEMA = Path(__file__).parents[1] / "grammar" / "diff.schema.json"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_shop(tmp_path / "shop")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return folder


def call(capsys: Capture, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["diff", *words])
    out, err = capsys.readouterr()
    return code, out, err


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    more = ["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
    subprocess.run(
        ["git", *who, *more, *words], cwd=folder, check=True, capture_output=True
    )


def commit(folder: Path, message: str = "x") -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message, "--allow-empty")


@pytest.fixture
def kept(shop: Path) -> Path:
    """The shop, in a repository of its own."""
    git(shop, "init", "-q")
    commit(shop)
    return shop


def put(folder: Path, name: str, text: str | None) -> None:
    file = folder / "segments" / f"{name}.seg"
    if text is None:
        file.unlink()
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


# ---- two rules

PAIRS = [
    ("age 25..34", "age 25..34", 0, "equal, nothing differs"),
    ("age 25..34", "age  25..34  # so", 0, "equal, only comments and layout differ"),
    ("age 25..34", "age 25..39", 1, "wider"),
    ("age 25..34", "age 25..30", 1, "narrower"),
    ("age 25..34", "age 20..30", 1, "neither wider nor narrower"),
    ("age >= 25", "not (age < 25 or age is missing)", 0, "equal, said in another way"),
    ("age > 3 and newsletter", "newsletter and age > 3", 0, "said in another way"),
    ("let y = age > 3\nwhere y", "age > 3", 0, "equal, only lets changed"),
    ("bought >= 2", "bought >= 1", 1, "wider"),
    ("everyone", "nobody", 1, "narrower"),
    ('top 10% by income and city = "Köln"', "top 20% by income", 1, "wider"),
]


@pytest.mark.parametrize(("old", "new", "wanted", "said"), PAIRS)
def test_two_rules(
    shop: Path, capsys: Capture, old: str, new: str, wanted: int, said: str
) -> None:
    code, out, err = call(capsys, old, new)
    assert (code, err) == (wanted, "")
    assert out.split("\n")[0].endswith(said)


def test_names_and_files(shop: Path, capsys: Capture) -> None:
    put(shop, "jung", "age < 30")
    code, out, _ = call(capsys, "koelner", "segments/jung.seg")
    assert code == 1
    assert out.startswith("koelner → segments/jung.seg: neither")
    assert '  - city = "Köln"\n  + age < 30\n' in out


def test_conditions_that_read_as_before(shop: Path, capsys: Capture) -> None:
    put(shop, "a", "param n: integer = 1\nwhere newsletter and bought >= n\n")
    put(shop, "b", "param n: integer = 2\nwhere newsletter and bought >= n\n")
    code, out, _ = call(capsys, "a", "b")
    assert code == 1
    assert out.startswith("a → b: narrower\n\n    all of\n  ~ bought >= n  (through")
    code, out, _ = call(capsys, "a", "b", "--param", "n=2")
    assert code == 0
    assert call(capsys, "a", "b", "--param", "m=2")[0] == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["koelner"], 2, "E701"),
        (["koelner", "nope"], 2, "E703"),
        (["koelner", "segments"], 2, "E701"),
        (["koelner", "stufen"], 2, "E701"),
        (["koelner", "stufen.neu"], 1, ""),
        (["koelner", "agee > 3"], 1, "E201"),
        (["koelner", "kaeufer", "alle"], 2, "E701"),
        (["koelner", "kaeufer", "--only", "alle"], 2, "E701"),
        (["koelner", "segments/nope.seg"], 2, "E704"),
        (["koelner", "kaeufer", "--limit", "3"], 2, "E701"),
        (["koelner", "kaeufer", "--on", "nope"], 2, "E710"),
        (["koelner", "kaeufer", "--as-of", "2025"], 2, "E218"),
        ([], 2, "E751"),
        (["main"], 2, "E751"),
        (["--rev", "koelner"], 2, "E751"),
    ],
)
def test_calls(
    shop: Path, capsys: Capture, words: list[str], code: int, said: str
) -> None:
    stages = "partition stufen\nsegment neu where age < 30\nelse alt\n"
    put(shop, "stufen", stages)
    found, _, err = call(capsys, *words)
    assert (found, said in err) == (code, True), err
    assert "E799" not in err


def test_what_is_told_of_a_rule_is_harmless(shop: Path, capsys: Capture) -> None:
    nasty = 'city = "a|b`c<b>*x* @who https://x.example [l](u) \\u{1b}[31m"'
    put(shop, "a", nasty)
    put(shop, "b", "newsletter")
    for way in ("text", "markdown", "json"):
        _, out, _ = call(capsys, "a", "b", "--format", way)
        assert "\x1b" not in out
        assert "Köln" not in out
    _, out, _ = call(capsys, nasty, "newsletter", "--format", "markdown")
    outside = "".join(out.split("```")[::2])
    for sign in ("<b>", "*x*", "@who", "https:", "[l]", "`c"):
        assert sign not in outside


def test_partitions(shop: Path, capsys: Capture) -> None:
    put(shop, "a", "partition a\nsegment x where age < 30\nelse y\n")
    put(
        shop,
        "b",
        'partition b "B"\nsegment z where age > 80\nsegment x where age < 30\nelse y\n',
    )
    code, out, _ = call(capsys, "a", "segments/b.seg", "--members", "--as-of", AS_OF)
    assert code == 1
    assert "a → segments/b.seg: only parts and title changed\n" in out
    assert "a.x → segments/b.x: equal, nothing differs\n" in out
    assert "a.y → segments/b.y: affected, narrower\n" in out
    assert "segments/b.z: added\n\n    members: 0 → 0\n" in out
    put(shop, "b", "# so\npartition b segment x where age < 30 else y")
    code, out, _ = call(capsys, "a", "b")
    assert code == 0
    assert "only comments" in out or "description" in out


# ---- members


def test_members(shop: Path, capsys: Capture) -> None:
    old, new = 'age 25..34 and city = "Köln"', "age 25..49 and newsletter"
    code, out, _ = call(capsys, old, new, "--members", "--as-of", AS_OF, "--show-keys")
    assert code == 1
    # before: k1, k8; now: k1, k4, k5
    assert "members: 2 → 3\n" in out
    assert "2 enter:" in out
    assert '      2 failed, 1 this alone: - city = "Köln"\n' in out
    assert "      1 failed, 0 this alone: - age 25..34\n" in out
    assert "k4, k5\n" in out
    assert "1 leaves:\n      1 fail: + newsletter\n      k8\n" in out


def test_members_of_either_condition(shop: Path, capsys: Capture) -> None:
    old, new = 'city = "Köln" or age > 50', "newsletter or age > 50"
    _, out, _ = call(
        capsys, old, new, "--members", "--as-of", AS_OF, "--format", "json"
    )
    members = json.loads(out)["segments"][0]["members"]
    assert [members[way] for way in ("old", "new", "enter", "leave")] == [
        4,  # k1, k6, k7, k8
        5,  # k1, k4, k5, k6, k7
        2,
        1,
    ]


def test_keys_are_written_whole(shop: Path, capsys: Capture) -> None:
    old, new = 'city = "Köln"', "newsletter"
    code, out, _ = call(capsys, old, new, "--keys", "keys.csv", "--as-of", AS_OF)
    assert code == 1
    assert "k8" not in out
    rows = (shop / "keys.csv").read_text().splitlines()
    assert rows[0] == "segment,change,key"
    assert sorted(rows[1:]) == [
        "newsletter,enters,k4",
        "newsletter,enters,k5",
        "newsletter,leaves,k8",
    ]
    (shop / "data" / "customers.csv").unlink()
    assert call(capsys, old, new, "--keys", "more.csv")[0] == 3
    assert not (shop / "more.csv").exists()


# ---- revisions


def kinds(capsys: Capture, *words: str) -> dict[str, str]:
    code, out, err = call(capsys, *words, "--format", "json")
    assert code in (0, 1), err
    found = json.loads(out)
    return {each["new"] or each["old"]: each["kind"] for each in found["segments"]}


def test_what_happened_to_segments(kept: Path, capsys: Capture) -> None:
    assert call(capsys)[:2] == (
        0,
        "HEAD → the files as they are\n\nno segment changed; 3 segments as before\n",
    )
    put(kept, "koelner", None)
    put(kept, "cologne", 'segment cologne\nwhere city = "Köln"\n')
    put(kept, "shared", "let jung = age ..25\n")
    put(kept, "junge", "jung")
    commit(kept)
    put(kept, "shared", "let jung = age ..24\n")
    put(kept, "über uns", "in segment junge and newsletter")
    put(kept, "bruecke/alle", "everyone # all\n")
    put(kept, "kaeufer", None)
    found = {
        "junge": "affected",
        "über uns": "added",
        "alle": "layout",
        "kaeufer": "removed",
    }
    assert kinds(capsys) == found
    assert kinds(capsys, "HEAD") == found
    assert kinds(capsys, "HEAD~1..HEAD") == {"junge": "added", "cologne": "renamed"}
    assert kinds(capsys, "HEAD~1", "HEAD") == {"junge": "added", "cologne": "renamed"}
    assert kinds(capsys, "HEAD~1") == found | {"junge": "added", "cologne": "renamed"}
    assert kinds(capsys, "--only", "junge") == {"junge": "affected"}
    assert kinds(capsys, "--only", "segments/bruecke") == {"alle": "layout"}
    assert kinds(capsys, "--only", "segments/kaeufer.seg") == {"kaeufer": "removed"}
    assert call(capsys, "--only", "nope")[0] == 2
    _, out, _ = call(capsys)
    assert "junge: affected, narrower\n\n    through let jung of shared.seg\n" in out


def test_a_branch(kept: Path, capsys: Capture) -> None:
    git(kept, "checkout", "-q", "-b", "feature")
    put(kept, "neu", "newsletter")
    commit(kept)
    git(kept, "checkout", "-q", "main")
    put(kept, "andere", "newsletter")
    commit(kept)
    assert kinds(capsys, "main...feature") == {"neu": "added"}
    assert kinds(capsys, "main..feature") == {"neu": "renamed"}
    git(kept, "checkout", "-q", "feature")
    assert kinds(capsys, "main...") == {"neu": "added"}


def test_an_own_name_is_no_revision(kept: Path, capsys: Capture) -> None:
    git(kept, "branch", "koelner")
    git(kept, "branch", "kaeufer")
    put(kept, "neu", "newsletter")
    code, out, _ = call(capsys, "koelner", "kaeufer")
    assert out.startswith("koelner → kaeufer: ")
    assert kinds(capsys, "--rev", "koelner") == {"neu": "added"}
    assert kinds(capsys, "--rev", "koelner", "kaeufer") == {}
    code, _, err = call(capsys, "koelner")
    assert (code, "--only koelner" in err) == (2, True)


@pytest.mark.parametrize(
    "word",
    ["nope", "HEAD:segql.yaml", "HEAD~99", "main^{tree}", "-x..HEAD", "", "..."],
)
def test_what_is_no_revision(kept: Path, capsys: Capture, word: str) -> None:
    code, out, err = call(capsys, "--rev", "--", word)
    if word == "...":  # HEAD...HEAD
        assert code == 0, err
    else:
        assert (code, out) == (2, "")
        assert "E752" in err


def test_a_project_in_a_folder_of_a_repository(
    tmp_path: Path, shop: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "other.seg").write_text("not for us")
    commit(tmp_path)
    put(shop, "neu", "newsletter")
    assert kinds(capsys) == {"neu": "added"}
    monkeypatch.chdir(tmp_path)
    assert kinds(capsys, "--project", "shop") == {"neu": "added"}
    monkeypatch.chdir(shop / "segments")
    assert kinds(capsys) == {"neu": "added"}
    monkeypatch.setenv("GIT_DIR", ".git")  # as in a hook
    assert kinds(capsys) == {"neu": "added"}


def test_a_project_that_was_not_there(tmp_path: Path, capsys: Capture) -> None:
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    folder = str(make_shop(tmp_path / "shop"))
    found = kinds(capsys, "--project", folder)
    assert found == dict.fromkeys(["alle", "kaeufer", "koelner"], "added")
    commit(tmp_path)
    code, _, err = call(capsys, "--project", folder, "HEAD~1..HEAD~1")
    assert (code, "E754" in err) == (2, True)


def test_mistakes_on_one_side(kept: Path, capsys: Capture) -> None:
    put(kept, "koelner", "cty = 3")
    code, out, _ = call(capsys)
    assert code == 1
    assert "koelner: the new one has mistakes" in out
    assert "E201" in out
    commit(kept)
    put(kept, "koelner", 'city = "Köln"')
    code, out, _ = call(capsys)
    assert code == 1
    assert "the old one: E201" in out
    assert "(HEAD:segments/koelner.seg:1:1)" in out


def test_a_catalog_with_mistakes(kept: Path, capsys: Capture) -> None:
    file = kept / "catalog.yaml"
    good = file.read_text("utf-8")
    file.write_text(good.replace("age: integer", "age: intger"), "utf-8")
    commit(kept)
    file.write_text(good, "utf-8")
    code, out, err = call(capsys)
    assert (code, out) == (1, "")
    assert "--> HEAD:catalog.yaml:" in err
    assert kinds(capsys, "HEAD~1") == {}
    file.unlink()
    assert call(capsys)[0] == 1
    assert call(capsys, "HEAD~1..HEAD~1")[0] == 0


def test_a_catalog_that_reads_elsewhere(kept: Path, capsys: Capture) -> None:
    file = kept / "catalog.yaml"
    text = file.read_text("utf-8")
    other = "city: {type: text, column: joined, stored: text, synonyms: [Ort]}"
    file.write_text(text.replace("city: {type: text, synonyms: [Ort]}", other), "utf-8")
    code, out, _ = call(capsys, "--as-of", AS_OF)
    assert code == 1
    assert "koelner: affected, unknown\n\n    through the catalog's city\n" in out
    assert "the catalogs differ about `city`" in out
    # each side as its own catalog has it
    bad = text.replace("city: {type: text", "city: {type: text, empty: missing")
    file.write_text(bad, "utf-8")
    code, out, _ = call(capsys, "--members", "--as-of", AS_OF, "--show-keys")
    assert "members: 3 → 3\n    0 enter\n    0 leave\n" in out


def test_words_of_the_catalog_mean_nothing(kept: Path, capsys: Capture) -> None:
    file = kept / "catalog.yaml"
    text = file.read_text("utf-8")
    text = text.replace("synonyms: [Ort]", "description: the city, values: [Köln]")
    file.write_text(text, "utf-8")
    code, out, _ = call(capsys)
    assert code == 0
    assert "attribute city" in out


def test_links(kept: Path, capsys: Capture, tmp_path: Path) -> None:
    (kept / "segments" / "zwei.seg").symlink_to("koelner.seg")
    commit(kept)
    assert kinds(capsys, "HEAD~1..HEAD") == {"zwei": "added"}
    (kept / "segments" / "drei.seg").symlink_to(tmp_path / "away.seg")
    (tmp_path / "away.seg").write_text("newsletter")
    commit(kept)
    code, _, err = call(capsys, "HEAD~1..HEAD")
    assert (code, "E753" in err) == (2, True)


def test_no_git(kept: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(kept))
    code, _, err = call(capsys)
    assert (code, "E750" in err) == (2, True)
    assert call(capsys, "koelner", "kaeufer")[0] == 1


def test_line_ends_are_no_change(kept: Path, capsys: Capture) -> None:
    for name in ("koelner", "kaeufer"):
        file = kept / "segments" / f"{name}.seg"
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert kinds(capsys) == {}


def test_odd_trees(kept: Path, capsys: Capture, tmp_path: Path) -> None:
    """What is no definition file of ours, or too large, or of another kind."""
    (kept / "segments" / "big.seg").write_text("age > 3 #" + "x" * 2_000_000)
    (kept / "segments" / "bytes.seg").write_bytes(b"age > 3 # \xff")
    (kept / "segments" / "notes.md").write_text("x")
    git(kept, "init", "-q", "segments/inner")  # a repository inside, as submodules are
    put(kept / "segments" / "inner", "x", "not ours")
    commit(kept / "segments" / "inner")
    (kept / "segments" / "zwei\nZeilen \u202e.seg").write_text("age > 3")
    commit(kept)
    found = kinds(capsys, "HEAD~1..HEAD")
    assert found == {
        "big": "added",
        "bytes": "added",
        "zwei\nZeilen \u202e": "added",
    }
    code, out, _ = call(capsys, "HEAD~1..HEAD")
    assert code == 1
    assert "E111" in out
    assert "E115: HEAD:segments/bytes.seg is not UTF-8 text" in out
    assert "\u202e" not in out


def test_segments_elsewhere_in_the_repository(
    tmp_path: Path, shop: Path, capsys: Capture
) -> None:
    project = (shop / "segql.yaml").read_text("utf-8")
    (shop / "segments").rename(tmp_path / "rules")
    (shop / "segql.yaml").write_text(project + "segments: ../rules\n", "utf-8")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    (tmp_path / "rules" / "neu.seg").write_text("newsletter")
    assert kinds(capsys) == {"neu": "added"}
    (shop / "segql.yaml").write_text(project + "segments: ../../rules\n", "utf-8")
    commit(tmp_path)
    code, _, err = call(capsys)
    assert (code, "E753" in err) == (2, True)


def test_only_what_may_differ_is_looked_at(
    kept: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Random(5)
    names = [f"n{i}" for i in range(24)]

    def text(i: int) -> str:
        other = f" and not in segment {chance.choice(names[:i])}" if i > 2 else ""
        share = chance.choice(("", " and jung", " and alt", " and in segment st.a"))
        return f"age > {chance.randrange(4)}{other}{share}\n"

    lets = "let jung = age < {}\nlet alt = age > {}\n"
    put(kept, "shared", lets.format(30, 60))
    put(kept, "st", "partition st\nsegment a where age < 9\nelse b\n")
    for i, name in enumerate(names):
        put(kept, name, text(i))
    commit(kept)
    every = lambda self, old, new: {*old, *new}  # noqa: E731
    for attempt in range(4):
        if attempt % 2:
            put(kept, "shared", lets.format(30 + attempt, 60))
        else:
            put(kept, "st", f"partition st\nsegment a where age < {attempt}\nelse b\n")
        for i in chance.sample(range(24), attempt % 3):
            put(kept, names[i], text(i))
        quick = call(capsys, "--format", "json")
        with monkeypatch.context() as patched:
            patched.setattr("segql.insight.diff_project._Compared.touched", every)
            assert call(capsys, "--format", "json") == quick
        assert json.loads(quick[1])["segments"]


def test_formats(kept: Path, capsys: Capture) -> None:
    put(kept, "koelner", 'city = "Köln" and age > 3')
    put(kept, "neu", "newsletter")
    put(kept, "kaeufer", "agee > 3")
    words = ("--members", "--as-of", AS_OF)
    code, out, _ = call(capsys, *words, "--format", "json", "--show-keys")
    assert code == 1
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(out)
    jsonschema.validate(document, schema)
    segments = {each["new"]: each for each in document["segments"]}
    assert segments["koelner"]["verdict"] == "narrower"
    assert segments["koelner"]["members"]["leave"] == 0
    assert segments["neu"]["members"]["enter"] == 4
    assert segments["kaeufer"]["errors"]["new"][0]["code"] == "E201"
    _, out, _ = call(capsys, *words, "--format", "markdown")
    assert "| segment | change | meaning | before | now | enter | leave |\n" in out
    assert "| <code>koelner</code> | changed | narrower | 3 | 3 | 0 | 0 |\n" in out
    assert out.count("<details>") == out.count("</details>") == 3


def test_markdown_fits_a_comment(kept: Path, capsys: Capture) -> None:
    for i in range(300):
        put(kept, f"segment number {i}", f"age > {i}")
    commit(kept)
    for i in range(300):
        put(kept, f"segment number {i}", f"age > {i + 1}")
    _, out, _ = call(capsys, "--format", "markdown")
    assert len(out) < 65_000
    assert "\nAnd 100 more.\n" in out
    assert out.endswith(" more are left out: `segql diff` tells them.\n")
    assert out.count("<details>") == out.count("</details>")
    assert out.count("```") % 2 == 0


# ---- in Python


def test_the_api(kept: Path) -> None:
    project = segql.Project.load(kept)
    found = project.diff("koelner", 'city = "Köln" and newsletter')
    assert found.meaning is not None
    assert found.meaning.verdict == "narrower"
    with project.connect() as connection:
        found = project.diff("koelner", "newsletter", connection=connection)
    assert found.moved is not None
    assert (found.moved.enter, found.moved.leave) == (2, 1)
    put(kept, "neu", "newsletter")
    found_all = project.changes()
    assert [each.kind for each in found_all.segments] == ["added"]
    assert project.changes("HEAD", "HEAD").differs is False
