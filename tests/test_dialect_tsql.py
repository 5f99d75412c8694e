"""What SQL Server and Fabric are told that others are not; nothing here runs it."""

import pytest
from sqlglot import exp

from segql.diagnostics import SegqlError
from segql.sql import aggregates, portable
from segql.sql.compile import text
from segql.types import BOOLEAN, COUNT, DATE, DOUBLE, TIMESTAMP, Exact

A, B = exp.column("a", "t"), exp.column("b", "t")
MONEY = Exact(12, 2)


def said(node: exp.Expr, dialect: str = "tsql", **more: exp.Expr) -> str:
    """An expression about the columns of `t`."""
    query = exp.select(exp.alias_(node.copy(), "r", copy=False)).from_("t")
    made = text(query, dialect, False)
    return made.removeprefix("SELECT ").removesuffix(" AS r FROM t")


def held(test: exp.Expr, dialect: str = "tsql") -> str:
    query = exp.select(exp.column("a", "t")).from_("t").where(test.copy())
    return text(query, dialect, False).partition(" WHERE ")[2]


def refused(node: exp.Expr, dialect: str = "tsql") -> str:
    with pytest.raises(SegqlError) as raised:
        said(node, dialect)
    [fault] = raised.value.diagnostics
    assert fault.code == "E405"
    return fault.message


def text_of(column: exp.Expr) -> exp.Expr:
    return portable.TextOf(this=column.copy())


UTF8 = (
    "CAST(CAST(t.a AS NVARCHAR(MAX)) COLLATE Latin1_General_100_BIN2_UTF8"
    " AS VARCHAR(MAX))"
)


# ---- texts


def test_a_blank_at_the_end_counts() -> None:
    """'a' = 'a ' in every collation, and 'a' sorts after 'a' and a tab."""
    word = exp.Literal.string("web")
    same = exp.EQ(this=text_of(A), expression=word)
    assert held(same) == f"{UTF8} + '|' = 'web|'"
    before = exp.LT(this=text_of(A), expression=word.copy())
    assert held(before) == f"{UTF8} + CHAR(1) < 'web' + CHAR(1)"
    one_of = exp.In(this=text_of(A), expressions=[word.copy()])
    assert held(one_of) == f"{UTF8} + '|' IN ('web|')"


def test_groups_and_ends_of_texts_are_those_of_their_bytes() -> None:
    query = exp.select(text_of(A), exp.Max(this=text_of(A))).from_("t")
    made = text(query.group_by(text_of(A)), "tsql", False)
    assert made.endswith(f"GROUP BY {UTF8}, {UTF8} + '|'")
    assert f"REPLACE(MAX({UTF8} + CHAR(1)), CHAR(1), '')" in made
    counted = exp.Count(this=exp.Distinct(expressions=[text_of(A)]))
    assert said(counted) == f"COUNT_BIG(DISTINCT {UTF8} + '|')"


def test_what_a_filter_asks_of_the_end_of_texts_is_ended_too() -> None:
    word = exp.EQ(this=text_of(B), expression=exp.Literal.string("x"))
    end = exp.Filter(this=exp.Max(this=text_of(A)), expression=exp.Where(this=word))
    made = said(end)
    assert made.startswith("REPLACE(MAX(CASE WHEN ")
    assert "+ '|' = 'x|' THEN" in made


def test_a_text_is_known_behind_queries_too() -> None:
    inner = exp.select(exp.alias_(text_of(A), "p1")).from_("t").subquery("s")
    query = exp.select(exp.column("p1", "s")).from_(inner)
    same = exp.EQ(this=exp.column("p1", "s"), expression=exp.Literal.string("x"))
    assert text(query.where(same), "tsql", False).endswith("WHERE s.p1 + '|' = 'x|'")


def test_blanks_are_no_empty_text() -> None:
    value = exp.Nullif(this=text_of(A), expression=exp.Literal.string(""))
    assert said(value) == f"CASE WHEN DATALENGTH({UTF8}) > 0 THEN {UTF8} END"


@pytest.mark.parametrize("cell", ["\0", "a\1"])
def test_what_no_mark_can_end_is_refused(cell: str) -> None:
    assert "text" in refused(exp.Literal.string(cell))


def test_texts_beyond_ascii_are_no_question_marks() -> None:
    utf8 = "COLLATE Latin1_General_100_BIN2_UTF8 AS VARCHAR(MAX))"
    found = said(exp.Literal.string("é'"))
    assert found == f"CAST(CAST(N'é''' AS NVARCHAR(MAX)) {utf8}"
    # A backslash would take the end of the line out of the text.
    found = said(exp.Literal.string("\\\n"))
    assert found == f"CAST(CAST(N'\\' + NCHAR(10) AS NVARCHAR(MAX)) {utf8}"


def test_an_empty_text_is_at_every_place() -> None:
    part = text_of(B)
    other = UTF8.replace("t.a", "t.b")
    starts = exp.StartsWith(this=text_of(A), expression=part)
    assert held(starts) == f"CHARINDEX('|' + {other}, '|' + {UTF8}) = 1"
    ends = exp.EndsWith(this=text_of(A), expression=part.copy())
    whole, mark = f"{UTF8} + '|'", f"{other} + '|'"
    assert held(ends) == f"RIGHT({whole}, LEN({mark})) = {mark}"
    contains = exp.Contains(this=text_of(A), expression=part.copy())
    found, none = f"CHARINDEX({other}, {UTF8}) > 0", f"DATALENGTH({other}) = 0"
    assert held(contains) == f"{found} OR ({none} AND NOT {UTF8} IS NULL)"


def test_a_pattern_is_a_literal() -> None:
    """One of VARCHAR(MAX) is not taken."""
    shown = exp.Literal.string("é[^\n]*")
    match = portable.FullMatch(this=A, expression=shown, pattern="é.*")
    assert held(match) == "REGEXP_LIKE(t.a, '\\A(?:\\x{e9}[^\\x{a}]*)\\z', 'c')"


# ---- tests and booleans


def test_tests_are_no_values_and_values_no_tests() -> None:
    later = exp.GT(this=A.copy(), expression=exp.Literal.number(1))
    assert said(portable.Flag(this=later)) == "CASE WHEN t.a > 1 THEN 1 ELSE 0 END"
    assert held(portable.IsTrue(this=A.copy())) == "t.a = 1"
    not_true = portable.NotTrue(this=later.copy())
    assert held(not_true) == "CASE WHEN t.a > 1 THEN 0 ELSE 1 END = 1"
    guarded = portable.Guarded(this=later.copy(), expression=exp.true())
    inner = "CASE WHEN 1 = 1 THEN 1 ELSE 0 END"
    assert held(guarded) == f"CASE WHEN t.a > 1 THEN {inner} END = 1"
    assert held(exp.EQ(this=A.copy(), expression=exp.false())) == "t.a = 0"
    assert held(exp.false()) == "1 = 0"
    some = portable.AnyTrue(this=later.copy())
    query = exp.select(A.copy()).from_("t").group_by(A.copy()).having(some)
    case = "MAX(CASE WHEN t.a > 1 THEN 1 ELSE 0 END) = 1"
    assert text(query, "tsql", False).endswith(case)


def test_there_is_no_aggregate_of_bits() -> None:
    value = portable.Single(this=exp.Case(ifs=[exp.If(this=exp.true(), true=A)]))
    inner = exp.select(exp.alias_(value, "n1")).from_("t").subquery("m")
    query = exp.select(exp.column("n1", "m")).from_(inner)
    made = text(query.where(portable.IsTrue(this=exp.column("n1", "m"))), "tsql", False)
    assert "MAX(CAST(CASE WHEN 1 = 1 THEN t.a END AS INT" in made


def test_a_value_that_is_missing_is_another() -> None:
    other = exp.NullSafeNEQ(this=A.copy(), expression=exp.Literal.number(3))
    both = exp.and_(other, exp.GT(this=B.copy(), expression=exp.Literal.number(0)))
    assert held(both) == "(t.a <> 3 OR t.a IS NULL) AND t.b > 0"


# ---- numbers


def test_no_digit_is_lost() -> None:
    def product(left: Exact, right: Exact) -> exp.Expr:
        kind = Exact(38, left.scale + right.scale)
        return portable.Calculated(
            this=A, expression=B, operator="*", left=left, right=right, type=kind
        )

    cast = "CAST(t.a AS NUMERIC(12, 2)) * CAST(t.b AS NUMERIC(9, 0))"
    assert said(product(MONEY, COUNT)) == cast
    assert "exact numbers" in refused(product(Exact(30, 2), Exact(12, 2)))
    said(product(Exact(19), Exact(19)))  # too large is an error there


def test_sums_are_as_wide_as_there_is() -> None:
    kind = "NUMERIC(38, 2)"
    total = aggregates.made("sum", A.copy(), MONEY)
    assert said(total) == f"SUM(CAST(t.a AS {kind}))"
    positive = exp.GT(this=B, expression=exp.Literal.number(0))
    some = aggregates.made("sum", A.copy(), MONEY, positive)
    assert said(some) == f"SUM(CAST(CASE WHEN t.b > 0 THEN t.a END AS {kind}))"


def test_whole_numbers_are_divided_without_a_fraction() -> None:
    seven, two = exp.Literal.number(7), exp.Literal.number(2)
    made = said(portable.WholeQuotient(this=seven, expression=two))
    assert made == "(7 - 7 % 2) / 2"


def test_units_of_a_double_are_counted() -> None:
    made = said(portable.Nearest(this=A.copy(), type=MONEY))
    assert "FLOOR(ABS(CAST(t.a AS FLOAT) * 100.0e0))" in made
    assert ">= 0.5e0" in made
    assert "doubles with a scale" in refused(
        portable.Nearest(this=A.copy(), type=Exact(19, 2))
    )


# ---- time


def test_counts_of_dateadd_have_32_bits() -> None:
    moved = portable.MovedWall(this=A.copy(), count=86_399_999_999, unit="MICROSECOND")
    made = said(moved)
    inner = "DATEADD(SECOND, 86399, CAST(t.a AS DATETIME2(6)))"
    assert f"DATEADD(MICROSECOND, 999999, {inner})" in made


def test_the_calendar_ends() -> None:
    end = "CAST('9999-12-31T23:59:59.999999' AS DATETIME2(6))"
    month = said(portable.MovedWall(this=A.copy(), count=2, unit="MONTH"))
    bound = "CAST('9999-10-31T23:59:59.999999' AS DATETIME2(6))"
    assert month.startswith(f"CASE WHEN t.a > {bound} THEN {end} ELSE DATEADD(MONTH, 2")
    day = said(portable.MovedDay(this=A.copy(), count=-1, unit="MONTH"))
    first = "CAST('0001-01-01' AS DATE)"
    bound = "CAST('0001-02-01' AS DATE)"
    assert day.startswith(f"CASE WHEN t.a < {bound} THEN {first} ELSE DATEADD(MONTH")


def test_weeks_do_not_depend_on_the_session() -> None:
    since = "DATEDIFF_BIG(DAY, CAST('0001-01-01' AS DATE), t.a)"
    assert said(portable.Weekday(this=A.copy())) == f"{since} % 7 + 1"


def test_a_query_stands_in_no_aggregate() -> None:
    """The changes of a zone's clock are a query; so is what a filter asks."""
    local = portable.Local(this=A.copy(), zone="Europe/Berlin")
    day = portable.DayOf(this=local)
    made = said(exp.Count(this=exp.Distinct(expressions=[day])))
    count = made.partition(" CROSS APPLY ")[0]
    assert count.startswith("COUNT_BIG(DISTINCT CAST(DATEADD(SECOND, CASE WHEN")
    assert "q1.v" in count
    assert "VALUES" not in count
    keys = exp.select(exp.column("k", "u")).from_("u").subquery()
    inside = exp.Where(this=exp.In(this=A.copy(), query=keys))
    made = said(exp.Filter(this=exp.Count(this=exp.Star()), expression=inside))
    assert made.startswith("COUNT_BIG(CASE WHEN q1.v = 1 THEN 1 END) AS r FROM t")
    assert "CROSS APPLY (SELECT CASE WHEN t.a IN (SELECT u.k FROM u)" in made


def test_a_query_in_a_query_in_an_aggregate_stands_beside_its_own_rows() -> None:
    day = portable.DayOf(this=portable.Local(this=B.copy(), zone="Asia/Kolkata"))
    days = exp.Count(this=exp.Distinct(expressions=[day]))
    two = exp.EQ(this=days, expression=exp.Literal.number(2))
    keys = exp.select(exp.column("k", "t")).from_("t").group_by(exp.column("k", "t"))
    inside = exp.In(this=A.copy(), query=keys.having(two).subquery())
    made = said(
        exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=inside))
    )
    outer, _, inner = made.partition("CROSS APPLY")
    assert "q1.v = 1" in outer
    assert "CROSS APPLY" in inner
    assert "COUNT_BIG(DISTINCT CAST(DATEADD(SECOND, q1.v, " in inner


def test_several_columns_are_looked_up_together() -> None:
    keys = exp.select(exp.column("k1", "u"), exp.column("k2", "u")).from_("u")
    pair = exp.Tuple(expressions=[A.copy(), B.copy()])
    made = held(exp.In(this=pair, query=keys.subquery()))
    inner = "SELECT u.k1 AS f0, u.k2 AS f1 FROM u"
    test = "found.f0 = t.a AND found.f1 = t.b"
    assert made == f"EXISTS(SELECT 1 FROM ({inner}) AS found WHERE {test})"


# ---- cells


@pytest.mark.parametrize("kind", [BOOLEAN, DOUBLE, DATE, TIMESTAMP, MONEY])
def test_an_unreadable_cell_is_an_error_that_says_so(kind: object) -> None:
    assert "CAST('segql: unreadable cell' AS INT" in said(portable.Fault(type=kind))


def test_fabric_has_no_instants() -> None:
    instant = portable.OfInstant(this=A.copy())
    assert "instants" in refused(instant, "fabric")
    assert "SWITCHOFFSET" in said(instant)
    assert said(portable.InOrder(this=A.copy()), "fabric") == "t.a"
