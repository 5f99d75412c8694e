"""Phrases that marketers write for ours: `in the last 90 days`, `at least 3 times`.

A text and where the parser stopped come in; the message that shows our phrase goes out.
"""

import re

from segql.diagnostics import Diagnostic
from segql.messages import reading
from segql.source import Span
from segql.syntax.slips_events import PHRASES
from segql.syntax.slips_time import FORMS, Ours, unit_of
from segql.syntax.slips_words import WORDS

_REACH = 120
"""So far from where the parser stopped a phrase is looked for."""


def explain_phrase(text: str, start: int) -> Diagnostic | None:
    """The phrase around an offset, if it is one of those that are known."""
    lowest, highest = max(0, start - _REACH), start + _REACH
    lowest = max(lowest, text.rfind("\n", 0, start) + 1)
    for pattern, ours in _PHRASES:
        for found in pattern.finditer(text, lowest, highest):
            if found.start() > start:
                break
            line = text.rfind("\n", 0, found.start()) + 1
            if text.count('"', line, found.start()) % 2:
                continue
            if start < found.end() or start == found.end() == len(text.rstrip()):
                if said := ours(found):
                    phrase = re.sub(r"\s+(?:and|or)\Z", "", found[0])
                    span = Span(found.start(), found.start() + len(phrase))
                    exact = ours in _EXACT and re.fullmatch(r"`([^`…]+)`", said)
                    fix = exact[1] if exact else None
                    return reading.other_spelling(_short(phrase), said, span, fix)
                break
    return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


# ---- what is written instead


def _sequence(found: re.Match[str]) -> str | None:
    word = "in" if found["sign"] == "=" else "not in"
    return f"`{found['name']} {word} {_short(found['list'])}`"


def _between(found: re.Match[str]) -> str:
    low, one, name, two, high = found.group("low", "one", "name", "two", "high")
    if {one, two} == {"<="}:
        return f"`{name} {low}..{high}`"
    if {one, two} == {">="}:
        return f"`{name} {high}..{low}`"
    return f"`{low} {one} {name} and {name} {two} {high}`"


def _day(found: re.Match[str]) -> str:
    year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
    day, month = int(found["day"]), int(found["month"])
    if month > 12 >= day:
        day, month = month, day
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return "dates as year, month and day: `2025-01-31`"
    return f"dates as year, month and day: `{year}-{month:02}-{day:02}`"


def _number(found: re.Match[str]) -> str:
    text = found[0]
    last = max(text.rfind(","), text.rfind("."))
    whole, tail = re.sub(r"[.,]", "", text[:last]), text[last + 1 :]
    same = len({sign for sign in text if sign in ".,"}) == 1
    thousands = same and len(tail) == 3 and whole.strip("0")
    ours = whole + tail if thousands else f"{whole}.{tail}"
    return f"`{ours}`: a point parts the decimals, and nothing the thousands"


def _count(found: re.Match[str]) -> str:
    sign, number = found["sign"], found["number"]
    if sign is None:
        return f"`= {number}`, or `>= {number}` for at least so often"
    return f"`{_SIGNS.get(_plain(sign), sign)} {number}`"


def _more(found: re.Match[str]) -> str:
    number = found["number"]
    return f"`> {number}` of a number, `more than {number} days ago` of a time"


def _ago(found: re.Match[str]) -> str:
    long = f"{found['number']} {unit_of(found)}"
    word = _plain(found["sign"] or "")
    if word == "more than":
        return f"`signup more than {long} ago`, with the value before it"
    match _SIGNS.get(word, word):
        case ">" | ">=" | "before" | "until":
            return f"`more than {long} ago`"
        case "<" | "<=" | "since" | "after":
            return f"`in last {long}`"
        case "=":
            return f"`exactly {long} ago`"
        case _:
            return f"`exactly {long} ago`, `more than {long} ago` or `in last {long}`"


def _window(found: re.Match[str]) -> str | None:
    way = {"next": "next", "coming": "next", "this": "this"}.get(
        _plain(found["way"]), "last"
    )
    number = f"{found['number']} " if found["number"] else ""
    ours = f"in {way} {number}{unit_of(found)}"
    return None if _plain(found[0]) == ours else f"`{ours}`"


def _month(found: re.Match[str]) -> str:
    number = _MONTHS.index(found["month"][:3].lower().translate(_GERMAN)) + 1
    return f"`in {found['year']}-{number:02}`"


def _quarter(found: re.Match[str]) -> str:
    year, quarter = found["year"] or found["late"], int(found["quarter"] or found["q"])
    return f"`in {year}-{3 * quarter - 2:02}..{year}-{3 * quarter:02}`"


def _param(found: re.Match[str]) -> str:
    value = found["value"]
    if value.startswith('"'):
        kind = "text"
    elif value in ("true", "false"):
        kind = "boolean"
    elif "-" in value[1:]:
        kind = "date"
    elif "." in value:
        kind = f"decimal(12, {len(value.partition('.')[2])})"
    else:
        kind = "integer"
    return f"`param {found['name']}: {kind} = {value}`"


def _event(found: re.Match[str]) -> str | None:
    name, value = found["name"], found["value"].strip('"')
    if {name, value} & (_KEYWORDS | _OUR_WORDS):
        return None
    if value.lower() in ("exists", "exist"):
        return f"`{name} is known`"
    before = re.search(r"([^\W\d]\w*)[ \t]+\Z", found.string[: found.start()])
    if before and before[1] not in ("and", "or", "not", "where"):
        return None
    third = re.match(r"[ \t]+([^\W\d]\w*)", found.string[found.end() :][:_REACH])
    if third and third[1] not in _KEYWORDS:
        return None
    return f'`{name}("{value}")` of an event, `{name} = "{value}"` of a value'


def _text(found: re.Match[str]) -> str | None:
    words = found["words"].split()
    if found.string[: found.start()].rstrip()[-1:] not in ("=", ",", "("):
        return None
    return None if _KEYWORDS & set(words) else f'text in quotes: `"{" ".join(words)}"`'


def _is(found: re.Match[str]) -> str | None:
    value, plain = found["value"], found["value"].lower()
    if plain in ("missing", "empty", "blank", "none", "unknown"):
        return "`is known`" if found["not"] else "`is missing`"
    if plain in ("known", "set", "present", "filled"):
        known = None if plain == "known" else "`is known`"
        return "`is missing`" if found["not"] else known
    if plain in _KEYWORDS - {"true", "false"}:
        return None
    word = value[0].isalpha() and plain not in ("true", "false")
    shown = f'"{value}"' if word else _short(value)
    return f"`{'!=' if found['not'] else '='} {shown}`"


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _said(ours: str) -> Ours:
    return lambda found: found.expand(ours)


_SIGNS = {
    "at least": ">=",
    "min": ">=",
    "minimum": ">=",
    "mindestens": ">=",
    "at most": "<=",
    "up to": "<=",
    "maximum": "<=",
    "höchstens": "<=",
    "more than": ">",
    "over": ">",
    "above": ">",
    "greater than": ">",
    "longer than": ">",
    "older than": ">",
    "younger than": "<",
    "less than": "<",
    "fewer than": "<",
    "under": "<",
    "below": "<",
    "exactly": "=",
    "equals": "=",
    "equal to": "=",
    "genau": "=",
    "mehr als": ">",
    "weniger als": "<",
}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_GERMAN = str.maketrans({"ä": "a", "z": "c", "k": "c"})
_KEYWORDS = {
    *"and or not in is has where let param then if else segment list last".split(),
    *"true false today yesterday tomorrow everyone nobody contains matches".split(),
    *"starts ends before after since until more exactly ignoring missing known".split(),
    *"ago ahead days within of km mi each".split(),
}
_OUR_WORDS = {
    *"by seed sample top bottom per among partition only except without".split(),
    *"total average new than any all no from between during near".split(),
}
"""Words beside which a name is no event of that value."""

_SIGN = "|".join(sorted((s.replace(" ", "~") for s in _SIGNS), reverse=True))
_PARTS = {
    "SIGN": rf"(?<!\w)(?P<sign>{_SIGN}|before|until|since|after|[<>]=?|=)(?!\w)",
    "NUMBER": r"(?<![\w.])(?P<number>\d[\d_]*)",
    "BOUND": r"-?\d[\d_.-]*",
    "WORD": r"[^\W\d]\w*",
    "UNIT": r"(?P<unit>(?:seconds?|sekunden?|minutes?|minuten|hours?|stunden?|days?|"
    r"tage?n?|weeks?|wochen?|months?|monate?n?|quarters?|quartale?n?|years?|"
    r"jahre?n?)(?!\w))",
    "MONTH": r"(?P<month>(?:jan|feb|m[aä]r|apr|ma[yi]|jun|jul|aug|sep|o[ck]t|nov|"
    r"de[cz])[^\W\d]*)\.?",
    "STRING": r'"[^"\n]*"',
}


def _phrase(text: str) -> re.Pattern[str]:
    """A pattern of parts; a space may stand for none, `~` is at least one."""
    for name, part in _PARTS.items():
        text = text.replace(f"{{{name}}}", part)
    text = text.replace(" ", r"[ \t]*").replace("~", r"[ \t]+")
    return re.compile(text, re.IGNORECASE)


_TABLE: tuple[tuple[str, Ours], ...] = (
    (
        r"(?P<name>[\w.`]+) (?P<sign>!?=) "
        r"(?P<list>\((?: (?:{STRING}|[\w.-]+) ,)+ (?:{STRING}|[\w.-]+)? \))",
        _sequence,
    ),
    (
        r"(?<![\w.])(?P<low>{BOUND}) (?P<one><=?|>=?) (?P<name>[\w.()]+) "
        r"(?P<two><=?|>=?) (?P<high>{BOUND})",
        _between,
    ),
    (
        r"(?<![\w.])(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4}|\d\d)(?![\w.])",
        _day,
    ),
    (
        r"(?<![\w.])(?P<year>\d{4})[./](?P<month>\d\d?)[./](?P<day>\d\d?)(?![\w.])",
        _day,
    ),
    (r"(?<![\w.,])\d+(?:[.,]\d+)*,\d+(?![\w.,])", _number),
    (r"(?<![\w.,])\d{1,3}(?:\.\d{3}){2,}(?![\w.,])", _number),
    (r"(?:{SIGN} )?{NUMBER}~{UNIT}~ago(?!\w)", _ago),
    (
        r"(?P<sign>[<>]=?|=) {NUMBER}~{UNIT}",
        _said(r"`\g<sign> \g<number>` of a number, `… days ago` of a time"),
    ),
    (r"(?<!\w)vor~{NUMBER}~{UNIT}(?P<sign>)", _ago),
    (r"(?P<sign>(?<!\w)(?:since|before|after|until))~{NUMBER}~{UNIT}", _ago),
    (
        r"(?:(?<!\w)(?:in|within|during|over|for)~)?(?:the~)?"
        r"(?<!\w)(?P<way>last|past|previous|recent|next|coming|this)~"
        r"(?:{NUMBER}~)?{UNIT}",
        _window,
    ),
    *FORMS,
    (r"(?<!\w)(?:on|at|am)~(?P<day>\d{4}-\d\d-\d\d)", _said(r"`in \g<day>`")),
    (r"(?:(?<!\w)(?:in|on|during|im)~)?(?<!\w){MONTH}~(?P<year>\d{4})(?!\w)", _month),
    (
        r"(?:(?<!\w)(?:in|during)~)?(?<!\w)(?:(?P<year>\d{4})[\s-]?q(?P<quarter>[1-4])"
        r"|q(?P<q>[1-4])[\s-]?(?P<late>\d{4}))(?!\w)",
        _quarter,
    ),
    (r"(?:{SIGN} )?{NUMBER} (?:times|time|x|mal)(?!\w)", _count),
    (r"(?<!\w)more~than~{NUMBER}(?=\s*\Z)", _more),
    (r"(?![<>=]|more~than|exactly|before|until|since|after){SIGN}~{NUMBER}", _count),
    (r"(?<!\w)(?:equals?(?:~to)?|gleich)(?!\w)", lambda _: "`=`"),
    (
        r"(?<![\w.])\d[\d_.]* (?:eur|euros?|usd|dollars?|gbp|chf)(?!\w)",
        lambda _: "the number alone; the catalog knows the currency",
    ),
    (
        r"(?<=[\w)`]\s)(?P<low>\d[\d_]*) - (?P<high>\d[\d_]*)(?![\w.-])",
        _said(r"a range as `\g<low>..\g<high>`"),
    ),
    (r'(?<!\w)in~segment~"(?P<name>{WORD})"', _said(r"`in segment \g<name>`")),
    (
        r"\A\s*segment~(?P<name>{WORD})(?=\s*\Z)",
        _said(r"`in segment \g<name>` to test it; a file goes on with `where`"),
    ),
    (
        r"(?<!\w)segment~(?P<name>{WORD})(?:(?=\s*\Z| \))|~(?:and|or)(?!\w))",
        _said(r"`in segment \g<name>`"),
    ),
    (
        r"(?<!\w)param~(?P<name>{WORD}) = "
        r"(?P<value>{STRING}|-?\d[\d.-]*|true|false)",
        _param,
    ),
    (r"(?<!\w)is~(?P<not>not~)?(?P<value>{STRING}|[\w.-]+)", _is),
    (r"(?<![\w.])(?P<words>{WORD}(?:~{WORD})+)", _text),
    (r"(?<![\w.])(?P<name>{WORD}) (?P<value>{STRING}|(?<!\w){WORD})", _event),
)
_ROWS = (*WORDS, *PHRASES, *_TABLE)
_PHRASES = tuple((_phrase(pattern), ours) for pattern, ours in _ROWS)
_EXACT = {_between, _window, _month, _quarter}
"""What has one spelling here, whatever stands around it."""
