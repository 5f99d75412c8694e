"""A file's examples in; which of its conditions they decide, and which not, out.

An example decides a condition if all would be otherwise with this condition turned
round and everything else as it is. A condition is decided if one example decides it
that finds it true, and another that finds it false.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from segql.insight.nodes import Why
from segql.insight.page import Page
from segql.insight.trial import KEY, Tried, asked_of
from segql.insight.why import why, why_part
from segql.library import Checked, Library
from segql.model import nodes as mdl
from segql.model.examples import Example
from segql.reference import Evaluation

NOBODY = Example(None, True, None, {}, ())
"""A customer of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a file, and whether an example decides it when it is true, false.

    `name` is the `let`, or the part of a partition, that it stands in.
    """

    text: str
    name: str | None
    line: int
    true: bool
    false: bool

    @property
    def decided(self) -> bool:
        return self.true and self.false


@dataclass(frozen=True, slots=True)
class Coverage:
    """All conditions of a file, in the order in which they stand there.

    `shown` is how the file is named in messages.
    """

    name: str
    shown: str
    conditions: tuple[Condition, ...]
    examples: int

    @property
    def decided(self) -> int:
        return sum(each.decided for each in self.conditions)


@dataclass(frozen=True, slots=True)
class Shape:
    """The conditions of a file as trees, which are the same for every customer.

    Of a partition there is one tree per part that has a rule.
    """

    trees: tuple[Why, ...]
    parted: bool
    leaves: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one customer came out: where, and per condition whether it is true, and
    whether it decides."""

    found: str
    truths: tuple[bool, ...]
    decides: tuple[bool, ...]


def coverage(found: Tried, library: Library) -> Coverage:
    """Which conditions of a file its examples decide."""
    checked = found.checked
    assert checked is not None
    shape = shape_of(checked, library, found.as_of)
    judged = [
        judgement(shape, checked, asked_of(each.example, library, found.as_of))
        for each in found.trials
    ]
    conditions = []
    for place, leaf in enumerate(shape.leaves):
        seen = {each.truths[place] for each in judged if each.decides[place]}
        line = checked.source.position(leaf.rule.span.start)[0]
        name = leaf.name
        conditions.append(Condition(leaf.text, name, line, True in seen, False in seen))
    return Coverage(found.name, found.source.name, tuple(conditions), len(found.trials))


def shape_of(checked: Checked, library: Library, as_of: datetime) -> Shape:
    asked, page = asked_of(NOBODY, library, as_of), Page(checked, library)
    parted = bool(checked.meaning.parts)
    if parted:
        trees = why_part(list(checked.meaning.parts)[-1], asked, KEY, page)
    elif checked.rule is not None:
        trees = (why(checked.rule, asked, KEY, page),)
    else:
        trees = ()
    return Shape(trees, parted, tuple(leaf for tree in trees for leaf in _leaves(tree)))


def judgement(shape: Shape, checked: Checked, asked: Evaluation) -> Judgement:
    """How a customer comes out, and what decides that."""
    truths: list[bool] = []
    decides: list[bool] = []
    roots = [asked.truth(each.rule, KEY) for each in shape.trees]
    first = roots.index(True) if True in roots else len(roots)
    for place, (tree, root) in enumerate(zip(shape.trees, roots, strict=True)):
        _judge(tree, root, place <= first, asked, truths, decides)
    if shape.parted:
        found = list(checked.meaning.parts)[first]
    else:
        found = "in" if True in roots else "out"
    return Judgement(found, tuple(truths), tuple(decides))


def _judge(
    tree: Why,
    true: bool,
    on: bool,
    asked: Evaluation,
    truths: list[bool],
    decides: list[bool],
) -> None:
    if _is_leaf(tree):
        truths.append(true)
        decides.append(on)
        return
    found = [asked.truth(each.rule, KEY) for each in tree.terms]
    for place, term in enumerate(tree.terms):
        turned = [*found[:place], not found[place], *found[place + 1 :]]
        matters = on and comes_to(tree, turned) is not true
        _judge(term, found[place], matters, asked, truths, decides)


def comes_to(tree: Why, truths: list[bool]) -> bool:
    """What a condition is, if its terms are so."""
    rule, turned = tree.rule, False
    while isinstance(rule, mdl.Not):
        turned = not turned
        if tree.terms[0].rule is rule.term:
            return truths[0] is not turned
        rule = rule.term
    match rule:
        case mdl.And():
            return all(truths) is not turned
        case mdl.Or():
            return any(truths) is not turned
        case mdl.AtLeast(least, most, _):
            count = sum(truths)
            return (least <= count and (most is None or count <= most)) is not turned
        case _:
            raise ValueError("a condition of no terms")


def _leaves(tree: Why) -> Iterator[Why]:
    if _is_leaf(tree):
        yield tree
        return
    for term in tree.terms:
        yield from _leaves(term)


def _is_leaf(tree: Why) -> bool:
    """Other segments are for their own examples; a sequence is one condition."""
    rule = tree.rule
    while isinstance(rule, mdl.Not) and rule.span == rule.term.span:
        rule = rule.term
    whole = isinstance(rule, mdl.InSegment | mdl.Sequence | mdl.Ranked)
    return not tree.terms or whole


def percent(some: Iterable[Coverage]) -> int:
    """How many of all conditions are decided, in percent, rounded down."""
    found = list(some)
    total = sum(len(each.conditions) for each in found)
    return 100 * sum(each.decided for each in found) // total if total else 100
