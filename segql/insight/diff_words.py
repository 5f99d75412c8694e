"""Two definitions in, what changed between them in words out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal, assert_never

from segql.insight.diff_nodes import Change, Condition, Conditions, Wording
from segql.insight.page import Page
from segql.library import Checked
from segql.model import nodes as mdl
from segql.model.allow import opening_comment
from segql.model.extent import walk
from segql.source import NOWHERE
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.print import print_expr, segment_
from segql.syntax.print_file import print_definition
from segql.syntax.print_leaves import moment_, name_, text_

Join = Literal["and", "or"]
_MOST_PAIRS = 2_500
"""Beyond, it is not looked which condition another has come from."""
_ALIKE = 0.6


# ---- conditions


def own_rule(page: Page, part: str | None) -> mdl.Rule | None:
    """What stands there: of a part without those before it, of the rest none."""
    if part is None:
        return page.checked.rule
    return dict(page.stages(part)).get(part)


def conditions(
    old: tuple[Page, mdl.Rule], new: tuple[Page, mdl.Rule]
) -> Conditions | None:
    """What changed among the conditions of two rules; None if none did."""
    joins: tuple[Join, Join] = ("and", "or")
    both = [_between(_terms(*old, join), _terms(*new, join), join) for join in joins]
    found = max(both, key=_fit)
    return found if found.changes else None


def _fit(found: Conditions) -> tuple[int, int]:
    """How well two rules are told apart: much that stays, and little that does not."""
    return found.kept, len(found.changes)


def _terms(page: Page, rule: mdl.Rule, join: Join) -> list[Condition]:
    """The parts of a rule at its top; a `let` stays whole."""
    found: list[Condition] = []
    kind = mdl.And if join == "and" else mdl.Or
    left = [(rule, NOWHERE)]
    while left:
        term, above = left.pop()
        name = page.let(term.span, above) if above is not NOWHERE else _top(page, term)
        plain = name is None and page.lent(term.span) is None
        if isinstance(term, kind) and plain and not _sugar(term):
            left += [(each, term.span) for each in reversed(term.terms)]
        else:
            found.append(Condition(page.text(term.span), term, name))
    return found


def _sugar(term: mdl.And | mdl.Or) -> bool:
    """Whether it is written as one condition: `age 25..34`."""
    return any(each.span == term.span for each in term.terms)


def _top(page: Page, rule: mdl.Rule) -> str | None:
    """The `let` that a whole rule stands in: `where young`."""
    definition = page.checked.definition
    where = definition.rule.span if definition and definition.rule else None
    return page.let(rule.span, where) if where is not None else None


def _between(
    old: Sequence[Condition], new: Sequence[Condition], join: Join
) -> Conditions:
    rest = Counter(each.rule for each in new)
    gone = []
    for each in old:
        if rest[each.rule]:
            rest[each.rule] -= 1
        else:
            gone.append(each)
    come = []
    for each in reversed(new):
        if rest[each.rule]:
            rest[each.rule] -= 1
            come.append(each)
    come.reverse()
    pairs = dict(_paired(gone, come))
    changes = [Change(each, pairs.get(id(each))) for each in gone]
    taken = {id(each) for each in pairs.values()}
    changes += [Change(None, each) for each in come if id(each) not in taken]
    return Conditions(join, len(old) - len(gone), tuple(changes))


def _paired(
    gone: Sequence[Condition], come: Sequence[Condition]
) -> Iterator[tuple[int, Condition]]:
    """Which condition has come from which: the same words, or much of the same."""
    texts = {each.shown: each for each in reversed(come)}
    left = []
    for each in gone:
        same = texts.pop(each.shown, None)
        if same is None:
            left.append(each)
        else:
            yield id(each), same
    rest = list(texts.values())
    if len(left) * len(rest) > _MOST_PAIRS:
        return
    scored = [
        (_alike(one, other), -i, -j, one, other)
        for i, one in enumerate(left)
        for j, other in enumerate(rest)
    ]
    done: set[int] = set()
    for score, _, _, one, other in sorted(scored, key=lambda s: s[:3], reverse=True):
        if score >= _ALIKE and not {id(one), id(other)} & done:
            done |= {id(one), id(other)}
            yield id(one), other


def _alike(one: Condition, other: Condition) -> float:
    """How much two conditions speak of the same: from 0, and 1 and more if they do."""
    if one.name is not None and one.name == other.name:
        return 3.0
    topics = _topics(one.rule), _topics(other.rule)
    if not topics[0] & topics[1]:
        return 0.0
    words = SequenceMatcher(None, one.shown, other.shown, autojunk=False).ratio()
    return words + (1 if topics[0] == topics[1] else 0)


def _topics(rule: mdl.Rule) -> frozenset[str]:
    """The names of the catalog, and the segments, that a condition is about."""
    found = set()
    for node in walk(rule):
        match node:
            case mdl.Attribute(name):
                found.add(name)
            case mdl.Selection(event):
                found.add(event)
            case mdl.InSegment(name, _):
                found.add(f"segment {name}")
            case _:
                pass
    return frozenset(found)


# ---- everything else


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing that a file says: what decides whether it is the same, and as shown."""

    form: str
    shown: str


def wordings(old: Page | None, new: Page | None) -> tuple[Wording, ...]:
    """What files say beside their rules, where that differs; None is no file."""
    one = {} if old is None else dict(_entries(old))
    other = {} if new is None else dict(_entries(new))
    return tuple(_apart(one, other))


def lets_of(page: Page) -> dict[str, _Entry]:
    """The `let`s and `param`s of a file, by `let NAME` and `param NAME`."""
    return dict(_declarations(page))


def _apart(one: Mapping[str, _Entry], other: Mapping[str, _Entry]) -> Iterable[Wording]:
    for what in dict.fromkeys([*one, *other]):
        old, new = one.get(what), other.get(what)
        if (old and old.form) != (new and new.form):
            name = what.partition("\0")[0]
            yield Wording(name, old.shown if old else None, new.shown if new else None)


def _entries(page: Page) -> Iterator[tuple[str, _Entry]]:
    checked = page.checked
    yield from _declarations(page)
    if checked.header is not None:
        for what, said in _header(checked.header):
            yield what, _Entry(said, said)
    if checked.part is None and (parts := _stages(checked)):
        yield "parts", _Entry(parts, parts)
    comment = opening_comment(checked.source.text).replace("\r", "")
    if comment:
        yield "description", _Entry(comment, text_(comment))
    yield from _examples(page)


def _header(header: defs.Header) -> Iterator[tuple[str, str]]:
    if header.title is not None:
        yield "title", text_(header.title)
    if header.owner is not None:
        yield "owner", text_(header.owner)
    if header.tags:
        yield "tags", ", ".join(map(name_, header.tags))
    if header.as_of is not None:
        yield "as of", moment_(header.as_of.value)
    if header.purpose is not None:
        yield "purpose", name_(header.purpose.name)
    if header.channel is not None:
        yield "channel", name_(header.channel.name)
    if header.exclusive:
        others = (segment_(each.segment) for each in header.exclusive)
        yield "exclusive with", ", ".join(others)


def _stages(checked: Checked) -> str:
    stages = checked.definition.parts if checked.definition else ()
    return ", ".join(name_(each.name.name) for each in stages)


def _declarations(page: Page) -> Iterator[tuple[str, _Entry]]:
    definition = page.checked.definition
    for each in definition.declarations if definition else ():
        match each:
            case defs.Let(name, value):
                entry = _Entry(print_expr(value), page.text(value.span))
                yield f"let {name.name}", entry
            case defs.Param(name, kind, default):
                form = "" if default is None else f" = {print_expr(default)}"
                shown = "" if default is None else page.text(default.span)
                shown = f"{kind} = {shown}" if shown else kind
                yield f"param {name.name}", _Entry(kind + form, shown)
            case _:
                assert_never(each)


def _examples(page: Page) -> Iterator[tuple[str, _Entry]]:
    """Examples by their titles; those without one of their own by what they say."""
    definition = page.checked.definition
    given = definition.examples if definition else ()
    titles = Counter(each.title for each in given)
    for each in given:
        alone = defs.Definition(None, (), None, (), (each,))
        form, shown = print_definition(alone), page.text(each.span)
        if each.title is None or titles[each.title] > 1:
            yield f"example\0{form}", _Entry(form, shown.removeprefix("example "))
        else:
            words = shown.removeprefix("example ").removeprefix(text_(each.title))
            yield f"example {text_(each.title)}", _Entry(form, words.strip())


# ---- layout


def form(checked: Checked) -> str | None:
    """A file in its one form, without its name; None if it can't be read."""
    definition = checked.definition
    if definition is None:
        return None
    header = definition.header
    if header is not None:
        header = replace(header, name=syn.Name("_"))
        if header == defs.Header(syn.Name("_")):
            header = None
    if definition.parts:
        header = header or defs.Header(syn.Name("_"))
    return print_definition(replace(definition, header=header))


def rule_form(checked: Checked) -> str | None:
    """The rules of a file and what it declares in their one form, without the rest."""
    definition = checked.definition
    if definition is None:
        return None
    stages = tuple(replace(each, title=None) for each in definition.parts)
    header = defs.Header(syn.Name("_"))
    bare = replace(definition, header=header, parts=stages, examples=())
    return print_definition(bare)


def text_of(checked: Checked) -> str:
    """A file's text, whatever the ends of its lines."""
    return checked.source.text.replace("\r\n", "\n")
