"""How large and how deep a checked rule is, and what stands in it."""

from collections.abc import Iterator
from dataclasses import fields

from segql.messages import plan
from segql.model import nodes as mdl
from segql.model.scope import weight_of


def size_of(rule: mdl.Rule) -> int:
    """How many nodes a rule has, its shared parts counted each time."""
    count = 0
    left: list[mdl.Node] = [rule]
    while left and count <= plan.MAX_TERMS:
        node = left.pop()
        count += 1 + weight_of(getattr(node, "options", ()))
        left += parts_of(node)
    return count


def levels_of(rule: mdl.Rule) -> int:
    """How many nodes of a rule stand inside each other, `not` uncounted."""
    deepest = 0
    left: list[tuple[mdl.Node, int]] = [(rule, 0)]
    while left:
        node, level = left.pop()
        level += _DEPTHS.get(type(node), 1)
        deepest = max(deepest, level)
        left += [(part, level) for part in parts_of(node)]
    return deepest


_DEPTHS: dict[type[mdl.Node], int] = {
    mdl.Not: 0,
    mdl.Ranked: 10,
    mdl.Position: 10,
    mdl.Aggregate: 3,
    mdl.Pick: 3,
    mdl.Periods: 3,
    mdl.PerGroup: 3,
    mdl.Sequence: 3,
}
"""As how many levels a node counts that makes a query of its own."""


def walk(node: mdl.Node) -> Iterator[mdl.Node]:
    """The node and all that stands in it, without the options of a list."""
    left = [node]
    while left:
        current = left.pop()
        yield current
        left += parts_of(current)


def parts_of(node: mdl.Node) -> list[mdl.Node]:
    """The nodes right inside a node, without the options of a list."""
    found: list[mdl.Node] = []
    for name in _fields(type(node)):
        part = getattr(node, name)
        if isinstance(part, mdl.Node):
            found.append(part)
        elif isinstance(part, tuple):
            found += [p for p in part if isinstance(p, mdl.Node)]
    return found


_NAMES: dict[type[mdl.Node], tuple[str, ...]] = {}


def _fields(kind: type[mdl.Node]) -> tuple[str, ...]:
    if kind not in _NAMES:
        names = (each.name for each in fields(kind))
        _NAMES[kind] = tuple(name for name in names if name not in _NO_PARTS)
    return _NAMES[kind]


_NO_PARTS = ("span", "options")
