"""The customers: what they are, how they live, what they like."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from generator.chance import END, OPENED, Row, dice, moment, pick, some
from generator.words import CITIES, FEMALE_NAMES, HOME_SIZES, KINDS, MALE_NAMES

CUSTOMERS = 2000


def make_customers() -> list[Row]:
    rng = dice("customers")
    weights = [kind.weight for kind in KINDS.values()]
    rows = []
    for number in range(CUSTOMERS):
        name = rng.choices(list(KINDS), weights=weights)[0]
        rows.append(make_customer(rng, 1001 + number, name))
    return rows


def make_customer(rng: Random, key: int, name: str) -> Row:
    """A row of the table, and under `_…` what the other tables need to know."""
    kind = KINDS[name]

    def gap(value: object, share: float) -> Any:
        return None if rng.random() < share else value

    low, high, usual = kind.age
    birthdate = date(2026, 6, 1) - timedelta(
        days=int(365.25 * rng.triangular(low, high, usual))
    )
    age = years_before_end(birthdate)
    female = rng.random() < kind.female
    gender = "diverse" if rng.random() < 0.01 else "female" if female else "male"
    city, region, prefixes, latitude, longitude, climate, _ = rng.choices(
        CITIES, weights=[place[-1] for place in CITIES]
    )[0]
    known_city, known_home = rng.random() > 0.04, rng.random() > 0.05
    home = pick(rng, kind.homes)
    size = rng.randint(*HOME_SIZES[home])
    children = max(size - 2, 1) if home == "family" else 0
    if home == "family" and age >= 60:
        children = 0
    job = rng.choice(kind.jobs.split())
    if age >= 67:
        job = "retired"
    elif age < 60 and job == "retired":
        job = "employee"
    degree = 0.25 if job in ("craftsperson", "nurse", "retired") else 0.5
    schools = {"school": 0.12, "vocational": 0.7 - degree, "abitur": 0.18}
    if age >= 22:
        schools["bachelor"] = degree * 0.5
    if age >= 24:
        schools["master"] = degree * 0.42
    if age >= 28:
        schools["doctorate"] = degree * 0.08
    education = pick(rng, schools)
    bonus = 1.2 if education in ("master", "doctorate") else 1.0
    income = round(rng.triangular(*kind.income) * bonus / 10) * 10
    interests: list[str | None] = list(some(rng, kind.interests, 4))
    if rng.random() < 0.02:
        interests.insert(rng.randrange(len(interests) + 1), None)
    since = datetime(2021, 3, 1) if rng.random() < 0.5 else OPENED
    created = moment(rng, since, END)
    consent, newsletter = rng.random() < 0.62, rng.random() < 0.58
    post = rng.random() < (0.6 if name == "classic" else 0.3)
    consent = consent or (newsletter and rng.random() < 0.7)
    # a block of numbers that is kept free for fiction
    phone = f"+49 176 040690{rng.randint(0, 99):02}"
    host = "uni.example" if job == "student" and rng.random() < 0.6 else "mail.example"
    device, payment = pick(rng, kind.devices), pick(rng, kind.pays)
    expecting = None
    if 23 <= age <= 42 and home in ("couple", "family", "single"):
        month = rng.randint(-20, 8)  # counted from June 2026
        chance = 0.02 if home == "single" else 0.22
        if rng.random() < chance and created < END + timedelta(days=30.5 * month):
            expecting = date(2026 + (5 + month) // 12, (5 + month) % 12 + 1, 1)
    shoe = str(rng.randint(36, 42) if female else rng.randint(40, 48))
    age_known, birth_known = rng.random() > 0.05, rng.random() > 0.08
    return {
        "customer_id": key,
        "first_name": gap(
            rng.choice((FEMALE_NAMES if female else MALE_NAMES).split()), 0.03
        ),
        "gender": gap(gender, 0.05),
        "birthdate": birthdate if birth_known else None,
        "age": age if age_known else None,
        "household": gap(home, 0.08),
        "household_size": gap(size, 0.10),
        "children": gap(children, 0.10),
        "education": gap(education, 0.10),
        "income": gap(Decimal(income), 0.16),
        "profession": gap(job, 0.09),
        "city": city if known_city else None,
        "region": gap(region, 0.02),
        "postcode": gap(f"{rng.choice(prefixes)}{rng.randint(100, 999)}", 0.03),
        "latitude": round(latitude + rng.gauss(0, 0.03), 4) if known_home else None,
        "longitude": round(longitude + rng.gauss(0, 0.05), 4) if known_home else None,
        "climate_zone": gap(climate, 0.03),
        "interests": gap([] if rng.random() < 0.03 else interests, 0.07),
        "personal_values": gap(some(rng, kind.values, 3), 0.10),
        "lifestyle": gap(some(rng, kind.lifestyle, 2), 0.12),
        "preferred_device": gap(device, 0.12),
        "preferred_payment": gap(payment, 0.12),
        "contact": gap(
            {
                "email": gap(f"kunde{key}@{host}", 0.03),
                "phone": gap(phone if rng.random() < 0.6 else "", 0.2),
            },
            0.02,
        ),
        "newsletter": gap(newsletter, 0.02),
        "email_consent": gap(consent, 0.06),
        "sms_consent": gap(rng.random() < 0.25, 0.06),
        "post_consent": gap(post, 0.06),
        "shoe_size": rng.choice(["k. A.", "", None]) if rng.random() < 0.3 else shoe,
        "expecting_baby_month": expecting,
        "created_at": created,
        "_kind": name,
        "_eager": rng.gammavariate(1.1, 0.95),
        "_device": device,
        "_one_device": rng.random() < 0.45,
        "_payment": payment,
        "_left": moment(rng, max(created, OPENED), END) if rng.random() < 0.22 else END,
        "_parent_soon": expecting is not None and expecting > date(2026, 3, 1),
    }


def years_before_end(birthdate: date) -> int:
    birthday_passed = (birthdate.month, birthdate.day) <= (6, 1)
    return 2026 - birthdate.year - (not birthday_passed)
