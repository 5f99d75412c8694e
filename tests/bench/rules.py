"""Thirty rules over the benchmark's shop, each with the best SQL known by hand.

The SQL is written without the compiler, for `shop.AS_OF`, and may use all that an
expert sees in the data: ids are whole numbers, loyalty has one row per customer, and
tables lie nearly in order of time, so that a bare comparison of the time column skips
most of a table. Bounds are the local wall time in Europe/Berlin N days before
2026-06-01T02:00, written in UTC: 7, 30 and 365 days back are at 00:00Z, but 90 and
180 days back, in winter, at 01:00Z. Each comment says which form won, and against
what, measured at full scale.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """A rule as its author writes it, and the same by hand for DuckDB."""

    name: str
    text: str
    sql: str


RULES = (
    # One scan, cheapest columns first; the list is read only for the few who are left
    # (list_has_any is four times slower, a self-join to read the list late loses too).
    Rule(
        "attributes",
        'age 18..29 and city in ("Berlin", "Hamburg", "München") and newsletter'
        ' and interests has "eco"',
        """
SELECT customer_id
FROM customers
WHERE age BETWEEN 18 AND 29
  AND city IN ('Berlin', 'Hamburg', 'München')
  AND newsletter
  AND list_contains(interests, 'eco')
""",
    ),
    # What is missing must pass the NOT: coalesce is as fast as IS DISTINCT FROM and
    # as `IS NULL OR`, the text columns are what costs.
    Rule(
        "attributes_mixed",
        '(gender = "f" or income >= 60_000) and phone is missing'
        ' and not (city = "Berlin" or email ends with "@uni.example")',
        """
SELECT customer_id
FROM customers
WHERE (gender = 'f' OR income >= 60000)
  AND (phone IS NULL OR phone = '')
  AND NOT coalesce(city = 'Berlin', false)
  AND NOT coalesce(email LIKE '%@uni.example', false)
""",
    ),
    # Semi-join before grouping: only 20,000 customers' events are ever counted. Half
    # the time of counting first; an inner join is the same plan in the end.
    Rule(
        "showcase",
        'age 25..34 and city = "Berlin" and bought("sport") >= 3',
        """
SELECT customer_id
FROM purchases
WHERE category = 'sport'
  AND status = 'paid'
  AND bought_at < TIMESTAMP '2026-06-01'
  AND customer_id IN (
    SELECT customer_id FROM customers WHERE age BETWEEN 25 AND 34 AND city = 'Berlin')
GROUP BY customer_id
HAVING count(*) >= 3
""",
    ),
    # customers IN (events): the few events become the hash table, customers probe it
    # and come out once each. DISTINCT anywhere only adds work.
    Rule(
        "existence",
        'viewed("garden") in last 7 days',
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM views
  WHERE category = 'garden'
    AND viewed_at >= TIMESTAMP '2026-05-25'
    AND viewed_at < TIMESTAMP '2026-06-01')
""",
    ),
    # NOT IN, with the nulls out of its way, beats NOT EXISTS and ANTI JOIN by a third,
    # EXCEPT by two thirds.
    Rule(
        "never_lately",
        "not bought in last 90 days",
        """
SELECT customer_id
FROM customers
WHERE customer_id NOT IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= TIMESTAMP '2026-03-03 01:00:00'
    AND bought_at < TIMESTAMP '2026-06-01'
    AND customer_id IS NOT NULL)
""",
    ),
    # Group first and look the few up in customers: semi-joining every event with all
    # the customers first takes twice as long.
    Rule(
        "count_window",
        "bought in last 365 days >= 10",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= TIMESTAMP '2025-06-01'
    AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING count(*) >= 10)
""",
    ),
    # All but those who have three: no outer join, no count to carry, and a smaller
    # hash table than with the counts of everyone.
    Rule(
        "count_below",
        "bought < 3",
        """
SELECT customer_id
FROM customers c
WHERE NOT EXISTS (
  FROM (
    SELECT customer_id
    FROM purchases
    WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-06-01'
    GROUP BY customer_id
    HAVING count(*) >= 3) b
  WHERE b.customer_id = c.customer_id)
""",
    ),
    # As count_window; sums of whole cents or of doubles are no faster than DECIMAL's.
    Rule(
        "sum_window",
        "sum(bought.amount in last 365 days) >= 1_000",
        """
SELECT customer_id
FROM (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= TIMESTAMP '2025-06-01'
    AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING sum(amount) >= 1000)
WHERE customer_id IN (SELECT customer_id FROM customers)
""",
    ),
    # An average is over 80 where the differences to 80 add up to more than nothing:
    # one exact sum instead of a sum and a count; bool_or is a smaller state than max.
    # Looking first for those who have a 300 loses: they are nearly half.
    Rule(
        "basket",
        "avg(bought.amount) > 80 and max(bought.amount) >= 300",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING sum(amount - 80) > 0 AND bool_or(amount >= 300))
""",
    ),
    # Exact, with a sketch as a shortcut: who sets 50 of 126 bits has 50 products for
    # sure, who has not even 50 views can't; only the few between are counted exactly.
    # Half the time of the next best (count DISTINCT among those with 50 views), a
    # third of a plain count DISTINCT.
    Rule(
        "distinct_products",
        "distinct(viewed.product) >= 50",
        """
WITH sketch AS MATERIALIZED (
  SELECT customer_id,
    bit_count(bit_or(1::HUGEINT << (product_id % 126)::INTEGER)) AS at_least
  FROM views
  WHERE viewed_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING count(product_id) >= 50)
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id FROM sketch WHERE at_least >= 50
  UNION ALL
  SELECT customer_id
  FROM views
  WHERE viewed_at < TIMESTAMP '2026-06-01'
    AND customer_id IN (SELECT customer_id FROM sketch WHERE at_least < 50)
  GROUP BY customer_id
  HAVING count(DISTINCT product_id) >= 50)
""",
    ),
    # The same sketch over a text's hash; a third faster than count DISTINCT or than
    # grouping twice.
    Rule(
        "distinct_filtered",
        "distinct(bought(amount > 50).category in last 365 days) >= 4",
        """
WITH sketch AS MATERIALIZED (
  SELECT customer_id,
    bit_count(bit_or(1::BIGINT << (hash(category) % 63)::INTEGER)) AS at_least
  FROM purchases
  WHERE status = 'paid'
    AND amount > 50
    AND category IS NOT NULL
    AND bought_at >= TIMESTAMP '2025-06-01'
    AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING count(*) >= 4)
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id FROM sketch WHERE at_least >= 4
  UNION ALL
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND amount > 50
    AND bought_at >= TIMESTAMP '2025-06-01'
    AND bought_at < TIMESTAMP '2026-06-01'
    AND customer_id IN (SELECT customer_id FROM sketch WHERE at_least < 4)
  GROUP BY customer_id
  HAVING count(DISTINCT category) >= 4)
""",
    ),
    # Bought sport, and nothing after it: the few last sport purchases are the hash
    # table, all purchases probe it once. Time and tie-break are one number, for
    # arg_max over a struct takes four times as long, two max() over the number 1.7
    # times.
    Rule(
        "last_category",
        'last(bought).category = "sport"',
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT customer_id,
      max(epoch_us(bought_at)::HUGEINT * 4294967296 + event_id) AS at
    FROM purchases
    WHERE category = 'sport'
      AND status = 'paid'
      AND bought_at < TIMESTAMP '2026-06-01'
    GROUP BY customer_id) sport
  ANTI JOIN (
    SELECT customer_id, epoch_us(bought_at)::HUGEINT * 4294967296 + event_id AS at
    FROM purchases
    WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-06-01') later
  ON later.customer_id = sport.customer_id AND later.at > sport.at)
""",
    ),
    # Buyers of the month without an earlier purchase: the small side is the hash
    # table. Half the time of min(bought_at) for everyone.
    Rule(
        "first_time",
        "first(bought).time in last 30 days",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT DISTINCT customer_id
    FROM purchases
    WHERE status = 'paid'
      AND bought_at >= TIMESTAMP '2026-05-02'
      AND bought_at < TIMESTAMP '2026-06-01')
  ANTI JOIN (
    SELECT customer_id
    FROM purchases
    WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-05-02') USING (customer_id))
""",
    ),
    # May in Berlin. Who is in a group bought at least once, so only the upper bound
    # is left to test.
    Rule(
        "calendar_month",
        'bought("books") in last month 1..3',
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE category = 'books'
    AND status = 'paid'
    AND bought_at >= TIMESTAMP '2026-04-30 22:00:00'
    AND bought_at < TIMESTAMP '2026-05-31 22:00:00'
  GROUP BY customer_id
  HAVING count(*) <= 3)
""",
    ),
    # OR as UNION ALL inside one IN: three times as fast as three mark joins over all
    # customers.
    Rule(
        "two_sources",
        '(opened_email in last 30 days and viewed("garden") in last 30 days >= 2)'
        ' or bought("garden") in last 30 days',
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT customer_id
    FROM views
    WHERE category = 'garden'
      AND viewed_at >= TIMESTAMP '2026-05-02'
      AND viewed_at < TIMESTAMP '2026-06-01'
    GROUP BY customer_id
    HAVING count(*) >= 2)
  WHERE customer_id IN (
    SELECT customer_id
    FROM emails
    WHERE opened_at >= TIMESTAMP '2026-05-02' AND opened_at < TIMESTAMP '2026-06-01')
  UNION ALL
  SELECT customer_id
  FROM purchases
  WHERE category = 'garden'
    AND status = 'paid'
    AND bought_at >= TIMESTAMP '2026-05-02'
    AND bought_at < TIMESTAMP '2026-06-01')
""",
    ),
    # The few viewers first, then their purchases away, and customers last; NOT EXISTS
    # on customers is a fifth slower.
    Rule(
        "viewed_not_bought",
        'viewed("shoes") in last 90 days > 2 and not bought("shoes")',
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT customer_id
    FROM views
    WHERE category = 'shoes'
      AND viewed_at >= TIMESTAMP '2026-03-03 01:00:00'
      AND viewed_at < TIMESTAMP '2026-06-01'
    GROUP BY customer_id
    HAVING count(*) > 2)
  ANTI JOIN (
    SELECT customer_id
    FROM purchases
    WHERE category = 'shoes'
      AND status = 'paid'
      AND bought_at < TIMESTAMP '2026-06-01') USING (customer_id))
""",
    ),
    # b / v > 0.5 is 2b > v for whole numbers. Counted buyers join the bare views, so
    # that only buyers' views are grouped, and nobody without a view is left.
    Rule(
        "ratio",
        "(bought in last 90 days) / (viewed in last 90 days) > 0.5",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT customer_id, count(*) AS b
    FROM purchases
    WHERE status = 'paid'
      AND bought_at >= TIMESTAMP '2026-03-03 01:00:00'
      AND bought_at < TIMESTAMP '2026-06-01'
    GROUP BY customer_id)
  JOIN (
    SELECT customer_id
    FROM views
    WHERE viewed_at >= TIMESTAMP '2026-03-03 01:00:00'
      AND viewed_at < TIMESTAMP '2026-06-01') USING (customer_id)
  GROUP BY customer_id
  HAVING 2 * any_value(b) > count(*))
""",
    ),
    # The brand's products are few: a mark join on them carries no column through, as
    # a left join would; splitting the OR into a union scans twice.
    Rule(
        "event_tests",
        'bought(brand = "brand_007" or amount > 500, quantity >= 2)'
        " in last 180 days >= 2",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE quantity >= 2
    AND status = 'paid'
    AND bought_at >= TIMESTAMP '2025-12-03 01:00:00'
    AND bought_at < TIMESTAMP '2026-06-01'
    AND (amount > 500
      OR product_id IN (SELECT product_id FROM products WHERE brand = 'brand_007'))
  GROUP BY customer_id
  HAVING count(*) >= 2)
""",
    ),
    # Two anti-joins of a fourth of the customers; here NOT EXISTS wins over NOT IN,
    # and both over EXCEPT and over one anti-join with a union.
    Rule(
        "not_or",
        "points >= 1_000"
        " and not (bought in last 180 days or opened_email in last 90 days)",
        """
SELECT customer_id
FROM customers c
WHERE customer_id IN (SELECT customer_id FROM loyalty WHERE points >= 1000)
  AND NOT EXISTS (
    FROM purchases p
    WHERE p.customer_id = c.customer_id
      AND status = 'paid'
      AND bought_at >= TIMESTAMP '2025-12-03 01:00:00'
      AND bought_at < TIMESTAMP '2026-06-01')
  AND NOT EXISTS (
    FROM emails e
    WHERE e.customer_id = c.customer_id
      AND opened_at >= TIMESTAMP '2026-03-03 01:00:00'
      AND opened_at < TIMESTAMP '2026-06-01')
""",
    ),
    # Stage by stage, the narrowest window first, each stage leaving fewer customers:
    # five times as fast as one pass with three filtered counts.
    Rule(
        "many_windows",
        "bought in last 30 days >= 2 and bought 30..90 days ago = 0"
        " and bought more than 90 days ago >= 3",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at < TIMESTAMP '2026-03-03 01:00:00'
    AND customer_id IN (
      SELECT customer_id
      FROM (
        SELECT customer_id
        FROM purchases
        WHERE status = 'paid'
          AND bought_at >= TIMESTAMP '2026-05-02'
          AND bought_at < TIMESTAMP '2026-06-01'
        GROUP BY customer_id
        HAVING count(*) >= 2)
      ANTI JOIN (
        SELECT customer_id
        FROM purchases
        WHERE status = 'paid'
          AND bought_at >= TIMESTAMP '2026-03-03 01:00:00'
          AND bought_at < TIMESTAMP '2026-05-02') USING (customer_id))
  GROUP BY customer_id
  HAVING count(*) >= 3)
""",
    ),
    # Month by month, each looking only at who bought in the ones before: a fifth faster
    # than one pass that gathers the months as bits, half of count(DISTINCT month).
    Rule(
        "habit",
        "bought in each of last 6 full months",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= TIMESTAMP '2025-11-30 23:00:00'
    AND bought_at < TIMESTAMP '2025-12-31 23:00:00'
    AND customer_id IN (
      SELECT customer_id
      FROM purchases
      WHERE status = 'paid'
        AND bought_at >= TIMESTAMP '2025-12-31 23:00:00'
        AND bought_at < TIMESTAMP '2026-01-31 23:00:00'
        AND customer_id IN (
          SELECT customer_id
          FROM purchases
          WHERE status = 'paid'
            AND bought_at >= TIMESTAMP '2026-01-31 23:00:00'
            AND bought_at < TIMESTAMP '2026-02-28 23:00:00'
            AND customer_id IN (
              SELECT customer_id
              FROM purchases
              WHERE status = 'paid'
                AND bought_at >= TIMESTAMP '2026-02-28 23:00:00'
                AND bought_at < TIMESTAMP '2026-03-31 22:00:00'
                AND customer_id IN (
                  SELECT customer_id
                  FROM purchases
                  WHERE status = 'paid'
                    AND bought_at >= TIMESTAMP '2026-03-31 22:00:00'
                    AND bought_at < TIMESTAMP '2026-04-30 22:00:00'
                    AND customer_id IN (
                      SELECT customer_id
                      FROM purchases
                      WHERE status = 'paid'
                        AND bought_at >= TIMESTAMP '2026-04-30 22:00:00'
                        AND bought_at < TIMESTAMP '2026-05-31 22:00:00'))))))
""",
    ),
    # The days of the window are bits of a number. An hour or two is added for Berlin:
    # timezone() takes longer than all the rest; count(DISTINCT day) twice as long.
    Rule(
        "days",
        "days(bought in last 90 days) >= 5",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= TIMESTAMP '2026-03-03 01:00:00'
    AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING bit_count(bit_or(1::HUGEINT << ((epoch_us(bought_at)
    + CASE WHEN bought_at < TIMESTAMP '2026-03-29 01:00:00' THEN 3600000000
      ELSE 7200000000 END) // 86400000000 - 20515)::INTEGER)) >= 5)
""",
    ),
    # Who has a group with three has it as their greatest: grouped once, not twice.
    Rule(
        "same_product",
        "max(viewed in last 90 days per product) >= 3",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT DISTINCT customer_id
  FROM (
    SELECT customer_id
    FROM views
    WHERE viewed_at >= TIMESTAMP '2026-03-03 01:00:00'
      AND viewed_at < TIMESTAMP '2026-06-01'
      AND product_id IS NOT NULL
    GROUP BY customer_id, product_id
    HAVING count(*) >= 3))
""",
    ),
    # Who bought sport, and no other category as often (more often, if it stands after
    # sport): only their purchases are grouped. Two thirds of grouping everyone's.
    Rule(
        "most_common",
        'most_common(bought.category) = "sport"',
        """
WITH sport AS MATERIALIZED (
  SELECT customer_id, count(*) AS n
  FROM purchases
  WHERE category = 'sport' AND status = 'paid' AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id)
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM sport
  WHERE customer_id NOT IN (
    SELECT customer_id
    FROM (
      SELECT customer_id, category, count(*) AS m
      FROM purchases
      WHERE category <> 'sport'
        AND status = 'paid'
        AND bought_at < TIMESTAMP '2026-06-01'
        AND customer_id IN (SELECT customer_id FROM sport)
      GROUP BY customer_id, category)
    JOIN sport USING (customer_id)
    WHERE m > n OR (m = n AND category < 'sport')))
""",
    ),
    # A median is over 50 if more than half of the amounts are; if just half are, the
    # two next to 50 decide. Half the time of median(), which keeps all amounts.
    Rule(
        "median",
        "median(bought.amount) > 50",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING 2 * count(*) FILTER (amount > 50) > count(amount)
    OR (2 * count(*) FILTER (amount > 50) = count(amount)
      AND max(amount) FILTER (amount <= 50) + min(amount) FILTER (amount > 50) > 100))
""",
    ),
    # The third lies in the window if there are three by its end and fewer before it;
    # min(bought_at, 3) takes twice as long.
    Rule(
        "third_time",
        "nth(bought, 3).time in last 30 days",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING count(*) >= 3
    AND count(*) FILTER (bought_at < TIMESTAMP '2026-05-02') < 3)
""",
    ),
    # Seconds and id are one number, whose two smallest are kept: half the time of
    # row_number().
    Rule(
        "second_category",
        'nth(bought, 2).category = "sport"',
        """
WITH second AS MATERIALIZED (
  SELECT min((epoch_us(bought_at) // 1000000 - 1700000000) * 16777216 + event_id, 2)[2]
    % 16777216 AS event_id
  FROM purchases
  WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING count(*) >= 2)
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE category = 'sport' AND event_id IN (SELECT event_id FROM second))
""",
    ),
    # Some purchase is above a bound if the greatest is: one pass, no join.
    Rule(
        "above_average",
        "bought(amount > 2 * avg(bought.amount)) in last 90 days",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY customer_id
  HAVING max(amount) FILTER (bought_at >= TIMESTAMP '2026-03-03 01:00:00')
    > 2 * avg(amount))
""",
    ),
    # The few heavy parcels are the hash table; a join does as well.
    Rule(
        "parcel_test",
        'bought(parcel("ups", weight > 20)) in last 90 days',
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= TIMESTAMP '2026-03-03 01:00:00'
    AND bought_at < TIMESTAMP '2026-06-01'
    AND event_id IN (
      SELECT event_id FROM parcels WHERE carrier = 'ups' AND weight > 20))
""",
    ),
    # Joined first, so that only the parcels of the window's purchases are added up: a
    # fourth of the time of adding up all of them.
    Rule(
        "parcel_sum",
        "bought(sum(parcel.weight) > 40) in last 90 days",
        """
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT any_value(customer_id)
  FROM purchases
  JOIN parcels USING (event_id)
  WHERE status = 'paid'
    AND bought_at >= TIMESTAMP '2026-03-03 01:00:00'
    AND bought_at < TIMESTAMP '2026-06-01'
  GROUP BY event_id
  HAVING sum(weight) > 40)
""",
    ),
)
