"""The table for `ignoring case`: what it does, and which engine does the same."""

import unicodedata

import duckdb
import pytest

from segql.fold import EXCEPTIONS, TABLE, exceptions, fold

EVERY = [chr(code) for code in [*range(1, 0xD800), *range(0xE000, 0x110000)]]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße", "straße"),
        ("STRASSE", "strasse"),
        ("STRAẞE", "straße"),
        ("İstanbul", "istanbul"),
        ("ISPARTA ı", "isparta ı"),
        ("ΑΣ", "ασ"),
        ("ας", "ας"),
        ("ſ", "ſ"),
        ("\N{KELVIN SIGN}", "k"),
        ("Å", "å"),
        ("A\N{COMBINING RING ABOVE}", "a\N{COMBINING RING ABOVE}"),
        ("ǅ", "ǆ"),
        ("ᾼ", "ᾳ"),
        ("𐐀", "𐐨"),
    ],
)
def test_what_folds(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_folding_twice_changes_nothing() -> None:
    assert not set(TABLE) & set(TABLE.values())
    assert len(TABLE) == 1433


def test_python_agrees_but_for_what_the_module_says() -> None:
    """Newer Unicode adds pairs, so only letters that were there in 14.0 count."""
    if unicodedata.unidata_version < "14":
        pytest.skip("an older Unicode")
    differ = [chr(code) for code, low in TABLE.items() if chr(code).lower() != chr(low)]
    assert differ == ["İ"]
    if unicodedata.unidata_version < "16":
        assert exceptions(str.lower) == ("İ", "i")


def test_duckdb_lowers_by_this_very_table() -> None:
    rows = (
        duckdb.connect()
        .execute("SELECT c, lower(c) FROM (SELECT unnest(?::VARCHAR[]) AS c)", [EVERY])
        .fetchall()
    )
    lower = dict(rows)
    assert len(lower) == len(EVERY)
    assert exceptions(lower.__getitem__) == EXCEPTIONS["duckdb"]
    words = ["ΑΣ ΑΣ.", "İI", "STRAẞE", "ﬀ ǅ"]
    for word in words:
        found = duckdb.connect().execute("SELECT lower(?)", [word]).fetchone()
        assert found == (fold(word),)
