"""What the steps of a sequence are tied by, as values that can be compared.

Where one event has a double and another an exact number, both are doubles: not every
engine joins by keys of two kinds.
"""

from collections.abc import Sequence
from itertools import pairwise

from sqlglot import exp

from segql.catalog.nodes import Catalog
from segql.model import nodes as mdl
from segql.sql import portable
from segql.types import DATE, Double, Exact, Type


class Ties:
    def __init__(self, catalog: Catalog, steps: Sequence[mdl.Step]) -> None:
        self.catalog = catalog
        self.mixed: set[str] = set()
        for before, step in pairwise(steps):
            self._add(before.selection, step.selection, step.same)
            for each in step.without:
                self._add(before.selection, each.selection, each.same)

    def _add(
        self, before: mdl.Selection, after: mdl.Selection, ties: Sequence[mdl.Tie]
    ) -> None:
        for mine, theirs in ties:
            kinds = {type(self._kind(after, mine)), type(self._kind(before, theirs))}
            if kinds == {Exact, Double}:
                self.mixed |= {mine, theirs}

    def _kind(self, selection: mdl.Selection, name: str) -> Type:
        if name == "day":
            return DATE
        return self.catalog.events[selection.event].properties[name].column.type

    def like(self, value: exp.Expr, selection: mdl.Selection, name: str) -> exp.Expr:
        """A value as it is compared with what it is tied to."""
        kind = self._kind(selection, name)
        if name in self.mixed and isinstance(kind, Exact):
            return portable.ToDouble(this=value, type=kind)
        return value
