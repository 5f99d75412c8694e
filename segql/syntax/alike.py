"""Two trees in, whether they say the same: but for choices that the formatter makes."""

from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal

from segql.syntax import nodes as syn


def alike(one: syn.Node | None, other: syn.Node | None) -> bool:
    """Whether two trees are equal.

    Parentheses round a part of an `and` or an `or`, `in` before a range and the sign
    of a number make no difference.
    """
    stack: list[tuple[object, object]] = [(one, other)]
    while stack:
        left, right = map(_plain, stack.pop())
        if type(left) is not type(right):
            return False
        if isinstance(left, tuple) and isinstance(right, tuple):
            if len(left) != len(right):
                return False
            stack += zip(left, right, strict=True)
        elif isinstance(left, syn.Node):
            stack += (
                (getattr(left, name), getattr(right, name))
                for name in _compared(type(left))
            )
        elif left != right:
            return False
    return True


def _plain(thing: object) -> object:
    match thing:
        case syn.And(terms) | syn.Or(terms):
            kind = type(thing)
            flat = tuple(_flat(kind, terms))
            return flat[0] if len(flat) == 1 else kind(flat)
        case syn.Range(value, low, high):
            return syn.In(value, syn.Between(low, high))
        case syn.Minus(operand):
            match _plain(operand):
                case syn.Number(Decimal() as number):
                    return syn.Number(number.copy_negate() if number else number)
                case syn.Number(number):
                    return syn.Number(-number)
                case _:
                    return thing
        case Decimal():
            return thing.as_tuple()
        case _:
            return thing


def _flat(
    kind: type[syn.And] | type[syn.Or], terms: tuple[syn.Expr, ...]
) -> Iterator[syn.Expr]:
    for term in terms:
        if isinstance(term, kind):
            yield from _flat(kind, term.terms)
        else:
            yield term


_COMPARED: dict[type[syn.Node], tuple[str, ...]] = {}


def _compared(kind: type[syn.Node]) -> tuple[str, ...]:
    if kind not in _COMPARED:
        _COMPARED[kind] = tuple(each.name for each in fields(kind) if each.compare)
    return _COMPARED[kind]
