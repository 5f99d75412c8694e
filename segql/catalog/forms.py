"""The file format of catalogs, as pydantic models.

They say which keys there are and of which kind. What the values mean together is
checked on reading. Editors get the same models as JSON Schemas, which is what the
descriptions and examples are for.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from segql.catalog.value_forms import (
    AttributeForm,
    ColumnForm,
    DescribedForm,
    DottedPath,
    Form,
    PropertyForm,
    Table,
    TypeName,
    in_full,
)


class JoinForm(Form):
    """A table that adds at most one row to each row of the event."""

    table: Table = Field(
        description="The joined table, or `schema.table`.", examples=["orders"]
    )
    on: dict[str, DottedPath] = Field(
        min_length=1,
        description="Each key is a column of the joined table, its value the column"
        " of the event's row that equals it, perhaps in a join named above.",
        examples=[{"order_id": "order_id"}],
    )


Joins: TypeAlias = dict[str, JoinForm]
Properties: TypeAlias = dict[
    str,
    Annotated[
        PropertyForm,
        BeforeValidator(in_full, json_schema_input_type=TypeName | PropertyForm),
    ],
]

_JOINS: Any = Field(
    {},
    description="Tables joined many-to-one; paths reach them by their names.",
    examples=[{"product": {"table": "products", "on": {"id": "product_id"}}}],
)
_ARGUMENT: Any = Field(
    None,
    description="The property that a bare argument means.",
    examples=["category"],
)
_ROWS: Any = Field(
    {},
    description="Rows of other tables that belong to it, one-to-many, such as the"
    " lines of an order; its parentheses know them by their names.",
    examples=[{"line": {"table": "order_lines", "on": {"order_id": "order_id"}}}],
)


def _where(kind: str) -> Any:
    return Field(
        None,
        min_length=1,
        description="A rule over the properties here; rows that fail it do not count"
        f" as {kind} at all.",
        examples=['status = "paid"'],
    )


def _properties(kind: str) -> Any:
    return Field(
        {},
        description=f"What is known about each {kind}: a name with a type alone, or"
        " with more about it.",
        examples=[{"category": "text"}],
    )


class RowsForm(DescribedForm):
    """Rows that belong to one event or one fact, such as the lines of an order."""

    table: Table = Field(
        description="The table with these rows, or `schema.table`.",
        examples=["order_lines"],
    )
    on: dict[str, DottedPath] = Field(
        min_length=1,
        description="Each key is a column of this table, its value the column of the"
        " event's row that equals it, perhaps in a join of the event.",
        examples=[{"order_id": "order_id"}],
    )
    joins: Joins = _JOINS
    where: str | None = _where("rows")
    properties: Properties = _properties("row")
    argument: str | None = _ARGUMENT


class OwnedForm(DescribedForm):
    """What events and facts have in common."""

    table: Table = Field(
        description="The table with one row per event, or `schema.table`.",
        examples=["orders"],
    )
    joins: Joins = _JOINS
    customer: DottedPath = Field(
        description="The column with the customer's key.", examples=["customer_id"]
    )


class PartitionForm(Form):
    """A column that tells an event's day, by which the table is partitioned."""

    column: DottedPath = Field(
        description="The column, in the event's own table.", examples=["day"]
    )
    type: TypeName = Field(
        description="`date`; or `text` or `integer`, with `form`.", examples=["date"]
    )
    form: Literal["YYYY-MM-DD", "YYYYMMDD", "YYYY-MM", "YYYYMM", "YYYY"] | None = Field(
        None,
        description="Beside `text` or `integer`: how the day is written, or its month,"
        " or its year.",
        examples=["YYYYMMDD"],
    )
    zone: str | None = Field(
        None,
        description="The time zone whose day it is; not needed where an event's time is"
        " a date.",
        examples=["UTC"],
    )


class EventForm(OwnedForm):
    """Something that customers do: one row is one event."""

    time: ColumnForm = Field(
        description="When it happened.",
        examples=[{"column": "ordered_at", "type": "timestamp", "zone": "UTC"}],
    )
    where: str | None = _where("events")
    properties: Properties = _properties("event")
    argument: str | None = _ARGUMENT
    tie_break: DottedPath | None = Field(
        None,
        description="A column that orders events of the same time.",
        examples=["line_no"],
    )
    unique: DottedPath | None = Field(
        None,
        description="The event's id: repeated deliveries of one event count once.",
        examples=["event_id"],
    )
    partitioned_by: PartitionForm | None = Field(
        None,
        description="The column that the table is partitioned by, if it tells the day"
        " of the event's time: windows then read only the partitions that they need.",
        examples=[{"column": "day", "type": "date", "zone": "UTC"}],
    )
    history: str | None = Field(
        None,
        min_length=1,
        description="How far back the table's rows go: a length of time after which"
        " they are deleted, or the first day that they are there for.",
        examples=["2 years"],
    )
    rows: dict[str, RowsForm] = _ROWS


class FactForm(OwnedForm):
    """Something about customers that has no time, such as an address."""

    table: Table = Field(
        description="The table with one row per fact, or `schema.table`.",
        examples=["addresses"],
    )
    where: str | None = _where("facts")
    properties: Properties = _properties("fact")
    argument: str | None = _ARGUMENT
    unique: DottedPath | None = Field(
        None,
        description="The fact's id: repeated deliveries of one fact count once.",
        examples=["address_id"],
    )
    rows: dict[str, RowsForm] = _ROWS


def _degrees(most: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "number", "minimum": -most, "maximum": most})


def _pair(value: Any) -> Any:
    """The long form of a place written as a list."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or len(value) != 2:
        raise PydanticCustomError("place", "not a place")
    return dict(zip(("latitude", "longitude"), value, strict=True))


class PlaceForm(Form):
    """A place on the map, in degrees; whether it is one is checked on reading."""

    latitude: Annotated[Any, _degrees(90)] = Field(
        description="How far north, in degrees; south is negative.", examples=[52.52]
    )
    longitude: Annotated[Any, _degrees(180)] = Field(
        description="How far east, in degrees; west is negative.", examples=[13.405]
    )


_PAIR: TypeAlias = Annotated[
    list[Any],
    WithJsonSchema(
        {
            "type": "array",
            "prefixItems": [
                {"type": "number", "minimum": -90, "maximum": 90},
                {"type": "number", "minimum": -180, "maximum": 180},
            ],
            "items": False,
            "minItems": 2,
        }
    ),
]


class EntityForm(Form):
    """What is segmented."""

    name: str = Field(
        "customer",
        description="What one of them is called; in an event's parentheses this names"
        " the customer.",
        examples=["customer"],
    )
    table: Table = Field(
        description="The table with one row per customer, or `schema.table`.",
        examples=["customers"],
    )
    key: DottedPath = Field(
        description="The column with the customer's key.", examples=["customer_id"]
    )
    zone: str = Field(
        description="The business's time zone, a name of the IANA list.",
        examples=["Europe/Berlin"],
    )
    week_starts: Literal[
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ] = Field("monday", description="The first day of a week.", examples=["sunday"])
    fiscal_year_starts: Literal[
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ] = Field(
        "january",
        description="The month that the fiscal year starts with.",
        examples=["april"],
    )
    since: ColumnForm | None = Field(
        None,
        description="From when on the customer exists.",
        examples=[{"column": "created_at", "type": "timestamp", "zone": "UTC"}],
    )
    distinct: bool = Field(
        False,
        description="`true`: the table has many rows per customer; the customers are"
        " the keys that occur in it.",
        examples=[True],
    )


def _version(value: Any) -> int:
    if type(value) is not int:  # true and 1.0 equal 1
        raise PydanticCustomError("literal_error", "not a version")
    return value


class CatalogForm(Form):
    """A warehouse, as rules see it."""

    language: Annotated[Literal[1], BeforeValidator(_version)] = Field(
        1,
        description="The version of the language that the rules are written in.",
        examples=[1],
    )
    entity: EntityForm = Field(
        description="What is segmented: one row is one customer.",
        examples=[
            {"table": "customers", "key": "customer_id", "zone": "Europe/Berlin"}
        ],
    )
    attributes: dict[
        str,
        Annotated[
            AttributeForm,
            BeforeValidator(in_full, json_schema_input_type=TypeName | AttributeForm),
        ],
    ] = Field(
        {},
        description="What is known about each customer: a name with a type alone, or"
        " with more about it.",
        examples=[{"age": "integer"}],
    )
    events: dict[str, EventForm] = Field(
        {},
        description="What customers do, each named by a verb in the past tense.",
        examples=[
            {
                "bought": {
                    "table": "orders",
                    "customer": "customer_id",
                    "time": {"column": "ordered_at", "type": "timestamp"},
                }
            }
        ],
    )
    facts: dict[str, FactForm] = Field(
        {},
        description="What there is about customers, one row each, without a time.",
        examples=[{"address": {"table": "addresses", "customer": "customer_id"}}],
    )
    places: dict[
        str,
        Annotated[
            PlaceForm,
            BeforeValidator(_pair, json_schema_input_type=_PAIR | PlaceForm),
        ],
    ] = Field(
        {},
        description="Places on the map that rules name, each with its latitude and"
        " longitude.",
        examples=[{"berlin": [52.52, 13.405]}],
    )
    purposes: list[str] = Field(
        [],
        description="For what segments may be used that read `sensitive` attributes.",
        examples=[["newsletter", "loyalty"]],
    )
