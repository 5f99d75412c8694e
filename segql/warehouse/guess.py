"""Tables in, a guess at what they are out: customers, what they do, what is joined.

The guess goes by names, keys and types, for a person to correct.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from segql.warehouse.inspect import Field, Table
from segql.warehouse.words import (
    NO_DEED,
    SINCE,
    identifier,
    names_people,
    names_person,
    names_time,
    past,
    singular,
    verb_of,
    verb_of_time,
)

_MOMENTS = ("date", "clock", "instant")


@dataclass(frozen=True, slots=True)
class Customers:
    """The entity; `distinct` where its table has many rows per customer."""

    table: Table
    key: Field
    distinct: bool = False
    since: Field | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """A table joined many-to-one: its column `key` equals the event's `column`."""

    name: str
    table: Table
    key: str
    column: str


@dataclass(frozen=True, slots=True)
class Deed:
    """An event, or a fact, which has no time; either may stand in a join."""

    name: str
    table: Table
    joins: tuple[Joined, ...]
    customer: tuple[Joined | None, Field]
    time: tuple[Joined | None, Field] | None


@dataclass(frozen=True, slots=True)
class Guess:
    """`related` pairs a table with its column that holds the customer's key, `unused`
    one with the reason why it is none of the others."""

    customers: Customers | None
    related: tuple[tuple[Table, Field], ...] = ()
    deeds: tuple[Deed, ...] = ()
    facts: tuple[Deed, ...] = ()
    unused: tuple[tuple[Table, str], ...] = ()


def guess(
    tables: Sequence[Table],
    share_unknown: Callable[[tuple[str, str], tuple[str, str]], float],
) -> Guess:
    """`share_unknown` compares two columns, each given as its table and its name."""
    customers = _customers(tables)
    if customers is None:
        none = "there is no table of customers to match it with"
        return Guess(None, unused=tuple((table, none) for table in tables))
    customers = _with_strangers(customers, tables, share_unknown)
    related, deeds, unused = [], [], []
    verbs: set[str] = set()
    for table in tables:
        own = customer_column(table, customers)
        is_entity = table is customers.table and not customers.distinct
        deed = None if is_entity else _deed(table, tables, customers, verbs)
        unique = own is not None and own.unique and not is_entity
        if unique and own and (deed is None or verb_of(table.stem) is None):
            related.append((table, own))
        elif deed:
            verbs.add(deed.name)
            deeds.append(deed)
        elif not is_entity:
            unused.append(table)
    joined = {join.table.name for deed in deeds for join in deed.joins}
    alone = [table for table in unused if table.name not in joined]
    facts = {table.name: _fact(table, tables, customers) for table in alone}
    rest = tuple(
        (table, _why_not(table, tables, customers))
        for table in alone
        if facts[table.name] is None
    )
    found = tuple(fact for fact in facts.values() if fact is not None)
    return Guess(customers, tuple(related), tuple(deeds), found, rest)


# Customers.


def _customers(tables: Sequence[Table]) -> Customers | None:
    scored = [
        (_score(table, field, tables), _sound(table, field), table.rows, table, field)
        for table in tables
        for field in table.fields
        if _sound(table, field) or _nearly_sound(table, field)
    ]
    best = max(scored, key=lambda each: each[:3], default=None)
    if best and best[0] >= 4:
        return Customers(best[3], best[4], since=_since(best[3]))
    occurring = [
        (table.rows, table, field)
        for table in tables
        for field in table.fields
        if len(field.path) == 1 and names_person(field.name)
    ]
    if not occurring:
        return None
    _, table, field = max(occurring, key=lambda each: each[0])
    return Customers(table, field, distinct=True)


def _sound(table: Table, key: Field) -> bool:
    return key.unique and key.known == table.rows


def _nearly_sound(table: Table, key: Field) -> bool:
    """Whether it is surely meant as the key of a person, but for some bad rows."""
    named = names_person(key.name) or key.name.lower() in ("id", "key")
    most = 0 < 0.95 * table.rows <= key.different
    return named and most and len(key.path) == 1 and names_people(table.stem)


def _score(table: Table, key: Field, tables: Sequence[Table]) -> int:
    stem = singular(table.stem)
    plain = key.name.lower() in ("id", "key")
    score = 6 if names_people(table.stem) else 0
    score += 4 if names_person(key.name) or (plain and score) else 0
    names = {f"{stem}_id", f"{stem}_id" if plain else key.name.lower()}
    score += min(5, sum(_has(other, names) for other in tables if other is not table))
    return score - 4 if verb_of(table.stem) else score


def _has(table: Table, names: set[str]) -> bool:
    return any(field.name.lower() in names for field in table.fields)


def _with_strangers(
    customers: Customers,
    tables: Sequence[Table],
    share_unknown: Callable[[tuple[str, str], tuple[str, str]], float],
) -> Customers:
    """The table with most rows instead, where most who act there are unknown."""
    acting = [
        (table.rows, table, column)
        for table in tables
        if table is not customers.table
        and (column := customer_column(table, customers)) is not None
        and not column.unique
    ]
    if customers.distinct or not acting:
        return customers
    _, table, column = max(acting, key=lambda each: each[0])
    known = (customers.table.name, customers.key.name)
    if share_unknown((table.name, column.name), known) > 0.5:
        return Customers(table, column, distinct=True)
    return customers


def _since(table: Table) -> Field | None:
    for field in table.fields:
        if field.shape.kind in _MOMENTS and SINCE.fullmatch(field.name):
            return field
    return None


def customer_column(table: Table, customers: Customers) -> Field | None:
    """The column of a table that holds the customer's key."""
    key = customers.key
    stem = singular(customers.table.stem)
    names = [key.name.lower(), f"{stem}_{key.name}".lower(), f"{stem}_id", f"{stem}id"]
    if key.name.lower() in ("id", "key") and table is not customers.table:
        del names[0]
    fields = [field for field in table.fields if len(field.path) == 1]
    fields = [field for field in fields if _alike(field, key)]
    named = [field for name in names for field in fields if field.name.lower() == name]
    named += [field for field in fields if names_person(field.name)]
    return named[0] if named else None


def _alike(field: Field, other: Field) -> bool:
    kinds = {"double": "exact"}
    one, two = field.shape.kind, other.shape.kind
    return kinds.get(one, one) == kinds.get(two, two)


# Events and facts.


def _fact(table: Table, tables: Sequence[Table], customers: Customers) -> Deed | None:
    """What a table without a time says of customers; None if it has one as text."""
    own = customer_column(table, customers)
    joins = tuple(_joins(table, tables, customers, own))
    holders = _holders(table, joins, customers)
    if not holders or _time_in_text(table, joins):
        return None
    return Deed(singular(table.stem), table, joins, holders[0], None)


def _holders(
    table: Table, joins: Sequence[Joined], customers: Customers
) -> list[tuple[Joined | None, Field]]:
    """The columns that hold the customer's key."""
    return [
        (place, column)
        for place in (None, *joins)
        if (column := customer_column(place.table if place else table, customers))
    ]


def _deed(
    table: Table, tables: Sequence[Table], customers: Customers, verbs: set[str]
) -> Deed | None:
    own = customer_column(table, customers)
    joins = tuple(_joins(table, tables, customers, own))
    holders = _holders(table, joins, customers)
    moments = [
        (_moment_score(field, place), place, field)
        for place in (None, *joins)
        for field in (place.table if place else table).fields
        if field.shape.kind in _MOMENTS
    ]
    best = max(moments, key=lambda each: each[0], default=None)
    if not holders or best is None:
        return None
    verb = (
        verb_of(table.stem) or verb_of_time(best[2].name) or past(singular(table.stem))
    )
    if verb in verbs:
        verb = f"{verb}_{singular(table.stem)}"
    return Deed(verb, table, joins, holders[0], (best[1], best[2]))


def _why_not(table: Table, tables: Sequence[Table], customers: Customers) -> str:
    """What a table lacks for an event or a fact."""
    own = customer_column(table, customers)
    joins = tuple(_joins(table, tables, customers, own))
    text = _time_in_text(table, joins)
    if text is None or not _holders(table, joins, customers):
        return _no_key(table, customers.key)
    return f"`{'.'.join(text.path)}` is text: declare `stored: text`"


def _time_in_text(table: Table, joins: Sequence[Joined]) -> Field | None:
    for each in (table, *(join.table for join in joins)):
        for field in each.fields:
            if field.shape.kind == "text" and names_time(field.name):
                return field
    return None


def _no_key(table: Table, key: Field) -> str:
    for field in table.fields:
        same = field.name.lower() == key.name.lower() and field.name.lower() != "id"
        if (same or names_person(field.name)) and not _alike(field, key):
            one, other = (
                f"`{'.'.join(each.path)}` is {each.shape.name}" for each in (field, key)
            )
            return f"{one}, but the customers' {other}"
    return "no column holds a customer's key"


def _joins(
    table: Table, tables: Sequence[Table], customers: Customers, own: Field | None
) -> Iterator[Joined]:
    taken: set[str] = set()
    for field in table.fields:
        if len(field.path) > 1 or field is own:
            continue
        target = _target(field, table, tables, customers)
        if target is None:
            continue
        other, key = target
        stem = re.sub(r"(?i)_?(id|key|code|nr|nummer)$", "", field.name)
        name = identifier(stem or singular(other.stem))
        if name not in taken:
            taken.add(name)
            yield Joined(name, other, key, field.name)


def _target(
    field: Field, table: Table, tables: Sequence[Table], customers: Customers
) -> tuple[Table, str] | None:
    """The table that a column leads to, and the column there."""
    others = [each for each in tables if each is not table]
    others = [each for each in others if each is not customers.table]
    head = re.sub(r"(?i)_?(id|key)$", "", field.name).lower()
    others.sort(key=lambda each: singular(each.stem) != head)
    for other in others:
        same = other.field(field.name)
        generic = field.name.lower() in ("id", "key", "code", "number", "no", "nr")
        # of two tables that both have the key once, the larger has the say
        larger = not field.unique or other.rows > table.rows
        if same and same.unique and _alike(field, same) and not generic and larger:
            return other, same.name
        plain = other.field("id") if singular(other.stem) == head else None
        if plain and plain.unique and not generic and _alike(field, plain):
            return other, plain.name
    return None


def _moment_score(field: Field, place: Joined | None) -> float:
    words = field.name.lower().split("_")
    score = 0.0 if place else 3.0
    score += 2 if field.shape.kind != "date" else 0
    score += 2 if words[-1] in ("at", "on", "time", "timestamp", "ts", "am") else 0
    score += 1 if words[-1] in ("date", "day", "datum", "zeit") else 0
    score += 1 if verb_of_time(field.name) else 0
    score -= 4 if NO_DEED & {*words} - {"created"} else 0
    return score + (field.known > 0)
