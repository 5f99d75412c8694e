"""Values in, what they are made of, or others in their place, out."""

from dataclasses import fields, replace
from typing import Any

from segql.model import nodes as mdl
from segql.types import COUNT, DOUBLE


def some_of(selection: mdl.Selection) -> mdl.Rule:
    """That there is one event of a selection."""
    count = mdl.Aggregate("count", selection, None, COUNT)
    return mdl.Compare(">=", count, mdl.Constant(1, COUNT))


def core_of(value: mdl.Value) -> mdl.Value:
    """What a value is made of, without what is done to that alone."""
    match value:
        case mdl.Fold(inner) | mdl.Elapsed(_, inner) | mdl.PartOf(_, inner):
            return core_of(inner)
        case mdl.Negative(inner):
            core = core_of(inner)
            return value if isinstance(core, mdl.Choice) else core
        case mdl.EventDay():
            return mdl.EventTime()
        case _:
            return value


def retyped(side: mdl.Value, choice: mdl.Choice) -> mdl.Value:
    """A side of a choice as the choice has it: beside a double, a double."""
    if choice.type != DOUBLE or side.type == DOUBLE:
        return side
    if isinstance(side, mdl.Constant):
        return mdl.Constant(float(side.value), DOUBLE)  # type: ignore[arg-type]
    return mdl.Arithmetic("/", side, mdl.Constant(1, side.type), DOUBLE)


def replaced(node: Any, old: mdl.Value, new: mdl.Value) -> Any:
    """A node with one value in it replaced by another."""
    if node == old:
        return new
    changes = {}
    for each in fields(node):
        part = getattr(node, each.name)
        if isinstance(part, mdl.Node):
            made = replaced(part, old, new)
            if made is not part:
                changes[each.name] = made
        elif isinstance(part, tuple) and any(isinstance(p, mdl.Node) for p in part):
            made = tuple(
                replaced(p, old, new) if isinstance(p, mdl.Node) else p for p in part
            )
            if any(a is not b for a, b in zip(made, part, strict=True)):
                changes[each.name] = made
    return replace(node, **changes) if changes else node
