"""What names mean at a place, and what an expression can turn out to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Protocol, TypeAlias, TypeVar

from segql.catalog.nodes import Event
from segql.diagnostics import Report
from segql.messages.names import unknown_segment
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
    """One event of a selection, before one of its values is named."""

    which: mdl.Which
    selection: mdl.Selection
    span: Span = NOWHERE
    n: int = 1


def picked(one: One, value: mdl.Value, span: Span) -> mdl.Pick:
    """A value of that one event."""
    return mdl.Pick(one.which, one.selection, value, value.type, one.n, span=span)


@dataclass(frozen=True, slots=True)
class MonthDay:
    """`anniversary of birthdate`: a month and a day, which come every year."""

    value: mdl.Value
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Items:
    """A list of constants, of one type."""

    items: tuple[mdl.Constant, ...]
    span: Span = NOWHERE


def weight_of(items: tuple[mdl.Constant, ...]) -> int:
    """As how many parts of a rule a list counts wherever it is used."""
    return len(items) // 10


Thing: TypeAlias = (
    mdl.Value | mdl.Rule | mdl.Selection | Stream | One | MonthDay | Items
)
"""What an expression is; a function returns None for what is already reported."""


@dataclass(frozen=True, slots=True)
class Named:
    """A `let` or `param`: what it stands for, and how large it is written out.

    `shared` says that it stands in another file, and `noted` what is said there of
    its meaning: the code and the message of each warning.
    """

    thing: Thing | None
    size: int
    shared: bool = False
    noted: frozenset[tuple[str, str]] = frozenset()

    def at(self, span: Span) -> Thing | None:
        """What it stands for where it is named: no span leads into another file."""
        return moved(self.thing, span) if self.shared and self.thing else self.thing


_Movable = TypeVar("_Movable")


def moved(thing: _Movable, span: Span) -> _Movable:
    """The same thing with all its parts at one place."""
    found: dict[str, object] = {"span": span}
    for each in fields(thing):  # type: ignore[arg-type]
        part = getattr(thing, each.name)
        if isinstance(part, mdl.Node):
            found[each.name] = moved(part, span)
        elif isinstance(part, tuple):
            found[each.name] = tuple(
                moved(p, span) if isinstance(p, mdl.Node) else p for p in part
            )
    return replace(thing, **found)  # type: ignore[type-var]


class Segments(Protocol):
    """What a file can name of other definition files."""

    def rule(self, name: str, span: Span, report: Report) -> mdl.Rule | None:
        """The checked rule of a segment; reports and returns None if it has none."""

    def known(self, name: str, span: Span, report: Report) -> bool:
        """Whether there is such a segment; reported if not. It is not read."""

    def shared(self) -> Mapping[str, str]:
        """All shared `let`s, each with the name of its file."""

    def let(self, name: str, span: Span, report: Report) -> Named:
        """A shared `let`; one that has mistakes stands for nothing, and is reported."""


class NoSegments:
    """Where there are no other files."""

    def rule(self, name: str, span: Span, report: Report) -> mdl.Rule | None:
        self.known(name, span, report)
        return None

    def known(self, name: str, span: Span, report: Report) -> bool:
        report.add(unknown_segment(name, (), span))
        return False

    def shared(self) -> Mapping[str, str]:
        return {}

    def let(self, name: str, span: Span, report: Report) -> Named:
        raise NotImplementedError


@dataclass(slots=True)
class Scope:
    """The names of a file, and the event in whose parentheses the checker is.

    `closed` is a catalog filter: only the event's own properties can be named. Inside
    `has (…)`, `items` is the list whose elements the test is about.
    """

    named: dict[str, Named] = field(default_factory=dict)
    event: Event | None = None
    closed: bool = False
    items: mdl.Attribute | mdl.Property | None = None


Params: TypeAlias = Mapping[str, object]
