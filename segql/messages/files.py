"""What can be wrong with definition files as wholes: E25x, E26x, W24x."""

from collections.abc import Sequence

from segql.diagnostics import Diagnostic, Fix
from segql.messages.names import similar
from segql.messages.words import listed
from segql.source import Span


def broken_shared(name: str, file: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E250",
        f"the shared `let` `{name}` has mistakes of its own",
        span,
        f"mend it in {file}.seg first; `segql check` shows what is wrong with it",
    )


def header_without_rule(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E251",
        f"the segment `{name}` has no rule",
        span,
        "add `where …`; or take the header out, and the file shares its `let`s",
    )


def shared_param(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E252",
        "a file without a rule has no `param`: nobody could give it a value",
        span,
        f"share a `let {name} = …`, or declare the `param` in the files with a rule",
    )


def whole_partition(name: str, parts: Sequence[str], span: Span) -> Diagnostic:
    return Diagnostic(
        "E253",
        f"`{name}` is a partition: which part of it?",
        span,
        f"its parts are {listed([f'{name}.{part}' for part in parts], 8)}",
    )


def part_twice(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E254", f"the part `{name}` stands twice here", span, "rename one of them"
    )


def unknown_purpose(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    if close := similar(name, known):
        help_ = f"did you mean `{close}`?"
    elif known:
        help_ = f"it lists {listed(known, 8)}"
    else:
        help_ = f"add it there: `purposes: [{name}]`"
    return Diagnostic("E255", f"the catalog lists no purpose `{name}`", span, help_)


def unknown_channel(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    close, there = similar(name, known), "is" if len(known) == 1 else "are"
    help_ = f"there {there} {listed(known, 8)}"
    help_ = f"did you mean `{close}`?" if close else help_
    message = f"no attribute holds the consent to be reached by `{name}`"
    return Diagnostic("E256", message, span, help_)


def exclusive_with_itself(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E257",
        f"`{name}` cannot be exclusive with itself",
        span,
        "the parts of a partition exclude each other as they are"
        if "." in name
        else "name the other segments",
    )


# ---- examples


def given_wrongly(name: str, event: bool, span: Span) -> Diagnostic:
    """`event` says what it is, not what it was given as."""
    what = "an event or a fact" if event else "a value"
    ours = f"{name}(…)" if event else f"{name} = …"
    return Diagnostic("E258", f"`{name}` is {what}", span, f"write `{ours}`")


def given_unfit(name: str, type_: str, help_: str, span: Span) -> Diagnostic:
    article = "an" if type_[0] in "aeiou" else "a"
    return Diagnostic("E259", f"`{name}` is {article} {type_}", span, help_)


def event_without_time(name: str, moment: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E260", f"when was this `{name}`?", span, f"add the time: `time = {moment}`"
    )


def given_twice(name: str, span: Span) -> Diagnostic:
    return Diagnostic("E261", f"`{name}` is given twice", span, "keep one")


def row_outside(name: str, parents: Sequence[str], span: Span) -> Diagnostic:
    within = " or ".join(f"`{parent}({name}(…), …)`" for parent in parents)
    return Diagnostic(
        "E262", f"`{name}` is part of something else", span, f"write {within}"
    )


def example_without_part(parts: Sequence[str], span: Span) -> Diagnostic:
    """Nobody is out of a partition, and everybody is in it."""
    return Diagnostic(
        "E263",
        "everybody is in a partition: in which part of it?",
        span,
        f"write `in {parts[0]} (…)`; there are {listed(parts, 8)}",
    )


def unknown_part(name: str, parts: Sequence[str], span: Span) -> Diagnostic:
    close = similar(name, parts)
    help_ = f"did you mean `{close}`?" if close else f"there are {listed(parts, 8)}"
    return Diagnostic("E264", f"this partition has no part `{name}`", span, help_)


def part_of_none(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "E265",
        f"this is no partition, so it has no part `{name}`",
        span,
        "write `in (…)` or `out (…)`",
    )


def examples_without_as_of(span: Span) -> Diagnostic:
    return Diagnostic(
        "E266",
        "the rule looks at time: as of when do the examples hold?",
        span,
        "say it in the header, below the segment's name: `as of 2025-06-01T00:00`",
    )


# ---- comments that silence


def unknown_allowed(code: str, known: Sequence[str], span: Span) -> Diagnostic:
    close = similar(code, known)
    help_ = (
        f"did you mean `{close}`?"
        if close
        else "a warning shows its own: `warning[W201]: …`"
    )
    if code.startswith("E"):
        help_ = "errors can't be allowed, only warnings"
    return Diagnostic("W240", f"there is no warning `{code}`", span, help_)


def allows_nothing(code: str, whole: bool, span: Span, superfluous: Span) -> Diagnostic:
    """`whole` says that the comment speaks of the whole file; `superfluous` is what to
    take out."""
    where = "in this file" if whole else "on this line"
    help_ = (
        "take the comment out"
        if whole
        else "take the comment out; or put it at the end of the line that is meant, "
        "or above the header for the whole file"
    )
    message = f"nothing {where} is noted as {code}"
    return Diagnostic("W241", message, span, help_, Fix("", superfluous))


def allowed_without_reason(code: str, span: Span) -> Diagnostic:
    help_ = f"write it down: `# allow {code}: …`"
    return Diagnostic("W242", "why is this allowed?", span, help_)
