"""Checked rules to one plan: resolved, split into conjuncts, measures gathered."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from segql.model import nodes as mdl
from segql.model.windows import Clock
from segql.model.world import World
from segql.plan.nodes import Plan, Segment
from segql.plan.resolve import Resolver
from segql.plan.values import measures_of


def build(rules: Mapping[str, mdl.Rule], world: World, as_of: datetime) -> Plan:
    """One plan for any number of checked rules."""
    entity = world.catalog.entity
    clock = Clock(as_of, entity.zone, entity.week_starts, entity.fiscal_year_starts)
    resolver = Resolver(clock, world.catalog)
    filters = {name: resolver.rule(each, True) for name, each in world.filters.items()}
    world = replace(world, filters=filters)
    segments = []
    for name, rule in rules.items():
        formula = resolver.rule(rule, True)
        segments.append(segment(name, formula))
    return Plan(world, clock, tuple(segments))


def segment(name: str, formula: mdl.Rule) -> Segment:
    """A resolved rule as a segment of a plan."""
    conjuncts = formula.terms if isinstance(formula, mdl.And) else (formula,)
    measures = dict.fromkeys(m for term in conjuncts for m in measures_of(term))
    return Segment(name, conjuncts, tuple(measures))
