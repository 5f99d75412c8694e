"""Many segments together have the members that each has alone."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pytest
import servers
from deep import case_of
from differential import Case, checked
from engine_lab import EngineLab
from pyarrow.parquet import ParquetFile
from random_worlds import world as world_of
from servers.running import Running
from test_on_engines import ALL

from segql.batch import distributed
from segql.batch import events as batch_events
from segql.batch import run as batch_run
from segql.batch.run import Run
from segql.diagnostics import SegqlError
from segql.model import nodes as mdl
from segql.model.world import World
from segql.plan.build import build
from segql.plan.nodes import Plan
from segql.plan.shared import share
from segql.project import Project
from segql.reference import Evaluation
from segql.sql.compile import members, text
from segql.sql.dialects import facts
from segql.sql.lower import flags

Ask: TypeAlias = Callable[[str], Running]
SEEDS = range(40)
FEW = {"duckdb": 12, "spark": 1}
"""How many of them are asked where not all are."""


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


def compare(
    lab: EngineLab, case: Case, reading: float, room: int = 1 << 20
) -> set[str]:
    """Asserts that all rules of a case agree; which ways were gone."""
    tables = lab.load(case)
    _, bound = lab.adapted(case.world)
    rules = {str(n): checked(r, world_of(case.world)) for n, r in enumerate(case.rules)}
    rules = sayable(rules, bound, case.as_of, lab.engine.dialect)
    if not rules:
        return set()
    evaluation = Evaluation(bound, tables, case.as_of)
    plan = build(rules, bound, case.as_of)
    shared = share(plan, reading)
    with Run(plan, shared, lab.engine.connection, room=room, bits=3) as run:
        answer = found(run)
    for name, rule in rules.items():
        evaluation.touch(rule)
        wanted = {key for key in evaluation.customers if evaluation.truth(rule, key)}
        assert len(answer[name]) == len(set(answer[name])), name
        assert set(answer[name]) == wanted, case.rules[int(name)].text
    if lab.engine.name in ("duckdb", "spark"):
        compare_beside(lab, plan, rules, evaluation)
    ways = {"plain": shared.plain, "stream": shared.streams}
    ways |= {"grouped": shared.grouped, "apart": shared.apart}
    return {way for way, made in ways.items() if made}


def compare_beside(
    lab: EngineLab, plan: Plan, rules: Mapping[str, mdl.Rule], evaluation: Evaluation
) -> None:
    """All rules as columns of one query."""
    dialect = lab.engine.dialect
    query = flags(plan, [each.rule for each in plan.segments], facts(dialect))
    sql = text(query, dialect, False)
    rows = lab.engine.connection.rows(sql)
    assert len(rows) == len(evaluation.customers)
    for number, rule in enumerate(rules.values(), 1):
        wanted = {key for key in evaluation.customers if evaluation.truth(rule, key)}
        assert {row[0] for row in rows if row[number]} == wanted, rule


@pytest.mark.parametrize("reading", [0, 3])
@pytest.mark.parametrize(
    ("engine", "seed"),
    [
        pytest.param(engine, seed, id=f"{engine}-{seed}")
        for engine in servers.present()
        for seed in (SEEDS if ALL else SEEDS[: FEW.get(engine, 4)])
    ],
)
def test_random(
    engine: str,
    seed: int,
    reading: float,
    running: Ask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_events, "PIECE", 7)
    case = case_of(seed)
    lab = EngineLab(running(engine))
    compare(lab, case, reading, room=0 if seed % 4 == 0 else 1 << 20)


# ---- counts and sums of selections that overlap

CATALOG = """
entity: {table: customers, key: id, zone: Europe/Berlin}
attributes:
  age: integer
  city: text
events:
  did:
    table: deeds
    customer: customer_id
    time: {column: happened_at, type: timestamp, zone: UTC}
    properties:
      kind: text
      size: integer
      amount: decimal(9, 2)
      weight: double
"""
MOMENT = datetime(2025, 6, 1, tzinfo=UTC)
KINDS = ("a", "b", "B", "", "ä", "'")


def tables(chance: Random) -> dict[str, pa.Table]:
    some = range(37)
    keys = [number * 3 - 20 for number in some]
    rows = range(300)

    def either(*cells: Any) -> Any:
        return chance.choice(cells)

    return {
        "customers": pa.table(
            {
                "id": pa.array(keys, pa.int64()),
                "age": pa.array([either(None, 20, 30, 40) for _ in some], pa.int64()),
                "city": pa.array([either(None, "Berlin", "Bonn") for _ in some]),
            }
        ),
        "deeds": pa.table(
            {
                "customer_id": pa.array(
                    [either(None, 4711, -19, *keys[::2]) for _ in rows], pa.int64()
                ),
                "happened_at": pa.array(
                    [
                        MOMENT - timedelta(hours=either(-5, 0, 1, 24, 48, 100, 900))
                        if chance.random() < 0.95
                        else None
                        for _ in rows
                    ],
                    pa.timestamp("us"),
                ).cast(pa.timestamp("us")),
                "kind": pa.array([either(None, *KINDS) for _ in rows]),
                "size": pa.array([either(None, -2, 0, 1, 5) for _ in rows], pa.int64()),
                "amount": pa.array(
                    [
                        either(None, *map(Decimal, ("-1.50", "0.00", "0.01", "9.99")))
                        for _ in rows
                    ],
                    pa.decimal128(9, 2),
                ),
                "weight": pa.array(
                    [either(None, 0.5, 1e17, -3.0) for _ in rows], pa.float64()
                ),
            }
        ),
    }


def single_of(chance: Random) -> str:
    quoted = [f'"{kind}"' for kind in KINDS]
    return chance.choice(
        (
            f"kind = {chance.choice(quoted)}",
            f"kind != {chance.choice(quoted)}",
            f"kind in ({', '.join(chance.sample(quoted, 2))})",
            f"not kind = {chance.choice(quoted)}",
            'kind starts with "a"',
            "kind is missing",
            f"size {chance.choice(('>', '>=', '<', '<=', '=', '!='))}"
            f" {chance.choice((-2, 0, 1, 5))}",
            f"amount {chance.choice(('>', '>=', '<', '<='))}"
            f" {chance.choice(('-1.5', '0', '0.005', '9.99'))}",
            "amount 0..1",
            "weight = 0.5",
            "weight > 0.25",
        )
    )


def rule_of(chance: Random) -> str:
    tests = [single_of(chance) for _ in range(chance.randrange(3))]
    joined = chance.choice((" and ", " or ")).join(f"({each})" for each in tests)
    inner = f"({joined})" if joined else ""
    window = chance.choice(
        ("", " in last 2 days", " in last 30 days", " before 2025-05-31")
    )
    figure = chance.choice(
        (
            f"did{inner}{window}",
            f"did{inner}{window}",
            f"sum(did{inner}.amount{window})",
            f"sum(did{inner}.size{window})",
            f"sum(did{inner}.weight{window})",
            f"avg(did{inner}.amount{window})",
            f"max(did{inner}.size{window})",
        )
    )
    sign = chance.choice((">=", ">", "<", "<=", "=", "!="))
    bound = chance.choice(("0", "1", "2", "3.5", "-1.5", "9_999_999_999_999_999_999"))
    return f"{figure} {sign} {bound}"


def whole_of(chance: Random) -> str:
    parts = [rule_of(chance) for _ in range(chance.randrange(1, 4))]
    parts += chance.sample(("age >= 30", 'city = "Bonn"', "age is missing"), 1)
    turned = [f"not ({each})" if chance.random() < 0.2 else each for each in parts]
    word = chance.choice((" and ", " or "))
    if chance.random() < 0.2:
        return f"at least 2 of ({', '.join(turned)})"
    return word.join(f"({each})" for each in turned)


def written(folder: Path, rules: Mapping[str, str]) -> Project:
    (folder / "segments").mkdir()
    (folder / "catalog.yaml").write_text(CATALOG, encoding="utf-8")
    settings = "connection: {engine: duckdb, database: none}\n"
    (folder / "segql.yaml").write_text(settings, encoding="utf-8")
    for name, rule in rules.items():
        file = folder / "segments" / f"{name}.seg"
        file.write_text(rule + "\n", encoding="utf-8")
    return Project.load(folder)


@pytest.mark.parametrize("reading", [0, 1000])
@pytest.mark.parametrize(
    ("engine", "seed"),
    [
        pytest.param(engine, seed, id=f"{engine}-{seed}")
        for engine in servers.present()
        for seed in range(4 if engine == "duckdb" else 1)
    ],
)
def test_overlapping_selections(
    engine: str,
    seed: int,
    reading: float,
    running: Ask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_events, "PIECE", 50)
    monkeypatch.setattr(batch_run, "MOST_FLAGS", 2)
    chance = Random(seed)
    rules = {f"s{number:02}": whole_of(chance) for number in range(40)}
    rules["again"] = "in segment s00 and not in segment s01"
    project = written(tmp_path, rules)
    here = running(engine)
    content = tables(chance)
    here.warehouse.load(content)
    here.holder = test_overlapping_selections
    every = project.together(as_of=MOMENT).on(here.connection)
    shared = share(every.plan, reading)
    assert bool(shared.streams) is (reading == 0)
    rows = {name: each.to_pylist() for name, each in content.items()}
    evaluation = Evaluation(project.world, rows, MOMENT)
    with Run(every.plan, shared, here.connection, bits=4) as run:
        answer = found(run)
    for segment in every.segments:
        evaluation.touch(segment.rule)
        wanted = {k for k in evaluation.customers if evaluation.truth(segment.rule, k)}
        assert set(answer[segment.name]) == wanted, segment.text
        alone = list(segment.members(here.connection))
        assert sorted(alone) == sorted(answer[segment.name]), segment.text


@pytest.mark.parametrize("engine", [e for e in servers.present() if e == "spark"])
def test_written_by_executors(
    engine: str, running: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In several jobs, each of which adds to the same folder."""
    monkeypatch.setattr(distributed, "TOGETHER", 15)
    chance = Random(5)
    rules = {f"s{number:02}": whole_of(chance) for number in range(40)}
    project = written(tmp_path, rules)
    here = running(engine)
    here.warehouse.load(tables(chance))
    here.holder = test_written_by_executors
    every = project.together(as_of=MOMENT).on(here.connection)
    sizes = every.write_distributed(str(tmp_path / "out"))
    with Run(every.plan, every.shared, here.connection) as run:
        wanted = found(run)
    assert sizes == {name: len(keys) for name, keys in wanted.items()}
    for name, keys in wanted.items():
        files = (tmp_path / "out" / f"segment={name}").glob("*.parquet")
        held = [k for file in files for k in ParquetFile(file).read()["id"].to_pylist()]
        assert sorted(held) == sorted(keys), name
    again = every.write_distributed(str(tmp_path / "out"))
    assert again == sizes, "what was written so may be replaced"


def test_other_engines_write_here(tmp_path: Path) -> None:
    project = written(tmp_path, {"all": "age > 3"})
    with duckdb.connect(str(tmp_path / "none")) as connection:
        for name, content in tables(Random(1)).items():
            connection.register("given", content)
            connection.execute(f"CREATE TABLE {name} AS FROM given")
    with pytest.raises(SegqlError) as caught:
        project.together(as_of=MOMENT).write_distributed(str(tmp_path / "out"))
    assert caught.value.diagnostics[0].code == "E705"
