"""A formula about customers in; a customer for whom it is true out, or that none is.

All ways to make it true are walked through, the literals first: each narrows the cells
that its subject may be in. Where nothing is left to choose, the figures are looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segql.model import nodes as mdl
from segql.reason.effort import Effort
from segql.reason.leaf import realised
from segql.reason.levels import Level
from segql.reason.nodes import All, Formula, Lit, Some, Subject
from segql.reason.things import Thing
from segql.types import ListOf

_Masks = dict[Subject, int]


@dataclass
class Search:
    """One formula over the atoms of a level whose cells are cut.

    Unless `filled`, things have no values: it is only asked whether there are any.
    """

    level: Level
    effort: Effort = field(default_factory=Effort)
    filled: bool = True
    _atoms: dict[int, tuple[Subject, int, int]] = field(init=False)

    def __post_init__(self) -> None:
        self._atoms = self.level.masks()

    def is_plain(self, lit: Lit) -> bool:
        """Whether an atom is about a value that stands for itself."""
        subject = self._atoms[lit.atom][0]
        if not isinstance(subject, mdl.Attribute) or isinstance(subject.type, ListOf):
            return False
        return self.level.cells[subject].complete

    def fits(self, lit: Lit) -> bool:
        """Whether there are values for which an atom, or its negation, is true."""
        _, true, false = self._atoms[lit.atom]
        return bool(true if lit.positive else false)

    def things(self, formula: Formula) -> Iterator[Thing]:
        """Customers who may fit; `effort.sure` at the end that there are no others.

        Free tests may be otherwise than thought: each is to be confirmed.
        """
        masks = {s: self.level.cells[s].all for s in self.level.tests}
        for leaf in self.leaves([formula, *self.level.sides], masks):
            if not self.effort.leaf():
                return
            found = realised(self.level, leaf, self.effort, filled=self.filled)
            if not found.sure and not found.things:
                self.effort.sure = False
            yield from found.things
            if found.things:
                # What else there is in this leaf was not looked for.
                self.effort.sure = False

    def leaves(self, pending: list[Formula], masks: _Masks) -> Iterator[_Masks]:
        """The ways for all formulas to be true, as far as cells tell."""
        if not self.effort.step():
            return
        masks = dict(masks)
        waiting: list[Some] = []
        left = list(pending)
        while left:
            term = left.pop()
            match term:
                case Lit():
                    if not self.narrow(term, masks):
                        return
                case All(terms):
                    left += terms
                case Some():
                    waiting.append(term)
        simpler = self.simplified(waiting, masks)
        if simpler is None:
            return
        if not simpler:
            yield masks
            return
        first = min(simpler, key=_weight)
        rest: list[Formula] = [each for each in simpler if each is not first]
        before: list[Formula] = []
        for term in first.terms:
            yield from self.leaves([*rest, *before, term], masks)
            if isinstance(term, Lit):
                before.append(Lit(term.atom, not term.positive))

    def narrow(self, lit: Lit, masks: _Masks) -> bool:
        """Takes in what a literal says; false if nothing is left."""
        subject, true, false = self._atoms[lit.atom]
        masks[subject] &= true if lit.positive else false
        if not masks[subject] and not self.level.cells[subject].complete:
            self.effort.sure = False
        return bool(masks[subject])

    def simplified(self, waiting: Iterable[Some], masks: _Masks) -> list[Some] | None:
        """What is still to be chosen; None if one of the choices has nothing left.

        A choice with one term left is taken at once.
        """
        queue, kept = list(waiting), list[Some]()
        while queue:
            terms = []
            done = False
            choice = queue.pop()
            for term in choice.terms:
                if isinstance(term, Lit):
                    subject, true, false = self._atoms[term.atom]
                    fits = true if term.positive else false
                    if not masks[subject] & ~fits:
                        done = True
                        break
                    if not masks[subject] & fits:
                        if not self.level.cells[subject].complete:
                            self.effort.sure = False
                        continue
                terms.append(term)
            if done:
                continue
            if not terms:
                return None
            if len(terms) > 1:
                kept.append(Some(tuple(terms)))
                continue
            left: list[Formula] = [terms[0]]
            while left:
                term = left.pop()
                match term:
                    case Lit():
                        if not self.narrow(term, masks):
                            return None
                        queue += kept
                        kept = []
                    case All(more):
                        left += more
                    case Some():
                        queue.append(term)
        return kept


def _weight(choice: Some) -> int:
    """Fewer terms first, and literals before what has more inside."""
    return 4 * len(choice.terms) + sum(not isinstance(t, Lit) for t in choice.terms)
