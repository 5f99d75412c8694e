"""Phrases for steps, habits, ranks and samples: `followed by`, `more than once`.

Each is a pattern as `slips` reads it, and what is written instead.
"""

import re
from collections.abc import Callable

_EVENT = r"[^\W\d]\w*(?:\([^()\n]*\))?"
_END = r"(?= (?:\Z|[),\n]|(?:then|within|without|and|or)(?!\w)))"
_SHARE = r"(?: (?P<share>%|(?:percent|per~cent|pct)(?!\w)))?"
_UNITS = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?)(?!\w)"
_SIGN = r"(?:[<>]=?|!?=)"
_NOT_EVENTS = {"and", "or", "not", "then", "where", "in", "has", "by", "no", "is"}
_FIGURES = ("count", "sum", "avg", "min", "max", "median", "distinct")
_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_HABIT = {"daily": "days", "weekly": "weeks", "monthly": "months", "yearly": "years"}
_WHICH = {"highest": "top", "best": "top", "lowest": "bottom", "worst": "bottom"}

_Ours = Callable[[re.Match[str]], str | None]


# ---- steps


def _late(found: re.Match[str]) -> str:
    """A bare window behind a later step."""
    step, window = found["step"], " ".join(found["window"].split())
    if far := re.fullmatch(rf"(?:in|after|for) (\d+ {_UNITS})", window):
        more = (
            "; how far it lies behind at least has no form"
            if window.startswith("after")
            else ""
        )
        return f"`then {step} within {far[1]}`{more}"
    return f"a later step's window in parentheses: `then ({step} {window})`"


def _early(found: re.Match[str]) -> str:
    return f"the length behind the event: `then {found['step']} within {found['long']}`"


def _between(found: re.Match[str]) -> str:
    return f"the length first: `within {found['long']} without {found['step']}`"


def _not_steps(found: re.Match[str]) -> str:
    return f"`not ({found['step']} then …)`"


def _no_count(_: re.Match[str]) -> str:
    return "the steps alone: a sequence is true or false, and nothing that is compared"


def _tied(found: re.Match[str]) -> str:
    return f"`then {found['step']}(same {found['by']})`"


def _but(found: re.Match[str]) -> str | None:
    a, b = found["a"], found["b"]
    if "then" in found.string[: found.start()] or {a, b} & _NOT_EVENTS:
        return None
    return f"`{a} and not {b}`, or of what follows `{a} then no {b}`"


# ---- how often


def _times(found: re.Match[str]) -> str:
    number = _TIMES[found["times"].lower()]
    match (found["how"] or "").lower().split():
        case ["more", "than"]:
            return f"`>= {number + 1}`"
        case ["at", "least"]:
            return f"`>= {number}`" + (", or the event alone" if number == 1 else "")
        case ["at", "most"] | ["up", "to"]:
            return f"`<= {number}`"
        case ["less" | "fewer", "than"]:
            return f"`< {number}`"
        case ["exactly" | "only" | "just"]:
            return f"`= {number}`"
        case _:
            return f"`= {number}`, or `>= {number}` for at least so often"


def _never(found: re.Match[str]) -> str | None:
    event = found["event"]
    return None if event in _NOT_EVENTS else f"`not {event}`"


def _habit(found: re.Match[str]) -> str | None:
    event, unit = found["event"], found["unit"].lower().removesuffix("s")
    if event in _NOT_EVENTS:
        return None
    number = found["last"] or ("30" if unit == "day" else "6")
    return f"`{event} in each of last {number} full {unit}s`"


def _often(found: re.Match[str]) -> str:
    unit, number = found["unit"].lower().removesuffix("s"), found["number"]
    event = found["event"]
    return (
        f"`{unit}s({event} in last 6 full {unit}s, at least {number}) >= 6`: in six "
        f"{unit}s at least {number}"
    )


def _adverb(found: re.Match[str]) -> str | None:
    event = found["event"] or found["other"]
    units = _HABIT[(found["early"] or found["late"]).lower()]
    number = 30 if units == "days" else 6
    if event in _NOT_EVENTS:
        return None
    return f"`{event} in each of last {number} full {units}`"


def _all_of(found: re.Match[str]) -> str:
    unit = found["unit"].lower().removesuffix("s")
    return f"`in each of last {found['number']} full {unit}s`"


def _groups(found: re.Match[str]) -> str | None:
    event, by = found["event"], found["by"]
    before = found.string[: found.start()]
    if event in _NOT_EVENTS or re.search(r"(?:top|bottom)[^\n]*by\s*\Z", before):
        return None
    name, _, inside = event.partition("(")
    if name in _FIGURES and inside:
        return f"`{event[:-1]} per {by})`"
    return f"`max({event} per {by})` for the most in one {by}"


def _nth(found: re.Match[str]) -> str:
    return f"`nth(bought, {found['n']})`"


# ---- among others


def _rank(found: re.Match[str]) -> str | None:
    which = found["which"].lower()
    which, number = _WHICH.get(which, which), found["n"]
    share = "%" if found["share"] else ""
    by = found["by"] or found["of"] or "…"
    ours = f"{which} {number}{share} by {by}"
    if " ".join(found[0].split()) == ours and (share or "." not in number):
        return None
    if "." in number and not share:
        return f"`{which} {number}% by {by}` for a share; how many is a whole number"
    return f"`{ours}`"


def _in_rank(found: re.Match[str]) -> str:
    share = "%" if found["share"] else ""
    return f"`{found['which'].lower()} {found['n']}{share} by {found['value']}`"


def _by_window(found: re.Match[str]) -> str:
    by, window = found["by"], " ".join(found["window"].split())
    return f"a window in parentheses: `by ({by} {window})`"


def _sample(found: re.Match[str]) -> str:
    number = found["n"] or found["m"] or found["k"]
    return f'`sample {number}% seed "exp-1"`, with a name of your own as the seed'


def _some(found: re.Match[str]) -> str | None:
    if re.search(r"(?:has|of)\s*\Z|within.*of\s*\Z", found.string[: found.start()]):
        return None
    word = " ".join(found["word"].lower().split())
    match word.split():
        case ["all"]:
            return "`and` between the rules"
        case ["none"]:
            return "`at most 0 of (…)`, or `not (a or b)`"
        case ["any" | "one" | "some"]:
            return "`at least 1 of (…)`, or `or` between the rules"
        case [*_, number]:
            return f"`at least {number} of (…)`, or `exactly {number} of (…)`"
        case _:
            return None


def _said(ours: str) -> _Ours:
    return lambda found: found.expand(ours)


PHRASES: tuple[tuple[str, _Ours], ...] = (
    (
        r"(?<!\w)(?:followed~by|and~then|then~later|after~which|afterwards?)(?!\w)"
        r"|-+>|→|⇒",
        _said("`then`: `viewed then bought within 7 days`"),
    ),
    (
        r"(?<!\w)then~(?:not|never|didn't|did~not|nothing)(?!\w)",
        _said("`then no …`: `viewed then no bought within 7 days`"),
    ),
    (rf"(?<!\w)then~within~(?P<long>\w+~{_UNITS})~(?P<step>{_EVENT})", _early),
    (rf"(?<!\w)without~(?P<step>{_EVENT})~within~(?P<long>\w+~{_UNITS})", _between),
    (
        rf"(?<!\w)then~(?P<step>{_EVENT})~(?:for|with|of|on|where)~(?:the~)?same~"
        r"(?P<by>{WORD})",
        _tied,
    ),
    (
        rf"(?<!\w)then~(?:no~)?(?P<step>(?!no~){_EVENT})~(?P<window>(?:in|since|before"
        r"|after|until|more~than|exactly|today|yesterday|for|\d+ \.\.)(?!\w)"
        rf"[^()\n]*?){_END}",
        _late,
    ),
    (
        rf"(?<!\w)then~(?:no~)?{_EVENT}(?:~within~\w+~{_UNITS})? {_SIGN} \d+"
        rf"|(?<!\w){_EVENT} {_SIGN} \d+~then(?!\w)",
        _no_count,
    ),
    (rf"(?<!\w)not~(?P<step>{_EVENT})~then(?!\w)", _not_steps),
    (
        rf"(?<!\w)(?P<a>{_EVENT})~(?:but~(?:not|no|never)|without)~(?P<b>{_EVENT})",
        _but,
    ),
    (
        rf"(?<![\w.])(?P<event>{_EVENT})~(?:{{SIGN}}~)?{{NUMBER}} (?:times|x)?~"
        r"(?:a|per|each|every|in~each|in~every)~{UNIT}",
        _often,
    ),
    (
        r"(?:(?<!\w)(?P<how>more~than|less~than|fewer~than|at~least|at~most|up~to"
        r"|exactly|only|just)~)?(?<!\w)(?P<times>once|twice|thrice)(?!\w)",
        _times,
    ),
    (
        rf"(?<!\w)never~(?P<event>{_EVENT})",
        _never,
    ),
    (rf"(?<![\w.])(?P<event>{_EVENT})~never(?!\w)", _never),
    (rf"(?:\A|\(|(?<!\w)(?:and|or|where)(?!\w)) no~(?P<event>{_EVENT})", _never),
    (
        rf"(?<![\w.])(?P<event>{_EVENT})~(?:in~)?(?:every|each)~(?!of~){{UNIT}}"
        rf"(?:~(?:in|of|for|over)~(?:the~)?(?:last|past)~(?P<last>\d+)~(?:full~)?"
        rf"{_UNITS})?",
        _habit,
    ),
    (
        r"(?<!\w)in~(?:all|every)~(?:of~)?(?:the~)?(?:last~|past~)?{NUMBER}~(?:full~)?"
        r"{UNIT}|(?<!\w)in~every~of~(?:the~)?last~(?P<n>\d+)~(?:full~)?(?P<u>\w+)",
        lambda found: (
            _all_of(found)
            if found["unit"]
            else f"`in each of last {found['n']} full {found['u']}`"
        ),
    ),
    (
        rf"(?<!\w)(?P<early>daily|weekly|monthly|yearly)~(?P<event>{_EVENT})"
        rf"|(?<![\w.])(?P<other>{_EVENT})~(?P<late>daily|weekly|monthly|yearly)(?!\w)",
        _adverb,
    ),
    (
        rf"(?<![\w.])(?P<event>{_EVENT})~per~(?!(?:days?|weeks?|months?|quarters?|years?)"
        r"(?!\w))(?P<by>{WORD})",
        _groups,
    ),
    (
        rf"(?<![\w.])(?P<event>{_EVENT})~per~{{UNIT}}",
        lambda found: (
            f"`{found['unit'].removesuffix('s')}s({found['event']}, at least 3)`"
            f" for the {found['unit'].removesuffix('s')}s with at least 3"
        ),
    ),
    (r"(?<!\w)(?P<n>\d+)(?:st|nd|rd|th)(?!\w)", _nth),
    (
        r"(?<![\w.])(?P<value>[^\W\d][\w.]*(?:\([^()\n]*\))?)~(?:is~)?in~(?:the~)?"
        rf"(?P<which>top|bottom)~(?P<n>\d[\d_.]*){_SHARE}",
        lambda found: None if found["value"] in _NOT_EVENTS else _in_rank(found),
    ),
    (
        r"(?<!\w)(?:in~)?(?:the~)?(?P<which>top|bottom|highest|lowest|best|worst)~"
        rf"(?P<n>\d[\d_]*(?:\.\d+)?){_SHARE}"
        r"(?:~(?:customers|users|people))?"
        r"(?:~of~(?P<of>[^\W\d][\w.]*)|~(?:ranked~)?by~(?P<by>[^\W\d][\w.]*(?:\([^()\n]*\))?))?",
        _rank,
    ),
    (
        rf"(?<!\w)by~(?P<by>{_EVENT})~(?P<window>(?:in|since|before|after|until"
        r"|more~than|exactly)(?!\w)[^()\n]*?)"
        r"(?= (?:\Z|[),\n]|(?:per|among|and|or)(?!\w)))",
        _by_window,
    ),
    (
        r"(?<!\w)(?:a~)?(?:random~)?sample~(?:of~)?(?P<n>\d[\d_.]*)"
        r"(?: (?:%|percent(?!\w)))?"
        r"(?! \.\.|.*seed)"
        r"|(?<![\w.])(?P<m>\d[\d_.]*) (?:%|percent)~(?:random~)?sample(?!\w)"
        r"|(?<!\w)random~(?P<k>\d[\d_.]*) (?:%|percent)?",
        _sample,
    ),
    (
        r"(?<!\w)(?P<how>at~least|at~most|exactly)~(?P<n>\w+)~of~(?P<a>{WORD})",
        _said(r"the rules in parentheses: `\g<how> \g<n> of (\g<a>, …)`"),
    ),
    (
        r"(?<![\w.])(?P<word>(?:any~)?\d+|any|one|some|all|none)~of(?= \()(?: \()",
        _some,
    ),
    (
        rf"(?<!\w)then~(?P<step>{_EVENT})~where(?!\w)",
        _said(r"tests in parentheses: `then \g<step>(same product, …)`"),
    ),
    ("%", lambda _: "a share as a number, or an arithmetic without `%`"),
)
