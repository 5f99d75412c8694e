"""Many segments together have the members that each has alone."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import pytest
import servers
from deep import case_of
from differential import Case, checked
from engine_lab import EngineLab
from random_worlds import world as world_of
from servers.running import Running
from test_on_engines import ALL, marks

from segql.batch import events as batch_events
from segql.batch.run import Run
from segql.diagnostics import SegqlError
from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.build import build
from segql.plan.shared import share
from segql.reference import Evaluation
from segql.sql.compile import members

Ask: TypeAlias = Callable[[str], Running]
SEEDS = range(40)


def found(run: Run) -> dict[str, list[Any]]:
    """The members of each segment."""
    every: dict[str, list[Any]] = {name: [] for name in run.shared.segments}
    for each in run.slices():
        for name in every:
            keys = each.keys.take(each.numbers(name)).to_pylist()
            assert len(keys) == each.count(name)
            every[name] += keys
    return every


def sayable(
    rules: Mapping[str, mdl.Rule], bound: World, as_of: datetime, dialect: str
) -> dict[str, mdl.Rule]:
    """The rules that a dialect can say."""
    kept = {}
    for name, rule in rules.items():
        plan = build({name: rule}, bound, as_of)
        try:
            members(plan, plan.segments[0], dialect)
        except SegqlError:
            continue
        kept[name] = rule
    return kept


def compare(lab: EngineLab, case: Case, stream_from: int) -> set[str]:
    """Asserts that all rules of a case agree; which ways were gone."""
    tables = lab.load(case)
    _, bound = lab.adapted(case.world)
    rules = {str(n): checked(r, world_of(case.world)) for n, r in enumerate(case.rules)}
    rules = sayable(rules, bound, case.as_of, lab.engine.dialect)
    if not rules:
        return set()
    evaluation = Evaluation(bound, tables, case.as_of)
    plan = build(rules, bound, case.as_of)
    shared = share(plan, stream_from)
    with Run(plan, shared, lab.engine.connection) as run:
        answer = found(run)
    for name, rule in rules.items():
        evaluation.touch(rule)
        wanted = {key for key in evaluation.customers if evaluation.truth(rule, key)}
        assert len(answer[name]) == len(set(answer[name])), name
        assert set(answer[name]) == wanted, case.rules[int(name)].text
    ways = {"plain": shared.plain, "stream": shared.streams}
    ways |= {"grouped": shared.grouped, "apart": shared.apart}
    return {way for way, made in ways.items() if made}


@pytest.mark.parametrize("stream_from", [1, 4])
@pytest.mark.parametrize(
    ("engine", "seed"),
    [
        pytest.param(engine, seed, marks=marks(engine), id=f"{engine}-{seed}")
        for engine in servers.present()
        for seed in (SEEDS if ALL or engine == "duckdb" else SEEDS[:8])
    ],
)
def test_random(
    engine: str,
    seed: int,
    stream_from: int,
    running: Ask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_events, "PIECE", 7)
    case = case_of(seed)
    lab = EngineLab(running(engine))
    compare(lab, case, stream_from)
