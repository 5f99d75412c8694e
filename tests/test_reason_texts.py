"""The kinds of texts that tests tell apart, against every short text there is."""

from collections.abc import Sequence
from functools import cache
from itertools import product
from random import Random
from statistics import median
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_regex import PATTERN

from segql.fold import fold
from segql.model import nodes as mdl
from segql.model import regex
from segql.reason.text_tests import Kind, is_text, text_test
from segql.reason.texts import TextCells, TextTestAtom, text_cells, truths
from segql.types import COUNT, TEXT

KELVIN = "\N{KELVIN SIGN}"
LETTERS = "ab ßſKkA" + KELVIN
ORDERED: tuple[Kind, ...] = ("<", "<=")
OTHERS: tuple[Kind, ...] = ("=", "starts", "ends", "contains")

WORD = st.text(LETTERS, max_size=4)
ATOM = st.one_of(
    st.builds(TextTestAtom, st.booleans(), st.sampled_from(ORDERED + OTHERS), WORD),
    st.builds(TextTestAtom, st.booleans(), st.just("in"), st.frozensets(WORD)),
    st.builds(TextTestAtom, st.booleans(), st.just("matches"), PATTERN),
)
ATOMS = st.lists(ATOM, min_size=1, max_size=5)


def of_one_fold(tests: list[TextTestAtom]) -> list[TextTestAtom]:
    return [TextTestAtom(tests[0].folded, each.kind, each.operand) for each in tests]


@cache
def short_texts() -> tuple[str, ...]:
    """Every text of up to five of some letters, and of three of all."""
    few = ["".join(t) for n in range(6) for t in product("aßK ", repeat=n)]
    few += ["".join(t) for n in range(6) for t in product("ab", repeat=n)]
    all_ = ["".join(t) for n in range(4) for t in product(LETTERS + "x.\n", repeat=n)]
    return tuple({*few, *all_})


def by_hand(tests: Sequence[TextTestAtom], text: str) -> int:
    """What a text passes, spelled out once more."""
    found = 0
    for i, test in enumerate(tests):
        subject = fold(text) if test.folded else text
        if isinstance(test.operand, frozenset):
            passed = subject in test.operand
        else:
            passed = {
                "<": lambda s, o: s < o,
                "<=": lambda s, o: s <= o,
                "=": lambda s, o: s == o,
                "starts": str.startswith,
                "ends": str.endswith,
                "contains": lambda s, o: o in s,
                "matches": lambda s, o: regex.compile(o).matches(s),
            }[test.kind](subject, test.operand)
        found |= passed << i
    return found


def checked(tests: list[TextTestAtom], budget: int = 4000) -> TextCells:
    """The cells, each held against its text."""
    result = text_cells(tests, budget)
    assert len({cell.truths for cell in result.cells}) == len(result.cells)
    for cell in result.cells:
        assert is_text(cell.witness)
        assert by_hand(tests, cell.witness) == cell.truths, (tests, cell)
    return result


def held_against(tests: list[TextTestAtom], texts: Sequence[str]) -> TextCells:
    result = checked(tests)
    if result.complete:
        known = {cell.truths for cell in result.cells}
        for text in texts:
            assert truths(tests, text) in known, (tests, text)
    return result


@settings(max_examples=400, deadline=None)
@given(ATOMS, st.booleans(), st.randoms(use_true_random=False))
def test_no_text_is_in_another_cell(
    tests: list[TextTestAtom], mixed: bool, chance: Random
) -> None:
    tests = tests if mixed else of_one_fold(tests)
    held_against(tests, chance.sample(short_texts(), 400))


@settings(max_examples=150, deadline=None)
@given(ATOMS, st.lists(st.text(max_size=5), max_size=30))
def test_no_text_of_any_letters_is_in_another_cell(
    tests: list[TextTestAtom], texts: list[str]
) -> None:
    held_against(tests, [text for text in texts if is_text(text)])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("Aab", max_size=2), max_size=8), ATOMS, st.booleans())
def test_points_do_not_hide_the_rest(
    points: list[str], tests: list[TextTestAtom], folded: bool
) -> None:
    """Texts that are named, which a walk over all others finds too."""
    named = [TextTestAtom(folded, "in", frozenset(points)), *tests]
    texts = ["".join(t) for n in range(4) for t in product("Aab ", repeat=n)]
    held_against(named, texts)
    held_against(of_one_fold(named), texts)


@settings(max_examples=100, deadline=None)
@given(ATOMS, st.integers(0, 12))
def test_a_small_budget_is_never_wrong(tests: list[TextTestAtom], budget: int) -> None:
    found = checked(tests, budget)
    every = {cell.truths for cell in text_cells(tests).cells}
    assert {cell.truths for cell in found.cells} <= every
    if found.complete:
        assert {cell.truths for cell in found.cells} == every


def test_most_are_complete() -> None:
    """Else the tests above say nothing."""
    chance = Random(8)
    complete = 0
    for letters in [LETTERS, "ab"] * 150:
        tests = [
            TextTestAtom(
                chance.random() < 0.5,
                chance.choice(ORDERED + OTHERS),
                "".join(chance.choices(letters, k=chance.randint(0, 4))),
            )
            for _ in range(chance.randint(1, 5))
        ]
        complete += text_cells(tests).complete
    assert complete == 300


def plain(kind: Kind, operand: str) -> TextTestAtom:
    return TextTestAtom(False, kind, operand)


def folds(kind: Kind, operand: str) -> TextTestAtom:
    return TextTestAtom(True, kind, operand)


@pytest.mark.parametrize(
    ("tests", "texts"),
    [
        ([], ["x"]),
        ([plain("=", "DE"), plain("=", "AT")], ["x", "DE", "AT"]),
        ([plain("=", "")], ["x", ""]),
        ([plain("starts", "")], ["x"]),
        ([folds("=", "DE")], ["x"]),
        ([folds("=", "de"), plain("=", "DE")], ["x", "de", "DE"]),
        (
            [folds("=", "k"), plain("=", "k"), plain("<", "b")],
            ["x", "k", "K", "a", KELVIN],
        ),
        ([plain("<", "a"), plain("<", "c")], ["x", "a", "A"]),
        ([plain("<", "")], ["x"]),
        ([plain("<=", "")], ["x", ""]),
        ([plain("<", "a"), plain("<=", "a")], ["x", "a", "A"]),
        ([plain("<", "x"), plain("<=", "x\x01")], ["y", "a", "x"]),
        ([folds("contains", "SHOP")], ["x"]),
        ([plain("ends", ".de"), plain("contains", ".")], ["x", ".", ".de"]),
        ([plain("ends", "b"), plain("ends", "ab")], ["x", "b", "ab"]),
        ([plain("ends", "b"), plain("contains", "ab")], ["x", "b", "ab", "abx"]),
        ([plain("matches", "a?"), plain("=", "a")], ["x", "", "a"]),
        ([plain("matches", "[^\n]*")], ["x", "\n"]),
        ([plain("matches", "(.|\n)*")], ["x"]),
        ([plain("contains", "a\0")], ["x"]),
        ([plain("=", "\ud800"), plain("=", "a\0")], ["x"]),
    ],
)
def test_what_is_shown(tests: list[TextTestAtom], texts: list[str]) -> None:
    found = checked(tests)
    assert found.complete
    shown = {cell.truths: cell.witness for cell in found.cells}
    assert shown.keys() == {truths(tests, text) for text in texts}
    assert sorted(shown.values()) == sorted(texts)


def test_what_cannot_be_together() -> None:
    tests = [plain("ends", "@uni.de"), plain("matches", ".*\\.com"), folds("<", "m")]
    found = checked(tests)
    assert found.complete
    assert {cell.truths & 0b11 for cell in found.cells} == {0b00, 0b01, 0b10}
    assert text_cells([plain("matches", "[^A-Z]*"), plain("contains", "Q")]).complete
    both = checked([folds("matches", "[A-Z]"), folds("starts", "a")])
    assert [cell.truths for cell in both.cells] == [0b00, 0b10]


def test_budgets() -> None:
    words = ["".join(letters) for letters in product("abcde", "fgh", "ijk", "lm")]
    many = [plain("contains", word) for word in words[:24]]
    assert not checked(many).complete
    assert checked(many[:9]).complete
    long = [plain("matches", "(a|b)*a(a|b){99}"), plain("starts", "b")]
    assert not checked(long, 50).complete


def seconds(tests: list[TextTestAtom]) -> float:
    def once() -> float:
        start = perf_counter()
        text_cells(tests)
        return perf_counter() - start

    return median(once() for _ in range(5))


def test_it_is_quick() -> None:
    """Ten times what is measured on a small machine."""
    chance = Random(3)
    words = ["".join(chance.choices("abcdefghij", k=8)) for _ in range(500)]
    assert seconds([plain("=", word) for word in words[:5]]) < 0.0005
    assert seconds([folds("=", word) for word in words]) < 0.3
    listed = TextTestAtom(False, "in", frozenset(words))
    assert seconds([listed, plain("starts", "ab"), plain("contains", "fgh")]) < 0.03
    mixed = [plain(k, w) for k, w in zip(ORDERED + OTHERS, words, strict=False)]
    patterns = ["[a-z]+\\.de", "[0-9]{5}", ".*@.*", ".{3,}"]
    mixed += [plain("matches", pattern) for pattern in patterns]
    assert seconds(mixed) < 0.1


@pytest.mark.parametrize(
    "tests",
    [
        [plain("matches", "(a|b)*a(a|b){200}"), plain("matches", "(a|c)*b(a|c){150}")],
        [plain("matches", "[a-z]{0,255}[0-9]{0,255}"), plain("matches", ".{10,200}")],
        [plain("matches", "((a?){20}){40}"), folds("matches", "([A-Zß]?){99}")],
        [plain("contains", f"{n:b}") for n in range(100)],
        [plain("<", f"{n:x}") for n in range(300)],
        [plain("starts", "x" * 20_000), plain("contains", "ab" * 10_000)],
    ],
    ids=range(6),
)
def test_nothing_is_slow(tests: list[TextTestAtom]) -> None:
    assert seconds(tests) < 3


VALUE = mdl.Attribute("mail", TEXT)
OTHER = mdl.Attribute("name", TEXT)


@pytest.mark.parametrize(
    ("rule", "test", "holds"),
    [
        (mdl.Compare("=", VALUE, mdl.Constant("a", TEXT)), plain("=", "a"), True),
        (mdl.Compare("!=", VALUE, mdl.Constant("a", TEXT)), plain("=", "a"), False),
        (mdl.Compare(">", VALUE, mdl.Constant("a", TEXT)), plain("<=", "a"), False),
        (mdl.Compare(">=", VALUE, mdl.Constant("a", TEXT)), plain("<", "a"), False),
        (
            mdl.TextTest("ends", mdl.Fold(VALUE), mdl.Constant("a", TEXT)),
            folds("ends", "a"),
            True,
        ),
        (mdl.Matches(mdl.Fold(mdl.Fold(VALUE)), "a"), folds("matches", "a"), True),
        (
            mdl.OneOf(VALUE, (mdl.Constant("a", TEXT), mdl.Constant("b", TEXT))),
            TextTestAtom(False, "in", frozenset("ab")),
            True,
        ),
    ],
)
def test_tests_of_rules(rule: mdl.Rule, test: TextTestAtom, holds: bool) -> None:
    assert text_test(rule) == (VALUE, test, holds)


@pytest.mark.parametrize(
    "rule",
    [
        mdl.Compare("=", VALUE, OTHER),
        mdl.Compare("=", mdl.Attribute("n", COUNT), mdl.Constant(1, COUNT)),
        mdl.OneOf(mdl.Attribute("n", COUNT), (mdl.Constant(1, COUNT),)),
        mdl.TextTest("starts", VALUE, OTHER),
        mdl.IsMissing(VALUE),
    ],
)
def test_other_rules_are_no_tests(rule: mdl.Rule) -> None:
    assert text_test(rule) is None
