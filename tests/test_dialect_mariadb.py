"""What MariaDB does otherwise than others, each on a real server."""

import json
import math
import random
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from servers import mariadb
from servers.mariadb import MariaDB
from sqlglot import exp

from segql.diagnostics import SegqlError
from segql.fold import TABLE, fold
from segql.model.windows import instant
from segql.sql import portable, zones
from segql.sql.compile import text
from segql.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    TIMESTAMP,
    Exact,
    Type,
)

if reason := mariadb.missing():
    pytest.skip(f"not run: MariaDB is {reason}", allow_module_level=True)

CELL = exp.column("a", "t")
MONEY = Exact(12, 2)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    started = mariadb.start(tmp_path_factory.mktemp("mariadb"))
    yield started
    started.close()


def ask(server: MariaDB, node: exp.Expr, cells: list[Any], type: Any = None) -> Any:
    """What an expression about `a` is, for each cell."""
    number = list(range(len(cells)))
    server.load({"t": pa.table({"n": number, "a": pa.array(cells, type)})})
    query = exp.select(node.copy()).from_("t").order_by(exp.column("n", "t"))
    return [row[0] for row in server.connection.rows(text(query, "mariadb", False))]


def code(server: MariaDB, node: exp.Expr, cell: Any, type: Any = None) -> str:
    with pytest.raises(SegqlError) as raised:
        ask(server, node, [cell], type)
    return raised.value.diagnostics[0].code


# ---- texts


def test_texts_are_their_code_points(server: MariaDB) -> None:
    value = portable.TextOf(this=CELL.copy())
    same = exp.EQ(this=value, expression=exp.Literal.string("a"))
    cells = ["a", "A", "a ", "á", "a\0", None]
    assert ask(server, same, cells) == [1, 0, 0, 0, 0, None]
    distinct = exp.Count(this=exp.Distinct(expressions=[value.copy()]))
    assert ask(server, distinct, cells) == [5]


@pytest.mark.parametrize(
    "cell", ["\\", "'", "\\' OR 1=1 -- ", '"', "`", "\n", "\0", "\x1a", "%_", "ß𝄞", ""]
)
def test_no_text_ends_early(server: MariaDB, cell: str) -> None:
    value = portable.TextOf(this=CELL.copy())
    same = exp.EQ(this=value, expression=exp.Literal.string(cell))
    assert ask(server, same, [cell, cell + "x"]) == [1, 0]
    for kind in (exp.StartsWith, exp.EndsWith, exp.Contains):
        test = kind(this=value.copy(), expression=exp.Literal.string(cell))
        assert ask(server, test, [f"{cell}", "never"]) == [1, int(cell == "")]


def test_no_text_ends_early_in_another_mode(server: MariaDB) -> None:
    server.write("SET sql_mode = 'NO_BACKSLASH_ESCAPES'")
    try:
        for cell in ("\\", "\\'", "'\\", "\\\\' OR 1=1 -- "):
            query = exp.select(exp.Literal.string(cell))
            [(found,)] = server.write(text(query, "mariadb", False))
            assert found.replace("\\", "") == cell.replace("\\", "")
    finally:
        server.write("SET sql_mode = DEFAULT")


def test_every_letter_is_folded(server: MariaDB) -> None:
    cells = [chr(each) for each in TABLE]
    cells += ["ΑΣ", "İ", "ẞ", "Straße", "", "ſ", "\U0001e943"]
    folded = portable.Folded(this=CELL.copy())
    assert ask(server, folded, cells) == [fold(each) for each in cells]


@pytest.mark.parametrize(
    ("pattern", "fit", "unfit"),
    [
        ("a", ["a"], ["A", "a\n", "a ", "á", ""]),
        ("a.b", ["axb", "a\rb", "a𝄞b"], ["a\nb"]),
        ("[^a]*", ["", "b\n\0"], ["a"]),
        ("(ab|c)+", ["abc"], ["ab c"]),
        ("\\\\[.]'\"", ["\\.'\""], ["\\x'\""]),
        ("[ä-ü]{2}", ["öü"], ["ou", "ö"]),
    ],
)
def test_patterns(
    server: MariaDB, pattern: str, fit: list[str], unfit: list[str]
) -> None:
    shown = exp.Literal.string(pattern)
    test = portable.FullMatch(this=CELL.copy(), expression=shown, pattern=pattern)
    wanted = [1] * len(fit) + [0] * len(unfit)
    assert ask(server, test, [*fit, *unfit]) == wanted


def test_a_pattern_that_takes_too_long_is_an_error(server: MariaDB) -> None:
    pattern = "(a|b|ab)*c"
    shown = exp.Literal.string(pattern)
    test = portable.FullMatch(this=CELL.copy(), expression=shown, pattern=pattern)
    try:
        assert ask(server, test, ["ab" * 40]) == [0]
    except SegqlError as error:
        assert error.diagnostics[0].code in ("E518", "E561")


# ---- numbers


def test_doubles(server: MariaDB) -> None:
    for value in (0.1, 1e22, 5e-324, 1.7976931348623157e308, -2.5, 123456789.0):
        same = exp.EQ(this=CELL.copy(), expression=portable.Real(value=value))
        assert ask(server, same, [value], pa.float64()) == [1]


@pytest.mark.parametrize(
    ("value", "scale", "wanted"),
    [
        (0.5, 0, 1),
        (1.5, 0, 2),
        (2.5, 0, 3),
        (-2.5, 0, -3),
        (0.49999999999999994, 0, 0),
        (2.0**60, 0, 2**60),
        (2.0**100, 0, 2**100),
        (-(2.0**100), 0, -(2**100)),
        (2.675, 2, Decimal("2.68")),
        (1.005, 2, Decimal("1.00")),
    ],
)
def test_the_nearest_number(
    server: MariaDB, value: float, scale: int, wanted: Any
) -> None:
    product = value * 10**scale
    type_ = Exact(38 if abs(value) > 1e18 else 12, scale)
    node = portable.Nearest(this=CELL.copy(), type=type_)
    [found] = ask(server, node, [value], pa.float64())
    assert found == (wanted if product != 100.49999999999999 else Decimal("1.00"))


def test_what_does_not_fit_is_an_error(server: MariaDB) -> None:
    node = portable.Nearest(this=CELL.copy(), type=Exact(3))
    assert code(server, node, 1000.0, pa.float64()) == "E518"
    wide = portable.ToExact(this=CELL.copy(), source=Exact(12), type=Exact(3))
    assert code(server, wide, 1000) == "E518"
    assert ask(server, wide, [999, None]) == [999, None]
    twice = portable.Calculated(
        this=CELL.copy(),
        expression=CELL.copy(),
        operator="*",
        left=INTEGER,
        right=INTEGER,
        type=Exact(38),
    )
    assert ask(server, twice, [2**62]) == [2**124]
    doubled = portable.Doubles(this=CELL.copy(), expression=CELL.copy(), operator="*")
    assert code(server, doubled, 1e300, pa.float64()) == "E519"


_MOST = sys.float_info.max
_NEAR = (2.0**969, 2.0**970, math.nextafter(2.0**970, 0.0), 2.0**971, _MOST, 2.0**512)
_SIZES = (0.0, 5e-324, 2.0**-1022, 0.1, 1.0, math.nextafter(2.0**512, 0.0), *_NEAR)


def near_the_end() -> Iterator[tuple[float | None, float | None]]:
    """Numbers that come to as much as a double holds, or to next to more."""
    signed = [side * size for size in _SIZES for side in (1.0, -1.0)]
    yield from ((a, b) for a in signed for b in signed)
    yield from ((None, 1.0), (_MOST, None))
    chance = random.Random(1)
    for _ in range(200):
        a = math.ldexp(1 + chance.random(), chance.randint(1, 900))
        small = math.ldexp(1 + chance.random(), chance.randint(-900, -60))
        for way in (0.0, math.inf):
            yield a, math.nextafter(_MOST / a, way)
            yield math.nextafter(_MOST * small, way), small


def ieee(operator: str, a: float | None, b: float | None) -> float | None:
    if a is None or b is None or (operator == "/" and not b):
        return None
    if operator != "/":
        return {"+": a + b, "-": a - b, "*": a * b}[operator]
    try:
        return a / b
    except OverflowError:
        return math.copysign(math.inf, a) * math.copysign(1.0, b)


@pytest.mark.parametrize("operator", ["+", "-", "*", "/"])
def test_what_overflows_is_compared(server: MariaDB, operator: str) -> None:
    pairs = list(near_the_end())
    sides = {name: [pair[n] for pair in pairs] for n, name in enumerate("ab")}
    cells = {name: pa.array(side, pa.float64()) for name, side in sides.items()}
    server.load({"t": pa.table({"n": range(len(pairs)), **cells})})
    this, that = exp.column("a", "t"), exp.column("b", "t")
    if operator == "/":
        zero = portable.Real(value=0.0)
        divisor = exp.Nullif(this=that, expression=zero)
        made: exp.Expr = portable.Quotient(this=this, expression=divisor)
    else:
        made = portable.Doubles(this=this, expression=that, operator=operator)
    made = portable.KnownNumber(this=made)
    bound = portable.Real(value=1.5)
    tests = {
        exp.GT(this=made, expression=bound): lambda x: x > 1.5,
        exp.LTE(this=made.copy(), expression=bound.copy()): lambda x: x <= 1.5,
        exp.EQ(this=made.copy(), expression=bound.copy()): lambda x: x == 1.5,
        exp.NEQ(this=bound.copy(), expression=made.copy()): lambda x: x != 1.5,
    }
    wanted = [ieee(operator, a, b) for a, b in pairs]
    assert any(x is not None and math.isinf(x) for x in wanted)
    for node, test in tests.items():
        query = exp.select(node).from_("t").order_by(exp.column("n", "t"))
        found = server.connection.rows(text(query, "mariadb", False))
        assert [row[0] for row in found] == [
            x if x is None else test(x) for x in wanted
        ]
    none = exp.Is(this=made.copy(), expression=exp.null())
    query = exp.select(none).from_("t").order_by(exp.column("n", "t"))
    found = server.connection.rows(text(query, "mariadb", False))
    assert [row[0] for row in found] == [x is None for x in wanted]


def test_floors(server: MariaDB) -> None:
    node = portable.Floored(this=CELL.copy(), by=7)
    cells = [-8, -7, -1, 0, 6, 7]
    assert ask(server, node, cells) == [each // 7 for each in cells]


# ---- time


def test_moved_times_stay_in_the_calendar(server: MariaDB) -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, 999999)
    for count, unit in ((1, "DAY"), (1, "MONTH"), (10**6, "MICROSECOND")):
        node = portable.MovedWall(this=CELL.copy(), count=count, unit=unit)
        assert ask(server, node, [last], pa.timestamp("us")) == [last]
        back = portable.MovedWall(this=CELL.copy(), count=-count, unit=unit)
        first = exp.LT(this=back, expression=CELL.copy())
        assert ask(server, first, [datetime(1, 1, 1)], pa.timestamp("us")) == [1]
    month = portable.MovedDay(this=CELL.copy(), count=1, unit="MONTH")
    assert ask(server, month, [date(2024, 1, 31)]) == [date(2024, 2, 29)]


def test_units_begin(server: MariaDB) -> None:
    end = portable.Wall(value=datetime(2024, 1, 1, 1))
    for unit, wanted in (("SECOND", 1), ("MINUTE", 1), ("HOUR", 1)):
        node = portable.UnitsBetween(this=CELL.copy(), expression=end, unit=unit)
        near = datetime(2024, 1, 1, 0, 59, 59, 999_999)
        assert ask(server, node, [near], pa.timestamp("us")) == [wanted]


ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Asia/Gaza",
    "Asia/Kolkata",
    "America/Godthab",
    "Pacific/Apia",
    "Etc/GMT+12",
)


@pytest.mark.parametrize("zone", ZONES)
def test_zones_are_those_of_everybody(server: MariaDB, zone: str) -> None:
    """Around each change, and anywhere in the calendar."""
    chance = random.Random(zone)
    moments = [
        each.moment + timedelta(seconds=step)
        for each in zones.clock(zone).changes
        for step in (-1, 0, 1800, 3599, 3600)
    ]
    years = timedelta(days=365 * 9990)
    moments += [datetime(2, 1, 1) + years * chance.random() for _ in range(300)]
    moments = [each.replace(microsecond=500_000) for each in moments]
    info, wall = ZoneInfo(zone), pa.timestamp("us")
    local = portable.Local(this=CELL.copy(), zone=zone)
    wanted = [
        each.replace(tzinfo=UTC).astimezone(info).replace(tzinfo=None)
        for each in moments
    ]
    assert ask(server, local, moments, wall) == wanted
    utc = portable.Utc(this=CELL.copy(), zone=zone)
    walls = [instant(each, zone).replace(tzinfo=None) for each in moments]
    assert ask(server, utc, moments, wall) == walls


def test_a_zone_of_what_has_a_zone_in_it(server: MariaDB) -> None:
    midnight = portable.Midnight(
        this=portable.DayOf(this=portable.Local(this=CELL.copy(), zone=ZONES[0]))
    )
    node = portable.Utc(this=midnight, zone=ZONES[0])
    cells = [datetime(2024, 7, 1, 23, 30), None]
    wanted = [datetime(2024, 7, 1, 22), None]
    assert ask(server, node, cells, pa.timestamp("us")) == wanted


# ---- texts that are read


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        (DATE, {"2024-02-29": date(2024, 2, 29), "2025-02-30": None}),
        (INTEGER, {"9223372036854775807": 2**63 - 1, "9223372036854775808": None}),
        (MONEY, {"0001.50": Decimal("1.50"), "99999999999": None}),
        (DOUBLE, {"0.1": 0.1, "1e-5": 1e-5, "-1E3": -1000.0}),
        (BOOLEAN, {"true": 1, "false": 0}),
        (
            TIMESTAMP,
            {
                "2024-01-01T10:30": datetime(2024, 1, 1, 10, 30),
                "2024-01-01 10:30:59.9999999": datetime(
                    2024, 1, 1, 10, 30, 59, 999_999
                ),
                "2023-02-29 10:30": None,
            },
        ),
    ],
)
def test_texts_are_read(server: MariaDB, kind: Type, cells: Mapping[str, Any]) -> None:
    node = portable.Parsed(this=CELL.copy(), type=kind)
    assert ask(server, node, list(cells)) == list(cells.values())


def test_instants_are_read(server: MariaDB) -> None:
    node = portable.ParsedInstant(this=CELL.copy())
    cells = {
        "2024-01-01T10:30Z": datetime(2024, 1, 1, 10, 30),
        "2024-01-01T10:30:00.5+23:59": datetime(2023, 12, 31, 10, 31, 0, 500_000),
        "2024-01-01T10:30-01:00": datetime(2024, 1, 1, 11, 30),
        "0001-01-01T00:00+01:00": None,
        "9999-12-31T23:59-01:00": None,
    }
    assert ask(server, node, list(cells)) == list(cells.values())


def test_an_unreadable_cell_stops_only_who_meets_it(server: MariaDB) -> None:
    bad = portable.Fault(type=DATE)
    fine = exp.EQ(this=CELL.copy(), expression=exp.Literal.string("fine"))
    node = exp.Case(ifs=[exp.If(this=fine, true=exp.null())], default=bad)
    assert ask(server, node, ["fine"]) == [None]
    assert code(server, node, "secret") == "E518"


# ---- JSON


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ('{"n": "a\\u00e9\\ud83d\\ude00"}', "aé😀"),
        ('{"n": 1.50}', "1.5"),
        ('{"n": 1e5}', "100000.0"),
        ('{"n": 1e-7}', "1e-7"),
        ('{"n": 0.00000000012}', "1.2e-10"),
        ('{"n": 100000000000000000000000.5}', "1.0000000000000001e23"),
        ('{"n": 12345678901234567890123}', "12345678901234567890123"),
        ('{"n": -0}', "0"),
        ('{"n": -0.0}', "-0.0"),
        ('{"n": true}', "true"),
        ('{"n": null}', None),
        ('{"n": "null"}', "null"),
        ('{"m": 1}', None),
        ('{"n": 1, "n": 2}', "1"),
        ('[{"n": 1}]', None),
        (None, None),
        ('{"n": "\\q"}', "E518"),
        ('{"n": 1.}', "E518"),
        ('{"n": 1e}', "E518"),
        ('{"n": 1,}', "E518"),
        ('{"n": "\\ud800"}', "E518"),
        ('{"\\u006e": 1}', "E518"),
        ("", "E518"),
    ],
)
def test_json(server: MariaDB, cell: str | None, wanted: str | None) -> None:
    node = portable.JsonText(this=CELL.copy(), path=("n",), lenient=False)
    if wanted == "E518":
        assert code(server, node, cell) == wanted
        return
    assert ask(server, node, [cell], pa.string()) == [wanted]


@pytest.mark.parametrize(
    "name", ["a b", 'a"b', "a\\b", "*", "a.b", "[0]", "", "ß𝄞", "$"]
)
def test_names_in_json(server: MariaDB, name: str) -> None:
    node = portable.JsonText(this=CELL.copy(), path=(name,), lenient=False)
    cell = json.dumps({"x": 1, name: "found"}, ensure_ascii=False)
    assert ask(server, node, [cell]) == ["found"]


# ---- keys


def test_keys_that_the_server_takes_for_the_same(server: MariaDB) -> None:
    keys = ["a", "A", "a ", "á"]
    server.load({"c": pa.table({"id": keys}), "e": pa.table({"who": [*keys, "a"]})})
    ours, theirs = exp.column("id", "c"), exp.column("who", "e")
    joined = exp.select(exp.Count(this=exp.Star())).from_("c")
    on = exp.EQ(this=ours, expression=theirs)
    counts = joined.join(exp.Join(this=exp.to_table("e"), on=on))
    connection = server.connection
    assert connection.scalar(text(counts, "mariadb", False)) == 5
    grouped = exp.select(theirs.copy(), exp.Count(this=exp.Star())).from_("e")
    grouped = grouped.group_by(theirs.copy())
    found = connection.rows(text(grouped, "mariadb", False))
    assert sorted(found) == sorted([("a", 2), ("A", 1), ("a ", 1), ("á", 1)])
    one = exp.select(theirs.copy()).from_("e").where("e.who = 'A'")
    within = exp.In(this=ours.copy(), query=exp.Subquery(this=one))
    for test, wanted in ((within, 4), (exp.Not(this=within.copy()), 0)):
        query = exp.select(exp.Count(this=exp.Star())).from_("c").where(test)
        assert connection.scalar(text(query, "mariadb", False)) == wanted
    listed = exp.In(this=ours.copy(), expressions=[exp.Literal.string("A")])
    query = exp.select(ours.copy()).from_("c").where(listed)
    assert connection.rows(text(query, "mariadb", False)) == [("A",)]
    different = exp.select(theirs.copy()).from_("e").distinct()
    assert len(connection.rows(text(different, "mariadb", False))) == 4


def chain(links: int, first: str) -> exp.Select:
    """Each link names the one before twice."""
    query = exp.select(f"m{links}.a").from_(f"m{links}")
    query = query.with_("m0", as_=exp.select("t.a").from_("t").where(first))
    for number in range(links):
        before = f"m{number}"
        twice = exp.select("x.a").from_(f"{before} AS x")
        twice = twice.join(f"{before} AS y", on="x.a <=> y.a")
        query = query.with_(f"m{number + 1}", as_=twice)
    return query


def test_a_shared_query_is_computed_once(server: MariaDB) -> None:
    query = chain(5, "SLEEP(0.1) = 0")
    server.load({"t": pa.table({"a": [1, 2]})})
    begun = time.monotonic()
    found = server.connection.rows(text(query, "mariadb", False))
    assert sorted(found) == [(1,), (2,)]
    assert time.monotonic() - begun < 1.6, "32 times it would be 6.4"


def test_a_long_chain_is_planned_in_little_room() -> None:
    """Recursive, it would take gigabytes to be planned."""
    assert "RECURSIVE" in text(chain(5, "TRUE"), "mariadb", False)
    assert "RECURSIVE" not in text(chain(6, "TRUE"), "mariadb", False)


@pytest.mark.parametrize("deep", [60, 300])
def test_what_is_too_deep_is_never_sent(server: MariaDB, deep: int) -> None:
    query = exp.select(f"m{deep}.a").from_(f"m{deep}")
    query = query.with_("m0", as_=exp.select("t.a").from_("t"))
    for number in range(deep):
        one = exp.select(f"m{number}.a").from_(f"m{number}").limit(1)
        query = query.with_(f"m{number + 1}", as_=one)
    if deep > 200:
        with pytest.raises(SegqlError, match="so many sets inside each other"):
            text(query, "mariadb", False)
        return
    server.load({"t": pa.table({"a": [1]})})
    assert server.connection.rows(text(query, "mariadb", False)) == [(1,)]
