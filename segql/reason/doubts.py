"""A rule in, notes on what in it nobody or everybody meets, or says nothing, out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from segql.diagnostics import Diagnostic, Report
from segql.messages import meaning
from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.model.world import World
from segql.reason.mind import Mind, Wish
from segql.reason.openly import is_open
from segql.reason.topics import topics_of
from segql.source import NOWHERE, Span

MAX_TERMS = 24
MAX_NODES = 1500
"""Of larger rules nothing is said: nobody waits for it on every save."""

_SAID = frozenset({"W207", "W221", "W230", "W231"})
"""Who is told one of these knows already why a test is met by nobody, or by all."""


def doubts(rule: mdl.Rule, world: World, report: Report) -> None:
    """Adds what is surely so, whoever the customers are."""
    if isinstance(rule, mdl.Always) or _is_large(rule):
        return
    found = _Doubts(world, report)
    found.told(rule)
    found.look(rule, ())


@dataclass
class _Doubts:
    world: World
    report: Report
    minds: dict[int, Mind] = field(default_factory=dict)
    topics: dict[int, frozenset[object]] = field(default_factory=dict)
    answers: dict[frozenset[tuple[int, bool]], bool] = field(default_factory=dict)
    may: set[tuple[int, bool]] = field(default_factory=set)
    """Which tests can be met, or not be met: that much is known."""

    empty: set[int] = field(default_factory=set)
    """Of these it was said that nobody meets them, or everybody: so no more is."""

    def told(self, rule: mdl.Rule) -> None:
        """Sorts what there is to think about by what it speaks of.

        What shares nothing with anything else is thought about for itself.
        """
        rules = [each for each in _conditions(rule) if each is not rule]
        rules = rules or [rule]
        self.topics = {id(each): topics_of(each, self.world) for each in rules}
        groups: list[tuple[set[object], list[mdl.Rule]]] = []
        for each in rules:
            topics, members = set(self.topics[id(each)]), [each]
            for group in [g for g in groups if g[0] & topics]:
                topics |= group[0]
                members += group[1]
                groups.remove(group)
            groups.append((topics, members))
        for _, members in groups:
            mind = Mind(members, self.world)
            self.minds.update({id(each): mind for each in members})

    def look(self, rule: mdl.Rule, beside: tuple[Wish, ...]) -> None:
        """What is doubtful in a rule; `beside` is what else must be so."""
        match rule:
            case mdl.And(terms) if len(terms) <= MAX_TERMS:
                self.at_once(terms)
                for term in terms:
                    others = tuple((t, True) for t in terms if t is not term)
                    self.look(term, (*beside, *others))
                self.together(rule, terms)
            case mdl.Or(terms) if len(terms) <= MAX_TERMS:
                for term in terms:
                    self.look(term, beside)
                self.either(rule, terms, beside)
            case mdl.Not(term):
                self.look(term, beside)
                if id(term) in self.empty:
                    self.empty.add(id(rule))
            case mdl.Always() | mdl.And() | mdl.Or() | mdl.InSegment():
                pass
            case _:
                self.alone(rule)

    def at_once(self, terms: Sequence[mdl.Rule]) -> None:
        """Sees whether all can be met, and all but each: mostly so, and then each of
        them can be met, and not."""
        if self.none([(term, True) for term in terms]):
            return
        self.may |= {(id(term), True) for term in terms}
        for term in terms:
            if not self.none([(each, each is not term) for each in terms]):
                self.may.add((id(term), False))

    def alone(self, rule: mdl.Rule) -> None:
        """A single test that nobody meets, or that everybody does."""
        if is_open(rule):
            return
        mind = self.minds[id(rule)]
        if self.known(rule.span):
            self.empty.add(id(rule))
        elif (id(rule), True) not in self.may and self.ask(mind, [(rule, True)]):
            self.say(meaning.nobody(self.text(rule), rule.span), rule)
        elif (id(rule), False) not in self.may and self.ask(mind, [(rule, False)]):
            self.say(meaning.everybody(self.text(rule), rule.span), rule)

    def together(self, rule: mdl.Rule, terms: Sequence[mdl.Rule]) -> None:
        """Terms of an `and` that exclude each other, or of which one says nothing."""
        if any(id(term) in self.empty for term in terms):
            self.empty.add(id(rule))
            return
        if self.impossible([(term, True) for term in terms]):
            self.say(self.excluded(rule, terms), rule)
            return
        left = list(terms)
        for term in reversed(terms):
            others = [each for each in left if each is not term]
            if not others or _is_plain(term):
                continue
            if self.impossible([*((each, True) for each in others), (term, False)]):
                by = self.one(others, _either(term, True, False))
                self.say(meaning.implied(self.text(term), by, term.span), term)
                left = [each for each in left if each is not term]

    def either(
        self, rule: mdl.Rule, terms: Sequence[mdl.Rule], beside: tuple[Wish, ...]
    ) -> None:
        """Branches of an `or` that add nobody, or that are everybody together."""
        if any(id(term) in self.empty for term in terms):
            self.empty.add(id(rule))
            return
        if self.impossible([(term, False) for term in terms]):
            self.say(meaning.everybody(self.text(rule), rule.span), rule)
            return
        left = list(terms)
        for term in reversed(terms):
            if _is_plain(term):
                continue
            if beside and self.impossible([*beside, (term, True)]):
                by = self.one(
                    [each for each, wished in beside if wished],
                    _either(term, True, True),
                )
                note = meaning.adds_nobody_here(self.text(term), by, term.span)
                self.say(note, term)
                left = [each for each in left if each is not term]
                continue
            others = [each for each in left if each is not term]
            if others and self.impossible(
                [(term, True), *((each, False) for each in others)]
            ):
                by = self.one(others, _either(term, False, True))
                self.say(meaning.adds_nobody(self.text(term), by, term.span), term)
                left = [each for each in left if each is not term]

    def excluded(self, rule: mdl.Rule, terms: Sequence[mdl.Rule]) -> Diagnostic:
        """Which two exclude each other, if it is two."""
        for index, term in enumerate(terms):
            for other in terms[:index]:
                if self.impossible([(other, True), (term, True)]):
                    one, two = self.text(other), self.text(term)
                    return meaning.nobody_both(one, two, term.span)
        return meaning.nobody_all(rule.span)

    # ---- thinking

    def impossible(self, wishes: Sequence[Wish]) -> bool:
        """Whether nobody is so: whether that is so of those that share something.

        Of one alone it is known already.
        """
        return any(
            len(some) > 1 and self.meet(some) and self.ask(mind, some)
            for mind, some in self.groups(wishes)
        )

    def none(self, wishes: Sequence[Wish]) -> bool:
        """Whether nobody is so, also because of one alone."""
        return any(
            not (len(some) == 1 and is_open(some[0][0])) and self.ask(mind, some)
            for mind, some in self.groups(wishes)
        )

    def groups(self, wishes: Sequence[Wish]) -> Iterable[tuple[Mind, list[Wish]]]:
        """The wishes that share something, each time with who thinks about them."""
        found: dict[int, tuple[Mind, list[Wish]]] = {}
        for rule, wished in wishes:
            mind = self.minds[id(rule)]
            found.setdefault(id(mind), (mind, []))[1].append((rule, wished))
        return found.values()

    def ask(self, mind: Mind, wishes: Sequence[Wish]) -> bool:
        key = frozenset((id(rule), wished) for rule, wished in wishes)
        if key not in self.answers:
            self.answers[key] = mind.impossible(*wishes)
        return self.answers[key]

    def meet(self, wishes: Sequence[Wish]) -> bool:
        """Whether two of them speak of the same thing."""
        seen: set[object] = set()
        for rule, _ in wishes:
            topics = self.topics[id(rule)]
            if seen & topics:
                return True
            seen |= topics
        return False

    def one(
        self, others: Sequence[mdl.Rule], wishes: Callable[[mdl.Rule], list[Wish]]
    ) -> str | None:
        """The text of the one that makes something impossible all by itself."""
        for each in others:
            if self.impossible(wishes(each)):
                return self.text(each)
        return None

    # ---- saying

    def known(self, span: Span) -> bool:
        """Whether something was noted there that says as much."""
        return any(
            each.code in _SAID and span.start <= each.span.start < span.end
            for each in self.report.diagnostics
        )

    def text(self, rule: mdl.Rule) -> str:
        source = self.report.source
        return " ".join(source.slice(rule.span).split()) if source else "…"

    def say(self, note: Diagnostic, rule: mdl.Rule) -> None:
        self.empty.add(id(rule))
        if note.span is not NOWHERE:
            self.report.add(note)


def _either(term: mdl.Rule, each: bool, own: bool) -> Callable[[mdl.Rule], list[Wish]]:
    """One that is as `each` says, and the term as `own` does."""
    return lambda other: [(other, each), (term, own)]


def _conditions(rule: mdl.Rule) -> Iterator[mdl.Rule]:
    """All that is asked about: the rule, and what `and`, `or`, `not` join in it."""
    yield rule
    match rule:
        case mdl.And(terms) | mdl.Or(terms):
            for term in terms:
                yield from _conditions(term)
        case mdl.Not(term):
            yield from _conditions(term)
        case _:
            pass


def _is_large(rule: mdl.Rule) -> bool:
    return next(islice(walk(rule), MAX_NODES, None), None) is not None


def _is_plain(rule: mdl.Rule) -> bool:
    """`everyone` and `nobody`, which say what they say."""
    return isinstance(rule, mdl.Always)
