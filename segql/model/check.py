"""Tree to typed rule: names bound, types checked, sugar dropped.

What is wrong is reported once; whatever is made of it is None and says no more.
"""

from operator import or_
from typing import assert_never

from segql.diagnostics import Report
from segql.messages import lints, plan, types
from segql.model import nodes as mdl
from segql.model.check_choices import choice
from segql.model.check_lists import element, has, has_element
from segql.model.check_moments import anniversary, day_word, elapsed, part_of
from segql.model.check_names import call, member, name
from segql.model.check_places import near
from segql.model.check_population import everyones, rank, sample, some
from segql.model.check_properties import chosen_one, nested, streamed
from segql.model.check_recurring import unplaced
from segql.model.check_sequence import sequence
from segql.model.check_tests import compare, in_range, inside, presence
from segql.model.check_texts import contains_text, ignoring_case
from segql.model.check_time import lies
from segql.model.check_values import arithmetic, constant, negative
from segql.model.check_words import is_unknown, one_of_words, quoted_items
from segql.model.extent import levels_of, size_of
from segql.model.scope import (
    Items,
    MonthDay,
    NoSegments,
    One,
    Params,
    Scope,
    Segments,
    Stream,
    Thing,
)
from segql.model.world import World
from segql.syntax import nodes as syn
from segql.types import BOOLEAN, COUNT

_NO_SEGMENTS = NoSegments()


def check_filter(
    tree: syn.Expr, event: str, world: World, report: Report
) -> mdl.Rule | None:
    """The fixed filter of an event: a rule over its own properties alone."""
    checker = Checker(world, report, {}, _NO_SEGMENTS)
    checker.scope = Scope(event=world.catalog.events[event], closed=True)
    rule = checker.rule(tree)
    if rule is not None and levels_of(rule) > plan.MAX_LEVELS:
        report.add(plan.too_deep(tree.span))
    return rule


class Checker:
    """Carries the scope; one arm per node, the work in the `check_…` modules."""

    def __init__(
        self, world: World, report: Report, params: Params, segments: Segments
    ) -> None:
        self.world = world
        self.catalog = world.catalog
        self.report = report
        self.params = params
        self.segments = segments
        self.scope = Scope()
        self.size = 0

    def grow(self, size: int, node: syn.Node) -> bool:
        """Counts what has been built; False once, and reported, when it is too much."""
        before, self.size = self.size, self.size + size
        if self.size <= plan.MAX_TERMS:
            return True
        if before <= plan.MAX_TERMS:
            self.report.add(plan.too_many_terms(node.span))
        return False

    # ---- the three things that an expression can be asked to be

    def rule(self, node: syn.Expr) -> mdl.Rule | None:
        """What is true or false. Events alone mean at least one, a boolean itself."""
        thing = self.expr(node)
        match thing:
            case None:
                return None
            case mdl.Selection():
                if nested(self, thing, node):
                    return None
                count = mdl.Aggregate("count", thing, None, COUNT, span=node.span)
                one = mdl.Constant(1, COUNT, span=node.span)
                return mdl.Compare(">=", count, one, span=node.span)
            case Stream() | One() | MonthDay():
                self.value_of(thing, node)
                return None
            case Items():
                self.report.add(
                    types.list_as_value(node.span, "test a value: `city in …`")
                )
                return None
            case _ if isinstance(thing, mdl.Rule):
                return thing
        if thing.type == BOOLEAN:
            return mdl.Holds(thing, span=node.span)
        self.report.add(
            types.not_a_rule(_what(thing), node.span, _rule_help(thing, self, node))
        )
        return None

    def value(self, node: syn.Expr) -> mdl.Value | None:
        """What has a type. Events alone are counted."""
        return self.value_of(self.expr(node), node)

    def value_of(self, thing: Thing | None, node: syn.Expr) -> mdl.Value | None:
        match thing:
            case None:
                return None
            case mdl.Selection():
                if nested(self, thing, node):
                    return None
                return mdl.Aggregate("count", thing, None, COUNT, span=node.span)
            case Stream():
                streamed(self, thing, node)
            case One():
                chosen_one(self, thing, node)
            case MonthDay():
                unplaced(self, thing, node)
            case Items():
                self.report.add(types.list_as_value(node.span, "test with `in`"))
            case _ if isinstance(thing, mdl.Rule):
                self.report.add(types.rule_as_value(node.span))
            case _:
                return thing
        return None

    def expr(self, node: syn.Expr) -> Thing | None:
        if not self.grow(1, node):
            return None
        match node:
            case syn.Number() | syn.Text() | syn.Boolean() | syn.Date() | syn.Instant():
                return constant(self, node)
            case syn.Month(year, month):
                self.report.add(
                    types.time_without_in(
                        f"{year:04}-{month:02}", f"in {year:04}-{month:02}", node.span
                    )
                )
                return None
            case syn.DayWord():
                return day_word(node)
            case syn.Name():
                return name(self, node)
            case syn.Member():
                return member(self, node)
            case syn.Call():
                return call(self, node)
            case syn.Minus():
                return negative(self, node)
            case syn.Binary():
                return arithmetic(self, node)
            case syn.Choice():
                return choice(self, node)
            case syn.Elapsed():
                return elapsed(self, node)
            case syn.PartOf():
                return part_of(self, node)
            case syn.AnniversaryOf():
                return anniversary(self, node)
            case syn.Element():
                return element(self, node)
            case syn.Compare():
                return compare(self, node)
            case syn.Range():
                return in_range(self, node)
            case syn.In():
                return inside(self, node)
            case syn.Lies():
                return lies(self, node)
            case syn.TextTest():
                return contains_text(self, node)
            case syn.Has():
                return has(self, node)
            case syn.HasElement():
                return has_element(self, node)
            case syn.Near():
                return near(self, node)
            case syn.Presence():
                return presence(self, node)
            case syn.IgnoringCase():
                return ignoring_case(self, node)
            case syn.InSegment():
                return self._in_segment(node)
            case syn.Population(everyone):
                return mdl.Always(everyone, span=node.span)
            case syn.Not(term):
                rule = self.rule(term)
                if isinstance(rule, mdl.Not):
                    return rule.term
                return rule and mdl.Not(rule, span=node.span)
            case syn.And(terms):
                rules = [self.rule(term) for term in terms]
                known = tuple(rule for rule in rules if rule)
                return mdl.And(known, span=node.span) if all(rules) else None
            case syn.Or(terms):
                if self._one_of(node):
                    return None
                rules = [self.rule(term) for term in terms]
                self._mixed(node)
                known = tuple(rule for rule in rules if rule)
                return mdl.Or(known, span=node.span) if all(rules) else None
            case syn.Some():
                return some(self, node)
            case syn.Rank():
                return rank(self, node)
            case syn.Sample():
                return sample(self, node)
            case syn.Then():
                return sequence(self, node)
            case syn.Several():
                return self.items(node)
            case _:
                assert_never(node)

    def items(self, node: syn.Several) -> Items | None:
        """The constants of a list, which must be of one kind."""
        if len(node.items) > plan.MAX_ITEMS:
            self.report.add(plan.too_many_items(len(node.items), node.span))
            return None
        found: list[mdl.Constant] = []
        for item in node.items:
            match constant(self, item):
                case mdl.Constant() as each:
                    found.append(each)
                case None:
                    thing = self.expr(item)
                    if isinstance(thing, mdl.Constant):
                        found.append(thing)
                    elif thing is not None:
                        self.report.add(
                            types.constant_wanted(
                                "a list", item.span, self._no_item(thing, item, node)
                            )
                        )
                        return None
                    else:
                        return None
        if len({type(each.type) for each in found}) > 1:
            help_ = quoted_items(self, found, node)
            self.report.add(types.mixed_items(node.span, help_))
            return None
        return Items(tuple(found), node.span)

    def _no_item(self, thing: Thing, item: syn.Expr, node: syn.Several) -> str | None:
        if isinstance(thing, mdl.Today):
            return "write `in yesterday..today`"
        if isinstance(item, syn.Range) and self.report.source:
            bounds = self.report.source.slice(item.span)
            if len(node.items) == 1:
                return f"a range stands without parentheses: `in {bounds}`"
            return f"join a range with `or`: `(age in {bounds} or …)`"
        return None

    def _in_segment(self, node: syn.InSegment) -> mdl.Rule | None:
        rule = self.segments.rule(node.segment, node.span, self.report)
        if rule is None:
            return None
        if not self.grow(size_of(rule), node) or everyones(self, rule, node):
            return None
        return mdl.InSegment(node.segment, rule, span=node.span)

    def _one_of(self, node: syn.Or) -> bool:
        """`age = 25 or 26`: reports the values that follow a comparison."""
        first, source = node.terms[0], self.report.source
        if one_of_words(self, node):
            return True
        if not (isinstance(first, syn.Compare) and source):
            return False
        if first.operator not in ("=", "!="):
            return False
        kinds = syn.Number | syn.Text | syn.Date
        options = (first.right, *node.terms[1:])
        words = [isinstance(each, kinds) for each in options]
        plain = [is_unknown(self, each) for each in options]
        if not any(words[1:] + plain[1:]) or not all(map(or_, words, plain)):
            return False
        shown = [source.slice(each.span) for each in options]
        pairs = zip(shown, plain, strict=True)
        listed = [f'"{text}"' if bare else text for text, bare in pairs]
        word = "in" if first.operator == "=" else "not in"
        value = source.slice(first.left.span)
        ours = f"{value} {word} ({', '.join(listed)})"
        help_ = f"for one value of several write `{word}`: `{ours}`"
        what = "a plain value" if any(plain[1:]) else _kind(options[1])
        self.report.add(types.not_a_rule(what, options[1].span, help_))
        return True

    def _mixed(self, node: syn.Or) -> None:
        source = self.report.source
        for term in node.terms:
            if isinstance(term, syn.And) and source and not self.scope.closed:
                text = source.slice(term.span)
                if not text.startswith("("):
                    self.report.add(lints.and_with_or(text, term.span))


def _kind(node: syn.Node) -> str:
    match node:
        case syn.Text():
            return "a plain text"
        case syn.Date():
            return "a plain date"
        case _:
            return "a plain number"


def _what(thing: mdl.Value) -> str:
    match thing:
        case mdl.Constant():
            return f"a plain {thing.type}"
        case mdl.Attribute(name) | mdl.Property(name):
            return f"`{name}`, {_article(str(thing.type))},"
        case _:
            return f"{_article(str(thing.type))}"


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _rule_help(thing: mdl.Value, checker: Checker, node: syn.Expr) -> str:
    if isinstance(thing, mdl.Constant) and isinstance(thing.value, str):
        return 'for one value of several write `in`: `city in ("Berlin", "Hamburg")`'
    if isinstance(thing, mdl.Today):
        return "say what lies on that day (`signup today`), or compare it"
    if isinstance(thing, mdl.Attribute | mdl.Property):
        return f"compare `{thing.name}`, or write `{thing.name} is known`"
    return "compare it: `… >= 3`"
