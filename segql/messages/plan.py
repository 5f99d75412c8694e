"""What is right but more than can be computed: E4xx."""

from segql.diagnostics import Diagnostic
from segql.source import Span

MAX_TERMS = 10_000
MAX_ITEMS = 10_000
MAX_LEVELS = 110


def too_wide(digits: int, span: Span) -> Diagnostic:
    return Diagnostic(
        "E401",
        f"this result may need {digits} digits; exact numbers have at most 38",
        span,
        "declare fewer digits in the catalog, such as `decimal(12, 2)`",
    )


def too_many_terms(span: Span) -> Diagnostic:
    return Diagnostic(
        "E402",
        f"this rule has more than {MAX_TERMS:,} parts, with its `let`s written out",
        span,
        "split it into segments, or keep a list in a table of the warehouse",
    )


def too_many_items(found: int, span: Span) -> Diagnostic:
    return Diagnostic(
        "E403",
        f"this list has {found:,} items; at most {MAX_ITEMS:,} are taken",
        span,
        "keep the list in a table of the warehouse, as an attribute",
    )


def unknown_dialect(name: str, known: str) -> Diagnostic:
    return Diagnostic(
        "E404", f"there is no dialect `{name}`", help=f"there are {known}"
    )


def not_on_this_engine(what: str, dialect: str, reason: str) -> Diagnostic:
    return Diagnostic(
        "E405",
        f"the SQL of {dialect} has no exact way to say this: {what}",
        help=reason
        or f"`segql compile --dialect` lists dialects; {what} is not in {dialect}",
    )


def too_deep(span: Span) -> Diagnostic:
    return Diagnostic(
        "E406",
        "this is nested too deep, with its `let`s and segments written out",
        span,
        f"at most {MAX_LEVELS} parts can stand inside each other",
    )
