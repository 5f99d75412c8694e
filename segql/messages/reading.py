"""What can be wrong with a text before its names mean anything: E1xx."""

import unicodedata
from collections.abc import Sequence

from segql.diagnostics import Diagnostic, Fix
from segql.source import Span

MAX_NUMBER = 60
MAX_LENGTH = 1_000_000
MAX_DEPTH = 100


def unexpected(found: str, wanted: Sequence[str], span: Span) -> Diagnostic:
    shown = (
        ", ".join(wanted[:-1]) + " or " + wanted[-1]
        if len(wanted) > 1
        else "".join(wanted)
    )
    help_ = f"here could stand {shown}" if wanted else None
    return Diagnostic("E101", f"unexpected {found}", span, help_)


def unfinished(wanted: Sequence[str], span: Span) -> Diagnostic:
    shown = (
        ", ".join(wanted[:-1]) + " or " + wanted[-1]
        if len(wanted) > 1
        else "".join(wanted)
    )
    help_ = f"what is missing is {shown}" if wanted else None
    return Diagnostic("E102", "the rule ends too early", span, help_)


def strange_character(found: str, span: Span) -> Diagnostic:
    name = f"`{found}`" if found.isprintable() else f"U+{ord(found):04X}"
    return Diagnostic("E103", f"{name} means nothing here", span)


def strange_space(found: str, span: Span) -> Diagnostic:
    """A space or a mark of no width that is not seen in the text."""
    return Diagnostic(
        "E103",
        f"{_unseen(found)} means nothing here",
        span,
        "replace it by a plain space",
        Fix(" "),
    )


def unseen_in_name(found: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E108",
        f"{_unseen(found)} is no part of a name",
        span,
        "take it out, or replace it by a plain space",
        Fix(""),
    )


def _unseen(found: str) -> str:
    name = unicodedata.name(found, "invisible").lower()
    name = "byte order mark" if found == "\ufeff" else name
    return f"U+{ord(found):04X} ({name})"


def other_spelling(
    found: str, ours: str, span: Span, fix: str | None = None
) -> Diagnostic:
    """A spelling of another language, such as `==`, `&&` or `'text'`."""
    return Diagnostic(
        "E104",
        f"`{found}` is not written so here",
        span,
        f"write {ours}",
        Fix(fix) if fix is not None else None,
    )


def open_text(span: Span) -> Diagnostic:
    return Diagnostic(
        "E105",
        "this text has no closing quote",
        span,
        'end it with `"` on the same line; a quote inside is `\\"`, a new line `\\n`',
    )


def bad_escape(found: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E106",
        f"`{found}` is no escape",
        span,
        'the escapes are `\\"` `\\\\` `\\n` `\\r` `\\t` `\\u00e4` `\\u{1f600}`; '
        "a backslash itself is `\\\\`",
    )


def bad_character(span: Span) -> Diagnostic:
    return Diagnostic(
        "E107",
        "this text holds a character that no warehouse can store",
        span,
        "leave out NUL, half of a surrogate pair, and what lies beyond `\\u{10ffff}`",
    )


def bad_name(span: Span) -> Diagnostic:
    return Diagnostic(
        "E108",
        "this is not a name",
        span,
        "a name is made of letters, digits and `_`; any other stands in backticks, "
        "without control characters",
    )


def no_such_date(found: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E109",
        f"there is no `{found}` in the calendar",
        span,
        "dates are written `2025-03-01`, instants `2025-03-01T08:30` or "
        "`2025-03-01T08:30:00+01:00`, months `2025-03`",
    )


def long_number(span: Span) -> Diagnostic:
    return Diagnostic(
        "E110",
        f"this number has more than {MAX_NUMBER} digits",
        span,
        "no warehouse column is that wide",
    )


def too_long(length: int, span: Span) -> Diagnostic:
    return Diagnostic(
        "E111",
        f"this text has {length:,} characters; at most {MAX_LENGTH:,} are read",
        span,
        "keep long lists in a table of the warehouse, as an attribute",
    )


def too_deep(span: Span) -> Diagnostic:
    return Diagnostic(
        "E112",
        f"this is nested more than {MAX_DEPTH} levels deep",
        span,
        "give the inner parts names with `let`",
    )


def nothing_here(span: Span) -> Diagnostic:
    return Diagnostic(
        "E113",
        "there is no rule here",
        span,
        "write a condition such as `age 25..34`, or `everyone`",
    )


def repeated_field(key: str, span: Span) -> Diagnostic:
    key = key.replace("_", " ")
    return Diagnostic("E114", f"`{key}` stands twice in this header", span, "keep one")


def not_text(name: str) -> Diagnostic:
    return Diagnostic(
        "E115",
        f"{name} is not UTF-8 text",
        help="save it as UTF-8; a definition file is plain text",
    )


def cannot_read(name: str, reason: str) -> Diagnostic:
    return Diagnostic("E116", f"cannot read {name}: {reason}")


def bare_in_example(span: Span) -> Diagnostic:
    return Diagnostic(
        "E117",
        "this value belongs to no name",
        span,
        'say of what it is the value: `example "Anna" in (age = 30)`',
    )
