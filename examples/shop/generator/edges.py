"""Customers whose events lie exactly on the edges of windows, or just beside them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from generator.chance import END, Row, dice
from generator.customers import make_customer

FIRST_EDGE = 4001  # the key of the first of them

# Each: what happens to one customer, and when (UTC). Berlin's summer time is UTC+2.
EDGES: tuple[tuple[tuple[str, str], ...], ...] = (
    (("order", "2025-05-31T22:00:00"), ("order", "2026-05-31T21:59:59.999999")),
    (("order", "2025-05-31T21:59:59.999999"), ("order", "2025-03-30T00:30:00")),
    (("order", "2026-05-31T22:00:00"), ("order", "2026-05-31T23:15:00")),
    (("order", "2026-03-02T23:00:00"), ("order", "2025-12-02T22:59:59.999999")),
    (("order", "2026-03-02T22:30:00"), ("order", "2025-12-02T23:00:00")),
    (("order", "2026-04-01T22:00:00"),),
    (("order", "2026-04-01T21:59:59.999999"),),
    (("order", "2025-11-30T23:00:00"),),
    (("order", "2025-11-30T22:59:59.999999"),),
    (("order", "2025-12-24T22:59:59.999999"),),
    (("order", "2025-12-24T23:00:00"),),
    (("cart", "2026-05-24T22:00:00"),),
    (("cart", "2026-05-24T21:59:59.999999"),),
    (("order", "2026-05-29T18:00:00"), ("cart", "2026-05-29T18:00:00")),
    (("order", "2026-05-29T18:00:00"), ("cart", "2026-05-29T18:00:01")),
    (("cart", "2026-05-31T22:00:00"),),
    (("click", "2026-04-30T22:00:00"),),
    (("click", "2026-04-30T21:59:59.999999"),),
    (("view", "2026-05-01T22:00:00"),),
    (("view", "2026-05-01T21:59:59.999999"),),
    (("order", "2025-12-02T22:59:59.999999"), ("order", "2025-06-05T22:00:00")),
    (("order", "2025-12-02T23:00:00"), ("order", "2025-06-05T22:00:00")),
    (("order", "2025-10-05T10:00:00"), ("order", "2025-06-05T21:59:59.999999")),
)


def make_edge_customers() -> list[Row]:
    """Plain customers, so that their hand-made events alone decide."""
    rows = []
    for number in range(len(EDGES)):
        row = make_customer(dice(f"edge {number}"), FIRST_EDGE + number, "classic")
        row |= {"created_at": datetime(2023, 5, 5, 12), "expecting_baby_month": None}
        rows.append(row)
    for key, second in ((0, 0), (1, -1), (2, 10)):  # 30 days back, just before, later
        row = make_customer(dice(f"newest {key}"), FIRST_EDGE + 100 + key, "fashion")
        start = datetime(2026, 5, 1, 22) if key < 2 else END
        row["created_at"] = start + timedelta(seconds=second)
        rows.append(row)
    return rows


def edge_times(what: str) -> Iterable[tuple[int, datetime]]:
    for number, events in enumerate(EDGES):
        for name, when in events:
            if name == what:
                yield FIRST_EDGE + number, datetime.fromisoformat(when)
