"""What can be wrong with ranks, samples and `at least … of`: E3xx, and W23x."""

from segql.diagnostics import Diagnostic
from segql.source import Span


def useless_count(how: str, count: int, terms: int, span: Span) -> Diagnostic:
    """A count that everyone, or nobody, meets."""
    everyone = (how == "at least" and count <= 0) or (
        how == "at most" and count >= terms
    )
    one = {"at least": (1, terms), "at most": (0, terms - 1), "exactly": (0, terms)}
    low, high = one[how]
    bounds = f"from {low} to {high}" if low < high else f"{low} alone"
    return Diagnostic(
        "E375",
        f"`{how} {count} of` {terms} holds for {'everyone' if everyone else 'nobody'}",
        span,
        f"the number can be {bounds}",
    )


def bad_share(what: str, bounds: str, span: Span) -> Diagnostic:
    return Diagnostic("E383", f"{what} is a share {bounds}", span)


def reversed_shares(low: str, high: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E384",
        f"nobody lies between {low}% and {high}%",
        span,
        f"the lower share stands first: `{high}%..{low}%`"
        if low != high
        else "the first share is in, the last one out: `0%..10%`, then `10%..20%`",
    )


def bad_seed(span: Span) -> Diagnostic:
    return Diagnostic(
        "E385",
        "a seed is a text that is not empty",
        span,
        'name the experiment: `sample 10% seed "spring-mailing"`',
    )


def not_ranked_by(what: str, found: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E386",
        f"{what} wants a number, a date or a timestamp, not {found}",
        span,
        "such as `revenue`, `bought` for its count, or `last(bought).time`",
    )


def sum_of_doubles(function: str, inner: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W230",
        f"`{inner}` makes doubles: their `{function}` depends on the order of the"
        " groups",
        span,
        "its last digits can differ; `max`, `min` and `median` of groups are exact",
    )


def no_such_position(function: str, parts: int, value: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "W231",
        f"`{function}` goes from 1 to {parts}, so {value} is none of its values",
        span,
        f"whoever has most is in {parts}, whoever has least in 1",
    )
