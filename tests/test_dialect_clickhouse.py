"""What ClickHouse does otherwise, and what the dialect does about it, on chdb."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from servers import clickhouse
from sqlglot import exp

from segql.sql import portable
from segql.sql.dialects.clickhouse import CLICKHOUSE
from segql.sql.dialects.clickhouse_types import typed
from segql.sql.speech import spoken
from segql.types import Exact

pytestmark = pytest.mark.skipif(
    clickhouse.missing() is not None, reason=f"not run: {clickhouse.missing()}"
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    found = clickhouse.start(tmp_path_factory.mktemp("clickhouse"))
    yield found
    found.close()


def sql(query: exp.Query) -> str:
    return spoken(query, CLICKHOUSE).sql(dialect="clickhouse")


def above(bound: int, inner: exp.Query) -> exp.Select:
    """The keys above a bound of those that another query finds."""
    key = exp.column("k", "t")
    query = exp.select(key).from_("t").where(key.copy() > bound)
    return query.where(exp.In(this=key.copy(), query=exp.Subquery(this=inner)))


def test_look_ups_inside_of_each_other(warehouse: Any) -> None:
    """Forty levels; a column named like a shared query would be taken for one."""
    keys = list(range(60))
    names = ["q1", "q2", "m1", "segql", "segql_1"]
    table = {"k": keys, **{name: [100 for _ in keys] for name in names}}
    warehouse.load({"t": pa.table(table)})
    query: exp.Query = exp.select(exp.column("k", "t")).from_("t")
    for level in range(40):
        query = above(level, query)
    found = warehouse.connection.rows(sql(query))
    assert sorted(found) == [(key,) for key in range(40, 60)]


def test_few_look_ups_stay_where_they_are() -> None:
    query: exp.Query = exp.select(exp.column("k", "t")).from_("t")
    for level in range(4):
        query = above(level, query)
    assert "WITH" not in sql(query)


@pytest.mark.parametrize(
    ("type_", "scale"), [("Decimal(38, 2)", 2), ("Decimal(38, 15)", 15), ("Int128", 0)]
)
def test_exact_numbers_are_the_nearest_doubles(
    warehouse: Any, type_: str, scale: int
) -> None:
    """On either side of 2**53 units, beyond which ClickHouse rounds twice."""
    units = [
        sign * (base + near)
        for base in (0, 2**53, 10**15, 3 * 10**17)
        for near in range(60)
        for sign in (1, -1)
    ]
    texts = [exact(each, scale) for each in units]
    warehouse.load({"t": pa.table({"n": list(range(len(texts))), "x": texts})})
    number = exp.column("number", "s")
    double = portable.ToDouble(this=number, type=Exact(38, scale))
    read = typed(exp.column("x", "t"), f"Nullable({type_})")
    numbers = exp.select(exp.column("n", "t"), exp.alias_(read, "number")).from_("t")
    query = exp.select(exp.column("n", "s"), exp.alias_(double, "r")).from_(
        numbers.subquery("s")
    )
    found = dict(warehouse.connection.rows(sql(query)))
    assert [found[n] for n in range(len(texts))] == [float(text) for text in texts]


def exact(units: int, scale: int) -> str:
    digits = str(abs(units)).zfill(scale + 1)
    sign = "-" if units < 0 else ""
    return sign + (f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits)
