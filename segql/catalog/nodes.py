"""The warehouse, as the language sees it: plain values, names in mappings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from segql.source import Source, Span
from segql.types import Type

Path: TypeAlias = tuple[str, ...]
Stored: TypeAlias = Literal["text", "json", "timestamp"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: the column, then the fields inside it.

    `join` names the joined table of an event; None is its own (or the entity's).
    """

    path: Path
    join: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Place):
    """Where a value stands, and how it is read.

    `zone` is the time zone of a timestamp that is stored without one; None means
    that the column holds instants. `stored` is said where the warehouse's type is
    not `type`: text, JSON, or (of a date) a timestamp without a zone, whose time of
    day is dropped. `double` marks a double column with a declared scale: `type` is then
    the decimal that it is read as. A point stands in two columns: `path` leads to its
    latitude, `longitude` to the other.
    """

    type: Type
    zone: str | None = None
    stored: Stored | None = None
    double: bool = False
    empty_missing: bool = False
    unreadable_missing: bool = False
    longitude: Path | None = None


@dataclass(frozen=True, slots=True)
class Partitioning:
    """A column that holds the day of each event's time in a zone, or its month, or its
    year: as a date, or written as `form` says, such as `YYYY-MM`."""

    column: Column
    form: str
    zone: str


@dataclass(frozen=True, slots=True)
class Related:
    """A table with at most one row per customer; `key` holds the customer's key."""

    table: str
    key: Path


@dataclass(frozen=True, slots=True)
class Kept:
    """How far back a table's rows go: a length of time before `as of`, or a day.

    The day is the first whose rows are there; the other side is None.
    """

    count: int = 0
    unit: str = "day"
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """What every name of the catalog can say about itself.

    `purposes` are the only ones that it may be used for; empty: what holds for its
    labels.
    """

    name: str
    description: str = ""
    synonyms: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    values: tuple[object, ...] = ()
    deprecated: str | None = None
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Named):
    column: Column
    related: Related | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Property(Named):
    column: Column


@dataclass(frozen=True, slots=True)
class Join:
    """A table joined many-to-one: `on` pairs a column of its own with a place of
    the event, which may stand in a join that was named before."""

    name: str
    table: str
    on: tuple[tuple[str, Place], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Named):
    """Something that customers do; or a fact about them, or rows of one of either.

    A fact has no `time`. Rows, such as the lines of an order, have no `customer` of
    their own either: their name is `ordered.line`, `parent` is `ordered`, and `on`
    pairs a column of their table with the place in the parent's row that equals it.
    `partitioned_by` is a column of the event's own table, `history` how far back its
    rows go.
    """

    table: str
    joins: Mapping[str, Join]
    customer: Place | None
    time: Column | None
    where: str | None
    properties: Mapping[str, Property]
    argument: str | None = None
    tie_break: Place | None = None
    unique: Place | None = None
    partitioned_by: Partitioning | None = None
    history: Kept | None = None
    parent: str | None = None
    on: tuple[tuple[str, Place], ...] = ()

    @property
    def call_name(self) -> str:
        """What rules write: of rows the name without their parent's."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Entity:
    """What is segmented. With `distinct` the customers are the keys that occur."""

    name: str
    table: str
    key: Path
    zone: str
    week_starts: int = 1
    fiscal_year_starts: int = 1
    since: Column | None = None
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    """A whole catalog.

    `events` holds facts too, and the rows of both by their qualified names; `places`
    has a latitude and a longitude in degrees for each name. `source` and `spans` say
    where each entry stands in its file: a span per path, such as
    `("events", "bought", "where")`.
    """

    entity: Entity
    attributes: Mapping[str, Attribute]
    events: Mapping[str, Event]
    language: int = 1
    places: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    purposes: tuple[str, ...] = ()
    source: Source = field(default=Source("", "<catalog>"), compare=False, repr=False)
    spans: Mapping[Path, Span] = field(default_factory=dict, compare=False, repr=False)

    @property
    def customer_events(self) -> dict[str, Event]:
        """Events and facts without their rows: what rules can name anywhere."""
        return {name: each for name, each in self.events.items() if not each.parent}

    def event(self, name: str) -> Event | None:
        """The event or fact of a name; never the rows of one."""
        found = self.events.get(name)
        return None if found is None or found.parent else found

    def rows_of(self, event: str) -> dict[str, Event]:
        """The rows of an event or fact, by the names that its parentheses know."""
        rows = (each for each in self.events.values() if each.parent == event)
        return {each.call_name: each for each in rows}

    def entry(self, event: str) -> Path:
        """Where an event, a fact or rows of one stand in the file."""
        found = self.events[event]
        if found.parent is not None:
            return (*self.entry(found.parent), "rows", found.call_name)
        return ("facts" if found.time is None else "events", event)
