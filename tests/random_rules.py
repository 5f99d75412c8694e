"""Random rules: syntax trees grown from the wanted type down, right by construction.

A source of chance in, definitions out. With Hypothesis the chance is drawn from its
choices, so that it shrinks; the deep run takes a plain `random.Random`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random

from hypothesis import strategies as st
from random_base import ALONE, COMPARISONS, NUMBER, Named
from random_whole import Whole

from segql.catalog.nodes import Catalog
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.types import (
    BOOLEAN,
    DATE,
    TEXT,
    TIMESTAMP,
    Double,
    Exact,
    Type,
)

__all__ = ["COMPARISONS", "Grower", "Script", "script", "scripts"]


@dataclass(frozen=True)
class Script:
    """A definition, the values of its parameters, and the files beside it."""

    definition: defs.Definition
    params: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, defs.Definition] = field(default_factory=dict)


def scripts(catalog: Catalog, as_of: datetime) -> st.SearchStrategy[Script]:
    """Definitions over a catalog, as a strategy."""
    return st.randoms(use_true_random=False).map(
        lambda chance: script(chance, catalog, as_of)
    )


def script(chance: Random, catalog: Catalog, as_of: datetime) -> Script:
    """A whole definition, with names of its own and files beside it, or neither."""
    grower = Grower(chance, catalog, as_of)
    files = grower.files() if grower.one_in(8) else {}
    declarations: list[defs.Let | defs.Param] = []
    params: dict[str, object] = {}
    if grower.one_in(3):
        for number in range(1, grower.some(2, 3, 4)):
            declarations.append(grower.declaration(f"n{number}", params))
    header = None
    if grower.one_in(10):
        title = grower.text_()
        header = defs.Header(
            syn.Name("s"), title, "x", ("a", "b"), purpose=syn.Name("newsletter")
        )
    rule = grower.rule(grower.some(0, 0, 0, 1, 1, 2, 2, 3, 4))
    return Script(defs.Definition(header, tuple(declarations), rule), params, files)


class Grower(Whole):
    """Grows files: rules, and what they name."""

    def files(self) -> dict[str, defs.Definition]:
        """A segment, a partition, or a file of shared `let`s beside the rule."""
        found: dict[str, defs.Definition] = {}
        kinds = self.some(("vip",), ("life",), ("shared",), ("shared", "vip", "life"))
        for kind in kinds:
            match kind:
                case "vip":
                    rule = self.rule(2)
                    found["vip"] = defs.Definition(None, (), rule)
                    self.segments["vip"] = self.is_whole(rule)
                case "life":
                    found["life"] = self.partition()
                case _:
                    lets = tuple(self.let(f"g{n}") for n in range(self.some(1, 2, 3)))
                    found["shared"] = defs.Definition(None, lets, None)
        return found

    def partition(self) -> defs.Definition:
        """Parts that every customer is in one of."""
        names = ("new", "active", "lost", "rest")
        rules = [self.rule(self.some(0, 1, 2)) for _ in range(self.some(1, 2, 3))]
        stages = [
            defs.Stage(syn.Name(name), None, rule)
            for name, rule in zip(names, rules, strict=False)
        ]
        stages.append(defs.Stage(syn.Name("rest"), None, None))
        whole = any(map(self.is_whole, rules))
        for stage in stages:
            self.segments[f"life.{stage.name.name}"] = whole
        header = defs.Header(syn.Name("life"))
        return defs.Definition(header, (), None, tuple(stages))

    # ---- declarations

    def declaration(
        self, name: str, params: dict[str, object]
    ) -> defs.Let | defs.Param:
        return self.one_of(
            lambda: self.let(name),
            lambda: self.let(name),
            lambda: self.param(name, params),
        )

    def let(self, name: str) -> defs.Let:
        value: syn.Expr
        match self.chance.randrange(8):
            case 0 | 1:
                value = self.rule(2)
                # Events alone are more than a rule, and mean less inside others.
                alone = self.is_selection(value)
                kind = Named(name, "happened" if alone else "rule")
            case 2:
                event = self.timed(ALONE)
                value = self.selection(1, ALONE, event)
                kind = Named(name, "selection", event=event.name)
            case 3:
                event = self.timed(ALONE)
                value = self.one(1, ALONE, event)
                kind = Named(name, "one", event=event.name)
            case 4:
                type_ = self.some(NUMBER, TEXT, DATE, TIMESTAMP)
                value = syn.Several(
                    tuple(self.constant(type_) for _ in range(self.some(1, 2, 3)))
                )
                kind = Named(name, "list", type_)
            case 5 if self.one_in(4):
                value = self.point()
                kind = Named(name, "place")
            case 5 if self.one_in(3):
                value = syn.AnniversaryOf(self.value(DATE, 1, ALONE))
                kind = Named(name, "anniversary")
            case 5:
                event, prop = self.chance.choice(self.streams(lambda _: True, ALONE))
                value = self.stream(event, prop, 1, ALONE)
                kind = Named(name, "stream", self.type_of(event.name, prop))
            case _:
                type_ = self.type_()
                value = self.counted_(self.value(type_, 2, ALONE))
                if isinstance(value, syn.DayWord):
                    value = self.leaf(type_, ALONE)
                kind = Named(name, "outer", type_)
        kind.whole = self.is_whole(value)
        kind.constant = self.is_constant(value)
        self.named.append(kind)
        return defs.Let(syn.Name(name), value)

    def type_of(self, event: str, name: str) -> Type:
        fixed = {"time": TIMESTAMP, "day": DATE}
        properties = self.catalog.events[event].properties
        return fixed.get(name) or properties[name].column.type

    def param(self, name: str, params: dict[str, object]) -> defs.Param:
        type_ = self.some(
            TEXT, BOOLEAN, DATE, TIMESTAMP, Exact(19), Exact(10, 2), Double()
        )
        several = self.one_in(3)
        if self.one_in(4):
            self.named.append(Named(name, "count"))
            value: syn.Expr = syn.Number(self.some(1, 2, 3))
            if self.one_in(2):
                params[name] = self.some(1, 5, "2")
            return defs.Param(syn.Name(name), "integer", value)
        if self.one_in(8):
            self.named.append(Named(name, "seed"))
            return defs.Param(syn.Name(name), "text", syn.Text("ß"))
        if several:
            items = tuple(self.fitting(type_) for _ in range(self.some(0, 1, 2)))
            self.named.append(Named(name, "list", type_))
            return defs.Param(syn.Name(name), f"list of {type_}", syn.Several(items))
        named = Named(name, "value", type_, constant=True, param=True)
        self.named.append(named)
        return defs.Param(syn.Name(name), str(type_), self.fitting(type_))

    def fitting(self, type_: Type) -> syn.Expr:
        match type_:
            case Exact(_, 0):
                return syn.Number(self.some(0, 1, 2, 3, -1, 10))
            case Exact() | Double():
                return syn.Number(self.some(0, Decimal("2.5"), Decimal("-0.25"), 7))
            case _:
                return self.constant(type_)
