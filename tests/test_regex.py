"""Patterns: what is accepted, what it matches, and that DuckDB agrees."""

import re
from time import perf_counter

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segql.fold import fold
from segql.model import regex

CONNECTION = duckdb.connect()


def in_duckdb(text: str, pattern: str) -> bool:
    row = CONNECTION.execute("SELECT regexp_full_match(?, ?)", [text, pattern])
    (found,) = row.fetchone() or (None,)
    assert isinstance(found, bool)
    return found


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("10[0-9]{3}", ["10115"], ["1011", "101155", "x10115", "10115\n", ""]),
        ("a|bc", ["a", "bc"], ["ab", "ac", "abc"]),
        ("(a|b)+c?", ["a", "abbac"], ["c", "acc"]),
        ("(?:ab){2,}", ["abab", "ababab"], ["ab", "aba"]),
        ("a.b", ["axb", "aßb", "a\rb", "a\u2028b", "a😀b"], ["a\nb", "ab"]),
        (".*@uni\\.de", ["x@uni.de", "@uni.de"], ["x@uniXde", "x@uni.de "]),
        ("[^a-c]", ["d", "\n", "ß"], ["a", "", "dd"]),
        ("[-a]", ["-", "a"], ["b"]),
        ("[a-]", ["-", "a"], ["b"]),
        ("[+\\--9]", ["+", "-", "5", "/"], [",", ":"]),
        ("[\\]^]", ["]", "^"], ["\\"]),
        ("\\(\\[\\{\\.\\\\", ["([{.\\"], ["([{x\\"]),
        ("a\\tb\\n", ["a\tb\n"], ["atbn"]),
        ("(a*)*b", ["b", "aab"], ["a"]),
        ("(a?){3}", ["", "a", "aaa"], ["aaaa"]),
        ("a{0,2}", ["", "aa"], ["aaa"]),
        ("ß-ẞ", ["ß-ẞ"], ["ss-ẞ"]),
    ],
)
def test_what_matches(pattern: str, yes: list[str], no: list[str]) -> None:
    matcher = regex.compile(pattern)
    for text in [*yes, *no]:
        assert matcher.matches(text) is (text in yes), text
        assert in_duckdb(text, regex.portable(pattern)) is (text in yes), text
    again = regex.portable(pattern)
    assert regex.portable(again) == again


@pytest.mark.parametrize(
    ("pattern", "portable"),
    [
        ("a.b", "a[^\n]b"),
        ("(?:ab)+", "(ab)+"),
        ("((a))|(b|c)d", "a|(b|c)d"),
        ("(a+)?", "(a+)?"),
        ("[cba]", "[a-c]"),
        ("[b]", "b"),
        ("[.]", "\\."),
        ("[&]\\-", "&-"),
        ("x{1,}y{0,1}z{3,3}", "x+y?z{3}"),
        ("\\/#", "/#"),
    ],
)
def test_portable(pattern: str, portable: str) -> None:
    assert regex.portable(pattern) == portable


@pytest.mark.parametrize(
    ("pattern", "start", "end", "word"),
    [
        ("", 0, 0, "empty"),
        ("^a", 0, 1, "whole value"),
        ("ab$", 2, 3, "whole value"),
        ("a\\b", 1, 3, "whole value"),
        ("\\d+", 0, 2, "different characters"),
        ("[\\w]", 1, 3, "different characters"),
        ("(a)\\1", 3, 5, "refers back"),
        ("(?=a)b", 0, 3, "underst"),
        ("(?i)a", 0, 3, "underst"),
        ("(?P<n>a)", 0, 3, "underst"),
        ("\\p{L}", 0, 2, "underst"),
        ("a*?", 2, 3, "lazy"),
        ("a*+", 1, 3, "follows another"),
        ("a**", 1, 3, "follows another"),
        ("a{2}{3}", 1, 7, "follows another"),
        ("*a", 0, 1, "nothing before"),
        ("a|+", 2, 3, "nothing before"),
        ("(a", 0, 1, "not closed"),
        ("a)", 1, 2, "closes no group"),
        ("[a", 0, 1, "not closed"),
        ("[]a]", 0, 2, "empty"),
        ("[z-a]", 1, 4, "backwards"),
        ("[[:alpha:]]", 1, 2, "inside a class"),
        ("[a&&b]", 2, 3, "inside a class"),
        ("a]", 1, 2, "closes nothing"),
        ("a}", 1, 2, "closes nothing"),
        ("a{2", 1, 2, "braces"),
        ("a{,3}", 1, 5, "braces"),
        ("a{x}", 1, 4, "braces"),
        ("a{256}", 1, 6, "at most 255"),
        ("a{3,2}", 1, 6, "allows nothing"),
        ("a{0}", 1, 4, "allows nothing"),
        ("(a{100}){100}", 0, 13, "longer than 1000"),
        ("(a|)", 3, 4, "nothing stands"),
        ("()", 1, 2, "nothing stands"),
        ("a\\", 1, 2, "nothing follows"),
        ("a\\é", 1, 3, "underst"),
        ("\\ ", 0, 2, "no backslash"),
        ("(" * 60 + "a" + ")" * 60, 50, 51, "deeper"),
    ],
)
def test_what_is_refused(pattern: str, start: int, end: int, word: str) -> None:
    problem = regex.problem(pattern)
    assert problem is not None
    assert word in problem.message
    assert (problem.start, problem.end) == (start, end)
    assert problem.help
    with pytest.raises(ValueError, match=re.escape(problem.message)):
        regex.compile(pattern)


def test_a_hostile_pattern_ends() -> None:
    begun = perf_counter()
    assert not regex.compile("(a+)+b").matches("a" * 20_000)
    assert not regex.compile("(a|a)*b|(a*)*c|(a?){20}a{20}b").matches("a" * 2_000)
    assert regex.problem("(" * 100_000) is not None
    assert regex.problem("a{255}" * 100_000) is not None
    assert perf_counter() - begun < 10


@pytest.mark.parametrize(
    "pattern",
    ["[^ß]{255}" * 3, "([^a-c]{0,30}){33}", "(.{100,}){9}", "(((.|\\n)?){25}){20}"],
)
def test_what_is_accepted_fits_re2(pattern: str) -> None:
    assert regex.problem(pattern) is None
    assert in_duckdb("d" * 765, regex.portable(pattern)) is regex.compile(
        pattern
    ).matches("d" * 765)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("B[A-Z]+", "berlin"),
        ("STRA[ẞX]E", "STRAẞE"),
        ("[^a]", "b"),
        ("İ", "i"),
    ],
)
def test_ignoring_case(pattern: str, text: str) -> None:
    assert regex.compile(regex.folded(pattern)).matches(fold(text))
    assert regex.compile(regex.folded(pattern)).matches(fold(text.lower()))


def test_a_negated_class_ignoring_case_excludes_both_cases() -> None:
    assert regex.folded("[^A]") == "[^a]"
    assert not regex.compile(regex.folded("[^A-Z]")).matches("x")


CLASS = st.sampled_from(["[ab]", "[^a]", "[b-ß]", ".", "[^ß\\n]", "[A-b]"])
LITERAL = st.sampled_from(["a", "b", "ß", " ", "A", "\\.", "\n"])
QUANTIFIER = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "{0,1}"])


def bigger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda x: f"({'|'.join(x)})"),
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.builds(lambda x, q: f"({x}){q}", inner, QUANTIFIER),
    )


PATTERN = st.recursive(CLASS | LITERAL, bigger, max_leaves=6)
TEXT = st.text("abßA. \n", max_size=7)


@settings(max_examples=300, deadline=None)
@given(PATTERN, TEXT)
def test_three_matchers_agree(pattern: str, text: str) -> None:
    """Python's own, on short text, reads the original as it reads the rewritten."""
    expected = re.fullmatch(pattern, text) is not None
    assert regex.compile(pattern).matches(text) is expected
    portable = regex.portable(pattern)
    assert (re.fullmatch(portable, text) is not None) is expected
    assert in_duckdb(text, portable) is expected
    assert regex.portable(portable) == portable
    assert regex.compile(portable).matches(text) is expected


@settings(max_examples=300, deadline=None)
@given(PATTERN, TEXT)
def test_folding_never_loses_a_match(pattern: str, text: str) -> None:
    if "^" not in pattern and regex.compile(pattern).matches(text):
        assert regex.compile(regex.folded(pattern)).matches(fold(text))


@given(st.text("ab()[]{}^$*+?|\\-.,012&:dw\n", max_size=12))
def test_no_text_breaks_the_reader(pattern: str) -> None:
    """What is accepted is accepted by RE2 too."""
    problem = regex.problem(pattern)
    if problem is None:
        in_duckdb("ab", regex.portable(pattern))
        regex.compile(pattern).matches("ab")
    else:
        assert 0 <= problem.start <= problem.end <= len(pattern)
