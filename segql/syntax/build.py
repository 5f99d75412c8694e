"""Tokens to nodes: one method per grammar rule, called while lark parses.

Each method gets every child in the order of the text, tokens and nodes alike, so
that spans are the first child's start to the last child's end.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from lark import Token

from segql.syntax import nodes as syn
from segql.syntax.build_file import FileBuilder
from segql.syntax.build_leaves import Child, Field, Unit, names_in, nodes_in, span_of


class Builder(FileBuilder):
    """Holds where the mistakes of literals go; otherwise without state."""

    # ---- logic

    def any_of(self, children: list[Child]) -> syn.Or:
        return syn.Or(tuple(children[::2]), span=span_of(children))

    def all_of(self, children: list[Child]) -> syn.And:
        return syn.And(tuple(children[::2]), span=span_of(children))

    def negation(self, children: list[Child]) -> syn.Not:
        return syn.Not(children[1], span=span_of(children))

    # ---- one comparison or test

    def ignoring_case(self, children: list[Child]) -> syn.IgnoringCase:
        return syn.IgnoringCase(children[0], span=span_of(children))

    def comparison(self, children: list[Child]) -> Token:
        return cast(Token, children[0])

    text_word = comparison

    def compare(self, children: list[Child]) -> syn.Compare:
        left, operator, right = children
        return syn.Compare(
            cast(syn.Comparison, str(operator)), left, right, span=span_of(children)
        )

    def range(self, children: list[Child]) -> syn.Range:
        return syn.Range(children[0], children[1], children[3], span=span_of(children))

    def range_from(self, children: list[Child]) -> syn.Range:
        return syn.Range(children[0], children[1], None, span=span_of(children))

    def range_to(self, children: list[Child]) -> syn.Range:
        return syn.Range(children[0], None, children[2], span=span_of(children))

    def text_test(self, children: list[Child]) -> syn.TextTest:
        value, word, part = children
        kind = cast(Any, str(word).split()[0])
        return syn.TextTest(kind, value, part, span=span_of(children))

    def not_text_test(self, children: list[Child]) -> syn.TextTest:
        value, _, word, part = children
        kind = cast(Any, str(word).split()[0])
        return syn.TextTest(kind, value, part, True, span=span_of(children))

    def has(self, children: list[Child]) -> syn.Has:
        return syn.Has(children[0], "one", children[2], span=span_of(children))

    def has_many(self, children: list[Child]) -> syn.Has:
        quantifier = cast(Any, str(children[2]).split()[0])
        return syn.Has(children[0], quantifier, children[3], span=span_of(children))

    def has_element(self, children: list[Child]) -> syn.HasElement:
        return syn.HasElement(children[0], children[3], span=span_of(children))

    def element_compare(self, children: list[Child]) -> syn.Compare:
        return self.compare([_element(children), *children])

    def element_text(self, children: list[Child]) -> syn.TextTest:
        return self.text_test([_element(children), *children])

    def element_in(self, children: list[Child]) -> syn.In:
        return self.in_([_element(children), *children])

    def element_side(self, children: list[Child]) -> syn.Lies:
        return self.side_of([_element(children), *children])

    def near(self, children: list[Child]) -> syn.Near:
        distance = children[2]
        return syn.Near(
            children[0],
            distance.value,
            cast(Any, distance.key),
            children[-1],
            len(children) == 6,
            span=span_of(children),
        )

    def distance(self, children: list[Child]) -> Field:
        number = _counted(self, children[0])
        return Field(str(children[1]), number, span_of(children))

    def presence(self, children: list[Child]) -> syn.Presence:
        known = str(children[2]) == "known"
        return syn.Presence(children[0], known, span=span_of(children))

    def in_segment(self, children: list[Child]) -> syn.InSegment:
        return syn.InSegment(children[2].value, span=span_of(children))

    def segment_name(self, children: list[Child]) -> Field:
        name = ".".join(names_in(children))
        return Field("segment", name, span_of(children))

    # ---- whole tests

    def some_of(self, children: list[Child]) -> syn.Some:
        how = " ".join(str(children[0]).split())
        terms = nodes_in(children[2:])
        return syn.Some(cast(Any, how), children[1], terms, span=span_of(children))

    def rank(self, children: list[Child]) -> syn.Rank:
        which, amount, _, by, *rest = children
        found = {field.key: field.value for field in rest}
        number, percent = amount.value
        return syn.Rank(
            cast(Any, str(which)), number, percent, by, **found, span=span_of(children)
        )

    def amount(self, children: list[Child]) -> Field:
        (found,) = children
        if isinstance(found, Field):
            return Field("amount", (found.value, True), found.span)
        return Field("amount", (found, False), found.span)

    def percent(self, children: list[Child]) -> Field:
        return Field("percent", _counted(self, children[0]), span_of(children))

    def rank_per(self, children: list[Child]) -> Field:
        return Field("per", children[1], span_of(children))

    def rank_among(self, children: list[Child]) -> Field:
        return Field("among", children[2], span_of(children))

    def sample(self, children: list[Child]) -> syn.Sample:
        shares = [child.value for child in children if isinstance(child, Field)]
        low = shares[0] if len(shares) > 1 else None
        return syn.Sample(low, shares[-1], children[-1], span=span_of(children))

    def then(self, children: list[Child]) -> syn.Then:
        first, *steps = children[::2]
        begin = syn.Step(first, span=first.span)
        return syn.Then((begin, *steps), span=span_of(children))

    def step(self, children: list[Child]) -> syn.Step:
        absent = isinstance(children[0], Token)
        events, *rest = children[1:] if absent else children
        within = next((c for c in rest if isinstance(c, syn.Length)), None)
        without = tuple(c for c in nodes_in(rest) if not isinstance(c, syn.Length))
        return syn.Step(events, within, without, absent, span=span_of(children))

    def within(self, children: list[Child]) -> syn.Length:
        return replace(cast(syn.Length, children[1]), span=span_of(children))

    def length(self, children: list[Child]) -> syn.Length:
        count, unit = children
        return syn.Length(count, unit.unit, span=span_of(children))

    which = comparison

    # ---- windows and membership

    def in_(self, children: list[Child]) -> syn.In:
        return syn.In(children[0], children[2], span=span_of(children))

    def not_in(self, children: list[Child]) -> syn.In:
        return syn.In(children[0], children[3], True, span=span_of(children))

    def named_day(self, children: list[Child]) -> syn.Lies:
        value, word = children
        day = syn.NamedDay(cast(Any, str(word)), span=span_of([word]))
        return syn.Lies(value, day, span=span_of(children))

    def stretch(self, children: list[Child]) -> syn.Lies:
        value, near, _, far, unit, direction = children
        place = syn.Stretch(
            near, far, unit.unit, str(direction) == "ahead", span=span_of(children[1:])
        )
        return syn.Lies(value, place, span=span_of(children))

    def beyond(self, children: list[Child]) -> syn.Lies:
        value, _, count, unit, direction = children
        place = syn.Beyond(
            count, unit.unit, str(direction) == "ahead", span=span_of(children[1:])
        )
        return syn.Lies(value, place, span=span_of(children))

    def exactly(self, children: list[Child]) -> syn.Lies:
        value, _, count, unit, direction = children
        place = syn.Exactly(
            count, unit.unit, str(direction) == "ahead", span=span_of(children[1:])
        )
        return syn.Lies(value, place, span=span_of(children))

    def side_of(self, children: list[Child]) -> syn.Lies:
        value, word, moment = children
        side = syn.Side(cast(Any, str(word)), moment, span=span_of(children[1:]))
        return syn.Lies(value, side, span=span_of(children))

    def around(self, children: list[Child]) -> Token | syn.Lies:
        if len(children) == 1:
            return cast(Token, children[0])
        value, _, length, word, moment = children
        around = syn.Around(
            length, cast(Any, str(word)), moment, span=span_of(children[1:])
        )
        return syn.Lies(value, around, span=span_of(children))

    direction = comparison
    side = comparison

    def between(self, children: list[Child]) -> syn.Between:
        return syn.Between(children[0], children[2], span=span_of(children))

    def between_from(self, children: list[Child]) -> syn.Between:
        return syn.Between(children[0], None, span=span_of(children))

    def between_to(self, children: list[Child]) -> syn.Between:
        return syn.Between(None, children[1], span=span_of(children))

    def relative(self, children: list[Child]) -> syn.Relative:
        unit = children[-1]
        count = children[1] if isinstance(children[1], syn.Node) else None
        full = count is not None and len(children) == 4
        return syn.Relative(
            cast(Any, str(children[0])),
            cast(syn.Expr | None, count),
            unit.unit,
            full,
            unit.fiscal,
            span=span_of(children),
        )

    def habit(self, children: list[Child]) -> syn.Habit:
        least = children[1] if len(children) == 4 else None
        return syn.Habit(least, children[-1], span=span_of(children))

    def several(self, children: list[Child]) -> syn.Several:
        return syn.Several(nodes_in(children), span=span_of(children))

    def count_name(self, children: list[Child]) -> syn.Name:
        return cast(syn.Name, children[0])

    def unit(self, children: list[Child]) -> Unit:
        word = str(children[-1]).removesuffix("s")
        return Unit(cast(Any, word), len(children) == 2, span_of(children))

    # ---- arithmetic

    def plus(self, children: list[Child]) -> Token:
        return cast(Token, children[0])

    times = plus

    def binary(self, children: list[Child]) -> syn.Binary:
        left, operator, right = children
        return syn.Binary(
            cast(syn.Operator, str(operator)), left, right, span=span_of(children)
        )

    def minus(self, children: list[Child]) -> syn.Expr:
        match children[1]:
            case syn.Number(Decimal() as value):
                # not `-value`, which would round to the digits of the context
                negative = value.copy_negate() if value else value
                return syn.Number(negative, span=span_of(children))
            case syn.Number(value):
                return syn.Number(-value, span=span_of(children))
            case operand:
                return syn.Minus(operand, span=span_of(children))

    def elapsed(self, children: list[Child]) -> syn.Elapsed:
        unit = str(children[0]).split()[0].removesuffix("s")
        return syn.Elapsed(cast(Any, unit), children[1], span=span_of(children))

    def part_of(self, children: list[Child]) -> syn.PartOf:
        part = str(children[0]).split()[0]
        return syn.PartOf(cast(Any, part), children[1], span=span_of(children))

    def anniversary(self, children: list[Child]) -> syn.AnniversaryOf:
        return syn.AnniversaryOf(children[1], span=span_of(children))

    def choice(self, children: list[Child]) -> syn.Choice:
        then, _, test, _, other = children
        return syn.Choice(then, test, other, span=span_of(children))

    def per(self, children: list[Child]) -> syn.Per:
        return syn.Per(children[0], children[2].name, span=span_of(children))

    def least(self, children: list[Child]) -> syn.Least:
        return syn.Least(children[1], span=span_of(children))

    def same(self, children: list[Child]) -> syn.Same:
        return syn.Same(children[1].name, span=span_of(children))

    def member(self, children: list[Child]) -> syn.Member:
        return syn.Member(children[0], children[2].name, span=span_of(children))

    def call(self, children: list[Child]) -> syn.Call:
        return syn.Call(children[0], nodes_in(children[1:]), span=span_of(children))

    def group(self, children: list[Child]) -> syn.Expr:
        return replace(cast(Any, children[1]), span=span_of(children))  # type: ignore[no-any-return]


def _element(children: list[Child]) -> syn.Element:
    return syn.Element(span=span_of(children[:1]))


def _counted(builder: Builder, child: Child) -> syn.Expr:
    """A number or a name."""
    return child if isinstance(child, syn.Name) else builder.number([child])
