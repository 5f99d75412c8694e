"""The public API, as somebody embeds it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import segql

SHOP = Path(__file__).parents[1] / "examples/shop"
AS_OF = datetime(2026, 6, 1, tzinfo=ZoneInfo("Europe/Berlin"))
RULE = 'age 25..34 and city = "Berlin" and bought("sport") >= 3'


@pytest.fixture(scope="module")
def project() -> segql.Project:
    return segql.Project.load(SHOP)


def test_members_in_every_form(project: segql.Project) -> None:
    segment = project.compile(RULE, as_of=AS_OF)
    members = segment.members()
    keys = sorted(members)
    assert len(keys) == members.count() == 18
    table = members.arrow()
    assert table.column_names == ["customer_id"]
    assert sorted(table.column(0).to_pylist()) == keys
    assert sorted(members.pandas()["customer_id"]) == keys
    assert sorted(members.polars()["customer_id"]) == keys


def test_attributes_and_limit(project: segql.Project) -> None:
    segment = project.compile(RULE, as_of=AS_OF)
    table = segment.members(attributes=("city", "age"), limit=3).arrow()
    assert table.column_names == ["customer_id", "city", "age"]
    assert table.column("city").to_pylist() == ["Berlin"] * 3
    assert table.column(0).to_pylist() == sorted(segment.members())[:3]


def test_attributes_and_limits_that_there_are_not(project: segql.Project) -> None:
    segment = project.compile(RULE, as_of=AS_OF)
    wrong: list[dict[str, Any]] = [
        {"attributes": ("nope",)},
        {"attributes": "city"},
        {"limit": -1},
        {"limit": "1 OFFSET 1"},
        {"limit": 1.5},
    ]
    for asked in wrong:
        with pytest.raises(ValueError, match=r"attribute|limit"):
            segment.members(**asked)
        with pytest.raises(ValueError, match=r"attribute|limit"):
            segment.sql(**asked)


def test_one_connection_for_many(project: segql.Project) -> None:
    with project.connect() as connection:
        for name in ("vip_by_mail", "never_bought"):
            segment = project.segment(name, as_of=AS_OF)
            assert list(segment.members(connection))


def test_a_closed_connection(project: segql.Project) -> None:
    with project.connect() as connection:
        members = project.compile(RULE, as_of=AS_OF).members(connection)
        assert members.count() == 18
    for read in (members.count, members.arrow):
        with pytest.raises(segql.SegqlError) as raised:
            read()
        assert [each.code for each in raised.value.diagnostics] == ["E509"]


def test_nobody(project: segql.Project) -> None:
    members = project.compile("nobody", as_of=AS_OF).members()
    assert list(members) == []
    assert members.count() == 0
    assert members.arrow().num_rows == 0


def test_what_a_segment_says_of_itself(project: segql.Project) -> None:
    segment = project.compile(RULE, as_of=AS_OF)
    assert segment.attributes == ("age", "city")
    assert segment.events == ("bought",)
    assert ("customers", "age") in segment.columns
    assert ("products", "category") in segment.columns
    assert segment.as_of == datetime(2026, 5, 31, 22, tzinfo=UTC)
    assert segment.diagnostics == ()
    assert (
        project.compile("age < 3 or age > 7 and bought").diagnostics[0].code == "W203"
    )


def test_a_naive_instant_is_in_the_business_zone(project: segql.Project) -> None:
    naive = project.compile("everyone", as_of=datetime(2026, 6, 1))
    assert naive.as_of == datetime(2026, 5, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize("bad", [date(2026, 6, 1), "2026-06-01", datetime(1, 1, 1)])
def test_what_is_no_as_of(project: segql.Project, bad: object) -> None:
    with pytest.raises(segql.SegqlError) as caught:
        project.compile("everyone", as_of=bad)  # type: ignore[arg-type]
    assert caught.value.diagnostics[0].code == "E218"


def test_all_mistakes_at_once(project: segql.Project) -> None:
    with pytest.raises(segql.SegqlError) as caught:
        project.compile('agee > 3 and city > 5 and bougt("x")')
    assert [each.code for each in caught.value.diagnostics] == ["E201", "E302", "E203"]
    assert "did you mean `age`?" in str(caught.value)


def test_parameters_are_values(project: segql.Project) -> None:
    text = (
        'param town: text = "Berlin" param n: integer where city = town and bought >= n'
    )
    with pytest.raises(segql.SegqlError) as caught:
        project.compile(text)
    assert caught.value.diagnostics[0].code == "E210"
    few = project.compile(text, params={"n": 3}, as_of=AS_OF)
    same = project.compile(text, params={"n": "3"}, as_of=AS_OF)
    assert set(few.members()) == set(same.members())
    odd = project.compile(text, params={"n": 0, "town": "x' or 1=1 --"}, as_of=AS_OF)
    assert list(odd.members()) == []
    for wrong in ({"n": "3; drop"}, {"n": 2.5}, {"n": True}, {"n": None}):
        with pytest.raises(segql.SegqlError) as caught:
            project.compile(text, params=wrong)
        assert caught.value.diagnostics[0].code == "E212"
    with pytest.raises(segql.SegqlError) as caught:
        project.compile(text, params={"n": 3, "m": 4})
    assert caught.value.diagnostics[0].code == "E211"


def test_unknown_names(project: segql.Project, tmp_path: Path) -> None:
    with pytest.raises(segql.SegqlError) as caught:
        project.segment("vip_by_male")
    assert "did you mean `vip_by_mail`?" in str(caught.value)
    with pytest.raises(segql.SegqlError) as caught:
        project.compile("everyone").sql("mssql2000")
    assert caught.value.diagnostics[0].code == "E404"
    with pytest.raises(segql.SegqlError) as caught:
        segql.Project.load(tmp_path)
    assert caught.value.diagnostics[0].code == "E116"


def test_every_dialect_compiles(project: segql.Project) -> None:
    from segql.sql.dialects import DIALECTS

    for name in project.segments:
        segment = project.segment(name, as_of=AS_OF)
        for dialect in DIALECTS:
            try:
                assert segment.sql(dialect)
            except segql.SegqlError as error:
                # A dialect without lists refuses a segment of them, and says so.
                assert {each.code for each in error.diagnostics} == {"E405"}


def test_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = SHOP.parents[1]
    (tmp_path / "examples").symlink_to(root / "examples")
    monkeypatch.chdir(tmp_path)
    text = (root / "README.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    names: dict[str, object] = {}
    exec(code, names)
    assert names["members"].count() == 18  # type: ignore[attr-defined]
    assert "duckdb" in segql.DIALECTS


def test_a_short_repr(project: segql.Project) -> None:
    segment = project.segment("vip_by_mail", as_of=AS_OF)
    assert repr(segment) == "<Segment vip_by_mail as of 2026-05-31T22:00:00+00:00>"
    assert len(repr(segment.members())) < 100


def test_what_is_no_rule(project: segql.Project) -> None:
    with pytest.raises(TypeError, match="a rule is a text"):
        project.compile(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a segment's name is a text, not NoneType"):
        project.segment(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"params are names with values, .* not str"):
        project.compile("age > 3", params="n=3")  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["1e3", "\u0663", "3 000", "", "0x3", "_3"])
def test_numbers_given_as_text_are_plain(project: segql.Project, written: str) -> None:
    with pytest.raises(segql.SegqlError) as caught:
        project.compile("param n: integer where bought >= n", params={"n": written})
    assert [each.code for each in caught.value.diagnostics] == ["E212"]


def test_a_reckoned_double_wants_no_scale(project: segql.Project) -> None:
    segment = project.compile("avg(bought.price / bought.price) > 3")
    (noted,) = segment.diagnostics
    assert noted.code == "W205"
    assert "scale" not in str(noted)


def test_threads_share_a_project(project: segql.Project) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def compiled(number: int) -> str:
        return project.compile(f"age > {number}", as_of=AS_OF).sql()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(compiled, range(200)))
    assert all(f"> {number}" in text for number, text in enumerate(found))
