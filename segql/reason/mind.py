"""Some rules in; whether one of them, or several together, can be true of anybody."""

from collections.abc import Sequence
from datetime import datetime

from segql.model import nodes as mdl
from segql.model.world import World
from segql.reason.effort import Effort
from segql.reason.forms import Forms, TooLarge
from segql.reason.instants import instants
from segql.reason.levels import Level
from segql.reason.moving import USUAL
from segql.reason.nodes import Lit
from segql.reason.probe import Probe
from segql.reason.search import Search

Wish = tuple[mdl.Rule, bool]
STEPS, LEAVES = 400, 12
WORK, ALL_WORK = 40_000, 400_000
"""For one question, and for all that are asked about one rule."""
MAX_MOMENTS = 6


class Mind:
    """Thinks about some rules, all of which it is told beforehand.

    Nobody is made up and nothing is asked of the reference: it only ever says of what
    is surely impossible that it is.
    """

    def __init__(self, rules: Sequence[mdl.Rule], world: World) -> None:
        self.world = world
        self.rules = rules
        self.work = ALL_WORK
        self._levels: dict[datetime, tuple[Level, Search] | None] = {}
        self._moments: dict[tuple[int, ...], tuple[datetime, ...] | None] = {}

    def impossible(self, *wishes: Wish) -> bool:
        """Whether nobody can be as wished, whatever the data and the instant."""
        effort = Effort(min(WORK, self.work))
        before = effort.work
        found = self.impossible_at(USUAL, wishes, effort) and self.elsewhere(
            wishes, effort
        )
        self.work -= before - effort.work
        return found

    def elsewhere(self, wishes: Sequence[Wish], effort: Effort) -> bool:
        """Whether nobody is as wished from all other instants either."""
        moments = self.moments([rule for rule, _ in wishes])
        return moments is not None and all(
            self.impossible_at(moment, wishes, effort)
            for moment in moments
            if moment != USUAL
        )

    def moments(self, rules: Sequence[mdl.Rule]) -> tuple[datetime, ...] | None:
        """From when it is enough to look at some rules; None if no few are."""
        key = tuple(sorted({id(rule) for rule in rules}))
        if key not in self._moments:
            found = instants(rules, self.world, None)
            few = not found.why and len(found.moments) <= MAX_MOMENTS
            self._moments[key] = found.moments if few else None
        return self._moments[key]

    def impossible_at(
        self, moment: datetime, wishes: Sequence[Wish], effort: Effort
    ) -> bool:
        known = self.level(moment)
        if known is None:
            return False
        level, search = known
        forms = level.forms
        formula = forms.all([forms.of(rule, wished) for rule, wished in wishes])
        if isinstance(formula, Lit) and search.is_plain(formula):
            return not search.fits(formula)
        effort.steps, effort.leaves = STEPS, LEAVES
        search.effort = effort
        for _ in search.things(formula):
            return False
        return search.effort.sure

    def level(self, moment: datetime) -> tuple[Level, Search] | None:
        """The atoms and cells of all the rules; None if there are too many."""
        if moment not in self._levels:
            probe = Probe(self.world, moment)
            level = Level("customer", Forms(probe), probe)
            try:
                for rule in self.rules:
                    level.forms.of(rule, True)
                    level.forms.of(rule, False)
                level.gather()
                self.work -= level.cut()
                self._levels[moment] = (level, Search(level, filled=False))
            except TooLarge:
                self._levels[moment] = None
        return self._levels[moment]
