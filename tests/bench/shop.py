"""Writes the benchmark's shop: customers and their events in one DuckDB file.

    python tests/bench/shop.py [--customers 1_000_000] [--events 50_000_000] FILE

Everything comes from `range` and `hash`, so one version of DuckDB always writes the
same shop. Few customers do most of the buying, few categories most of the selling;
rows lie in order of arrival, so nearly in order of time. As in a warehouse, cells are
missing, times are missing, events belong to nobody or to the unknown, and some lie
after `AS_OF`.
"""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
FIRST = "TIMESTAMP '2024-06-01'"
SECONDS = 732 * 86_400  # up to two days after AS_OF

CITIES = (
    "Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dortmund "
    "Essen Bremen Dresden Hannover Nürnberg Duisburg Bochum Wuppertal Bielefeld Bonn "
    "Münster Mannheim Karlsruhe Augsburg Wiesbaden Kiel Aachen Chemnitz Halle "
    "Magdeburg Freiburg Rostock Kassel Erfurt Mainz Potsdam Görlitz"
).split()
CATEGORIES = (
    "fashion sport shoes books electronics garden beauty kitchen toys grocery "
    "furniture bikes camping outdoor running fitness yoga football tennis climbing "
    "music film games software phones tablets laptops cameras audio lamps carpets "
    "bedding bath tools paint pets baby school office art crafts jewellery watches "
    "bags luggage perfume health vitamins coffee tea wine chocolate cheese bread "
    "flowers seeds grill pool winter travel"
).split()
TOPICS = (
    "eco travel cooking fitness music gaming fashion cars diy reading family pets"
).split()
DOMAINS = ("mail.example web.example post.example uni.example firma.example").split()
CARRIERS = "dhl hermes dpd ups gls".split()
CAMPAIGNS = (
    "welcome spring summer autumn winter sale clearance birthday newsletter vip "
    "comeback sport garden books gifts"
).split()

# x: a running number; s: which of its independent draws (below 64)
MACROS = f"""
CREATE TEMP MACRO u(x, s) AS (hash(x * 64 + s) >> 11)::DOUBLE / 9007199254740992;
CREATE TEMP MACRO draw(x, s, n) AS (hash(x * 64 + s) % n)::BIGINT;
-- skewed: the first names are drawn far more often than the last
CREATE TEMP MACRO pick(names, x, s) AS
  names[1 + (len(names) * u(x, s) ** 2)::INTEGER % len(names)];
-- rank of the customer who acts: a shifted Zipf law; a prime step hides the rank
CREATE TEMP MACRO actor(x, s, n, step) AS
  1 + (least((n * 0.002 * (pow(501, u(x, s)) - 1))::BIGINT, n - 1) * step) % n;
CREATE TEMP MACRO who(x, s, n, step) AS CASE
  WHEN u(x, s + 1) < 0.002 THEN NULL                        -- a guest
  WHEN u(x, s + 1) < 0.008 THEN n + 1 + draw(x, s + 2, n // 50 + 1)    -- unknown
  ELSE actor(x, s, n, step) END;
-- the i-th of n arrivals: a growing shop, most events at once, a few days late
CREATE TEMP MACRO at_time(i, s, n) AS CASE
  WHEN u(i, s) < 0.003 THEN NULL
  ELSE {FIRST} + to_seconds(greatest(0,
    {SECONDS} * pow((i + 0.5) / n, 0.8)
    - CASE WHEN u(i, s) > 0.99 THEN 259200 ELSE 900 END * u(i, s + 1))::BIGINT) END;
"""


def texts(names: list[str]) -> str:
    return "[" + ", ".join(f"'{name}'" for name in names) + "]"


def tables(customers: int, events: int) -> dict[str, str]:
    """One `SELECT` per table, in the order in which they must be written."""
    products = min(20_000, max(200, customers // 50))
    bought, opened = events // 5, events // 5
    viewed = events - bought - opened
    step = 15_485_863  # a prime: every rank meets exactly one customer
    return {
        "customers": f"""
SELECT i AS customer_id,
  CASE WHEN u(i, 0) < 0.05 THEN NULL
    ELSE 14 + (80 * u(i, 1) ** 1.4)::INTEGER END AS age,
  CASE WHEN u(i, 2) < 0.06 THEN NULL WHEN u(i, 2) < 0.52 THEN 'f'
    WHEN u(i, 2) < 0.97 THEN 'm' ELSE 'd' END AS gender,
  CASE WHEN u(i, 3) < 0.04 THEN NULL ELSE pick({texts(CITIES)}, i, 4) END AS city,
  CASE WHEN u(i, 5) < 0.2 THEN NULL
    ELSE (12000 + 60000 * u(i, 6) + 200000 * u(i, 7) ** 12)::DECIMAL(10, 2)
    END AS income,
  CASE WHEN u(i, 8) < 0.08 THEN NULL ELSE list_transform(
    range(draw(i, 9, 6)), lambda k: CASE WHEN draw(i, 40 + k, 50) = 0 THEN NULL
      ELSE pick({texts(TOPICS)}, i, 10 + k) END) END AS interests,
  CASE WHEN u(i, 20) < 0.1 THEN NULL ELSE u(i, 20) < 0.55 END AS newsletter,
  CASE WHEN u(i, 21) < 0.01 THEN NULL ELSE TIMESTAMP '2020-06-01'
    + to_seconds((i * 189300000.0 / {customers})::BIGINT + draw(i, 22, 86400))
    END AS signup,
  CASE WHEN u(i, 23) < 0.12 THEN NULL
    ELSE DATE '2012-06-01' - (29200 * u(i, 1) ** 1.4)::INTEGER END AS birthdate,
  CASE WHEN u(i, 24) < 0.03 THEN NULL
    ELSE 'c' || i || '@' || pick({texts(DOMAINS)}, i, 25) END AS email,
  CASE WHEN u(i, 26) < 0.3 THEN NULL WHEN u(i, 26) < 0.33 THEN ''
    ELSE '+49' || (1500000000 + draw(i, 27, 299999999)) END AS phone,
  CASE WHEN u(i, 28) < 0.1 THEN NULL ELSE 47.3 + 7.7 * u(i, 29) END AS latitude,
  CASE WHEN u(i, 28) < 0.1 THEN NULL ELSE 5.9 + 9.1 * u(i, 30) END AS longitude
FROM range(1, {customers} + 1) t(i)""",
        "loyalty": f"""
SELECT k AS customer_id,
  CASE WHEN u(k, 32) < 0.6 THEN 'basic' WHEN u(k, 32) < 0.9 THEN 'silver'
    ELSE 'gold' END AS tier,
  CASE WHEN u(k, 33) < 0.02 THEN NULL
    ELSE (20000 * u(k, 34) ** 4)::INTEGER END AS points
FROM (SELECT 1 + (i * {step}) % ({customers} + {customers // 100}) AS k
  FROM range(({customers} * 0.6)::BIGINT) t(i))""",
        "products": f"""
SELECT i AS product_id,
  CASE WHEN u(i, 0) < 0.01 THEN NULL
    ELSE pick({texts(CATEGORIES)}, i, 1) END AS category,
  CASE WHEN u(i, 2) < 0.03 THEN NULL
    ELSE 'brand_' || lpad((300 * u(i, 3) ** 2)::INTEGER::VARCHAR, 3, '0')
    END AS brand,
  (2 + 40 * u(i, 4) + 500 * u(i, 5) ** 6)::DECIMAL(10, 2) AS price
FROM range(1, {products} + 1) t(i)""",
        "purchases": f"""
SELECT i + 1 AS event_id, customer_id, bought_at, product_id, category,
  CASE WHEN u(i, 8) < 0.004 THEN NULL ELSE (price * quantity
    * CASE WHEN u(i, 9) < 0.2 THEN 0.8 ELSE 1 END)::DECIMAL(10, 2) END AS amount,
  quantity,
  CASE WHEN u(i, 10) < 0.01 THEN NULL WHEN u(i, 10) < 0.86 THEN 'paid'
    WHEN u(i, 10) < 0.92 THEN 'returned' WHEN u(i, 10) < 0.98 THEN 'cancelled'
    ELSE 'open' END AS status,
  pick(['card', 'paypal', 'invoice', 'debit', 'voucher'], i, 11) AS payment,
  CASE WHEN u(i, 12) < 0.02 THEN NULL
    ELSE pick(['mobile', 'desktop', 'tablet', 'shop'], i, 13) END AS device
FROM (
  SELECT i, who(i, 0, {customers}, {step}) AS customer_id,
    at_time(i, 3, {bought}) AS bought_at,
    1 + ((u(i, 5) ** 2 * {products})::BIGINT * {step}) % {products} AS product_id,
    1 + (5 * u(i, 6) ** 4)::INTEGER % 5 AS quantity
  FROM range({bought}) t(i)) LEFT JOIN products USING (product_id)""",
        "views": f"""
SELECT customer_id, viewed_at, product_id, category, device
FROM (
  SELECT i, who(i, 20, {customers}, {step}) AS customer_id,
    at_time(i, 23, {viewed}) AS viewed_at,
    CASE WHEN u(i, 25) < 0.01 THEN NULL
      ELSE 1 + ((u(i, 26) ** 2 * {products})::BIGINT * {step}) % {products}
      END AS product_id,
    pick(['mobile', 'desktop', 'tablet'], i, 27) AS device
  FROM range({viewed}) t(i)) LEFT JOIN products USING (product_id)""",
        "emails": f"""
SELECT who(i, 50, {customers}, 32452843) AS customer_id,
  at_time(i, 53, {opened}) AS opened_at,
  CASE WHEN u(i, 55) < 0.01 THEN NULL
    ELSE pick({texts(CAMPAIGNS)}, i, 56) END AS campaign
FROM range({opened}) t(i)""",
        # no part of the events: what an order was sent in, one to five parcels
        "parcels": f"""
SELECT CASE WHEN u(i, 58) >= 0.002 THEN 1 + (i * 5 // 6 + draw(i, 59, 3)) % {bought}
    END AS event_id,
  CASE WHEN u(i, 60) >= 0.01 THEN pick({texts(CARRIERS)}, i, 61) END AS carrier,
  (0.1 + 30 * u(i, 62) ** 3)::DECIMAL(6, 2) AS weight
FROM range({bought} * 6 // 5) t(i)""",
    }


def write(file: Path, customers: int, events: int) -> None:
    """Writes the shop; a file that is already there is replaced."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as con:
        con.execute(MACROS)
        for name, select in tables(customers, events).items():
            begun = time.perf_counter()
            con.execute(f"CREATE TABLE {name} AS {select}")
            count = con.table(name).count("*").fetchall()[0][0]
            print(f"{name:10} {count:>12,} rows {time.perf_counter() - begun:6.1f} s")
        con.execute("CHECKPOINT")
    print(f"{file}: {file.stat().st_size / 1e6:,.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the benchmark's shop.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=50_000_000)
    args = parser.parse_args()
    write(args.file, args.customers, args.events)


if __name__ == "__main__":
    main()
