"""Random worlds: a catalog with every reading of a column, in many calendars."""

from functools import cache

import pyarrow as pa

from segql.catalog.read import read_catalog
from segql.diagnostics import Report, render
from segql.model.bind import bind
from segql.model.world import World
from segql.source import Source

_CATALOG = """
language: 1
entity:
  table: customers
  key: {key}
  zone: {zone}
  week_starts: {week}
  fiscal_year_starts: {year}
  {since}
attributes:
  age: integer
  visits: {{type: integer, column: ["visit count"]}}
  small: integer
  big: {{type: integer, column: Big}}
  income: "decimal(10, 2)"
  wide: {{type: "decimal(30, 12)", column: group}}
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
  branch: {{type: point, latitude: at.lat, longitude: at.lon, table: loyalty,
           key: customer_id}}
  interests: list of text
  sizes: list of integer
  prices: list of decimal(6, 2)
  marks: {{type: list of double, column: [Größte Note]}}
  holidays: {{type: list of date, column: {long}}}
  logins: list of timestamp
  flags: {{type: list of boolean, column: user}}
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
      page: {{type: text, column: Page}}
      brand: text
      quantity: double
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
      cost: {{type: "decimal(20, 6)", column: limit}}
      quantity: "decimal(10, 2)"
      due: timestamp
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
  ordered:
    table: baskets
    joins:
      shop: {{table: shops, on: {{id: shop_id}}}}
    customer: buyer
    time: {{column: at, type: timestamp, zone: UTC}}
    properties:
      total: "decimal(10, 2)"
      channel: text
    argument: channel
    rows:
      line:
        table: basket lines
        on: {{basket: number, region: shop.region}}
        joins:
          product: {{table: products, on: {{id: item.product}}}}
        where: cancelled is missing or not cancelled
        properties:
          category: {{type: text, column: product.category}}
          amount: "decimal(10, 2)"
          quantity: integer
          note: {{type: text, empty: missing}}
          cancelled: boolean
          due: date
        argument: category
      parcel:
        table: parcels
        on: {{basket: number}}
        properties:
          weight: double
          sent: {{type: timestamp, column: sent_at, zone: {other}}}
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
facts:
  address:
    table: addresses
    joins:
      person: {{table: people, on: {{ident: person}}}}
    customer: person.customer
    where: not old
    properties:
      kind: {{type: text, values: ["a", "b", "ß"]}}
      town: {{type: text, empty: missing}}
      old: boolean
      since_day: {{type: date, column: since}}
      moved: {{type: timestamp, column: moved_at, zone: {other}}}
      rent: "decimal(8, 2)"
    argument: kind
    unique: address_id
    rows:
      resident:
        table: residents
        on: {{address: address_id}}
        properties:
          age: integer
          pet: boolean
        argument: age
  device:
    table: devices
    customer: owner
    properties:
      model: text
      slots: list of integer
      price: {{type: double, scale: 2}}
      works: boolean
    argument: model
places:
  here: [52.5, 13.4]
  there: {{latitude: 0, longitude: -180}}
purposes: [newsletter]
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
TEXT_KEY = "code"
"""The customers' key in those worlds where it is a text."""
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
        key=TEXT_KEY if number % 10 == 7 else "id",
        long="holidays_" * 6 + "days",
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
    ("shops", "region"): pa.string(),
    ("basket lines", "region"): pa.string(),
}
"""Columns that are narrower in the warehouse than `integer` is, and texts."""
_OF_CUSTOMERS = {
    ("customers", TEXT_KEY): pa.string(),
    ("loyalty", "customer_id"): pa.string(),
    ("coupons", "owner"): pa.struct([("id", pa.string())]),
    ("orders", "customer_id"): pa.string(),
    ("views", "who"): pa.string(),
    ("calls", "caller"): pa.struct([("id", pa.string())]),
    ("shop visits", "customer"): pa.string(),
    ("clicks", "user_id"): pa.string(),
    ("people", "customer"): pa.string(),
    ("baskets", "buyer"): pa.string(),
    ("devices", "owner"): pa.string(),
}


def types_of(bound: World) -> dict[tuple[str, str], pa.DataType]:
    """The types of those columns whose cells do not show them."""
    texts = bound.catalog.entity.key == (TEXT_KEY,)
    return TYPES | (_OF_CUSTOMERS if texts else {})
