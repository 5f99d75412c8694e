"""Formulas over sets of customers: what `segql.plan.sets` finds, and SQL is made of."""

from dataclasses import dataclass
from typing import TypeAlias

from segql.model import nodes as mdl


@dataclass(frozen=True, slots=True)
class Anyone:
    """Who has at least one event of a selection."""

    selection: mdl.Selection


@dataclass(frozen=True, slots=True)
class Grouped:
    """Whose events of one kind pass a test of their measures."""

    event: str
    tests: tuple[mdl.Rule, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Whose events of several kinds pass a test; `needed` are kinds that must occur."""

    test: mdl.Rule
    needed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """Whose first, last or nth event of a selection passes a test of its own values.

    `whole` is the rule, `test` the same of the event itself, and `other` is true for
    every event that fails it.
    """

    whole: mdl.Rule
    pick: mdl.Pick
    test: mdl.Rule
    other: mdl.Rule


@dataclass(frozen=True, slots=True)
class Various:
    """Who has at least so many different values; few enough to be sketched first."""

    measure: mdl.Aggregate
    least: int


@dataclass(frozen=True, slots=True)
class Followed:
    """For whom some choice of events fits a sequence."""

    sequence: mdl.Sequence


@dataclass(frozen=True, slots=True)
class Standing:
    """Who passes a test of positions among all customers, and of nothing else."""

    test: mdl.Rule


@dataclass(frozen=True, slots=True)
class First:
    """Who is among the first of a ranking."""

    ranked: mdl.Ranked


@dataclass(frozen=True, slots=True)
class Union:
    """Who is in any of the sets."""

    parts: tuple["Keys", ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of an intersection: who is in the set, or who is not."""

    keys: "Keys"
    inside: bool


@dataclass(frozen=True, slots=True)
class Stages:
    """Who passes every stage; the first one is of the kind `inside`."""

    stages: tuple[Stage, ...]


Keys: TypeAlias = (
    Anyone
    | Grouped
    | Joined
    | Ended
    | Various
    | Followed
    | Standing
    | First
    | Union
    | Stages
)


@dataclass(frozen=True, slots=True)
class Among:
    """Membership in a set of keys, or its opposite."""

    keys: Keys
    inside: bool


@dataclass(frozen=True, slots=True)
class Test:
    """A test of a customer's attributes, and of measures beside them."""

    rule: mdl.Rule


@dataclass(frozen=True, slots=True)
class All:
    terms: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Any:
    terms: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least so many of the terms are true, and at most so many; None: any number."""

    least: int
    most: int | None
    terms: tuple["Formula", ...]


Formula: TypeAlias = Among | Test | All | Any | Some
