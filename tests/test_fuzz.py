"""Any text: the parser, the checker and the formatter answer, or say what is wrong."""

from collections.abc import Callable
from random import Random

import pytest
from fuzz_targets import TARGETS, known_texts, mutated, soup
from hypothesis import given, settings
from hypothesis import strategies as st

from segql.diagnostics import SegqlError
from segql.syntax.format import format

Target = Callable[[str], bool]
targets = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)


@targets
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text(target: Target, text: str) -> None:
    target(text)


_ALPHABET = st.sampled_from(
    [*'()",.#`\\\n\r\t =<>-_0123', "a", "in", "and ", "ü", "\0"]
)


@targets
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(_ALPHABET, max_size=40).map("".join))
def test_signs(target: Target, text: str) -> None:
    target(text)


@targets
@pytest.mark.parametrize("seed", range(4))
def test_words_without_a_sentence(target: Target, seed: int) -> None:
    chance = Random(seed)
    for _ in range(100):
        target(soup(chance, chance.randrange(12)))


@targets
@pytest.mark.parametrize("seed", range(6))
def test_texts_that_are_nearly_right(target: Target, seed: int) -> None:
    chance = Random(seed)
    good = 0
    for _ in range(120):
        text = mutated(chance, chance.choice(known_texts()))
        try:
            good += target(text)
        except Exception as error:
            raise AssertionError(text) from error
    assert good, "no text got as far as it could"


_DEEP = {
    "parentheses": ("(", "a", ")"),
    "not": ("not ", "a", ""),
    "minus": ("-", "a", ""),
    "calls": ("count(", "a", ")"),
    "lists": ("a in (", "1", ")"),
    "elements": ("a has (not (", "= 1", "))"),
    "choices": ("(1 if a else ", "2", ")"),
    "tests of choices": ("(1 if ", "a", " else 2)"),
    "chains of choices": ("", "(a", " if b else c"),
    "members": ("", "a", ".b"),
    "sums": ("", "1", " + 1"),
    "sums to the right": ("1 + (", "1", ")"),
    "windows": ("", "a", " in last 3 days"),
    "steps": ("", "a", " then a"),
    "steps in steps": ("a then (", "a", ")"),
    "ranks": ("top 3 by sum(", "a", ")"),
    "parts": ("at least 1 of (", "a", ")"),
    "and, or": ("a and (b or ", "c", ")"),
    "comments": ("(# c\n", "a", "# d\n)"),
    "allowed": ("(b and # allow W201: x\n", "a", ")"),
    "examples": ("where a example in (", "x = 1", ")"),
    "events": ("where a example in (e(", "x = 1", "))"),
    "types": ("param p: list of ", "text", ""),
}


@targets
@pytest.mark.parametrize("kind", _DEEP)
@pytest.mark.parametrize("depth", [30, 90, 99, 101, 150, 199, 203, 3_000])
def test_what_is_deep(target: Target, kind: str, depth: int) -> None:
    before, middle, after = _DEEP[kind]
    target(before * depth + middle + after * depth)


_LONG = {
    "terms": ("", "a and ", "b"),
    "mixed": ("", "a and b or ", "c"),
    "items": ("a in (", '"b", ', '"c")'),
    "names": ("", "a", " > 3"),
    "digits": ("a > ", "1", ""),
    "text": ('a = "', "x ", '"'),
    "blanks": ("a", " \n\t", " and b"),
    "comments": ("a\n", "# c\n", "and b"),
    "hoisted": ("a =\n", "# c\n", "3 and b"),
    "allowed": ("a", " # allow W201: x\n and b", ""),
    "lets": ("", "let a = 1 # c\n", "where a"),
    "examples": ("where a\n", "example in (x = 1, # c\n e(t = 2))\n", ""),
    "quotes": ("", '"', ""),
    "ticks": ("", "`", ""),
    "openings": ("", "(", ""),
    "signs": ("", "- ", "a"),
    "tags": ("segment s tags a", ", a", " where a"),
}


@targets
@pytest.mark.parametrize("kind", _LONG)
def test_what_is_long(target: Target, kind: str) -> None:
    before, middle, after = _LONG[kind]
    target(before + middle * 700 + after)


def test_parentheses_that_are_put_in_count() -> None:
    text = "a and (b or " * 90 + "c" + ")" * 90
    with pytest.raises(SegqlError) as raised:
        format(text)
    assert [each.code for each in raised.value.diagnostics] == ["E713"]
    flat = format(text.replace(" or", " and"))
    assert flat == "a" + "\nand b\nand a" * 89 + "\nand b\nand c\n"


@targets
def test_what_is_too_long(target: Target) -> None:
    assert not target("a and " * 200_000 + "b")


# ---- what was found


@targets
@pytest.mark.parametrize("text", [])
def test_frozen(target: Target, text: str) -> None:
    target(text)
