"""What is said of rules that are wrong or suspicious: see tests/corpus/README.md."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from segql.catalog.read import read_catalog
from segql.diagnostics import Diagnostic, Report
from segql.library import Library
from segql.model.bind import bind
from segql.source import Source

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "examples/shop"
FILES = sorted((ROOT / "tests/corpus").glob("*.txt"))
WRITE = os.environ.get("SEGQL_CORPUS") == "write"
_NAMED = re.compile(r"^(?:segment|partition) (\w+)", re.MULTILINE)


def rules(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each rule, and the lines below it."""
    for block in re.split(r"\n{2,}", text):
        lines = block.strip("\n").split("\n")
        rule = [line.removeprefix("> ") for line in lines if line.startswith("> ")]
        if rule:
            yield "\n".join(rule), [line for line in lines if line[:2] != "> "]


@cache
def library() -> Library:
    path = SHOP / "catalog.yaml"
    report = Report()
    catalog = read_catalog(Source(path.read_text("utf-8"), path.name), report)
    assert catalog is not None
    world = bind(catalog, report)
    assert world is not None
    return Library.of(world, SHOP / "segments")


def said(rule: str) -> list[str]:
    """All that `check` says of a rule, as the files have it."""
    named = _NAMED.search(rule)
    source = Source(rule)
    name = named[1] if named else "rule"
    checked = library().check(source, name, file="\n" in rule, doubts=True)
    found = checked.report.diagnostics
    if not found:
        return ["fine"]
    return [line for each in found for line in _shown(each, source)]


def _shown(found: Diagnostic, source: Source) -> Iterator[str]:
    marked = " ".join(source.slice(found.span).split())
    yield f"{found.code} at `{marked}`: {found.message}"
    if found.help:
        yield f"  help: {found.help}"
    if found.fix:
        span = found.fix.span or found.span
        text = source.text[: span.start] + found.fix.text
        mended = text + source.text[span.end :]
        yield f"  fix: {' / '.join(mended.split(chr(10)))}"


def written(text: str) -> str:
    """A file with what is said now."""
    head = text[: text.index("\n> ")].strip()
    blocks = [
        "\n".join([*(f"> {line}" for line in rule.split("\n")), *said(rule)])
        for rule, _ in rules(text)
    ]
    return "\n\n".join([head, *blocks]) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_said_is_as_written(path: Path) -> None:
    text = path.read_text("utf-8")
    if WRITE:
        path.write_text(written(text), "utf-8")
    else:
        assert text == written(text)


def test_there_are_many() -> None:
    found = [rule for path in FILES for rule, _ in rules(path.read_text("utf-8"))]
    assert len(found) == len(set(found)) > 600


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_a_fix_makes_has_one_mistake_less(path: Path) -> None:
    for rule, lines in rules(path.read_text("utf-8")):
        for line in lines:
            if line.startswith("  fix: "):
                mended = "\n".join(line.removeprefix("  fix: ").split(" / "))
                if " / " in rule:
                    continue
                wrong = [each for each in said(mended) if each[:1] == "E"]
                before = [each for each in lines if each[:1] == "E"]
                assert not wrong or wrong != before, rule
