"""A text that lark refuses to a message: what was found, what could stand there."""

import re
import unicodedata
from collections.abc import Iterable

from segql.diagnostics import Diagnostic
from segql.messages import reading
from segql.source import Source, Span
from segql.syntax.slips import explain_phrase
from segql.syntax.slips_words import plain_number

_KINDS = (
    ("a comparison", {"CMP", "EQUAL"}),
    ("a name", {"NAME", "QUOTED"}),
    ("a property", {"PROPERTY"}),
    ("a number", {"INT", "DECIMAL"}),
    ("a text", {"STRING"}),
    ("a date", {"DATE", "MONTH"}),
    ("a day and a time such as `2025-06-01T00:00`", {"INSTANT"}),
    ("`and`", {"AND"}),
    ("`or`", {"OR"}),
    ("`in`", {"IN"}),
    ("`(`", {"LPAR"}),
    ("`)`", {"RPAR"}),
    ("`,`", {"COMMA"}),
    ("`=`", {"EQUAL"}),
    ("`:`", {"COLON"}),
    ("`where`", {"WHERE"}),
    ("`let`", {"LET"}),
    ("`segment`", {"SEGMENT"}),
    ("`else`", {"ELSE"}),
    ("`example`", {"EXAMPLE"}),
    ("a unit such as `days`", {"UNIT"}),
    ("`ago`", {"AGO"}),
    ("`ahead`", {"AHEAD"}),
    ("`missing`", {"MISSING"}),
    ("`known`", {"KNOWN"}),
    ("`of`", {"OF"}),
    ("`after`", {"AFTER"}),
    ("`before`", {"BEFORE"}),
    ("`full`", {"FULL"}),
    ("`last`", {"LAST"}),
    ("a length such as `km`", {"DISTANCE"}),
    ("`by`", {"BY"}),
    ("`seed`", {"SEED"}),
    ("`then`", {"THEN"}),
    ("the end", {"$END"}),
)
_EXPRESSION = {"NAME", "QUOTED", "STRING", "INT", "LPAR"}

_BOUNDS = r"[ \t]+-?\d[\w.:-]*[ \t]+(?i:and)[ \t]+-?\d"
_OTHERS = (
    (re.compile(r"==+"), "`=`", "="),
    (re.compile(r"<>"), "`!=`", "!="),
    (re.compile(r"=>"), "`>=`", ">="),
    (re.compile(r"=<"), "`<=`", "<="),
    (re.compile(r"&&?"), "`and`", "and"),
    (re.compile(r"\|\|?"), "`or`", "or"),
    (re.compile(r"!(?!=)"), "`not`", None),
    (
        re.compile(r"(?:AND|OR|NOT|IN|IS|HAS|TRUE|FALSE|WHERE|LET|And|Or|Not)\b"),
        None,
        None,
    ),
    (re.compile(r"(?i:und)\b"), "`and`", "and"),
    (re.compile(r"(?i:oder)\b"), "`or`", "or"),
    (re.compile(r"(?<=\d)'\d{3}"), "nothing between thousands: `2500`", None),
    (re.compile(r"~"), "`starts with`, `contains` or `matches`", None),
    (re.compile(r"\^"), "`a * a` for a square", None),
    (re.compile(r"(?i:null|none|nil)\b"), "`is missing` or `is known`", None),
    (re.compile(r"(?i:not\s+null)\b"), "`known`: `is known`", "known"),
    (
        re.compile(rf"(?i:between)\b(?!{_BOUNDS})"),
        "a range: `age 25..34`, or `in lo..hi`",
        None,
    ),
    (re.compile(r"(?i:like)\b"), "`starts with`, `ends with` or `contains`", None),
    (
        re.compile(r";(?!\s*\Z)"),
        "`,` between values, and `and` or `or` between tests",
        None,
    ),
    (re.compile(r";"), "nothing: a rule ends where the file ends", None),
    (re.compile(r"[–—−](?=\s*\d)"), "`..` for a range, `-` for a minus", None),
    (re.compile(r"…"), "`..`", ".."),
    (re.compile(r"≥"), "`>=`", ">="),
    (re.compile(r"≤"), "`<=`", "<="),
    (re.compile(r"≠"), "`!=`", "!="),
    (re.compile(r"'[^'\n]*'?"), 'text in double quotes: `"…"`', None),
    (
        re.compile(r"[“”„«»‘’‚][^“”„«»‘’‚\n]*[“”„«»‘’‚]?"),
        'text in double quotes: `"…"`',
        None,
    ),
    (re.compile(r"\[[^\]\n]*\]?"), 'a list in parentheses: `("a", "b")`', None),
    (re.compile(r"\{"), "parentheses `( )`", None),
    (re.compile(r"[€$£]"), "the number alone; the catalog knows the currency", None),
)


def explain_character(source: Source, start: int) -> Diagnostic:
    """What the lexer could not read at an offset."""
    text = source.text
    found = text[start : start + 1]
    if found == '"':
        end = text.find("\n", start)
        return reading.open_text(Span(start, len(text) if end < 0 else end))
    if other := _other_spelling(text, start) or explain_phrase(text, start):
        return other
    if other := _other_character(text, start):
        return other
    if number := re.compile(r"[0-9][\w.-]*").match(text, start):
        return _number(number[0], Span(*number.span()), text[:start])
    if word := re.compile(r"[^\W\d]\w*").match(text, start):
        return reading.unexpected(f"`{word[0]}`", (), Span(*word.span()))
    return reading.strange_character(found, Span(start, start + 1))


def explain_token(
    source: Source, kind: str, found: str, start: int, accepts: Iterable[str]
) -> Diagnostic:
    """What the grammar has no place for."""
    wanted = _wanted(set(accepts))
    if kind == "$END":
        return explain_phrase(source.text, start) or reading.unfinished(
            wanted, Span(start, start)
        )
    if other := _other_spelling(source.text, start) or _loud(source.text, start):
        return other
    if phrase := explain_phrase(source.text, start):
        return phrase
    shown = found if len(found) <= 40 else found[:39] + "…"
    return reading.unexpected(f"`{shown}`", wanted, Span(start, start + len(found)))


def _other_spelling(text: str, start: int) -> Diagnostic | None:
    # `= =` and `=` of `==`: the lexer stops at the second sign
    begin = (
        start - 1 if text[start - 1 : start + 1] in ("==", "=>", "=<", "<>") else start
    )
    for pattern, ours, fix in _OTHERS:
        if found := pattern.match(text, begin):
            word = found[0]
            span = Span(begin, found.end())
            if ours is None:
                return reading.other_spelling(
                    word, f"`{word.lower()}`, in lower case", span, word.lower()
                )
            return reading.other_spelling(
                word, ours, span, fix or _same(word, text, span)
            )
    return None


def _same(word: str, text: str, span: Span) -> str | None:
    """The same in our spelling, if it is sure: quotes, brackets, a sign at the end."""
    inside = word[1:-1]
    if word == ";":
        return None if text[span.end :].strip() else ""
    if len(word) < 2 or re.search(r'["\\\n]', inside):
        return None
    if word[0] + word[-1] in ("''", "“”", "„“", "„”", "«»", "»«", "‘’", "‚‘"):
        return f'"{inside}"'
    if word[0] + word[-1] == "[]" and not re.search(r"[\[({]|\.\.", inside):
        return f"({inside})" if inside.strip() else None
    return None


def _loud(text: str, start: int) -> Diagnostic | None:
    """A keyword in capitals just before: it was read as a name."""
    before = re.search(r"(?<!\w)(NOT|IN|IS|HAS|WHERE|LET)\s+\Z", text[:start])
    return _other_spelling(text, before.start(1)) if before else None


def _other_character(text: str, start: int) -> Diagnostic | None:
    """A space, a digit or a sign that only looks like ours."""
    found = text[start]
    kind = unicodedata.category(found)
    if not found.isascii() and kind in ("Zs", "Cf"):
        return reading.strange_space(found, Span(start, start + 1))
    if number := re.compile(r"\d[\d.]*").match(text, start):
        digits = "".join(
            str(unicodedata.decimal(each)) if each.isdecimal() else each
            for each in number[0]
        )
        if digits != number[0]:
            span = Span(*number.span())
            return reading.other_spelling(number[0], f"`{digits}`", span, digits)
    plain = unicodedata.normalize("NFKC", found)
    if plain != found and plain.isascii() and plain.strip():
        span = Span(start, start + 1)
        return reading.other_spelling(found, f"`{plain}`", span, plain)
    return None


def _number(found: str, span: Span, before: str) -> Diagnostic:
    if re.fullmatch(r"[0-9][0-9_]*(\.[0-9]+)?[eE]-?[0-9]*", found):
        if plain := plain_number(found):
            return reading.other_spelling(found, f"`{plain}`", span, plain)
        return reading.other_spelling(found, "a number without an exponent", span)
    if minus := re.fullmatch(
        r"([0-9]{1,3}|[0-9]{5,})-([0-9]+)|([0-9]+)-([0-9]{3,})", found
    ):
        low, high = minus[1] or minus[3], minus[2] or minus[4]
        ours = f"{low} - {high}"
        if re.search(r"(?:[\w)`]|(?<![<>!])=)\s*\Z", before):
            sign = " without `=`" if before.rstrip().endswith("=") else ""
            range_ = f"`{low}..{high}`{sign} for a range, `{ours}` for a minus"
            return reading.other_spelling(found, range_, span)
        return reading.other_spelling(found, f"`{ours}`", span, ours)
    if re.fullmatch(r"[0-9]{1,4}-[0-9]{1,2}(-[0-9]{1,2})?", found):
        return reading.no_such_date(found, span)
    if split := re.fullmatch(r"([0-9]+)([^\W\d]+)", found):
        ours = f"{split[1]} {_UNITS.get(split[2], split[2])}"
        return reading.other_spelling(found, f"`{ours}`", span)
    return reading.unexpected(f"`{found}`", (), span)


_UNITS = {
    "s": "seconds",
    "min": "minutes",
    "h": "hours",
    "d": "days",
    "w": "weeks",
    "y": "years",
}


def _wanted(accepts: set[str]) -> list[str]:
    """Up to a handful of words for what the grammar would accept."""
    words = []
    if accepts >= _EXPRESSION:
        words.append("a rule or a value")
        accepts = accepts - _EXPRESSION - {"DECIMAL", "DATE", "MONTH", "INSTANT"}
    if "DATE" in accepts:
        accepts = accepts - {"INSTANT"}
    words += [word for word, kinds in _KINDS if kinds & accepts]
    return words[:6]
