"""What is doubtful about a file rather than about its rule: W309 to W314."""

from collections.abc import Sequence

from segql.diagnostics import Diagnostic
from segql.messages.words import listed
from segql.source import Span


def beyond_history(event: str, window: str, kept: str, span: Span) -> Diagnostic:
    """`kept` is how far back the rows go, as the catalog has it."""
    return Diagnostic(
        "W309",
        f"{window} reaches further back than the rows of `{event}` go: {kept}",
        span,
        "what was earlier is not found; shorten the window, or correct the event's "
        "`history` in the catalog",
    )


def without_purpose(
    name: str, through: str | None, allowed: Sequence[str], header: bool, span: Span
) -> Diagnostic:
    """`through` is the segment whose rule reads it; `header` says that there is one."""
    read = f"`{through}` reads `{name}`, which" if through else f"`{name}`"
    if not allowed:
        message = f"{read} is sensitive, and the catalog lists no purpose for it"
        help = "leave it out; or list in the catalog, under `purposes`, what it is for"
        return Diagnostic("W310", message, span, help)
    message = f"{read} is for some purposes alone, and this file states none of them"
    where = "in the header" if header else "in a header above the rule"
    some = listed(allowed, 8) if len(allowed) > 1 else ""
    one = f"`purpose …`, one of {some}" if some else f"`purpose {allowed[0]}`"
    help = (
        f"leave it out; or, if that is what the segment is for, say so {where}: {one}"
    )
    return Diagnostic("W310", message, span, help)


def without_owner(name: str, word: str, span: Span) -> Diagnostic:
    """`word` is what the file defines: a segment or a partition."""
    return Diagnostic(
        "W311",
        f"the {word} `{name}` has no owner",
        span,
        'say in the header who is to be asked: `owner "crm@shop.example"`',
    )


def without_description(name: str, word: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W312",
        f"nothing says what the {word} `{name}` is",
        span,
        f'give it a title, `{word} {name} "…"`, or begin the file with a comment',
    )


def unused_let(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W313",
        f"nothing uses `{name}`",
        span,
        "take this `let` out, or use it in the rule",
    )


def unused_param(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W314",
        f"nothing uses `{name}`, so its value changes nothing",
        span,
        "take this `param` out, or use it in the rule",
    )
