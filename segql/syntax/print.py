"""Tree to text, in the one canonical layout.

Parentheses stand exactly where precedence needs them, and around `and` inside `or`.
Ranges of plain numbers stand bare, ranges of time behind `in`. What is too long for a
line is broken between the terms of `and` and `or`, arguments, and items of a list.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never, get_args

from segql.syntax import nodes as syn
from segql.syntax.layout import Doc, Nest, enclosed, joined, laid_out, parenthesised


def print_definition(node: syn.Definition) -> str:
    """The text of a rule or of a definition file, with a line end at its end."""
    blocks = []
    if node.header is not None:
        blocks.append(_header(node.header))
    if node.declarations:
        blocks.append("\n".join(_declaration(each) for each in node.declarations))
    if node.rule is not None:
        if blocks:
            blocks.append(laid_out(("where ", Nest(_doc(node.rule, _OR)))))
        else:
            blocks.append(laid_out(_doc(node.rule, _OR)))
    return "\n\n".join(blocks) + "\n"


def print_expr(node: syn.Expr) -> str:
    """The text of one expression, on one line."""
    return laid_out(_doc(node, _OR), None)


def _header(node: syn.Header) -> str:
    title = "" if node.title is None else f" {_text(node.title)}"
    name = node.name.name
    shown = f"`{name}`" if name in _AFTER_A_VALUE else _name(name)
    lines = [f"segment {shown}{title}"]
    if node.owner is not None:
        lines.append(f"  owner {_text(node.owner)}")
    if node.tags:
        lines.append(f"  tags {', '.join(map(_name, node.tags))}")
    if node.as_of is not None:
        lines.append(f"  as of {_moment(node.as_of.value)}")
    return "\n".join(lines)


def _declaration(node: syn.Let | syn.Param) -> str:
    match node:
        case syn.Let(name, value):
            head = f"let {_name(name.name)}"
        case syn.Param(name, kind, value):
            head = f"param {_name(name.name)}: {kind}"
        case _:
            assert_never(node)
    if value is None:
        return head
    if isinstance(value, syn.Several):
        return laid_out((f"{head} = ", _several(value, single=",")))
    return laid_out((f"{head} = ", Nest(_doc(value, _OR))))


# ---- expressions; the ladder of the grammar, from loose to tight

_OR, _AND, _NOT, _TEST, _PLAIN, _PLACED, _SUM, _PRODUCT, _SIGN, _POSTFIX, _ATOM = range(
    11
)


def _level(node: syn.Expr) -> int:
    """The step of the ladder on which a node stands."""
    match node:
        case syn.Or(terms) | syn.And(terms) if len(terms) == 1:
            return _level(terms[0])
        case syn.Or():
            return _OR
        case syn.And():
            return _AND
        case syn.Not() | syn.Has(negated=True):
            return _NOT
        case syn.IgnoringCase():
            return _TEST
        case syn.Compare() | syn.TextTest() | syn.Has() | syn.Presence():
            return _PLAIN
        case syn.InSegment():
            return _PLAIN
        case syn.Range():
            return _PLACED if _stands_with_in(node) else _PLAIN
        case syn.In():
            return _PLAIN if _stands_bare(node) else _PLACED
        case syn.Lies():
            return _PLACED
        case syn.Binary(operator):
            return _SUM if operator in "+-" else _PRODUCT
        case syn.Minus():
            return _SIGN
        case syn.Number(value):
            return _SIGN if value < 0 else _ATOM
        case syn.Member():
            return _POSTFIX
        case _:
            return _ATOM


def _doc(node: syn.Expr, least: int) -> "Doc":
    """The node, in parentheses if it stands on a looser step than `least`."""
    doc = _bare(node)
    return doc if _level(node) >= least else parenthesised(doc)


def _bare(node: syn.Expr) -> "Doc":
    match node:
        case syn.Number(value):
            return _number(value)
        case syn.Text(value):
            return _text(value)
        case syn.Boolean(value):
            return "true" if value else "false"
        case syn.Month(year, month):
            return f"{year:04}-{month:02}"
        case syn.Date(value):
            return value.isoformat()
        case syn.Instant(value):
            return _moment(value)
        case syn.Name(name):
            return _name(name)
        case syn.Member(base, name):
            return _doc(base, _POSTFIX), f".{_name(name, property=True)}"
        case syn.Call(name, arguments):
            inner = [_doc(each, _OR) for each in arguments]
            return _name(name.name), enclosed(inner)
        case syn.Minus(operand):
            return "-", _doc(operand, _SIGN)
        case syn.Binary(operator, left, right):
            level = _SUM if operator in "+-" else _PRODUCT
            return _doc(left, level), f" {operator} ", _doc(right, level + 1)
        case syn.Compare(operator, left, right):
            return _doc(left, _PLACED), f" {operator} ", _doc(right, _PLACED)
        case syn.Range(value, low, high):
            if _stands_with_in(node):
                return _doc(value, _PLACED), " in ", _between(low, high)
            return _bounded(value), " ", _between(low, high)
        case syn.In(value, syn.Between(low, high)) if _stands_bare(node):
            return _bounded(value), " ", _between(low, high)
        case syn.In(value, target, negated):
            word = " not in " if negated else " in "
            return _doc(value, _PLACED), word, _target(target)
        case syn.Lies(value, syn.Stretch() as place):
            return _bounded(value), " ", _place(place)
        case syn.Lies(value, place):
            return _doc(value, _PLACED), " ", _place(place)
        case syn.TextTest(kind, value, part, negated):
            word = f"{kind} with" if kind in ("starts", "ends") else kind
            word = f" not {word} " if negated else f" {word} "
            return _doc(value, _PLACED), word, _doc(part, _SUM)
        case syn.Has(items, quantifier, wanted, negated):
            word = " has " if quantifier == "one" else f" has {quantifier} of "
            found = _doc(items, _PLACED), word, _doc(wanted, _SUM)
            return ("not ", found) if negated else found
        case syn.Presence(value, known):
            return _doc(value, _PLACED), " is known" if known else " is missing"
        case syn.IgnoringCase(test):
            return _doc(test, _PLAIN), " ignoring case"
        case syn.InSegment(segment):
            return f"in segment {'.'.join(map(_name, segment.split('.', 1)))}"
        case syn.Population(everyone):
            return "everyone" if everyone else "nobody"
        case syn.Not(term):
            return "not ", _doc(term, _NOT)
        case syn.And(terms):
            flat = _flat(syn.And, terms)
            return joined("and", [_doc(term, _NOT) for term in flat])
        case syn.Or(terms):
            flat = _flat(syn.Or, terms)
            return joined("or", [_doc(term, _NOT) for term in flat])
        case syn.Several():
            return _several(node)
        case _:
            assert_never(node)


def _flat(
    kind: type[syn.And] | type[syn.Or], terms: Iterable[syn.Expr]
) -> list[syn.Expr]:
    found: list[syn.Expr] = []
    for term in terms:
        found += _flat(kind, term.terms) if isinstance(term, kind) else [term]
    return found


def _several(node: syn.Several, single: str = "") -> "Doc":
    """A list in parentheses; `single` follows the item of a list of one."""
    items = [_doc(item, _OR) for item in node.items]
    if len(items) == 1:
        items = [(items[0], single)]
    return enclosed(items)


# ---- time and ranges


def _stands_bare(node: syn.In) -> bool:
    """Whether a range behind `in` is the same as the bare range.

    Not where the bounds could be years: `bought in 2024..2025` is a stretch of time,
    `bought 2024..2025` counts.
    """
    match node:
        case syn.In(_, syn.Between(low, high), False):
            bounds = [each for each in (low, high) if each is not None]
            return all(
                isinstance(each, syn.Number)
                and each.value >= 0
                and not (isinstance(each.value, int) and each.value >= 1000)
                for each in bounds
            )
        case _:
            return False


def _stands_with_in(node: syn.Range) -> bool:
    times = (syn.Date, syn.Month, syn.Instant)
    bounds = [each for each in (node.low, node.high) if each is not None]
    return all(isinstance(each, times) for each in bounds)


def _bounded(value: syn.Expr) -> "Doc":
    """What a bare range, or a stretch, may follow without parentheses."""
    doc = _bare(value)
    if isinstance(value, syn.In) and isinstance(value.target, syn.Relative):
        return doc
    return doc if _level(value) >= _SUM else parenthesised(doc)


def _target(node: syn.Target) -> "Doc":
    match node:
        case syn.Between(low, high):
            return _between(low, high)
        case syn.Relative(which, count, unit, full, fiscal):
            words: list[str] = [which]
            if count is not None:
                words.append(_count(count))
            words += ["full"] if full else []
            words += ["fiscal"] if fiscal else []
            words.append(_unit(unit, count))
            return " ".join(words)
        case syn.Name(name) if name in _RELATIVE:
            return f"`{name}`"
        case _:
            return _doc(node, _SIGN)


def _between(low: syn.Expr | None, high: syn.Expr | None) -> str:
    first = "" if low is None else laid_out(_target(low), None)
    second = "" if high is None else laid_out(_doc(high, _SIGN), None)
    return f"{first}..{second}"


def _place(node: syn.Place) -> "Doc":
    match node:
        case syn.Stretch(near, far, unit, ahead):
            stretch = f"{_flat_text(near)}..{_flat_text(far)}"
            return f"{stretch} {_unit(unit, far)} {'ahead' if ahead else 'ago'}"
        case syn.Beyond(count, unit, ahead):
            length = f"{_count(count)} {_unit(unit, count)}"
            return f"more than {length} {'ahead' if ahead else 'ago'}"
        case syn.Exactly(count, unit, ahead):
            length = f"{_count(count)} {_unit(unit, count)}"
            return f"exactly {length} {'ahead' if ahead else 'ago'}"
        case syn.NamedDay(word):
            return word
        case syn.Side(side, moment):
            return f"{side} ", _doc(moment, _SUM)
        case _:
            assert_never(node)


def _flat_text(node: syn.Expr) -> str:
    return laid_out(_doc(node, _SIGN), None)


def _count(node: syn.Expr) -> str:
    """A number of units; a name that is also a word for a unit is quoted."""
    if isinstance(node, syn.Name) and node.name in _UNITS:
        return f"`{node.name}`"
    return _flat_text(node)


def _unit(unit: syn.Unit, count: syn.Expr | None) -> str:
    one = count is None or (isinstance(count, syn.Number) and count.value == 1)
    return unit if one else f"{unit}s"


# ---- leaves

_RESERVED_WORDS = """
    and or not in is has then let param where if else true false
    today yesterday tomorrow everyone nobody
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())
_AFTER_A_VALUE_WORDS = """
    contains starts ends matches before since after until within more exactly ignoring
"""
_AFTER_A_VALUE = frozenset(_AFTER_A_VALUE_WORDS.split())
"""Before these the word `segment` is a name, and no header begins."""
_RELATIVE = frozenset(["last", "next", "this"])
_UNITS = frozenset(
    ["fiscal"] + [unit + end for unit in get_args(syn.Unit) for end in ("", "s")]
)


def _name(name: str, property: bool = False) -> str:
    plain = name.isidentifier() and (property or name not in _RESERVED)
    return name if plain else f"`{name}`"


def _number(value: int | Decimal) -> str:
    if isinstance(value, int):
        return str(value)
    shown = format(value, "f")
    return shown if "." in shown else f"{shown}.0"


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"


def _text(value: str) -> str:
    """The text in quotes; what is invisible, or turns the line around, is escaped."""
    return '"' + "".join(map(_character, value)) + '"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
    if hidden and character not in _JOINERS:
        return f"\\u{{{ord(character):x}}}"
    return character


def _moment(value: datetime) -> str:
    offset = value.utcoffset()
    wall = value.replace(tzinfo=None)
    if wall.microsecond:
        shown = wall.isoformat(timespec="microseconds").rstrip("0")
    else:
        shown = wall.isoformat(timespec="seconds" if wall.second else "minutes")
    if offset is None:
        return shown
    if not offset:
        return f"{shown}Z"
    sign, length = ("-", -offset) if offset < timedelta() else ("+", offset)
    minutes = int(length.total_seconds()) // 60
    return f"{shown}{sign}{minutes // 60:02}:{minutes % 60:02}"
