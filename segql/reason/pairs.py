"""Many rules in; which have the same members, or all of another's, out.

A few made-up members of each are shown to all: whoever lets in a member of one that
another keeps out can't be contained in it. Only what is left is thought about.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from segql.model import nodes as mdl
from segql.model.examples import Example
from segql.model.extent import walk
from segql.model.world import World
from segql.reason.ask import ask
from segql.reason.mind import Mind
from segql.reason.moving import USUAL
from segql.reason.topics import topics_of
from segql.reason.witness import NOBODY, Witness
from segql.reference import Evaluation
from segql.reference.made import made_up

MIXED = 2
"""So many times each member is also mixed with what others have."""


@dataclass(frozen=True, slots=True)
class Compared:
    """`equal` has pairs in the order of the rules, `contained` the narrower first.

    Of what is contained in something contained in a third, the last is not said.
    """

    equal: tuple[tuple[str, str], ...]
    contained: tuple[tuple[str, str], ...]


def compared(rules: Mapping[str, mdl.Rule], world: World) -> Compared:
    """How some rules lie to each other, as far as it is sure."""
    return Comparing(rules, world).done()


@dataclass(frozen=True)
class _Test:
    """A test, what it speaks of, and whether it depends on who else there is."""

    rule: mdl.Rule
    topics: frozenset[object]
    relative: bool


@dataclass(frozen=True)
class _Known:
    """A rule as tests that must all be met, by their numbers, and the keys of members
    who were made up. Who else there is decides about some: of these nobody is.
    """

    terms: tuple[int, ...]
    topics: frozenset[object]
    keys: range


@dataclass
class Comparing:
    rules: Mapping[str, mdl.Rule]
    world: World
    asked: int = 0
    _numbers: dict[mdl.Rule, int] = field(default_factory=dict)
    _tests: list[_Test] = field(default_factory=list)
    _truths: dict[tuple[int, int], bool] = field(default_factory=dict)
    _implied: dict[tuple[frozenset[int], int], bool] = field(default_factory=dict)

    def done(self) -> Compared:
        found = {name: self.member(rule) for name, rule in self.rules.items()}
        # Who has no member is said to be met by nobody, and is in everything.
        names = [name for name, member in found.items() if member is not None]
        members = [each for each in found.values() if each is not None]
        points = [*self.mixed(names, members)]
        made = made_up(self.world, points, USUAL)
        self.evaluation = Evaluation(made.world, made.tables, USUAL)
        each = MIXED + 1
        known = {
            name: self.known(self.rules[name], range(n * each + 1, n * each + each + 1))
            for n, name in enumerate(names)
        }
        inside = {
            (one, other)
            for one in names
            for other in names
            if one != other and self.within(known[one], known[other])
        }
        return self.told(names, inside)

    def known(self, rule: mdl.Rule, keys: range) -> _Known:
        terms = tuple(self.number(term) for term in _terms(rule))
        tests = [self._tests[term] for term in terms]
        topics = frozenset(topic for test in tests for topic in test.topics)
        alone = not any(test.relative for test in tests)
        return _Known(terms, topics, keys if alone else range(0))

    def number(self, term: mdl.Rule) -> int:
        if term not in self._numbers:
            self._numbers[term] = len(self._tests)
            topics = topics_of(term, self.world)
            self._tests.append(_Test(term, topics, _is_relative(term)))
        return self._numbers[term]

    def within(self, one: _Known, other: _Known) -> bool:
        """Whether whoever meets the one surely meets the other."""
        tests = [self._tests[term] for term in other.terms]
        if any(test.topics.isdisjoint(one.topics) for test in tests):
            return False
        if not any(test.relative for test in tests):
            for term in other.terms:
                if not all(self.meets(term, key) for key in one.keys):
                    return False
        return all(self.implies(one, term) for term in other.terms)

    def implies(self, one: _Known, term: int) -> bool:
        """Whether a test is surely met by whoever meets some others: only those that
        share something with it, or with one that does, can see to it."""
        near = set(self._tests[term].topics)
        some: set[int] = set()
        while more := {
            each
            for each in one.terms
            if each not in some and not near.isdisjoint(self._tests[each].topics)
        }:
            some |= more
            near |= {topic for each in more for topic in self._tests[each].topics}
        if term in some:
            return True
        key = (frozenset(some), term)
        if key not in self._implied:
            self.asked += 1
            rules = [self._tests[each].rule for each in sorted(some)]
            asked = self._tests[term].rule
            mind = Mind([*rules, asked], self.world)
            wishes = [(rule, True) for rule in rules]
            self._implied[key] = mind.impossible(*wishes, (asked, False))
        return self._implied[key]

    def meets(self, term: int, key: int) -> bool:
        """Whether a made-up customer meets a test."""
        known = (term, key)
        if known not in self._truths:
            rule = self._tests[term].rule
            self._truths[known] = self.evaluation.truth(rule, key)
        return self._truths[known]

    def told(self, names: Sequence[str], inside: set[tuple[str, str]]) -> Compared:
        equal = [
            (one, other)
            for index, one in enumerate(names)
            for other in names[index + 1 :]
            if (one, other) in inside and (other, one) in inside
        ]
        twins = {other for _, other in equal}
        strict = {
            (one, other)
            for one, other in inside
            if (other, one) not in inside and not {one, other} & twins
        }
        wider: dict[str, set[str]] = {}
        for one, other in strict:
            wider.setdefault(one, set()).add(other)
        near = [
            (one, other)
            for one in names
            for other in names
            if other in wider.get(one, ())
            and not any(other in wider.get(third, ()) for third in wider[one])
        ]
        same = {name: {name} for name in names}
        for one, other in equal:
            same[one].add(other)
        said = [(a, b) for a, b in near if not self.names_one_of(a, same[b])]
        return Compared(tuple(equal), tuple(said))

    def names_one_of(self, one: str, others: set[str]) -> bool:
        """Whether a rule names the wider one itself: then it is meant."""
        return any(
            isinstance(node, mdl.InSegment) and node.name in others
            for node in walk(self.rules[one])
        )

    # ---- members that were made up

    def member(self, rule: mdl.Rule) -> Example | None:
        """A member as of the usual instant; anybody, where none is found."""
        found = ask([(rule, True)], self.world, USUAL, work=100_000, tries=6)
        if isinstance(found, Witness):
            return found.customer
        mind = Mind([rule], self.world)
        return None if mind.impossible((rule, True)) else NOBODY

    def mixed(
        self, names: Sequence[str], members: Sequence[Example]
    ) -> Iterator[Example]:
        """Each member, alone and with what members of other rules have besides."""
        count = len(members)
        for index, (name, member) in enumerate(zip(names, members, strict=True)):
            yield member
            topics = topics_of(self.rules[name], self.world)
            for step in range(1, MIXED + 1):
                other = members[(index + step * (count // (MIXED + 1) + 1)) % count]
                yield replace(
                    member,
                    attributes={
                        **{
                            name: value
                            for name, value in other.attributes.items()
                            if ("attribute", name) not in topics
                        },
                        **member.attributes,
                    },
                    events=(
                        *(e for e in other.events if ("event", e.event) not in topics),
                        *member.events,
                    ),
                )


def _terms(rule: mdl.Rule) -> Iterator[mdl.Rule]:
    """The tests that must all be met."""
    match rule:
        case mdl.And(terms):
            for term in terms:
                yield from _terms(term)
        case mdl.InSegment(_, meaning):
            yield from _terms(meaning)
        case _:
            yield rule


def _is_relative(rule: mdl.Rule) -> bool:
    """Whether it depends on who else there is."""
    return any(
        isinstance(node, mdl.Ranked | mdl.Sampled | mdl.Position) for node in walk(rule)
    )
