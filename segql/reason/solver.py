"""Rules and an instant in; that nobody can be as wished, or guesses who is, out.

This is the one door to Z3. What it is asked says less than the rules do, so if it has
no answer, there is none; and what it answers is a guess.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import z3

from segql.model import nodes as mdl
from segql.model.world import World
from segql.reason.forms import Forms
from segql.reason.levels import Level
from segql.reason.probe import Probe
from segql.reason.solver_question import Guess, Question, prepared

MAX_GUESSES = 12
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

    def guesses(self) -> Iterator[Guess]:
        """What somebody may have who is as wished."""
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
        probe = Probe(self.world, self.moment)
        forms = Forms(probe)
        level = Level("customer", forms, probe)
        formula = forms.all([forms.of(rule, wished) for rule, wished in self.wishes])
        level.gather()
        terms = prepared(level)
        if not terms:
            return None
        level.cut()
        return Question(level, formula, whole, tuple(terms))

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
