"""How a cell is read, and that DuckDB reads it so."""

import math
import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from segql.catalog.nodes import Column
from segql.model import formats, regex
from segql.reference import DataFault
from segql.reference.reading import _Unreadable, read, rounded
from segql.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    POINT,
    TEXT,
    TIMESTAMP,
    Exact,
    ListOf,
    Type,
)

MONEY = Exact(5, 2)
NAIVE = datetime(2025, 7, 1, 12, 0, 0, 123456)
UNREADABLE = object()


def cell(value: Any, kind: Type, path: tuple[str, ...] = ("c",), **more: Any) -> Any:
    """The value, or UNREADABLE; where it is, `unreadable: missing` makes it missing."""
    row = {"c": value}
    lenient = Column(path, type=kind, unreadable_missing=True, **more)
    try:
        found = read(row, Column(path, type=kind, **more), "t")
    except DataFault as fault:
        assert fault.table == "t"
        assert not value or str(value) not in str(fault)
        assert not isinstance(kind, ListOf)
        assert read(row, lenient, "t") is None
        return UNREADABLE
    assert read(row, lenient, "t") == found
    return found


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, TEXT, None),
        ("", TEXT, ""),
        (5, TEXT, UNREADABLE),
        (5, INTEGER, 5),
        (Decimal("5"), INTEGER, 5),
        (Decimal("5.5"), INTEGER, UNREADABLE),
        (True, INTEGER, UNREADABLE),
        (5.0, INTEGER, UNREADABLE),
        ("5", INTEGER, UNREADABLE),
        (Decimal("1.5"), MONEY, Decimal("1.50")),
        (7, MONEY, Decimal(7)),
        (1000, MONEY, UNREADABLE),
        (Decimal("1.505"), MONEY, UNREADABLE),
        (Decimal("NaN"), MONEY, None),
        (Decimal("9" * 38), Exact(38), int("9" * 38)),
        (1, DOUBLE, 1.0),
        (Decimal("0.1"), DOUBLE, 0.1),
        (float("nan"), DOUBLE, None),
        (float("inf"), DOUBLE, float("inf")),
        (1, BOOLEAN, UNREADABLE),
        (date(2025, 1, 1), DATE, date(2025, 1, 1)),
        (NAIVE, DATE, UNREADABLE),
        (NAIVE, TIMESTAMP, UNREADABLE),
        (NAIVE.replace(tzinfo=UTC), TIMESTAMP, NAIVE.replace(tzinfo=UTC)),
        (["a", None, "b"], ListOf(TEXT), ("a", "b")),
        ([1.0, float("nan")], ListOf(DOUBLE), (1.0,)),
        ((), ListOf(TEXT), ()),
        (None, ListOf(TEXT), None),
    ],
)
def test_cells_as_they_come(value: Any, kind: Type, expected: Any) -> None:
    assert cell(value, kind) == expected


def test_zones() -> None:
    east = NAIVE.replace(tzinfo=timezone(timedelta(hours=5)))
    assert cell(east, TIMESTAMP) == NAIVE.replace(hour=7, tzinfo=UTC)
    assert cell(east, TIMESTAMP, zone="UTC") is UNREADABLE
    found = cell(NAIVE, TIMESTAMP, zone="Europe/Berlin")
    assert found == NAIVE.replace(hour=10, tzinfo=UTC)
    assert found.tzinfo is UTC


def test_structs() -> None:
    path = ("c", "a", "b")
    assert cell({"a": {"b": 5}}, INTEGER, path) == 5
    assert cell({"a": None}, INTEGER, path) is None
    assert cell(None, INTEGER, path) is None
    with pytest.raises(DataFault, match=r"t: c\.a\.b: there is no such column"):
        cell({"a": {}}, INTEGER, path)


def test_empty_text_may_be_missing() -> None:
    assert cell("", TEXT, empty_missing=True) is None
    assert cell(" ", TEXT, empty_missing=True) == " "
    assert cell("", INTEGER, stored="text", empty_missing=True) is None
    assert cell("", INTEGER, stored="text") is UNREADABLE
    assert cell(["", "a"], ListOf(TEXT), empty_missing=True) == ("a",)


TEXTS: list[tuple[str, Type, Any]] = [
    ("42", INTEGER, 42),
    ("-007", INTEGER, -7),
    ("+1", INTEGER, UNREADABLE),
    ("1.0", INTEGER, UNREADABLE),
    (" 1", INTEGER, UNREADABLE),
    ("1\n", INTEGER, UNREADABLE),
    ("٣", INTEGER, UNREADABLE),
    ("1_0", INTEGER, UNREADABLE),
    ("9223372036854775807", INTEGER, 2**63 - 1),
    ("9223372036854775808", INTEGER, UNREADABLE),
    ("-9223372036854775808", INTEGER, -(2**63)),
    ("1.5", MONEY, Decimal("1.50")),
    ("-0.05", MONEY, Decimal("-0.05")),
    ("12", MONEY, Decimal(12)),
    ("1.505", MONEY, UNREADABLE),
    ("1.", MONEY, UNREADABLE),
    (".5", MONEY, UNREADABLE),
    ("1e2", MONEY, UNREADABLE),
    ("1000", MONEY, UNREADABLE),
    ("0999.99", MONEY, Decimal("999.99")),
    ("1e3", DOUBLE, 1000.0),
    ("-0.1E-1", DOUBLE, -0.01),
    ("inf", DOUBLE, UNREADABLE),
    ("nan", DOUBLE, UNREADABLE),
    ("true", BOOLEAN, True),
    ("false", BOOLEAN, False),
    ("True", BOOLEAN, UNREADABLE),
    ("1", BOOLEAN, UNREADABLE),
    ("2025-03-01", DATE, date(2025, 3, 1)),
    ("2025-3-1", DATE, UNREADABLE),
    ("2025-02-30", DATE, UNREADABLE),
    ("0000-01-01", DATE, UNREADABLE),
    ("0100-01-01", DATE, date(100, 1, 1)),
    ("20250301", DATE, UNREADABLE),
    ("2025-03-01T08:00", TIMESTAMP, datetime(2025, 3, 1, 8)),
    ("2025-03-01 08:00:09", TIMESTAMP, datetime(2025, 3, 1, 8, 0, 9)),
    ("2025-03-01T08:00:00.5", TIMESTAMP, datetime(2025, 3, 1, 8, 0, 0, 500000)),
    (
        "2025-03-01T08:00:00.9999999",
        TIMESTAMP,
        datetime(2025, 3, 1, 8, 0, 0, 999999),
    ),
    ("2025-03-01", TIMESTAMP, UNREADABLE),
    ("2025-03-01T24:00:00", TIMESTAMP, UNREADABLE),
    ("2025-03-01T23:59:60", TIMESTAMP, UNREADABLE),
    ("2025-03-01T08:00:00Z", TIMESTAMP, UNREADABLE),
    ("2025-02-30T08:00:00", TIMESTAMP, UNREADABLE),
]


def form_of(kind: Type) -> str:
    if isinstance(kind, Exact):
        return formats.decimal(kind.scale) if kind.scale else formats.INTEGER
    return {
        DOUBLE: formats.DOUBLE,
        BOOLEAN: formats.BOOLEAN,
        DATE: formats.DATE,
        TIMESTAMP: formats.WALL,
    }[kind]


@pytest.mark.parametrize(("text", "kind", "expected"), TEXTS)
def test_cells_stored_as_text(text: str, kind: Type, expected: Any) -> None:
    zone = "UTC" if kind == TIMESTAMP else None
    found = cell(text, kind, stored="text", zone=zone)
    if isinstance(expected, datetime):
        expected = expected.replace(tzinfo=UTC)
    assert found == expected
    json = '{"x": "' + text.replace("\n", "\\n") + '"}'
    assert cell(json, kind, ("c", "x"), stored="json", zone=zone) == expected


@pytest.mark.parametrize(("text", "kind", "expected"), TEXTS)
def test_duckdb_reads_texts_by_the_same_forms(
    text: str, kind: Type, expected: Any
) -> None:
    wide: dict[Type, str] = {INTEGER: "BIGINT", MONEY: "DECIMAL(5, 2)"}
    sql = wide.get(kind, str(kind))
    form = regex.portable(form_of(kind))
    row = (
        duckdb.connect()
        .execute(
            f"SELECT CASE WHEN regexp_full_match(?, ?) THEN TRY_CAST(? AS {sql}) END",
            [text, form, text],
        )
        .fetchone()
    )
    assert row == (None if expected is UNREADABLE else expected,)


def test_texts_with_an_offset() -> None:
    def zoned(text: str) -> Any:
        return cell(text, TIMESTAMP, stored="text")

    assert zoned("2025-03-01T08:00:00Z") == datetime(2025, 3, 1, 8, tzinfo=UTC)
    assert zoned("2025-03-01 08:00+05:45") == datetime(2025, 3, 1, 2, 15, tzinfo=UTC)
    assert zoned("2025-03-01T08:00:00.1234567-01:00") == datetime(
        2025, 3, 1, 9, 0, 0, 123456, tzinfo=UTC
    )
    for text in ("2025-03-01T08:00", "2025-03-01T08:00+1", "0001-01-01T00:00+10:00"):
        assert zoned(text) is UNREADABLE


@pytest.mark.parametrize(
    ("json", "kind", "expected"),
    [
        ('{"x": 5}', INTEGER, 5),
        ('{"x": "5"}', INTEGER, 5),
        ('{"x": 5.0}', INTEGER, UNREADABLE),
        ('{"x": -0}', INTEGER, 0),
        ('{"x": 1.50}', MONEY, Decimal("1.5")),
        ('{"x": 1e2}', MONEY, Decimal(100)),
        ('{"x": 0.30000000000000004}', MONEY, UNREADABLE),
        ('{"x": true}', BOOLEAN, True),
        ('{"x": 1}', BOOLEAN, UNREADABLE),
        ('{"x": true}', TEXT, "true"),
        ('{"x": 12345678901234567890}', TEXT, "12345678901234567890"),
        ('{"x": "\\u00e9"}', TEXT, "é"),
        ('{"x": null}', TEXT, None),
        ("{}", TEXT, None),
        ("[1]", TEXT, None),
        ("null", TEXT, None),
        ('{"x": {"y": 1}}', TEXT, UNREADABLE),
        ('{"x": [1]}', TEXT, UNREADABLE),
        ('{"x": "a", "x": "b"}', TEXT, "a"),
        ("{x}", TEXT, UNREADABLE),
        ("", TEXT, UNREADABLE),
        ('{"x": NaN}', DOUBLE, UNREADABLE),
        ('{"x": ["a", null, "b"]}', ListOf(TEXT), ("a", "b")),
        ('{"x": [1, 2]}', ListOf(INTEGER), (1, 2)),
        ('{"x": null}', ListOf(INTEGER), None),
    ],
)
def test_json(json: str, kind: Type, expected: Any) -> None:
    assert cell(json, kind, ("c", "x"), stored="json") == expected


def test_a_list_with_unreadable_elements() -> None:
    text = '["1", "x", 2]'
    column = Column(("c",), type=ListOf(INTEGER), stored="json")
    with pytest.raises(DataFault, match="a cell is no list of integer"):
        read({"c": text}, column, "t")
    lenient = Column(
        ("c",), type=ListOf(INTEGER), stored="json", unreadable_missing=True
    )
    assert read({"c": text}, lenient, "t") == (1, 2)
    assert read({"c": "5"}, lenient, "t") is None


def test_numbers_in_json_are_texts_as_in_duckdb() -> None:
    numbers = (
        "1.50 1e5 -0.0 -0 0.1000 1e-7 0.000001 0.0000015 1e20 1e21 1E22 12e-1 1e400 "
        "100000000000000000000.5 -2.5e-10 5e-324 1.7976931348623157e308 123e5 7 -12"
    )
    for number in numbers.split():
        json = f'{{"x": {number}}}'
        row = duckdb.connect().execute("SELECT ?::JSON ->> 'x'", [json]).fetchone()
        assert row == (cell(json, TEXT, ("c", "x"), stored="json"),)


def test_points() -> None:
    column = Column(("at", "lat"), type=POINT, longitude=("at", "lon"))
    for lat, lon, expected in [
        (Decimal("52.52"), 13, (52.52, 13.0)),
        (None, 13.4, None),
        (52.5, float("nan"), None),
    ]:
        assert read({"at": {"lat": lat, "lon": lon}}, column, "t") == expected
    with pytest.raises(DataFault):
        read({"at": {"lat": "52", "lon": 13}}, column, "t")


# ---- doubles that are read as decimals


@pytest.mark.parametrize(
    ("value", "scale", "expected"),
    [
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (2.675, 2, "2.68"),
        (1.005, 2, "1.00"),
        (2.5, 0, "3"),
        (0.49999999999999994, 0, "0"),
        (1e15 + 0.5, 0, "1000000000000001"),
        (float("nan"), 2, None),
        (-0.001, 2, "0.00"),
    ],
)
def test_rounding(value: float, scale: int, expected: str | None) -> None:
    found = rounded(value, Exact(18, scale))
    assert found == (None if expected is None else Decimal(expected))
    assert isinstance(found, int) is (scale == 0)


def test_what_no_decimal_can_hold() -> None:
    for value in (999.995, -1e300, math.inf):
        assert cell(value, MONEY, double=True) is UNREADABLE
    assert cell(999.994, MONEY, double=True) == Decimal("999.99")
    assert cell("2.675", MONEY, double=True, stored="text") == Decimal("2.68")


@pytest.mark.parametrize(
    ("digits", "scale"), [(5, 2), (18, 2), (9, 0), (38, 23), (38, 4)]
)
def test_rounding_is_that_of_duckdb(digits: int, scale: int) -> None:
    rng = random.Random(digits * 100 + scale)
    halves = [(rng.randrange(-(10**6), 10**6) + 0.5) / 10**scale for _ in range(2000)]
    near = [math.nextafter(each, rng.choice([-9e9, 9e9])) for each in halves]
    wide = [rng.uniform(-1, 1) * 10 ** rng.uniform(-5, 14) for _ in range(2000)]
    values = [*halves, *near, *wide]
    rows = (
        duckdb.connect()
        .execute(
            f"SELECT x, TRY_CAST(x AS DECIMAL({digits}, {scale}))"
            " FROM (SELECT unnest(?::DOUBLE[]) AS x)",
            [values],
        )
        .fetchall()
    )
    assert len(rows) == len(values)
    for value, expected in rows:
        try:
            found = rounded(value, Exact(digits, scale))
        except _Unreadable:
            found = None
        assert found == expected, value
