"""Random worlds: a catalog with every reading of a column, and small rows for it.

Data is made to collide with rules: cells come from what the rules name, from the edges
of their windows, a microsecond beside them, and from the hours in which clocks change.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from segql.catalog.nodes import Catalog, Column
from segql.catalog.read import read_catalog
from segql.diagnostics import Report, render
from segql.model import nodes as mdl
from segql.model.bind import bind
from segql.model.windows import Clock, day_bounds, instant_bounds
from segql.model.world import World
from segql.source import Source
from segql.types import (
    Boolean,
    Date,
    Double,
    Exact,
    ListOf,
    Text,
    Timestamp,
    Type,
)

Rows = list[dict[str, Any]]

_CATALOG = """
language: 1
entity:
  table: customers
  key: id
  zone: {zone}
  week_starts: {week}
  fiscal_year_starts: {year}
  {since}
attributes:
  age: integer
  visits: {{type: integer, column: ["visit count"]}}
  small: integer
  big: integer
  income: "decimal(10, 2)"
  wide: "decimal(30, 12)"
  score: double
  rating: {{type: double, scale: 1, precision: 5}}
  city: {{type: text, values: ["a", "b", "ß", "ab"]}}
  other_city: {{type: text, column: from}}
  größe: text
  phone: {{type: text, column: contact.phone, empty: missing}}
  level: {{type: integer, column: contact.deep.level}}
  newsletter: boolean
  birthdate: date
  renewal: {{type: date, column: renewed_at, stored: timestamp}}
  signup: {{type: timestamp, zone: UTC}}
  seen: {{type: timestamp, column: seen_at, zone: {other}}}
  login: timestamp
  home: {{type: point, latitude: lat, longitude: lon}}
  interests: list of text
  sizes: list of integer
  prices: list of decimal(6, 2)
  marks: list of double
  holidays: list of date
  logins: list of timestamp
  flags: list of boolean
  points: {{type: integer, table: loyalty, key: customer_id}}
  tier: {{type: text, table: loyalty, key: customer_id, column: card.tier}}
  perks: {{type: list of text, table: loyalty, key: customer_id}}
  coupon: {{type: "decimal(8, 3)", table: coupons, key: owner.id}}
  raw_age: {{type: integer, stored: text, unreadable: missing}}
  raw_money: {{type: "decimal(8, 2)", stored: text, unreadable: missing}}
  raw_score: {{type: double, stored: text, unreadable: missing}}
  raw_flag: {{type: boolean, stored: text, unreadable: missing}}
  raw_day: {{type: date, stored: text, unreadable: missing}}
  raw_wall: {{type: timestamp, zone: {other}, stored: text, unreadable: missing}}
  raw_instant: {{type: timestamp, stored: text, unreadable: missing}}
  raw_good: {{type: integer, stored: text}}
  lang: {{type: text, column: profile.lang, stored: json, unreadable: missing}}
  nick: {{type: text, column: profile.nick, stored: json, unreadable: missing,
         empty: missing}}
  height: {{type: double, column: profile.body.height, stored: json,
           unreadable: missing}}
  rank: {{type: integer, column: profile.rank, stored: json, unreadable: missing}}
  price: {{type: "decimal(8, 2)", column: profile.price, stored: json,
          unreadable: missing}}
  vip: {{type: boolean, column: profile.vip, stored: json, unreadable: missing}}
  joined: {{type: date, column: profile.joined, stored: json, unreadable: missing}}
  hobbies: {{type: list of text, column: profile.hobbies, stored: json,
            unreadable: missing}}
  levels: {{type: list of integer, column: profile.levels, stored: json,
           unreadable: missing}}
  old_city: {{type: text, column: city, deprecated: city}}
events:
  bought:
    table: lines
    joins:
      order: {{table: orders, on: {{order_id: order_id}}}}
      product: {{table: products, on: {{id: item.product}}}}
      maker: {{table: makers, on: {{id: product.maker_id, kind: kind}}}}
    customer: order.customer_id
    time: {{column: order.ordered_at, type: timestamp, zone: UTC}}
    where: status = "paid"
    properties:
      category: {{type: text, column: product.category, values: ["a", "b", "ß"]}}
      brand: {{type: text, column: product.brand}}
      colours: {{type: list of text, column: product.colours}}
      city: {{type: text, column: maker.city}}
      founded: {{type: date, column: maker.founded}}
      status: {{type: text, column: order.status}}
      amount: "decimal(10, 2)"
      quantity: integer
      weight: double
      gift: boolean
      labels: list of text
      due: {{type: timestamp, column: due_at, zone: {other}}}
      shipped: {{type: date, column: shipped_at, stored: timestamp}}
    argument: category
    tie_break: line_no
  viewed:
    table: views
    customer: who
    time: {{column: at, type: timestamp}}
    properties:
      page: text
      seconds: integer
      ratio: {{type: double, scale: 2}}
      again: boolean
      until_at: timestamp
    argument: page
    unique: event_id
  called:
    table: calls
    customer: caller.id
    time: {{column: day_of_call, type: date}}
    properties:
      minutes: integer
      cost: "decimal(20, 6)"
      topic: {{type: text, column: notes.topic, stored: json, unreadable: missing}}
    argument: minutes
  visited:
    table: shop visits
    customer: customer
    time: {{column: arrived, type: timestamp, zone: {other}}}
    where: (shop != "ab" or spent > 3) and not (spent in (1, 2))
    properties:
      shop: text
      spent: {{type: integer, stored: text, unreadable: missing}}
      größe: double
      sizes: list of integer
    argument: shop
    tie_break: number
    unique: token
  clicked:
    table: clicks
    customer: user_id
    time: {{column: at, type: timestamp, stored: text, unreadable: missing}}
    where: day before 2999-01-01
    properties:
      link: {{type: text, empty: missing}}
      position: integer
  signed:
    table: papers
    joins:
      person: {{table: people, on: {{ident: contract.person}}}}
    customer: person.customer
    time: {{column: signed_at, type: date, stored: timestamp}}
    properties:
      pages: integer
      worth: {{type: double}}
      wet: boolean
    argument: wet
    unique: id
"""

_ZONES = (
    ("Europe/Berlin", "America/New_York"),
    ("America/New_York", "Europe/Berlin"),
    ("UTC", "Australia/Lord_Howe"),
    ("Australia/Lord_Howe", "America/Sao_Paulo"),
    ("America/Sao_Paulo", "Europe/Dublin"),
    ("Asia/Kathmandu", "Europe/Berlin"),
    ("Pacific/Apia", "America/New_York"),
    ("Europe/Dublin", "Pacific/Apia"),
)
_WEEKS = ("monday", "sunday", "saturday", "wednesday")
_YEARS = ("january", "april", "december", "february")
_SINCE = (
    "",
    "since: {column: created, type: timestamp, zone: UTC}",
    "since: {column: created, type: date}",
    "since: {column: created, type: timestamp}",
    "since: {column: created, type: timestamp, zone: America/New_York}",
)
WORLDS = 40
"""How many worlds there are: zones, calendars, and ways to say `since`."""


@cache
def world(number: int) -> World:
    zone, other = _ZONES[number % len(_ZONES)]
    text = _CATALOG.format(
        zone=zone,
        other=other,
        week=_WEEKS[number % len(_WEEKS)],
        year=_YEARS[number // 2 % len(_YEARS)],
        since=_SINCE[number % len(_SINCE)],
    )
    source = Source(text, "catalog.yaml")
    report = Report(source)
    catalog = read_catalog(source, report)
    bound = catalog and bind(catalog, report)
    assert bound is not None, "\n".join(map(render, report.diagnostics))
    return bound


TYPES = {
    ("customers", "small"): pa.int8(),
    ("lines", "quantity"): pa.int32(),
    ("lines", "kind"): pa.string(),
    ("makers", "kind"): pa.string(),
    ("views", "event_id"): pa.string(),
    ("views", "seconds"): pa.uint8(),
    ("calls", "minutes"): pa.int16(),
}
"""Columns that are narrower in the warehouse than `integer` is."""


# ---- what rules name


@dataclass
class Pools:
    """Values that cells are taken from."""

    numbers: list[Decimal] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)


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
        elif isinstance(node, mdl.Window):
            edges = instant_bounds(node, clock)
            for edge in (edges.start, edges.end):
                if edge is not None:
                    _take(edge, pools)
            if not isinstance(node, mdl.Instants) and getattr(node, "unit", "") not in (
                "second",
                "minute",
                "hour",
            ):
                days = day_bounds(node, clock)
                pools.days += [d for d in (days.start, days.end) if d is not None]
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
        self.moments = pools.moments + _awkward(clock.as_of, catalog.entity.zone)
        self.days = pools.days + [
            moment.date() + timedelta(days=shift)
            for moment in (clock.wall, clock.as_of)
            for shift in (-1, 0, 1, -30, -365)
        ]
        self.days += [date(2024, 2, 29), date(2023, 2, 28), date(2025, 1, 31)]

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
        if self.pools.texts and self.rare(0.4):
            found = str(self.chance.choice(self.pools.texts))
            return self.some(found, found, found.upper(), found + "a", "b" + found)
        if self.rare(0.1):
            return "".join(self.chance.choices(LETTERS, k=self.chance.randrange(5)))
        return self.chance.choice(TEXTS)

    def day(self) -> date:
        found = self.chance.choice(self.days)
        return _shift(found, timedelta(days=self.some(0, 0, 0, 1, -1, 7, -365)))

    def moment(self) -> datetime:
        found = self.chance.choice(self.moments)
        step = self.some(0, 0, 0, -1, -1, 1, 3_600_000_000, -86_400_000_000)
        return _shift(found, timedelta(microseconds=step))

    def wall(self, zone: str) -> datetime:
        if self.rare(0.3):
            walls = [wall for each in _changes(zone) for wall in each]
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
        if self.rare(0.15):
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
    import json

    return json.dumps(text, ensure_ascii=len(text) % 2 == 0)


def _shift(value: Any, step: timedelta) -> Any:
    try:
        return value + step
    except OverflowError:
        return value


_AWKWARD = tuple(
    datetime.fromisoformat(each)
    for each in (
        "2025-03-30T00:59:59.999999+00:00", "2025-03-30T01:00+00:00",
        "2025-10-25T23:30+00:00", "2025-10-26T00:30+00:00", "2025-10-26T01:30+00:00",
        "2025-03-09T07:00+00:00", "2025-11-02T05:30+00:00", "2025-11-02T06:30+00:00",
        "2024-02-29T12:00+00:00", "2024-12-31T23:00+00:00", "2025-01-01T00:00+00:00",
        "2025-04-05T15:00+00:00", "2025-10-04T15:30+00:00", "2018-11-04T03:00+00:00",
        "2018-02-18T02:00+00:00", "2011-12-30T10:00+00:00", "2011-12-31T09:30+00:00",
        "2025-06-15T10:00+00:00", "2025-05-31T22:00+00:00", "2023-03-01T00:00+00:00",
    )
)  # fmt: skip


def _awkward(as_of: datetime, zone: str) -> list[datetime]:
    """Instants near `as of`, and those at which clocks change near it."""
    midnight = as_of.astimezone(ZoneInfo(zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    found = [as_of, as_of, midnight.astimezone(UTC)]
    for days in (0, 1, 2, 3, 7, 30, 31, 90, 365):
        found.append(_shift(as_of, timedelta(days=-days)))
    near = [m for m in _AWKWARD if abs(m - as_of) < timedelta(days=500)]
    return found + near


@cache
def _changes(zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """The wall times at which a zone changes its clock, old and new, 2011 to 2026."""
    info, found = ZoneInfo(zone), []
    moment = datetime(2011, 1, 1, tzinfo=UTC)
    while moment.year < 2027:
        later = moment + timedelta(hours=1)
        old = moment.astimezone(info).utcoffset() or timedelta()
        new = later.astimezone(info).utcoffset() or timedelta()
        if old != new:
            half = moment + timedelta(minutes=30)
            if (half.astimezone(info).utcoffset() or timedelta()) == old:
                half = later
            wall = half.replace(tzinfo=None)
            found.append((wall + old, wall + new))
        moment = later
    return tuple(found)


def as_of_of(chance: Random) -> datetime:
    """An instant to look from; more often than not an awkward one."""
    moment = chance.choice(_AWKWARD)
    match chance.randrange(8):
        case 0 | 1 | 2:
            step = timedelta()
        case 3:
            step = timedelta(microseconds=chance.choice((-1, 1)))
        case 4:
            step = timedelta(days=chance.randrange(-400, 400))
        case 5:
            step = timedelta(minutes=chance.randrange(-2000, 2000))
        case 6:
            step = timedelta(seconds=chance.randrange(10**7))
        case _:
            step = timedelta(microseconds=chance.randrange(10**13))
    return moment + step


# ---- tables


def tables_of(chance: Random, bound: World, clock: Clock, pools: Pools) -> dict:
    """Rows for every table of a world: few, with ties, gaps and strangers."""
    cells = Cells(chance, bound.catalog, clock, pools)
    return _Tables(cells).tables()


class _Tables:
    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.some = cells.some
        self.keys = list(range(1, cells.some(1, 3, 5, 8, 8) + 1))

    def tables(self) -> dict[str, Rows]:
        some = self.some
        customers = self.keyed("customers", None, "id", self.keys)
        created = self.cells.catalog.entity.since
        for row in customers:
            if created is not None:
                row["created"] = self.cells.cell(created)
            else:
                row.pop("created", None)
        lines = self.rows("lines", "bought", None, 12)
        for row in lines:
            row["order_id"] = some(1, 2, 3, 4, 5, 6, None)
            row["line_no"] = some(1, 1, 2, 3, None)
            row["item"] = some({"product": some(1, 2, 3, 4, None)}, None)
            row["kind"] = some("x", "y", None)
        orders = self.keyed("orders", "order", "order_id", [1, 2, 3, 4, 5])
        for row in orders:
            row["customer_id"] = self.somebody()
            row["status"] = some("paid", "paid", "paid", row["status"])
        products = self.keyed("products", "product", "id", [1, 2, 3])
        for row in products:
            row["maker_id"] = some(1, 2, None)
        makers = []
        for key, kind in ((1, "x"), (1, "y"), (2, "x"), (None, "x"), (2, None)):
            makers += self.keyed("makers", "maker", "id", [key])
            makers[-1]["kind"] = kind
        views = self.rows("views", "viewed", None, 10)
        for row in views:
            row["who"] = self.somebody()
            row["event_id"] = some("a", "b", "c", None)
            if row["seconds"] is not None:
                row["seconds"] = abs(row["seconds"]) % 200
        calls = self.rows("calls", "called", None, 8)
        for row in calls:
            row["caller"] = some({"id": self.somebody()}, {"id": self.somebody()}, None)
            if row["minutes"] is not None:
                row["minutes"] = max(-1000, min(1000, row["minutes"]))
        visits = self.rows("shop visits", "visited", None, 10)
        for row in visits:
            row["customer"] = self.somebody()
            row["number"] = some(1, 2, 2, None)
            row["token"] = some(1, 2, 3, None)
        clicks = self.rows("clicks", "clicked", None, 8)
        for row in clicks:
            row["user_id"] = self.somebody()
        papers = self.rows("papers", "signed", None, 8)
        for row in papers:
            row["contract"] = some({"person": some(1, 2, 3, 4, None)}, None)
            row["id"] = some(1, 2, 3, 4, None)
        people = self.keyed("people", "person", "ident", [1, 2, 3])
        for row in people:
            row["customer"] = self.somebody()
        known = [key for key in self.keys if self.cells.rare(0.7)]
        loyalty = self.related("loyalty", "points", [*known, 99, None, None])
        coupons = self.related("coupons", "coupon", [*known, None])
        return {
            "customers": customers,
            "lines": lines,
            "orders": orders,
            "products": products,
            "makers": makers,
            "views": views,
            "calls": calls,
            "shop visits": visits,
            "clicks": clicks,
            "papers": papers,
            "people": people,
            "loyalty": loyalty,
            "coupons": coupons,
        }

    def somebody(self) -> int | None:
        if self.cells.rare(0.1):
            return self.some(99, None)
        return self.some(*self.keys)

    def rows(self, table: str, event: str, join: str | None, most: int) -> Rows:
        count = self.cells.chance.randrange(most)
        return [self.row(self.columns(event, join)) for _ in range(count)]

    def keyed(self, table: str, join: str | None, key: str, keys: list) -> Rows:
        if join is None:
            columns = [
                each.column
                for each in self.cells.catalog.attributes.values()
                if each.related is None
            ]
            made = [(self.row(columns, False), key_) for key_ in keys]
        else:
            event = "signed" if join == "person" else "bought"
            made = [(self.row(self.columns(event, join)), key_) for key_ in keys]
        return [{**row, key: key_} for row, key_ in made]

    def related(self, table: str, name: str, keys: list) -> Rows:
        attributes = self.cells.catalog.attributes.values()
        columns = [
            each.column
            for each in attributes
            if each.related is not None and each.related.table == table
        ]
        related = self.cells.catalog.attributes[name].related
        assert related is not None
        found = []
        for key in keys:
            row = self.row(columns, False)
            _put(row, related.key, key)
            found.append(row)
        return found

    def columns(self, event: str, join: str | None) -> list[Column]:
        entry = self.cells.catalog.events[event]
        columns = [entry.time, *(each.column for each in entry.properties.values())]
        return [column for column in columns if column.join == join]

    def row(self, columns: list[Column], exact: bool = True) -> dict[str, Any]:
        row: dict[str, Any] = {}
        inside: dict[str, list[Column]] = {}
        for column in columns:
            if column.stored == "json":
                inside.setdefault(column.path[0], []).append(column)
            elif column.longitude is not None:
                for path in (column.path, column.longitude):
                    _put(row, path, self.some(None, 52.5, 0.0, float("nan")))
            else:
                cell = self.cells.cell(column, exact)
                if column.path == ("small",) and cell is not None:
                    cell = max(-128, min(127, cell))
                if column.path == ("quantity",) and cell is not None:
                    cell = max(-(2**31), min(2**31 - 1, cell))
                _put(row, column.path, cell)
        for head, below in inside.items():
            row[head] = self.document(below)
        for head in {c.path[0] for c in columns if len(c.path) > 1}:
            if isinstance(row.get(head), dict) and self.cells.rare(0.1):
                row[head] = None
        return row

    def document(self, columns: list[Column]) -> str | None:
        if self.cells.rare(0.1):
            return self.some(None, None, "{}", "null", "[]", '"a"')
        parts: dict[str, Any] = {}
        for column in columns:
            found = self.cells.json(column.type)
            if found is not None:
                _put(parts, column.path[1:], found)
        return _written(parts)


def _put(row: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        row = row.setdefault(name, {})
    row[path[-1]] = value


def _written(parts: Any) -> str:
    if isinstance(parts, str):
        return parts
    inner = ", ".join(f'"{name}": {_written(part)}' for name, part in parts.items())
    return "{" + inner + "}"


Reader = Callable[[Mapping[str, Any]], Any]
