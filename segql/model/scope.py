"""What names mean at a place, and what an expression can turn out to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from segql.catalog.nodes import Event
from segql.diagnostics import Report
from segql.model import nodes as mdl
from segql.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Stream:
    """A value for every event of a selection: `bought("sport").amount`."""

    selection: mdl.Selection
    value: mdl.Value
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class One:
    """The first or last event of a selection, before one of its values is named."""

    which: str
    selection: mdl.Selection
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Items:
    """A list of constants, of one type."""

    items: tuple[mdl.Constant, ...]
    span: Span = NOWHERE


def weight_of(items: tuple[mdl.Constant, ...]) -> int:
    """As how many parts of a rule a list counts wherever it is used."""
    return len(items) // 10


Thing: TypeAlias = mdl.Value | mdl.Rule | mdl.Selection | Stream | One | Items
"""What an expression is; a function returns None for what is already reported."""


@dataclass(frozen=True, slots=True)
class Named:
    """A `let` or `param`: what it stands for, and how large it is written out."""

    thing: Thing | None
    size: int


class Segments(Protocol):
    """Where the rules of other definition files come from."""

    def names(self) -> list[str]:
        """All names that a rule may refer to."""

    def rule(self, name: str, span: Span, report: Report) -> mdl.Rule | None:
        """The checked rule of a segment; reports and returns None if it has none."""


class NoSegments:
    def names(self) -> list[str]:
        return []

    def rule(self, name: str, span: Span, report: Report) -> mdl.Rule | None:
        raise NotImplementedError


@dataclass(slots=True)
class Scope:
    """The names of a file, and the event in whose parentheses the checker is.

    `closed` is a catalog filter: only the event's own properties can be named.
    """

    named: dict[str, Named] = field(default_factory=dict)
    event: Event | None = None
    closed: bool = False


Params: TypeAlias = Mapping[str, object]
