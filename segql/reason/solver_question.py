"""A level and a formula over it in, a question that Z3 is asked and its answer out.

The question says less than the rules do: figures over events are any of their values,
and doubles are rounded a little more than they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Any

import z3

from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.reason.cells import Cells
from segql.reason.levels import Level
from segql.reason.nodes import (
    All,
    Bound,
    Formula,
    Free,
    Linear,
    Lit,
    Plain,
    Said,
    Some,
    Subject,
)
from segql.reason.probe import on_axis
from segql.reason.solver_terms import Term, Terms, relation
from segql.reason.values import replaced
from segql.types import BOOLEAN, TEXT, Boolean, ListOf, Point

Guess = dict[mdl.Value, Any]
MAX_EDGES = 20


@dataclass(frozen=True, slots=True)
class Nested:
    """Selections that no event is in, and such whose events are all in another."""

    empty: tuple[mdl.Selection, ...] = ()
    within: tuple[tuple[mdl.Selection, mdl.Selection], ...] = ()


NOTHING = Nested()


class Question:
    """A formula over a level whose cells are cut, as Z3 is asked."""

    def __init__(
        self,
        level: Level,
        formula: Formula,
        whole: bool,
        terms: tuple[mdl.Value, ...],
        nested: Nested = NOTHING,
    ) -> None:
        self.level = level
        self.whole = whole
        self.context = z3.Context()
        # Of real numbers alone everything can be decided, if there is time.
        self.solver = (
            z3.Solver(ctx=self.context)
            if whole
            else z3.SolverFor("QF_NRA", ctx=self.context)
        )
        self.guessed = terms
        self.values = Terms(self.context, level.forms, self.leaf, self.said, self.edges)
        self._numbers = {each: number for number, each in enumerate(level.cells)}
        self._places: dict[Subject, Term] = {}
        self._said: dict[int, tuple[Formula, Term]] = {}
        self._texts = self.sorted_texts()
        for subject in level.cells:
            self.take(subject)
        self.same_texts([each for each in terms if each.type == TEXT])
        self.counted(nested)
        self.solver.add(self.said(formula))
        self.solver.add(*self.values.facts)

    def count(self) -> int:
        found = self.solver.statistics()
        known = "rlimit count" in found.keys()  # noqa: SIM118 – it has no other way
        return int(found.get_key_value("rlimit count")) if known else 0

    # ---- what is said

    def atom(self, number: int) -> Term:
        return z3.Bool(f"atom{number}", self.context)

    def missing(self, subject: Subject) -> Term:
        if not self.level.cells[subject].missing:
            return z3.BoolVal(False, self.context)
        return z3.Bool(f"missing{self.number(subject)}", self.context)

    def number(self, subject: Subject) -> int:
        return self._numbers[subject]

    def said(self, formula: Formula) -> Term:
        key = id(formula)
        if key not in self._said:
            self._said[key] = (formula, self._of(formula))
        return self._said[key][1]

    def _of(self, formula: Formula) -> Term:
        match formula:
            case Lit(atom, positive):
                return self.atom(atom) if positive else z3.Not(self.atom(atom))
            case All(terms):
                said = [self.said(each) for each in terms]
                return z3.And(*said, z3.BoolVal(True, self.context))
            case Some(terms):
                said = [self.said(each) for each in terms]
                return z3.Or(*said, z3.BoolVal(False, self.context))

    # ---- subjects

    def leaf(self, subject: Subject) -> Term:
        """The number of a value; the place of a text among all texts."""
        if isinstance(subject, mdl.Fold):
            return z3.Real(f"fold of {self.leaf(subject.text)}", self.context)
        cells = self.level.cells.get(subject)
        if cells is None:
            return self.values.fresh("any")
        if subject not in self._places:
            name = f"value{self.number(subject)}"
            whole = self.whole and cells.axis is not None
            if whole and cells.axis and cells.axis.kind not in ("double", "real"):
                self._places[subject] = z3.Int(name, self.context)
            else:
                self._places[subject] = z3.Real(name, self.context)
        place = self._places[subject]
        axis = cells.axis
        if place.is_int():
            place = z3.ToReal(place)
        if axis is None or axis.kind != "number" or not axis.scale:
            return place
        return place * self.values.real(Fraction(1, 10**axis.scale))

    def edges(self, subject: Subject) -> Iterator[Fraction]:
        """The ends of the cells of a number."""
        cells = self.level.cells.get(subject)
        if cells is None or cells.axis is None or len(cells.cells) > MAX_EDGES:
            return
        for cell in cells.cells:
            for place in (cell.low, cell.high):
                number = None if place is None else cells.axis.number(place)
                if number is not None:
                    yield number

    def take(self, subject: Subject) -> None:
        """What is so of a subject: it is in one of its cells, or not looked into."""
        cells = self.level.cells[subject]
        atoms = self.level.tests[subject]
        if isinstance(subject, Free):
            self.free(subject, atoms)
            return
        if isinstance(subject, Linear):
            for number in atoms:
                self.linear(subject, number)
            return
        missing = self.missing(subject)
        ways = []
        for index, cell in enumerate(cells.cells):
            said = [
                self.atom(n) if cell.truths >> bit & 1 else z3.Not(self.atom(n))
                for bit, n in enumerate(atoms)
            ]
            if 1 << index & cells.missing:
                ways.append(z3.And(missing, *said))
            else:
                inside = self.inside(subject, cells, index)
                ways.append(z3.And(z3.Not(missing), *said, *inside))
        if not cells.complete:
            ways.append(z3.Not(missing))
        self.solver.add(z3.Or(*ways, z3.BoolVal(False, self.context)))
        if getattr(subject, "type", None) == TEXT:
            self.text(subject, atoms)

    def inside(self, subject: Subject, cells: Cells, index: int) -> Iterator[Term]:
        """Where a value of a cell lies."""
        cell, axis = cells.cells[index], cells.axis
        if getattr(subject, "type", None) == BOOLEAN:
            yield self.leaf(subject) == int(cell.witness)
        if axis is None or cell.low is None or cell.high is None:
            return
        exact = axis.kind == "number" and isinstance(subject, mdl.Attribute)
        least = exact or (axis.kind == "number" and axis.low >= 0)
        low = None if cell.low == axis.low and not least else axis.number(cell.low)
        high = None if cell.high == axis.high and not exact else axis.number(cell.high)
        place = self.leaf(subject)
        if low is not None:
            yield place >= self.values.real(low)
        if high is not None:
            yield place <= self.values.real(high)

    def free(self, subject: Free, atoms: Sequence[int]) -> None:
        rule = subject.rule
        if not isinstance(rule, mdl.Compare):
            return
        found = self.values.compared(rule.operator, rule.left, rule.right)
        if found is None:
            return
        sides = (rule.left, rule.right)
        absent = [self.said(self.level.forms.missing(side, True)) for side in sides]
        for number in atoms:
            _, test = self.level.forms.atoms[number]
            if isinstance(test, Plain):
                self.solver.add(
                    self.atom(number) == z3.And(*map(z3.Not, absent), found)
                )

    def linear(self, subject: Linear, number: int) -> None:
        _, test = self.level.forms.atoms[number]
        if not isinstance(test, Bound):
            return
        total = self.values.real(0)
        known = []
        for value, factor in subject.terms:
            total = total + self.values.real(factor) * self.leaf(value)
            known.append(z3.Not(self.missing(value)))
        found = relation(test.operator, total, self.values.real(test.limit))
        self.solver.add(self.atom(number) == z3.And(*known, found))

    # ---- figures

    def counted(self, nested: Nested) -> None:
        """Ties figures over some events to how many of these there are."""
        counts: dict[mdl.Selection, Term] = {}

        def many(selection: mdl.Selection) -> Term:
            if selection not in counts:
                counts[selection] = self.values.fresh("count")
                self.solver.add(counts[selection] >= 0)
            return counts[selection]

        for selection in nested.empty:
            self.solver.add(many(selection) == 0)
        for one, other in nested.within:
            self.solver.add(many(one) <= many(other))
        for subject in self.level.cells:
            match subject:
                case mdl.Aggregate("count", selection) if selection in counts:
                    self.solver.add(self.leaf(subject) == many(selection))
                case mdl.Aggregate("distinct", selection) | mdl.Periods(_, selection):
                    self.solver.add(self.leaf(subject) <= many(selection))
                case mdl.Aggregate("sum", selection):
                    none = many(selection) == 0
                    nothing = self.leaf(subject) == 0
                    self.solver.add(z3.Implies(none, nothing))
                case mdl.Aggregate(_, selection) | mdl.Pick(_, selection):
                    some = many(selection) >= 1
                    self.solver.add(z3.Or(self.missing(subject), some))
                case _:
                    pass

    # ---- texts

    def sorted_texts(self) -> Mapping[str, int]:
        """The texts that values are compared with, in their order."""
        found = {
            text
            for subject, test in self.level.forms.atoms
            if isinstance(test, Said) and getattr(subject, "type", None) == TEXT
            for node in walk(test.rule)
            if isinstance(node, mdl.Constant) and isinstance(text := node.value, str)
        }
        return {text: place for place, text in enumerate(sorted(found))}

    def text(self, subject: Subject, atoms: Sequence[int]) -> None:
        """Ties tests of a text to its place among all texts."""
        place = self.leaf(subject)
        known = z3.Not(self.missing(subject))
        for number in atoms:
            match self.level.forms.atoms[number]:
                case (_, Said(mdl.Compare(operator, left, right))) if left == subject:
                    if isinstance(right, mdl.Constant):
                        at = self.values.real(self._texts[str(right.value)])
                        said = relation(operator, place, at)
                        if operator == "!=":
                            continue
                        self.solver.add(self.atom(number) == z3.And(known, said))
                case (_, Said(mdl.OneOf(left, options))) if left == subject:
                    said = z3.Or(
                        *(
                            place == self.values.real(self._texts[str(each.value)])
                            for each in options
                        )
                    )
                    self.solver.add(self.atom(number) == z3.And(known, said))
                case _:
                    pass

    def same_texts(self, texts: Sequence[mdl.Value]) -> None:
        """What is said of a text is said of one that is equal."""
        numbers = {each: n for n, each in enumerate(self.level.forms.atoms)}
        for one, other in permutations(texts, 2):
            same = z3.And(
                self.leaf(one) == self.leaf(other),
                z3.Not(self.missing(one)),
                z3.Not(self.missing(other)),
            )
            for number in self.level.tests[one]:
                subject, test = self.level.forms.atoms[number]
                if subject != one or not isinstance(test, Said):
                    continue
                twin = numbers.get(
                    (other, Said(replaced(test.rule, one, other), other))
                )
                if twin is not None:
                    alike = self.atom(number) == self.atom(twin)
                    self.solver.add(z3.Implies(same, alike))

    # ---- answers

    def guess(self) -> Guess:
        """What the values have that were compared, by the last answer."""
        model = self.solver.model()
        found: Guess = {}
        texts: dict[str, Any] = {}
        for subject in self.level.cells:
            if not isinstance(subject, mdl.Attribute) or isinstance(
                subject.type, ListOf | Point
            ):
                continue
            if subject not in self.guessed and subject not in self._places:
                continue
            if z3.is_true(model.eval(self.missing(subject), True)):
                found[subject] = None
                continue
            value = self.value(subject, model, texts)
            if value is not None:
                found[subject] = value
        return found

    def value(self, subject: mdl.Attribute, model: Any, texts: dict[str, Any]) -> Any:
        """A known value; None if there is none to be told."""
        cells = self.level.cells[subject]
        if cells.axis is None:
            fits = [
                cell.witness
                for cell in cells.cells
                if cell.witness is not None
                and all(
                    z3.is_true(model.eval(self.atom(n), True))
                    == bool(cell.truths >> bit & 1)
                    for bit, n in enumerate(self.level.tests[subject])
                )
            ]
            some = fits[0] if fits else None
            if isinstance(subject.type, Boolean):
                return some
            return texts.setdefault(str(model.eval(self.leaf(subject), True)), some)
        number = _fraction(model.eval(self.leaf(subject), True))
        axis = cells.axis
        if number is None:
            return None
        if axis.kind == "double":
            try:
                return float(number)
            except OverflowError:
                return float("inf") if number > 0 else float("-inf")
        place = round(number * 10**axis.scale)
        return axis.value(min(max(place, axis.low), axis.high))

    def block(self, guess: Guess) -> bool:
        """Asks for somebody else next time; whether for anybody who has not just this.

        False if others are left out, too.
        """
        model = self.solver.model()
        exactly = bool(guess)
        others = [z3.BoolVal(False, self.context)]
        for subject, value in guess.items():
            missing = self.missing(subject)
            if value is None:
                others.append(z3.Not(missing))
                continue
            place = self.leaf(subject)
            found = model.eval(place, True)
            others += [missing, place != found]
            number = on_axis(value)
            exactly = exactly and number is not None and number == _fraction(found)
        self.solver.add(z3.Or(*others))
        return exactly


def _fraction(term: Term) -> Fraction | None:
    """A number; None if it is too long to be anybody's."""
    if z3.is_algebraic_value(term):
        term = term.approx(30)
    try:
        return Fraction(term.numerator_as_long(), term.denominator_as_long())
    except ValueError:
        return None
