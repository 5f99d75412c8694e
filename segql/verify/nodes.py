"""What a comparison found, as plain values."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from segql.engines import Connection


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two connections, and its name in the project file."""

    name: str
    connection: Connection


Verdict: TypeAlias = Literal["data", "rounding", "others", "again", "segql", "unknown"]
"""Why a customer is a member on one side alone.

`data`: what the rule reads of them differs. `rounding`: doubles differ in their last
digits, as the order of a sum decides these. `others`: their own data is equal, but the
rule compares customers with each other. `again`: asked once more, both sides agree, so
the data has changed meanwhile. `segql`: all that the rule reads is equal and the answer
is not. `unknown`: it could not be looked at.
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the rule reads, or works out, and that differs for a customer.

    `first` and `second` are its values, as text; `shown` says that they are figures
    of our own making, such as counts, and no cells.
    """

    what: str
    first: str | None
    second: str | None
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A customer who is a member on one side alone: on the first, or on the second."""

    key: str
    on_first: bool
    verdict: Verdict
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A segment's members on both sides.

    `repeated` says that a side has told a member twice, which no side may. `notes`
    are sentences about the comparison itself.
    """

    segment: str
    first: int
    second: int
    only_first: int = 0
    only_second: int = 0
    repeated: bool = False
    notes: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def equal(self) -> bool:
        return not (self.only_first or self.only_second or self.repeated)
