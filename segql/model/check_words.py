"""Names that stand for nothing: what was most likely meant by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segql.messages import names, types
from segql.model import nodes as mdl
from segql.syntax import nodes as syn
from segql.types import TEXT, Boolean, ListOf, Text

if TYPE_CHECKING:
    from segql.catalog.nodes import Event
    from segql.model.check import Checker

OTHER_WORDS = {
    "average": "avg",
    "mean": "avg",
    "total": "sum",
    "summe": "sum",
    "minimum": "min",
    "maximum": "max",
    "number": "count",
    "length": "size",
    "earliest": "first",
    "latest": "last",
    **dict.fromkeys(("unique", "nunique", "count_distinct"), "distinct"),
    **dict.fromkeys(("uniq", "countdistinct", "count_unique"), "distinct"),
    **dict.fromkeys(("percentile_cont", "percentile_disc", "middle"), "median"),
    **dict.fromkeys(("mode", "most_frequent", "favourite", "favorite"), "most_common"),
    **dict.fromkeys(("percent_rank", "cume_dist", "percentrank"), "percentile"),
    **dict.fromkeys(("active_days", "distinct_days", "day_count"), "days"),
    **dict.fromkeys(("nth_value", "element_at", "nth_event"), "nth"),
}
"""What functions are called elsewhere."""

_STEPS = "write ordered steps with `then`: `viewed then bought within 7 days`"
_SHARE = "write `top 10% by …`, or `quintile(…) = 5`"
_SINCE = "write `days since signup`; from one moment to another, `within 30 days after`"
_PART = "write `year of …`, `month of …`, `weekday of …` and the like"
_NEAR = "write `home within 25 km of (52.52, 13.405)`"
_ANNIVERSARY = "write `anniversary of birthdate in next 7 days`"
_CHOICE = "write `(60 if newsletter else 65)`"
OTHER_FORMS = {
    **dict.fromkeys(("funnel", "sequence", "followed_by", "path", "journey"), _STEPS),
    **dict.fromkeys(("sequence_match", "sequencematch", "window_funnel"), _STEPS),
    **dict.fromkeys(("rank", "dense_rank", "row_number", "top", "bottom"), _SHARE),
    "ntile": "write `quartile(…)`, `quintile(…)`, `decile(…)` or `percentile(…)`",
    **dict.fromkeys(
        ("random", "rand", "sample", "holdout"), 'write `sample 10% seed "exp-1"`'
    ),
    **dict.fromkeys(
        ("lag", "lead", "previous"), "write `nth(bought, 2).time`, or steps with `then`"
    ),
    **dict.fromkeys(
        ("any_of", "one_of", "at_least", "some_of"), "write `at least 2 of (a, b, c)`"
    ),
    **dict.fromkeys(("all_of", "and"), "join the rules with `and`"),
    "second": "write `nth(bought, 2).time`",
    "third": "write `nth(bought, 3).time`",
    **dict.fromkeys(("datediff", "date_diff", "timestampdiff"), _SINCE),
    **dict.fromkeys(("days_since", "days_ago", "days_between", "dayssince"), _SINCE),
    "age": "write `years since birthdate`",
    **{part: f"write `{part} of birthdate`" for part in ("year", "quarter", "month")},
    **{part: f"write `{part} of signup`" for part in ("hour", "minute", "weekday")},
    "day": "write `day of birthdate`",
    **dict.fromkeys(("dayofweek", "day_of_week", "dow"), "write `weekday of signup`"),
    **dict.fromkeys(("extract", "date_part", "datepart", "date_trunc"), _PART),
    **dict.fromkeys(("now", "current_date", "getdate"), "write `today`, as it stands"),
    **dict.fromkeys(("distance", "geo_distance", "geodistance", "near"), _NEAR),
    **dict.fromkeys(("st_distance", "st_dwithin", "haversine"), _NEAR),
    **dict.fromkeys(("birthday", "anniversary", "birthday_in"), _ANNIVERSARY),
    **dict.fromkeys(("iif", "iff", "decode", "switch"), _CHOICE),
    **dict.fromkeys(
        ("coalesce", "ifnull", "nvl"),
        "write `(income if income is known else 0)`",
    ),
    **dict.fromkeys(("isnull", "isblank", "isempty"), "write `phone is missing`"),
    **dict.fromkeys(
        ("lower", "upper", "lcase", "ucase", "lowercase"),
        'write the test with `ignoring case`: `city = "berlin" ignoring case`',
    ),
    "left": 'write `postcode starts with "10"`',
    "right": 'write `postcode ends with "10"`',
    "date": "write dates bare: `2025-03-01`",
    "exists": "write the event alone: `bought`",
}
"""How what is a function elsewhere is written here."""

_UNIT = "write `years since …` for how long ago, `year of …` for a part of a date"
_OTHER_NAMES = {
    **dict.fromkeys(("birthday", "geburtstag", "anniversary"), _ANNIVERSARY),
    **dict.fromkeys(("now", "current_date", "sysdate", "heute"), "write `today`"),
    **dict.fromkeys(("gestern", "yesterdays"), "write `yesterday`"),
    **dict.fromkeys(("year", "month", "quarter", "day"), _UNIT),
    **dict.fromkeys(("years", "months", "weeks", "days", "hours"), _UNIT),
}


def unknown(c: Checker, node: syn.Name, hint: str | None = None) -> None:
    """Reports a name that is none; `hint` says what was most likely meant."""
    catalog, scope = c.catalog, c.scope
    if scope.event is not None:
        event = scope.event
        known = own_names(event)
        if not names.similar(node.name, [*scope.named, *catalog.attributes]):
            c.report.add(
                names.unknown_property(
                    node.name, event.call_name, known, node.span, hint
                )
            )
            return
    elif hint is None:
        hint = _OTHER_NAMES.get(node.name.lower())
        hint = hint or of_an_event(c, node.name, "{}({} …)")
    if node.name in catalog.places:
        hint = f"it is a place: `home within 25 km of {node.name}`"
    mine = [*scope.named, *c.segments.shared()]
    known = [*mine, *catalog.attributes, *catalog.customer_events]
    c.report.add(names.unknown_name(node.name, known, synonyms(c), node.span, hint))


def own_names(event: Event) -> list[str]:
    """What can be said of one event."""
    return [*event.properties, *(("time", "day") if event.time else ())]


def synonyms(c: Checker) -> dict[str, str]:
    return {
        synonym.lower(): each.name
        for each in (
            *c.catalog.attributes.values(),
            *c.catalog.customer_events.values(),
        )
        for synonym in each.synonyms
    }


def of_an_event(c: Checker, written: str, form: str) -> str:
    """How the property of an event is written that was named without its event."""
    for event in c.catalog.customer_events.values():
        if written in event.properties:
            shown = form.format(event.name, written)
            return f"it is a property of `{event.name}`: `{shown}`"
    return ""


def is_unknown(c: Checker, node: syn.Node) -> bool:
    """Whether a bare name stands for nothing here."""
    if not isinstance(node, syn.Name) or c.scope.closed:
        return False
    event, written = c.scope.event, node.name
    own = event is not None and (
        written in event.properties
        or written in ("time", "day")
        or written in c.catalog.rows_of(event.name)
    )
    return not (
        own
        or written in c.scope.named
        or written in c.catalog.attributes
        or c.catalog.event(written) is not None
    )


def meant(left: mdl.Value, written: str, beside: str, sign: str = "=") -> str | None:
    """What an unknown word most likely is, compared with a value of its type."""
    word = written.lower()
    if word in ("null", "none", "nil"):
        return f"write `{beside} is {'known' if sign == '!=' else 'missing'}`"
    if isinstance(left.type, Boolean):
        yes = word in ("yes", "y", "ja", "wahr", "true", "on")
        no = word in ("no", "n", "nein", "falsch", "false", "off")
        if yes or no:
            return f"write `{'true' if yes else 'false'}`"
        return "compare with `true` or `false`, or write the name alone"
    if isinstance(left.type, Text) or left.type == ListOf(TEXT):
        return f'text stands in quotes: `"{written}"`'
    return None


def one_of_words(c: Checker, node: syn.Or) -> bool:
    """`interests has "a" or "b"`, `bought("a" or "b")`: reports the bare words."""
    first, source, event = node.terms[0], c.report.source, c.scope.event
    later = node.terms[1:]
    if source is None or not all(isinstance(each, syn.Text) for each in later):
        return False
    match first:
        case syn.Has(items, "one", syn.Text() as wanted):
            start, end = f"{source.slice(items.span)} has any of (", ")"
        case syn.Text() as wanted if event is not None:
            start, end = f"{event.call_name}({event.argument or '…'} in (", "))"
        case _:
            return False
    listed = ", ".join(source.slice(each.span) for each in (wanted, *later))
    at = later[0] if isinstance(first, syn.Has) else first
    help_ = f"for one value of several write `{start}{listed}{end}`"
    c.report.add(types.not_a_rule("a plain text", at.span, help_))
    return True


def quoted_items(
    c: Checker, found: Sequence[mdl.Constant], node: syn.Several
) -> str | None:
    """A list of texts and others, all in quotes."""
    source = c.report.source
    if source is None or not any(isinstance(each.type, Text) for each in found):
        return None
    shown = [source.slice(each.span) for each in node.items]
    listed = ", ".join(
        text if isinstance(each.type, Text) else f'"{text}"'
        for text, each in zip(shown, found, strict=True)
    )
    return f"text stands in quotes: `({listed})`" if len(listed) <= 60 else None
