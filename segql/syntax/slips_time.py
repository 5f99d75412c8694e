"""Phrases of times, habits, distances and choices, and what is written here instead.

Each row is a pattern in the words of `segql.syntax.slips` and what it says of a match;
None if the match is not one after all.
"""

import re
from collections.abc import Callable

Ours = Callable[[re.Match[str]], str | None]

_STEMS = (
    *(("sec", "second"), ("sek", "second"), ("min", "minute")),
    *(("hour", "hour"), ("stunde", "hour"), ("day", "day"), ("tag", "day")),
    *(("week", "week"), ("woche", "week"), ("month", "month"), ("monat", "month")),
    *(("quart", "quarter"), ("year", "year"), ("jahr", "year")),
)


def unit_of(found: re.Match[str]) -> str:
    """The unit of a length of time, in our words and number."""
    many = found["number"] not in (None, "1")
    return _unit(found["unit"]) + "s" * many


def _unit(word: str) -> str:
    for stem, ours in _STEMS:
        if word.lower().startswith(stem):
            return ours
    return word


def _long(found: re.Match[str]) -> str | None:
    if re.match(r"\s*(?:after|before|of)\b", found.string[found.end() :][:20]):
        return None
    long = f"{found['number']} {unit_of(found)}"
    if found["word"].lower() == "within":
        return f"`in last {long}`, or `within {long} after signup` of another moment"
    return f"`in last {long}`, or `in next {long}` of what lies ahead"


def _habit(found: re.Match[str]) -> str:
    return f"`in each of last {found['number']} full {unit_of(found)}`"


def _around(found: re.Match[str]) -> str | None:
    word = {"before": "before", "of": "of", "around": "of"}.get(found["side"].lower())
    ours = f"within {found['number']} {unit_of(found)} {word or 'after'}"
    if found["far"]:
        return f"`{ours} …`, with `not` before it for what lies farther off"
    return None if " ".join(found[0].split()) == ours else f"`{ours} …`"


def _distance(found: re.Match[str]) -> str | None:
    word = found["length"].lower()
    unit = "mi" if word.startswith("mi") else "km" if word.startswith("k") else "m"
    ours = f"within {found['number']} {unit} of"
    return None if " ".join(found[0].split()) == ours else f"`{ours} …`"


def _bound(found: re.Match[str]) -> str:
    figure = _short(found["figure"])
    return f"`let moment = {figure}` above, and its name in the range"


def _beside_today(found: re.Match[str]) -> str:
    unit = f" {unit_of(found)}" if found["unit"] else " days"
    way = "ahead" if found["sign"] == "+" else "ago"
    long = f"{found['number']}{unit} {way}"
    return f"`exactly {long}` or `more than {long}`"


def _choice(found: re.Match[str]) -> str:
    then, test, other = (_short(found[part]) for part in ("then", "test", "other"))
    return f"`({then} if {test} else {other})`"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else "…"


def _elapsed(found: re.Match[str]) -> str:
    return f"`{_unit(found['unit'])}s since {found['value']}`"


def _part(found: re.Match[str]) -> str:
    return f"`{found['part'].lower()} of {found['value']}`"


def _has(found: re.Match[str]) -> str:
    return f"`has ({_short(found['test'])})`"


_PART = r"(?P<part>year|quarter|month|weekday|day|hour|minute)"
_ANY = r"(?P<value>[^\W\d]\w*)"
_VALUE = r"[\w.-]+|{STRING}"

FORMS: tuple[tuple[str, Ours], ...] = (
    # habits
    (
        r"(?<!\w)in~(?:the~)?(?:last|past)~{NUMBER}~(?:full~)?{UNIT},? "
        r"(?:each|every|always)(?!\w)",
        _habit,
    ),
    (
        r"(?<!\w)(?:in~)?(?:each|every)~(?:[^\W\d]\w*~)?(?:of~|in~|for~|over~)?"
        r"(?:the~)?(?:last|past)~{NUMBER}~(?:full~)?{UNIT}",
        lambda found: _habit(found) if "in each of last" not in found[0] else None,
    ),
    # from one moment to another
    (
        r"(?:(?<!\w)(?:within|(?P<far>more~than|over|at~least|exactly))~)?"
        r"{NUMBER}~{UNIT}~(?P<side>from|since|following|after|before|of|around)(?!\w)",
        _around,
    ),
    (r"(?<!\w)(?P<word>in|within|during)~{NUMBER}~{UNIT}(?:~(?:and|or)(?!\w))?", _long),
    (
        r"(?<!\w)(?:today|now)(?: \( \))? (?P<sign>[+-]) {NUMBER}(?:~{UNIT})?",
        _beside_today,
    ),
    (
        r"(?<!\w)(?P<day>today|yesterday|tomorrow) \( \)",
        lambda found: f"`{found['day'].lower()}`, without parentheses",
    ),
    (
        r"(?P<figure>(?<=\.\.)(?:first|last|nth|min|max) \([^()\n]*\)(?:\.\w+)?)",
        _bound,
    ),
    (
        r"(?<!\w)in~(?P<figure>(?:first|last|nth|min|max) \([^()\n]*\)(?:\.\w+)?) "
        r"\.\.",
        _bound,
    ),
    # elapsed time, and parts of dates
    (
        rf"(?<!\w){{UNIT}}~(?:ago|passed~since|from|between) \(? {_ANY}(?: \))?",
        _elapsed,
    ),
    (rf"(?<!\w)day~of~(?:the~)?week~of~{_ANY}", lambda f: f"`weekday of {f['value']}`"),
    (rf"(?<!\w)day~of~(?:the~)?month~of~{_ANY}", lambda f: f"`day of {f['value']}`"),
    (rf"(?<!\w){_PART} \( {_ANY} \)", _part),
    (
        rf"(?<!\w)anniversary~(?!of(?!\w)){_ANY}",
        lambda f: f"`anniversary of {f['value']}`",
    ),
    # distances
    (
        r"(?:(?<!\w)(?:within|in|closer~than|less~than|under)~|<=? ?)?{NUMBER} "
        r"(?P<length>km|mi|m|kilomet(?:er|re)s?|miles?|met(?:er|re)s?)~"
        r"(?:of|from|around|to|near)(?!\w)",
        _distance,
    ),
    (r"(?<!\w)near~(?:to~)?(?P<value>[\w`]+)", lambda f: "`within 25 km of …`"),
    # choices
    (
        rf"(?<![\w.])(?P<then>{_VALUE})~if~(?P<test>[^()\n]{{1,60}}?)~else~"
        rf"(?P<other>{_VALUE})",
        _choice,
    ),
    (
        r"(?<!\w)if (?P<test>[^()\n]{1,60}?)~then~"
        rf"(?P<then>{_VALUE})~else~(?P<other>{_VALUE})",
        _choice,
    ),
    (
        r"(?<!\w)i?if \( (?P<test>[^(),\n]{1,60}?) , "
        rf"(?P<then>{_VALUE}) , (?P<other>{_VALUE}) \)",
        _choice,
    ),
    (
        r"(?P<test>[\w.]{1,60}) \? "
        rf"(?P<then>{_VALUE}) : (?P<other>{_VALUE})",
        _choice,
    ),
    (
        r"(?<!\w)case~when~(?P<test>[^()\n]{1,60}?)~then~"
        rf"(?P<then>{_VALUE})~else~(?P<other>{_VALUE})(?:~end(?!\w))?",
        _choice,
    ),
    # elements
    (
        r"(?<!\w)has~(?P<test>(?:not~)?(?:(?:starts|ends)~with~|contains~|matches~"
        r"|[<>]=? |!= )(?:{STRING}|[\w.-]+))",
        _has,
    ),
)
