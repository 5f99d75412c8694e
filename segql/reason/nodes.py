"""What is reasoned about: subjects, tests of one subject, formulas over them.

A subject is whatever one value is known of at a time: an attribute, a property of an
event, a figure over events, a sum of several. A `Test` is true or false of its value.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from segql.model import nodes as mdl


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum of whole-numbered multiples of values, in the units of their axes."""

    terms: tuple[tuple[mdl.Value, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a known place lies from a point, in kilometres."""

    value: mdl.Value
    point: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Share:
    """Where the hash of seed and key lies, in percent: from 0 to below 100."""

    seed: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a customer stands in a ranking: among how many, or what share, they are.

    `rule` is a rank without its amount.
    """

    rule: mdl.Ranked


@dataclass(frozen=True, slots=True)
class Elements:
    """How many elements of a list pass a test; all, without one."""

    items: mdl.Value
    test: mdl.Rule | None


@dataclass(frozen=True, slots=True)
class Free:
    """A test that nothing here looks into: true or false, whatever else is so."""

    rule: mdl.Rule


Subject: TypeAlias = mdl.Value | Linear | Distance | Share | Place | Elements | Free

Operator: TypeAlias = Literal["=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Bound:
    """A number compared with one; false of a missing one."""

    operator: Operator
    limit: Fraction


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says of a value that stands in it."""

    rule: mdl.Rule
    of: mdl.Value


@dataclass(frozen=True, slots=True)
class Absent:
    """Whether the value is missing."""


@dataclass(frozen=True, slots=True)
class Plain:
    """What a free test says."""


Test: TypeAlias = Bound | Said | Absent | Plain


@dataclass(frozen=True, slots=True)
class Lit:
    """One atom, by its number, or its negation."""

    atom: int
    positive: bool


@dataclass(frozen=True, slots=True)
class All:
    terms: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    terms: tuple["Formula", ...]


Formula: TypeAlias = Lit | All | Some

SURE = All(())
NEVER = Some(())
