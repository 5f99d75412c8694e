"""Rules and rows in, what the reference and DuckDB disagree about out.

A `Case` is everything that decides an answer. `Lab.differences` runs its rules both
ways; `reduced` makes a case smaller for as long as they still disagree.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

import duckdb
from random_cells import pools_of
from random_data import tables_of
from random_rules import Script, script
from random_worlds import TEXT_KEY, types_of, world
from warehouse_of import Tables, connect, warehouse_of

from segql.diagnostics import Report, render
from segql.model import nodes as mdl
from segql.model.check_file import Meaning, check, check_file
from segql.model.scope import Named, NoSegments
from segql.model.windows import Clock
from segql.model.world import World
from segql.plan.build import build
from segql.reference import DataFault, Evaluation
from segql.source import Source, Span
from segql.sql.compile import members, size, text
from segql.sql.lower import lower
from segql.sql.speech import Facts
from segql.syntax import definitions as defs
from segql.syntax import nodes as syn
from segql.syntax.parse import parse
from segql.syntax.print_file import print_definition
from segql.types import Boolean, Date, Exact, Text

_WAYS = 4
REFUSED = frozenset(["E401", "E402"])
"""What the checker may say of a rule that was grown: too wide, too large."""


@dataclass(frozen=True)
class Rules:
    """The text of a definition, its parameters, and the files beside it."""

    text: str
    params: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, made: Script) -> "Rules":
        return cls(
            print_definition(made.definition),
            made.params,
            {name: print_definition(each) for name, each in made.files.items()},
        )


@dataclass(frozen=True)
class Case:
    """A world by its number, an instant, rules, and the rows of every table."""

    world: int
    as_of: datetime
    rules: tuple[Rules, ...]
    tables: Tables

    def __str__(self) -> str:
        rules = "\n".join(
            f"---- rule {each.params or ''} {each.files or ''}\n{each.text}"
            for each in self.rules
        )
        rows = "\n".join(
            f"{name}: {_known(row)}"
            for name, rows in self.tables.items()
            for row in rows
        )
        return f"world {self.world} as of {self.as_of}\n{rows}\n{rules}"


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: cell for column, cell in row.items() if cell is not None}


class _Files(NoSegments):
    """The files beside a definition, each checked once, when it is asked for."""

    def __init__(self, world: World, texts: Mapping[str, str]) -> None:
        self.world = world
        self.meaning = cache(self._meaning)
        self.trees = {name: _tree(text) for name, text in texts.items()}

    def _meaning(self, file: str) -> tuple[Meaning, Report]:
        report = Report(self.trees[file][0])
        return check_file(
            self.trees[file][1], self.world, report, segments=self, file=file
        ), report

    def rule(self, name: str, span: Span, report: Report) -> mdl.Rule | None:
        file, _, part = name.partition(".")
        meaning, inner = self.meaning(file)
        for error in inner.errors:
            report.add(error)
        return meaning.parts.get(part) if part else meaning.rule

    def shared(self) -> Mapping[str, str]:
        return {
            each.name.name: file
            for file, (_, tree) in self.trees.items()
            if tree.rule is None and not tree.parts
            for each in tree.declarations
        }

    def let(self, name: str, span: Span, report: Report) -> Named:
        meaning, inner = self.meaning(self.shared()[name])
        for error in inner.errors:
            report.add(error)
        return replace(meaning.lets.get(name, Named(None, 0)), shared=True)


def _tree(text: str) -> tuple[Source, defs.Definition]:
    source = Source(text)
    report = Report(source)
    tree = parse(source, report)
    if tree is None:
        text = "\n".join(map(render, report.diagnostics))
        raise AssertionError(f"a file that was grown cannot be read:\n{text}")
    return source, tree


class Refused(Exception):
    """A rule that the checker does not let through."""


def checked(rules: Rules, bound: World) -> mdl.Rule:
    """What a definition means; kept with it, as it is asked for more than once."""
    known = vars(rules).setdefault("checked", {})
    if id(bound) not in known:
        known[id(bound)] = _checked(rules, bound)
    found: mdl.Rule = known[id(bound)]
    return found


def _checked(rules: Rules, bound: World) -> mdl.Rule:
    source = Source(rules.text)
    report = Report(source)
    tree = parse(source, report)
    segments = _Files(bound, rules.files)
    rule = tree and check(tree, bound, report, params=rules.params, segments=segments)
    if rule is None or not report.ok:
        if not {error.code for error in report.errors} <= REFUSED:
            text = "\n".join(map(render, report.diagnostics))
            raise AssertionError(f"a rule that was grown is refused:\n{text}")
        raise Refused
    return rule


def clock_of(bound: World, as_of: datetime) -> Clock:
    entity = bound.catalog.entity
    return Clock(as_of, entity.zone, entity.week_starts, entity.fiscal_year_starts)


def grown(
    chance: Random, data: Random, number: int, as_of: datetime, many: int
) -> Case:
    """A case with so many rules, less those that are refused."""
    bound = world(number)
    kept, rules = [], []
    for _ in range(many):
        made = Rules.of(script(chance, bound.catalog, as_of))
        try:
            rules.append(checked(made, bound))
        except Refused:
            continue
        kept.append(made)
    clock = clock_of(bound, as_of)
    tables = tables_of(data, bound, clock, pools_of(rules, clock))
    return Case(number, as_of, tuple(kept), tables)


def telling(case: Case) -> Case:
    """A case with those rules that some customers fit and others don't, and a few more.

    What is true of all or of none is true in most wrong ways, too.
    """
    bound = world(case.world)
    evaluation = Evaluation(bound, case.tables, case.as_of)
    kept = []
    for number, each in enumerate(case.rules):
        rule = checked(each, bound)
        try:
            evaluation.touch(rule)
            truths = {evaluation.truth(rule, key) for key in evaluation.customers}
        except DataFault:
            return case
        if len(truths) == 2 or number % 5 == 0:
            kept.append(each)
    return replace(case, rules=tuple(kept))


class Lab:
    """A warehouse in memory that holds one case after the other."""

    def __init__(self, zone: str = "Asia/Kathmandu") -> None:
        self.connection = connect(zone)
        self.loaded: dict[str, Any] = {}
        self.world = -1

    def load(self, case: Case) -> None:
        """Brings in the tables that are not there from the case before."""
        if self.world != case.world:
            self.loaded, self.world = {}, case.world
        new = {
            name: rows
            for name, rows in case.tables.items()
            if self.loaded.get(name) is not rows
        }
        bound = world(case.world)
        warehouse_of(bound.catalog, new, self.connection, types_of(bound))
        self.loaded.update(new)

    def differences(self, case: Case) -> Iterator[tuple[int, str]]:
        """Each rule, by its place, about which the two sides disagree, and how."""
        bound = world(case.world)
        self.load(case)
        evaluation = Evaluation(bound, case.tables, case.as_of)
        meanings = {str(n): checked(each, bound) for n, each in enumerate(case.rules)}
        for number, rule in enumerate(meanings.values()):
            # Alone, a rule is asked for in every way; among others in one or two.
            ways = range(_WAYS) if len(meanings) == 1 else (number % _WAYS,)
            found = self.difference(rule, bound, evaluation, case.as_of, ways)
            if found is None and len(meanings) > 1 and number == len(meanings) - 1:
                found = self.together(meanings, bound, evaluation, case.as_of)
            if found is not None:
                yield number, found

    def difference(
        self,
        rule: mdl.Rule,
        bound: World,
        evaluation: Evaluation,
        as_of: datetime,
        ways: Iterable[int] = (),
    ) -> str | None:
        """How the two sides differ, if they do.

        Of the further ways, one counts members, and one is SQL without anything that
        not all dialects have.
        """
        evaluation.touch(rule)
        wanted = {key for key in evaluation.customers if evaluation.truth(rule, key)}
        sql = ""
        try:
            plan = build({"rule": rule}, bound, as_of)
            [segment] = plan.segments
            sql = members(plan, segment)
            answers = [self._keys(sql)]
            if 1 in ways:
                sql = text(lower(plan, segment, Facts(), ()), "duckdb", False)
                answers.append(self._keys(sql))
            count = len(wanted)
            if 2 in ways:
                sql = size(plan, segment)
                [(count,)] = self.connection.execute(sql).fetchall()
        except duckdb.Error as error:
            return f"DuckDB: {error}\n{sql}"
        except Exception as error:
            return f"compiler: {type(error).__name__}: {error}"
        for found in answers:
            if len(found) != len(set(found)) or set(found) != wanted:
                return f"reference {sorted(wanted)}, DuckDB {sorted(found)}\n{sql}"
        if count != len(wanted):
            return f"reference {len(wanted)}, DuckDB counts {count}\n{sql}"
        return None

    def _keys(self, sql: str) -> list[Any]:
        return [key for (key,) in self.connection.execute(sql).fetchall()]

    def together(
        self,
        rules: Mapping[str, mdl.Rule],
        bound: World,
        evaluation: Evaluation,
        as_of: datetime,
    ) -> str | None:
        """The last of several rules in one plan, with attributes, and limited."""
        *_, rule = rules.values()
        wanted = [k for k in sorted(evaluation.customers) if evaluation.truth(rule, k)]
        shown = shown_attributes(bound, wanted, str(rule))
        for each in shown.values():
            evaluation.touch(mdl.IsMissing(each))
        try:
            plan = build(rules, bound, as_of)
            sql = members(plan, plan.segments[-1], attributes=list(shown), limit=3)
            found = self.connection.execute(sql).fetchall()
        except duckdb.Error as error:
            return f"DuckDB: {error}\n{sql}"
        cells = [
            (key, *(evaluation.value(each, key) for each in shown.values()))
            for key in wanted[:3]
        ]
        if found != cells:
            return f"reference {cells}, DuckDB {found}\n{sql}"
        return None

    def disagrees(self, case: Case) -> bool:
        """Whether the first rule of a case is still answered in two ways."""
        try:
            return next(self.differences(case), None) is not None
        except (Refused, AssertionError, DataFault):
            return False


def shown_attributes(
    bound: World, members: Sequence[Any], rule: str
) -> dict[str, mdl.Attribute]:
    """Two attributes to show beside the members of a rule, by chance."""
    attributes = bound.catalog.attributes
    plain = [name for name in attributes if _shown_as_it_is(bound, name)]
    shown = (plain[len(rule) % len(plain)], plain[len(members)])
    return {name: mdl.Attribute(name, attributes[name].column.type) for name in shown}


def _shown_as_it_is(bound: World, name: str) -> bool:
    """Whether DuckDB gives the values of an attribute as the reference has them."""
    return isinstance(
        bound.catalog.attributes[name].column.type, Text | Boolean | Exact | Date
    )


# ---- smaller cases


def reduced(case: Case, disagrees: Callable[[Case], bool], tries: int = 3000) -> Case:
    """A smaller case that is still answered in two ways.

    Rows go, then parts of the rule, then cells become missing, until nothing helps.
    """
    left = tries

    def still(smaller: Case) -> bool:
        nonlocal left
        left -= 1
        return left > 0 and disagrees(smaller)

    size = None
    while size != (size := _weight(case)) and left > 0:
        case = _smaller_rule(case, still)
        case = _fewer_rows(case, still)
        case = _fewer_cells(case, still)
    return case


def _weight(case: Case) -> tuple[int, int, int]:
    cells = sum(
        sum(cell is not None for cell in row.values())
        for rows in case.tables.values()
        for row in rows
    )
    rows = sum(map(len, case.tables.values()))
    return sum(len(each.text) for each in case.rules), rows, cells


def _fewer_rows(case: Case, still: Callable[[Case], bool]) -> Case:
    for name in case.tables:
        step = len(case.tables[name])
        while step:
            at = 0
            while at < len(case.tables[name]):
                rows = list(case.tables[name])
                del rows[at : at + step]
                smaller = replace(case, tables={**case.tables, name: rows})
                if still(smaller):
                    case = smaller
                else:
                    at += step
            step //= 2
    return case


def _fewer_cells(case: Case, still: Callable[[Case], bool]) -> Case:
    for name, rows in case.tables.items():
        for number in range(len(rows)):
            for column, cell in rows[number].items():
                if cell is None or column in ("id", "ident", TEXT_KEY):
                    continue
                row = {**case.tables[name][number], column: None}
                changed = list(case.tables[name])
                changed[number] = row
                smaller = replace(case, tables={**case.tables, name: changed})
                if still(smaller):
                    case = smaller
    return case


def _smaller_rule(case: Case, still: Callable[[Case], bool]) -> Case:
    [rules] = case.rules
    again = True
    while again:
        again = False
        report = Report()
        tree = parse(Source(rules.text), report)
        assert tree is not None
        for smaller in _simpler(tree):
            if not isinstance(smaller, defs.Definition):
                continue
            try:
                text = print_definition(smaller)
            except (AssertionError, AttributeError, TypeError):
                # a node where none of its kind can stand
                continue
            if len(text) >= len(rules.text):
                continue
            tried = replace(case, rules=(replace(rules, text=text),))
            if _fine(tried) and still(tried):
                case, rules, again = tried, tried.rules[0], True
                break
    return case


def _fine(case: Case) -> bool:
    try:
        checked(case.rules[0], world(case.world))
    except (Refused, AssertionError):
        return False
    return True


_SMALL = (syn.Population(True), syn.Number(1), syn.Text("a"))


def _simpler(node: syn.Node) -> Iterator[syn.Node]:
    """The tree with one of its parts left out, or replaced by something below it."""
    for each in fields(node):
        part = getattr(node, each.name)
        if isinstance(part, syn.Node):
            if not isinstance(node, defs.Definition | defs.Param | defs.Let | syn.Call):
                yield part
            if isinstance(node, defs.Definition) and each.name == "header":
                yield replace(node, header=None)
            if each.name == "rule":
                for inner in syn.children(part):
                    yield replace(node, rule=inner)
            else:
                for inner in syn.children(part):
                    yield replace(node, **{each.name: inner})
            for smaller in _simpler(part):
                yield replace(node, **{each.name: smaller})
        elif isinstance(part, tuple):
            for number, item in enumerate(part):
                if not isinstance(item, syn.Node):
                    continue
                rest = part[:number] + part[number + 1 :]
                if rest or isinstance(node, syn.Call | defs.Definition):
                    yield replace(node, **{each.name: rest})
                for smaller in [*syn.children(item), *_simpler(item)]:
                    new = (*part[:number], smaller, *part[number + 1 :])
                    yield replace(node, **{each.name: new})
