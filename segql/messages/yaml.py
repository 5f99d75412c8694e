"""What can be wrong with a file as YAML: E601 to E606."""

from segql.diagnostics import Diagnostic
from segql.messages.words import shown
from segql.source import Span


def yaml_syntax(problem: str, span: Span) -> Diagnostic:
    """E601. `problem` is what the YAML parser said."""
    help = next((help for sign, help in _YAML_HELP.items() if sign in problem), None)
    help = help or "check indentation, quotes and brackets here and in the line above"
    said = " ".join(problem.split())
    return Diagnostic("E601", f"this is not valid YAML: {said}", span, help)


_YAML_HELP = {
    "cannot start any token": "indent with spaces, never with a tab; text that starts"
    " with `@`, `%` or a backtick stands in quotes",
    "mapping values are not allowed": "text that contains `: ` stands in quotes; the"
    " entries of one mapping start in the same column",
    "unexpected end of stream": "a quote that is opened here is never closed",
    "escape": "inside double quotes a backslash is written twice, `\\\\`; inside single"
    " quotes it is a plain character",
    "',' or ']'": "the list that starts with `[` needs `,` between its items and `]`"
    " at its end",
    "',' or '}'": "the mapping that starts with `{` needs `,` between its entries and"
    " `}` at its end",
}


def unreadable_character(code: int, span: Span) -> Diagnostic:
    """E602"""
    return Diagnostic(
        "E602",
        f"this is not a text file: it holds the character U+{code:04X}",
        span,
        "save the file as plain text in UTF-8; if the character is wanted in a value,"
        " write it in double quotes as an escape such as `\\x07`",
    )


def duplicate_key(key: str, first_line: int, span: Span) -> Diagnostic:
    """E603"""
    return Diagnostic(
        "E603",
        f"`{shown(key)}` stands here a second time",
        span,
        f"the first one is in line {first_line}; keep one of the two, or rename one",
    )


def yaml_tag(span: Span) -> Diagnostic:
    """E604"""
    return Diagnostic(
        "E604",
        "YAML tags (`!…`) are not used in this file",
        span,
        "remove the tag; to make a value text, put it in quotes",
    )


def merge_key(span: Span) -> Diagnostic:
    """E604"""
    return Diagnostic(
        "E604",
        "the merge key `<<` is not used in this file",
        span,
        "write the entries out; an alias such as `*name` works as a whole value",
    )


def second_document(span: Span) -> Diagnostic:
    """E604"""
    return Diagnostic(
        "E604",
        "a second YAML document starts here",
        span,
        "remove the `---`: the file holds one document",
    )


def unknown_alias(name: str, span: Span) -> Diagnostic:
    """E604"""
    return Diagnostic(
        "E604",
        f"`*{shown(name)}` repeats something that isn't there",
        span,
        f"put the anchor `&{shown(name)}` before an earlier value, or write the value"
        " out; a value can't contain itself",
    )


def nested_too_deep(limit: int, span: Span) -> Diagnostic:
    """E605"""
    return Diagnostic(
        "E605",
        f"this is nested deeper than {limit} levels",
        span,
        "no entry of this file needs that; is a bracket missing?",
    )


def too_many_entries(limit: int, span: Span) -> Diagnostic:
    """E605"""
    return Diagnostic(
        "E605",
        f"the file has more than {limit:,} entries; reading stopped here",
        span,
        "leave out long lists of `values`; an alias counts as often as it is used",
    )


def file_too_long(length: int, limit: int) -> Diagnostic:
    """E605"""
    return Diagnostic(
        "E605",
        f"the file has {length:,} characters; {limit:,} are the most that is read",
        Span(0, 0),
        "is this the right file? long lists of `values` can be left out",
    )


def key_not_text(span: Span) -> Diagnostic:
    """E606"""
    return Diagnostic(
        "E606",
        "the key of an entry is one word, not a list, a mapping or an alias",
        span,
        "write `name: value`; text with `{`, `[`, `*` or `?` in front stands in quotes",
    )
