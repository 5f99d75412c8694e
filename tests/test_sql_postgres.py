"""What PostgreSQL does otherwise, and what the dialect does about it, on a server."""

import math
import struct
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from servers import postgres
from sqlglot import exp

from segql.fold import TABLE, fold
from segql.model import regex
from segql.model.windows import instant
from segql.reference.reading import rounded
from segql.sql import names, portable
from segql.sql.dialects.postgres import POSTGRES
from segql.sql.dialects.postgres_text import written
from segql.sql.speech import Unsaid, spoken
from segql.types import DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, Exact, Type

pytestmark = pytest.mark.skipif(
    postgres.missing() is not None, reason=f"not run: {postgres.missing()}"
)

EXACT = Context(prec=60)
A, B = exp.column("a", "d"), exp.column("b", "d")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    found = postgres.start(tmp_path_factory.mktemp("postgres"))
    yield found
    found.close()


def asked(warehouse: Any, node: exp.Expr, a: Any, b: Any = None) -> list[Any]:
    """What a node is for each of some values, in their order."""
    table = {"n": list(range(len(a))), "a": a, "b": a if b is None else b}
    warehouse.load({"d": pa.table(table)})
    query = exp.select(exp.column("n", "d"), exp.alias_(node.copy(), "r")).from_("d")
    rows = warehouse.connection.rows(sql(query))
    return [value for _, value in sorted(rows, key=lambda row: row[0])]


def sql(query: exp.Query) -> str:
    return spoken(query, POSTGRES).sql(dialect="postgres")


def doubles(values: list[float]) -> pa.Array:
    return pa.array(values, pa.float64())


# ---- texts


def test_case_is_taken_out_of_every_character(warehouse: Any) -> None:
    codes = [*range(1, 0xD800), *range(0xE000, 0x110000)]
    words = [chr(code) for code in codes]
    words += [f"A{chr(code)}Z" for code in TABLE]
    words += ["ΑΣ", "Σ", "ΑΣ Β", "ΣΑΣ.", "İSTANBUL", "А\u1c89Σİ", "STRASSE", "ẞ"]
    node = portable.Folded(this=portable.TextOf(this=A))
    found = asked(warehouse, node, words)
    assert [w for w, f in zip(words, found, strict=True) if f != fold(w)] == []


PATTERNS = [
    "a.b",
    "[^a]",
    "a|bc",
    "(a|b)*c",
    "a{2,3}",
    "(ab?){2}",
    "[à-ÿ]+",
    r"\.\*\\\[\]\^\$\(\)\{\}\|\?\+",
    r"[\]\^\-\\a]",
    r"\n",
    r"[\t\n]",
    "😀+",
    "[😀-😃]",
    "(a*)*b",
    "-",
    "#",
    r"[a\&b]",
    "'",
]
TEXTS = [
    *"a b ab axb a\nb a\tb bc c abc aa aaa aaaa aab abab a\n ab\n".split(" "),
    *"é É 😀 😀😃 .*\\[]^$(){}|?+ ] ^ - \\ # & '".split(" "),
    *("", "\n", "\n\n"),
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns(warehouse: Any, pattern: str) -> None:
    assert regex.problem(pattern) is None
    node = portable.FullMatch(this=A, expression=exp.null(), pattern=pattern)
    found = asked(warehouse, node, TEXTS)
    matcher = regex.compile(pattern)
    assert found == [matcher.matches(text) for text in TEXTS]


def test_a_pattern_of_everything() -> None:
    assert written(regex.parse("[a-z]+@b")) == "[a-z]+@b"
    assert written(regex.parse("(a|b)c-")) == r"(?:a|b)c\u002d"


@pytest.mark.parametrize("kind", [exp.LT, exp.GTE, exp.EQ])
def test_texts_are_compared_by_code_point(warehouse: Any, kind: Any) -> None:
    texts = ["a", "B", "ä", "Z", "", "a ", "A", "～", "🚲", "z"]
    for bound in texts:
        node = kind(this=portable.TextOf(this=A), expression=exp.Literal.string(bound))
        python = {
            exp.LT: str.__lt__,
            exp.GTE: str.__ge__,
            exp.EQ: str.__eq__,
        }[kind]
        wanted = [python(text, bound) for text in texts]
        assert asked(warehouse, node, texts) == wanted


def test_the_least_text_and_the_order_of_keys(warehouse: Any) -> None:
    texts = ["a", "B", "ä", "Z", "～", "🚲"]
    least = exp.Min(this=portable.TextOf(this=A))
    warehouse.load({"d": pa.table({"a": texts, "n": [10, 9, -1, 0, 2, 1]})})
    connection = warehouse.connection
    assert connection.scalar(sql(exp.select(least).from_("d"))) == "B"
    for column in ("a", "n"):
        key = exp.column(column, "d")
        order = portable.InOrder(this=key.copy())
        rows = connection.rows(sql(exp.select(key).from_("d").order_by(order)))
        assert rows == sorted(rows)


LITERALS = [
    "it's",
    "\\n",
    "\\",
    "a\nb",
    "\t",
    "%_",
    '"',
    "$$",
    "--",
    "é😀",
    "\x01",
    "::",
]


@pytest.mark.parametrize("text", LITERALS)
def test_literals(warehouse: Any, text: str) -> None:
    query = exp.select(exp.alias_(exp.Literal.string(text), "a"))
    assert warehouse.connection.scalar(sql(query)) == text


def test_other_types_of_text(warehouse: Any) -> None:
    """Blanks at the end are none, an enum is its word, an own collation has no say."""
    warehouse.owner.run(
        "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2',"
        " deterministic = false)",
        "CREATE TYPE mood AS ENUM ('b', 'a')",
        "CREATE TABLE odd (f char(3), e mood, l text COLLATE loose, es mood[])",
        "INSERT INTO odd VALUES ('b', 'b', 'B', '{b}'), ('a', 'a', 'b', '{a}')",
    )
    for column in ("f", "e", "l"):
        value = portable.TextOf(this=exp.column(column, "o"))
        test = exp.EQ(this=value, expression=exp.Literal.string("b"))
        query = exp.select("COUNT(*)").from_("odd AS o").where(test)
        assert warehouse.connection.scalar(sql(query)) == 1, column
    moods = exp.column("es", "o")
    options = [exp.Literal.string("b"), exp.Literal.string("nothing")]
    has = portable.HasOne(this=moods, expressions=options)
    item = exp.EQ(this=portable.ITEM.copy(), expression=exp.Literal.string("b"))
    some = portable.HasSome(this=moods.copy(), expression=item)
    for test in (has, some):
        query = exp.select("COUNT(*)").from_("odd AS o").where(test)
        assert warehouse.connection.scalar(sql(query)) == 1


# ---- names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("id", "id"),
        ("Id", '"Id"'),
        ("größe", '"größe"'),
        ("user", '"user"'),
        ("analyse", '"analyse"'),
        ("a b", '"a b"'),
        ('a"b', '"a""b"'),
        ("1a", '"1a"'),
    ],
)
def test_names(warehouse: Any, name: str, shown: str) -> None:
    warehouse.load({"d": pa.table({name: [7], name.upper() + "_": [8]})})
    column = names.column((name,), "d")
    query = exp.select(column).from_(names.table("d"))
    text = sql(query)
    assert text == f"SELECT d.{shown} FROM d"
    assert warehouse.connection.scalar(text) == 7


def test_a_name_that_would_be_cut_off_is_refused() -> None:
    sql(exp.select(names.column(("ä" * 31,), "d")).from_("d"))
    with pytest.raises(Unsaid, match="names"):
        sql(exp.select(names.column(("ä" * 32,), "d")).from_("d"))


def test_a_text_with_a_nul_is_refused() -> None:
    with pytest.raises(Unsaid, match=r"U\+0000"):
        sql(exp.select(exp.alias_(exp.Literal.string("a\0b"), "a")))


# ---- numbers


def ieee(operator: str, a: float, b: float) -> float:
    import numpy as np

    with np.errstate(all="ignore"):
        x, y = np.float64(a), np.float64(b)
        return float({"+": x + y, "-": x - y, "*": x * y, "/": x / y}[operator])


def pairs(operator: str) -> tuple[list[float], list[float]]:
    """Doubles of all sizes, many of them near to where an operation fails."""
    random = Random(operator)
    most, odd = 1.7976931348623157e308, [0.0, -0.0, math.inf, -math.inf, 5e-324, 1.0]

    def one() -> float:
        if random.random() < 0.1:
            return random.choice([*odd, most, -most, math.nan])
        if random.random() < 0.2:
            return float(struct.unpack("<d", random.randbytes(8))[0])
        near = random.choice([0, 0, 1, 512, 1000, 1023, -537, -800, -1022, -1074])
        power = max(-1074, min(1023, near + random.randint(-9, 9)))
        return random.choice([-1, 1]) * math.ldexp(1 + random.random(), power)

    left = [one() for _ in range(20_000)]
    right = [one() for _ in range(20_000)]
    for place in range(0, 20_000, 3):
        value = left[place]
        if math.isfinite(value) and abs(value) > 1:
            other = most / value * random.choice([1, 1 - 2**-53, 1 + 2**-52])
            right[place] = 1 / other if operator == "/" and other else other
    return left, right


@pytest.mark.parametrize("operator", "+-*/")
def test_doubles_are_those_of_ieee(warehouse: Any, operator: str) -> None:
    a, b = pairs(operator)
    node: exp.Expr = portable.Doubles(this=A, expression=B, operator=operator)
    if operator == "/":
        b = [value or 1.0 for value in b]
        node = portable.Quotient(this=A, expression=B)
    found = asked(warehouse, node, doubles(a), doubles(b))
    wrong = [
        (x, y, value)
        for x, y, value in zip(a, b, found, strict=True)
        if value != (wanted := ieee(operator, x, y))
        and not (math.isnan(wanted) and math.isnan(value))
    ]
    assert wrong == []


@pytest.mark.parametrize("literal", [2.0, -0.5, 1e308, 3e-308, 1e-320, 7.0, 0.0])
@pytest.mark.parametrize("operator", "+-*/")
def test_doubles_beside_a_literal(
    warehouse: Any, operator: str, literal: float
) -> None:
    a, _ = pairs(operator)
    real = portable.Real(value=literal or 1.0 if operator == "/" else literal)
    node: exp.Expr = portable.Doubles(this=A, expression=real, operator=operator)
    if operator == "/":
        node = portable.Quotient(this=A, expression=real)
    found = asked(warehouse, node, doubles(a))
    wrong = [
        (x, value)
        for x, value in zip(a, found, strict=True)
        if value != (wanted := ieee(operator, x, real.value))
        and not (math.isnan(wanted) and math.isnan(value))
    ]
    assert wrong == []


def test_operations_on_operations_are_computed_once(warehouse: Any) -> None:
    node: exp.Expr = A
    for _ in range(40):
        node = portable.Doubles(this=node, expression=B, operator="*")
    assert len(sql(exp.select(node.copy()).from_("d"))) < 20_000
    assert asked(warehouse, node, doubles([1.0]), doubles([1.5])) == [1.5**40]
    short: exp.Expr = A
    for _ in range(4):
        short = portable.Doubles(this=short, expression=B, operator="*")
    big = doubles([1e300, -1e300, 1e-300])
    small = doubles([1e10, 1e10, 1e-10])
    assert asked(warehouse, short, big, small) == [math.inf, -math.inf, 0.0]


@pytest.mark.parametrize("kind", [Exact(10, 2), Exact(12, 5), Exact(19), Exact(38, 2)])
def test_the_nearest_exact_number(warehouse: Any, kind: Exact) -> None:
    random = Random(str(kind))
    top = 10.0**kind.whole / 2
    values = [0.125, 2.675, 1.005, 0.285, -0.5, 0.5, 1.5, 2.5, -2.5, 0.0]
    for _ in range(5_000):
        digits = random.uniform(0, kind.whole)
        values.append(random.choice([-1, 1]) * random.random() * 10**digits)
        values.append(random.randint(0, 10**6) / random.choice([8, 100, 1000, 2000]))
        values.append(random.randint(0, 10**9) + 0.5)
    values = [value for value in values if abs(value) < top]
    found = asked(warehouse, portable.Nearest(this=A, type=kind), doubles(values))
    assert found == [rounded(value, kind) for value in values]


def test_nan_is_nobody(warehouse: Any) -> None:
    values = doubles([1.0, math.nan, math.inf])
    assert asked(warehouse, portable.KnownNumber(this=A), values) == [1, None, math.inf]
    assert asked(warehouse, portable.IsNumber(this=A), values) == [True, False, True]


def test_floors(warehouse: Any) -> None:
    values = list(range(-30, 30))
    node = portable.Floored(this=A, by=7)
    assert asked(warehouse, node, values) == [value // 7 for value in values]


def test_what_is_calculated_stays_exact(warehouse: Any) -> None:
    wide = Exact(30, 3)
    values = [Decimal("123456789012345678901234567.891"), Decimal("-0.001")]
    column = pa.array(values, pa.decimal128(30, 3))
    for operator, wanted in (
        ("+", [value.fma(2, 0, context=EXACT) for value in values]),
        ("-", [Decimal(0), Decimal(0)]),
    ):
        node = portable.Calculated(
            this=A, expression=B, operator=operator, left=wide, right=wide, type=wide
        )
        assert asked(warehouse, node, column) == wanted


# ---- time

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


@pytest.mark.parametrize("zone", ZONES)
def test_walls_of_zones(warehouse: Any, zone: str) -> None:
    random = Random(zone)
    walls = [datetime(1, 1, 3), datetime(9999, 12, 29), datetime(1893, 4, 1)]
    for _ in range(2_000):
        month, day = random.choice(
            [(3, 30), (10, 26), (4, 6), (10, 5), (11, 2), (7, 1)]
        )
        start = datetime(random.randint(1971, 2036), month, day)
        walls.append(start + timedelta(minutes=random.randint(-9999, 9999)))
    column = pa.array(walls, pa.timestamp("us"))
    found = asked(warehouse, portable.Utc(this=A, zone=zone), column)
    assert found == [instant(w, zone).replace(tzinfo=None) for w in walls]
    found = asked(warehouse, portable.Local(this=A, zone=zone), column)
    info = ZoneInfo(zone)
    wanted = [w.replace(tzinfo=UTC).astimezone(info) for w in walls]
    assert found == [each.replace(tzinfo=None) for each in wanted]


def test_units_between(warehouse: Any) -> None:
    end = datetime(2025, 3, 1, 12)
    offsets = [0, 1, 999_999, 10**6, 59_999_999, 6 * 10**7, 36 * 10**8 + 1, 10**15]
    starts = [
        end + timedelta(microseconds=s * each) for each in offsets for s in (-1, 1)
    ]
    column = pa.array(starts, pa.timestamp("us"))
    for unit, seconds in (("SECOND", 1), ("MINUTE", 60), ("HOUR", 3600)):
        node = portable.UnitsBetween(
            this=A, expression=portable.Wall(value=end), unit=unit
        )
        wanted = [-((start - end) // timedelta(seconds=seconds)) for start in starts]
        assert asked(warehouse, node, column) == wanted


def test_days_and_months(warehouse: Any) -> None:
    days = [date(2024, 1, 31), date(2023, 12, 31), date(1, 1, 31), date(9999, 11, 30)]
    column = pa.array(days)
    moved = portable.MovedDay(this=A, count=1, unit="MONTH")
    assert asked(warehouse, moved, column) == [
        date(2024, 2, 29),
        date(2024, 1, 31),
        date(1, 2, 28),
        date(9999, 12, 30),
    ]
    between = portable.DaysBetween(this=A, expression=portable.Day(value=date.max))
    wanted = [(date.max - day).days for day in days]
    assert asked(warehouse, between, column) == wanted
    weekday = portable.Weekday(this=A)
    assert asked(warehouse, weekday, column) == [day.isoweekday() for day in days]


# ---- texts that are read as something else


def parsed(text: str, type_: Type) -> Any:
    try:
        if type_ == DATE:
            return date.fromisoformat(text)
        if type_ == TIMESTAMP:
            return datetime.fromisoformat(text[:26])
        if type_ == DOUBLE:
            return float(text)
        if type_ == INTEGER:
            return int(text) if -(2**63) <= int(text) < 2**63 else None
        return Decimal(text) if abs(Decimal(text)) < 1000 else None
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("type_", "texts"),
    [
        (DATE, [f"{y}-{m:02}-{d:02}" for y in ("0001", "0099", "1900", "2000", "2023",
                "2024", "9999") for m in range(14) for d in range(33)]),
        (TIMESTAMP, ["2024-02-30 10:00", "2024-02-29T10:00", "0001-01-01 00:00:00.5",
                     "9999-12-31 23:59:59.9999999", "2024-01-01 23:59:59.1234569"]),
        (DOUBLE, ["1", "-1.5", "1e400", "-1e400", "1e-400", "5e-324", "2e-324", "1e308",
                  "1.7976931348623159e308", "1.7976931348623157e308", "0.1", "1e999"]),
        (INTEGER, ["9223372036854775807", "9223372036854775808", "0", "-0",
                   "-9223372036854775808", "-9223372036854775809", "0000000000007"]),
        (Exact(5, 2), ["999.99", "1000", "-999.99", "-1000", "00000001.5", "0"]),
    ],
)  # fmt: skip
def test_parsed(warehouse: Any, type_: Type, texts: list[str]) -> None:
    found = asked(warehouse, portable.Parsed(this=A, type=type_), texts)
    assert found == [parsed(text, type_) for text in texts]


def test_parsed_instants(warehouse: Any) -> None:
    cells = {
        "2024-01-01T00:00:00Z": datetime(2024, 1, 1),
        "2024-01-01 00:00+02:00": datetime(2023, 12, 31, 22),
        "2024-01-01 00:00:00.1234567-23:59": datetime(2024, 1, 1, 23, 59, 0, 123456),
        "0001-01-01 00:00:00+00:01": None,
        "9999-12-31 23:59:59-00:01": None,
        "2024-02-30 00:00Z": None,
    }
    node = portable.ParsedInstant(this=A)
    assert asked(warehouse, node, list(cells)) == list(cells.values())


def test_a_fault_waits_for_its_cell(warehouse: Any) -> None:
    """A cast of a text alone would fail while the query is planned."""
    for kind in (TEXT, DOUBLE, DATE, TIMESTAMP, INTEGER, Exact(9, 2)):
        bad = exp.EQ(this=A, expression=exp.Literal.string("bad"))
        node = exp.Case(ifs=[exp.If(this=bad, true=portable.Fault(type=kind))])
        assert asked(warehouse, node, ["good", "fine"]) == [None, None]
        with pytest.raises(Exception, match="E518"):
            asked(warehouse, node, ["good", "bad"])


# ---- JSON

DOCUMENTS = {
    '{"a": 1, "a": 2}': "1",
    '{"a": 1.50}': "1.5",
    '{"a": 1e5}': "100000.0",
    '{"a": 1e21}': "1e21",
    '{"a": 1.5e-7}': "1.5e-7",
    '{"a": 0.000001}': "0.000001",
    '{"a": 123456789012345678901234567890}': "123456789012345678901234567890",
    '{"a": -0}': "0",
    '{"a": -0.0}': "-0.0",
    '{"a": 1e400}': "1e400",
    '{"a": 1e-400}': "0.0",
    '{"a": true}': "true",
    '{"a": null}': None,
    '{"b": 1}': None,
    '{"a": "é\\u00e9\\n\\"\\ud83d\\ude00"}': 'éé\n"😀',
    '{"a": ""}': "",
    "[1]": None,
    "1": None,
    '"a"': None,
    ' {"a" : 3 } ': "3",
}
NO_JSON = [
    "",
    "{",
    "nope",
    "{'a': 1}",
    '{"a": 1,}',
    '{"a": 01}',
    '{"a": NaN}',
    '{"a": 1} 2',
    "1 2",
    "truefalse",
    '{"a"; 1}',
    '{"a": "\\x"}',
    '{"a": "\\ud800"}',
    '{"a": "\\u0000"}',
    '{"a": "\n"}',
    "[1 2]",
    '["a" "b"]',
    "[,]",
    "\x01",
    "{1: 2}",
    '{"a": [}]',
]


@pytest.mark.parametrize("lenient", [False, True])
def test_json(warehouse: Any, lenient: bool) -> None:
    node = portable.JsonText(this=A, path=("a",), lenient=lenient)
    found = asked(warehouse, node, list(DOCUMENTS))
    assert dict(zip(DOCUMENTS, found, strict=True)) == DOCUMENTS
    deep = ["[" * 60 + "1" + "]" * 60, '{"a":' * 60 + "1" + "}" * 60]
    kind = portable.JsonKind(this=A, path=(), lenient=lenient)
    assert asked(warehouse, kind, deep) == ["ARRAY", "OBJECT"]


@pytest.mark.parametrize("text", NO_JSON)
def test_no_json(warehouse: Any, text: str) -> None:
    node = portable.JsonText(this=A, path=("a",), lenient=True)
    assert asked(warehouse, node, [text]) == [None]
    node = portable.JsonText(this=A, path=("a",), lenient=False)
    with pytest.raises(Exception, match="E518"):
        asked(warehouse, node, [text])


def test_json_of_its_own_types(warehouse: Any) -> None:
    owner = warehouse.owner
    owner.run(
        "CREATE TABLE docs (j json, b jsonb)",
        """INSERT INTO docs SELECT t::json, t::jsonb FROM
        (VALUES ('{"a": [1.50, "x", null]}')) AS v (t)""",
    )
    for column, lenient in (("j", False), ("b", False), ("j", True), ("b", True)):
        node = portable.JsonTexts(
            this=exp.column(column, "d"), path=("a",), lenient=lenient
        )
        query = exp.select(exp.alias_(node, "r")).from_("docs AS d")
        assert warehouse.connection.scalar(sql(query)) == ["1.5", "x", None]


# ---- lists


def test_lists(warehouse: Any) -> None:
    lists = pa.array([[1, 2, None], [], None, [2, 2]], pa.list_(pa.int64()))
    two = portable.Number(value=2, type=INTEGER)
    one = portable.Number(value=1, type=INTEGER)
    has = portable.HasOne(this=A, expressions=[two.copy()])
    assert asked(warehouse, portable.IsTrue(this=has), lists) == [
        True,
        False,
        None,
        True,
    ]
    both = portable.HasOne(this=A, expressions=[one, two.copy()], every=True)
    found = asked(warehouse, both, lists)
    assert [bool(each) for each in found] == [True, False, False, False]
    size = exp.Coalesce(this=portable.Size(this=A), expressions=[exp.Literal.number(0)])
    assert asked(warehouse, size, lists) == [2, 0, 0, 2]
    floats = pa.array([[1.0, math.nan, None], None], pa.list_(pa.float64()))
    assert asked(warehouse, portable.SizeOfKnown(this=A), floats) == [1, None]
    made = portable.Each(
        this=A, expression=portable.ToDouble(this=portable.ITEM.copy(), type=INTEGER)
    )
    assert asked(warehouse, made, lists) == [[1.0, 2.0, None], [], None, [2.0, 2.0]]
