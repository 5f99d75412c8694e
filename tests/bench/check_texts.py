"""Segments in three languages: definition files, SQL and PRQL that say the same.

`{n}` is a number that differs from file to file, so that no two are equal. The catalog
is that of examples/shop.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    segql: str
    sql: str
    prql: str


HEAD = """\
# Finds: what number {n} is for.
segment s{n} "Segment {n}"
  owner "crm@shop.example"

"""

TEXTS = (
    Text(
        'where age 25..{n} and city = "Berlin" and bought("sport") >= 3\n',
        """\
SELECT c.customer_id
FROM customers AS c
WHERE c.age BETWEEN 25 AND {n}
  AND c.home.city = 'Berlin'
  AND (
    SELECT COUNT(*)
    FROM order_lines AS l
    JOIN orders AS o ON o.order_id = l.order_id
    JOIN products AS p ON p.product_id = l.product_id
    WHERE o.customer_id = c.customer_id
      AND o.status = 'paid'
      AND p.category = 'sport'
  ) >= 3
""",
        """\
let sport = (
  from l = order_lines
  join o = orders (o.order_id == l.order_id)
  join p = products (p.product_id == l.product_id)
  filter o.status == "paid" && p.category == "sport"
  group o.customer_id (aggregate {{times = count this}})
)
from c = customers
join s = sport (s.customer_id == c.customer_id)
filter c.age >= 25 && c.age <= {n} && c.city == "Berlin" && s.times >= 3
select {{c.customer_id}}
""",
    ),
    Text(
        "where sum(bought.amount in last 365 days) >= {n}\n",
        """\
SELECT o.customer_id
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
WHERE o.status = 'paid'
  AND o.ordered_at >= TIMESTAMP '2025-05-31 22:00:00'
  AND o.ordered_at < TIMESTAMP '2026-05-31 22:00:00'
GROUP BY o.customer_id
HAVING SUM(l.amount) >= {n}
""",
        """\
from l = order_lines
join o = orders (o.order_id == l.order_id)
filter o.status == "paid"
filter o.ordered_at >= @2025-05-31T22:00:00 && o.ordered_at < @2026-05-31T22:00:00
group o.customer_id (aggregate {{total = sum l.amount}})
filter total >= {n}
select {{customer_id}}
""",
    ),
    Text(
        "where bought >= {n} and bought(discount > 0) / bought >= 0.6\n",
        """\
SELECT o.customer_id
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
WHERE o.status = 'paid'
GROUP BY o.customer_id
HAVING COUNT(*) >= {n}
  AND COUNT(*) FILTER (WHERE l.discount > 0) / COUNT(*) >= 0.6
""",
        """\
from l = order_lines
join o = orders (o.order_id == l.order_id)
filter o.status == "paid"
derive reduced = case [l.discount > 0 => 1, true => 0]
group o.customer_id (aggregate {{times = count this, cheap = sum reduced}})
filter times >= {n} && cheap / times >= 0.6
select {{customer_id}}
""",
    ),
    Text(
        "where (newsletter or loyalty_points > {n}) and email_consent\n"
        '  and household in ("couple", "family") and children >= 1\n',
        """\
SELECT c.customer_id
FROM customers AS c
WHERE (c.newsletter OR c.loyalty_points > {n})
  AND c.email_consent
  AND c.household IN ('couple', 'family')
  AND c.children >= 1
""",
        """\
from c = customers
filter (c.newsletter || c.loyalty_points > {n}) && c.email_consent
filter (c.household == "couple" || c.household == "family") && c.children >= 1
select {{c.customer_id}}
""",
    ),
    Text(
        "param least: integer = {n}\n\n"
        "let lately = viewed in last 30 days\n\n"
        "where lately >= least and not bought in last 90 days\n",
        """\
WITH lately AS (
  SELECT v.customer_id, COUNT(*) AS times
  FROM page_views AS v
  WHERE v.viewed_at >= TIMESTAMP '2026-05-01 22:00:00'
    AND v.viewed_at < TIMESTAMP '2026-05-31 22:00:00'
  GROUP BY v.customer_id
)
SELECT l.customer_id
FROM lately AS l
WHERE l.times >= {n}
  AND NOT EXISTS (
    SELECT 1
    FROM order_lines AS i
    JOIN orders AS o ON o.order_id = i.order_id
    WHERE o.customer_id = l.customer_id
      AND o.status = 'paid'
      AND o.ordered_at >= TIMESTAMP '2026-03-02 22:00:00'
      AND o.ordered_at < TIMESTAMP '2026-05-31 22:00:00'
  )
""",
        """\
let lately = (
  from v = page_views
  filter v.viewed_at >= @2026-05-01T22:00:00 && v.viewed_at < @2026-05-31T22:00:00
  group v.customer_id (aggregate {{times = count this}})
)
let buyers = (
  from i = order_lines
  join o = orders (o.order_id == i.order_id)
  filter o.status == "paid"
  filter o.ordered_at >= @2026-03-02T22:00:00 && o.ordered_at < @2026-05-31T22:00:00
  group o.customer_id (aggregate {{bought = count this}})
)
from l = lately
join side:left b = buyers (b.customer_id == l.customer_id)
filter l.times >= {n} && b.bought == null
select {{l.customer_id}}
""",
    ),
    Text(
        "where days since last(bought) >= {n}\n"
        "  and bought in each of last 6 full months\n",
        """\
SELECT o.customer_id
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
WHERE o.status = 'paid'
GROUP BY o.customer_id
HAVING DATE_DIFF('day', MAX(o.ordered_at), TIMESTAMP '2026-05-31 22:00:00') >= {n}
  AND COUNT(DISTINCT DATE_TRUNC('month', o.ordered_at)) FILTER (
    WHERE o.ordered_at >= TIMESTAMP '2025-11-30 23:00:00'
      AND o.ordered_at < TIMESTAMP '2026-05-31 22:00:00'
  ) = 6
""",
        """\
from l = order_lines
join o = orders (o.order_id == l.order_id)
filter o.status == "paid"
derive month = s"DATE_TRUNC('month', {{o.ordered_at}})"
group {{o.customer_id, month}} (aggregate {{latest = max o.ordered_at}})
group customer_id (aggregate {{months = count this, newest = max latest}})
filter months >= 6 && newest <= @2026-05-31T22:00:00 && months < {n} + 1000
select {{customer_id}}
""",
    ),
)


def files(count: int) -> list[tuple[str, str, str]]:
    """So many files in each language; numbers from 30 on."""
    made = []
    for number in range(count):
        text = TEXTS[number % len(TEXTS)]
        n = 30 + number
        made.append(
            (
                HEAD.format(n=n) + text.segql.format(n=n),
                f"-- Finds: what number {n} is for.\n" + text.sql.format(n=n),
                f"# Finds: what number {n} is for.\n" + text.prql.format(n=n),
            )
        )
    return made
