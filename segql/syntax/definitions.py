"""What a file declares and holds, as it was written: all but its expressions."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from segql.source import NOWHERE, Span
from segql.syntax import nodes as syn


@dataclass(frozen=True, slots=True)
class Let(syn.Node):
    name: syn.Name
    value: syn.Expr


@dataclass(frozen=True, slots=True)
class Param(syn.Node):
    """`default` is None where none is written; then a value must be given."""

    name: syn.Name
    type: str
    default: syn.Expr | None


@dataclass(frozen=True, slots=True)
class Header(syn.Node):
    """`fields` are the names of its lines, as they were written, and their places."""

    name: syn.Name
    title: str | None = None
    owner: str | None = None
    tags: tuple[str, ...] = ()
    as_of: syn.Instant | None = None
    purpose: syn.Name | None = None
    channel: syn.Name | None = None
    exclusive: tuple[syn.InSegment, ...] = ()
    fields: tuple[tuple[str, Span], ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Given(syn.Node):
    """What an example says of an attribute or a property: `age = 30`"""

    name: syn.Name
    value: syn.Expr


@dataclass(frozen=True, slots=True)
class GivenEvent(syn.Node):
    """One event, fact or row of an example: `bought("sport", price = 5)`

    `bare` is the value of the property that a bare argument means.
    """

    name: syn.Name
    bare: syn.Expr | None
    given: tuple["Given | GivenEvent", ...]


@dataclass(frozen=True, slots=True)
class Example(syn.Node):
    """`example "Anna" in (age = 30, bought("sport", time = 2025-03-01T10:00))`

    `part` names the part of a partition; `inside` is false for `out`.
    """

    title: str | None
    inside: bool
    part: syn.Name | None
    given: tuple[Given | GivenEvent, ...]


@dataclass(frozen=True, slots=True)
class Stage(syn.Node):
    """One part of a partition; the last, the `else`, has no rule."""

    name: syn.Name
    title: str | None
    rule: syn.Expr | None
    where: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Definition(syn.Node):
    """A whole text: a bare rule, or a file with a header, declarations, a rule.

    A partition has parts in the place of the rule; a file that shares its `let`s
    neither. `where` is the place of that word.
    """

    header: Header | None
    declarations: tuple[Let | Param, ...]
    rule: syn.Expr | None
    parts: tuple[Stage, ...] = ()
    examples: tuple[Example, ...] = ()
    where: Span = field(default=NOWHERE, compare=False, repr=False)


def has_params(node: Definition) -> bool:
    """Whether what a file means depends on values that are given to it."""
    return any(isinstance(each, Param) for each in node.declarations)


def expressions(node: Definition) -> Iterator[syn.Expr]:
    """All that a file says about customers: its declarations, its rule or rules."""
    for each in node.declarations:
        value = each.value if isinstance(each, Let) else each.default
        if value is not None:
            yield value
    if node.rule is not None:
        yield node.rule
    for stage in node.parts:
        if stage.rule is not None:
            yield stage.rule
