"""What StarRocks and Doris are told that others are not; nothing here runs them."""

import pytest
from sqlglot import exp

from segql.diagnostics import SegqlError
from segql.sql import aggregates, portable
from segql.sql.compile import text
from segql.types import BOOLEAN, COUNT, DOUBLE, INTEGER, Exact

A, B = exp.column("a", "t"), exp.column("b", "t")
BOTH = ("starrocks", "doris")
MONEY = Exact(12, 2)


def said(node: exp.Expr, dialect: str = "starrocks") -> str:
    """An expression about the columns of `t`."""
    query = exp.select(exp.alias_(node.copy(), "r", copy=False)).from_("t")
    made = text(query, dialect, False)
    return made.removeprefix("SELECT ").removesuffix(" AS r FROM t")


def refused(node: exp.Expr, dialect: str) -> str:
    with pytest.raises(SegqlError) as raised:
        said(node, dialect)
    [fault] = raised.value.diagnostics
    assert fault.code == "E405"
    return fault.message


def test_a_number_that_does_not_fit_is_no_missing_one() -> None:
    """Their casts make NULL of it: it is asserted before."""
    narrow = portable.ToExact(this=A.copy(), source=Exact(14, 2), type=MONEY)
    made = said(narrow)
    assert "ASSERT_TRUE(t.a IS NULL OR ABS(t.a) < 10000000000, 'segql: " in made
    wide = portable.ToExact(this=A.copy(), source=MONEY, type=Exact(14, 2))
    assert said(wide) == "CAST(t.a AS DECIMAL(14, 2))"
    assert "ASSERT_TRUE" in said(portable.Nearest(this=A.copy(), type=MONEY))


def test_no_digit_is_lost() -> None:
    def product(left: Exact, right: Exact) -> exp.Expr:
        kind = Exact(38, left.scale + right.scale)
        return portable.Calculated(
            this=A, expression=B, operator="*", left=left, right=right, type=kind
        )

    shown = "CAST(t.a AS DECIMAL(12, 2)) * CAST(t.b AS DECIMAL(9, 0))"
    assert said(product(MONEY, COUNT)) == shown
    assert "exact numbers" in refused(product(Exact(30), Exact(12)), "doris")
    total = aggregates.made("sum", A.copy(), INTEGER)
    assert said(total) == "SUM(CAST(t.a AS DECIMAL(38, 0)))"


@pytest.mark.parametrize("dialect", BOTH)
def test_no_error_stands_in_a_branch(dialect: str) -> None:
    """All branches of a CASE are computed, whichever is asked for."""
    assert "unreadable cells" in refused(portable.Fault(type=BOOLEAN), dialect)
    parsed = portable.Parsed(this=A.copy(), type=DOUBLE)
    assert "stored as text" in refused(parsed, dialect)


@pytest.mark.parametrize(
    ("dialect", "whole", "wall"),
    [
        ("starrocks", "DATE_TRUNC('second', t.a)", "CAST(t.a AS DATETIME)"),
        ("doris", "DATE_TRUNC(t.a, 'second')", "CAST(t.a AS DATETIME(6))"),
    ],
)
def test_a_conversion_keeps_the_microseconds(
    dialect: str, whole: str, wall: str
) -> None:
    local = portable.Local(this=A.copy(), zone="Europe/Berlin")
    there = f"CONVERT_TZ({whole}, 'UTC', 'Europe/Berlin')"
    shown = f"SECONDS_ADD({wall}, SECONDS_DIFF({there}, {whole}))"
    assert said(local, dialect) == shown


def test_steps_have_32_bits_and_end_with_the_calendar() -> None:
    moved = portable.MovedWall(this=A.copy(), count=86_399_999_999, unit="MICROSECOND")
    made = said(moved)
    seconds = "SECONDS_ADD(CAST(t.a AS DATETIME), 86399)"
    assert made.startswith("CASE WHEN t.a > CAST('9999-12-3")
    assert f"MICROSECONDS_ADD({seconds}, 999999)" in made


def test_units_are_counted_from_the_beginning_of_one() -> None:
    between = portable.UnitsBetween(this=A.copy(), expression=B.copy(), unit="HOUR")
    assert said(between) == "HOURS_DIFF(t.b, DATE_TRUNC('hour', t.a))"
    assert said(between, "doris") == "HOURS_DIFF(t.b, DATE_TRUNC(t.a, 'hour'))"


@pytest.mark.parametrize("dialect", BOTH)
def test_lists_have_lambdas(dialect: str) -> None:
    size = portable.Size(this=A.copy())
    kept = "ARRAY_FILTER(item -> NOT item IS NULL, t.a)"
    assert said(size, dialect) == f"CARDINALITY({kept})"
    texts = [exp.Literal.string(each) for each in "xy"]
    every = portable.HasOne(this=A.copy(), expressions=texts, every=True)
    one, two = (f"ARRAY_CONTAINS(t.a, '{each}')" for each in "xy")
    assert said(every, dialect) == f"{one} AND {two}"


def test_patterns_end_where_the_text_does() -> None:
    shown = exp.Literal.string("a|b")
    match = portable.FullMatch(this=A.copy(), expression=shown, pattern="a|b")
    assert "'\\\\A(?:a|b)\\\\z'" in said(match)


def test_joining_is_no_or() -> None:
    joined = exp.DPipe(this=exp.Literal.string("s"), expression=A.copy())
    assert said(joined) == "CONCAT('s', t.a)"


def test_a_field_of_a_struct() -> None:
    field = exp.Dot(this=A.copy(), expression=exp.to_identifier("f"))
    assert said(field) == "t.a.f"
    assert said(field, "doris") == "STRUCT_ELEMENT(t.a, 'f')"
