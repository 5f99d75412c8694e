"""A measure in a few words of the language, for people: what is counted, and when."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from segql.model import nodes as mdl
from segql.model.windows import Clock

_REST = "…"
"""Stands for what would be long."""


def described(figure: mdl.Aggregate, clock: Clock) -> str:
    """Such as `bought(category = "sport") since 2026-03-03`."""
    selection = figure.selection
    test = "" if selection.test is None else f"({_rule(selection.test)})"
    found = f"{selection.event}{test}"
    if figure.value is not None:
        found = f"{figure.function}({found}.{_value(figure.value)})"
    (window,) = selection.windows
    assert isinstance(window, mdl.Instants)
    return f"{found}{_window(window, clock)}"


def _window(window: mdl.Instants, clock: Clock) -> str:
    start = None if window.start is None else _moment(window.start, clock)
    if window.end is None or window.end >= clock.as_of:
        return "" if start is None else f" since {start}"
    end = _moment(window.end, clock)
    return f" before {end}" if start is None else f" from {start} to before {end}"


def _moment(moment: datetime, clock: Clock) -> str:
    local = moment.astimezone(ZoneInfo(clock.zone))
    plain = not (local.hour or local.minute or local.second or local.microsecond)
    return local.date().isoformat() if plain else local.strftime("%Y-%m-%d %H:%M")


def _rule(rule: mdl.Rule) -> str:
    match rule:
        case mdl.Always(value):
            return "always" if value else "never"
        case mdl.Compare(operator, left, right):
            return f"{_value(left)} {operator} {_value(right)}"
        case mdl.OneOf(value, options):
            shown = ", ".join(map(_value, options[:3]))
            return f"{_value(value)} in ({shown}{_more(options)})"
        case mdl.TextTest(kind, value, part):
            word = {"starts": "starts with", "ends": "ends with"}.get(kind, kind)
            return f"{_value(value)} {word} {_value(part)}"
        case mdl.IsMissing(value):
            return f"{_value(value)} is missing"
        case mdl.Holds(value):
            return _value(value)
        case mdl.Not(term):
            return f"not ({_rule(term)})"
        case mdl.And(terms):
            return ", ".join(map(_rule, terms[:4])) + _more(terms, 4)
        case mdl.Or(terms):
            return f"({' or '.join(map(_rule, terms[:3]))}{_more(terms)})"
        case _:
            return _REST


def _more(items: tuple[object, ...], shown: int = 3) -> str:
    return f", {_REST}" if len(items) > shown else ""


def _value(value: mdl.Value) -> str:
    match value:
        case mdl.Property(name) | mdl.Attribute(name):
            return name
        case mdl.Constant(str() as text):
            return f'"{text}"'
        case mdl.Constant(bool() as truth):
            return str(truth).lower()
        case mdl.Constant(date() as day):
            return day.isoformat()
        case mdl.Constant(other):
            return str(other)
        case mdl.EventTime():
            return "time"
        case mdl.Fold(text):
            return _value(text)
        case _:
            return _REST
