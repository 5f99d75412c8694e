"""What is asked of times, places and lists beside windows: the reference and DuckDB
find the same, on the edges of days, of months, and of the clock's changes.

Rules are built of the model's nodes, so that each is tried by itself.
"""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, get_args

import pytest
from sqlglot import exp
from warehouse_of import Tables, connect, warehouse_of

from segql.catalog.read import read_catalog
from segql.diagnostics import Report
from segql.model import nodes as mdl
from segql.model.bind import bind
from segql.model.windows import Clock, instant, instant_bounds, midnight, shifted
from segql.model.world import World
from segql.plan.moments import anniversaries, elapsed
from segql.plan.resolve import Resolver
from segql.plan.rules import negated
from segql.plan.walls import offsets
from segql.reference import Evaluation
from segql.reference import moments as reference
from segql.source import Source
from segql.sql import names, read
from segql.sql.compile import text
from segql.sql.formula import Row, rule, value_of
from segql.types import (
    BOOLEAN,
    COUNT,
    DATE,
    DOUBLE,
    INTEGER,
    POINT,
    TEXT,
    TIMESTAMP,
    Exact,
    ListOf,
)

CATALOG = """
entity: {{name: customer, table: customers, key: id, zone: {zone}}}
attributes:
  at: {{type: timestamp}}
  wall: {{type: timestamp, zone: {zone}}}
  other: {{type: timestamp}}
  born: {{type: date}}
  wed: {{type: date}}
  n: {{type: integer}}
  price: {{type: "decimal(8, 2)"}}
  weight: {{type: double}}
  kind: {{type: boolean}}
  city: {{type: text}}
  home: {{type: point, latitude: lat, longitude: lon}}
  tags: {{type: list of text}}
  counts: {{type: list of integer}}
  sizes: {{type: list of double}}
"""
AT = mdl.Attribute("at", TIMESTAMP)
WALL = mdl.Attribute("wall", TIMESTAMP)
OTHER = mdl.Attribute("other", TIMESTAMP)
BORN, WED = mdl.Attribute("born", DATE), mdl.Attribute("wed", DATE)
N = mdl.Attribute("n", INTEGER)
PRICE = mdl.Attribute("price", Exact(8, 2))
WEIGHT = mdl.Attribute("weight", DOUBLE)
KIND = mdl.Attribute("kind", BOOLEAN)
CITY = mdl.Attribute("city", TEXT)
HOME = mdl.Attribute("home", POINT)
UNITS: tuple[mdl.Unit, ...] = get_args(mdl.Unit)
CIVIL = UNITS[3:]
PARTS: tuple[mdl.Part, ...] = get_args(mdl.Part)
OPERATORS: tuple[mdl.Comparison, ...] = get_args(mdl.Comparison)
NUMBER = Exact(12)
YEARS = datetime(1940, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)

CLOCKS = {
    "Berlin, in the hour that is skipped": ("Europe/Berlin", "2025-05-30T00:30Z"),
    "Berlin, in the hour that comes twice": ("Europe/Berlin", "2024-10-27T01:30Z"),
    "Berlin, on 31 May at half past two": ("Europe/Berlin", "2025-05-31T00:30Z"),
    "Berlin, on 29 February": ("Europe/Berlin", "2024-02-29T22:59:59.999999Z"),
    "Lord Howe, where half an hour is skipped": (
        "Australia/Lord_Howe",
        "2025-03-01T15:15:00Z",
    ),
    "Apia, which had no 30 December 2011": ("Pacific/Apia", "2012-01-31T00:00:00Z"),
    "New York, by a microsecond": ("America/New_York", "2025-07-04T05:30:00.000001Z"),
    "São Paulo, where midnights were skipped": (
        "America/Sao_Paulo",
        "2019-03-03T03:30:00.5Z",
    ),
}


class Ground:
    """Customers whose times lie on edges, asked as of an instant."""

    def __init__(self, zone: str, as_of: datetime, seed: int = 1) -> None:
        self.chance = Random(seed)
        self.clock = Clock(as_of, zone)
        report = Report()
        catalog = read_catalog(Source(CATALOG.format(zone=zone)), report)
        world = catalog and bind(catalog, report)
        assert world, report.diagnostics
        self.world: World = world
        tables: Tables = {"customers": list(self.rows())}
        self.connection = warehouse_of(world.catalog, tables, connect("Asia/Tokyo"))
        self.reference = Evaluation(world, tables, as_of)
        self.resolver = Resolver(self.clock, world.catalog)
        self.row = Row(
            world, self.attribute, {}, key=names.column(("id",), "c"), as_of=as_of
        )

    def attribute(self, name: str) -> exp.Expr:
        return read.value(self.world.catalog.attributes[name].column, "c")

    def asked(self, test: mdl.Rule) -> set[int]:
        where = rule(self.resolver.rule(test, True), self.row)
        query = exp.select(names.column(("id",), "c")).from_("customers AS c")
        sql = text(query.where(where), "duckdb", False)
        return {key for (key,) in self.connection.execute(sql).fetchall()}

    def disagree(self, test: mdl.Rule) -> str | None:
        """How a rule or its opposite is answered in two ways."""
        for each in (test, mdl.Not(test)):
            self.reference.touch(each)
            keys = self.reference.customers
            wanted = {key for key in keys if self.reference.truth(each, key)}
            found = self.asked(each)
            if found != wanted:
                return f"{each}: only DuckDB {found - wanted}, only we {wanted - found}"
        return None

    def values(self, node: mdl.Value) -> None:
        """Asserts that a value is the same for every customer."""
        self.reference.touch(mdl.IsMissing(node))
        shown = value_of(self.resolver.value(node), self.row)
        query = exp.select(names.column(("id",), "c"), exp.alias_(shown, "v"))
        sql = text(query.from_("customers AS c"), "duckdb", False)
        found = dict(self.connection.execute(sql).fetchall())
        keys = self.reference.customers
        wanted = {key: self.reference.value(node, key) for key in keys}
        wrong = {key for key in keys if found[key] != wanted[key]}
        shown_rows = {key: (found[key], wanted[key]) for key in sorted(wrong)[:5]}
        assert not wrong, f"{node}: {shown_rows}\n{sql[:2000]}"

    # ---- rows

    def rows(self) -> Iterator[dict[str, Any]]:
        moments, days = sorted(self.moments()), sorted(self.days())
        pick = self.chance.choice
        for key, moment in enumerate(moments):
            near = pick(moments) + timedelta(days=pick([-30, -1, 0, 1, 31]))
            yield {
                "id": key,
                "at": pick([moment, moment, moment, None]),
                "wall": _wall(pick(moments)),
                "other": pick([moment, moment + timedelta(days=1), near, None]),
                "born": pick([*days, None]),
                "wed": pick([*days, None]),
                "n": pick([-1, 0, 1, 2, 12, None]),
                "price": pick([Decimal("1.50"), Decimal("-3.00"), None]),
                "weight": pick([1.5, -0.0, math.nan, None]),
                "kind": pick([True, False, None]),
                "city": pick(["Bonn", "", None]),
                "lat": pick([52.52, 52.3906, -33.9, 90.0, -90.0, 91.0, math.nan, None]),
                "lon": pick([13.405, 13.0645, 180.0, -180.0, 181.0, math.inf, None]),
                "tags": pick([["a", "b"], ["a", None], [None], [], None]),
                "counts": pick([[1, 5, None], [-3], [7, 7], [], None]),
                "sizes": pick([[0.5, math.nan], [math.nan, None], [2.0], None]),
            }

    def moments(self) -> set[datetime]:
        """Instants on bounds, and just beside them."""
        clock = self.clock
        edges = {clock.as_of, midnight(clock.today, clock.zone)}
        for unit in UNITS:
            for count in (-13, -1, 1, 2, 6, 7, 11, 12, 24, 35):
                bound = instant_bounds(mdl.Rolling(count, None, unit), clock).start
                assert bound is not None
                edges |= {bound, midnight(bound.date(), clock.zone)}
        for change, _ in offsets(*YEARS, clock.zone)[1:]:
            if change.year in (1947, 1996, 2011, 2018, 2024, 2025):
                wall = datetime.combine(change.date(), clock.wall.time())
                day = timedelta(days=1)
                edges |= {change, change + timedelta(minutes=30)}
                edges |= {instant(wall + each * day, clock.zone) for each in (-1, 0, 1)}
        beside = (timedelta(0), timedelta(microseconds=1), timedelta(microseconds=-1))
        found = {edge + each for edge in edges for each in beside}
        return set(self.chance.sample(sorted(found), min(len(found), 90)))

    def days(self) -> set[date]:
        today = self.clock.today
        found = {
            date(1, 1, 1),
            date(9999, 12, 31),
            date(2000, 2, 29),
            date(1999, 2, 28),
        }
        for unit in CIVIL:
            for count in (-12, -1, 0, 1, 2, 13):
                day = shifted(today, count, unit)
                assert day is not None
                found |= {day + timedelta(days=each) for each in (-1, 0, 1)}
        return found


def _wall(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


@pytest.fixture(params=CLOCKS, scope="module")
def ground(request: pytest.FixtureRequest) -> Ground:
    zone, as_of = CLOCKS[request.param]
    return Ground(zone, datetime.fromisoformat(as_of))


@pytest.fixture(scope="module")
def plain() -> Ground:
    return Ground("UTC", datetime(2025, 6, 1, tzinfo=UTC))


def _count(value: int) -> mdl.Constant:
    return mdl.Constant(value, INTEGER)


# ---- elapsed units


@pytest.mark.parametrize("unit", UNITS)
def test_elapsed_units(ground: Ground, unit: mdl.Unit) -> None:
    for time in (AT, WALL, BORN):
        if time is BORN and unit not in CIVIL:
            continue
        ground.values(mdl.Elapsed(unit, time, NUMBER))


def test_elapsed_units_compared(ground: Ground) -> None:
    numbers: list[mdl.Constant] = [_count(n) for n in (-13, -1, 0, 1, 2, 6, 12, 35)]
    numbers += [_count(10**11), _count(-(10**11)), _count(4_000_000)]
    numbers += [mdl.Constant(Decimal("1.5"), Exact(2, 1)), mdl.Constant(-0.5, DOUBLE)]
    for unit in UNITS:
        for time in (AT, BORN) if unit in CIVIL else (AT,):
            side = mdl.Elapsed(unit, time, NUMBER)
            for operator in ground.chance.sample(OPERATORS, 3):
                number = ground.chance.choice(numbers)
                test = mdl.Compare(operator, side, number)
                assert ground.disagree(test) is None
                assert ground.disagree(mdl.Compare(operator, number, side)) is None
            options = tuple(ground.chance.sample(numbers, 3))
            assert ground.disagree(mdl.OneOf(side, options)) is None


def test_elapsed_units_are_found_in_the_plan_as_by_the_reference(
    ground: Ground,
) -> None:
    clock = ground.clock
    chance = ground.chance
    for unit in UNITS:
        for moment in chance.sample(sorted(ground.moments()), 20):
            wanted = reference.elapsed(unit, moment, clock)
            assert elapsed(moment, unit, clock) == wanted
        for day in ground.days() if unit in CIVIL else ():
            assert elapsed(day, unit, clock) == reference.elapsed(unit, day, clock)


def test_elapsed_units_against_a_constant_are_a_stretch_of_time(ground: Ground) -> None:
    plan = ground.resolver
    since = mdl.Elapsed("day", AT, NUMBER)
    for operator in OPERATORS:
        found = plan.rule(mdl.Compare(operator, since, _count(90)), True)
        test = found.term if isinstance(found, mdl.Not) else found
        assert isinstance(test, mdl.Within)
        assert isinstance(found, mdl.Not) == (operator == "!=")
    half = mdl.Constant(Decimal("0.5"), Exact(2, 1))
    assert plan.rule(mdl.Compare("=", since, half), True) == mdl.FALSE
    assert plan.rule(mdl.Compare("!=", since, half), True) == mdl.TRUE
    of_today = mdl.Elapsed("week", mdl.Today(-15), NUMBER)
    assert plan.value(of_today) == mdl.Constant(2, NUMBER)


# ---- parts, anniversaries


def test_parts(ground: Ground) -> None:
    for part in PARTS:
        for time in (AT, WALL, BORN):
            if time is not BORN or part not in ("hour", "minute"):
                ground.values(mdl.PartOf(part, time, COUNT))
    today = mdl.PartOf("year", mdl.Today(-1), COUNT)
    assert (
        ground.disagree(mdl.Compare(">", today, mdl.PartOf("year", BORN, COUNT)))
        is None
    )


def test_anniversaries(ground: Ground) -> None:
    windows: list[mdl.Window] = [
        mdl.Rolling(start, end, unit)
        for unit in CIVIL
        for start, end in ((-7, 0), (0, 1), (-2, -1), (None, -1), (3, 40))
    ]
    windows += [mdl.Day(each) for each in (-365, -1, 0, 3)]
    windows += [mdl.Calendar(each, 1) for each in ("week", "month", "year")]  # type: ignore[arg-type]
    windows += [
        mdl.Days(date(2023, 2, 20), date(2023, 3, 1)),
        mdl.Days(date(2024, 2, 20), date(2024, 2, 29)),
        mdl.Days(date(2024, 2, 29), date(2025, 2, 28)),
        mdl.Days(date(2023, 12, 30), date(2024, 1, 2)),
        mdl.Days(date(2024, 1, 2), date(2024, 1, 2)),
        mdl.FromTo(mdl.Day(-3), mdl.Day(2)),
    ]
    for window in windows:
        assert ground.disagree(mdl.Anniversary(BORN, window)) is None
        assert ground.disagree(mdl.Anniversary(AT, window)) is None


def test_ranges_of_days_in_a_year() -> None:
    clock = Clock(datetime(2025, 1, 1, tzinfo=UTC))
    over_new_year = mdl.Days(date(2024, 12, 30), date(2025, 1, 2))
    assert anniversaries(over_new_year, clock) == ((101, 101), (1230, 1231))
    common = mdl.Days(date(2025, 2, 28), date(2025, 3, 1))
    assert anniversaries(common, clock) == ((228, 229),)


# ---- around another time


@pytest.mark.parametrize("unit", UNITS)
def test_anchored(ground: Ground, unit: mdl.Unit) -> None:
    pairs: list[tuple[mdl.Value, mdl.Value]] = [(AT, OTHER), (WALL, AT)]
    if unit in CIVIL:
        pairs += [(BORN, WED), (AT, BORN), (WED, OTHER)]
        pairs.append((BORN, mdl.Constant(ground.clock.today, DATE)))
        pairs.append((AT, mdl.Constant(date(2024, 2, 29), DATE)))
    pairs.append((AT, mdl.Constant(ground.clock.as_of, TIMESTAMP)))
    pairs.append((mdl.Constant(ground.clock.as_of, TIMESTAMP), AT))
    pairs.append((mdl.Choice(mdl.Holds(KIND), AT, WALL, TIMESTAMP), OTHER))
    for value, anchor in pairs:
        for back, ahead in ((0, 1), (1, 0), (30, 30), (0, 0)):
            test = mdl.Anchored(value, anchor, back, ahead, unit)
            assert ground.disagree(test) is None


# ---- choices


def test_choices(plain: Ground) -> None:
    kind = mdl.Holds(KIND)
    plain.values(mdl.Choice(kind, N, PRICE, Exact(21, 2)))
    plain.values(mdl.Choice(kind, PRICE, WEIGHT, DOUBLE))
    plain.values(mdl.Choice(mdl.Not(kind), _count(60), N, INTEGER))
    plain.values(mdl.Choice(kind, CITY, mdl.Constant("x", TEXT), TEXT))
    plain.values(mdl.Choice(kind, BORN, mdl.Today(1), DATE))
    since = mdl.Elapsed("day", mdl.Choice(kind, BORN, mdl.Today(0), DATE), NUMBER)
    plain.values(since)
    plain.values(mdl.Choice(mdl.TRUE, _count(1), WEIGHT, DOUBLE))
    limit = mdl.Choice(mdl.Compare("=", CITY, _text("Bonn")), _count(2), N, INTEGER)
    for operator in OPERATORS:
        assert plain.disagree(mdl.Compare(operator, limit, N)) is None
        assert plain.disagree(mdl.Compare(operator, since, _count(0))) is None


def _text(value: str) -> mdl.Constant:
    return mdl.Constant(value, TEXT)


# ---- numbers of tests


def test_numbers_of_tests(plain: Ground) -> None:
    terms: tuple[mdl.Rule, ...] = (
        mdl.Holds(KIND),
        mdl.Compare("!=", CITY, _text("Bonn")),
        mdl.Compare(">", N, _count(0)),
        mdl.IsMissing(BORN),
        mdl.TRUE,
        mdl.Not(mdl.Compare("<", WEIGHT, mdl.Constant(1.0, DOUBLE))),
        mdl.FALSE,
    )
    for many in (1, 3, 7):
        for least in range(many + 2):
            for most in (None, least, least + 2):
                test = mdl.AtLeast(least, most, terms[:many])
                assert plain.disagree(test) is None


def test_the_opposite_of_a_number_of_tests(plain: Ground) -> None:
    terms = mdl.Holds(KIND), mdl.IsMissing(CITY), mdl.Compare(">", N, _count(0))
    for least, most in ((2, None), (0, 1), (1, 2), (2, 2)):
        resolved = plain.resolver.rule(mdl.AtLeast(least, most, terms), True)
        opposite = negated(resolved)
        everyone = set(plain.reference.customers)
        assert plain.asked(opposite) == everyone - plain.asked(resolved)


# ---- places, lists, samples


def test_places(plain: Ground) -> None:
    berlin, pole, date_line = (52.52, 13.405), (90.0, 0.0), (-33.9, 179.99)
    for points in ((berlin,), (pole, date_line), (berlin, (-90.0, 7.0), date_line)):
        for km in (0.0, 1.0, 27.0, 28.0, 5000.0, 20015.0, 20016.0, 1e300):
            assert plain.disagree(mdl.Near(HOME, points, km)) is None
    assert plain.disagree(mdl.IsMissing(HOME)) is None


def test_elements_that_pass_a_test(plain: Ground) -> None:
    tags = mdl.Attribute("tags", ListOf(TEXT))
    counts = mdl.Attribute("counts", ListOf(INTEGER))
    sizes = mdl.Attribute("sizes", ListOf(DOUBLE))
    tag, count, size = (mdl.Element(each) for each in (TEXT, INTEGER, DOUBLE))
    above = mdl.Compare(">", count, _count(4))
    tests: list[tuple[mdl.Value, mdl.Rule]] = [
        (tags, mdl.TextTest("starts", tag, _text("a"))),
        (tags, mdl.Not(mdl.TextTest("contains", mdl.Fold(tag), _text("b")))),
        (tags, mdl.Matches(tag, "[b-z]")),
        (tags, mdl.TRUE),
        (tags, mdl.FALSE),
        (tags, mdl.Compare("!=", tag, CITY)),
        (counts, above),
        (counts, mdl.Not(above)),
        (counts, mdl.Or((above, mdl.Compare("=", count, _count(-3))))),
        (counts, mdl.OneOf(count, (_count(7), _count(10**30)))),
        (counts, mdl.Compare(">", count, N)),
        (counts, mdl.Compare("=", mdl.Negative(count, INTEGER), _count(3))),
        (sizes, mdl.Compare("<", size, mdl.Constant(1.0, DOUBLE))),
        (sizes, mdl.Compare("!=", size, mdl.Constant(0.5, DOUBLE))),
        (sizes, mdl.IsMissing(size)),
    ]
    for items, test in tests:
        assert plain.disagree(mdl.HasSome(items, test)) is None
        plain.values(mdl.Size(items))


def test_samples(plain: Ground) -> None:
    shares = [Decimal(each) for each in ("0", "0.1", "10", "33.3", "50", "99.9", "100")]
    for low in shares:
        for high in plain.chance.sample(shares, 2):
            seed = plain.chance.choice(["exp-1", "", "it's ü"])
            assert plain.disagree(mdl.Sampled(low, high, seed)) is None
