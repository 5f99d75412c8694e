"""A claim about rules in, whether it holds out: proved, refuted by a customer, unknown.

A claim is about every customer that the catalog allows, whatever the data, and about
every instant from which one may look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Literal, TypeAlias, get_args

from segql.model import nodes as mdl
from segql.model.extent import walk
from segql.model.world import World
from segql.reason.ask import COMPARED, Impossible, Wish, ask, has_solver
from segql.reason.witness import Witness

Claim: TypeAlias = Literal[
    "empty", "everyone", "equal", "implies", "disjoint", "partition"
]
CLAIMS: tuple[Claim, ...] = get_args(Claim)


@dataclass(frozen=True, slots=True)
class Proved:
    """It holds, if the data keeps to what the catalog lists for the names `assumed`."""

    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuted:
    """It does not: the customer is a member of some rules and not of the others.

    `members` has an answer for each rule, in their order; the reference gave it.
    """

    witness: Witness
    members: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither could be shown; `why` says what stood in the way."""

    why: tuple[str, ...]


Verdict: TypeAlias = Proved | Refuted | Unknown


def prove(
    claim: Claim,
    rules: Sequence[mdl.Rule],
    world: World,
    as_of: datetime | None = None,
    *,
    thorough: bool = True,
    solver: bool = True,
) -> Verdict:
    """Whether a claim holds.

    Args:
        claim: `empty` and `everyone` are about one rule, `equal`, `implies` and
            `disjoint` about two; `partition` says of any number that each customer is
            a member of exactly one.
        as_of: the one instant to look from; by default any.
        thorough: take the time to look from every date of four years, where what
            holds depends on the date.
        solver: ask Z3 what is left open, where the extra `prove` is installed.
    """
    why: dict[str, None] = {}
    for wishes in _against(claim, rules):
        found = ask(wishes, world, as_of, thorough=thorough, solver=solver)
        if isinstance(found, Witness):
            return Refuted(found, members(rules, world, found))
        if not isinstance(found, Impossible):
            why.update(dict.fromkeys(found.why))
            if not found.why:
                why["not everything could be looked at"] = None
    if COMPARED in why and solver and not has_solver():
        why["no solver is here: with `pip install 'segql[prove]'` more is decided"] = (
            None
        )
    return Unknown(tuple(why)) if why else Proved(tuple(_assumed(rules, world)))


def members(
    rules: Sequence[mdl.Rule], world: World, witness: Witness
) -> tuple[bool, ...]:
    """Of which rules a made-up customer is a member, as the reference has it."""
    from segql.reference import Evaluation
    from segql.reference.made import made_up

    made = made_up(world, witness.all, witness.as_of)
    asked = Evaluation(made.world, made.tables, witness.as_of)
    return tuple(asked.truth(rule, witness.key) for rule in rules)


def _against(claim: Claim, rules: Sequence[mdl.Rule]) -> Iterator[list[Wish]]:
    """What each customer would be who refutes a claim."""
    match claim:
        case "empty":
            yield [(rules[0], True)]
        case "everyone":
            yield [(rules[0], False)]
        case "implies":
            yield [(rules[0], True), (rules[1], False)]
        case "equal":
            yield [(rules[0], True), (rules[1], False)]
            yield [(rules[0], False), (rules[1], True)]
        case "disjoint":
            yield [(rules[0], True), (rules[1], True)]
        case "partition":
            for one, other in combinations(rules, 2):
                yield [(one, True), (other, True)]
            yield [(rule, False) for rule in rules]


def _assumed(rules: Sequence[mdl.Rule], world: World) -> Iterator[str]:
    """The names whose values are taken to be those that the catalog lists."""
    found: dict[str, None] = {}
    for rule in rules:
        for node in walk(rule):
            match node:
                case mdl.Attribute(name) if world.catalog.attributes[name].values:
                    found[name] = None
                case mdl.Selection(event, test) if test is not None:
                    properties = world.catalog.events[event].properties
                    for inner in walk(test):
                        if isinstance(inner, mdl.Property):
                            prop = properties.get(inner.name)
                            if prop is not None and prop.values:
                                found[f"{event}.{inner.name}"] = None
                case _:
                    pass
    yield from found
