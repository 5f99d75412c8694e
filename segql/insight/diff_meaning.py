"""Two rules in, whether anybody can enter or leave between them out."""

from datetime import datetime

from segql.insight.diff_nodes import EQUAL, Meaning, Nobody, Open, Somebody, Way
from segql.insight.diff_worlds import apart, common
from segql.insight.given import example_text
from segql.model import nodes as mdl
from segql.model.world import World
from segql.reason.claims import Proved, Refuted, Unknown, prove


def meaning(
    old: tuple[mdl.Rule, World],
    new: tuple[mdl.Rule, World],
    as_of: datetime | None = None,
) -> Meaning:
    """Whether the new rule is wider or narrower than the old one.

    Each rule stands in the world that it was checked in. Where a name that they use is
    read differently there, nothing can be told.
    """
    (before, old_world), (after, new_world) = old, new
    differing = apart((before, after), old_world, new_world)
    if differing:
        why = Open(tuple(f"the catalogs differ about `{name}`" for name in differing))
        return Meaning(why, why)
    if before == after:
        return EQUAL
    world = common(old_world, new_world)
    return Meaning(_way(after, before, world, as_of), _way(before, after, world, as_of))


def _way(
    inside: mdl.Rule, outside: mdl.Rule, world: World, as_of: datetime | None
) -> Way:
    """Whether somebody is a member of one rule, and not of the other."""
    found = prove("implies", (inside, outside), world, as_of)
    match found:
        case Proved(assumed):
            return Nobody(assumed)
        case Refuted(witness, _):
            shown = example_text(witness.customer, world.catalog)
            return Somebody(witness, shown.removeprefix("example in "))
        case Unknown(why):
            return Open(why)
