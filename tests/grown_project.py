"""A project of very many segments, of each of which it is known what it comes to.

Most are boxes: an age from here to there, some cities, so many purchases. Whether one
lies in another is a matter of comparing their sides; the same box is written in many
ways. Some more are contradictions, and rules in which something says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

CITIES = ("Berlin", "Hamburg", "München", "Köln", "Leipzig", "Stuttgart")
RANGES = {"age": (18, 80), "loyalty_points": (0, 900), "household_size": (1, 6)}
DAYS = (7, 14, 30, 90, 180, 365)


@dataclass(frozen=True)
class Box:
    """What a customer must have: numbers in ranges, one of some cities, at least so
    many purchases of sport (and at most), at least so many views in the last days."""

    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    cities: frozenset[str] = frozenset()
    bought: tuple[int, int | None] | None = None
    viewed: tuple[int, int] | None = None

    def within(self, other: "Box") -> bool:
        """Whether whoever is in this box is in the other one, too."""
        for name, (low, high) in other.ranges.items():
            if name not in self.ranges:
                return False
            if self.ranges[name][0] < low or self.ranges[name][1] > high:
                return False
        if other.cities and not (self.cities and self.cities <= other.cities):
            return False
        if other.bought is not None:
            if self.bought is None or self.bought[0] < other.bought[0]:
                return False
            most = other.bought[1]
            if most is not None and not (self.bought[1] and self.bought[1] <= most):
                return False
        if other.viewed is not None:
            if self.viewed is None:
                return False
            return (
                self.viewed[0] <= other.viewed[0] and self.viewed[1] >= other.viewed[1]
            )
        return True


@dataclass
class Grown:
    """The texts of files by name; the codes that each is noted for, if any; which
    segments are equal, and which lie in which."""

    texts: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    equal: set[tuple[str, str]] = field(default_factory=set)
    contained: set[tuple[str, str]] = field(default_factory=set)


def grown_project(chance: Random, count: int) -> Grown:
    """So many segments: one in eight is another box again, one in eight a part of
    another, one in ten has something wrong in it."""
    found = Grown()
    boxes: dict[str, Box] = {}
    for number in range(count):
        name = f"s{number:04}"
        kind = chance.random()
        if kind < 0.1:
            rule, found.codes[name] = odd(chance, number)
        else:
            if boxes and kind < 0.22:
                box = chance.choice(list(boxes.values()))
            elif boxes and kind < 0.35:
                box = narrower(chance, chance.choice(list(boxes.values())))
            else:
                box = some_box(chance)
            boxes[name] = box
            rule = written(chance, box)
        found.texts[name] = (
            f'segment {name} "Segment {number}"\n  owner "crm@shop.example"\n\n'
            f"where {rule}\n"
        )
    compare(found, boxes)
    return found


def compare(found: Grown, boxes: Mapping[str, Box]) -> None:
    names = list(boxes)
    inside = {
        (one, other)
        for one in names
        for other in names
        if one != other and boxes[one].within(boxes[other])
    }
    found.equal = {(a, b) for a, b in inside if a < b and (b, a) in inside}
    again = {b for _, b in found.equal}
    strict = {(a, b) for a, b in inside if (b, a) not in inside and not {a, b} & again}
    # Of what lies in something that lies in a third, the last need not be said.
    found.contained = {
        (a, c)
        for a, c in strict
        if not any((a, b) in strict and (b, c) in strict for b in names)
    }


def some_box(chance: Random) -> Box:
    """A box with two sides at least, so that few lie in each other by chance."""
    ranges = {}
    for name, (low, high) in RANGES.items():
        if chance.random() < 0.5:
            a, b = sorted(chance.sample(range(low, high + 1), 2))
            ranges[name] = (a, b)
    cities = frozenset(chance.sample(CITIES, chance.randrange(1, 4)))
    least = chance.randrange(1, 20)
    most = least + chance.randrange(0, 9) if chance.random() < 0.4 else None
    viewed = (chance.choice(DAYS), chance.randrange(1, 30))
    box = Box(
        ranges,
        cities if chance.random() < 0.6 else frozenset(),
        (least, most) if chance.random() < 0.5 else None,
        viewed if chance.random() < 0.4 else None,
    )
    sides = len(ranges) + bool(box.cities) + bool(box.bought) + bool(box.viewed)
    return box if sides >= 2 else some_box(chance)


def narrower(chance: Random, box: Box) -> Box:
    """A part of a box, with a side more."""
    ranges = dict(box.ranges)
    for name, (low, high) in ranges.items():
        if high - low >= 2:
            ranges[name] = (low + 1, high - chance.randrange(2))
    for name, (low, high) in RANGES.items():
        if name not in ranges:
            ranges[name] = (low, high - 1)
            break
    bought = box.bought and (box.bought[0] + 1, box.bought[1] and box.bought[1] + 1)
    if box.bought and box.bought[1]:
        bought = box.bought
    return Box(ranges, box.cities, bought, box.viewed)


# ---- in words


def written(chance: Random, box: Box) -> str:
    terms = [ranged(chance, name, *ends) for name, ends in box.ranges.items()]
    if box.cities:
        some = [f'"{city}"' for city in sorted(box.cities)]
        chance.shuffle(some)
        listed = f"city in ({', '.join(some)})"
        each = " or ".join(f"city = {city}" for city in some)
        terms.append(chance.choice([listed, f"({each})"]))
    if box.bought:
        least, most = box.bought
        sport = chance.choice(['bought("sport")', 'bought(category = "sport")'])
        if most is None:
            terms.append(
                chance.choice([f"{sport} >= {least}", f"{sport} > {least - 1}"])
            )
        else:
            both = f"({sport} >= {least} and {sport} < {most + 1})"
            terms.append(
                both
                if most > least and chance.random() < 0.5
                else f"{sport} {least}..{most}"
            )
    if box.viewed:
        days, times = box.viewed
        weeks = days // 7
        spans = [f"{days} days"]
        if days % 7 == 0 and weeks > 1:
            spans.append(f"{weeks} weeks")
        terms.append(f"viewed in last {chance.choice(spans)} >= {times}")
    chance.shuffle(terms)
    return " and ".join(terms)


def ranged(chance: Random, name: str, low: int, high: int) -> str:
    forms = [f"{name} {low}..{high}", f"{name} in {low}..{high}"]
    if low < high:
        forms.append(f"({name} >= {low} and {name} <= {high})")
        forms.append(f"({name} > {low - 1} and {name} < {high + 1})")
        forms.append(f"({name} is known and not ({name} < {low} or {name} > {high}))")
    return chance.choice(forms)


def odd(chance: Random, number: int) -> tuple[str, str]:
    """A rule with something wrong in it, and the code for it. All differ."""
    n = 100 + number
    forms = [
        (f"loyalty_points > {n} and loyalty_points < {n - 10}", "W301"),
        (f'bought("sport") >= {n} and bought < {n - 1}', "W301"),
        (f"viewed in last 7 days >= {n} and viewed in last 30 days < {n}", "W301"),
        (f"sum(bought.amount) >= {n} and not bought", "W301"),
        (f"loyalty_points > {n} and loyalty_points > {n - 7}", "W303"),
        (f"bought in last 30 days >= {n} and bought in last 90 days >= {n}", "W303"),
        (f"newsletter and (loyalty_points > {n} or loyalty_points > {n + 5})", "W304"),
        (f"loyalty_points = {n} and (newsletter or loyalty_points < 50)", "W304"),
    ]
    return chance.choice(forms)
