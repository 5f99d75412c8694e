"""Products, orders with their lines, carts, and who joined the loyalty programme."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from generator.chance import (
    END,
    OPENED,
    UNKNOWN,
    Row,
    dice,
    moment,
    money,
    pick,
    poisson,
    repeat,
)
from generator.edges import FIRST_EDGE, edge_times
from generator.words import BRANDS, GOODS, KINDS, QUALITY


def make_products() -> list[Row]:
    rng, rows, names = dice("products"), [], set()
    for category, parts in GOODS.items():
        for part, (words, usual) in parts.items():
            for word in words.split():
                for brand in rng.sample(BRANDS, 5):
                    tier, factor, _ = rng.choices(QUALITY, [q[2] for q in QUALITY])[0]
                    name = f"{word} {brand}"
                    if name in names:
                        continue
                    names.add(name)
                    green = rng.random() < (0.8 if brand == "Grünschnitt" else 0.22)
                    carbon = rng.uniform(3, 9) if green else rng.uniform(5, 24)
                    price = round(usual * factor * rng.uniform(0.6, 1.0)) - 0.05
                    rows.append(
                        {
                            "product_id": 501 + len(rows),
                            "name": name,
                            "category": category,
                            "subcategory": part,
                            "brand": brand,
                            "price": money(price),
                            "sustainable": green if rng.random() > 0.03 else None,
                            "quality": tier if rng.random() > 0.03 else None,
                            "co2_kg": round(carbon, 2) if rng.random() > 0.08 else None,
                        }
                    )
    return rows


def shelves(products: list[Row]) -> dict[str, list[Row]]:
    goods: dict[str, list[Row]] = {category: [] for category in GOODS}
    for product in products:
        goods[product["category"]].append(product)
    return goods


def choose_product(rng: Random, who: Row, goods: dict[str, list[Row]]) -> Row:
    """What this kind of customer would look at."""
    weights = dict(KINDS[who["_kind"]].goods)
    if who["_parent_soon"]:
        weights["baby"] = weights.get("baby", 0) + 6
    shelf = goods[pick(rng, weights)]
    caring = "sustainability" in (who["personal_values"] or ())
    picky = "quality" in (who["personal_values"] or ())
    return rng.choices(
        shelf,
        [
            (3 if caring and product["sustainable"] else 1)
            * (3 if picky and product["quality"] == "premium" else 1)
            * (3 if who["_kind"] == "student" and product["quality"] == "basic" else 1)
            for product in shelf
        ],
    )[0]


def device_of(rng: Random, who: Row) -> str | None:
    if rng.random() < 0.015:
        return None
    return (
        who["_device"] if who["_one_device"] else pick(rng, KINDS[who["_kind"]].devices)
    )


def season(when: datetime) -> float:
    return {11: 1.0, 12: 1.0, 4: 0.8, 5: 0.85, 1: 0.5, 2: 0.45}.get(when.month, 0.65)


def order_times(rng: Random, who: Row) -> list[datetime]:
    start = max(who["created_at"], OPENED)
    mean = KINDS[who["_kind"]].orders * who["_eager"] * 1.3
    mean *= 0.25 + 0.75 * ((who["_left"] - start) / (END - OPENED))
    times = []
    for _ in range(min(poisson(rng, mean), 30)):
        when = moment(rng, start, who["_left"])
        if rng.random() < season(when):
            times.append(when)
        elif rng.random() < 0.7:
            times.append(moment(rng, start, who["_left"]))
    return sorted(set(times))


def make_orders(people: list[Row], products: list[Row]) -> tuple[list[Row], list[Row]]:
    rng, goods = dice("orders"), shelves(products)
    dear = max(products, key=lambda product: (product["price"], product["name"]))
    plan: list[tuple[datetime | None, Row, int | None, str]] = []
    for who in people:
        for when in order_times(rng, who) if who["customer_id"] < FIRST_EDGE else ():
            status = rng.choices(
                ("paid", "cancelled", "pending", None), (900, 75, 20, 4)
            )
            plan.append((when, who, who["customer_id"], status[0]))
    by_key = {who["customer_id"]: who for who in people}
    for key, when in edge_times("order"):
        plan.append((when, by_key[key], key, "paid"))
    for number in range(40):  # of unknown customers
        when = moment(rng, OPENED, END)
        plan.append((when, rng.choice(people), UNKNOWN[number % 4], "paid"))
    for _ in range(12):  # without a time
        who = rng.choice(people)
        plan.append((None, who, who["customer_id"], "paid"))
    plan.sort(key=lambda entry: (entry[0] or END + timedelta(days=1), entry[2] or 0))
    orders, lines = [], []
    for number, (when, who, key, status) in enumerate(plan):
        order_id = 70_001 + number
        amounts = []
        for line_no in range(1, min(1 + poisson(rng, 1.1), 7) + 1):
            line = make_line(rng, who, choose_product(rng, who, goods))
            if key is not None and FIRST_EDGE <= key < UNKNOWN[0]:  # enough to decide
                line |= {"product_id": dear["product_id"], "quantity": 4}
                line |= {"amount": 4 * dear["price"], "discount": Decimal(0)}
            lines.append({"order_id": order_id, "line_no": line_no} | line)
            amounts.append(line["amount"] or Decimal(0))
        payment = who["_payment"]
        if rng.random() < 0.2:
            payment = pick(rng, KINDS[who["_kind"]].pays)
        orders.append(
            {
                "order_id": order_id,
                "customer_id": key,
                "ordered_at": when,
                "status": status,
                "payment": payment if rng.random() > 0.01 else None,
                "device": device_of(rng, who),
                "basket_value": sum(amounts) if rng.random() > 0.01 else None,
            }
        )
    for number in range(8):  # lines whose order is lost, lines of a lost product
        lines.append(
            {"order_id": 99_001, "line_no": number}
            | make_line(rng, people[0], products[0])
        )
        lines[rng.randrange(len(lines))]["product_id"] = 9_999
    return orders, lines


def make_line(rng: Random, who: Row, product: Row) -> Row:
    quantity = rng.choices((1, 2, 3), (85, 12, 3))[0]
    full = product["price"] * quantity
    discount = Decimal(0)
    if rng.random() < KINDS[who["_kind"]].saves:
        discount = money(float(full) * rng.choice((0.10, 0.15, 0.20, 0.30, 0.50)))
    return {
        "product_id": product["product_id"],
        "quantity": quantity,
        "amount": full - discount if rng.random() > 0.004 else None,
        "discount": discount if rng.random() > 0.02 else None,
    }


def make_carts(
    people: list[Row], orders: list[Row], lines: list[Row], products: list[Row]
) -> list[Row]:
    rng, goods, rows = dice("carts"), shelves(products), []
    by_key = {who["customer_id"]: who for who in people}
    by_order = {order["order_id"]: order for order in orders}

    def add(
        key: int | None, product_id: int, when: datetime | None, device: str | None
    ) -> None:
        rows.append(
            {
                "event_id": f"c{500_001 + len(rows)}",
                "customer_id": key,
                "added_at": when,
                "product_id": product_id,
                "quantity": rng.choices((1, 2), (9, 1))[0],
                "device": device,
            }
        )

    for line in lines:
        order = by_order.get(line["order_id"], {})
        key, when = order.get("customer_id"), order.get("ordered_at")
        if not when or when < datetime(2025, 6, 1):
            continue
        if key in by_key and key < FIRST_EDGE and rng.random() < 0.6:
            before = when - timedelta(seconds=rng.randint(90, 4000))
            add(key, line["product_id"], before, order["device"])
    for who in people:
        if who["customer_id"] >= FIRST_EDGE or who["_left"] < END:
            continue
        start = max(who["created_at"], datetime(2025, 6, 1))
        for _ in range(poisson(rng, 0.3 * who["_eager"])):
            back = (END - start) * (rng.random() ** 1.7)
            product = choose_product(rng, who, goods)
            when = moment(rng, END - back, END)
            add(who["customer_id"], product["product_id"], when, device_of(rng, who))
    for key, when in edge_times("cart"):
        add(key, products[0]["product_id"], when, "desktop")
    for number in range(20):
        add(
            UNKNOWN[number % 4],
            501 + number,
            moment(rng, datetime(2025, 6, 1), END),
            None,
        )
    add(1001, 501, None, None)
    return repeat(rng, rows, 25)


def make_loyalty(people: list[Row], orders: list[Row]) -> list[Row]:
    rng, rows, spent = dice("loyalty"), [], {}
    for order in orders:
        if order["status"] == "paid" and order["ordered_at"]:
            value = order["basket_value"] or Decimal(0)
            spent[order["customer_id"]] = spent.get(order["customer_id"], 0) + value
    for who in people:
        total = int(spent.get(who["customer_id"], 0))
        if who["customer_id"] >= FIRST_EDGE or rng.random() > min(
            0.12 + total / 1600, 0.72
        ):
            continue
        tier = "gold" if total > 700 else "silver" if total > 300 else "bronze"
        joined = moment(rng, max(who["created_at"], OPENED), END)
        rows.append(
            {
                "customer_id": who["customer_id"],
                "tier": tier if rng.random() > 0.04 else None,
                "points": total * 2 + rng.randint(0, 90)
                if rng.random() > 0.03
                else None,
                "joined_on": joined.date(),
            }
        )
    rows.append(
        {
            "customer_id": 900_001,
            "tier": "gold",
            "points": 5000,
            "joined_on": date(2025, 1, 2),
        }
    )
    return rows
