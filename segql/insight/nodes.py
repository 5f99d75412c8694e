"""How a rule came out for one customer, as plain values."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from segql.model import nodes as mdl

Value: TypeAlias = mdl.Scalar | tuple[mdl.Scalar, ...] | None
"""A list or a point is a tuple; None is missing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a window means: instants in UTC, or days; start in, end out.

    None is unbounded.
    """

    text: str
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One event, and whether a selection takes it.

    `outside` are the windows that it does not lie in, `test` is what the selection's
    parentheses came to. `time` is a day where only the day is known, None of facts.
    """

    time: datetime | date | None
    values: tuple[tuple[str, Value], ...]
    counts: bool
    outside: tuple[Stretch, ...] = ()
    test: "Why | None" = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """How many of a customer's events a selection takes; the last of them are shown."""

    text: str
    event: str
    count: int
    of: int
    events: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that a condition looked at, in the rule's own words.

    `counted` says that the value is the number of the events chosen.
    """

    text: str
    value: Value
    parts: tuple["Seen", ...] = ()
    chosen: Chosen | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """A condition, and how it came out.

    `decides` says that the whole is as it is because of this. `name` is that of the
    `let`, or of the part of a partition, that the condition stands in. `alone` says
    that it compares with all customers, of whom an example knows none.
    """

    rule: mdl.Rule
    text: str
    true: bool
    decides: bool
    terms: tuple["Why", ...] = ()
    seen: tuple[Seen, ...] = ()
    windows: tuple[Stretch, ...] = ()
    name: str | None = None
    alone: bool = False
