"""Random cells, made to collide with rules.

They come from what the rules name, from the edges of their windows, a microsecond
beside them, and from the hours in which clocks change.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from random_edges import Length, edges, lengths, moved, moved_day
from random_moments import awkward, changes, shift

from segql.catalog.nodes import Catalog, Column
from segql.model import nodes as mdl
from segql.model.windows import Clock, local_day
from segql.types import Boolean, Date, Double, Exact, ListOf, Text, Timestamp, Type

# ---- what rules name


@dataclass
class Pools:
    """Values that cells are taken from."""

    numbers: list[Decimal] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    lengths: list[Length] = field(default_factory=list)


def pools_of(rules: list[mdl.Rule], clock: Clock) -> Pools:
    """What rules name, and the edges of their windows as of an instant."""
    pools = Pools()
    for node in _walk(rules):
        if isinstance(node, mdl.Constant):
            _take(node.value, pools)
        elif isinstance(node, mdl.TextTest | mdl.Matches):
            part = getattr(node, "pattern", None)
            if part is not None and part.isalnum():
                pools.texts.append(part)
        for edge in edges(node, clock):
            _take(edge, pools)
        pools.lengths += lengths(node)
    return pools


def _take(value: Any, pools: Pools) -> None:
    match value:
        case bool():
            pass
        case str():
            pools.texts.append(value)
        case int() | Decimal():
            pools.numbers.append(Decimal(value))
        case float():
            pools.numbers.append(Decimal(value))
        case datetime():
            pools.moments.append(value)
            pools.days.append(value.date())
        case date():
            pools.days.append(value)


def _walk(node: Any) -> Iterator[Any]:
    if isinstance(node, list | tuple):
        for each in node:
            yield from _walk(each)
    elif is_dataclass(node):
        yield node
        for each in fields(node):
            if each.name not in ("span", "type"):
                yield from _walk(getattr(node, each.name))


# ---- cells

LETTERS = "abABßİiı€\u0301ſK"
TEXTS = (
    "", "a", "b", "A", "B", "ab", "aB", "ba", "ß", "ẞ", "ss", "İ", "i", "i̇", "ı", "I",
    "é", "e\u0301", "a b", " a", "a ", "%", "_", "a%", "\\", "'", '"', "a\nb",
    "\U0001f642",
    "\uffff", "\U00010000", "0", "10", "paid", "paid", "paid", "aa", "aba", "ſ", "K",
    "ς", "Σ",
)  # fmt: skip
NUMBERS = tuple(Decimal(each) for each in range(-2, 11)) + tuple(
    map(Decimal, ("0.25", "0.5", "2.5", "2.75", "-0.25", "9.99", "100", "0.01"))
)
QUARTERS = tuple(number / 4 for number in range(-8, 41))


class Cells:
    """Random cells of one world as of one instant."""

    def __init__(self, chance: Random, catalog: Catalog, clock: Clock, pools: Pools):
        self.chance = chance
        self.catalog = catalog
        self.clock = clock
        self.pools = pools
        self.moments = pools.moments + awkward(clock.as_of, catalog.entity.zone)
        self.days = pools.days + [
            moment.date() + timedelta(days=shift)
            for moment in (clock.wall, clock.as_of)
            for shift in (-1, 0, 1, -30, -365)
        ]
        self.days += [date(2024, 2, 29), date(2023, 2, 28), date(2025, 1, 31)]
        # Few, so that one cell is often an anchor and another so far from it.
        few = min(2, len(self.moments)) if pools.lengths else 0
        self.anchors = chance.sample(self.moments, few)
        self.past = False

    def some(self, *choices: Any) -> Any:
        return self.chance.choice(choices)

    def rare(self, share: float) -> bool:
        return self.chance.random() < share

    def number(self) -> Decimal:
        if self.pools.numbers and self.rare(0.4):
            found = self.chance.choice(self.pools.numbers)
            return found + self.some(0, 0, 1, -1, Decimal("0.01"))
        return self.chance.choice(NUMBERS)

    def text(self) -> str:
        if self.rare(0.3):
            return self.some("a", "b", "a", "ab", "ß")
        if self.pools.texts and self.rare(0.5):
            found = str(self.chance.choice(self.pools.texts))
            return self.some(found, found, found.upper(), found + "a", "b" + found)
        if self.rare(0.1):
            return "".join(self.chance.choices(LETTERS, k=self.chance.randrange(5)))
        return self.chance.choice(TEXTS)

    def past_cell(self, column: Column) -> Any:
        """The time of an event; one that lies ahead is rare."""
        self.past = not self.rare(0.2)
        found = self.cell(column, True)
        self.past = False
        return found

    def day(self) -> date:
        found = self.some_day()
        while self.past and found > self.clock.today:
            found = shift(self.some_day(), timedelta(days=-self.some(0, 1, 30, 365)))
        return found

    def some_day(self) -> date:
        found = self.chance.choice(self.days)
        step = self.some(0, 0, 0, 1, -1, 7, -365)
        if self.anchors and self.rare(0.5):
            anchor = local_day(self.chance.choice(self.anchors), self.clock.zone)
            length = self.some(None, self.chance.choice(self.pools.lengths))
            found = (length and moved_day(anchor, length)) or anchor
            step = self.some(0, 0, 1, -1)
        return shift(found, timedelta(days=step))

    def moment(self) -> datetime:
        found = self.some_moment()
        while self.past and found >= self.clock.as_of:
            back = timedelta(days=-self.some(0, 0, 1, 30, 365), microseconds=-1)
            found = shift(self.some_moment(), back)
        return found

    def some_moment(self) -> datetime:
        found = self.chance.choice(self.moments)
        step = self.some(0, 0, 0, -1, -1, 1, 3_600_000_000, -86_400_000_000)
        if self.anchors and self.rare(0.5):
            anchor, zone = self.chance.choice(self.anchors), self.clock.zone
            length = self.some(None, self.chance.choice(self.pools.lengths))
            found = (length and moved(anchor, length, zone)) or anchor
            step = self.some(0, 0, 0, 1, -1)
        return shift(found, timedelta(microseconds=step))

    def wall(self, zone: str) -> datetime:
        if self.rare(0.3):
            walls = [wall for each in changes(zone) for wall in each]
            if walls:
                step = timedelta(minutes=self.some(-61, -60, -30, -1, 0, 1, 29, 30, 61))
                return self.chance.choice(walls) + step
        local = self.moment().astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        return self.some(local, local, local, local.replace(microsecond=0))

    def integer(self) -> int:
        return int(self.number())

    def double(self, exact: bool) -> float:
        if self.rare(0.1):
            return self.some(float("nan"), -0.0, float("nan"), float("inf"))
        if exact or self.rare(0.5):
            return self.chance.choice(QUARTERS)
        found = float(self.number())
        return self.some(found, found, found / 3, found + 0.1, found * 1e15)

    def cell(self, column: Column, exact: bool = False) -> Any:
        """A cell as the warehouse holds it; `exact` keeps sums of doubles exact."""
        if self.rare(0.05 if self.past else 0.15):
            return None
        if column.stored == "text":
            return self.written(column)
        if column.stored == "timestamp":
            return self.wall("UTC")
        if column.double:
            found = self.double(exact)
            return 1.0 if found == float("inf") or abs(found) > 9999 else found
        return self.typed(column.type, column.zone, exact)

    def typed(self, type_: Type, zone: str | None, exact: bool) -> Any:
        match type_:
            case Text():
                return self.text()
            case Boolean():
                return self.some(True, False)
            case Exact(digits, scale):
                return self.exact(digits, scale)
            case Double():
                return self.double(exact)
            case Date():
                return self.day()
            case Timestamp():
                return self.moment() if zone is None else self.wall(zone)
            case ListOf(element):
                return [
                    None if self.rare(0.15) else self.typed(element, None, True)
                    for _ in range(self.some(0, 1, 1, 2, 3))
                ]
            case _:
                raise ValueError(f"no cell of {type_}")

    def exact(self, digits: int, scale: int) -> int | Decimal:
        found = self.number()
        if self.rare(0.05):
            found = self.some(1, -1) * Decimal("9" * digits).scaleb(-scale)
        if scale:
            found += self.some(0, 0, self.chance.randrange(100)) * Decimal(1).scaleb(
                -scale
            )
        found = (found * 10**scale).to_integral_value().scaleb(-scale)
        if abs(found) >= Decimal(10) ** (digits - scale):
            return 0 if scale == 0 else Decimal(0).scaleb(-scale)
        if scale == 0 and digits == 19:
            return max(-(2**63), min(2**63 - 1, int(found)))
        return int(found) if scale == 0 else found

    def written(self, column: Column) -> str:
        """A text that says a value, or nearly."""
        if not column.unreadable_missing and column.type != Text():
            return str(self.integer() % 12 - 1)
        if self.rare(0.3):
            return self.some(
                "", " 1", "1 ", "+1", "1.", ".5", "0x1", "1e3", "NaN", "inf", "true",
                "TRUE", "t", "1_000", "00012", "-0", "9223372036854775808", "1,5",
                "2025-02-30", "2025-2-3", "0000-01-01", "2025-01-01T24:00", "x",
                "2025-01-01 10:00:00.1234567", "٣", "1\n", "9" * 30, "2025-01-01T10:00",
                "2025-01-01T10:00Z", "2025-01-01 10:00:59.999999+23:59", "99999999.99",
                "1e400", "0.125", "-5e-1", "2025-03-30T02:30", "9999-12-31T23:59-01:00",
            )  # fmt: skip
        match column.type:
            case Text():
                return self.text()
            case Boolean():
                return self.some("true", "false")
            case Exact(_, 0):
                return str(self.integer())
            case Exact(_, scale):
                return str(self.exact(6, scale))
            case Double():
                return self.some(repr, str)(self.chance.choice(QUARTERS))
            case Date():
                return self.day().isoformat()
            case Timestamp() if column.zone is not None:
                wall = self.wall(column.zone)
                return wall.isoformat(self.some("T", " "))
            case Timestamp():
                zone = self.some("UTC", "Europe/Berlin", "America/New_York")
                moment = self.moment().astimezone(ZoneInfo(zone))
                if moment.utcoffset() == timedelta() and self.rare(0.5):
                    return moment.replace(tzinfo=None).isoformat() + "Z"
                return moment.isoformat(self.some("T", " "))
            case _:
                raise ValueError(f"no text of {column.type}")

    def json(self, type_: Type) -> str | None:
        """What stands at one place of a JSON text."""
        if self.rare(0.1):
            return None
        if self.rare(0.25):
            return self.some(
                "null", '""', "{}", '{"a": 1}', "[]", "[1]", "[[1]]", "true", "1",
                "1.0",
                "1.5", "-0", "1e2", '"1"', '"a"', '"\\u00df"', '"a\\"b"', "1e-7",
                "[null]",
                "12345678901234567890", "0.1", "1E2", "100000000000000000000000.5",
                '"true"',
            )  # fmt: skip
        match type_:
            case Text():
                return _json_text(self.text())
            case Boolean():
                return self.some("true", "false", '"true"')
            case Exact(_, 0):
                found = str(self.integer())
                return self.some(found, f'"{found}"')
            case Exact(_, scale):
                return str(self.exact(6, scale))
            case Double():
                return repr(self.chance.choice(QUARTERS))
            case Date():
                return f'"{self.day().isoformat()}"'
            case ListOf(element):
                found = [
                    self.json(element) or "null" for _ in range(self.some(0, 1, 2, 3))
                ]
                return f"[{', '.join(found)}]"
            case _:
                raise ValueError(f"no JSON of {type_}")


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=len(text) % 2 == 0)
