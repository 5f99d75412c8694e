"""Sequences of one customer with ever more events: the time grows with them, no faster.

python tests/bench/one_customer.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import duckdb
import shop
from workspace import workspace

import segql

RULES = (
    "viewed then bought within 24 hours",
    "viewed then bought within 1 day",
    "viewed then bought within 1 month",
    'viewed then bought(same product) within 1 hour without viewed(device = "tv")',
    "viewed then bought then viewed then no bought within 7 days",
)
NUMBERS = (250_000, 500_000, 1_000_000)
_ROWS = """
CREATE OR REPLACE TABLE {table} AS
SELECT one.* REPLACE (
  1 AS customer_id, i % 100 AS product_id, 'phone' AS device,
  TIMESTAMP '2025-06-01' + to_seconds((i * 31000000 // {number})::BIGINT) AS {time})
FROM (SELECT * FROM {table} LIMIT 1) AS one, range({number}) AS t(i)
"""


def write(file: Path, number: int) -> None:
    """A small shop in which all events are those of one customer."""
    shop.write(file, 100, 5_000)
    with duckdb.connect(str(file)) as con:
        con.execute("DELETE FROM purchases WHERE status IS DISTINCT FROM 'paid'")
        for table, moment in (("views", "viewed_at"), ("purchases", "bought_at")):
            con.execute(_ROWS.format(table=table, number=number, time=moment))


def main() -> None:
    print(f"{'seconds of the processor, for events of each kind':62}", *NUMBERS)
    found: dict[str, list[float]] = {rule: [] for rule in RULES}
    for number in NUMBERS:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "one.duckdb")
            write(file, number)
            with workspace(file) as place:
                project = segql.Project.load(place)
                with project.connect() as connection:
                    for rule in RULES:
                        segment = project.compile(rule, as_of=shop.AS_OF)
                        begin = time.process_time()
                        list(segment.members(connection))
                        found[rule].append(time.process_time() - begin)
    for rule, times in found.items():
        print(f"{rule:75}", *(f"{each:7.2f}" for each in times))


if __name__ == "__main__":
    main()
