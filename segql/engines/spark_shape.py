"""A type of Spark in, its text and what it can hold out."""

from typing import Any

from segql.engines.shape import Kind, Shape

_WHOLE = {"byte": 3, "short": 5, "integer": 10, "long": 19}
_KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    "float": "double",
    "double": "double",
    "date": "date",
    "timestamp_ntz": "clock",
    "timestamp": "instant",
}


def shape_of(type: Any) -> Shape:
    """What a column of a `pyspark.sql.types.DataType` holds."""
    kind: str = type.typeName()
    match kind:
        case "array":
            element = shape_of(type.elementType)
            return Shape("list", f"array<{element.name}>", element=element)
        case "struct":
            fields = {each.name: shape_of(each.dataType) for each in type.fields}
            inner = ", ".join(
                f"`{name.replace('`', '``')}`: {each.name}"
                for name, each in fields.items()
            )
            return Shape("struct", f"struct<{inner}>", fields=fields)
        case "decimal":
            name = f"decimal({type.precision}, {type.scale})"
            return Shape("exact", name, type.precision, type.scale)
        case "string" if _is_plain(type):
            return Shape("text", "string")
        case _ if kind in _WHOLE:
            return Shape("exact", _name(type), _WHOLE[kind])
        case _:
            return Shape(_KINDS.get(kind, "other"), _name(type))


def _is_plain(type: Any) -> bool:
    """A text of another collation may be equal to one of other letters."""
    return getattr(type, "collation", "UTF8_BINARY") in (None, "UTF8_BINARY")


def _name(type: Any) -> str:
    return str(type.simpleString())
