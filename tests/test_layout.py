"""The formatter: one form, the same meaning, every comment, whatever is typed."""

from collections import Counter
from random import Random

import pytest
from differential import _Files
from markdown import layouts, pages
from random_layout import scattered
from random_moments import as_of_of
from random_rules import Script, script
from random_worlds import world
from test_print import canonical, read

import segql
from segql.diagnostics import Report, SegqlError
from segql.model.allow import apply_allowed, opening_comment
from segql.model.check_file import check_file, noted
from segql.model.world import World
from segql.source import Source
from segql.syntax import definitions as defs
from segql.syntax.alike import alike
from segql.syntax.comments import comments
from segql.syntax.format import format
from segql.syntax.parse import parse
from segql.syntax.print_file import print_definition

SHOWN = [(page.stem, *each) for page in pages() for each in layouts(page)]


def test_pages_show_layouts() -> None:
    assert len(SHOWN) > 8


@pytest.mark.parametrize(
    ("written", "wanted"),
    [each[2:] for each in SHOWN],
    ids=[f"{page}:{line}" for page, line, *_ in SHOWN],
)
def test_what_the_manual_shows(written: str, wanted: str) -> None:
    assert format(written) == wanted
    assert format(wanted) == wanted


# ---- random texts


def told(text: str) -> list[str]:
    return [text[each.start : each.end].rstrip() for each in comments(text)]


def doubts(text: str, made: Script, bound: World) -> Counter[str]:
    """What a check says of a text, its comments that allow obeyed."""
    source = Source(text)
    report = Report(source)
    tree = parse(source, report)
    assert tree is not None
    beside = {name: print_definition(each) for name, each in made.files.items()}
    segments = _Files(bound, beside)
    meaning = check_file(tree, bound, report, params=made.params, segments=segments)
    noted(meaning, report)
    apply_allowed(report)
    return Counter(each.code for each in report.diagnostics)


def kept(text: str) -> str:
    """The text in its one form, once it is clear that it is the same."""
    shown = format(text)
    assert canonical(read(shown)) == canonical(read(text))
    assert told(shown) == told(text)
    assert opening_comment(shown) == opening_comment(text)
    assert format(shown) == shown
    return shown


SHARES = (0.02, 0.1, 0.3, 0.6)
"""How many of the places where a comment could stand have one."""


@pytest.mark.parametrize("seed", range(8))
def test_random_texts_stay_the_same(seed: int) -> None:
    for number in range(60 * seed, 60 * seed + 60):
        chance = Random(number)
        try:
            stays_the_same(chance, chance.choice(SHARES))
        except Exception as error:
            raise AssertionError(f"seed {number}") from error


def stays_the_same(chance: Random, share: float) -> None:
    """The seeds are plain, as Hypothesis can't make such texts much shorter."""
    bound = world(0)
    made = script(chance, bound.catalog, as_of_of(Random(0)))
    plain = print_definition(made.definition)
    codes = [*doubts(plain, made, bound), "W201", "W203"]
    allows = tuple(code for code in codes if code.startswith("W"))
    text = scattered(chance, plain, share, allows)
    if parse(Source(text), Report()) is None:
        return  # a comment where the grammar has no place for one
    shown = kept(text)
    before, after = doubts(text, made, bound), doubts(shown, made, bound)
    before["W203"] = after["W203"]  # parentheses may have been put in
    assert before == after


def test_without_comments_there_is_one_form() -> None:
    bound = world(1)
    for seed in range(100):
        chance = Random(seed)
        made = script(chance, bound.catalog, as_of_of(Random(0)))
        plain = print_definition(made.definition)
        text = scattered(chance, plain, 0)
        assert print_definition(read(text)) == plain
        if not made.definition.declarations:  # where empty lines are the author's
            assert format(text).replace("\r\n", "\n") == plain, f"seed {seed}"


FILE = """\
# head
segment s "S"
  tags a, b
  owner "me"
  exclusive with x, y.z
param n: list of decimal(5, 1) = (1, 2)
let a = ("x",)
where age > 3 or a and b
example "Anna" in (age = 30, bought(price = 5, "sport", line("A")), home = (1, 2))
example out ()
"""
PARTITION = """\
partition p
  as of 2025-06-01T00:00
  purpose loyalty
  channel email
let a = 1
segment x "X" where age > 3
segment `in` where at least 2 of (a, b, c) and not (d or e)
segment z where a then no (b) within 3 days or exactly 1 of (a, top 3 by x)
else y "Y"
example in x (age = 3)
"""


@pytest.mark.parametrize("file", [FILE, PARTITION])
def test_random_files_stay_the_same(file: str) -> None:
    for seed in range(150):
        chance = Random(seed)
        text = scattered(chance, file, chance.choice(SHARES), ("W201", "W203"))
        if parse(Source(text), Report()) is not None:
            assert kept(text), f"seed {seed}"


# ---- what was once wrong


@pytest.mark.parametrize(
    "text",
    [
        "# c\nbranch within 1 km of # x\nhere\nand a",
        "a then b(same c, same\n d) within # allow W201: so\n 1 # allow W203: so\n day",
        "a or bottom\n 1 by # x\n x # allow W201: so",
        "a then no\n(b( # allow W203: so\n same c))",
        "a then # x\n# y\nno\n (b( # allow W203: so\n c))",
        "((a\nthen no b)) or nobody # c\nor d",
        "exactly 0 of (\n# c\nat most\n1 of ( # allow W201: so\n a))",
        "let a = 3 let b = 4 # allow W203: so\nwhere a",
        "(\n# c\na and b) or c",
        "not ( # allow W201: so\n age > 3)",
        "where # c\n# d\n\nage > 3",
        "f(# c\n)",
        "x in (# a\n)",
        "example_ in (1,\n\n# c\n2 # d\n) # e\nand b",
    ],
)
def test_frozen(text: str) -> None:
    kept(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("age > 3", "age > 3\n"),
        ("\n\n age > 3 \n\n\n", "age > 3\n"),
        ("age > 3\r\nand b\r\n", "age > 3 and b\r\n"),
        ("age > 3 and b\r\n# c\n", "age > 3 and b\r\n# c\r\n"),
        ("\tage\f>\t3", "age > 3\n"),
        ("age > 3 # ü\u2028x \t", "age > 3  # ü\u2028x\n"),
        ("#x\n#\n#\ty\nage > 3#", "#x\n#\n#\ty\nage > 3  #\n"),
        ("n > 1_000.5 - - 1_0", "n > 1_000.5 - -1_0\n"),
        ("größe = 1", "größe = 1\n"),
        ("# c\n\n\nage > 3", "# c\n\nage > 3\n"),
        ("a and b or c\n# allow W203: fine", "(a and b) or c\n# allow W203: fine\n"),
        ("# allow W203: fine\na and b or c", "# allow W203: fine\na and b or c\n"),
        ("# allow W203: x\n(a and b) or c", "# allow W203: x\n(a and b) or c\n"),
    ],
)
def test_small_texts(text: str, wanted: str) -> None:
    assert format(text) == wanted
    assert format(wanted) == wanted


def test_a_long_line_without_a_place_to_break_stays() -> None:
    text = f'city = "{"x" * 500}" # {"y" * 500}'
    assert format(text) == f'city = "{"x" * 500}"  # {"y" * 500}\n'


def test_what_follows_a_list_counts_for_its_line() -> None:
    head = "city in (" + ", ".join(f'"{"x" * 18}{n}"' for n in range(3)) + ")"
    assert format(f"{head} and b") == f"{head} and b\n"
    assert max(map(len, format(f"{head} and bought >= 3").splitlines())) <= 88
    long = "bought(" + ", ".join(f'"{"x" * 18}{n}"' for n in range(3)) + ")"
    assert format(f"{long} in last 30 days >= 3").startswith("bought(\n")


def test_a_comma_behind_the_last_item_counts_for_its_line() -> None:
    long = ", ".join(f'"{"x" * 15}{n}"' for n in range(3))
    for more in range(40):
        text = f'where a example in (a = "{"y" * 50}", b = ({long}, "{"z" * more}"))'
        assert max(map(len, format(text).splitlines())) <= 88, more


def test_sums_and_choices_are_broken() -> None:
    total = " + ".join(f"sum(bought.amount{n} in last 365 days)" for n in range(3))
    assert format(f"{total} > 3 * 4").splitlines() == [
        "sum(bought.amount0 in last 365 days)",
        "  + sum(bought.amount1 in last 365 days)",
        "  + sum(bought.amount2 in last 365 days) > 3 * 4",
    ]
    choice = f"age > (60 if {'very_' * 8}female and newsletter else 65 if {'a' * 30})"
    choice = choice.replace("aaa)", "aaa else 3)")
    assert format(choice).splitlines()[:3] == [
        "age > (",
        "  60",
        f"  if {'very_' * 8}female and newsletter",
    ]


# ---- what it refuses


@pytest.mark.parametrize(
    ("text", "code"),
    [("age >", "E102"), ("", "E113"), ("# c", "E113"), ("a b", "E104")],
)
def test_mistakes_are_raised(text: str, code: str) -> None:
    with pytest.raises(SegqlError) as raised:
        segql.format(text)
    assert [each.code for each in raised.value.diagnostics] == [code]


def test_a_formatter_that_errs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is read again, whatever made it."""
    from segql.syntax import format as formatter

    def changed(code: str, *changes: tuple[str, str]) -> None:
        real = formatter.lay_out

        def wrong(*arguments: object) -> str:
            text = real(*arguments)  # type: ignore[arg-type]
            for was, other in changes:
                text = text.replace(was, other)
            return text

        with monkeypatch.context() as patched:
            patched.setattr(formatter, "lay_out", wrong)
            with pytest.raises(SegqlError) as raised:
                segql.format("age > 3  # one\nand b  # two\n# three\n")
        assert [each.code for each in raised.value.diagnostics] == [code]

    changed("E711", ("3", "4"))
    changed("E711", ("> 3", "> > 3"))
    changed("E711", ("age > 3", "age > (3)"), ("and", "or"))
    changed("E712", ("# one", ""))
    changed("E712", ("# three\n", ""))
    changed("E712", ("# one", "# two"), ("b  # two", "b  # one"))
    changed("E712", ("# three\n", ""), ("age", "# three\nage"))
    changed("E712", ("# three\n", "# three\n# four\n"))


def test_alike_sees_every_difference() -> None:
    texts = [
        "a", "not a", "a and b", "a or b", "b and a", "a and b and c", "a = 1",
        "a = 1.0", "a = 1.00", "a != 1", "a in 1..2", "a in 1..", "a in (1, 2)",
        "a not in (1, 2)", "f(a)", "f(a, b)", 'a = "x"', "a in last 3 days",
        "a in last 3 weeks", "segment s where a", 'segment s "T" where a',
        "segment s owner \"o\" where a", "let x = 1 where a", "let x = 2 where a",
        "where a example in (x = 1)", "where a example out (x = 1)", "a = true",
        "a = -1",
    ]  # fmt: skip
    trees: list[defs.Definition] = [read(text) for text in texts]
    for i, one in enumerate(trees):
        for j, other in enumerate(trees):
            assert alike(one, other) == (i == j), (texts[i], texts[j])
    assert alike(read("(a and b) and c"), read("a and b and c"))
    assert alike(read("a 1..2"), read("a in 1..2"))
    assert not alike(read("a"), None)
