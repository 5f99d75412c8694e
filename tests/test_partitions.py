"""Partitions by an event's day: no event of a window lies in one that is not read."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_engine_duckdb import literal, write

from segql.catalog.nodes import Column, Partitioning
from segql.diagnostics import SegqlError
from segql.engines import Connection
from segql.model.windows import local_day
from segql.plan.partitions import (
    first_partition,
    last_partition,
    partition_of,
    written,
)
from segql.project import Project
from segql.types import TEXT
from segql.warehouse.doctor import examine

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Havana",  # set back from one to midnight
    "America/Sao_Paulo",  # set back from midnight to eleven of the day before
    "America/Juneau",  # set back a whole day in 1867
    "Pacific/Apia",  # left out a day in 2011
    "Pacific/Kiritimati",
    "Etc/GMT+12",
]
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
FORMS = ["YYYY-MM-DD", "YYYYMMDD", "YYYY-MM", "YYYYMM", "YYYY"]


def moments() -> st.SearchStrategy[datetime]:
    """Instants, many of them near a change of some clock."""
    changes = [
        datetime(2017, 2, 19, 2, tzinfo=UTC),  # São Paulo
        datetime(2026, 10, 25, 1, tzinfo=UTC),  # Berlin
        datetime(2026, 11, 1, 5, tzinfo=UTC),  # Havana
        datetime(1867, 10, 19, 0, 31, tzinfo=UTC),  # Juneau
        datetime(2011, 12, 30, 10, tzinfo=UTC),  # Apia
    ]
    near = st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes),
        st.sampled_from(changes),
        st.integers(-3000, 3000),
    )
    low, high = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)
    return near | st.datetimes(low, high, timezones=st.just(UTC))


@given(moments(), moments(), moments(), st.sampled_from(ZONES), st.sampled_from(FORMS))
def test_no_event_of_a_window_is_left_out(
    one: datetime, two: datetime, three: datetime, zone: str, form: str
) -> None:
    start, event, end = sorted([one, two, three])
    held = written(local_day(event, zone), form)
    assert written(first_partition(start, zone), form) <= held
    if event < end:
        assert held <= written(last_partition(end, zone), form)


@given(moments(), st.sampled_from(ZONES))
def test_few_partitions_are_read_in_vain(start: datetime, zone: str) -> None:
    if 2 < start.year < 9998:
        day = local_day(start, zone)
        assert first_partition(start, zone) in (day, day - timedelta(days=1))
        end = start + timedelta(days=7)
        read = last_partition(end, zone) - first_partition(start, zone)
        assert read <= timedelta(days=10)


def test_bounds_without_a_change_of_the_clock_are_exact() -> None:
    start = datetime(2026, 5, 1, 22, tzinfo=UTC)
    assert first_partition(start, "Europe/Berlin") == date(2026, 5, 2)
    assert last_partition(start, "Europe/Berlin") == date(2026, 5, 1)
    assert first_partition(start, "UTC") == last_partition(start, "UTC")


def test_the_partition_of_a_time() -> None:
    parted = Partitioning(Column(("p",), type=TEXT), "YYYYMM", "America/New_York")
    midnight = datetime(2026, 5, 1, 2)
    for time in (midnight, midnight.replace(tzinfo=UTC), "2026-05-01 02:00:00"):
        assert partition_of(time, parted, "UTC") == "202604"
    assert partition_of(date(2026, 5, 1), parted, "UTC") == "202604"
    assert partition_of(date(2026, 5, 1), parted, "America/New_York") == "202605"


# Over files.

CATALOG = """
entity: {table: people, key: id, zone: Europe/Berlin}
events:
  viewed:
    table: views
    customer: person
    time: {column: seen_at, type: timestamp, zone: UTC}
    partitioned_by: PARTED
    properties: {page: text}
  watched:
    table: views
    customer: person
    time: {column: seen_at, type: timestamp, zone: UTC}
    properties: {page: text}
"""


def project(
    folder: Path, parted: str = "{column: day, type: date, zone: UTC}"
) -> Project:
    (folder / "segments").mkdir(exist_ok=True)
    (folder / "segql.yaml").write_text("connection: {engine: duckdb, files: data}\n")
    (folder / "catalog.yaml").write_text(CATALOG.replace("PARTED", parted))
    return Project.load(folder)


def fill(folder: Path, kind: str, day: str = "t::DATE") -> None:
    """Ten views a day by ten people, one in each hour from midnight on in UTC."""
    write(folder / "data" / "people.parquet", "SELECT i AS id FROM range(10) r(i)")
    times = (
        "SELECT TIMESTAMP '2026-01-01' + to_days(d::INTEGER) AS t FROM range(151) r(d)"
    )
    rows = (
        f"SELECT i AS person, t + to_hours(i::INTEGER) AS seen_at, 'home' AS page,"
        f" {day} AS day FROM ({times}), range(10) r(i)"
    )
    views = literal(str(folder / "data" / "views"))
    with duckdb.connect() as con:
        if kind != "json":
            con.execute(f"COPY ({rows}) TO {views} (FORMAT {kind}, PARTITION_BY (day))")
            return
        con.execute(f"CREATE TABLE r AS {rows}")  # DuckDB 1.5 parts no JSON
        for (each,) in con.execute("SELECT DISTINCT day FROM r").fetchall():
            part = folder / "data" / "views" / f"day={each}" / "part.json"
            part.parent.mkdir(parents=True)
            some = f"SELECT * EXCLUDE day FROM r WHERE day::VARCHAR = '{each}'"
            con.execute(f"COPY ({some}) TO {literal(str(part))}")


@pytest.fixture
def views(tmp_path: Path) -> Iterator[tuple[Project, Connection]]:
    fill(tmp_path, "parquet")
    found = project(tmp_path)
    with found.connect() as connection:
        yield found, connection


def files_read(plan: str) -> set[str]:
    return set(re.findall(r"Scanning Files:\s*(\d+/\d+)", plan.replace("│", " ")))


RULES = {
    "viewed in last 7 days": 7,
    "viewed in last 7 days >= 3": 7,
    "not viewed in last 7 days": 7,
    "viewed in 2026-05-01": 2,
    "viewed in 2026-02": 29,
    "viewed before 2026-01-03": 2,
    "count(viewed in last 3 days) > count(viewed in last 5 days)": 5,
}


@pytest.mark.parametrize("rule", RULES)
def test_a_window_reads_its_partitions_alone(
    views: tuple[Project, Connection], rule: str
) -> None:
    project, connection = views
    segment = project.compile(rule, as_of=AS_OF)
    members = segment.members(connection)
    assert f"{RULES[rule]}/151" in files_read(members.engine_plan())
    same = project.compile(rule.replace("viewed", "watched"), as_of=AS_OF)
    assert sorted(members) == sorted(same.members(connection))
    assert ("views", "day") in segment.columns


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_partitions_of_other_files_prune_as_well(tmp_path: Path, kind: str) -> None:
    fill(tmp_path, kind, "strftime(t, '%Y%m%d')")
    parted = "{column: day, type: integer, form: YYYYMMDD, zone: UTC}"
    found = project(tmp_path, parted)
    with found.connect() as connection:
        members = found.compile("viewed in last 7 days", as_of=AS_OF)
        plan = members.members(connection).engine_plan()
        assert files_read(plan) == {"7/151"}
        assert "page" not in plan
        assert members.members(connection).count() == 10


def test_the_doctor_looks_whether_it_holds(tmp_path: Path) -> None:
    fill(tmp_path, "parquet")
    for parted, wanted in {
        "{column: day, type: date, zone: UTC}": None,
        "{column: day, type: date, zone: Europe/Berlin}": None,
        "{column: day, type: date, zone: America/New_York}": "151 of 151",
        "{column: day, type: text, form: YYYY-MM-DD, zone: UTC}": "E532",
    }.items():
        found = project(tmp_path, parted)
        with found.connect() as connection:
            told = examine(found.catalog, connection, AS_OF)
        shown = [f"{each.code} {each.message}" for each in told]
        if wanted is None:
            assert shown == []
        else:
            assert [each for each in shown if wanted in each], shown
    write(
        tmp_path / "data" / "views" / "day=2026-05-01" / "late.parquet",
        "SELECT 1::BIGINT AS person, TIMESTAMP '2026-05-02' AS seen_at, 'x' AS page",
    )
    none = "day=__HIVE_DEFAULT_PARTITION__"
    write(
        tmp_path / "data" / "views" / none / "late.parquet",
        "SELECT 1::BIGINT AS person, TIMESTAMP '2026-05-02' AS seen_at, 'x' AS page",
    )
    found = project(tmp_path)
    with found.connect() as connection:
        [told_of] = examine(found.catalog, connection, AS_OF)
    assert told_of.code == "E546"
    assert told_of.message == (
        "`viewed`: 2 of 152 values of `day` stand beside events of other times"
    )
    assert found.catalog.source.slice(told_of.span) == "partitioned_by"


@pytest.mark.parametrize(
    ("parted", "wanted"),
    [
        ("{column: day, type: date}", "E647"),
        ("{column: day, type: text, zone: UTC}", "E647"),
        ("{column: day, type: integer, form: YYYY-MM-DD, zone: UTC}", "E647"),
        ("{column: day, type: date, form: YYYY, zone: UTC}", "E633"),
        ("{column: day, type: timestamp, zone: UTC}", "E632"),
        ("{column: day, type: text, form: DDMMYYYY, zone: UTC}", "E614"),
        ("{column: day, type: date, zone: Berlin}", "E634"),
        ("{column: nope, type: date, zone: UTC}", "E531"),
    ],
)
def test_what_can_be_wrong_with_it(tmp_path: Path, parted: str, wanted: str) -> None:
    write(tmp_path / "data" / "people.parquet", "SELECT 1 AS id")
    write(
        tmp_path / "data" / "views.parquet",
        "SELECT 1 AS person, TIMESTAMP '2026-05-02' AS seen_at, 'x' AS page,"
        " DATE '2026-05-02' AS day",
    )
    with pytest.raises(SegqlError) as raised:
        project(tmp_path, parted).compile("viewed").members().count()
    codes = [each.code for each in raised.value.diagnostics]
    assert codes == [wanted]
