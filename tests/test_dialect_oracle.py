"""What Oracle is told that others are not; nothing here runs it."""

import pytest
from sqlglot import exp

from segql.diagnostics import SegqlError
from segql.sql import portable
from segql.sql.compile import text
from segql.types import BOOLEAN, DATE, INTEGER, TIMESTAMP, Exact

A, B = exp.column("a", "t"), exp.column("b", "t")
TEXT = portable.TextOf(this=A)


def said(node: exp.Expr) -> str:
    """An expression about the columns of `t`."""
    query = exp.select(exp.alias_(node.copy(), "r", copy=False)).from_("t")
    made = text(query, "oracle", False)
    return made.removeprefix("SELECT ").removesuffix(" AS r FROM t")


def held(test: exp.Expr) -> str:
    query = exp.select(exp.column("a", "t")).from_("t").where(test.copy())
    return text(query, "oracle", False).partition(" WHERE ")[2]


def refused(node: exp.Expr) -> str:
    with pytest.raises(SegqlError) as raised:
        said(node)
    [fault] = raised.value.diagnostics
    assert fault.code == "E405"
    return fault.message


# ---- texts


def test_an_empty_text_is_missing() -> None:
    """What hangs on it is refused; that it counts as missing is just so."""
    empty = exp.Literal.string("")
    assert "text" in refused(exp.EQ(this=TEXT, expression=empty))
    assert said(exp.Nullif(this=TEXT.copy(), expression=empty.copy())) == "t.a"


def test_two_literals_that_end_with_blanks_are_not_the_same() -> None:
    case = exp.Case(ifs=[exp.If(this=exp.true(), true=exp.Literal.string("a "))])
    same = exp.EQ(this=case, expression=exp.Literal.string("a"))
    assert held(same) == "CASE WHEN 1 = 1 THEN TO_CHAR('a ') END = 'a'"


def test_texts_are_sorted_by_their_bytes() -> None:
    order = exp.Order(expressions=[exp.Ordered(this=TEXT.copy())])
    window = exp.Window(this=exp.RowNumber(), order=order)
    assert "ORDER BY NLSSORT(t.a, 'NLS_SORT=BINARY')" in said(window)


def test_the_table_of_small_letters_is_two_literals() -> None:
    made = said(portable.Folded(this=TEXT.copy()))
    assert made.count("TRANSLATE") == 3
    literals = made.split("'")[1::2]
    assert len(literals) == 6
    assert all(len(each.encode()) <= 4000 for each in literals)


def test_what_is_missing_joins_to_nothing() -> None:
    seed = exp.Literal.string("s:")
    joined = exp.DPipe(this=seed, expression=portable.AsText(this=A.copy()))
    shown = "CASE WHEN NOT TO_CHAR(t.a) IS NULL THEN 's:' || TO_CHAR(t.a) END"
    made = said(portable.Md5(this=joined))
    assert made == f"LOWER(RAWTOHEX(STANDARD_HASH({shown}, 'MD5')))"


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("a|b", "^(a|b)$"),
        ("(ab)+", "^((ab)+)$"),
        ("[0-9]{2,}", "^([0123456789]{2,})$"),
        ("[a-c^\\]-]", "^([]abc^-])$"),
        ("[^\\n]*", "^([^\n]*)$"),
        ("\\^\\.", "^(\\^\\.)$"),
        ("(a|b)?c", "^((a|b)?c)$"),
    ],
)
def test_patterns_are_posix(pattern: str, written: str) -> None:
    shown = exp.Literal.string(pattern)
    match = portable.FullMatch(this=TEXT.copy(), expression=shown, pattern=pattern)
    assert held(match) == f"REGEXP_LIKE(t.a, '{written}', 'c')"


@pytest.mark.parametrize("pattern", ["[\\u0100-\\uffff]", "a" * 600])
def test_other_patterns_are_refused(pattern: str) -> None:
    name = pattern.encode().decode("unicode_escape")
    shown = exp.Literal.string(name)
    match = portable.FullMatch(this=TEXT.copy(), expression=shown, pattern=name)
    query = exp.select(A.copy()).from_("t").where(match)
    with pytest.raises(SegqlError) as raised:
        text(query, "oracle", False)
    assert raised.value.diagnostics[0].code == "E405"


def test_a_list_has_a_thousand_values() -> None:
    options = [exp.Literal.number(each) for each in range(2500)]
    made = held(exp.In(this=A.copy(), expressions=options))
    assert made.startswith("(t.a IN (0, 1, ")
    assert made.count("t.a IN (") == 3
    assert "999) OR t.a IN (1000, " in made


# ---- names


@pytest.mark.parametrize(
    ("name", "written"),
    [("size", '"SIZE"'), ("Date", '"Date"'), ("_a", '"_A"'), ("level_", "level_")],
)
def test_words_are_in_capitals(name: str, written: str) -> None:
    column = exp.Column(this=exp.Identifier(this=name, quoted=False), table="t")
    made = said(exp.Column(this=column.this, table=exp.to_identifier("t")))
    assert made == f"t.{written}"


# ---- numbers


def test_doubles_are_binary() -> None:
    assert said(portable.Real(value=-1.5)) == "TO_BINARY_DOUBLE(-1.5)"
    assert said(portable.Real(value=-1.5e300)) == "TO_BINARY_DOUBLE('-15E299')"
    assert said(portable.Real(value=5e-324)) == "TO_BINARY_DOUBLE('5E-324')"
    known = said(portable.KnownNumber(this=A.copy()))
    value = "TO_BINARY_DOUBLE(t.a)"
    assert known == f"CASE WHEN NOT {value} IS NAN THEN {value} END"


def test_what_may_have_more_digits_is_cast() -> None:
    def product(kind: Exact) -> str:
        return said(
            portable.Calculated(
                this=A.copy(),
                expression=B.copy(),
                operator="*",
                left=kind,
                right=kind,
                type=Exact(38, 2 * kind.scale),
            )
        )

    assert product(Exact(19)) == "t.a * t.b"
    assert product(Exact(20, 1)) == "CAST(t.a * t.b AS NUMBER(38, 2))"


def test_a_text_is_read_with_a_point() -> None:
    made = said(portable.Parsed(this=TEXT.copy(), type=Exact(5, 2)))
    marks = "'NLS_NUMERIC_CHARACTERS=''.,'''"
    assert f"D99', {marks}) = 1 THEN CASE WHEN ABS(TO_NUMBER(t.a, '9" in made
    assert "< 1000 THEN" in made
    made = said(portable.Parsed(this=TEXT.copy(), type=INTEGER))
    assert "BETWEEN -9223372036854775808 AND 9223372036854775807" in made


# ---- time


def test_nothing_is_read_by_the_session_s_formats() -> None:
    day = said(portable.Parsed(this=TEXT.copy(), type=DATE))
    valid = "VALIDATE_CONVERSION(t.a AS DATE, 'YYYY-MM-DD') = 1"
    assert day == f"CASE WHEN {valid} THEN TO_DATE(t.a, 'YYYY-MM-DD') END"
    wall = said(portable.Parsed(this=TEXT.copy(), type=TIMESTAMP))
    assert "SUBSTR('0000-00-00 00:00:00.000000', LENGTH(" in wall


def test_months_are_added_to_the_first() -> None:
    made = said(portable.MovedDay(this=A.copy(), count=1, unit="MONTH"))
    first = "TRUNC(t.a, 'MM')"
    moved = f"ADD_MONTHS({first}, 1)"
    day = f"LEAST(TRUNC(t.a) - {first}, LAST_DAY({moved}) - {moved})"
    assert made.endswith(f"ELSE {moved} + {day} END")


def test_no_wall_is_converted_that_a_zone_may_skip() -> None:
    made = said(portable.Utc(this=A.copy(), zone="Europe/Berlin"))
    assert "'Europe/Berlin'" in made
    assert "FROM_TZ" in made
    assert "FROM_TZ(CAST(t.a AS TIMESTAMP), 'Europe/Berlin')" not in made


# ---- cells


def test_unreadable_cells_are_refused() -> None:
    assert "unreadable cells" in refused(portable.Fault(type=BOOLEAN))
