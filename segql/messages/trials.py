"""Examples that don't come out as they say: E80x."""

from segql.diagnostics import Diagnostic
from segql.source import Span


def example_fails(
    title: str | None, wanted: str, found: str, alone: bool, span: Span
) -> Diagnostic:
    """`wanted` and `found` are `in`, `out`, or `in PART`."""
    who = f"the example `{title}`" if title else "this example"
    help_ = (
        "an example stands alone: what compares with other customers, or draws some of"
        " them, can't be shown with one"
        if alone
        else "below stands why; mend the rule if it is wrong, else the example"
    )
    return Diagnostic("E801", f"{who} should be {wanted}, and is {found}", span, help_)


def engine_differs(
    title: str | None, engine: str, found: str, there: str, span: Span
) -> Diagnostic:
    who = f"the example `{title}`" if title else "this example"
    return Diagnostic(
        "E802",
        f"{who} is {found} by the rule's meaning, and {there} on {engine}",
        span,
        "this must not be: please report it, with the file and the catalog",
    )
