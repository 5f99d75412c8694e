"""Text to tree. With `build`, the only module that knows lark."""

import logging
from functools import cache as once
from pathlib import Path
from threading import Lock
from typing import cast

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from segql import cache
from segql.diagnostics import Report
from segql.messages import reading
from segql.source import Source, Span
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.build import Builder

PACKAGE = Path(__file__).parents[1]
GRAMMAR = next(
    (
        path
        for path in (PACKAGE / "grammar", PACKAGE.parent / "grammar")
        if path.is_dir()
    ),
    PACKAGE / "grammar",
)


def parse(source: Source, report: Report) -> defs.Definition | None:
    """Reads a rule or a definition file.

    Adds what is wrong to the report, and returns None if anything is.
    """
    text = source.text
    if len(text) > reading.MAX_LENGTH:
        report.add(reading.too_long(len(text), Span(0, 0)))
        return None
    if (deep := _too_deep(text)) is not None:
        report.add(reading.too_deep(Span(deep, deep + 1)))
        return None
    if not _without_comments(text).strip():
        report.add(reading.nothing_here(Span(0, 0)))
        return None
    findings = Report(source)
    tree = None
    try:
        tree = _tree(text, findings)
    except UnexpectedCharacters as error:
        from segql.syntax.mistakes import explain_character

        findings.add(explain_character(source, error.pos_in_stream or 0))
    except UnexpectedToken as error:
        from segql.syntax.mistakes import explain_token

        token = error.token
        start = len(text.rstrip()) if token.type == "$END" else token.start_pos or 0
        findings.add(
            explain_token(
                source, token.type, str(token), start, error.accepts or error.expected
            )
        )
    except UnexpectedInput as error:  # pragma: no cover - lark has no third kind
        findings.add(reading.unexpected("text", (), Span(error.pos_in_stream or 0, 0)))
    else:
        if findings.ok and (node := _deep_node(tree)) is not None:
            findings.add(reading.too_deep(node.span))
    for diagnostic in findings.diagnostics:
        report.add(diagnostic)
    return tree if findings.ok else None


def load_grammar() -> str:
    return (GRAMMAR / "segql.lark").read_text(encoding="utf-8")


_LOCK = Lock()


def _tree(text: str, findings: Report) -> defs.Definition:
    """The tree of a text. The parser is one for all threads, and used by one."""
    with _LOCK:
        lark, builder = _parser()
        builder.report = findings
        return cast(defs.Definition, lark.parse(text))


@once
def _parser() -> tuple[Lark, Builder]:
    """The parser, its tables read from the user's cache where there is one."""
    builder = Builder()
    logging.getLogger("lark").setLevel(logging.CRITICAL)
    lark = Lark(
        load_grammar(),
        parser="lalr",
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=builder,
        cache=_cache_file() or False,
    )
    return lark, builder


def _cache_file() -> str | None:
    """Where the parser's tables are kept."""
    folder = cache.folder()
    return str(folder / cache.name("grammar", load_grammar())) if folder else None


_QUOTES = {'"', "`"}


def _too_deep(text: str) -> int | None:
    """The first offset at which brackets are nested too deeply, before parsing.

    Only brackets are counted here; what else nests is found on the tree.
    """
    if text.count("(") <= reading.MAX_DEPTH:
        return None
    depth, index, end = 0, 0, len(text)
    while index < end:
        character = text[index]
        if character in _QUOTES:
            index += 1
            while index < end and text[index] not in (character, "\n"):
                index += 2 if text[index] == "\\" and character == '"' else 1
        elif character == "#":
            while index < end and text[index] != "\n":
                index += 1
        elif character == "(":
            depth += 1
            if depth > reading.MAX_DEPTH:
                return index
        elif character == ")":
            depth -= 1
        index += 1
    return None


def _deep_node(tree: syn.Node) -> syn.Node | None:
    """The first node below which the tree would be too deep for the passes."""
    level, depth = [tree], 0
    while level:
        if depth > 2 * reading.MAX_DEPTH:
            return level[0]
        level = [child for node in level for child in syn.children(node)]
        depth += 1
    return None


def _without_comments(text: str) -> str:
    return "\n".join(
        line for line in text.split("\n") if not line.lstrip().startswith("#")
    )
