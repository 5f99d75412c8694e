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


@dataclass(frozen=True, slots=True)
class Today(Node):
    """The business's date so many days after that of `as of`."""

    offset: int
    type: Type = DATE


@dataclass(frozen=True, slots=True)
class Element(Node):
    """The element of a list that a test inside `has (…)` is about."""

    type: Type


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`then` where the test is true, else `other`."""

    test: "Rule"
    then: "Value"
    other: "Value"
    type: Type


@dataclass(frozen=True, slots=True)
class Elapsed(Node):
    """How many whole units ago: the largest n with value <= `as of` - n units.

    Negative for what is ahead. Days and longer are civil; a date counts from today.
    """

    unit: "Unit"
    value: "Value"
    type: Type


Part: TypeAlias = Literal[
    "year", "quarter", "month", "day", "weekday", "hour", "minute"
]


@dataclass(frozen=True, slots=True)
class PartOf(Node):
    """A part of a date, or of a timestamp's local time; Monday is weekday 1."""

    part: Part
    value: "Value"
    type: Type


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


Function: TypeAlias = Literal[
    "count", "sum", "avg", "min", "max", "distinct", "median", "most_common"
]


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """One number (or the least or greatest value) made of a customer's events.

    `value` is None for `count` alone. Missing values are skipped; `count`,
    `distinct` and `sum` of nothing are 0, the others are missing. The median of an
    even number is the mean of the middle two, the most common the least of equals.
    """

    function: Function
    selection: "Selection"
    value: "Value | None"
    type: Type


Which: TypeAlias = Literal["first", "last", "nth"]


@dataclass(frozen=True, slots=True)
class Pick(Node):
    """A value of one event of a selection; missing if it has none.

    `nth` counts from the first, which is 1.
    """

    which: Which
    selection: "Selection"
    value: "Value"
    type: Type
    n: int = 1


@dataclass(frozen=True, slots=True)
class Periods(Node):
    """In how many local periods at least so many events of a selection lie."""

    period: "Period"
    selection: "Selection"
    least: int = 1
    type: Type = COUNT


@dataclass(frozen=True, slots=True)
class PerGroup(Node):
    """An aggregate per value of the events, then one over these groups.

    Events whose value `by` is missing are in no group, and groups whose aggregate is
    missing are skipped. Of no group `sum` is 0, the others are missing.
    """

    function: Function
    inner: Aggregate
    by: "Value"
    type: Type


@dataclass(frozen=True, slots=True)
class Position(Node):
    """1 + the floor of `parts` times the share of customers with a smaller value.

    Among all customers whose value is known; missing for the others.
    """

    parts: int
    value: "Value"
    type: Type = COUNT


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
    | Today
    | Element
    | Choice
    | Elapsed
    | PartOf
    | Aggregate
    | Pick
    | Periods
    | PerGroup
    | Position
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


@dataclass(frozen=True, slots=True)
class FromTo(Node):
    """From the start of one window to the end of another; None is unbounded."""

    first: "Window | None"
    last: "Window | None"


Window: TypeAlias = Rolling | Day | Calendar | Days | Instants | FromTo


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
class Anniversary(Node):
    """The month and day of a value in a window of days, in whatever year.

    29 February is 28 February in a common year.
    """

    value: Value
    window: Window


@dataclass(frozen=True, slots=True)
class OnDays(Node):
    """The month and day of a value in one of some ranges, as month * 100 + day."""

    value: Value
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Anchored(Node):
    """A time from `back` units before another to `ahead` units after, both ends in.

    If either is a date, local days are compared.
    """

    value: Value
    anchor: Value
    back: int
    ahead: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Near(Node):
    """A place at most so far from one of some points, along the great circle.

    `points` are latitude and longitude in degrees; both ends belong to it.
    """

    value: Value
    points: tuple[tuple[float, float], ...]
    km: float


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
class HasSome(Node):
    """Some element of a list passes a test, which is about an `Element`."""

    items: Value
    test: "Rule"


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
class AtLeast(Node):
    """At least so many of the terms are true, and at most so many; None: any number."""

    least: int
    most: int | None
    terms: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Ranked(Node):
    """The first or last so many by a value, of those for whom `among` is true.

    Ties are broken by the key, the smaller one first. Who has no value, or none of
    `per`, is not ranked. `percent` is a share of each group, rounded up.
    """

    which: Literal["top", "bottom"]
    amount: int | Decimal
    percent: bool
    by: Value
    per: Value | None = None
    among: "Rule | None" = None


@dataclass(frozen=True, slots=True)
class Sampled(Node):
    """Whose hash of seed and key lies in a share, in percent, start in and end out."""

    low: Decimal
    high: Decimal
    seed: str


@dataclass(frozen=True, slots=True)
class Gap(Node):
    """How far a step may lie behind the one before, the end included."""

    count: int
    unit: Unit


Tie: TypeAlias = tuple[str, str]
"""Two properties that must be equal: of the event itself, and of the step before."""


@dataclass(frozen=True, slots=True)
class Without(Node):
    """Events that must not lie strictly between two steps."""

    selection: Selection
    same: tuple[Tie, ...] = ()


@dataclass(frozen=True, slots=True)
class Step(Node):
    """A step of a sequence; only the first can be a single event of its selection.

    An absent step is the last: no such event follows, within the gap if there is one,
    which must have passed before `as of`.
    """

    selection: Selection
    single: Literal["first", "last"] | None = None
    gap: Gap | None = None
    absent: bool = False
    same: tuple[Tie, ...] = ()
    without: tuple[Without, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """Some choice of one event per step fits, each strictly later than the last."""

    steps: tuple[Step, ...]


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
    | HasSome
    | Anniversary
    | OnDays
    | Anchored
    | Near
    | Not
    | And
    | Or
    | AtLeast
    | Ranked
    | Sampled
    | Sequence
    | InSegment
)

TRUE = Always(True)
FALSE = Always(False)
