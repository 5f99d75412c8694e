"""The members of many segments at once: as counts, as batches, as files."""

import resource
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
from pyarrow import parquet
from pyroaring import BitMap

from segql.cli import main
from segql.diagnostics import SegqlError
from segql.engines import Connection
from segql.memberships import Memberships
from segql.project import Project

SHOP = Path(__file__).parents[1] / "examples/shop"
MOMENT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop() -> Project:
    return Project.load(SHOP)


@pytest.fixture(scope="module")
def connection(shop: Project) -> Iterator[Connection]:
    with shop.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def every(shop: Project, connection: Connection) -> Memberships:
    return shop.together(as_of=MOMENT).on(connection)


@pytest.fixture(scope="module")
def wanted(every: Memberships, connection: Connection) -> dict[str, set[Any]]:
    """By segment, the members that it has alone."""
    return {each.name: set(each.members(connection)) for each in every.segments}


def test_counts(every: Memberships, wanted: dict[str, set[Any]]) -> None:
    assert len(wanted) > 40
    assert sum(map(bool, wanted.values())) > 35
    assert every.counts() == {name: len(keys) for name, keys in wanted.items()}


def test_batches(every: Memberships, wanted: dict[str, set[Any]]) -> None:
    found: dict[str, set[Any]] = {name: set() for name in wanted}
    for batch in every.batches():
        assert batch.schema.names == ["segment", "customer_id"]
        for row in batch.to_pylist():
            assert row["customer_id"] not in found[row["segment"]]
            found[row["segment"]].add(row["customer_id"])
    assert found == wanted


def test_long(every: Memberships, wanted: dict[str, set[Any]], tmp_path: Path) -> None:
    counts = every.write(tmp_path / "long.parquet")
    table = parquet.read_table(tmp_path / "long.parquet")
    rows = list(zip(*(table[n].to_pylist() for n in table.column_names), strict=True))
    assert len(rows) == sum(counts.values())
    assert set(rows) == {(name, key) for name in wanted for key in wanted[name]}


def test_wide(every: Memberships, wanted: dict[str, set[Any]], tmp_path: Path) -> None:
    every.write(tmp_path / "wide.parquet", "wide")
    rows = parquet.read_table(tmp_path / "wide.parquet").to_pylist()
    assert set(rows[0]) == {"customer_id", *wanted}
    for name, keys in wanted.items():
        assert {row["customer_id"] for row in rows if row[name]} == keys


def test_keys(every: Memberships, wanted: dict[str, set[Any]], tmp_path: Path) -> None:
    for _ in range(2):  # what was written so may be replaced
        every.write(tmp_path / "members", "keys")
    for name, keys in wanted.items():
        [file] = (tmp_path / "members" / f"segment={name}").glob("*.parquet")
        found = parquet.ParquetFile(file).read()["customer_id"].to_pylist()
        assert len(found) == len(set(found))
        assert set(found) == keys


def test_bitmaps(
    every: Memberships, wanted: dict[str, set[Any]], tmp_path: Path
) -> None:
    every.write(tmp_path / "bits", "bitmaps")
    customers = parquet.read_table(tmp_path / "bits" / "customers.parquet")
    keys = dict(
        zip(*(customers[n].to_pylist() for n in customers.column_names), strict=True)
    )
    rows = parquet.read_table(tmp_path / "bits" / "bitmaps.parquet").to_pylist()
    found = {each["segment"]: BitMap.deserialize(each["bitmap"]) for each in rows}
    assert {name: {keys[n] for n in bits} for name, bits in found.items()} == wanted
    assert all(each["members"] == len(wanted[each["segment"]]) for each in rows)


def test_what_is_shared(every: Memberships) -> None:
    every = replace(every, reading=0)
    text = every.explain()
    assert text.startswith(f"{len(every.segments)} segments, ")
    assert "customers: read once, with " in text
    assert "bought: read once, for " in text
    drawing = ElementTree.fromstring(every.picture())
    assert drawing.tag.endswith("svg")
    assert "segments: 40 of " in "".join(drawing.itertext())


def test_a_measure_keeps_its_name(shop: Project) -> None:
    """Whatever other rules there are."""
    names = [name for name in shop.segments if not name.startswith("l")]
    few = replace(shop.together(names, as_of=MOMENT), reading=0).measures
    many = replace(shop.together(as_of=MOMENT), reading=0).measures
    assert 'bought(category = "sport")' in few.values()
    assert few.items() < many.items()


def test_misuse(shop: Project) -> None:
    one = shop.compile("age > 30", as_of=MOMENT)
    with pytest.raises(ValueError, match="two segments are called rule"):
        shop.together([one, one])
    with pytest.raises(ValueError, match="no segment"):
        shop.together([])
    other = shop.segments[0]
    with pytest.raises(ValueError, match="different instants"):
        shop.together([one, other], as_of=datetime(2026, 6, 2, tzinfo=UTC))
    with pytest.raises(SegqlError):
        shop.together(["nobody_called_so"])


# ---- keys of all kinds

CATALOG = """
entity: {table: people, key: id, zone: UTC}
attributes: {age: integer}
events:
  did:
    table: deeds
    customer: who
    time: {column: happened_at, type: timestamp, zone: UTC}
    properties: {kind: text, amount: "decimal(9, 2)"}
"""
RULES = {
    "many": "did >= 2",
    "few": "did < 2 and age > 1",
    "sum": "sum(did.amount) > 1.5",
    "a": 'did(kind = "a") >= 1',
    "b": 'not did(kind = "b") in last 30 days',
}


def made(
    folder: Path, key: str, who: str, people: str = "", deeds: str = ""
) -> Project:
    (folder / "segments").mkdir(parents=True)
    (folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    settings = "connection: {engine: duckdb, database: people.duckdb}\n"
    (folder / "segql.yaml").write_text(settings, encoding="utf-8")
    for name, rule in RULES.items():
        (folder / "segments" / f"{name}.seg").write_text(rule, encoding="utf-8")
    with duckdb.connect(str(folder / "people.duckdb")) as connection:
        connection.execute(
            f"CREATE TABLE people AS SELECT ({key}) AS id, n % 3 AS age"
            f" FROM range(20) AS r(n) {people}"
        )
        connection.execute(
            f"CREATE TABLE deeds AS SELECT ({who}) AS who,"
            " TIMESTAMP '2026-05-20' - to_days((n % 50)::INT) AS happened_at,"
            " ['a', 'b', NULL][1 + n % 3] AS kind, (n / 10)::DECIMAL(9, 2) AS amount"
            f" FROM range(100) AS s(m), (SELECT m % 25 AS n) {deeds}"
        )
    return Project.load(folder)


def counted(project: Project) -> None:
    """All ways agree."""
    every = project.together(as_of=MOMENT)
    with project.connect() as connection:
        alone = {e.name: e.members(connection).count() for e in every.segments}
        for reading in (0, 1000):
            one = replace(every, connection=connection, reading=reading)
            assert one.counts() == alone
        assert len(set(alone.values())) > 2, "rules that tell customers apart"


@pytest.mark.parametrize(
    ("key", "who"),
    [
        ("n::INT", "n::BIGINT"),
        ("n::HUGEINT", "n::INT"),
        ("n * 1_000_000_007", "n * 1_000_000_007"),
        ("-n", "-n"),
        ("n::DECIMAL(12, 0)", "n::DECIMAL(18, 0)"),
        ("n::INT", "n * if(n % 4 = 0, 9_000_000_000, 1)"),
        ("n", "if(n % 4 = 0, n + 18446744073709551610::HUGEINT, n)"),
        ("n", "if(n % 4 = 0, n + 0.5, n)"),
        ("n + 18446744073709551610::HUGEINT", "n + 18446744073709551610::HUGEINT"),
        ("n + 0.5", "if(n % 4 = 0, n, n + 0.5)"),
        ("n::TINYINT", "n::UTINYINT"),
        ("if(n = 7, -9223372036854775808, n)", "if(n = 8, 9223372036854775807, n)"),
        ("n::UBIGINT", "nullif(n, 3)::BIGINT"),
        ("'k' || n", "'k' || n"),
        ("'ä' || n", "nullif('ä' || n, 'ä3')"),
    ],
)
def test_keys_of_a_kind(key: str, who: str, tmp_path: Path) -> None:
    counted(made(tmp_path, key, who))


def test_keys_unlike(tmp_path: Path) -> None:
    project = made(tmp_path, "'k' || n", "n")
    with pytest.raises(SegqlError) as caught:
        project.together(as_of=MOMENT).counts()
    assert [each.code for each in caught.value.diagnostics] == ["E535"]


def test_nobody(tmp_path: Path) -> None:
    project = made(tmp_path, "n::BIGINT", "n", "WHERE false")
    every = project.together(as_of=MOMENT)
    assert set(every.counts().values()) == {0}
    assert list(every.batches()) == []
    for shape in ("long", "wide"):
        every.write(tmp_path / f"{shape}.parquet", shape)  # type: ignore[arg-type]
        assert parquet.read_table(tmp_path / f"{shape}.parquet").num_rows == 0
    for shape in ("keys", "bitmaps"):
        every.write(tmp_path / shape, shape)  # type: ignore[arg-type]
    assert len(list((tmp_path / "keys").glob("segment=*/*.parquet"))) == len(RULES)


def test_sums_that_need_more_than_64_bits(tmp_path: Path) -> None:
    project = made(tmp_path, "n", "n")
    with duckdb.connect(str(tmp_path / "people.duckdb")) as connection:
        connection.execute("ALTER TABLE deeds ALTER amount TYPE DECIMAL(18, 0)")
        connection.execute("UPDATE deeds SET amount = 999999999999999999 - who")
    text = (tmp_path / "catalog.yaml").read_text().replace("(9, 2)", "(18, 0)")
    (tmp_path / "catalog.yaml").write_text(text)
    project = Project.load(tmp_path)
    segment = tmp_path / "segments" / "sum.seg"
    segment.write_text("sum(did.amount) > 3999999999999999980")
    counted(Project.load(tmp_path))
    every = replace(project.together(as_of=MOMENT), reading=0)
    with project.connect() as connection, every.on(connection).running() as run:
        run.counts()
        assert any(each.what == "a query of its own" for each in run.done)


@pytest.mark.parametrize(
    "type_", ["DECIMAL(18, 4)", "BIGINT", "HUGEINT", "DECIMAL(38, 2)"]
)
def test_numbers_that_are_not_as_declared(type_: str, tmp_path: Path) -> None:
    """The column has more digits than the catalog says, or fewer."""
    project = made(tmp_path, "n", "n")
    with duckdb.connect(str(tmp_path / "people.duckdb")) as connection:
        connection.execute(f"ALTER TABLE deeds ALTER amount TYPE {type_}")
        connection.execute("UPDATE deeds SET amount = amount + 0.0004")
    every = replace(project.together(as_of=MOMENT), reading=0)
    with project.connect() as connection:
        try:
            alone = {e.name: e.members(connection).count() for e in every.segments}
        except SegqlError as error:
            with pytest.raises(SegqlError) as caught:
                every.on(connection).counts()
            assert caught.value.diagnostics == error.diagnostics
        else:
            assert every.on(connection).counts() == alone


def test_no_room_on_the_disk(shop: Project, connection: Connection) -> None:
    """What doesn't fit into memory goes to a file, and that may grow no further."""
    every = replace(shop.together(as_of=MOMENT), connection=connection, reading=0)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with every.running() as run:
        run._spool._room = 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        try:
            with pytest.raises(SegqlError) as caught:
                run.counts()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [each.code for each in caught.value.diagnostics] == ["E521"]
    assert set(every.counts()) == set(every.names), "the connection goes on"


# ---- on the command line


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["run", str(SHOP / "segments"), "--project", str(SHOP), *words])
    return code, capsys.readouterr().err


def test_members_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wanted: dict[str, set[Any]]
) -> None:
    file, folder = tmp_path / "all.parquet", tmp_path / "all"
    at = ("--as-of", MOMENT.isoformat())
    code, err = run(capsys, *at, "-o", str(file), "--timings")
    total = sum(map(len, wanted.values()))
    assert code == 0
    assert f"{total:,} memberships" in err
    assert "customers, " in err
    assert "rows" in err
    assert parquet.read_metadata(file).num_rows == total
    assert run(capsys, *at, "-o", f"{folder}/")[0] == 0
    assert parquet.read_table(folder).num_rows == total
    assert run(capsys, "--plan", "-o", str(tmp_path / "plan.svg"))[0] == 0
    ElementTree.parse(tmp_path / "plan.svg")


@pytest.mark.parametrize(
    "words",
    [
        ("--shape", "wide"),
        ("--shape", "wide", "-o", "x/"),
        ("--shape", "keys", "-o", "x.parquet"),
        ("--format", "parquet"),
        ("--format", "csv", "-o", "x/"),
        ("--into", "x"),
        ("--plan", "--shape", "long"),
        ("--plan", "-o", "x.csv"),
        ("--limit", "3"),
    ],
)
def test_misuse_on_the_command_line(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, err = run(capsys, *words)
    assert code == 2
    assert err.startswith("error[E701]")
    assert "help: " in err
    assert not Path("x").exists()
