"""What follows and leads to a sale: views, mails, returns, reviews, answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from generator.chance import END, OPENED, UNKNOWN, Row, dice, moment, poisson, repeat
from generator.edges import FIRST_EDGE, edge_times
from generator.sales import choose_product, device_of, shelves
from generator.words import CAMPAIGNS, KINDS


def make_views(people: list[Row], products: list[Row]) -> list[Row]:
    rng, goods, rows = dice("views"), shelves(products), []

    def add(who: Row, key: int | None, when: datetime | None) -> None:
        product = choose_product(rng, who, goods)
        on_product = rng.random() < 0.75
        category = product["category"]
        path = f"/{category}/{product['product_id']}" if on_product else f"/{category}"
        if rng.random() < 0.08:
            path, on_product, category = "/", False, None
        rows.append(
            {
                "event_id": f"v{200_001 + len(rows)}",
                "customer_id": key,
                "viewed_at": when,
                "device": device_of(rng, who),
                "path": path,
                "category": category,
                "product_id": product["product_id"] if on_product else None,
            }
        )

    for who in people:
        start, key = max(who["created_at"], OPENED), who["customer_id"]
        if key >= FIRST_EDGE or rng.random() < 0.12:
            continue
        for _ in range(poisson(rng, 0.7 + 1.9 * who["_eager"])):
            back = (who["_left"] - start) * (rng.random() ** 1.8)
            when = moment(rng, max(start, who["_left"] - back), who["_left"])
            for _ in range(poisson(rng, 2.1) + 1):
                stranger = rng.random() < 0.05  # not logged in
                add(who, None if stranger else key, when)
                when += timedelta(seconds=rng.randint(8, 240))
                if when >= END + timedelta(hours=2):
                    break
    by_key = {who["customer_id"]: who for who in people}
    for key, when in edge_times("view"):
        for second in range(5):
            add(by_key[key], key, when + timedelta(seconds=second * 30))
    for number in range(60):
        add(rng.choice(people), UNKNOWN[number % 3], moment(rng, OPENED, END))
    for _ in range(15):
        who = rng.choice(people)
        add(who, who["customer_id"], None)
    return repeat(rng, rows, 120)


def make_emails(people: list[Row]) -> list[Row]:
    rng, rows = dice("emails"), []

    def add(
        who: Row, key: int, kind: str, when: datetime | None, mail: tuple[str, str]
    ) -> None:
        row = {"event_id": f"m{800_001 + len(rows)}", "customer_id": key, "kind": kind}
        rows.append(row | {"campaign": mail[0], "topic": mail[1], "happened_at": when})

    tastes = {who["customer_id"]: rng.betavariate(0.8, 1.1) * 2 for who in people}
    for name, topic, day in CAMPAIGNS:
        sent = datetime.fromisoformat(day) + timedelta(hours=8)
        for who in people:
            key = who["customer_id"]
            fits = who["newsletter"] and who["created_at"] < sent and key < FIRST_EDGE
            if not fits or rng.random() > (0.58 if sent.year == 2026 else 0.33):
                continue
            when = sent + timedelta(seconds=rng.randrange(5400))
            add(who, key, "sent", when, (name, topic))
            share = min(KINDS[who["_kind"]].open * tastes[key], 0.95)
            share *= 1.3 if topic == who["_kind"] or topic == "sale" else 1.0
            while rng.random() < share:
                when += timedelta(seconds=int(rng.expovariate(1 / 40_000)) + 60)
                add(who, key, "opened", when, (name, topic))
                if rng.random() < 0.3:
                    click = when + timedelta(seconds=rng.randint(5, 300))
                    add(who, key, "clicked", click, (name, topic))
                share *= 0.2
    by_key = {who["customer_id"]: who for who in people}
    for key, when in edge_times("click"):
        add(by_key[key], key, "clicked", when, ("wandern_2026", "outdoor"))
    for number in range(25):
        when = moment(rng, datetime(2025, 7, 1), END)
        add(people[0], 900_001 + number % 3, "opened", when, CAMPAIGNS[number % 14][:2])
    for who in rng.sample(people, 6):
        add(who, who["customer_id"], "opened", None, CAMPAIGNS[-1][:2])
    kept = [row for row in rows if not row["happened_at"] or row["happened_at"] < END]
    return repeat(rng, kept, 80)


def make_after_sales(
    people: list[Row], orders: list[Row], lines: list[Row]
) -> tuple[list[Row], list[Row]]:
    rng, returns, reviews = dice("after sales"), [], []
    known = {
        who["customer_id"]: who for who in people if who["customer_id"] < FIRST_EDGE
    }
    temper = {key: rng.betavariate(0.6, 2.6) for key in known}
    writes = {key: rng.betavariate(0.3, 2.2) for key in known}
    by_order = {order["order_id"]: order for order in orders}
    for line in lines:
        order = by_order.get(line["order_id"])
        if not order or order["status"] != "paid" or not order["ordered_at"]:
            continue
        key = order["customer_id"]
        if key not in known:
            continue
        back = order["ordered_at"] + timedelta(seconds=rng.randint(300_000, 1_900_000))
        sent_back = rng.random() < temper[key] * 0.6 and back < END
        if sent_back:
            returns.append(
                {
                    "return_id": 30_001 + len(returns),
                    "order_id": order["order_id"],
                    "line_no": line["line_no"],
                    "product_id": line["product_id"],
                    "returned_at": back if rng.random() > 0.005 else None,
                    "reason": rng.choices(
                        ("size", "quality", "delay", "taste", None), (50, 14, 6, 25, 5)
                    )[0],
                }
            )
        said = order["ordered_at"] + timedelta(seconds=rng.randint(400_000, 3_500_000))
        if rng.random() < writes[key] and said < END:
            stars = rng.choices((1, 2, 3, 4, 5), (3, 4, 10, 33, 50))[0]
            if sent_back:
                stars = rng.choice((1, 2, 2, 3, 4))
            mood = "positive" if stars > 3 else "neutral" if stars == 3 else "negative"
            reviews.append(
                {
                    "review_id": 40_001 + len(reviews),
                    "customer_id": key,
                    "product_id": line["product_id"],
                    "rating": stars if rng.random() > 0.03 else None,
                    "sentiment": mood if rng.random() > 0.08 else None,
                    "reviewed_at": said,
                }
            )
    return returns, reviews


def make_answers(people: list[Row]) -> list[Row]:
    rng, rows = dice("answers"), []

    def add(
        who: Row, survey: str, question: str, answer: str, score: int | None, day: date
    ) -> None:
        row = {"answer_id": 60_001 + len(rows), "customer_id": who["customer_id"]}
        row |= {
            "survey": survey,
            "question": question,
            "answer": answer,
            "score": score,
        }
        rows.append(row | {"answered_on": day})

    styles = {"sporty": "sporty", "outdoor": "sporty", "classic": "classic"}
    for who in people:
        if who["customer_id"] >= FIRST_EDGE or rng.random() > 0.30:
            continue
        mood = rng.choices((9, 8, 6, 3), (40, 30, 18, 12))[0]
        for year, month in ((2025, 3), (2025, 11), (2026, 4)):
            day = date(year, month, rng.randint(1, 28))
            if day < who["created_at"].date() or rng.random() < 0.35:
                continue
            score = max(0, min(10, mood + rng.randint(-2, 2)))
            add(who, f"nps_{year}_{month:02}", "recommend", str(score), score, day)
            if rng.random() < 0.5:
                style = styles.get(
                    who["_kind"], rng.choice(("casual", "elegant", "trendy"))
                )
                add(who, f"nps_{year}_{month:02}", "style", style, None, day)
    return rows
