-- The first twenty rules for ClickHouse, by hand: MergeTree in order of
-- (customer_id, time), in parts of a month; its own settings.

-- rule: attributes
SELECT customer_id
FROM customers
WHERE age BETWEEN 18 AND 29
  AND city IN ('Berlin', 'Hamburg', 'München')
  AND newsletter
  AND has(interests, 'eco')

-- rule: attributes_mixed
SELECT customer_id
FROM customers
WHERE (gender = 'f' OR income >= 60000)
  AND (phone IS NULL OR phone = '')
  AND (city IS NULL OR city <> 'Berlin')
  AND (email IS NULL OR NOT endsWith(email, '@uni.example'))

-- rule: showcase
SELECT customer_id
FROM purchases
WHERE category = 'sport'
  AND status = 'paid'
  AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
  AND customer_id IN (
    SELECT customer_id FROM customers WHERE age BETWEEN 25 AND 34 AND city = 'Berlin')
GROUP BY customer_id
HAVING count() >= 3

-- rule: existence
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM views
  WHERE category = 'garden'
    AND viewed_at >= toDateTime64('2026-05-25 00:00:00', 6, 'UTC')
    AND viewed_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC'))

-- rule: never_lately
SELECT customer_id
FROM customers c
WHERE NOT EXISTS (
  SELECT 1
  FROM purchases p
  WHERE p.customer_id = c.customer_id
    AND status = 'paid'
    AND bought_at >= toDateTime64('2026-03-03 01:00:00', 6, 'UTC')
    AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC'))

-- rule: count_window
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= toDateTime64('2025-06-01 00:00:00', 6, 'UTC')
    AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
  GROUP BY customer_id
  HAVING count() >= 10)

-- rule: count_below
SELECT customer_id
FROM customers c
WHERE NOT EXISTS (
  SELECT 1
  FROM (
    SELECT customer_id
    FROM purchases
    WHERE status = 'paid' AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
    GROUP BY customer_id
    HAVING count() >= 3) b
  WHERE b.customer_id = c.customer_id)

-- rule: sum_window
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= toDateTime64('2025-06-01 00:00:00', 6, 'UTC')
    AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
  GROUP BY customer_id
  HAVING sum(amount) >= 1000)

-- rule: basket
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid' AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
  GROUP BY customer_id
  HAVING max(amount) >= 300 AND avg(amount) > 80)

-- rule: distinct_products
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM views
  WHERE viewed_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
  GROUP BY customer_id
  HAVING uniqExact(product_id) >= 50)

-- rule: distinct_filtered
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND amount > 50
    AND bought_at >= toDateTime64('2025-06-01 00:00:00', 6, 'UTC')
    AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
  GROUP BY customer_id
  HAVING uniqExact(category) >= 4)

-- rule: last_category
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid' AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
  GROUP BY customer_id
  HAVING maxIf((bought_at, event_id), category = 'sport') = max((bought_at, event_id)))

-- rule: first_time
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT DISTINCT customer_id
    FROM purchases
    WHERE status = 'paid'
      AND bought_at >= toDateTime64('2026-05-02 00:00:00', 6, 'UTC')
      AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')) b
  WHERE NOT EXISTS (
    SELECT 1
    FROM purchases p
    WHERE p.customer_id = b.customer_id
      AND status = 'paid'
      AND bought_at < toDateTime64('2026-05-02 00:00:00', 6, 'UTC')))

-- rule: calendar_month
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE category = 'books'
    AND status = 'paid'
    AND bought_at >= toDateTime64('2026-04-30 22:00:00', 6, 'UTC')
    AND bought_at < toDateTime64('2026-05-31 22:00:00', 6, 'UTC')
  GROUP BY customer_id
  HAVING count() <= 3)

-- rule: two_sources
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT customer_id
    FROM views
    WHERE category = 'garden'
      AND viewed_at >= toDateTime64('2026-05-02 00:00:00', 6, 'UTC')
      AND viewed_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
    GROUP BY customer_id
    HAVING count() >= 2) v
  WHERE customer_id IN (
    SELECT customer_id
    FROM emails
    WHERE opened_at >= toDateTime64('2026-05-02 00:00:00', 6, 'UTC') AND opened_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC'))
  UNION ALL
  SELECT customer_id
  FROM purchases
  WHERE category = 'garden'
    AND status = 'paid'
    AND bought_at >= toDateTime64('2026-05-02 00:00:00', 6, 'UTC')
    AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC'))

-- rule: viewed_not_bought
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT customer_id
    FROM views
    WHERE category = 'shoes'
      AND viewed_at >= toDateTime64('2026-03-03 01:00:00', 6, 'UTC')
      AND viewed_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
    GROUP BY customer_id
    HAVING count() > 2) v
  WHERE NOT EXISTS (
    SELECT 1
    FROM purchases p
    WHERE p.customer_id = v.customer_id
      AND category = 'shoes'
      AND status = 'paid'
      AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')))

-- rule: ratio
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT p.customer_id
  FROM (
    SELECT customer_id, count() AS b
    FROM purchases
    WHERE status = 'paid'
      AND bought_at >= toDateTime64('2026-03-03 01:00:00', 6, 'UTC')
      AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
    GROUP BY customer_id) p
  JOIN (
    SELECT customer_id, count() AS v
    FROM views
    WHERE viewed_at >= toDateTime64('2026-03-03 01:00:00', 6, 'UTC')
      AND viewed_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
    GROUP BY customer_id) v USING (customer_id)
  WHERE 2 * b > v)

-- rule: event_tests
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE quantity >= 2
    AND status = 'paid'
    AND bought_at >= toDateTime64('2025-12-03 01:00:00', 6, 'UTC')
    AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
    AND (amount > 500
      OR product_id IN (SELECT product_id FROM products WHERE brand = 'brand_007'))
  GROUP BY customer_id
  HAVING count() >= 2)

-- rule: not_or
SELECT customer_id
FROM customers c
WHERE customer_id IN (SELECT customer_id FROM loyalty WHERE points >= 1000)
  AND NOT EXISTS (
    SELECT 1
    FROM purchases p
    WHERE p.customer_id = c.customer_id
      AND status = 'paid'
      AND bought_at >= toDateTime64('2025-12-03 01:00:00', 6, 'UTC')
      AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC'))
  AND NOT EXISTS (
    SELECT 1
    FROM emails e
    WHERE e.customer_id = c.customer_id
      AND opened_at >= toDateTime64('2026-03-03 01:00:00', 6, 'UTC')
      AND opened_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC'))

-- rule: many_windows
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at < toDateTime64('2026-03-03 01:00:00', 6, 'UTC')
    AND customer_id IN (
      SELECT customer_id
      FROM (
        SELECT customer_id
        FROM purchases
        WHERE status = 'paid'
          AND bought_at >= toDateTime64('2026-05-02 00:00:00', 6, 'UTC')
          AND bought_at < toDateTime64('2026-06-01 00:00:00', 6, 'UTC')
        GROUP BY customer_id
        HAVING count() >= 2) m
      WHERE NOT EXISTS (
        SELECT 1
        FROM purchases p
        WHERE p.customer_id = m.customer_id
          AND status = 'paid'
          AND bought_at >= toDateTime64('2026-03-03 01:00:00', 6, 'UTC')
          AND bought_at < toDateTime64('2026-05-02 00:00:00', 6, 'UTC')))
  GROUP BY customer_id
  HAVING count() >= 3)
