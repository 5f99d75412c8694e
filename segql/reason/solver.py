"""Rules and an instant in; that nobody can be as wished, or guesses who is, out.

This is the one door to Z3. What it is asked says less than the rules do, so if it has
no answer, there is none; and what it answers is a guess.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import permutations
from typing import Any

import z3

from segql.model import nodes as mdl
from segql.model.world import World
from segql.reason.forms import Forms
from segql.reason.levels import Bag, Level
from segql.reason.nodes import NEVER, All, Formula
from segql.reason.probe import Probe
from segql.reason.solver_question import NOTHING, Guess, Nested, Question
from segql.reason.solver_values import prepared

MAX_GUESSES = 12
MAX_SELECTIONS = 4
ONE_QUESTION = 2_000_000
"""What Z3 may do for one question, by its own count, which is the same everywhere."""


@dataclass
class Budget:
    """What Z3 may do for one claim; each question costs something, too."""

    left: int = 12_000_000

    def spend(self, count: int) -> None:
        self.left -= count + 20_000


@dataclass
class Solver:
    """What is asked of one instant."""

    wishes: Sequence[tuple[mdl.Rule, bool]]
    world: World
    moment: datetime
    budget: Budget
    impossible: bool = False
    """Whether it is sure that nobody is as wished; said once guesses were asked for."""
    wrong: bool = False
    """To be set before the next guess, if surely nobody has what the last one says."""
    _nested: Nested | None = None

    def guesses(self) -> Iterator[Guess]:
        """What somebody may have who is as wished."""
        if self.budget.left <= 0:
            return
        question = self.question(False)
        if question is None:
            return
        answer = self.checked(question)
        if answer == z3.unsat:
            self.impossible = True
            return
        whole = self.question(True)
        assert whole is not None
        if answer == z3.sat:
            yield question.guess()
        sure = True
        for _ in range(MAX_GUESSES):
            answer = self.checked(whole)
            if answer == z3.unsat and sure:
                self.impossible = True
            if answer != z3.sat:
                return
            guess = whole.guess()
            self.wrong = False
            yield guess
            sure = whole.block(guess) and self.wrong and sure

    def question(self, whole: bool) -> Question | None:
        """None if nothing is compared that Z3 knows more of."""
        probe = Probe(self.world, self.moment)
        forms = Forms(probe)
        level = Level("customer", forms, probe)
        formula = forms.all([forms.of(rule, wished) for rule, wished in self.wishes])
        level.gather()
        inner = [
            (bag, tuple(prepared(bag.level)))
            for key, bag in level.bags.items()
            if key[0] == "event"
        ]
        level.gather()
        terms = prepared(level)
        level.cut()
        if self._nested is None:
            self._nested = self.nested([each for each in inner if each[1]])
        if not terms and self._nested == NOTHING:
            return None
        return Question(level, formula, whole, tuple(terms), self._nested)

    def nested(self, bags: Sequence[tuple[Bag, tuple[mdl.Value, ...]]]) -> Nested:
        """What can be said of events alone, whoever's they are."""
        empty: list[mdl.Selection] = []
        within: list[tuple[mdl.Selection, mdl.Selection]] = []
        for bag, terms in bags:
            chosen = [
                (each, said)
                for each, said in bag.chosen.items()
                if isinstance(each, mdl.Selection)
            ][:MAX_SELECTIONS]

            empty += [
                each for each, said in chosen if self.none(bag, terms, said, NEVER)
            ]
            within += [
                (one, other)
                for (one, said), (other, unless) in permutations(chosen, 2)
                if one not in empty and self.none(bag, terms, said, unless)
            ]
        return Nested(tuple(empty), tuple(within))

    def none(
        self, bag: Bag, terms: tuple[mdl.Value, ...], said: Formula, unless: Formula
    ) -> bool:
        """Whether surely no event is so, unless it is otherwise, too."""
        question = Question(bag.level, All((bag.base, said)), False, terms)
        question.solver.add(z3.Not(question.said(unless)))
        return bool(self.checked(question) == z3.unsat)

    def checked(self, question: Question) -> Any:
        """Sat, unsat or unknown; within what is left."""
        if self.budget.left <= 0:
            return z3.unknown
        question.solver.set("rlimit", min(ONE_QUESTION, self.budget.left))
        before = question.count()
        try:
            answer = question.solver.check()
        except z3.Z3Exception:
            answer = z3.unknown
        self.budget.spend(question.count() - before)
        return answer
