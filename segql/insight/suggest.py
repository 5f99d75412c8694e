"""A file in; the customers at the edges of its conditions that no example shows, out.

Each is decided by the reference. First some customer is looked for who is in; then one
dial after the other is turned, and kept is what decides a condition in a new way.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from segql.catalog.nodes import Catalog
from segql.insight.coverage import Judgement, Shape, judgement, shape_of
from segql.insight.dials import Desk, Dial, State, Stop, desk
from segql.insight.given import example_text
from segql.insight.trial import KEY, Tried, asked_of
from segql.library import Checked, Library
from segql.model import nodes as mdl
from segql.model.examples import Example, Happening, Value, timely
from segql.model.extent import size_of, walk
from segql.model.windows import local, midnight
from segql.reference import Evaluation

MOST = 10
"""So many customers are proposed of a file, if nothing else is asked for."""
_TRIES = 4000
"""How many made-up customers are looked at for one file, if its rules are short."""
_SHORT = 50
"""So many nodes make a rule short; of a longer one fewer customers are looked at."""
_STARTS = 6

Goal = tuple[object, ...]
"""What a customer shows: a condition that decides, when true or false; or an edge."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A customer whom no example shows; `example` says how the reference decides."""

    example: Example
    shows: int
    """How many conditions decide, or edges are shown, as in no other example."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a file's examples lack.

    `shown` is how the file is named in messages. `as_of` is None, unless the examples
    need one that the header does not say yet.
    """

    name: str
    shown: str
    suggestions: tuple[Suggestion, ...]
    as_of: datetime | None = None


def lacking(found: Tried, library: Library, now: datetime, most: int = MOST) -> Lacking:
    """The customers that a file's examples lack, the most useful first.

    `now` is as of when they are meant where the file does not say it.
    """
    checked = found.checked
    assert checked is not None
    rules = checked.meaning.written
    header = checked.header
    moment, needed = found.as_of, False
    if header is None or header.as_of is None:
        zone = library.world.catalog.entity.zone
        today = midnight(local(now, zone).date(), zone)
        needed = any(timely(rule, library.world) for rule in rules)
        moment = today if needed else max(today, found.as_of, *_ends(rules, zone))
    some = tuple(suggestions(found, checked, library, moment, most))
    return Lacking(found.name, found.source.name, some, moment if needed else None)


def _ends(rules: Sequence[mdl.Rule], zone: str) -> Iterator[datetime]:
    """The days after all fixed stretches of time."""
    for rule in rules:
        for node in walk(rule):
            match node:
                case mdl.Days(_, date() as end):
                    yield midnight(end, zone) + timedelta(days=1)
                case mdl.Instants(_, datetime() as end):
                    yield end + timedelta(days=1)
                case _:
                    pass


def suggestions(
    found: Tried, checked: Checked, library: Library, as_of: datetime, most: int = MOST
) -> list[Suggestion]:
    shape = shape_of(checked, library, as_of)
    if not shape.leaves:
        return []
    seeker = _Seeker(shape, checked, library, as_of)
    shown = seeker.shown([each.example for each in found.trials])
    return list(seeker.chosen(shown, [each.example for each in found.trials], most))


@dataclass(frozen=True, slots=True)
class _Candidate:
    state: State
    example: Example
    judged: Judgement
    goals: frozenset[Goal]
    title: str | None
    size: int


class _Seeker:
    """Turns the dials of one file."""

    def __init__(
        self, shape: Shape, checked: Checked, library: Library, as_of: datetime
    ) -> None:
        self.shape = shape
        self.checked = checked
        self.library = library
        self.as_of = as_of
        clock = asked_of(Example(None, True, None, {}, ()), library, as_of).clock
        rules = [leaf.rule for leaf in shape.leaves]
        self.desk: Desk = desk(rules, library.world.catalog, clock)
        size = sum(map(size_of, checked.meaning.written))
        self.most = _TRIES * _SHORT // max(size, _SHORT)
        self.tries = 0
        self.seen: dict[State, _Candidate] = {}

    @property
    def dials(self) -> tuple[Dial, ...]:
        return self.desk.dials

    def asked(self, state: State) -> Evaluation:
        self.tries += 1
        return asked_of(self.desk.example(state), self.library, self.as_of)

    # ---- what examples show

    def shown(self, examples: Sequence[Example]) -> set[Goal]:
        """What the file's examples show already."""
        found: set[Goal] = set()
        for example in examples:
            asked = asked_of(example, self.library, self.as_of)
            judged = judgement(self.shape, self.checked, asked)
            found |= _turns(judged)
            for dial in self.dials:
                for stop in dial.stops:
                    if _stands(dial, stop, example):
                        found |= _edges(dial, stop, judged)
        return found

    def candidate(self, state: State, before: State | None) -> _Candidate:
        """A customer, with what the dials show that stand otherwise than before.

        Of the first of all it is what all of them show.
        """
        known = self.seen.get(state)
        if known is not None:
            return known
        example = self.desk.example(state)
        judged = judgement(self.shape, self.checked, self.asked(state))
        goals = _turns(judged)
        titles = []
        for number, (dial, place) in enumerate(zip(self.dials, state, strict=True)):
            stop = dial.stops[place]
            if before is None or place != before[number]:
                goals |= _edges(dial, stop, judged)
                nothing = stop.value is None and not stop.events
                gone = dial.attribute is None and example.events
                if stop.title and not (nothing and (gone or before is None)):
                    titles.append(stop.title)
        size = len(example.attributes) + sum(2 + len(e.rows) for e in example.events)
        title = ", ".join(titles[:3]) or None
        made = _Candidate(state, example, judged, frozenset(goals), title, size)
        self.seen[state] = made
        return made

    # ---- looking for customers

    def chosen(
        self, shown: set[Goal], examples: Sequence[Example], most: int
    ) -> Iterator[Suggestion]:
        """Customers who show the most that was not shown, until nothing is left."""
        pool = self.pool()
        catalog = self.library.world.catalog
        there = {_signature(each, catalog) for each in examples}
        given = 0
        while given < most:
            best, gain = None, 0
            for each in pool:
                new = _weight(each.goals - shown)
                if not new or (best and (new, -each.size) <= (gain, -best.size)):
                    continue
                if _signature(each.example, catalog) not in there:
                    best, gain = each, new
            if best is None:
                return
            shows = len(best.goals - shown)
            shown |= best.goals
            there.add(_signature(best.example, catalog))
            given += 1
            yield Suggestion(self.named(best), shows)

    def named(self, found: _Candidate) -> Example:
        place = found.judged.found
        if self.shape.parted:
            return replace(found.example, title=found.title, part=place)
        return replace(found.example, title=found.title, inside=place == "in")

    def pool(self) -> list[_Candidate]:
        """Customers who are in, and all who differ from them in one thing."""
        zero = (0,) * len(self.dials)
        pool: dict[State, _Candidate] = {}
        starts = []
        for rule in self.targets():
            state = self.climbed(zero, lambda asked, r=rule: _score(r, True, asked))  # type: ignore[misc]
            starts.append(state)
        left = [*dict.fromkeys(starts)]
        done: set[State] = set()
        known: set[Goal] = set()
        while left and len(done) < _STARTS and self.tries < self.most:
            start = left.pop(0)
            if start in done:
                continue
            done.add(start)
            base = self.candidate(start, None if start in starts else start)
            pool.setdefault(start, base)
            known |= base.goals
            for state in self.turned(start):
                each = self.candidate(state, start)
                pool.setdefault(state, each)
                turns = {goal for goal in each.goals if goal[0] == "turns"}
                if turns - known:
                    left.append(state)
                known |= turns
        return list(pool.values())

    def targets(self) -> list[mdl.Rule]:
        if self.shape.parted:
            return list(self.checked.meaning.parts.values())
        assert self.checked.rule is not None
        return [self.checked.rule]

    def turned(self, state: State) -> Iterator[State]:
        """All that differ in one dial."""
        for place, dial in enumerate(self.dials):
            for stop in range(len(dial.stops)):
                if stop != state[place]:
                    yield (*state[:place], stop, *state[place + 1 :])

    def climbed(self, state: State, score: Callable[[Evaluation], float]) -> State:
        """The best that is found by turning one dial after the other."""
        chance = Random(0)
        best, height = state, score(self.asked(state))
        best, height = self.ascent(best, height, score)
        best, height = self.pairs(best, height, score)
        here, level = best, height
        for _ in range(6):
            here, level = self.ascent(here, level, score)
            if level > height:
                best, height = here, level
            if height >= 1 or self.tries > self.most // 2:
                break
            here = tuple(chance.randrange(len(dial.stops)) for dial in self.dials)
            level = score(self.asked(here))
        return self.plainer(best, height, score)

    def ascent(
        self, state: State, height: float, score: Callable[[Evaluation], float]
    ) -> tuple[State, float]:
        better = True
        while better and height < 1 and self.tries < self.most:
            better = False
            for each in self.turned(state):
                level = score(self.asked(each))
                if level > height:
                    state, height, better = each, level, True
                    if height >= 1:
                        break
        return state, height

    def pairs(
        self, state: State, height: float, score: Callable[[Evaluation], float]
    ) -> tuple[State, float]:
        """What two dials can do that are turned at once."""
        end = self.tries + self.most // 4
        for one in self.turned(state) if height < 1 else ():
            for two in self.turned(one):
                if self.tries > end:
                    return state, height
                level = score(self.asked(two))
                if level > height:
                    return self.ascent(two, level, score)
        return state, height

    def plainer(
        self, state: State, height: float, score: Callable[[Evaluation], float]
    ) -> State:
        """Leaves out what need not be known."""
        for place, stop in enumerate(state):
            if stop:
                other = (*state[:place], 0, *state[place + 1 :])
                if score(self.asked(other)) >= height:
                    state = other
        return state


def _score(rule: mdl.Rule, wanted: bool, asked: Evaluation) -> float:
    """How far a rule is from being true, or false: 1 where it is."""
    match rule:
        case mdl.Not(term) | mdl.InSegment(_, term):
            turned = isinstance(rule, mdl.Not)
            return _score(term, wanted is not turned, asked)
        case mdl.And(terms) | mdl.Or(terms):
            found = [_score(term, wanted, asked) for term in terms]
            together = isinstance(rule, mdl.And) is wanted
            return sum(found) / len(found) if together else max(found)
        case mdl.AtLeast(least, None, terms) if wanted:
            found = sorted((_score(term, True, asked) for term in terms), reverse=True)
            return min(1.0, sum(found[:least]) / max(least, 1))
        case _:
            return float(asked.truth(rule, KEY) is wanted)


def _turns(judged: Judgement) -> set[Goal]:
    """The conditions that decide, each with how it is."""
    each = enumerate(zip(judged.truths, judged.decides, strict=True))
    return {("turns", place, true) for place, (true, decides) in each if decides}


def _edges(dial: Dial, stop: Stop, judged: Judgement) -> set[Goal]:
    """The edges that a dial shows, of conditions that decide."""
    where = (dial.attribute, stop.value, stop.events and stop.title)
    kind = "far" if stop.far else "edge"
    return {(kind, place, *where) for place in stop.edges if judged.decides[place]}


_WEIGHTS = {"turns": 10, "edge": 3, "far": 1}


def _weight(goals: frozenset[Goal]) -> int:
    return sum(_WEIGHTS[str(goal[0])] for goal in goals)


def _stands(dial: Dial, stop: Stop, example: Example) -> bool:
    """Whether an example is as a dial's stop says."""
    if dial.attribute is not None:
        value = example.attributes.get(dial.attribute)
        if stop.beside:
            mentioned = [each for _, each in stop.beside]
            return isinstance(value, str) and value not in mentioned
        return value == stop.value
    if not stop.events:
        kinds = {e.event for other in dial.stops for e in other.events}
        return not any(each.event in kinds for each in example.events)
    kinds = {e.event for e in stop.events}
    there = [each for each in example.events if each.event in kinds]
    if len(there) < len(stop.events):
        return False
    edge = stop.events[-1]
    same_many = len(there) == len(stop.events)
    return same_many and any(_alike(each, edge, stop) for each in there)


def _alike(one: Happening, other: Happening, stop: Stop) -> bool:
    """Whether an event has the values of another, and its time if that matters."""
    if stop.timed and one.time != other.time:
        return False
    free = dict(stop.beside)
    return all(
        one.values.get(name) not in (None, free[name])
        if name in free
        else one.values.get(name) == value
        for name, value in other.values.items()
    )


def _signature(example: Example, catalog: Catalog) -> str:
    """What makes two customers the same, in whatever order it is said."""

    def text(attributes: Mapping[str, Value], *events: Happening) -> str:
        return example_text(Example(None, True, None, attributes, events), catalog)

    attributes = dict(sorted(example.attributes.items()))
    return "\n".join([text(attributes), *sorted(text({}, e) for e in example.events)])
