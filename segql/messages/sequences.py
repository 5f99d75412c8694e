"""What can be wrong with ordered steps: E3xx, and E4xx where there are too many."""

from segql.diagnostics import Diagnostic
from segql.source import Span

MAX_STEPS = 20


def not_a_step(found: str, span: Span, help_: str) -> Diagnostic:
    return Diagnostic(
        "E370", f"a step of a sequence is an event, not {found}", span, help_
    )


def no_before_the_end(span: Span) -> Diagnostic:
    return Diagnostic(
        "E371",
        "`no` can only be the last step",
        span,
        "for an event that must not lie between two steps write `without`: "
        "`viewed then bought without returned`",
    )


def no_without(span: Span) -> Diagnostic:
    return Diagnostic(
        "E372",
        "`without` says what lies between two steps, and after `no` there is none",
        span,
        "leave out the `without`, or say `not (… then … without …)`",
    )


def same_as_what(span: Span, help_: str) -> Diagnostic:
    return Diagnostic("E373", "`same` ties a step to the step before it", span, help_)


def not_the_same(name: str, reason: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E374",
        f"`{name}` cannot be the same in both steps: {reason}",
        span,
        "tie the steps by a property that both events have",
    )


def too_many_steps(found: int, span: Span) -> Diagnostic:
    return Diagnostic(
        "E410",
        f"this sequence has {found} steps; at most {MAX_STEPS} are taken",
        span,
        "leave out the steps that follow from the others, or split it with `and`",
    )
