"""Made-up customers in a query: each engine finds whom the reference finds."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
import servers
from differential import checked, grown
from random_moments import as_of_of
from random_worlds import WORLDS
from random_worlds import world as world_of
from servers.running import Engines, Running
from told import finite, told

from segql.diagnostics import SegqlError
from segql.engines import Connection
from segql.insight.on_engine import on_engine
from segql.insight.trial import tried_file
from segql.library import Library
from segql.model import nodes as mdl
from segql.reference import Evaluation, evaluate
from segql.reference.made import made_up
from segql.sql.made import members_of

ENGINES = [
    each for each in ("duckdb", "sqlite", "postgres") if each in servers.present()
]


def empty(engine: Running) -> Connection:
    """A warehouse that has none of the tables that rules name."""
    engine.holder = None
    engine.warehouse.load({"nothing": pa.table({"x": [1]})})
    return engine.connection


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", range(0, WORLDS, 8))
def test_random_customers_in_a_query(
    engine: str, number: int, running: Engines
) -> None:
    chance, bound = Random(number + 100), world_of(number)
    as_of = as_of_of(chance)
    case = grown(chance, Random(number + 1), number, as_of, 30)
    people = list(told(Evaluation(bound, case.tables, as_of)).values())[:12]
    made = made_up(bound, list(map(finite, people)), as_of)
    connection = empty(running(engine))
    asked = refused = 0
    for rules in case.rules:
        rule = checked(rules, bound)
        wanted = evaluate(rule, made.world, made.tables, as_of)
        try:
            sql = members_of(rule, made.world, made.tables, as_of, connection.dialect)
            found = connection.rows(sql)
        except SegqlError as error:
            assert {each.code for each in error.diagnostics} == {"E405"}, (
                f"{error}\n{rules.text}"
            )
            refused += 1
            continue
        assert {key for (key,) in found} == wanted, f"{rules.text}\n{sql}"
        asked += 1
    assert asked > 10 * refused


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_that_differs_is_told(
    engine: str, running: Engines, tmp_path: Path
) -> None:
    """What the reference found is turned round: then every engine says otherwise."""
    text = 'where age >= 18\nexample "A" in (age = 18)\nexample out ()\n'
    path = tmp_path / "adults.seg"
    path.write_text(text, encoding="utf-8")
    library = Library.of(world_of(0), tmp_path)
    found = tried_file(path, library)
    connection = empty(running(engine))
    assert on_engine(found, library, connection).found == ("in", "out")
    first, second = found.trials
    wrong = replace(found, trials=(replace(first, found="out"), second))
    there = on_engine(wrong, library, connection)
    assert [each.code for each in there.differences] == ["E802"]
    assert "`A` is out by the rule's meaning, and in on" in there.differences[0].message
    assert not there.ok


@pytest.mark.parametrize("engine", ENGINES)
def test_partitions_and_ranks_on_an_engine(
    engine: str, running: Engines, tmp_path: Path
) -> None:
    """Each example stands alone there, too: the first of one is always the first."""
    text = (
        "partition tiers\n"
        "segment best where top 50% by income\nsegment old where age >= 60\nelse rest\n"
        "example in best (income = 3)\nexample in best (income = 1)\n"
        "example in old (age = 60)\nexample in rest ()\n"
    )
    path = tmp_path / "tiers.seg"
    path.write_text(text, encoding="utf-8")
    library = Library.of(world_of(0), tmp_path)
    found = tried_file(path, library)
    assert found.ok
    there = on_engine(found, library, empty(running(engine)))
    assert there.found == ("best", "best", "old", "rest")


def test_what_a_dialect_can_not_say_is_told(tmp_path: Path) -> None:
    rule, world = mdl.TRUE, world_of(0)
    made = made_up(world, (), datetime(2025, 1, 1, tzinfo=UTC))
    with pytest.raises(SegqlError) as raised:
        members_of(rule, made.world, made.tables, datetime.now(UTC), "oracle")
    assert [each.code for each in raised.value.diagnostics] == ["E405"]
