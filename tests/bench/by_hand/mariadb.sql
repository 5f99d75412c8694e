-- The first twenty rules for MariaDB, by hand. Its users have primary keys and
-- indexes on (customer_id, time) and on the time.

-- rule: attributes
SELECT customer_id
FROM customers
WHERE age BETWEEN 18 AND 29
  AND city IN ('Berlin', 'Hamburg', 'München')
  AND newsletter
  AND json_contains(interests, '"eco"')

-- rule: attributes_mixed
SELECT customer_id
FROM customers
WHERE (gender = 'f' OR income >= 60000)
  AND (phone IS NULL OR phone = '')
  AND NOT city <=> 'Berlin'
  AND (email LIKE '%@uni.example') IS NOT TRUE

-- rule: showcase
SELECT customer_id
FROM purchases
WHERE category = 'sport'
  AND status = 'paid'
  AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
  AND customer_id IN (
    SELECT customer_id FROM customers WHERE age BETWEEN 25 AND 34 AND city = 'Berlin')
GROUP BY customer_id
HAVING count(*) >= 3

-- rule: existence
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM views
  WHERE category = 'garden'
    AND viewed_at >= TIMESTAMP '2026-05-25 00:00:00'
    AND viewed_at < TIMESTAMP '2026-06-01 00:00:00')

-- rule: never_lately
SELECT customer_id
FROM customers c
WHERE NOT EXISTS (
  SELECT 1
  FROM purchases p
  WHERE p.customer_id = c.customer_id
    AND status = 'paid'
    AND bought_at >= TIMESTAMP '2026-03-03 01:00:00'
    AND bought_at < TIMESTAMP '2026-06-01 00:00:00')

-- rule: count_window
SELECT c.customer_id
FROM customers c
JOIN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= TIMESTAMP '2025-06-01 00:00:00'
    AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
  GROUP BY customer_id
  HAVING count(*) >= 10) found USING (customer_id)

-- rule: count_below
SELECT c.customer_id
FROM customers c
LEFT JOIN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
  GROUP BY customer_id
  HAVING count(*) >= 3) b USING (customer_id)
WHERE b.customer_id IS NULL

-- rule: sum_window
SELECT c.customer_id
FROM customers c
JOIN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND bought_at >= TIMESTAMP '2025-06-01 00:00:00'
    AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
  GROUP BY customer_id
  HAVING sum(amount) >= 1000) found USING (customer_id)

-- rule: basket
SELECT c.customer_id
FROM customers c
JOIN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid' AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
  GROUP BY customer_id
  HAVING max(amount) >= 300 AND sum(amount - 80) > 0) found USING (customer_id)

-- rule: distinct_products
SELECT c.customer_id
FROM customers c
JOIN (
  SELECT customer_id
  FROM views
  WHERE viewed_at < TIMESTAMP '2026-06-01 00:00:00'
  GROUP BY customer_id
  HAVING count(DISTINCT product_id) >= 50) found USING (customer_id)

-- rule: distinct_filtered
SELECT c.customer_id
FROM customers c
JOIN (
  SELECT customer_id
  FROM purchases
  WHERE status = 'paid'
    AND amount > 50
    AND bought_at >= TIMESTAMP '2025-06-01 00:00:00'
    AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
  GROUP BY customer_id
  HAVING count(DISTINCT category) >= 4) found USING (customer_id)

-- rule: last_category
SELECT customer_id
FROM customers c
WHERE (
  SELECT category
  FROM purchases p
  WHERE p.customer_id = c.customer_id
    AND status = 'paid'
    AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
  ORDER BY bought_at DESC, event_id DESC
  LIMIT 1) = 'sport'

-- rule: first_time
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT DISTINCT customer_id
    FROM purchases
    WHERE status = 'paid'
      AND bought_at >= TIMESTAMP '2026-05-02 00:00:00'
      AND bought_at < TIMESTAMP '2026-06-01 00:00:00') b
  WHERE NOT EXISTS (
    SELECT 1
    FROM purchases p
    WHERE p.customer_id = b.customer_id
      AND status = 'paid'
      AND bought_at < TIMESTAMP '2026-05-02 00:00:00'))

-- rule: calendar_month
SELECT c.customer_id
FROM customers c
JOIN (
  SELECT customer_id
  FROM purchases
  WHERE category = 'books'
    AND status = 'paid'
    AND bought_at >= TIMESTAMP '2026-04-30 22:00:00'
    AND bought_at < TIMESTAMP '2026-05-31 22:00:00'
  GROUP BY customer_id
  HAVING count(*) <= 3) found USING (customer_id)

-- rule: two_sources
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT customer_id
    FROM views
    WHERE category = 'garden'
      AND viewed_at >= TIMESTAMP '2026-05-02 00:00:00'
      AND viewed_at < TIMESTAMP '2026-06-01 00:00:00'
    GROUP BY customer_id
    HAVING count(*) >= 2) v
  WHERE customer_id IN (
    SELECT customer_id
    FROM emails
    WHERE opened_at >= TIMESTAMP '2026-05-02 00:00:00' AND opened_at < TIMESTAMP '2026-06-01 00:00:00')
  UNION ALL
  SELECT customer_id
  FROM purchases
  WHERE category = 'garden'
    AND status = 'paid'
    AND bought_at >= TIMESTAMP '2026-05-02 00:00:00'
    AND bought_at < TIMESTAMP '2026-06-01 00:00:00')

-- rule: viewed_not_bought
SELECT customer_id
FROM customers
WHERE customer_id IN (
  SELECT customer_id
  FROM (
    SELECT customer_id
    FROM views
    WHERE category = 'shoes'
      AND viewed_at >= TIMESTAMP '2026-03-03 01:00:00'
      AND viewed_at < TIMESTAMP '2026-06-01 00:00:00'
    GROUP BY customer_id
    HAVING count(*) > 2) v
  WHERE NOT EXISTS (
    SELECT 1
    FROM purchases p
    WHERE p.customer_id = v.customer_id
      AND category = 'shoes'
      AND status = 'paid'
      AND bought_at < TIMESTAMP '2026-06-01 00:00:00'))

-- rule: ratio
SELECT c.customer_id
FROM customers c
JOIN (
  SELECT p.customer_id
  FROM (
    SELECT customer_id, count(*) AS b
    FROM purchases
    WHERE status = 'paid'
      AND bought_at >= TIMESTAMP '2026-03-03 01:00:00'
      AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
    GROUP BY customer_id) p
  JOIN (
    SELECT customer_id, count(*) AS v
    FROM views
    WHERE viewed_at >= TIMESTAMP '2026-03-03 01:00:00'
      AND viewed_at < TIMESTAMP '2026-06-01 00:00:00'
    GROUP BY customer_id) v USING (customer_id)
  WHERE 2 * b > v) found USING (customer_id)

-- rule: event_tests
SELECT c.customer_id
FROM customers c
JOIN (
  SELECT customer_id
  FROM purchases
  WHERE quantity >= 2
    AND status = 'paid'
    AND bought_at >= TIMESTAMP '2025-12-03 01:00:00'
    AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
    AND (amount > 500
      OR product_id IN (SELECT product_id FROM products WHERE brand = 'brand_007'))
  GROUP BY customer_id
  HAVING count(*) >= 2) found USING (customer_id)

-- rule: not_or
SELECT customer_id
FROM customers c
WHERE customer_id IN (SELECT customer_id FROM loyalty WHERE points >= 1000)
  AND NOT EXISTS (
    SELECT 1
    FROM purchases p
    WHERE p.customer_id = c.customer_id
      AND status = 'paid'
      AND bought_at >= TIMESTAMP '2025-12-03 01:00:00'
      AND bought_at < TIMESTAMP '2026-06-01 00:00:00')
  AND NOT EXISTS (
    SELECT 1
    FROM emails e
    WHERE e.customer_id = c.customer_id
      AND opened_at >= TIMESTAMP '2026-03-03 01:00:00'
      AND opened_at < TIMESTAMP '2026-06-01 00:00:00')

-- rule: many_windows
SELECT c.customer_id
FROM customers c
JOIN (
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
          AND bought_at >= TIMESTAMP '2026-05-02 00:00:00'
          AND bought_at < TIMESTAMP '2026-06-01 00:00:00'
        GROUP BY customer_id
        HAVING count(*) >= 2) m
      WHERE NOT EXISTS (
        SELECT 1
        FROM purchases p
        WHERE p.customer_id = m.customer_id
          AND status = 'paid'
          AND bought_at >= TIMESTAMP '2026-03-03 01:00:00'
          AND bought_at < TIMESTAMP '2026-05-02 00:00:00'))
  GROUP BY customer_id
  HAVING count(*) >= 3) found USING (customer_id)
