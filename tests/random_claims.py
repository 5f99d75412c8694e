"""Rules in, what reasoning says of them and customers who would show it wrong out.

What is said to be impossible is held against random customers, at the instant that was
asked about or, where none was, at many; a customer who was found is asked again of the
reference. A rule that lies about nobody can only be found by trying, so there are many.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

from differential import Refused, Rules, checked, clock_of
from random_cells import pools_of
from random_data import tables_of
from random_moments import as_of_of
from random_rules import script
from random_worlds import world as world_of

from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.model.world import World
from segql.reason.ask import Answer, Impossible, Unsure, Wish, ask
from segql.reason.witness import Witness
from segql.reference import DataFault, Evaluation, evaluate
from segql.reference.made import made_up

WORLDS = 8
"""So many have all the zones and calendars."""


@cache
def bare(number: int) -> World:
    """A world in which the catalog lists no values: random rows have any."""
    bound = world_of(number)
    catalog = bound.catalog
    attributes = {
        name: replace(each, values=()) for name, each in catalog.attributes.items()
    }
    events = {
        name: replace(
            event,
            properties={
                own: replace(each, values=()) for own, each in event.properties.items()
            },
        )
        for name, event in catalog.events.items()
    }
    plain = replace(catalog, attributes=attributes, events=events)
    return replace(bound, catalog=plain)


@dataclass(frozen=True)
class Crowd:
    """Random customers, at several instants; the rules decide where their edges lie."""

    world: World
    rules: tuple[mdl.Rule, ...]
    evaluations: tuple[Evaluation, ...]
    _members: dict[tuple[int, int], frozenset[Any] | None] = field(
        default_factory=dict, compare=False
    )

    @classmethod
    def of(
        cls,
        rules: Sequence[mdl.Rule],
        world: World,
        instants: Iterable[datetime],
        data: Random,
    ) -> "Crowd":
        made = []
        for as_of in instants:
            clock = clock_of(world, as_of)
            tables = tables_of(data, world, clock, pools_of(list(rules), clock))
            try:
                made.append(Evaluation(world, tables, as_of))
            except DataFault:
                continue
        return cls(world, tuple(rules), tuple(made))

    def members(self, number: int, rule: mdl.Rule) -> frozenset[Any] | None:
        """Who meets a rule; None where a cell that it reads can't be read."""
        key = (number, id(rule))
        if key not in self._members:
            asked = self.evaluations[number]
            try:
                asked.touch(rule)
                found = (k for k in asked.customers if asked.truth(rule, k))
                self._members[key] = frozenset(found)
            except DataFault:
                self._members[key] = None
        return self._members[key]

    def as_wished(self, wishes: Sequence[Wish]) -> str | None:
        """A customer who is as wished, and from when that is seen."""
        for number, asked in enumerate(self.evaluations):
            left: set[Any] = set(asked.customers)
            for rule, wished in wishes:
                members = self.members(number, rule)
                if members is None:
                    left = set()
                    break
                left = left & members if wished else left - members
            if left:
                return f"customer {min(left)} as of {asked.clock.as_of}"
        return None


def pairs(rules: Sequence[mdl.Rule]) -> Iterator[list[Wish]]:
    """Each rule alone, and each two together, as they stand or negated."""
    for rule in rules:
        yield [(rule, True)]
        yield [(rule, False)]
    for one, other in combinations(rules, 2):
        yield [(one, True), (other, True)]
        yield [(one, True), (other, False)]
        yield [(one, False), (other, True)]


def rules_of(number: int, texts: Iterable[str]) -> list[mdl.Rule]:
    """The rules that some texts are in a world."""
    return [checked(Rules(text), world_of(number)) for text in texts]


def has_arithmetic(rules: Iterable[mdl.Rule]) -> bool:
    return any(isinstance(n, mdl.Arithmetic) for rule in rules for n in walk(rule))


def wrong(wishes: Sequence[Wish], answer: Answer, crowd: Crowd) -> str | None:
    """What shows that an answer is not true; None if nothing does."""
    match answer:
        case Impossible():
            return crowd.as_wished(wishes)
        case Witness():
            made = made_up(crowd.world, answer.all, answer.as_of)
            for rule, wished in wishes:
                members = evaluate(rule, made.world, made.tables, answer.as_of)
                if (answer.key in members) != wished:
                    return f"{answer} is not as wished"
        case Unsure():
            pass
    return None


@dataclass(frozen=True)
class Grown:
    """Rules and their texts, an instant, and the world by its number."""

    number: int
    as_of: datetime
    rules: tuple[mdl.Rule, ...]
    texts: Mapping[int, str]

    def shown(self, wishes: Sequence[Wish]) -> str:
        return "\n".join(
            f"{'is' if wished else 'is not'}: {self.texts[id(rule)]}"
            for rule, wished in wishes
        )

    def answered(self, wishes: Sequence[Wish], always: bool) -> Answer:
        """What reasoning says: whenever one looks if `always`, else at the instant."""
        return ask(wishes, bare(self.number), None if always else self.as_of)


def grown(seed: int, many: int = 4) -> Grown:
    """Random rules of all there is."""
    chance = Random(seed)
    number = chance.randrange(WORLDS)
    as_of = as_of_of(chance)
    world = world_of(number)
    texts = [Rules.of(script(chance, world.catalog, as_of)) for _ in range(many)]
    return _checked(number, as_of, texts)


def windowed(seed: int, many: int = 4) -> Grown:
    """Random rules of a few tests, most of them of one time."""
    chance = Random(seed)
    number = chance.randrange(WORLDS)
    made = _Windows(chance)
    return _checked(number, as_of_of(chance), [Rules(made.rule()) for _ in range(many)])


def _checked(number: int, as_of: datetime, some: Iterable[Rules]) -> Grown:
    rules, texts = [], {}
    for each in some:
        try:
            rule = checked(each, world_of(number))
        except Refused:
            continue
        rules.append(rule)
        texts[id(rule)] = each.text
    return Grown(number, as_of, tuple(rules), texts)


def crowd(grown: Grown, seed: int, instants: int, always: bool) -> Crowd:
    """Customers for some rules; if `always`, as of many instants."""
    data = Random(seed)
    moments = [grown.as_of]
    moments += [as_of_of(data) if always else grown.as_of for _ in range(instants - 1)]
    return Crowd.of(grown.rules, world_of(grown.number), moments, data)


# ---- many windows of one time

_DATES = ("birthdate", "renewal", "raw_day", "joined")
_INSTANTS = ("signup", "seen", "login")
_EVENTS = ("bought", "viewed", "called", "clicked", "signed")
_UNITS = ("day", "day", "day", "week", "month", "quarter", "year")
_SHORT = ("second", "minute", "hour")
_PERIODS = ("day", "week", "month", "quarter", "year", "fiscal quarter", "fiscal year")
_FIXED = (
    "2025", "2024", "2025-03", "2025-02", "2025-03-30", "2025-10-26", "2024-02-29",
    "2025-01-01", "2025-12-31", "2025-06-15", "2025-03-01..2025-03-31", "2025-10",
)  # fmt: skip


class _Windows:
    """Grows texts of rules about one or two times."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.some = chance.choice
        self.kind = self.some(("date", "instant", "event", "event"))
        names = {"date": _DATES, "instant": _INSTANTS, "event": _EVENTS}[self.kind]
        self.name = self.some(names)
        self.dated = self.kind == "date" or self.name in ("called", "signed")

    def rule(self) -> str:
        match self.chance.randrange(6):
            case 0 | 1 | 2:
                return self.test()
            case 3:
                return f"{self.test()} and {self.test()}"
            case 4:
                return f"{self.test()} and not ({self.test()})"
            case _:
                return f"({self.test()}) or ({self.test()})"

    def test(self) -> str:
        if self.kind == "event":
            return self.of_event()
        name = self.name
        match self.chance.randrange(8):
            case 0:
                return self.elapsed(name)
            case 1:
                return self.part(name)
            case 2 if self.chance.randrange(2):
                return f"anniversary of {name} {self.recurring()}"
            case _:
                return f"{name} {self.window(ahead=True)}"

    def of_event(self) -> str:
        name = self.name
        match self.chance.randrange(9):
            case 0:
                return self.elapsed(f"{self.some(('last', 'first'))}({name})")
            case 1:
                pick = self.some(("first", "last", "last", "min", "max"))
                if pick in ("min", "max"):
                    return f"{pick}({name}.time) {self.window()}"
                return f"{pick}({name}).time {self.window()}"
            case 2:
                return f"{name}({self.part('time')})"
            case 3:
                period = self.some(("days", "weeks", "months"))
                return f"{period}({name} {self.window()}) {self.amount()}"
            case 4:
                return f"{name} {self.window()} {self.amount()}"
            case 5:
                return f"{name}(time {self.window()}) {self.window()}"
            case 6:
                return f"{name} {self.window()} and not {name} {self.window()}"
            case _:
                return f"{name} {self.window()}"

    def amount(self) -> str:
        operator = self.some((">=", ">=", "<", "=", "<=", ">"))
        return f"{operator} {self.some((1, 1, 2, 2, 3, 5, 7, 28, 31))}"

    def count(self) -> int:
        return self.some((1, 1, 2, 3, 6, 7, 12, 14, 28, 29, 30, 31, 90, 365))

    def unit(self) -> str:
        dated = self.dated or self.chance.randrange(3)
        return self.some(_UNITS if dated else _SHORT)

    def length(self) -> str:
        unit = self.unit()
        most = {"month": 14, "quarter": 5, "year": 3}.get(unit, 400)
        return f"{min(self.count(), most)} {unit}s"

    def stretch(self) -> str:
        low, high = sorted((self.count(), self.count() + 1))
        return f"{low}..{max(high, low + 1)} {self.some(('days', 'weeks'))}"

    def window(self, ahead: bool = False) -> str:
        match self.chance.randrange(14 if ahead else 11):
            case 0 | 1 | 2:
                return f"in last {self.length()}"
            case 3:
                return f"more than {self.length()} ago"
            case 4:
                return f"{self.stretch()} ago"
            case 5:
                return f"exactly {self.count()} {self.some(('days', 'months'))} ago"
            case 6:
                return self.some(("today", "yesterday"))
            case 7:
                return f"in {self.some(('this', 'last'))} {self.some(_PERIODS[1:])}"
            case 8:
                number = self.some((2, 3, 6))
                return f"in last {number} full {self.some(_PERIODS)}s"
            case 9:
                return f"in {self.some(_FIXED)}"
            case 10:
                side = self.some(("since", "before", "until", "after"))
                return f"{side} {self.some(_FIXED[4:10])}"
            case 11:
                return f"in next {self.length()}"
            case 12:
                return f"more than {self.length()} ahead"
            case _:
                return self.some(("tomorrow", f"in next {self.some(_PERIODS[1:])}"))

    def recurring(self) -> str:
        match self.chance.randrange(3):
            case 0:
                return f"in next {self.some((1, 7, 30))} days"
            case 1:
                return f"exactly {self.some((1, 3, 30))} days ahead"
            case _:
                return self.some(("today", "tomorrow", "in this month"))

    def elapsed(self, value: str) -> str:
        unit = self.unit()
        if unit == "quarter":
            unit = "month"
        operator = self.some((">", ">=", "<", "<=", "="))
        return f"{unit}s since {value} {operator} {self.some((0, 1, 2, 7, 30, 90))}"

    def part(self, value: str) -> str:
        part, most = self.some(
            (("weekday", 7), ("month", 12), ("day", 31), ("quarter", 4), ("year", 0))
        )
        number = self.chance.randrange(1, most + 1) if most else self.some((2024, 2025))
        operator = self.some(("=", "=", ">=", "<"))
        return f"{part} of {value} {operator} {number}"
