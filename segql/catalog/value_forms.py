"""The parts of a catalog's format that say where values stand, as pydantic models."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from segql.catalog.nodes import Stored

_SCALAR = r"(text|integer|double|boolean|date|timestamp|decimal\(\s*\d+\s*,\s*\d+\s*\))"
_NAMES = ("text", "integer", "decimal(10, 2)", "double", "boolean", "date", "timestamp")


class Form(BaseModel):
    """One mapping of a file: known keys only, no conversion of values."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _parts(value: Any) -> list[str]:
    parts = value.split(".") if isinstance(value, str) else value
    if not isinstance(parts, list) or not parts:
        raise PydanticCustomError("path", "not a path")
    if not all(isinstance(part, str) and _can_be_named(part) for part in parts):
        raise PydanticCustomError("path", "not a path")
    return parts


def _can_be_named(part: str) -> bool:
    """Whether an engine can have such a name: none holds a NUL."""
    return bool(part.strip()) and "\0" not in part


def _table(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "not text")
    if not all(map(_can_be_named, value.split("."))):
        raise PydanticCustomError("table", "not a table")
    return value


def in_full(value: Any) -> Any:
    """The long form of a type written alone."""
    return {"type": value} if isinstance(value, str) else value


DottedPath: TypeAlias = Annotated[
    list[str], BeforeValidator(_parts, json_schema_input_type=str | list[str])
]
Table: TypeAlias = Annotated[str, PlainValidator(_table, json_schema_input_type=str)]
TypeName: TypeAlias = Annotated[
    str,
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [*_NAMES, *(f"list of {name}" for name in _NAMES), "point"]},
                {"type": "string", "pattern": rf"^((list of )?{_SCALAR}|point)$"},
            ]
        }
    ),
]
Values: TypeAlias = Annotated[
    list[Any],
    WithJsonSchema(
        {
            "type": "array",
            "minItems": 1,
            "items": {"type": ["string", "number", "boolean"]},
        }
    ),
    Field(min_length=1),
]
Missing: TypeAlias = Literal["missing"]


class DescribedForm(Form):
    description: str | None = Field(
        None,
        description="What this is, for people.",
        examples=["Where the customer lives"],
    )
    synonyms: list[str] = Field(
        [],
        description="Other words for it, also in other languages; for search only.",
        examples=[["Stadt", "Ort"]],
    )
    labels: list[str] = Field(
        [],
        description="Marks such as `personal`, `sensitive` or a consent channel.",
        examples=[["personal"]],
    )
    deprecated: str | None = Field(
        None,
        description="The name that rules should use instead of this one.",
        examples=["city"],
    )
    purposes: list[str] = Field(
        [],
        description="The catalog's purposes for which alone segments may use this;"
        " what is labelled `sensitive` may serve all of them if none is said.",
        examples=[["loyalty"]],
    )


class StoredForm(Form):
    """How a column is stored, where its type does not tell."""

    zone: str | None = Field(
        None,
        description="The time zone of a timestamp column that is stored without one;"
        " leave it out where the column holds instants.",
        examples=["UTC"],
    )
    stored: Stored | None = Field(
        None,
        description="How the column is stored where that is not its type.",
        examples=["text"],
    )
    unreadable: Missing | None = Field(
        None,
        description="`missing`: a stored cell that can't be read counts as missing.",
        examples=["missing"],
    )


class ColumnForm(StoredForm):
    """A date or a timestamp in a column."""

    column: DottedPath = Field(
        description="The column, with a dot before each field inside it.",
        examples=["ordered_at"],
    )
    type: TypeName = Field(description="`date` or `timestamp`.", examples=["timestamp"])


class ValueForm(DescribedForm, StoredForm):
    """What attributes and properties have in common."""

    type: TypeName = Field(
        description="text, integer, decimal(10, 2), double, boolean, date, timestamp,"
        " `list of` one of these, or, of an attribute, point.",
        examples=["text"],
    )
    column: DottedPath | None = Field(
        None,
        description="The column, with a dot before each field inside it; the entry's"
        " own name if left out.",
        examples=["contact.phone"],
    )
    values: Values | None = Field(
        None,
        description="All values that can occur, where they are few and known.",
        examples=[["Berlin", "Hamburg"]],
    )
    empty: Missing | None = Field(
        None,
        description="`missing`: empty text counts as missing.",
        examples=["missing"],
    )
    scale: int | None = Field(
        None,
        ge=0,
        le=38,
        description="Of a double column: how many digits after the point count; it is"
        " then read as an exact decimal.",
        examples=[2],
    )
    precision: int | None = Field(
        None,
        ge=1,
        le=38,
        description="Beside `scale`: how many digits there are in all (default 18).",
        examples=[10],
    )


class AttributeForm(ValueForm):
    """Something known about each customer."""

    table: Table | None = Field(
        None,
        description="A related table with at most one row per customer, where the"
        " column stands there instead of in the entity's table.",
        examples=["loyalty"],
    )
    key: DottedPath | None = Field(
        None,
        description="Beside `table`: its column with the customer's key.",
        examples=["customer_id"],
    )
    latitude: DottedPath | None = Field(
        None,
        description="Of a point: the column with its latitude in degrees.",
        examples=["lat"],
    )
    longitude: DottedPath | None = Field(
        None,
        description="Of a point: the column with its longitude in degrees.",
        examples=["lon"],
    )


class PropertyForm(ValueForm):
    """Something known about each event."""
