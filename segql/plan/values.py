"""What the values and tests of a rule are, and which values are always known."""

from collections.abc import Iterator
from typing import assert_never

from segql.model import nodes as mdl
from segql.plan.nodes import Measure
from segql.types import Exact


def never_missing(node: mdl.Value) -> bool:
    """Whether a value is known for every customer."""
    match node:
        case mdl.Constant() | mdl.Size() | mdl.EventTime() | mdl.EventDay():
            return True
        case mdl.Today() | mdl.Element() | mdl.Periods():
            return True
        case mdl.Aggregate(function) | mdl.PerGroup(function):
            return function in ("count", "sum", "distinct") and isinstance(
                node.type, Exact
            )
        case mdl.Arithmetic(operator, left, right):
            exact = operator != "/" and isinstance(node.type, Exact)
            return exact and never_missing(left) and never_missing(right)
        case mdl.Negative(operand):
            return isinstance(node.type, Exact) and never_missing(operand)
        case mdl.Choice(_, then, other):
            return never_missing(then) and never_missing(other)
        case mdl.Elapsed() | mdl.PartOf():
            return never_missing(node.value)
        case mdl.Attribute() | mdl.Property() | mdl.Fold() | mdl.Pick():
            return False
        case mdl.Position():
            return False
        case _:
            assert_never(node)


def measures_of(node: mdl.Rule) -> Iterator[Measure]:
    """The measures of a rule, without those inside their selections.

    Nor those of a sequence or a rank, which are not asked of one customer alone.
    """
    for value in values_of(node):
        if isinstance(value, Measure):
            yield value


def values_of(node: mdl.Rule) -> Iterator[mdl.Value]:
    """Every value of a rule; of a measure itself alone, not what it is made of.

    Nothing of a sequence or a rank, which hold selections and rules of their own.
    """
    match node:
        case mdl.Always() | mdl.Sequence() | mdl.Ranked() | mdl.Sampled():
            pass
        case mdl.Compare(_, left, right):
            yield from within(left)
            yield from within(right)
        case mdl.TextTest(_, value, part):
            yield from within(value)
            yield from within(part)
        case mdl.Anchored(value, anchor):
            yield from within(value)
            yield from within(anchor)
        case (
            mdl.OneOf(value)
            | mdl.Within(value)
            | mdl.Matches(value)
            | mdl.IsMissing(value)
            | mdl.Holds(value)
            | mdl.HasAny(value)
            | mdl.HasAll(value)
            | mdl.Anniversary(value)
            | mdl.OnDays(value)
            | mdl.Near(value)
        ):
            yield from within(value)
        case mdl.HasSome(value, test):
            yield from within(value)
            yield from values_of(test)
        case mdl.Not(term):
            yield from values_of(term)
        case mdl.And(terms) | mdl.Or(terms) | mdl.AtLeast(_, _, terms):
            for term in terms:
                yield from values_of(term)
        case mdl.InSegment(_, rule):
            yield from values_of(rule)
        case _:
            assert_never(node)


def within(node: mdl.Value) -> Iterator[mdl.Value]:
    """A value and every value that it is made of; of a measure itself alone."""
    yield node
    match node:
        case mdl.Arithmetic(_, left, right):
            yield from within(left)
            yield from within(right)
        case mdl.Negative(inner) | mdl.Fold(inner) | mdl.Size(inner):
            yield from within(inner)
        case mdl.Elapsed(_, inner) | mdl.PartOf(_, inner):
            yield from within(inner)
        case mdl.Choice(test, then, other):
            yield from values_of(test)
            yield from within(then)
            yield from within(other)
        case mdl.Constant() | mdl.Attribute() | mdl.Property() | mdl.Today():
            pass
        case mdl.EventTime() | mdl.EventDay() | mdl.Element():
            pass
        case (
            mdl.Aggregate()
            | mdl.Pick()
            | mdl.Periods()
            | mdl.PerGroup()
            | mdl.Position()
        ):
            pass
        case _:
            assert_never(node)


def tests_of(node: mdl.Rule) -> Iterator[mdl.Rule]:
    """Every single test of a rule, those that its values choose by too.

    Not those inside selections, sequences and ranks.
    """
    match node:
        case mdl.Not(term) | mdl.InSegment(_, term):
            yield from tests_of(term)
        case mdl.And(terms) | mdl.Or(terms) | mdl.AtLeast(_, _, terms):
            for term in terms:
                yield from tests_of(term)
        case _:
            yield node
            if isinstance(node, mdl.HasSome):
                yield from tests_of(node.test)
            for value in values_of(node):
                if isinstance(value, mdl.Choice):
                    yield from tests_of(value.test)


def of_everyone(node: mdl.Rule) -> mdl.Sequence | mdl.Ranked | None:
    """A test in a rule that no customer answers alone."""
    kinds = mdl.Sequence | mdl.Ranked
    return next((t for t in tests_of(node) if isinstance(t, kinds)), None)


def of_customers(node: mdl.Rule) -> bool:
    """Whether a rule is about more than events: attributes, or the key's sample."""
    return any(isinstance(value, mdl.Attribute) for value in values_of(node)) or any(
        isinstance(test, mdl.Sampled) for test in tests_of(node)
    )


def is_plain(node: mdl.Rule) -> bool:
    """Whether a rule is about a customer's attributes alone."""
    return not any(measures_of(node)) and of_everyone(node) is None
