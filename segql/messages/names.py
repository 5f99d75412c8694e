"""What can be wrong with names: E2xx."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from segql.diagnostics import Diagnostic, Fix
from segql.source import Span


def similar(name: str, known: Iterable[str]) -> str | None:
    """The one known name that a slip of the pen explains."""
    names = list(known)
    folded = {each.lower(): each for each in reversed(names)}
    close = get_close_matches(name.lower(), list(folded), n=1, cutoff=0.7)
    return folded[close[0]] if close else None


def unknown_name(
    name: str,
    known: Sequence[str],
    synonyms: Mapping[str, str],
    span: Span,
    hint: str | None = None,
) -> Diagnostic:
    """`hint` is what a word like this most likely means where it stands."""
    message = f"there is no attribute or event `{name}` in the catalog"
    if meant := synonyms.get(name.lower()):
        return Diagnostic(
            "E201", message, span, f"the catalog calls it `{meant}`", Fix(meant)
        )
    if close := similar(name, known):
        or_else = f" or: {hint}" if hint else ""
        help_ = f"did you mean `{close}`?{or_else}"
        return Diagnostic("E201", message, span, help_)
    return Diagnostic("E201", message, span, hint or _some(known))


def unknown_place(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E201"""
    message = f"there is no place `{name}` in the catalog"
    if close := similar(name, known):
        return Diagnostic("E201", message, span, f"did you mean `{close}`?")
    some = _some(known, "its places are ")
    or_ = f"{some}; or" if some else "add it under `places`, or"
    help_ = f"{or_} write a latitude and a longitude: `of (52.52, 13.405)`"
    return Diagnostic("E201", message, span, help_)


def unknown_property(
    name: str, event: str, known: Sequence[str], span: Span, hint: str | None = None
) -> Diagnostic:
    close = similar(name, known)
    or_else = f" or: {hint}" if hint else ""
    help_ = hint or _some(known, f"`{event}` has ")
    help_ = f"did you mean `{close}`?{or_else}" if close else help_
    return Diagnostic("E202", f"`{event}` has no property `{name}`", span, help_)


def unknown_function(
    name: str,
    known: Sequence[str],
    events: Sequence[str],
    meant: str | None,
    form: str,
    span: Span,
) -> Diagnostic:
    """`meant` is what another word for it is called here, `form` how else the same is
    said; it is empty where neither is known."""
    close = meant or similar(name, known)
    help_ = form or (
        f"did you mean `{close}`?"
        if close
        else (_some(events, "the events are ") or "the catalog has no events")
        + "; the functions are count, sum, avg, min, max, median, distinct, "
        "most_common, first, last, nth, days, weeks, months, quarters, years, "
        "tertile, quartile, quintile, decile, percentile and size"
    )
    return Diagnostic("E203", f"there is no event or function `{name}`", span, help_)


def not_an_event(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E204",
        f"`{name}` is not an event, so it takes no parentheses",
        span,
        f"write `{name}` alone, and compare it",
    )


def unknown_segment(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    close = similar(name, known)
    help_ = f"did you mean `{close}`?" if close else _some(known, "the project has ")
    if not known:
        help_ = "segments are the .seg files of a project's segments folder"
    return Diagnostic("E205", f"there is no segment `{name}`", span, help_)


def segment_cycle(names: Sequence[str], span: Span) -> Diagnostic:
    return Diagnostic(
        "E206",
        "this refers to itself: " + " → ".join(f"`{n}`" for n in names),
        span,
        "take one of these references out",
    )


def name_taken(name: str, by: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E207", f"`{name}` is already {by}", span, "choose another name for this one"
    )


def ambiguous(name: str, event: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E208",
        f"`{name}` is a property of `{event}` and a name of this file",
        span,
        "give the one in the file another name",
    )


def wrong_header_name(
    found: str, wanted: str, span: Span, word: str = "segment"
) -> Diagnostic:
    """`word` is what the header defines: a segment or a partition."""
    name = wanted.isidentifier()
    return Diagnostic(
        "E209",
        f"this file is named `{wanted}`, its header says `{found}`",
        span,
        f"write `{word} {wanted}`, or rename the file" if name else "rename the file",
        Fix(wanted) if name else None,
    )


def param_without_value(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E210",
        f"the parameter `{name}` has no value",
        span,
        f"give it a default (`param {name}: … = …`), or a value: `--param {name}=…`",
    )


def unknown_param(name: str, known: Sequence[str]) -> Diagnostic:
    help_ = _some(known, "it has ") if known else "the rule declares no `param`"
    return Diagnostic("E211", f"there is no parameter `{name}`", help=help_)


def bad_param(name: str, type_: str) -> Diagnostic:
    return Diagnostic(
        "E212",
        f"the value given for `{name}` is no {type_}",
        help="write it as in a rule; dates as 2025-03-01, items of a list with commas",
    )


def foreign_in_filter(name: str, event: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E213",
        f"the filter of `{event}` can only speak of its own properties, not `{name}`",
        span,
        f"declare `{name}` among the properties",
    )


def nested_event(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E214",
        f"`{name}` is an event; inside an event's parentheses stand its own properties",
        span,
        f"put the two next to each other with `and`, or take a figure: `count({name})`",
    )


def no_rule_in_segment(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E215",
        f"the file of `{name}` only shares `let`s: nobody can be in it",
        span,
        "name a file that has a rule",
    )


def broken_segment(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E216",
        f"the segment `{name}` has mistakes of its own",
        span,
        f"mend `{name}` first; `segql check` shows what is wrong with it",
    )


def _some(known: Sequence[str], lead: str = "there are ") -> str | None:
    if not known:
        return None
    shown = ", ".join(f"`{name}`" for name in known[:8])
    return lead + shown + (" and more" if len(known) > 8 else "")


def two_files(name: str, first: str, second: str) -> Diagnostic:
    return Diagnostic(
        "E217",
        f"two files define the segment `{name}`: {first} and {second}",
        help="a segment's name is its file's: rename one of them",
    )


def bad_as_of(found: str) -> Diagnostic:
    return Diagnostic(
        "E218",
        f"`{found}` is not an instant",
        help="write a day and a time, with or without an offset: `2026-06-01T00:00` "
        "(in the business's zone) or `2026-06-01T00:00:00+02:00`; the years are "
        "1100 to 8900",
    )


def nothing_found(path: str) -> Diagnostic:
    return Diagnostic(
        "E219",
        f"there is no definition file in {path}",
        help="definition files end in `.seg`",
    )
