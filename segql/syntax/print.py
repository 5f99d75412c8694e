"""Expressions to text, in the one canonical layout.

Parentheses stand exactly where precedence needs them, and around `and` inside `or`.
Ranges of plain numbers stand bare, ranges of time behind `in`. What is too long for a
line is broken between the terms of `and` and `or`, arguments, and items of a list. Each
node that was read from a text is marked with its place there.
"""

from collections.abc import Iterable
from typing import assert_never

from segql.syntax import nodes as syn
from segql.syntax.layout import (
    Break,
    Doc,
    Group,
    Nest,
    close,
    enclosed,
    joined,
    laid_out,
    marked,
    parenthesised,
)
from segql.syntax.print_leaves import RELATIVE, UNITS, moment_, name_, number_, text_


def print_expr(node: syn.Expr) -> str:
    """The text of one expression, on one line."""
    return laid_out(doc(node, OR), None)


# ---- expressions; the ladder of the grammar, from loose to tight

(
    OR, _AND, _THEN, _NOT, _TEST, _PLAIN,
    _PLACED, _SUM, _PRODUCT, _SIGN, _POSTFIX, _ATOM,
) = range(12)  # fmt: skip
LOOSE = frozenset([OR, _AND, _THEN])
"""The steps whose nodes are broken between words, without parentheses."""


def level(node: syn.Expr) -> int:
    """The step of the ladder on which a node stands."""
    match node:
        case syn.Or(terms) | syn.And(terms) if len(terms) == 1:
            return level(terms[0])
        case syn.Or():
            return OR
        case syn.And():
            return _AND
        case syn.Not():
            return _NOT
        case syn.Then():
            return _THEN
        case syn.IgnoringCase():
            return _TEST
        case syn.HasElement() | syn.Near() | syn.Some() | syn.Rank() | syn.Sample():
            return _PLAIN
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
        case syn.Minus() | syn.Elapsed() | syn.PartOf() | syn.AnniversaryOf():
            return _SIGN
        case syn.Number(value):
            return _SIGN if value < 0 else _ATOM
        case syn.Member():
            return _POSTFIX
        case _:
            return _ATOM


def doc(node: syn.Expr, least: int) -> "Doc":
    """The node, in parentheses if it stands on a looser step than `least`."""
    doc = _bare(node)
    if level(node) >= least:
        return marked(node.span, doc)
    return marked(node.span, parenthesised(doc))


def _clear(node: syn.Expr) -> "Doc":
    """A term of `or`; an `and` stands in parentheses, though it need not."""
    if level(node) == _AND:
        return marked(node.span, parenthesised(_bare(node), clear=True))
    return doc(node, _NOT)


def _bare(node: syn.Expr) -> "Doc":
    match node:
        case syn.Number(value):
            return number_(value)
        case syn.Text(value):
            return text_(value)
        case syn.Boolean(value):
            return "true" if value else "false"
        case syn.Month(year, month):
            return f"{year:04}-{month:02}"
        case syn.Date(value):
            return value.isoformat()
        case syn.Instant(value):
            return moment_(value)
        case syn.Name(name):
            return name_(name)
        case syn.Member(base, name):
            return doc(base, _POSTFIX), f".{name_(name, property=True)}"
        case syn.Call(name, arguments):
            inner = [_argument(each) for each in arguments]
            return marked(name.span, name_(name.name)), enclosed(inner)
        case syn.Minus(operand):
            return "-", doc(operand, _SIGN)
        case syn.Binary():
            return _chain(node)
        case syn.Compare(operator, left, right):
            return _subject(left, f" {operator} "), doc(right, _PLACED)
        case syn.Range(value, low, high):
            if _stands_with_in(node):
                return doc(value, _PLACED), " in ", _between(low, high)
            return _bounded(value), " ", _between(low, high)
        case syn.In(value, syn.Between(low, high)) if _stands_bare(node):
            return _bounded(value), " ", _between(low, high)
        case syn.In(value, target, negated):
            word = " not in " if negated else " in "
            return _subject(value, word), _target(target)
        case syn.Lies(value, syn.Stretch() | syn.NamedDay() as place):
            return _bounded(value), " ", _place(place)
        case syn.Lies(value, place):
            return _subject(value, " "), _place(place)
        case syn.TextTest(kind, value, part, negated):
            word = f"{kind} with" if kind in ("starts", "ends") else kind
            word = f" not {word} " if negated else f" {word} "
            return _subject(value, word), doc(part, _SUM)
        case syn.Has(items, quantifier, wanted):
            word = " has " if quantifier == "one" else f" has {quantifier} of "
            return doc(items, _PLACED), word, doc(wanted, _SUM)
        case syn.Presence(value, known):
            return doc(value, _PLACED), " is known" if known else " is missing"
        case syn.IgnoringCase(test):
            return doc(test, _PLAIN), " ignoring case"
        case syn.InSegment(segment):
            return f"in segment {segment_(segment)}"
        case syn.Population(everyone):
            return "everyone" if everyone else "nobody"
        case syn.Not(term):
            return "not ", doc(term, _NOT)
        case syn.And(terms):
            flat = _flat(syn.And, terms)
            return joined("and", [doc(term, _NOT) for term in flat])
        case syn.Or(terms):
            flat = _flat(syn.Or, terms)
            return joined("or", [_clear(term) for term in flat])
        case syn.Several():
            return several(node)
        case syn.DayWord(word):
            return word
        case syn.Choice():
            return enclosed([Group(_choice(node))], "")
        case syn.Elapsed(unit, value):
            return f"{unit}s since ", doc(value, _POSTFIX)
        case syn.PartOf(part, value):
            return f"{part} of ", doc(value, _POSTFIX)
        case syn.AnniversaryOf(value):
            return "anniversary of ", doc(value, _POSTFIX)
        case syn.HasElement(items, test):
            return doc(items, _PLACED), " has ", enclosed([doc(test, OR)], "")
        case syn.Near(value, distance, unit, places, many):
            of = f" {unit} of any of " if many else f" {unit} of "
            far = (" within ", doc(distance, _SIGN), of)
            return doc(value, _PLACED), far, doc(places, _POSTFIX)
        case syn.Some(how, count, terms):
            number = close(_count(count)) if how == "exactly" else _count(count)
            words = (f"{how} ", number, " of ")
            return words, enclosed([doc(term, OR) for term in terms])
        case syn.Rank():
            return _rank(node)
        case syn.Sample(low, high, seed):
            share: Doc = close(doc(high, _SIGN))
            if low is not None:
                share = close(doc(low, _SIGN)), "%..", doc(high, _SIGN)
            return "sample ", share, "% seed ", doc(seed, _ATOM)
        case syn.Then(steps):
            first, *rest = steps
            shown: list[Doc] = [doc(first.events, _PLACED)]
            steps_ = (marked(step.span, _step(step)) for step in rest)
            return joined("then", [*shown, *steps_])
        case syn.Element():
            return ""
        case _:
            assert_never(node)


def _subject(value: syn.Expr, word: str) -> "Doc":
    """What a test is about, and the word behind it; an element is not named."""
    if isinstance(value, syn.Element):
        return word.lstrip()
    return doc(value, _PLACED), word


def segment_(name: str) -> str:
    return ".".join(map(name_, name.split(".", 1)))


def _argument(node: syn.Argument) -> "Doc":
    match node:
        case syn.Per(value, by):
            shown: Doc = (doc(value, _PLACED), f" per {name_(by, property=True)}")
        case syn.Least(count):
            shown = ("at least ", _count(count))
        case syn.Same(name):
            shown = f"same {name_(name, property=True)}"
        case _:
            return doc(node, OR)
    return marked(node.span, shown)


def _chain(node: syn.Binary) -> "Doc":
    """`a + b - c`: what has the same step of the ladder is broken together."""
    step = level(node)
    first: syn.Expr = node
    rest: list[Doc] = []
    while isinstance(first, syn.Binary) and level(first) == step:
        right = doc(first.right, step + 1)
        rest.append((Break(), f"{first.operator} ", right))
        first = first.left
    return Group((doc(first, step), Nest(tuple(reversed(rest)))))


def _choice(node: syn.Choice) -> "Doc":
    """`60 if female else 65`; another choice may stand behind `else`."""
    test = doc(node.test, OR)
    parts: list[Doc] = [doc(node.then, OR), Break(), "if ", test, Break(), "else "]
    if isinstance(node.other, syn.Choice):
        return *parts, marked(node.other.span, _choice(node.other))
    return *parts, doc(node.other, OR)


def _rank(node: syn.Rank) -> "Doc":
    amount = doc(node.amount, _SIGN) if node.percent else _count(node.amount)
    by = "% by " if node.percent else " by "
    parts: list[Doc] = [f"{node.which} ", close(amount), by, doc(node.by, _SUM)]
    if node.per is not None:
        parts += [" per ", doc(node.per, _POSTFIX)]
    if node.among is not None:
        parts += [" among ", enclosed([doc(node.among, OR)], "")]
    return tuple(parts)


def _step(node: syn.Step) -> "Doc":
    events = doc(node.events, _POSTFIX)
    parts: list[Doc] = ["no ", close(events)] if node.absent else [events]
    if node.within is not None:
        within = ("within ", _length(node.within))
        parts += [" ", marked(node.within.span, within)]
    for each in node.without:
        parts += [" without ", doc(each, _POSTFIX)]
    return tuple(parts)


def _length(node: syn.Length) -> "Doc":
    return _count(node.count), f" {_unit(node.unit, node.count)}"


def _flat(
    kind: type[syn.And] | type[syn.Or], terms: Iterable[syn.Expr]
) -> list[syn.Expr]:
    found: list[syn.Expr] = []
    for term in terms:
        found += _flat(kind, term.terms) if isinstance(term, kind) else [term]
    return found


def several(node: syn.Several, single: str = "") -> "Doc":
    """A list in parentheses; `single` follows the item of a list of one."""
    items = [doc(item, OR) for item in node.items]
    if len(items) == 1 and single:
        return enclosed([(items[0], single)], "")
    return enclosed(items)


# ---- time and ranges


def _stands_bare(node: syn.In) -> bool:
    """Whether a range behind `in` is the same as the bare range.

    Not where the bounds could be years: `bought in 2024..2025` is a stretch of time,
    `bought 2024..2025` counts.
    """
    match node:
        case syn.In(syn.Element()):
            return False
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
    shown = _bare(value)
    relative = isinstance(value, syn.In) and isinstance(value.target, syn.Relative)
    bare = relative or level(value) >= _SUM
    return marked(value.span, shown if bare else parenthesised(shown))


def _target(node: syn.Target) -> "Doc":
    match node:
        case syn.Between(low, high):
            return marked(node.span, _between(low, high))
        case syn.Relative(which, count, unit, full, fiscal):
            parts: list[Doc] = [which]
            parts += [] if count is None else [" ", close(_count(count))]
            parts += [" full"] if full else []
            parts += [" fiscal"] if fiscal else []
            parts += [f" {_unit(unit, count)}"]
            return marked(node.span, tuple(parts))
        case syn.Habit(least, periods):
            many: Doc = "each" if least is None else ("at least ", _count(least))
            return marked(node.span, (many, " of ", _target(periods)))
        case syn.Name(name) if name in RELATIVE:
            return marked(node.span, f"`{name}`")
        case _:
            return doc(node, _SIGN)


def _between(low: syn.Expr | None, high: syn.Expr | None) -> "Doc":
    first: Doc = () if low is None else _target(low)
    second: Doc = () if high is None else doc(high, _SIGN)
    return first, "..", second


def _place(node: syn.Place) -> "Doc":
    return marked(node.span, _bare_place(node))


def _bare_place(node: syn.Place) -> "Doc":
    match node:
        case syn.Stretch(near, far, unit, ahead):
            stretch = (doc(near, _SIGN), "..", doc(far, _SIGN))
            return stretch, f" {_unit(unit, far)} {'ahead' if ahead else 'ago'}"
        case syn.Beyond(count, unit, ahead):
            length = (_count(count), f" {_unit(unit, count)}")
            return "more than ", length, " ahead" if ahead else " ago"
        case syn.Exactly(count, unit, ahead):
            length = (_count(count), f" {_unit(unit, count)}")
            return "exactly ", length, " ahead" if ahead else " ago"
        case syn.NamedDay(word):
            return word
        case syn.Side(side, moment):
            return f"{side} ", doc(moment, _SUM)
        case syn.Around(within, side, moment):
            length_ = marked(within.span, _length(within))
            return "within ", length_, f" {side} ", doc(moment, _SUM)
        case _:
            assert_never(node)


def _count(node: syn.Expr) -> "Doc":
    """A number of units; a name that is also a word for a unit is quoted."""
    if isinstance(node, syn.Name) and node.name in UNITS:
        return marked(node.span, f"`{node.name}`")
    return doc(node, _SIGN)


def _unit(unit: syn.Unit, count: syn.Expr | None) -> str:
    one = count is None or (isinstance(count, syn.Number) and count.value == 1)
    return unit if one else f"{unit}s"
