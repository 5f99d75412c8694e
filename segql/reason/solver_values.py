"""A level in; the values that its rules compare, with all atoms, out."""

from collections.abc import Iterator
from itertools import permutations

from segql.model import nodes as mdl
from segql.reason.forms import Forms
from segql.reason.levels import Level
from segql.reason.nodes import Free, Said
from segql.reason.values import replaced
from segql.types import BOOLEAN, DATE, DOUBLE, TEXT, TIMESTAMP, Exact

MAX_TEXTS = 6


def prepared(level: Level) -> dict[mdl.Value, None]:
    """The values that are compared; whatever else decides them has its atoms then."""
    forms = level.forms
    found: dict[mdl.Value, None] = {}
    number = 0
    while number < len(forms.atoms):
        subject, _ = forms.atoms[number]
        number += 1
        if not isinstance(subject, Free) or not isinstance(subject.rule, mdl.Compare):
            continue
        sides = (subject.rule.left, subject.rule.right)
        if not all(map(is_term, sides)):
            continue
        for side in sides:
            forms.missing(side, True)
            for leaf in _leaves(side, forms):
                if leaf not in found:
                    found[leaf] = None
                    level.tests.setdefault(leaf, [])
        level.gather()
    texts = [each for each in found if each.type == TEXT][:MAX_TEXTS]
    for one, other in permutations(texts, 2):
        for subject, test in list(forms.atoms):
            if subject == one and isinstance(test, Said):
                forms.of(replaced(test.rule, one, other))
    level.gather()
    return found


def _leaves(value: mdl.Value, forms: Forms) -> Iterator[mdl.Value]:
    """What a value is made of; the tests of its choices get their atoms."""
    match value:
        case _ if forms.is_fixed(value):
            return
        case mdl.Arithmetic(_, left, right):
            yield from _leaves(left, forms)
            yield from _leaves(right, forms)
        case mdl.Negative(inner) | mdl.Fold(inner):
            yield from _leaves(inner, forms)
        case mdl.Choice(test, then, other):
            forms.of(test)
            yield from _leaves(then, forms)
            yield from _leaves(other, forms)
        case _:
            yield value


def is_term(value: mdl.Value) -> bool:
    """Whether a value is of a type that is looked into."""
    return isinstance(value.type, Exact) or value.type in (
        DOUBLE,
        DATE,
        TIMESTAMP,
        TEXT,
        BOOLEAN,
    )
