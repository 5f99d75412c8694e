"""Rules and rows in, what the reference and a running engine disagree about out.

As `differential.Lab`, on any engine and by way of segql's own connection. What the
dialect refuses to compile is counted, and never counts as answered.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from unittest import mock

from adapted import Adapted
from differential import Case, Refused, checked, shown_attributes
from random_worlds import types_of, world
from servers.running import Answer, Running
from sqlglot import exp

from segql.diagnostics import SegqlError, render
from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.build import build
from segql.plan.nodes import Plan, Segment
from segql.reference import DataFault, Evaluation
from segql.sql import compile
from segql.sql.compile import members, size
from segql.sql.portable import Portable
from segql.sql.speech import Speech

_WAYS = 4
_SHOWN = 5000


REFUSALS = {
    "E405": "has no exact way to say this: ",
    "E542": "",
}
"""What an engine may refuse, and after which words of the message it is named."""


_VERSION = re.compile(r" \d+(\.\d+)+")
"""What is refused by one version of an engine is refused by the next."""


def refusal(error: SegqlError) -> str | None:
    """What of a rule an engine can't do; None if something else is wrong."""
    [first, *_] = error.diagnostics
    if first.code not in REFUSALS:
        return None
    before = REFUSALS[first.code]
    what = first.message.rpartition(before)[2] if before else first.message
    return f"{first.code} {_VERSION.sub('', what)}"


class _Unsupported(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(f"sqlglot: {record.getMessage()}")


@contextmanager
def watched() -> Iterator[set[str]]:
    """Yields the constructs that are compiled meanwhile, of those dialects differ in.

    What sqlglot cannot write in a dialect, and writes nevertheless, is an error.
    """
    seen: set[str] = set()

    def spoken(query: exp.Query, speech: Speech) -> exp.Query:
        seen.update(each.construct for each in query.find_all(Portable))
        return speak(query, speech)

    log, handler, speak = logging.getLogger("sqlglot"), _Unsupported(), compile.spoken
    log.addHandler(handler)
    try:
        with mock.patch.object(compile, "spoken", spoken):
            yield seen
    finally:
        log.removeHandler(handler)


@dataclass
class Question:
    """A query, and what its answer must be."""

    number: int
    sql: str
    wanted: list[tuple[Any, ...]]
    ordered: bool = False
    constructs: Set[str] = frozenset()

    def refused(self, answer: Answer) -> str | None:
        return refusal(answer) if isinstance(answer, SegqlError) else None

    def wrong(self, answer: Answer) -> str | None:
        sql = self.sql if len(self.sql) < _SHOWN else f"{self.sql[:_SHOWN]} …"
        if isinstance(answer, SegqlError):
            said = "\n".join(map(render, answer.diagnostics))
            return f"wanted {self.wanted}, but\n{said}\n{sql}"
        found = answer if self.ordered else sorted(answer, key=repr)
        wanted = self.wanted if self.ordered else sorted(self.wanted, key=repr)
        return None if found == wanted else f"reference {wanted}, engine {found}\n{sql}"


@dataclass
class Tally:
    """What was asked: how often answered alike, how often refused, and why.

    `constructs` are those of the questions that were answered alike.
    """

    agreed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    constructs: set[str] = field(default_factory=set)

    def agree(self, question: Question) -> None:
        self.agreed += 1
        self.constructs |= question.constructs


class EngineLab:
    """A running engine that holds one case after the other."""

    def __init__(self, engine: Running) -> None:
        self.engine = engine
        self.tally = Tally()
        self.loaded: dict[str, Any] = {}
        self.world = -1
        self.worlds: dict[int, tuple[Adapted, World]] = {}

    def adapted(self, number: int) -> tuple[Adapted, World]:
        if number not in self.worlds:
            bound = world(number)
            adapted = self.engine.adapted(bound.catalog)
            self.worlds[number] = adapted, World(adapted.catalog, bound.filters)
        return self.worlds[number]

    def load(self, case: Case) -> Mapping[str, list[dict[str, Any]]]:
        """Brings in the tables that are not there from the case before."""
        if self.engine.holder is not self or self.world != case.world:
            self.engine.holder = self
            self.loaded, self.world = {}, case.world
        adapted, bound = self.adapted(case.world)
        new = {
            name: rows
            for name, rows in case.tables.items()
            if name not in self.loaded or self.loaded[name][0] is not rows
        }
        changed = adapted.tables(new)
        types = adapted.types(types_of(world(case.world)))
        self.engine.load(bound.catalog, changed, types)
        self.loaded |= {name: (rows, changed[name]) for name, rows in new.items()}
        return {name: self.loaded[name][1] for name in case.tables}

    def differences(self, case: Case) -> Iterator[tuple[int, str]]:
        """Each rule, by its place, about which the two sides disagree, and how."""
        tables = self.load(case)
        _, bound = self.adapted(case.world)
        asked = _Asked(case, bound, Evaluation(bound, tables, case.as_of), self)
        for questions in (asked.members, asked.sizes, asked.shown):
            sqls = [each.sql for each in questions]
            for each, answer in zip(questions, self.engine.ask(sqls), strict=True):
                if why := each.refused(answer):
                    self.tally.refused[why] += 1
                elif wrong := each.wrong(answer):
                    asked.wrong.setdefault(each.number, wrong)
                else:
                    self.tally.agree(each)
        yield from sorted(asked.wrong.items())

    def disagrees(self, case: Case) -> bool:
        """Whether the first rule of a case is still answered in two ways."""
        try:
            return next(self.differences(case), None) is not None
        except (Refused, AssertionError, DataFault):
            return False


@dataclass
class _Asked:
    """The questions of a case."""

    case: Case
    bound: World
    evaluation: Evaluation
    lab: EngineLab
    wrong: dict[int, str] = field(default_factory=dict)

    @cached_property
    def rules(self) -> dict[str, Any]:
        bound = world(self.case.world)
        return {str(n): checked(each, bound) for n, each in enumerate(self.case.rules)}

    def wanted(self, number: int) -> list[Any]:
        rule = self.rules[str(number)]
        self.evaluation.touch(rule)
        keys = self.evaluation.customers
        return sorted(key for key in keys if self.evaluation.truth(rule, key))

    @cached_property
    def plans(self) -> dict[int, Plan]:
        found = {}
        for number, rule in enumerate(self.rules.values()):
            try:
                found[number] = build({"rule": rule}, self.bound, self.case.as_of)
            except Exception as error:
                self.wrong[number] = f"compiler: {type(error).__name__}: {error}"
        return found

    @cached_property
    def members(self) -> list[Question]:
        found = []
        for number, plan in self.plans.items():
            wanted = [(key,) for key in self.wanted(number)]
            found += self.question(number, members, plan, wanted)
        return found

    @cached_property
    def sizes(self) -> list[Question]:
        """Of one rule in four its members are counted; of a rule alone always."""
        found = []
        for number, plan in self.plans.items():
            if len(self.rules) == 1 or number % _WAYS == 2:
                wanted = [(len(self.wanted(number)),)]
                found += self.question(number, size, plan, wanted)
        return found

    @cached_property
    def shown(self) -> list[Question]:
        """The last of several rules in one plan, with attributes, and limited."""
        number = len(self.rules) - 1
        if number < 1 or len(self.plans) < len(self.rules):
            return []
        keys = self.wanted(number)
        shown = shown_attributes(self.bound, keys, str(self.rules[str(number)]))
        for each in shown.values():
            self.evaluation.touch(mdl.IsMissing(each))
        wanted = [
            (key, *(self.evaluation.value(each, key) for each in shown.values()))
            for key in keys[:3]
        ]
        plan = build(self.rules, self.bound, self.case.as_of)
        more = {"attributes": list(shown), "limit": 3}
        return self.question(number, members, plan, wanted, **more)

    def question(
        self, number: int, write: Any, plan: Plan, wanted: Sequence[Any], **more: Any
    ) -> list[Question]:
        segment: Segment = plan.segments[-1]
        try:
            with watched() as seen:
                sql = write(plan, segment, self.lab.engine.dialect, **more)
        except SegqlError as error:
            why = refusal(error)
            if why is None:
                self.wrong.setdefault(number, "\n".join(map(render, error.diagnostics)))
            elif write is members and not more:
                self.lab.tally.refused[why] += 1
            return []
        except Exception as error:
            found = f"compiler: {type(error).__name__}: {error}"
            self.wrong.setdefault(number, found)
            return []
        return [Question(number, sql, list(wanted), bool(more), seen)]
