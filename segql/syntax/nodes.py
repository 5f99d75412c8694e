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
class DayWord(Node):
    """`today`, `yesterday` or `tomorrow` as a date"""

    word: Literal["today", "yesterday", "tomorrow"]


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
    arguments: tuple["Argument", ...]


@dataclass(frozen=True, slots=True)
class Per(Node):
    """`bought in last 90 days per product`, inside a call"""

    value: "Expr"
    by: str


@dataclass(frozen=True, slots=True)
class Least(Node):
    """`at least 3`, the second argument of `days`, `weeks`, `months` …"""

    count: "Expr"


@dataclass(frozen=True, slots=True)
class Same(Node):
    """`same product`, of a step and the step before it"""

    name: str


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
class Choice(Node):
    """`(60 if female else 65)`"""

    then: "Expr"
    test: "Expr"
    other: "Expr"


@dataclass(frozen=True, slots=True)
class Elapsed(Node):
    """`years since birthdate`"""

    unit: "Unit"
    value: "Expr"


Part: TypeAlias = Literal[
    "year", "quarter", "month", "day", "weekday", "hour", "minute"
]


@dataclass(frozen=True, slots=True)
class PartOf(Node):
    """`month of birthdate`"""

    part: Part
    value: "Expr"


@dataclass(frozen=True, slots=True)
class AnniversaryOf(Node):
    """`anniversary of birthdate`: month and day alone"""

    value: "Expr"


@dataclass(frozen=True, slots=True)
class Element(Node):
    """What a test inside `has (…)` is about; it is not written."""


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


@dataclass(frozen=True, slots=True)
class HasElement(Node):
    """`purchases has (starts with "mush")`; the test is about an `Element`."""

    items: "Expr"
    test: "Expr"


@dataclass(frozen=True, slots=True)
class Near(Node):
    """`home within 25 km of (52.52, 13.405)`, `of berlin`, `of any of (berlin, paris)`

    `places` is a pair of numbers, a name, or with `several` a list of either.
    """

    value: "Expr"
    distance: "Expr"
    unit: Literal["km", "mi", "m"]
    places: "Expr"
    several: bool = False


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
class Some(Node):
    """`at least 2 of (a, b, c)`, `at most`, `exactly`"""

    how: Literal["at least", "at most", "exactly"]
    count: "Expr"
    terms: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Rank(Node):
    """`top 10% by sum(bought.amount) per city among (newsletter)`"""

    which: Literal["top", "bottom"]
    amount: "Expr"
    percent: bool
    by: "Expr"
    per: "Expr | None" = None
    among: "Expr | None" = None


@dataclass(frozen=True, slots=True)
class Sample(Node):
    """`sample 10% seed "exp-1"`, `sample 10%..30% seed "exp-1"`; `low` None is 0."""

    low: "Expr | None"
    high: "Expr"
    seed: "Expr"


@dataclass(frozen=True, slots=True)
class Length(Node):
    """`30 days`"""

    count: "Expr"
    unit: "Unit"


@dataclass(frozen=True, slots=True)
class Step(Node):
    """One step of a sequence: `no bought`, `bought within 3 days without returned`"""

    events: "Expr"
    within: Length | None = None
    without: tuple["Expr", ...] = ()
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Then(Node):
    """`viewed then bought(same product) within 3 days`: the steps in their order."""

    steps: tuple[Step, ...]


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
    | DayWord
    | Name
    | Member
    | Call
    | Minus
    | Binary
    | Choice
    | Elapsed
    | PartOf
    | AnniversaryOf
    | Element
    | Compare
    | Range
    | In
    | Lies
    | TextTest
    | Has
    | HasElement
    | Near
    | Presence
    | IgnoringCase
    | InSegment
    | Population
    | Not
    | And
    | Or
    | Some
    | Rank
    | Sample
    | Then
    | Several
)
Argument: TypeAlias = Expr | Per | Least | Same


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


@dataclass(frozen=True, slots=True)
class Habit(Node):
    """`each of last 6 full months`, `at least 4 of last 6 full months`

    `least` is None for `each`.
    """

    least: "Expr | None"
    periods: Relative


Target: TypeAlias = Expr | Between | Relative | Habit


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


@dataclass(frozen=True, slots=True)
class Around(Node):
    """`within 30 days after signup`, `before`; `of` is either side."""

    length: Length
    side: Literal["after", "before", "of"]
    moment: "Expr"


Place: TypeAlias = Stretch | Beyond | Exactly | NamedDay | Side | Around


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below, in the order of the text."""
    for name in _fields(type(node)):
        child = getattr(node, name)
        if isinstance(child, Node):
            yield child
        elif isinstance(child, tuple):
            for item in child:
                if isinstance(item, Node):
                    yield item


_NAMES: dict[type[Node], tuple[str, ...]] = {}


def _fields(kind: type[Node]) -> tuple[str, ...]:
    """Where a kind of node can have others below it."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(e.name for e in fields(kind) if e.name != "span")
    return _NAMES[kind]


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(children(current))))
