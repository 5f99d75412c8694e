"""Any text in; what must hold of every text is looked at, and a mistake raised.

The parser, the checker and the formatter may refuse a text, with a diagnostic that has
a place in it, and never in another way. `tests/fuzz` and `test_fuzz.py` feed them.
"""

from functools import cache
from pathlib import Path
from random import Random

from markdown import cases, pages
from random_worlds import world

from segql.diagnostics import Diagnostic, Report, SegqlError, render
from segql.library import Library
from segql.source import Source
from segql.syntax.comments import comments
from segql.syntax.format import format
from segql.syntax.parse import load_grammar, parse
from segql.syntax.print_file import print_definition


def shown(text: str, diagnostics: tuple[Diagnostic, ...]) -> None:
    """Each finding has a code, a place inside the text, and can be shown."""
    for each in diagnostics:
        assert each.code[0] in "EW"
        assert 0 <= each.span.start <= each.span.end <= len(text), each
        assert each.message
        assert "\n" not in each.message, each
        render(each)


def parses(text: str) -> bool:
    """Whether it can be read; if so, what is printed of it can be read, too."""
    report = Report(Source(text))
    tree = parse(Source(text), report)
    shown(text, tuple(report.diagnostics))
    assert (tree is None) == bool(report.errors)
    if tree is None:
        return False
    printed = print_definition(tree)
    report = Report()
    again = parse(Source(printed), report)
    if again is None:  # parentheses that were put in made it too deep
        assert {each.code for each in report.errors} == {"E112"}, printed
        return True
    assert print_definition(again) == printed
    return True


def checks(text: str) -> bool:
    """Whether it means something in one of the random worlds."""
    checked = _library().check(Source(text), "rule")
    shown(text, tuple(checked.report.diagnostics))
    ruled = checked.rule is not None or checked.meaning.parts or checked.meaning.lets
    if checked.definition is None:
        assert not checked.report.ok
    return bool(ruled and checked.report.ok)


def formats(text: str) -> bool:
    """Whether it has the one form; that form is stable and keeps the comments."""
    try:
        formed = format(text)
    except SegqlError as error:
        shown(text, error.diagnostics)
        refused = {each.code for each in error.diagnostics}
        assert not refused & {"E711", "E712"}, str(error)
        return False
    assert format(formed) == formed
    assert told(formed) == told(text)
    return True


def told(text: str) -> list[str]:
    return [text[each.start : each.end].rstrip() for each in comments(text)]


TARGETS = {"parse": parses, "check": checks, "format": formats}


@cache
def _library() -> Library:
    return Library(world(0), Path("nowhere"))


# ---- texts to begin with, and words to make others of


@cache
def known_texts() -> tuple[str, ...]:
    """The rules and files of the manual, right and wrong, and some of random worlds."""
    shown = (case.text for page in pages() for case in cases(page) if not case.catalog)
    return tuple(dict.fromkeys(text for text in shown if len(text) < 2000))


@cache
def known_words() -> tuple[str, ...]:
    """The words of the grammar and of a random world, and what else a text is of."""
    import re

    grammar = load_grammar()
    words = set(re.findall(r"[a-z]{2,}", grammar.split("// ---- tokens")[1]))
    catalog = world(0).catalog
    words |= {*catalog.attributes, *catalog.events}
    signs = """
        ( ) , . .. = != < <= > >= + - * / % : # ` " 0 1 3 25 1.5 1_000 2025 2025-03
        2025-03-01 2025-03-01T08:30 2025-03-01T08:30:00+01:00 "a" "" "\\n" `a` x n
        ignoring_case km days
    """
    others = ["\n", "\n\n", "\t", "# c\n", "# allow W201: so\n", "\r\n", "ü", "\ufeff"]
    phrases = [
        "starts with", "ends with", "as of", "any of", "all of", "years since",
        "at least", "more than", "exactly", "anniversary of", "month of",
        "exclusive with", "ignoring case", "list of", "in last 3 days",
        "in (1, 2)", "where ", "let x = ",
    ]  # fmt: skip
    return (*sorted(words), *signs.split(), *others, *phrases)


def soup(chance: Random, length: int) -> str:
    """Words without a sentence."""
    words = known_words()
    return " ".join(chance.choice(words) for _ in range(length))


def mutated(chance: Random, text: str) -> str:
    """A text with some of it gone, doubled, moved, or in other words."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 1, 1, 2, 5, 20)))
        part = text[start:end]
        match chance.randrange(6):
            case 0:
                part = ""
            case 1:
                part = part * chance.choice((2, 3, 50))
            case 2:
                part += chance.choice(known_words())
            case 3:
                part = f" {chance.choice(known_words())} "
            case 4:
                part = chance.choice('()",.#`\\\n\0\ufeff\u202e-_=<0é') + part
            case _:
                other = chance.choice(known_texts())
                middle = chance.randrange(len(other) + 1)
                part = other[middle : middle + 40]
        text = text[:start] + part + text[end:]
    return text
