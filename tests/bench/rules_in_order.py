"""Rules about order: sequences, ranks, positions, samples; and one about distance.

As in `rules.py`, each beside the best SQL known by hand, which may use that the ids are
whole numbers, and what DuckDB alone has.
"""

from __future__ import annotations

from rules import Rule

_NOW = "TIMESTAMP '2026-06-01'"
_90_DAYS = "TIMESTAMP '2026-03-03 01:00:00'"
_30_DAYS = "TIMESTAMP '2026-05-02'"
_YEAR = "TIMESTAMP '2025-06-01'"

_SPENT = f"""
SELECT customer_id, coalesce(amount, 0) AS amount
FROM customers
LEFT JOIN (
  SELECT customer_id, sum(amount) AS amount
  FROM purchases
  WHERE status = 'paid' AND bought_at >= {_YEAR} AND bought_at < {_NOW}
  GROUP BY customer_id) USING (customer_id)
"""

RULES = (
    # The view nearest before each purchase; a join on the time's range takes twice as
    # long, and a window over both four times.
    Rule(
        "sequence",
        "viewed in last 90 days then bought within 24 hours",
        f"""
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT b.customer_id
  FROM (
    SELECT customer_id, bought_at
    FROM purchases
    WHERE status = 'paid' AND bought_at >= {_90_DAYS} AND bought_at < {_NOW}) AS b
  ASOF JOIN (
    SELECT customer_id, viewed_at
    FROM views
    WHERE viewed_at >= {_90_DAYS} AND viewed_at < {_NOW}) AS v
    ON v.customer_id = b.customer_id AND v.viewed_at < b.bought_at
  WHERE b.bought_at <= v.viewed_at + INTERVAL 24 HOUR)
""",
    ),
    # Who viewed the very product: so few that an equality join wins by far.
    Rule(
        "sequence_same",
        "viewed in last 90 days then bought(same product) within 24 hours",
        f"""
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT b.customer_id
  FROM purchases AS b
  JOIN views AS v
    ON v.customer_id = b.customer_id AND v.product_id = b.product_id
      AND v.viewed_at < b.bought_at
      AND b.bought_at <= v.viewed_at + INTERVAL 24 HOUR
  WHERE b.status = 'paid'
    AND b.bought_at >= {_90_DAYS} AND b.bought_at < {_NOW}
    AND v.viewed_at >= {_90_DAYS} AND v.viewed_at < {_NOW})
""",
    ),
    # Without a gap the earliest of the one and the latest of the other decide.
    Rule(
        "sequence_open",
        'viewed("sport") in last 90 days then bought("sport")',
        f"""
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT b.customer_id
  FROM (
    SELECT customer_id, max(bought_at) AS t
    FROM purchases
    WHERE category = 'sport' AND status = 'paid'
      AND bought_at >= {_90_DAYS} AND bought_at < {_NOW}
    GROUP BY customer_id) AS b
  JOIN (
    SELECT customer_id, min(viewed_at) AS t
    FROM views
    WHERE category = 'sport' AND viewed_at >= {_90_DAYS} AND viewed_at < {_NOW}
    GROUP BY customer_id) AS v
    ON v.customer_id = b.customer_id AND v.t < b.t)
""",
    ),
    Rule(
        "sequence_absent",
        "viewed in last 30 days then no bought",
        f"""
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT v.customer_id
  FROM (
    SELECT customer_id, max(viewed_at) AS t
    FROM views
    WHERE viewed_at >= {_30_DAYS} AND viewed_at < {_NOW}
    GROUP BY customer_id) AS v
  LEFT JOIN (
    SELECT customer_id, max(bought_at) AS t
    FROM purchases
    WHERE status = 'paid' AND bought_at >= {_30_DAYS} AND bought_at < {_NOW}
    GROUP BY customer_id) AS b USING (customer_id)
  WHERE b.t IS NULL OR b.t <= v.t)
""",
    ),
    # Whoever never bought has spent 0 and is ranked too.
    Rule(
        "rank",
        "top 5% by sum(bought.amount in last 365 days)",
        f"""
WITH spent AS ({_SPENT})
SELECT customer_id
FROM (
  SELECT customer_id, row_number() OVER (ORDER BY amount DESC, customer_id) AS n
  FROM spent)
WHERE n <= (SELECT ceil(count(*) * 0.05) FROM spent)
""",
    ),
    Rule(
        "rank_number",
        "top 500 by sum(bought.amount in last 365 days)",
        f"""
WITH spent AS ({_SPENT})
SELECT customer_id FROM spent ORDER BY amount DESC, customer_id LIMIT 500
""",
    ),
    Rule(
        "rank_per",
        "top 10 by sum(bought.amount in last 365 days) per city",
        f"""
WITH spent AS ({_SPENT})
SELECT customer_id
FROM spent
JOIN customers USING (customer_id)
WHERE city IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY city ORDER BY amount DESC, customer_id) <= 10
""",
    ),
    # The bound of the last fifth, instead of everybody's rank.
    Rule(
        "quintile",
        "quintile(sum(bought.amount in last 365 days)) = 5",
        f"""
WITH spent AS MATERIALIZED ({_SPENT})
SELECT customer_id
FROM spent, (SELECT quantile_disc(amount, 0.8) AS bound FROM spent)
WHERE amount > bound
""",
    ),
    Rule(
        "sample",
        'sample 10% seed "exp-1"',
        """
SELECT customer_id
FROM customers
WHERE substr(md5('exp-1:' || customer_id), 1, 15) < '19999999999999a'
""",
    ),
    # A box around each circle first: the sines are needed inside of it alone.
    Rule(
        "distance",
        "home within 25 km of any of (berlin, hamburg)",
        """
SELECT customer_id
FROM customers
WHERE (latitude BETWEEN 52.29 AND 52.75 AND longitude BETWEEN 13.03 AND 13.78
    AND pow(sin(radians(latitude - 52.52) / 2), 2)
      + cos(radians(52.52)) * cos(radians(latitude))
        * pow(sin(radians(longitude - 13.405) / 2), 2)
      <= pow(sin(25 / (2 * 6371.0088)), 2))
  OR (latitude BETWEEN 53.32 AND 53.78 AND longitude BETWEEN 9.61 AND 10.38
    AND pow(sin(radians(latitude - 53.5503) / 2), 2)
      + cos(radians(53.5503)) * cos(radians(latitude))
        * pow(sin(radians(longitude - 9.9925) / 2), 2)
      <= pow(sin(25 / (2 * 6371.0088)), 2))
""",
    ),
)
