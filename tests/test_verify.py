"""Two connections beside each other: what differs, and why."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from cli_shop import AS_OF, make_shop

from segql.cli import main
from segql.diagnostics import SegqlError
from segql.engines import Connection
from segql.project import Project
from segql.types import BOOLEAN, COUNT, DATE, DOUBLE, TEXT, TIMESTAMP, Exact, ListOf
from segql.verify import keys
from segql.verify.compare import compare
from segql.verify.nodes import Comparison, Side
from segql.verify.values import near, plain

Capture = pytest.CaptureFixture[str]
MOMENT = datetime(2025, 5, 31, 22, tzinfo=UTC)
CONNECTIONS = """\
connections:
  local: {engine: duckdb, files: data}
  live: {engine: duckdb, database: shop.duckdb}
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shop in files, and the same in a database."""
    make_shop(tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("segql.yaml").write_text(CONNECTIONS, encoding="utf-8")
    change(
        "CREATE TABLE customers AS FROM 'data/customers.csv'",
        "CREATE TABLE orders AS FROM 'data/orders.csv'",
    )
    return tmp_path


def change(*statements: str) -> None:
    with duckdb.connect("shop.duckdb") as con:
        for each in statements:
            con.execute(each)


def compared(
    rule: str, names: tuple[str, str] = ("local", "live"), limit: int = 10
) -> Comparison:
    project = Project.load()
    with project.connect(names[0]) as one, project.connect(names[1]) as other:
        segment = project.compile(rule, as_of=MOMENT)
        sides = Side(names[0], one), Side(names[1], other)
        return compare(segment, *sides, limit)


def call(capture: Capture, *words: str, code: int) -> str:
    asked = ["verify", "--on", "local", "--on", "live", "--as-of", AS_OF, *words]
    assert main(asked) == code, capture.readouterr().err
    return capture.readouterr().out


def test_equal(shop: Path, capsys: Capture) -> None:
    for rule in ('city = "Köln"', "bought >= 2", "nobody", "everyone"):
        assert compared(rule).equal
    page = call(capsys, code=0)
    assert "equal: 3 segments, as of 2025-06-01T00:00+02:00 (Europe/Berlin)" in page


def test_an_attribute(shop: Path, capsys: Capture) -> None:
    change("UPDATE customers SET city = 'Bonn' WHERE customer_id = 'k7'")
    found = compared('city = "Köln"')
    assert (found.first, found.second) == (3, 2)
    assert (found.only_first, found.only_second) == (1, 0)
    [reason] = found.reasons
    assert (reason.key, reason.on_first, reason.verdict) == ("k7", True, "data")
    assert [each.what for each in reason.differences] == ["city"]
    page = call(capsys, "koelner", code=1)
    assert "k7, only on local: the data differs\n      city: differs\n" in page
    assert "Bonn" not in page
    page = call(capsys, "koelner", "--show-values", code=1)
    assert "city: Köln on local, Bonn on live" in page


def test_events(shop: Path, capsys: Capture) -> None:
    change("DELETE FROM orders WHERE bought_at = '2025-05-02 12:00:00'")
    page = call(capsys, "bought in last 90 days >= 2", code=1)
    assert (
        "k1, only on local: the data differs\n"
        "      bought from 2025-03-03T00:00 until 2025-06-01T00:00:"
        " 2 on local, 1 on live\n"
        "      the rows of bought: 2 on local, 1 on live\n" in page
    )


def test_what_events_say(shop: Path) -> None:
    change("UPDATE orders SET category = 'sport' WHERE customer_id = 'k2'")
    [reason] = compared('bought("sport")').reasons
    assert (reason.verdict, reason.on_first) == ("data", False)
    assert reason.differences[-1].what == "the data of bought, in 1 of 1 rows"


def test_who_is_not_there(shop: Path, capsys: Capture) -> None:
    change("DELETE FROM customers WHERE customer_id = 'k7'")
    page = call(capsys, "everyone", code=1)
    assert "the customer: there on local, missing on live" in page


def test_of_whom_it_is_told(shop: Path) -> None:
    """Some of each side, as far as there are."""
    change(
        "DELETE FROM customers WHERE customer_id IN ('k1', 'k2', 'k3', 'k4')",
        "INSERT INTO customers (customer_id) VALUES ('n1'), ('n2')",
    )
    for limit, wanted in {
        0: [],
        1: ["k1"],
        2: ["k1", "n1"],
        5: ["k1", "k2", "k3", "n1", "n2"],
        9: ["k1", "k2", "k3", "k4", "n1", "n2"],
    }.items():
        found = compared("everyone", limit=limit)
        assert [each.key for each in found.reasons] == wanted
        assert (found.only_first, found.only_second) == (4, 2)


def test_json(shop: Path, capsys: Capture) -> None:
    change("UPDATE customers SET city = 'Bonn' WHERE customer_id = 'k7'")
    told = json.loads(call(capsys, "koelner", "--format", "json", code=1))
    assert told["on"] == ["local", "live"]
    assert told["equal"] is False
    [segment] = told["segments"]
    assert segment["members"] == [3, 2]
    assert segment["only"] == [1, 0]
    [customer] = segment["customers"]
    assert customer["differences"] == [{"what": "city"}]
    call(capsys, "koelner", "--format", "json", "-o", "a.json", code=1)
    assert json.loads(Path("a.json").read_text("utf-8")) == told


def test_a_rule_that_compares_customers(shop: Path) -> None:
    change("UPDATE customers SET income = 2000 WHERE customer_id = 'k3'")
    found = compared("top 2 by income")
    verdicts = {each.key: each.verdict for each in found.reasons}
    assert verdicts == {"k1": "others", "k3": "data"}


def test_keys_of_different_types(shop: Path) -> None:
    cells = [("customers", "customer_id"), ("orders", "customer_id")]
    for table, column in cells:
        path = Path(f"data/{table}.csv")
        lines = path.read_text("utf-8").split("\n")
        numbers = [line.removeprefix("k") for line in lines]
        path.write_text("\n".join(numbers), encoding="utf-8")
        change(f"UPDATE {table} SET {column} = substr({column}, 2)")
    found = compared("everyone")
    assert found.equal
    assert found.notes == (
        "the keys are whole numbers on local and text on live; they were compared as"
        " text",
    )
    change("DELETE FROM customers WHERE customer_id = '7'")
    change("INSERT INTO customers (customer_id) VALUES ('x')")
    reasons = {each.key: each.verdict for each in compared("everyone").reasons}
    assert reasons == {"7": "data", "x": "data"}


class Broken:
    """A warehouse whose members are not right: it leaves one out, or tells it twice."""

    def __init__(self, inner: Connection, key: str, twice: bool) -> None:
        self._inner = inner
        self._key = key
        self._twice = twice

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def execute(self, sql: str) -> Any:
        return _Changed(self._inner.execute(sql), self._key, self._twice)


class _Changed:
    def __init__(self, rows: Any, key: str, twice: bool) -> None:
        self._rows, self._key, self._twice = rows, key, twice

    def __enter__(self) -> "_Changed":
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()

    def __iter__(self) -> Iterator[Any]:
        for batch in self._rows:
            table = batch.to_pylist()
            [name] = batch.schema.names
            odd = [row for row in table if row[name] == self._key]
            table = table + odd if self._twice else [r for r in table if r not in odd]
            yield pa.RecordBatch.from_pylist(table, schema=batch.schema)


@pytest.mark.parametrize("twice", [False, True])
def test_a_mistake_of_ours(shop: Path, twice: bool) -> None:
    """The same data, and another answer."""
    project = Project.load()
    with project.connect("local") as one, project.connect("live") as other:
        segment = project.compile('city = "Köln" or bought >= 2', as_of=MOMENT)
        broken: Any = Broken(other, "k7", twice)
        found = compare(segment, Side("a", one), Side("b", broken))
    assert found.repeated is twice
    assert not found.equal
    if twice:
        assert found.reasons == ()
    else:
        # asked again, the broken side is right: it might have been the data
        assert [each.verdict for each in found.reasons] == ["again"]


def test_equal_data_and_unequal_figures(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that counts in another way."""
    project = Project.load()
    with project.connect("local") as one, project.connect("live") as other:
        segment = project.compile("bought in last 90 days >= 2", as_of=MOMENT)
        broken: Any = _Miscounting(other)
        found = compare(segment, Side("a", one), Side("b", broken))
    [reason] = found.reasons
    assert reason.verdict == "segql"
    assert [(d.first, d.second) for d in reason.differences] == [("2", "3")]


class _Miscounting(Broken):
    def __init__(self, inner: Connection) -> None:
        super().__init__(inner, "k1", twice=False)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        found = self._inner.rows(sql)
        if "v2" not in sql or not found or len(found[0]) != 4:
            return found
        return [(key, 0, 3, 0) for key, *_ in found]


def test_many_members(shop: Path) -> None:
    """More than any page shows: they go through files."""
    change(
        "INSERT INTO customers (customer_id) SELECT 'm' || i FROM range(300000) r(i)"
    )
    found = compared("everyone")
    assert (found.first, found.second, found.only_second) == (8, 300_008, 300_000)
    assert compared("everyone", ("live", "live")).equal


# Calls that can't work.


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--on", "local"], 2, "two of the project's connections"),
        (["--on", "local", "--on", "local"], 2, "two"),
        (["--on", "local", "--on", "live", "--on", "local"], 2, "two"),
        ([], 2, "two"),
        (["--on", "local", "--on", "lve"], 2, "did you mean `live`?"),
        (["--on", "local", "--on", "live", "agee > 5"], 1, "E201"),
        (["--on", "local", "--on", "live", "nothere/"], 2, "E704"),
    ],
)
def test_calls_that_can_not_work(
    words: list[str], code: int, says: str, shop: Path, capsys: Capture
) -> None:
    assert main(["verify", *words]) == code
    assert says in capsys.readouterr().err


def test_one_connection(shop: Path, capsys: Capture) -> None:
    Path("segql.yaml").write_text("connection: {engine: duckdb, files: data}\n")
    assert main(["verify", "--on", "default", "--on", "default"]) == 2
    assert "the project has one connection" in capsys.readouterr().err


def test_a_side_that_fails(shop: Path, capsys: Capture) -> None:
    """The other segments are compared; the message names the connection."""
    change("DROP TABLE orders")
    asked = ["verify", "--on", "local", "--on", "live", "--as-of", AS_OF]
    assert main(asked) == 3
    captured = capsys.readouterr()
    assert "error[E530]: on live: the warehouse has no table `orders`" in captured.err
    assert "koelner" in captured.out
    assert "kaeufer" not in captured.out


def test_a_broken_file_beside_others(shop: Path, capsys: Capture) -> None:
    (shop / "segments" / "broken.seg").write_text("agee > 3\n")
    asked = ["verify", "--on", "local", "--on", "live", "--as-of", AS_OF]
    assert main(asked) == 1
    captured = capsys.readouterr()
    assert "E201" in captured.err
    assert "equal: 3 segments" in captured.out


# --on elsewhere.


def test_on_a_connection(shop: Path, capsys: Capture) -> None:
    change("DELETE FROM customers WHERE customer_id = 'k7'")
    assert main(["run", "koelner"]) == 0
    assert capsys.readouterr().out == "k1\nk7\nk8\n"
    assert main(["run", "koelner", "--on", "live"]) == 0
    assert sorted(capsys.readouterr().out.split()) == ["k1", "k8"]
    assert main(["run", "koelner", "--on", "nope"]) == 2
    assert "there are `local`, `live`" in capsys.readouterr().err
    assert main(["doctor", "--on", "live", "--as-of", AS_OF]) == 0
    capsys.readouterr()
    assert main(["compile", "koelner", "--on", "live", "--dialect", "duckdb"]) == 2
    assert "`--dialect` and `--on` both" in capsys.readouterr().err
    assert main(["compile", "koelner", "--on", "live"]) == 0
    assert "in duckdb" in capsys.readouterr().out


def test_the_dialect_is_that_of_the_connection(shop: Path, capsys: Capture) -> None:
    Path("segql.yaml").write_text(
        "connections:\n  a: {engine: duckdb, files: data}\n"
        "  b: {engine: postgres, url: 'postgresql://nowhere.invalid/x'}\n"
    )
    for words, dialect in {("--on", "b"): "postgres", (): "duckdb"}.items():
        assert main(["compile", "koelner", *words]) == 0
        assert f", in {dialect}\n" in capsys.readouterr().out
    project = Project.load()
    assert project.connections == ("a", "b")
    with pytest.raises(SegqlError) as caught:
        project.connect("c")
    assert caught.value.diagnostics[0].code == "E710"


# Other engines from the command line.


def to_sqlite() -> None:
    """The shop once more, as SQLite has it."""
    with sqlite3.connect("shop.sqlite") as con:
        con.execute(
            "CREATE TABLE customers (customer_id TEXT PRIMARY KEY, age INTEGER,"
            " city TEXT, newsletter BOOLEAN, joined TIMESTAMP, income REAL)"
        )
        con.execute(
            "CREATE TABLE orders (customer_id TEXT, bought_at TIMESTAMP, category TEXT)"
        )
        with duckdb.connect("shop.duckdb", read_only=True) as duck:
            for row in duck.execute("FROM customers").fetchall():
                cells = [str(c) if isinstance(c, datetime) else c for c in row]
                con.execute("INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?)", cells)
            for row in duck.execute("FROM orders").fetchall():
                cells = [str(c) if isinstance(c, datetime) else c for c in row]
                con.execute("INSERT INTO orders VALUES (?, ?, ?)", cells)
    con.close()


def test_sqlite_from_the_command_line(shop: Path, capsys: Capture) -> None:
    to_sqlite()
    Path("segql.yaml").write_text(
        "connections:\n  local: {engine: duckdb, files: data}\n"
        "  live: {engine: sqlite, database: shop.sqlite}\n"
    )
    assert "equal: 3 segments" in call(capsys, code=0)
    assert main(["doctor", "--on", "live", "--as-of", AS_OF]) == 0
    assert "SQLite" in capsys.readouterr().out
    for words in (["run", "koelner"], ["run", "segments"]):
        assert main([*words, "--as-of", AS_OF]) == 0
        wanted = capsys.readouterr().out
        assert main([*words, "--as-of", AS_OF, "--on", "live"]) == 0
        assert sorted(capsys.readouterr().out) == sorted(wanted)


def test_init_from_sqlite(shop: Path, capsys: Capture) -> None:
    to_sqlite()
    assert main(["-p", "new", "init", "shop.sqlite"]) == 0
    assert "engine: sqlite" in Path("new/segql.yaml").read_text("utf-8")
    capsys.readouterr()
    assert main(["-p", "new", "doctor", "--as-of", AS_OF]) == 0
    assert main(["-p", "new", "run", "example"]) == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["postgresql://a:hunter2@b/c"], "the URL holds a password"),
        (["postgresql://b/c?password=hunter2"], "the URL holds a password"),
        (["oracle://b/c"], "no engine has URLs that begin with `oracle://`"),
        (["data", "--user", "me"], "go with a server"),
        (
            ["mysql://b/c", "--password-env", "A", "--password-file", "b"],
            "both say where it is",
        ),
        (["mysql://b/c", "--password-env", "SHOP_NOT_SET"], "SHOP_NOT_SET"),
    ],
)
def test_init_from_a_server_that_can_not_work(
    words: list[str], says: str, shop: Path, capsys: Capture
) -> None:
    assert main(["-p", "new", "init", *words]) in (2, 3)
    error = capsys.readouterr().err
    assert says in error
    assert "hunter2" not in error
    assert not Path("new").exists()


# Keys and values of many engines.


@pytest.mark.parametrize(
    ("column", "texts", "kind"),
    [
        (pa.array([1, -2]), ["1", "-2"], "whole numbers"),
        (pa.array([1, 2], pa.uint64()), ["1", "2"], "whole numbers"),
        (pa.array([Decimal("1.00"), Decimal("2.50")]), ["1", "2.50"], "decimals"),
        (pa.array([1.0, 2.5]), ["1", "2.5"], "doubles"),
        (pa.array(["1", "007"]), ["1", "007"], "text"),
        (pa.array(["ü"], pa.large_string()), ["ü"], "text"),
        (pa.array(["ü", "x"]).dictionary_encode(), ["ü", "x"], "text"),
        (pa.array([date(2025, 1, 2)]), ["2025-01-02"], "date32[day]"),
        (
            pa.array([b"\x01" * 16], pa.binary(16)),
            ["01010101-0101-0101-0101-010101010101"],
            "fixed_size_binary[16]",
        ),
    ],
)
def test_keys(column: Any, texts: list[str], kind: str) -> None:
    assert keys.texts(column).to_pylist() == texts
    assert keys.texts(column).type == pa.string()
    assert keys.kind(column.type) == kind


def test_keys_as_asked() -> None:
    assert keys.as_asked(["1", "x", "NaN", "2.5"], pa.int64()) == [1, Decimal("2.5")]
    assert keys.as_asked(["1", "x"], pa.string()) == ["1", "x"]


@pytest.mark.parametrize(
    ("value", "kind", "wanted"),
    [
        (None, TEXT, None),
        ("a", TEXT, "a"),
        (1, BOOLEAN, True),
        (Decimal(0), BOOLEAN, False),
        (True, BOOLEAN, True),
        ("2.50", Exact(10, 2), Decimal("2.50")),
        (2.5, Exact(10, 2), Decimal("2.50")),
        (3, Exact(10, 2), Decimal("3.00")),
        (Decimal("3.00"), COUNT, 3),
        (float("nan"), DOUBLE, None),
        (Decimal("1.5"), DOUBLE, 1.5),
        ("2025-01-02", DATE, date(2025, 1, 2)),
        (datetime(2025, 1, 2), DATE, date(2025, 1, 2)),
        ("2025-01-02 03:04:05.5", TIMESTAMP, datetime(2025, 1, 2, 3, 4, 5, 500_000)),
        (datetime(2025, 1, 2, tzinfo=UTC), TIMESTAMP, datetime(2025, 1, 2)),
        ('["a", null]', ListOf(TEXT), ("a",)),
        (["a", None, "b"], ListOf(TEXT), ("a", "b")),
        ("no date", DATE, "no date"),
    ],
)
def test_values(value: object, kind: Any, wanted: object) -> None:
    found = plain(value, kind)
    assert found == wanted
    assert type(found) is type(wanted)


def test_last_digits() -> None:
    assert near(0.1 + 0.2, 0.3)
    assert not near(0.3, 0.3)
    assert not near(0.3, 0.4)
    assert not near(1, 2)
