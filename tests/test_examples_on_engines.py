"""Made-up customers in a query: each engine finds whom the reference finds."""

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
