"""What a rule comes to, whoever the customers are: W30x."""

from segql.diagnostics import Diagnostic
from segql.messages.words import shown
from segql.source import Span


def nobody(text: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W301",
        f"nobody can meet `{shown(text)}`",
        span,
        "whoever the customers are, this is true of none: say what was meant, "
        "or take it out",
    )


def nobody_both(one: str, other: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W301",
        f"nobody can meet both `{shown(one)}` and `{shown(other)}`",
        span,
        "if either will do, write `or` between them",
    )


def nobody_all(span: Span) -> Diagnostic:
    return Diagnostic(
        "W301",
        "nobody can meet all of this at once",
        span,
        "any of these tests can be met, but not together with the others",
    )


def everybody(text: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W302",
        f"everybody meets `{shown(text)}`",
        span,
        "it keeps nobody out: say what was meant, or take it out",
    )


def implied(text: str, by: str | None, span: Span) -> Diagnostic:
    """`by` is the one test that says as much; None if several do together."""
    whoever = f"whoever meets `{shown(by)}`" if by else "whoever meets the rest"
    return Diagnostic(
        "W303",
        f"`{shown(text)}` says nothing more: {whoever} meets it, too",
        span,
        "take it out, or say what was meant",
    )


def adds_nobody(text: str, within: str | None, span: Span) -> Diagnostic:
    """`within` is the one branch that has all of them; None if several do."""
    there = f"meets `{shown(within)}`" if within else "meets one of the others"
    return Diagnostic(
        "W304",
        f"`{shown(text)}` adds nobody: whoever meets it {there}, too",
        span,
        "take it out, or say what was meant",
    )


def adds_nobody_here(text: str, beside: str | None, span: Span) -> Diagnostic:
    """`beside` is the one test outside of the `or` that keeps all of them out."""
    what = f"`{shown(beside)}`" if beside else "the rest"
    return Diagnostic(
        "W304",
        f"`{shown(text)}` adds nobody: nobody meets both it and {what}",
        span,
        "take it out, or say what was meant",
    )


def unreachable(part: str, before: str | None, span: Span) -> Diagnostic:
    """`before` is the one part that takes all of them; None if several do."""
    taken = f"`{before}`" if before else "the parts above it"
    return Diagnostic(
        "W305",
        f"nobody can be in `{part}`: {taken} takes everyone who fits",
        span,
        "put the narrower part above the wider one",
    )


def unreachable_rest(part: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W305",
        f"nobody can be in `{part}`: the parts above it take everybody",
        span,
        "make the parts above it narrower; it needs to be there, but no one will be",
    )


def equal_segments(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W306",
        f"`{name}` always has the same members",
        span,
        "keep one of the two; the other can say `in segment` of it",
    )


def contained(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W307",
        f"every member of this is one of `{name}`, too",
        span,
        f"if that is meant, say so: `in segment {name} and …`",
    )


def not_exclusive(name: str, own: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W308",
        f"this is not sure to have nobody in common with `{name}`",
        span,
        f"add `not in segment {name}`; `segql prove disjoint {own} {name}` shows whom"
        " both may have",
    )
