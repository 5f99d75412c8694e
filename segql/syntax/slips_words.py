"""Phrases whose words look like values or calls, and tests that leave out their value.

Read before all others, as `slips` reads a table: `only bought`, `> 25 and < 34`.
"""

import re
from collections.abc import Callable
from decimal import Decimal

_Ours = Callable[[re.Match[str]], str | None]

_EVENT = r"[^\W\d]\w*(?:\([^()\n]*\))?"
_VALUE = rf"{_EVENT}(?:\.\w+)?"
_CONSTANT = r"(?:{STRING}|-?\d[\w.:-]*|[^\W\d]\w*)"
_CMP = r"(?:[<>]=?|!?=)"
_CUSTOMERS = r"(?:customers?|users?|people|clients?|members?|buyers?|kunden?)(?!\w)"
_LONGEST = 24
_NO_VALUES = {"and", "or", "not", "then", "where", "in", "is", "has", "by", "than"}
_KINDS = {
    "new": "signup in last 30 days",
    "existing": "signup more than 30 days ago",
    "active": "bought in last 90 days",
    "inactive": "not bought in last 90 days",
    "lapsed": "bought and not bought in last 90 days",
    **dict.fromkeys(("returning", "repeat", "loyal"), "bought >= 2"),
}
_TOTALS = {"total": "sum", "sum": "sum", "average": "avg", "avg": "avg", "mean": "avg"}


def _before(found: re.Match[str]) -> str:
    """What stands before on the same line."""
    return found.string[: found.start()].rpartition("\n")[2].rstrip()


def _again(found: re.Match[str]) -> str:
    """`age > 25 and < 34`: the second comparison has no value of its own."""
    value, word, late = found["value"], found["word"], " ".join(found["late"].split())
    whole = re.search(r"(?:\A|\(|,|(?<!\w)(?:and|or|not|where))\Z", _before(found))
    if not whole or value in _NO_VALUES:
        return f"the value again behind `{word}`: `… {word} … {late}`"
    return f"`{value} {' '.join(found['early'].split())} {word} {value} {late}`"


def _between(found: re.Match[str]) -> str | None:
    value, low, high = found["value"], found["low"], found["high"]
    if value in _NO_VALUES:
        return None
    word = "in " if "-" in low[1:] else ""
    ours = f"{value} {word}{low}..{high}"
    return f"`not ({ours})`" if found["not"] else f"`{ours}`"


def _except(found: re.Match[str]) -> str | None:
    event, _, _ = found["event"].partition("(")
    if event in _NO_VALUES or event == "everyone":
        return None
    return (
        f"`{event}(… != {found['value']})`, where `…` is the property, "
        f"or `{event} and not {event}({found['value']})` for none of these"
    )


def _only(found: re.Match[str]) -> str:
    event, _, test = found["event"].partition("(")
    if re.fullmatch(r'"[^"]*"\)', test):
        return f"`{found['event']} and not {event}(… != {test}`"
    return f"`{found['event']}`, and what is not wanted behind `and not`"


def _total(found: re.Match[str]) -> str | None:
    if _before(found)[-1:] in ("=", ",", "("):
        return None
    function = _TOTALS[found["figure"].lower()]
    return f"`{function}(bought.price)`, with your event and its property"


def _customers(found: re.Match[str]) -> str | None:
    if _before(found)[-1:] in ("=", ",", "("):
        return None
    return f"what is meant by it, such as `{_KINDS[found['kind'].lower()]}`"


def _rank(found: re.Match[str]) -> str:
    number = plain_number(found["n"].lstrip("-")) or "10"
    by = found["by"] or "…"
    return f"`{found['which']} {number} by {by}`: how many is a plain whole number"


def _older(found: re.Match[str]) -> str | None:
    value, long = found["value"], f"{found['number']} {found['unit'].lower()}"
    if value in _NO_VALUES or value == "is":
        return None
    if found["how"].lower() in ("newer", "younger", "later", "less"):
        return f"`{value} in last {long}`"
    return f"`{value} more than {long} ago`"


def _by(found: re.Match[str]) -> str | None:
    if re.search(r"(?<!\w)(?:top|bottom)(?!\w)[^()]*\Z", _before(found)):
        return None
    value = found["value"]
    return f"`top 10% by {value}` for a rank, `per {value}` for groups"


def _moment(found: re.Match[str]) -> str:
    return f"`{found['day']}T{found['time'].zfill(len(found['time']) + _short(found))}`"


def _short(found: re.Match[str]) -> int:
    return 1 if found["time"].index(":") == 1 else 0


def plain_number(text: str) -> str | None:
    """A number with an exponent, without it; None if it is none, or very long."""
    if not re.fullmatch(r"\d[\d_]*(?:\.\d+)?e[+-]?\d{1,2}", text, re.IGNORECASE):
        return text if re.fullmatch(r"\d+", text) else None
    plain = f"{Decimal(text):f}"
    return plain if len(plain) <= _LONGEST else None


def _ignoring(found: re.Match[str]) -> str | None:
    right = found[0].lower().split() == ["ignoring", "case"]
    return None if right else "`ignoring case`"


def _said(ours: str) -> _Ours:
    return lambda found: found.expand(ours)


WORDS: tuple[tuple[str, _Ours], ...] = (
    (
        rf"(?<![\w.])(?P<value>{_VALUE}) (?P<early>{_CMP} {_CONSTANT})~"
        rf"(?P<word>and|or) (?P<late>{_CMP} {_CONSTANT})",
        _again,
    ),
    (
        rf"(?<=[^\s(,]\s)(?P<word>and|or) (?P<late>{_CMP} {_CONSTANT})",
        lambda f: f"the value again behind `{f['word']}`: `{f['word']} … {f['late']}`",
    ),
    (
        rf"(?<![\w.])(?P<value>{_VALUE})~(?:is~)?(?P<not>not~)?between~"
        r"(?P<low>-?\d[\w.:-]*)~and~(?P<high>-?\d[\w.:-]*)",
        _between,
    ),
    (
        r"(?P<day>(?<![\w.-])\d{4}-\d\d-\d\d)~(?P<time>[0-2]?\d:[0-5]\d(?::[0-5]\d)?)(?![\w:])",
        _moment,
    ),
    (
        r"(?<![\w.-])(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})\d+",
        _said(r"`\g<at>`: a moment has six digits behind the point"),
    ),
    # words that are no values
    (
        rf"(?<![\w.])(?P<event>{_EVENT})~(?:except(?:~for)?|excluding|other~than)~"
        r"(?P<value>{STRING})",
        _except,
    ),
    (rf"(?<!\w)only~(?!once|twice|thrice)(?P<event>{_EVENT})", _only),
    (rf"(?<!\w)(?P<figure>{'|'.join(_TOTALS)})~(?:of~)?{{WORD}}", _total),
    (
        rf"(?<!\w)(?:number|count|amount)~of~(?P<event>{_EVENT})",
        _said(r"`\g<event> >= 3`: the name of an event counts it"),
    ),
    (rf"(?<!\w)(?P<kind>{'|'.join(_KINDS)})~{_CUSTOMERS}", _customers),
    (
        r"(?<!\w)sample~(?P<n>\d+(?:\.\d+)?)~seed~(?P<seed>{STRING})",
        _said(r"`sample \g<n>% seed \g<seed>`"),
    ),
    (
        r"(?<!\w)(?P<which>top|bottom)~(?P<n>-\d+|\d+(?:\.\d+)?e\d{1,2}(?!\w))"
        rf"(?:~by~(?P<by>{_VALUE}))?",
        _rank,
    ),
    (
        rf"(?<![\w.])(?P<value>{_EVENT})~(?:is~)?(?P<how>older|longer|earlier|newer"
        r"|younger|later|less)~than~{NUMBER}~{UNIT}(?!~(?:ago|ahead)(?!\w))",
        _older,
    ),
    (
        r"(?<!\w)(?:is~)?near~(?:to~)?(?P<value>{STRING})",
        _said(
            "`home within 25 km of berlin`: a point, and a place of the catalog or "
            "`(52.52, 13.405)`"
        ),
    ),
    (
        r"\A\s*partition~(?P<name>{WORD})(?=\s*\Z)",
        _said(
            r"its parts below, `segment … where …` and at the end `else …`; "
            r"to test for a part, `in segment \g<name>.…`"
        ),
    ),
    (
        r"(?:\A|\(|(?<!\w)(?:and|or|not|where)(?!\w)) seed~(?P<seed>{STRING})",
        _said(r"`sample 10% seed \g<seed>`"),
    ),
    (rf"(?<!\w)by~(?P<value>{_VALUE})", _by),
    # words of people, and of SQL
    (rf"(?<!\w)(?:nicht)~(?P<rule>{_EVENT})", _said(r"`not \g<rule>`")),
    (
        rf"(?<!\w)either~(?P<a>{_EVENT})~or~(?P<b>{_EVENT})",
        _said(r"`\g<a> or \g<b>`; for one of the two alone `exactly 1 of (…, …)`"),
    ),
    (
        rf"(?<!\w)neither~(?P<a>{_EVENT})~nor~(?P<b>{_EVENT})",
        _said(r"`not (\g<a> or \g<b>)`"),
    ),
    (rf"(?P<a>{_EVENT})~xor~(?P<b>{_EVENT})", _said(r"`exactly 1 of (\g<a>, \g<b>)`")),
    (
        rf"(?<=[\w)\"]\s)(?:except|unless)~(?P<rule>{_EVENT})",
        _said(r"`and not \g<rule> …`"),
    ),
    (
        r"(?<=[\w)\"]\s)limit~(?P<n>\d+)",
        _said(r"`and top \g<n> by …` for who has most of something"),
    ),
    (
        r"(?<=[\w)\"]\s)order~by~(?P<value>{WORD})",
        _said(r"nothing: members have no order; for the first, `top 100 by \g<value>`"),
    ),
    (
        r"(?<=[\w)\"]\s)group~by~(?P<value>{WORD})",
        _said(
            r"nothing: a rule is about one customer; a rank may be `… per \g<value>`"
        ),
    ),
    (
        r"(?<![\w.])(?P<low>\d[\d_.]*)~(?:to|bis)~(?P<high>\d[\d_.]*)",
        _said(r"a range as `\g<low>..\g<high>`"),
    ),
    (
        r"(?:\A|\(|(?<!\w)(?:and|or|not|where)(?!\w)) "
        r"in~(?!segment(?!\w))(?P<name>{WORD})"
        r"(?=\s*(?:\Z|\)|(?:and|or)(?!\w)))",
        _said(r"`in segment \g<name>`"),
    ),
    # tests of texts
    (
        r"(?<!\w)(?:starts?|begins?|starts?_?with|begins?~with|begins?_?with)~"
        r"(?P<text>{STRING})",
        _said(r"`starts with \g<text>`"),
    ),
    (r"(?<!\w)ends?(?:_?with)?~(?P<text>{STRING})", _said(r"`ends with \g<text>`")),
    (r"(?<!\w)does~not~contain~(?P<text>{STRING})", _said(r"`not contains \g<text>`")),
    (
        r"(?<!\w)(?:rlike|regexp|similar~to)~(?P<text>{STRING})",
        _said("`matches` and a pattern of the whole value"),
    ),
    (
        r"(?<!\w)ilike~(?P<text>{STRING})",
        _said("`starts with`, `ends with` or `contains`, then `ignoring case`"),
    ),
    (r"(?<!\w)(?:ignore|ignoring)~(?:case|cases)", _ignoring),
    # lines of a header
    (
        r"(?:\A|(?<=\n)) (?:owner)~(?P<who>[^\s\"]+)",
        _said(r'`owner "\g<who>"`, with quotes'),
    ),
    (
        r"(?:\A|(?<=\n)) tags?~(?P<text>{STRING}(?: , {STRING})*)",
        lambda found: f"`tags {found['text'].replace(chr(34), '')}`, without quotes",
    ),
    (
        r"(?:\A|(?<=\n)) (?:description|title|name)~(?P<text>{STRING})",
        _said(r"it behind the name: `segment vip \g<text>`"),
    ),
    # names and lists that are missing
    (
        r"(?<!\w)in~segment(?=\s*(?:\Z|\)|(?:and|or)(?!\w)))",
        _said("the segment's name behind it: `in segment vip`"),
    ),
    (
        r"(?<!\w)has~(?:any|all)~of~(?P<one>{STRING})",
        _said(r"`has \g<one>`, or `has any of (\g<one>, …)`"),
    ),
    (
        rf"(?<![\w.])(?P<a>{_EVENT})~(?P<gap>within~\w+~\w+)~then~(?P<b>(?:no~)?{_EVENT})",
        lambda f: f"`{f['a']} then {f['b']} {f['gap']}`: the gap behind the later step",
    ),
)
