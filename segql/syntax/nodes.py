"""A text as it was written: names unresolved, types unknown, sugar kept.

One ladder of expressions: whether one is a rule, a value or a selection of events is
the checker's business.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from segql.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Node:
    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


# ---- expressions


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: int | Decimal


@dataclass(frozen=True, slots=True)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Month(Node):
    """`2025-03`"""

    year: int
    month: int


@dataclass(frozen=True, slots=True)
class Date(Node):
    """`2025-03-01`"""

    value: date


@dataclass(frozen=True, slots=True)
class Instant(Node):
    """`2025-03-01T08:30`, without an offset in the business's zone."""

    value: datetime


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    base: "Expr"
    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    name: Name
    arguments: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Minus(Node):
    operand: "Expr"


Operator: TypeAlias = Literal["+", "-", "*", "/"]
Comparison: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: Operator
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Compare(Node):
    operator: Comparison
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Range(Node):
    """`age 25..34`, the bare form; None is open."""

    value: "Expr"
    low: "Expr | None"
    high: "Expr | None"


@dataclass(frozen=True, slots=True)
class In(Node):
    """`city in (…)`, `age in lo..hi`, `signup in 2025`, `signup in last 30 days`."""

    value: "Expr"
    target: "Target"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Lies(Node):
    """A time test that is written without `in`: `bought 30..90 days ago`."""

    value: "Expr"
    place: "Place"


@dataclass(frozen=True, slots=True)
class TextTest(Node):
    kind: Literal["starts", "ends", "contains", "matches"]
    value: "Expr"
    part: "Expr"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Has(Node):
    """`interests has "eco"`, `has any of (…)`, `has all of favourites`."""

    items: "Expr"
    quantifier: Literal["one", "any", "all"]
    wanted: "Expr"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Presence(Node):
    value: "Expr"
    known: bool


@dataclass(frozen=True, slots=True)
class IgnoringCase(Node):
    test: "Expr"


@dataclass(frozen=True, slots=True)
class InSegment(Node):
    segment: str


@dataclass(frozen=True, slots=True)
class Population(Node):
    """`everyone` or `nobody`"""

    everyone: bool


@dataclass(frozen=True, slots=True)
class Not(Node):
    term: "Expr"


@dataclass(frozen=True, slots=True)
class And(Node):
    terms: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    terms: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Several(Node):
    """A list in parentheses: `("Berlin", "Hamburg")`"""

    items: tuple["Expr", ...]


Expr: TypeAlias = (
    Number
    | Text
    | Boolean
    | Month
    | Date
    | Instant
    | Name
    | Member
    | Call
    | Minus
    | Binary
    | Compare
    | Range
    | In
    | Lies
    | TextTest
    | Has
    | Presence
    | IgnoringCase
    | InSegment
    | Population
    | Not
    | And
    | Or
    | Several
)


# ---- what `in` names, and the time tests without `in`

Unit: TypeAlias = Literal[
    "second", "minute", "hour", "day", "week", "month", "quarter", "year"
]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`lo..hi` after `in`; None is open."""

    low: "Expr | None"
    high: "Expr | None"


@dataclass(frozen=True, slots=True)
class Relative(Node):
    """`last 30 days`, `last month`, `last 6 full months`, `this fiscal quarter`.

    `count` is None where none is written.
    """

    which: Literal["last", "this", "next"]
    count: "Expr | None"
    unit: Unit
    full: bool = False
    fiscal: bool = False


Target: TypeAlias = Expr | Between | Relative


@dataclass(frozen=True, slots=True)
class Stretch(Node):
    """`30..90 days ago`, `5..10 days ahead`"""

    near: "Expr"
    far: "Expr"
    unit: Unit
    ahead: bool


@dataclass(frozen=True, slots=True)
class Beyond(Node):
    """`more than 90 days ago`, `more than 2 days ahead`"""

    count: "Expr"
    unit: Unit
    ahead: bool


@dataclass(frozen=True, slots=True)
class Exactly(Node):
    """`exactly 3 days ago`, `exactly 5 days ahead`"""

    count: "Expr"
    unit: Unit
    ahead: bool


@dataclass(frozen=True, slots=True)
class NamedDay(Node):
    word: Literal["today", "yesterday", "tomorrow"]


@dataclass(frozen=True, slots=True)
class Side(Node):
    """`before 2025-01-01`, `since`, `after`, `until`"""

    word: Literal["before", "since", "after", "until"]
    moment: "Expr"


Place: TypeAlias = Stretch | Beyond | Exactly | NamedDay | Side


# ---- definition files


@dataclass(frozen=True, slots=True)
class Let(Node):
    name: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class Param(Node):
    """`default` is None where none is written; then a value must be given."""

    name: Name
    type: str
    default: Expr | None


@dataclass(frozen=True, slots=True)
class Header(Node):
    name: Name
    title: str | None = None
    owner: str | None = None
    tags: tuple[str, ...] = ()
    as_of: Instant | None = None


@dataclass(frozen=True, slots=True)
class Definition(Node):
    """A whole text: a bare rule, or a file with a header, declarations, a rule."""

    header: Header | None
    declarations: tuple[Let | Param, ...]
    rule: Expr | None


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order of the text."""
    for each in fields(node):
        match getattr(node, each.name):
            case Node() as child:
                yield child
            case tuple() as items:
                yield from (item for item in items if isinstance(item, Node))
            case _:
                pass


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(children(current))))
