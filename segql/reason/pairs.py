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
from segql.reason.witness import Witness
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
    return _Comparing(rules, world).done()


@dataclass
class _Comparing:
    rules: Mapping[str, mdl.Rule]
    world: World
    asked: int = 0
    _leaves: dict[mdl.Rule, int] = field(default_factory=dict)

    def done(self) -> Compared:
        found = {name: self.member(rule) for name, rule in self.rules.items()}
        # Who has no member is said to be met by nobody, and is in everything.
        names = [name for name, member in found.items() if member is not None]
        members = [each for each in found.values() if each is not None]
        points = [*self.mixed(names, members), Example(None, True, None, {}, ())]
        made = made_up(self.world, points, USUAL)
        self.evaluation = Evaluation(made.world, made.tables, USUAL)
        self.keys = range(1, len(points) + 1)
        self.all = (1 << len(points)) - 1
        bits = {name: self.bits(self.rules[name]) for name in names}
        inside = {
            (one, other)
            for one in names
            for other in self.wider(one, names, bits)
            if self.implies(one, other)
        }
        return self.told(names, inside)

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
        said = [pair for pair in near if not self.says_so(*pair)]
        return Compared(tuple(equal), tuple(said))

    def says_so(self, one: str, other: str) -> bool:
        """Whether a rule names the wider one itself: then it is meant."""
        return any(
            isinstance(node, mdl.InSegment) and node.name == other
            for node in walk(self.rules[one])
        )

    # ---- members that were made up

    def member(self, rule: mdl.Rule) -> Example | None:
        """A member as of the usual instant; anybody, where none is found."""
        found = ask([(rule, True)], self.world, USUAL, work=100_000, tries=6)
        if isinstance(found, Witness):
            return found.customer
        mind = Mind([rule], self.world)
        return None if mind.impossible((rule, True)) else _NOBODY

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

    def wider(
        self, one: str, names: Sequence[str], bits: Mapping[str, int | None]
    ) -> Iterator[str]:
        """The rules that let in every made-up member of one."""
        own = bits[one]
        for other in names:
            there = bits[other]
            if other == one:
                continue
            if own is None or there is None or not own & ~there:
                yield other

    def implies(self, one: str, other: str) -> bool:
        a, b = self.rules[one], self.rules[other]
        if not topics_of(a, self.world) & topics_of(b, self.world):
            return False
        self.asked += 1
        mind = Mind([a, b], self.world)
        return mind.impossible((a, True), (b, False))

    # ---- truths, a bit for each made-up customer

    def bits(self, rule: mdl.Rule) -> int | None:
        """For whom a rule is true; None if that depends on who else there is."""
        match rule:
            case mdl.And(terms):
                found = self.all
                for term in terms:
                    here = self.bits(term)
                    if here is None:
                        return None
                    found &= here
                return found
            case mdl.Or(terms):
                found = 0
                for term in terms:
                    here = self.bits(term)
                    if here is None:
                        return None
                    found |= here
                return found
            case mdl.Not(term):
                here = self.bits(term)
                return None if here is None else self.all & ~here
            case mdl.InSegment(_, meaning):
                return self.bits(meaning)
            case _:
                return self.leaf(rule)

    def leaf(self, rule: mdl.Rule) -> int | None:
        if rule not in self._leaves:
            if any(
                isinstance(node, mdl.Ranked | mdl.Sampled | mdl.Position)
                for node in walk(rule)
            ):
                return None
            self._leaves[rule] = (
                sum(1 << key for key in self.keys if self.evaluation.truth(rule, key))
                >> 1
            )
        return self._leaves[rule]


_NOBODY = Example(None, True, None, {}, ())
