"""Rules in, formulas over numbered atoms out; negation is pushed down to the atoms.

What can't be looked into becomes a free atom: it says less than the rule, so whatever
is impossible without it is impossible.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from segql.model import nodes as mdl
from segql.reason.cells import can_be_missing, compared
from segql.reason.nodes import (
    NEVER,
    SURE,
    Absent,
    All,
    Bound,
    Distance,
    Elements,
    Formula,
    Free,
    Linear,
    Lit,
    Operator,
    Place,
    Plain,
    Said,
    Share,
    Some,
    Subject,
    Test,
)
from segql.reason.sums import SLACK, Sum, Sums, difference, scaled, sides
from segql.reason.values import core_of, replaced, retyped, some_of
from segql.types import DATE, DOUBLE, TIMESTAMP, Exact, ListOf, Point

MAX_ATOMS = 3000
_WELL = Fraction(1, 10**6)
_FLIPPED: Mapping[mdl.Comparison, Operator] = {
    "=": "=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}


class TooLarge(Exception):
    """There is more to think about than there is room for."""


@dataclass
class Forms(Sums):
    """The atoms of some formulas."""

    atoms: list[tuple[Subject, Test]] = field(default_factory=list)
    _numbers: dict[tuple[Subject, Test], int] = field(default_factory=dict)
    _made: dict[tuple[int, bool], tuple[mdl.Rule, Formula]] = field(
        default_factory=dict
    )

    def lit(self, subject: Subject, test: Test, positive: bool = True) -> Lit:
        key = (subject, test)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.atoms)
            self.atoms.append(key)
            if number > MAX_ATOMS:
                raise TooLarge
        return Lit(number, positive)

    def of(self, rule: mdl.Rule, positive: bool = True) -> Formula:
        """A rule, or its negation, as a formula."""
        key = (id(rule), positive)
        if key not in self._made:
            self._made[key] = (rule, self._of(rule, positive))
        return self._made[key][1]

    def _of(self, rule: mdl.Rule, positive: bool) -> Formula:
        match rule:
            case mdl.Always(value):
                return SURE if value == positive else NEVER
            case mdl.Compare("!=", left, right):
                return self._of(mdl.Compare("=", left, right), not positive)
            case mdl.Compare(operator, left, right):
                return self.compare(operator, left, right, rule, positive)
            case mdl.Holds(value) | mdl.Matches(value) | mdl.OneOf(value):
                return self.about(value, rule, positive)
            case mdl.Within(value) | mdl.Anniversary(value) | mdl.OnDays(value):
                return self.about(value, rule, positive)
            case mdl.TextTest(_, value, part):
                if self.is_fixed(part):
                    return self.about(value, rule, positive)
                return self.blind(rule, (value, part), positive)
            case mdl.IsMissing(value):
                return self.missing(value, positive)
            case mdl.HasAny(items, options):
                return self.some(
                    [self.has(items, each, positive) for each in options], positive
                )
            case mdl.HasAll(items, options):
                return self.all(
                    [self.has(items, each, positive) for each in options], positive
                )
            case mdl.HasSome(items, test):
                one = Bound(">=", Fraction(1))
                return self.lit(Elements(items, test), one, positive)
            case mdl.Anchored(value, anchor):
                return self.blind(rule, (value, anchor), positive)
            case mdl.Near(value, points, km):
                far = [self.near(value, point, km, positive) for point in points]
                close = self.some(far, positive)
                return self.all([self.missing(value, not positive), close], positive)
            case mdl.Not(term):
                return self.of(term, not positive)
            case mdl.And(terms):
                return self.all([self.of(each, positive) for each in terms], positive)
            case mdl.Or(terms):
                return self.some([self.of(each, positive) for each in terms], positive)
            case mdl.AtLeast(least, most, terms):
                return self.several(least, most, terms, positive)
            case mdl.Ranked():
                return self.ranked(rule, positive)
            case mdl.Sampled(low, high, seed):
                ends = (Bound(">=", Fraction(low)), Bound("<", Fraction(high)))
                share = Share(seed)
                return self.all(
                    [self.lit(share, end, positive) for end in ends], positive
                )
            case mdl.Sequence(steps):
                needed = [
                    self.happened(step.selection, positive)
                    for step in steps
                    if not step.absent
                ]
                return self.all([*needed, self.free(rule, positive)], positive)
            case mdl.InSegment(_, meaning):
                return self.of(meaning, positive)
            case _:
                assert_never(rule)

    # ---- together; of what is negated, the other way round

    def all(self, terms: list[Formula], positive: bool = True) -> Formula:
        return _joined(terms, positive)

    def some(self, terms: list[Formula], positive: bool = True) -> Formula:
        return _joined(terms, not positive)

    def several(
        self, least: int, most: int | None, terms: tuple[mdl.Rule, ...], positive: bool
    ) -> Formula:
        """So many of some rules, as a ladder that looks at one after the other."""
        made: dict[tuple[int, int, int], Formula] = {}
        top = len(terms) if most is None else most
        if len(terms) * max(1, min(top, len(terms))) > MAX_ATOMS:
            raise TooLarge

        def rest(index: int, low: int, high: int) -> Formula:
            left = len(terms) - index
            low, high = max(low, 0), min(high, left)
            if low > left or high < low:
                return NEVER if positive else SURE
            if low == 0 and high == left:
                return SURE if positive else NEVER
            key = (index, low, high)
            if key not in made:
                # Whatever its polarity, one of the two branches is taken.
                fits, fails = self.of(terms[index]), self.of(terms[index], False)
                made[key] = Some(
                    (
                        All((fits, rest(index + 1, low - 1, high - 1))),
                        All((fails, rest(index + 1, low, high))),
                    )
                )
            return made[key]

        return rest(0, least, top)

    # ---- one test

    def free(self, rule: mdl.Rule, positive: bool) -> Lit:
        return self.lit(Free(rule), Plain(), positive)

    def blind(
        self, rule: mdl.Rule, values: tuple[mdl.Value, ...], positive: bool
    ) -> Formula:
        """A test that is not looked into, but is false of what is missing."""
        known = [self.missing(value, not positive) for value in values]
        return self.all([*known, self.free(rule, positive)], positive)

    def about(self, value: mdl.Value, rule: mdl.Rule, positive: bool) -> Formula:
        """A test of one value, and of fixed ones."""
        if isinstance(value, mdl.Choice):
            return self.chosen(value, rule, value, positive)
        core = core_of(value)
        if isinstance(core, mdl.Choice):
            return self.chosen(core, rule, core, positive)
        if self.is_fixed(core):
            return SURE if self.probe.truth_of(rule, self.given) == positive else NEVER
        if isinstance(core, mdl.Arithmetic):
            return self.blind(rule, (value,), positive)
        return self.lit(core, Said(rule, core), positive)

    def chosen(
        self, choice: mdl.Choice, rule: mdl.Rule, old: mdl.Value, positive: bool
    ) -> Formula:
        """A test of a choice: that of the one side, or of the other."""
        sides = []
        for side, taken in ((choice.then, True), (choice.other, False)):
            said = self.of(replaced(rule, old, retyped(side, choice)), positive)
            sides.append(self.all([self.of(choice.test, taken), said]))
        return self.some(sides)

    def compare(
        self,
        operator: mdl.Comparison,
        left: mdl.Value,
        right: mdl.Value,
        rule: mdl.Rule,
        positive: bool,
    ) -> Formula:
        assert operator != "!="
        for side in (left, right):
            core = core_of(side)
            if isinstance(core, mdl.Choice):
                return self.chosen(core, rule, core, positive)
        if self.is_fixed(left) and not self.is_fixed(right):
            flipped = mdl.Compare(_FLIPPED[operator], right, left)
            return self.of(flipped, positive)
        if self.is_fixed(right):
            if self.is_fixed(left):
                return _said(self.probe.truth_of(rule, self.given) == positive)
            plain = core_of(left)
            if isinstance(plain, mdl.Size):
                return self.sized(plain, operator, right, rule, positive)
            if isinstance(plain, mdl.Arithmetic):
                return self.reckoned(operator, left, right, rule, positive)
            return self.about(left, rule, positive)
        if left == right:
            always = operator in ("=", "<=", ">=")
            return self.missing(left, not positive) if always else _said(not positive)
        return self.reckoned(operator, left, right, rule, positive)

    def sized(
        self,
        size: mdl.Size,
        operator: Operator,
        right: mdl.Value,
        rule: mdl.Rule,
        positive: bool,
    ) -> Formula:
        number = self.probe.value_of(right, self.given)
        if not isinstance(number, int | Decimal):
            return self.blind(rule, (), positive)
        bound = Bound(operator, Fraction(number))
        return self.lit(Elements(size.items, None), bound, positive)

    def reckoned(
        self,
        operator: Operator,
        left: mdl.Value,
        right: mdl.Value,
        rule: mdl.Rule,
        positive: bool,
    ) -> Formula:
        """A comparison of sums, where both sides are whole numbers of their axes."""
        exact = isinstance(left.type, Exact) and isinstance(right.type, Exact)
        moments = left.type == right.type and left.type in (DATE, TIMESTAMP)
        one, other = (
            (self.linear(left), self.linear(right))
            if exact or moments
            else (None, None)
        )
        if one is None or other is None:
            return self.divided(operator, left, right, rule, positive)
        return self.bounded(operator, difference(one, other), positive)

    def bounded(self, operator: Operator, of: Sum, positive: bool) -> Formula:
        """A sum compared with zero."""
        sums, limit = of[0], -of[1]
        known = [
            self.missing(value, not positive)
            for value, factor in sums.items()
            if not factor
        ]
        terms = tuple((value, factor) for value, factor in sums.items() if factor)
        if not terms:
            said = _said(compared(operator, Fraction(0), limit) == positive)
            return self.all([*known, said], positive)
        (value, factor), *more = terms
        if factor < 0:
            operator, limit = _FLIPPED[operator], -limit
            terms = tuple((each, -by) for each, by in terms)
        scale = abs(factor)
        limit, terms = limit / scale, tuple((each, by / scale) for each, by in terms)
        subject: Subject = Linear(terms) if more else value
        return self.all(
            [*known, self.lit(subject, Bound(operator, limit), positive)], positive
        )

    def divided(
        self,
        operator: Operator,
        left: mdl.Value,
        right: mdl.Value,
        rule: mdl.Rule,
        positive: bool,
    ) -> Formula:
        """A quotient of sums compared with a number; anything else is not looked into.

        A quotient is a double made of doubles: near the number more is let in than is
        so, and that it can't be both so and not so is left to a free test.
        """
        free = self.blind(rule, (left, right), positive)
        parts = self.quotient(left) if self.is_fixed(right) else None
        number = self.probe.value_of(right, self.given) if parts else None
        if parts is None or not isinstance(number, int | Decimal | float):
            return free
        limit = Fraction(number)
        # Well within the limit first: who is found there fits.
        ways = [
            each
            for slack in (-_WELL, SLACK)
            for each in self.ways(operator, parts, limit, slack, positive)
        ]
        if not positive:
            ways.append(self.missing(left, True))
        return self.all([free, self.some(ways)])

    def ways(
        self,
        operator: Operator,
        parts: tuple[Sum, Sum],
        limit: Fraction,
        slack: Fraction,
        positive: bool,
    ) -> Iterator[Formula]:
        """How a quotient can lie beside a limit: what divides is positive, or not."""
        above, below = parts
        signs: tuple[Operator, Operator] = (">", "<")
        for sign in signs:
            bounds = []
            for side in sides(operator, positive):
                more = abs(limit) * slack
                near = limit + (more if side == "<=" else -more)
                rest = difference(above, scaled(below, near))
                turned = side if sign == ">" else _FLIPPED[side]
                bounds.append(self.bounded(turned, rest, True))
            divisor = self.bounded(sign, below, True)
            if operator == "=" and positive:
                yield self.all([divisor, *bounds])
            else:
                yield self.all([divisor, self.some(bounds)])

    def missing(self, value: mdl.Value, positive: bool) -> Formula:
        """Whether a value is missing, by what it is made of."""
        if self.is_fixed(value):
            return _said((self.probe.value_of(value, self.given) is None) == positive)
        match value:
            case mdl.Arithmetic("/", left, right):
                zero = mdl.Constant(0, right.type)
                none = [
                    self.missing(left, positive),
                    self.missing(right, positive),
                    self.of(mdl.Compare("=", right, zero), positive),
                ]
                if DOUBLE in (left.type, right.type):
                    none.append(self.free(mdl.IsMissing(value), positive))
                return self.some(none, positive)
            case mdl.Arithmetic(_, left, right):
                sides = [self.missing(left, positive), self.missing(right, positive)]
                if DOUBLE in (left.type, right.type):
                    # Of infinite numbers may come what is none.
                    sides.append(self.free(mdl.IsMissing(value), positive))
                return self.some(sides, positive)
            case mdl.Choice(test, then, other):
                return self.some(
                    [
                        self.all([self.of(test), self.missing(then, positive)]),
                        self.all([self.of(test, False), self.missing(other, positive)]),
                    ]
                )
            case mdl.Fold(inner) | mdl.Elapsed(_, inner) | mdl.PartOf(_, inner):
                return self.missing(inner, positive)
            case mdl.Negative(inner) | mdl.Position(_, inner):
                return self.missing(inner, positive)
            case mdl.Size() | mdl.Periods() | mdl.EventTime() | mdl.EventDay():
                return _said(not positive)
            case mdl.Aggregate() | mdl.PerGroup() if not can_be_missing(value):
                return _said(not positive)
            case _:
                return self.lit(value, Absent(), positive)

    def has(self, items: mdl.Value, option: mdl.Constant, positive: bool) -> Formula:
        assert isinstance(items.type, ListOf)
        element = mdl.Element(items.type.element)
        test = mdl.Compare("=", element, option)
        return self.lit(Elements(items, test), Bound(">=", Fraction(1)), positive)

    def happened(self, selection: mdl.Selection, positive: bool) -> Formula:
        return self.of(some_of(selection), positive)

    def near(
        self, value: mdl.Value, point: tuple[float, float], km: float, positive: bool
    ) -> Formula:
        if not isinstance(value.type, Point) or self.is_fixed(value):
            return self.free(mdl.Near(value, (point,), km), positive)
        return self.lit(Distance(value, point), Bound("<=", Fraction(km)), positive)

    def ranked(self, rule: mdl.Ranked, positive: bool) -> Formula:
        """Only who has a value, and is among those meant, can be ranked."""
        needed = [self.missing(rule.by, not positive)]
        if rule.per is not None:
            needed.append(self.missing(rule.per, not positive))
        if rule.among is not None:
            needed.append(self.of(rule.among, positive))
        if not rule.amount:
            return _said(not positive)
        place = Place(replace(rule, amount=0))
        within = self.lit(place, Bound("<=", Fraction(rule.amount)), positive)
        return self.all([*needed, within], positive)


def _said(value: bool) -> Formula:
    return SURE if value else NEVER


def _joined(terms: list[Formula], both: bool) -> Formula:
    """`All` of the terms if `both`, else `Some`, flat and without what is sure."""
    kind = All if both else Some
    empty, whole = (SURE, NEVER) if both else (NEVER, SURE)
    flat: list[Formula] = []
    for term in terms:
        if term == whole:
            return whole
        if isinstance(term, kind):
            flat += term.terms
        else:
            flat.append(term)
    kept = tuple(dict.fromkeys(flat))
    if not kept:
        return empty
    return kept[0] if len(kept) == 1 else kind(kept)
