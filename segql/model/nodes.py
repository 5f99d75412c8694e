"""A rule that makes sense: every name bound, every type known, the sugar dropped.

Three closed unions: `Value` (of a customer, or of an event inside a selection),
`Window` (a stretch of time, relative to `as of` or fixed) and `Rule` (true or false).
Everything is hashable and names things of the catalog by name.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from segql.source import NOWHERE, Span
from segql.types import COUNT, DATE, TEXT, TIMESTAMP, Type

Scalar: TypeAlias = str | bool | int | Decimal | float | date | datetime
"""A constant: instants are aware datetimes in UTC, exact numbers int or Decimal."""


@dataclass(frozen=True, slots=True)
class Node:
    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


# ---- values


@dataclass(frozen=True, slots=True)
class Constant(Node):
    value: Scalar
    type: Type


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """An attribute of the customer, also inside an event's parentheses."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Property(Node):
    """A property of the event in whose selection this stands."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class EventTime(Node):
    """The instant of the event in whose selection this stands."""

    type: Type = TIMESTAMP


@dataclass(frozen=True, slots=True)
class EventDay(Node):
    """The event's local date in the business's zone."""

    type: Type = DATE


Operator: TypeAlias = Literal["+", "-", "*", "/"]


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Missing with a missing operand, and where the divisor is zero.

    `/` is an IEEE double of the operands, each taken as the nearest double.
    """

    operator: Operator
    left: "Value"
    right: "Value"
    type: Type


@dataclass(frozen=True, slots=True)
class Negative(Node):
    operand: "Value"
    type: Type


@dataclass(frozen=True, slots=True)
class Fold(Node):
    """Text with the case taken out, by the table of `segql.fold`."""

    text: "Value"
    type: Type = TEXT


@dataclass(frozen=True, slots=True)
class Size(Node):
    """How many elements of a list are not missing; 0 for a missing list."""

    items: "Value"
    type: Type = COUNT


Function: TypeAlias = Literal["count", "sum", "avg", "min", "max", "distinct"]


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """One number (or the least or greatest value) made of a customer's events.

    `value` is None for `count` alone. Missing values are skipped; `count`,
    `distinct` and `sum` of nothing are 0, the others are missing.
    """

    function: Function
    selection: "Selection"
    value: "Value | None"
    type: Type


@dataclass(frozen=True, slots=True)
class Pick(Node):
    """A value of the first or last event of a selection; missing if it has none."""

    which: Literal["first", "last"]
    selection: "Selection"
    value: "Value"
    type: Type


Value: TypeAlias = (
    Constant
    | Attribute
    | Property
    | EventTime
    | EventDay
    | Arithmetic
    | Negative
    | Fold
    | Size
    | Aggregate
    | Pick
)


# ---- stretches of time

Unit: TypeAlias = Literal[
    "second", "minute", "hour", "day", "week", "month", "quarter", "year"
]
Period: TypeAlias = Literal[
    "day", "week", "month", "quarter", "year", "fiscal quarter", "fiscal year"
]


@dataclass(frozen=True, slots=True)
class Rolling(Node):
    """From `start` to `end` units after `as of`; negative is before, None unbounded.

    `last 30 days` is (-30, 0), `30..90 days ago` (-90, -30), `more than 90 days ago`
    (None, -90), `next 7 days` (0, 7).
    """

    start: int | None
    end: int | None
    unit: Unit


@dataclass(frozen=True, slots=True)
class Day(Node):
    """The one local day that lies `offset` units after the day of `as of`."""

    offset: int
    unit: Unit = "day"


@dataclass(frozen=True, slots=True)
class Calendar(Node):
    """`count` whole periods; the first lies `first` periods after the running one."""

    period: Period
    first: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Days(Node):
    """Local days, the first in and the one after the last out; None is unbounded."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Instants(Node):
    """Instants in UTC, start in and end out; None is unbounded."""

    start: datetime | None
    end: datetime | None


Window: TypeAlias = Rolling | Day | Calendar | Days | Instants


# ---- events


@dataclass(frozen=True, slots=True)
class Selection(Node):
    """Events of one kind that pass a test and lie in every one of the windows."""

    event: str
    test: "Rule | None" = None
    windows: tuple[Window, ...] = ()


# ---- rules

Comparison: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Always(Node):
    """Everyone, or nobody."""

    value: bool


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """False where a side is missing, but `!=` is exactly the negation of `=`."""

    operator: Comparison
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class OneOf(Node):
    value: Value
    options: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Within(Node):
    """A date or an instant in a stretch of time."""

    value: Value
    window: Window


@dataclass(frozen=True, slots=True)
class TextTest(Node):
    """Plain text at the start, at the end or anywhere; no wildcards."""

    kind: Literal["starts", "ends", "contains"]
    value: Value
    part: Value


@dataclass(frozen=True, slots=True)
class Matches(Node):
    """The whole value matches a regular expression (see `segql.model.regex`)."""

    value: Value
    pattern: str


@dataclass(frozen=True, slots=True)
class IsMissing(Node):
    value: Value


@dataclass(frozen=True, slots=True)
class Holds(Node):
    """A boolean value alone: true where it is known and true."""

    value: Value


@dataclass(frozen=True, slots=True)
class HasAny(Node):
    items: Value
    options: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class HasAll(Node):
    items: Value
    options: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    term: "Rule"


@dataclass(frozen=True, slots=True)
class And(Node):
    terms: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    terms: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class InSegment(Node):
    """Membership of another segment, with what that segment means."""

    name: str
    rule: "Rule"


Rule: TypeAlias = (
    Always
    | Compare
    | OneOf
    | Within
    | TextTest
    | Matches
    | IsMissing
    | Holds
    | HasAny
    | HasAll
    | Not
    | And
    | Or
    | InSegment
)

TRUE = Always(True)
FALSE = Always(False)
