"""What changed between two rules, or two states of a project, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from segql.diagnostics import Diagnostic
from segql.model import nodes as mdl
from segql.reason.witness import Witness

# ---- in words


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in its rule's own words; `name` is the `let` that it stands in."""

    text: str
    rule: mdl.Rule
    name: str | None = None

    @property
    def shown(self) -> str:
        return f"{self.name}: {self.text}" if self.name else self.text


@dataclass(frozen=True, slots=True)
class Change:
    """A condition that was taken out, put in, or replaced by another.

    `because` names what it uses and what is another now, where it reads as before.
    """

    old: Condition | None
    new: Condition | None
    because: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether it reads as before and means something else."""
        return bool(self.old and self.new and self.old.shown == self.new.shown)


@dataclass(frozen=True, slots=True)
class Conditions:
    """The top of two rules: what must all hold (`and`), or one of which must (`or`)."""

    join: Literal["and", "or"]
    kept: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """Something else that a file says: a line of its header, a `let`, an example.

    None is where it isn't there.
    """

    what: str
    old: str | None
    new: str | None


# ---- in meaning


@dataclass(frozen=True, slots=True)
class Nobody:
    """Proved, if the data holds what the catalog lists for the names `assumed`."""

    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Somebody:
    """One who does, as the reference has confirmed; `text` is them as an example."""

    witness: Witness
    text: str


@dataclass(frozen=True, slots=True)
class Open:
    """It could not be found out, and `why`."""

    why: tuple[str, ...]


Way: TypeAlias = Nobody | Somebody | Open
Verdict: TypeAlias = Literal["equal", "wider", "narrower", "neither", "unknown"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """Whether somebody can enter, and whether somebody can leave."""

    enters: Way
    leaves: Way

    @property
    def verdict(self) -> Verdict:
        match self.enters, self.leaves:
            case Nobody(), Nobody():
                return "equal"
            case Somebody(), Nobody():
                return "wider"
            case Nobody(), Somebody():
                return "narrower"
            case Somebody(), Somebody():
                return "neither"
            case _:
                return "unknown"


EQUAL = Meaning(Nobody(), Nobody())

# ---- in numbers


@dataclass(frozen=True, slots=True)
class By:
    """A condition that made a difference: for how many, and for how many it alone."""

    condition: Condition
    is_new: bool
    count: int
    alone: int


@dataclass(frozen=True, slots=True)
class Moved:
    """How many members there were, how many there are, how many enter and leave.

    `entering` and `leaving` say by which conditions; `entered` and `left` are the keys
    of some, only where they were asked for.
    """

    old: int
    new: int
    enter: int
    leave: int
    entering: tuple[By, ...] = ()
    leaving: tuple[By, ...] = ()
    entered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


# ---- all of it

Kind: TypeAlias = Literal[
    "added",
    "removed",
    "renamed",
    "changed",
    "affected",
    "reworded",
    "layout",
    "same",
    "broken",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One segment on both sides; a name is None where there is none.

    `meaning` is None where there are mistakes, or nothing to compare with. `causes`
    are the things that it uses and that are others now. `errors` are what is wrong
    with the old side, and with the new one. `uncounted` says why there are no numbers.
    `rules` are both rules, where they are.
    """

    kind: Kind
    old: str | None
    new: str | None
    conditions: Conditions | None = None
    wordings: tuple[Wording, ...] = ()
    causes: tuple[str, ...] = ()
    meaning: Meaning | None = None
    moved: Moved | None = None
    uncounted: str | None = None
    errors: tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]] = ((), ())
    rules: tuple[mdl.Rule | None, mdl.Rule | None] = field(
        default=(None, None), repr=False
    )

    @property
    def name(self) -> str:
        return self.new or self.old or ""

    @property
    def differs(self) -> bool:
        """Whether it means something else, or may; a new name alone does not."""
        if self.kind in ("added", "removed", "broken"):
            return True
        return self.meaning is not None and self.meaning.verdict != "equal"


@dataclass(frozen=True, slots=True)
class Changes:
    """Two states of a project: segments that differ in anything, by name.

    `old` and `new` say which states. `same` counts the segments that are as they
    were. `shared` are `let`s for all files that changed, `catalog` what of the catalog
    did.
    """

    old: str
    new: str
    segments: tuple[Difference, ...] = ()
    same: int = 0
    shared: Mapping[str, tuple[Wording, ...]] = field(default_factory=dict)
    catalog: tuple[Wording, ...] = ()

    @property
    def differs(self) -> bool:
        return any(each.differs for each in self.segments)
