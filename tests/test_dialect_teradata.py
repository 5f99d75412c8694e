"""What Teradata is told that others are not; nothing here runs it."""

import pytest
from sqlglot import exp

from segql.diagnostics import SegqlError
from segql.sql import aggregates, portable
from segql.sql.compile import text
from segql.types import DATE, INTEGER, Exact

A, B = exp.column("a", "t"), exp.column("b", "t")
TEXT = portable.TextOf(this=A)
HEX = "CHAR2HEXINT(t.a || '')"


def said(node: exp.Expr) -> str:
    """An expression about the columns of `t`."""
    query = exp.select(exp.alias_(node.copy(), "r", copy=False)).from_("t")
    made = text(query, "teradata", False)
    return made.removeprefix("SELECT ").removesuffix(" AS r FROM t")


def held(test: exp.Expr) -> str:
    query = exp.select(exp.column("a", "t")).from_("t").where(test.copy())
    return text(query, "teradata", False).partition(" WHERE ")[2]


def refused(node: exp.Expr) -> str:
    with pytest.raises(SegqlError) as raised:
        said(node)
    [fault] = raised.value.diagnostics
    assert fault.code == "E405"
    return fault.message


def test_texts_are_compared_by_their_digits() -> None:
    """'a' = 'A' there, and 'a' = 'a '."""
    word = exp.Literal.string("aé")
    same = exp.EQ(this=TEXT.copy(), expression=word)
    assert held(same) == f"{HEX} = '006100E9'"
    before = exp.LT(this=TEXT.copy(), expression=word.copy())
    assert held(before) == f"{HEX} < '006100E9'"
    query = exp.select(TEXT.copy()).from_("t").group_by(TEXT.copy())
    assert text(query, "teradata", False).endswith(f"GROUP BY t.a, {HEX}")
    assert "text" in refused(exp.Max(this=TEXT.copy()))


def test_parts_of_texts_are_found_by_their_digits() -> None:
    part = exp.Literal.string("a")
    starts = exp.StartsWith(this=TEXT.copy(), expression=part)
    assert held(starts) == f"SUBSTR({HEX}, 1, CHARACTER_LENGTH('0061')) = '0061'"
    contains = exp.Contains(this=TEXT.copy(), expression=part.copy())
    assert held(contains) == f"REGEXP_INSTR({HEX}, '^(....)*' || '0061') > 0"


def test_blanks_are_no_empty_text() -> None:
    value = exp.Nullif(this=TEXT.copy(), expression=exp.Literal.string(""))
    assert said(value) == "CASE WHEN CHARACTER_LENGTH(t.a) > 0 THEN t.a END"


def test_sums_are_as_wide_as_there_is() -> None:
    total = aggregates.made("sum", A.copy(), INTEGER)
    assert said(total) == "SUM(CAST(t.a AS DECIMAL(38, 0)))"
    wide = portable.Calculated(
        this=A,
        expression=B,
        operator="*",
        left=Exact(30),
        right=Exact(30),
        type=Exact(38),
    )
    assert "exact numbers" in refused(wide)


def test_an_interval_s_parts_have_four_digits() -> None:
    step = portable.MovedWall(this=A.copy(), count=90_061_000_004, unit="MICROSECOND")
    parts = "INTERVAL '1' DAY + INTERVAL '1' HOUR + INTERVAL '1' MINUTE"
    shown = f"{parts} + INTERVAL '1.000004' SECOND"
    assert f"ELSE CAST(t.a AS TIMESTAMP(6)) + {shown} END" in said(step)
    far = portable.MovedWall(this=A.copy(), count=10_000, unit="DAY")
    assert "windows" in refused(far)


def test_units_are_whole_numbers() -> None:
    """A second's fraction would be rounded, not cut off."""
    between = portable.UnitsBetween(this=A.copy(), expression=B.copy(), unit="SECOND")
    made = said(between)
    assert "FLOOR(EXTRACT(SECOND FROM CAST(t.b AS TIMESTAMP(6))))" in made
    quarter = portable.Part(this=A.copy(), part="QUARTER", day=True)
    assert said(quarter).endswith("MOD 3) / 3")


@pytest.mark.parametrize(
    "node",
    [
        portable.Local(this=A, zone="Europe/Berlin"),
        portable.OfInstant(this=A),
        portable.Folded(this=TEXT),
        portable.Md5(this=TEXT),
        portable.Fault(type=DATE),
        portable.Parsed(this=TEXT, type=DATE),
        portable.Size(this=A),
    ],
)
def test_what_its_reference_leaves_open_is_refused(node: exp.Expr) -> None:
    refused(node)
