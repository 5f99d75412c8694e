"""First, last, middle and commonest values by row numbers.

For dialects whose aggregates know no order of their rows (`Facts.ordered`). A query
gets numbers of its rows beside its columns; what is wanted is the value of one number.
"""

from collections.abc import Sequence

from sqlglot import exp

from segql.sql import aggregates, names, portable
from segql.sql.speech import Facts
from segql.types import Type

_INNER = "s"


class Ranks:
    """Collects numbers for the rows of a query; `query` then adds them.

    `keys` are the names of the columns that rows are grouped by. Columns are named as
    the query selects them; what is made of them refers to them under `alias`.
    """

    def __init__(self, alias: str, keys: Sequence[str]) -> None:
        self.alias = alias
        self.keys = keys
        self.numbers: dict[str, exp.Expr] = {}

    def at_end(
        self, value: str, order: Sequence[str], *, last: bool, only: str | None
    ) -> exp.Expr:
        """The value of the first or last row of those that a flag is true of."""
        place = self._number(only, [(each, last) for each in order], ())
        return self._value_at(value, [_equal(place, 1)], only)

    def median(self, value: str, kind: Type | None, only: str | None) -> exp.Expr:
        """The mean of the middle two: of an even number they are two values."""
        known = names.known(exp.column(value, _INNER))
        place = self._number(only, [(value, False)], [known])
        count = self._count(only, known)
        twice = exp.Mul(this=exp.Literal.number(2), expression=place)
        low = exp.Between(this=twice, low=count, high=_and_one(count))
        high = exp.Between(
            this=twice.copy(), low=_and_one(count), high=_and_one(count, 2)
        )
        there = names.known(exp.column(value, self.alias))
        lower = self._value_at(value, [there, low], only)
        upper = self._value_at(value, [there.copy(), high], only)
        return aggregates.mean(lower, upper, kind)

    def query(self, query: exp.Select) -> exp.Select:
        """The query with its numbers beside its columns."""
        if not self.numbers:
            return query
        made = exp.select(*(exp.column(name, _INNER) for name in query.named_selects))
        for name, number in self.numbers.items():
            made = made.select(exp.alias_(number, name, copy=False), copy=False)
        return made.from_(query.subquery(_INNER, copy=False), copy=False)

    def _groups(self, only: str | None, *more: exp.Expr) -> list[exp.Expr]:
        groups = [*self.keys, only] if only else list(self.keys)
        flags = [portable.Flag(this=each.copy()) for each in more]
        return [*(exp.column(each, _INNER) for each in groups), *flags]

    def _number(
        self,
        only: str | None,
        order: Sequence[tuple[str, bool]],
        more: Sequence[exp.Expr],
    ) -> exp.Expr:
        place = exp.Window(
            this=exp.RowNumber(),
            partition_by=self._groups(only, *more),
            order=exp.Order(
                expressions=[
                    exp.Ordered(this=exp.column(name, _INNER), desc=desc)
                    for name, desc in order
                ]
            ),
        )
        return self._named(place, "r")

    def _count(self, only: str | None, known: exp.Expr) -> exp.Expr:
        number = exp.Window(
            this=exp.Count(this=exp.Star()), partition_by=self._groups(only, known)
        )
        return self._named(number, "c")

    def _named(self, window: exp.Expr, letter: str) -> exp.Expr:
        for name, other in self.numbers.items():
            if other == window:
                return exp.column(name, self.alias)
        name = f"{letter}{len(self.numbers) + 1}"
        self.numbers[name] = window
        return exp.column(name, self.alias)

    def _value_at(
        self, value: str, tests: Sequence[exp.Expr], only: str | None
    ) -> exp.Expr:
        """One value, by an aggregate that sees no other."""
        if only is not None:
            flag = portable.IsTrue(this=exp.column(only, self.alias))
            tests = [flag, *tests]
        there = exp.column(value, self.alias)
        test = names.conjunction(tests)
        return portable.Single(this=exp.Case(ifs=[exp.If(this=test, true=there)]))


def _equal(left: exp.Expr, right: int) -> exp.Expr:
    return exp.EQ(this=left, expression=exp.Literal.number(right))


def _and_one(count: exp.Expr, more: int = 1) -> exp.Expr:
    return exp.Add(this=count.copy(), expression=exp.Literal.number(more))


def needs(function: str, facts: Facts) -> bool:
    """Whether an aggregate is one that needs the order of its rows."""
    return function == "median" and not facts.ordered
